/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "config-text.h"
#include "core/names/names-cover.h"

#define BASE                                                              \
        "[Tunnel]\nServer=192.0.2.2\n[Authentication]\nUser=b\n[Route]\n" \
        "Destination=10.0.0.0/8\n[Network]\nRoutesOnDown=unreachable\nDomains="
#define COVERED BASE "~corp.example\n"

#define IFINDEX 9

#define NO_RESOLVED "systemd-resolved is not there; run \"systemctl enable --now systemd-resolved\""

typedef struct Fixture {
        Config *config;
        NamesCover *cover;
        NamesCoverActions actions;
        uint64_t now_usec;
        uint32_t serial; /* of the latest request */
        size_t n_warnings;
} Fixture;

static int setup(void **state) {
        Fixture *f = calloc(1, sizeof(*f));

        assert_non_null(f);
        f->cover = names_cover_new("onenet");
        assert_non_null(f->cover);
        f->now_usec = 100 * USEC_PER_SEC;
        *state = f;
        return 0;
}

static int teardown(void **state) {
        Fixture *f = *state;

        names_cover_free(f->cover);
        config_free(f->config);
        free(f);
        return 0;
}

/* The actions as letters, in their order: open, close, make, remove, send, log, stood. */
static void assert_actions(const Fixture *f, const char *expected) {
        static const char letters[] = {
                [NAMES_COVER_ACTION_OPEN] = 'o',        [NAMES_COVER_ACTION_SEND] = 's',
                [NAMES_COVER_ACTION_CLOSE] = 'c',       [NAMES_COVER_ACTION_MAKE_LINK] = 'm',
                [NAMES_COVER_ACTION_REMOVE_LINK] = 'r', [NAMES_COVER_ACTION_LOG] = 'l',
                [NAMES_COVER_ACTION_STOOD] = 'S',
        };
        char text[NAMES_COVER_ACTIONS_MAX + 1] = "";

        for (size_t i = 0; i < f->actions.n_items; i++)
                text[i] = letters[f->actions.items[i].type];
        assert_string_equal(text, expected);
}

static void step(Fixture *f, const NamesCoverEvent *event) {
        names_cover_step(f->cover, event, f->now_usec, &f->actions);
        for (size_t i = 0; i < f->actions.n_items; i++) {
                const NamesCoverAction *a = &f->actions.items[i];

                if (a->type == NAMES_COVER_ACTION_SEND)
                        f->serial = a->message->serial;
                if (a->type == NAMES_COVER_ACTION_LOG && a->log.priority == LOG_WARNING)
                        f->n_warnings++;
        }
}

static void configure(Fixture *f, const char *text) {
        Config *old = f->config;

        f->config = config_from_text(text);
        step(f, &(NamesCoverEvent){ .type = NAMES_COVER_CONFIGURE, .config = f->config });
        config_free(old);
}

static void say_resolver(Fixture *f, bool present) {
        const NamesMessage m = { .type = NAMES_RESOLVER, .resolver.present = present };

        step(f, &(NamesCoverEvent){ .type = NAMES_COVER_MESSAGE, .message = &m });
}

static void say_done(Fixture *f, NamesResult result) {
        const NamesMessage m = {
                .type = NAMES_DONE,
                .serial = f->serial,
                .done.result = result,
        };

        step(f, &(NamesCoverEvent){ .type = NAMES_COVER_MESSAGE, .message = &m });
}

static void say_lost(Fixture *f) {
        const NamesMessage m = { .type = NAMES_LOST };

        step(f, &(NamesCoverEvent){ .type = NAMES_COVER_MESSAGE, .message = &m });
}

static void say_made(Fixture *f, int error) {
        step(f,
             &(NamesCoverEvent){
                     .type = NAMES_COVER_LINK_MADE,
                     .made = { error, error < 0 ? 0 : IFINDEX },
             });
}

/* The interface was there already, all of it or a part. */
static void say_found(Fixture *f, uint32_t ifindex, bool was_up, bool had_address) {
        step(f,
             &(NamesCoverEvent){
                     .type = NAMES_COVER_LINK_MADE,
                     .made = { 0, ifindex, was_up, had_address },
             });
}

static void say_resync(Fixture *f) {
        step(f, &(NamesCoverEvent){ .type = NAMES_COVER_RESYNC });
}

static void say_link(Fixture *f, uint32_t ifindex, bool lost, bool up) {
        step(f,
             &(NamesCoverEvent){
                     .type = NAMES_COVER_LINK,
                     .link = { ifindex, lost, up },
             });
}

static void start(Fixture *f, const char *text) {
        configure(f, text);
        step(f, &(NamesCoverEvent){ .type = NAMES_COVER_START });
}

