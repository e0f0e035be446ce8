/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/base/sort.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/macros.h"

typedef struct Sort {
        char *items;
        size_t n_items, item_bytes;
        SortCompare *compare;
        void *userdata;
} Sort;

static char *item(const Sort *s, size_t i) {
        return s->items + i * s->item_bytes;
}

static int compare(const Sort *s, const void *a, const void *b) {
        return s->compare(a, b, s->userdata);
}

/* Returns the index behind the sorted items that begin at i. */
static size_t find_end_of_run(const Sort *s, size_t i) {
        while (++i < s->n_items && compare(s, item(s, i - 1), item(s, i)) <= 0)
                ;

        return i;
}

/*
 * Returns the first of the sorted items from low to high that is to be behind the key: is greater,
 * or, with "or_equal", greater or equal.
 */
static size_t find_place(const Sort *s, size_t low, size_t high, const char *key, bool or_equal) {
        while (low < high) {
                size_t middle = low + (high - low) / 2;
                int r = compare(s, item(s, middle), key);

                if (r > 0 || (or_equal && r == 0))
                        high = middle;
                else
                        low = middle + 1;
        }

        return low;
}

/*
 * Returns as find_place() does for what is greater, where the place is near the end as a rule:
 * looks there first, and then at distances that double.
 */
static size_t find_place_from_end(const Sort *s, size_t low, size_t high, const char *key) {
        size_t distance = 1;

        while (distance <= high - low && compare(s, item(s, high - distance), key) > 0) {
                high -= distance;
                distance *= 2;
        }

        return find_place(s, distance <= high - low ? high - distance : low, high, key, false);
}

/*
 * Merges two neighbours, begin to middle and middle to end, of which the second is in the spare.
 * Moves all at once that comes between two items of the second: there may be a single one, and a
 * hundred thousand in the first.
 */
static void merge_from_end(const Sort *s, size_t begin, size_t middle, size_t end,
                           const char *spare) {

        size_t left = middle, right = end - middle;

        while (right > 0) {
                const char *last = spare + (right - 1) * s->item_bytes;
                size_t place = find_place_from_end(s, begin, left, last);

                end -= left - place;
                memmove(item(s, end), item(s, place), (left - place) * s->item_bytes);
                memcpy(item(s, --end), last, s->item_bytes);
                left = place;
                right--;
        }
}

/* Returns false if memory is exhausted; the items are as they were, then. */
static bool merge(const Sort *s, size_t begin, size_t middle, size_t end) {
        _cleanup_free_ char *spare = NULL;

        /* What is in its place already. */
        begin = find_place(s, begin, middle, item(s, middle), false);
        end = find_place(s, middle, end, item(s, middle - 1), true);
        if (begin == middle || end == middle)
                return true;

        spare = malloc((end - middle) * s->item_bytes);
        if (!spare)
                return false;

        memcpy(spare, item(s, middle), (end - middle) * s->item_bytes);
        merge_from_end(s, begin, middle, end, spare);
        return true;
}

/* Returns false if there are too many runs, or memory is exhausted. */
static bool merge_runs(const Sort *s) {
        size_t ends[SORT_RUNS_MAX], n_runs = 0;

        for (size_t i = 0; i < s->n_items; i = ends[n_runs++]) {
                if (n_runs == SORT_RUNS_MAX)
                        return false;
                ends[n_runs] = find_end_of_run(s, i);
        }

        for (size_t i = 1; i < n_runs; i++)
                if (!merge(s, 0, ends[i - 1], ends[i]))
                        return false;

        return true;
}

void sort_runs(void *items, size_t n_items, size_t item_bytes, SortCompare *compare_items,
               void *userdata) {

        const Sort s = {
                .items = items,
                .n_items = n_items,
                .item_bytes = item_bytes,
                .compare = compare_items,
                .userdata = userdata,
        };

        if (n_items > 1 && !merge_runs(&s))
                qsort_r(items, n_items, item_bytes, compare_items, userdata);
}

/* ---- numbers ---- */

#define DIGIT_BITS 11
#define DIGITS (1 << DIGIT_BITS)

static size_t get_digit(uint64_t number, unsigned shift) {
        return number >> shift & (DIGITS - 1);
}

/*
 * Copies the numbers in the order of one digit; what is equal in it stays in order. Returns false,
 * and copies nothing, if that is the same in all.
 */
static bool sort_by_digit(const uint64_t *numbers, size_t n, unsigned shift, uint64_t *ret_sorted) {
        size_t places[DIGITS] = { 0 }, place = 0;

        for (size_t i = 0; i < n; i++)
                places[get_digit(numbers[i], shift)]++;
        if (places[get_digit(numbers[0], shift)] == n)
                return false;

        for (size_t i = 0; i < DIGITS; i++) {
                size_t n_digit = places[i];

                places[i] = place;
                place += n_digit;
        }

        for (size_t i = 0; i < n; i++)
                ret_sorted[places[get_digit(numbers[i], shift)]++] = numbers[i];

        return true;
}

int sort_numbers(uint64_t *numbers, size_t n_numbers, unsigned low_bit) {
        _cleanup_free_ uint64_t *spare = NULL;
        uint64_t *sorted = numbers, *other;

        if (n_numbers < 2)
                return 0;

        other = spare = calloc(n_numbers, sizeof(*spare));
        if (!spare)
                return -ENOMEM;

        for (unsigned shift = low_bit; shift < 64; shift += DIGIT_BITS)
                if (sort_by_digit(sorted, n_numbers, shift, other)) {
                        uint64_t *last = sorted;

                        sorted = other;
                        other = last;
                }

        if (sorted != numbers)
                memcpy(numbers, sorted, n_numbers * sizeof(*numbers));
        return 0;
}
