/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/explain/log-clean.h"
#include "core/explain/log-diagnosis.h"
#include "core/base/macros.h"

#define MSCHAPV2                                                                            \
        "sent [LCP ConfReq id=0x1 <asyncmap 0x0> <magic 0x68699bb0>]\n"                     \
        "rcvd [LCP ConfReq id=0x0 <auth chap MS-v2> <magic 0xf7e591a>]\n"                   \
        "sent [LCP ConfAck id=0x0 <auth chap MS-v2> <magic 0xf7e591a>]\n"                   \
        "rcvd [LCP ConfAck id=0x1 <asyncmap 0x0> <magic 0x68699bb0>]\n"                     \
        "rcvd [CHAP Challenge id=0x0 <752efeec9ce211983acacf9d3d9044b2>, name = \"vpn\"]\n" \
        "sent [CHAP Response id=0x0 <00>, name = \"user\"]\n"

#define CHAP_SUCCESS "rcvd [CHAP Success id=0x0 \"S=0123456789012345678901234567890123456789\"]\n"
#define FAILURE_691 "rcvd [CHAP Failure id=0x0 \"E=691 R=0 C=00 V=3\"]\n"
#define FAILURE_649 "rcvd [CHAP Failure id=0x0 \"E=649 R=0 C=00 V=3\"]\n"

typedef struct Case {
        const char *id; /* of the first attempt; NULL: not recognised */
        const char *detail;
        const char *log;
} Case;

static void check(const Case *c) {
        LogDiagnosis d;
        const LogAttempt *a;

        assert_int_equal(log_diagnosis_read(c->log, strlen(c->log), &d), 0);
        if (!c->id) {
                for (size_t i = 0; i < d.n_attempts; i++)
                        assert_null(d.attempts[i].verdict.row);
                log_diagnosis_done(&d);
                return;
        }

        if (d.n_attempts == 0)
                fail_msg("%s: no attempt was seen", c->id);
        a = &d.attempts[0];
        if (!a->verdict.row || strcmp(a->verdict.row->id, c->id) != 0)
                fail_msg("%s expected, got %s (%s)", c->id,
                         a->verdict.row ? a->verdict.row->id : "nothing", a->verdict.detail);
        if (c->detail && !strstr(a->verdict.detail, c->detail))
                fail_msg("%s: \"%s\" is not in \"%s\"", c->id, c->detail, a->verdict.detail);
        assert_true(a->n_evidence > 0);
        log_diagnosis_done(&d);
}

/* The same packets as people paste them. */
static void test_forms(void **state) {
        static const Case cases[] = {
                { "AUTH-01", "E=691", MSCHAPV2 FAILURE_691 },
                { "AUTH-01", "E=691", "Mar  3 10:00:00 host pppd[1234]: " FAILURE_691 },
                { "AUTH-01", "E=691", "2024-03-03T10:00:00+0100 host pppd[1]: " FAILURE_691 },
                { "AUTH-01", "E=691", "NetworkManager[500]: <info> pppd: " FAILURE_691 },
                { "AUTH-01", "E=691",
                  "> > rcvd [CHAP Failure id=0x0\n> > \"E=691 R=0 C=00 V=3\"]\n" },
                { "AUTH-01", "E=691",
                  "rcvd [CHAP\r\nFailure id=0x0 \"E=691\r\nR=0 C=00 V=3\"]\r\n" },
                { "AUTH-01", "E=691", "> rcvd\n> [CHAP Failure id=0x0 \"E=691 R=0 C=00 V=3\"]" },
                /* cut off, and followed by something else */
                { "AUTH-01", "E=691",
                  "Mar 3 host pppd[1]: rcvd [LCP ConfReq id=0x1 <mru 15\n"
                  "Mar 3 host pppd[1]: " FAILURE_691 },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i]);
}

#define STATEFUL                                               \
        "sent [CCP ConfReq id=0x1 <mppe +H -M +S -L -D -C>]"   \
        "%srcvd [CCP ConfNak id=0x1 <mppe -H -M +S -L -D -C>]" \
        "%ssent [LCP TermReq id=0x2 \"MPPE required but peer negotiation failed\"]%s"

/* Two bytes for each character, with or without a byte order mark. */
static size_t widen(char *wide, const char *text, bool big_endian, bool mark) {
        size_t n = 0;

        if (mark) {
                wide[n++] = big_endian ? '\xfe' : '\xff';
                wide[n++] = big_endian ? '\xff' : '\xfe';
        }
        for (; *text; text++) {
                wide[n + big_endian] = *text;
                wide[n + !big_endian] = '\0';
                n += 2;
        }
        return n;
}

static void check_stateful(const char *log, size_t n_log, unsigned line) {
        LogDiagnosis d;

        assert_int_equal(log_diagnosis_read(log, n_log, &d), 0);
        assert_int_equal(d.n_attempts, 1);
        assert_non_null(d.attempts[0].verdict.row);
        assert_string_equal(d.attempts[0].verdict.row->id, "MPPE-02");
        assert_int_equal(d.attempts[0].n_packets, 3);
        assert_int_equal(d.attempts[0].evidence[1].line, line);
        log_diagnosis_done(&d);
}

/* What became of line ends, and of characters, on the way from the log to here. */
static void test_disguises(void **state) {
        static const struct {
                const char *line_end;
                unsigned line; /* of the second packet */
        } line_ends[] = {
                { "\n", 2 },
                { "\r\n", 2 },
                { "\r\r\n", 2 },
                { "\r", 2 },
                { "\n\n", 3 },
                { " ", 1 },
                { "", 1 },
                { " CHAP authentication succeeded ", 1 },
                { "\033[0m\n\033[1;32m", 2 },
        };
        static const char *const texts[] = {
                "sent [CCP ConfReq id=0x1 &lt;mppe +H -M +S -L -D -C&gt;]\n"
                "rcvd [CCP ConfNak id=0x1 &#60;mppe -H -M +S -L -D -C&#62;]\n"
                "sent [LCP TermReq id=0x2 &quot;MPPE&quot;]\n",
                "sent [CCP ConfReq id=0x1 <mppe +H \xe2\x80\x93M +S \xe2\x80\x93L>]\n"
                "\xc2\xa0rcvd [CCP ConfNak id=0x1 <mppe \xe2\x80\x93H \xe2\x88\x92M\xc2\xa0+S>]\n"
                "sent [LCP TermReq id=0x2 \xe2\x80\x9cMPPE\xe2\x80\x9d]\n",
                "\033[32mpppd[1]: \033[0msent [CCP ConfReq id=0x1 <mppe +H -M +S -L -D -C>]\n"
                "pppd[1]: \033[1mrcvd\033[0m [CCP ConfNak id=0x1 <mppe -H -M \033[K+S -L -D -C>]\n"
                "pppd[1]: sent [LCP TermReq id=0x2 \"MPPE\"]\033[0m\n",
        };
        char log[512], wide[sizeof(log) * 2 + 2];

        for (size_t i = 0; i < ELEMENTSOF(line_ends); i++) {
                const char *end = line_ends[i].line_end;

                snprintf(log, sizeof(log), STATEFUL, end, end, end);
                check_stateful(log, strlen(log), line_ends[i].line);
        }

        for (size_t i = 0; i < ELEMENTSOF(texts); i++)
                check_stateful(texts[i], strlen(texts[i]), 2);

        snprintf(log, sizeof(log), STATEFUL, "\r\n", "\r\n", "\r\n");
        for (unsigned i = 0; i < 4; i++)
                check_stateful(wide, widen(wide, log, i & 1, i & 2), 2);
}

/* All of a log in one line, which is longer than any that pppd writes. */
static void test_one_long_line(void **state) {
        enum { N_PACKETS = 5000 };
        char *log = malloc(N_PACKETS * 48);
        LogDiagnosis d;
        size_t n = 0;

        assert_non_null(log);
        for (unsigned i = 0; i < N_PACKETS; i++)
                n += (size_t) sprintf(log + n, " %s [LCP Echo%s id=0x%x magic=0x1]",
                                      i % 2 ? "rcvd" : "sent", i % 2 ? "Rep" : "Req", i / 2 % 256);

        assert_int_equal(log_diagnosis_read(log, n, &d), 0);
        assert_int_equal(d.n_attempts, 1);
        assert_int_equal(d.attempts[0].n_packets, N_PACKETS);
        assert_int_equal(d.n_lines, 1);
        log_diagnosis_done(&d);
        free(log);
}

/* A tag of a forum is taken out, wherever the pieces end in which the log is read. */
static void test_forum_tags(void **state) {
        static const char tagged[] =
                "[CODE][COLOR=#ff0000][B]Mar  3 h pppd[1]: [LCP x][CCP][IPCP] [/B][/COLOR]\n"
                "[Bx][B=\n][I[/I][[CODE]";
        static const char clean[] = "Mar  3 h pppd[1]: [LCP x][CCP][IPCP] \n[Bx][B=\n][I[";

        for (size_t step = 1; step < sizeof(tagged); step++) {
                char text[LOG_CLEAN_ROOM(sizeof(tagged))];
                LogCleaner cleaner = { 0 };
                size_t n = 0;

                for (size_t at = 0; at < sizeof(tagged) - 1; at += step) {
                        size_t n_piece = MIN(step, sizeof(tagged) - 1 - at);

                        n += log_clean(&cleaner, tagged + at, n_piece,
                                       at + n_piece == sizeof(tagged) - 1, text + n);
                }
                assert_int_equal(n, sizeof(clean) - 1);
                assert_memory_equal(text, clean, n);
        }
}

/*
 * Windows' "Unicode" becomes UTF-8, wherever the pieces end: letters of two and three bytes, one of
 * two units (U+1D11E), half a one, and what is replaced by ASCII.
 */
static void test_utf16_letters(void **state) {
        static const uint16_t units[] = { 0xfeff, 'a', 0xe4,   0x434,  0x20ac, 0xd834, 0xdd1e,
                                          0x201c, 'b', 0x2013, 0xd834, 'c',    0xdd1e, '\n' };
        static const char clean[] = "a\xc3\xa4\xd0\xb4\xe2\x82\xac\xf0\x9d\x84\x9e\"b-\xef\xbf\xbd"
                                    "c\xef\xbf\xbd\n";
        enum { N_BYTES = 2 * ELEMENTSOF(units) };

        for (unsigned k = 0; k < 2; k++) {
                char wide[N_BYTES];

                for (size_t i = 0; i < ELEMENTSOF(units); i++) {
                        wide[2 * i + k] = (char) (units[i] & 0xff);
                        wide[2 * i + 1 - k] = (char) (units[i] >> 8);
                }
                for (size_t step = 2; step <= N_BYTES; step++) {
                        char text[LOG_CLEAN_ROOM(N_BYTES)];
                        LogCleaner cleaner = { 0 };
                        size_t n = 0;

                        for (size_t at = 0; at < N_BYTES; at += step) {
                                size_t n_piece = MIN(step, (size_t) N_BYTES - at);

                                n += log_clean(&cleaner, wide + at, n_piece,
                                               at + n_piece == N_BYTES, text + n);
                        }
                        assert_int_equal(n, sizeof(clean) - 1);
                        assert_memory_equal(text, clean, n);
                }
        }
}

/* Packets outweigh messages; messages are better than nothing. */
static void test_messages(void **state) {
        static const Case cases[] = {
                { "GRE-01", NULL,
                  "Connect: ppp0 <--> /dev/pts/2\nLCP: timeout sending Config-Requests\n"
                  "Modem hangup\n" },
                { "GRE-01", "Configure-Requests",
                  "sent [LCP ConfReq id=0x1 <magic 0x1>]\nsent [LCP ConfReq id=0x1 <magic 0x1>]\n"
                  "sent [LCP ConfReq id=0x1 <magic 0x1>]\nLCP: timeout sending Config-Requests\n" },
                { "LCP-03", NULL, "Modem hangup\nConnection terminated.\n" },
                /* pppd says so whenever CCP goes down, even by our own hand */
                { "LCP-03", NULL, "Modem hangup\nMPPE disabled\nConnection terminated.\n" },
                { "SYS-04", NULL,
                  MSCHAPV2 CHAP_SUCCESS
                  "MPPE required, but kernel has no support.\n"
                  "sent [LCP TermReq id=0x2 \"MPPE required but not available\"]\n" },
                { "NET-03", NULL,
                  "anon log[callmgr_main]: connect: Connection refused\nModem hangup\n" },
                { "GRE-03", NULL,
                  "anon warn[decaps_gre]: short read (-1): Protocol not available\n" },
                { "CTL-07", "busy",
                  "Received Outgoing Call Reply.\n"
                  "Reply result code is 4 'Busy'. Error code is 0, Cause code is 0\n" },
                { "CTL-01", "error 4",
                  "Received Start Control Connection Reply\n"
                  "Reply result code is 2 'General Error'. Error code is 4\n" },
                { "AUTH-17", "691", "LCP terminated by peer (^O;^A/^@<M-Mt^@^@^BM-3)\n" },
                { "MPPE-11", "742", "LCP terminated by peer (^O;^A/^@<M-Mt^@^@^BM-f)\n" },
                { "SYS-06", "status is 3", "nm-pptp-service: pppd exited with error code 3\n" },
                /* the supervisor's own verdict, which knew the policy */
                { "GRE-02", "9 GRE packets came in",
                  "pptp-supervisor[7]: Connecting to 192.0.2.9, TCP port 1723\n"
                  "pptp-supervisor[7]: sent [LCP ConfReq id=0x1 <magic 0x1>]\n"
                  "pptp-supervisor[7]: No tunnel to 192.0.2.9: This host's own firewall drops the "
                  "server's GRE packets (9 GRE packets came in)\n" },
                { "AUTH-12", "CHAP with MD5",
                  "sent [LCP ConfReq id=0x1 <magic 0x1>]\n"
                  "rcvd [LCP ConfReq id=0x1 <auth chap MD5>]\n"
                  "sent [LCP ConfAck id=0x1 <auth chap MD5>]\n"
                  "rcvd [LCP ConfAck id=0x1 <magic 0x1>]\n"
                  "rcvd [CHAP Success id=0x1 \"Welcome\"]\n"
                  "MPPE required, but MS-CHAP[v2] nor EAP-TLS auth are performed.\n"
                  "sent [LCP TermReq id=0x2 \"MPPE required but not available\"]\n" },
                /* each line twice, by syslog and from standard error */
                { "GRE-01", "3 LCP Configure-Requests",
                  "10:00:01 pppd[1]: sent [LCP ConfReq id=0x1 <magic 0x1>]\n"
                  "10:00:01 pppd[1]: sent [LCP ConfReq id=0x1 <magic 0x1>]\n"
                  "10:00:04 pppd[1]: sent [LCP ConfReq id=0x1 <magic 0x1>]\n"
                  "10:00:04 pppd[1]: sent [LCP ConfReq id=0x1 <magic 0x1>]\n"
                  "10:00:07 pppd[1]: sent [LCP ConfReq id=0x1 <magic 0x1>]\n"
                  "10:00:07 pppd[1]: sent [LCP ConfReq id=0x1 <magic 0x1>]\n"
                  "10:00:10 pppd[1]: LCP: timeout sending Config-Requests\n" },
                { "GRE-01", "4 LCP Configure-Requests",
                  "10:00:01 h pppd[1]: sent [LCP ConfReq id=0x1 <magic 0x1>]\n"
                  "10:00:04 h pppd[1]: sent [LCP ConfReq id=0x1 <magic 0x1>]\n"
                  "10:00:10 h last message repeated 2 times\n"
                  "10:00:11 h pppd[1]: Terminating on signal 15\n"
                  "10:00:12 h last message repeated 9 times\n" },
                /* what the server said outweighs how the call ended */
                { "LCP-04", "User request",
                  MSCHAPV2 "rcvd [LCP TermReq id=0x2 \"User request\"]\n"
                           "pptp: Call disconnect notification received (call id 1)\n" },
                { "LCP-05", NULL,
                  "Lost x: The server ended the link with a Windows error code (718)\n" },
                /* pppd's famous words say little; those of a pppd at the other end are about us */
                { "MPPE-23", NULL,
                  "CHAP authentication succeeded\nMPPE required but peer negotiation failed\n"
                  "Connection terminated.\n" },
                { "MPPE-02", NULL,
                  "Refusing MPPE stateful mode offered by peer\n"
                  "MPPE required but peer negotiation failed\n" },
                { "MPPE-11", "negotiation failed",
                  "h pptp[2]: x log[y]: Client connection established.\n"
                  "h pppd[1]: CHAP authentication succeeded\n"
                  "h pppd[1]: LCP terminated by peer (MPPE required but peer negotiation failed)\n"
                  "h pptp[2]: x log[y]: read returned zero, peer has closed\n"
                  "h pppd[1]: Modem hangup\n" },
                { "MPPE-11", "peer refused",
                  "LCP terminated by peer (MPPE required but peer refused)\nModem hangup\n" },
                { "LCP-04", "(busy)", "LCP terminated by peer (User (busy))\n" },
                { "CFG-05", NULL,
                  "No auth is possible\nLCP terminated by peer (peer refused to authenticate)\n" },
                /* the server has been told nothing that it could accept */
                { "CFG-05", NULL,
                  MSCHAPV2 "No CHAP secret found for authenticating us to vpn\n" FAILURE_691 },
                { "CTL-05", NULL,
                  "pptp[2]: anon log[x]: Sent control packet type is 1\n"
                  "pptp[2]: anon log[x]: read returned zero, peer has closed\nModem hangup\n" },
                { "CTL-16", NULL,
                  "pptp[2]: anon log[x]: Client connection established.\n"
                  "pptp[2]: anon log[x]: read returned zero, peer has closed\nModem hangup\n" },
                { "GRE-02", NULL,
                  "kernel: [UFW BLOCK] IN=eth0 OUT= MAC=00 SRC=192.0.2.9 DST=192.0.2.1 PROTO=47 \n"
                  "pppd[1]: LCP: timeout sending Config-Requests\n" },
                /* what it lets in, or out */
                { "LCP-03", NULL,
                  "kernel: accepted IN=eth0 OUT= SRC=192.0.2.9 DST=192.0.2.1 PROTO=47 \n"
                  "pppd[1]: CHAP authentication succeeded\npppd[1]: Modem hangup\n" },
                { "GRE-01", NULL,
                  "kernel: sent IN= OUT=eth0 SRC=192.0.2.1 DST=192.0.2.9 PROTO=47 \n"
                  "pppd[1]: LCP: timeout sending Config-Requests\n" },
                /* some packets of garbage end nothing */
                { "GRE-05", NULL,
                  "Unsupported protocol 0xd44a received\nUnsupported protocol 0xcc4a received\n"
                  "anon warn[decaps_gre]: short read (-1): Message too long\nModem hangup\n" },
                /* all of a machine's log */
                { "GRE-01", NULL,
                  "Mar  3 10:00:00 host sshd[77]: Connection reset by peer\n"
                  "Mar  3 10:00:00 host pppd[1]: LCP: timeout sending Config-Requests\n"
                  "Mar  3 10:00:01 host ntpd[5]: connect: Network is unreachable\n" },
                /* a packet that was copied without its end, and lines that were left out */
                { "GRE-01", NULL,
                  "sent [LCP ConfReq id=0x1 <asyncmap 0x0> <magic 0x77aa01>\n...\n"
                  "LCP: timeout sending Config-Requests\n" },
                { "AUTH-10", NULL, "EAP: unknown authentication type 26; Naking\nModem hangup\n" },
                { "SYS-04", NULL, "FATAL: Module ppp_mppe not found.\n" },
                { "CFG-01", NULL,
                  "/usr/sbin/pppd: In file /etc/ppp/options.pptp: unrecognized option 'mppe'\n" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i]);
}

