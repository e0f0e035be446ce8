/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * From files to a Config: which sections a file may have, where an assignment goes, and what must
 * hold across keys and files.
 *
 * [Route] and [Match] sections are read into structs of their own first. A [Route] section ends
 * with the next header or the file, and then each of its destinations becomes a ConfigRoute, and
 * each file of prefixes that it names waits to be read. Those of a [Match] file are dropped again
 * if its globs turn out not to match, so that the order of sections in it does not count.
 */

#include "core/config/config.h"

#include <assert.h>
#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/array.h"
#include "core/config/config-hints.h"
#include "core/config/config-keys.h"
#include "core/config/config-list.h"
#include "core/config/config-problem.h"
#include "core/config/config-route.h"
#include "core/config/config-routes.h"
#include "core/config/config-syntax.h"
#include "core/config/config-values.h"
#include "core/base/macros.h"
#include "core/ppp/mtu.h"
#include "core/base/text.h"
#include "core/base/tunnel-name.h"
#include "core/base/tunnel-tag.h"

/* Where a key stood last. */
typedef struct KeyPlace {
        bool set;         /* with a value, good or bad */
        const char *file; /* in Config.files */
        unsigned line;
} KeyPlace;

typedef struct ConfigParser {
        Config *config;
        ConfigProblems problems;
        const ConfigTables *tables;       /* borrowed; NULL: no names are known */
        char *main_file;                  /* NULL until it was added */
        KeyPlace places[CONFIG_KEYS_MAX]; /* by the row of the key */
        bool routes_exceeded;             /* reported once */

        /* the file being read */
        ConfigFileKind kind;
        const char *file;
        int section;         /* -1: before the first */
        bool ignore_section; /* a header that we reported: its keys are not */
        ConfigRouteSection route;
        unsigned route_line; /* 0: not in a [Route] section */
        ConfigMatchSection match;

        ConfigList *lists; /* of all files, to be read when those are */
        size_t n_lists;
        Config shared; /* [Network] of a [Match] file, until it is known whom it concerns */
} ConfigParser;

static KeyPlace *parser_get_place(ConfigParser *p, const ConfigKey *key) {
        return &p->places[key - config_keys];
}

static const KeyPlace *parser_find_place(ConfigParser *p, ConfigSection section, const char *name) {
        return parser_get_place(p, config_key_find(section, name));
}

static bool parser_has(ConfigParser *p, ConfigSection section, const char *name) {
        return parser_find_place(p, section, name)->set;
}

int config_parser_new(const char *instance, ConfigParser **ret_parser) {
        ConfigParser *p;

        assert(n_config_keys <= CONFIG_KEYS_MAX);

        p = calloc(1, sizeof(*p));
        if (!p)
                return -ENOMEM;

        p->section = -1;
        p->config = malloc(sizeof(*p->config));
        if (!p->config) {
                config_parser_free(p);
                return -ENOMEM;
        }

        *p->config = config_defaults;
        p->config->name = strdup(instance);
        if (!p->config->name) {
                config_parser_free(p);
                return -ENOMEM;
        }

        *ret_parser = p;
        return 0;
}

/* Forgets all lists but the first n. */
static void parser_drop_lists(ConfigParser *p, size_t n) {
        while (p->n_lists > n) {
                ConfigList *list = &p->lists[--p->n_lists];

                free(list->prefixes);
                free(list->path);
        }
}

void config_parser_set_tables(ConfigParser *p, const ConfigTables *tables) {
        p->tables = tables;
}

static void free_strings(char **strings, size_t n_strings) {
        for (size_t i = 0; i < n_strings; i++)
                free(strings[i]);
        free(strings);
}

/* Frees what a configuration holds. */
static void config_done(Config *c) {
        free_strings(c->files, c->n_files);
        free_strings(c->servers, c->n_servers);
        free_strings(c->name_servers, c->n_name_servers);
        free_strings(c->domains, c->n_domains);
        free_strings(c->allowed_routes, c->n_allowed_routes);
        free_strings(c->up_units, c->n_up_units);
        free_strings(c->down_units, c->n_down_units);
        free(c->name);
        free(c->ip_param);
        free(c->network_namespace);
        free(c->phone_number);
        free(c->user);
        free(c->domain);
        free(c->password_file);
        free(c->remote_name);
        free(c->routes);
        for (size_t i = 0; i < c->n_long_lists; i++)
                free(c->long_lists[i].prefixes);
        free(c->long_lists);
}

Config *config_free(Config *c) {
        if (!c)
                return NULL;

        config_done(c);
        free(c);
        return NULL;
}

