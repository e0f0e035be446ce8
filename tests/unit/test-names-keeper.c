/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "config-text.h"
#include "core/names/names-keeper.h"

#define BASE \
        "[Tunnel]\nServer=a\n[Authentication]\nUser=b\n[Route]\nDestination=10.0.0.0/8\n[Network]\n"
#define ASKED BASE "Domains=~corp.example\n"

#define RESOLVED NAMES_SERVICE_RESOLVED
#define RESOLVCONF NAMES_SERVICE_RESOLVCONF

typedef struct Fixture {
        Config *config;
        NamesKeeper *keeper;
        NamesKeeperActions actions;
        uint64_t now_usec;
        uint32_t serial; /* of the latest request */
} Fixture;

static int setup(void **state) {
        Fixture *f = calloc(1, sizeof(*f));

        assert_non_null(f);
        f->keeper = names_keeper_new();
        assert_non_null(f->keeper);
        f->now_usec = 100 * USEC_PER_SEC;
        *state = f;
        return 0;
}

static int teardown(void **state) {
        Fixture *f = *state;

        names_keeper_free(f->keeper);
        config_free(f->config);
        free(f);
        return 0;
}

static const NamesKeeperAction *find(const Fixture *f, NamesKeeperActionType type) {
        for (size_t i = 0; i < f->actions.n_items; i++)
                if (f->actions.items[i].type == type)
                        return &f->actions.items[i];

        return NULL;
}

static void step(Fixture *f, const NamesKeeperEvent *event) {
        const NamesKeeperAction *sent;

        names_keeper_step(f->keeper, event, f->now_usec, &f->actions);
        sent = find(f, NAMES_KEEPER_ACTION_SEND);
        if (sent)
                f->serial = sent->message->serial;
}

static void configure(Fixture *f, const char *text) {
        Config *old = f->config;

        f->config = config_from_text(text);
        step(f, &(NamesKeeperEvent){ .type = NAMES_KEEPER_CONFIGURE, .config = f->config });
        config_free(old);
}

static void apply(Fixture *f) {
        step(f,
             &(NamesKeeperEvent){
                     .type = NAMES_KEEPER_APPLY,
                     .link = { .ifindex = 7,
                               .ifname = "onenet",
                               .servers = { { inet_addr("10.9.0.53") } } },
             });
}

static void say(Fixture *f, NamesService service, const NamesMessage *message) {
        step(f,
             &(NamesKeeperEvent){
                     .type = NAMES_KEEPER_MESSAGE, .service = service, .message = message });
}

static void resolver(Fixture *f, NamesService service, bool present, bool others) {
        static NamesMessage m;

        m.type = NAMES_RESOLVER;
        m.resolver.present = present;
        m.resolver.others = others;
        say(f, service, &m);
}

static void done(Fixture *f, NamesService service, NamesResult result, const char *text) {
        static NamesMessage m;

        m.type = NAMES_DONE;
        m.serial = f->serial;
        m.done.result = result;
        strcpy(m.done.text, text);
        say(f, service, &m);
}

static void offer(Fixture *f, bool awaited, const DhcpInformation *information) {
        step(f,
             &(NamesKeeperEvent){ .type = NAMES_KEEPER_OFFER,
                                  .offer = { .awaited = awaited, .information = information } });
}

static void closed(Fixture *f, NamesService service, int error) {
        step(f,
             &(NamesKeeperEvent){
                     .type = NAMES_KEEPER_CLOSED, .service = service, .error = error });
}

static void timer(Fixture *f) {
        assert_true(names_keeper_next_deadline(f->keeper) != USEC_INFINITY);
        f->now_usec = names_keeper_next_deadline(f->keeper);
        step(f, &(NamesKeeperEvent){ .type = NAMES_KEEPER_TIMER });
}

static void assert_sent(const Fixture *f, NamesService service, NamesMessageType type) {
        const NamesKeeperAction *a = find(f, NAMES_KEEPER_ACTION_SEND);

        assert_non_null(a);
        assert_int_equal(a->service, service);
        assert_int_equal(a->message->type, type);
}

static void assert_standing(const Fixture *f, bool standing) {
        NamesState state;

        names_keeper_get_state(f->keeper, &state);
        assert_int_equal(state.standing, standing);
}

