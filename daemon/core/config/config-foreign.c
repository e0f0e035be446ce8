/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/config/config-foreign.h"

#include "core/base/macros.h"

#define PASSWORD_PLACES                                                                       \
        "the file never contains the password: make it a systemd credential, see "            \
        "pptp@.service(8), or put it into a file that only root can read and name that with " \
        "[Authentication] PasswordFile="

#define ALL_ROUTES "here it is [Network] DefaultRoute=yes"
#define NO_SCRIPTS "no scripts are run; [Hooks] Up= and Down= start units, see pptp.conf(5)"
#define NO_KEYS "PPTP has no keys, only [Authentication] User= and a password"
#define KEEP_ALIVE "here it is [Tunnel] KeepAliveIntervalSec= and KeepAliveProbes="
#define ONE_METHOD "not needed: MS-CHAPv2 is the only method"
#define ONLY_ROUTES "not needed: only what [Route] names goes into the tunnel"
#define NO_COMPRESSION "not needed: packets are never compressed"
#define NO_SERIAL "not needed: there is no serial line"
#define NO_REORDERING "not needed: no packet is waited for"
#define TESTED "not needed: the control connection is tested by itself"
#define NOT_ADJUSTABLE "not adjustable: pppd's own value is used"
#define OTHER_METHOD "not supported: MS-CHAPv2 is the only method"
#define MULTILINK "not supported: a tunnel is one link"
#define IPV6 "here it is IPv6=negotiate in [Network]"
#define IPV6_IDS "not needed: this host makes an interface identifier, and takes the server's"
#define IS_UP "a tunnel is up as long as its unit runs"

#define COPY(s, k) .use = FOREIGN_COPY, .section = CONFIG_SECTION_##s, .key = #k
#define SET(s, k, v) .use = FOREIGN_SET, .section = CONFIG_SECTION_##s, .key = #k, .value = (v)
#define NEEDLESS .use = FOREIGN_NEEDLESS, .hint = "not needed"
#define NEEDLESS_SINCE(h) .use = FOREIGN_NEEDLESS, .hint = (h)
#define LOST(h) .use = FOREIGN_LOST, .hint = (h)
#define SPECIAL(h) .use = FOREIGN_SPECIAL, .hint = (h)
#define SPECIAL_KEY(s, k) .use = FOREIGN_SPECIAL, .section = CONFIG_SECTION_##s, .key = #k
#define HINT(h) .use = FOREIGN_HINT, .hint = (h)
#define KEY(s, k) .use = FOREIGN_HINT, .section = CONFIG_SECTION_##s, .key = #k

