/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The messages with which the programs that dial report a failure, one by one, as their sources
 * have them: each alone has to be recognised, in a line of its program.
 */

#include "test.h"

#include <stdio.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/explain/log-diagnosis.h"

/* What stands before and behind the message in each program's log. */
static const char *const frames[] = {
        ['p'] = "Mar  3 10:00:00 h pppd[5]: pppd 2.5.0 started by root, uid 0\n"
                "Mar  3 10:00:01 h pppd[5]: %s\n"
                "Mar  3 10:00:01 h pppd[5]: Exit.\n",
        ['k'] = "Mar  3 10:00:00 pppd[5] pppd 2.4.4-4 started by root, uid 0\n"
                "Mar  3 10:00:30 pppd[5] %s\n"
                "Mar  3 10:00:30 pppd[5] Exit.\n",
        ['t'] = "Mar  3 10:00:00 h pppd[5]: Using interface ppp0\n"
                "Mar  3 10:00:00 h pppd[5]: Connect: ppp0 <--> /dev/pts/1\n"
                "Mar  3 10:00:01 h pptp[6]: anon warn[open_inetsock:pptp_callmgr.c:329]: %s\n"
                "Mar  3 10:00:01 h pppd[5]: Modem hangup\n"
                "Mar  3 10:00:01 h pppd[5]: Exit.\n",
        ['n'] = "Mar  3 10:00:00 h NetworkManager[4]: <info>  [1.1] vpn-connection[0x5,a-b,\"v\",0]: "
                "Started the VPN service, PID 7\n"
                "Mar  3 10:00:01 h nm-pptp-service[7]: nm-pptp[7] <warn>  %s\n"
                "Mar  3 10:00:02 h NetworkManager[4]: <warn>  [2.0] vpn-connection[0x5,a-b,\"v\",0]: "
                "VPN plugin: failed: connect-failed (1)\n",
        ['c'] = "Mar  3 10:00:00 h NetworkManager[4]: <info>  Starting VPN service "
                "'org.freedesktop.NetworkManager.pptp'...\n"
                "Mar  3 10:00:01 h NetworkManager[4]: <WARN>  VPN connection 'work' failed to connect: "
                "'%s'.\n",
        ['a'] = "Tue Mar  3 10:00:00 2026 : PPTP connection established.\n"
                "Tue Mar  3 10:00:01 2026 : %s\n"
                "Tue Mar  3 10:00:01 2026 : PPTP disconnected\n",
        ['m'] = "Mar  3 10:00:00 h mpd: [L1] Link: OPEN event\n"
                "Mar  3 10:00:01 h mpd: [L1] %s\n"
                "Mar  3 10:00:01 h mpd: [L1] Link: DOWN event\n",
};

