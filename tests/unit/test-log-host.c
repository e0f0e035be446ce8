/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What the host around a VPN tells in its log: the kernel's firewall, RADIUS, NetworkManager, and
 * links that lose packets.
 */

#include "test.h"

#include <string.h>

#include "core/base/macros.h"
#include "core/explain/log-diagnosis.h"

#define HEAD "Mar  3 10:00:00 h "
#define PPPD(text) HEAD "pppd[6]: " text "\n"
#define PPTPD(time, text) "Mar  3 10:" time " h pptpd[5]: " text "\n"
#define KERNEL(text) HEAD "kernel: [ 100.000001] " text "\n"
#define NM_PPTP(text) HEAD "nm-pptp-service[8]: nm-pptp[8] <warn>  " text "\n"
#define NM(text) HEAD "NetworkManager[7]: " text "\n"

#define CALL PPTPD("00:00", "CTRL: Starting call (launching pppd, opening GRE)")
#define CAME_UP PPPD("pppd 2.4.9 started by root, uid 0") CALL PPPD("local  IP address 10.0.0.1")
#define PACKET "SRC=10.0.0.9 DST=192.0.2.80 LEN=52 TTL=127 ID=1 "
#define SYN "PROTO=TCP SPT=4000 DPT=1723 WINDOW=5840 RES=0x00 SYN URGP=0 "
#define RESET "rcvd [CCP ResetReq id=0x2]\nsent [CCP ResetAck id=0x2]\n"
#define ADDRESSES PPPD("CHAP authentication succeeded") PPPD("local  IP address 10.0.0.2")
/* The reason of Windows 778 behind its magic number, as some versions of pppd print it. */
#define WINDOWS_778                                                    \
        "rcvd [LCP TermReq id=0x5 \"t\\37777777715E\\37777777717\\000" \
        "<\\37777777715t\\000\\000\\003\\n\"]\n"

typedef struct Case {
        const char *id; /* of the last attempt; NULL: it has none */
        const char *detail;
        LogServerView view;
        const char *log;
} Case;

static void check(const Case *cases, size_t n_cases) {
        for (size_t i = 0; i < n_cases; i++) {
                const Case *c = &cases[i];
                const char *id = NULL, *detail = "";
                LogServerView view = 0;
                LogDiagnosis d;

                assert_int_equal(log_diagnosis_read(c->log, strlen(c->log), &d), 0);
                if (d.n_attempts > 0) {
                        const LogAttempt *a = &d.attempts[d.n_attempts - 1];

                        id = a->verdict.row ? a->verdict.row->id : NULL;
                        detail = a->verdict.detail;
                        view = a->view;
                }
                if (strcmp(id ? id : "", c->id ? c->id : "") != 0 || view != c->view)
                        fail_msg("case %zu: %s expected, got %s, view %d", i,
                                 c->id ? c->id : "nothing", id ? id : "nothing", (int) view);
                if (c->detail && !strstr(detail, c->detail))
                        fail_msg("case %zu: \"%s\" is not in \"%s\"", i, c->detail, detail);
                if (c->id)
                        assert_true(d.attempts[d.n_attempts - 1].n_evidence > 0);
                log_diagnosis_done(&d);
        }
}

