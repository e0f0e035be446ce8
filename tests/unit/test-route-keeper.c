/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The keeper of the routes, on the simulated kernel of tests/sim/kernel.h: what is in its table in
 * the end counts, and what the tunnel was told.
 */

#include "test.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "address.h"
#include "core/base/tunnel-tag.h"
#include "core/route/route-keeper.h"
#include "core/route/route-owner.h"
#include "random-config.h"
#include "sim/kernel.h"

#define BEGIN (1000 * USEC_PER_SEC)
#define UPLINK_IFINDEX 2

typedef struct Fixture {
        RouteKeeper *keeper;
        Kernel kernel;
        uint64_t now_usec;
        RouteKeeperAction request; /* that the kernel has not answered yet */
        bool asked;

        /* what was told since forget() */
        unsigned n_installed, n_failed, n_removed, n_gone, n_overlaps, n_lost, n_warnings;
        size_t count;
        int error;
        char text[ROUTE_KEEPER_TEXT_MAX_BYTES];
        char logged[ROUTE_KEEPER_TEXT_MAX_BYTES];  /* the last warning */
        char noticed[ROUTE_KEEPER_TEXT_MAX_BYTES]; /* the last notice */
} Fixture;

static ConfigRoute wanted[2];
static char name[] = "onenet";
static Config config = { .name = name, .routes = wanted, .n_routes = 2 };

/* ---- the fixture ---- */

static void drop_request(Fixture *f) {
        if (f->asked && f->request.type == ROUTE_KEEPER_ACTION_CHANGE)
                route_plan_done(&f->request.plan);
        f->asked = false;
}

static void note(Fixture *f, const RouteKeeperAction *a) {
        switch (a->type) {
        case ROUTE_KEEPER_ACTION_CANCEL:
                assert_true(f->asked);
                drop_request(f);
                break;
        case ROUTE_KEEPER_ACTION_FIND_LINK:
        case ROUTE_KEEPER_ACTION_MAKE_VRF:
        case ROUTE_KEEPER_ACTION_JOIN_VRF:
        case ROUTE_KEEPER_ACTION_SET_UP_VRF:
        case ROUTE_KEEPER_ACTION_LIST:
        case ROUTE_KEEPER_ACTION_CHANGE:
        case ROUTE_KEEPER_ACTION_SET_ADDRESS:
        case ROUTE_KEEPER_ACTION_SET_ADDRESS6:
                assert_false(f->asked); /* one at a time */
                f->request = *a;
                f->asked = true;
                break;
        case ROUTE_KEEPER_ACTION_INSTALLED:
                f->n_installed++;
                f->count = a->count;
                break;
        case ROUTE_KEEPER_ACTION_FAILED:
                f->n_failed++;
                f->error = a->failed.error;
                strcpy(f->text, a->failed.text);
                break;
        case ROUTE_KEEPER_ACTION_REMOVED:
                f->n_removed++;
                break;
        case ROUTE_KEEPER_ACTION_GONE:
                f->n_gone++;
                break;
        case ROUTE_KEEPER_ACTION_OVERLAP:
                f->n_overlaps++;
                break;
        case ROUTE_KEEPER_ACTION_LOST:
                f->n_lost++;
                f->count = a->note.count;
                break;
        case ROUTE_KEEPER_ACTION_LOG:
                if (a->log.priority == LOG_NOTICE)
                        strcpy(f->noticed, a->log.text);
                if (a->log.priority > LOG_WARNING)
                        break;
                f->n_warnings++;
                strcpy(f->logged, a->log.text);
                break;
        }
}

static void feed(Fixture *f, const RouteKeeperEvent *event) {
        RouteKeeperActions actions;

        route_keeper_step(f->keeper, event, f->now_usec, &actions);
        for (size_t i = 0; i < actions.n_items; i++)
                note(f, &actions.items[i]);
}

static void on_answer(const RouteKeeperEvent *event, void *userdata) {
        feed(userdata, event);
}

/* The kernel answers one request. */
static void answer(Fixture *f) {
        RouteKeeperAction request = f->request;

        assert_true(f->asked);
        f->asked = false;
        kernel_answer(&f->kernel, &request, on_answer, f);
}

/* Of the routes of others the monitor lets in those that replace some, and what is watched. */
static bool is_announced(const Fixture *f, const KernelNews *news) {
        const struct in_addr *places;
        size_t n_places = route_keeper_get_places(f->keeper, &places);

        if (news->event.type == ROUTE_KEEPER_RESYNC || news->event.type == ROUTE_KEEPER_SOURCE ||
            news->event.type == ROUTE_KEEPER_VRF_LINK)
                return true;
        if (news->event.type != ROUTE_KEEPER_ROUTE)
                return news->ifindex == route_keeper_get_ifindex(f->keeper);
        if (news->route.protocol == ROUTE_PROTOCOL_PPTP || news->event.route.news == ROUTE_REPLACED)
                return true;

        for (size_t i = 0; i < n_places; i++)
                if (route_covers(&news->route, places[i]))
                        return true;
        return false;
}

static void read_news(Fixture *f) {
        KernelNews news;

        while (kernel_read_news(&f->kernel, &news))
                if (is_announced(f, &news))
                        feed(f, &news.event);
}

/* Everything that happens without the clock going on. */
static void settle(Fixture *f) {
        read_news(f);
        while (f->asked) {
                answer(f);
                read_news(f);
        }
}

/* Lets so much time pass, with all that is due in it. */
static void wait_for(Fixture *f, uint64_t usec) {
        uint64_t end = f->now_usec + usec;

        settle(f);
        while (route_keeper_next_deadline(f->keeper) <= end) {
                f->now_usec = MAX(f->now_usec, route_keeper_next_deadline(f->keeper));
                feed(f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_TIMER });
                settle(f);
        }
        f->now_usec = end;
}

static void forget(Fixture *f) {
        f->n_installed = f->n_failed = f->n_removed = f->n_gone = 0;
        f->n_overlaps = f->n_lost = f->n_warnings = 0;
        f->count = 0;
        f->error = 0;
        f->text[0] = f->logged[0] = f->noticed[0] = '\0';
}

static RouteLink link_of(const char *peer) {
        return (RouteLink){
                .ifname = "onenet",
                .local = address("10.10.0.7"),
                .peer = address(peer),
        };
}

static RouteKeeperEvent install(const char *peer, const char *server) {
        return (RouteKeeperEvent){
                .type = ROUTE_KEEPER_INSTALL,
                .install = {
                        .link = link_of(peer),
                        .uplink = {
                                .server = address(server),
                                .gateway = address("192.0.2.254"),
                                .ifindex = UPLINK_IFINDEX,
                        },
                },
        };
}

static void begin(Fixture *f, const char *peer) {
        const RouteLink link = link_of(peer);

        *f = (Fixture){ .now_usec = BEGIN, .keeper = route_keeper_new() };
        assert_non_null(f->keeper);
        f->kernel.watched[0] = route_keeper_get_extent(f->keeper);
        wanted[0] = (ConfigRoute){ .destination = address("10.0.0.0"), .prefix_length = 8 };
        wanted[1] = (ConfigRoute){ .destination = address("172.16.0.0"), .prefix_length = 16 };
        config.n_routes = 2;
        config.overlap_policy = CONFIG_OVERLAP_WARN;
        config.vrf[0] = '\0';
        feed(f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_CONFIGURE, .config = &config });
        kernel_create_interface(&f->kernel, &link);
}

static void end(Fixture *f) {
        drop_request(f);
        route_keeper_free(f->keeper);
}

/* Routes stand: those of the configuration, and a pin with its floor: 10.0.0.0/8 covers it. */
static void begin_installed(Fixture *f) {
        const RouteKeeperEvent event = install("10.10.0.1", "10.9.8.7");

        begin(f, "10.10.0.1");
        feed(f, &event);
        settle(f);
        assert_int_equal(f->n_installed, 1);
        assert_int_equal(f->count, 2);
        forget(f);
}

/* ---- what the kernel's table has ---- */

static const Route *find(const Fixture *f, const char *destination, uint8_t prefix_length,
                         uint8_t protocol) {

        for (size_t i = 0; i < f->kernel.n_routes; i++) {
                const Route *r = &f->kernel.routes[i];

                if (r->destination.s_addr == address(destination).s_addr &&
                    r->prefix_length == prefix_length && r->protocol == protocol)
                        return r;
        }

        return NULL;
}

static size_t count_ours(const Fixture *f) {
        size_t n = 0;

        for (size_t i = 0; i < f->kernel.n_routes; i++)
                n += f->kernel.routes[i].protocol == ROUTE_PROTOCOL_PPTP;

        return n;
}

static void assert_complete(const Fixture *f) {
        assert_non_null(find(f, "10.0.0.0", 8, ROUTE_PROTOCOL_PPTP));
        assert_non_null(find(f, "172.16.0.0", 16, ROUTE_PROTOCOL_PPTP));
        assert_int_equal(count_ours(f), 4);
}

static Route foreign(const char *destination, uint8_t prefix_length) {
        return (Route){
                .destination = address(destination),
                .prefix_length = prefix_length,
                .type = RTN_UNICAST,
                .protocol = RTPROT_STATIC,
                .table = RT_TABLE_MAIN,
                .ifindex = UPLINK_IFINDEX,
        };
}

static void remove_ours(Fixture *f, const char *destination, uint8_t prefix_length) {
        const Route route = *find(f, destination, prefix_length, ROUTE_PROTOCOL_PPTP);

        assert_int_equal(kernel_delete_route(&f->kernel, &route), 0);
}

/* ---- installing and removing ---- */

static void test_installs_and_removes(void **state) {
        Fixture f;

        begin_installed(&f);
        assert_complete(&f);
        assert_true(route_keeper_hides_server(f.keeper));
        assert_false(route_keeper_is_busy(f.keeper));
        assert_int_equal(route_keeper_next_deadline(f.keeper), USEC_INFINITY);

        feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_REMOVE });
        settle(&f);
        assert_int_equal(f.n_removed, 1);
        assert_int_equal(count_ours(&f), 0);
        assert_false(route_keeper_hides_server(f.keeper));

        end(&f);
}

static void test_removes_what_was_never_installed(void **state) {
        Fixture f;

        begin(&f, "10.10.0.1");
        feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_REMOVE });
        assert_int_equal(f.n_removed, 1);
        assert_false(f.asked);

        end(&f);
}

/* In the middle of any request; the kernel may or may not have done it. */
static void test_stop_while_installing(void **state) {
        for (unsigned n_answers = 0; n_answers < 4; n_answers++) {
                const RouteKeeperEvent event = install("10.10.0.1", "10.9.8.7");
                Fixture f;

                begin(&f, "10.10.0.1");
                feed(&f, &event);
                for (unsigned i = 0; i < n_answers; i++)
                        answer(&f);
                feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_REMOVE });
                settle(&f);
                assert_int_equal(f.n_removed, 1);
                assert_int_equal(count_ours(&f), 0);

                end(&f);
        }
}

static void test_interface_that_is_not_there(void **state) {
        const RouteKeeperEvent event = install("10.10.0.1", "10.9.8.7");
        Fixture f;

        begin(&f, "10.10.0.1");
        kernel_delete_interface(&f.kernel);
        feed(&f, &event);
        settle(&f);
        assert_int_equal(f.n_failed, 1);
        assert_int_equal(f.error, -ENODEV);

        end(&f);
}

/* A reload: what is new comes, what is old goes, the rest is not touched. */
/*
 * The first of all requests fails: that is told, nothing is left behind, and the next try asks for
 * the interface again.
 */
static void test_first_request_fails(void **state) {
        static const int errors[] = { -ENODEV, -ENOBUFS, -ENOMEM, -EINTR, -EPERM };

        for (size_t i = 0; i < ELEMENTSOF(errors); i++) {
                const RouteKeeperEvent event = install("10.10.0.1", "10.9.8.7");
                const RouteKeeperEvent failed = {
                        .type = ROUTE_KEEPER_LINK_FOUND,
                        .found.error = errors[i],
                };
                Fixture f;

                for (unsigned n = 1; n <= 3; n++) {
                        begin(&f, "10.10.0.1");
                        feed(&f, &event);
                        for (unsigned j = 1; j <= n; j++) {
                                assert_int_equal(f.request.type, ROUTE_KEEPER_ACTION_FIND_LINK);
                                f.asked = false;
                                feed(&f, &failed);
                                assert_int_equal(f.n_failed, j);
                                assert_int_equal(f.error, errors[i]);
                                assert_false(f.asked);
                                assert_int_equal(count_ours(&f), 0);
                                if (j == n)
                                        break;

                                assert_true(route_keeper_next_deadline(f.keeper) > f.now_usec);
                                f.now_usec = route_keeper_next_deadline(f.keeper);
                                feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_TIMER });
                                assert_true(f.asked);
                                assert_true(route_keeper_next_deadline(f.keeper) > f.now_usec);
                        }

                        if (n < 3) {
                                wait_for(&f, ROUTE_KEEPER_RETRY_MAX_USEC);
                                assert_int_equal(f.n_installed, 1);
                                assert_complete(&f);
                        }
                        feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_REMOVE });
                        settle(&f);
                        assert_int_equal(f.n_removed, 1);
                        assert_int_equal(count_ours(&f), 0);
                        assert_int_equal(route_keeper_next_deadline(f.keeper), USEC_INFINITY);

                        end(&f);
                }
        }
}

static void test_installs_again(void **state) {
        const RouteKeeperEvent event = install("10.10.0.1", "10.9.8.7");
        ConfigRoute others[] = {
                { .destination = address("10.0.0.0"), .prefix_length = 8 },
                { .destination = address("192.168.0.0"), .prefix_length = 16 },
        };
        const Config changed = { .routes = others, .n_routes = 2 };
        Fixture f;

        begin_installed(&f);
        feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_CONFIGURE, .config = &changed });
        feed(&f, &event);
        answer(&f); /* and once more while that is under way */
        feed(&f, &event);
        settle(&f);
        assert_int_equal(f.n_installed, 1);
        assert_null(find(&f, "172.16.0.0", 16, ROUTE_PROTOCOL_PPTP));
        assert_non_null(find(&f, "192.168.0.0", 16, ROUTE_PROTOCOL_PPTP));
        assert_int_equal(count_ours(&f), 4);

        end(&f);
}

/* Counts how often lists of routes are asked for until everything is quiet. */
static void count_listings(Fixture *f, unsigned *ret_ours, unsigned *ret_kernels) {
        *ret_ours = *ret_kernels = 0;
        read_news(f);
        while (f->asked) {
                if (f->request.type == ROUTE_KEEPER_ACTION_LIST) {
                        bool ours = f->request.list.protocol == ROUTE_PROTOCOL_PPTP;

                        *ret_ours += ours;
                        *ret_kernels += !ours;
                }
                answer(f);
                read_news(f);
        }
}

static void assert_listings(Fixture *f, unsigned n_ours, unsigned n_kernels) {
        unsigned ours, kernels;

        count_listings(f, &ours, &kernels);
        assert_int_equal(ours, n_ours);
        assert_int_equal(kernels, n_kernels);
}

/* Of the routes that the kernel has of ours, those that are made from scratch are all. */
static void assert_as_made(Fixture *f, const Config *c, const ConfigRoute *offered,
                           size_t n_offered, const RouteKeeperEvent *event) {

        size_t n, n_ours = count_ours(f);
        ConfigRoute *joined;
        Config all;
        Route *made;

        assert_int_equal(route_set_join(c, offered, n_offered, &all, &joined), 0);
        assert_int_equal(route_set_make(&all, f->kernel.ifindex, event->install.link.peer,
                                        &event->install.uplink, &made, &n),
                         0);
        n = route_drop_rivals(made, n);
        assert_int_equal(n_ours, n);
        route_sort(f->kernel.routes, f->kernel.n_routes);
        for (size_t i = 0; i < n; i++)
                assert_true(route_is_among(f->kernel.routes, f->kernel.n_routes, &made[i]));
        free(made);
        free(joined);
}

/* Something happens between two reloads, or in the middle of one. */
static void surprise(Fixture *f) {
        switch (roll(6)) {
        case 0:
                if (f->kernel.n_routes > 0) {
                        const Route route = f->kernel.routes[roll((unsigned) f->kernel.n_routes)];

                        if (route.protocol == ROUTE_PROTOCOL_PPTP)
                                assert_int_equal(kernel_delete_route(&f->kernel, &route), 0);
                }
                break;
        case 1:
                feed(f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_RESYNC });
                break;
        case 2:
                feed(f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_NETWORKS });
                break;
        default:
                break;
        }
        if (f->asked && roll(2) == 0)
                answer(f);
        if (roll(2) == 0)
                read_news(f);
}

