/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What the files of the plugin share. pppd is one thread with one link, so that the state is a
 * handful of static variables, each in the file that owns it.
 */

#include "hooks/compat.h"

/* channel.c: the conversation with the supervisor. */

/* Takes over the descriptor. */
void channel_set_fd(int fd);
/*
 * Sends; never waits. If the supervisor is gone, pppd is asked to end. If it does not read, the
 * message is lost, unless it is the only one of its kind (`important`): then it waits a second.
 */
void channel_send(const PluginMessage *message, bool important);
/* Waits at most timeout_msec. Returns true and a message, or false at the time or at the end. */
bool channel_receive(int timeout_msec, uint8_t *buffer, size_t n_buffer,
                     PluginMessage *ret_message);

/* early-frames.c: packets that came too soon for pppd. */

/* Keeps a copy of a frame that came before pppd was started, for LCP. */
void early_frames_add(const uint8_t *frame, size_t n_frame);
/* Puts itself in front of IPCP; replays LCP's frames when that phase begins. */
void early_frames_install(void);
void early_frames_replay_lcp(void);

/* chap-success.c: the Success that got lost. Frames as pppd's snoop hooks show them. */

void chap_success_set_phase(int phase);
void chap_success_see_sent(const unsigned char *data, int n_data);
void chap_success_see_received(const unsigned char *data, int n_data);

/* keep-alive.c: LCP echo, and the end of a link that is silent. */

/*
 * interval_sec = 0: neither. The supervisor may send other settings, in another SETUP, at any time.
 */
void keep_alive_set(unsigned interval_sec, unsigned n_probes);
void keep_alive_set_phase(int phase);
/* A control packet came, as pppd's snoop hook shows it. */
void keep_alive_hear(const unsigned char *data, int n_data);

/* mppe-negotiation.c: CCP within the policy. */

void mppe_negotiation_install(const MppePolicy *policy);
/* What CCP has agreed on. */
MppeOutcome mppe_negotiation_get_transmit(void);
MppeOutcome mppe_negotiation_get_receive(void);
/* Checks both directions; ends the call and says so if they are outside of the policy. */
bool mppe_negotiation_verify(void);

/* ip-configuration.c: IPCP: DNS, MTU, and no address before encryption is verified. */

void ip_configuration_install(void);

/* password.c: MS-CHAP's secret, from the supervisor. */

void password_install(void);

/* report.c: what pppd does, told to the supervisor. */

void report_install(void);
void report_breach(PluginBreach breach);
/* Shows a packet that pppd did not see itself. */
void report_packet(bool sent, const uint8_t *frame, size_t n_frame);

/* transport.c: the AF_PPPOX socket as pppd's channel. */

void transport_install(PppdOption *options, void (*check_options)(void));
extern int transport_fd;
