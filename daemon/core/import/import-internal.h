/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What the readers of the several formats share: the importer with what it knows so far, and the
 * functions that add to it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/macros.h"
#include "core/config/config-foreign.h"
#include "core/import/import.h"

/* pppd's MAXWORDLEN, with the NUL. */
#define IMPORT_WORD_MAX_BYTES 1024
#define IMPORT_ORIGIN_MAX_BYTES 320

/* A place in a file; path NULL: none. */
typedef struct ImportPlace {
        const char *path;
        unsigned line;
} ImportPlace;

/* A value that counts once all files are read, with its origin; text NULL: not set. */
typedef struct ImportValue {
        char *text;
        char *origin;
} ImportValue;

typedef struct Importer {
        Import *result;
        const ImportFiles *files;
        unsigned n_files; /* read so far */
        char *including[IMPORT_DEPTH_MAX];
        unsigned depth;
        int error; /* the first -ENOMEM or other errno; everything after it does nothing */

        ImportValue user;       /* as it goes to the server, domain included */
        ImportValue local_name; /* pppd's "name" */
        ImportValue remote_name;
        ImportValue ip_param;
        ImportValue link_name;
        ImportValue up_script, down_script;

        /* encryption: where the words were said; see import-mppe.c */
        ImportValue require_any, require_40, require_128, refuse_40, refuse_128, refuse_all;

        /* pppd's default route */
        ImportValue default_route, replace_default, default_metric;
        bool uses_peer_dns;
        unsigned n_routes; /* groups so far */
} Importer;

/* A route as scripts, NetworkManager and OpenWrt have it; empty texts are not set. */
typedef struct ImportRoute {
        char destination[32]; /* "10.0.0.0/8" */
        char metric[16];
        char table[16];
        char source[16];
        char mtu[16];
        char type[16];
} ImportRoute;

/* ---- import-note.c, import-add.c, import-take.c ---- */

/* Notes the first error; later ones and 0 do nothing. */
void importer_fail(Importer *i, int error);

/* Writes "path:line" into the buffer and returns it. */
const char *import_origin(ImportPlace place, char buffer[static IMPORT_ORIGIN_MAX_BYTES]);

/*
 * Adds a note about the words in subject, with their place as its origin. The format gives the
 * reason. All texts are copied.
 */
void importer_note(Importer *i, ImportNoteType type, ImportPlace place, const char *subject,
                   const char *format, ...) _printf_(5, 6);
/* Adds a note whose origin is a text already, "path:line". */
void importer_note_origin(Importer *i, ImportNoteType type, const char *origin, const char *subject,
                          const char *format, ...) _printf_(5, 6);

/*
 * Adds or replaces a line. The value is as the other program had it; what the key cannot take
 * becomes a note, with subject for the words of the other program.
 */
void importer_set(Importer *i, ConfigSection section, const char *key, const char *value,
                  const char *origin, const char *subject);

/* Returns the value of a line that is set already, borrowed, or NULL if it is not. */
const char *importer_get(const Importer *i, ConfigSection section, const char *key);

/* Adds a route; one that is there already becomes a note. */
void importer_add_route(Importer *i, const ImportRoute *route, const char *origin,
                        const char *subject);
/* Sends everything into the tunnel, by the best means that this version has. */
void importer_add_default_route(Importer *i, const char *metric, const char *origin,
                                const char *subject);

/* Keeps a value for the end; an earlier one becomes a note. */
void importer_keep(Importer *i, ImportValue *value, const char *text, ImportPlace place,
                   const char *subject);

/* Takes the password. What is too long or empty becomes a note. */
void importer_take_secret(Importer *i, const char *secret, size_t n_secret, ImportPlace place,
                          bool is_shared);

/*
 * Does what the row of a word says with it, for all uses but FOREIGN_SPECIAL. argument may be
 * NULL.
 */
void importer_apply(Importer *i, const ConfigForeign *row, const char *argument, ImportPlace place,
                    const char *subject);

/*
 * Reads a file, which counts. Returns 0 and its text, the caller's to free; or IMPORT_E_*: with a
 * note unless the file is missing and may_miss.
 */
