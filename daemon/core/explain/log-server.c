/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Reads and judges the log of a server, in which sent and received have changed places: what it
 * shows of the client that called, and what is wrong with the server itself.
 */

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/base/number.h"
#include "core/diagnosis/diagnosis-evidence.h"
#include "core/explain/log-judge.h"
#include "core/explain/log-parser.h"
#include "core/explain/log-row.h"
#include "core/explain/log-time.h"

/* A pppd that dislikes its options ends within this time. */
#define DEAD_AT_ONCE_SEC 5
/* A client that hangs up after this time without a log-on heard nothing of the server. */
#define SILENT_CALL_SEC 20
/* So many requests without an answer are silence. */
#define SILENT_REQUESTS 5
/* A call that lasted so long had come up. */
#define UP_MIN_SEC 30
/* So many packets of each kind show that the client hears none of ours. */
#define UNHEARD_MIN 3
/* So often pptpd waits in vain for packets before that is worth a verdict. */
#define MANY_TIMEOUTS 2
/*
 * pppd asks ten times for the link, every three seconds, and then gives up (its fsm.h). So it ends
 * so long after its start, give or take, where nothing comes back.
 */
#define UNANSWERED_MIN_SEC 29
#define UNANSWERED_MAX_SEC 33
/* The client found no proof, or a wrong one, that the server knows the password (raserror.h). */
#define MUTUAL_AUTH_FAILED 778

static bool contains(const char *text, const char *word) {
        return strstr(text, word) != NULL;
}

/* Notes what accel-ppp says, which runs PPP itself: "ppp0:anna: recv [LCP ConfAck id=1]". */
static void attempt_note_accel(LogOpenAttempt *a, const LogInput *input) {
        const char *text = input->line->text;

        if (contains(text, "recv [LCP ") || contains(text, "lcp_layer_started"))
                a->heard = true;
        if (contains(text, "send [LCP ConfReq"))
                a->served.n_requests++;
        if (contains(text, ": authentication succeeded"))
                a->authenticated = a->heard = true;
        if (contains(text, ": authentication failed")) {
                a->refused_client = a->heard = true;
                log_attempt_note_served_end(a, input);
        }
        if (contains(text, "ipcp_layer_started") || contains(text, ": ppp started"))
                a->is_up = a->heard = true;
        if ((contains(text, "recv [LCP ProtoRej") && contains(text, "<80fd>")) ||
            (contains(text, "recv [CCP ConfRej") && contains(text, "<mppe ")))
                log_attempt_add_hit(a, input, CATALOGUE_SRV_16);
        if (contains(text, "recv [LCP TermReq"))
                a->client_left = true;
        if (contains(text, ": ppp finished") || contains(text, ": disconnected")) {
                a->terminated = true;
                log_attempt_note_served_end(a, input);
        }
        if (contains(text, "recv [PPTP Outgoing-Call-Request")) {
                a->served.call_started = true;
                a->served.call_sec = input->tag.time_sec;
        }
        if (contains(text, "recv [PPTP Call-Clear-Request") ||
            contains(text, "recv [PPTP Stop-Ctrl-Conn-Request")) {
                a->client_left = true;
                log_attempt_note_served_end(a, input);
        }
}

/* "anna logged out, 600 1200 5000 20 30": seconds, bytes and packets. Whether the call was up. */
static bool routeros_lasted(const char *text) {
        const char *at = strstr(text, " logged out, ");
        uint64_t sec;

        return at && number_take(at + strlen(" logged out, "), 9, 10, INT32_MAX, &sec) > 0 &&
                sec >= UP_MIN_SEC;
}

