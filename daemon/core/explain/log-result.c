/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Makes the result for a whole log, after its last line was read. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/base/text.h"
#include "core/diagnosis/diagnosis-evidence.h"
#include "core/explain/log-client.h"
#include "core/explain/log-parser.h"
#include "core/explain/log-row.h"
#include "core/explain/log-time.h"

/* A paste of so many lines is about the tunnel, or nobody would have it explained. */
#define SHORT_LINES_MAX 12

static int compare_attempts(const void *a, const void *b) {
        const LogAttempt *x = a, *y = b;

        return x->first_line < y->first_line ? -1 : x->first_line > y->first_line;
}

/* Whether the attempts tell nothing, not even how far one came. */
static bool parser_knows_nothing(const LogParser *p) {
        for (size_t i = 0; i < MIN(p->n_attempts, (size_t) LOG_ATTEMPTS_MAX); i++)
                if (p->attempts[i].verdict.row || p->attempts[i].of_server ||
                    p->attempts[i].lacks_lines || p->attempts[i].stage != LOG_STAGE_BEGUN)
                        return false;

        return true;
}

/* Whether the log names PPTP, in a line of a program or in a sentence. */
static bool parser_names_pptp(const LogParser *p) {
        return p->prose_names_pptp || p->carriers & 1U << LOG_CARRIER_PPTP;
}

/* Puts one attempt, of one line, in place of those that tell nothing. Returns it. */
static LogAttempt *parser_set_only(LogParser *p, unsigned line) {
        LogAttempt *a = &p->attempts[0];

        *a = (LogAttempt){ .first_line = line, .last_line = line, .last_sec = LOG_NO_TIME };
        p->n_attempts = 1;
        return a;
}

/* The same with a message as its verdict and evidence. */
static LogAttempt *parser_set_only_hit(LogParser *p, const LogHit *hit) {
        LogAttempt *a = parser_set_only(p, hit->line);

        a->verdict.row = &catalogue_rows[hit->row];
        log_attempt_add_evidence(a, hit->line, hit->text);
        return a;
}

/* Uses a message that is only quoted in a sentence, if the log has nothing else. */
static void parser_use_quoted(LogParser *p) {
        if (!p->has_quoted || !parser_knows_nothing(p))
                return;
        /* People tell what a window said, and the log shows that it is not so. */
        if (p->quoted.row == CATALOGUE_NM_03 && p->plugin_runs)
                return;

        parser_set_only_hit(p, &p->quoted)->is_quoted = true;
}

/*
 * Uses an error of Windows that is told in prose, if the log has nothing else; or if a server's log
 * has only the end of a call, and the client's Windows says why.
 */
static void parser_use_windows(LogParser *p) {
        size_t n = MIN(p->n_attempts, (size_t) LOG_ATTEMPTS_MAX);
        CatalogueIndex row = p->windows.row;
        LogAttempt *a = &p->attempts[0];
        const char *meaning;

        if (p->windows.line == 0)
                return;
        /* Other programs number their errors as well. */
        if (!p->windows_in_words && !p->prose.names_tunnel && !parser_names_pptp(p) &&
            p->reader.number > SHORT_LINES_MAX)
                return;

        if (parser_knows_nothing(p) && !p->has_quoted) {
                a = parser_set_only(p, p->windows.line);
                a->carrier = LOG_CARRIER_PPTP;
                a->program = LOG_PROGRAM_WINDOWS;
        } else if (catalogue_row_group(&catalogue_rows[row]) == CATALOGUE_GROUP_MPPE && n == 1 &&
                   a->of_server && a->verdict.row == &catalogue_rows[CATALOGUE_SRV_19]) {
                row = CATALOGUE_SRV_21;
                a->last_line = MAX(a->last_line, p->windows.line);
                a->n_evidence = 0;
        } else {
                return;
        }

        a->verdict = (Verdict){ .row = &catalogue_rows[row] };
        a->is_likely = !p->windows_in_words;
        meaning = log_client_windows_text(p->windows_error);
        snprintf(a->verdict.detail, sizeof(a->verdict.detail), "Windows error %u%s%s",
                 p->windows_error, meaning ? ": " : "", meaning ?: "");
        if (p->prose.proxy && a->program == LOG_PROGRAM_WINDOWS &&
            (row == CATALOGUE_GRE_01 || row == CATALOGUE_NET_06))
                log_verdict_addf(&a->verdict,
                                 "%s, which is named here, takes TCP connections and not GRE, so "
                                 "the two halves of PPTP part. Exempt the server's address from "
                                 "it; to try, switch it off",
                                 p->prose.proxy);
        log_attempt_add_evidence(a, p->windows.line, p->windows.text);
}