/* If several programs have a word, its first row gives the hint. */
const ConfigForeign config_foreign_keys[] = {
        /* passwords, by any name */
        { FOREIGN_ANY, "Password", HINT(PASSWORD_PLACES) },
        { FOREIGN_ANY, "Passwd", HINT(PASSWORD_PLACES) },
        { FOREIGN_ANY, "Passphrase", HINT(PASSWORD_PLACES) },
        { FOREIGN_ANY, "Secret", HINT(PASSWORD_PLACES) },
        { FOREIGN_OPENVPN, "askpass", HINT(PASSWORD_PLACES) },
        { FOREIGN_OPENVPN, "auth-user-pass", HINT(PASSWORD_PLACES) },

        { FOREIGN_WIREGUARD, "Endpoint",
          HINT("here it is [Tunnel] Server=, and Port= for another port than 1723") },
        { FOREIGN_WIREGUARD, "AllowedIPs", KEY(ROUTE, Destination) },
        { FOREIGN_WIREGUARD, "PersistentKeepalive", KEY(TUNNEL, KeepAliveIntervalSec) },
        { FOREIGN_WIREGUARD, "Address",
          HINT("the server assigns it; for the uplink it is [Tunnel] LocalAddress=") },
        { FOREIGN_WIREGUARD, "FwMark", KEY(TUNNEL, FirewallMark) },
        { FOREIGN_WIREGUARD, "MTU", KEY(TUNNEL, MTUBytes) },
        { FOREIGN_WIREGUARD, "Table",
          HINT("here it is [Network] RouteTable=, or Table= in a [Route] section; Table=auto is what "
               "[Network] DefaultRoute=yes does") },
        { FOREIGN_WIREGUARD, "PrivateKey", HINT(NO_KEYS) },
        { FOREIGN_WIREGUARD, "PublicKey", HINT(NO_KEYS) },
        { FOREIGN_WIREGUARD, "PresharedKey", HINT(NO_KEYS) },
        { FOREIGN_WIREGUARD, "ListenPort",
          HINT("this is a client; the server's port is [Tunnel] Port=") },
        { FOREIGN_WIREGUARD, "PreUp", HINT(NO_SCRIPTS) },
        { FOREIGN_WIREGUARD, "PostUp", HINT(NO_SCRIPTS) },
        { FOREIGN_WIREGUARD, "PreDown", HINT(NO_SCRIPTS) },
        { FOREIGN_WIREGUARD, "PostDown", HINT(NO_SCRIPTS) },

        { FOREIGN_OPENVPN, "remote", KEY(TUNNEL, Server) },
        { FOREIGN_OPENVPN, "rport", KEY(TUNNEL, Port) },
        { FOREIGN_OPENVPN, "local", KEY(TUNNEL, LocalAddress) },
        { FOREIGN_OPENVPN, "dev", KEY(TUNNEL, InterfaceName) },
        { FOREIGN_OPENVPN, "route-nopull", HINT("here it is [Network] UseRoutes=no, the default") },
        { FOREIGN_OPENVPN, "route", HINT("here it is a section: [Route] with Destination= in it") },
        { FOREIGN_OPENVPN, "redirect-gateway", HINT(ALL_ROUTES) },
        { FOREIGN_OPENVPN, "keepalive", HINT(KEEP_ALIVE) },
        { FOREIGN_OPENVPN, "ping", KEY(TUNNEL, KeepAliveIntervalSec) },
        { FOREIGN_OPENVPN, "ping-restart", HINT(KEEP_ALIVE) },
        { FOREIGN_OPENVPN, "tun-mtu", KEY(TUNNEL, MTUBytes) },
        { FOREIGN_OPENVPN, "mssfix", KEY(NETWORK, ClampMSS) },
        { FOREIGN_OPENVPN, "route-metric", KEY(NETWORK, RouteMetric) },
        { FOREIGN_OPENVPN, "connect-retry",
          HINT("here it is [Reconnect] DelaySec= and MaxDelaySec=") },
        { FOREIGN_OPENVPN, "connect-retry-max", KEY(RECONNECT, MaxAttempts) },
        { FOREIGN_OPENVPN, "resolv-retry",
          HINT("names are resolved again at each attempt; see [Reconnect]") },
        { FOREIGN_OPENVPN, "cipher", KEY(ENCRYPTION, MPPE) },
        { FOREIGN_OPENVPN, "proto", HINT("PPTP is always TCP for control and GRE for data") },

        /* names, as OpenVPN, systemd-networkd and resolv.conf(5) have them */
        { FOREIGN_OPENVPN, "dhcp-option",
          HINT("here it is [Network] DNS= for a name server, and Domains= for a domain") },
        { FOREIGN_ANY, "UseDomains",
          HINT("the server's domains come with [Network] UseRoutes=yes; Domains= names yours") },
        { FOREIGN_ANY, "NameServer", KEY(NETWORK, DNS) },
        { FOREIGN_ANY, "NameServers", KEY(NETWORK, DNS) },
        { FOREIGN_ANY, "search", KEY(NETWORK, Domains) },
        { FOREIGN_ANY, "SearchDomains", KEY(NETWORK, Domains) },

        /* pppd: how to get to the server, and as whom */
        { FOREIGN_PPPD, "pty", 1,
          SPECIAL("no pptp program is run any more: its host is [Tunnel] Server=") },
        { FOREIGN_PPPD, "plugin", 1, SPECIAL("not needed: the right plugin is loaded for you") },
        { FOREIGN_PPPD, "pptp_server", 1, COPY(TUNNEL, Server) },
        { FOREIGN_PPPD, "pptp_client", 1, COPY(TUNNEL, LocalAddress) },
        { FOREIGN_PPPD, "pptp_phone", 1, COPY(TUNNEL, PhoneNumber) },
        { FOREIGN_PPPD, "pptp_window", 1, NEEDLESS_SINCE("not needed: the kernel has its own") },
        { FOREIGN_PPPD, "pptp_timeout", 1, NEEDLESS_SINCE(NO_REORDERING) },
        { FOREIGN_PPPD, "ifname", 1, COPY(TUNNEL, InterfaceName) },
        { FOREIGN_PPPD, "unit", 1, SPECIAL_KEY(TUNNEL, InterfaceName) },
        { FOREIGN_PPPD, "linkname", 1, NEEDLESS_SINCE("here it is the name of the file") },
        { FOREIGN_PPPD, "ipparam", 1, SPECIAL_KEY(TUNNEL, IpParam) },
        { FOREIGN_PPPD, "user", 1, SPECIAL_KEY(AUTHENTICATION, User) },
        { FOREIGN_PPPD, "name", 1, SPECIAL_KEY(AUTHENTICATION, User) },
        { FOREIGN_PPPD, "remotename", 1, SPECIAL_KEY(AUTHENTICATION, RemoteName) },
        { FOREIGN_PPPD, "password", 1, SPECIAL(PASSWORD_PLACES) },
        { FOREIGN_PPPD, "file", 1, SPECIAL("here it is a drop-in file in NAME.conf.d") },
        { FOREIGN_PPPD, "call", 1, SPECIAL("here it is a drop-in file in NAME.conf.d") },

        /* pppd: the link */
        { FOREIGN_PPPD, "mtu", 1, SPECIAL_KEY(TUNNEL, MTUBytes) },
        { FOREIGN_PPPD, "mru", 1, SPECIAL_KEY(TUNNEL, MTUBytes) },
        { FOREIGN_PPPD, "default-mru",
          NEEDLESS_SINCE("not needed: see [Tunnel] MTUBytes= if large packets get lost") },
        { FOREIGN_PPPD, "lcp-echo-interval", 1, COPY(TUNNEL, KeepAliveIntervalSec) },
        { FOREIGN_PPPD, "lcp-echo-failure", 1, SPECIAL_KEY(TUNNEL, KeepAliveProbes) },
        { FOREIGN_PPPD, "lcp-echo-adaptive",
          NEEDLESS_SINCE("not needed: an echo is sent only after silence") },
        { FOREIGN_PPPD, "persist",
          NEEDLESS_SINCE("not needed: the tunnel always comes back; see [Reconnect]") },
        { FOREIGN_PPPD, "nopersist",
          LOST("the tunnel always comes back; [Reconnect] MaxAttempts= limits the attempts") },
        { FOREIGN_PPPD, "maxfail", 1, SPECIAL_KEY(RECONNECT, MaxAttempts) },
        { FOREIGN_PPPD, "holdoff", 1, SPECIAL_KEY(RECONNECT, DelaySec) },
        { FOREIGN_PPPD, "demand", LOST(IS_UP ", and is not dialled when a packet wants to go") },
        { FOREIGN_PPPD, "idle", 1, SPECIAL(IS_UP ", and does not end when it is idle") },
        { FOREIGN_PPPD, "maxconnect", 1, SPECIAL(IS_UP ", and has no limit of time") },
        { FOREIGN_PPPD, "maxoctets", 1, LOST("a tunnel has no limit of bytes") },
        { FOREIGN_PPPD, "mo-direction", 1, LOST("a tunnel has no limit of bytes") },
        { FOREIGN_PPPD, "mo-timeout", 1, LOST("a tunnel has no limit of bytes") },
        { FOREIGN_PPPD, "active-filter", 1, LOST(IS_UP ", and does not end when it is idle") },
        { FOREIGN_PPPD, "precompiled-active-filter", 1,
          LOST(IS_UP ", and does not end when it is idle") },
        { FOREIGN_PPPD, "pass-filter", 1,
          LOST("packets are not filtered: use nftables with the interface's name") },
        { FOREIGN_PPPD, "precompiled-pass-filter", 1,
          LOST("packets are not filtered: use nftables with the interface's name") },

        /* pppd: encryption, which the importer decides from all of these together */
        { FOREIGN_PPPD, "mppe", 1, SPECIAL_KEY(ENCRYPTION, MPPE) },
        { FOREIGN_PPPD, "require-mppe", SPECIAL("here it is [Encryption] MPPE=any") },
        { FOREIGN_PPPD, "require-mppe-128",
          SPECIAL("here it is [Encryption] MPPE=128, the default") },
        { FOREIGN_PPPD, "require-mppe-40", SPECIAL("here it is [Encryption] MPPE=40") },
        { FOREIGN_PPPD, "mppe-128", SPECIAL("here it is [Encryption] MPPE=128, the default") },
        { FOREIGN_PPPD, "mppe-40", SPECIAL("here it is [Encryption] MPPE=40") },
        { FOREIGN_PPPD, "nomppe", SPECIAL("here it is [Encryption] MPPE=no") },
        { FOREIGN_PPPD, "nomppe-128", SPECIAL("here it is [Encryption] MPPE=40") },
        { FOREIGN_PPPD, "nomppe-40", SPECIAL("here it is [Encryption] MPPE=128, the default") },
        { FOREIGN_PPPD, "mppe-stateful", SET(ENCRYPTION, Stateful, "yes") },
        { FOREIGN_PPPD, "nomppe-stateful",
          NEEDLESS_SINCE("here it is [Encryption] Stateful=no, the default") },
        { FOREIGN_PPPD, "noccp", LOST("CCP carries MPPE, and is always there") },

        /* pppd: who proves what to whom */
        { FOREIGN_PPPD, "require-mschap-v2", NEEDLESS_SINCE(ONE_METHOD) },
        { FOREIGN_PPPD, "require-mschap", LOST(OTHER_METHOD) },
        { FOREIGN_PPPD, "require-chap", LOST(OTHER_METHOD) },
        { FOREIGN_PPPD, "require-pap", LOST(OTHER_METHOD) },
        { FOREIGN_PPPD, "require-eap", LOST(OTHER_METHOD) },
        { FOREIGN_PPPD, "refuse-mschap-v2", LOST(OTHER_METHOD) },
        { FOREIGN_PPPD, "refuse-eap", NEEDLESS_SINCE(ONE_METHOD) },
        { FOREIGN_PPPD, "refuse-pap", NEEDLESS_SINCE(ONE_METHOD) },
        { FOREIGN_PPPD, "refuse-chap", NEEDLESS_SINCE(ONE_METHOD) },
        { FOREIGN_PPPD, "refuse-mschap", NEEDLESS_SINCE(ONE_METHOD) },
        { FOREIGN_PPPD, "auth",
          NEEDLESS_SINCE("not needed: MS-CHAPv2 has the server prove that it knows the password") },
        { FOREIGN_PPPD, "noauth", NEEDLESS },
        { FOREIGN_PPPD, "hide-password", NEEDLESS_SINCE("not needed: it is never shown") },
        { FOREIGN_PPPD, "show-password", NEEDLESS_SINCE("the password is never shown") },
        { FOREIGN_PPPD, "usehostname", LOST("here it is always [Authentication] User=") },
        { FOREIGN_PPPD, "domain", 1,
          NEEDLESS_SINCE("not needed: it only adds to this machine's own name") },
        { FOREIGN_PPPD, "login", NEEDLESS_SINCE("not needed: it concerns servers") },
        { FOREIGN_PPPD, "papcrypt", NEEDLESS_SINCE(ONE_METHOD) },
        { FOREIGN_PPPD, "privgroup", 1,
          NEEDLESS_SINCE("not needed: systemd says who may start it") },
        { FOREIGN_PPPD, "allow-ip", 1, LOST("the server's addresses are taken as they are") },
        { FOREIGN_PPPD, "allow-number", 1, NEEDLESS_SINCE("not needed: it concerns servers") },
        { FOREIGN_PPPD, "remotenumber", 1, NEEDLESS_SINCE("not needed: it concerns servers") },
        { FOREIGN_PPPD, "chapms-strip-domain", NEEDLESS_SINCE("not needed: it concerns servers") },
        { FOREIGN_PPPD, "eap-interval", 1, NEEDLESS_SINCE(ONE_METHOD) },
        { FOREIGN_PPPD, "eap-restart", 1, NEEDLESS_SINCE(ONE_METHOD) },
        { FOREIGN_PPPD, "eap-timeout", 1, NEEDLESS_SINCE(ONE_METHOD) },
        { FOREIGN_PPPD, "eap-max-rreq", 1, NEEDLESS_SINCE(ONE_METHOD) },
        { FOREIGN_PPPD, "eap-max-sreq", 1, NEEDLESS_SINCE(ONE_METHOD) },
        { FOREIGN_PPPD, "pap-restart", 1, NEEDLESS_SINCE(ONE_METHOD) },
        { FOREIGN_PPPD, "pap-timeout", 1, NEEDLESS_SINCE(ONE_METHOD) },
        { FOREIGN_PPPD, "pap-max-authreq", 1, NEEDLESS_SINCE(ONE_METHOD) },
        { FOREIGN_PPPD, "chap-interval", 1, LOST(NOT_ADJUSTABLE) },
        { FOREIGN_PPPD, "chap-restart", 1, LOST(NOT_ADJUSTABLE) },
        { FOREIGN_PPPD, "chap-timeout", 1, LOST(NOT_ADJUSTABLE) },
        { FOREIGN_PPPD, "chap-max-challenge", 1, LOST(NOT_ADJUSTABLE) },
        { FOREIGN_PPPD, "ca", 1, LOST(OTHER_METHOD) },
        { FOREIGN_PPPD, "capath", 1, LOST(OTHER_METHOD) },
        { FOREIGN_PPPD, "cert", 1, LOST(OTHER_METHOD) },
        { FOREIGN_PPPD, "key", 1, LOST(OTHER_METHOD) },
        { FOREIGN_PPPD, "crl", 1, LOST(OTHER_METHOD) },
        { FOREIGN_PPPD, "crl-dir", 1, LOST(OTHER_METHOD) },
        { FOREIGN_PPPD, "need-peer-eap", LOST(OTHER_METHOD) },

        /* pppd: addresses, routes, names */
        { FOREIGN_PPPD, "defaultroute", SPECIAL(ALL_ROUTES) },
        { FOREIGN_PPPD, "replacedefaultroute", SPECIAL(ALL_ROUTES) },
        { FOREIGN_PPPD, "defaultroute-metric", 1,
          SPECIAL("here it is [Network] DefaultRoute=yes with RouteMetric=") },
        { FOREIGN_PPPD, "nodefaultroute", SPECIAL(ONLY_ROUTES) },
        { FOREIGN_PPPD, "noreplacedefaultroute", SPECIAL(ONLY_ROUTES) },
        { FOREIGN_PPPD, "usepeerdns", SET(NETWORK, UseDNS, "yes") },
        { FOREIGN_PPPD, "ms-dns", 1, NEEDLESS_SINCE("not needed: it concerns servers") },
        { FOREIGN_PPPD, "ms-wins", 1, NEEDLESS_SINCE("not needed: it concerns servers") },
        { FOREIGN_PPPD, "noipdefault", NEEDLESS_SINCE("not needed: the server gives the address") },
        { FOREIGN_PPPD, "ipcp-accept-local", NEEDLESS_SINCE("not needed: it is always so") },
        { FOREIGN_PPPD, "ipcp-accept-remote", NEEDLESS_SINCE("not needed: it is always so") },
        { FOREIGN_PPPD, "ipcp-no-address", LOST("a tunnel needs addresses") },
        { FOREIGN_PPPD, "ipcp-no-addresses", LOST("a tunnel needs addresses") },
        { FOREIGN_PPPD, "noremoteip", NEEDLESS_SINCE("not needed: it is always so") },
        { FOREIGN_PPPD, "nosendip", NEEDLESS },
        { FOREIGN_PPPD, "netmask", 1, NEEDLESS_SINCE("not needed: a link of two ends has none") },
        { FOREIGN_PPPD, "noip", LOST("a tunnel carries IPv4") },
        { FOREIGN_PPPD, "proxyarp",
          LOST("no address of the tunnel is answered for on the local network: "
               "ip neighbour add proxy does so") },
        { FOREIGN_PPPD, "noproxyarp", NEEDLESS_SINCE("not needed: it is always so") },
        { FOREIGN_PPPD, "ipv6", 1, NEEDLESS_SINCE(IPV6_IDS) },
        { FOREIGN_PPPD, "+ipv6", SET(NETWORK, IPv6, "negotiate") },
        { FOREIGN_PPPD, "defaultroute6",
          LOST("here it is DefaultRoute=yes in [Network], with IPv6=negotiate") },
        { FOREIGN_PPPD, "nodefaultroute6",
          NEEDLESS_SINCE("not needed: only what [Route] names goes into the tunnel") },
        { FOREIGN_PPPD, "ipv6cp-accept-local", NEEDLESS_SINCE(IPV6_IDS) },
        { FOREIGN_PPPD, "ipv6cp-accept-remote", NEEDLESS_SINCE(IPV6_IDS) },
        { FOREIGN_PPPD, "ipv6cp-use-ipaddr", NEEDLESS_SINCE(IPV6_IDS) },
        { FOREIGN_PPPD, "ipv6cp-use-persistent", NEEDLESS_SINCE(IPV6_IDS) },
        { FOREIGN_PPPD, "noipv6", NEEDLESS_SINCE("not needed: IPv6=ignore is the default") },
        { FOREIGN_PPPD, "-ipv6", NEEDLESS_SINCE("not needed: IPv6=ignore is the default") },
        { FOREIGN_PPPD, "noipx", NEEDLESS_SINCE("not needed: there is no IPX") },
        { FOREIGN_PPPD, "ipx", LOST("there is no IPX") },

        /* scripts, as people look for them */
        { FOREIGN_ANY, "Script", HINT(NO_SCRIPTS) },
        { FOREIGN_ANY, "ExecStartPost", HINT(NO_SCRIPTS) },
        { FOREIGN_ANY, "ip-up", HINT(NO_SCRIPTS) },
        { FOREIGN_ANY, "ip-down", HINT(NO_SCRIPTS) },
        { FOREIGN_OPENVPN, "up", KEY(HOOKS, Up) },
        { FOREIGN_OPENVPN, "down", KEY(HOOKS, Down) },
        { FOREIGN_OPENVPN, "route-up", KEY(HOOKS, Up) },

        /* pppd: scripts and the environment */
        { FOREIGN_PPPD, "ip-up-script", 1, SPECIAL(NO_SCRIPTS) },
        { FOREIGN_PPPD, "ip-down-script", 1, SPECIAL(NO_SCRIPTS) },
        { FOREIGN_PPPD, "ip-pre-up-script", 1, LOST(NO_SCRIPTS) },
        { FOREIGN_PPPD, "ipv6-up-script", 1, LOST(NO_SCRIPTS) },
        { FOREIGN_PPPD, "ipv6-down-script", 1, LOST(NO_SCRIPTS) },
        { FOREIGN_PPPD, "auth-up-script", 1, LOST(NO_SCRIPTS) },
        { FOREIGN_PPPD, "auth-down-script", 1, LOST(NO_SCRIPTS) },
        { FOREIGN_PPPD, "connect", 1, LOST(NO_SCRIPTS) },
        { FOREIGN_PPPD, "disconnect", 1, LOST(NO_SCRIPTS) },
        { FOREIGN_PPPD, "init", 1, LOST(NO_SCRIPTS) },
        { FOREIGN_PPPD, "welcome", 1, LOST(NO_SCRIPTS) },
        { FOREIGN_PPPD, "set", 1, LOST("no scripts are run, so nothing reads the variable") },
        { FOREIGN_PPPD, "unset", 1, NEEDLESS_SINCE("not needed: no scripts are run") },

        /* pppd: the log, and being a daemon */
        { FOREIGN_PPPD, "debug",
          NEEDLESS_SINCE("run the supervisor with --debug, see pptp@.service(8)") },
        { FOREIGN_PPPD, "nodebug", NEEDLESS },
        { FOREIGN_PPPD, "dump", NEEDLESS },
        { FOREIGN_PPPD, "dryrun", NEEDLESS },
        { FOREIGN_PPPD, "kdebug", 1, NEEDLESS_SINCE("not needed: the journal has the log") },
        { FOREIGN_PPPD, "logfile", 1,
          NEEDLESS_SINCE("here it is the journal: journalctl -u pptp@NAME") },
        { FOREIGN_PPPD, "logfd", 1, NEEDLESS_SINCE("not needed: the journal has the log") },
        { FOREIGN_PPPD, "nolog", NEEDLESS_SINCE("not needed: the journal has the log") },
        { FOREIGN_PPPD, "nologfd", NEEDLESS_SINCE("not needed: the journal has the log") },
        { FOREIGN_PPPD, "record", 1,
          LOST("packets are not recorded: --debug logs them, see pptp@.service(8)") },
        { FOREIGN_PPPD, "lock", NEEDLESS },
        { FOREIGN_PPPD, "nolock", NEEDLESS },
        { FOREIGN_PPPD, "nodetach", NEEDLESS_SINCE("not needed: systemd runs it") },
        { FOREIGN_PPPD, "updetach",
          NEEDLESS_SINCE("not needed: systemctl start returns when the tunnel can be used") },
        { FOREIGN_PPPD, "up_sdnotify",
          NEEDLESS_SINCE("not needed: systemctl start returns when the tunnel can be used") },
        { FOREIGN_PPPD, "master_detach", LOST(MULTILINK) },
        { FOREIGN_PPPD, "child-timeout", 1, NEEDLESS },
        { FOREIGN_PPPD, "enable-session", NEEDLESS_SINCE("not needed: it concerns servers") },
        { FOREIGN_PPPD, "maxwaitscript", 1, NEEDLESS },
        { FOREIGN_PPPD, "local", NEEDLESS_SINCE(NO_SERIAL) },
        { FOREIGN_PPPD, "modem", NEEDLESS_SINCE(NO_SERIAL) },
        { FOREIGN_PPPD, "crtscts", NEEDLESS_SINCE(NO_SERIAL) },
        { FOREIGN_PPPD, "nocrtscts", NEEDLESS_SINCE(NO_SERIAL) },
        { FOREIGN_PPPD, "-crtscts", NEEDLESS_SINCE(NO_SERIAL) },
        { FOREIGN_PPPD, "cdtrcts", NEEDLESS_SINCE(NO_SERIAL) },
        { FOREIGN_PPPD, "nocdtrcts", NEEDLESS_SINCE(NO_SERIAL) },
        { FOREIGN_PPPD, "xonxoff", NEEDLESS_SINCE(NO_SERIAL) },
        { FOREIGN_PPPD, "asyncmap", 1, NEEDLESS_SINCE(NO_SERIAL) },
        { FOREIGN_PPPD, "default-asyncmap", NEEDLESS_SINCE(NO_SERIAL) },
        { FOREIGN_PPPD, "escape", 1, NEEDLESS_SINCE(NO_SERIAL) },
        { FOREIGN_PPPD, "receive-all", NEEDLESS_SINCE(NO_SERIAL) },
        { FOREIGN_PPPD, "sync", NEEDLESS_SINCE(NO_SERIAL) },
        { FOREIGN_PPPD, "notty", NEEDLESS_SINCE(NO_SERIAL) },
        { FOREIGN_PPPD, "stop-bits", 1, NEEDLESS_SINCE(NO_SERIAL) },
        { FOREIGN_PPPD, "connect-delay", 1, NEEDLESS_SINCE(NO_SERIAL) },
        { FOREIGN_PPPD, "nomagic", NEEDLESS },
        { FOREIGN_PPPD, "noaccomp", NEEDLESS },
        { FOREIGN_PPPD, "nopcomp", NEEDLESS },
        { FOREIGN_PPPD, "noendpoint", NEEDLESS },
        { FOREIGN_PPPD, "endpoint", 1, LOST(MULTILINK) },
        { FOREIGN_PPPD, "passive", NEEDLESS_SINCE("not needed: the server is called again") },
        { FOREIGN_PPPD, "silent", LOST("the first word is always ours") },
        { FOREIGN_PPPD, "ktune", LOST("the kernel's settings are left alone: see sysctl.d(5)") },
        { FOREIGN_PPPD, "noktune", NEEDLESS },
        { FOREIGN_PPPD, "multilink", LOST(MULTILINK) },
        { FOREIGN_PPPD, "mp", LOST(MULTILINK) },
        { FOREIGN_PPPD, "mrru", 1, LOST(MULTILINK) },
        { FOREIGN_PPPD, "nomultilink", NEEDLESS },
        { FOREIGN_PPPD, "nomp", NEEDLESS },
        { FOREIGN_PPPD, "bundle", 1, LOST(MULTILINK) },

        /* pppd: compression */
        { FOREIGN_PPPD, "nobsdcomp", NEEDLESS_SINCE(NO_COMPRESSION) },
        { FOREIGN_PPPD, "nodeflate", NEEDLESS_SINCE(NO_COMPRESSION) },
        { FOREIGN_PPPD, "nodeflatedraft", NEEDLESS_SINCE(NO_COMPRESSION) },
        { FOREIGN_PPPD, "nopredictor1", NEEDLESS_SINCE(NO_COMPRESSION) },
        { FOREIGN_PPPD, "novj", NEEDLESS_SINCE(NO_COMPRESSION) },
        { FOREIGN_PPPD, "-vj", NEEDLESS_SINCE(NO_COMPRESSION) },
        { FOREIGN_PPPD, "novjccomp", NEEDLESS_SINCE(NO_COMPRESSION) },
        { FOREIGN_PPPD, "bsdcomp", 1, LOST("packets are never compressed") },
        { FOREIGN_PPPD, "deflate", 1, LOST("packets are never compressed") },
        { FOREIGN_PPPD, "predictor1", LOST("packets are never compressed") },
        { FOREIGN_PPPD, "vj-max-slots", 1, NEEDLESS_SINCE(NO_COMPRESSION) },

        /* pppd: how patient it is */
        { FOREIGN_PPPD, "lcp-restart", 1, LOST(NOT_ADJUSTABLE) },
        { FOREIGN_PPPD, "lcp-max-configure", 1, LOST(NOT_ADJUSTABLE) },
        { FOREIGN_PPPD, "lcp-max-failure", 1, LOST(NOT_ADJUSTABLE) },
        { FOREIGN_PPPD, "lcp-max-terminate", 1, LOST(NOT_ADJUSTABLE) },
        { FOREIGN_PPPD, "ipcp-restart", 1, LOST(NOT_ADJUSTABLE) },
        { FOREIGN_PPPD, "ipcp-max-configure", 1, LOST(NOT_ADJUSTABLE) },
        { FOREIGN_PPPD, "ipcp-max-failure", 1, LOST(NOT_ADJUSTABLE) },
        { FOREIGN_PPPD, "ipcp-max-terminate", 1, LOST(NOT_ADJUSTABLE) },
        { FOREIGN_PPPD, "ccp-restart", 1, LOST(NOT_ADJUSTABLE) },
        { FOREIGN_PPPD, "ccp-max-configure", 1, LOST(NOT_ADJUSTABLE) },

        /* pptp-linux and pptpconfig */
        { FOREIGN_PPTP, "phone", 1, COPY(TUNNEL, PhoneNumber) },
        { FOREIGN_PPTP, "timeout", 1, NEEDLESS_SINCE(NO_REORDERING) },
        { FOREIGN_PPTP, "localbind", 1, COPY(TUNNEL, LocalAddress) },
        { FOREIGN_PPTP, "rtmark", 1, COPY(TUNNEL, FirewallMark) },
        { FOREIGN_PPTP, "idle-wait", 1, NEEDLESS_SINCE(TESTED) },
        { FOREIGN_PPTP, "max-echo-wait", 1, NEEDLESS_SINCE(TESTED) },
        { FOREIGN_PPTP, "nobuffer", NEEDLESS_SINCE(NO_REORDERING) },
        { FOREIGN_PPTP, "loglevel", 1,
          NEEDLESS_SINCE("run the supervisor with --debug, see pptp@.service(8)") },
        { FOREIGN_PPTP, "logstring", 1, NEEDLESS_SINCE("not needed: the journal names the unit") },
        { FOREIGN_PPTP, "nolaunchpppd", NEEDLESS_SINCE("not needed: no pptp program is run") },
        { FOREIGN_PPTP, "nohostroute",
          NEEDLESS_SINCE("not needed: a route to the server is set only where one is needed") },
        { FOREIGN_PPTP, "sync", NEEDLESS_SINCE(NO_SERIAL) },
        { FOREIGN_PPTP, "debug",
          NEEDLESS_SINCE("run the supervisor with --debug, see pptp@.service(8)") },
        { FOREIGN_PPTP, "missing-window", 1, NEEDLESS_SINCE(NO_REORDERING) },
        { FOREIGN_PPTP, "quirks", 1, LOST("servers with quirks are not supported") },
        { FOREIGN_PPTP, "test-type", 1, LOST("packets are not damaged on purpose") },
        { FOREIGN_PPTP, "test-rate", 1, LOST("packets are not damaged on purpose") },
        { FOREIGN_PPTP, "server", KEY(TUNNEL, Server) },
        { FOREIGN_PPTP, "routes", KEY(ROUTE, Destination) },
        { FOREIGN_PPTP, "all-to-tunnel", HINT(ALL_ROUTES) },

        /* NetworkManager: [vpn] */
        { FOREIGN_NETWORK_MANAGER, "gateway", COPY(TUNNEL, Server) },
        { FOREIGN_NETWORK_MANAGER, "user", SPECIAL_KEY(AUTHENTICATION, User) },
        { FOREIGN_NETWORK_MANAGER, "user-name", SPECIAL_KEY(AUTHENTICATION, User) },
        { FOREIGN_NETWORK_MANAGER, "domain", COPY(AUTHENTICATION, Domain) },
        { FOREIGN_NETWORK_MANAGER, "password", SPECIAL(PASSWORD_PLACES) },
        { FOREIGN_NETWORK_MANAGER, "password-flags", SPECIAL(PASSWORD_PLACES) },
        { FOREIGN_NETWORK_MANAGER, "service-type", SPECIAL("not needed: it is always PPTP") },
        { FOREIGN_NETWORK_MANAGER, "require-mppe", SPECIAL("here it is [Encryption] MPPE=any") },
        { FOREIGN_NETWORK_MANAGER, "require-mppe-128",
          SPECIAL("here it is [Encryption] MPPE=128, the default") },
        { FOREIGN_NETWORK_MANAGER, "require-mppe-40", SPECIAL("here it is [Encryption] MPPE=40") },
        { FOREIGN_NETWORK_MANAGER, "mppe-stateful", SET(ENCRYPTION, Stateful, "yes") },
        { FOREIGN_NETWORK_MANAGER, "mppe-security-strength", KEY(ENCRYPTION, MPPE) },
        { FOREIGN_NETWORK_MANAGER, "refuse-eap", NEEDLESS_SINCE(ONE_METHOD) },
        { FOREIGN_NETWORK_MANAGER, "refuse-pap", NEEDLESS_SINCE(ONE_METHOD) },
        { FOREIGN_NETWORK_MANAGER, "refuse-chap", NEEDLESS_SINCE(ONE_METHOD) },
        { FOREIGN_NETWORK_MANAGER, "refuse-mschap", NEEDLESS_SINCE(ONE_METHOD) },
        { FOREIGN_NETWORK_MANAGER, "refuse-mschapv2", LOST(OTHER_METHOD) },
        { FOREIGN_NETWORK_MANAGER, "nobsdcomp", NEEDLESS_SINCE(NO_COMPRESSION) },
        { FOREIGN_NETWORK_MANAGER, "nodeflate", NEEDLESS_SINCE(NO_COMPRESSION) },
        { FOREIGN_NETWORK_MANAGER, "no-vj-comp", NEEDLESS_SINCE(NO_COMPRESSION) },
        { FOREIGN_NETWORK_MANAGER, "lcp-echo-interval", COPY(TUNNEL, KeepAliveIntervalSec) },
        { FOREIGN_NETWORK_MANAGER, "lcp-echo-failure", SPECIAL_KEY(TUNNEL, KeepAliveProbes) },
        { FOREIGN_NETWORK_MANAGER, "mtu", COPY(TUNNEL, MTUBytes) },
        { FOREIGN_NETWORK_MANAGER, "mru", SPECIAL_KEY(TUNNEL, MTUBytes) },
        { FOREIGN_NETWORK_MANAGER, "unit", SPECIAL_KEY(TUNNEL, InterfaceName) },
        { FOREIGN_NETWORK_MANAGER, "persistent",
          NEEDLESS_SINCE("not needed: the tunnel always comes back; see [Reconnect]") },

        /* NetworkManager: [connection] */
        { FOREIGN_NETWORK_MANAGER, "id", NEEDLESS_SINCE("here it is the name of the file") },
        { FOREIGN_NETWORK_MANAGER, "uuid", NEEDLESS },
        { FOREIGN_NETWORK_MANAGER, "type", NEEDLESS },
        { FOREIGN_NETWORK_MANAGER, "timestamp", NEEDLESS },
        { FOREIGN_NETWORK_MANAGER, "interface-name",
          LOST("the plugin for PPTP gives it no meaning; here it is [Tunnel] InterfaceName=") },
        { FOREIGN_NETWORK_MANAGER, "autoconnect",
          SPECIAL("here it is: systemctl enable pptp@NAME") },
        { FOREIGN_NETWORK_MANAGER, "autoconnect-priority",
          LOST("all tunnels that are enabled are started") },
        { FOREIGN_NETWORK_MANAGER, "autoconnect-retries", LOST("see [Reconnect] MaxAttempts=") },
        { FOREIGN_NETWORK_MANAGER, "permissions",
          LOST("tunnels belong to root: see polkit(8) for who may start units") },
        { FOREIGN_NETWORK_MANAGER, "zone", LOST("tell the firewall the interface's name") },
        { FOREIGN_NETWORK_MANAGER, "secondaries", LOST("use Wants= and After= in a unit") },

        /* NetworkManager: [ipv4] */
        { FOREIGN_NETWORK_MANAGER, "method", SPECIAL("not needed: the server gives the address") },
        { FOREIGN_NETWORK_MANAGER, "never-default", SPECIAL(ONLY_ROUTES) },
        { FOREIGN_NETWORK_MANAGER, "route1", SPECIAL_KEY(ROUTE, Destination) },
        { FOREIGN_NETWORK_MANAGER, "route-metric", SPECIAL_KEY(NETWORK, RouteMetric) },
        { FOREIGN_NETWORK_MANAGER, "route-table", SPECIAL_KEY(NETWORK, RouteTable) },
        { FOREIGN_NETWORK_MANAGER, "dns", SPECIAL_KEY(NETWORK, DNS) },
        { FOREIGN_NETWORK_MANAGER, "dns-search", SPECIAL_KEY(NETWORK, Domains) },
        { FOREIGN_NETWORK_MANAGER, "dns-priority", LOST("see [Network] DNSDefaultRoute=") },
        { FOREIGN_NETWORK_MANAGER, "ignore-auto-dns", SET(NETWORK, UseDNS, "no") },
        { FOREIGN_NETWORK_MANAGER, "ignore-auto-routes", NEEDLESS_SINCE(ONLY_ROUTES) },
        { FOREIGN_NETWORK_MANAGER, "may-fail",
          NEEDLESS_SINCE("not needed: without IPv4 there is no tunnel") },

        /* OpenWrt */
        { FOREIGN_OPENWRT, "proto", NEEDLESS_SINCE("not needed: it is always PPTP") },
        { FOREIGN_OPENWRT, "server", COPY(TUNNEL, Server) },
        { FOREIGN_OPENWRT, "username", SPECIAL_KEY(AUTHENTICATION, User) },
        { FOREIGN_OPENWRT, "password", SPECIAL(PASSWORD_PLACES) },
        { FOREIGN_OPENWRT, "keepalive", SPECIAL(KEEP_ALIVE) },
        { FOREIGN_OPENWRT, "mtu", COPY(TUNNEL, MTUBytes) },
        { FOREIGN_OPENWRT, "pppd_options",
          SPECIAL("here options of pppd have keys of their own; see pptp.conf(5)") },
        { FOREIGN_OPENWRT, "defaultroute", SPECIAL(ALL_ROUTES) },
        { FOREIGN_OPENWRT, "metric", COPY(NETWORK, RouteMetric) },
        { FOREIGN_OPENWRT, "ip4table", COPY(NETWORK, RouteTable) },
        { FOREIGN_OPENWRT, "peerdns", SPECIAL_KEY(NETWORK, UseDNS) },
        { FOREIGN_OPENWRT, "dns", SPECIAL_KEY(NETWORK, DNS) },
        { FOREIGN_OPENWRT, "dns_search", SPECIAL_KEY(NETWORK, Domains) },
        { FOREIGN_OPENWRT, "dns_metric", LOST("see [Network] DNSDefaultRoute=") },
        { FOREIGN_OPENWRT, "ipv6", SPECIAL_KEY(NETWORK, IPv6) },
        { FOREIGN_OPENWRT, "delegate",
          NEEDLESS_SINCE("not needed: no prefix of the tunnel is given to other networks") },
        { FOREIGN_OPENWRT, "auto", SPECIAL("here it is: systemctl enable pptp@NAME") },
        { FOREIGN_OPENWRT, "disabled", SPECIAL("here it is: systemctl disable pptp@NAME") },
        { FOREIGN_OPENWRT, "force_link", NEEDLESS },
        { FOREIGN_OPENWRT, "authfail",
          NEEDLESS_SINCE("not needed: a refused password always ends the attempts") },
        { FOREIGN_OPENWRT, "demand", LOST(IS_UP ", and does not end when it is idle") },
        { FOREIGN_OPENWRT, "connect", LOST(NO_SCRIPTS) },
        { FOREIGN_OPENWRT, "disconnect", LOST(NO_SCRIPTS) },

        /* other words for ours */
        { FOREIGN_ANY, "Host", KEY(TUNNEL, Server) },
        { FOREIGN_ANY, "HostName", KEY(TUNNEL, Server) },
        { FOREIGN_ANY, "Interface", KEY(TUNNEL, InterfaceName) },
        { FOREIGN_ANY, "Bind",
          HINT("here it is [Tunnel] LocalAddress=, or BindToDevice= for an interface") },
        { FOREIGN_ANY, "Mark", KEY(TUNNEL, FirewallMark) },
        { FOREIGN_ANY, "Encryption", KEY(ENCRYPTION, MPPE) },
        { FOREIGN_ANY, "Prefix", KEY(ROUTE, Destination) },
        { FOREIGN_ANY, "Network", KEY(ROUTE, Destination) },
        { FOREIGN_ANY, "RestartSec", KEY(RECONNECT, DelaySec) },
        { FOREIGN_ANY, "TCPMSS", KEY(NETWORK, ClampMSS) },
        { FOREIGN_ANY, "clamp-mss-to-pmtu", KEY(NETWORK, ClampMSS) },
        { FOREIGN_ANY, "mss-clamp", KEY(NETWORK, ClampMSS) },
        { FOREIGN_ANY, "NetworkNamespacePath", KEY(TUNNEL, NetworkNamespace) },
        { FOREIGN_ANY, "netns", KEY(TUNNEL, NetworkNamespace) },
        { FOREIGN_ANY, "vrf-name", KEY(NETWORK, VRF) },
        { FOREIGN_ANY, "Master", KEY(NETWORK, VRF) },
        { FOREIGN_ANY, "Controller", KEY(NETWORK, VRF) },
        { FOREIGN_ANY, "Description", HINT("here it is a comment, a line that begins with #") },
};
const size_t n_config_foreign_keys = ELEMENTSOF(config_foreign_keys);

