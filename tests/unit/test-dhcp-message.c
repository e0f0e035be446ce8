/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "core/ppp/dhcp-message.h"
#include "core/base/macros.h"
#include "core/base/text.h"

#define XID 0x12345678u
#define OPTIONS_BEGIN 240

/* An answer without options but its type. */
typedef struct Answer {
        uint8_t data[DHCP_MESSAGE_MAX_BYTES];
        size_t n;
} Answer;

static void add(Answer *a, const void *data, size_t n) {
        assert_true(n <= sizeof(a->data) - a->n);
        memcpy(a->data + a->n, data, n);
        a->n += n;
}

#define ADD(a, ...) \
        add(a, (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))

static Answer make_answer(void) {
        Answer a = { .n = OPTIONS_BEGIN };

        a.data[0] = 2;
        a.data[1] = 8;
        memcpy(a.data + 4, (const uint8_t[]){ 0x12, 0x34, 0x56, 0x78 }, 4);
        memcpy(a.data + 12, (const uint8_t[]){ 10, 10, 0, 7 }, 4);
        memcpy(a.data + 236, (const uint8_t[]){ 0x63, 0x82, 0x53, 0x63 }, 4);
        ADD(&a, 53, 1, 5, 54, 4, 10, 10, 0, 1);
        return a;
}

/* Reads a copy of just that length, so that reading on shows with a sanitizer. */
static DhcpFault read_bytes(const uint8_t *data, size_t n, DhcpInformation *info) {
        uint8_t *copy = malloc(n + 1);
        DhcpFault fault;

        assert_non_null(copy);
        memcpy(copy + 1, data, n);
        fault = dhcp_answer_read(copy + 1, n, XID, address("10.10.0.7"), info);
        free(copy);
        return fault;
}

static void assert_read(const Answer *a, DhcpInformation *info) {
        assert_int_equal(read_bytes(a->data, a->n, info), DHCP_FAULT_NONE);
}

static void assert_route(const DhcpRoute *r, const char *destination, unsigned length) {
        assert_int_equal(r->destination.s_addr, address(destination).s_addr);
        assert_int_equal(r->prefix_length, length);
}

static void test_inform(void **state) {
        uint8_t data[DHCP_INFORM_MAX_BYTES];

        assert_int_equal(dhcp_inform_write(XID, address("10.10.0.7"), data), sizeof(data));
        assert_int_equal(data[0], 1);
        assert_int_equal(data[1], 8);
        assert_memory_equal(data + 4, "\x12\x34\x56\x78", 4);
        assert_memory_equal(data + 12, "\x0a\x0a\x00\x07", 4);
        assert_memory_equal(data + 236,
                            "\x63\x82\x53\x63"
                            "\x35\x01\x08"
                            "\x3c\x08MSFT 5.0"
                            "\x37\x05\x06\x0f\x77\x79\xf9"
                            "\xff",
                            25);
        assert_int_equal(data[299], 0);
}

static void test_routes(void **state) {
        DhcpInformation info;
        Answer a = make_answer();

        /* 10/8, 172.16/12 with bits behind the prefix, all, a host; a pad behind them */
        ADD(&a, 121, 6 + 7 + 5 + 9, 8, 10, 10, 10, 0, 1, 12, 172, 31, 10, 10, 0, 1, 0, 10, 10, 0, 1,
            32, 192, 0, 2, 9, 10, 10, 0, 1, 0, 255);
        assert_read(&a, &info);
        assert_false(info.broken);
        assert_int_equal(info.n_routes, 4);
        assert_route(&info.routes[0], "10.0.0.0", 8);
        assert_route(&info.routes[1], "172.16.0.0", 12);
        assert_route(&info.routes[2], "0.0.0.0", 0);
        assert_route(&info.routes[3], "192.0.2.9", 32);
        assert_int_equal(info.routes[0].router.s_addr, address("10.10.0.1").s_addr);
        assert_int_equal(info.server.s_addr, address("10.10.0.1").s_addr);
}

