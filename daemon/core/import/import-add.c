/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Adds lines to the configuration, after the parser of each key has checked the value. */

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/base/array.h"
#include "core/config/config-problem.h"
#include "core/config/config-syntax.h"
#include "core/import/import-internal.h"

#define SUBJECT_MAX_BYTES 160
#define REASON_MAX_BYTES 512

/* What is wrong with a text as a value of a file, or NULL. */
static const char *text_fault(const char *value) {
        size_t n = strlen(value);

        if (n == 0)
                return "is empty";
        if (strchr(" \t", value[0]) || strchr(" \t", value[n - 1]))
                return "begins or ends with white space, which does not count in a file";
        if (value[n - 1] == '\\')
                return "ends with a backslash, which joins lines";
        if (n > 1 && strchr("\"'", value[0]) && value[0] == value[n - 1])
                return "is in quotes, which a file cannot have";

        for (size_t pos = 0; pos < n;) {
                size_t n_character = config_utf8_length(value + pos, n - pos);

                if (n_character == 0)
                        return "is not UTF-8, or has control characters";
                pos += n_character;
        }

        return NULL;
}

/* The value with each percent sign doubled, on the heap. */
static char *escape_percent(const char *value) {
        char *text = malloc(2 * strlen(value) + 1), *p = text;

        for (; p && *value; value++) {
                *p++ = *value;
                if (*value == '%')
                        *p++ = '%';
        }
        if (p)
                *p = '\0';
        return text;
}

/* Has the key's own parser check the value. Returns false and its message if it is refused. */
static bool value_is_good(Importer *i, const ConfigKey *key, const char *value, char *reason,
                          size_t n_reason) {

        ConfigRouteSection route = { 0 };
        ConfigProblems problems = { 0 };
        Config config = { 0 };
        ConfigAssignment a = {
                .key = key,
                .value = value,
                .base = key->section == CONFIG_SECTION_ROUTE ? (void *) &route : (void *) &config,
                .instance = i->result->name ? i->result->name : "",
                .file = "",
                .problems = &problems,
        };
        bool is_good;

        if (key->parse(&a) < 0)
                importer_fail(i, -ENOMEM);
        is_good = problems.n_errors == 0;
        if (!is_good && problems.n_items > 0)
                snprintf(reason, n_reason, "%s", problems.items[0].message);
        key->reset(&a);
        config_problems_done(&problems);
        return is_good;
}

static ImportLine *find_line(const Importer *i, ConfigSection section, const char *key) {
        for (size_t n = 0; n < i->result->n_lines; n++) {
                ImportLine *line = &i->result->lines[n];

                if (line->section == section && section != CONFIG_SECTION_ROUTE &&
                    strcmp(line->key, key) == 0)
                        return line;
        }

        return NULL;
}

const char *importer_get(const Importer *i, ConfigSection section, const char *key) {
        const ImportLine *line = find_line(i, section, key);

        return line ? line->value : NULL;
}

/* Whether a list is another with more at its end. */
static bool is_continued(const char *value, const char *old) {
        size_t n = strlen(old);

        return strncmp(value, old, n) == 0 && value[n] == ' ';
}

/* Replaces the value of a line. The earlier one becomes a note, unless the new one continues it. */
static void replace_line(Importer *i, ImportLine *line, char *value, char *origin) {
        char subject[SUBJECT_MAX_BYTES];

        if (is_continued(value, line->value)) {
                ; /* nothing is lost */
        } else if (strcmp(line->value, value) != 0) {
                snprintf(subject, sizeof(subject), "%s=%s", line->key, line->value);
                importer_note_origin(i, IMPORT_NOTE_NEEDLESS, line->origin, subject,
                                     "%s sets it again, and the last one counts", origin);
        } else if (strcmp(line->origin, origin) != 0) {
                snprintf(subject, sizeof(subject), "%s=%s", line->key, line->value);
                importer_note_origin(i, IMPORT_NOTE_NEEDLESS, line->origin, subject,
                                     "%s says the same", origin);
        }

        free(line->value);
        free(line->origin);
        line->value = value;
        line->origin = origin;
}

