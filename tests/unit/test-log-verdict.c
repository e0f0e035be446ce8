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

#define PPTPD_SAYS(pid, time, text) "Mar  3 " time " h pptpd[" pid "]: " text "\n"
#define SERVED(text) PPTPD_SAYS("8", "10:00:00", text)
#define SERVES SERVED("CTRL: Starting call (launching pppd, opening GRE)")
#define PTY_FAILED SERVED("GRE: read(fd=6,buffer=1,len=8196) from PTY failed: status = -1")
#define CONNECTS \
        PPPD("10:00:00", "Using interface ppp0") PPPD("10:00:00", "Connect: ppp0 <--> /dev/pts/1")

/* A server's log, where messages of two programs have to be put together. */
static void test_served_calls(void **state) {
#define LET_IN                                                                            \
        SERVES CONNECTS PPPD("10:00:00", "peer from calling number 192.0.2.7 authorized") \
                PPPD("10:00:01", "MPPE 128-bit stateless compression enabled")
#define CLOSES(time)                                                                \
        PPTPD_SAYS("8", time, "CTRL: EOF or bad error reading ctrl packet length.") \
        PPPD(time, "Modem hangup")                                                  \
        PPPD(time, "Connect time 0.5 minutes.") PPPD(time, "Sent 360 bytes, received 700 bytes.")
#define FILTERED                                                                                   \
        "Mar  3 10:00:01 h kernel: [5.1] Inbound IN=eth0 OUT= MAC=00 SRC=192.0.2.7 DST=192.0.2.1 " \
        "LEN=60 PROTO=47\n"
#define PASSED \
        "Mar  3 10:00:01 h kernel: [5.1] [UFW ALLOW] IN=eth0 OUT= MAC=00 SRC=192.0.2.7 PROTO=47\n"
#define NO_ANSWER PPPD("10:00:30", "LCP: timeout sending Config-Requests")
        static const Case cases[] = {
                /* pppd counts the time of a link that got no addresses as well */
                { "SRV-22", "", LET_IN CLOSES("10:00:25") },
                { NULL, "",
                  LET_IN PPPD("10:00:02", "local  IP address 10.0.0.1") CLOSES("10:00:25") },
                /* too soon to tell */
                { NULL, "", LET_IN CLOSES("10:00:05") },
                /* a log without the beginning */
                { NULL, "", PPPD("10:00:25", "Connect time 0.5 minutes.") CLOSES("10:00:25") },
                { "SRV-23", "", SERVES CONNECTS FILTERED NO_ANSWER },
                { "SRV-01", "", SERVES CONNECTS PASSED NO_ANSWER },
                { "SRV-01", "", SERVES CONNECTS NO_ANSWER },
                /* a pppd that spoke has read its options */
                { "SRV-05", "", SERVES PTY_FAILED },
                { "SRV-19", "refused what this client offers",
                  SERVES SERVED("GRE: Bad checksum from pppd.") PTY_FAILED },
                /* and this is the next call */
                { "SRV-05", "", SERVES PTY_FAILED SERVED("GRE: Bad checksum from pppd.") },
                { "SRV-25", "", SERVED("MGR: PPP binary /usr/sbin/pppd not executable") },
                { NULL, "an earlier start of pptpd failed",
                  SERVED("MGR: PPP binary /usr/sbin/pppd not executable")
                          SERVED("MGR: Manager process started") },
                /* lost packets trouble a call that stands, unless there is only one */
                { "SRV-24", "",
                  SERVED("GRE: accepting packet #9") SERVED("GRE: timeout waiting for 1 packets")
                          SERVED("GRE: timeout waiting for 2 packets") },
                { NULL, "",
                  SERVED("GRE: accepting packet #9") SERVED("GRE: timeout waiting for 1 packets") },
                /* the end of another call, told by the process that served it */
                { "SRV-14", "",
                  PPPD("10:00:00", "Connect time 9.0 minutes.") PPPD("10:00:00",
                                                                     "Connection terminated.")
                          SERVED("CTRL: Client 192.0.2.7 control connection finished") PPTPD_SAYS(
                                  "9", "10:09:00",
                                  "CTRL: Session timed out, ending call") "Mar  3 10:09:00 h pppd[6]: Modem hangup\n"
                                                                          "Mar  3 10:09:00 h pppd[6]: Connect time 30.0 minutes.\n" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i], i);
}

