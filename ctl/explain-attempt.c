/* SPDX-License-Identifier: GPL-2.0-or-later */

/* pptpctl explain: prints one attempt of a log: its verdict, the evidence and the remedy. */

#include <stdio.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/diagnosis/catalogue.h"
#include "ctl.h"
#include "explain-parts.h"

bool explain_is_foreign(LogCarrier carrier) {
        return carrier != LOG_CARRIER_UNKNOWN && carrier != LOG_CARRIER_PPTP;
}

static void print_notes(const LogAttempt *a) {
        if (a->n_notes == 0)
                return;

        printf("\nAlso in this log, and not the cause:\n");
        for (size_t i = 0; i < a->n_notes; i++)
                printf("  %s: %s%s%s%s\n", a->notes[i].row->id, a->notes[i].row->summary,
                       a->notes[i].detail[0] ? " (" : "", a->notes[i].detail,
                       a->notes[i].detail[0] ? ")" : "");
}

static void print_evidence(const char *title, const LogAttempt *a) {
        if (a->n_evidence == 0)
                return;

        printf("\n%s\n", title);
        for (size_t i = 0; i < a->n_evidence; i++)
                printf("  line %u: %s\n", a->evidence[i].line, a->evidence[i].text);
}

void explain_print_stage(const LogAttempt *a) {
        static const char *const stages[_LOG_STAGE_MAX] = {
                [LOG_STAGE_CONTROL] =
                        "the server answered on the control connection; these lines do "
                        "not have its answer to the request for a call.",
                [LOG_STAGE_CALL] =
                        "the control connection stood and the call was accepted, but these "
                        "lines have nothing of the server over PPP (LCP).",
                [LOG_STAGE_LINK] = "the other side was heard over PPP; these lines have nothing "
                                   "of what follows: password, encryption, addresses.",
                [LOG_STAGE_ASKED] =
                        "the log-on was begun; these lines do not say that the password was "
                        "accepted or refused.",
                [LOG_STAGE_AUTHENTICATED] =
                        "the password was accepted; these lines have no agreement on "
                        "encryption or addresses.",
                [LOG_STAGE_ENCRYPTED] = "encryption was agreed on; these lines have no addresses.",
                [LOG_STAGE_UP] = "the link was up: the two sides had agreed on addresses.",
        };

        if (stages[a->stage])
                ctl_print_section("How far it came:", stages[a->stage]);
}

/* Prints what to do if a link that is up is of no use: pppd sets no route but that to its peer. */
static void print_routes(const LogAttempt *a) {
        if (a->kept_route)
                ctl_print_section(
                        "About routes, the log says:",
                        "pppd left this host's default route as it was, so only what has a "
                        "route of its own goes through the tunnel.");
        if (a->added_route) {
                ctl_print_section(
                        "If hosts behind the server cannot be reached:",
                        "a route into the tunnel was added, so ping the server's address in the "
                        "tunnel first. If it answers, the rest is up to the other side: whether the "
                        "server forwards (\"sysctl net.ipv4.ip_forward\"), its firewall, and the way "
                        "back from the hosts behind it. If it does not, GRE gets lost, or the two "
                        "sides encrypt with different keys: try without encryption (nomppe).");
                return;
        }
        if (!a->by_supervisor && explain_get_client(a->program)->routes) {
                ctl_print_section("If hosts behind the server cannot be reached:",
                                  explain_get_client(a->program)->routes);
                return;
        }
        ctl_print_section(
                "If hosts behind the server cannot be reached:",
                a->by_supervisor ?
                        "write a [Route] section with Destination= for each network." :
                        "a route is missing. Add one for each network behind the server, as "
                        "\"ip route add 192.168.10.0/24 dev ppp0\", and put it into "
                        "/etc/ppp/ip-up.d for the next time; NetworkManager: nmcli "
                        "connection modify NAME +ipv4.routes 192.168.10.0/24. To send "
                        "everything through the tunnel, first give the server itself a route outside "
                        "of it (\"ip route add SERVER via GATEWAY\"), then use \"defaultroute "
                        "replacedefaultroute\" (NetworkManager, which does both: "
                        "ipv4.never-default no).");
}

/* Prints what a log without a failure shows all the same. */
static void print_finding(const LogAttempt *a) {
        if (!a->verdict.detail[0])
                return;

        ctl_print_section("In this case:", a->verdict.detail);
        print_evidence("It shows in this message:", a);
}

