/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What no message says, and a log shows all the same: by a missing line, or by an address. */

#include "test.h"

#include <string.h>

#include "core/base/macros.h"
#include "core/explain/log-diagnosis.h"

#define PPPD_OF(pid, time, text) "Mar  3 " time " h pppd[" pid "]: " text "\n"
#define PPPD(time, text) PPPD_OF("5", time, text)
#define PPTP(time, text) \
        "Mar  3 " time " h pptp[6]: anon log[ctrlp_disp:pptp_ctrl.c:900]: " text "\n"

#define BEGUN                                                 \
        PPPD("10:00:00", "pppd 2.4.9 started by root, uid 0") \
        PPPD("10:00:00", "Using interface ppp0")              \
        PPPD("10:00:00", "Connect: ppp0 <--> /dev/pts/0")     \
        PPTP("10:00:00", "The synchronous pptp option is NOT activated")
#define CALLED                                             \
        BEGUN                                              \
        PPTP("10:00:00", "Client connection established.") \
        PPTP("10:00:01", "Outgoing call established (call ID 7, peer's call ID 9).")
#define LOGGED_ON                                         \
        PPPD("10:00:01", "CHAP authentication succeeded") \
        PPPD("10:00:01", "MPPE 128-bit stateless compression enabled")
#define UP LOGGED_ON PPPD("10:00:02", "local  IP address 10.0.0.2")
#define LOST(time)                                                                            \
        "Mar  3 " time " h pptp[7]: anon warn[decaps_hdlc:pptp_gre.c:204]: short read (-1): " \
        "Input/output error\n"
#define UNHANDLED(time) PPTP(time, "Closing connection (unhandled)")
#define HANGUP(time) PPPD(time, "Modem hangup") PPPD(time, "Connection terminated.")

typedef struct Case {
        const char *row; /* of the only attempt; NULL: none */
        const char *detail;
        const char *log;
} Case;

static void check(const Case *c, size_t i) {
        const LogAttempt *a;
        LogDiagnosis d;
        const char *row;

        assert_int_equal(log_diagnosis_read(c->log, strlen(c->log), &d), 0);
        if (d.n_attempts != 1)
                fail_msg("case %zu: %zu attempts", i, d.n_attempts);
        a = &d.attempts[0];
        row = a->verdict.row ? a->verdict.row->id : "nothing";
        if (strcmp(row, c->row ?: "nothing") != 0)
                fail_msg("case %zu: %s expected, got %s", i, c->row ?: "nothing", row);
        if (c->detail && !strstr(a->verdict.detail, c->detail))
                fail_msg("case %zu: \"%s\" is not in \"%s\"", i, c->detail, a->verdict.detail);
        log_diagnosis_done(&d);
}

/* pppd that is killed says nothing; only pptp-linux notices. */
static void test_vanished_pppd(void **state) {
        static const Case cases[] = {
                { "PPPD-02", "without a last word",
                  CALLED UP LOST("10:20:00") UNHANDLED("10:20:00") },
                /* it has said how it ended, or why */
                { NULL, NULL,
                  CALLED UP LOST("10:20:00") PPPD("10:20:00", "Connection terminated.") },
                { NULL, NULL,
                  CALLED UP PPPD("10:20:00", "Terminating on signal 15") LOST("10:20:00") },
                { "LCP-04", NULL,
                  CALLED UP PPPD("10:20:00", "LCP terminated by peer (User request)")
                          LOST("10:20:00") },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i], i);
}

/* pptp-linux that may not send GRE says nothing either. */
static void test_unsent_gre(void **state) {
        static const Case cases[] = {
                { "GRE-04", "within a second", CALLED HANGUP("10:00:01") UNHANDLED("10:00:01") },
                { "GRE-04", NULL, CALLED UNHANDLED("10:00:02") HANGUP("10:00:02") },
                /* later, or with a message, something else has ended it */
                { "LCP-03", NULL, CALLED HANGUP("10:00:09") UNHANDLED("10:00:09") },
                { "LCP-03", NULL,
                  CALLED LOST("10:00:01") HANGUP("10:00:01") UNHANDLED("10:00:01") },
                { "CTL-09", NULL,
                  CALLED PPTP("10:00:01", "Received Call Clear Request.") HANGUP("10:00:01")
                          UNHANDLED("10:00:01") },
                { "GRE-15", NULL,
                  CALLED "Mar  3 10:00:01 h pptp[7]: anon warn[decaps_gre:pptp_gre.c:352]: short "
                         "read (-1): No route to host\n" HANGUP("10:00:01") UNHANDLED("10:00:01") },
                /* something of the server had come */
                { "LCP-03", NULL, CALLED LOGGED_ON HANGUP("10:00:01") UNHANDLED("10:00:01") },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i], i);
}

