/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/explain/log-packet.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <limits.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/base/macros.h"
#include "core/base/number.h"
#include "core/base/text.h"
#include "core/ppp/mppe.h"
#include "core/ppp/ppp-packet.h"

/* The text that is being read. Never goes beyond end, which is no NUL. */
typedef struct Cursor {
        const char *at;
        const char *end;
} Cursor;

static void cursor_skip_blanks(Cursor *c) {
        while (c->at < c->end && isspace((unsigned char) *c->at))
                c->at++;
}

static bool cursor_take(Cursor *c, const char *word) {
        size_t n = strlen(word);

        if (n > (size_t) (c->end - c->at) || memcmp(c->at, word, n) != 0)
                return false;

        c->at += n;
        return true;
}

/* Takes a word that ends where letters, digits and dashes do. */
static bool cursor_take_word(Cursor *c, const char *word) {
        Cursor start = *c;

        cursor_skip_blanks(c);
        if (cursor_take(c, word) &&
            (c->at == c->end || !(isalnum((unsigned char) *c->at) || *c->at == '-')))
                return true;

        *c = start;
        return false;
}

static bool cursor_take_number(Cursor *c, unsigned base, uint32_t *ret_number) {
        uint64_t number;
        size_t n;

        cursor_skip_blanks(c);
        if (base == 16)
                cursor_take(c, "0x");

        n = number_take(c->at, (size_t) (c->end - c->at), base, UINT32_MAX, &number);
        if (n == 0)
                return false;

        c->at += n;
        *ret_number = (uint32_t) number;
        return true;
}

/* "0f", which is followed by neither letter nor digit. */
static bool cursor_take_hex_byte(Cursor *c, uint8_t *ret_byte) {
        Cursor start = *c;
        uint32_t number;

        cursor_skip_blanks(c);
        if (c->end - c->at >= 2 && isxdigit((unsigned char) c->at[0]) &&
            isxdigit((unsigned char) c->at[1]) &&
            (c->end - c->at == 2 || !isalnum((unsigned char) c->at[2])) &&
            cursor_take_number(c, 16, &number)) {
                *ret_byte = (uint8_t) number;
                return true;
        }

        *c = start;
        return false;
}

static void copy_hex_bytes(Cursor *c, ByteWriter *w) {
        uint8_t byte;

        while (cursor_take_hex_byte(c, &byte))
                byte_writer_u8(w, byte);
}

/* A reason as routers log it, without quotation marks; no bytes in hexadecimal. */
static void copy_bare_words(Cursor *c, ByteWriter *w) {
        const char *at;

        cursor_skip_blanks(c);
        at = c->at;
        while (at < c->end && isalpha((unsigned char) *at))
                at++;
        if (at - c->at < 3)
                return;

        while (c->at < c->end && *c->at != ']')
                byte_writer_u8(w, (uint8_t) *c->at++);
}

/* Takes one escape of a quoted text, by pppd or by us, after its backslash. */
static uint8_t cursor_take_escape(Cursor *c) {
        char value;

        /*
         * Some versions of pppd print a byte with its eighth bit set as eleven octal digits, of
         * which the last three count.
         */
        if (c->end - c->at >= 11 && memcmp(c->at, "37777777", 8) == 0)
                c->at += 8;

        c->at += text_take_escape(c->at, (size_t) (c->end - c->at), &value);
        return (uint8_t) value;
}

static bool copy_quoted(Cursor *c, ByteWriter *w) {
        cursor_skip_blanks(c);
        if (!cursor_take(c, "\""))
                return false;

        while (c->at < c->end && *c->at != '"') {
                if (*c->at == '\\' && c->end - c->at >= 2) {
                        c->at++;
                        byte_writer_u8(w, cursor_take_escape(c));
                } else {
                        byte_writer_u8(w, (uint8_t) *c->at++);
                }
        }
        cursor_take(c, "\"");
        return true;
}

