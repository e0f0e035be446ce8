/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/resolver.h"
#include "network.h"

#define TIMEOUT_USEC (5 * USEC_PER_SEC)

typedef struct Fixture {
        sd_event *event;
        Resolver *resolver;
        bool done;
        ResolverResult result;
        struct in_addr addresses[RESOLVER_ADDRESSES_MAX];
} Fixture;

static void on_resolved(Resolver *r, const ResolverResult *result, void *userdata) {
        Fixture *f = userdata;

        assert_ptr_equal(r, f->resolver);
        assert_false(f->done);
        f->done = true;
        f->result = *result;
        if (result->n_addresses > 0)
                memcpy(f->addresses, result->addresses,
                       result->n_addresses * sizeof(struct in_addr));
        f->resolver = resolver_free(r);
}

static int setup(void **state) {
        Fixture *f = calloc(1, sizeof(*f));

        assert_non_null(f);
        assert_true(sd_event_new(&f->event) >= 0);
        *state = f;
        return 0;
}

static int teardown(void **state) {
        Fixture *f = *state;

        resolver_free(f->resolver);
        sd_event_unref(f->event);
        free(f);
        return 0;
}

static void start(Fixture *f, const char *name, uint64_t timeout_usec) {
        f->done = false;
        assert_int_equal(resolver_new(f->event, name, timeout_usec, on_resolved, f, &f->resolver),
                         0);
        assert_false(f->done);
}

static void resolve(Fixture *f, const char *name) {
        start(f, name, TIMEOUT_USEC);
        assert_true(network_wait(f->event, &f->done, 2 * TIMEOUT_USEC));
}

static void assert_address(const Fixture *f, size_t i, const char *text) {
        assert_true(i < f->result.n_addresses);
        assert_int_equal(f->addresses[i].s_addr, network_address(text).s_addr);
}

/* The name server is a child too, so that one is left. */
static void assert_no_child_but_the_server(void) {
        FILE *f;
        int a, n;

        f = fopen("/proc/thread-self/children", "re");
        if (!f)
                skip();
        n = fscanf(f, "%d %d", &a, &a);
        fclose(f);
        assert_int_equal(n, 1);
}

static void test_literal(void **state) {
        Fixture *f = *state;

        resolve(f, "192.0.2.7");
        assert_int_equal(f->result.error, 0);
        assert_int_equal(f->result.eai, 0);
        assert_int_equal(f->result.n_addresses, 1);
        assert_address(f, 0, "192.0.2.7");
}

static void test_literal_cancelled(void **state) {
        Fixture *f = *state;

        start(f, "192.0.2.7", TIMEOUT_USEC);
        f->resolver = resolver_free(f->resolver);
        network_settle(f->event, 10 * USEC_PER_MSEC);
        assert_false(f->done);
}

static void test_ipv6_literal(void **state) {
        Fixture *f = *state;

        resolve(f, "2001:db8::1");
        assert_int_equal(f->result.eai, 0);
        assert_int_equal(f->result.n_addresses, 0);
        assert_true(f->result.only_ipv6);
}

static void test_hosts_file(void **state) {
        Fixture *f = *state;

        resolve(f, "both.test");
        assert_int_equal(f->result.error, 0);
        assert_int_equal(f->result.n_addresses, 2);
        assert_false(f->result.only_ipv6);

        resolve(f, "six.test");
        assert_int_equal(f->result.eai, 0);
        assert_int_equal(f->result.n_addresses, 0);
        assert_true(f->result.only_ipv6);
}

static void test_dns(void **state) {
        Fixture *f = *state;

        resolve(f, "good.example");
        assert_int_equal(f->result.error, 0);
        assert_int_equal(f->result.eai, 0);
        assert_int_equal(f->result.n_addresses, 1);
        assert_address(f, 0, "192.0.2.53");
}

static void test_no_such_name(void **state) {
        Fixture *f = *state;

        resolve(f, "nowhere.example");
        assert_int_equal(f->result.error, 0);
        assert_int_equal(f->result.eai, EAI_NONAME);
        assert_int_equal(f->result.n_addresses, 0);
        assert_no_child_but_the_server();
}

static void test_server_failure(void **state) {
        Fixture *f = *state;

        resolve(f, "fail.example");
        assert_int_equal(f->result.eai, EAI_AGAIN);
}