/* The name of the server may stand for this host itself. */
static void test_own_address(void **state) {
#define REFUSED(address)                                                          \
        BEGUN PPTP("10:00:00", "connect: Connection refused")                     \
                PPTP("10:00:00", "Could not open control connection to " address) \
                        HANGUP("10:00:00")
        static const Case cases[] = {
                { "NET-03", "127.0.1.1, which is this host itself", REFUSED("127.0.1.1") },
                { "NET-03", "", REFUSED("192.0.2.1") },
        };
        LogDiagnosis d;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i], i);

        assert_int_equal(log_diagnosis_read(cases[1].log, strlen(cases[1].log), &d), 0);
        assert_string_equal(d.attempts[0].verdict.detail, "");
        log_diagnosis_done(&d);
}

/* pppd that goes to the background once the link is up has another number then. */
static void test_detached_pppd(void **state) {
        static const Case cases[] = {
                { NULL, NULL,
                  CALLED LOGGED_ON PPPD_OF("9", "10:00:02", "local  IP address 10.0.0.2")
                          PPPD_OF("9", "10:00:02", "remote IP address 10.0.0.1") },
                /* what the terminal shows up to then, with the same interface identifier */
                { NULL, NULL,
                  "Using interface ppp0\nConnect: ppp0 <--> /dev/pts/0\n"
                  "CHAP authentication succeeded\n"
                  "local  LL address fe80::315b:9c3a:569e:586d\n" CALLED LOGGED_ON PPPD(
                          "10:00:02", "local  LL address fe80::315b:9c3a:569e:586d")
                          PPPD_OF("9", "10:00:02", "local  IP address 10.0.0.2") },
        };
        LogDiagnosis d;
        static const char two[] = CALLED UP PPPD_OF("9", "10:00:03", "local  IP address 10.0.0.3")
                PPPD_OF("9", "10:00:03", "remote IP address 10.0.0.4");

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i], i);

        /* another one, where the first is up already */
        assert_int_equal(log_diagnosis_read(two, strlen(two), &d), 0);
        assert_int_equal(d.n_attempts, 2);
        log_diagnosis_done(&d);
}

/* What is known of a case is said in whole sentences. */
static void test_whole_sentences(void **state) {
        static const char log[] = CALLED UP PPTP("10:01:06", "Echo Reply received.")
                PPTP("10:02:06", "Echo Reply received.")
                        PPPD("10:02:32", "No response to 4 echo-requests")
                                PPPD("10:02:32", "Connection terminated.");
        static const Case cases[] = {
                { "LCP-02", "the server is alive", log },
                { "LCP-02", "lcp-echo-interval 0", log },
                /* the device of a modem, in the file that "pon" alone reads */
                { "CFG-01", "pon NAME",
                  "/usr/sbin/pppd: In file /etc/ppp/peers/provider: unrecognized option "
                  "'/dev/modem'\n" },
                { "CFG-01", "device of a modem",
                  "/usr/sbin/pppd: In file /etc/ppp/peers/work: unrecognized option "
                  "'/dev/ttyUSB0'\n" },
                { "MPPE-09", "try require-mppe first",
                  CALLED PPPD("10:00:01", "CHAP authentication succeeded")
                          PPPD("10:00:01", "MPPE required but peer refused") },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i], i);
}

