/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A pppd without a kernel, a serial line or a process: the symbols that the plugin takes from pppd,
 * and as much of pppd's behaviour behind them as the plugin's callbacks depend on (fsm.c, ccp.c,
 * ipcp.c and auth.c of pppd are named where they are imitated). Time passes when a test says so.
 *
 * The plugin is loaded as pppd loads it, from its shared object, and unloaded after each test, so
 * that every test meets it fresh. The test is the supervisor, at the other end of its socket, and
 * the PPP peer.
 */

#include "tests/unit/test.h"

#include <linux/filter.h>
#include <netinet/in.h>

#include "hooks/compat.h"

/* What the supervisor says with the transport; not what pppd takes by itself (DEFTIMEOUT, 3). */
#define FAKE_PPPD_RESTART_SEC 2

#define PROTOCOL_IPCP 0x8021
#define PROTOCOL_IPV6CP 0x8057
#define PROTOCOL_CCP 0x80fd
#define PROTOCOL_LCP 0xc021
#define PROTOCOL_CHAP 0xc223

/* A packet that pppd sent: its protocol, and the rest from the code field on. */
typedef struct SentPacket {
        unsigned protocol;
        uint8_t data[PLUGIN_FRAME_MAX_BYTES];
        size_t n_data;
} SentPacket;

/* cmocka's fixture: a pppd that has not read its options yet, and the supervisor's end. */
int fake_pppd_set_up(void **state);
int fake_pppd_tear_down(void **state);

/* ---- the supervisor's end ---- */

/* SETUP for MPPE with 128 bits, the password asked for, and no keep-alive. */
PluginMessage fake_pppd_make_setup(void);
/* Sends a message to the plugin. */
void fake_pppd_tell(const PluginMessage *message);
/* The next message of the plugin; fails the test if there is none. Borrowed until the next call. */
const PluginMessage *fake_pppd_hear(void);
/* The next message of a type; those in between are dropped. */
const PluginMessage *fake_pppd_hear_type(PluginMessageType type);
/* Whether a message waits. */
bool fake_pppd_has_message(void);
/* Whether a message of that type is among those that wait, all of which are dropped. */
bool fake_pppd_heard_type(PluginMessageType type);
/* The supervisor goes away. */
void fake_pppd_close_channel(void);

/* ---- pppd ---- */

/* Options are read: tells SETUP and has the plugin check them. */
void fake_pppd_start(const PluginMessage *setup);
/* Sets the plugin's option, which is a descriptor. */
void fake_pppd_set_option(const char *name, int value);
/* Hands over a transport for frames of that size, and has the plugin connect: its answer. */
int fake_pppd_connect(uint16_t frame_bytes);
/* The handler of a signal that tells pppd to end. */
void fake_pppd_signal(int signal_number);
/* Has the plugin check its options. Returns whether it did not end pppd by fatal(). */
bool fake_pppd_check_options(void);
/* Runs func; returns whether it ended pppd by fatal(). */
bool fake_pppd_is_fatal(void (*func)(void));
void fake_pppd_set_phase(int phase);
/* LCP is open for frames of mru_bytes, and authentication is done: CCP and IPCP begin. */
void fake_pppd_enter_network(int mru_bytes);
/* LCP is negotiated anew, by the peer, up to the network phase. */
void fake_pppd_reopen_lcp(int mru_bytes);
/* Lets time pass, in small steps, and pppd's timers with it. */
void fake_pppd_advance(unsigned sec);
void fake_pppd_advance_msec(unsigned msec);
/* How many of its timers came due since the last call: each wakes an idle pppd. */
unsigned fake_pppd_count_timers(void);
/* When the link received, or sent, a packet of data last, as the kernel counts it: now. */
void fake_pppd_receive_data(void);
void fake_pppd_send_data(void);
/* pppd tells its notifiers that it exits with this status. */
void fake_pppd_exit(int code);
/* Takes SIGTERM from now on, which a plugin sends to its own pppd; whether it came. */
void fake_pppd_expect_end(void);
bool fake_pppd_was_ended(void);
/* Whether LCP was closed, by whomever; with which reason it was first. */
bool fake_pppd_is_closing(void);
const char *fake_pppd_get_reason(void);

