/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Files of other programs. A form feed separates them, and the first line of each is its path. The
 * first of them is what is imported.
 */

#include "core/config/config.h"
#include "core/import/import.h"
#include "fuzz.h"

#define FILES_MAX 16

typedef struct File {
        char path[128];
        const char *text;
        size_t n_text;
} File;

typedef struct Files {
        File items[FILES_MAX];
        size_t n_items;
} Files;

static void split(Files *files, const char *text, size_t n_text) {
        while (files->n_items < FILES_MAX) {
                const char *end = memchr(text, '\f', n_text);
                size_t n = end ? (size_t) (end - text) : n_text, n_path = 0;
                File *file = &files->items[files->n_items++];

                while (n_path < n && text[n_path] != '\n')
                        n_path++;
                snprintf(file->path, sizeof(file->path), "%.*s", (int) n_path, text);
                file->text = text + n_path;
                file->n_text = n - n_path;
                if (!end)
                        return;

                text += n + 1;
                n_text -= n + 1;
        }
}

static int read_file(void *userdata, const char *path, char **ret_text, size_t *ret_n_text) {
        const Files *files = userdata;

        for (size_t i = 0; i < files->n_items; i++) {
                const File *file = &files->items[i];

                if (strcmp(file->path, path) != 0)
                        continue;
                if (file->n_text > IMPORT_FILE_MAX_BYTES)
                        return IMPORT_E_TOO_LARGE;

                *ret_text = malloc(file->n_text + 1);
                fuzz_assert(*ret_text);
                memcpy(*ret_text, file->text, file->n_text);
                (*ret_text)[file->n_text] = '\0';
                *ret_n_text = file->n_text;
                return 0;
        }

        return IMPORT_E_MISSING;
}

static int list_directory(void *userdata, const char *path, char ***ret_names) {
        const Files *files = userdata;
        size_t n_path = strlen(path), n_names = 0;
        char **names = calloc(FILES_MAX + 1, sizeof(*names));

        fuzz_assert(names);
        while (n_path > 0 && path[n_path - 1] == '/')
                n_path--;
        for (size_t i = 0; i < files->n_items; i++)
                if (strncmp(files->items[i].path, path, n_path) == 0 &&
                    files->items[i].path[n_path] == '/')
                        names[n_names++] = strdup(files->items[i].path + n_path + 1);

        *ret_names = names;
        return 0;
}

static bool is_program(_unused_ void *userdata, _unused_ const char *path) {
        return true;
}

static void check_text(const char *text) {
        for (const char *p = text; *p; p++)
                fuzz_assert((*p >= 0x20 && *p < 0x7f) || *p == '\n');
}

/* What was carried over is good for the supervisor, and requires no less than it says. */
static void check_configuration(const Import *import, const char *text) {
        ConfigProblems problems;
        ConfigParser *parser;
        Config *config = NULL;
        int r;

        fuzz_assert(config_parser_new(import->name, &parser) == 0);
        fuzz_assert(config_parser_add_file(parser, CONFIG_FILE_TUNNEL, "x.conf", text,
                                           strlen(text)) == 0);
        r = config_parser_finish(parser, &config, &problems);
        for (size_t i = 0; r != 0 && i < problems.n_items; i++)
                fprintf(stderr, "line %u: %s\n", problems.items[i].line, problems.items[i].message);
        fuzz_assert(r == 0);

        config_problems_done(&problems);
        config_free(config);
        config_parser_free(parser);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_data) {
        Files files = { .n_items = 0 };
        ImportFiles functions = { .read = read_file,
                                  .list = list_directory,
                                  .is_program = is_program,
                                  .userdata = &files };
        char *text, *notes;
        Import *import;
        int r;

        if (n_data == 0)
                return 0;

        split(&files, (const char *) data, n_data);
        r = import_read(files.items[0].path, &functions, &import);
        fuzz_assert(r >= 0);

        fuzz_assert(import->n_notes <= IMPORT_NOTES_MAX);
        fuzz_assert(import->n_secret <= IMPORT_SECRET_MAX_BYTES);
        fuzz_assert(import_write_notes(import, true, &notes) == 0);
        check_text(notes);
        free(notes);

        if (r == 0) {
                fuzz_assert(import_write_configuration(import, NULL, &text) == 0);
                check_configuration(import, text);
                free(text);
        }

        import_free(import);
        return 0;
}