/* From nothing to names in force, with systemd-resolved. */
static void go_up(Fixture *f, const char *text) {
        configure(f, text);
        apply(f);
        assert_int_equal(find(f, NAMES_KEEPER_ACTION_OPEN)->service, RESOLVED);
        resolver(f, RESOLVED, true, true);
        assert_sent(f, RESOLVED, NAMES_SET);
        done(f, RESOLVED, NAMES_RESULT_DONE, "");
        assert_standing(f, true);
}

/* What was asked for is waited for; then the journal has where it is asked. */
static void test_asked_for(void **state) {
        Fixture *f = *state;
        const NamesSet *names;

        configure(f, ASKED);
        apply(f);
        assert_null(find(f, NAMES_KEEPER_ACTION_APPLIED));
        assert_true(names_keeper_is_busy(f->keeper));
        resolver(f, RESOLVED, true, true);
        names = &find(f, NAMES_KEEPER_ACTION_SEND)->message->set.names;
        assert_int_equal(names->n_servers, 1);
        assert_string_equal(names->domains[0].name, "corp.example");
        assert_string_equal(names->domains[1].name, "10.in-addr.arpa");
        assert_false(names->default_route);
        assert_null(find(f, NAMES_KEEPER_ACTION_APPLIED));

        done(f, RESOLVED, NAMES_RESULT_DONE, "");
        assert_non_null(find(f, NAMES_KEEPER_ACTION_APPLIED));
        assert_string_equal(find(f, NAMES_KEEPER_ACTION_LOG)->log.text,
                            "~corp.example and 1 reverse zone: asked at 10.9.0.53 "
                            "(systemd-resolved)");
        assert_false(names_keeper_is_busy(f->keeper));
        assert_true(names_keeper_next_deadline(f->keeper) == USEC_INFINITY);
}

/* Another link has the same names, and later: only what stands, or is about to, is done again. */
static void test_anew(void **state) {
        static const NamesKeeperEvent anew = { .type = NAMES_KEEPER_ANEW };
        Fixture *f = *state;

        configure(f, ASKED);
        step(f, &anew);
        assert_null(find(f, NAMES_KEEPER_ACTION_SEND));

        go_up(f, ASKED);
        assert_false(find(f, NAMES_KEEPER_ACTION_SEND));
        step(f, &anew);
        assert_sent(f, RESOLVED, NAMES_SET);
        assert_true(find(f, NAMES_KEEPER_ACTION_SEND)->message->set.anew);
        done(f, RESOLVED, NAMES_RESULT_DONE, "");
        assert_standing(f, true);
        assert_null(find(f, NAMES_KEEPER_ACTION_APPLIED));
}

/* "resolvectl revert onenet": at once, and ever more rarely if it happens again and again. */
static void test_taken_away_by_others(void **state) {
        static const NamesMessage lost = { .type = NAMES_LOST };
        Fixture *f = *state;
        uint64_t began;
        unsigned n = 0;

        go_up(f, ASKED);
        say(f, RESOLVCONF, &lost); /* which has none of them */
        assert_standing(f, true);
        say(f, RESOLVED, &lost);
        assert_standing(f, false);
        assert_sent(f, RESOLVED, NAMES_SET);
        assert_non_null(strstr(find(f, NAMES_KEEPER_ACTION_LOG)->log.text, "Somebody took"));
        assert_null(find(f, NAMES_KEEPER_ACTION_FAILED));
        done(f, RESOLVED, NAMES_RESULT_DONE, "");
        assert_standing(f, true);
        assert_null(find(f, NAMES_KEEPER_ACTION_APPLIED));

        for (began = f->now_usec; f->now_usec - began < 10 * USEC_PER_MINUTE; n++) {
                say(f, RESOLVED, &lost);
                assert_null(find(f, NAMES_KEEPER_ACTION_SEND));
                timer(f);
                assert_sent(f, RESOLVED, NAMES_SET);
                done(f, RESOLVED, NAMES_RESULT_DONE, "");
        }
        assert_in_range(n, 10, 20);

        f->now_usec += 2 * USEC_PER_MINUTE;
        say(f, RESOLVED, &lost);
        assert_sent(f, RESOLVED, NAMES_SET);
}

