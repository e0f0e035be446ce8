/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the supervisor is told, and what becomes of pppd when nobody listens. */

#include "tests/hooks/fake-pppd.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>

static void start(void) {
        PluginMessage setup = fake_pppd_make_setup();

        setup.setup.mppe = (MppePolicy){ 0 };
        fake_pppd_start(&setup);
}

static PluginPhase hear_phase(void) {
        return fake_pppd_hear_type(PLUGIN_PHASE)->phase.phase;
}

static void test_phases(void **state) {
        const struct {
                int phase;
                PluginPhase expected;
        } phases[] = {
                { PHASE_INITIALIZE, PLUGIN_PHASE_INITIALIZE },
                { PHASE_SERIALCONN, PLUGIN_PHASE_INITIALIZE },
                { PHASE_CALLBACK, PLUGIN_PHASE_OTHER },
                { PHASE_ESTABLISH, PLUGIN_PHASE_ESTABLISH },
                { PHASE_AUTHENTICATE, PLUGIN_PHASE_AUTHENTICATE },
                { PHASE_NETWORK, PLUGIN_PHASE_NETWORK },
                { PHASE_RUNNING, PLUGIN_PHASE_RUNNING },
                { PHASE_TERMINATE, PLUGIN_PHASE_TERMINATE },
                { PHASE_DEAD, PLUGIN_PHASE_DEAD },
        };

        start();
        for (size_t i = 0; i < ELEMENTSOF(phases); i++) {
                fake_pppd_set_phase(phases[i].phase);
                assert_int_equal(hear_phase(), phases[i].expected);
        }
}

/* An echo failure ends up as a hangup: what counts is the status when the end began. */
static void test_first_status(void **state) {
        start();
        fake_pppd_set_phase(PHASE_NETWORK);
        pppd_set_status(EXIT_PEER_DEAD);
        fake_pppd_set_phase(PHASE_TERMINATE);
        assert_int_equal(fake_pppd_hear_type(PLUGIN_EXITING)->exiting.status, EXIT_PEER_DEAD);

        /* Earlier phases once more, on the way down */
        pppd_set_status(EXIT_HANGUP);
        fake_pppd_set_phase(PHASE_ESTABLISH);
        fake_pppd_set_phase(PHASE_DEAD);
        fake_pppd_exit(EXIT_HANGUP);
        assert_int_equal(hear_phase(), PLUGIN_PHASE_DEAD);
        assert_false(fake_pppd_heard_type(PLUGIN_EXITING));
}

static void test_exit_without_a_phase(void **state) {
        start();
        fake_pppd_exit(EXIT_OPTION_ERROR);
        assert_int_equal(fake_pppd_hear_type(PLUGIN_EXITING)->exiting.status, EXIT_OPTION_ERROR);
}

static void test_packets(void **state) {
        unsigned char packet[] = { 0xff, 0x03, 0xc0, 0x21, 1, 1, 0, 4 };
        const PluginMessage *m;

        start();
        fake_pppd_receive(PROTOCOL_LCP, TERMREQ, 3, "bye", 3);
        m = fake_pppd_hear();
        assert_int_equal(m->type, PLUGIN_PACKET);
        assert_false(m->frame.sent);
        assert_memory_equal(m->frame.data, "\xc0\x21\5\3\0\7bye", 9);
        assert_int_equal(m->frame.n_data, 9);

        output(0, packet, sizeof(packet));
        m = fake_pppd_hear();
        assert_true(m->frame.sent);
        assert_int_equal(m->frame.n_data, 6);

        /* Nothing behind address and control */
        snoop_recv_hook(packet, 2);
        assert_false(fake_pppd_heard_type(PLUGIN_PACKET));
}

static void test_no_scripts(void **state) {
        start();
        assert_string_equal(path_ipup, "");
}

/* Packets that do not fit are lost; a message that is the only one of its kind is not. */
static void test_full_channel(void **state) {
        unsigned n = 0;

        start();
        for (int i = 0; i < 2000; i++)
                fake_pppd_receive(PROTOCOL_LCP, ECHOREQ, 1, "\0\0\0\0", 4);
        while (n < 2000 && fake_pppd_hear()->type == PLUGIN_PACKET && fake_pppd_has_message())
                n++;
        assert_in_range(n, 10, 1999);
        fake_pppd_set_phase(PHASE_ESTABLISH);
        assert_int_equal(hear_phase(), PLUGIN_PHASE_ESTABLISH);
}

/* Without a supervisor nobody takes the routes away: pppd says goodbye to the peer, and ends. */
static void test_supervisor_gone(void **state) {
        start();
        fake_pppd_expect_end();
        fake_pppd_close_channel();
        fake_pppd_set_phase(PHASE_ESTABLISH);
        assert_true(fake_pppd_was_ended());

        /* Once */
        fake_pppd_set_phase(PHASE_NETWORK);
}

/* ---- how it begins ---- */

static void test_no_setup(void **state) {
        assert_false(fake_pppd_check_options());
}

static void test_no_socket(void **state) {
        PluginMessage setup = fake_pppd_make_setup();

        fake_pppd_tell(&setup);
        fake_pppd_set_option("pptp-supervisor-socket", 0);
        assert_false(fake_pppd_check_options());
        fake_pppd_set_option("pptp-supervisor-socket", -1);
        assert_false(fake_pppd_check_options());
}

static void test_gone_before(void **state) {
        PluginMessage setup = fake_pppd_make_setup();

        fake_pppd_tell(&setup);
        fake_pppd_close_channel();
        assert_false(fake_pppd_check_options());
}

/* pppd talks through /dev/ppp once the kernel has joined the channel to it. */
static void test_transport(void **state) {
        int fd;

        start();
        fd = fake_pppd_connect(1404);
        assert_true(fd >= 0);
        assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
        assert_int_equal(lcp_allowoptions[0].mru, 1404);
        assert_int_equal(lcp_wantoptions[0].mru, 1404);
        assert_true(lcp_wantoptions[0].neg_mru);

        assert_int_equal(the_channel->establish_ppp(fd), fd);
        assert_int_equal(fcntl(fd, F_GETFD), -1);
}

/* The wait for it ends at once with the supervisor, with nonsense, and with a signal. */
static void test_no_transport(void **state) {
        start();
        fake_pppd_tell(&(PluginMessage){ .type = PLUGIN_TRANSPORT }); /* without a descriptor */
        assert_true(the_channel->connect() < 0);

        fake_pppd_close_channel();
        assert_true(the_channel->connect() < 0);
}

static void on_alarm(int signal_number) {
        fake_pppd_signal(signal_number);
}

static void test_signal_instead_of_transport(void **state) {
        const struct itimerval soon = { .it_value.tv_usec = 50000 };

        start();
        assert_true(signal(SIGALRM, on_alarm) != SIG_ERR);
        assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
        assert_true(the_channel->connect() < 0);
        assert_int_equal(pppd_get_status(), EXIT_USER_REQUEST);
        signal(SIGALRM, SIG_DFL);

        /* One that came before the wait counts as well, and before a transport that is there. */
        assert_true(fake_pppd_connect(1404) < 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_pppd_set_up, fake_pppd_tear_down)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_phases),
                TEST(test_first_status),
                TEST(test_exit_without_a_phase),
                TEST(test_packets),
                TEST(test_no_scripts),
                TEST(test_full_channel),
                TEST(test_supervisor_gone),
                TEST(test_no_setup),
                TEST(test_no_socket),
                TEST(test_gone_before),
                TEST(test_transport),
                TEST(test_no_transport),
                TEST(test_signal_instead_of_transport),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
