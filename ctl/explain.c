/* SPDX-License-Identifier: GPL-2.0-or-later */

/* pptpctl explain: the catalogue by name, or the diagnosis of a log. */

#include <errno.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "core/diagnosis/catalogue.h"
#include "core/diagnosis/diagnosis.h"
#include "core/explain/log-diagnosis.h"
#include "core/base/macros.h"
#include "core/base/text.h"
#include "ctl.h"

static const char *describe_class(const DiagnosisRow *row) {
        switch (row->class) {
        case DIAGNOSIS_TRANSIENT:
                return "The supervisor tries again by itself, with growing pauses.";
        case DIAGNOSIS_PERMANENT:
                return "The supervisor does not try again until the cause is mended.";
        case DIAGNOSIS_ADAPT:
                return row->exit_status == EX_TEMPFAIL ?
                        "The supervisor changes what is needed by itself, once, where the "
                        "configuration allows it; after that it tries again with growing pauses." :
                        "The supervisor asks for something else, once, where the configuration "
                        "allows it; after that it does not try again until the cause is mended.";
        case DIAGNOSIS_WARN:
        case DIAGNOSIS_INFORM:
                return "The connection goes on.";
        }

        return "";
}

static void print_section(const char *title, const char *text) {
        printf("\n%s\n", title);
        ctl_print_paragraph(stdout, text, 2);
}

/*
 * Returns a remedy without a first sentence such as "No action is needed if the next call works":
 * who reads a log has a connection that fails.
 */
static const char *skip_hope(const char *remedy) {
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
        static const char way[] =
                "give the server a route outside of the tunnel: \"ip route add SERVER via "
                "GATEWAY\"; or let only the networks behind it go through: nmcli connection modify "
                "NAME ipv4.never-default yes (in the dialog: IPv4, Routes, \"Use this connection "
                "only for resources on its network\")";
        static const struct {
                const char *id, *remedy;
        } remedies[] = {
                { "CTL-10", way },       { "GRE-01", gre },          { "CFG-05", secret },
                { "AUTH-11", refuse },   { "AUTH-12", no_mppe_key }, { "MPPE-02", stateful },
                { "MPPE-09", renounce }, { "MPPE-10", renounce },    { "MPPE-11", require },
                { "AUTH-10", eap },      { "AUTH-17", eap },
        };

        for (size_t i = 0; i < ELEMENTSOF(remedies); i++)
                if (strcmp(row->id, remedies[i].id) == 0)
                        return remedies[i].remedy;

        return NULL;
}

/* A server program's name, how to make it say more, and what mends a row in its configuration. */
typedef struct ServerWords {
        const char *name, *log_more;
        struct {
                const char *ids, *remedy;
        } remedies[4];
} ServerWords;

