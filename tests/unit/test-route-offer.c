/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "address.h"
#include "core/route/route-offer.h"

#define BEGIN (1000 * USEC_PER_SEC)
#define XID 0x12345678u

typedef struct Fixture {
        RouteOffer offer;
        uint64_t now_usec;

        /* since forget() */
        unsigned n_asked, n_closed, n_routes, n_told, n_warnings;
        size_t count;
        char text[ROUTE_OFFER_TEXT_MAX_BYTES]; /* the last warning */
} Fixture;

static void feed(Fixture *f, const RouteOfferEvent *event) {
        RouteOfferActions actions;

        route_offer_step(&f->offer, event, f->now_usec, &actions);
        for (size_t i = 0; i < actions.n_items; i++) {
                const RouteOfferAction *a = &actions.items[i];

                switch (a->type) {
                case ROUTE_OFFER_ACTION_ASK:
                        f->n_asked++;
                        break;
                case ROUTE_OFFER_ACTION_CLOSE:
                        f->n_closed++;
                        break;
                case ROUTE_OFFER_ACTION_ROUTES:
                        f->n_routes++;
                        break;
                case ROUTE_OFFER_ACTION_TELL:
                        f->n_told++;
                        f->count = a->count;
                        break;
                case ROUTE_OFFER_ACTION_LOG:
                        if (a->log.priority <= LOG_WARNING) {
                                f->n_warnings++;
                                strcpy(f->text, a->log.text);
                        }
                        break;
                }
        }
}

static void forget(Fixture *f) {
        f->n_asked = f->n_closed = f->n_routes = f->n_told = f->n_warnings = 0;
        f->text[0] = '\0';
}

static void configure(Fixture *f, const Config *config) {
        feed(f, &(RouteOfferEvent){ .type = ROUTE_OFFER_CONFIGURE, .config = config });
}

static void connect_to(Fixture *f, const char *local, const char *server) {
        feed(f,
             &(RouteOfferEvent){
                     .type = ROUTE_OFFER_BEGIN,
                     .begin = { address(local), address(server), XID },
             });
}

static void install(Fixture *f, size_t count) {
        feed(f, &(RouteOfferEvent){ .type = ROUTE_OFFER_INSTALLED, .count = count });
}

/* The server's answer, with these bytes of option 121. */
static void answer(Fixture *f, uint32_t xid, const uint8_t *routes, size_t n_routes) {
        uint8_t data[8192] = { 2, 8 };
        size_t n_data = 243;

        for (unsigned i = 0; i < 4; i++)
                data[4 + i] = (uint8_t) (xid >> (24 - 8 * i));
        memcpy(data + 236, (const uint8_t[]){ 0x63, 0x82, 0x53, 0x63, 53, 1, 5 }, 7);
        for (size_t i = 0; i < n_routes; i += 255) {
                size_t n = MIN(n_routes - i, 255U);

                assert_true(n_data + 2 + n <= sizeof(data));
                data[n_data++] = 121;
                data[n_data++] = (uint8_t) n;
                memcpy(data + n_data, routes + i, n);
                n_data += n;
        }
        feed(f,
             &(RouteOfferEvent){
                     .type = ROUTE_OFFER_PACKET,
                     .packet = { data, n_data },
             });
}

static const uint8_t private[] = { 8, 10, 10, 10, 0, 1, 12, 172, 16, 10, 10, 0, 1 };

static void assert_takes(const Fixture *f, size_t i, const char *destination, unsigned length) {
        assert_true(i < f->offer.n_routes);
        assert_int_equal(f->offer.routes[i].destination.s_addr, address(destination).s_addr);
        assert_int_equal(f->offer.routes[i].prefix_length, length);
}

static const Config wanting = { .use_routes = true,
                                .route_table = 254,
                                .name = (char[]){ "onenet" } };
static const Config not_wanting = { .route_table = 254 };

static Fixture begin(const Config *config) {
        Fixture f = { .now_usec = BEGIN };

        configure(&f, config);
        connect_to(&f, "10.10.0.7", "192.0.2.2");
        return f;
}

/* What the keeper says goes through at once, and nobody is asked. */
static void test_not_wanted(void **state) {
        Fixture f = begin(&not_wanting);

        install(&f, 3);
        assert_int_equal(f.n_asked, 0);
        assert_int_equal(f.n_told, 1);
        assert_int_equal(f.count, 3);
        assert_int_equal(route_offer_next_deadline(&f.offer), USEC_INFINITY);
}

