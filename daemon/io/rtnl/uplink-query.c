/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/rtnl/uplink-query.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct UplinkQuery {
        Rtnl *rtnl;
        RtnlRequest *request; /* the question under way */
        UplinkQuestion question;
        char tunnel_name[IFNAMSIZ];
        Uplink uplink;
        uint32_t members[RTNL_NEXT_HOP_MEMBERS_MAX]; /* of a group of next hops */
        size_t n_members, n_members_asked;

        UplinkQueryFunc func;
        void *userdata;
};

static void uplink_query_complete(UplinkQuery *q, int error) {
        q->func(q, error, error < 0 ? NULL : &q->uplink, q->userdata);
}

static void uplink_query_found_nothing(UplinkQuery *q) {
        q->uplink.usable = false;
        uplink_query_complete(q, 0);
}

static void on_link(RtnlRequest *request, int error, _unused_ const char *text,
                    const RtnlLink *link, void *userdata) {

        UplinkQuery *q = userdata;

        q->request = rtnl_request_free(request);

        if (error == -ENODEV)
                uplink_query_found_nothing(q);
        else if (error < 0)
                uplink_query_complete(q, error);
        else if (strcmp(link->name, q->tunnel_name) == 0)
                uplink_query_complete(q, -ELOOP);
        else {
                q->uplink.usable = link->flags & IFF_RUNNING;
                q->uplink.mtu_bytes = q->uplink.mtu_bytes ?: link->mtu_bytes;
                uplink_query_complete(q, 0);
        }
}

static void uplink_query_ask_link(UplinkQuery *q) {
        int r;

        r = rtnl_get_link(q->rtnl, NULL, q->uplink.ifindex, on_link, q, &q->request);
        if (r < 0)
                uplink_query_complete(q, r);
}

static void uplink_query_ask_next_hop(UplinkQuery *q, uint32_t id);

/* Of a group, the first member whose link has a carrier, or the last. */
static void on_next_hop(RtnlRequest *request, int error, _unused_ const char *text,
                        const RtnlNextHop *hop, void *userdata) {

        UplinkQuery *q = userdata;

        q->request = rtnl_request_free(request);

        if (error == 0 && hop->n_members > 0 && q->n_members == 0) {
                q->n_members = hop->n_members;
                memcpy(q->members, hop->members, sizeof(q->members));
        }

        if (error < 0 && error != -ENOENT)
                uplink_query_complete(q, error);
        else if (q->n_members_asked < q->n_members &&
                 (error < 0 || hop->ifindex == 0 || hop->is_down))
                uplink_query_ask_next_hop(q, q->members[q->n_members_asked++]);
        else if (error < 0 || hop->ifindex == 0)
                uplink_query_found_nothing(q);
        else {
                q->uplink.ifindex = hop->ifindex;
                q->uplink.gateway = hop->gateway;
                q->uplink.gateway6 = hop->gateway6;
                uplink_query_ask_link(q);
        }
}

static void uplink_query_ask_next_hop(UplinkQuery *q, uint32_t id) {
        int r;

        r = rtnl_get_next_hop(q->rtnl, id, on_next_hop, q, &q->request);
        if (r < 0)
                uplink_query_complete(q, r);
}

static void on_routes(RtnlRequest *request, int error, _unused_ const char *text,
                      const Route *routes, size_t n_routes, void *userdata) {

        UplinkQuery *q = userdata;
        const Route *route = NULL;

        q->request = rtnl_request_free(request);

        if (error == 0)
                route = uplink_find_route(routes, n_routes, q->question.server,
                                          q->question.tunnel_ifindex);
        if (error < 0)
                uplink_query_complete(q, error);
        else if (!route || route->type != RTN_UNICAST)
                uplink_query_found_nothing(q);
        else {
                q->uplink.ifindex = route->ifindex;
                q->uplink.gateway = route->gateway;
                q->uplink.gateway6 = route->gateway6;
                q->uplink.mtu_bytes = route->mtu_bytes;
                if (route->next_hop_id != 0)
                        uplink_query_ask_next_hop(q, route->next_hop_id);
                else
                        uplink_query_ask_link(q);
        }
}

