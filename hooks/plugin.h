/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What the files of the plugin share. pppd is one thread with one link, so that the state is a
 * handful of static variables, each in the file that owns it.
 */

#include "hooks/compat.h"

#include <signal.h>

/* Of a packet of LCP, IPCP and the like, code, identifier and length: RFC 1661, section 5. */
#define CONTROL_HEADER_BYTES 4

/* channel.c: the conversation with the supervisor. */

/* Takes over the descriptor of the private socket; messages can be sent from then on. */
void channel_set_fd(int fd);
/*
 * Sends a message. If the supervisor is gone, pppd is asked to end. If the supervisor does not
 * read, the message is lost, but an important one, the only one of its kind, waits for up to a
 * second.
 */
void channel_send(const PluginMessage *message, bool important);
/*
 * Keeps a message back that can wait, so that the supervisor is not woken for it alone: it is sent
 * before the next one, or by channel_send_held().
 */
void channel_hold(const PluginMessage *message);
void channel_send_held(void);
/*
 * Waits at most timeout_msec for a message. Returns true and the message, whose frame points into
 * the buffer; or false when the time is over, the supervisor is gone or makes no sense.
 */
bool channel_receive(int timeout_msec, uint8_t *buffer, size_t n_buffer,
                     PluginMessage *ret_message);
/*
 * Waits without a limit until there is a message, or the supervisor is gone. The mask is that of
 * the signals meanwhile (ppoll(2)). Returns false if a signal came instead.
 */
bool channel_await(const sigset_t *mask);
/*
 * Receives a message, without waiting, and the descriptor that came with it: close-on-exec and the
 * caller's, or -EBADF. Returns false if there is no message, or none that makes sense.
 */
bool channel_receive_fd(uint8_t *buffer, size_t n_buffer, PluginMessage *ret_message, int *ret_fd);

/* report.c: what pppd does, told to the supervisor. It only sends: plugin.c calls it. */

/* Reports a phase of pppd's (PHASE_*). The first phase that ends a link reports the end as well. */
void report_phase(int phase);
/* Reports pppd's end with its exit status (EXIT_* of pppd(8)). Only the first call counts. */
void report_exit(int status);
/*
 * Reports a PPP control packet, from the protocol field on. The report is lost if the supervisor
 * does not read. That of an Echo-Request waits for its answer, for a second at most.
 */
void report_packet(bool sent, const uint8_t *frame, size_t n_frame);
/* Reports that IPCP is up, and what each direction is encrypted with. */
void report_ip_up(MppeOutcome transmit, MppeOutcome receive);
/*
 * Reports that IPCP went down, for good or to be negotiated anew; then another report_ip_up()
 * follows.
 */
void report_ip_down(void);
/* Reports that IPV6CP is up, and both link-local addresses. */
void report_ipv6_up(void);
/* Reports that IPV6CP went down, likewise. */
void report_ipv6_down(void);
/* Reports that this host gives the interface no IPv6. */
void report_no_ipv6(PluginNoIpv6 lack);
/* Reports why the plugin ends the call, and what CCP had agreed on by then. */
void report_breach(PluginBreach breach, MppeOutcome transmit, MppeOutcome receive);

/* early-frames.c: LCP's packets that came too soon for pppd. */

/*
 * Keeps a copy of a frame that came before pppd was given the call, from the address or the
 * protocol field on. What is not LCP is dropped.
 */
void early_frames_add(const uint8_t *frame, size_t n_frame);
/* Learns pppd's phase: at PHASE_ESTABLISH LCP is fed with the frames as soon as it listens. */
void early_frames_set_phase(int phase);

/* router-advertisements.c: the server gives this host no IPv6 routes. */

/* refuse: router_advertisements_drop() has something to do. */
void router_advertisements_install(bool refuse);
/*
 * Has the kernel drop them on this link, as long as pppd sets no other filter. Returns false, with
 * errno set, if the kernel has no filters for PPP (CONFIG_PPP_FILTER) or takes none.
 */
