/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * All requests share one socket. Single questions are sent as they come. The kernel works at one
 * dump per socket at a time, so listings queue up for one slot; changes queue up for another, since
 * a window of them may fill the socket with answers and must be drained before the next.
 *
 * Answers find their request by the sequence number. An answer without a request belongs to one
 * that was cancelled.
 */

#include "io/rtnl/rtnl.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "core/base/array.h"
#include "io/callback.h"
#include "io/rtnl/rtnl-message.h"
#include "io/rtnl/rtnl-request.h"

/* The kernel charges an answer to the receive buffer with about 800 bytes; all may be errors. */
#define RECEIVE_BUFFER_BYTES (2 * RTNL_CHANGE_WINDOW * 800)
/*
 * A dump is repeated when the table changed meanwhile, but only so many times: somebody may change
 * it all the time.
 */
#define LIST_TRIES_MAX 5
/* Datagrams read before others have a turn on the loop. */
#define READS_PER_TURN 512

/* Returns the first request that has messages to send, and whose turn it is. */
static RtnlRequest *rtnl_find_sendable(Rtnl *r) {
        /* Changes of one request run in several windows, which those of another must not divide. */
        bool may_list = r->list_sequence == 0, may_change = r->change_sequence == 0;

        for (RtnlRequest *q = r->first; q; q = q->next)
                switch (q->stage) {

                case RTNL_REQUEST_ASKING:
                        if (!q->sent)
                                return q;
                        break;

                case RTNL_REQUEST_LISTING:
                        if (!q->sent && may_list)
                                return q;
                        break;

                case RTNL_REQUEST_CHANGING:
                        if (may_change && (!q->sent || rtnl_request_n_changes(q) == 0))
                                return q;
                        may_change = false;
                        break;
                }

        return NULL;
}

/* Completes a request and says whether the socket is still there. */
static bool rtnl_complete(Rtnl *r, RtnlRequest *q, int error, const char *text,
                          const void *answer) {

        return callback_survived(r, rtnl_request_complete(q, error, text, answer));
}

static void rtnl_forget_slot(Rtnl *r, const RtnlRequest *q) {
        if (q->stage == RTNL_REQUEST_LISTING)
                r->list_sequence = 0;
        if (q->stage == RTNL_REQUEST_CHANGING)
                r->change_sequence = 0;
}

/* Sends what may be sent. Returns false if a callback freed the socket. */
static bool rtnl_pump(Rtnl *r) {
        RtnlRequest *q;

        while ((q = rtnl_find_sendable(r))) {
                int error;

                if (q->stage != RTNL_REQUEST_CHANGING)
                        error = rtnl_request_send_question(q);
                else if (rtnl_request_n_changes(q) == 0) {
                        if (!rtnl_complete(r, q, 0, NULL, NULL))
                                return false;
                        continue;
                } else
                        error = rtnl_request_send_changes(q);

                if (error < 0) {
                        rtnl_forget_slot(r, q);
                        if (!rtnl_complete(r, q, error, NULL, NULL))
                                return false;
                }
        }

        return true;
}

static int rtnl_on_defer(_unused_ sd_event_source *source, void *userdata) {
        rtnl_pump(userdata);
        return 0;
}

static RtnlRequest *rtnl_find_request(Rtnl *r, uint32_t sequence) {
        for (RtnlRequest *q = r->first; q; q = q->next) {
                if (q->stage == RTNL_REQUEST_CHANGING && sequence - q->sequence < q->n_window)
                        return q;
                if (q->stage != RTNL_REQUEST_CHANGING && q->sent && q->sequence == sequence)
                        return q;
        }

        return NULL;
}

static bool rtnl_on_answer(Rtnl *r, RtnlRequest *q, const struct nlmsghdr *h) {
        char text[RTNL_MESSAGE_TEXT_MAX_BYTES] = "";
        union {
                RtnlPath path;
                RtnlLink link;
                RtnlNextHop next_hop;
        } answer;
        int error = -EBADMSG;

        /* Only a request to change something is answered with an error of 0. */
        if (h->nlmsg_type == NLMSG_ERROR)
                error = rtnl_message_get_error(h, text) ?: (q->on_set ? 0 : -EBADMSG);
        else if (q->on_path && rtnl_message_get_path(h, &answer.path))
                error = 0;
        else if (q->on_link && rtnl_message_get_link(h, &answer.link))
                error = 0;
        else if (q->on_next_hop && rtnl_message_get_next_hop(h, &answer.next_hop))
                error = 0;

        return rtnl_complete(r, q, error, text, &answer);
}

static int request_add_route(RtnlRequest *q, const Route *route) {
        if (!ARRAY_MAKE_ROOM(q->routes, q->n_routes))
                return -ENOMEM;

        q->routes[q->n_routes++] = *route;
        return 0;
}

