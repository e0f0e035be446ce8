/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * One server a line, "vpn.mq.edu.au at=192.0.2.1 mppe=40-stateless keep-alive=no address=10.1.2.3
 * dns=10.1.0.1 dns=10.1.0.2"; lines that begin with # are for people.
 */

#include "core/status/server-memory.h"

#include <arpa/inet.h>
#include <string.h>

#include "core/base/address.h"
#include "core/base/macros.h"
#include "core/ppp/mppe.h"
#include "core/base/text.h"

static const char head[] =
        "# What a tunnel's servers turned out to want, so that it is asked for first the next time.\n"
        "# Written by pptp-supervisor. Delete the file to have it found out anew.\n";

static const struct {
        const char *name;
        uint32_t bits;
} openings[] = {
        { "128-stateless", MPPE_BIT_128 | MPPE_BIT_STATELESS },
        { "128-stateful", MPPE_BIT_128 },
        { "40-stateless", MPPE_BIT_40 | MPPE_BIT_STATELESS },
        { "40-stateful", MPPE_BIT_40 },
};

static ServerMemoryEntry *server_memory_lookup(ServerMemory *m, const char *server) {
        for (size_t i = 0; i < SERVER_MEMORY_MAX; i++)
                if (strcmp(m->entries[i].server, server) == 0)
                        return &m->entries[i];

        return NULL;
}

const ServerMemoryEntry *server_memory_find(const ServerMemory *m, const char *server) {
        return server[0] ? server_memory_lookup((ServerMemory *) m, server) : NULL;
}

/* The entries stay in the order in which they were set, without gaps. */
static void server_memory_remove(ServerMemory *m, ServerMemoryEntry *entry) {
        ServerMemoryEntry *last = &m->entries[SERVER_MEMORY_MAX - 1];

        memmove(entry, entry + 1, (size_t) (last - entry) * sizeof(*entry));
        *last = (ServerMemoryEntry){ 0 };
}

/* Whether the same is known in both, whoever the servers are. */
static bool entry_is_same(const ServerMemoryEntry *a, const ServerMemoryEntry *b) {
        return a->up_address.s_addr == b->up_address.s_addr && a->mppe_bits == b->mppe_bits &&
                a->no_keep_alive == b->no_keep_alive && ip_request_is_same(&a->ip, &b->ip);
}

bool server_memory_set(ServerMemory *m, const ServerMemoryEntry *entry) {
        ServerMemoryEntry *known = server_memory_lookup(m, entry->server);
        bool nothing = entry_is_same(entry, &(ServerMemoryEntry){ 0 });

        if (known && entry_is_same(known, entry))
                return false;
        if (nothing && !known)
                return false;

        if (nothing) {
                server_memory_remove(m, known);
                return true;
        }

        if (!known)
                known = server_memory_lookup(m, "");
        if (!known) {
                server_memory_remove(m, &m->entries[0]);
                known = &m->entries[SERVER_MEMORY_MAX - 1];
        }

        *known = *entry;
        return true;
}

/* Takes the next word of a line. Returns false at its end. */
static bool take_word(const char **line, size_t *n_line, const char **ret_word, size_t *ret_n) {
        size_t n = 0;

        while (*n_line > 0 && **line == ' ')
                (*line)++, (*n_line)--;
        while (n < *n_line && (*line)[n] != ' ')
                n++;

        *ret_word = *line;
        *ret_n = n;
        *line += n;
        *n_line -= n;
        return n > 0;
}

static bool word_is(const char *word, size_t n_word, const char *text) {
        return strlen(text) == n_word && memcmp(word, text, n_word) == 0;
}

/* Takes "KEY=" off the front of a word. Returns false, with nothing taken, if it is another key. */
static bool take_key(const char **word, size_t *n_word, const char *key) {
        size_t n_key = strlen(key);

        if (*n_word <= n_key || memcmp(*word, key, n_key) != 0)
                return false;

        *word += n_key;
        *n_word -= n_key;
        return true;
}

