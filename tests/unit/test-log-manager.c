/* SPDX-License-Identifier: GPL-2.0-or-later */

/* NetworkManager: what it says itself, what it passes on, and what nmcli prints on the terminal. */

#include "test.h"

#include <string.h>

#include "core/base/macros.h"
#include "core/explain/log-diagnosis.h"

#define NMCLI(text) "Error: Connection activation failed: " text "\n"
#define NM(level, text) \
        "Mar  3 10:00:00 h NetworkManager[4]: <" level ">  [1795806515.7756] " text "\n"
#define STARTING NM("info", "vpn[0x5,c0ff-ee,\"Office VPN\"]: starting pptp")
#define FAILED(text) NM("warn", "vpn[0x5,c0ff-ee,\"Office VPN\"]: failed to connect: '" text "'")
#define NOT_INSTALLED "The VPN service 'org.freedesktop.NetworkManager.pptp' was not installed."

typedef struct Case {
        const char *row; /* NULL: none */
        const char *detail;
        const char *log;
} Case;

static void check(const Case *c, size_t i) {
        const char *row = "nothing", *detail = "";
        LogDiagnosis d;

        assert_int_equal(log_diagnosis_read(c->log, strlen(c->log), &d), 0);
        if (d.n_attempts > 1)
                fail_msg("case %zu: %zu attempts", i, d.n_attempts);
        if (d.n_attempts == 1 && d.attempts[0].verdict.row) {
                row = d.attempts[0].verdict.row->id;
                detail = d.attempts[0].verdict.detail;
                if (d.attempts[0].is_quoted)
                        fail_msg("case %zu: %s is taken for a sentence", i, row);
        }
        if (strcmp(row, c->row ?: "nothing") != 0)
                fail_msg("case %zu: %s expected, got %s", i, c->row ?: "nothing", row);
        if (c->detail && !strstr(detail, c->detail))
                fail_msg("case %zu: \"%s\" is not in \"%s\"", i, c->detail, detail);
        log_diagnosis_done(&d);
}

/* What the service for PPTP reports counts, and not the general words of nmcli. */
static void test_service(void **state) {
        static const Case cases[] = {
                { "NET-01", "typing error",
                  NMCLI("The VPN service failed to start") STARTING FAILED(
                          "couldn't look up PPTP VPN gateway IP address \"vpn.exmaple.com\" "
                          "(-2)") },
                { "NET-01", "no name server answered",
                  STARTING FAILED("couldn\xe2\x80\x99t look up PPTP VPN gateway IP address "
                                  "\xe2\x80\x9cvpn.exmaple.com\xe2\x80\x9d (-3)") },
                /* in any language */
                { "NET-01", "(-2)",
                  STARTING FAILED(
                          "IP-Adresse \xc2\xbbvpn.exmaple.com\xc2\xab des PPTP-VPN-Gateways "
                          "konnte nicht nachgeschlagen werden (-2)") },
                { "SYS-01", "program pptp",
                  NMCLI("The VPN service failed to start")
                          STARTING FAILED("Could not find pptp client binary.") },
                /* nmcli alone does not tell which of them it is */
                { "NM-03", "failed to connect:", NMCLI("The VPN service failed to start") },
                { "AUTH-07", "nmcli", NMCLI("Invalid secrets") },
                { "NM-08", NULL, NMCLI("No valid secrets") },
                { "AUTH-07", "nmcli",
                  "Fehler: Aktivierung der Verbindung ist gescheitert: Ungültige Passwörter\n" },
                { "AUTH-07", "nmcli",
                  "Ошибка: сбой активации подключения: Недействительные секреты\n" },
                { "NM-03", "", NMCLI(NOT_INSTALLED) },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i], i);
}

/* A line about another network may have the words of pppd. */
static void test_other_networks(void **state) {
        static const Case cases[] = {
                { "NM-03", NULL,
                  NMCLI(NOT_INSTALLED) NM("info", "failed to open /run/network/ifstate")
                          NM("info",
                             "audit: op=\"connection-activate\" result=\"fail\" reason=\""
                             "" NOT_INSTALLED "\"") },
                { NULL, NULL, NM("info", "failed to open /run/network/ifstate") },
                { NULL, NULL, "<info>  failed to open /run/network/ifstate\n" },
                { NULL, NULL, NM("warn", "connect: Connection refused") },
                /* pppd's own words, which it passes on */
                { "PPPD-07", NULL,
                  "Mar  3 10:00:00 h NetworkManager[9]: Failed to open /dev/modem: x\n" },
                { "NET-03", NULL,
                  "Mar  3 10:00:00 h NetworkManager[9]: nm-pptp-service-962 "
                  "warn[open_inetsock:pptp_callmgr.c:352]: connect: Connection refused\n" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(&cases[i], i);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_service),
                cmocka_unit_test(test_other_networks),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
