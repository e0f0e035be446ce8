/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the readers of all formats add to the import: lines, notes, the password. */

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/base/text.h"
#include "core/config/config-problem.h"
#include "core/config/config-syntax.h"
#include "core/import/import-internal.h"

#define SUBJECT_MAX_BYTES 160
#define REASON_MAX_BYTES 512

void importer_fail(Importer *i, int error) {
        if (i->error == 0)
                i->error = error;
}

const char *import_origin(ImportPlace place, char buffer[static IMPORT_ORIGIN_MAX_BYTES]) {
        TextBuilder t = text_builder(buffer, IMPORT_ORIGIN_MAX_BYTES);

        text_add_escaped(&t, place.path ? place.path : "", place.path ? strlen(place.path) : 0);
        if (place.line > 0)
                text_addf(&t, ":%u", place.line);
        return buffer;
}

/* ---- notes ---- */

/* A reason is of our own words, in which pptp@NAME stands for the unit. */
static void name_tunnel(const Importer *i, const char *reason, char *buffer, size_t n_buffer) {
        const char *found = strstr(reason, "pptp@NAME");
        TextBuilder t = text_builder(buffer, n_buffer);

        if (found && i->result->name) {
                text_add_escaped(&t, reason, (size_t) (found - reason));
                text_addf(&t, "pptp@%s", i->result->name);
                reason = found + strlen("pptp@NAME");
        }
        text_add_escaped(&t, reason, strlen(reason));
}

static void add_note(Importer *i, ImportNoteType type, const char *origin, const char *subject,
                     const char *reason) {

        char escaped_subject[SUBJECT_MAX_BYTES], escaped_reason[REASON_MAX_BYTES];
        ImportNote *notes, note = { .type = type };

        if (i->error < 0)
                return;
        if (i->result->n_notes >= IMPORT_NOTES_MAX) {
                i->result->n_dropped++;
                return;
        }

        text_escape(escaped_subject, sizeof(escaped_subject), subject, strlen(subject));
        name_tunnel(i, reason, escaped_reason, sizeof(escaped_reason));
        notes = reallocarray(i->result->notes, i->result->n_notes + 1, sizeof(*notes));
        if (!notes) {
                importer_fail(i, -ENOMEM);
                return;
        }

        i->result->notes = notes;
        note.origin = strdup(origin);
        note.subject = strdup(escaped_subject);
        note.reason = strdup(escaped_reason);
        notes[i->result->n_notes++] = note;
        if (!note.origin || !note.subject || !note.reason)
                importer_fail(i, -ENOMEM);
}

void importer_note_origin(Importer *i, ImportNoteType type, const char *origin, const char *subject,
                          const char *format, ...) {

        char reason[REASON_MAX_BYTES];
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(reason, sizeof(reason), format, arguments);
        va_end(arguments);
        add_note(i, type, origin, subject, reason);
}

void importer_note(Importer *i, ImportNoteType type, ImportPlace place, const char *subject,
                   const char *format, ...) {

        char reason[REASON_MAX_BYTES], origin[IMPORT_ORIGIN_MAX_BYTES];
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(reason, sizeof(reason), format, arguments);
        va_end(arguments);
        add_note(i, type, import_origin(place, origin), subject, reason);
}

const char *importer_reason(const ConfigForeign *row, char *buffer, size_t n_buffer) {
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
                              importer_reason(row, reason, sizeof(reason)));
                return;
        case FOREIGN_NEEDLESS:
                importer_note(i, IMPORT_NOTE_NEEDLESS, place, subject, "%s",
                              importer_reason(row, reason, sizeof(reason)));
                return;
        case FOREIGN_HINT:
        case FOREIGN_LOST:
        case FOREIGN_SPECIAL:
                importer_note(i, IMPORT_NOTE_LOST, place, subject, "%s",
                              importer_reason(row, reason, sizeof(reason)));
                return;
        }
}

