/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/base/sort.h"

#define N_ITEMS 300

typedef struct Item {
        int key;
        int place; /* in the array at first */
} Item;

static size_t n_compared;

static int compare(const void *a, const void *b, void *userdata) {
        const Item *x = a, *y = b;

        assert_ptr_equal(userdata, &n_compared);
        n_compared++;
        return COMPARE(x->key, y->key);
}

static void sort(Item *items, size_t n) {
        for (size_t i = 0; i < n; i++)
                items[i].place = (int) i;
        n_compared = 0;
        sort_runs(items, n, sizeof(*items), compare, &n_compared);
}

/* With the same items as before, of which each has its place. */
static void assert_sorted(const Item *items, size_t n, bool stable) {
        bool seen[N_ITEMS] = { 0 };

        for (size_t i = 0; i < n; i++) {
                assert_false(seen[items[i].place]);
                seen[items[i].place] = true;
                if (i == 0)
                        continue;
                assert_true(items[i - 1].key <= items[i].key);
                if (stable && items[i - 1].key == items[i].key)
                        assert_true(items[i - 1].place < items[i].place);
        }
}

/* Some runs, with equal items in them and across them: all that there are up to five of each. */
static void test_runs(void **state) {
        for (unsigned seed = 0; seed < 5000; seed++) {
                Item items[N_ITEMS];
                unsigned random = seed;
                size_t n = 0, n_runs;

                n_runs = seed % (SORT_RUNS_MAX + 3);
                for (size_t run = 0; run < n_runs; run++) {
                        size_t n_run = 1 + (size_t) rand_r(&random) % 12;
                        int key = rand_r(&random) % 20;

                        for (size_t i = 0; i < n_run; i++) {
                                items[n++].key = key;
                                key += rand_r(&random) % 3;
                        }
                }
                sort(items, n);
                assert_sorted(items, n, n_runs <= SORT_RUNS_MAX);
        }
}

static void test_few_comparisons(void **state) {
        Item items[N_ITEMS];

        for (int i = 0; i < N_ITEMS; i++)
                items[i].key = i;
        sort(items, N_ITEMS);
        assert_int_equal(n_compared, N_ITEMS - 1);

        items[N_ITEMS / 2].key = -1;
        sort(items, N_ITEMS);
        assert_sorted(items, N_ITEMS, true);
        assert_true(n_compared < 2 * N_ITEMS);
}

/* By some of their bits; the lowest tell whether those that are equal in these are in order. */
static void test_numbers(void **state) {
        static const unsigned low_bits[] = { 16, 17, 26, 40, 63 };

        for (unsigned seed = 0; seed < 5000; seed++) {
                unsigned low_bit = low_bits[seed % ELEMENTSOF(low_bits)], random = seed;
                uint64_t numbers[N_ITEMS], mask = 0;
                size_t n = (size_t) rand_r(&random) % (N_ITEMS + 1), sum = 0;

                /* In some bits they do not differ at all. */
                for (unsigned i = 0; i < 8; i++)
                        mask |= UINT64_C(1) << rand_r(&random) % 64;
                if (seed % 2 == 0)
                        mask = UINT64_MAX;
                for (size_t i = 0; i < n; i++) {
                        uint64_t high =
                                (uint64_t) rand_r(&random) << 33 | (uint64_t) rand_r(&random) << 16;

                        numbers[i] = (high & mask & UINT64_MAX << low_bit) | i;
                }

                assert_int_equal(sort_numbers(numbers, n, low_bit), 0);
                for (size_t i = 0; i < n; i++) {
                        sum += numbers[i] & 0xffff;
                        if (i > 0)
                                assert_true(numbers[i - 1] < numbers[i]);
                }
                assert_int_equal(sum, n * (n - MIN(n, 1U)) / 2);
        }
}

static void test_nothing(void **state) {
        Item item = { 7, 0 };

        sort_runs(NULL, 0, sizeof(Item), compare, NULL);
        sort(&item, 1);
        assert_int_equal(item.key, 7);
        assert_int_equal(sort_numbers(NULL, 0, 0), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_runs),
                cmocka_unit_test(test_few_comparisons),
                cmocka_unit_test(test_numbers),
                cmocka_unit_test(test_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
