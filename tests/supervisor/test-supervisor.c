/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Whole lives of a tunnel: the supervisor's own event loop, rtnetlink and control connection
 * against a scripted server. pppd and the kernel's PPP have stand-ins (stand-ins.h); with the real
 * ones the same is tested in tests/vm.
 */

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sysexits.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "io/clock.h"
#include "core/base/paths.h"
#include "core/names/names-message.h"
#include "core/varlink/json-reader.h"
#include "io/tunnel-socket.h"
#include "io/varlink-client.h"
#include "network.h"
#include "stand-ins.h"
#include "supervised.h"
#include "supervisor/leftovers.h"
#include "supervisor/supervisor.h"

#define ROUTES "[Route]\nDestination=10.1.0.0/16 10.2.0.0/16\n"
/* A failure is followed by the next try at once, nearly. */
#define RECONNECT "[Reconnect]\nDelaySec=100ms\nMaxDelaySec=1s\n"

static void bring_up(Supervised *s, const char *config) {
        supervised_configure(config);
        supervised_start(s);
        supervised_wait(s, s->n_ready > 0);
        assert_non_null(strstr(s->status, "Up"));
}

/* READY=1 means: everything is there. And stop takes all of it away, in order. */
static void test_comes_up_and_goes(void **state) {
        Supervised *s = *state;

        bring_up(s, ROUTES);
        assert_true(supervised_has_route("10.1.0.0/16 dev onenet"));
        assert_true(supervised_has_route("10.2.0.0/16 dev onenet"));
        assert_true(supervised_file_has(SUPERVISED_DIRECTORY "/state", "STATE=up"));
        supervised_wait(s, supervised_logged(s, "Probe answered"));
        assert_int_equal(s->server.call_id, STAND_IN_CALL_ID);

        assert_int_equal(supervised_stop(s), EX_OK);
        assert_false(supervised_has_route("10."));
        assert_false(supervised_link_has("onenet"));
        assert_int_equal(access(SUPERVISED_DIRECTORY "/state", F_OK), -1);
        supervised_wait(s, s->server.n_heard[PPTP_STOP_CONTROL_CONNECTION_REQUEST] == 1);
        assert_int_equal(s->server.n_heard[PPTP_CALL_CLEAR_REQUEST], 1);
        assert_int_equal(s->server.n_connections, 1);
}

/* The server's end of the link may be up later than ours; four repetitions take no second. */
static void test_repeats_first_pings_soon(void **state) {
        Supervised *s = *state;

        bring_up(s, "IpParam=late\n" ROUTES);
        supervised_wait(s, supervised_logged(s, "Probe answered"));
        assert_false(supervised_logged(s, "data is unproven"));
}

/* Returns how often the supervisor has waited for something so far. */
static unsigned count_waits(const Supervised *s) {
        char path[64], line[128];
        unsigned n = 0;
        FILE *file;

        snprintf(path, sizeof(path), "/proc/%ld/status", (long) s->pid);
        file = fopen(path, "re");
        assert_non_null(file);
        while (fgets(line, sizeof(line), file) &&
               sscanf(line, "voluntary_ctxt_switches: %u", &n) != 1)
                ;
        fclose(file);
        return n;
}

/* Returns how often the supervisor waits on account of one Echo-Request of the server's. */
static unsigned echo(Supervised *s) {
        unsigned n_heard = s->server.n_heard[PPTP_ECHO_REPLY], before = count_waits(s);
        uint64_t quiet_usec = clock_read_usec(CLOCK_BOOTTIME) + USEC_PER_SEC;

        scripted_server_ask_echo(&s->server);
        while (clock_read_usec(CLOCK_BOOTTIME) < quiet_usec)
                supervised_turn(s);
        supervised_wait(s, s->server.n_heard[PPTP_ECHO_REPLY] > n_heard);
        return count_waits(s) - before;
}

/* What changes nothing wakes once; nobody looks later whether the state file is still right. */
static void test_idle_tunnel_sleeps(void **state) {
        Supervised *s = *state;
        unsigned n_least = UINT_MAX;

        bring_up(s, ROUTES);
        supervised_wait(s, supervised_logged(s, "Probe answered"));

        /* Beside one of them, something else may wake it. */
        for (unsigned i = 0; i < 5 && n_least > 1; i++)
                n_least = MIN(n_least, echo(s));
        assert_int_equal(n_least, 1);
}

static void test_reload(void **state) {
        Supervised *s = *state;

        bring_up(s, ROUTES);

        /* The answer comes when the change is in effect. */
        assert_int_equal(supervised_reload("[Route]\nDestination=10.1.0.0/16 10.3.0.0/16\n"),
                         EX_OK);
        assert_true(supervised_has_route("10.3.0.0/16 dev onenet"));
        assert_false(supervised_has_route("10.2.0.0/16"));
        assert_true(supervised_has_route("10.1.0.0/16 dev onenet"));
        supervised_wait(s, s->n_reloads == 1 && s->n_ready == 2);

        /* A configuration with an error changes nothing. */
        assert_int_equal(supervised_reload("[Route]\nDestination=10.4.0.1/16\n"), EX_CONFIG);
        assert_true(supervised_has_route("10.3.0.0/16 dev onenet"));
        supervised_wait(s, s->n_reloads == 2 && s->n_ready == 3);
        supervised_wait(s, supervised_logged(s, "Not reloaded, nothing is changed"));

        /* What pppd and the interface have to know as well. */
        assert_int_equal(supervised_reload("MTUBytes=1300\nKeepAliveIntervalSec=20s\n"), EX_OK);
        assert_true(supervised_link_has("mtu 1300"));

        /* By signal there is no answer. */
        supervised_configure(ROUTES);
        supervised_kill(s, SIGHUP);
        supervised_wait(s, supervised_has_route("10.2.0.0/16 dev onenet"));

        assert_int_equal(s->server.n_connections, 1);
        assert_int_equal(supervised_stop(s), EX_OK);
        assert_int_equal(supervisor_ask_reload(SUPERVISED_TUNNEL), EX_UNAVAILABLE);
}

/* Port 68 of UDP, in hexadecimal. */
static bool dhcp_port_is_held(void) {
        return supervised_file_has("/proc/net/udp", ":0044 ");
}

/*
 * With READY=1, and with the answer to a reload, what the server offers stands like all else. The
 * port for its answers is held while they may come, also late ones.
 */
