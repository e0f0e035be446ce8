/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What a tunnel has in the kernel without its interface, on the simulated kernel of
 * tests/sim/kernel.h: which rules and covers are there in the end counts, and in which order they
 * came.
 */

#include "test.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <syslog.h>

#include "address.h"
#include "core/base/tunnel-tag.h"
#include "core/route/route-cover.h"
#include "core/route/route-frame.h"
#include "core/route/route-guard.h"
#include "core/route/route-overlap.h"
#include "core/route/route-owner.h"
#include "random-config.h"
#include "sim/kernel.h"

#define BEGIN (1000 * USEC_PER_SEC)
#define UPLINK_IFINDEX 2

typedef struct Fixture {
        RouteFrame *frame;
        Kernel kernel;
        uint64_t now_usec;
        RouteFrameAction request; /* that the kernel has not answered yet */
        bool asked;

        unsigned n_stands, n_failed, n_down, n_reached, n_logs, n_lists;
        int error;
        char text[ROUTE_FRAME_TEXT_MAX_BYTES]; /* of the last log or failure */
} Fixture;

static char name[] = "onenet";
static ConfigRoute routes[2];
static Config config = { .name = name, .routes = routes };

/* ---- the fixture ---- */

static void note(Fixture *f, const RouteFrameAction *a) {
        switch (a->type) {
        case ROUTE_FRAME_ACTION_LIST_NETWORKS:
        case ROUTE_FRAME_ACTION_LIST_ROUTES:
        case ROUTE_FRAME_ACTION_LIST_RULES:
                f->n_lists++;
                assert_false(f->asked);
                f->request = *a;
                f->asked = true;
                break;
        case ROUTE_FRAME_ACTION_CHANGE_ROUTES:
        case ROUTE_FRAME_ACTION_CHANGE_RULE:
                assert_false(f->asked); /* one at a time */
                f->request = *a;
                f->asked = true;
                break;
        case ROUTE_FRAME_ACTION_STANDS:
                f->n_stands++;
                break;
        case ROUTE_FRAME_ACTION_FAILED:
                f->n_failed++;
                f->error = a->error;
                strcpy(f->text, a->text);
                break;
        case ROUTE_FRAME_ACTION_DOWN:
                f->n_down++;
                break;
        case ROUTE_FRAME_ACTION_REACHED:
                f->n_reached++;
                break;
        case ROUTE_FRAME_ACTION_SETTLED:
                break;
        case ROUTE_FRAME_ACTION_LOG:
                f->n_logs++;
                strcpy(f->text, a->text);
                break;
        }
}

static void feed(Fixture *f, const RouteFrameEvent *event) {
        RouteFrameActions actions;

        route_frame_step(f->frame, event, f->now_usec, &actions);
        for (size_t i = 0; i < actions.n_items; i++)
                note(f, &actions.items[i]);
}

static void feed_type(Fixture *f, RouteFrameEventType type) {
        feed(f, &(RouteFrameEvent){ .type = type });
}

static void on_answer(const RouteFrameEvent *event, void *userdata) {
        feed(userdata, event);
}

static void answer(Fixture *f) {
        RouteFrameAction request = f->request;

        assert_true(f->asked);
        f->asked = false;
        kernel_answer_frame(&f->kernel, &request, on_answer, f);
}

static void read_news(Fixture *f) {
        KernelNews news;

        while (kernel_read_news(&f->kernel, &news)) {
                RouteFrameEvent event = { .type = ROUTE_FRAME_RULE, .rule = &news.rule };

                if (news.event.type == ROUTE_KEEPER_ROUTE) {
                        event.type = ROUTE_FRAME_ROUTE;
                        event.route.route = &news.route;
                        event.route.news = news.event.route.news;
                } else if (news.event.type == ROUTE_KEEPER_NETWORKS)
                        event.type = ROUTE_FRAME_NETWORKS;
                else if (news.rule.family == AF_UNSPEC)
                        continue;
                feed(f, &event);
        }
}

/* Everything that happens without the clock going on. */
static void settle(Fixture *f) {
        read_news(f);
        while (f->asked) {
                answer(f);
                read_news(f);
        }
}

static void wait_for(Fixture *f, uint64_t usec) {
        uint64_t end = f->now_usec + usec;

        settle(f);
        while (route_frame_next_deadline(f->frame) <= end) {
                f->now_usec = MAX(f->now_usec, route_frame_next_deadline(f->frame));
                feed_type(f, ROUTE_FRAME_TIMER);
                settle(f);
        }
        f->now_usec = end;
}

static void do_and_settle(Fixture *f, RouteFrameEventType type) {
        feed_type(f, type);
        settle(f);
}

/* A default route by policy rules, and a network. */
static void begin(Fixture *f, ConfigRoutesOnDown on_down, ConfigIpv6 ipv6) {
        *f = (Fixture){ .now_usec = BEGIN, .frame = route_frame_new(name) };
        assert_non_null(f->frame);

        routes[0] = (ConfigRoute){
                .by_policy = true,
                .table = tunnel_tag_get_table(tunnel_tag_make(name)),
        };
        routes[1] = (ConfigRoute){
                .destination = address("10.0.0.0"),
                .prefix_length = 8,
                .table = RT_TABLE_MAIN,
                .metric = 50,
        };
        config.n_routes = 2;
        config.routes_on_down = on_down;
        config.ipv6 = ipv6;
        feed(f, &(RouteFrameEvent){ .type = ROUTE_FRAME_CONFIGURE, .config = &config });
        do_and_settle(f, ROUTE_FRAME_START);
}

static void end(Fixture *f) {
        if (f->asked && f->request.type == ROUTE_FRAME_ACTION_CHANGE_ROUTES)
                route_plan_done(&f->request.plan);
        route_frame_free(f->frame);
}

static RouteFrameEvent reach(RouteFrameEventType type, const char *server, const char *gateway) {
        return (RouteFrameEvent){
                .type = type,
                .uplink = {
                        .server = address(server),
                        .gateway = address(gateway),
                        .ifindex = UPLINK_IFINDEX,
                },
        };
}

/* ---- what the kernel has ---- */

static const Route *find(const Fixture *f, const char *destination, uint8_t type) {
        for (size_t i = 0; i < f->kernel.n_routes; i++)
                if (f->kernel.routes[i].destination.s_addr == address(destination).s_addr &&
                    f->kernel.routes[i].type == type)
                        return &f->kernel.routes[i];

        return NULL;
}

static uint32_t priority_of(const Fixture *f, int family, uint8_t action, uint32_t table) {
        for (size_t i = 0; i < f->kernel.n_rules; i++) {
                const RouteRule *r = &f->kernel.rules[i];

                if (r->family == family && r->action == action && r->table == table &&
                    route_rule_is_owned(r, tunnel_tag_make(name)))
                        return r->priority;
        }

        return 0; /* that of the kernel's own rule for the table "local" */
}

static bool has_rule(const Fixture *f, int family, uint8_t action, uint32_t table) {
        return priority_of(f, family, action, table) > 0;
}

static void assert_default_rules(const Fixture *f) {
        uint32_t table = tunnel_tag_get_table(tunnel_tag_make(name));

        assert_true(has_rule(f, AF_INET, FR_ACT_TO_TBL, RT_TABLE_MAIN));
        assert_true(has_rule(f, AF_INET, FR_ACT_TO_TBL, table));
        assert_true(priority_of(f, AF_INET, FR_ACT_TO_TBL, RT_TABLE_MAIN) <
                    priority_of(f, AF_INET, FR_ACT_TO_TBL, table));
}

/* ---- RoutesOnDown=remove ---- */