/*
 * Whatever reloads and offers come, one upon another, while others remove routes, and requests are
 * under way: in the end the kernel has the routes that are made of the last from scratch.
 */
static void test_many_reloads(void **state) {
        unsigned n_without_listing = 0;

        for (unsigned i = 0; i < 2000; i++) {
                RouteKeeperEvent event = install("10.10.0.1", "10.0.0.5");
                ConfigRoute offered[2];
                size_t n_offered = 0;
                RandomConfig configs[2];
                unsigned current = 0;
                Fixture f;

                begin(&f, "10.10.0.1");
                random_config_make(&configs[0]);
                event.install.link.has_ipv6 = true;
                for (unsigned n = 0; n < 8; n++) {
                        unsigned n_ours, n_kernels;

                        for (unsigned m = roll(3); m > 0 || n == 0; m--) {
                                RandomConfig *next = &configs[!current];

                                random_config_copy(next, &configs[current]);
                                random_config_edit(next);
                                next->config.ipv6 = CONFIG_IPV6_NEGOTIATE;
                                feed(&f,
                                     &(RouteKeeperEvent){
                                             .type = ROUTE_KEEPER_CONFIGURE,
                                             .config = &next->config,
                                     });
                                memset(&configs[current], 0xff, sizeof(configs[current]));
                                current = !current;
                                if (n == 0)
                                        break;
                        }
                        if (roll(4) == 0) {
                                n_offered = roll(ELEMENTSOF(offered) + 1);
                                for (size_t m = 0; m < n_offered; m++)
                                        offered[m] = random_route();
                                feed(&f,
                                     &(RouteKeeperEvent){
                                             .type = ROUTE_KEEPER_OFFER,
                                             .offer = { offered, n_offered },
                                     });
                        }
                        if (roll(8) == 0)
                                event.install.uplink.gateway = address("192.0.2.253");
                        if (roll(4) == 0)
                                surprise(&f);
                        feed(&f, &event);
                        if (roll(4) == 0) {
                                surprise(&f);
                                continue;
                        }

                        count_listings(&f, &n_ours, &n_kernels);
                        n_without_listing += n > 0 && n_ours == 0;
                        wait_for(&f, 120 * USEC_PER_SEC);
                        assert_as_made(&f, &configs[current].config, offered, n_offered, &event);
                }
                end(&f);
        }

        assert_true(n_without_listing > 2000);
}

/*
 * Of more changes than are noted the set is made anew. The kernel cannot tell all but one of them
 * apart, and that one comes last.
 */
static void test_many_changes_at_once(void **state) {
        enum { BEFORE = ROUTE_KEEPER_CHANGES_MAX - 3, AFTER = ROUTE_KEEPER_CHANGES_MAX + 3 };
        ConfigRoute *routes = calloc(AFTER, sizeof(*routes));

        assert_non_null(routes);
        for (size_t n = BEFORE; n < AFTER; n++) {
                const RouteKeeperEvent event = install("10.10.0.1", "203.0.113.9");
                const Config many = { .routes = routes, .n_routes = n };
                Fixture f;

                begin(&f, "10.10.0.1");
                config.n_routes = 1; /* 10.0.0.0/8 */
                feed(&f, &event);
                settle(&f);
                for (size_t i = 0; i < n; i++) {
                        routes[i] = wanted[0];
                        routes[i].mtu_bytes = 1000 + (uint32_t) i;
                }
                routes[n - 1] = wanted[1];
                feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_CONFIGURE, .config = &many });
                feed(&f, &event);
                settle(&f);
                assert_int_equal(find(&f, "10.0.0.0", 8, ROUTE_PROTOCOL_PPTP)->mtu_bytes, 1000);
                assert_non_null(find(&f, "172.16.0.0", 16, ROUTE_PROTOCOL_PPTP));
                assert_int_equal(count_ours(&f), 2);

                feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_CONFIGURE, .config = &config });
                feed(&f, &event);
                settle(&f);
                assert_null(find(&f, "172.16.0.0", 16, ROUTE_PROTOCOL_PPTP));
                assert_int_equal(count_ours(&f), 1);

                end(&f);
        }
        free(routes);
}

/*
 * A reload while all stands changes what differs, without a look at what may be a hundred thousand
 * routes; but not where something was announced since, or a change before it did not come through.
 */
static void test_looks_only_where_it_must(void **state) {
        const RouteKeeperEvent event = install("10.10.0.1", "10.9.8.7");
        ConfigRoute others[] = {
                { .destination = address("10.0.0.0"), .prefix_length = 8 },
                { .destination = address("192.168.0.0"), .prefix_length = 16 },
        };
        const Config changed = { .routes = others, .n_routes = 2 };
        unsigned n_ours, n_kernels;
        Fixture f;

        begin_installed(&f);
        feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_CONFIGURE, .config = &changed });
        feed(&f, &event);
        assert_listings(&f, 0, 0);
        assert_int_equal(f.n_installed, 1);
        assert_null(find(&f, "172.16.0.0", 16, ROUTE_PROTOCOL_PPTP));
        assert_non_null(find(&f, "192.168.0.0", 16, ROUTE_PROTOCOL_PPTP));
        assert_int_equal(count_ours(&f), 4);

        /* The networks of this host may be others. */
        feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_NETWORKS });
        feed(&f, &event);
        assert_listings(&f, 0, 1);

        /* Somebody removes a route. Its announcement comes in the middle of a reload. */
        feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_CONFIGURE, .config = &config });
        feed(&f, &event);
        remove_ours(&f, "10.0.0.0", 8);
        assert_listings(&f, 1, 1);
        assert_complete(&f);

        /* One that was announced and not yet put back. */
        remove_ours(&f, "10.0.0.0", 8);
        read_news(&f);
        feed(&f, &event);
        assert_listings(&f, 1, 1);
        assert_complete(&f);

        /* The interface lost its routes. */
        kernel_set_up(&f.kernel, false);
        kernel_set_up(&f.kernel, true);
        read_news(&f);
        feed(&f, &event);
        count_listings(&f, &n_ours, &n_kernels);
        assert_true(n_ours > 0);
        assert_complete(&f);

        /* Announcements were lost. */
        feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_RESYNC });
        feed(&f, &event);
        assert_listings(&f, 1, 1);

        end(&f);
}

/* What was lost before a reload is heard of in the middle of it, or after it. */
static void test_announcements_lost_before_a_reload(void **state) {
        const RouteKeeperEvent event = install("10.10.0.1", "10.9.8.7");

        for (unsigned n_answers = 0; n_answers < 3; n_answers++) {
                Fixture f;

                begin_installed(&f);
                remove_ours(&f, "172.16.0.0", 16);
                kernel_overrun(&f.kernel);
                feed(&f, &event);
                for (unsigned i = 0; i < n_answers; i++)
                        answer(&f);
                settle(&f);
                assert_complete(&f);

                end(&f);
        }
}

/* What was removed during a reload is missing still when the next one begins. */
static void test_removed_between_two_reloads(void **state) {
        const RouteKeeperEvent event = install("10.10.0.1", "10.9.8.7");
        Fixture f;

        begin_installed(&f);
        feed(&f, &event);
        answer(&f);
        assert_int_equal(f.request.type, ROUTE_KEEPER_ACTION_CHANGE);
        remove_ours(&f, "172.16.0.0", 16);
        read_news(&f);
        answer(&f);
        assert_int_equal(f.n_installed, 1);
        feed(&f, &event);
        settle(&f);
        assert_complete(&f);

        end(&f);
}

/* Of two routes that the kernel cannot tell apart the second stands only when the first is gone. */
static void test_second_of_two_rivals_is_left(void **state) {
        const RouteKeeperEvent event = install("10.10.0.1", "10.9.8.7");
        const Config second = { .routes = wanted + 1, .n_routes = 1 };
        Fixture f;

        begin(&f, "10.10.0.1");
        wanted[1] = wanted[0];
        wanted[1].type = CONFIG_ROUTE_UNREACHABLE;
        feed(&f, &event);
        settle(&f);
        assert_int_equal(find(&f, "10.0.0.0", 8, ROUTE_PROTOCOL_PPTP)->type, RTN_UNICAST);

        feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_CONFIGURE, .config = &second });
        feed(&f, &event);
        settle(&f);
        assert_non_null(find(&f, "10.0.0.0", 8, ROUTE_PROTOCOL_PPTP));
        assert_int_equal(find(&f, "10.0.0.0", 8, ROUTE_PROTOCOL_PPTP)->type, RTN_UNREACHABLE);

        end(&f);
}

static void test_tells_of_networks_on_both_sides(void **state) {
        const RouteKeeperEvent event = install("10.10.0.1", "10.9.8.7");
        Route lan = foreign("172.16.5.0", 24), bridge;
        const RouteOverlap *overlaps;
        Fixture f;

        begin(&f, "10.10.0.1");
        lan.protocol = RTPROT_KERNEL;
        lan.scope = RT_SCOPE_LINK;
        assert_int_equal(kernel_add_route(&f.kernel, &lan, false), 0);
        feed(&f, &event);
        settle(&f);
        assert_int_equal(f.n_overlaps, 1);
        assert_int_equal(route_keeper_get_overlaps(f.keeper, &overlaps), 1);
        assert_int_equal(overlaps[0].kind, ROUTE_OVERLAP_LOCAL);
        assert_int_equal(overlaps[0].ours.prefix_length, 16);
        assert_int_equal(overlaps[0].network.prefix_length, 24);
        assert_int_equal(f.n_installed, 1);

        /* The same again is no news; another one is, and so is its end. */
        feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_NETWORKS });
        wait_for(&f, ROUTE_KEEPER_NETWORKS_USEC);
        assert_int_equal(f.n_overlaps, 1);

        bridge = lan;
        bridge.destination = address("10.1.2.0");
        assert_int_equal(kernel_add_route(&f.kernel, &bridge, false), 0);
        feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_NETWORKS });
        feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_NETWORKS });
        wait_for(&f, ROUTE_KEEPER_NETWORKS_USEC);
        assert_int_equal(f.n_overlaps, 2);
        assert_int_equal(route_keeper_get_overlaps(f.keeper, &overlaps), 2);

        assert_int_equal(kernel_delete_route(&f.kernel, &bridge), 0);
        assert_int_equal(kernel_delete_route(&f.kernel, &lan), 0);
        feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_NETWORKS });
        wait_for(&f, ROUTE_KEEPER_NETWORKS_USEC);
        assert_int_equal(f.n_overlaps, 3);
        assert_int_equal(route_keeper_get_overlaps(f.keeper, &overlaps), 0);
        assert_complete(&f);

        end(&f);
}

/* A bridge that comes while the tunnel is up is forced into it, or spared, until it goes. */
static void test_policy_follows_networks(void **state) {
        Route bridge = foreign("10.1.2.0", 24), inside = foreign("172.0.0.0", 8);
        Fixture f;

        bridge.protocol = inside.protocol = RTPROT_KERNEL;
        bridge.scope = inside.scope = RT_SCOPE_LINK;
        begin_installed(&f);
        config.overlap_policy = CONFIG_OVERLAP_FORCE;
        assert_int_equal(kernel_add_route(&f.kernel, &bridge, false), 0);
        feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_NETWORKS });
        wait_for(&f, ROUTE_KEEPER_NETWORKS_USEC);
        assert_non_null(find(&f, "10.1.2.0", 25, ROUTE_PROTOCOL_PPTP));
        assert_non_null(find(&f, "10.1.2.128", 25, ROUTE_PROTOCOL_PPTP));

        assert_int_equal(kernel_delete_route(&f.kernel, &bridge), 0);
        feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_NETWORKS });
        wait_for(&f, ROUTE_KEEPER_NETWORKS_USEC);
        assert_complete(&f);

        config.overlap_policy = CONFIG_OVERLAP_SKIP;
        assert_int_equal(kernel_add_route(&f.kernel, &inside, false), 0);
        feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_NETWORKS });
        wait_for(&f, ROUTE_KEEPER_NETWORKS_USEC);
        assert_null(find(&f, "172.16.0.0", 16, ROUTE_PROTOCOL_PPTP));
        assert_non_null(find(&f, "10.0.0.0", 8, ROUTE_PROTOCOL_PPTP));

        end(&f);
}

/*
 * A network that a route is to, with the same metric: whichever was there first, the route is left
 * out, or its halves stand; and it comes back when the network goes.
 */
static void test_same_network_in_either_order(void **state) {
        const RouteKeeperEvent event = install("10.10.0.1", "203.0.113.9");
        Route lan = foreign("172.16.0.0", 16);
        const RouteOverlap *overlaps;

        lan.protocol = RTPROT_KERNEL;
        lan.scope = RT_SCOPE_LINK;
        for (ConfigOverlapPolicy policy = CONFIG_OVERLAP_WARN; policy <= CONFIG_OVERLAP_FORCE;
             policy++)
                for (unsigned order = 0; order < 2; order++) {
                        const bool forced = policy == CONFIG_OVERLAP_FORCE;
                        Fixture f;

                        begin(&f, "10.10.0.1");
                        config.overlap_policy = policy;
                        if (order == 0)
                                kernel_set_network(&f.kernel, &lan, true);
                        feed(&f, &event);
                        settle(&f);
                        if (order == 1) {
                                assert_non_null(find(&f, "172.16.0.0", 16, ROUTE_PROTOCOL_PPTP));
                                kernel_set_network(&f.kernel, &lan, true);
                                feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_NETWORKS });
                        }
                        wait_for(&f, ROUTE_KEEPER_NETWORKS_USEC);
                        assert_true(f.n_installed > 0);
                        assert_int_equal(f.n_failed, 0);
                        assert_null(find(&f, "172.16.0.0", 16, ROUTE_PROTOCOL_PPTP));
                        assert_int_equal(!!find(&f, "172.16.0.0", 17, ROUTE_PROTOCOL_PPTP), forced);
                        assert_int_equal(!!find(&f, "172.16.128.0", 17, ROUTE_PROTOCOL_PPTP),
                                         forced);
                        assert_non_null(find(&f, "10.0.0.0", 8, ROUTE_PROTOCOL_PPTP));
                        assert_int_equal(route_keeper_get_overlaps(f.keeper, &overlaps), 1);
                        assert_int_equal(overlaps[0].kind, ROUTE_OVERLAP_LOCAL);

                        /* A reload changes nothing of it; the end of the network does. */
                        feed(&f, &event);
                        settle(&f);
                        assert_null(find(&f, "172.16.0.0", 16, ROUTE_PROTOCOL_PPTP));
                        kernel_set_network(&f.kernel, &lan, false);
                        feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_NETWORKS });
                        wait_for(&f, ROUTE_KEEPER_NETWORKS_USEC);
                        assert_non_null(find(&f, "172.16.0.0", 16, ROUTE_PROTOCOL_PPTP));
                        assert_int_equal(count_ours(&f), 2);
                        assert_int_equal(f.n_failed, 0);
                        config.overlap_policy = CONFIG_OVERLAP_WARN;

                        end(&f);
                }
}

/* A reload asks for the route to a network that was told before. */
static void test_reload_adds_the_same_network(void **state) {
        const RouteKeeperEvent event = install("10.10.0.1", "203.0.113.9");
        Route lan = foreign("192.168.0.0", 16);
        ConfigRoute others[3];
        const Config changed = { .routes = others, .n_routes = 3 };
        Fixture f;

        lan.protocol = RTPROT_KERNEL;
        lan.scope = RT_SCOPE_LINK;
        begin(&f, "10.10.0.1");
        kernel_set_network(&f.kernel, &lan, true);
        feed(&f, &event);
        settle(&f);
        others[0] = wanted[0];
        others[1] = wanted[1];
        others[2] = (ConfigRoute){
                .destination = address("192.168.0.0"),
                .prefix_length = 16,
        };
        feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_CONFIGURE, .config = &changed });
        feed(&f, &event);
        settle(&f);
        assert_null(find(&f, "192.168.0.0", 16, ROUTE_PROTOCOL_PPTP));
        assert_int_equal(count_ours(&f), 2);
        assert_int_equal(f.n_failed, 0);

        end(&f);
}

