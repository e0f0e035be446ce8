/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/explain/log-merge.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/explain/log-speaker.h"
#include "core/explain/log-time.h"

/* More pieces than this are no paste of two or three files. */
#define PIECES_MAX 8
/* Programs write their lines a little out of order; this many seconds back is another piece. */
#define STEP_BACK_SEC 2
/* Room for a tag. */
#define TAG_LINE_MAX 256
#define HOST_MAX 64

typedef struct MergeLine {
        size_t begin, n; /* with its line feed, which the last may lack */
        unsigned number;
        unsigned group;
        int64_t time; /* its own, or that of the line before in its piece; -1: none yet */
} MergeLine;

/* A piece: lines whose times do not go back. */
typedef struct MergePiece {
        int64_t first, last;
        unsigned speakers; /* bits, 1 << LogSpeaker, of the programs of a tunnel */
        char host[HOST_MAX];
        unsigned group;
} MergePiece;

/* Whether any line has a date. Then a clock without one tells nothing of the order. */
static bool has_date(const char *text, size_t n_text) {
        LogTime time;

        for (size_t at = 0; at < n_text;) {
                const char *end = memchr(text + at, '\n', n_text - at);
                size_t n = end ? (size_t) (end + 1 - text) - at : n_text - at;

                if (log_time_parse(text + at, n, &time) && time.second < LOG_DAY_SEC &&
                    time.day != LOG_NO_DAY)
                        return true;
                at += n;
        }

        return false;
}

/* The seconds of a time with a date, or with none in the whole log; -1: the line has no such. */
static int64_t read_time(const char *line, size_t n_line, bool is_dated) {
        LogTime time;

        if (!log_time_parse(line, n_line, &time) || time.second >= LOG_DAY_SEC ||
            (is_dated && time.day == LOG_NO_DAY))
                return -1;

        return (int64_t) (time.day == LOG_NO_DAY ? 0 : time.day) * LOG_DAY_SEC + time.second;
}

/* Notes who speaks in a line, and on which host: "Mar  3 10:00:00 HOST name[12]: message". */
static void piece_note_speaker(MergePiece *piece, const char *line, size_t n_line) {
        char text[TAG_LINE_MAX];
        const char *end, *host;
        LogTag tag;

        n_line = MIN(n_line, sizeof(text) - 1);
        memcpy(text, line, n_line);
        text[n_line] = '\0';
        log_speaker_parse(text, &tag);
        if (tag.speaker != LOG_SPEAKER_PPPD && tag.speaker != LOG_SPEAKER_PPTP &&
            tag.speaker != LOG_SPEAKER_STARTER && tag.speaker != LOG_SPEAKER_SERVER)
                return;

        piece->speakers |= 1U << tag.speaker;
        if (piece->host[0])
                return;

        /* The name of the host is the third token of syslog's head, behind the clock. */
        for (host = text;
             *host && log_time_parse_clock(host, strcspn(host, " \t")) == LOG_NO_TIME;) {
                host += strcspn(host, " \t");
                host += strspn(host, " \t");
        }
        host += strcspn(host, " \t");
        host += strspn(host, " \t");
        end = host + strcspn(host, " \t");
        memcpy(piece->host, host, MIN((size_t) (end - host), sizeof(piece->host) - 1));
}

/* Whether a piece tells, of the same time, what the other's programs do not. */
static bool pieces_complement(const MergePiece *a, const MergePiece *b) {
        const unsigned both = 1U << LOG_SPEAKER_STARTER;

        return a->speakers != 0 && b->speakers != 0 && (a->speakers & b->speakers & ~both) == 0 &&
                (a->speakers | b->speakers) != both && b->first <= a->last && a->first <= b->last &&
                strcmp(a->host, b->host) == 0;
}

static unsigned count_lines(const char *text, size_t n_text) {
        unsigned n = n_text > 0 && text[n_text - 1] != '\n';

        for (size_t i = 0; i < n_text; i++)
                n += text[i] == '\n';

        return n;
}

/*
 * Splits a text into lines and pieces. Returns how many pieces there are, or 0 if there are more
 * than PIECES_MAX. A line's group is its piece then.
 */
