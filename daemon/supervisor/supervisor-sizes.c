/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * ClampMSS=: hosts behind this one, and containers on it, do not know the MTU of the tunnel. While
 * the tunnel is up, TCP connections that are forwarded through it agree on segments that fit.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "io/mss-clamp.h"
#include "io/rtnl/link-lookup.h"
#include "supervisor/supervisor-internal.h"

/*
 * Sets the rules, in the namespace of the interface. Returns the segment size in bytes, or a
 * negative errno.
 */
static int sizes_set(Supervisor *s, const TunnelLink *link) {
        _cleanup_namespace_leave_ NamespaceVisit visit = NAMESPACE_VISIT_INIT;
        int r = 0;

        if (!s->mss_clamp)
                r = namespace_enter(s->inner.fd, &visit);
        if (r >= 0 && !s->mss_clamp)
                r = mss_clamp_new(&s->mss_clamp);
        if (r >= 0)
                r = mss_clamp_set(s->mss_clamp, link->ifname, link->mtu_bytes,
                                  s->config->ipv6 == CONFIG_IPV6_NEGOTIATE);
        if (r < 0)
                supervisor_sizes_done(s);

        return r;
}

/* Returns whether anything is forwarded from or to the interface, in its namespace. */
static bool sizes_are_needed(Supervisor *s, const TunnelLink *link) {
        _cleanup_namespace_leave_ NamespaceVisit visit = NAMESPACE_VISIT_INIT;

        if (s->config->clamp_mss == CONFIG_YES)
                return true;
        if (namespace_enter(s->inner.fd, &visit) < 0)
                return false;

        return link_forwards(link->ifname, AF_INET) ||
                (link->has_ipv6 && link_forwards(link->ifname, AF_INET6));
}

static void sizes_fail(Supervisor *s, int error) {
        char text[DIAGNOSIS_FACT_TEXT_MAX];

        snprintf(text, sizeof(text), "forwarded TCP segments may be too large: %s",
                 error == -EEXIST ? "a table of the same name is there" : strerror(-error));
        reload_answer_fail(&s->reload_answer);
        /* Worth a note; and no failure, since this host's own connections know the MTU. */
        supervisor_feed_fact(s, TUNNEL_EVENT_EVIDENCE, DIAGNOSIS_STAGE_NETWORK,
                             DIAGNOSIS_CLAMP_REFUSED, -error, text);
        supervisor_feed(s,
                        &(TunnelEvent){
                                .type = TUNNEL_EVENT_APPLY_FAILED,
                                .part = TUNNEL_PART_SIZES,
                                .optional = true,
                                .fact = { .number = -error, .text = text },
                        });
}

void supervisor_apply_sizes(Supervisor *s, const TunnelLink *link) {
        int r = 0;

        if (s->config->clamp_mss == CONFIG_NO)
                supervisor_sizes_done(s);
        else
                r = sizes_set(s, link);

        if (r < 0 && sizes_are_needed(s, link)) {
                sizes_fail(s, r);
                return;
        }

        if (r < 0)
                journal_print(s->journal, LOG_DEBUG, "Cannot lower segment sizes: %s, ignoring",
                              strerror(-r));
        supervisor_feed(s,
                        &(TunnelEvent){
                                .type = TUNNEL_EVENT_APPLIED,
                                .part = TUNNEL_PART_SIZES,
                                .count = (size_t) MAX(r, 0),
                        });
}

void supervisor_remove_sizes(Supervisor *s) {
        supervisor_sizes_done(s);
        supervisor_feed(s,
                        &(TunnelEvent){
                                .type = TUNNEL_EVENT_REMOVED,
                                .part = TUNNEL_PART_SIZES,
                        });
}

void supervisor_sizes_done(Supervisor *s) {
        s->mss_clamp = mss_clamp_free(s->mss_clamp);
}
