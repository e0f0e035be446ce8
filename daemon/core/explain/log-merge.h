/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Puts the pieces of one attempt together that stand below each other in a paste, because syslog
 * writes the lines of pppd to one file and those of pptp-linux or NetworkManager to another. Read
 * in the order of the paste, the first piece would be judged without the second.
 */

#include <stddef.h>

typedef struct LogMerge {
        char *text;        /* all lines, each with a line feed; NULL: there was nothing to merge */
        size_t n_text;     /* bytes */
        unsigned *numbers; /* which line of the log each is, from 1 */
        unsigned n_lines;
} LogMerge;

/*
 * Sorts the lines of pieces that belong together by their times. They do if their times overlap,
 * they are of the same host and no program of the tunnel speaks in both. Borrows the text, which is
 * clean. Returns 0 with what log_merge_done() frees, or -ENOMEM.
 */
int log_merge(const char *text, size_t n_text, LogMerge *ret_merge);
/* Frees what is held. Also for one that is all zeros. */
void log_merge_done(LogMerge *m);
