/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The lines of a log from the oldest to the newest, also where the newest stand first, as in the
 * web pages of routers and after "journalctl -r". Such a log can only be read from its end, so that
 * it is held in memory; any other is passed on as it comes. Of a short one, pieces that tell of the
 * same time are merged (log-merge.h).
 */

#include <stdbool.h>
#include <stddef.h>

#include "core/explain/log-merge.h"
#include "core/explain/log-reader.h"

/* The order is decided by so much of the log. */
#define LOG_ORDER_HEAD_BYTES 65536
/* So much of a log whose newest lines stand first is read; what is older is left out. */
#define LOG_ORDER_REVERSED_MAX_BYTES ((size_t) 32 * 1024 * 1024)

typedef struct LogOrder {
        LogRead read;
        void *context;
        int error; /* of read, which comes after what was read before it */
        bool at_end;
        bool newest_first;
        bool is_cut;      /* older lines were left out */
        unsigned n_lines; /* that are held, if the newest stand first */

        LogMerge merge; /* passed on in place of the head, if there is any */

        size_t n_head, n_passed; /* how much of the head was read, and passed on */
        char *lines;             /* clean, if the newest stand first */
        size_t n_lines_bytes, n_lines_room;
        size_t line, line_at, line_end; /* what is passed on now: begin, rest, end */

        char head[LOG_ORDER_HEAD_BYTES];
} LogOrder;

/*
 * Begins to read from a function, to which context is passed; both are borrowed until
 * log_order_done(). Returns 0 or -ENOMEM.
 */
int log_order_init(LogOrder *o, LogRead read, void *context);
/* Frees what is held. Also for one that is all zeros. */
void log_order_done(LogOrder *o);

/*
 * Reads the lines in their order: a LogRead (log-reader.h), whose context is a LogOrder. Returns as
 * a LogRead does.
 */
ptrdiff_t log_order_read(void *context, char *buffer, size_t n_buffer);

/* Whether the newest lines of this text, which is clean, stand first. */
bool log_order_is_newest_first(const char *text, size_t n_text);