const ConfigForeign config_foreign_sections[] = {
        { FOREIGN_ANY, "Interface", HINT("here these keys are in [Tunnel]") },
        { FOREIGN_ANY, "Peer", HINT("here these keys are in [Tunnel] and [Route]") },
        { FOREIGN_ANY, "connection", HINT("here these keys are in [Tunnel]") },
        { FOREIGN_ANY, "vpn",
          HINT("here these keys are in [Tunnel], [Authentication] and [Encryption]") },
        { FOREIGN_ANY, "vpn-secrets", HINT(PASSWORD_PLACES) },
        { FOREIGN_ANY, "ipv4", HINT("here these keys are in [Network] and [Route]") },
        { FOREIGN_ANY, "ipv6", HINT(IPV6) },
        { FOREIGN_ANY, "Unit",
          HINT("it belongs into a drop-in of the unit: systemctl edit pptp@NAME") },
        { FOREIGN_ANY, "Service",
          HINT("it belongs into a drop-in of the unit: systemctl edit pptp@NAME") },
        { FOREIGN_ANY, "Install",
          HINT("it belongs into a drop-in of the unit: systemctl edit pptp@NAME") },
        { FOREIGN_ANY, "Link", HINT("here these keys are in [Tunnel]") },
        { FOREIGN_ANY, "Auth", HINT("did you mean [Authentication]?") },
        { FOREIGN_ANY, "MPPE", HINT("did you mean [Encryption]?") },
        { FOREIGN_ANY, "Routes", HINT("did you mean [Route]?") },
        { FOREIGN_ANY, "DNS", KEY(NETWORK, DNS) },
        { FOREIGN_ANY, "PPP",
          HINT("here options of pppd have keys of their own; see pptp.conf(5)") },
};
const size_t n_config_foreign_sections = ELEMENTSOF(config_foreign_sections);

static char fold(char c) {
        if (c == '_')
                return '-';

        return c >= 'A' && c <= 'Z' ? (char) (c | 0x20) : c;
}

static bool name_equal(const char *a, const char *b) {
        for (; *a && *b; a++, b++)
                if (fold(*a) != fold(*b))
                        return false;

        return *a == *b;
}

static const ConfigForeign *find(const ConfigForeign *rows, size_t n_rows, ForeignProgram program,
                                 const char *name) {

        for (size_t i = 0; i < n_rows; i++)
                if ((program == FOREIGN_ANY || rows[i].program == program) &&
                    name_equal(rows[i].name, name))
                        return &rows[i];

        return NULL;
}

const ConfigForeign *config_foreign_find(ForeignProgram program, const char *name) {
        return find(config_foreign_keys, n_config_foreign_keys, program, name);
}

const ConfigForeign *config_foreign_find_section(const char *name) {
        return find(config_foreign_sections, n_config_foreign_sections, FOREIGN_ANY, name);
}

const ConfigKey *config_foreign_get_key(const ConfigForeign *foreign) {
        const ConfigKey *key;

        key = foreign->key ? config_key_find(foreign->section, foreign->key) : NULL;
        return key && key->parse ? key : NULL;
}