/* Notes what RouterOS says of a client: "pptp,ppp,info <pptp-anna>: terminating... - hungup". */
static void attempt_note_routeros(LogOpenAttempt *a, const LogInput *input) {
        const char *text = input->line->text, *reason = strstr(text, "terminating... - ");

        if (!contains(text, "pptp,"))
                return;

        /* An interface gets the name of its user at the log-on; before, it is a number. */
        if (contains(text, " <pptp-") && !isdigit((unsigned char) strstr(text, " <pptp-")[7]))
                a->heard = true;
        if (contains(text, ": waiting for call")) {
                a->has_begun = true;
                a->served.call_sec = input->tag.time_sec;
        }
        if (contains(text, ": sent LCP ConfReq"))
                a->served.n_requests++;
        if (contains(text, ": rcvd LCP "))
                a->heard = true;
        if (contains(text, " authentication failed - radius timeout")) {
                a->heard = true;
                log_attempt_add_hit(a, input, CATALOGUE_SRV_04);
                log_attempt_note_served_end(a, input);
        } else if (contains(text, " authentication failed")) {
                a->refused_client = a->heard = true;
                log_attempt_note_served_end(a, input);
        }
        if (contains(text, ": authenticated"))
                a->authenticated = a->heard = true;
        if (contains(text, " logged in"))
                a->authenticated = a->heard = true;
        if (contains(text, ": connected") || routeros_lasted(text))
                a->is_up = a->heard = true;
        if (reason && contains(reason, "hungup")) {
                a->client_left = true;
                log_attempt_note_served_end(a, input);
        }
        if (reason && contains(reason, "peer is not responding")) {
                a->terminated = true;
                log_attempt_note_served_end(a, input);
                a->served.peer_is_silent = true;
        }
        if (reason && (contains(reason, "encryption") || contains(reason, "mppe"))) {
                a->terminated = true;
                log_attempt_note_served_end(a, input);
                a->served.lacks_encryption = true;
        }
        if (contains(text, ": disconnected") || contains(text, " logged out"))
                a->terminated = a->is_over = true;
}

/* Notes that pptpd itself started. An earlier start that failed is past then. */
static void attempt_note_manager(LogOpenAttempt *a, const LogInput *input) {
        if (!contains(input->line->text, "Manager process started"))
                return;

        a->served.manages = true;
        if (log_attempt_forget_hit(a, CATALOGUE_SRV_25))
                a->served.start_failed = true;
}

void log_attempt_add_served(LogOpenAttempt *a, const LogInput *input) {
        const char *text = input->line->text;
        LogServed *served = &a->served;

        attempt_note_manager(a, input);

        if (contains(text, "control connection started"))
                served->connected = true;
        if (contains(text, "Starting call")) {
                served->call_started = true;
                served->call_sec = input->tag.time_sec;
        }
        /* Echoes of the control connection come once a minute, so the call is not new. */
        if (contains(text, "ECHO RPLY") || contains(text, "(type: 5)") ||
            contains(text, "out of order packet") || contains(text, "uplicate packet") ||
            contains(text, "accepting packet") || contains(text, "buffering packet"))
                served->worked = true;
        /* pptpd ends its pppd, so there was a call; and a client sets link options within one. */
        if (contains(text, "Reaping child PPP") || contains(text, "SET LINK INFO"))
                served->had_call = true;
        if (contains(text, "GRE read or PTY write failed") || contains(text, "from network failed"))
                log_attempt_note_served_end(a, input);
        if (contains(text, "Bad checksum from pppd") && !served->pty_failed)
                served->pppd_spoke = true;
        if (contains(text, "from PTY") || contains(text, "PTY read or GRE write failed")) {
                served->pty_failed = true;
                log_attempt_note_served_end(a, input);
        }
        if (contains(text, "EOF or bad error reading ctrl") ||
            contains(text, "couldn't read packet header")) {
                served->closed = true;
                log_attempt_note_served_end(a, input);
        }
        if (contains(text, "CALL CLR request")) {
                a->client_left = true;
                log_attempt_note_served_end(a, input);
        }
        attempt_note_accel(a, input);
        attempt_note_routeros(a, input);

        for (size_t i = 0; i < input->n_matches; i++) {
                const LogMatch *match = &input->matches[i];
                CatalogueIndex row;

                if (match->kind != LOG_MATCH_TEXT || match->offset < input->tag.message)
                        continue;
                row = log_row_of_text(catalogue_log_texts[match->number].row, input->line->text);
                if (catalogue_row_group(&catalogue_rows[row]) == CATALOGUE_GROUP_SRV ||
                    row == CATALOGUE_GRE_04 || row == CATALOGUE_GRE_05 ||
                    row == CATALOGUE_PPPD_06 ||
                    catalogue_row_group(&catalogue_rows[row]) == CATALOGUE_GROUP_SYS)
                        log_attempt_add_hit(a, input, row);
        }
}

