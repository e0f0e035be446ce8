/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The credentials that the unit of a tunnel asks systemd for, by its file and all drop-ins, and
 * which of them the supervisor would find at the next start. See systemd.exec(5).
 */

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A setting of the unit, by the names of the keys. */
typedef enum UnitCredentialKey {
        UNIT_CREDENTIAL_LOAD,
        UNIT_CREDENTIAL_LOAD_ENCRYPTED,
        UNIT_CREDENTIAL_SET,
        UNIT_CREDENTIAL_SET_ENCRYPTED,
        UNIT_CREDENTIAL_IMPORT,
} UnitCredentialKey;

typedef struct UnitCredential {
        UnitCredentialKey key;
        char *id;   /* the credential's name; of IMPORT: a pattern, glob(7) */
        char *path; /* of LOAD: absolute, or a name that is looked for in the stores; else NULL */
        uint8_t *data; /* of SET, as it stands there */
        size_t n_data;
} UnitCredential;

typedef struct UnitCredentials {
        UnitCredential *items;
        size_t n_items;
        bool is_outdated; /* files of the unit have changed since systemd has read them */
} UnitCredentials;

/*
 * Asks systemd, which reads the unit if it has not. Returns 0, or a negative errno: there is no
 * system bus, or systemd is not on it. To be freed with unit_credentials_done(), also after a
 * failure.
 */
int unit_credentials_get(const char *tunnel, UnitCredentials *ret_credentials);

/*
 * Fills in what the unit asks for as it is installed, without drop-ins, for where systemd cannot be
 * asked. Returns 0 or -ENOMEM.
 */
int unit_credentials_get_installed(const char *tunnel, UnitCredentials *ret_credentials);

/* Adds a setting; *takes* nothing. path and data may be NULL. Returns 0 or -ENOMEM. */
int unit_credentials_add(UnitCredentials *c, UnitCredentialKey key, const char *id,
                         const char *path, const void *data, size_t n_data);

/* Frees the settings, and wipes what they hold. */
void unit_credentials_done(UnitCredentials *c);

/* Returns a key as it is written, "LoadCredential"; a static text. */
const char *unit_credential_key_name(UnitCredentialKey key);

/* What systemd would pass on under a name. */
typedef struct UnitCredentialChoice {
        const UnitCredential *setting; /* borrowed */
        char path[PATH_MAX];           /* of the file; "": it is in the unit */
        bool is_encrypted;
        bool is_missing; /* the file does not exist, for which systemd does not start the unit */
} UnitCredentialChoice;

/*
 * Finds what systemd would pass on under this name: a file of LoadCredential=, then one of
 * ImportCredential=, then SetCredential= (acquire_credentials() of systemd's
 * src/core/exec-credential.c). A file in a directory that we may not enter counts as there. Returns
 * false if that is nothing.
 */
bool unit_credentials_choose(const UnitCredentials *c, const char *id,
                             UnitCredentialChoice *ret_choice);
