/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <errno.h>

#include "address.h"
#include "core/route/uplink-watcher.h"

#define BEGIN (1000 * USEC_PER_SEC)
#define UPLINK_IFINDEX 2
#define OTHER_IFINDEX 3

typedef struct Fixture {
        UplinkWatcher watcher;
        uint64_t now_usec;
} Fixture;

static UplinkAction feed(Fixture *f, UplinkEvent event) {
        return uplink_watcher_step(&f->watcher, &event, f->now_usec);
}

static void assert_idle(Fixture *f, UplinkEvent event) {
        assert_int_equal(feed(f, event).type, UPLINK_ACTION_NONE);
}

/* The next look-up comes after so long, and no earlier. */
static void assert_asks_after(Fixture *f, uint64_t delay_usec) {
        assert_int_equal(uplink_watcher_next_deadline(&f->watcher), f->now_usec + delay_usec);
        if (delay_usec > 0) {
                f->now_usec += delay_usec - 1;
                assert_idle(f, (UplinkEvent){ .type = UPLINK_EVENT_TIMER });
                f->now_usec++;
        }
        assert_int_equal(feed(f, (UplinkEvent){ .type = UPLINK_EVENT_TIMER }).type,
                         UPLINK_ACTION_ASK);
        assert_int_equal(uplink_watcher_next_deadline(&f->watcher), USEC_INFINITY);
}

static void assert_not_planned(Fixture *f) {
        assert_int_equal(uplink_watcher_next_deadline(&f->watcher), USEC_INFINITY);
}

static UplinkEvent answer(bool usable) {
        return (UplinkEvent){
                .type = UPLINK_EVENT_ANSWER,
                .answer.uplink = {
                        .usable = usable,
                        .source_valid = true,
                        .ifindex = UPLINK_IFINDEX,
                        .gateway = address("192.0.2.254"),
                        .source = address("192.0.2.1"),
                },
        };
}

static void assert_changes(Fixture *f, UplinkEvent event, UplinkChange change, bool usable) {
        UplinkAction action = feed(f, event);

        assert_int_equal(action.type, UPLINK_ACTION_CHANGED);
        assert_string_equal(uplink_change_name(action.change), uplink_change_name(change));
        assert_int_equal(action.usable, usable);
}

static UplinkEvent link_event(uint32_t ifindex, bool running) {
        return (UplinkEvent){ .type = UPLINK_EVENT_LINK, .link = { ifindex, running } };
}

/* A server whose way is known and usable; the last look-up was a second ago. */
static Fixture watching(void) {
        Fixture f = { .now_usec = BEGIN };

        assert_idle(&f,
                    (UplinkEvent){ .type = UPLINK_EVENT_WATCH, .address = address("10.9.8.7") });
        assert_asks_after(&f, 0);
        /* Not a change; but a look-up of the caller a moment ago may have had another answer. */
        assert_int_equal(feed(&f, answer(true)).type, UPLINK_ACTION_FOUND);
        f.now_usec += USEC_PER_SEC;
        return f;
}

static void test_nobody_to_watch(void **state) {
        Fixture f = { .now_usec = BEGIN };

        assert_idle(&f, link_event(UPLINK_IFINDEX, true));
        assert_idle(&f, (UplinkEvent){ .type = UPLINK_EVENT_RESYNC });
        assert_idle(&f, (UplinkEvent){ .type = UPLINK_EVENT_ADDRESS_ADDED });
        assert_idle(&f, (UplinkEvent){ .type = UPLINK_EVENT_TIMER });
        assert_not_planned(&f);
}

static void test_another_server_is_looked_up_at_once(void **state) {
        Fixture f = watching();
        UplinkEvent watch = { .type = UPLINK_EVENT_WATCH, .address = address("10.9.8.7") };

        assert_idle(&f, watch);
        assert_not_planned(&f); /* the same */

        watch.address = address("10.9.8.8");
        assert_idle(&f, watch);
        assert_asks_after(&f, 0);
        assert_idle(&f, answer(false)); /* nothing to compare with */
        assert_int_equal(uplink_watcher_get_server(&f.watcher).s_addr, watch.address.s_addr);
}

