/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/config/config-hints.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/base/macros.h"

/* Our longest key has 20 letters; what is twice as long is no slip of the pen. */
#define DISTANCE_TEXT_MAX 40

#define PASSWORD_PLACES                                                                      \
        "the password never stands in the configuration: make it a systemd credential, see " \
        "pptp@.service(8), or put it into a file for root alone and name that with "         \
        "[Authentication] PasswordFile="

/* Not 0.0.0.0/0: the kernel takes no second default route of the same metric. */
#define ALL_ROUTES "here it is [Route] Destination=0.0.0.0/1 128.0.0.0/1"
#define NO_DNS "not supported yet by this version, which leaves DNS alone"
#define NO_IPV6 "IPv6 in the tunnel is not supported yet by this version"

/* A name that another program has for something, and what it is here. */
typedef struct Foreign {
        const char *name; /* compared without case, - and _ count the same */
        const char *here;
} Foreign;

static const Foreign foreign_keys[] = {
        /* passwords, by any name */
        { "Password", PASSWORD_PLACES },
        { "Passwd", PASSWORD_PLACES },
        { "Passphrase", PASSWORD_PLACES },
        { "Secret", PASSWORD_PLACES },
        { "askpass", PASSWORD_PLACES },
        { "auth-user-pass", PASSWORD_PLACES },
        { "password-flags", PASSWORD_PLACES },

        /* WireGuard */
        { "Endpoint", "here it is [Tunnel] Server=, and Port= for another port than 1723" },
        { "AllowedIPs", "here it is [Route] Destination=" },
        { "PersistentKeepalive", "here it is [Tunnel] KeepAliveIntervalSec=" },
        { "Address", "the server assigns it; for the uplink it is [Tunnel] LocalAddress=" },
        { "FwMark", "here it is [Tunnel] FirewallMark=" },
        { "MTU", "here it is [Tunnel] MTUBytes=" },
        { "Table", "here it is [Network] RouteTable=, or Table= in a [Route] section" },
        { "PrivateKey", "PPTP has no keys, only [Authentication] User= and a password" },
        { "PublicKey", "PPTP has no keys, only [Authentication] User= and a password" },
        { "PresharedKey", "PPTP has no keys, only [Authentication] User= and a password" },
        { "ListenPort", "this is a client; the server's port is [Tunnel] Port=" },
        { "PreUp", "no scripts are run; units can be ordered after pptp@NAME.service" },
        { "PostUp", "no scripts are run; units can be ordered after pptp@NAME.service" },
        { "PreDown", "no scripts are run; units can be ordered after pptp@NAME.service" },
        { "PostDown", "no scripts are run; units can be ordered after pptp@NAME.service" },

        /* OpenVPN */
        { "remote", "here it is [Tunnel] Server=" },
        { "rport", "here it is [Tunnel] Port=" },
        { "local", "here it is [Tunnel] LocalAddress=" },
        { "dev", "here it is [Tunnel] InterfaceName=" },
        { "route", "here it is a section: [Route] with Destination= in it" },
        { "redirect-gateway", ALL_ROUTES },
        { "keepalive", "here it is [Tunnel] KeepAliveIntervalSec= and KeepAliveProbes=" },
        { "ping", "here it is [Tunnel] KeepAliveIntervalSec=" },
        { "ping-restart", "here it is [Tunnel] KeepAliveIntervalSec= and KeepAliveProbes=" },
        { "tun-mtu", "here it is [Tunnel] MTUBytes=" },
        { "route-metric", "here it is [Network] RouteMetric=" },
        { "connect-retry", "here it is [Reconnect] DelaySec= and MaxDelaySec=" },
        { "connect-retry-max", "here it is [Reconnect] MaxAttempts=" },
        { "resolv-retry", "names are resolved again at each attempt; see [Reconnect]" },
        { "cipher", "here it is [Encryption] MPPE=" },
        { "proto", "PPTP is always TCP for control and GRE for data" },

        /* pppd */
        { "pty", "no pptp program is run any more: its host is [Tunnel] Server=" },
        { "plugin", "not needed: the right plugin is loaded for you" },
        { "ifname", "here it is [Tunnel] InterfaceName=" },
        { "unit", "here it is [Tunnel] InterfaceName=" },
        { "linkname", "here it is the name of the file" },
        { "ipparam", "here it is [Tunnel] IpParam=" },
        { "user", "here it is [Authentication] User=" },
        { "name", "here it is [Authentication] User=" },
        { "remotename", "here it is [Authentication] RemoteName=" },
        { "mtu", "here it is [Tunnel] MTUBytes=" },
        { "mru", "here it is [Tunnel] MTUBytes=" },
        { "lcp-echo-interval", "here it is [Tunnel] KeepAliveIntervalSec=" },
        { "lcp-echo-failure", "here it is [Tunnel] KeepAliveProbes=" },
        { "lcp-echo-adaptive", "not needed" },
        { "mppe", "here it is [Encryption] MPPE=" },
        { "require-mppe", "here it is [Encryption] MPPE=any" },
        { "require-mppe-128", "here it is [Encryption] MPPE=128, the default" },
        { "require-mppe-40", "here it is [Encryption] MPPE=40" },
        { "mppe-stateful", "here it is [Encryption] Stateful=yes" },
        { "nomppe", "here it is [Encryption] MPPE=no" },
        { "nomppe-128", "here it is [Encryption] MPPE=40" },
        { "nomppe-40", "here it is [Encryption] MPPE=128, the default" },
        { "nomppe-stateful", "here it is [Encryption] Stateful=no, the default" },
        { "require-mschap-v2", "not needed: MS-CHAPv2 is the only method" },
        { "refuse-eap", "not needed: MS-CHAPv2 is the only method" },
        { "refuse-pap", "not needed: MS-CHAPv2 is the only method" },
        { "refuse-chap", "not needed: MS-CHAPv2 is the only method" },
        { "refuse-mschap", "not needed: MS-CHAPv2 is the only method" },
        { "noauth", "not needed" },
        { "hide-password", "not needed" },
        { "ipcp-accept-local", "not needed" },
        { "ipcp-accept-remote", "not needed" },
        { "lock", "not needed" },
        { "nobsdcomp", "not needed" },
        { "nodeflate", "not needed" },
        { "noipdefault", "not needed" },
        { "novj", "not needed" },
        { "novjccomp", "not needed" },
        { "nodetach", "not needed" },
        { "updetach", "not needed" },
        { "persist", "not needed: the tunnel always comes back; see [Reconnect]" },
        { "maxfail", "here it is [Reconnect] MaxAttempts=" },
        { "holdoff", "here it is [Reconnect] DelaySec=" },
        { "defaultroute", ALL_ROUTES },
        { "nodefaultroute", "not needed: only what [Route] names goes into the tunnel" },
        { "replacedefaultroute", ALL_ROUTES },
        { "usepeerdns", NO_DNS },
        { "ms-dns", NO_DNS },
        { "ipv6", NO_IPV6 },
        { "noipv6", "not needed: there is no IPv6 in the tunnel" },
        { "file", "here it is a drop-in file in NAME.conf.d" },
        { "call", "here it is a drop-in file in NAME.conf.d" },
        { "debug", "run the supervisor with --debug, see pptp@.service(8)" },
        { "logfile", "here it is the journal: journalctl -u pptp@NAME" },

        /* pptp-linux and pptpconfig */
        { "phone", "here it is [Tunnel] PhoneNumber=" },
        { "timeout", "not needed: no packet is waited for" },
        { "localbind", "here it is [Tunnel] LocalAddress=" },
        { "rtmark", "here it is [Tunnel] FirewallMark=" },
        { "idle-wait", "not needed: the control connection is tested by itself" },
        { "max-echo-wait", "not needed: the control connection is tested by itself" },
        { "nobuffer", "not needed: no packet is waited for" },
        { "loglevel", "run the supervisor with --debug, see pptp@.service(8)" },
        { "nolaunchpppd", "not needed: no pptp program is run" },
        { "server", "here it is [Tunnel] Server=" },
        { "routes", "here it is [Route] Destination=" },
        { "all-to-tunnel", ALL_ROUTES },

        /* NetworkManager */
        { "gateway", "here it is [Tunnel] Server=" },
        { "user-name", "here it is [Authentication] User=" },
        { "username", "here it is [Authentication] User=" },
        { "interface-name", "here it is [Tunnel] InterfaceName=" },
        { "mppe-security-strength", "here it is [Encryption] MPPE=" },
        { "never-default", "not needed: only what [Route] names goes into the tunnel" },
        { "dns", NO_DNS },
        { "dns-search", NO_DNS },
        { "ignore-auto-dns", "not needed: this version leaves DNS alone" },
        { "ignore-auto-routes", "not needed: only what [Route] names goes into the tunnel" },
        { "route1", "here it is [Route] Destination=" },
        { "autoconnect", "here it is: systemctl enable pptp@NAME" },

        /* other words for ours */
        { "Host", "here it is [Tunnel] Server=" },
        { "HostName", "here it is [Tunnel] Server=" },
        { "Interface", "here it is [Tunnel] InterfaceName=" },
        { "Bind", "here it is [Tunnel] LocalAddress=, or BindToDevice= for an interface" },
        { "Mark", "here it is [Tunnel] FirewallMark=" },
        { "Encryption", "here it is [Encryption] MPPE=" },
        { "Prefix", "here it is [Route] Destination=" },
        { "Network", "here it is [Route] Destination=" },
        { "RestartSec", "here it is [Reconnect] DelaySec=" },
        { "Description", "here it is a comment, a line that begins with #" },
};