ConfigParser *config_parser_free(ConfigParser *p) {
        if (!p)
                return NULL;

        config_free(p->config);
        config_problems_done(&p->problems);
        free(p->main_file);
        free(p->route.destinations);
        for (size_t i = 0; i < p->route.n_lists; i++)
                free(p->route.lists[i].path);
        free(p->route.lists);
        parser_drop_lists(p, 0);
        free(p->lists);
        for (size_t i = 0; i < p->match.n_globs; i++)
                free(p->match.globs[i]);
        free(p->match.globs);
        config_done(&p->shared);
        free(p);
        return NULL;
}

int config_parser_add_problem(ConfigParser *p, const char *file, bool warning, const char *hint,
                              const char *format, ...) {

        va_list arguments;
        int r;

        va_start(arguments, format);
        r = config_problems_addv(&p->problems, file, 0, warning, hint, format, arguments);
        va_end(arguments);

        return r;
}

/* Sections */

static int parser_add_route(ConfigParser *p, const ConfigRoute *common,
                            const ConfigPrefix *prefix) {

        Config *c = p->config;
        ConfigRoute *route;

        if (c->n_routes >= CONFIG_ROUTES_MAX) {
                if (p->routes_exceeded)
                        return 0;
                p->routes_exceeded = true;
                return config_problems_add(&p->problems, p->file, p->route_line, false,
                                           "join neighbouring prefixes to shorter ones",
                                           "[Route] has more than %d destinations in all",
                                           CONFIG_ROUTES_MAX);
        }

        if (!ARRAY_MAKE_ROOM(c->routes, c->n_routes))
                return -ENOMEM;

        route = &c->routes[c->n_routes++];
        *route = *common;
        route->line = prefix->line;
        return config_route_set_prefix(route, prefix) ?
                0 :
                config_route_report_source(route, &p->problems);
}

/* Takes the path over. */
static int parser_add_list_name(ConfigParser *p, const ConfigRoute *common, ConfigListName *name) {
        if (!ARRAY_MAKE_ROOM(p->lists, p->n_lists))
                return -ENOMEM;

        p->lists[p->n_lists++] = (ConfigList){
                .path = steal_pointer(name->path),
                .file = p->file,
                .line = name->line,
                .route = *common,
        };
        return 0;
}

/* What all routes of a [Route] section have in common. */
static ConfigRoute parser_get_common(ConfigParser *p) {
        return (ConfigRoute){
                .file = p->file,
                .type = p->route.type,
                .metric = p->route.metric,
                .table = p->route.table,
                .has_metric = parser_has(p, CONFIG_SECTION_ROUTE, "Metric"),
                .preferred_source6 = p->route.source.address6,
                .is_ipv6 = p->route.source.is_ipv6,
                .mtu_bytes = p->route.mtu_bytes,
        };
}

/* Ends the [Route] section, if we are in one. */
static int parser_flush_route(ConfigParser *p) {
        ConfigRoute common;
        int r = 0;

        if (p->route_line == 0)
                return 0;

        if (!parser_has(p, CONFIG_SECTION_ROUTE, "Destination") &&
            !parser_has(p, CONFIG_SECTION_ROUTE, "DestinationFile"))
                r = config_problems_add(&p->problems, p->file, p->route_line, false,
                                        "add a line such as Destination=10.0.0.0/8",
                                        "[Route] has no Destination=");

        common = parser_get_common(p);
        for (size_t i = 0; i < p->route.n_destinations && r >= 0; i++)
                r = parser_add_route(p, &common, &p->route.destinations[i]);
        for (size_t i = 0; i < p->route.n_lists; i++) {
                if (r >= 0)
                        r = parser_add_list_name(p, &common, &p->route.lists[i]);
                free(p->route.lists[i].path);
        }

        free(p->route.lists);
        free(p->route.destinations);
        p->route = (ConfigRouteSection){ 0 };
        p->route_line = 0;
        for (size_t i = 0; i < n_config_keys; i++)
                if (config_keys[i].section == CONFIG_SECTION_ROUTE)
                        p->places[i].set = false;

        return r;
}

/* Why a file of this kind cannot have a section that exists; NULL if it can. */
static const char *section_fault(ConfigFileKind kind, ConfigSection section,
                                 const char **ret_hint) {

        bool is_shared = section == CONFIG_SECTION_MATCH || section == CONFIG_SECTION_ROUTE ||
                section == CONFIG_SECTION_NETWORK;

        if (kind == CONFIG_FILE_MATCH && !is_shared) {
                *ret_hint =
                        "a file that begins with [Match] holds [Route] sections, and DNS= and Domains= of [Network]";
                return "does not belong into a file with [Match]";
        }

        if (kind != CONFIG_FILE_MATCH && section == CONFIG_SECTION_MATCH) {
                *ret_hint = "put it into a file of its own, with the [Route] sections to share";
                return "does not belong into the file of a tunnel";
        }

        return NULL;
}

/* All sections, for whom no better hint can be found. */
static void list_sections(char *buffer, size_t n_buffer) {
        TextBuilder b = text_builder(buffer, n_buffer);

        text_add(&b, "sections are");
        for (int i = 0; i < _CONFIG_SECTION_MAX; i++)
                text_addf(&b, " [%s]", config_section_name((ConfigSection) i));
}

