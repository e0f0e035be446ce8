/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Which credential a unit would hand on, and what systemd says of a unit: a process of this test
 * answers in its place.
 */

#include "test.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-id128.h>
#include <unistd.h>

#include "core/base/macros.h"
#include "io/credentials.h"
#include "io/unit-credentials.h"

#define UNIT_PATH "/org/freedesktop/systemd1/unit/pptp_40onenet_2eservice"

typedef struct Fixture {
        char directory[64];
        char file[96];
        UnitCredentials unit;
        UnitCredentialChoice choice;
} Fixture;

static int setup(void **state) {
        Fixture *f = test_calloc(1, sizeof(*f));
        int fd;

        *state = f;
        strcpy(f->directory, "/tmp/test-unit-credentials-XXXXXX");
        assert_non_null(mkdtemp(f->directory));
        snprintf(f->file, sizeof(f->file), "%s/vpn", f->directory);
        fd = open(f->file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
        assert_true(fd >= 0);
        close(fd);
        return 0;
}

static int teardown(void **state) {
        Fixture *f = *state;
        char path[128];

        unit_credentials_done(&f->unit);
        (void) unlink(f->file);
        snprintf(path, sizeof(path), "%s/bus", f->directory);
        (void) unlink(path);
        assert_int_equal(rmdir(f->directory), 0);
        test_free(f);
        return 0;
}

static void add(Fixture *f, UnitCredentialKey key, const char *id, const char *path) {
        bool is_set = key == UNIT_CREDENTIAL_SET || key == UNIT_CREDENTIAL_SET_ENCRYPTED;

        assert_int_equal(unit_credentials_add(&f->unit, key, id, path, is_set ? "secret" : NULL,
                                              is_set ? 6 : 0),
                         0);
}

static bool choose(Fixture *f, const char *id) {
        return unit_credentials_choose(&f->unit, id, &f->choice);
}

/* ---- which of them ---- */

/* As it is installed: only names, which are in no store here. */
static void test_installed(void **state) {
        Fixture *f = *state;

        assert_int_equal(unit_credentials_get_installed("no-such.tunnel", &f->unit), 0);
        assert_int_equal(f->unit.n_items, 2);
        assert_string_equal(f->unit.items[0].path, "pptp.no-such.tunnel.password.cred");
        assert_string_equal(f->unit.items[1].path, "pptp.no-such.tunnel.password");
        assert_false(choose(f, "password"));
        assert_false(choose(f, "password-plain"));
}

static void test_path_of_a_drop_in(void **state) {
        Fixture *f = *state;

        add(f, UNIT_CREDENTIAL_LOAD, "other", "/nonexistent");
        add(f, UNIT_CREDENTIAL_LOAD, "password", f->file);
        add(f, UNIT_CREDENTIAL_SET, "password", NULL);
        assert_true(choose(f, "password"));
        assert_string_equal(f->choice.path, f->file);
        assert_false(f->choice.is_encrypted || f->choice.is_missing);
        assert_false(choose(f, "password-plain"));
}

/* What is set is there for where there is no file. */
static void test_missing_file(void **state) {
        Fixture *f = *state;

        add(f, UNIT_CREDENTIAL_LOAD_ENCRYPTED, "password", "/nonexistent");
        assert_true(choose(f, "password"));
        assert_true(f->choice.is_missing && f->choice.is_encrypted);
        assert_string_equal(f->choice.path, "/nonexistent");

        add(f, UNIT_CREDENTIAL_SET_ENCRYPTED, "password", NULL);
        assert_true(choose(f, "password"));
        assert_false(f->choice.is_missing);
        assert_int_equal(f->choice.setting->key, UNIT_CREDENTIAL_SET_ENCRYPTED);
        assert_string_equal(f->choice.path, "");
        assert_memory_equal(f->choice.setting->data, "secret", 6);
}

/* Who is not root cannot tell whether a file is there that only root can see. */
static void test_file_out_of_sight(void **state) {
        Fixture *f = *state;
        int status;
        pid_t pid;

        add(f, UNIT_CREDENTIAL_LOAD, "password", f->file);
        assert_int_equal(chmod(f->directory, 0), 0);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                Secret secret;

                if (geteuid() == 0 && setuid(65534) < 0)
                        _exit(EXIT_FAILURE);
                _exit(choose(f, "password") && !f->choice.is_missing &&
                                      strcmp(f->choice.path, f->file) == 0 &&
                                      credentials_read_trusted(f->file, &secret) ==
                                              CREDENTIALS_E_UNREADABLE ?
                              EXIT_SUCCESS :
                              EXIT_FAILURE);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(chmod(f->directory, 0700), 0);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), EXIT_SUCCESS);
}

