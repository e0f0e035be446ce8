/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What every fuzz target needs. A target finds more than crashes: it states what must hold for any
 * input, with fuzz_assert(), which no build option turns off.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define fuzz_assert(condition)                                                            \
        do {                                                                              \
                if (!(condition)) {                                                       \
                        fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, \
                                #condition);                                              \
                        abort();                                                          \
                }                                                                         \
        } while (0)

/* Called by libFuzzer, or by replay.c. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_data);

/* Text that goes to a journal: it ends within its buffer and holds printable ASCII only. */
static inline void fuzz_assert_printable(const char *text, size_t n_buffer) {
        size_t n = strnlen(text, n_buffer);

        fuzz_assert(n < n_buffer);
        for (size_t i = 0; i < n; ++i)
                fuzz_assert(text[i] >= 0x20 && text[i] < 0x7f);
}
