/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/explain/log-reader.h"

#include <ctype.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/explain/log-packet.h"

/* A packet that goes on for more lines than this has lost its closing bracket. */
#define CONTINUATION_LINES_MAX 12
/* "pptp_client_1  | ", as docker compose puts before each line. */
#define CONTAINER_PREFIX_MAX 48
/* So many messages in one line are no quotation. */
#define RUN_MESSAGES_MIN 3
/* A line of at least this length may be a whole letter, with a log behind its first words. */
#define LETTER_BYTES_MIN 400

void log_reader_init(LogReader *r, LogRead read, void *context) {
        r->read = read;
        r->context = context;
        r->cleaner = (LogCleaner){ 0 };
        r->error = 0;
        r->at_end = false;
        r->begin = r->end = r->line_end = 0;
        r->number = 0;
        r->in_line = r->same_line = r->is_run = r->is_packed = false;
        r->n_line = 0;
}

/* Makes room in the window and reads on. False: there is nothing more. */
static bool reader_fill(LogReader *r) {
        char piece[LOG_PIECE_BYTES];
        ptrdiff_t n;

        if (r->at_end)
                return false;

        memmove(r->window, r->window + r->begin, r->end - r->begin);
        r->end -= r->begin;
        r->line_end -= MIN(r->begin, r->line_end);
        r->begin = 0;

        n = r->read(r->context, piece, sizeof(piece));
        if (n <= 0) {
                r->error = (int) n;
                r->at_end = true;
                n = 0;
        }
        r->end += log_clean(&r->cleaner, piece, (size_t) n, r->at_end, r->window + r->end);
        return true;
}

/*
 * Finds the end of the line of the file that begins at begin. A line that does not end within
 * LOG_RAW_LINE_MAX_BYTES ends there. False at the end of the log.
 */
static bool reader_find_line_end(LogReader *r) {
        size_t searched = 0;

        for (;;) {
                char *newline =
                        memchr(r->window + r->begin + searched, '\n', r->end - r->begin - searched);

                if (newline) {
                        r->line_end = (size_t) (newline - r->window) + 1;
                        return true;
                }

                searched = r->end - r->begin;
                if (searched >= LOG_RAW_LINE_MAX_BYTES || !reader_fill(r))
                        break;
        }

        r->line_end = r->end;
        return r->begin < r->end;
}

/*
 * "Mar  3 10:00:00 host ", also behind a day of the week, or "2024-03-03T10:00:00+01:00 host ".
 * Returns its length with the word behind the time, of which *ret_host is the place, or 0. Digits
 * may be blanks.
 */
static size_t stamp_length_of(const char *text, size_t n_text, size_t *ret_host) {
        /* Web pages make one blank of the two before a day of one digit. */
        static const char *const forms[] = { "Aaa nn nn:nn:nn ", "Aaa n nn:nn:nn ",
                                             "Aaa Aaa nn nn:nn:nn ", "Aaa Aaa n nn:nn:nn ",
                                             "nnnn-nn-nnTnn:nn:nn" };

        for (size_t k = 0; k < ELEMENTSOF(forms); k++) {
                size_t i = 0;

                while (forms[k][i] && i < n_text) {
                        char f = forms[k][i];
                        unsigned char c = (unsigned char) text[i];

                        if (f == 'A'         ? !isupper(c) :
                                    f == 'a' ? !islower(c) :
                                    f == 'n' ? !isdigit(c) && c != ' ' :
                                               c != (unsigned char) f)
                                break;
                        i++;
                }
                if (forms[k][i])
                        continue;

                /* What is left of the time, and the blank behind it. */
                while (i < n_text && !isspace((unsigned char) text[i - 1]))
                        i++;
                *ret_host = i;
                while (i < n_text && !isspace((unsigned char) text[i]))
                        i++;
                return i < n_text ? i + 1 : 0;
        }

        return 0;
}

/* The same. Nearly no place in a log begins a time, and most are excluded at one character. */
static inline size_t stamp_length(const char *text, size_t n_text, size_t *ret_host) {
        return (n_text > 0 && *text >= 'A' && *text <= 'Z') || (n_text > 4 && text[4] == '-') ?
                stamp_length_of(text, n_text, ret_host) :
                0;
}

/*
 * Skips "##" or "//", with which somebody made a log a comment of a script. Without a time behind
 * it, such a line is a heading, or a command at root's prompt.
 */
static const char *skip_comment(const char *at, const char *end) {
        const char *behind = at;
        size_t host;

        while (behind < end && (*behind == '#' || *behind == '/'))
                behind++;
        if (behind == at)
                return at;

        while (behind < end && isspace((unsigned char) *behind))
                behind++;
        return stamp_length(behind, (size_t) (end - behind), &host) > 0 ? behind : at;
}

