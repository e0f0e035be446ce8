/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Connections of NetworkManager with its PPTP plugin: nm-settings-keyfile(5). */

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/number.h"
#include "core/import/import-internal.h"

#define SUBJECT_MAX_BYTES 160
#define VALUE_MAX_BYTES 1024

typedef struct Keyfile {
        Importer *i;
        const char *path;
        unsigned line;
        char section[64];
        bool is_pptp;
        bool has_password_flags; /* others than 0: it is kept elsewhere */
        bool never_default;
        char metric[16];
        char route_options[VALUE_MAX_BYTES]; /* of the route of that number */
        unsigned route_number;
} Keyfile;

static void note(Keyfile *k, ImportNoteType type, const char *subject, const char *reason) {
        importer_note(k->i, type, (ImportPlace){ k->path, k->line }, subject, "%s", reason);
}

static const char *origin(const Keyfile *k, char buffer[static IMPORT_ORIGIN_MAX_BYTES]) {
        return import_origin((ImportPlace){ k->path, k->line }, buffer);
}

/* GKeyFile's escapes, in place. */
static void unescape(char *value) {
        char *to = value;

        for (const char *p = value; *p; p++) {
                if (*p == '\\' && p[1]) {
                        p++;
                        *to++ = *p == 's' ? ' ' :
                                *p == 'n' ? '\n' :
                                *p == 't' ? '\t' :
                                *p == 'r' ? '\r' :
                                            *p;
                } else {
                        *to++ = *p;
                }
        }
        *to = '\0';
}

/* ---- [ipv4] ---- */

/* "mtu=1400,table=100,src=10.0.0.5" beside a route. */
static void take_route_options(Keyfile *k, ImportRoute *route, char *options, const char *subject) {
        char *rest = options, *word;

        while ((word = strsep(&rest, ","))) {
                const struct {
                        const char *name;
                        char *field;
                        size_t n_field;
                } fields[] = {
                        { "mtu=", route->mtu, sizeof(route->mtu) },
                        { "table=", route->table, sizeof(route->table) },
                        { "src=", route->source, sizeof(route->source) },
                        { "type=", route->type, sizeof(route->type) },
                };
                bool is_known = *word == '\0';

                for (size_t n = 0; n < ELEMENTSOF(fields); n++)
                        if (strncmp(word, fields[n].name, strlen(fields[n].name)) == 0) {
                                snprintf(fields[n].field, fields[n].n_field, "%s",
                                         word + strlen(fields[n].name));
                                is_known = true;
                        }
                if (!is_known)
                        importer_note(k->i, IMPORT_NOTE_CHANGED, (ImportPlace){ k->path, k->line },
                                      subject, "without its \"%s\"", word);
        }
}

/* Takes "10.0.0.0/8" or "10.0.0.0/8,10.0.0.1,50". A point-to-point link needs no gateway. */
static void take_route(Keyfile *k, const char *value, const char *options, const char *subject) {
        char words[VALUE_MAX_BYTES], given[VALUE_MAX_BYTES], buffer[IMPORT_ORIGIN_MAX_BYTES];
        char *rest = words, *destination, *metric;
        ImportRoute route = { 0 };

        snprintf(words, sizeof(words), "%s", value);
        snprintf(given, sizeof(given), "%s", options);
        destination = strsep(&rest, ",;");
        (void) strsep(&rest, ",;");
        metric = strsep(&rest, ",;");
        if (metric && *metric && strcmp(metric, "0") != 0)
                snprintf(route.metric, sizeof(route.metric), "%s", metric);
        take_route_options(k, &route, given, subject);

        if (!import_make_prefix(destination, NULL, route.destination, sizeof(route.destination)))
                note(k, IMPORT_NOTE_LOST, subject, "its destination is no IPv4 prefix");
        else if (strcmp(route.destination, "0.0.0.0/0") == 0 && route.table[0] == '\0')
                importer_add_default_route(k->i, route.metric, origin(k, buffer), subject);
        else
                importer_add_route(k->i, &route, origin(k, buffer), subject);
}