/* Uses that rasdial has connected, if the log has nothing else. Other programs connect as well. */
static void parser_use_connected(LogParser *p) {
        LogAttempt *a;

        if (p->connected.line == 0 || p->windows.line > 0 || !parser_knows_nothing(p) ||
            p->has_quoted || !p->prose.names_tunnel)
                return;

        a = parser_set_only(p, p->connected.line);
        a->carrier = LOG_CARRIER_PPTP;
        a->program = LOG_PROGRAM_WINDOWS;
        a->stage = LOG_STAGE_UP;
        a->was_up = true;
}

/*
 * Uses that the kernel attaches no helper by itself, if the log has nothing else. The helpers are
 * for FTP and others as well, so the log has to name PPTP.
 */
static void parser_use_helper(LogParser *p) {
        LogAttempt *a;

        if (p->helper.line == 0 || !parser_knows_nothing(p) || p->has_quoted ||
            !parser_names_pptp(p))
                return;

        a = parser_set_only_hit(p, &p->helper);
        a->carrier = LOG_CARRIER_PPTP;
        a->is_likely = true;
}

/* Uses a call that the firewall drops, if the log has nothing else. */
static void parser_use_dropped(LogParser *p) {
        if (p->dropped.line > 0 && parser_knows_nothing(p) && !p->has_quoted &&
            p->windows.line == 0)
                parser_set_only_hit(p, &p->dropped)->carrier = LOG_CARRIER_PPTP;
}

/*
 * Makes its verdict of a question on the control connection that tcpdump shows, and the answer not.
 * False if there is none; or if there is GRE, and thus a call.
 */
static bool attempt_use_questions(LogAttempt *a, const LogCapture *c) {
        Verdict *verdict = &a->verdict;
        TextBuilder t;

        if (c->n_gre[0] + c->n_gre[1] > 0 ||
            (!log_capture_is_start_unanswered(c) && !log_capture_is_call_unanswered(c)))
                return false;

        verdict->row = &catalogue_rows[log_capture_is_call_unanswered(c) ? CATALOGUE_CTL_08 :
                                                                           CATALOGUE_CTL_13];
        t = text_builder(verdict->detail, sizeof(verdict->detail));
        if (log_capture_is_call_unanswered(c))
                text_add(&t,
                         "tcpdump shows that the server answered the first request (SCCRQ) and "
                         "not the one for a call (OCRQ). So there was no call, and GRE is not "
                         "the cause: ask the server's operator, and try another PPTP client");
        else
                text_add(&t,
                         "tcpdump shows the request (SCCRQ) and no answer of PPTP to it, so it "
                         "never came to a call, and GRE is not the cause");
        a->n_evidence = 0;
        a->from_packets = true;
        log_attempt_add_evidence(a, c->question.line, c->question.text);
        return true;
}

