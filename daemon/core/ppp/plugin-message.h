/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What supervisor and pppd plugin say to each other over a SOCK_SEQPACKET pair, one message a
 * packet. Both ends come from one build, so the format may change with any release; a byte in
 * front names the version, since a plugin of another build may still lie on the disk.
 *
 * Before pppd is started the supervisor queues SETUP, so that the plugin can read it without
 * waiting. The EARLY_FRAMEs and TRANSPORT follow when the server has accepted the call; until then
 * pppd waits for them.
 */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/ppp/ip-request.h"
#include "core/ppp/mppe.h"

#define PLUGIN_MESSAGE_VERSION 7
/* A PPP control packet of the default MRU (RFC 1661, section 6.1), with room for our header. */
#define PLUGIN_FRAME_MAX_BYTES 1520
/* PACKET with the longest frame, which has version, type and direction in front. */
#define PLUGIN_MESSAGE_MAX_BYTES (PLUGIN_FRAME_MAX_BYTES + 3)
/* pppd's MAXSECRETLEN and MAXNAMELEN are 256, with the NUL. */
#define PLUGIN_SECRET_MAX_BYTES 255

typedef enum PluginMessageType {
        /* to the plugin */
        PLUGIN_SETUP = 1,
        PLUGIN_EARLY_FRAME,
        PLUGIN_TRANSPORT,
        PLUGIN_PASSWORD,
        /* to the supervisor */
        PLUGIN_HELLO = 32,
        PLUGIN_PHASE,
        PLUGIN_PACKET,
        PLUGIN_PASSWORD_REQUEST,
        PLUGIN_IP_UP,
        PLUGIN_IP_DOWN,
        PLUGIN_POLICY_BREACH,
        PLUGIN_EXITING,
        PLUGIN_IPV6_UP,
        PLUGIN_IPV6_DOWN,
        PLUGIN_NO_IPV6,
} PluginMessageType;

/* pppd's phases, by our own numbers: pppd's differ between its versions. */
typedef enum PluginPhase {
        PLUGIN_PHASE_DEAD,
        PLUGIN_PHASE_INITIALIZE,
        PLUGIN_PHASE_ESTABLISH,
        PLUGIN_PHASE_AUTHENTICATE,
        PLUGIN_PHASE_NETWORK,
        PLUGIN_PHASE_RUNNING,
        PLUGIN_PHASE_TERMINATE,
        PLUGIN_PHASE_OTHER,
        _PLUGIN_PHASE_MAX,
} PluginPhase;

/* Why the plugin ended the call itself. */
typedef enum PluginBreach {
        PLUGIN_BREACH_OUTCOME = 1,    /* what was negotiated is not within the policy */
        PLUGIN_BREACH_NAK_LOOP,       /* the peer keeps suggesting what we cannot accept */
        PLUGIN_BREACH_ENCRYPTION_OFF, /* the peer closed CCP while the link was up */
        PLUGIN_BREACH_KEYS,           /* the kernel has another key than the peer */
        _PLUGIN_BREACH_MAX,
} PluginBreach;

/* Why this host gives the interface no IPv6. */
typedef enum PluginNoIpv6 {
        PLUGIN_NO_IPV6_OFF = 1, /* sysctl disable_ipv6 */
        PLUGIN_NO_IPV6_KERNEL,  /* no interface has any: ipv6.disable=1, or no module */
        _PLUGIN_NO_IPV6_MAX,
} PluginNoIpv6;

typedef struct PluginMessage {
        PluginMessageType type;
        union {
                struct {
                        MppePolicy mppe;
                        IpRequest ip;
                        bool ask_password;  /* ask us with PASSWORD_REQUEST; else pppd's files */
                        bool accept_router; /* let the server's router advertisements through */
                        uint32_t keep_alive_interval_sec; /* 0: no LCP echo */
                        uint32_t keep_alive_probes; /* so many intervals of silence are the end */
                } setup;
                struct {           /* EARLY_FRAME, PACKET: from the PPP protocol field on */
                        bool sent; /* PACKET: by pppd; else received */
                        const uint8_t *data; /* points into the message's buffer */
                        size_t n_data;
                } frame;
                struct { /* TRANSPORT; the connected AF_PPPOX socket comes with it (SCM_RIGHTS) */
                        uint16_t frame_bytes; /* the largest, in either direction */
                        uint32_t restart_sec; /* the Restart timer: core/ppp/restart-timer.h */
                } transport;
                struct { /* PASSWORD: found = false ends the call */
                        bool found;
                        uint8_t secret[PLUGIN_SECRET_MAX_BYTES + 1];
                        size_t n_secret;
                } password;
                struct {
                        char pppd_version[32];
                } hello;
                struct {
                        PluginPhase phase;
                } phase;
                struct {
                        char ifname[16];
                        struct in_addr local;
                        struct in_addr peer;
                        struct in_addr dns[2]; /* INADDR_ANY: not given */
                        MppeOutcome transmit;  /* what we encrypt with (pppd: ccp_hisoptions) */
                        MppeOutcome receive;   /* what the peer encrypts with (ccp_gotoptions) */
                        uint16_t mtu_bytes;
                } ip_up;
                struct {
                        struct in6_addr local; /* link-local */
                        struct in6_addr peer;
                } ipv6_up;
                struct {
                        PluginNoIpv6 lack;
                } no_ipv6;
                struct {
                        PluginBreach breach;
                        MppeOutcome transmit;
                        MppeOutcome receive;
                } breach;
                struct {
                        int status; /* pppd's code for its exit status, EXIT_* of pppd(8) */
                } exiting;
        };
} PluginMessage;

enum {
        PLUGIN_MESSAGE_E_VERSION = 1, /* the other end is of another build */
        PLUGIN_MESSAGE_E_FORMAT,
};

/*
 * Parses one packet, which must be whole: a message that is longer than it may be is refused.
 * frame.data borrows from data. Returns 0, or PLUGIN_MESSAGE_E_*; ret_message stays untouched on
 * failure.
 */
int plugin_message_parse(const uint8_t *data, size_t n_data, PluginMessage *ret_message);

/*
 * Writes one packet. Returns its length in bytes, at most PLUGIN_MESSAGE_MAX_BYTES, or -ENOBUFS if
 * the buffer is too small, or -EINVAL for an unknown type and for a frame or secret that is too
 * long.
 */
int plugin_message_write(const PluginMessage *message, uint8_t *buffer, size_t n_buffer);
