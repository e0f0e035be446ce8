/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * pptpctl explain: what is known of the programs that dial: how their settings are called, what
 * mends a failure there, and how to have them log more.
 */

#include <stdio.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/diagnosis/catalogue.h"
#include "ctl.h"
#include "explain-parts.h"

static const ExplainClient clients[_LOG_PROGRAM_MAX] = {
        [LOG_PROGRAM_PPPD] = {
                .log_more = "With the option \"debug\" pppd logs them; they tell more than messages "
                            "do.",
        },
        [LOG_PROGRAM_NETWORK_MANAGER] = {
                .title = "With NetworkManager:",
                .log_more = "With the option \"debug\" pppd logs them; they tell more than messages "
                            "do.",
        },
        [LOG_PROGRAM_WINDOWS] = {
                .title = "With Windows:",
                .encryption = "in the connection's properties, Security, \"Data encryption\"",
                .routes = "Windows sends everything through the tunnel with \"Use default gateway on "
                          "remote network\" (the connection's properties, IPv4, Advanced). Without it, "
                          "\"Add-VpnConnectionRoute -ConnectionName NAME -DestinationPrefix "
                          "192.168.10.0/24\" in PowerShell adds a network",
        },
        [LOG_PROGRAM_MACOS] = {
                .title = "With macOS:",
                .server = "\"Server Address\" of the VPN in System Preferences, Network",
                .account = "\"Account Name\" of the VPN in System Preferences, Network, and the "
                           "password under \"Authentication Settings\"",
                .methods = "macOS does MS-CHAPv2 by itself, so that nothing is to be set here",
                .encryption = "\"Encryption\" of the VPN in System Preferences, Network: \"Automatic\", "
                              "or \"None\"",
                .routes = "tick \"Send all traffic over VPN connection\" (Advanced, Options), or add "
                          "each network, as \"sudo route add -net 192.168.10.0/24 -interface ppp0\"",
                .log_more = "\"Use verbose logging\" (System Preferences, Network, the VPN, "
                            "Advanced, Options) writes the packets to /var/log/ppp.log.",
        },
        [LOG_PROGRAM_ANDROID] = {
                .title = "With Android:",
                .server = "\"Server address\" of the VPN profile in the settings",
                .account = "Android asks for both at the connection, or keeps them in the VPN profile",
                .methods = "Android does MS-CHAPv2 by itself, so that nothing is to be set here",
                .encryption = "\"PPP encryption (MPPE)\" of the VPN profile in the settings",
                .routes = "\"Forwarding routes\" of the VPN profile, under the advanced options, says "
                          "what goes through the tunnel: 192.168.10.0/24, or 0.0.0.0/0",
        },
        [LOG_PROGRAM_MPD] = {
                .title = "With mpd:",
                .server = "\"set pptp peer\" in mpd.conf",
                .account = "\"set auth authname\" and \"set auth password\" in mpd.conf",
                .methods = "in mpd.conf, \"set link accept chap-msv2\" and \"set link deny pap chap-md5 "
                           "eap\"",
                .encryption = "in mpd.conf, \"set bundle enable compression\", \"set ccp yes mppc\" and "
                              "\"set mppc yes e128 stateless\" ask for it, and \"set bundle disable "
                              "crypt-reqd\" goes without",
                .routes = "\"set iface route 192.168.10.0/24\" in mpd.conf for each network, or \"set "
                          "iface route default\"",
                .log_more = "\"log +lcp +auth +ccp +ipcp\" in the section \"startup:\" of mpd.conf "
                            "logs the packets.",
        },
        [LOG_PROGRAM_ROUTEROS] = {
                .title = "With RouterOS:",
                .server = "\"/interface pptp-client set NAME connect-to=SERVER\"",
                .account = "\"/interface pptp-client set NAME user=USER password=PASSWORD\"",
                .methods = "\"/interface pptp-client set NAME allow=mschap2\"",
                .encryption = "use-encryption=yes, required or no in the client's profile, see \"/ppp "
                              "profile print\"",
                .routes = "\"/ip route add dst-address=192.168.10.0/24 gateway=NAME\" for each network, "
                          "or \"/interface pptp-client set NAME add-default-route=yes\"",
                .log_more = "\"/system logging add topics=pptp,debug\", and the same with "
                            "\"ppp,debug\", logs the packets.",
        },
        [LOG_PROGRAM_DEVICE] = {
                .title = "In the pages of this router or NAS:",
                .server = "there is a field for it",
                .account = "there are fields for both",
                .methods = "choose MS-CHAPv2, if the pages offer a choice",
                .encryption = "choose the encryption (MPPE) that the server has",
                .routes = "add each network as a static route through the tunnel, or make the tunnel "
                          "the default gateway",
        },
};