/* Uses what tcpdump shows, if the log has no line of any other program. */
static void parser_use_capture(LogParser *p) {
        const LogCapture *capture = &p->capture;
        bool both_ways = log_capture_is_lost_both_ways(capture);
        LogAttempt *a = &p->attempts[0];
        TextBuilder t;

        if (p->n_attempts > 0)
                return;

        *a = (LogAttempt){
                .first_line = 1,
                .last_line = p->reader.number,
                .last_sec = LOG_NO_TIME,
                .carrier = LOG_CARRIER_PPTP,
        };
        if (attempt_use_questions(a, capture)) {
                p->n_attempts = 1;
                return;
        }
        if ((!both_ways &&
             (!log_capture_is_one_way(capture) || strcmp(capture->client, capture->hosts[0]) != 0)))
                return;

        a->verdict.row = &catalogue_rows[CATALOGUE_GRE_01];
        t = text_builder(a->verdict.detail, sizeof(a->verdict.detail));
        if (both_ways) {
                text_addf(&t,
                          "at one end tcpdump shows only the GRE packets of %s, and at the other "
                          "only those of %s: they get lost between the two, both ways",
                          capture->hosts[0], capture->hosts[1]);
        } else {
                text_addf(&t, "%s sent ", capture->hosts[0]);
                text_add_count(&t, capture->n_gre[0], "GRE packet");
                text_add(&t, ", and none came back");
        }
        p->n_attempts = 1;
}

/*
 * Uses what ifconfig counted on the tunnel's interface, if the log has nothing else, or only a
 * tunnel of this host's that came up.
 */
static void parser_use_counters(LogParser *p) {
        LogAttempt *a = &p->attempts[0];

        if (p->counters.line == 0)
                return;

        if (parser_knows_nothing(p) && !p->has_quoted && p->windows.line == 0) {
                a = parser_set_only(p, p->counters.line);
                a->stage = LOG_STAGE_UP;
                a->was_up = true;
        } else if (p->n_attempts != 1 || a->verdict.row || a->of_server || !a->was_up) {
                return;
        }

        a->verdict = (Verdict){ .row = &catalogue_rows[CATALOGUE_NETC_05] };
        a->is_likely = true;
        memcpy(a->verdict.detail, p->counters.detail, sizeof(a->verdict.detail));
        a->n_evidence = 0;
        log_attempt_add_evidence(a, p->counters.line, p->counters.text);
}

/* Uses tables of routes where a person describes a tunnel and there is no line of a log. */
static void parser_use_tables(LogParser *p) {
        LogAddresses addresses = { 0 };
        LogAttempt *a;
        LogClash clash;

        if (!parser_knows_nothing(p) || p->has_quoted || p->windows.line > 0 ||
            !p->prose.names_tunnel || !log_networks_find_peer(&p->networks, &addresses.remote))
                return;

        log_networks_judge(&p->networks, &addresses, &clash);
        if (!clash.verdict.row)
                return;

        a = parser_set_only(p, addresses.remote.evidence.line);
        a->stage = LOG_STAGE_UP;
        a->was_up = true;
        a->verdict = clash.verdict;
        for (size_t i = 0; i < ELEMENTSOF(clash.evidence); i++)
                if (clash.evidence[i])
                        log_attempt_add_evidence(a, clash.evidence[i]->line,
                                                 clash.evidence[i]->text);
}

/*
 * Returns the carrier that a log names, if it names only one. L2TP usually runs inside of IPsec, so
 * these two count as one.
 */
static LogCarrier parser_get_carrier(const LogParser *p) {
        unsigned carriers = p->carriers;

        if (carriers & 1U << LOG_CARRIER_PPTP ||
            (p->prose_names_pptp && (p->n_attempts > 0 || carriers == 0)))
                return LOG_CARRIER_PPTP;
        if (carriers & 1U << LOG_CARRIER_L2TP)
                carriers &= ~(1U << LOG_CARRIER_IPSEC);

        for (unsigned i = 0; i < _LOG_CARRIER_MAX; i++)
                if (carriers == 1U << i)
                        return (LogCarrier) i;

        return LOG_CARRIER_UNKNOWN;
}

/*
 * Returns the client that a log names, beside pppd, if it names only one. NetworkManager and
 * Windows are known by the attempts.
 */
