/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Which line of a log is the cause where several programs tell the end, one after the other. */

#include "test.h"

#include <stdio.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/explain/log-diagnosis.h"

#define PPTP(time, text) \
        "Mar  3 " time " h pptp[6]: anon log[ctrlp_disp:pptp_ctrl.c:900]: " text "\n"
#define PPPD(time, text) "Mar  3 " time " h pppd[5]: " text "\n"

#define BEGUN                                             \
        PPPD("10:00:00", "Using interface ppp0")          \
        PPPD("10:00:00", "Connect: ppp0 <--> /dev/pts/0") \
        PPTP("10:00:00", "The synchronous pptp option is NOT activated")
#define START_ASKED \
        PPTP("10:00:00", "Sent control packet type is 1 'Start-Control-Connection-Request'")
#define START_ANSWERED                                              \
        PPTP("10:00:00", "Received Start Control Connection Reply") \
        PPTP("10:00:00", "Client connection established.")
#define CALL_ASKED PPTP("10:00:01", "Sent control packet type is 7 'Outgoing-Call-Request'")
#define CALL_ANSWERED                                     \
        PPTP("10:00:01", "Received Outgoing Call Reply.") \
        PPTP("10:00:01", "Outgoing call established (call ID 0, peer's call ID 9).")

typedef struct Case {
        const char *row;    /* of the last attempt; NULL: none */
        const char *detail; /* or NULL */
        const char *log;
} Case;

static void check_text(const char *row, const char *detail, const char *log) {
        const LogAttempt *a;
        const char *got;
        LogDiagnosis d;

        assert_int_equal(log_diagnosis_read(log, strlen(log), &d), 0);
        if (d.n_attempts == 0)
                fail_msg("no attempt was seen in\n%s", log);
        a = &d.attempts[d.n_attempts - 1];
        got = a->verdict.row ? a->verdict.row->id : "nothing";
        if (strcmp(got, row ?: "nothing") != 0)
                fail_msg("%s expected, got %s of\n%s", row ?: "nothing", got, log);
        if (detail && !strstr(a->verdict.detail, detail))
                fail_msg("\"%s\" is not in \"%s\" of\n%s", detail, a->verdict.detail, log);
        log_diagnosis_done(&d);
}

