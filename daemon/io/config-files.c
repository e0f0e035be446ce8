/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/config-files.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "core/base/array.h"
#include "core/base/macros.h"
#include "core/config/config-review.h"
#include "io/clock.h"
#include "io/config-directory.h"
#include "io/config-near-miss.h"
#include "io/config-peek.h"
#include "io/hidden-link.h"
#include "io/names.h"
#include "io/table-names.h"

/* A file that begins with [Match]. */
typedef struct MatchFile {
        const ConfigFile *file;
        char *path;
        ConfigFileText text;
} MatchFile;

struct ConfigFiles {
        ConfigFileSet set;
        char **names; /* of the tunnels, NULL at the end */
        size_t n_names;
        MatchFile *matches;
        size_t n_matches;
        ConfigProblems problems; /* of directories, and of files that cannot be read */
        ConfigTables tables;
};

/* ---- looking at all files ---- */

static int files_add_match(ConfigFiles *files, ConfigParser *parser, const ConfigFile *file) {
        MatchFile match = { .file = file };
        int r;

        if (!ARRAY_MAKE_ROOM(files->matches, files->n_matches))
                return -ENOMEM;

        match.path = config_file_set_path(&files->set, file);
        if (!match.path)
                return -ENOMEM;

        r = config_file_read(parser, match.path, true, &match.text);
        if (r != 0) {
                free(match.path);
                return r;
        }

        files->matches[files->n_matches++] = match;
        return 0;
}

static int files_add_name(ConfigFiles *files, const ConfigFile *file) {
        char *name = strndup(file->name, strlen(file->name) - strlen(CONFIG_SUFFIX));

        if (!name)
                return -ENOMEM;

        files->names[files->n_names++] = name;
        return 0;
}

/* For files whose beginning has not told. One that cannot be read counts as a tunnel's. */
static int files_look_closer(ConfigFiles *files, ConfigParser *parser, const ConfigFile *file) {
        _cleanup_(config_file_text_done) ConfigFileText text = { 0 };
        _cleanup_free_ char *path = NULL;
        int r;

        path = config_file_set_path(&files->set, file);
        if (!path)
                return -ENOMEM;

        r = config_file_read(parser, path, true, &text);
        if (r < 0)
                return r;
        if (r == CONFIG_FILE_E_MASKED)
                return 0;
        if (r == 0 && config_text_is_match(text.text, text.n_text))
                return files_add_match(files, parser, file);

        return files_add_name(files, file);
}

static int files_look_at(ConfigFiles *files, ConfigParser *parser, const ConfigFile *file) {
        if (file->is_empty)
                return 0;

        switch (file->kind) {
        case CONFIG_TEXT_TUNNEL:
                return files_add_name(files, file);
        case CONFIG_TEXT_MATCH:
                return files_add_match(files, parser, file);
        case CONFIG_TEXT_OTHER:
                break;
        }

        return files_look_closer(files, parser, file);
}

static int files_scan(ConfigFiles *files, const char *root) {
        _cleanup_(config_parser_freep) ConfigParser *parser = NULL;
        Config *none = NULL;
        int r;

        /* This parser only collects the problems; no tunnel is called so. */
        r = config_parser_new("scan", &parser);
        if (r >= 0)
                r = config_file_set_init(&files->set, parser, root, "");
        if (r < 0)
                return r;

        files->names = calloc(files->set.n_items + 1, sizeof(*files->names));
        if (!files->names)
                return -ENOMEM;

        config_peek_all(&files->set);
        for (size_t i = 0; i < files->set.n_items; i++) {
                r = files_look_at(files, parser, &files->set.items[i]);
                if (r < 0)
                        return r;
        }

        r = config_parser_finish(parser, &none, &files->problems);
        config_free(none);
        return r < 0 ? r : 0;
}

int config_files_new(const char *root, ConfigFiles **ret_files) {
        _cleanup_(config_files_freep) ConfigFiles *files = NULL;
        int r;

        files = calloc(1, sizeof(*files));
        if (!files)
                return -ENOMEM;

        r = table_names_read(root ?: "", &files->tables);
        if (r >= 0)
                r = files_scan(files, root ?: "");
        if (r < 0)
                return r;

        *ret_files = steal_pointer(files);
        return 0;
}

ConfigFiles *config_files_free(ConfigFiles *files) {
        if (!files)
                return NULL;

        for (size_t i = 0; i < files->n_matches; i++) {
                config_file_text_done(&files->matches[i].text);
                free(files->matches[i].path);
        }
        free(files->matches);
        names_free(files->names);
        config_problems_done(&files->problems);
        config_tables_done(&files->tables);
        config_file_set_done(&files->set);
        free(files);
        return NULL;
}

char **config_files_get_names(const ConfigFiles *files, size_t *ret_n_names) {
        *ret_n_names = files->n_names;
        return files->names;
}

bool config_files_has_name(const ConfigFiles *files, const char *name) {
        size_t n;
        char **names = config_files_get_names(files, &n);

        for (size_t i = 0; i < n; i++)
                if (strcmp(names[i], name) == 0)
                        return true;

        return false;
}

