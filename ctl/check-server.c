/* SPDX-License-Identifier: GPL-2.0-or-later */

/* pptpctl check: looks at the way to the server. With --probe it also connects and makes a call. */

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check-parts.h"
#include "core/base/text.h"
#include "core/ppp/mtu.h"
#include "core/ppp/mppe.h"
#include "io/control-socket.h"
#include "io/fd.h"
#include "io/rtnl/link-lookup.h"

/*
 * How long to wait for an answer: longer than a running server needs, and no longer than a person
 * should have to wait.
 */
#define CONNECT_TIMEOUT_USEC (5 * USEC_PER_SEC)
#define REPLY_TIMEOUT_USEC (5 * USEC_PER_SEC)
/* A server sends its first Configure-Request at once, and repeats it after three seconds. */
#define GRE_TIMEOUT_USEC (4 * USEC_PER_SEC)

/* RFC 2637, section 2.1: protocol version 1.0. */
#define PPTP_VERSION UINT16_C(0x0100)
#define CALL_ID UINT16_C(1)

/* How far a conversation with one server got. */
typedef struct Conversation {
        CheckReport *report;
        const Config *config;
        sd_event *event;
        sd_event_source *timer;
        ControlSocket *control;
        char place[300]; /* "192.0.2.1 port 1723" */
        struct in_addr server;
        bool probe;
        bool connected, replied, called;
        int error;
        int gre_fd;
        size_t n_gre;
} Conversation;

static void finish(Conversation *v) {
        (void) sd_event_exit(v->event, 0);
}

static int on_deadline(_unused_ sd_event_source *source, _unused_ uint64_t usec, void *userdata) {
        finish(userdata);
        return 0;
}

/* Sets the deadline anew, counted from now. */
static void wait_at_most(Conversation *v, uint64_t usec) {
        v->timer = sd_event_source_disable_unref(v->timer);
        if (sd_event_add_time_relative(v->event, &v->timer, CLOCK_BOOTTIME, usec, 0, on_deadline,
                                       v) >= 0)
                (void) sd_event_source_set_description(v->timer, "check-deadline");
}

static int on_gre(_unused_ sd_event_source *source, int fd, _unused_ uint32_t events,
                  void *userdata) {

        Conversation *v = userdata;
        uint8_t packet[2048];
        struct sockaddr_in from;
        socklen_t n_from = sizeof(from);

        if (recvfrom(fd, packet, sizeof(packet), MSG_DONTWAIT, (struct sockaddr *) &from, &n_from) >
                    0 &&
            from.sin_addr.s_addr == v->server.s_addr && v->called) {
                v->n_gre++;
                finish(v);
        }
        return 0;
}

static void ask_start(Conversation *v) {
        (void) control_socket_send(v->control,
                                   &(PptpMessage){
                                           .type = PPTP_START_CONTROL_CONNECTION_REQUEST,
                                           .start = {
                                                   .version = PPTP_VERSION,
                                                   .framing_capabilities = 3,
                                                   .bearer_capabilities = 3,
                                                   .maximum_channels = 1,
                                                   .host_name = "local",
                                                   .vendor_name = "Linux",
                                           },
                                   });
}

static void ask_call(Conversation *v) {
        (void) control_socket_send(v->control,
                                   &(PptpMessage){
                                           .type = PPTP_OUTGOING_CALL_REQUEST,
                                           .outgoing_call_request = {
                                                   .call_id = CALL_ID,
                                                   .call_serial_number = 1,
                                                   .minimum_bps = 300,
                                                   .maximum_bps = 100000000,
                                                   .bearer_type = 3,
                                                   .framing_type = 3,
                                                   .receive_window_size = 64,
                                           },
                                   });
}

static void take_start_reply(Conversation *v, const PptpMessage *m) {
        char host[300], vendor[300];

        text_escape(host, sizeof(host), m->start.host_name, strlen(m->start.host_name));
        text_escape(vendor, sizeof(vendor), m->start.vendor_name, strlen(m->start.vendor_name));
        v->replied = true;
        if (m->result_code != 1) {
                check_add(v->report, CHECK_ERROR, "server",
                          "ask its administrator whether this host may connect",
                          "refuses the control connection with result %u", m->result_code);
                finish(v);
                return;
        }

        check_add(v->report, CHECK_OK, "server", NULL,
                  "speaks PPTP: host name \"%s\", vendor \"%s\", firmware %u", host, vendor,
                  m->start.firmware_revision);
        ask_call(v);
        wait_at_most(v, REPLY_TIMEOUT_USEC);
}

