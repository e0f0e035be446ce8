/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The other half of config-values.h: texts, words, names and addresses, and the lists of them.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/config/config-ipv6.h"
#include "core/config/config-problem.h"
#include "core/config/config-values.h"
#include "core/base/array.h"
#include "core/base/domain.h"
#include "core/base/macros.h"
#include "core/base/number.h"
#include "core/base/paths.h"
#include "core/base/text.h"

#define WHITESPACE " \t"

int config_value_expand(const ConfigAssignment *a, const char *value, char **ret_text) {
        size_t n_instance = strlen(a->instance), n_max = strlen(value) + 1, n = 0;
        char *text;

        for (const char *p = value; (p = strstr(p, "%i")); p++)
                n_max += n_instance;

        text = malloc(n_max);
        if (!text)
                return -ENOMEM;

        for (const char *p = value; *p; p++) {
                if (*p != '%') {
                        text[n++] = *p;
                } else if (p[1] == '%') {
                        text[n++] = *p++;
                } else if (p[1] == 'i') {
                        memcpy(text + n, a->instance, n_instance);
                        n += n_instance;
                        p++;
                } else {
                        free(text);
                        *ret_text = NULL;
                        return config_value_problem(
                                a, value,
                                "write %% for a percent sign, %i for the name of the tunnel",
                                "has a %% that begins no known specifier");
                }
        }

        text[n] = '\0';
        *ret_text = text;
        return 0;
}

int config_value_next_word(const char **text, char **ret_word) {
        const char *p = *text + strspn(*text, WHITESPACE);
        size_t n = strcspn(p, WHITESPACE);
        char *word = NULL;

        if (n > 0) {
                word = strndup(p, n);
                if (!word)
                        return -ENOMEM;
        }

        *text = p + n;
        *ret_word = word;
        return 0;
}

/* Whether a text fits the limits of its key; reports it if not. */
static int check_length(const ConfigAssignment *a, const char *text, bool *ret_good) {
        size_t n = strlen(text);

        *ret_good = n >= a->key->minimum && n <= a->key->maximum;
        if (*ret_good)
                return 0;

        if (n < a->key->minimum)
                return config_value_problem(a, text, "write it in full", "is too short");

        return config_value_problem(a, text, "shorten it", "is %zu bytes long, the limit is %llu",
                                    n, (unsigned long long) a->key->maximum);
}

/* What is wrong with a text, or NULL; ret_hint may be filled either way. */
typedef const char *(*FindFault)(const char *text, const char **ret_hint);

/* Expands the value, has it checked, and puts it into the field. */
static int parse_text(const ConfigAssignment *a, FindFault find_fault) {

        _cleanup_free_ char *text = NULL;
        const char *fault, *hint = NULL;
        char **field = config_value_field(a);
        bool good;
        int r;

        r = config_value_expand(a, a->value, &text);
        if (r < 0 || !text)
                return r;

        fault = find_fault ? find_fault(text, &hint) : NULL;
        if (fault)
                return config_value_problem(a, text, hint, "%s", fault);

        r = check_length(a, text, &good);
        if (r < 0 || !good)
                return r;

        free(*field);
        *field = steal_pointer(text);
        return 0;
}

int config_parse_line(const ConfigAssignment *a) {
        return parse_text(a, NULL);
}

/* Warns of two backslashes: a shell and pppd's options file need them for one, we do not. */
static const char *user_fault(const char *text, const char **ret_hint) {
        const char *backslash = strchr(text, '\\');

        if (backslash && backslash[1] == '\\') {
                *ret_hint = "write DOMAIN\\user with one: nothing takes any away here";
                return "has two backslashes";
        }
        if (backslash && (backslash == text || backslash[1] == '\0')) {
                *ret_hint = "write DOMAIN\\user, or the user alone";
                return "lacks a part beside its backslash";
        }

        return NULL;
}

int config_parse_user(const ConfigAssignment *a) {
        return parse_text(a, user_fault);
}

static const char *word_fault(const char *text, const char **ret_hint) {
        *ret_hint = "leave it out";
        return text[strcspn(text, WHITESPACE)] ? "has white space in it" : NULL;
}

