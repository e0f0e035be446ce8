/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/route/route-plan.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/address.h"
#include "core/base/macros.h"
#include "core/base/sort.h"
#include "core/base/text.h"
#include "core/route/route-owner.h"

static int compare_destinations(const Route *a, const Route *b) {
        int r;

        r = COMPARE(a->is_ipv6, b->is_ipv6);
        if (r == 0)
                r = address_compare(a->is_ipv6, &a->destination6, &b->destination6);
        if (r == 0)
                r = COMPARE(a->prefix_length, b->prefix_length);

        return r;
}

static int compare_preferred_sources(const Route *a, const Route *b) {
        return address_compare(a->is_ipv6, &a->preferred_source6, &b->preferred_source6);
}

int route_compare_key(const Route *a, const Route *b) {
        int r;

        r = COMPARE(a->table, b->table);
        if (r == 0)
                r = compare_destinations(a, b);
        if (r == 0)
                r = COMPARE(a->metric, b->metric);

        return r;
}

int route_compare(const Route *a, const Route *b) {
        int r;

        r = route_compare_key(a, b);
        if (r == 0)
                r = COMPARE(a->type, b->type);
        if (r == 0)
                r = COMPARE(a->protocol, b->protocol);
        if (r == 0)
                r = COMPARE(a->scope, b->scope);
        if (r == 0)
                r = COMPARE(a->ifindex, b->ifindex);
        if (r == 0)
                r = COMPARE(be32toh(a->gateway.s_addr), be32toh(b->gateway.s_addr));
        if (r == 0 && !IN6_ARE_ADDR_EQUAL(&a->gateway6, &b->gateway6))
                r = memcmp(&a->gateway6, &b->gateway6, sizeof(a->gateway6));
        if (r == 0)
                r = COMPARE(a->onlink, b->onlink);
        if (r == 0)
                r = compare_preferred_sources(a, b);
        if (r == 0)
                r = COMPARE(a->mtu_bytes, b->mtu_bytes);
        if (r == 0)
                r = COMPARE(a->tag, b->tag);

        return r;
}

static int route_compare_items(const void *a, const void *b) {
        return route_compare(a, b);
}

static int route_compare_in_sort(const void *a, const void *b, _unused_ void *userdata) {
        return route_compare(a, b);
}

void route_sort(Route *routes, size_t n_routes) {
        sort_runs(routes, n_routes, sizeof(*routes), route_compare_in_sort, NULL);
}

bool route_is_among(const Route *sorted, size_t n_sorted, const Route *route) {
        return n_sorted > 0 &&
                bsearch(route, sorted, n_sorted, sizeof(*sorted), route_compare_items);
}

static int route_compare_keys(const void *a, const void *b) {
        return route_compare_key(a, b);
}

bool route_is_rival(const Route *a, const Route *b) {
        return route_compare_key(a, b) == 0;
}

const Route *route_find_rival(const Route *sorted, size_t n_sorted, const Route *route) {
        return n_sorted > 0 ?
                bsearch(route, sorted, n_sorted, sizeof(*sorted), route_compare_keys) :
                NULL;
}

size_t route_find_place(const Route *sorted, size_t n_sorted, const Route *route) {
        size_t low = 0, high = n_sorted;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (route_compare_key(&sorted[middle], route) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }

        return low;
}

/* Whether a route to that prefix, in its table, leads to the interface. */
static bool prefix_leads_to(const Route *sorted, size_t n_sorted, uint32_t ifindex,
                            const Route *prefix) {

        for (size_t i = route_find_place(sorted, n_sorted, prefix); i < n_sorted &&
             sorted[i].table == prefix->table && compare_destinations(&sorted[i], prefix) == 0;
             i++)
                if (sorted[i].ifindex == ifindex)
                        return true;

        return false;
}

