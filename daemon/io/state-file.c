/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/state-file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/macros.h"
#include "core/base/paths.h"
#include "io/fd.h"
#include "io/file-replace.h"
#include "io/names.h"

#define NAME "state"
#define LAST_SUFFIX ".last"

/* A file of this name in a directory. */
typedef struct Place {
        char directory[PATH_MAX];
        char name[NAME_MAX + 1];
} Place;

static int place_set(Place *p, const char *directory, size_t n_directory, const char *name,
                     size_t n_name, const char *suffix) {

        int n;

        if (n_directory >= sizeof(p->directory))
                return -ENAMETOOLONG;

        memcpy(p->directory, directory, n_directory);
        p->directory[n_directory] = '\0';
        n = snprintf(p->name, sizeof(p->name), "%.*s%s", (int) n_name, name, suffix);
        return n < 0 || (size_t) n >= sizeof(p->name) ? -ENAMETOOLONG : 0;
}

static int place_inside(Place *p, const char *directory) {
        return place_set(p, directory, strlen(directory), NAME, strlen(NAME), "");
}

/* "/run/pptp/onenet" keeps its last state in "/run/pptp/onenet.last". */
static int place_beside(Place *p, const char *directory) {
        size_t n_directory = strlen(directory);
        const char *slash;

        while (n_directory > 0 && directory[n_directory - 1] == '/')
                n_directory--;
        slash = memrchr(directory, '/', n_directory);
        if (!slash || slash == directory || slash + 1 == directory + n_directory)
                return -EINVAL;

        return place_set(p, directory, (size_t) (slash - directory), slash + 1,
                         (size_t) (directory + n_directory - slash - 1), LAST_SUFFIX);
}

/* place_inside() or place_beside() */
typedef int PlaceFunc(Place *p, const char *directory);

/* Opens the directory of a place. Returns a descriptor or a negative errno. */
static int place_open(PlaceFunc *func, const char *directory, Place *ret_place) {
        int fd, r;

        r = func(ret_place, directory);
        if (r < 0)
                return r;

        fd = open(ret_place->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

static int place_write(PlaceFunc *func, const char *directory, const char *text, size_t n_text) {
        _cleanup_close_ int directory_fd = -EBADF;
        Place p;

        directory_fd = place_open(func, directory, &p);
        if (directory_fd < 0)
                return directory_fd;

        return file_replace(directory_fd, p.name, 0644, text, n_text);
}

static int place_read(PlaceFunc *func, const char *directory, Status *ret_status) {
        _cleanup_close_ int directory_fd = -EBADF, fd = -EBADF;
        char text[STATUS_MAX_BYTES];
        ssize_t n;
        Place p;

        directory_fd = place_open(func, directory, &p);
        if (directory_fd < 0)
                return directory_fd;

        /* O_NONBLOCK: a FIFO must not hold us. */
        fd = openat(directory_fd, p.name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0)
                return -errno;

        n = fd_read_whole(fd, text, sizeof(text));
        if (n < 0)
                return (int) n;
        if ((size_t) n == sizeof(text))
                return -EFBIG;

        return status_parse(text, (size_t) n, ret_status) == 0 ? 0 : -EBADMSG;
}

static int place_remove(PlaceFunc *func, const char *directory) {
        _cleanup_close_ int directory_fd = -EBADF;
        Place p;

        directory_fd = place_open(func, directory, &p);
        if (directory_fd < 0)
                return directory_fd == -ENOENT ? 0 : directory_fd;

        return unlinkat(directory_fd, p.name, 0) < 0 && errno != ENOENT ? -errno : 0;
}

int state_file_write(const char *directory, const char *text, size_t n_text) {
        return place_write(place_inside, directory, text, n_text);
}

int state_file_read(const char *directory, Status *ret_status) {
        return place_read(place_inside, directory, ret_status);
}

int state_file_remove(const char *directory) {
        return place_remove(place_inside, directory);
}

int state_file_write_last(const char *directory, const char *text, size_t n_text) {
        return place_write(place_beside, directory, text, n_text);
}

int state_file_read_last(const char *directory, Status *ret_status) {
        return place_read(place_beside, directory, ret_status);
}

int state_file_remove_last(const char *directory) {
        return place_remove(place_beside, directory);
}

/* ---- which there are ---- */

/* Takes the suffix of what is kept beside off a name. */
static bool cut_last(char *name) {
        size_t n = strlen(name), n_suffix = strlen(LAST_SUFFIX);

        if (n <= n_suffix || strcmp(name + n - n_suffix, LAST_SUFFIX) != 0)
                return false;

        name[n - n_suffix] = '\0';
        return true;
}

static int name_compare(const void *a, const void *b) {
        return strcmp(*(char *const *) a, *(char *const *) b);
}

/* Adds the tunnel of one entry, if it is of one. names has room for it. */
static int add_name(const char *path, const char *entry, char **names, size_t *n_names) {
        _cleanup_free_ char *name = strdup(entry), *file = NULL;

        if (!name)
                return -ENOMEM;

        if (!cut_last(name)) {
                if (asprintf(&file, "%s/%s/" NAME, path, entry) < 0) {
                        file = NULL;
                        return -ENOMEM;
                }
                if (access(file, F_OK) < 0)
                        return 0;
        }

        names[(*n_names)++] = steal_pointer(name);
        return 0;
}

/* Sorts the names, and keeps one of each. */
static size_t sort_names(char **names, size_t n_names) {
        size_t n = 0;

        qsort(names, n_names, sizeof(*names), name_compare);
        for (size_t i = 0; i < n_names; i++)
                if (n > 0 && strcmp(names[n - 1], names[i]) == 0)
                        free(names[i]);
                else
                        names[n++] = names[i];

        names[n] = NULL;
        return n;
}

static int is_name(const struct dirent *entry) {
        return entry->d_name[0] != '.';
}

int state_file_list(const char *root, char ***ret_names) {
        struct dirent **entries = NULL;
        _cleanup_free_ char *path = NULL;
        char **names;
        size_t n_names = 0;
        int n, r = 0;

        if (asprintf(&path, "%s" PATHS_RUNTIME_DIRECTORY, root) < 0) {
                path = NULL;
                return -ENOMEM;
        }

        n = scandir(path, &entries, is_name, NULL);
        if (n < 0 && errno != ENOENT)
                return -errno;

        n = MAX(n, 0);
        names = calloc((size_t) n + 1, sizeof(*names));
        if (!names)
                r = -ENOMEM;
        for (int i = 0; i < n; i++) {
                if (r >= 0)
                        r = add_name(path, entries[i]->d_name, names, &n_names);
                free(entries[i]);
        }
        free(entries);

        if (r < 0) {
                names_free(names);
                return r;
        }

        *ret_names = names;
        return (int) sort_names(names, n_names);
}
