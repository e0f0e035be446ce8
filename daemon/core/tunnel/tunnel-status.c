/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What others may ask of a tunnel: its state, its deadline, and all that there is to tell of it.
 */

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "core/base/hash.h"
#include "core/base/tunnel-tag.h"
#include "core/tunnel/tunnel-internal.h"

TunnelState tunnel_get_state(const Tunnel *t) {
        return t->state;
}

struct in_addr tunnel_get_server(const Tunnel *t) {
        if (t->candidates.address_index >= t->candidates.n_addresses)
                return (struct in_addr){ .s_addr = INADDR_ANY };

        return t->candidates.addresses[t->candidates.address_index];
}

const char *tunnel_get_server_name(const Tunnel *t) {
        return t->config->servers[t->candidates.server_index];
}

ServerMemory *tunnel_get_memory(Tunnel *t) {
        return &t->memory;
}

uint64_t tunnel_next_deadline(const Tunnel *t) {
        const uint64_t deadlines_usec[] = {
                t->deadline_usec,        t->control.deadline_usec,
                t->verify.deadline_usec, t->silence.look_deadline_usec,
                t->size.deadline_usec,   t->ipv6.deadline_usec,
        };
        uint64_t next_usec = USEC_INFINITY;

        for (size_t i = 0; i < ELEMENTSOF(deadlines_usec); i++)
                next_usec = MIN(next_usec, deadlines_usec[i]);

        return next_usec;
}

uint64_t tunnel_get_patience(const Tunnel *t) {
        if (t->ready || t->attempt_usec - t->start_usec >= TUNNEL_PATIENCE_USEC)
                return 0;
        if (t->state < TUNNEL_STATE_STARTING || t->state > TUNNEL_STATE_PROBING)
                return 0;

        return t->deadline_usec + TUNNEL_PATIENCE_MARGIN_USEC;
}

static void tunnel_get_link_status(const Tunnel *t, Status *s) {
        snprintf(s->interface_name, sizeof(s->interface_name), "%s", t->link.ifname);
        s->address = t->link.local;
        s->peer_address = t->link.peer;
        if (t->link.has_ipv6) {
                text_format_ipv6(s->ipv6_address, sizeof(s->ipv6_address), &t->ipv6.local);
                text_format_ipv6(s->ipv6_peer_address, sizeof(s->ipv6_peer_address), &t->ipv6.peer);
        }
        s->mtu_bytes = t->link.mtu_bytes;
        mppe_outcome_describe(&t->link.transmit, s->encryption_sent, sizeof(s->encryption_sent));
        mppe_outcome_describe(&t->link.receive, s->encryption_received,
                              sizeof(s->encryption_received));
        s->n_routes = t->parts.n_routes;
        snprintf(s->trouble, sizeof(s->trouble), "%s", tunnel_parts_get_trouble(t));
        if (tunnel_parts_get_reason(t))
                snprintf(s->trouble_reason, sizeof(s->trouble_reason), "%s",
                         tunnel_parts_get_reason(t)->id);
        s->segment_bytes = t->parts.segment_bytes;
        if (config_has_policy_route(t->config, false))
                s->default_route_table = tunnel_tag_get_table(tunnel_tag_make(t->config->name));
}

void tunnel_get_status(const Tunnel *t, Status *ret_status) {
        Status *s = ret_status;

        /* In place: this runs with each event, and a second Status is 11 KiB of the stack. */
        memset(s, 0, sizeof(*s));
        s->since_usec = t->state_since_usec;
        s->server_address = tunnel_get_server(t);
        s->next_try_usec = t->state == TUNNEL_STATE_WAITING ? t->deadline_usec : 0;
        s->up_since_usec = t->state == TUNNEL_STATE_UP ? t->up_since_usec : 0;
        s->history = t->history;
        s->history.retry.delay_usec = t->backoff.delay_usec;
        snprintf(s->state, sizeof(s->state), "%s", tunnel_state_name(t->state));
        snprintf(s->tunnel, sizeof(s->tunnel), "%s", t->config->name);
        snprintf(s->server, sizeof(s->server), "%s", tunnel_get_server_name(t));
        if (t->config->network_namespace)
                snprintf(s->network_namespace, sizeof(s->network_namespace), "%s",
                         t->config->network_namespace);
        snprintf(s->vrf, sizeof(s->vrf), "%s", t->config->vrf);
        if (t->state >= TUNNEL_STATE_APPLYING && t->state <= TUNNEL_STATE_UP)
                tunnel_get_link_status(t, s);
}

uint64_t tunnel_identify(const Config *config, size_t server_index) {
        const char *texts[] = {
                config->servers[server_index],
                config->user,
                config->domain ?: "",
        };
        uint64_t hashes[ELEMENTSOF(texts)];

        for (size_t i = 0; i < ELEMENTSOF(texts); i++)
                hashes[i] = hash_bytes(texts[i], strlen(texts[i]));

        return hash_bytes(hashes, sizeof(hashes)) ?: 1;
}

bool tunnel_has_worked_as_configured(const Tunnel *t) {
        if (!t->history.has_worked)
                return false;
        if (t->history.worked_as == 0)
                return true;

        for (size_t i = 0; i < t->config->n_servers; i++)
                if (tunnel_identify(t->config, i) == t->history.worked_as)
                        return true;

        return false;
}

void tunnel_set_history(Tunnel *t, const History *history) {
        t->history = *history;
        t->history.has_worked = tunnel_has_worked_as_configured(t);
        t->backoff.delay_usec = history->retry.delay_usec;
}