/* RouterOS and accel-ppp, which run PPP themselves. */
static void test_other_servers(void **state) {
#define ROUTER(time, text) time " pptp,ppp,info " text "\n"
#define ROUTER_DEBUG(text) "10:00:00 pptp,ppp,debug,packet  <4>: " text "\n"
#define ACCEL(text) "[2026-03-03 10:00:00]:  info: ppp0:anna: " text "\n"
        static const Case cases[] = {
                { "SRV-01", "",
                  ROUTER("10:00:00", "<pptp-0>: waiting for call...")
                          ROUTER("10:00:30", "<pptp-0>: terminating... - hungup") },
                { "SRV-01", "",
                  ROUTER_DEBUG("sent LCP ConfReq id=0x1") ROUTER_DEBUG("sent LCP ConfReq id=0x2")
                          ROUTER_DEBUG("sent LCP ConfReq id=0x3") "10:00:00 pptp,ppp,debug,packet     <mru 1450>\n" ROUTER_DEBUG(
                                  "sent LCP ConfReq id=0x4") ROUTER_DEBUG("sent LCP ConfReq id=0x5")
                                  ROUTER("10:00:30", "<4>: disconnected") },
                { "SRV-04", "",
                  ROUTER("10:00:00", "<4>: user anna authentication failed - radius timeout") },
                { "SRV-03", "", ROUTER("10:00:00", "<4>: user anna authentication failed") },
                /* an account is opened before there are addresses */
                { "SRV-10", "",
                  "10:00:00 pptp,ppp,info,account anna logged in, 10.0.0.2\n" ROUTER(
                          "10:00:00", "<pptp-anna>: disconnected") },
                { NULL, "",
                  "10:00:00 pptp,ppp,info,account anna logged in, 10.0.0.2\n"
                  "10:09:00 pptp,ppp,info,account anna logged out, 540 1200 5000 20 30\n" },
                { "MPPE-23", "",
                  ROUTER("10:00:00", "pptp-out1: terminating... - encryption negotiation failed") },
                { "SRV-04", "",
                  ACCEL("radius: server(1) not responding") ACCEL("anna: authentication failed") },
                { "SRV-06", "",
                  ACCEL("anna: authentication succeeded") ACCEL("ppp: no free IPv4 address") },
                { "SRV-07", "",
                  ACCEL("anna: authentication succeeded")
                          ACCEL("recv [CCP ConfRej id=1 <mppe +H -M +S -L -D -C>]")
                                  ACCEL("disconnected") },
                { "SYS-04", "", ACCEL("mppe: MPPE requested but not supported by kernel") },
                { "SRV-28", "",
                  SERVES CONNECTS PPPD("10:00:01",
                                       "peer refused to authenticate: terminating link") },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i], i);
}

/* FreeRADIUS, in syslog, in its own file and at its terminal. */
static void test_radius(void **state) {
        static const Case cases[] = {
                { "SRV-26", "",
                  "Tue Mar  3 10:00:00 2026 : Auth: (7) Login incorrect (mschap: MS-CHAP2-Response is "
                  "incorrect): [anna] (from client nas port 0 cli 192.0.2.7)\n" },
                { "SRV-26", "",
                  "(7) mschap: FAILED: No NT/LM-Password.  Cannot perform authentication\n" },
                { "SRV-27", "",
                  "Mar  3 10:00:00 h radiusd[5]: Ignoring request to auth address * port 1812 from "
                  "unknown client 192.0.2.9 port 4000\n" },
                { "SRV-26", "",
                  "Tue Mar  3 10:00:00 2026 : Auth: Invalid user: [anna] (from client nas port 0)\n" },
                { "SRV-29", "", "(0) Login OK: [anna] (from client nas port 0)\n" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i], i);
}

/* Whoever closes at once has not waited for packets; whoever closes late may have. */
static void test_closed_at_once(void **state) {
#define CLOSED(time)                                      \
        PPTP(time, "read returned zero, peer has closed") \
        PPTP(time, "Closing connection (shutdown)")
        static const Case cases[] = {
                { "CTL-16", "its PPP refused something", CALLED CLOSED("10:00:01") },
                { "CTL-16", "pppd's lines tell which", CALLED CLOSED("10:00:01") },
                { "CTL-16", "GRE (IP protocol 47) does not get through",
                  CALLED CLOSED("10:00:05") },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i], i);
}