static void test_offered_routes(void **state) {
        Supervised *s = *state;

        bring_up(s, ROUTES "[Network]\nUseRoutes=yes\nRoutesOnDown=unreachable\n");
        assert_true(supervised_has_route("unreachable " STAND_IN_OFFER));
        assert_true(supervised_has_route(STAND_IN_OFFER " dev onenet"));
        assert_true(dhcp_port_is_held());
        assert_int_equal(supervised_reload(ROUTES), EX_OK);
        assert_true(dhcp_port_is_held());
        assert_int_equal(supervised_stop(s), EX_OK);
        assert_false(dhcp_port_is_held());

        s->n_ready = 0;
        bring_up(s, ROUTES);
        assert_false(supervised_has_route(STAND_IN_OFFER));
        assert_false(dhcp_port_is_held());
        assert_int_equal(supervised_reload(ROUTES "[Network]\nUseRoutes=yes\n"), EX_OK);
        assert_true(supervised_has_route(STAND_IN_OFFER " dev onenet"));
        assert_int_equal(supervised_stop(s), EX_OK);
}

/* What the kernel refuses is answered as a failure. */
static void test_reload_that_the_kernel_refuses(void **state) {
        Supervised *s = *state;

        bring_up(s, ROUTES);
        assert_int_equal(supervised_reload("[Route]\nDestination=10.5.0.0/16\n"
                                           "PreferredSource=192.0.2.99\n"),
                         EX_OSERR);
        assert_int_equal(supervised_stop(s), EX_OK);
}

/* Whose route is in the place of one, the journal and the status say with its interface. */
static void test_reload_that_meets_another_route(void **state) {
        Supervised *s = *state;

        bring_up(s, ROUTES);
        network_run("ip route add 10.5.0.0/16 via " NETWORK_PEER " proto static");
        assert_int_equal(supervised_reload("[Route]\nDestination=10.5.0.0/16\n"), EX_OSERR);
        supervised_wait(
                s,
                supervised_logged(s,
                                  "The tunnel's routes are not complete; trying again: "
                                  "10.5.0.0/16: in its place is 10.5.0.0/16 via " NETWORK_PEER
                                  ", protocol static on uplink"));
        supervised_wait(
                s, supervised_file_has(SUPERVISED_DIRECTORY "/state", "TROUBLE_REASON=NETC-22"));
        assert_int_equal(supervised_stop(s), EX_OK);
        network_run("ip route delete 10.5.0.0/16 proto static");
}

/* The next attempt begins only after everything of the last is gone. */
static void test_lost_control_connection(void **state) {
        Supervised *s = *state;

        bring_up(s, ROUTES RECONNECT);
        scripted_server_hang_up(&s->server);
        supervised_wait(s, s->n_ups == 2);
        assert_int_equal(s->server.n_connections, 2);
        assert_true(supervised_has_route("10.1.0.0/16 dev onenet"));
        assert_int_equal(s->n_ready, 1);
        assert_int_equal(supervised_stop(s), EX_OK);
}

static void test_killed_pppd(void **state) {
        Supervised *s = *state;

        bring_up(s, ROUTES RECONNECT);
        supervised_wait(s, supervised_get_pppd() > 0);
        assert_int_equal(kill(supervised_get_pppd(), SIGKILL), 0);
        supervised_wait(s, s->n_ups == 2);
        assert_true(supervised_has_route("10.2.0.0/16 dev onenet"));
        assert_int_equal(supervised_stop(s), EX_OK);
}

/* Whoever adds up the file's counters and those of the interface never sees them go back. */
static void test_traffic_of_the_last_connection(void **state) {
        Supervised *s = *state;

        bring_up(s, ROUTES RECONNECT);
        supervised_wait(s, supervised_get_pppd() > 0);
        network_run("ping -c 1 -W 0.1 -I onenet 10.1.2.3 >/dev/null || true");
        assert_int_equal(kill(supervised_get_pppd(), SIGKILL), 0);
        supervised_wait(s, s->n_ups == 2);
        assert_true(supervised_file_has(SUPERVISED_DIRECTORY "/state", "EARLIER_SENT_BYTES="));
        assert_false(supervised_file_has(SUPERVISED_DIRECTORY "/state", "EARLIER_SENT_BYTES=0"));
        assert_int_equal(supervised_stop(s), EX_OK);
}

/* A pppd that does not end by itself is ended. */
static void test_deaf_pppd(void **state) {
        Supervised *s = *state;

        bring_up(s, "IpParam=deaf\n" ROUTES);
        assert_int_equal(supervised_stop(s), EX_OK);
        assert_false(supervised_link_has("onenet"));
}

static void test_deleted_interface(void **state) {
        Supervised *s = *state;

        bring_up(s, ROUTES RECONNECT);
        network_run("ip link delete onenet");
        supervised_wait(s, s->n_ups == 2);
        assert_true(supervised_has_route("10.1.0.0/16 dev onenet"));
        assert_int_equal(supervised_stop(s), EX_OK);
}

static void test_removed_route(void **state) {
        Supervised *s = *state;

        bring_up(s, ROUTES);
        network_run("ip route delete 10.1.0.0/16 dev onenet");
        supervised_wait(s, supervised_has_route("10.1.0.0/16 dev onenet"));
        /* Set down and up, an interface loses its routes without a word of the kernel. */
        network_run("ip link set onenet down && ip link set onenet up");
        supervised_wait(s, supervised_has_route("10.2.0.0/16 dev onenet"));
        assert_int_equal(s->server.n_connections, 1);
        assert_int_equal(supervised_stop(s), EX_OK);
}

/* Another name and MTU are told, and what is told of the tunnel has them from then on. */
static void test_changed_interface(void **state) {
        Supervised *s = *state;

        bring_up(s, ROUTES RECONNECT);
        network_run("ip link set onenet down; ip link set onenet name foo; ip link set foo up");
        supervised_wait(s, supervised_logged(s, "Somebody renamed the interface onenet to foo"));
        supervised_wait(s, supervised_file_has(SUPERVISED_DIRECTORY "/state", "INTERFACE=foo"));
        supervised_wait(s, supervised_has_route("10.1.0.0/16 dev foo"));
        network_run("ip -4 address flush dev foo");
        supervised_wait(s, supervised_logged(s, " from foo; putting it back"));
        supervised_wait(s, supervised_has_route("10.1.0.0/16 dev foo"));

        network_run("ip link set foo mtu 1300");
        supervised_wait(s,
                        supervised_logged(s, "Somebody changed the MTU of foo from 1456 to 1300"));
        supervised_wait(s, supervised_file_has(SUPERVISED_DIRECTORY "/state", "MTU=1300"));

        network_run("ip link delete foo");
        supervised_wait(s, s->n_ups == 2);
        assert_true(supervised_has_route("10.1.0.0/16 dev onenet"));
        assert_int_equal(supervised_stop(s), EX_OK);
}

