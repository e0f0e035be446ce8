/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * All requests share one socket. Single questions are sent as they come. The kernel works at one
 * dump per socket at a time, so listings queue up for one slot; changes queue up for another, since
 * a window of them may fill the socket with answers and must be drained before the next.
 *
 * Answers find their request by the sequence number. An answer without a request belongs to one
 * that was cancelled.
 */

#include "io/rtnl.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "io/rtnl-message.h"

/*
 * Route changes in one sendmsg(), and so answers in the socket at once. More gains nothing: the
 * kernel's work per route prevails.
 */
#define CHANGE_WINDOW 400
/* The kernel charges an acknowledgement to the receive buffer with about 800 bytes. */
#define RECEIVE_BUFFER_BYTES (2 * CHANGE_WINDOW * 800)
/* A table that changes meanwhile makes a dump inconsistent. Who changes it all the time wins. */
#define LIST_TRIES_MAX 5
/* Datagrams read before others have a turn on the loop. */
#define READS_PER_TURN 512

typedef enum RequestStage {
        REQUEST_ASKING,                 /* a single question: path or link */
        REQUEST_LISTING,
        REQUEST_CHANGING,
} RequestStage;

struct RtnlRequest {
        Rtnl *rtnl;                     /* NULL: completed, or the socket is gone */
        RtnlRequest *previous, *next;

        RequestStage stage;
        bool sent;                      /* ASKING, LISTING: the question; CHANGING: all of it */
        uint32_t sequence;              /* of the question, or of the window's first change */

        /* The question. */
        RtnlPathQuery path_query;
        char link_name[IFNAMSIZ];       /* "": by index */
        uint32_t link_ifindex;
        RtnlRouteFilter filter;

        /* Listing. */
        Route *routes;
        size_t n_routes, n_routes_allocated;
        bool interrupted;
        unsigned n_tries;

        /* Changing: deletions count before additions. */
        RoutePlan plan;
        size_t n_sent, n_answered, n_refused;
        size_t n_window;                /* of n_sent, how many the last window holds */

        /* The completion; one of them is set. */
        RtnlPathFunc on_path;
        RtnlLinkFunc on_link;
        RtnlRoutesFunc on_routes;
        RtnlChangeFunc on_changed;
        RtnlRefusedFunc on_refused;
        void *userdata;
};

struct Rtnl {
        struct mnl_socket *socket;
        sd_event_source *io_source;
        sd_event_source *defer_source;  /* sends what waits */
        RtnlRequest *first, *last;
        uint32_t sequence;              /* the last one used */
        uint32_t list_sequence;         /* of the dump under way; 0: none */
        uint32_t change_sequence;       /* of the window's last change; 0: none under way */
        bool *freed;                    /* set by rtnl_free() during a callback */
};

static void request_unlink(RtnlRequest *q) {
        Rtnl *r = q->rtnl;

        if (!r)
                return;

        *(q->previous ? &q->previous->next : &r->first) = q->next;
        *(q->next ? &q->next->previous : &r->last) = q->previous;
        q->previous = q->next = NULL;
        q->rtnl = NULL;
}

static size_t request_n_changes(const RtnlRequest *q) {
        return q->plan.n_deletes + q->plan.n_adds;
}

/*
 * Ends a request. Nothing of it is touched after the callback, which may free it, and what the
 * callback gets does not vanish with it.
 */
