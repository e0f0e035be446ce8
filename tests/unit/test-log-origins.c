/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Which of an attempt's messages is the cause, where others say the same of many failures, and
 * which lines are of one attempt.
 */

#include "test.h"

#include <string.h>

#include "core/base/macros.h"
#include "core/diagnosis/catalogue.h"
#include "core/explain/log-diagnosis.h"

#define AT(time, text) "Mar  3 10:0" time " h pppd[5]: " text "\n"
/* The process that carries GRE, and those for the control connection. */
#define PTP(time, text) "Mar  3 10:0" time " h pptp[7]: anon log[main:pptp.c:1]: " text "\n"
#define CM(pid, time, text) \
        "Mar  3 10:0" time " h pptp[" pid "]: anon log[x:pptp_ctrl.c:1]: " text "\n"
#define BEGUN                                           \
        AT("0:00", "pppd 2.4.9 started by root, uid 0") \
        AT("0:00", "Using interface ppp0")              \
        AT("0:00", "Connect: ppp0 <--> /dev/pts/1")     \
        PTP("0:00", "The synchronous pptp option is NOT activated")
#define ASKED(pid, time) \
        CM(pid, time, "Sent control packet type is 1 'Start-Control-Connection-Request'")
#define ANSWERED(pid, time) CM(pid, time, "Received Start Control Connection Reply")
#define CALLED(pid, time)                               \
        ASKED(pid, time)                                \
        ANSWERED(pid, time)                             \
        CM(pid, time, "Client connection established.") \
        CM(pid, time, "Sent control packet type is 7 'Outgoing-Call-Request'")
#define MADE(pid, time) CM(pid, time, "Outgoing call established (call ID 7, peer's call ID 0).")
#define THREE_TRIES(time)                                         \
        PTP(time, "Could not launch call manager after 3 tries.") \
        AT(time, "Modem hangup") AT(time, "Connection terminated.") AT(time, "Exit.")
#define IMPATIENT                                          \
        AT("0:31", "LCP: timeout sending Config-Requests") \
        AT("0:31", "Connection terminated.") AT("0:31", "Modem hangup") AT("0:36", "Exit.")
#define UP                                          \
        AT("0:01", "CHAP authentication succeeded") \
        AT("0:01", "local  IP address 10.0.0.2") AT("0:01", "remote IP address 10.0.0.1")

#define IP_DOWN AT("2:01", "Connect time 2.0 minutes.") AT("2:01", "Connection terminated.")

typedef struct CauseCase {
        const char *row;    /* NULL: none */
        const char *detail; /* a part of it, or NULL */
        const char *proof;  /* a part of the first line that is shown, or NULL */
        const char *log;
} CauseCase;

static void check(const CauseCase *cases, size_t n_cases) {
        for (size_t i = 0; i < n_cases; i++) {
                const CauseCase *c = &cases[i];
                const LogAttempt *a;
                const char *row;
                LogDiagnosis d;

                assert_int_equal(log_diagnosis_read(c->log, strlen(c->log), &d), 0);
                if (d.n_attempts != 1)
                        fail_msg("%zu attempts in\n%s", d.n_attempts, c->log);
                a = &d.attempts[0];
                row = a->verdict.row ? a->verdict.row->id : "none";
                if (strcmp(row, c->row ?: "none") != 0 ||
                    (c->detail && !strstr(a->verdict.detail, c->detail)) ||
                    (c->proof && (a->n_evidence == 0 || !strstr(a->evidence[0].text, c->proof))))
                        fail_msg("%s (%s), by \"%s\", of\n%s", row, a->verdict.detail,
                                 a->n_evidence > 0 ? a->evidence[0].text : "", c->log);
                log_diagnosis_done(&d);
        }
}

