/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "supervisor/made-namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "core/base/paths.h"
#include "io/fd.h"
#include "io/file-replace.h"
#include "io/namespace-maker.h"
#include "io/namespace.h"
#include "supervisor/other-tunnels.h"

#define NOTE_PATH PATHS_RUNTIME_DIRECTORY "/%s/namespace"

/* ---- the note ---- */

static int note_write(const char *tunnel, const char *namespace) {
        char path[PATH_MAX];

        snprintf(path, sizeof(path), NOTE_PATH, tunnel);
        return file_replace(AT_FDCWD, path, 0644, namespace, strlen(namespace));
}

/* Returns 0 or a negative errno: -ENOENT, as a rule. */
static int note_read(const char *tunnel, char *buffer, size_t n_buffer) {
        _cleanup_close_ int fd = -EBADF;
        char path[PATH_MAX];
        ssize_t n;

        snprintf(path, sizeof(path), NOTE_PATH, tunnel);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return -errno;

        n = fd_read_whole(fd, buffer, n_buffer - 1);
        if (n < 0)
                return (int) n;

        buffer[n] = '\0';
        return n > 0 && !strchr(buffer, '/') ? 0 : -EBADMSG;
}

bool made_namespace_is_noted(const char *tunnel) {
        char path[PATH_MAX];

        snprintf(path, sizeof(path), NOTE_PATH, tunnel);
        return access(path, F_OK) == 0;
}

/* ---- making it ---- */

/* What has a path is somebody else's. */
static bool is_ours_to_make(const Config *config) {
        return config->network_namespace && config->network_namespace[0] != '/';
}

int made_namespace_make(const Config *config, Journal *journal) {
        int r;

        if (!is_ours_to_make(config))
                return 0;

        /* Also one that is there: it may be ours, and was in use when the last tunnel ended. */
        r = note_write(config->name, config->network_namespace);
        if (r < 0)
                journal_print(journal, LOG_WARNING,
                              "Cannot note that %s is to be removed in the end: %s, ignoring",
                              config->network_namespace, strerror(-r));

        r = namespace_make(config->network_namespace);
        if (r == -EEXIST)
                return 0;
        if (r < 0)
                journal_print(journal, LOG_ERR, "Cannot make the network namespace %s: %s",
                              config->network_namespace, strerror(-r));
        else
                journal_print(journal, LOG_INFO, "Made the network namespace %s",
                              config->network_namespace);

        return r;
}

/* ---- removing it ---- */

static bool is_to_be_in(const Status *status, const void *namespace) {
        return strcmp(status->network_namespace, namespace) == 0;
}

static int remove_unless_used(const char *tunnel, const char *namespace, Journal *journal) {
        _cleanup_close_ int fd = -EBADF;
        NamespaceUse use;
        bool found;
        int r;

        r = other_tunnels_find(tunnel, is_to_be_in, namespace, &found);
        if (r < 0 || found)
                return r;

        r = namespace_open(namespace, &fd);
        if (r == -ENOENT || r == NAMESPACE_E_OTHER)
                return 0;
        if (r == 0)
                r = namespace_find_use(fd, &use);
        if (r < 0 || use == NAMESPACE_USE_FOREIGN)
                return r;

        if (use != NAMESPACE_USE_NONE) {
                journal_print(journal, LOG_INFO, "The network namespace %s stays: %s", namespace,
                              use == NAMESPACE_USE_PROCESSES ? "a process is in it" :
                                                               "another interface is up in it");
                return 0;
        }

        return namespace_remove(namespace);
}

int made_namespace_remove(const char *tunnel, Journal *journal) {
        char namespace[NAME_MAX + 1];
        int r;

        r = note_read(tunnel, namespace, sizeof(namespace));
        if (r == -ENOENT)
                return 0;
        if (r >= 0)
                r = remove_unless_used(tunnel, namespace, journal);
        if (r < 0)
                journal_print(journal, LOG_WARNING,
                              "Cannot remove the tunnel's network namespace: %s", strerror(-r));

        return r;
}
