/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <endian.h>
#include <linux/rtnetlink.h>

#include <errno.h>

#include "address.h"
#include "core/config/config.h"
#include "core/route/route-watch.h"

#define BEGIN (1000 * USEC_PER_SEC)
#define LOOPBACK 1
#define UPLINK 2
#define TUNNEL 7

static bool watches_link(const RouteWatch *w, uint32_t ifindex) {
        bool found = w->all_links;

        for (size_t i = 0; i < w->n_links; i++)
                found |= w->links[i] == ifindex;
        return found;
}

static RouteWatch watch_uplink(const UplinkWatcher *u) {
        RouteWatch w = { 0 };

        route_watch_add_uplink(&w, u);
        return w;
}

static void answer(UplinkWatcher *u, int error, bool usable, bool source_valid) {
        const UplinkEvent event = {
                .type = UPLINK_EVENT_ANSWER,
                .answer = {
                        .error = error,
                        .uplink = {
                                .usable = usable,
                                .source_valid = source_valid,
                                .ifindex = UPLINK,
                                .source = address("192.0.2.1"),
                        },
                },
        };

        (void) uplink_watcher_step(u, &event, BEGIN);
}

static void ask(UplinkWatcher *u) {
        const UplinkEvent timer = { .type = UPLINK_EVENT_TIMER };

        assert_int_equal(uplink_watcher_step(u, &timer, uplink_watcher_next_deadline(u)).type,
                         UPLINK_ACTION_ASK);
}

/* A link that is announced between the look-up and its answer must not be missed. */
static void test_any_link_may_be_the_way_until_it_is_known(void **state) {
        UplinkEvent event = { .type = UPLINK_EVENT_WATCH, .address = address("198.51.100.1") };
        UplinkWatcher u = { 0 };
        RouteWatch w;

        (void) state;
        assert_true(watch_uplink(&u).all_links);
        (void) uplink_watcher_step(&u, &event, BEGIN);
        ask(&u);
        assert_true(watch_uplink(&u).all_links);

        answer(&u, 0, true, true);
        assert_false(watch_uplink(&u).all_links);
        w = watch_uplink(&u);
        assert_true(watches_link(&w, UPLINK));
        assert_true(watches_link(&w, LOOPBACK));
        assert_false(watches_link(&w, TUNNEL));
        assert_int_equal(w.addresses[0].s_addr, address("198.51.100.1").s_addr);
        assert_int_equal(w.source.s_addr, address("192.0.2.1").s_addr);

        /* Looked up anew: it may be another one now. */
        event = (UplinkEvent){ .type = UPLINK_EVENT_SLEPT };
        (void) uplink_watcher_step(&u, &event, BEGIN + USEC_PER_SEC);
        ask(&u);
        assert_true(watch_uplink(&u).all_links);
        answer(&u, -ENOBUFS, false, false);
        assert_false(watch_uplink(&u).all_links);
}

/* With a name server on the link, perhaps. */
static void test_any_link_may_bring_a_name_server(void **state) {
        UplinkEvent event = { .type = UPLINK_EVENT_WATCH };
        UplinkWatcher u = { 0 };

        (void) state;
        (void) uplink_watcher_step(&u, &event, BEGIN);
        ask(&u);
        answer(&u, 0, true, true);
        assert_true(watch_uplink(&u).all_links);
}

static void test_any_link_may_bring_what_is_missing(void **state) {
        UplinkEvent event = { .type = UPLINK_EVENT_WATCH, .address = address("198.51.100.1") };
        UplinkWatcher u = { 0 };

        (void) state;
        (void) uplink_watcher_step(&u, &event, BEGIN);
        ask(&u);
        answer(&u, 0, false, true); /* the way */
        assert_true(watch_uplink(&u).all_links);
        answer(&u, 0, true, false); /* LocalAddress= */
        assert_true(watch_uplink(&u).all_links);
        answer(&u, 0, true, true);
        assert_false(watch_uplink(&u).all_links);

        /* Its own link lost the carrier: any that has one may be the way now. */
        event = (UplinkEvent){ .type = UPLINK_EVENT_LINK, .link.ifindex = UPLINK };
        (void) uplink_watcher_step(&u, &event, BEGIN + USEC_PER_SEC);
        assert_true(watch_uplink(&u).all_links);
}

static void step(RouteKeeper *k, const RouteKeeperEvent *event) {
        RouteKeeperActions actions;

        route_keeper_step(k, event, BEGIN, &actions);
        for (size_t i = 0; i < actions.n_items; i++)
                if (actions.items[i].type == ROUTE_KEEPER_ACTION_CHANGE)
                        route_plan_done(&actions.items[i].plan);
}

static RouteWatch watch_tunnel(const RouteKeeper *k) {
        RouteWatch w = { 0 };

        route_watch_add_tunnel(&w, k);
        return w;
}

static bool has(const RouteRanges *r, const char *text) {
        const uint32_t head = be32toh(address(text).s_addr);

        for (size_t i = 0; i < r->n_items; i++)
                if (head >= r->items[i].first && head <= r->items[i].last)
                        return true;

        return false;
}