static const struct {
        char program;
        const char *row, *text;
} messages[] = {
        /* pppd: its options, and what it needs of the host */
        { 'p', "CFG-01", "In file /etc/ppp/options: unrecognized option 'mppe'" },
        { 'p', "CFG-09", "Can't open options file /etc/ppp/peers/Work: No such file or directory" },
        { 'p', "CFG-11", "too few parameters for option user" },
        { 'p', "CFG-11", "invalid numeric parameter 'x' for mtu option" },
        { 'p', "CFG-11", "bad local IP address 10.0.0.300" },
        { 'p', "CFG-11", "error in pass-filter expression: syntax error" },
        { 'p', "CFG-11", "plugin.so has no initialization entry point" },
        { 'p', "CFG-11", "call option value may not contain .. or start with /" },
        { 'p', "CFG-12", "pty option precludes specifying device name" },
        { 'p', "CFG-12", "notty option precludes specifying device name" },
        { 'p', "CFG-12", "socket option precludes specifying device name" },
        { 'p', "CFG-12", "pty option is incompatible with notty option" },
        { 'p', "CFG-12", "socket option is incompatible with pty and notty" },
        { 'p', "CFG-12", "demand-dialling is incompatible with notty" },
        { 'p', "CFG-12", "connect script is required for demand-dialling" },
        { 'p', "CFG-12", "mtu option set in /etc/ppp/options cannot be overridden" },
        { 'p', "CFG-12", "plugin option cannot be changed after initialization" },
        { 'p', "CFG-03", "Can't safely use /etc/ppp because it is group or other writable" },
        { 'p', "CFG-05", "No CHAP secret found for authenticating us to vpn" },
        { 'p', "CFG-05", "No secret found for PAP login" },
        { 'p', "CFG-08", "Can't open chap secret file /etc/ppp/chap-secrets: Permission denied" },
        { 'p', "CFG-08", "Can't open PAP password file /etc/ppp/pap-secrets: Permission denied" },
        { 'p', "PPPD-06", "Couldn't load plugin pptp.so" },
        { 'p', "SYS-02", "Couldn't open the /dev/ppp device: No such file or directory" },
        { 'p', "SYS-02", "Couldn't open /dev/ppp: No such file or directory" },
        { 'p', "SYS-03", "Couldn't set tty to PPP discipline: Invalid argument" },
        { 'p', "SYS-04", "MPPE required, but kernel has no support." },
        { 'p', "SYS-06", "Couldn't open /dev/ppp: Operation not permitted" },
        { 'p', "SYS-06", "using the noauth option requires root privilege" },
        { 'p', "SYS-06", "the name option may not be changed in /etc/ppp/peers/work" },
        { 'p', "SYS-06", "/usr/sbin/pppd must be run as root or with CAP_NET_ADMIN" },
        { 'p', "SYS-08", "Couldn't rename interface ppp0 to vpn: File exists" },
        /* pppd: the negotiation */
        { 'p', "GRE-01", "LCP: timeout sending Config-Requests" },
        { 'p', "LCP-01", "Serial line is looped back." },
        { 'p', "LCP-06", "peer refused to authenticate: terminating link" },
        { 'p', "AUTH-07", "CHAP authentication failed" },
        { 'p', "AUTH-13", "CHAP authentication timed out" },
        { 'p', "AUTH-13", "No response to PAP authenticate-requests" },
        { 'p', "AUTH-13", "EAP: timeout waiting for Request from peer" },
        { 'p', "AUTH-14", "PAP authentication failed" },
        { 'p', "AUTH-08", "MS-CHAPv2 mutual authentication failed." },
        { 'p', "AUTH-09", "MS-CHAPv2 Success packet is badly formed." },
        { 'p', "AUTH-10", "EAP: unknown authentication type 26; Naking" },
        { 'p', "AUTH-16", "Secret for anna on vpn is too long" },
        { 'p', "MPPE-05", "MPPE required, but MS-CHAP[v2] auth not performed." },
        { 'p', "MPPE-06", "MPPE required, but auth done in both directions." },
        { 'p', "MPPE-09", "MPPE required but peer refused" },
        { 'p', "MPPE-23", "MPPE required but peer negotiation failed" },
        { 'p', "IPCP-01", "Could not determine local IP address" },
        { 'p', "IPCP-03", "Peer is not authorized to use remote address 10.0.0.1" },
        { 'p', "LCP-02", "No response to 4 echo-requests" },
        { 'p', "PPPD-02", "Fatal signal 11" },
        /* pppd's plugin pptp.so of OpenWrt and others */
        { 'p', "NET-01", "PPTP: Unknown host vpn.example" },
        { 'p', "NET-04", "PPTP: connect failed (Network is unreachable)" },
        { 'p', "SYS-05", "PPTP: failed to create PPTP socket (Protocol not supported)" },
        /* pppd of macOS, with its own plugin */
        { 'p', "NET-01", "PPTP: Host 'vpn.example' not found..." },
        { 'p', "NET-03", "PPTP connect errno = 61 Connection refused" },
        { 'p', "NET-04", "PPTP connect errno = 51 Network is unreachable" },
        { 'p', "NET-06", "PPTP connect errno = 60 Operation timed out" },
        { 'p', "SYS-05", "Failed to open PPTP socket: Protocol not supported" },
        /* pptp-linux, with glibc */
        { 't', "NET-01", "gethostbyname 'vpn.example': HOST NOT FOUND" },
        { 't', "NET-01", "getaddrinfo(): Name or service not known" },
        { 't', "NET-02", "Host 'vpn.example' possesses no IPv4 address" },
        { 't', "NET-03", "connect: Connection refused" },
        { 't', "NET-04", "connect: Network is unreachable" },
        { 't', "NET-04", "connect: Network is down" },
        { 't', "NET-05", "connect: No route to host" },
        { 't', "NET-06", "connect: Connection timed out" },
        { 't', "SYS-06", "socket: Operation not permitted" },
        { 't', "SYS-06", "Cannot bind GRE socket, aborting." },
        { 't', "SYS-07", "connect: Permission denied" },
        { 't', "SYS-07", "connect: Operation not permitted" },
        { 't', "CTL-01", "Negative reply received to our Start Control Connection Request" },
        { 't', "CTL-05", "read returned zero, peer has closed" },
        { 't', "CTL-06", "12 bad bytes thrown away." },
        { 't', "CTL-09", "Call disconnect notification received (call id 5)" },
        { 't', "CTL-10", "closing control connection due to missing echo reply" },
        { 't', "CTL-14", "Received Stop Control Connection Request." },
        { 't', "CTL-16", "read error: Connection reset by peer" },
        { 't', "CTL-16", "read error: Network is unreachable" },
        { 't', "CTL-16", "write error: Broken pipe" },
        { 't', "CTL-16", "write error: Network is unreachable" },
        { 't', "CTL-17", "Call manager for 192.0.2.1 is already running." },
        { 't', "CTL-17", "bind: Address already in use" },
        { 't', "GRE-03", "short read (-1): Protocol not available" },
        { 't', "GRE-05", "short read (-1): Message too long" },
        /* pptp-linux with musl, which has words of its own for some errors (src/errno) */
        { 't', "NET-04", "connect: Network unreachable" },
        { 't', "NET-05", "connect: Host is unreachable" },
        { 't', "NET-06", "connect: Operation timed out" },
        { 't', "CTL-16", "read error: Operation timed out" },
        { 't', "CTL-17", "bind: Address in use" },
        { 't', "GRE-05", "short read (-1): Message too large" },
        /* NetworkManager's service */
        { 'n', "NET-01", "couldn't look up PPTP VPN gateway IP address 'vpn.example'" },
        { 'n', "NET-01", "no usable addresses returned for PPTP VPN gateway 'vpn.example'" },
        { 'n', "SYS-01", "Could not find the pppd binary." },
        { 'n', "SYS-01", "Could not find pptp client binary." },
        { 'n', "NM-01", "Looks like pppd didn't initialize our dbus module" },
        { 'n', "CFG-01", "pppd exited with error code 2" },
        { 'n', "AUTH-07", "pppd exited with error code 19" },
        { 'n', "PPPD-02", "pppd died with signal 11" },
        { 'n', "CFG-05", "Missing or invalid VPN password." },
        { 'n', "NM-07", "Invalid or missing PPTP gateway." },
        { 'n', "NM-07", "invalid gateway \xe2\x80\x9cgateway\xe2\x80\x9d" },
        { 'n', "NM-07", "invalid integer property \xe2\x80\x9clcp-echo-failure\xe2\x80\x9d" },
        { 'n', "NM-07", "property 'mppe' invalid or not supported" },
        { 'n', "NM-07", "No VPN configuration options." },
        { 'c', "NM-07", "invalid gateway 'gateway'" },
        { 'c', "NM-07", "invalid boolean property 'require-mppe' (not yes or no)" },
        { 'c', "NM-07", "Missing required option 'gateway'." },
        { 'c', "CFG-05", "No VPN secrets!" },
        /* Keenetic's pppd, which writes no colon behind its name */
        { 'k', "NET-06", "PPTP: connect: timed out (110)" },
        { 'k', "AUTH-07", "here are many words before CHAP authentication failed" },
        /* FreeBSD's mpd5 */
        { 'm', "GRE-01", "LCP: parameter negotiation failed" },
        { 'm', "AUTH-07", "LCP: authorization failed" },
        { 'm', "MPPE-23", "CCP: failed to negotiate required encryption" },
        { 'm', "MPPE-23", "CCP: encryption required, but it failed" },
        { 'm', "MPPE-10",
          "CCP: protocol was rejected by peer\n[B1] CCP: failed to negotiate required encryption" },
        /* macOS: the words behind its time are no names of programs */
        { 'a', "AUTH-01", "MS-CHAPv2 authentication failed: E=691 R=1" },
        { 'a', "AUTH-07", "some words failed: CHAP authentication failed" },
        { 'm', "IPCP-07", "IPCP: parameter negotiation failed" },
        { 'm', "LCP-02", "LCP: peer not responding to echo requests" },
};

