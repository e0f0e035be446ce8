/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/config-near-miss.h"

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/base/text.h"
#include "core/base/tunnel-name.h"
#include "io/config-directory.h"

#define UNIT_PREFIX "pptp@"

static bool has_name(char **names, const char *name) {
        for (; *names; names++)
                if (strcmp(*names, name) == 0)
                        return true;

        return false;
}

static void cut_suffix(char *text, const char *suffix) {
        size_t n = strlen(text), n_suffix = strlen(suffix);

        if (n > n_suffix && strcmp(text + n - n_suffix, suffix) == 0)
                text[n - n_suffix] = '\0';
}

char *config_near_miss_strip(const char *text) {
        const char *slash = strrchr(text, '/');
        char *name;

        if (slash && slash[1] != '\0')
                text = slash + 1;
        if (strncmp(text, UNIT_PREFIX, strlen(UNIT_PREFIX)) == 0)
                text += strlen(UNIT_PREFIX);

        name = strdup(text);
        if (!name)
                return NULL;

        cut_suffix(name, ".service");
        cut_suffix(name, CONFIG_SUFFIX);
        return name;
}

/* ---- what comes near ---- */

static bool find_decorated(char **names, const char *instance, char *hint, size_t n_hint) {
        _cleanup_free_ char *name = config_near_miss_strip(instance);

        if (!name || strcmp(name, instance) == 0 || !has_name(names, name))
                return false;

        snprintf(hint, n_hint, "the tunnel is called %s: write pptp@%s", name, name);
        return true;
}

static bool find_escaped(char **names, const char *instance, char *hint, size_t n_hint) {
        _cleanup_free_ char *plain = tunnel_name_unescape(instance);
        TextBuilder b = text_builder(hint, n_hint);

        if (!plain || strcmp(plain, instance) == 0 || !has_name(names, plain))
                return false;

        if (!tunnel_name_find_fault(plain)) {
                text_addf(&b,
                          "the tunnel is called %s: write pptp@%s as it is, without systemd-escape",
                          plain, plain);
                return true;
        }

        text_addf(&b, "there is %s" CONFIG_SUFFIX ", but systemd writes that name as %s: ", plain,
                  instance);
        tunnel_name_add_remedy(&b, plain);
        return true;
}

/*
 * Looks for a file whose name is right but for its suffix: "onenet.cfg", "onenet", "onenet.conf~".
 */
static bool is_other_ending(const char *file, const char *instance) {
        size_t n = strlen(instance);

        if (strncmp(file, instance, n) != 0 || (file[n] != '\0' && file[n] != '.'))
                return false;

        return strcmp(file + n, CONFIG_SUFFIX) != 0 && strcmp(file + n, CONFIG_SUFFIX ".d") != 0;
}

static bool find_other_ending(const char *root, const char *instance, char *hint, size_t n_hint) {
        bool found = false;

        for (size_t i = 0; i < CONFIG_DIRECTORIES_N && !found; i++) {
                _cleanup_free_ char *path = NULL;
                const struct dirent *entry;
                DIR *directory;

                if (asprintf(&path, "%s%s", root, config_directories[i]) < 0) {
                        path = NULL;
                        return false;
                }

                directory = opendir(path);
                if (!directory)
                        continue;

                while (!found && (entry = readdir(directory))) {
                        found = is_other_ending(entry->d_name, instance);
                        if (found)
                                snprintf(hint, n_hint,
                                         "there is %s/%.255s: rename it to %s" CONFIG_SUFFIX, path,
                                         entry->d_name, instance);
                }
                closedir(directory);
        }

        return found;
}

static bool find_misspelt(char **names, const char *instance, char *hint, size_t n_hint) {
        unsigned best = 3;

        for (; *names; names++) {
                unsigned distance = text_edit_distance(*names, instance);

                if (distance >= best || distance >= strlen(instance))
                        continue;
                best = distance;
                snprintf(hint, n_hint, "did you mean %s?", *names);
        }

        return best < 3;
}

bool config_near_miss_find(const char *root, char **names, const char *instance, char *hint,
                           size_t n_hint) {

        return find_decorated(names, instance, hint, n_hint) ||
                find_escaped(names, instance, hint, n_hint) ||
                find_other_ending(root, instance, hint, n_hint) ||
                find_misspelt(names, instance, hint, n_hint);
}
