/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/ppp/plugin-message.h"
#include "core/pptp/pptp-message.h"
#include "core/status/flight-recorder.h"

#define OFFSET_USEC INT64_C(1790000000000000)
#define HEADERS_BYTES 40

static const uint8_t lcp_echo[] = "\xc0\x21\x09\x01\x00\x08\x01\x02\x03\x04";
static const uint8_t lcp_request[] = "\xc0\x21\x01\x01\x00\x08\x05\x06\x01\x02";

static size_t add_message(FlightRecorder *r, uint64_t usec, bool sent, PptpMessageType type) {
        uint8_t data[PPTP_MESSAGE_MAX_BYTES];
        int n;

        n = pptp_message_write(&(PptpMessage){ .type = type }, data, sizeof(data));
        assert_true(n > 0);
        flight_recorder_add_control(r, usec, sent, data, (size_t) n);
        return (size_t) n;
}

/* Returns how many blocks of a type there are, and the last of them. */
static unsigned count(const Pcapng *p, PcapngType type, PcapngBlock *ret_last) {
        unsigned n = 0;
        PcapngBlock b;
        size_t pos = 0;

        while (pcapng_next(p->data, p->n_data, &pos, &b))
                if (b.type == type) {
                        *ret_last = b;
                        n++;
                }

        assert_int_equal(pos, p->n_data);
        return n;
}

static bool has(const Pcapng *p, const void *data, size_t n_data) {
        return memmem(p->data, p->n_data, data, n_data);
}

static void test_empty(void **state) {
        FlightRecorder r = { 0 };
        Pcapng p = { 0 };
        PcapngBlock b;

        flight_recorder_write(&r, "onenet", OFFSET_USEC, &p);
        assert_int_equal(count(&p, PCAPNG_INTERFACE, &b), 2);
        assert_int_equal(count(&p, PCAPNG_PACKET, &b), 0);
        pcapng_done(&p);
        flight_recorder_done(&r);
}

/* Both directions of two connections: addresses, ports, and a stream without gaps in each. */
static void test_control(void **state) {
        const uint8_t *at;
        FlightRecorder r = { 0 };
        Pcapng p = { 0 };
        PcapngBlock b;
        size_t pos = 0, n_sent;

        flight_recorder_connect(&r, (struct in_addr){ inet_addr("192.0.2.1") },
                                (struct in_addr){ inet_addr("192.0.2.2") }, 1723);
        add_message(&r, 1, true, PPTP_START_CONTROL_CONNECTION_REQUEST);
        flight_recorder_connect(&r, (struct in_addr){ inet_addr("192.0.2.1") },
                                (struct in_addr){ inet_addr("192.0.2.3") }, 1724);
        n_sent = add_message(&r, 2, true, PPTP_START_CONTROL_CONNECTION_REQUEST);
        add_message(&r, 3, false, PPTP_START_CONTROL_CONNECTION_REPLY);
        add_message(&r, 4, true, PPTP_OUTGOING_CALL_REQUEST);

        flight_recorder_write(&r, "onenet", OFFSET_USEC, &p);
        assert_int_equal(count(&p, PCAPNG_PACKET, &b), 4);
        assert_int_equal(b.at_usec, OFFSET_USEC + 4);
        at = b.data + 28;
        assert_int_equal(at[0], 0x45);
        assert_int_equal(at[9], 6);
        assert_memory_equal(at + 12, "\xc0\x00\x02\x01\xc0\x00\x02\x03", 8);
        assert_memory_equal(at + 22, "\x06\xbc", 2); /* to port 1724 */
        /* Sequence and acknowledgement: behind what was sent and received of this connection. */
        assert_int_equal(at[27], 1 + n_sent);
        assert_int_equal(at[31], 1 + n_sent); /* the reply is as long as the request */
        assert_int_equal(at[HEADERS_BYTES + 9], PPTP_OUTGOING_CALL_REQUEST);

        /* The first connection, with a port of its own at our end. */
        for (unsigned i = 0; i < 4; i++)
                assert_true(pcapng_next(p.data, p.n_data, &pos, &b));
        assert_memory_equal(b.data + 28 + 12, "\xc0\x00\x02\x01\xc0\x00\x02\x02", 8);
        assert_int_not_equal(b.data[28 + 21], at[21]);
        pcapng_done(&p);
        flight_recorder_done(&r);
}