static void test_rules_come_and_go_with_the_tunnel(void **state) {
        Fixture f;

        begin(&f, CONFIG_ROUTES_ON_DOWN_REMOVE, CONFIG_IPV6_IGNORE);
        assert_int_equal(f.kernel.n_rules, 0);

        do_and_settle(&f, ROUTE_FRAME_UP);
        assert_int_equal(f.n_stands, 1);
        assert_int_equal(f.kernel.n_rules, 2);
        assert_default_rules(&f);

        do_and_settle(&f, ROUTE_FRAME_DOWN);
        assert_int_equal(f.n_down, 1);
        assert_int_equal(f.kernel.n_rules, 0);
        assert_int_equal(f.kernel.n_routes, 0);
        assert_int_equal(f.n_logs, 0);

        end(&f);
}

static void test_blocks_ipv6(void **state) {
        Fixture f;

        begin(&f, CONFIG_ROUTES_ON_DOWN_REMOVE, CONFIG_IPV6_BLOCK);
        do_and_settle(&f, ROUTE_FRAME_UP);
        assert_int_equal(f.kernel.n_rules, 4);
        assert_true(has_rule(&f, AF_INET6, FR_ACT_TO_TBL, RT_TABLE_MAIN));
        assert_true(priority_of(&f, AF_INET6, FR_ACT_UNREACHABLE, 0) >
                    priority_of(&f, AF_INET6, FR_ACT_TO_TBL, RT_TABLE_MAIN));

        end(&f);
}

/* A tunnel without such routes costs the kernel two questions when it starts, and none later. */
static void test_nothing_wanted_asks_nothing(void **state) {
        Fixture f;

        begin(&f, CONFIG_ROUTES_ON_DOWN_REMOVE, CONFIG_IPV6_IGNORE);
        routes[0].by_policy = false;
        f.n_lists = 0;
        feed_type(&f, ROUTE_FRAME_UP);
        assert_int_equal(f.n_stands, 1);
        feed_type(&f, ROUTE_FRAME_DOWN);
        assert_int_equal(f.n_down, 1);
        feed_type(&f, ROUTE_FRAME_RESYNC);
        assert_int_equal(f.n_lists, 0);
        assert_false(route_frame_hides_server(f.frame));

        end(&f);
}

static void test_takes_over_what_a_predecessor_left(void **state) {
        const uint32_t tag = tunnel_tag_make(name);
        const RouteRule ours = { .family = AF_INET,
                                 .action = FR_ACT_UNREACHABLE,
                                 .protocol = ROUTE_PROTOCOL_PPTP,
                                 .priority = 1,
                                 .tag = tag };
        RouteRule another = ours, foreign = ours;
        const Route cover = { .destination = address("172.16.0.0"),
                              .prefix_length = 16,
                              .type = RTN_UNREACHABLE,
                              .protocol = ROUTE_PROTOCOL_PPTP,
                              .table = RT_TABLE_MAIN,
                              .metric = 1,
                              .tag = tag };
        Route of_another = cover;
        Fixture f;

        another.tag++;
        foreign.protocol = RTPROT_STATIC;
        of_another.metric++;
        of_another.tag++;

        f = (Fixture){ .now_usec = BEGIN, .frame = route_frame_new(name) };
        assert_int_equal(kernel_add_rule(&f.kernel, &ours), 0);
        assert_int_equal(kernel_add_rule(&f.kernel, &another), 0);
        assert_int_equal(kernel_add_rule(&f.kernel, &foreign), 0);
        assert_int_equal(kernel_add_route(&f.kernel, &cover, false), 0);
        assert_int_equal(kernel_add_route(&f.kernel, &of_another, false), 0);
        config.n_routes = 0;
        feed(&f, &(RouteFrameEvent){ .type = ROUTE_FRAME_CONFIGURE, .config = &config });
        do_and_settle(&f, ROUTE_FRAME_START);

        assert_int_equal(f.kernel.n_rules, 2);
        assert_false(route_rule_is_among(f.kernel.rules, 2, &ours));
        assert_int_equal(f.kernel.n_routes, 1);
        assert_int_equal(f.kernel.routes[0].tag, tag + 1);

        end(&f);
}

static void test_removed_rule_comes_back(void **state) {
        Fixture f;
        RouteRule rule;

        begin(&f, CONFIG_ROUTES_ON_DOWN_REMOVE, CONFIG_IPV6_IGNORE);
        do_and_settle(&f, ROUTE_FRAME_UP);
        rule = f.kernel.rules[0];
        assert_int_equal(kernel_delete_rule(&f.kernel, &rule), 0);
        settle(&f); /* without waiting for anything */
        assert_default_rules(&f);
        assert_int_equal(f.n_logs, 1);
        assert_string_equal(f.text,
                            "Somebody removed the policy rule from all lookup main "
                            "suppress_prefixlength 0; putting back what is missing");

        /* A foreign one is nobody's business of ours. */
        rule.protocol = RTPROT_STATIC;
        feed(&f, &(RouteFrameEvent){ .type = ROUTE_FRAME_RULE, .rule = &rule });
        assert_int_equal(f.n_logs, 1);

        end(&f);
}

/* "ip rule flush": all of them come back at once, and one line tells. */
static void test_flushed_rules_come_back(void **state) {
        Fixture f;

        begin(&f, CONFIG_ROUTES_ON_DOWN_REMOVE, CONFIG_IPV6_IGNORE);
        do_and_settle(&f, ROUTE_FRAME_UP);
        while (f.kernel.n_rules > 0) {
                const RouteRule rule = f.kernel.rules[0];

                assert_int_equal(kernel_delete_rule(&f.kernel, &rule), 0);
                read_news(&f); /* of one, while the kernel removes the next */
        }
        settle(&f);
        assert_default_rules(&f);
        assert_int_equal(f.n_logs, 1);

        end(&f);
}

/* Somebody who removes them all the time is answered more rarely, and named. */
static void test_contest_is_damped(void **state) {
        RouteRule rule;
        Fixture f;

        begin(&f, CONFIG_ROUTES_ON_DOWN_REMOVE, CONFIG_IPV6_IGNORE);
        do_and_settle(&f, ROUTE_FRAME_UP);
        rule = f.kernel.rules[0];
        for (unsigned i = 0; i <= ROUTE_GUARD_TIMES_MAX; i++) {
                wait_for(&f, USEC_PER_SEC);
                assert_int_equal(kernel_delete_rule(&f.kernel, &rule), 0);
                read_news(&f);
        }
        assert_int_equal(route_frame_next_deadline(f.frame), f.now_usec + ROUTE_GUARD_SLOW_USEC);
        assert_string_equal(f.text,
                            "The tunnel's policy rule from all lookup main suppress_prefixlength 0 "
                            "is removed again and again, probably by a network manager such as "
                            "systemd-networkd; putting it back more rarely now");
        wait_for(&f, ROUTE_GUARD_SLOW_USEC);
        assert_default_rules(&f);

        end(&f);
}

/* ---- VRF= ---- */

static void begin_in_vrf(Fixture *f) {
        begin(f, CONFIG_ROUTES_ON_DOWN_REMOVE, CONFIG_IPV6_IGNORE);
        routes[0].by_policy = false;
        strcpy(config.vrf, "blue");
        do_and_settle(f, ROUTE_FRAME_START);
}

static void end_in_vrf(Fixture *f) {
        config.vrf[0] = '\0';
        end(f);
}

static void assert_l3mdev_rules(const Fixture *f) {
        assert_int_equal(f->kernel.n_rules, 2);
        for (size_t i = 0; i < 2; i++) {
                const RouteRule *rule = &f->kernel.rules[i];

                assert_true(rule->l3mdev);
                assert_int_equal(rule->action, FR_ACT_TO_TBL);
                assert_int_equal(rule->table, 0);
                assert_int_equal(rule->priority, 1000);
                assert_int_equal(rule->protocol, RTPROT_KERNEL);
                assert_false(route_rule_is_owned(rule, tunnel_tag_make(name)));
        }
        assert_int_not_equal(f->kernel.rules[0].family, f->kernel.rules[1].family);
}

