/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h> /* before those of linux/, which know it */
#include <linux/if_pppox.h>
#include <linux/ppp-ioctl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/data-path/kernel-path.h"
#include "network.h"

#define PEER_CALL 0x5678

static const uint8_t configure_request[] = { 0xc0, 0x21, 1, 1, 0, 4 };

typedef struct Fixture {
        sd_event *event;
        DataPath *call;
        int peer_fd;
        bool failed;
        int error;
        struct in_addr offender;
} Fixture;

static void on_error(DataPath *p, int error, struct in_addr offender, void *userdata) {
        Fixture *f = userdata;

        assert_ptr_equal(p, f->call);
        f->failed = true;
        f->error = error;
        f->offender = offender;
}

static void open_call(Fixture *f, const char *device, uint32_t mark, DataPath **ret_call) {
        const DataPathOptions options = {
                .local_address = network_address(NETWORK_LOCAL),
                .server = network_address(NETWORK_PEER),
                .bind_to_device = device,
                .firewall_mark = mark,
                .on_error = on_error,
                .userdata = f,
        };

        assert_int_equal(data_path_open(&kernel_path_driver, f->event, &options, ret_call), 0);
}

/* The same call with other options, which are those of all its sockets from the beginning. */
static void reopen_call(Fixture *f, const char *device, uint32_t mark) {
        f->call = data_path_free(f->call);
        open_call(f, device, mark, &f->call);
}

static int setup(void **state) {
        Fixture *f = calloc(1, sizeof(*f));

        assert_non_null(f);
        assert_true(sd_event_new(&f->event) >= 0);
        open_call(f, NULL, 0, &f->call);
        f->peer_fd = network_gre_in_peer();
        *state = f;
        return 0;
}

static int teardown(void **state) {
        Fixture *f = *state;

        data_path_free(f->call);
        if (f->peer_fd >= 0)
                close(f->peer_fd);
        sd_event_unref(f->event);
        free(f);
        return 0;
}

static void send_configure_request(Fixture *f, uint8_t sequence) {
        network_send_gre(f->peer_fd, 0x880b, data_path_get_call_id(f->call), sequence,
                         configure_request, sizeof(configure_request));
}

/* As pppd does it: attaches to the channel and writes a frame, which the driver sends. */
static void write_frame(Fixture *f) {
        const uint8_t frame[] = { 0xc0, 0x21, 9, 1, 0, 8, 0, 0, 0, 0 };
        int channel, fd;

        fd = open("/dev/ppp", O_RDWR | O_CLOEXEC);
        assert_true(fd >= 0);
        assert_int_equal(ioctl(data_path_get_transport(f->call), PPPIOCGCHAN, &channel), 0);
        assert_int_equal(ioctl(fd, PPPIOCATTCHAN, &channel), 0);
        assert_int_equal(write(fd, frame, sizeof(frame)), sizeof(frame));
        close(fd);
}

static void settle(Fixture *f) {
        network_settle(f->event, 100 * USEC_PER_MSEC);
}

static void test_call_ids(void **state) {
        DataPath *others[20];
        Fixture *f = *state;

        assert_int_not_equal(data_path_get_call_id(f->call), 0);
        for (size_t i = 0; i < ELEMENTSOF(others); ++i) {
                open_call(f, NULL, 0, &others[i]);
                assert_int_not_equal(data_path_get_call_id(others[i]),
                                     data_path_get_call_id(f->call));
        }
        for (size_t i = 0; i < ELEMENTSOF(others); ++i)
                data_path_free(others[i]);
}

/* The server is faster than we are: what it says before we are ready is not lost. */
static void test_early_frame(void **state) {
        const DataPathFrame *frames;
        Fixture *f = *state;
        int channel;

        send_configure_request(f, 0);
        assert_int_equal(data_path_connect(f->call, PEER_CALL, true), 0);
        assert_int_equal(data_path_get_early_frames(f->call, &frames), 1);
        assert_int_equal(frames[0].n_data, sizeof(configure_request));
        assert_memory_equal(frames[0].data, configure_request, sizeof(configure_request));

        /* The driver has made a channel of it, which is what pppd wants. */
        assert_int_equal(ioctl(data_path_get_transport(f->call), PPPIOCGCHAN, &channel), 0);
        assert_true(channel >= 0);

        send_configure_request(f, 1);
        settle(f);
        assert_int_equal(data_path_get_early_frames(f->call, &frames), 1);

        data_path_settle(f->call);
        assert_int_equal(data_path_get_early_frames(f->call, &frames), 0);
        assert_int_equal(data_path_test_output(f->call), -EBADF);
        data_path_settle(f->call);
}

