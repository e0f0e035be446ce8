/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Writes the import as text: the configuration, and notes about what was left out. */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/import/import-internal.h"

/* Text that grows. After a failure it is not changed any more, and failed is set. */
typedef struct Text {
        char *data;
        size_t n_data, n_allocated;
        bool failed;
} Text;

static void add(Text *t, const char *format, ...) _printf_(2, 3);

static void add(Text *t, const char *format, ...) {
        va_list arguments;
        char *grown;
        int n;

        va_start(arguments, format);
        n = vsnprintf(NULL, 0, format, arguments);
        va_end(arguments);
        if (n < 0 || t->failed) {
                t->failed = true;
                return;
        }

        if (t->n_data + (size_t) n + 1 > t->n_allocated) {
                grown = realloc(t->data, 2 * (t->n_data + (size_t) n + 1));
                if (!grown) {
                        t->failed = true;
                        return;
                }
                t->data = grown;
                t->n_allocated = 2 * (t->n_data + (size_t) n + 1);
        }

        va_start(arguments, format);
        vsnprintf(t->data + t->n_data, (size_t) n + 1, format, arguments);
        va_end(arguments);
        t->n_data += (size_t) n;
}

static int finish(Text *t, char **ret_text) {
        if (t->failed || !t->data) {
                free(t->data);
                return -ENOMEM;
        }

        *ret_text = t->data;
        return 0;
}

static bool is_first_of_section(const Import *import, size_t n) {
        for (size_t k = 0; k < n; k++)
                if (import->lines[k].section == import->lines[n].section &&
                    import->lines[k].route == import->lines[n].route)
                        return false;

        return true;
}

/* Writes the lines of one section: destinations first, then the keys that are for all of them. */
static void add_lines(Text *t, const Import *import, const ImportLine *head, bool destinations,
                      const char **origin) {

        for (size_t n = 0; n < import->n_lines; n++) {
                const ImportLine *line = &import->lines[n];

                if (line->section != head->section || line->route != head->route ||
                    (strcmp(line->key, "Destination") == 0) != destinations)
                        continue;
                if (strcmp(line->origin, *origin) != 0)
                        add(t, "# %s\n", line->origin);
                add(t, "%s=%s\n", line->key, line->value);
                *origin = line->origin;
        }
}

static void add_section(Text *t, const Import *import, size_t first, const char *password_file) {
        const ImportLine *head = &import->lines[first];
        const char *origin = "";

        add(t, "\n[%s]\n", config_section_name(head->section));
        add_lines(t, import, head, true, &origin);
        add_lines(t, import, head, false, &origin);
        if (head->section == CONFIG_SECTION_AUTHENTICATION && password_file)
                add(t, "# the password of %s\nPasswordFile=%s\n", import->secret_origin,
                    password_file);
}

int import_write_configuration(const Import *import, const char *password_file, char **ret_text) {
        Text t = { 0 };

        add(&t,
            "# The tunnel %s, carried over by pptpctl import. Each comment says where the lines\n"
            "# below it are from.\n",
            import->name);
        for (int section = 0; section < _CONFIG_SECTION_MAX; section++)
                for (size_t n = 0; n < import->n_lines; n++)
                        if ((int) import->lines[n].section == section &&
                            is_first_of_section(import, n))
                                add_section(&t, import, n, password_file);

        return finish(&t, ret_text);
}

int import_write_notes(const Import *import, bool as_comments, char **ret_text) {
        static const char *const titles[] = {
                [IMPORT_NOTE_LOST] = "Not carried over:",
                [IMPORT_NOTE_CHANGED] = "Carried over, but not quite the same:",
                [IMPORT_NOTE_NEEDLESS] = "Not needed any more:",
        };
        const char *prefix = as_comments ? "# " : "";
        Text t = { 0 };

        add(&t, "%s", "");
        for (int type = IMPORT_NOTE_LOST; type <= IMPORT_NOTE_NEEDLESS; type++) {
                bool has_title = false;

                for (size_t n = 0; n < import->n_notes; n++) {
                        const ImportNote *note = &import->notes[n];

                        if ((int) note->type != type)
                                continue;
                        if (!has_title)
                                add(&t, "%s%s\n", prefix, titles[type]);
                        has_title = true;
                        add(&t, "%s  %s: %s: %s\n", prefix, note->origin, note->subject,
                            note->reason);
                }
        }
        if (import->n_dropped > 0)
                add(&t, "%s... and %zu more\n", prefix, import->n_dropped);

        return finish(&t, ret_text);
}
