/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * pptpctl routes: the routes that a tunnel's configuration asks for, each with what the kernel has
 * in its place, and what else the kernel has of the tunnel's.
 */

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "check-parts.h"
#include "core/base/macros.h"
#include "core/base/tunnel-tag.h"
#include "core/config/config-routes.h"
#include "core/route/route-cover.h"
#include "core/route/route-inventory.h"
#include "core/route/route-overlap.h"
#include "core/route/route-set.h"
#include "ctl.h"
#include "each-config.h"
#include "kernel-routes.h"

#define DESTINATION_MIN_COLUMNS 30
#define OVERLAPS_MAX 64

/* Stands for the tunnel's interface while there is none: 0 is that of all unreachable routes. */
#define NO_IFINDEX UINT32_MAX

typedef struct Inventory {
        RouteInventoryLine *lines;
        size_t n_lines;
        size_t n_wanted, n_installed;
        KernelRoutes kernel;
        RouteOverlap overlaps[OVERLAPS_MAX];
        size_t n_overlaps;
} Inventory;

/* ---- finding out ---- */

/* What OverlapPolicy= makes of the routes: as route_keeper_make_desired() does it. */
static int apply_overlaps(Inventory *v, const Config *c, uint32_t ifindex, const Route *networks,
                          size_t n_networks, Route **routes, size_t *n_routes) {

        const RouteUplink unknown = { 0 };

        v->n_overlaps = MIN(route_overlap_find(*routes, *n_routes, ifindex, networks, n_networks,
                                               v->overlaps, ELEMENTSOF(v->overlaps)),
                            ELEMENTSOF(v->overlaps));
        return route_overlap_apply(c->overlap_policy, ifindex, &unknown, networks, n_networks,
                                   routes, n_routes);
}

/*
 * Lists the routes that the configuration asks for. The way to the server is not known here, so
 * pins are found in the kernel only.
 */
static int list_wanted(Inventory *v, const Config *c, Route **ret_routes, size_t *ret_n) {
        uint32_t ifindex = v->kernel.tunnel_ifindex ?: NO_IFINDEX;
        _cleanup_free_ ConfigRoute *effective = NULL;
        _cleanup_free_ Route *routes = NULL, *covers = NULL, *networks = NULL;
        const RouteUplink unknown = { 0 };
        size_t n_routes, n_covers, n_networks = 0;
        Config config = *c;
        ConfigCursor cursor;
        ConfigRoute route;
        Route *all;
        int r;

        effective = calloc(config_count_routes(c) + 1, sizeof(*effective));
        networks = calloc(v->kernel.n_items + 1, sizeof(*networks));
        if (!effective || !networks)
                return -ENOMEM;

        for (size_t i = 0; i < v->kernel.n_items; i++)
                if (route_overlap_is_network(&v->kernel.items[i], v->kernel.tunnel_ifindex))
                        networks[n_networks++] = v->kernel.items[i];

        if (c->vrf[0] != '\0')
                config.route_table = check_vrf_get_table(c->vrf);
        config.routes = effective;
        config.n_routes = config.n_long_lists = 0;
        config_cursor_init(&cursor, c);
        while (config_cursor_next(&cursor, &route))
                if (!route_set_is_for_numbered_server(&route, c))
                        effective[config.n_routes++] = route;

        r = route_set_make(&config, ifindex, (struct in_addr){ INADDR_ANY }, &unknown, &routes,
                           &n_routes);
        if (r >= 0)
                r = apply_overlaps(v, c, ifindex, networks, n_networks, &routes, &n_routes);
        if (r >= 0)
                r = route_cover_make(&config, &unknown, networks, n_networks, &covers, &n_covers);
        if (r < 0)
                return r;

        all = calloc(n_routes + n_covers + 1, sizeof(*all));
        if (!all)
                return -ENOMEM;

        if (n_routes > 0)
                memcpy(all, routes, n_routes * sizeof(*routes));
        for (size_t i = 0; i < n_routes; i++)
                if (all[i].ifindex == NO_IFINDEX)
                        all[i].ifindex = 0;
        if (n_covers > 0)
                memcpy(all + n_routes, covers, n_covers * sizeof(*covers));
        *ret_n = route_drop_rivals(all, n_routes + n_covers);
        *ret_routes = all;
        return 0;
}

