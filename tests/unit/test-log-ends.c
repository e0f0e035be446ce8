/* SPDX-License-Identifier: GPL-2.0-or-later */

/* How a link ended: what pppd prints in any case then, and logs of which only the end was kept. */

#include "test.h"

#include <string.h>

#include "core/base/macros.h"
#include "core/diagnosis/catalogue.h"
#include "core/explain/log-diagnosis.h"

#define AT(time, text) "Mar  3 10:0" time " h pppd[5]: " text "\n"
#define PTP(time, text) "Mar  3 10:0" time " h pptp[9]: anon log[main:pptp.c:1]: " text "\n"
#define BEGUN \
        AT("0:00", "pppd 2.4.9 started by root, uid 0") AT("0:00", "Connect: ppp0 <--> /dev/pts/1")
#define UP                                                                       \
        BEGUN AT("0:01", "CHAP authentication succeeded")                        \
                AT("0:01", "MPPE 128-bit stateless compression enabled")         \
                        AT("0:01", "local  IP address 10.0.0.2") AT("0:01",      \
                                                                    "remote IP " \
                                                                    "address 10.0.0.1")
/* pppd takes down IP, then CCP (its auth.c and ipcp.c). */
#define IP_DOWN(time) \
        AT(time, "Connect time 2.0 minutes.") AT(time, "Sent 96 bytes, received 96 bytes.")
#define OVER(time) AT(time, "Connection terminated.") AT(time, "Exit.")
#define KILLED(time, n) \
        AT(time, "Child process pptp vpn --nolaunchpppd (pid 7) terminated with signal " n)

/* A line that is not about the tunnel. */
#define OTHER(time) \
        "Mar  3 10:0" time " h NetworkManager[3]: <info>  [1.2] device (eth0): carrier is on\n"

typedef struct EndCase {
        const char *row; /* NULL: none */
        bool ended_here;
        LogCause cause;
        bool starts_log;
        const char *log;
} EndCase;

static void check(const EndCase *cases, size_t n_cases) {
        for (size_t i = 0; i < n_cases; i++) {
                const LogAttempt *a;
                const char *row;
                LogDiagnosis d;

                assert_int_equal(log_diagnosis_read(cases[i].log, strlen(cases[i].log), &d), 0);
                if (d.n_attempts != 1)
                        fail_msg("%zu attempts in\n%s", d.n_attempts, cases[i].log);
                a = &d.attempts[0];
                row = a->verdict.row ? a->verdict.row->id : "none";
                if (strcmp(row, cases[i].row ?: "none") != 0 ||
                    a->ended_here != cases[i].ended_here || a->cause != cases[i].cause ||
                    a->starts_log != cases[i].starts_log)
                        fail_msg("%s, ended here %d, cause %d, starts log %d of\n%s", row,
                                 a->ended_here, a->cause, a->starts_log, cases[i].log);
                log_diagnosis_done(&d);
        }
}

/* "MPPE disabled" is a failure only where CCP went down by itself. */
static void test_encryption_goes_down(void **state) {
        static const EndCase cases[] = {
                { "NETC-14", false, LOG_CAUSE_TOLD, false,
                  UP AT("2:01", "Connect time expired") IP_DOWN("2:01") AT("2:01", "MPPE disabled")
                          OVER("2:01") },
                { "LCP-02", false, LOG_CAUSE_TOLD, false,
                  UP AT("2:01", "No response to 4 echo-requests") IP_DOWN("2:01")
                          AT("2:01", "MPPE disabled") OVER("2:01") },
                /* an old pppd counts its bytes at the very end */
                { "NETC-14", false, LOG_CAUSE_TOLD, false,
                  UP AT("2:01", "Terminating connection due to lack of activity.")
                          AT("2:01", "MPPE disabled") OVER("2:01") },
                { "MPPE-15", false, LOG_CAUSE_TOLD, false,
                  UP AT("2:01", "MPPE disabled") IP_DOWN("2:01") OVER("2:01") },
                { "MPPE-15", false, LOG_CAUSE_TOLD, false, AT("2:01", "MPPE disabled") },
        };

        check(cases, ELEMENTSOF(cases));
}

#define CLEARED(time, result)                                                    \
        PTP(time, "Call disconnect notification received (call id 5)")           \
        PTP(time, "Result code is " result ". Error code is 0, Cause code is 0") \
        PTP(time, "Closing connection (call state)")

/* A server that answers the request to end the call has not ended it. */
static void test_answer_to_own_request(void **state) {
        static const EndCase cases[] = {
                { "NETC-14", false, LOG_CAUSE_TOLD, false,
                  UP AT("2:01", "Terminating connection due to lack of activity.") IP_DOWN("2:01")
                          AT("2:01", "MPPE disabled") PTP("2:01",
                                                          "Sent control packet type is 12 "
                                                          "'Call-Clear-Request'")
                                  CLEARED("2:01", "4 '(your) Request'") OVER("2:01") },
                { NULL, true, LOG_CAUSE_TOLD, false,
                  UP AT("2:01", "Terminating on signal 15") IP_DOWN("2:01")
                          AT("2:01", "MPPE disabled") CLEARED("2:01", "4 '(your) Request'")
                                  OVER("2:01") },
                { "CTL-09", false, LOG_CAUSE_TOLD, false,
                  UP CLEARED("2:01", "3 'Admin Shutdown'") AT("2:01", "Modem hangup")
                          IP_DOWN("2:01") AT("2:01", "MPPE disabled") OVER("2:01") },
        };

        check(cases, ELEMENTSOF(cases));
}