static void take_call_reply(Conversation *v, const PptpMessage *m) {
        if (m->result_code != 1) {
                check_add(v->report, CHECK_WARNING, "server",
                          "it may have no line free, or allow one session for each address",
                          "refuses a call with result %u, error %u", m->result_code, m->error_code);
                finish(v);
                return;
        }

        v->called = true;
        wait_at_most(v, GRE_TIMEOUT_USEC);
}

static void on_control(_unused_ ControlSocket *s, const ControlSocketEvent *e, void *userdata) {
        Conversation *v = userdata;

        switch (e->type) {
        case CONTROL_SOCKET_CONNECTED:
                v->connected = true;
                check_add(v->report, CHECK_OK, "TCP", NULL, "%s accepts the connection", v->place);
                if (!v->probe) {
                        finish(v);
                        return;
                }
                ask_start(v);
                wait_at_most(v, REPLY_TIMEOUT_USEC);
                break;
        case CONTROL_SOCKET_MESSAGE:
                if (e->message->type == PPTP_START_CONTROL_CONNECTION_REPLY && !v->replied)
                        take_start_reply(v, e->message);
                else if (e->message->type == PPTP_OUTGOING_CALL_REPLY && v->replied)
                        take_call_reply(v, e->message);
                break;
        case CONTROL_SOCKET_MALFORMED:
                break;
        case CONTROL_SOCKET_NOT_PPTP:
                check_add(v->report, CHECK_ERROR, "server", "check Server= and Port= in [Tunnel]",
                          "does not speak PPTP");
                v->replied = true;
                finish(v);
                break;
        case CONTROL_SOCKET_FAILED:
        case CONTROL_SOCKET_CLOSED:
                v->error = e->error;
                finish(v);
                break;
        }
}

/* Adds the names of interfaces that are down, in parentheses; nothing if none is. */
static void add_down_interfaces(TextBuilder *b) {
        struct if_nameindex *links = if_nameindex();
        const char *between = " (down: ";
        RtnlLink link;

        for (const struct if_nameindex *i = links; i && i->if_index != 0; i++)
                if (link_lookup(i->if_name, &link) >= 0 && !(link.flags & IFF_LOOPBACK) &&
                    (link.flags & (IFF_UP | IFF_RUNNING)) != (IFF_UP | IFF_RUNNING)) {
                        text_addf(b, "%s%s", between, i->if_name);
                        between = ", ";
                }

        if (between[0] == ',')
                text_add(b, ")");
        if (links)
                if_freenameindex(links);
}

/*
 * Returns a socket whose packets would take the way to the server that those of the tunnel take, or
 * a negative errno: the kernel knows none. Sends nothing: connect() only asks it for the route.
 */
static int find_way(const Config *c, struct in_addr server) {
        const struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr = server, .sin_port = 1 };
        const struct sockaddr_in from = { .sin_family = AF_INET, .sin_addr = c->local_address };
        int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        int e;

        if (fd < 0)
                return -errno;

        /* Where these are not allowed, or not there, the connection of TCP has said so. */
        if (c->bind_to_device[0] != '\0')
                (void) setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, c->bind_to_device,
                                  (socklen_t) strlen(c->bind_to_device));
        if (c->firewall_mark != 0)
                (void) setsockopt(fd, SOL_SOCKET, SO_MARK, &c->firewall_mark,
                                  sizeof(c->firewall_mark));
        if (from.sin_addr.s_addr != INADDR_ANY)
                (void) bind(fd, (const struct sockaddr *) &from, sizeof(from));
        if (connect(fd, (const struct sockaddr *) &to, sizeof(to)) >= 0)
                return fd;

        e = -errno;
        close(fd);
        return e;
}