static int request_add_rule(RtnlRequest *q, const RouteRule *rule) {
        if (!ARRAY_MAKE_ROOM(q->rules, q->n_rules))
                return -ENOMEM;

        q->rules[q->n_rules++] = *rule;
        return 0;
}

/*
 * The kernel has filtered already. This looks again, since a route of somebody else must never pass
 * for ours.
 */
static bool route_matches(const Route *route, const RtnlRouteFilter *filter) {
        return (filter->protocol == 0 || route->protocol == filter->protocol) &&
                (filter->table == 0 || route->table == filter->table) &&
                (filter->ifindex == 0 || route->ifindex == filter->ifindex);
}

static bool rtnl_on_listed(Rtnl *r, RtnlRequest *q, int error, const char *text) {
        /* A table or an interface that is not there has no routes. */
        if (error == -ENOENT || error == -ENODEV)
                error = 0;

        if (error == 0 && q->interrupted && ++q->n_tries < LIST_TRIES_MAX) {
                q->interrupted = false;
                q->n_routes = q->n_before;
                q->n_rules = 0;
                q->sent = false;
                return true;
        }

        /* The kernel filters by one protocol at a time. */
        if (error == 0 && q->filter.next != 0) {
                q->filter.protocol = q->filter.next;
                q->filter.next = 0;
                q->interrupted = false;
                q->n_before = q->n_routes;
                q->sent = false;
                return true;
        }

        return rtnl_complete(r, q, error, text, NULL);
}

/* Returns 0, also for a message that is of no interest, or -ENOMEM. */
static int request_take_item(RtnlRequest *q, const struct nlmsghdr *h) {
        RouteRule rule;
        Route route;

        if (q->on_rules)
                return h->nlmsg_type == RTM_NEWRULE && rtnl_message_get_rule(h, &rule) ?
                        request_add_rule(q, &rule) :
                        0;

        if (h->nlmsg_type != RTM_NEWROUTE || !rtnl_message_get_route(h, &route))
                return 0;

        return route_matches(&route, &q->filter) ? request_add_route(q, &route) : 0;
}

static bool rtnl_on_list_message(Rtnl *r, RtnlRequest *q, const struct nlmsghdr *h) {
        char text[RTNL_MESSAGE_TEXT_MAX_BYTES] = "";
        int error;

        if (h->nlmsg_flags & NLM_F_DUMP_INTR)
                q->interrupted = true;

        if (h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR) {
                error = rtnl_message_get_error(h, text);
                return rtnl_on_listed(r, q, error, text);
        }

        error = request_take_item(q, h);
        return error < 0 ? rtnl_complete(r, q, error, NULL, NULL) : true;
}

/*
 * Of a window the kernel answers those changes that it refuses, and the last one in any case, see
 * rtnl_request_send_changes().
 */
static bool rtnl_on_acknowledged(Rtnl *r, RtnlRequest *q, const struct nlmsghdr *h) {
        size_t i = q->n_sent - q->n_window + (h->nlmsg_seq - q->sequence);
        char text[RTNL_MESSAGE_TEXT_MAX_BYTES];
        const Route *route;
        RtnlChange change;
        bool deleting, is_last;
        int error;

        if (h->nlmsg_type != NLMSG_ERROR)
                return true;

        is_last = h->nlmsg_seq == q->sequence + (uint32_t) q->n_window - 1;
        if (is_last)
                q->n_answered = q->n_sent;

        error = rtnl_message_get_error(h, text);
        route = rtnl_request_get_change(q, i, &change);
        deleting = change == RTNL_CHANGE_DELETE;
        if (deleting && error == -ESRCH)
                error = 0;

        if (error < 0)
                ++q->n_refused;
        if (error < 0 && q->on_refused) {
                if (!callback_survived(r,
                                       q->on_refused(q, route, deleting, error,
                                                     text[0] ? text : NULL, q->userdata)))
                        return false;

                /* It may have freed the request only. */
                q = rtnl_find_request(r, h->nlmsg_seq);
        }

        if (!q || q->n_answered < rtnl_request_n_changes(q))
                return true;

        return rtnl_complete(r, q, 0, NULL, NULL);
}

/* Takes one message. Returns false if a callback freed the socket. */
static bool rtnl_dispatch(Rtnl *r, const struct nlmsghdr *h) {
        RtnlRequest *q;

        q = rtnl_find_request(r, h->nlmsg_seq);

        /* The slots are free also when the request was cancelled meanwhile. */
        if (h->nlmsg_seq == r->list_sequence &&
            (h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR))
                r->list_sequence = 0;
        if (h->nlmsg_seq == r->change_sequence)
                r->change_sequence = 0;

        if (!q || h->nlmsg_type == NLMSG_NOOP)
                return true;

        switch (q->stage) {
        case RTNL_REQUEST_ASKING:
                return rtnl_on_answer(r, q, h);
        case RTNL_REQUEST_LISTING:
                return rtnl_on_list_message(r, q, h);
        case RTNL_REQUEST_CHANGING:
                return rtnl_on_acknowledged(r, q, h);
        }

        return true;
}