static void test_unknown(void **state) {
        static const Case cases[] = {
                { .log = "" },
                { .log = "\n\n>\n> \n" },
                { .log = "The quick brown fox\njumps over the lazy dog\n" },
                { .log = "kernel: PPP generic driver version 2.4.2\n" },
                { .log = "\xff\xfe\x01\x02[[[]]]\"\"\" sent sent [ rcvd [LCP" },
                { .log = MSCHAPV2 },
                { .log = "host sshd[77]: Connection reset by peer\n" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i]);
}

/* The helper of pppd may fail before pppd has said that it begins. */
static void test_helper_is_faster(void **state) {
        static const char log[] =
                "[pppd] anon warn[x]: connect: Connection refused\n"
                "[pppd] Using interface ppp0\n[pppd] Connect: ppp0 <--> /dev/pts/0\n"
                "[pppd] anon fatal[x]: Call manager exited with error 256\n[pppd] Modem hangup\n";
        LogDiagnosis d;

        assert_int_equal(log_diagnosis_read(log, strlen(log), &d), 0);
        assert_int_equal(d.n_attempts, 1);
        assert_string_equal(d.attempts[0].verdict.row->id, "NET-03");
        log_diagnosis_done(&d);
}

static void test_attempts_are_told_apart(void **state) {
        static const char log[] =
                "Using interface ppp0\nConnect: ppp0 <--> /dev/pts/2\n" MSCHAPV2 FAILURE_691
                "Connection terminated.\n"
                "Using interface ppp0\nConnect: ppp0 <--> /dev/pts/2\n"
                "LCP: timeout sending Config-Requests\nConnection terminated.\n"
                "# this is the third of them all\n" MSCHAPV2 FAILURE_649 "Connection terminated.\n"
                "rcvd [CHAP Challenge id=0x0 <00>, name = \"vpn\"]\n" FAILURE_691;
        static const char *const ids[] = { "AUTH-01", "GRE-01", "AUTH-02", "AUTH-01" };
        LogDiagnosis d;

        assert_int_equal(log_diagnosis_read(log, strlen(log), &d), 0);
        assert_int_equal(d.n_attempts, ELEMENTSOF(ids));
        for (size_t i = 0; i < d.n_attempts; i++)
                assert_string_equal(d.attempts[i].verdict.row->id, ids[i]);
        assert_string_equal(d.attempts[2].label, "this is the third of them all");
        log_diagnosis_done(&d);
}

static void test_good_connection_is_no_failure(void **state) {
        static const char log[] =
                MSCHAPV2 CHAP_SUCCESS "sent [CCP ConfReq id=0x1 <mppe +H -M +S -L -D -C>]\n"
                                      "rcvd [CCP ConfReq id=0x1 <mppe +H -M +S -L -D -C>]\n"
                                      "sent [CCP ConfAck id=0x1 <mppe +H -M +S -L -D -C>]\n"
                                      "rcvd [CCP ConfAck id=0x1 <mppe +H -M +S -L -D -C>]\n"
                                      "sent [IPCP ConfReq id=0x1 <addr 10.0.0.2>]\n"
                                      "rcvd [IPCP ConfAck id=0x1 <addr 10.0.0.2>]\n"
                                      "rcvd [IPCP ConfReq id=0x1 <addr 10.0.0.1>]\n"
                                      "sent [IPCP ConfAck id=0x1 <addr 10.0.0.1>]\n"
                                      "Cannot determine ethernet address for proxy ARP\n"
                                      "Terminating on signal 15\nModem hangup\n";
        LogDiagnosis d;
        bool has_proxy_arp = false;

        assert_int_equal(log_diagnosis_read(log, strlen(log), &d), 0);
        assert_int_equal(d.n_attempts, 1);
        assert_null(d.attempts[0].verdict.row);
        assert_true(d.attempts[0].was_up);
        for (size_t i = 0; i < d.attempts[0].n_notes; i++)
                has_proxy_arp =
                        has_proxy_arp || strcmp(d.attempts[0].notes[i].row->id, "NETC-01") == 0;
        assert_true(has_proxy_arp);
        log_diagnosis_done(&d);
}

/* Nor is one of which there are only messages. */
static void test_good_connection_in_words(void **state) {
        static const char log[] = "pppd[1]: CHAP authentication succeeded\n"
                                  "pppd[1]: MPPE 128-bit stateless compression enabled\n"
                                  "pppd[1]: local  IP address 10.0.0.2\n"
                                  "pppd[1]: Terminating on signal 15\npppd[1]: Modem hangup\n";
        LogDiagnosis d;

        assert_int_equal(log_diagnosis_read(log, strlen(log), &d), 0);
        assert_int_equal(d.n_attempts, 1);
        assert_null(d.attempts[0].verdict.row);
        assert_true(d.attempts[0].was_up);
        log_diagnosis_done(&d);
}

#define PPPD(pid, text) "Mar  3 10:00:00 h pppd[" #pid "]: " text "\n"
#define PPTP(text) "Mar  3 10:00:00 h pptp[9]: anon log[main:pptp.c:1]: " text "\n"
#define UP                                                    \
        PPPD(1, "CHAP authentication succeeded")              \
        PPPD(1, "MPPE 128-bit stateless compression enabled") \
        PPPD(1, "local  IP address 10.0.0.2")

/* What came up did not fail: messages about how it came up are no causes then. */
static void test_what_came_up_did_not_fail(void **state) {
        static const char *const logs[] = {
                UP PPPD(1, "Can't execute /etc/ppp/ip-up: No such file or directory"),
                PPPD(1, "CCP: timeout sending Config-Requests") UP,
                PPPD(1, "Disabling 40-bit MPPE; MS-CHAP LM not supported") UP,
                PPPD(1, "MS-CHAP authentication failed: E=691 Authentication failure") UP,
                PPPD(1, "No CHAP secret found for authenticating us to vpn") UP,
                PPTP("connect: Connection timed out") UP,
                UP "Mar  3 10:00:09 h ntpd[5]: connect: Connection timed out\n",
                PPPD(1, "LCP: timeout sending Config-Requests") UP,
        };

        for (size_t i = 0; i < ELEMENTSOF(logs); i++) {
                LogDiagnosis d;

                assert_int_equal(log_diagnosis_read(logs[i], strlen(logs[i]), &d), 0);
                assert_int_equal(d.n_attempts, 1);
                if (d.attempts[0].verdict.row)
                        fail_msg("log %zu came up, and is called %s", i,
                                 d.attempts[0].verdict.row->id);
                assert_true(d.attempts[0].was_up);
                log_diagnosis_done(&d);
        }
}

/*
 * Traffic proves that it was up, and a great deal of it in one direction that it ran in a circle.
 */
static void test_how_it_ended_after_it_was_up(void **state) {
        static const Case cases[] = {
                { "CTL-16", NULL,
                  PPTP("read returned zero, peer has closed") PPPD(1, "Modem hangup")
                          PPPD(1, "Sent 362193 bytes, received 13714673 bytes.") },
                { "CTL-10", NULL,
                  UP PPTP("closing control connection due to missing echo reply")
                          PPPD(1, "Modem hangup") },
                { "NETC-05", "1447 MB",
                  PPTP("closing control connection due to missing echo reply") PPPD(
                          1, "Modem hangup") PPPD(1, "Sent 1447217044 bytes, received 0 bytes.") },
                { "NETC-05", "92 MB",
                  UP PPPD(1, "Modem hangup") PPPD(1, "Sent 92488211 bytes, received 1695 bytes.") },
                { "MPPE-16", NULL,
                  UP "Mar  3 10:00:01 h kernel: [12.5] mppe_decompress[0]: osize too small! (have: "
                     "1400 need: 1401)\n" },
                { "MPPE-16", NULL, "mppe_decompress[1]: osize too small!\n" },
                { "LCP-03", NULL, UP PPPD(1, "Modem hangup") },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i]);
}

/* An errno counts where it is pptp's or pppd's, with their own words. */
static void test_other_programs(void **state) {
        static const Case cases[] = {
                { "NET-05", NULL, PPTP("connect: No route to host") },
                { "NET-04", NULL,
                  "anon warn[open_inetsock:pptp_callmgr.c:329]: connect: Network is "
                  "unreachable\n" },
                { .log = "Mar  3 10:00:00 h kernel: usb 1-1: device not accepting address 5, error "
                         "-71\nMar  3 10:00:01 h kernel: connect: Connection refused\n" },
                { .log = "Mar  3 10:00:00 h dhclient: send_packet: Network is unreachable\n" },
                { .log = "Mar  3 10:00:00 h ntpd: connect: Network is unreachable\n" },
                { .log = "ssh: connect to host h port 22: Connection refused\n" },
                { .log = "Mar  3 10:00:00 h NetworkManager[7]: <warn> connectivity: check failed: "
                         "Could not connect: No route to host\n" },
                { .log = "curl: (7) Failed to connect to h: Address family not supported\n" },
                { .log = "Mar  3 10:00:00 h audit[4]: AVC apparmor=\"DENIED\" operation=\"open\" "
                         "profile=\"/usr/sbin/ntpd\"\n" },
                { "SYS-07", NULL,
                  "Mar  3 10:00:00 h audit[4]: AVC apparmor=\"DENIED\" operation=\"open\" "
                  "profile=\"/usr/sbin/pppd\"\n" },
                { "NET-01", NULL,
                  "Mon Mar  3 10:00:00 2025 daemon.notice netifd: vpn (12): Could not resolve server "
                  "address\n" },
                { "SYS-06", NULL, "Couldn't open the /dev/ppp device: Operation not permitted\n" },
                { "SYS-02", NULL,
                  "Couldn't open the /dev/ppp device: No such file or directory\n" },
                { "SYS-02", NULL,
                  "vpn_1  | Couldn't open the /dev/ppp device: No such file or directory\n" },
                { "SYS-06", NULL,
                  "anon warn[pptp_gre_bind:pptp_gre.c:82]: socket: Operation not permitted\n" },
                { "CTL-17", NULL, PPTP("Call manager for 192.0.2.9 is already running.") },
                { "CTL-17", NULL, PPTP("bind: Address already in use") },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i]);
}

/* A letter about a log is none; what it quotes counts where there is no log. */
static void test_prose(void **state) {
        static const char two_traces[] =
                "Subject: MPPE required but peer negotiation failed\n"
                "I tried it with require-mppe and mppe-stateful, but it did not help me at all.\n"
                "sent [CCP ConfReq id=0x1 <mppe +H -M +S -L -D -C>]\n"
                "rcvd [CCP ConfNak id=0x1 <mppe -H -M +S -L -D -C>]\n"
                "And this is what the other server said to me when I asked it.\n"
                "sent [CCP ConfReq id=0x1 <mppe +H -M +S -L -D -C>]\n"
                "rcvd [CCP ConfRej id=0x1 <mppe +H -M +S -L -D -C>]\n";
        static const Case cases[] = {
                { "MPPE-02", NULL, two_traces },
                { "AUTH-13", NULL,
                  "All that I get is the message: CHAP authentication timed out\n" },
                { "GRE-01", NULL,
                  "Some people on the list say that they see Connection refused, I see this:\n"
                  "Connect: ppp0 <--> /dev/pts/0\nLCP: timeout sending Config-Requests\n" },
                { .log = "We had no route to host and then the connection was refused by them.\n" },
        };
        LogDiagnosis d;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i]);

        assert_int_equal(log_diagnosis_read(two_traces, strlen(two_traces), &d), 0);
        assert_int_equal(d.n_attempts, 2);
        assert_string_equal(d.attempts[1].verdict.row->id, "MPPE-09");
        log_diagnosis_done(&d);
}

#define CTRL(time, text) "Mar  3 " time " h pptp[9]: anon log[x:pptp_ctrl.c:1]: " text "\n"
#define ASKED CTRL("10:00:00", "Sent control packet type is 1 'Start-Control-Connection-Request'")
#define CALLED                                                            \
        ASKED CTRL("10:00:00", "Received Start Control Connection Reply") \
                CTRL("10:00:00", "Client connection established.")        \
                        CTRL("10:00:00", "Sent control packet type is 7 'Outgoing-Call-Request'")

#define LATER(text) "Mar  3 10:00:31 h pppd[1]: " text "\n"

