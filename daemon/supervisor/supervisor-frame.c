/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What the tunnel has in the kernel without its interface, policy rules and unreachable routes:
 * translates between their frame (core/route/route-frame.h) and the tunnel. The frame's way to the
 * kernel is frame-edge.c.
 */

#include "supervisor/supervisor-internal.h"

static void frame_feed(Supervisor *s, TunnelEvent event) {
        event.part = TUNNEL_PART_RULES;
        supervisor_feed(s, &event);
}

static void frame_failed(Supervisor *s, const RouteFrameAction *action) {
        reload_answer_fail(&s->reload_answer);
        frame_feed(s,
                   (TunnelEvent){
                           .type = TUNNEL_EVENT_APPLY_FAILED,
                           .fact = { .type = DIAGNOSIS_ROUTE_REFUSED,
                                     .stage = DIAGNOSIS_STAGE_NETWORK,
                                     .number = -action->error,
                                     .text = action->text },
                   });
}

static void frame_way_is_open(Supervisor *s) {
        void (*on_way_open)(Supervisor *) = s->control.on_way_open;

        s->control.on_way_open = NULL;
        if (on_way_open)
                on_way_open(s);
}

static void on_frame_action(_unused_ FrameEdge *e, const RouteFrameAction *action, void *userdata) {
        Supervisor *s = userdata;

        switch (action->type) {
        case ROUTE_FRAME_ACTION_STANDS:
                frame_feed(s, (TunnelEvent){ .type = TUNNEL_EVENT_APPLIED });
                break;
        case ROUTE_FRAME_ACTION_FAILED:
                frame_failed(s, action);
                break;
        case ROUTE_FRAME_ACTION_DOWN:
                frame_feed(s, (TunnelEvent){ .type = TUNNEL_EVENT_REMOVED });
                break;
        case ROUTE_FRAME_ACTION_REACHED:
                frame_way_is_open(s);
                break;
        case ROUTE_FRAME_ACTION_SETTLED:
                s->rest(s);
                break;
        case ROUTE_FRAME_ACTION_LIST_NETWORKS:
        case ROUTE_FRAME_ACTION_LIST_ROUTES:
        case ROUTE_FRAME_ACTION_CHANGE_ROUTES:
                s->routes.watch(s);
                break;
        case ROUTE_FRAME_ACTION_LIST_RULES:
        case ROUTE_FRAME_ACTION_CHANGE_RULE:
        case ROUTE_FRAME_ACTION_LOG:
                break; /* frame-edge.c */
        }
}

void supervisor_frame_step(Supervisor *s, RouteFrameEventType type) {
        frame_edge_step(s->frame, &(RouteFrameEvent){ .type = type });
}

void supervisor_configure_frame(Supervisor *s) {
        frame_edge_step(s->frame,
                        &(RouteFrameEvent){ .type = ROUTE_FRAME_CONFIGURE, .config = s->config });
}

void supervisor_frame_offer(Supervisor *s, const ConfigRoute *routes, size_t n_routes) {
        frame_edge_step(
                s->frame,
                &(RouteFrameEvent){ .type = ROUTE_FRAME_OFFER, .offer = { routes, n_routes } });
}

void supervisor_frame_reach(Supervisor *s, const RouteUplink *uplink,
                            void (*on_way_open)(Supervisor *s)) {

        s->control.on_way_open = on_way_open;
        frame_edge_step(s->frame,
                        &(RouteFrameEvent){ .type = ROUTE_FRAME_REACH, .uplink = *uplink });
}

void supervisor_frame_move(Supervisor *s, const RouteUplink *uplink) {
        frame_edge_step(s->frame,
                        &(RouteFrameEvent){ .type = ROUTE_FRAME_MOVE, .uplink = *uplink });
}

void supervisor_frame_on_rule(Supervisor *s, const RouteRule *rule, bool removed) {
        if (removed)
                frame_edge_step(s->frame,
                                &(RouteFrameEvent){ .type = ROUTE_FRAME_RULE, .rule = rule });
}

void supervisor_frame_on_route(Supervisor *s, const Route *route, RouteNews news) {
        frame_edge_step(s->frame,
                        &(RouteFrameEvent){ .type = ROUTE_FRAME_ROUTE, .route = { route, news } });
}

bool supervisor_frame_hides_server(const Supervisor *s) {
        return route_frame_hides_server(frame_edge_get_frame(s->frame));
}

bool supervisor_frame_is_busy(const Supervisor *s) {
        return route_frame_is_busy(frame_edge_get_frame(s->frame));
}

int supervisor_frame_init(Supervisor *s) {
        return frame_edge_new(s->event, s->rtnl, s->journal, s->config->name, on_frame_action, s,
                              &s->frame);
}

void supervisor_frame_done(Supervisor *s) {
        s->frame = frame_edge_free(s->frame);
}
