/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Options of pppd: its files, with what they include, and options behind those of pptp-linux or in
 * OpenWrt's pppd_options.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/import/import-internal.h"
#include "core/import/import-words.h"

#define SUBJECT_MAX_BYTES 160

typedef struct PppdOption {
        const ConfigForeign *row;
        const char *name;
        const ImportWord *argument; /* empty unless the row has one */
        ImportPlace place;
        const char *subject;
} PppdOption;

static bool is_number(const char *text) {
        return *text != '\0' && strspn(text, "0123456789") == strlen(text);
}

static void set(Importer *i, const PppdOption *o, const char *value) {
        char origin[IMPORT_ORIGIN_MAX_BYTES];

        if (config_foreign_get_key(o->row))
                importer_set(i, o->row->section, o->row->key, value,
                             import_origin(o->place, origin), o->subject);
}

/* ---- the options that have more to them than a value ---- */

static void take_plugin(Importer *i, const PppdOption *o) {
        const char *slash = strrchr(o->argument->text, '/');
        const char *name = slash ? slash + 1 : o->argument->text;

        if (strcmp(name, "pptp.so") == 0)
                importer_note(i, IMPORT_NOTE_NEEDLESS, o->place, o->subject, "%s", o->row->hint);
        else if (strstr(name, "pppoe") || strstr(name, "pppoatm") || strstr(name, "l2tp"))
                importer_note(i, IMPORT_NOTE_LOST, o->place, o->subject,
                              "this is a link of another kind than PPTP");
        else
                importer_note(i, IMPORT_NOTE_LOST, o->place, o->subject,
                              "no plugins are loaded but the supervisor's own");
}

static void take_include(Importer *i, const PppdOption *o) {
        char path[IMPORT_WORD_MAX_BYTES + 32];
        const char *name = o->argument->text;
        bool is_call = strcmp(o->row->name, "call") == 0;

        /* As in callfile() of pppd/options.c. */
        if (is_call && (name[0] == '/' || name[0] == '\0' || strstr(name, ".."))) {
                importer_note(i, IMPORT_NOTE_LOST, o->place, o->subject,
                              "pppd takes no such name, only that of a file in /etc/ppp/peers");
                return;
        }

        /* A relative path depends on pppd's working directory. It is taken as below /etc/ppp. */
        snprintf(path, sizeof(path), "%s%s",
                 is_call                ? "/etc/ppp/peers/" :
                         name[0] == '/' ? "" :
                                          "/etc/ppp/",
                 name);
        if (import_pppd_file(i, path, o->place, false) == 0)
                importer_note(i, IMPORT_NOTE_NEEDLESS, o->place, o->subject,
                              "its options are among these");
}

/* Takes "mtu" or "mru". MTUBytes= is for both directions, so the smaller of the two counts. */
static void take_mtu(Importer *i, const PppdOption *o) {
        const char *present = importer_get(i, CONFIG_SECTION_TUNNEL, "MTUBytes");

        if (!present || !is_number(present) || !is_number(o->argument->text) ||
            strlen(o->argument->text) < strlen(present) ||
            (strlen(o->argument->text) == strlen(present) &&
             strcmp(o->argument->text, present) < 0)) {
                set(i, o, o->argument->text);
                return;
        }

        importer_note(i,
                      strcmp(o->argument->text, present) == 0 ? IMPORT_NOTE_NEEDLESS :
                                                                IMPORT_NOTE_CHANGED,
                      o->place, o->subject, "MTUBytes=%s is for both directions", present);
}

static void take_probes(Importer *i, const PppdOption *o) {
        if (strcmp(o->argument->text, "0") == 0)
                importer_note(i, IMPORT_NOTE_CHANGED, o->place, o->subject,
                              "a link that stays silent always ends: KeepAliveProbes= is 3");
        else
                set(i, o, o->argument->text);
}

/* Takes an option with which 0 means "no limit"; that one needs no line. */
static void take_limit(Importer *i, const PppdOption *o) {
        bool is_off = strcmp(o->argument->text, "0") == 0;

        importer_note(i, is_off ? IMPORT_NOTE_NEEDLESS : IMPORT_NOTE_LOST, o->place, o->subject,
                      "%s", o->row->hint);
}

static void take_unit(Importer *i, const PppdOption *o) {
        char name[IMPORT_WORD_MAX_BYTES + 4];

        snprintf(name, sizeof(name), "ppp%s", o->argument->text);
        set(i, o, name);
}