/* Likewise the keys of a section, those that work. */
static void list_keys(ConfigSection section, char *buffer, size_t n_buffer) {
        TextBuilder b = text_builder(buffer, n_buffer);

        text_add(&b, "it has");
        for (size_t i = 0; i < n_config_keys; i++)
                if (config_keys[i].section == section && config_keys[i].parse)
                        text_addf(&b, " %s=", config_keys[i].name);
        if (strcmp(buffer, "it has") == 0)
                snprintf(buffer, n_buffer, "leave it out: this section has no keys yet");
}

static int parser_begin_section(ConfigParser *p, const ConfigLine *line) {
        char hint[CONFIG_HINT_BYTES], excerpt[CONFIG_EXCERPT_BYTES];
        const char *fault, *fault_hint = NULL;
        int r;

        r = parser_flush_route(p);
        if (r < 0)
                return r;

        p->section = config_section_from_name(line->name);
        p->ignore_section = true;

        if (p->section < 0) {
                if (!config_hint_section(line->name, hint, sizeof(hint)))
                        list_sections(hint, sizeof(hint));
                return config_problems_add(&p->problems, p->file, line->number, false, hint,
                                           "there is no section [%s]",
                                           config_excerpt(line->name, excerpt));
        }

        fault = section_fault(p->kind, (ConfigSection) p->section, &fault_hint);
        if (fault)
                return config_problems_add(&p->problems, p->file, line->number, false, fault_hint,
                                           "[%s] %s", line->name, fault);

        p->ignore_section = false;
        if (p->section == CONFIG_SECTION_ROUTE)
                p->route_line = line->number;

        return 0;
}

/* Assignments */

/* A mistake that is the same for every key: quotes and comments that systemd's dialect lacks. */
static const char *value_fault(const ConfigKey *key, const char *value, const char **ret_hint) {
        size_t n = strlen(value);

        if (n >= 2 && (value[0] == '"' || value[0] == '\'') && value[n - 1] == value[0]) {
                *ret_hint = "write it without them";
                return "is in quotes";
        }

        if (!key->free_text)
                for (const char *p = value + 1; *value && *p; p++)
                        if ((*p == '#' || *p == ';') && (p[-1] == ' ' || p[-1] == '\t')) {
                                *ret_hint = "a comment needs a line of its own";
                                return "has a comment behind the value";
                        }

        return NULL;
}

static void *parser_section_base(ConfigParser *p) {
        switch ((ConfigSection) p->section) {
        case CONFIG_SECTION_ROUTE:
                return &p->route;
        case CONFIG_SECTION_MATCH:
                return &p->match;
        case CONFIG_SECTION_NETWORK:
                return p->kind == CONFIG_FILE_MATCH ? &p->shared : p->config;
        case CONFIG_SECTION_TUNNEL:
        case CONFIG_SECTION_AUTHENTICATION:
        case CONFIG_SECTION_ENCRYPTION:
        case CONFIG_SECTION_RECONNECT:
        case CONFIG_SECTION_HOOKS:
        case CONFIG_SECTION_ADVANCED:
        case _CONFIG_SECTION_MAX:
                break;
        }

        return p->config;
}

static int parser_report_unknown_key(ConfigParser *p, const ConfigLine *line) {
        char hint[CONFIG_HINT_BYTES], excerpt[CONFIG_EXCERPT_BYTES];
        bool has_hint = config_hint_key(p->section, line->name, hint, sizeof(hint));

        if (p->section < 0)
                return config_problems_add(&p->problems, p->file, line->number, false,
                                           has_hint ? hint :
                                                      "write a section above it, as [Tunnel]",
                                           "%s= stands in front of the first section",
                                           config_excerpt(line->name, excerpt));

        if (!has_hint)
                list_keys((ConfigSection) p->section, hint, sizeof(hint));
        return config_problems_add(
                &p->problems, p->file, line->number, false, hint,
                "[%s] has no key %s=", config_section_name((ConfigSection) p->section),
                config_excerpt(line->name, excerpt));
}