/* "routes=10.0.0.0/8;" and "routes1=10.0.0.0;8;0.0.0.0;0;", as old versions have them. */
static void take_old_routes(Keyfile *k, char *value, const char *subject) {
        char *rest = value, *word;

        if (strchr(value, '/')) {
                while ((word = strsep(&rest, ";")))
                        if (*word)
                                take_route(k, word, "", subject);
                return;
        }

        while ((word = strsep(&rest, ";")) && *word) {
                char *length = strsep(&rest, ";"), *gateway = strsep(&rest, ";"),
                     *metric = strsep(&rest, ";"), text[128];

                snprintf(text, sizeof(text), "%s/%s,%s,%s", word, length ? length : "",
                         gateway ? gateway : "", metric ? metric : "");
                take_route(k, text, "", subject);
        }
}

/* The number in "route1"; 0, which NetworkManager does not use, if there is none. */
static unsigned get_route_number(const char *key) {
        uint64_t number;

        return number_take(key + strlen("route"), SIZE_MAX, 10, UINT_MAX, &number) > 0 ?
                (unsigned) number :
                0;
}

static bool is_numbered(const char *key, const char *name) {
        size_t n = strlen(name);

        return strncmp(key, name, n) == 0 && key[n] >= '0' && key[n] <= '9' &&
                strspn(key + n, "0123456789") == strlen(key + n);
}

/* "dns=10.0.0.53;10.0.0.54;" as a list of ours. */
static void take_list(Keyfile *k, const ConfigForeign *row, char *value, const char *subject) {
        size_t n = strlen(value);

        for (char *p = value; *p; p++)
                if (*p == ';' || *p == ',')
                        *p = ' ';
        while (n > 0 && value[n - 1] == ' ')
                value[--n] = '\0';
        if (n > 0)
                importer_set(k->i, row->section, row->key, value,
                             origin(k, (char[IMPORT_ORIGIN_MAX_BYTES]){ 0 }), subject);
        else
                note(k, IMPORT_NOTE_NEEDLESS, subject, "it is empty");
}

/* ---- keys that have more to them than a value ---- */

static void take_user(Keyfile *k, const char *value, const char *subject) {
        importer_keep(k->i, &k->i->user, value, (ImportPlace){ k->path, k->line }, subject);
}

