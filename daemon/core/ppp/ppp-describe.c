/* SPDX-License-Identifier: GPL-2.0-or-later */

/* PPP control packets in the notation of pppd's debug option, less the secrets. */

#include "core/ppp/ppp-packet.h"

#include <string.h>

#include "core/base/bytes.h"
#include "core/base/macros.h"
#include "core/ppp/mppe.h"
#include "core/base/text.h"

/* As many bytes of unknown meaning as one line shows; pppd stops there too. */
#define HEX_MAX_BYTES 32
#define HIDDEN "<hidden>"

/* RFC 1990, section 5.1.3, and RFC 1570, section 2.3: the class of an endpoint discriminator. */
static const char *const endpoint_classes[] = { "null", "local", "IP", "MAC", "magic", "phone" };

/* Everything that is left, as " 01 02 03". */
static void describe_rest(ByteReader *r, TextBuilder *t) {
        size_t n = byte_reader_left(r), n_shown = MIN(n, (size_t) HEX_MAX_BYTES);

        if (n == 0)
                return;

        text_add(t, " ");
        text_add_hex(t, byte_reader_take(r, n_shown), n_shown, " ");
        if (n > n_shown)
                text_add(t, " ...");
        (void) byte_reader_take(r, n - n_shown);
}

/* The same of bytes that may hold a password or what it can be guessed from. */
static void hide_rest(ByteReader *r, TextBuilder *t) {
        size_t n = byte_reader_left(r);

        if (n == 0)
                return;

        text_add(t, " " HIDDEN);
        (void) byte_reader_take(r, n);
}

static void describe_text(ByteReader *r, size_t n, TextBuilder *t) {
        const uint8_t *text = byte_reader_take(r, n);

        text_add(t, " ");
        text_add_quoted(t, text, text ? n : 0);
}

/* Bytes without separators, between angle brackets: a challenge. */
static void describe_block(ByteReader *r, size_t n, TextBuilder *t) {
        size_t n_shown = MIN(n, (size_t) HEX_MAX_BYTES);

        text_add(t, " <");
        text_add_hex(t, byte_reader_take(r, n_shown), n_shown, "");
        if (n > n_shown)
                text_add(t, "...");
        text_add(t, ">");
        (void) byte_reader_take(r, n - n_shown);
}

bool ppp_protocol_authenticates(uint16_t protocol) {
        return protocol == PPP_PROTO_PAP || protocol == PPP_PROTO_CHAP || protocol == PPP_PROTO_EAP;
}

static void describe_chap_algorithm(uint8_t algorithm, TextBuilder *t) {
        if (algorithm == PPP_CHAP_MD5)
                text_add(t, " MD5");
        else if (algorithm == PPP_CHAP_MS)
                text_add(t, " MS");
        else if (algorithm == PPP_CHAP_MS_V2)
                text_add(t, " MS-v2");
        else
                text_addf(t, " %02x", algorithm);
}

static void describe_auth_option(ByteReader *r, TextBuilder *t) {
        uint16_t protocol = byte_reader_u16(r);

        text_add(t, "auth ");

        if (protocol == PPP_PROTO_PAP) {
                text_add(t, "pap");
        } else if (protocol == PPP_PROTO_EAP) {
                text_add(t, "eap");
        } else if (protocol == PPP_PROTO_CHAP) {
                text_add(t, "chap");
                if (byte_reader_left(r) > 0)
                        describe_chap_algorithm(byte_reader_u8(r), t);
        } else {
                text_addf(t, "0x%x", protocol);
        }
}

static void describe_endpoint_option(ByteReader *r, TextBuilder *t) {
        uint8_t class = byte_reader_u8(r);
        size_t n = byte_reader_left(r), n_shown = MIN(n, (size_t) HEX_MAX_BYTES);

        if (class < ELEMENTSOF(endpoint_classes))
                text_addf(t, "endpoint [%s:", endpoint_classes[class]);
        else
                text_addf(t, "endpoint [%u:", class);

        text_add_hex(t, byte_reader_take(r, n_shown), n_shown, class == 3 ? ":" : ".");
        text_add(t, "]");
}

