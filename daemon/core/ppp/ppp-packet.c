/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Envelope, options, and the facts that a diagnosis wants. The words are in ppp-describe.c. */

#include "core/ppp/ppp-packet.h"

#include <stdio.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/base/macros.h"
#include "core/base/number.h"
#include "core/ppp/mppe.h"
#include "core/base/text.h"

/* RFC 1661, section 5: code, identifier, length; the length counts them. */
#define ENVELOPE_BYTES 4

static bool protocol_is_control(uint16_t protocol) {
        switch ((PppProtocol) protocol) {
        case PPP_PROTO_IPCP:
        case PPP_PROTO_ECP:
        case PPP_PROTO_IPV6CP:
        case PPP_PROTO_CCP:
        case PPP_PROTO_LCP:
        case PPP_PROTO_PAP:
        case PPP_PROTO_CBCP:
        case PPP_PROTO_CHAP:
        case PPP_PROTO_EAP:
                return true;
        case PPP_PROTO_IP:
        case PPP_PROTO_IPV6:
        case PPP_PROTO_COMPRESSED:
                return false;
        }

        return false;
}

/* LCP and the NCPs share the automaton of RFC 1661 and so the codes up to Code-Reject. */
static bool protocol_has_options(uint16_t protocol) {
        return protocol == PPP_PROTO_LCP ||
                (protocol_is_control(protocol) && protocol >= 0x8000 && protocol < 0xc000);
}

int ppp_packet_parse(const uint8_t *frame, size_t n_frame, PppPacket *ret_packet) {
        ByteReader r = BYTE_READER(frame, n_frame);
        PppPacket packet = { 0 };
        uint16_t length;

        if (n_frame >= 2 && frame[0] == 0xff && frame[1] == 0x03)
                (void) byte_reader_take(&r, 2);

        packet.protocol = byte_reader_u16(&r);
        if (r.failed)
                return PPP_PACKET_E_SHORT;
        if (!protocol_is_control(packet.protocol))
                return PPP_PACKET_E_PROTOCOL;

        packet.code = byte_reader_u8(&r);
        packet.id = byte_reader_u8(&r);
        length = byte_reader_u16(&r);
        if (r.failed || length < ENVELOPE_BYTES)
                return PPP_PACKET_E_SHORT;

        packet.n_data = length - ENVELOPE_BYTES;
        packet.data = byte_reader_take(&r, packet.n_data);
        if (r.failed)
                return PPP_PACKET_E_SHORT;

        *ret_packet = packet;
        return 0;
}

PppOptionIterator ppp_option_iterator(const PppPacket *packet) {
        if (!protocol_has_options(packet->protocol) || packet->code < PPP_CODE_CONFIGURE_REQUEST ||
            packet->code > PPP_CODE_CONFIGURE_REJECT)
                return (PppOptionIterator){ 0 };

        return (PppOptionIterator){ .data = packet->data, .n_data = packet->n_data };
}

bool ppp_option_next(PppOptionIterator *i, PppOption *ret_option) {
        ByteReader r = BYTE_READER(i->data, i->n_data);
        PppOption option;
        uint8_t length;

        option.type = byte_reader_u8(&r);
        length = byte_reader_u8(&r);
        if (r.failed || length < 2)
                return false;

        option.n_data = length - 2;
        option.data = byte_reader_take(&r, option.n_data);
        if (r.failed)
                return false;

        i->data += length;
        i->n_data -= length;
        *ret_option = option;
        return true;
}

bool ppp_option_get_number(const PppOption *option, uint32_t *ret_number) {
        ByteReader r = BYTE_READER(option->data, option->n_data);

        switch (option->n_data) {
        case 1:
                *ret_number = byte_reader_u8(&r);
                return true;
        case 2:
                *ret_number = byte_reader_u16(&r);
                return true;
        case 4:
                *ret_number = byte_reader_u32(&r);
                return true;
        default:
                return false;
        }
}

