/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Data that comes unencrypted in a link that encrypts. The kernel's PPP delivers it like any other:
 * whoever can send GRE in the server's name could put packets into the private network. Here are
 * the filters (BPF) that find it, one to drop it, one to notice it.
 */

#include <netinet/in.h>
#include <stdint.h>

/*
 * Has the kernel drop clear text on an AF_PPPOX socket of its PPTP driver: every PPP protocol that
 * carries data (below 0x8000, RFC 1661, section 2), but for 0x00fd, which is what MPPE sends (RFC
 * 3078, section 3). Control packets pass. To be attached before the socket is connected. Returns 0
 * or a negative errno.
 */
int clear_text_filter_attach(int fd);

/*
 * Lets nothing but the clear text of one call into an AF_PACKET socket of type SOCK_DGRAM: GRE from
 * the server with our call id. Returns 0 or a negative errno.
 */
int clear_text_filter_attach_to_packets(int fd, struct in_addr server, uint16_t call_id);
