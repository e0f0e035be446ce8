/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

/*
 * Copies a text of a log as evidence: escapes what cannot be printed, and cuts what does not fit
 * into n_ret bytes, with dots. Letters of any script are kept.
 */
void log_evidence_copy(char *ret_text, size_t n_ret, const char *text, size_t n_text);
