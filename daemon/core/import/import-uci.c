/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * OpenWrt's /etc/config/network: the interface with proto 'pptp' and the routes that name it, as
 * its ppp.sh (package/network/services/ppp) hands them to pppd.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/import/import-internal.h"
#include "core/import/import-words.h"

#define SUBJECT_MAX_BYTES 160

/* A line, "option name 'value'" or "config type 'name'". Its quoting is close enough to pppd's. */
typedef struct UciLine {
        char kind[IMPORT_WORD_MAX_BYTES];
        char name[IMPORT_WORD_MAX_BYTES];
        char value[IMPORT_WORD_MAX_BYTES];
        unsigned number;
} UciLine;

/* Steps to the next line that has something on it. */
static bool next_line(ImportWords *w, UciLine *ret_line) {
        char *texts[] = { ret_line->kind, ret_line->name, ret_line->value };
        ImportWord word;

        *ret_line = (UciLine){ 0 };
        for (size_t n = 0; n < ELEMENTSOF(texts); n++) {
                ImportWords before = *w;

                if (!import_words_next(w, &word))
                        return n > 0;
                if (n > 0 && word.is_first) {
                        *w = before;
                        return true;
                }
                memcpy(texts[n], word.text, sizeof(word.text));
                if (n == 0)
                        ret_line->number = word.line;
        }

        explicit_bzero(&word, sizeof(word));
        return true;
}

char *import_uci_find(const char *text, size_t n_text) {
        ImportWords words = { .text = text, .n_text = n_text, .line = 1 };
        char section[IMPORT_WORD_MAX_BYTES] = "", *found = NULL;
        UciLine line;

        while (next_line(&words, &line)) {
                if (strcmp(line.kind, "config") == 0)
                        snprintf(section, sizeof(section), "%s",
                                 strcmp(line.name, "interface") == 0 ? line.value : "");
                else if (section[0] && strcmp(line.name, "proto") == 0 &&
                         strcmp(line.value, "pptp") == 0) {
                        if (found) {
                                free(found);
                                return NULL;
                        }
                        found = strdup(section);
                }
        }

        return found;
}

typedef struct Uci {
        Importer *i;
        const char *path;
        const char *interface;
        bool is_pptp;
        bool no_default;
        /* the route of the section that is being read */
        char target[64], netmask[64], route_interface[64];
        ImportRoute route;
        unsigned route_line;
} Uci;

static void note(Uci *u, ImportNoteType type, unsigned line, const char *subject,
                 const char *reason) {

        importer_note(u->i, type, (ImportPlace){ u->path, line }, subject, "%s", reason);
}

/* "5 10": how many echoes without an answer, and how many seconds between them; else 5. */
static void take_keepalive(Uci *u, const UciLine *line, const char *subject) {
        char origin[IMPORT_ORIGIN_MAX_BYTES], probes[64], interval[64] = "5";
        size_t n = strcspn(line->value, " ,");

        import_origin((ImportPlace){ u->path, line->number }, origin);
        snprintf(probes, sizeof(probes), "%.*s", (int) MIN(n, sizeof(probes) - 1), line->value);
        if (line->value[n] != '\0')
                snprintf(interval, sizeof(interval), "%s",
                         line->value + n + strspn(line->value + n, " ,"));

        importer_set(u->i, CONFIG_SECTION_TUNNEL, "KeepAliveIntervalSec", interval, origin,
                     subject);
        if (strcmp(probes, "0") != 0)
                importer_set(u->i, CONFIG_SECTION_TUNNEL, "KeepAliveProbes", probes, origin,
                             subject);
}

/* Appends to the line of a list, of which UCI has one option for each value. */
static void append(Uci *u, const ConfigForeign *row, const UciLine *line, const char *subject) {
        char origin[IMPORT_ORIGIN_MAX_BYTES], value[2 * IMPORT_WORD_MAX_BYTES];
        const char *old = importer_get(u->i, row->section, row->key);

        snprintf(value, sizeof(value), "%s%s%s", old ? old : "", old ? " " : "", line->value);
        importer_set(u->i, row->section, row->key, value,
                     import_origin((ImportPlace){ u->path, line->number }, origin), subject);
}

static void take_special(Uci *u, const ConfigForeign *row, UciLine *line, const char *subject) {
        ImportPlace place = { u->path, line->number };
        bool is_on = import_is_true(line->value);

        if (strcmp(row->name, "username") == 0) {
                importer_keep(u->i, &u->i->user, line->value, place, subject);
        } else if (strcmp(row->name, "password") == 0) {
                importer_take_secret(u->i, line->value, strlen(line->value), place, false);
        } else if (strcmp(row->name, "keepalive") == 0) {
                take_keepalive(u, line, subject);
        } else if (strcmp(row->name, "pppd_options") == 0) {
                import_pppd_text(u->i, line->value, strlen(line->value), place, true);
                note(u, IMPORT_NOTE_NEEDLESS, line->number, "pppd_options",
                     "its options are among these");
        } else if (strcmp(row->name, "defaultroute") == 0) {
                u->no_default = !is_on;
                note(u, IMPORT_NOTE_NEEDLESS, line->number, subject,
                     is_on ? "see the default route" :
                             "not needed: only what [Route] names goes into the tunnel");
        } else if (strcmp(row->name, "peerdns") == 0) {
                char origin[IMPORT_ORIGIN_MAX_BYTES];

                importer_set(u->i, row->section, row->key, is_on ? "yes" : "no",
                             import_origin(place, origin), subject);
        } else if (strcmp(row->name, "auto") == 0 || strcmp(row->name, "disabled") == 0) {
                note(u, IMPORT_NOTE_NEEDLESS, line->number, subject,
                     is_on == (row->name[0] == 'a') ?
                             "here it is: systemctl enable pptp@NAME" :
                             "not needed: nothing starts it that is not enabled");
        } else if (strcmp(row->name, "ipv6") == 0) {
                char origin[IMPORT_ORIGIN_MAX_BYTES];

                importer_set(u->i, row->section, row->key,
                             is_on || strcmp(line->value, "auto") == 0 ? "negotiate" : "ignore",
                             import_origin(place, origin), subject);
        } else {
                append(u, row, line, subject);
        }
}