/* ---- the peer ---- */

/* A packet of the peer, of a protocol and with its options after code, identifier and length. */
void fake_pppd_receive(unsigned protocol, uint8_t code, uint8_t id, const void *options,
                       size_t n_options);
/* The next packet that pppd sent; fails the test if there is none. Borrowed until another. */
const SentPacket *fake_pppd_sent(void);
/* The same, of a protocol; others in between are dropped. NULL if there is none. */
const SentPacket *fake_pppd_sent_of(unsigned protocol);

/* Configure-… packets of CCP with MPPE's one option. */
void fake_pppd_receive_mppe(uint8_t code, uint8_t id, uint32_t bits);
/* The MPPE bits in a packet of CCP; fails the test if it is not of that code. */
uint32_t fake_pppd_get_mppe(const SentPacket *packet, uint8_t code);
/* CCP and IPCP are negotiated without a hitch, up to IP-up; messages and packets are dropped. */
void fake_pppd_come_up(uint32_t mppe_bits);

/* Acknowledges pppd's latest request of a protocol, as it is. */
void fake_pppd_acknowledge(unsigned protocol);
/*
 * The same with two packets, which both arrive before pppd reads the first; after them, but before
 * the second is read, CCP's request with these bits if they are not 0.
 */
void fake_pppd_acknowledge_twice(uint32_t mppe_bits);
/* Nobody has answered CCP's request, and pppd repeats it. */
void fake_pppd_repeat_request(void);

/* ---- fake-kernel.c ---- */

/* The first byte of the keys that authentication leaves to pppd. */
#define FAKE_SEND_KEY 0x5e
#define FAKE_RECEIVE_KEY 0x4e

void fake_kernel_reset(void);
/* A packet of CCP's arrives or leaves. */
void fake_kernel_peek(bool inbound, uint8_t code);
/* Whether packets have arrived that pppd has not read. */
void fake_kernel_set_readable(bool readable);
/* Takes no key from now on, as without memory. */
void fake_kernel_refuse_keys(void);
/* Takes a filter for all packets, or none if it is empty. Returns as ioctl() does. */
int fake_kernel_set_filter(const struct sock_fprog *program);
/* Takes none from now on, as a kernel without CONFIG_PPP_FILTER. */
void fake_kernel_refuse_filters(void);
/* Whether the filter passes a packet with what stands in front of it there. */
bool fake_kernel_passes(const uint8_t *packet, size_t n_packet);
/* Whether it compresses the TCP headers of what we send, as sifvjcomp() has set it. */
/* Has the kernel give interfaces no IPv6; 0: has it give them that. */
void fake_kernel_lack_ipv6(PluginNoIpv6 lack);
/* A socket of rtnetlink, with the answer to the question of how the link is. */
int fake_kernel_open_rtnetlink(void);
void fake_kernel_set_compresses_headers(bool compresses);
bool fake_kernel_compresses_headers(void);
/* Whether what we send is encrypted, with the key that the peer has. */
bool fake_kernel_encrypts(void);
/* Whether what comes is decrypted, with the key that the peer has. */
bool fake_kernel_decrypts(void);

/* ---- fake-fsm.c ---- */

extern fsm_callbacks fake_ccp_callbacks, fake_ipcp_callbacks;

void fake_fsm_reset(void);
void fake_fsm_lower_up(fsm *f);
void fake_fsm_lower_down(fsm *f);
void fake_fsm_open(fsm *f);
void fake_fsm_close(fsm *f);
void fake_fsm_repeat(fsm *f);
void fake_fsm_input(fsm *f, unsigned char *data, int n_data);

void fake_notify_ip(bool up);
void fake_notify_ipv6(bool up);