static void take_special(Keyfile *k, const ConfigForeign *row, char *value, const char *subject) {
        char buffer[IMPORT_ORIGIN_MAX_BYTES], name[VALUE_MAX_BYTES + 4];
        ImportPlace place = { k->path, k->line };

        if (strcmp(row->name, "service-type") == 0) {
                k->is_pptp = strcmp(value, "org.freedesktop.NetworkManager.pptp") == 0;
                note(k, k->is_pptp ? IMPORT_NOTE_NEEDLESS : IMPORT_NOTE_LOST, subject,
                     k->is_pptp ? "not needed" : "this is not PPTP");
        } else if (strncmp(row->name, "user", 4) == 0) {
                take_user(k, value, subject);
        } else if (strcmp(row->name, "password") == 0) {
                importer_take_secret(k->i, value, strlen(value), place, false);
        } else if (strcmp(row->name, "password-flags") == 0) {
                k->has_password_flags = strcmp(value, "0") != 0;
                note(k, k->has_password_flags ? IMPORT_NOTE_LOST : IMPORT_NOTE_NEEDLESS, subject,
                     !k->has_password_flags ? "not needed: the password is in the file" :
                             strchr("13", value[0]) ?
                                              "a user's key ring has the password, and nothing "
                                              "reads it without that user; see PASSWORDS in "
                                              "pptp.conf(5)" :
                                              "the password was asked for each time; see "
                                              "PASSWORDS in pptp.conf(5)");
        } else if (strncmp(row->name, "require-mppe", 12) == 0) {
                if (import_is_true(value))
                        import_mppe_word(k->i, row->name, "", place, subject);
                else
                        note(k, IMPORT_NOTE_NEEDLESS, subject, "it is off");
        } else if (strcmp(row->name, "lcp-echo-failure") == 0) {
                if (strcmp(value, "0") == 0)
                        note(k, IMPORT_NOTE_CHANGED, subject,
                             "a link that stays silent always ends: KeepAliveProbes= is 3");
                else
                        importer_set(k->i, row->section, row->key, value, origin(k, buffer),
                                     subject);
        } else if (strcmp(row->name, "unit") == 0) {
                snprintf(name, sizeof(name), "ppp%s", value);
                importer_set(k->i, row->section, row->key, name, origin(k, buffer), subject);
        } else if (strcmp(row->name, "mru") == 0) {
                note(k, IMPORT_NOTE_NEEDLESS, subject,
                     "not needed: MTUBytes= is for both directions");
        } else if (strcmp(row->name, "autoconnect") == 0) {
                note(k, IMPORT_NOTE_NEEDLESS, subject,
                     import_is_true(value) ? "here it is: systemctl enable pptp@NAME" :
                                             "not needed: nothing starts it that is not enabled");
        } else if (strcmp(row->name, "method") == 0) {
                note(k, strcmp(value, "auto") == 0 ? IMPORT_NOTE_NEEDLESS : IMPORT_NOTE_LOST,
                     subject, "the server always gives the address");
        } else if (strcmp(row->name, "never-default") == 0) {
                k->never_default = import_is_true(value);
                note(k, IMPORT_NOTE_NEEDLESS, subject,
                     k->never_default ? row->hint : "see the default route");
        } else if (strcmp(row->name, "route-metric") == 0) {
                if (strcmp(value, "-1") == 0)
                        note(k, IMPORT_NOTE_NEEDLESS, subject, "it is the default");
                else
                        importer_set(k->i, row->section, row->key, value, origin(k, buffer),
                                     subject);
        } else if (strcmp(row->name, "route-table") == 0) {
                if (strcmp(value, "0") == 0)
                        note(k, IMPORT_NOTE_NEEDLESS, subject, "it is the default");
                else
                        importer_set(k->i, row->section, row->key, value, origin(k, buffer),
                                     subject);
        } else {
                take_list(k, row, value, subject);
        }
}

/* Whether the value of a switch is "no", so that leaving it out changes nothing. */
static bool is_off(const ConfigForeign *row, const char *value) {
        return (row->use == FOREIGN_SET || row->use == FOREIGN_LOST) &&
                (strcmp(value, "no") == 0 || strcmp(value, "false") == 0 ||
                 strcmp(value, "default") == 0 || *value == '\0' || strcmp(value, ";") == 0);
}

/* ---- lines ---- */

static void take_assignment(Keyfile *k, const char *key, char *value) {
        bool is_secret = strcmp(k->section, "vpn-secrets") == 0 || strcmp(key, "password") == 0;
        const ConfigForeign *row = config_foreign_find(FOREIGN_NETWORK_MANAGER, key);
        char subject[SUBJECT_MAX_BYTES];
        ImportPlace place = { k->path, k->line };

        snprintf(subject, sizeof(subject), "%s%s%s", key, is_secret ? "" : "=",
                 is_secret ? "" : value);
        if (strcmp(k->section, "ipv6") == 0) {
                bool is_plain = strcmp(key, "method") == 0 || strcmp(key, "addr-gen-mode") == 0 ||
                        strcmp(key, "never-default") == 0 || strcmp(key, "ip6-privacy") == 0;

                note(k, is_plain ? IMPORT_NOTE_NEEDLESS : IMPORT_NOTE_LOST, subject,
                     "NetworkManager's PPTP has no IPv6; here it is IPv6=negotiate in [Network]");
        } else if (strcmp(k->section, "proxy") == 0 || strcmp(k->section, "user") == 0) {
                note(k, IMPORT_NOTE_LOST, subject, "it concerns NetworkManager alone");
        } else if (strcmp(k->section, "ipv4") == 0 && is_numbered(key, "route")) {
                bool has_options = k->route_number == get_route_number(key);

                take_route(k, value, has_options ? k->route_options : "", subject);
        } else if (strcmp(k->section, "ipv4") == 0 && strncmp(key, "route", 5) == 0 &&
                   strstr(key, "_options")) {
                note(k, IMPORT_NOTE_NEEDLESS, subject, "it is a part of its route");
        } else if (strcmp(k->section, "ipv4") == 0 &&
                   (strcmp(key, "routes") == 0 || is_numbered(key, "routes"))) {
                take_old_routes(k, value, subject);
        } else if (!row || row->use == FOREIGN_HINT) {
                note(k, IMPORT_NOTE_LOST, subject, "no key of NetworkManager that is known here");
        } else if (is_off(row, value)) {
                note(k, IMPORT_NOTE_NEEDLESS, subject, "it is off");
        } else if (row->use == FOREIGN_SPECIAL) {
                take_special(k, row, value, subject);
        } else {
                importer_apply(k->i, row, value, place, subject);
        }
}