/* Skips blanks, the quotation marks of mails and a container's name in front of the message. */
static const char *skip_decoration(const char *at, const char *end) {
        const char *bar;

        while (at < end && (isspace((unsigned char) *at) || *at == '>' || *at == '|'))
                at++;
        at = skip_comment(at, end);

        bar = at;
        while (bar < end && bar - at < CONTAINER_PREFIX_MAX &&
               (isalnum((unsigned char) *bar) || *bar == '_' || *bar == '-' || *bar == '.'))
                bar++;
        if (bar == at)
                return at;

        while (bar < end && *bar == ' ')
                bar++;
        return end - bar >= 2 && memcmp(bar, "| ", 2) == 0 ? bar + 2 : at;
}

/*
 * Looks at the next line of the file, or at the rest of this one, without its decoration. Does not
 * take it.
 */
static bool reader_peek(LogReader *r, const char **ret_text, size_t *ret_n) {
        const char *begin, *end;

        if (!r->in_line && !reader_find_line_end(r))
                return false;

        begin = r->window + r->begin;
        end = r->window + r->line_end;
        begin = skip_decoration(begin, end);
        while (begin < end && isspace((unsigned char) end[-1]))
                end--;

        *ret_text = begin;
        *ret_n = (size_t) (end - begin);
        return true;
}

/* Moves on to a place behind the text that was looked at, within the same line of the file. */
static void reader_advance(LogReader *r, size_t begin) {
        r->number += !r->same_line;
        r->begin = begin;
        r->in_line = begin < r->line_end;
        /* Also where the line was too long for the window. */
        r->same_line = r->in_line || r->window[begin - 1] != '\n';
}

