/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/config/config-values.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/config/config-problem.h"
#include "core/base/macros.h"
#include "core/base/number.h"
#include "core/base/text.h"

#define WHITESPACE " \t"

#define LIST_HINT "write one prefix a line, such as 10.0.0.0/8, without host bits"

_printf_(5, 0) static int value_report(const ConfigAssignment *a, bool warning, const char *word,
                                       const char *hint, const char *format, va_list arguments) {

        _cleanup_free_ char *what = NULL;
        char excerpt[CONFIG_EXCERPT_BYTES] = "";

        if (vasprintf(&what, format, arguments) < 0) {
                what = NULL;
                return -ENOMEM;
        }

        /*
         * DestinationFile= may name a file of passwords by a slip, which root can read and others
         * cannot. Problems go to the journal and to files that everybody reads, so of a list they
         * show neither the text nor a hint that was made from it. A hint about IPv6 quotes at most
         * a prefix that was read as one, and passwords are none.
         */
        if (a->in_list)
                return config_problems_add(a->problems, a->file, a->line, warning,
                                           word && strchr(word, ':') ? hint : LIST_HINT,
                                           "this line %s", what);

        if (word && !a->key->secret)
                config_excerpt(word, excerpt);

        return config_problems_add(a->problems, a->file, a->line, warning, hint, "[%s] %s=%s %s",
                                   config_section_name(a->key->section), a->key->name, excerpt,
                                   what);
}

int config_value_problem(const ConfigAssignment *a, const char *word, const char *hint,
                         const char *format, ...) {

        va_list arguments;
        int r;

        va_start(arguments, format);
        r = value_report(a, false, word, hint, format, arguments);
        va_end(arguments);

        return r;
}

int config_value_warning(const ConfigAssignment *a, const char *word, const char *hint,
                         const char *format, ...) {

        va_list arguments;
        int r;

        va_start(arguments, format);
        r = value_report(a, true, word, hint, format, arguments);
        va_end(arguments);

        return r;
}

void config_reset_scalar(const ConfigAssignment *a) {
        const ConfigKey *key = a->key;

        if (key->section == CONFIG_SECTION_ROUTE || key->section == CONFIG_SECTION_MATCH)
                memset(config_value_field(a), 0, key->size);
        else
                memcpy(config_value_field(a), (const char *) &config_defaults + key->offset,
                       key->size);
}

void config_reset_text(const ConfigAssignment *a) {
        char **field = config_value_field(a);

        free(*field);
        *field = NULL;
}

/* Numbers */

/* "unlimited" and its kin, which are 0 where 0 is allowed. */
static bool is_without_limit(const char *text) {
        static const char *const words[] = { "unlimited", "infinity", "infinite",
                                             "forever",   "never",    "none",
                                             "off",       "no",       "disabled" };

        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                if (strcasecmp(words[i], text) == 0)
                        return true;

        return false;
}

/* What to write instead of something that is no number, or too large or small a one. */
static void hint_number(const ConfigAssignment *a, char *hint, size_t n_hint) {
        const uint64_t minimum = a->key->minimum, maximum = a->key->maximum;
        char digits[16];
        uint64_t number;

        snprintf(digits, sizeof(digits), "%.*s", (int) MIN(strspn(a->value, "0123456789"), 15U),
                 a->value);
        if (minimum == 0 && is_without_limit(a->value))
                snprintf(hint, n_hint, "write %s=0", a->key->name);
        else if (strcmp(digits, a->value) != 0 && number_parse(digits, 10, maximum, &number) &&
                 number >= minimum)
                snprintf(hint, n_hint, "write %s=%s, without a unit", a->key->name, digits);
        else
                snprintf(hint, n_hint, "write a number from %llu to %llu",
                         (unsigned long long) minimum, (unsigned long long) maximum);
}

