/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The data path of one call: what carries its PPP frames between pppd and the server, in GRE
 * (RFC 2637, section 4). How it does that is the driver's business; kernel-path.h is the one that
 * uses the PPTP driver of the kernel.
 *
 * The order of a call: data_path_open() before the Outgoing-Call-Request, which needs our call id;
 * data_path_connect() after the Outgoing-Call-Reply; pppd is given the transport; once LCP is up or
 * has failed, data_path_settle(); data_path_free() ends the call and hangs pppd up.
 */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "core/base/macros.h"
#include "core/ppp/plugin-message.h"

typedef struct DataPath DataPath;

/* A PPP frame, from the protocol field on. */
typedef struct DataPathFrame {
        size_t n_data;
        uint8_t data[PLUGIN_FRAME_MAX_BYTES];
} DataPathFrame;

/* How far the call's frames have come; what is lost between the two, this machine drops. */
typedef struct DataPathCounters {
        uint64_t n_arrived;  /* GRE frames of the call, counted in front of the firewall */
        uint64_t n_received; /* PPP control frames that pppd has read, see data_path_count() */
} DataPathCounters;

/*
 * An ICMP error about our GRE. error is -ENOPROTOOPT (protocol unreachable: no GRE there),
 * -EMSGSIZE, -EHOSTUNREACH, …; offender is who said so, see icmp-watch.h. Runs from the event
 * loop; may free the data path. Every repetition is reported.
 */
typedef void (*DataPathErrorFunc)(DataPath *p, int error, struct in_addr offender, void *userdata);

typedef struct DataPathOptions {
        struct in_addr local_address; /* of the control connection: the server expects no other */
        struct in_addr server;
        const char *bind_to_device; /* BindToDevice=; NULL or "": any */
        uint32_t firewall_mark;     /* FirewallMark=; 0: none */

        DataPathErrorFunc on_error; /* may be NULL */
        void *userdata;
} DataPathOptions;

/* A way to implement a data path. Each function is described at its namesake below. */
typedef struct DataPathDriver {
        const char *name; /* for the journal */
        int (*open)(sd_event *event, const DataPathOptions *options, DataPath **ret_path);
        uint16_t (*get_call_id)(const DataPath *p);
        int (*connect)(DataPath *p, uint16_t peer_call_id, bool only_encrypted);
        int (*get_transport)(const DataPath *p);
        size_t (*get_early_frames)(const DataPath *p, const DataPathFrame **ret_frames);
        int (*count_arrived)(DataPath *p, uint64_t *ret_n_frames);
        int (*test_output)(DataPath *p);
        void (*settle)(DataPath *p);
        DataPath *(*free)(DataPath *p);
} DataPathDriver;

/* What every driver's object begins with. */
struct DataPath {
        const DataPathDriver *driver;
        uint64_t n_received;
};

/*
 * Opens the local end of a call. The options are borrowed for the time of the call of this
 * function. Returns 0, -EAFNOSUPPORT or -EPROTONOSUPPORT (the kernel has no PPTP driver), -EPERM or
 * -EACCES (CAP_NET_RAW, unit too tight), -EADDRINUSE (no call id left), or another negative errno.
 */
int data_path_open(const DataPathDriver *driver, sd_event *event, const DataPathOptions *options,
                   DataPath **ret_path);
/* Ends the call: pppd, if it runs, sees a hangup. Returns NULL. */
DataPath *data_path_free(DataPath *p);
DEFINE_FREEP(DataPath, data_path_free)

/*
 * Returns our call id, for the Outgoing-Call-Request. It is never 0, and no other call's on this
 * machine.
 */
uint16_t data_path_get_call_id(const DataPath *p);

/*
 * Joins the path to the peer's call id, from the Outgoing-Call-Reply. With only_encrypted it lets
 * in nothing but control packets and encrypted data, from the first frame on
 * (clear-text-filter.h). Returns 0 or a negative errno.
 */
int data_path_connect(DataPath *p, uint16_t peer_call_id, bool only_encrypted);

/*
 * Returns the descriptor that pppd is given as its link; borrowed. Only after data_path_connect().
 */
int data_path_get_transport(const DataPath *p);

/*
 * Returns the number of frames that came before data_path_connect(), and the frames in their order
 * of arrival, to be handed to pppd; borrowed until data_path_settle(). Call it right after
 * connecting. A frame that came in that moment may reach pppd twice, which LCP takes for a
 * repetition.
 */
size_t data_path_get_early_frames(const DataPath *p, const DataPathFrame **ret_frames);

/* Counts a PPP control frame that pppd has read. */
void data_path_count(DataPath *p);

/*
 * Reads the counters. Returns 0, -ENODATA after data_path_settle(), or another negative errno if
 * frames cannot be counted on this machine.
 */
int data_path_get_counters(DataPath *p, DataPathCounters *ret_counters);

/*
 * Sends one GRE header without payload, which peers ignore, for the sake of the errno: -EPERM says
 * that a local firewall forbids GRE to go out. Returns 0, -EBADF after data_path_settle(), or
 * another negative errno.
 */
int data_path_test_output(DataPath *p);

/*
 * LCP is up, or has failed: closes whatever served to find out why, and forgets the early frames.
 * ICMP errors are still reported. May be called again.
 */
void data_path_settle(DataPath *p);