/* Tables of routes beside a description: all goes into the tunnel, and its peer is in the LAN. */
static void test_tables(void **state) {
#define ROUTES(peer, device, all)                                  \
        "My VPN is up and I reach nothing behind it.\n"            \
        "Destination Gateway Genmask Flags Metric Ref Use Iface\n" \
        "0.0.0.0 0.0.0.0 0.0.0.0 U 0 0 0 " all "\n"                \
        "10.44.0.0 0.0.0.0 255.255.255.0 U 600 0 0 wlan0\n" peer   \
        " 0.0.0.0 255.255.255.255 UH 0 0 0 " device "\n"
        static const char clash[] = ROUTES("10.44.0.9", "ppp0", "ppp0"),
                          apart[] = ROUTES("10.45.0.9", "ppp0", "ppp0"),
                          of_server[] = ROUTES("10.44.0.9", "ppp0", "eth0"),
                          of_line[] = ROUTES("10.44.0.9", "ppp1", "ppp0");
        const char *harmless[] = { apart, of_server, of_line };
        LogDiagnosis d;

        check(&(Case){ "NETC-06", "10.44.0.9, is in 10.44.0.0/24", clash }, 0);
        for (size_t i = 0; i < ELEMENTSOF(harmless); i++) {
                assert_int_equal(log_diagnosis_read(harmless[i], strlen(harmless[i]), &d), 0);
                assert_int_equal(d.n_attempts, 0);
                log_diagnosis_done(&d);
        }
}

/* What ifconfig counted shows a loop, if the interface is the tunnel's. */
static void test_counters(void **state) {
#define OLD_PPP "ppp0      Link encap:Point-to-Point Protocol\n"
#define OLD_BYTES "          RX bytes:900 (900.0 B)  TX bytes:90000000 (90.0 MB)\n"
        static const Case cases[] = {
                { "NETC-05", "90 MB sent", OLD_PPP OLD_BYTES },
                { "NETC-05", "90 MB sent",
                  "ppp0: flags=4305<UP,POINTOPOINT,RUNNING,NOARP,MULTICAST>  mtu 1400\n"
                  "        RX packets 9  bytes 900 (900.0 B)\n"
                  "        TX packets 99999  bytes 90000000 (90.0 MB)\n" },
                /* beside the log of a tunnel that came up */
                { "NETC-05", "90 MB sent",
                  CONNECTS PPPD("10:00:02", "local  IP address 10.0.0.2") OLD_PPP OLD_BYTES },
                /* of which the failure is told */
                { "AUTH-07", "", PPPD("10:00:01", "CHAP authentication failed") OLD_PPP OLD_BYTES },
        };
        static const char other[] = OLD_PPP "eth0      Link encap:Ethernet\n" OLD_BYTES;
        LogDiagnosis d;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i], i);

        assert_int_equal(log_diagnosis_read(other, strlen(other), &d), 0);
        assert_int_equal(d.n_attempts, 0);
        log_diagnosis_done(&d);
}

/* What tcpdump saw at both ends, one below the other, is no traffic both ways. */
static void test_two_captures(void **state) {
#define GRE_FROM(time, from, to) \
        time ".1 IP " from " > " to ": GREv1, call 1, seq 1, length 40: LCP, Conf-Request (0x01)\n"
#define ASKS "10:00:00.1 IP one.40000 > two.1723: Flags [P.], length 156: pptp CTRL_MSGTYPE=SCCRQ\n"
#define AT_CLIENT                                                                  \
        ASKS GRE_FROM("10:00:03", "one", "two") GRE_FROM("10:00:06", "one", "two") \
                GRE_FROM("10:00:09", "one", "two") GRE_FROM("10:00:12", "one", "two")
#define AT_SERVER(hour)                       \
        GRE_FROM(hour ":00:03", "two", "one") \
        GRE_FROM(hour ":00:06", "two", "one") \
        GRE_FROM(hour ":00:09", "two", "one") GRE_FROM(hour ":00:12", "two", "one")
        static const Case cases[] = {
                { "GRE-01", "both ways", AT_CLIENT AT_SERVER("11") },
                { "GRE-01", "both ways", AT_CLIENT AT_SERVER("09") },
                { "GRE-01", "none came back", AT_CLIENT },
        };
        static const char one[] =
                AT_CLIENT GRE_FROM("10:00:13", "two", "one") GRE_FROM("10:00:14", "two", "one");
        LogDiagnosis d;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i], i);

        /* one run of tcpdump, with both */
        assert_int_equal(log_diagnosis_read(one, strlen(one), &d), 0);
        assert_int_equal(d.n_attempts, 0);
        log_diagnosis_done(&d);
}

