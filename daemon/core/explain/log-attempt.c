/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What an attempt of a log keeps, and how far it came by that. Calls no other of these files. */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/diagnosis/diagnosis-evidence.h"
#include "core/explain/log-copy.h"
#include "core/explain/log-parser.h"
#include "core/explain/log-row.h"

bool log_input_has(const LogInput *input, LogPhrase phrase) {
        for (size_t i = 0; i < input->n_matches; i++)
                if (input->matches[i].kind == LOG_MATCH_PHRASE &&
                    input->matches[i].number == (unsigned) phrase)
                        return true;

        return false;
}

LogPacketLine *log_attempt_keep_line(LogOpenAttempt *a, unsigned number, const char *text,
                                     size_t n_text) {
        LogPacketLine *kept = &a->packets[a->n_packets++ % LOG_PACKETS_MAX];

        *kept = (LogPacketLine){ .line = number };
        log_evidence_copy(kept->text, sizeof(kept->text), text, n_text);
        return kept;
}

void log_hit_init(LogHit *hit, const LogLine *line, CatalogueIndex row) {
        *hit = (LogHit){ .line = line->number, .n = 1, .row = row };
        log_evidence_copy(hit->text, sizeof(hit->text), line->text, line->n_text);
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
        log_hit_init(hit, input->line, row);
        return hit;
}

const LogHit *log_attempt_find_hit(const LogOpenAttempt *a, CatalogueIndex row) {
        for (size_t i = 0; i < a->n_hits; i++)
                if (a->hits[i].row == row)
                        return &a->hits[i];

        return NULL;
}

bool log_attempt_forget_hit(LogOpenAttempt *a, CatalogueIndex row) {
        size_t n = 0, n_before = a->n_hits;

        for (size_t i = 0; i < a->n_hits; i++)
                if (a->hits[i].row != row)
                        a->hits[n++] = a->hits[i];

        a->n_hits = n;
        return n < n_before;
}

void log_attempt_add_evidence(LogAttempt *a, unsigned line, const char *text) {
        LogEvidence *e;

        for (size_t i = 0; i < a->n_evidence; i++)
                if (strcmp(a->evidence[i].text, text) == 0)
                        return;
        if (a->n_evidence == LOG_EVIDENCE_MAX) {
                memmove(a->evidence + 1, a->evidence + 2,
                        (LOG_EVIDENCE_MAX - 2) * sizeof(*a->evidence));
                a->n_evidence--;
        }

        e = &a->evidence[a->n_evidence++];
        e->line = line;
        snprintf(e->text, sizeof(e->text), "%s", text);
}

void log_verdict_addf(Verdict *verdict, const char *format, ...) {
        size_t n_before = strlen(verdict->detail), n = n_before;
        va_list arguments;
        int n_added;

        if (n > 0)
                n += (size_t) snprintf(verdict->detail + n, sizeof(verdict->detail) - n, "; ");
        n = MIN(n, sizeof(verdict->detail) - 1);

        va_start(arguments, format);
        n_added = vsnprintf(verdict->detail + n, sizeof(verdict->detail) - n, format, arguments);
        va_end(arguments);

        /* Half a sentence says less than none. */
        if (n_before > 0 && n_added >= (int) (sizeof(verdict->detail) - n))
                verdict->detail[n_before] = '\0';
}

/*
 * pppd waits 30 s for addresses (its fsm.h: ten requests, three seconds apart). A link that lasted
 * twice as long had them.
 */
#define HAD_ADDRESSES_SEC 60

bool log_attempt_was_up(const LogOpenAttempt *a) {
        bool has_lasted = a->lasted_sec > (a->has_begun && a->encrypted ? HAD_ADDRESSES_SEC : 0);

        if (a->is_up)
                return true;

        for (size_t i = 0; i < a->n_hits; i++)
                if (catalogue_row_group(&catalogue_rows[a->hits[i].row]) == CATALOGUE_GROUP_IPCP &&
                    a->hits[i].row != CATALOGUE_IPCP_07)
                        return false;

        /* Where the log has only the end, IP going down shows that it was up. */
        return has_lasted || (a->ip_down > 0 && !a->has_begun) || diagnosis_was_up(a->diagnosis);
}

LogStage log_attempt_get_stage(const LogOpenAttempt *a) {
        if (log_attempt_was_up(a))
                return LOG_STAGE_UP;
        if (a->encrypted || a->diagnosis->mppe.was_open)
                return LOG_STAGE_ENCRYPTED;
        if (a->authenticated || a->diagnosis->auth.succeeded)
                return LOG_STAGE_AUTHENTICATED;
        if (a->asked_password || a->diagnosis->auth.responded ||
            a->diagnosis->auth.n_pap_requests > 0)
                return LOG_STAGE_ASKED;
        if (a->heard)
                return LOG_STAGE_LINK;
        if (a->control.call_answered)
                return LOG_STAGE_CALL;
        return a->control.start_answered ? LOG_STAGE_CONTROL : LOG_STAGE_BEGUN;
}

bool log_attempt_allows(const LogOpenAttempt *a, const DiagnosisRow *row) {
        return log_attempt_get_stage(a) <= log_row_get_last_stage(row);
}

bool log_attempt_shows_call(const LogOpenAttempt *a) {
        return a->n_packets > 0 || a->n_hits > 0 || a->heard || a->attempt.options_missing ||
                a->gave_up.line > 0 ||
                ((a->control.start_asked || a->control.pptp_started) && a->is_over);
}

bool log_attempt_has_evidence(const LogOpenAttempt *a) {
        return log_attempt_shows_call(a) || a->by_server || a->told_to_end || a->ip_down > 0 ||
                a->control.pptp_started || a->control.start_answered || a->control.call_answered;
}

/* Whether the server ended the attempt; then a signal to its programs is a consequence. */
static bool attempt_was_ended_by_server(const LogOpenAttempt *a) {
        if (a->control.closed)
                return true;

        for (size_t i = 0; i < a->n_hits; i++)
                if (a->hits[i].row == CATALOGUE_CTL_09 || a->hits[i].row == CATALOGUE_CTL_10 ||
                    a->hits[i].row == CATALOGUE_CTL_14 || a->hits[i].row == CATALOGUE_CTL_16 ||
                    a->hits[i].row == CATALOGUE_LCP_04)
                        return true;

        return false;
}

void log_attempt_note_ip_down(LogOpenAttempt *a, const LogInput *input) {
        if (a->terminated || a->ip_down > 0)
                return;

        a->ip_down = input->line->number;
        a->ip_down_sec = input->tag.time_sec;
}

bool log_attempt_is_ending(const LogOpenAttempt *a) {
        return a->terminated || a->ip_down > 0 || a->told_to_end ||
                attempt_was_ended_by_server(a) || log_attempt_find_hit(a, CATALOGUE_LCP_02) ||
                log_attempt_find_hit(a, CATALOGUE_NETC_14);
}

void log_attempt_note_told(LogOpenAttempt *a, const LogLine *line) {
        if (!a->terminated)
                log_attempt_note_helper_told(a, line);
}

void log_attempt_note_helper_told(LogOpenAttempt *a, const LogLine *line) {
        if (a->told_to_end || attempt_was_ended_by_server(a))
                return;

        a->told_to_end = true;
        log_evidence_take(&a->told, line);
}

void log_attempt_note_served_end(LogOpenAttempt *a, const LogInput *input) {
        LogServed *served = &a->served;

        a->is_over = true;
        if (served->end.line > 0)
                return;

        served->end_sec = input->tag.time_sec;
        log_evidence_take(&served->end, input->line);
}
