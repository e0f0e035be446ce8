/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/macros.h"
#include "io/fd.h"

/* Names inside of the unit, LoadCredentialEncrypted=password:… and LoadCredential=…; first wins. */
static const char *const credential_names[] = { "password", "password-plain" };

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

/* A password in a file that others can read is no longer one: the rule of ssh for its keys. */
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

/* Reads a file that holds nothing but a password. A trusted one is systemd's, by its own rules. */
static int read_secret(const char *path, bool trusted, Secret *ret_secret) {
        /* Two bytes for the line's end, and one that shows there is more. */
        uint8_t buffer[SECRET_MAX_BYTES + 3];
        _cleanup_close_ int fd = -EBADF;
        ssize_t n;
        int r;

        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
                return CREDENTIALS_E_MISSING;
        if (fd < 0 && (errno == EACCES || errno == EPERM || errno == ELOOP || errno == ENXIO))
                return CREDENTIALS_E_UNREADABLE;
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
        for (size_t i = 0; i < ELEMENTSOF(credential_names); i++) {
                _cleanup_free_ char *path = NULL;
                int r;

                if (asprintf(&path, "%s/%s", directory, credential_names[i]) < 0) {
                        path = NULL;
                        return -ENOMEM;
                }

                r = read_secret(path, true, ret_secret);
                if (r != CREDENTIALS_E_MISSING)
                        return r;
        }

        return CREDENTIALS_E_MISSING;
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
                return read_secret(password_file, false, ret_secret);
        }

        *ret_source = CREDENTIALS_NONE;
        return 0;
}

static const char *outcome_text(int outcome, const char **ret_remedy) {
        *ret_remedy = "";

        switch (outcome) {
        case SECRET_E_EMPTY:
                return "is empty";
        case SECRET_E_TOO_LONG:
                return "is longer than 255 bytes, which pppd cannot take";
        case SECRET_E_CONTENT:
                *ret_remedy = "; it must hold the password and nothing else";
                return "has more than one line, or a NUL byte";
        case CREDENTIALS_E_MISSING:
                *ret_remedy = "; note that the unit sees nothing below /home and /root";
                return "does not exist";
        case CREDENTIALS_E_UNREADABLE:
                *ret_remedy = "; in the unit root reads only what it owns";
                return "cannot be read";
        case CREDENTIALS_E_TYPE:
                return "is not a regular file";
        case CREDENTIALS_E_MODE:
                *ret_remedy = "; run chmod 600 on it, and consider the password known to others";
                return "can be read or written by others than its owner";
        case CREDENTIALS_E_OWNER:
                *ret_remedy = "; run chown root on it";
                return "does not belong to root";
        }

        return outcome < 0 ? strerror(-outcome) : "is of no use";
}

void credentials_describe(CredentialsSource source, const char *password_file, int outcome,
                          char *buffer, size_t n_buffer) {

        const char *remedy, *text = outcome_text(outcome, &remedy);

        switch (source) {
        case CREDENTIALS_NONE:
                snprintf(buffer, n_buffer,
                         "no password of ours: pppd looks into /etc/ppp/chap-secrets");
                return;
        case CREDENTIALS_SYSTEMD:
                if (outcome == 0)
                        snprintf(buffer, n_buffer, "password from the systemd credential");
                else
                        snprintf(buffer, n_buffer, "the systemd credential %s%s", text, remedy);
                return;
        case CREDENTIALS_PASSWORD_FILE:
                if (outcome == 0)
                        snprintf(buffer, n_buffer, "password from PasswordFile=%s", password_file);
                else
                        snprintf(buffer, n_buffer, "PasswordFile=%s %s%s", password_file, text,
                                 remedy);
                return;
        }
}