bool route_leads_to(const Route *sorted, size_t n_sorted, uint32_t ifindex,
                    struct in_addr address) {

        for (size_t i = 0; i < n_sorted;) {
                const Route *first = &sorted[i];
                const Route next = { .table = first->table + 1 };

                for (uint8_t length = 0; length <= 32; length++) {
                        uint32_t mask = length == 0 ? 0 : UINT32_MAX << (32 - length);
                        const Route prefix = {
                                .table = first->table,
                                .destination.s_addr = address.s_addr & htobe32(mask),
                                .prefix_length = length,
                        };

                        if (prefix_leads_to(sorted, n_sorted, ifindex, &prefix))
                                return true;
                }

                if (first->table == UINT32_MAX)
                        break;
                i = route_find_place(sorted, n_sorted, &next);
        }

        return false;
}

/* Then they are sorted, too. */
static bool routes_have_no_rivals(const Route *routes, size_t n_routes) {
        for (size_t i = 1; i < n_routes; i++)
                if (route_compare_key(&routes[i - 1], &routes[i]) >= 0)
                        return false;

        return true;
}

size_t route_drop_rivals(Route *routes, size_t n_routes) {
        size_t n = 0;

        if (routes_have_no_rivals(routes, n_routes))
                return n_routes;

        route_sort(routes, n_routes);
        for (size_t i = 0; i < n_routes; i++)
                if (n == 0 || !route_is_rival(&routes[n - 1], &routes[i]))
                        routes[n++] = routes[i];

        return n;
}

static int route_compare_pointers(const void *a, const void *b, _unused_ void *userdata) {
        return route_compare(*(const Route *const *) a, *(const Route *const *) b);
}

/* Returns pointers to the routes in order, or NULL if memory is exhausted. */
static const Route **routes_sort(const Route *routes, size_t n_routes) {
        const Route **sorted;

        sorted = calloc(n_routes + 1, sizeof(*sorted));
        if (!sorted)
                return NULL;

        for (size_t i = 0; i < n_routes; ++i)
                sorted[i] = &routes[i];
        sort_runs(sorted, n_routes, sizeof(*sorted), route_compare_pointers, NULL);

        return sorted;
}

/* Of several routes of one key only the first can be added. Returns how many are left. */
static size_t routes_collapse(const Route **sorted, size_t n_routes) {
        size_t n = 0;

        for (size_t i = 0; i < n_routes; ++i)
                if (n == 0 || route_compare_key(sorted[n - 1], sorted[i]) != 0)
                        sorted[n++] = sorted[i];

        return n;
}

/*
 * The caller's filter should have left out foreign routes. This checks again, since deleting one
 * would do harm.
 */
static size_t routes_drop_foreign(const Route **sorted, size_t n_routes) {
        size_t n = 0;

        for (size_t i = 0; i < n_routes; ++i)
                if (sorted[i]->protocol == ROUTE_PROTOCOL_PPTP)
                        sorted[n++] = sorted[i];

        return n;
}

/*
 * What was desired before may count as owned, and have a route twice: the host route to a server
 * that two prefixes cover. The kernel has it once.
 */
static size_t routes_drop_repeated(const Route **sorted, size_t n_routes) {
        size_t n = 0;

        for (size_t i = 0; i < n_routes; ++i)
                if (n == 0 || route_compare(sorted[n - 1], sorted[i]) != 0)
                        sorted[n++] = sorted[i];

        return n;
}

/* Some routes of an array. */
typedef struct RouteSpan {
        const Route *routes;
        size_t n_routes;
} RouteSpan;

static bool span_is_sorted(const RouteSpan *s) {
        for (size_t i = 1; i < s->n_routes; i++)
                if (route_compare(&s->routes[i - 1], &s->routes[i]) > 0)
                        return false;

        return true;
}

/* Returns whether the routes in front of and behind this place are of one key. */
static bool span_has_rivals_at(const RouteSpan *s, size_t i) {
        return i > 0 && i < s->n_routes && route_is_rival(&s->routes[i - 1], &s->routes[i]);
}

/*
 * Leaves out what two sorted spans begin and end with, which as a rule is nearly all: what follows
 * looks at the rest several times. Routes of one key stay together.
 */