/* To the next deadline. */
static void wait_for_timer(Fixture *f) {
        f->now_usec = names_cover_next_deadline(f->cover);
        assert_int_not_equal(f->now_usec, USEC_INFINITY);
        step(f, &(NamesCoverEvent){ .type = NAMES_COVER_TIMER });
}

static void assert_state(const Fixture *f, bool standing, const char *trouble) {
        NamesCoverState state;

        names_cover_get_state(f->cover, &state);
        assert_int_equal(state.standing, standing);
        assert_string_equal(state.trouble, trouble);
}

static void stand(Fixture *f) {
        start(f, COVERED);
        assert_actions(f, "o");
        say_resolver(f, true);
        assert_actions(f, "m");
        say_made(f, 0);
        assert_actions(f, "s");
        say_done(f, NAMES_RESULT_DONE);
        assert_actions(f, "S");
        assert_state(f, true, "");
        assert_int_equal(names_cover_next_deadline(f->cover), USEC_INFINITY);
}

/* ---- tests ---- */

static void test_stands(void **state) {
        Fixture *f = *state;
        const NamesCoverAction *sent;

        start(f, COVERED);
        say_resolver(f, true);
        say_made(f, 0);
        sent = &f->actions.items[0];
        assert_int_equal(sent->message->type, NAMES_COVER);
        assert_int_equal(sent->message->set.ifindex, IFINDEX);
        assert_string_equal(sent->message->set.ifname, "pptp-f24ef88");
        assert_int_equal(sent->message->set.names.n_domains, 2);
        assert_string_equal(sent->message->set.names.domains[0].name, "corp.example");
        say_done(f, NAMES_RESULT_DONE);
        assert_state(f, true, "");
}

/* Nothing is wanted: what a predecessor may have left goes, and nobody is asked for anything. */
static void test_not_wanted(void **state) {
        Fixture *f = *state;

        start(f, BASE "\n");
        assert_actions(f, "r");
        assert_state(f, false, "");
        assert_int_equal(names_cover_next_deadline(f->cover), USEC_INFINITY);
}

/* Before the start a configuration is only noted. */
static void test_reload(void **state) {
        Fixture *f = *state;

        configure(f, BASE "\n");
        assert_actions(f, "");
        step(f, &(NamesCoverEvent){ .type = NAMES_COVER_START });

        configure(f, COVERED);
        assert_actions(f, "o");
        say_resolver(f, true);
        say_made(f, 0);
        say_done(f, NAMES_RESULT_DONE);
        configure(f, COVERED "DNS=10.0.0.53\n");
        assert_actions(f, "");

        configure(f, BASE "~lab.example\n");
        assert_actions(f, "m");
        say_made(f, 0);
        assert_actions(f, "s");
        say_done(f, NAMES_RESULT_DONE);

        configure(f, COVERED "RoutesOnDown=remove\n");
        assert_actions(f, "cr");
        assert_state(f, false, "");
        say_link(f, IFINDEX, true, false);
        assert_actions(f, "");
}

/* It is told again what it may have forgotten; nobody is told of a restart. */
static void test_resolver_restarts(void **state) {
        Fixture *f = *state;

        stand(f);
        say_resolver(f, false);
        assert_actions(f, "");
        f->now_usec += NAMES_COVER_TELL_USEC - 1;
        say_resolver(f, true);
        assert_actions(f, "m");
        say_made(f, 0);
        say_done(f, NAMES_RESULT_DONE);
        assert_state(f, true, "");

        /* One that stays away is told of once, and so is its return. */
        say_resolver(f, false);
        wait_for_timer(f);
        assert_actions(f, "l");
        assert_int_equal(f->n_warnings, 1);
        assert_state(f, false, NO_RESOLVED);
        assert_int_equal(names_cover_next_deadline(f->cover), USEC_INFINITY);
        say_resolver(f, true);
        say_made(f, 0);
        say_done(f, NAMES_RESULT_DONE);
        assert_actions(f, "lS");
        assert_int_equal(f->n_warnings, 1);
        assert_state(f, true, "");
}

/* Without pptp-names, or a kernel that has such interfaces: one warning, and rarer tries. */
static void test_missing(void **state) {
        Fixture *f = *state;
        uint64_t began = f->now_usec;

        start(f, COVERED);
        step(f, &(NamesCoverEvent){ .type = NAMES_COVER_CLOSED });
        while (f->now_usec < began + 600 * USEC_PER_SEC) {
                wait_for_timer(f);
                if (f->actions.n_items > 0 &&
                    f->actions.items[f->actions.n_items - 1].type == NAMES_COVER_ACTION_OPEN)
                        step(f, &(NamesCoverEvent){ .type = NAMES_COVER_CLOSED });
        }
        assert_int_equal(f->n_warnings, 1);
        assert_state(f, false, NO_RESOLVED);
        assert_true(names_cover_next_deadline(f->cover) >=
                    f->now_usec + NAMES_COVER_RETRY_MAX_USEC / 2);
}