const ExplainClient *explain_get_client(LogClientProgram program) {
        return &clients[program];
}

/* Returns the remedy for NetworkManager: keys of its connections, and words of its dialog. */
static const char *find_manager_remedy(const DiagnosisRow *row) {
        static const char stateful[] =
                "nmcli connection modify NAME +vpn.data mppe-stateful=yes (in "
                "the dialog: Advanced, \"Allow stateful encryption\")";
        static const char require[] = "nmcli connection modify NAME +vpn.data require-mppe=yes (in "
                                      "the dialog: Advanced, \"Use Point-to-Point encryption "
                                      "(MPPE)\")";
        static const char renounce[] =
                "nmcli connection modify NAME -vpn.data require-mppe (in the "
                "dialog: Advanced, untick \"Use Point-to-Point encryption "
                "(MPPE)\"); everything is sent in clear text then";
        static const char eap[] = "nmcli connection modify NAME +vpn.data refuse-eap=yes (in the "
                                  "dialog: Advanced, untick EAP)";
        static const char policy[] =
                "nmcli connection modify NAME +vpn.data refuse-eap=yes (in the dialog: Advanced, "
                "untick EAP). If that does not help, check the user name, the \"NT Domain\" and the "
                "password, and ask whether the account may dial in";
        static const char gre[] =
                "no setting of the connection helps: GRE is lost on the way, or in this "
                "host's firewall. With ufw, add \"-A ufw-before-input -p 47 -j ACCEPT\" to "
                "/etc/ufw/before.rules; with firewalld, \"firewall-cmd --permanent "
                "--direct --add-rule ipv4 filter INPUT 0 -p gre -j ACCEPT\" and "
                "\"firewall-cmd --reload\". Then the router, and another uplink";
        static const char secret[] =
                "nmcli connection modify NAME +vpn.data password-flags=0 vpn.secrets "
                "password=PASSWORD (in the dialog: the sign beside the password, \"Store "
                "the password for all users\")";
        static const char refuse[] =
                "in the dialog under Advanced, allow the method that the server asks for "
                "(nmcli connection modify NAME -vpn.data refuse-pap, and the like); with "
                "PAP switch \"Use Point-to-Point encryption (MPPE)\" off, it needs MS-CHAP";
        static const char no_mppe_key[] =
                "allow MS-CHAPv2 and nothing else under Advanced: nmcli connection modify "
                "NAME +vpn.data refuse-pap=yes +vpn.data refuse-chap=yes +vpn.data "
                "refuse-eap=yes";
        static const char crash[] =
                "update network-manager, network-manager-pptp and ppp together, and restart the host. "
                "Until then \"pon NAME\" dials the same server without NetworkManager";
        static const char way[] =
                "give the server a route outside of the tunnel: \"ip route add SERVER via "
                "GATEWAY\"; or let only the networks behind it go through: nmcli connection modify "
                "NAME ipv4.never-default yes (in the dialog: IPv4, Routes, \"Use this connection "
                "only for resources on its network\")";
        static const char gateway[] =
                "check the server's name or address: nmcli connection modify NAME +vpn.data "
                "gateway=SERVER (in the dialog: \"Gateway\"), and try another address of the same "
                "provider, and another uplink";
        static const char host[] =
                "check the server's name or address, with \"resolvectl query SERVER\": nmcli "
                "connection modify NAME +vpn.data gateway=SERVER (in the dialog: \"Gateway\")";
        static const char log_on[] =
                "write the user's name, the domain and the password anew: nmcli connection modify "
                "NAME +vpn.data user=USER +vpn.data domain=DOMAIN vpn.secrets password=PASSWORD "
                "(in the dialog: \"User name\", \"Password\", \"NT Domain\"). Without a domain: "
                "-vpn.data domain. Under Advanced leave only MS-CHAPv2";
        static const struct {
                const char *id, *remedy;
        } remedies[] = {
                { "NET-01", host },      { "NET-02", host },         { "NET-03", host },
                { "AUTH-01", log_on },   { "AUTH-07", log_on },      { "AUTH-14", log_on },
                { "CTL-10", way },       { "GRE-01", gre },          { "CFG-05", secret },
                { "NET-06", gateway },   { "CTL-05", gateway },      { "CTL-13", gateway },
                { "AUTH-11", refuse },   { "AUTH-12", no_mppe_key }, { "MPPE-02", stateful },
                { "MPPE-09", renounce }, { "MPPE-10", renounce },    { "MPPE-11", require },
                { "AUTH-10", eap },      { "AUTH-17", policy },      { "PPPD-02", crash },
        };

        for (size_t i = 0; i < ELEMENTSOF(remedies); i++)
                if (strcmp(row->id, remedies[i].id) == 0)
                        return remedies[i].remedy;

        return NULL;
}

