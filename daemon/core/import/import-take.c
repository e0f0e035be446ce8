/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Keeps values that count only after all files are read, takes the password, reads files, and
 * converts small texts.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/base/number.h"
#include "core/import/import-internal.h"

void importer_keep(Importer *i, ImportValue *value, const char *text, ImportPlace place,
                   const char *subject) {

        char origin[IMPORT_ORIGIN_MAX_BYTES];

        import_origin(place, origin);
        if (value->text)
                importer_note_origin(i, IMPORT_NOTE_NEEDLESS, value->origin, subject,
                                     "%s sets it again, and the last one counts", origin);

        free(value->text);
        free(value->origin);
        value->text = strdup(text);
        value->origin = strdup(origin);
        if (!value->text || !value->origin)
                importer_fail(i, -ENOMEM);
}

void importer_take_secret(Importer *i, const char *secret, size_t n_secret, ImportPlace place,
                          bool is_shared) {

        char origin[IMPORT_ORIGIN_MAX_BYTES];

        if (n_secret == 0 || n_secret > IMPORT_SECRET_MAX_BYTES || memchr(secret, '\0', n_secret) ||
            memchr(secret, '\n', n_secret)) {
                importer_note(i, IMPORT_NOTE_LOST, place, "password", "it is %s",
                              n_secret == 0                              ? "empty" :
                                      n_secret > IMPORT_SECRET_MAX_BYTES ? "longer than 255 bytes" :
                                                                           "of more than one line");
                return;
        }

        if (i->result->n_secret > 0)
                importer_note_origin(i, IMPORT_NOTE_NEEDLESS, i->result->secret_origin, "password",
                                     "%s has another, and the last one counts",
                                     import_origin(place, origin));

        explicit_bzero(i->result->secret, sizeof(i->result->secret));
        memcpy(i->result->secret, secret, n_secret);
        i->result->n_secret = n_secret;
        i->result->secret_is_shared = is_shared;
        free(i->result->secret_origin);
        i->result->secret_origin = strdup(import_origin(place, origin));
        if (!i->result->secret_origin)
                importer_fail(i, -ENOMEM);
}

/* ---- files ---- */

int importer_read_file(Importer *i, const char *path, ImportPlace from, bool may_miss,
                       char **ret_text, size_t *ret_n_text) {

        static const char *const reasons[] = {
                [IMPORT_E_MISSING] = "there is no such file",
                [IMPORT_E_UNREADABLE] = "it cannot be read",
                [IMPORT_E_TOO_LARGE] = "it is longer than 256 KiB",
        };
        int r;

        if (i->n_files++ >= IMPORT_FILES_MAX) {
                importer_note(i, IMPORT_NOTE_LOST, from, path, "it is one file too many");
                return IMPORT_E_TOO_LARGE;
        }

        r = i->files->read(i->files->userdata, path, ret_text, ret_n_text);
        if (r < 0)
                importer_fail(i, r);
        else if (r > 0 && r <= IMPORT_E_TOO_LARGE && !(r == IMPORT_E_MISSING && may_miss))
                importer_note(i, IMPORT_NOTE_LOST, from.path ? from : (ImportPlace){ path, 0 },
                              path, "%s", reasons[r]);
        if (r == 0 && memchr(*ret_text, '\0', *ret_n_text)) {
                importer_note(i, IMPORT_NOTE_LOST, from.path ? from : (ImportPlace){ path, 0 },
                              path, "it has NUL bytes, so it is no text");
                free(*ret_text);
                *ret_text = NULL;
                return IMPORT_E_UNREADABLE;
        }
        return r;
}

bool importer_enter(Importer *i, const char *path, ImportPlace from) {
        char *copy;

        for (unsigned n = 0; n < i->depth; n++)
                if (strcmp(i->including[n], path) == 0) {
                        importer_note(i, IMPORT_NOTE_LOST, from, path, "the file includes itself");
                        return false;
                }
        if (i->depth >= IMPORT_DEPTH_MAX) {
                importer_note(i, IMPORT_NOTE_LOST, from, path, "files include each other too deep");
                return false;
        }

        copy = strdup(path);
        if (!copy) {
                importer_fail(i, -ENOMEM);
                return false;
        }
        i->including[i->depth++] = copy;
        return true;
}

void importer_leave(Importer *i) {
        free(i->including[--i->depth]);
}

/* ---- small conversions ---- */

bool import_is_true(const char *text) {
        static const char *const words[] = { "yes", "true", "1", "on", "enabled" };

        for (size_t n = 0; n < ELEMENTSOF(words); n++)
                if (strcasecmp(text, words[n]) == 0)
                        return true;

        return false;
}

int import_netmask_length(const char *text) {
        struct in_addr mask;
        uint32_t bits;
        int length = 0;

        if (inet_pton(AF_INET, text, &mask) != 1)
                return -1;

        bits = ntohl(mask.s_addr);
        while (length < 32 && bits & UINT32_C(0x80000000)) {
                bits <<= 1;
                length++;
        }

        return bits == 0 ? length : -1;
}

bool import_make_prefix(const char *address, const char *netmask, char *buffer, size_t n_buffer) {
        char head[INET_ADDRSTRLEN], text[INET_ADDRSTRLEN];
        const char *slash = strchr(address, '/');
        struct in_addr network;
        uint64_t number;
        int length = 32;

        snprintf(head, sizeof(head), "%.*s",
                 (int) MIN(slash ? (size_t) (slash - address) : strlen(address), sizeof(head) - 1),
                 address);
        if (inet_pton(AF_INET, head, &network) != 1)
                return false;

        if (netmask)
                length = import_netmask_length(netmask);
        else if (slash && strchr(slash, '.'))
                length = import_netmask_length(slash + 1);
        else if (slash && number_parse(slash + 1, 10, 32, &number))
                length = (int) number;
        else if (slash)
                return false;
        if (length < 0 || length > 32)
                return false;

        network.s_addr &= htonl(length == 0 ? 0 : UINT32_MAX << (32 - length));
        snprintf(buffer, n_buffer, "%s/%d", inet_ntop(AF_INET, &network, text, sizeof(text)),
                 length);
        return true;
}
