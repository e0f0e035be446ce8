/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/rtnl/rtnl-request.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/route/route-watch.h"
#include "io/rtnl/rtnl-message.h"

void rtnl_request_unlink(RtnlRequest *q) {
        Rtnl *r = q->rtnl;

        if (!r)
                return;

        *(q->previous ? &q->previous->next : &r->first) = q->next;
        *(q->next ? &q->next->previous : &r->last) = q->previous;
        q->previous = q->next = NULL;
        q->rtnl = NULL;
}

void rtnl_request_complete(RtnlRequest *q, int error, const char *text, const void *answer) {
        /* The route stays valid for the callback even if that frees the request. */
        _cleanup_free_ Route *routes = steal_pointer(q->routes);
        _cleanup_free_ RouteRule *rules = steal_pointer(q->rules);

        rtnl_request_unlink(q);
        text = text && text[0] ? text : NULL;

        if (q->on_path)
                q->on_path(q, error, text, answer, q->userdata);
        else if (q->on_link)
                q->on_link(q, error, text, answer, q->userdata);
        else if (q->on_next_hop)
                q->on_next_hop(q, error, text, answer, q->userdata);
        else if (q->on_set)
                q->on_set(q, error, text, q->userdata);
        else if (q->on_rules)
                q->on_rules(q, error, text, rules, q->n_rules, q->userdata);
        else if (q->on_routes)
                q->on_routes(q, error, text, routes, q->n_routes, q->userdata);
        else
                q->on_changed(q, error, q->n_answered - q->n_refused, q->n_refused, q->userdata);
}

static int rtnl_send(Rtnl *r, const void *data, size_t n_data) {
        if (mnl_socket_sendto(r->socket, data, n_data) < 0)
                return -errno;

        return 0;
}

int rtnl_request_send_question(RtnlRequest *q) {
        uint8_t buffer[256] __attribute__((aligned(NLMSG_ALIGNTO))) = {};
        struct nlmsghdr *h = mnl_nlmsg_put_header(buffer);
        Rtnl *r = q->rtnl;

        h->nlmsg_flags = NLM_F_REQUEST;
        h->nlmsg_seq = q->sequence = ++r->sequence;
        if (q->stage == RTNL_REQUEST_LISTING) {
                h->nlmsg_type = q->on_rules ? RTM_GETRULE : RTM_GETROUTE;
                h->nlmsg_flags |= NLM_F_DUMP;
                if (q->on_rules)
                        rtnl_message_put_rule_filter(h);
                else
                        rtnl_message_put_route_filter(h, &q->filter);
                r->list_sequence = q->sequence;
        } else if (q->on_path) {
                h->nlmsg_type = RTM_GETROUTE;
                rtnl_message_put_path_query(h, &q->path_query);
        } else if (q->on_next_hop) {
                h->nlmsg_type = RTM_GETNEXTHOP;
                rtnl_message_put_next_hop_query(h, q->next_hop_id);
        } else if (q->on_set && q->rule.family != AF_UNSPEC) {
                h->nlmsg_type = q->deleting ? RTM_DELRULE : RTM_NEWRULE;
                h->nlmsg_flags |= NLM_F_ACK | (q->deleting ? 0 : NLM_F_CREATE | NLM_F_EXCL);
                rtnl_message_put_rule(h, &q->rule);
        } else if (q->on_set && q->local.s_addr != INADDR_ANY) {
                h->nlmsg_type = RTM_NEWADDR;
                h->nlmsg_flags |= NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE;
                rtnl_message_put_address(h, q->link_ifindex, q->local, q->peer);
        } else if (q->on_set && !IN6_IS_ADDR_UNSPECIFIED(&q->local6)) {
                h->nlmsg_type = RTM_NEWADDR;
                /* One that is there stays: see rtnl_set_address6(). */
                h->nlmsg_flags |= NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
                rtnl_message_put_address6(h, q->link_ifindex, &q->local6, &q->peer6);
        } else if (q->on_set && q->vrf_table != 0) {
                h->nlmsg_type = RTM_NEWLINK;
                h->nlmsg_flags |= NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
                rtnl_message_put_vrf(h, q->link_name, q->vrf_table);
        } else if (q->on_set && q->master != 0) {
                h->nlmsg_type = RTM_SETLINK;
                h->nlmsg_flags |= NLM_F_ACK;
                rtnl_message_put_master(h, q->link_ifindex, q->master);
        } else if (q->on_set && q->set_up) {
                h->nlmsg_type = RTM_SETLINK;
                h->nlmsg_flags |= NLM_F_ACK;
                rtnl_message_put_up(h, q->link_ifindex);
        } else if (q->on_set) {
                h->nlmsg_type = RTM_SETLINK;
                h->nlmsg_flags |= NLM_F_ACK;
                rtnl_message_put_mtu(h, q->link_ifindex, q->mtu_bytes);
        } else {
                h->nlmsg_type = RTM_GETLINK;
                rtnl_message_put_link_query(h, q->link_name, q->link_ifindex);
        }

        q->sent = true;
        return rtnl_send(r, buffer, h->nlmsg_len);
}

