/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/explain/log-diagnosis.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/diagnosis/catalogue.h"
#include "core/explain/log-clean.h"
#include "core/explain/log-message.h"
#include "core/explain/log-packet.h"
#include "core/explain/log-parser.h"
#include "core/explain/log-reader.h"
#include "core/base/macros.h"
#include "core/ppp/ppp-packet.h"
#include "core/base/text.h"

static bool contains(const char *text, const char *word) {
        return strstr(text, word) != NULL;
}

/* Whether an option stands in the text as a word of its own. */
static bool contains_option(const char *text, const char *option) {
        for (const char *p = text; (p = strstr(p, option)); p++) {
                char after = p[strlen(option)];

                if ((p == text || !isalnum((unsigned char) p[-1])) &&
                    !isalnum((unsigned char) after))
                        return true;
        }

        return false;
}

static void parser_begin(LogParser *p, unsigned line) {
        diagnosis_reset(p->diagnosis, &(DiagnosisContext){ .has_domain = true });
        p->attempt = (LogAttempt){ .first_line = line };
        p->options = p->log_options;
        p->asked = (MppePolicy){ 0 };
        p->has_policy = false;
        p->reply = (PptpMessage){ .type = PPTP_OUTGOING_CALL_REPLY };
        p->terminated = false;
        p->told_to_end = false;
        p->heard = false;
        p->n_packets = 0;
        p->n_frame = 0;
        p->n_twins = 0;
        p->n_hits = 0;
}

/* Whether a new attempt begins with this line. */
static bool line_begins_attempt(const LogParser *p, const LogLine *line) {
        bool is_packet = line->packet < line->n_text;

        if (is_packet)
                return p->terminated &&
                        (contains(line->text + line->packet, "[LCP ConfReq") ||
                         contains(line->text + line->packet, "[CHAP Challenge"));

        /* Comments between pasted pieces; those of pppd's own "dump" are none. */
        if (line->text[0] == '#')
                return !contains(line->text, "# (from");
        if (contains(line->text, "Using interface") || contains(line->text, "using channel"))
                return p->attempt.n_packets > 0;

        /* What pptp-linux says of the way to the server may come before pppd is ready. */
        if (contains(line->text, "Connect: "))
                return p->attempt.n_packets > 0 || p->heard || p->terminated;

        /* The last one is our own. */
        return contains(line->text, "pppd options in effect") ||
                contains(line->text, "started by") ||
                (contains(line->text, "Connecting to ") && contains(line->text, ", TCP port "));
}

static void parser_note_options(LogParser *p, const char *text) {
        LogOptions *options =
                log_parser_has_evidence(p) || text[0] == '#' ? &p->options : &p->log_options;

        if (contains_option(text, "mppe-stateful"))
                options->stateful = true;
        if (contains_option(text, "require-mppe") || contains_option(text, "require-mppe-40") ||
            contains_option(text, "require-mppe-128"))
                options->requires_mppe = true;

        /* pppd's own words, unless they are the peer's. */
        if (contains(text, "MPPE required") && !log_message_is_of_peer(text))
                p->options.requires_mppe = true;

        p->options.stateful = p->options.stateful || options->stateful;
        p->options.requires_mppe = p->options.requires_mppe || options->requires_mppe;
}

/* The latest ones matter most: the end of a long log tells how it ended. */
static LogPacketLine *parser_keep_line(LogParser *p, unsigned number, const char *text,
                                       size_t n_text) {
        LogPacketLine *kept;

        if (p->n_packets == LOG_PACKETS_MAX) {
                memmove(p->packets, p->packets + 1, (LOG_PACKETS_MAX - 1) * sizeof(*p->packets));
                p->n_packets--;
        }

        kept = &p->packets[p->n_packets++];
        *kept = (LogPacketLine){ .line = number };
        text_escape(kept->text, sizeof(kept->text), text, n_text);
        return kept;
}

/* Messages that hold as much as the packet or the status that they speak of. */
static void parser_note_clues(LogParser *p, const LogLine *line) {
        uint8_t frame[LOG_TERMINATION_MAX_BYTES];
        DiagnosisFact fact = { .stage = DIAGNOSIS_STAGE_LINK };
        bool noted = false;
        PluginPhase phase;
        size_t n_frame;
        int status;

        if (log_message_get_reply(line->text, &p->reply)) {
                diagnosis_add_control(p->diagnosis, false, &p->reply);
                noted = true;
        }

        if (log_message_get_exit(line->text, &status)) {
                diagnosis_add_fact(p->diagnosis,
                                   &(DiagnosisFact){
                                           .type = DIAGNOSIS_PPPD_EXITED,
                                           .stage = DIAGNOSIS_STAGE_LINK,
                                           .number = status,
                                   });
                noted = true;
        }

        if (log_message_get_fact(line->text, &fact.type)) {
                diagnosis_add_fact(p->diagnosis, &fact);
                noted = true;
        }

        if (log_message_get_phase(line->text, &phase)) {
                diagnosis_add_phase(p->diagnosis, phase);
                p->heard = true;
        }

        /* With packets there is the Terminate-Request itself. */
        n_frame = p->attempt.n_packets > 0 ? 0 : log_message_get_termination(line->text, frame);
        if (n_frame > 0) {
                diagnosis_add_frame(p->diagnosis, false, frame, n_frame);
                p->heard = noted = true;
        }

        if (noted)
                parser_keep_line(p, line->number, line->text, line->n_text);
}

