/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What the plugin says is read at once when that is asked for, and in turns with everything else.
 */

#include "test.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/macros.h"
#include "io/plugin-channel.h"

typedef struct Fixture {
        sd_event *event;
        PluginChannel *channel;
        int plugin_fd;
        bool free_on_message;
        size_t n_messages;
        size_t n_closed;
        int error;
        bool timer_ran;
} Fixture;

static void on_message(PluginChannel *c, const PluginMessage *message, void *userdata) {
        Fixture *f = userdata;

        assert_int_equal(message->type, PLUGIN_PHASE);
        assert_int_equal(f->n_closed, 0);
        f->n_messages++;
        if (f->free_on_message)
                f->channel = plugin_channel_free(c);
}

static void on_closed(PluginChannel *c, int error, void *userdata) {
        Fixture *f = userdata;

        f->n_closed++;
        f->error = error;
        f->channel = plugin_channel_free(c);
}

static int set_up(void **state) {
        Fixture *f = calloc(1, sizeof(*f));

        assert_non_null(f);
        assert_true(sd_event_new(&f->event) >= 0);
        assert_int_equal(
                plugin_channel_new(f->event, on_message, on_closed, f, &f->channel, &f->plugin_fd),
                0);
        *state = f;
        return 0;
}

static int tear_down(void **state) {
        Fixture *f = *state;

        plugin_channel_free(f->channel);
        if (f->plugin_fd >= 0)
                close(f->plugin_fd);
        sd_event_unref(f->event);
        free(f);
        return 0;
}

static size_t make_phase(uint8_t *buffer, size_t n_buffer) {
        const PluginMessage phase = {
                .type = PLUGIN_PHASE,
                .phase.phase = PLUGIN_PHASE_NETWORK,
        };
        int n = plugin_message_write(&phase, buffer, n_buffer);

        assert_true(n > 0);
        return (size_t) n;
}

static void say(Fixture *f, size_t n_times) {
        uint8_t message[PLUGIN_MESSAGE_MAX_BYTES];
        size_t n = make_phase(message, sizeof(message));

        for (size_t i = 0; i < n_times; i++)
                assert_int_equal(send(f->plugin_fd, message, n, MSG_NOSIGNAL), n);
}

static void hang_up(Fixture *f) {
        close(f->plugin_fd);
        f->plugin_fd = -EBADF;
}

/* What a plugin said that is gone is known when whoever noticed that asks; and then its end. */
static void test_read_to_the_end(void **state) {
        Fixture *f = *state;

        say(f, 100);
        hang_up(f);
        plugin_channel_read(f->channel);
        assert_int_equal(f->n_messages, 100);
        assert_int_equal(f->n_closed, 1);
        assert_int_equal(f->error, 0);
        assert_null(f->channel);
}

static void test_nothing_to_read(void **state) {
        Fixture *f = *state;

        plugin_channel_read(f->channel);
        assert_int_equal(f->n_messages, 0);
        assert_int_equal(f->n_closed, 0);
}

static void test_freed_by_its_callback(void **state) {
        Fixture *f = *state;

        say(f, 3);
        f->free_on_message = true;
        plugin_channel_read(f->channel);
        assert_int_equal(f->n_messages, 1);
        assert_null(f->channel);
}

static void test_nonsense(void **state) {
        Fixture *f = *state;

        assert_int_equal(send(f->plugin_fd, "?", 1, MSG_NOSIGNAL), 1);
        say(f, 1);
        plugin_channel_read(f->channel);
        assert_int_equal(f->n_messages, 0);
        assert_int_equal(f->n_closed, 1);
        assert_true(f->error < 0);
}

static int on_timer(_unused_ sd_event_source *source, _unused_ uint64_t usec, void *userdata) {
        Fixture *f = userdata;

        f->timer_ran = true;
        return 0;
}

/* A peer that floods pppd, and by it this channel, keeps us from nothing else. */
static void test_flood(void **state) {
        uint8_t message[PLUGIN_MESSAGE_MAX_BYTES];
        size_t n = make_phase(message, sizeof(message));
        Fixture *f = *state;
        pid_t pid;

        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0)
                for (;;)
                        (void) send(f->plugin_fd, message, n, MSG_NOSIGNAL);

        assert_true(sd_event_add_time_relative(f->event, NULL, CLOCK_MONOTONIC, 300 * USEC_PER_MSEC,
                                               0, on_timer, f) >= 0);
        for (unsigned i = 0; i < 1000000 && !f->timer_ran; i++)
                assert_true(sd_event_run(f->event, 50 * USEC_PER_MSEC) >= 0);

        assert_int_equal(kill(pid, SIGKILL), 0);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        assert_true(f->timer_ran);
        assert_true(f->n_messages > 100);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_read_to_the_end),
                TEST(test_nothing_to_read),
                TEST(test_freed_by_its_callback),
                TEST(test_nonsense),
                TEST(test_flood),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