/* Takes a name whose backslash between domain and user pppd reads as an escape. */
static void take_name(Importer *i, const PppdOption *o) {
        ImportValue *value = strcmp(o->row->name, "user") == 0 ? &i->user : &i->local_name;
        const ImportWord *word = o->argument;

        if (word->literal[0] != '\0')
                importer_note(i, IMPORT_NOTE_CHANGED, o->place, o->row->name,
                              "pppd reads the backslash as the start of an escape; it is taken for "
                              "the one between a domain and a user");
        importer_keep(i, value, word->literal[0] != '\0' ? word->literal : word->text, o->place,
                      o->subject);
}

static void take_word(Importer *i, const PppdOption *o) {
        static const struct {
                const char *name;
                size_t offset;
        } words[] = {
                { "remotename", offsetof(Importer, remote_name) },
                { "ipparam", offsetof(Importer, ip_param) },
                { "ip-up-script", offsetof(Importer, up_script) },
                { "ip-down-script", offsetof(Importer, down_script) },
                { "defaultroute-metric", offsetof(Importer, default_metric) },
                { "defaultroute", offsetof(Importer, default_route) },
                { "replacedefaultroute", offsetof(Importer, replace_default) },
        };

        for (size_t n = 0; n < ELEMENTSOF(words); n++)
                if (strcmp(words[n].name, o->row->name) == 0)
                        importer_keep(i, (ImportValue *) (void *) ((char *) i + words[n].offset),
                                      o->argument->text, o->place, o->subject);
}

static void forget(ImportValue *value) {
        free(value->text);
        free(value->origin);
        *value = (ImportValue){ 0 };
}

static void take_no_default_route(Importer *i, const PppdOption *o) {
        forget(strcmp(o->row->name, "nodefaultroute") == 0 ? &i->default_route :
                                                             &i->replace_default);
        importer_note(i, IMPORT_NOTE_NEEDLESS, o->place, o->subject, "%s", o->row->hint);
}

static void take_holdoff(Importer *i, const PppdOption *o) {
        /* The minimum of DelaySec=. */
        set(i, o, strcmp(o->argument->text, "0") == 0 ? "100ms" : o->argument->text);
}

static void take_max_fail(Importer *i, const PppdOption *o) {
        set(i, o, o->argument->text);
}

static void take_password(Importer *i, const PppdOption *o) {
        importer_take_secret(i, o->argument->text, o->argument->n_text, o->place, false);
}

static void take_pty(Importer *i, const PppdOption *o) {
        import_pptp_command(i, o->argument->text, o->place);
}

static const struct {
        const char *name;
        void (*take)(Importer *i, const PppdOption *o);
} special_options[] = {
        { "pty", take_pty },
        { "plugin", take_plugin },
        { "file", take_include },
        { "call", take_include },
        { "password", take_password },
        { "unit", take_unit },
        { "user", take_name },
        { "name", take_name },
        { "mtu", take_mtu },
        { "mru", take_mtu },
        { "lcp-echo-failure", take_probes },
        { "maxfail", take_max_fail },
        { "holdoff", take_holdoff },
        { "idle", take_limit },
        { "maxconnect", take_limit },
        { "nodefaultroute", take_no_default_route },
        { "noreplacedefaultroute", take_no_default_route },
        { "remotename", take_word },
        { "ipparam", take_word },
        { "ip-up-script", take_word },
        { "ip-down-script", take_word },
        { "defaultroute", take_word },
        { "replacedefaultroute", take_word },
        { "defaultroute-metric", take_word },
};

static void take_special(Importer *i, const PppdOption *o) {
        for (size_t n = 0; n < ELEMENTSOF(special_options); n++)
                if (strcmp(special_options[n].name, o->row->name) == 0) {
                        special_options[n].take(i, o);
                        return;
                }

        import_mppe_word(i, o->row->name, o->argument->text, o->place, o->subject);
}

/* ---- words to options ---- */

/* "10.0.0.1:10.0.0.2", ":10.0.0.2", a device, a speed: pppd takes them without an option's name. */
static bool take_bare_word(Importer *i, const char *word, ImportPlace place) {
        const char *colon = strchr(word, ':');

        if (colon && strspn(word, "0123456789.:") == strlen(word))
                importer_note(i, IMPORT_NOTE_LOST, place, word,
                              "the server gives the addresses of both ends");
        else if (is_number(word))
                importer_note(i, IMPORT_NOTE_NEEDLESS, place, word,
                              "not needed: there is no serial line");
        else if (strncmp(word, "/dev/", 5) == 0 || strncmp(word, "tty", 3) == 0)
                importer_note(i, IMPORT_NOTE_LOST, place, word, "this is a serial line, not PPTP");
        else
                return false;

        return true;
}

