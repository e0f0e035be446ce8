/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/explain/log-order.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/explain/log-clean.h"
#include "core/explain/log-speaker.h"
#include "core/explain/log-time.h"

/*
 * The log is newest first if this many times more steps of the clock go down than up: several
 * processes write their lines a little out of order.
 */
#define DOWN_PER_UP 4
/* A single step down may be an attempt of another day, or a clock that was set. */
#define DOWN_MIN 2
/*
 * Without a clock that tells, the log is newest first if pppd's messages go so many steps back in
 * the course of an attempt, and this many times more back than on: a new attempt is one step back.
 * Or if none goes on, which a second message of any attempt would.
 */
#define BACK_MIN 3
#define BACK_ALONE_MIN 2
#define BACK_PER_ON 2
/* How many ended processes are remembered. */
#define ENDED_MAX 16
/* Room for a tag and a short message. What a longer line has behind that is not needed. */
#define ORDER_LINE_MAX 256

/* What the lines of a log tell of their order. */
typedef struct OrderVotes {
        bool has_time;
        LogTime time;              /* of the line before */
        unsigned n_up, n_down;     /* steps of the clock from one line to the next */
        unsigned ended[ENDED_MAX]; /* pids of pppd, whose last line was read */
        size_t n_ended;
        bool began_after_end;  /* the first line of such a process was read after that */
        unsigned rank;         /* of pppd's latest message in the course of an attempt; 0: none */
        unsigned n_on, n_back; /* steps in that course from one such message to the next */
} OrderVotes;

/* Returns the place of pppd's message in the course of an attempt, or 0. */
static unsigned find_rank(const char *message) {
        static const char *const course[] = {
                "pppd 2.",           "using channel ",         "Using interface ",
                "Connect: ",         "CHAP authenticati",      "MPPE 128-bit ",
                "local  IP address", "remote IP address",      "Terminating on signal",
                "Connect time ",     "Connection terminated.", "Exit.",
        };

        for (size_t i = 0; i < ELEMENTSOF(course); i++)
                if (strncmp(message, course[i], strlen(course[i])) == 0)
                        return (unsigned) i + 1;

        return 0;
}

static void votes_add_message(OrderVotes *v, const char *message) {
        unsigned rank = find_rank(message);

        if (rank == 0)
                return;

        v->n_on += v->rank > 0 && rank > v->rank;
        v->n_back += rank < v->rank;
        v->rank = rank;
}

/*
 * Notes when a process begins after its end was read. This tells the order of an attempt that took
 * less than a second: "Exit." is pppd's last line, and "pppd 2.4.9 started by root" its first.
 */
static void votes_add_process(OrderVotes *v, const char *line, size_t n_line) {
        char text[ORDER_LINE_MAX];
        const char *message;
        LogTag tag;

        n_line = MIN(n_line, sizeof(text) - 1);
        memcpy(text, line, n_line);
        text[n_line] = '\0';

        log_speaker_parse(text, &tag);
        message = text + tag.message;
        if (tag.speaker == LOG_SPEAKER_PPPD || tag.speaker == LOG_SPEAKER_NOBODY)
                votes_add_message(v, message);
        if (tag.speaker != LOG_SPEAKER_PPPD || tag.pid == 0)
                return;

        if (strncmp(message, "Exit.", strlen("Exit.")) == 0)
                v->ended[v->n_ended++ % ENDED_MAX] = tag.pid;
        else if (strstr(message, " started by "))
                for (size_t i = 0; i < MIN(v->n_ended, (size_t) ENDED_MAX); i++)
                        v->began_after_end = v->began_after_end || v->ended[i] == tag.pid;
}

static void votes_add(OrderVotes *v, const char *line, size_t n_line) {
        LogTime time;
        int step;

        votes_add_process(v, line, n_line);
        if (!log_time_parse(line, n_line, &time))
                return;

        step = v->has_time ? log_time_compare(&v->time, &time) : 0;
        v->n_up += step > 0;
        v->n_down += step < 0;
        v->time = time;
        v->has_time = true;
}

bool log_order_is_newest_first(const char *text, size_t n_text) {
        OrderVotes votes = { 0 };

        for (size_t i = 0; i < n_text;) {
                const char *end = memchr(text + i, '\n', n_text - i);
                size_t n_line = end ? (size_t) (end - text) - i : n_text - i;

                votes_add(&votes, text + i, n_line);
                i += n_line + 1;
        }

        if (votes.n_up == 0 && votes.began_after_end)
                return true;

        if (votes.n_up == 0 && votes.n_down < DOWN_MIN)
                return votes.n_back >= (votes.n_on == 0 ? BACK_ALONE_MIN : BACK_MIN) &&
                        votes.n_back > BACK_PER_ON * votes.n_on;

        return votes.n_down >= DOWN_MIN && votes.n_down > DOWN_PER_UP * votes.n_up;
}

/* Reads until a buffer is full or the log ends. Returns how much was read. */
static size_t order_fill(LogOrder *o, char *buffer, size_t n_buffer) {
        size_t n = 0;

        while (n < n_buffer && !o->at_end) {
                ptrdiff_t n_piece = o->read(o->context, buffer + n, n_buffer - n);

                if (n_piece <= 0) {
                        o->error = (int) n_piece;
                        o->at_end = true;
                        break;
                }
                n += (size_t) n_piece;
        }

        return n;
}

