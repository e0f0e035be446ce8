/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The supervisor's end of the pair, with a plugin that says right things and wrong ones. */

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/macros.h"
#include "io/plugin-channel.h"

typedef struct Fixture {
        sd_event *event;
        PluginChannel *channel;
        int plugin_fd;
        unsigned n_messages;
        PluginMessageType type;
        size_t n_data;
        bool closed, free_at_message;
        int error;
} Fixture;

static void on_message(PluginChannel *c, const PluginMessage *m, void *userdata) {
        Fixture *f = userdata;

        f->n_messages++;
        f->type = m->type;
        f->n_data = m->type == PLUGIN_PACKET ? m->frame.n_data : 0;
        if (f->free_at_message)
                f->channel = plugin_channel_free(c);
}

static void on_closed(PluginChannel *c, int error, void *userdata) {
        Fixture *f = userdata;

        assert_false(f->closed);
        f->closed = true;
        f->error = error;
}

static int set_up(void **state) {
        Fixture *f = calloc(1, sizeof(*f));

        assert_non_null(f);
        assert_int_equal(sd_event_new(&f->event), 0);
        assert_int_equal(
                plugin_channel_new(f->event, on_message, on_closed, f, &f->channel, &f->plugin_fd),
                0);
        *state = f;
        return 0;
}

static int tear_down(void **state) {
        Fixture *f = *state;

        plugin_channel_free(f->channel);
        sd_event_unref(f->event);
        if (f->plugin_fd >= 0)
                close(f->plugin_fd);
        free(f);
        return 0;
}

static void run(Fixture *f) {
        while (sd_event_run(f->event, 0) > 0)
                ;
}

static void say(Fixture *f, const void *data, size_t n_data) {
        assert_int_equal(send(f->plugin_fd, data, n_data, MSG_NOSIGNAL), n_data);
}

/* A packet of pppd's with a frame of so many bytes, which plugin_message_write() may refuse. */
static void say_packet(Fixture *f, size_t n_frame) {
        uint8_t buffer[8192] = { PLUGIN_MESSAGE_VERSION, PLUGIN_PACKET, 1, 0xc0, 0x21 };

        say(f, buffer, 3 + n_frame);
}

static void test_messages(void **state) {
        const uint8_t ip_down[] = { PLUGIN_MESSAGE_VERSION, PLUGIN_IP_DOWN };
        Fixture *f = *state;

        say(f, ip_down, sizeof(ip_down));
        say_packet(f, PLUGIN_FRAME_MAX_BYTES);
        run(f);
        assert_int_equal(f->n_messages, 2);
        assert_int_equal(f->type, PLUGIN_PACKET);
        assert_int_equal(f->n_data, PLUGIN_FRAME_MAX_BYTES);
        assert_false(f->closed);
}

/* What is too long is nonsense as a whole, wherever it is cut off. */
static void test_oversized(void **state) {
        const size_t sizes[] = { PLUGIN_FRAME_MAX_BYTES + 1, PLUGIN_FRAME_MAX_BYTES + 2, 8000 };

        for (size_t i = 0; i < ELEMENTSOF(sizes); i++) {
                Fixture *f;

                if (i > 0) {
                        tear_down(state);
                        set_up(state);
                }
                f = *state;
                say_packet(f, sizes[i]);
                run(f);
                assert_int_equal(f->n_messages, 0);
                assert_true(f->closed);
                assert_int_equal(f->error, -EPROTO);
        }
}

static void test_nonsense(void **state) {
        const uint8_t unknown[] = { PLUGIN_MESSAGE_VERSION, 200 };
        Fixture *f = *state;

        say(f, unknown, sizeof(unknown));
        say_packet(f, 10);
        run(f);
        assert_int_equal(f->error, -EPROTO);
        assert_int_equal(f->n_messages, 0); /* nothing follows */
}

static void test_other_build(void **state) {
        const uint8_t other[] = { PLUGIN_MESSAGE_VERSION + 1, PLUGIN_IP_DOWN };
        Fixture *f = *state;

        say(f, other, sizeof(other));
        run(f);
        assert_int_equal(f->error, -EPROTONOSUPPORT);
}

