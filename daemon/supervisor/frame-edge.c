/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "supervisor/frame-edge.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <time.h>

#include "core/diagnosis/catalogue.h"
#include "io/clock.h"

/* sd-event may be late by so much; unless told, by 250 ms, in which packets are not refused. */
#define TIMER_ACCURACY_USEC (10 * USEC_PER_MSEC)

struct FrameEdge {
        Rtnl *rtnl;       /* borrowed */
        Journal *journal; /* borrowed */
        RouteFrame *frame;
        RtnlRequest *request;   /* what the frame asked of the kernel */
        sd_event_source *timer; /* of the frame */
        FrameEdgeFunc on_action;
        void *userdata;
};

/* ---- answers of the kernel ---- */

static void edge_take_listing(FrameEdge *e, RtnlRequest *q, RouteFrameEventType type, int error,
                              const Route *routes, size_t n_routes) {

        e->request = rtnl_request_free(q);
        frame_edge_step(e,
                        &(RouteFrameEvent){
                                .type = type,
                                .error = error,
                                .routes = { routes, error < 0 ? 0 : n_routes },
                        });
}

static void on_networks_listed(RtnlRequest *q, int error, _unused_ const char *text,
                               const Route *routes, size_t n_routes, void *userdata) {

        edge_take_listing(userdata, q, ROUTE_FRAME_NETWORKS_LISTED, error, routes, n_routes);
}

static void on_routes_listed(RtnlRequest *q, int error, _unused_ const char *text,
                             const Route *routes, size_t n_routes, void *userdata) {

        edge_take_listing(userdata, q, ROUTE_FRAME_ROUTES_LISTED, error, routes, n_routes);
}

static void on_refused(_unused_ RtnlRequest *q, const Route *route, bool deleting, int error,
                       const char *text, void *userdata) {

        frame_edge_step(userdata,
                        &(RouteFrameEvent){
                                .type = ROUTE_FRAME_REFUSED,
                                .error = error,
                                .refused = { route, deleting, text },
                        });
}

static void on_routes_changed(RtnlRequest *q, int error, _unused_ size_t n_acknowledged,
                              _unused_ size_t n_refused, void *userdata) {

        FrameEdge *e = userdata;

        e->request = rtnl_request_free(q);
        frame_edge_step(e, &(RouteFrameEvent){ .type = ROUTE_FRAME_CHANGED, .error = error });
}

static void on_rules_listed(RtnlRequest *q, int error, _unused_ const char *text,
                            const RouteRule *rules, size_t n_rules, void *userdata) {

        FrameEdge *e = userdata;

        e->request = rtnl_request_free(q);
        frame_edge_step(e,
                        &(RouteFrameEvent){
                                .type = ROUTE_FRAME_RULES_LISTED,
                                .error = error,
                                .rules = { rules, error < 0 ? 0 : n_rules },
                        });
}

static void on_rule_changed(RtnlRequest *q, int error, _unused_ const char *text, void *userdata) {
        FrameEdge *e = userdata;

        e->request = rtnl_request_free(q);
        frame_edge_step(e, &(RouteFrameEvent){ .type = ROUTE_FRAME_RULE_CHANGED, .error = error });
}

/* ---- what the frame asks for ---- */

static void edge_log(FrameEdge *e, const RouteFrameAction *a) {
        const DiagnosisRow *row = a->others ? &catalogue_rows[CATALOGUE_NETC_07] : NULL;

        journal_write(e->journal, a->priority,
                      &(JournalFields){ .message_id = row ? row->message_id : NULL, .row = row },
                      a->text);
}

/* A request that could not even be made has failed; that is its answer. */
static void edge_answer_failure(FrameEdge *e, RouteFrameEventType type, int error) {
        if (error < 0)
                frame_edge_step(e, &(RouteFrameEvent){ .type = type, .error = error });
}

static void edge_change_routes(FrameEdge *e, RouteFrameAction *a) {
        int r;

        r = rtnl_change_routes(e->rtnl, &a->plan, on_refused, on_routes_changed, e, &e->request);
        if (r < 0)
                route_plan_done(&a->plan);
        edge_answer_failure(e, ROUTE_FRAME_CHANGED, r);
}