static void inventory_done(Inventory *v) {
        free(v->lines);
        kernel_routes_done(&v->kernel);
}

static int inventory_init(Inventory *v, const Config *c) {
        _cleanup_free_ Route *wanted = NULL;
        RouteInventoryOwner owner = { .tag = tunnel_tag_make(c->name) };
        size_t n_wanted = 0;
        int r;

        r = kernel_routes_list(c, &v->kernel);
        if (r < 0)
                return r;

        owner.ifindex = v->kernel.tunnel_ifindex;
        r = list_wanted(v, c, &wanted, &n_wanted);
        if (r >= 0)
                r = route_inventory_make(wanted, n_wanted, v->kernel.items, v->kernel.n_items,
                                         &owner, &v->lines, &v->n_lines);
        if (r < 0)
                return r;

        for (size_t i = 0; i < v->n_lines; i++) {
                v->n_wanted += v->lines[i].presence != ROUTE_FURTHER;
                v->n_installed += v->lines[i].presence == ROUTE_INSTALLED;
        }
        return 0;
}

/* ---- showing ---- */

/* Describes a route. The metric of pins and covers only marks whose they are, and is left out. */
static void describe(const RouteInventoryLine *line, char *buffer, size_t n_buffer) {
        Route route = line->route;

        if (line->purpose == ROUTE_FOR_SERVER || line->purpose == ROUTE_FOR_DOWN)
                route.metric = route.is_ipv6 ? ROUTE_IPV6_METRIC_DEFAULT : 0;
        route_describe(&route, buffer, n_buffer);
}

static const char *find_device(const Inventory *v, uint32_t ifindex) {
        for (size_t i = 0; i < v->kernel.n_items; i++)
                if (v->kernel.items[i].ifindex == ifindex)
                        return v->kernel.devices[i];

        return "";
}

static void describe_rival(const Inventory *v, const Route *rival, TextBuilder *t) {
        const char *device = rival->ifindex != 0 ? find_device(v, rival->ifindex) : "";
        char route[160];

        route_describe(rival, route, sizeof(route));
        text_addf(t, "%s%s%s, protocol ", route, device[0] ? " on " : "", device);
        route_add_protocol(t, rival->protocol);
}

static void print_line(const Inventory *v, const RouteInventoryLine *line) {
        static const CtlColour colours[_ROUTE_PRESENCE_MAX] = {
                [ROUTE_INSTALLED] = CTL_GREEN,
                [ROUTE_MISSING] = CTL_YELLOW,
                [ROUTE_TAKEN] = CTL_RED,
                [ROUTE_FURTHER] = CTL_GREY,
        };
        static const char *const words[_ROUTE_PRESENCE_MAX] = {
                [ROUTE_INSTALLED] = "installed",
                [ROUTE_MISSING] = "missing",
                [ROUTE_TAKEN] = "not installed",
                [ROUTE_FURTHER] = "also there",
        };
        static const char *const purposes[_ROUTE_PURPOSE_MAX] = {
                [ROUTE_FOR_SERVER] = "keeps the server's packets outside of the tunnel",
                [ROUTE_FOR_DOWN] = "refuses packets while the tunnel is down",
        };
        char route[160], text[400] = "";
        TextBuilder t = text_builder(text, sizeof(text));

        describe(line, route, sizeof(route));
        if (line->presence == ROUTE_TAKEN) {
                text_add(&t, ": in its place is ");
                describe_rival(v, &line->rival, &t);
        } else if (purposes[line->purpose]) {
                text_addf(&t, ": %s", purposes[line->purpose]);
        } else if (line->presence == ROUTE_FURTHER) {
                text_add(&t, ": not in the configuration");
        }

        printf("%-*s  %s%s%s", DESTINATION_MIN_COLUMNS, route, ctl_colour(colours[line->presence]),
               words[line->presence], ctl_colour(CTL_PLAIN));
        ctl_print_text(stdout, text);
        putchar('\n');
}

static void print_overlap(const Inventory *v, const Config *c, const RouteOverlap *overlap) {
        char text[256];

        route_overlap_describe(overlap, c->overlap_policy, find_device(v, overlap->network.ifindex),
                               text, sizeof(text));
        fputs("Overlap: ", stdout);
        ctl_print_text(stdout, text);
        putchar('\n');
}