/* Name servers that nobody asked for hold up nothing; that no name goes there is said once. */
static void test_convenience(void **state) {
        Fixture *f = *state;

        configure(f, BASE);
        apply(f);
        assert_non_null(find(f, NAMES_KEEPER_ACTION_APPLIED));
        resolver(f, RESOLVED, true, true);
        done(f, RESOLVED, NAMES_RESULT_DONE, "");
        assert_null(find(f, NAMES_KEEPER_ACTION_APPLIED));
        assert_true(find(f, NAMES_KEEPER_ACTION_LOG)->log.unused);

        apply(f);
        done(f, RESOLVED, NAMES_RESULT_DONE, "");
        assert_null(find(f, NAMES_KEEPER_ACTION_LOG));
}

/* Where this is the only link with a name server, all names go there, until it no longer is. */
static void test_follows_the_others(void **state) {
        Fixture *f = *state;

        configure(f, BASE);
        apply(f);
        resolver(f, RESOLVED, true, false);
        assert_true(find(f, NAMES_KEEPER_ACTION_SEND)->message->set.names.default_route);
        done(f, RESOLVED, NAMES_RESULT_DONE, "");

        resolver(f, RESOLVED, true, true);
        assert_false(find(f, NAMES_KEEPER_ACTION_SEND)->message->set.names.default_route);
        done(f, RESOLVED, NAMES_RESULT_DONE, "");
        resolver(f, RESOLVED, true, true);
        assert_int_equal(f->actions.n_items, 0);
}

/* A restart of the resolver: names are in force again, and nobody hears of it. */
static void test_resolver_restarts(void **state) {
        Fixture *f = *state;

        go_up(f, ASKED);
        resolver(f, RESOLVED, false, false);
        assert_standing(f, false);
        assert_null(find(f, NAMES_KEEPER_ACTION_FAILED));
        f->now_usec += NAMES_KEEPER_ABSENT_USEC / 2;
        resolver(f, RESOLVED, true, true);
        assert_sent(f, RESOLVED, NAMES_SET);
        done(f, RESOLVED, NAMES_RESULT_DONE, "");
        assert_standing(f, true);
        assert_int_equal(f->actions.n_items, 0);
}

/* One that stays away is told, and so is its return. */
static void test_resolver_stops(void **state) {
        Fixture *f = *state;
        uint64_t stopped_usec = f->now_usec;

        go_up(f, ASKED);
        resolver(f, RESOLVED, false, false);
        for (timer(f); !find(f, NAMES_KEEPER_ACTION_FAILED); timer(f))
                if (find(f, NAMES_KEEPER_ACTION_OPEN))
                        closed(f, RESOLVCONF, -ENOENT);
        assert_true(f->now_usec == stopped_usec + NAMES_KEEPER_ABSENT_USEC);
        assert_int_equal(find(f, NAMES_KEEPER_ACTION_FAILED)->failed.fault,
                         NAMES_FAULT_NO_RESOLVER);
        assert_true(find(f, NAMES_KEEPER_ACTION_FAILED)->failed.required);
        assert_int_equal(find(f, NAMES_KEEPER_ACTION_LOG)->log.priority, LOG_WARNING);

        resolver(f, RESOLVED, true, true);
        done(f, RESOLVED, NAMES_RESULT_DONE, "");
        assert_non_null(find(f, NAMES_KEEPER_ACTION_APPLIED));
        assert_string_equal(find(f, NAMES_KEEPER_ACTION_LOG)->log.text,
                            "The tunnel's names are in force (systemd-resolved)");
}

/* Without any resolver, what was asked for fails; the tunnel says so itself. */
static void test_no_resolver(void **state) {
        Fixture *f = *state;

        configure(f, ASKED);
        apply(f);
        closed(f, RESOLVED, -ENOENT);
        assert_int_equal(find(f, NAMES_KEEPER_ACTION_OPEN)->service, RESOLVCONF);
        closed(f, RESOLVCONF, -ENOENT);
        for (timer(f); !find(f, NAMES_KEEPER_ACTION_FAILED); timer(f))
                for (NamesService i = RESOLVED; i <= RESOLVCONF; i++)
                        if (find(f, NAMES_KEEPER_ACTION_OPEN))
                                closed(f, i, -ENOENT);
        assert_null(find(f, NAMES_KEEPER_ACTION_LOG));
        assert_int_equal(find(f, NAMES_KEEPER_ACTION_FAILED)->failed.fault,
                         NAMES_FAULT_NO_RESOLVER);
}