/*
 * Copies a value between angle brackets, such as a challenge. Other characters than hex digits are
 * from somebody who hid the value.
 */
static void copy_hex_value(Cursor *c, ByteWriter *w) {
        size_t length_at = w->pos, n = 0;

        byte_writer_u8(w, 0);
        cursor_skip_blanks(c);
        if (!cursor_take(c, "<"))
                return;

        for (; c->end - c->at >= 2 && c->at[0] != '>' && c->at[1] != '>' && n < UINT8_MAX;
             c->at += 2, n++) {
                uint64_t byte = 0;

                (void) number_take(c->at, 2, 16, UINT8_MAX, &byte);
                byte_writer_u8(w, (uint8_t) byte);
        }
        while (c->at < c->end && *c->at != '>')
                c->at++;
        cursor_take(c, ">");
        if (!w->failed)
                w->data[length_at] = (uint8_t) n;
}

/* The sign before each letter: `+H -M +S -L -D -C`, as RFC 3078 orders the bits. */
static uint32_t parse_mppe_flags(Cursor *c) {
        static const struct {
                char letter;
                uint32_t bit;
        } flags[] = {
                { 'H', MPPE_BIT_STATELESS }, { 'M', MPPE_BIT_56 },       { 'S', MPPE_BIT_128 },
                { 'L', MPPE_BIT_40 },        { 'D', MPPE_BIT_OBSOLETE }, { 'C', MPPE_BIT_MPPC },
        };
        uint32_t bits = 0;

        for (;;) {
                cursor_skip_blanks(c);
                if (c->end - c->at < 2 || (c->at[0] != '+' && c->at[0] != '-'))
                        return bits;

                for (size_t i = 0; i < ELEMENTSOF(flags); i++)
                        if (c->at[0] == '+' && c->at[1] == flags[i].letter)
                                bits |= flags[i].bit;
                c->at += 2;
        }
}

static void write_auth(Cursor *c, ByteWriter *w) {
        uint32_t protocol;

        if (cursor_take_word(c, "pap")) {
                byte_writer_u16(w, PPP_PROTO_PAP);
        } else if (cursor_take_word(c, "eap")) {
                byte_writer_u16(w, PPP_PROTO_EAP);
        } else if (cursor_take_word(c, "chap")) {
                byte_writer_u16(w, PPP_PROTO_CHAP);
                if (cursor_take_word(c, "MS-v2"))
                        byte_writer_u8(w, PPP_CHAP_MS_V2);
                else if (cursor_take_word(c, "MS") || cursor_take_word(c, "m$oft"))
                        byte_writer_u8(w, PPP_CHAP_MS);
                else
                        byte_writer_u8(w, PPP_CHAP_MD5);
        } else if (cursor_take_number(c, 16, &protocol)) {
                byte_writer_u16(w, (uint16_t) protocol);
        }
}

static void write_address(Cursor *c, ByteWriter *w) {
        char text[INET_ADDRSTRLEN] = { 0 };
        struct in_addr address = { 0 };

        cursor_skip_blanks(c);
        for (size_t i = 0; i < sizeof(text) - 1 && c->at < c->end &&
             (isdigit((unsigned char) *c->at) || *c->at == '.');
             i++)
                text[i] = *c->at++;

        /* An address that somebody hid must not become 0.0.0.0, which means that there is none. */
        if (inet_pton(AF_INET, text, &address) != 1)
                address.s_addr = htonl(UINT32_C(0xc0000201));
        byte_writer_bytes(w, &address, sizeof(address));
}

typedef enum ValueFormat {
        VALUE_NONE,
        VALUE_U16,
        VALUE_HEX32,
        VALUE_AUTH,
        VALUE_MPPE,
        VALUE_ADDRESS,
        VALUE_VJ,
        VALUE_LINK_LOCAL,
        VALUE_DEFLATE,
        VALUE_BSD,
        VALUE_QUALITY,
        VALUE_CALLBACK,
        VALUE_BYTE, /* a value that no diagnosis asks for, as one zero byte */
} ValueFormat;