static void flush_rules(Fixture *f) {
        while (f->kernel.n_rules > 0) {
                const RouteRule rule = f->kernel.rules[0];

                assert_int_equal(kernel_delete_rule(&f->kernel, &rule), 0);
        }
}

/* Before the tunnel is up, while it is, and when it is down; and it stays. */
static void test_l3mdev_rules_come_back(void **state) {
        static const struct {
                RouteFrameEventType type;
                unsigned n_logs;
        } phases[] = { { ROUTE_FRAME_START, 1 }, { ROUTE_FRAME_UP, 2 }, { ROUTE_FRAME_DOWN, 3 } };
        Fixture f;

        begin_in_vrf(&f);
        assert_l3mdev_rules(&f);
        for (size_t i = 0; i < ELEMENTSOF(phases); i++) {
                do_and_settle(&f, phases[i].type);
                wait_for(&f, ROUTE_GUARD_WINDOW_USEC);
                flush_rules(&f);
                settle(&f); /* without waiting for anything */
                assert_l3mdev_rules(&f);
                assert_int_equal(f.n_logs, phases[i].n_logs);
                assert_string_equal(f.text,
                                    "Somebody removed the policy rule from all lookup "
                                    "[l3mdev-table]; putting back what is missing");
        }

        do_and_settle(&f, ROUTE_FRAME_RELEASE);
        assert_l3mdev_rules(&f);
        flush_rules(&f);
        settle(&f);
        assert_int_equal(f.kernel.n_rules, 0);
        assert_int_equal(f.n_logs, 3);

        end_in_vrf(&f);
}

/* It may be anywhere; but one that is about a table, or about some packets, is another. */
static void test_l3mdev_rule_of_others(void **state) {
        RouteRule rule;
        Fixture f;

        begin_in_vrf(&f);
        f.kernel.rules[0].priority = f.kernel.rules[1].priority = 99;
        f.kernel.rules[0].protocol = f.kernel.rules[1].protocol = RTPROT_STATIC;
        do_and_settle(&f, ROUTE_FRAME_UP);
        assert_int_equal(f.kernel.n_rules, 2);
        assert_int_equal(f.kernel.rules[0].priority, 99);

        rule = f.kernel.rules[0];
        rule.l3mdev = false;
        feed(&f, &(RouteFrameEvent){ .type = ROUTE_FRAME_RULE, .rule = &rule });
        assert_int_equal(f.n_logs, 0);

        flush_rules(&f);
        settle(&f);
        assert_l3mdev_rules(&f);
        assert_int_equal(f.n_logs, 1);

        end_in_vrf(&f);
}

/* What the kernel refuses is told, tried again, and told when it stands. */
static void test_refused_rule_is_told(void **state) {
        Fixture f;

        begin(&f, CONFIG_ROUTES_ON_DOWN_REMOVE, CONFIG_IPV6_IGNORE);
        f.kernel.n_rules = KERNEL_RULES_MAX; /* all foreign */
        do_and_settle(&f, ROUTE_FRAME_UP);
        assert_int_equal(f.n_failed, 1);
        assert_int_equal(f.error, -ENOMEM);
        assert_string_equal(f.text, "from all lookup main suppress_prefixlength 0");
        assert_int_equal(f.n_stands, 0);

        f.kernel.n_rules = 0;
        wait_for(&f, ROUTE_FRAME_RETRY_USEC);
        assert_int_equal(f.n_stands, 1);
        assert_default_rules(&f);

        end(&f);
}

static void test_kernel_without_ipv6(void **state) {
        Fixture f;

        begin(&f, CONFIG_ROUTES_ON_DOWN_REMOVE, CONFIG_IPV6_BLOCK);
        feed_type(&f, ROUTE_FRAME_UP);
        while (f.asked) {
                bool refuse = f.request.type == ROUTE_FRAME_ACTION_CHANGE_RULE &&
                        f.request.rule.family == AF_INET6;

                if (refuse) {
                        f.asked = false;
                        feed(&f,
                             &(RouteFrameEvent){ .type = ROUTE_FRAME_RULE_CHANGED,
                                                 .error = -EAFNOSUPPORT });
                } else
                        answer(&f);
        }
        assert_int_equal(f.n_stands, 1);
        assert_int_equal(f.n_failed, 0);

        end(&f);
}

/* ---- RoutesOnDown=unreachable ---- */

/* IPv6=negotiate: the same for a default route and a prefix of IPv6. */
static void begin_ipv6(Fixture *f) {
        begin(f, CONFIG_ROUTES_ON_DOWN_REMOVE, CONFIG_IPV6_NEGOTIATE);
        routes[0].is_ipv6 = true;
        routes[1] = (ConfigRoute){
                .is_ipv6 = true,
                .destination6 = { .s6_addr = { 0xfd, 0, 0, 1 } },
                .prefix_length = 32,
                .table = RT_TABLE_MAIN,
        };
        config.routes_on_down = CONFIG_ROUTES_ON_DOWN_UNREACHABLE;
}

static void test_covers_ipv6(void **state) {
        uint32_t table = tunnel_tag_get_table(tunnel_tag_make(name));
        Fixture f;

        begin_ipv6(&f);
        feed(&f, &(RouteFrameEvent){ .type = ROUTE_FRAME_CONFIGURE, .config = &config });
        settle(&f);
        assert_int_equal(f.kernel.n_routes, 1);
        assert_true(f.kernel.routes[0].is_ipv6);
        assert_int_equal(f.kernel.routes[0].type, RTN_UNREACHABLE);
        assert_int_equal(f.kernel.routes[0].metric, ROUTE_IPV6_METRIC_DEFAULT + 1);
        assert_int_equal(f.kernel.n_rules, 3);
        assert_true(priority_of(&f, AF_INET6, FR_ACT_TO_TBL, RT_TABLE_MAIN) <
                    priority_of(&f, AF_INET6, FR_ACT_TO_TBL, table));
        assert_true(priority_of(&f, AF_INET6, FR_ACT_TO_TBL, table) <
                    priority_of(&f, AF_INET6, FR_ACT_UNREACHABLE, 0));

        do_and_settle(&f, ROUTE_FRAME_RELEASE);
        assert_int_equal(f.kernel.n_routes, 0);
        assert_int_equal(f.kernel.n_rules, 0);
        end(&f);
}

/* There is nothing to refuse in a kernel without IPv6, and the tunnel comes up. */
static void test_covers_without_ipv6(void **state) {
        Fixture f;

        begin_ipv6(&f);
        feed(&f, &(RouteFrameEvent){ .type = ROUTE_FRAME_CONFIGURE, .config = &config });
        while (f.asked) {
                const Route *route = f.request.plan.adds;

                if (f.request.type == ROUTE_FRAME_ACTION_CHANGE_ROUTES && f.request.plan.n_adds > 0)
                        feed(&f,
                             &(RouteFrameEvent){ .type = ROUTE_FRAME_REFUSED,
                                                 .error = -EOPNOTSUPP,
                                                 .refused = { .route = route } });
                answer(&f);
        }
        do_and_settle(&f, ROUTE_FRAME_UP);
        assert_int_equal(f.n_stands, 1);
        assert_int_equal(f.n_failed, 0);
        end(&f);
}

/* Answers all requests as a kernel whose uplink is down: the ways to the server are refused. */
static void settle_without_uplink(Fixture *f, int error) {
        while (f->asked) {
                const RoutePlan plan = f->request.plan;

                for (size_t i = 0;
                     f->request.type == ROUTE_FRAME_ACTION_CHANGE_ROUTES && i < plan.n_adds; i++)
                        if (plan.adds[i].ifindex != 0)
                                feed(f,
                                     &(RouteFrameEvent){ .type = ROUTE_FRAME_REFUSED,
                                                         .error = error,
                                                         .refused = { .route = &plan.adds[i],
                                                                      .text = "down" } });
                if (f->request.type == ROUTE_FRAME_ACTION_CHANGE_ROUTES) {
                        route_plan_done(&f->request.plan);
                        f->asked = false;
                        feed(f, &(RouteFrameEvent){ .type = ROUTE_FRAME_CHANGED });
                } else
                        answer(f);
        }
}

