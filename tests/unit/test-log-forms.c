/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What terminals and web pages make of a log: lines that are broken within words, and packets
 * without their options. And what is left if the log has no times.
 */

#include "test.h"

#include <stdio.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/explain/log-diagnosis.h"

#define PPPD(text) "Nov 27 18:39:18 client pppd[2356]: " text "\n"
#define PPTP(place, text) "Nov 27 18:39:18 client pptp[2360]: anon " place ": " text "\n"
#define BEGUN                                     \
        PPPD("pppd 2.4.9 started by root, uid 0") \
        PPPD("Using interface ppp0")              \
        PPPD("Connect: ppp0 <--> /dev/pts/0")     \
        PPTP("log[main:pptp.c:353]", "The synchronous pptp option is NOT activated")
#define END PPPD("Modem hangup") PPPD("Connection terminated.") PPPD("Exit.")
#define SENT(number, name) \
        PPTP("log[ctrlp_rep:pptp_ctrl.c:259]", "Sent control packet type is " number " '" name "'")
#define CALLED                                                                             \
        SENT("1", "Start-Control-Connection-Request")                                      \
        PPTP("log[ctrlp_disp:pptp_ctrl.c:781]", "Received Start Control Connection Reply") \
        PPTP("log[ctrlp_disp:pptp_ctrl.c:815]", "Client connection established.")          \
        SENT("7", "Outgoing-Call-Request")                                                 \
        PPTP("log[ctrlp_disp:pptp_ctrl.c:900]", "Received Outgoing Call Reply.")

/* Breaks each line behind so many characters, as a terminal does. */
static void break_lines(char *ret_text, size_t n_ret, const char *text, size_t n_columns) {
        size_t n = 0, column = 0;

        for (; *text; text++) {
                if (column == n_columns && *text != '\n') {
                        assert_true(n < n_ret);
                        ret_text[n++] = '\n';
                        column = 0;
                }
                assert_true(n + 1 < n_ret);
                ret_text[n++] = *text;
                column = *text == '\n' ? 0 : column + 1;
        }
        ret_text[n] = '\0';
}

static void check(const char *row, const char *log, size_t n_columns) {
        LogDiagnosis d;

        assert_int_equal(log_diagnosis_read(log, strlen(log), &d), 0);
        if (d.n_attempts != 1)
                fail_msg("%zu columns: %zu attempts instead of one, with %s", n_columns,
                         d.n_attempts, row);
        if (!d.attempts[0].verdict.row || strcmp(d.attempts[0].verdict.row->id, row) != 0)
                fail_msg("%zu columns: %s expected, got %s of\n%s", n_columns, row,
                         d.attempts[0].verdict.row ? d.attempts[0].verdict.row->id : "nothing",
                         log);
        log_diagnosis_done(&d);
}

static void test_broken_lines(void **state) {
        static const struct {
                const char *row, *log;
        } cases[] = {
                { "NET-04",
                  BEGUN PPTP("warn[pptp_gre_bind:pptp_gre.c:123]",
                             "connect: Network is "
                             "unreachable")
                          PPTP("fatal[main:pptp.c:360]", "Cannot bind GRE socket, aborting.") END },
                { "NET-01",
                  BEGUN PPTP("fatal[get_ip_address:pptp.c:466]",
                             "getaddrinfo(): Name or service not known") END },
                { "CTL-09",
                  BEGUN CALLED PPTP("log[ctrlp_disp:pptp_ctrl.c:960]",
                                    "Received Call Clear Request.") END },
                { "CTL-16",
                  BEGUN CALLED PPTP("log[pptp_read_some:pptp_ctrl.c:586]",
                                    "read returned zero, peer has closed") END },
                { "AUTH-07",
                  BEGUN CALLED PPPD("MS-CHAP authentication failed: Access denied")
                          PPPD("CHAP authentication failed") END },
        };
        static const size_t columns[] = { 72, 79, 80, 96, 100, 120, 132, 200 };
        char log[4096];

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                for (size_t k = 0; k < ELEMENTSOF(columns); k++) {
                        break_lines(log, sizeof(log), cases[i].log, columns[k]);
                        check(cases[i].row, log, columns[k]);
                }
}

/* A message of its own behind a long line, and what a person writes there, are no rest of it. */
static void test_whole_lines(void **state) {
        static const char pppd[] = BEGUN CALLED "Modem hangup\nConnection terminated.\n";
        static const char prose[] = BEGUN CALLED
                "and then i thought of the message CHAP authentication failed that you told of\n";
        LogDiagnosis d;

        check("LCP-03", pppd, 0);

        assert_int_equal(log_diagnosis_read(prose, strlen(prose), &d), 0);
        for (size_t i = 0; i < d.n_attempts; i++)
                assert_null(d.attempts[i].verdict.row);
        log_diagnosis_done(&d);
}