/* A change that has to be made once more, as when the interface joined a VRF, is refused twice. */
static void test_refusal_is_told_once(void **state) {
        const RouteKeeperEvent event = install("10.10.0.1", "203.0.113.9");
        const Route theirs = foreign("172.16.0.0", 16);
        Fixture f;

        begin(&f, "10.10.0.1");
        assert_int_equal(kernel_add_route(&f.kernel, &theirs, false), 0);
        feed(&f, &event);
        while (f.request.type != ROUTE_KEEPER_ACTION_CHANGE)
                answer(&f);
        feed(&f,
             &(RouteKeeperEvent){
                     .type = ROUTE_KEEPER_MOVE,
                     .uplink = { UPLINK_IFINDEX, event.install.uplink.gateway },
             });
        settle(&f);
        assert_int_equal(f.n_warnings, 1);
        assert_int_equal(f.n_failed, 1);
        assert_int_equal(f.error, -EEXIST);

        end(&f);
}

/* The network comes between the look at all of them and the change. */
static void test_same_network_in_the_middle(void **state) {
        const RouteKeeperEvent event = install("10.10.0.1", "203.0.113.9");
        Route lan = foreign("172.16.0.0", 16);
        Fixture f;

        lan.protocol = RTPROT_KERNEL;
        lan.scope = RT_SCOPE_LINK;
        begin(&f, "10.10.0.1");
        feed(&f, &event);
        while (f.request.type != ROUTE_KEEPER_ACTION_CHANGE)
                answer(&f);
        kernel_set_network(&f.kernel, &lan, true);
        settle(&f);
        assert_int_equal(f.n_installed, 1);
        assert_int_equal(f.n_failed, 0);
        assert_null(find(&f, "172.16.0.0", 16, ROUTE_PROTOCOL_PPTP));
        assert_non_null(find(&f, "10.0.0.0", 8, ROUTE_PROTOCOL_PPTP));

        end(&f);
}

/* A policy leaves the first of two rivals out while a network is there: the second stands then. */
static void test_policy_chooses_between_rivals(void **state) {
        Route lan = foreign("172.0.0.0", 8);
        const RouteKeeperEvent event = install("10.10.0.1", "203.0.113.9");
        Fixture f;

        lan.protocol = RTPROT_KERNEL;
        lan.scope = RT_SCOPE_LINK;
        begin(&f, "10.10.0.1");
        wanted[0] = wanted[1];
        wanted[0].type = CONFIG_ROUTE_UNREACHABLE;
        config.overlap_policy = CONFIG_OVERLAP_SKIP;
        feed(&f, &event);
        settle(&f);
        for (unsigned i = 0; i < 3; i++) {
                bool is_there = i % 2 == 0;

                assert_int_equal(find(&f, "172.16.0.0", 16, ROUTE_PROTOCOL_PPTP)->type,
                                 is_there ? RTN_UNICAST : RTN_UNREACHABLE);
                assert_int_equal(count_ours(&f), 1);
                assert_int_equal(is_there ? kernel_add_route(&f.kernel, &lan, false) :
                                            kernel_delete_route(&f.kernel, &lan),
                                 0);
                feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_NETWORKS });
                wait_for(&f, ROUTE_KEEPER_NETWORKS_USEC);
        }
        assert_int_equal(f.n_failed, 0);

        end(&f);
}

/* A reload beside a policy, where networks may have come: what is new is added all the same. */
static void test_reload_with_policy(void **state) {
        const RouteKeeperEvent event = install("10.10.0.1", "203.0.113.9");
        ConfigRoute others[3];
        const Config changed = {
                .routes = others,
                .n_routes = 3,
                .overlap_policy = CONFIG_OVERLAP_SKIP,
        };
        Fixture f;

        begin(&f, "10.10.0.1");
        config.overlap_policy = CONFIG_OVERLAP_SKIP;
        feed(&f, &event);
        settle(&f);
        others[0] = wanted[0];
        others[1] = wanted[1];
        others[2] = (ConfigRoute){ .destination = address("192.168.0.0"), .prefix_length = 16 };
        feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_NETWORKS });
        feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_CONFIGURE, .config = &changed });
        feed(&f, &event);
        assert_listings(&f, 0, 1);
        assert_non_null(find(&f, "192.168.0.0", 16, ROUTE_PROTOCOL_PPTP));
        assert_int_equal(count_ours(&f), 3);
        assert_int_equal(f.n_failed, 0);

        end(&f);
}

/* What was asked of the networks of this host is lost, or what was announced of them. */
static void test_networks_are_looked_at_again(void **state) {
        const RouteKeeperEvent event = install("10.10.0.1", "10.9.8.7");
        Route bridge = foreign("10.1.2.0", 24);

        bridge.protocol = RTPROT_KERNEL;
        bridge.scope = RT_SCOPE_LINK;
        for (unsigned n_answers = 0; n_answers < 3; n_answers++) {
                static const RouteKeeperEvent lost[] = {
                        { .type = ROUTE_KEEPER_LINK_FOUND, .found.error = -ENOBUFS },
                        { .type = ROUTE_KEEPER_LISTED, .listed.error = -ENOBUFS },
                };
                Fixture f;

                begin_installed(&f);
                config.overlap_policy = CONFIG_OVERLAP_FORCE;
                assert_int_equal(kernel_add_route(&f.kernel, &bridge, false), 0);
                kernel_overrun(&f.kernel);
                if (n_answers < 2) {
                        read_news(&f);
                        feed(&f, &event);
                        for (unsigned i = 0; i < n_answers; i++)
                                answer(&f);
                        f.asked = false;
                        feed(&f, &lost[n_answers]);
                }
                wait_for(&f, ROUTE_KEEPER_RETRY_USEC + ROUTE_KEEPER_NETWORKS_USEC);
                assert_non_null(find(&f, "10.1.2.0", 25, ROUTE_PROTOCOL_PPTP));
                assert_non_null(find(&f, "10.1.2.128", 25, ROUTE_PROTOCOL_PPTP));

                end(&f);
        }
}

/* GRE-09: the kernel's route to the peer would lead the tunnel's packets into the tunnel. */
static void test_peer_that_is_the_server(void **state) {
        const RouteKeeperEvent event = install("192.0.2.2", "192.0.2.2");
        Fixture f;

        begin(&f, "192.0.2.2");
        assert_non_null(find(&f, "192.0.2.2", 32, RTPROT_KERNEL));
        feed(&f, &event);
        settle(&f);
        assert_int_equal(f.n_installed, 1);
        assert_null(find(&f, "192.0.2.2", 32, RTPROT_KERNEL));
        assert_non_null(find(&f, "192.0.2.2", 32, ROUTE_PROTOCOL_PPTP));

        end(&f);
}

/* The pin alone is left of it, whatever Metric= says; the line has no effect, and that is said. */
static void test_destination_that_is_the_server(void **state) {
        const RouteKeeperEvent event = install("10.10.0.1", "10.9.8.7");
        static const ConfigRouteType types[] = { CONFIG_ROUTE_UNICAST, CONFIG_ROUTE_BLACKHOLE };

        for (size_t i = 0; i < ELEMENTSOF(types); i++) {
                ConfigRoute routes[] = {
                        { .destination = address("10.0.0.0"), .prefix_length = 8 },
                        { .destination = address("10.9.8.7"),
                          .prefix_length = 32,
                          .type = types[i],
                          .has_metric = true,
                          .metric = 0 },
                };
                const Config looped = { .name = (char[]){ "onenet" },
                                        .routes = routes,
                                        .n_routes = 2 };
                Fixture f;

                begin(&f, "10.10.0.1");
                feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_CONFIGURE, .config = &looped });
                feed(&f, &event);
                settle(&f);
                assert_int_equal(f.n_installed, 1);
                assert_int_equal(f.n_warnings, 1);
                assert_int_equal(count_ours(&f), 3); /* 10.0.0.0/8, pin and floor */
                for (size_t n = 0; n < f.kernel.n_routes; n++)
                        if (f.kernel.routes[n].prefix_length == 32 &&
                            f.kernel.routes[n].protocol == ROUTE_PROTOCOL_PPTP)
                                assert_true(route_owner_is_pin(&f.kernel.routes[n]));

                end(&f);
        }
}

/* The kernel's route to it would take over whatever has that address outside of the tunnel. */
static void test_peer_that_nobody_asked_for(void **state) {
        const RouteKeeperEvent event = install("192.0.2.254", "10.9.8.7");
        Fixture f;

        begin(&f, "192.0.2.254");
        assert_non_null(find(&f, "192.0.2.254", 32, RTPROT_KERNEL));
        feed(&f, &event);
        settle(&f);
        assert_null(find(&f, "192.0.2.254", 32, RTPROT_KERNEL));
        assert_int_equal(f.n_warnings, 1); /* the gateway's */
        assert_complete(&f);

        /* It comes back with the interface, and goes again. */
        kernel_set_up(&f.kernel, false);
        kernel_set_up(&f.kernel, true);
        settle(&f);
        assert_null(find(&f, "192.0.2.254", 32, RTPROT_KERNEL));

        end(&f);
}

static void test_peer_within_a_route(void **state) {
        Fixture f;

        begin_installed(&f);
        assert_non_null(find(&f, "10.10.0.1", 32, RTPROT_KERNEL));

        end(&f);
}

/* Destination= is the peer itself: the kernel has that route, and no place for ours beside it. */
static void test_peer_that_is_a_destination(void **state) {
        const RouteKeeperEvent event = install("10.10.0.1", "203.0.113.9");
        Fixture f;

        begin(&f, "10.10.0.1");
        wanted[1] = (ConfigRoute){ .destination = address("10.10.0.1"), .prefix_length = 32 };
        feed(&f, &event);
        settle(&f);
        assert_int_equal(f.n_failed, 0);
        assert_int_equal(f.n_installed, 1);
        assert_int_equal(f.count, 2);
        assert_non_null(find(&f, "10.10.0.1", 32, RTPROT_KERNEL));

        end(&f);
}

/*
 * The same in a later reload: by then the keeper has deleted the kernel's route, as nothing was to
 * lead to the peer. Nor does it stay away if somebody else deletes that.
 */
static void test_peer_that_becomes_a_destination(void **state) {
        const RouteKeeperEvent event = install("172.31.0.1", "203.0.113.9");
        ConfigRoute peer = { .destination = address("172.31.0.1"), .prefix_length = 32 };
        const Config with_peer = { .routes = &peer, .n_routes = 1 };
        Route kernels, theirs = foreign("172.31.0.1", 32);
        Fixture f;

        begin(&f, "172.31.0.1");
        feed(&f, &event);
        settle(&f);
        assert_null(find(&f, "172.31.0.1", 32, RTPROT_KERNEL));

        feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_CONFIGURE, .config = &with_peer });
        feed(&f, &event);
        settle(&f);
        assert_non_null(find(&f, "172.31.0.1", 32, ROUTE_PROTOCOL_PPTP));
        assert_int_equal(f.n_failed, 0);

        /* The kernel makes its own again with the interface: one is enough. */
        kernel_set_up(&f.kernel, false);
        kernel_set_up(&f.kernel, true);
        wait_for(&f, ROUTE_KEEPER_RETRY_USEC);
        assert_non_null(find(&f, "172.31.0.1", 32, RTPROT_KERNEL));
        assert_int_equal(count_ours(&f), 0);
        kernel_set_address(&f.kernel, false);
        wait_for(&f, ROUTE_KEEPER_RETRY_USEC);
        assert_non_null(find(&f, "172.31.0.1", 32, RTPROT_KERNEL));
        assert_int_equal(f.n_warnings, 0);
        assert_int_equal(f.n_lost, 0);

        kernels = *find(&f, "172.31.0.1", 32, RTPROT_KERNEL);
        assert_int_equal(kernel_delete_route(&f.kernel, &kernels), 0);
        wait_for(&f, ROUTE_GUARD_GATHER_USEC);
        assert_non_null(find(&f, "172.31.0.1", 32, ROUTE_PROTOCOL_PPTP));
        assert_int_equal(f.n_warnings, 0);
        assert_int_equal(f.n_lost, 1);

        /* Or replaces it, for a while. */
        kernel_set_up(&f.kernel, false);
        kernel_set_up(&f.kernel, true);
        wait_for(&f, ROUTE_KEEPER_RETRY_USEC);
        assert_non_null(find(&f, "172.31.0.1", 32, RTPROT_KERNEL));
        assert_int_equal(kernel_add_route(&f.kernel, &theirs, true), 0);
        settle(&f);
        assert_int_equal(f.n_failed, 1);
        assert_int_equal(kernel_delete_route(&f.kernel, &theirs), 0);
        wait_for(&f, ROUTE_KEEPER_RETRY_MAX_USEC);
        assert_non_null(find(&f, "172.31.0.1", 32, ROUTE_PROTOCOL_PPTP));

        end(&f);
}

/* Nobody heard of the kernel's making its route again, or of the end of it. */
static void test_route_to_the_peer_is_looked_up(void **state) {
        const RouteKeeperEvent event = install("172.31.0.1", "203.0.113.9");
        ConfigRoute peer = { .destination = address("172.31.0.1"), .prefix_length = 32 };
        const Config with_peer = { .routes = &peer, .n_routes = 1 };
        Route kernels;
        Fixture f;

        begin(&f, "172.31.0.1");
        feed(&f, &event);
        settle(&f);
        kernel_set_up(&f.kernel, false);
        kernel_set_up(&f.kernel, true);
        kernel_overrun(&f.kernel);
        f.kernel.overrun = false;
        feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_CONFIGURE, .config = &with_peer });
        feed(&f, &event);
        wait_for(&f, ROUTE_KEEPER_RETRY_USEC);
        assert_non_null(find(&f, "172.31.0.1", 32, RTPROT_KERNEL));
        assert_int_equal(count_ours(&f), 0);
        assert_int_equal(f.n_failed, 0);
        assert_int_equal(f.n_installed, 2);

        kernels = *find(&f, "172.31.0.1", 32, RTPROT_KERNEL);
        assert_int_equal(kernel_delete_route(&f.kernel, &kernels), 0);
        kernel_overrun(&f.kernel);
        wait_for(&f, ROUTE_KEEPER_NETWORKS_USEC + ROUTE_KEEPER_RETRY_USEC);
        assert_non_null(find(&f, "172.31.0.1", 32, ROUTE_PROTOCOL_PPTP));

        end(&f);
}

static void test_address_that_cannot_be(void **state) {
        static const char *const conflicts[] = { "192.0.2.254", "10.9.8.7" };

        for (size_t i = 0; i < ELEMENTSOF(conflicts); i++) {
                RouteKeeperEvent event = install("10.10.0.1", "10.9.8.7");
                Fixture f;

                begin(&f, "10.10.0.1");
                event.install.link.local = address(conflicts[i]);
                feed(&f, &event);
                settle(&f);
                assert_int_equal(f.n_installed, 0);
                assert_int_equal(f.error, -EADDRINUSE);
                assert_non_null(strstr(f.text, conflicts[i]));
                assert_int_equal(count_ours(&f), 0);

                end(&f);
        }
}

/* The way moves to a gateway of the address that the server gave this host. */
static void test_address_of_the_next_gateway(void **state) {
        Fixture f;

        begin_installed(&f);
        feed(&f,
             &(RouteKeeperEvent){
                     .type = ROUTE_KEEPER_MOVE,
                     .uplink = { UPLINK_IFINDEX, address("10.10.0.7") },
             });
        settle(&f);
        assert_int_equal(f.error, -EADDRINUSE);
        assert_non_null(strstr(f.text, "10.10.0.7"));

        end(&f);
}

/* Ours on another interface: odd, but it works. */
static void test_address_of_another_interface(void **state) {
        const RouteKeeperEvent event = install("10.10.0.1", "10.9.8.7");
        Route local = foreign("10.10.0.7", 32);
        Fixture f;

        begin(&f, "10.10.0.1");
        local.protocol = RTPROT_KERNEL;
        local.type = RTN_LOCAL;
        local.table = RT_TABLE_LOCAL;
        assert_int_equal(kernel_add_route(&f.kernel, &local, false), 0);
        feed(&f, &event);
        settle(&f);
        assert_int_equal(f.n_warnings, 1);
        assert_int_equal(f.n_installed, 1);

        end(&f);
}

static void test_address_of_a_name_server(void **state) {
        const struct in_addr name_servers[] = { address("192.0.2.53"), address("10.10.0.7") };
        RouteKeeperEvent event = install("10.10.0.1", "10.9.8.7");
        Fixture f;

        begin(&f, "10.10.0.1");
        event.install.name_servers = name_servers;
        event.install.n_name_servers = 1;
        feed(&f, &event);
        settle(&f);
        assert_int_equal(f.n_warnings, 0);

        event.install.n_name_servers = 2;
        feed(&f, &event);
        settle(&f);
        assert_int_equal(f.n_warnings, 1);
        assert_int_equal(f.n_failed, 0);

        end(&f);
}

