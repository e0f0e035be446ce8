/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <string.h>

#include "core/base/macros.h"
#include "core/status/pcapng.h"

#define AT_USEC UINT64_C(1790000000123456)

static uint32_t number_at(const PcapngBlock *b, size_t at) {
        uint32_t number;

        assert_true(at + sizeof(number) <= b->n_data);
        memcpy(&number, b->data + at, sizeof(number));
        return number;
}

static bool has_text(const PcapngBlock *b, const char *text) {
        return memmem(b->data, b->n_data, text, strlen(text));
}

/* Packets of every length modulo four, with and without a comment. */
static void make(Pcapng *p) {
        pcapng_add_section(p, "why", "Linux", NULL);
        pcapng_add_interface(p, PCAPNG_LINK_RAW, "control", "made up");
        for (size_t n = 0; n < 9; n++)
                pcapng_add_packet(p, 0, AT_USEC + n, "h", n % 2, "data0123", n,
                                  n % 3 == 0 ? "comment" : NULL);
        pcapng_add_journal(p, "__REALTIME_TIMESTAMP=1790000000123500\nMESSAGE=a\n", 47);
        assert_false(p->failed);
}

static void test_whole(void **state) {
        Pcapng p = { 0 };
        PcapngBlock b;
        size_t pos = 0;

        make(&p);
        assert_true(pcapng_next(p.data, p.n_data, &pos, &b));
        assert_int_equal(b.type, PCAPNG_SECTION);
        assert_int_equal(number_at(&b, 8), 0x1a2b3c4d);
        assert_int_equal(b.at_usec, 0);
        assert_true(has_text(&b, "why") && has_text(&b, "Linux"));

        assert_true(pcapng_next(p.data, p.n_data, &pos, &b));
        assert_int_equal(b.type, PCAPNG_INTERFACE);
        assert_int_equal(number_at(&b, 8), PCAPNG_LINK_RAW);

        for (size_t n = 0; n < 9; n++) {
                assert_true(pcapng_next(p.data, p.n_data, &pos, &b));
                assert_int_equal(b.type, PCAPNG_PACKET);
                assert_int_equal(b.at_usec, AT_USEC + n);
                assert_int_equal(number_at(&b, 20), n % 2 + n);
                assert_int_equal(number_at(&b, 24), n % 2 + n);
                assert_memory_equal(b.data + 28 + n % 2, "data0123", n);
                assert_int_equal(has_text(&b, "comment"), n % 3 == 0);
        }

        assert_true(pcapng_next(p.data, p.n_data, &pos, &b));
        assert_int_equal(b.type, PCAPNG_JOURNAL);
        assert_int_equal(b.at_usec, 1790000000123500);
        assert_int_equal(pos, p.n_data);
        assert_false(pcapng_next(p.data, p.n_data, &pos, &b));
        pcapng_done(&p);
}

/* A file that was cut, or whose lengths are nonsense, ends where that is noticed. */
static void test_hostile(void **state) {
        static const uint32_t lengths[] = { 0, 4, 11, 13, 0x7ffffffc, UINT32_MAX };
        Pcapng p = { 0 };
        PcapngBlock b;
        size_t pos;

        make(&p);
        for (size_t n = 0; n < p.n_data; n++) {
                uint8_t *copy = test_malloc(n + 1);

                memcpy(copy, p.data, n);
                for (pos = 0; pcapng_next(copy, n, &pos, &b);)
                        assert_true(b.data + b.n_data <= copy + n);
                assert_true(pos <= n);
                test_free(copy);
        }

        for (size_t i = 0; i < ELEMENTSOF(lengths); i++) {
                memcpy(p.data + 4, &lengths[i], sizeof(lengths[i]));
                pos = 0;
                assert_false(pcapng_next(p.data, p.n_data, &pos, &b));
        }
        pcapng_done(&p);
}

/* The time of an entry is a field of its own, not some text that a message has in it. */
static void test_journal_time(void **state) {
        static const char no_time[] = "MESSAGE=__REALTIME_TIMESTAMP=5\n";
        Pcapng p = { 0 };
        PcapngBlock b;
        size_t pos = 0;

        pcapng_add_journal(&p, no_time, sizeof(no_time) - 1);
        pcapng_add_journal(&p, "", 0);
        assert_true(pcapng_next(p.data, p.n_data, &pos, &b));
        assert_int_equal(b.at_usec, 0);
        assert_true(pcapng_next(p.data, p.n_data, &pos, &b));
        assert_int_equal(b.at_usec, 0);
        pcapng_done(&p);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_whole),
                cmocka_unit_test(test_hostile),
                cmocka_unit_test(test_journal_time),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