/* Makes the text by which a note names an option. Passwords are left out. */
static void make_subject(char subject[static SUBJECT_MAX_BYTES], const ImportWord *word,
                         const ImportWord *argument, bool has_argument) {

        bool is_secret = strcmp(word->text, "password") == 0;

        snprintf(subject, SUBJECT_MAX_BYTES, "%.48s%s%.100s", word->text,
                 has_argument && !is_secret ? " " : "",
                 has_argument && !is_secret ? argument->text : "");
}

static void take_option(Importer *i, ImportWords *w, const ImportWord *word, const char *path,
                        unsigned fixed_line) {

        const ConfigForeign *row = config_foreign_find(FOREIGN_PPPD, word->text);
        ImportPlace place = { path, fixed_line ? fixed_line : word->line };
        char subject[SUBJECT_MAX_BYTES];
        ImportWord argument = { 0 };

        /* config_foreign_find() ignores case and takes underscores for dashes; pppd does not. */
        if (!row || strcmp(row->name, word->text) != 0) {
                if (take_bare_word(i, word->text, place))
                        return;
                importer_note(i, IMPORT_NOTE_LOST, place, word->text,
                              "no option of pppd that is known here, with what follows on its "
                              "line");
                if (fixed_line == 0)
                        import_words_skip_line(w);
                return;
        }

        if (row->n_arguments > 0 && !import_words_next(w, &argument)) {
                importer_note(i, IMPORT_NOTE_LOST, place, word->text, "it has no value");
                return;
        }

        make_subject(subject, word, &argument, row->n_arguments > 0);
        if (argument.is_cut || argument.is_unterminated) {
                importer_note(i, IMPORT_NOTE_LOST, place, row->name, "its value is %s",
                              argument.is_cut ? "longer than pppd reads" :
                                                "in quotes that are not closed");
                explicit_bzero(&argument, sizeof(argument));
                return;
        }

        if (strcmp(row->name, "usepeerdns") == 0)
                i->uses_peer_dns = true;
        if (strcmp(row->name, "linkname") == 0)
                importer_keep(i, &i->link_name, argument.text, place, subject);
        if (row->use == FOREIGN_SPECIAL)
                take_special(i,
                             &(PppdOption){ .row = row,
                                            .name = word->text,
                                            .argument = &argument,
                                            .place = place,
                                            .subject = subject });
        else
                importer_apply(i, row, row->n_arguments > 0 ? argument.text : NULL, place, subject);
        explicit_bzero(&argument, sizeof(argument));
}

void import_pppd_text(Importer *i, const char *text, size_t n_text, ImportPlace place,
                      bool single_line) {

        ImportWords words = { .text = text, .n_text = n_text, .line = 1 };
        ImportWord word;

        while (i->error == 0 && import_words_next(&words, &word))
                take_option(i, &words, &word, place.path, single_line ? place.line : 0);
}

int import_pppd_file(Importer *i, const char *path, ImportPlace from, bool may_miss) {
        char *text = NULL;
        size_t n_text;
        int r;

        if (!importer_enter(i, path, from))
                return IMPORT_E_UNREADABLE;

        r = importer_read_file(i, path, from, may_miss, &text, &n_text);
        if (r == 0) {
                import_pppd_text(i, text, n_text, (ImportPlace){ path, 0 }, false);
                explicit_bzero(text, n_text);
                free(text);
        }

        importer_leave(i);
        return r;
}

/*
 * pppd's "defaultroute" does nothing beside another default route unless it may replace it or has a
 * metric of its own, as in default_route_set() of pppd/sys-linux.c.
 */
void import_pppd_default_route(Importer *i) {
        if (!i->default_route.text) {
                if (i->replace_default.text)
                        importer_note_origin(i, IMPORT_NOTE_NEEDLESS, i->replace_default.origin,
                                             "replacedefaultroute",
                                             "not needed: without defaultroute it does nothing");
                return;
        }

        if (i->replace_default.text) {
                importer_note_origin(i, IMPORT_NOTE_NEEDLESS, i->default_route.origin,
                                     "defaultroute", "%s says more", i->replace_default.origin);
                importer_add_default_route(i, i->default_metric.text, i->replace_default.origin,
                                           "replacedefaultroute");
        } else if (i->default_metric.text) {
                importer_note_origin(i, IMPORT_NOTE_NEEDLESS, i->default_route.origin,
                                     "defaultroute", "%s says more", i->default_metric.origin);
                importer_add_default_route(i, i->default_metric.text, i->default_metric.origin,
                                           "defaultroute-metric");
        } else {
                importer_note_origin(
                        i, IMPORT_NOTE_LOST, i->default_route.origin, "defaultroute",
                        "pppd sets it only where there is no other default route, as there is one "
                        "to a server that is not next door; for everything through the tunnel "
                        "write [Network] DefaultRoute=yes");
        }
}