/* Of single files, what is found here is a warning. */
const ConfigProblem *config_files_get_refused(const ConfigFiles *files) {
        for (size_t i = 0; i < files->problems.n_items; i++)
                if (!files->problems.items[i].warning)
                        return &files->problems.items[i];

        return NULL;
}

/* ---- loading one tunnel ---- */

static int report_no_tunnel(const ConfigFiles *files, ConfigParser *parser, const char *instance) {
        _cleanup_free_ char *path = NULL;
        char hint[CONFIG_NEAR_MISS_BYTES];

        if (asprintf(&path, "%s%s/%s" CONFIG_SUFFIX, files->set.root, config_directories[0],
                     instance) < 0) {
                path = NULL;
                return -ENOMEM;
        }

        if (!config_near_miss_find(files->set.root, files->names, instance, hint, sizeof(hint)))
                snprintf(hint, sizeof(hint),
                         "create it, with Server= in [Tunnel] and User= in [Authentication]; see "
                         "pptp.conf(5)");

        return config_parser_add_problem(parser, path, false, hint,
                                         "does not exist: there is no tunnel %s", instance);
}

static int load_tunnel_file(ConfigParser *parser, const char *path, const char *instance) {
        _cleanup_(config_file_text_done) ConfigFileText text = { 0 };
        int r;

        r = config_file_read(parser, path, false, &text);
        if (r == CONFIG_FILE_E_MISSING)
                return config_parser_add_problem(parser, path, false, "correct it, or remove it",
                                                 "is a symbolic link that leads nowhere");
        if (r == CONFIG_FILE_E_MASKED)
                return config_parser_add_problem(
                        parser, path, false, "remove it, or fill it",
                        "is empty or a link to /dev/null: the tunnel %s is masked", instance);
        if (r != 0)
                return r < 0 ? r : 0;
        if (config_text_is_match(text.text, text.n_text))
                return config_parser_add_problem(
                        parser, path, false, "give it another name, and create one with [Tunnel]",
                        "begins with [Match]: it does not define the tunnel %s", instance);

        return config_parser_add_file(parser, CONFIG_FILE_TUNNEL, path, text.text, text.n_text);
}

/*
 * Reports the problems of other files again for this tunnel, as warnings: they do not make its
 * loading fail.
 */
static int replay_problems(const ConfigFiles *files, ConfigParser *parser, const char *own_path) {
        int r = 0;

        for (size_t i = 0; i < files->problems.n_items && r >= 0; i++) {
                const ConfigProblem *p = &files->problems.items[i];

                if (!own_path || strcmp(p->file, own_path) != 0)
                        r = config_parser_add_problem(parser, p->file, p->warning, p->hint, "%s",
                                                      p->message);
        }

        return r;
}

static int load_tunnel(const ConfigFiles *files, ConfigParser *parser, const char *instance,
                       const ConfigFile *file) {

        _cleanup_free_ char *path = NULL;
        int r;

        /* A file that is not found may be in the directory that was refused. */
        if (!file) {
                r = config_files_get_refused(files) ? 0 : report_no_tunnel(files, parser, instance);
                return r < 0 ? r : replay_problems(files, parser, NULL);
        }

        path = config_file_set_path(&files->set, file);
        if (!path)
                return -ENOMEM;

        r = load_tunnel_file(parser, path, instance);
        return r < 0 ? r : replay_problems(files, parser, path);
}

static int load_drop_in(ConfigParser *parser, const ConfigFileSet *set, const ConfigFile *file) {
        _cleanup_(config_file_text_done) ConfigFileText text = { 0 };
        _cleanup_free_ char *path = NULL;
        int r;

        path = config_file_set_path(set, file);
        if (!path)
                return -ENOMEM;

        r = config_file_read(parser, path, false, &text);
        if (r == CONFIG_FILE_E_MISSING)
                return config_parser_add_problem(parser, path, false, "correct it, or remove it",
                                                 "is a symbolic link that leads nowhere");
        if (r != 0)
                return r < 0 ? r : 0;

        return config_parser_add_file(parser, CONFIG_FILE_DROP_IN, path, text.text, text.n_text);
}

static int load_drop_ins(const ConfigFiles *files, ConfigParser *parser, const char *instance) {
        _cleanup_(config_file_set_done) ConfigFileSet set = { 0 };
        _cleanup_free_ char *subdirectory = NULL;
        int r;

        if (asprintf(&subdirectory, "/%s" CONFIG_SUFFIX ".d", instance) < 0) {
                subdirectory = NULL;
                return -ENOMEM;
        }

        r = config_file_set_init(&set, parser, files->set.root, subdirectory);
        for (size_t i = 0; i < set.n_items && r >= 0; i++)
                r = load_drop_in(parser, &set, &set.items[i]);

        return r;
}

static int load_matches(const ConfigFiles *files, ConfigParser *parser, const ConfigFile *own) {
        int r = 0;

        for (size_t i = 0; i < files->n_matches && r >= 0; i++) {
                const MatchFile *match = &files->matches[i];

                if (match->file != own)
                        r = config_parser_add_file(parser, CONFIG_FILE_MATCH, match->path,
                                                   match->text.text, match->text.n_text);
        }

        return r;
}