static void test_end(void **state) {
        Fixture *f = *state;

        say_packet(f, 10);
        close(f->plugin_fd);
        f->plugin_fd = -EBADF;
        run(f);
        assert_int_equal(f->n_messages, 1);
        assert_true(f->closed);
        assert_int_equal(f->error, 0);
        assert_int_equal(plugin_channel_send(f->channel, &(PluginMessage){ .type = PLUGIN_SETUP }),
                         -EPIPE);
}

/* A plugin that ends without having read all that it was told: its last words count as well. */
static void test_end_without_reading(void **state) {
        const uint8_t exiting[] = { PLUGIN_MESSAGE_VERSION, PLUGIN_EXITING, 15 };
        const PluginMessage password = { .type = PLUGIN_PASSWORD };
        PluginMessage parsed;
        Fixture *f = *state;

        assert_int_equal(plugin_message_parse(exiting, sizeof(exiting), &parsed), 0);
        assert_int_equal(plugin_channel_send(f->channel, &password), 0);
        say(f, exiting, sizeof(exiting));
        close(f->plugin_fd);
        f->plugin_fd = -EBADF;
        run(f);
        assert_int_equal(f->n_messages, 1);
        assert_int_equal(f->type, PLUGIN_EXITING);
        assert_true(f->closed);
        assert_int_equal(f->error, 0);
}

static void test_freed_by_its_callback(void **state) {
        Fixture *f = *state;

        f->free_at_message = true;
        say_packet(f, 10);
        say_packet(f, 10);
        run(f);
        assert_int_equal(f->n_messages, 1);
        assert_null(f->channel);
}

/* Receives TRANSPORT, and the descriptor that came with it. */
static int receive_transport(Fixture *f) {
        union {
                struct cmsghdr header;
                uint8_t bytes[CMSG_SPACE(sizeof(int))];
        } control;
        uint8_t buffer[PLUGIN_MESSAGE_MAX_BYTES];
        struct iovec vector = { .iov_base = buffer, .iov_len = sizeof(buffer) };
        struct msghdr packet = {
                .msg_iov = &vector,
                .msg_iovlen = 1,
                .msg_control = control.bytes,
                .msg_controllen = sizeof(control.bytes),
        };
        PluginMessage message;
        int fd = -EBADF;

        assert_int_equal(
                plugin_message_parse(buffer, (size_t) recvmsg(f->plugin_fd, &packet, 0), &message),
                0);
        assert_int_equal(message.type, PLUGIN_TRANSPORT);
        assert_non_null(CMSG_FIRSTHDR(&packet));
        memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&packet)), sizeof(fd));
        return fd;
}

/* It arrives with its message, also if ours was closed meanwhile; and nothing of it is left. */
static void test_descriptor(void **state) {
        const PluginMessage transport = { .type = PLUGIN_TRANSPORT };
        Fixture *f = *state;
        int fds[2], copy;
        char byte;

        assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
        assert_int_equal(plugin_channel_send_fd(f->channel, &transport, fds[1]), 0);
        close(fds[1]);
        copy = receive_transport(f);
        assert_int_equal(write(copy, "x", 1), 1);
        assert_int_equal(read(fds[0], &byte, 1), 1);
        close(copy);
        assert_int_equal(read(fds[0], &byte, 1), 0);
        close(fds[0]);
}

/* A plugin that does not read cannot block us. */
static void test_full(void **state) {
        Fixture *f = *state;
        int r;

        for (int i = 0; i < 100000; i++) {
                r = plugin_channel_send(f->channel, &(PluginMessage){ .type = PLUGIN_SETUP });
                if (r < 0)
                        break;
        }
        assert_int_equal(r, -EAGAIN);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_messages),   TEST(test_oversized),
                TEST(test_nonsense),   TEST(test_other_build),
                TEST(test_end),        TEST(test_freed_by_its_callback),
                TEST(test_full),       TEST(test_end_without_reading),
                TEST(test_descriptor),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
