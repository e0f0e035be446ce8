/* SPDX-License-Identifier: GPL-2.0-or-later */

/* pptpctl explain: prints the diagnosis of a log, attempt by attempt. */

#include <stdio.h>
#include <string.h>

#include "core/base/macros.h"
#include "ctl.h"
#include "explain-parts.h"

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
                explain_print_attempt(a, is_known, d->newest_first);
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

/* Prints what to do about names if the tunnel works, and people write of DNS beside its log. */
static void print_dns(const LogDiagnosis *d, const LogAttempt *a) {
        if (!d->prose.names_dns || !a->was_up || a->is_over || a->verdict.row || a->of_server ||
            a->by_supervisor || a->program > LOG_PROGRAM_NETWORK_MANAGER ||
            explain_is_foreign(a->carrier))
                return;

        ctl_print_section(
                "If names are not resolved:",
                "\"ping 1.1.1.1\" that works where a name does not shows that it is DNS. With "
                "\"usepeerdns\" pppd asks the server for its name servers and writes them into "
                "/etc/ppp/resolv.conf; a script in /etc/ppp/ip-up.d has to copy them into "
                "/etc/resolv.conf, or name them with \"resolvectl dns ppp0 ADDRESS\".");
}

int explain_print_diagnosis(const LogDiagnosis *d) {
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
        else if (d->n_attempts == 0 && explain_is_foreign(d->carrier))
                printf("These lines are of %s, not of PPTP.\n", log_carrier_name(d->carrier));
        else if (d->n_attempts == 0 && d->capture.n_lines > 0)
                print_capture(&d->capture);
        else if (d->n_attempts == 0)
                explain_print_nothing(d);
        else
                print_attempts(d);
        if (d->n_attempts > 0)
                print_dns(d, &d->attempts[d->n_attempts - 1]);
        if (d->n_attempts > 0 && d->other_vpn_failure.line > 0) {
                printf("\nA connection of %s failed as well, which is not explained here:\n",
                       log_carrier_name(d->other_vpn));
                printf("  line %u: %s\n", d->other_vpn_failure.line, d->other_vpn_failure.text);
        }
        if (d->n_older > 0)
                printf("\nThere are %zu older attempts in this log; the newest %d are shown.\n",
                       d->n_older, LOG_ATTEMPTS_MAX);

        return recognised ? 0 : CTL_NOT_FOUND;
}