static int parse_u32(const ConfigAssignment *a, bool allow_hex, uint32_t *ret_number,
                     bool *ret_good) {

        uint64_t number;
        char hint[96];

        *ret_good = false;
        hint_number(a, hint, sizeof(hint));
        if (!(allow_hex ? number_parse_any_base(a->value, UINT64_MAX, &number) :
                          number_parse(a->value, 10, UINT64_MAX, &number)))
                return config_value_problem(a, a->value, hint, "is not a whole number");

        if (number < a->key->minimum || number > a->key->maximum)
                return config_value_problem(a, a->value, hint, "is out of range");

        *ret_number = (uint32_t) number;
        *ret_good = true;
        return 0;
}

static int parse_u32_into_field(const ConfigAssignment *a, bool allow_hex) {
        uint32_t number;
        bool good;
        int r;

        r = parse_u32(a, allow_hex, &number, &good);
        if (good)
                *(uint32_t *) config_value_field(a) = number;

        return r;
}

int config_parse_u16(const ConfigAssignment *a) {
        uint32_t number;
        bool good;
        int r;

        r = parse_u32(a, false, &number, &good);
        if (good)
                *(uint16_t *) config_value_field(a) = (uint16_t) number;

        return r;
}

int config_parse_u32(const ConfigAssignment *a) {
        return parse_u32_into_field(a, false);
}

int config_parse_mark(const ConfigAssignment *a) {
        return parse_u32_into_field(a, true);
}

int config_parse_mtu_auto(const ConfigAssignment *a) {
        if (strcmp(a->value, "auto") == 0) {
                *(uint32_t *) config_value_field(a) = 0;
                return 0;
        }

        return parse_u32_into_field(a, false);
}

/* Words with a number */

typedef struct Choice {
        const char *word;
        uint32_t number;
        const char *stands_for; /* not a value, but people write it for this one */
} Choice;

/* Looks the value up, or reports it with what is expected and the nearest choice. */
static int parse_choice(const ConfigAssignment *a, const Choice *choices, size_t n_choices,
                        const char *expected, uint32_t *ret_number, bool *ret_good) {

        const char *nearest = NULL;
        unsigned nearest_distance = 3;
        char hint[160];

        *ret_good = false;

        for (size_t i = 0; i < n_choices; i++) {
                unsigned distance;

                if (strcmp(choices[i].word, a->value) == 0 && !choices[i].stands_for) {
                        *ret_number = choices[i].number;
                        *ret_good = true;
                        return 0;
                }

                distance = text_edit_distance(choices[i].word, a->value);
                if (distance < nearest_distance && distance < strlen(choices[i].word)) {
                        nearest_distance = distance;
                        nearest = choices[i].stands_for ?: choices[i].word;
                }
        }

        if (nearest)
                snprintf(hint, sizeof(hint), "did you mean %s=%s?", a->key->name, nearest);
        else
                snprintf(hint, sizeof(hint), "write %s", expected);

        return config_value_problem(a, a->value, hint, "is not known here");
}

int config_parse_bool(const ConfigAssignment *a) {
        static const Choice choices[] = {
                { "yes", true }, { "no", false },  { "true", true }, { "false", false },
                { "on", true },  { "off", false }, { "1", true },    { "0", false },
                { "y", true },   { "n", false },   { "t", true },    { "f", false },
        };
        uint32_t number;
        bool good;
        int r;

        r = parse_choice(a, choices, ELEMENTSOF(choices), "yes or no", &number, &good);
        if (good)
                *(bool *) config_value_field(a) = number;

        return r;
}

int config_parse_switch(const ConfigAssignment *a) {
        static const Choice choices[] = {
                { "auto", CONFIG_AUTO }, { "yes", CONFIG_YES },  { "no", CONFIG_NO },
                { "true", CONFIG_YES },  { "false", CONFIG_NO }, { "on", CONFIG_YES },
                { "off", CONFIG_NO },    { "1", CONFIG_YES },    { "0", CONFIG_NO },
        };
        uint32_t number;
        bool good;
        int r;

        r = parse_choice(a, choices, ELEMENTSOF(choices), "yes, no or auto", &number, &good);
        if (good)
                *(ConfigSwitch *) config_value_field(a) = number;

        return r;
}

