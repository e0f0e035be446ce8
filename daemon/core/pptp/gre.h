/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * PPTP's enhanced GRE (RFC 2637, section 4.1), as far as it takes to get at the PPP frame of a
 * packet that came before the kernel's data path was there to receive it. Reading only: what we
 * send goes through the kernel.
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
        uint16_t call_id; /* the receiver's */
        bool has_sequence;
        uint32_t sequence;
        bool has_acknowledgement;
        uint32_t acknowledgement;
        const uint8_t *frame; /* from the PPP protocol field on; points into the packet */
        size_t n_frame;       /* 0: a bare acknowledgement */
} GrePacket;

enum {
        GRE_E_SHORT = 1, /* a length field beyond the packet */
        GRE_E_FORMAT,    /* not a whole IPv4 packet with PPTP's kind of GRE in it */
};

/*
 * Parses a whole IPv4 packet, as a raw socket gives it. Bytes beyond the lengths that IPv4 and GRE
 * state are ignored, and a leading ff 03 (RFC 1662) of the frame is stepped over. Returns 0 or
 * GRE_E_*; ret_packet stays untouched on failure.
 */
int gre_packet_parse(const uint8_t *packet, size_t n_packet, GrePacket *ret_packet);