/* What tcpdump shows of the control connection counts more than that pppd heard nothing. */
static void test_capture_beside_a_log(void **state) {
#define CONTROL(time, way, message) \
        time ".1 IP " way ": Flags [P.], length 156: pptp CTRL_MSGTYPE=" message "\n"
#define TO_SERVER "one.40000 > two.1723"
#define TO_CLIENT "two.1723 > one.40000"
#define SILENT                                       \
        "Connect: ppp0 <--> /dev/pts/1\n"            \
        "sent [LCP ConfReq id=0x1 <magic 0x5e40>]\n" \
        "sent [LCP ConfReq id=0x1 <magic 0x5e40>]\n" \
        "sent [LCP ConfReq id=0x1 <magic 0x5e40>]\n" \
        "LCP: timeout sending Config-Requests\n"     \
        "Connection terminated.\n"
#define STARTED CONTROL("10:00:00", TO_SERVER, "SCCRQ") CONTROL("10:00:00", TO_CLIENT, "SCCRP")
#define CALLS STARTED CONTROL("10:00:01", TO_SERVER, "OCRQ CALL_ID(5)")
#define GRE_OUT                            \
        GRE_FROM("10:00:03", "one", "two") \
        GRE_FROM("10:00:06", "one", "two") GRE_FROM("10:00:09", "one", "two")
#define ONE_DIRECTION \
        CONTROL("10:00:00", TO_SERVER, "SCCRQ") CONTROL("10:00:01", TO_SERVER, "OCRQ CALL_ID(5)")
#define GIVES_UP CONTROL("10:00:33", TO_SERVER, "CCRQ CALL_ID(5)")
        static const Case cases[] = {
                { "CTL-08", "OCRQ", SILENT CALLS GIVES_UP },
                { "CTL-08", "OCRQ", CALLS GIVES_UP },
                { "CTL-13", "SCCRQ",
                  SILENT CONTROL("10:00:00", TO_SERVER, "SCCRQ")
                          CONTROL("10:00:20", TO_SERVER, "StopCCRQ") },
                /* the call was made, so GRE is lost all the same */
                { "GRE-01", "",
                  SILENT CALLS CONTROL("10:00:01", TO_CLIENT, "OCRP CALL_ID(9)") GIVES_UP },
                /* the paste ends behind the question */
                { "GRE-01", "", SILENT CALLS },
                /* one direction only was captured, and a call follows an answer */
                { "GRE-01", "none came back", ONE_DIRECTION GRE_OUT GRE_OUT GIVES_UP },
                /* and so does GRE a call */
                { "GRE-01", "none came back", CALLS GRE_OUT GRE_OUT GIVES_UP },
        };
        static const char half[] = ONE_DIRECTION GIVES_UP;
        LogDiagnosis d;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i], i);

        assert_int_equal(log_diagnosis_read(cases[0].log, strlen(cases[0].log), &d), 0);
        assert_int_equal(d.attempts[0].n_evidence, 1);
        assert_int_equal(d.attempts[0].evidence[0].line, 9);
        log_diagnosis_done(&d);

        /* Without the server's packets nobody knows what it answered. */
        assert_int_equal(log_diagnosis_read(half, strlen(half), &d), 0);
        assert_int_equal(d.n_attempts, 0);
        log_diagnosis_done(&d);
}

