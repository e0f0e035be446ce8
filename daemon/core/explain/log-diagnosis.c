/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/explain/log-diagnosis.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/explain/log-copy.h"
#include "core/explain/log-message.h"
#include "core/explain/log-order.h"
#include "core/explain/log-lines.h"
#include "core/explain/log-parser.h"

static bool contains(const char *text, const char *word) {
        return strstr(text, word) != NULL;
}

/*
 * Whether NetworkManager speaks of a connection of another kind, whose messages may be the same as
 * those about PPTP. It names the service when it starts it, and later only the connection.
 */
static bool parser_is_of_other_vpn(LogParser *p, const LogInput *input) {
        const char *text = input->line->text;
        LogCarrier service = log_carrier_of_service(text);

        if (service != LOG_CARRIER_UNKNOWN)
                p->service = service;
        if (log_carrier_has_ppp(p->service) || !strcasestr(text, "vpn"))
                return false;

        if (contains(text, "failed") || contains(text, "timeout exceeded")) {
                p->other_vpn = p->service;
                log_evidence_take(&p->other_vpn_failure, input->line);
        }
        return true;
}

/* Whether to pass over a line because its program has nothing to do with the tunnel. */
static bool parser_skips(LogParser *p, const LogInput *input) {
        switch (input->tag.speaker) {
        case LOG_SPEAKER_STARTER:
                return parser_is_of_other_vpn(p, input);
        case LOG_SPEAKER_STRANGER:
                return input->line->packet == input->line->n_text;
        case LOG_SPEAKER_SERVER:
                log_parser_note_server(p, input);
                return true;
        case LOG_SPEAKER_NOBODY:
                if (!log_input_is_sentence(input))
                        return false;
                p->after_prose = true;
                return input->n_matches == 0 || strncasecmp(input->line->text, "Subject:", 8) == 0;
        case LOG_SPEAKER_PPPD:
        case LOG_SPEAKER_PPTP:
        case LOG_SPEAKER_OWN:
        case LOG_SPEAKER_KERNEL:
        case LOG_SPEAKER_AUDIT:
                break;
        }

        return false;
}

/*
 * Notes whether lines of pppd and of pptp-linux are there: one says how the attempt ended, and the
 * other why.
 */
static void attempt_note_speaker(LogParser *p, LogOpenAttempt *a, const LogInput *input) {
        bool tells_end = log_input_has(input, LOG_PHRASE_TERMINATED) ||
                log_input_has(input, LOG_PHRASE_ENDED);

        if (input->tag.server != LOG_SERVER_PPTPD)
                a->attempt.server = input->tag.server;
        if (input->tag.speaker == LOG_SPEAKER_PPTP)
                a->has_pptp = p->has_client = true;
        a->by_supervisor = a->by_supervisor || input->tag.speaker == LOG_SPEAKER_OWN;
        if (input->tag.speaker != LOG_SPEAKER_NOBODY &&
            (contains(input->line->text, "NetworkManager") ||
             contains(input->line->text, "nm-pptp") ||
             contains(input->line->text, "nm-pppd-plugin")))
                a->by_network_manager = p->has_client = true;
        if (contains(input->line->text, "debug: [pppd] "))
                a->by_kvpnc = p->has_client = true;
        if (input->tag.speaker == LOG_SPEAKER_PPPD && !tells_end)
                a->has_pppd = true;
        if (a->begun_sec == LOG_NO_TIME && log_input_has(input, LOG_PHRASE_CONNECT))
                a->begun_sec = input->tag.time_sec;
}

/*
 * Whether a line is of a program of the tunnel. The time that passes until other programs say
 * something is not the time that the attempt took.
 */
static bool is_of_tunnel(const LogInput *input) {
        switch (input->tag.speaker) {
        case LOG_SPEAKER_PPPD:
        case LOG_SPEAKER_PPTP:
        case LOG_SPEAKER_OWN:
        case LOG_SPEAKER_SERVER:
                return true;
        case LOG_SPEAKER_STARTER:
        case LOG_SPEAKER_NOBODY:
                return input->n_matches > 0 || input->line->packet < input->line->n_text ||
                        strcasestr(input->line->text, "vpn");
        case LOG_SPEAKER_KERNEL:
        case LOG_SPEAKER_AUDIT:
        case LOG_SPEAKER_STRANGER:
                break;
        }

        return false;
}

