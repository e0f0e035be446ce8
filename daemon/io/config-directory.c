/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/config-directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "core/base/array.h"
#include "core/base/macros.h"
#include "core/base/paths.h"
#include "core/base/text.h"
#include "core/config/config-syntax.h"
#include "io/fd.h"

const char *const config_directories[CONFIG_DIRECTORIES_N] = {
        PATHS_SYSCONF_DIRECTORY "/conf.d",
        PATHS_RUNTIME_DIRECTORY "/conf.d",
        PATHS_LIBRARY_DIRECTORY "/conf.d",
};

/* ---- who may write ---- */

/*
 * Refuses a file, or the directory of one, that others than root can write: it chooses routes, and
 * units that systemd starts as root. A list sets destinations alone, and may be left to a program
 * that is not root. Our own user and group are accepted as well: what pptpctl --root= reads is that
 * of whoever runs it.
 */
static int check_writers(ConfigParser *parser, const char *path, const struct stat *st,
                         bool warning, bool is_list) {

        const char *hint;
        char what[64];
        int r;

        if (st->st_mode & S_IWOTH) {
                snprintf(what, sizeof(what), "can be written by everyone");
                hint = "take the right away: chmod o-w";
        } else if (is_list) {
                return 0;
        } else if (st->st_uid != 0 && st->st_uid != geteuid()) {
                snprintf(what, sizeof(what), "belongs to the user %u and not to root", st->st_uid);
                hint = "chown root";
        } else if ((st->st_mode & S_IWGRP) && st->st_gid != 0 && st->st_gid != getegid()) {
                snprintf(what, sizeof(what), "can be written by the group %u", st->st_gid);
                hint = "take the right away: chmod g-w";
        } else {
                return 0;
        }

        r = config_parser_add_problem(parser, path, warning, hint, "%s%s", what,
                                      warning ? ", ignoring" : "");
        return r < 0 ? r : CONFIG_FILE_E_BAD;
}

/* ---- listing ---- */

void config_file_set_done(ConfigFileSet *set) {
        for (size_t i = 0; i < set->n_items; i++)
                free(set->items[i].name);

        for (size_t i = 0; i < CONFIG_DIRECTORIES_N && set->root; i++)
                fd_close_pointer(&set->fds[i]);

        free(set->items);
        free(set->root);
        free(set->subdirectory);
        *set = (ConfigFileSet){ 0 };
}

static int file_set_add(ConfigFileSet *set, const struct dirent *entry, unsigned directory) {
        char *name;

        if (!ARRAY_MAKE_ROOM(set->items, set->n_items))
                return -ENOMEM;

        name = strdup(entry->d_name);
        if (!name)
                return -ENOMEM;

        set->items[set->n_items++] = (ConfigFile){
                .name = name,
                .directory = directory,
                .is_plain = entry->d_type == DT_REG,
        };
        return 0;
}

/* By name, and those of one name by precedence. */
static int file_compare(const void *a, const void *b) {
        const ConfigFile *x = a, *y = b;
        int difference = strcmp(x->name, y->name);

        return difference ?: (x->directory > y->directory) - (x->directory < y->directory);
}

static int name_compare(const void *name, const void *file) {
        return strcmp(name, ((const ConfigFile *) file)->name);
}

/* Keeps the first of each name. */
static void file_set_drop_hidden(ConfigFileSet *set) {
        size_t n = 0;

        for (size_t i = 0; i < set->n_items; i++)
                if (n > 0 && strcmp(set->items[n - 1].name, set->items[i].name) == 0)
                        free(set->items[i].name);
                else
                        set->items[n++] = set->items[i];

        set->n_items = n;
}

static bool is_configuration_name(const char *name) {
        size_t n = strlen(name);

        return name[0] != '.' && n > strlen(CONFIG_SUFFIX) &&
                strcmp(name + n - strlen(CONFIG_SUFFIX), CONFIG_SUFFIX) == 0;
}

static void close_directory(DIR **directory) {
        if (*directory)
                closedir(*directory);
}

/*
 * A name with control characters can be no tunnel's, and must not get to a terminal. A drop-in of
 * such a name would be missing from the tunnel's configuration.
 */
static int report_name(ConfigParser *parser, const ConfigFileSet *set, const char *directory,
                       const char *name) {

        bool is_drop_in = set->subdirectory[0] != '\0';
        char text[NAME_MAX + 3];
        TextBuilder t = text_builder(text, sizeof(text));

        text_add_quoted(&t, name, strlen(name));
        return config_parser_add_problem(parser, directory, !is_drop_in, "rename it",
                                         "has a file whose name is no text, %s%s", text,
                                         is_drop_in ? "" : ", ignoring");
}

static int file_set_take(ConfigFileSet *set, ConfigParser *parser, const char *directory,
                         const struct dirent *entry, unsigned number) {

        if (!is_configuration_name(entry->d_name))
                return 0;
        if (!config_is_text(entry->d_name, strlen(entry->d_name)))
                return report_name(parser, set, directory, entry->d_name);

        return file_set_add(set, entry, number);
}

