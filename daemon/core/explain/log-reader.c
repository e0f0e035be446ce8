/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/explain/log-reader.h"

#include <ctype.h>
#include <string.h>

#include "core/explain/log-packet.h"
#include "core/base/macros.h"

/* A packet that goes on for longer than this was never closed. */
#define CONTINUATION_LINES_MAX 12

void log_reader_init(LogReader *r, const char *data, size_t n_data) {
        r->data = data;
        r->n_data = n_data;
        r->pos = 0;
        r->next = 0;
        r->number = 0;
        r->in_line = false;
        r->n_line = 0;
}

/* The next line of the file, without blanks and quotation marks of mails around it. */
static bool reader_peek(const LogReader *r, const char **ret_text, size_t *ret_n,
                        size_t *ret_next) {
        const char *begin, *end, *newline = NULL;

        if (r->pos >= r->n_data)
                return false;

        begin = r->data + r->pos;
        if (!r->in_line)
                newline = memchr(begin, '\n', r->n_data - r->pos);
        *ret_next = r->in_line ? r->next : newline ? (size_t) (newline - r->data) + 1 : r->n_data;
        end = r->data + *ret_next;

        while (begin < end && (isspace((unsigned char) *begin) || *begin == '>' || *begin == '|'))
                begin++;
        while (begin < end && isspace((unsigned char) end[-1]))
                end--;

        *ret_text = begin;
        *ret_n = (size_t) (end - begin);
        return true;
}

/* Returns how much of it there was room for. */
static size_t reader_append(LogReader *r, const char *text, size_t n_text) {
        size_t room = sizeof(r->line) - 1 - r->n_line;

        n_text = MIN(n_text, room);
        if (n_text > 0)
                memcpy(r->line + r->n_line, text, n_text);
        r->n_line += n_text;

        /* Text in a log ends at its first NUL for everybody else as well. */
        for (size_t i = r->n_line - n_text; i < r->n_line; i++)
                if (r->line[i] == '\0')
                        r->line[i] = ' ';
        r->line[r->n_line] = '\0';
        return n_text;
}

static bool ends_with_direction(const char *text, size_t n_text) {
        return n_text >= 4 &&
                (memcmp(text + n_text - 4, "sent", 4) == 0 ||
                 memcmp(text + n_text - 4, "rcvd", 4) == 0) &&
                (n_text == 4 || !isalnum((unsigned char) text[n_text - 5]));
}

/* "Mar  3 10:00:00 host pppd[123]: " and the like: a new message, and no continuation. */
static bool has_prefix(const char *text, size_t n_text) {
        return memmem(text, n_text, "]: ", 3) != NULL;
}

/* Whether the line so far is a packet that goes on. */
static bool reader_wants_more(const LogReader *r) {
        size_t packet = log_packet_find(r->line, r->n_line);

        if (packet == r->n_line)
                return ends_with_direction(r->line, r->n_line);

        return log_packet_length(r->line + packet, r->n_line - packet) == 0;
}

/* Goes on to the next line of the file, or to the rest of this one. */
static void reader_advance(LogReader *r, size_t next) {
        r->pos = r->next = next;
        r->number += !r->in_line;
        r->in_line = false;
}

/*
 * What stands behind the packet is for the next call. The latest n_text bytes of the line are from
 * text.
 */
static void reader_end_with_packet(LogReader *r, const char *text, size_t n_text) {
        size_t packet = log_packet_find(r->line, r->n_line), length, n_rest;

        length = log_packet_length(r->line + packet, r->n_line - packet);
        if (length == 0)
                return;

        n_rest = r->n_line - packet - length;
        if (n_rest == 0 || n_rest > n_text)
                return;

        r->pos = (size_t) (text + n_text - n_rest - r->data);
        r->in_line = true;
        r->n_line -= n_rest;
        r->line[r->n_line] = '\0';
}

bool log_reader_next(LogReader *r, LogLine *ret_line) {
        const char *text;
        size_t n_text, n_added, next;
        unsigned number;

        r->n_line = 0;
        do {
                if (!reader_peek(r, &text, &n_text, &next))
                        return false;
                reader_advance(r, next);
        } while (n_text == 0);

        number = r->number;
        n_added = reader_append(r, text, n_text);
        reader_end_with_packet(r, text, n_added);

        for (unsigned i = 0; i < CONTINUATION_LINES_MAX && reader_wants_more(r); i++) {
                if (!reader_peek(r, &text, &n_text, &next) || n_text == 0 ||
                    has_prefix(text, n_text) || log_packet_find(text, n_text) != n_text)
                        break;

                reader_advance(r, next);
                reader_append(r, " ", 1);
                n_added = reader_append(r, text, n_text);
                reader_end_with_packet(r, text, n_added);
        }

        *ret_line = (LogLine){
                .text = r->line,
                .n_text = r->n_line,
                .packet = log_packet_find(r->line, r->n_line),
                .number = number,
        };
        return true;
}
