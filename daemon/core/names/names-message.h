/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What the supervisor and pptp-names say to each other over a SOCK_SEQPACKET socket, one message a
 * packet. pptp-names is the program that alone talks to the resolver of this host: the sandbox of a
 * tunnel has no way to the bus. Both ends are of the same build; a version in front notices when an
 * upgrade left one of them running.
 */

#include <stddef.h>
#include <stdint.h>

#include "core/names/names-set.h"

/* Room for any message: the domains of a SET take the most. */
#define NAMES_MESSAGE_MAX_BYTES                             \
        (64 + NAMES_SERVERS_MAX * (int) sizeof(in_addr_t) + \
         NAMES_DOMAINS_MAX * (2 + DOMAIN_MAX_BYTES))
/* Of a text, with its NUL. */
#define NAMES_TEXT_MAX_BYTES 128

typedef enum NamesMessageType {
        NAMES_SET = 1,  /* supervisor: register these on the link */
        NAMES_REVERT,   /* supervisor: take back what was registered */
        NAMES_RESOLVER, /* pptp-names, at first and when it changes: what resolver there is */
        NAMES_DONE,     /* pptp-names: what became of the SET or REVERT with this serial */
        NAMES_LOST,     /* pptp-names: somebody else took back what was registered */
        NAMES_COVER,    /* supervisor: have these refused by this link (names-cover.h) */
        _NAMES_MESSAGE_MAX,
} NamesMessageType;

typedef enum NamesResult {
        NAMES_RESULT_DONE,
        NAMES_RESULT_ABSENT,   /* no resolver is there */
        NAMES_RESULT_NO_LINK,  /* the resolver does not know the link (yet), or it is no tunnel */
        NAMES_RESULT_MANAGED,  /* networkd manages the link, and nobody else may */
        NAMES_RESULT_NO_SPLIT, /* the resolver sends all names to a name server, or none */
        NAMES_RESULT_REFUSED,  /* text: what the resolver says */
        _NAMES_RESULT_MAX,
} NamesResult;

typedef struct NamesMessage {
        NamesMessageType type;
        uint32_t serial; /* SET, REVERT, COVER; DONE has that of what it answers */
        union {
                struct {
                        uint32_t ifindex;
                        char ifname[16];
                        bool anew;      /* SET: as of a link that is heard of for the first time */
                        NamesSet names; /* COVER: without name servers */
                } set;                  /* SET, COVER */
                struct {
                        bool present;
                        bool others; /* another link than a tunnel's has a name server */
                } resolver;
                struct {
                        NamesResult result;
                        char text[NAMES_TEXT_MAX_BYTES]; /* not escaped; of REFUSED */
                } done;
        };
} NamesMessage;

/*
 * Writes a message. Returns its length in bytes, -EINVAL if it is none that can be parsed, or
 * -ENOBUFS; NAMES_MESSAGE_MAX_BYTES are enough for any.
 */
int names_message_write(const NamesMessage *message, uint8_t *buffer, size_t n_buffer);

enum { NAMES_MESSAGE_E_MALFORMED = 1, NAMES_MESSAGE_E_VERSION };
/*
 * Parses a packet; ret_message stays untouched unless it is one message as a whole, with domains,
 * addresses and an interface's name that can be such. Returns 0 or NAMES_MESSAGE_E_*.
 */
int names_message_parse(const uint8_t *data, size_t n_data, NamesMessage *ret_message);