/* Adds the names of one directory. */
static int file_set_scan(ConfigFileSet *set, ConfigParser *parser, unsigned number) {
        _cleanup_(close_directory) DIR *directory = NULL;
        _cleanup_free_ char *path = NULL;
        const struct dirent *entry;
        struct stat st;
        int r;

        if (asprintf(&path, "%s%s%s", set->root, config_directories[number], set->subdirectory) <
            0) {
                path = NULL;
                return -ENOMEM;
        }

        directory = opendir(path);
        if (!directory) {
                if (errno == ENOENT)
                        return 0;
                if (errno == ENOMEM)
                        return -ENOMEM;
                return config_parser_add_problem(parser, path, false,
                                                 errno == EACCES ? "run this as root" : NULL,
                                                 "cannot be listed: %m");
        }

        set->fds[number] = fcntl(dirfd(directory), F_DUPFD_CLOEXEC, 3);
        if (set->fds[number] < 0 || fstat(set->fds[number], &st) < 0)
                return -errno;

        r = check_writers(parser, path, &st, false, false);
        if (r != 0)
                return r < 0 ? r : 0;

        for (;;) {
                errno = 0;
                entry = readdir(directory);
                if (!entry)
                        return -errno;

                r = file_set_take(set, parser, path, entry, number);
                if (r < 0)
                        return r;
        }
}

int config_file_set_init(ConfigFileSet *set, ConfigParser *parser, const char *root,
                         const char *subdirectory) {

        int r = 0;

        *set = (ConfigFileSet){
                .root = strdup(root),
                .subdirectory = strdup(subdirectory),
                .fds = { -EBADF, -EBADF, -EBADF },
        };
        if (!set->root || !set->subdirectory)
                r = -ENOMEM;

        for (unsigned i = 0; i < CONFIG_DIRECTORIES_N && r >= 0; i++)
                r = file_set_scan(set, parser, i);
        if (r < 0) {
                config_file_set_done(set);
                return r;
        }

        if (set->n_items > 0)
                qsort(set->items, set->n_items, sizeof(*set->items), file_compare);
        file_set_drop_hidden(set);
        return 0;
}

const ConfigFile *config_file_set_find(const ConfigFileSet *set, const char *name) {
        if (set->n_items == 0)
                return NULL;

        return bsearch(name, set->items, set->n_items, sizeof(*set->items), name_compare);
}

char *config_file_set_path(const ConfigFileSet *set, const ConfigFile *file) {
        char *path;

        if (asprintf(&path, "%s%s%s/%s", set->root, config_directories[file->directory],
                     set->subdirectory, file->name) < 0)
                return NULL;

        return path;
}

/* ---- reading ---- */

/* A list is read in pieces of this size, so that no memory is needed for the whole text. */
#define LIST_PIECE_BYTES (64 * 1024)

void config_file_text_done(ConfigFileText *t) {
        free(t->text);
        *t = (ConfigFileText){ 0 };
}

/* Where a problem of a file is put: at the file itself, or at the line that names it. */
typedef struct Report {
        ConfigParser *parser;
        const char *path;
        bool warning;
        bool is_list;
        size_t list; /* is_list: its number */
} Report;

static int report_bad(const Report *report, const char *hint, const char *what) {
        int r;

        if (report->is_list)
                r = config_parser_add_list_problem(report->parser, report->list, hint, what);
        else
                r = config_parser_add_problem(report->parser, report->path, report->warning, hint,
                                              "%s%s", what, report->warning ? ", ignoring" : "");
        return r < 0 ? r : CONFIG_FILE_E_BAD;
}

/* The unit reads as root without CAP_DAC_OVERRIDE: what permissions allow to root, and no more. */
static const char *find_mending(int error) {
        switch (error) {
        case EACCES:
        case EPERM:
                return "let root read it: chown root and chmod u+r, and chmod o+x for the folders "
                       "above it";
        case ELOOP:
                return "correct the symbolic links, which lead in a circle";
        case ENOTDIR:
        case ENAMETOOLONG:
                return "correct the path";
        default:
                return NULL;
        }
}

static int report_errno(const Report *report, int error) {
        char what[128];

        if (error == ENOMEM)
                return -ENOMEM;

        snprintf(what, sizeof(what), "cannot be read: %s", strerror(error));
        return report_bad(report, find_mending(error), what);
}

static int report_change(const Report *report) {
        return report_bad(report, "write it under another name, and then rename it (mv)",
                          "changes while it is read");
}

