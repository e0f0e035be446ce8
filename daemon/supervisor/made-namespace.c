/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "supervisor/made-namespace.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "core/base/paths.h"
#include "core/config/config-syntax.h"
#include "io/fd.h"
#include "io/namespace-maker.h"
#include "io/namespace.h"
#include "io/run-mark.h"
#include "supervisor/other-tunnels.h"

/* ---- the note ---- */

/* Returns 0 or a negative errno: -ENOENT, as a rule. */
static int note_read(const char *tunnel, char *buffer, size_t n_buffer) {
        int r;

        r = run_mark_read(RUN_MARK_NAMESPACE, tunnel, buffer, n_buffer);
        if (r < 0)
                return r;

        return buffer[0] != '\0' && !strchr(buffer, '/') && config_is_text(buffer, strlen(buffer)) ?
                0 :
                -EBADMSG;
}

bool made_namespace_is_noted(const char *tunnel) {
        return run_mark_exists(RUN_MARK_NAMESPACE, tunnel);
}

/* ---- making it ---- */

/* What has a path is somebody else's. */
static bool is_ours_to_make(const Config *config) {
        return config->network_namespace && config->network_namespace[0] != '/';
}

/* The configuration was changed, and the tunnel is being restarted. */
static void remove_former(const Config *config, Journal *journal) {
        char former[NAME_MAX + 1];

        if (note_read(config->name, former, sizeof(former)) == 0 &&
            (!is_ours_to_make(config) || strcmp(former, config->network_namespace) != 0))
                (void) made_namespace_remove(config->name, journal);
}

int made_namespace_make(const Config *config, Journal *journal) {
        int r;

        remove_former(config, journal);
        if (!is_ours_to_make(config))
                return 0;

        /* Also one that is there: it may be ours, and was in use when the last tunnel ended. */
        r = run_mark_write(RUN_MARK_NAMESPACE, config->name, config->network_namespace);
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

/* Of remove_unless_used(): the namespace stays, because somebody uses it. */
#define IS_USED 1

static bool is_to_be_in(const Status *status, const void *namespace) {
        return strcmp(status->network_namespace, namespace) == 0;
}

/* Returns 0, IS_USED, or a negative errno. */
static int remove_unless_used(const char *tunnel, const char *namespace, Journal *journal) {
        _cleanup_close_ int fd = -EBADF;
        NamespaceUse use;
        bool found;
        int r;

        r = other_tunnels_find(tunnel, is_to_be_in, namespace, &found);
        if (r < 0 || found)
                return r < 0 ? r : IS_USED;

        r = namespace_open(namespace, &fd);
        if (r == -ENOENT || r == NAMESPACE_E_OTHER)
                return 0;
        if (r == 0)
                r = namespace_find_use(fd, &use);
        if (r < 0 || use == NAMESPACE_USE_FOREIGN)
                return r;

        if (use != NAMESPACE_USE_NONE) {
                journal_print(journal, LOG_NOTICE, "The network namespace %s stays: %s", namespace,
                              use == NAMESPACE_USE_PROCESSES ? "a process is in it" :
                                                               "another interface is up in it");
                return IS_USED;
        }

        return namespace_remove(namespace);
}

int made_namespace_remove(const char *tunnel, Journal *journal) {
        char namespace[NAME_MAX + 1];
        int r;

        r = note_read(tunnel, namespace, sizeof(namespace));
        if (r == -ENOENT)
                return 0;
        if (r < 0) {
                journal_print(journal, LOG_WARNING,
                              "Cannot tell from " PATHS_RUNTIME_DIRECTORY "/" RUN_MARK_NAMESPACE
                              "/%s which network namespace was made for the tunnel: %s; if one is "
                              "left over in \"ip netns list\", run \"ip netns delete NAME\"",
                              tunnel, r == -EBADMSG ? "that is no name" : strerror(-r));
                run_mark_remove(RUN_MARK_NAMESPACE, tunnel);
                return r;
        }

        r = remove_unless_used(tunnel, namespace, journal);
        if (r < 0)
                journal_print(
                        journal, LOG_WARNING,
                        "Cannot remove the network namespace %s: %s; once nothing uses it, run "
                        "\"ip netns delete %s\"",
                        namespace, strerror(-r), namespace);

        /* One that is in use is to be looked after when the tunnel ends the next time. */
        if (r != IS_USED)
                run_mark_remove(RUN_MARK_NAMESPACE, tunnel);
        return r < 0 ? r : 0;
}
