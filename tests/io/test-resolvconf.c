/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * pptp-names with resolvconf(8): a script that writes down what it is told, in the place of that of
 * Debian or openresolv. Skipped where this process may not have mounts of its own.
 */

#include "../unit/test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/macros.h"
#include "names/backend.h"

#define WAIT_USEC (20 * USEC_PER_SEC)

#define TUNNEL \
        { .ifindex = 7, .ifname = "onenet" }

typedef struct Fixture {
        char directory[64];
        sd_event *event;
        Backend *backend;
        bool answered;
        NamesResult result;
        char text[NAMES_TEXT_MAX_BYTES];
} Fixture;

static int setup(void **state) {
        Fixture *f = calloc(1, sizeof(*f));

        assert_non_null(f);
        strcpy(f->directory, "/tmp/test-resolvconf.XXXXXX");
        assert_non_null(mkdtemp(f->directory));
        assert_int_equal(mount(f->directory, "/usr/sbin", NULL, MS_BIND, NULL), 0);
        assert_int_equal(mount("tmpfs", "/etc", "tmpfs", 0, NULL), 0);
        assert_true(sd_event_new(&f->event) >= 0);
        *state = f;
        return 0;
}

static int teardown(void **state) {
        Fixture *f = *state;
        char command[128];

        backend_resolvconf.destroy(f->backend);
        sd_event_unref(f->event);
        assert_int_equal(umount2("/etc", MNT_DETACH), 0);
        assert_int_equal(umount2("/usr/sbin", MNT_DETACH), 0);
        snprintf(command, sizeof(command), "rm -r %s", f->directory);
        assert_int_equal(system(command), 0);
        free(f);
        return 0;
}

static void on_changed(void *userdata) {
}

static bool is_ours(uint32_t ifindex, void *userdata) {
        return false;
}

/* The script, with this line in it, and a backend that runs it. */
static void install(Fixture *f, const char *line) {
        FILE *file = fopen("/usr/sbin/resolvconf", "we");

        assert_non_null(file);
        fprintf(file, "#!/bin/sh\n%s\n(echo \"$@\"; cat) >> %s/told\n", line, f->directory);
        fclose(file);
        assert_int_equal(chmod("/usr/sbin/resolvconf", 0755), 0);
        assert_int_equal(backend_resolvconf.create(f->event,
                                                   &(BackendEvents){ on_changed, is_ours, NULL, f },
                                                   &f->backend),
                         0);
}

static void on_done(BackendRequest *q, NamesResult result, const char *text, void *userdata) {
        Fixture *f = userdata;

        f->answered = true;
        f->result = result;
        snprintf(f->text, sizeof(f->text), "%s", text);
        backend_resolvconf.cancel(q);
}

static void assert_answer(Fixture *f, NamesResult result, const char *text) {
        for (int i = 0; i < 200 && !f->answered; i++)
                assert_true(sd_event_run(f->event, WAIT_USEC / 200) >= 0);
        assert_true(f->answered);
        f->answered = false;
        assert_int_equal(f->result, result);
        assert_string_equal(f->text, text);
}

/* What the script was told since the last time; which may take a moment. */
static void assert_told(const Fixture *f, const char *expected) {
        char path[96], told[1024] = "";

        snprintf(path, sizeof(path), "%s/told", f->directory);
        for (int i = 0; i < 10000 && strlen(told) < strlen(expected); i++) {
                FILE *file = fopen(path, "re");

                if (file) {
                        told[fread(told, 1, sizeof(told) - 1, file)] = '\0';
                        fclose(file);
                }
                usleep(2000);
        }
        assert_string_equal(told, expected);
        (void) unlink(path);
}

/*
 * With two domains, with all names, or with a reverse zone alone, of a route or (zone) asked for.
 */
static void set_with(Fixture *f, bool domains, bool all, bool zone) {
        const BackendOrder order = { TUNNEL, on_done, f };
        BackendRequest *request;
        static NamesSet names;

        memset(&names, 0, sizeof(names));
        names.n_servers = 2;
        names.servers[0].s_addr = inet_addr("10.0.0.53");
        names.servers[1].s_addr = inet_addr("10.0.0.54");
        names.domains[names.n_domains].of_route = !zone;
        strcpy(names.domains[names.n_domains++].name, "10.in-addr.arpa");
        if (domains) {
                strcpy(names.domains[names.n_domains++].name, "corp.example");
                strcpy(names.domains[names.n_domains++].name, "lab.example");
        }
        names.default_route = all;
        assert_int_equal(backend_resolvconf.set(f->backend, &order, &names, &request), 0);
}

static void set(Fixture *f, bool domains, bool all) {
        set_with(f, domains, all, false);
}

static void revert(Fixture *f) {
        const BackendOrder order = { TUNNEL, on_done, f };
        BackendRequest *request;

        assert_int_equal(backend_resolvconf.revert(f->backend, &order, &request), 0);
}

#define SERVERS "nameserver 10.0.0.53\nnameserver 10.0.0.54\n"