/* Without systemd-resolved, resolvconf is asked. */
static void test_resolvconf(void **state) {
        Fixture *f = *state;

        configure(f, ASKED);
        apply(f);
        resolver(f, RESOLVED, false, false);
        assert_int_equal(find(f, NAMES_KEEPER_ACTION_OPEN)->service, RESOLVCONF);
        resolver(f, RESOLVCONF, true, true);
        assert_sent(f, RESOLVCONF, NAMES_SET);
        done(f, RESOLVCONF, NAMES_RESULT_NO_SPLIT, "");
        assert_int_equal(find(f, NAMES_KEEPER_ACTION_FAILED)->failed.fault, NAMES_FAULT_NO_SPLIT);
}

static void test_no_server(void **state) {
        Fixture *f = *state;

        configure(f, ASKED "UseDNS=no\n");
        apply(f);
        assert_int_equal(f->actions.n_items, 1);
        assert_int_equal(find(f, NAMES_KEEPER_ACTION_FAILED)->failed.fault, NAMES_FAULT_NO_SERVER);

        configure(f, BASE "UseDNS=no\n");
        apply(f);
        assert_int_equal(f->actions.n_items, 1);
        assert_non_null(find(f, NAMES_KEEPER_ACTION_APPLIED));
}

/* The resolver hears of a new link a moment after us. */
static void test_link_not_known_yet(void **state) {
        Fixture *f = *state;
        uint64_t began_usec = f->now_usec;

        configure(f, ASKED);
        apply(f);
        resolver(f, RESOLVED, true, true);
        done(f, RESOLVED, NAMES_RESULT_NO_LINK, "");
        assert_int_equal(f->actions.n_items, 0);
        timer(f);
        assert_sent(f, RESOLVED, NAMES_SET);
        assert_true(f->now_usec == began_usec + NAMES_KEEPER_LINK_USEC);

        while (!find(f, NAMES_KEEPER_ACTION_FAILED)) {
                if (find(f, NAMES_KEEPER_ACTION_SEND))
                        done(f, RESOLVED, NAMES_RESULT_NO_LINK, "");
                else
                        timer(f);
        }
        assert_true(f->now_usec >= began_usec + NAMES_KEEPER_LINK_MAX_USEC);
}

/* What the resolver says is shown, and cannot do anything to a terminal. */
static void test_refused(void **state) {
        Fixture *f = *state;

        go_up(f, BASE);
        apply(f);
        done(f, RESOLVED, NAMES_RESULT_REFUSED, "Access denied\x1b[1m");
        assert_false(find(f, NAMES_KEEPER_ACTION_FAILED)->failed.required);
        assert_string_equal(find(f, NAMES_KEEPER_ACTION_FAILED)->failed.text,
                            "Access denied\\x1b[1m");
        assert_int_equal(find(f, NAMES_KEEPER_ACTION_LOG)->log.fault, NAMES_FAULT_REFUSED);

        /* again, with growing pauses, and no further word */
        for (unsigned i = 0; i < 3; i++) {
                uint64_t before_usec = f->now_usec;

                timer(f);
                assert_true(f->now_usec == before_usec + (NAMES_KEEPER_RETRY_USEC << i));
                assert_sent(f, RESOLVED, NAMES_SET);
                done(f, RESOLVED, NAMES_RESULT_REFUSED, "Access denied");
                assert_int_equal(f->actions.n_items, 0);
        }
}

static void test_no_answer(void **state) {
        Fixture *f = *state;

        configure(f, ASKED);
        apply(f);
        resolver(f, RESOLVED, true, true);
        timer(f);
        assert_int_equal(find(f, NAMES_KEEPER_ACTION_CLOSE)->service, RESOLVED);
        assert_string_equal(find(f, NAMES_KEEPER_ACTION_FAILED)->failed.text,
                            "the resolver does not answer");
}

