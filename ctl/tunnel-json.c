/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The JSON of list, status and monitor. The schema stands in pptpctl(8), and a test holds the two
 * together: members may be added, and none changes its meaning within a version.
 */

#include <arpa/inet.h>
#include <string.h>

#include "core/diagnosis/diagnosis.h"
#include "tunnel-view.h"

#define SCHEMA_VERSION 1

static void add_address(Json *j, const char *key, struct in_addr address) {
        if (address.s_addr != INADDR_ANY)
                json_add_text(j, key, TEXT_IPV4(address));
}

static void write_failure(const TunnelView *v, const HistoryFailure *failure, Json *j) {
        const DiagnosisRow *row = diagnosis_find_row(failure->id);
        char remedy[DIAGNOSIS_REMEDY_MAX_BYTES];

        json_open_object(j, NULL);
        json_add_text_if(j, "reason", failure->id);
        json_add_text(j, "text", failure->text);
        json_add_number(j, "at_usec", tunnel_view_realtime(v, failure->at_usec));
        json_add_number(j, "times", failure->n_times);
        if (row)
                json_add_text(j, "class", diagnosis_class_name(row->class));
        json_add_text_if(j, "remedy",
                         status_describe_remedy(&v->status, row, remedy, sizeof(remedy)));
        json_close_object(j);
}

static void write_words(Json *j, const char *key, const char *words) {
        char copy[sizeof(((Status *) NULL)->domains)], *rest = NULL;

        snprintf(copy, sizeof(copy), "%s", words);
        json_open_array(j, key);
        for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
                json_add_text(j, NULL, word);
        json_close_array(j);
}

static void write_names(const Status *s, Json *j) {
        if (s->name_servers[0] == '\0' && s->names_trouble[0] == '\0')
                return;

        write_words(j, "dns_servers", s->name_servers);
        write_words(j, "dns_domains", s->domains);
        json_add_bool(j, "dns_default_route", s->names_take_all > 0);
        json_add_text_if(j, "dns_service", s->names_service);
        json_add_text_if(j, "dns_trouble", s->names_trouble);
}

/* Also while the tunnel is down. */
static void write_cover(const Status *s, Json *j) {
        if (s->names_covered[0] != '\0')
                write_words(j, "dns_covered", s->names_covered);
        json_add_text_if(j, "dns_cover_interface", s->names_cover_interface);
        json_add_text_if(j, "dns_cover_trouble", s->names_cover_trouble);
}

static void write_link(const TunnelView *v, Json *j) {
        const Status *s = &v->status;

        json_add_text_if(j, "trouble", s->trouble);
        json_add_text_if(j, "trouble_reason", s->trouble_reason);
        json_add_text_if(j, "hooks_trouble", s->hooks_trouble);
        json_add_text_if(j, "interface", s->interface_name);
        json_add_text_if(j, "network_namespace", s->network_namespace);
        json_add_text_if(j, "vrf", s->vrf);
        add_address(j, "address", s->address);
        add_address(j, "peer_address", s->peer_address);
        json_add_text_if(j, "ipv6_address", s->ipv6_address);
        json_add_text_if(j, "ipv6_peer_address", s->ipv6_peer_address);
        json_add_number_if(j, "mtu_bytes", s->mtu_bytes);
        json_add_number_if(j, "segment_bytes", s->segment_bytes);
        json_add_text_if(j, "encryption_sent", s->encryption_sent);
        json_add_text_if(j, "encryption_received", s->encryption_received);
        json_add_number(j, "routes", s->n_routes);
        json_add_number_if(j, "default_route_table", s->default_route_table);
        json_add_text_if(j, "overlaps", s->overlaps);
        write_names(s, j);
        json_add_number_if(j, "up_since_usec", tunnel_view_realtime(v, s->up_since_usec));
        json_add_number_if(j, "down_since_usec",
                           tunnel_view_realtime(v, s->history.down_since_usec));
}

static void write_history(const TunnelView *v, Json *j) {
        const History *h = &v->status.history;
        Traffic traffic = tunnel_view_traffic(v);

        json_add_number(j, "connects", h->n_connects);
        json_add_number(j, "reconnects", h->n_connects - (h->n_connects > 0));
        json_add_number(j, "restarts", h->n_restarts);
        json_add_number(j, "tries", h->retry.n_tries);
        json_add_number(j, "up_usec", tunnel_view_up_usec(v));
        json_add_number(j, "received_bytes", traffic.received_bytes);
        json_add_number(j, "received_packets", traffic.received_packets);
        json_add_number(j, "sent_bytes", traffic.sent_bytes);
        json_add_number(j, "sent_packets", traffic.sent_packets);
        json_open_array(j, "failures");
        for (size_t i = 0; i < h->n_failures; i++)
                write_failure(v, &h->failures[i], j);
        json_close_array(j);
}

/* Returns the line that says how it is; it may be in the buffer. */
static const char *find_status(const TunnelView *v, char *buffer, size_t n_buffer) {
        TextBuilder b = text_builder(buffer, n_buffer);

        if (v->name_fault) {
                tunnel_view_add_name_fault(&b, v);
                return buffer;
        }

        return v->is_alive || !v->has_unit ? v->status.text : v->unit.text;
}

void tunnel_view_write_json(const TunnelView *v, Json *j) {
        const Status *s = &v->status;
        char fault[512];

        json_open_object(j, NULL);
        json_add_text(j, "name", v->name);
        json_add_bool(j, "configured", v->is_configured);
        json_add_text(j, "state", tunnel_view_state(v));
        json_add_bool(j, "up", tunnel_view_is_up(v));
        json_add_number_if(j, "since_usec", tunnel_view_since(v));
        json_add_text_if(j, "status", find_status(v, fault, sizeof(fault)));
        if (!v->is_alive && v->has_unit)
                json_add_number_if(j, "exit_status", (uint64_t) v->unit.exit_status);
        if (v->is_alive) {
                json_add_number_if(j, "pid", s->supervisor_pid);
                json_add_number_if(j, "pppd_pid", s->pppd_pid);
                json_add_number_if(j, "next_try_usec", tunnel_view_realtime(v, s->next_try_usec));
        }
        if (v->has_status) {
                json_add_text_if(j, "server", s->server);
                add_address(j, "server_address", s->server_address);
        }
        if (v->is_alive) {
                write_link(v, j);
                write_cover(s, j);
        }
        if (v->has_status)
                write_history(v, j);
        json_close_object(j);
}

void tunnel_views_write_json(const TunnelViews *views, JsonFormat format) {
        Json j = json_begin(stdout, format);

        json_open_object(&j, NULL);
        json_add_number(&j, "version", SCHEMA_VERSION);
        json_open_array(&j, "tunnels");
        for (size_t i = 0; i < views->n_items; i++)
                tunnel_view_write_json(&views->items[i], &j);
        json_close_array(&j);
        json_close_object(&j);
        json_end(&j);
}