/* Neither of the 200, nor of the bytes, is there ever more; the latest are there. */
static void test_limits(void **state) {
        uint8_t frame[PLUGIN_FRAME_MAX_BYTES] = "\xc0\x21\x0b\x01\x05\xee";
        FlightRecorder r = { 0 };
        Pcapng p = { 0 };
        PcapngBlock b;
        char text[32];

        for (unsigned i = 0; i < 1000; i++) {
                snprintf(text, sizeof(text), "event %u", i);
                flight_recorder_add_event(&r, i, text);
                flight_recorder_add_frame(&r, i, true, lcp_request, sizeof(lcp_request) - 1);
                assert_true(r.n_items <= FLIGHT_RECORDER_ITEMS_MAX);
        }
        assert_int_equal(r.n_items, FLIGHT_RECORDER_ITEMS_MAX);
        assert_int_equal(r.n_dropped, 1800);
        /* It is only as large as what is in it. */
        assert_true(r.n_bytes < 20000);

        for (unsigned i = 0; i < 1000; i++) {
                flight_recorder_add_frame(&r, i, true, frame, sizeof(frame));
                assert_true(r.n_bytes <= FLIGHT_RECORDER_MAX_BYTES);
        }
        assert_true(r.n_items > 150 && r.n_items < FLIGHT_RECORDER_ITEMS_MAX);

        flight_recorder_add_event(&r, 5000, "the last");
        flight_recorder_write(&r, "onenet", OFFSET_USEC, &p);
        assert_true(p.n_data < FLIGHT_RECORDER_MAX_BYTES + 200 * 100);
        assert_int_equal(count(&p, PCAPNG_JOURNAL, &b), 1);
        assert_true(has(&p, "MESSAGE=the last\n", 17));
        pcapng_done(&p);
        flight_recorder_done(&r);
        assert_int_equal(r.n_bytes, 0);
}

/* A day of echoes leaves the negotiation there, and the latest of them. */
static void test_echoes(void **state) {
        FlightRecorder r = { 0 };
        Pcapng p = { 0 };
        PcapngBlock b;

        for (unsigned i = 0; i < 30; i++)
                flight_recorder_add_frame(&r, i, i % 2, lcp_request, sizeof(lcp_request) - 1);
        for (unsigned i = 0; i < 10000; i++) {
                flight_recorder_add_frame(&r, 100 + i, i % 2, lcp_echo, sizeof(lcp_echo) - 1);
                add_message(&r, 100 + i, i % 2, i % 2 ? PPTP_ECHO_REQUEST : PPTP_ECHO_REPLY);
        }

        assert_int_equal(r.n_items, 30 + FLIGHT_RECORDER_ECHOES_MAX);
        assert_int_equal(r.n_echoes, FLIGHT_RECORDER_ECHOES_MAX);
        flight_recorder_write(&r, "onenet", OFFSET_USEC, &p);
        (void) count(&p, PCAPNG_PACKET, &b);
        assert_int_equal(b.at_usec, OFFSET_USEC + 100 + 9999);

        /* Nor does what is said of other things push it out. */
        for (unsigned i = 0; i < 1000; i++)
                flight_recorder_add_event(&r, 20000 + i, "x");
        assert_int_equal(r.n_events, FLIGHT_RECORDER_EVENTS_MAX);
        assert_int_equal(r.n_items, 30 + FLIGHT_RECORDER_ECHOES_MAX + FLIGHT_RECORDER_EVENTS_MAX);

        /* But other packets push out the oldest, whatever it is. */
        for (unsigned i = 0; i < 1000; i++)
                flight_recorder_add_frame(&r, 30000 + i, true, lcp_request,
                                          sizeof(lcp_request) - 1);
        assert_int_equal(r.n_echoes + r.n_events, 0);
        pcapng_done(&p);
        flight_recorder_done(&r);
}

