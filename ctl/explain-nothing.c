/* SPDX-License-Identifier: GPL-2.0-or-later */

/* pptpctl explain: what to do with a text in which nothing is known. */

#include <stdio.h>

#include "ctl.h"
#include "explain-parts.h"

void explain_print_how_to_log(const LogAttempt *a) {
        static const char title[] = "How to get a log that tells more:";

        if (a && a->program > LOG_PROGRAM_NETWORK_MANAGER) {
                if (explain_get_client(a->program)->log_more)
                        ctl_print_section(title, explain_get_client(a->program)->log_more);
                return;
        }
        if (a && a->program == LOG_PROGRAM_NETWORK_MANAGER) {
                ctl_print_section(
                        title,
                        "write \"debug\" into /etc/ppp/options, connect, and then use the "
                        "output of \"journalctl -b -u NetworkManager\" (older systems: \"grep -E 'ppp|pptp' "
                        "/var/log/syslog\").");
                return;
        }
        if (a) {
                ctl_print_section(
                        title,
                        "as root, \"pppd call NAME debug nodetach logfd 2\" shows all that "
                        "pppd and pptp say; or \"grep -E 'ppp|pptp' /var/log/syslog\" after "
                        "an attempt with \"debug\" in /etc/ppp/options.");
                return;
        }

        printf("\n%s\n", title);
        ctl_print_paragraph(stdout,
                            "pppd and pptp-linux: as root, \"pppd call NAME debug nodetach "
                            "logfd 2\".",
                            2);
        ctl_print_paragraph(stdout,
                            "NetworkManager: \"debug\" in /etc/ppp/options; connect; then "
                            "\"journalctl -b -u NetworkManager\".",
                            2);
        ctl_print_paragraph(stdout,
                            "OpenWrt: \"option pppd_options debug\" in the interface's section; "
                            "\"ifup NAME\"; then \"logread -e ppp\".",
                            2);
        ctl_print_paragraph(stdout,
                            "Windows: \"rasdial NAME USER PASSWORD\" prints the number of the "
                            "error.",
                            2);
        ctl_print_paragraph(stdout,
                            "a server: \"debug\" in /etc/pptpd.conf and in the file of options "
                            "of its pppd; then \"grep -E 'ppp|pptp' /var/log/syslog\".",
                            2);
}

/* Prints what the words of a description point to. They prove nothing. */
static void print_hints(const LogProse *prose) {
        if (prose->names_gre || (prose->names_nat && prose->names_tunnel))
                ctl_print_section(
                        "If GRE (IP protocol 47) is what does not arrive:",
                        "see \"pptpctl explain GRE-01\". Routers with NAT pass it only with \"PPTP "
                        "passthrough\" (an ALG, the module nf_conntrack_pptp), often for one client "
                        "at a time: try without the router, or on another line. \"tcpdump -ni any "
                        "proto 47\" shows whether it goes both ways.");
        if (prose->names_reset)
                ctl_print_section(
                        "If one side sends CCP Reset-Requests again and again:",
                        "its decryption does not match: the keys of MPPE differ, or packets got "
                        "lost. Where it happens from the first packet on, one of the two programs "
                        "makes the keys wrongly: try another client, and once without encryption "
                        "(nomppe), which proves it. Otherwise see \"pptpctl explain MPPE-16\".");
}

void explain_print_nothing(const LogDiagnosis *d) {
        printf("Nothing in %s is known here: no packet as pppd's \"debug\"\n"
               "option logs it, and no known message of pppd or pptp-linux.\n",
               d->n_lines == 1 ? "this line" : "these lines");
        if (!d->has_programs) {
                putchar('\n');
                ctl_print_paragraph(
                        stdout,
                        "It is a description, or part of a file: no line begins as those "
                        "of a program's log do. A description cannot be judged; the log "
                        "of one attempt can.",
                        0);
        }
        print_hints(&d->prose);
        explain_print_how_to_log(NULL);
}