static const ServerWords server_words[] = {
        [LOG_SERVER_PPTPD] = {
                .log_more = "Add \"debug\" to the options of pppd on this server (pptpd-options), let "
                            "the client call again, and use that log; the client's own log may have "
                            "the reason as well.",
        },
        [LOG_SERVER_ACCEL] = {
                .name = "With accel-ppp:",
                .log_more = "In accel-ppp.conf write \"verbose=1\" under [pptp] and under [ppp], and "
                            "\"level=5\" under [log]; restart it, let the client call again, and use that "
                            "log. If it has nothing of LCP, look whether \"lsmod\" has the modules pptp "
                            "and gre, and whether GRE (IP protocol 47) reaches this server.",
                .remedies = {
                        { "SRV-03", "the name and the password stand in the file that chap-secrets= "
                                    "under [chap-secrets] of accel-ppp.conf names, or with the RADIUS "
                                    "server; [modules] needs auth_mschap_v2, and chap-secrets or radius" },
                        { "SRV-06", "in accel-ppp.conf write the server's address and a range of "
                                    "addresses under [ip-pool], and \"ippool\" under [modules]" },
                        { "SRV-07 SRV-21", "in accel-ppp.conf write \"mppe=require\" under [ppp], and "
                                           "auth_mschap_v2 under [modules] as the only module of its "
                                           "kind (auth_...); without it MPPE has no key. Look whether "
                                           "\"modprobe ppp_mppe\" works" },
                        { "SRV-14", "nothing, if the client lost its network. lcp-echo-interval= and "
                                    "lcp-echo-failure= under [ppp] of accel-ppp.conf say how long it "
                                    "waits" },
                },
        },
        [LOG_SERVER_MPD] = {
                .name = "With mpd:",
                .log_more = "Write \"log +phys +lcp +auth +ccp +ipcp\" into the section \"startup:\" of "
                            "mpd.conf, let the client call again, and use that log.",
                .remedies = {
                        { "SRV-03", "the name and the password stand in mpd.secret, or with the RADIUS "
                                    "server of \"set auth enable radius-auth\"" },
                        { "SRV-06", "in mpd.conf, \"set ippool add POOL FIRST LAST\" and \"set ipcp ranges "
                                    "ADDRESS/32 ippool POOL\"" },
                        { "SRV-07 SRV-21", "in mpd.conf, \"set bundle enable compression\", \"set ccp yes "
                                           "mppc\", \"set mppc yes e128 stateless\", and for the key \"set "
                                           "link no pap chap eap\" and \"set link enable chap-msv2\"" },
                        { "SRV-14", "nothing, if the client lost its network. \"set link keep-alive 10 "
                                    "60\" in mpd.conf says how long it waits" },
                },
        },
        [LOG_SERVER_ROUTEROS] = {
                .name = "With RouterOS:",
                .log_more = "\"/system logging add topics=pptp,debug\" and the same with \"ppp,debug\": let "
                            "the client call again, and use that log.",
                .remedies = {
                        { "SRV-03", "look at \"/ppp secret print\" for the name, the service (pptp or "
                                    "any) and whether it is disabled" },
                        { "SRV-06", "look at \"/ip pool print\" and at the remote-address of the "
                                    "profile, \"/ppp profile print\"" },
                        { "SRV-07 SRV-21", "\"/interface pptp-server server set authentication=mschap2 "
                                           "default-profile=default-encryption\"; in that profile, "
                                           "use-encryption=yes" },
                },
        },
};

/* Prints what to do about a row that is found in a server's log. */
static void print_server_remedy(const DiagnosisRow *row, LogServerProgram server) {
        const ServerWords *words = &server_words[server];

        for (size_t i = 0; i < ELEMENTSOF(words->remedies) && words->remedies[i].ids; i++)
                if (strstr(words->remedies[i].ids, row->id)) {
                        print_section(words->name, words->remedies[i].remedy);
                        return;
                }

        print_section("What mends it:", row->remedy);
}

/*
 * Prints what to do about a row. For an attempt, the remedy for the program that made it comes
 * first.
 */
static void print_remedies(const DiagnosisRow *row, const LogAttempt *a) {
        const char *remedy = row->remedy && a ? skip_hope(row->remedy) : row->remedy;
        const char *in_manager = a && a->by_network_manager ? find_manager_remedy(row) : NULL;
        bool is_foreign_set_up = a && !a->by_supervisor && (row->pppd_remedy || in_manager);

        if (in_manager)
                print_section("With NetworkManager:", in_manager);
        if (is_foreign_set_up && row->pppd_remedy)
                print_section("With pppd and pptp-linux:", row->pppd_remedy);
        if (remedy)
                print_section(is_foreign_set_up ? "With pptp-supervisor:" : "What mends it:",
                              remedy);
        if (is_foreign_set_up)
                return;
        if (row->pppd_remedy)
                print_section("With pppd and pptp-linux alone:", row->pppd_remedy);
}

/* Whether the log is of another protocol than PPTP, for which our keys mean nothing. */
static bool is_foreign(LogCarrier carrier) {
        return carrier != LOG_CARRIER_UNKNOWN && carrier != LOG_CARRIER_PPTP;
}

