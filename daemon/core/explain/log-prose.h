/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What people write around a log, or in place of one: the number of an error that Windows showed,
 * in their language, and words that tell what it is about. Prose is no evidence, so it is used
 * only where the log has none.
 */

#include <stdbool.h>
#include <stdint.h>

/* What the first lines without a program's name are about. */
typedef struct LogProse {
        unsigned n_lines;  /* that were looked at, at most LOG_PROSE_LINES_MAX */
        bool names_tunnel; /* a VPN, PPTP, or Windows' service that dials */
        bool names_gre;    /* GRE, or its protocol number */
        bool names_nat;    /* a router with NAT between the two */
        bool names_reset;  /* a Reset-Request of CCP */
        bool names_dns;    /* DNS, and not as pppd does where it prints what it got */
        const char *proxy; /* a transparent proxy by its name; or NULL */
} LogProse;

/* So many lines are looked at: a long log without names of programs is no letter. */
#define LOG_PROSE_LINES_MAX 1000
/* And no piece of a line that was cut, see LOG_LINE_MAX_BYTES: a letter in one line is shorter. */
#define LOG_PROSE_LINE_MAX_BYTES 4000

/* Notes the words of one line that names no program. */
void log_prose_note(LogProse *prose, const char *text);

/*
 * Finds the number of an error of Windows in a sentence of any language that is known here: one of
 * 600 to 999 that stands by itself, next to a word for "error" or marked as its number, and counts
 * nothing. Returns false if there is none.
 */
bool log_prose_find_error(const char *text, uint32_t *ret_error);