const Route *rtnl_request_get_change(const RtnlRequest *q, size_t i, RtnlChange *ret_change) {
        *ret_change = RTNL_CHANGE_DELETE;
        if (i < q->plan.n_clears)
                return &q->plan.deletes[i];

        i -= q->plan.n_clears;
        *ret_change = RTNL_CHANGE_ADD;
        if (i < q->plan.n_adds)
                return &q->plan.adds[i];

        i -= q->plan.n_adds;
        *ret_change = RTNL_CHANGE_REPLACE;
        if (i < q->plan.n_replaces)
                return &q->plan.replaces[i];

        *ret_change = RTNL_CHANGE_DELETE;
        return &q->plan.deletes[q->plan.n_clears + i - q->plan.n_replaces];
}

/*
 * NLM_F_REPLACE would also replace a route of somebody else, so it is set only for those that were
 * found to be ours. Of a route to delete the kernel compares the type for IPv4 alone
 * (ip6_route_del() of its net/ipv6/route.c): what leads nowhere is told by the loopback interface,
 * or one into the tunnel that has come in its place would go.
 */
static void rtnl_message_put_change(struct nlmsghdr *h, const Route *route, RtnlChange change,
                                    bool acknowledge) {

        Route named = *route;

        h->nlmsg_type = change == RTNL_CHANGE_DELETE ? RTM_DELROUTE : RTM_NEWROUTE;
        h->nlmsg_flags = NLM_F_REQUEST | (acknowledge ? NLM_F_ACK : 0);

        switch (change) {
        case RTNL_CHANGE_ADD:
                h->nlmsg_flags |= NLM_F_CREATE | NLM_F_EXCL;
                break;
        case RTNL_CHANGE_REPLACE:
                h->nlmsg_flags |= NLM_F_CREATE | NLM_F_REPLACE;
                break;
        case RTNL_CHANGE_DELETE:
                if (route->is_ipv6 && route_leads_nowhere(route))
                        named.ifindex = ROUTE_WATCH_LOOPBACK;
                break;
        }

        rtnl_message_put_route(h, &named);
}

/*
 * The kernel takes the changes of one datagram in their order, and answers each that it refuses,
 * asked or not (netlink_rcv_skb() of net/netlink/af_netlink.c). So the answer to the last one,
 * which alone is asked for, says of all before it that they were taken or refused: each
 * acknowledgement would cost a system call and half as much again as the route itself. If an answer
 * finds no room, the socket says ENOBUFS.
 */