static void test_carrier(void **state) {
        Fixture f = watching();

        assert_idle(&f, link_event(OTHER_IFINDEX, false));
        assert_idle(&f, link_event(OTHER_IFINDEX, true));
        assert_idle(&f, link_event(UPLINK_IFINDEX, true));
        assert_not_planned(&f);

        /* Away for a moment: the same again, but what was connected may have suffered. */
        assert_idle(&f, link_event(UPLINK_IFINDEX, false));
        assert_int_equal(uplink_watcher_next_deadline(&f.watcher),
                         f.now_usec + UPLINK_DEBOUNCE_USEC);
        f.now_usec += 10 * USEC_PER_MSEC;
        assert_idle(&f, link_event(UPLINK_IFINDEX, true));
        assert_asks_after(&f, 0);
        assert_changes(&f, answer(true), UPLINK_SAME, true);
}

static void test_without_a_way_any_link_may_bring_one(void **state) {
        Fixture f = watching();

        assert_idle(&f, link_event(UPLINK_IFINDEX, false));
        assert_asks_after(&f, UPLINK_DEBOUNCE_USEC);
        assert_changes(&f, answer(false), UPLINK_LOST, false);

        f.now_usec += USEC_PER_SEC;
        assert_idle(&f, link_event(OTHER_IFINDEX, false));
        assert_not_planned(&f);
        assert_idle(&f, link_event(OTHER_IFINDEX, true));
        assert_asks_after(&f, 0);
        assert_changes(&f, answer(true), UPLINK_BACK, true);
}

/* The way came back between two servers: of the second it is the first look-up, yet news. */
static void test_lost_and_back_at_another_server(void **state) {
        Fixture f = watching();

        assert_idle(&f, link_event(UPLINK_IFINDEX, false));
        assert_asks_after(&f, UPLINK_DEBOUNCE_USEC);
        assert_changes(&f, answer(false), UPLINK_LOST, false);

        f.now_usec += USEC_PER_SEC;
        assert_idle(&f,
                    (UplinkEvent){ .type = UPLINK_EVENT_WATCH, .address = address("10.9.8.8") });
        assert_asks_after(&f, 0);
        assert_changes(&f, answer(true), UPLINK_BACK, true);

        /* Said once. */
        f.now_usec += USEC_PER_SEC;
        assert_idle(&f,
                    (UplinkEvent){ .type = UPLINK_EVENT_WATCH, .address = address("10.9.8.7") });
        assert_asks_after(&f, 0);
        assert_int_equal(feed(&f, answer(true)).type, UPLINK_ACTION_FOUND);
}

/* Bad news waits, good news does not, and the earlier of two counts. */
static void test_debounce(void **state) {
        Fixture f = watching();

        assert_idle(&f, (UplinkEvent){ .type = UPLINK_EVENT_ROUTE_REMOVED });
        f.now_usec += USEC_PER_MSEC;
        assert_idle(&f, (UplinkEvent){ .type = UPLINK_EVENT_ROUTE_REMOVED });
        assert_int_equal(uplink_watcher_next_deadline(&f.watcher),
                         f.now_usec - USEC_PER_MSEC + UPLINK_DEBOUNCE_USEC);
        assert_idle(&f, (UplinkEvent){ .type = UPLINK_EVENT_ROUTE_ADDED });
        assert_asks_after(&f, 0);
        assert_idle(&f, answer(true)); /* the same: no news */
}

static void test_pace(void **state) {
        Fixture f = watching();

        assert_idle(&f, (UplinkEvent){ .type = UPLINK_EVENT_SLEPT });
        assert_asks_after(&f, 0);
        assert_idle(&f, (UplinkEvent){ .type = UPLINK_EVENT_ADDRESS_ADDED });
        assert_asks_after(&f, UPLINK_PACE_USEC);
}