/* The answer to what was given up is none to what followed. */
static void test_late_answer(void **state) {
        Fixture *f = *state;

        configure(f, ASKED);
        apply(f);
        resolver(f, RESOLVED, true, true);
        apply(f);
        f->serial--;
        done(f, RESOLVED, NAMES_RESULT_DONE, "");
        assert_int_equal(f->actions.n_items, 0);
        assert_standing(f, false);
        f->serial++;
        done(f, RESOLVED, NAMES_RESULT_DONE, "");
        assert_standing(f, true);
}

static void test_removed(void **state) {
        Fixture *f = *state;

        go_up(f, ASKED);
        step(f, &(NamesKeeperEvent){ .type = NAMES_KEEPER_REMOVE });
        assert_sent(f, RESOLVED, NAMES_REVERT);
        assert_null(find(f, NAMES_KEEPER_ACTION_REMOVED));
        done(f, RESOLVED, NAMES_RESULT_DONE, "");
        assert_non_null(find(f, NAMES_KEEPER_ACTION_REMOVED));

        /* where nothing was, there is nothing to wait for */
        step(f, &(NamesKeeperEvent){ .type = NAMES_KEEPER_REMOVE });
        assert_int_equal(f->actions.n_items, 1);
        assert_non_null(find(f, NAMES_KEEPER_ACTION_REMOVED));
}

/* Also of one that does not answer: the end of the connection takes it back. */
static void test_removed_by_force(void **state) {
        Fixture *f = *state;

        go_up(f, ASKED);
        step(f, &(NamesKeeperEvent){ .type = NAMES_KEEPER_REMOVE });
        timer(f);
        assert_int_equal(find(f, NAMES_KEEPER_ACTION_CLOSE)->service, RESOLVED);
        assert_non_null(find(f, NAMES_KEEPER_ACTION_REMOVED));
}

/* A push that failed halfway, or whose answer was not waited for, is taken back as well. */
static void test_removed_while_waiting(void **state) {
        Fixture *f = *state;

        configure(f, ASKED);
        apply(f);
        resolver(f, RESOLVED, true, true);
        resolver(f, RESOLVED, false, true);
        step(f, &(NamesKeeperEvent){ .type = NAMES_KEEPER_REMOVE });
        assert_sent(f, RESOLVED, NAMES_REVERT);
}

/* pptp-names was killed: it is asked again, and what it had is gone with it. */
static void test_service_ends(void **state) {
        Fixture *f = *state;

        go_up(f, ASKED);
        closed(f, RESOLVED, 0);
        assert_standing(f, false);
        timer(f);
        assert_int_equal(find(f, NAMES_KEEPER_ACTION_OPEN)->service, RESOLVED);
        resolver(f, RESOLVED, true, true);
        done(f, RESOLVED, NAMES_RESULT_DONE, "");
        assert_standing(f, true);
        assert_int_equal(f->actions.n_items, 0);
}

/* A reload that takes the names away from a tunnel that stays up. */
static void test_reload_takes_away(void **state) {
        Fixture *f = *state;

        go_up(f, ASKED);
        configure(f, BASE "UseDNS=no\n");
        apply(f);
        assert_sent(f, RESOLVED, NAMES_REVERT);
        assert_non_null(find(f, NAMES_KEEPER_ACTION_APPLIED));
        done(f, RESOLVED, NAMES_RESULT_DONE, "");
        assert_null(find(f, NAMES_KEEPER_ACTION_REMOVED));
        assert_standing(f, false);
}

static const DhcpInformation *make_offered(void) {
        static DhcpInformation information = { .n_name_servers = 1,
                                               .domains = { "lab.example" },
                                               .n_domains = 1 };

        information.name_servers[0].s_addr = inet_addr("10.8.0.53");
        return &information;
}

