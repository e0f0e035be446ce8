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

        if (a->program == LOG_PROGRAM_NETWORK_MANAGER) {
                encryption = "on, or off, in the dialog under Advanced (\"Use Point-to-Point "
                             "encryption (MPPE)\"; nmcli connection modify NAME +vpn.data "
                             "require-mppe=yes)";
                eap = "; refuse EAP there as well (refuse-eap=yes)";
                options = "/etc/ppp/options";
        }
        if (a->program > LOG_PROGRAM_NETWORK_MANAGER) {
                snprintf(text, sizeof(text),
                         "if it never comes up, change encryption first (%s): a server that "
                         "requires it, or cannot do it, may hang up without a word. Its log has "
                         "the reason",
                         explain_get_client(a->program)->encryption);
                ctl_print_section("What to try on this side:", text);
                return;
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
                { "IPCP-01", LOG_CASE_NO_ADDRESS,
                  "no option asks for what the server rejects. If its administrator gave you an "
                  "address, write it before the colon: \"ADDRESS:\"" },
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
        const char *in_client = a ? explain_find_client_remedy(a, row) : NULL;
        const char *in_pppd = !a || explain_has_pppd_options(a, row) ?
                explain_find_case_remedy(a) ?: row->pppd_remedy :
                NULL;
        bool is_foreign_set_up = a && !a->by_supervisor &&
                (in_pppd || in_client || a->program > LOG_PROGRAM_NETWORK_MANAGER ||
                 (remedy && strchr(remedy, '[')));

        if (in_client)
                ctl_print_section(explain_get_client(a->program)->title, in_client);
        if (is_foreign_set_up && in_pppd)
                ctl_print_section("With pppd and pptp-linux:", in_pppd);
        if (remedy)
                ctl_print_section(is_foreign_set_up ? "With pptp-supervisor:" : "What mends it:",
                                  remedy);
        if (is_foreign_set_up)
                return;
        if (in_pppd)
                ctl_print_section("With pppd and pptp-linux alone:", in_pppd);
}
