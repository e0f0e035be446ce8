/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * IPV6CP: no address is configured before encryption is verified, and none while the server could
 * give this host routes.
 */

#include "hooks/plugin.h"

static fsm_callbacks callbacks;
static const fsm_callbacks *pppd_callbacks;
static PacketInput pppd_input;

static LostAck lost_ack;

/*
 * pppd sets a filter of its own, an empty one, when the first network protocol comes up (np_up() of
 * its auth.c). So ours is set before, to learn whether it can be, and once more after it.
 */
static void ipv6_configuration_up(fsm *f) {
        if (!mppe_negotiation_verify())
                return;

        if (!router_advertisements_drop()) {
                error("cannot drop router advertisements, so there is no IPv6: %m");
                ipv6cp_protent.close(f->unit, "Cannot filter");
                return;
        }

        pppd_callbacks->up(f);
        (void) router_advertisements_drop();
}

/* pppd would take a repeated request for a new negotiation, and take the address away. */
static void ipv6_configuration_input(int unit, unsigned char *data, int n_data) {
        lost_ack_input(&lost_ack, &ipv6cp_fsm[unit], pppd_input, data, n_data);
}

void ipv6_configuration_install(void) {
        pppd_callbacks = ipv6cp_fsm[0].callbacks;
        callbacks = *pppd_callbacks;
        callbacks.up = ipv6_configuration_up;
        ipv6cp_fsm[0].callbacks = &callbacks;

        pppd_input = ipv6cp_protent.input;
        ipv6cp_protent.input = ipv6_configuration_input;
}
