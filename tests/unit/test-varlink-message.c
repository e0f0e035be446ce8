/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <stdio.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/varlink/json-reader.h"
#include "core/varlink/varlink-message.h"

static bool parse(const char *text, VarlinkMessage *ret) {
        return varlink_message_parse(text, strlen(text), ret);
}

static void test_call(void **state) {
        VarlinkMessage m;
        char text[8];

        assert_true(parse("{\"method\":\"io.pptp.Tunnel.Describe\"}", &m));
        assert_string_equal(m.method, "io.pptp.Tunnel.Describe");
        assert_false(m.more || m.oneway || m.upgrade || m.continues);
        assert_null(m.parameters);
        assert_false(varlink_get_text(&m, "interface", text, sizeof(text)));

        /* In any order, with blanks, with members that nobody knows, and escapes. */
        assert_true(parse(" { \"x\" : [ 1 , -2.5e+3 , { } , [ ] , null , \"\\\"\\\\\" ] ,\n"
                          "\"more\" : true , \"parameters\":{\"interface\":\"\\u0061\\u00e9\\n\"},"
                          "\"oneway\":false,\"m\\u0065thod\":\"a.b\"}\t",
                          &m));
        assert_string_equal(m.method, "a.b");
        assert_true(m.more);
        assert_false(m.oneway);
        assert_true(varlink_get_text(&m, "interface", text, sizeof(text)));
        assert_string_equal(text, "a\xc3\xa9\n");
        assert_false(varlink_get_text(&m, "interface", text, 4)); /* it does not fit */
        assert_false(varlink_get_text(&m, "other", text, sizeof(text)));
}

static void test_reply(void **state) {
        VarlinkMessage m;

        assert_true(parse("{\"error\":\"org.varlink.service.PermissionDenied\",\"parameters\":{}}",
                          &m));
        assert_string_equal(m.error, VARLINK_ERROR_PERMISSION);
        assert_true(parse("{\"parameters\":{\"a\":{\"b\":[{}]}},\"continues\":true}", &m));
        assert_true(m.continues);
        assert_int_equal(m.n_parameters, 16);
}

static void test_refused(void **state) {
        static const char *const texts[] = {
                "",
                "{",
                "}",
                "[]",
                "null",
                "{}x",
                "{}{}",
                "{,}",
                "{\"a\"}",
                "{\"a\":}",
                "{\"a\":1,}",
                "{\"a\":1 \"b\":2}",
                "{a:1}",
                "{\"a\":tru}",
                "{\"a\":nul}",
                "{\"a\":+1}",
                "{\"a\":[1,]}",
                "{\"a\":[1}",
                "{\"a\":{\"b\"]}",
                "{\"a\":\"\n\"}",
                "{\"a\":\"\\x\"}",
                "{\"a\":\"\\u12\"}",
                "{\"a\":\"\\u12g4\"}",
                "{\"a\":\"b}",
                "{\"a\":\"\\",
                "{\"method\":1}",
                "{\"method\":null}",
                "{\"method\":[\"a\"]}",
                "{\"more\":1}",
                "{\"more\":\"true\"}",
                "{\"parameters\":[]}",
                "{\"parameters\":\"{}\"}",
                "{\"method\":\"\\u0000\"}",
        };
        char text[512];
        VarlinkMessage m;

        for (size_t i = 0; i < ELEMENTSOF(texts); i++)
                if (parse(texts[i], &m))
                        fail_msg("taken: %s", texts[i]);

        /* A name that is longer than any. */
        snprintf(text, sizeof(text), "{\"method\":\"%0200d\"}", 0);
        assert_false(parse(text, &m));
        snprintf(text, sizeof(text), "{\"%0200d\":0}", 0);
        assert_true(parse(text, &m));
}

/* Cut anywhere, it is none; nesting has an end. */
static void test_hostile(void **state) {
        static const char whole[] =
                "{\"method\":\"a.b\",\"parameters\":{\"c\":[1,\"\\u00e9\",true]}}";
        char text[4096];
        VarlinkMessage m;

        for (size_t n = 0; n < sizeof(whole) - 1; n++)
                assert_false(varlink_message_parse(whole, n, &m));
        assert_true(varlink_message_parse(whole, sizeof(whole) - 1, &m));

        memset(text, '[', sizeof(text));
        memcpy(text, "{\"a\":", 5);
        assert_false(varlink_message_parse(text, sizeof(text), &m));
        memset(text, '\0', sizeof(text));
        assert_false(varlink_message_parse(text, sizeof(text), &m));

        /* Sixteen are enough, seventeen too many. */
        for (size_t n = JSON_DEPTH_MAX - 1; n <= JSON_DEPTH_MAX + 1; n++) {
                memcpy(text, "{\"a\":", 5);
                memset(text + 5, '[', n);
                memset(text + 5 + n, ']', n);
                text[5 + 2 * n] = '}';
                assert_int_equal(varlink_message_parse(text, 6 + 2 * n, &m), n <= JSON_DEPTH_MAX);
        }
}

static void test_add_text(void **state) {
        char text[32], again[32];
        TextBuilder b = text_builder(text, sizeof(text));
        JsonReader r;

        varlink_add_text(&b, "a\"b\\c");
        assert_string_equal(text, "\"a\\\"b\\\\c\"");
        r = json_reader_make(text, strlen(text));
        json_reader_text(&r, again, sizeof(again));
        assert_true(json_reader_finish(&r));
        assert_string_equal(again, "a\"b\\c");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_call),     cmocka_unit_test(test_reply),
                cmocka_unit_test(test_refused),  cmocka_unit_test(test_hostile),
                cmocka_unit_test(test_add_text),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