static int parser_assign(ConfigParser *p, const ConfigLine *line) {
        const char *fault, *hint = NULL;
        const ConfigKey *key;
        ConfigAssignment a;

        if (p->ignore_section)
                return 0;

        key = p->section < 0 ? NULL : config_key_find((ConfigSection) p->section, line->name);
        if (!key)
                return parser_report_unknown_key(p, line);

        if (!key->parse)
                return config_problems_add(&p->problems, p->file, line->number, false,
                                           "leave it out",
                                           "[%s] %s= is not supported yet by this version",
                                           config_section_name(key->section), key->name);

        if (p->kind == CONFIG_FILE_MATCH && key->section == CONFIG_SECTION_NETWORK && !key->shared)
                return config_problems_add(&p->problems, p->file, line->number, false,
                                           "write it into the file of the tunnel",
                                           "[Network] %s= does not belong into a file with [Match]",
                                           key->name);

        a = (ConfigAssignment){
                .key = key,
                .value = line->value,
                .base = parser_section_base(p),
                .instance = p->config->name,
                .tables = p->tables,
                .file = p->file,
                .line = line->number,
                .problems = &p->problems,
        };

        if (a.base != &p->shared)
                *parser_get_place(p, key) = (KeyPlace){
                        .set = *line->value != '\0',
                        .file = p->file,
                        .line = line->number,
                };
        if (*line->value == '\0') {
                key->reset(&a);
                return 0;
        }

        fault = value_fault(key, line->value, &hint);
        if (fault)
                return config_value_problem(&a, NULL, hint, "%s", fault);

        return key->parse(&a);
}

static int parser_report_line(ConfigParser *p, const ConfigLine *line) {
        char hint[CONFIG_HINT_BYTES];
        const char *shown = line->hint;
        const ConfigKey *key = NULL;

        if (!shown && line->name && p->section >= 0 && !p->ignore_section)
                key = config_key_find((ConfigSection) p->section, line->name);
        if (key)
                return config_problems_add(
                        &p->problems, p->file, line->number, false,
                        line->value ? "write the = between the two" :
                                      "write it behind the =, or leave the line out",
                        "[%s] %s= %s", config_section_name(key->section), key->name,
                        line->value ? "lacks its =" : "needs a value");

        /* The line itself is never shown: it may hold a password in another program's syntax. */
        if (!shown && line->name && config_hint_foreign(line->name, hint, sizeof(hint)))
                shown = hint;
        if (!shown)
                shown = "write a setting as Key=value; pptp.conf(5) has all keys";

        return config_problems_add(&p->problems, p->file, line->number, false, shown, "%s",
                                   line->error);
}

/* Files */

ConfigTextKind config_text_classify(const char *text, size_t n_text) {
        ConfigTextKind kind = CONFIG_TEXT_OTHER;
        ConfigSyntax syntax;
        ConfigLine line;

        if (config_syntax_init(&syntax, text, n_text) < 0)
                return kind;

        while (kind == CONFIG_TEXT_OTHER && config_syntax_next(&syntax, &line))
                if (line.type == CONFIG_LINE_SECTION)
                        kind = strcmp(line.name, "Match") == 0 ? CONFIG_TEXT_MATCH :
                                                                 CONFIG_TEXT_TUNNEL;

        config_syntax_done(&syntax);
        return kind;
}

static bool has_string(char *const *strings, size_t n_strings, const char *text) {
        for (size_t i = 0; i < n_strings; i++)
                if (strcmp(strings[i], text) == 0)
                        return true;

        return false;
}

/* Moves strings to the end of a list, but those that it has, or has no room for. */
static int move_strings(char ***list, size_t *n_list, size_t n_max, char **from, size_t n_from) {
        for (size_t i = 0; i < n_from && *n_list < n_max; i++) {
                if (has_string(*list, *n_list, from[i]))
                        continue;
                if (!ARRAY_MAKE_ROOM(*list, *n_list))
                        return -ENOMEM;
                (*list)[(*n_list)++] = steal_pointer(from[i]);
        }

        return 0;
}

/* Takes over, or drops, what a [Match] file has under [Network]. */
static int parser_finish_shared(ConfigParser *p, bool matches) {
        Config *c = p->config, *shared = &p->shared;
        int r = 0;

        if (matches)
                r = move_strings(&c->name_servers, &c->n_name_servers, CONFIG_NAME_SERVERS_MAX,
                                 shared->name_servers, shared->n_name_servers);
        if (matches && r >= 0)
                r = move_strings(&c->domains, &c->n_domains, CONFIG_DOMAINS_MAX, shared->domains,
                                 shared->n_domains);

        config_done(shared);
        *shared = (Config){ 0 };
        return r;
}

/* Takes back what a [Match] file brought for other tunnels, and forgets its globs. */
static int parser_finish_match(ConfigParser *p, size_t n_routes_before, size_t n_lists_before) {
        const ConfigKey *key = config_key_find(CONFIG_SECTION_MATCH, "IpParam");
        const char *ip_param = p->config->ip_param ?: p->config->name;
        bool matches = false;
        int r = 0;

        if (p->kind == CONFIG_FILE_MATCH && p->match.n_globs == 0 && !parser_get_place(p, key)->set)
                r = config_problems_add(
                        &p->problems, p->file, 0, false,
                        "add a line such as IpParam=onenet, or IpParam=* for every tunnel",
                        "[Match] has no IpParam=");

        for (size_t i = 0; i < p->match.n_globs; i++) {
                matches = matches || fnmatch(p->match.globs[i], ip_param, 0) == 0;
                free(p->match.globs[i]);
        }

        free(p->match.globs);
        p->match = (ConfigMatchSection){ 0 };
        parser_get_place(p, key)->set = false;

        if (p->kind == CONFIG_FILE_MATCH && !matches) {
                p->config->n_routes = n_routes_before;
                parser_drop_lists(p, n_lists_before);
                free(p->config->files[--p->config->n_files]);
        }

        return r < 0 ? r : parser_finish_shared(p, matches);
}