/* Prints that messages, of which none tells of a failure, end without an end of the attempt. */
static void print_silence(const LogAttempt *a) {
        bool has_pppd = a->program <= LOG_PROGRAM_NETWORK_MANAGER;
        char text[320];

        snprintf(text, sizeof(text),
                 a->is_over ? "These lines do not say why it ended.%s" :
                              "These lines show no failure. They stop before the attempt ends or "
                              "comes up: if it fails, use the log of half a minute after this%s.",
                 a->is_over ?
                         (has_pppd ? " Errors may be in another file: look at \"journalctl -b\", "
                                     "/var/log/syslog and /var/log/daemon.log, and add \"debug\" "
                                     "to the options of pppd." :
                                     "") :
                         (has_pppd ? ", best with the option \"debug\" of pppd" : ""));
        ctl_print_paragraph(stdout, text, 0);
}

static void print_unrecognised(const LogAttempt *a) {
        if (a->of_server) {
                explain_print_server_call(a);
                if (a->verdict.detail[0])
                        ctl_print_section("In this case:", a->verdict.detail);
                return;
        }
        if (a->is_silent) {
                ctl_print_paragraph(stdout,
                                    "Nothing came back over PPP: what is at the other end did not "
                                    "answer. Look at the line to it, and whether it speaks PPP.",
                                    0);
                return;
        }
        if (a->ended_here) {
                printf(a->was_up ?
                               "The link came up, and a person or a program on this host ended it.\n" :
                               "A person or a program on this host ended it before the link was up.\n");
                if (!a->was_up)
                        explain_print_stage(a);
                if (a->verdict.detail[0])
                        ctl_print_section("In this case:", a->verdict.detail);
                print_evidence("It shows in this message:", a);
                if (a->was_up && a->program == LOG_PROGRAM_NETWORK_MANAGER)
                        ctl_print_section(
                                "If nobody disconnected it:",
                                "NetworkManager ended it. It does so if it does not get the addresses "
                                "from its plugin of pppd in time (40 to 60 s), and when its own "
                                "network changes. Its lines of that moment say which: \"journalctl -b "
                                "-u NetworkManager\", or \"grep NetworkManager /var/log/syslog\" "
                                "(daemon.log).");
                if (a->lacks_lines)
                        explain_print_how_to_log(a);
                if (a->was_up &&
                    (a->received_none || (a->sent_little && !explain_is_foreign(a->carrier))))
                        print_routes(a);
                return;
        }
        if (a->was_up && a->is_over && a->program == LOG_PROGRAM_NETWORK_MANAGER &&
            !a->tells_of_pppd && !a->tells_of_pptp) {
                ctl_print_paragraph(
                        stdout,
                        "The link came up, and later it ended. NetworkManager's lines do not say "
                        "why; those of pppd and pptp of the same second do: \"journalctl -t pppd "
                        "-t pptp\", or \"grep ppp /var/log/syslog\". If it ends as soon as much "
                        "data goes through it, packets are too big for the path: try \"ip link set "
                        "dev ppp0 mtu 1300\" right after it came up.",
                        0);
                return;
        }
        if (a->cause == LOG_CAUSE_BEFORE) {
                ctl_print_paragraph(stdout,
                                    "These lines have only the end of a link that was up. What "
                                    "ended it stands before the first line: use the lines from the "
                                    "beginning of the attempt.",
                                    0);
                return;
        }
        if (a->was_up) {
                printf("The link came up, and nothing in the log says that it failed.\n");
                print_routes(a);
                return;
        }
        if (explain_is_foreign(a->carrier) && a->n_packets > 0) {
                explain_print_stage(a);
                print_evidence("The last that was seen:", a);
                return;
        }
        if (a->is_old) {
                ctl_print_paragraph(
                        stdout,
                        "These lines show no failure of PPTP: the control connection is "
                        "alive, as in a tunnel that has been up for longer than this "
                        "log. It sends such an echo about once a minute.",
                        0);
                print_finding(a);
                return;
        }
        if (a->n_packets == 0) {
                print_silence(a);
                explain_print_stage(a);
                print_finding(a);
                if (a->program > LOG_PROGRAM_NETWORK_MANAGER)
                        explain_print_how_to_log(a);
                if (!a->is_over && a->stage >= LOG_STAGE_AUTHENTICATED)
                        print_routes(a);
                return;
        }

        printf("%u packet%s of PPP %s read, and add%s up to no failure that is known.\n"
               "Does the log end too early? Its end would be \"Connection terminated\".\n",
               a->n_packets, a->n_packets == 1 ? "" : "s", a->n_packets == 1 ? "was" : "were",
               a->n_packets == 1 ? "s" : "");
        explain_print_stage(a);
        print_evidence("The last that was seen:", a);
}