/* Reads an address that a host may have; another leaves ret_address untouched. */
static void parse_address(const char *word, size_t n_word, struct in_addr *ret_address) {
        char text[INET_ADDRSTRLEN];
        struct in_addr address;

        if (n_word >= sizeof(text))
                return;

        memcpy(text, word, n_word);
        text[n_word] = '\0';
        if (inet_pton(AF_INET, text, &address) == 1 && address_is_host(address))
                *ret_address = address;
}

static void entry_parse_word(ServerMemoryEntry *entry, const char *word, size_t n_word) {
        if (word_is(word, n_word, "keep-alive=no"))
                entry->no_keep_alive = true;
        else if (word_is(word, n_word, "dns=none"))
                entry->ip.no_dns = true;
        else if (take_key(&word, &n_word, "at="))
                parse_address(word, n_word, &entry->up_address);
        else if (take_key(&word, &n_word, "address="))
                parse_address(word, n_word, &entry->ip.address);
        else if (take_key(&word, &n_word, "dns="))
                parse_address(word, n_word,
                              &entry->ip.dns[entry->ip.dns[0].s_addr == INADDR_ANY ? 0 : 1]);
        else if (take_key(&word, &n_word, "mppe="))
                for (size_t i = 0; i < ELEMENTSOF(openings); i++)
                        if (word_is(word, n_word, openings[i].name))
                                entry->mppe_bits = openings[i].bits;
}

/* A name is what Server= takes: it has no control characters, and no NUL that would cut it. */
static bool is_server_name(const char *word, size_t n_word) {
        if (n_word == 0 || n_word >= sizeof(((ServerMemoryEntry *) NULL)->server) || word[0] == '#')
                return false;

        for (size_t i = 0; i < n_word; i++)
                if (word[i] <= ' ' || word[i] > '~')
                        return false;

        return true;
}

static void server_memory_parse_line(ServerMemory *m, const char *line, size_t n_line) {
        ServerMemoryEntry entry = { 0 };
        const char *word;
        size_t n_word;

        if (!take_word(&line, &n_line, &word, &n_word) || !is_server_name(word, n_word))
                return;

        memcpy(entry.server, word, n_word);
        while (take_word(&line, &n_line, &word, &n_word))
                entry_parse_word(&entry, word, n_word);

        (void) server_memory_set(m, &entry);
}

void server_memory_parse(ServerMemory *m, const char *text, size_t n_text) {
        *m = (ServerMemory){ 0 };

        while (n_text > 0) {
                const char *end = memchr(text, '\n', n_text);
                size_t n_line = end ? (size_t) (end - text) : n_text;

                server_memory_parse_line(m, text, n_line);
                text += n_line + !!end;
                n_text -= n_line + !!end;
        }
}

static void add_address(TextBuilder *t, const char *key, struct in_addr address) {
        if (address.s_addr != INADDR_ANY)
                text_addf(t, " %s=%s", key, TEXT_IPV4(address));
}

size_t server_memory_write(const ServerMemory *m, char *buffer, size_t n_buffer) {
        TextBuilder t = text_builder(buffer, n_buffer);

        text_add(&t, head);
        for (size_t i = 0; i < SERVER_MEMORY_MAX && m->entries[i].server[0]; i++) {
                const ServerMemoryEntry *entry = &m->entries[i];

                text_add(&t, entry->server);
                add_address(&t, "at", entry->up_address);
                for (size_t j = 0; j < ELEMENTSOF(openings); j++)
                        if (openings[j].bits == entry->mppe_bits)
                                text_addf(&t, " mppe=%s", openings[j].name);
                if (entry->no_keep_alive)
                        text_add(&t, " keep-alive=no");
                add_address(&t, "address", entry->ip.address);
                if (entry->ip.no_dns)
                        text_add(&t, " dns=none");
                add_address(&t, "dns", entry->ip.dns[0]);
                add_address(&t, "dns", entry->ip.dns[1]);
                text_add(&t, "\n");
        }

        return t.n_text;
}
