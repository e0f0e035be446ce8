/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * PPP control packets that may be kept and given to others: without what serves to log in, and
 * without data. The same is hidden as in ppp-describe.c.
 */

#include "core/ppp/ppp-packet.h"

#include <string.h>

#include "core/base/bytes.h"
#include "core/base/macros.h"

/* RFC 1661, section 3: where control protocols begin; RFC 1661, section 2: how to know them. */
#define CONTROL_MIN 0x8000
#define PROTOCOL_BYTES 2

static bool protocol_is_of_control(uint16_t protocol) {
        return protocol >= CONTROL_MIN && (protocol & 0x0101) == 0x0001;
}

/* Overwrites from one position to another. Returns how many bytes that are. */
static size_t hide(uint8_t *frame, size_t from, size_t to) {
        if (from >= to)
                return 0;

        explicit_bzero(frame + from, to - from);
        return to - from;
}

/* RFC 1334, section 2.2: a name or a message behind a byte of length; what follows is hidden. */
static size_t count_shown_of_pap(const PppPacket *packet) {
        if (packet->code < PPP_PAP_AUTHENTICATE_REQUEST ||
            packet->code > PPP_PAP_AUTHENTICATE_NAK || packet->n_data < 1 ||
            packet->data[0] > packet->n_data - 1)
                return 0;

        return 1 + (size_t) packet->data[0];
}

/* RFC 3748, section 5: the type, and what is in words. The rest belongs to the methods. */
static size_t count_shown_of_eap(const PppPacket *packet) {
        if ((packet->code != PPP_EAP_REQUEST && packet->code != PPP_EAP_RESPONSE) ||
            packet->n_data == 0)
                return 0;

        switch (packet->data[0]) {
        case PPP_EAP_TYPE_IDENTITY:
        case PPP_EAP_TYPE_NOTIFICATION:
        case PPP_EAP_TYPE_NAK:
                return packet->n_data;
        }

        return 1;
}

/* RFC 1994, section 4: a value behind its length, and a name; a Response's value is hidden. */
static size_t hide_chap(const PppPacket *packet, uint8_t *frame, size_t at) {
        size_t n_value = packet->n_data > 0 ? packet->data[0] : 0;

        switch (packet->code) {
        case PPP_CHAP_SUCCESS:
        case PPP_CHAP_FAILURE:
                return 0;
        case PPP_CHAP_CHALLENGE:
        case PPP_CHAP_RESPONSE:
                if (packet->n_data < 1 || n_value > packet->n_data - 1)
                        break;
                return packet->code == PPP_CHAP_CHALLENGE ? 0 :
                                                            hide(frame, at + 1, at + 1 + n_value);
        }

        return hide(frame, at, at + packet->n_data);
}

/* A copy of one of our own packets, behind its protocol: of PAP, or data. */
static size_t hide_rejected(const PppPacket *packet, uint8_t *frame, size_t at) {
        ByteReader r = BYTE_READER(packet->data, packet->n_data);
        uint16_t rejected = byte_reader_u16(&r);

        if (r.failed || (protocol_is_of_control(rejected) && !ppp_protocol_authenticates(rejected)))
                return 0;

        return hide(frame, at + PROTOCOL_BYTES, at + packet->n_data);
}

static size_t hide_in_packet(const PppPacket *packet, uint8_t *frame, size_t at) {
        size_t n_shown = packet->n_data;

        if (packet->protocol == PPP_PROTO_CHAP)
                return hide_chap(packet, frame, at);
        if (packet->protocol == PPP_PROTO_LCP && packet->code == PPP_CODE_PROTOCOL_REJECT)
                return hide_rejected(packet, frame, at);

        if (packet->protocol == PPP_PROTO_PAP)
                n_shown = count_shown_of_pap(packet);
        else if (packet->protocol == PPP_PROTO_EAP)
                n_shown = count_shown_of_eap(packet);
        return hide(frame, at + n_shown, at + packet->n_data);
}

bool ppp_frame_is_control(const uint8_t *frame, size_t n_frame) {
        ByteReader r = BYTE_READER(frame, n_frame);
        uint16_t protocol = byte_reader_u16(&r);

        return !r.failed && protocol_is_of_control(protocol);
}

size_t ppp_packet_redact(uint8_t *frame, size_t n_frame) {
        ByteReader r = BYTE_READER(frame, n_frame);
        uint16_t protocol = byte_reader_u16(&r);
        bool rejects = protocol == PPP_PROTO_LCP && byte_reader_u8(&r) == PPP_CODE_PROTOCOL_REJECT;
        size_t at, n_hidden = 0;
        PppPacket packet;

        if (!ppp_protocol_authenticates(protocol) && !rejects)
                return 0;

        /* Of a packet that is longer than its frame nothing is known; LCP's code stays. */
        if (ppp_packet_parse(frame, n_frame, &packet) != 0)
                return hide(frame, PROTOCOL_BYTES + rejects, n_frame);

        at = (size_t) (packet.data - frame);
        n_hidden = hide_in_packet(&packet, frame, at);

        /* Lengths are the peer's: a secret may be where padding should be. */
        return n_hidden + hide(frame, at + packet.n_data, n_frame);
}