/* Prints where to look for the cause, if the verdict only says how the attempt ended. */
static void print_cause(const LogAttempt *a, bool newest_first) {
        char text[192];

        switch (a->cause) {
        case LOG_CAUSE_TOLD:
                return;
        case LOG_CAUSE_BEFORE:
                if (a->starts_log)
                        snprintf(
                                text, sizeof(text),
                                "the cause stands before the first line of this log: use the lines "
                                "from the beginning of the attempt");
                else
                        snprintf(text, sizeof(text), "the cause stands %s line %u",
                                 newest_first ? "below" : "before", a->evidence[0].line);
                break;
        case LOG_CAUSE_IN_PPTP:
                snprintf(text, sizeof(text),
                         "pptp-linux knows the cause, and its messages are not in this log. Read "
                         "them with \"journalctl -t pptp\", or \"grep pptp /var/log/syslog\".");
                break;
        case LOG_CAUSE_IN_PPPD:
                snprintf(text, sizeof(text),
                         "pppd knows the cause, and its messages are not in this log. Read them "
                         "with \"journalctl -t pppd\", or \"grep pppd /var/log/messages\".");
                break;
        }

        ctl_print_section("In this case:", text);
}

/* Whether the cause is in messages that this log does not contain. */
static bool cause_is_elsewhere(const LogAttempt *a) {
        return a->cause == LOG_CAUSE_IN_PPTP || a->cause == LOG_CAUSE_IN_PPPD;
}

/* Whether a verdict of this group is better made from packets. */
static bool shows_in_packets(const DiagnosisRow *row) {
        CatalogueGroup group = catalogue_row_group(row);

        return group == CATALOGUE_GROUP_LCP || group == CATALOGUE_GROUP_AUTH ||
                group == CATALOGUE_GROUP_MPPE || group == CATALOGUE_GROUP_IPCP;
}

/* Whether a verdict leaves open what went wrong, so that the stage says more. */
static bool tells_only_the_end(const LogAttempt *a) {
        static const char *const ids[] = { "LCP-03", "LCP-04",  "CTL-09",  "CTL-14",
                                           "CTL-16", "PPPD-01", "GRE-06",  "GRE-07",
                                           "LCP-02", "NETC-06", "NETC-13", "NETC-14" };

        for (size_t i = 0; i < ELEMENTSOF(ids); i++)
                if (strcmp(a->verdict.row->id, ids[i]) == 0)
                        return true;

        return false;
}

static void print_how_to_log_packets(const LogAttempt *a) {
        char text[320];

        snprintf(text, sizeof(text), "There are no packets in this log. %s",
                 explain_get_client(a->program)->log_more);
        putchar('\n');
        ctl_print_paragraph(stdout, text, 0);
}

/* Prints what makes the verdict uncertain. */
static void print_doubts(const LogAttempt *a) {
        const DiagnosisRow *row = a->verdict.row;

        if (row && catalogue_row_group(row) == CATALOGUE_GROUP_GRE &&
            a->carrier == LOG_CARRIER_UNKNOWN) {
                putchar('\n');
                ctl_print_paragraph(stdout,
                                    "No line of this log names PPTP. Over a modem or PPPoE the "
                                    "same lines only mean that the other end does not answer.",
                                    0);
                if (!a->of_server)
                        ctl_print_section(
                                "If this host is the server:",
                                "the client's GRE packets do not reach it. Forward IP protocol 47 "
                                "to it along with TCP port 1723 (\"PPTP passthrough\" on the "
                                "router), and accept it here: \"iptables -I INPUT -p gre -j "
                                "ACCEPT\".");
        }
        if (a->is_quoted)
                printf("\nThat message is only quoted in a sentence here. The log itself tells more.\n");
        else if (a->options_missing)
                printf("\nWhat stands between < and > is missing from packets in this log, as when it\n"
                       "was copied from a web page, so they could not be judged. Use the log itself.\n");
        else if (row && row->message_id && a->n_packets == 0 && !a->from_supervisor &&
                 explain_get_client(a->program)->log_more &&
                 (shows_in_packets(row) ||
                  (tells_only_the_end(a) && !a->was_up && a->stage >= LOG_STAGE_AUTHENTICATED)))
                print_how_to_log_packets(a);
}

/* Prints whether this host lost its network during the attempt. */
static void print_uplink(const LogAttempt *a) {
        if (a->uplink.line == 0 || a->of_server)
                return;

        printf("\nOf this host's own network the log says:\n");
        printf("  line %u: %s\n", a->uplink.line, a->uplink.text);
}