/* ---- lines ---- */

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

/* Has the key's own parser look at the value. Returns false and what it says. */
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

/* Puts the texts into the line; those of before become a note. */
static void replace_line(Importer *i, ImportLine *line, char *value, char *origin) {
        char subject[SUBJECT_MAX_BYTES];

        if (strcmp(line->value, value) != 0) {
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

        ImportLine *lines, *line = find_line(i, section, key);

        if (line) {
                replace_line(i, line, value, origin);
                return;
        }

        lines = reallocarray(i->result->lines, i->result->n_lines + 1, sizeof(*lines));
        if (!lines) {
                free(value);
                free(origin);
                importer_fail(i, -ENOMEM);
                return;
        }

        i->result->lines = lines;
        lines[i->result->n_lines++] = (ImportLine){
                .section = section, .route = route, .key = key, .value = value, .origin = origin
        };
}

/* Checks a value and adds it. Returns whether it is there now. */
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

        /* A route without one of its properties would be another route. */
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

        const ConfigKey *key = config_key_find(CONFIG_SECTION_NETWORK, "DefaultRoute");
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
        if (key && key->parse) {
                importer_set(i, CONFIG_SECTION_NETWORK, "DefaultRoute", "yes", origin, subject);
                return;
        }

        /* Two halves: the kernel takes no second default route of the same metric. */
        snprintf(route.destination, sizeof(route.destination), "0.0.0.0/1");
        importer_add_route(i, &route, origin, subject);
        snprintf(route.destination, sizeof(route.destination), "128.0.0.0/1");
        importer_add_route(i, &route, origin, subject);
}

/* ---- values that count at the end ---- */

void importer_keep(Importer *i, ImportValue *value, const char *text, ImportPlace place,
                   const char *subject) {

        char origin[IMPORT_ORIGIN_MAX_BYTES];

        import_origin(place, origin);
        if (value->text)
                importer_note_origin(i, IMPORT_NOTE_NEEDLESS, value->origin, subject,
                                     "%s sets it again, and the last one counts", origin);

        free(value->text);
        free(value->origin);
        value->text = strdup(text);
        value->origin = strdup(origin);
        if (!value->text || !value->origin)
                importer_fail(i, -ENOMEM);
}

void importer_take_secret(Importer *i, const char *secret, size_t n_secret, ImportPlace place,
                          bool is_shared) {

        char origin[IMPORT_ORIGIN_MAX_BYTES];

        if (n_secret == 0 || n_secret > IMPORT_SECRET_MAX_BYTES || memchr(secret, '\0', n_secret) ||
            memchr(secret, '\n', n_secret)) {
                importer_note(i, IMPORT_NOTE_LOST, place, "password", "it is %s",
                              n_secret == 0                              ? "empty" :
                                      n_secret > IMPORT_SECRET_MAX_BYTES ? "longer than 255 bytes" :
                                                                           "of more than one line");
                return;
        }

        if (i->result->n_secret > 0)
                importer_note_origin(i, IMPORT_NOTE_NEEDLESS, i->result->secret_origin, "password",
                                     "%s has another, and the last one counts",
                                     import_origin(place, origin));

        explicit_bzero(i->result->secret, sizeof(i->result->secret));
        memcpy(i->result->secret, secret, n_secret);
        i->result->n_secret = n_secret;
        i->result->secret_is_shared = is_shared;
        free(i->result->secret_origin);
        i->result->secret_origin = strdup(import_origin(place, origin));
        if (!i->result->secret_origin)
                importer_fail(i, -ENOMEM);
}

/* ---- files ---- */

