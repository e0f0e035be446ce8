/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/state-file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/macros.h"
#include "io/fd.h"
#include "io/names.h"

#define NAME "state"
#define TEMPORARY_NAME ".state.new"

static int open_directory(const char *directory) {
        int fd;

        fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

static int write_temporary(int directory_fd, const char *text, size_t n_text) {
        _cleanup_close_ int fd = -EBADF;

        fd = openat(directory_fd, TEMPORARY_NAME,
                    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
        if (fd < 0)
                return -errno;

        /* Whatever the umask is. */
        if (fchmod(fd, 0644) < 0)
                return -errno;

        return fd_write_whole(fd, text, n_text);
}

int state_file_write(const char *directory, const char *text, size_t n_text) {
        _cleanup_close_ int directory_fd = -EBADF;
        int r;

        directory_fd = open_directory(directory);
        if (directory_fd < 0)
                return directory_fd;

        r = write_temporary(directory_fd, text, n_text);
        if (r >= 0 && renameat(directory_fd, TEMPORARY_NAME, directory_fd, NAME) < 0)
                r = -errno;
        if (r < 0)
                (void) unlinkat(directory_fd, TEMPORARY_NAME, 0);
        return r;
}

int state_file_read(const char *directory, char *buffer, size_t n_buffer) {
        _cleanup_close_ int directory_fd = -EBADF, fd = -EBADF;
        ssize_t n;

        directory_fd = open_directory(directory);
        if (directory_fd < 0)
                return directory_fd;

        /* O_NONBLOCK: a FIFO must not hold us. */
        fd = openat(directory_fd, NAME, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0)
                return -errno;

        n = fd_read_whole(fd, buffer, n_buffer);
        if (n < 0)
                return (int) n;
        if ((size_t) n == n_buffer)
                return -EFBIG;

        buffer[n] = '\0';
        return (int) n;
}

int state_file_remove(const char *directory) {
        _cleanup_close_ int directory_fd = -EBADF;

        directory_fd = open_directory(directory);
        if (directory_fd < 0)
                return directory_fd == -ENOENT ? 0 : directory_fd;

        return unlinkat(directory_fd, NAME, 0) < 0 && errno != ENOENT ? -errno : 0;
}

static int is_name(const struct dirent *entry) {
        return entry->d_name[0] != '.';
}

/* Takes over those of the entries that have a state file. */
static int collect_names(const char *path, struct dirent **entries, int n_entries,
                         char ***ret_names) {

        int n_names = 0;
        char **names;

        names = calloc((size_t) n_entries + 1, sizeof(*names));
        if (!names)
                return -ENOMEM;

        for (int i = 0; i < n_entries; i++) {
                _cleanup_free_ char *file = NULL;

                if (asprintf(&file, "%s/%s/" NAME, path, entries[i]->d_name) < 0) {
                        file = NULL;
                        names_free(names);
                        return -ENOMEM;
                }
                if (access(file, F_OK) < 0)
                        continue;

                names[n_names] = strdup(entries[i]->d_name);
                if (!names[n_names]) {
                        names_free(names);
                        return -ENOMEM;
                }
                n_names++;
        }

        *ret_names = names;
        return n_names;
}

int state_file_list(const char *root, char ***ret_names) {
        struct dirent **entries = NULL;
        _cleanup_free_ char *path = NULL;
        int n, r;

        if (asprintf(&path, "%s" STATE_FILE_DIRECTORY, root) < 0) {
                path = NULL;
                return -ENOMEM;
        }

        n = scandir(path, &entries, is_name, alphasort);
        if (n < 0 && errno != ENOENT)
                return -errno;

        n = MAX(n, 0);
        r = collect_names(path, entries, n, ret_names);
        for (int i = 0; i < n; i++)
                free(entries[i]);
        free(entries);
        return r;
}
