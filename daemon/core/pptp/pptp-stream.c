/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/pptp/pptp-stream.h"

#include <assert.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/base/macros.h"

/* What follows the length in every control message: the PPTP message type and the magic cookie. */
static const uint8_t preamble[] = { 0x00, PPTP_CONTROL_MESSAGE, 0x1a, 0x2b, 0x3c, 0x4d };

void pptp_stream_space(PptpStream *s, uint8_t **ret_data, size_t *ret_n) {
        *ret_data = s->buffer + s->n_buffer;
        *ret_n = sizeof(s->buffer) - s->n_buffer;
}

void pptp_stream_commit(PptpStream *s, size_t n) {
        assert(n <= sizeof(s->buffer) - s->n_buffer);

        s->n_buffer += n;
}

static void stream_consume(PptpStream *s, size_t n) {
        memcpy(s->latest, s->buffer, n);
        s->n_latest = n;
        s->n_buffer -= n;
        memmove(s->buffer, s->buffer + n, s->n_buffer);
}

/*
 * Looks at as much of the header as there is, byte after byte, so that the answer does not depend
 * on how TCP cut the stream. Returns 0 and the length, or PPTP_STREAM_E_*.
 */
static int stream_check_header(const PptpStream *s, size_t *ret_n_message) {
        ByteReader r = BYTE_READER(s->buffer, s->n_buffer);
        size_t n_message;

        /* No message is as long as 256 bytes. */
        if (s->n_buffer > 0 && s->buffer[0] != 0)
                return PPTP_STREAM_E_LENGTH;

        n_message = byte_reader_u16(&r);
        if (r.failed)
                return PPTP_STREAM_E_AGAIN;
        if (n_message < PPTP_HEADER_BYTES || n_message > PPTP_MESSAGE_MAX_BYTES)
                return PPTP_STREAM_E_LENGTH;

        for (size_t i = 0; i < sizeof(preamble) && byte_reader_left(&r) > 0; ++i)
                if (byte_reader_u8(&r) != preamble[i])
                        return PPTP_STREAM_E_MAGIC;

        if (s->n_buffer < n_message)
                return PPTP_STREAM_E_AGAIN;

        *ret_n_message = n_message;
        return 0;
}

int pptp_stream_next(PptpStream *s, PptpMessage *ret_message) {
        size_t n_message;
        int r;

        r = stream_check_header(s, &n_message);
        if (r != 0)
                return r;

        r = pptp_message_parse(s->buffer, n_message, ret_message);
        stream_consume(s, n_message);

        return r == 0 ? 0 : PPTP_STREAM_E_MESSAGE;
}