/* ---- the uplink ---- */

static void test_pin_follows_the_uplink(void **state) {
        Fixture f;

        begin_installed(&f);
        feed(&f,
             &(RouteKeeperEvent){
                     .type = ROUTE_KEEPER_MOVE,
                     .uplink = { 3, address("198.51.100.1") },
             });
        settle(&f);
        assert_complete(&f);
        for (size_t i = 0; i < f.kernel.n_routes; i++)
                if (route_owner_is_pin(&f.kernel.routes[i]) && f.kernel.routes[i].ifindex != 0)
                        assert_int_equal(f.kernel.routes[i].ifindex, 3);

        end(&f);
}

/* What comes in the middle of a change is not lost. */
static void test_move_during_a_change(void **state) {
        const RouteKeeperEvent event = install("10.10.0.1", "10.9.8.7");
        const RouteKeeperEvent move = {
                .type = ROUTE_KEEPER_MOVE,
                .uplink = { 3, address("198.51.100.1") },
        };

        for (unsigned n_answers = 0; n_answers < 4; n_answers++) {
                Fixture f;

                begin(&f, "10.10.0.1");
                feed(&f, &event);
                for (unsigned i = 0; i < n_answers; i++)
                        answer(&f);
                feed(&f, &move);
                settle(&f);
                assert_complete(&f);
                assert_true(f.n_installed > 0);
                for (size_t i = 0; i < f.kernel.n_routes; i++)
                        if (f.kernel.routes[i].ifindex == UPLINK_IFINDEX)
                                assert_int_not_equal(f.kernel.routes[i].protocol,
                                                     ROUTE_PROTOCOL_PPTP);

                end(&f);
        }
}

/* ---- what others do ---- */

static void test_removed_routes_come_back(void **state) {
        Fixture f;

        begin_installed(&f);
        remove_ours(&f, "10.0.0.0", 8);
        remove_ours(&f, "172.16.0.0", 16);
        read_news(&f);
        assert_int_equal(route_keeper_next_deadline(f.keeper),
                         f.now_usec + ROUTE_GUARD_GATHER_USEC);

        wait_for(&f, ROUTE_GUARD_GATHER_USEC);
        assert_complete(&f);
        assert_int_equal(f.n_lost, 1); /* both at once */
        assert_int_equal(f.n_installed, 1);
        assert_int_equal(f.n_failed, 0);

        end(&f);
}

/* "ip route flush" of many takes a while: what it removes comes back once it is done. */
static void test_long_flush(void **state) {
        Fixture f;

        begin_installed(&f);
        remove_ours(&f, "10.0.0.0", 8);
        wait_for(&f, ROUTE_GUARD_GATHER_USEC - USEC_PER_MSEC);
        remove_ours(&f, "172.16.0.0", 16);
        wait_for(&f, ROUTE_GUARD_GATHER_USEC - USEC_PER_MSEC);
        assert_int_equal(f.n_lost, 0);
        wait_for(&f, USEC_PER_MSEC);
        assert_int_equal(f.n_lost, 1);
        assert_int_equal(f.count, 2);
        assert_complete(&f);

        end(&f);
}

static void test_contest(void **state) {
        const Route theirs = foreign("10.0.0.0", 8);
        Fixture f;

        begin_installed(&f);
        for (unsigned i = 0; i <= ROUTE_GUARD_TIMES_MAX; i++) {
                remove_ours(&f, "10.0.0.0", 8);
                wait_for(&f, USEC_PER_SEC);
        }
        assert_int_equal(f.n_warnings, 1);
        assert_non_null(strstr(f.logged, "route 10.0.0.0/8 is removed again and again"));
        assert_null(find(&f, "10.0.0.0", 8, ROUTE_PROTOCOL_PPTP));

        wait_for(&f, ROUTE_GUARD_SLOW_USEC);
        assert_complete(&f);

        /* What somebody puts in the place of one is named all the same. */
        assert_int_equal(kernel_add_route(&f.kernel, &theirs, true), 0);
        settle(&f);
        assert_int_equal(f.n_warnings, 2);
        assert_non_null(strstr(f.logged, "put a route of their own in the place of 10.0.0.0/8"));

        end(&f);
}

/* Routes of others that look like ours, and ours that nobody wants. */
static void test_other_routes_are_nobodys_business(void **state) {
        Route other = foreign("198.18.0.0", 15);
        Fixture f;

        begin_installed(&f);
        assert_int_equal(kernel_add_route(&f.kernel, &other, false), 0);
        assert_int_equal(kernel_delete_route(&f.kernel, &other), 0);
        other.protocol = ROUTE_PROTOCOL_PPTP; /* another tunnel's */
        assert_int_equal(kernel_add_route(&f.kernel, &other, false), 0);
        assert_int_equal(kernel_delete_route(&f.kernel, &other), 0);
        read_news(&f);
        assert_int_equal(route_keeper_next_deadline(f.keeper), USEC_INFINITY);

        end(&f);
}

static void test_place_that_was_taken(void **state) {
        const Route theirs = foreign("10.0.0.0", 8);
        const struct in_addr *places;
        Fixture f;

        begin_installed(&f);
        assert_int_equal(kernel_add_route(&f.kernel, &theirs, true), 0);
        wait_for(&f, 10 * USEC_PER_SEC);
        assert_non_null(find(&f, "10.0.0.0", 8, RTPROT_STATIC)); /* is not ours to remove */
        assert_int_equal(route_keeper_get_places(f.keeper, &places), 1);
        assert_int_equal(places[0].s_addr, theirs.destination.s_addr);

        assert_int_equal(kernel_delete_route(&f.kernel, &theirs), 0);
        wait_for(&f, ROUTE_GUARD_GATHER_USEC);
        assert_complete(&f);
        assert_int_equal(f.n_lost, 0); /* that one was not ours */
        assert_string_equal(f.noticed, "");

        end(&f);
}

/* The change's answer says that all is well, and it is not any more. */
static void test_place_taken_during_a_change(void **state) {
        const Route theirs = foreign("10.0.0.0", 8);
        Fixture f;

        begin_installed(&f);
        feed(&f,
             &(RouteKeeperEvent){
                     .type = ROUTE_KEEPER_MOVE,
                     .uplink = { 3, address("198.51.100.1") },
             });
        answer(&f);
        assert_int_equal(kernel_add_route(&f.kernel, &theirs, true), 0);
        settle(&f);
        assert_int_equal(f.n_installed, 0);
        assert_int_equal(f.error, -EEXIST);

        end(&f);
}

/* ---- the interface ---- */

/* pppd does this when the server renegotiates, an administrator may do it any time. */
static void test_interface_bounces(void **state) {
        Fixture f;

        begin_installed(&f);
        kernel_set_up(&f.kernel, false);
        assert_int_equal(count_ours(&f), 2); /* the pin is not on it */
        kernel_set_up(&f.kernel, true);
        settle(&f);
        assert_complete(&f);
        assert_int_equal(f.n_failed, 0);
        assert_int_equal(f.n_installed, 1);
        assert_string_equal(f.noticed,
                            "Somebody set the interface onenet down and up again; putting back "
                            "what is missing");

        /* By pppd, when the server renegotiates. */
        f.noticed[0] = '\0';
        feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_SUSPEND });
        kernel_set_up(&f.kernel, false);
        kernel_set_up(&f.kernel, true);
        settle(&f);
        assert_string_equal(f.noticed, "");

        end(&f);
}

static void test_interface_stays_down(void **state) {
        Fixture f;

        begin_installed(&f);
        kernel_set_up(&f.kernel, false);
        wait_for(&f, ROUTE_KEEPER_TELL_USEC - 1);
        assert_int_equal(f.n_failed, 0);
        wait_for(&f, 1);
        assert_int_equal(f.n_failed, 1);
        assert_int_equal(f.error, -ENETDOWN);
        assert_string_equal(f.text, "interface onenet was set down");

        wait_for(&f, 100 * USEC_PER_SEC);
        assert_int_equal(f.n_failed, 1); /* said once */

        kernel_set_up(&f.kernel, true);
        settle(&f);
        assert_complete(&f);
        assert_int_equal(f.n_installed, 1);

        end(&f);
}

/* The pin is on another interface, and keeps the tunnel's own packets on their way. */
static void test_pin_moves_while_the_interface_is_down(void **state) {
        Fixture f;

        begin_installed(&f);
        kernel_set_up(&f.kernel, false);
        feed(&f,
             &(RouteKeeperEvent){
                     .type = ROUTE_KEEPER_MOVE,
                     .uplink = { 3, address("198.51.100.1") },
             });
        wait_for(&f, 2 * ROUTE_KEEPER_TELL_USEC);
        assert_int_equal(find(&f, "10.9.8.7", 32, ROUTE_PROTOCOL_PPTP)->prefix_length, 32);
        assert_int_equal(count_ours(&f), 2);
        assert_int_equal(f.n_installed, 0);
        assert_int_equal(f.n_failed, 1);

        end(&f);
}

/* It comes back, and the routes that the kernel dropped along with it; the tunnel hears nothing. */
static void test_address_removed(void **state) {
        Fixture f;

        begin_installed(&f);
        kernel_set_address(&f.kernel, false);
        assert_int_equal(count_ours(&f), 2);
        wait_for(&f, ROUTE_GUARD_GATHER_USEC);
        assert_true(f.kernel.has_address);
        assert_complete(&f);
        assert_int_equal(f.n_failed, 0);

        /* Again and again: more rarely then, and in between the tunnel knows. */
        for (unsigned i = 0; i < ROUTE_GUARD_TIMES_MAX; i++) {
                kernel_set_address(&f.kernel, false);
                wait_for(&f, USEC_PER_SEC / 2);
        }
        assert_false(f.kernel.has_address);
        assert_int_equal(f.n_warnings, 1);
        wait_for(&f, ROUTE_KEEPER_TELL_USEC);
        assert_int_equal(f.error, -EADDRNOTAVAIL);
        wait_for(&f, ROUTE_GUARD_SLOW_USEC);
        assert_complete(&f);

        end(&f);
}

/* pppd takes the address of an interface away that it has set down, and may give it another. */
static void test_address_removed_and_given_back(void **state) {
        Fixture f;

        begin_installed(&f);
        kernel_set_up(&f.kernel, false);
        kernel_set_address(&f.kernel, false);
        assert_int_equal(count_ours(&f), 2);
        wait_for(&f, 2 * ROUTE_KEEPER_TELL_USEC);
        assert_false(f.kernel.has_address);
        assert_int_equal(f.error, -ENETDOWN);
        assert_int_equal(f.n_installed, 0);

        kernel_set_address(&f.kernel, true);
        kernel_set_up(&f.kernel, true);
        wait_for(&f, ROUTE_GUARD_GATHER_USEC);
        assert_complete(&f);
        assert_true(f.n_installed > 0);

        end(&f);
}

static const Route *find_ipv6(const Fixture *f) {
        for (size_t i = 0; i < f->kernel.n_routes; i++)
                if (f->kernel.routes[i].is_ipv6)
                        return &f->kernel.routes[i];

        return NULL;
}

/* Begins with an IPv6 route in the place of the second one: not installed, or installed. */
static void begin_with_ipv6(Fixture *f) {
        begin(f, "10.10.0.1");
        config.ipv6 = CONFIG_IPV6_NEGOTIATE;
        wanted[1] = (ConfigRoute){
                .is_ipv6 = true,
                .destination6 = { .s6_addr = { 0xfd, 0, 0, 1 } },
                .prefix_length = 32,
        };
}

static void begin_ipv6(Fixture *f, bool has_ipv6) {
        RouteKeeperEvent event = install("10.10.0.1", "198.51.100.7");

        begin_with_ipv6(f);
        event.install.link.has_ipv6 = has_ipv6;
        feed(f, &event);
        settle(f);
}

static void end_ipv6(Fixture *f) {
        config.ipv6 = CONFIG_IPV6_IGNORE;
        end(f);
}

/* Routes of IPv6 come with IPV6CP and go with it, and nothing happens to the others. */
static void test_ipv6_comes_and_goes(void **state) {
        RouteKeeperEvent event = install("10.10.0.1", "198.51.100.7");
        Fixture f;

        begin_ipv6(&f, false);
        assert_int_equal(f.count, 1);
        assert_null(find_ipv6(&f));

        event.install.link.has_ipv6 = true;
        feed(&f, &event);
        settle(&f);
        assert_int_equal(f.count, 2);
        assert_int_equal(find_ipv6(&f)->metric, ROUTE_IPV6_METRIC_DEFAULT);
        assert_int_equal(find_ipv6(&f)->scope, RT_SCOPE_UNIVERSE);

        event.install.link.has_ipv6 = false;
        feed(&f, &event);
        settle(&f);
        assert_null(find_ipv6(&f));
        assert_non_null(find(&f, "10.0.0.0", 8, ROUTE_PROTOCOL_PPTP));

        end_ipv6(&f);
}

/* Networks of IPv6 that were there before IPV6CP, and one that comes later. */
static void test_tells_of_ipv6_networks(void **state) {
        RouteKeeperEvent event = install("10.10.0.1", "198.51.100.7");
        const RouteKeeperEvent ipv6 = {
                .type = ROUTE_KEEPER_IPV6,
                .ipv6 = { { .s6_addr = { 0xfe, 0x80, [15] = 2 } },
                          { .s6_addr = { 0xfe, 0x80, [15] = 1 } } },
        };
        Route lan = foreign("0.0.0.0", 64), bridge;
        const RouteOverlap *overlaps;
        Fixture f;

        lan.is_ipv6 = true;
        lan.destination6 = (struct in6_addr){ .s6_addr = { 0xfd, 0, 0, 1, 0, 7 } };
        lan.metric = 256;
        lan.protocol = RTPROT_KERNEL;
        lan.scope = RT_SCOPE_UNIVERSE;
        bridge = lan;
        bridge.destination6.s6_addr[5] = 8;

        begin_ipv6(&f, false);
        assert_int_equal(kernel_add_route(&f.kernel, &lan, false), 0);
        feed(&f, &ipv6);
        event.install.link.has_ipv6 = true;
        feed(&f, &event);
        settle(&f);
        assert_int_equal(route_keeper_get_overlaps(f.keeper, &overlaps), 1);
        assert_true(overlaps[0].network.is_ipv6);
        assert_int_equal(f.n_overlaps, 1);

        assert_int_equal(kernel_add_route(&f.kernel, &bridge, false), 0);
        feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_NETWORKS });
        wait_for(&f, ROUTE_KEEPER_NETWORKS_USEC);
        assert_int_equal(route_keeper_get_overlaps(f.keeper, &overlaps), 2);

        end_ipv6(&f);
}

static void test_ipv6_is_removed(void **state) {
        Fixture f;
        Route route;

        begin_ipv6(&f, true);
        route = *find_ipv6(&f);
        assert_int_equal(kernel_delete_route(&f.kernel, &route), 0);
        wait_for(&f, ROUTE_GUARD_GATHER_USEC);
        assert_non_null(find_ipv6(&f));
        assert_int_equal(f.n_lost, 1);

        /* With the interface, which nobody has done anything to the route for */
        kernel_set_up(&f.kernel, false);
        settle(&f);
        assert_null(find_ipv6(&f));
        kernel_set_up(&f.kernel, true);
        settle(&f);
        assert_non_null(find_ipv6(&f));
        assert_int_equal(f.n_lost, 1);

        end_ipv6(&f);
}

/* The sysctl disable_ipv6: the kernel drops the routes by itself, and takes none. */
static void test_ipv6_is_dropped(void **state) {
        Fixture f;

        begin_ipv6(&f, true);
        kernel_set_ipv6_off(&f.kernel, true);
        wait_for(&f, ROUTE_GUARD_GATHER_USEC);
        assert_null(find_ipv6(&f));
        assert_int_equal(f.n_lost, 0);
        assert_non_null(strstr(f.noticed, "The kernel dropped the route "));
        assert_int_equal(f.error, -EACCES);

        end_ipv6(&f);
}

/* IPV6CP agrees on addresses, and pppd gives the interface its own. */
static void agree_on_ipv6(Fixture *f) {
        const struct in6_addr local = { .s6_addr = { 0xfe, 0x80, [15] = 7 } };
        const struct in6_addr peer = { .s6_addr = { 0xfe, 0x80, [15] = 1 } };

        kernel_set_address6(&f->kernel, &local, true);
        feed(f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_IPV6, .ipv6 = { local, peer } });
}

