/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What was learnt about servers, to be used first when they are called again: as a table, and as
 * the text of a small file. It is a convenience and never an authority: whoever uses it checks
 * that the configuration allows it, and whatever in a text is not understood is passed over.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/ppp/ip-request.h"

/* As many as Server= takes. */
#define SERVER_MEMORY_MAX 16
/* A line is a name of at most 253 bytes, four addresses and a few short words. */
#define SERVER_MEMORY_TEXT_MAX_BYTES (SERVER_MEMORY_MAX * 400 + 512)

typedef struct ServerMemoryEntry {
        char server[256];          /* as Server= names it; empty: nothing here */
        struct in_addr up_address; /* where the tunnel was last up with it; INADDR_ANY: not known */
        uint32_t mppe_bits;        /* what to ask for first; 0: as configured */
        bool no_keep_alive;        /* it does not answer LCP echoes */
        /*
         * What to ask for in IPCP: what the server gave last. ip.late is not in the text, so that
         * each process finds out once: the server may have changed.
         */
        IpRequest ip;
} ServerMemoryEntry;

typedef struct ServerMemory {
        ServerMemoryEntry entries[SERVER_MEMORY_MAX];
} ServerMemory;

/* Returns what is known of a server, or NULL. */
const ServerMemoryEntry *server_memory_find(const ServerMemory *m, const char *server);

/*
 * Sets what is known of entry->server; the one that was set first makes room for it if need be.
 * Nothing to know removes it. Returns whether that changed anything.
 */
bool server_memory_set(ServerMemory *m, const ServerMemoryEntry *entry);

/* Reads a text. Lines that are not understood are skipped; what they would have said is unknown. */
void server_memory_parse(ServerMemory *m, const char *text, size_t n_text);

/* Writes the text, NUL-terminated, into SERVER_MEMORY_TEXT_MAX_BYTES. Returns its length. */
size_t server_memory_write(const ServerMemory *m, char *buffer, size_t n_buffer);
