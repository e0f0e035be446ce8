/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the verdict on a log rests on where no message names the failure: times, and other lines. */

#include "test.h"

#include <string.h>

#include "core/base/macros.h"
#include "core/explain/log-diagnosis.h"

#define PPTP(time, text) \
        "Mar  3 " time " h pptp[6]: anon log[ctrlp_disp:pptp_ctrl.c:900]: " text "\n"
#define PPPD(time, text) "Mar  3 " time " h pppd[5]: " text "\n"
#define PPTPD(time, text) "Mar  3 " time " h pptpd[8]: CTRL: " text "\n"

#define CALLED                                             \
        PPTP("10:00:00", "Client connection established.") \
        PPTP("10:00:00", "Outgoing call established (call ID 0, peer's call ID 9).")
#define LOST(time)                                                                            \
        "Mar  3 " time " h pptp[7]: anon warn[decaps_hdlc:pptp_gre.c:204]: short read (-1): " \
        "Input/output error\n" PPTP(time, "Closing connection (unhandled)")
#define LINK_AGREED                                                        \
        PPTP("10:00:01", "PPTP_SET_LINK_INFO received from peer_callid 0") \
        PPTP("10:00:01", "  send_accm is 00000000, recv_accm is FFFFFFFF")

typedef struct Case {
        const char *row; /* of the last attempt; NULL: none */
        const char *detail;
        const char *log;
} Case;

static void check(const Case *c, size_t i) {
        const LogAttempt *a;
        const char *row;
        LogDiagnosis d;

        assert_int_equal(log_diagnosis_read(c->log, strlen(c->log), &d), 0);
        if (d.n_attempts == 0)
                fail_msg("case %zu: no attempt was seen", i);
        a = &d.attempts[d.n_attempts - 1];
        row = a->verdict.row ? a->verdict.row->id : "nothing";
        if (strcmp(row, c->row ?: "nothing") != 0)
                fail_msg("case %zu: %s expected, got %s", i, c->row ?: "nothing", row);
        if (c->detail && !strstr(a->verdict.detail, c->detail))
                fail_msg("case %zu: \"%s\" is not in \"%s\"", i, c->detail, a->verdict.detail);
        log_diagnosis_done(&d);
}

/* Without a line of pppd, the time that the call stood tells what pppd waited for. */
static void test_silent_calls(void **state) {
        static const Case cases[] = {
                { "GRE-01", "stood for 34 s", CALLED LOST("10:00:34") },
                /* at once, or after a tunnel's life, something else has ended it */
                { "GRE-06", NULL, CALLED LOST("10:00:02") },
                { "GRE-06", NULL,
                  CALLED PPTP("10:01:00", "Echo Request received.") LOST("10:01:10") },
                { "GRE-06", NULL, CALLED LOST("10:40:00") },
                /* something of PPP came */
                { "GRE-06", NULL, CALLED LINK_AGREED LOST("10:00:34") },
                /* pppd's own lines know better */
                { "AUTH-07", NULL,
                  CALLED PPPD("10:00:30", "CHAP authentication failed") LOST("10:00:34") },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i], i);
}

/* A server reports the character map once the link is agreed on. */
static void test_link_info(void **state) {
        static const Case cases[] = {
                { "CTL-09", "GRE gets through",
                  CALLED LINK_AGREED PPTP("10:00:02", "Received Call Clear Request.")
                          LOST("10:00:02") },
                { "CTL-09", "", CALLED PPTP("10:00:02", "Received Call Clear Request.") },
                /* the map at the beginning proves nothing */
                { "GRE-01", NULL,
                  CALLED PPTP("10:00:01", "  send_accm is FFFFFFFF, recv_accm is FFFFFFFF")
                          LOST("10:00:34") },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i], i);
}

