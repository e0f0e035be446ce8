/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/explain/log-message.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "core/base/macros.h"
#include "core/base/number.h"
#include "core/ppp/ppp-packet.h"

/*
 * Finds the number of up to n_digits digits behind the first place where a word is. Returns what
 * follows the number, or NULL and leaves ret_number as it is.
 */
static const char *number_behind(const char *text, const char *word, size_t n_digits,
                                 uint64_t *ret_number) {

        const char *at = strstr(text, word);
        size_t n;

        if (!at)
                return NULL;

        at += strlen(word);
        n = number_take(at, n_digits, 10, UINT64_MAX, ret_number);
        return n > 0 ? at + n : NULL;
}

bool log_message_get_reply(const char *text, PptpMessage *reply) {
        static const struct {
                const char *text;
                PptpMessageType type;
        } names[] = {
                { "Start Control Connection Reply", PPTP_START_CONTROL_CONNECTION_REPLY },
                { "Outgoing Call Reply", PPTP_OUTGOING_CALL_REPLY },
                { "outgoing call request", PPTP_OUTGOING_CALL_REPLY },
                { "Call disconnect notification", PPTP_CALL_DISCONNECT_NOTIFY },
        };
        uint64_t result, error = 0;
        const char *at;

        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                if (strstr(text, names[i].text))
                        reply->type = names[i].type;

        /* This is all that pptp-linux prints for a good reply. */
        if (strstr(text, "Client connection established")) {
                *reply = (PptpMessage){ .type = PPTP_START_CONTROL_CONNECTION_REPLY,
                                        .result_code = 1 };
                return true;
        }
        if (strstr(text, "Outgoing call established")) {
                *reply = (PptpMessage){ .type = PPTP_OUTGOING_CALL_REPLY, .result_code = 1 };
                return true;
        }

        at = number_behind(text, "esult code is ", 3, &result);
        if (!at || result > UINT8_MAX)
                return false;

        if (number_behind(at, "rror code is ", 3, &error) && error > UINT8_MAX)
                error = 0;

        reply->result_code = (uint8_t) result;
        reply->error_code = (uint8_t) error;
        return true;
}

/* One character as pppd shows it: "^@" for NUL, "M-3" for one with its eighth bit set. */
static const char *take_visible_char(const char *at, uint8_t *ret_byte) {
        uint8_t high = 0;

        if (at[0] == 'M' && at[1] == '-' && at[2] != '\0') {
                high = 0x80;
                at += 2;
        }
        if (at[0] == '^' && at[1] != '\0') {
                *ret_byte = high | (uint8_t) (at[1] ^ 0x40);
                return at + 2;
        }
        if (at[0] == '\0')
                return NULL;

        *ret_byte = high | (uint8_t) at[0];
        return at + 1;
}

#define OF_PEER "terminated by peer ("

size_t log_message_get_termination(const char *text,
                                   uint8_t ret_frame[static LOG_TERMINATION_MAX_BYTES]) {

        /*
         * A Terminate-Request of the protocol that the message names. The magic number before
         * Windows' reason has no meaning here.
         */
        uint8_t head[] = { 0xc0, 0x21, PPP_CODE_TERMINATE_REQUEST, 0, 0, 0 };
        static const uint8_t windows[] = { 0, 0, 0, 0, 0x00, 0x3c, 0xcd, 0x74 };
        const char *at = strstr(text, OF_PEER), *marker, *end;
        size_t n = sizeof(head);

        if (!at)
                return 0;

        if (at - text >= 5 && memcmp(at - 5, "IPCP ", 5) == 0) {
                head[0] = PPP_PROTO_IPCP >> 8;
                head[1] = PPP_PROTO_IPCP & 0xff;
        } else if (at - text >= 4 && memcmp(at - 4, "CCP ", 4) == 0) {
                head[0] = PPP_PROTO_CCP >> 8;
                head[1] = PPP_PROTO_CCP & 0xff;
        }
        memcpy(ret_frame, head, sizeof(head));
        at += strlen(OF_PEER);
        end = strrchr(at, ')') ?: at + strlen(at);

        /*
         * The marker as pppd prints it. The magic number before it cannot be recovered from the
         * text.
         */
        marker = strstr(at, "<M-Mt");
        if (marker && marker < end) {
                memcpy(ret_frame + n, windows, sizeof(windows));
                n += sizeof(windows);
                at = marker + strlen("<M-Mt");
        }

        while (at && at < end && n < LOG_TERMINATION_MAX_BYTES)
                at = take_visible_char(at, &ret_frame[n++]);

        ret_frame[5] = (uint8_t) (n - 2);
        return n;
}

bool log_message_is_of_peer(const char *text) {
        return strstr(text, OF_PEER) != NULL;
}

/* From here on systemd says why it could not run a program at all (its exit-status.h). */
#define SYSTEMD_STATUS_MIN 200

