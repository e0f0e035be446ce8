/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What a line of a log without a packet shows of its attempt. */

#include <stdio.h>
#include <string.h>

#include "core/base/hash.h"
#include "core/explain/log-copy.h"
#include "core/explain/log-client.h"
#include "core/explain/log-judge.h"
#include "core/explain/log-message.h"
#include "core/explain/log-parser.h"
#include "core/explain/log-time.h"

/* One byte beyond ASCII is as long as this in UTF-8, or as a terminal writes it ("M-@"). */
#define RAW_BYTE_MAX 4
/* A server that does not want a client says so within some seconds; this long is silence. */
#define SILENT_SEC 20
/* The result code "Request" (RFC 2637, section 2.13). */
#define DISCONNECTED_BY_REQUEST 4

/* Notes what explains a failure that another line names. */
static void attempt_note_remark(LogOpenAttempt *a, const LogInput *input) {
        const char *text = input->line->text, *address;
        unsigned echoes;

        log_attempt_note_reason(a, input);
        address = strstr(text, "local  LL address ");
        if (address)
                a->interface_id = (uint32_t) hash_bytes(address, strlen(address));
        if (strstr(text, "eplacing old default route"))
                a->replaced_route = true;
        if (strstr(text, "Received bad configure-") && a->authenticated)
                a->n_bad_rejects++;
        echoes = log_message_get_dead_echoes(text);
        if (echoes > 0) {
                a->dead_echoes = echoes;
                a->dead_sec = input->tag.time_sec;
        }
}

/* Whether a Call-Disconnect-Notify answers a Call-Clear-Request of this side. */
static bool ends_as_asked(const PptpMessage *reply) {
        return reply->type == PPTP_CALL_DISCONNECT_NOTIFY &&
                reply->result_code == DISCONNECTED_BY_REQUEST;
}

/* Notes messages that are worth as much as the packet or exit status that they report. */
static void attempt_note_clues(LogOpenAttempt *a, const LogInput *input) {
        const char *text = input->line->text;
        uint8_t frame[LOG_TERMINATION_MAX_BYTES];
        DiagnosisFact fact = { .stage = DIAGNOSIS_STAGE_LINK };
        bool noted = false;
        size_t n_frame;
        int status;

        if (!log_input_has(input, LOG_PHRASE_CLUE) &&
            !log_input_has(input, LOG_PHRASE_START_ANSWERED) &&
            !log_input_has(input, LOG_PHRASE_CALL_MADE))
                return;

        if (log_message_get_reply(text, &a->reply)) {
                /* Why this side asked for the end was said before. */
                if (ends_as_asked(&a->reply)) {
                        log_attempt_forget_hit(a, CATALOGUE_CTL_09);
                } else {
                        diagnosis_add_control(a->diagnosis, false, &a->reply);
                        noted = a->reply.result_code != 1;
                }
        }

        if (log_message_get_exit(text, &status)) {
                diagnosis_add_fact(a->diagnosis,
                                   &(DiagnosisFact){
                                           .type = DIAGNOSIS_PPPD_EXITED,
                                           .stage = DIAGNOSIS_STAGE_LINK,
                                           .number = status,
                                   });
                noted = true;
        }

        if (log_message_get_fact(text, &fact.type)) {
                diagnosis_add_fact(a->diagnosis, &fact);
                noted = true;
        }

        /* Where the log has packets, it has the Terminate-Request itself. */
        n_frame = a->attempt.n_packets > 0 ? 0 : log_message_get_termination(text, frame);
        if (n_frame > 0) {
                diagnosis_add_frame(a->diagnosis, false, frame, n_frame);
                a->heard = noted = true;
        }

        if (noted)
                log_attempt_keep_line(a, input->line->number, input->line->text,
                                      input->line->n_text);
}

/* A module that this user may not load is not missing. */
static void attempt_note_module(LogOpenAttempt *a, const LogInput *input) {
        if (log_input_has(input, LOG_PHRASE_MODULE) &&
            strcasestr(input->line->text, "Operation not permitted"))
                log_attempt_add_hit(a, input, CATALOGUE_SYS_06);
}

/*
 * Whether a line has the beginning of an LCP Configure-Request as PPP's framing writes it on a
 * terminal (RFC 1662, section 4.2): an escaped 0x03 ("}#"), 0xc0 in one of the ways that a paste
 * shows it, 0x21 ("!"), and an escaped code 0x01 ("}!").
 */