int rtnl_request_send_changes(RtnlRequest *q) {
        size_t n = MIN(rtnl_request_n_changes(q) - q->n_sent, (size_t) RTNL_CHANGE_WINDOW);
        size_t n_bytes = 0;
        _cleanup_free_ uint8_t *buffer = NULL;
        Rtnl *r = q->rtnl;

        buffer = calloc(n, RTNL_MESSAGE_ROUTE_MAX_BYTES);
        if (!buffer)
                return -ENOMEM;

        q->sequence = r->sequence + 1;
        for (size_t i = 0; i < n; ++i) {
                struct nlmsghdr *h = mnl_nlmsg_put_header(buffer + n_bytes);
                const Route *route;
                RtnlChange change;

                route = rtnl_request_get_change(q, q->n_sent + i, &change);
                h->nlmsg_seq = ++r->sequence;
                rtnl_message_put_change(h, route, change, i == n - 1);
                n_bytes += MNL_ALIGN(h->nlmsg_len);
        }

        q->n_sent += n;
        q->n_window = n;
        q->sent = q->n_sent == rtnl_request_n_changes(q);
        r->change_sequence = r->sequence;
        return rtnl_send(r, buffer, n_bytes);
}

RtnlRequest *rtnl_request_free(RtnlRequest *q) {
        if (!q)
                return NULL;

        rtnl_request_unlink(q);
        route_plan_done(&q->plan);
        free(q->routes);
        free(q->rules);
        free(q);
        return NULL;
}

/* Queues a copy of the request, which is sent from the event loop. */
static int rtnl_queue(Rtnl *r, const RtnlRequest *request, RtnlRequest **ret_request) {
        RtnlRequest *q;
        int error;

        error = sd_event_source_set_enabled(r->defer_source, SD_EVENT_ONESHOT);
        if (error < 0)
                return error;

        q = malloc(sizeof(*q));
        if (!q)
                return -ENOMEM;

        *q = *request;
        q->rtnl = r;
        q->previous = r->last;
        *(r->last ? &r->last->next : &r->first) = q;
        r->last = q;

        *ret_request = q;
        return 0;
}

int rtnl_change_routes(Rtnl *r, RoutePlan *plan, RtnlRefusedFunc on_refused, RtnlChangeFunc on_done,
                       void *userdata, RtnlRequest **ret_request) {

        const RtnlRequest request = {
                .stage = RTNL_REQUEST_CHANGING,
                .plan = *plan,
                .on_refused = on_refused,
                .on_changed = on_done,
                .userdata = userdata,
        };
        int error;

        error = rtnl_queue(r, &request, ret_request);
        if (error < 0)
                return error;

        *plan = (RoutePlan){};
        return 0;
}

int rtnl_get_path(Rtnl *r, const RtnlPathQuery *query, RtnlPathFunc on_done, void *userdata,
                  RtnlRequest **ret_request) {

        return rtnl_queue(r,
                          &(RtnlRequest){
                                  .stage = RTNL_REQUEST_ASKING,
                                  .path_query = *query,
                                  .on_path = on_done,
                                  .userdata = userdata,
                          },
                          ret_request);
}

int rtnl_get_next_hop(Rtnl *r, uint32_t id, RtnlNextHopFunc on_done, void *userdata,
                      RtnlRequest **ret_request) {

        return rtnl_queue(r,
                          &(RtnlRequest){
                                  .stage = RTNL_REQUEST_ASKING,
                                  .next_hop_id = id,
                                  .on_next_hop = on_done,
                                  .userdata = userdata,
                          },
                          ret_request);
}

int rtnl_get_link(Rtnl *r, const char *name, uint32_t ifindex, RtnlLinkFunc on_done, void *userdata,
                  RtnlRequest **ret_request) {

        RtnlRequest request = {
                .stage = RTNL_REQUEST_ASKING,
                .link_ifindex = name ? 0 : ifindex,
                .on_link = on_done,
                .userdata = userdata,
        };

        if (name) {
                if (!name[0] || strlen(name) >= sizeof(request.link_name))
                        return -EINVAL;
                strcpy(request.link_name, name);
        }

        return rtnl_queue(r, &request, ret_request);
}

int rtnl_set_mtu(Rtnl *r, uint32_t ifindex, uint32_t mtu_bytes, RtnlDoneFunc on_done,
                 void *userdata, RtnlRequest **ret_request) {

        return rtnl_queue(r,
                          &(RtnlRequest){
                                  .stage = RTNL_REQUEST_ASKING,
                                  .link_ifindex = ifindex,
                                  .mtu_bytes = mtu_bytes,
                                  .on_set = on_done,
                                  .userdata = userdata,
                          },
                          ret_request);
}

