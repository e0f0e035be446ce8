/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What a line mentions beside messages: what carries PPP, addresses, routes, errors of Windows; and
 * whether it is prose at all.
 */

#include <ctype.h>
#include <string.h>

#include "core/explain/log-client.h"
#include "core/explain/log-lines.h"
#include "core/explain/log-parser.h"

/* In a line with more words than "Plugin ... loaded" has, a carrier's name is only mentioned. */
#define CARRIER_WORDS 2
/* A line without a tag that has at least this many words is a sentence. */
#define SENTENCE_WORDS 5

static bool contains(const char *text, const char *word) {
        return strstr(text, word) != NULL;
}

bool log_input_is_sentence(const LogInput *input) {
        const LogLine *line = input->line;

        if (input->tag.speaker != LOG_SPEAKER_NOBODY || line->packet < line->n_text ||
            input->tag.time_sec != LOG_NO_TIME)
                return false;
        if (strncasecmp(line->text, "Subject:", 8) == 0)
                return true;
        /* A heading for what follows, or an option in pppd's dump. */
        if (line->text[0] == '#' || contains(line->text, "# (from"))
                return false;

        return log_speaker_count_words(line->text, line->n_text) >= SENTENCE_WORDS &&
                (input->n_matches == 0 || input->matches[0].offset > 0);
}

/* Keeps the address or route that a line shows. */
static void parser_note_network(LogParser *p, const LogLine *line) {
        LogNetwork *network = &p->networks.networks[p->networks.n % LOG_NETWORKS_MAX];
        bool in_tunnel;

        if (log_network_adds_route(line->text, &in_tunnel)) {
                log_evidence_take(&p->networks.added, line);
                p->current->attempt.added_route = p->current->attempt.added_route || in_tunnel;
        }
        if (!log_network_parse(line->text, network))
                return;

        p->networks.n++;
        log_evidence_take(&network->evidence, line);
}

/*
 * Whether a carrier's name is only a part of the name of a file. In pppd's own lines, and in those
 * about a plugin (.so) or a script that pppd ran, it counts.
 */
static bool names_file(const LogInput *input, const LogMatch *match) {
        const char *text = input->line->text, *end = text + match->offset + match->n_text;
        size_t begin = match->offset;

        if (contains(text, ".so") || contains(text, "Script ") ||
            input->tag.speaker == LOG_SPEAKER_PPPD)
                return false;

        while (begin > 0 && !isspace((unsigned char) text[begin - 1]))
                begin--;
        end += strcspn(end, " \t");

        return strncmp(text + match->offset + match->n_text, ".sh", 3) == 0 ||
                (end[-1] != ':' && memchr(text + begin, '/', match->offset - begin));
}

/* Keeps the latest error of Windows that somebody tells of. */
static void parser_note_windows(LogParser *p, const LogLine *line, uint32_t error, bool in_words) {
        CatalogueIndex row;

        if (!log_client_find_windows_row(error, &row))
                return;
        /* "In help, click Troubleshooting, then Error Messages, then 742" */
        if (p->windows.line > 0 && p->windows_error == error && p->windows_in_words)
                return;

        p->windows_error = error;
        p->windows_in_words = in_words;
        log_hit_init(&p->windows, line, row);
}

void log_parser_note_prose(LogParser *p, const LogInput *input) {
        uint32_t error;

        if (input->tag.speaker != LOG_SPEAKER_NOBODY || input->line->packet < input->line->n_text ||
            input->line->n_text > LOG_PROSE_LINE_MAX_BYTES ||
            p->prose.n_lines == LOG_PROSE_LINES_MAX)
                return;

        log_prose_note(&p->prose, input->line->text);
        if (log_prose_find_error(input->line->text, &error))
                parser_note_windows(p, input->line, error, false);
}

void log_parser_take_names(LogParser *p, LogInput *input, LogMatch *matches,
                           LogCarrier *ret_carrier) {
        bool is_untagged = input->tag.speaker == LOG_SPEAKER_NOBODY, has_network = false,
             is_capture = false;
        size_t n = 0;

        for (size_t i = 0; i < input->n_matches; i++) {
                const LogMatch match = matches[i];

                has_network = has_network || match.kind == LOG_MATCH_NETWORK;
                is_capture = is_capture || match.kind == LOG_MATCH_CAPTURE;
                if (match.kind == LOG_MATCH_NETWORK || match.kind == LOG_MATCH_CAPTURE)
                        continue;
                if (match.kind == LOG_MATCH_PROGRAM) {
                        p->programs |= 1U << match.number;
                        continue;
                }
                if (match.kind == LOG_MATCH_WINDOWS) {
                        if (is_untagged && match.number == LOG_CLIENT_CONNECTED)
                                log_evidence_take(&p->connected, input->line);
                        else if (is_untagged)
                                parser_note_windows(p, input->line, match.number, true);
                        continue;
                }
                if (match.kind == LOG_MATCH_PHRASE && match.number == LOG_PHRASE_COUNTER) {
                        if (is_untagged)
                                log_parser_note_counters(p, input->line);
                        continue;
                }
                if (match.kind != LOG_MATCH_CARRIER) {
                        matches[n++] = match;
                        continue;
                }
                if (is_untagged && input->tag.time_sec == LOG_NO_TIME &&
                    input->line->text[match.offset + match.n_text] != ':' &&
                    match.number != LOG_CARRIER_PPTP && match.number != LOG_CARRIER_MODEM &&
                    log_speaker_count_words(input->line->text, input->line->n_text) > CARRIER_WORDS)
                        continue;

                if (match.number != LOG_CARRIER_PPTP && names_file(input, &match))
                        continue;

                if (match.number == LOG_CARRIER_PPTP && is_untagged &&
                    log_input_is_sentence(input)) {
                        p->prose_names_pptp = true;
                        continue;
                }
                if (*ret_carrier != LOG_CARRIER_PPTP)
                        *ret_carrier = (LogCarrier) match.number;
                p->carriers |= 1U << match.number;
        }

        input->n_matches = n;
        p->programs |= 1U << input->tag.client;
        if (input->tag.carrier != LOG_CARRIER_UNKNOWN)
                p->carriers |= 1U << input->tag.carrier;
        if (has_network && is_untagged)
                parser_note_network(p, input->line);
        if (is_capture && is_untagged)
                log_capture_add(&p->capture, input->line);
}

void log_attempt_note_carrier(LogOpenAttempt *a, const LogInput *input, LogCarrier carrier) {
        const char *message = input->line->text + input->tag.message;
        bool of_pppd = input->tag.speaker == LOG_SPEAKER_PPPD ||
                (input->tag.speaker == LOG_SPEAKER_NOBODY &&
                 (strncmp(message, "Plugin ", 7) == 0 || strncmp(message, "Script ", 7) == 0));

        if (input->line->packet < input->line->n_text || a->carrier == LOG_CARRIER_PPTP)
                return;

        if (log_input_has(input, LOG_PHRASE_CONNECT) &&
            log_carrier_of_device(message) != LOG_CARRIER_UNKNOWN)
                a->carrier = log_carrier_of_device(message);
        else if (input->tag.speaker == LOG_SPEAKER_PPTP || input->tag.speaker == LOG_SPEAKER_OWN)
                a->carrier = LOG_CARRIER_PPTP;
        else if (of_pppd && carrier != LOG_CARRIER_UNKNOWN)
                a->carrier = carrier;
}
