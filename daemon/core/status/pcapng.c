/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/status/pcapng.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/macros.h"

/* Of a section: by this, a reader knows the byte order. */
#define BYTE_ORDER_MAGIC 0x1a2b3c4d
#define VERSION_MAJOR 1
#define VERSION_MINOR 0

/* Type and length in front of a block, and the length behind it again. */
#define HEADER_BYTES 8
#define TRAILER_BYTES 4
/* Of a packet: interface, time in two halves, length here and on the wire. */
#define PACKET_TIME_AT 12
#define PACKET_DATA_AT 28

#define OPTION_TEXT_MAX_BYTES 65532
#define ROOM_MIN_BYTES 4096

/* Section 3.5, and those of the blocks: each is a text here. */
typedef enum Option {
        OPTION_END = 0,
        OPTION_COMMENT = 1,
        OPTION_SECTION_OS = 3,
        OPTION_SECTION_APPLICATION = 4,
        OPTION_INTERFACE_NAME = 2,
        OPTION_INTERFACE_DESCRIPTION = 3,
} Option;

/* ---- writing ---- */

static bool make_room(Pcapng *p, size_t n) {
        size_t n_room = MAX(p->n_room, (size_t) ROOM_MIN_BYTES);
        uint8_t *data;

        if (p->failed || n <= p->n_room - p->n_data)
                return !p->failed;

        while (n > n_room - p->n_data)
                n_room *= 2;
        data = realloc(p->data, n_room);
        if (!data) {
                p->failed = true;
                return false;
        }

        p->data = data;
        p->n_room = n_room;
        return true;
}

static void add_bytes(Pcapng *p, const void *data, size_t n) {
        if (n == 0 || !make_room(p, n))
                return;

        memcpy(p->data + p->n_data, data, n);
        p->n_data += n;
}

static void add_u16(Pcapng *p, uint16_t number) {
        add_bytes(p, &number, sizeof(number));
}

static void add_u32(Pcapng *p, uint32_t number) {
        add_bytes(p, &number, sizeof(number));
}

/* What is in a block begins at a multiple of four bytes. */
static void pad(Pcapng *p) {
        static const uint8_t zeros[3] = { 0 };

        add_bytes(p, zeros, -p->n_data & 3);
}

static void add_option(Pcapng *p, Option option, const char *text) {
        size_t n = text ? MIN(strlen(text), (size_t) OPTION_TEXT_MAX_BYTES) : 0;

        if (n == 0)
                return;

        add_u16(p, (uint16_t) option);
        add_u16(p, (uint16_t) n);
        add_bytes(p, text, n);
        pad(p);
}

/* Returns where the block begins, for end_block(). */
static size_t begin_block(Pcapng *p, PcapngType type) {
        size_t at = p->n_data;

        add_u32(p, type);
        add_u32(p, 0);
        return at;
}

static void end_block(Pcapng *p, size_t at) {
        uint32_t length = (uint32_t) (p->n_data - at + TRAILER_BYTES);

        add_u32(p, length);
        if (!p->failed)
                memcpy(p->data + at + sizeof(uint32_t), &length, sizeof(length));
}

static void end_block_with_options(Pcapng *p, size_t at) {
        add_u16(p, OPTION_END);
        add_u16(p, 0);
        end_block(p, at);
}

void pcapng_done(Pcapng *p) {
        free(p->data);
        *p = (Pcapng){ 0 };
}

void pcapng_add_section(Pcapng *p, const char *comment, const char *os, const char *application) {
        const uint64_t unknown_length = UINT64_MAX;
        size_t at = begin_block(p, PCAPNG_SECTION);

        add_u32(p, BYTE_ORDER_MAGIC);
        add_u16(p, VERSION_MAJOR);
        add_u16(p, VERSION_MINOR);
        add_bytes(p, &unknown_length, sizeof(unknown_length));
        add_option(p, OPTION_COMMENT, comment);
        add_option(p, OPTION_SECTION_OS, os);
        add_option(p, OPTION_SECTION_APPLICATION, application);
        end_block_with_options(p, at);
}