/* Reports why there is no connection: nothing was sent, or nothing came back. */
static void conclude_unconnected(const Conversation *v) {
        int error = v->error < 0 ? v->error : 0;
        char text[512], remedy[128];
        TextBuilder b = text_builder(text, sizeof(text));
        int fd = find_way(v->config, v->server);

        if (fd >= 0) {
                close(fd);
                check_add(v->report, CHECK_ERROR, "TCP",
                          "check Server= and Port=, and whether a firewall drops TCP port 1723",
                          "%s cannot be reached: %s", v->place,
                          error ? strerror(-error) : "no answer");
                return;
        }

        text_addf(&b, "this host has no route to %s: %s", TEXT_IPV4(v->server), strerror(-fd));
        add_down_interfaces(&b);
        snprintf(remedy, sizeof(remedy),
                 "bring the uplink up; \"ip link\" and \"ip route get %s\" show what it lacks",
                 TEXT_IPV4(v->server));
        check_add(v->report, CHECK_ERROR, "TCP", remedy, "%s", text);
}

/* Reports why nothing more came. */
static void conclude(Conversation *v) {
        if (!v->connected)
                conclude_unconnected(v);
        else if (v->probe && !v->replied)
                check_add(v->report, CHECK_ERROR, "server",
                          "something else may listen there: check Server= and Port=",
                          "says nothing on the control connection");
        else if (v->called && v->gre_fd >= 0 && v->n_gre > 0)
                check_add(v->report, CHECK_OK, "GRE", NULL, "packets of the server arrive");
        else if (v->called && v->gre_fd >= 0)
                check_add(v->report, CHECK_WARNING, "GRE",
                          "let GRE (IP protocol 47) through all firewalls on the way; some servers "
                          "wait for the first packet of ours",
                          "no packet of the server arrived in 4 s");
        else if (v->called)
                check_add(v->report, CHECK_WARNING, "GRE", "run this as root",
                          "only root can listen for it");
}

static void take_leave(Conversation *v) {
        if (v->control && v->called)
                (void) control_socket_send(v->control,
                                           &(PptpMessage){
                                                   .type = PPTP_CALL_CLEAR_REQUEST,
                                                   .call.call_id = CALL_ID,
                                           });
        if (v->control && v->replied)
                (void) control_socket_send(v->control,
                                           &(PptpMessage){
                                                   .type = PPTP_STOP_CONTROL_CONNECTION_REQUEST,
                                                   .result_code = 1,
                                           });
        v->control = control_socket_free(v->control);
}

static void talk(CheckReport *r, const Config *c, struct in_addr server, bool probe) {
        _cleanup_close_ int gre_fd = -EBADF;
        Conversation v = { .report = r, .config = c, .server = server, .probe = probe };
        const ControlSocketOptions options = {
                .server = server,
                .port = c->port,
                .local_address = c->local_address,
                .bind_to_device = c->bind_to_device,
                .firewall_mark = c->firewall_mark,
        };

        snprintf(v.place, sizeof(v.place), "%s port %u", TEXT_IPV4(server), c->port);
        if (probe)
                gre_fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_GRE);
        v.gre_fd = gre_fd;

        if (sd_event_new(&v.event) < 0)
                return;
        if (gre_fd >= 0)
                (void) sd_event_add_io(v.event, NULL, gre_fd, EPOLLIN, on_gre, &v);
        wait_at_most(&v, CONNECT_TIMEOUT_USEC);
        v.error = control_socket_new(v.event, &options, on_control, &v, &v.control);
        if (v.error >= 0)
                (void) sd_event_loop(v.event);

        conclude(&v);
        take_leave(&v);
        sd_event_source_disable_unref(v.timer);
        sd_event_unref(v.event);
}

/* Looks a name up as the supervisor does; returns whether it has an address. */
static bool resolve(CheckReport *r, const char *name, struct in_addr *ret_address) {
        const struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM };
        struct addrinfo *list = NULL;
        char text[512];
        TextBuilder b = text_builder(text, sizeof(text));
        int e;

        e = getaddrinfo(name, NULL, &hints, &list);
        if (e != 0) {
                check_add(r, CHECK_ERROR, "name", "check Server=; \"resolvectl query\" says more",
                          "%s cannot be resolved: %s", name, gai_strerror(e));
                return false;
        }

        for (struct addrinfo *i = list; i; i = i->ai_next) {
                struct in_addr address = ((struct sockaddr_in *) i->ai_addr)->sin_addr;

                text_addf(&b, " %s", TEXT_IPV4(address));
        }
        *ret_address = ((struct sockaddr_in *) list->ai_addr)->sin_addr;
        freeaddrinfo(list);
        if (inet_addr(name) == INADDR_NONE)
                check_add(r, CHECK_OK, "name", NULL, "%s is%s", name, text);
        return true;
}

