/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Evidence that data passes through the tunnel: an ICMP Echo to the peer's PPP address, forced
 * through the interface. An answer proves that both directions work, encryption included; no
 * answer proves nothing, since many servers do not answer. The caller has the deadline and retries.
 */

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "core/base/macros.h"

typedef struct Probe Probe;

typedef struct ProbeAnswer {
        int error;      /* 0: an answer; else a negative errno that the kernel heard by ICMP
                    * (-EHOSTUNREACH, …), and the rest is 0 */
        size_t n_bytes; /* of the packet that came back, with its IPv4 header */
        uint64_t round_trip_usec;
} ProbeAnswer;

/*
 * An Echo of this probe was answered, any of those that were sent: a server that puts packets in
 * order holds one back behind a gap, and answers when the next has come. Runs from the event loop;
 * may free the probe.
 */
typedef void (*ProbeFunc)(Probe *p, const ProbeAnswer *answer, void *userdata);

/*
 * Prepares; sends nothing. Needs CAP_NET_RAW where net.ipv4.ping_group_range does not have the
 * group of this process. Returns 0, -ENODEV (no such interface), -EPERM, or another negative errno.
 */
int probe_new(sd_event *event, const char *ifname, struct in_addr peer, ProbeFunc func,
              void *userdata, Probe **ret_probe);
/* Ends the probe: no answer is reported any more. Takes NULL; returns NULL. */
Probe *probe_free(Probe *p);
DEFINE_FREEP(Probe, probe_free)

/*
 * Sends one Echo: the shortest, or one whose packet has so many bytes with its IPv4 header. Returns
 * 0 or a negative errno (-ENETDOWN, -ENOBUFS, -EPERM: a firewall, …).
 */
int probe_send(Probe *p, size_t n_bytes);