static const struct {
        uint16_t protocol;
        const char *name;
        uint8_t type;
        ValueFormat format;
} option_formats[] = {
        { PPP_PROTO_LCP, "mru", PPP_LCP_OPTION_MRU, VALUE_U16 },
        { PPP_PROTO_LCP, "asyncmap", PPP_LCP_OPTION_ACCM, VALUE_HEX32 },
        { PPP_PROTO_LCP, "auth", PPP_LCP_OPTION_AUTH, VALUE_AUTH },
        { PPP_PROTO_LCP, "quality", PPP_LCP_OPTION_QUALITY, VALUE_QUALITY },
        { PPP_PROTO_LCP, "magic", PPP_LCP_OPTION_MAGIC, VALUE_HEX32 },
        { PPP_PROTO_LCP, "pcomp", PPP_LCP_OPTION_PFC, VALUE_NONE },
        { PPP_PROTO_LCP, "accomp", PPP_LCP_OPTION_ACFC, VALUE_NONE },
        { PPP_PROTO_LCP, "callback", PPP_LCP_OPTION_CALLBACK, VALUE_CALLBACK },
        { PPP_PROTO_LCP, "mrru", PPP_LCP_OPTION_MRRU, VALUE_U16 },
        { PPP_PROTO_LCP, "ssnhf", PPP_LCP_OPTION_SHORT_SEQUENCE, VALUE_NONE },
        { PPP_PROTO_LCP, "endpoint", PPP_LCP_OPTION_ENDPOINT, VALUE_BYTE },
        { PPP_PROTO_CCP, "mppe", PPP_CCP_OPTION_MPPE, VALUE_MPPE },
        { PPP_PROTO_CCP, "deflate", PPP_CCP_OPTION_DEFLATE, VALUE_DEFLATE },
        { PPP_PROTO_CCP, "bsd", PPP_CCP_OPTION_BSD, VALUE_BSD },
        { PPP_PROTO_CCP, "predictor 2", PPP_CCP_OPTION_PREDICTOR_2, VALUE_NONE },
        { PPP_PROTO_CCP, "predictor", PPP_CCP_OPTION_PREDICTOR_1, VALUE_NONE },
        { PPP_PROTO_IPCP, "addr", PPP_IPCP_OPTION_ADDRESS, VALUE_ADDRESS },
        { PPP_PROTO_IPCP, "compress VJ", PPP_IPCP_OPTION_VJ, VALUE_VJ },
        { PPP_PROTO_IPCP, "ms-dns", PPP_IPCP_OPTION_DNS1, VALUE_ADDRESS },
        { PPP_PROTO_IPCP, "ms-dns1", PPP_IPCP_OPTION_DNS1, VALUE_ADDRESS },
        { PPP_PROTO_IPCP, "ms-dns2", PPP_IPCP_OPTION_DNS2, VALUE_ADDRESS },
        { PPP_PROTO_IPCP, "ms-dns3", PPP_IPCP_OPTION_DNS2, VALUE_ADDRESS },
        { PPP_PROTO_IPCP, "ms-wins", PPP_IPCP_OPTION_WINS1, VALUE_ADDRESS },
        { PPP_PROTO_IPV6CP, "addr", PPP_IPV6CP_OPTION_INTERFACE_ID, VALUE_LINK_LOCAL },
};

/* fe80::0123:4567:89ab:cdef, as pppd writes it, with all four groups. */
static void write_link_local(Cursor *c, ByteWriter *w) {
        uint32_t group = 0;

        cursor_skip_blanks(c);
        cursor_take(c, "fe80:");
        for (unsigned i = 0; i < 4; i++) {
                if (!cursor_take(c, ":") || !cursor_take_number(c, 16, &group))
                        group = 0;
                byte_writer_u16(w, (uint16_t) group);
        }
}

