/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The catalogue of failures as it was generated from catalogue.ini: its rules that hold for all. */

#include "test.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "core/diagnosis/catalogue.h"
#include "core/config/config-keys.h"
#include "core/diagnosis/diagnosis.h"
#include "core/base/macros.h"
#include "core/base/text.h"
#include "core/tunnel/tunnel-internal.h"

/* Whether only other programs end with it, in whose logs "pptpctl explain" finds it. */
static bool is_of_other_programs(const DiagnosisRow *row) {
        static const CatalogueIndex rows[] = {
                CATALOGUE_CFG_11,  CATALOGUE_CFG_12,  CATALOGUE_CFG_13,  CATALOGUE_CFG_14,
                CATALOGUE_CFG_15,  CATALOGUE_SYS_14,  CATALOGUE_SYS_15,  CATALOGUE_SYS_16,
                CATALOGUE_NET_09,  CATALOGUE_CTL_18,  CATALOGUE_GRE_11,  CATALOGUE_GRE_13,
                CATALOGUE_GRE_14,  CATALOGUE_GRE_15,  CATALOGUE_LCP_14,  CATALOGUE_AUTH_20,
                CATALOGUE_MPPE_27, CATALOGUE_MPPE_28, CATALOGUE_NETC_29, CATALOGUE_PPPD_07,
                CATALOGUE_AUTH_21, CATALOGUE_MPPE_29
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                if (row == &catalogue_rows[rows[i]])
                        return true;

        return false;
}

static void test_every_failure_is_complete(void **state) {
        assert_true(CATALOGUE_N_FAILURES >= 100);

        for (size_t i = 0; i < CATALOGUE_N_FAILURES; i++) {
                const DiagnosisRow *row = &catalogue_rows[i];

                assert_non_null(row->id);
                /* Of servers and NetworkManager nothing is logged here. */
                if (row->message_id)
                        assert_int_equal(strlen(row->message_id), 32);
                else
                        assert_true(strncmp(row->id, "SRV-", 4) == 0 ||
                                    strncmp(row->id, "NM-", 3) == 0 || is_of_other_programs(row));
                assert_non_null(row->summary);
                assert_non_null(row->explanation);
                assert_non_null(row->remedy);
                if (row->exit_status != 0 && row->exit_status != EX_TEMPFAIL)
                        assert_true(row->class == DIAGNOSIS_PERMANENT ||
                                    row->class == DIAGNOSIS_ADAPT);
                else
                        assert_true(row->class != DIAGNOSIS_PERMANENT);
        }
}

/* They end up in STATUS= and in one line of the journal. */
static void test_summaries_fit_a_status_line(void **state) {
        for (size_t i = 0; i < CATALOGUE_N_FAILURES; i++)
                assert_true(strlen(catalogue_rows[i].summary) <= 100);
}

/*
 * STATUS= has the reason with as much of the case as a fact keeps, and behind it at least the first
 * sentence of the remedy. Only the longest remedies lose their end, which the journal has.
 */
static void test_remedies_fit_a_status_line(void **state) {
        const DiagnosisNames names = { .tunnel = "customer-site-2", .server = "vpn.example.com" };
        size_t n_cut = 0;

        for (size_t i = 0; i < CATALOGUE_N_FAILURES; i++) {
                const DiagnosisRow *row = &catalogue_rows[i];
                char remedy[DIAGNOSIS_REMEDY_MAX_BYTES], text[TUNNEL_TEXT_MAX_BYTES];
                TextBuilder b = text_builder(text, sizeof(text));

                if (!row->message_id)
                        continue;

                diagnosis_describe_remedy(row, &names, remedy, sizeof(remedy));
                text_addf(&b,
                          "Gave up, as MaxAttempts= says: %s (%*s) [%s]. Remedy: ", row->summary,
                          DIAGNOSIS_FACT_TEXT_MAX - 1, "", row->id);
                text_add_sentences(&b, remedy);
                assert_false(b.truncated);
                assert_int_equal(text[b.n_text - 1], '.');
                n_cut += strcmp(text + b.n_text - MIN(strlen(remedy), b.n_text), remedy) != 0;
        }
        assert_in_range(n_cut, 0, 3);
}

/* Who reads that a server was silent wants to know for how long it was waited for. */
static void test_limits_are_told(void **state) {
        static const struct {
                CatalogueIndex row;
                uint64_t limit_usec;
        } cases[] = {
                { CATALOGUE_CTL_08, TUNNEL_CALL_USEC },
                { CATALOGUE_CTL_13, TUNNEL_START_USEC },
                { CATALOGUE_CTL_13, TUNNEL_CALL_USEC },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                char text[32];

                snprintf(text, sizeof(text), "within %u seconds",
                         (unsigned) (cases[i].limit_usec / USEC_PER_SEC));
                assert_non_null(strstr(catalogue_rows[cases[i].row].explanation, text));
        }
}

/* The supervisor looks for these in what pppd says. */
static void test_log_texts_of_a_row(void **state) {
        const DiagnosisRow *row = &catalogue_rows[CATALOGUE_SYS_04];

        assert_true(diagnosis_row_has_log_text(row, "MPPE required, but kernel has no support."));
        assert_true(diagnosis_row_has_log_text(row, "MPPE required but not available in kernel"));
        assert_false(diagnosis_row_has_log_text(row, "MPPE required but peer refused"));
        assert_false(diagnosis_row_has_log_text(row, ""));
}

/* The word NAME stands for this tunnel: no remedy may tell to end another one by it. */
static void test_remedies_do_not_end_this_tunnel(void **state) {
        for (size_t i = 0; i < CATALOGUE_N_FAILURES; i++)
                if (catalogue_rows[i].message_id && catalogue_rows[i].remedy)
                        assert_null(strstr(catalogue_rows[i].remedy, "poff NAME"));
}

static void test_ids_are_found_in_any_case(void **state) {
        assert_ptr_equal(diagnosis_find_row("MPPE-03"), &catalogue_rows[CATALOGUE_MPPE_03]);
        assert_ptr_equal(diagnosis_find_row("mppe-03"), &catalogue_rows[CATALOGUE_MPPE_03]);
        assert_string_equal(diagnosis_find_row("connected")->message_id,
                            CATALOGUE_MESSAGE_CONNECTED);
        assert_null(diagnosis_find_row("MPPE-99"));
        assert_null(diagnosis_find_row(""));
}

/* Whether the remedy names a section, as "[Tunnel]", that takes this key. */
static bool is_accepted_key(const char *remedy, const char *name, size_t n_name) {
        for (size_t i = 0; i < n_config_keys; i++) {
                char section[32];

                snprintf(section, sizeof(section), "[%s]",
                         config_section_name(config_keys[i].section));
                if (strlen(config_keys[i].name) == n_name &&
                    strncmp(config_keys[i].name, name, n_name) == 0 && config_keys[i].parse &&
                    strstr(remedy, section))
                        return true;
        }

        return false;
}

/* Keys of unit files, which a remedy may name as well. */
static bool is_systemd_key(const char *name, size_t n_name) {
        static const char *const keys[] = { "CapabilityBoundingSet", "DeviceAllow", "Unmanaged" };

        for (size_t i = 0; i < ELEMENTSOF(keys); i++)
                if (strlen(keys[i]) == n_name && strncmp(keys[i], name, n_name) == 0)
                        return true;

        return false;
}

/*
 * A line that mends it has to be one that the parser takes, in the section that the remedy names.
 */
static void test_remedies_name_keys_that_exist(void **state) {
        unsigned n_keys = 0;

        for (size_t i = 0; i < CATALOGUE_N_FAILURES; i++) {
                const DiagnosisRow *row = &catalogue_rows[i];

                for (const char *p = row->remedy; (p = strchr(p, '=')); p++) {
                        const char *begin = p;

                        while (begin > row->remedy &&
                               (isalnum((unsigned char) begin[-1]) || begin[-1] == '_'))
                                begin--;
                        if (begin == p || !isupper((unsigned char) *begin))
                                continue;

                        n_keys++;
                        if (!is_accepted_key(row->remedy, begin, (size_t) (p - begin)) &&
                            !is_systemd_key(begin, (size_t) (p - begin)))
                                fail_msg("%s: \"%.*s=\" is not accepted in a section that is named",
                                         row->id, (int) (p - begin), begin);
                }
        }

        assert_true(n_keys > 50);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_every_failure_is_complete),
                cmocka_unit_test(test_summaries_fit_a_status_line),
                cmocka_unit_test(test_remedies_fit_a_status_line),
                cmocka_unit_test(test_limits_are_told),
                cmocka_unit_test(test_log_texts_of_a_row),
                cmocka_unit_test(test_remedies_do_not_end_this_tunnel),
                cmocka_unit_test(test_ids_are_found_in_any_case),
                cmocka_unit_test(test_remedies_name_keys_that_exist),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
