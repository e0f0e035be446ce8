/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The data path that uses the kernel's PPTP driver: pppd is given an AF_PPPOX socket, and the
 * frames never leave the kernel. Closing that socket hangs pppd up; nothing else ends the call for
 * sure.
 *
 * Beside it, until data_path_settle(), there is a raw GRE socket (gre-socket.h) that sees what the
 * driver cannot tell us. The driver drops GRE that arrives before connect(), and many servers send
 * their first LCP packet with the Outgoing-Call-Reply: the raw socket catches it. It also hears
 * ICMP errors about what the driver sends; later an IcmpWatch does, at no cost to the call's
 * packets.
 */

#include "io/data-path/data-path.h"

extern const DataPathDriver kernel_path_driver;
