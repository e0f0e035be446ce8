/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Lines of a log as somebody pasted it: mail quotation marks in front, packets wrapped over several
 * lines by a mail program or a terminal, or all of it in one line. Puts them together again, and
 * has a line end where its packet does. Holds a window of the log, never all of it.
 */

#include <stdbool.h>
#include <stddef.h>

#include "core/explain/log-clean.h"

/* pppd's own limit for a packet in its log is about 1000; what is longer is cut. */
#define LOG_LINE_MAX_BYTES 4096
/* A line of the file that is longer is read as several; it is one only to its author. */
#define LOG_RAW_LINE_MAX_BYTES 65536
#define LOG_PIECE_BYTES 32768

/*
 * Reads the next piece of a log into a buffer of n_buffer bytes. Returns its length, 0 at the end,
 * or a negative errno, which log_diagnosis_read_from() passes on.
 */
typedef ptrdiff_t (*LogRead)(void *context, char *buffer, size_t n_buffer);

typedef struct LogLine {
        const char *text; /* in the reader, until the next call; NUL-terminated */
        size_t n_text;
        size_t packet;   /* where a packet begins in it; n_text: nowhere */
        unsigned number; /* of the first line of the file that it is made of, from 1 */
        bool is_last;    /* of the log, or of a piece of it: an empty line follows */
        bool is_packed;  /* it may have several messages one after the other, without times */
} LogLine;

typedef struct LogReader {
        LogRead read;
        void *context;
        LogCleaner cleaner;
        int error; /* negative errno of read, or 0 */
        bool at_end;
        char window[LOG_RAW_LINE_MAX_BYTES + LOG_CLEAN_ROOM(LOG_PIECE_BYTES)];
        size_t begin, end; /* of what was not read yet, in the window */
        size_t line_end;   /* of the line of the file that begin is in, with its line feed */
        unsigned number;
        bool in_line;   /* begin is behind a packet, and before line_end */
        bool same_line; /* what begins there was counted */
        bool is_run;    /* the line has several messages, whose line feeds are lost */
        bool is_packed; /* the same of packets and messages without times */
        char line[LOG_LINE_MAX_BYTES];
        size_t n_line;
        size_t packet, n_packet; /* in the line: where it begins, and its length if it ends there */
} LogReader;

/* Reads from a function, to which context is passed; both are borrowed. */
void log_reader_init(LogReader *r, LogRead read, void *context);

/*
 * Returns true and the next line that is not empty, or false at the end, which is also where
 * reading failed: see error.
 */
bool log_reader_next(LogReader *r, LogLine *ret_line);
