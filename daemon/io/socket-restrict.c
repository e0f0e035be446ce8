/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/socket-restrict.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

int socket_restrict(int fd, const char *bind_to_device, uint32_t firewall_mark) {
        if (firewall_mark != 0 &&
            setsockopt(fd, SOL_SOCKET, SO_MARK, &firewall_mark, sizeof(firewall_mark)) < 0)
                return -errno;

        if (bind_to_device && bind_to_device[0] &&
            setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, bind_to_device, strlen(bind_to_device)) < 0)
                return -errno;

        return 0;
}