static bool is_one_of(const DiagnosisRow *row, const char *const *ids, size_t n_ids) {
        for (size_t i = 0; i < n_ids; i++)
                if (strcmp(row->id, ids[i]) == 0)
                        return true;

        return false;
}

/* Whether the server knows the user, and what it says is about the account itself. */
static bool is_about_account(const DiagnosisRow *row) {
        static const char *const ids[] = { "AUTH-02", "AUTH-03", "AUTH-04" };

        return is_one_of(row, ids, ELEMENTSOF(ids));
}

/* Returns what to do about a row that Windows' own client reports. */
static const char *find_windows_remedy(const DiagnosisRow *row) {
        CatalogueGroup group = catalogue_row_group(row);

        if (group == CATALOGUE_GROUP_NET || group == CATALOGUE_GROUP_GRE ||
            group == CATALOGUE_GROUP_CTL)
                return "check the server's name in the connection's properties. Let the firewalls of "
                       "this computer and of the router pass TCP port 1723 and GRE (protocol 47; on "
                       "a router \"PPTP passthrough\"), and try another uplink";
        if (group == CATALOGUE_GROUP_IPCP)
                return "in the connection's properties, TCP/IPv4, let the server give the address; "
                       "run \"netsh int ip reset\" and \"netsh winsock reset\", uninstall \"WAN "
                       "Miniport (IP)\" in the device manager and have it look for changes, and "
                       "restart Windows. If other clients fail as well, the server has no address "
                       "to give";
        if (is_about_account(row))
                return "the name and the password are right, and no setting of the connection "
                       "helps: ask the server's administrator, with this number";
        if (group == CATALOGUE_GROUP_LCP)
                return "let the router pass GRE (protocol 47; \"PPTP passthrough\"), and try another "
                       "uplink. Then, in the connection's properties, Security: allow MS-CHAPv2, and "
                       "\"Optional encryption\". The server's log has the reason";
        if (group == CATALOGUE_GROUP_AUTH)
                return "write the user's name as DOMAIN\\user, and the password anew (\"rasdial NAME "
                       "USER PASSWORD\" asks nobody, and without the two it uses what is stored); in "
                       "the connection's properties, Security, allow MS-CHAPv2 and no EAP";
        if (group == CATALOGUE_GROUP_MPPE)
                return "in the connection's properties, Security, choose the encryption that the "
                       "server has: \"Require encryption\", or \"No encryption allowed\"";

        return NULL;
}