static void test_answered(void **state) {
        Fixture f = begin(&wanting);

        assert_int_equal(f.n_asked, 1);
        assert_null(route_offer_get_information(&f.offer));
        assert_int_equal(route_offer_next_deadline(&f.offer), BEGIN + ROUTE_OFFER_ASK_USEC);
        assert_true(route_offer_is_busy(&f.offer));
        install(&f, 1);
        assert_int_equal(f.n_told, 0);

        /* The offered ones are installed first. */
        answer(&f, XID, private, sizeof(private));
        assert_false(route_offer_is_busy(&f.offer));
        assert_int_equal(f.n_routes, 1);
        assert_int_equal(f.n_closed, 1);
        assert_int_equal(f.n_told, 0);
        assert_int_equal(f.n_warnings, 0);
        assert_int_equal(route_offer_get_information(&f.offer)->n_routes, 2);
        assert_int_equal(f.offer.n_routes, 2);
        assert_takes(&f, 0, "10.0.0.0", 8);
        assert_takes(&f, 1, "172.16.0.0", 12);
        assert_int_equal(f.offer.routes[0].metric, ROUTE_OFFER_METRIC);
        assert_int_equal(f.offer.routes[0].table, 254);
        install(&f, 3);
        assert_int_equal(f.n_told, 1);
        assert_int_equal(f.count, 3);

        /* A second answer, a change of routes on this connection: nothing new. */
        forget(&f);
        answer(&f, XID, private, 6);
        connect_to(&f, "10.10.0.7", "192.0.2.2");
        assert_int_equal(f.n_asked + f.n_routes, 0);
        assert_int_equal(f.offer.n_routes, 2);

        /* Another connection may be offered others. */
        feed(&f, &(RouteOfferEvent){ .type = ROUTE_OFFER_END });
        assert_int_equal(f.offer.n_routes, 0);
        connect_to(&f, "10.10.0.7", "192.0.2.2");
        assert_int_equal(f.n_asked, 1);
}

static void test_nothing_offered(void **state) {
        Fixture f = begin(&wanting);

        install(&f, 1);
        answer(&f, XID, NULL, 0);
        assert_int_equal(f.n_routes, 0);
        assert_int_equal(f.n_told, 1);
        assert_int_equal(f.count, 1);
}

/* It costs three seconds and a line in the journal. */
static void test_silence(void **state) {
        Fixture f = begin(&wanting);

        install(&f, 1);
        while (route_offer_next_deadline(&f.offer) != USEC_INFINITY) {
                f.now_usec = route_offer_next_deadline(&f.offer);
                feed(&f, &(RouteOfferEvent){ .type = ROUTE_OFFER_TIMER });
                assert_true(f.now_usec <= BEGIN + ROUTE_OFFER_ASKS_MAX * ROUTE_OFFER_ASK_USEC);
        }
        assert_int_equal(f.n_asked, ROUTE_OFFER_ASKS_MAX);
        assert_int_equal(f.n_told, 1);
        assert_int_equal(f.n_closed, 1);
        assert_non_null(strstr(f.text, "did not answer DHCPINFORM within 3 s"));

        /* What the keeper says later is not held back. */
        install(&f, 1);
        assert_int_equal(f.n_told, 2);
}

/* Before the keeper has said anything, there is nothing to tell. */
static void test_slow_routes(void **state) {
        Fixture f = begin(&wanting);

        answer(&f, XID, NULL, 0);
        assert_int_equal(f.n_told, 0);
        install(&f, 1);
        assert_int_equal(f.n_told, 1);
}

/* Bad answers are named once, and a good one behind them counts. */
static void test_bad_answers(void **state) {
        Fixture f = begin(&wanting);

        answer(&f, XID + 1, private, sizeof(private));
        feed(&f,
             &(RouteOfferEvent){
                     .type = ROUTE_OFFER_PACKET,
                     .packet = { "\x02", 1 },
             });
        assert_int_equal(f.n_warnings, 1);
        assert_non_null(strstr(f.text, "for another question or host"));
        assert_int_equal(f.offer.n_routes, 0);

        answer(&f, XID, private, sizeof(private));
        assert_int_equal(f.offer.n_routes, 2);
}