/*
 * The uplink is down: nothing leaves, and that the way to the server cannot stand is neither a
 * message at each try nor a failure of the unreachable routes. It comes with the uplink.
 */
static void test_uplink_down(void **state) {
        const RouteFrameEvent event = reach(ROUTE_FRAME_REACH, "192.0.2.3", "192.0.2.254");
        const int errors[] = { -ENETDOWN, -ENETUNREACH, -ENODEV };

        for (size_t i = 0; i < ELEMENTSOF(errors); i++) {
                Fixture f;

                begin(&f, CONFIG_ROUTES_ON_DOWN_UNREACHABLE, CONFIG_IPV6_IGNORE);
                feed(&f, &event);
                settle_without_uplink(&f, errors[i]);
                assert_int_equal(f.n_reached, 1);
                feed_type(&f, ROUTE_FRAME_UP);
                settle_without_uplink(&f, errors[i]);
                assert_int_equal(f.n_stands, 1);
                assert_int_equal(f.n_failed + f.n_logs, 0);
                assert_null(find(&f, "192.0.2.3", RTN_UNICAST));

                wait_for(&f, ROUTE_FRAME_RETRY_MAX_USEC);
                assert_non_null(find(&f, "192.0.2.3", RTN_UNICAST));
                assert_int_equal(f.n_failed + f.n_logs, 0);
                assert_true(route_frame_next_deadline(f.frame) == USEC_INFINITY);
                end(&f);
        }
}

/* Any other error of such a route is told. */
static void test_way_refused(void **state) {
        const RouteFrameEvent event = reach(ROUTE_FRAME_REACH, "192.0.2.3", "192.0.2.254");
        Fixture f;

        begin(&f, CONFIG_ROUTES_ON_DOWN_UNREACHABLE, CONFIG_IPV6_IGNORE);
        feed(&f, &event);
        settle_without_uplink(&f, -EPERM);
        assert_int_equal(f.n_logs, 1);
        end(&f);
}

static void assert_covered(const Fixture *f) {
        const Route *cover = find(f, "10.0.0.0", RTN_UNREACHABLE);

        assert_non_null(cover);
        assert_int_equal(cover->metric, 51);
        assert_int_equal(route_owner_get_tag(cover), tunnel_tag_make(name));
        assert_true(priority_of(f, AF_INET, FR_ACT_UNREACHABLE, 0) >
                    priority_of(f, AF_INET, FR_ACT_TO_TBL,
                                tunnel_tag_get_table(tunnel_tag_make(name))));
}

static void test_covers_stand_from_start_to_release(void **state) {
        static const RouteFrameEventType life[] = {
                ROUTE_FRAME_UP,     ROUTE_FRAME_DOWN, ROUTE_FRAME_UP,
                ROUTE_FRAME_RESYNC, ROUTE_FRAME_DOWN,
        };
        Fixture f;

        begin(&f, CONFIG_ROUTES_ON_DOWN_UNREACHABLE, CONFIG_IPV6_BLOCK);
        assert_covered(&f);
        assert_true(route_frame_hides_server(f.frame));
        for (size_t i = 0; i < ELEMENTSOF(life); i++) {
                feed_type(&f, life[i]);
                assert_covered(&f);
                while (f.asked) {
                        answer(&f);
                        assert_covered(&f);
                }
                read_news(&f);
        }
        assert_int_equal(f.n_stands, 2);
        assert_int_equal(f.n_down, 2);

        do_and_settle(&f, ROUTE_FRAME_RELEASE);
        assert_int_equal(f.n_down, 3);
        assert_int_equal(f.kernel.n_rules, 0);
        assert_int_equal(f.kernel.n_routes, 0);

        end(&f);
}

/*
 * What a server has offered stays covered while the tunnel is down, until a server answers
 * otherwise or the configuration wants none.
 */
static void test_covers_what_is_offered(void **state) {
        ConfigRoute offered = {
                .destination = address("172.20.0.0"),
                .prefix_length = 16,
                .has_metric = true,
                .metric = 2048,
        };
        const RouteFrameEvent offer = { .type = ROUTE_FRAME_OFFER, .offer = { &offered, 1 } };
        unsigned n_lists;
        Fixture f;

        begin(&f, CONFIG_ROUTES_ON_DOWN_UNREACHABLE, CONFIG_IPV6_IGNORE);
        config.use_routes = true;
        feed(&f, &offer);
        settle(&f);
        assert_int_equal(find(&f, "172.20.0.0", RTN_UNREACHABLE)->metric, 2049);
        assert_covered(&f);

        /* The same again asks nothing of the kernel. */
        n_lists = f.n_lists;
        feed(&f, &offer);
        assert_int_equal(f.n_lists, n_lists);

        do_and_settle(&f, ROUTE_FRAME_DOWN);
        assert_non_null(find(&f, "172.20.0.0", RTN_UNREACHABLE));
        feed(&f, &(RouteFrameEvent){ .type = ROUTE_FRAME_OFFER });
        settle(&f);
        assert_null(find(&f, "172.20.0.0", RTN_UNREACHABLE));

        feed(&f, &offer);
        settle(&f);
        config.use_routes = false;
        feed(&f, &(RouteFrameEvent){ .type = ROUTE_FRAME_CONFIGURE, .config = &config });
        settle(&f);
        assert_null(find(&f, "172.20.0.0", RTN_UNREACHABLE));
        assert_covered(&f);

        end(&f);
}

/* A successor finds what its predecessor left, and leaves it in place. */
static void test_successor_leaves_no_gap(void **state) {
        Fixture first, second;

        begin(&first, CONFIG_ROUTES_ON_DOWN_UNREACHABLE, CONFIG_IPV6_IGNORE);
        second = (Fixture){ .now_usec = BEGIN, .kernel = first.kernel };
        end(&first);

        second.frame = route_frame_new(name);
        feed(&second, &(RouteFrameEvent){ .type = ROUTE_FRAME_CONFIGURE, .config = &config });
        feed_type(&second, ROUTE_FRAME_START);
        while (second.asked) {
                answer(&second);
                assert_covered(&second);
        }
        assert_int_equal(second.kernel.n_routes, 1);
        assert_int_equal(second.kernel.n_rules, 3);

        end(&second);
}

/* The way to the server is held open through the covers, and follows the uplink. */
static void test_server_is_reached(void **state) {
        RouteFrameEvent event = reach(ROUTE_FRAME_REACH, "10.9.8.7", "192.0.2.254");
        const Route *hole;
        Fixture f;

        begin(&f, CONFIG_ROUTES_ON_DOWN_UNREACHABLE, CONFIG_IPV6_IGNORE);
        event.type = ROUTE_FRAME_MOVE;
        feed(&f, &event); /* nobody is being reached yet */
        settle(&f);
        assert_null(find(&f, "10.9.8.7", RTN_UNICAST));

        event.type = ROUTE_FRAME_REACH;
        feed(&f, &event);
        assert_int_equal(f.n_reached, 0);
        settle(&f);
        assert_int_equal(f.n_reached, 1);
        hole = find(&f, "10.9.8.7", RTN_UNICAST);
        assert_non_null(hole);
        assert_int_equal(hole->prefix_length, 32);
        assert_int_equal(hole->table, RT_TABLE_MAIN);
        assert_int_equal(route_owner_get_interface(hole), 0);
        assert_int_equal(route_owner_get_tag(hole), tunnel_tag_make(name));

        event = reach(ROUTE_FRAME_MOVE, "10.9.8.7", "192.0.2.253");
        feed(&f, &event);
        settle(&f);
        hole = find(&f, "10.9.8.7", RTN_UNICAST);
        assert_int_equal(hole->gateway.s_addr, address("192.0.2.253").s_addr);

        /* Another server: the next is there before the last goes. */
        event = reach(ROUTE_FRAME_REACH, "198.51.100.12", "192.0.2.253");
        feed(&f, &event);
        settle(&f);
        assert_null(find(&f, "10.9.8.7", RTN_UNICAST));
        assert_non_null(find(&f, "198.51.100.12", RTN_UNICAST)); /* the rules cover it */
        assert_covered(&f);

        end(&f);
}

