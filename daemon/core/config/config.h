/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The configuration of one tunnel: the structs, and the parser of the systemd dialect that fills
 * them. Fed with text; which files there are is the business of io/config-files.h. Every problem
 * of every file is collected, none is logged here.
 */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/macros.h"
#include "core/config/config-tables.h"
#include "core/ppp/mppe.h"

#define CONFIG_FILE_MAX_BYTES (1024 * 1024)
#define CONFIG_LINE_MAX_BYTES 4096
/* Room for each IPv4 prefix of a large provider or a country, and a bound for our memory. */
#define CONFIG_ROUTES_MAX 262144
/* 64 bytes for each of them, and so room for a comment. */
#define CONFIG_LIST_MAX_BYTES (64 * CONFIG_ROUTES_MAX)
/* A list with fewer prefixes is not worth an array of its own. A fuzzer's lists have few. */
#ifndef CONFIG_LONG_LIST_MIN
#define CONFIG_LONG_LIST_MIN 1024
#endif
/* Each step over all routes looks at the next prefix of each; more are kept as short ones. */
#define CONFIG_LONG_LISTS_MAX 16
#define CONFIG_SERVERS_MAX 16
/* After so many problems of one configuration the rest is only counted. */
#define CONFIG_PROBLEMS_MAX 100
/* pppd's MAXNAMELEN is 256, with the NUL: user, domain and peer names. */
#define CONFIG_NAME_MAX_BYTES 255
/* resolv.conf(5) stops at three, systemd-resolved at 256; nobody has so many behind a tunnel. */
#define CONFIG_NAME_SERVERS_MAX 6
#define CONFIG_DOMAINS_MAX 64
/* Of each key of [Hooks]; a target can pull in any number. */
#define CONFIG_UNITS_MAX 8
/* RFC 2637, section 2.7: the field for the phone number. */
#define CONFIG_PHONE_NUMBER_MAX_BYTES 64

/* RTN_* of linux/rtnetlink.h, by the names of the Type= key. */
typedef enum ConfigRouteType {
        CONFIG_ROUTE_UNICAST,
        CONFIG_ROUTE_UNREACHABLE,
        CONFIG_ROUTE_BLACKHOLE,
        CONFIG_ROUTE_PROHIBIT,
        CONFIG_ROUTE_THROW,
} ConfigRouteType;

/* RoutesOnDown=: what becomes of the routes' prefixes while the tunnel is not up. */
typedef enum ConfigRoutesOnDown {
        CONFIG_ROUTES_ON_DOWN_REMOVE,      /* they take the way that they had without the tunnel */
        CONFIG_ROUTES_ON_DOWN_UNREACHABLE, /* they have no way, from the unit's start to its stop */
} ConfigRoutesOnDown;

/* OverlapPolicy=: what a route does to a network that this host is in itself. */
typedef enum ConfigOverlapPolicy {
        CONFIG_OVERLAP_WARN,  /* the more specific of the two wins; it is named */
        CONFIG_OVERLAP_SKIP,  /* routes that would cut off a part of such a network are left out */
        CONFIG_OVERLAP_FORCE, /* such networks go into the tunnel */
} ConfigOverlapPolicy;

typedef enum ConfigIpv6 {
        CONFIG_IPV6_IGNORE,
        CONFIG_IPV6_NEGOTIATE, /* with the server (IPV6CP), beside IPv4 */
        CONFIG_IPV6_BLOCK,     /* no IPv6 packet takes a default route beside the tunnel */
} ConfigIpv6;

typedef enum ConfigMppe {
        CONFIG_MPPE_128,
        CONFIG_MPPE_40,
        CONFIG_MPPE_ANY,
        CONFIG_MPPE_NO,
} ConfigMppe;

typedef enum ConfigSwitch {
        CONFIG_AUTO,
        CONFIG_YES,
        CONFIG_NO,
} ConfigSwitch;

/* There may be a hundred thousand of them, so they are packed. */
typedef struct ConfigRoute {
        const char *file; /* where it is from: in Config.files */
        union {
                struct in_addr destination;
                struct in6_addr destination6;
        };
        union {
                struct in_addr preferred_source; /* all zeros: the kernel chooses */
                struct in6_addr preferred_source6;
        };
        /* Of its [Route] section's Destination=, or in the list, which has less than 2^25 bytes. */
        uint32_t line : 26;
        ConfigRouteType type : 3;
        bool is_ipv6 : 1;
        bool has_metric : 1; /* the section has its own Metric= */
        bool by_policy : 1;  /* a default route in the tunnel's own table, found by policy rules */
        uint32_t metric;     /* RouteMetric= unless the section has its own */
        uint32_t table; /* RouteTable= unless the section has its own; 0: that of VRF=, which only
                              * the kernel knows */
        uint16_t mtu_bytes; /* 0: the interface's */
        uint8_t prefix_length;
} ConfigRoute;
_Static_assert(sizeof(ConfigRoute) <= 56, "a route of the configuration has grown");