static LogClientProgram parser_get_program(const LogParser *p) {
        for (unsigned i = LOG_PROGRAM_PPPD + 1; i < _LOG_PROGRAM_MAX; i++)
                if ((p->programs & ~(1U << LOG_PROGRAM_PPPD)) == 1U << i)
                        return (LogClientProgram) i;

        return LOG_PROGRAM_PPPD;
}

/* Whether a verdict on a server is about GRE or about pptpd. */
static bool row_is_of_pptp_server(const DiagnosisRow *row) {
        static const CatalogueIndex rows[] = { CATALOGUE_SRV_01, CATALOGUE_SRV_02, CATALOGUE_SRV_05,
                                               CATALOGUE_SRV_06, CATALOGUE_SRV_11, CATALOGUE_SRV_12,
                                               CATALOGUE_SRV_13, CATALOGUE_SRV_22, CATALOGUE_SRV_23,
                                               CATALOGUE_SRV_24, CATALOGUE_SRV_25 };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                if (row == &catalogue_rows[rows[i]])
                        return true;

        return false;
}

/* Takes back what can only be said of PPTP, if another protocol carries the link. */
static void attempt_set_carrier(LogAttempt *a, LogCarrier of_log) {
        const DiagnosisRow *row = a->verdict.row;
        CatalogueGroup group;

        if (a->carrier == LOG_CARRIER_UNKNOWN && log_carrier_has_ppp(of_log))
                a->carrier = of_log;
        if (a->carrier == LOG_CARRIER_UNKNOWN || a->carrier == LOG_CARRIER_PPTP || !row)
                return;

        group = catalogue_row_group(row);
        if (group != CATALOGUE_GROUP_NET && group != CATALOGUE_GROUP_CTL &&
            group != CATALOGUE_GROUP_GRE && !row_is_of_pptp_server(row))
                return;

        a->is_silent = group == CATALOGUE_GROUP_GRE || row == &catalogue_rows[CATALOGUE_SRV_01];
        a->of_server = false;
        a->verdict = (Verdict){ 0 };
        a->cause = LOG_CAUSE_TOLD;
        a->n_evidence = 0;
}

/* Corrects a verdict that GRE is lost by what tcpdump shows beside the log. */
static void attempt_use_capture(LogAttempt *a, const LogCapture *c) {
        const char *called = NULL, *answering = NULL;
        Verdict *verdict = &a->verdict;
        TextBuilder t;

        /* Without a call there is no GRE that could be lost. */
        if (verdict->row == &catalogue_rows[CATALOGUE_GRE_01] && attempt_use_questions(a, c))
                return;
        if (verdict->row == &catalogue_rows[CATALOGUE_GRE_01] &&
            log_capture_is_of_other_host(c, &called, &answering)) {
                *verdict = (Verdict){ .row = &catalogue_rows[CATALOGUE_GRE_11] };
                a->special = LOG_CASE_OTHER_ADDRESS;
                t = text_builder(verdict->detail, sizeof(verdict->detail));
                text_addf(
                        &t,
                        "this host sends its GRE to %s, and tcpdump shows what comes from %s: the "
                        "server answers from another address than was called, which nobody "
                        "takes. Call that one, or have its operator mend the source address or NAT",
                        called, answering);
        }
        if (verdict->row == &catalogue_rows[CATALOGUE_GRE_01] && log_capture_is_two_way(c)) {
                *verdict = (Verdict){ .row = &catalogue_rows[CATALOGUE_GRE_11] };
                t = text_builder(verdict->detail, sizeof(verdict->detail));
                if (log_capture_is_of_other_call(c))
                        text_addf(&t,
                                  "tcpdump shows the server's packets with call %u, and this host "
                                  "chose call ID %u: a helper for PPTP on the way rewrote it",
                                  c->call, c->asked_call);
                else
                        text_addf(&t, "tcpdump shows GRE from %s and from %s", c->hosts[0],
                                  c->hosts[1]);
        }
        if (verdict->row != &catalogue_rows[CATALOGUE_SRV_01])
                return;

        t = text_builder(verdict->detail, sizeof(verdict->detail));
        if (c->astray[0] && c->n_gre[0] > 0 && c->n_gre[1] > 0) {
                verdict->row = &catalogue_rows[CATALOGUE_SRV_02];
                text_addf(&t,
                          "tcpdump shows GRE from %s, and this server's own goes to %s: a NAT "
                          "router in front of it translates TCP port 1723 and not GRE",
                          c->hosts[1 - c->astray_sender], c->astray);
        } else if (log_capture_is_two_way(c)) {
                text_addf(&t,
                          "tcpdump shows GRE from %s and from %s, so they do reach the network "
                          "card: this server's own firewall drops them behind it",
                          c->hosts[0], c->hosts[1]);
        }
}