/* Beside IPv4, and undone like that. A reload adds another prefix to what IPV6CP has agreed on. */
static void test_ipv6(void **state) {
#define IPV6 "[Network]\nIPv6=negotiate\nRoutesOnDown=unreachable\n"
        Supervised *s = *state;

        bring_up(s, ROUTES "Destination=fd00:1::/32\n" IPV6);
        assert_true(supervised_has_route("fd00:1::/32 dev onenet"));
        assert_true(supervised_has_route("unreachable fd00:1::/32"));
        assert_true(supervised_file_has(SUPERVISED_DIRECTORY "/state", "IPV6_ADDRESS=fe80::2"));

        network_run("ip -6 route delete fd00:1::/32 dev onenet");
        supervised_wait(s, supervised_has_route("fd00:1::/32 dev onenet"));
        supervised_wait(s, supervised_logged(s, "Somebody removed the route fd00:1::/32"));

        assert_int_equal(supervised_reload(ROUTES "Destination=fd00:1::/32 fd00:2::/32\n" IPV6),
                         EX_OK);
        supervised_wait(s, supervised_has_route("fd00:2::/32 dev onenet"));
        assert_int_equal(s->server.n_connections, 1);

        assert_int_equal(supervised_stop(s), EX_OK);
        assert_true(supervised_has_route("unreachable fd00:2::/32"));
        s->n_ready = 0;
        bring_up(s, ROUTES);
        assert_false(supervised_has_route("fd00:"));
        assert_int_equal(supervised_stop(s), EX_OK);
#undef IPV6
}

/* A server that the tunnel's routes cover is pinned to the uplink, wherever that goes. */
static void test_moved_uplink(void **state) {
        Supervised *s = *state;

        network_run_in_peer("ip address add 192.0.2.3/24 dev peer");
        bring_up(s, "[Route]\nDestination=192.0.0.0/8\n");
        assert_true(supervised_has_route("192.0.2.2 dev uplink"));

        network_run("ip route add " NETWORK_PEER "/31 via 192.0.2.3");
        supervised_wait(s, supervised_has_route("192.0.2.2 via 192.0.2.3 dev uplink"));
        supervised_wait(s, supervised_logged(s, "testing the link"));

        /* From one gateway to another of the same interface, which has an IPv6 address. */
        network_run("ip route replace " NETWORK_PEER "/31 via inet6 fe80::254 dev uplink");
        supervised_wait(s, supervised_has_route("192.0.2.2 via inet6 fe80::254 dev uplink"));
        network_run("ip route replace " NETWORK_PEER "/31 via 192.0.2.3");
        supervised_wait(s, supervised_has_route("192.0.2.2 via 192.0.2.3 dev uplink"));

        network_run("ip route delete " NETWORK_PEER "/31 via 192.0.2.3");
        supervised_wait(s, supervised_has_route("192.0.2.2 dev uplink"));

        /* Without a carrier, and back. The tunnel stands all the while. */
        network_run_in_peer("ip link set peer down");
        supervised_wait(s, supervised_logged(s, "The uplink is gone"));
        network_run_in_peer("ip link set peer up");
        supervised_wait(s, supervised_logged(s, "The uplink is back"));
        assert_true(supervised_has_route("192.0.2.2 dev uplink"));
        assert_int_equal(s->server.n_connections, 1);
        assert_int_equal(supervised_stop(s), EX_OK);
        assert_false(supervised_has_route("192."));
        network_run_in_peer("ip address delete 192.0.2.3/24 dev peer");
}

/* What stands in for pptp-names, and has taken whatever it was asked to. */
typedef struct Names {
        int listen_fd, fd; /* -EBADF: the supervisor has not connected yet */
        unsigned n_set;
} Names;

static Names names_listen(void) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        Names n = { .fd = -EBADF };

        snprintf(address.sun_path, sizeof(address.sun_path), "%s/resolved", PATHS_NAMES_DIRECTORY);
        network_run("mkdir " PATHS_NAMES_DIRECTORY);
        n.listen_fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        assert_int_equal(bind(n.listen_fd, (struct sockaddr *) &address, sizeof(address)), 0);
        assert_int_equal(listen(n.listen_fd, 1), 0);
        return n;
}

static void names_close(Names *n) {
        close(n->fd);
        close(n->listen_fd);
        network_run("rm -r " PATHS_NAMES_DIRECTORY);
}

static void names_say(const Names *n, const NamesMessage *message) {
        uint8_t buffer[NAMES_MESSAGE_MAX_BYTES];
        int length = names_message_write(message, buffer, sizeof(buffer));

        assert_int_equal(send(n->fd, buffer, (size_t) length, 0), length);
}