/* What the file is must come from the descriptor: the name may point elsewhere a moment later. */
static int check_file(const Report *report, const struct stat *st, off_t max_bytes) {
        char what[64];

        if ((S_ISREG(st->st_mode) && st->st_size == 0) ||
            (S_ISCHR(st->st_mode) && st->st_rdev == makedev(1, 3)))
                return CONFIG_FILE_E_MASKED;
        if (!S_ISREG(st->st_mode))
                return report_bad(report,
                                  report->is_list ? "name a file with one prefix a line" :
                                                    "put a file there, or a link to one",
                                  "is not a regular file");
        if (st->st_size <= max_bytes)
                return 0;

        snprintf(what, sizeof(what), "is longer than %lld MiB", (long long) max_bytes >> 20);
        return report_bad(report,
                          report->is_list ? "join neighbouring prefixes to shorter ones" :
                                            "shorten it: long lists go into files of "
                                            "DestinationFile=",
                          what);
}

/* Opens a file that can be read as text. Returns 0 and the descriptor, or as config_file_read(). */
static int open_file(const Report *report, off_t max_bytes, struct stat *ret_st, int *ret_fd) {
        _cleanup_close_ int fd = -EBADF;
        int r;

        /* O_NONBLOCK: a FIFO must not hold us. */
        fd = open(report->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (fd < 0)
                return errno == ENOENT ? CONFIG_FILE_E_MISSING : report_errno(report, errno);
        if (fstat(fd, ret_st) < 0)
                return report_errno(report, errno);

        r = check_file(report, ret_st, max_bytes);
        if (r == 0)
                *ret_fd = steal_fd(fd);
        return r;
}

int config_file_read(ConfigParser *parser, const char *path, bool warning,
                     ConfigFileText *ret_text) {

        const Report report = { .parser = parser, .path = path, .warning = warning };
        _cleanup_close_ int fd = -EBADF;
        _cleanup_free_ char *text = NULL;
        struct stat st;
        size_t n_buffer;
        ssize_t n;
        int r;

        r = open_file(&report, CONFIG_FILE_MAX_BYTES, &st, &fd);
        if (r == 0)
                r = check_writers(parser, path, &st, warning, false);
        if (r != 0)
                return r;

        /* Somebody may be writing to it: a byte more shows that it has grown. */
        n_buffer = (size_t) st.st_size + 1;
        text = malloc(n_buffer);
        if (!text)
                return -ENOMEM;

        n = fd_read_whole(fd, text, n_buffer);
        if (n < 0)
                return report_errno(&report, (int) -n);
        if (n != st.st_size)
                return report_change(&report);

        *ret_text = (ConfigFileText){ .text = steal_pointer(text), .n_text = (size_t) n };
        return 0;
}

/* The piece of a list that is being read: lines, and the beginning of another. */
typedef struct ListPiece {
        char *text;
        size_t n_text, n_room;
} ListPiece;

static void list_piece_done(ListPiece *p) {
        free(p->text);
}

/* Makes room for more of a line that is longer than the piece. */
static int list_piece_grow(ListPiece *p) {
        size_t n_room = p->n_room > 0 ? 2 * p->n_room : LIST_PIECE_BYTES;
        char *text;

        text = realloc(p->text, n_room);
        if (!text)
                return -ENOMEM;

        p->text = text;
        p->n_room = n_room;
        return 0;
}

/* Gives the whole lines of a piece to the parser, and keeps what follows them. */
static int list_piece_parse(ListPiece *p, ConfigParser *parser, size_t i, bool is_last) {
        const char *newline = memrchr(p->text, '\n', p->n_text);
        size_t n_lines = newline ? (size_t) (newline - p->text) + 1 : 0;
        int r;

        if (is_last)
                n_lines = p->n_text;
        else if (n_lines == 0)
                return list_piece_grow(p);

        r = config_parser_add_list(parser, i, p->text, n_lines, is_last);
        p->n_text -= n_lines;
        memmove(p->text, p->text + n_lines, p->n_text);
        return r;
}

int config_file_add_list(ConfigParser *parser, const char *path, size_t i) {
        const Report report = { .parser = parser, .path = path, .is_list = true, .list = i };
        _cleanup_(list_piece_done) ListPiece piece = { 0 };
        _cleanup_close_ int fd = -EBADF;
        off_t n_read = 0;
        struct stat st;
        int r;

        r = open_file(&report, CONFIG_LIST_MAX_BYTES, &st, &fd);
        if (r == 0)
                r = check_writers(parser, path, &st, false, true);
        if (r == 0)
                r = config_parser_name_list(parser, i, path);
        if (r == 0)
                r = list_piece_grow(&piece);

        for (bool is_last = false; r == 0 && !is_last;) {
                ssize_t n;

                n = fd_read_whole(fd, piece.text + piece.n_text, piece.n_room - piece.n_text);
                if (n < 0)
                        return report_errno(&report, (int) -n);

                n_read += n;
                piece.n_text += (size_t) n;
                is_last = piece.n_text < piece.n_room;
                /* One that is cut short would take routes away. */
                if (n_read > st.st_size || (is_last && n_read < st.st_size))
                        return report_change(&report);

                r = list_piece_parse(&piece, parser, i, is_last);
        }

        return r;
}
