/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * For an object whose callback may free it: the object has a member "bool *freed", its x_free()
 * calls callback_note_freed(), and every call goes through callback_survived(). Callbacks may nest.
 */

#include <stdbool.h>

#include "core/base/macros.h"

/* Makes the call. Returns whether the object is still there afterwards; if not: hands off. */
#define callback_survived(object, call)           \
        ({                                        \
                __typeof__(object) _o = (object); \
                bool _gone = false;               \
                bool *_outer = _o->freed;         \
                _o->freed = &_gone;               \
                call;                             \
                if (!_gone)                       \
                        _o->freed = _outer;       \
                else if (_outer)                  \
                        *_outer = true;           \
                !_gone;                           \
        })

/* Tells the callback that is running, if any, that its object goes. freed: the object's member. */
static inline void callback_note_freed(bool *freed) {
        if (freed)
                *freed = true;
}