/* Echoes are lost in the tunnel, while the server answers outside of it. */
static void test_server_is_alive(void **state) {
#define UP PPPD("10:00:02", "local  IP address 10.0.0.2")
#define DEAD PPPD("10:05:00", "No response to 5 echo-requests")
#define LATE(text) PPTP("10:00:03", text)
        static const Case cases[] = {
                { "LCP-02", "the server is alive",
                  CALLED UP PPTP("10:04:00", "Echo Reply received.") DEAD },
                { "LCP-02", "as pptp-linux reported",
                  CALLED UP LATE("buffering packet 12 (expecting 8, lost or reordered)")
                          PPTP("10:04:00", "Echo Reply received.") DEAD },
                /* that was long ago */
                { "LCP-02", "", CALLED UP PPTP("10:01:00", "Echo Reply received.") DEAD },
        };
        LogDiagnosis d;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i], i);

        assert_int_equal(log_diagnosis_read(cases[2].log, strlen(cases[2].log), &d), 0);
        assert_null(strstr(d.attempts[0].verdict.detail, "alive"));
        log_diagnosis_done(&d);
}

/* The first echo is lost if the tunnel leads the way to the server into itself. */
static void test_way_is_lost(void **state) {
#define NO_ECHO(time) PPTP(time, "closing control connection due to missing echo reply")
#define WAY "routed into the tunnel"
        static const Case cases[] = {
                { "CTL-10", WAY, CALLED UP NO_ECHO("10:02:01") },
                { "CTL-10", WAY,
                  NO_ECHO("10:02:01") PPPD("10:02:01", "Modem hangup")
                          PPPD("10:02:01", "Connect time 2.0 minutes.") },
        };
        static const char *const others[] = {
                /* it answered before */
                CALLED UP PPTP("10:01:00", "Echo Reply received.") NO_ECHO("10:03:00"),
                /* hours later it is the path */
                CALLED UP NO_ECHO("16:02:01"),
                /* there was no tunnel that could lead it away */
                CALLED NO_ECHO("10:02:01"),
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i], i);
        for (size_t i = 0; i < ELEMENTSOF(others); i++) {
                LogDiagnosis d;

                assert_int_equal(log_diagnosis_read(others[i], strlen(others[i]), &d), 0);
                assert_int_equal(d.n_attempts, 1);
                assert_null(strstr(d.attempts[0].verdict.detail, WAY));
                log_diagnosis_done(&d);
        }
}

/* What people write in place of a reason is none. */
static void test_reason_is_taken_out(void **state) {
#define LEFT(reason)                                      \
        PPPD("10:00:00", "Connect: ppp0 <--> /dev/pts/1") \
        PPPD("10:00:01", "LCP terminated by peer (" reason ")")
        static const Case cases[] = {
                { "LCP-04", "was taken out of this log", LEFT("[...]") },
                { "LCP-04", "was taken out of this log", LEFT("xxxxxxxx") },
                { "LCP-04", "mostly about that", LEFT("<redacted>") },
                { "LCP-04", "ended with", LEFT("cut the grass") },
                { "LCP-04", "ended with", LEFT("goodbye") },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i], i);
}

/* Advice depends on which program served the client. */
static void test_program_of_server(void **state) {
        static const struct {
                LogServerProgram server;
                const char *log;
        } cases[] = {
                { LOG_SERVER_ACCEL, "Mar  3 10:00:00 h accel-pppd[5]: ppp0: disconnected\n" },
                { LOG_SERVER_ACCEL, "[2024-03-03 10:00:00]:  info: ppp0: disconnected\n" },
                { LOG_SERVER_ROUTEROS,
                  "10:00:00 pptp,ppp,info <pptp-anna>: terminating... - hungup\n" },
                { LOG_SERVER_MPD,
                  "Mar  3 10:00:00 h mpd[5]: Incoming PPTP connection from 192.0.2.7\n" },
                { LOG_SERVER_PPTPD, PPTPD("10:00:00", "couldn't read packet header (exit)") },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                LogDiagnosis d;

                assert_int_equal(log_diagnosis_read(cases[i].log, strlen(cases[i].log), &d), 0);
                assert_int_equal(d.n_attempts, 1);
                assert_true(d.attempts[0].of_server);
                assert_int_equal(d.attempts[0].server, cases[i].server);
                log_diagnosis_done(&d);
        }
}

