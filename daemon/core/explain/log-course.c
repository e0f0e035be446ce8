/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What lines of pppd tell of the course of an attempt: that it began, came so far, and ended. */

#include <signal.h>
#include <string.h>

#include "core/diagnosis/diagnosis-evidence.h"
#include "core/explain/log-message.h"
#include "core/explain/log-parser.h"
#include "core/explain/log-row.h"
#include "core/explain/log-time.h"

/*
 * Forgets how an earlier connection of the same pppd ended, which began again without a line that
 * says so: once it is up, that is no verdict.
 */
static void attempt_forget_end(LogOpenAttempt *a) {
        size_t n = 0;

        for (size_t i = 0; i < a->n_hits; i++)
                if (!log_row_has(&catalogue_rows[a->hits[i].row], LOG_ROW_TELLS_END))
                        a->hits[n++] = a->hits[i];

        a->n_hits = n;
        a->terminated = a->told_to_end = a->is_over = false;
        a->left_by_pppd = false;
        a->ip_down = 0;
        a->control.closed = a->control.is_over = false;
}

/* pppd ends a helper that is still there so long after the link (child_wait of its main.c). */
#define CHILD_WAIT_SEC 5

/*
 * Whether pppd tells that it passed a signal on to pptp-linux, which "poff", a terminal or what
 * started pppd sent to pppd: pptp-linux ended by the signal, and at once after pppd took IP down.
 * Or the signal went to both, as when systemd ends a unit, and pptp-linux was the first to go, be
 * it before a line of pppd's own end. pptp-linux itself catches what its process for the control
 * connection sends it when the server ends a call (its pptp.c and pptp_callmgr.c).
 */
static bool attempt_tells_stop(const LogOpenAttempt *a, const LogInput *input) {
        bool is_first = a->ip_down == 0 && !a->terminated;
        int waited = log_time_between(a->ip_down > 0 ? a->ip_down_sec : a->hangup_sec,
                                      input->tag.time_sec);
        unsigned number;

        return (is_first || ((a->ip_down > 0 || waited >= 0) && waited < CHILD_WAIT_SEC)) &&
                log_message_get_helper_signal(input->line->text, &number) &&
                (number == SIGTERM || number == SIGINT || number == SIGHUP);
}

/*
 * Whether pppd has no telephone line, whose end the kernel reports by the same signal as "poff",
 * a terminal that is closed, and a program that started pppd. To pptp-linux it speaks through a
 * pseudo terminal that does not control it (O_NOCTTY in get_pty() of its pty.c).
 */
static bool attempt_has_no_line(const LogOpenAttempt *a) {
        return a->carrier == LOG_CARRIER_PPTP || a->has_pptp;
}

void log_attempt_note_course(LogOpenAttempt *a, const LogInput *input) {
        if (log_input_has(input, LOG_PHRASE_PPTP_PLUGIN))
                a->has_plugin = true;
        if (log_input_has(input, LOG_PHRASE_BEGINS) || log_input_has(input, LOG_PHRASE_STARTED) ||
            log_input_has(input, LOG_PHRASE_CONNECT))
                a->has_begun = true;
        if (log_input_has(input, LOG_PHRASE_TERMINATED)) {
                if (!a->terminated && strstr(input->line->text, "Modem hangup")) {
                        a->served.hung_up_first = true;
                        a->hangup_sec = input->tag.time_sec;
                        log_attempt_note_served_end(a, input);
                }
                if (!a->terminated && a->ip_down > 0)
                        a->left_by_pppd = strstr(input->line->text, "Connection terminated");
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
                log_attempt_note_told(a, input->line);
        }
        if (log_input_has(input, LOG_PHRASE_KILLED) && attempt_tells_stop(a, input))
                log_attempt_note_helper_told(a, input->line);
        if (log_input_has(input, LOG_PHRASE_IP_DOWN)) {
                a->is_up = a->heard = true;
                diagnosis_add_phase(a->diagnosis, PLUGIN_PHASE_RUNNING);
                log_attempt_note_ip_down(a, input);
        }
        if (log_input_has(input, LOG_PHRASE_HANGUP_SIGNAL) && attempt_has_no_line(a))
                log_attempt_note_told(a, input->line);
        if (log_input_has(input, LOG_PHRASE_CCP_REFUSED))
                log_evidence_take(&a->ccp_refused, input->line);
        if (log_input_has(input, LOG_PHRASE_NO_CCP))
                log_evidence_take(&a->no_ccp, input->line);
        if (log_input_has(input, LOG_PHRASE_ASKED_PASSWORD))
                a->asked_password = a->heard = true;
        if (log_input_has(input, LOG_PHRASE_SIGNAL) && !log_message_is_of_peer(input->line->text))
                log_attempt_note_told(a, input->line);
        if (log_input_has(input, LOG_PHRASE_ENCRYPTED) && strstr(input->line->text, "MPPE"))
                a->encrypted = a->heard = true;

        if (log_input_has(input, LOG_PHRASE_AUTHENTICATED) &&
            !log_input_has(input, LOG_PHRASE_SERVER)) {
                a->authenticated = a->heard = a->by_client = true;
                a->attempt.by_pap = strstr(input->line->text, " PAP authentication succeeded") ||
                        strncmp(input->line->text, "PAP authentication succeeded", 28) == 0;
                diagnosis_add_phase(a->diagnosis, PLUGIN_PHASE_NETWORK);
        }
        if (log_input_has(input, LOG_PHRASE_UP) &&
            !strstr(input->line->text, "Could not determine") &&
            !strstr(input->line->text, "bad local IP")) {
                if (!a->is_up) {
                        attempt_forget_end(a);
                        a->up_sec = input->tag.time_sec;
                }
                a->is_up = a->heard = true;
                diagnosis_add_phase(a->diagnosis, PLUGIN_PHASE_RUNNING);
        }
        if (log_input_has(input, LOG_PHRASE_UP) &&
            (strstr(input->line->text, "ot replacing existing default route") ||
             strstr(input->line->text, "ot replacing default route")))
                a->attempt.kept_route = true;
        if (log_input_has(input, LOG_PHRASE_LCP_TIMEOUT)) {
                diagnosis_add_fact(a->diagnosis,
                                   &(DiagnosisFact){ .type = DIAGNOSIS_TIMEOUT,
                                                     .stage = DIAGNOSIS_STAGE_LINK });
                log_attempt_keep_line(a, input->line->number, input->line->text,
                                      input->line->n_text);
        }
}