bool ppp_packet_find_option(const PppPacket *packet, uint8_t type, PppOption *ret_option) {
        PppOptionIterator i = ppp_option_iterator(packet);
        PppOption option;

        while (ppp_option_next(&i, &option))
                if (option.type == type) {
                        *ret_option = option;
                        return true;
                }

        return false;
}

bool ppp_packet_get_mppe(const PppPacket *packet, uint32_t *ret_bits) {
        PppOption option;

        if (packet->protocol != PPP_PROTO_CCP ||
            !ppp_packet_find_option(packet, PPP_CCP_OPTION_MPPE, &option))
                return false;

        return option.n_data == sizeof(uint32_t) && ppp_option_get_number(&option, ret_bits);
}

bool ppp_packet_get_rejected(const PppPacket *packet, uint16_t *ret_protocol) {
        ByteReader r = BYTE_READER(packet->data, packet->n_data);
        uint16_t protocol = byte_reader_u16(&r);

        if (packet->protocol != PPP_PROTO_LCP || packet->code != PPP_CODE_PROTOCOL_REJECT ||
            r.failed)
                return false;

        *ret_protocol = protocol;
        return true;
}

bool ppp_packet_get_ras_error(const PppPacket *packet, uint32_t *ret_error) {
        static const uint8_t mark[] = { 0x00, 0x3c, 0xcd, 0x74 };
        ByteReader r = BYTE_READER(packet->data, packet->n_data);
        const uint8_t *p;
        uint32_t error;

        if (!protocol_has_options(packet->protocol) || packet->code != PPP_CODE_TERMINATE_REQUEST)
                return false;

        (void) byte_reader_u32(&r);
        p = byte_reader_take(&r, sizeof(mark));
        error = byte_reader_u32(&r);
        if (r.failed || memcmp(p, mark, sizeof(mark)) != 0)
                return false;

        *ret_error = error;
        return true;
}

/*
 * Fields are letter, equals sign, value, and end at a space; the message is last and takes the
 * rest, so that an "E=" in it counts for nothing.
 */
bool ppp_packet_get_chap_failure(const PppPacket *packet, unsigned *ret_error, bool *ret_retry,
                                 char *message, size_t n_message) {

        const char *text = (const char *) packet->data, *rest = "";
        size_t n_text = packet->n_data, n_rest = 0;
        uint64_t error = 0, retry = 0;
        bool found = false;

        if (packet->protocol != PPP_PROTO_CHAP || packet->code != PPP_CHAP_FAILURE)
                return false;

        while (n_text >= 2) {
                const char *space = memchr(text, ' ', n_text);
                size_t n_field = space ? (size_t) (space - text) : n_text;

                if (memcmp(text, "M=", 2) == 0) {
                        rest = text + 2;
                        n_rest = n_text - 2;
                        break;
                }

                if (n_field > 2 && memcmp(text, "E=", 2) == 0)
                        found |= number_take(text + 2, n_field - 2, 10, UINT32_MAX, &error) > 0;
                else if (n_field > 2 && memcmp(text, "R=", 2) == 0)
                        (void) number_take(text + 2, n_field - 2, 10, UINT32_MAX, &retry);

                n_field = MIN(n_field + 1, n_text);
                text += n_field;
                n_text -= n_field;
        }

        if (!found)
                return false;

        *ret_error = (unsigned) error;
        *ret_retry = retry == 1;
        (void) text_escape(message, n_message, rest, n_rest);
        return true;
}

const char *ppp_protocol_name(uint16_t protocol) {
        switch ((PppProtocol) protocol) {
        case PPP_PROTO_IP:
                return "IP";
        case PPP_PROTO_IPV6:
                return "IPv6";
        case PPP_PROTO_COMPRESSED:
                return "Compressed";
        case PPP_PROTO_IPCP:
                return "IPCP";
        case PPP_PROTO_ECP:
                return "ECP";
        case PPP_PROTO_IPV6CP:
                return "IPV6CP";
        case PPP_PROTO_CCP:
                return "CCP";
        case PPP_PROTO_LCP:
                return "LCP";
        case PPP_PROTO_PAP:
                return "PAP";
        case PPP_PROTO_CBCP:
                return "CBCP";
        case PPP_PROTO_CHAP:
                return "CHAP";
        case PPP_PROTO_EAP:
                return "EAP";
        }

        return NULL;
}