void pcapng_add_interface(Pcapng *p, PcapngLink link, const char *name, const char *description) {
        size_t at = begin_block(p, PCAPNG_INTERFACE);

        add_u16(p, (uint16_t) link);
        add_u16(p, 0);
        add_u32(p, 0); /* packets have any length */
        add_option(p, OPTION_INTERFACE_NAME, name);
        add_option(p, OPTION_INTERFACE_DESCRIPTION, description);
        end_block_with_options(p, at);
}

void pcapng_add_packet(Pcapng *p, uint32_t interface, uint64_t at_usec, const void *head,
                       size_t n_head, const void *data, size_t n_data, const char *comment) {

        size_t at = begin_block(p, PCAPNG_PACKET);

        add_u32(p, interface);
        add_u32(p, (uint32_t) (at_usec >> 32));
        add_u32(p, (uint32_t) at_usec);
        add_u32(p, (uint32_t) (n_head + n_data));
        add_u32(p, (uint32_t) (n_head + n_data));
        add_bytes(p, head, n_head);
        add_bytes(p, data, n_data);
        pad(p);
        add_option(p, OPTION_COMMENT, comment);
        end_block_with_options(p, at);
}

void pcapng_add_journal(Pcapng *p, const void *entry, size_t n_entry) {
        size_t at = begin_block(p, PCAPNG_JOURNAL);

        add_bytes(p, entry, n_entry);
        pad(p);
        end_block(p, at);
}

void pcapng_add_block(Pcapng *p, const void *block, size_t n_block) {
        add_bytes(p, block, n_block);
}

/* ---- reading ---- */

static uint32_t get_u32(const uint8_t *data) {
        uint32_t number;

        memcpy(&number, data, sizeof(number));
        return number;
}

/* Finds the time of an entry among its lines; the value is in digits. */
static uint64_t find_journal_time(const uint8_t *entry, size_t n_entry) {
        static const char field[] = "__REALTIME_TIMESTAMP=";
        const size_t n_field = sizeof(field) - 1;
        const uint8_t *end = entry + n_entry, *at = memmem(entry, n_entry, field, n_field);
        uint64_t usec = 0;

        if (!at || (at > entry && at[-1] != '\n'))
                return 0;

        for (at += n_field; at < end && *at >= '0' && *at <= '9'; at++)
                usec = usec * 10 + (uint64_t) (*at - '0');
        return usec;
}

static uint64_t get_time(const PcapngBlock *b) {
        if (b->type == PCAPNG_JOURNAL)
                return find_journal_time(b->data + HEADER_BYTES,
                                         b->n_data - HEADER_BYTES - TRAILER_BYTES);
        if (b->type == PCAPNG_PACKET && b->n_data >= PACKET_DATA_AT + TRAILER_BYTES)
                return (uint64_t) get_u32(b->data + PACKET_TIME_AT) << 32 |
                        get_u32(b->data + PACKET_TIME_AT + 4);

        return 0;
}

bool pcapng_next(const uint8_t *file, size_t n_file, size_t *pos, PcapngBlock *ret_block) {
        size_t n_left = n_file - *pos;
        PcapngBlock block;

        if (n_left < HEADER_BYTES + TRAILER_BYTES)
                return false;

        block.data = file + *pos;
        block.type = get_u32(block.data);
        block.n_data = get_u32(block.data + sizeof(uint32_t));
        if (block.n_data < HEADER_BYTES + TRAILER_BYTES || block.n_data > n_left ||
            block.n_data % 4 != 0 ||
            get_u32(block.data + block.n_data - TRAILER_BYTES) != block.n_data)
                return false;

        block.at_usec = get_time(&block);
        *pos += block.n_data;
        *ret_block = block;
        return true;
}