static void spans_trim_same(RouteSpan *a, RouteSpan *b) {
        size_t n = MIN(a->n_routes, b->n_routes), n_head = 0, n_tail = 0;

        /* An empty one may have no array to point into. */
        if (n == 0)
                return;

        while (n_head < n && route_compare(&a->routes[n_head], &b->routes[n_head]) == 0)
                n_head++;
        while (n_head > 0 && (span_has_rivals_at(a, n_head) || span_has_rivals_at(b, n_head)))
                n_head--;

        while (n_tail < n - n_head &&
               route_compare(&a->routes[a->n_routes - n_tail - 1],
                             &b->routes[b->n_routes - n_tail - 1]) == 0)
                n_tail++;
        while (n_tail > 0 &&
               (span_has_rivals_at(a, a->n_routes - n_tail) ||
                span_has_rivals_at(b, b->n_routes - n_tail)))
                n_tail--;

        *a = (RouteSpan){ a->routes + n_head, a->n_routes - n_head - n_tail };
        *b = (RouteSpan){ b->routes + n_head, b->n_routes - n_head - n_tail };
}

/* Counts what differs; with arrays in the plan, puts it there. */
static void route_plan_merge(RoutePlan *plan, const Route **desired, size_t n_desired,
                             const Route **owned, size_t n_owned) {

        size_t d = 0, o = 0;

        plan->n_adds = plan->n_deletes = 0;
        while (d < n_desired || o < n_owned) {
                int r;

                if (d == n_desired)
                        r = 1;
                else if (o == n_owned)
                        r = -1;
                else
                        r = route_compare(desired[d], owned[o]);

                if (r < 0 && plan->adds)
                        plan->adds[plan->n_adds] = *desired[d];
                if (r > 0 && plan->deletes)
                        plan->deletes[plan->n_deletes] = *owned[o];

                plan->n_adds += r < 0;
                plan->n_deletes += r > 0;
                d += r <= 0;
                o += r >= 0;
        }
}

/* If an addition and a deletion have the same key, makes one replacement of them. */
static void route_plan_pair(RoutePlan *plan) {
        size_t n_adds = 0, n_deletes = 0, d = 0;

        for (size_t a = 0; a < plan->n_adds; ++a) {
                const Route *add = &plan->adds[a];

                while (d < plan->n_deletes && route_compare_key(&plan->deletes[d], add) < 0)
                        plan->deletes[n_deletes++] = plan->deletes[d++];

                if (d < plan->n_deletes && route_compare_key(&plan->deletes[d], add) == 0) {
                        plan->replaces[plan->n_replaces++] = *add;
                        ++d;
                } else
                        plan->adds[n_adds++] = *add;
        }

        while (d < plan->n_deletes)
                plan->deletes[n_deletes++] = plan->deletes[d++];

        plan->n_adds = n_adds;
        plan->n_deletes = n_deletes;
}

static void route_swap(Route *a, Route *b) {
        const Route other = *a;

        *a = *b;
        *b = other;
}

/*
 * A route into the tunnel may cover the server, so the host route that keeps the server's packets
 * out of it is the first to come and the last to go. The order of the others does not matter.
 */
static void route_plan_order_pins(RoutePlan *plan) {
        size_t n_first = 0, last = plan->n_deletes;

        for (size_t i = 0; i < plan->n_adds; i++)
                if (route_owner_is_pin(&plan->adds[i]))
                        route_swap(&plan->adds[i], &plan->adds[n_first++]);

        for (size_t i = plan->n_deletes; i-- > 0;)
                if (route_owner_is_pin(&plan->deletes[i]))
                        route_swap(&plan->deletes[i], &plan->deletes[--last]);
}

int route_plan_make(const Route *desired, size_t n_desired, const Route *owned, size_t n_owned,
                    RoutePlan *ret_plan) {

        _cleanup_free_ const Route **sorted_desired = NULL, **sorted_owned = NULL;
        RouteSpan d = { desired, n_desired }, o = { owned, n_owned };
        RoutePlan plan = {};

        if (span_is_sorted(&d) && span_is_sorted(&o))
                spans_trim_same(&d, &o);

        sorted_desired = routes_sort(d.routes, d.n_routes);
        sorted_owned = routes_sort(o.routes, o.n_routes);
        if (!sorted_desired || !sorted_owned)
                return -ENOMEM;

        n_desired = routes_collapse(sorted_desired, d.n_routes);
        n_owned = routes_drop_foreign(sorted_owned, o.n_routes);
        n_owned = routes_drop_repeated(sorted_owned, n_owned);
        route_plan_merge(&plan, sorted_desired, n_desired, sorted_owned, n_owned);

        /* Counts first, so that a small difference between large lists needs little memory. */
        plan.adds = calloc(plan.n_adds + 1, sizeof(*plan.adds));
        plan.replaces = calloc(MIN(plan.n_adds, plan.n_deletes) + 1, sizeof(*plan.replaces));
        plan.deletes = calloc(plan.n_deletes + 1, sizeof(*plan.deletes));
        if (!plan.adds || !plan.replaces || !plan.deletes) {
                route_plan_done(&plan);
                return -ENOMEM;
        }

        route_plan_merge(&plan, sorted_desired, n_desired, sorted_owned, n_owned);
        route_plan_pair(&plan);
        route_plan_order_pins(&plan);

        *ret_plan = plan;
        return 0;
}

