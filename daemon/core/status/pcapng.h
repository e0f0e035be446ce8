/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Files of packets in the format pcapng (draft-ietf-opsawg-pcapng), which Wireshark opens: written
 * into memory block by block, in the byte order of this machine, and taken apart again. Only the
 * blocks that a recording of the flight recorder has are known.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The types of blocks, sections 4.1 to 4.3 and 4.7. */
typedef enum PcapngType {
        PCAPNG_SECTION = 0x0a0d0d0a,
        PCAPNG_INTERFACE = 1,
        PCAPNG_PACKET = 6,
        PCAPNG_JOURNAL = 9,
} PcapngType;

/* Kinds of packets, of the registry at https://www.tcpdump.org/linktypes.html. */
typedef enum PcapngLink {
        PCAPNG_LINK_RAW = 101,          /* from the IP header on */
        PCAPNG_LINK_PPP_WITH_DIR = 204, /* a byte of direction, then PPP */
} PcapngLink;

/* A file that is being made: zeros are an empty one. */
typedef struct Pcapng {
        uint8_t *data;
        size_t n_data, n_room;
        bool failed; /* memory is out: the file is of no use */
} Pcapng;

/* Frees the file. */
void pcapng_done(Pcapng *p);

/*
 * Adds the block that a file begins with. The texts are UTF-8 and borrowed, NULL leaves one out:
 * a comment for people, the operating system, and the program that wrote the file. Texts are cut at
 * some 64 KB, here and below. A lack of memory shows in `failed`.
 */
void pcapng_add_section(Pcapng *p, const char *comment, const char *os, const char *application);
/* Adds a source of packets; they refer to it by its number, and the first one has 0. */
void pcapng_add_interface(Pcapng *p, PcapngLink link, const char *name, const char *description);
/*
 * Adds a packet of an interface: the head and the data behind it, at a time in microseconds of
 * CLOCK_REALTIME. comment may be NULL.
 */
void pcapng_add_packet(Pcapng *p, uint32_t interface, uint64_t at_usec, const void *head,
                       size_t n_head, const void *data, size_t n_data, const char *comment);
/* Adds an entry of the journal, as "journalctl -o export" writes it. */
void pcapng_add_journal(Pcapng *p, const void *entry, size_t n_entry);
/* Adds a whole block, which pcapng_next() found in another file. */
void pcapng_add_block(Pcapng *p, const void *block, size_t n_block);

/* A block that was found; data is the whole of it, borrowed from the file. */
typedef struct PcapngBlock {
        uint32_t type;
        const uint8_t *data;
        size_t n_data;
        uint64_t at_usec; /* CLOCK_REALTIME, of packets and journal entries; 0: it has no time */
} PcapngBlock;

/*
 * Finds the block at a position in a file of this machine's byte order, and moves the position
 * behind it. Returns false, with nothing touched, at the end and at a block that is malformed.
 */
bool pcapng_next(const uint8_t *file, size_t n_file, size_t *pos, PcapngBlock *ret_block);
