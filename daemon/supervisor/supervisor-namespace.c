/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * NetworkNamespace=: where the tunnel's interface is. The kernel puts it where the thread is that
 * connects the call's socket and starts pppd; the packets of the call itself take the way of the
 * socket, which was made at home. So those two steps are visits (io/namespace.h), and what asks
 * about the interface has sockets that were opened there.
 */

#include <errno.h>
#include <linux/capability.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "core/base/text.h"
#include "io/fd.h"
#include "io/privileges.h"
#include "io/rtnl/link-lookup.h"
#include "supervisor/supervisor-internal.h"

/* ---- opening it ---- */

static void inner_close(Supervisor *s) {
        s->count_request = rtnl_request_free(s->count_request);
        s->mtu_request = rtnl_request_free(s->mtu_request);
        s->look_request = rtnl_request_free(s->look_request);
        s->routes.request = rtnl_request_free(s->routes.request);
        s->inner.monitor = rtnl_monitor_free(s->inner.monitor);
        s->inner.rtnl = rtnl_free(s->inner.rtnl);
        if (s->inner.fd >= 0)
                close(s->inner.fd);
        s->inner.fd = NAMESPACE_OWN;
}

/* Takes the descriptor, also on failure. */
static int inner_open(Supervisor *s, int fd) {
        _cleanup_namespace_leave_ NamespaceVisit visit = NAMESPACE_VISIT_INIT;
        int r;

        s->inner.fd = fd;
        r = namespace_enter(fd, &visit);
        if (r >= 0)
                r = rtnl_new(s->event, &s->inner.rtnl);
        if (r >= 0)
                r = rtnl_monitor_new(s->event, s->inner.handlers, s, &s->inner.monitor);
        if (r >= 0)
                r = rtnl_monitor_ignore(s->inner.monitor, rtnl_get_port(s->inner.rtnl));

        return r;
}

/*
 * Says what is missing, before and after the name; and what makes a namespace anew that was made
 * with the unit, for which this process has no right.
 */
static void describe_missing(const Supervisor *s, const char *before, const char *after,
                             char *buffer, size_t n_buffer) {

        const char *name = s->config->network_namespace;
        TextBuilder t = text_builder(buffer, n_buffer);

        text_addf(&t, "%s%s%s", before, name, after);
        if (name[0] != '/')
                text_addf(&t, "; \"systemctl restart pptp@%s\" makes it anew", s->config->name);
}

static void namespace_failed(Supervisor *s, int error) {
        const char *name = s->config->network_namespace;
        char text[DIAGNOSIS_FACT_TEXT_MAX];

        if (error == -ENOENT)
                describe_missing(s, "there is no ", "", text, sizeof(text));
        else
                snprintf(text, sizeof(text), "%s: %s", name,
                         error == NAMESPACE_E_OTHER ? "is no network namespace" : strerror(-error));

        inner_close(s);
        supervisor_feed_fact(s, TUNNEL_EVENT_PREPARE_FAILED, DIAGNOSIS_STAGE_PPPD,
                             DIAGNOSIS_NAMESPACE, error < 0 ? -error : EINVAL, text);
}

/* ---- watching it ---- */

/* Told of every mount, so it looks for what became of that one. */
static void on_mounts_changed(_unused_ MountWatch *w, void *userdata) {
        _cleanup_close_ int fd = -EBADF;
        Supervisor *s = userdata;
        bool is_there;

        if (!s->config->network_namespace)
                return; /* no longer; the attempt that is being closed has the last one */

        is_there = namespace_open(s->config->network_namespace, &fd) == 0;
        if (supervisor_is_apart(s) && !(is_there && namespace_is_same(fd, s->inner.fd))) {
                char text[DIAGNOSIS_FACT_TEXT_MAX];

                describe_missing(s, "", " was taken away", text, sizeof(text));
                supervisor_feed_fact(s, TUNNEL_EVENT_NAMESPACE_GONE, DIAGNOSIS_STAGE_UP,
                                     DIAGNOSIS_NAMESPACE, ENOENT, text);
        }

        if (is_there)
                supervisor_feed(s, &(TunnelEvent){ .type = TUNNEL_EVENT_NAMESPACE_BACK });
}

static void watch_namespace(Supervisor *s) {
        int r;

        /* A unit without the right to enter one sees no /proc either (units/namespace.conf.in). */
        if (!s->config->network_namespace || !privileges_has(CAP_SYS_ADMIN)) {
                s->inner.watch = mount_watch_free(s->inner.watch);
                return;
        }
        if (s->inner.watch)
                return;

        r = mount_watch_new(s->event, on_mounts_changed, s, &s->inner.watch);
        if (r < 0)
                journal_print(s->journal, LOG_WARNING,
                              "Cannot watch for network namespaces: %s, ignoring", strerror(-r));
}

/* ---- what others need of it ---- */

bool supervisor_prepare_namespace(Supervisor *s) {
        int fd = -EBADF, r;

        watch_namespace(s);
        if (!s->config->network_namespace) {
                if (supervisor_is_apart(s))
                        inner_close(s);
                return true;
        }

        /* Without it there may be no namespace either, which is not what is to be mended then. */
        if (!privileges_has(CAP_SYS_ADMIN)) {
                namespace_failed(s, -EPERM);
                return false;
        }

        r = namespace_open(s->config->network_namespace, &fd);
        if (r == 0 && namespace_is_same(fd, s->inner.fd)) {
                close(fd);
                return true;
        }

        if (r == 0) {
                inner_close(s);
                r = inner_open(s, fd);
        }
        if (r != 0)
                namespace_failed(s, r);

        return r == 0;
}

void supervisor_namespace_done(Supervisor *s) {
        s->inner.watch = mount_watch_free(s->inner.watch);
        inner_close(s);
}

bool supervisor_is_apart(const Supervisor *s) {
        return s->inner.fd >= 0;
}

Rtnl *supervisor_get_inner_rtnl(const Supervisor *s) {
        return s->inner.rtnl ?: s->rtnl;
}

uint32_t supervisor_find_interface(const Supervisor *s, const char *name) {
        _cleanup_namespace_leave_ NamespaceVisit visit = NAMESPACE_VISIT_INIT;

        return namespace_enter(s->inner.fd, &visit) < 0 ? 0 : link_find_index(name);
}

const char *supervisor_name_interface(const Supervisor *s, uint32_t ifindex,
                                      char buffer[IF_NAMESIZE]) {

        _cleanup_namespace_leave_ NamespaceVisit visit = NAMESPACE_VISIT_INIT;

        if (namespace_enter(s->inner.fd, &visit) < 0 || !if_indextoname(ifindex, buffer))
                return NULL;

        text_hide_controls(buffer);
        return buffer;
}