int config_parse_word(const ConfigAssignment *a) {
        return parse_text(a, word_fault);
}

static const char *domain_fault(const char *text, const char **ret_hint) {
        *ret_hint = "we put it between Domain= and User= ourselves";
        return strchr(text, '\\') ? "has a backslash in it" : NULL;
}

int config_parse_domain(const ConfigAssignment *a) {
        return parse_text(a, domain_fault);
}

static const char *path_fault(const char *text, const char **ret_hint) {
        *ret_hint = "name the file that holds the password, such as " PATHS_SYSCONF_DIRECTORY
                    "/%i.password; the password itself never stands in the configuration";
        return text[0] != '/' ? "is not an absolute path" : NULL;
}

int config_parse_path(const ConfigAssignment *a) {
        return parse_text(a, path_fault);
}

const char *config_interface_name_fault(const char *name) {
        static const char *const reserved[] = { ".", "..", "all", "default", "lo" };

        if (*name == '\0')
                return "is empty";
        if (strlen(name) > 15)
                return "is longer than the 15 characters that the kernel allows";

        /*
         * dev_valid_name() of the kernel, whose white space is that of Latin-1 with its 0xa0; %
         * makes a pattern, sysctl wants all and default, and lo is there always.
         */
        for (const char *p = name; *p; p++) {
                unsigned char c = (unsigned char) *p;

                if (c <= ' ' || c == 0x7f || c == 0xa0 || strchr("/:%", c))
                        return "has a character that is not allowed in an interface's name";
        }

        for (size_t i = 0; i < ELEMENTSOF(reserved); i++)
                if (strcmp(name, reserved[i]) == 0)
                        return "is a reserved name";

        return NULL;
}

/*
 * Where /proc has the namespace of a process is refused: the process has another number after its
 * next start, and to follow that link a tunnel would need the right to trace any process.
 */
static const char *namespace_fault(const char *text, const char **ret_hint) {
        if (strncmp(text, "/proc/", strlen("/proc/")) == 0) {
                *ret_hint =
                        "give that namespace a name, \"ip netns attach NAME PID\", and write that "
                        "name";
                return "is the place of a process, which has another number after its next start";
        }

        *ret_hint = "write a name as \"ip netns list\" shows it, or an absolute path";
        if (text[strcspn(text, WHITESPACE)])
                return "has white space in it";
        if (text[0] == '/')
                return NULL;
        if (strchr(text, '/'))
                return "is neither a name nor an absolute path";
        if (strcmp(text, ".") == 0 || strcmp(text, "..") == 0)
                return "is a reserved name";

        return NULL;
}

int config_parse_namespace(const ConfigAssignment *a) {
        return parse_text(a, namespace_fault);
}

int config_parse_interface(const ConfigAssignment *a) {
        _cleanup_free_ char *name = NULL;
        const char *fault;
        int r;

        r = config_value_expand(a, a->value, &name);
        if (r < 0 || !name)
                return r;

        fault = config_interface_name_fault(name);
        if (fault)
                return config_value_problem(
                        a, name, "write up to 15 letters, digits, _, - or ., such as vpn0", "%s",
                        fault);

        memset(config_value_field(a), 0, a->key->size);
        memcpy(config_value_field(a), name, strlen(name));
        return 0;
}

/* Not 0.0.0.0/8, multicast, what is reserved behind that, nor 255.255.255.255. */
static bool is_host(struct in_addr address) {
        uint32_t host = ntohl(address.s_addr);

        return host >> 24 != 0 && host >> 28 < 0xe;
}

static int report_no_host(const ConfigAssignment *a) {
        return config_value_problem(a, a->value, "write one that a host can have",
                                    "is not the address of a host");
}

int config_parse_address(const ConfigAssignment *a) {
        struct in_addr address;

        if (strchr(a->value, '/'))
                return config_value_problem(a, a->value, "leave the prefix length out",
                                            "is not a plain IPv4 address");
        if (inet_pton(AF_INET, a->value, &address) != 1)
                return config_value_problem(a, a->value, "write one such as 192.0.2.7",
                                            "is not an IPv4 address");

        if (!is_host(address))
                return report_no_host(a);

        *(struct in_addr *) config_value_field(a) = address;
        return 0;
}