static void uplink_query_look_behind(UplinkQuery *q) {
        const RtnlRouteFilter filter = {
                .family = AF_INET,
                .table = q->question.hidden_table,
        };
        int r;

        q->uplink.table = q->question.hidden_table;
        r = rtnl_list_routes(q->rtnl, &filter, on_routes, q, &q->request);
        if (r < 0)
                uplink_query_complete(q, r);
}

/*
 * The errno of the kernel's for an address without a path, by the type of the route that says so.
 */
static bool means_no_path(int error) {
        switch (error) {
        case -ENETUNREACH:
        case -EHOSTUNREACH:
        case -EACCES:
        case -EINVAL:
        case -ENODEV:
        case -ENETDOWN:
                return true;
        }

        return false;
}

static void on_path(RtnlRequest *request, int error, _unused_ const char *text,
                    const RtnlPath *path, void *userdata) {

        UplinkQuery *q = userdata;

        if (error == 0) {
                q->uplink.ifindex = path->ifindex;
                q->uplink.gateway = path->gateway;
                q->uplink.gateway6 = path->gateway6;
                q->uplink.mtu_bytes = path->mtu_bytes;
                q->uplink.table = path->table;
                if (q->uplink.source.s_addr == INADDR_ANY)
                        q->uplink.source = path->preferred_source;
        }
        q->request = rtnl_request_free(request);

        if (error < 0 && !means_no_path(error))
                uplink_query_complete(q, error);
        else if (q->question.hidden_table != 0)
                uplink_query_look_behind(q);
        else if (error < 0)
                uplink_query_found_nothing(q);
        else
                uplink_query_ask_link(q);
}

static int uplink_query_ask_path(UplinkQuery *q) {
        const RtnlPathQuery query = {
                .destination = q->question.server,
                .source = q->uplink.source,
                .firewall_mark = q->question.firewall_mark,
                .ifindex = q->question.ifindex,
        };

        return rtnl_get_path(q->rtnl, &query, on_path, q, &q->request);
}

static void on_source(RtnlRequest *request, int error, _unused_ const char *text,
                      const RtnlPath *path, void *userdata) {

        UplinkQuery *q = userdata;
        int r;

        q->uplink.source_valid = error == 0 && path->type == RTN_LOCAL;
        q->request = rtnl_request_free(request);

        /* With a source address that is not this host's, the kernel finds no path at all. */
        if (q->uplink.source_valid)
                q->uplink.source = q->question.source;

        r = uplink_query_ask_path(q);
        if (r < 0)
                uplink_query_complete(q, r);
}

/* The way to an address of this host is a local one. */
static int uplink_query_ask_source(UplinkQuery *q) {
        const RtnlPathQuery query = { .destination = q->question.source };

        return rtnl_get_path(q->rtnl, &query, on_source, q, &q->request);
}

int uplink_query_new(Rtnl *rtnl, const UplinkQuestion *question, UplinkQueryFunc func,
                     void *userdata, UplinkQuery **ret_query) {

        _cleanup_(uplink_query_freep) UplinkQuery *q = NULL;
        int r;

        q = calloc(1, sizeof(*q));
        if (!q)
                return -ENOMEM;

        q->rtnl = rtnl;
        q->question = *question;
        q->question.tunnel_name = NULL;
        snprintf(q->tunnel_name, sizeof(q->tunnel_name), "%s", question->tunnel_name ?: "");
        q->func = func;
        q->userdata = userdata;

        q->uplink.source_valid = question->source.s_addr == INADDR_ANY;
        r = q->uplink.source_valid ? uplink_query_ask_path(q) : uplink_query_ask_source(q);
        if (r < 0)
                return r;

        *ret_query = steal_pointer(q);
        return 0;
}

UplinkQuery *uplink_query_free(UplinkQuery *q) {
        if (!q)
                return NULL;

        rtnl_request_free(q->request);
        free(q);
        return NULL;
}