/* Somebody here ended it: that is no failure of the server, and what was waited for is said. */
static void test_ended_from_here(void **state) {
        static const struct {
                const char *id;
                bool ended_here;
                LogStage stage;
                const char *log;
        } cases[] = {
                /* a signal to all of pppd's processes; pppd ends its helper after its own end */
                { NULL, true, LOG_STAGE_UP,
                  UP PPPD(1, "Child process pptp vpn (pid 2) terminated with signal 15")
                          PPPD(1, "Modem hangup") },
                { NULL, true, LOG_STAGE_UP,
                  UP PPPD(1, "sent [LCP TermReq id=0x2 \"User request\"]") },
                { "GRE-01", true, LOG_STAGE_CALL,
                  PPTP("Outgoing call established (call ID 0, peer's call ID 1).") "Mar  3 10:00:40 h NetworkManager: <info>  VPN connection 'my own net' (IP Config "
                                                                                   "Get) timeout exceeded.\n" },
                { "GRE-07", true, LOG_STAGE_LINK,
                  "rcvd [LCP ConfReq id=0x1 <auth chap MS-v2> <magic 0x1>]\n" PPTP(
                          "buffering packet 7 (expecting 6, lost or reordered)")
                          PPPD(1, "Terminating on signal 15") PPPD(1, "Modem hangup") },
                /* who loses patience is not the cause: what nobody answered is */
                { "CTL-13", true, LOG_STAGE_BEGUN,
                  ASKED
                  "Mar  3 10:00:11 h NetworkManager: <WARN>  nm_vpn_service(): VPN failed for "
                  "service 'x', signal 'ConnectFailed'\n" LATER("Terminating on signal 15") },
                { "GRE-01", true, LOG_STAGE_BEGUN,
                  PPPD(1, "Connect: ppp0 <--> /dev/pts/3") LATER("Terminating on signal 15")
                          LATER("Modem hangup") },
                /* it has not waited */
                { NULL, true, LOG_STAGE_BEGUN,
                  PPPD(1, "Connect: ppp0 <--> /dev/pts/3") PPPD(1, "Terminating on signal 15")
                          PPPD(1, "Modem hangup") },
                /* what stands above pppd's later success is no end of it */
                { NULL, false, LOG_STAGE_UP,
                  PPPD(1, "Modem hangup") PPTP("Call manager exited with error 256") UP },
                /* a signal that follows from the end */
                { "LCP-03", false, LOG_STAGE_UP,
                  UP PPPD(1, "Modem hangup") PPPD(1, "Terminating on signal 15") },
                { "CTL-09", false, LOG_STAGE_BEGUN,
                  PPTP("Received Call Clear Request.") PPPD(1, "Terminating on signal 15")
                          PPPD(1, "Modem hangup") },
                { NULL, false, LOG_STAGE_CALL,
                  PPTP("Outgoing call established (call ID 0, peer's call ID 1).") },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const LogAttempt *a;
                LogDiagnosis d;

                assert_int_equal(log_diagnosis_read(cases[i].log, strlen(cases[i].log), &d), 0);
                assert_int_equal(d.n_attempts, 1);
                a = &d.attempts[0];
                assert_string_equal(a->verdict.row ? a->verdict.row->id : "none",
                                    cases[i].id ? cases[i].id : "none");
                assert_int_equal(a->ended_here, cases[i].ended_here);
                assert_int_equal(a->stage, cases[i].stage);
                log_diagnosis_done(&d);
        }
}

/* What this host asked for, or suggested, tells what it lacks. */
static void test_own_packets_tell(void **state) {
        static const Case cases[] = {
                { "CFG-05", "no secret for CHAP",
                  "rcvd [LCP ConfReq id=0x1 <auth chap MD5> <magic 0x1>]\n"
                  "sent [LCP ConfNak id=0x1 <auth pap>]\n"
                  "rcvd [LCP TermReq id=0x2 \"peer refused to authenticate\"]\n" },
                { "AUTH-11", NULL,
                  "refuse-chap # (from /etc/ppp/peers/vpn)\n"
                  "rcvd [LCP ConfReq id=0x1 <auth chap MD5> <magic 0x1>]\n"
                  "sent [LCP ConfNak id=0x1 <auth pap>]\n"
                  "rcvd [LCP TermReq id=0x2 \"peer refused to authenticate\"]\n" },
                { "IPCP-07", "no address for this host",
                  "sent [IPCP ConfReq id=0x5 <addr 0.0.0.0> <ms-dns1 192.0.2.9>]\n"
                  "sent [IPCP ConfReq id=0x5 <addr 0.0.0.0> <ms-dns1 192.0.2.9>]\n"
                  "IPCP: timeout sending Config-Requests\n"
                  "sent [LCP TermReq id=0x2 \"No network protocols running\"]\n" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i]);
}

/* What the system says of a program or a module that pppd needs. */
static void test_errors_of_the_system(void **state) {
        static const Case cases[] = {
                { "SYS-01", NULL,
                  "Connect: ppp0 <--> /dev/pts/4\nsh: 3: pptp: not found\nModem hangup\n" },
                { "SYS-01", NULL, "bash: pptp: command not found\n" PPPD(1, "Modem hangup") },
                { "SYS-01", NULL,
                  PPPD(1, "Script pptp vpn.example --nolaunchpppd finished (pid 7), status = 0x7f")
                          PPPD(1, "Modem hangup") },
                { "LCP-03", NULL,
                  PPPD(1, "Script /etc/ppp/ip-pre-up finished (pid 7), status = 0x7f")
                          PPPD(1, "Modem hangup") },
                { "SYS-06", NULL,
                  "insmod: Error inserting ppp_mppe (/lib/x.ko): Operation not permitted\n"
                  "pptpsetup: couldn't find MPPE support in kernel.\n" },
                { "SYS-04", NULL, "pptpsetup: couldn't find MPPE support in kernel.\n" },
                { "PPPD-02", "pptpcm",
                  UP PPPD(1,
                          "Modem hangup") "Mar  3 10:00:00 h kernel: [1.5] pptpcm[9]: segfault at "
                                          "7f ip 40 sp 7f error 4 in pptp[400000+10000]\n" PPPD(
                                                  1, "Terminating on signal 15") },
                { "LCP-03", NULL,
                  PPPD(1,
                       "Modem hangup") "Mar  3 10:00:00 h kernel: [1.5] dhcpcd[9]: segfault at 7f "
                                       "ip 40 sp 7f error 4 in dhcpcd[400000+10000]\n" },
                /* a route that NetworkManager could not add, and then it told pppd to end */
                { "NETC-16", NULL,
                  UP "Mar  3 10:00:01 <warn>  platform-linux: do-add-ip4-route: failure adding "
                     "ip4-route '3: 10.9.0.0/16 1': Unspecific failure (1)\n" PPPD(
                             1, "Terminating on signal 15") },
                /* copied by hand */
                { "NET-05", NULL, PPTP("connect: NO route to host") },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i]);
}

/* What one side said of itself is worth more than what the other's packets let suppose. */
static void test_encryption_in_detail(void **state) {
        static const Case cases[] = {
                { "MPPE-08", NULL,
                  "Disabling 40-bit MPPE; MS-CHAP LM not supported\n"
                  "sent [CCP ConfReq id=0x4 <mppe +H -M +S -L -D -C>]\n"
                  "rcvd [CCP ConfReq id=0x7 <mppe +H -M -S +L -D -C>]\n"
                  "MPPE required but peer negotiation failed\n" },
                { "MPPE-23", "change to stateless mode",
                  "rcvd [CCP ConfReq id=0x3 <mppe +H -M +S -L -D -C>]\n"
                  "sent [CCP ConfNak id=0x3 <mppe -H -M +S -L -D -C>]\n"
                  "rcvd [LCP TermReq id=0x2 \"MPPE required but peer negotiation failed\"]\n" },
                { "MPPE-13", NULL,
                  "require-mppe-128\t# (from /etc/ppp/options)\n" PPPD(
                          1, "CCP: timeout sending Config-Requests") PPTP("Echo Reply received.") },
                /* Nothing requires it: it may be harmless. */
                { "MPPE-13", "no line shows that encryption",
                  PPPD(1, "CCP: timeout sending Config-Requests") },
                /* The link goes on without. */
                { NULL, NULL,
                  PPPD(1, "CCP: timeout sending Config-Requests") PPTP("Echo Reply received.") },
                /* It ended. */
                { "MPPE-13", NULL,
                  PPPD(1, "CCP: timeout sending Config-Requests") PPTP("Echo Reply received.")
                          PPPD(1, "Connection terminated.") },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i]);
}

static const char *get_id(const LogAttempt *a) {
        return a->verdict.row ? a->verdict.row->id : "";
}

/* A server's words about its clients are not a client's. */
static void test_servers(void **state) {
        static const struct {
                const char *id; /* or NULL */
                const char *log;
        } logs[] = {
                { "SRV-01",
                  "Mar  3 10:00:00 h pptpd[5]: CTRL: Client 192.0.2.7 control connection started\n"
                  "Mar  3 10:00:00 h pptpd[5]: CTRL: Starting call (launching pppd)\n" PPPD(
                          6, "pppd 2.4.9 started by root, uid 0") PPPD(6, "Using interface ppp0")
                          PPPD(6, "LCP: timeout sending Config-Requests") PPPD(6, "Modem hangup") },
                { "SRV-03",
                  "sent [CHAP Challenge id=0x1 <00>, name = \"pptpd\"]\n"
                  "rcvd [CHAP Response id=0x1 <00>, name = \"u\"]\n"
                  "sent [CHAP Failure id=0x1 \"E=691 R=1 C=00 V=0\"]\n" },
                { "SRV-03",
                  "rcvd [PAP AuthReq id=0x1 user=\"u\" password=<hidden>]\n"
                  "sent [PAP AuthNak id=0x1 \"\"]\n" },
                { NULL, "Mar  3 10:00:00 h accel-pppd[5]: pptp: new connection from 192.0.2.7\n" },
                { "SRV-19",
                  "GRE: read(fd=6,buffer=8058660,len=8196) from PTY failed: status = -1\n" },
        };
        static const char both[] =
                "Mar  3 10:00:00 h pptpd[5]: MGR: Manager process started\n"
                "Mar  3 10:00:01 h pptp[7]: anon log[ctrlp_rep:pptp_ctrl.c:1]: Sent control packet "
                "type is 1 'Start-Control-Connection-Request'\n"
                "Mar  3 10:00:02 h pptp[7]: anon log[main:pptp.c:1]: Client connection established.\n" PPPD(
                        8, "MS-CHAP authentication failed: E=691 Authentication failure");
        static const struct {
                const char *id; /* NULL: the view counts */
                LogServerView view;
                const char *log;
        } views[] = {
                { "SRV-01", 0,
                  PPPD(6, "Plugin /usr/lib/pptpd/pptpd-logwtmp.so loaded.")
                          PPPD(6, "LCP: timeout sending Config-Requests") },
                { "SRV-01", 0,
                  "sent [LCP ConfReq id=0x1 <auth chap MS-v2> <magic 0x1>]\n"
                  "LCP: timeout sending Config-Requests\n" },
                { "SRV-03", 0, PPPD(6, "Peer anna failed CHAP authentication") },
                { "SRV-03", 0,
                  "rcvd [PAP AuthReq id=0x1 user=\"u\" password=<hidden>]\n"
                  "sent [PAP AuthNak id=0x1 \"\"]\n" },
                { "SRV-07", 0,
                  PPPD(6, "peer from calling number 192.0.2.7 authorized")
                          PPPD(6, "CCP: timeout sending Config-Requests") },
                { NULL, LOG_SERVER_VIEW_CLIENT_LEFT,
                  PPPD(6, "found interface eth7 for proxy arp")
                          PPPD(6, "local  IP address 10.0.0.1")
                                  PPPD(6, "rcvd [LCP TermReq id=0x2 \"User request\"]") },
                /* Apple's */
                { "SRV-02", 0,
                  "Mon Mar  2 10:00:00 2020 : sent [LCP ConfAck id=0x1 <magic 0x1>]\n"
                  "Mon Mar  2 10:00:00 2020 : sent [LCP ConfReq id=0x1 <auth chap MS-v2>]\n"
                  "Mon Mar  2 10:00:03 2020 : PPTP received Call Clear Request message\n" },
                { NULL, LOG_SERVER_VIEW_UP,
                  PPPD(6, "peer from calling number 192.0.2.7 authorized")
                          PPPD(6, "MPPE 128-bit stateless compression enabled") },
        };
        static const char loop[] = PPPD(3, "pppd 2.4.9 started by root, uid 0") PPPD(
                3, "Connect: ppp0 <--> /dev/pts/0")
                PPTP("Outgoing call established (call ID 0, peer's call ID 128).") "Mar  3 10:00:00 h pptpd[5]: CTRL: Starting call (launching pppd, opening GRE)\n" PPPD(
                        6, "pppd 2.4.9 started by root, uid 0")
                        PPPD(3, "CHAP authentication succeeded") PPPD(6,
                                                                      "local  IP address 10.0.0.1")
                                PPPD(3, "IPCP: timeout sending Config-Requests")
                                        PPPD(3, "Connection terminated.")
                                                PPPD(6, "Sent 982294812 bytes, received 0 bytes.");
        static const char relay[] =
                PPPD(3, "Connect: ppp0 <--> /dev/pts/0") "Mar  3 10:00:00 h bcrelay[9]: UDP_BroadCast relayed\n" PPPD(
                        3, "Modem hangup");
        static const char mistaken[] = "sent [LCP ConfReq id=0x1 <auth eap> <magic 0x1>]\n"
                                       "rcvd [LCP ConfRej id=0x1 <auth eap>]\n"
                                       "sent [LCP TermReq id=0x2 \"peer refused to "
                                       "authenticate\"]\n";
        LogDiagnosis d;

        for (size_t i = 0; i < ELEMENTSOF(logs); i++) {
                assert_int_equal(log_diagnosis_read(logs[i].log, strlen(logs[i].log), &d), 0);
                assert_int_equal(d.n_attempts, 1);
                assert_true(d.attempts[0].of_server);
                assert_string_equal(get_id(&d.attempts[0]), logs[i].id ? logs[i].id : "");
                log_diagnosis_done(&d);
        }

        for (size_t i = 0; i < ELEMENTSOF(views); i++) {
                assert_int_equal(log_diagnosis_read(views[i].log, strlen(views[i].log), &d), 0);
                assert_true(d.n_attempts > 0);
                if (!d.attempts[d.n_attempts - 1].of_server ||
                    strcmp(get_id(&d.attempts[d.n_attempts - 1]), views[i].id ? views[i].id : "") !=
                            0 ||
                    d.attempts[d.n_attempts - 1].view != views[i].view)
                        fail_msg("log %zu is of a %s, %s, view %d", i,
                                 d.attempts[d.n_attempts - 1].of_server ? "server" : "client",
                                 get_id(&d.attempts[d.n_attempts - 1]),
                                 (int) d.attempts[d.n_attempts - 1].view);
                log_diagnosis_done(&d);
        }

        /* each process has a role of its own, however their lines alternate */
        assert_int_equal(log_diagnosis_read(loop, strlen(loop), &d), 0);
        assert_int_equal(d.n_attempts, 2);
        assert_false(d.attempts[0].of_server);
        assert_string_equal(d.attempts[0].verdict.row->id, "IPCP-07");
        assert_true(d.attempts[1].of_server);
        assert_string_equal(get_id(&d.attempts[1]), "SRV-09");
        log_diagnosis_done(&d);

        /* who relays broadcasts is no server */
        assert_int_equal(log_diagnosis_read(relay, strlen(relay), &d), 0);
        assert_false(d.attempts[0].of_server);
        assert_string_equal(d.attempts[0].verdict.row->id, "LCP-03");
        log_diagnosis_done(&d);

        /* a client that asks the server for a password by mistake */
        assert_int_equal(log_diagnosis_read(mistaken, strlen(mistaken), &d), 0);
        assert_false(d.attempts[0].of_server);
        log_diagnosis_done(&d);

        /* a machine may be both */
        assert_int_equal(log_diagnosis_read(both, strlen(both), &d), 0);
        assert_false(d.attempts[d.n_attempts - 1].of_server);
        assert_string_equal(d.attempts[d.n_attempts - 1].verdict.row->id, "AUTH-01");
        log_diagnosis_done(&d);
}

