/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Reads the files that core/import/ asks for from the disk. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/macros.h"
#include "import.h"
#include "io/fd.h"

/*
 * Opens a path below root for reading. Links in there lead to what is below root as well, as they
 * did when it was the root: a set-up from elsewhere names no file of this machine. Returns the
 * descriptor or a negative errno.
 */
static int open_below(const char *root, const char *path, int flags) {
        struct open_how how = {
                .flags = (unsigned) (O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | flags),
                .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
        };
        _cleanup_close_ int root_fd = -EBADF;
        int fd;

        if (root[0] == '\0') {
                fd = open(path, (int) how.flags);
                return fd < 0 ? -errno : fd;
        }

        root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (root_fd < 0)
                return -errno;

        fd = (int) syscall(SYS_openat2, root_fd, path, &how, sizeof(how));
        return fd < 0 ? -errno : fd;
}

static int read_file(void *userdata, const char *path, char **ret_text, size_t *ret_n_text) {
        _cleanup_close_ int fd = -EBADF;
        _cleanup_free_ char *text = NULL;
        struct stat st;
        ssize_t n;

        /* Without waiting: a FIFO must not hold us. */
        fd = open_below(userdata, path, 0);
        if (fd < 0)
                return fd == -ENOENT || fd == -ENOTDIR ? IMPORT_E_MISSING : IMPORT_E_UNREADABLE;
        if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
                return IMPORT_E_UNREADABLE;

        /* One byte more than is allowed shows that a file is longer. */
        text = malloc(IMPORT_FILE_MAX_BYTES + 1);
        if (!text)
                return -ENOMEM;
        n = fd_read_whole(fd, text, IMPORT_FILE_MAX_BYTES + 1);
        if (n < 0)
                return IMPORT_E_UNREADABLE;
        if (n > IMPORT_FILE_MAX_BYTES)
                return IMPORT_E_TOO_LARGE;

        text[n] = '\0';
        *ret_text = steal_pointer(text);
        *ret_n_text = (size_t) n;
        return 0;
}

static int is_visible(const struct dirent *entry) {
        return entry->d_name[0] != '.';
}

static int list_directory(void *userdata, const char *path, char ***ret_names) {
        _cleanup_close_ int fd = -EBADF;
        struct dirent **entries = NULL;
        int n_entries, n_names = 0;
        char **names;

        *ret_names = NULL;
        /* A directory that cannot be listed is as good as empty. */
        fd = open_below(userdata, path, O_DIRECTORY);
        if (fd < 0)
                return 0;
        n_entries = scandirat(fd, ".", &entries, is_visible, alphasort);
        if (n_entries < 0)
                return errno == ENOMEM ? -ENOMEM : 0;

        names = calloc(IMPORT_FILES_MAX + 1, sizeof(*names));
        for (int n = 0; n < n_entries; n++) {
                if (names && n_names < IMPORT_FILES_MAX) {
                        names[n_names] = strdup(entries[n]->d_name);
                        n_names += names[n_names] ? 1 : 0;
                }
                free(entries[n]);
        }
        free(entries);
        if (!names)
                return -ENOMEM;

        *ret_names = names;
        return 0;
}

static bool is_program(void *userdata, const char *path) {
        _cleanup_close_ int fd = open_below(userdata, path, 0);
        struct stat st;

        return fd >= 0 && fstat(fd, &st) == 0 && (st.st_mode & 0111) != 0;
}

ImportFiles import_files_below(const char *root) {
        return (ImportFiles){ .read = read_file,
                              .list = list_directory,
                              .is_program = is_program,
                              .userdata = (void *) root };
}
