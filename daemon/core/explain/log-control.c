/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What pptp-linux tells of the control connection, and the failure that its course proves. */

#include <stdio.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/diagnosis/diagnosis-evidence.h"
#include "core/explain/log-copy.h"
#include "core/explain/log-judge.h"
#include "core/explain/log-parser.h"
#include "core/explain/log-row.h"
#include "core/explain/log-time.h"

/*
 * A call that ends after at least this time was silent; a server without room ends it at once. A
 * server that hears nothing hangs up after half a minute (pptpd's pppd sends its ten
 * Configure-Requests 3 s apart; Windows gives up after about as long).
 */
#define SILENT_CALL_SEC 20
/*
 * And within this time: pppd gives up after 30 s without an answer, and NetworkManager after 40 s
 * or 60 s without addresses.
 */
#define SILENT_CALL_MAX_SEC 90
/* A server answers within a second. After this time without an answer, none will come. */
#define IMPATIENT_SEC 5
/* A server that closes within this time has not waited for packets. */
#define QUICK_CLOSE_SEC 2
/* pppd sends one each 3 s, so these take less than half of the time that it waits. */
#define FEW_REQUESTS 4

void log_attempt_note_control(LogOpenAttempt *a, const LogInput *input) {
        LogControl *control = &a->control;

        if (log_input_has(input, LOG_PHRASE_START_ASKED)) {
                if (control->start_asked && !control->start_answered &&
                    log_time_between(control->asked_sec, input->tag.time_sec) >= SILENT_CALL_SEC)
                        a->asked_in_vain = true;
                *control = LOG_CONTROL_NONE;
                control->start_asked = true;
        }
        if (log_input_has(input, LOG_PHRASE_PPTP_STARTED))
                control->pptp_started = a->helper_started = true;
        if (log_input_has(input, LOG_PHRASE_PPTP_STARTED) ||
            log_input_has(input, LOG_PHRASE_START_ASKED) ||
            log_input_has(input, LOG_PHRASE_CALL_ASKED)) {
                control->asked_sec = input->tag.time_sec;
                log_evidence_take(&control->asked, input->line);
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
        /* pptp_ctrl.c, pptp_conn_close(): the server answers that by closing it as well. */
        if (log_input_has(input, LOG_PHRASE_CLOSING) &&
            strstr(input->line->text, "Closing PPTP connection"))
                control->given_up = true;
        /* A server that hears pppd's last word, or nothing more of it, closes as well. */
        if (log_input_has(input, LOG_PHRASE_PEER_CLOSED) && !control->closed &&
            !control->given_up && !a->left_by_pppd) {
                control->closed = true;
                control->closed_sec = input->tag.time_sec;
                log_evidence_take(&control->end, input->line);
                diagnosis_add_fact(a->diagnosis,
                                   &(DiagnosisFact){ .type = DIAGNOSIS_PEER_CLOSED,
                                                     .stage = DIAGNOSIS_STAGE_LINK });
                log_attempt_keep_line(a, input->line->number, input->line->text,
                                      input->line->n_text);
        }
        if (log_input_has(input, LOG_PHRASE_CLOSING) ||
            (input->tag.speaker == LOG_SPEAKER_PPTP && strstr(input->line->text, "fatal[")))
                control->is_over = true;
        /*
         * pptp_callmgr.c: the process that carries GRE has closed its socket. pppd may be the first
         * to tell, by its terminal.
         */
        if (strstr(input->line->text, "Closing connection (unhandled)")) {
                control->unhandled_sec = input->tag.time_sec;
                log_evidence_take(&control->unhandled, input->line);
                if (!control->closed && (!a->terminated || a->served.hung_up_first) &&
                    !log_attempt_find_hit(a, CATALOGUE_GRE_06)) {
                        control->left_by_data = true;
                        control->end = control->unhandled;
                }
        }

        if (strstr(input->line->text, "missing echo reply"))
                control->dead_sec = input->tag.time_sec;
        if (log_input_has(input, LOG_PHRASE_ALIVE) && input->tag.speaker == LOG_SPEAKER_PPTP) {
                control->is_alive = control->start_answered = true;
                /* Where the log has the request for a call, it would have the answer. */
                control->call_answered = control->call_answered || !control->call_asked;
                control->alive_sec = input->tag.time_sec;
                control->alive_line = input->line->number;
        }

        if (control->start_asked || control->start_answered || control->call_answered ||
            control->pptp_started)
                a->by_client = true;
}

/*
 * Whether somebody has picked single lines out of the log: none follows another directly, and pppd
 * has no line at all. What is not among them may still have happened.
 */
static bool attempt_is_picked(const LogOpenAttempt *a) {
        return !a->has_neighbours && !a->has_pppd && !a->has_begun &&
                a->attempt.first_line != a->attempt.last_line;
}

/* Finds the question on the control connection that was not answered, or not even asked. */
static bool attempt_find_unanswered(const LogOpenAttempt *a, DiagnosisStage *ret_stage) {
        const LogControl *control = &a->control;

        if (attempt_is_picked(a))
                return false;

        if (control->start_answered) {
                *ret_stage = DIAGNOSIS_STAGE_CALL;
                return control->call_asked && !control->call_answered;
        }

        /* pptp-linux asks as soon as it has a connection. */
        *ret_stage = control->start_asked ? DIAGNOSIS_STAGE_CONTROL : DIAGNOSIS_STAGE_CONNECT;
        return control->start_asked || (control->pptp_started && !control->call_answered);
}

/* Whether the client waited long enough for an answer, or for a time that the log does not show. */
static bool attempt_has_waited(const LogOpenAttempt *a, int from_sec, int wait_sec) {
        return from_sec == LOG_NO_TIME || a->last_sec == LOG_NO_TIME ||
                log_time_between(from_sec, a->last_sec) >= wait_sec;
}

static void attempt_add_timeout(LogOpenAttempt *a, DiagnosisStage stage) {
        diagnosis_add_fact(a->diagnosis,
                           &(DiagnosisFact){ .type = DIAGNOSIS_TIMEOUT, .stage = stage });
}

/*
 * Whether a message names the error of the connection, or of this host, which may not open a socket
 * for it; then silence is not the cause.
 */
static bool attempt_names_error(const LogOpenAttempt *a) {
        for (size_t i = 0; i < a->n_hits; i++) {
                const DiagnosisRow *row = &catalogue_rows[a->hits[i].row];
                CatalogueGroup group = catalogue_row_group(row);

                if ((group == CATALOGUE_GROUP_NET || group == CATALOGUE_GROUP_SYS) &&
                    log_row_is_failure(row))
                        return true;
        }

        return false;
}

bool log_attempt_was_stopped_early(const LogOpenAttempt *a) {
        const Diagnosis *d = a->diagnosis;

        return a->helper_killed && !d->host.timeouts[DIAGNOSIS_STAGE_LINK] &&
                d->link.n_requests_sent > 0 && d->link.n_requests_sent <= FEW_REQUESTS;
}

/*
 * Whether a log without a line of pppd has a call that ended when programs give up of which PPP
 * hears nothing.
 */
static bool attempt_was_silent(const LogOpenAttempt *a) {
        int lasted = log_time_between(a->control.call_made_sec, a->last_sec);

        /* A pppd that gives up does not end pptp-linux's process for GRE, or TCP, before itself. */
        if (a->control.left_by_data || log_attempt_find_hit(a, CATALOGUE_CTL_16))
                return false;

        return a->is_over && a->has_pptp && !a->has_pppd && !a->told_to_end &&
                !a->control.is_alive && a->n_packets == 0 && lasted >= SILENT_CALL_SEC &&
                lasted <= SILENT_CALL_MAX_SEC;
}

void log_attempt_conclude_control(LogOpenAttempt *a) {
        const LogControl *control = &a->control;
        bool is_over =
                a->is_over || a->told_to_end || a->diagnosis->host.timeouts[DIAGNOSIS_STAGE_LINK];
        /* Somebody who ends an attempt that nobody answers has only lost patience. */
        int wait_sec = a->told_to_end ? IMPATIENT_SEC : SILENT_CALL_SEC;
        bool is_silent;
        DiagnosisStage stage;
        int lasted;

        if (a->heard)
                return;
        if (a->asked_in_vain && !control->start_answered) {
                attempt_add_timeout(a, DIAGNOSIS_STAGE_CONTROL);
                return;
        }

        /* A server that closed instead of an answer made no call, whose GRE pppd could miss. */
        if (control->closed && !control->call_answered) {
                if (a->diagnosis->host.timeouts[DIAGNOSIS_STAGE_LINK] &&
                    attempt_find_unanswered(a, &stage))
                        attempt_add_timeout(a, stage);
                return;
        }

        /* An attempt that somebody ended at once has not waited. */
        if (is_over && attempt_find_unanswered(a, &stage)) {
                if (!attempt_names_error(a) && attempt_has_waited(a, control->asked_sec, wait_sec))
                        attempt_add_timeout(a, stage);
                return;
        }

        is_silent = a->told_to_end && (control->call_answered || a->has_begun) &&
                attempt_has_waited(a,
                                   control->call_answered ? control->call_made_sec : a->begun_sec,
                                   wait_sec);
        lasted = log_time_between(control->call_made_sec, control->closed_sec);
        if (lasted >= SILENT_CALL_SEC && (a->has_pppd || lasted <= SILENT_CALL_MAX_SEC))
                is_silent = true;
        if (attempt_was_silent(a)) {
                a->control.silent_sec = log_time_between(control->call_made_sec, a->last_sec);
                is_silent = true;
        }
        if (log_attempt_was_stopped_early(a))
                is_silent = false;
        if (is_silent)
                attempt_add_timeout(a, DIAGNOSIS_STAGE_LINK);
}

#define CLOSED_WHILE_UP                                                                    \
        "the server closed the control connection of a tunnel that was up. If that comes " \
        "after the same time again and again, it is a limit of the server"

/* pppd's "Modem hangup" follows from what pptp-linux says of the control connection. */
static void attempt_judge_hangup(LogOpenAttempt *a) {
        const LogControl *control = &a->control;
        Verdict *verdict = &a->attempt.verdict;

        if (verdict->row != &catalogue_rows[CATALOGUE_LCP_03] ||
            (!a->attempt.was_up && (!control->left_by_data || !control->call_answered)))
                return;

        if (control->closed && a->attempt.was_up) {
                *verdict = (Verdict){ .row = &catalogue_rows[CATALOGUE_CTL_16] };
                snprintf(verdict->detail, sizeof(verdict->detail), CLOSED_WHILE_UP);
        } else if (control->left_by_data) {
                a->attempt.special = LOG_CASE_LEFT_BY_DATA;
                snprintf(
                        verdict->detail, sizeof(verdict->detail),
                        "the process of pptp-linux that carries GRE ended first, on this host: no "
                        "network or an own firewall kept it from sending (it says nothing of that), "
                        "a program stopped it, or it crashed");
        } else {
                return;
        }
        a->attempt.n_evidence = 0;
        log_attempt_add_evidence(&a->attempt, control->end.line, control->end.text);
}

/* Whether the server reset the connection before it answered anything. */
static bool attempt_was_reset_at_once(const LogOpenAttempt *a) {
        const LogHit *hit = log_attempt_find_hit(a, CATALOGUE_CTL_16);

        return hit && a->attempt.stage == LOG_STAGE_BEGUN &&
                (a->control.start_asked || a->control.pptp_started) &&
                (strstr(hit->text, "reset by peer") || strstr(hit->text, "Broken pipe"));
}

/*
 * Explains "Modem hangup" by what pptp-linux says of its process for the control connection, where
 * its lines about that are missing: a terminal has only its last one. The process goes on in the
 * background as soon as TCP is connected; else it ends with status 1 (its pptp.c and
 * pptp_callmgr.c).
 */
static void attempt_judge_manager(LogOpenAttempt *a) {
        const LogHit *hit = log_attempt_find_hit(a, CATALOGUE_CTL_12);
        Verdict *verdict = &a->attempt.verdict;

        if (verdict->row != &catalogue_rows[CATALOGUE_LCP_03] || !hit || verdict->detail[0] ||
            a->attempt.stage != LOG_STAGE_BEGUN || a->control.start_asked || a->told_to_end ||
            attempt_names_error(a))
                return;

        if (!strstr(hit->text, "Could not launch call manager")) {
                snprintf(verdict->detail, sizeof(verdict->detail),
                         "the process of pptp-linux for the control connection ended before it was "
                         "connected. Its reason, in a line with \"connect:\" mostly, is not in "
                         "these lines: read those of pptp, or of another attempt");
                return;
        }

        *verdict = (Verdict){ .row = &catalogue_rows[CATALOGUE_CTL_05] };
        snprintf(
                verdict->detail, sizeof(verdict->detail),
                "TCP was connected three times, and the control connection ended each time before it "
                "stood: what listens there is no PPTP server, or it refuses this host. Only pptp's "
                "own lines tell which (\"journalctl -t pptp\", \"grep pptp /var/log/syslog\")");
        a->attempt.is_likely = true;
        a->attempt.n_evidence = 0;
        log_attempt_add_evidence(&a->attempt, hit->line, hit->text);
}

void log_attempt_judge_closed(LogOpenAttempt *a) {
        const LogHit *reset = log_attempt_find_hit(a, CATALOGUE_CTL_16);
        const LogControl *control = &a->control;
        Verdict *verdict = &a->attempt.verdict;
        int lasted = log_time_between(control->call_made_sec, control->closed_sec);

        attempt_judge_hangup(a);
        attempt_judge_manager(a);

        /* One that was reset before its first answer was closed without a word. */
        if (verdict->row == &catalogue_rows[CATALOGUE_CTL_16] && attempt_was_reset_at_once(a))
                verdict->row = &catalogue_rows[CATALOGUE_CTL_05];
        if (verdict->row == &catalogue_rows[CATALOGUE_CTL_05] && reset)
                log_attempt_add_evidence(&a->attempt, reset->line, reset->text);

        /* A server that has answered did not close it without a word. */
        if (verdict->row == &catalogue_rows[CATALOGUE_CTL_05] &&
            (control->start_answered || control->call_answered))
                *verdict = (Verdict){ .row = &catalogue_rows[CATALOGUE_CTL_16] };

        /* The time of a connection that pppd counted proves PPP, though no line of it is here. */
        if (verdict->row == &catalogue_rows[CATALOGUE_CTL_16] && control->closed &&
            a->attempt.was_up && !a->heard)
                snprintf(verdict->detail, sizeof(verdict->detail), CLOSED_WHILE_UP);
        else if (verdict->row == &catalogue_rows[CATALOGUE_CTL_16] && control->closed &&
                 control->call_answered && !a->heard && lasted >= 0 && lasted <= QUICK_CLOSE_SEC)
                snprintf(verdict->detail, sizeof(verdict->detail),
                         "the server closed it within %d s of the call. Had it missed GRE packets, "
                         "it would have waited half a minute. So its PPP refused something or "
                         "failed: name or password, encryption (MPPE), its own options. %s",
                         lasted + 1,
                         a->has_pppd ? "Its log tells which" :
                                       "pppd's lines tell which; they are not here");
        else if (verdict->row == &catalogue_rows[CATALOGUE_CTL_16] && control->closed &&
                 control->call_answered && !a->heard && !a->has_pppd &&
                 lasted > SILENT_CALL_MAX_SEC)
                snprintf(
                        verdict->detail, sizeof(verdict->detail),
                        "the call stood for %d s, longer than programs wait for PPP, so the tunnel "
                        "was most likely up. pppd's lines, which are not in this log, tell who "
                        "ended it and why",
                        lasted);
        else if (verdict->row == &catalogue_rows[CATALOGUE_CTL_16] && control->closed &&
                 control->call_answered && !a->heard)
                snprintf(verdict->detail, sizeof(verdict->detail),
                         "the server closed it after it had accepted the call, and nothing of PPP "
                         "shows: GRE (IP protocol 47) does not get through, so try another uplink; "
                         "or PPP on the server failed, which its log tells");

        if (verdict->row && catalogue_row_group(verdict->row) == CATALOGUE_GROUP_CTL &&
            log_row_has(verdict->row, LOG_ROW_PARTS) && a->attempt.stage == LOG_STAGE_LINK &&
            a->attempt.n_packets == 0 && !a->has_pppd && !verdict->detail[0])
                snprintf(verdict->detail, sizeof(verdict->detail),
                         "PPP's link was agreed on, so GRE gets through. It ended during the "
                         "log-on or the encryption; pppd's lines, which are not in this log, tell "
                         "why: name or password, EAP (refuse-eap), or MPPE");

        if (verdict->row && catalogue_row_group(verdict->row) == CATALOGUE_GROUP_CTL &&
            log_row_has(verdict->row, LOG_ROW_PARTS) &&
            a->attempt.stage == LOG_STAGE_AUTHENTICATED && a->attempt.n_packets == 0 &&
            !verdict->detail[0])
                snprintf(
                        verdict->detail, sizeof(verdict->detail),
                        "the step after the log-on did not come about: mostly encryption, which "
                        "one side requires and the other does not have. Switch MPPE on, or off, as "
                        "the server's operator says%s",
                        log_attempt_find_hit(a, CATALOGUE_GRE_07) ?
                                "; or GRE packets get lost on the way" :
                                "");
}

void log_attempt_note_crashed(LogOpenAttempt *a) {
        Verdict *verdict = &a->attempt.verdict;

        if (!a->control.crashed || !verdict->row ||
            catalogue_row_group(verdict->row) != CATALOGUE_GROUP_CTL)
                return;

        log_verdict_addf(verdict,
                         "pptp-linux crashed by that, as it may when the control connection "
                         "breaks: a consequence, and not the cause");
}

void log_attempt_note_picked(LogOpenAttempt *a) {
        Verdict *verdict = &a->attempt.verdict;

        if (verdict->row || !a->attempt.ended_here || !a->control.pptp_started ||
            !attempt_is_picked(a))
                return;

        snprintf(verdict->detail, sizeof(verdict->detail),
                 "these are single lines out of a log. What the programs said between them is "
                 "missing, and an end like this has many causes. Use all lines of pppd and pptp");
}

void log_attempt_note_silence(LogOpenAttempt *a) {
        Verdict *verdict = &a->attempt.verdict;

        if (verdict->row != &catalogue_rows[CATALOGUE_GRE_01] || a->control.silent_sec == 0)
                return;

        snprintf(verdict->detail, sizeof(verdict->detail),
                 "the call stood for %d s and then ended at this side, as it does when nothing of "
                 "PPP comes. No line of pppd is in this log; they would tell it for certain",
                 a->control.silent_sec);
}

/* An echo of the control connection comes once a minute, so that two may be missing. */
#define ALIVE_SEC 150

/*
 * pptp-linux asks after a minute without a message, and gives up after another minute without an
 * answer (pptp_ctrl.c, idle_wait and max_echo_wait). It takes so long to notice that a control
 * connection died right after the call.
 */
#define FIRST_ECHO_MIN_SEC 90
#define FIRST_ECHO_MAX_SEC 180

void log_attempt_note_lost_way(LogOpenAttempt *a) {
        Verdict *verdict = &a->attempt.verdict;
        int since = a->up_sec != LOG_NO_TIME ? a->up_sec : a->control.call_made_sec;
        int lasted = log_time_between(since, a->control.dead_sec);

        if (lasted < 0)
                lasted = (int) a->lasted_sec;
        if (verdict->row != &catalogue_rows[CATALOGUE_CTL_10] || verdict->detail[0] ||
            !a->attempt.was_up || a->control.is_alive || lasted < FIRST_ECHO_MIN_SEC ||
            lasted > FIRST_ECHO_MAX_SEC)
                return;

        if (a->sent_none) {
                a->attempt.special = LOG_CASE_SENT_NOTHING;
                snprintf(verdict->detail, sizeof(verdict->detail),
                         "the server answered no echo since the tunnel came up. Not one byte went "
                         "into the tunnel, so its address is not routed there: the server itself "
                         "does not answer, or a firewall or NAT router forgot the connection");
        } else
                snprintf(verdict->detail, sizeof(verdict->detail),
                         "the server answered no echo since the tunnel came up: suspect first that "
                         "its address is routed into the tunnel, by a default route or by a "
                         "network that both sides use");
}

void log_attempt_note_alive(LogOpenAttempt *a) {
        Verdict *verdict = &a->attempt.verdict;
        const LogHit *losses = log_attempt_find_hit(a, CATALOGUE_GRE_07);
        int before = log_time_between(a->control.alive_sec, a->dead_sec);

        if (verdict->row != &catalogue_rows[CATALOGUE_LCP_02] || before < 0 || before > ALIVE_SEC)
                return;

        log_verdict_addf(verdict,
                         "the server is alive: it answered on the control connection %d s before. "
                         "GRE packets get lost on the way (Wi-Fi, NAT router, firewall)%s",
                         before, losses ? ", as pptp-linux reported earlier" : "");
}
