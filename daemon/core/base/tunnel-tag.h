/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A number that stands for a tunnel's name in the kernel, where there is no room for the name: in
 * its policy rules, in routes that are there without its interface, and in the number of its own
 * routing table. It follows from the name alone, so that a supervisor that was killed and its
 * successor have the same one, and so that it does not change when another tunnel comes or goes.
 */

#include <stdint.h>

/* Bits of a tag. The rest of 32 bits is for what it is put into, see route-owner.h. */
#define TUNNEL_TAG_BITS 28
#define TUNNEL_TAG_MASK ((UINT32_C(1) << TUNNEL_TAG_BITS) - 1)

/*
 * Tables of tunnels: 0x40000000 to 0x4fffffff. Administrators number theirs by hand, from 1 on;
 * wg-quick from 51820 on, systemd-networkd and NetworkManager up to some thousands.
 */
#define TUNNEL_TAG_FIRST_TABLE UINT32_C(0x40000000)

/*
 * Returns the tag of a tunnel's name: from 1 to TUNNEL_TAG_MASK. Of 100 tunnels two have the same
 * one in one case of 50,000; the kernel refuses the second its default route then, and the journal
 * says whose is in the way.
 */
uint32_t tunnel_tag_make(const char *name);

/* The number of the tunnel's own routing table. */
static inline uint32_t tunnel_tag_get_table(uint32_t tag) {
        return TUNNEL_TAG_FIRST_TABLE | tag;
}

/*
 * Returns the number of the routing table of a VRF that a tunnel makes. It follows from the VRF's
 * name, so that all tunnels that are to be in it choose the same, and so that a VRF of that name
 * with another table is known to be somebody else's. A tunnel of the same name has another table.
 */
uint32_t tunnel_tag_get_vrf_table(const char *vrf);
