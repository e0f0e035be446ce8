/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Reads the commands with which scripts set routes: route(8) and ip-route(8). */

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "core/import/import-internal.h"
#include "core/import/import-shell.h"

#define SUBJECT_MAX_BYTES 160
#define WORD(w, n) ((n) < (w)->n_words ? (w)->words[n] : "")

typedef struct Words {
        char *const *words;
        size_t n_words;
} Words;

typedef struct RouteCommand {
        ImportRoute route;
        bool is_default;
        bool deletes;
        bool is_ours;          /* it names the tunnel's interface, or the address behind it */
        const char *interface; /* that it names; NULL: none */
        const char *fault;     /* why it is not understood */
        const char *ignored;   /* a property that has no counterpart */
} RouteCommand;

static bool is_word_of(const char *word, const char *const *list, size_t n_list) {
        for (size_t n = 0; n < n_list; n++)
                if (strcmp(word, list[n]) == 0)
                        return true;

        return false;
}
#define IS_ONE_OF(word, ...)                                   \
        is_word_of(word, (const char *const[]){ __VA_ARGS__ }, \
                   sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

/* Whether a text is an abbreviation that ip(8) accepts for a word. */
static bool is_short_for(const char *word, const char *whole, size_t n_min) {
        return strlen(word) >= n_min && strncmp(word, whole, strlen(word)) == 0;
}

/* Returns the index of "route" in "ip -4 route add ...", or 0 if there is none. */
static size_t find_route_object(const Words *w) {
        size_t n = 1;

        while (n < w->n_words && w->words[n][0] == '-')
                n += IS_ONE_OF(w->words[n], "-f", "-family", "-n", "-netns") ? 2 : 1;
        return n < w->n_words && is_short_for(w->words[n], "route", 1) ? n : 0;
}

bool import_is_route_command(char *const *words, size_t n_words) {
        Words w = { words, n_words };

        if (n_words < 2)
                return false;
        if (strcmp(words[0], "route") == 0)
                return true;

        return strcmp(words[0], "ip") == 0 && find_route_object(&w) > 0;
}

static void copy(char *buffer, size_t n_buffer, const char *text) {
        snprintf(buffer, n_buffer, "%s", text);
}

/* Notes a route's interface, and whether it is the tunnel's by any of its names. */
static void take_interface(RouteCommand *c, const Importer *i, const char *name) {
        const char *own = importer_get(i, CONFIG_SECTION_TUNNEL, "InterfaceName");

        c->interface = name;
        c->is_ours = strcmp(name, SHELL_INTERFACE) == 0 || (own && strcmp(own, name) == 0) ||
                (!own && strncmp(name, "ppp", 3) == 0);
}

static void take_gateway(RouteCommand *c, const char *address) {
        if (strcmp(address, SHELL_REMOTE_ADDRESS) == 0)
                c->is_ours = true;
        else if (!c->interface)
                c->interface = address;
}

/* "default", an address, a prefix. */
static void take_destination(RouteCommand *c, const char *word, const char *netmask) {
        if (IS_ONE_OF(word, "default", "0.0.0.0/0", "0/0") ||
            (strcmp(word, "0.0.0.0") == 0 && netmask && strcmp(netmask, "0.0.0.0") == 0)) {
                c->is_default = true;
                copy(c->route.destination, sizeof(c->route.destination), "0.0.0.0/0");
        } else if (!import_make_prefix(word, netmask, c->route.destination,
                                       sizeof(c->route.destination))) {
                c->fault = strchr(word, ':') ? "write it in a [Route] section, and IPv6=negotiate "
                                               "in [Network]" :
                                               "its destination is no IPv4 prefix";
        }
}

/* ---- ip route ---- */

/* Takes "NAME VALUE" of a route. Returns how many words that were. */
static size_t take_property(RouteCommand *c, const Importer *i, const Words *w, size_t n) {
        const char *name = w->words[n], *value = WORD(w, n + 1);

        if (strcmp(name, "dev") == 0) {
                take_interface(c, i, value);
        } else if (strcmp(name, "via") == 0) {
                take_gateway(c, value);
        } else if (IS_ONE_OF(name, "metric", "preference", "priority")) {
                copy(c->route.metric, sizeof(c->route.metric), value);
        } else if (is_short_for(name, "table", 5)) {
                copy(c->route.table, sizeof(c->route.table), value);
        } else if (strcmp(name, "src") == 0) {
                /* The tunnel's own address is the source anyway. */
                if (strcmp(value, SHELL_LOCAL_ADDRESS) != 0)
                        copy(c->route.source, sizeof(c->route.source), value);
        } else if (strcmp(name, "mtu") == 0) {
                bool is_locked = strcmp(value, "lock") == 0;

                copy(c->route.mtu, sizeof(c->route.mtu), is_locked ? WORD(w, n + 2) : value);
                return is_locked ? 3 : 2;
        } else if (strcmp(name, "onlink") == 0) {
                return 1;
        } else if (!IS_ONE_OF(name, "proto", "protocol", "scope")) {
                c->ignored = name;
        }

        return 2;
}

static void parse_ip(RouteCommand *c, const Importer *i, const Words *w) {
        size_t n = find_route_object(w) + 1;
        const char *verb = WORD(w, n);

        if (is_short_for(verb, "delete", 1) || is_short_for(verb, "flush", 1))
                c->deletes = true;
        else if (!is_short_for(verb, "add", 1) && !is_short_for(verb, "append", 2) &&
                 !is_short_for(verb, "replace", 1) && !is_short_for(verb, "change", 1) &&
                 !is_short_for(verb, "prepend", 1))
                c->fault = "it sets no route";

        n++;
        if (IS_ONE_OF(WORD(w, n), "unreachable", "blackhole", "prohibit", "throw")) {
                copy(c->route.type, sizeof(c->route.type), w->words[n++]);
                c->is_ours = true;
        } else if (strcmp(WORD(w, n), "unicast") == 0) {
                n++;
        }
        if (strcmp(WORD(w, n), "to") == 0)
                n++;

        take_destination(c, WORD(w, n), NULL);
        for (n++; n < w->n_words;)
                n += take_property(c, i, w, n);
}

/* ---- route ---- */

/* Returns the netmask that route(8) assumes, that of the network's class. NULL: it is a host. */
static const char *class_netmask(const char *address) {
        struct in_addr network;
        uint32_t host;

        if (inet_pton(AF_INET, address, &network) != 1)
                return NULL;

        host = ntohl(network.s_addr);
        if (host >> 31 == 0)
                return host & 0xffffff ? NULL : "255.0.0.0";
        if (host >> 30 == 2)
                return host & 0xffff ? NULL : "255.255.0.0";
        return host & 0xff ? NULL : "255.255.255.0";
}

static void parse_route(RouteCommand *c, const Importer *i, const Words *w) {
        const char *target = NULL, *netmask = NULL;
        bool is_host = false;
        size_t n = 1;

        while (IS_ONE_OF(WORD(w, n), "-A", "-4", "-n", "-v", "inet", "--inet"))
                n++;
        if (IS_ONE_OF(WORD(w, n), "del", "delete"))
                c->deletes = true;
        else if (strcmp(WORD(w, n), "add") != 0)
                c->fault = "it sets no route";

        for (n++; n < w->n_words; n++) {
                const char *word = w->words[n], *value = WORD(w, n + 1);

                if (strcmp(word, "-host") == 0) {
                        is_host = true;
                } else if (IS_ONE_OF(word, "netmask", "genmask")) {
                        netmask = value;
                        n++;
                } else if (IS_ONE_OF(word, "gw", "gateway")) {
                        take_gateway(c, value);
                        n++;
                } else if (strcmp(word, "metric") == 0) {
                        copy(c->route.metric, sizeof(c->route.metric), value);
                        n++;
                } else if (strcmp(word, "dev") == 0) {
                        take_interface(c, i, value);
                        n++;
                } else if (IS_ONE_OF(word, "mss", "window", "irtt")) {
                        c->ignored = word;
                        n++;
                } else if (strcmp(word, "reject") == 0) {
                        copy(c->route.type, sizeof(c->route.type), "unreachable");
                        c->is_ours = true;
                } else if (!IS_ONE_OF(word, "-net", "mod", "dyn", "reinstate")) {
                        if (!target)
                                target = word;
                        else
                                take_interface(c, i, word);
                }
        }

        if (!target)
                c->fault = "it has no destination";
        else
                take_destination(c, target,
                                 netmask || is_host || strchr(target, '/') ? netmask :
                                                                             class_netmask(target));
}

/* ---- what becomes of it ---- */

static void add(Importer *i, RouteCommand *c, ImportPlace place, const char *subject) {
        char origin[IMPORT_ORIGIN_MAX_BYTES];

        import_origin(place, origin);
        if (c->ignored)
                importer_note(i, IMPORT_NOTE_CHANGED, place, subject, "without its \"%s\"",
                              c->ignored);
        if (c->interface && strncmp(c->interface, "ppp", 3) == 0 &&
            !importer_get(i, CONFIG_SECTION_TUNNEL, "InterfaceName"))
                importer_note(i, IMPORT_NOTE_CHANGED, place, subject,
                              "%s is taken for the interface of this tunnel", c->interface);

        if (c->is_default && c->route.table[0] == '\0' && c->route.type[0] == '\0')
                importer_add_default_route(i, c->route.metric, origin, subject);
        else
                importer_add_route(i, &c->route, origin, subject);
}

void import_route_command(Importer *i, char *const *words, size_t n_words, ImportPlace place,
                          bool certain, bool going_down) {

        Words w = { words, n_words };
        RouteCommand c = { 0 };
        char subject[SUBJECT_MAX_BYTES];

        import_shell_describe(words, n_words, subject, sizeof(subject));
        if (strcmp(words[0], "ip") == 0)
                parse_ip(&c, i, &w);
        else
                parse_route(&c, i, &w);

        if (c.deletes && going_down)
                importer_note(i, IMPORT_NOTE_NEEDLESS, place, subject,
                              "not needed: routes go with the tunnel");
        else if (c.deletes)
                importer_note(i, IMPORT_NOTE_LOST, place, subject,
                              "routes of others are never touched");
        else if (c.fault)
                importer_note(i, IMPORT_NOTE_LOST, place, subject, "%s", c.fault);
        else if (going_down)
                importer_note(i, IMPORT_NOTE_LOST, place, subject,
                              "no route is set when a tunnel ends");
        else if (!c.is_ours)
                importer_note(i, IMPORT_NOTE_LOST, place, subject,
                              "it leads to %s and not into the tunnel; the way to the server "
                              "itself is looked after",
                              c.interface ? c.interface : "no interface that it names");
        else if (!certain)
                importer_note(i, IMPORT_NOTE_LOST, place, subject,
                              "it depends on a condition that cannot be decided here; if it is "
                              "meant for this tunnel, write [Route] Destination=%s",
                              c.route.destination);
        else
                add(i, &c, place, subject);
}
