/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Finds what starts or ends the old tunnel by itself: jobs of cron, boot scripts and units with
 * "pon PEER", "poff PEER" or "pppd call PEER".
 */

#include "core/import/import-callers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/macros.h"

#define CALL_MAX_BYTES 300

static bool is_part_of_word(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                strchr("_-.", c);
}

/* Whether the line has both words, one behind the other, with blanks between them alone. */
static bool has_call(const char *line, size_t n_line, const char *command, const char *peer) {
        size_t n_command = strlen(command), n_peer = strlen(peer);
        const char *end = line + n_line, *p = line;

        while ((p = memmem(p, (size_t) (end - p), command, n_command))) {
                const char *word = p + n_command;
                bool begins = p == line || !is_part_of_word(p[-1]);

                p++;
                while (word < end && (*word == ' ' || *word == '\t'))
                        word++;
                if (begins && word > p - 1 + n_command && (size_t) (end - word) >= n_peer &&
                    memcmp(word, peer, n_peer) == 0 &&
                    (word + n_peer == end || !is_part_of_word(word[n_peer])))
                        return true;
        }

        return false;
}

static void look_at_line(const char *path, unsigned number, const char *line, size_t n_line,
                         const char *peer, ImportCallerFunc func, void *userdata) {

        static const char *const commands[] = { "pon", "poff", "call" };
        char call[CALL_MAX_BYTES];

        while (n_line > 0 && (*line == ' ' || *line == '\t')) {
                line++;
                n_line--;
        }
        if (n_line == 0 || *line == '#')
                return;

        for (size_t i = 0; i < ELEMENTSOF(commands); i++)
                if (has_call(line, n_line, commands[i], peer)) {
                        snprintf(call, sizeof(call), "%s %s", commands[i], peer);
                        func(userdata, path, number, call);
                        return;
                }
}

static void look_at_file(const ImportFiles *files, const char *path, const char *peer,
                         ImportCallerFunc func, void *userdata) {

        _cleanup_free_ char *text = NULL;
        size_t n_text, n_line;
        unsigned number = 0;

        /* What is too long for an import is no list of jobs. */
        if (files->read(files->userdata, path, &text, &n_text) != 0)
                return;

        for (const char *p = text, *end = text + n_text; p < end; p += n_line + 1) {
                const char *newline = memchr(p, '\n', (size_t) (end - p));

                n_line = (size_t) ((newline ?: end) - p);
                look_at_line(path, ++number, p, n_line, peer, func, userdata);
        }
}

void import_find_callers(const ImportFiles *files, const char *peer, ImportCallerFunc func,
                         void *userdata) {

        static const char *const folders[] = {
                "/etc/cron.d",         "/etc/cron.hourly",  "/etc/cron.daily",
                "/etc/cron.weekly",    "/etc/cron.monthly", "/var/spool/cron/crontabs",
                "/etc/systemd/system",
        };
        char path[640];

        look_at_file(files, "/etc/crontab", peer, func, userdata);
        look_at_file(files, "/etc/rc.local", peer, func, userdata);
        for (size_t i = 0; i < ELEMENTSOF(folders); i++) {
                char **names = NULL;

                if (files->list(files->userdata, folders[i], &names) < 0)
                        continue;

                for (char **name = names; name && *name; name++) {
                        snprintf(path, sizeof(path), "%s/%s", folders[i], *name);
                        look_at_file(files, path, peer, func, userdata);
                        free(*name);
                }
                free(names);
        }
}
