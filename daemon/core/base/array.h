/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Arrays that grow one item at a time. */

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

/*
 * Returns the array with room for one item more, or NULL and leaves it as it is. It holds as many
 * as the next power of two, so that no member has to say for how many there is room.
 */
static inline void *array_grow(void *array, size_t n_items, size_t n_item) {
        if ((n_items & (n_items - 1)) != 0)
                return array;

        return reallocarray(array, n_items > 0 ? n_items * 2 : 1, n_item);
}

/*
 * Makes room for one item more at the end of an array that began as NULL with 0 items and never
 * grew in another way; items may have been taken off its end. Returns false, with the array as it
 * was, when memory is out. Evaluates its arguments more than once.
 */
#define ARRAY_MAKE_ROOM(array, n_items)                                            \
        ({                                                                         \
                void *_grown = array_grow((array), (n_items), sizeof((array)[0])); \
                                                                                   \
                if (_grown)                                                        \
                        (array) = _grown;                                          \
                _grown != NULL;                                                    \
        })