/* What the supervisor says of the case stands in parentheses behind the summary. */
static void hit_note_detail(LogHit *hit, const LogLine *line) {
        const char *summary = catalogue_rows[hit->row].summary;
        const char *begin = strstr(line->text, summary), *end = strrchr(line->text, ')');

        begin = begin ? begin + strlen(summary) : NULL;
        if (!begin || !end || strncmp(begin, " (", 2) != 0 || end < begin + 2)
                return;

        text_escape(hit->detail, sizeof(hit->detail), begin + 2, (size_t) (end - begin - 2));
}

static void parser_add_hit(LogParser *p, const LogLine *line, CatalogueIndex row, bool is_verdict) {
        LogHit *hit;

        for (size_t i = 0; i < p->n_hits; i++)
                if (p->hits[i].row == row)
                        return;
        if (p->n_hits == LOG_HITS_MAX)
                return;

        hit = &p->hits[p->n_hits++];
        *hit = (LogHit){ .line = line->number, .row = row, .is_verdict = is_verdict };
        text_escape(hit->text, sizeof(hit->text), line->text, line->n_text);
        if (is_verdict)
                hit_note_detail(hit, line);
}

/* What other software says in a case of the catalogue, and what the supervisor says. */
static void parser_note_message(LogParser *p, const LogLine *line) {
        size_t n_longest = 0;
        CatalogueIndex own = 0;

        /* The longest: some summaries begin like others. */
        for (size_t i = 0; i < CATALOGUE_N_FAILURES; i++) {
                const DiagnosisRow *row = &catalogue_rows[i];
                size_t n = strlen(row->summary);

                if (n > n_longest && log_row_is_failure(row) &&
                    contains(line->text, row->summary)) {
                        n_longest = n;
                        own = (CatalogueIndex) i;
                }
        }
        if (n_longest > 0)
                parser_add_hit(p, line, own, true);

        if (log_message_is_gre_in_firewall(line->text))
                parser_add_hit(p, line, CATALOGUE_GRE_02, false);

        for (size_t i = 0; i < CATALOGUE_N_LOG_TEXTS; i++) {
                const CatalogueLogText *known = &catalogue_log_texts[i];

                if (contains(line->text, known->text) &&
                    (known->row == CATALOGUE_LCP_04 || !log_message_is_of_peer(line->text)))
                        parser_add_hit(p, line, known->row, false);
        }
}

static void parser_add_text(LogParser *p, const LogLine *line) {
        if (log_message_is_foreign(line->text))
                return;

        p->has_policy = mppe_policy_find(line->text, &p->policy) || p->has_policy;

        if (contains(line->text, "Connection terminated") || contains(line->text, "Modem hangup"))
                p->terminated = true;

        if (contains(line->text, "Terminating on signal"))
                p->told_to_end = true;

        parser_note_options(p, line->text);
        parser_note_clues(p, line);
        parser_note_message(p, line);
}

/* Our own CCP requests show what this side would have. */
static void parser_note_request(LogParser *p, const PppPacket *packet) {
        uint32_t bits;

        if (packet->protocol != PPP_PROTO_CCP || packet->code != PPP_CODE_CONFIGURE_REQUEST ||
            !ppp_packet_get_mppe(packet, &bits))
                return;

        p->asked.allow_128 = p->asked.allow_128 || (bits & MPPE_BIT_128);
        p->asked.allow_40 = p->asked.allow_40 || (bits & MPPE_BIT_40);
        p->asked.allow_stateful = p->asked.allow_stateful || !(bits & MPPE_BIT_STATELESS);
}

/*
 * Whether the very line was there a moment ago. In the journal each line of pppd's comes twice, by
 * syslog and from standard error. Without a prefix no time stamp tells such a twin from a
 * packet that was sent again. The supervisor says everything once.
 */
static bool parser_is_twin(LogParser *p, const LogLine *line) {
        uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */

        if (line->packet == 0 || contains(line->text, "pptp-supervisor["))
                return false;

        for (size_t i = 0; i < line->n_text; i++)
                hash = (hash ^ (uint8_t) line->text[i]) * UINT64_C(0x100000001b3);
        for (size_t i = 0; i < MIN(p->n_twins, (size_t) LOG_TWINS_MAX); i++)
                if (p->twins[i] == hash) {
                        p->twins[i] = 0; /* a third one is no twin */
                        return true;
                }

        p->twins[p->n_twins++ % LOG_TWINS_MAX] = hash;
        return false;
}

