/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Writes a recording as a supervisor does, to standard output: for check-dump. */

#include <arpa/inet.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/pptp/pptp-message.h"
#include "core/status/flight-recorder.h"

#define OFFSET_USEC INT64_C(1790000000000000)

static const struct {
        bool sent;
        const char *bytes;
        size_t n_bytes;
} frames[] = {
#define FRAME(sent, text) \
        { sent, text, sizeof(text) - 1 }
        FRAME(true, "\xc0\x21\x01\x01\x00\x0a\x05\x06\x01\x02\x03\x04"),
        FRAME(false,
              "\xc2\x23\x01\x02\x00\x17\x10"
              "0123456789abcdefsv"),
        FRAME(true,
              "\xc2\x23\x02\x02\x00\x39\x31"
              "SECRETSECRETSECRETSECRETSECRETSECRETSECRETSECRETS"
              "bob"),
        FRAME(false,
              "\xc2\x23\x04\x02\x00\x0f"
              "E=691 R=0 V"),
        FRAME(true,
              "\xc0\x23\x01\x03\x00\x0f\x03"
              "bob\x06SECRET"),
        FRAME(true,
              "\x00\x21"
              "E-DATA"),
};

static void send_message(FlightRecorder *r, uint64_t usec, bool sent, PptpMessageType type) {
        uint8_t data[PPTP_MESSAGE_MAX_BYTES];
        int n = pptp_message_write(&(PptpMessage){ .type = type }, data, sizeof(data));

        if (n < 0)
                exit(EXIT_FAILURE);
        flight_recorder_add_control(r, usec, sent, data, (size_t) n);
}

int main(void) {
        FlightRecorder r = { 0 };
        Pcapng file = { 0 };
        ssize_t n;

        flight_recorder_add_event(&r, 1, "State: connecting, was resolving");
        flight_recorder_connect(&r, (struct in_addr){ inet_addr("192.0.2.1") },
                                (struct in_addr){ inet_addr("192.0.2.2") }, 1723);
        send_message(&r, 2, true, PPTP_START_CONTROL_CONNECTION_REQUEST);
        send_message(&r, 3, false, PPTP_START_CONTROL_CONNECTION_REPLY);
        send_message(&r, 4, true, PPTP_OUTGOING_CALL_REQUEST);
        send_message(&r, 5, false, PPTP_OUTGOING_CALL_REPLY);
        for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++)
                flight_recorder_add_frame(&r, 6 + i, frames[i].sent,
                                          (const uint8_t *) frames[i].bytes, frames[i].n_bytes);

        flight_recorder_write(&r, "onenet", OFFSET_USEC, &file);
        n = file.failed ? -1 : write(STDOUT_FILENO, file.data, file.n_data);
        pcapng_done(&file);
        flight_recorder_done(&r);
        return n > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
