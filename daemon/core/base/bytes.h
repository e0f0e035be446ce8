/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Bounded cursors over byte buffers, for numbers in network byte order. After the first access out
 * of bounds `failed` stays set, reads return zeros and writes do nothing, so that a parser can read
 * a whole header and check once. The buffers are borrowed, and nothing is allocated.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct ByteReader {
        const uint8_t *data;
        size_t n_data;
        size_t pos;
        bool failed;
} ByteReader;

typedef struct ByteWriter {
        uint8_t *data;
        size_t n_data;
        size_t pos;
        bool failed;
} ByteWriter;

/* A cursor at the beginning of n bytes at d. */
#define BYTE_READER(d, n) ((ByteReader){ .data = (d), .n_data = (n) })
#define BYTE_WRITER(d, n) ((ByteWriter){ .data = (d), .n_data = (n) })

/* Returns how many bytes are left to read; 0 after a failure. */
static inline size_t byte_reader_left(const ByteReader *r) {
        return r->failed ? 0 : r->n_data - r->pos;
}

/*
 * Returns a pointer to the next n bytes and steps over them; NULL, and fails, if there are fewer.
 */
static inline const uint8_t *byte_reader_take(ByteReader *r, size_t n) {
        const uint8_t *p;

        if (r->failed || n > r->n_data - r->pos) {
                r->failed = true;
                return NULL;
        }

        p = r->data + r->pos;
        r->pos += n;
        return p;
}

/* Read a number of this width and step over it; 0, and fail, if the bytes do not suffice. */
static inline uint8_t byte_reader_u8(ByteReader *r) {
        const uint8_t *p = byte_reader_take(r, 1);

        return p ? p[0] : 0;
}

static inline uint16_t byte_reader_u16(ByteReader *r) {
        const uint8_t *p = byte_reader_take(r, 2);

        return p ? (uint16_t) (p[0] << 8 | p[1]) : 0;
}

static inline uint32_t byte_reader_u32(ByteReader *r) {
        const uint8_t *p = byte_reader_take(r, 4);

        return p ? (uint32_t) p[0] << 24 | (uint32_t) p[1] << 16 | (uint32_t) p[2] << 8 | p[3] : 0;
}

/*
 * Returns a pointer to the next n bytes for the caller to fill; NULL, and fails, if there are
 * fewer.
 */
static inline uint8_t *byte_writer_take(ByteWriter *w, size_t n) {
        uint8_t *p;

        if (w->failed || n > w->n_data - w->pos) {
                w->failed = true;
                return NULL;
        }

        p = w->data + w->pos;
        w->pos += n;
        return p;
}

/* Write n bytes, or a number of this width; nothing, and fail, if they do not fit. */
static inline void byte_writer_bytes(ByteWriter *w, const void *data, size_t n) {
        uint8_t *p = byte_writer_take(w, n);

        if (p && n > 0)
                memcpy(p, data, n);
}

static inline void byte_writer_u8(ByteWriter *w, uint8_t v) {
        byte_writer_bytes(w, &v, 1);
}

static inline void byte_writer_u16(ByteWriter *w, uint16_t v) {
        byte_writer_bytes(w, (uint8_t[]){ v >> 8, v & 0xff }, 2);
}

static inline void byte_writer_u32(ByteWriter *w, uint32_t v) {
        byte_writer_bytes(w, (uint8_t[]){ v >> 24, v >> 16 & 0xff, v >> 8 & 0xff, v & 0xff }, 4);
}