/* Returns which line of the file it is that was read as a line of this number; 0 stays 0. */
static unsigned find_line_of_file(const LogOrder *order, unsigned n_lines, unsigned line) {
        if (line > 0 && order->newest_first)
                return n_lines + 1 - line;
        if (line > 0 && line <= order->merge.n_lines)
                return order->merge.numbers[line - 1];

        return line;
}

/* Converts the line numbers of a log that was turned round or merged to those of the file. */
static void diagnosis_number_lines(LogDiagnosis *d, const LogOrder *order) {
        for (size_t i = 0; i < d->n_attempts; i++) {
                LogAttempt *a = &d->attempts[i];
                unsigned first = d->n_lines, last = 1;

                for (unsigned k = a->first_line; k <= a->last_line; k++) {
                        first = MIN(first, find_line_of_file(order, d->n_lines, k));
                        last = MAX(last, find_line_of_file(order, d->n_lines, k));
                }
                a->first_line = first;
                a->last_line = last;
                for (size_t k = 0; k < a->n_evidence; k++)
                        a->evidence[k].line =
                                find_line_of_file(order, d->n_lines, a->evidence[k].line);
                a->uplink.line = find_line_of_file(order, d->n_lines, a->uplink.line);
        }
        d->other_vpn_failure.line = find_line_of_file(order, d->n_lines, d->other_vpn_failure.line);
}

/*
 * Drops attempts that tell nothing beside others: a process of which only a remark is there, and
 * the end of one whose beginning was cut off in front of the log.
 */
static size_t drop_remnants(LogAttempt *attempts, size_t n) {
        size_t n_kept = 0;

        for (size_t i = 0; i < n; i++)
                if (!attempts[i].is_remnant || n == 1)
                        attempts[n_kept++] = attempts[i];

        /* There may be nothing else. */
        return n_kept > 0 ? n_kept : n;
}

/* pppd and pptp-linux report the end of one attempt within this time. */
#define SAME_ATTEMPT_SEC 120

/* Whether two pieces of a paste may be of one attempt: by their times, or by who speaks in them. */
static bool may_be_same_attempt(const LogAttempt *a, const LogAttempt *b) {
        if (a->of_server || b->of_server)
                return false;
        if (a->last_sec != LOG_NO_TIME && b->last_sec != LOG_NO_TIME)
                return MIN(log_time_between(a->last_sec, b->last_sec),
                           log_time_between(b->last_sec, a->last_sec)) <= SAME_ATTEMPT_SEC;

        return (a->tells_of_pppd && !a->tells_of_pptp && b->tells_of_pptp && !b->tells_of_pppd) ||
                (b->tells_of_pppd && !b->tells_of_pptp && a->tells_of_pptp && !a->tells_of_pppd);
}

/* Whether an attempt tells nothing of a failure that the other does not tell better. */
static bool adds_nothing_to(const LogAttempt *a, const LogAttempt *other) {
        if (a->was_up || !other->verdict.row || log_row_has(other->verdict.row, LOG_ROW_TELLS_END))
                return false;

        return !a->verdict.row || log_row_has(a->verdict.row, LOG_ROW_TELLS_END) ||
                (a->verdict.row == other->verdict.row && !a->tells_of_pppd);
}