/* A route that leads nowhere anyway has no cover; one into another table, in that one. */
static void test_covers_what_leads_into_the_tunnel(void **state) {
        const RouteFrameEvent event = reach(ROUTE_FRAME_REACH, "10.9.8.7", "192.0.2.254");
        const Route *cover, *hole;
        Fixture f;

        begin(&f, CONFIG_ROUTES_ON_DOWN_UNREACHABLE, CONFIG_IPV6_IGNORE);
        routes[0] = (ConfigRoute){
                .destination = address("172.16.0.0"),
                .prefix_length = 12,
                .type = CONFIG_ROUTE_BLACKHOLE,
                .table = RT_TABLE_MAIN,
        };
        routes[1].table = 100;
        feed(&f, &(RouteFrameEvent){ .type = ROUTE_FRAME_CONFIGURE, .config = &config });
        settle(&f);
        assert_int_equal(f.kernel.n_routes, 1);
        cover = find(&f, "10.0.0.0", RTN_UNREACHABLE);
        assert_non_null(cover);
        assert_int_equal(cover->table, 100);

        /* Packets to the server that look into that table find their way there, too. */
        feed(&f, &event);
        settle(&f);
        assert_int_equal(f.kernel.n_routes, 2);
        hole = find(&f, "10.9.8.7", RTN_UNICAST);
        assert_non_null(hole);
        assert_int_equal(hole->table, 100);

        end(&f);
}

/* At no moment is there an unreachable rule without the way to the server. */
static void test_way_to_the_server_comes_first(void **state) {
        const RouteFrameEvent event = reach(ROUTE_FRAME_REACH, "198.51.100.12", "192.0.2.254");
        Fixture f = { .now_usec = BEGIN, .frame = route_frame_new(name) };

        assert_non_null(f.frame);
        routes[0] = (ConfigRoute){
                .by_policy = true,
                .table = tunnel_tag_get_table(tunnel_tag_make(name)),
        };
        config.n_routes = 1;
        config.routes_on_down = CONFIG_ROUTES_ON_DOWN_UNREACHABLE;
        feed(&f, &(RouteFrameEvent){ .type = ROUTE_FRAME_CONFIGURE, .config = &config });
        feed_type(&f, ROUTE_FRAME_START);
        feed(&f, &event);
        while (f.asked) {
                answer(&f);
                assert_true(!has_rule(&f, AF_INET, FR_ACT_UNREACHABLE, 0) ||
                            find(&f, "198.51.100.12", RTN_UNICAST));
        }
        assert_true(has_rule(&f, AF_INET, FR_ACT_UNREACHABLE, 0));

        end(&f);
}

static void test_without_covers_the_server_is_reached_at_once(void **state) {
        const RouteFrameEvent event = reach(ROUTE_FRAME_REACH, "10.9.8.7", "192.0.2.254");
        Fixture f;

        begin(&f, CONFIG_ROUTES_ON_DOWN_REMOVE, CONFIG_IPV6_IGNORE);
        feed(&f, &event);
        assert_int_equal(f.n_reached, 1);
        assert_int_equal(f.kernel.n_routes, 0);

        end(&f);
}

static void test_removed_cover_comes_back(void **state) {
        Fixture f;
        Route cover, theirs;

        begin(&f, CONFIG_ROUTES_ON_DOWN_UNREACHABLE, CONFIG_IPV6_IGNORE);
        cover = *find(&f, "10.0.0.0", RTN_UNREACHABLE);
        assert_int_equal(kernel_delete_route(&f.kernel, &cover), 0);
        settle(&f); /* without waiting for anything */
        assert_covered(&f);
        assert_int_equal(f.n_logs, 1);
        assert_non_null(strstr(f.text, "Somebody removed the route unreachable 10.0.0.0/8"));
        f.now_usec += ROUTE_GUARD_GATHER_USEC;

        /* Replaced by somebody: it is not for us to remove, and it is told. */
        theirs = cover;
        theirs.protocol = RTPROT_STATIC;
        theirs.tag = 0;
        assert_int_equal(kernel_add_route(&f.kernel, &theirs, true), 0);
        wait_for(&f, ROUTE_GUARD_GATHER_USEC + ROUTE_FRAME_PLACE_USEC);
        assert_non_null(kernel_find_route(&f.kernel, &theirs));
        assert_int_equal(f.n_logs, 3);
        assert_non_null(strstr(f.text, "10.0.0.0/8"));

        /* That of somebody else is gone: ours comes back, and nobody removed it. */
        f.text[0] = '\0';
        assert_int_equal(kernel_delete_route(&f.kernel, &theirs), 0);
        wait_for(&f, ROUTE_GUARD_GATHER_USEC);
        assert_covered(&f);
        assert_null(strstr(f.text, "removed"));

        end(&f);
}

/* "ip route flush proto pptp", by the hand of which one goes after another. */
static void test_flushed_covers_come_back(void **state) {
        const RouteFrameEvent event = reach(ROUTE_FRAME_REACH, "10.9.8.7", "192.0.2.254");
        Fixture f;

        begin(&f, CONFIG_ROUTES_ON_DOWN_UNREACHABLE, CONFIG_IPV6_IGNORE);
        feed(&f, &event);
        settle(&f);
        assert_true(f.kernel.n_routes > 1);
        while (f.kernel.n_routes > 0) {
                const Route route = f.kernel.routes[0];

                assert_int_equal(kernel_delete_route(&f.kernel, &route), 0);
                read_news(&f);
        }
        settle(&f);
        assert_covered(&f);
        assert_non_null(find(&f, "10.9.8.7", RTN_UNICAST));
        assert_int_equal(f.n_logs, 1);

        end(&f);
}

/* Somebody who removes one all the time is answered more rarely, and the journal names it. */
static void test_contest_about_a_cover(void **state) {
        Route cover;
        Fixture f;

        begin(&f, CONFIG_ROUTES_ON_DOWN_UNREACHABLE, CONFIG_IPV6_IGNORE);
        cover = *find(&f, "10.0.0.0", RTN_UNREACHABLE);
        for (unsigned i = 0; i < ROUTE_GUARD_TIMES_MAX; i++) {
                wait_for(&f, 50 * USEC_PER_MSEC);
                assert_int_equal(kernel_delete_route(&f.kernel, &cover), 0);
                settle(&f);
                assert_covered(&f);
        }
        wait_for(&f, 50 * USEC_PER_MSEC);
        assert_int_equal(kernel_delete_route(&f.kernel, &cover), 0);
        settle(&f);
        assert_string_equal(f.text,
                            "The tunnel's route unreachable 10.0.0.0/8 metric 51 is removed again "
                            "and again, probably by a script or another program that manages "
                            "routes; putting it back more rarely now");
        assert_null(kernel_find_route(&f.kernel, &cover));
        wait_for(&f, ROUTE_GUARD_SLOW_USEC);
        assert_covered(&f);

        end(&f);
}