static const Foreign foreign_sections[] = {
        { "Interface", "here these keys are in [Tunnel]" },
        { "Peer", "here these keys are in [Tunnel] and [Route]" },
        { "connection", "here these keys are in [Tunnel]" },
        { "vpn", "here these keys are in [Tunnel], [Authentication] and [Encryption]" },
        { "vpn-secrets", PASSWORD_PLACES },
        { "ipv4", "here these keys are in [Network] and [Route]" },
        { "ipv6", NO_IPV6 },
        { "Unit", "it belongs into a drop-in of the unit: systemctl edit pptp@NAME" },
        { "Service", "it belongs into a drop-in of the unit: systemctl edit pptp@NAME" },
        { "Install", "it belongs into a drop-in of the unit: systemctl edit pptp@NAME" },
        { "Link", "here these keys are in [Tunnel]" },
        { "Auth", "did you mean [Authentication]?" },
        { "MPPE", "did you mean [Encryption]?" },
        { "Routes", "did you mean [Route]?" },
        { "DNS", NO_DNS },
        { "PPP", "here options of pppd have keys of their own; see pptp.conf(5)" },
};

static char fold(char c) {
        if (c >= 'A' && c <= 'Z')
                return (char) (c | 0x20);

        return c;
}

/* Optimal string alignment, three rows of it at a time. */
unsigned config_edit_distance(const char *a, const char *b) {
        unsigned rows[3][DISTANCE_TEXT_MAX + 1];
        unsigned *before = rows[0], *above = rows[1], *row = rows[2];
        size_t n_a = strlen(a), n_b = strlen(b);

        if (n_a > DISTANCE_TEXT_MAX || n_b > DISTANCE_TEXT_MAX)
                return UINT_MAX;

        for (size_t j = 0; j <= n_b; j++)
                row[j] = (unsigned) j;

        for (size_t i = 1; i <= n_a; i++) {
                unsigned *oldest = before;

                before = above;
                above = row;
                row = oldest;
                row[0] = (unsigned) i;

                for (size_t j = 1; j <= n_b; j++) {
                        char x = fold(a[i - 1]), y = fold(b[j - 1]);
                        unsigned cost = above[j - 1] + (x != y);

                        cost = MIN(cost, above[j] + 1);
                        cost = MIN(cost, row[j - 1] + 1);
                        if (i > 1 && j > 1 && x == fold(b[j - 2]) && fold(a[i - 2]) == y)
                                cost = MIN(cost, before[j - 2] + 1);
                        row[j] = cost;
                }
        }

        return row[n_b];
}

