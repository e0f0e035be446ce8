/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/name-servers.h"

#include <arpa/inet.h>
#include <stdio.h>

/* systemd-resolved.service(8) */
#define RESOLVED_PATH "/run/systemd/resolve/resolv.conf"

size_t name_servers_read_file(const char *path, struct in_addr *servers, size_t n) {
        FILE *file = fopen(path, "re");
        char line[256], address[64];
        size_t n_servers = 0;

        if (!file)
                return 0;

        /* The word stands at the beginning of its line, as resolv.conf(5) demands. */
        while (n_servers < n && fgets(line, sizeof(line), file))
                if (sscanf(line, "nameserver%*[ \t]%63s", address) == 1 &&
                    inet_pton(AF_INET, address, &servers[n_servers]) == 1)
                        n_servers++;

        fclose(file);
        return n_servers;
}

size_t name_servers_read(struct in_addr *servers, size_t n) {
        size_t n_servers = name_servers_read_file("/etc/resolv.conf", servers, n);

        return n_servers +
                name_servers_read_file(RESOLVED_PATH, servers + n_servers, n - n_servers);
}