static bool has_raw_request(const char *text) {
        const char *at = text;

        while ((at = strstr(at, "}#"))) {
                size_t n;

                at += 2;
                n = strcspn(at, "!}");
                if (n > 0 && n <= RAW_BYTE_MAX && strncmp(at + n, "!}!}", 4) == 0)
                        return true;
        }

        return false;
}

/*
 * Somebody ran pptp-linux by hand without pppd, and the terminal shows what the server sends. So
 * the control connection stands, the call is made, and GRE comes through.
 */
static void attempt_note_raw(LogOpenAttempt *a, const LogInput *input) {
        if (!has_raw_request(input->line->text))
                return;

        a->heard = a->by_client = a->control.start_answered = a->control.call_answered = true;
        log_evidence_take(&a->raw, input->line);
}

void log_attempt_note_raw(LogOpenAttempt *a) {
        LogAttempt *attempt = &a->attempt;

        if (a->raw.line == 0 || attempt->verdict.row || attempt->verdict.detail[0])
                return;

        snprintf(
                attempt->verdict.detail, sizeof(attempt->verdict.detail),
                "these bytes are PPP, a Configure-Request of the server. So the control connection "
                "and GRE work, and what fails comes later. There was no pppd to answer it: use the "
                "log of pppd, with the option \"debug\"");
        log_attempt_add_evidence(attempt, a->raw.line, a->raw.text);
}

/*
 * pppd's terminal is gone before pppd has used it: the program behind "pty", which is mostly
 * pptp-linux, has ended already, or there is none of that name.
 */
static void attempt_note_terminal(LogOpenAttempt *a, const LogInput *input) {
        LogHit *hit;

        if (!log_input_has(input, LOG_PHRASE_TERMINAL))
                return;

        hit = log_attempt_add_hit(a, input, CATALOGUE_LCP_03);
        if (hit)
                snprintf(hit->detail, sizeof(hit->detail),
                         "the program of pppd's option \"pty\", mostly pptp, ended before pppd "
                         "could use it, or was not found. Write its whole path there "
                         "(/usr/sbin/pptp): cron's PATH has no sbin. Then run that command by hand "
                         "and read what it says");
}

/*
 * The number of getaddrinfo() with which NetworkManager's service ends its message about a gateway
 * whose name it cannot resolve, in any language: "... “vpn.example.com” (-2)'". 0: none.
 */
static int get_resolver_error(const char *text) {
        const char *at = strrchr(text, '(');

        /* EAI_NONAME, EAI_AGAIN, EAI_FAIL and EAI_NODATA (glibc's netdb.h) */
        return at && at[1] == '-' && at[2] >= '2' && at[2] <= '5' && strncmp(at + 3, ")'", 2) == 0 ?
                '0' - at[2] :
                0;
}

static void attempt_note_resolver(LogOpenAttempt *a, const LogInput *input, int error) {
        LogHit *hit = log_attempt_add_hit(a, input, CATALOGUE_NET_01);

        if (hit)
                snprintf(hit->detail, sizeof(hit->detail),
                         error == -3 ?
                                 "no name server answered (%d): the network or its name servers "
                                 "were not there, or the name is written wrongly" :
                                 "no such name is known (%d): look for a typing error in the "
                                 "gateway",
                         error);
}

/*
 * Notes what NetworkManager's service for PPTP told it, in any language. Of its messages only that
 * about a missing program names pppd, or pptp-linux in small letters (nm-pptp-service.c).
 */
static void attempt_note_plugin(LogParser *p, LogOpenAttempt *a, const LogInput *input) {
        const char *at = strstr(input->line->text, "failed to connect: '");
        LogHit *hit;
        int error;

        if (input->tag.speaker != LOG_SPEAKER_STARTER)
                return;
        if (!at) {
                p->plugin_runs = true;
                return;
        }

        error = get_resolver_error(at);
        if (error != 0) {
                attempt_note_resolver(a, input, error);
                return;
        }
        if (strstr(at, "org.freedesktop.") || (!strstr(at, "pppd") && !strstr(at, "pptp")))
                return;
        hit = log_attempt_add_hit(a, input, CATALOGUE_SYS_01);
        if (hit)
                snprintf(
                        hit->detail, sizeof(hit->detail),
                        "NetworkManager did not find the program %s: install or reinstall the "
                        "package \"%s\", and look with \"ls -l /usr/sbin/%s\" whether it may be run",
                        strstr(at, "pppd") ? "pppd" : "pptp",
                        strstr(at, "pppd") ? "ppp" : "pptp-linux",
                        strstr(at, "pppd") ? "pppd" : "pptp");
}

