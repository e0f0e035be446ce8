/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Where the password comes from: the systemd credential, then PasswordFile=. What lies beyond,
 * /etc/ppp/chap-secrets, pppd reads itself.
 *
 * The credential is `password`, or `password-plain`: the unit asks for both, since systemd wants an
 * encrypted one and a plain one to have different names.
 *
 * A secret has no formatter: nothing here can print one. It lives in a struct without pointers, so
 * that wiping the struct wipes the secret.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* pppd's MAXSECRETLEN is 256, with the NUL. */
#define SECRET_MAX_BYTES 255

typedef struct Secret {
        uint8_t bytes[SECRET_MAX_BYTES + 1]; /* with a NUL behind */
        size_t n_bytes;
} Secret;

/* Whether it means the same in every encoding (AUTH-15). */
bool secret_is_ascii(const Secret *secret);

/* Overwrites the secret in a way that the compiler does not remove. For _cleanup_ as well. */
void secret_wipe(Secret *secret);

enum {
        SECRET_E_EMPTY = 1,
        SECRET_E_TOO_LONG,        /* AUTH-16 */
        SECRET_E_CONTENT,         /* a NUL, or a newline that is not the last byte */
        CREDENTIALS_E_MISSING,    /* the file that was named does not exist */
        CREDENTIALS_E_UNREADABLE, /* refused, and its owner and permissions are not the reason */
        CREDENTIALS_E_CLOSED,     /* its permissions let not even its owner read it */
        CREDENTIALS_E_DIRECTORY,  /* a directory on the way to it may not be entered */
        CREDENTIALS_E_TYPE,       /* not a regular file */
        CREDENTIALS_E_MODE,       /* group or others can read or write it */
        CREDENTIALS_E_OWNER,      /* neither root nor we own it */
        CREDENTIALS_E_HIDDEN,     /* does not exist for us, and is where the unit sees nothing */
};

/*
 * Takes the text of a file as a password: a byte order mark of UTF-8 in front goes, and one newline
 * at the end (with a carriage return in front of it); all else counts. Returns 0, or SECRET_E_*
 * with ret_secret untouched.
 */
int secret_parse(const uint8_t *data, size_t n_data, Secret *ret_secret);

/*
 * The drop-in, below pptp@NAME.service.d, that keeps systemd from looking for credentials. systemd
 * reads drop-ins in the order of their names, and this one would take away what those before it
 * ask for: its name is before any that begins with a letter, a digit or a dash.
 */
#define CREDENTIALS_RESET_DROP_IN "!no-credentials.conf"

typedef enum CredentialsSource {
        CREDENTIALS_NONE, /* pppd looks into its own files */
        CREDENTIALS_SYSTEMD,
        CREDENTIALS_PASSWORD_FILE,
} CredentialsSource;

/*
 * Gets the password. directory is $CREDENTIALS_DIRECTORY or NULL, password_file is PasswordFile=
 * or NULL. A credential wins, and a bad one is an error: it does not fall through to the next.
 *
 * Returns 0, or SECRET_E_* / CREDENTIALS_E_* as an outcome to show with credentials_describe(), or
 * a negative errno for a failing read. ret_source is filled in any case, ret_secret only if the
 * return is 0 and the source is not CREDENTIALS_NONE.
 */
int credentials_get_password(const char *directory, const char *password_file,
                             CredentialsSource *ret_source, Secret *ret_secret);

/* The names inside of the unit, as its file declares them. The first that is there wins. */
#define CREDENTIALS_N_NAMES 2
extern const char *const credentials_names[CREDENTIALS_N_NAMES];

/* Writes the file name that the tunnel's credential has in a store, in one of the two forms. */
#define CREDENTIALS_STORED_NAME_MAX_BYTES 320
void credentials_name_stored(const char *tunnel, bool encrypted,
                             char buffer[static CREDENTIALS_STORED_NAME_MAX_BYTES]);

/*
 * Looks in the stores of systemd for a file of this name, in those of one of the two forms. Returns
 * whether there is one, with its path in the buffer, which may be NULL. Only root sees them all.
 */
bool credentials_find_in_stores(const char *name, bool encrypted, char *buffer, size_t n_buffer);

/* Whether the stores have a credential of the tunnel, in either form. */
bool credentials_find_stored(const char *tunnel);

/*
 * Reads a credential's file, whoever may read it: systemd has rules of its own, and all rights of
 * root, which the caller should have. Returns as credentials_get_password(), but never that owner
 * or permissions are wrong.
 */
int credentials_read_trusted(const char *path, Secret *ret_secret);

/*
 * Whether a path, or what it is a link to, is where the unit sees no file: config_path_is_hidden().
 */
bool credentials_is_hidden(const char *path);

/* Returns what is wrong, and after a colon what mends it if that is one command; a static text. */
const char *credentials_outcome_text(int outcome);

/*
 * One sentence for the journal: "password from PasswordFile=/etc/pptp/onenet.password", or with an
 * outcome other than 0 what is wrong and what mends it.
 */
void credentials_describe(CredentialsSource source, const char *password_file, int outcome,
                          char *buffer, size_t n_buffer);