/*
 * Whether a further route would be described as the one before: two that keep the server's packets
 * outside, one for the time without the tunnel, differ by nothing but their metrics.
 */
static bool is_repeated(const Inventory *v, size_t i) {
        char route[160], before[160];

        if (i == 0 || v->lines[i].presence != ROUTE_FURTHER ||
            v->lines[i - 1].presence != ROUTE_FURTHER ||
            v->lines[i].purpose != v->lines[i - 1].purpose)
                return false;

        describe(&v->lines[i], route, sizeof(route));
        describe(&v->lines[i - 1], before, sizeof(before));
        return strcmp(route, before) == 0;
}

static void print_text(const Inventory *v, const Config *c) {
        for (size_t i = 0; i < v->n_lines; i++)
                if (!is_repeated(v, i))
                        print_line(v, &v->lines[i]);
        for (size_t i = 0; i < v->n_overlaps; i++)
                print_overlap(v, c, &v->overlaps[i]);
        printf("%s: %zu of %zu routes installed%s\n", c->name, v->n_installed, v->n_wanted,
               v->kernel.tunnel_ifindex == 0 ? "; the tunnel has no interface now" : "");
}

static void write_line(Json *j, const Inventory *v, const RouteInventoryLine *line) {
        static const char *const words[_ROUTE_PRESENCE_MAX] = {
                [ROUTE_INSTALLED] = "installed",
                [ROUTE_MISSING] = "missing",
                [ROUTE_TAKEN] = "taken",
                [ROUTE_FURTHER] = "further",
        };
        static const char *const purposes[_ROUTE_PURPOSE_MAX] = {
                [ROUTE_FOR_TUNNEL] = "tunnel",
                [ROUTE_FOR_SERVER] = "server",
                [ROUTE_FOR_DOWN] = "down",
                [ROUTE_FOR_NOTHING] = "nowhere",
        };
        const Route *route = &line->route;
        char text[400] = "";
        TextBuilder t = text_builder(text, sizeof(text));

        route_add_destination(&t, route);

        json_open_object(j, NULL);
        json_add_text(j, "destination", text);
        json_add_text(j, "presence", words[line->presence]);
        json_add_text(j, "purpose", purposes[line->purpose]);
        json_add_number(j, "table", route->table);
        json_add_number(j, "metric", route->metric);
        if (route->ifindex != 0)
                json_add_text_if(j, "device", find_device(v, route->ifindex));
        if (line->presence == ROUTE_TAKEN) {
                t = text_builder(text, sizeof(text));
                describe_rival(v, &line->rival, &t);
                json_add_text(j, "in_its_place", text);
        }
        json_close_object(j);
}

static void write_json(Json *j, const Inventory *v, const Config *c) {
        json_open_object(j, NULL);
        json_add_text(j, "name", c->name);
        json_add_number(j, "wanted", v->n_wanted);
        json_add_number(j, "installed", v->n_installed);
        json_open_array(j, "routes");
        for (size_t i = 0; i < v->n_lines; i++)
                write_line(j, v, &v->lines[i]);
        json_close_array(j);
        json_close_object(j);
}

/* ---- the command ---- */

static int show(const Config *c, Json *json) {
        _cleanup_(inventory_done) Inventory inventory = { 0 };
        int r;

        r = inventory_init(&inventory, c);
        if (r == -EPERM && c->network_namespace) {
                fprintf(stderr, "pptpctl: %s: only root may look into the network namespace %s\n",
                        c->name, c->network_namespace);
                return EX_NOPERM;
        }
        if (r < 0) {
                fprintf(stderr, "pptpctl: %s: the kernel does not list its routes: %s\n", c->name,
                        strerror(-r));
                return EX_OSERR;
        }

        if (json->format == JSON_OFF)
                print_text(&inventory, c);
        else
                write_json(json, &inventory, c);
        return inventory.n_installed == inventory.n_wanted ? EX_OK : CTL_NOT_UP;
}

int ctl_routes(int argc, char **argv) {
        return each_config_run(argc, argv, show);
}