/*
 * Whether the remedy is that the peer no longer has to authenticate. That is right for a client; a
 * server would let everybody in.
 */
static bool is_about_authenticating_peer(const DiagnosisRow *row) {
        return strcmp(row->id, "CFG-04") == 0 || strcmp(row->id, "LCP-06") == 0;
}

/*
 * Prints what mends it in pppd's options. Over another carrier than PPTP, the advice to refuse a
 * method of the log-on is left out: its servers may know no other.
 */
static void print_pppd_remedy(const char *remedy, bool is_foreign) {
        const char *refuse = is_foreign ? strstr(remedy, "; refuse-chap") : NULL;
        char text[1024];

        snprintf(text, sizeof(text), "%s", remedy);
        if (refuse)
                text[MIN((size_t) (refuse - remedy), sizeof(text) - 1)] = '\0';
        ctl_print_section("With pppd:", text);
}

/* Prints what mends the verdict in general, as far as it holds of the program of the log. */
static void print_general_remedy(const LogAttempt *a) {
        const DiagnosisRow *row = a->verdict.row;
        const char *case_remedy = explain_find_case_remedy(a);
        bool is_foreign = explain_is_foreign(a->carrier);

        if (!row->message_id && case_remedy)
                ctl_print_section("What mends it:", case_remedy);
        else if (!row->message_id)
                explain_print_server_remedy(row, a->of_server ? a->server : LOG_SERVER_PPTPD);
        else if (!is_foreign && !a->of_server && !cause_is_elsewhere(a))
                explain_print_remedies(row, a);
        else if (row->pppd_remedy && a->server == LOG_SERVER_PPTPD &&
                 !(a->of_server && is_about_authenticating_peer(row)))
                print_pppd_remedy(row->pppd_remedy, is_foreign);
        else if ((is_foreign || a->of_server) && row->remedy && !strchr(row->remedy, '['))
                ctl_print_section("What mends it:", explain_skip_hope(row->remedy));
}

void explain_print_attempt(const LogAttempt *a, bool is_known, bool newest_first) {
        const DiagnosisRow *row = a->verdict.row;

        if (explain_is_foreign(a->carrier))
                printf("These lines are of %s, not of PPTP.%s\n\n", log_carrier_name(a->carrier),
                       row ? " What pppd says holds there as well:" : "");
        /* What a server sees of its clients is judged for PPTP only. */
        if (explain_is_foreign(a->carrier) && !row && a->of_server) {
                if (a->was_up)
                        printf(a->view == LOG_SERVER_VIEW_CLIENT_LEFT ?
                                       "The link came up, and later the other side ended it: an "
                                       "ordinary end.\n" :
                                       "The link came up, and nothing in the log says that it "
                                       "failed.\n");
                return;
        }

        if (!row) {
                print_unrecognised(a);
                print_uplink(a);
                print_doubts(a);
                print_notes(a);
                return;
        }

        if (a->of_server)
                printf("This is a server's own log, of a client that called it.\n\n");
        printf("%s: %s%s\n", row->id, row->summary, a->is_likely ? " (very likely)" : "");
        if (a->words == LOG_WORDS_BUSY || a->words == LOG_WORDS_FORBIDDEN) {
                putchar('\n');
                ctl_print_paragraph(stdout,
                                    "The server gave a reason in words, which stands below. It is "
                                    "not about the name or the password; these may be right.",
                                    2);
        } else if (is_known) {
                printf("  (see above)\n");
        } else {
                putchar('\n');
                ctl_print_paragraph(stdout, row->explanation, 2);
        }
        if (a->verdict.detail[0])
                ctl_print_section("In this case:", a->verdict.detail);
        print_cause(a, newest_first);

        if (a->ended_here)
                ctl_print_section("Who ended it:",
                                  a->was_up ? "A person or a program on this host." :
                                              "A person or a program on this host, which lost "
                                              "patience.");
        /*
         * GRE-07 shows that packets arrived. Where only pptp-linux speaks, "nothing of the server
         * over PPP" would contradict it.
         */
        if (tells_only_the_end(a) &&
            !(strcmp(row->id, "GRE-07") == 0 && a->stage <= LOG_STAGE_CALL && !a->tells_of_pppd))
                explain_print_stage(a);
        if (tells_only_the_end(a) || catalogue_row_group(row) == CATALOGUE_GROUP_NET)
                print_uplink(a);
        print_evidence(a->from_packets ? "It shows in these packets:" : "It shows in this message:",
                       a);
        if (!explain_print_case(a) && !is_known)
                print_general_remedy(a);
        print_doubts(a);
        print_notes(a);
}
