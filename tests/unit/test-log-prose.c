/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What people write in place of a log, and lines of other programs beside one: Windows' errors in
 * any language, connections of another kind, and what must not be taken for either.
 */

#include "test.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/macros.h"
#include "core/explain/log-diagnosis.h"

#define NM(text) "Mar  3 10:00:00 h NetworkManager[9]: <info> " text "\n"
#define NM_WARN(text) "Mar  3 10:00:00 h NetworkManager[9]: <warn> " text "\n"
#define PPPD(time, text) "Mar  3 " time " h pppd[5]: " text "\n"
#define KERNEL(text) "Mar  3 10:00:00 h kernel: [   28.100000] " text "\n"

typedef struct Case {
        const char *row;    /* of the last attempt; NULL: no attempt has a verdict */
        const char *detail; /* or NULL */
        const char *log;
} Case;

static void check(const Case *cases, size_t n_cases) {
        for (size_t i = 0; i < n_cases; i++) {
                const Case *c = &cases[i];
                const char *row = NULL, *detail = "";
                LogDiagnosis d;

                assert_int_equal(log_diagnosis_read(c->log, strlen(c->log), &d), 0);
                for (size_t k = 0; k < d.n_attempts; k++)
                        if (d.attempts[k].verdict.row) {
                                row = d.attempts[k].verdict.row->id;
                                detail = d.attempts[k].verdict.detail;
                        }
                if (strcmp(row ?: "nothing", c->row ?: "nothing") != 0)
                        fail_msg("case %zu: %s expected, got %s", i, c->row ?: "nothing",
                                 row ?: "nothing");
                if (c->detail && !strstr(detail, c->detail))
                        fail_msg("case %zu: \"%s\" is not in \"%s\"", i, c->detail, detail);
                log_diagnosis_done(&d);
        }
}

/* The number of an error stands near a word for "error" in the writer's language. */
static void test_windows_in_languages(void **state) {
        static const Case cases[] = {
                { "AUTH-01", "Windows error 691", "La VPN da el error de acceso remoto 691.\n" },
                { "GRE-01", "Windows error 619", "PPTP 拨不上，报错619。\n" },
                { "GRE-01", "Windows error 619", "VPN 連不上，錯誤代碼：619\n" },
                { "IPCP-01", "Windows error 720", "VPN に接続すると「エラー 720」と出ます\n" },
                { "IPCP-01", "Windows error 720", "Beim VPN kommt Fehler (720).\n" },
                { "NET-06", "Windows error 800", "Mon VPN : erreur n° 800, que faire ?\n" },
                { "AUTH-01", "Windows error 691", "O VPN mostra o erro: 691\n" },
                { "NET-06", "Windows error 800", "La VPN non parte, errore 800\n" },
                { "AUTH-01", "Windows error 691", "При подключении VPN ошибка \"691\"\n" },
                { "AUTH-01", "Windows error 691", "VPN. Ошибка: код 691\n" },
                { "AUTH-01", "Windows error 691", "VPN не працює, помилка 691\n" },
                { "GRE-01", "Windows error 619", "VPN: błąd 619\n" },
                { "NET-06", "Windows error 800", "VPN bağlantı hatası: 800\n" },
                { "NET-06", "Windows error 800", "VPN 800 hatası veriyor\n" },
                { "NET-06", "Windows error 800", "VPN báo lỗi 800\n" },
                { "NET-06", "Windows error 800", "VPN galat 800\n" },
                { "AUTH-01", "Windows error 691", "VPN 접속 시 691 오류\n" },
                { "IPCP-01", "Windows error 720", "VPN hlásí chybu 720\n" },
                { "GRE-01", "Windows error 806", "rasdial: Remote Access error 806\n" },
                { "IPCP-01", "Windows error 720",
                  "The error that my VPN shows each time has the number 720 here.\n" },
                { "AUTH-01", "Windows error 691",
                  "Error de Acceso remoto 691 — usuario no reconocido\n" },
                { "GRE-01", "Windows error 619",
                  "VPN: an error comes each time that I connect (619) and it ends.\n" },
                { "NET-06", "Windows error 800", "VPN: Fehler beim Verbinden, Nr. 800.\n" },
                /* what takes TCP connections and no GRE */
                { "GRE-01", "OpenClash", "装了 OpenClash 的路由器\n局域网里 PPTP VPN 报错619\n" },
        };

        check(cases, ELEMENTSOF(cases));
}

/* What a person tells is likely; a message in Windows' own words is its own. */
static void test_prose_is_likely(void **state) {
        static const char told[] = "My VPN shows error 720.\n",
                          own[] = "CoId={1}: The user A dialed a connection named B which has "
                                  "failed. The error code returned on failure is 720.\n";
        LogDiagnosis d;

        assert_int_equal(log_diagnosis_read(told, strlen(told), &d), 0);
        assert_int_equal(d.n_attempts, 1);
        assert_true(d.attempts[0].is_likely);
        log_diagnosis_done(&d);

        assert_int_equal(log_diagnosis_read(own, strlen(own), &d), 0);
        assert_int_equal(d.n_attempts, 1);
        assert_string_equal(d.attempts[0].verdict.row->id, "IPCP-01");
        assert_false(d.attempts[0].is_likely);
        log_diagnosis_done(&d);
}