int config_parse_source(const ConfigAssignment *a) {
        ConfigSource *source = config_value_field(a);
        char hint[CONFIG_IPV6_HINT_BYTES];
        struct in_addr address;
        const char *fault;

        /* LocalAddress= may be there, for a server on this host; no packet leaves this host so. */
        if (inet_pton(AF_INET, a->value, &address) == 1 && ntohl(address.s_addr) >> 24 == 127)
                return report_no_host(a);
        if (!strchr(a->value, ':')) {
                *source = (ConfigSource){ 0 };
                return config_parse_address(a);
        }

        fault = config_ipv6_read_source(a->value, source, hint);
        return fault ? config_value_problem(a, a->value, hint, "%s", fault) : 0;
}

/* Lists of words */

int config_value_append(const ConfigAssignment *a, char **word) {
        char ***list = config_value_field(a);
        size_t *n = (size_t *) ((char *) a->base + a->key->size);

        if (!ARRAY_MAKE_ROOM(*list, *n))
                return -ENOMEM;

        (*list)[(*n)++] = steal_pointer(*word);
        return 0;
}

size_t config_value_count(const ConfigAssignment *a) {
        return *(const size_t *) ((const char *) a->base + a->key->size);
}

bool config_value_is_listed(const ConfigAssignment *a, const char *word) {
        char *const *list = *(char *const *const *) config_value_field(a);

        for (size_t i = 0; i < config_value_count(a); i++)
                if (strcasecmp(list[i], word) == 0)
                        return true;

        return false;
}

void config_reset_strings(const ConfigAssignment *a) {
        char ***list = config_value_field(a);
        size_t *n = (size_t *) ((char *) a->base + a->key->size);

        for (size_t i = 0; i < *n; i++)
                free((*list)[i]);
        free(*list);
        *list = NULL;
        *n = 0;
}

/* An IPv6 address, or one in brackets with what may follow them. */
static bool is_ipv6(const char *text) {
        bool has_bracket = *text == '[';
        char address[INET6_ADDRSTRLEN + 1];
        struct in6_addr six;
        size_t n;

        text += has_bracket;
        n = has_bracket ? strcspn(text, "]") : strlen(text);
        if (n >= sizeof(address))
                return false;

        memcpy(address, text, n);
        address[n] = '\0';
        return inet_pton(AF_INET6, address, &six) == 1;
}

static int check_server(const ConfigAssignment *a, const char *name, bool *ret_good) {
        struct in_addr four;
        bool looks_like_address = strspn(name, "0123456789.") == strlen(name);
        const char *colon = strchr(name, ':');

        *ret_good = false;

        if (is_ipv6(name))
                return config_value_problem(
                        a, name,
                        "PPTP runs over IPv4 only: give the server's IPv4 address or a name",
                        "is an IPv6 address");
        if (strstr(name, "://"))
                return config_value_problem(a, name, "write the host name alone",
                                            "is not a host name");
        if (colon && colon[1] && strspn(colon + 1, "0123456789") == strlen(colon + 1))
                return config_value_problem(
                        a, name,
                        "the port has a line of its own, [Tunnel] Port=", "is not a host name");
        if (strchr(name, ','))
                return config_value_problem(a, name, "separate the servers by spaces",
                                            "is not a host name");
        if (looks_like_address ? inet_pton(AF_INET, name, &four) != 1 : !domain_is_host_name(name))
                return config_value_problem(a, name,
                                            "write one such as vpn.example.com or 192.0.2.1",
                                            "is neither a host name nor an IPv4 address");

        if (looks_like_address && !is_host(four))
                return config_value_problem(a, name, "write the server's own address or its name",
                                            "is not the address of a host");

        return check_length(a, name, ret_good);
}