/* The cover of a route is not in the place of another one of the configuration. */
static void test_covers_of_neighbours(void **state) {
        for (unsigned type = CONFIG_ROUTE_UNICAST; type <= CONFIG_ROUTE_UNREACHABLE; type++) {
                Fixture f;

                begin(&f, CONFIG_ROUTES_ON_DOWN_UNREACHABLE, CONFIG_IPV6_IGNORE);
                routes[0] = routes[1];
                routes[1].metric = 51;
                routes[1].type = (ConfigRouteType) type;
                feed(&f, &(RouteFrameEvent){ .type = ROUTE_FRAME_CONFIGURE, .config = &config });
                settle(&f);
                assert_int_equal(f.kernel.n_routes, 1);
                assert_int_equal(f.kernel.routes[0].metric, 52);
                assert_int_equal(f.n_logs, 0);

                end(&f);
        }
}

/*
 * With the metric of a route, that of its cover falls by one, to the place that the route is still
 * in: nothing is told unless the route stays there.
 */
static void test_cover_waits_for_its_place(void **state) {
        for (unsigned stays = 0; stays < 2; stays++) {
                Route route = {
                        .destination = address("10.0.0.0"),
                        .prefix_length = 8,
                        .type = RTN_UNICAST,
                        .protocol = ROUTE_PROTOCOL_PPTP,
                        .table = RT_TABLE_MAIN,
                        .metric = 50,
                        .ifindex = UPLINK_IFINDEX,
                };
                Fixture f;

                begin(&f, CONFIG_ROUTES_ON_DOWN_UNREACHABLE, CONFIG_IPV6_IGNORE);
                do_and_settle(&f, ROUTE_FRAME_UP);
                assert_int_equal(kernel_add_route(&f.kernel, &route, false), 0);
                routes[1].metric = 49;
                feed(&f, &(RouteFrameEvent){ .type = ROUTE_FRAME_CONFIGURE, .config = &config });
                do_and_settle(&f, ROUTE_FRAME_UP);
                assert_int_equal(f.n_stands, 1);
                assert_int_equal(f.n_failed + f.n_logs, 0);
                assert_true(route_frame_is_busy(f.frame));

                if (!stays)
                        assert_int_equal(kernel_delete_route(&f.kernel, &route), 0);
                wait_for(&f, ROUTE_FRAME_PLACE_USEC);
                assert_false(route_frame_is_busy(f.frame));
                assert_int_equal(f.n_stands, 2 - stays);
                assert_int_equal(f.n_failed, stays);
                if (stays) {
                        assert_int_equal(f.error, -EEXIST);
                        assert_int_equal(kernel_delete_route(&f.kernel, &route), 0);
                        wait_for(&f, ROUTE_FRAME_RETRY_USEC);
                        assert_int_equal(f.n_stands, 2);
                }
                assert_non_null(find(&f, "10.0.0.0", RTN_UNREACHABLE));

                end(&f);
        }
}

/* ---- OverlapPolicy=force ---- */

static Route network4(const char *destination, uint8_t prefix_length) {
        return (Route){
                .destination = address(destination),
                .prefix_length = prefix_length,
                .type = RTN_UNICAST,
                .protocol = RTPROT_KERNEL,
                .scope = RT_SCOPE_LINK,
                .table = RT_TABLE_MAIN,
                .ifindex = UPLINK_IFINDEX + 1,
        };
}

static Route network6(uint8_t first_byte) {
        Route route = network4("0.0.0.0", 64);

        route.is_ipv6 = true;
        route.destination6.s6_addr[0] = first_byte;
        route.metric = 256;
        return route;
}

static void begin_forced(Fixture *f, const Route *network) {
        *f = (Fixture){ .now_usec = BEGIN, .frame = route_frame_new(name) };
        assert_non_null(f->frame);
        if (network)
                kernel_set_network(&f->kernel, network, true);

        routes[0] = (ConfigRoute){
                .destination = address("10.0.0.0"),
                .prefix_length = 8,
                .table = RT_TABLE_MAIN,
                .metric = 50,
        };
        routes[1] = (ConfigRoute){
                .is_ipv6 = true,
                .destination6.s6_addr[0] = 0xfd,
                .prefix_length = 8,
                .table = RT_TABLE_MAIN,
        };
        config.n_routes = 2;
        config.routes_on_down = CONFIG_ROUTES_ON_DOWN_UNREACHABLE;
        config.ipv6 = CONFIG_IPV6_NEGOTIATE;
        config.overlap_policy = CONFIG_OVERLAP_FORCE;
        feed(f, &(RouteFrameEvent){ .type = ROUTE_FRAME_CONFIGURE, .config = &config });
        do_and_settle(f, ROUTE_FRAME_START);
}

static void end_forced(Fixture *f) {
        config.overlap_policy = CONFIG_OVERLAP_WARN;
        end(f);
}

/* Whether both halves of a network are refused, if its first one has that length. */
static bool halves_are_covered(const Fixture *f, const Route *network) {
        static const RouteUplink nowhere = { 0 };
        Route halves[2];
        unsigned n = 0;

        route_overlap_make_halves(network, network, &nowhere, halves);
        for (size_t i = 0; i < f->kernel.n_routes; i++) {
                const Route *r = &f->kernel.routes[i];

                if (r->type == RTN_UNREACHABLE && route_owner_get_tag(r) == tunnel_tag_make(name))
                        n += route_has_same_destination(r, &halves[0]) ||
                                route_has_same_destination(r, &halves[1]);
        }

        return n == 2;
}

/* What OverlapPolicy=force sends into the tunnel is refused before it is up, and afterwards. */
static void test_covers_forced_networks(void **state) {
        const Route lan = network4("10.5.0.0", 24), same = network4("10.0.0.0", 8);
        const Route elsewhere = network4("172.16.0.0", 16), lan6 = network6(0xfd);
        Fixture f;

        begin_forced(&f, &lan);
        assert_true(halves_are_covered(&f, &lan));
        assert_int_equal(f.kernel.n_routes, 2 + 2 + 1);

        /* Others come and go, whether the tunnel is up or not. */
        for (unsigned i = 0; i < 4; i++) {
                if (i % 2 == 1)
                        do_and_settle(&f, ROUTE_FRAME_UP);
                else if (i > 0)
                        do_and_settle(&f, ROUTE_FRAME_DOWN);
                kernel_set_network(&f.kernel, &same, i < 2);
                kernel_set_network(&f.kernel, &lan6, i < 2);
                kernel_set_network(&f.kernel, &elsewhere, i < 2);
                wait_for(&f, ROUTE_FRAME_LOOKS_USEC);
                assert_int_equal(halves_are_covered(&f, &same), i < 2);
                assert_int_equal(halves_are_covered(&f, &lan6), i < 2);
                assert_true(halves_are_covered(&f, &lan));
                assert_false(halves_are_covered(&f, &elsewhere));
        }

        /* A reload, there and back; and the end. */
        config.overlap_policy = CONFIG_OVERLAP_WARN;
        feed(&f, &(RouteFrameEvent){ .type = ROUTE_FRAME_CONFIGURE, .config = &config });
        settle(&f);
        assert_int_equal(f.kernel.n_routes, 2 + 1);
        config.overlap_policy = CONFIG_OVERLAP_FORCE;
        feed(&f, &(RouteFrameEvent){ .type = ROUTE_FRAME_CONFIGURE, .config = &config });
        settle(&f);
        assert_true(halves_are_covered(&f, &lan));
        do_and_settle(&f, ROUTE_FRAME_RELEASE);
        assert_int_equal(f.kernel.n_routes, 1);
        assert_int_equal(f.n_failed + f.n_logs, 0);

        end_forced(&f);
}

