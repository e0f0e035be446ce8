/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Parsers of values: text to number, span, address, list. Those named config_parse_* are rows of
 * the table in config-keys.c and behave as ConfigKey.parse says there.
 */

#include <stdbool.h>
#include <stdint.h>

#include "core/config/config-keys.h"
#include "core/base/macros.h"

/*
 * Reads a time span as systemd.time(7) has it: "10s", "5min", "1h 30min", "1.5h"; a plain number
 * counts seconds. Returns true and the span in microseconds; or false if the text is none, or
 * longer than a counter of 63 bits has room for.
 */
bool config_parse_time_span(const char *text, uint64_t *ret_usec);

/*
 * Each of these parses a value of the kind in its name, and stores it where the key says. Returns
 * 0, also if the value is bad, which is reported as a problem and stores nothing; or -ENOMEM.
 */
int config_parse_bool(const ConfigAssignment *a);
int config_parse_u16(const ConfigAssignment *a);
int config_parse_u32(const ConfigAssignment *a);
int config_parse_mark(const ConfigAssignment *a);     /* a number, also in hex */
int config_parse_mtu_auto(const ConfigAssignment *a); /* or "auto": 0 */
int config_parse_table(const ConfigAssignment *a);    /* or a name */
int config_parse_span(const ConfigAssignment *a);
int config_parse_seconds(const ConfigAssignment *a); /* a span of whole seconds */
int config_parse_mppe(const ConfigAssignment *a);
int config_parse_routes_on_down(const ConfigAssignment *a);
int config_parse_overlap_policy(const ConfigAssignment *a);
int config_parse_ipv6(const ConfigAssignment *a);
int config_parse_route_type(const ConfigAssignment *a);
int config_parse_switch(const ConfigAssignment *a); /* yes, no or auto */

/* Each of these stores a text, with %i and %% replaced, or an address. Returns likewise. */
int config_parse_line(const ConfigAssignment *a);   /* any text */
int config_parse_user(const ConfigAssignment *a);   /* with one backslash at most */
int config_parse_word(const ConfigAssignment *a);   /* without white space */
int config_parse_domain(const ConfigAssignment *a); /* without backslash */
int config_parse_path(const ConfigAssignment *a);   /* absolute */
int config_parse_interface(const ConfigAssignment *a);
int config_parse_namespace(const ConfigAssignment *a); /* the name of a file, or an absolute path */
int config_parse_address(const ConfigAssignment *a);   /* IPv4, of a host */
int config_parse_source(const ConfigAssignment *a);    /* the same, or IPv6 */

/* Each of these adds to a list. Returns likewise. */
int config_parse_servers(const ConfigAssignment *a);
int config_parse_globs(const ConfigAssignment *a);
int config_parse_prefixes(const ConfigAssignment *a); /* as texts with their length */
int config_parse_destinations(const ConfigAssignment *a);
int config_parse_destination_file(const ConfigAssignment *a); /* an absolute path */
int config_parse_name_servers(const ConfigAssignment *a);
int config_parse_search_domains(const ConfigAssignment *a);
int config_parse_units(const ConfigAssignment *a); /* services and targets, with %i replaced */

/*
 * Each of these takes back what the key has stored so far, as an empty value does: a scalar becomes
 * the default, a text NULL, a list empty.
 */
void config_reset_scalar(const ConfigAssignment *a);
void config_reset_text(const ConfigAssignment *a);
void config_reset_strings(const ConfigAssignment *a);
void config_reset_destinations(const ConfigAssignment *a);
void config_reset_destination_files(const ConfigAssignment *a);

/*
 * Reads one prefix of IPv4: "10.0.0.0/8", or an address alone, which is a host. ret_prefix is
 * filled where ret_good is true; otherwise a problem was reported. Returns 0 or -ENOMEM.
 */
int config_parse_prefix(const ConfigAssignment *a, char *word, ConfigPrefix *ret_prefix,
                        bool *ret_good);
/* The same for a prefix of IPv4 or IPv6, as a route may have it. */
int config_parse_destination(const ConfigAssignment *a, char *word, ConfigPrefix *ret_prefix,
                             bool *ret_good);

/*
 * Returns why the kernel would not take an interface's name, a static text, or NULL if it would
 * (dev_valid_name() of the kernel's net/core/dev.c).
 */
const char *config_interface_name_fault(const char *name);

/* Where the value goes. */
static inline void *config_value_field(const ConfigAssignment *a) {
        return (char *) a->base + a->key->offset;
}

/*
 * Replaces %i and %% in a value. Returns 0 and the text, which the caller frees, or NULL in its
 * place after a problem was reported; or -ENOMEM.
 */
int config_value_expand(const ConfigAssignment *a, const char *value, char **ret_text);

/* Takes the next word off the text: a copy on the heap, NULL at the end. Returns 0 or -ENOMEM. */
int config_value_next_word(const char **text, char **ret_word);

/*
 * Appends a word to the list of strings that the key is about; *takes* it and leaves NULL. Returns
 * 0 or -ENOMEM.
 */
int config_value_append(const ConfigAssignment *a, char **word);
/* Whether that list has the word already, in either case. */
bool config_value_is_listed(const ConfigAssignment *a, const char *word);
/* How many words it has. */
size_t config_value_count(const ConfigAssignment *a);

/*
 * Reports a bad value: `[Section] Key=WORD WHAT`. word is shown shortened, and not at all if it is
 * NULL or the key's values are secret. hint may be NULL. Returns 0 or -ENOMEM.
 */
int config_value_problem(const ConfigAssignment *a, const char *word, const char *hint,
                         const char *format, ...) _printf_(4, 5);
/* Reports a warning in the same way: the value counts all the same. Returns 0 or -ENOMEM. */
int config_value_warning(const ConfigAssignment *a, const char *word, const char *hint,
                         const char *format, ...) _printf_(4, 5);
