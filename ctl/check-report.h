/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The findings of "pptpctl check", one line for each: ok, warning, or error with what mends it. */

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
        CheckLevel worst;
} CheckReport;

/* Begins a report on standard output. */
void check_report_begin(CheckReport *r, JsonFormat format);
/* Ends the JSON document. A report for people has no end. */
void check_report_end(CheckReport *r);

/* Adds a finding about a subject ("password"). remedy is NULL where there is nothing to mend. */
void check_add(CheckReport *r, CheckLevel level, const char *subject, const char *remedy,
               const char *format, ...) _printf_(5, 6);
