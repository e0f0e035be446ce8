/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What goes back to the kernel, and what stays. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/macros.h"
#include "io/spare-memory.h"
#include "test.h"

#define DEPTH_BYTES (160 * 1024)
#define BLOCK_BYTES (32 * 1024)
#define N_BLOCKS 16

static size_t page_bytes(void) {
        return (size_t) sysconf(_SC_PAGESIZE);
}

/* How many pages of the range are in memory: whole ones, from the first that begins there. */
static size_t count_resident(uintptr_t start, size_t n_bytes) {
        unsigned char resident[DEPTH_BYTES / 4096];
        uintptr_t first = (start + page_bytes() - 1) & ~(page_bytes() - 1);
        size_t n_pages = (start + n_bytes - first) / page_bytes(), n = 0;

        assert_true(n_pages > 0 && n_pages <= sizeof(resident));
        assert_int_equal(mincore((void *) first, n_pages * page_bytes(), resident), 0);
        for (size_t i = 0; i < n_pages; i++)
                n += resident[i] & 1;
        return n;
}

/* Returns where the lowest of the stack began that this call has used. */
__attribute__((noinline)) static uintptr_t use_stack(void) {
        volatile char deep[DEPTH_BYTES];

        for (size_t i = 0; i < sizeof(deep); i++)
                deep[i] = (char) i;
        return (uintptr_t) deep;
}

static void test_stack(_unused_ void **state) {
        volatile char mine[2 * 4096];
        uintptr_t low = use_stack();
        size_t n_bytes = DEPTH_BYTES / 2;

        memset((char *) mine, 'm', sizeof(mine));
        assert_int_equal(count_resident(low, n_bytes),
                         n_bytes / page_bytes() - 1 + (low % page_bytes() == 0));

        spare_memory_release();
        assert_int_equal(count_resident(low, n_bytes), 0);
        for (size_t i = 0; i < sizeof(mine); i++)
                assert_int_equal(mine[i], 'm');

        /* It can be used again. */
        use_stack();
        assert_true(count_resident(low, n_bytes) > 0);
}

static void test_heap(_unused_ void **state) {
        char *blocks[N_BLOCKS], *between[N_BLOCKS];
        uintptr_t block;

        for (size_t i = 0; i < N_BLOCKS; i++) {
                blocks[i] = malloc(BLOCK_BYTES);
                between[i] = malloc(16);
                assert_non_null(blocks[i]);
                assert_non_null(between[i]);
                memset(blocks[i], 'b', BLOCK_BYTES);
                memset(between[i], 'k', 16);
        }
        block = (uintptr_t) blocks[N_BLOCKS / 2];
        for (size_t i = 0; i < N_BLOCKS; i++)
                free(blocks[i]);
        assert_true(count_resident(block, BLOCK_BYTES) > 0);

        spare_memory_release();
        /* The first of its pages may have what the heap itself keeps of a free block. */
        assert_true(count_resident(block + page_bytes(), BLOCK_BYTES - page_bytes()) == 0);
        for (size_t i = 0; i < N_BLOCKS; i++) {
                assert_int_equal(between[i][15], 'k');
                free(between[i]);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_stack),
                cmocka_unit_test(test_heap),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
