/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * When to answer "systemctl reload", and how: once the kernel has taken all changes, and with a
 * failure if it refused one of them. Reloads may overlap: another one, by SIGHUP, may begin before
 * the first is answered, and must not make its failure forgotten.
 */

#include <stdbool.h>

/* All zeros: nobody waits. */
typedef struct ReloadAnswer {
        bool awaited;
        bool failed; /* a change since the reload that is awaited began, or the last one */
} ReloadAnswer;

/*
 * Notes that a reload begins, whoever asked for it. Forgets the failure of an earlier one, unless
 * somebody waits for the answer to that.
 */
void reload_answer_begin(ReloadAnswer *a);
/* Notes that somebody waits for the answer to the reload that has just begun. */
void reload_answer_await(ReloadAnswer *a);
/* Notes that a change of the reload could not be made. */
void reload_answer_fail(ReloadAnswer *a);
/*
 * Whether to answer now, once. busy: changes are still under way. ret_failed: whether one of them
 * failed; untouched if there is nothing to answer.
 */
bool reload_answer_take(ReloadAnswer *a, bool busy, bool *ret_failed);