static void test_hostile_routes(void **state) {
        static const struct {
                uint8_t routes[12];
                uint8_t n;
                const char *text;
        } cases[] = {
                { { 0, 10, 10, 0, 1 }, 5, ": 0.0.0.0/0 covers the server itself" },
                { { 1, 0, 10, 10, 0, 1 }, 6, ": 0.0.0.0/1 is larger than" },
                { { 24, 192, 0, 2, 10, 10, 0, 1 }, 8, "192.0.2.0/24 covers the server" },
                { { 32, 192, 0, 2, 2, 10, 10, 0, 1 }, 9, "192.0.2.2/32 covers the server" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                Fixture f = begin(&wanting);

                install(&f, 1);
                answer(&f, XID, cases[i].routes, cases[i].n);
                assert_int_equal(f.offer.n_routes, 0);
                assert_int_equal(f.n_told, 1); /* the tunnel is ready all the same */
                if (!strstr(f.text, cases[i].text))
                        fail_msg("%s is not in: %s", cases[i].text, f.text);
        }
}

/* In no case, whatever AllowedRoutes= has; what contains such a network is another matter. */
static void test_special_networks(void **state) {
        static const struct {
                uint8_t routes[12];
                uint8_t n;
                const char *text; /* NULL: taken where all are allowed */
        } cases[] = {
                { { 8, 0, 10, 10, 0, 1 }, 6, "0.0.0.0/8 is no network of hosts" },
                { { 32, 0, 0, 0, 0, 10, 10, 0, 1 }, 9, "0.0.0.0/32 is no network of hosts" },
                { { 8, 127, 10, 10, 0, 1 }, 6, "127.0.0.0/8 is loopback" },
                { { 32, 127, 0, 0, 53, 10, 10, 0, 1 }, 9, "127.0.0.53/32 is loopback" },
                { { 16, 169, 254, 10, 10, 0, 1 }, 7, "169.254.0.0/16 is link-local" },
                { { 32, 169, 254, 169, 254, 10, 10, 0, 1 }, 9, "169.254.169.254/32 is link-local" },
                { { 4, 224, 10, 10, 0, 1 }, 6, "224.0.0.0/4 is multicast" },
                { { 8, 224, 10, 10, 0, 1 }, 6, "224.0.0.0/8 is multicast" },
                { { 16, 239, 1, 10, 10, 0, 1 }, 7, "239.1.0.0/16 is multicast" },
                { { 4, 240, 10, 10, 0, 1 }, 6, "240.0.0.0/4 is reserved" },
                { { 3, 224, 10, 10, 0, 1 }, 6, "224.0.0.0/3 is reserved" },
                { { 32, 255, 255, 255, 255, 10, 10, 0, 1 }, 9, "255.255.255.255/32 is reserved" },
                { { 0, 10, 10, 0, 1 }, 5, NULL },
                { { 1, 128, 10, 10, 0, 1 }, 6, NULL },
                { { 2, 192, 10, 10, 0, 1 }, 6, NULL },
                { { 7, 0, 10, 10, 0, 1 }, 6, NULL },
                { { 15, 169, 254, 10, 10, 0, 1 }, 7, NULL },
                { { 16, 169, 253, 10, 10, 0, 1 }, 7, NULL },
                { { 8, 126, 10, 10, 0, 1 }, 6, NULL },
                { { 8, 128, 10, 10, 0, 1 }, 6, NULL },
                { { 8, 223, 10, 10, 0, 1 }, 6, NULL },
        };
        char *allowed[] = { (char[]){ "0.0.0.0/0" } };
        const Config all = { .use_routes = true,
                             .route_table = 254,
                             .allowed_routes = allowed,
                             .n_allowed_routes = 1 };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                Fixture f = begin(&all);

                answer(&f, XID, cases[i].routes, cases[i].n);
                assert_int_equal(f.offer.n_routes, cases[i].text ? 0 : 1);
                if (cases[i].text && !strstr(f.text, cases[i].text))
                        fail_msg("%s is not in: %s", cases[i].text, f.text);

                f = begin(&wanting);
                answer(&f, XID, cases[i].routes, cases[i].n);
                if (cases[i].text)
                        assert_int_equal(f.offer.n_routes, 0);
        }
}