/* What was never answered is the cause, whatever waited for it. */
static void test_what_was_never_answered(void **state) {
        static const Case cases[] = {
                { "CTL-13", NULL,
                  ASKED LATER("LCP: timeout sending Config-Requests") LATER("Modem hangup") },
                { "CTL-13", NULL,
                  ASKED CTRL("10:02:00", "closing control connection due to missing echo reply") },
                { "CTL-08", NULL, CALLED LATER("LCP: timeout sending Config-Requests") },
                { "NET-06", NULL,
                  PPTP("The synchronous pptp option is NOT activated")
                          LATER("LCP: timeout sending Config-Requests") },
                { "NET-06", NULL,
                  PPTP("The synchronous pptp option is NOT activated") "Mar  3 10:00:31 h NetworkManager[7]: <warn> VPN plugin failed: 1\n" },
                /* it has not waited */
                { "GRE-06", NULL,
                  CALLED CTRL("10:00:07", "Closing connection (shutdown)")
                          CTRL("10:00:07", "short read (-1): Input/output error") },
                { "CTL-05", NULL, ASKED CTRL("10:00:00", "read returned zero, peer has closed") },
                /* the server gave up on GRE that never came */
                { "GRE-01", NULL,
                  CALLED CTRL("10:00:01",
                              "Outgoing call established (call ID 0, peer's call ID 1).")
                          CTRL("10:00:31", "read returned zero, peer has closed")
                                  PPPD(1, "Modem hangup") },
                { "GRE-01", NULL,
                  CALLED CTRL("23:59:50",
                              "Outgoing call established (call ID 0, peer's call ID 1).")
                          CTRL("00:00:20", "read returned zero, peer has closed") },
                /* its pppd died */
                { "CTL-16", NULL,
                  CALLED CTRL("10:00:01",
                              "Outgoing call established (call ID 0, peer's call ID 1).")
                          CTRL("10:00:02", "read returned zero, peer has closed") },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i]);
}

/* What the peer says in its Terminate-Request, in words as well as in packets. */
static void test_last_words_of_the_peer(void **state) {
        static const Case cases[] = {
                { "AUTH-07", NULL, PPPD(1, "LCP terminated by peer (Authentication failed)") },
                { "AUTH-11", NULL,
                  PPPD(1, "LCP terminated by peer (peer refused to authenticate)") },
                { "LCP-04", NULL, UP PPPD(1, "LCP terminated by peer (MPPE disabled)") },
                { "MPPE-15", NULL, UP PPPD(1, "MPPE disabled, closing LCP") },
                { "MPPE-16", NULL, UP PPPD(1, "LCP terminated by peer (Too many MPPE errors)") },
                { "MPPE-24", NULL,
                  PPPD(1, "LCP terminated by peer (MPPE required but not available)") },
                { "LCP-12", NULL, UP PPPD(1, "LCP terminated by peer (Link inactive)") },
                { "LCP-04", NULL, PPPD(1, "LCP terminated by peer (2znd^@<M-Mt^@^@^@^@)") },
                { "AUTH-17", "691", PPPD(1, "LCP terminated by peer (&^WCS^@<M-Mt^@^@^BM-3)") },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i]);
}

/* Two pppds at once, whose lines alternate. */
static void test_processes_are_told_apart(void **state) {
        static const char log[] = PPPD(11, "pppd 2.4.9 started by root, uid 0")
                PPPD(11, "Using interface ppp0") PPPD(12, "pppd 2.4.9 started by root, uid 0")
                        PPPD(11, "MS-CHAP authentication failed: E=691 Authentication failure")
                                PPPD(12, "Using interface ppp1") PPPD(11, "Connection terminated.")
                                        PPPD(12, "LCP: timeout sending Config-Requests")
                                                PPPD(11, "Exit.") PPPD(12, "Modem hangup");
        LogDiagnosis d;

        assert_int_equal(log_diagnosis_read(log, strlen(log), &d), 0);
        assert_int_equal(d.n_attempts, 2);
        assert_string_equal(d.attempts[0].verdict.row->id, "AUTH-01");
        assert_string_equal(d.attempts[1].verdict.row->id, "GRE-01");
        log_diagnosis_done(&d);
}

/* In a month's journal the failure of today is the last. */
static void test_newest_attempts_count(void **state) {
        static const char one[] = "Connect: ppp0 <--> /dev/pts/2\nModem hangup\n";
        static const char last[] = "Connect: ppp0 <--> /dev/pts/2\n" FAILURE_691;
        enum { N_OLD = 1000 };
        size_t n_log = N_OLD * (sizeof(one) - 1) + sizeof(last) - 1;
        char *log = malloc(n_log);
        LogDiagnosis d;

        assert_non_null(log);
        for (size_t i = 0; i < N_OLD; i++)
                memcpy(log + i * (sizeof(one) - 1), one, sizeof(one) - 1);
        memcpy(log + N_OLD * (sizeof(one) - 1), last, sizeof(last) - 1);

        assert_int_equal(log_diagnosis_read(log, n_log, &d), 0);
        assert_int_equal(d.n_attempts, LOG_ATTEMPTS_MAX);
        assert_int_equal(d.n_older, N_OLD + 1 - LOG_ATTEMPTS_MAX);
        assert_string_equal(d.attempts[d.n_attempts - 1].verdict.row->id, "AUTH-01");
        for (size_t i = 1; i < d.n_attempts; i++)
                assert_true(d.attempts[i - 1].first_line < d.attempts[i].first_line);
        log_diagnosis_done(&d);
        free(log);
}

static void test_evidence_stands_as_it_is(void **state) {
        static const char log[] =
                "rcvd [CHAP Failure id=0x0 \"E=691 R=0 M=no \\\\ \033[1m \001\"]\n";
        static const char letters[] =
                "pppd[1]: CHAP authentication failed: \xd0\xbd\xd0\xb5\xd1\x82 \xe6\x97\xa0 \xc2\x85 "
                "\xe2\x80\xae \xc0\xaf \xe6\x97";
        LogDiagnosis d;

        assert_int_equal(log_diagnosis_read(log, strlen(log), &d), 0);
        assert_string_equal(d.attempts[0].evidence[0].text,
                            "rcvd [CHAP Failure id=0x0 \"E=691 R=0 M=no \\\\  \\x01\"]");
        log_diagnosis_done(&d);

        /* Letters of all languages; no control character, no turned direction, no half letter. */
        assert_int_equal(log_diagnosis_read(letters, strlen(letters), &d), 0);
        assert_string_equal(d.attempts[0].evidence[0].text,
                            "pppd[1]: CHAP authentication failed: \xd0\xbd\xd0\xb5\xd1\x82 "
                            "\xe6\x97\xa0 \\xc2\\x85 \\xe2\\x80\\xae \\xc0\\xaf \\xe6\\x97");
        log_diagnosis_done(&d);
}

typedef struct Drip {
        const char *text;
        size_t n_text, n_piece;
        int error;
} Drip;

static ptrdiff_t read_drip(void *context, char *buffer, size_t n_buffer) {
        Drip *drip = context;
        size_t n = MIN(drip->n_piece, drip->n_text);

        assert_true(n <= n_buffer);
        if (n == 0)
                return drip->error;
        memcpy(buffer, drip->text, n);
        drip->text += n;
        drip->n_text -= n;
        return (ptrdiff_t) n;
}

/* However a log comes in, it says the same: whole, byte by byte, and cut at every offset. */
static void test_streams(void **state) {
        static const char log[] =
                "\xe2\x80\x9cx\r\r\nsent [CCP ConfReq id=0x1 &lt;mppe +H -M +S -L -D -C&gt;]\r\n"
                "\033[1mrcvd\033[0m [CCP ConfNak id=0x1\n> <mppe -H -M +S \xe2\x80\x93L -D -C>]\n"
                "sent [LCP TermReq id=0x2 \"MPPE\"]";
        char wide[sizeof(log) * 2 + 2];
        size_t n_wide = widen(wide,
                              "sent [CCP ConfReq id=0x1 <mppe +H -M +S -L -D -C>]\r\n"
                              "rcvd [CCP ConfNak id=0x1 <mppe -H -M +S -L -D -C>]\r\n",
                              false, true);

        for (size_t n_piece = 1; n_piece < sizeof(log); n_piece++) {
                Drip drip = { log, strlen(log), n_piece, 0 };
                LogDiagnosis d;

                assert_int_equal(log_diagnosis_read_from(read_drip, &drip, &d), 0);
                assert_int_equal(d.n_attempts, 1);
                assert_string_equal(d.attempts[0].verdict.row->id, "MPPE-02");
                assert_int_equal(d.attempts[0].n_packets, 3);
                assert_int_equal(d.n_lines, 5);
                log_diagnosis_done(&d);

                /* The mark and the first two characters are looked at together. */
                if (n_piece < 4)
                        continue;
                drip = (Drip){ wide, n_wide, n_piece, 0 };
                assert_int_equal(log_diagnosis_read_from(read_drip, &drip, &d), 0);
                assert_string_equal(d.attempts[0].verdict.row->id, "MPPE-02");
                log_diagnosis_done(&d);
        }
}

/* A verdict that only says how it ended tells where the cause is. */
static void test_where_the_cause_is(void **state) {
        static const struct {
                const char *log;
                LogCause cause;
                unsigned line;
        } cases[] = {
                { PPPD(1, "Modem hangup"), LOG_CAUSE_IN_PPTP, 1 },
                { UP PPPD(1, "Modem hangup"), LOG_CAUSE_IN_PPTP, 4 },
                { PPPD(1, "Connect: ppp0 <--> /dev/pts/0") PPPD(1, "Modem hangup"),
                  LOG_CAUSE_IN_PPTP, 2 },
                { PPTP("The synchronous pptp option is NOT activated") PPPD(1, "Modem hangup"),
                  LOG_CAUSE_BEFORE, 2 },
                { "pptpconfig: monitoring interface ppp0\n" PPPD(1, "Modem hangup"),
                  LOG_CAUSE_IN_PPTP, 2 },
                { PPTP("pppd may have shutdown, see pppd log"), LOG_CAUSE_IN_PPPD, 1 },
                { PPPD(1, "Using interface ppp0") PPTP("pppd may have shutdown, see pppd log"),
                  LOG_CAUSE_BEFORE, 2 },
                { PPPD(1, "CHAP authentication failed"), LOG_CAUSE_TOLD, 1 },
        };
        LogDiagnosis d;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                assert_int_equal(log_diagnosis_read(cases[i].log, strlen(cases[i].log), &d), 0);
                assert_int_equal(d.attempts[0].cause, cases[i].cause);
                assert_int_equal(d.attempts[0].evidence[0].line, cases[i].line);
                log_diagnosis_done(&d);
        }
}

/* What carries the link, if not PPTP: then nothing is said about GRE. */
static void test_carriers(void **state) {
        static const struct {
                LogCarrier carrier;
                const char *id; /* or NULL */
                const char *log;
        } cases[] = {
                { LOG_CARRIER_MODEM, NULL,
                  "Connect: ppp0 <--> /dev/ttyUSB2\nLCP: timeout sending Config-Requests\n" },
                { LOG_CARRIER_MODEM, "AUTH-14",
                  "Connect: ppp0 <--> /dev/ttyS0\nPAP authentication failed\n" },
                { LOG_CARRIER_MODEM, "LCP-03",
                  "Mar  3 10:00:00 h chat[4]: CONNECT\n" PPPD(1, "Modem hangup") },
                { LOG_CARRIER_PPPOE, NULL,
                  PPPD(1, "Connect: ppp0 <--> eth1")
                          PPPD(1, "LCP: timeout sending Config-Requests") },
                { LOG_CARRIER_PPPOE, "LCP-03",
                  "Mar  3 10:00:00 h netifd: Network device 'pppoe-wan' link is down\n" PPPD(
                          1, "Modem hangup") PPPD(1, "Sent PADT") },
                /* a pseudo terminal of old */
                { LOG_CARRIER_UNKNOWN, "GRE-01",
                  "Connect: ppp0 <--> /dev/ttyp0\nLCP: timeout sending Config-Requests\n" },
                { LOG_CARRIER_PPPOA, NULL,
                  "Connect: ppp0 <--> 0.100\nLCP: timeout sending Config-Requests\n" },
                { LOG_CARRIER_L2TP, NULL,
                  PPPD(1, "Plugin pppol2tp.so loaded.")
                          PPPD(1, "LCP: timeout sending Config-Requests") },
                { LOG_CARRIER_L2TP, NULL,
                  "Mar  3 10:00:00 h charon: 12[IKE] IKE_SA established\n"
                  "Mar  3 10:00:00 h xl2tpd[4]: Connecting to host 192.0.2.9, port 1701\n" PPPD(
                          1, "Connect: ppp0 <--> /dev/pts/0")
                          PPPD(1, "LCP: timeout sending Config-Requests") },
                { LOG_CARRIER_FORTINET, NULL,
                  "openfortivpn: ERROR: connect: Connection refused\n" },
                { LOG_CARRIER_FORTINET, "SYS-02",
                  "openfortivpn: INFO: Connected to gateway.\nCouldn't open the /dev/ppp device: No "
                  "such file\n" },
                { LOG_CARRIER_MODEM, "AUTH-07",
                  "rcvd [CHAP Challenge id=0x1 <00>, name = \"UMTS_CHAP_SRVR\"]\n"
                  "CHAP authentication failed\n" },
                /* the uplink is one, and the tunnel is not */
                { LOG_CARRIER_PPTP, "GRE-01",
                  "Mar  3 10:00:00 h netifd: Network device 'pppoe-wan' link is up\n" PPPD(
                          1, "Connect: ppp0 <--> /dev/pts/0") PPTP("Client connection established.")
                          PPPD(1, "LCP: timeout sending Config-Requests") },
                { LOG_CARRIER_PPTP, "GRE-01",
                  PPPD(1, "Connect: pptp-vpn <--> pptp (192.0.2.9)")
                          PPPD(1, "LCP: timeout sending Config-Requests") },
                /* who says that another protocol works has no log of it */
                { LOG_CARRIER_UNKNOWN, "GRE-01",
                  "it works very well with openvpn and l2tp\nsstp and pppoe work too\n"
                  "LCP: timeout sending Config-Requests\n" },
                /* it does not carry PPP */
                { LOG_CARRIER_UNKNOWN, "GRE-01",
                  "Mar  3 10:00:00 h openvpn[4]: Initialization Sequence Completed\n" PPPD(
                          1, "LCP: timeout sending Config-Requests") },
        };
        static const char mtpd[] = "03-13 10:00:00.100  412  412 D mtpd    : Sending SCCRQ\n"
                                   "03-13 10:00:02.100  412  412 D mtpd    : Timeout\n";
        static const char openvpn[] =
                "Mar  3 10:00:00 h ovpn-client[4]: TLS Error: TLS key negotiation failed to occur\n";
        LogDiagnosis d;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const LogAttempt *a;

                assert_int_equal(log_diagnosis_read(cases[i].log, strlen(cases[i].log), &d), 0);
                assert_int_equal(d.n_attempts, 1);
                a = &d.attempts[0];
                if (a->carrier != cases[i].carrier)
                        fail_msg("log %zu is of %s, not of %s", i, log_carrier_name(a->carrier),
                                 log_carrier_name(cases[i].carrier));
                if (cases[i].id)
                        assert_string_equal(a->verdict.row->id, cases[i].id);
                else
                        assert_null(a->verdict.row);
                assert_int_equal(a->is_silent, !cases[i].id && !strstr(cases[i].log, "connect:"));
                log_diagnosis_done(&d);
        }

        assert_int_equal(log_diagnosis_read(mtpd, strlen(mtpd), &d), 0);
        assert_int_equal(d.n_attempts, 0);
        assert_int_equal(d.carrier, LOG_CARRIER_L2TP);
        log_diagnosis_done(&d);

        assert_int_equal(log_diagnosis_read(openvpn, strlen(openvpn), &d), 0);
        assert_int_equal(d.n_attempts, 0);
        assert_int_equal(d.carrier, LOG_CARRIER_OPENVPN);
        log_diagnosis_done(&d);
}