/* Each returns false, with nothing written, for an option that it does not know in this length. */
static bool describe_lcp_option(const PppOption *option, ByteReader *r, TextBuilder *t) {
        switch (option->type << 8 | option->n_data) {
        case PPP_LCP_OPTION_MRU << 8 | 2:
                text_addf(t, "mru %u", byte_reader_u16(r));
                return true;
        case PPP_LCP_OPTION_ACCM << 8 | 4:
                text_addf(t, "asyncmap 0x%x", byte_reader_u32(r));
                return true;
        case PPP_LCP_OPTION_MAGIC << 8 | 4:
                text_addf(t, "magic 0x%x", byte_reader_u32(r));
                return true;
        case PPP_LCP_OPTION_PFC << 8:
                text_add(t, "pcomp");
                return true;
        case PPP_LCP_OPTION_ACFC << 8:
                text_add(t, "accomp");
                return true;
        case PPP_LCP_OPTION_MRRU << 8 | 2:
                text_addf(t, "mrru %u", byte_reader_u16(r));
                return true;
        case PPP_LCP_OPTION_SHORT_SEQUENCE << 8:
                text_add(t, "ssnhf");
                return true;
        }

        if (option->type == PPP_LCP_OPTION_AUTH && option->n_data >= 2) {
                describe_auth_option(r, t);
                return true;
        }

        if (option->type == PPP_LCP_OPTION_ENDPOINT && option->n_data >= 1) {
                describe_endpoint_option(r, t);
                return true;
        }

        if (option->type == PPP_LCP_OPTION_QUALITY && option->n_data >= 2) {
                uint16_t protocol = byte_reader_u16(r);

                if (protocol == 0xc025)
                        text_add(t, "quality lqr");
                else
                        text_addf(t, "quality 0x%x", protocol);
                return true;
        }

        if (option->type == PPP_LCP_OPTION_CALLBACK && option->n_data >= 1) {
                uint8_t operation = byte_reader_u8(r);

                if (operation == 6)
                        text_add(t, "callback CBCP");
                else
                        text_addf(t, "callback 0x%x", operation);
                return true;
        }

        return false;
}

static void describe_mppe_option(uint32_t bits, TextBuilder *t) {
        const uint32_t known =
                MPPE_BIT_STATELESS | MPPE_BITS_STRENGTH | MPPE_BIT_OBSOLETE | MPPE_BIT_MPPC;
        char flags[24];

        ppp_mppe_describe(bits, flags, sizeof(flags));
        text_addf(t, "mppe %s", flags);

        if ((bits & ~known) != 0)
                text_addf(t, " +U (%02x %02x %02x %02x)", bits >> 24, bits >> 16 & 0xff,
                          bits >> 8 & 0xff, bits & 0xff);
}

static bool describe_ccp_option(const PppOption *option, ByteReader *r, TextBuilder *t) {
        switch (option->type << 8 | option->n_data) {
        case PPP_CCP_OPTION_MPPE << 8 | 4:
                describe_mppe_option(byte_reader_u32(r), t);
                return true;
        case PPP_CCP_OPTION_PREDICTOR_1 << 8:
                text_add(t, "predictor 1");
                return true;
        case PPP_CCP_OPTION_PREDICTOR_2 << 8:
                text_add(t, "predictor 2");
                return true;
        case PPP_CCP_OPTION_BSD << 8 | 1: {
                uint8_t parameters = byte_reader_u8(r);

                text_addf(t, "bsd v%u %u", parameters >> 5, parameters & 0x1f);
                return true;
        }
        case PPP_CCP_OPTION_DEFLATE << 8 | 2:
                text_addf(t, "deflate %u", (byte_reader_u8(r) >> 4) + 8);
                (void) byte_reader_u8(r);
                return true;
        }

        return false;
}

