/* SPDX-License-Identifier: GPL-2.0-or-later */

/* pptpctl check: IPv6=negotiate, and what of IPv6 this host and the files have. */

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "check-parts.h"
#include "io/fd.h"

/* What the kernel gives to each new interface. */
#define SYSCTL "/proc/sys/net/ipv6/conf/default/disable_ipv6"

/* What the supervisor would say of it, by other means (hooks/link-ipv6.c). */
static void check_host_ipv6(CheckReport *r) {
        _cleanup_close_ int fd = open(SYSCTL, O_RDONLY | O_CLOEXEC);
        char value;

        if (fd < 0 && errno == ENOENT && access("/proc/sys/net", F_OK) == 0)
                check_add(r, CHECK_WARNING, "IPv6",
                          "boot this host without ipv6.disable=1, or take IPv6=negotiate out",
                          "IPv6=negotiate is set, but the kernel of this host has no IPv6");
        else if (fd >= 0 && read(fd, &value, 1) == 1 && value != '0')
                check_add(r, CHECK_WARNING, "IPv6", "sysctl net.ipv6.conf.default.disable_ipv6=0",
                          "IPv6=negotiate is set, but this host gives no IPv6 to new interfaces");
}

void check_ipv6(CheckReport *r, const Config *c) {
        if (c->ipv6 != CONFIG_IPV6_NEGOTIATE)
                return;

        if (!config_has_ipv6_routes(c))
                check_add(r, CHECK_WARNING, "IPv6",
                          "add a [Route] section with an IPv6 prefix, or take IPv6=negotiate out",
                          "IPv6=negotiate is set, but no IPv6 route: only the server's link-local "
                          "address is reached");
        /* Another namespace has a setting of its own. */
        if (!c->network_namespace)
                check_host_ipv6(r);
}