/* Options that the log shows tell which of two causes it is that pppd rejects a method. */
static void test_refusing_options(void **state) {
#define DUMP(option) "pppd options in effect:\n" option "\t\t# (from /etc/ppp/options)\n"
#define INSISTS(method)                                                \
        "Connect: ppp0 <--> /dev/pts/1\n"                              \
        "sent [LCP ConfReq id=0x1 <magic 0x5e40>]\n"                   \
        "rcvd [LCP ConfReq id=0x1 <auth " method "> <magic 0x7f4d>]\n" \
        "sent [LCP ConfRej id=0x1 <auth " method ">]\n"                \
        "rcvd [LCP ConfReq id=0x2 <auth " method "> <magic 0x7f4d>]\n" \
        "sent [LCP ConfRej id=0x2 <auth " method ">]\n"                \
        "rcvd [LCP TermReq id=0x3]\n"                                  \
        "Connection terminated.\n"
#define SUGGESTS(method)                                        \
        "Connect: ppp0 <--> /dev/pts/1\n"                       \
        "rcvd [LCP ConfReq id=0x1 <auth pap> <magic 0x7f4d>]\n" \
        "sent [LCP ConfNak id=0x1 <auth " method ">]\n"         \
        "rcvd [LCP ConfReq id=0x2 <auth pap> <magic 0x7f4d>]\n" \
        "sent [LCP ConfRej id=0x2 <auth pap>]\n"                \
        "rcvd [LCP TermReq id=0x3]\n"
        static const Case cases[] = {
                { "AUTH-11", "\"refuse-mschap\"", DUMP("refuse-mschap") INSISTS("chap MS") },
                { "AUTH-11", "\"refuse-mschap-v2\"",
                  DUMP("refuse-mschap-v2") INSISTS("chap MS-v2") },
                { "AUTH-11", "\"refuse-pap\"", DUMP("refuse-pap") INSISTS("pap") },
                { "AUTH-11", "\"refuse-mschap\"", "refuse-mschap\n" INSISTS("chap MS") },
                /* another method is refused, or none */
                { "CFG-05", "", DUMP("refuse-mschap-v2") INSISTS("chap MS") },
                { "CFG-05", "", DUMP("refuse-mschap") INSISTS("chap MS-v2") },
                { "CFG-05", "", DUMP("refuse-eap") INSISTS("chap MS") },
                { "CFG-05", "", "#refuse-mschap\n" INSISTS("chap MS") },
                { "CFG-05", "", "#refuse-chap\n" INSISTS("chap MD5") },
                { "CFG-05", "", "# refuse-pap\n" INSISTS("pap") },
                { "CFG-05", "", "#\trefuse-pap \n" INSISTS("pap") },
                { "AUTH-11", "\"refuse-chap\"", "refuse-chap\n" INSISTS("chap MD5") },
                /* a command at root's prompt */
                { "AUTH-11", "\"refuse-pap\"", "# pppd call vpn refuse-pap\n" INSISTS("pap") },
                { "CFG-05", "", INSISTS("chap MS") },
                /* there is a password, for a better method than the server's */
                { "AUTH-11", "only PAP", SUGGESTS("chap MS-v2") },
                { "CFG-05", "PAP", SUGGESTS("eap") },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i], i);
}

/* Who ended an attempt soon, or a tunnel that nothing used, and what that can tell. */
static void test_ended_by_this_host(void **state) {
#define BEGINS                                   \
        PPPD("10:00:00", "Using interface ppp0") \
        PPPD("10:00:00", "Connect: ppp0 <--> /dev/pts/1")
#define COMES_UP                                          \
        PPPD("10:00:01", "CHAP authentication succeeded") \
        PPPD("10:00:02", "local  IP address 10.0.0.2")
#define KILLED(time) \
        PPPD(time, "Terminating on signal 15") PPPD(time, "Modem hangup") PPPD(time, "Exit.")
#define NOTHING_SENT(time) PPPD(time, "Sent 0 bytes, received 800 bytes.")
#define OF_MANAGER PPPD("10:00:00", "Plugin /usr/lib/pppd/2.5.2/nm-pptp-pppd-plugin.so loaded.")
        static const Case cases[] = {
                /* nobody knows whether an answer was on its way */
                { NULL, "ended after 11 s", BEGINS KILLED("10:00:11") },
                { NULL, "ended after 11 s",
                  "I tried everything and get \"Modem hangup\" or the lines below:\n" BEGINS KILLED(
                          "10:00:11") },
                { "GRE-01", "may also be", BEGINS KILLED("10:00:45") },
                { "GRE-01", "",
                  BEGINS PPPD("10:00:11", "LCP: timeout sending Config-Requests")
                          KILLED("10:00:11") },
                { NULL, "up for about 40 s", OF_MANAGER BEGINS COMES_UP KILLED("10:00:41") },
                { NULL, "not one byte",
                  BEGINS COMES_UP KILLED("10:00:41") NOTHING_SENT("10:00:41") },
                { NULL, "only 412 bytes",
                  BEGINS COMES_UP PPPD("10:09:02", "Terminating on signal 15")
                          PPPD("10:09:02", "Connect time 9.0 minutes.")
                                  PPPD("10:09:02", "Sent 412 bytes, received 96 bytes.") },
                { NULL, "", BEGINS COMES_UP KILLED("10:00:41") },
                { NULL, "",
                  BEGINS COMES_UP KILLED("10:00:41") PPPD("10:00:41", "Connect time 0.7 minutes.")
                          PPPD("10:00:41", "Sent 412 bytes, received 96 bytes.") },
        };
        LogDiagnosis d;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i], i);

        assert_int_equal(log_diagnosis_read(cases[0].log, strlen(cases[0].log), &d), 0);
        assert_true(d.attempts[0].lacks_lines);
        assert_true(d.attempts[0].ended_here);
        log_diagnosis_done(&d);
}

