/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/macros.h"
#include "core/base/paths.h"
#include "core/config/config-syntax.h"
#include "core/config/config.h"
#include "io/fd.h"
#include "io/hidden-link.h"

const char *const credentials_names[CREDENTIALS_N_NAMES] = { "password", "password-plain" };

void secret_wipe(Secret *secret) {
        explicit_bzero(secret, sizeof(*secret));
}

bool secret_is_ascii(const Secret *secret) {
        for (size_t i = 0; i < secret->n_bytes; i++)
                if (secret->bytes[i] >= 0x80)
                        return false;

        return true;
}

int secret_parse(const uint8_t *data, size_t n_data, Secret *ret_secret) {
        size_t n_mark = config_text_mark_length((const char *) data, n_data);

        data += n_mark;
        n_data -= n_mark;
        if (n_data > 0 && data[n_data - 1] == '\n') {
                n_data--;
                if (n_data > 0 && data[n_data - 1] == '\r')
                        n_data--;
        }

        if (n_data == 0)
                return SECRET_E_EMPTY;
        if (memchr(data, '\n', n_data) || memchr(data, '\0', n_data))
                return SECRET_E_CONTENT;
        if (n_data > SECRET_MAX_BYTES)
                return SECRET_E_TOO_LONG;

        memcpy(ret_secret->bytes, data, n_data);
        ret_secret->bytes[n_data] = '\0';
        ret_secret->n_bytes = n_data;
        return 0;
}

/* As ssh does for its keys: a password that others can read is not used. */
static int check_file(int fd, bool trusted) {
        struct stat st;

        if (fstat(fd, &st) < 0)
                return -errno;

        if (!S_ISREG(st.st_mode))
                return CREDENTIALS_E_TYPE;
        if (trusted)
                return 0;
        if (st.st_uid != 0 && st.st_uid != geteuid())
                return CREDENTIALS_E_OWNER;
        if ((st.st_mode & 077) != 0)
                return CREDENTIALS_E_MODE;

        return 0;
}

/*
 * Returns why a file could not be opened. In the unit root has no CAP_DAC_OVERRIDE: permissions
 * count for it as for everybody.
 */
static int find_obstacle(const char *path) {
        struct stat st;

        if (stat(path, &st) < 0)
                return errno == EACCES ? CREDENTIALS_E_DIRECTORY : CREDENTIALS_E_UNREADABLE;
        if (st.st_uid != 0 && st.st_uid != geteuid())
                return CREDENTIALS_E_OWNER;

        return st.st_mode & S_IRUSR ? CREDENTIALS_E_UNREADABLE : CREDENTIALS_E_CLOSED;
}

/* Reads a file that holds nothing but a password. A trusted one is systemd's, by its own rules. */
static int read_secret(const char *path, bool trusted, Secret *ret_secret) {
        /* Three bytes for a byte order mark, two for the line's end, one to show there is more. */
        uint8_t buffer[SECRET_MAX_BYTES + 6];
        _cleanup_close_ int fd = -EBADF;
        ssize_t n;
        int r;

        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
                return CREDENTIALS_E_MISSING;
        if (fd < 0 && (errno == ELOOP || errno == ENXIO))
                return CREDENTIALS_E_TYPE; /* links in a circle, a socket */
        if (fd < 0 && (errno == EACCES || errno == EPERM))
                return trusted ? CREDENTIALS_E_UNREADABLE : find_obstacle(path);
        if (fd < 0)
                return -errno;

        r = check_file(fd, trusted);
        if (r != 0)
                return r;

        n = fd_read_whole(fd, buffer, sizeof(buffer));
        r = n < 0 ? (int) n : secret_parse(buffer, (size_t) n, ret_secret);
        explicit_bzero(buffer, sizeof(buffer));
        return r;
}

static int read_credential(const char *directory, Secret *ret_secret) {
        for (size_t i = 0; i < CREDENTIALS_N_NAMES; i++) {
                _cleanup_free_ char *path = NULL;
                int r;

                if (asprintf(&path, "%s/%s", directory, credentials_names[i]) < 0) {
                        path = NULL;
                        return -ENOMEM;
                }

                r = read_secret(path, true, ret_secret);
                if (r != CREDENTIALS_E_MISSING)
                        return r;
        }

        return CREDENTIALS_E_MISSING;
}

/*
 * Where LoadCredential= and LoadCredentialEncrypted= look; see systemd.exec(5), and for the first,
 * what the machine was given at its boot, systemd.system-credentials(7).
 */
static const char *const plain_stores[] = {
        "/run/credentials/@system", "/etc/credstore",     "/run/credstore",
        "/usr/local/lib/credstore", "/usr/lib/credstore",
};
static const char *const encrypted_stores[] = {
        "/run/credentials/@encrypted",  "/etc/credstore.encrypted",
        "/run/credstore.encrypted",     "/usr/local/lib/credstore.encrypted",
        "/usr/lib/credstore.encrypted",
};