bool log_attempt_is_of_server(const LogOpenAttempt *a) {
        bool is_left = a->client_left || strstr(a->diagnosis->link.received.text, "User request");

        /* A client may ask the server to authenticate by mistake; then the server refuses. */
        return !a->by_client &&
                (a->by_server || (a->hints_at_server && !a->diagnosis->link.peer_refused_auth) ||
                 (a->peer_is_in_lan &&
                  (is_left ||
                   (!a->has_pptp && !a->by_network_manager && !a->by_supervisor && !a->by_kvpnc))));
}

/* How many seconds the call lasted, or -1. */
static int served_get_duration(const LogServed *served) {
        return log_time_between(served->call_sec, served->end_sec);
}

/* Whether not one PPP packet of the client came. */
static bool attempt_is_silent(const LogOpenAttempt *a) {
        if (a->heard || a->attempt.was_up)
                return false;

        return a->diagnosis->host.timeouts[DIAGNOSIS_STAGE_LINK] || a->served.peer_is_silent ||
                a->served.n_requests >= SILENT_REQUESTS ||
                /* The client lost patience. Of a pppd that says nothing, nothing is known. */
                ((a->client_left || a->served.closed || a->served.hung_up_first) && a->has_begun &&
                 (served_get_duration(&a->served) >= SILENT_CALL_SEC ||
                  log_time_between(a->begun_sec, a->last_sec) >= SILENT_CALL_SEC));
}

/* Whether the client hung up because it did not get the encryption that it demands. */
static bool attempt_was_left_unencrypted(const LogOpenAttempt *a) {
        return contains(a->diagnosis->link.received.text, "MPPE required");
}

/* Whether encryption is what this server demanded, and the two did not agree on. */
static bool attempt_lacks_encryption(const LogOpenAttempt *a) {
        static const CatalogueIndex rows[] = { CATALOGUE_MPPE_13, CATALOGUE_MPPE_23,
                                               CATALOGUE_MPPE_09 };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                if (log_attempt_find_hit(a, rows[i]))
                        return true;

        return a->served.lacks_encryption ||
                /* accel-ppp does not say that it requires it, and ends the call. */
                (log_attempt_find_hit(a, CATALOGUE_SRV_16) && a->terminated &&
                 !a->attempt.was_up) ||
                contains(a->diagnosis->link.sent.text, "MPPE required");
}

/* Whether no line shows that a pppd ran for the call. */
static bool attempt_has_no_pppd(const LogOpenAttempt *a) {
        return !a->has_begun && !a->heard && a->attempt.n_packets == 0;
}

/* Whether pppd was gone before it said anything of a connection. */
static bool attempt_died_at_once(const LogOpenAttempt *a) {
        return a->served.pty_failed && !a->served.worked &&
                (a->served.call_started || a->pppd_pid > 0) && attempt_has_no_pppd(a) &&
                served_get_duration(&a->served) < DEAD_AT_ONCE_SEC;
}

/* Whether only pptpd tells that pppd is gone, and when the call began is not known. */
static bool attempt_lost_pppd(const LogOpenAttempt *a) {
        return a->served.pty_failed && attempt_has_no_pppd(a);
}

/*
 * Whether the client asks for the link again and again although it was answered, and answers none
 * of our own requests.
 */
static bool attempt_is_unheard(const LogOpenAttempt *a) {
        const LinkEvidence *link = &a->diagnosis->link;

        if (a->attempt.stage != LOG_STAGE_LINK || link->n_requests_sent == 0)
                return false;

        return (link->ack_sent && !link->ack_received) ||
                (link->n_replies_received == 0 && link->n_requests_sent >= UNHEARD_MIN &&
                 link->n_replies_sent >= UNHEARD_MIN && link->n_requests_received >= UNHEARD_MIN);
}

/* Whether a control connection was closed, and not one line shows a call. */
static bool attempt_only_closed(const LogOpenAttempt *a) {
        return a->served.closed && !a->served.call_started && !a->served.had_call &&
                attempt_has_no_pppd(a) && !a->attempt.was_up;
}