/* The gateway to the server answers only who its ARP requests reach, see route-overlap.c. */
static void test_leaves_the_gateway_where_it_is(void **state) {
        const Route lan = network4("10.5.0.0", 24);
        const RouteFrameEvent event = reach(ROUTE_FRAME_REACH, "203.0.113.9", "10.5.0.1");
        const RouteFrameEvent moved = reach(ROUTE_FRAME_MOVE, "203.0.113.9", "192.0.2.254");
        Fixture f;

        begin_forced(&f, &lan);
        feed(&f, &event);
        settle(&f);
        assert_int_equal(f.n_reached, 1);
        assert_non_null(find(&f, "10.5.0.1", RTN_UNICAST));
        assert_int_equal(find(&f, "10.5.0.1", RTN_UNICAST)->ifindex, UPLINK_IFINDEX);
        assert_int_equal(find(&f, "10.5.0.1", RTN_UNICAST)->scope, RT_SCOPE_LINK);
        assert_null(find(&f, "203.0.113.9", RTN_UNICAST));

        feed(&f, &moved);
        settle(&f);
        assert_null(find(&f, "10.5.0.1", RTN_UNICAST));

        end_forced(&f);
}

/* The server is in the forced network itself. */
static void test_leaves_the_server_where_it_is(void **state) {
        const Route lan = network4("10.5.0.0", 24);
        const RouteFrameEvent event = reach(ROUTE_FRAME_REACH, "10.5.0.3", "0.0.0.0");
        Fixture f;

        begin_forced(&f, &lan);
        feed(&f, &event);
        settle(&f);
        assert_non_null(find(&f, "10.5.0.3", RTN_UNICAST));
        assert_int_equal(find(&f, "10.5.0.3", RTN_UNICAST)->scope, RT_SCOPE_LINK);
        assert_true(halves_are_covered(&f, &lan));

        end_forced(&f);
}

/* The cover of a route is not in the place of a half of a network, which the tunnel has there. */
static void test_leaves_the_places_of_halves(void **state) {
        const Route lan = network4("10.5.0.0", 24);
        Fixture f;

        begin_forced(&f, NULL);
        routes[1] = routes[0]; /* 10.0.0.0/8 metric 50 */
        routes[1].destination = address("10.5.0.0");
        routes[1].prefix_length = 25;
        routes[1].metric = 49;
        feed(&f, &(RouteFrameEvent){ .type = ROUTE_FRAME_CONFIGURE, .config = &config });
        settle(&f);
        assert_int_equal(find(&f, "10.5.0.0", RTN_UNREACHABLE)->metric, 50);

        kernel_set_network(&f.kernel, &lan, true);
        wait_for(&f, ROUTE_FRAME_LOOKS_USEC);
        assert_true(halves_are_covered(&f, &lan));
        assert_int_equal(find(&f, "10.5.0.0", RTN_UNREACHABLE)->metric, 51);

        end_forced(&f);
}

/* A network of two hosts, one of which is the server or the gateway to it: it has no cover. */
static void test_leaves_its_neighbour_where_it_is(void **state) {
        const Route link = network4("10.5.0.2", 31);
        const RouteFrameEvent events[] = {
                reach(ROUTE_FRAME_REACH, "10.5.0.3", "0.0.0.0"),
                reach(ROUTE_FRAME_REACH, "203.0.113.9", "10.5.0.3"),
        };

        for (unsigned i = 0; i < ELEMENTSOF(events); i++) {
                Fixture f;

                begin_forced(&f, &link);
                assert_true(halves_are_covered(&f, &link));
                feed(&f, &events[i]);
                settle(&f);
                assert_null(find(&f, "10.5.0.3", RTN_UNREACHABLE));
                assert_non_null(find(&f, "10.5.0.2", RTN_UNREACHABLE));

                end_forced(&f);
        }
}

/* Where networks come and go all the time, each look costs one short listing, and few are made. */
static void test_looks_at_networks_rarely(void **state) {
        const Route elsewhere = network4("172.16.0.0", 16);
        unsigned n_lists;
        Fixture f;

        begin_forced(&f, NULL);
        wait_for(&f, USEC_PER_SEC);
        n_lists = f.n_lists;
        for (unsigned i = 0; i < 100; i++) {
                feed_type(&f, ROUTE_FRAME_NETWORKS);
                wait_for(&f, 10 * USEC_PER_MSEC);
        }
        assert_in_range(f.n_lists - n_lists, 4, 5);

        /* None is forgotten, also if its listing is lost. */
        kernel_set_network(&f.kernel, &elsewhere, true);
        read_news(&f);
        f.now_usec = route_frame_next_deadline(f.frame);
        feed_type(&f, ROUTE_FRAME_TIMER);
        assert_true(f.asked);
        f.asked = false;
        feed(&f, &(RouteFrameEvent){ .type = ROUTE_FRAME_NETWORKS_LISTED, .error = -ENOBUFS });
        assert_true(route_frame_next_deadline(f.frame) < USEC_INFINITY);
        wait_for(&f, ROUTE_FRAME_RETRY_USEC);
        assert_int_equal(route_frame_next_deadline(f.frame), USEC_INFINITY);

        end_forced(&f);
}

/* A cover of a half gives way to what the configuration has in its place, and to a network. */
static void test_places_of_halves(void **state) {
        const Route lan = network4("10.5.0.0", 24);
        Route half = network4("10.5.0.0", 25);
        Fixture f;

        half.metric = 51;
        begin_forced(&f, &lan);
        routes[1] = (ConfigRoute){
                .destination = address("10.5.0.128"),
                .prefix_length = 25,
                .table = RT_TABLE_MAIN,
                .metric = 51,
        };
        feed(&f, &(RouteFrameEvent){ .type = ROUTE_FRAME_CONFIGURE, .config = &config });
        settle(&f);
        assert_int_equal(find(&f, "10.5.0.0", RTN_UNREACHABLE)->metric, 51);
        assert_int_equal(find(&f, "10.5.0.128", RTN_UNREACHABLE)->metric, 52);

        do_and_settle(&f, ROUTE_FRAME_RELEASE);
        kernel_set_network(&f.kernel, &half, true);
        do_and_settle(&f, ROUTE_FRAME_START);
        wait_for(&f, ROUTE_FRAME_LOOKS_USEC);
        assert_true(halves_are_covered(&f, &half));
        assert_int_equal(f.n_failed + f.n_logs, 0);

        end_forced(&f);
}

/* A reload takes the covers away and brings others, in the middle of anything. */
static void test_reload(void **state) {
        for (unsigned n_answers = 0; n_answers < 5; n_answers++) {
                Fixture f;

                begin(&f, CONFIG_ROUTES_ON_DOWN_UNREACHABLE, CONFIG_IPV6_IGNORE);
                feed_type(&f, ROUTE_FRAME_UP);
                for (unsigned i = 0; i < n_answers && f.asked; i++)
                        answer(&f);
                routes[1].destination = address("172.16.0.0");
                feed(&f, &(RouteFrameEvent){ .type = ROUTE_FRAME_CONFIGURE, .config = &config });
                settle(&f);
                assert_null(find(&f, "10.0.0.0", RTN_UNREACHABLE));
                assert_non_null(find(&f, "172.16.0.0", RTN_UNREACHABLE));
                assert_int_equal(f.n_stands, 1);

                config.routes_on_down = CONFIG_ROUTES_ON_DOWN_REMOVE;
                feed(&f, &(RouteFrameEvent){ .type = ROUTE_FRAME_CONFIGURE, .config = &config });
                settle(&f);
                assert_int_equal(f.kernel.n_routes, 0);
                assert_int_equal(f.kernel.n_rules, 2);

                end(&f);
        }
}

/* What is said of it in the middle of a pass is not lost. */
/* What the kernel has is what a start with that configuration would make, and no more. */
static void assert_covers_of(const Fixture *f, const Config *c, const RouteUplink *uplink) {
        size_t n_covers, n_ours = 0;
        Route *covers;

        assert_int_equal(route_cover_make(c, uplink, NULL, 0, &covers, &n_covers), 0);
        for (size_t i = 0; i < n_covers; i++)
                assert_non_null(kernel_find_route(&f->kernel, &covers[i]));
        for (size_t i = 0; i < f->kernel.n_routes; i++)
                n_ours += route_owner_get_tag(&f->kernel.routes[i]) == tunnel_tag_make(name);
        assert_int_equal(n_ours, n_covers);
        free(covers);
}