static void test_our_address(void **state) {
        Fixture f = watching();
        UplinkEvent removed = { .type = UPLINK_EVENT_ADDRESS_REMOVED };

        removed.address = address("192.0.2.7"); /* another of this host */
        assert_idle(&f, removed);
        assert_asks_after(&f, UPLINK_DEBOUNCE_USEC);
        assert_idle(&f, answer(true));

        f.now_usec += USEC_PER_SEC;
        removed.address = address("192.0.2.1");
        assert_idle(&f, removed);
        assert_asks_after(&f, UPLINK_DEBOUNCE_USEC);
        assert_changes(&f, answer(true), UPLINK_SAME, true); /* it was away */
}

static void test_lost_announcements_are_a_disturbance(void **state) {
        Fixture f = watching();

        assert_idle(&f, (UplinkEvent){ .type = UPLINK_EVENT_RESYNC });
        assert_asks_after(&f, 0);
        assert_changes(&f, answer(true), UPLINK_SAME, true);
}

/* An error says nothing about the way, and must not be taken for the end of it. */
static void test_lost_answer(void **state) {
        Fixture f = watching();
        UplinkEvent lost = { .type = UPLINK_EVENT_ANSWER, .answer.error = -ENOBUFS };

        assert_idle(&f, (UplinkEvent){ .type = UPLINK_EVENT_RESYNC });
        assert_asks_after(&f, 0);
        assert_idle(&f, lost);
        assert_asks_after(&f, UPLINK_RETRY_USEC);
        assert_changes(&f, answer(true), UPLINK_SAME, true); /* still disturbed */
}

/* While the name is not resolved: a name server that came within reach is news, with no way yet. */
static void test_before_the_server_is_known(void **state) {
        Fixture f = { .now_usec = BEGIN };

        assert_idle(&f, (UplinkEvent){ .type = UPLINK_EVENT_WATCH });
        assert_int_not_equal(uplink_watcher_get_server(&f.watcher).s_addr, INADDR_ANY);
        assert_asks_after(&f, 0);
        assert_idle(&f, answer(false));

        f.now_usec += USEC_PER_SEC;
        assert_idle(&f, (UplinkEvent){ .type = UPLINK_EVENT_ADDRESS_ADDED });
        assert_asks_after(&f, 0);
        assert_changes(&f, answer(false), UPLINK_BACK, false);

        f.now_usec += USEC_PER_SEC;
        assert_idle(&f, (UplinkEvent){ .type = UPLINK_EVENT_ROUTE_ADDED });
        assert_asks_after(&f, 0);
        assert_idle(&f, answer(false)); /* said once for each address */
}

/* Who installs routes asks for the way, which a blip may have hidden from a look-up of its own. */
static void test_path(void **state) {
        const struct in_addr server = address("10.9.8.7");
        Fixture f = { .now_usec = BEGIN };

        assert_null(uplink_watcher_get_path(&f.watcher, server));
        f = watching();
        assert_non_null(uplink_watcher_get_path(&f.watcher, server));
        assert_int_equal(uplink_watcher_get_path(&f.watcher, server)->ifindex, UPLINK_IFINDEX);
        assert_null(uplink_watcher_get_path(&f.watcher, address("10.9.8.8")));

        feed(&f, link_event(UPLINK_IFINDEX, false));
        f.now_usec += USEC_PER_SEC;
        feed(&f, (UplinkEvent){ .type = UPLINK_EVENT_TIMER });
        feed(&f, answer(false));
        assert_null(uplink_watcher_get_path(&f.watcher, server));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_nobody_to_watch),
                cmocka_unit_test(test_another_server_is_looked_up_at_once),
                cmocka_unit_test(test_carrier),
                cmocka_unit_test(test_without_a_way_any_link_may_bring_one),
                cmocka_unit_test(test_lost_and_back_at_another_server),
                cmocka_unit_test(test_debounce),
                cmocka_unit_test(test_pace),
                cmocka_unit_test(test_our_address),
                cmocka_unit_test(test_lost_announcements_are_a_disturbance),
                cmocka_unit_test(test_lost_answer),
                cmocka_unit_test(test_before_the_server_is_known),
                cmocka_unit_test(test_path),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