/* How many slips a name of this length may have: one for each three letters. */
static unsigned distance_limit(const char *name) {
        return MIN((unsigned) (strlen(name) / 3), 3U);
}

static bool foreign_equal(const char *a, const char *b) {
        for (; *a && *b; a++, b++) {
                char x = *a == '_' ? '-' : fold(*a), y = *b == '_' ? '-' : fold(*b);

                if (x != y)
                        return false;
        }

        return *a == *b;
}

static bool foreign_find(const Foreign *table, size_t n_table, const char *name, char *buffer,
                         size_t n_buffer) {

        for (size_t i = 0; i < n_table; i++)
                if (foreign_equal(table[i].name, name)) {
                        snprintf(buffer, n_buffer, "%s", table[i].here);
                        return true;
                }

        return false;
}

bool config_hint_foreign(const char *name, char *buffer, size_t n_buffer) {
        /* People paste options as they stand on a command line. */
        while (*name == '-')
                name++;

        return foreign_find(foreign_keys, ELEMENTSOF(foreign_keys), name, buffer, n_buffer);
}

/* The same name in another section. */
static bool hint_other_section(int section, const char *name, char *buffer, size_t n_buffer) {
        size_t n = 0;

        for (size_t i = 0; i < n_config_keys && n < n_buffer; i++) {
                const ConfigKey *key = &config_keys[i];
                int r;

                if ((int) key->section == section || strcmp(key->name, name) != 0)
                        continue;

                r = snprintf(buffer + n, n_buffer - n, "%s[%s]",
                             n == 0 ? "it belongs into " : " or ",
                             config_section_name(key->section));
                n += r > 0 ? (size_t) r : 0;
        }

        return n > 0;
}