int rtnl_set_address(Rtnl *r, uint32_t ifindex, struct in_addr local, struct in_addr peer,
                     RtnlDoneFunc on_done, void *userdata, RtnlRequest **ret_request) {

        return rtnl_queue(r,
                          &(RtnlRequest){
                                  .stage = RTNL_REQUEST_ASKING,
                                  .link_ifindex = ifindex,
                                  .local = local,
                                  .peer = peer,
                                  .on_set = on_done,
                                  .userdata = userdata,
                          },
                          ret_request);
}

int rtnl_set_address6(Rtnl *r, uint32_t ifindex, const struct in6_addr *local,
                      const struct in6_addr *peer, RtnlDoneFunc on_done, void *userdata,
                      RtnlRequest **ret_request) {

        return rtnl_queue(r,
                          &(RtnlRequest){
                                  .stage = RTNL_REQUEST_ASKING,
                                  .link_ifindex = ifindex,
                                  .local6 = *local,
                                  .peer6 = *peer,
                                  .on_set = on_done,
                                  .userdata = userdata,
                          },
                          ret_request);
}

int rtnl_make_vrf(Rtnl *r, const char *name, uint32_t table, RtnlDoneFunc on_done, void *userdata,
                  RtnlRequest **ret_request) {

        RtnlRequest request = {
                .stage = RTNL_REQUEST_ASKING,
                .vrf_table = table,
                .on_set = on_done,
                .userdata = userdata,
        };

        snprintf(request.link_name, sizeof(request.link_name), "%s", name);
        return rtnl_queue(r, &request, ret_request);
}

int rtnl_set_up(Rtnl *r, uint32_t ifindex, RtnlDoneFunc on_done, void *userdata,
                RtnlRequest **ret_request) {

        return rtnl_queue(r,
                          &(RtnlRequest){
                                  .stage = RTNL_REQUEST_ASKING,
                                  .link_ifindex = ifindex,
                                  .set_up = true,
                                  .on_set = on_done,
                                  .userdata = userdata,
                          },
                          ret_request);
}

int rtnl_set_master(Rtnl *r, uint32_t ifindex, uint32_t master, RtnlDoneFunc on_done,
                    void *userdata, RtnlRequest **ret_request) {

        return rtnl_queue(r,
                          &(RtnlRequest){
                                  .stage = RTNL_REQUEST_ASKING,
                                  .link_ifindex = ifindex,
                                  .master = master,
                                  .on_set = on_done,
                                  .userdata = userdata,
                          },
                          ret_request);
}

int rtnl_list_routes(Rtnl *r, const RtnlRouteFilter *filter, RtnlRoutesFunc on_done, void *userdata,
                     RtnlRequest **ret_request) {

        return rtnl_queue(r,
                          &(RtnlRequest){
                                  .stage = RTNL_REQUEST_LISTING,
                                  .filter = *filter,
                                  .on_routes = on_done,
                                  .userdata = userdata,
                          },
                          ret_request);
}

int rtnl_list_rules(Rtnl *r, RtnlRulesFunc on_done, void *userdata, RtnlRequest **ret_request) {
        return rtnl_queue(r,
                          &(RtnlRequest){
                                  .stage = RTNL_REQUEST_LISTING,
                                  .on_rules = on_done,
                                  .userdata = userdata,
                          },
                          ret_request);
}

int rtnl_change_rule(Rtnl *r, const RouteRule *rule, bool deleting, RtnlDoneFunc on_done,
                     void *userdata, RtnlRequest **ret_request) {

        return rtnl_queue(r,
                          &(RtnlRequest){
                                  .stage = RTNL_REQUEST_ASKING,
                                  .rule = *rule,
                                  .deleting = deleting,
                                  .on_set = on_done,
                                  .userdata = userdata,
                          },
                          ret_request);
}