/* The last lines of a log, as people paste them: what began the end is not among them. */
static void test_tails(void **state) {
        static const EndCase cases[] = {
                { NULL, false, LOG_CAUSE_BEFORE, true,
                  IP_DOWN("2:01") AT("2:01", "MPPE disabled") OVER("2:04") },
                { NULL, false, LOG_CAUSE_BEFORE, true, AT("2:01", "MPPE disabled") OVER("2:04") },
                { NULL, false, LOG_CAUSE_BEFORE, true,
                  AT("2:01", "Script /etc/ppp/ip-down started (pid 9)") AT("2:01", "MPPE disabled")
                          OVER("2:01") },
                { NULL, false, LOG_CAUSE_BEFORE, true, IP_DOWN("2:01") OVER("2:01") },
                /* pppd itself ended it, and the server closed when it heard no more */
                { "LCP-03", false, LOG_CAUSE_BEFORE, true,
                  IP_DOWN("2:01") AT("2:01", "MPPE disabled") AT("2:04", "Connection terminated.")
                          PTP("2:04", "read returned zero, peer has closed")
                                  AT("2:04", "Modem hangup") AT("2:04", "Exit.") },
                { "CTL-16", false, LOG_CAUSE_TOLD, false,
                  PTP("2:01", "read returned zero, peer has closed") AT("2:01", "Modem hangup")
                          IP_DOWN("2:01") OVER("2:01") },
                /* a signal to pppd goes on to its helper */
                { NULL, true, LOG_CAUSE_TOLD, false,
                  IP_DOWN("2:01") AT("2:01", "MPPE disabled") AT("2:01", "Modem hangup")
                          AT("2:01", "Connection terminated.") KILLED("2:01", "15") },
                { NULL, true, LOG_CAUSE_TOLD, false,
                  "Script /etc/ppp/ip-down started (pid 9)\nMPPE disabled\nModem hangup\n"
                  "Connection terminated.\n"
                  "Child process pptp vpn --nolaunchpppd (pid 7) terminated with signal 2\n" },
                /* which may end before pppd says anything of an end */
                { NULL, true, LOG_CAUSE_TOLD, false,
                  KILLED("2:01", "15") AT("2:01", "Modem hangup") IP_DOWN("2:01") OVER("2:01") },
                { NULL, true, LOG_CAUSE_TOLD, false,
                  "Child process pptp vpn --nolaunchpppd (pid 7) terminated with signal 1\n"
                  "Modem hangup\nMPPE disabled\nConnection terminated.\n" },
                /* "poff", or a terminal that was closed, and not a telephone line */
                { NULL, true, LOG_CAUSE_TOLD, false,
                  PTP("2:00", "Echo Reply received.") AT("2:01", "Hangup (SIGHUP)") IP_DOWN("2:01")
                          AT("2:01", "Modem hangup") OVER("2:01") },
                { "LCP-03", false, LOG_CAUSE_IN_PPTP, false,
                  AT("2:00", "Connect: ppp0 <--> /dev/ttyUSB0") AT("2:01", "Hangup (SIGHUP)")
                          AT("2:01", "Modem hangup") OVER("2:01") },
                /* or to both at once, and the helper is the first to go */
                { NULL, true, LOG_CAUSE_TOLD, false,
                  AT("2:01", "Modem hangup") IP_DOWN("2:01") AT("2:01", "MPPE disabled")
                          AT("2:01", "Connection terminated.") KILLED("2:01", "15")
                                  AT("2:01", "Exit.") },
                { "LCP-03", false, LOG_CAUSE_IN_PPTP, true,
                  AT("2:01", "Modem hangup") IP_DOWN("2:01") AT("2:01", "MPPE disabled")
                          AT("2:01", "Connection terminated.") KILLED("2:07", "15")
                                  AT("2:07", "Exit.") },
                /* what other programs said before tells nothing of it */
                { NULL, false, LOG_CAUSE_BEFORE, true,
                  OTHER("2:00") OTHER("2:01") AT("2:01", "MPPE disabled") OVER("2:01")
                          AT("2:01", "Terminating on signal 15") },
                /* and pppd ends one that stays too long */
                { NULL, false, LOG_CAUSE_BEFORE, true,
                  IP_DOWN("2:01") AT("2:01", "MPPE disabled") AT("2:01", "Connection terminated.")
                          KILLED("2:06", "15") AT("2:06", "Exit.") },
        };

        check(cases, ELEMENTSOF(cases));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_encryption_goes_down),
                cmocka_unit_test(test_answer_to_own_request),
                cmocka_unit_test(test_tails),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
