/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <stdio.h>
#include <string.h>

#include "core/config/config-overview.h"

/* The overview as one string: "Tunnel Server=a (main:2)", a line each. */
static void expect(ConfigOverview *o, const char *wanted) {
        char got[2048] = "";
        const ConfigOverviewLine *items;
        size_t n_items, n = 0;

        items = config_overview_get(o, &n_items);
        for (size_t i = 0; i < n_items; i++) {
                n += (size_t) snprintf(got + n, sizeof(got) - n, "%s", items[i].section_name);
                if (items[i].block > 0)
                        n += (size_t) snprintf(got + n, sizeof(got) - n, "#%u", items[i].block);
                n += (size_t) snprintf(got + n, sizeof(got) - n, " %s=%s (%s:%u)\n", items[i].key,
                                       items[i].value, items[i].file, items[i].line);
        }

        assert_string_equal(got, wanted);
}

static void add(ConfigOverview *o, const char *file, const char *text) {
        assert_int_equal(config_overview_add_file(o, file, text, strlen(text)), 0);
}

static void test_the_last_value_counts(void **state) {
        _cleanup_(config_overview_freep) ConfigOverview *o = config_overview_new();

        add(o, "main", "[Tunnel]\nServer=a\nPort=1\n[Reconnect]\nDelaySec=1s\n");
        add(o, "drop", "[Tunnel]\nServer=b\nPort=2\n");

        /* Server= is a list. */
        expect(o,
               "Tunnel Server=a (main:2)\n"
               "Tunnel Server=b (drop:2)\n"
               "Tunnel Port=2 (drop:3)\n"
               "Reconnect DelaySec=1s (main:5)\n");
}

static void test_an_empty_value_resets(void **state) {
        _cleanup_(config_overview_freep) ConfigOverview *o = config_overview_new();

        add(o, "main", "[Tunnel]\nServer=a b\nServer=\nServer=c\nPort=1\nPort=\n");
        expect(o, "Tunnel Server=c (main:4)\n");
}

static void test_route_sections_stay_apart(void **state) {
        _cleanup_(config_overview_freep) ConfigOverview *o = config_overview_new();

        add(o, "main",
            "[Route]\nDestination=10.0.0.0/8\nMetric=5\nMetric=6\n"
            "[Route]\nDestination=172.16.0.0/12\nDestination=\nDestination=192.0.2.0/24\nMetric=7\n");
        add(o, "shared", "[Match]\nIpParam=*\n[Route]\nDestination=198.51.100.0/24\n");

        expect(o,
               "Route#1 Destination=10.0.0.0/8 (main:2)\n"
               "Route#1 Metric=6 (main:4)\n"
               "Route#2 Destination=192.0.2.0/24 (main:8)\n"
               "Route#2 Metric=7 (main:9)\n"
               "Route#3 Destination=198.51.100.0/24 (shared:4)\n");
}

/* Sections that have a key of the same name keep their own. */
static void test_same_key_in_two_sections(void **state) {
        _cleanup_(config_overview_freep) ConfigOverview *o = config_overview_new();

        add(o, "main", "[Route]\nDestination=10.0.0.0/8\nMTUBytes=1200\n[Tunnel]\nMTUBytes=1400\n");
        add(o, "drop", "[Tunnel]\nMTUBytes=1300\n");
        expect(o,
               "Tunnel MTUBytes=1300 (drop:2)\n"
               "Route#1 Destination=10.0.0.0/8 (main:2)\n"
               "Route#1 MTUBytes=1200 (main:3)\n");
}

static void test_what_does_not_exist_is_skipped(void **state) {
        _cleanup_(config_overview_freep) ConfigOverview *o = config_overview_new();

        add(o, "main", "Port=3\n[Nothing]\nPort=1\n[Tunnel]\nNothing=1\nnonsense\nPort=2\n");
        expect(o, "Tunnel Port=2 (main:7)\n");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_the_last_value_counts),
                cmocka_unit_test(test_an_empty_value_resets),
                cmocka_unit_test(test_route_sections_stay_apart),
                cmocka_unit_test(test_same_key_in_two_sections),
                cmocka_unit_test(test_what_does_not_exist_is_skipped),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
