/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/config/config-syntax.h"
#include "core/config/config.h"

/* All lines of a text in one string: "1[Tunnel] 2Server=a 3!line is not UTF-8". */
static void expect(const char *text, size_t n_text, const char *wanted) {
        char got[4096] = "";
        size_t n = 0;
        ConfigSyntax s;
        ConfigLine line;

        assert_int_equal(config_syntax_init(&s, text, n_text), 0);
        while (config_syntax_next(&s, &line)) {
                n += (size_t) snprintf(got + n, sizeof(got) - n, "%s%u", n ? "|" : "", line.number);
                switch (line.type) {
                case CONFIG_LINE_SECTION:
                        n += (size_t) snprintf(got + n, sizeof(got) - n, "[%s]", line.name);
                        break;
                case CONFIG_LINE_ASSIGNMENT:
                        n += (size_t) snprintf(got + n, sizeof(got) - n, "%s=%s", line.name,
                                               line.value);
                        break;
                case CONFIG_LINE_ERROR:
                        n += (size_t) snprintf(got + n, sizeof(got) - n, "!%s", line.error);
                        break;
                }
        }
        config_syntax_done(&s);
        assert_string_equal(got, wanted);
}

#define EXPECT(text, wanted) expect(text, sizeof(text) - 1, wanted)

static void test_bytes_that_are_no_text(void **state) {
        EXPECT("", "");
        EXPECT("a=\0b\nc=d\n", "1!line holds a NUL byte|2c=d");
        EXPECT("a=\x1b[31m\n", "1!line holds a control character");
        EXPECT("a=\x7f", "1!line holds a control character");
        EXPECT("a=\xc2\x85", "1!line holds a control character");
        EXPECT("a=\xff", "1!line is not UTF-8");
        EXPECT("a=\xc3", "1!line is not UTF-8");
        EXPECT("a=\xc0\x80", "1!line is not UTF-8");         /* overlong NUL */
        EXPECT("a=\xed\xa0\x80", "1!line is not UTF-8");     /* surrogate */
        EXPECT("a=\xf4\x90\x80\x80", "1!line is not UTF-8"); /* past U+10FFFF */
        EXPECT("\xff\xfe[\0T\0", "1!file is UTF-16");
        EXPECT("\xef\xbb\xbf[Tunnel]\n", "1[Tunnel]");
        EXPECT("a=ä€𝄞", "1a=ä€𝄞");
        EXPECT("a=b\rc\n", "1!line holds a control character");
}

static void test_no_line_too_long(void **state) {
        char text[2 * CONFIG_LINE_MAX_BYTES];

        memset(text, 'x', sizeof(text));
        text[1] = '=';
        expect(text, CONFIG_LINE_MAX_BYTES + 1, "1!line is longer than 4096 bytes");
}

static void test_lines(void **state) {
        EXPECT("[Tunnel]\r\nServer = a b \r\n", "1[Tunnel]|2Server=a b");
        EXPECT("\n  # no\n\t; no\n \n  [A]  \n  x\t=\ty  ", "5[A]|6x=y");
        EXPECT("a=b # c\n", "1a=b # c");
        EXPECT("a==b=\n", "1a==b=");
        EXPECT("a=\n", "1a=");
        EXPECT("=b\n", "1!line has no key in front of the =");
        EXPECT("[A\n", "1!section header does not end with ]");
        EXPECT("[", "1!section header does not end with ]");
        EXPECT("[]\n", "1[]");
        EXPECT("[A] # x\n", "1!section header does not end with ]");
        EXPECT("remote x 1194\n", "1!line is neither a [Section] nor a Key=value");
}

static void test_continuation(void **state) {
        EXPECT("a=b\\\n  c\\\n d\ne=f\n", "1a=b c d|4e=f");
        EXPECT("a=b\\\r\nc\r\n", "1a=b c");
        EXPECT("a=b\\\n# comment\n; comment\nc\n", "1a=b c");
        EXPECT("a=b\\\n\nc=d\n", "1a=b|3c=d");
        EXPECT("a=b\\\\\nc=d\n", "1a=b\\\\|2c=d");
        EXPECT("a=b\\", "1!the last line ends with a backslash");
        EXPECT("\\\n\\\n\\", "3!the last line ends with a backslash");
        EXPECT("a=b\\\nc=d\ne=f\n",
               "1!line ends with a backslash, which joins the next line to it|3e=f");
        EXPECT("a=b\\\n[C]\n", "1!line ends with a backslash, which joins the next line to it");
        EXPECT("a=b\\\n c1=d\n", "1a=b c1=d");
        EXPECT("# no continuation \\\na=b\n", "2a=b");
        EXPECT("a=b\\\n\xff\\\nc\nd=e\n", "2!line is not UTF-8|4d=e");
}

/* Whatever the cut, lines in front of it come out as before, and nothing is read behind it. */
static void test_cut_at_every_offset(void **state) {
        static const char whole[] = "[Tunnel]\r\nServer=ä \\\n  b\n# x\nPort=1\n";

        for (size_t n = 0; n < sizeof(whole); n++) {
                char *text = malloc(n ?: 1);
                ConfigSyntax s;
                ConfigLine line;
                unsigned last = 0;

                assert_non_null(text);
                memcpy(text, whole, n);
                assert_int_equal(config_syntax_init(&s, text, n), 0);
                while (config_syntax_next(&s, &line)) {
                        assert_true(line.number > last);
                        last = line.number;
                }
                config_syntax_done(&s);
                free(text);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_bytes_that_are_no_text),
                cmocka_unit_test(test_no_line_too_long),
                cmocka_unit_test(test_lines),
                cmocka_unit_test(test_continuation),
                cmocka_unit_test(test_cut_at_every_offset),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
