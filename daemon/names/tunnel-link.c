/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "names/tunnel-link.h"

#include <net/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/names/names-cover.h"

/* A number that the kernel has of a link in sysfs; -1: there is no such link. */
static long read_number(const char *ifname, const char *file) {
        char path[64];
        long number;
        FILE *f;

        snprintf(path, sizeof(path), "/sys/class/net/%s/%s", ifname, file);
        f = fopen(path, "re");
        if (!f)
                return -1;

        if (fscanf(f, "%ld", &number) != 1)
                number = -1;
        fclose(f);
        return number;
}

bool tunnel_link_exists(const BackendLink *link) {
        return read_number(link->ifname, "ifindex") == (long) link->ifindex &&
                read_number(link->ifname, "type") == ARPHRD_PPP;
}

bool cover_link_exists(const BackendLink *link) {
        return strncmp(link->ifname, NAMES_COVER_IFNAME_PREFIX,
                       strlen(NAMES_COVER_IFNAME_PREFIX)) == 0 &&
                read_number(link->ifname, "ifindex") == (long) link->ifindex &&
                read_number(link->ifname, "type") == ARPHRD_ETHER;
}
