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

static void test_nothing(void **state) {
        Item item = { 7, 0 };

        sort_runs(NULL, 0, sizeof(Item), compare, NULL);
        sort(&item, 1);
        assert_int_equal(item.key, 7);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_runs),
                cmocka_unit_test(test_few_comparisons),
                cmocka_unit_test(test_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
