/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Reads PPTP's enhanced GRE (RFC 2637, section 4.1): finds the PPP frame in a packet that came
 * before the kernel's data path was there to receive it. It writes nothing: packets of ours come
 * from the kernel.
 */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* GRE's protocol type for PPP in enhanced GRE. */
#define GRE_PROTOCOL_PPP UINT16_C(0x880b)

typedef struct GrePacket {
        struct in_addr source;
        struct in_addr destination;
        uint16_t call_id; /* the receiver's: ours in a packet of the server's */
        bool has_sequence;
        uint32_t sequence;
        bool has_acknowledgement;
        uint32_t acknowledgement;
        const uint8_t *frame; /* from the PPP protocol field on; points into the packet */
        size_t n_frame;       /* 0: a bare acknowledgement */
} GrePacket;

enum {
        GRE_E_SHORT = 1, /* a length field says more than the packet has */
        GRE_E_FORMAT,    /* not a whole IPv4 packet with PPTP's kind of GRE in it */
};

/*
 * Parses a whole IPv4 packet, as raw(7) gives it. Bytes beyond the lengths that IPv4 and GRE state
 * are ignored, and the address and control fields of the frame (ff 03: RFC 1662, section 3.1) are
 * stepped over. Returns 0 or GRE_E_*; ret_packet, which points into the packet, stays untouched on
 * failure.
 */
int gre_packet_parse(const uint8_t *packet, size_t n_packet, GrePacket *ret_packet);