/* A server's pppd that reads secrets has loaded its plugins before: the earlier fault is past. */
static void test_faults_in_turn(void **state) {
#define NO_PLUGIN                                                                                 \
        "/usr/sbin/pppd: Plugin /usr/lib/pptpd/pptpd-logwtmp.so is for pppd version 2.4.4, this " \
        "is 2.4.5\n"
        static const Case cases[] = {
                { "PPPD-06", "", NO_PLUGIN },
                { "SRV-03", "a plugin (PPPD-06)",
                  NO_PLUGIN "No CHAP secret found for authenticating anna\n" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i], i);
}

/* How people paste: as a comment of a script, glued together, and with words around a message. */
static void test_pastes(void **state) {
#define DEAD_ENDS(mark) mark PPPD("10:00:30", "LCP: timeout sending Config-Requests")
#define GLUED(text) "Mar 3 10:00:00 h " text " "
        static const Case cases[] = {
                { "GRE-01", "", DEAD_ENDS("##") },
                { "GRE-01", "", DEAD_ENDS("# ") },
                { "GRE-01", "", DEAD_ENDS("// ") },
                { "PPPD-06", "",
                  GLUED("pptpd[8]: CTRL: Starting call (launching pppd, opening GRE)") GLUED(
                          "pppd[5]: Plugin /usr/lib/pptpd/pptpd-logwtmp.so is for pppd version 2.4.3, "
                          "this is 2.4.5")
                          GLUED("pptpd[8]: GRE: read(fd=6,buffer=1,len=8196) from PTY failed: status = -1")
                                  GLUED("pptpd[8]: CTRL: Client 192.0.2.7 control connection finished") "\n" },
        };
        static const char prose[] =
                "See the LCP: timeout sending Config-Requests which I think is the cause of it all.\n" PPPD(
                        "10:00:00", "Using interface ppp0")
                        PPPD("10:00:30", "LCP: timeout sending Config-Requests");
        LogDiagnosis d;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i], i);

        assert_int_equal(log_diagnosis_read(prose, strlen(prose), &d), 0);
        assert_int_equal(d.n_attempts, 1);
        assert_int_equal(d.attempts[0].evidence[0].line, 3);
        log_diagnosis_done(&d);
}

/* Failures of NetworkManager's, the kernel's and Android's own words. */
static void test_other_programs(void **state) {
#define NM(text) "Mar  3 10:00:00 h NetworkManager[9]: <warn> " text "\n"
        static const Case cases[] = {
                { "NM-04", "",
                  NM("could not start the VPN 'work'.  dbus says: 'Could not process the request "
                     "because the VPN connection is already being started.'") },
                { "NM-05", "",
                  NM("NeedSecrets failed: Rejected send message, 1 matched rules; "
                     "interface=\"org.freedesktop.NetworkManager.VPN.Plugin\"") },
                { "MPPE-27", "",
                  "Mar  3 10:00:00 h kernel: [9.1] mppe_decompress[0]: FLUSHED bit not set in "
                  "stateless mode!\n" },
                { "SYS-05", "", "Creating PPPoX socket\nSocket() Protocol not supported\n" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i], i);
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
                cmocka_unit_test(test_served_calls),
                cmocka_unit_test(test_other_servers),
                cmocka_unit_test(test_radius),
                cmocka_unit_test(test_closed_at_once),
                cmocka_unit_test(test_tables),
                cmocka_unit_test(test_counters),
                cmocka_unit_test(test_two_captures),
                cmocka_unit_test(test_capture_beside_a_log),
                cmocka_unit_test(test_refusing_options),
                cmocka_unit_test(test_ended_by_this_host),
                cmocka_unit_test(test_faults_in_turn),
                cmocka_unit_test(test_pastes),
                cmocka_unit_test(test_other_programs),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
