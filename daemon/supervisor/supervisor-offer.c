/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Routes that the server offers: translates between the DHCP socket, what chooses of the answer
 * (core/route/route-offer.h), and the keepers of the routes and of the names.
 */

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "io/clock.h"
#include "supervisor/supervisor-internal.h"

static void offer_step(Supervisor *s, const RouteOfferEvent *event);

static void on_dhcp_packet(_unused_ DhcpSocket *d, const void *data, size_t n_data,
                           void *userdata) {

        offer_step(userdata,
                   &(RouteOfferEvent){
                           .type = ROUTE_OFFER_PACKET,
                           .packet = { data, n_data },
                   });
}

void supervisor_offer_release(Supervisor *s) {
        if (s->routes.offer_port_fd >= 0)
                close(s->routes.offer_port_fd);
        s->routes.offer_port_fd = -EBADF;
}

/* Where another program has the port, the kernel sends no ICMP errors either. */
static void offer_hold_port(Supervisor *s) {
        int fd = dhcp_port_hold(s->link.ifname, s->link.local);

        if (fd < 0 && fd != -EADDRINUSE)
                journal_print(s->journal, LOG_WARNING,
                              "Cannot hold the port of DHCP clients: %s; the kernel may answer the "
                              "server's offer with an ICMP error beside the tunnel, ignoring",
                              strerror(-fd));

        supervisor_offer_release(s); /* of another address */
        s->routes.offer_port_fd = fd;
}

/* In the namespace of the tunnel's interface. */
static int offer_open_socket(Supervisor *s) {
        _cleanup_namespace_leave_ NamespaceVisit visit = NAMESPACE_VISIT_INIT;
        int r;

        r = namespace_enter(s->inner.fd, &visit);
        if (r < 0)
                return r;

        offer_hold_port(s);
        return dhcp_socket_new(s->event, s->link.ifname, on_dhcp_packet, s,
                               &s->routes.offer_socket);
}

static int offer_send(Supervisor *s) {
        const RouteOffer *o = &s->routes.offer;
        uint8_t message[DHCP_INFORM_MAX_BYTES];
        size_t n_message;
        int r;

        if (!s->routes.offer_socket) {
                r = offer_open_socket(s);
                if (r < 0)
                        return r;
        }

        n_message = dhcp_inform_write(o->transaction_id, o->local, message);
        return dhcp_socket_send(s->routes.offer_socket, message, n_message);
}

static void offer_execute(Supervisor *s, const RouteOfferAction *a) {
        int r;

        switch (a->type) {
        case ROUTE_OFFER_ACTION_ASK:
                /* The next try, or the end of them, comes by the timer. */
                r = offer_send(s);
                if (r < 0)
                        journal_print(s->journal, LOG_WARNING,
                                      "Cannot ask the server for routes: %s, ignoring",
                                      strerror(-r));
                break;
        case ROUTE_OFFER_ACTION_CLOSE:
                s->routes.offer_socket = dhcp_socket_free(s->routes.offer_socket);
                break;
        case ROUTE_OFFER_ACTION_ROUTES:
                supervisor_take_offer(s, s->routes.offer.routes, s->routes.offer.n_routes);
                break;
        case ROUTE_OFFER_ACTION_TELL:
                supervisor_tell_routes(s, a->count);
                break;
        case ROUTE_OFFER_ACTION_LOG:
                journal_print(s->journal, a->log.priority, "%s", a->log.text);
                break;
        }
}

static void offer_step(Supervisor *s, const RouteOfferEvent *event) {
        RouteOfferActions actions;
        uint64_t deadline;

        route_offer_step(&s->routes.offer, event, clock_read_usec(CLOCK_BOOTTIME), &actions);
        deadline = route_offer_next_deadline(&s->routes.offer);
        (void) sd_event_source_set_time(s->routes.offer_timer, deadline);
        (void) sd_event_source_set_enabled(
                s->routes.offer_timer, deadline == USEC_INFINITY ? SD_EVENT_OFF : SD_EVENT_ONESHOT);

        s->routes.n_offer_steps++;
        /* The covers come first: it is told that the routes stand when those do as well. */
        if (route_offer_get_information(&s->routes.offer)) {
                supervisor_frame_offer(s, s->routes.offer.routes, s->routes.offer.n_routes);
                supervisor_offer_cover(s);
        }
        for (size_t i = 0; i < actions.n_items; i++)
                offer_execute(s, &actions.items[i]);
        s->routes.n_offer_steps--;
        /* The last of those who are concerned, which has a reload answered that waits for this. */
        supervisor_offer_names(s);
}

static int on_offer_timer(_unused_ sd_event_source *source, _unused_ uint64_t usec,
                          void *userdata) {

        offer_step(userdata, &(RouteOfferEvent){ .type = ROUTE_OFFER_TIMER });
        return 0;
}

void supervisor_offer_configure(Supervisor *s) {
        offer_step(s, &(RouteOfferEvent){ .type = ROUTE_OFFER_CONFIGURE, .config = s->config });
}

void supervisor_offer_begin(Supervisor *s) {
        RouteOfferEvent event = {
                .type = ROUTE_OFFER_BEGIN,
                .begin = { .local = s->link.local, .server = s->call.uplink.server },
        };

        /* What is left of it without randomness is the time and luck. */
        if (getrandom(&event.begin.transaction_id, sizeof(event.begin.transaction_id),
                      GRND_NONBLOCK) != sizeof(event.begin.transaction_id))
                event.begin.transaction_id = (uint32_t) clock_read_usec(CLOCK_BOOTTIME);
        offer_step(s, &event);
}

void supervisor_offer_installed(Supervisor *s, size_t count) {
        offer_step(s, &(RouteOfferEvent){ .type = ROUTE_OFFER_INSTALLED, .count = count });
}

void supervisor_offer_end(Supervisor *s) {
        offer_step(s, &(RouteOfferEvent){ .type = ROUTE_OFFER_END });
}

int supervisor_offer_init(Supervisor *s) {
        int r;

        r = sd_event_add_time(s->event, &s->routes.offer_timer, CLOCK_BOOTTIME, USEC_INFINITY, 0,
                              on_offer_timer, s);
        if (r < 0)
                return r;

        return sd_event_source_set_description(s->routes.offer_timer, "offered-routes");
}

void supervisor_offer_done(Supervisor *s) {
        s->routes.offer_socket = dhcp_socket_free(s->routes.offer_socket);
        supervisor_offer_release(s);
        s->routes.offer_timer = sd_event_source_disable_unref(s->routes.offer_timer);
}