/* 249 counts where there is no 121; both are one thing. */
static void test_microsoft_routes(void **state) {
        DhcpInformation info;
        Answer a = make_answer();

        ADD(&a, 249, 6, 8, 10, 10, 10, 0, 1);
        assert_read(&a, &info);
        assert_int_equal(info.n_routes, 1);
        assert_route(&info.routes[0], "10.0.0.0", 8);

        ADD(&a, 121, 7, 16, 172, 16, 10, 10, 0, 1);
        assert_read(&a, &info);
        assert_int_equal(info.n_routes, 1);
        assert_route(&info.routes[0], "172.16.0.0", 16);
}

/* A prefix beyond 32, and one whose router is cut off: none is taken, since none can be trusted. */
static void test_broken_routes(void **state) {
        static const uint8_t values[][12] = {
                { 121, 9, 8, 10, 10, 10, 0, 1, 33, 10, 0 },
                { 121, 9, 8, 10, 10, 10, 0, 1, 24, 10, 0 },
                { 121, 1, 0 },
                { 121, 2, 255, 1 },
        };

        for (size_t i = 0; i < ELEMENTSOF(values); i++) {
                DhcpInformation info;
                Answer a = make_answer();

                add(&a, values[i], values[i][1] + 2U);
                ADD(&a, 6, 4, 10, 10, 0, 53);
                assert_read(&a, &info);
                assert_int_equal(info.n_routes, 0);
                assert_true(info.broken);
                assert_int_equal(info.n_name_servers, 1);
        }
}

/* Adds the option with routes 10.X.Y.0/24, in pieces of 255 bytes that end inside of one. */
static void add_many_routes(Answer *a, size_t n_routes) {
        static uint8_t value[DHCP_MESSAGE_MAX_BYTES];
        size_t n = 0;

        for (size_t i = 0; i < n_routes; i++) {
                const uint8_t route[] = { 24, 10, (uint8_t) (i >> 8), (uint8_t) i, 10, 10, 0, 1 };

                assert_true(n + sizeof(route) <= sizeof(value));
                memcpy(value + n, route, sizeof(route));
                n += sizeof(route);
        }
        for (size_t i = 0; i < n; i += 255) {
                size_t n_piece = MIN(n - i, 255U);

                ADD(a, 121, (uint8_t) n_piece);
                add(a, value + i, n_piece);
        }
}

/* Up to what a datagram has room for. */
static void test_many_routes(void **state) {
        static const size_t numbers[] = { 1, 127, 128, 150, DHCP_ROUTES_MAX, 7000, 8090 };

        for (size_t i = 0; i < ELEMENTSOF(numbers); i++) {
                size_t n = numbers[i], n_kept = MIN(n, (size_t) DHCP_ROUTES_MAX);
                DhcpInformation info;
                Answer a = make_answer();

                add_many_routes(&a, n);
                ADD(&a, 6, 4, 10, 10, 0, 53);
                assert_read(&a, &info);
                assert_false(info.broken);
                assert_int_equal(info.n_routes, n_kept);
                assert_int_equal(info.n_routes_dropped, n - n_kept);
                assert_route(
                        &info.routes[n_kept - 1],
                        TEXT_IPV4((struct in_addr){
                                .s_addr = htonl((uint32_t) (0x0a000000 | (n_kept - 1) << 8)) }),
                        24);
                assert_int_equal(info.n_name_servers, 1);
        }
}

/* Each prefix once, with the first router: the kernel would refuse the second. */
static void test_doubles(void **state) {
        DhcpInformation info;
        Answer a = make_answer();

        ADD(&a, 121, 6 + 6 + 7, 8, 10, 10, 10, 0, 1, 8, 10, 10, 10, 0, 2, 16, 10, 0, 10, 10, 0, 1);
        assert_read(&a, &info);
        assert_int_equal(info.n_routes, 2);
        assert_int_equal(info.n_routes_dropped, 0);
        assert_int_equal(info.routes[0].router.s_addr, address("10.10.0.1").s_addr);
        assert_route(&info.routes[1], "10.0.0.0", 16);
}

