/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/macros.h"
#include "core/ppp/mppe.h"
#include "io/memory-file.h"

static char directory[] = "/tmp/test-memory-file-XXXXXX";
static char path[64];

static int setup(_unused_ void **state) {
        if (!mkdtemp(directory))
                return -1;

        snprintf(path, sizeof(path), "%s/onenet.servers", directory);
        return 0;
}

static int teardown(_unused_ void **state) {
        unlink(path);
        return rmdir(directory);
}

/* Not in teardown(): that it fails is nothing to cmocka. */
static void assert_nothing_beside(void) {
        struct dirent **entries;
        int n = scandir(directory, &entries, NULL, NULL);

        for (int i = 0; i < n; i++) {
                const char *name = entries[i]->d_name;

                assert_true(name[0] == '.' || strcmp(name, "onenet.servers") == 0);
                free(entries[i]);
        }
        free(entries);
}

static ServerMemory some_memory(uint32_t mppe_bits) {
        ServerMemory m = { 0 };

        server_memory_set(&m,
                          &(ServerMemoryEntry){ .server = "vpn.example", .mppe_bits = mppe_bits });
        return m;
}

static void test_round_trip(_unused_ void **state) {
        ServerMemory m = some_memory(MPPE_BIT_40), copy;

        assert_int_equal(memory_file_read(path, &copy), -ENOENT);
        assert_int_equal(memory_file_write(path, &m), 0);
        assert_int_equal(memory_file_read(path, &copy), 0);
        assert_memory_equal(&m, &copy, sizeof(m));
        assert_nothing_beside();

        /* Nothing to remember is no file. */
        m = (ServerMemory){ 0 };
        assert_int_equal(memory_file_write(path, &m), 0);
        assert_int_equal(access(path, F_OK), -1);
        assert_int_equal(memory_file_write(path, &m), 0);
}

static void test_garbage(_unused_ void **state) {
        static const char garbage[] = "\0\xff\n\n mppe=40-stateful\nvpn.example mppe=4711\n";
        ServerMemory m = some_memory(MPPE_BIT_40);
        FILE *f = fopen(path, "we");

        assert_non_null(f);
        for (unsigned i = 0; i < 1000; i++)
                assert_int_equal(fwrite(garbage, sizeof(garbage), 1, f), 1);
        assert_int_equal(fclose(f), 0);

        assert_int_equal(memory_file_read(path, &m), 0);
        assert_null(server_memory_find(&m, "vpn.example"));
}

static void test_no_directory(_unused_ void **state) {
        ServerMemory m = some_memory(MPPE_BIT_40);

        assert_int_equal(memory_file_write("/nonexistent/onenet.servers", &m), -ENOENT);
        assert_int_equal(memory_file_write("/dev/null/onenet.servers", &m), -ENOTDIR);
        assert_int_equal(memory_file_read("/dev/null/onenet.servers", &m), -ENOTDIR);
        assert_int_equal(memory_file_read(directory, &m), -EISDIR);
        assert_non_null(server_memory_find(&m, "vpn.example"));
}

/* No room: what was there stays, and nothing is left beside it. */
static void test_full_disk(_unused_ void **state) {
        ServerMemory before = some_memory(MPPE_BIT_40), after = some_memory(MPPE_BIT_128), m;
        struct rlimit old, none;

        assert_int_equal(memory_file_write(path, &before), 0);

        assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
        none = (struct rlimit){ .rlim_cur = 0, .rlim_max = old.rlim_max };
        signal(SIGXFSZ, SIG_IGN);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
        assert_int_equal(memory_file_write(path, &after), -EFBIG);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);

        assert_int_equal(memory_file_read(path, &m), 0);
        assert_memory_equal(&m, &before, sizeof(m));
        assert_nothing_beside();
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_round_trip),
                cmocka_unit_test(test_garbage),
                cmocka_unit_test(test_no_directory),
                cmocka_unit_test(test_full_disk),
        };

        return cmocka_run_group_tests(tests, setup, teardown);
}