static void remove_address6(Fixture *f) {
        const struct in6_addr local = f->kernel.local6;

        kernel_set_address6(&f->kernel, &local, false);
}

/* The link-local address comes back as that of IPv4: when others remove it, or with the link. */
static void test_link_local_address_is_put_back(void **state) {
        RouteKeeperEvent event = install("10.10.0.1", "198.51.100.7");
        Fixture f;

        begin_ipv6(&f, true);
        agree_on_ipv6(&f);
        settle(&f);

        remove_address6(&f);
        settle(&f);
        assert_false(f.kernel.has_address6);
        wait_for(&f, ROUTE_GUARD_GATHER_USEC);
        assert_true(f.kernel.has_address6);

        kernel_set_up(&f.kernel, false);
        wait_for(&f, ROUTE_GUARD_GATHER_USEC);
        assert_false(f.kernel.has_address6);
        kernel_set_up(&f.kernel, true);
        settle(&f);
        assert_true(f.kernel.has_address6);
        assert_non_null(find_ipv6(&f));

        /* Both at once. */
        kernel_set_address(&f.kernel, false);
        remove_address6(&f);
        wait_for(&f, ROUTE_GUARD_GATHER_USEC);
        assert_true(f.kernel.has_address);
        assert_true(f.kernel.has_address6);

        /* A reload that comes before it was put back does that. */
        remove_address6(&f);
        read_news(&f);
        event.install.link.has_ipv6 = true;
        feed(&f, &event);
        settle(&f);
        assert_true(f.kernel.has_address6);
        assert_int_equal(f.n_failed, 0);
        assert_int_equal(f.n_warnings, 0);

        end_ipv6(&f);
}

/* What pppd takes away stays away, and what belongs to an earlier connection. */
static void test_link_local_address_stays_away(void **state) {
        RouteKeeperEvent event = install("10.10.0.1", "198.51.100.7");
        const RouteLink link = link_of("10.10.0.1");
        Fixture f;

        begin_ipv6(&f, true);
        agree_on_ipv6(&f);
        settle(&f);
        remove_address6(&f);
        read_news(&f);
        feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_IPV6 });
        wait_for(&f, USEC_PER_SEC);
        assert_false(f.kernel.has_address6);

        agree_on_ipv6(&f);
        feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_REMOVE });
        settle(&f);
        kernel_delete_interface(&f.kernel);
        kernel_create_interface(&f.kernel, &link);
        event.install.link.has_ipv6 = true;
        feed(&f, &event);
        settle(&f);
        kernel_set_up(&f.kernel, false);
        kernel_set_up(&f.kernel, true);
        wait_for(&f, USEC_PER_SEC);
        assert_false(f.kernel.has_address6);

        end_ipv6(&f);
}

/* Addresses that go before anybody knows of the interface, or while announcements are lost. */
static void test_addresses_are_looked_for(void **state) {
        const RouteLink link = link_of("10.10.0.1");
        RouteKeeperEvent event = install("10.10.0.1", "198.51.100.7");
        Fixture f;

        begin_with_ipv6(&f);
        event.install.link.has_ipv6 = true;
        kernel_delete_interface(&f.kernel);
        kernel_create_interface(&f.kernel, &link);
        agree_on_ipv6(&f);
        kernel_set_address(&f.kernel, false);
        remove_address6(&f);
        read_news(&f);
        feed(&f, &event);
        settle(&f);
        assert_true(f.kernel.has_address);
        assert_true(f.kernel.has_address6);
        assert_non_null(find(&f, "10.10.0.1", 32, RTPROT_KERNEL));
        assert_int_equal(f.n_installed, 1);

        kernel_set_address(&f.kernel, false);
        remove_address6(&f);
        kernel_overrun(&f.kernel);
        wait_for(&f, ROUTE_KEEPER_NETWORKS_USEC + ROUTE_GUARD_GATHER_USEC);
        assert_true(f.kernel.has_address);
        assert_true(f.kernel.has_address6);
        assert_int_equal(f.n_failed + f.n_warnings, 0);

        /* While the interface is down the kernel has no route for any of them. */
        kernel_set_up(&f.kernel, false);
        settle(&f);
        feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_NETWORKS });
        wait_for(&f, ROUTE_KEEPER_NETWORKS_USEC + ROUTE_KEEPER_TELL_USEC);
        assert_non_null(strstr(f.text, "was set down"));

        end_ipv6(&f);
}

/* The interface is down when they are looked for, and so nobody can tell until it is up. */
static void test_addresses_are_looked_for_later(void **state) {
        const RouteKeeperEvent event = install("10.10.0.1", "198.51.100.7");
        Fixture f;

        begin(&f, "10.10.0.1");
        kernel_set_address(&f.kernel, false);
        kernel_set_up(&f.kernel, false);
        read_news(&f);
        feed(&f, &event);
        settle(&f);
        assert_false(f.kernel.has_address);

        kernel_set_up(&f.kernel, true);
        wait_for(&f, ROUTE_KEEPER_NETWORKS_USEC + ROUTE_GUARD_GATHER_USEC);
        assert_true(f.kernel.has_address);
        assert_non_null(find(&f, "10.10.0.1", 32, RTPROT_KERNEL));

        end(&f);
}

/* The answer of the kernel is lost: that is not the same as a refusal, and asked again. */
static void test_link_local_address_is_asked_for_again(void **state) {
        const RouteKeeperEvent lost = {
                .type = ROUTE_KEEPER_ADDRESS_SET,
                .address_set.error = -ENOBUFS,
        };
        Fixture f;

        begin_ipv6(&f, true);
        agree_on_ipv6(&f);
        settle(&f);
        kernel_set_up(&f.kernel, false);
        kernel_set_up(&f.kernel, true);
        read_news(&f);
        assert_int_equal(f.request.type, ROUTE_KEEPER_ACTION_SET_ADDRESS6);
        f.asked = false;
        feed(&f, &lost);
        wait_for(&f, ROUTE_KEEPER_RETRY_USEC);
        assert_true(f.kernel.has_address6);
        assert_non_null(find_ipv6(&f));
        assert_int_equal(f.n_installed, 2);

        end_ipv6(&f);
}

/*
 * IPv6 is switched off on the interface. With nothing but IPv4 to route the tunnel is complete; the
 * address is asked for once, and again only after what may have mended it.
 */
static void test_link_local_address_is_refused(void **state) {
        RouteKeeperEvent event = install("10.10.0.1", "198.51.100.7");
        Fixture f;

        begin_with_ipv6(&f);
        config.n_routes = 1;
        agree_on_ipv6(&f);
        event.install.link.has_ipv6 = true;
        feed(&f, &event);
        settle(&f);
        forget(&f);

        kernel_set_ipv6_off(&f.kernel, true);
        wait_for(&f, ROUTE_GUARD_GATHER_USEC);
        assert_int_equal(f.kernel.n_refused_address6, 1);
        assert_int_equal(f.n_warnings, 1);
        assert_non_null(strstr(f.logged, "\"sysctl net.ipv6.conf.onenet.disable_ipv6=0\", then"));
        for (unsigned i = 0; i < 5; i++) {
                feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_NETWORKS });
                wait_for(&f, ROUTE_KEEPER_NETWORKS_USEC);
                assert_int_equal(route_keeper_next_deadline(f.keeper), USEC_INFINITY);
        }
        remove_ours(&f, "10.0.0.0", 8);
        wait_for(&f, ROUTE_GUARD_GATHER_USEC);
        assert_non_null(find(&f, "10.0.0.0", 8, ROUTE_PROTOCOL_PPTP));
        assert_int_equal(f.kernel.n_refused_address6, 1);

        /* Tried again, and refused again, which is not news: what happened to the link may be. */
        kernel_announce_link(&f.kernel);
        wait_for(&f, ROUTE_KEEPER_RETRY_MAX_USEC);
        assert_int_equal(f.kernel.n_refused_address6, 2);
        kernel_overrun(&f.kernel);
        wait_for(&f, ROUTE_KEEPER_RETRY_MAX_USEC);
        assert_int_equal(f.kernel.n_refused_address6, 3);
        assert_int_equal(f.n_warnings, 1);
        assert_int_equal(f.n_failed, 0);

        /* Who has the configuration read again is told. */
        feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_CONFIGURE, .config = &config });
        wait_for(&f, ROUTE_KEEPER_RETRY_MAX_USEC);
        assert_int_equal(f.kernel.n_refused_address6, 4);
        assert_int_equal(f.n_warnings, 2);
        feed(&f, &event);
        wait_for(&f, ROUTE_KEEPER_RETRY_MAX_USEC);
        assert_int_equal(f.kernel.n_refused_address6, 5);
        assert_int_equal(f.n_warnings, 3);

        kernel_set_ipv6_off(&f.kernel, false);
        wait_for(&f, ROUTE_KEEPER_RETRY_MAX_USEC);
        assert_false(f.kernel.has_address6);
        kernel_announce_link(&f.kernel);
        wait_for(&f, ROUTE_GUARD_GATHER_USEC);
        assert_true(f.kernel.has_address6);
        assert_int_equal(f.kernel.n_refused_address6, 5);
        assert_int_equal(f.n_failed, 0);

        end_ipv6(&f);
}

/* Somebody else was quicker, which is as good, and nothing to warn of. */
static void test_link_local_address_is_there(void **state) {
        Fixture f;

        begin_ipv6(&f, true);
        agree_on_ipv6(&f);
        settle(&f);
        remove_address6(&f);
        read_news(&f);
        f.now_usec += ROUTE_GUARD_GATHER_USEC;
        feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_TIMER });
        assert_int_equal(f.request.type, ROUTE_KEEPER_ACTION_SET_ADDRESS6);
        agree_on_ipv6(&f);
        settle(&f);
        assert_true(f.kernel.has_address6);
        assert_int_equal(f.n_failed + f.n_warnings, 0);

        end_ipv6(&f);
}

/* Another address of the interface, or the next that IPV6CP agrees on, shows that it may go now. */
static void test_link_local_address_is_taken_again(void **state) {
        const struct in6_addr other = { .s6_addr = { 0xfd, [15] = 9 } };
        Fixture f;

        for (unsigned is_set_up = 0; is_set_up < 2; is_set_up++) {
                begin_ipv6(&f, true);
                agree_on_ipv6(&f);
                settle(&f);
                kernel_set_ipv6_off(&f.kernel, true);
                wait_for(&f, ROUTE_GUARD_GATHER_USEC);
                kernel_set_ipv6_off(&f.kernel, false);
                if (is_set_up) {
                        kernel_set_up(&f.kernel, false);
                        kernel_set_up(&f.kernel, true);
                } else
                        feed(&f,
                             &(RouteKeeperEvent){
                                     .type = ROUTE_KEEPER_ADDRESS6,
                                     .address6 = { other, false },
                             });
                wait_for(&f, ROUTE_GUARD_GATHER_USEC);
                assert_true(f.kernel.has_address6);
                assert_non_null(find_ipv6(&f));
                end_ipv6(&f);
        }
}

/*
 * With routes of IPv6 the tunnel is not complete, which is told once. They are tried again now and
 * then, and once the kernel takes them the address comes along.
 */
static void test_ipv6_routes_are_refused(void **state) {
        Fixture f;

        begin_ipv6(&f, true);
        agree_on_ipv6(&f);
        settle(&f);
        forget(&f);

        kernel_set_ipv6_off(&f.kernel, true);
        wait_for(&f, 10 * ROUTE_KEEPER_RETRY_MAX_USEC);
        assert_int_equal(f.error, -EACCES);
        assert_int_equal(f.kernel.n_refused_address6, 1);
        assert_int_equal(f.n_warnings, 3); /* the address, the route, and that it is tried again */

        kernel_set_ipv6_off(&f.kernel, false);
        wait_for(&f, ROUTE_KEEPER_RETRY_MAX_USEC);
        assert_true(f.kernel.has_address6);
        assert_non_null(find_ipv6(&f));
        assert_int_equal(f.kernel.n_refused_address6, 1);

        /* A reload does not wait for the next try, though it asks for the same routes. */
        kernel_set_ipv6_off(&f.kernel, true);
        wait_for(&f, 10 * ROUTE_KEEPER_RETRY_MAX_USEC);
        assert_null(find_ipv6(&f));
        kernel_set_ipv6_off(&f.kernel, false);
        feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_CONFIGURE, .config = &config });
        wait_for(&f, ROUTE_GUARD_GATHER_USEC);
        assert_non_null(find_ipv6(&f));
        assert_true(f.kernel.has_address6);

        end_ipv6(&f);
}

/* The first refused routes are named, and the others counted. */
static void test_many_refusals(void **state) {
        const RouteKeeperEvent event = install("10.10.0.1", "203.0.113.9");
        ConfigRoute routes[100] = { 0 };
        const Config many = { .routes = routes, .n_routes = ELEMENTSOF(routes) };
        Fixture f;

        for (size_t i = 0; i < ELEMENTSOF(routes); i++)
                routes[i] = (ConfigRoute){
                        .destination = { htobe32(0x0b000000 + (uint32_t) (i << 16)) },
                        .prefix_length = 16,
                };

        begin(&f, "10.10.0.1");
        feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_CONFIGURE, .config = &many });
        feed(&f, &event); /* the simulated kernel has no room for all of them */
        wait_for(&f, ROUTE_KEEPER_RETRY_MAX_USEC);
        assert_int_equal(f.error, -ENOMEM);
        assert_int_equal(f.n_warnings, ROUTE_KEEPER_REFUSALS_TOLD_MAX + 1);
        assert_string_equal(f.logged, "Kernel refused 29 more routes");

        end(&f);
}

/* With IPv6 the interface stays up while IPCP is negotiated anew, and its address goes. */
static void test_suspended(void **state) {
        RouteKeeperEvent event = install("10.10.0.1", "198.51.100.7");
        Fixture f;

        begin_ipv6(&f, true);
        feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_SUSPEND });
        kernel_set_address(&f.kernel, false);
        wait_for(&f, 2 * ROUTE_GUARD_GATHER_USEC);
        assert_false(f.kernel.has_address);
        assert_non_null(find_ipv6(&f));

        event.install.link.has_ipv6 = true;
        kernel_set_address(&f.kernel, true);
        feed(&f, &event);
        settle(&f);
        assert_non_null(find(&f, "10.0.0.0", 8, ROUTE_PROTOCOL_PPTP));
        assert_int_equal(f.n_failed, 0);

        end_ipv6(&f);
}

/* The address is put back on an interface that was set down meanwhile: that is still to be told. */
static void test_address_put_back_while_down(void **state) {
        Fixture f;

        begin_installed(&f);
        kernel_set_address(&f.kernel, false);
        read_news(&f);
        f.now_usec += ROUTE_GUARD_GATHER_USEC;
        feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_TIMER });
        assert_int_equal(f.request.type, ROUTE_KEEPER_ACTION_SET_ADDRESS);
        kernel_set_up(&f.kernel, false);
        wait_for(&f, 2 * ROUTE_KEEPER_TELL_USEC);
        assert_true(f.kernel.has_address);
        assert_int_equal(f.error, -ENETDOWN);

        end(&f);
}

static void test_removed_from_an_interface_that_goes(void **state) {
        Fixture f;

        begin_installed(&f);
        kernel_set_address(&f.kernel, false);
        read_news(&f);
        f.now_usec += ROUTE_GUARD_GATHER_USEC;
        feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_TIMER });
        assert_int_equal(f.request.type, ROUTE_KEEPER_ACTION_SET_ADDRESS);
        kernel_delete_interface(&f.kernel);
        wait_for(&f, USEC_PER_SEC);
        assert_int_equal(f.n_gone, 1);

        end(&f);
}

static void test_interface_is_deleted(void **state) {
        Fixture f;

        begin_installed(&f);
        kernel_delete_interface(&f.kernel);
        wait_for(&f, 100 * USEC_PER_SEC);
        assert_int_equal(f.n_gone, 1);
        assert_int_equal(f.n_failed, 0);

        /* What pins the server is still there. */
        assert_int_equal(count_ours(&f), 2);
        feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_REMOVE });
        settle(&f);
        assert_int_equal(f.n_removed, 1);
        assert_int_equal(count_ours(&f), 0);

        end(&f);
}

/* The end of the interface before is read late, when the next attempt is under way. */
static void test_old_interface_is_not_the_new_one(void **state) {
        const RouteKeeperEvent event = install("10.10.0.1", "10.9.8.7");
        const RouteLink link = link_of("10.10.0.1");
        Fixture f;

        begin_installed(&f);
        feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_REMOVE });
        settle(&f);
        kernel_delete_interface(&f.kernel);
        kernel_create_interface(&f.kernel, &link);
        feed(&f, &event);
        settle(&f);
        assert_int_equal(f.n_gone, 0);
        assert_int_equal(f.n_installed, 1);
        assert_complete(&f);

        end(&f);
}