/* Whether the client took its leave, in PPP or on the control connection. */
static bool attempt_was_left(const LogOpenAttempt *a) {
        return a->client_left || a->served.closed || a->served.hung_up_first ||
                a->diagnosis->link.received.seen || a->diagnosis->ipcp.received.seen;
}

/*
 * Whether the client, which had been let in, waited for addresses and then hung up. That the log
 * has the beginning shows that the lines about them are not merely left out.
 */
static bool attempt_has_no_addresses(const LogOpenAttempt *a) {
        return a->has_begun && a->attempt.stage >= LOG_STAGE_AUTHENTICATED && !a->attempt.was_up &&
                a->attempt.n_packets == 0 && attempt_was_left(a) &&
                log_time_between(a->begun_sec, a->served.end_sec) >= SILENT_CALL_SEC;
}

/* Finds the failure that the server's lines show. Returns false if there is none. */
static bool attempt_find_failure(const LogOpenAttempt *a, CatalogueIndex *ret_row) {
        static const CatalogueIndex causes[] = {
                CATALOGUE_SRV_36, CATALOGUE_SRV_12, CATALOGUE_SRV_25, CATALOGUE_SRV_11,
                CATALOGUE_GRE_04, CATALOGUE_SRV_27, CATALOGUE_SRV_26, CATALOGUE_SRV_04,
                CATALOGUE_SRV_30, CATALOGUE_SRV_34, CATALOGUE_SRV_35, CATALOGUE_SRV_06,
                CATALOGUE_SRV_09, CATALOGUE_SRV_20
        };
        const Diagnosis *d = a->diagnosis;
        bool was_up = a->attempt.was_up;

        for (size_t i = 0; i < ELEMENTSOF(causes); i++)
                if (log_attempt_find_hit(a, causes[i]) && !was_up) {
                        *ret_row = causes[i];
                        return true;
                }

        if (a->is_loop)
                *ret_row = CATALOGUE_SRV_09;
        else if (a->refused_client || log_attempt_find_hit(a, CATALOGUE_SRV_03))
                *ret_row = CATALOGUE_SRV_03;
        else if ((log_attempt_find_hit(a, CATALOGUE_LCP_06) ||
                  log_attempt_find_hit(a, CATALOGUE_SRV_28)) &&
                 !was_up)
                *ret_row = CATALOGUE_SRV_28;
        else if (attempt_is_silent(a))
                *ret_row = log_attempt_find_hit(a, CATALOGUE_GRE_02) ? CATALOGUE_SRV_23 :
                                                                       CATALOGUE_SRV_01;
        else if (log_attempt_find_hit(a, CATALOGUE_LCP_02) ||
                 log_attempt_find_hit(a, CATALOGUE_SRV_14) || a->served.peer_is_silent)
                *ret_row = CATALOGUE_SRV_14;
        /* Who lost the terminal says so too, at the end of every encrypted link. */
        else if (contains(d->link.sent.text, "MPPE disabled") && !a->served.hung_up_first)
                *ret_row = CATALOGUE_SRV_08;
        else if (was_up && !contains(d->ipcp.received.text, "local IP address"))
                return false;
        else if (d->link.received.has_ras_error && d->link.received.ras_error == MUTUAL_AUTH_FAILED)
                *ret_row = CATALOGUE_SRV_33;
        else if (attempt_is_unheard(a))
                *ret_row = CATALOGUE_SRV_02;
        /* The words of pppd about its own end, for which a server has to bring the address. */
        else if (log_attempt_find_hit(a, CATALOGUE_IPCP_01))
                *ret_row = CATALOGUE_SRV_22;
        else if (log_attempt_find_hit(a, CATALOGUE_IPCP_03))
                *ret_row = CATALOGUE_SRV_17;
        /* The same words are pppd's own where it does not quote the peer with them. */
        else if (attempt_was_left_unencrypted(a))
                *ret_row = CATALOGUE_SRV_21;
        else if (attempt_lacks_encryption(a))
                *ret_row = CATALOGUE_SRV_07;
        else if (contains(d->ipcp.received.text, "local IP address") ||
                 log_attempt_find_hit(a, CATALOGUE_IPCP_02))
                *ret_row = CATALOGUE_SRV_06;
        else if (attempt_died_at_once(a) && !a->served.pppd_spoke)
                *ret_row = CATALOGUE_SRV_05;
        else if (attempt_lost_pppd(a))
                *ret_row = CATALOGUE_SRV_19;
        else if (a->served.connected && attempt_only_closed(a))
                *ret_row = CATALOGUE_SRV_13;
        else if (attempt_has_no_addresses(a))
                *ret_row = CATALOGUE_SRV_22;
        else if (a->authenticated && a->terminated && !attempt_was_left(a))
                *ret_row = CATALOGUE_SRV_10;
        else
                return false;

        return true;
}

