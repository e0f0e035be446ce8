/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Which chain of this host's firewall keeps packets out, so that advice can name it. It only looks:
 * no rule is read, made or changed.
 */

#include <stddef.h>

/*
 * Finds the base chain of nftables (of iptables as well, where that is nftables) that packets to
 * this host have to pass: one that drops what nothing accepts, or else any. ret_chain is as nft(8)
 * writes it, "inet filter input". Asks the kernel and waits for the answer, which is there at once.
 * Returns 0, -ENOENT if there is no such chain, or another negative errno.
 */
int firewall_find_input_chain(char *ret_chain, size_t n_chain);
