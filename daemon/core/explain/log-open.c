/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The attempts of which the end was not read yet: which of them a line belongs to, or begins. */

#include <string.h>

#include "core/base/macros.h"
#include "core/explain/log-copy.h"
#include "core/explain/log-lines.h"
#include "core/explain/log-parser.h"
#include "core/explain/log-time.h"

static bool contains(const char *text, const char *word) {
        return strstr(text, word) != NULL;
}

void log_attempt_begin(LogParser *p, LogOpenAttempt *a, unsigned line) {
        Diagnosis *diagnosis = a->diagnosis;

        diagnosis_reset(diagnosis, &(DiagnosisContext){ .has_domain = true });
        memset(a, 0, offsetof(LogOpenAttempt, packets));
        a->diagnosis = diagnosis;
        a->attempt.first_line = a->attempt.last_line = line;
        a->attempt.after_prose = p->after_prose;
        a->options = p->log_options;
        a->control = LOG_CONTROL_NONE;
        a->last_sec = a->begun_sec = a->up_sec = a->dead_sec = a->hangup_sec = LOG_NO_TIME;
        a->served.call_sec = a->served.end_sec = LOG_NO_TIME;
        a->reply.type = PPTP_OUTGOING_CALL_REPLY;
}

void log_attempt_end(LogParser *p, LogOpenAttempt *a) {
        if (!log_attempt_has_evidence(a))
                return;

        /* The pieces of one paste are mostly of one host. */
        if (p->has_server && !p->has_client && !a->has_pptp)
                a->hints_at_server = true;

        a->attempt.tells_of_pppd = a->has_pppd || a->has_begun || a->terminated || a->n_packets > 0;
        a->attempt.tells_of_pptp = a->has_pptp || a->control.pptp_started;
        a->attempt.last_sec = a->last_sec;
        log_attempt_judge(a, &p->networks);
        p->attempts[p->n_attempts++ % LOG_ATTEMPTS_MAX] = a->attempt;
}

void log_attempt_end_untold(LogParser *p, LogOpenAttempt *a) {
        bool has_begun = a->has_begun && a->has_pppd && (a->terminated || p->capture.n_lines == 0);

        if (!has_begun && !(a->has_pptp && a->control.is_over))
                return;

        log_attempt_judge(a, &p->networks);
        p->attempts[p->n_attempts++] = a->attempt;
}

static bool attempt_has_pid(const LogOpenAttempt *a, unsigned pid) {
        for (size_t i = 0; i < a->n_pids; i++)
                if (a->pids[i] == pid)
                        return true;

        return false;
}

static void attempt_adopt_pid(LogOpenAttempt *a, const LogTag *tag) {
        if (attempt_has_pid(a, tag->pid))
                return;

        if (a->n_pids == LOG_PIDS_MAX) {
                memmove(a->pids, a->pids + 1, (LOG_PIDS_MAX - 1) * sizeof(*a->pids));
                a->n_pids--;
        }
        a->pids[a->n_pids++] = tag->pid;
        if (tag->speaker == LOG_SPEAKER_PPPD || tag->speaker == LOG_SPEAKER_OWN)
                a->pppd_pid = tag->pid;
}

/* Makes room for one more attempt by ending the one whose last line is the oldest. */
static LogOpenAttempt *parser_open(LogParser *p, unsigned line) {
        LogOpenAttempt *oldest = &p->open[0];

        for (size_t i = 0; i < LOG_OPEN_MAX; i++) {
                /* A place with neither evidence nor a process is free. */
                if (!log_attempt_has_evidence(&p->open[i]) && p->open[i].n_pids == 0) {
                        oldest = &p->open[i];
                        break;
                }
                if (p->open[i].last_use < oldest->last_use)
                        oldest = &p->open[i];
        }

        log_attempt_end(p, oldest);
        log_attempt_begin(p, oldest, line);
        return oldest;
}

/*
 * Whether a line is of the pppd of this attempt under another number: told to detach once the link
 * is up (updetach), it goes on as a child of its own (detach() of its main.c), which begins with
 * the addresses.
 */
static bool attempt_goes_on(const LogOpenAttempt *a, const LogInput *input) {
        return input->tag.speaker == LOG_SPEAKER_PPPD && log_input_has(input, LOG_PHRASE_UP) &&
                a->has_begun && a->heard && !a->is_up && !a->terminated && !a->is_over;
}