/* Shows the lines of the hits that belong to a verdict. */
static void attempt_add_hits(LogOpenAttempt *a, CatalogueIndex verdict) {
        static const struct {
                CatalogueIndex verdict, hit;
        } pairs[] = {
                { CATALOGUE_SRV_07, CATALOGUE_MPPE_13 }, { CATALOGUE_SRV_07, CATALOGUE_MPPE_23 },
                { CATALOGUE_SRV_07, CATALOGUE_MPPE_09 }, { CATALOGUE_SRV_09, CATALOGUE_NETC_05 },
                { CATALOGUE_SRV_07, CATALOGUE_SRV_16 },  { CATALOGUE_SRV_28, CATALOGUE_LCP_06 },
                { CATALOGUE_SRV_14, CATALOGUE_LCP_02 },  { CATALOGUE_SRV_17, CATALOGUE_IPCP_03 },
                { CATALOGUE_SRV_06, CATALOGUE_IPCP_02 }, { CATALOGUE_SRV_23, CATALOGUE_GRE_02 },
                { CATALOGUE_SRV_22, CATALOGUE_IPCP_01 }, { CATALOGUE_SRV_03, CATALOGUE_PPPD_06 },
        };

        for (size_t i = 0; i < a->n_hits; i++) {
                bool belongs = a->hits[i].row == verdict;

                for (size_t k = 0; k < ELEMENTSOF(pairs); k++)
                        belongs = belongs ||
                                (pairs[k].verdict == verdict && pairs[k].hit == a->hits[i].row);
                if (belongs)
                        log_attempt_add_evidence(&a->attempt, a->hits[i].line, a->hits[i].text);
        }
}