static size_t split(const char *text, size_t n_text, MergeLine *lines,
                    MergePiece pieces[static PIECES_MAX]) {
        bool is_dated = has_date(text, n_text);
        size_t n_pieces = 1, at = 0;
        int64_t time = -1;

        pieces[0] = (MergePiece){ .first = -1, .last = -1 };
        for (unsigned i = 0; at < n_text; i++) {
                const char *end = memchr(text + at, '\n', n_text - at);
                size_t n = end ? (size_t) (end + 1 - text) - at : n_text - at;
                MergePiece *piece = &pieces[n_pieces - 1];
                int64_t own = read_time(text + at, n, is_dated);

                if (own >= 0 && time >= 0 && own + STEP_BACK_SEC <= time) {
                        if (n_pieces == PIECES_MAX)
                                return 0;
                        piece = &pieces[n_pieces++];
                        *piece = (MergePiece){ .first = -1, .group = (unsigned) n_pieces - 1 };
                        time = -1;
                }
                if (own >= 0) {
                        time = MAX(time, own);
                        piece->first = piece->first < 0 ? own : piece->first;
                        piece->last = time;
                        piece_note_speaker(piece, text + at, n);
                }
                lines[i] = (MergeLine){ at, n, i + 1, piece->group, time };
                at += n;
        }

        return n_pieces;
}

/* Gives each piece to the group of the one before, if it belongs there. True if any does. */
static bool group(MergePiece *pieces, size_t n_pieces) {
        bool found = false;

        for (size_t i = 1; i < n_pieces; i++) {
                MergePiece *first = &pieces[pieces[i - 1].group];

                if (!pieces_complement(first, &pieces[i]))
                        continue;

                first->speakers |= pieces[i].speakers;
                first->first = MIN(first->first, pieces[i].first);
                first->last = MAX(first->last, pieces[i].last);
                pieces[i].group = pieces[i - 1].group;
                found = true;
        }

        return found;
}

static int compare_lines(const void *a, const void *b) {
        const MergeLine *x = a, *y = b;

        if (x->group != y->group)
                return x->group < y->group ? -1 : 1;
        if (x->time != y->time)
                return x->time < y->time ? -1 : 1;

        return x->number < y->number ? -1 : x->number > y->number;
}

static int merge_write(LogMerge *m, const char *text, const MergeLine *lines) {
        size_t n_text = 0;

        for (unsigned i = 0; i < m->n_lines; i++)
                n_text += lines[i].n + 1;
        m->text = malloc(n_text);
        m->numbers = calloc(m->n_lines, sizeof(*m->numbers));
        if (!m->text || !m->numbers)
                return -ENOMEM;

        for (unsigned i = 0; i < m->n_lines; i++) {
                memcpy(m->text + m->n_text, text + lines[i].begin, lines[i].n);
                m->n_text += lines[i].n;
                if (m->text[m->n_text - 1] != '\n')
                        m->text[m->n_text++] = '\n';
                m->numbers[i] = lines[i].number;
        }

        return 0;
}

int log_merge(const char *text, size_t n_text, LogMerge *ret_merge) {
        LogMerge m = { .n_lines = count_lines(text, n_text) };
        MergePiece pieces[PIECES_MAX];
        MergeLine *lines;
        size_t n_pieces;
        int r = 0;

        lines = calloc(MAX(m.n_lines, 1U), sizeof(*lines));
        if (!lines)
                return -ENOMEM;

        n_pieces = split(text, n_text, lines, pieces);
        if (n_pieces > 1 && group(pieces, n_pieces)) {
                for (unsigned i = 0; i < m.n_lines; i++)
                        lines[i].group = pieces[lines[i].group].group;
                qsort(lines, m.n_lines, sizeof(*lines), compare_lines);
                r = merge_write(&m, text, lines);
        } else {
                m.n_lines = 0;
        }

        free(lines);
        if (r < 0) {
                log_merge_done(&m);
                return r;
        }
        *ret_merge = m;
        return 0;
}

void log_merge_done(LogMerge *m) {
        free(m->text);
        free(m->numbers);
        *m = (LogMerge){ 0 };
}
