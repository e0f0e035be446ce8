/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/paths.h"
#include "core/names/names-cover.h"
#include "io/rtnl/cover-link.h"
#include "io/run-mark.h"
#include "network.h"

static char ifname[NAMES_COVER_IFNAME_MAX_BYTES];

/* Whether what "ip" shows of the interface has the words. */
static bool has(const char *objects, const char *words) {
        char command[256];

        snprintf(command, sizeof(command), "ip %s dev %s | grep -q '%s'", objects, ifname, words);
        return system(command) == 0;
}

/* A kernel without bridges is none of the test's failures. */
static void skip_without_bridges(void) {
        if (system("ip link add trial type bridge && ip link delete trial") != 0)
                exit(77);
}

static void test_makes(void **state) {
        CoverLink link, again;

        assert_int_equal(cover_link_make("onenet", &link), 0);
        assert_int_equal(link.ifindex, if_nametoindex(ifname));
        assert_false(link.was_up || link.had_address);
        assert_true(run_mark_exists(RUN_MARK_INTERFACE, ifname));
        assert_true(has("link show", "alias names of pptp@onenet while"));
        assert_true(has("address show", "inet 192.0.0.8/32 scope site"));
        /* Nothing of IPv6, and nothing that is a network of this host. */
        assert_false(has("address show", "inet6"));
        assert_false(has("route show", "."));

        assert_int_equal(cover_link_make("onenet", &again), 0);
        assert_int_equal(again.ifindex, link.ifindex);
        assert_true(again.was_up && again.had_address);

        /* Somebody takes its address; what is missing is put back. */
        network_run("ip address flush dev %s", ifname);
        assert_int_equal(cover_link_make("onenet", &again), 0);
        assert_true(again.was_up && !again.had_address);
        assert_true(has("address show", "inet 192.0.0.8/32 scope site"));

        /* Somebody empties it. */
        network_run("ip address flush dev %s && ip link set %s down", ifname, ifname);
        assert_int_equal(cover_link_make("onenet", &again), 0);
        assert_int_equal(again.ifindex, link.ifindex);
        assert_false(again.was_up || again.had_address);
        assert_true(has("address show up", "192.0.0.8/32"));

        assert_int_equal(cover_link_remove("onenet"), 0);
        assert_int_equal(if_nametoindex(ifname), 0);
        assert_false(run_mark_exists(RUN_MARK_INTERFACE, ifname));
        assert_int_equal(cover_link_remove("onenet"), 0);
}

/* With it goes no interface of others that has the name. */
static void test_another(void **state) {
        CoverLink link;

        network_run("ip link add %s type veth", ifname);
        assert_int_equal(cover_link_make("onenet", &link), -EEXIST);
        assert_int_equal(cover_link_remove("onenet"), 0);
        assert_int_not_equal(if_nametoindex(ifname), 0);
        network_run("ip link delete %s", ifname);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_makes),
                cmocka_unit_test(test_another),
        };

        network_enter();
        network_hide("/run");
        if (system("mkdir -p " PATHS_RUNTIME_DIRECTORY) != 0)
                return 77;
        skip_without_bridges();
        names_cover_get_ifname("onenet", ifname);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