/* An IPv6 address alone says nothing as long as the other question fails. */
static void test_only_ipv6(void **state) {
        Fixture *f = *state;

        resolve(f, "six.example");
        assert_int_equal(f->result.eai, 0);
        assert_int_equal(f->result.n_addresses, 0);
        assert_true(f->result.only_ipv6);

        resolve(f, "half.example");
        assert_int_equal(f->result.eai, EAI_AGAIN);
        assert_int_equal(f->result.n_addresses, 0);
        assert_false(f->result.only_ipv6);
}

/* The libraries' own 5 s would be longer than an interrupted way to the name server often takes. */
static void test_lost_question(void **state) {
        Fixture *f = *state;

        start(f, "late.example", 4 * USEC_PER_SEC);
        assert_true(network_wait(f->event, &f->done, 2 * TIMEOUT_USEC));
        assert_int_equal(f->result.error, 0);
        assert_int_equal(f->result.n_addresses, 1);
}

static void test_not_a_name(void **state) {
        Fixture *f = *state;
        char name[2000];

        memset(name, 'x', sizeof(name) - 1);
        name[sizeof(name) - 1] = '\0';
        resolve(f, name);
        assert_int_equal(f->result.error, 0);
        assert_int_not_equal(f->result.eai, 0);

        resolve(f, "");
        assert_int_not_equal(f->result.eai, 0);
}

static void test_deadline(void **state) {
        Fixture *f = *state;

        start(f, "silent.example", 100 * USEC_PER_MSEC);
        assert_true(network_wait(f->event, &f->done, 10 * USEC_PER_SEC));
        assert_int_equal(f->result.error, -ETIMEDOUT);
        assert_no_child_but_the_server();
}

static void test_cancelled(void **state) {
        Fixture *f = *state;

        start(f, "silent.example", TIMEOUT_USEC);
        network_settle(f->event, 50 * USEC_PER_MSEC);
        f->resolver = resolver_free(f->resolver);
        assert_no_child_but_the_server();
        assert_false(f->done);
}

/* A descriptor that we close must be closed: pppd's hangup depends on it. */
static void test_child_holds_no_descriptor(void **state) {
        Fixture *f = *state;
        struct pollfd end;
        int fds[2];
        char c;

        assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
        /* Its own end, much later, would close them as well. */
        start(f, "silent.example", 12 * TIMEOUT_USEC);

        close(fds[1]);
        end = (struct pollfd){ .fd = fds[0] };
        assert_int_equal(poll(&end, 1, 20000), 1);
        assert_int_equal(read(fds[0], &c, 1), 0);
        close(fds[0]);
}

/* A child that a library crashes is an error, not an empty answer. */
static void test_child_dies(void **state) {
        Fixture *f = *state;
        int server, child;
        FILE *children;

        start(f, "silent.example", TIMEOUT_USEC);
        network_settle(f->event, 50 * USEC_PER_MSEC);

        children = fopen("/proc/thread-self/children", "re");
        if (!children)
                skip();
        assert_int_equal(fscanf(children, "%d %d", &server, &child), 2);
        fclose(children);

        assert_int_equal(kill(child, SIGSEGV), 0);
        assert_true(network_wait(f->event, &f->done, 10 * USEC_PER_SEC));
        assert_int_equal(f->result.error, -EIO);
}

/* In a supervisor's place: asks, says by which child, and waits to be killed. */
static _Noreturn void ask_and_wait(Fixture *f, int fd) {
        pid_t child = 0;
        FILE *children;

        /* A loop is of the process that made it. */
        if (sd_event_new(&f->event) < 0)
                _exit(EXIT_FAILURE);

        start(f, "silent.example", TIMEOUT_USEC);
        children = fopen("/proc/thread-self/children", "re");
        if (!children || fscanf(children, "%d", &child) != 1 ||
            write(fd, &child, sizeof(child)) != sizeof(child))
                _exit(EXIT_FAILURE);

        for (;;)
                pause();
}

/* A supervisor that is killed leaves no child that asks on, with the name server silent. */
static void test_child_dies_with_its_parent(void **state) {
        Fixture *f = *state;
        pid_t parent, child = 0;
        int fds[2], status;

        assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
        assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
        parent = fork();
        assert_true(parent >= 0);
        if (parent == 0)
                ask_and_wait(f, fds[1]);

        close(fds[1]);
        assert_int_equal(read(fds[0], &child, sizeof(child)), sizeof(child));
        usleep(200 * USEC_PER_MSEC);
        assert_int_equal(kill(parent, SIGKILL), 0);
        assert_int_equal(waitpid(parent, NULL, 0), parent);

        /* Left alone it would end after its last question, for lack of a reader. */
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true((WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) ||
                    (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_FAILURE));
        close(fds[0]);
}