static void test_no_dummies(void **state) {
        Fixture *f = *state;

        start(f, COVERED);
        say_resolver(f, true);
        for (int i = 0; i < 10; i++) {
                say_made(f, -EOPNOTSUPP);
                while (f->actions.n_items == 0 ||
                       f->actions.items[f->actions.n_items - 1].type !=
                               NAMES_COVER_ACTION_MAKE_LINK)
                        wait_for_timer(f);
        }
        assert_int_equal(f->n_warnings, 1);
        assert_state(f, false,
                     "the kernel has no module \"dummy\"; the distribution's full one has it");

        say_made(f, 0);
        say_done(f, NAMES_RESULT_DONE);
        assert_state(f, true, "");
}

/* systemd-resolved hears of an interface later than we do. */
static void test_unknown_link(void **state) {
        Fixture *f = *state;

        start(f, COVERED);
        say_resolver(f, true);
        say_made(f, 0);
        say_done(f, NAMES_RESULT_NO_LINK);
        assert_int_equal(names_cover_next_deadline(f->cover), f->now_usec + NAMES_COVER_LINK_USEC);
        wait_for_timer(f);
        assert_actions(f, "m");
        say_made(f, 0);
        say_done(f, NAMES_RESULT_DONE);
        assert_int_equal(f->n_warnings, 0);
}

/* Somebody removes it, empties it, sets it down, or has systemd-resolved forget it. */
static void test_lost(void **state) {
        Fixture *f = *state;

        stand(f);
        say_link(f, IFINDEX + 1, true, false);
        say_link(f, IFINDEX, false, false); /* it is about the moment before it was set up */
        assert_state(f, true, "");
        say_link(f, IFINDEX, false, true);
        assert_state(f, true, "");

        say_link(f, IFINDEX, false, false);
        assert_state(f, false, "");
        assert_int_equal(names_cover_next_deadline(f->cover), f->now_usec);
        wait_for_timer(f);
        assert_actions(f, "m");
        say_made(f, 0);
        say_done(f, NAMES_RESULT_DONE);

        /* The second time soon after it is put back later, and a third later still. */
        say_lost(f);
        assert_int_equal(names_cover_next_deadline(f->cover), f->now_usec + NAMES_COVER_RETRY_USEC);
        wait_for_timer(f);
        say_made(f, 0);
        say_done(f, NAMES_RESULT_DONE);
        say_link(f, IFINDEX, true, false);
        assert_int_equal(names_cover_next_deadline(f->cover),
                         f->now_usec + 2 * NAMES_COVER_RETRY_USEC);
        wait_for_timer(f);
        say_made(f, 0);
        say_done(f, NAMES_RESULT_DONE);
        f->now_usec += NAMES_COVER_RETRY_MAX_USEC;
        say_lost(f);
        assert_int_equal(names_cover_next_deadline(f->cover), f->now_usec);
        assert_int_equal(f->n_warnings, 0);
}

/* An answer that does not come closes the connection. One to an earlier request does not count. */
static void test_no_answer(void **state) {
        Fixture *f = *state;

        start(f, COVERED);
        say_resolver(f, true);
        say_made(f, 0);
        f->serial--;
        say_done(f, NAMES_RESULT_DONE);
        assert_state(f, false, "");
        wait_for_timer(f);
        assert_actions(f, "c");
        wait_for_timer(f);
        assert_int_equal(f->n_warnings, 1);
        assert_state(f, false, "systemd-resolved does not answer");
}

/* The question that is under way is answered for the new names as well, or runs out of time. */
static void test_reload_while_asking(void **state) {
        Fixture *f = *state;
        uint64_t began;

        start(f, COVERED);
        f->now_usec += USEC_PER_SEC;
        configure(f, BASE "~lab.example\n");
        assert_actions(f, "");
        assert_state(f, false, "");
        say_resolver(f, true);
        assert_actions(f, "m");
        say_made(f, 0);
        assert_string_equal(f->actions.items[0].message->set.names.domains[0].name, "lab.example");

        configure(f, COVERED "RoutesOnDown=remove\n");
        assert_actions(f, "cr");
        began = f->now_usec;
        configure(f, COVERED);
        assert_actions(f, "o");
        f->now_usec += USEC_PER_SEC;
        configure(f, BASE "~lab.example\n");
        wait_for_timer(f);
        assert_actions(f, "c");
        assert_int_equal(f->now_usec, began + NAMES_COVER_ANSWER_USEC);
}