/* What is read from now on is of this file, whose name lives as long as the configuration. */
static int parser_keep_name(ConfigParser *p, const char *file) {
        Config *c = p->config;

        if (!ARRAY_MAKE_ROOM(c->files, c->n_files))
                return -ENOMEM;

        c->files[c->n_files] = strdup(file);
        if (!c->files[c->n_files])
                return -ENOMEM;

        p->file = c->files[c->n_files++];
        return 0;
}

int config_parser_add_file(ConfigParser *p, ConfigFileKind kind, const char *file, const char *text,
                           size_t n_text) {

        size_t n_routes_before = p->config->n_routes, n_lists_before = p->n_lists;
        _cleanup_(config_syntax_done) ConfigSyntax syntax = { 0 };
        ConfigLine line;
        int r;

        if (kind == CONFIG_FILE_TUNNEL && !p->main_file) {
                p->main_file = strdup(file);
                if (!p->main_file)
                        return -ENOMEM;
        }

        if (n_text > CONFIG_FILE_MAX_BYTES)
                return config_problems_add(&p->problems, file, 0, false,
                                           "put prefixes into a file of their own, and name that "
                                           "by DestinationFile=",
                                           "is longer than %d bytes", CONFIG_FILE_MAX_BYTES);

        r = config_syntax_init(&syntax, text, n_text);
        if (r < 0)
                return r;

        r = parser_keep_name(p, file);
        if (r < 0)
                return r;

        p->kind = kind;
        p->section = -1;
        p->ignore_section = false;

        while (r >= 0 && config_syntax_next(&syntax, &line))
                switch (line.type) {
                case CONFIG_LINE_SECTION:
                        r = parser_begin_section(p, &line);
                        break;
                case CONFIG_LINE_ASSIGNMENT:
                        r = parser_assign(p, &line);
                        break;
                case CONFIG_LINE_ERROR:
                        r = parser_report_line(p, &line);
                        break;
                }

        if (r >= 0)
                r = parser_flush_route(p);
        if (r >= 0)
                r = parser_finish_match(p, n_routes_before, n_lists_before);
        p->file = NULL;

        return r;
}

/* Lists */

const char *config_parser_get_list(const ConfigParser *p, size_t i) {
        return i < p->n_lists ? p->lists[i].path : NULL;
}

int config_parser_name_list(ConfigParser *p, size_t i, const char *path) {
        int r;

        r = parser_keep_name(p, path);
        if (r < 0)
                return r;

        p->lists[i].name = p->file;
        p->file = NULL;
        return 0;
}

int config_parser_add_list(ConfigParser *p, size_t i, const char *text, size_t n_text,
                           bool is_last) {

        ConfigList *list = &p->lists[i];
        int r = 0;

        if (!list->name)
                r = config_parser_name_list(p, i, list->path);
        if (r >= 0)
                r = config_list_parse(list, text, n_text, p->config, &p->problems);
        if (r >= 0 && is_last)
                r = config_list_finish(list, p->config, &p->problems);
        return r;
}

int config_parser_add_list_problem(ConfigParser *p, size_t i, const char *hint, const char *what) {
        const ConfigList *list = &p->lists[i];
        char excerpt[CONFIG_EXCERPT_BYTES];

        return config_problems_add(&p->problems, list->file, list->line, false, hint,
                                   "[Route] DestinationFile=%s %s",
                                   config_excerpt(list->path, excerpt), what);
}

/* The whole */

static int check_required(ConfigParser *p, const char *file) {
        int r = 0;

        if (p->config->n_servers == 0 && !parser_has(p, CONFIG_SECTION_TUNNEL, "Server"))
                r = config_problems_add(&p->problems, file, 0, false,
                                        "add the server's name or address under [Tunnel]",
                                        "[Tunnel] Server= is missing");

        if (r >= 0 && !p->config->user && !parser_has(p, CONFIG_SECTION_AUTHENTICATION, "User"))
                r = config_problems_add(&p->problems, file, 0, false,
                                        "add the name of the account under [Authentication]",
                                        "[Authentication] User= is missing");

        return r;
}

static int check_account(ConfigParser *p, const char *file) {
        const Config *c = p->config;

        if (!c->user || !c->domain)
                return 0;

        if (strchr(c->user, '\\'))
                return config_problems_add(
                        &p->problems, file, 0, false, "leave it out of one of them",
                        "[Authentication] has a domain in User= as well as in Domain=");

        if (strlen(c->domain) + 1 + strlen(c->user) > CONFIG_NAME_MAX_BYTES)
                return config_problems_add(
                        &p->problems, file, 0, false, "pppd takes no more: shorten one of them",
                        "[Authentication] Domain= and User= together are longer than %d bytes",
                        CONFIG_NAME_MAX_BYTES);

        return 0;
}

