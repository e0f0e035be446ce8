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

#include "core/macros.h"
#include "io/fd.h"

#define NAME "state"
#define TEMPORARY_NAME ".state.new"

static int open_directory(const char *directory) {
        int fd;

        fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

static int write_whole(int fd, const char *text, size_t n_text) {
        while (n_text > 0) {
                ssize_t n = write(fd, text, n_text);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                text += n;
                n_text -= (size_t) n;
        }

        return 0;
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

        return write_whole(fd, text, n_text);
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
        size_t n_done = 0;

        directory_fd = open_directory(directory);
        if (directory_fd < 0)
                return directory_fd;

        /* O_NONBLOCK: a FIFO must not hold us. */
        fd = openat(directory_fd, NAME, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0)
                return -errno;

        for (;;) {
                ssize_t n = read(fd, buffer + n_done, n_buffer - n_done);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        break;
                n_done += (size_t) n;
                if (n_done == n_buffer)
                        return -EFBIG;
        }

        buffer[n_done] = '\0';
        return (int) n_done;
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
static int collect_names(const char *path, struct dirent **entries, int n_entries, char ***ret_names) {
        int n_names = 0;
        char **names;

        names = calloc((size_t) n_entries + 1, sizeof(*names));
        if (!names)
                return -ENOMEM;

        for (int i = 0; i < n_entries; i++) {
                _cleanup_free_ char *file = NULL;

                if (asprintf(&file, "%s/%s/" NAME, path, entries[i]->d_name) < 0) {
                        file = NULL;
                        state_file_list_free(names);
                        return -ENOMEM;
                }
                if (access(file, F_OK) < 0)
                        continue;

                names[n_names] = strdup(entries[i]->d_name);
                if (!names[n_names]) {
                        state_file_list_free(names);
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

char **state_file_list_free(char **names) {
        for (char **name = names; name && *name; name++)
                free(*name);

        free(names);
        return NULL;
}
