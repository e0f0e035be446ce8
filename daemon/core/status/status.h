/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * All that there is to tell of a tunnel at one moment, and its form as a file: one KEY=VALUE a
 * line, in the dialect of systemd's environment files, see pptp-state(5). Who reads and writes
 * files is the business of io/state-file.h. Times are microseconds of CLOCK_BOOTTIME, 0 for never.
 */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/diagnosis/diagnosis.h"
#include "core/status/history.h"

/* What status_write() may need; a file that is longer is none of ours. */
#define STATUS_MAX_BYTES (24 * 1024)

/* Eight overlaps of networks, as route_overlap_describe() has them. */
#define STATUS_OVERLAPS_MAX_BYTES 1024
/* Two units with the reason for each, or more of them cut. */
#define STATUS_HOOKS_TROUBLE_MAX_BYTES 512

typedef struct Status {
        char tunnel[256];                  /* its name */
        char state[24];                    /* tunnel_state_name() */
        uint64_t since_usec;               /* in this state */
        char text[HISTORY_TEXT_MAX_BYTES]; /* the line that the service manager has as STATUS= */
        char trouble
                [HISTORY_TEXT_MAX_BYTES]; /* what is not as it should be while the tunnel is up */
        char trouble_reason[16];          /* the id of that in the catalogue; "": it has none */
        uint64_t supervisor_pid;
        uint64_t pppd_pid; /* 0: none runs */

        char server[256]; /* as it is configured, and its address; empty before */
        struct in_addr server_address;

        /* the link; empty while there is none */
        char interface_name[16];
        char network_namespace[256]; /* of the interface; empty: this host's */
        char vrf[16];                /* that the interface is in; empty: none */
        struct in_addr address;
        struct in_addr peer_address;
        char ipv6_address[INET6_ADDRSTRLEN]; /* link-local; "": there is no IPv6 */
        char ipv6_peer_address[INET6_ADDRSTRLEN];
        uint64_t mtu_bytes;
        uint64_t segment_bytes;   /* of TCP connections that are forwarded; 0: as they are */
        char encryption_sent[32]; /* mppe_outcome_describe() */
        char encryption_received[32];
        uint64_t n_routes;
        uint64_t default_route_table; /* of the tunnel's own; 0: policy rules lead to none */
        char overlaps[STATUS_OVERLAPS_MAX_BYTES]; /* networks on both sides; empty: none */
        char name_servers[128];                   /* addresses with blanks between them */
        char domains[1024];             /* those of Domains= that are asked there, likewise */
        char names_service[24];         /* where that is in force; "": nowhere */
        char names_trouble[256];        /* why it is not, if that is known */
        uint64_t names_take_all;        /* 1: names of no domain are asked there, too */
        char names_covered[1024];       /* domains that are refused while down; "": none */
        char names_cover_interface[16]; /* the dummy interface for that; "": none */
        char names_cover_trouble[256];  /* why names that should be refused are not; "": all are */
        uint64_t up_since_usec;         /* 0: not up */
        char hooks_trouble[STATUS_HOOKS_TROUBLE_MAX_BYTES]; /* units not started, and why */

        uint64_t next_try_usec; /* 0: none is due */

        History history;
        int64_t realtime_offset_usec; /* CLOCK_REALTIME less CLOCK_BOOTTIME */
} Status;

/*
 * Writes the remedy of a failure of this tunnel into the buffer, as diagnosis_describe_remedy()
 * does. Returns the buffer.
 */
const char *status_describe_remedy(const Status *s, const DiagnosisRow *row, char *buffer,
                                   size_t n_buffer);

/* Writes the file. Returns its length in bytes, without the NUL behind it, or -ENOBUFS. */
int status_write(const Status *s, char *buffer, size_t n_buffer);

enum {
        STATUS_E_FORMAT = 1, /* it is no state file */
};

/*
 * Reads a file. Unknown keys are those of a later version, and ignored. Returns 0 or
 * STATUS_E_FORMAT; ret_status stays untouched on failure.
 */
int status_parse(const char *text, size_t n_text, Status *ret_status);

/*
 * Writes what a unit of [Hooks] is to know, in the form of the file: EVENT=up, and the keys that
 * say how the tunnel is connected, out of its status when it came up. With `down`: EVENT=down, the
 * same keys, and the failure that ended the connection, if `last` has one, the status after its
 * end. last is NULL if the supervisor was killed. Returns as status_write() does.
 */
int status_write_event(const Status *up, bool down, const Status *last, char *buffer,
                       size_t n_buffer);

/* Whether the tunnel can be used. */
bool status_is_up(const Status *s);

/*
 * Makes the history of a supervisor that starts at now_usec out of its predecessor's state file. If
 * the tunnel was up when that was written, the time since then counts as up. Any state but "ended"
 * means that the predecessor was killed or crashed, which is added as a failure.
 */
void status_inherit(const Status *left, uint64_t now_usec, History *ret_history);