/* RFC 1979, section 3: the window's size beside the method, which is 8, and no check. */
static void write_deflate(Cursor *c, ByteWriter *w) {
        uint32_t window = 8;

        cursor_take_number(c, 10, &window);
        byte_writer_u8(w, (uint8_t) ((window - 8) << 4 | 8));
        byte_writer_u8(w, 0);
}

/* RFC 1977, section 4.1: version and size of the codes. */
static void write_bsd(Cursor *c, ByteWriter *w) {
        uint32_t version = 0, size = 0;

        cursor_skip_blanks(c);
        cursor_take(c, "v");
        cursor_take_number(c, 10, &version);
        cursor_take_number(c, 10, &size);
        byte_writer_u8(w, (uint8_t) (version << 5 | (size & 0x1f)));
}

static void write_value(Cursor *c, ByteWriter *w, ValueFormat format) {
        uint32_t number = 0;

        switch (format) {
        case VALUE_NONE:
                break;
        case VALUE_U16:
                cursor_take_number(c, 10, &number);
                byte_writer_u16(w, (uint16_t) number);
                break;
        case VALUE_HEX32:
                cursor_take_number(c, 16, &number);
                byte_writer_u32(w, number);
                break;
        case VALUE_AUTH:
                write_auth(c, w);
                break;
        case VALUE_MPPE:
                byte_writer_u32(w, parse_mppe_flags(c));
                break;
        case VALUE_ADDRESS:
                write_address(c, w);
                break;
        case VALUE_VJ:
                byte_writer_u16(w, 0x002d); /* RFC 1332, section 4 */
                copy_hex_bytes(c, w);
                break;
        case VALUE_LINK_LOCAL:
                write_link_local(c, w);
                break;
        case VALUE_DEFLATE:
                write_deflate(c, w);
                break;
        case VALUE_BSD:
                write_bsd(c, w);
                break;
        case VALUE_QUALITY:
                if (cursor_take_word(c, "lqr"))
                        number = 0xc025;
                else
                        cursor_take_number(c, 16, &number);
                byte_writer_u16(w, (uint16_t) number);
                copy_hex_bytes(c, w);
                break;
        case VALUE_CALLBACK:
                if (cursor_take_word(c, "CBCP"))
                        number = 6;
                else
                        cursor_take_number(c, 16, &number);
                byte_writer_u8(w, (uint8_t) number);
                copy_hex_bytes(c, w);
                break;
        case VALUE_BYTE:
                byte_writer_u8(w, 0);
                break;
        }
}

/*
 * Writes one option between angle brackets. pppd prints an option that it has no name for as all of
 * its bytes.
 */
static void write_option(Cursor *c, ByteWriter *w, uint16_t protocol) {
        size_t begin = w->pos;

        for (size_t i = 0; i < ELEMENTSOF(option_formats); i++) {
                if (option_formats[i].protocol != protocol ||
                    !cursor_take_word(c, option_formats[i].name))
                        continue;

                byte_writer_u8(w, option_formats[i].type);
                byte_writer_u8(w, 0);
                write_value(c, w, option_formats[i].format);
                if (!w->failed && w->pos - begin <= UINT8_MAX)
                        w->data[begin + 1] = (uint8_t) (w->pos - begin);
                return;
        }

        copy_hex_bytes(c, w);
}

static void write_options(Cursor *c, ByteWriter *w, uint16_t protocol) {
        const char *close;

        for (;;) {
                cursor_skip_blanks(c);
                if (!cursor_take(c, "<"))
                        return;

                close = memchr(c->at, '>', (size_t) (c->end - c->at));
                if (!close)
                        return;

                write_option(&(Cursor){ c->at, close }, w, protocol);
                c->at = close + 1;
        }
}