/*
 * The IPv4 routes of a list that has at least CONFIG_LONG_LIST_MIN of them, if there are not too
 * many such lists. They differ in their prefixes alone, and each takes eight bytes: a reload reads
 * a hundred thousand lines for one that was added, and memory is much of what it costs. None is a
 * default route.
 */
typedef struct ConfigLongList {
        ConfigRoute common; /* of its routes all but destination, length and line */
        uint64_t *prefixes; /* see config_prefix_pack() in config-routes.h, in ascending order */
        size_t n_prefixes;
} ConfigLongList;

typedef struct Config {
        char *name;   /* the instance */
        char **files; /* those that it was read from, in their order; the lists last */
        size_t n_files;
        uint64_t read_usec; /* CLOCK_REALTIME, when that began; 0: it was not from files */

        /* [Tunnel] */
        char **servers;
        size_t n_servers;
        uint16_t port;
        char *ip_param;
        char interface_name[16];
        struct in_addr local_address; /* INADDR_ANY: any */
        char bind_to_device[16];      /* "": any */
        uint32_t firewall_mark;       /* 0: none */
        uint32_t mtu_bytes;           /* 0: computed from the route to the server */
        char *network_namespace;      /* of the interface, a name or an absolute path; NULL: this
                                            * host's */
        char *phone_number;           /* NULL: empty */
        uint64_t keep_alive_interval_usec; /* 0: off */
        unsigned keep_alive_probes;

        /* [Authentication] */
        char *user;
        char *domain;        /* NULL: none */
        char *password_file; /* NULL: none */
        char *remote_name;   /* for chap-secrets; default: the instance */

        /* [Encryption] */
        ConfigMppe mppe;
        bool stateful;
        bool tolerate_mppc;

        /* [Network] */
        uint32_t route_metric; /* default: 0, the kernel's */
        uint32_t route_table;  /* default: main; not with VRF= */
        bool default_route;
        ConfigRoutesOnDown routes_on_down;
        ConfigOverlapPolicy overlap_policy;
        ConfigIpv6 ipv6;
        bool use_routes;       /* those that the server offers */
        char **allowed_routes; /* prefixes with their length; none: what is harmless */
        size_t n_allowed_routes;
        bool use_dns;        /* the name servers that the server gives */
        char **name_servers; /* IPv4 addresses */
        size_t n_name_servers;
        char **domains; /* in lower case, without a dot at the end; ~ in front: for routing only,
                         * "~.": all names */
        size_t n_domains;
        ConfigSwitch dns_default_route;
        ConfigSwitch clamp_mss; /* TCP connections that are forwarded */
        char vrf[16];           /* that the interface is in; "": none */

        /* [Route], of this file, its drop-ins and the [Match] files that name our IpParam=; in the
         * order of config_route_compare(). config-routes.h has all of them, one after the other. */
        ConfigRoute *routes;
        size_t n_routes;
        ConfigLongList *long_lists; /* and the routes of these, CONFIG_LONG_LISTS_MAX at most */
        size_t n_long_lists;

        /* [Reconnect] */
        uint64_t delay_usec;
        uint64_t max_delay_usec;
        unsigned max_attempts; /* 0: for ever */
        bool retry_auth_failure;

        /* [Hooks] */
        char **up_units; /* to start when the tunnel has become usable, and */
        size_t n_up_units;
        char **down_units; /* when it is no longer */
        size_t n_down_units;
} Config;

/*
 * One thing wrong with a file. line is 0 when it concerns the file as a whole. The texts hold no
 * control characters, and never the value of a key that may hold a secret.
 */
typedef struct ConfigProblem {
        char *file;
        unsigned line;
        char *message; /* what is wrong, naming the key */
        char *hint;    /* what to write instead, or NULL */
        bool warning;  /* the configuration is good all the same */
} ConfigProblem;

typedef struct ConfigProblems {
        ConfigProblem *items;
        size_t n_items;
        size_t n_errors;  /* of all: those that are no warnings, shown or not */
        size_t n_dropped; /* over CONFIG_PROBLEMS_MAX */
} ConfigProblems;

/* The part that a file plays for an instance. */
typedef enum ConfigFileKind {
        CONFIG_FILE_TUNNEL,  /* NAME.conf */
        CONFIG_FILE_DROP_IN, /* from NAME.conf.d: the same sections */
        CONFIG_FILE_MATCH,   /* begins with [Match], carries [Route] for many tunnels */
} ConfigFileKind;

typedef struct ConfigParser ConfigParser;

