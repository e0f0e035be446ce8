/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The table of sections and keys: one row for each key, with its section, the parser of its value
 * and where the value goes. Private to the configuration parser.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/config/config-diff.h"
#include "core/config/config.h"

typedef enum ConfigSection {
        CONFIG_SECTION_TUNNEL,
        CONFIG_SECTION_AUTHENTICATION,
        CONFIG_SECTION_ENCRYPTION,
        CONFIG_SECTION_NETWORK,
        CONFIG_SECTION_ROUTE,
        CONFIG_SECTION_RECONNECT,
        CONFIG_SECTION_HOOKS,
        CONFIG_SECTION_ADVANCED,
        CONFIG_SECTION_MATCH,
        _CONFIG_SECTION_MAX,
} ConfigSection;

typedef struct ConfigPrefix {
        union {
                struct in_addr address;
                struct in6_addr address6;
        };
        bool is_ipv6;
        uint8_t length;
        unsigned line; /* where it stands in its file */
} ConfigPrefix;

/* PreferredSource=; all zeros: none. */
typedef struct ConfigSource {
        union {
                struct in_addr address;
                struct in6_addr address6;
        };
        bool is_ipv6;
} ConfigSource;

/* One DestinationFile= of a section. */
typedef struct ConfigListName {
        char *path;
        unsigned line; /* of the assignment */
} ConfigListName;

/* One [Route] section while it is being read: each destination becomes a ConfigRoute. */
typedef struct ConfigRouteSection {
        ConfigPrefix *destinations;
        size_t n_destinations;
        ConfigListName *lists;
        size_t n_lists;
        uint32_t metric;
        uint32_t table;
        ConfigSource source;
        ConfigRouteType type;
        uint32_t mtu_bytes;
} ConfigRouteSection;

/* The [Match] section of the file that is being read. */
typedef struct ConfigMatchSection {
        char **globs;
        size_t n_globs;
} ConfigMatchSection;

typedef struct ConfigKey ConfigKey;

/* One assignment on its way into `base`: a Config, ConfigRouteSection or ConfigMatchSection. */
typedef struct ConfigAssignment {
        const ConfigKey *key;
        const char *value; /* not empty */
        void *base;
        const char *instance;
        const ConfigTables *tables; /* NULL: no names are known */
        const char *file;
        unsigned line;
        bool in_list; /* a line of a list of prefixes, whose text no problem shows */
        ConfigProblems *problems;
} ConfigAssignment;

struct ConfigKey {
        ConfigSection section;
        const char *name;
        /* Reports what is wrong with a value and leaves base alone then. Returns 0 or -ENOMEM. */
        int (*parse)(const ConfigAssignment *a);  /* NULL: not supported yet */
        void (*reset)(const ConfigAssignment *a); /* back to the default */
        size_t offset;                            /* of the value in base */
        size_t size;               /* scalars: of the value; lists: offset of the counter */
        uint64_t minimum, maximum; /* numbers and spans: limits; texts: length in bytes */
        ConfigEffect effect;       /* what a change takes while the tunnel runs */
        bool free_text;            /* a # or ; in the value may well be meant */
        bool secret;               /* never show the value */
        bool names;                /* about name servers and what is asked there */
        bool shared;               /* of [Network], and a [Match] file may have it as well */
};

/* Returns a section's name without the brackets, "Route"; static. */
const char *config_section_name(ConfigSection section);
/* Returns the section, or -1 if there is none of that name. */
int config_section_from_name(const char *name);

/* The whole table, for hints and for tests. */
extern const ConfigKey config_keys[];
extern const size_t n_config_keys;

/* The values before anything is read; texts and lists are empty. */
extern const Config config_defaults;

/*
 * Returns the row of a key by its section and name, case counts, or NULL if there is none. Static.
 */
const ConfigKey *config_key_find(ConfigSection section, const char *name);
