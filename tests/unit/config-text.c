/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "config-text.h"

#include "test.h"

#include <string.h>

Config *config_from_text(const char *text) {
        ConfigProblems problems;
        ConfigParser *p;
        Config *c;

        assert_int_equal(config_parser_new("onenet", &p), 0);
        assert_int_equal(
                config_parser_add_file(p, CONFIG_FILE_TUNNEL, "onenet.conf", text, strlen(text)),
                0);
        assert_int_equal(config_parser_finish(p, &c, &problems), 0);
        config_problems_done(&problems);
        config_parser_free(p);
        return c;
}