/* RFC 3396: a long option is cut anywhere, also in the middle of a route. */
static void test_long_option(void **state) {
        DhcpInformation info;
        Answer a = make_answer();

        ADD(&a, 121, 3, 8, 10, 10, 6, 4, 10, 10, 0, 53, 121, 3, 10, 0, 1);
        assert_read(&a, &info);
        assert_int_equal(info.n_routes, 1);
        assert_false(info.broken);
        assert_route(&info.routes[0], "10.0.0.0", 8);
}

static void test_names(void **state) {
        DhcpInformation info;
        Answer a = make_answer();

        ADD(&a, 6, 12, 10, 0, 0, 53, 10, 0, 1, 53, 10, 0, 2, 53);
        ADD(&a, 15, 13);
        add(&a, "corp.example", 13); /* with its NUL, as Windows sends it */
        ADD(&a, 119, 14 + 6 + 2);
        add(&a,
            "\x04"
            "corp"
            "\x07"
            "example"
            "\0",
            14);
        add(&a,
            "\x03"
            "eng"
            "\xc0\x00",
            6);
        add(&a, "\xc0\x0e", 2);
        assert_read(&a, &info);
        assert_false(info.broken);
        assert_int_equal(info.n_name_servers, 3);
        assert_int_equal(info.name_servers[2].s_addr, address("10.0.2.53").s_addr);
        /* Each once, whichever option has it. */
        assert_int_equal(info.n_domains, 2);
        assert_string_equal(info.domains[0], "corp.example");
        assert_string_equal(info.domains[1], "eng.corp.example");
}

/* Pointers forward, to themselves, around; labels that are none, too long, cut. */
static void test_broken_domains(void **state) {
        static const struct {
                uint8_t option;
                const char *data;
                size_t n;
        } values[] = {
                { 119, "\xc0\x00", 2 },
                { 119,
                  "\x01"
                  "a"
                  "\xc0\x00",
                  4 },
                { 119,
                  "\x01"
                  "a"
                  "\xc0\x04"
                  "\x00",
                  5 },
                { 119,
                  "\x01"
                  "a"
                  "\xc0",
                  3 },
                { 119,
                  "\x05"
                  "ab",
                  3 },
                { 119, "\x00", 1 },
                { 119,
                  "\x04"
                  "a b\n"
                  "\x00",
                  6 },
                { 119,
                  "\x40"
                  "aaaa",
                  5 },
                { 119,
                  "\x02"
                  "-a"
                  "\x00",
                  4 },
                { 15, "a..b", 4 },
                { 15, "a b", 3 },
                { 15, "a-.b", 4 },
                { 15, "$(reboot)", 9 },
                { 15, "\xff\xfe", 2 },
        };

        for (size_t i = 0; i < ELEMENTSOF(values); i++) {
                DhcpInformation info;
                Answer a = make_answer();

                ADD(&a, values[i].option, (uint8_t) values[i].n);
                add(&a, values[i].data, values[i].n);
                assert_read(&a, &info);
                assert_int_equal(info.n_domains, 0);
                assert_true(info.broken);
        }
}

static void test_long_domain(void **state) {
        DhcpInformation info;
        Answer a = make_answer();

        /* 127 labels, which is what 255 bytes have room for */
        ADD(&a, 119, 255);
        for (unsigned i = 0; i < 127; i++)
                ADD(&a, 1, 'a');
        ADD(&a, 0);
        assert_read(&a, &info);
        assert_int_equal(info.n_domains, 1);
        assert_int_equal(strlen(info.domains[0]), 253);
}

