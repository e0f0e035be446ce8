/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Asks the supervisor for the password at the moment that MS-CHAP needs it. With these hooks set,
 * pppd does not look into its own files any more; so they are set only if the supervisor has a
 * password.
 */

#include <string.h>
#include <time.h>

#include "hooks/plugin.h"

/* The supervisor reads one small file; and a server waits only some seconds for a response. */
#define PASSWORD_TIMEOUT_SEC 5

/* Tells pppd that there is a secret, so that it agrees to answer a challenge. */
static int password_check(void) {
        return 1;
}

static int left_msec(const struct timespec *deadline) {
        struct timespec now;
        long msec;

        clock_gettime(CLOCK_MONOTONIC, &now);
        msec = (deadline->tv_sec - now.tv_sec) * 1000 + (deadline->tv_nsec - now.tv_nsec) / 1000000;
        return MAX(msec, 0L);
}

/* ret_password is pppd's buffer of MAXWORDLEN bytes, four times what fits into a message. */
static int password_get(_unused_ char *user, char *ret_password) {
        const PluginMessage request = { .type = PLUGIN_PASSWORD_REQUEST };
        uint8_t buffer[PLUGIN_MESSAGE_MAX_BYTES];
        struct timespec deadline;
        PluginMessage answer = { 0 };
        bool found = false;

        clock_gettime(CLOCK_MONOTONIC, &deadline);
        deadline.tv_sec += PASSWORD_TIMEOUT_SEC;

        channel_send(&request, true);
        while (channel_receive(left_msec(&deadline), buffer, sizeof(buffer), &answer)) {
                keep_alive_take_setup(&answer);
                if (answer.type == PLUGIN_PASSWORD) {
                        found = answer.password.found;
                        memcpy(ret_password, answer.password.secret, answer.password.n_secret);
                        ret_password[answer.password.n_secret] = '\0';
                        break;
                }
        }

        explicit_bzero(&answer, sizeof(answer));
        explicit_bzero(buffer, sizeof(buffer));

        /*
         * Without a secret pppd would answer with an empty one, and the server would count a failed
         * try.
         */
        if (!found)
                fatal("no password came from pptp-supervisor");
        return 0;
}

void password_install(void) {
        chap_check_hook = password_check;
        chap_passwd_hook = password_get;
}