int route_plan_add_delete(RoutePlan *plan, const Route *route) {
        Route *deletes;

        deletes = reallocarray(plan->deletes, plan->n_deletes + 1, sizeof(*deletes));
        if (!deletes)
                return -ENOMEM;

        plan->deletes = deletes;
        plan->deletes[plan->n_deletes++] = *route;
        return 0;
}

int route_plan_add_clear(RoutePlan *plan, const Route *route) {
        int r;

        r = route_plan_add_delete(plan, route);
        if (r < 0)
                return r;

        /* Whatever else is deleted stays in its order, with pins at the end. */
        memmove(plan->deletes + plan->n_clears + 1, plan->deletes + plan->n_clears,
                (plan->n_deletes - 1 - plan->n_clears) * sizeof(*plan->deletes));
        plan->deletes[plan->n_clears++] = *route;
        return 0;
}

int route_plan_replace(RoutePlan *plan, const Route *sorted, size_t n_sorted) {
        size_t n_adds = 0;
        Route *replaces;

        replaces = reallocarray(plan->replaces, plan->n_replaces + plan->n_adds + 1,
                                sizeof(*replaces));
        if (!replaces)
                return -ENOMEM;

        plan->replaces = replaces;
        for (size_t i = 0; i < plan->n_adds; i++)
                if (route_find_rival(sorted, n_sorted, &plan->adds[i]))
                        plan->replaces[plan->n_replaces++] = plan->adds[i];
                else
                        plan->adds[n_adds++] = plan->adds[i];
        plan->n_adds = n_adds;
        return 0;
}

int route_plan_apply(const RoutePlan *plan, Route **routes, size_t *n_routes) {
        size_t n = *n_routes;
        Route *items;

        items = reallocarray(*routes, n + plan->n_adds + 1, sizeof(*items));
        if (!items)
                return -ENOMEM;

        for (size_t i = 0; i < plan->n_deletes; i++) {
                size_t place = route_find_place(items, n, &plan->deletes[i]);

                if (place < n && route_is_rival(&items[place], &plan->deletes[i]))
                        memmove(&items[place], &items[place + 1], (--n - place) * sizeof(*items));
        }
        for (size_t i = 0; i < plan->n_replaces; i++) {
                size_t place = route_find_place(items, n, &plan->replaces[i]);

                if (place < n && route_is_rival(&items[place], &plan->replaces[i]))
                        items[place] = plan->replaces[i];
        }
        for (size_t i = 0; i < plan->n_adds; i++) {
                size_t place = route_find_place(items, n, &plan->adds[i]);

                memmove(&items[place + 1], &items[place], (n++ - place) * sizeof(*items));
                items[place] = plan->adds[i];
        }

        *routes = items;
        *n_routes = n;
        return 0;
}

void route_plan_done(RoutePlan *plan) {
        free(plan->adds);
        free(plan->replaces);
        free(plan->deletes);
        *plan = (RoutePlan){};
}

bool route_has_same_destination(const Route *a, const Route *b) {
        return compare_destinations(a, b) == 0;
}

bool route_covers(const Route *route, struct in_addr address) {
        uint32_t difference = be32toh(route->destination.s_addr) ^ be32toh(address.s_addr);

        if (route->is_ipv6)
                return false;
        if (route->prefix_length == 0)
                return true;
        if (route->prefix_length > 32)
                return false;

        return difference >> (32 - route->prefix_length) == 0;
}

