/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Whose a route is. Several tunnels, each with a supervisor of its own, keep routes side by side,
 * and all of them carry the one protocol number; a supervisor that comes back after a crash knows
 * no more than what the kernel's table says. This is the rule by which they keep apart, in one
 * place:
 *
 *  - A route of another protocol is foreign. Nobody touches it.
 *  - A route with an interface belongs to the tunnel of that interface.
 *  - A pin, the host route that keeps a server's packets on the uplink, has the uplink for its
 *    interface, and tells the tunnel's by its metric: bit 31 and the index. Metric= of the
 *    configuration ends below that bit, so no other route of ours looks like one. Several tunnels
 *    may pin one server, each by itself.
 *  - The kernel drops a pin without a word when its uplink goes down, and the server's packets
 *    would go into the tunnel. So below each lies a floor, an unreachable route to the server,
 *    which is worse by bit 30 of its metric.
 *  - What is there without the tunnel's interface (route-cover.h) tells the tunnel by the tag of
 *    its name (tunnel-tag.h): a cover in the TCP window of its metrics, where only a route that
 *    leads nowhere has it, and the host route to the server by bit 29 of its metric and the tag in
 *    place of an index.
 *  - Any other route without interface (unreachable, blackhole, prohibit, throw) tells nothing. It
 *    belongs to the tunnels whose configuration names it. Where that is several, the first to go
 *    takes it away, and the others, who watch, bring it back.
 *
 * A tunnel's interface lives no longer than its pppd, and pppd no longer than its supervisor, and
 * the kernel gives an index to one interface only. So what belongs to an interface that is not
 * there is left over from a tunnel that died, whichever that was; what belongs to one that is there
 * has an owner who lives.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/route/route-plan.h"

/* The kernel counts interfaces from 1, so that both fit beside any index there will ever be. */
#define ROUTE_OWNER_PIN_METRIC UINT32_C(0x80000000)
#define ROUTE_OWNER_FLOOR_METRIC UINT32_C(0x40000000)
/* In a pin's metric: what follows is the tag of a tunnel, TUNNEL_TAG_BITS wide, and no index. */
#define ROUTE_OWNER_TAG_METRIC UINT32_C(0x20000000)

/*
 * Whether a route of ours is there to keep the server's packets out of the tunnel: a pin or its
 * floor.
 */
bool route_owner_is_pin(const Route *route);
/*
 * Returns the index of the tunnel's interface that a route of ours belongs to, or 0 if the route
 * does not tell.
 */
uint32_t route_owner_get_interface(const Route *route);
/* Returns the tag of the tunnel that a route of ours belongs to, or 0 if the route has none. */
uint32_t route_owner_get_tag(const Route *route);

/*
 * Whether the route belongs to the tunnel with that interface (0: it has none yet), in whose
 * configuration the routes named stand, in the order of route_compare().
 */
bool route_owner_is(const Route *route, uint32_t ifindex, const Route *named, size_t n_named);

/*
 * Finds the routes that a tunnel may take away before it has an interface of its own: those that
 * dead tunnels left behind, and those that have no interface and are named. interfaces: the indices
 * of all that there are, taken after the routes, or a tunnel that comes up in between would pass
 * for dead. ret_routes has room for n_routes. Returns how many it got.
 */
size_t route_owner_find_leftovers(const Route *routes, size_t n_routes, const uint32_t *interfaces,
                                  size_t n_interfaces, const Route *named, size_t n_named,
                                  Route *ret_routes);
