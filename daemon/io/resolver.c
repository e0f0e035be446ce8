/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/resolver.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "io/child-source.h"

/*
 * A lost question is asked again after 2 s (resolv.conf(5) has 5 s), so that a name server that
 * comes back is noticed soon. RES_OPTIONS= in the unit's environment wins.
 */
#define RES_OPTIONS "timeout:2 attempts:4"

/* What the child writes to its pipe, once, before it exits. */
typedef struct Answer {
        int eai;
        bool only_ipv6;
        size_t n_addresses;
        struct in_addr addresses[RESOLVER_ADDRESSES_MAX];
} Answer;

/* At most PIPE_BUF, so that the write is atomic and never blocks, and one read gets all of it. */
static_assert(sizeof(Answer) <= PIPE_BUF, "an answer does not fit into a pipe");

struct Resolver {
        sd_event_source *timer;
        sd_event_source *child;
        sd_event_source *literal; /* answers without a child */
        int pipe_fd;
        struct in_addr address; /* of a literal */

        ResolverFunc func;
        void *userdata;
};

/* The child is killed and reaped by its event source, which owns it. */
static void resolver_release(Resolver *r) {
        r->timer = sd_event_source_disable_unref(r->timer);
        r->child = sd_event_source_disable_unref(r->child);
        r->literal = sd_event_source_disable_unref(r->literal);
        if (r->pipe_fd >= 0)
                close(steal_fd(r->pipe_fd));
}

/* Answers; the resolver may be gone afterwards. */
static void resolver_finish(Resolver *r, const ResolverResult *result) {
        resolver_release(r);
        r->func(r, result, r->userdata);
}

static void answer_add(Answer *a, struct in_addr address) {
        for (size_t i = 0; i < a->n_addresses; ++i)
                if (a->addresses[i].s_addr == address.s_addr)
                        return;

        if (a->n_addresses < ELEMENTSOF(a->addresses))
                a->addresses[a->n_addresses++] = address;
}

/* Returns what getaddrinfo() does. */
static int answer_ask(Answer *a, const char *name, int family) {
        const struct addrinfo hints = {
                .ai_family = family,
                .ai_socktype = SOCK_STREAM,
        };
        struct addrinfo *list = NULL;
        int eai;

        eai = getaddrinfo(name, NULL, &hints, &list);
        if (eai != 0)
                return eai;

        for (const struct addrinfo *i = list; i; i = i->ai_next) {
                if (i->ai_family == AF_INET)
                        answer_add(a, ((const struct sockaddr_in *) i->ai_addr)->sin_addr);
                if (i->ai_family == AF_INET6)
                        a->only_ipv6 = true;
        }

        return 0;
}

static void answer_fill(Answer *a, const char *name) {
        a->eai = answer_ask(a, name, AF_UNSPEC);
        if (a->eai != 0)
                return;

        /*
         * The look-up asks for both families. If one of the two questions failed and the other did
         * not, getaddrinfo() does not tell, so the one that matters is asked again alone.
         */
        if (a->n_addresses == 0 && answer_ask(a, name, AF_INET) == EAI_AGAIN)
                a->eai = EAI_AGAIN;

        a->only_ipv6 = a->only_ipv6 && a->n_addresses == 0 && a->eai == 0;
}

/* Signals as a freshly started program has them: the loop's handlers and mask are not ours. */
static void child_reset_signals(void) {
        sigset_t none;

        for (int i = 1; i < _NSIG; ++i)
                (void) signal(i, SIG_DFL);

        sigemptyset(&none);
        (void) sigprocmask(SIG_SETMASK, &none, NULL);
}

/*
 * Closes every descriptor of the parent but the pipe, so that a slow name server keeps no
 * connection open.
 */
static int child_keep_only(int fd) {
        if (fd != STDIN_FILENO && dup2(fd, STDIN_FILENO) < 0)
                return -errno;
        if (close_range(1, UINT_MAX, 0) < 0)
                return -errno;

        /* What libraries print must not get into a descriptor of theirs. */
        if (open("/dev/null", O_RDWR) != STDOUT_FILENO || dup2(STDOUT_FILENO, STDERR_FILENO) < 0)
                return -EBADF;

        return 0;
}