static void test_failures_of_programs(void **state) {
        char log[1024];

        for (size_t i = 0; i < ELEMENTSOF(messages); i++) {
                const char *frame = frames[(unsigned char) messages[i].program], *row = "nothing";
                const char *place = strstr(frame, "%s");
                LogDiagnosis d;

                snprintf(log, sizeof(log), "%.*s%s%s", (int) (place - frame), frame,
                         messages[i].text, place + 2);
                assert_int_equal(log_diagnosis_read(log, strlen(log), &d), 0);
                for (size_t k = 0; k < d.n_attempts; k++)
                        if (d.attempts[k].verdict.row)
                                row = d.attempts[k].verdict.row->id;
                if (strcmp(row, messages[i].row) != 0)
                        fail_msg("\"%s\": %s expected, got %s", messages[i].text, messages[i].row,
                                 row);
                log_diagnosis_done(&d);
        }
}

/* What looks like such a failure, and is none. */
static void test_harmless_messages(void **state) {
        static const char *const texts[] = {
                "Warning: can't open options file /root/.ppprc: Permission denied",
                "Could not determine remote IP address: defaulting to 10.64.64.64",
                "Warning: couldn't open ppp database /var/run/pppd2.tdb",
                "Couldn't set up TCP header compression: Invalid argument",
                "not replacing existing default route via 192.0.2.1",
                /* a dialler that looks what this pppd can do */
                "no device specified and stdin is not a tty",
        };
        char log[512];

        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                LogDiagnosis d;

                snprintf(log, sizeof(log),
                         "Mar  3 10:00:00 h pppd[5]: Connect: ppp0 <--> /dev/pts/1\n"
                         "Mar  3 10:00:01 h pppd[5]: CHAP authentication succeeded\n"
                         "Mar  3 10:00:01 h pppd[5]: %s\n"
                         "Mar  3 10:00:01 h pppd[5]: local  IP address 10.0.0.2\n",
                         texts[i]);
                assert_int_equal(log_diagnosis_read(log, strlen(log), &d), 0);
                assert_int_equal(d.n_attempts, 1);
                if (d.attempts[0].verdict.row)
                        fail_msg("\"%s\" is taken for %s", texts[i], d.attempts[0].verdict.row->id);
                log_diagnosis_done(&d);
        }
}

