/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Network namespaces that go with the unit: who made one, and who is in it, says whether it is
 * removed. The namespaces are real; only what systemd says of processes is made up.
 */

#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/macros.h"
#include "core/status/status.h"
#include "io/namespace.h"
#include "io/run-mark.h"
#include "io/state-file.h"
#include "io/unit.h"
#include "network.h"
#include "supervisor/made-namespace.h"

static Journal journal;
static int journal_fd; /* where its messages come in */

/* The tunnel that has a process by what systemd says; NULL: none has. */
static const char *running;

bool __wrap_unit_has_process(const char *name, uint64_t pid);
bool __wrap_unit_has_process(const char *name, _unused_ uint64_t pid) {
        return running && strcmp(name, running) == 0;
}

/* ---- in processes of their own, since each leaves its process in the namespace ---- */

static int make(const char *namespace) {
        char name[] = "onenet", text[32];
        Config config = { .name = name, .network_namespace = text };

        snprintf(text, sizeof(text), "%s", namespace);
        return made_namespace_make(&config, &journal);
}

static int make_blue(void) {
        return make("blue");
}

static int make_path(void) {
        return make("/run/netns/green");
}

static int remove_it(void) {
        return made_namespace_remove("onenet", &journal);
}

static bool exists(const char *name) {
        int fd;

        if (namespace_open(name, &fd) != 0)
                return false;

        close(fd);
        return true;
}

/* ---- tests ---- */

/* The next message to the journal; "": there is none. */
static const char *read_journal(void) {
        static char text[2048];
        ssize_t n = recv(journal_fd, text, sizeof(text) - 1, MSG_DONTWAIT);

        text[n > 0 ? n : 0] = '\0';
        return text;
}

static int set_up(void **state) {
        network_run("mkdir -p /run/pptp/onenet /run/pptp/another");
        running = NULL;
        while (read_journal()[0] != '\0')
                ;
        return 0;
}

static int tear_down(void **state) {
        network_run("for name in $(ip netns list | cut -d' ' -f1); do ip netns delete $name; done");
        network_run("rm -rf /run/pptp");
        return 0;
}

static void test_goes_with_the_unit(void **state) {
        assert_int_equal(network_in_child(remove_it), 0);
        assert_false(made_namespace_is_noted("onenet"));

        assert_int_equal(network_in_child(make_blue), 0);
        assert_true(exists("blue"));
        assert_true(made_namespace_is_noted("onenet"));

        /* The next supervisor of the unit finds it there. */
        assert_int_equal(network_in_child(make_blue), 0);

        assert_int_equal(network_in_child(remove_it), 0);
        assert_false(exists("blue"));
}

/* One that an administrator made has no mark of ours, and one that has a path is not even noted. */
static void test_of_others(void **state) {
        network_run("ip netns add blue; ip netns add green");
        assert_int_equal(network_in_child(make_path), 0);
        assert_false(made_namespace_is_noted("onenet"));

        assert_int_equal(network_in_child(make_blue), 0);
        assert_int_equal(network_in_child(remove_it), 0);
        assert_true(exists("blue"));
        assert_true(exists("green"));
}

static void test_in_use(void **state) {
        assert_int_equal(network_in_child(make_blue), 0);
        network_run("ip -n blue link add inner type veth peer name outer; "
                    "ip -n blue link set inner up");
        assert_int_equal(network_in_child(remove_it), 0);
        assert_true(exists("blue"));

        network_run("ip -n blue link delete inner");
        assert_int_equal(network_in_child(remove_it), 0);
        assert_false(exists("blue"));
}

/* Another tunnel is in the same one, and has no process in there between two connections. */
static void test_of_two_tunnels(void **state) {
        static const Status status = {
                .state = "waiting",
                .network_namespace = "blue",
                .supervisor_pid = 1,
        };
        char text[STATUS_MAX_BYTES];
        int n;

        n = status_write(&status, text, sizeof(text));
        assert_true(n > 0);
        assert_int_equal(network_in_child(make_blue), 0);
        assert_int_equal(state_file_write("/run/pptp/another", text, (size_t) n), 0);

        running = "another";
        assert_int_equal(network_in_child(remove_it), 0);
        assert_true(exists("blue"));

        /* Its state file is left over from one that was killed. */
        running = NULL;
        assert_int_equal(network_in_child(remove_it), 0);
        assert_false(exists("blue"));
}

/* A note that names none, or more than a name, removes nothing, and says what to do by hand. */
static void test_forged_note(void **state) {
        static const char *const notes[] = { "", "../etc", "a\033[31m" };

        network_run("ip netns add blue");
        for (size_t i = 0; i < ELEMENTSOF(notes); i++) {
                assert_int_equal(run_mark_write(RUN_MARK_NAMESPACE, "onenet", notes[i]), 0);
                assert_int_equal(network_in_child(remove_it), -EBADMSG);
                assert_false(made_namespace_is_noted("onenet"));
                assert_non_null(strstr(read_journal(),
                                       "that is no name; if one is left over in "
                                       "\"ip netns list\", run \"ip netns delete"));
        }
        assert_true(exists("blue"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_goes_with_the_unit, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_of_others, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_in_use, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_of_two_tunnels, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_forged_note, set_up, tear_down),
        };

        const struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "/run/journal" };

        network_enter();
        network_hide("/run");
        journal_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        assert_true(journal_fd >= 0);
        assert_int_equal(bind(journal_fd, (const struct sockaddr *) &address, sizeof(address)), 0);
        journal_init(&journal, "onenet", address.sun_path);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
