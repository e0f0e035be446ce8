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

/* By pppd's option +ipv6. */
static bool is_wanted;

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

/*
 * pppd starts the protocols right after it has said this, those with enabled_flag, and rejects what
 * the server asks of the others (continue_networks() of its auth.c).
 */
void ipv6_configuration_set_phase(int phase) {
        PluginNoIpv6 lack;

        if (!is_wanted || phase != PHASE_NETWORK)
                return;

        lack = link_ipv6_find_lack(pppd_get_ifname());
        ipv6cp_protent.enabled_flag = lack == 0;
        if (lack != 0)
                report_no_ipv6(lack);
}

void ipv6_configuration_install(void) {
        is_wanted = ipv6cp_protent.enabled_flag;
        pppd_callbacks = ipv6cp_fsm[0].callbacks;
        callbacks = *pppd_callbacks;
        callbacks.up = ipv6_configuration_up;
        ipv6cp_fsm[0].callbacks = &callbacks;

        pppd_input = ipv6cp_protent.input;
        ipv6cp_protent.input = ipv6_configuration_input;
}