LogOpenAttempt *log_parser_find_attempt(LogParser *p, const LogInput *input) {
        const LogTag *tag = &input->tag;
        bool has_own_pid = tag->pid > 0 &&
                (tag->speaker == LOG_SPEAKER_PPPD || tag->speaker == LOG_SPEAKER_PPTP ||
                 tag->speaker == LOG_SPEAKER_OWN);

        /* FreeBSD's ppp, which is pasted beside a log, is the other end of the same attempt. */
        if (!has_own_pid || contains(input->line->text, "(unrecognised protocol)"))
                return p->current;

        for (size_t i = 0; i < LOG_OPEN_MAX; i++)
                if (attempt_has_pid(&p->open[i], tag->pid))
                        return &p->open[i];

        if (tag->speaker != LOG_SPEAKER_PPTP && p->current->pppd_pid > 0 &&
            !attempt_goes_on(p->current, input) &&
            (p->current->has_begun || log_attempt_shows_call(p->current)))
                p->current = parser_open(p, input->line->number);

        attempt_adopt_pid(p->current, tag);
        if (tag->speaker == LOG_SPEAKER_PPPD && p->serves) {
                p->current->by_server = !p->current->by_client;
                p->serves = false;
        }
        return p->current;
}

/* Whether a packet is one that a negotiation begins with. */
static bool packet_opens(const char *packet) {
        return contains(packet, "[LCP ConfReq") || contains(packet, "[CHAP Challenge");
}

/*
 * Whether a line with a number sign is a comment between pasted pieces. A line of pppd's "dump" is
 * none, nor is root's prompt with a command that shows the network's present state.
 */
static bool is_heading(const char *text) {
        static const char *const commands[] = { "ip ",   "ifconfig",    "route",     "netstat",
                                                "ping ", "traceroute ", "iptables ", "arp",
                                                "grep ", "uname",       "lsmod",     "dpkg ",
                                                "rpm ",  "cat ",        "ls " };
        const char *command = text + strspn(text, "# ");

        for (size_t i = 0; i < ELEMENTSOF(commands); i++)
                if (strncmp(command, commands[i], strlen(commands[i])) == 0)
                        return false;

        return text[0] == '#' && !contains(text, "# (from") && !contains(text, " --version") &&
                !contains(text, " --help");
}

/*
 * Whether pptp-linux still waits for its TCP connection. It does so for two minutes, and pppd gives
 * up after half a minute; what became of the connection then comes as the attempt's last line.
 */
static bool attempt_awaits_connection(const LogOpenAttempt *a, const char *text) {
        /* The line that pptp-linux begins with may not have been pasted. */
        bool has_begun = a->control.pptp_started ||
                (!a->has_pptp && contains(text, "Connection timed out") &&
                 log_attempt_find_hit(a, CATALOGUE_GRE_01));

        if (!has_begun || a->control.start_asked || a->control.is_over)
                return false;

        for (size_t i = 0; i < a->n_hits; i++)
                if (catalogue_row_group(&catalogue_rows[a->hits[i].row]) == CATALOGUE_GROUP_NET)
                        return false;

        return true;
}

/* pptp-linux waits a second before it tries again (open_callmgr() in its pptp.c). */
#define AGAIN_MAX_SEC 3

/*
 * Whether pptp-linux itself asks the server once more: it does so three times if the process for
 * the control connection is gone before there is a call.
 */
static bool attempt_asks_again(const LogOpenAttempt *a, const LogInput *input) {
        int waited = log_time_between(a->last_sec, input->tag.time_sec);

        return !a->control.call_asked && !a->control.pptp_started &&
                (a->helper_started || (waited >= 0 && waited <= AGAIN_MAX_SEC));
}

/* Whether a line of a process that has an attempt already begins a new one. */
static bool line_begins_attempt(const LogParser *p, const LogOpenAttempt *a,
                                const LogInput *input) {
        const LogLine *line = input->line;
        const char *packet = line->text + line->packet;

        if (line->packet < line->n_text)
                return (a->terminated && packet_opens(packet)) ||
                        (p->after_prose &&
                         (packet_opens(packet) || contains(packet, "ConfReq id=0x1 ")));

        if (line->text[0] == '#')
                return is_heading(line->text);

        if (log_input_has(input, LOG_PHRASE_BEGINS))
                return a->attempt.n_packets > 0 || a->terminated || p->after_prose;
        /* What pptp-linux says of the way to the server may come before pppd is ready. */
        if (log_input_has(input, LOG_PHRASE_CONNECT))
                return a->attempt.n_packets > 0 || a->heard || a->terminated;
        /* Of a log of pptp-linux alone; else pppd tells where an attempt begins. */
        if (log_input_has(input, LOG_PHRASE_PPTP_STARTED))
                return a->control.is_over && a->pppd_pid == 0 && !a->has_begun && !a->terminated;
        if (log_input_has(input, LOG_PHRASE_START_ASKED))
                return (a->control.start_asked && !attempt_asks_again(a, input)) || a->is_up;

        /*
         * An attempt that was up does not connect again; one in which pptp-linux did not come to
         * ask anything is still about to, even if pppd has lost patience.
         */
        if (input->tag.speaker == LOG_SPEAKER_PPTP &&
            (contains(line->text, "connect: ") || contains(line->text, "socket: ")))
                return a->is_up || a->control.is_over ||
                        (a->terminated && !attempt_awaits_connection(a, line->text));

        return log_input_has(input, LOG_PHRASE_STARTED) &&
                (contains(line->text, " started by ") ? contains(line->text, "pppd ") :
                         contains(line->text, "Connecting to ") ?
                                                        contains(line->text, ", TCP port ") :
                                                        true);
}