/* What pptp-linux and mpd leave out, or tell in lines that are not in the log. */
static void test_missing_lines(void **state) {
#define TERMINAL "Using interface ppp0\nConnect: ppp0 <--> /dev/pts/0\n"
#define FATAL(text) "anon fatal[open_callmgr:pptp.c:533]: " text "\n"
#define END "Modem hangup\nConnection terminated.\n"
        static const Case cases[] = {
                { "CTL-05", "connected three times",
                  TERMINAL FATAL("Could not launch call manager after 3 tries.") END },
                { "LCP-03", "ended before it was connected",
                  TERMINAL FATAL("Call manager exited with error 256") END },
                /* the line that says why counts more */
                { "NET-03", NULL,
                  TERMINAL "anon warn[open_inetsock:pptp_callmgr.c:329]: connect: Connection "
                           "refused\n" FATAL("Call manager exited with error 256") END },
                /* the time that pppd counted proves that it was up */
                { "CTL-16", "of a tunnel that was up",
                  PPTP("10:20:00", "Outgoing call established (call ID 7, peer's call ID 9).")
                          PPTP("10:20:01", "read returned zero, peer has closed")
                                  PPTP("10:20:01", "Closing connection (shutdown)")
                                          PPPD("10:20:01", "Modem hangup") PPPD(
                                                  "10:20:01", "Connect time 20.0 minutes.")
                                                  PPPD("10:20:01", "Connection terminated.") },
                /* the rest of a log, in which pppd did not take what the server suggests */
                { "MPPE-04", "the server wants +H -M -S +L",
                  PPPD("10:00:00", "rcvd [CCP ConfNak id=0x1 <mppe +H -M -S +L -D -C>]")
                          PPPD("10:00:00", "rcvd [LCP TermAck id=0x2]")
                                  PPPD("10:00:00", "Connection terminated.") },
                { NULL, NULL,
                  PPPD("10:00:00", "rcvd [CCP ConfNak id=0x1 <mppe +H -M -S +L -D -C>]")
                          PPPD("10:00:00", "Terminating on signal 15")
                                  PPPD("10:00:00", "Connection terminated.") },
                { NULL, NULL,
                  PPPD("10:00:00", "rcvd [CCP ConfNak id=0x1 <mppe -H -M +S -L -D -C>]")
                          PPPD("10:00:00", "Connection terminated.") },
                /* FreeBSD's mpd */
                { "MPPE-09", NULL,
                  "[B1] CCP: SendConfigReq #1\n[B1]   MPPC\n"
                  "[B1] CCP: rec'd Configure Reject #1 (Req-Sent)\n[B1]   MPPC\n"
                  "[B1] CCP: encryption required, but MPPE was not negotiated in both "
                  "directions\n" },
                /* the event of a Windows server */
                { "GRE-01", NULL,
                  "Source:        RasMan\nEvent ID:      20209\nDescription:\n"
                  "A connection has been established, but it cannot be completed. A router is not "
                  "configured to allow Generic Routing Encapsulation (GRE) packets (protocol "
                  "47).\n" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i], i);
}

#define KEPT(pid, row) PPPD_OF(pid, "10:00:00", "added response cache entry " row)
#define ACCEPTED PPPD("10:00:00", "CHAP authentication succeeded")
#define ACCEPTED_8 ACCEPTED ACCEPTED ACCEPTED ACCEPTED ACCEPTED ACCEPTED ACCEPTED ACCEPTED
#define NO_PROOF                                                    \
        PPPD("10:00:01", "MS-CHAPv2 mutual authentication failed.") \
        PPPD("10:00:01", "CHAP authentication failed")
#define FRESH PPPD("10:00:00", "pppd 2.4.9 started by root, uid 0")

/* pppd never finds the proof that it keeps in its last row. */
static void test_lost_proof(void **state) {
        static const Case cases[] = {
                { "AUTH-21", NULL, FRESH KEPT("5", "9") NO_PROOF },
                { "AUTH-21", NULL, FRESH ACCEPTED_8 ACCEPTED NO_PROOF },
                /* in a row that it finds, of another pppd, or before this one began */
                { "AUTH-08", NULL, FRESH KEPT("5", "8") NO_PROOF },
                { "AUTH-08", NULL, FRESH KEPT("5", "0") NO_PROOF },
                { "AUTH-08", NULL, FRESH ACCEPTED_8 NO_PROOF },
                { "AUTH-08", NULL, FRESH ACCEPTED_8 ACCEPTED ACCEPTED NO_PROOF },
                { "AUTH-08", NULL, KEPT("5", "9") FRESH NO_PROOF },
                { "AUTH-08", NULL, FRESH NO_PROOF },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i], i);
}

/* What other programs say of the port, and the kernel of a loop. */
static void test_other_words(void **state) {
        static const Case cases[] = {
                { "CTL-05", NULL,
                  BEGUN "Mar  3 10:00:00 h pptp[6]: anon warn[open_inetsock:pptp_callmgr.c:353]: "
                        "connect: Connection reset by peer\n"
                        "Mar  3 10:00:00 h pptp[6]: anon fatal[callmgr_main:pptp_callmgr.c:134]: "
                        "Could not open control connection to 192.0.2.3\n"
                        "Mar  3 10:00:00 h pptp[5]: anon fatal[open_callmgr:pptp.c:535]: Call "
                        "manager exited with error 256\n" HANGUP("10:00:00") },
                { "NET-06", "Windows error 800",
                  "Error 800: The remote connection was not made because the attempted VPN tunnels "
                  "failed. The VPN server might be unreachable.\n"
                  "Connecting To vpn.example.com...Could not open connection to the host, on port "
                  "1723: Connect failed\n" },
                { "NETC-05", NULL,
                  CALLED UP
                  "Mar  3 10:00:05 h kernel: [ 5.1] Dead loop on virtual device ppp0, fix it "
                  "urgently!\n" PPPD("10:01:00", "No response to 4 echo-requests")
                          PPPD("10:01:00", "Serial link appears to be disconnected.")
                                  PPPD("10:01:01", "Connection terminated.") },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i], i);
}