/* Eight are named, each with the reason, and the others counted. */
static void test_names_of_the_refused(void **state) {
        uint8_t routes[300 * 8];
        Fixture f = begin(&wanting);

        for (unsigned i = 0; i < 9; i++)
                memcpy(routes + 9 * (size_t) i,
                       (const uint8_t[]){ 32, 127, 0, 0, (uint8_t) i, 10, 10, 0, 1 }, 9);
        answer(&f, XID, routes, 8 * 9);
        assert_string_equal(f.text,
                            "Of the routes that the server offers 8 are not taken: "
                            "127.0.0.0/32 is loopback, 127.0.0.1/32 is loopback, "
                            "127.0.0.2/32 is loopback, 127.0.0.3/32 is loopback, "
                            "127.0.0.4/32 is loopback, 127.0.0.5/32 is loopback, "
                            "127.0.0.6/32 is loopback, 127.0.0.7/32 is loopback");

        f = begin(&wanting);
        answer(&f, XID, routes, 9 * 9);
        assert_non_null(strstr(f.text, " 9 are not taken: 127.0.0.0/32 is loopback, "));
        assert_non_null(strstr(f.text,
                               ", 127.0.0.7/32 is loopback, and 1 more; \"pptpctl routes onenet\" "
                               "prints those that are taken"));

        /* More than are taken, and more than are looked at. */
        for (unsigned n = 100; n <= 300; n += 200) {
                for (unsigned i = 0; i < n; i++)
                        memcpy(routes + 8 * (size_t) i,
                               (const uint8_t[]){ 24, 10, (uint8_t) (i >> 8), (uint8_t) i, 0, 0, 0,
                                                  0 },
                               8);
                f = begin(&wanting);
                answer(&f, XID, routes, 8 * (size_t) n);
                assert_int_equal(f.offer.n_routes, ROUTE_OFFER_ROUTES_MAX);
                assert_non_null(
                        strstr(f.text, n == 100 ? " 36 are not taken: " : " 236 are not taken: "));
                assert_non_null(strstr(f.text, ": 10.0.64.0/24 is beyond the 64 that are taken, "));
                assert_non_null(strstr(f.text, n == 100 ? ", and 28 more; " : ", and 228 more; "));
        }
}

/* The longest of all lines is whole. */
static void test_long_line(void **state) {
        uint8_t routes[200 * 9];
        Fixture f = begin(&wanting);

        for (unsigned i = 0; i < 200; i++)
                memcpy(routes + 9 * (size_t) i,
                       (const uint8_t[]){ 32, 223, 255, 255, (uint8_t) i, 10, 10, 0, 1 }, 9);
        f.offer.config = &(const Config){ .name = (char[]){ "onenet" },
                                          .use_routes = true,
                                          .allowed_routes = (char *[]){ (char[]){ "10.0.0.0/8" } },
                                          .n_allowed_routes = 1 };
        answer(&f, XID, routes, sizeof(routes));
        assert_non_null(strstr(f.text,
                               "and 192 more; \"pptpctl routes onenet\" prints those that "
                               "are taken"));
}

/* What AllowedRoutes= leaves out does not count for the most that are taken. */
static void test_allowed_behind_others(void **state) {
        char *allowed[] = { (char[]){ "10.0.99.0/24" } };
        const Config config = { .name = (char[]){ "onenet" },
                                .use_routes = true,
                                .allowed_routes = allowed,
                                .n_allowed_routes = 1 };
        uint8_t routes[100 * 8];
        Fixture f = begin(&config);

        for (unsigned i = 0; i < 100; i++)
                memcpy(routes + 8 * (size_t) i,
                       (const uint8_t[]){ 24, 10, 0, (uint8_t) i, 10, 10, 0, 1 }, 8);
        answer(&f, XID, routes, sizeof(routes));
        assert_int_equal(f.offer.n_routes, 1);
        assert_takes(&f, 0, "10.0.99.0", 24);
}