/* A device that is no computer writes a log that says nothing; the letter around it quotes more. */
static void test_quotation_beside_nothing(void **state) {
        static const Case cases[] = {
                { "MPPE-23", NULL,
                  "The server of our club says MPPE required but peer negotiation failed, and my "
                  "router only this:\n"
                  "12 Mar 3 10:00:00 PPP ERROR User request\n"
                  "11 Mar 3 10:00:00 PPP INFO sent [LCP TermAck]\n" },
                /* the log knows better */
                { "NET-03", NULL,
                  "The server of our club says MPPE required but peer negotiation failed, and my "
                  "computer only this:\n" PPTP("10:00:00", "connect: Connection refused") },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i], i);
}

/* Mail programs wrap long lines, some of them behind a hyphen; web pages write out characters. */
static void test_torn_lines(void **state) {
        static const Case cases[] = {
                { "GRE-01", NULL,
                  CALLED "Mar  3 10:00:30 h pppd[5]: LCP: timeout sending\nConfig-Requests\n" },
                { "GRE-01", NULL,
                  CALLED "Mar  3 10:00:30 h pppd[5]: LCP: timeout sending Config-\nRequests\n" },
                { "GRE-02", NULL,
                  CALLED "Mar  3 10:00:05 h kernel: [12.1] [UFW BLOCK] IN=eth0 OUT=\n"
                         "MAC=00:11:22:33:44:55 SRC=192.0.2.1 DST=192.0.2.9 LEN=57 TOS=0x00\n"
                         "PREC=0x00 TTL=115 ID=1 PROTO=47\n" PPPD(
                                 "10:00:30", "LCP: timeout sending Config-Requests") },
                /* the time is in the line before */
                { "GRE-01", "stood for 34 s",
                  "Mar  3 10:00:00 h pptp[6]: anon\nlog[ctrlp_disp:pptp_ctrl.c:897]: Outgoing call "
                  "established (call ID 0,\npeer's call ID 9).\n" LOST("10:00:34") },
                /* a letter without a single line feed */
                { "GRE-01", NULL,
                  "Since the update of last week the tunnel to our office does not come up any "
                  "more, and nobody here has an idea why that is. I have tried it from home, too, "
                  "and there it is the same; the colleague beside me can connect. Mar  3 10:00:00 "
                  "h pppd[5]: Using interface ppp0 Mar  3 10:00:00 h pppd[5]: Connect: ppp0 <--> "
                  "/dev/pts/1 Mar  3 10:00:30 h pppd[5]: LCP: timeout sending Config-Requests Mar  "
                  "3 10:00:30 h pppd[5]: Connection terminated.\n" },
                { "AUTH-01", NULL,
                  "rcvd &#91;CHAP Failure id=0x1 &#34;E=691 R=0 C=0 V=3&#x22;&#x5D;\n" },
                { "SYS-02", NULL,
                  "pppd[5]: Couldn&#039;t open the /dev/ppp device: No such file or directory\n" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i], i);
}

/* Of a link that pppd counted the time of, no failure of its set-up is the verdict. */
static void test_counted_time(void **state) {
#define END(time, minutes)                                \
        PPPD(time, "Connect time " minutes " minutes.")   \
        PPPD(time, "Sent 300 bytes, received 200 bytes.") \
        PPPD(time, "Connection terminated.")
        static const struct {
                bool was_up;
                const char *log;
        } cases[] = {
                { true, PPPD("10:05:00", "Modem hangup") END("10:05:00", "4.7") },
                { false, PPPD("10:05:00", "Modem hangup") END("10:05:00", "0.0") },
                { false, PPPD("10:05:00", "Modem hangup") END("10:05:00", "28401233.5") },
                { false, PPPD("10:05:00", "Modem hangup") END("10:05:00", "4.x") },
                /* pppd had no address to use, and counts from an earlier link */
                { false,
                  PPPD("10:04:50", "Could not determine local IP address") END("10:05:00", "4.7") },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                LogDiagnosis d;

                assert_int_equal(log_diagnosis_read(cases[i].log, strlen(cases[i].log), &d), 0);
                assert_int_equal(d.n_attempts, 1);
                if (d.attempts[0].was_up != cases[i].was_up)
                        fail_msg("case %zu was %sup", i, cases[i].was_up ? "not " : "");
                log_diagnosis_done(&d);
        }
}