static void add_line(Importer *i, ConfigSection section, unsigned route, const char *key,
                     char *value, char *origin) {

        ImportLine *line = find_line(i, section, key);

        if (line) {
                replace_line(i, line, value, origin);
                return;
        }

        if (!ARRAY_MAKE_ROOM(i->result->lines, i->result->n_lines)) {
                free(value);
                free(origin);
                importer_fail(i, -ENOMEM);
                return;
        }

        i->result->lines[i->result->n_lines++] = (ImportLine){
                .section = section, .route = route, .key = key, .value = value, .origin = origin
        };
}

/* Checks a value and adds it. Returns false if it was refused. */
static bool set_line(Importer *i, ConfigSection section, unsigned route, const char *name,
                     const char *value, const char *origin, const char *subject) {

        const ConfigKey *key = config_key_find(section, name);
        const char *fault = text_fault(value);
        char reason[REASON_MAX_BYTES], *text, *copy;

        assert(key);
        if (i->error < 0)
                return false;
        if (!key->parse && strcmp(value, "no") == 0) {
                importer_note_origin(i, IMPORT_NOTE_NEEDLESS, origin, subject,
                                     "not needed: this version has no %s=, which is the same",
                                     name);
                return false;
        }
        if (!key->parse) {
                importer_note_origin(i, IMPORT_NOTE_LOST, origin, subject,
                                     "[%s] %s= is not supported yet by this version",
                                     config_section_name(section), name);
                return false;
        }
        if (fault) {
                importer_note_origin(i, IMPORT_NOTE_LOST, origin, subject, "%s= %s", name, fault);
                return false;
        }

        text = key->free_text || section == CONFIG_SECTION_TUNNEL ||
                        section == CONFIG_SECTION_AUTHENTICATION ?
                escape_percent(value) :
                strdup(value);
        copy = strdup(origin);
        if (!text || !copy) {
                free(text);
                free(copy);
                importer_fail(i, -ENOMEM);
                return false;
        }
        if (!value_is_good(i, key, text, reason, sizeof(reason))) {
                importer_note_origin(i, IMPORT_NOTE_LOST, origin, subject, "%s", reason);
                free(text);
                free(copy);
                return false;
        }

        add_line(i, section, route, key->name, text, copy);
        return true;
}

void importer_set(Importer *i, ConfigSection section, const char *key, const char *value,
                  const char *origin, const char *subject) {

        (void) set_line(i, section, 0, key, value, origin, subject);
}

/* ---- routes ---- */

/* The value of a key in one of the [Route] sections; "" if it has none. */
static const char *get_route_value(const Importer *i, unsigned route, const char *key) {
        for (size_t n = 0; n < i->result->n_lines; n++) {
                const ImportLine *line = &i->result->lines[n];

                if (line->section == CONFIG_SECTION_ROUTE && line->route == route &&
                    strcmp(line->key, key) == 0)
                        return line->value;
        }

        return "";
}

static bool has_same_properties(const Importer *i, unsigned number, const ImportRoute *route) {
        return strcmp(get_route_value(i, number, "Metric"), route->metric) == 0 &&
                strcmp(get_route_value(i, number, "Table"), route->table) == 0 &&
                strcmp(get_route_value(i, number, "PreferredSource"), route->source) == 0 &&
                strcmp(get_route_value(i, number, "Type"), route->type) == 0 &&
                strcmp(get_route_value(i, number, "MTUBytes"), route->mtu) == 0;
}

static const ImportLine *find_destination(const Importer *i, unsigned route, const char *text) {
        for (size_t n = 0; n < i->result->n_lines; n++) {
                const ImportLine *line = &i->result->lines[n];

                if (line->section == CONFIG_SECTION_ROUTE && line->route == route &&
                    strcmp(line->key, "Destination") == 0 && strcmp(line->value, text) == 0)
                        return line;
        }

        return NULL;
}