/* The driver tells nobody when the server's host refuses GRE; the raw socket hears it. */
static void test_error_of_what_the_driver_sends(void **state) {
        Fixture *f = *state;

        if (system("nft list tables >/dev/null 2>&1") != 0)
                skip();

        network_run_in_peer("nft 'table ip t { chain in { type filter hook input priority 0; "
                            "ip protocol gre reject with icmp type prot-unreachable; }; }'");
        assert_int_equal(data_path_connect(f->call, PEER_CALL, true), 0);
        write_frame(f);
        assert_true(network_wait(f->event, &f->failed, 10 * USEC_PER_SEC));
        network_run_in_peer("nft delete table ip t");
        assert_int_equal(f->error, -ENOPROTOOPT);
        assert_int_equal(f->offender.s_addr, network_address(NETWORK_PEER).s_addr);
}

/* Hears what the server gets: the frame goes where the mark or the interface says. */
static size_t count_at_peer(Fixture *f) {
        uint8_t packet[256];
        size_t n = 0;

        settle(f);
        while (recv(f->peer_fd, packet, sizeof(packet), MSG_DONTWAIT) > 0)
                ++n;

        return n;
}

/* Only with the mark is there a way to the server. */
static void test_firewall_mark(void **state) {
        Fixture *f = *state;

        network_run("ip rule add fwmark 7 lookup 77 priority 10");
        network_run("ip rule add to " NETWORK_PEER " priority 20 prohibit");
        network_run("ip route add " NETWORK_PEER " dev uplink table 77");

        reopen_call(f, NULL, 7);
        assert_int_equal(data_path_test_output(f->call), 0);
        assert_int_equal(count_at_peer(f), 1);
        assert_int_equal(data_path_connect(f->call, PEER_CALL, true), 0);
        write_frame(f);
        assert_int_equal(count_at_peer(f), 1);

        network_run("ip rule delete priority 10 && ip rule delete priority 20");
        network_run("ip route flush table 77");
}

/* The route table points elsewhere. */
static void test_bind_to_device(void **state) {
        Fixture *f = *state;

        network_run("ip link add wrong type veth peer name end && ip link set wrong up");
        network_run("ip route add " NETWORK_PEER "/32 dev wrong");
        reopen_call(f, "uplink", 0);
        assert_int_equal(data_path_connect(f->call, PEER_CALL, true), 0);
        write_frame(f);
        assert_int_equal(count_at_peer(f), 1);
        network_run("ip link delete wrong");
}

/* The other half of the test above: without the mark nothing gets there. */
static void test_no_way_to_the_server(void **state) {
        Fixture *f = *state;

        network_run("ip rule add to " NETWORK_PEER " priority 20 prohibit");
        if (data_path_connect(f->call, PEER_CALL, true) >= 0)
                write_frame(f);
        assert_int_equal(count_at_peer(f), 0);
        network_run("ip rule delete priority 20");
}

static bool has_driver(void) {
        int fd;

        fd = socket(AF_PPPOX, SOCK_STREAM | SOCK_CLOEXEC, PX_PROTO_PPTP);
        if (fd < 0)
                return false;

        close(fd);
        return true;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_call_ids),
                TEST(test_early_frame),
                TEST(test_error_of_what_the_driver_sends),
                TEST(test_firewall_mark),
                TEST(test_bind_to_device),
                TEST(test_no_way_to_the_server),
        };

        if (!has_driver()) {
                fprintf(stderr, "skipped: the kernel has no PPTP driver: %m\n");
                return 77;
        }

        network_enter();
        network_add_peer();

        return cmocka_run_group_tests(tests, NULL, NULL);
}
