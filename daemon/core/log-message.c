/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/log-message.h"

#include <stdio.h>
#include <string.h>

#include "core/macros.h"

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

bool log_message_get_termination(
                const char *text, uint8_t ret_frame[static LOG_TERMINATION_BYTES]) {

        /* LCP, Terminate-Request, length 16; a magic number that nobody needs; Windows' marker. */
        static const uint8_t head[] = {
                0xc0, 0x21, 5, 0, 0, 16, 0, 0, 0, 0, 0x00, 0x3c, 0xcd, 0x74,
        };
        uint8_t number[LOG_TERMINATION_BYTES - sizeof(head)];
        const char *at = strstr(text, "terminated by peer");

        /* The marker as pppd shows it. */
        at = at ? strstr(at, "<M-Mt") : NULL;
        if (!at)
                return false;

        at += strlen("<M-Mt");
        for (size_t i = 0; i < sizeof(number); i++) {
                at = take_visible_char(at, &number[i]);
                if (!at)
                        return false;
        }

        memcpy(ret_frame, head, sizeof(head));
        memcpy(ret_frame + sizeof(head), number, sizeof(number));
        return true;
}

bool log_message_get_exit(const char *text, int *ret_status) {
        static const char *const forms[] = {
                "exit code ", "exit status ", "error code ", "exited with code ",
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

#define POLICY_HEAD "Acceptable encryption: "

void log_message_describe_policy(const MppePolicy *policy, char *buffer, size_t n_buffer) {
        snprintf(buffer, n_buffer, POLICY_HEAD "MPPE=%s Stateful=%s TolerateMPPC=%s",
                 policy->allow_128 && policy->allow_40 ? "any" :
                 policy->allow_128 ? "128" : policy->allow_40 ? "40" : "no",
                 policy->allow_stateful ? "yes" : "no", policy->tolerate_mppc ? "yes" : "no");
}

bool log_message_get_policy(const char *text, MppePolicy *ret_policy) {
        const char *at = strstr(text, POLICY_HEAD);
        char mppe[4], stateful[4], mppc[4];
        bool any;

        if (!at || sscanf(at, POLICY_HEAD "MPPE=%3s Stateful=%3s TolerateMPPC=%3s", mppe, stateful, mppc) != 3)
                return false;

        any = strcmp(mppe, "any") == 0;
        *ret_policy = (MppePolicy){
                .allow_128 = any || strcmp(mppe, "128") == 0,
                .allow_40 = any || strcmp(mppe, "40") == 0,
                .allow_stateful = strcmp(stateful, "yes") == 0,
                .tolerate_mppc = strcmp(mppc, "yes") == 0,
        };
        return true;
}
