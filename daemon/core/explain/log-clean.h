/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What editors, terminals and web pages do to a log before somebody pastes it, undone: UTF-16,
 * carriage returns, colours, HTML entities, and the typographer's quotation marks and dashes.
 */

#include <stddef.h>

/*
 * Returns 0 and the text in plain form, which is the caller's to free and no longer than n_text; or
 * -ENOMEM. Lines end with a line feed alone. What is none of the above stays, byte for byte.
 */
int log_clean(const char *text, size_t n_text, char **ret_text, size_t *ret_n);
