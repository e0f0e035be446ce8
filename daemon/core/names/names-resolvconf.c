/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/names/names-resolvconf.h"

#include <string.h>

#include "core/base/text.h"

bool names_resolvconf_takes_all(const NamesSet *names) {
        for (size_t i = 0; i < names->n_domains; i++)
                if (strcmp(names->domains[i].name, ".") == 0)
                        return true;

        return names->default_route;
}

NamesResolvconfUse names_resolvconf_choose(const NamesSet *names, bool can_split) {
        if (!names_set_is_used(names))
                return NAMES_RESOLVCONF_NOTHING;

        return names_resolvconf_takes_all(names) || can_split ? NAMES_RESOLVCONF_ADD :
                                                                NAMES_RESOLVCONF_NO_SPLIT;
}

/*
 * Domains are tried behind names, and where the names are split, they say which are asked there.
 * That makes reverse zones of use in the second case alone, and those of routes would be tried
 * behind every name there as well, so that only those count that somebody asked for.
 */
static bool is_of_use(const NamesSet *names, const NamesDomain *domain) {
        if (domain->of_route || strcmp(domain->name, ".") == 0)
                return false;

        return !domain_is_reverse_zone(domain->name) || !names_resolvconf_takes_all(names);
}

void names_resolvconf_format(const NamesSet *names, char *buffer, size_t n_buffer) {
        TextBuilder t = text_builder(buffer, n_buffer);
        const char *separator = "search ";

        for (size_t i = 0; i < names->n_servers; i++) {
                text_add(&t, "nameserver ");
                text_add_ipv4(&t, names->servers[i]);
                text_add(&t, "\n");
        }

        for (size_t i = 0; i < names->n_domains; i++) {
                if (!is_of_use(names, &names->domains[i]))
                        continue;
                text_addf(&t, "%s%s", separator, names->domains[i].name);
                separator = " ";
        }
        if (separator[0] == ' ')
                text_add(&t, "\n");
}