/* pptp-linux tries three times, and says in the end only that it did. */
static void test_control_connection(void **state) {
        static const CauseCase cases[] = {
                { "CTL-05", NULL, NULL,
                  BEGUN CM("8", "0:01", "write error: Connection reset by peer")
                          CM("8", "0:01", "Could not open connection.")
                                  CM("9", "0:02", "write error: Connection reset by peer")
                                          CM("9", "0:02", "Could not open connection.")
                                                  THREE_TRIES("0:03") },
                { "CTL-05", NULL, "read error",
                  BEGUN ASKED("8", "0:01") CM("8", "0:01", "read error: Connection reset by peer")
                          ASKED("9", "0:02") CM("9", "0:02", "read error: Connection reset by peer")
                                  THREE_TRIES("0:03") },
                { "CTL-04", NULL, "pptp_conn_close(2)",
                  BEGUN ASKED("8", "0:01") ANSWERED("8", "0:01")
                          CM("8", "0:01", "pptp_conn_close(2)")
                                  CM("8", "0:01", "Closing PPTP connection")
                                          CM("8", "0:01", "read returned zero, peer has closed")
                                                  ASKED("9", "0:02") ANSWERED("9", "0:02")
                                                          CM("9", "0:02", "pptp_conn_close(2)")
                                                                  THREE_TRIES("0:03") },
                { "CTL-01", NULL, "Negative reply",
                  BEGUN ASKED("8", "0:01") ANSWERED("8", "0:01")
                          CM("8", "0:01",
                             "Negative reply received to our Start Control Connection Request")
                                  CM("8", "0:01", "pptp_conn_close(2)") THREE_TRIES("0:02") },
                { "CTL-17", NULL, "already running",
                  BEGUN CM("8", "0:01", "Call manager for 192.0.2.1 is already running.")
                          THREE_TRIES("0:03") },
                { "CTL-12", NULL, "3 tries",
                  PTP("0:03", "Could not launch call manager after 3 tries.") },
                /* the server falls silent, pppd gives up first, and pptp-linux asks once more */
                { "CTL-13", NULL, "Start-Control",
                  BEGUN ASKED("8", "0:01") IMPATIENT CM("8", "1:01", "Closing PPTP connection") CM(
                          "8", "1:01", "read returned zero, peer has closed") ASKED("9", "1:02") },
                { "CTL-08", NULL, "Outgoing-Call-Request",
                  BEGUN CALLED("8", "0:01") IMPATIENT CM("8", "1:01", "Echo Reply received.")
                          CM("8", "2:01", "Closing connection (call state)") },
                { "NET-06", NULL, "timed out",
                  BEGUN IMPATIENT CM("8", "2:10", "connect: Connection timed out")
                          CM("8", "2:10", "Could not open control connection to 192.0.2.1") },
                /* without pppd's lines: a call that stood for minutes had PPP */
                { "CTL-16", "the call stood for 150 s", NULL,
                  CALLED("8", "0:00") MADE("8", "0:00") CM("8", "1:00", "Echo Reply received.")
                          CM("8", "2:30", "read returned zero, peer has closed")
                                  CM("8", "2:30", "Closing connection (shutdown)") },
                { "GRE-01", NULL, NULL,
                  CALLED("8", "0:00") MADE("8", "0:00")
                          CM("8", "0:31", "read returned zero, peer has closed")
                                  CM("8", "0:31", "Closing connection (shutdown)") },
                /* its process for the control connection crashes when that has ended */
                { "CTL-16", NULL, "read error",
                  BEGUN CALLED("8", "0:01") MADE("8", "0:01") UP
                  "Mar  3 10:02:00 h kernel: pptpcm[8]: segfault at 5 ip 7 sp 9 error 4\n" CM(
                          "8", "2:00", "read error: Connection reset by peer")
                          AT("2:00", "Modem hangup") AT("2:00", "Exit.") },
                { "PPPD-02", "pptpcm", NULL,
                  BEGUN CALLED("8", "0:01") MADE("8", "0:01") UP
                  "Mar  3 10:02:00 h kernel: pptpcm[8]: segfault at 5 ip 7 sp 9 error 4\n" AT(
                          "2:00", "Modem hangup") AT("2:00", "Exit.") },
        };

        check(cases, ELEMENTSOF(cases));
}

