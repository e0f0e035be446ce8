/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * pppd's channel: the AF_PPPOX socket that the supervisor has opened, bound and connected. There
 * is nothing to dial, and no line to configure.
 */

#include <errno.h>
#include <syslog.h>
#include <unistd.h>

#include "hooks/plugin.h"

int transport_fd = -EBADF;

static int transport_connect(void) {
        /* With its option `debug` pppd opens the log again after the options were checked. */
        setlogmask(LOG_MASK(LOG_EMERG));

        return transport_fd;
}

/*
 * The kernel joins the socket's channel to a PPP unit, after which pppd reads and writes through
 * /dev/ppp. Our copy of the socket is closed then: the supervisor's is the last, and closing that
 * hangs pppd up.
 */
static int transport_establish(int fd) {
        int ppp_fd = pppd_establish(fd);

        if (ppp_fd >= 0 && transport_fd >= 0) {
                close(transport_fd);
                transport_fd = -EBADF;
        }

        return ppp_fd;
}

static struct channel transport = {
        .connect = transport_connect,
        .establish_ppp = transport_establish,
        .disestablish_ppp = pppd_disestablish,
};

void transport_install(PppdOption *options, void (*check_options)(void)) {
        transport.options = options;
        transport.check_options = check_options;
        the_channel = &transport;

        pppd_set_no_modem();
        pppd_set_device_name("pptp");
}