static void test_firewall(void **state) {
        static const Case cases[] = {
                /* what keeps a client out, of this host or of one behind it */
                { .id = "SRV-31", .log = KERNEL("[UFW BLOCK] IN=eth0 OUT= MAC=00 " PACKET SYN) },
                { .id = "SRV-31", .log = KERNEL("FORWARD DROP: IN=eth0 OUT=eth1 " PACKET SYN) },
                /* what it lets in, sends itself, or has for another port */
                { .log = KERNEL("[UFW ALLOW] IN=eth0 OUT= " PACKET SYN) },
                { .log = KERNEL("[UFW BLOCK] IN= OUT=eth0 " PACKET SYN) },
                { .log = KERNEL("[UFW BLOCK] IN=eth0 OUT= " PACKET
                                "PROTO=TCP SPT=1 DPT=17230 SYN ") },
                { .log = KERNEL("[UFW BLOCK] IN=eth0 OUT= " PACKET "PROTO=UDP SPT=1 DPT=1723 ") },
                /* somebody who looks for open ports says nothing of a call of this host */
                { .id = "GRE-01",
                  .log = KERNEL("[UFW BLOCK] IN=eth0 OUT= " PACKET SYN)
                          PPPD("Connect: ppp0 <--> /dev/pts/1")
                                  PPPD("LCP: timeout sending Config-Requests") },
                /* what comes out of the tunnel, while the call lasts and after it */
                { .id = "SRV-32",
                  .log = CAME_UP KERNEL("Dropped by rule 7: IN=ppp0 OUT=eth1 " PACKET) },
                { .id = "SRV-32",
                  .log = CAME_UP KERNEL("FORWARD REJECT IN=ppp0 OUT=eth1 " PACKET)
                          PPPD("LCP terminated by peer (User request)") },
                /* a broadcast to this host itself; a rule that only counts; a client's tunnel */
                { .view = LOG_SERVER_VIEW_UP,
                  .log = CAME_UP KERNEL("DROP IN=ppp0 OUT= MAC= " PACKET) },
                { .view = LOG_SERVER_VIEW_UP,
                  .log = CAME_UP KERNEL("seen IN=ppp0 OUT=eth1 " PACKET) },
                { .log = ADDRESSES KERNEL("DROP IN=ppp0 OUT=eth1 " PACKET) },
                /* a helper that a rule names, and that the kernel does not have */
                { .id = "GRE-13", .log = "[   28.100000] xt_CT: No such helper \"pptp\"\n" },
                { .id = "GRE-13", .log = KERNEL("xt_CT: No such helper \"pptp\"") },
                { .log = KERNEL("xt_CT: No such helper \"irc\"") },
                /* it is not why a password was refused, nor of one that came up */
                { .id = "AUTH-07",
                  .log = KERNEL("xt_CT: No such helper \"pptp\"")
                          PPPD("CHAP authentication failed") },
                { .log = KERNEL("xt_CT: No such helper \"pptp\"") ADDRESSES },
        };

        check(cases, ELEMENTSOF(cases));
}

static void test_radius(void **state) {
        static const Case cases[] = {
                { .id = "SRV-29",
                  .log = "Sending Access-Accept of id 14 to 127.0.0.1 port 5000\n"
                         "        MS-MPPE-Encryption-Policy = 0x00000002\n" },
                { .id = "SRV-29",
                  .log = "(3) Sent Access-Accept Id 9 from 10.0.0.1:1812 to 10.0.0.2:5000 length 0\n" },
                { .id = "SRV-26",
                  .log = "Sending Access-Reject of id 14 to 127.0.0.1 port 5000\n" },
                /* a server that goes on has other news */
                { .view = LOG_SERVER_VIEW_UP,
                  .log = CALL "Sending Access-Accept of id 14 to 127.0.0.1 port 5000\n" CAME_UP },
                /* the question went out without what the answer depends on */
                { .id = "SRV-30",
                  .log = CALL PPPD("RADIUS plugin initialized.")
                          PPPD("rc_avpair_new: unknown attribute 60")
                                  PPPD("Peer anna failed CHAP authentication") },
                { .view = LOG_SERVER_VIEW_UP,
                  .log = CAME_UP PPPD("rc_avpair_new: unknown attribute 60") },
                { .id = "SRV-03",
                  .log = CALL PPPD("RADIUS plugin initialized.")
                          PPPD("Peer anna failed CHAP authentication") },
        };

        check(cases, ELEMENTSOF(cases));
}

