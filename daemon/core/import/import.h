/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Carries over what other programs have of a PPTP tunnel: pppd with pptp-linux or with its plugin
 * pptp.so, Debian's ppp@NAME.service, NetworkManager, OpenWrt. The result is the lines of a
 * configuration, each with its origin, and a note about everything that is not among them.
 *
 * Files come through two functions, so that nothing here touches a disk. All of their text is
 * foreign: nothing of it is ever run, and there is a limit to everything.
 */

#include <stdbool.h>
#include <stddef.h>

#include "core/config/config-keys.h"

/* No one of these files is ever as long; pppd reads lines of any length. */
#define IMPORT_FILE_MAX_BYTES (256 * 1024)
/* In all, and how deep "file" and "call" may go: pppd has no limit of its own. */
#define IMPORT_FILES_MAX 128
#define IMPORT_DEPTH_MAX 16
/* Over this many notes the rest is only counted. */
#define IMPORT_NOTES_MAX 1000
/* pppd's MAXSECRETLEN is 256, with the NUL. */
#define IMPORT_SECRET_MAX_BYTES 255

enum {
        IMPORT_E_MISSING = 1, /* a file: there is none; import_read(): nothing of that name */
        IMPORT_E_UNREADABLE,  /* a file: no permission, or not a regular file */
        IMPORT_E_TOO_LARGE,   /* a file: longer than IMPORT_FILE_MAX_BYTES */
        IMPORT_E_AMBIGUOUS,   /* import_read(): several of that name */
        IMPORT_E_NOT_PPTP,    /* import_read(): it is there, but is no PPTP tunnel */
};

/* Where files come from. Paths are absolute: "/etc/ppp/options". */
typedef struct ImportFiles {
        /*
         * Reads a file of at most IMPORT_FILE_MAX_BYTES. Returns 0 and the text, which is the
         * caller's to free; IMPORT_E_MISSING, _UNREADABLE or _TOO_LARGE; or a negative errno.
         */
        int (*read)(void *userdata, const char *path, char **ret_text, size_t *ret_n_text);
        /*
         * Lists the names in a directory, sorted, at most IMPORT_FILES_MAX. Returns 0 and an array
         * with a NULL at its end, which is the caller's to free with its names; none for a
         * directory that is not there; or a negative errno.
         */
        int (*list)(void *userdata, const char *path, char ***ret_names);
        /* Returns whether a file may be run: its mode says so to somebody. */
        bool (*is_program)(void *userdata, const char *path);
        void *userdata;
} ImportFiles;

/* A line of the configuration. */
typedef struct ImportLine {
        ConfigSection section;
        unsigned route; /* of a [Route] section: which of several */
        const char *key;
        char *value;  /* as it has to be written */
        char *origin; /* "/etc/ppp/peers/onenet:4" */
} ImportLine;

typedef enum ImportNoteType {
        IMPORT_NOTE_LOST,     /* it did something, and nothing here does */
        IMPORT_NOTE_CHANGED,  /* it is carried over, but not quite the same */
        IMPORT_NOTE_NEEDLESS, /* nothing is lost without it */
} ImportNoteType;

/* Something that is not among the lines, or not as it was. Both texts are printable ASCII. */
typedef struct ImportNote {
        ImportNoteType type;
        char *origin;
        char *subject; /* "lcp-restart 1"; never with a password in it */
        char *reason;
} ImportNote;

typedef struct Import {
        char *name;      /* of the tunnel */
        char *path;      /* of the file that it begins with, as an origin */
        char *link_name; /* pppd's "linkname", by which its pid file is called; NULL: none */
        ImportLine *lines;
        size_t n_lines;
        ImportNote *notes;
        size_t n_notes;
        size_t n_dropped; /* notes over IMPORT_NOTES_MAX */

        char secret[IMPORT_SECRET_MAX_BYTES + 1]; /* the password, wiped by import_free() */
        size_t n_secret;                          /* 0: none was found */
        char *secret_origin;
        bool secret_is_shared; /* it is in chap-secrets, where the supervisor looks as well */
} Import;

/*
 * Reads the tunnel that an argument names: a path of a peers file, of a keyfile of NetworkManager
 * or of /etc/config/network; or a name, which may have the form ppp@NAME.service, and is looked for
 * in /etc/ppp/peers, among NetworkManager's connections and in /etc/config/network.
 *
 * Returns 0 and the import, to be released with import_free(): it has at least Server= and User=.
 * Else IMPORT_E_MISSING, _UNREADABLE, _TOO_LARGE, _AMBIGUOUS or _NOT_PPTP, with an import whose
 * notes say what was found; or -ENOMEM and other errnos of the functions, with none.
 */
int import_read(const char *argument, const ImportFiles *files, Import **ret_import);

/* Frees an import, and wipes the password in it. Takes NULL; returns NULL. */
Import *import_free(Import *import);
DEFINE_FREEP(Import, import_free)

/*
 * Writes the lines as a configuration, with a comment for the origin of each. Returns 0 and the
 * text, which is the caller's to free, or -ENOMEM. password_file becomes PasswordFile= unless NULL.
 */
int import_write_configuration(const Import *import, const char *password_file, char **ret_text);

/*
 * Writes the notes as comments of a configuration, or as lines without the "# ". Returns 0 and the
 * text, which is the caller's to free, or -ENOMEM.
 */
int import_write_notes(const Import *import, bool as_comments, char **ret_text);