static void describe_address(ByteReader *r, const char *name, TextBuilder *t) {
        text_addf(t, "%s ", name);
        text_add_ipv4(t, (struct in_addr){ htonl(byte_reader_u32(r)) });
}

static bool describe_ipcp_option(const PppOption *option, ByteReader *r, TextBuilder *t) {
        switch (option->type << 8 | option->n_data) {
        case PPP_IPCP_OPTION_ADDRESS << 8 | 4:
                describe_address(r, "addr", t);
                return true;
        case PPP_IPCP_OPTION_DNS1 << 8 | 4:
                describe_address(r, "ms-dns1", t);
                return true;
        case PPP_IPCP_OPTION_DNS2 << 8 | 4:
                describe_address(r, "ms-dns2", t);
                return true;
        case PPP_IPCP_OPTION_WINS1 << 8 | 4:
        case PPP_IPCP_OPTION_WINS2 << 8 | 4:
                describe_address(r, "ms-wins", t);
                return true;
        }

        if (option->type == PPP_IPCP_OPTION_VJ && option->n_data >= 2) {
                uint16_t protocol = byte_reader_u16(r);

                /* RFC 1332, section 3.2: Van Jacobson. What follows is slots and a flag, in hex. */
                if (protocol == 0x002d)
                        text_add(t, "compress VJ");
                else
                        text_addf(t, "compress 0x%x", protocol);
                return true;
        }

        return false;
}

static bool describe_ipv6cp_option(const PppOption *option, ByteReader *r, TextBuilder *t) {
        uint32_t high, low;

        if (option->type != PPP_IPV6CP_OPTION_INTERFACE_ID || option->n_data != 8)
                return false;

        high = byte_reader_u32(r);
        low = byte_reader_u32(r);
        text_addf(t, "addr fe80::%04x:%04x:%04x:%04x", high >> 16, high & 0xffff, low >> 16,
                  low & 0xffff);
        return true;
}

static void describe_option(uint16_t protocol, const PppOption *option, TextBuilder *t) {
        ByteReader r = BYTE_READER(option->data, option->n_data);
        bool known = false;

        text_add(t, " <");

        if (protocol == PPP_PROTO_LCP)
                known = describe_lcp_option(option, &r, t);
        else if (protocol == PPP_PROTO_CCP)
                known = describe_ccp_option(option, &r, t);
        else if (protocol == PPP_PROTO_IPCP)
                known = describe_ipcp_option(option, &r, t);
        else if (protocol == PPP_PROTO_IPV6CP)
                known = describe_ipv6cp_option(option, &r, t);

        /* pppd shows what it does not know with type and length. */
        if (!known)
                text_addf(t, " %02x %02zx", option->type, option->n_data + 2);

        describe_rest(&r, t);
        text_add(t, ">");
}

static void describe_options(const PppPacket *packet, ByteReader *r, TextBuilder *t) {
        PppOptionIterator i = ppp_option_iterator(packet);
        PppOption option;

        while (ppp_option_next(&i, &option)) {
                describe_option(packet->protocol, &option, t);
                (void) byte_reader_take(r, option.n_data + 2);
        }
}

/* Terminate-*: a sentence, or the binary of Windows. */
static void describe_reason(ByteReader *r, TextBuilder *t) {
        size_t n = byte_reader_left(r);

        if (n > 0 && r->data[r->pos] >= ' ' && r->data[r->pos] < 0x7f)
                describe_text(r, n, t);
}

/* The rejected packet follows the protocol that it belonged to: it may be our own PAP request. */
static void describe_rejected(ByteReader *r, TextBuilder *t) {
        uint16_t protocol;

        if (byte_reader_left(r) < 2)
                return;

        protocol = byte_reader_u16(r);
        text_addf(t, " %02x %02x", protocol >> 8, protocol & 0xff);
        if (ppp_protocol_authenticates(protocol))
                hide_rest(r, t);
}