/* Whether a failure is about the password or the name, and not about the method of the log-on. */
static bool is_about_password(const DiagnosisRow *row) {
        static const char *const ids[] = { "AUTH-01", "AUTH-07", "AUTH-14", "CFG-05" };

        return is_one_of(row, ids, ELEMENTSOF(ids));
}

/* What to do about encryption, which the server insists on, does not have, or does otherwise. */
static const char *describe_encryption(const DiagnosisRow *row) {
        if (strcmp(row->id, "MPPE-09") == 0 || strcmp(row->id, "MPPE-10") == 0)
                return "have encryption (MPPE) switched on at the server, or go without it here, and "
                       "everything is sent in clear text";
        if (strcmp(row->id, "MPPE-11") == 0)
                return "switch encryption (MPPE) on here, with 128 bits";

        return "let both sides want the same encryption (MPPE), with MS-CHAPv2, which gives the keys "
               "for it; or none";
}

/*
 * Writes what to do about a row in the settings of a client, made of what they are called. Returns
 * the text, which is static, or NULL.
 */
static const char *write_client_remedy(const ExplainClient *client, const DiagnosisRow *row) {
        CatalogueGroup group = catalogue_row_group(row);
        static char text[640];

        if (group == CATALOGUE_GROUP_NET)
                snprintf(text, sizeof(text),
                         "check the server's name or address: %s. Firewalls have to let TCP port "
                         "1723 through, and GRE (IP protocol 47) after it; then try another uplink",
                         client->server);
        else if (group == CATALOGUE_GROUP_GRE)
                snprintf(text, sizeof(text),
                         "no setting of the connection helps: let the firewall of this device, and "
                         "the router in front of it, pass GRE (IP protocol 47; on a router \"PPTP "
                         "passthrough\"), and try another uplink");
        else if (is_about_account(row))
                snprintf(text, sizeof(text),
                         "the name and the password are right, and no setting of the connection "
                         "helps: ask the server's administrator");
        else if (is_about_password(row))
                snprintf(text, sizeof(text),
                         "write the user's name anew (a Windows server may want DOMAIN\\user), and "
                         "the password: %s",
                         client->account);
        else if (group == CATALOGUE_GROUP_AUTH)
                snprintf(text, sizeof(text),
                         "%s. Then ask the server's administrator whether MS-CHAPv2 is allowed "
                         "there for this account",
                         client->methods);
        else if (group == CATALOGUE_GROUP_MPPE)
                snprintf(text, sizeof(text), "%s: %s", describe_encryption(row),
                         client->encryption);
        else
                return NULL;

        return text;
}

const char *explain_find_client_remedy(const LogAttempt *a, const DiagnosisRow *row) {
        switch (a->program) {
        case LOG_PROGRAM_PPPD:
                return NULL;
        case LOG_PROGRAM_NETWORK_MANAGER:
                return find_manager_remedy(row);
        case LOG_PROGRAM_WINDOWS:
                return find_windows_remedy(row);
        case LOG_PROGRAM_MACOS:
        case LOG_PROGRAM_ANDROID:
        case LOG_PROGRAM_MPD:
        case LOG_PROGRAM_ROUTEROS:
        case LOG_PROGRAM_DEVICE:
        case _LOG_PROGRAM_MAX:
                break;
        }

        return write_client_remedy(explain_get_client(a->program), row);
}

bool explain_has_pppd_options(const LogAttempt *a, const DiagnosisRow *row) {
        CatalogueGroup group = catalogue_row_group(row);

        if (a->program <= LOG_PROGRAM_NETWORK_MANAGER)
                return true;

        /* Where pppd itself cannot run or read its options, there is one, whoever wrote them. */
        return (a->program == LOG_PROGRAM_MACOS || a->program == LOG_PROGRAM_DEVICE) &&
                (group == CATALOGUE_GROUP_CFG || group == CATALOGUE_GROUP_SYS ||
                 group == CATALOGUE_GROUP_PPPD) &&
                !explain_find_client_remedy(a, row);
}