/* A policy of this host, or an option that is missing, beside what comes of it. */
static void test_causes_on_this_host(void **state) {
#define DENIED                                                                         \
        "type=AVC msg=audit(1700000000.221:418): avc:  denied  { create } for  pid=8 " \
        "comm=\"pptp\" scontext=s:r:pptp_t:s0 tcontext=s:r:pptp_t:s0 tclass=rawip_socket\n"
#define REFUSED PTP("0:01", "Cannot bind GRE socket, aborting.") AT("0:01", "Modem hangup")
        static const CauseCase cases[] = {
                { "SYS-07", "SELinux forbids \"{ create }\" on a rawip_socket",
                  "avc:", DENIED BEGUN REFUSED },
                { "SYS-07", "SELinux", "Cannot bind", BEGUN REFUSED DENIED },
                { "SYS-07", "AppArmor's profile \"/usr/sbin/pppd\"", NULL,
                  BEGUN
                  "Mar  3 10:00:01 h audit[5]: AVC apparmor=\"DENIED\" operation=\"create\" "
                  "profile=\"/usr/sbin/pppd\" pid=5 comm=\"pptp\" family=\"inet\"\n" REFUSED },
                { "SYS-06", NULL, NULL, BEGUN REFUSED },
                { "SYS-06", NULL, NULL,
                  "type=AVC msg=audit(1700000000.221:418): avc:  denied  { create } for  pid=8 "
                  "comm=\"httpd\" tclass=rawip_socket\n" BEGUN REFUSED },
                { "SYS-07", NULL, NULL, BEGUN PTP("0:01", "socket: Permission denied") REFUSED },
                { "SYS-06", NULL, NULL,
                  BEGUN PTP("0:01", "socket: Operation not permitted") REFUSED },
                /* this pppd's own kernel, and a pppd at the other end that repeats the words */
                { "SYS-04", NULL, "no support",
                  AT("0:01", "MPPE required, but kernel has no support.") AT(
                          "0:01", "sent [LCP TermReq id=0x2 \"MPPE required but not available\"]")
                          AT("0:01",
                             "rcvd [LCP TermReq id=0x2 \"MPPE required but not "
                             "available\"]") AT("0:01", "Connection terminated.") },
                /* pptp-linux becomes a pppd, under its own process number */
                { "CFG-13", "--nolaunchpppd", NULL,
                  BEGUN CALLED("8", "0:01")
                          MADE("8", "0:01") "Mar  3 10:00:01 h pppd[7]: The remote system is required to authenticate itself\n" AT(
                                  "0:03", "Modem hangup") AT("0:03", "Exit.") },
                { "CFG-13", "--nolaunchpppd", "Script pptp",
                  BEGUN CALLED("8", "0:01") MADE("8", "0:01")
                          AT("0:01", "Script pptp vpn.example.com finished (pid 6), status = 0x1")
                                  AT("0:03", "Modem hangup") },
                { "SYS-06", NULL, "bash:",
                  "joe@h:~$ /usr/sbin/pppd call work\nbash: /usr/sbin/pppd: Permission denied\n" },
                { "CFG-09", NULL, NULL,
                  "root@h:~# pon wrok\nThe file /etc/ppp/peers/wrok does not exist. Please create "
                  "it or use\na command line argument to use another file in the /etc/ppp/peers/ "
                  "directory.\n" },
                /* the name is known, and has an IPv6 address only */
                { "NET-02", NULL, NULL,
                  BEGUN PTP("0:01", "getaddrinfo(): No address associated with hostname")
                          AT("0:01", "Modem hangup") },
                { "LCP-03", NULL, NULL,
                  BEGUN AT("0:01",
                           "Script /usr/sbin/pptp vpn --nolaunchpppd finished (pid 6), status = "
                           "0x0") AT("0:03", "Modem hangup") },
        };

        check(cases, ELEMENTSOF(cases));
}

/* A peer that has the server's own address, to which a host route leads outside of the tunnel. */
static void test_address_of_server_inside(void **state) {
#define TABLE "192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.1\n"
#define LINK                                                                                       \
        BEGUN AT("0:01", "CHAP authentication succeeded") AT("0:01", "local  IP address 10.0.0.2") \
                AT("0:01", "remote IP address 192.0.2.2")
        static const CauseCase cases[] = {
                { NULL, NULL, NULL, LINK TABLE "192.0.2.2 dev eth0 scope link src 192.0.2.1\n" },
                { "NETC-06", NULL, NULL, LINK TABLE },
        };

        check(cases, ELEMENTSOF(cases));
}