/* ---- lost announcements ---- */

static void test_resync(void **state) {
        Fixture f;

        begin_installed(&f);
        remove_ours(&f, "10.0.0.0", 8);
        kernel_overrun(&f.kernel);
        settle(&f);
        assert_complete(&f);

        kernel_set_up(&f.kernel, false);
        kernel_overrun(&f.kernel);
        wait_for(&f, ROUTE_KEEPER_TELL_USEC);
        assert_int_equal(f.error, -ENETDOWN);
        kernel_set_up(&f.kernel, true);
        kernel_overrun(&f.kernel);
        settle(&f);
        assert_complete(&f);

        kernel_delete_interface(&f.kernel);
        kernel_overrun(&f.kernel);
        settle(&f);
        assert_int_equal(f.n_gone, 1);

        end(&f);
}

/* In the middle of any request. */
static void test_resync_during_a_change(void **state) {
        const RouteKeeperEvent event = install("10.10.0.1", "10.9.8.7");

        for (unsigned n_answers = 0; n_answers < 4; n_answers++) {
                Fixture f;

                begin(&f, "10.10.0.1");
                feed(&f, &event);
                for (unsigned i = 0; i < n_answers; i++)
                        answer(&f);
                kernel_overrun(&f.kernel);
                settle(&f);
                assert_complete(&f);
                assert_true(f.n_installed > 0);

                end(&f);
        }
}

/* ---- failures ---- */

static void test_refusal_is_tried_again(void **state) {
        Route theirs = foreign("10.0.0.0", 8);
        Fixture f;

        begin_installed(&f);
        remove_ours(&f, "10.0.0.0", 8);
        assert_int_equal(kernel_add_route(&f.kernel, &theirs, false), 0);
        wait_for(&f, ROUTE_GUARD_GATHER_USEC);
        assert_int_equal(f.n_failed, 1);
        assert_int_equal(f.error, -EEXIST);
        assert_string_equal(f.text, "10.0.0.0/8: in its place is 10.0.0.0/8, protocol static");
        assert_int_equal(f.n_warnings, 2); /* the route, and that it is tried again */
        assert_int_equal(route_keeper_next_deadline(f.keeper),
                         f.now_usec + ROUTE_KEEPER_RETRY_USEC);

        /* The pause grows, up to a limit, and the journal is not filled with it. */
        wait_for(&f, 1000 * USEC_PER_SEC);
        assert_in_range(f.n_failed, 1000 / 60, 1000 / 60 + 8);
        assert_int_equal(f.n_warnings, 2);

        assert_int_equal(kernel_delete_route(&f.kernel, &theirs), 0);
        kernel_overrun(&f.kernel);
        wait_for(&f, ROUTE_KEEPER_RETRY_MAX_USEC);
        assert_complete(&f);
        assert_int_equal(f.n_installed, 1);

        end(&f);
}

/*
 * What is unreachable is to lead into the tunnel after a reload, whose interface is down in just
 * that moment. It is replaced when that is up again, or with any later reload.
 */
static void test_refused_replacement_is_tried_again(void **state) {
        const RouteKeeperEvent event = install("10.10.0.1", "203.0.113.9");
        ConfigRoute before = { .destination = address("192.168.0.0"), .prefix_length = 16 };
        ConfigRoute after = before;
        const Config first = { .routes = &before, .n_routes = 1 };
        const Config second = { .routes = &after, .n_routes = 1 };

        before.type = CONFIG_ROUTE_UNREACHABLE;
        for (unsigned n_reloads = 0; n_reloads < 3; n_reloads++) {
                const Route *route;
                Fixture f;

                begin(&f, "10.10.0.1");
                feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_CONFIGURE, .config = &first });
                feed(&f, &event);
                settle(&f);
                assert_int_equal(f.n_installed, 1);

                feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_CONFIGURE, .config = &second });
                feed(&f, &event);
                answer(&f);
                assert_int_equal(f.request.type, ROUTE_KEEPER_ACTION_CHANGE);
                kernel_set_up(&f.kernel, false);
                answer(&f);
                assert_int_equal(f.n_failed, 1);

                kernel_set_up(&f.kernel, true);
                for (unsigned i = 0; i < n_reloads; i++) {
                        feed(&f, &event);
                        settle(&f);
                }
                wait_for(&f, ROUTE_KEEPER_RETRY_USEC);
                route = find(&f, "192.168.0.0", 16, ROUTE_PROTOCOL_PPTP);
                assert_non_null(route);
                assert_int_equal(route->type, RTN_UNICAST);
                assert_int_equal(count_ours(&f), 1);
                assert_true(f.n_installed > 1);

                end(&f);
        }
}

/* Under a sanitizer that is always 0. */
static size_t count_allocated(void) {
        struct mallinfo2 info = mallinfo2();

        return info.uordblks + info.hblkhd;
}

/* What may still be in the kernel of earlier sets is not kept for ever, nor more than once. */
static void test_refusals_cost_no_memory(void **state) {
        const RouteKeeperEvent event = install("10.10.0.1", "203.0.113.9");
        Route theirs = foreign("10.0.0.0", 8);
        ConfigRoute routes[2][20] = { 0 };
        const Config configs[] = {
                { .routes = routes[0], .n_routes = 20 },
                { .routes = routes[1], .n_routes = 20 },
        };
        size_t n_bytes = 0;
        Fixture f;

        begin(&f, "10.10.0.1");
        assert_int_equal(kernel_add_route(&f.kernel, &theirs, false), 0);
        for (unsigned i = 0; i < 1000; i++) {
                const Config *next = &configs[i % 2];

                for (unsigned n = 0; n < 20; n++) {
                        ConfigRoute *r = &routes[i % 2][n];

                        r->prefix_length = n == 0 ? 8 : 16;
                        r->destination.s_addr = htobe32(n == 0 ? 0x0a000000 : (0x0b00 + n) << 16);
                        r->type = n > 0 && (n + i) % 3 == 0 ? CONFIG_ROUTE_UNREACHABLE :
                                                              CONFIG_ROUTE_UNICAST;
                        r->has_metric = true;
                        r->metric = n == 0 ? 0 : i % 50;
                }
                config_routes_sort(routes[i % 2], 20);
                feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_CONFIGURE, .config = next });
                feed(&f, &event);
                wait_for(&f, 3 * ROUTE_KEEPER_RETRY_USEC);
                assert_int_equal(count_ours(&f), 19);
                if (i == 100)
                        n_bytes = count_allocated();
        }
        assert_true(f.n_failed > 1000);
        assert_true(count_allocated() < n_bytes + 16 * 1024);

        end(&f);
}

/* The address in PreferredSource= may come yet, and the failure names where that is written. */
static void test_a_missing_source_is_named(void **state) {
        static const char file[] = "/etc/pptp/conf.d/onenet.conf";
        Route refused = { .prefix_length = 8, .table = RT_TABLE_MAIN };
        Fixture f;

        begin_installed(&f);
        wanted[0].preferred_source = refused.preferred_source = address("192.0.2.77");
        wanted[0].file = file;
        wanted[0].line = 7;
        refused.destination = address("10.0.0.0");

        remove_ours(&f, "10.0.0.0", 8);
        read_news(&f);
        f.now_usec += ROUTE_GUARD_GATHER_USEC;
        feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_TIMER });
        answer(&f);
        drop_request(&f);
        feed(&f,
             &(RouteKeeperEvent){
                     .type = ROUTE_KEEPER_REFUSED,
                     .refused = { &refused, false, -EINVAL, "Invalid prefsrc address" },
             });
        feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_CHANGED, .changed.n_refused = 1 });
        assert_int_equal(f.n_failed, 1);
        assert_int_equal(f.error, -EADDRNOTAVAIL);
        assert_string_equal(f.text,
                            "this host does not have the address 192.0.2.77; add it, or change "
                            "PreferredSource= in /etc/pptp/conf.d/onenet.conf:7");

        end(&f);
}

/* Before the routes have been complete the attempt fails, which the catalogue explains. */
static void test_a_source_is_missing_from_the_start(void **state) {
        const RouteKeeperEvent event = install("10.10.0.1", "203.0.113.7");
        Route route = { .preferred_source = address("192.0.2.77") };
        Fixture f;

        begin(&f, "10.10.0.1");
        wanted[0].preferred_source = route.preferred_source;
        wanted[0].file = "/etc/pptp/conf.d/onenet.conf";
        wanted[0].line = 7;
        kernel_set_source(&f.kernel, &route, false);
        feed(&f, &event);
        settle(&f);
        assert_int_equal(f.error, -EADDRNOTAVAIL);
        assert_string_equal(f.text, "PreferredSource=192.0.2.77, /etc/pptp/conf.d/onenet.conf:7");

        end(&f);
}

/*
 * An address that routes send from is removed from the host, and comes again. The kernel drops an
 * IPv4 route for it and leaves one of IPv6 without the source, or as it was, and says nothing.
 */
static void test_a_source_goes_and_comes(void **state) {
        for (unsigned i = 0; i < 3; i++) {
                bool is_ipv6 = i > 0;
                RouteKeeperEvent event = install("10.10.0.1", "203.0.113.7");
                const Route *ours;
                Route route;
                Fixture f;

                begin_with_ipv6(&f);
                f.kernel.keeps_sources = i > 1;
                wanted[is_ipv6].preferred_source6.s6_addr[0] = is_ipv6 ? 0xfd : 192;
                wanted[is_ipv6].preferred_source6.s6_addr[3] = 9;
                event.install.link.has_ipv6 = true;
                feed(&f, &event);
                settle(&f);
                assert_int_equal(f.n_installed, 1);
                ours = is_ipv6 ? find_ipv6(&f) : find(&f, "10.0.0.0", 8, ROUTE_PROTOCOL_PPTP);
                assert_non_null(ours);
                route = *ours;
                forget(&f);

                kernel_set_source(&f.kernel, &route, false);
                assert_true(f.kernel.keeps_sources || !kernel_find_route(&f.kernel, &route));
                wait_for(&f, ROUTE_GUARD_GATHER_USEC);
                assert_int_equal(f.n_failed, 1);
                assert_int_equal(f.n_lost, 0);
                assert_int_equal(f.error, -EADDRNOTAVAIL);
                assert_non_null(strstr(f.text, "this host does not have the address"));
                assert_non_null(strstr(f.logged, "trying again: this host does not"));
                assert_null(strstr(f.logged, strerrordesc_np(EADDRNOTAVAIL)));

                /* By then the next try is far away, and the address does not wait for it. */
                wait_for(&f, 100 * USEC_PER_SEC);
                assert_int_equal(f.n_installed, 0);
                kernel_set_source(&f.kernel, &route, true);
                wait_for(&f, ROUTE_GUARD_GATHER_USEC);
                assert_non_null(kernel_find_route(&f.kernel, &route));
                assert_int_equal(f.n_installed, 1);

                /* For a moment alone. */
                forget(&f);
                kernel_set_source(&f.kernel, &route, false);
                kernel_set_source(&f.kernel, &route, true);
                wait_for(&f, ROUTE_GUARD_GATHER_USEC);
                assert_non_null(kernel_find_route(&f.kernel, &route));
                assert_int_equal(f.n_failed + f.n_warnings + f.n_lost, 0);

                end_ipv6(&f);
        }
}

/* Lost answers (ENOBUFS) of any request, while routes stand. */
static void test_lost_answers(void **state) {
        static const RouteKeeperEvent lost[] = {
                { .type = ROUTE_KEEPER_LISTED, .listed.error = -ENOBUFS },
                { .type = ROUTE_KEEPER_CHANGED, .changed.error = -ENOBUFS },
        };

        for (unsigned i = 0; i < ELEMENTSOF(lost); i++) {
                Fixture f;

                begin_installed(&f);
                remove_ours(&f, "10.0.0.0", 8);
                read_news(&f);
                f.now_usec += ROUTE_GUARD_GATHER_USEC;
                feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_TIMER });
                for (unsigned n = 0; n < i; n++)
                        answer(&f);

                assert_true(f.asked);
                drop_request(&f);
                feed(&f, &lost[i]);
                assert_int_equal(f.n_failed, 1);
                assert_int_equal(f.error, -ENOBUFS);
                assert_int_equal(f.n_warnings, 1);

                wait_for(&f, ROUTE_KEEPER_RETRY_USEC);
                assert_complete(&f);
                assert_int_equal(f.n_installed, 1);

                end(&f);
        }
}

/* A lost answer to the look for the interface: it is looked for again, not taken for well. */
static void test_lost_answer_about_the_interface(void **state) {
        Fixture f;

        begin_installed(&f);
        kernel_set_up(&f.kernel, false);
        kernel_overrun(&f.kernel);
        read_news(&f);
        assert_int_equal(f.request.type, ROUTE_KEEPER_ACTION_FIND_LINK);
        drop_request(&f);
        feed(&f,
             &(RouteKeeperEvent){
                     .type = ROUTE_KEEPER_LINK_FOUND,
                     .found.error = -ENOBUFS,
             });
        wait_for(&f, 10 * USEC_PER_SEC);
        assert_int_equal(f.n_installed, 0);
        assert_int_equal(f.error, -ENOBUFS); /* told once, which will do */

        kernel_set_up(&f.kernel, true);
        settle(&f);
        assert_complete(&f);
        assert_int_equal(f.n_installed, 1);

        end(&f);
}

/* The timer that tells of the interface comes in the middle of a change. */
static void test_tells_during_a_change(void **state) {
        Fixture f;

        begin_installed(&f);
        kernel_set_up(&f.kernel, false);
        read_news(&f);
        feed(&f,
             &(RouteKeeperEvent){
                     .type = ROUTE_KEEPER_MOVE,
                     .uplink = { 3, address("198.51.100.1") },
             });
        assert_true(f.asked);
        f.now_usec += ROUTE_KEEPER_TELL_USEC;
        feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_TIMER });
        assert_int_equal(f.n_failed, 1);
        kernel_set_up(&f.kernel, true);
        settle(&f); /* one request at a time, see note() */
        assert_complete(&f);

        end(&f);
}

/* ---- VRF= ---- */

/* With a VRF that others have made, or none. Not settled yet. */
static void begin_vrf(Fixture *f, uint32_t table) {
        const RouteKeeperEvent event = install("10.9.8.7", "10.9.8.7");

        begin(f, "10.9.8.7");
        strcpy(config.vrf, "blue");
        if (table != 0)
                kernel_create_vrf(&f->kernel, "blue", table);
        feed(f, &event);
}

/* The peer's address is the server's, and 10.0.0.0/8 covers it: in a VRF nothing is in its way. */
static void assert_complete_in_vrf(const Fixture *f) {
        const Route *ours = find(f, "10.0.0.0", 8, ROUTE_PROTOCOL_PPTP);
        const Route *peer = find(f, "10.9.8.7", 32, RTPROT_KERNEL);

        assert_int_not_equal(f->kernel.vrf_ifindex, 0);
        assert_int_equal(f->kernel.master, f->kernel.vrf_ifindex);
        assert_int_equal(count_ours(f), 2);
        assert_non_null(ours);
        assert_int_equal(ours->table, f->kernel.vrf_table);
        assert_non_null(peer);
        assert_int_equal(peer->table, f->kernel.vrf_table);
}

static void test_joins_vrf(void **state) {
        Fixture f;

        begin_vrf(&f, 100);
        settle(&f);
        assert_true(f.n_installed >= 1);
        assert_int_equal(f.n_failed, 0);
        assert_complete_in_vrf(&f);
        assert_int_equal(f.kernel.vrf_table, 100);

        feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_REMOVE });
        settle(&f);
        assert_int_equal(f.n_removed, 1);
        assert_int_equal(count_ours(&f), 0);

        end(&f);
}

/* And another supervisor finds the one that was made, with the same table. */
static void test_makes_vrf(void **state) {
        uint32_t table;
        Fixture f;

        begin_vrf(&f, 0);
        settle(&f);
        assert_complete_in_vrf(&f);
        table = f.kernel.vrf_table;
        end(&f);

        begin_vrf(&f, 0);
        settle(&f);
        assert_complete_in_vrf(&f);
        assert_int_equal(f.kernel.vrf_table, table);
        end(&f);
}