int config_parse_servers(const ConfigAssignment *a) {
        const char *p = a->value;

        for (;;) {
                _cleanup_free_ char *word = NULL, *name = NULL;
                bool good;
                int r;

                r = config_value_next_word(&p, &word);
                if (r < 0 || !word)
                        return r;

                r = config_value_expand(a, word, &name);
                if (r < 0)
                        return r;
                if (!name)
                        continue;

                r = check_server(a, name, &good);
                if (r < 0)
                        return r;
                if (!good)
                        continue;

                if (config_value_is_listed(a, name)) {
                        r = config_value_warning(a, name, "name each server once",
                                                 "is there already, ignoring");
                        if (r < 0)
                                return r;
                        continue;
                }

                if (config_value_count(a) >= CONFIG_SERVERS_MAX)
                        return config_value_problem(a, name, "leave it out",
                                                    "is one server too many, the limit is %d",
                                                    CONFIG_SERVERS_MAX);

                r = config_value_append(a, &name);
                if (r < 0)
                        return r;
        }
}

int config_parse_globs(const ConfigAssignment *a) {
        const char *p = a->value;

        for (;;) {
                _cleanup_free_ char *word = NULL;
                bool good;
                int r;

                r = config_value_next_word(&p, &word);
                if (r < 0 || !word)
                        return r;

                r = check_length(a, word, &good);
                if (r < 0)
                        return r;
                if (!good)
                        continue;

                r = config_value_append(a, &word);
                if (r < 0)
                        return r;
        }
}

/* Destinations */

static uint32_t prefix_mask(unsigned length) {
        return length == 0 ? 0 : UINT32_MAX << (32 - length);
}

/* Reads "8" or "255.0.0.0", the latter only to tell people what to write. -1: neither. */
static int parse_prefix_length(const char *text, bool *ret_is_mask) {
        struct in_addr mask;
        uint64_t length;

        *ret_is_mask = false;
        if (strlen(text) <= 2 && number_parse(text, 10, 32, &length))
                return (int) length;

        if (inet_pton(AF_INET, text, &mask) != 1)
                return -1;

        for (length = 0; length <= 32; length++)
                if (ntohl(mask.s_addr) == prefix_mask((unsigned) length)) {
                        *ret_is_mask = true;
                        return (int) length;
                }

        return -1;
}

/* What is wrong with a word that is not ADDRESS/LENGTH. */
static int report_no_prefix(const ConfigAssignment *a, const char *word) {
        const char *length = strchr(word, '/');
        struct in6_addr six;
        struct in_addr four;
        char head[INET6_ADDRSTRLEN + 1];

        snprintf(head, sizeof(head), "%.*s", (int) MIN(strcspn(word, "/"), sizeof(head) - 1), word);

        if (inet_pton(AF_INET6, head, &six) == 1)
                return config_value_problem(a, word, "leave it out: servers offer no such routes",
                                            "is IPv6");
        if (strcmp(word, "default") == 0)
                return config_value_problem(a, word, "write 0.0.0.0/0", "is not an IPv4 prefix");
        if (strchr(word, ','))
                return config_value_problem(a, word, "separate the prefixes by spaces",
                                            "is not an IPv4 prefix");

        if (length && length[1] != '\0' && strspn(length + 1, "0123456789") == strlen(length + 1) &&
            inet_pton(AF_INET, head, &four) == 1)
                return config_value_problem(a, word, "write /0 to /32; /32 is a single host",
                                            "has a prefix length that IPv4 lacks");

        return config_value_problem(a, word, "write an address and a length, as in 10.0.0.0/8",
                                    "is not an IPv4 prefix");
}