/*
 * A parser takes all files that concern one instance in order of precedence, lowest first: the
 * main file, its drop-ins, then the [Match] files. Returns 0, or -ENOMEM.
 */
int config_parser_new(const char *instance, ConfigParser **ret_parser);
/* Frees a parser, and what it has read so far. Takes NULL; returns NULL. */
ConfigParser *config_parser_free(ConfigParser *p);
DEFINE_FREEP(ConfigParser, config_parser_free)

/* The names that Table= and RouteTable= may use beside numbers. Borrowed as long as the parser. */
void config_parser_set_tables(ConfigParser *p, const ConfigTables *tables);

/* What the first section of a text makes of it. */
typedef enum ConfigTextKind {
        CONFIG_TEXT_OTHER, /* has no section, or is no text */
        CONFIG_TEXT_TUNNEL,
        CONFIG_TEXT_MATCH, /* begins with [Match] */
} ConfigTextKind;

/*
 * Returns what kind of file a text begins: reads no further than the first section, so that the
 * beginning of a longer text will do.
 */
ConfigTextKind config_text_classify(const char *text, size_t n_text);

/* Whether the first section of a text is [Match]. */
static inline bool config_text_is_match(const char *text, size_t n_text) {
        return config_text_classify(text, n_text) == CONFIG_TEXT_MATCH;
}

/*
 * Parses one file's whole text. A [Match] file whose globs do not match IpParam= leaves no trace,
 * but its problems are reported all the same. Returns 0 or -ENOMEM; problems are collected.
 */
int config_parser_add_file(ConfigParser *p, ConfigFileKind kind, const char *file, const char *text,
                           size_t n_text);

/*
 * Whether a path is in a folder that the sandbox of pptp@.service replaces by its own
 * (ProtectHome=, PrivateTmp=, BindReadOnlyPaths=), so that the supervisor sees no file of the host
 * there, also if it leads there by "..". False for a path that is not absolute.
 */
bool config_path_is_hidden(const char *path);

/*
 * Returns the path of the i-th list of prefixes, counted from 0, that DestinationFile= of the files
 * so far names, or NULL if there are no more. Borrowed until the next file is added.
 */
const char *config_parser_get_list(const ConfigParser *p, size_t i);

/*
 * Says by which path a list is read, if not that of the configuration: that of problems and routes.
 * Before its first piece. Returns 0 or -ENOMEM.
 */
int config_parser_name_list(ConfigParser *p, size_t i, const char *path);

/*
 * Parses a piece of a list, once all files are added: some whole lines, with those before it parsed
 * already; of which is_last is the end, and may have no newline, or be empty. Returns 0 or -ENOMEM;
 * problems are collected.
 */
int config_parser_add_list(ConfigParser *p, size_t i, const char *text, size_t n_text,
                           bool is_last);

/* Says of the line that names a list what is wrong with the file. Returns 0 or -ENOMEM. */
int config_parser_add_list_problem(ConfigParser *p, size_t i, const char *hint, const char *what);

/*
 * Adds a problem that only the reader of the files can see. hint may be NULL. Returns 0 or -ENOMEM.
 */
int config_parser_add_problem(ConfigParser *p, const char *file, bool warning, const char *hint,
                              const char *format, ...) _printf_(5, 6);

enum {
        CONFIG_E_INVALID = 1, /* there were errors; they are among the problems */
};

/*
 * Checks what spans keys and files (Server= and User= are required, …), fills in defaults. Returns
 * 0 and a configuration if there was no error, CONFIG_E_INVALID otherwise, or -ENOMEM.
 * ret_problems is always filled (after success it may hold warnings), to be released with
 * config_problems_done(). The parser is spent afterwards.
 */
int config_parser_finish(ConfigParser *p, Config **ret_config, ConfigProblems *ret_problems);

/* Frees a configuration. Takes NULL; returns NULL. */
Config *config_free(Config *c);
/* Whether a default route of the tunnel, of IPv4 or IPv6, is found by policy rules. */
bool config_has_policy_route(const Config *c, bool is_ipv6);
/* Whether all of IPv6 goes into the tunnel that has no other route: ::/0. */
bool config_has_ipv6_default_route(const Config *c);
/* Whether there are IPv6 routes into the tunnel, which need IPV6CP. */
bool config_has_ipv6_routes(const Config *c);

/* Frees the problems. Also for a list that is all zeros. */
void config_problems_done(ConfigProblems *p);

/*
 * "onenet.conf:7: [Route] Destination=10.0.0.1/8 has host bits set; write 10.0.0.0/8", cut to fit.
 */
void config_problem_describe(const ConfigProblem *problem, char *buffer, size_t n_buffer);

/* Returns [Encryption] as a policy: what is allowed, and what to ask for first. */
MppePolicy config_get_mppe_policy(const Config *c);