static int explain_row(const DiagnosisRow *row) {
        printf("%s: %s\n\n", row->id, row->summary);
        ctl_print_paragraph(stdout, row->explanation, 2);
        print_remedies(row, NULL);
        if (!row->message_id) {
                printf("\nThis is found in the logs of other programs: pptpctl explain FILE\n");
                return 0;
        }
        if (row->remedy) {
                putchar('\n');
                ctl_print_paragraph(stdout, describe_class(row), 0);
        }
        printf("\nIn the journal: journalctl MESSAGE_ID=%s\n", row->message_id);
        return 0;
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

/* Prints how far the attempt got, where there is no better verdict. */
static void print_stage(const LogAttempt *a) {
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
                print_section("How far it came:", stages[a->stage]);
}

/* Prints what a server's log tells of a call in which nothing failed. */
static void print_of_server(const LogAttempt *a) {
        const char *text = NULL;

        switch (a->view) {
        case LOG_SERVER_VIEW_NOTHING:
                text = a->n_packets > 0 ? "The client's own log may have the reason." :
                                          server_words[a->server].log_more;
                printf("This is a server's own log, of a client that called it.\n"
                       "These lines do not say why the call ended.\n");
                ctl_print_paragraph(stdout, text, 0);
                if (!a->was_up)
                        print_stage(a);
                return;
        case LOG_SERVER_VIEW_BEGUN:
                text = "These lines show no failure. They stop before the call ends or comes up: if "
                       "the client fails, use the log of half a minute after this.";
                break;
        case LOG_SERVER_VIEW_CLIENT_LEFT:
                text = a->was_up ?
                        "The call came up, and later the client hung up: an ordinary end. No failure "
                        "shows here." :
                        "The client ended the call before it came up. What it said stands below; if "
                        "nothing does, the client's log has the reason.";
                break;
        case LOG_SERVER_VIEW_ENDED:
                text = "The client ended the call. These lines have only its end; whether it had come up, "
                       "and what the client said, stands in earlier ones.";
                break;
        case LOG_SERVER_VIEW_CLOSED:
                text = "The control connection was closed, and these lines have nothing else of it: they "
                       "neither show a failure nor whether there was a call. A call ends so when its "
                       "client hangs up, and so does the visit of somebody who looks for open ports. "
                       "Earlier lines with the same number, as in pptpd[1234], tell which.";
                break;
        case LOG_SERVER_VIEW_HUNG_UP:
                text = "The call came up, and then pptpd took pppd's terminal away: the client closed the "
                       "control connection without a goodbye in PPP, or pptpd could not send a packet. "
                       "pptpd's lines of the same second say which: \"journalctl -t pptpd\", or \"grep "
                       "pptpd /var/log/syslog\". If large transfers end it and pings do not, packets are "
                       "too big for the path: write \"mtu 1400\" and \"mru 1400\" into pptpd-options.";
                break;
        case LOG_SERVER_VIEW_UP:
                text = "The call came up, and nothing in the log says that it failed.";
                break;
        }

        printf("This is a server's own log, of a client that called it.\n");
        ctl_print_paragraph(stdout, text, 0);
        if (!a->was_up && a->view != LOG_SERVER_VIEW_UP)
                print_stage(a);
}

/* Prints what to do if a link that is up is of no use: pppd sets no route but that to its peer. */
static void print_routes(const LogAttempt *a) {
        print_section("If hosts behind the server cannot be reached:",
                      a->by_supervisor ?
                              "write a [Route] section with Destination= for each network." :
                              "a route is missing. Add one for each network behind the server, as "
                              "\"ip route add 192.168.10.0/24 dev ppp0\", and put it into "
                              "/etc/ppp/ip-up.d for the next time; NetworkManager: nmcli "
                              "connection modify NAME +ipv4.routes 192.168.10.0/24. To send "
                              "everything through the tunnel, use \"defaultroute "
                              "replacedefaultroute\" (NetworkManager: ipv4.never-default no).");
}

static void print_unrecognised(const LogAttempt *a) {
        if (a->of_server) {
                print_of_server(a);
                if (a->verdict.detail[0])
                        print_section("In this case:", a->verdict.detail);
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
                        print_stage(a);
                print_evidence("It shows in this message:", a);
                if (a->was_up && a->received_none)
                        print_routes(a);
                return;
        }
        if (a->was_up) {
                printf("The link came up, and nothing in the log says that it failed.\n");
                print_routes(a);
                return;
        }
        if (is_foreign(a->carrier) && a->n_packets > 0) {
                print_stage(a);
                print_evidence("The last that was seen:", a);
                return;
        }
        if (a->n_packets == 0) {
                ctl_print_paragraph(
                        stdout,
                        a->is_over ?
                                "These lines do not say why it ended. Errors may be in another "
                                "file: look at \"journalctl -b\", /var/log/syslog and "
                                "/var/log/daemon.log, and add \"debug\" to the options of pppd." :
                                "These lines show no failure. They stop before the attempt "
                                "ends or comes up: if it fails, use the log of half a minute "
                                "after this.",
                        0);
                print_stage(a);
                if (!a->is_over && a->stage >= LOG_STAGE_AUTHENTICATED)
                        print_routes(a);
                return;
        }

        printf("%u packet%s of PPP %s read, and add%s up to no failure that is known.\n"
               "Does the log end too early? Its end would be \"Connection terminated\".\n",
               a->n_packets, a->n_packets == 1 ? "" : "s", a->n_packets == 1 ? "was" : "were",
               a->n_packets == 1 ? "s" : "");
        print_stage(a);
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

        print_section("In this case:", text);
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
        }
        if (a->is_quoted)
                printf("\nThat message is only quoted in a sentence here. The log itself tells more.\n");
        else if (a->options_missing)
                printf("\nWhat stands between < and > is missing from packets in this log, as when it\n"
                       "was copied from a web page, so they could not be judged. Use the log itself.\n");
        else if (row && shows_in_packets(row) && a->n_packets == 0 && !a->from_supervisor)
                printf("\nThere are no packets in this log. With the option \"debug\" pppd logs them; they\n"
                       "tell more than messages do.\n");
}