static void write_chap(Cursor *c, ByteWriter *w, uint8_t code) {
        if (code == PPP_CHAP_SUCCESS || code == PPP_CHAP_FAILURE) {
                if (!copy_quoted(c, w))
                        copy_hex_bytes(c, w);
                return;
        }

        copy_hex_value(c, w);
        if (cursor_take(c, ", name ="))
                copy_quoted(c, w);
}

static void write_pap(Cursor *c, ByteWriter *w, uint8_t code) {
        size_t length_at = w->pos;

        byte_writer_u8(w, 0);
        cursor_take_word(c, "user");
        cursor_take(c, "=");
        copy_quoted(c, w);
        if (!w->failed && w->pos - length_at - 1 <= UINT8_MAX)
                w->data[length_at] = (uint8_t) (w->pos - length_at - 1);

        /* The password, which is or should be hidden, is not needed. */
        if (code == PPP_PAP_AUTHENTICATE_REQUEST)
                byte_writer_u8(w, 0);
}

static bool write_eap_type(Cursor *c, ByteWriter *w) {
        static const struct {
                const char *name;
                uint8_t type;
        } types[] = {
                { "Identity", PPP_EAP_TYPE_IDENTITY },
                { "Notification", PPP_EAP_TYPE_NOTIFICATION },
                { "Nak", PPP_EAP_TYPE_NAK },
                { "MD5-Challenge", PPP_EAP_TYPE_MD5 },
                { "TLS", PPP_EAP_TYPE_TLS },
                { "PEAP", PPP_EAP_TYPE_PEAP },
                { "MSCHAPv2", PPP_EAP_TYPE_MSCHAPV2 },
        };
        uint32_t type;

        for (size_t i = 0; i < ELEMENTSOF(types); i++)
                if (cursor_take_word(c, types[i].name)) {
                        byte_writer_u8(w, types[i].type);
                        return true;
                }

        cursor_skip_blanks(c);
        if (!cursor_take(c, "type=") || !cursor_take_number(c, 10, &type))
                return false;

        byte_writer_u8(w, (uint8_t) type);
        return true;
}

static void write_eap(Cursor *c, ByteWriter *w) {
        if (!write_eap_type(c, w))
                return;

        cursor_skip_blanks(c);
        if (!cursor_take(c, "<"))
                return;

        if (cursor_take_word(c, "Suggested-type")) {
                while (write_eap_type(c, w))
                        ;
        } else if (cursor_take_word(c, "Message") || cursor_take_word(c, "Name"))
                copy_quoted(c, w);
}

static void write_body(Cursor *c, ByteWriter *w, uint16_t protocol, uint8_t code) {
        uint32_t magic;

        switch (protocol) {
        case PPP_PROTO_CHAP:
                write_chap(c, w, code);
                return;
        case PPP_PROTO_PAP:
                write_pap(c, w, code);
                return;
        case PPP_PROTO_EAP:
                write_eap(c, w);
                return;
        }

        if (code >= PPP_CODE_CONFIGURE_REQUEST && code <= PPP_CODE_CONFIGURE_REJECT) {
                write_options(c, w, protocol);
                return;
        }

        if (cursor_take_word(c, "magic") && cursor_take(c, "=") &&
            cursor_take_number(c, 16, &magic))
                byte_writer_u32(w, magic);
        else if (!copy_quoted(c, w) && code == PPP_CODE_TERMINATE_REQUEST)
                copy_bare_words(c, w);
        copy_hex_bytes(c, w);
}

/* The length of the word that the cursor is at: letters, digits and dashes. */
static size_t cursor_word_length(const Cursor *c) {
        const char *at = c->at;

        while (at < c->end && (isalnum((unsigned char) *at) || *at == '-'))
                at++;
        return (size_t) (at - c->at);
}