static void test_servers(void **state) {
        static const Case cases[] = {
                /* a fork of pptpd that needs the kernel's PPTP */
                { .id = "SYS-05",
                  .log = PPTPD("00:00", "CTRL: Client 192.0.2.7 control connection started") PPTPD(
                          "00:00", "CTRL: failed to create PPTP socket (Protocol not supported)") },
                /* pppd does not know what its own end is to be called */
                { .id = "SRV-22",
                  .detail = "its own end",
                  .log = CALL PPPD("Connect: ppp0 <--> /dev/pts/1")
                          PPPD("peer from calling number 192.0.2.7 authorized")
                                  PPPD("MPPE 128-bit stateless compression enabled")
                                          PPPD("Could not determine local IP address")
                                                  PPPD("Connection terminated.") },
                /* or the client refuses what it is called */
                { .id = "SRV-22",
                  .detail = "the client did not accept this server's own address",
                  .log = CALL PPPD("Connect: ppp0 <--> /dev/pts/1")
                          PPPD("peer from calling number 192.0.2.7 authorized")
                                  PPPD("Peer refused to agree to our IP address")
                                          PPPD("Connection terminated.") },
                /* the time that pppd waits for an answer; and others */
                { .id = "SRV-19",
                  .detail = "half a minute",
                  .log = CALL PPTPD("00:30",
                                    "CTRL: PTY read or GRE write failed (pty,gre)=(6,7)") },
                { .id = "SRV-19",
                  .detail = "half a minute",
                  .log = CALL PPTPD("00:31",
                                    "CTRL: PTY read or GRE write failed (pty,gre)=(6,7)") },
                /* the address that it is to have belongs to another session */
                { .id = "SRV-34",
                  .log = HEAD
                  "accel-pppd[5]: pptp: new connection from 192.0.2.7\n" HEAD
                  "accel-pppd[5]: ppp0:anna: recv [LCP ConfAck id=1]\n" HEAD
                  "accel-pppd[5]: ppp0:anna: anna: authentication succeeded\n" HEAD
                  "accel-pppd[5]: ppp0:anna: ppp: requested IPv4 address already assigned to "
                  "ppp4\n" HEAD "accel-pppd[5]: ppp0:anna: disconnected\n" },
                /* the client did not believe the server */
                { .id = "SRV-33",
                  .log = "sent [LCP ConfReq id=0x1 <auth chap MS-v2> <magic 0x1>]\n"
                         "rcvd [LCP ConfAck id=0x1 <auth chap MS-v2> <magic 0x1>]\n"
                         "sent [CHAP Challenge id=0x3d <2677994165a303743af14a1d2416d00c>, name = "
                         "\"vpn\"]\n"
                         "rcvd [CHAP Response id=0x3d <00>, name = \"anna\"]\n"
                         "sent [CHAP Success id=0x3d \"S=A8AF M=Access granted\"]\n" WINDOWS_778 },
                /* the control connection went away, and nobody said goodbye in PPP */
                { .view = LOG_SERVER_VIEW_GONE,
                  .log = CALL PPPD("local  IP address 10.0.0.1")
                          PPTPD("01:00", "CTRL: EOF or bad error reading ctrl packet length.")
                                  PPPD("Terminating on signal 15") PPPD("Exit.") },
                { .view = LOG_SERVER_VIEW_CLIENT_LEFT,
                  .log = CALL PPPD("local  IP address 10.0.0.1")
                          PPPD("LCP terminated by peer (User request)") PPTPD(
                                  "01:00", "CTRL: EOF or bad error reading ctrl packet length.")
                                  PPPD("Terminating on signal 15") PPPD("Exit.") },
        };
        static const char quick[] =
                CALL PPTPD("00:20", "CTRL: PTY read or GRE write failed (pty,gre)=(6,7)");
        LogDiagnosis d;

        check(cases, ELEMENTSOF(cases));

        assert_int_equal(log_diagnosis_read(quick, strlen(quick), &d), 0);
        assert_null(strstr(d.attempts[0].verdict.detail, "half a minute"));
        log_diagnosis_done(&d);
}

