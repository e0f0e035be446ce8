/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What one line of a log shows of its attempt. */

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/base/hash.h"
#include "core/base/macros.h"
#include "core/base/text.h"
#include "core/explain/log-client.h"
#include "core/explain/log-message.h"
#include "core/explain/log-parser.h"
#include "core/ppp/ppp-packet.h"

/* If this much more was sent than received, the tunnel carries its own packets in a circle. */
#define LOOP_SENT_BYTES (UINT64_C(10) * 1024 * 1024)
#define LOOP_RATIO 1000
/* A negotiation takes fewer bytes than this, so data went through the tunnel. */
#define TRAFFIC_BYTES (UINT64_C(100) * 1024)
/* A message with more words than this before it is quoted in a sentence. */
#define QUOTE_WORDS 2
/* A comment of more words than this is a sentence and no list of options. */
#define COMMENT_WORDS 6

bool log_input_has(const LogInput *input, LogPhrase phrase) {
        for (size_t i = 0; i < input->n_matches; i++)
                if (input->matches[i].kind == LOG_MATCH_PHRASE &&
                    input->matches[i].number == (unsigned) phrase)
                        return true;

        return false;
}

/*
 * The length of a character of more than one byte (RFC 3629, section 4), or 0 if there is none, or
 * none to print: the controls of C1, those of the direction of writing, and what has no width.
 */
static size_t utf8_letter_length(const char *text, size_t n_text) {
        static const struct {
                uint32_t first, last;
        } hidden[] = { { 0x80, 0x9f },     { 0xad, 0xad },     { 0x61c, 0x61c },
                       { 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f },
                       { 0xd800, 0xf8ff }, { 0xfeff, 0xfeff }, { 0xfff0, 0xffff } };
        static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
        unsigned char c = (unsigned char) text[0];
        size_t n = c >= 0xf0 && c < 0xf8 ? 4 :
                c >= 0xe0 && c < 0xf0    ? 3 :
                c >= 0xc0 && c < 0xe0    ? 2 :
                                           0;
        uint32_t letter;

        if (n == 0 || n > n_text)
                return 0;

        letter = c & (0x7fU >> n);
        for (size_t i = 1; i < n; i++) {
                if (((unsigned char) text[i] & 0xc0) != 0x80)
                        return 0;
                letter = letter << 6 | ((unsigned char) text[i] & 0x3f);
        }
        /* From U+E0000 on there are tags, which are invisible. */
        if (letter < least[n] || letter >= 0xe0000)
                return 0;
        for (size_t i = 0; i < ELEMENTSOF(hidden); i++)
                if (letter >= hidden[i].first && letter <= hidden[i].last)
                        return 0;

        return n;
}

void log_evidence_copy(char *ret_text, size_t n_ret, const char *text, size_t n_text) {
        static const char dots[] = "...", digits[] = "0123456789abcdef";
        size_t n = 0, n_letter;
        /* With room for an escape or a letter, and the dots. */
        size_t room = n_ret - 4 - sizeof(dots);

        for (size_t i = 0; i < n_text; i++) {
                unsigned char c = (unsigned char) text[i];

                if (n > room) {
                        memcpy(ret_text + n, dots, sizeof(dots) - 1);
                        n += sizeof(dots) - 1;
                        break;
                }
                if (c >= 0x20 && c < 0x7f) {
                        ret_text[n++] = (char) c;
                        continue;
                }
                n_letter = utf8_letter_length(text + i, n_text - i);
                if (n_letter > 0) {
                        memcpy(ret_text + n, text + i, n_letter);
                        n += n_letter;
                        i += n_letter - 1;
                        continue;
                }
                ret_text[n++] = '\\';
                ret_text[n++] = 'x';
                ret_text[n++] = digits[c >> 4];
                ret_text[n++] = digits[c & 0xf];
        }

        ret_text[n] = '\0';
}

/* The latest ones matter most: the end of a long log tells how it ended. */
static LogPacketLine *attempt_keep_line(LogOpenAttempt *a, unsigned number, const char *text,
                                        size_t n_text) {
        LogPacketLine *kept = &a->packets[a->n_packets++ % LOG_PACKETS_MAX];

        *kept = (LogPacketLine){ .line = number };
        log_evidence_copy(kept->text, sizeof(kept->text), text, n_text);
        return kept;
}