int importer_read_file(Importer *i, const char *path, ImportPlace from, bool may_miss,
                       char **ret_text, size_t *ret_n_text) {

        static const char *const reasons[] = {
                [IMPORT_E_MISSING] = "there is no such file",
                [IMPORT_E_UNREADABLE] = "it cannot be read",
                [IMPORT_E_TOO_LARGE] = "it is longer than 256 KiB",
        };
        int r;

        if (i->n_files++ >= IMPORT_FILES_MAX) {
                importer_note(i, IMPORT_NOTE_LOST, from, path, "it is one file too many");
                return IMPORT_E_TOO_LARGE;
        }

        r = i->files->read(i->files->userdata, path, ret_text, ret_n_text);
        if (r < 0)
                importer_fail(i, r);
        else if (r > 0 && r <= IMPORT_E_TOO_LARGE && !(r == IMPORT_E_MISSING && may_miss))
                importer_note(i, IMPORT_NOTE_LOST, from.path ? from : (ImportPlace){ path, 0 },
                              path, "%s", reasons[r]);
        if (r == 0 && memchr(*ret_text, '\0', *ret_n_text)) {
                importer_note(i, IMPORT_NOTE_LOST, from.path ? from : (ImportPlace){ path, 0 },
                              path, "it has NUL bytes, so it is no text");
                free(*ret_text);
                *ret_text = NULL;
                return IMPORT_E_UNREADABLE;
        }
        return r;
}

bool importer_enter(Importer *i, const char *path, ImportPlace from) {
        char *copy;

        for (unsigned n = 0; n < i->depth; n++)
                if (strcmp(i->including[n], path) == 0) {
                        importer_note(i, IMPORT_NOTE_LOST, from, path, "the file includes itself");
                        return false;
                }
        if (i->depth >= IMPORT_DEPTH_MAX) {
                importer_note(i, IMPORT_NOTE_LOST, from, path, "files include each other too deep");
                return false;
        }

        copy = strdup(path);
        if (!copy) {
                importer_fail(i, -ENOMEM);
                return false;
        }
        i->including[i->depth++] = copy;
        return true;
}

void importer_leave(Importer *i) {
        free(i->including[--i->depth]);
}

/* ---- small conversions ---- */

bool import_is_true(const char *text) {
        static const char *const words[] = { "yes", "true", "1", "on", "enabled" };

        for (size_t n = 0; n < ELEMENTSOF(words); n++)
                if (strcasecmp(text, words[n]) == 0)
                        return true;

        return false;
}

int import_netmask_length(const char *text) {
        struct in_addr mask;
        uint32_t bits;
        int length = 0;

        if (inet_pton(AF_INET, text, &mask) != 1)
                return -1;

        bits = ntohl(mask.s_addr);
        while (length < 32 && bits & UINT32_C(0x80000000)) {
                bits <<= 1;
                length++;
        }

        return bits == 0 ? length : -1;
}

bool import_make_prefix(const char *address, const char *netmask, char *buffer, size_t n_buffer) {
        char head[INET_ADDRSTRLEN], text[INET_ADDRSTRLEN];
        const char *slash = strchr(address, '/');
        struct in_addr network;
        int length = 32;

        snprintf(head, sizeof(head), "%.*s",
                 (int) MIN(slash ? (size_t) (slash - address) : strlen(address), sizeof(head) - 1),
                 address);
        if (inet_pton(AF_INET, head, &network) != 1)
                return false;

        if (netmask)
                length = import_netmask_length(netmask);
        else if (slash && strchr(slash, '.'))
                length = import_netmask_length(slash + 1);
        else if (slash && strspn(slash + 1, "0123456789") == strlen(slash + 1) &&
                 strlen(slash + 1) >= 1 && strlen(slash + 1) <= 2)
                length = slash[2] ? 10 * (slash[1] - '0') + slash[2] - '0' : slash[1] - '0';
        else if (slash)
                return false;
        if (length < 0 || length > 32)
                return false;

        network.s_addr &= htonl(length == 0 ? 0 : UINT32_MAX << (32 - length));
        snprintf(buffer, n_buffer, "%s/%d", inet_ntop(AF_INET, &network, text, sizeof(text)),
                 length);
        return true;
}
