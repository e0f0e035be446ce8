/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Tells the supervisor what pppd does: phases, packets, addresses, the end and its reason. */

#include <string.h>

#include "hooks/plugin.h"

/* Address and control, which pppd puts in front of each packet. */
#define ADDRESS_CONTROL_BYTES 2

#define STATUS_UNKNOWN -1

/*
 * pppd changes its exit status on the way down: an echo failure ends up as a hangup. What it was
 * when the end began is the reason.
 */
static int end_status = STATUS_UNKNOWN;

static PluginPhase translate_phase(int phase) {
        switch (phase) {
        case PHASE_DEAD:
                return PLUGIN_PHASE_DEAD;
        case PHASE_INITIALIZE:
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

/* Once, as early as it is known: nobody need wait for pppd's way out. */
static void report_end(int status) {
        PluginMessage message = {
                .type = PLUGIN_EXITING,
                .exiting = { .status = status },
        };

        if (end_status != STATUS_UNKNOWN)
                return;

        end_status = status;
        channel_send(&message, true);
}

/* On its way down pppd passes through earlier phases once more, which is of no interest. */
static bool is_step_back(int phase) {
        return end_status != STATUS_UNKNOWN && phase > PHASE_INITIALIZE && phase < PHASE_TERMINATE;
}

static void report_phase(_unused_ void *userdata, int phase) {
        PluginMessage message = {
                .type = PLUGIN_PHASE,
                .phase = { .phase = translate_phase(phase) },
        };

        keep_alive_set_phase(phase);
        chap_success_set_phase(phase);
        if (is_step_back(phase))
                return;

        channel_send(&message, true);

        if (phase == PHASE_TERMINATE || phase == PHASE_DISCONNECT || phase == PHASE_DEAD)
                report_end(pppd_get_status());
        if (phase == PHASE_ESTABLISH)
                early_frames_replay_lcp();
}

static void report_exit(_unused_ void *userdata, int code) {
        report_end(code);
}

void report_packet(bool sent, const uint8_t *frame, size_t n_frame) {
        PluginMessage message = {
                .type = PLUGIN_PACKET,
                .frame = { .sent = sent, .data = frame, .n_data = n_frame },
        };

        channel_send(&message, false);
}

static void report_snooped(bool sent, const uint8_t *data, int n_data) {
        if (n_data > ADDRESS_CONTROL_BYTES)
                report_packet(sent, data + ADDRESS_CONTROL_BYTES, n_data - ADDRESS_CONTROL_BYTES);
}

static void report_received(unsigned char *data, int n_data) {
        keep_alive_hear(data, n_data);
        report_snooped(false, data, n_data);
        chap_success_see_received(data, n_data);
}

static void report_sent(unsigned char *data, int n_data) {
        report_snooped(true, data, n_data);
        chap_success_see_sent(data, n_data);
}

static void report_ip_up(_unused_ void *userdata, _unused_ int code) {
        PluginMessage message = {
                .type = PLUGIN_IP_UP,
                .ip_up = {
                        .local = { ipcp_gotoptions[0].ouraddr },
                        .peer = { ipcp_hisoptions[0].hisaddr },
                        .dns = {
                                { ipcp_gotoptions[0].dnsaddr[0] },
                                { ipcp_gotoptions[0].dnsaddr[1] },
                        },
                        .transmit = mppe_negotiation_get_transmit(),
                        .receive = mppe_negotiation_get_receive(),
                        .mtu_bytes = pppd_get_mtu(0),
                },
        };

        strlcpy(message.ip_up.ifname, pppd_get_ifname(), sizeof(message.ip_up.ifname));
        channel_send(&message, true);
}

static void report_ip_down(_unused_ void *userdata, _unused_ int code) {
        const PluginMessage message = { .type = PLUGIN_IP_DOWN };

        channel_send(&message, true);
}

void report_breach(PluginBreach breach) {
        PluginMessage message = {
                .type = PLUGIN_POLICY_BREACH,
                .breach = {
                        .breach = breach,
                        .transmit = mppe_negotiation_get_transmit(),
                        .receive = mppe_negotiation_get_receive(),
                },
        };

        channel_send(&message, true);
}

void report_install(void) {
        snoop_recv_hook = report_received;
        snoop_send_hook = report_sent;
        pppd_on_phase(report_phase);
        pppd_on_ip_up(report_ip_up);
        pppd_on_ip_down(report_ip_down);
        pppd_on_exit(report_exit);
}