bool router_advertisements_drop(void);

/* early-ipcp.c: IPCP beside CCP, where MPPE is required. */

/*
 * Takes IPCP over, after ip_configuration_install(). allowed: early_ipcp_begin() may ask the server
 * before CCP is open. Packets of the server's that come before that are kept in any case.
 */
void early_ipcp_install(bool allowed);
/* Sends IPCP's first request, once: our Configure-Ack for CCP is sent, and CCP is not open yet. */
void early_ipcp_begin(int unit);
/* Learns pppd's phase (PHASE_*): at PHASE_ESTABLISH all is negotiated anew. */
void early_ipcp_set_phase(int phase);

/* restart-timers.c: when LCP, CCP, IPCP and IPV6CP ask again. */

/* Sets the Restart timer of all (core/ppp/restart-timer.h), before LCP begins. */
void restart_timers_set(uint32_t sec);
/* Learns pppd's phase: when LCP is negotiated anew before the link was up, they get longer. */
void restart_timers_set_phase(int phase);

/* lost-ack.c: the same Configure-Request once more, because our Configure-Ack was lost. */

/*
 * Acknowledges a request with these options once more; false: that is not possible any more, and
 * the request is to be taken for a new one.
 */
typedef bool (*AcknowledgeAgain)(fsm *f, uint8_t id, unsigned char *options, int n_options);

typedef struct LostAck {
        AcknowledgeAgain acknowledge; /* NULL: with a Configure-Ack, and that is all */

        /* The protocol's latest request that we agreed to, from the code field on */
        uint8_t request[64]; /* IPCP's and CCP's are of 4 to 28 bytes */
        size_t n_request;    /* 0: none */
        unsigned n_repeated;
} LostAck;

/* Takes a packet in, as protent.input does. */
typedef void (*PacketInput)(int unit, unsigned char *data, int n_data);

/*
 * Stands in front of a protocol's input, with every packet from its code field on. The request that
 * was acknowledged before is acknowledged again; everything else goes to input.
 */
void lost_ack_input(LostAck *l, fsm *f, PacketInput input, unsigned char *data, int n_data);

/* chap-success.c: a CHAP Success that was lost. */

/* Learns pppd's phase (PHASE_*); nothing is done in any but PHASE_AUTHENTICATE. */
void chap_success_set_phase(int phase);
/*
 * Looks at a packet that pppd sends, as its snoop hook shows it, from the address field on: keeps a
 * copy of the latest Response.
 */
void chap_success_see_sent(const unsigned char *data, int n_data);
/*
 * Looks at a packet of the peer's, from the address field on. One of an NCP while we still
 * authenticate means that the Success was lost: sends the Response once more, so that the peer
 * repeats the Success.
 */
void chap_success_see_received(const unsigned char *data, int n_data);

/* keep-alive.c: LCP echo, and the end of a link that is silent. */

/*
 * Takes of SETUP how often to send an LCP echo, and after how many such intervals without an answer
 * the link is dead; the supervisor may say it again at any time. Of other messages, nothing.
 */
void keep_alive_take_setup(const PluginMessage *message);
/* Learns pppd's phase: echoes begin with PHASE_NETWORK, and end with any phase that is not up. */
void keep_alive_set_phase(int phase);
/* Looks at a packet of the peer's, as pppd's snoop hook shows it, from the address field on. */
void keep_alive_hear(const unsigned char *data, int n_data);
/* Returns whether the packet that pppd sends now is an echo that will most likely be answered. */
bool keep_alive_expects_answer(void);

/* kernel-ccp.c: what the kernel makes of CCP's packets. */

