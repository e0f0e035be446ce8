/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Lines of a log that are kept as evidence, fit to print. */

#include <stddef.h>

#include "core/explain/log-reader.h"

#define LOG_EVIDENCE_TEXT_MAX 200

/* A line of the log that a verdict may rest on. */
typedef struct LogEvidence {
        unsigned line;                    /* its number; 0: there is none */
        char text[LOG_EVIDENCE_TEXT_MAX]; /* as it stands, but for characters not fit to print */
} LogEvidence;

/*
 * Copies a text of a log as evidence: escapes what cannot be printed, and cuts what does not fit
 * into n_ret bytes, with dots. Letters of any script are kept.
 */
void log_evidence_copy(char *ret_text, size_t n_ret, const char *text, size_t n_text);

/* Keeps a line as evidence, with its text as log_evidence_copy() makes it. */
void log_evidence_take(LogEvidence *ret_evidence, const LogLine *line);