/* Says what is special about this case. */
static void attempt_note_words(LogOpenAttempt *a) {
        const Diagnosis *d = a->diagnosis;
        Verdict *verdict = &a->attempt.verdict;
        /* pppd says this of its own address (ipcp_up() in its ipcp.c), in one of two texts. */
        const LogHit *own_address = log_attempt_find_hit(a, CATALOGUE_IPCP_01);
        const LogHit *plugin = log_attempt_find_hit(a, CATALOGUE_PPPD_06);
        const char *words =
                d->ipcp.received.text[0] ? d->ipcp.received.text : d->link.received.text;
        bool is_goodbye = a->attempt.was_up &&
                (contains(words, "MPPE disabled") || contains(words, "User request"));

        if (verdict->row == &catalogue_rows[CATALOGUE_SRV_04])
                for (size_t i = 0; i < a->n_hits; i++) {
                        const char *at = strstr(a->hits[i].text, "couldn't find RADIUS server");

                        if (at)
                                snprintf(verdict->detail, sizeof(verdict->detail),
                                         "its RADIUS client %.150s", at);
                }
        if (verdict->row == &catalogue_rows[CATALOGUE_SRV_19] && attempt_died_at_once(a))
                snprintf(verdict->detail, sizeof(verdict->detail),
                         "pppd had sent its first packet, so it had read its options. It ended at "
                         "once: it refused what this client offers. If other clients get in, look "
                         "at encryption (MPPE), which NetworkManager leaves off unless it is "
                         "ticked, and at MS-CHAPv2");
        if (verdict->row == &catalogue_rows[CATALOGUE_SRV_19] &&
            served_get_duration(&a->served) >= UNANSWERED_MIN_SEC &&
            served_get_duration(&a->served) <= UNANSWERED_MAX_SEC)
                snprintf(verdict->detail, sizeof(verdict->detail),
                         "pppd ended half a minute after its start: that is how long it asks for "
                         "the link (LCP) without an answer. Usually no GRE packet arrived; forward "
                         "IP protocol 47 beside TCP port 1723. pppd's line \"LCP: timeout sending "
                         "Config-Requests\" would prove it");
        if (verdict->row == &catalogue_rows[CATALOGUE_SRV_22] && own_address)
                snprintf(verdict->detail, sizeof(verdict->detail), "%s",
                         strcasestr(own_address->text, "refused to agree") ?
                                 "the client did not accept this server's own address, so pppd on "
                                 "this server ended the call" :
                                 "pppd on this server found no address for its own end of the "
                                 "link, so it ended the call: its options name none");
        if (!verdict->row && a->served.start_failed)
                snprintf(verdict->detail, sizeof(verdict->detail),
                         "an earlier start of pptpd failed, because whoever started it may not run "
                         "pppd: start pptpd as root");
        /* Its line is in the evidence, whose numbers are put right if the log was sorted. */
        if (verdict->row == &catalogue_rows[CATALOGUE_SRV_03] && plugin)
                snprintf(verdict->detail, sizeof(verdict->detail),
                         "there are two faults in this log, one after the other. First pppd could "
                         "not load a plugin (%s); it got further since, and this is what is left",
                         catalogue_rows[CATALOGUE_PPPD_06].id);
        if (verdict->row == &catalogue_rows[CATALOGUE_SRV_03] && a->served.asks_radius)
                snprintf(verdict->detail, sizeof(verdict->detail),
                         "pppd asks RADIUS here, and does not read chap-secrets: the log of the "
                         "RADIUS server has the reason, or its lines before this one");
        if (verdict->detail[0] || d->link.received.has_ras_error || is_goodbye || !words[0] ||
            (verdict->row && verdict->row != &catalogue_rows[CATALOGUE_SRV_06] &&
             verdict->row != &catalogue_rows[CATALOGUE_SRV_07] &&
             verdict->row != &catalogue_rows[CATALOGUE_SRV_21]))
                return;

        snprintf(verdict->detail, sizeof(verdict->detail), "the client left with \"%.100s\"%s",
                 words, strstr(words, "local IP address") ? ": the server gave it no address" : "");
}

/* Uses a message whose meaning is the same on both sides. */
static void attempt_use_hits(LogOpenAttempt *a) {
        LogAttempt *attempt = &a->attempt;

        for (size_t i = 0; i < a->n_hits && !attempt->verdict.row; i++) {
                const DiagnosisRow *row = &catalogue_rows[a->hits[i].row];
                CatalogueGroup group = catalogue_row_group(row);

                if ((group != CATALOGUE_GROUP_CFG && group != CATALOGUE_GROUP_SYS &&
                     group != CATALOGUE_GROUP_PPPD) ||
                    !log_row_is_failure(row) || !log_attempt_allows(a, row))
                        continue;
                /* A client's pppd wants a secret of the server, and a server's those of clients. */
                attempt->verdict.row = row == &catalogue_rows[CATALOGUE_CFG_04] ?
                        &catalogue_rows[CATALOGUE_SRV_18] :
                        row;
                log_attempt_add_evidence(attempt, a->hits[i].line, a->hits[i].text);
        }
}

/* Whether the attempt has lines of a RADIUS server, and none of the VPN server itself. */
static bool attempt_is_of_radius(const LogOpenAttempt *a) {
        return attempt_has_no_pppd(a) && a->pppd_pid == 0 && a->served.pid == 0 &&
                !a->served.connected && !a->served.call_started;
}

/*
 * Uses one that ends a link which came up, or that troubles one; lost packets only if nothing ended
 * the call.
 */