static void parser_add_message(LogParser *p, const LogLine *line) {
        LogMatch matches[LOG_MATCHES_MAX];
        LogInput input = { .line = line, .matches = matches };
        bool is_packet = line->packet < line->n_text, is_sentence_here, has_neighbour;
        LogCarrier carrier = LOG_CARRIER_UNKNOWN;
        LogOpenAttempt *a;

        /* A packet that begins its line has no tag. */
        if (line->packet > 0)
                log_speaker_parse(line->text, &input.tag);
        else
                input.tag = (LogTag){ .time_sec = LOG_NO_TIME };
        log_tag_continue(&input.tag, line, &p->joint, &p->width);
        log_width_note(&p->width, line);
        if (input.tag.speaker != LOG_SPEAKER_STRANGER)
                input.n_matches = log_index_find(p->index, line->text,
                                                 is_packet ? line->packet : line->n_text, matches);
        if (line->is_last && !is_packet && input.n_matches == 0 &&
            input.tag.speaker != LOG_SPEAKER_STRANGER)
                input.n_matches = log_parser_find_cut(p, &input, matches);
        log_parser_note_prose(p, &input);
        log_parser_note_secret(p, &input);
        log_parser_take_names(p, &input, matches, &carrier);
        log_parser_add_mended(p, &input);
        if (!log_parser_add_joint(p, &input))
                log_parser_keep_joint(p, &input);

        /* "last message repeated" is about the packet in the line before. */
        if (!is_packet && p->current->n_frame > 0 && log_input_has(&input, LOG_PHRASE_REPEATED)) {
                log_attempt_repeat_packet(p->current, log_message_get_repetitions(line->text));
                p->current->n_frame = 0;
                return;
        }
        has_neighbour = p->last_tagged > 0 && line->number == p->last_tagged + 1;
        if (input.tag.speaker != LOG_SPEAKER_NOBODY || is_packet)
                p->last_tagged = line->number;
        if (parser_skips(p, &input))
                return;

        is_sentence_here = log_input_is_sentence(&input);
        a = log_parser_find_attempt(p, &input);
        if (!is_sentence_here)
                log_parser_begin_attempt(p, a, &input);

        p->current = a;
        a->last_use = line->number;
        a->has_neighbours =
                a->has_neighbours || has_neighbour || input.tag.speaker == LOG_SPEAKER_NOBODY;
        if (is_of_tunnel(&input)) {
                a->first_said = a->first_said ?: line->number;
                if (input.tag.time_sec != LOG_NO_TIME)
                        a->last_sec = input.tag.time_sec;
        }
        a->attempt.last_line = line->number;
        a->n_frame = 0;
        log_attempt_note_carrier(a, &input, carrier);
        attempt_note_speaker(p, a, &input);
        if (is_packet)
                log_attempt_add_packet(p, a, &input);
        else
                log_attempt_add_text(p, a, &input);

        if (!is_sentence_here && (is_packet || input.n_matches > 0))
                p->after_prose = false;
}

static void parser_add_line(LogParser *p, const LogLine *line) {
        if (line->is_packed && line->packet == line->n_text)
                log_parser_unpack(p, line, parser_add_message);
        else
                parser_add_message(p, line);
}

static LogParser *parser_free(LogParser *p) {
        if (!p)
                return NULL;

        for (size_t i = 0; i < LOG_OPEN_MAX; i++)
                diagnosis_free(p->open[i].diagnosis);
        log_index_free(p->index);
        free(p->attempts);
        free(p);
        return NULL;
}

/* Returns NULL when there is no memory. */
static LogParser *parser_new(LogRead read, void *context) {
        LogParser *p = calloc(1, sizeof(*p));
        bool ok;

        if (!p)
                return NULL;

        p->index = log_index_new();
        p->attempts = calloc(LOG_ATTEMPTS_MAX, sizeof(*p->attempts));
        ok = p->index && p->attempts;
        for (size_t i = 0; i < LOG_OPEN_MAX && ok; i++) {
                p->open[i].diagnosis = diagnosis_new();
                ok = p->open[i].diagnosis;
                if (ok)
                        log_attempt_begin(p, &p->open[i], 1);
        }
        if (!ok)
                return parser_free(p);

        p->current = &p->open[0];
        log_reader_init(&p->reader, read, context);
        return p;
}

int log_diagnosis_read_from(LogRead read, void *context, LogDiagnosis *ret_diagnosis) {
        LogOrder *order = malloc(sizeof(*order));
        LogParser *p = NULL;
        LogLine line;
        int r;

        if (!order)
                return -ENOMEM;

        r = log_order_init(order, read, context);
        if (r < 0)
                goto finish;

        p = parser_new(log_order_read, order);
        if (!p) {
                r = -ENOMEM;
                goto finish;
        }

        while (log_reader_next(&p->reader, &line))
                parser_add_line(p, &line);
        r = p->reader.error;
        if (r < 0)
                goto finish;

        for (size_t i = 0; i < LOG_OPEN_MAX; i++)
                log_attempt_end(p, &p->open[i]);
        for (size_t i = 0; i < LOG_OPEN_MAX && p->n_attempts == 0; i++)
                log_attempt_end_untold(p, &p->open[i]);
        log_parser_finish(p, order, ret_diagnosis);

finish:
        parser_free(p);
        log_order_done(order);
        free(order);
        return r;
}

typedef struct Memory {
        const char *text;
        size_t n_text;
} Memory;

static ptrdiff_t memory_read(void *context, char *buffer, size_t n_buffer) {
        Memory *memory = context;
        size_t n = MIN(n_buffer, memory->n_text);

        /* An empty text may have a NULL pointer, to which nothing may be added. */
        if (n == 0)
                return 0;

        memcpy(buffer, memory->text, n);
        memory->text += n;
        memory->n_text -= n;
        return (ptrdiff_t) n;
}

int log_diagnosis_read(const char *text, size_t n_text, LogDiagnosis *ret_diagnosis) {
        Memory memory = { text, n_text };

        return log_diagnosis_read_from(memory_read, &memory, ret_diagnosis);
}

void log_diagnosis_done(LogDiagnosis *d) {
        free(d->attempts);
        *d = (LogDiagnosis){ 0 };
}
