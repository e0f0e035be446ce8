/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Sorting of large arrays that are in order but for a few items, as lists of prefixes are: what is
 * in order is looked at once, and merged.
 */

#include <stddef.h>
#include <stdint.h>

typedef int SortCompare(const void *a, const void *b, void *userdata);

/*
 * Sorts n_items items of item_bytes each, as qsort_r(3) does with the same function, and keeps the
 * order of those that are equal if there are at most SORT_RUNS_MAX runs of sorted items. Then it
 * takes O(n × runs) comparisons at most, n - 1 for a sorted array; otherwise it is qsort_r().
 */
void sort_runs(void *items, size_t n_items, size_t item_bytes, SortCompare *compare,
               void *userdata);

#define SORT_RUNS_MAX 16

/*
 * Sorts numbers by their bits from low_bit (0: the lowest) on, and keeps the order of those that
 * are equal in them. In whatever order they come, it takes O(n) for each 11 bits in which they
 * differ, and as much memory again as they have. Returns 0 or -ENOMEM, with the numbers as they
 * were.
 */
int sort_numbers(uint64_t *numbers, size_t n_numbers, unsigned low_bit);