static void test_tunnel(void **state) {
        static ConfigRoute routes[] = {
                { .prefix_length = 8 },
                { .is_ipv6 = true, .type = CONFIG_ROUTE_UNREACHABLE },
        };
        static const Config config = { .name = (char *) "test", .routes = routes, .n_routes = 2 };
        const RouteKeeperEvent install = {
                .type = ROUTE_KEEPER_INSTALL,
                .install.link = { "test", address("10.1.1.2"), address("10.1.1.1") },
        };
        RouteKeeper *k = route_keeper_new();
        RouteWatch w;

        (void) state;
        assert_non_null(k);
        routes[0].destination = address("10.0.0.0");
        routes[0].preferred_source = address("192.0.2.77");
        step(k, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_CONFIGURE, .config = &config });
        w = watch_tunnel(k); /* without an interface none is awaited */
        assert_false(w.all_links);
        assert_false(watches_link(&w, TUNNEL));
        assert_true(watches_link(&w, LOOPBACK)); /* routes of an unreachable type are there */

        /* What becomes of it while its index is being asked for must not be missed. */
        step(k, &install);
        assert_true(watch_tunnel(k).all_links);
        assert_true(watch_tunnel(k).seeks_tunnel);
        step(k,
             &(RouteKeeperEvent){
                     .type = ROUTE_KEEPER_LINK_FOUND,
                     .found = { .ifindex = TUNNEL, .up = true },
             });
        w = watch_tunnel(k);
        assert_false(w.all_links);
        assert_true(watches_link(&w, TUNNEL));
        assert_false(watches_link(&w, UPLINK));
        assert_false(w.seeks_tunnel);
        assert_int_equal(w.tunnel, TUNNEL);
        assert_true(has(&w.replaced.ipv4, "10.0.0.0"));
        assert_true(has(&w.replaced.ipv4, "10.1.1.1")); /* the kernel's own to the peer */
        assert_int_equal(w.replaced.ipv4.n_items, 2);
        assert_int_equal(w.replaced.ipv6.n_items, 1);
        assert_true(has(&w.sources.ipv4, "192.0.2.77"));
        assert_int_equal(w.sources.ipv4.n_items, 1);
        assert_int_equal(w.sources.ipv6.n_items, 0);

        step(k, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_RESYNC });
        assert_true(watch_tunnel(k).all_links);

        /* Its end is still to be told of, with what it carried. */
        step(k, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_REMOVE });
        w = watch_tunnel(k);
        assert_false(w.all_links);
        assert_true(watches_link(&w, TUNNEL));
        route_keeper_free(k);
}

/* With RoutesOnDown=unreachable some can be replaced before the tunnel has an interface. */
static void test_frame(void **state) {
        static ConfigRoute route = { .prefix_length = 8, .table = RT_TABLE_MAIN };
        static const Config config = {
                .name = (char *) "test",
                .routes = &route,
                .n_routes = 1,
                .routes_on_down = CONFIG_ROUTES_ON_DOWN_UNREACHABLE,
        };
        RouteFrame *f = route_frame_new("test");
        RouteFrameActions actions;
        RouteWatch w = { 0 };

        (void) state;
        assert_non_null(f);
        route.destination = address("10.0.0.0");
        route_frame_step(f, &(RouteFrameEvent){ .type = ROUTE_FRAME_CONFIGURE, .config = &config },
                         BEGIN, &actions);
        route_watch_add_frame(&w, f);
        assert_int_equal(w.replaced.ipv4.n_items, 0);
        route_frame_step(f, &(RouteFrameEvent){ .type = ROUTE_FRAME_START }, BEGIN, &actions);
        assert_int_equal(actions.items[0].type, ROUTE_FRAME_ACTION_LIST_ROUTES);
        route_watch_add_frame(&w, f);
        assert_true(has(&w.replaced.ipv4, "10.0.0.0"));
        assert_int_equal(w.replaced.ipv4.n_items, 1);
        assert_int_equal(w.replaced.ipv6.n_items, 0);
        route_frame_free(f);
}

static void test_equal(void **state) {
        RouteWatch a = { 0 }, b = { 0 };

        (void) state;
        route_watch_add_link(&a, 0); /* none */
        assert_true(route_watch_equal(&a, &b));
        route_watch_add_link(&a, TUNNEL);
        assert_false(route_watch_equal(&a, &b));
        route_watch_add_link(&b, UPLINK);
        assert_false(route_watch_equal(&a, &b));
        b = a;
        b.source = address("192.0.2.1");
        assert_false(route_watch_equal(&a, &b));
        b = a;
        b.all_links = true;
        assert_false(route_watch_equal(&a, &b));
        b = a;
        b.tunnel = TUNNEL;
        assert_false(route_watch_equal(&a, &b));
        b = a;
        b.seeks_tunnel = true;
        assert_false(route_watch_equal(&a, &b));
        b = a;
        b.ipv6_networks = true;
        assert_false(route_watch_equal(&a, &b));
        b = a;
        route_ranges_add(&b.replaced.ipv6, (RouteRange){ 1, 1 });
        assert_false(route_watch_equal(&a, &b));
        b = a;
        b.addresses[b.n_addresses++] = address("192.0.2.1");
        assert_false(route_watch_equal(&a, &b));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_any_link_may_be_the_way_until_it_is_known),
                cmocka_unit_test(test_any_link_may_bring_a_name_server),
                cmocka_unit_test(test_any_link_may_bring_what_is_missing),
                cmocka_unit_test(test_tunnel),
                cmocka_unit_test(test_frame),
                cmocka_unit_test(test_equal),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