/* Not /dev/null, which is as good as an empty file. */
static bool is_no_file(const char *path) {
        struct stat st;

        return stat(path, &st) == 0 && !S_ISREG(st.st_mode) &&
                !(S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3));
}

/* What is wrong with a list as a whole is put at the line that names it. */
static int load_list(const ConfigFiles *files, ConfigParser *parser, size_t i, const char *name) {
        _cleanup_free_ char *path = NULL;
        int r;

        if (asprintf(&path, "%s%s", files->set.root, name) < 0) {
                path = NULL;
                return -ENOMEM;
        }

        if (hidden_link_check(path))
                return config_parser_add_list_problem(parser, i, "put the file itself there",
                                                      "is a link to where the unit sees no file");
        if (is_no_file(path))
                return config_parser_add_list_problem(
                        parser, i, "name a file with one prefix a line", "is not a regular file");

        r = config_file_add_list(parser, path, i);
        if (r == CONFIG_FILE_E_MISSING)
                return config_parser_add_list_problem(
                        parser, i, "create it, with one prefix a line, or correct the path",
                        "is not there");
        if (r == CONFIG_FILE_E_MASKED)
                return config_parser_add_list_problem(
                        parser, i, "write one prefix a line into it, or leave this line out",
                        "is empty");

        return r < 0 ? r : 0;
}

static int load_lists(const ConfigFiles *files, ConfigParser *parser) {
        const char *name;
        int r = 0;

        for (size_t i = 0; r >= 0 && (name = config_parser_get_list(parser, i)); i++)
                r = load_list(files, parser, i, name);

        return r;
}

/*
 * A name with a slash would lead out of the directory: systemd escapes instance names, but a person
 * may call us by hand. "conf.d" is refused as well: /run/pptp/conf.d holds configuration files, and
 * as the unit's RuntimeDirectory= it would be removed at the end.
 */
static bool is_name(const char *instance) {
        return *instance != '\0' && *instance != '.' && !strchr(instance, '/') &&
                strcmp(instance, "conf.d") != 0;
}

static int load_all(const ConfigFiles *files, ConfigParser *parser, const char *instance) {
        _cleanup_free_ char *name = NULL;
        const ConfigFile *own;
        int r;

        if (!is_name(instance))
                return config_parser_add_problem(parser, config_directories[0], false,
                                                 "name the tunnel as its file without .conf",
                                                 "cannot hold a tunnel of this name");

        if (asprintf(&name, "%s" CONFIG_SUFFIX, instance) < 0) {
                name = NULL;
                return -ENOMEM;
        }

        own = config_file_set_find(&files->set, name);
        r = load_tunnel(files, parser, instance, own);
        if (r >= 0)
                r = load_drop_ins(files, parser, instance);
        if (r >= 0)
                r = load_matches(files, parser, own);
        if (r >= 0)
                r = load_lists(files, parser);
        return r;
}

int config_files_load_from(const ConfigFiles *files, const char *instance, Config **ret_config,
                           ConfigProblems *ret_problems) {

        _cleanup_(config_parser_freep) ConfigParser *parser = NULL;
        Config *config = NULL;
        int r;

        r = config_parser_new(instance, &parser);
        if (r >= 0)
                config_parser_set_tables(parser, &files->tables);
        if (r >= 0)
                r = load_all(files, parser, instance);
        if (r < 0)
                return r;

        r = config_parser_finish(parser, &config, ret_problems);
        if (r == 0)
                r = config_review(config, ret_problems);
        if (r != 0) {
                if (r < 0)
                        config_problems_done(ret_problems);
                config_free(config);
                return r;
        }

        *ret_config = config;
        return 0;
}

int config_files_load(const char *root, const char *instance, Config **ret_config,
                      ConfigProblems *ret_problems) {

        _cleanup_(config_files_freep) ConfigFiles *files = NULL;
        uint64_t now = clock_read_usec(CLOCK_REALTIME);
        int r;

        r = config_files_new(root, &files);
        if (r < 0)
                return r;

        r = config_files_load_from(files, instance, ret_config, ret_problems);
        if (r == 0)
                (*ret_config)->read_usec = now;
        return r;
}

static bool is_newer(const char *path, uint64_t usec) {
        struct stat st;

        return stat(path, &st) == 0 && clock_to_usec(st.st_ctim) > usec;
}

bool config_files_have_changed(const char *root, const Config *config) {
        for (size_t i = 0; i < config->n_files; i++)
                if (is_newer(config->files[i], config->read_usec))
                        return true;

        for (size_t i = 0; i < CONFIG_DIRECTORIES_N; i++) {
                char path[PATH_MAX];

                snprintf(path, sizeof(path), "%s%s", root, config_directories[i]);
                if (is_newer(path, config->read_usec))
                        return true;

                snprintf(path, sizeof(path), "%s%s/%s" CONFIG_SUFFIX ".d", root,
                         config_directories[i], config->name);
                if (is_newer(path, config->read_usec))
                        return true;
        }

        return false;
}