/* The client says 742 of the server, and a server says it of the client. */
static void test_windows(void **state) {
        static const CauseCase cases[] = {
                { "MPPE-09", "742", "Remote Access error 742",
                  "C:\\> rasdial office user *\nRemote Access error 742 - The remote computer does "
                  "not support the required data encryption type.\nFor more help on this error:\n"
                  "        In help, click Troubleshooting, then Error Messages, then 742\n" },
                { "MPPE-11", "742", NULL, "LCP terminated by peer (^O;^A/^@<M-Mt^@^@^BM-f)\n" },
                { "MPPE-05", "MS-CHAPv2", NULL,
                  "Error 734: The PPP link control protocol was terminated.\n" },
                { "LCP-04", "GRE", NULL,
                  "The VPN says Error 629: the connection was closed by the remote computer.\n" },
                { "AUTH-02", "permission", NULL,
                  "CoId={00000000-0000-0000-0000-000000000001}: The user x dialed a connection "
                  "named office which has failed. The error code returned on failure is 649.\n" },
        };

        check(cases, ELEMENTSOF(cases));
}

/* What a log without packets cannot tell, and where to look. */
static void test_hidden_causes(void **state) {
        static const CauseCase cases[] = {
                { "MPPE-05", "chap-secrets", NULL,
                  BEGUN CALLED("8", "0:01") MADE("8", "0:01") AT(
                          "0:01", "MPPE required, but MS-CHAP[v2] nor EAP-TLS auth are performed.")
                          AT("0:01", "Connection terminated.") },
                { "AUTH-07", "E=646", NULL,
                  BEGUN AT("0:01", "MS-CHAP authentication failed: Authentication failure")
                          AT("0:01", "CHAP authentication failed") },
                { "AUTH-07", "\"Access denied\"", NULL,
                  BEGUN AT("0:01", "MS-CHAP authentication failed: Access denied") },
                /* pppd goes on about packets that come too late, without the time of a log */
                { "MPPE-05", NULL, NULL,
                  "Using interface ppp0\nConnect: ppp0 <--> /dev/pts/0\n"
                  "sent [LCP ConfReq id=0x1 <magic 0x1>]\n"
                  "rcvd [LCP ConfReq id=0x1 <magic 0x2>]\nsent [LCP ConfAck id=0x1 <magic 0x2>]\n"
                  "rcvd [LCP ConfAck id=0x1 <magic 0x1>]\n"
                  "MPPE required, but MS-CHAP[v2] nor EAP-TLS auth are performed.\n"
                  "sent [LCP TermReq id=0x2 \"MPPE required but not available\"]\n"
                  "rcvd [CCP ConfReq id=0x1 <bsd v1 15>]\n"
                  "Discarded non-LCP packet when LCP not open\n"
                  "rcvd [IPCP ConfReq id=0x1 <addr 10.0.0.1>]\n"
                  "Discarded non-LCP packet when LCP not open\n"
                  "rcvd [LCP TermAck id=0x2]\nConnection terminated.\n" },
        };

        check(cases, ELEMENTSOF(cases));
}

/* What does not fit any more is left out, and no sentence is cut. */
static void test_whole_sentences(void **state) {
        static const CauseCase cases[] = {
                { "LCP-02", "lcp-echo-interval 0", NULL,
                  BEGUN CALLED("8", "0:01") MADE("8", "0:01")
                          UP CM("8", "2:00", "Echo Reply received.")
                                  AT("2:01", "No response to 4 echo-requests")
                                          IP_DOWN AT("2:01", "Exit.") },
        };

        check(cases, ELEMENTSOF(cases));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_control_connection),
                cmocka_unit_test(test_causes_on_this_host),
                cmocka_unit_test(test_address_of_server_inside),
                cmocka_unit_test(test_windows),
                cmocka_unit_test(test_hidden_causes),
                cmocka_unit_test(test_whole_sentences),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