/* The nearest of our keys; one of the same section wins over an equally near one of another. */
static const ConfigKey *find_nearest_key(int section, const char *name) {
        const ConfigKey *nearest = NULL;
        unsigned best = UINT_MAX;

        for (size_t i = 0; i < n_config_keys; i++) {
                const ConfigKey *key = &config_keys[i];
                unsigned distance = config_edit_distance(key->name, name);
                bool is_home = (int) key->section == section;

                if (distance > distance_limit(name) || distance > distance_limit(key->name))
                        continue;

                /* Twice, plus one for a strange section: a total order with the tie broken. */
                distance = 2 * distance + !is_home;
                if (distance < best) {
                        best = distance;
                        nearest = key;
                }
        }

        return nearest;
}

bool config_hint_key(int section, const char *name, char *buffer, size_t n_buffer) {
        const ConfigKey *nearest;

        if (hint_other_section(section, name, buffer, n_buffer))
                return true;

        nearest = find_nearest_key(section, name);
        if (nearest && (int) nearest->section == section && strcasecmp(nearest->name, name) == 0) {
                snprintf(buffer, n_buffer, "write %s=", nearest->name);
                return true;
        }

        if (config_hint_foreign(name, buffer, n_buffer))
                return true;
        if (!nearest)
                return false;

        if ((int) nearest->section == section)
                snprintf(buffer, n_buffer, "did you mean %s=?", nearest->name);
        else
                snprintf(buffer, n_buffer, "did you mean [%s] %s=?",
                         config_section_name(nearest->section), nearest->name);
        return true;
}

bool config_hint_section(const char *name, char *buffer, size_t n_buffer) {
        const char *nearest = NULL;
        unsigned best = UINT_MAX;

        for (int i = 0; i < _CONFIG_SECTION_MAX; i++) {
                unsigned distance = config_edit_distance(config_section_name(i), name);

                if (distance <= distance_limit(config_section_name(i)) && distance < best) {
                        best = distance;
                        nearest = config_section_name(i);
                }
        }

        if (nearest) {
                snprintf(buffer, n_buffer, "did you mean [%s]?", nearest);
                return true;
        }

        return foreign_find(foreign_sections, ELEMENTSOF(foreign_sections), name, buffer, n_buffer);
}