/* What was announced of the interface may be among what was lost: it is looked at. */
static void test_lost_announcements(void **state) {
        Fixture *f = *state;

        /* Nobody has touched it: systemd-resolved need not be told of anything. */
        stand(f);
        say_resync(f);
        assert_actions(f, "m");
        say_found(f, IFINDEX, true, true);
        assert_actions(f, "");
        assert_state(f, true, "");
        assert_int_equal(names_cover_next_deadline(f->cover), USEC_INFINITY);

        /* It was removed, or set down, or lost its address. */
        for (int i = 0; i < 3; i++) {
                f->now_usec += NAMES_COVER_RETRY_MAX_USEC;
                say_resync(f);
                assert_actions(f, "m");
                say_found(f, i == 0 ? IFINDEX + 1 : IFINDEX, i != 1, i != 2);
                assert_state(f, false, "");
                wait_for_timer(f);
                assert_actions(f, "m");
                say_made(f, 0);
                assert_actions(f, "s");
                say_done(f, NAMES_RESULT_DONE);
                assert_actions(f, "S");
        }

        /* While systemd-resolved is told of it, or is not there. */
        say_lost(f);
        wait_for_timer(f);
        say_made(f, 0);
        say_resync(f);
        assert_actions(f, "");
        say_done(f, NAMES_RESULT_DONE);
        assert_actions(f, "Sm");
        say_found(f, IFINDEX, true, true);
        assert_state(f, true, "");
        say_resolver(f, false);
        say_resync(f);
        assert_actions(f, "");
        assert_int_equal(f->n_warnings, 0);
}

/* What the server offers is refused from then on, also while it is down, and until it says less. */
static void test_offer(void **state) {
        static const DhcpInformation information = {
                .domains = { "inner.example" },
                .n_domains = 1,
        };
        static const NamesOffer nothing, offer = { .information = &information };
        Fixture *f = *state;

        start(f, BASE "\nUseRoutes=yes\n");
        assert_actions(f, "r");
        step(f, &(NamesCoverEvent){ .type = NAMES_COVER_OFFER, .offer = &offer });
        assert_actions(f, "o");
        say_resolver(f, true);
        say_made(f, 0);
        assert_string_equal(f->actions.items[0].message->set.names.domains[0].name,
                            "inner.example");
        say_done(f, NAMES_RESULT_DONE);
        step(f, &(NamesCoverEvent){ .type = NAMES_COVER_OFFER, .offer = &offer });
        assert_actions(f, "");
        assert_state(f, true, "");

        step(f, &(NamesCoverEvent){ .type = NAMES_COVER_OFFER, .offer = &nothing });
        assert_actions(f, "cr");
}

/* The server's own name is looked up while the tunnel is down. */
static void test_server_is_below(void **state) {
        Fixture *f = *state;

        start(f,
              "[Tunnel]\nServer=vpn.corp.example\n[Authentication]\nUser=b\n[Network]\n"
              "RoutesOnDown=unreachable\nDomains=~corp.example ~lab.example\n");
        assert_actions(f, "lo");
        assert_int_equal(f->n_warnings, 1);
        say_resolver(f, true);
        say_made(f, 0);
        assert_string_equal(f->actions.items[0].message->set.names.domains[0].name, "lab.example");
        say_done(f, NAMES_RESULT_DONE);
        assert_state(
                f, true,
                "the server's own name, vpn.corp.example, is below one of Domains=; write its address "
                "into Server=");
}

#define NOTHING_LEFT                                            \
        "[Tunnel]\nServer=vpn.corp.example\n[Authentication]\n" \
        "User=b\n[Network]\nRoutesOnDown=unreachable\nDomains="

/* Not one name is left to refuse: the journal has it, and not again with each reload. */
static void test_all_names_are_above_server(void **state) {
        Fixture *f = *state;

        start(f, NOTHING_LEFT "~corp.example\n");
        assert_actions(f, "lr");
        assert_int_equal(f->n_warnings, 1);
        configure(f, NOTHING_LEFT "~corp.example\nDNS=10.0.0.53\n");
        configure(f, NOTHING_LEFT "~corp.example ~lab.example\n");
        assert_actions(f, "o");
        assert_int_equal(f->n_warnings, 1);

        /* One that was mended may come back. */
        configure(f, NOTHING_LEFT "~lab.example\n");
        assert_state(f, false, "");
        configure(f, NOTHING_LEFT "~corp.example\n");
        assert_actions(f, "lcr");
        assert_int_equal(f->n_warnings, 2);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_stands),
                TEST(test_not_wanted),
                TEST(test_reload),
                TEST(test_reload_while_asking),
                TEST(test_resolver_restarts),
                TEST(test_missing),
                TEST(test_no_dummies),
                TEST(test_unknown_link),
                TEST(test_lost),
                TEST(test_lost_announcements),
                TEST(test_no_answer),
                TEST(test_offer),
                TEST(test_server_is_below),
                TEST(test_all_names_are_above_server),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
