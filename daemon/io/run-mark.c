/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/run-mark.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/paths.h"
#include "io/fd.h"
#include "io/file-replace.h"

#define FOLDER_FORMAT PATHS_RUNTIME_DIRECTORY "/%s"
#define MARK_FORMAT FOLDER_FORMAT "/%s"

/* As often in a row nobody happens to be that fast. */
#define TRIES_MAX 10

int run_mark_write(const char *kind, const char *name, const char *text) {
        char folder[PATH_MAX], path[PATH_MAX];
        int r = -ENOENT;

        snprintf(folder, sizeof(folder), FOLDER_FORMAT, kind);
        snprintf(path, sizeof(path), MARK_FORMAT, kind, name);

        /* Another tunnel may take the folder away in between. */
        for (unsigned i = 0; i < TRIES_MAX && r == -ENOENT; i++) {
                if (mkdir(folder, 0755) < 0 && errno != EEXIST)
                        return -errno;

                r = file_replace(AT_FDCWD, path, 0644, text, strlen(text));
        }

        return r;
}

int run_mark_read(const char *kind, const char *name, char *buffer, size_t n_buffer) {
        _cleanup_close_ int fd = -EBADF;
        char path[PATH_MAX];
        ssize_t n;

        snprintf(path, sizeof(path), MARK_FORMAT, kind, name);
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0)
                return -errno;

        n = fd_read_whole(fd, buffer, n_buffer - 1);
        if (n < 0)
                return (int) n;

        buffer[n] = '\0';
        return 0;
}

bool run_mark_exists(const char *kind, const char *name) {
        char path[PATH_MAX];

        snprintf(path, sizeof(path), MARK_FORMAT, kind, name);
        return access(path, F_OK) == 0;
}

static bool has_text(const char *kind, const char *name, const char *text) {
        char buffer[NAME_MAX + 1];

        return name[0] != '.' && run_mark_read(kind, name, buffer, sizeof(buffer)) == 0 &&
                strcmp(buffer, text) == 0;
}

int run_mark_find_other(const char *kind, const char *name, const char *text, bool *ret_found) {
        const struct dirent *entry;
        char folder[PATH_MAX];
        bool found = false;
        DIR *d;

        snprintf(folder, sizeof(folder), FOLDER_FORMAT, kind);
        d = opendir(folder);
        if (!d && errno != ENOENT)
                return -errno;

        /* One that is gone by now was of a tunnel that has ended. */
        while (d && !found && (entry = readdir(d)))
                found = strcmp(entry->d_name, name) != 0 && has_text(kind, entry->d_name, text);
        if (d)
                (void) closedir(d);

        *ret_found = found;
        return 0;
}

void run_mark_remove_of_ended(const char *kind, const char *text) {
        const struct dirent *entry;
        char folder[PATH_MAX];
        DIR *d;

        snprintf(folder, sizeof(folder), FOLDER_FORMAT, kind);
        d = opendir(folder);
        if (!d)
                return;

        while ((entry = readdir(d)))
                if (has_text(kind, entry->d_name, text) &&
                    !run_mark_exists(RUN_MARK_LEFTOVERS, entry->d_name))
                        run_mark_remove(kind, entry->d_name);
        (void) closedir(d);
}

void run_mark_remove(const char *kind, const char *name) {
        char path[PATH_MAX];

        snprintf(path, sizeof(path), MARK_FORMAT, kind, name);
        (void) unlink(path);
        snprintf(path, sizeof(path), FOLDER_FORMAT, kind);
        (void) rmdir(path); /* which others may be in */
}