/*
 * Drops the second view of an attempt: people paste what pppd says, a sentence, and what pptp-linux
 * says of the same attempt. The first view is kept if both are as good.
 */
static size_t drop_second_views(LogAttempt *attempts, size_t n) {
        size_t n_kept = MIN(n, (size_t) 1);

        for (size_t i = 1; i < n; i++) {
                LogAttempt *before = &attempts[n_kept - 1], *a = &attempts[i];
                bool is_same = a->after_prose && may_be_same_attempt(before, a);

                if (is_same && adds_nothing_to(a, before)) {
                        before->carrier = before->carrier ?: a->carrier;
                        before->last_line = MAX(before->last_line, a->last_line);
                } else if (is_same && adds_nothing_to(before, a)) {
                        a->carrier = a->carrier ?: before->carrier;
                        a->first_line = MIN(before->first_line, a->first_line);
                        *before = *a;
                } else {
                        attempts[n_kept++] = *a;
                }
        }

        return n_kept;
}

/*
 * Whether an attempt is what a terminal shows of another one, which the system's log has with its
 * times and with the lines of pptp-linux. The number that pppd draws for its requests, or for
 * its IPv6 address, is the same; without one, pppd has waited in vain in both.
 */
static bool is_copy_of(const LogAttempt *a, const LogAttempt *other) {
        if (a->of_server || other->of_server || a->last_sec != LOG_NO_TIME ||
            other->last_sec == LOG_NO_TIME || !a->tells_of_pppd || a->tells_of_pptp ||
            !other->tells_of_pppd || !other->tells_of_pptp)
                return false;

        return a->magic > 0 ? a->magic == other->magic :
                              other->magic == 0 && a->lcp_timed_out && other->lcp_timed_out;
}

/* Drops what a terminal shows of an attempt, of which the log before or behind it tells more. */
static size_t drop_copies(LogAttempt *attempts, size_t n) {
        size_t n_kept = MIN(n, (size_t) 1);

        for (size_t i = 1; i < n; i++) {
                LogAttempt *before = &attempts[n_kept - 1], *a = &attempts[i];

                if (is_copy_of(a, before)) {
                        before->last_line = MAX(before->last_line, a->last_line);
                } else if (is_copy_of(before, a)) {
                        a->first_line = MIN(before->first_line, a->first_line);
                        *before = *a;
                } else {
                        attempts[n_kept++] = *a;
                }
        }

        return n_kept;
}

/* Whether two attempts stand in one log, and nobody has written what was changed in between. */
static bool are_alike(const LogAttempt *attempts, size_t i, size_t k) {
        for (size_t j = MIN(i, k); j <= MAX(i, k); j++)
                if (attempts[j].label[0] || (j > MIN(i, k) && attempts[j].after_prose))
                        return false;

        return !attempts[i].of_server && !attempts[k].of_server &&
                attempts[i].carrier == attempts[k].carrier;
}

/* Says what the success of another attempt means for one that failed. True if it means anything. */
static bool attempt_use_other(LogAttempt *attempts, size_t i, size_t k) {
        LogAttempt *a = &attempts[i];
        const LogAttempt *other = &attempts[k];
        bool gre_passes = a->verdict.row == &catalogue_rows[CATALOGUE_GRE_01] &&
                other->stage >= LOG_STAGE_LINK;
        bool pap_works = a->verdict.row == &catalogue_rows[CATALOGUE_AUTH_07] && other->by_pap &&
                a->words == LOG_WORDS_NONE;

        if (i == k || (!gre_passes && !pap_works) || !are_alike(attempts, i, k))
                return false;

        a->gre_passes = gre_passes;
        log_verdict_addf(
                &a->verdict, "%s",
                gre_passes ?
                        "another attempt in this log got PPP through, so GRE is not blocked in "
                        "general; it comes and goes" :
                        "another attempt in this log came in with PAP. So write that password into "
                        "/etc/ppp/chap-secrets, or leave only PAP (refuse-mschap and the like)");
        return true;
}