static _Noreturn void child_main(const char *name, int fd, pid_t parent) {
        Answer answer = {};

        child_reset_signals();
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
                _exit(EXIT_FAILURE);
        if (child_keep_only(fd) < 0)
                _exit(EXIT_FAILURE);
        (void) prctl(PR_SET_NAME, "pptp-resolver");
        (void) setenv("RES_OPTIONS", RES_OPTIONS, 0);

        answer_fill(&answer, name);
        if (write(STDIN_FILENO, &answer, sizeof(answer)) != sizeof(answer))
                _exit(EXIT_FAILURE);

        _exit(EXIT_SUCCESS);
}

static int resolver_on_exit(sd_event_source *source, _unused_ const siginfo_t *info,
                            void *userdata) {

        Resolver *r = userdata;
        ResolverResult result = {};
        Answer answer;

        child_source_stop(source);
        if (read(r->pipe_fd, &answer, sizeof(answer)) != sizeof(answer) ||
            answer.n_addresses > ELEMENTSOF(answer.addresses)) {
                /* It crashed in some library, or was killed. */
                result.error = -EIO;
                resolver_finish(r, &result);
                return 0;
        }

        result.eai = answer.eai;
        result.only_ipv6 = answer.only_ipv6;
        result.addresses = answer.addresses;
        result.n_addresses = answer.n_addresses;
        resolver_finish(r, &result);
        return 0;
}

static int resolver_on_timer(_unused_ sd_event_source *source, _unused_ uint64_t usec,
                             void *userdata) {

        resolver_finish(userdata, &(ResolverResult){ .error = -ETIMEDOUT });
        return 0;
}

static int resolver_on_literal(_unused_ sd_event_source *source, void *userdata) {
        Resolver *r = userdata;
        const struct in_addr address = r->address;

        resolver_finish(r, &(ResolverResult){ .addresses = &address, .n_addresses = 1 });
        return 0;
}

static int resolver_start_child(Resolver *r, sd_event *event, const char *name) {
        const pid_t parent = getpid();
        int fds[2], error;
        pid_t pid;

        if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
                return -errno;

        r->pipe_fd = fds[0];
        pid = fork();
        if (pid == 0)
                child_main(name, fds[1], parent);

        error = pid < 0 ? -errno : 0;
        close(fds[1]);
        if (error < 0)
                return error;

        error = child_source_add(event, "resolver", pid, resolver_on_exit, r, &r->child);
        if (error >= 0)
                error = sd_event_source_set_child_process_own(r->child, true);
        if (error < 0) {
                (void) kill(pid, SIGKILL);
                (void) waitpid(pid, NULL, 0);
                return error;
        }

        return 0;
}

int resolver_new(sd_event *event, const char *name, uint64_t timeout_usec, ResolverFunc func,
                 void *userdata, Resolver **ret_resolver) {

        _cleanup_(resolver_freep) Resolver *r = NULL;
        int error;

        r = calloc(1, sizeof(*r));
        if (!r)
                return -ENOMEM;

        r->pipe_fd = -EBADF;
        r->func = func;
        r->userdata = userdata;

        if (inet_pton(AF_INET, name, &r->address) == 1) {
                error = sd_event_add_defer(event, &r->literal, resolver_on_literal, r);
                if (error < 0)
                        return error;

                (void) sd_event_source_set_description(r->literal, "resolver-literal");
                *ret_resolver = steal_pointer(r);
                return 0;
        }

        error = sd_event_add_time_relative(event, &r->timer, CLOCK_BOOTTIME, timeout_usec, 0,
                                           resolver_on_timer, r);
        if (error < 0)
                return error;

        (void) sd_event_source_set_description(r->timer, "resolver-timeout");

        error = resolver_start_child(r, event, name);
        if (error < 0)
                return error;

        *ret_resolver = steal_pointer(r);
        return 0;
}

Resolver *resolver_free(Resolver *r) {
        if (!r)
                return NULL;

        resolver_release(r);
        free(r);
        return NULL;
}
