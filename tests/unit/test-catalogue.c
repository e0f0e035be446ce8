/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <string.h>
#include <sysexits.h>

#include "core/catalogue.h"
#include "core/diagnosis.h"

static void test_every_failure_is_complete(void **state) {
        const DiagnosisRow *rows;
        size_t n;

        rows = diagnosis_rows(&n);
        assert_true(n >= 100);

        for (size_t i = 0; i < n; i++) {
                assert_non_null(rows[i].id);
                assert_int_equal(strlen(rows[i].message_id), 32);
                assert_non_null(rows[i].summary);
                assert_non_null(rows[i].explanation);
                assert_non_null(rows[i].remedy);
                assert_int_equal(rows[i].class == DIAGNOSIS_PERMANENT,
                                 rows[i].exit_status != 0 && rows[i].exit_status != EX_TEMPFAIL);
        }
}

/* They end up in STATUS= and in one line of the journal. */
static void test_summaries_fit_a_status_line(void **state) {
        const DiagnosisRow *rows;
        size_t n;

        rows = diagnosis_rows(&n);
        for (size_t i = 0; i < n; i++)
                assert_true(strlen(rows[i].summary) <= 100);
}

static void test_ids_are_found_in_any_case(void **state) {
        assert_ptr_equal(diagnosis_find_row("MPPE-03"), &catalogue_rows[CATALOGUE_MPPE_03]);
        assert_ptr_equal(diagnosis_find_row("mppe-03"), &catalogue_rows[CATALOGUE_MPPE_03]);
        assert_string_equal(diagnosis_find_row("connected")->message_id, CATALOGUE_MESSAGE_CONNECTED);
        assert_null(diagnosis_find_row("MPPE-99"));
        assert_null(diagnosis_find_row(""));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_every_failure_is_complete),
                cmocka_unit_test(test_summaries_fit_a_status_line),
                cmocka_unit_test(test_ids_are_found_in_any_case),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