/* The first request that waits for an answer. */
static RtnlRequest *rtnl_find_sent(Rtnl *r) {
        for (RtnlRequest *q = r->first; q; q = q->next)
                if (q->sent || q->n_sent > 0)
                        return q;

        return NULL;
}

/*
 * Answers were lost, and it is not known of which requests. Returns false if a callback freed the
 * socket.
 */
static bool rtnl_fail(Rtnl *r, int error) {
        RtnlRequest *q;

        r->list_sequence = r->change_sequence = 0;
        while ((q = rtnl_find_sent(r)))
                if (!rtnl_complete(r, q, error, NULL, NULL))
                        return false;

        return true;
}

static int rtnl_on_io(_unused_ sd_event_source *source, _unused_ int fd, _unused_ uint32_t revents,
                      void *userdata) {

        /*
         * Not on the stack, which would stay that much deeper: the event loop alone calls this, so
         * that nobody else reads while a callback runs.
         */
        static uint8_t buffer[32 * 1024] __attribute__((aligned(NLMSG_ALIGNTO)));
        Rtnl *r = userdata;

        for (size_t i = 0; i < READS_PER_TURN; ++i) {
                const struct nlmsghdr *h = (const struct nlmsghdr *) buffer;
                ssize_t n_received;
                int n;

                n_received = mnl_socket_recvfrom(r->socket, buffer, sizeof(buffer));
                if (n_received < 0 && errno == EINTR)
                        continue;
                if (n_received < 0 && errno == EAGAIN)
                        break;
                if (n_received < 0) {
                        int error = -errno;

                        if (!rtnl_fail(r, error))
                                return 0;
                        return error == -ENOBUFS ? 0 : error;
                }

                for (n = (int) n_received; mnl_nlmsg_ok(h, n); h = mnl_nlmsg_next(h, &n))
                        if (!rtnl_dispatch(r, h))
                                return 0;
        }

        rtnl_pump(r);
        return 0;
}

static int rtnl_configure(Rtnl *r) {
        const int fd = mnl_socket_get_fd(r->socket), size = RECEIVE_BUFFER_BYTES;

        if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0 &&
            setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)) < 0)
                return -errno;

        if (mnl_socket_setsockopt(r->socket, NETLINK_EXT_ACK, &(int){ 1 }, sizeof(int)) < 0 ||
            mnl_socket_setsockopt(r->socket, NETLINK_CAP_ACK, &(int){ 1 }, sizeof(int)) < 0 ||
            mnl_socket_setsockopt(r->socket, NETLINK_GET_STRICT_CHK, &(int){ 1 }, sizeof(int)) < 0)
                return -errno;

        if (mnl_socket_bind(r->socket, 0, MNL_SOCKET_AUTOPID) < 0)
                return -errno;

        return 0;
}

int rtnl_new(sd_event *event, Rtnl **ret_rtnl) {
        _cleanup_(rtnl_freep) Rtnl *r = NULL;
        int error;

        r = calloc(1, sizeof(*r));
        if (!r)
                return -ENOMEM;

        r->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (!r->socket)
                return -errno;

        error = rtnl_configure(r);
        if (error < 0)
                return error;

        error = sd_event_add_io(event, &r->io_source, mnl_socket_get_fd(r->socket), EPOLLIN,
                                rtnl_on_io, r);
        if (error < 0)
                return error;
        error = sd_event_add_defer(event, &r->defer_source, rtnl_on_defer, r);
        if (error < 0)
                return error;
        error = sd_event_source_set_enabled(r->defer_source, SD_EVENT_OFF);
        if (error < 0)
                return error;

        (void) sd_event_source_set_description(r->io_source, "rtnl");
        (void) sd_event_source_set_description(r->defer_source, "rtnl-send");

        *ret_rtnl = steal_pointer(r);
        return 0;
}

uint32_t rtnl_get_port(const Rtnl *r) {
        return mnl_socket_get_portid(r->socket);
}

Rtnl *rtnl_free(Rtnl *r) {
        if (!r)
                return NULL;

        callback_note_freed(r->freed);
        while (r->first)
                rtnl_request_unlink(r->first);

        sd_event_source_disable_unref(r->io_source);
        sd_event_source_disable_unref(r->defer_source);
        if (r->socket)
                mnl_socket_close(r->socket);

        free(r);
        return NULL;
}