/* What Windows says of an error, without its number, beside lines that tell nothing. */
static void test_words_of_windows(void **state) {
        static const Case cases[] = {
                { .id = "SRV-33",
                  .detail = "778",
                  .log = "The client says: It was not possible to verify the identity of the server.\n" },
                { .id = "MPPE-09",
                  .detail = "742",
                  .log = "The remote computer does not support the required data encryption type.\n" },
                { .id = "MPPE-11",
                  .detail = "741",
                  .log = "The local computer does not support the required data encryption "
                         "type.\n" },
                { .id = "NET-06",
                  .detail = "800",
                  .log = "The remote connection was not made because the attempted VPN tunnels "
                         "failed.\n" },
                /* Windows' own event log has the number */
                { .id = "SRV-33",
                  .detail = "778",
                  .log = "CoId={00000000-0000-0000-0000-000000000001}: The user x dialed a "
                         "connection named office which has failed. The error code returned on "
                         "failure is 778.\n" },
                /* a log that tells more */
                { .id = "GRE-01",
                  .log = "It was not possible to verify the identity of the server.\n" PPPD(
                          "Connect: ppp0 <--> /dev/pts/1")
                          PPPD("LCP: timeout sending Config-Requests") },
                /* another program's */
                { .log = HEAD "browser[3]: not possible to verify the identity of the server\n" },
                { .log = "Whether it is possible to verify the server, nobody knows.\n" },
        };

        check(cases, ELEMENTSOF(cases));
}

static void test_network_manager(void **state) {
        static const Case cases[] = {
                { .id = "NM-06",
                  .log = NM("<WARNING> nm_vpn_manager_activate_vpn_connection (): no currently "
                            "active network device, won't activate VPN.") },
                /* its service speaks the language of the desktop, and only names programs alike */
                { .id = "SYS-01",
                  .detail = "\"ppp\"",
                  .log = NM("<warn> VPN connection 'x' failed to connect: 'Il programma pppd non "
                            "c'e'.'.") },
                { .id = "SYS-01",
                  .detail = "\"pptp-linux\"",
                  .log = NM("<warn> VPN connection 'x' failed to connect: 'Il client pptp non "
                            "c'e'.'.") },
                { .log = NM("<warn> VPN connection 'pppd' failed to connect: 'Gateway PPTP non "
                            "valido.'.") },
                /* a window told of it, and the log shows that the service runs */
                { .id = NULL,
                  .log = "My desktop says that the VPN service failed to start, I think.\n" NM(
                          "<info> VPN service 'pptp' appeared; activating connections") },
                { .id = "NM-03",
                  .log = "My desktop says that the VPN service failed to start, I think.\n" },
                /* nobody was there to be asked, or the dialog was closed */
                { .id = "NM-08",
                  .log = NM("<WARN>  get_secrets_cb(): Couldn't get connection secrets: "
                            "vpn-password-dialog.c.12 (nma_vpn_request_password): canceled.") },
                { .id = "NM-08",
                  .log = NM("<error> [1.5] vpn-connection[0x5,a-b,\"v\",0]: Failed to request VPN "
                            "secrets #3: No agents were available for this request.") },
                /* of a wireless network */
                { .log = NM("<WARN>  get_secrets_cb(): Couldn't get connection secrets: "
                            "applet-device-wifi.c.3 (get_secrets_dialog_cb): canceled.") },
                /* a server that was dialled has asked for the password itself */
                { .id = "AUTH-07",
                  .log = PPPD("Connect: ppp0 <--> /dev/pts/1") PPPD("CHAP authentication failed")
                          NM("<error> vpn: Failed to request VPN secrets #3: No agents") },
                /* its settings, in the words of version 0.6 */
                { .id = "NM-07",
                  .log = NM("<WARNING>  nm_vpn_service_process_signal (): VPN failed for service "
                            "'org.freedesktop.NetworkManager.ppp_starter', signal 'VPNConfigBad', "
                            "with message 'Validating options failed'.") },
                { .log = NM("<WARNING>  Validating options failed") },
                { .id = "NM-07",
                  .detail = "the setting is \"require-mppe\"",
                  .log = NM_PPTP("invalid boolean property 'require-mppe' (not yes or no)") },
        };

        check(cases, ELEMENTSOF(cases));
}