int config_parse_prefix(const ConfigAssignment *a, char *word, ConfigPrefix *ret_prefix,
                        bool *ret_good) {

        char text[INET_ADDRSTRLEN], hint[64], *slash = strchr(word, '/');
        struct in_addr address, network;
        bool is_mask = false;
        int length = 32, r;

        *ret_good = false;

        if (slash)
                *slash = '\0';
        r = inet_pton(AF_INET, word, &address);
        if (slash)
                *slash = '/';
        if (r == 1 && slash)
                length = parse_prefix_length(slash + 1, &is_mask);
        if (r != 1 || length < 0)
                return report_no_prefix(a, word);

        network.s_addr = address.s_addr & htonl(prefix_mask((unsigned) length));
        inet_ntop(AF_INET, &network, text, sizeof(text));
        snprintf(hint, sizeof(hint), "write %s/%d", text, length);

        if (network.s_addr != address.s_addr)
                return config_value_problem(a, word, hint, "has host bits set");
        if (is_mask)
                return config_value_problem(a, word, hint,
                                            "has a netmask where a prefix length belongs");
        if (ntohl(network.s_addr) >> 24 == 127)
                return config_value_problem(a, word, "leave it out",
                                            "is on the loopback interface");
        if (ntohl(network.s_addr) >> 28 >= 0xe)
                return config_value_problem(a, word, "leave it out",
                                            "is no prefix of hosts: PPTP carries no multicast");

        *ret_prefix = (ConfigPrefix){
                .address = network,
                .length = (uint8_t) length,
                .line = a->line,
        };
        *ret_good = true;
        return 0;
}

int config_parse_destination(const ConfigAssignment *a, char *word, ConfigPrefix *ret_prefix,
                             bool *ret_good) {

        char hint[CONFIG_IPV6_HINT_BYTES];
        const char *fault;

        if (!strchr(word, ':'))
                return config_parse_prefix(a, word, ret_prefix, ret_good);

        fault = config_ipv6_read_prefix(word, ret_prefix, hint);
        *ret_good = !fault;
        if (fault)
                return config_value_problem(a, word, hint, "%s", fault);

        ret_prefix->line = a->line;
        return 0;
}

/*
 * Reports "10.0.0.0 255.0.0.0", as route(8) and Windows write 10.0.0.0/8: here these would be two
 * hosts, which nobody means.
 */
static int report_mask_word(const ConfigAssignment *a, const char *before, const char *word,
                            bool *ret_is_mask) {

        struct in_addr address;
        bool is_mask;
        int length;
        char hint[64];

        *ret_is_mask = false;
        if (before[0] == '\0' || strchr(before, '/') || inet_pton(AF_INET, before, &address) != 1)
                return 0;

        length = parse_prefix_length(word, &is_mask);
        if (length < 0 || !is_mask)
                return 0;

        *ret_is_mask = true;
        address.s_addr &= htonl(prefix_mask((unsigned) length));
        snprintf(hint, sizeof(hint), "write %s/%d", TEXT_IPV4(address), length);
        return config_value_problem(a, word, hint, "is a netmask behind an address");
}

/* A network's address without a length is a single host here. */
static int warn_host(const ConfigAssignment *a, const char *word, const char *rest) {
        char hint[64], next[INET_ADDRSTRLEN] = "";
        size_t n = strlen(word);
        bool is_mask = false;

        if (strchr(word, '/'))
                return 0;
        if (n >= 2 && strcmp(word + n - 2, "::") == 0)
                return config_value_warning(a, word,
                                            "write the length behind it, as in fd00:1::/32",
                                            "is read as a single host, %s/128", word);
        if (n < 2 || strcmp(word + n - 2, ".0") != 0)
                return 0;

        /* A netmask as the next word is reported for that word. */
        rest += strspn(rest, WHITESPACE);
        if (strcspn(rest, WHITESPACE) < sizeof(next)) {
                memcpy(next, rest, strcspn(rest, WHITESPACE));
                (void) parse_prefix_length(next, &is_mask);
        }
        if (is_mask)
                return 0;

        snprintf(hint, sizeof(hint), "write %s/24 or the like if the network is meant", word);
        return config_value_warning(a, word, hint, "is read as a single host, %s/32", word);
}