static void take_option(Uci *u, UciLine *line) {
        const ConfigForeign *row = config_foreign_find(FOREIGN_OPENWRT, line->name);
        char subject[SUBJECT_MAX_BYTES];
        bool is_secret = strcmp(line->name, "password") == 0;

        snprintf(subject, sizeof(subject), "%.48s%s%.100s", line->name, is_secret ? "" : " ",
                 is_secret ? "" : line->value);
        if (strcmp(line->name, "proto") == 0)
                u->is_pptp = strcmp(line->value, "pptp") == 0;

        if (!row || row->use == FOREIGN_HINT)
                note(u, IMPORT_NOTE_LOST, line->number, subject,
                     "no option of OpenWrt's interfaces that is known here");
        else if (row->use == FOREIGN_SPECIAL)
                take_special(u, row, line, subject);
        else
                importer_apply(u->i, row, line->value, (ImportPlace){ u->path, line->number },
                               subject);
}

/* ---- routes ---- */

static void take_route_option(Uci *u, const UciLine *line) {
        const struct {
                const char *name;
                char *field;
                size_t n_field;
        } fields[] = {
                { "interface", u->route_interface, sizeof(u->route_interface) },
                { "target", u->target, sizeof(u->target) },
                { "netmask", u->netmask, sizeof(u->netmask) },
                { "metric", u->route.metric, sizeof(u->route.metric) },
                { "table", u->route.table, sizeof(u->route.table) },
                { "source", u->route.source, sizeof(u->route.source) },
                { "mtu", u->route.mtu, sizeof(u->route.mtu) },
                { "type", u->route.type, sizeof(u->route.type) },
        };

        for (size_t n = 0; n < ELEMENTSOF(fields); n++)
                if (strcmp(fields[n].name, line->name) == 0)
                        snprintf(fields[n].field, fields[n].n_field, "%.*s",
                                 (int) fields[n].n_field - 1, line->value);
}

/* Adds the route of a section that has ended, if the route leads into the tunnel. */
static void finish_route(Uci *u) {
        char origin[IMPORT_ORIGIN_MAX_BYTES], subject[SUBJECT_MAX_BYTES];

        if (u->route_line > 0 && strcmp(u->route_interface, u->interface) == 0) {
                import_origin((ImportPlace){ u->path, u->route_line }, origin);
                snprintf(subject, sizeof(subject), "route %.64s", u->target);
                if (!import_make_prefix(u->target, u->netmask[0] ? u->netmask : NULL,
                                        u->route.destination, sizeof(u->route.destination)))
                        importer_note_origin(u->i, IMPORT_NOTE_LOST, origin, subject,
                                             "its target is no IPv4 prefix");
                else
                        importer_add_route(u->i, &u->route, origin, subject);
        }

        u->route_line = 0;
        u->target[0] = u->netmask[0] = u->route_interface[0] = '\0';
        u->route = (ImportRoute){ 0 };
}

static void read_lines(Uci *u, const char *text, size_t n_text) {
        ImportWords words = { .text = text, .n_text = n_text, .line = 1 };
        bool is_ours = false;
        UciLine line;

        while (u->i->error == 0 && next_line(&words, &line)) {
                if (strcmp(line.kind, "config") == 0) {
                        finish_route(u);
                        is_ours = strcmp(line.name, "interface") == 0 &&
                                strcmp(line.value, u->interface) == 0;
                        u->route_line = strcmp(line.name, "route") == 0 ? line.number : 0;
                } else if (is_ours) {
                        take_option(u, &line);
                } else if (u->route_line > 0) {
                        take_route_option(u, &line);
                }
        }

        finish_route(u);
        explicit_bzero(&line, sizeof(line));
}

int import_uci(Importer *i, const char *path, const char *interface, const char *text,
               size_t n_text) {

        Uci u = { .i = i, .path = path, .interface = interface };
        char origin[IMPORT_ORIGIN_MAX_BYTES];
        int r;

        /* ppp.sh passes this file to pppd first, so options of the interface count more. */
        r = import_pppd_file(i, "/etc/ppp/options.pptp", (ImportPlace){ 0 }, true);
        read_lines(&u, text, n_text);
        if (!u.is_pptp)
                return u.is_pptp || i->result->n_lines > 0 || i->result->n_notes > 0 ?
                        IMPORT_E_NOT_PPTP :
                        IMPORT_E_MISSING;

        if (r != 0 && !i->require_any.text && !i->require_128.text && !i->refuse_all.text) {
                importer_note(i, IMPORT_NOTE_CHANGED, (ImportPlace){ path, 0 },
                              "/etc/ppp/options.pptp",
                              "it is not here; that of OpenWrt requires MPPE of 128 bits, and so "
                              "does MPPE=128");
                importer_keep(i, &i->require_128, "", (ImportPlace){ path, 0 }, "mppe");
        }
        if (!u.no_default)
                importer_add_default_route(
                        i, importer_get(i, CONFIG_SECTION_NETWORK, "RouteMetric"),
                        import_origin((ImportPlace){ path, 0 }, origin), "default route");
        return 0;
}