/* The default of MaxDelaySec= follows a longer DelaySec=; two values that disagree are an error. */
static int check_delays(ConfigParser *p, const char *file) {
        Config *c = p->config;

        if (c->delay_usec <= c->max_delay_usec)
                return 0;

        if (!parser_has(p, CONFIG_SECTION_RECONNECT, "MaxDelaySec")) {
                c->max_delay_usec = c->delay_usec;
                return 0;
        }

        return config_problems_add(&p->problems, file, 0, false,
                                   "give MaxDelaySec= the longer of the two times",
                                   "[Reconnect] DelaySec= is longer than MaxDelaySec=");
}

/* Reports a name of which systemd cannot start all units that a tunnel has. */
static int check_instance(ConfigParser *p, const char *file) {
        const char *name = p->config->name, *fault = tunnel_name_find_fault(name);
        char hint[CONFIG_LINE_MAX_BYTES], excerpt[CONFIG_EXCERPT_BYTES];
        TextBuilder b = text_builder(hint, sizeof(hint));

        if (!fault)
                return 0;

        tunnel_name_add_remedy(&b, name);
        return config_problems_add(&p->problems, file, 0, false, hint, "the tunnel's name %s %s",
                                   config_excerpt(name, excerpt), fault);
}

/* Fills in what the instance's name stands for. */
static int fill_names(ConfigParser *p, const char *file) {
        Config *c = p->config;

        if (!c->ip_param) {
                c->ip_param = strdup(c->name);
                if (!c->ip_param)
                        return -ENOMEM;
        }

        if (!c->remote_name) {
                c->remote_name = strdup(c->name);
                if (!c->remote_name)
                        return -ENOMEM;
        }

        if (c->interface_name[0] == '\0' &&
            !parser_has(p, CONFIG_SECTION_TUNNEL, "InterfaceName")) {
                const char *fault = config_interface_name_fault(c->name);
                char excerpt[CONFIG_EXCERPT_BYTES];

                if (fault)
                        return config_problems_add(
                                &p->problems, file, 0, false, "add InterfaceName= under [Tunnel]",
                                "the tunnel's name %s %s", config_excerpt(c->name, excerpt), fault);
                memcpy(c->interface_name, c->name, strlen(c->name) + 1);
        }

        return 0;
}

static bool is_default_route(const ConfigRoute *route) {
        return route->prefix_length == 0 && route->type == CONFIG_ROUTE_UNICAST;
}

static bool has_default_route(const Config *c, bool is_ipv6) {
        for (size_t i = 0; i < c->n_routes; i++)
                if (is_default_route(&c->routes[i]) && c->routes[i].is_ipv6 == is_ipv6)
                        return true;

        return false;
}

/* Adds the route 0.0.0.0/0 or ::/0, unless a [Route] section has it already. */
static int add_default_route(ConfigParser *p, bool is_ipv6) {
        const KeyPlace *place = parser_find_place(p, CONFIG_SECTION_NETWORK, "DefaultRoute");
        Config *c = p->config;

        if (has_default_route(c, is_ipv6))
                return 0;

        if (!ARRAY_MAKE_ROOM(c->routes, c->n_routes))
                return -ENOMEM;

        c->routes[c->n_routes++] = (ConfigRoute){
                .file = place->file,
                .line = place->line,
                .is_ipv6 = is_ipv6,
        };
        return 0;
}

/* DefaultRoute=yes is about all that the tunnel carries. */
static int add_default_routes(ConfigParser *p) {
        const Config *c = p->config;
        int r = 0;

        if (c->default_route)
                r = add_default_route(p, false);
        if (r >= 0 && c->default_route && c->ipv6 == CONFIG_IPV6_NEGOTIATE)
                r = add_default_route(p, true);

        return r;
}

/* Fills in what [Network] says for all routes. */
static void fill_route(const Config *c, ConfigRoute *route) {
        if (!route->has_metric)
                route->metric = c->route_metric;
        if (route->table == 0 && c->vrf[0] == '\0')
                route->table = c->route_table;
}

/*
 * A default route for which neither a metric nor a table is given stands in a table of the tunnel's
 * own, and is found by policy rules: the default route that is in main already stays as it is. In
 * a network namespace or a VRF of the tunnel's there is none to spare.
 */