int config_parse_mppe(const ConfigAssignment *a) {
        static const Choice choices[] = {
                { "128", CONFIG_MPPE_128 }, { "40", CONFIG_MPPE_40 }, { "any", CONFIG_MPPE_ANY },
                { "no", CONFIG_MPPE_NO },   { "yes", 0, "128" },      { "required", 0, "128" },
                { "128-bit", 0, "128" },    { "40-bit", 0, "40" },    { "40,128", 0, "any" },
                { "both", 0, "any" },       { "off", 0, "no" },       { "none", 0, "no" },
        };
        uint32_t number;
        bool good;
        int r;

        r = parse_choice(a, choices, ELEMENTSOF(choices),
                         "128, 40, any or no, of which 128 is the strongest", &number, &good);
        if (good)
                *(ConfigMppe *) config_value_field(a) = number;

        return r;
}

int config_parse_routes_on_down(const ConfigAssignment *a) {
        static const Choice choices[] = {
                { "remove", CONFIG_ROUTES_ON_DOWN_REMOVE },
                { "unreachable", CONFIG_ROUTES_ON_DOWN_UNREACHABLE },
                { "delete", 0, "remove" },
                { "no", 0, "remove" },
                { "yes", 0, "unreachable" },
                { "block", 0, "unreachable" },
                { "keep", 0, "unreachable" },
                { "blackhole", 0, "unreachable" },
                { "prohibit", 0, "unreachable" },
        };
        uint32_t number;
        bool good;
        int r;

        r = parse_choice(a, choices, ELEMENTSOF(choices),
                         "remove, or unreachable: nothing leaves by another way", &number, &good);
        if (good)
                *(ConfigRoutesOnDown *) config_value_field(a) = number;

        return r;
}

int config_parse_overlap_policy(const ConfigAssignment *a) {
        static const Choice choices[] = {
                { "warn", CONFIG_OVERLAP_WARN },
                { "skip", CONFIG_OVERLAP_SKIP },
                { "force", CONFIG_OVERLAP_FORCE },
                { "ignore", 0, "warn" },
                { "local", 0, "skip" },
                { "tunnel", 0, "force" },
        };
        uint32_t number;
        bool good;
        int r;

        r = parse_choice(a, choices, ELEMENTSOF(choices), "warn, skip or force", &number, &good);
        if (good)
                *(ConfigOverlapPolicy *) config_value_field(a) = number;

        return r;
}

int config_parse_ipv6(const ConfigAssignment *a) {
        static const Choice choices[] = {
                { "ignore", CONFIG_IPV6_IGNORE }, { "negotiate", CONFIG_IPV6_NEGOTIATE },
                { "block", CONFIG_IPV6_BLOCK },   { "no", 0, "ignore" },
                { "off", 0, "ignore" },           { "unreachable", 0, "block" },
                { "deny", 0, "block" },           { "yes", 0, "negotiate" },
                { "on", 0, "negotiate" },
        };
        uint32_t number;
        bool good;
        int r;

        r = parse_choice(a, choices, ELEMENTSOF(choices),
                         "ignore, negotiate, or block: no IPv6 beside the tunnel", &number, &good);
        if (good)
                *(ConfigIpv6 *) config_value_field(a) = number;

        return r;
}

int config_parse_route_type(const ConfigAssignment *a) {
        static const Choice choices[] = {
                { "unicast", CONFIG_ROUTE_UNICAST },
                { "unreachable", CONFIG_ROUTE_UNREACHABLE },
                { "blackhole", CONFIG_ROUTE_BLACKHOLE },
                { "prohibit", CONFIG_ROUTE_PROHIBIT },
                { "throw", CONFIG_ROUTE_THROW },
        };
        uint32_t number;
        bool good;
        int r;

        r = parse_choice(a, choices, ELEMENTSOF(choices),
                         "unicast, unreachable, blackhole, prohibit or throw", &number, &good);
        if (good)
                *(ConfigRouteType *) config_value_field(a) = number;

        return r;
}

