/* SPDX-License-Identifier: GPL-2.0-or-later */

/* IPV6CP: no address is configured before encryption is verified. */

#include "hooks/plugin.h"

static fsm_callbacks callbacks;
static const fsm_callbacks *pppd_callbacks;
static PacketInput pppd_input;

static LostAck lost_ack;

static void ipv6_configuration_up(fsm *f) {
        if (mppe_negotiation_verify())
                pppd_callbacks->up(f);
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