/* It takes all names or none; and what it had goes when it is to have none. */
static void test_debian(void **state) {
        Fixture *f = *state;

        install(f, "");
        set(f, false, true);
        assert_answer(f, NAMES_RESULT_DONE, "");
        assert_told(f, "-a tun.onenet.pptp\n" SERVERS);

        set(f, true, false);
        assert_answer(f, NAMES_RESULT_NO_SPLIT, "");
        assert_told(f, "-d tun.onenet.pptp\n");

        set(f, false, false);
        assert_answer(f, NAMES_RESULT_DONE, "");
        assert_told(f, "-d tun.onenet.pptp\n");
}

static void use_local_server(void) {
        FILE *file = fopen("/etc/resolvconf.conf", "we");

        assert_non_null(file);
        fputs("dnsmasq_conf=/etc/dnsmasq.d/resolvconf.conf\nname_servers=\"127.0.0.1\"\n", file);
        fclose(file);
}

static void test_openresolv(void **state) {
        Fixture *f = *state;

        use_local_server();
        install(f, "# openresolv");
        set(f, true, false);
        assert_answer(f, NAMES_RESULT_DONE, "");
        assert_told(f, "-p -a onenet.pptp\n" SERVERS "search corp.example lab.example\n");

        set(f, true, true);
        assert_answer(f, NAMES_RESULT_DONE, "");
        assert_told(f, "-x -a onenet.pptp\n" SERVERS "search corp.example lab.example\n");

        revert(f);
        assert_answer(f, NAMES_RESULT_DONE, "");
        assert_told(f, "-d onenet.pptp\n");
}

/* Without a local name server it takes all names or none, and drops the others without a word. */
static void test_openresolv_alone(void **state) {
        Fixture *f = *state;

        install(f, "# openresolv");
        set(f, true, false);
        assert_answer(f, NAMES_RESULT_NO_SPLIT, "");
        assert_told(f, "-d onenet.pptp\n");
        set(f, true, true);
        assert_answer(f, NAMES_RESULT_DONE, "");
        assert_told(f, "-x -a onenet.pptp\n" SERVERS "search corp.example lab.example\n");
}

/* A reverse zone that Domains= asks for is a name as any other. */
static void test_reverse_zone(void **state) {
        Fixture *f = *state;

        install(f, "");
        set_with(f, false, false, true);
        assert_answer(f, NAMES_RESULT_NO_SPLIT, "");
        assert_told(f, "-d tun.onenet.pptp\n");
        set_with(f, false, true, true);
        assert_answer(f, NAMES_RESULT_DONE, "");
        assert_told(f, "-a tun.onenet.pptp\n" SERVERS);
        backend_resolvconf.destroy(f->backend);

        use_local_server();
        install(f, "# openresolv");
        set_with(f, false, false, true);
        assert_answer(f, NAMES_RESULT_DONE, "");
        assert_told(f, "-p -a onenet.pptp\n" SERVERS "search 10.in-addr.arpa\n");
}

/* Whether a child runs, or is a zombie. */
static bool has_child(void) {
        siginfo_t info;

        return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

static void assert_no_child(const Fixture *f) {
        for (int i = 0; i < 200 && has_child(); i++)
                assert_true(sd_event_run(f->event, WAIT_USEC / 200) >= 0);
        assert_false(has_child());
}

/* What of it was done is taken back. */
static void test_failure(void **state) {
        Fixture *f = *state;

        install(f, "[ \"$1\" = -d ] || exit 3");
        set(f, false, true);
        assert_answer(f, NAMES_RESULT_REFUSED, "resolvconf ended with status 3");
        assert_told(f, "-d tun.onenet.pptp\n");
        assert_no_child(f);
}

/* What is no longer waited for ends all the same, and leaves no zombie. */
static void test_cancel(void **state) {
        Fixture *f = *state;
        NamesSet names = { .n_servers = 1, .default_route = true };
        const BackendOrder order = { TUNNEL, on_done, f };
        BackendRequest *request;

        install(f, "sleep 0.2");
        names.servers[0].s_addr = inet_addr("10.0.0.53");
        assert_int_equal(backend_resolvconf.set(f->backend, &order, &names, &request), 0);
        backend_resolvconf.cancel(request);
        assert_told(f, "-a tun.onenet.pptp\nnameserver 10.0.0.53\n");
        assert_no_child(f);
        assert_false(f->answered);
}

static void test_no_program(void **state) {
        Fixture *f = *state;
        bool present, others;

        assert_int_equal(symlink("/usr/bin/resolvectl", "/usr/sbin/resolvconf"), 0);
        assert_int_equal(backend_resolvconf.create(f->event,
                                                   &(BackendEvents){ on_changed, is_ours, NULL, f },
                                                   &f->backend),
                         0);
        assert_true(backend_resolvconf.get_state(f->backend, &present, &others));
        assert_false(present);
        set(f, true, true);
        assert_answer(f, NAMES_RESULT_ABSENT, "");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_debian),       TEST(test_openresolv), TEST(test_openresolv_alone),
                TEST(test_failure),      TEST(test_cancel),     TEST(test_no_program),
                TEST(test_reverse_zone),
        };
        sigset_t mask;

        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
                return 77;

        /* As pptp-names does for its children. */
        sigemptyset(&mask);
        sigaddset(&mask, SIGCHLD);
        (void) sigprocmask(SIG_BLOCK, &mask, NULL);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