/*
 * A name server for one query at a time: good.example has an address, six.example one of IPv6, and
 * half.example too, but there the question for another fails; fail.example has a failing zone,
 * silent.example no answer at all, late.example none to the first two questions (A and AAAA), and
 * nothing else exists.
 */
static void serve_dns(int fd) {
        static const uint8_t answer_a[] = {
                0xc0, 12,       /* the name of the question */
                0,    1,  0, 1, /* A, IN */
                0,    0,  0, 60, 0, 4, 192, 0, 2, 53,
        };
        static const uint8_t answer_aaaa[] = {
                0xc0, 12, 0, 28, 0, 1, /* AAAA, IN */
                0,    0,  0, 60, 0, 16, 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 53,
        };
        uint8_t packet[512 + sizeof(answer_aaaa)];
        int n_late = 0;

        for (;;) {
                struct sockaddr_in from;
                socklen_t n_from = sizeof(from);
                size_t end = 12;
                bool has_a, has_aaaa;
                ssize_t n;

                n = recvfrom(fd, packet, 512, 0, (struct sockaddr *) &from, &n_from);
                if (n < 17 || packet[12] == 6) /* silent */
                        continue;
                if (memcmp(packet + 12, "\4late", 5) == 0 && ++n_late <= 2)
                        continue;

                while (end < (size_t) n && packet[end] != 0)
                        end += packet[end] + 1u;
                end += 5;
                if (end > (size_t) n)
                        continue;

                packet[2] = 0x81; /* an answer, recursion desired */
                packet[3] = 0x83; /* recursion available, NXDOMAIN */
                memset(packet + 6, 0, 6);
                has_a = memcmp(packet + 12, "\4good", 5) == 0 ||
                        memcmp(packet + 12, "\4late", 5) == 0;
                has_aaaa = memcmp(packet + 12, "\3six", 4) == 0 ||
                        memcmp(packet + 12, "\4half", 5) == 0;
                if (has_a || has_aaaa)
                        packet[3] = 0x80;
                if (has_a && packet[end - 3] == 1) { /* asks for A, not for AAAA */
                        packet[7] = 1;
                        memcpy(packet + end, answer_a, sizeof(answer_a));
                        end += sizeof(answer_a);
                } else if (has_aaaa && packet[end - 3] == 28) {
                        packet[7] = 1;
                        memcpy(packet + end, answer_aaaa, sizeof(answer_aaaa));
                        end += sizeof(answer_aaaa);
                } else if (memcmp(packet + 12, "\4fail", 5) == 0 ||
                           memcmp(packet + 12, "\4half", 5) == 0)
                        packet[3] = 0x82;

                (void) sendto(fd, packet, end, 0, (struct sockaddr *) &from, n_from);
        }
}

static void start_dns(void) {
        const struct sockaddr_in address = {
                .sin_family = AF_INET,
                .sin_port = htobe16(53),
                .sin_addr.s_addr = htobe32(INADDR_LOOPBACK),
        };
        int fd;

        fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        assert_true(fd >= 0);
        assert_int_equal(bind(fd, (const struct sockaddr *) &address, sizeof(address)), 0);

        if (fork() == 0) {
                if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
                        _exit(EXIT_FAILURE);
                serve_dns(fd);
        }

        close(fd);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_literal),
                TEST(test_literal_cancelled),
                TEST(test_ipv6_literal),
                TEST(test_hosts_file),
                TEST(test_dns),
                TEST(test_no_such_name),
                TEST(test_server_failure),
                TEST(test_only_ipv6),
                TEST(test_lost_question),
                TEST(test_not_a_name),
                TEST(test_deadline),
                TEST(test_cancelled),
                TEST(test_child_holds_no_descriptor),
                TEST(test_child_dies),
                TEST(test_child_dies_with_its_parent),
        };
        sigset_t mask;

        network_enter();
        network_hide("/etc");
        network_write_file("/etc/host.conf", "multi on\n");
        network_write_file("/etc/nsswitch.conf", "hosts: files dns\n");
        network_write_file("/etc/resolv.conf",
                           "nameserver 127.0.0.1\noptions timeout:30 attempts:1\n");
        network_write_file("/etc/hosts",
                           "192.0.2.1 both.test\n192.0.2.1 both.test\n192.0.2.2 both.test\n"
                           "2001:db8::1 both.test\n2001:db8::2 six.test\n");

        sigemptyset(&mask);
        sigaddset(&mask, SIGCHLD);
        sigprocmask(SIG_BLOCK, &mask, NULL);
        start_dns();

        return cmocka_run_group_tests(tests, NULL, NULL);
}