static bool covers_address6(const Route *route, const struct in6_addr *address) {
        const uint8_t *a = route->destination6.s6_addr, *b = address->s6_addr;
        size_t n_bytes = route->prefix_length / 8, n_bits = route->prefix_length % 8;

        if (route->prefix_length > 128 || memcmp(a, b, n_bytes) != 0)
                return false;

        return n_bits == 0 || (a[n_bytes] ^ b[n_bytes]) >> (8 - n_bits) == 0;
}

bool route_covers_route(const Route *route, const Route *other) {
        if (route->is_ipv6 != other->is_ipv6 || route->prefix_length > other->prefix_length)
                return false;

        return route->is_ipv6 ? covers_address6(route, &other->destination6) :
                                route_covers(route, other->destination);
}

static const char *route_type_name(uint8_t type) {
        switch (type) {
        case RTN_UNREACHABLE:
                return "unreachable";
        case RTN_BLACKHOLE:
                return "blackhole";
        case RTN_PROHIBIT:
                return "prohibit";
        case RTN_THROW:
                return "throw";
        default:
                return NULL;
        }
}

bool route_leads_nowhere(const Route *route) {
        return route_type_name(route->type);
}

bool route_has_preferred_source(const Route *route) {
        return route->is_ipv6 ? !IN6_IS_ADDR_UNSPECIFIED(&route->preferred_source6) :
                                route->preferred_source.s_addr != INADDR_ANY;
}

void route_add_destination(TextBuilder *t, const Route *route) {
        if (route->is_ipv6)
                text_add_ipv6(t, &route->destination6);
        else
                text_add_ipv4(t, route->destination);
        text_addf(t, "/%u", route->prefix_length);
}

void route_describe(const Route *route, char *buffer, size_t n_buffer) {
        const char *type = route_type_name(route->type);
        TextBuilder t = text_builder(buffer, n_buffer);

        if (type)
                text_addf(&t, "%s ", type);
        route_add_destination(&t, route);

        if (route->gateway.s_addr != INADDR_ANY) {
                text_add(&t, " via ");
                text_add_ipv4(&t, route->gateway);
        }
        if (!IN6_IS_ADDR_UNSPECIFIED(&route->gateway6)) {
                text_add(&t, route->is_ipv6 ? " via " : " via inet6 ");
                text_add_ipv6(&t, &route->gateway6);
        }
        if (route->metric != (route->is_ipv6 ? ROUTE_IPV6_METRIC_DEFAULT : 0))
                text_addf(&t, " metric %u", route->metric);
        if (route->table != RT_TABLE_MAIN && route->table != RT_TABLE_UNSPEC)
                text_addf(&t, " table %u", route->table);
}

void route_add_protocol(TextBuilder *t, uint8_t protocol) {
        static const struct {
                uint8_t number;
                const char *name;
        } protocols[] = {
                { RTPROT_REDIRECT, "redirect" },
                { RTPROT_KERNEL, "kernel" },
                { RTPROT_BOOT, "boot" },
                { RTPROT_STATIC, "static" },
                { RTPROT_RA, "ra" },
                { RTPROT_ZEBRA, "zebra" },
                { RTPROT_BIRD, "bird" },
                { RTPROT_DHCP, "dhcp" },
                { RTPROT_BGP, "bgp" },
                { RTPROT_OSPF, "ospf" },
                { ROUTE_PROTOCOL_PPTP, "pptp" },
        };

        for (size_t i = 0; i < ELEMENTSOF(protocols); i++)
                if (protocols[i].number == protocol) {
                        text_add(t, protocols[i].name);
                        return;
                }

        text_addf(t, "%u", protocol);
}

void route_describe_rival(const Route *ours, const Route *theirs, char *buffer, size_t n_buffer) {
        TextBuilder t = text_builder(buffer, n_buffer);
        char route[128];

        route_describe(ours, route, sizeof(route));
        text_addf(&t, "%s: in its place is ", route);
        route_describe(theirs, route, sizeof(route));
        text_addf(&t, "%s, protocol ", route);
        route_add_protocol(&t, theirs->protocol);
}