#define PPPD(text) "Mar  3 10:00:01 h pppd[5]: " text "\n"
#define PPTP(text) "Mar  3 10:00:01 h pptp[6]: anon log[main:pptp.c:1]: " text "\n"
#define SYSTEMD(text) "Mar  3 10:00:01 h systemd[8711]: " text "\n"
#define BEGUN PPPD("pppd 2.5.2 started by root, uid 0") PPPD("Connect: ppp0 <--> /dev/pts/1")
#define END PPPD("Connection terminated.") PPPD("Exit.")

/* Of several messages, the one that ended the attempt counts. */
static void test_messages_in_turn(void **state) {
        static const struct {
                const char *row; /* NULL: none */
                const char *log;
        } cases[] = {
                /* pppd has no certificate, says so, and goes on with another method (its eap.c) */
                { "AUTH-01",
                  BEGUN PPPD("EAP-TLS: Cannot get secret/password for client \"a\", server \"\"")
                          PPPD("MS-CHAP authentication failed: E=691 Authentication failure") END },
                { "AUTH-07",
                  BEGUN PPPD("EAP-TLS: Cannot get secret/password for client \"a\", server \"\"")
                          PPPD("CHAP authentication failed") END },
                { "AUTH-01",
                  BEGUN PPPD("EAP: unknown authentication type 25; Naking")
                          PPPD("MS-CHAP authentication failed: E=691 Authentication failure") END },
                { "AUTH-20", BEGUN PPPD("EAP-TLS: Your certificate has expired!") END },
                { "AUTH-20",
                  BEGUN PPPD("rcvd [LCP ConfReq id=0x1 <auth eap> <magic 0x1020304>]")
                          PPPD("sent [LCP ConfAck id=0x1 <auth eap> <magic 0x1020304>]")
                                  PPPD("rcvd [EAP Request id=0x0 Identity <Message \"\">]")
                                          PPPD("EAP-TLS: Cannot load certificate /etc/ppp/a.pem")
                                                  PPPD("sent [LCP TermReq id=0x2 \"bye\"]") END },
                /* the packet with the refusal was left out */
                { "AUTH-07",
                  BEGUN PPPD(
                          "rcvd [CHAP Challenge id=0x0 <752efeec9ce211983acacf9d3d9044b2>, name = "
                          "\"v\"]") PPPD("sent [CHAP Response id=0x0 <752e>, name = \"user\"]")
                          PPPD("CHAP authentication failed")
                                  PPPD("sent [LCP TermReq id=0x2 \"bye\"]") END },
                /* a dialler looked what this pppd can do */
                { "NET-03",
                  "pppd: no device specified and stdin is not a tty\n" BEGUN PPTP(
                          "connect: Connection refused") PPPD("Modem hangup") END },
                { "CFG-15", "pppd: no device specified and stdin is not a tty\n" },
                /* why the connection was not made stands before the line that says so */
                { "NET-03",
                  BEGUN PPTP("connect: Connection refused")
                          PPTP("Could not open control connection to 192.0.2.1") END },
                /* encryption goes down, and then the link; or the reverse */
                { "MPPE-15", BEGUN PPPD("local  IP address 10.0.0.2") PPPD("MPPE disabled") END },
                { "LCP-04",
                  BEGUN PPPD("local  IP address 10.0.0.2")
                          PPPD("LCP terminated by peer (User request)") PPPD("MPPE disabled") END },
                /* a crash, and how pppd itself ends the program */
                { "PPPD-02",
                  BEGUN PPPD("Child process /usr/sbin/pptp h (pid 7) terminated with signal 11") },
                { NULL,
                  BEGUN PPPD("local  IP address 10.0.0.2")
                          PPPD("Child process /usr/sbin/pptp h (pid 7) terminated with signal 1") },
                { NULL,
                  BEGUN PPPD("local  IP address 10.0.0.2")
                          PPPD("Child process /etc/ppp/ip-up (pid 7) terminated with signal 11") },
                /* a route that is set back at the end, and one that a failure outweighs */
                { NULL,
                  BEGUN PPPD("local  IP address 10.0.0.2")
                          PPPD("restore default route ioctl(SIOCADDRT): File exists(17)") },
                { "LCP-02",
                  BEGUN PPPD("default route ioctl(SIOCADDRT): File exists")
                          PPPD("local  IP address 10.0.0.2") PPPD("No response to 4 echo-requests")
                                  END },
                /* "systemctl status" of a unit that runs pppd */
                { "AUTH-07",
                  "    Process: 4521 ExecStart=/usr/sbin/pppd call work nodetach nolog up_sdnotify "
                  "(code=exited, status=19)\n" },
                { "SYS-01",
                  "    Process: 4521 ExecStart=/usr/sbin/pppd call work nodetach (code=exited, "
                  "status=203/EXEC)\n" },
                { NULL,
                  "    Process: 4521 ExecStart=/bin/backup (code=exited, status=203/EXEC)\n" },
                { "SYS-01",
                  SYSTEMD("hq.service: Failed at step EXEC spawning /usr/bin/pppd: No such file or "
                          "directory") },
                { "SYS-01",
                  SYSTEMD("hq.service: Unable to locate executable '/usr/bin/pppd': No such") },
                { "SYS-07",
                  SYSTEMD("hq.service: Failed at step EXEC spawning /usr/sbin/pppd: Permission "
                          "denied") },
                { NULL,
                  SYSTEMD("hq.service: Failed at step EXEC spawning /bin/backup: No such file or "
                          "directory") },
                { NULL, SYSTEMD("hq.service: Failed to open /run/hq: Permission denied") },
                /* what shells say, and Debian's pon, before pppd runs */
                { "SYS-06", "joe@h:~$ pon work\nbash: /usr/bin/pon: Permission denied\n" },
                { "SYS-06", "-bash: /usr/sbin/pppd: Permission denied\n" },
                { "SYS-06", "sh: 1: pon: Permission denied\n" },
                { "SYS-06", "zsh: permission denied: pon\n" },
                { NULL, "bash: /usr/bin/weapon: Permission denied\n" },
                { "CFG-09",
                  "root@h:~# pon wrok\nThe file /etc/ppp/peers/wrok does not exist. Please create "
                  "it or use\na command line argument to use another file in the /etc/ppp/peers/ "
                  "directory.\n" },
                { NULL, "The file /etc/ppp/peers/work has these lines:\n" },
                { NULL, "    Process: 4521 ExecStart=/bin/backup (code=exited, status=19)\n" },
                { NULL,
                  "    Process: 4521 ExecStart=/usr/sbin/pppd call work (code=exited, "
                  "status=0/SUCCESS)\n" },
                /* words of others, or of people */
                { NULL, PPPD("Error mixing in radius secret for MS-MPPE-Send-Key attribute") },
                { NULL, "I read that the mtu value must be 1400, so that is what I wrote there\n" },
                { NULL, "backup: mail to root: fork failed\n" },
                { NULL, "Mar  3 10:00:01 h cron[9]: fork failed\n" },
                { NULL, "Mar  3 10:00:01 h backupd[9]: value must be >= 3\n" },
                { NULL, "Mar  3 10:00:01 h kernel: Out of memory. Killed process 7\n" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const char *row = NULL;
                LogDiagnosis d;

                assert_int_equal(log_diagnosis_read(cases[i].log, strlen(cases[i].log), &d), 0);
                for (size_t k = 0; k < d.n_attempts; k++)
                        if (d.attempts[k].verdict.row)
                                row = d.attempts[k].verdict.row->id;
                if (row != cases[i].row &&
                    (!row || !cases[i].row || strcmp(row, cases[i].row) != 0))
                        fail_msg("%s expected, got %s:\n%s", cases[i].row ?: "nothing",
                                 row ?: "nothing", cases[i].log);
                log_diagnosis_done(&d);
        }
}

/* How far it came, by what NetworkManager's plugin says of pppd's phases. */
static void test_phases(void **state) {
        static const struct {
                LogStage stage;
                const char *text;
        } cases[] = {
                { LOG_STAGE_BEGUN, "phasechange: status 5 / phase 'establish'" },
                { LOG_STAGE_LINK, "phasechange: status 6 / phase 'authenticate'" },
                { LOG_STAGE_ASKED, "passwd-hook: requesting credentials..." },
                { LOG_STAGE_AUTHENTICATED, "phasechange: status 8 / phase 'network'" },
                { LOG_STAGE_UP, "phasechange: status 9 / phase 'running'" },
                { LOG_STAGE_UP, "ip-up: event" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                LogDiagnosis d;
                char log[512];

                snprintf(log, sizeof(log),
                         BEGUN "Mar  3 10:00:01 h pppd[5]: nm-pptp[4] <info>  [helper-5] %s\n" END,
                         cases[i].text);
                assert_int_equal(log_diagnosis_read(log, strlen(log), &d), 0);
                assert_int_equal(d.n_attempts, 1);
                assert_int_equal(d.attempts[0].stage, cases[i].stage);
                log_diagnosis_done(&d);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_failures_of_programs),
                cmocka_unit_test(test_harmless_messages),
                cmocka_unit_test(test_messages_in_turn),
                cmocka_unit_test(test_phases),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
