/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The interface that covers a tunnel's names (core/names/names-cover.h): a dummy with one address,
 * which nothing is sent to but questions that are to be refused.
 */

#include <stdbool.h>
#include <stdint.h>

typedef struct CoverLink {
        uint32_t ifindex;
        bool was_up;      /* it was there before, and up */
        bool had_address; /* and had its address */
} CoverLink;

/*
 * Makes the interface of the tunnel with that name, sets it up, and notes that it is ours (udev's
 * rules ask for that); or takes over the one that is there. Waits for nobody but the kernel, which
 * may load the module. Returns 0 or a negative errno: -EOPNOTSUPP if the kernel has no dummy
 * interfaces, -EEXIST if an interface of another kind has the name.
 */
int cover_link_make(const char *tunnel, CoverLink *ret_link);

/* Removes the interface, if it is there and a dummy. Returns 0 or a negative errno. */
int cover_link_remove(const char *tunnel);
