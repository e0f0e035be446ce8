/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/status/status-json.h"
#include "core/status/status.h"
#include "core/varlink/varlink-message.h"

static const char *value_of(const char *json, const char *key) {
        const VarlinkMessage m = { .parameters = json, .n_parameters = strlen(json) };
        static char value[256];

        return varlink_get_text(&m, key, value, sizeof(value)) ? value : NULL;
}

/* What the file says between its quotes comes out as it went in. */
static void test_values(void **state) {
        static const char *const texts[] = {
                "Up since now", "a \"b\" \\ `c` $d", "\\", "\"", "na\xc3\xafve", "a,b:{c}[d]",
        };
        char file[STATUS_MAX_BYTES], json[STATUS_JSON_MAX_BYTES(STATUS_MAX_BYTES)];
        Status status = { .state = "up", .n_routes = 2 };

        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                snprintf(status.text, sizeof(status.text), "%s", texts[i]);
                assert_true(status_write(&status, file, sizeof(file)) > 0);
                assert_true(status_json_write(file, json, sizeof(json)) > 0);
                assert_string_equal(value_of(json, "STATUS"), texts[i]);
                assert_string_equal(value_of(json, "STATE"), "up");
                assert_string_equal(value_of(json, "ROUTES"), "2");
                assert_null(value_of(json, "SERVER"));
        }
}

static void test_odd(void **state) {
        char json[256], bad[32] = "";

        assert_int_equal(status_json_write("", json, sizeof(json)), 2);
        assert_string_equal(json, "{}");
        assert_int_equal(status_json_write("# x=y\nnonsense\nA=\nB=1", json, sizeof(json)), 16);
        assert_string_equal(json, "{\"A\":\"\",\"B\":\"1\"}");
        assert_true(status_json_write("A=\"\xff\"\n", json, sizeof(json)) > 0);
        assert_string_equal(json, "{\"A\":\"\\ufffd\"}");
        assert_int_equal(status_json_write("A=1\n", json, 8), -ENOBUFS);
        /* Never more than there is said to be room for. */
        assert_int_equal(status_json_write("", json, STATUS_JSON_MAX_BYTES(0)), 2);
        assert_int_equal(status_json_write("A=\n", json, STATUS_JSON_MAX_BYTES(3)), 8);
        memset(bad, '\xff', sizeof(bad) - 1);
        memcpy(bad, "A=\"\"", 4);
        assert_true(status_json_write(bad, json, STATUS_JSON_MAX_BYTES(strlen(bad))) > 0);
}

/* The fullest file fits. */
static void test_full(void **state) {
        char file[STATUS_MAX_BYTES], json[STATUS_JSON_MAX_BYTES(STATUS_MAX_BYTES)];
        Status status = { .state = "up" };

        memset(status.overlaps, '"', sizeof(status.overlaps) - 1);
        memset(status.domains, '\\', sizeof(status.domains) - 1);
        memset(status.text, '$', sizeof(status.text) - 1);
        for (unsigned i = 0; i < HISTORY_FAILURES_MAX; i++) {
                memset(status.history.failures[i].text, '"', HISTORY_TEXT_MAX_BYTES - 1);
                status.history.n_failures++;
        }
        assert_true(status_write(&status, file, sizeof(file)) > 0);
        assert_true(status_json_write(file, json, sizeof(json)) > 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_values),
                cmocka_unit_test(test_odd),
                cmocka_unit_test(test_full),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