int config_parse_destinations(const ConfigAssignment *a) {
        char before[INET_ADDRSTRLEN + 4] = "";
        ConfigRouteSection *section = a->base;
        const char *p = a->value;

        for (;;) {
                _cleanup_free_ char *word = NULL;
                ConfigPrefix prefix;
                bool good = false, is_mask;
                int r;

                r = config_value_next_word(&p, &word);
                if (r < 0 || !word)
                        return r;

                r = report_mask_word(a, before, word, &is_mask);
                snprintf(before, sizeof(before), "%s", strlen(word) < sizeof(before) ? word : "");
                if (r >= 0 && !is_mask)
                        r = config_parse_destination(a, word, &prefix, &good);
                if (r >= 0 && good)
                        r = warn_host(a, word, p);
                if (r < 0)
                        return r;
                if (!good)
                        continue;

                if (!ARRAY_MAKE_ROOM(section->destinations, section->n_destinations))
                        return -ENOMEM;

                section->destinations[section->n_destinations++] = prefix;
        }
}

void config_reset_destinations(const ConfigAssignment *a) {
        ConfigRouteSection *section = a->base;

        free(section->destinations);
        section->destinations = NULL;
        section->n_destinations = 0;
}

int config_parse_prefixes(const ConfigAssignment *a) {
        const char *p = a->value;

        for (;;) {
                _cleanup_free_ char *word = NULL, *text = NULL;
                ConfigPrefix prefix;
                bool good;
                int r;

                r = config_value_next_word(&p, &word);
                if (r < 0 || !word)
                        return r;

                r = config_parse_prefix(a, word, &prefix, &good);
                if (r < 0)
                        return r;
                if (!good)
                        continue;

                if (asprintf(&text, "%s/%u", TEXT_IPV4(prefix.address), prefix.length) < 0) {
                        text = NULL;
                        return -ENOMEM;
                }

                r = config_value_append(a, &text);
                if (r < 0)
                        return r;
        }
}

/*
 * Writes an absolute path without empty parts, "." and "..", by its text alone: a link on the way,
 * from which ".." leads elsewhere, is not looked at. Cuts what is longer than any path.
 */
static void normalise_path(const char *path, char *buffer, size_t n_buffer) {
        size_t n = 0;

        for (const char *p = path + strspn(path, "/"); *p != '\0'; p += strspn(p, "/")) {
                size_t n_part = strcspn(p, "/");

                if (n_part == 2 && memcmp(p, "..", 2) == 0) {
                        while (n > 0 && buffer[--n] != '/')
                                ;
                } else if ((n_part != 1 || *p != '.') && n_part + 1 < n_buffer - n) {
                        buffer[n++] = '/';
                        memcpy(buffer + n, p, n_part);
                        n += n_part;
                }
                p += n_part;
        }

        buffer[n] = '\0';
}

bool config_path_is_hidden(const char *path) {
        static const char *const folders[] = { "/etc/ppp/",  "/home/", "/root/",
                                               "/run/user/", "/tmp/",  "/var/tmp/" };
        char place[PATH_MAX];

        if (path[0] != '/')
                return false;

        normalise_path(path, place, sizeof(place));
        for (size_t i = 0; i < ELEMENTSOF(folders); i++)
                if (strncmp(place, folders[i], strlen(folders[i])) == 0)
                        return true;

        return false;
}

int config_parse_destination_file(const ConfigAssignment *a) {
        static const char hint[] = "name a file in " PATHS_SYSCONF_DIRECTORY
                                   ", such as " PATHS_SYSCONF_DIRECTORY "/%i.prefixes";
        ConfigRouteSection *section = a->base;
        _cleanup_free_ char *path = NULL;
        int r;

        r = config_value_expand(a, a->value, &path);
        if (r < 0 || !path)
                return r;

        if (path[0] != '/')
                return config_value_problem(a, path, hint, "is not an absolute path");

        if (config_path_is_hidden(path))
                return config_value_problem(a, path, hint, "is where the unit sees no file");

        if (!ARRAY_MAKE_ROOM(section->lists, section->n_lists))
                return -ENOMEM;

        section->lists[section->n_lists++] = (ConfigListName){ steal_pointer(path), a->line };
        return 0;
}

void config_reset_destination_files(const ConfigAssignment *a) {
        ConfigRouteSection *section = a->base;

        for (size_t i = 0; i < section->n_lists; i++)
                free(section->lists[i].path);
        free(section->lists);
        section->lists = NULL;
        section->n_lists = 0;
}
