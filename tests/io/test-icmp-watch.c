/* SPDX-License-Identifier: GPL-2.0-or-later */

/* io/icmp-watch: which of the ICMP errors that come in are about our call. */

#include "test.h"

#include <errno.h>
#include <netinet/ip_icmp.h>

#include "io/icmp-watch.h"
#include "network.h"

#define PEER_CALL 0x5678

typedef struct Fixture {
        sd_event *event;
        IcmpWatch *watch;
        bool free_on_error;
        bool heard;
        unsigned n_errors;
        int error;
        struct in_addr offender;
} Fixture;

static void on_error(IcmpWatch *w, int error, struct in_addr offender, void *userdata) {
        Fixture *f = userdata;

        f->heard = true;
        f->n_errors++;
        f->error = error;
        f->offender = offender;
        if (f->free_on_error)
                f->watch = icmp_watch_free(w);
}

static int setup(void **state) {
        Fixture *f = calloc(1, sizeof(*f));

        assert_non_null(f);
        assert_true(sd_event_new(&f->event) >= 0);
        assert_int_equal(icmp_watch_new(f->event, network_address(NETWORK_PEER), PEER_CALL,
                                        on_error, f, &f->watch),
                         0);
        *state = f;
        return 0;
}

static int teardown(void **state) {
        Fixture *f = *state;

        icmp_watch_free(f->watch);
        sd_event_unref(f->event);
        free(f);
        return 0;
}

static void test_errors(void **state) {
        static const struct {
                uint8_t code;
                int error;
        } cases[] = {
                { ICMP_NET_UNREACH, -ENETUNREACH },  { ICMP_HOST_UNREACH, -EHOSTUNREACH },
                { ICMP_PROT_UNREACH, -ENOPROTOOPT }, { ICMP_NET_ANO, -ENETUNREACH },
                { ICMP_HOST_ANO, -EHOSTUNREACH },    { ICMP_PKT_FILTERED, -EHOSTUNREACH },
        };
        Fixture *f = *state;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                f->heard = false;
                network_refuse_gre(cases[i].code, PEER_CALL);
                assert_true(network_wait(f->event, &f->heard, 10 * USEC_PER_SEC));
                assert_int_equal(f->error, cases[i].error);
                assert_int_equal(f->offender.s_addr, network_address(NETWORK_PEER).s_addr);
        }
        assert_int_equal(f->n_errors, ELEMENTSOF(cases));
}

/* Of another call, and a packet that is only too long: the tunnel's business in neither case. */
static void test_what_is_no_error_of_ours(void **state) {
        Fixture *f = *state;

        network_refuse_gre(ICMP_HOST_UNREACH, PEER_CALL + 1);
        network_refuse_gre(ICMP_FRAG_NEEDED, PEER_CALL);
        network_settle(f->event, 100 * USEC_PER_MSEC);
        assert_int_equal(f->n_errors, 0);
}

static void test_freed_by_its_callback(void **state) {
        Fixture *f = *state;

        f->free_on_error = true;
        network_refuse_gre(ICMP_HOST_UNREACH, PEER_CALL);
        network_refuse_gre(ICMP_HOST_UNREACH, PEER_CALL);
        assert_true(network_wait(f->event, &f->heard, 10 * USEC_PER_SEC));
        network_settle(f->event, 100 * USEC_PER_MSEC);
        assert_int_equal(f->n_errors, 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_errors),
                TEST(test_what_is_no_error_of_ours),
                TEST(test_freed_by_its_callback),
        };

        network_enter();
        network_add_peer();

        return cmocka_run_group_tests(tests, NULL, NULL);
}