/* Notes that pppd makes a Configure-Request: the count of Acks begins anew. */
void kernel_ccp_note_request(void);
/* Counts a Configure-Ack of the peer. Returns whether it is the first since our latest request. */
bool kernel_ccp_note_ack(void);
/* Keeps the key to encrypt with, which pppd forgets when CCP is up. Call it right before. */
void kernel_ccp_keep_key(void);
/* Wipes that key. From then on kernel_ccp_acknowledge() fails. */
void kernel_ccp_forget_key(void);
/* Notes that CCP is up, and whether packets wait that the kernel looked into before that. */
void kernel_ccp_note_up(void);
/*
 * Whether the kernel may have looked into a packet that pppd reads now before CCP was up. Stays
 * true for a second after packets waited, also when those have been read.
 */
bool kernel_ccp_has_backlog(void);
/*
 * While CCP is up: acknowledges the peer's repeated request, and begins encryption anew, which that
 * request has ended. Returns false, with nothing sent, if the key is gone, if the options are not
 * MPPE's alone, or if the kernel does not take the key.
 */
bool kernel_ccp_acknowledge(fsm *f, uint8_t id, unsigned char *options, int n_options);

/* mppe-negotiation.c: CCP within the policy. */

/* Takes CCP over; the policy is copied. */
void mppe_negotiation_install(const MppePolicy *policy);
/* Returns what CCP has agreed on for what we send: pppd's ccp_hisoptions. */
MppeOutcome mppe_negotiation_get_transmit(void);
/* Returns what CCP has agreed on for what the peer sends: pppd's ccp_gotoptions. */
MppeOutcome mppe_negotiation_get_receive(void);
/*
 * Checks what was agreed on in both directions against the policy. Returns whether both are within
 * it; if not, the supervisor was told (POLICY_BREACH) and the link is being closed.
 */
bool mppe_negotiation_verify(void);

/* ip-configuration.c: IPCP: DNS, MTU, and no address before encryption is verified. */

/* Takes IPCP over, after pppd has initialised it, and asks the server for this. */
void ip_configuration_install(const IpRequest *ip);
/* Learns the MTU that LCP agreed on, at the first PHASE_NETWORK after PHASE_ESTABLISH. */
void ip_configuration_set_phase(int phase);
/* Returns the address that is asked for first; INADDR_ANY: whatever the server gives. */
struct in_addr ip_configuration_get_address(void);
/* Returns whether pppd's requests ask for name servers; if not, dns-question.c does beside them. */
bool ip_configuration_asks_for_dns(void);
/* Returns whether the server is known to have rejected that the last time. */
bool ip_configuration_has_no_dns(void);
/* Has the next request ask for name servers, and all after it. */
void ip_configuration_ask_for_dns(fsm *f);

/* dns-question.c: name servers of a server that may have none. */

/* Takes IPCP over, after ip_configuration_install(). */
void dns_question_install(void);

/* ipv6-configuration.c: IPV6CP: no address before encryption is verified. */

/* Takes IPV6CP over, after pppd has initialised it. */
void ipv6_configuration_install(void);
/*
 * Learns pppd's phase: at PHASE_NETWORK it is seen whether the interface can have IPv6, and if not,
 * the supervisor is told and the server is not asked.
 */
void ipv6_configuration_set_phase(int phase);

/* link-ipv6.c: whether the kernel gives an interface IPv6. */

/*
 * Looks in the network namespace of the process. Returns why it has none; 0 if it has, or if that
 * cannot be told.
 */
PluginNoIpv6 link_ipv6_find_lack(const char *ifname);

/* password.c: MS-CHAP's secret, from the supervisor. */

/* Sets pppd's hook for the secret of CHAP, which asks the supervisor (PASSWORD_REQUEST). */
void password_install(void);

/* transport.c: the AF_PPPOX socket as pppd's channel. */

/*
 * Becomes pppd's channel with these options, which are borrowed; check_options is called once pppd
 * has read all of them.
 */
void transport_install(PppdOption *options, void (*check_options)(void));
/* Notes a signal that tells pppd to end: it ends the wait for the call. Runs in pppd's handler. */
void transport_note_signal(void);