/*
 * Looks at MTUBytes= of [Route], with the MTU in bytes that the interface has or will have; 0: not
 * known. In the kernel the MTU of a route goes before that of its interface, also where it is the
 * larger one (ip_dst_mtu_maybe_forward() in net/ip.h): it makes packets up to the route's. Where
 * they are encrypted, those that do not fit the interface's are dropped without a message to the
 * sender (mppe_compress() in ppp_mppe.c). Else they are more than the server has to take (its MRU).
 */
static void check_route_sizes(CheckReport *r, const Config *c, uint32_t mtu_bytes) {
        char remedy[CONFIG_LINE_MAX_BYTES];
        const ConfigRoute *last = NULL;

        for (size_t i = 0; i < c->n_routes && mtu_bytes > 0; i++) {
                const ConfigRoute *route = &c->routes[i];

                if (route->type != CONFIG_ROUTE_UNICAST || route->mtu_bytes <= mtu_bytes)
                        continue;
                /* A section with many destinations has one MTU. */
                if (last && last->file == route->file && last->mtu_bytes == route->mtu_bytes)
                        continue;

                last = route;
                snprintf(remedy, sizeof(remedy),
                         "leave it out of the [Route] section of %s:%u, or write at most %u",
                         route->file, route->line, mtu_bytes);
                r->file = route->file;
                r->line = route->line;
                check_add(
                        r, CHECK_WARNING, "MTU", remedy,
                        "%s:%u: MTUBytes=%u of [Route] is more than the %u of the interface: for "
                        "the kernel the route's counts, and packets of a size in between are lost",
                        route->file, route->line, route->mtu_bytes, mtu_bytes);
                r->file = NULL;
                r->line = 0;
        }
}

/* Returns how large a packet fits the route to the server, in bytes; 0: that is not known. */
static uint32_t check_mtu(CheckReport *r, const Config *c, struct in_addr server) {
        const MppePolicy policy = config_get_mppe_policy(c);
        _cleanup_close_ int fd = find_way(c, server);
        uint32_t fits, in_use = check_get_running_mtu(c);
        socklen_t n = sizeof(int);
        int route_mtu = 0;

        if (fd < 0 || getsockopt(fd, IPPROTO_IP, IP_MTU, &route_mtu, &n) < 0)
                return 0;

        fits = mtu_for_path((uint32_t) route_mtu, mppe_policy_requires(&policy));
        if (c->mtu_bytes > fits)
                check_add(r, CHECK_WARNING, "MTU", "write MTUBytes=auto, or leave it out",
                          "MTUBytes=%u is more than the %u that fit the MTU of %d of this host's "
                          "route to the server: packets are fragmented",
                          c->mtu_bytes, fits, route_mtu);
        else if (c->mtu_bytes == 0 && in_use > 0 && in_use < fits)
                check_add(
                        r, CHECK_OK, "MTU", NULL,
                        "%u in the tunnel that runs, as the server asked for, or as a test of the "
                        "path has shown; %u would fit the MTU of %d of this host's route to the "
                        "server",
                        in_use, fits, route_mtu);
        else
                check_add(r, CHECK_OK, "MTU", NULL,
                          "%u fit the MTU of %d of this host's route to the server; what routers "
                          "behind it take is not known here",
                          c->mtu_bytes > 0 ? c->mtu_bytes : fits, route_mtu);
        return fits;
}

void check_server(CheckReport *r, const Config *c, bool probe) {
        uint32_t in_use = check_get_running_mtu(c), fits = 0;

        for (size_t i = 0; i < c->n_servers; i++) {
                struct in_addr address;
                uint32_t fits_this;

                if (!resolve(r, c->servers[i], &address))
                        continue;
                talk(r, c, address, probe);
                fits_this = check_mtu(r, c, address);
                if (fits_this > 0)
                        fits = fits > 0 ? MIN(fits, fits_this) : fits_this;
        }

        check_route_sizes(r, c, in_use > 0 ? in_use : c->mtu_bytes > 0 ? c->mtu_bytes : fits);
}