/* Also where no file says so. */
static const struct {
        const char *name;
        uint32_t number;
} own_tables[] = {
        { "main", RT_TABLE_MAIN },
        { "default", RT_TABLE_DEFAULT },
        { "local", RT_TABLE_LOCAL },
};

static bool find_table(const ConfigAssignment *a, uint32_t *ret_number) {
        for (size_t i = 0; i < ELEMENTSOF(own_tables); i++)
                if (strcmp(own_tables[i].name, a->value) == 0) {
                        *ret_number = own_tables[i].number;
                        return true;
                }

        return a->tables && config_tables_find(a->tables, a->value, ret_number);
}

/* The name that is meant; NULL: none is like it. */
static const char *find_nearest_table(const ConfigAssignment *a) {
        const char *nearest = NULL;
        unsigned nearest_distance = 3;

        for (size_t i = 0; i < ELEMENTSOF(own_tables) + (a->tables ? a->tables->n_items : 0); i++) {
                const char *name = i < ELEMENTSOF(own_tables) ?
                        own_tables[i].name :
                        a->tables->items[i - ELEMENTSOF(own_tables)].name;
                unsigned distance = text_edit_distance(name, a->value);

                if (distance < nearest_distance && distance < strlen(name) &&
                    strcmp(name, "local") != 0) {
                        nearest_distance = distance;
                        nearest = name;
                }
        }

        return nearest;
}

/*
 * The kernel's first rule is about the table local (ip-rule(8)): a route of ours there would come
 * before those of all other tables, the way to the server included.
 */
static int take_table(const ConfigAssignment *a, uint32_t number) {
        if (number == RT_TABLE_LOCAL)
                return config_value_problem(a, a->value,
                                            "leave it out for the table main, or write the number "
                                            "of a table of your own",
                                            "is the table of this host's own addresses, which the "
                                            "kernel keeps");

        *(uint32_t *) config_value_field(a) = number;
        return 0;
}

int config_parse_table(const ConfigAssignment *a) {
        const char *nearest;
        uint32_t number;
        char hint[160];
        bool good;
        int r;

        if (a->value[0] >= '0' && a->value[0] <= '9') {
                r = parse_u32(a, false, &number, &good);
                return good ? take_table(a, number) : r;
        }

        if (find_table(a, &number))
                return take_table(a, number);

        nearest = find_nearest_table(a);
        if (nearest)
                snprintf(hint, sizeof(hint), "did you mean %s=%.64s?", a->key->name, nearest);
        else
                snprintf(hint, sizeof(hint),
                         "write the table's number, or a name of /etc/iproute2/rt_tables.d");

        return config_value_problem(a, a->value, hint, "is not known here");
}

/* Time */

typedef struct TimeUnit {
        const char *name;
        uint64_t usec;
} TimeUnit;

/* The units of systemd.time(7), up to the week: beyond it a unit is no longer exact. */
static const TimeUnit time_units[] = {
        { "usec", 1 },
        { "us", 1 },
        { "µs", 1 },
        { "μs", 1 },
        { "msec", USEC_PER_MSEC },
        { "ms", USEC_PER_MSEC },
        { "seconds", USEC_PER_SEC },
        { "second", USEC_PER_SEC },
        { "sec", USEC_PER_SEC },
        { "s", USEC_PER_SEC },
        { "minutes", USEC_PER_MINUTE },
        { "minute", USEC_PER_MINUTE },
        { "min", USEC_PER_MINUTE },
        { "m", USEC_PER_MINUTE },
        { "hours", 60 * USEC_PER_MINUTE },
        { "hour", 60 * USEC_PER_MINUTE },
        { "hr", 60 * USEC_PER_MINUTE },
        { "h", 60 * USEC_PER_MINUTE },
        { "days", 1440 * USEC_PER_MINUTE },
        { "day", 1440 * USEC_PER_MINUTE },
        { "d", 1440 * USEC_PER_MINUTE },
        { "weeks", 10080 * USEC_PER_MINUTE },
        { "week", 10080 * USEC_PER_MINUTE },
        { "w", 10080 * USEC_PER_MINUTE },
};

