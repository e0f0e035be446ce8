/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/macros.h"
#include "io/credentials.h"
#include "io/privileges.h"

static char directory[64];

static const char *put(const char *name, const void *data, size_t n, mode_t mode) {
        static char path[128];
        int fd;

        snprintf(path, sizeof(path), "%s/%s", directory, name);
        unlink(path);
        fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
        assert_true(fd >= 0);
        assert_int_equal(write(fd, data, n), n);
        assert_int_equal(fchmod(fd, mode), 0);
        close(fd);
        return path;
}

static int setup(void **state) {
        strcpy(directory, "/tmp/test-credentials-XXXXXX");
        return mkdtemp(directory) ? 0 : -1;
}

static int teardown(void **state) {
        static const char *const names[] = { "password", "password-plain", "file" };
        char path[128];

        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
                unlink(path);
        }
        return rmdir(directory);
}

static int parse(const char *text, size_t n, Secret *secret) {
        return secret_parse((const uint8_t *) text, n, secret);
}

static void test_parse_refuses(void **state) {
        char text[300];
        Secret secret = { .n_bytes = 77 };

        assert_int_equal(parse("", 0, &secret), SECRET_E_EMPTY);
        assert_int_equal(parse("\n", 1, &secret), SECRET_E_EMPTY);
        assert_int_equal(parse("\r\n", 2, &secret), SECRET_E_EMPTY);
        assert_int_equal(parse("a\n\n", 3, &secret), SECRET_E_CONTENT);
        assert_int_equal(parse("a\nb", 3, &secret), SECRET_E_CONTENT);
        assert_int_equal(parse("a\0b", 3, &secret), SECRET_E_CONTENT);
        memset(text, 'x', sizeof(text));
        assert_int_equal(parse(text, 256, &secret), SECRET_E_TOO_LONG);
        assert_int_equal(secret.n_bytes, 77);
}

static void test_parse_takes_literally(void **state) {
        char text[257];
        Secret secret;

        assert_int_equal(parse(" a#\"\\%i \n", 9, &secret), 0);
        assert_int_equal(secret.n_bytes, 8);
        assert_memory_equal(secret.bytes, " a#\"\\%i ", 9);
        assert_int_equal(parse("a\r\n", 3, &secret), 0);
        assert_int_equal(secret.n_bytes, 1);
        /* As some editors of Windows save it: the mark in front alone is none of the password. */
        assert_int_equal(parse("\xef\xbb\xbf"
                               "ab\r\n",
                               7, &secret),
                         0);
        assert_int_equal(secret.n_bytes, 2);
        assert_memory_equal(secret.bytes, "ab", 3);
        assert_int_equal(parse("\xef\xbb\xbf\n", 4, &secret), SECRET_E_EMPTY);
        assert_int_equal(parse("a\xef\xbb\xbf", 4, &secret), 0);
        assert_int_equal(secret.n_bytes, 4);
        memset(text, 'x', 255);
        text[255] = '\r';
        text[256] = '\n';
        assert_int_equal(parse(text, 257, &secret), 0);
        assert_int_equal(secret.n_bytes, 255);
        secret_wipe(&secret);
        assert_int_equal(secret.n_bytes, 0);
        for (size_t i = 0; i < sizeof(secret.bytes); i++)
                assert_int_equal(secret.bytes[i], 0);
}

static void test_order(void **state) {
        char text[512];
        CredentialsSource source;
        Secret secret;
        const char *file;

        assert_int_equal(credentials_get_password(NULL, NULL, &source, &secret), 0);
        assert_int_equal(source, CREDENTIALS_NONE);
        assert_int_equal(credentials_get_password("/nonexistent", NULL, &source, &secret), 0);
        assert_int_equal(source, CREDENTIALS_NONE);

        file = put("file", "two\n", 4, 0600);
        assert_int_equal(credentials_get_password(directory, file, &source, &secret), 0);
        assert_int_equal(source, CREDENTIALS_PASSWORD_FILE);
        assert_string_equal((const char *) secret.bytes, "two");
        credentials_describe(source, "/etc/x", 0, text, sizeof(text));
        assert_string_equal(text, "password from PasswordFile=/etc/x");

        put("password-plain", "plain", 5, 0400);
        assert_int_equal(credentials_get_password(directory, NULL, &source, &secret), 0);
        assert_int_equal(source, CREDENTIALS_SYSTEMD);
        assert_string_equal((const char *) secret.bytes, "plain");

        /* systemd may hand out credentials with an ACL, which shows as a group's right */
        put("password", "one", 3, 0440);
        assert_int_equal(credentials_get_password(directory, "/nonexistent", &source, &secret), 0);
        assert_int_equal(source, CREDENTIALS_SYSTEMD);
        assert_string_equal((const char *) secret.bytes, "one");

        put("password", "", 0, 0400);
        assert_int_equal(credentials_get_password(directory, file, &source, &secret),
                         SECRET_E_EMPTY);
        assert_int_equal(source, CREDENTIALS_SYSTEMD);
        credentials_describe(source, NULL, SECRET_E_EMPTY, text, sizeof(text));
        assert_string_equal(text, "the systemd credential is empty");
}