/*
 * A message of the control connection, as our own debug log has it. Ours to the server prove
 * nothing.
 */
static bool parser_add_control(LogParser *p, const LogLine *line) {
        static const char head[] = "rcvd [PPTP ";
        const char *text = line->text + line->packet;
        PptpMessage message;
        bool ends;

        if (strncmp(text, head, sizeof(head) - 1) != 0 ||
            !pptp_message_parse_description(text + sizeof(head) - 1, &message))
                return false;

        diagnosis_add_control(p->diagnosis, false, &message);
        ends = message.type == PPTP_CALL_DISCONNECT_NOTIFY ||
                message.type == PPTP_STOP_CONTROL_CONNECTION_REQUEST ||
                ((message.type == PPTP_START_CONTROL_CONNECTION_REPLY ||
                  message.type == PPTP_OUTGOING_CALL_REPLY) &&
                 message.result_code != 1);
        if (ends)
                parser_keep_line(p, line->number, text, line->n_text - line->packet);
        return true;
}

static void parser_add_packet(LogParser *p, const LogLine *line) {
        const char *text = line->text + line->packet;
        size_t n_text = line->n_text - line->packet, n_frame;
        PppPacket packet;
        LogPacketLine *kept;
        bool sent;

        if (log_packet_is_bare(text, n_text)) {
                p->attempt.options_missing = true;
                return;
        }

        if (parser_add_control(p, line) ||
            !log_packet_parse(text, n_text, &sent, p->frame, &n_frame) ||
            ppp_packet_parse(p->frame, n_frame, &packet) != 0 || parser_is_twin(p, line))
                return;

        p->n_frame = n_frame;
        p->frame_sent = sent;
        diagnosis_add_frame(p->diagnosis, sent, p->frame, n_frame);
        if (sent)
                parser_note_request(p, &packet);
        else
                p->heard = true;

        p->attempt.n_packets++;
        kept = parser_keep_line(p, line->number, text, n_text);
        kept->protocol = packet.protocol;
        kept->code = packet.code;
        kept->sent = sent;
}

/* The packet of the line before, so many times more. */
static void parser_repeat_packet(LogParser *p, unsigned n) {
        p->attempt.n_packets += n;
        while (n-- > 0)
                diagnosis_add_frame(p->diagnosis, p->frame_sent, p->frame, p->n_frame);
}

static int parser_add_line(LogParser *p, const LogLine *line) {
        int r;

        if (line_begins_attempt(p, line)) {
                if (log_parser_has_evidence(p)) {
                        r = log_parser_finish(p);
                        if (r < 0)
                                return r;
                        parser_begin(p, line->number);
                }
                if (line->text[0] == '#') {
                        size_t blanks = strspn(line->text, "# ");

                        text_escape(p->attempt.label, sizeof(p->attempt.label), line->text + blanks,
                                    line->n_text - blanks);
                }
        }

        p->attempt.last_line = line->number;
        if (line->packet == line->n_text && p->n_frame > 0)
                parser_repeat_packet(p, log_message_get_repetitions(line->text));

        p->n_frame = 0;
        if (line->packet < line->n_text)
                parser_add_packet(p, line);
        else
                parser_add_text(p, line);
        return 0;
}

int log_diagnosis_read(const char *text, size_t n_text, LogDiagnosis *ret_diagnosis) {
        _cleanup_free_ char *clean = NULL;
        LogDiagnosis result = { 0 };
        LogReader reader;
        LogParser *p;
        LogLine line;
        size_t n_clean;
        int r;

        r = log_clean(text, n_text, &clean, &n_clean);
        if (r < 0)
                return r;

        p = calloc(1, sizeof(*p));
        if (!p)
                return -ENOMEM;
        p->diagnosis = diagnosis_new();
        if (!p->diagnosis) {
                free(p);
                return -ENOMEM;
        }
        p->result = &result;
        parser_begin(p, 1);

        log_reader_init(&reader, clean, n_clean);
        while (r >= 0 && log_reader_next(&reader, &line))
                r = parser_add_line(p, &line);
        if (r >= 0)
                r = log_parser_finish(p);

        diagnosis_free(p->diagnosis);
        free(p);
        if (r < 0) {
                log_diagnosis_done(&result);
                return r;
        }

        result.n_lines = reader.number;
        *ret_diagnosis = result;
        return 0;
}

void log_diagnosis_done(LogDiagnosis *d) {
        free(d->attempts);
        *d = (LogDiagnosis){ 0 };
}