static void test_vrf_comes_while_it_is_made(void **state) {
        Fixture f;

        begin_vrf(&f, 0);
        while (f.request.type != ROUTE_KEEPER_ACTION_MAKE_VRF)
                answer(&f);
        kernel_create_vrf(&f.kernel, "blue", 100);
        settle(&f);
        assert_int_equal(f.n_failed, 0);
        assert_complete_in_vrf(&f);
        assert_int_equal(f.kernel.vrf_table, 100);

        end(&f);
}

/* It is made again, the interface is put back, and the table of somebody else's is taken over. */
static void test_vrf_is_taken_away(void **state) {
        Fixture f;

        begin_vrf(&f, 100);
        settle(&f);
        forget(&f);

        kernel_set_master(&f.kernel, 0);
        wait_for(&f, USEC_PER_SEC);
        assert_complete_in_vrf(&f);
        assert_int_equal(f.n_failed, 0);

        kernel_delete_vrf(&f.kernel);
        wait_for(&f, USEC_PER_SEC);
        assert_complete_in_vrf(&f);
        assert_int_not_equal(f.kernel.vrf_table, 100);

        kernel_delete_vrf(&f.kernel);
        kernel_create_vrf(&f.kernel, "blue", 200);
        wait_for(&f, USEC_PER_SEC);
        assert_complete_in_vrf(&f);
        assert_int_equal(f.kernel.vrf_table, 200);
        assert_true(f.n_installed >= 3);

        end(&f);
}

/* It is taken out before the first routes are complete, which is nobody's business to tell. */
static void test_vrf_is_lost_while_installing(void **state) {
        Fixture f;

        begin_vrf(&f, 100);
        while (f.request.type != ROUTE_KEEPER_ACTION_CHANGE) {
                answer(&f);
                read_news(&f);
        }
        kernel_set_master(&f.kernel, 0);
        wait_for(&f, USEC_PER_SEC);
        assert_complete_in_vrf(&f);
        assert_int_equal(f.n_failed + f.n_lost + f.n_warnings, 0);

        end(&f);
}

/*
 * Without the kernel's route to the peer there is no way to it in the VRF, and no ping; but where
 * another interface in the VRF may have a neighbour of that address, that one is not cut off.
 */
static void test_peer_in_a_vrf(void **state) {
        for (unsigned has_network = 0; has_network < 2; has_network++) {
                Route network = foreign("10.9.8.0", 24);
                Fixture f;

                begin_vrf(&f, 100);
                wanted[0].destination = address("10.200.0.0");
                wanted[0].prefix_length = 16;
                network.protocol = RTPROT_KERNEL;
                network.scope = RT_SCOPE_LINK;
                network.table = 100;
                if (has_network)
                        assert_int_equal(kernel_add_route(&f.kernel, &network, false), 0);
                settle(&f);
                assert_int_equal(f.n_installed, 1);
                assert_int_equal(count_ours(&f), 2);
                assert_int_equal(find(&f, "10.9.8.7", 32, RTPROT_KERNEL) == NULL, has_network);

                /* That comes later. */
                if (!has_network) {
                        assert_int_equal(kernel_add_route(&f.kernel, &network, false), 0);
                        feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_NETWORKS });
                        wait_for(&f, ROUTE_KEEPER_NETWORKS_USEC);
                        assert_null(find(&f, "10.9.8.7", 32, RTPROT_KERNEL));
                        assert_int_equal(count_ours(&f), 2);
                }
                assert_int_equal(f.n_failed + f.n_lost + f.n_warnings, 0);

                end(&f);
        }
}

/* One that others made is theirs to set up: it is told, and when it is up again. */
static void test_vrf_of_others_is_set_down(void **state) {
        Fixture f;

        begin_vrf(&f, 100);
        settle(&f);
        forget(&f);

        kernel_set_vrf_up(&f.kernel, false);
        wait_for(&f, USEC_PER_SEC);
        assert_int_equal(f.n_failed, 1);
        assert_int_equal(f.error, -ENETDOWN);
        assert_string_equal(f.text, "VRF blue is set down; run \"ip link set blue up\"");
        assert_string_equal(f.logged,
                            "Nothing passes through the tunnel: VRF blue is set down; run \"ip "
                            "link set blue up\"");
        assert_true(f.kernel.vrf_down);
        wait_for(&f, 1000 * USEC_PER_SEC);
        assert_int_equal(f.n_installed, 0);
        assert_int_equal(f.n_warnings, 1);

        kernel_set_vrf_up(&f.kernel, true);
        wait_for(&f, ROUTE_GUARD_GATHER_USEC);
        assert_int_equal(f.n_installed, 1);
        assert_complete_in_vrf(&f);

        /* News of it may be lost. */
        kernel_set_vrf_up(&f.kernel, false);
        kernel_overrun(&f.kernel);
        wait_for(&f, USEC_PER_SEC);
        assert_int_equal(f.n_failed, 2);
        kernel_set_vrf_up(&f.kernel, true);
        kernel_overrun(&f.kernel);
        wait_for(&f, USEC_PER_SEC);
        assert_int_equal(f.n_installed, 2);

        end(&f);
}

/* While the first routes are on their way: the attempt fails for it. */
static void test_vrf_of_others_is_down(void **state) {
        Fixture f;

        begin_vrf(&f, 100);
        kernel_set_vrf_up(&f.kernel, false);
        settle(&f);
        assert_int_equal(f.n_failed, 1);
        assert_int_equal(f.error, -ENETDOWN);
        assert_string_equal(f.text, "blue");
        assert_int_equal(f.n_installed + f.n_warnings, 0);

        end(&f);
}

/* One that tunnels have made is set up again, and more rarely in a contest. */
static void test_vrf_that_was_made_is_set_down(void **state) {
        Fixture f;

        begin_vrf(&f, 0);
        settle(&f);
        forget(&f);

        for (unsigned i = 0; i < ROUTE_GUARD_TIMES_MAX; i++) {
                kernel_set_vrf_up(&f.kernel, false);
                wait_for(&f, 50 * USEC_PER_MSEC);
                assert_false(f.kernel.vrf_down);
                assert_complete_in_vrf(&f);
        }
        assert_string_equal(f.noticed, "Somebody set the VRF blue down; setting it up again");
        assert_int_equal(f.n_failed + f.n_warnings, 0);

        kernel_set_vrf_up(&f.kernel, false);
        wait_for(&f, USEC_PER_SEC);
        assert_true(f.kernel.vrf_down);
        assert_non_null(strstr(f.logged, "The tunnel's VRF is set down again and again"));
        wait_for(&f, ROUTE_GUARD_SLOW_USEC);
        assert_false(f.kernel.vrf_down);
        assert_int_equal(f.n_failed, 0);
        end(&f);

        /* One that was left set down. */
        begin_vrf(&f, tunnel_tag_get_vrf_table("blue"));
        kernel_set_vrf_up(&f.kernel, false);
        settle(&f);
        assert_false(f.kernel.vrf_down);
        assert_complete_in_vrf(&f);
        assert_string_equal(f.noticed, "");
        end(&f);
}

static void assert_ipv6_in_vrf(const Fixture *f) {
        assert_true(f->kernel.has_address6);
        assert_int_not_equal(f->kernel.master, 0);
        assert_int_equal(f->kernel.master, f->kernel.vrf_ifindex);
        assert_non_null(find_ipv6(f));
        assert_int_equal(find_ipv6(f)->table, f->kernel.vrf_table);
        assert_int_equal(find_ipv6(f)->prefix_length, 0);
}

/*
 * The kernel takes the link-local address and the routes of IPv6 away when the interface joins, and
 * when it is taken out. All of them come back, once it is in it, and that the kernel removed them
 * is not told as an act of its own. ::/0 is a route in the table of the VRF as any other.
 */
static void test_ipv6_in_vrf(void **state) {
        RouteKeeperEvent event = install("10.10.0.1", "198.51.100.7");
        Fixture f;

        begin_with_ipv6(&f);
        wanted[1] = (ConfigRoute){ .is_ipv6 = true };
        strcpy(config.vrf, "blue");
        event.install.link.has_ipv6 = true;
        agree_on_ipv6(&f);
        feed(&f, &event);
        settle(&f);
        assert_ipv6_in_vrf(&f);
        assert_int_equal(route_keeper_next_deadline(f.keeper), USEC_INFINITY);

        kernel_set_master(&f.kernel, 0);
        wait_for(&f, USEC_PER_SEC);
        assert_ipv6_in_vrf(&f);

        kernel_delete_vrf(&f.kernel);
        wait_for(&f, USEC_PER_SEC);
        assert_ipv6_in_vrf(&f);

        kernel_delete_vrf(&f.kernel);
        kernel_create_vrf(&f.kernel, "blue", 200);
        kernel_overrun(&f.kernel);
        wait_for(&f, 2 * ROUTE_KEEPER_NETWORKS_USEC);
        assert_ipv6_in_vrf(&f);
        assert_int_equal(f.n_failed + f.n_lost + f.n_warnings, 0);

        remove_address6(&f);
        wait_for(&f, ROUTE_GUARD_GATHER_USEC);
        assert_ipv6_in_vrf(&f);

        end_ipv6(&f);
}

/*
 * The interface is gone, and comes again without IPV6CP having gone down: what was agreed on still
 * counts, and the address is put back once more.
 */
static void test_ipv6_of_the_next_interface(void **state) {
        RouteKeeperEvent event = install("10.10.0.1", "198.51.100.7");
        const RouteLink link = link_of("10.10.0.1");
        struct in6_addr local;
        Fixture f;

        begin_with_ipv6(&f);
        wanted[1] = (ConfigRoute){ .is_ipv6 = true };
        strcpy(config.vrf, "blue");
        event.install.link.has_ipv6 = true;
        agree_on_ipv6(&f);
        local = f.kernel.local6;
        feed(&f, &event);
        settle(&f);

        kernel_delete_interface(&f.kernel);
        settle(&f);
        assert_int_equal(f.n_gone, 1);
        kernel_create_interface(&f.kernel, &link);
        kernel_set_address6(&f.kernel, &local, true);
        feed(&f, &event);
        wait_for(&f, ROUTE_KEEPER_NETWORKS_USEC);
        assert_ipv6_in_vrf(&f);

        end_ipv6(&f);
}

/* The kernel leaves a route without interface in the table of a VRF that was deleted. */
static void test_vrf_with_another_table(void **state) {
        Fixture f;

        begin_vrf(&f, 100);
        wanted[1] = (ConfigRoute){
                .destination = address("10.5.0.0"),
                .prefix_length = 16,
                .type = CONFIG_ROUTE_UNREACHABLE,
        };
        settle(&f);
        assert_int_equal(find(&f, "10.5.0.0", 16, ROUTE_PROTOCOL_PPTP)->table, 100);

        kernel_delete_vrf(&f.kernel);
        kernel_create_vrf(&f.kernel, "blue", 200);
        wait_for(&f, USEC_PER_SEC);
        assert_complete_in_vrf(&f);
        assert_int_equal(find(&f, "10.5.0.0", 16, ROUTE_PROTOCOL_PPTP)->table, 200);

        end(&f);
}

/* Without it no route may go to main. It is tried again, and comes late. */
static void test_vrf_is_of_another_kind(void **state) {
        Fixture f;

        begin_vrf(&f, 0);
        strcpy(config.vrf, "onenet"); /* the name of the tunnel's own interface */
        settle(&f);
        assert_int_equal(f.n_failed, 1);
        assert_int_equal(f.error, -EOPNOTSUPP);
        assert_non_null(strstr(f.text, "VRF onenet is an interface of another kind"));
        wait_for(&f, 10 * USEC_PER_SEC);
        assert_int_equal(count_ours(&f), 0);
        assert_int_equal(f.n_installed, 0);

        strcpy(config.vrf, "blue");
        kernel_create_vrf(&f.kernel, "blue", 100);
        wait_for(&f, ROUTE_KEEPER_RETRY_MAX_USEC);
        assert_complete_in_vrf(&f);

        end(&f);
}

/* Any answer may be lost on the way there. */
static void test_vrf_with_lost_answers(void **state) {
        for (unsigned n_answers = 0; n_answers < 8; n_answers++) {
                Fixture f;

                begin_vrf(&f, 0);
                for (unsigned i = 0; i < n_answers && f.asked; i++)
                        answer(&f);
                kernel_overrun(&f.kernel);
                wait_for(&f, ROUTE_KEEPER_RETRY_MAX_USEC);
                assert_complete_in_vrf(&f);
                assert_true(f.n_installed >= 1);

                end(&f);
        }
}

/*
 * Destination= is the peer itself, and leads nowhere: the kernel's own route to it goes first, as
 * both cannot be there; also where another route leads to the peer.
 */
static void test_unreachable_peer(void **state) {
        for (unsigned is_covered = 0; is_covered < 2; is_covered++) {
                const RouteKeeperEvent event = install("10.10.0.1", "203.0.113.7");
                Fixture f;

                begin(&f, "10.10.0.1");
                wanted[0] = (ConfigRoute){ .destination = address("10.10.0.1"),
                                           .prefix_length = 32,
                                           .type = CONFIG_ROUTE_UNREACHABLE };
                wanted[1] = (ConfigRoute){ .destination = address("10.0.0.0"), .prefix_length = 8 };
                config.n_routes = 1 + is_covered;
                feed(&f, &event);
                settle(&f);
                assert_null(find(&f, "10.10.0.1", 32, RTPROT_KERNEL));
                assert_non_null(find(&f, "10.10.0.1", 32, ROUTE_PROTOCOL_PPTP));

                /* The kernel makes its own again, behind ours. */
                kernel_set_up(&f.kernel, false);
                kernel_set_up(&f.kernel, true);
                settle(&f);
                assert_null(find(&f, "10.10.0.1", 32, RTPROT_KERNEL));
                assert_non_null(find(&f, "10.10.0.1", 32, ROUTE_PROTOCOL_PPTP));

                wait_for(&f, 3600 * USEC_PER_SEC);
                assert_int_equal(f.n_installed, 2);
                assert_int_equal(f.n_failed + f.n_warnings + f.n_lost, 0);
                assert_int_equal(count_ours(&f), config.n_routes);

                end(&f);
        }
}

/* Somebody else's route to the peer is in our place: it stays, and is told of. */
static void test_unreachable_peer_of_somebody_else(void **state) {
        const RouteKeeperEvent event = install("10.10.0.1", "203.0.113.7");
        const Route theirs = foreign("10.10.0.1", 32);
        Fixture f;

        begin(&f, "10.10.0.1");
        wanted[0] = (ConfigRoute){ .destination = address("10.10.0.1"),
                                   .prefix_length = 32,
                                   .type = CONFIG_ROUTE_UNREACHABLE };
        config.n_routes = 1;
        assert_int_equal(kernel_add_route(&f.kernel, &theirs, true), 0);
        feed(&f, &event);
        settle(&f);
        assert_non_null(find(&f, "10.10.0.1", 32, RTPROT_STATIC));
        assert_int_equal(f.n_failed, 1);
        assert_int_equal(f.error, -EEXIST);

        end(&f);
}

/*
 * With the metric of a route, that of its cover (route-cover.h) rises by one; the cover is
 * another's business, and may be there yet when the route comes into its place.
 */
static void test_place_of_a_cover(void **state) {
        for (unsigned is_foreign = 0; is_foreign < 2; is_foreign++) {
                const RouteKeeperEvent event = install("10.10.0.1", "203.0.113.7");
                ConfigRoute before = { .destination = address("10.0.0.0"), .prefix_length = 8 };
                ConfigRoute after = before;
                const Config old = {
                        .name = name,
                        .routes = &before,
                        .n_routes = 1,
                        .routes_on_down = CONFIG_ROUTES_ON_DOWN_UNREACHABLE,
                };
                Config new = old;
                Route cover = {
                        .destination = address("10.0.0.0"),
                        .prefix_length = 8,
                        .type = RTN_UNREACHABLE,
                        .protocol = ROUTE_PROTOCOL_PPTP,
                        .table = RT_TABLE_MAIN,
                        .metric = 1,
                        .tag = tunnel_tag_make(is_foreign ? "another" : name),
                };
                Fixture f;

                begin(&f, "10.10.0.1");
                after.metric = 1;
                after.has_metric = true;
                new.routes = &after;
                assert_int_equal(kernel_add_route(&f.kernel, &cover, false), 0);
                feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_CONFIGURE, .config = &old });
                feed(&f, &event);
                settle(&f);
                assert_int_equal(f.n_installed, 1);

                feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_CONFIGURE, .config = &new });
                feed(&f, &event);
                settle(&f);
                assert_int_equal(f.n_failed, is_foreign);
                assert_int_equal(f.n_installed, 2 - is_foreign);
                assert_int_equal(kernel_find_route(&f.kernel, &cover) != NULL, is_foreign);

                end(&f);
        }
}

