/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Lines of a log as somebody pasted it: mail quotation marks in front, packets wrapped over several
 * lines by a mail program or a terminal, or all of it in one line. Puts them together again, and
 * has a line end where its packet does.
 */

#include <stdbool.h>
#include <stddef.h>

/* pppd's own limit for a packet in its log is about 1000; what is longer is cut. */
#define LOG_LINE_MAX_BYTES 4096

typedef struct LogLine {
        const char *text; /* in the reader, until the next call; NUL-terminated */
        size_t n_text;
        size_t packet;   /* where a packet begins in it; n_text: nowhere */
        unsigned number; /* of the first line of the file that it is made of, from 1 */
} LogLine;

typedef struct LogReader {
        const char *data;
        size_t n_data;
        size_t pos;
        size_t next; /* where the line of the file that was read last ends */
        unsigned number;
        bool in_line; /* pos is behind a packet, and before next */
        char line[LOG_LINE_MAX_BYTES];
        size_t n_line;
} LogReader;

/* Reads from a text that stays the caller's. */
void log_reader_init(LogReader *r, const char *data, size_t n_data);

/* Returns true and the next line that is not empty, or false at the end. */
bool log_reader_next(LogReader *r, LogLine *ret_line);
