/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Lists of names: DNS= and Domains= of [Network], name servers and the names that are asked there;
 * and the units of [Hooks].
 */

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/address.h"
#include "core/base/domain.h"
#include "core/base/macros.h"
#include "core/base/text.h"
#include "core/config/config-problem.h"
#include "core/config/config-values.h"
#include "core/config/hook-unit.h"

/* VALID_CHARS_WITH_AT of systemd's src/basic/unit-name.c. */
static const char unit_characters[] = "0123456789abcdefghijklmnopqrstuvwxyz"
                                      "ABCDEFGHIJKLMNOPQRSTUVWXYZ:-_.\\@";

/* Checks a word, and may put it into one form. Returns 0 or -ENOMEM; good: it can be taken. */
typedef int (*CheckWord)(const ConfigAssignment *a, char *word, bool *ret_good);

/* Takes each word of the value that is good, once, up to a limit. */
static int parse_words(const ConfigAssignment *a, CheckWord check, size_t limit) {
        const char *p = a->value;

        for (;;) {
                _cleanup_free_ char *word = NULL;
                bool good = false;
                int r;

                r = config_value_next_word(&p, &word);
                if (r < 0 || !word)
                        return r;

                r = check(a, word, &good);
                if (r < 0)
                        return r;
                if (!good || config_value_is_listed(a, word))
                        continue;

                if (config_value_count(a) >= limit)
                        return config_value_problem(a, word, "leave it out",
                                                    "is one too many, the limit is %zu", limit);

                r = config_value_append(a, &word);
                if (r < 0)
                        return r;
        }
}

/* ---- name servers ---- */

static int check_name_server(const ConfigAssignment *a, char *word, bool *ret_good) {
        struct in6_addr six;
        struct in_addr four;

        *ret_good = false;
        if (inet_pton(AF_INET6, word, &six) == 1)
                return config_value_problem(a, word, "leave it out",
                                            "is IPv6, which is not supported yet by this version");
        if (strchr(word, ','))
                return config_value_problem(a, word, "separate the name servers by spaces",
                                            "is not an IPv4 address");
        if (inet_pton(AF_INET, word, &four) != 1)
                return config_value_problem(a, word, "write the address alone, such as 10.0.0.53",
                                            "is not an IPv4 address");

        if (!address_is_host(four))
                return config_value_problem(a, word, "write one that a name server can have there",
                                            "is not the address of a host behind the server");

        *ret_good = true;
        return 0;
}

int config_parse_name_servers(const ConfigAssignment *a) {
        return parse_words(a, check_name_server, CONFIG_NAME_SERVERS_MAX);
}

/* ---- domains ---- */

static int check_domain(const ConfigAssignment *a, char *word, bool *ret_good) {
        bool route_only = word[0] == '~';
        char *name = word + route_only;
        size_t n = strlen(name);

        *ret_good = false;
        if (strcmp(name, ".") == 0) {
                *ret_good = route_only;
                return route_only ?
                        0 :
                        config_value_problem(a, word, "write ~. to have all names asked there",
                                             "is no domain to complete names with");
        }

        if (strchr(name, ','))
                return config_value_problem(a, word, "separate the domains by spaces",
                                            "is not a domain");
        if (strncmp(name, "*.", 2) == 0) {
                char hint[CONFIG_LINE_MAX_BYTES];
                TextBuilder t = text_builder(hint, sizeof(hint));

                text_addf(&t, "write ~%s: what is below it is meant as well", name + 2);
                return config_value_problem(a, word, hint, "is not a domain");
        }
        if (!domain_is_host_name(name) || n >= DOMAIN_MAX_BYTES)
                return config_value_problem(a, word,
                                            "write one such as ~corp.example, or corp.example to "
                                            "have it completed as well",
                                            "is not a domain");

        domain_normalize(name);
        *ret_good = true;
        return 0;
}

int config_parse_search_domains(const ConfigAssignment *a) {
        return parse_words(a, check_domain, CONFIG_DOMAINS_MAX);
}

/* ---- units ---- */

/* What systemd starts, but what is not meant: the jobs themselves are services. */
static bool has_other_suffix(const char *suffix) {
        static const char *const suffixes[] = {
                ".automount", ".device", ".mount", ".path",  ".scope",
                ".slice",     ".socket", ".swap",  ".timer",
        };

        for (size_t i = 0; i < ELEMENTSOF(suffixes); i++)
                if (strcmp(suffixes[i], suffix) == 0)
                        return true;

        return false;
}

/* Whether systemd has this unit for the tunnel itself (folder units). */
static bool is_own_unit(const char *unit, const char *tunnel) {
        static const struct {
                const char *prefix, *suffix;
        } own[] = {
                { "pptp@", ".service" },
                { "pptp-clean-up@", ".service" },
                { "pptp-running@", ".target" },
        };
        size_t n_tunnel = strlen(tunnel);

        for (size_t i = 0; i < ELEMENTSOF(own); i++) {
                size_t n_prefix = strlen(own[i].prefix);

                if (strncmp(unit, own[i].prefix, n_prefix) == 0 &&
                    strncmp(unit + n_prefix, tunnel, n_tunnel) == 0 &&
                    strcmp(unit + n_prefix + n_tunnel, own[i].suffix) == 0)
                        return true;
        }

        return false;
}

static int check_unit(const ConfigAssignment *a, char *word, bool *ret_good) {
        const char *suffix = strrchr(word, '.'), *at = strchr(word, '@');
        char hint[CONFIG_LINE_MAX_BYTES];
        TextBuilder t = text_builder(hint, sizeof(hint));

        *ret_good = false;
        if (strchr(word, '/'))
                return config_value_problem(a, word,
                                            "write the name of a service whose ExecStart= runs it, "
                                            "such as backup.service",
                                            "is no unit: no scripts are run");
        if (strchr(word, ','))
                return config_value_problem(a, word, "separate the units by spaces",
                                            "is not the name of a unit");
        if (suffix && has_other_suffix(suffix))
                return config_value_problem(a, word, "write a .service, or a .target that wants it",
                                            "is neither a service nor a target");
        if (word[strspn(word, unit_characters)] != '\0' || strlen(word) >= UNIT_NAME_MAX_BYTES)
                return config_value_problem(a, word, "write one such as backup@%i.service",
                                            "is not the name of a unit");

        if (!suffix || (strcmp(suffix, ".service") != 0 && strcmp(suffix, ".target") != 0)) {
                text_addf(&t, "write %s.service", word);
                return config_value_problem(a, word, hint, "lacks .service or .target at its end");
        }
        if (suffix == word || at == word)
                return config_value_problem(a, word, "write one such as backup@%i.service",
                                            "lacks a name");
        if (at && at + 1 == suffix) {
                text_addf(&t, "write %.*s%%i%s", (int) (at + 1 - word), word, suffix);
                return config_value_problem(a, word, hint, "is a template, and lacks an instance");
        }
        if (is_own_unit(word, a->instance))
                return config_value_problem(a, word,
                                            "leave it out: the tunnel reconnects by itself, and "
                                            "systemctl starts and stops it",
                                            "is a unit of this tunnel itself");

        *ret_good = true;
        return 0;
}

int config_parse_units(const ConfigAssignment *a) {
        _cleanup_free_ char *value = NULL;
        ConfigAssignment expanded = *a;
        int r;

        r = config_value_expand(a, a->value, &value);
        if (r < 0 || !value)
                return r;

        expanded.value = value;
        return parse_words(&expanded, check_unit, CONFIG_UNITS_MAX);
}