/* pppd with "persist" dials again within this time, and NetworkManager and people soon after. */
#define NEXT_ATTEMPT_SEC 300

/* Names the network as the cause where pptp-linux ended without a word, and then found none. */
static void attempt_use_next(LogAttempt *a, const LogAttempt *next) {
        int between = log_time_between(a->last_sec, next->last_sec);

        if (a->verdict.row != &catalogue_rows[CATALOGUE_LCP_03] ||
            a->special != LOG_CASE_LEFT_BY_DATA || between < 0 || between > NEXT_ATTEMPT_SEC ||
            (next->verdict.row != &catalogue_rows[CATALOGUE_NET_04] &&
             next->verdict.row != &catalogue_rows[CATALOGUE_NET_05]))
                return;

        snprintf(a->verdict.detail, sizeof(a->verdict.detail),
                 "the process of pptp-linux that carries GRE ended first, on this host. The next "
                 "attempt found no way to the server, so the network went away, and this was the "
                 "first to notice");
}

/*
 * Says that silence proves the loss of GRE only where there is a call: of a server that does not
 * even answer on TCP, pppd says the same.
 */
static void attempt_doubt_call(LogAttempt *a, const LogCapture *capture) {
        if (a->verdict.row == &catalogue_rows[CATALOGUE_GRE_01] && a->may_lack_call &&
            !a->gre_passes && capture->n_lines == 0)
                log_verdict_addf(&a->verdict,
                                 "no line of pptp-linux is here, which would tell whether the "
                                 "server answered at all: first try TCP port 1723 (\"nc -vz SERVER "
                                 "1723\")");
}

void log_parser_finish(LogParser *p, const LogOrder *order, LogDiagnosis *ret_diagnosis) {
        LogCarrier carrier = parser_get_carrier(p);
        LogClientProgram program = parser_get_program(p);
        size_t n;

        parser_use_helper(p);
        parser_use_quoted(p);
        parser_use_windows(p);
        parser_use_connected(p);
        parser_use_dropped(p);
        log_capture_end_piece(&p->capture);
        parser_use_capture(p);
        parser_use_counters(p);
        parser_use_tables(p);

        n = MIN(p->n_attempts, (size_t) LOG_ATTEMPTS_MAX);
        qsort(p->attempts, n, sizeof(*p->attempts), compare_attempts);
        n = drop_remnants(p->attempts, n);
        n = drop_copies(p->attempts, n);
        n = drop_second_views(p->attempts, n);
        for (size_t i = 0; i < n; i++) {
                if (p->attempts[i].program == LOG_PROGRAM_PPPD)
                        p->attempts[i].program = program;
                attempt_set_carrier(&p->attempts[i], carrier);
                attempt_use_capture(&p->attempts[i], &p->capture);
        }
        for (size_t i = 0; i + 1 < n; i++)
                attempt_use_next(&p->attempts[i], &p->attempts[i + 1]);
        for (size_t i = 0; i < n; i++)
                for (size_t k = 0; k < n; k++)
                        if (attempt_use_other(p->attempts, i, k))
                                break;
        for (size_t i = 0; i < n; i++) {
                attempt_doubt_call(&p->attempts[i], &p->capture);
                log_attempt_note_secret(&p->attempts[i], p);
        }

        *ret_diagnosis = (LogDiagnosis){
                .attempts = steal_pointer(p->attempts),
                .n_attempts = n,
                .n_older = p->n_attempts - MIN(p->n_attempts, (size_t) LOG_ATTEMPTS_MAX),
                .n_lines = p->reader.number,
                .carrier = carrier,
                .capture = p->capture,
                .prose = p->prose,
                .has_programs = p->last_tagged > 0,
                .other_vpn = p->other_vpn,
                .other_vpn_failure = p->other_vpn_failure,
                .newest_first = order->newest_first,
                .is_merged = order->merge.text,
                .is_cut = order->is_cut,
        };
        if (order->newest_first || order->merge.text)
                diagnosis_number_lines(ret_diagnosis, order);
}