#define ADDRESSES(local, remote) \
        UP PPPD(1, "local  IP address " local) PPPD(1, "remote IP address " remote)
#define SERVER(address) \
        PPPD(1, "Script pptp " address " --nolaunchpppd finished (pid 2), status = 0x0")

#define IFCONFIG "inet addr:192.168.1.5 Mask:255.255.255.0\n"

/* Networks that are on both sides, and a server behind its own tunnel. */
static void test_networks(void **state) {
        static const Case cases[] = {
                { "NETC-06",
                  "the server's address in the tunnel, 192.168.1.1, is in 192.168.1.0/24, the network of eth0",
                  ADDRESSES(
                          "10.9.0.2",
                          "192.168.1.1") "2: eth0: <UP>\n    inet 192.168.1.5/24 brd 192.168.1.255 scope global eth0\n" },
                { "NETC-06", "this host's address in the tunnel, 192.168.1.77",
                  ADDRESSES("192.168.1.77", "10.9.0.1") "eth0 Link encap:Ethernet\n" IFCONFIG },
                { "NETC-06", "a network that this host is in",
                  "wlan0: flags=4163\n inet 192.168.1.5  netmask 255.255.255.0\n" ADDRESSES(
                          "192.168.1.77", "10.9.0.1") },
                { "NETC-06",
                  "192.168.0.0/16 is routed into ppp0, and this host is in 192.168.1.0/24",
                  ADDRESSES(
                          "10.9.0.2",
                          "10.9.0.1") "# ip route\n192.168.0.0/16 dev ppp0 scope link\n"
                                      "192.168.1.0/24 dev eth0 proto kernel scope link src 192.168.1.5\n" },
                { "NETC-06", "the network of wlan0",
                  PPPD(1, "found interface wlan0 for proxy arp")
                          ADDRESSES("10.9.0.2", "192.168.1.1") },
                { "GRE-09", "192.0.2.9", SERVER("192.0.2.9") ADDRESSES("10.9.0.2", "192.0.2.9") },
                /* the digits that the writer has hidden do not matter */
                { "GRE-09", "192.0.2.x is the peer's address",
                  ADDRESSES("10.9.0.2", "192.0.2.x") "ip route add 192.0.2.x via 192.168.7.1 dev "
                                                     "eth0  src 192.168.7.4\nRTNETLINK answers: "
                                                     "File exists\n" },
                { "NETC-05", "the best route to the server 192.0.2.9 is 0.0.0.0/0 through ppp0",
                  SERVER("192.0.2.9") ADDRESSES(
                          "10.9.0.2",
                          "10.9.0.1") "Destination Gateway Genmask Flags Metric Ref Use Iface\n"
                                      "0.0.0.0         0.0.0.0         0.0.0.0         U     0      0        0 ppp0\n"
                                      "0.0.0.0         192.168.1.254   0.0.0.0         UG    100    0        0 eth0\n"
                                      "192.168.1.0     0.0.0.0         255.255.255.0   U     0      0        0 eth0\n" },
                { "NETC-05", "is 192.0.2.0/24 through ppp0",
                  SERVER("192.0.2.9") ADDRESSES(
                          "10.9.0.2",
                          "10.9.0.1") "default via 192.168.1.254 dev eth0 metric 100\n192.0.2.0/24 dev ppp0\n"
                                      "192.168.1.0/24 dev eth0 scope link\n" },
        };
        static const char *const harmless[] = {
                ADDRESSES("10.9.0.2", "10.9.0.1"),
                ADDRESSES("10.9.0.2", "10.9.0.1") "192.168.1.0/24 dev eth0 scope link\n",
                /* the tunnel's own */
                ADDRESSES(
                        "10.9.0.2",
                        "10.9.0.1") "inet 10.9.0.2 peer 10.9.0.1/32 scope global ppp0\n10.9.0.1 dev ppp0 scope link\n"
                                    "inet addr:10.9.0.2 P-t-P:10.9.0.1 Mask:255.255.255.255\n"
                                    "10.9.0.0/24 dev ppp0 scope link\n",
                /* a route that was there before, and one that could be added */
                ADDRESSES("10.9.0.2",
                          "10.9.0.1") "ip route add 192.0.2.x via 192.168.7.1 dev eth0\n"
                                      "RTNETLINK answers: File exists\n",
                ADDRESSES("10.9.0.2",
                          "192.0.2.x") "ip route add 192.0.2.x via 192.168.7.1 dev eth0\n",
                /* the server has a route of its own */
                SERVER("192.0.2.9") ADDRESSES(
                        "10.9.0.2",
                        "10.9.0.1") "default dev ppp0 scope link\n192.0.2.9 via 192.168.1.254 dev eth0\n"
                                    "192.168.1.0/24 dev eth0 scope link\n",
                /* only what leads into the tunnel was pasted */
                SERVER("192.0.2.9") ADDRESSES("10.9.0.2", "10.9.0.1") "default dev ppp0\n",
                /* the same on both ends, and it works */
                SERVER("192.0.2.9") ADDRESSES("10.9.0.2", "192.0.2.9")
                        PPPD(1, "Sent 982294 bytes, received 99999999 bytes."),
                /* a server's: its client lives in its network */
                PPPD(1, "found interface eth0 for proxy arp")
                        PPPD(1, "local  IP address 192.168.1.1")
                                PPPD(1, "remote IP address 192.168.1.9"),
                /* in words */
                ADDRESSES("192.168.1.7", "10.9.0.1") "my LAN is 192.168.1.0/24 as you can see\n",
                ADDRESSES("127.0.0.2", "10.9.0.1") "inet 127.0.0.1/8 scope host lo\n",
                /* what was pasted is the server's own */
                ADDRESSES("10.9.0.2", "192.168.1.1") "inet 192.168.1.1/24 scope global eth0\n",
        };
        LogDiagnosis d;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i]);

        for (size_t i = 0; i < ELEMENTSOF(harmless); i++) {
                assert_int_equal(log_diagnosis_read(harmless[i], strlen(harmless[i]), &d), 0);
                assert_int_equal(d.n_attempts, 1);
                assert_true(d.attempts[0].was_up);
                if (d.attempts[0].verdict.row)
                        fail_msg("log %zu is %s: %s", i, d.attempts[0].verdict.row->id,
                                 d.attempts[0].verdict.detail);
                log_diagnosis_done(&d);
        }
}

#define CONNECTED                                                                           \
        CALLED CTRL("10:00:00", "Outgoing call established (call ID 0, peer's call ID 1).") \
                PPPD(1, "Connect: ppp0 <--> /dev/pts/0")

/* What a message says of a stage outweighs that the connection was gone afterwards. */
static void test_what_says_more(void **state) {
        static const Case cases[] = {
                { "AUTH-07", NULL,
                  CONNECTED PPPD(1, "MS-CHAP authentication failed: Invalid!")
                          CTRL("10:00:01", "read returned zero, peer has closed") },
                { "AUTH-13", NULL,
                  CONNECTED PPPD(1, "CHAP authentication timed out")
                          CTRL("10:00:31", "Received Stop Control Connection Request.")
                                  PPPD(1, "Modem hangup") },
                { "MPPE-23", NULL,
                  CONNECTED PPPD(1, "MPPE required but peer negotiation failed")
                          CTRL("10:00:01", "Call disconnect notification received (call id 1)") },
                { "CTL-16", NULL,
                  CONNECTED PPPD(1, "CHAP authentication succeeded")
                          CTRL("10:00:01", "read returned zero, peer has closed") },
        };
        LogDiagnosis d;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i]);

        assert_int_equal(log_diagnosis_read(cases[0].log, strlen(cases[0].log), &d), 0);
        assert_int_equal(d.attempts[0].stage, LOG_STAGE_ASKED);
        log_diagnosis_done(&d);
}

#define RESPONSE "sent [CHAP Response id=0x0 <00>, name = \"user\"]\n"
#define CHALLENGE "rcvd [CHAP Challenge id=0x0 <752efeec>, name = \"vpn\"]\n"

/* A log-on that was begun and never decided. */
static void test_undecided_log_on(void **state) {
        static const Case cases[] = {
                { "AUTH-13", "3 times", MSCHAPV2 CHALLENGE RESPONSE CHALLENGE RESPONSE },
                { "AUTH-13", "2 times", MSCHAPV2 CHALLENGE RESPONSE "rcvd [LCP TermReq id=0x2]\n" },
                { "AUTH-13", "3 times",
                  "sent [PAP AuthReq id=0x1 user=\"u\" password=<hidden>]\n"
                  "sent [PAP AuthReq id=0x2 user=\"u\" password=<hidden>]\n"
                  "sent [PAP AuthReq id=0x3 user=\"u\" password=<hidden>]\n" },
                /* it says why */
                { "AUTH-07", "Authentication failed",
                  MSCHAPV2 CHALLENGE RESPONSE
                  "rcvd [LCP TermReq id=0x2 \"Authentication failed\"]\n" },
                /* once may be anything */
                { "LCP-04", NULL, MSCHAPV2 "rcvd [LCP TermReq id=0x2]\n" },
                { "AUTH-01", NULL, MSCHAPV2 CHALLENGE RESPONSE CHALLENGE RESPONSE FAILURE_691 },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i]);
}

#define NETIFD(text) "Wed Jan 15 19:02:11 2025 daemon.notice netifd: " text "\n"
#define MACOS(text) "Tue Nov 14 18:21:18 2017 : " text "\n"

/* Programs that say the same as pppd and pptp-linux, in other words or through others. */
static void test_other_words(void **state) {
        static const Case cases[] = {
                { "CFG-01", NULL,
                  NETIFD("vpn (44): /usr/sbin/pppd: In file /etc/ppp/options.pptp: unrecognized "
                         "option 'mppe'") },
                { "SYS-06", NULL,
                  NETIFD("vpn (44): Couldn't open the /dev/ppp device: Operation not permitted") },
                { "SYS-05", NULL,
                  PPPD(1, "PPTP: failed to create PPTP socket (Protocol not supported)") },
                { "SYS-06", NULL,
                  PPPD(1, "PPTP: failed to create PPTP socket (Operation not permitted)") },
                { "NET-06", NULL, MACOS("PPTP connect errno = 60 Operation timed out") },
                { "NET-03", NULL, MACOS("PPTP connect errno = 61 Connection refused") },
                { "NET-01", NULL, MACOS("PPTP: Host 'vpn.example' not found...") },
                { "GRE-01", NULL,
                  MACOS("PPTP connection established.")
                          MACOS("LCP: timeout sending Config-Requests") },
                { "AUTH-01", NULL,
                  "Mar  3 10:12:44 h mpd: [L1] CHAP: rec'd FAILURE #1 len: 49\n"
                  "Mar  3 10:12:44 h mpd: [L1]   MESG: E=691 R=1 C=5A V=3\n" },
                { "SYS-04", "/lib/modules/6.1.0",
                  "modprobe[4]: FATAL: Module ppp_mppe not found in directory "
                  "/lib/modules/6.1.0\n" },
                { "PPPD-02", NULL, PPPD(1, "Fatal signal 11") },
                { "NM-08", NULL,
                  "NetworkManager[7]: <error> vpn: Failed to request VPN secrets #3: No agents\n" },
                /* a protocol that is not wanted here, and a helper that was told to end */
                { .log = PPPD(1,
                              "Unsupported protocol 'Compression Control Protocol' (0x80fd) "
                              "received") },
                { .log = "NetworkManager[7]: xl2tpd[45]: Fatal signal 15 received\n" },
                { .log = PPPD(1, "Fatal signal 15") },
                /* of a child that has nothing to do with it */
                { .log = NETIFD("wan (45): udhcpc: connect: Network is unreachable") },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i]);
}

/* A question to a program is no attempt, and its answer no failure of pppd. */
static void test_questions_to_programs(void **state) {
        static const char log[] = "# pptp --version\n"
                                  "pptp: unrecognized option `--version'\n"
                                  "pptp version 1.7.0\n"
                                  "# grep mppe /proc/modules\n"
                                  "using channel 3\n"
                                  "Using interface ppp0\n"
                                  "sent [LCP ConfReq id=0x1 <magic 0x1>]\n"
                                  "LCP: timeout sending Config-Requests\n";
        LogDiagnosis d;

        assert_int_equal(log_diagnosis_read(log, strlen(log), &d), 0);
        assert_int_equal(d.n_attempts, 1);
        assert_string_equal(d.attempts[0].verdict.row->id, "GRE-01");
        assert_string_equal(d.attempts[0].label, "");
        log_diagnosis_done(&d);
}

#define OLD(number) PPTP("discarding duplicate or old packet " number " (expecting 32826)")

/* What pptp-linux throws away has come: GRE is not blocked, and all of it is not lost by chance. */
static void test_refused_gre(void **state) {
        static const Case cases[] = {
                { "GRE-08", "7350 came while 32826", OLD("7348") OLD("7349") OLD("7350") },
                { "GRE-08", "81321",
                  CALLED PPTP("Outgoing call established (call ID 0, peer's call ID 1).")
                          PPTP("discarding bogus packet 81321 (expecting 1)")
                                  LATER("LCP: timeout sending Config-Requests") },
                { "LCP-10", "none to pppd",
                  CALLED PPTP("Outgoing call established (call ID 0, peer's call ID 1).")
                          PPTP("buffering packet 3 (expecting 1, lost or reordered)")
                                  LATER("LCP: timeout sending Config-Requests") },
                /* something was accepted in between; it was late by a few */
                { "GRE-07", NULL,
                  OLD("7348") OLD("7349") PPTP("accepting packet 32826") OLD("7350") },
                { "GRE-07", NULL, OLD("32820") OLD("32821") OLD("32822") },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i]);
}

/* Words that the server adds to its refusal. */
static void test_words_of_refusal(void **state) {
        static const Case cases[] = {
                { "AUTH-19", "lready connected",
                  PPPD(1, "CHAP authentication failed: Already connected from 198.51.100.9") },
                { "AUTH-19", "E=691",
                  MSCHAPV2
                  "rcvd [CHAP Failure id=0x0 \"E=691 R=0 C=00 V=3 M=Already logged in\"]\n" },
                { "AUTH-07", "Ask the office",
                  PPPD(1, "CHAP authentication failed: Ask the office") },
                { "MPPE-11", "peer negotiation failed",
                  "7\tAug 1 22:45:15\tPPP\tERROR\trcvd [LCP TermReq MPPE required but peer "
                  "negotiation failed]\n" },
                { "LCP-04", "Bye now", "rcvd [LCP TermReq id=0x3 Bye now]\n" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i]);
}

/* A cause beside its symptom, and an attempt that failed otherwise than those before it. */
static void test_causes_beside_symptoms(void **state) {
        static const Case cases[] = {
                { "LCP-08", "do not exist",
                  CONNECTED PPPD(1, "MPPE 128-bit stateless compression enabled")
                          PPPD(1, "Unsupported protocol 0x4ba3 received")
                                  PPPD(1, "IPCP: timeout sending Config-Requests") },
                /* what the other end says, FreeBSD's ppp */
                { "LCP-08", NULL,
                  UP "Mar  3 10:00:09 gate ppp[77]: Phase: Unknown protocol 0xc1d5 (unrecognised "
                     "protocol)\n" },
                { .log = UP "Mar  3 10:00:09 gate ppp[77]: Phase: Unknown command\n" },
                /* before there is encryption it is another fault's */
                { "IPCP-07", NULL, CONNECTED PPPD(1, "IPCP: timeout sending Config-Requests") },
                { "NETC-24", NULL, UP "ping: sendmsg: Operation not permitted\n" },
                { "NETC-25", NULL, UP "Cannot find device \"ppp0\"\n" },
                { .log = PPPD(1,
                              "Using interface ppp0") "ping: sendmsg: Operation not permitted\n" },
        };
        static const char bare[] = "anon warn[x:pptp_callmgr.c:326]: connect: No route to host\n"
                                   "anon fatal[x:pptp.c:426]: Call manager exited with error 256\n"
                                   "anon warn[x:pptp_gre.c:82]: socket: Operation not permitted\n"
                                   "anon fatal[x:pptp.c:275]: Cannot bind GRE socket, aborting.\n";
        LogDiagnosis d;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i]);

        assert_int_equal(log_diagnosis_read(bare, strlen(bare), &d), 0);
        assert_int_equal(d.n_attempts, 2);
        assert_string_equal(d.attempts[0].verdict.row->id, "NET-05");
        assert_string_equal(d.attempts[1].verdict.row->id, "SYS-06");
        log_diagnosis_done(&d);
}