static int order_make_room(LogOrder *o, size_t n) {
        size_t n_room = o->n_lines_room;
        char *lines;

        if (n <= n_room - o->n_lines_bytes)
                return 0;

        while (n > n_room - o->n_lines_bytes)
                n_room = n_room == 0 ? n : n_room * 2;
        lines = realloc(o->lines, n_room);
        if (!lines)
                return -ENOMEM;

        o->lines = lines;
        o->n_lines_room = n_room;
        return 0;
}

static int order_add_piece(LogOrder *o, LogCleaner *cleaner, const char *piece, size_t n_piece) {
        int r = order_make_room(o, LOG_CLEAN_ROOM(n_piece));

        if (r < 0)
                return r;

        o->n_lines_bytes +=
                log_clean(cleaner, piece, n_piece, o->at_end, o->lines + o->n_lines_bytes);
        return 0;
}

/*
 * Ends the last of the lines that are held with a line feed, drops one whose end was left out, and
 * counts the lines.
 */
static int order_finish_lines(LogOrder *o) {
        const char *last = memrchr(o->lines, '\n', o->n_lines_bytes);
        int r;

        if (o->is_cut && last) {
                o->n_lines_bytes = (size_t) (last - o->lines) + 1;
        } else if (o->n_lines_bytes > 0 && o->lines[o->n_lines_bytes - 1] != '\n') {
                r = order_make_room(o, 1);
                if (r < 0)
                        return r;
                o->lines[o->n_lines_bytes++] = '\n';
        }

        for (size_t i = 0; i < o->n_lines_bytes; i++)
                o->n_lines += o->lines[i] == '\n';
        return 0;
}

/* Reads the rest of the log, up to the limit behind which lines are too old to matter. */
static int order_hold(LogOrder *o, LogCleaner *cleaner) {
        char piece[LOG_PIECE_BYTES];
        int r;

        while (!o->at_end && !o->is_cut) {
                size_t n = order_fill(o, piece, sizeof(piece));

                r = order_add_piece(o, cleaner, piece, n);
                if (r < 0)
                        return r;
                o->is_cut = o->n_lines_bytes >= LOG_ORDER_REVERSED_MAX_BYTES;
        }

        r = order_finish_lines(o);
        o->line = o->line_at = o->line_end = o->n_lines_bytes;
        return r;
}

int log_order_init(LogOrder *o, LogRead read, void *context) {
        LogCleaner cleaner = { 0 };
        int r;

        /* Clears all but the large buffer at the end. */
        memset(o, 0, offsetof(LogOrder, head));
        o->read = read;
        o->context = context;
        o->n_head = order_fill(o, o->head, sizeof(o->head));

        r = order_add_piece(o, &cleaner, o->head, o->n_head);
        if (r < 0)
                return r;

        o->newest_first = o->error == 0 && log_order_is_newest_first(o->lines, o->n_lines_bytes);
        if (o->newest_first) {
                r = order_hold(o, &cleaner);
        } else {
                if (o->at_end && o->error == 0)
                        r = log_merge(o->lines, o->n_lines_bytes, &o->merge);
                free(o->lines);
                o->lines = NULL;
        }

        return r;
}

void log_order_done(LogOrder *o) {
        free(o->lines);
        o->lines = NULL;
        log_merge_done(&o->merge);
}

/* Steps to the line before the one that was passed on. Returns false if that was the first. */
static bool order_previous_line(LogOrder *o) {
        const char *end;

        if (o->line == 0)
                return false;

        o->line_end = o->line;
        /* The line feed before is the end of the line before. */
        end = memrchr(o->lines, '\n', o->line_end - 1);
        o->line = o->line_at = end ? (size_t) (end - o->lines) + 1 : 0;
        return true;
}

/* Fills a buffer with lines from the end. */
static size_t order_read_backwards(LogOrder *o, char *buffer, size_t n_buffer) {
        size_t n = 0;

        while (n < n_buffer && (o->line_at < o->line_end || order_previous_line(o))) {
                size_t n_piece = MIN(o->line_end - o->line_at, n_buffer - n);

                memcpy(buffer + n, o->lines + o->line_at, n_piece);
                n += n_piece;
                o->line_at += n_piece;
        }

        return n;
}

ptrdiff_t log_order_read(void *context, char *buffer, size_t n_buffer) {
        LogOrder *o = context;
        size_t n;

        if (o->newest_first) {
                n = order_read_backwards(o, buffer, n_buffer);
                return n > 0 ? (ptrdiff_t) n : o->error;
        }

        if (o->merge.text) {
                n = MIN(n_buffer, o->merge.n_text - o->n_passed);
                memcpy(buffer, o->merge.text + o->n_passed, n);
                o->n_passed += n;
                return (ptrdiff_t) n;
        }

        if (o->n_passed < o->n_head) {
                n = MIN(n_buffer, o->n_head - o->n_passed);
                memcpy(buffer, o->head + o->n_passed, n);
                o->n_passed += n;
                return (ptrdiff_t) n;
        }

        return o->at_end ? o->error : o->read(o->context, buffer, n_buffer);
}