/* LCP and the NCPs. What a case leaves unread is shown in hex by the caller. */
static void describe_fsm(const PppPacket *packet, ByteReader *r, TextBuilder *t) {
        switch ((PppCode) packet->code) {
        case PPP_CODE_CONFIGURE_REQUEST:
        case PPP_CODE_CONFIGURE_ACK:
        case PPP_CODE_CONFIGURE_NAK:
        case PPP_CODE_CONFIGURE_REJECT:
                describe_options(packet, r, t);
                break;
        case PPP_CODE_TERMINATE_REQUEST:
        case PPP_CODE_TERMINATE_ACK:
                describe_reason(r, t);
                break;
        case PPP_CODE_PROTOCOL_REJECT:
                if (packet->protocol == PPP_PROTO_LCP)
                        describe_rejected(r, t);
                break;
        case PPP_CODE_ECHO_REQUEST:
        case PPP_CODE_ECHO_REPLY:
        case PPP_CODE_DISCARD_REQUEST:
        case PPP_CODE_IDENTIFICATION:
        case PPP_CODE_TIME_REMAINING:
                if (packet->protocol != PPP_PROTO_LCP || byte_reader_left(r) < 4)
                        break;
                text_addf(t, " magic=0x%x", byte_reader_u32(r));
                if (packet->code == PPP_CODE_IDENTIFICATION)
                        describe_text(r, byte_reader_left(r), t);
                break;
        case PPP_CODE_CODE_REJECT:
        case PPP_CODE_RESET_REQUEST:
        case PPP_CODE_RESET_ACK:
                break;
        }
}

static void describe_pap(const PppPacket *packet, ByteReader *r, TextBuilder *t) {
        uint8_t n;

        if (packet->code < PPP_PAP_AUTHENTICATE_REQUEST || packet->code > PPP_PAP_AUTHENTICATE_NAK)
                return;

        /* Each has one byte of length and as many bytes of name or message. */
        n = byte_reader_u8(r);
        if (r->failed || n > byte_reader_left(r))
                return;

        if (packet->code == PPP_PAP_AUTHENTICATE_REQUEST) {
                const uint8_t *name = byte_reader_take(r, n);

                text_add(t, " user=");
                text_add_quoted(t, name, n);
                text_add(t, " password=" HIDDEN);
                (void) byte_reader_take(r, byte_reader_left(r));
        } else {
                describe_text(r, n, t);
        }
}

static void describe_chap(const PppPacket *packet, ByteReader *r, TextBuilder *t) {
        switch (packet->code) {
        case PPP_CHAP_CHALLENGE:
        case PPP_CHAP_RESPONSE: {
                uint8_t n = byte_reader_u8(r);

                if (r->failed || n > byte_reader_left(r))
                        return;

                if (packet->code == PPP_CHAP_CHALLENGE) {
                        describe_block(r, n, t);
                } else {
                        (void) byte_reader_take(r, n);
                        text_add(t, " " HIDDEN);
                }

                text_add(t, ", name =");
                describe_text(r, byte_reader_left(r), t);
                break;
        }
        case PPP_CHAP_SUCCESS:
        case PPP_CHAP_FAILURE:
                describe_text(r, byte_reader_left(r), t);
                break;
        }
}

static void describe_eap_type(uint8_t type, TextBuilder *t) {
        static const char *const names[] = {
                [PPP_EAP_TYPE_IDENTITY] = "Identity", [PPP_EAP_TYPE_NOTIFICATION] = "Notification",
                [PPP_EAP_TYPE_NAK] = "Nak",           [PPP_EAP_TYPE_MD5] = "MD5-Challenge",
                [PPP_EAP_TYPE_TLS] = "TLS",           [PPP_EAP_TYPE_PEAP] = "PEAP",
                [PPP_EAP_TYPE_MSCHAPV2] = "MSCHAPv2",
        };

        if (type < ELEMENTSOF(names) && names[type])
                text_addf(t, " %s", names[type]);
        else
                text_addf(t, " type=%u", type);
}