/* A script is no program of the VPN that it is named after. */
static void test_names_of_files(void **state) {
        static const Case cases[] = {
                { "SYS-13", NULL,
                  NETIFD("vpn (138): ./ppp.sh(or l2tp.sh): eval: line 1: resolveip: not found")
                          NETIFD("vpn (138): Could not resolve server address") },
                { "NET-01", NULL,
                  "cat /etc/ppp/options.l2tpd\n" NETIFD(
                          "vpn (13): Could not resolve server address") },
        };
        static const char speaks[] =
                "Mar  3 10:00:00 h xl2tpd[7]: Connecting to host x, port 1701\n" PPPD(
                        1, "LCP: timeout sending Config-Requests");
        LogDiagnosis d;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i]);

        assert_int_equal(log_diagnosis_read(speaks, strlen(speaks), &d), 0);
        assert_int_equal(d.attempts[0].carrier, LOG_CARRIER_L2TP);
        log_diagnosis_done(&d);
}

#define ROUTEROS(text) "jun/14 22:01:07 pptp,ppp,info " text "\n"
#define MPD(text) "Oct  3 20:11:40 gw mpd: [L1] " text "\n"
#define RAS(number)                                                                    \
        "CoId={00000000-0000-0000-0000-000000000001}: The user x dialed a connection " \
        "named office which has failed. The error code returned on failure is " number ".\n"

/* Clients that are neither pppd nor pptp-linux. */
static void test_other_clients(void **state) {
        static const Case cases[] = {
                { "MPPE-16", NULL,
                  ROUTEROS("pptp-out1: connecting...") ROUTEROS("pptp-out1: authenticated")
                          ROUTEROS("pptp-out1: terminating... - encryption got out of sync") },
                { "AUTH-07", NULL,
                  ROUTEROS("office: terminating... - user vpnuser authentication failed") },
                { "GRE-01", "1723",
                  ROUTEROS("office: connecting...")
                          ROUTEROS("office: terminating... - peer is not responding") },
                { "GRE-01", NULL,
                  ROUTEROS("office: dialing...") ROUTEROS(
                          "office: terminating... - session closed") "jun/14 22:01:38 pptp,ppp,debug office: LCP missed all replies\n" },
                { .log = ROUTEROS("office: dialing...")
                          ROUTEROS("office: terminating... - session closed") },
                { "LCP-02", NULL,
                  ROUTEROS("office: connected")
                          ROUTEROS("office: terminating... - peer is not responding") },
                /* a client that called the router */
                { "SRV-14", NULL, ROUTEROS("<pptp-x>: terminating... - peer is not responding") },
                { "SRV-03", NULL,
                  ROUTEROS("<1>: user anna authentication failed - bad username or password") },
                { "GRE-01", "619", RAS("619") },
                { "AUTH-01", "691", RAS("691") },
                { "NET-06", "800", RAS("800") },
                { .log = RAS("1460") },
                { "GRE-01", NULL,
                  MPD("Link: OPEN event") MPD("PPTP call successful") MPD("LCP: SendConfigReq #10")
                          MPD("LCP: parameter negotiation failed") MPD("PPTP call terminated") },
                { .log = MPD("PPTP call successful") MPD("LCP: rec'd Configure Request #1")
                          MPD("LCP: authorization successful") MPD("IPCP: LayerUp") },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i]);
}

/*
 * RouterOS gives up in several words, which tell nothing of the cause. What it waited in vain for
 * does; a server that sends a client away does it at once.
 */
static void test_client_that_gave_up(void **state) {
        static const char silent[] = "10:00:00 pptp,ppp,info office: initializing...\n"
                                     "10:00:00 pptp,ppp,info office: connecting...\n"
                                     "10:00:28 pptp,ppp,info office: terminating... - any reason\n"
                                     "10:00:28 pptp,ppp,info office: disconnected\n";
        static const char quick[] = "10:00:00 pptp,ppp,info office: connecting...\n"
                                    "10:00:04 pptp,ppp,info office: terminating... - any reason\n"
                                    "10:00:04 pptp,ppp,info office: disconnected\n";
        LogDiagnosis d;

        assert_int_equal(log_diagnosis_read(silent, strlen(silent), &d), 0);
        assert_int_equal(d.n_attempts, 1);
        assert_null(d.attempts[0].verdict.row);
        assert_non_null(strstr(d.attempts[0].verdict.detail, "28 s"));
        assert_int_equal(d.attempts[0].evidence[0].line, 3);
        log_diagnosis_done(&d);

        assert_int_equal(log_diagnosis_read(quick, strlen(quick), &d), 0);
        for (size_t i = 0; i < d.n_attempts; i++)
                assert_string_equal(d.attempts[i].verdict.detail, "");
        log_diagnosis_done(&d);
}

/* Who is named like an option of pppd's says nothing of it. */
static void test_host_named_like_option(void **state) {
        static const Case cases[] = {
                { .log = "Mar  3 10:00:00 mppe NetworkManager[7]: <info> all is well here\n" },
        };

        check(&cases[0]);
}

/* A message that the end of a paste cut off, or an editor tore apart. */
static void test_cut_messages(void **state) {
        static const Case cases[] = {
                { "GRE-01", NULL, "Mar  3 10:00:30 h pppd[5]: LCP: timeout sending Co" },
                { "GRE-01", NULL,
                  "Mar  3 10:00:30 h pppd[5]: LCP: timeout sending Co\n\nAny idea?\n" },
                { "CTL-10", NULL,
                  "Mar  3 10:00:30 h pptp[5]: closing control connection due to missing echo repl   "
                  "  y\n" },
                /* another line follows; too short; in a letter */
                { .log = "h pppd[5]: LCP: timeout sending Co\nh pppd[5]: and more\n" },
                { .log = "Mar  3 10:00:30 h pppd[5]: LCP: timeou" },
                { .log = "It says LCP: timeout sending Co\n" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i]);
}

/* What is no failure is the answer if it is all that there is. */
static void test_remarks(void **state) {
        static const Case cases[] = {
                { "GRE-07", NULL, PPTP("buffering packet 7 (expecting 6, lost or reordered)") },
                { "GRE-07", NULL, PPTP("discarding bogus packet 94236 (expecting 93663)") },
                { "NETC-14", NULL,
                  UP PPPD(1, "Terminating connection due to lack of activity.")
                          PPPD(1, "Connection terminated.") },
                { "GRE-06", NULL, PPTP("pppd may have shutdown, see pppd log") },
                /* one lost packet says nothing of a tunnel that works */
                { .log = UP PPTP("buffering packet 7 (expecting 6, lost or reordered)") },
        };
        static const char down[] = PPTP(
                "discarding bogus packet 94236 (expecting 93663)") "Mar  3 10:00:00 h NetworkManager: <info> (eth1): supplicant connection state: completed "
                                                                   "-> disconnected\n";
        LogDiagnosis d;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i]);

        assert_int_equal(log_diagnosis_read(down, strlen(down), &d), 0);
        assert_int_equal(d.attempts[0].uplink.line, 2);
        log_diagnosis_done(&d);
}

/* Messages that a mail program has wrapped. */
static void test_wrapped_messages(void **state) {
        static const Case cases[] = {
                { "GRE-01", NULL,
                  "> Mar  3 10:00:30 h pppd[5]: LCP: timeout sending\n> Config-Requests\n" },
                { "AUTH-07", NULL, "pppd[5]: CHAP authentication\nfailed\n" },
                /* at the end of a piece it is cut off, whatever comes behind that */
                { "GRE-01", NULL, "pppd[5]: LCP: timeout sending\n\nConfig-Requests\n" },
                /* the next line is another's, or a sentence of its own */
                { .log = "pppd[5]: LCP: timeout sending\nsshd[6]: Config-Requests\n" },
                { .log = "pppd[5]: CHAP authentication\nMar  3 10:00:30 h failed\n" },
        };
        static const char modem[] = "pppd[5]: Connect: ppp0\n<--> /dev/ttyUSB0\n"
                                    "pppd[5]: LCP: timeout sending\nConfig-Requests\n";
        LogDiagnosis d;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i]);

        assert_int_equal(log_diagnosis_read(modem, strlen(modem), &d), 0);
        assert_int_equal(d.attempts[0].carrier, LOG_CARRIER_MODEM);
        log_diagnosis_done(&d);
}

#define GRE(from, to) "10:02:12.3 IP " from " > " to ": GREv1, call 512, seq 0, length 36: LCP\n"
#define SCCRQ                                                                         \
        "10:02:11.1 IP 192.168.1.20.43122 > 192.0.2.9.1723: Flags [P.], length 156: " \
        "pptp CTRL_MSGTYPE=SCCRQ BEARER_CAP(DA)\n"

#define LOST                                                         \
        "Mar  3 10:00:00 h pppd[1]: Connect: ppp0 <--> /dev/pts/0\n" \
        "Mar  3 10:00:30 h pppd[1]: LCP: timeout sending Config-Requests\n"
#define LOST_BY_SERVER "Mar  3 10:00:00 h pptpd[5]: CTRL: Starting call (launching pppd)\n" LOST

static void test_captures(void **state) {
        static const char one_way[] = SCCRQ GRE("192.168.1.20", "192.0.2.9")
                GRE("192.168.1.20", "192.0.2.9") GRE("192.168.1.20", "192.0.2.9");
        static const char both_ways[] = SCCRQ GRE("192.168.1.20", "192.0.2.9")
                GRE("192.0.2.9", "192.168.1.20") GRE("192.168.1.20", "192.0.2.9");
        static const char from_server[] = SCCRQ GRE("192.0.2.9", "192.168.1.20")
                GRE("192.0.2.9", "192.168.1.20") GRE("192.0.2.9", "192.168.1.20");
        static const struct {
                const char *id, *detail, *log;
        } beside[] = {
                { "GRE-01", "", LOST GRE("192.168.1.20", "192.0.2.9") },
                { "GRE-11", "from 192.168.1.20 and from 192.0.2.9",
                  LOST GRE("192.168.1.20", "192.0.2.9") GRE("192.0.2.9", "192.168.1.20") },
                { "GRE-11", "with call 61025, and this host chose call ID 0",
                  LOST
                  "10:02:11.1 IP a.example.4000 > b.example.1723: Flags [P.], length 168: pptp "
                  "CTRL_MSGTYPE=OCRQ CALL_ID(0) CALL_SER_NUM(0)\n"
                  "10:02:11.2 IP a.example > b.example: GREv1, call 2989, seq 1, length 36\n"
                  "10:02:11.3 IP b.example > a.example: GREv1, call 61025, seq 0, length 76\n" },
                { "SRV-02", "this server's own goes to 10.0.0.1",
                  LOST_BY_SERVER GRE("192.0.2.7", "10.0.0.2") GRE("10.0.0.2", "10.0.0.1") },
                { "SRV-01", "own firewall",
                  LOST_BY_SERVER GRE("192.0.2.7", "10.0.0.2") GRE("10.0.0.2", "192.0.2.7") },
        };
        LogDiagnosis d;

        assert_int_equal(log_diagnosis_read(one_way, strlen(one_way), &d), 0);
        assert_int_equal(d.n_attempts, 1);
        assert_string_equal(d.attempts[0].verdict.row->id, "GRE-01");
        assert_string_equal(d.attempts[0].verdict.detail,
                            "192.168.1.20 sent 3 GRE packets, and none came back");
        log_diagnosis_done(&d);

        assert_int_equal(log_diagnosis_read(both_ways, strlen(both_ways), &d), 0);
        assert_int_equal(d.n_attempts, 0);
        assert_int_equal(d.capture.n_lines, 4);
        assert_int_equal(d.capture.n_gre[0], 2);
        assert_int_equal(d.capture.n_gre[1], 1);
        log_diagnosis_done(&d);

        /* what tcpdump shows corrects what pppd can only guess */
        for (size_t i = 0; i < ELEMENTSOF(beside); i++) {
                assert_int_equal(log_diagnosis_read(beside[i].log, strlen(beside[i].log), &d), 0);
                assert_int_equal(d.n_attempts, 1);
                if (strcmp(d.attempts[0].verdict.row->id, beside[i].id) != 0 ||
                    !strstr(d.attempts[0].verdict.detail, beside[i].detail))
                        fail_msg("case %zu: %s (%s)", i, d.attempts[0].verdict.row->id,
                                 d.attempts[0].verdict.detail);
                log_diagnosis_done(&d);
        }

        assert_int_equal(log_diagnosis_read(from_server, strlen(from_server), &d), 0);
        assert_int_equal(d.n_attempts, 0);
        assert_true(log_capture_is_one_way(&d.capture));
        log_diagnosis_done(&d);
}

/* A server's log tells what is wrong with the server, and what the client left with. */
static void test_servers_in_detail(void **state) {
#define PPTPD "Mar  3 10:00:00 h pptpd[5]: CTRL: Starting call (launching pppd, opening GRE)\n"
        static const struct {
                const char *id; /* or NULL */
                LogServerView view;
                const char *words; /* or NULL */
                const char *log;
        } cases[] = {
                { "CFG-01", LOG_SERVER_VIEW_NOTHING, NULL,
                  PPTPD PPPD(6, "In file /etc/ppp/options.pptpd: unrecognized option 'mppe'") },
                { "SYS-02", LOG_SERVER_VIEW_NOTHING, NULL,
                  PPTPD PPPD(6, "Couldn't open the /dev/ppp device: No such file or directory") },
                { "SRV-07", LOG_SERVER_VIEW_NOTHING, NULL,
                  PPTPD PPPD(6, "MPPE required but peer negotiation failed") },
                /* whose demand it was depends on who says so */
                { "SRV-21", LOG_SERVER_VIEW_NOTHING, "\"MPPE required but not available\"",
                  PPTPD PPPD(6, "LCP terminated by peer (MPPE required but not available)") },
                { "SRV-21", LOG_SERVER_VIEW_NOTHING, "left with",
                  PPTPD PPPD(6, "peer from calling number 192.0.2.7 authorized")
                          PPPD(6, "LCP terminated by peer (MPPE required but peer refused)") },
                { "SRV-21", LOG_SERVER_VIEW_NOTHING, "left with",
                  PPTPD PPPD(
                          6,
                          "LCP terminated by peer (MPPE required but peer negotiation failed)") },
                { "SRV-07", LOG_SERVER_VIEW_NOTHING, NULL,
                  PPTPD "pppd[6]: sent [LCP TermReq id=0x2 \"MPPE required but peer refused\"]\n" },
                { "SRV-06", LOG_SERVER_VIEW_NOTHING, "the server gave it no address",
                  PPTPD PPPD(6, "local  IP address 10.0.0.1") PPPD(
                          6, "IPCP terminated by peer (Could not determine local IP address)") },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const LogAttempt *a;
                LogDiagnosis d;

                assert_int_equal(log_diagnosis_read(cases[i].log, strlen(cases[i].log), &d), 0);
                assert_int_equal(d.n_attempts, 1);
                a = &d.attempts[0];
                assert_true(a->of_server);
                assert_string_equal(a->verdict.row ? a->verdict.row->id : "",
                                    cases[i].id ? cases[i].id : "");
                assert_int_equal(a->view, cases[i].view);
                if (cases[i].words)
                        assert_non_null(strstr(a->verdict.detail, cases[i].words));
                log_diagnosis_done(&d);
        }
}

#define SERVED(text) "Mar  3 10:00:00 h pptpd[5]: " text "\n"
/* One round of an LCP of which the client hears nothing. */
#define HALF_OPEN(id)                                                              \
        "Mar  3 10:00:0" #id " h pppd[6]: sent [LCP ConfReq id=0x1 <magic 0x1>]\n" \
        "Mar  3 10:00:0" #id " h pppd[6]: rcvd [LCP ConfReq id=0x" #id             \
        " <magic 0x7> <callback CBCP>]\n"                                          \
        "Mar  3 10:00:0" #id " h pppd[6]: sent [LCP ConfRej id=0x" #id " <callback CBCP>]\n"