bool log_message_get_exit(const char *text, int *ret_status) {
        static const char *const forms[] = {
                "exit code ",        "exit status ",         "error code ",
                "exited with code ", "code=exited, status=",
        };
        uint64_t status;

        /* The supervisor's own message. */
        if (number_behind(text, "pppd ended with signal ", 3, &status)) {
                *ret_status = -(int) status;
                return true;
        }

        if (!strstr(text, "pppd") || !strstr(text, "exit"))
                return false;

        for (size_t i = 0; i < ELEMENTSOF(forms); i++)
                if (number_behind(text, forms[i], 3, &status) && status < SYSTEMD_STATUS_MIN) {
                        *ret_status = (int) status;
                        return true;
                }

        return false;
}

bool log_message_get_fact(const char *text, DiagnosisFactType *ret_type) {
        static const struct {
                const char *text;
                DiagnosisFactType type;
        } facts[] = {
                { "No CHAP secret found for authenticating us", DIAGNOSIS_NO_PASSWORD },
                { "No auth is possible", DIAGNOSIS_NO_PASSWORD },
        };

        for (size_t i = 0; i < ELEMENTSOF(facts); i++)
                if (strstr(text, facts[i].text)) {
                        *ret_type = facts[i].type;
                        return true;
                }

        return false;
}

unsigned log_message_get_repetitions(const char *text) {
        uint64_t n;

        if (!number_behind(text, "last message repeated ", 9, &n))
                return 0;

        return (unsigned) MIN(n, (uint64_t) LOG_REPETITIONS_MAX);
}

unsigned log_message_get_dead_echoes(const char *text) {
        uint64_t n;
        const char *at = number_behind(text, "No response to ", 3, &n);

        return at && strncmp(at, " echo-requests", strlen(" echo-requests")) == 0 ? (unsigned) n :
                                                                                    0;
}

/* Whether the prefix of the firewall's rule, which stands before the packet, has such a word. */
static bool prefix_has(const char *text, const char *packet, const char *const *words,
                       size_t n_words) {
        for (const char *at = text; at < packet; at++)
                for (size_t i = 0; i < n_words; i++)
                        if (strncasecmp(at, words[i], strlen(words[i])) == 0)
                                return true;

        return false;
}

bool log_message_is_gre_in_firewall(const char *text) {
        static const char *const words[] = { "ACCEPT", "ALLOW", "AUDIT" };
        const char *in = strstr(text, "IN=");

        return in && strstr(text, " OUT= ") && strstr(text, "PROTO=47") &&
                !prefix_has(text, in, words, ELEMENTSOF(words));
}

static bool rule_drops(const char *text, const char *packet) {
        static const char *const words[] = { "DROP", "BLOCK", "REJECT", "DENY", "DENIED" };

        return prefix_has(text, packet, words, ELEMENTSOF(words));
}

bool log_message_is_call_dropped(const char *text) {
        const char *in = strstr(text, "IN=");

        return in && in[3] != ' ' && rule_drops(text, in) && strstr(in, "PROTO=TCP ") &&
                strstr(in, "DPT=1723 ") && strstr(in, " SYN ");
}

bool log_message_is_tunnel_dropped(const char *text) {
        const char *in = strstr(text, "IN=ppp"), *out = in ? strstr(in, " OUT=") : NULL;

        return out && out[5] != ' ' && rule_drops(text, in);
}

bool log_message_get_discarded(const char *text, uint32_t *ret_number, uint32_t *ret_expected) {
        const char *at = strstr(text, "discarding ");
        uint64_t number, expected;

        if (!at || !number_behind(at, " packet ", 10, &number) ||
            !number_behind(at, "(expecting ", 10, &expected) || number > UINT32_MAX ||
            expected > UINT32_MAX)
                return false;

        *ret_number = (uint32_t) number;
        *ret_expected = (uint32_t) expected;
        return true;
}

bool log_message_get_traffic(const char *text, uint64_t *ret_sent, uint64_t *ret_received) {
        static const char between[] = " bytes, received ";
        uint64_t sent, received;
        const char *at;

        at = number_behind(text, "Sent ", 19, &sent);
        if (!at || strncmp(at, between, strlen(between)) != 0 ||
            !number_behind(at, between, 19, &received))
                return false;

        *ret_sent = sent;
        *ret_received = received;
        return true;
}

bool log_message_get_counter(const char *text, bool sent, uint64_t *ret_bytes) {
        const char *packets;

        if (number_behind(text, sent ? "TX bytes:" : "RX bytes:", 19, ret_bytes))
                return true;

        packets = strstr(text, sent ? "TX packets " : "RX packets ");
        return packets && number_behind(packets, " bytes ", 19, ret_bytes);
}

bool log_message_get_helper_signal(const char *text, unsigned *ret_signal) {
        uint64_t number;

        if (!strstr(text, "pptp") || !number_behind(text, "terminated with signal ", 3, &number))
                return false;

        *ret_signal = (unsigned) number;
        return true;
}

bool log_message_get_lifetime(const char *text, uint64_t *ret_sec) {
        uint64_t minutes, tenths;
        const char *at;

        at = number_behind(text, "Connect time ", 9, &minutes);
        if (!at || at[0] != '.' || number_take(at + 1, 1, 10, 9, &tenths) == 0 ||
            strncmp(at + 2, " minutes", strlen(" minutes")) != 0)
                return false;

        *ret_sec = minutes * 60 + tenths * 6;
        return true;
}