int importer_read_file(Importer *i, const char *path, ImportPlace from, bool may_miss,
                       char **ret_text, size_t *ret_n_text);

/*
 * Steps into a file. Returns true; or false, with a note, if the file is being read already or lies
 * deeper than IMPORT_DEPTH_MAX.
 */
bool importer_enter(Importer *i, const char *path, ImportPlace from);
/* Steps out of the file that was entered last. */
void importer_leave(Importer *i);

/*
 * Returns whether a text is one of the words for yes: "yes", "true", "1", "on", "enabled", in any
 * case.
 */
bool import_is_true(const char *text);

/*
 * Returns the number of bits of a netmask, 16 for "255.255.0.0", or -1 if the text is no netmask.
 */
int import_netmask_length(const char *text);

/*
 * Writes an address as a prefix, "10.0.0.0/8", without host bits. Its length is that of the netmask
 * or, if that is NULL, what stands behind its slash, a number or a netmask; 32 without either.
 * Returns false if the address or the length is none.
 */
bool import_make_prefix(const char *address, const char *netmask, char *buffer, size_t n_buffer);

/* ---- the formats ---- */

/* Reads an options file of pppd (import-pppd.c) and what it includes. Returns 0 or IMPORT_E_*. */
int import_pppd_file(Importer *i, const char *path, ImportPlace from, bool may_miss);
/*
 * Reads options of pppd in a text that begins at place; with single_line they all have that line.
 */
void import_pppd_text(Importer *i, const char *text, size_t n_text, ImportPlace place,
                      bool single_line);
/* Adds the default route that pppd's options ask for, once all of them are read. */
void import_pppd_default_route(Importer *i);

/* Reads the command of pppd's "pty", if that is pptp-linux: import-pptp.c. */
void import_pptp_command(Importer *i, const char *command, ImportPlace place);

/* Keeps a word on encryption, pppd's or NetworkManager's: import-mppe.c. */
void import_mppe_word(Importer *i, const char *word, const char *argument, ImportPlace place,
                      const char *subject);
/* Adds the lines of [Encryption] that all of these words come to. */
void import_mppe_finish(Importer *i);

/*
 * Sets User= and the other names, and looks for the password in /etc/ppp/chap-secrets if the set-up
 * has it there (pppd's own): an entry of the same user may be another account's. import-secrets.c
 */
void import_find_secret(Importer *i, bool is_in_chap_secrets);

/* ip-up and its like, for the interface that comes up or goes down: import-scripts.c. */
void import_scripts(Importer *i);
/* Follows a single command line for its routes, as in /etc/network/interfaces. */
void import_script_text(Importer *i, const char *text, size_t n_text, const char *path,
                        unsigned first_line, bool going_down);

/*
 * Returns whether a command of a script changes routes: import-route.c. The first word has no
 * directories, and words that stand for the interface and the like are those of import-shell.h.
 */
bool import_is_route_command(char *const *words, size_t n_words);
/*
 * Takes such a command: adds its route, or a note. certain: whether the script runs it depends on
 * nothing but which tunnel comes up. going_down: it is run when the tunnel goes down.
 */
void import_route_command(Importer *i, char *const *words, size_t n_words, ImportPlace place,
                          bool certain, bool going_down);

/* Reads a keyfile of NetworkManager: import-keyfile.c. Returns 0 or IMPORT_E_NOT_PPTP. */
int import_keyfile(Importer *i, const char *path, const char *text, size_t n_text);
/*
 * Reads an interface of OpenWrt's /etc/config/network: import-uci.c. Returns 0, IMPORT_E_MISSING if
 * there is no interface of that name, or IMPORT_E_NOT_PPTP.
 */
int import_uci(Importer *i, const char *path, const char *interface, const char *text,
               size_t n_text);
/*
 * Returns the name of the only interface with proto 'pptp', which the caller frees, or NULL if
 * there is none, or several.
 */
char *import_uci_find(const char *text, size_t n_text);

/* Notes what starts the tunnel at boot: import-boot.c. */
void import_boot(Importer *i, const char *peer);