static void request_complete(RtnlRequest *q, int error, const char *text, const void *answer) {
        _cleanup_free_ Route *routes = steal_pointer(q->routes);

        request_unlink(q);
        text = text && text[0] ? text : NULL;

        if (q->on_path)
                q->on_path(q, error, text, answer, q->userdata);
        else if (q->on_link)
                q->on_link(q, error, text, answer, q->userdata);
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

static int request_send_question(RtnlRequest *q) {
        uint8_t buffer[256] __attribute__((aligned(NLMSG_ALIGNTO))) = {};
        struct nlmsghdr *h = mnl_nlmsg_put_header(buffer);
        Rtnl *r = q->rtnl;

        h->nlmsg_flags = NLM_F_REQUEST;
        h->nlmsg_seq = q->sequence = ++r->sequence;
        if (q->stage == REQUEST_LISTING) {
                h->nlmsg_type = RTM_GETROUTE;
                h->nlmsg_flags |= NLM_F_DUMP;
                rtnl_message_put_route_filter(h, &q->filter);
                r->list_sequence = q->sequence;
        } else if (q->on_path) {
                h->nlmsg_type = RTM_GETROUTE;
                rtnl_message_put_path_query(h, &q->path_query);
        } else {
                h->nlmsg_type = RTM_GETLINK;
                rtnl_message_put_link_query(h, q->link_name[0] ? q->link_name : NULL, q->link_ifindex);
        }

        q->sent = true;
        return rtnl_send(r, buffer, h->nlmsg_len);
}

/* The change of an index, and which of the two it is. */
static const Route *request_get_change(const RtnlRequest *q, size_t i, bool *ret_deleting) {
        *ret_deleting = i < q->plan.n_deletes;

        return *ret_deleting ? &q->plan.deletes[i] : &q->plan.adds[i - q->plan.n_deletes];
}

/* Sends the next window of changes. */
static int request_send_changes(RtnlRequest *q) {
        size_t n = MIN(request_n_changes(q) - q->n_sent, (size_t) CHANGE_WINDOW), n_bytes = 0;
        _cleanup_free_ uint8_t *buffer = NULL;
        Rtnl *r = q->rtnl;

        buffer = calloc(n, RTNL_MESSAGE_ROUTE_MAX_BYTES);
        if (!buffer)
                return -ENOMEM;

        q->sequence = r->sequence + 1;
        for (size_t i = 0; i < n; ++i) {
                struct nlmsghdr *h = mnl_nlmsg_put_header(buffer + n_bytes);
                const Route *route;
                bool deleting;

                route = request_get_change(q, q->n_sent + i, &deleting);
                h->nlmsg_seq = ++r->sequence;
                h->nlmsg_type = deleting ? RTM_DELROUTE : RTM_NEWROUTE;
                h->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
                if (!deleting)
                        h->nlmsg_flags |= NLM_F_CREATE | NLM_F_EXCL;
                rtnl_message_put_route(h, route);
                n_bytes += MNL_ALIGN(h->nlmsg_len);
        }

        q->n_sent += n;
        q->n_window = n;
        q->sent = q->n_sent == request_n_changes(q);
        r->change_sequence = r->sequence;
        return rtnl_send(r, buffer, n_bytes);
}

/* The first request that has something to say and may. */
static RtnlRequest *rtnl_find_sendable(Rtnl *r) {
        /* Changes of one request run in several windows, which those of another must not divide. */
        bool may_list = r->list_sequence == 0, may_change = r->change_sequence == 0;

        for (RtnlRequest *q = r->first; q; q = q->next)
                switch (q->stage) {

                case REQUEST_ASKING:
                        if (!q->sent)
                                return q;
                        break;

                case REQUEST_LISTING:
                        if (!q->sent && may_list)
                                return q;
                        break;

                case REQUEST_CHANGING:
                        if (may_change && (!q->sent || request_n_changes(q) == 0))
                                return q;
                        may_change = false;
                        break;
                }

        return NULL;
}

/* Completes a request and says whether the socket is still there. */
static bool rtnl_complete(Rtnl *r, RtnlRequest *q, int error, const char *text, const void *answer) {
        bool freed = false;

        r->freed = &freed;
        request_complete(q, error, text, answer);
        if (freed)
                return false;

        r->freed = NULL;
        return true;
}

static void rtnl_forget_slot(Rtnl *r, const RtnlRequest *q) {
        if (q->stage == REQUEST_LISTING)
                r->list_sequence = 0;
        if (q->stage == REQUEST_CHANGING)
                r->change_sequence = 0;
}

/* Sends what may be sent. Returns false if a callback freed the socket. */
static bool rtnl_pump(Rtnl *r) {
        RtnlRequest *q;

        while ((q = rtnl_find_sendable(r))) {
                int error;

                if (q->stage != REQUEST_CHANGING)
                        error = request_send_question(q);
                else if (request_n_changes(q) == 0) {
                        if (!rtnl_complete(r, q, 0, NULL, NULL))
                                return false;
                        continue;
                } else
                        error = request_send_changes(q);

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
                if (q->stage == REQUEST_CHANGING && sequence - q->sequence < q->n_window)
                        return q;
                if (q->stage != REQUEST_CHANGING && q->sent && q->sequence == sequence)
                        return q;
        }

        return NULL;
}

static bool rtnl_on_answer(Rtnl *r, RtnlRequest *q, const struct nlmsghdr *h) {
        char text[RTNL_MESSAGE_TEXT_MAX_BYTES] = "";
        union {
                RtnlPath path;
                RtnlLink link;
        } answer;
        int error = -EBADMSG;

        if (h->nlmsg_type == NLMSG_ERROR)
                error = rtnl_message_get_error(h, text) ?: -EBADMSG;
        else if (q->on_path && rtnl_message_get_path(h, &answer.path))
                error = 0;
        else if (q->on_link && rtnl_message_get_link(h, &answer.link))
                error = 0;

        return rtnl_complete(r, q, error, text, &answer);
}

static int request_add_route(RtnlRequest *q, const Route *route) {
        if (q->n_routes == q->n_routes_allocated) {
                size_t n = q->n_routes_allocated > 0 ? 2 * q->n_routes_allocated : 16;
                Route *routes;

                routes = reallocarray(q->routes, n, sizeof(*routes));
                if (!routes)
                        return -ENOMEM;

                q->routes = routes;
                q->n_routes_allocated = n;
        }

        q->routes[q->n_routes++] = *route;
        return 0;
}

/* The kernel filters if it knows strict checking; that nothing foreign is purged is worth a look. */
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
                q->n_routes = 0;
                q->sent = false;
                return true;
        }

        if (error < 0 || q->on_routes)
                return rtnl_complete(r, q, error, text, NULL);

        /* To be purged. */
        q->plan.deletes = steal_pointer(q->routes);
        q->plan.n_deletes = q->n_routes;
        q->stage = REQUEST_CHANGING;
        q->sent = false;
        return true;
}