#define UNREADABLE PPPD("10:00:05", "Unsupported protocol 'Compressed datagram' (0xfd) received")
#define OVER PPPD("10:05:00", "LCP terminated by peer") PPPD("10:05:03", "Connection terminated.")
#define SUGGESTED(id)                                    \
        PPPD("10:00:02", "sent [CCP ConfReq id=" id "]") \
        PPPD("10:00:02", "rcvd [CCP ConfNak id=" id " <mppe +H -M -S +L -D -C>]")
#define REJECTED(bits)                                                                  \
        PPPD("10:00:02", "rcvd [CCP ConfReq id=0x1 <mppe " bits ">]")                   \
        PPPD("10:00:02",                                                                \
             "sent [LCP TermReq id=0x2 \"MPPE required but peer negotiation failed\"]") \
        PPPD("10:00:02", "sent [CCP ConfRej id=0x1 <mppe " bits ">]")                   \
        PPPD("10:00:02", "Connection terminated.")

/* Encryption that only one side wants, or in a strength that only one side allows. */
static void test_one_sided_encryption(void **state) {
        static const Case cases[] = {
                { "MPPE-29", NULL,
                  CALLED ACCEPTED PPPD("10:00:02", "local  IP address 10.0.0.2")
                          UNREADABLE UNREADABLE UNREADABLE OVER },
                /* one or two in passing, or after an agreement */
                { "LCP-04", NULL,
                  CALLED ACCEPTED PPPD("10:00:02", "local  IP address 10.0.0.2")
                          UNREADABLE UNREADABLE OVER },
                { "LCP-04", NULL, CALLED UP UNREADABLE UNREADABLE UNREADABLE OVER },
                { "MPPE-11", "suggested +H -M -S +L -D -C 5 times",
                  CALLED ACCEPTED SUGGESTED("0x1") SUGGESTED("0x2") SUGGESTED("0x3")
                          SUGGESTED("0x4") SUGGESTED("0x5")
                                  PPPD("10:00:32", "IPCP: timeout sending Config-Requests")
                                          PPPD("10:00:32", "Connection terminated.") },
                { "MPPE-04", NULL, REJECTED("+H -M -S +L -D -C") },
                { "MPPE-26", NULL, REJECTED("+H -M +S -L -D -C") },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i], i);
}

#define WRONG_PASSWORD                                                 \
        PPPD("10:00:01", "MS-CHAP authentication failed: E=691 wrong") \
        PPPD("10:00:01", "CHAP authentication failed")

/* A line of chap-secrets that is shown, and what pppd makes of it. */
static void test_shown_secret(void **state) {
        static const struct {
                const char *log;
                bool is_cut;
        } cases[] = {
                { "$ cat chap-secrets\n# client server secret\nanna PPTP Win#20! *\n" CALLED
                          WRONG_PASSWORD,
                  true },
                { "$ cat chap-secrets\nanna PPTP \"Win#20!\" *\n" CALLED WRONG_PASSWORD, false },
                { "$ cat chap-secrets\nanna PPTP Win\\#20! *\n" CALLED WRONG_PASSWORD, false },
                { "$ cat chap-secrets\nanna PPTP secret * # old\n" CALLED WRONG_PASSWORD, false },
                { "anna PPTP Win#20! *\n" CALLED WRONG_PASSWORD, false },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                LogDiagnosis d;

                assert_int_equal(log_diagnosis_read(cases[i].log, strlen(cases[i].log), &d), 0);
                assert_int_equal(d.n_attempts, 1);
                assert_string_equal(d.attempts[0].verdict.row->id, "AUTH-01");
                assert_int_equal(strstr(d.attempts[0].verdict.detail, "in quotes") != NULL,
                                 cases[i].is_cut);
                log_diagnosis_done(&d);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_vanished_pppd),        cmocka_unit_test(test_unsent_gre),
                cmocka_unit_test(test_own_address),          cmocka_unit_test(test_detached_pppd),
                cmocka_unit_test(test_whole_sentences),      cmocka_unit_test(test_missing_lines),
                cmocka_unit_test(test_lost_proof),           cmocka_unit_test(test_other_words),
                cmocka_unit_test(test_one_sided_encryption), cmocka_unit_test(test_shown_secret),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