/*
 * After whatever reload the covers are those that a start would make, be it that all are made anew
 * or those alone whose routes changed, which needs no listing.
 */
static void test_reloads_of_few_routes(void **state) {
        const RouteFrameEvent event = reach(ROUTE_FRAME_REACH, "10.0.0.3", "192.0.2.254");
        unsigned n_reloads = 0, n_lists = 0;

        srand(1);
        for (unsigned i = 0; i < 300; i++) {
                static RandomConfig configs[2];
                Fixture f = { .now_usec = BEGIN, .frame = route_frame_new(name) };

                assert_non_null(f.frame);
                for (unsigned j = 0; j < 6; j++) {
                        RandomConfig *c = &configs[j % 2];

                        if (j == 0)
                                random_config_make(c);
                        else {
                                random_config_copy(c, &configs[(j + 1) % 2]);
                                for (unsigned n = roll(4); n > 0; n--)
                                        random_config_edit(c);
                        }
                        c->config.name = name;
                        c->config.routes_on_down = CONFIG_ROUTES_ON_DOWN_UNREACHABLE;
                        f.n_lists = 0;
                        feed(&f,
                             &(RouteFrameEvent){
                                     .type = ROUTE_FRAME_CONFIGURE,
                                     .config = &c->config,
                             });
                        if (j == 0) {
                                do_and_settle(&f, ROUTE_FRAME_START);
                                feed(&f, &event);
                        } else {
                                n_lists += f.n_lists;
                                n_reloads++;
                        }
                        settle(&f);
                        assert_covers_of(&f, &c->config, &event.uplink);
                        assert_int_equal(f.n_failed + f.n_logs, 0);
                }

                /* What it knows of them is right, too: each that is removed comes back. */
                while (f.kernel.n_routes > 0) {
                        const Route route = f.kernel.routes[roll((unsigned) f.kernel.n_routes)];

                        assert_int_equal(kernel_delete_route(&f.kernel, &route), 0);
                        settle(&f);
                        assert_true(f.n_logs > 0);
                        f.n_logs = 0;
                        f.now_usec += ROUTE_GUARD_WINDOW_USEC;
                        wait_for(&f, ROUTE_GUARD_GATHER_USEC);
                        assert_covers_of(&f, &configs[1].config, &event.uplink);
                        if (roll(3) == 0)
                                break;
                }
                end(&f);
        }
        assert_in_range(n_lists, n_reloads / 10, n_reloads / 2); /* some reach the server */
}

/* Covers that others removed come back with the reload. */
static void test_reload_before_covers_are_put_back(void **state) {
        Config next;
        Fixture f;

        begin(&f, CONFIG_ROUTES_ON_DOWN_UNREACHABLE, CONFIG_IPV6_IGNORE);
        for (size_t i = f.kernel.n_routes; i-- > 0;) {
                const Route route = f.kernel.routes[i];

                assert_int_equal(kernel_delete_route(&f.kernel, &route), 0);
        }
        read_news(&f);
        next = config;
        feed(&f, &(RouteFrameEvent){ .type = ROUTE_FRAME_CONFIGURE, .config = &next });
        settle(&f);
        assert_non_null(find(&f, "10.0.0.0", RTN_UNREACHABLE));

        end(&f);
}

/* A reload adds the first cover, and the next one takes it back before that is done. */
static void test_first_cover_taken_back(void **state) {
        Config none, one;
        Fixture f;

        begin(&f, CONFIG_ROUTES_ON_DOWN_UNREACHABLE, CONFIG_IPV6_IGNORE);
        none = one = config;
        none.n_routes = 0;
        one.n_routes = 1;
        feed(&f, &(RouteFrameEvent){ .type = ROUTE_FRAME_CONFIGURE, .config = &none });
        settle(&f);
        assert_int_equal(f.kernel.n_routes, 0);
        routes[0] = routes[1];
        feed(&f, &(RouteFrameEvent){ .type = ROUTE_FRAME_CONFIGURE, .config = &one });
        assert_int_equal(f.request.type, ROUTE_FRAME_ACTION_CHANGE_ROUTES);
        feed(&f, &(RouteFrameEvent){ .type = ROUTE_FRAME_CONFIGURE, .config = &none });
        settle(&f);
        assert_int_equal(f.kernel.n_routes, 0);
        end(&f);
}

static void test_stop_in_the_middle(void **state) {
        for (unsigned n_answers = 0; n_answers < 8; n_answers++) {
                Fixture f;

                begin(&f, CONFIG_ROUTES_ON_DOWN_REMOVE, CONFIG_IPV6_BLOCK);
                feed_type(&f, ROUTE_FRAME_UP);
                for (unsigned i = 0; i < n_answers && f.asked; i++)
                        answer(&f);
                do_and_settle(&f, ROUTE_FRAME_DOWN);
                assert_int_equal(f.n_down, 1);
                assert_int_equal(f.kernel.n_rules, 0);

                end(&f);
        }
}

/* The numbers under DEFAULT ROUTE in pptp.conf(5) are those of a tunnel of this name. */
static void test_numbers_in_the_manual(void **state) {
        assert_int_equal(tunnel_tag_make("onenet"), 0xf24ef88);
        assert_int_equal(tunnel_tag_get_table(0xf24ef88), 1327820680);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_numbers_in_the_manual),
                cmocka_unit_test(test_rules_come_and_go_with_the_tunnel),
                cmocka_unit_test(test_blocks_ipv6),
                cmocka_unit_test(test_nothing_wanted_asks_nothing),
                cmocka_unit_test(test_takes_over_what_a_predecessor_left),
                cmocka_unit_test(test_removed_rule_comes_back),
                cmocka_unit_test(test_flushed_rules_come_back),
                cmocka_unit_test(test_contest_is_damped),
                cmocka_unit_test(test_l3mdev_rules_come_back),
                cmocka_unit_test(test_l3mdev_rule_of_others),
                cmocka_unit_test(test_refused_rule_is_told),
                cmocka_unit_test(test_kernel_without_ipv6),
                cmocka_unit_test(test_covers_stand_from_start_to_release),
                cmocka_unit_test(test_covers_ipv6),
                cmocka_unit_test(test_covers_without_ipv6),
                cmocka_unit_test(test_uplink_down),
                cmocka_unit_test(test_way_refused),
                cmocka_unit_test(test_covers_what_is_offered),
                cmocka_unit_test(test_successor_leaves_no_gap),
                cmocka_unit_test(test_server_is_reached),
                cmocka_unit_test(test_covers_what_leads_into_the_tunnel),
                cmocka_unit_test(test_way_to_the_server_comes_first),
                cmocka_unit_test(test_without_covers_the_server_is_reached_at_once),
                cmocka_unit_test(test_removed_cover_comes_back),
                cmocka_unit_test(test_flushed_covers_come_back),
                cmocka_unit_test(test_contest_about_a_cover),
                cmocka_unit_test(test_covers_of_neighbours),
                cmocka_unit_test(test_cover_waits_for_its_place),
                cmocka_unit_test(test_covers_forced_networks),
                cmocka_unit_test(test_leaves_the_gateway_where_it_is),
                cmocka_unit_test(test_leaves_the_server_where_it_is),
                cmocka_unit_test(test_leaves_its_neighbour_where_it_is),
                cmocka_unit_test(test_leaves_the_places_of_halves),
                cmocka_unit_test(test_looks_at_networks_rarely),
                cmocka_unit_test(test_places_of_halves),
                cmocka_unit_test(test_reload),
                cmocka_unit_test(test_reloads_of_few_routes),
                cmocka_unit_test(test_reload_before_covers_are_put_back),
                cmocka_unit_test(test_first_cover_taken_back),
                cmocka_unit_test(test_stop_in_the_middle),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