/* Notes what the kernel's firewall drops, of those who call this host. */
static void attempt_note_dropped(LogParser *p, LogOpenAttempt *a, const LogInput *input) {
        const char *text = input->line->text;

        if (log_message_is_tunnel_dropped(text))
                log_attempt_add_hit(a, input, CATALOGUE_SRV_32);
        else if (p->dropped.line == 0 && log_message_is_call_dropped(text))
                log_hit_init(&p->dropped, input->line, CATALOGUE_SRV_31);
}

/*
 * Whether pppd names the command of its option "pty", and that is pptp-linux and has no
 * option "--nolaunchpppd": "Script pptp vpn.example.com finished (pid 7), status = 0x1".
 */
static bool names_launching_helper(const char *text) {
        const char *at = strstr(text, "Script "), *end = at ? strstr(at, " finished (pid ") : NULL,
                   *name, *option;
        size_t n;

        if (!end)
                return false;

        at += strlen("Script ");
        n = strcspn(at, " ");
        name = memrchr(at, '/', n);
        name = name ? name + 1 : at;
        option = strstr(at, "--nolaunch");
        return strncmp(name, "pptp ", strlen("pptp ")) == 0 && at + n < end &&
                (!option || option > end);
}

/*
 * Whether pptp-linux runs a pppd itself: that has the process number with which pptp-linux spoke,
 * and another pppd runs pptp-linux.
 */
static bool attempt_has_launched(const LogOpenAttempt *a, const LogInput *input) {
        return input->tag.speaker == LOG_SPEAKER_PPPD && a->has_pptp && a->has_pppd &&
                input->tag.pid > 0 && a->pppd_pid > 0 && input->tag.pid != a->pppd_pid;
}

/* Notes a second pppd, which pptp-linux starts unless it is told that one runs already. */
static void attempt_note_second_pppd(LogOpenAttempt *a, const LogInput *input) {
        LogHit *hit;

        if (!names_launching_helper(input->line->text) && !attempt_has_launched(a, input))
                return;

        hit = log_attempt_add_hit(a, input, CATALOGUE_CFG_13);
        if (hit)
                snprintf(hit->detail, sizeof(hit->detail),
                         "\"--nolaunchpppd\" is missing behind \"pptp SERVER\" in the option pty. "
                         "So pptp-linux started a pppd of its own, beside the one that started "
                         "pptp-linux, and neither speaks with the server");
}

/* Notes what shows that the lines are of a server, or of a pppd that a server started. */
static void attempt_note_server(LogOpenAttempt *a, const LogInput *input) {
        const char *text = input->line->text;

        if (log_input_has(input, LOG_PHRASE_PROXY))
                a->peer_is_in_lan = true;
        if (!log_input_has(input, LOG_PHRASE_SERVER))
                return;

        a->by_server = true;
        if (input->tag.speaker == LOG_SPEAKER_NOBODY)
                log_attempt_add_served(a, input);
        if (strstr(text, " failed CHAP auth") || strstr(text, " failed PAP auth") ||
            strstr(text, " peer authentication failed"))
                a->refused_client = true;
        if (strstr(text, "peer from calling number") ||
            strstr(text, " peer authentication succeeded"))
                a->authenticated = a->heard = true;
        if (strstr(text, "RADIUS plugin initialized"))
                a->served.asks_radius = true;
        if (strstr(text, "Call Clear Request") || strstr(text, "--> Client with address"))
                a->client_left = true;
}

