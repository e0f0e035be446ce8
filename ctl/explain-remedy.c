/* SPDX-License-Identifier: GPL-2.0-or-later */

/* pptpctl explain: what mends a failure of a client, for the program that dialled. */

#include <stdio.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/diagnosis/catalogue.h"
#include "ctl.h"
#include "explain-parts.h"

const char *explain_skip_hope(const char *remedy) {
        static const char hope[] = "No action is needed if the next ";
        const char *end = strstr(remedy, ". ");

        if (strncmp(remedy, hope, strlen(hope)) != 0)
                return remedy;

        return end ? end + 2 : "Connect again; if it ends so each time, read the server's log.";
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

/* Whether the server knows the user, and what it says is about the account itself. */
static bool is_about_account(const DiagnosisRow *row) {
        static const char *const ids[] = { "AUTH-02", "AUTH-03", "AUTH-04" };

        for (size_t i = 0; i < ELEMENTSOF(ids); i++)
                if (strcmp(row->id, ids[i]) == 0)
                        return true;

        return false;
}

/* Returns what to do about a row that Windows' own client reports. */
static const char *find_windows_remedy(const DiagnosisRow *row) {
        CatalogueGroup group = catalogue_row_group(row);

        if (group == CATALOGUE_GROUP_NET || group == CATALOGUE_GROUP_GRE)
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

/* Whether the server ended an attempt that had not come up, and the log has no reason. */
static bool is_end_without_reason(const LogAttempt *a) {
        const char *id = a->verdict.row->id, *detail = a->verdict.detail;

        if (a->was_up || a->of_server || a->stage >= LOG_STAGE_ENCRYPTED || a->words ||
            (a->carrier != LOG_CARRIER_UNKNOWN && a->carrier != LOG_CARRIER_PPTP))
                return false;
        /* The detail names something better. */
        if (strstr(detail, "MPPE") || strstr(detail, "EAP") || strstr(detail, "GRE"))
                return false;

        return strcmp(id, "CTL-09") == 0 || strcmp(id, "CTL-14") == 0 ||
                strcmp(id, "IPCP-07") == 0 || (strcmp(id, "CTL-16") == 0 && a->server_closed) ||
                (strcmp(id, "LCP-04") == 0 && !detail[0]);
}

/* Prints what a client can try by itself, in the order in which it mostly helps. */
static void print_tries(const LogAttempt *a) {
        bool is_about_addresses = strcmp(a->verdict.row->id, "IPCP-07") == 0;
        const char *encryption = "on (require-mppe-128), or off (nomppe)",
                   *eap = "; refuse EAP (refuse-eap)", *options = "pppd's options";
        char text[768];

        if (a->by_network_manager) {
                encryption = "on, or off, in the dialog under Advanced (\"Use Point-to-Point "
                             "encryption (MPPE)\"; nmcli connection modify NAME +vpn.data "
                             "require-mppe=yes)";
                eap = "; refuse EAP there as well (refuse-eap=yes)";
                options = "/etc/ppp/options";
        }

        if (a->by_supervisor)
                snprintf(text, sizeof(text),
                         "if it never comes up, change encryption first (MPPE= in [Encryption]): a "
                         "server that requires it, or cannot do it, may hang up without a word. "
                         "Then read the packets, which name the step (LogLevel=debug)");
        else
                snprintf(text, sizeof(text),
                         "if it never comes up, switch encryption %s: a server that requires it, "
                         "or cannot do it, may hang up without a word%s. Then log the packets, "
                         "which name the step: \"debug\" in %s",
                         encryption, is_about_addresses ? "" : eap, options);
        ctl_print_section("What to try on this side:", text);
}

bool explain_print_case(const LogAttempt *a) {
        switch (a->words) {
        case LOG_WORDS_BUSY:
                ctl_print_section(
                        "What mends it:",
                        "Wait some minutes and connect again; change neither the name nor "
                        "the password. If it says the same for hours, tell the provider "
                        "or the server's administrator, with these words.");
                return true;
        case LOG_WORDS_FORBIDDEN:
                ctl_print_section(
                        "What mends it:",
                        "Ask the provider or the server's administrator, with these "
                        "words, where and how this account may log on. It may be bound to "
                        "another server, line, address or name of a service. Nothing on "
                        "this side helps before that.");
                return true;
        case LOG_WORDS_OTHER:
                ctl_print_section("What to do first:",
                                  "Go by the server's words. If they do not tell what to change, "
                                  "ask the provider or the server's administrator with them. Name "
                                  "and password come second.");
                return false;
        case LOG_WORDS_NONE:
                break;
        }

        if (a->gre_passes) {
                ctl_print_section("What mends it:",
                                  "Wait one or two minutes and connect again, so that the server "
                                  "and the routers on the way forget the old session. End a tunnel "
                                  "before the next one, and let no second host behind the same "
                                  "router use the same server. If it stays so, restart the router, "
                                  "and then look for a firewall that drops GRE (protocol 47).");
                return true;
        }
        if (is_end_without_reason(a))
                print_tries(a);
        return false;
}

const char *explain_find_case_remedy(const LogAttempt *a) {
        static const struct {
                const char *id; /* of the row that the case is one of */
                LogCase special;
                const char *remedy;
        } remedies[] = {
                { "CTL-10", LOG_CASE_SENT_NOTHING,
                  "write \"--idle-wait 0\" behind \"pptp SERVER\" in the pty option: pptp-linux then "
                  "asks for no echo. \"lcp-echo-interval 30\" still finds out when the server is "
                  "gone. If a firewall or NAT router forgot the connection, \"--idle-wait 20\" keeps "
                  "it alive" },
                { "GRE-11", LOG_CASE_OTHER_ADDRESS,
                  "name the address that answers as the server, behind \"pptp\" in the pty option; "
                  "or have the server's operator let it answer from the address that is called" },
                { "MPPE-01", LOG_CASE_ONE_STRENGTH,
                  "have compression (MPPC) switched off on the server. Go without encryption (nomppe) "
                  "only if the server allows that and you can bear it" },
                { "LCP-03", LOG_CASE_LEFT_BY_DATA,
                  "look whether the network was there in that second (\"journalctl\"), and let this "
                  "host's own firewall pass GRE (protocol 47) out; \"persist\" connects again" },
        };

        for (size_t i = 0; a && a->verdict.row && i < ELEMENTSOF(remedies); i++)
                if (a->special == remedies[i].special &&
                    strcmp(a->verdict.row->id, remedies[i].id) == 0)
                        return remedies[i].remedy;

        return NULL;
}

void explain_print_remedies(const DiagnosisRow *row, const LogAttempt *a) {
        const char *remedy = row->remedy && a ? explain_skip_hope(row->remedy) : row->remedy;
        const char *in_manager = a && a->by_network_manager ? find_manager_remedy(row) : NULL;
        const char *in_windows = a && a->by_windows ? find_windows_remedy(row) : NULL;
        const char *in_pppd = explain_find_case_remedy(a) ?: row->pppd_remedy;
        bool is_foreign_set_up = a && !a->by_supervisor &&
                (in_pppd || in_manager || in_windows || (remedy && strchr(remedy, '[')));

        if (in_manager)
                ctl_print_section("With NetworkManager:", in_manager);
        if (in_windows)
                ctl_print_section("With Windows:", in_windows);
        else if (is_foreign_set_up && in_pppd)
                ctl_print_section("With pppd and pptp-linux:", in_pppd);
        if (remedy)
                ctl_print_section(is_foreign_set_up ? "With pptp-supervisor:" : "What mends it:",
                                  remedy);
        if (is_foreign_set_up)
                return;
        if (in_pppd)
                ctl_print_section("With pppd and pptp-linux alone:", in_pppd);
}