/* Lines full of numbers, with and without words for "error" around them, cost little. */
static void test_many_numbers(void **state) {
        static const char *const pieces[] = { "600 ", ":600", "error 600 ", "error600", "666" };
        struct timespec begin, end;
        LogDiagnosis d;

        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
        for (size_t i = 0; i < ELEMENTSOF(pieces); i++) {
                size_t n_piece = strlen(pieces[i]), n = 0;
                char text[20 * 4000];

                for (size_t line = 0; line < 20; line++) {
                        for (size_t end_of_line = n + 3960; n < end_of_line; n += n_piece)
                                memcpy(text + n, pieces[i], n_piece);
                        memcpy(text + n, " error\n", 7);
                        n += 7;
                }
                assert_int_equal(log_diagnosis_read(text, n, &d), 0);
                log_diagnosis_done(&d);
        }
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
        if (getenv("PRINT_TIME"))
                print_message("%ld us\n",
                              (end.tv_sec - begin.tv_sec) * 1000000 +
                                      (end.tv_nsec - begin.tv_nsec) / 1000);
        /* Searching each line anew for each number takes some ten seconds. */
        assert_in_range(end.tv_sec - begin.tv_sec, 0, 3);
}

/* Numbers that are no errors of Windows, or of a program that has nothing to do with a tunnel. */
static void test_other_numbers(void **state) {
#define TWELVE_LINES "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\n"
        static const Case cases[] = {
                { NULL, NULL, TWELVE_LINES "printer: error 720\n" },
                { NULL, NULL, "Mar  3 10:00:00 h app[3]: VPN error 720\n" },
                { NULL, NULL, "VPN: see #691 about that error\n" },
                { NULL, NULL, "VPN error at 10.0.0.691\n" },
                { NULL, NULL, "VPN error 0.691\n" },
                { NULL, NULL, "VPN error 6910, and error 69\n" },
                { NULL, NULL, "VPN error 600x800\n" },
                { NULL, NULL, "The VPN has 691 users and works.\n" },
                { NULL, NULL, "VPN error 666\n" },
                { NULL, NULL, "vpn/call.c:720: error: too few arguments\n" },
                /* what was counted or measured */
                { NULL, NULL,
                  "My VPN works, but a copy of files shows an error after about 720 megabytes.\n" },
                { NULL, NULL,
                  "The web page of my router shows an error 12 times, then 678 requests.\n" },
                { NULL, NULL, "The web page of my router shows an error 12 times, then 678.\n" },
                { NULL, NULL, "My VPN has an error after 720 MB\n" },
                { NULL, NULL, "VPN: 720 packets, then an error\n" },
                { NULL, NULL, "Das VPN hatte den Fehler 691 mal.\n" },
                { NULL, NULL, "VPN 报错 619 次\n" },
                { NULL, NULL, "The VPN showed an error. It was then 720.\n" },
                /* far apart */
                { NULL, NULL,
                  "This VPN shows an error whenever anybody in the whole building wants to use it "
                  "at noon, and we have about 691 people here\n" },
                /* a log that tells more */
                { "GRE-01", "",
                  "My VPN says error 691.\n" PPPD("10:00:00", "Connect: ppp0 <--> /dev/pts/1")
                          PPPD("10:00:30", "LCP: timeout sending Config-Requests") },
        };

        check(cases, ELEMENTSOF(cases));
}

/* What a description is about, where there is no log. */
static void test_descriptions(void **state) {
        static const char gre[] = "My router does not pass GRE, protocol 47, and the VPN hangs.\n",
                          reset[] = "The server sends one CCP Reset-Request after the other.\n",
                          nat[] = "My VPN answers nothing while I am behind NAT.\n",
                          log[] = "Mar  3 10:00:00 h cron[3]: job 5 started\n";
        LogDiagnosis d;

        assert_int_equal(log_diagnosis_read(gre, strlen(gre), &d), 0);
        assert_int_equal(d.n_attempts, 0);
        assert_false(d.has_programs);
        assert_true(d.prose.names_gre);
        assert_false(d.prose.names_reset);
        log_diagnosis_done(&d);

        assert_int_equal(log_diagnosis_read(reset, strlen(reset), &d), 0);
        assert_int_equal(d.n_attempts, 0);
        assert_true(d.prose.names_reset);
        assert_false(d.prose.names_gre);
        log_diagnosis_done(&d);

        assert_int_equal(log_diagnosis_read(nat, strlen(nat), &d), 0);
        assert_true(d.prose.names_nat && d.prose.names_tunnel);
        assert_false(d.prose.names_gre);
        log_diagnosis_done(&d);

        assert_int_equal(log_diagnosis_read(log, strlen(log), &d), 0);
        assert_int_equal(d.n_attempts, 0);
        assert_true(d.has_programs);
        log_diagnosis_done(&d);
}