/* Identity and Nak say why a login failed; the rest belongs to the methods and is not shown. */
static void describe_eap(const PppPacket *packet, ByteReader *r, TextBuilder *t) {
        uint8_t type;

        if ((packet->code != PPP_EAP_REQUEST && packet->code != PPP_EAP_RESPONSE) ||
            byte_reader_left(r) == 0)
                return;

        type = byte_reader_u8(r);
        describe_eap_type(type, t);

        if ((type == PPP_EAP_TYPE_IDENTITY || type == PPP_EAP_TYPE_NOTIFICATION) &&
            byte_reader_left(r) > 0) {
                text_add(t, packet->code == PPP_EAP_REQUEST ? " <Message" : " <Name");
                describe_text(r, byte_reader_left(r), t);
                text_add(t, ">");
        } else if (type == PPP_EAP_TYPE_NAK && byte_reader_left(r) > 0) {
                text_add(t, " <Suggested-type");
                while (byte_reader_left(r) > 0 && !t->truncated)
                        describe_eap_type(byte_reader_u8(r), t);
                text_add(t, ">");
        }
}

static void describe_packet(const PppPacket *packet, ByteReader *r, TextBuilder *t) {
        const char *name = ppp_code_name(packet->protocol, packet->code);

        text_addf(t, "[%s ", ppp_protocol_name(packet->protocol));
        if (name)
                text_addf(t, "%s id=0x%x", name, packet->id);
        else
                text_addf(t, "code=0x%x id=0x%x", packet->code, packet->id);

        if (packet->protocol == PPP_PROTO_PAP)
                describe_pap(packet, r, t);
        else if (packet->protocol == PPP_PROTO_CHAP)
                describe_chap(packet, r, t);
        else if (packet->protocol == PPP_PROTO_EAP)
                describe_eap(packet, r, t);
        else if (name)
                describe_fsm(packet, r, t);

        if (ppp_protocol_authenticates(packet->protocol))
                hide_rest(r, t);
        else
                describe_rest(r, t);
        text_add(t, "]");
}

/* Whether the frame would be a Protocol-Reject, whole or not. */
static bool frame_rejects(uint16_t protocol, const ByteReader *r) {
        return protocol == PPP_PROTO_LCP && r->n_data > 2 && r->data[2] == PPP_CODE_PROTOCOL_REJECT;
}

void ppp_packet_describe(bool sent, const uint8_t *frame, size_t n_frame, char *buffer,
                         size_t n_buffer) {

        TextBuilder t = text_builder(buffer, n_buffer);
        uint16_t protocol;
        ByteReader r;
        PppPacket packet;
        int e;

        text_add(&t, sent ? "sent " : "rcvd ");

        if (n_frame >= 2 && frame[0] == 0xff && frame[1] == 0x03) {
                frame += 2;
                n_frame -= 2;
        }

        r = BYTE_READER(frame, n_frame);
        if (n_frame < 2) {
                text_add(&t, "[too short]");
                describe_rest(&r, &t);
                return;
        }

        protocol = byte_reader_u16(&r);

        e = ppp_packet_parse(frame, n_frame, &packet);
        if (e == 0) {
                ByteReader data = BYTE_READER(packet.data, packet.n_data);

                describe_packet(&packet, &data, &t);

                /* Behind the packet: padding of the link. */
                r.pos = packet.data + packet.n_data - frame;
        } else if (ppp_protocol_name(protocol)) {
                text_addf(&t, "[%s %s]", ppp_protocol_name(protocol),
                          e == PPP_PACKET_E_SHORT ? "malformed" : "data");
        } else {
                text_addf(&t, "[proto=0x%x]", protocol);
        }

        /* Lengths are the peer's: a secret may be where padding should be. */
        if (ppp_protocol_authenticates(protocol) || frame_rejects(protocol, &r))
                hide_rest(&r, &t);
        else
                describe_rest(&r, &t);
}