/* A pattern alone is no file. */
static void test_import(void **state) {
        Fixture *f = *state;

        add(f, UNIT_CREDENTIAL_IMPORT, "pass*", NULL);
        assert_false(choose(f, "password"));
        add(f, UNIT_CREDENTIAL_SET, "password", NULL);
        assert_true(choose(f, "password"));
        assert_int_equal(f->choice.setting->key, UNIT_CREDENTIAL_SET);
}

/* ---- systemd ---- */

static int on_hello(sd_bus_message *m, _unused_ void *userdata, _unused_ sd_bus_error *error) {
        return sd_bus_reply_method_return(m, "s", ":1.1");
}

static int on_load_unit(sd_bus_message *m, _unused_ void *userdata, sd_bus_error *error) {
        const char *name;

        if (sd_bus_message_read(m, "s", &name) < 0 || strcmp(name, "pptp@onenet.service") != 0)
                return sd_bus_error_set(error, SD_BUS_ERROR_INVALID_ARGS, "not the tunnel's unit");

        return sd_bus_reply_method_return(m, "o", UNIT_PATH);
}

static int get(_unused_ sd_bus *bus, _unused_ const char *path, _unused_ const char *interface,
               const char *property, sd_bus_message *reply, _unused_ void *userdata,
               _unused_ sd_bus_error *error) {

        if (strcmp(property, "NeedDaemonReload") == 0)
                return sd_bus_message_append(reply, "b", 1);
        if (strcmp(property, "LoadCredential") == 0)
                return sd_bus_message_append(reply, "a(ss)", 2, "password-plain",
                                             "pptp.onenet.password", "password",
                                             "/run/secrets/vpn");
        if (strcmp(property, "SetCredential") == 0)
                return sd_bus_message_append(reply, "a(say)", 1, "password", 3, 'a', 0, 'b');
        if (strcmp(property, "LoadCredentialEncrypted") == 0)
                return sd_bus_message_append(reply, "a(ss)", 0);
        return sd_bus_message_append(reply, "a(say)", 0);
}

/* Without ImportCredential, as systemd 252. */
static const sd_bus_vtable bus_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD("Hello", "", "s", on_hello, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};
static const sd_bus_vtable manager_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD("LoadUnit", "s", "o", on_load_unit, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};
static const sd_bus_vtable unit_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_PROPERTY("NeedDaemonReload", "b", get, 0, 0),
        SD_BUS_VTABLE_END,
};
static const sd_bus_vtable service_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_PROPERTY("LoadCredential", "a(ss)", get, 0, 0),
        SD_BUS_PROPERTY("LoadCredentialEncrypted", "a(ss)", get, 0, 0),
        SD_BUS_PROPERTY("SetCredential", "a(say)", get, 0, 0),
        SD_BUS_PROPERTY("SetCredentialEncrypted", "a(say)", get, 0, 0),
        SD_BUS_VTABLE_END,
};