/* Data are not recorded, be they encrypted, compressed in their header, or nothing at all. */
static void test_no_data(void **state) {
        static const char *const frames[] = {
                "\x00\x21"
                "E-DATA",
                "\x00\x57"
                "`-DATA",
                "\x00\xfd\x90-DATA",
                "\x21"
                "E-DATA",
                "\xfd\x91-DATA",
                "\xff\x03\x00\xfd\x90-DATA",
        };
        static const uint8_t rejected[] = "\xc0\x21\x08\x01\x00\x0c\x00\x57"
                                          "`-DATA";
        FlightRecorder r = { 0 };
        Pcapng p = { 0 };
        size_t n_frame;

        for (size_t i = 0; i < ELEMENTSOF(frames); i++) {
                /* Some begin with a zero. */
                n_frame = 2 + strlen(frames[i] + 2);
                flight_recorder_add_frame(&r, i, true, (const uint8_t *) frames[i], n_frame);
        }
        flight_recorder_add_frame(&r, 1, true, lcp_echo, 0);
        flight_recorder_add_frame(&r, 1, true, lcp_echo, 1);
        assert_int_equal(r.n_items, 0);

        /* The server refuses IPv6, and sends a copy of what it refuses. */
        flight_recorder_add_frame(&r, 1, false, rejected, sizeof(rejected) - 1);
        flight_recorder_write(&r, "onenet", OFFSET_USEC, &p);
        assert_true(has(&p, rejected, 8));
        assert_false(has(&p, "DATA", 4));
        assert_true(has(&p, "6 bytes were overwritten", 24));
        pcapng_done(&p);
        flight_recorder_done(&r);
}

static void test_no_secrets(void **state) {
        static const uint8_t response[] = "\xc2\x23\x02\x02\x00\x0e\x06SECRETbob";
        static const uint8_t request[] = "\xc0\x23\x01\x01\x00\x0f\x03"
                                         "bob\x06SECRET";
        FlightRecorder r = { 0 };
        Pcapng p = { 0 };

        flight_recorder_add_frame(&r, 1, true, response, sizeof(response) - 1);
        flight_recorder_add_frame(&r, 2, true, request, sizeof(request) - 1);
        flight_recorder_write(&r, "onenet", OFFSET_USEC, &p);
        assert_true(has(&p, "\xc2\x23\x02\x02\x00\x0e\x06\0\0\0\0\0\0bob", 16));
        assert_true(has(&p,
                        "\x03"
                        "bob\0\0\0\0\0\0\0",
                        11));
        assert_false(has(&p, "SEC", 3));
        pcapng_done(&p);
        flight_recorder_done(&r);
}

/* No message can end its field and begin another. */
static void test_event_of_several_lines(void **state) {
        FlightRecorder r = { 0 };
        Pcapng p = { 0 };

        flight_recorder_add_event(&r, 1, "one\nUNIT=two");
        flight_recorder_write(&r, "onenet", OFFSET_USEC, &p);
        assert_true(has(&p, "MESSAGE=one\n", 12));
        assert_false(has(&p, "two", 3));
        pcapng_done(&p);
        flight_recorder_done(&r);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_empty),
                cmocka_unit_test(test_control),
                cmocka_unit_test(test_limits),
                cmocka_unit_test(test_echoes),
                cmocka_unit_test(test_no_data),
                cmocka_unit_test(test_no_secrets),
                cmocka_unit_test(test_event_of_several_lines),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