static void test_allowed_routes(void **state) {
        char *allowed[] = { (char[]){ "172.16.0.0/12" }, (char[]){ "0.0.0.0/0" } };
        const Config some = { .use_routes = true,
                              .route_table = 254,
                              .allowed_routes = allowed,
                              .n_allowed_routes = 1 };
        const Config all = { .use_routes = true,
                             .route_table = 254,
                             .allowed_routes = allowed,
                             .n_allowed_routes = 2 };
        static const uint8_t routes[] = { 16, 172, 20, 10, 10, 0, 1, 8,   10, 10, 10, 0,
                                          1,  0,   10, 10, 0,  1, 8, 172, 10, 10, 0,  1 };
        Fixture f = begin(&some);

        answer(&f, XID, routes, sizeof(routes));
        assert_int_equal(f.offer.n_routes, 1);
        assert_takes(&f, 0, "172.20.0.0", 16);
        assert_non_null(strstr(f.text, "3 are not taken: 10.0.0.0/8 is not within"));

        /* A reload chooses anew from what was offered, without another question. */
        forget(&f);
        configure(&f, &all);
        assert_int_equal(f.n_asked, 0);
        assert_int_equal(f.n_routes, 1);
        assert_int_equal(f.offer.n_routes, 4);
        assert_takes(&f, 2, "0.0.0.0", 0);

        /* Not wanted any more. */
        forget(&f);
        configure(&f, &not_wanting);
        assert_int_equal(f.n_routes, 1);
        assert_int_equal(f.offer.n_routes, 0);

        /* And wanted again, on the same connection. */
        forget(&f);
        configure(&f, &some);
        assert_int_equal(f.n_asked, 1);
}

/* The end comes in the middle of the question. */
static void test_end(void **state) {
        Fixture f = begin(&wanting);

        install(&f, 1);
        feed(&f, &(RouteOfferEvent){ .type = ROUTE_OFFER_END });
        assert_int_equal(f.n_told, 0);
        assert_int_equal(f.n_closed, 1);
        assert_int_equal(route_offer_next_deadline(&f.offer), USEC_INFINITY);
        answer(&f, XID, private, sizeof(private));
        assert_int_equal(f.offer.n_routes, 0);
}

/* A reload that takes UseRoutes= away ends the question, and tells what was kept back for it. */
static void test_not_wanted_while_asking(void **state) {
        Fixture f = begin(&wanting);

        install(&f, 1);
        configure(&f, &not_wanting);
        assert_int_equal(f.n_told, 1);
        assert_int_equal(f.count, 1);
        assert_int_equal(f.n_closed, 1);
        assert_int_equal(route_offer_next_deadline(&f.offer), USEC_INFINITY);
}

/* Another connection is asked for its own routes, whichever of its addresses is another one. */
static void test_another_connection(void **state) {
        static const struct {
                const char *local, *server;
        } others[] = {
                { "10.10.0.8", "192.0.2.2" },
                { "10.10.0.7", "192.0.2.3" },
        };

        for (size_t i = 0; i < ELEMENTSOF(others); i++) {
                Fixture f = begin(&wanting);

                answer(&f, XID, private, sizeof(private));
                connect_to(&f, others[i].local, others[i].server);
                assert_int_equal(f.n_asked, 2);
                assert_int_equal(f.offer.n_routes, 0);
                assert_null(route_offer_get_information(&f.offer));
        }
}

/* Bit 31 of a metric has a meaning, see route-owner.h. */
static void test_high_metric(void **state) {
        const Config config = { .use_routes = true, .route_metric = INT32_MAX, .route_table = 100 };
        Fixture f = begin(&config);

        answer(&f, XID, private, sizeof(private));
        assert_int_equal(f.offer.routes[0].metric, INT32_MAX);
        assert_int_equal(f.offer.routes[0].table, 100);
}

/* The same prefix twice is one route: the kernel would refuse the second. */
static void test_doubles(void **state) {
        static const uint8_t routes[] = { 8, 10, 10, 10, 0, 1, 8, 10, 10, 10, 0, 2 };
        Fixture f = begin(&wanting);

        answer(&f, XID, routes, sizeof(routes));
        assert_int_equal(f.offer.n_routes, 1);
        assert_int_equal(f.n_warnings, 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_not_wanted),
                cmocka_unit_test(test_answered),
                cmocka_unit_test(test_nothing_offered),
                cmocka_unit_test(test_silence),
                cmocka_unit_test(test_slow_routes),
                cmocka_unit_test(test_bad_answers),
                cmocka_unit_test(test_hostile_routes),
                cmocka_unit_test(test_special_networks),
                cmocka_unit_test(test_names_of_the_refused),
                cmocka_unit_test(test_long_line),
                cmocka_unit_test(test_allowed_behind_others),
                cmocka_unit_test(test_allowed_routes),
                cmocka_unit_test(test_end),
                cmocka_unit_test(test_not_wanted_while_asking),
                cmocka_unit_test(test_another_connection),
                cmocka_unit_test(test_high_metric),
                cmocka_unit_test(test_doubles),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