static void fill_routes(ConfigParser *p) {
        Config *c = p->config;
        bool has_metric = parser_has(p, CONFIG_SECTION_NETWORK, "RouteMetric");
        bool has_table = parser_has(p, CONFIG_SECTION_NETWORK, "RouteTable");

        for (size_t i = 0; i < c->n_routes; i++) {
                ConfigRoute *route = &c->routes[i];

                route->by_policy = is_default_route(route) && route->table == 0 && !has_table &&
                        !c->network_namespace && c->vrf[0] == '\0' && !route->has_metric &&
                        !has_metric;
                if (route->by_policy)
                        route->table = tunnel_tag_get_table(tunnel_tag_make(c->name));
                fill_route(c, route);
        }

        for (size_t i = 0; i < c->n_long_lists; i++)
                fill_route(c, &c->long_lists[i].common);
}

/*
 * Which routes skip leaves out depends on the host's interfaces; unreachable routes are installed
 * before anybody looks at those.
 */
static int check_overlap_policy(ConfigParser *p, const char *file) {
        const Config *c = p->config;

        if (c->overlap_policy != CONFIG_OVERLAP_SKIP ||
            c->routes_on_down != CONFIG_ROUTES_ON_DOWN_UNREACHABLE)
                return 0;

        return config_problems_add(
                &p->problems, file, 0, false,
                "leave one of them out, and name only networks in [Route] that this host is not in",
                "[Network] OverlapPolicy=skip does not go together with RoutesOnDown=unreachable");
}

/*
 * Without IPV6CP no IPv6 packet gets through the tunnel. One problem stands for all such routes: a
 * list may have thousands.
 */
static int check_ipv6_routes(ConfigParser *p) {
        const Config *c = p->config;

        for (size_t i = 0; i < c->n_routes; i++) {
                const ConfigRoute *route = &c->routes[i];
                char prefix[INET6_ADDRSTRLEN + 4];
                TextBuilder t = text_builder(prefix, sizeof(prefix));

                if (!route->is_ipv6)
                        continue;

                config_route_add_destination(&t, route);
                return config_problems_add(
                        &p->problems, route->file, route->line, false,
                        "add IPv6=negotiate under [Network]",
                        "[Route] Destination=%s is IPv6, which this tunnel does not carry", prefix);
        }

        return 0;
}

static int check_ipv6_mtu(ConfigParser *p) {
        const KeyPlace *place = parser_find_place(p, CONFIG_SECTION_TUNNEL, "MTUBytes");
        uint32_t mtu_bytes = p->config->mtu_bytes;

        if (mtu_bytes == 0 || mtu_bytes >= MTU_IPV6_MIN_BYTES)
                return 0;

        return config_problems_add(&p->problems, place->file, place->line, false,
                                   "write at least 1280, or leave it out",
                                   "[Tunnel] MTUBytes=%" PRIu32 " is too small for IPv6=negotiate",
                                   mtu_bytes);
}

/* IPv6=block is about what leaves beside a default route; without one everything else does, too. */
static int check_ipv6(ConfigParser *p, const char *file) {
        const Config *c = p->config;
        int r;

        if (c->ipv6 == CONFIG_IPV6_NEGOTIATE)
                return check_ipv6_mtu(p);

        r = check_ipv6_routes(p);
        if (r < 0 || c->ipv6 != CONFIG_IPV6_BLOCK || has_default_route(c, false))
                return r;

        return config_problems_add(&p->problems, file, 0, false,
                                   "add DefaultRoute=yes under [Network], or leave IPv6= out",
                                   "[Network] IPv6=block needs a default route into the tunnel");
}

/*
 * What stands in the host's own namespace: what keeps packets from leaving by another way, and what
 * its resolver asks, which knows no interface of another namespace.
 */
static int check_namespace(ConfigParser *p, const char *file) {
        const char *hint =
                "leave it out: from a namespace that has the tunnel alone, nothing leaves by "
                "another way";
        const Config *c = p->config;
        const char *key = NULL;

        if (c->routes_on_down != CONFIG_ROUTES_ON_DOWN_REMOVE)
                key = "RoutesOnDown=unreachable";
        else if (c->ipv6 == CONFIG_IPV6_BLOCK)
                key = "IPv6=block";
        else {
                hint = "leave it out, and write the name server into /etc/netns/NAME/resolv.conf, "
                       "see ip-netns(8)";
                if (c->n_domains > 0)
                        key = "Domains=";
                else if (c->n_name_servers > 0)
                        key = "DNS=";
                else if (c->dns_default_route == CONFIG_YES)
                        key = "DNSDefaultRoute=yes";
        }
        if (!c->network_namespace || !key)
                return 0;

        return config_problems_add(&p->problems, file, 0, false, hint,
                                   "[Network] %s is not supported with NetworkNamespace=", key);
}

/*
 * The routes go to the VRF's table, which is the kernel's to tell once the VRF is there; policy
 * rules lead into the tables of others, and unreachable routes are installed before.
 */