/* Notes the message of a client other than pppd. */
static void attempt_note_client(LogOpenAttempt *a, const LogInput *input) {
        LogClientMessage message;
        const char *meaning;
        LogHit *hit;

        if (!log_client_parse(input->line->text, &message))
                return;
        meaning = log_client_windows_text(message.error);

        switch (message.event) {
        case LOG_CLIENT_BEGINS:
                a->begun_sec = input->tag.time_sec;
                break;
        case LOG_CLIENT_NO_LCP:
                if (!a->heard)
                        log_attempt_add_hit(a, input, CATALOGUE_GRE_01);
                break;
        case LOG_CLIENT_GAVE_UP:
                if (!a->heard && log_time_between(a->begun_sec, input->tag.time_sec) >= SILENT_SEC)
                        log_evidence_take(&a->gave_up, input->line);
                break;
        case LOG_CLIENT_AUTHENTICATED:
                a->authenticated = a->heard = a->by_client = true;
                break;
        case LOG_CLIENT_UP:
                a->is_up = a->heard = true;
                diagnosis_add_phase(a->diagnosis, PLUGIN_PHASE_RUNNING);
                break;
        case LOG_CLIENT_ENDED:
                a->terminated = a->is_over = true;
                break;
        case LOG_CLIENT_SILENT:
                hit = log_attempt_add_hit(a, input, a->heard ? CATALOGUE_LCP_02 : CATALOGUE_GRE_01);
                if (hit && !a->heard)
                        snprintf(hit->detail, sizeof(hit->detail),
                                 "or the server does not answer on TCP port 1723: RouterOS says "
                                 "the same of both");
                break;
        case LOG_CLIENT_FAILED:
                hit = log_attempt_add_hit(a, input, message.row);
                if (message.error > 0)
                        a->attempt.program = LOG_PROGRAM_WINDOWS;
                if (hit && message.error > 0)
                        snprintf(hit->detail, sizeof(hit->detail), "Windows error %u%s%s",
                                 message.error, meaning ? ": " : "", meaning ?: "");
                break;
        }
}

void log_attempt_add_text(LogParser *p, LogOpenAttempt *a, const LogInput *input) {
        const char *text = input->line->text;

        if (input->tag.speaker == LOG_SPEAKER_OWN && log_input_has(input, LOG_PHRASE_OPTION))
                a->has_policy = mppe_policy_find(text, &a->policy) || a->has_policy;

        if (input->n_matches == 0)
                return;

        if (log_input_has(input, LOG_PHRASE_RAW))
                attempt_note_raw(a, input);
        if (log_input_has(input, LOG_PHRASE_OPTION))
                log_attempt_note_options(p, a, input);
        /* A comment introduces what follows, even if it has the text of a message. */
        if (text[0] == '#')
                return;

        /* A network card may go down because its link has ended. */
        if (log_input_has(input, LOG_PHRASE_UPLINK) && !strstr(text, "ppp") &&
            (!a->is_over || !strstr(text, ": link down")))
                log_evidence_take(&a->uplink, input->line);
        if (input->tag.speaker == LOG_SPEAKER_KERNEL) {
                if (log_input_has(input, LOG_PHRASE_CLUE) && log_message_is_gre_in_firewall(text))
                        log_attempt_add_hit(a, input, CATALOGUE_GRE_02);
                if (log_input_has(input, LOG_PHRASE_DROPPED))
                        attempt_note_dropped(p, a, input);
                log_attempt_note_crash(a, input);
                log_attempt_note_messages(p, a, input);
                return;
        }

        /* The line is about a connection, whose name may have many words. */
        if (input->tag.speaker == LOG_SPEAKER_STARTER &&
            log_input_has(input, LOG_PHRASE_IMPATIENT) && strstr(text, "VPN"))
                log_attempt_note_told(a, input->line);

        /* A sentence only quotes messages, so they change nothing. */
        if (!log_match_is_quoted(input, &input->matches[0])) {
                attempt_note_server(a, input);
                log_attempt_note_addresses(p, a, input);
                log_attempt_note_control(a, input);
                log_attempt_note_course(a, input);
                attempt_note_clues(a, input);
                log_attempt_note_gre(a, input);
                attempt_note_second_pppd(a, input);
                attempt_note_module(a, input);
                attempt_note_terminal(a, input);
                if (log_input_has(input, LOG_PHRASE_REMARK))
                        attempt_note_remark(a, input);
                if (log_input_has(input, LOG_PHRASE_TRAFFIC))
                        log_attempt_note_traffic(a, input);
                if (log_input_has(input, LOG_PHRASE_CLUE) && log_message_is_gre_in_firewall(text))
                        log_attempt_add_hit(a, input, CATALOGUE_GRE_02);
        }
        if (log_input_has(input, LOG_PHRASE_CLIENT))
                attempt_note_client(a, input);
        if (log_input_has(input, LOG_PHRASE_NMCLI))
                log_attempt_note_nmcli(a, input);
        if (log_input_has(input, LOG_PHRASE_PLUGIN))
                attempt_note_plugin(p, a, input);
        log_attempt_note_messages(p, a, input);
        log_parser_note_proof(p, input);
}