static void attempt_keep_input(LogOpenAttempt *a, const LogInput *input) {
        attempt_keep_line(a, input->line->number, input->line->text, input->line->n_text);
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

/*
 * Whether a line lists options: pppd's own dump, a comment of few words, a line of an options file
 * or a command; and not a sentence that names one.
 */
static bool lists_options(const LogInput *input) {
        const char *text = input->line->text;

        return strstr(text, "# (from") ||
                (text[0] == '#' &&
                 log_speaker_count_words(text, input->line->n_text) <= COMMENT_WORDS) ||
                (input->tag.speaker == LOG_SPEAKER_NOBODY &&
                 (log_speaker_count_words(text, input->line->n_text) == 0 ||
                  strstr(text, "pppd ")));
}

static void attempt_note_options(LogParser *p, LogOpenAttempt *a, const LogInput *input) {
        const char *text = input->line->text;
        LogOptions *options =
                log_attempt_has_evidence(a) || text[0] == '#' ? &a->options : &p->log_options;

        /* These are pppd's own words, unless it quotes its peer. */
        if (strstr(text, "MPPE required") && !log_message_is_of_peer(text))
                a->options.requires_mppe = true;

        if (!lists_options(input))
                return;

        if (contains_option(text, "mppe-stateful"))
                options->stateful = true;
        if (contains_option(text, "require-mppe") || contains_option(text, "require-mppe-40") ||
            contains_option(text, "require-mppe-128"))
                options->requires_mppe = true;

        if (contains_option(text, "refuse-chap"))
                options->refuses_chap = true;

        a->options.refuses_chap = a->options.refuses_chap || options->refuses_chap;
        a->options.stateful = a->options.stateful || options->stateful;
        a->options.requires_mppe = a->options.requires_mppe || options->requires_mppe;
}

/* Notes what a line of pptp-linux says about the control connection. */
static void attempt_note_control(LogOpenAttempt *a, const LogInput *input) {
        LogControl *control = &a->control;

        if (log_input_has(input, LOG_PHRASE_START_ASKED)) {
                *control = LOG_CONTROL_NONE;
                control->start_asked = true;
        }
        if (log_input_has(input, LOG_PHRASE_PPTP_STARTED))
                control->pptp_started = true;
        if (log_input_has(input, LOG_PHRASE_PPTP_STARTED) ||
            log_input_has(input, LOG_PHRASE_START_ASKED) ||
            log_input_has(input, LOG_PHRASE_CALL_ASKED)) {
                control->asked_sec = input->tag.time_sec;
                control->asked.line = input->line->number;
                log_evidence_copy(control->asked.text, sizeof(control->asked.text),
                                  input->line->text, input->line->n_text);
        }
        if (log_input_has(input, LOG_PHRASE_START_ANSWERED))
                control->start_answered = true;
        if (log_input_has(input, LOG_PHRASE_CALL_ASKED))
                control->call_asked = true;
        if (log_input_has(input, LOG_PHRASE_CALL_ANSWERED))
                control->call_answered = true;
        if (log_input_has(input, LOG_PHRASE_CALL_MADE)) {
                control->call_answered = true;
                control->call_made_sec = input->tag.time_sec;
        }
        if (log_input_has(input, LOG_PHRASE_PEER_CLOSED) && !control->closed) {
                control->closed = true;
                control->closed_sec = input->tag.time_sec;
                diagnosis_add_fact(a->diagnosis,
                                   &(DiagnosisFact){ .type = DIAGNOSIS_PEER_CLOSED,
                                                     .stage = DIAGNOSIS_STAGE_LINK });
                attempt_keep_input(a, input);
        }
        if (log_input_has(input, LOG_PHRASE_CLOSING) ||
            (input->tag.speaker == LOG_SPEAKER_PPTP && strstr(input->line->text, "fatal[")))
                control->is_over = true;

        if (log_input_has(input, LOG_PHRASE_ALIVE) && input->tag.speaker == LOG_SPEAKER_PPTP)
                control->is_alive = control->start_answered = control->call_answered = true;

        if (control->start_asked || control->start_answered || control->call_answered ||
            control->pptp_started)
                a->by_client = true;
}

/* Whether the attempt has ended already; then a signal to its programs is a consequence. */
static bool attempt_has_hung_up(const LogOpenAttempt *a) {
        if (a->terminated || a->control.closed)
                return true;

        for (size_t i = 0; i < a->n_hits; i++)
                if (a->hits[i].row == CATALOGUE_CTL_09 || a->hits[i].row == CATALOGUE_CTL_10 ||
                    a->hits[i].row == CATALOGUE_CTL_14 || a->hits[i].row == CATALOGUE_CTL_16 ||
                    a->hits[i].row == CATALOGUE_LCP_04)
                        return true;

        return false;
}

/* Notes that somebody on this host ended the attempt, unless it had ended before. */
static void attempt_note_told(LogOpenAttempt *a, const LogLine *line) {
        if (a->told_to_end || attempt_has_hung_up(a))
                return;

        a->told_to_end = true;
        a->told.line = line->number;
        log_evidence_copy(a->told.text, sizeof(a->told.text), line->text, line->n_text);
}

/*
 * Forgets how an earlier connection of the same pppd ended, which began again without a line that
 * says so: once it is up, that is no verdict.
 */
static void attempt_forget_end(LogOpenAttempt *a) {
        size_t n = 0;

        for (size_t i = 0; i < a->n_hits; i++)
                if (!log_row_tells_end(&catalogue_rows[a->hits[i].row]))
                        a->hits[n++] = a->hits[i];

        a->n_hits = n;
        a->terminated = a->told_to_end = a->is_over = false;
        a->control.closed = a->control.is_over = false;
}

/* Notes how far the attempt got, and whether it is over. */
static void attempt_note_course(LogOpenAttempt *a, const LogInput *input) {
        if (log_input_has(input, LOG_PHRASE_BEGINS) || log_input_has(input, LOG_PHRASE_STARTED) ||
            log_input_has(input, LOG_PHRASE_CONNECT))
                a->has_begun = true;
        if (log_input_has(input, LOG_PHRASE_TERMINATED)) {
                if (!a->terminated && strstr(input->line->text, "Modem hangup")) {
                        a->served.hung_up_first = true;
                        log_attempt_note_served_end(a, input);
                }
                a->terminated = true;
        }
        if (log_input_has(input, LOG_PHRASE_ENDED) || a->terminated || a->control.is_over)
                a->is_over = true;
        if (log_input_has(input, LOG_PHRASE_HEARD))
                a->heard = true;
        /* A shell's 128 and the number of the signal: SIGTERM, SIGINT, SIGKILL. */
        if (strstr(input->line->text, "Script pptp ") &&
            (strstr(input->line->text, "status = 0x8f") ||
             strstr(input->line->text, "status = 0x82") ||
             strstr(input->line->text, "status = 0x89")) &&
            !a->control.closed) {
                a->helper_killed = true;
                attempt_note_told(a, input->line);
        }
        if (log_input_has(input, LOG_PHRASE_ASKED_PASSWORD))
                a->asked_password = a->heard = true;
        if (log_input_has(input, LOG_PHRASE_SIGNAL) && !log_message_is_of_peer(input->line->text))
                attempt_note_told(a, input->line);
        if (log_input_has(input, LOG_PHRASE_ENCRYPTED) && strstr(input->line->text, "MPPE"))
                a->encrypted = a->heard = true;

        if (log_input_has(input, LOG_PHRASE_AUTHENTICATED) &&
            !log_input_has(input, LOG_PHRASE_SERVER)) {
                a->authenticated = a->heard = a->by_client = true;
                diagnosis_add_phase(a->diagnosis, PLUGIN_PHASE_NETWORK);
        }
        if (log_input_has(input, LOG_PHRASE_UP) && !strstr(input->line->text, "determine")) {
                if (!a->is_up) {
                        attempt_forget_end(a);
                        a->up_sec = input->tag.time_sec;
                }
                a->is_up = a->heard = true;
                diagnosis_add_phase(a->diagnosis, PLUGIN_PHASE_RUNNING);
        }
        if (log_input_has(input, LOG_PHRASE_LCP_TIMEOUT)) {
                diagnosis_add_fact(a->diagnosis,
                                   &(DiagnosisFact){ .type = DIAGNOSIS_TIMEOUT,
                                                     .stage = DIAGNOSIS_STAGE_LINK });
                attempt_keep_input(a, input);
        }
}

LogHit *log_attempt_add_hit(LogOpenAttempt *a, const LogInput *input, CatalogueIndex row) {
        LogHit *hit;

        for (size_t i = 0; i < a->n_hits; i++)
                if (a->hits[i].row == row) {
                        a->hits[i].n++;
                        return NULL;
                }
        if (a->n_hits == LOG_HITS_MAX)
                return NULL;

        hit = &a->hits[a->n_hits++];
        *hit = (LogHit){ .line = input->line->number, .n = 1, .row = row };
        log_evidence_copy(hit->text, sizeof(hit->text), input->line->text, input->line->n_text);
        return hit;
}

/* Notes GRE packets that came. As long as pptp-linux accepts none, it expects the same number. */
static void attempt_note_gre(LogOpenAttempt *a, const LogInput *input) {
        LogEvidence evidence = { .line = input->line->number };
        LogGre *gre = &a->gre;
        uint32_t number, expected;

        if (!log_input_has(input, LOG_PHRASE_GRE))
                return;

        gre->has_come = true;
        if (!log_message_get_discarded(input->line->text, &number, &expected)) {
                gre->n_refused = 0;
                return;
        }

        log_evidence_copy(evidence.text, sizeof(evidence.text), input->line->text,
                          input->line->n_text);
        if (gre->n_refused == 0 || gre->expected != expected) {
                gre->n_refused = 0;
                gre->first = evidence;
        }
        gre->n_refused++;
        gre->number = number;
        gre->expected = expected;
        gre->latest = evidence;
}

/* Keeps the server's reason, which some versions of pppd print in a line of its own. */
static void attempt_note_reason(LogOpenAttempt *a, const LogInput *input) {
        static const char head[] = "emote message: ";
        const char *at = strstr(input->line->text, head);

        if (!at || at[strlen(head)] == '\0' || a->authenticated)
                return;

        at += strlen(head);
        log_evidence_copy(a->reason, sizeof(a->reason), at, strlen(at));
        a->reason_line.line = input->line->number;
        log_evidence_copy(a->reason_line.text, sizeof(a->reason_line.text), input->line->text,
                          input->line->n_text);
}

/* Notes what explains a failure that another line names. */
static void attempt_note_remark(LogOpenAttempt *a, const LogInput *input) {
        const char *text = input->line->text;
        unsigned echoes;

        attempt_note_reason(a, input);
        if (strstr(text, "eplacing old default route"))
                a->replaced_route = true;
        if (strstr(text, "Received bad configure-") && a->authenticated)
                a->n_bad_rejects++;
        echoes = log_message_get_dead_echoes(text);
        if (echoes > 0) {
                a->dead_echoes = echoes;
                a->dead_sec = input->tag.time_sec;
        }
}

/* Notes the bytes that pppd counted, which it prints at the end of every link. */
static void attempt_note_traffic(LogOpenAttempt *a, const LogInput *input) {
        uint64_t sent, received;
        LogHit *hit;

        if (!log_message_get_traffic(input->line->text, &sent, &received))
                return;

        if (MAX(sent, received) >= TRAFFIC_BYTES && !a->is_up) {
                a->is_up = a->heard = true;
                diagnosis_add_phase(a->diagnosis, PLUGIN_PHASE_RUNNING);
        }
        a->received_none = received == 0;
        a->carried_data = MIN(sent, received) >= TRAFFIC_BYTES;
        /* With the default route in the tunnel, a smaller excess tells as much. */
        if (received > sent / LOOP_RATIO ||
            sent < (a->replaced_route ? TRAFFIC_BYTES : LOOP_SENT_BYTES))
                return;

        a->is_loop = true;
        hit = log_attempt_add_hit(a, input, CATALOGUE_NETC_05);
        if (hit)
                snprintf(hit->detail, sizeof(hit->detail),
                         "%llu %s were sent and next to nothing came back%s",
                         (unsigned long long) (sent >= LOOP_SENT_BYTES ? sent / 1000000 :
                                                                         sent / 1000),
                         sent >= LOOP_SENT_BYTES ? "MB" : "kB",
                         a->replaced_route ? "; pppd had put the default route into the tunnel" :
                                             "");
}

/* Notes messages that are worth as much as the packet or exit status that they report. */
static void attempt_note_clues(LogOpenAttempt *a, const LogInput *input) {
        const char *text = input->line->text;
        uint8_t frame[LOG_TERMINATION_MAX_BYTES];
        DiagnosisFact fact = { .stage = DIAGNOSIS_STAGE_LINK };
        bool noted = false;
        size_t n_frame;
        int status;

        if (!log_input_has(input, LOG_PHRASE_CLUE) &&
            !log_input_has(input, LOG_PHRASE_START_ANSWERED) &&
            !log_input_has(input, LOG_PHRASE_CALL_MADE))
                return;

        if (log_message_get_reply(text, &a->reply)) {
                diagnosis_add_control(a->diagnosis, false, &a->reply);
                noted = a->reply.result_code != 1;
        }

        if (log_message_get_exit(text, &status)) {
                diagnosis_add_fact(a->diagnosis,
                                   &(DiagnosisFact){
                                           .type = DIAGNOSIS_PPPD_EXITED,
                                           .stage = DIAGNOSIS_STAGE_LINK,
                                           .number = status,
                                   });
                noted = true;
        }

        if (log_message_get_fact(text, &fact.type)) {
                diagnosis_add_fact(a->diagnosis, &fact);
                noted = true;
        }

        /* Where the log has packets, it has the Terminate-Request itself. */
        n_frame = a->attempt.n_packets > 0 ? 0 : log_message_get_termination(text, frame);
        if (n_frame > 0) {
                diagnosis_add_frame(a->diagnosis, false, frame, n_frame);
                a->heard = noted = true;
        }

        if (noted)
                attempt_keep_input(a, input);
}

/* Whether the option that pppd does not know is one of those that every pppd with MPPE has. */
static bool names_mppe_option(const char *text) {
        static const char *const options[] = { "require-mppe'",  "require-mppe-40'",
                                               "nomppe'",        "require-mppe-128'",
                                               "mppe-stateful'", "nomppe-stateful'",
                                               "nomppe-40'",     "nomppe-128'" };
        const char *at = strstr(text, "unrecognized option '");

        if (!at)
                return false;

        at += strlen("unrecognized option '");
        for (size_t i = 0; i < ELEMENTSOF(options); i++)
                if (strncmp(at, options[i], strlen(options[i])) == 0)
                        return true;

        return false;
}

/* Returns the row of a message, which may depend on what the message names. */
static CatalogueIndex find_row_of_text(CatalogueIndex row, const char *text) {
        if (row == CATALOGUE_CFG_01 && names_mppe_option(text))
                return CATALOGUE_CFG_10;
        if ((row == CATALOGUE_SYS_10 || row == CATALOGUE_PPPD_06) && strstr(text, "/nm-"))
                return CATALOGUE_NM_01;
        if (row == CATALOGUE_SYS_10 && strstr(text, " nm-"))
                return CATALOGUE_NM_01;
        if (row == CATALOGUE_SYS_10 && !strstr(text, "pptp-supervisor"))
                return CATALOGUE_PPPD_06;

        return row;
}

/* Keeps what the supervisor says of this case, in parentheses behind the summary. */
static void hit_note_detail(LogHit *hit, const char *text, const LogMatch *match) {
        const char *begin = text + match->offset + match->n_text, *end = strrchr(text, ')');

        if (end && strncmp(begin, " (", 2) == 0 && end >= begin + 2)
                text_escape(hit->detail, sizeof(hit->detail), begin + 2,
                            (size_t) (end - begin - 2));
}

/* Keeps the server's reason for a refusal: "CHAP authentication failed: Too many sessions". */
static void hit_note_reason(LogHit *hit, const char *text) {
        static const char head[] = " authentication failed: ";
        const char *at = strstr(text, head);
        char reason[64];

        if (!at || at[strlen(head)] == '\0')
                return;

        at += strlen(head);
        log_evidence_copy(reason, sizeof(reason), at, strlen(at));
        snprintf(hit->detail, sizeof(hit->detail), "\"%s\"", reason);
}

/* Keeps the directory in which modprobe looked: "not found in directory /lib/modules/6.1.0". */
static void hit_note_folder(LogHit *hit, const char *text) {
        const char *at = strstr(text, "/lib/modules/");

        if (at)
                snprintf(hit->detail, sizeof(hit->detail),
                         "modprobe cannot help as long as the module is not in %.*s: install the "
                         "package with the rest of this kernel's modules",
                         (int) MIN(strcspn(at, " \t'\""), (size_t) 80), at);
}

/* The same for a message that was kept, which modprobe's line explains. */
static void attempt_note_folder(LogOpenAttempt *a, const char *text) {
        for (size_t i = 0; i < a->n_hits; i++)
                if (a->hits[i].row == CATALOGUE_SYS_04 && a->hits[i].detail[0] == '\0')
                        hit_note_folder(&a->hits[i], text);
}

/* Whether the program of a line can mean this row by its message. */
static bool speaker_may_name(const LogInput *input, CatalogueIndex row) {
        const char *text = input->line->text;

        /* The status of a shell that found no program; pppd runs other scripts as well. */
        if (row == CATALOGUE_SYS_01 && strstr(text, "status = 0x") && !strstr(text, "pptp "))
                return false;

        /* Any program may miss a library. */
        if (row == CATALOGUE_PPPD_06 && !strstr(text, "pppd"))
                return false;

        /* Programs that try out what pppd can do print its whole answer in one line. */
        if (row == CATALOGUE_CFG_01 &&
            (strstr(text, "Usage:") || strstr(text, "usage:") || strstr(text, "[test ")))
                return false;

        /* pptp-linux has options of its own, and reads none from a file. */
        if (row == CATALOGUE_CFG_01 && input->tag.speaker == LOG_SPEAKER_PPTP &&
            !strstr(text, "In file "))
                return false;

        /* A program that ends by SIGTERM was told to, and has not crashed. */
        if (row == CATALOGUE_PPPD_02 && strstr(text, "signal 15"))
                return false;
        /* A protocol with a name is no garbage: pppd only does not want it. */
        if (row == CATALOGUE_LCP_08 && strstr(text, "rotocol '"))
                return false;

        switch (input->tag.speaker) {
        case LOG_SPEAKER_KERNEL:
        case LOG_SPEAKER_AUDIT:
                /* Other programs on this host may be refused as well, by the same policy. */
                return row == CATALOGUE_MPPE_16 || row == CATALOGUE_SYS_04 ||
                        (row == CATALOGUE_SYS_07 && (strstr(text, "ppp") || strstr(text, "pptp")));
        case LOG_SPEAKER_SERVER:
        case LOG_SPEAKER_STRANGER:
                return false;
        case LOG_SPEAKER_NOBODY:
                return row != CATALOGUE_SYS_07 || strstr(text, "ppp");
        case LOG_SPEAKER_PPPD:
        case LOG_SPEAKER_PPTP:
        case LOG_SPEAKER_OWN:
        case LOG_SPEAKER_STARTER:
                break;
        }

        return true;
}

/* Whether a message is only named in a sentence. */
static bool is_quoted(const LogInput *input, const LogMatch *match) {
        /* A match in front of the message is no message: a host may be called mppe. */
        if (match->offset < input->tag.message)
                return false;
        /* NetworkManager names the connection first, which may be many words. */
        if (input->tag.speaker == LOG_SPEAKER_STARTER && match->kind == LOG_MATCH_TEXT &&
            catalogue_row_group(&catalogue_rows[catalogue_log_texts[match->number].row]) ==
                    CATALOGUE_GROUP_NM)
                return false;

        return (input->tag.speaker == LOG_SPEAKER_NOBODY ||
                input->tag.speaker == LOG_SPEAKER_STARTER) &&
                log_speaker_count_words(input->line->text + input->tag.message,
                                        match->offset - input->tag.message) > QUOTE_WORDS;
}

/* Notes the tunnel's addresses from messages that name them. */
static void attempt_note_addresses(LogOpenAttempt *a, const LogInput *input) {
        LogEvidence evidence = { .line = input->line->number };

        if (!log_input_has(input, LOG_PHRASE_ADDRESS) && !log_input_has(input, LOG_PHRASE_UP) &&
            !log_input_has(input, LOG_PHRASE_CONNECT) &&
            !log_input_has(input, LOG_PHRASE_STARTED) && !log_input_has(input, LOG_PHRASE_PROXY))
                return;

        log_evidence_copy(evidence.text, sizeof(evidence.text), input->line->text,
                          input->line->n_text);
        log_addresses_note(&a->addresses, input->line->text + input->tag.message, &evidence);
}

/* Whether pppd prints this only after the other side has answered over PPP. */
static bool row_proves_link(CatalogueIndex row) {
        CatalogueGroup group = catalogue_row_group(&catalogue_rows[row]);

        if (row == CATALOGUE_AUTH_16 || row == CATALOGUE_MPPE_16)
                return false;

        return group == CATALOGUE_GROUP_AUTH || group == CATALOGUE_GROUP_MPPE ||
                group == CATALOGUE_GROUP_IPCP || row == CATALOGUE_LCP_06 || row == CATALOGUE_LCP_09;
}

/* Whether the row proves that the password was asked for. */
static bool row_proves_log_on(CatalogueIndex row) {
        return row == CATALOGUE_AUTH_01 || row == CATALOGUE_AUTH_07 || row == CATALOGUE_AUTH_13 ||
                row == CATALOGUE_AUTH_14;
}

/* Notes messages of the catalogue, of other software and of the supervisor. */
static void attempt_note_messages(LogParser *p, LogOpenAttempt *a, const LogInput *input) {
        bool of_peer =
                log_input_has(input, LOG_PHRASE_CLUE) && log_message_is_of_peer(input->line->text);

        for (size_t i = 0; i < input->n_matches; i++) {
                const LogMatch *match = &input->matches[i];
                CatalogueIndex row;
                LogHit *hit;

                if (match->kind == LOG_MATCH_PHRASE || match->offset < input->tag.message)
                        continue;

                row = match->kind == LOG_MATCH_TEXT ?
                        find_row_of_text(catalogue_log_texts[match->number].row,
                                         input->line->text) :
                        (CatalogueIndex) match->number;
                if (match->kind == LOG_MATCH_SUMMARY && !log_row_is_failure(&catalogue_rows[row]))
                        continue;
                if (!speaker_may_name(input, row) || (of_peer && row != CATALOGUE_LCP_04))
                        continue;
                /* Without a tunnel that is up, a packet that cannot be sent went somewhere else. */
                if ((row == CATALOGUE_NETC_24 || row == CATALOGUE_NETC_25) && !a->is_up)
                        continue;
                /* Before, NetworkManager waits in vain for the link, and not for its plugin. */
                if (row == CATALOGUE_NM_02 && !a->is_up)
                        continue;

                if (row == CATALOGUE_SYS_04)
                        attempt_note_folder(a, input->line->text);
                if (is_quoted(input, match)) {
                        if (!p->has_quoted && input->tag.speaker == LOG_SPEAKER_NOBODY) {
                                p->quoted = (LogHit){ .line = input->line->number, .row = row };
                                log_evidence_copy(p->quoted.text, sizeof(p->quoted.text),
                                                  input->line->text, input->line->n_text);
                                p->has_quoted = true;
                        }
                        continue;
                }

                hit = log_attempt_add_hit(a, input, row);
                a->by_server = a->by_server ||
                        (input->tag.speaker != LOG_SPEAKER_STARTER &&
                         catalogue_row_group(&catalogue_rows[row]) == CATALOGUE_GROUP_SRV);
                a->heard = a->heard || row_proves_link(row);
                a->asked_password = a->asked_password || row_proves_log_on(row);
                if (hit && row == CATALOGUE_SYS_04)
                        hit_note_folder(hit, input->line->text);
                if (hit && catalogue_row_group(&catalogue_rows[row]) == CATALOGUE_GROUP_AUTH)
                        hit_note_reason(hit, input->line->text);
                if (hit && match->kind == LOG_MATCH_SUMMARY) {
                        hit->is_verdict = true;
                        hit_note_detail(hit, input->line->text, match);
                }
        }
}

/* The kernel saw pppd or one of pptp-linux's processes crash. */
static void attempt_note_crash(LogOpenAttempt *a, const LogInput *input) {
        const char *at = input->line->text + input->tag.message, *name;
        LogHit *hit;

        if (!log_input_has(input, LOG_PHRASE_CRASH))
                return;
        name = strstr(at, "pppd[") ?: strstr(at, "pptp");
        if (!name || name > strstr(at, "]: segfault at "))
                return;

        hit = log_attempt_add_hit(a, input, CATALOGUE_PPPD_02);
        if (hit)
                snprintf(hit->detail, sizeof(hit->detail), "the kernel reports that %.*s crashed",
                         (int) strcspn(name, "["), name);
}

/* A module that this user may not load is not missing. */
static void attempt_note_module(LogOpenAttempt *a, const LogInput *input) {
        if (log_input_has(input, LOG_PHRASE_MODULE) &&
            strcasestr(input->line->text, "Operation not permitted"))
                log_attempt_add_hit(a, input, CATALOGUE_SYS_06);
}

/* Notes what shows that the lines are of a server, or of a pppd that a server started. */
static void attempt_note_server(LogOpenAttempt *a, const LogInput *input) {
        const char *text = input->line->text;

        if (log_input_has(input, LOG_PHRASE_PROXY))
                a->peer_is_in_lan = true;
        if (!log_input_has(input, LOG_PHRASE_SERVER))
                return;

        a->by_server = true;
        if (input->tag.speaker == LOG_SPEAKER_NOBODY)
                log_attempt_add_served(a, input);
        if (strstr(text, " failed CHAP auth") || strstr(text, " failed PAP auth") ||
            strstr(text, " peer authentication failed"))
                a->refused_client = true;
        if (strstr(text, "peer from calling number") ||
            strstr(text, " peer authentication succeeded"))
                a->authenticated = a->heard = true;
        if (strstr(text, "RADIUS plugin initialized"))
                a->served.asks_radius = true;
        if (strstr(text, "Call Clear Request") || strstr(text, "--> Client with address"))
                a->client_left = true;
}

/* Notes the message of a client other than pppd. */
static void attempt_note_client(LogOpenAttempt *a, const LogInput *input) {
        LogClientMessage message;
        LogHit *hit;

        if (!log_client_parse(input->line->text, &message))
                return;

        switch (message.event) {
        case LOG_CLIENT_AUTHENTICATED:
                a->authenticated = a->heard = a->by_client = true;
                break;
        case LOG_CLIENT_UP:
                a->is_up = a->heard = true;
                diagnosis_add_phase(a->diagnosis, PLUGIN_PHASE_RUNNING);
                break;
        case LOG_CLIENT_ENDED:
                a->terminated = a->is_over = true;
                break;
        case LOG_CLIENT_SILENT:
                hit = log_attempt_add_hit(a, input, a->heard ? CATALOGUE_LCP_02 : CATALOGUE_GRE_01);
                if (hit && !a->heard)
                        snprintf(hit->detail, sizeof(hit->detail),
                                 "or the server does not answer on TCP port 1723: RouterOS says "
                                 "the same of both");
                break;
        case LOG_CLIENT_FAILED:
                hit = log_attempt_add_hit(a, input, message.row);
                if (hit && message.error > 0)
                        snprintf(hit->detail, sizeof(hit->detail), "Windows error %u",
                                 message.error);
                break;
        }
}

void log_attempt_add_text(LogParser *p, LogOpenAttempt *a, const LogInput *input) {
        const char *text = input->line->text;

        if (input->tag.speaker == LOG_SPEAKER_OWN && log_input_has(input, LOG_PHRASE_OPTION))
                a->has_policy = mppe_policy_find(text, &a->policy) || a->has_policy;

        if (input->n_matches == 0)
                return;

        if (log_input_has(input, LOG_PHRASE_OPTION))
                attempt_note_options(p, a, input);
        /* A comment introduces what follows, even if it has the text of a message. */
        if (text[0] == '#')
                return;

        if (log_input_has(input, LOG_PHRASE_UPLINK) && !strstr(text, "ppp")) {
                a->uplink.line = input->line->number;
                log_evidence_copy(a->uplink.text, sizeof(a->uplink.text), text,
                                  input->line->n_text);
        }
        if (input->tag.speaker == LOG_SPEAKER_KERNEL) {
                if (log_input_has(input, LOG_PHRASE_CLUE) && log_message_is_gre_in_firewall(text))
                        log_attempt_add_hit(a, input, CATALOGUE_GRE_02);
                attempt_note_crash(a, input);
                attempt_note_messages(p, a, input);
                return;
        }

        /* The line is about a connection, whose name may have many words. */
        if (input->tag.speaker == LOG_SPEAKER_STARTER &&
            log_input_has(input, LOG_PHRASE_IMPATIENT) && strstr(text, "VPN"))
                attempt_note_told(a, input->line);

        /* A sentence only quotes messages, so they change nothing. */
        if (!is_quoted(input, &input->matches[0])) {
                attempt_note_server(a, input);
                attempt_note_addresses(a, input);
                attempt_note_control(a, input);
                attempt_note_course(a, input);
                attempt_note_clues(a, input);
                attempt_note_gre(a, input);
                attempt_note_module(a, input);
                if (log_input_has(input, LOG_PHRASE_REMARK))
                        attempt_note_remark(a, input);
                if (log_input_has(input, LOG_PHRASE_TRAFFIC))
                        attempt_note_traffic(a, input);
                if (log_input_has(input, LOG_PHRASE_CLUE) && log_message_is_gre_in_firewall(text))
                        log_attempt_add_hit(a, input, CATALOGUE_GRE_02);
        }
        if (log_input_has(input, LOG_PHRASE_CLIENT))
                attempt_note_client(a, input);
        attempt_note_messages(p, a, input);
}

/* Notes which encryption we accept, from our CCP requests and from what we suggest to the peer. */
static void attempt_note_request(LogOpenAttempt *a, const LogLine *line, const PppPacket *packet) {
        uint32_t bits;

        if (packet->protocol == PPP_PROTO_LCP && packet->code == PPP_CODE_TERMINATE_REQUEST &&
            memmem(packet->data, packet->n_data, "User request", strlen("User request")))
                attempt_note_told(a, line);
        if (packet->protocol != PPP_PROTO_CCP ||
            (packet->code != PPP_CODE_CONFIGURE_REQUEST &&
             packet->code != PPP_CODE_CONFIGURE_NAK) ||
            !ppp_packet_get_mppe(packet, &bits))
                return;

        a->asked.allow_128 = a->asked.allow_128 || (bits & MPPE_BIT_128);
        a->asked.allow_40 = a->asked.allow_40 || (bits & MPPE_BIT_40);
        a->asked.allow_stateful = a->asked.allow_stateful || !(bits & MPPE_BIT_STATELESS);
}

/* Notes who is the client: the server asks for the password, and the client sends it. */
static void attempt_note_role(LogOpenAttempt *a, bool sent, const PppPacket *packet) {
        bool asks = packet->protocol == PPP_PROTO_CHAP && packet->code == PPP_CHAP_CHALLENGE;
        bool tells = (packet->protocol == PPP_PROTO_CHAP && packet->code == PPP_CHAP_RESPONSE) ||
                (packet->protocol == PPP_PROTO_PAP && packet->code == PPP_PAP_AUTHENTICATE_REQUEST);
        bool refuses = (packet->protocol == PPP_PROTO_CHAP && packet->code == PPP_CHAP_FAILURE) ||
                (packet->protocol == PPP_PROTO_PAP && packet->code == PPP_PAP_AUTHENTICATE_NAK);

        if ((asks && !sent) || (tells && sent))
                a->by_client = a->asked_password = true;
        else if (asks || tells)
                a->by_server = true;
        if (refuses && sent)
                a->by_server = a->refused_client = true;
        if (packet->protocol == PPP_PROTO_CHAP && packet->code == PPP_CHAP_SUCCESS && sent)
                a->authenticated = a->by_server = true;
        /* pppd gives this reason to a peer whose proof was wrong. */
        if (packet->protocol == PPP_PROTO_LCP && packet->code == PPP_CODE_TERMINATE_REQUEST &&
            sent &&
            memmem(packet->data, packet->n_data, "Authentication failed",
                   strlen("Authentication failed")))
                a->by_server = a->refused_client = true;
}

/*
 * Whether the very line was there a moment ago. In the journal each line of pppd's comes twice, by
 * syslog and from standard error. Without a prefix no time stamp tells such a twin from a
 * packet that was sent again. The supervisor says everything once.
 */
static bool parser_is_twin(LogParser *p, const LogInput *input) {
        const LogLine *line = input->line;
        uint64_t hash;

        if (line->packet == 0 || input->tag.speaker == LOG_SPEAKER_OWN)
                return false;

        hash = hash_bytes(line->text, line->n_text);
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
static bool attempt_add_control(LogOpenAttempt *a, const LogLine *line) {
        static const char head[] = "rcvd [PPTP ";
        const char *text = line->text + line->packet;
        PptpMessage message;
        bool ends;

        if (strncmp(text, head, sizeof(head) - 1) != 0 ||
            !pptp_message_parse_description(text + sizeof(head) - 1, &message))
                return false;

        diagnosis_add_control(a->diagnosis, false, &message);
        ends = message.type == PPTP_CALL_DISCONNECT_NOTIFY ||
                message.type == PPTP_STOP_CONTROL_CONNECTION_REQUEST ||
                ((message.type == PPTP_START_CONTROL_CONNECTION_REPLY ||
                  message.type == PPTP_OUTGOING_CALL_REPLY) &&
                 message.result_code != 1);
        if (ends)
                attempt_keep_line(a, line->number, text, line->n_text - line->packet);
        return true;
}

/*
 * Notes a packet of which only the head is left, as "rcvd [LCP ConfReq id=0x1 ]". It tells which
 * way packets go, and no more.
 */
static void attempt_note_bare(LogOpenAttempt *a, const char *text) {
        static const struct {
                const char *name;
                uint8_t code;
        } codes[] = {
                { "[LCP ConfReq ", PPP_CODE_CONFIGURE_REQUEST },
                { "[LCP ConfAck ", PPP_CODE_CONFIGURE_ACK },
                { "[LCP ConfNak ", PPP_CODE_CONFIGURE_NAK },
                { "[LCP ConfRej ", PPP_CODE_CONFIGURE_REJECT },
        };
        bool sent = strncmp(text, "sent ", 5) == 0;

        a->attempt.options_missing = true;
        a->heard = a->heard || !sent;
        for (size_t i = 0; i < ELEMENTSOF(codes); i++) {
                const uint8_t frame[] = { 0xc0, 0x21, codes[i].code, 1, 0, 4 };

                if (strncmp(text + 5, codes[i].name, strlen(codes[i].name)) == 0)
                        diagnosis_add_frame(a->diagnosis, sent, frame, sizeof(frame));
        }
}

void log_attempt_add_packet(LogParser *p, LogOpenAttempt *a, const LogInput *input) {
        const LogLine *line = input->line;
        const char *text = line->text + line->packet;
        size_t n_text = line->n_text - line->packet, n_frame;
        PppPacket packet;
        LogPacketLine *kept;
        bool sent;

        if (log_packet_is_bare(text, n_text)) {
                attempt_note_bare(a, text);
                return;
        }

        if (attempt_add_control(a, line) ||
            !log_packet_parse(text, n_text, &sent, a->frame, &n_frame) ||
            ppp_packet_parse(a->frame, n_frame, &packet) != 0 || parser_is_twin(p, input))
                return;

        a->n_frame = n_frame;
        a->frame_sent = sent;
        diagnosis_add_frame(a->diagnosis, sent, a->frame, n_frame);
        attempt_note_role(a, sent, &packet);
        if (packet.protocol == PPP_PROTO_LCP && packet.code == PPP_CODE_CONFIGURE_REQUEST &&
            strstr(text, "<auth ")) {
                a->hints_at_server = a->hints_at_server || sent;
                a->by_client = a->by_client || !sent;
                a->offered_md5 = a->offered_md5 || (!sent && strstr(text, "<auth chap MD5>"));
        }
        if (sent && packet.protocol == PPP_PROTO_LCP && packet.code == PPP_CODE_CONFIGURE_NAK &&
            strstr(text, "<auth pap>"))
                a->suggested_pap = true;
        if (sent && packet.protocol == PPP_PROTO_IPCP && strstr(text, "<ms-dns"))
                a->asked_dns = true;
        if (sent && packet.protocol == PPP_PROTO_IPCP && packet.code == PPP_CODE_CONFIGURE_REQUEST)
                a->asks_address_only = strstr(text, "<addr 0.0.0.0>") &&
                        strstr(text, "<ms-dns1 ") && !strstr(text, "<ms-dns1 0.0.0.0>");
        if (sent)
                attempt_note_request(a, line, &packet);
        /* If we answered, there was a request. */
        if (!sent || packet.code == PPP_CODE_CONFIGURE_ACK ||
            packet.code == PPP_CODE_CONFIGURE_NAK || packet.code == PPP_CODE_CONFIGURE_REJECT)
                a->heard = true;

        a->attempt.n_packets++;
        kept = attempt_keep_line(a, line->number, text, n_text);
        kept->protocol = packet.protocol;
        kept->code = packet.code;
        kept->sent = sent;
}

void log_attempt_repeat_packet(LogOpenAttempt *a, unsigned n) {
        a->attempt.n_packets += n;
        while (n-- > 0)
                diagnosis_add_frame(a->diagnosis, a->frame_sent, a->frame, a->n_frame);
}
