/* SPDX-License-Identifier: GPL-2.0-or-later */

/* io/data-path/clear-text-filter and -watch: what passes, what is dropped, and what is noticed. */

#include "test.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/data-path/clear-text-filter.h"
#include "io/data-path/clear-text-watch.h"
#include "network.h"

#define OUR_CALL 0x1234

/* ---- the filter of the call's own socket ---- */

/*
 * A socket that shows its filter what the driver's shows: the packet from the GRE header on.
 * Returns whether the packet passes.
 */
static bool passes(const uint8_t *gre, size_t n_gre) {
        uint8_t buffer[128];
        ssize_t n;
        int fds[2];

        assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fds), 0);
        assert_int_equal(clear_text_filter_attach(fds[1]), 0);
        (void) send(fds[0], gre, n_gre, MSG_DONTWAIT);
        n = recv(fds[1], buffer, sizeof(buffer), MSG_DONTWAIT);
        close(fds[0]);
        close(fds[1]);

        if (n >= 0) {
                /* Whole, if at all */
                assert_int_equal(n, n_gre);
                assert_memory_equal(buffer, gre, n_gre);
        }
        return n >= 0;
}

/* A PPP frame behind a header with a sequence number and, or not, an acknowledgement number. */
static bool frame_passes(const char *frame, size_t n_frame, bool acknowledges) {
        const uint8_t header[16] = { 0x30, acknowledges ? 0x81 : 0x01, 0x88, 0x0b };
        size_t n_header = acknowledges ? 16 : 12;
        uint8_t gre[128];

        memcpy(gre, header, n_header);
        memcpy(gre + n_header, frame, n_frame);
        return passes(gre, n_header + n_frame);
}

#define PASSES(frame)                                     \
        (frame_passes(frame, sizeof(frame) - 1, false) && \
         frame_passes(frame, sizeof(frame) - 1, true))
#define IS_DROPPED(frame)                                  \
        (!frame_passes(frame, sizeof(frame) - 1, false) && \
         !frame_passes(frame, sizeof(frame) - 1, true))

static void test_data(void **state) {
        /* Address and control or not, protocol of two bytes or of one */
        assert_true(IS_DROPPED("\xff\x03\x00\x21\x45\x00"));
        assert_true(IS_DROPPED("\xff\x03\x21\x45\x00"));
        assert_true(IS_DROPPED("\x00\x21\x45\x00"));
        assert_true(IS_DROPPED("\x21\x45\x00"));
        /* IPv6, and other data that nobody asked for: compressed TCP, MPLS */
        assert_true(IS_DROPPED("\xff\x03\x00\x57\x60\x00"));
        assert_true(IS_DROPPED("\x57\x60\x00"));
        assert_true(IS_DROPPED("\x00\x2d\x00\x00"));
        assert_true(IS_DROPPED("\x02\x81\x00\x00"));
}

static void test_encrypted(void **state) {
        assert_true(PASSES("\xff\x03\x00\xfd\x90\x00"));
        assert_true(PASSES("\xff\x03\xfd\x90\x00"));
        assert_true(PASSES("\x00\xfd\x90\x00"));
        assert_true(PASSES("\xfd\x90\x00"));
}

static void test_control(void **state) {
        assert_true(PASSES("\xff\x03\xc0\x21\x01\x01\x00\x04"));
        assert_true(PASSES("\xff\x03\xc2\x23\x01\x01\x00\x04"));
        assert_true(PASSES("\xff\x03\x80\xfd\x01\x01\x00\x04"));
        assert_true(PASSES("\x80\x21\x01\x01\x00\x04"));
}

/* An acknowledgement without a frame, and frames that end before their protocol. */
static void test_incomplete(void **state) {
        const uint8_t acknowledgement[12] = { 0x20, 0x81, 0x88, 0x0b };

        assert_true(passes(acknowledgement, sizeof(acknowledgement)));
        assert_true(IS_DROPPED(""));
        assert_true(IS_DROPPED("\x00"));
        assert_true(IS_DROPPED("\xff\x03"));
        assert_true(IS_DROPPED("\xff\x03\x00"));
}