void importer_add_route(Importer *i, const ImportRoute *route, const char *origin,
                        const char *subject) {

        const struct {
                const char *key, *value;
        } properties[] = {
                { "Metric", route->metric },          { "Table", route->table },
                { "PreferredSource", route->source }, { "Type", route->type },
                { "MTUBytes", route->mtu },
        };
        unsigned number = 0;
        const ImportLine *same;

        while (number < i->n_routes && !has_same_properties(i, number, route))
                number++;

        same = number < i->n_routes ? find_destination(i, number, route->destination) : NULL;
        if (same) {
                importer_note_origin(i, IMPORT_NOTE_NEEDLESS, origin, subject,
                                     "the route is there already, from %s", same->origin);
                return;
        }

        /*
         * If one property of a route is refused, the whole route is left out: it would be another
         * route.
         */
        for (size_t n = 0; n < ELEMENTSOF(properties) && number == i->n_routes; n++) {
                const ConfigKey *key = config_key_find(CONFIG_SECTION_ROUTE, properties[n].key);
                char reason[REASON_MAX_BYTES];

                if (properties[n].value[0] == '\0' ||
                    value_is_good(i, key, properties[n].value, reason, sizeof(reason)))
                        continue;
                importer_note_origin(i, IMPORT_NOTE_LOST, origin, subject, "%s", reason);
                return;
        }

        if (!set_line(i, CONFIG_SECTION_ROUTE, number, "Destination", route->destination, origin,
                      subject) ||
            number < i->n_routes)
                return;

        for (size_t n = 0; n < ELEMENTSOF(properties); n++)
                if (properties[n].value[0] != '\0')
                        (void) set_line(i, CONFIG_SECTION_ROUTE, number, properties[n].key,
                                        properties[n].value, origin, subject);
        i->n_routes++;
}

void importer_add_default_route(Importer *i, const char *metric, const char *origin,
                                const char *subject) {

        ImportRoute route = { 0 };

        if (metric && metric[0] != '\0' && strcmp(metric, "0") != 0) {
                snprintf(route.metric, sizeof(route.metric), "%s", metric);
                snprintf(route.destination, sizeof(route.destination), "0.0.0.0/0");
                importer_add_route(i, &route, origin, subject);
                return;
        }

        importer_note_origin(i, IMPORT_NOTE_CHANGED, origin, subject,
                             "everything goes into the tunnel, but to the server itself and to "
                             "networks that have routes of their own");
        importer_set(i, CONFIG_SECTION_NETWORK, "DefaultRoute", "yes", origin, subject);
}

/* Writes why a value gets lost: the row's hint, or that this version does not have its key. */
static const char *reason_of(const ConfigForeign *row, char *buffer, size_t n_buffer) {
        if (row->key && !config_foreign_get_key(row))
                snprintf(buffer, n_buffer, "[%s] %s= is not supported yet by this version",
                         config_section_name(row->section), row->key);
        else
                snprintf(buffer, n_buffer, "%s", row->hint ? row->hint : "not supported");

        return buffer;
}

void importer_apply(Importer *i, const ConfigForeign *row, const char *argument, ImportPlace place,
                    const char *subject) {

        char reason[REASON_MAX_BYTES], origin[IMPORT_ORIGIN_MAX_BYTES];
        const char *value = row->use == FOREIGN_SET ? row->value : argument;

        switch (row->use) {
        case FOREIGN_COPY:
        case FOREIGN_SET:
                if (value) {
                        importer_set(i, row->section, row->key, value, import_origin(place, origin),
                                     subject);
                        return;
                }
                importer_note(i, IMPORT_NOTE_LOST, place, subject, "%s",
                              reason_of(row, reason, sizeof(reason)));
                return;
        case FOREIGN_NEEDLESS:
                importer_note(i, IMPORT_NOTE_NEEDLESS, place, subject, "%s",
                              reason_of(row, reason, sizeof(reason)));
                return;
        case FOREIGN_HINT:
        case FOREIGN_LOST:
        case FOREIGN_SPECIAL:
                importer_note(i, IMPORT_NOTE_LOST, place, subject, "%s",
                              reason_of(row, reason, sizeof(reason)));
                return;
        }
}
