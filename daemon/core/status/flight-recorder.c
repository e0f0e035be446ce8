/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/status/flight-recorder.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/base/macros.h"
#include "core/ppp/ppp-packet.h"
#include "core/pptp/pptp-message.h"

/* What malloc() has in front of each block. */
#define BLOCK_OVERHEAD_BYTES 16

/* RFC 791 and RFC 9293, without options. */
#define IPV4_HEADER_BYTES 20
#define TCP_HEADER_BYTES 20
#define TCP_ACK_PUSH 0x18

/* RFC 6335: where ports begin that nobody is assigned. */
#define LOCAL_PORT_MIN 49152
#define N_LOCAL_PORTS 16384

/* RFC 2637, section 2.1: where the type of a control message is. */
#define CONTROL_TYPE_AT 8

typedef enum FlightType {
        FLIGHT_CONTROL,
        FLIGHT_FRAME,
        FLIGHT_EVENT,
} FlightType;

struct FlightItem {
        uint64_t at_usec; /* CLOCK_BOOTTIME */
        FlightConnection connection;
        FlightType type;
        uint16_t n_data;
        uint16_t n_hidden; /* bytes that were overwritten */
        bool sent, is_echo;
        uint8_t data[];
};

enum {
        INTERFACE_CONTROL,
        INTERFACE_LINK,
};

/* ---- recording ---- */

static size_t item_get_size(const FlightItem *item) {
        return sizeof(*item) + item->n_data + BLOCK_OVERHEAD_BYTES;
}

static void drop(FlightRecorder *r, size_t i) {
        FlightItem *item = r->items[i];

        r->n_bytes -= item_get_size(item);
        r->n_echoes -= item->is_echo;
        r->n_events -= item->type == FLIGHT_EVENT;
        r->n_dropped++;
        free(item);
        r->n_items--;
        memmove(&r->items[i], &r->items[i + 1], (r->n_items - i) * sizeof(r->items[0]));
}

/* Drops the oldest item that is like this one: an echo, or a text. There is one. */
static void drop_oldest_like(FlightRecorder *r, const FlightItem *item) {
        size_t i = 0;

        while (item->is_echo ? !r->items[i]->is_echo : r->items[i]->type != FLIGHT_EVENT)
                i++;
        drop(r, i);
}

static bool is_echo(FlightType type, const uint8_t *data, size_t n_data) {
        ByteReader r = BYTE_READER(data, n_data);
        uint16_t number;

        if (type == FLIGHT_CONTROL) {
                (void) byte_reader_take(&r, CONTROL_TYPE_AT);
                number = byte_reader_u16(&r);
                return number == PPTP_ECHO_REQUEST || number == PPTP_ECHO_REPLY;
        }

        if (type != FLIGHT_FRAME || byte_reader_u16(&r) != PPP_PROTO_LCP)
                return false;

        number = byte_reader_u8(&r);
        return number == PPP_CODE_ECHO_REQUEST || number == PPP_CODE_ECHO_REPLY;
}

static void add(FlightRecorder *r, uint64_t now_usec, FlightType type, bool sent, const void *data,
                size_t n_data) {

        FlightItem *item;

        n_data = MIN(n_data, (size_t) FLIGHT_RECORDER_ITEM_MAX_BYTES);
        item = malloc(sizeof(*item) + n_data);
        if (!item)
                return;

        *item = (FlightItem){
                .at_usec = now_usec,
                .connection = r->connection,
                .type = type,
                .n_data = (uint16_t) n_data,
                .sent = sent,
                .is_echo = is_echo(type, data, n_data),
        };
        if (n_data > 0)
                memcpy(item->data, data, n_data);
        if (type == FLIGHT_FRAME)
                item->n_hidden = (uint16_t) ppp_packet_redact(item->data, n_data);

        if ((item->is_echo && r->n_echoes == FLIGHT_RECORDER_ECHOES_MAX) ||
            (type == FLIGHT_EVENT && r->n_events == FLIGHT_RECORDER_EVENTS_MAX))
                drop_oldest_like(r, item);
        while (r->n_items == FLIGHT_RECORDER_ITEMS_MAX ||
               r->n_bytes + item_get_size(item) > FLIGHT_RECORDER_MAX_BYTES)
                drop(r, 0);

        r->items[r->n_items++] = item;
        r->n_bytes += item_get_size(item);
        r->n_echoes += item->is_echo;
        r->n_events += type == FLIGHT_EVENT;
}

void flight_recorder_done(FlightRecorder *r) {
        for (size_t i = 0; i < r->n_items; i++)
                free(r->items[i]);
        *r = (FlightRecorder){ 0 };
}

void flight_recorder_connect(FlightRecorder *r, struct in_addr local, struct in_addr server,
                             uint16_t port) {

        r->connection = (FlightConnection){
                .local = local,
                .server = server,
                .port = port,
                .number = r->connection.number + 1,
        };
}

void flight_recorder_add_control(FlightRecorder *r, uint64_t now_usec, bool sent,
                                 const uint8_t *data, size_t n_data) {

        add(r, now_usec, FLIGHT_CONTROL, sent, data, n_data);
}