static bool find_in(const char *const *stores, size_t n_stores, const char *name, char *buffer,
                    size_t n_buffer) {

        char path[PATH_MAX];

        for (size_t i = 0; i < n_stores; i++) {
                snprintf(path, sizeof(path), "%s/%s", stores[i], name);
                if (access(path, F_OK) < 0)
                        continue;
                if (buffer)
                        snprintf(buffer, n_buffer, "%s", path);
                return true;
        }

        return false;
}

bool credentials_find_in_stores(const char *name, bool encrypted, char *buffer, size_t n_buffer) {
        /* An encrypted one may be in either. */
        return (encrypted &&
                find_in(encrypted_stores, ELEMENTSOF(encrypted_stores), name, buffer, n_buffer)) ||
                find_in(plain_stores, ELEMENTSOF(plain_stores), name, buffer, n_buffer);
}

void credentials_name_stored(const char *tunnel, bool encrypted,
                             char buffer[static CREDENTIALS_STORED_NAME_MAX_BYTES]) {

        snprintf(buffer, CREDENTIALS_STORED_NAME_MAX_BYTES, "pptp.%s.password%s", tunnel,
                 encrypted ? ".cred" : "");
}

bool credentials_find_stored(const char *tunnel) {
        char name[CREDENTIALS_STORED_NAME_MAX_BYTES];

        for (int encrypted = 0; encrypted < 2; encrypted++) {
                credentials_name_stored(tunnel, encrypted, name);
                if (credentials_find_in_stores(name, encrypted, NULL, 0))
                        return true;
        }

        return false;
}

int credentials_read_trusted(const char *path, Secret *ret_secret) {
        return read_secret(path, true, ret_secret);
}

bool credentials_is_hidden(const char *path) {
        return config_path_is_hidden(path) || hidden_link_check(path);
}

int credentials_get_password(const char *directory, const char *password_file,
                             CredentialsSource *ret_source, Secret *ret_secret) {

        int r;

        if (directory) {
                r = read_credential(directory, ret_secret);
                if (r != CREDENTIALS_E_MISSING) {
                        *ret_source = CREDENTIALS_SYSTEMD;
                        return r;
                }
        }

        if (password_file) {
                *ret_source = CREDENTIALS_PASSWORD_FILE;
                r = read_secret(password_file, false, ret_secret);
                return r == CREDENTIALS_E_MISSING && credentials_is_hidden(password_file) ?
                        CREDENTIALS_E_HIDDEN :
                        r;
        }

        *ret_source = CREDENTIALS_NONE;
        return 0;
}

const char *credentials_outcome_text(int outcome) {
        switch (outcome) {
        case SECRET_E_EMPTY:
                return "is empty";
        case SECRET_E_TOO_LONG:
                return "is longer than the 255 bytes that pppd takes";
        case SECRET_E_CONTENT:
                return "has more than one line, or NUL bytes, as text in UTF-16 has";
        case CREDENTIALS_E_MISSING:
                return "does not exist";
        case CREDENTIALS_E_UNREADABLE:
                return "cannot be read, although its permissions allow that";
        case CREDENTIALS_E_CLOSED:
                return "cannot be read by its owner: chmod 600, if it is for this password alone";
        case CREDENTIALS_E_DIRECTORY:
                return "is in a directory that the unit may not enter: move it "
                       "to " PATHS_SYSCONF_DIRECTORY;
        case CREDENTIALS_E_TYPE:
                return "is not a regular file";
        case CREDENTIALS_E_MODE:
                return "can be read or written by others: chmod 600, if it is for this password "
                       "alone";
        case CREDENTIALS_E_OWNER:
                return "does not belong to root: chown root, if it is for this password alone";
        case CREDENTIALS_E_HIDDEN:
                return "is not seen by the unit: move it below " PATHS_SYSCONF_DIRECTORY;
        }

        return outcome < 0 ? strerror(-outcome) : "is of no use";
}

void credentials_describe(CredentialsSource source, const char *password_file, int outcome,
                          char *buffer, size_t n_buffer) {

        switch (source) {
        case CREDENTIALS_NONE:
                snprintf(buffer, n_buffer, "password looked up by pppd in /etc/ppp/chap-secrets");
                return;
        case CREDENTIALS_SYSTEMD:
                if (outcome == 0)
                        snprintf(buffer, n_buffer, "password from the systemd credential");
                else
                        snprintf(buffer, n_buffer, "the systemd credential %s",
                                 credentials_outcome_text(outcome));
                return;
        case CREDENTIALS_PASSWORD_FILE:
                if (outcome == 0)
                        snprintf(buffer, n_buffer, "password from PasswordFile=%s", password_file);
                else
                        snprintf(buffer, n_buffer, "PasswordFile=%s %s", password_file,
                                 credentials_outcome_text(outcome));
                return;
        }
}
