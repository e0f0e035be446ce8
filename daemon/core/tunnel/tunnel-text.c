/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What the tunnel says of itself: the status line, sentences for the journal, and its status as
 * data.
 */

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "core/diagnosis/catalogue.h"
#include "core/base/text.h"
#include "core/tunnel/tunnel-internal.h"

void tunnel_log(Tunnel *t, TunnelActions *actions, int priority, const char *message_id,
                const DiagnosisRow *row, const char *format, ...) {

        TunnelAction *action;
        va_list ap;

        action = tunnel_add_action(t, actions, TUNNEL_ACTION_LOG);
        action->log.priority = priority;
        action->log.message_id = message_id;
        action->log.row = row;
        action->log.class = row ? row->class : DIAGNOSIS_INFORM;

        va_start(ap, format);
        vsnprintf(action->log.text, sizeof(action->log.text), format, ap);
        va_end(ap);
}

void tunnel_log_notes(Tunnel *t, TunnelActions *actions) {
        Verdict notes[DIAGNOSIS_NOTES_MAX];
        char text[TUNNEL_TEXT_MAX_BYTES];
        size_t n;

        n = diagnosis_get_notes(t->diagnosis, notes, ELEMENTSOF(notes));
        for (size_t i = 0; i < n; i++) {
                const DiagnosisRow *row = notes[i].row;
                bool *noted = &t->noted[row - catalogue_rows];

                /* The strength is said at each connect, when it is agreed on. */
                if (*noted || row == &catalogue_rows[CATALOGUE_MPPE_18])
                        continue;

                *noted = true;
                tunnel_describe_verdict(&notes[i], text, sizeof(text));
                tunnel_log(t, actions, row->class == DIAGNOSIS_WARN ? LOG_WARNING : LOG_INFO,
                           row->message_id, row, "%s", text);
                /* What ends one connection may be harmless to another. */
                if (row->class != DIAGNOSIS_WARN)
                        actions->items[actions->n_items - 1].log.class = DIAGNOSIS_INFORM;
        }
}

void tunnel_status(Tunnel *t, TunnelActions *actions, const char *format, ...) {
        TunnelAction *action;
        va_list ap;

        action = tunnel_add_action(t, actions, TUNNEL_ACTION_STATUS);
        action->status.since_usec = 0;

        va_start(ap, format);
        vsnprintf(action->status.text, sizeof(action->status.text), format, ap);
        va_end(ap);
}

void tunnel_status_failed(Tunnel *t, TunnelActions *actions, const char *what) {
        char remedy[DIAGNOSIS_REMEDY_MAX_BYTES];

        tunnel_describe_remedy(t, t->verdict.row, remedy, sizeof(remedy));
        tunnel_status(t, actions, "%s: %s%s%s", what, t->reason, remedy[0] ? ". Remedy: " : "",
                      remedy);
}

/* "Reconnecting (The server fell silent; try 2" */
static void tunnel_describe_retry(const Tunnel *t, TextBuilder *b) {
        text_addf(b, "%s (%s; try %" PRIu64, t->ready ? "Reconnecting" : "Connecting", t->reason,
                  t->history.retry.n_tries + 1);
}

void tunnel_status_waiting(Tunnel *t, TunnelActions *actions, uint64_t delay_usec) {
        char text[TUNNEL_TEXT_MAX_BYTES];
        TextBuilder b = text_builder(text, sizeof(text));

        tunnel_describe_retry(t, &b);
        text_add(&b, ", next in ");
        text_add_duration(&b, (delay_usec + USEC_PER_SEC / 2) / USEC_PER_SEC * USEC_PER_SEC);
        text_add(&b, ")");
        tunnel_status(t, actions, "%s", text);
}

void tunnel_status_phase(Tunnel *t, TunnelActions *actions, const char *format, ...) {
        char phase[TUNNEL_TEXT_MAX_BYTES / 2], text[TUNNEL_TEXT_MAX_BYTES];
        TextBuilder b = text_builder(text, sizeof(text));
        va_list ap;

        va_start(ap, format);
        vsnprintf(phase, sizeof(phase), format, ap);
        va_end(ap);

        if (t->reason[0] != '\0') {
                tunnel_describe_retry(t, &b);
                text_add(&b, "): ");
        }
        text_add(&b, phase);
        tunnel_status(t, actions, "%s", text);
}