/* What the server offers by DHCP is registered when it comes, and taken out when it goes. */
static void test_offer(void **state) {
        Fixture *f = *state;
        const NamesSet *names;

        configure(f, BASE "UseRoutes=yes\n");
        offer(f, true, NULL);
        assert_int_equal(f->actions.n_items, 0);
        apply(f);
        resolver(f, RESOLVED, true, true);
        done(f, RESOLVED, NAMES_RESULT_DONE, "");
        /* That no name goes there is not said while the domains may be on their way. */
        assert_int_equal(f->actions.n_items, 0);

        offer(f, false, make_offered());
        names = &find(f, NAMES_KEEPER_ACTION_SEND)->message->set.names;
        assert_int_equal(names->n_servers, 2);
        assert_string_equal(names->domains[0].name, "lab.example");
        done(f, RESOLVED, NAMES_RESULT_DONE, "");
        assert_string_equal(find(f, NAMES_KEEPER_ACTION_LOG)->log.text,
                            "lab.example and 1 reverse zone: asked at 10.9.0.53 and 10.8.0.53 "
                            "(systemd-resolved)");
        offer(f, false, make_offered());
        assert_int_equal(f->actions.n_items, 0);

        offer(f, false, NULL);
        assert_int_equal(find(f, NAMES_KEEPER_ACTION_SEND)->message->set.names.n_servers, 1);
        step(f, &(NamesKeeperEvent){ .type = NAMES_KEEPER_REMOVE });
        done(f, RESOLVED, NAMES_RESULT_DONE, "");
        offer(f, false, make_offered());
        assert_int_equal(f->actions.n_items, 0);
}

/* Nothing came of it: now it is said. */
static void test_offer_of_nothing(void **state) {
        Fixture *f = *state;

        configure(f, BASE "UseRoutes=yes\n");
        offer(f, true, NULL);
        apply(f);
        resolver(f, RESOLVED, true, true);
        done(f, RESOLVED, NAMES_RESULT_DONE, "");
        offer(f, false, NULL);
        assert_int_equal(f->actions.n_items, 1);
        assert_true(find(f, NAMES_KEEPER_ACTION_LOG)->log.unused);
}

static void apply_without_servers(Fixture *f) {
        step(f,
             &(NamesKeeperEvent){ .type = NAMES_KEEPER_APPLY,
                                  .link = { .ifindex = 7, .ifname = "onenet" } });
}

/* Domains= needs a name server, and only the offer has one: it is waited for. */
static void test_awaits_an_offer(void **state) {
        Fixture *f = *state;

        configure(f, ASKED "UseRoutes=yes\n");
        offer(f, true, NULL);
        apply_without_servers(f);
        assert_int_equal(f->actions.n_items, 0);
        assert_true(names_keeper_is_busy(f->keeper));
        offer(f, false, make_offered());
        resolver(f, RESOLVED, true, true);
        done(f, RESOLVED, NAMES_RESULT_DONE, "");
        assert_non_null(find(f, NAMES_KEEPER_ACTION_APPLIED));
}

static void test_awaits_in_vain(void **state) {
        Fixture *f = *state;

        configure(f, ASKED "UseRoutes=yes\n");
        offer(f, true, NULL);
        apply_without_servers(f);
        offer(f, false, NULL);
        assert_int_equal(find(f, NAMES_KEEPER_ACTION_FAILED)->failed.fault, NAMES_FAULT_NO_SERVER);
}

/* The tunnel goes down meanwhile. */
static void test_awaits_and_is_removed(void **state) {
        Fixture *f = *state;

        configure(f, ASKED "UseRoutes=yes\n");
        offer(f, true, NULL);
        apply_without_servers(f);
        step(f, &(NamesKeeperEvent){ .type = NAMES_KEEPER_REMOVE });
        assert_non_null(find(f, NAMES_KEEPER_ACTION_REMOVED));
        offer(f, false, NULL);
        assert_int_equal(f->actions.n_items, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_asked_for),
                TEST(test_anew),
                TEST(test_convenience),
                TEST(test_taken_away_by_others),
                TEST(test_follows_the_others),
                TEST(test_resolver_restarts),
                TEST(test_resolver_stops),
                TEST(test_no_resolver),
                TEST(test_resolvconf),
                TEST(test_no_server),
                TEST(test_link_not_known_yet),
                TEST(test_refused),
                TEST(test_no_answer),
                TEST(test_late_answer),
                TEST(test_removed),
                TEST(test_removed_by_force),
                TEST(test_removed_while_waiting),
                TEST(test_service_ends),
                TEST(test_reload_takes_away),
                TEST(test_offer),
                TEST(test_offer_of_nothing),
                TEST(test_awaits_an_offer),
                TEST(test_awaits_in_vain),
                TEST(test_awaits_and_is_removed),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
