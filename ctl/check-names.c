/* SPDX-License-Identifier: GPL-2.0-or-later */

/* pptpctl check: whether names behind the server can be looked up as the configuration asks for. */

#include <arpa/inet.h>
#include <string.h>

#include "check-parts.h"
#include "core/base/address.h"
#include "core/base/paths.h"
#include "core/base/text.h"
#include "core/names/names-set.h"
#include "core/route/route-cover.h"
#include "core/status/status.h"
#include "io/name-servers.h"
#include "io/resolved-question.h"
#include "io/state-file.h"
#include "kernel-routes.h"

/* resolv.conf(5) has three at most, and systemd-resolved those of some interfaces. */
#define SERVERS_OUTSIDE_MAX 16

/* What the tunnel has now, if it runs. */
static bool read_status(const char *name, Status *ret_status) {
        char directory[sizeof(PATHS_RUNTIME_DIRECTORY) + 256];

        snprintf(directory, sizeof(directory), PATHS_RUNTIME_DIRECTORY "/%s", name);
        return state_file_read(directory, ret_status) == 0;
}

/* Which names are inside, only the administrator knows. */
static void check_use(CheckReport *r, const Config *c) {
        Status status = { 0 };

        if (names_set_is_required(c))
                return;

        /* Domains may also be the server's, with UseRoutes=. */
        if (read_status(c->name, &status) && (status.names_take_all || status.domains[0]))
                return;
        if (status.name_servers[0] != '\0' || c->n_name_servers > 0)
                check_add(r, CHECK_WARNING, "names",
                          "write Domains=~corp.example, or what is behind the server, in [Network]",
                          "no names are asked at the tunnel's name server %s",
                          status.name_servers[0] ? status.name_servers : c->name_servers[0]);
}

/* ---- while the tunnel is down ---- */

/* Whether one of the words between blanks is the address. */
static bool is_listed(const char *words, const char *address) {
        size_t n = strlen(address);

        for (const char *p = words; (p = strstr(p, address)); p += n)
                if ((p == words || p[-1] == ' ') && (p[n] == ' ' || p[n] == '\0'))
                        return true;

        return false;
}

/* In loopback, a program of this host listens, and asks others. */
static bool is_outside(struct in_addr server, const Config *c, const Status *status) {
        char text[INET_ADDRSTRLEN];

        inet_ntop(AF_INET, &server, text, sizeof(text));
        for (size_t i = 0; i < c->n_name_servers; i++)
                if (strcmp(c->name_servers[i], text) == 0)
                        return false;

        return address_is_host(server) && !is_listed(status->name_servers, text);
}

/* A systemd-resolved that was stopped leaves its file behind, which nobody goes by. */
static size_t read_servers(struct in_addr *servers, size_t n) {
        return resolved_is_there() == 0 ? name_servers_read_file("/etc/resolv.conf", servers, n) :
                                          name_servers_read(servers, n);
}

/* The name servers that this host has without the tunnel. Returns how many. */
static size_t list_servers_outside(const Config *c, struct in_addr *servers, size_t n) {
        size_t n_servers = read_servers(servers, n), n_outside = 0;
        Status status = { 0 };

        (void) read_status(c->name, &status);
        for (size_t i = 0; i < n_servers; i++)
                if (is_outside(servers[i], c, &status))
                        servers[n_outside++] = servers[i];

        return n_outside;
}

static bool has_server_name(const Config *c) {
        struct in_addr address;

        for (size_t i = 0; i < c->n_servers; i++)
                if (inet_pton(AF_INET, c->servers[i], &address) != 1)
                        return true;

        return false;
}

/* RoutesOnDown=unreachable refuses packets to name servers as well, and the server has a name. */
static void check_while_down(CheckReport *r, const Config *c) {
        _cleanup_(kernel_routes_done) KernelRoutes kernel = { 0 };
        struct in_addr servers[SERVERS_OUTSIDE_MAX];
        size_t n_servers;

        /* What could not be listed, check_routes() has told. */
        if (!route_cover_is_wanted(c) || kernel_routes_list(c, &kernel) < 0)
                return;

        /* One that can be reached is enough. */
        n_servers = list_servers_outside(c, servers, ELEMENTSOF(servers));
        for (size_t i = 0; i < n_servers; i++)
                if (!route_cover_refuses(c, servers[i], kernel.items, kernel.n_items))
                        return;

        if (n_servers > 0)
                check_add(r, CHECK_WARNING, "names",
                          has_server_name(c) ?
                                  "write the server's address into Server=, or use a name server "
                                  "in a network that this host is in" :
                                  "use a name server in a network that this host is in",
                          "while the tunnel is down, RoutesOnDown=unreachable refuses this host's "
                          "name server %s%s",
                          TEXT_IPV4(servers[0]),
                          has_server_name(c) ? ", and so the server's name is not found" : "");
}

/* RoutesOnDown=unreachable is to have names refused, too. */
static void check_cover(CheckReport *r, const Config *c) {
        static const NamesSet nothing;
        const char *server;
        NamesSet set;

        server = names_set_make_cover(c, &nothing, &set);
        if (server)
                check_add(r, CHECK_WARNING, "names", "write the server's address into Server=",
                          "while the tunnel is down, names of the domain in Domains= that the "
                          "server's own name, %s, is in are asked outside, or the server would not "
                          "be found",
                          server);

        if (set.n_domains > 0)
                check_refusal(r, c);
}

void check_names(CheckReport *r, const Config *c) {
        check_while_down(r, c);
        check_cover(r, c);
        if (!c->use_dns && c->n_name_servers == 0 && !names_set_is_required(c))
                return;

        check_resolver(r, c);
        check_use(r, c);
}