static void attempt_use_late_hits(LogOpenAttempt *a) {
        static const CatalogueIndex rows[] = { CATALOGUE_NETC_14, CATALOGUE_MPPE_16,
                                               CATALOGUE_MPPE_27, CATALOGUE_GRE_05,
                                               CATALOGUE_SRV_20,  CATALOGUE_SRV_32,
                                               CATALOGUE_MPPE_28, CATALOGUE_SRV_24,
                                               CATALOGUE_SRV_29 };
        LogAttempt *attempt = &a->attempt;

        for (size_t i = 0; i < ELEMENTSOF(rows) && !attempt->verdict.row; i++)
                for (size_t k = 0; k < a->n_hits; k++)
                        if (a->hits[k].row == rows[i] &&
                            (rows[i] != CATALOGUE_SRV_29 || attempt_is_of_radius(a)) &&
                            (rows[i] != CATALOGUE_SRV_24 ||
                             (!a->is_over && a->hits[k].n >= MANY_TIMEOUTS))) {
                                attempt->verdict.row = &catalogue_rows[rows[i]];
                                memcpy(attempt->verdict.detail, a->hits[k].detail,
                                       sizeof(a->hits[k].detail));
                                log_attempt_add_evidence(attempt, a->hits[k].line, a->hits[k].text);
                        }
}

static LogServerView attempt_get_view(const LogOpenAttempt *a) {
        if (a->served.manages && !a->served.connected && !a->served.call_started &&
            !a->served.had_call && !a->served.worked && !a->is_over && attempt_has_no_pppd(a))
                return LOG_SERVER_VIEW_WAITING;
        if (a->attempt.was_up && a->served.hung_up_first && !a->client_left && !a->served.closed &&
            !a->carried_data && !a->served.call_started && a->served.pid == 0 &&
            !a->diagnosis->link.received.seen && !a->diagnosis->ipcp.received.seen)
                return LOG_SERVER_VIEW_HUNG_UP;
        if (attempt_only_closed(a))
                return LOG_SERVER_VIEW_CLOSED;
        /* pppd would say that its peer ended the link; it was told to end, or lost its terminal. */
        if (a->attempt.was_up && a->served.closed && !a->client_left &&
            (a->told_to_end || a->served.hung_up_first) && !a->diagnosis->link.received.seen &&
            !a->diagnosis->ipcp.received.seen)
                return LOG_SERVER_VIEW_GONE;
        /* pppd says nothing of the peer before it says what it runs over. */
        if ((a->served.had_call || (a->heard && a->pppd_pid > 0)) && !a->served.call_started &&
            !a->has_begun && !a->attempt.was_up && a->attempt.stage <= LOG_STAGE_LINK &&
            attempt_was_left(a))
                return LOG_SERVER_VIEW_ENDED;
        if (attempt_was_left(a))
                return LOG_SERVER_VIEW_CLIENT_LEFT;
        if (a->attempt.was_up || (a->attempt.stage >= LOG_STAGE_ENCRYPTED && !a->terminated))
                return LOG_SERVER_VIEW_UP;

        return a->is_over || a->terminated ? LOG_SERVER_VIEW_NOTHING : LOG_SERVER_VIEW_BEGUN;
}

void log_attempt_judge_server(LogOpenAttempt *a) {
        LogAttempt *attempt = &a->attempt;
        CatalogueIndex row;

        attempt_use_hits(a);
        if (!attempt->verdict.row && attempt_find_failure(a, &row)) {
                attempt->verdict.row = &catalogue_rows[row];
                attempt_add_hits(a, row);
                log_attempt_collect_evidence(a);
                if (attempt->n_evidence == 0 && a->served.end.line > 0)
                        log_attempt_add_evidence(attempt, a->served.end.line, a->served.end.text);
        }
        if (!attempt->verdict.row)
                attempt_use_late_hits(a);
        if (!attempt->verdict.row)
                attempt->view = attempt_get_view(a);
        attempt_note_words(a);
        log_attempt_note_echoes(a);

        for (size_t i = 0; i < a->n_hits && attempt->n_notes < ELEMENTSOF(attempt->notes); i++) {
                const DiagnosisRow *note = &catalogue_rows[a->hits[i].row];

                if (!log_row_is_failure(note) && note != attempt->verdict.row)
                        attempt->notes[attempt->n_notes++] = (Verdict){ .row = note };
        }
}
