/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * pptp-names without systemd: its server in this process, a bus of our own, and on that bus a
 * systemd-resolved that writes down what it is told. Links are what this says they are.
 */

#include "../unit/test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>
#include <time.h>
#include <unistd.h>

#include "core/base/macros.h"
#include "core/base/text.h"
#include "io/resolved-question.h"
#include "names/names-server.h"
#include "names/tunnel-link.h"

#define NAME "org.freedesktop.resolve1"
#define PATH "/org/freedesktop/resolve1"
#define MANAGER NAME ".Manager"

#define TUNNEL_IFINDEX 7
#define COVER_IFINDEX 20
#define WAIT_USEC (20 * USEC_PER_SEC)

static const char config[] =
        "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\" "
        "\"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">"
        "<busconfig><type>session</type><listen>unix:path=%s/bus</listen><auth>EXTERNAL</auth>"
        "<servicedir>%s</servicedir>"
        "<policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/>"
        "<allow eavesdrop=\"true\"/><allow own=\"*\"/>"
        "</policy></busconfig>";

bool tunnel_link_exists(const BackendLink *link) {
        return link->ifindex == TUNNEL_IFINDEX || link->ifindex == TUNNEL_IFINDEX + 1;
}

bool cover_link_exists(const BackendLink *link) {
        return link->ifindex == COVER_IFINDEX;
}

/* ---- the resolver, in a process of its own ---- */

/* There, a test can only fail by an end that leaves the other side waiting. */
static void assert_that(bool condition) {
        if (!condition)
                abort();
}

typedef struct Resolved {
        int log_fd;       /* a line for each call */
        bool has_servers; /* of the tunnel's link */
        bool has_cover;
} Resolved;

/* The interface to whose calls it has an objection. */
#define BUSY_IFINDEX (TUNNEL_IFINDEX + 1)

static void write_line(const Resolved *r, const char *text) {
        assert_that(dprintf(r->log_fd, "%s\n", text) > 0);
}

/* As manager_send_changed() of systemd-resolved. */
static void set_servers(Resolved *r, sd_bus *bus, bool has_servers) {
        r->has_servers = has_servers;
        assert_that(sd_bus_emit_properties_changed(bus, PATH, MANAGER, "DNS", NULL) >= 0);
}

static int on_call(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        Resolved *r = userdata;
        char line[512];
        TextBuilder t = text_builder(line, sizeof(line));
        const char *domain;
        const void *address;
        size_t n;
        int ifindex, yes, family;

        assert_that(sd_bus_message_read(m, "i", &ifindex) >= 0);
        text_addf(&t, "%s %d", sd_bus_message_get_member(m), ifindex);
        if (sd_bus_message_is_method_call(m, NULL, "SetLinkDefaultRoute")) {
                assert_that(sd_bus_message_read(m, "b", &yes) >= 0);
                text_add(&t, yes ? " yes" : " no");
        } else if (sd_bus_message_is_method_call(m, NULL, "SetLinkDomains")) {
                assert_that(sd_bus_message_enter_container(m, 'a', "(sb)") >= 0);
                while (sd_bus_message_read(m, "(sb)", &domain, &yes) > 0)
                        text_addf(&t, " %s%s", yes ? "~" : "", domain);
        } else if (sd_bus_message_is_method_call(m, NULL, "SetLinkDNS")) {
                assert_that(sd_bus_message_enter_container(m, 'a', "(iay)") >= 0);
                while (sd_bus_message_enter_container(m, 'r', "iay") > 0) {
                        assert_that(sd_bus_message_read(m, "i", &family) >= 0);
                        assert_that(sd_bus_message_read_array(m, 'y', &address, &n) >= 0 && n == 4);
                        text_addf(&t, " %s", TEXT_IPV4(*(const struct in_addr *) address));
                        assert_that(sd_bus_message_exit_container(m) >= 0);
                }
        } else if (sd_bus_message_is_method_call(m, NULL, "SetLinkDNSEx")) {
                uint16_t port;

                assert_that(sd_bus_message_enter_container(m, 'a', "(iayqs)") >= 0);
                assert_that(sd_bus_message_enter_container(m, 'r', "iayqs") > 0);
                assert_that(sd_bus_message_read(m, "i", &family) >= 0 && family == AF_INET);
                assert_that(sd_bus_message_read_array(m, 'y', &address, &n) >= 0 && n == 4);
                assert_that(sd_bus_message_read(m, "qs", &port, &domain) >= 0 && !*domain);
                text_addf(&t, " %s:%u", TEXT_IPV4(*(const struct in_addr *) address), port);
        }

        write_line(r, line);
        if (ifindex == BUSY_IFINDEX && !sd_bus_message_is_method_call(m, NULL, "RevertLink"))
                return sd_bus_error_set(error, NAME ".LinkBusy", "Link is managed.");

        if (sd_bus_message_is_method_call(m, NULL, "SetLinkDNSEx"))
                r->has_cover = true;
        if (sd_bus_message_is_method_call(m, NULL, "SetLinkDNS"))
                set_servers(r, sd_bus_message_get_bus(m), true);
        else if (sd_bus_message_is_method_call(m, NULL, "RevertLink"))
                set_servers(r, sd_bus_message_get_bus(m), false);
        return sd_bus_reply_method_return(m, NULL);
}