static bool rtnl_on_list_message(Rtnl *r, RtnlRequest *q, const struct nlmsghdr *h) {
        char text[RTNL_MESSAGE_TEXT_MAX_BYTES] = "";
        int error;
        Route route;

        if (h->nlmsg_flags & NLM_F_DUMP_INTR)
                q->interrupted = true;

        if (h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR) {
                error = rtnl_message_get_error(h, text);
                return rtnl_on_listed(r, q, error, text);
        }

        if (h->nlmsg_type != RTM_NEWROUTE || !rtnl_message_get_route(h, &route))
                return true;
        if (!route_matches(&route, &q->filter))
                return true;

        error = request_add_route(q, &route);
        return error < 0 ? rtnl_complete(r, q, error, NULL, NULL) : true;
}

static bool rtnl_on_acknowledged(Rtnl *r, RtnlRequest *q, const struct nlmsghdr *h) {
        size_t i = q->n_sent - q->n_window + (h->nlmsg_seq - q->sequence);
        char text[RTNL_MESSAGE_TEXT_MAX_BYTES];
        const Route *route;
        bool deleting;
        int error;

        if (h->nlmsg_type != NLMSG_ERROR)
                return true;

        error = rtnl_message_get_error(h, text);
        route = request_get_change(q, i, &deleting);
        if (deleting && error == -ESRCH)
                error = 0;

        ++q->n_answered;
        if (error < 0) {
                ++q->n_refused;
                if (q->on_refused) {
                        bool freed = false;

                        r->freed = &freed;
                        q->on_refused(q, route, deleting, error, text[0] ? text : NULL, q->userdata);
                        if (freed)
                                return false;
                        r->freed = NULL;

                        /* It may have freed the request only. */
                        q = rtnl_find_request(r, h->nlmsg_seq);
                }
        }

        if (!q || q->n_answered < request_n_changes(q))
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
        case REQUEST_ASKING:
                return rtnl_on_answer(r, q, h);
        case REQUEST_LISTING:
                return rtnl_on_list_message(r, q, h);
        case REQUEST_CHANGING:
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

/* Answers are lost, nobody knows whose. Returns false if a callback freed the socket. */
static bool rtnl_fail(Rtnl *r, int error) {
        RtnlRequest *q;

        r->list_sequence = r->change_sequence = 0;
        while ((q = rtnl_find_sent(r)))
                if (!rtnl_complete(r, q, error, NULL, NULL))
                        return false;

        return true;
}

static int rtnl_on_io(
                _unused_ sd_event_source *source, _unused_ int fd, _unused_ uint32_t revents,
                void *userdata) {

        uint8_t buffer[32 * 1024] __attribute__((aligned(NLMSG_ALIGNTO)));
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

        error = sd_event_add_io(
                        event, &r->io_source, mnl_socket_get_fd(r->socket), EPOLLIN, rtnl_on_io, r);
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

Rtnl *rtnl_free(Rtnl *r) {
        if (!r)
                return NULL;

        if (r->freed)
                *r->freed = true;

        while (r->first)
                request_unlink(r->first);

        sd_event_source_disable_unref(r->io_source);
        sd_event_source_disable_unref(r->defer_source);
        if (r->socket)
                mnl_socket_close(r->socket);

        free(r);
        return NULL;
}

RtnlRequest *rtnl_request_free(RtnlRequest *q) {
        if (!q)
                return NULL;

        request_unlink(q);
        route_plan_done(&q->plan);
        free(q->routes);
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

int rtnl_change_routes(
                Rtnl *r, RoutePlan *plan, RtnlRefusedFunc on_refused, RtnlChangeFunc on_done,
                void *userdata, RtnlRequest **ret_request) {

        const RtnlRequest request = {
                .stage = REQUEST_CHANGING,
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

int rtnl_get_path(
                Rtnl *r, const RtnlPathQuery *query, RtnlPathFunc on_done,
                void *userdata, RtnlRequest **ret_request) {

        return rtnl_queue(r, &(RtnlRequest){
                .stage = REQUEST_ASKING,
                .path_query = *query,
                .on_path = on_done,
                .userdata = userdata,
        }, ret_request);
}

int rtnl_get_link(
                Rtnl *r, const char *name, uint32_t ifindex, RtnlLinkFunc on_done,
                void *userdata, RtnlRequest **ret_request) {

        RtnlRequest request = {
                .stage = REQUEST_ASKING,
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

int rtnl_list_routes(
                Rtnl *r, const RtnlRouteFilter *filter, RtnlRoutesFunc on_done,
                void *userdata, RtnlRequest **ret_request) {

        return rtnl_queue(r, &(RtnlRequest){
                .stage = REQUEST_LISTING,
                .filter = *filter,
                .on_routes = on_done,
                .userdata = userdata,
        }, ret_request);
}

int rtnl_purge_routes(
                Rtnl *r, const RtnlRouteFilter *filter, RtnlRefusedFunc on_refused,
                RtnlChangeFunc on_done, void *userdata, RtnlRequest **ret_request) {

        if (filter->protocol == 0)
                return -EINVAL;

        return rtnl_queue(r, &(RtnlRequest){
                .stage = REQUEST_LISTING,
                .filter = *filter,
                .on_refused = on_refused,
                .on_changed = on_done,
                .userdata = userdata,
        }, ret_request);
}