void flight_recorder_add_frame(FlightRecorder *r, uint64_t now_usec, bool sent,
                               const uint8_t *frame, size_t n_frame) {

        if (ppp_frame_is_control(frame, n_frame))
                add(r, now_usec, FLIGHT_FRAME, sent, frame, n_frame);
}

void flight_recorder_add_event(FlightRecorder *r, uint64_t now_usec, const char *text) {
        /* A line break would begin another field of the entry. */
        add(r, now_usec, FLIGHT_EVENT, false, text, strcspn(text, "\n"));
}

/* ---- writing ---- */

/* How far the stream of the connection that is being written has come. */
typedef struct Stream {
        uint16_t connection;
        uint32_t n_sent, n_received;
} Stream;

/*
 * Bytes of the stream in a segment of its own, since a reader of the file knows by the port that
 * they are PPTP. Checksums are 0, as with a network card that makes them.
 */
static void write_control(const FlightItem *item, uint64_t at_usec, Stream *stream, Pcapng *p) {
        const FlightConnection *c = &item->connection;
        uint16_t local_port = (uint16_t) (LOCAL_PORT_MIN + c->number % N_LOCAL_PORTS);
        uint8_t head[IPV4_HEADER_BYTES + TCP_HEADER_BYTES];
        ByteWriter w = BYTE_WRITER(head, sizeof(head));

        if (stream->connection != c->number)
                *stream = (Stream){ .connection = c->number };

        byte_writer_u16(&w, 0x4500); /* version 4, five words */
        byte_writer_u16(&w, (uint16_t) (sizeof(head) + item->n_data));
        byte_writer_u32(&w, 0x4000);     /* Don't Fragment */
        byte_writer_u32(&w, 0x40060000); /* 64 hops, TCP */
        byte_writer_bytes(&w, item->sent ? &c->local : &c->server, sizeof(c->local));
        byte_writer_bytes(&w, item->sent ? &c->server : &c->local, sizeof(c->local));

        byte_writer_u16(&w, item->sent ? local_port : c->port);
        byte_writer_u16(&w, item->sent ? c->port : local_port);
        byte_writer_u32(&w, 1 + (item->sent ? stream->n_sent : stream->n_received));
        byte_writer_u32(&w, 1 + (item->sent ? stream->n_received : stream->n_sent));
        byte_writer_u16(&w, 0x5000 | TCP_ACK_PUSH); /* five words */
        byte_writer_u16(&w, UINT16_MAX);
        byte_writer_u32(&w, 0);
        *(item->sent ? &stream->n_sent : &stream->n_received) += item->n_data;

        pcapng_add_packet(p, INTERFACE_CONTROL, at_usec, head, sizeof(head), item->data,
                          item->n_data, NULL);
}

static void write_frame(const FlightItem *item, uint64_t at_usec, Pcapng *p) {
        const uint8_t direction = item->sent;
        char comment[64];

        snprintf(comment, sizeof(comment), "%u bytes were overwritten with zeros", item->n_hidden);
        pcapng_add_packet(p, INTERFACE_LINK, at_usec, &direction, sizeof(direction), item->data,
                          item->n_data, item->n_hidden > 0 ? comment : NULL);
}

static void write_event(const FlightItem *item, uint64_t at_usec, const char *tunnel, Pcapng *p) {
        char entry[FLIGHT_RECORDER_ITEM_MAX_BYTES + 512];
        int n;

        n = snprintf(entry, sizeof(entry),
                     "__REALTIME_TIMESTAMP=%" PRIu64 "\n"
                     "PRIORITY=7\n"
                     "SYSLOG_IDENTIFIER=pptp-supervisor\n"
                     "PPTP_TUNNEL=%s\n"
                     "MESSAGE=%.*s\n",
                     at_usec, tunnel, (int) item->n_data, (const char *) item->data);
        if (n > 0)
                pcapng_add_journal(p, entry, MIN((size_t) n, sizeof(entry) - 1));
}

void flight_recorder_write(const FlightRecorder *r, const char *tunnel,
                           int64_t realtime_offset_usec, Pcapng *p) {

        Stream stream = { 0 };

        pcapng_add_section(p, NULL, NULL, "pptp-supervisor");
        pcapng_add_interface(p, PCAPNG_LINK_RAW, "control",
                             "control connection; headers of IP and TCP are made up");
        pcapng_add_interface(p, PCAPNG_LINK_PPP_WITH_DIR, tunnel, "control packets of PPP");

        for (size_t i = 0; i < r->n_items; i++) {
                const FlightItem *item = r->items[i];
                uint64_t at_usec = item->at_usec + (uint64_t) realtime_offset_usec;

                switch (item->type) {
                case FLIGHT_CONTROL:
                        write_control(item, at_usec, &stream, p);
                        break;
                case FLIGHT_FRAME:
                        write_frame(item, at_usec, p);
                        break;
                case FLIGHT_EVENT:
                        write_event(item, at_usec, tunnel, p);
                        break;
                }
        }
}
