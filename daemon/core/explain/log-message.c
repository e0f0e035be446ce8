/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/explain/log-message.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/base/macros.h"

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
        unsigned result, error = 0;
        const char *at;

        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                if (strstr(text, names[i].text))
                        reply->type = names[i].type;

        /* pptp-linux says no more than this of a reply that is good. */
        if (strstr(text, "Client connection established")) {
                *reply = (PptpMessage){ .type = PPTP_START_CONTROL_CONNECTION_REPLY,
                                        .result_code = 1 };
                return true;
        }
        if (strstr(text, "Outgoing call established")) {
                *reply = (PptpMessage){ .type = PPTP_OUTGOING_CALL_REPLY, .result_code = 1 };
                return true;
        }

        at = strstr(text, "esult code is ");
        if (!at || sscanf(at, "esult code is %3u", &result) != 1 || result > UINT8_MAX)
                return false;

        at = strstr(at, "rror code is ");
        if (at && sscanf(at, "rror code is %3u", &error) == 1 && error > UINT8_MAX)
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

        /* LCP, Terminate-Request; a magic number that nobody needs; Windows' marker. */
        static const uint8_t head[] = { 0xc0, 0x21, 5, 0, 0, 0 };
        static const uint8_t windows[] = { 0, 0, 0, 0, 0x00, 0x3c, 0xcd, 0x74 };
        const char *at = strstr(text, OF_PEER), *marker, *end;
        size_t n = sizeof(head);

        if (!at)
                return 0;

        memcpy(ret_frame, head, sizeof(head));
        at += strlen(OF_PEER);
        end = strrchr(at, ')') ?: at + strlen(at);

        /* The marker as pppd shows it. What it makes of the magic number before it is ambiguous. */
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

bool log_message_get_exit(const char *text, int *ret_status) {
        static const char *const forms[] = {
                "exit code ",
                "exit status ",
                "error code ",
                "exited with code ",
        };
        const char *own;
        int status;

        /* Our own words for it. */
        own = strstr(text, "pppd ended with signal ");
        if (own && sscanf(own, "pppd ended with signal %3d", &status) == 1) {
                *ret_status = -status;
                return true;
        }

        if (!strstr(text, "pppd") || !strstr(text, "exit"))
                return false;

        for (size_t i = 0; i < ELEMENTSOF(forms); i++) {
                const char *at = strstr(text, forms[i]);

                if (at && sscanf(at + strlen(forms[i]), "%3d", &status) == 1) {
                        *ret_status = status;
                        return true;
                }
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
        const char *at = strstr(text, "last message repeated ");
        unsigned n;

        if (!at || sscanf(at, "last message repeated %9u times", &n) != 1)
                return 0;

        return MIN(n, (unsigned) LOG_REPETITIONS_MAX);
}

bool log_message_is_gre_in_firewall(const char *text) {
        return strstr(text, "IN=") && strstr(text, " OUT= ") && strstr(text, "PROTO=47");
}

bool log_message_get_traffic(const char *text, uint64_t *ret_sent, uint64_t *ret_received) {
        unsigned long long sent, received;
        const char *at = strstr(text, "Sent ");

        if (!at || sscanf(at, "Sent %19llu bytes, received %19llu bytes", &sent, &received) != 2)
                return false;

        *ret_sent = sent;
        *ret_received = received;
        return true;
}
