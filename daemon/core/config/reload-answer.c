/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/config/reload-answer.h"

void reload_answer_begin(ReloadAnswer *a) {
        if (!a->awaited)
                a->failed = false;
}

void reload_answer_await(ReloadAnswer *a) {
        a->awaited = true;
}

void reload_answer_fail(ReloadAnswer *a) {
        a->failed = true;
}

bool reload_answer_take(ReloadAnswer *a, bool busy, bool *ret_failed) {
        if (!a->awaited || busy)
                return false;

        a->awaited = false;
        *ret_failed = a->failed;
        return true;
}