static bool parse_protocol(Cursor *c, uint16_t *ret_protocol) {
        static const uint16_t protocols[] = {
                PPP_PROTO_LCP, PPP_PROTO_PAP,  PPP_PROTO_CHAP,   PPP_PROTO_EAP,
                PPP_PROTO_CCP, PPP_PROTO_IPCP, PPP_PROTO_IPV6CP,
        };

        for (size_t i = 0; i < ELEMENTSOF(protocols); i++)
                if (cursor_take_word(c, ppp_protocol_name(protocols[i]))) {
                        *ret_protocol = protocols[i];
                        return true;
                }

        return false;
}

static bool parse_code(Cursor *c, uint16_t protocol, uint8_t *ret_code) {
        size_t n_word;

        cursor_skip_blanks(c);
        n_word = cursor_word_length(c);
        for (unsigned code = 1; code <= PPP_CODE_RESET_ACK; code++) {
                const char *name = ppp_code_name(protocol, (uint8_t) code);

                if (name && strlen(name) == n_word && memcmp(c->at, name, n_word) == 0) {
                        c->at += n_word;
                        *ret_code = (uint8_t) code;
                        return true;
                }
        }

        return false;
}

size_t log_packet_find(const char *text, size_t n_text) {
        static const size_t n_word = sizeof("sent ") - 1;

        for (size_t i = n_word; i < n_text; i++) {
                const char *bracket = memchr(text + i, '[', n_text - i), *word;

                if (!bracket)
                        break;

                i = (size_t) (bracket - text);
                word = bracket - n_word;
                if ((memcmp(word, "sent ", n_word) == 0 || memcmp(word, "rcvd ", n_word) == 0) &&
                    (word == text || !isalnum((unsigned char) word[-1])))
                        return i - n_word;
        }

        return n_text;
}

size_t log_packet_length(const char *text, size_t n_text) {
        static const bool is_structure[UCHAR_MAX + 1] = {
                ['\\'] = true, ['"'] = true, ['['] = true, [']'] = true
        };
        bool quoted = false;
        int depth = 0;

        for (size_t i = 0; i < n_text; i++) {
                if (!is_structure[(unsigned char) text[i]])
                        continue;
                if (quoted && text[i] == '\\')
                        i++;
                else if (text[i] == '"')
                        quoted = !quoted;
                else if (!quoted && text[i] == '[')
                        depth++;
                else if (!quoted && text[i] == ']' && --depth == 0)
                        return i + 1;
        }

        return 0;
}

bool log_packet_is_bare(const char *text, size_t n_text) {
        const char *at = memmem(text, n_text, " id=0x", 6);
        Cursor c = { at, text + n_text };
        uint32_t id;

        if (!at || !cursor_take(&c, " id=") || !cursor_take_number(&c, 16, &id) ||
            !cursor_take(&c, " "))
                return false;

        cursor_skip_blanks(&c);
        return cursor_take(&c, "]");
}

bool log_packet_parse(const char *text, size_t n_text, bool *ret_sent, uint8_t *frame,
                      size_t *ret_n_frame) {
        Cursor c = { text, text + n_text };
        ByteWriter w = BYTE_WRITER(frame, LOG_FRAME_MAX_BYTES);
        uint16_t protocol;
        uint32_t id = 0;
        uint8_t code;
        bool sent;

        sent = cursor_take(&c, "sent [");
        if ((!sent && !cursor_take(&c, "rcvd [")) || !parse_protocol(&c, &protocol) ||
            !parse_code(&c, protocol, &code))
                return false;

        cursor_skip_blanks(&c);
        if (cursor_take(&c, "id="))
                cursor_take_number(&c, 16, &id);

        byte_writer_u16(&w, protocol);
        byte_writer_u8(&w, code);
        byte_writer_u8(&w, (uint8_t) id);
        byte_writer_u16(&w, 0);
        write_body(&c, &w, protocol, code);
        if (w.failed)
                return false;

        /* The length counts from the code on: RFC 1661, section 5. */
        frame[4] = (uint8_t) ((w.pos - 2) >> 8);
        frame[5] = (uint8_t) (w.pos - 2);

        *ret_sent = sent;
        *ret_n_frame = w.pos;
        return true;
}