/* pptpd ends a pppd, so there was a call, of which the log need not have the beginning. */
static void test_end_of_served_call(void **state) {
        static const struct {
                const char *row;
                LogServerView view;
                const char *log;
        } cases[] = {
                { "SRV-13", 0,
                  PPTPD("10:00:00", "Client 192.0.2.7 control connection started")
                          PPTPD("10:00:00", "EOF or bad error reading ctrl packet length.") },
                { NULL, LOG_SERVER_VIEW_ENDED,
                  PPTPD("10:00:00", "EOF or bad error reading ctrl packet length.")
                          PPTPD("10:00:00", "Reaping child PPP[9]") },
                { NULL, LOG_SERVER_VIEW_ENDED,
                  PPTPD("10:00:00", "Ignored a SET LINK INFO packet with real ACCMs!")
                          PPTPD("16:00:00", "couldn't read packet header (exit)") },
                /* pppd does proxy ARP for an address that was agreed on */
                { NULL, LOG_SERVER_VIEW_CLIENT_LEFT,
                  PPTPD("10:00:00", "Ignored a SET LINK INFO packet with real ACCMs!")
                          PPPD("10:00:01", "Cannot determine ethernet address for proxy ARP") PPTPD(
                                  "16:00:00", "EOF or bad error reading ctrl packet length.") },
                /* the bare end neither proves a call nor that there was none */
                { NULL, LOG_SERVER_VIEW_CLOSED,
                  PPTPD("10:00:00", "EOF or bad error reading ctrl packet length.") },
                { NULL, LOG_SERVER_VIEW_CLOSED,
                  PPTPD("10:00:00", "couldn't read packet header (exit)")
                          PPTPD("10:00:00", "CTRL read failed") },
                /* pppd counts the time of a link that came up, whatever is left of its lines */
                { NULL, LOG_SERVER_VIEW_CLIENT_LEFT,
                  PPTPD("10:00:00", "Starting call (launching pppd, opening GRE)")
                          PPPD("10:05:00", "LCP terminated by peer (MPPE disabled)")
                                  PPPD("10:05:00", "Connect time 4.7 minutes.")
                                          PPPD("10:05:00", "Sent 912 bytes, received 4100 bytes.")
                                                  PPPD("10:05:00", "Modem hangup") },
                { NULL, LOG_SERVER_VIEW_ENDED,
                  PPPD("10:05:00", "LCP terminated by peer (MPPE disabled)")
                          PPPD("10:05:00", "pptpd-logwtmp.so ip-down ppp7")
                                  PPPD("10:05:00", "Modem hangup") },
                /* root's own options file is none of this server's */
                { "SRV-18", 0,
                  PPTPD("10:00:00", "Starting call (launching pppd, opening GRE)")
                          PPPD("10:00:00",
                               "Warning: can't open options file /root/.ppprc: "
                               "Permission denied")
                                  PPPD("10:00:00",
                                       "The remote system is required to authenticate itself") },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const LogAttempt *a;
                const char *row;
                LogDiagnosis d;

                assert_int_equal(log_diagnosis_read(cases[i].log, strlen(cases[i].log), &d), 0);
                assert_int_equal(d.n_attempts, 1);
                a = &d.attempts[0];
                row = a->verdict.row ? a->verdict.row->id : "a view";
                if (!a->of_server || strcmp(row, cases[i].row ?: "a view") != 0 ||
                    a->view != cases[i].view)
                        fail_msg("case %zu: %s expected, got %s, view %d", i,
                                 cases[i].row ?: "a view", row, (int) a->view);
                log_diagnosis_done(&d);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_silent_calls),
                cmocka_unit_test(test_link_info),
                cmocka_unit_test(test_server_is_alive),
                cmocka_unit_test(test_quotation_beside_nothing),
                cmocka_unit_test(test_torn_lines),
                cmocka_unit_test(test_counted_time),
                cmocka_unit_test(test_program_of_server),
                cmocka_unit_test(test_reason_is_taken_out),
                cmocka_unit_test(test_way_is_lost),
                cmocka_unit_test(test_end_of_served_call),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