/* NetworkManager says the same of all kinds of connections; only the start names the kind. */
static void test_other_vpn_of_manager(void **state) {
#define STARTS(kind) NM("Starting VPN service 'org.freedesktop.NetworkManager." kind "'...")
#define STARTS_142(kind) NM("vpn[0x5,a-b,\"work\"]: starting " kind)
#define NO_SECRETS NM_WARN("VPN connection 'work' (Connect) failed to connect: 'No VPN secrets!'.")
        static const Case cases[] = {
                { "CFG-05", NULL, STARTS("pptp") NO_SECRETS },
                { NULL, NULL, STARTS("openvpn") NO_SECRETS },
                { NULL, NULL, STARTS_142("openvpn") NO_SECRETS },
                { NULL, NULL, STARTS("strongswan") NO_SECRETS },
                { "CFG-05", NULL, STARTS("openvpn") STARTS("pptp") NO_SECRETS },
                { "CFG-05", NULL,
                  STARTS("openvpn") STARTS("pptp") NM("VPN service 'org.freedesktop.NetworkManager."
                                                      "openvpn' disappeared") NO_SECRETS },
                { "CFG-05", NULL, STARTS_142("openvpn") STARTS_142("pptp") NO_SECRETS },
        };
        static const char both[] = STARTS("pptp") PPPD("10:00:00", "Connect: ppp0 <--> /dev/pts/1")
                PPPD("10:00:01", "CHAP authentication succeeded")
                        PPPD("10:00:01", "local  IP address 10.0.0.2") STARTS("openvpn") NO_SECRETS;
        LogDiagnosis d;

        check(cases, ELEMENTSOF(cases));

        assert_int_equal(log_diagnosis_read(both, strlen(both), &d), 0);
        assert_int_equal(d.n_attempts, 1);
        assert_true(d.attempts[0].was_up);
        assert_null(d.attempts[0].verdict.row);
        assert_int_equal(d.other_vpn, LOG_CARRIER_OPENVPN);
        assert_int_equal(d.other_vpn_failure.line, 6);
        log_diagnosis_done(&d);
}

/* The kernel's word on helpers is about PPTP only where the log is. */
static void test_helper_is_not_attached(void **state) {
#define HELPER                                                                                \
        "nf_conntrack: default automatic helper assignment has been turned off for security " \
        "reasons and CT-based firewall rule not found. Use the iptables CT target to attach " \
        "helpers instead."
        static const Case cases[] = {
                { "GRE-14", NULL,
                  "The hosts behind this router cannot use PPTP.\n" KERNEL(HELPER) },
                { "GRE-14", NULL, "路由器后面无法使用PPTP\n" HELPER "\n" },
                { NULL, NULL, KERNEL(HELPER) },
                { NULL, NULL, "FTP is slow here.\n" KERNEL(HELPER) },
                { "AUTH-07", NULL,
                  "PPTP fails.\n" KERNEL(HELPER) PPPD("10:00:01", "CHAP authentication failed") },
        };

        check(cases, ELEMENTSOF(cases));
}

/* Programs of the tunnel that crash, and others. */
static void test_crashes(void **state) {
        static const Case cases[] = {
                { "PPPD-02", "pppd crashed",
                  KERNEL("pppd[77]: segfault at 8 ip 1 sp 2 error 4 in libc.so") },
                { "PPPD-02", "nm-ppp-auth-dia crashed",
                  KERNEL("nm-ppp-auth-dia[77]: segfault at 0 rip 1 rsp 2 error 4") },
                { "PPPD-02", "nm-pptp-auth-di crashed",
                  "[   28.100000] nm-pptp-auth-di[77]: segfault at 0 ip 1 sp 2 error 4\n" },
                { "PPPD-02", "pptp crashed",
                  KERNEL("traps: pptp[77] general protection ip:1 sp:2 error:0") },
                { "PPPD-02", "pppd crashed",
                  "Mar  3 10:00:00 h systemd-coredump[8]: Process 77 (pppd) of user 0 dumped core.\n" },
                { NULL, NULL, KERNEL("firefox[77]: segfault at 8 ip 1 sp 2 error 4 in libxul.so") },
                { NULL, NULL,
                  "Mar  3 10:00:00 h systemd-coredump[8]: Process 77 (pptpviewer) of user 0 left.\n" },
        };

        check(cases, ELEMENTSOF(cases));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_windows_in_languages),
                cmocka_unit_test(test_prose_is_likely),
                cmocka_unit_test(test_many_numbers),
                cmocka_unit_test(test_other_numbers),
                cmocka_unit_test(test_descriptions),
                cmocka_unit_test(test_other_vpn_of_manager),
                cmocka_unit_test(test_helper_is_not_attached),
                cmocka_unit_test(test_crashes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