#define SERVED_AT(time, text) "Mar  3 " time " h pptpd[5]: " text "\n"
#define BEGUN PPPD(6, "pppd 2.4.9 started by root, uid 0") PPPD(6, "Connect: ppp0 <--> /dev/pts/1")
#define CAME_UP                                                        \
        BEGUN PPPD(6, "peer from calling number 192.0.2.7 authorized") \
                PPPD(6, "MPPE 128-bit stateless compression enabled")  \
                        PPPD(6, "local  IP address 10.0.0.1")          \
                                PPPD(6, "remote IP address 10.0.0.9")

/* What the programs of a server say of failures that are its own. */
static void test_failures_of_servers(void **state) {
        static const struct {
                const char *id; /* NULL: the view counts */
                LogServerView view;
                const char *log;
        } cases[] = {
                /* pppd is gone before it says anything of a connection */
                { "SRV-05", 0,
                  PPTPD PPPD(6, "Plugin /usr/lib/pptpd/pptpd-logwtmp.so loaded.") SERVED(
                          "GRE: read(fd=6,buffer=1,len=8196) from PTY failed: status = -1 error = "
                          "Input/output error, usually caused by unexpected termination of pppd") },
                { "SRV-05", 0, PPTPD SERVED("CTRL: PTY read or GRE write failed (pty,gre)=(6,7)") },
                /* its lines are elsewhere, since the call lasted */
                { "SRV-19", 0,
                  PPTPD SERVED_AT("10:00:31",
                                  "CTRL: PTY read or GRE write failed (pty,gre)=(6,7)") },
                /* RADIUS was not asked, so no password is wrong */
                { "SRV-04", 0,
                  PPTPD BEGUN PPPD(6,
                                   "rc_find_server: couldn't find RADIUS server r1 in "
                                   "/etc/radcli/servers")
                          PPPD(6, "Peer anna failed CHAP authentication") },
                { "SRV-04", 0,
                  PPTPD BEGUN PPPD(6,
                                   "RADIUS: Can't read config file /etc/radcli/radiusclient.conf")
                          PPPD(6, "Peer anna failed CHAP authentication") },
                { "SRV-06", 0,
                  SERVED("MGR: No free connection slots or IPs - no more clients can connect!") },
                /* of a server that works, the size of its pool is no failure */
                { NULL, LOG_SERVER_VIEW_UP,
                  SERVED("MGR: Maximum of 50 connections reduced to 3, not enough IP addresses "
                         "given") PPTPD CAME_UP },
                { "SRV-11", 0, PPTPD SERVED("GRE: socket() failed") },
                { "PPPD-06", 0,
                  PPTPD PPPD(6,
                             "Plugin /usr/lib/pptpd/pptpd-logwtmp.so is for pppd version 2.4.4, "
                             "this is 2.4.5") },
                { "SRV-03", 0,
                  PPTPD BEGUN PPPD(6, "No CHAP secret found for authenticating anna") },
                { "SRV-17", 0,
                  PPTPD BEGUN PPPD(6, "peer from calling number 192.0.2.7 authorized")
                          PPPD(6, "Peer is not authorized to use remote address 192.168.1.9") },
                { "SRV-18", 0,
                  PPTPD PPPD(6, "The remote system is required to authenticate itself")
                          PPPD(6,
                               "but I couldn't find any suitable secret (password) for it to use "
                               "to do so.") },
                /* half a minute without a word */
                { "SRV-01", 0,
                  PPTPD BEGUN "Mar  3 10:00:29 h pppd[6]: Modem hangup\n"
                              "Mar  3 10:00:29 h pppd[6]: Connection terminated.\n" },
                { "SRV-12", 0, SERVED("MGR: Couldn't create host socket") },
                { "GRE-04", 0,
                  PPTPD SERVED("GRE: xmit failed from decaps_hdlc: Operation not permitted") },
                { "SRV-13", 0,
                  SERVED("CTRL: Client 192.0.2.7 control connection started")
                          SERVED("CTRL: EOF or bad error reading ctrl packet length.") },
                { "SRV-14", 0,
                  PPTPD CAME_UP PPPD(6, "No response to 4 echo-requests")
                          PPPD(6, "Connection terminated.") },
                { "SRV-14", 0, PPTPD CAME_UP SERVED("CTRL: Session timed out, ending call") },
                /* nobody answered, and the client hung up */
                { "SRV-01", 0,
                  PPTPD BEGUN SERVED_AT("10:00:29",
                                        "CTRL: Received CALL CLR request (closing call)") },
                { NULL, LOG_SERVER_VIEW_CLIENT_LEFT,
                  PPTPD BEGUN SERVED_AT("10:00:02",
                                        "CTRL: Received CALL CLR request (closing call)") },
                /* encryption, negotiated twice */
                { "SRV-08", 0,
                  PPTPD BEGUN "pppd[6]: sent [CHAP Success id=0x1 \"S=00\"]\n"
                              "pppd[6]: sent [CCP ConfReq id=0x1 <mppe +H -M +S -L -D -C>]\n"
                              "pppd[6]: rcvd [CCP ConfAck id=0x1 <mppe +H -M +S -L -D -C>]\n"
                              "pppd[6]: rcvd [CCP ConfReq id=0x7 <mppe +H -M +S -L -D -C>]\n"
                              "pppd[6]: sent [LCP TermReq id=0x3 \"MPPE disabled\"]\n" },
                /* the server's own pppd ended it, after the log-on */
                { "SRV-10", 0,
                  PPTPD BEGUN PPPD(6, "peer from calling number 192.0.2.7 authorized")
                          PPPD(6, "Connection terminated.") PPPD(6, "Exit.") },
                { NULL, LOG_SERVER_VIEW_CLIENT_LEFT,
                  PPTPD BEGUN PPPD(6, "peer from calling number 192.0.2.7 authorized")
                          PPPD(6, "Modem hangup") PPPD(6, "Connection terminated.") },
                { "NETC-14", 0,
                  PPTPD CAME_UP PPPD(6, "Terminating connection due to lack of activity.")
                          PPPD(6, "Connection terminated.") },
                { "SRV-03", 0,
                  "Mon Mar  2 10:00:00 2020 : CHAP peer authentication failed for anna\n" },
                { "SRV-03", 0,
                  "Mar  3 10:00:00 h mpd: [L-1] Accepting PPTP connection\n"
                  "Mar  3 10:00:00 h mpd: [L-1] PPTP: attaching to peer's outgoing call\n"
                  "Mar  3 10:00:00 h mpd: [L-1] CHAP: sending CHALLENGE #1 len: 21\n"
                  "Mar  3 10:00:00 h mpd: [L-1] CHAP: rec'd RESPONSE #1 len: 59\n"
                  "Mar  3 10:00:00 h mpd: [L-1] CHAP: Invalid response\n"
                  "Mar  3 10:00:00 h mpd: [L-1] LCP: authorization failed\n" },
                { "SRV-03", 0, "sent [LCP TermReq id=0x2 \"Authentication failed\"]\n" },
                /* nothing failed */
                { NULL, LOG_SERVER_VIEW_BEGUN, SERVED("GRE: Bad checksum from pppd.") },
                { NULL, LOG_SERVER_VIEW_BEGUN, PPTPD BEGUN SERVED("GRE: Bad checksum from pppd.") },
                { NULL, LOG_SERVER_VIEW_CLIENT_LEFT,
                  PPTPD CAME_UP PPPD(6, "LCP terminated by peer (MPPE disabled)")
                          PPPD(6, "Modem hangup") PPPD(6, "Connection terminated.") },
#define ACCEL(text) "Mar  3 10:00:00 h accel-pptp[5]: " text "\n"
                { NULL, LOG_SERVER_VIEW_UP,
                  ACCEL("ppp0:anna: authentication succeeded")
                          ACCEL("ppp0:anna: recv [LCP ProtoRej id=7 <80fd>]")
                                  ACCEL("ppp0:anna: ipcp_layer_started") },
                { "SRV-03", 0,
                  ACCEL(": recv [LCP ConfAck id=1]")
                          ACCEL("ppp0:anna: anna: authentication failed") },
                /* a session that worked lost its pppd, or nobody knows when it began */
                { "SRV-19", 0,
                  PPTPD SERVED("CTRL: Made a ECHO RPLY packet")
                          SERVED("CTRL: PTY read or GRE write failed (pty,gre)=(6,7)") },
                { "SRV-19", 0, SERVED("CTRL: PTY read or GRE write failed (pty,gre)=(6,7)") },
                /* the client asks again although it was answered, and answers nothing */
                { "SRV-02", 0,
                  PPTPD BEGUN HALF_OPEN(1) HALF_OPEN(2) HALF_OPEN(3)
                          SERVED("CTRL: Received CALL CLR request (closing call)") },
                /* with "persist" pppd begins anew, and is ended at once */
                { "SRV-02", 0,
                  PPTPD BEGUN HALF_OPEN(1) HALF_OPEN(2) HALF_OPEN(3)
                          PPPD(6, "LCP: timeout sending Config-Requests")
                                  PPPD(6, "Connection terminated.") PPPD(6, "using channel 8")
                                          PPPD(6, "sent [LCP ConfReq id=0x2 <magic 0x2>]")
                                                  PPPD(6, "Exit.") },
                { "SRV-20", 0,
                  PPTPD BEGUN SERVED(
                          "GRE: read(fd=7,buffer=1,len=8260) from network failed: status "
                          "= -1 error = Protocol not available") },
                /* after it was up, too, and although pppd takes its leave */
                { "SRV-20", 0,
                  PPTPD CAME_UP SERVED("GRE: read(fd=7,buffer=1,len=8260) from network failed: "
                                       "status = -1 error = Protocol not available")
                          PPPD(6, "Modem hangup") PPPD(6, "Connect time 4.1 minutes.")
                                  PPPD(6, "sent [LCP TermReq id=0x3 \"MPPE disabled\"]") },
                { "GRE-05", 0,
                  PPTPD CAME_UP SERVED("GRE: xmit failed from decaps_hdlc: Message too long") },
                /* blanks that a page has added */
                { "SRV-01", 0, PPTPD BEGUN PPPD(6, "LCP: timeout   sending \tConfig-Requests") },
                /* only pppd's lines, and one that a server's pppd writes */
                { NULL, LOG_SERVER_VIEW_HUNG_UP,
                  PPPD(6, "Connect: ppp0 <--> /dev/pts/1")
                          PPPD(6, "found interface eth0 for proxy arp")
                                  PPPD(6, "local  IP address 10.0.0.1") PPPD(6, "Modem hangup") },
#define ACCEL_FILE(time, text) "[2024-03-03 " time "]:  info: " text "\n"
                { "SRV-01", 0,
                  ACCEL_FILE("10:00:00", ": recv [PPTP Start-Ctrl-Conn-Request <Version 1>]")
                          ACCEL_FILE("10:00:00", ": recv [PPTP Outgoing-Call-Request <Call-ID 7>]")
                                  ACCEL_FILE("10:00:01", "ppp4: send [LCP ConfReq id=2e]")
                                          ACCEL_FILE("10:00:04", "ppp4: send [LCP ConfReq id=2e]")
                                                  ACCEL_FILE("10:00:07",
                                                             "ppp4: send [LCP ConfReq id=2e]")
                                                          ACCEL_FILE(
                                                                  "10:00:10",
                                                                  "ppp4: send [LCP ConfReq id=2e]")
                                                                  ACCEL_FILE("10:00:13",
                                                                             "ppp4: send [LCP "
                                                                             "ConfReq id=2e]")
                                                                          ACCEL_FILE(
                                                                                  "10:00:20",
                                                                                  "ppp4: "
                                                                                  "disconnected") },
                { "SRV-03", 0,
                  ACCEL_FILE("10:00:00", "ppp4: recv [LCP ConfAck id=2e]")
                          ACCEL_FILE("10:00:01", "ppp4: anna: authentication failed") },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const LogAttempt *a;
                LogDiagnosis d;

                assert_int_equal(log_diagnosis_read(cases[i].log, strlen(cases[i].log), &d), 0);
                if (d.n_attempts != 1)
                        fail_msg("case %zu has %zu attempts", i, d.n_attempts);
                a = &d.attempts[0];
                assert_true(a->of_server);
                if (strcmp(get_id(a), cases[i].id ? cases[i].id : "") != 0 ||
                    a->view != cases[i].view)
                        fail_msg("case %zu: %s expected, got \"%s\", view %d", i,
                                 cases[i].id ? cases[i].id : "a view", get_id(a), (int) a->view);
                /* These rest on what is not there. */
                if (cases[i].id && a->n_evidence == 0 && strcmp(get_id(a), "SRV-10") != 0)
                        fail_msg("case %zu: no line is shown", i);
                log_diagnosis_done(&d);
        }
}

/* The lines of pppd below which those of pptp-linux stand, of the same seconds. */
static void test_pieces(void **state) {
        static const char log[] =
                "Mar  3 10:00:01 h pppd[1]: Connect: ppp0 <--> /dev/pts/0\n"
                "Mar  3 10:00:12 h pppd[1]: Terminating on signal 15\n"
                "Mar  3 10:00:12 h pppd[1]: Modem hangup\n"
                "daemon.log:\n"
                "Mar  3 10:00:01 h pptp[9]: anon log[main:pptp.c:1]: Client connection established.\n"
                "Mar  3 10:00:02 h pptp[9]: anon log[main:pptp.c:1]: Outgoing call established (call "
                "ID 0, peer's call ID 128).\n"
                "Mar  3 10:00:08 h pptp[9]: anon log[main:pptp.c:1]: Received Call Clear Request.\n";
        LogDiagnosis d;

        assert_int_equal(log_diagnosis_read(log, strlen(log), &d), 0);
        assert_true(d.is_merged);
        assert_int_equal(d.n_attempts, 1);
        assert_string_equal(get_id(&d.attempts[0]), "CTL-09");
        assert_int_equal(d.attempts[0].evidence[0].line, 7);
        assert_int_equal(d.attempts[0].last_line, 7);
        log_diagnosis_done(&d);
}

/* What tells nothing that counts is left out if there is something else. */
static void test_remnants(void **state) {
        static const char remark[] =
                PPTPD CAME_UP PPPD(99, "Cannot determine ethernet address for proxy ARP");
        static const char tail[] =
                "Mar  3 10:00:00 h pptp[8]: anon warn[decaps_hdlc:pptp_gre.c:1]: "
                "short read (-1): Input/output error\n" PPPD(3, "Exit.")
                        PPPD(4, "Connect: ppp0 <--> /dev/pts/0")
                                PPPD(4, "CHAP authentication succeeded")
                                        PPPD(4, "LCP terminated by peer");
        LogDiagnosis d;

        assert_int_equal(log_diagnosis_read(remark, strlen(remark), &d), 0);
        assert_int_equal(d.n_attempts, 1);
        assert_true(d.attempts[0].was_up);
        log_diagnosis_done(&d);

        assert_int_equal(log_diagnosis_read(tail, strlen(tail), &d), 0);
        assert_int_equal(d.n_attempts, 1);
        assert_string_equal(get_id(&d.attempts[0]), "LCP-04");
        log_diagnosis_done(&d);
}