/* Returns how much of it there was room for. */
static size_t reader_append(LogReader *r, const char *text, size_t n_text) {
        size_t room = sizeof(r->line) - 1 - r->n_line;

        n_text = MIN(n_text, room);
        if (n_text > 0)
                memcpy(r->line + r->n_line, text, n_text);
        r->n_line += n_text;

        /* A NUL would end the text for every function that reads it. */
        for (char *nul = r->line + r->n_line - n_text;
             (nul = memchr(nul, '\0', (size_t) (r->line + r->n_line - nul)));)
                *nul = ' ';
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

/*
 * Whether a line is none of a packet that lacks its end: dots for lines that were left out, or one
 * of pppd's messages about what follows a packet.
 */
static bool ends_packet(const char *text, size_t n_text) {
        static const char *const messages[] = {
                "LCP: timeout",          "CCP: timeout",     "IPCP: timeout",
                "Connection terminated", "Modem hangup",     "Terminating on signal",
                "CHAP authentic",        "PAP authentic",    "MPPE ",
                "local  IP address",     "remote IP address"
        };
        size_t n_dots = 0;

        for (size_t i = 0; i < ELEMENTSOF(messages); i++)
                if (n_text >= strlen(messages[i]) &&
                    memcmp(text, messages[i], strlen(messages[i])) == 0)
                        return true;

        while (n_dots < n_text && text[n_dots] == '.')
                n_dots++;
        return n_dots == n_text;
}

/* Whether the line so far is a packet that goes on. */
static bool reader_wants_more(const LogReader *r) {
        if (r->packet == r->n_line)
                return ends_with_direction(r->line, r->n_line);

        return r->n_packet == 0;
}

/*
 * Takes the first n_piece bytes of the text that was peeked at, up to the end of the packet that
 * the line becomes with them. What stands behind that is for the next call.
 */
static void reader_take(LogReader *r, const char *text, size_t n_text, size_t n_piece) {
        size_t n_before = r->n_line, n_added, n_line;

        n_added = reader_append(r, text, n_piece);
        r->packet = log_packet_find(r->line, r->n_line);
        r->n_packet = log_packet_length(r->line + r->packet, r->n_line - r->packet);
        n_line = r->n_packet > 0 ? r->packet + r->n_packet : r->n_line;

        if (n_line > n_before && n_line < n_before + n_added) {
                n_piece = n_line - n_before;
                r->n_line = n_line;
                r->line[n_line] = '\0';
        }
        reader_advance(r, n_piece < n_text ? (size_t) (text - r->window) + n_piece : r->line_end);
}

/*
 * Finds where to cut a text that is longer than LOG_LINE_MAX_BYTES: behind its first packet, or in
 * front of the packet if much text stands there.
 */
static size_t find_piece(const char *text, size_t n_text) {
        size_t packet = log_packet_find(text, n_text), length;

        if (packet >= LOG_LINE_MAX_BYTES / 2)
                return MIN(packet, (size_t) LOG_LINE_MAX_BYTES / 2);

        length = log_packet_length(text + packet, n_text - packet);
        return length > 0 ? packet + length : n_text;
}

/* How messages begin of which a log is made that names no time. */
static size_t heading_length(const char *text, size_t n_text) {
        static const char *const headings[] = { "debug: ", "info: ", "error: ", "success: ",
                                                "warning: " };
        size_t n = 0;

        for (size_t i = 0; i < ELEMENTSOF(headings); i++)
                if (n_text >= strlen(headings[i]) &&
                    memcmp(text, headings[i], strlen(headings[i])) == 0)
                        return strlen(headings[i]);

        /* "pppd[123]: " and "pptp[123]: " */
        if (n_text < 8 || (memcmp(text, "pppd[", 5) != 0 && memcmp(text, "pptp[", 5) != 0))
                return 0;
        while (5 + n < n_text && isdigit((unsigned char) text[5 + n]))
                n++;
        return n > 0 && n_text - 5 - n >= 3 && memcmp(text + 5 + n, "]: ", 3) == 0 ? 5 + n + 3 : 0;
}

/* Finds the first time behind the words that begin a line. Returns n_text if there is none. */
static size_t find_first_message(const char *text, size_t n_text) {
        size_t host;

        for (size_t i = 1; i < n_text; i++)
                if (isspace((unsigned char) text[i - 1]) &&
                    (isupper((unsigned char) text[i]) || text[i] == '2') &&
                    stamp_length(text + i, n_text - i, &host) > 0)
                        return i;

        return n_text;
}

/*
 * Finds where the next message begins in a line that has several. With a time, it is the next one
 * of the same host; else one begins like the first. Returns n_text if there is none.
 */
static size_t find_next_message(const char *text, size_t n_text) {
        size_t host = 0, stamp = stamp_length(text, n_text, &host);
        size_t heading = heading_length(text, n_text);

        if (stamp == 0 && heading == 0)
                return n_text < LETTER_BYTES_MIN ? n_text : find_first_message(text, n_text);

        /* Without the host's name in it again, the line is one message; nearly all are. */
        if (heading == 0 && !memmem(text + stamp, n_text - stamp, text + host, stamp - host))
                return n_text;

        for (size_t i = 1; i < n_text; i++) {
                size_t next_host, n;

                if (heading > 0 && !isspace((unsigned char) text[i - 1]))
                        continue;
                if (heading > 0 && heading_length(text + i, n_text - i) > 0)
                        return i;
                if (stamp == 0 || i <= stamp)
                        continue;

                n = stamp_length(text + i, n_text - i, &next_host);
                if (n > 0 && n - next_host == stamp - host &&
                    memcmp(text + i + next_host, text + host, n - next_host) == 0)
                        return i;
        }

        return n_text;
}

/*
 * Whether the line feeds of a line are lost, as after a paste into a field of one line. One message
 * may quote another, so that only several beginnings prove it.
 */
static bool is_run_together(const char *text, size_t n_text) {
        size_t at = 0;

        for (unsigned i = 0; i < RUN_MESSAGES_MIN; i++) {
                if (at == n_text)
                        return false;
                at += find_next_message(text + at, n_text - at);
        }

        return true;
}

/*
 * Whether a line is all that a terminal showed of pppd, with its messages between the packets: none
 * of them names its time or program, which would begin a line.
 */
static bool is_packed(const char *text, size_t n_text) {
        size_t host, at = 0;

        if (n_text < LETTER_BYTES_MIN || stamp_length(text, n_text, &host) > 0 ||
            heading_length(text, n_text) > 0)
                return false;

        for (unsigned i = 0; i < RUN_MESSAGES_MIN; i++) {
                size_t packet = log_packet_find(text + at, n_text - at), length;

                if (packet == n_text - at || has_prefix(text + at, packet))
                        return false;
                length = log_packet_length(text + at + packet, n_text - at - packet);
                if (length == 0)
                        return false;
                at += packet + length;
        }

        return true;
}

/* Finds where the first packet of such a line ends, or where the messages before it do. */
static size_t find_packed_piece(const char *text, size_t n_text) {
        size_t packet = log_packet_find(text, n_text), length;

        if (packet > 0)
                return packet;

        length = log_packet_length(text, n_text);
        return length > 0 ? length : n_text;
}

bool log_reader_next(LogReader *r, LogLine *ret_line) {
        const char *text;
        size_t n_text, n_piece;
        unsigned number;
        bool is_last, packed;

        for (;;) {
                if (!reader_peek(r, &text, &n_text))
                        return false;
                if (n_text > 0)
                        break;
                reader_advance(r, r->line_end);
        }

        r->n_line = 0;
        number = r->number + !r->same_line;
        if (!r->same_line) {
                r->is_run = is_run_together(text, n_text);
                r->is_packed = !r->is_run && is_packed(text, n_text);
        }
        n_piece = r->is_run  ? find_next_message(text, n_text) :
                r->is_packed ? find_packed_piece(text, n_text) :
                               n_text;
        if (n_piece >= sizeof(r->line))
                n_piece = find_piece(text, n_piece);
        reader_take(r, text, n_text, n_piece);

        for (unsigned i = 0; i < CONTINUATION_LINES_MAX && reader_wants_more(r); i++) {
                if (!reader_peek(r, &text, &n_text) || n_text == 0 || has_prefix(text, n_text) ||
                    ends_packet(text, n_text) || log_packet_find(text, n_text) != n_text)
                        break;

                reader_append(r, " ", 1);
                reader_take(r, text, n_text, n_text);
        }

        packed = r->is_packed;
        is_last = !reader_peek(r, &text, &n_text) || n_text == 0;
        *ret_line = (LogLine){
                .text = r->line,
                .n_text = r->n_line,
                .packet = r->packet,
                .number = number,
                .is_last = is_last,
                .is_packed = packed,
        };
        return true;
}
