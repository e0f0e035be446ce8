/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* When a line of a log was written, as far as the line says. */

#include <stdbool.h>
#include <stddef.h>

#define LOG_DAY_SEC (24 * 60 * 60)
/* A line has no time of day. */
#define LOG_NO_TIME (-1)
/* A line has no date, or one of which nobody knows whether the day or the month comes first. */
#define LOG_NO_DAY (-1)

typedef struct LogTime {
        int day;    /* of the year, as if each month had 31 days; or LOG_NO_DAY */
        int second; /* of the day; or, if the kernel counts from the boot, since then */
} LogTime;

/*
 * Returns the second of the day of a token such as "10:00:00" or "2024-03-03T10:00:00+0100", or
 * LOG_NO_TIME if the token is none.
 */
int log_time_parse_clock(const char *token, size_t n_token);

/*
 * Returns how many seconds there are from one time of day to the next that is the other, or -1 if
 * one of them is LOG_NO_TIME.
 */
int log_time_between(int from_sec, int to_sec);

/* Reads the time at the beginning of a line. Returns false if it has none. */
bool log_time_parse(const char *text, size_t n_text, LogTime *ret_time);

/*
 * Whether b is later than a (1), earlier (-1), or neither (0): the same, or of another kind. A
 * change of day or year that the line does not show counts as later.
 */
int log_time_compare(const LogTime *a, const LogTime *b);