/* A word that is cut off may go on, so it is not quoted. */
static void test_cut_setting(void **state) {
        static const char log[] = NM_PPTP("invalid boolean property 'require-mp");
        LogDiagnosis d;

        assert_int_equal(log_diagnosis_read(log, strlen(log), &d), 0);
        assert_int_equal(d.n_attempts, 1);
        assert_string_equal(d.attempts[0].verdict.row->id, "NM-07");
        assert_string_equal(d.attempts[0].verdict.detail, "");
        log_diagnosis_done(&d);
}

/* Where the newest line stands first, both faults are shown with the numbers that they have. */
static void test_two_faults(void **state) {
        static const char log[] =
                "Mar  3 10:00:08 h pppd[6]: Connection terminated.\n"
                "Mar  3 10:00:07 h pppd[6]: No CHAP secret found for authenticating anna\n"
                "Mar  3 10:00:01 h pppd[6]: Plugin /usr/lib/pptpd/pptpd-logwtmp.so is for pppd "
                "version 2.4.4, this is 2.4.5\n"
                "Mar  3 10:00:00 h pptpd[5]: CTRL: Starting call (launching pppd, opening GRE)\n";
        const LogAttempt *a;
        LogDiagnosis d;

        assert_int_equal(log_diagnosis_read(log, strlen(log), &d), 0);
        assert_int_equal(d.n_attempts, 1);
        a = &d.attempts[0];
        assert_string_equal(a->verdict.row->id, "SRV-03");
        assert_non_null(strstr(a->verdict.detail, "could not load a plugin (PPPD-06)"));
        assert_int_equal(a->n_evidence, 2);
        assert_int_equal(a->evidence[0].line, 3);
        assert_int_equal(a->evidence[1].line, 2);
        log_diagnosis_done(&d);
}

static void test_losses(void **state) {
        static const Case cases[] = {
                { .id = "MPPE-28",
                  .detail = "of this host",
                  .log = ADDRESSES RESET RESET RESET RESET RESET RESET },
                { .id = "MPPE-28",
                  .detail = "on the way here",
                  .log = ADDRESSES "sent [CCP ResetReq id=0x2]\nsent [CCP ResetReq id=0x3]\n"
                                   "sent [CCP ResetReq id=0x4]\nsent [CCP ResetReq id=0x5]\n"
                                   "sent [CCP ResetReq id=0x6]\n" },
                { .id = "MPPE-28",
                  .log = PPPD("Script /etc/ppp/ip-up started (pid 8)")
                          RESET RESET RESET RESET RESET },
                { .id = "MPPE-28",
                  .detail = "of this host",
                  .log = CAME_UP RESET RESET RESET RESET RESET RESET },
                /* a few are no verdict, and neither are those of a link that then failed */
                { .log = ADDRESSES RESET RESET },
                { .id = "LCP-02",
                  .log = ADDRESSES RESET RESET RESET RESET RESET RESET PPPD(
                          "No response to 4 echo-requests")
                          PPPD("Serial link appears to be disconnected.") },
        };
        static const char down[] =
                ADDRESSES KERNEL("eth0: link down") PPPD("No response to 4 echo-requests");
        static const char down_after[] = ADDRESSES PPPD("No response to 4 echo-requests")
                PPPD("Connection terminated.") KERNEL("eth0: link down");
        LogDiagnosis d;

        check(cases, ELEMENTSOF(cases));

        /* The network card went down first; or because the link had ended. */
        assert_int_equal(log_diagnosis_read(down, strlen(down), &d), 0);
        assert_int_equal(d.attempts[0].uplink.line, 3);
        log_diagnosis_done(&d);
        assert_int_equal(log_diagnosis_read(down_after, strlen(down_after), &d), 0);
        assert_int_equal(d.attempts[0].uplink.line, 0);
        log_diagnosis_done(&d);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_firewall),    cmocka_unit_test(test_radius),
                cmocka_unit_test(test_servers),     cmocka_unit_test(test_network_manager),
                cmocka_unit_test(test_losses),      cmocka_unit_test(test_words_of_windows),
                cmocka_unit_test(test_cut_setting), cmocka_unit_test(test_two_faults),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
