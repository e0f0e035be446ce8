/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Cuts the byte stream of the control connection into messages. TCP keeps no boundaries: two
 * messages may come in one read and one message in five. It neither reads a socket
 * (io/control-socket.h) nor judges what a message says.
 */

#include <stddef.h>
#include <stdint.h>

#include "core/pptp/pptp-message.h"

/* Two of the longest messages: a read that ends within the second never stalls. */
#define PPTP_STREAM_BUFFER_BYTES (2 * PPTP_MESSAGE_MAX_BYTES)

typedef struct PptpStream {
        uint8_t buffer[PPTP_STREAM_BUFFER_BYTES];
        size_t n_buffer;
        uint8_t latest[PPTP_MESSAGE_MAX_BYTES]; /* that was taken out */
        size_t n_latest;
} PptpStream;

enum {
        PPTP_STREAM_E_AGAIN = 1, /* no whole message yet */
        PPTP_STREAM_E_MAGIC,     /* not PPTP: bad magic cookie or PPTP message type */
        PPTP_STREAM_E_LENGTH,    /* shorter than a header, or longer than any message */
        PPTP_STREAM_E_MESSAGE,   /* framed well, but pptp_message_parse() refused it */
};

/* Makes the stream an empty one. */
static inline void pptp_stream_init(PptpStream *s) {
        s->n_buffer = s->n_latest = 0;
}

/* Returns where to read to, and how many bytes fit: never 0 after pptp_stream_next() said AGAIN. */
void pptp_stream_space(PptpStream *s, uint8_t **ret_data, size_t *ret_n);

/* Says that n bytes, at most those that fit, were read to there. */
void pptp_stream_commit(PptpStream *s, size_t n);

/*
 * Takes the next message out of the buffer. Returns 0, or PPTP_STREAM_E_*. MAGIC and LENGTH are
 * final: the stream is out of step, the connection must be closed, and the offending bytes stay
 * for pptp_stream_peek(). MESSAGE is not: that one message is gone, the next may be fine.
 * Bad length or magic is reported from the first byte that differs, so that the answer is the same
 * however the stream was cut.
 */
int pptp_stream_next(PptpStream *s, PptpMessage *ret_message);

/* Returns the bytes that no message was made of, to show what came instead of PPTP. Borrowed. */
static inline const uint8_t *pptp_stream_peek(const PptpStream *s, size_t *ret_n) {
        *ret_n = s->n_buffer;
        return s->buffer;
}

/*
 * Returns the bytes of the message that pptp_stream_next() took out last, understood or not, until
 * it is called again. Borrowed.
 */
static inline const uint8_t *pptp_stream_get_latest(const PptpStream *s, size_t *ret_n) {
        *ret_n = s->n_latest;
        return s->latest;
}
