/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/spare-memory.h"

#include <malloc.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * More than our deepest calls take. Less than the gap of 1 MiB below each stack in which the kernel
 * maps nothing (stack_guard_gap of mm/mmap.c), so that these are pages of the stack or none.
 */
#define STACK_SPAN_BYTES (512 * 1024)

/* Its frame must be the deepest one whose contents count. */
__attribute__((noinline)) static void release_stack(void) {
#ifndef __hppa__ /* where stacks grow upwards */
        uintptr_t page = (uintptr_t) sysconf(_SC_PAGESIZE);
        uintptr_t frame = (uintptr_t) __builtin_frame_address(0);
        /* One page more is left to this function and to madvise(). */
        uintptr_t end = (frame & ~(page - 1)) - page;

        /* ENOMEM: the stack has never been that deep. What there is of it has gone all the same. */
        (void) madvise((void *) (end - STACK_SPAN_BYTES), STACK_SPAN_BYTES, MADV_DONTNEED);
#endif
}

void spare_memory_release(void) {
        (void) malloc_trim(0);
        release_stack();
}