/* Where ProtectHome= hides what is there, a link shows where that is. */
static void test_file_that_the_unit_does_not_see(void **state) {
        const char *path = put("file", "", 0, 0600);

        unlink(path);
        assert_int_equal(symlink("/root/not-there", path), 0);
        assert_true(credentials_is_hidden(path));
        assert_true(credentials_is_hidden("/home/jane/password"));
        assert_true(credentials_is_hidden("/tmp/password"));
        assert_true(credentials_is_hidden("/etc/ppp/password"));
        assert_true(credentials_is_hidden("/etc/pptp/../ppp/password"));
        assert_false(credentials_is_hidden("/etc/pptp/password"));
}

static void test_file_is_refused(void **state) {
        char big[1000], text[512];
        CredentialsSource source;
        Secret secret;

        assert_int_equal(credentials_get_password(NULL, "/nonexistent", &source, &secret),
                         CREDENTIALS_E_MISSING);
        assert_int_equal(credentials_get_password(NULL, "/tmp", &source, &secret),
                         CREDENTIALS_E_TYPE);
        assert_int_equal(credentials_get_password(NULL, "/dev/null", &source, &secret),
                         CREDENTIALS_E_TYPE);
        for (mode_t bit = 1; bit <= 040; bit <<= 1)
                assert_int_equal(credentials_get_password(NULL, put("file", "x", 1, 0600 | bit),
                                                          &source, &secret),
                                 CREDENTIALS_E_MODE);

        memset(big, 'x', sizeof(big));
        assert_int_equal(credentials_get_password(NULL, put("file", big, sizeof(big), 0600),
                                                  &source, &secret),
                         SECRET_E_TOO_LONG);
        credentials_describe(source, "/etc/x", CREDENTIALS_E_MODE, text, sizeof(text));
        assert_non_null(strstr(text, "chmod 600"));
}

static void test_owner(void **state) {
        CredentialsSource source;
        Secret secret;
        const char *file = put("file", "x", 1, 0600);

        if (geteuid() != 0)
                skip();

        assert_int_equal(chown(file, 12345, 0), 0);
        assert_int_equal(credentials_get_password(NULL, file, &source, &secret),
                         CREDENTIALS_E_OWNER);
}

/*
 * As in the unit, without CAP_DAC_OVERRIDE. What is said must mend it: root owns these, so that
 * "chown root" would change nothing.
 */
static void test_file_that_permissions_close(void **state) {
        char text[512];
        CredentialsSource source;
        Secret secret;
        const char *file = put("file", "x", 1, 0000);

        assert_int_equal(privileges_keep(0), 0);
        assert_int_equal(credentials_get_password(NULL, file, &source, &secret),
                         CREDENTIALS_E_CLOSED);
        credentials_describe(source, "/etc/x", CREDENTIALS_E_CLOSED, text, sizeof(text));
        assert_non_null(strstr(text, "chmod 600"));
        assert_null(strstr(text, "chown"));

        assert_int_equal(chmod(directory, 0600), 0);
        assert_int_equal(credentials_get_password(NULL, file, &source, &secret),
                         CREDENTIALS_E_DIRECTORY);
        assert_int_equal(chmod(directory, 0700), 0);

        assert_int_equal(unlink(file), 0);
        assert_int_equal(symlink(file, file), 0);
        assert_int_equal(credentials_get_password(NULL, file, &source, &secret),
                         CREDENTIALS_E_TYPE);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_parse_refuses),
                cmocka_unit_test(test_parse_takes_literally),
                cmocka_unit_test_setup_teardown(test_order, setup, teardown),
                cmocka_unit_test_setup_teardown(test_file_that_the_unit_does_not_see, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(test_file_is_refused, setup, teardown),
                cmocka_unit_test_setup_teardown(test_owner, setup, teardown),
                /* The last: it gives up capabilities. */
                cmocka_unit_test_setup_teardown(test_file_that_permissions_close, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