/* Answers what has come; returns how often names were registered. */
static unsigned names_serve(Names *n) {
        uint8_t buffer[NAMES_MESSAGE_MAX_BYTES];
        NamesMessage m;
        ssize_t length;

        if (n->fd < 0) {
                n->fd = accept4(n->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
                if (n->fd < 0)
                        return 0;
                names_say(n, &(NamesMessage){ .type = NAMES_RESOLVER, .resolver.present = true });
        }

        while ((length = recv(n->fd, buffer, sizeof(buffer), 0)) > 0) {
                assert_int_equal(names_message_parse(buffer, (size_t) length, &m), 0);
                n->n_set += m.type == NAMES_SET;
                names_say(n, &(NamesMessage){ .type = NAMES_DONE, .serial = m.serial });
        }
        return n->n_set;
}

/*
 * Names that somebody takes away are put back, and the journal says so. With the tunnel's interface
 * they go by themselves.
 */
static void test_names_go_with_the_interface(void **state) {
        static const NamesMessage lost = { .type = NAMES_LOST };
        Supervised *s = *state;
        Names names = names_listen();
        size_t n_read;

        supervised_configure("[Network]\nDNS=10.1.0.53\nDomains=corp.example\n" ROUTES);
        supervised_start(s);
        supervised_wait(s, names_serve(&names) == 1 && s->n_ready > 0);
        names_say(&names, &lost);
        supervised_wait(s, names_serve(&names) == 2);
        supervised_wait(s, supervised_logged(s, "Somebody took the tunnel's names"));

        n_read = strlen(s->journal);
        network_run("ip link delete onenet");
        names_say(&names, &lost);
        supervised_wait(s, names_serve(&names) == 3);
        assert_null(strstr(s->journal + n_read, "Somebody took the tunnel's names"));
        assert_int_equal(supervised_stop(s), EX_OK);
        names_close(&names);
}

/* At first nobody listens, then the server refuses the call, and then it accepts one. */
static void test_comes_up_late(void **state) {
        Supervised *s = *state;

        scripted_server_close(&s->server);
        supervised_configure(ROUTES RECONNECT);
        supervised_start(s);
        supervised_wait(s, supervised_logged(s, "refused"));

        scripted_server_open(&s->server, s->event, network_address(NETWORK_PEER));
        s->server.call_result = 4; /* busy */
        supervised_wait(s, strstr(s->status, "CTL-07"));
        assert_int_equal(s->n_ready, 0);

        /* That server wants a pause of 10 s, but whoever reloads has mended something. */
        s->server.call_result = 1;
        assert_int_equal(supervised_reload(ROUTES RECONNECT), EX_OK);
        supervised_wait(s, s->n_ready == 1);
        assert_int_equal(supervised_stop(s), EX_OK);
}

/* Brings the supervisor to where the server has its call request, and says nothing. */
static pid_t wait_with_pppd(Supervised *s, const char *config) {
        s->server.call_result = 0;
        supervised_configure(config);
        supervised_start(s);
        supervised_wait(s, s->server.n_heard[PPTP_OUTGOING_CALL_REQUEST] == 1);
        supervised_wait(s, supervised_logged(s, "with our plugin"));
        supervised_wait(s, supervised_get_pppd() > 0);
        assert_true(supervised_file_has(SUPERVISED_DIRECTORY "/state", "STATE=calling"));
        return supervised_get_pppd();
}

/* pppd is there before the call, and is given it with the MTU of that moment. */
static void test_pppd_waits_for_the_call(void **state) {
        Supervised *s = *state;
        pid_t pppd = wait_with_pppd(s, ROUTES);

        assert_true(pppd > 0);
        assert_int_equal(supervised_reload(ROUTES "[Tunnel]\nMTUBytes=1300\n"
                                                  "KeepAliveIntervalSec=20s\n"),
                         EX_OK);
        scripted_server_accept_call(&s->server);
        supervised_wait(s, s->n_ready > 0);
        assert_true(supervised_logged(s, "MTU 1300"));
        assert_int_equal(supervised_get_pppd(), pppd);
        assert_int_equal(s->server.n_connections, 1);
        assert_int_equal(supervised_stop(s), EX_OK);
}

static void test_stop_while_pppd_waits(void **state) {
        Supervised *s = *state;
        pid_t pppd = wait_with_pppd(s, ROUTES);

        assert_int_equal(supervised_stop(s), EX_OK);
        assert_int_equal(kill(pppd, 0), -1);
        assert_false(supervised_logged(s, "ended with signal"));
        supervised_wait(s, s->server.n_heard[PPTP_STOP_CONTROL_CONNECTION_REQUEST] == 1);
        assert_int_equal(s->server.n_heard[PPTP_CALL_CLEAR_REQUEST], 1);

        /* One that does not listen is killed. */
        s->server.n_heard[PPTP_OUTGOING_CALL_REQUEST] = 0;
        s->journal[0] = '\0';
        pppd = wait_with_pppd(s, ROUTES "[Tunnel]\nIpParam=deaf\n");
        assert_int_equal(supervised_stop(s), EX_OK);
        assert_int_equal(kill(pppd, 0), -1);
        assert_true(supervised_logged(s, "pppd ended with signal 9"));
}

/* Its end is that of the attempt; and a call that fails is the end of it. The next has another. */
static void test_attempt_that_fails_while_pppd_waits(void **state) {
        Supervised *s = *state;
        pid_t pppd = wait_with_pppd(s, ROUTES RECONNECT);

        assert_int_equal(kill(pppd, SIGKILL), 0);
        supervised_wait(s, s->server.n_heard[PPTP_OUTGOING_CALL_REQUEST] == 2);
        assert_true(supervised_logged(s, "[PPPD-02]"));
        assert_true(supervised_logged(s, "Remedy: If nobody ended it on purpose"));
        supervised_wait(s, supervised_get_pppd() > 0 && supervised_get_pppd() != pppd);

        pppd = supervised_get_pppd();
        s->server.call_result = 1;
        scripted_server_hang_up(&s->server);
        supervised_wait(s, s->n_ready > 0);
        assert_true(supervised_get_pppd() != pppd);
        assert_int_equal(kill(pppd, 0), -1);
        assert_int_equal(s->server.n_connections, 3);
        assert_int_equal(supervised_stop(s), EX_OK);
}

/* In the middle of a pause. Whoever stops it means to begin anew. */
static void test_stop_while_waiting(void **state) {
        Supervised *s = *state;

        scripted_server_close(&s->server);
        supervised_configure("[Reconnect]\nDelaySec=1h\nMaxDelaySec=1h\n");
        supervised_start(s);
        supervised_wait(s, supervised_file_has(SUPERVISED_DIRECTORY "/state", "STATE=waiting"));
        assert_int_equal(supervised_stop(s), EX_OK);
        assert_int_equal(s->n_ready, 0);
        assert_int_equal(access(SUPERVISED_DIRECTORY "/state", F_OK), -1);
}

/* TimeoutStartFailureMode=abort: another supervisor follows, and is to count on. */
static void test_start_that_takes_too_long(void **state) {
        Supervised *s = *state;

        scripted_server_close(&s->server);
        supervised_configure("[Reconnect]\nDelaySec=1h\nMaxDelaySec=1h\n");
        supervised_start(s);
        supervised_wait(s, supervised_file_has(SUPERVISED_DIRECTORY "/state", "STATE=waiting"));
        supervised_kill(s, SIGABRT);
        supervised_wait(s, s->pid == 0);
        assert_int_equal(s->exit_status, EX_OK);
        assert_true(supervised_file_has(SUPERVISED_DIRECTORY "/state", "NET-"));
        assert_int_equal(access(SUPERVISED_MARK, F_OK), -1);
}

/* After READY=1 the same signal is the watchdog's, for a process that does nothing any more. */
static void test_watchdog(void **state) {
        Supervised *s = *state;

        bring_up(s, ROUTES);
        supervised_kill(s, SIGABRT);
        supervised_wait(s, s->pid == 0);
        assert_int_equal(s->exit_status, -SIGABRT);
        assert_int_equal(access(SUPERVISED_MARK, F_OK), 0);
        supervised_wait(s, !supervised_link_has("onenet"));
}

/* What RoutesOnDown= keeps is for the unit to remove, once it is known that no start follows. */
static void test_routes_on_down_are_marked(void **state) {
        Supervised *s = *state;

        bring_up(s, ROUTES "[Network]\nRoutesOnDown=unreachable\n");
        assert_int_equal(supervised_stop(s), EX_OK);
        assert_true(supervised_has_route("unreachable 10.1.0.0/16"));
        assert_int_equal(access(SUPERVISED_MARK, F_OK), 0);

        s->n_ready = 0;
        bring_up(s, ROUTES);
        assert_false(supervised_has_route("unreachable 10.1.0.0/16"));
        assert_int_equal(access(SUPERVISED_MARK, F_OK), 0);
        assert_int_equal(supervised_stop(s), EX_OK);
        assert_int_equal(access(SUPERVISED_MARK, F_OK), -1);
}

static void test_wrong_password(void **state) {
        Supervised *s = *state;

        supervised_configure("IpParam=refused\n" ROUTES);
        supervised_start(s);
        supervised_wait(s, s->pid == 0);
        assert_int_equal(s->exit_status, EX_NOPERM);
        assert_int_equal(s->n_ready, 0);
        assert_int_equal(s->server.n_connections, 1);
        assert_true(supervised_file_has(SUPERVISED_DIRECTORY ".last", "AUTH-"));
        assert_false(supervised_link_has("onenet"));
}

/*
 * Between the stop and the start of "systemctl restart" the directory stays. A server that says no
 * then must not end the tunnel, and let go what RoutesOnDown= holds back.
 */
static void test_restart_of_what_has_worked(void **state) {
        Supervised *s = *state;

        bring_up(s, ROUTES "[Network]\nRoutesOnDown=unreachable\n");
        assert_int_equal(supervised_stop(s), EX_OK);
        assert_true(supervised_file_has(SUPERVISED_DIRECTORY "/state", "HAS_WORKED=1"));
        assert_true(supervised_file_has(SUPERVISED_DIRECTORY "/state", "CONNECTS=0"));

        supervised_configure("IpParam=refused\n" ROUTES "[Network]\nRoutesOnDown=unreachable\n");
        supervised_start(s);
        supervised_wait(s, supervised_file_has(SUPERVISED_DIRECTORY "/state", "STATE=waiting"));
        assert_true(supervised_has_route("unreachable 10.1.0.0/16"));
        assert_int_equal(supervised_stop(s), EX_OK);

        /* Another user has not worked here yet. */
        supervised_configure("IpParam=refused\n[Authentication]\nUser=other\n" ROUTES
                             "[Network]\nRoutesOnDown=unreachable\n");
        supervised_start(s);
        supervised_wait(s, s->pid == 0);
        assert_int_equal(s->exit_status, EX_NOPERM);
}

static void test_no_password(void **state) {
        Supervised *s = *state;

        network_run("rm /run/credentials/password");
        supervised_configure(ROUTES);
        supervised_start(s);
        supervised_wait(s, s->pid == 0);
        assert_int_equal(s->exit_status, EX_CONFIG);
        assert_int_equal(s->server.n_connections, 0);
}

/* A server may ask for the password at any time (RFC 1994, section 2). */
static void test_password_asked_for_again(void **state) {
        Supervised *s = *state;

        bring_up(s, "IpParam=asks-again\n" ROUTES);
        assert_int_equal(supervised_stop(s), EX_OK);
}

static void test_interface_name_taken(void **state) {
        Supervised *s = *state;

        network_run("ip link add onenet type veth peer name other");
        supervised_configure(ROUTES "[Reconnect]\nDelaySec=100ms\nMaxAttempts=1\n");
        supervised_start(s);
        supervised_wait(s, supervised_logged(s, "onenet"));
        supervised_wait(s, s->pid == 0 || strstr(s->status, "onenet"));
        if (s->pid > 0)
                (void) supervised_stop(s);
        assert_int_equal(s->server.n_connections, 0);
        assert_true(supervised_link_has("onenet"));
        network_run("ip link delete onenet");
}

/* It is said before anybody is called. */
static void test_route_taken(void **state) {
        Supervised *s = *state;

        network_run("ip route add 10.2.0.0/16 via " NETWORK_PEER " proto static");
        scripted_server_close(&s->server);
        supervised_configure(ROUTES);
        supervised_start(s);
        supervised_wait(s,
                        supervised_logged(s,
                                          ", protocol static, is in the place of the tunnel's "
                                          "10.2.0.0/16"));
        /* A line of its own, which comes behind it. */
        supervised_wait(s, supervised_logged(s, "Remedy: write another Metric= in "));
        assert_int_equal(supervised_stop(s), EX_OK);
        network_run("ip route delete 10.2.0.0/16 proto static");
}

/* Both of what overlaps with the same network are in the journal. */
static void test_overlaps(void **state) {
        Supervised *s = *state;

        network_run(
                "ip link add br9 type veth peer name br9p; ip link set br9p up; ip address add 10.1.2.1/24 dev br9;"
                "ip link set br9 up");
        bring_up(s, "[Route]\nDestination=10.1.0.0/16 10.1.2.0/25\n");
        supervised_wait(s,
                        supervised_logged(s,
                                          "10.1.2.0/25 lies inside 10.1.2.0/24 on br9: "
                                          "it goes into the tunnel"));
        supervised_wait(s, supervised_logged(s, "10.1.2.0/24 on br9 lies inside 10.1.0.0/16: "));
        assert_int_equal(supervised_stop(s), EX_OK);
        network_run("ip link delete br9");
}

#define MAKE_BRIDGE "ip link add br9 type veth peer name br9p; ip link set br9p up; "

/* The kernel refuses a route: it is no matter of networks. */
static void test_refused_route_is_no_overlap(void **state) {
        Supervised *s = *state;

        network_run(MAKE_BRIDGE "ip link set br9 up; ip route add 10.2.0.0/16 dev br9");
        supervised_configure(ROUTES "[Reconnect]\nDelaySec=100ms\nMaxAttempts=1\n");
        supervised_start(s);
        supervised_wait(s, s->pid == 0);
        assert_int_equal(s->exit_status, EX_UNAVAILABLE);
        assert_true(supervised_file_has(SUPERVISED_DIRECTORY ".last", "NETC-22"));
        assert_false(supervised_logged(s, "the same network"));
        network_run("ip link delete br9");
}

/* A network that a route of the tunnel is to stays local, whichever came first. */
static void test_same_network(void **state) {
        Supervised *s = *state;

        network_run(MAKE_BRIDGE "ip link set br9 up");
        for (unsigned i = 0; i < 2; i++) {
                s->n_ready = 0;
                if (i == 0)
                        network_run("ip address add 10.2.0.1/16 dev br9");
                bring_up(s, ROUTES);
                if (i == 1)
                        network_run("ip address add 10.2.0.1/16 dev br9");
                supervised_wait(s,
                                supervised_logged(s,
                                                  "10.2.0.0/16 on br9 is the same network: "
                                                  "it stays local"));
                supervised_wait(s, !supervised_has_route("10.2.0.0/16 dev onenet"));
                assert_true(supervised_has_route("10.1.0.0/16 dev onenet"));
                network_run("ip address delete 10.2.0.1/16 dev br9");
                supervised_wait(s, supervised_has_route("10.2.0.0/16 dev onenet"));
                assert_int_equal(supervised_stop(s), EX_OK);
        }
        network_run("ip link delete br9");
}

/*
 * The halves of a forced network have unreachable routes, which follow what comes and goes, stay
 * behind the supervisor as all of these do, and go with the next that does not ask for them.
 */
static void test_forced_networks_are_covered(void **state) {
        Supervised *s = *state;

        network_run(MAKE_BRIDGE "ip link set br9 up; ip address add 10.1.2.1/24 dev br9");
        bring_up(s, ROUTES "[Network]\nOverlapPolicy=force\nRoutesOnDown=unreachable\n");
        assert_true(supervised_has_route("10.1.2.0/25 dev onenet"));
        assert_true(supervised_has_route("unreachable 10.1.2.0/25"));
        assert_true(supervised_has_route("unreachable 10.1.2.128/25"));

        network_run("ip address add 10.2.0.1/16 dev br9");
        supervised_wait(s, supervised_has_route("unreachable 10.2.128.0/17"));
        supervised_wait(s, supervised_has_route("10.2.128.0/17 dev onenet"));
        network_run("ip address delete 10.2.0.1/16 dev br9");
        supervised_wait(s, !supervised_has_route("unreachable 10.2.128.0/17"));
        supervised_wait(s, !supervised_has_route("10.2.128.0/17 dev onenet"));

        /* What it keeps is for the unit to remove. */
        assert_int_equal(supervised_stop(s), EX_OK);
        assert_true(supervised_has_route("unreachable 10.1.2.128/25"));
        s->n_ready = 0;
        bring_up(s, ROUTES "[Network]\nRoutesOnDown=unreachable\n");
        assert_false(supervised_has_route("unreachable 10.1.2.128/25"));
        assert_true(supervised_has_route("unreachable 10.1.0.0/16"));
        assert_int_equal(supervised_stop(s), EX_OK);

        s->n_ready = 0;
        bring_up(s, ROUTES);
        assert_int_equal(supervised_stop(s), EX_OK);
        network_run("ip link delete br9");
}

/* Which try the status counts; 0: none. */
static unsigned get_try(const Supervised *s) {
        const char *text = strstr(s->status, "try ");
        unsigned number = 0;

        return text && sscanf(text, "try %u", &number) == 1 ? number : 0;
}

/* After the first call it is known without another; and when the place is free the next one is. */
static void test_refused_route_is_waited_for(void **state) {
        Supervised *s = *state;

        network_run(MAKE_BRIDGE "ip link set br9 up; ip route add 10.2.0.0/16 dev br9");
        supervised_configure(ROUTES RECONNECT);
        supervised_start(s);
        supervised_wait(s, strstr(s->status, "NETC-22") && get_try(s) >= 4);
        assert_int_equal(s->server.n_connections, 1);
        assert_int_equal(s->n_ready, 0);
        network_run("ip link delete br9");
        supervised_wait(s, s->n_ready > 0);
        assert_int_equal(s->server.n_connections, 2);
        assert_int_equal(supervised_stop(s), EX_OK);
}

/* What a killed predecessor left: its routes that went with no interface, and pppd's pid file. */
static void test_leftovers(void **state) {
        Supervised *s = *state;

        network_run("ip route add unreachable 10.9.0.0/16 proto 172");
        network_run("ip route add 10.8.0.0/16 via " NETWORK_PEER " proto 172");
        network_write_file("/run/onenet.pid", "999999999\n");
        bring_up(s, "[Route]\nDestination=10.9.0.0/16\nType=unreachable\n");
        supervised_wait(s, supervised_logged(s, "Removed 1 route that a predecessor left behind"));
        assert_int_equal(access("/run/onenet.pid", F_OK), -1);
        /* Somebody else's, whose interface is there. */
        assert_true(supervised_has_route("10.8.0.0/16 via"));
        assert_int_equal(supervised_stop(s), EX_OK);
        network_run("ip route delete 10.8.0.0/16 proto 172");
}

/* A route without an interface stays when everybody else is killed, until somebody clears up. */
#define STAYS "[Route]\nDestination=10.9.0.0/16\nType=unreachable\n"

static void kill_supervisor(Supervised *s) {
        supervised_wait(s, supervised_file_has(SUPERVISED_DIRECTORY "/state", "STATE=up"));
        supervised_kill(s, SIGKILL);
        supervised_wait(s, s->pid == 0);
        assert_int_equal(s->exit_status, -SIGKILL);
        /* pppd ends with its supervisor, and takes the interface along. */
        supervised_wait(s, !supervised_link_has("onenet"));
        assert_false(supervised_has_route("10.1.0.0/16"));
        assert_true(supervised_has_route("unreachable 10.9.0.0/16"));
        assert_int_equal(access(SUPERVISED_MARK, F_OK), 0);
}

static void test_killed_supervisor(void **state) {
        Supervised *s = *state;

        bring_up(s, ROUTES STAYS);
        kill_supervisor(s);

        /* The next one knows that, removes what was left, and comes up. */
        s->n_ready = 0;
        bring_up(s, ROUTES STAYS);
        supervised_wait(s, supervised_logged(s, "Removed 1 route that a predecessor left behind"));
        supervised_wait(s,
                        supervised_file_has(SUPERVISED_DIRECTORY "/state",
                                            "The supervisor was killed or crashed"));
        assert_true(supervised_has_route("unreachable 10.9.0.0/16"));
        assert_int_equal(supervised_stop(s), EX_OK);
        assert_false(supervised_has_route("10."));
}

/* "systemctl stop" after that: pptp-clean-up@.service clears up. */
static void test_clean_up(void **state) {
        Config *config = NULL;
        Supervised *s = *state;
        Journal journal;
        char error[600];

        bring_up(s, ROUTES STAYS);
        kill_supervisor(s);

        journal_init(&journal, SUPERVISED_TUNNEL, "/nonexistent");
        assert_int_equal(
                supervisor_read_config(&journal, SUPERVISED_TUNNEL, &config, error, sizeof(error)),
                EX_OK);
        assert_int_equal(leftovers_run(config, &journal), 0);
        assert_false(supervised_has_route("10."));
        config_free(config);
        journal_done(&journal);
}

/* Calls a method of the supervisor, which answers without an error. */
static void ask(const char *method, VarlinkMessage *ret_reply) {
        static char buffer[VARLINK_REPLY_MAX_BYTES];
        char name[64];
        int fd;

        snprintf(name, sizeof(name), TUNNEL_INTERFACE ".%s", method);
        fd = varlink_client_call(SUPERVISED_DIRECTORY "/" TUNNEL_INTERFACE, name, false);
        assert_true(fd >= 0);
        assert_int_equal(varlink_client_receive(fd, buffer, ret_reply), 0);
        close(fd);
}

/* A value among the parameters' "state"; "": there is none. */
static const char *get_state(const VarlinkMessage *reply, const char *key) {
        JsonReader r = json_reader_make(reply->parameters, reply->n_parameters);
        static char value[64];
        VarlinkMessage state = { 0 };
        char name[64];

        json_reader_open(&r);
        while (json_reader_next(&r, name, sizeof(name)))
                if (strcmp(name, "state") == 0)
                        state.parameters = json_reader_take(&r, &state.n_parameters);
                else
                        json_reader_skip(&r);
        assert_true(json_reader_finish(&r));
        if (!varlink_get_text(&state, key, value, sizeof(value)))
                value[0] = '\0';
        return value;
}

/* Programs may look, and follow what happens. */
static void test_varlink(void **state) {
        static char buffer[VARLINK_REPLY_MAX_BYTES];
        Supervised *s = *state;
        VarlinkMessage reply;
        char name[64] = "";
        unsigned n_replies = 0;
        bool was_down = false;
        int fd;

        bring_up(s, ROUTES);
        ask("Describe", &reply);
        assert_true(varlink_get_text(&reply, "name", name, sizeof(name)));
        assert_string_equal(name, SUPERVISED_TUNNEL);
        assert_string_equal(get_state(&reply, "STATE"), "up");
        assert_string_equal(get_state(&reply, "INTERFACE"), "onenet");
        ask("List", &reply);
        assert_non_null(memmem(reply.parameters, reply.n_parameters, "[\"onenet\"]", 10));

        fd = varlink_client_call(SUPERVISED_DIRECTORY "/" TUNNEL_INTERFACE,
                                 TUNNEL_INTERFACE ".Monitor", true);
        assert_true(fd >= 0);
        assert_int_equal(varlink_client_receive(fd, buffer, &reply), 0);
        assert_true(reply.continues);
        assert_string_equal(get_state(&reply, "STATE"), "up");
        ask("Reconnect", &reply);
        supervised_wait(s, s->n_ups == 2);
        do {
                assert_int_equal(varlink_client_receive(fd, buffer, &reply), 0);
                was_down = was_down || strcmp(get_state(&reply, "STATE"), "up") != 0;
                assert_true(++n_replies < 100);
        } while (!was_down || strcmp(get_state(&reply, "STATE"), "up") != 0);
        assert_string_equal(get_state(&reply, "CONNECTS"), "2");

        assert_int_equal(supervised_stop(s), EX_OK);
        close(fd);
        assert_int_equal(varlink_client_call(SUPERVISED_DIRECTORY "/" TUNNEL_INTERFACE,
                                             TUNNEL_INTERFACE ".Describe", false),
                         -ENOENT);
}

static void test_reconnect(void **state) {
        Supervised *s = *state;
        VarlinkMessage reply;

        bring_up(s, ROUTES);
        ask("Reconnect", &reply);
        supervised_wait(s, s->n_ups == 2);
        assert_true(supervised_has_route("10.2.0.0/16 dev onenet"));
        assert_int_equal(supervised_stop(s), EX_OK);
}

static void expect_recording(const char *path) {
        struct stat st;

        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
        /* A request for a call; an event that is not for the journal; the user, and no secret. */
        assert_true(supervised_file_has(path, "MESSAGE=State: linking, was calling"));
        assert_true(supervised_file_has(path, "jane"));
        assert_false(supervised_file_has(path, &STAND_IN_RESPONSE[1]));
        assert_false(supervised_file_has(path, STAND_IN_PASSWORD));
}

/* What went over the wire is there on request, and after a failure; not after a good end. */
static void test_flight_recorder(void **state) {
        static const char *const last = SUPERVISED_DIRECTORY ".recording";
        Supervised *s = *state;
        char path[PATH_MAX] = "";
        VarlinkMessage reply;

        s->is_quiet = true;
        bring_up(s, ROUTES);
        ask("Dump", &reply);
        assert_true(varlink_get_text(&reply, "file", path, sizeof(path)));
        assert_string_equal(path, SUPERVISED_DIRECTORY "/recording");
        expect_recording(SUPERVISED_DIRECTORY "/recording");
        assert_int_equal(supervised_stop(s), EX_OK);
        assert_int_equal(access(last, F_OK), -1);

        supervised_configure("IpParam=refused\n" ROUTES);
        supervised_start(s);
        supervised_wait(s, s->pid == 0);
        assert_int_equal(s->exit_status, EX_NOPERM);
        expect_recording(last);
        assert_true(supervised_file_has(last, "E=691"));

        /* The next start is another story. */
        supervised_configure(ROUTES);
        supervised_start(s);
        supervised_wait(s, s->n_ups == 2);
        assert_int_equal(access(last, F_OK), -1);
        assert_int_equal(supervised_stop(s), EX_OK);
}

/* ---- [Hooks] ---- */

#define HOOKS "[Hooks]\nUp=a.service\nDown=b.service\n"

/* Listens in the place of systemd. */
static int hooks_listen(void) {
        const struct sockaddr_un address = { .sun_family = AF_UNIX,
                                             .sun_path = "/run/pptp-hooks/socket" };
        int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        network_run("mkdir -p /run/pptp-hooks && rm -f /run/pptp-hooks/socket");
        assert_int_equal(bind(fd, (const struct sockaddr *) &address, sizeof(address)), 0);
        assert_int_equal(listen(fd, 5), 0);
        return fd;
}

static int hooks_accept(Supervised *s, int listener) {
        int fd = -1;

        supervised_wait(s, (fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0);
        return fd;
}

/* Waits for a packet, or for the end: "". In static memory. */
static const char *hooks_hear(Supervised *s, int fd) {
        static char text[SUPERVISED_TEXT_MAX];
        ssize_t n = -1;

        supervised_wait(s, (n = recv(fd, text, sizeof(text) - 1, 0)) >= 0);
        text[n] = '\0';
        return text;
}

/* One connection for each time that the tunnel is up, and one only; a reload is no change. */
static void test_hooks(void **state) {
        static const char trouble[] = "Up=a.service is not started: it is masked\033[2J";
        Supervised *s = *state;
        int listener = hooks_listen(), fd;

        bring_up(s, ROUTES HOOKS RECONNECT);
        fd = hooks_accept(s, listener);
        assert_non_null(strstr(hooks_hear(s, fd), "\nSTATE=up\n"));
        assert_int_equal(send(fd, trouble, strlen(trouble), MSG_NOSIGNAL), strlen(trouble));
        supervised_wait(s,
                        supervised_logged(s, "[Hooks] Up=a.service is not started: it is masked"));
        supervised_wait(s, supervised_file_has(SUPERVISED_DIRECTORY "/state", "HOOKS_TROUBLE="));
        assert_null(strchr(s->journal, '\033'));
        assert_int_equal(supervised_reload(HOOKS RECONNECT), EX_OK);

        assert_int_equal(kill(supervised_get_pppd(), SIGKILL), 0);
        assert_non_null(strstr(hooks_hear(s, fd), "\nFAILURE_1_TEXT="));
        assert_string_equal(hooks_hear(s, fd), "");
        close(fd);

        fd = hooks_accept(s, listener);
        assert_non_null(strstr(hooks_hear(s, fd), "\nSTATE=up\n"));
        supervised_wait(s, !supervised_file_has(SUPERVISED_DIRECTORY "/state", "HOOKS_TROUBLE="));
        assert_int_equal(supervised_stop(s), EX_OK);
        assert_null(strstr(hooks_hear(s, fd), "\nSTATE=up\n"));
        assert_string_equal(hooks_hear(s, fd), "");
        close(fd);
        assert_int_equal(accept4(listener, NULL, NULL, SOCK_CLOEXEC), -1);
        close(listener);
}

/* A tunnel that came up without the section has it from the next connection on. */
static void test_hooks_that_come_later(void **state) {
        Supervised *s = *state;
        int listener = hooks_listen(), fd;

        bring_up(s, ROUTES RECONNECT);
        assert_int_equal(supervised_reload(HOOKS RECONNECT), EX_OK);
        supervised_wait(s, supervised_logged(s, "Up=, Down= changed, from the next connection on"));
        assert_int_equal(accept4(listener, NULL, NULL, SOCK_CLOEXEC), -1);

        assert_int_equal(kill(supervised_get_pppd(), SIGKILL), 0);
        fd = hooks_accept(s, listener);
        assert_non_null(strstr(hooks_hear(s, fd), "\nSTATE=up\n"));
        assert_int_equal(supervised_stop(s), EX_OK);
        close(fd);
        close(listener);
}

/* Whatever is wrong there, the tunnel is up. */
static void test_hooks_that_are_not_there(void **state) {
        Supervised *s = *state;
        int listener, fd;

        network_run("rm -rf /run/pptp-hooks");
        bring_up(s, HOOKS);
        supervised_wait(s, supervised_logged(s, "Up= and Down= start nothing: no connection"));
        assert_true(supervised_logged(s, "(systemctl start pptp-hooks.socket)"));
        assert_int_equal(supervised_stop(s), EX_OK);

        network_run("mkdir -p /etc/systemd/system && "
                    "ln -s /dev/null /etc/systemd/system/pptp-hooks.socket");
        s->n_ready = 0;
        bring_up(s, HOOKS);
        supervised_wait(s, supervised_logged(s, "(systemctl unmask pptp-hooks.socket && "));
        assert_int_equal(supervised_stop(s), EX_OK);
        network_run("rm /etc/systemd/system/pptp-hooks.socket");

        listener = hooks_listen();
        s->n_ready = 0;
        bring_up(s, HOOKS);
        fd = hooks_accept(s, listener);
        close(fd);
        supervised_wait(s, supervised_logged(s, "pptp-hooks has ended"));
        assert_non_null(strstr(s->status, "Up"));
        assert_int_equal(supervised_stop(s), EX_OK);

        s->n_ready = 0;
        bring_up(s, ROUTES);
        assert_int_equal(supervised_stop(s), EX_OK);
        assert_int_equal(accept4(listener, NULL, NULL, SOCK_CLOEXEC), -1);
        close(listener);
}

static void test_no_configuration(void **state) {
        Config *config = NULL;
        char error[600] = "";
        Journal journal;

        network_run("rm -f /etc/pptp/conf.d/*");
        journal_init(&journal, SUPERVISED_TUNNEL, "/nonexistent");
        assert_int_equal(
                supervisor_read_config(&journal, SUPERVISED_TUNNEL, &config, error, sizeof(error)),
                EX_CONFIG);
        assert_true(error[0] != '\0');
        supervisor_leave_error(&journal, SUPERVISED_TUNNEL, error);
        assert_true(supervised_file_has(SUPERVISED_DIRECTORY ".last", "CONFIG-ERROR"));
        journal_done(&journal);
}

/* An error of the system is told in the journal, as those of the configuration are. */
static void test_configuration_that_cannot_be_read(void **state) {
        Supervised *s = *state;
        struct rlimit limit, low;
        char error[600] = "";
        Config *config = NULL;
        Journal journal;
        int r, fd;

        journal_init(&journal, SUPERVISED_TUNNEL, "/run/journal");
        journal_print(&journal, LOG_INFO, "The socket is open");
        fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        close(fd);
        assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
        low = (struct rlimit){ .rlim_cur = (rlim_t) fd + 1, .rlim_max = limit.rlim_max };
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
        r = supervisor_read_config(&journal, SUPERVISED_TUNNEL, &config, error, sizeof(error));
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);

        assert_int_equal(r, EX_OSERR);
        assert_string_equal(error, strerror(EMFILE));
        supervised_wait(s, supervised_logged(s, "The configuration cannot be read: Too many"));
        journal_done(&journal);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, supervised_set_up, supervised_tear_down)

int main(int argc, char *argv[]) {
        const struct CMUnitTest tests[] = {
                TEST(test_comes_up_and_goes),
                TEST(test_repeats_first_pings_soon),
                TEST(test_idle_tunnel_sleeps),
                TEST(test_reload),
                TEST(test_offered_routes),
                TEST(test_reload_that_the_kernel_refuses),
                TEST(test_reload_that_meets_another_route),
                TEST(test_lost_control_connection),
                TEST(test_killed_pppd),
                TEST(test_traffic_of_the_last_connection),
                TEST(test_deaf_pppd),
                TEST(test_deleted_interface),
                TEST(test_removed_route),
                TEST(test_changed_interface),
                TEST(test_ipv6),
                TEST(test_moved_uplink),
                TEST(test_names_go_with_the_interface),
                TEST(test_comes_up_late),
                TEST(test_pppd_waits_for_the_call),
                TEST(test_stop_while_pppd_waits),
                TEST(test_attempt_that_fails_while_pppd_waits),
                TEST(test_stop_while_waiting),
                TEST(test_start_that_takes_too_long),
                TEST(test_watchdog),
                TEST(test_routes_on_down_are_marked),
                TEST(test_wrong_password),
                TEST(test_restart_of_what_has_worked),
                TEST(test_no_password),
                TEST(test_password_asked_for_again),
                TEST(test_interface_name_taken),
                TEST(test_route_taken),
                TEST(test_overlaps),
                TEST(test_refused_route_is_no_overlap),
                TEST(test_same_network),
                TEST(test_forced_networks_are_covered),
                TEST(test_refused_route_is_waited_for),
                TEST(test_leftovers),
                TEST(test_killed_supervisor),
                TEST(test_clean_up),
                TEST(test_reconnect),
                TEST(test_varlink),
                TEST(test_flight_recorder),
                TEST(test_hooks),
                TEST(test_hooks_that_come_later),
                TEST(test_hooks_that_are_not_there),
                TEST(test_no_configuration),
                TEST(test_configuration_that_cannot_be_read),
        };

        stand_in_pppd = argc > 1 ? argv[1] : "/nonexistent";
        if (argc > 2)
                cmocka_set_test_filter(argv[2]);
        supervised_enter();
        return cmocka_run_group_tests(tests, NULL, NULL);
}
