/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The findings of "pptpctl check", one line for each: ok, warning, or error with what mends it. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/macros.h"
#include "json.h"

typedef enum CheckLevel {
        CHECK_OK,
        CHECK_WARNING,
        CHECK_ERROR,
} CheckLevel;

typedef struct CheckReport {
        Json json;
        const char *tunnel; /* whose findings follow */
        const char *file;   /* in which they are, or NULL; for JSON, since the text has it */
        unsigned line;      /* 0: the file as a whole */
        CheckLevel worst;
        size_t n_warnings, n_errors; /* of the tunnel */
        uint64_t *shown;             /* hashes of what check_is_news() was asked for */
        size_t n_shown;
} CheckReport;

/* Begins a report on standard output. */
void check_report_begin(CheckReport *r, JsonFormat format);
/* Ends the JSON document. A report for people has no end. */
void check_report_end(CheckReport *r);

/*
 * Returns whether this text was not asked for before. A file that counts for many tunnels has the
 * same problems for each.
 */
bool check_is_news(CheckReport *r, const char *text);

/* Counts a finding that is shown in another way. */
void check_count(CheckReport *r, CheckLevel level);

/* Adds a finding about a subject ("password"). remedy is NULL where there is nothing to mend. */
void check_add(CheckReport *r, CheckLevel level, const char *subject, const char *remedy,
               const char *format, ...) _printf_(5, 6);