/* Whether there is only a line of the audit log, which is about the attempt that begins now. */
static bool attempt_has_only_denial(const LogOpenAttempt *a) {
        return a->n_hits == 1 && a->hits[0].row == CATALOGUE_SYS_07 && !a->has_pppd &&
                !a->has_pptp && !a->has_begun && a->n_packets == 0 && !a->heard && !a->is_over;
}

static void attempt_note_label(LogOpenAttempt *a, const LogLine *line) {
        size_t blanks = strspn(line->text, "# ");

        log_evidence_copy(a->attempt.label, sizeof(a->attempt.label), line->text + blanks,
                          line->n_text - blanks);
}

void log_parser_begin_attempt(LogParser *p, LogOpenAttempt *a, const LogInput *input) {
        const LogLine *line = input->line;
        /*
         * A process keeps its role as client or server. Lines without a pid keep it until prose
         * follows.
         */
        bool by_server = a->by_server && (input->tag.pid > 0 || !p->after_prose);
        bool by_client = a->by_client && input->tag.pid > 0;

        if (!line_begins_attempt(p, a, input))
                return;

        if (log_attempt_shows_call(a) && !attempt_has_only_denial(a)) {
                log_attempt_end(p, a);
                log_attempt_begin(p, a, line->number);
                a->by_server = by_server;
                a->by_client = by_client;
                if (input->tag.pid > 0)
                        attempt_adopt_pid(a, &input->tag);
        }
        if (line->text[0] == '#')
                attempt_note_label(a, line);
}

/* Finds the call that a process of pptpd serves, or NULL. */
static LogOpenAttempt *parser_find_served(LogParser *p, unsigned pid) {
        for (size_t i = 0; i < LOG_OPEN_MAX && pid > 0; i++)
                if (p->open[i].served.pid == pid)
                        return &p->open[i];

        return NULL;
}

/* Whether a message of pptpd is about the server as a whole, and no client's call. */
static bool is_of_whole_server(const char *text) {
        return contains(text, "No free connection slots") ||
                contains(text, "Couldn't create host socket");
}

/*
 * Keeps such a message apart from the calls that are going on: it does not matter to them, and
 * they do not hide it.
 */
static void parser_note_manager(LogParser *p, const LogInput *input) {
        LogOpenAttempt *a = parser_find_served(p, input->tag.pid) ?: p->current;

        if (a->served.pid != input->tag.pid && log_attempt_has_evidence(a))
                a = parser_open(p, input->line->number);
        a->by_server = true;
        a->served.pid = input->tag.pid;
        a->attempt.last_line = input->line->number;
        a->last_use = input->line->number;
        log_attempt_add_served(a, input);
}

void log_parser_note_server(LogParser *p, const LogInput *input) {
        LogOpenAttempt *a = parser_find_served(p, input->tag.pid) ?: p->current;
        const char *text = input->line->text;
        bool begins = contains(text, "control connection started") ||
                contains(text, "new connection from") || contains(text, "Starting call") ||
                contains(text, "recv [PPTP Start-Ctrl-Conn-Request");
        bool ends_another;

        if (contains(text, "launching pppd") || contains(text, "Session "))
                p->serves = true;
        if (is_of_whole_server(text)) {
                parser_note_manager(p, input);
                return;
        }

        /* The next client, after one whose call is over or belongs to another process. */
        ends_another = input->tag.pid > 0 && a->terminated && a->served.speaker > 0 &&
                a->served.speaker != input->tag.pid;
        if (begins ? a->served.pid != input->tag.pid && (a->is_over || a->served.pid > 0) :
                     ends_another)
                p->current = a = parser_open(p, input->line->number);
        if (begins && !a->by_client)
                a->served.pid = input->tag.pid;

        if (a->by_client)
                return;
        p->has_server = true;
        if (input->tag.server != LOG_SERVER_PPTPD)
                a->attempt.server = input->tag.server;
        if (a->pppd_pid == 0)
                a->by_server = true;
        else if (contains(text, "PTY") || contains(text, "child PPP") ||
                 contains(text, "control connection finished"))
                a->hints_at_server = true;
        else if (!a->by_server)
                return;
        if (input->tag.pid > 0)
                a->served.speaker = input->tag.pid;
        a->attempt.last_line = input->line->number;
        a->last_use = input->line->number;
        log_attempt_add_served(a, input);
}
