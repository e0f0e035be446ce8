/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the control connection tells: CTL rows. Numbers are those of RFC 2637, section 2. */

#include <errno.h>
#include <string.h>

#include "core/diagnosis/diagnosis-evidence.h"

/* Start-Control-Connection-Reply, section 2.2. */
enum {
        START_OK = 1,
        START_GENERAL_ERROR = 2,
        START_CHANNEL_EXISTS = 3,
        START_NOT_AUTHORISED = 4,
        START_VERSION = 5,
};

/* Outgoing-Call-Reply, section 2.8. */
enum {
        CALL_CONNECTED = 1,
        CALL_DO_NOT_ACCEPT = 7,
};

void control_evidence_add(ControlEvidence *e, bool sent, const PptpMessage *m) {
        if (sent)
                return;

        e->replied = true;

        switch (m->type) {
        case PPTP_START_CONTROL_CONNECTION_REPLY:
                e->start_result = m->result_code;
                e->start_error = m->error_code;
                e->windows = strncmp(m->start.vendor_name, "Microsoft", 9) == 0;
                break;
        case PPTP_OUTGOING_CALL_REPLY:
                e->call_result = m->result_code;
                e->call_error = m->error_code;
                e->call_cause = m->cause_code;
                break;
        case PPTP_CALL_DISCONNECT_NOTIFY:
                e->disconnected = true;
                e->disconnect_result = m->result_code;
                e->disconnect_error = m->error_code;
                e->disconnect_cause = m->cause_code;
                break;
        case PPTP_STOP_CONTROL_CONNECTION_REQUEST:
                e->stopped = true;
                e->stop_reason = m->result_code;
                break;
        case PPTP_SET_LINK_INFO:
                e->link_info = true;
                break;
        case PPTP_START_CONTROL_CONNECTION_REQUEST:
        case PPTP_STOP_CONTROL_CONNECTION_REPLY:
        case PPTP_ECHO_REQUEST:
        case PPTP_ECHO_REPLY:
        case PPTP_OUTGOING_CALL_REQUEST:
        case PPTP_INCOMING_CALL_REQUEST:
        case PPTP_INCOMING_CALL_REPLY:
        case PPTP_INCOMING_CALL_CONNECTED:
        case PPTP_CALL_CLEAR_REQUEST:
        case PPTP_WAN_ERROR_NOTIFY:
                break;
        }
}

/* "result 2 (general error), error 4 (no resource), cause 17" */
static bool verdict_set_result(Verdict *v, CatalogueIndex row, PptpMessageType type, uint8_t result,
                               uint8_t error, uint16_t cause) {
        TextBuilder t = verdict_begin(v, row);

        text_addf(&t, "result %u (%s)", result, pptp_result_text(type, result));
        if (error != 0)
                text_addf(&t, ", error %u (%s)", error, pptp_error_text(error));
        if (cause != 0)
                text_addf(&t, ", cause %u", cause);
        return true;
}

static bool judge_start(const ControlEvidence *e, Verdict *v) {
        CatalogueIndex row;

        switch (e->start_result) {
        case 0:
        case START_OK:
                return false;
        case START_CHANNEL_EXISTS:
                row = CATALOGUE_CTL_02;
                break;
        case START_NOT_AUTHORISED:
                row = CATALOGUE_CTL_03;
                break;
        case START_VERSION:
                row = CATALOGUE_CTL_04;
                break;
        default:
                row = CATALOGUE_CTL_01;
                break;
        }

        return verdict_set_result(v, row, PPTP_START_CONTROL_CONNECTION_REPLY, e->start_result,
                                  e->start_error, 0);
}

static bool judge_call(const ControlEvidence *e, Verdict *v) {
        if (e->call_result == 0 || e->call_result == CALL_CONNECTED)
                return false;

        return verdict_set_result(
                v, e->call_result == CALL_DO_NOT_ACCEPT ? CATALOGUE_CTL_15 : CATALOGUE_CTL_07,
                PPTP_OUTGOING_CALL_REPLY, e->call_result, e->call_error, e->call_cause);
}

/* The server ended a call or connection that was up. */
static bool judge_end(const ControlEvidence *e, Verdict *v) {
        TextBuilder t;

        if (e->disconnected) {
                if (e->windows && e->disconnect_result == 0) {
                        t = verdict_begin(v, CATALOGUE_CTL_09);
                        text_add(&t, "result 0, as Windows always says");
                        return true;
                }
                return verdict_set_result(v, CATALOGUE_CTL_09, PPTP_CALL_DISCONNECT_NOTIFY,
                                          e->disconnect_result, e->disconnect_error,
                                          e->disconnect_cause);
        }

        if (e->stopped)
                return verdict_set_result(v, CATALOGUE_CTL_14, PPTP_STOP_CONTROL_CONNECTION_REQUEST,
                                          e->stop_reason, 0, 0);

        return false;
}

/* Errors of the TCP connection after it was established, and its end. */
static bool judge_connection(const Diagnosis *d, Verdict *v) {
        static const DiagnosisStage stages[] = {
                DIAGNOSIS_STAGE_CONTROL,
                DIAGNOSIS_STAGE_CALL,
                DIAGNOSIS_STAGE_LINK,
                DIAGNOSIS_STAGE_UP,
        };
        bool worked = d->control.replied || diagnosis_lcp_is_open(d);
        CatalogueIndex row = worked ? CATALOGUE_CTL_16 : CATALOGUE_CTL_05;

        for (size_t i = 0; i < ELEMENTSOF(stages); i++) {
                int error = diagnosis_errno(d, stages[i]);

                if (error == ECONNRESET || error == EPIPE || error == ETIMEDOUT ||
                    error == ECONNABORTED) {
                        TextBuilder t = verdict_begin(v, row);

                        text_add(&t, strerrordesc_np(error));
                        return true;
                }
        }

        return diagnosis_fact(d, DIAGNOSIS_PEER_CLOSED) && verdict_set(v, row);
}

/*
 * A server that has the call request and never answers it wants something else in it. But one with
 * which a call has come about before does not, and of one whose TCP has not even acknowledged it
 * nothing can be said.
 */
static bool judge_unanswered_call(const Diagnosis *d, Verdict *v) {
        const FactEvidence *unacknowledged = diagnosis_fact(d, DIAGNOSIS_UNACKNOWLEDGED);
        bool arrived = !unacknowledged || unacknowledged->number == 0;
        TextBuilder t;

        if (!d->host.timeouts[DIAGNOSIS_STAGE_CALL])
                return false;
        if (arrived && !d->context.has_worked)
                return verdict_set(v, CATALOGUE_CTL_08);

        t = verdict_begin(v, CATALOGUE_CTL_13);
        text_add(&t,
                 arrived ? "no answer to the call request" :
                           "the call request never arrived there");
        return true;
}

bool judge_control(const Diagnosis *d, Verdict *v) {
        const FactEvidence *other = diagnosis_fact(d, DIAGNOSIS_NOT_PPTP);

        if (other) {
                TextBuilder t = verdict_begin(v, CATALOGUE_CTL_06);

                text_add(&t, other->text);
                return true;
        }

        if (judge_start(&d->control, v) || judge_call(&d->control, v))
                return true;
        if (diagnosis_fact(d, DIAGNOSIS_ECHO_LOST))
                return verdict_set(v, CATALOGUE_CTL_10);
        if (judge_end(&d->control, v) || judge_connection(d, v))
                return true;
        if (judge_unanswered_call(d, v))
                return true;
        if (d->host.timeouts[DIAGNOSIS_STAGE_CONTROL])
                return verdict_set(v, CATALOGUE_CTL_13);

        return false;
}
