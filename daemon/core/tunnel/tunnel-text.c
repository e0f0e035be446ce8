/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What the tunnel says of itself, in sentences: descriptions of what stands and of what failed, and
 * the status lines and journal entries that are made of them.
 */

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "core/diagnosis/catalogue.h"
#include "core/base/text.h"
#include "core/tunnel/tunnel-internal.h"

/* ---- descriptions ---- */

void tunnel_describe_server(const Tunnel *t, char *buffer, size_t n_buffer) {
        const char *name = tunnel_get_server_name(t);
        const char *address;

        if (t->candidates.address_index >= t->candidates.n_addresses) {
                snprintf(buffer, n_buffer, "%s", name);
                return;
        }

        address = TEXT_IPV4(t->candidates.addresses[t->candidates.address_index]);
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

        snprintf(buffer, n_buffer, "%s on %s, %s to %s%s, %s, %zu route%s%s", server,
                 t->link.ifname, TEXT_IPV4(t->link.local), TEXT_IPV4(t->link.peer),
                 t->link.has_ipv6 ? ", IPv6" : "", mppe, t->parts.n_routes,
                 t->parts.n_routes == 1 ? "" : "s",
                 t->config->keep_alive_interval_usec > 0 && !t->approach.settings.keep_alive ?
                         ", no keep-alive" :
                         "");
}

void tunnel_describe_verdict(const Verdict *v, char *buffer, size_t n_buffer) {
        const char *summary =
                v->row ? v->row->summary : "the connection failed, and nothing says why";

        if (v->detail[0] != '\0')
                snprintf(buffer, n_buffer, "%s (%s)", summary, v->detail);
        else
                snprintf(buffer, n_buffer, "%s", summary);
}

void tunnel_describe_remedy(const Tunnel *t, const DiagnosisRow *row, char *buffer,
                            size_t n_buffer) {

        const DiagnosisNames names = {
                .tunnel = t->config->name,
                .server = tunnel_get_server_name(t),
                .address = tunnel_get_server(t),
        };

        diagnosis_describe_remedy(row, &names, buffer, n_buffer);
}

void tunnel_set_reason(Tunnel *t, const char *id, const char *text) {
        /* A long text is cut in front of the id, by which the reason can be looked up. */
        snprintf(t->failure.reason, sizeof(t->failure.reason), "%.*s%s%s%s",
                 (int) (sizeof(t->failure.reason) - sizeof(t->history.failures[0].id)), text,
                 id[0] ? " [" : "", id, id[0] ? "]" : "");
}

/* ---- the journal ---- */

/* Logs at debug level what most servers do without consequence. */
static int tunnel_get_note_priority(const DiagnosisRow *row) {
        if (row == &catalogue_rows[CATALOGUE_IPCP_05])
                return LOG_DEBUG;

        return row->class == DIAGNOSIS_WARN ? LOG_WARNING : LOG_INFO;
}

void tunnel_log_notes(Tunnel *t, TunnelActions *actions) {
        Verdict notes[DIAGNOSIS_NOTES_MAX];
        char text[TUNNEL_TEXT_MAX_BYTES];
        TunnelAction *action;
        size_t n;

        n = diagnosis_get_notes(t->diagnosis, notes, ELEMENTSOF(notes));
        for (size_t i = 0; i < n; i++) {
                const DiagnosisRow *row = notes[i].row;
                bool *noted = &t->noted[row - catalogue_rows];

                /*
                 * What is logged elsewhere is not noted here: the encryption at each connection,
                 * and what others do to routes when they do it.
                 */
                if (*noted || row == &catalogue_rows[CATALOGUE_MPPE_18] ||
                    row == &catalogue_rows[CATALOGUE_NETC_07])
                        continue;

                *noted = true;
                tunnel_describe_verdict(&notes[i], text, sizeof(text));
                action = tunnel_log(actions, tunnel_get_note_priority(row), row->message_id, row,
                                    "%s", text);
                /* What ends a connection is not a remark about the same connection as well. */
                if (row->class != DIAGNOSIS_WARN)
                        action->log.class = DIAGNOSIS_INFORM;
        }
}

/* ---- the status line ---- */

void tunnel_status_failed(const Tunnel *t, TunnelActions *actions, const char *what) {
        char remedy[DIAGNOSIS_REMEDY_MAX_BYTES], text[TUNNEL_TEXT_MAX_BYTES];
        TextBuilder b = text_builder(text, sizeof(text));

        tunnel_describe_remedy(t, t->failure.verdict.row, remedy, sizeof(remedy));
        text_addf(&b, "%s: %s", what, t->failure.reason);
        if (remedy[0] != '\0') {
                text_add(&b, ". Remedy: ");
                text_add_sentences(&b, remedy);
        }
        tunnel_status(actions, "%s", text);
}

const char *tunnel_describe_effort(const Tunnel *t) {
        return t->history.n_connects > 0 ? "Reconnecting" : "Connecting";
}

/* "Reconnecting (The server fell silent; try 2" */
static void tunnel_add_retry(const Tunnel *t, TextBuilder *b) {
        text_addf(b, "%s (%s; try %" PRIu64, tunnel_describe_effort(t), t->failure.reason,
                  t->history.retry.n_tries + 1);
}

void tunnel_status_waiting(const Tunnel *t, TunnelActions *actions, uint64_t delay_usec) {
        char text[TUNNEL_TEXT_MAX_BYTES];
        TextBuilder b = text_builder(text, sizeof(text));

        tunnel_add_retry(t, &b);
        text_add(&b, ", next in ");
        text_add_duration(&b, (delay_usec + USEC_PER_SEC / 2) / USEC_PER_SEC * USEC_PER_SEC);
        text_add(&b, ")");
        tunnel_status(actions, "%s", text);
}

void tunnel_status_phase(const Tunnel *t, TunnelActions *actions, const char *format, ...) {
        char phase[TUNNEL_TEXT_MAX_BYTES / 2], text[TUNNEL_TEXT_MAX_BYTES];
        TextBuilder b = text_builder(text, sizeof(text));
        va_list ap;

        va_start(ap, format);
        vsnprintf(phase, sizeof(phase), format, ap);
        va_end(ap);

        if (t->failure.reason[0] != '\0') {
                tunnel_add_retry(t, &b);
                text_add(&b, "): ");
        }
        text_add(&b, phase);
        tunnel_status(actions, "%s", text);
}