/* The bus and systemd in one, for one client. */
static _Noreturn void systemd_main(int listen_fd) {
        sd_id128_t id =
                SD_ID128_MAKE(01, 02, 03, 04, 05, 06, 07, 08, 09, 0a, 0b, 0c, 0d, 0e, 0f, 10);
        int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        const char *systemd = "org.freedesktop.systemd1.";
        char interface[3][64];
        sd_bus *bus = NULL;

        snprintf(interface[0], sizeof(interface[0]), "%sManager", systemd);
        snprintf(interface[1], sizeof(interface[1]), "%sUnit", systemd);
        snprintf(interface[2], sizeof(interface[2]), "%sService", systemd);
        (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (sd_bus_new(&bus) < 0 || sd_bus_set_fd(bus, fd, fd) < 0 ||
            sd_bus_set_server(bus, 1, id) < 0 || sd_bus_set_anonymous(bus, 1) < 0 ||
            sd_bus_add_object_vtable(bus, NULL, "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                     bus_vtable, NULL) < 0 ||
            sd_bus_add_object_vtable(bus, NULL, "/org/freedesktop/systemd1", interface[0],
                                     manager_vtable, NULL) < 0 ||
            sd_bus_add_object_vtable(bus, NULL, UNIT_PATH, interface[1], unit_vtable, NULL) < 0 ||
            sd_bus_add_object_vtable(bus, NULL, UNIT_PATH, interface[2], service_vtable, NULL) <
                    0 ||
            sd_bus_start(bus) < 0)
                _exit(EXIT_FAILURE);

        for (;;) {
                int r;

                while ((r = sd_bus_process(bus, NULL)) > 0)
                        ;
                if (r < 0 || sd_bus_wait(bus, UINT64_MAX) < 0)
                        _exit(EXIT_SUCCESS);
        }
}

static pid_t start_systemd(const Fixture *f) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        char variable[160];
        pid_t pid;
        int fd;

        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_true(fd >= 0);
        snprintf(address.sun_path, sizeof(address.sun_path), "%s/bus", f->directory);
        assert_int_equal(bind(fd, (struct sockaddr *) &address, sizeof(address)), 0);
        assert_int_equal(listen(fd, 1), 0);
        snprintf(variable, sizeof(variable), "unix:path=%s", address.sun_path);
        assert_int_equal(setenv("DBUS_SYSTEM_BUS_ADDRESS", variable, 1), 0);

        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0)
                systemd_main(fd);
        close(fd);
        return pid;
}

static void test_what_systemd_says(void **state) {
        Fixture *f = *state;
        pid_t pid = start_systemd(f);

        assert_int_equal(unit_credentials_get("onenet", &f->unit), 0);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        assert_true(f->unit.is_outdated);
        assert_int_equal(f->unit.n_items, 3);
        assert_int_equal(f->unit.items[1].key, UNIT_CREDENTIAL_LOAD);
        assert_string_equal(f->unit.items[1].id, "password");
        assert_string_equal(f->unit.items[1].path, "/run/secrets/vpn");
        assert_int_equal(f->unit.items[2].key, UNIT_CREDENTIAL_SET);
        assert_int_equal(f->unit.items[2].n_data, 3);
        assert_memory_equal(f->unit.items[2].data, "a\0b", 3);
}

static void test_no_systemd(void **state) {
        Fixture *f = *state;

        assert_int_equal(setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent", 1), 0);
        assert_true(unit_credentials_get("onenet", &f->unit) < 0);
        assert_int_equal(f->unit.n_items, 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_installed, setup, teardown),
                cmocka_unit_test_setup_teardown(test_path_of_a_drop_in, setup, teardown),
                cmocka_unit_test_setup_teardown(test_missing_file, setup, teardown),
                cmocka_unit_test_setup_teardown(test_file_out_of_sight, setup, teardown),
                cmocka_unit_test_setup_teardown(test_import, setup, teardown),
                cmocka_unit_test_setup_teardown(test_what_systemd_says, setup, teardown),
                cmocka_unit_test_setup_teardown(test_no_systemd, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