/* ---- the watch ---- */

typedef struct Fixture {
        sd_event *event;
        ClearTextWatch *watch;
        int peer_fd;
        bool noticed, free_at_once;
        unsigned n_noticed;
} Fixture;

static void on_clear_text(ClearTextWatch *w, void *userdata) {
        Fixture *f = userdata;

        f->noticed = true;
        f->n_noticed++;
        if (f->free_at_once)
                f->watch = clear_text_watch_free(w);
}

static int set_up(void **state) {
        Fixture *f = calloc(1, sizeof(*f));

        assert_non_null(f);
        assert_true(sd_event_new(&f->event) >= 0);
        assert_int_equal(clear_text_watch_new(f->event, network_address(NETWORK_PEER), OUR_CALL,
                                              on_clear_text, f, &f->watch),
                         0);
        f->peer_fd = network_gre_in_peer();
        *state = f;
        return 0;
}

static int tear_down(void **state) {
        Fixture *f = *state;

        clear_text_watch_free(f->watch);
        close(f->peer_fd);
        sd_event_unref(f->event);
        free(f);
        return 0;
}

static void send_frame(Fixture *f, uint16_t call_id, const char *frame, size_t n_frame) {
        network_send_gre(f->peer_fd, 0x880b, call_id, 1, frame, n_frame);
}

#define SEND(f, call_id, frame) send_frame(f, call_id, frame, sizeof(frame) - 1)

static void test_notices(void **state) {
        Fixture *f = *state;

        for (int i = 0; i < 20; i++)
                SEND(f, OUR_CALL, "\xff\x03\x00\x21\x45\x00");
        assert_true(network_wait(f->event, &f->noticed, 10 * USEC_PER_SEC));

        /* Once, and not again before the pause is over */
        for (int i = 0; i < 20; i++) {
                SEND(f, OUR_CALL, "\x21\x45\x00");
                network_settle(f->event, 100 * USEC_PER_MSEC);
        }
        assert_int_equal(f->n_noticed, 1);
}

static void test_freed_by_its_callback(void **state) {
        Fixture *f = *state;

        f->free_at_once = true;
        SEND(f, OUR_CALL, "\xff\x03\x00\x21\x45\x00");
        assert_true(network_wait(f->event, &f->noticed, 10 * USEC_PER_SEC));
        assert_null(f->watch);
}

static void test_nothing_to_notice(void **state) {
        Fixture *f = *state;

        SEND(f, OUR_CALL, "\xff\x03\x00\xfd\x90\x00");
        SEND(f, OUR_CALL, "\xff\x03\xc0\x21\x09\x01\x00\x04");
        SEND(f, OUR_CALL + 1, "\xff\x03\x00\x21\x45\x00");
        network_send_gre(f->peer_fd, 0x0800, OUR_CALL, 1, "\x00\x21\x45", 3);
        network_settle(f->event, 500 * USEC_PER_MSEC);
        assert_false(f->noticed);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void) {
        const struct CMUnitTest filter_tests[] = {
                cmocka_unit_test(test_data),
                cmocka_unit_test(test_encrypted),
                cmocka_unit_test(test_control),
                cmocka_unit_test(test_incomplete),
        };
        const struct CMUnitTest watch_tests[] = {
                TEST(test_notices),
                TEST(test_freed_by_its_callback),
                TEST(test_nothing_to_notice),
        };
        int n_failed;

        n_failed = cmocka_run_group_tests(filter_tests, NULL, NULL);
        if (n_failed > 0)
                return n_failed;

        network_enter();
        network_add_peer();
        return cmocka_run_group_tests(watch_tests, NULL, NULL);
}
