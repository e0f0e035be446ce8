/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Judges the log of a server, in which sent and received have changed places: what it shows of the
 * client that called.
 */

#include <stdio.h>
#include <string.h>

#include "core/diagnosis/diagnosis-evidence.h"
#include "core/explain/log-parser.h"

bool log_attempt_is_of_server(const LogOpenAttempt *a) {
        bool is_left = a->client_left || strstr(a->diagnosis->link.received.text, "User request");

        /* A client may ask the server to authenticate by mistake; then the server refuses. */
        return !a->by_client &&
                (a->by_server || (a->hints_at_server && !a->diagnosis->link.peer_refused_auth) ||
                 (a->peer_is_in_lan && is_left));
}

static bool attempt_has_hit(const LogOpenAttempt *a, CatalogueIndex row) {
        for (size_t i = 0; i < a->n_hits; i++)
                if (a->hits[i].row == row)
                        return true;

        return false;
}

static LogServerView attempt_see_from_server(const LogOpenAttempt *a) {
        const Diagnosis *d = a->diagnosis;

        if (a->is_loop)
                return LOG_SERVER_VIEW_LOOP;
        if (a->refused_client)
                return LOG_SERVER_VIEW_PASSWORD;
        if (!a->heard && d->host.timeouts[DIAGNOSIS_STAGE_LINK])
                return LOG_SERVER_VIEW_SILENT;
        if (!a->client_left && !d->link.received.seen && !d->ipcp.received.seen &&
            (a->attempt.was_up || (a->attempt.stage >= LOG_STAGE_ENCRYPTED && !a->terminated)))
                return LOG_SERVER_VIEW_UP;
        if (a->attempt.stage == LOG_STAGE_LINK && d->link.ack_sent && !d->link.ack_received &&
            d->link.n_requests_sent > 0)
                return LOG_SERVER_VIEW_ONE_WAY;
        if (!a->attempt.was_up && attempt_has_hit(a, CATALOGUE_MPPE_13))
                return LOG_SERVER_VIEW_ENCRYPTION;
        if (!a->attempt.was_up &&
            (attempt_has_hit(a, CATALOGUE_MPPE_23) ||
             strstr(d->link.sent.text, "MPPE required but peer")))
                return LOG_SERVER_VIEW_DISAGREED;
        if (a->client_left || d->link.received.seen || d->ipcp.received.seen)
                return LOG_SERVER_VIEW_CLIENT_LEFT;

        return LOG_SERVER_VIEW_NOTHING;
}

void log_attempt_judge_server(LogOpenAttempt *a) {
        LogAttempt *attempt = &a->attempt;
        const char *words = a->diagnosis->ipcp.received.text[0] ? a->diagnosis->ipcp.received.text :
                                                                  a->diagnosis->link.received.text;

        for (size_t i = 0; i < a->n_hits && !attempt->verdict.row; i++) {
                const DiagnosisRow *row = &catalogue_rows[a->hits[i].row];
                CatalogueGroup group = catalogue_row_group(row);

                if ((group != CATALOGUE_GROUP_CFG && group != CATALOGUE_GROUP_SYS &&
                     group != CATALOGUE_GROUP_PPPD) ||
                    !log_row_is_failure(row) || !log_attempt_allows(a, row))
                        continue;
                attempt->verdict.row = row;
                log_attempt_add_evidence(attempt, a->hits[i].line, a->hits[i].text);
        }
        if (attempt->verdict.row)
                return;

        attempt->view = attempt_see_from_server(a);
        if (words[0] && !a->diagnosis->link.received.has_ras_error)
                snprintf(attempt->verdict.detail, sizeof(attempt->verdict.detail),
                         "the client left with \"%.100s\"%s", words,
                         strstr(words, "local IP address") ? ": the server gave it no address" :
                                                             "");
}
