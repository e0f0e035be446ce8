/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Finds the file or connection that an argument names, and has it read. */

#include "core/import/import.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/base/tunnel-name.h"
#include "core/import/import-internal.h"

#define PEERS "/etc/ppp/peers/"
#define CONNECTIONS "/etc/NetworkManager/system-connections/"
#define UCI "/etc/config/network"
#define SUFFIX ".nmconnection"

static bool has_prefix(const char *text, const char *prefix) {
        return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool has_suffix(const char *text, const char *suffix) {
        size_t n = strlen(text), n_suffix = strlen(suffix);

        return n > n_suffix && strcmp(text + n - n_suffix, suffix) == 0;
}

/* Names from other programs are cut to this length: people have to type them. */
#define TAKEN_NAME_MAX_BYTES 64

static void take_name(Importer *i, const char *text, size_t n_text) {
        char *name = n_text > 0 ?
                tunnel_name_make(text, MIN(n_text, (size_t) TAKEN_NAME_MAX_BYTES)) :
                strdup("tunnel");

        if (!name)
                importer_fail(i, -ENOMEM);
        free(i->result->name);
        i->result->name = name;
}

/* Keeps the path in a printable form, since notes show it: a file's name may contain a newline. */
static void take_path(Importer *i, const char *path) {
        char buffer[IMPORT_ORIGIN_MAX_BYTES];
        char *copy = strdup(import_origin((ImportPlace){ path, 0 }, buffer));

        if (!copy)
                importer_fail(i, -ENOMEM);
        free(i->result->path);
        i->result->path = copy;
}

/* Makes the tunnel's name from a path, without directories and the suffix of keyfiles. */
static void take_name_of_path(Importer *i, const char *path) {
        const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
        size_t n = strlen(name);

        if (has_suffix(name, SUFFIX))
                n -= strlen(SUFFIX);
        take_name(i, name, n);
}

/* ---- what kind of file it is ---- */

typedef enum Format { FORMAT_PPPD, FORMAT_KEYFILE, FORMAT_UCI } Format;

/* Recognises the format by the first line that is neither empty nor a comment. */
static Format find_format(const char *text, size_t n_text) {
        const char *end = text + n_text;

        while (text < end) {
                const char *newline = memchr(text, '\n', (size_t) (end - text));
                size_t n = newline ? (size_t) (newline - text) : (size_t) (end - text);

                while (n > 0 && (*text == ' ' || *text == '\t')) {
                        text++;
                        n--;
                }
                if (n > 1 && *text == '[')
                        return FORMAT_KEYFILE;
                if (n > 7 && memcmp(text, "config ", 7) == 0)
                        return FORMAT_UCI;
                if (n > 0 && *text != '#' && *text != '\r' && !has_prefix(text, "package "))
                        return FORMAT_PPPD;
                text += n + (newline ? 1 : 0);
        }

        return FORMAT_PPPD;
}

/* ---- the readers ---- */

/* Finishes what is not pppd's own: NetworkManager and OpenWrt keep passwords elsewhere. */
static void finish(Importer *i) {
        import_mppe_finish(i);
        import_find_secret(i, false);
}

static int read_peer(Importer *i, const char *path) {
        int r;

        take_path(i, path);
        /* pppd always reads this file first. Options that come later count more. */
        (void) import_pppd_file(i, "/etc/ppp/options", (ImportPlace){ 0 }, true);
        r = import_pppd_file(i, path, (ImportPlace){ 0 }, false);
        if (r != 0 || i->error < 0)
                return r;

        import_scripts(i);
        import_boot(i, i->result->name);
        import_pppd_default_route(i);
        import_mppe_finish(i);
        import_find_secret(i, true);
        return 0;
}

static int read_keyfile(Importer *i, const char *path, const char *text, size_t n_text) {
        int r;

        take_path(i, path);
        r = import_keyfile(i, path, text, n_text);
        if (r == 0)
                finish(i);
        return r;
}

static int read_uci(Importer *i, const char *path, const char *interface, const char *text,
                    size_t n_text) {

        int r;

        take_path(i, path);
        take_name(i, interface, strlen(interface));
        r = import_uci(i, path, interface, text, n_text);
        if (r == 0)
                finish(i);
        return r;
}

static int read_path(Importer *i, const char *path) {
        _cleanup_free_ char *text = NULL, *interface = NULL;
        size_t n_text;
        int r;

        r = importer_read_file(i, path, (ImportPlace){ 0 }, false, &text, &n_text);
        if (r != 0)
                return r;

        take_name_of_path(i, path);
        switch (find_format(text, n_text)) {
        case FORMAT_KEYFILE:
                return read_keyfile(i, path, text, n_text);
        case FORMAT_UCI:
                interface = import_uci_find(text, n_text);
                if (interface)
                        return read_uci(i, path, interface, text, n_text);
                importer_note(i, IMPORT_NOTE_LOST, (ImportPlace){ path, 0 }, path,
                              "it has not exactly one interface with proto 'pptp'; name the one "
                              "that is meant instead of the file");
                return IMPORT_E_AMBIGUOUS;
        case FORMAT_PPPD:
                return read_peer(i, path);
        }

        return IMPORT_E_NOT_PPTP;
}

/* ---- by name ---- */

/* The value of "id=" in a keyfile of a PPTP connection; NULL: it is none. */
static char *find_id(const char *text) {
        const char *id = strstr(text, "\nid=");

        if (!strstr(text, "NetworkManager.pptp") || !id)
                return NULL;

        id += strlen("\nid=");
        return strndup(id, strcspn(id, "\r\n"));
}

/* Finds the keyfile with this name or id. Returns its path, on the heap, or NULL. */
static char *find_keyfile(Importer *i, const char *name) {
        char **names = NULL, *found = NULL;

        if (i->files->list(i->files->userdata, CONNECTIONS, &names) < 0)
                return NULL;

        for (char **n = names; n && *n; n++) {
                _cleanup_free_ char *path = NULL, *text = NULL, *id = NULL;
                size_t n_text, n_name = strlen(*n) - (has_suffix(*n, SUFFIX) ? strlen(SUFFIX) : 0);

                if (found || asprintf(&path, CONNECTIONS "%s", *n) < 0)
                        continue;
                if (i->files->read(i->files->userdata, path, &text, &n_text) != 0)
                        continue;

                id = find_id(text);
                if (id &&
                    (strcmp(id, name) == 0 ||
                     (strlen(name) == n_name && strncmp(*n, name, n_name) == 0)))
                        found = steal_pointer(path);
        }

        for (char **n = names; n && *n; n++)
                free(*n);
        free(names);
        return found;
}

static bool file_exists(Importer *i, const char *path) {
        _cleanup_free_ char *text = NULL;
        size_t n_text;

        return i->files->read(i->files->userdata, path, &text, &n_text) != IMPORT_E_MISSING;
}

static int read_uci_name(Importer *i, const char *name) {
        _cleanup_free_ char *text = NULL;
        size_t n_text;
        int r;

        r = importer_read_file(i, UCI, (ImportPlace){ 0 }, true, &text, &n_text);
        return r != 0 ? r : read_uci(i, UCI, name, text, n_text);
}

/* NAME of ppp@NAME.service, pptp@NAME or NAME, on the heap. */
static char *strip_unit(const char *argument) {
        const char *at = strchr(argument, '@');
        size_t n;

        if (at && has_prefix(argument, "ppp@"))
                argument = at + 1;
        n = strlen(argument);
        if (has_suffix(argument, ".service"))
                n -= strlen(".service");
        return strndup(argument, n);
}

static int read_name(Importer *i, const char *argument) {
        _cleanup_free_ char *name = strip_unit(argument), *peer = NULL, *keyfile = NULL;
        bool has_peer;

        if (!name || asprintf(&peer, PEERS "%s", name) < 0)
                return -ENOMEM;
        if (strstr(name, "..") || name[0] == '\0')
                return IMPORT_E_MISSING;

        take_name(i, name, strlen(name));
        has_peer = file_exists(i, peer);
        keyfile = find_keyfile(i, name);
        if (has_peer && keyfile) {
                importer_note(i, IMPORT_NOTE_LOST, (ImportPlace){ peer, 0 }, name,
                              "there is also %s: say which, by its path", keyfile);
                return IMPORT_E_AMBIGUOUS;
        }

        if (has_peer)
                return read_peer(i, peer);
        if (keyfile)
                return read_path(i, keyfile);
        return read_uci_name(i, name);
}

/* Sets InterfaceName= if the tunnel's name is not possible for an interface. */
static void check_interface(Importer *i) {
        const char *name = i->result->name;
        char short_name[16];

        if (importer_get(i, CONFIG_SECTION_TUNNEL, "InterfaceName") || strlen(name) < 16)
                return;

        snprintf(short_name, sizeof(short_name), "%.15s", name);
        importer_set(i, CONFIG_SECTION_TUNNEL, "InterfaceName", short_name, i->result->path, name);
        importer_note_origin(i, IMPORT_NOTE_CHANGED, i->result->path, name,
                             "an interface's name has at most 15 characters: it is %s", short_name);
}

/* Warns if there is no route: somebody may have set the routes by hand each time. */
static void check_routes(Importer *i) {
        if (i->n_routes == 0 && !importer_get(i, CONFIG_SECTION_NETWORK, "DefaultRoute"))
                importer_note_origin(i, IMPORT_NOTE_LOST, i->result->path, "routes",
                                     "none was found, and without one nothing goes into the "
                                     "tunnel; write [Route] Destination= for each network behind "
                                     "the server");
}

static void importer_done(Importer *i) {
        ImportValue *values[] = { &i->user,          &i->local_name,    &i->remote_name,
                                  &i->ip_param,      &i->link_name,     &i->up_script,
                                  &i->down_script,   &i->require_any,   &i->require_40,
                                  &i->require_128,   &i->refuse_40,     &i->refuse_128,
                                  &i->refuse_all,    &i->default_route, &i->replace_default,
                                  &i->default_metric };

        for (size_t n = 0; n < ELEMENTSOF(values); n++) {
                free(values[n]->text);
                free(values[n]->origin);
        }
        while (i->depth > 0)
                importer_leave(i);
}

int import_read(const char *argument, const ImportFiles *files, Import **ret_import) {
        Importer i = { .files = files };
        int r;

        i.result = calloc(1, sizeof(*i.result));
        if (!i.result)
                return -ENOMEM;

        r = strchr(argument, '/') ? read_path(&i, argument) : read_name(&i, argument);
        if (r == 0 && i.error == 0) {
                check_interface(&i);
                check_routes(&i);
                if (!importer_get(&i, CONFIG_SECTION_TUNNEL, "Server") ||
                    !importer_get(&i, CONFIG_SECTION_AUTHENTICATION, "User"))
                        r = IMPORT_E_NOT_PPTP;
        }
        if (i.error < 0)
                r = i.error;

        i.result->link_name = steal_pointer(i.link_name.text);
        importer_done(&i);
        if (r < 0) {
                import_free(i.result);
                return r;
        }

        *ret_import = i.result;
        return r;
}

Import *import_free(Import *import) {
        if (!import)
                return NULL;

        for (size_t n = 0; n < import->n_lines; n++) {
                free(import->lines[n].value);
                free(import->lines[n].origin);
        }
        for (size_t n = 0; n < import->n_notes; n++) {
                free(import->notes[n].origin);
                free(import->notes[n].subject);
                free(import->notes[n].reason);
        }
        explicit_bzero(import->secret, sizeof(import->secret));
        free(import->lines);
        free(import->notes);
        free(import->secret_origin);
        free(import->name);
        free(import->path);
        free(import->link_name);
        free(import);
        return NULL;
}