/* Each question, with each way in which pppd and pptp-linux say that they gave up. */
static void test_unanswered(void **state) {
#define LCP_GIVES_UP                                             \
        PPPD("10:00:31", "LCP: timeout sending Config-Requests") \
        PPPD("10:00:31", "Connection terminated.") PPPD("10:00:31", "Modem hangup")
#define CLOSING                                     \
        PPTP("10:01:00", "Closing PPTP connection") \
        PPTP("10:01:00", "Sent control packet type is 3 'Stop-Control-Connection-Request'")
#define RESET PPTP("10:01:00", "read error: Connection reset by peer")
#define END_OF_FILE PPTP("10:01:00", "read returned zero, peer has closed")
        static const struct {
                const char *row, *log;
        } questions[] = {
                { "NET-06", BEGUN },
                { "CTL-13", BEGUN START_ASKED },
                { "CTL-08", BEGUN START_ASKED START_ANSWERED CALL_ASKED },
                /* the call stands, so the silence is one of GRE */
                { "GRE-01", BEGUN START_ASKED START_ANSWERED CALL_ASKED CALL_ANSWERED },
        };
        static const char *const ends[] = {
                LCP_GIVES_UP,
                LCP_GIVES_UP PPPD("10:00:36", "Exit."),
                /* another process of pptp-linux ends later than pppd, and the server with it */
                LCP_GIVES_UP PPPD("10:00:36", "Exit.") CLOSING RESET END_OF_FILE,
                LCP_GIVES_UP PPPD("10:00:36", "Exit.") CLOSING END_OF_FILE,
                LCP_GIVES_UP CLOSING PPTP("10:02:00", "read error: Bad file descriptor"),
                CLOSING END_OF_FILE LCP_GIVES_UP,
                CLOSING RESET END_OF_FILE LCP_GIVES_UP PPPD("10:00:36", "Exit."),
        };
        static const char echo[] = BEGUN START_ASKED START_ANSWERED CALL_ASKED LCP_GIVES_UP PPTP(
                "10:01:00", "Sent control packet type is 12 'Call-Clear-Request'")
                PPTP("10:01:00", "Echo Reply received.")
                        PPTP("10:02:00", "Closing connection (call state)");
        /* pptp-linux tries three times, each time with another process */
        static const char again[] = BEGUN START_ASKED LCP_GIVES_UP CLOSING RESET END_OF_FILE
                "Mar  3 10:01:00 h pptp[7]: anon log[ctrlp_rep:pptp_ctrl.c:259]: Sent control "
                "packet type is 1 'Start-Control-Connection-Request'\n"
                "Mar  3 10:02:00 h pptp[7]: anon log[x:pptp_ctrl.c:461]: Closing PPTP connection\n"
                "Mar  3 10:02:00 h pptp[7]: anon log[x:pptp_ctrl.c:586]: read returned zero, peer "
                "has closed\n";
        /* a server that closes by itself, at once or late */
#define CLOSED(time) PPTP(time, "read returned zero, peer has closed")
        static const char *const closed[][2] = {
                { "CTL-05", BEGUN START_ASKED CLOSED("10:00:00") LCP_GIVES_UP },
                { "CTL-05", BEGUN START_ASKED CLOSED("10:00:20") LCP_GIVES_UP },
                { "CTL-05", BEGUN START_ASKED LCP_GIVES_UP CLOSED("10:00:40") },
                { "CTL-16",
                  BEGUN START_ASKED START_ANSWERED CALL_ASKED CLOSED("10:00:20") LCP_GIVES_UP },
                { "CTL-16",
                  BEGUN START_ASKED START_ANSWERED CALL_ASKED LCP_GIVES_UP CLOSED("10:00:40") },
        };
        char log[4096];

        for (size_t i = 0; i < ELEMENTSOF(questions); i++)
                for (size_t k = 0; k < ELEMENTSOF(ends); k++) {
                        snprintf(log, sizeof(log), "%s%s", questions[i].log, ends[k]);
                        check_text(questions[i].row, NULL, log);
                }

        check_text("CTL-08", NULL, echo);
        check_text("CTL-13", NULL, again);
        for (size_t i = 0; i < ELEMENTSOF(closed); i++)
                check_text(closed[i][0], NULL, closed[i][1]);
}

/* An address needs no name server: where it cannot be "resolved", there is no network at all. */
static void test_address_unresolved(void **state) {
#define UNRESOLVED                                                   \
        PPTP("10:00:00", "getaddrinfo(): Name or service not known") \
        PPPD("10:00:00", "Modem hangup")
#define SCRIPT(server) \
        PPPD("10:00:00", "Script pptp " server " --nolaunchpppd finished (pid 9), status = 0x1")

        check_text("NET-04", "192.0.2.7, so there was no name",
                   BEGUN UNRESOLVED SCRIPT("192.0.2.7"));
        check_text("NET-01", NULL, BEGUN UNRESOLVED SCRIPT("vpn.example"));
}

/*
 * A server that is reached through the tunnel itself no longer answers. Its address stands in a
 * file of options beside the log.
 */
static void test_route_of_server(void **state) {
#define NO_ECHO                                            \
        PPPD("10:00:00", "Connect: ppp0 <--> /dev/pts/0")  \
        PPPD("10:00:02", "local  IP address 10.0.0.2")     \
        PPPD("10:01:00", "No response to 5 echo-requests") \
        PPPD("10:01:00", "Connection terminated.")
#define COMMAND "pty \"/usr/sbin/pptp 192.0.2.7 --nolaunchpppd\"\n"
#define TABLE "192.168.7.0/24 dev eth0 proto kernel scope link\ndefault via 192.168.7.1 dev eth0\n"

        check_text("NETC-05", "192.0.2.7 is 192.0.2.0/24 through ppp0",
                   NO_ECHO COMMAND TABLE "192.0.2.0/24 dev ppp0 scope link\n");
        check_text("LCP-02", NULL, NO_ECHO COMMAND TABLE "192.0.3.0/24 dev ppp0 scope link\n");
        check_text("LCP-02", NULL, NO_ECHO TABLE "192.0.2.0/24 dev ppp0 scope link\n");
}