/* Finds the options of a route in the line behind it, where NetworkManager writes them. */
static void find_route_options(Keyfile *k, const char *next, const char *key) {
        char name[64];
        size_t n_name;

        k->route_number = 0;
        n_name = (size_t) snprintf(name, sizeof(name), "%s_options=", key);
        if (!is_numbered(key, "route") || n_name >= sizeof(name) ||
            strncmp(next, name, n_name) != 0)
                return;

        k->route_number = get_route_number(key);
        snprintf(k->route_options, sizeof(k->route_options), "%.*s",
                 (int) MIN(strcspn(next + n_name, "\r\n"), sizeof(k->route_options) - 1),
                 next + n_name);
}

static void take_line(Keyfile *k, char *line, const char *next) {
        size_t n = strlen(line);
        char *equals;

        while (n > 0 && strchr(" \t\r", line[n - 1]))
                line[--n] = '\0';
        line += strspn(line, " \t");
        if (*line == '#' || *line == ';' || *line == '\0')
                return;

        if (*line == '[') {
                snprintf(k->section, sizeof(k->section), "%.*s",
                         (int) MIN(strcspn(line + 1, "]"), sizeof(k->section) - 1), line + 1);
                return;
        }

        equals = strchr(line, '=');
        if (!equals) {
                note(k, IMPORT_NOTE_LOST, strcmp(k->section, "vpn-secrets") == 0 ? "a line" : line,
                     "it is neither a [section] nor key=value");
                return;
        }

        *equals = '\0';
        for (char *p = equals; p > line && strchr(" \t", p[-1]); p--)
                p[-1] = '\0';
        equals += 1 + strspn(equals + 1, " \t");
        if (strlen(equals) >= VALUE_MAX_BYTES) {
                note(k, IMPORT_NOTE_LOST, line, "its value is longer than 1023 bytes");
                return;
        }

        find_route_options(k, next, line);
        unescape(equals);
        take_assignment(k, line, equals);
}

int import_keyfile(Importer *i, const char *path, const char *text, size_t n_text) {
        Keyfile k = { .i = i, .path = path };
        char buffer[IMPORT_ORIGIN_MAX_BYTES], *copy = strndup(text, n_text), *rest = copy, *line;

        if (!copy) {
                importer_fail(i, -ENOMEM);
                return 0;
        }

        while (i->error == 0 && (line = strsep(&rest, "\n"))) {
                k.line++;
                take_line(&k, line, rest ? rest : "");
        }
        explicit_bzero(copy, n_text);
        free(copy);
        if (!k.is_pptp)
                return IMPORT_E_NOT_PPTP;

        /* Without never-default=true NetworkManager makes a VPN the default route. */
        if (!k.never_default)
                importer_add_default_route(
                        i, importer_get(i, CONFIG_SECTION_NETWORK, "RouteMetric"),
                        import_origin((ImportPlace){ path, 0 }, buffer), "default route");
        return 0;
}