/* Matches the unit in front of the text; no unit at all means seconds. 0: not a unit. */
static uint64_t time_unit_match(const char *text, size_t *ret_n) {
        size_t n = strcspn(text, WHITESPACE "0123456789.");

        *ret_n = n;
        if (n == 0)
                return USEC_PER_SEC;

        for (size_t i = 0; i < ELEMENTSOF(time_units); i++)
                if (strlen(time_units[i].name) == n && memcmp(time_units[i].name, text, n) == 0)
                        return time_units[i].usec;

        return 0;
}

/* One "number unit" of a span, with the white space behind the number. */
static bool time_read_part(const char **p, uint64_t *ret_usec) {
        uint64_t whole = 0, fraction = 0, unit, usec;
        size_t n_digits, n_fraction = 0, n_unit;

        n_digits = number_take(*p, SIZE_MAX, 10, UINT64_MAX, &whole);
        if (n_digits == 0)
                return false;

        *p += n_digits;
        if (**p == '.') {
                (*p)++;
                /* Six digits times a week of microseconds stay below 64 bits. */
                n_fraction = number_take(*p, SIZE_MAX, 10, UINT64_MAX, &fraction);
                if (n_fraction == 0 || n_fraction > 6)
                        return false;
                *p += n_fraction;
        }

        *p += strspn(*p, WHITESPACE);
        unit = time_unit_match(*p, &n_unit);
        if (unit == 0)
                return false;
        *p += n_unit;

        if (__builtin_mul_overflow(whole, unit, &usec))
                return false;

        fraction *= unit;
        for (size_t i = 0; i < n_fraction; i++)
                fraction /= 10;

        return !__builtin_add_overflow(usec, fraction, ret_usec);
}

bool config_parse_time_span(const char *text, uint64_t *ret_usec) {
        uint64_t usec = 0;
        const char *p = text + strspn(text, WHITESPACE);

        if (*p == '\0')
                return false;

        while (*p != '\0') {
                uint64_t part;

                if (!time_read_part(&p, &part))
                        return false;
                if (__builtin_add_overflow(usec, part, &usec) || usec > INT64_MAX)
                        return false;
                p += strspn(p, WHITESPACE);
        }

        *ret_usec = usec;
        return true;
}

int config_parse_span(const ConfigAssignment *a) {
        uint64_t usec;
        char hint[96];

        if (!config_parse_time_span(a->value, &usec))
                return config_value_problem(
                        a, a->value,
                        a->key->minimum == 0 && is_without_limit(a->value) ?
                                "write 0" :
                                "write a number of seconds, or with units as in 5min or 1h 30min",
                        "is not a time span");

        snprintf(hint, sizeof(hint), "write a time from %s to %s", TEXT_TIME_SPAN(a->key->minimum),
                 TEXT_TIME_SPAN(a->key->maximum));
        if (usec < a->key->minimum || usec > a->key->maximum)
                return config_value_problem(a, a->value, hint, "is out of range");

        *(uint64_t *) config_value_field(a) = usec;
        return 0;
}

int config_parse_seconds(const ConfigAssignment *a) {
        uint64_t usec;

        if (config_parse_time_span(a->value, &usec) && usec % USEC_PER_SEC != 0)
                return config_value_problem(a, a->value, "write 1s, 2s and so on",
                                            "is not a number of whole seconds");

        return config_parse_span(a);
}