/* A web page takes what stands between angle brackets for its own; messages count more then. */
static void test_lost_options(void **state) {
        check("SYS-04",
              PPPD("Using interface ppp0") PPPD("Connect: ppp0  /dev/pts/0") PPPD(
                      "sent [LCP ConfReq id=0x1    ]") PPPD("rcvd [LCP ConfReq id=0x1     ]")
                      PPPD("sent [LCP ConfAck id=0x1     ]") PPPD("rcvd [LCP ConfAck id=0x1    ]")
                              PPPD("CHAP authentication succeeded")
                                      PPPD("MPPE required, but kernel has no support.") PPPD(
                                              "sent [LCP TermReq id=0x2 \"MPPE required but "
                                              "not available\"]") PPPD("Connection terminated."),
              0);
}

/* All that a terminal shows, pasted into a field of one line: messages stand between packets. */
static void test_one_line(void **state) {
#define LINK                                                                            \
        "using channel 3 Using interface ppp0 Connect: ppp0 <--> /dev/pts/1 "           \
        "sent [LCP ConfReq id=0x1 <asyncmap 0x0> <magic 0x1a2b3c4d> <pcomp> <accomp>] " \
        "rcvd [LCP ConfReq id=0x1 <auth chap MS-v2> <magic 0x5>] "                      \
        "sent [LCP ConfAck id=0x1 <auth chap MS-v2> <magic 0x5>] "                      \
        "rcvd [LCP ConfAck id=0x1 <asyncmap 0x0> <magic 0x1a2b3c4d> <pcomp> <accomp>] " \
        "rcvd [CHAP Challenge id=0x1 <00112233445566778899aabbccddeeff>, name = \"vpn\"] "
        static const char failed[] =
                LINK "Couldn't set up some other thing CHAP authentication succeeded MPPE "
                     "required, but kernel has no support. "
                     "sent [LCP TermReq id=0x2 \"MPPE required but not available\"] "
                     "rcvd [LCP TermAck id=0x2] Connection terminated.";
        static const char stopped[] =
                LINK "CHAP authentication succeeded local  IP address 10.0.0.2 "
                     "remote IP address 10.0.0.1 Terminating on signal 2 Connect time 0.5 minutes. "
                     "Sent 144 bytes, received 96 bytes. "
                     "sent [LCP TermReq id=0x2 \"User request\"] "
                     "rcvd [LCP TermAck id=0x2] Connection terminated.";
        LogDiagnosis d;

        check("SYS-04", failed, 0);

        assert_int_equal(log_diagnosis_read(stopped, strlen(stopped), &d), 0);
        assert_int_equal(d.n_attempts, 1);
        assert_true(d.attempts[0].ended_here);
        assert_int_equal(d.attempts[0].n_packets, 7);
        assert_string_equal(d.attempts[0].evidence[0].text, "Terminating on signal 2");
        log_diagnosis_done(&d);
}

/* PAP's own message tells that it gave no key where the options of its packets are lost. */
static void test_pap_without_options(void **state) {
        check("AUTH-12",
              "rcvd [LCP ConfReq id=0x1     ]\nsent [LCP ConfAck id=0x1     ]\n"
              "sent [LCP ConfReq id=0x1   ]\nrcvd [LCP ConfAck id=0x1   ]\n"
              "PAP authentication succeeded\nMPPE required, but MS-CHAP[v2] auth not performed.\n"
              "sent [LCP TermReq id=0x2 \"MPPE required but not available\"]\n",
              0);
}

/* Without times nothing tells how long pptp-linux waited; its own error does, and pppd's guess. */
static void test_no_times(void **state) {
        check("SYS-06",
              "pppd[6]: Connect: ppp0 <--> /dev/pts/0\n"
              "pptp[7]: anon log[main:pptp.c:353]: The synchronous pptp option is NOT activated\n"
              "pptp[7]: anon warn[pptp_gre_bind:pptp_gre.c:102]: socket: Operation not permitted\n"
              "pptp[7]: anon fatal[main:pptp.c:360]: Cannot bind GRE socket, aborting.\n"
              "pppd[6]: Modem hangup\npppd[6]: Connection terminated.\n",
              0);
        check("SYS-06",
              PPPD("Sorry - this system lacks PPP kernel support")
                      PPPD("Couldn't open the /dev/ppp device: Operation not permitted"),
              0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_broken_lines),        cmocka_unit_test(test_whole_lines),
                cmocka_unit_test(test_lost_options),        cmocka_unit_test(test_one_line),
                cmocka_unit_test(test_pap_without_options), cmocka_unit_test(test_no_times),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
