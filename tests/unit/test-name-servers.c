/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/macros.h"
#include "io/name-servers.h"

static char path[] = "/tmp/test-name-servers-XXXXXX";

static void write_file(const char *text) {
        FILE *file = fopen(path, "we");

        assert_non_null(file);
        assert_true(fputs(text, file) >= 0);
        assert_int_equal(fclose(file), 0);
}

static void test_reads_addresses(_unused_ void **state) {
        struct in_addr servers[6];

        write_file("# nameserver 192.0.2.9\n"
                   "search example.org\n"
                   "nameserver 192.0.2.53\n"
                   "nameserver fe80::1%eth0\n"
                   "nameservers 192.0.2.8\n"
                   "nameserver\t127.0.0.53 # the stub\n"
                   "nameserver 192.0.2.300\n"
                   "nameserver\n");
        assert_int_equal(name_servers_read_file(path, servers, ELEMENTSOF(servers)), 2);
        assert_int_equal(servers[0].s_addr, htonl(0xc0000235));
        assert_int_equal(servers[1].s_addr, htonl(0x7f000035));
}

static void test_reads_no_more_than_there_is_room_for(_unused_ void **state) {
        struct in_addr servers[2] = { { 0 }, { 7 } };

        write_file("nameserver 192.0.2.53\nnameserver 192.0.2.54\n");
        assert_int_equal(name_servers_read_file(path, servers, 1), 1);
        assert_int_equal(servers[1].s_addr, 7);
        assert_int_equal(name_servers_read_file(path, servers, 0), 0);
}

static void test_no_file(_unused_ void **state) {
        struct in_addr server;

        assert_int_equal(name_servers_read_file("/nonexistent/resolv.conf", &server, 1), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_reads_addresses),
                cmocka_unit_test(test_reads_no_more_than_there_is_room_for),
                cmocka_unit_test(test_no_file),
        };
        int fd = mkstemp(path), r;

        if (fd < 0)
                return 1;

        close(fd);
        r = cmocka_run_group_tests(tests, NULL, NULL);
        unlink(path);
        return r;
}