/* RFC 2132, section 9.3: more options where the boot file's and the server's name would be. */
static void test_overload(void **state) {
        DhcpInformation info;
        Answer a = make_answer();

        ADD(&a, 52, 1, 3, 255);
        memcpy(a.data + 108, (const uint8_t[]){ 121, 6, 8, 10, 10, 10, 0, 1, 255 }, 9);
        memcpy(a.data + 44, (const uint8_t[]){ 6, 4, 10, 10, 0, 53, 255 }, 7);
        assert_read(&a, &info);
        assert_int_equal(info.n_routes, 1);
        assert_int_equal(info.n_name_servers, 1);

        /* And only there where it says so. */
        a.data[a.n - 2] = 1;
        assert_read(&a, &info);
        assert_int_equal(info.n_name_servers, 0);

        /* An option that goes beyond its area. */
        a.data[108 + 1] = 200;
        assert_int_equal(read_bytes(a.data, a.n, &info), DHCP_FAULT_TRUNCATED);
}

static void test_no_answer(void **state) {
        DhcpInformation info = { .n_routes = 7 };
        Answer a = make_answer();

        a.data[7] ^= 1;
        assert_int_equal(read_bytes(a.data, a.n, &info), DHCP_FAULT_FOREIGN);
        a = make_answer();
        a.data[15] ^= 1;
        assert_int_equal(read_bytes(a.data, a.n, &info), DHCP_FAULT_FOREIGN);
        memset(a.data + 12, 0, 4);
        assert_int_equal(read_bytes(a.data, a.n, &info), DHCP_FAULT_NONE);
        info.n_routes = 7;
        a = make_answer();
        a.data[0] = 1;
        assert_int_equal(read_bytes(a.data, a.n, &info), DHCP_FAULT_NO_REPLY);
        a = make_answer();
        a.data[239] = 0;
        assert_int_equal(read_bytes(a.data, a.n, &info), DHCP_FAULT_NO_REPLY);
        a = make_answer();
        a.data[242] = 6; /* a DHCPNAK */
        assert_int_equal(read_bytes(a.data, a.n, &info), DHCP_FAULT_TYPE);
        assert_int_equal(info.n_routes, 7); /* untouched */
        assert_string_equal(dhcp_fault_name(DHCP_FAULT_TYPE), "no DHCPACK");
}

/* A server copies type, length and address of the hardware (RFC 2131, section 4.3.1, table 3). */
static void test_other_hardware(void **state) {
        static const size_t places[] = { 1, 2, 28, 43 };

        for (size_t i = 0; i < ELEMENTSOF(places); i++) {
                DhcpInformation info;
                Answer a = make_answer();

                a.data[places[i]] ^= 6;
                assert_int_equal(read_bytes(a.data, a.n, &info), DHCP_FAULT_FOREIGN);
        }
}

/* Cut at every place, it is no answer, or one without what was cut. */
static void test_cut(void **state) {
        DhcpInformation info;
        Answer a = make_answer();

        ADD(&a, 121, 6, 8, 10, 10, 10, 0, 1, 6, 4, 10, 10, 0, 53, 255);
        for (size_t n = 0; n < a.n; n++) {
                DhcpFault fault = read_bytes(a.data, n, &info);

                if (n < 236)
                        assert_int_equal(fault, DHCP_FAULT_TRUNCATED);
                else if (n < OPTIONS_BEGIN)
                        assert_int_equal(fault, DHCP_FAULT_NO_REPLY);
                else
                        assert_true(fault != DHCP_FAULT_NONE || info.n_name_servers == 0 ||
                                    n >= a.n - 1);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_inform),
                cmocka_unit_test(test_routes),
                cmocka_unit_test(test_microsoft_routes),
                cmocka_unit_test(test_broken_routes),
                cmocka_unit_test(test_many_routes),
                cmocka_unit_test(test_doubles),
                cmocka_unit_test(test_other_hardware),
                cmocka_unit_test(test_long_option),
                cmocka_unit_test(test_names),
                cmocka_unit_test(test_broken_domains),
                cmocka_unit_test(test_long_domain),
                cmocka_unit_test(test_overload),
                cmocka_unit_test(test_no_answer),
                cmocka_unit_test(test_cut),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