/* "vpn.mq.edu.au (192.0.2.2)", or the address alone if that is what is configured. */
void tunnel_describe_server(const Tunnel *t, char *buffer, size_t n_buffer) {
        const char *name = t->config->servers[t->server_index];
        const char *address;

        if (t->address_index >= t->n_addresses) {
                snprintf(buffer, n_buffer, "%s", name);
                return;
        }

        address = TEXT_IPV4(t->addresses[t->address_index]);
        if (strcmp(name, address) == 0)
                snprintf(buffer, n_buffer, "%s", name);
        else
                snprintf(buffer, n_buffer, "%s (%s)", name, address);
}

/* "vpn.mq.edu.au (192.0.2.2) on onenet, 10.9.0.2 to 10.9.0.1, MPPE 128-bit stateless, 1 route" */
void tunnel_describe_link(const Tunnel *t, char *buffer, size_t n_buffer) {
        char server[128], mppe[64];

        tunnel_describe_server(t, server, sizeof(server));
        mppe_outcome_describe(&t->link.transmit, mppe, sizeof(mppe));

        snprintf(buffer, n_buffer, "%s on %s, %s to %s, %s, %zu route%s%s", server, t->link.ifname,
                 TEXT_IPV4(t->link.local), TEXT_IPV4(t->link.peer), mppe, t->n_routes,
                 t->n_routes == 1 ? "" : "s",
                 t->config->keep_alive_interval_usec > 0 && !t->settings.keep_alive ?
                         ", no keep-alive" :
                         "");
}

/* "The password was refused (E=691 R=0) [AUTH-01]" */
void tunnel_set_reason(Tunnel *t, const char *id, const char *text) {
        /* The name is what can be looked up: a long text is cut in front of it. */
        snprintf(t->reason, sizeof(t->reason), "%.*s%s%s%s",
                 (int) (sizeof(t->reason) - sizeof(t->history.failures[0].id)), text,
                 id[0] ? " [" : "", id, id[0] ? "]" : "");
}

/* The row's remedy, with the tunnel's and the server's names in it. */
void tunnel_describe_remedy(const Tunnel *t, const DiagnosisRow *row, char *buffer,
                            size_t n_buffer) {

        const DiagnosisNames names = {
                .tunnel = t->config->name,
                .server = t->config->servers[t->server_index],
                .address = tunnel_get_server(t),
        };

        diagnosis_describe_remedy(row, &names, buffer, n_buffer);
}

/* "the password was refused (E=691 R=0 V=3)" */
void tunnel_describe_verdict(const Verdict *v, char *buffer, size_t n_buffer) {
        const char *summary =
                v->row ? v->row->summary : "the connection failed, and nothing says why";

        if (v->detail[0] != '\0')
                snprintf(buffer, n_buffer, "%s (%s)", summary, v->detail);
        else
                snprintf(buffer, n_buffer, "%s", summary);
}

static void tunnel_get_link_status(const Tunnel *t, Status *s) {
        snprintf(s->interface_name, sizeof(s->interface_name), "%s", t->link.ifname);
        s->address = t->link.local;
        s->peer_address = t->link.peer;
        s->mtu_bytes = t->link.mtu_bytes;
        mppe_outcome_describe(&t->link.transmit, s->encryption_sent, sizeof(s->encryption_sent));
        mppe_outcome_describe(&t->link.receive, s->encryption_received,
                              sizeof(s->encryption_received));
        s->n_routes = t->n_routes;
}

void tunnel_get_status(const Tunnel *t, Status *ret_status) {
        Status s = {
                .since_usec = t->state_since_usec,
                .server_address = tunnel_get_server(t),
                .next_try_usec = t->state == TUNNEL_STATE_WAITING ? t->deadline_usec : 0,
                .up_since_usec = t->state == TUNNEL_STATE_UP ? t->up_since_usec : 0,
                .history = t->history,
        };

        s.history.retry.delay_usec = t->backoff.delay_usec;
        snprintf(s.state, sizeof(s.state), "%s", tunnel_state_name(t->state));
        snprintf(s.tunnel, sizeof(s.tunnel), "%s", t->config->name);
        snprintf(s.server, sizeof(s.server), "%s", t->config->servers[t->server_index]);
        if (t->state >= TUNNEL_STATE_APPLYING && t->state <= TUNNEL_STATE_UP)
                tunnel_get_link_status(t, &s);

        *ret_status = s;
}

void tunnel_set_history(Tunnel *t, const History *history) {
        t->history = *history;
        t->backoff.delay_usec = history->retry.delay_usec;
}
