/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/socket-filter.h"
#include "network.h"

/* Experimental, RFC 3692: nobody but this test sends it. */
#define PROTOCOL 253

/* Passes packets whose first byte after the IPv4 header is 'y'. */
static const struct sock_filter filter[] = {
        BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
        BPF_STMT(BPF_LD | BPF_B | BPF_IND, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 'y', 0, 1),
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
        BPF_STMT(BPF_RET | BPF_K, 0),
};

static int open_raw(void) {
        int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, PROTOCOL);

        assert_true(fd >= 0);
        return fd;
}

/* Over lo: it is there when sendto() returns. */
static void say(int fd, char what) {
        const struct sockaddr_in address = {
                .sin_family = AF_INET,
                .sin_addr = network_address("127.0.0.1"),
        };

        assert_int_equal(
                sendto(fd, &what, 1, 0, (const struct sockaddr *) &address, sizeof(address)), 1);
}

/* Who sends one more packet whenever the queue was found empty; -EBADF: nobody. */
static int flooder = -EBADF;

ssize_t __real_recv(int fd, void *buffer, size_t n_buffer, int flags);
ssize_t __wrap_recv(int fd, void *buffer, size_t n_buffer, int flags);

ssize_t __wrap_recv(int fd, void *buffer, size_t n_buffer, int flags) {
        ssize_t n = __real_recv(fd, buffer, n_buffer, flags);
        int error = errno;

        if (n < 0 && flooder >= 0)
                say(flooder, 'n');
        errno = error;
        return n;
}

static size_t count(int fd) {
        char packet[64];
        size_t n = 0;

        while (recv(fd, packet, sizeof(packet), MSG_DONTWAIT) >= 0)
                n++;
        assert_int_equal(errno, EAGAIN);
        return n;
}

/* What came before the filter is gone, even what it would have passed: nobody has asked for it. */
static void test_attach(_unused_ void **state) {
        int fd = open_raw(), sender = open_raw();

        for (size_t i = 0; i < 6; i++)
                say(sender, i % 2 == 0 ? 'y' : 'n');
        assert_int_equal(socket_attach_filter(fd, filter, ELEMENTSOF(filter)), 0);
        assert_int_equal(count(fd), 0);

        say(sender, 'n');
        say(sender, 'y');
        assert_int_equal(count(fd), 1);
        close(fd);
        close(sender);
}

/* More comes while the queue is drained, even behind the look that found it empty. */
static void test_attach_while_more_comes(_unused_ void **state) {
        int fd = open_raw();

        flooder = open_raw();
        say(flooder, 'n');
        assert_int_equal(socket_attach_filter(fd, filter, ELEMENTSOF(filter)), 0);
        close(flooder);
        flooder = -EBADF;
        assert_int_equal(count(fd), 0);
        close(fd);
}

/* What has been heard stays; only what comes is judged by the new filter. */
static void test_replace(_unused_ void **state) {
        int fd = open_raw(), sender = open_raw();

        say(sender, 'n');
        assert_int_equal(socket_replace_filter(fd, filter, ELEMENTSOF(filter)), 0);
        say(sender, 'n');
        say(sender, 'y');
        assert_int_equal(count(fd), 2);
        close(fd);
        close(sender);
}

static void test_errors(_unused_ void **state) {
        const struct sock_filter endless[] = { BPF_STMT(BPF_LD | BPF_IMM, 0) };
        int fd = open_raw();

        assert_int_equal(socket_attach_filter(-EBADF, filter, ELEMENTSOF(filter)), -EBADF);
        assert_int_equal(socket_attach_filter(fd, endless, ELEMENTSOF(endless)), -EINVAL);
        close(fd);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_attach),
                cmocka_unit_test(test_attach_while_more_comes),
                cmocka_unit_test(test_replace),
                cmocka_unit_test(test_errors),
        };

        network_enter();

        return cmocka_run_group_tests(tests, NULL, NULL);
}