/* One name server of another link, and one of the tunnel's if it has any. */
static int get_servers(_unused_ sd_bus *bus, _unused_ const char *path,
                       _unused_ const char *interface, _unused_ const char *property,
                       sd_bus_message *reply, void *userdata, _unused_ sd_bus_error *error) {

        const Resolved *r = userdata;

        if (r->has_cover)
                return sd_bus_message_append(reply, "a(iiay)", 1, COVER_IFINDEX, AF_INET, 4, 192, 0,
                                             0, 8);
        if (r->has_servers)
                return sd_bus_message_append(reply, "a(iiay)", 2, 2, AF_INET, 4, 192, 0, 2, 53,
                                             TUNNEL_IFINDEX, AF_INET, 4, 10, 0, 0, 53);
        return sd_bus_message_append(reply, "a(iiay)", 1, 2, AF_INET, 4, 192, 0, 2, 53);
}

static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD("SetLinkDNS", "ia(iay)", "", on_call, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("SetLinkDNSEx", "ia(iayqs)", "", on_call, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("SetLinkDomains", "ia(sb)", "", on_call, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("SetLinkDefaultRoute", "ib", "", on_call, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("RevertLink", "i", "", on_call, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_PROPERTY("DNS", "a(iiay)", get_servers, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_VTABLE_END,
};

static _Noreturn void resolved_main(int log_fd, int ready_fd) {
        Resolved r = { .log_fd = log_fd };
        sd_bus *bus = NULL;

        (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (sd_bus_open_system(&bus) < 0 ||
            sd_bus_add_object_vtable(bus, NULL, PATH, MANAGER, vtable, &r) < 0 ||
            sd_bus_request_name(bus, NAME, 0) < 0 || write(ready_fd, "", 1) != 1)
                _exit(EXIT_FAILURE);

        for (;;) {
                while (sd_bus_process(bus, NULL) > 0)
                        ;
                (void) sd_bus_wait(bus, UINT64_MAX);
        }
}

/* ---- the fixture ---- */

typedef struct Fixture {
        char directory[64];
        pid_t bus, resolved;
        int log[2];
        sd_event *event;
        int listen_fd, client_fd;
        NamesServer *server;
        NamesMessage heard; /* the last message */
} Fixture;

static void end_process(pid_t *pid) {
        if (*pid > 0) {
                (void) kill(*pid, SIGKILL);
                (void) waitpid(*pid, NULL, 0);
        }
        *pid = 0;
}

/* Returns a connection to a socket of the directory, or -1. */
static int connect_to(const Fixture *f, const char *name) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int type = strcmp(name, "bus") == 0 ? SOCK_STREAM : SOCK_SEQPACKET;
        int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

        assert_true(fd >= 0);
        snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", f->directory, name);
        if (connect(fd, (struct sockaddr *) &address, sizeof(address)) == 0)
                return fd;

        close(fd);
        return -1;
}

/* Has the bus start it for whoever asks for that. */
static void write_service(const Fixture *f) {
        char path[128];
        FILE *file;

        snprintf(path, sizeof(path), "%s/resolve1.service", f->directory);
        file = fopen(path, "we");
        assert_non_null(file);
        fprintf(file, "[D-BUS Service]\nName=" NAME "\nExec=/usr/bin/touch %s/started\n",
                f->directory);
        fclose(file);
}

static void start_bus(Fixture *f) {
        char path[128], option[160], address[160];
        FILE *file;
        int fd;

        snprintf(path, sizeof(path), "%s/bus.conf", f->directory);
        file = fopen(path, "we");
        assert_non_null(file);
        fprintf(file, config, f->directory, f->directory);
        fclose(file);

        snprintf(option, sizeof(option), "--config-file=%s", path);
        f->bus = fork();
        if (f->bus == 0) {
                (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
                execlp("dbus-daemon", "dbus-daemon", option, "--nofork", "--nopidfile", NULL);
                _exit(127);
        }

        for (int i = 0; (fd = connect_to(f, "bus")) < 0; i++) {
                if (i > 1000 || waitpid(f->bus, NULL, WNOHANG) == f->bus)
                        fail_msg("dbus-daemon does not run");
                usleep(20000);
        }
        close(fd);
        snprintf(address, sizeof(address), "unix:path=%s/bus", f->directory);
        setenv("DBUS_SYSTEM_BUS_ADDRESS", address, 1);
}

/* Returns once it has its name on the bus. */
static void start_resolved(Fixture *f) {
        int ready[2];
        char c;

        assert_int_equal(pipe(ready), 0);
        f->resolved = fork();
        assert_true(f->resolved >= 0);
        if (f->resolved == 0)
                resolved_main(f->log[1], ready[1]);

        close(ready[1]);
        assert_int_equal(read(ready[0], &c, 1), 1);
        close(ready[0]);
}

static int setup(void **state) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        Fixture *f = calloc(1, sizeof(*f));

        assert_non_null(f);
        strcpy(f->directory, "/tmp/test-pptp-names.XXXXXX");
        assert_non_null(mkdtemp(f->directory));
        assert_int_equal(pipe(f->log), 0);
        write_service(f);
        start_bus(f);

        f->listen_fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        snprintf(address.sun_path, sizeof(address.sun_path), "%s/names", f->directory);
        assert_int_equal(bind(f->listen_fd, (struct sockaddr *) &address, sizeof(address)), 0);
        assert_int_equal(listen(f->listen_fd, 5), 0);
        assert_true(sd_event_new(&f->event) >= 0);
        *state = f;
        return 0;
}

static void begin(Fixture *f) {
        assert_int_equal(names_server_new(f->event, f->listen_fd, &backend_resolved, &f->server),
                         0);
        f->client_fd = connect_to(f, "names");
        assert_true(f->client_fd >= 0);
}

static int teardown(void **state) {
        Fixture *f = *state;
        char command[128];

        names_server_free(f->server);
        sd_event_unref(f->event);
        end_process(&f->resolved);
        end_process(&f->bus);
        snprintf(command, sizeof(command), "rm -r %s", f->directory);
        assert_int_equal(system(command), 0);
        free(f);
        return 0;
}

/* Turns the loop until a descriptor has something to read. */
static void turn_until_readable(Fixture *f, int fd) {
        for (int i = 0; i < 2000; i++) {
                struct pollfd p = { .fd = fd, .events = POLLIN };

                if (poll(&p, 1, 0) == 1)
                        return;
                assert_true(sd_event_run(f->event, WAIT_USEC / 2000) >= 0);
        }
        fail_msg("nothing came");
}

static void assert_hears(Fixture *f, NamesMessageType type) {
        uint8_t buffer[NAMES_MESSAGE_MAX_BYTES];
        ssize_t n;

        turn_until_readable(f, f->client_fd);
        n = recv(f->client_fd, buffer, sizeof(buffer), 0);
        assert_true(n > 0);
        assert_int_equal(names_message_parse(buffer, (size_t) n, &f->heard), 0);
        assert_int_equal(f->heard.type, type);
}

static void assert_told(Fixture *f, const char *expected) {
        char line[512];
        size_t n = 0;

        do {
                turn_until_readable(f, f->log[0]);
                assert_int_equal(read(f->log[0], line + n, 1), 1);
        } while (line[n++] != '\n');
        line[n - 1] = '\0';
        assert_string_equal(line, expected);
}

static void say(Fixture *f, const NamesMessage *m) {
        uint8_t buffer[NAMES_MESSAGE_MAX_BYTES];
        int n = names_message_write(m, buffer, sizeof(buffer));

        assert_true(n > 0);
        assert_int_equal(send(f->client_fd, buffer, (size_t) n, 0), n);
}

static void say_set(Fixture *f, uint32_t ifindex) {
        static NamesMessage m;

        memset(&m, 0, sizeof(m));
        m.type = NAMES_SET;
        m.serial = 5;
        m.set.ifindex = ifindex;
        strcpy(m.set.ifname, "onenet");
        m.set.names.n_servers = 1;
        m.set.names.servers[0].s_addr = inet_addr("10.0.0.53");
        m.set.names.n_domains = 2;
        strcpy(m.set.names.domains[0].name, "corp.example");
        strcpy(m.set.names.domains[1].name, "lab.example");
        m.set.names.domains[1].route_only = true;
        say(f, &m);
}

/* ---- tests ---- */

/* In an order in which no name goes astray meanwhile; and back when the supervisor is gone. */
static void test_registers(void **state) {
        Fixture *f = *state;

        start_resolved(f);
        begin(f);
        assert_hears(f, NAMES_RESOLVER);
        assert_true(f->heard.resolver.present && f->heard.resolver.others);
        say_set(f, TUNNEL_IFINDEX);
        assert_told(f, "SetLinkDefaultRoute 7 no");
        assert_told(f, "SetLinkDomains 7 corp.example ~lab.example");
        assert_told(f, "SetLinkDNS 7 10.0.0.53");
        assert_hears(f, NAMES_DONE);
        assert_int_equal(f->heard.serial, 5);
        assert_int_equal(f->heard.done.result, NAMES_RESULT_DONE);

        close(f->client_fd);
        assert_told(f, "RevertLink 7");
}

/* As the latest link that has them: what was registered is taken back first. */
static void test_registers_anew(void **state) {
        static NamesMessage m = { .type = NAMES_SET, .serial = 5, .set.ifindex = TUNNEL_IFINDEX };
        Fixture *f = *state;

        strcpy(m.set.ifname, "onenet");
        m.set.anew = true;
        m.set.names.n_servers = 1;
        m.set.names.servers[0].s_addr = inet_addr("10.0.0.53");

        start_resolved(f);
        begin(f);
        assert_hears(f, NAMES_RESOLVER);
        say(f, &m);
        assert_told(f, "RevertLink 7");
        assert_told(f, "SetLinkDefaultRoute 7 no");
        assert_told(f, "SetLinkDomains 7");
        assert_told(f, "SetLinkDNS 7 10.0.0.53");
        assert_hears(f, NAMES_DONE);
        assert_int_equal(f->heard.done.result, NAMES_RESULT_DONE);
        close(f->client_fd);
}

/* "resolvectl revert": it is heard, once; and not after the tunnel itself took them back. */
static void test_reverted_by_others(void **state) {
        Fixture *f = *state;
        sd_bus *bus = NULL;

        start_resolved(f);
        begin(f);
        assert_hears(f, NAMES_RESOLVER);
        say_set(f, TUNNEL_IFINDEX);
        assert_hears(f, NAMES_DONE);
        assert_true(sd_bus_open_system(&bus) >= 0);
        assert_true(sd_bus_call_method(bus, NAME, PATH, MANAGER, "RevertLink", NULL, NULL, "i",
                                       TUNNEL_IFINDEX) >= 0);
        sd_bus_flush_close_unref(bus);
        assert_hears(f, NAMES_LOST);

        say_set(f, TUNNEL_IFINDEX);
        assert_hears(f, NAMES_DONE);
        say(f, &(NamesMessage){ .type = NAMES_REVERT, .serial = 6 });
        assert_hears(f, NAMES_DONE);
        assert_int_equal(f->heard.serial, 6);
        close(f->client_fd);
}

static void test_reverts(void **state) {
        Fixture *f = *state;

        start_resolved(f);
        begin(f);
        assert_hears(f, NAMES_RESOLVER);
        say_set(f, TUNNEL_IFINDEX);
        assert_hears(f, NAMES_DONE);
        say(f, &(NamesMessage){ .type = NAMES_REVERT, .serial = 6 });
        assert_hears(f, NAMES_DONE);
        assert_int_equal(f->heard.serial, 6);
        close(f->client_fd);
}

/* A resolver that restarts was away, and is told anew only by whoever hears that. */
static void test_resolver_comes_and_goes(void **state) {
        Fixture *f = *state;

        begin(f);
        assert_hears(f, NAMES_RESOLVER);
        assert_false(f->heard.resolver.present);
        say_set(f, TUNNEL_IFINDEX);
        assert_hears(f, NAMES_DONE);
        assert_int_equal(f->heard.done.result, NAMES_RESULT_ABSENT);

        start_resolved(f);
        assert_hears(f, NAMES_RESOLVER);
        assert_true(f->heard.resolver.present);
        end_process(&f->resolved);
        assert_hears(f, NAMES_RESOLVER);
        assert_false(f->heard.resolver.present);
        close(f->client_fd);
}

/*
 * "pptpctl check" finds what pptp-names finds, and neither of them starts it. What cannot be known
 * is told apart from what is not there.
 */
static void test_found_by_check(void **state) {
        Fixture *f = *state;
        char path[128];

        begin(f);
        assert_hears(f, NAMES_RESOLVER);
        assert_false(f->heard.resolver.present);
        assert_int_equal(resolved_is_there(), 0);
        snprintf(path, sizeof(path), "%s/started", f->directory);
        assert_int_equal(access(path, F_OK), -1);

        start_resolved(f);
        assert_hears(f, NAMES_RESOLVER);
        assert_true(f->heard.resolver.present);
        assert_int_equal(resolved_is_there(), 1);

        end_process(&f->resolved);
        assert_hears(f, NAMES_RESOLVER);
        assert_false(f->heard.resolver.present);
        assert_int_equal(resolved_is_there(), 0);
        close(f->client_fd);

        setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere", 1);
        assert_int_equal(resolved_is_there(), -ENOENT);
}

/* What it refuses is said in the words of the format, and what of it was done is taken back. */
static void test_refused(void **state) {
        Fixture *f = *state;

        start_resolved(f);
        begin(f);
        assert_hears(f, NAMES_RESOLVER);
        say_set(f, BUSY_IFINDEX);
        assert_hears(f, NAMES_DONE);
        assert_int_equal(f->heard.done.result, NAMES_RESULT_MANAGED);
        assert_told(f, "SetLinkDefaultRoute 8 no");
        assert_told(f, "SetLinkDomains 8 corp.example ~lab.example");
        assert_told(f, "SetLinkDNS 8 10.0.0.53");
        assert_told(f, "RevertLink 8");

        /* No link but those of tunnels. */
        say_set(f, 2);
        assert_hears(f, NAMES_DONE);
        assert_int_equal(f->heard.done.result, NAMES_RESULT_NO_LINK);
        close(f->client_fd);
}

/*
 * Refused names stay when the supervisor is gone, on the cover's link alone, and their name server
 * is none that another link has.
 */
static void test_covers(void **state) {
        static NamesMessage m = { .type = NAMES_COVER, .serial = 5, .set.ifindex = COVER_IFINDEX };
        Fixture *f = *state;

        strcpy(m.set.ifname, "pptp-0123456");
        m.set.names.n_domains = 1;
        strcpy(m.set.names.domains[0].name, "corp.example");
        m.set.names.domains[0].route_only = true;

        start_resolved(f);
        begin(f);
        assert_hears(f, NAMES_RESOLVER);
        say(f, &m);
        assert_told(f, "SetLinkDefaultRoute 20 no");
        assert_told(f, "SetLinkDomains 20 ~corp.example");
        assert_told(f, "SetLinkDNSEx 20 192.0.0.8:9");
        assert_hears(f, NAMES_DONE);
        assert_int_equal(f->heard.done.result, NAMES_RESULT_DONE);

        m.set.ifindex = TUNNEL_IFINDEX;
        say(f, &m);
        assert_hears(f, NAMES_DONE);
        assert_int_equal(f->heard.done.result, NAMES_RESULT_NO_LINK);

        close(f->client_fd);
        f->client_fd = connect_to(f, "names");
        say_set(f, TUNNEL_IFINDEX);
        assert_told(f, "SetLinkDefaultRoute 7 no");
        names_server_free(f->server);
        f->server = NULL;
        close(f->client_fd);

        begin(f);
        assert_hears(f, NAMES_RESOLVER);
        assert_true(f->heard.resolver.present);
        assert_false(f->heard.resolver.others);
        close(f->client_fd);
}

/* Whoever makes no sense is hung up on. */
static void test_nonsense(void **state) {
        Fixture *f = *state;
        char c;

        begin(f);
        assert_hears(f, NAMES_RESOLVER);
        assert_int_equal(send(f->client_fd, "nonsense", 8, 0), 8);
        turn_until_readable(f, f->client_fd);
        assert_int_equal(recv(f->client_fd, &c, 1, 0), 0);
        close(f->client_fd);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_registers),      TEST(test_reverted_by_others),
                TEST(test_reverts),        TEST(test_resolver_comes_and_goes),
                TEST(test_refused),        TEST(test_nonsense),
                TEST(test_covers),         TEST(test_registers_anew),
                TEST(test_found_by_check),
        };

        signal(SIGPIPE, SIG_IGN);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