/*
 * A reload of a tunnel with covers asks for no listing, which would have all of them in it; and
 * looks, without a word, where one turns out to be in the way.
 */
static void test_reload_with_covers(void **state) {
        const RouteKeeperEvent event = install("10.10.0.1", "203.0.113.7");

        for (unsigned is_covered = 0; is_covered < 2; is_covered++) {
                ConfigRoute before = { .destination = address("10.0.0.0"), .prefix_length = 8 };
                ConfigRoute after[] = {
                        before,
                        { .destination = address("172.16.0.0"), .prefix_length = 16 },
                };
                const Config old = {
                        .name = name,
                        .routes = &before,
                        .n_routes = 1,
                        .routes_on_down = CONFIG_ROUTES_ON_DOWN_UNREACHABLE,
                };
                const Route cover = {
                        .destination = address("172.16.0.0"),
                        .prefix_length = 16,
                        .type = RTN_UNREACHABLE,
                        .protocol = ROUTE_PROTOCOL_PPTP,
                        .table = RT_TABLE_MAIN,
                        .tag = tunnel_tag_make(name),
                };
                Config new = old;
                Fixture f;

                begin(&f, "10.10.0.1");
                new.routes = after;
                new.n_routes = 2;
                feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_CONFIGURE, .config = &old });
                feed(&f, &event);
                settle(&f);
                if (is_covered)
                        assert_int_equal(kernel_add_route(&f.kernel, &cover, false), 0);
                forget(&f);

                feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_CONFIGURE, .config = &new });
                feed(&f, &event);
                answer(&f);
                assert_int_equal(f.request.type, ROUTE_KEEPER_ACTION_CHANGE);
                answer(&f);
                assert_int_equal(f.asked, is_covered);
                settle(&f);
                assert_int_equal(find(&f, "172.16.0.0", 16, ROUTE_PROTOCOL_PPTP)->type,
                                 RTN_UNICAST);
                assert_int_equal(f.n_installed, 1);
                assert_int_equal(f.n_failed + f.n_warnings, 0);

                end(&f);
        }
}

/* Nor does it wait for the next try where another route was refused first, for another reason. */
static void test_cover_behind_another_refusal(void **state) {
        const RouteKeeperEvent event = install("10.10.0.1", "203.0.113.7");
        ConfigRoute routes[] = {
                { .destination = address("10.0.0.0"), .prefix_length = 8 },
                { .destination = address("172.16.0.0"), .prefix_length = 16 },
                { .destination = address("172.17.0.0"), .prefix_length = 16 },
        };
        const Config old = {
                .name = name,
                .routes = routes,
                .n_routes = 1,
                .routes_on_down = CONFIG_ROUTES_ON_DOWN_UNREACHABLE,
        };
        Config new = old;
        RoutePlan plan;
        Fixture f;

        begin(&f, "10.10.0.1");
        new.n_routes = 3;
        feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_CONFIGURE, .config = &old });
        feed(&f, &event);
        settle(&f);
        forget(&f);

        feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_CONFIGURE, .config = &new });
        feed(&f, &event);
        answer(&f);
        assert_int_equal(f.request.type, ROUTE_KEEPER_ACTION_CHANGE);
        plan = f.request.plan;
        assert_int_equal(plan.n_adds, 2);
        f.asked = false;
        for (unsigned i = 0; i < 2; i++)
                feed(&f,
                     &(RouteKeeperEvent){
                             .type = ROUTE_KEEPER_REFUSED,
                             .refused = { &plan.adds[i], false, i == 0 ? -ENOMEM : -EEXIST },
                     });
        route_plan_done(&plan);
        feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_CHANGED, .changed.n_refused = 2 });
        assert_true(f.asked);
        assert_int_equal(f.request.type, ROUTE_KEEPER_ACTION_LIST);
        settle(&f);
        assert_int_equal(f.n_installed, 1);
        assert_int_equal(count_ours(&f), 3);
        assert_int_equal(f.n_failed, 0);

        end(&f);
}

/*
 * While the routes of one configuration are installed another comes, whose cover is where one of
 * those would go: it stays.
 */
static void test_cover_of_the_next_configuration(void **state) {
        const RouteKeeperEvent event = install("10.10.0.1", "203.0.113.7");
        ConfigRoute before = {
                .destination = address("10.0.0.0"),
                .prefix_length = 8,
                .table = RT_TABLE_MAIN,
                .metric = 1,
                .has_metric = true,
        };
        ConfigRoute after = {
                .destination = address("10.0.0.0"),
                .prefix_length = 8,
                .table = RT_TABLE_MAIN,
        };
        const Config old = {
                .name = name,
                .routes = &before,
                .n_routes = 1,
                .routes_on_down = CONFIG_ROUTES_ON_DOWN_UNREACHABLE,
        };
        const Route cover = {
                .destination = address("10.0.0.0"),
                .prefix_length = 8,
                .type = RTN_UNREACHABLE,
                .protocol = ROUTE_PROTOCOL_PPTP,
                .table = RT_TABLE_MAIN,
                .metric = 1,
                .tag = tunnel_tag_make(name),
        };
        Config new = old;
        Fixture f;

        begin(&f, "10.10.0.1");
        new.routes = &after;
        feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_CONFIGURE, .config = &old });
        assert_int_equal(kernel_add_route(&f.kernel, &cover, false), 0);
        feed(&f, &event);
        answer(&f); /* it knows its routes now, and asks for the kernel's */
        feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_CONFIGURE, .config = &new });
        settle(&f);
        assert_non_null(kernel_find_route(&f.kernel, &cover));

        feed(&f, &event);
        settle(&f);
        assert_non_null(kernel_find_route(&f.kernel, &cover));
        end(&f);
}

/*
 * A reload comes while the address is being put back, and the answer about the interface is lost:
 * the address is looked for all the same, though IPCP has seen to it as far as the reload knows.
 */
static void test_reload_while_an_address_is_put_back(void **state) {
        const RouteKeeperEvent event = install("10.10.0.1", "10.9.8.7");
        Fixture f;

        begin_installed(&f);
        kernel_set_address(&f.kernel, false);
        read_news(&f);
        f.now_usec += ROUTE_GUARD_GATHER_USEC;
        feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_TIMER });
        assert_int_equal(f.request.type, ROUTE_KEEPER_ACTION_SET_ADDRESS);

        feed(&f, &event);
        assert_int_equal(f.request.type, ROUTE_KEEPER_ACTION_FIND_LINK);
        f.asked = false;
        feed(&f,
             &(RouteKeeperEvent){
                     .type = ROUTE_KEEPER_LINK_FOUND,
                     .found.error = -ENOBUFS,
             });
        wait_for(&f, ROUTE_KEEPER_RETRY_USEC + 2 * ROUTE_KEEPER_NETWORKS_USEC);
        assert_true(f.kernel.has_address);
        assert_complete(&f);

        end(&f);
}

/*
 * The kernel's own route to the peer, which stood for one of the configuration, went while
 * announcements were lost. The next look at the kernel's own routes tells, be it that of a reload
 * or the one that follows lost announcements, and one of ours takes its place.
 */
static void test_peer_route_is_missed(void **state) {
        const RouteKeeperEvent event = install("10.10.0.1", "203.0.113.9");

        for (unsigned is_reload = 0; is_reload < 2; is_reload++) {
                ConfigRoute routes[] = {
                        { .destination = address("10.10.0.1"), .prefix_length = 32 },
                        { .destination = address("172.16.0.0"), .prefix_length = 16 },
                };
                const Config before = { .name = name, .routes = routes, .n_routes = 1 };
                const Config after = { .name = name, .routes = routes, .n_routes = 2 };
                Route peer;
                Fixture f;

                begin(&f, "10.10.0.1");
                feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_CONFIGURE, .config = &before });
                feed(&f, &event);
                settle(&f);
                assert_int_equal(count_ours(&f), 0);

                peer = *find(&f, "10.10.0.1", 32, RTPROT_KERNEL);
                assert_int_equal(kernel_delete_route(&f.kernel, &peer), 0);
                kernel_overrun(&f.kernel);
                settle(&f);
                assert_int_equal(count_ours(&f), 0);

                if (is_reload) {
                        feed(&f,
                             &(RouteKeeperEvent){
                                     .type = ROUTE_KEEPER_CONFIGURE,
                                     .config = &after,
                             });
                        feed(&f, &event);
                        settle(&f);
                } else
                        wait_for(&f, ROUTE_KEEPER_NETWORKS_USEC);
                assert_non_null(find(&f, "10.10.0.1", 32, ROUTE_PROTOCOL_PPTP));
                assert_int_equal(count_ours(&f), 1 + is_reload);

                end(&f);
        }
}

/* The answer may have been made before the route was deleted that it lists. */
static void test_listing_older_than_news(void **state) {
        const RouteKeeperEvent event = install("10.10.0.1", "203.0.113.9");
        Route listed[KERNEL_ROUTES_MAX + 1], peer;
        size_t n = 0;
        Fixture f;

        begin(&f, "10.10.0.1");
        wanted[0] = (ConfigRoute){ .destination = address("10.10.0.1"), .prefix_length = 32 };
        config.n_routes = 1;
        feed(&f, &event);
        settle(&f);
        assert_int_equal(f.n_installed, 1);

        feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_NETWORKS });
        f.now_usec = route_keeper_next_deadline(f.keeper);
        feed(&f, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_TIMER });
        assert_true(f.asked && f.request.type == ROUTE_KEEPER_ACTION_LIST);
        for (size_t i = 0; i < f.kernel.n_routes; i++)
                if (f.kernel.routes[i].protocol == RTPROT_KERNEL)
                        listed[n++] = f.kernel.routes[i];
        listed[n++] = (Route){
                .destination = f.kernel.link.local,
                .prefix_length = 32,
                .type = RTN_LOCAL,
                .protocol = RTPROT_KERNEL,
                .table = RT_TABLE_LOCAL,
                .ifindex = f.kernel.ifindex,
        };

        peer = *find(&f, "10.10.0.1", 32, RTPROT_KERNEL);
        assert_int_equal(kernel_delete_route(&f.kernel, &peer), 0);
        read_news(&f);
        f.asked = false;
        feed(&f,
             &(RouteKeeperEvent){ .type = ROUTE_KEEPER_LISTED,
                                  .listed = { .routes = listed, .n_routes = n } });
        forget(&f);
        wait_for(&f, 3600 * USEC_PER_SEC);
        assert_non_null(find(&f, "10.10.0.1", 32, ROUTE_PROTOCOL_PPTP));

        end(&f);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_installs_and_removes),
                cmocka_unit_test(test_removes_what_was_never_installed),
                cmocka_unit_test(test_stop_while_installing),
                cmocka_unit_test(test_interface_that_is_not_there),
                cmocka_unit_test(test_first_request_fails),
                cmocka_unit_test(test_installs_again),
                cmocka_unit_test(test_looks_only_where_it_must),
                cmocka_unit_test(test_many_reloads),
                cmocka_unit_test(test_many_changes_at_once),
                cmocka_unit_test(test_announcements_lost_before_a_reload),
                cmocka_unit_test(test_removed_between_two_reloads),
                cmocka_unit_test(test_second_of_two_rivals_is_left),
                cmocka_unit_test(test_tells_of_networks_on_both_sides),
                cmocka_unit_test(test_policy_follows_networks),
                cmocka_unit_test(test_same_network_in_either_order),
                cmocka_unit_test(test_reload_adds_the_same_network),
                cmocka_unit_test(test_same_network_in_the_middle),
                cmocka_unit_test(test_refusal_is_told_once),
                cmocka_unit_test(test_policy_chooses_between_rivals),
                cmocka_unit_test(test_reload_with_policy),
                cmocka_unit_test(test_networks_are_looked_at_again),
                cmocka_unit_test(test_unreachable_peer),
                cmocka_unit_test(test_unreachable_peer_of_somebody_else),
                cmocka_unit_test(test_place_of_a_cover),
                cmocka_unit_test(test_reload_with_covers),
                cmocka_unit_test(test_cover_behind_another_refusal),
                cmocka_unit_test(test_cover_of_the_next_configuration),
                cmocka_unit_test(test_addresses_are_looked_for),
                cmocka_unit_test(test_reload_while_an_address_is_put_back),
                cmocka_unit_test(test_peer_route_is_missed),
                cmocka_unit_test(test_listing_older_than_news),
                cmocka_unit_test(test_peer_that_is_the_server),
                cmocka_unit_test(test_destination_that_is_the_server),
                cmocka_unit_test(test_peer_that_nobody_asked_for),
                cmocka_unit_test(test_peer_within_a_route),
                cmocka_unit_test(test_peer_that_is_a_destination),
                cmocka_unit_test(test_peer_that_becomes_a_destination),
                cmocka_unit_test(test_route_to_the_peer_is_looked_up),
                cmocka_unit_test(test_address_that_cannot_be),
                cmocka_unit_test(test_address_of_the_next_gateway),
                cmocka_unit_test(test_address_of_another_interface),
                cmocka_unit_test(test_address_of_a_name_server),
                cmocka_unit_test(test_pin_follows_the_uplink),
                cmocka_unit_test(test_move_during_a_change),
                cmocka_unit_test(test_removed_routes_come_back),
                cmocka_unit_test(test_long_flush),
                cmocka_unit_test(test_contest),
                cmocka_unit_test(test_other_routes_are_nobodys_business),
                cmocka_unit_test(test_place_that_was_taken),
                cmocka_unit_test(test_place_taken_during_a_change),
                cmocka_unit_test(test_interface_bounces),
                cmocka_unit_test(test_interface_stays_down),
                cmocka_unit_test(test_pin_moves_while_the_interface_is_down),
                cmocka_unit_test(test_address_removed),
                cmocka_unit_test(test_address_removed_and_given_back),
                cmocka_unit_test(test_ipv6_comes_and_goes),
                cmocka_unit_test(test_tells_of_ipv6_networks),
                cmocka_unit_test(test_ipv6_is_removed),
                cmocka_unit_test(test_ipv6_is_dropped),
                cmocka_unit_test(test_link_local_address_is_put_back),
                cmocka_unit_test(test_link_local_address_stays_away),
                cmocka_unit_test(test_link_local_address_is_refused),
                cmocka_unit_test(test_link_local_address_is_there),
                cmocka_unit_test(test_link_local_address_is_taken_again),
                cmocka_unit_test(test_ipv6_routes_are_refused),
                cmocka_unit_test(test_many_refusals),
                cmocka_unit_test(test_link_local_address_is_asked_for_again),
                cmocka_unit_test(test_addresses_are_looked_for_later),
                cmocka_unit_test(test_suspended),
                cmocka_unit_test(test_address_put_back_while_down),
                cmocka_unit_test(test_removed_from_an_interface_that_goes),
                cmocka_unit_test(test_interface_is_deleted),
                cmocka_unit_test(test_old_interface_is_not_the_new_one),
                cmocka_unit_test(test_resync),
                cmocka_unit_test(test_resync_during_a_change),
                cmocka_unit_test(test_refusal_is_tried_again),
                cmocka_unit_test(test_refused_replacement_is_tried_again),
                cmocka_unit_test(test_refusals_cost_no_memory),
                cmocka_unit_test(test_a_missing_source_is_named),
                cmocka_unit_test(test_a_source_is_missing_from_the_start),
                cmocka_unit_test(test_a_source_goes_and_comes),
                cmocka_unit_test(test_lost_answers),
                cmocka_unit_test(test_lost_answer_about_the_interface),
                cmocka_unit_test(test_tells_during_a_change),
                cmocka_unit_test(test_joins_vrf),
                cmocka_unit_test(test_makes_vrf),
                cmocka_unit_test(test_vrf_comes_while_it_is_made),
                cmocka_unit_test(test_vrf_is_taken_away),
                cmocka_unit_test(test_vrf_is_lost_while_installing),
                cmocka_unit_test(test_ipv6_in_vrf),
                cmocka_unit_test(test_ipv6_of_the_next_interface),
                cmocka_unit_test(test_vrf_with_another_table),
                cmocka_unit_test(test_vrf_is_of_another_kind),
                cmocka_unit_test(test_peer_in_a_vrf),
                cmocka_unit_test(test_vrf_of_others_is_set_down),
                cmocka_unit_test(test_vrf_of_others_is_down),
                cmocka_unit_test(test_vrf_that_was_made_is_set_down),
                cmocka_unit_test(test_vrf_with_lost_answers),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
