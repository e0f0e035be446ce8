/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What went over a tunnel's control connection and its link last, and what the supervisor made of
 * it: kept in memory, for the question why a tunnel fails. Data are never recorded, and nothing
 * that serves to log in (ppp_packet_redact()). Pure; supervisor-recorder.c feeds it.
 */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/status/pcapng.h"

/* Whatever is more makes the oldest go. The bytes are those that malloc() has of them, nearly. */
#define FLIGHT_RECORDER_ITEMS_MAX 200
#define FLIGHT_RECORDER_MAX_BYTES (256 * 1024)
/*
 * So many of them may be echoes, of LCP and of the control connection, and so many texts: otherwise
 * the echoes of half an hour, or a quarrel over a route, would be all that is left of a connection.
 */
#define FLIGHT_RECORDER_ECHOES_MAX 40
#define FLIGHT_RECORDER_EVENTS_MAX 100
/* What is longer is cut; no control packet is (PLUGIN_FRAME_MAX_BYTES, PPTP_MESSAGE_MAX_BYTES). */
#define FLIGHT_RECORDER_ITEM_MAX_BYTES 2048

/* The two ends of a control connection. */
typedef struct FlightConnection {
        struct in_addr local, server;
        uint16_t port; /* of the server */
        uint16_t number;
} FlightConnection;

typedef struct FlightItem FlightItem;

/* An empty one is all zeros. */
typedef struct FlightRecorder {
        FlightItem *items[FLIGHT_RECORDER_ITEMS_MAX]; /* the oldest first */
        size_t n_items;
        size_t n_echoes, n_events; /* among them */
        size_t n_bytes;
        uint64_t n_dropped; /* since the first item ever */
        FlightConnection connection;
} FlightRecorder;

/* Frees the items. */
void flight_recorder_done(FlightRecorder *r);

/*
 * Takes note of the ends of a connection that begins, for the messages from now on. The port is the
 * server's, in the order of the host.
 */
void flight_recorder_connect(FlightRecorder *r, struct in_addr local, struct in_addr server,
                             uint16_t port);

/*
 * Records bytes of the control connection, a copy of them. Here and below now_usec is in
 * microseconds of CLOCK_BOOTTIME; and if memory is exhausted, nothing is recorded.
 */
void flight_recorder_add_control(FlightRecorder *r, uint64_t now_usec, bool sent,
                                 const uint8_t *data, size_t n_data);
/*
 * Records a copy of a frame of the link, from its protocol field on; not one that carries data.
 */
void flight_recorder_add_frame(FlightRecorder *r, uint64_t now_usec, bool sent,
                               const uint8_t *frame, size_t n_frame);
/* Records a copy of the first line of a text for people. */
void flight_recorder_add_event(FlightRecorder *r, uint64_t now_usec, const char *text);

/*
 * Writes a file with all that is recorded, in its order. The control connection is on interface 0,
 * with IPv4 and TCP headers that are made up, but for the addresses and the server's port; the link
 * is on interface 1; texts are journal entries of priority 7. The offset is CLOCK_REALTIME less
 * CLOCK_BOOTTIME. p is empty; without memory it has failed.
 */
void flight_recorder_write(const FlightRecorder *r, const char *tunnel,
                           int64_t realtime_offset_usec, Pcapng *p);