/* What NetworkManager, a missing file or another build of pppd cause. */
static void test_surroundings_of_pppd(void **state) {
        static const Case cases[] = {
                { "NM-01", NULL,
                  PPPD(1,
                       "/usr/lib/pppd/2.4.9/nm-pptp-pppd-plugin.so: cannot open shared object file")
                          PPPD(1, "Couldn't load plugin nm-pptp-pppd-plugin.so") },
                { "SYS-10", NULL, PPPD(1, "Couldn't load plugin pptp-supervisor.so") },
                { "NM-02", NULL,
                  UP
                  "Mar  3 10:00:41 h NetworkManager[7]: <warn>  VPN connection 'My work at the "
                  "sea' (IP Config Get) timeout exceeded.\n" PPPD(1, "Terminating on signal 15") },
                { "NM-02", NULL,
                  UP PPPD(1, "nm-pppd-plugin: didn't receive an Internal IP4 Address from ppp.")
                          PPPD(1, "Terminating on signal 15") },
                /* NetworkManager waited for a link that did not come up */
                { "GRE-01", NULL,
                  PPPD(1, "Connect: ppp0 <--> /dev/pts/0") PPTP(
                          "Outgoing call established (call ID 0, peer's call ID 128).") "Mar  3 10:00:41 h NetworkManager[7]: <warn>  VPN connection 'x' (IP Config "
                                                                                        "Get) timeout exceeded.\n"
                                                                                        "Mar  3 10:00:41 h pppd[1]: Terminating on signal 15\n" },
                { "NM-03", NULL,
                  "Mar  3 10:00:41 h NetworkManager[7]: <warn>  vpn-connection[0x1,2,\"x\",0]: VPN "
                  "connection: failed to connect: 'Message recipient disconnected from message bus "
                  "without replying'\n" },
                { "NM-08", NULL, "Error: Connection activation failed: no valid VPN secrets.\n" },
                { "CFG-09", NULL,
                  "/usr/sbin/pppd: Can't open options file /etc/ppp/peers/work: No such file or "
                  "directory\n" },
                { "CFG-10", NULL,
                  "pppd: In file /etc/ppp/peers/work: unrecognized option 'require-mppe-128'\n" },
                { "CFG-10", NULL, "pppd: unrecognized option 'mppe-stateful'\n" },
                { "PPPD-06", NULL, PPPD(1, "Couldn't load plugin rp-pppoe.so") },
                { "CFG-01", NULL, "pppd: unrecognized option 'require-mppe-stateful'\n" },
                /* pppd's word that it has no address outweighs two acknowledgements */
                { "IPCP-01", NULL,
                  "sent [IPCP ConfAck id=0x1 <addr 10.0.0.1>]\n"
                  "rcvd [IPCP ConfRej id=0x1 <addr 192.0.2.9>]\n"
                  "rcvd [IPCP ConfAck id=0x2]\n"
                  "Peer refused to agree to our IP address\n"
                  "sent [LCP TermReq id=0x2 \"No network protocols running\"]\n" },
        };
        /* a sentence that names PPTP does not make another VPN's log one of it */
        static const char ipsec[] =
                "the administrator says that the server only does PPTP\n"
                "Jul  4 18:22:01 07[IKE] initiating IKE_SA android[1] to 203.0.113.40\n"
                "Jul  4 18:22:12 12[IKE] giving up after 3 retransmits\n";
        /* a program tries out pppd's options, and then connects */
        static const char probe[] =
                "debug: [test pppd raw]: /usr/sbin/pppd: unrecognized option 'mppe' pppd version "
                "2.4.4 Usage: /usr/sbin/pppd [ options ], where options are:\n"
                "local  IP address 10.0.0.9\n";
        LogDiagnosis d;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i]);

        assert_int_equal(log_diagnosis_read(ipsec, strlen(ipsec), &d), 0);
        assert_int_equal(d.n_attempts, 0);
        assert_int_equal(d.carrier, LOG_CARRIER_IPSEC);
        log_diagnosis_done(&d);

        assert_int_equal(log_diagnosis_read(probe, strlen(probe), &d), 0);
        for (size_t i = 0; i < d.n_attempts; i++)
                assert_null(d.attempts[i].verdict.row);
        log_diagnosis_done(&d);
}

/* One round of LCP as a web page leaves it, which drops what stands between < and >. */
#define BARE                           \
        "sent [LCP ConfReq id=0x1 ]\n" \
        "rcvd [LCP ConfReq id=0x1 ]\n" \
        "sent [LCP ConfAck id=0x1 ]\n"

/* A line beside the failure says more than the failure. */
static void test_remarks_beside_failures(void **state) {
        static const Case cases[] = {
                /* the error of connect() counts, and not when other programs spoke again */
                { "NET-05", NULL,
                  PPTP("The synchronous pptp option is NOT activated") PPTP(
                          "connect: No route to host")
                          PPTP("Could not open control connection to 192.0.2.1") PPTP(
                                  "Call manager exited with error 256") "Mar  3 10:02:00 h init: Switching to runlevel: 6\n"
                                                                        "Mar  3 10:02:01 h kernel: apm: BIOS version 1.2\n" },
                { "AUTH-04", "blocked",
                  PPPD(1, "Remote message: Your account is blocked")
                          PPPD(1, "PAP authentication failed") },
                { "AUTH-05", "expired",
                  PPPD(1, "CHAP authentication failed")
                          PPPD(1, "Remote message: your password has expired") },
                { "AUTH-04", "balance",
                  PPPD(1, "sent [PAP AuthReq id=0x1 user=\"u\" password=<hidden>]")
                          PPPD(1, "rcvd [PAP AuthNak id=0x1 \"No balance left\"]") },
                { "AUTH-14", "unknown user",
                  PPPD(1, "Remote message: unknown user") PPPD(1, "PAP authentication failed") },
                { "CTL-16", "its PPP refused",
                  PPTP("Outgoing call established (call ID 0, peer's call ID 9).")
                          PPTP("read returned zero, peer has closed") },
                { "CTL-05", NULL,
                  PPTP("Sent control packet type is 1 'Start-Control-Connection-Request'")
                          PPTP("read returned zero, peer has closed") },
                /* the default route went into the tunnel */
                { "NETC-05", "default route",
                  UP PPPD(1, "replacing old default route to eth0 [192.0.2.254]")
                          PPPD(1, "LCP terminated by peer (Peer not responding)")
                                  PPPD(1, "Sent 900000 bytes, received 48 bytes.") },
                { "NETC-05", "MB were sent",
                  UP PPPD(1, "LCP terminated by peer (Peer not responding)")
                          PPPD(1, "Sent 290000000 bytes, received 48 bytes.") },
                { "LCP-04", "not one byte",
                  UP PPPD(1, "LCP terminated by peer (MPPE disabled)")
                          PPPD(1, "Sent 1325 bytes, received 0 bytes.") },
                { "LCP-14", NULL,
                  UP PPPD(1, "appear to have received our own echo-reply!")
                          PPPD(1, "No response to 4 echo-requests") },
                { "LCP-02", "120 s after the link came up",
                  UP "Mar  3 10:02:00 h pppd[1]: No response to 4 echo-requests\n" },
                { "SYS-04", "/lib/modules/5.0",
                  PPPD(1,
                       "MPPE required, but kernel has no support.") "modprobe says: modprobe: FATAL: Module ppp_mppe not found in directory "
                                                                    "/lib/modules/5.0\n" },
                { "IPCP-07", "usepeerdns",
                  PPPD(1, "CHAP authentication succeeded")
                          PPPD(1, "sent [IPCP ConfReq id=0x1 <addr 0.0.0.0> <ms-dns1 0.0.0.0>]")
                                  PPPD(1, "rcvd [IPCP ConfRej id=0x1 <ms-dns1 192.0.2.53>]") PPPD(
                                          1, "Received bad configure-rej:  81 06 c0 00 02 35")
                                          PPPD(1, "IPCP: timeout sending Config-Requests") },
                /* without what stood between < and >, the direction is left */
                { "GRE-12", NULL, BARE BARE BARE BARE "LCP: timeout sending Config-Requests\n" },
        };
        /* who stops pptp-linux early has not waited */
        static const char stopped[] =
                "using channel 20\nConnect: ppp1 <--> /dev/pts/3\n"
                "sent [LCP ConfReq id=0x1 <asyncmap 0x0> <magic 0xbca5272c>]\n"
                "sent [LCP ConfReq id=0x1 <asyncmap 0x0> <magic 0xbca5272c>]\n"
                "sent [LCP ConfReq id=0x1 <asyncmap 0x0> <magic 0xbca5272c>]\n"
                "Script pptp 192.0.2.1 --nolaunchpppd finished (pid 62), status = 0x8f\n"
                "Modem hangup\nConnection terminated.\n";
        /* a message about the whole server beside a call that works */
        static const char full[] = PPTPD CAME_UP
                "Mar  3 10:05:00 h pptpd[2]: MGR: No free connection slots or IPs - no "
                "more clients can connect!\n"
                "Mar  3 10:05:09 h pptpd[2]: MGR: No free connection slots or IPs - no "
                "more clients can connect!\n";
        /* an attempt of which the errors are in another file */
        static const char untold[] = PPPD(1, "pppd 2.4.9 started by root, uid 0")
                PPPD(1, "Connect: ppp0 <--> /dev/pts/1") PPPD(1, "Connection terminated.");
        LogDiagnosis d;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i]);

        assert_int_equal(log_diagnosis_read(stopped, strlen(stopped), &d), 0);
        assert_int_equal(d.n_attempts, 1);
        assert_null(d.attempts[0].verdict.row);
        assert_true(d.attempts[0].ended_here);
        log_diagnosis_done(&d);

        assert_int_equal(log_diagnosis_read(full, strlen(full), &d), 0);
        assert_int_equal(d.n_attempts, 2);
        assert_string_equal(get_id(&d.attempts[0]), "");
        assert_string_equal(get_id(&d.attempts[1]), "SRV-06");
        log_diagnosis_done(&d);

        assert_int_equal(log_diagnosis_read(untold, strlen(untold), &d), 0);
        assert_int_equal(d.n_attempts, 1);
        assert_null(d.attempts[0].verdict.row);
        assert_true(d.attempts[0].is_over);
        log_diagnosis_done(&d);
}

/* A paste into a field of one line loses its line feeds. */
static void test_run_together(void **state) {
        static const char *const logs[] = {
                "debug: [pppd] CHAP authentication succeeded debug: [pppd] Cannot determine ethernet "
                "address for proxy ARP debug: [pppd] local  IP address 10.0.0.9 success: done\n",
                "Mar  3 10:00:00 h pppd[1]: CHAP authentication succeeded Mar  3 10:00:00 h pppd[1]: "
                "MPPE 128-bit stateless compression enabled Mar  3 10:00:01 h pppd[1]: local  IP "
                "address 10.0.0.9\n",
                "pppd[1]: CHAP authentication succeeded pppd[1]: MPPE 128-bit stateless compression "
                "enabled pppd[1]: local  IP address 10.0.0.9 pppd[1]: remote IP address 10.0.0.1\n",
                "Thu Nov  9 21:14:52 2023 daemon.info pppd[1]: CHAP authentication succeeded Thu Nov  9 "
                "21:14:52 2023 daemon.notice pppd[1]: local  IP address 10.0.0.9Thu Nov  9 21:14:53 2023 "
                "daemon.notice pppd[1]: remote IP address 10.0.0.1\n",
                "2024-03-03T10:00:00+0100 h pppd[1]: CHAP authentication succeeded "
                "2024-03-03T10:00:01+0100 h pppd[1]: local  IP address 10.0.0.9 "
                "2024-03-03T10:00:02+0100 h pppd[1]: remote IP address 10.0.0.1\n",
        };
        LogDiagnosis d;

        for (size_t i = 0; i < ELEMENTSOF(logs); i++) {
                assert_int_equal(log_diagnosis_read(logs[i], strlen(logs[i]), &d), 0);
                assert_int_equal(d.n_lines, 1);
                assert_int_equal(d.n_attempts, 1);
                assert_null(d.attempts[0].verdict.row);
                assert_true(d.attempts[0].was_up);
                log_diagnosis_done(&d);
        }
}

/* Web pages of routers and "journalctl -r" begin with what was written last. */
static void test_newest_first(void **state) {
        static const char log[] =
                "the log of my router:\n"
                "Mar  3 10:01:10 h pppd[2]: Connection terminated.\n"
                "Mar  3 10:01:10 h pppd[2]: CHAP authentication failed\n"
                "Mar  3 10:01:10 h pppd[2]: MS-CHAP authentication failed: E=691 Authentication "
                "failure\n"
                "Mar  3 10:01:09 h pppd[2]: Connect: ppp0 <--> /dev/pts/0\n"
                "Mar  3 10:01:09 h pppd[2]: pppd 2.4.9 started by root, uid 0\n"
                "Mar  3 10:00:33 h pppd[1]: Exit.\n"
                "Mar  3 10:00:31 h pppd[1]: LCP: timeout sending Config-Requests\n"
                "Mar  3 10:00:01 h pppd[1]: Connect: ppp0 <--> /dev/pts/0\n"
                "Mar  3 10:00:00 h pppd[1]: pppd 2.4.9 started by root, uid 0\n";
        LogDiagnosis d;

        assert_int_equal(log_diagnosis_read(log, strlen(log), &d), 0);
        assert_true(d.newest_first);
        assert_int_equal(d.n_attempts, 2);
        assert_string_equal(d.attempts[0].verdict.row->id, "GRE-01");
        assert_int_equal(d.attempts[0].first_line, 7);
        assert_int_equal(d.attempts[0].last_line, 10);
        assert_int_equal(d.attempts[0].evidence[0].line, 8);
        assert_string_equal(d.attempts[1].verdict.row->id, "AUTH-01");
        assert_int_equal(d.attempts[1].evidence[0].line, 4);
        log_diagnosis_done(&d);
}

static void test_error_of_reading_is_passed_on(void **state) {
        Drip drip = { "Modem hangup\n", 13, 5, -EIO };
        LogDiagnosis d;

        assert_int_equal(log_diagnosis_read_from(read_drip, &drip, &d), -EIO);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_forms),
                cmocka_unit_test(test_disguises),
                cmocka_unit_test(test_one_long_line),
                cmocka_unit_test(test_forum_tags),
                cmocka_unit_test(test_utf16_letters),
                cmocka_unit_test(test_messages),
                cmocka_unit_test(test_unknown),
                cmocka_unit_test(test_helper_is_faster),
                cmocka_unit_test(test_attempts_are_told_apart),
                cmocka_unit_test(test_good_connection_is_no_failure),
                cmocka_unit_test(test_good_connection_in_words),
                cmocka_unit_test(test_what_came_up_did_not_fail),
                cmocka_unit_test(test_how_it_ended_after_it_was_up),
                cmocka_unit_test(test_other_programs),
                cmocka_unit_test(test_prose),
                cmocka_unit_test(test_ended_from_here),
                cmocka_unit_test(test_own_packets_tell),
                cmocka_unit_test(test_errors_of_the_system),
                cmocka_unit_test(test_encryption_in_detail),
                cmocka_unit_test(test_servers),
                cmocka_unit_test(test_what_was_never_answered),
                cmocka_unit_test(test_last_words_of_the_peer),
                cmocka_unit_test(test_processes_are_told_apart),
                cmocka_unit_test(test_newest_attempts_count),
                cmocka_unit_test(test_evidence_stands_as_it_is),
                cmocka_unit_test(test_where_the_cause_is),
                cmocka_unit_test(test_what_says_more),
                cmocka_unit_test(test_undecided_log_on),
                cmocka_unit_test(test_other_words),
                cmocka_unit_test(test_questions_to_programs),
                cmocka_unit_test(test_refused_gre),
                cmocka_unit_test(test_words_of_refusal),
                cmocka_unit_test(test_causes_beside_symptoms),
                cmocka_unit_test(test_names_of_files),
                cmocka_unit_test(test_other_clients),
                cmocka_unit_test(test_client_that_gave_up),
                cmocka_unit_test(test_host_named_like_option),
                cmocka_unit_test(test_cut_messages),
                cmocka_unit_test(test_remarks),
                cmocka_unit_test(test_wrapped_messages),
                cmocka_unit_test(test_captures),
                cmocka_unit_test(test_servers_in_detail),
                cmocka_unit_test(test_failures_of_servers),
                cmocka_unit_test(test_pieces),
                cmocka_unit_test(test_remnants),
                cmocka_unit_test(test_surroundings_of_pppd),
                cmocka_unit_test(test_carriers),
                cmocka_unit_test(test_networks),
                cmocka_unit_test(test_remarks_beside_failures),
                cmocka_unit_test(test_run_together),
                cmocka_unit_test(test_newest_first),
                cmocka_unit_test(test_streams),
                cmocka_unit_test(test_error_of_reading_is_passed_on),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
