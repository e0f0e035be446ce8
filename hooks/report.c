/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Tells the supervisor what pppd does: phases, packets, addresses, the end and its reason. */

#include <string.h>

#include "hooks/plugin.h"

#define STATUS_UNKNOWN -1

/*
 * pppd's exit status when its end began, which is the reason. pppd changes it on the way down: an
 * echo failure ends up as a hangup.
 */
static int end_status = STATUS_UNKNOWN;

static PluginPhase translate_phase(int phase) {
        switch (phase) {
        case PHASE_DEAD:
                return PLUGIN_PHASE_DEAD;
        case PHASE_INITIALIZE:
        case PHASE_SERIALCONN: /* waiting for the call */
                return PLUGIN_PHASE_INITIALIZE;
        case PHASE_ESTABLISH:
                return PLUGIN_PHASE_ESTABLISH;
        case PHASE_AUTHENTICATE:
                return PLUGIN_PHASE_AUTHENTICATE;
        case PHASE_NETWORK:
                return PLUGIN_PHASE_NETWORK;
        case PHASE_RUNNING:
                return PLUGIN_PHASE_RUNNING;
        case PHASE_TERMINATE:
                return PLUGIN_PHASE_TERMINATE;
        default:
                /* pppd's numbers are macros in 2.4.9, so there is no enum to be complete about. */
                return PLUGIN_PHASE_OTHER;
        }
}

/*
 * Reports the end once, as early as it is known, so that the supervisor need not wait for pppd's
 * exit.
 */
void report_exit(int status) {
        PluginMessage message = {
                .type = PLUGIN_EXITING,
                .exiting = { .status = status },
        };

        if (end_status != STATUS_UNKNOWN)
                return;

        end_status = status;
        channel_send(&message, true);
}

/* While it ends pppd passes through earlier phases again; these are not reported. */
static bool is_step_back(int phase) {
        return end_status != STATUS_UNKNOWN && phase > PHASE_INITIALIZE && phase < PHASE_TERMINATE;
}

void report_phase(int phase) {
        PluginMessage message = {
                .type = PLUGIN_PHASE,
                .phase = { .phase = translate_phase(phase) },
        };

        if (is_step_back(phase))
                return;

        channel_send(&message, true);

        if (phase == PHASE_TERMINATE || phase == PHASE_DISCONNECT || phase == PHASE_DEAD)
                report_exit(pppd_get_status());
}

void report_packet(bool sent, const uint8_t *frame, size_t n_frame) {
        PluginMessage message = {
                .type = PLUGIN_PACKET,
                .frame = { .sent = sent, .data = frame, .n_data = n_frame },
        };

        if (sent && keep_alive_expects_answer())
                channel_hold(&message);
        else
                channel_send(&message, false);
}

void report_ip_up(MppeOutcome transmit, MppeOutcome receive) {
        PluginMessage message = {
                .type = PLUGIN_IP_UP,
                .ip_up = {
                        .local = { ipcp_gotoptions[0].ouraddr },
                        .peer = { ipcp_hisoptions[0].hisaddr },
                        .dns = {
                                { ipcp_gotoptions[0].dnsaddr[0] },
                                { ipcp_gotoptions[0].dnsaddr[1] },
                        },
                        .transmit = transmit,
                        .receive = receive,
                        .mtu_bytes = pppd_get_mtu(0),
                },
        };

        strlcpy(message.ip_up.ifname, pppd_get_ifname(), sizeof(message.ip_up.ifname));
        channel_send(&message, true);
}

void report_ip_down(void) {
        const PluginMessage message = { .type = PLUGIN_IP_DOWN };

        channel_send(&message, true);
}

/* fe80::/64 and the identifier, as pppd's sys-linux.c makes it (IN6_LLADDR_FROM_EUI64). */
static struct in6_addr make_link_local(const eui64_t *id) {
        struct in6_addr address = { .s6_addr = { 0xfe, 0x80 } };

        for (size_t i = 0; i < sizeof(id->e8); i++)
                address.s6_addr[8 + i] = id->e8[i];

        return address;
}

void report_ipv6_up(void) {
        const PluginMessage message = {
                .type = PLUGIN_IPV6_UP,
                .ipv6_up = {
                        .local = make_link_local(&ipv6cp_gotoptions[0].ourid),
                        .peer = make_link_local(&ipv6cp_hisoptions[0].hisid),
                },
        };

        channel_send(&message, true);
}

void report_ipv6_down(void) {
        const PluginMessage message = { .type = PLUGIN_IPV6_DOWN };

        channel_send(&message, true);
}

void report_no_ipv6(PluginNoIpv6 lack) {
        const PluginMessage message = { .type = PLUGIN_NO_IPV6, .no_ipv6 = { .lack = lack } };

        channel_send(&message, true);
}

void report_breach(PluginBreach breach, MppeOutcome transmit, MppeOutcome receive) {
        PluginMessage message = {
                .type = PLUGIN_POLICY_BREACH,
                .breach = {
                        .breach = breach,
                        .transmit = transmit,
                        .receive = receive,
                },
        };

        channel_send(&message, true);
}