const char *ppp_code_name(uint16_t protocol, uint8_t code) {
        static const char *const fsm[] = {
                [PPP_CODE_CONFIGURE_REQUEST] = "ConfReq", [PPP_CODE_CONFIGURE_ACK] = "ConfAck",
                [PPP_CODE_CONFIGURE_NAK] = "ConfNak",     [PPP_CODE_CONFIGURE_REJECT] = "ConfRej",
                [PPP_CODE_TERMINATE_REQUEST] = "TermReq", [PPP_CODE_TERMINATE_ACK] = "TermAck",
                [PPP_CODE_CODE_REJECT] = "CodeRej",
        };
        static const char *const lcp[] = {
                [PPP_CODE_PROTOCOL_REJECT] = "ProtRej", [PPP_CODE_ECHO_REQUEST] = "EchoReq",
                [PPP_CODE_ECHO_REPLY] = "EchoRep",      [PPP_CODE_DISCARD_REQUEST] = "DiscReq",
                [PPP_CODE_IDENTIFICATION] = "Ident",    [PPP_CODE_TIME_REMAINING] = "TimeRem",
        };
        static const char *const ccp[] = {
                [PPP_CODE_RESET_REQUEST] = "ResetReq",
                [PPP_CODE_RESET_ACK] = "ResetAck",
        };
        static const char *const pap[] = {
                [PPP_PAP_AUTHENTICATE_REQUEST] = "AuthReq",
                [PPP_PAP_AUTHENTICATE_ACK] = "AuthAck",
                [PPP_PAP_AUTHENTICATE_NAK] = "AuthNak",
        };
        static const char *const chap[] = {
                [PPP_CHAP_CHALLENGE] = "Challenge",
                [PPP_CHAP_RESPONSE] = "Response",
                [PPP_CHAP_SUCCESS] = "Success",
                [PPP_CHAP_FAILURE] = "Failure",
        };
        static const char *const eap[] = {
                [PPP_EAP_REQUEST] = "Request",
                [PPP_EAP_RESPONSE] = "Response",
                [PPP_EAP_SUCCESS] = "Success",
                [PPP_EAP_FAILURE] = "Failure",
        };

#define NAME_IN(names) (code < ELEMENTSOF(names) ? (names)[code] : NULL)
        if (protocol == PPP_PROTO_PAP)
                return NAME_IN(pap);
        if (protocol == PPP_PROTO_CHAP)
                return NAME_IN(chap);
        if (protocol == PPP_PROTO_EAP)
                return NAME_IN(eap);
        if (!protocol_has_options(protocol))
                return NULL;
        if (code < ELEMENTSOF(fsm))
                return fsm[code];
        if (protocol == PPP_PROTO_LCP)
                return NAME_IN(lcp);
        if (protocol == PPP_PROTO_CCP)
                return NAME_IN(ccp);
#undef NAME_IN

        return NULL;
}

void ppp_mppe_describe(uint32_t bits, char *buffer, size_t n_buffer) {
        snprintf(buffer, n_buffer, "%cH %cM %cS %cL %cD %cC", bits & MPPE_BIT_STATELESS ? '+' : '-',
                 bits & MPPE_BIT_56 ? '+' : '-', bits & MPPE_BIT_128 ? '+' : '-',
                 bits & MPPE_BIT_40 ? '+' : '-', bits & MPPE_BIT_OBSOLETE ? '+' : '-',
                 bits & MPPE_BIT_MPPC ? '+' : '-');
}