/* Prints whether this host lost its network during the attempt. */
static void print_uplink(const LogAttempt *a) {
        if (a->uplink.line == 0 || a->of_server)
                return;

        printf("\nOf this host's own network the log says:\n");
        printf("  line %u: %s\n", a->uplink.line, a->uplink.text);
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

/*
 * Whether the remedy is that the peer no longer has to authenticate. That is right for a client; a
 * server would let everybody in.
 */
static bool is_about_authenticating_peer(const DiagnosisRow *row) {
        return strcmp(row->id, "CFG-04") == 0 || strcmp(row->id, "LCP-06") == 0;
}

/* Prints an attempt. Leaves out what was explained for an earlier one (is_known). */
static void print_attempt(const LogAttempt *a, bool is_known, bool newest_first) {
        const DiagnosisRow *row = a->verdict.row;

        if (is_foreign(a->carrier))
                printf("These lines are of %s, not of PPTP.%s\n\n", log_carrier_name(a->carrier),
                       row ? " What pppd says holds there as well:" : "");
        /* What a server sees of its clients is judged for PPTP only. */
        if (is_foreign(a->carrier) && !row && a->of_server)
                return;

        if (!row) {
                print_unrecognised(a);
                print_uplink(a);
                print_doubts(a);
                print_notes(a);
                return;
        }

        if (a->of_server)
                printf("This is a server's own log, of a client that called it.\n\n");
        printf("%s: %s\n", row->id, row->summary);
        if (is_known) {
                printf("  (see above)\n");
        } else {
                putchar('\n');
                ctl_print_paragraph(stdout, row->explanation, 2);
        }
        if (a->verdict.detail[0])
                print_section("In this case:", a->verdict.detail);
        print_cause(a, newest_first);

        if (a->ended_here)
                print_section("Who ended it:",
                              a->was_up ? "A person or a program on this host." :
                                          "A person or a program on this host, which lost "
                                          "patience.");
        if (tells_only_the_end(a))
                print_stage(a);
        if (tells_only_the_end(a) || catalogue_row_group(row) == CATALOGUE_GROUP_NET)
                print_uplink(a);
        print_evidence(a->from_packets ? "It shows in these packets:" : "It shows in this message:",
                       a);
        if (!is_known && !row->message_id)
                print_server_remedy(row, a->of_server ? a->server : LOG_SERVER_PPTPD);
        else if (!is_known && !is_foreign(a->carrier) && !a->of_server && !cause_is_elsewhere(a))
                print_remedies(row, a);
        else if (!is_known && row->pppd_remedy && a->server == LOG_SERVER_PPTPD &&
                 !(a->of_server && is_about_authenticating_peer(row)))
                print_section("With pppd:", row->pppd_remedy);
        else if (!is_known && is_foreign(a->carrier) && row->remedy && !strchr(row->remedy, '['))
                print_section("What mends it:", skip_hope(row->remedy));
        print_doubts(a);
        print_notes(a);
}

static bool attempts_agree(const LogAttempt *a, const LogAttempt *b) {
        return a->verdict.row == b->verdict.row && a->of_server == b->of_server &&
                strcmp(a->verdict.detail, b->verdict.detail) == 0 && a->was_up == b->was_up &&
                a->view == b->view && a->ended_here == b->ended_here && a->stage == b->stage &&
                a->cause == b->cause && a->carrier == b->carrier && a->is_silent == b->is_silent &&
                strcmp(a->label, b->label) == 0;
}

/* Attempts that ended the same way, one after the other, are shown once. */
static void print_attempts(const LogDiagnosis *d) {
        for (size_t i = 0, n; i < d->n_attempts; i += n) {
                const LogAttempt *a = &d->attempts[i];
                bool is_known = false;

                for (n = 1; i + n < d->n_attempts && attempts_agree(a, &d->attempts[i + n]); n++)
                        ;

                if (n < d->n_attempts) {
                        if (i > 0)
                                putchar('\n');
                        printf("---- lines %u to %u",
                               MIN(a->first_line, d->attempts[i + n - 1].first_line),
                               MAX(a->last_line, d->attempts[i + n - 1].last_line));
                        if (n > 1)
                                printf(", %zu attempts", n);
                        if (a->label[0])
                                printf(": %s", a->label);
                        printf("\n\n");
                }
                for (size_t k = 0; k < i; k++)
                        is_known = is_known || d->attempts[k].verdict.row == a->verdict.row;
                print_attempt(a, is_known, d->newest_first);
        }
}

static void print_capture(const LogCapture *c) {
        printf("These lines are of tcpdump.");
        if (!c->hosts[0][0]) {
                printf(" They show no GRE (IP protocol 47), which carries the tunnel's data.\n");
                return;
        }

        printf(" GRE packets: %u from %s", c->n_gre[0], c->hosts[0]);
        printf(", %u from %s.\n", c->n_gre[1], c->hosts[1]);
        printf(c->n_gre[1] == 0 ? "GRE does not come back to the first of the two.\n" :
                                  "GRE goes both ways. The log of pppd tells more.\n");
}

static int print_diagnosis(const LogDiagnosis *d) {
        bool recognised = false;

        for (size_t i = 0; i < d->n_attempts; i++)
                recognised = recognised || d->attempts[i].verdict.row;

        if (d->newest_first)
                printf("The newest lines of this log stand first. It was read from its end%s.\n\n",
                       d->is_cut ? ", without the oldest lines, of which there are too many" : "");

        if (d->is_merged)
                printf("This log has pieces of the same time below each other. They were read as one, "
                       "by their\ntimes.\n\n");

        if (d->n_lines == 0)
                printf("The log is empty.\n");
        else if (d->n_attempts == 0 && is_foreign(d->carrier))
                printf("These lines are of %s, not of PPTP.\n", log_carrier_name(d->carrier));
        else if (d->n_attempts == 0 && d->capture.n_lines > 0)
                print_capture(&d->capture);
        else if (d->n_attempts == 0)
                printf("Nothing in %s is known here: no packet as pppd's \"debug\"\n"
                       "option logs it, and no known message of pppd or pptp-linux.\n",
                       d->n_lines == 1 ? "this line" : "these lines");
        else
                print_attempts(d);
        if (d->n_older > 0)
                printf("\nThere are %zu older attempts in this log; the newest %d are shown.\n",
                       d->n_older, LOG_ATTEMPTS_MAX);

        return recognised ? 0 : CTL_NOT_FOUND;
}

/* A log file, and whether its first bytes show that it is compressed. */
typedef struct LogFile {
        FILE *file;
        bool has_begun;
        const char *unpack; /* the program that makes a log of it, or NULL */
} LogFile;

/* The program that unpacks what begins with these bytes, or NULL if it is a text. */
static const char *find_unpacker(const char *text, size_t n_text) {
        static const struct {
                const char *magic;
                size_t n_magic;
                const char *program;
        } packers[] = {
                { "\x1f\x8b", 2, "zcat" },
                { "BZh", 3, "bzcat" },
                { "\xfd"
                  "7zXZ",
                  5, "xzcat" },
                { "\x28\xb5\x2f\xfd", 4, "zstdcat" },
                { "\xd4\xc3\xb2\xa1", 4, "tcpdump -nr" },
                { "\xa1\xb2\xc3\xd4", 4, "tcpdump -nr" },
                { "\x0a\x0d\x0d\x0a", 4, "tcpdump -nr" },
        };

        for (size_t i = 0; i < ELEMENTSOF(packers); i++)
                if (n_text >= packers[i].n_magic &&
                    memcmp(text, packers[i].magic, packers[i].n_magic) == 0)
                        return packers[i].program;

        return NULL;
}

/* A LogRead. -ENOTSUP: the file is packed. */
static ptrdiff_t read_file(void *context, char *buffer, size_t n_buffer) {
        LogFile *log = context;
        size_t n = fread(buffer, 1, n_buffer, log->file);

        if (n == 0 && ferror(log->file))
                return -errno;

        if (!log->has_begun)
                log->unpack = find_unpacker(buffer, n);
        log->has_begun = true;
        return log->unpack ? -ENOTSUP : (ptrdiff_t) n;
}

/* Prints the diagnosis, or what is wrong. Returns an exit status. */
static int explain_stream(FILE *file, const char *path) {
        LogFile log = { .file = file };
        LogDiagnosis diagnosis;
        int r;

        r = log_diagnosis_read_from(read_file, &log, &diagnosis);
        if (log.unpack) {
                fprintf(stderr, "pptpctl: this is no text; try: %s %s | pptpctl explain -\n",
                        log.unpack, file == stdin ? "-" : "FILE");
                return EX_DATAERR;
        }
        if (r < 0) {
                fprintf(stderr, "pptpctl: %s: %s\n", path, strerror(-r));
                return r == -ENOMEM ? EX_OSERR : EX_NOINPUT;
        }

        r = print_diagnosis(&diagnosis);
        log_diagnosis_done(&diagnosis);
        return r;
}

static int explain_file(const char *path) {
        FILE *file;
        int r;

        if (strcmp(path, "-") == 0) {
                if (isatty(STDIN_FILENO))
                        fprintf(stderr, "Paste the log and end it with Control-D.\n");
                return explain_stream(stdin, path);
        }

        file = fopen(path, "re");
        if (!file) {
                fprintf(stderr, "pptpctl: %s is not in pptp-failures(7), and as a file: %s\n", path,
                        strerror(errno));
                return EX_NOINPUT;
        }

        r = explain_stream(file, path);
        fclose(file);
        return r;
}

int ctl_explain(int argc, char **argv) {
        const DiagnosisRow *row;

        if (argc != 2) {
                fprintf(stderr, "usage: pptpctl explain ID|FILE|-\n");
                return EX_USAGE;
        }

        row = diagnosis_find_row(argv[1]);
        if (row)
                return explain_row(row);

        return explain_file(argv[1]);
}