static void edge_execute(FrameEdge *e, RouteFrameAction *a) {
        static const RtnlRouteFilter ours = { .protocol = ROUTE_PROTOCOL_PPTP };
        static const RtnlRouteFilter networks = { .protocol = RTPROT_KERNEL, .next = RTPROT_RA };

        switch (a->type) {
        case ROUTE_FRAME_ACTION_LIST_NETWORKS:
                e->on_action(e, a, e->userdata);
                edge_answer_failure(
                        e, ROUTE_FRAME_NETWORKS_LISTED,
                        rtnl_list_routes(e->rtnl, &networks, on_networks_listed, e, &e->request));
                break;
        case ROUTE_FRAME_ACTION_LIST_ROUTES:
                e->on_action(e, a, e->userdata);
                edge_answer_failure(
                        e, ROUTE_FRAME_ROUTES_LISTED,
                        rtnl_list_routes(e->rtnl, &ours, on_routes_listed, e, &e->request));
                break;
        case ROUTE_FRAME_ACTION_CHANGE_ROUTES:
                e->on_action(e, a, e->userdata);
                edge_change_routes(e, a);
                break;
        case ROUTE_FRAME_ACTION_LIST_RULES:
                edge_answer_failure(e, ROUTE_FRAME_RULES_LISTED,
                                    rtnl_list_rules(e->rtnl, on_rules_listed, e, &e->request));
                break;
        case ROUTE_FRAME_ACTION_CHANGE_RULE:
                edge_answer_failure(e, ROUTE_FRAME_RULE_CHANGED,
                                    rtnl_change_rule(e->rtnl, &a->rule, a->deleting,
                                                     on_rule_changed, e, &e->request));
                break;
        case ROUTE_FRAME_ACTION_LOG:
                edge_log(e, a);
                break;
        case ROUTE_FRAME_ACTION_STANDS:
        case ROUTE_FRAME_ACTION_FAILED:
        case ROUTE_FRAME_ACTION_DOWN:
        case ROUTE_FRAME_ACTION_REACHED:
        case ROUTE_FRAME_ACTION_SETTLED:
                e->on_action(e, a, e->userdata);
                break;
        }
}

static void edge_arm_timer(FrameEdge *e) {
        uint64_t deadline = route_frame_next_deadline(e->frame);

        (void) sd_event_source_set_time(e->timer, deadline);
        (void) sd_event_source_set_enabled(
                e->timer, deadline == USEC_INFINITY ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
}

void frame_edge_step(FrameEdge *e, const RouteFrameEvent *event) {
        RouteFrameActions actions;

        route_frame_step(e->frame, event, clock_read_usec(CLOCK_BOOTTIME), &actions);
        edge_arm_timer(e);

        for (size_t i = 0; i < actions.n_items; i++)
                edge_execute(e, &actions.items[i]);
}

static int on_edge_timer(_unused_ sd_event_source *source, _unused_ uint64_t usec, void *userdata) {
        frame_edge_step(userdata, &(RouteFrameEvent){ .type = ROUTE_FRAME_TIMER });
        return 0;
}

/* ---- the edge ---- */

const RouteFrame *frame_edge_get_frame(const FrameEdge *e) {
        return e->frame;
}

int frame_edge_new(sd_event *event, Rtnl *rtnl, Journal *journal, const char *name,
                   FrameEdgeFunc on_action, void *userdata, FrameEdge **ret_edge) {

        _cleanup_(frame_edge_freep) FrameEdge *e = NULL;
        int r;

        e = calloc(1, sizeof(*e));
        if (!e)
                return -ENOMEM;

        *e = (FrameEdge){
                .rtnl = rtnl,
                .journal = journal,
                .frame = route_frame_new(name),
                .on_action = on_action,
                .userdata = userdata,
        };
        if (!e->frame)
                return -ENOMEM;

        r = sd_event_add_time(event, &e->timer, CLOCK_BOOTTIME, USEC_INFINITY, TIMER_ACCURACY_USEC,
                              on_edge_timer, e);
        if (r < 0)
                return r;

        (void) sd_event_source_set_description(e->timer, "frame");
        *ret_edge = steal_pointer(e);
        return 0;
}

FrameEdge *frame_edge_free(FrameEdge *e) {
        if (!e)
                return NULL;

        rtnl_request_free(e->request);
        sd_event_source_disable_unref(e->timer);
        route_frame_free(e->frame);
        free(e);
        return NULL;
}

/* ---- alone ---- */

static void on_released(_unused_ FrameEdge *e, const RouteFrameAction *action, void *userdata) {
        if (action->type == ROUTE_FRAME_ACTION_DOWN)
                (void) sd_event_exit(userdata, 0);
}

int frame_edge_release(const char *name, Journal *journal) {
        _cleanup_(sd_event_unrefp) sd_event *event = NULL;
        _cleanup_(rtnl_freep) Rtnl *rtnl = NULL;
        _cleanup_(frame_edge_freep) FrameEdge *e = NULL;
        int r;

        r = sd_event_default(&event);
        if (r < 0)
                return r;

        r = rtnl_new(event, &rtnl);
        if (r < 0)
                return r;

        r = frame_edge_new(event, rtnl, journal, name, on_released, event, &e);
        if (r < 0)
                return r;

        frame_edge_step(e, &(RouteFrameEvent){ .type = ROUTE_FRAME_RELEASE });
        return sd_event_loop(event);
}