static int check_vrf(ConfigParser *p) {
        const Config *c = p->config;
        const struct {
                bool is_set;
                ConfigSection section;
                const char *key, *value, *hint;
        } others[] = {
                { c->network_namespace, CONFIG_SECTION_TUNNEL, "NetworkNamespace", "",
                  "leave one of them out: either keeps the tunnel apart from this host's routes" },
                { c->default_route, CONFIG_SECTION_NETWORK, "DefaultRoute", "yes",
                  "write Destination=0.0.0.0/0 in [Route]: all that is in the VRF has the tunnel "
                  "then" },
                { parser_has(p, CONFIG_SECTION_NETWORK, "RouteTable"), CONFIG_SECTION_NETWORK,
                  "RouteTable", "", "leave it out: a VRF has a table, and the routes go there" },
                { c->routes_on_down != CONFIG_ROUTES_ON_DOWN_REMOVE, CONFIG_SECTION_NETWORK,
                  "RoutesOnDown", "unreachable",
                  "leave it out, and make the VRF with a default route of its own: \"ip route add "
                  "unreachable default metric 4278198272 vrf NAME\"" },
                { c->ipv6 == CONFIG_IPV6_BLOCK, CONFIG_SECTION_NETWORK, "IPv6", "block",
                  "leave it out: it is about this host's default route, which the VRF does not "
                  "use" },
        };
        int r = 0;

        if (c->vrf[0] != '\0' && strcmp(c->vrf, c->interface_name) == 0) {
                const KeyPlace *place = parser_find_place(p, CONFIG_SECTION_NETWORK, "VRF");

                r = config_problems_add(
                        &p->problems, place->file, place->line, false,
                        "give the VRF a name of its own, \"VRF=blue\", or set InterfaceName= under "
                        "[Tunnel]",
                        "[Network] VRF=%s is the name of the tunnel's own interface", c->vrf);
        }

        for (size_t i = 0; c->vrf[0] != '\0' && i < ELEMENTSOF(others) && r >= 0; i++) {
                const KeyPlace *place = parser_find_place(p, others[i].section, others[i].key);

                if (others[i].is_set)
                        r = config_problems_add(&p->problems, place->file, place->line, false,
                                                others[i].hint,
                                                "[%s] %s=%s does not go together with VRF=",
                                                config_section_name(others[i].section),
                                                others[i].key, others[i].value);
        }

        return r;
}

bool config_has_policy_route(const Config *c, bool is_ipv6) {
        for (size_t i = 0; i < c->n_routes; i++)
                if (c->routes[i].by_policy && c->routes[i].is_ipv6 == is_ipv6)
                        return true;

        return false;
}

bool config_has_ipv6_default_route(const Config *c) {
        for (size_t i = 0; i < c->n_routes; i++)
                if (c->routes[i].is_ipv6 && c->routes[i].prefix_length == 0 &&
                    c->routes[i].type == CONFIG_ROUTE_UNICAST)
                        return true;

        return false;
}

bool config_has_ipv6_routes(const Config *c) {
        for (size_t i = 0; i < c->n_routes; i++)
                if (c->routes[i].is_ipv6 && c->routes[i].type == CONFIG_ROUTE_UNICAST)
                        return true;

        return false;
}

int config_parser_finish(ConfigParser *p, Config **ret_config, ConfigProblems *ret_problems) {
        const char *file = p->main_file ?: p->config->name;
        int r = 0;

        /*
         * The tunnel's own file was not read, which was reported; missing keys are not reported as
         * well.
         */
        if (p->main_file)
                r = check_required(p, file);
        if (r >= 0)
                r = check_account(p, file);
        if (r >= 0)
                r = check_delays(p, file);
        if (r >= 0)
                r = check_instance(p, file);
        if (r >= 0)
                r = fill_names(p, file);
        if (r >= 0)
                r = add_default_routes(p);
        if (r >= 0)
                r = check_ipv6(p, file);
        if (r >= 0)
                r = check_namespace(p, file);
        if (r >= 0)
                r = check_overlap_policy(p, file);
        if (r >= 0)
                r = check_vrf(p);

        if (r >= 0) {
                fill_routes(p);
                config_routes_sort(p->config->routes, p->config->n_routes);
                if (p->problems.n_errors > 0 || !p->main_file)
                        r = CONFIG_E_INVALID;
                else
                        *ret_config = steal_pointer(p->config);
        }

        *ret_problems = p->problems;
        p->problems = (ConfigProblems){ 0 };
        return r;
}

MppePolicy config_get_mppe_policy(const Config *c) {
        bool allow_128 = c->mppe == CONFIG_MPPE_128 || c->mppe == CONFIG_MPPE_ANY;
        bool allow_40 = c->mppe == CONFIG_MPPE_40 || c->mppe == CONFIG_MPPE_ANY;

        return (MppePolicy){
                .allow_128 = allow_128,
                .allow_40 = allow_40,
                .allow_stateful = c->stateful,
                .open_40 = allow_40 && !allow_128,
                .tolerate_mppc = c->tolerate_mppc,
        };
}