/* pptp-linux itself closes the connection after an answer that it does not like. */
static void test_refused_start(void **state) {
#define GIVES_UP PPTP("10:00:00", "pptp_conn_close(2)") CLOSING END_OF_FILE
        static const Case cases[] = {
                { "CTL-04", NULL,
                  BEGUN START_ASKED PPTP("10:00:00", "Received Start Control Connection Reply")
                          GIVES_UP },
                { "CTL-03", NULL,
                  BEGUN START_ASKED PPTP("10:00:00", "Received Start Control Connection Reply")
                          PPTP("10:00:00",
                               "Negative reply received to our Start Control "
                               "Connection Request")
                                  PPTP("10:00:00",
                                       "Reply result code is 4 'Requester is not "
                                       "Authorized'. Error code is 0") GIVES_UP },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check_text(cases[i].row, cases[i].detail, cases[i].log);
}

/* Each way in which a shell cannot run the program of the option "pty". */
static void test_program_that_cannot_run(void **state) {
#define TERMINAL(text) \
        "Using interface ppp0\nConnect: ppp0 <--> /dev/pts/0\n" text "\nModem hangup\n"
        static const Case cases[] = {
                { "SYS-07", "chmod +x /usr/local/bin/pptp",
                  TERMINAL("sh: 1: /usr/local/bin/pptp: Permission denied") },
                { "SYS-07", "noexec", TERMINAL("sh: line 1: ./pptp: Permission denied") },
                { "SYS-07", "chmod +x", TERMINAL("sh: 1: exec: /opt/pptp: Permission denied") },
                { "SYS-07", "is a directory", TERMINAL("bash: line 1: /opt/pptp: Is a directory") },
                { "SYS-07", "chmod +x",
                  PPPD("10:00:00", "sh: /opt/pptp: Permission denied")
                          PPPD("10:00:00", "Modem hangup") },
                { "SYS-07", NULL,
                  PPPD("10:00:00",
                       "Script /opt/pptp vpn --nolaunchpppd finished (pid 7), "
                       "status = 0x7e") PPPD("10:00:00", "Modem hangup") },
                { "SYS-01", NULL,
                  PPPD("10:00:00",
                       "Script /usr/sbin/pptpp vpn --nolaunchpppd finished (pid 7), "
                       "status = 0x7f") PPPD("10:00:00", "Modem hangup") },
                { "SYS-01", "", TERMINAL("sh: 1: pptp: not found") },
                { "SYS-01", "", TERMINAL("sh: line 1: pptp: command not found") },
                { "SYS-01", "command -v pptp", TERMINAL("sh: 1: /opt/pptp: not found") },
                { "SYS-01", "command -v pptp",
                  TERMINAL("sh: line 1: /opt/pptp: No such file or directory") },
                { "SYS-01", "another processor",
                  TERMINAL("sh: line 1: /opt/pptp: cannot execute binary file: Exec format "
                           "error") },
                { "SYS-01", "another processor", TERMINAL("sh: 1: /opt/pptp: Exec format error") },
                { "SYS-01", "loader",
                  TERMINAL("sh: line 1: /opt/pptp: cannot execute: required file not found") },
                /* files that are named after what they are for */
                { "CFG-09", NULL,
                  "pppd: Can't open options file /etc/ppp/peers/pptp: Permission denied\n" },
                { "CFG-09", NULL,
                  "pppd: Can't open options file /etc/ppp/peers/pptp: No such file or "
                  "directory\n" },
                { "LCP-03", NULL, TERMINAL("sh: 1: cannot open /etc/pptp: Permission denied") },
                { "LCP-03", NULL,
                  PPPD("10:00:00", "Script /etc/ppp/ip-up finished (pid 7), status = 0x7e")
                          PPPD("10:00:00", "Modem hangup") },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check_text(cases[i].row, cases[i].detail, cases[i].log);
}

/* pptp-linux crashes because the control connection breaks, and pppd hangs up because of that. */
static void test_crash_of_pptp(void **state) {
#define CALLED BEGUN START_ASKED START_ANSWERED CALL_ASKED CALL_ANSWERED
#define UP PPPD("10:00:02", "local  IP address 10.0.0.2")
#define CRASHED(name)                                                                           \
        "Mar  3 10:05:00 h kernel: " name                                                       \
        "[6]: segfault at 555555566 ip 00007ffff7e70f0a sp 00007fffffffd460 error 4 in libc.so" \
        "\n"
#define HANGUP PPPD("10:05:00", "Modem hangup") PPPD("10:05:00", "Connection terminated.")
#define LATE_RESET PPTP("10:05:00", "read error: Connection reset by peer")
#define LATE_END PPTP("10:05:00", "read returned zero, peer has closed")
        static const Case cases[] = {
                /* the lines of three programs, in each order in which a journal has them */
                { "CTL-16", "a consequence", CALLED UP CRASHED("pptpcm") LATE_RESET HANGUP },
                { "CTL-16", "a consequence", CALLED UP LATE_RESET CRASHED("pptpcm") HANGUP },
                { "CTL-16", "a consequence", CALLED UP HANGUP CRASHED("pptpcm") LATE_RESET },
                { "CTL-16", "a consequence", CALLED UP HANGUP LATE_RESET CRASHED("pptp") },
                { "CTL-16", "a consequence", CALLED UP LATE_END CRASHED("pptpcm") HANGUP },
                { "CTL-16", "", CALLED UP HANGUP LATE_RESET },
                { "CTL-10", "a consequence",
                  CALLED UP PPTP("10:05:00", "closing control connection due to missing echo reply")
                          CRASHED("pptpcm") HANGUP },
                { "CTL-13", "a consequence",
                  BEGUN START_ASKED LCP_GIVES_UP CLOSING PPTP(
                          "10:02:00", "read error: Bad file descriptor") CRASHED("pptpcm") },
                /* nothing of the connection went before, or another program crashed */
                { "PPPD-02", "pptpcm", CALLED UP CRASHED("pptpcm") HANGUP },
                { "PPPD-02", "pptpgw", CALLED UP CRASHED("pptpgw") LATE_RESET HANGUP },
                { "PPPD-02", "pppd", CALLED UP CRASHED("pppd") LATE_RESET },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check_text(cases[i].row, cases[i].detail, cases[i].log);
}

/* What a terminal and the system's log tell of one attempt, pasted one below the other. */
static void test_terminal_and_log(void **state) {
#define REQUEST(magic) "sent [LCP ConfReq id=0x1 <asyncmap 0x0> <magic 0x" magic "> <pcomp>]"
#define TIMEOUT "LCP: timeout sending Config-Requests"
#define OPENED "Using interface ppp0\nConnect: ppp0 <--> /dev/pts/0\n"
#define GIVEN_UP TIMEOUT "\nConnection terminated.\nModem hangup\n"
#define PACKETS(magic) \
        REQUEST(magic) "\n" REQUEST(magic) "\n" REQUEST(magic) "\n" REQUEST(magic) "\n"
#define LOGGED(magic) \
        BEGUN PPPD("10:00:01", REQUEST(magic)) PPPD("10:00:04", REQUEST(magic)) LCP_GIVES_UP
#define REFUSED                                                                        \
        "anon warn[open_inetsock:pptp_callmgr.c:352]: connect: Connection timed out\n" \
        "anon fatal[callmgr_main:pptp_callmgr.c:134]: Could not open control connection to h\n"
        static const struct {
                const char *row;
                size_t n_attempts;
                const char *log;
        } cases[] = {
                /* pptp-linux writes last, and to the terminal */
                { "NET-06", 1, OPENED PACKETS("41") GIVEN_UP LOGGED("41") REFUSED },
                { "NET-06", 1, LOGGED("41") OPENED PACKETS("41") GIVEN_UP },
                { "NET-06", 1, OPENED GIVEN_UP BEGUN LCP_GIVES_UP REFUSED },
                { "CTL-13", 1, OPENED GIVEN_UP BEGUN START_ASKED LCP_GIVES_UP },
                { "NET-06", 1, LOGGED("41") REFUSED },
                { "NET-06", 1, LCP_GIVES_UP REFUSED },
                /* each failed for a reason of its own */
                { "NET-06", 2, OPENED PACKETS("42") GIVEN_UP LOGGED("41") },
                { "NET-06", 2, LOGGED("41") REFUSED REFUSED },
        };
        LogDiagnosis d;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                check_text(cases[i].row, NULL, cases[i].log);
                assert_int_equal(log_diagnosis_read(cases[i].log, strlen(cases[i].log), &d), 0);
                if (d.n_attempts != cases[i].n_attempts)
                        fail_msg("%zu attempts in\n%s", d.n_attempts, cases[i].log);
                log_diagnosis_done(&d);
        }
}

/* tcpdump shows that the server's GRE comes from another address than was called. */
static void test_answer_of_other_address(void **state) {
#define GRE(from, to) \
        "10:00:03.1 IP " from " > " to ": GREv1, call 1, seq 1, length 40: LCP, Conf-Request\n"
#define SCCRQ \
        "10:00:00.1 IP one.40000 > two.1723: Flags [P.], length 156: pptp CTRL_MSGTYPE=SCCRQ\n"
#define OUT GRE("one", "two") GRE("one", "two") GRE("one", "two") GRE("one", "two")
#define LOST_GRE CALLED LCP_GIVES_UP
        static const Case cases[] = {
                { "GRE-11", "GRE to two, and tcpdump shows what comes from nine",
                  LOST_GRE SCCRQ GRE("one", "two") GRE("nine", "one") OUT },
                /* the server is the first to send */
                { "GRE-11", "GRE to two, and tcpdump shows what comes from nine",
                  LOST_GRE SCCRQ GRE("nine", "one") OUT },
                { "GRE-11", "what comes from nine", LOST_GRE OUT GRE("nine", "one") },
                { "GRE-11", "what comes from nine", SCCRQ OUT GRE("nine", "one") },
                /* a router shows each packet before and behind its NAT */
                { "GRE-01", NULL, LOST_GRE SCCRQ GRE("one", "two") GRE("wan", "two") OUT },
                /* another tunnel of this host's works */
                { "GRE-11", "GRE from one and from two",
                  LOST_GRE SCCRQ OUT GRE("two", "one") GRE("nine", "one") },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check_text(cases[i].row, cases[i].detail, cases[i].log);
}

/* The process of pptp-linux for GRE ends without a word when it cannot send. */
static void test_end_of_gre_process(void **state) {
#define UNHANDLED(time) PPTP(time, "Closing connection (unhandled)")
#define OF_NEXT "Mar  3 10:05:05 h pptp[8]: anon "
#define NO_NETWORK                                                                             \
        PPPD("10:05:05", "Using interface ppp0")                                               \
        PPPD("10:05:05", "Connect: ppp0 <--> /dev/pts/0")                                      \
        OF_NEXT "log[main:pptp.c:353]: The synchronous pptp option is NOT activated\n" OF_NEXT \
                "warn[pptp_gre_bind:pptp_gre.c:123]: connect: Network is unreachable\n" PPPD(  \
                        "10:05:05", "Modem hangup")
        static const char next[] = CALLED UP UNHANDLED("10:05:00") HANGUP NO_NETWORK;
        static const Case cases[] = {
                { "LCP-03", "own firewall", CALLED UP UNHANDLED("10:05:00") HANGUP },
                { "LCP-03", "own firewall", CALLED UP HANGUP UNHANDLED("10:05:00") },
                { "GRE-04", "refuses its first packet",
                  CALLED PPPD("10:00:01", "Modem hangup") PPPD("10:00:01", "Connection terminated.")
                          UNHANDLED("10:00:01") },
                /* pppd ended it */
                { "GRE-01", NULL, CALLED LCP_GIVES_UP UNHANDLED("10:00:31") },
                { "NET-04", NULL, next },
        };
        LogDiagnosis d;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check_text(cases[i].row, cases[i].detail, cases[i].log);

        assert_int_equal(log_diagnosis_read(next, strlen(next), &d), 0);
        assert_int_equal(d.n_attempts, 2);
        assert_string_equal(d.attempts[0].verdict.row->id, "LCP-03");
        assert_non_null(strstr(d.attempts[0].verdict.detail, "the network went away"));
        log_diagnosis_done(&d);
}

#define LINK_AGREED                                                       \
        "sent [LCP ConfReq id=0x1 <asyncmap 0x0> <magic 0x68699bb0>]\n"   \
        "rcvd [LCP ConfReq id=0x0 <auth chap MS-v2> <magic 0xf7e591a>]\n" \
        "sent [LCP ConfAck id=0x0 <auth chap MS-v2> <magic 0xf7e591a>]\n" \
        "rcvd [LCP ConfAck id=0x1 <asyncmap 0x0> <magic 0x68699bb0>]\n"
#define CHALLENGED                                                                          \
        "rcvd [CHAP Challenge id=0x0 <752efeec9ce211983acacf9d3d9044b2>, name = \"vpn\"]\n" \
        "sent [CHAP Response id=0x0 <00>, name = \"user\"]\n"
#define LET_IN "rcvd [CHAP Success id=0x0 \"S=0123456789012345678901234567890123456789\"]\n"

/* What the packets tell of a failure that has more than one reason. */
static void test_which_reason(void **state) {
#define TIMED_OUT                         \
        "CHAP authentication timed out\n" \
        "sent [LCP TermReq id=0x2 \"Failed to authenticate ourselves to peer\"]\n"
#define REJECTED(method)                                                                      \
        "rcvd [LCP ConfReq id=0x1 <auth " method "> <magic 0x1>]\nNo auth is possible\nsent " \
        "[LCP ConfRej id=0x1 <auth " method ">]\n"
#define MPPC(asked)                                            \
        "sent [CCP ConfReq id=0x1 <mppe " asked ">]\n"         \
        "rcvd [CCP ConfNak id=0x1 <mppe +H -M +S -L -D +C>]\n" \
        "sent [LCP TermReq id=0x2 \"MPPE required but peer negotiation failed\"]\n"
#define ENDED(words) "rcvd [LCP TermReq id=0x2 \"" words "\"]\n"
#define DEAD(sent)                                                                         \
        CALLED UP PPTP("10:02:02", "closing control connection due to missing echo reply") \
                PPPD("10:02:02", "Connect time 2.0 minutes.")                              \
                        PPPD("10:02:02", "Sent " sent " bytes, received 0 bytes.")
        static const Case cases[] = {
                { "AUTH-13", "no password was sent", LINK_AGREED TIMED_OUT },
                { "AUTH-13", "", LINK_AGREED CHALLENGED TIMED_OUT },
                { "AUTH-13", "", PPPD("10:00:00", "CHAP authentication timed out") },
                { "CFG-05", "\"refuse-mschap-v2\"", REJECTED("chap MS-v2") },
                { "CFG-05", "\"refuse-pap\"", REJECTED("pap") },
                { "MPPE-01", "exactly one strength",
                  LINK_AGREED CHALLENGED LET_IN MPPC("+H -M +S -L -D -C") },
                { "AUTH-19", "Only one session",
                  LINK_AGREED CHALLENGED LET_IN ENDED("Only one session per user allowed") },
                { "AUTH-04", "suspended",
                  LINK_AGREED CHALLENGED LET_IN ENDED("Your account is suspended") },
                /* of a protocol, and of the link */
                { "LCP-04", "MPPE disabled", LINK_AGREED CHALLENGED LET_IN ENDED("MPPE disabled") },
                { "LCP-04", "inactive", LINK_AGREED CHALLENGED LET_IN ENDED("link is inactive") },
                { "CTL-10", "Not one byte went into the tunnel", DEAD("0") },
                { "CTL-10", "routed into the tunnel", DEAD("612") },
                { "CFG-11", "mkdir -p /var/log/work",
                  "pppd: Can't open log file /var/log/work/a.log: No such file or directory\n" },
                { "CFG-11", "may not write in the directory /root",
                  "pppd: Can't open log file /root/a.log: Permission denied\n" },
        };
        static const char two[] = LINK_AGREED CHALLENGED LET_IN
                "sent [CCP ConfReq id=0x1 <mppe +H -M +S +L -D -C>]\n" MPPC("+H -M +S +L -D -C");
        LogDiagnosis d;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check_text(cases[i].row, cases[i].detail, cases[i].log);

        /* with two strengths asked for, one alone is the cure */
        assert_int_equal(log_diagnosis_read(two, strlen(two), &d), 0);
        assert_string_equal(d.attempts[0].verdict.row->id, "MPPE-01");
        assert_null(strstr(d.attempts[0].verdict.detail, "exactly"));
        log_diagnosis_done(&d);
}

/* Where only pppd speaks, it cannot be told whether the server answered on TCP. */
static void test_doubt_about_call(void **state) {
#define PLUGIN \
        PPPD("10:00:00", "Plugin pptp.so loaded.") PPPD("10:00:00", "PPTP plugin version 1.00")
#define DIALS PPPD("10:00:00", "Connect: ppp0 <--> /dev/pts/0")
#define DOUBT "first try TCP port 1723"
        static const Case cases[] = {
                { "GRE-01", DOUBT, DIALS LCP_GIVES_UP },
                { "GRE-01", DOUBT, OPENED PACKETS("41") GIVEN_UP },
        };
        /* there was a call, or tcpdump shows the server's answer */
        static const char *const certain[] = { LOST_GRE, PLUGIN DIALS LCP_GIVES_UP,
                                               DIALS LCP_GIVES_UP SCCRQ OUT };
        LogDiagnosis d;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check_text(cases[i].row, cases[i].detail, cases[i].log);

        for (size_t i = 0; i < ELEMENTSOF(certain); i++) {
                check_text("GRE-01", "", certain[i]);
                assert_int_equal(log_diagnosis_read(certain[i], strlen(certain[i]), &d), 0);
                assert_null(strstr(d.attempts[0].verdict.detail, DOUBT));
                log_diagnosis_done(&d);
        }
}

/* A log of pptp-linux without a line of pppd. */
static void test_pptp_alone(void **state) {
#define STARTED PPTP("10:00:00", "The synchronous pptp option is NOT activated")
#define CALL START_ASKED START_ANSWERED CALL_ASKED CALL_ANSWERED
#define NO_WAY                                                                                     \
        STARTED                                                                                    \
        "Mar  3 10:00:00 h pptp[6]: anon warn[pptp_gre_bind:pptp_gre.c:123]: connect: Network is " \
        "unreachable\nMar  3 10:00:00 h pptp[6]: anon fatal[main:pptp.c:360]: Cannot bind GRE "    \
        "socket, aborting.\n"
        static const Case cases[] = {
                /* a tunnel that was up for as long as programs wait in vain for one */
                { "CTL-16", NULL,
                  STARTED CALL PPTP("10:01:01", "read error: Connection reset by peer")
                          PPTP("10:01:01", "Closing connection (shutdown)") },
                { NULL, NULL, STARTED CALL UNHANDLED("10:00:31") },
                { "GRE-01", "stood for",
                  STARTED CALL PPTP("10:00:31",
                                    "short read (-1): "
                                    "Input/output error") UNHANDLED("10:00:31") },
                /* what an attempt failed by is not the next one's failure */
                { "NET-04", NULL, NO_WAY NO_WAY },
                { NULL, NULL, NO_WAY NO_WAY STARTED CALL UNHANDLED("10:00:31") },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check_text(cases[i].row, cases[i].detail, cases[i].log);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_unanswered),
                cmocka_unit_test(test_address_unresolved),
                cmocka_unit_test(test_route_of_server),
                cmocka_unit_test(test_refused_start),
                cmocka_unit_test(test_program_that_cannot_run),
                cmocka_unit_test(test_crash_of_pptp),
                cmocka_unit_test(test_terminal_and_log),
                cmocka_unit_test(test_answer_of_other_address),
                cmocka_unit_test(test_end_of_gre_process),
                cmocka_unit_test(test_which_reason),
                cmocka_unit_test(test_doubt_about_call),
                cmocka_unit_test(test_pptp_alone),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
