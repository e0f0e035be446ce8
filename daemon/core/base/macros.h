/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The few idioms of the compiler that every file uses: attributes, cleanup, arithmetic, units of
 * time. No functions that do something: those are in the other files of this folder.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* Calls f(&variable) when the variable goes out of scope. */
#define _cleanup_(f) __attribute__((cleanup(f)))
/* Checks a format, argument number fmt, against the arguments from number args on. */
#define _printf_(fmt, args) __attribute__((format(printf, fmt, args)))
#define _unused_ __attribute__((unused))

#define ELEMENTSOF(array) (sizeof(array) / sizeof((array)[0]))

/* Evaluate each argument once. */
#define MIN(a, b)                       \
        ({                              \
                __typeof__(a) _a = (a); \
                __typeof__(b) _b = (b); \
                _a < _b ? _a : _b;      \
        })
#define MAX(a, b)                       \
        ({                              \
                __typeof__(a) _a = (a); \
                __typeof__(b) _b = (b); \
                _a > _b ? _a : _b;      \
        })

/* Below, equal to or above 0, as strcmp() returns it. Evaluates each argument twice. */
#define COMPARE(a, b) (((a) > (b)) - ((a) < (b)))

#define USEC_PER_MSEC UINT64_C(1000)
#define USEC_PER_SEC UINT64_C(1000000)
#define USEC_PER_MINUTE (60 * USEC_PER_SEC)
#define USEC_INFINITY UINT64_MAX

/*
 * Return the value of a variable and reset it, so that its cleanup handler finds nothing to free.
 */
#define steal_pointer(p)                  \
        ({                                \
                __typeof__(p) *_p = &(p); \
                __typeof__(p) _v = *_p;   \
                *_p = NULL;               \
                _v;                       \
        })
#define steal_fd(fd)              \
        ({                        \
                int *_fd = &(fd); \
                int _v = *_fd;    \
                *_fd = -EBADF;    \
                _v;               \
        })

/* The cleanup handler for what free() takes; p points to the variable. */
static inline void free_pointer(void *p) {
        free(*(void **) p);
}
#define _cleanup_free_ _cleanup_(free_pointer)

/* The cleanup handler that goes with x_free(), for _cleanup_(x_freep). */
#define DEFINE_FREEP(type, x_free)               \
        static inline void x_free##p(type **p) { \
                x_free(*p);                      \
        }
