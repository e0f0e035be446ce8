/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/explain/log-diagnosis.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/base/text.h"
#include "core/explain/log-client.h"
#include "core/explain/log-copy.h"
#include "core/explain/log-message.h"
#include "core/explain/log-order.h"
#include "core/explain/log-parser.h"

/* A line without a tag that has at least this many words is a sentence. */
#define SENTENCE_WORDS 5
/* In a line with more words than "Plugin ... loaded" has, a carrier's name is only mentioned. */
#define CARRIER_WORDS 2

static bool contains(const char *text, const char *word) {
        return strstr(text, word) != NULL;
}

static void attempt_begin(LogParser *p, LogOpenAttempt *a, unsigned line) {
        Diagnosis *diagnosis = a->diagnosis;

        diagnosis_reset(diagnosis, &(DiagnosisContext){ .has_domain = true });
        memset(a, 0, offsetof(LogOpenAttempt, packets));
        a->diagnosis = diagnosis;
        a->attempt.first_line = a->attempt.last_line = line;
        a->attempt.after_prose = p->after_prose;
        a->options = p->log_options;
        a->control = LOG_CONTROL_NONE;
        a->last_sec = a->begun_sec = a->up_sec = a->dead_sec = LOG_NO_TIME;
        a->served.call_sec = a->served.end_sec = LOG_NO_TIME;
        a->reply.type = PPTP_OUTGOING_CALL_REPLY;
}

/* Judges an attempt and files it. Overwrites the oldest one when LOG_ATTEMPTS_MAX are filed. */
static void attempt_end(LogParser *p, LogOpenAttempt *a) {
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

/*
 * Files an attempt of which the log only has the beginning, with or without the end, or the end as
 * pptp-linux tells it.
 */
static void attempt_end_untold(LogParser *p, LogOpenAttempt *a) {
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

        attempt_end(p, oldest);
        attempt_begin(p, oldest, line);
        return oldest;
}

/*
 * The attempt that a line belongs to: that of its process, or else the current one. A pppd that was
 * not seen before is another attempt, unless the current one waits for its pppd.
 */
static LogOpenAttempt *parser_find_attempt(LogParser *p, const LogInput *input) {
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
        if (log_input_has(input, LOG_PHRASE_START_ASKED))
                return a->control.start_asked || a->is_up;

        /* An attempt that was up does not connect again. */
        if (input->tag.speaker == LOG_SPEAKER_PPTP &&
            (contains(line->text, "connect: ") || contains(line->text, "socket: ")))
                return a->is_up || a->terminated || a->control.is_over;

        return log_input_has(input, LOG_PHRASE_STARTED) &&
                (contains(line->text, " started by ") ? contains(line->text, "pppd ") :
                         contains(line->text, "Connecting to ") ?
                                                        contains(line->text, ", TCP port ") :
                                                        true);
}

static void attempt_note_label(LogOpenAttempt *a, const LogLine *line) {
        size_t blanks = strspn(line->text, "# ");

        log_evidence_copy(a->attempt.label, sizeof(a->attempt.label), line->text + blanks,
                          line->n_text - blanks);
}

/* Whether a line is prose: a sentence or a heading of a letter or of a web page. */
static bool is_sentence(const LogInput *input) {
        const LogLine *line = input->line;

        if (input->tag.speaker != LOG_SPEAKER_NOBODY || line->packet < line->n_text ||
            input->tag.time_sec != LOG_NO_TIME)
                return false;
        if (strncasecmp(line->text, "Subject:", 8) == 0)
                return true;
        /* A heading for what follows, or an option in pppd's dump. */
        if (line->text[0] == '#' || contains(line->text, "# (from"))
                return false;

        return log_speaker_count_words(line->text, line->n_text) >= SENTENCE_WORDS &&
                (input->n_matches == 0 || input->matches[0].offset > 0);
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

/*
 * Notes that a server program speaks. Its line says nothing about a pppd that runs already, unless
 * it names that one, but the pppd that it starts next is a server's.
 */
static void parser_note_server(LogParser *p, const LogInput *input) {
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

/*
 * Whether NetworkManager speaks of a connection of another kind, whose messages may be the same as
 * those about PPTP. It names the service when it starts it, and later only the connection.
 */
static bool parser_is_of_other_vpn(LogParser *p, const LogInput *input) {
        const char *text = input->line->text;
        LogCarrier service = log_carrier_of_service(text);

        if (service != LOG_CARRIER_UNKNOWN)
                p->service = service;
        if (log_carrier_has_ppp(p->service) || !strcasestr(text, "vpn"))
                return false;

        if (contains(text, "failed") || contains(text, "timeout exceeded")) {
                p->other_vpn = p->service;
                log_evidence_take(&p->other_vpn_failure, input->line);
        }
        return true;
}

/* Whether to pass over a line because its program has nothing to do with the tunnel. */
static bool parser_skips(LogParser *p, const LogInput *input) {
        switch (input->tag.speaker) {
        case LOG_SPEAKER_STARTER:
                return parser_is_of_other_vpn(p, input);
        case LOG_SPEAKER_STRANGER:
                return input->line->packet == input->line->n_text;
        case LOG_SPEAKER_SERVER:
                parser_note_server(p, input);
                return true;
        case LOG_SPEAKER_NOBODY:
                if (!is_sentence(input))
                        return false;
                p->after_prose = true;
                return input->n_matches == 0 || strncasecmp(input->line->text, "Subject:", 8) == 0;
        case LOG_SPEAKER_PPPD:
        case LOG_SPEAKER_PPTP:
        case LOG_SPEAKER_OWN:
        case LOG_SPEAKER_KERNEL:
        case LOG_SPEAKER_AUDIT:
                break;
        }

        return false;
}

/* Keeps the address or route that a line shows. */
static void parser_note_network(LogParser *p, const LogLine *line) {
        LogNetwork *network = &p->networks.networks[p->networks.n % LOG_NETWORKS_MAX];
        bool in_tunnel;

        if (log_network_adds_route(line->text, &in_tunnel)) {
                log_evidence_take(&p->networks.added, line);
                p->current->attempt.added_route = p->current->attempt.added_route || in_tunnel;
        }
        if (!log_network_parse(line->text, network))
                return;

        p->networks.n++;
        log_evidence_take(&network->evidence, line);
}

/*
 * Whether a carrier's name is only a part of the name of a file. In pppd's own lines, and in those
 * about a plugin (.so) or a script that pppd ran, it counts.
 */
static bool names_file(const LogInput *input, const LogMatch *match) {
        const char *text = input->line->text, *end = text + match->offset + match->n_text;
        size_t begin = match->offset;

        if (contains(text, ".so") || contains(text, "Script ") ||
            input->tag.speaker == LOG_SPEAKER_PPPD)
                return false;

        while (begin > 0 && !isspace((unsigned char) text[begin - 1]))
                begin--;
        end += strcspn(end, " \t");

        return strncmp(text + match->offset + match->n_text, ".sh", 3) == 0 ||
                (end[-1] != ':' && memchr(text + begin, '/', match->offset - begin));
}

/* Keeps the latest error of Windows that somebody tells of. */
static void parser_note_windows(LogParser *p, const LogLine *line, uint32_t error, bool in_words) {
        CatalogueIndex row;

        if (!log_client_find_windows_row(error, &row))
                return;

        p->windows_error = error;
        p->windows_in_words = in_words;
        log_hit_init(&p->windows, line, row);
}

/* Notes what people tell in their own words. */
static void parser_note_prose(LogParser *p, const LogInput *input) {
        uint32_t error;

        if (input->tag.speaker != LOG_SPEAKER_NOBODY || input->line->packet < input->line->n_text ||
            input->line->n_text > LOG_PROSE_LINE_MAX_BYTES ||
            p->prose.n_lines == LOG_PROSE_LINES_MAX)
                return;

        log_prose_note(&p->prose, input->line->text);
        if (log_prose_find_error(input->line->text, &error))
                parser_note_windows(p, input->line, error, false);
}

/*
 * Takes the names of carriers and the addresses out of the matches, since they are no messages. A
 * sentence that mentions L2TP does not make the log one of L2TP.
 */
static void parser_take_names(LogParser *p, LogInput *input, LogMatch *matches,
                              LogCarrier *ret_carrier) {
        bool is_untagged = input->tag.speaker == LOG_SPEAKER_NOBODY, has_network = false,
             is_capture = false;
        size_t n = 0;

        for (size_t i = 0; i < input->n_matches; i++) {
                const LogMatch match = matches[i];

                has_network = has_network || match.kind == LOG_MATCH_NETWORK;
                is_capture = is_capture || match.kind == LOG_MATCH_CAPTURE;
                if (match.kind == LOG_MATCH_NETWORK || match.kind == LOG_MATCH_CAPTURE)
                        continue;
                if (match.kind == LOG_MATCH_WINDOWS) {
                        if (is_untagged)
                                parser_note_windows(p, input->line, match.number, true);
                        continue;
                }
                if (match.kind == LOG_MATCH_PHRASE && match.number == LOG_PHRASE_COUNTER) {
                        if (is_untagged)
                                log_parser_note_counters(p, input->line);
                        continue;
                }
                if (match.kind != LOG_MATCH_CARRIER) {
                        matches[n++] = match;
                        continue;
                }
                if (is_untagged && input->tag.time_sec == LOG_NO_TIME &&
                    input->line->text[match.offset + match.n_text] != ':' &&
                    match.number != LOG_CARRIER_PPTP && match.number != LOG_CARRIER_MODEM &&
                    log_speaker_count_words(input->line->text, input->line->n_text) > CARRIER_WORDS)
                        continue;

                if (match.number != LOG_CARRIER_PPTP && names_file(input, &match))
                        continue;

                if (match.number == LOG_CARRIER_PPTP && is_untagged && is_sentence(input)) {
                        p->prose_names_pptp = true;
                        continue;
                }
                if (*ret_carrier != LOG_CARRIER_PPTP)
                        *ret_carrier = (LogCarrier) match.number;
                p->carriers |= 1U << match.number;
        }

        input->n_matches = n;
        if (input->tag.carrier != LOG_CARRIER_UNKNOWN)
                p->carriers |= 1U << input->tag.carrier;
        if (has_network && is_untagged)
                parser_note_network(p, input->line);
        if (is_capture && is_untagged)
                log_capture_add(&p->capture, input->line);
}

/* Notes what carries the attempt's link. Once pppd itself has named PPTP, nothing changes that. */
static void attempt_note_carrier(LogOpenAttempt *a, const LogInput *input, LogCarrier carrier) {
        const char *message = input->line->text + input->tag.message;
        bool of_pppd = input->tag.speaker == LOG_SPEAKER_PPPD ||
                (input->tag.speaker == LOG_SPEAKER_NOBODY &&
                 (strncmp(message, "Plugin ", 7) == 0 || strncmp(message, "Script ", 7) == 0));

        if (input->line->packet < input->line->n_text || a->carrier == LOG_CARRIER_PPTP)
                return;

        if (log_input_has(input, LOG_PHRASE_CONNECT) &&
            log_carrier_of_device(message) != LOG_CARRIER_UNKNOWN)
                a->carrier = log_carrier_of_device(message);
        else if (input->tag.speaker == LOG_SPEAKER_PPTP || input->tag.speaker == LOG_SPEAKER_OWN)
                a->carrier = LOG_CARRIER_PPTP;
        else if (of_pppd && carrier != LOG_CARRIER_UNKNOWN)
                a->carrier = carrier;
}

/*
 * Notes whether lines of pppd and of pptp-linux are there: one says how the attempt ended, and the
 * other why.
 */
static void attempt_note_speaker(LogParser *p, LogOpenAttempt *a, const LogInput *input) {
        bool tells_end = log_input_has(input, LOG_PHRASE_TERMINATED) ||
                log_input_has(input, LOG_PHRASE_ENDED);

        if (input->tag.server != LOG_SERVER_PPTPD)
                a->attempt.server = input->tag.server;
        if (input->tag.speaker == LOG_SPEAKER_PPTP)
                a->has_pptp = p->has_client = true;
        a->by_supervisor = a->by_supervisor || input->tag.speaker == LOG_SPEAKER_OWN;
        if (input->tag.speaker != LOG_SPEAKER_NOBODY &&
            (contains(input->line->text, "NetworkManager") ||
             contains(input->line->text, "nm-pptp") ||
             contains(input->line->text, "nm-pppd-plugin")))
                a->by_network_manager = p->has_client = true;
        if (contains(input->line->text, "debug: [pppd] "))
                a->by_kvpnc = p->has_client = true;
        if (input->tag.speaker == LOG_SPEAKER_PPPD && !tells_end)
                a->has_pppd = true;
        if (a->begun_sec == LOG_NO_TIME && log_input_has(input, LOG_PHRASE_CONNECT))
                a->begun_sec = input->tag.time_sec;
}

/* Remembers a line that the next one may continue. */
static void parser_keep_joint(LogParser *p, const LogInput *input) {
        LogJoint *joint = &p->joint;

        joint->n_text = 0;
        if ((input->tag.speaker != LOG_SPEAKER_PPPD && input->tag.speaker != LOG_SPEAKER_PPTP &&
             input->tag.speaker != LOG_SPEAKER_STARTER &&
             (input->tag.speaker != LOG_SPEAKER_KERNEL || !contains(input->line->text, " IN="))) ||
            input->line->packet < input->line->n_text)
                return;

        joint->tag = input->tag;
        joint->line = joint->last_line = input->line->number;
        joint->connects = log_input_has(input, LOG_PHRASE_CONNECT);
        joint->n_text = input->line->n_text;
        memcpy(joint->text, input->line->text, joint->n_text);
}

/* A message of the kernel's firewall has about 250 characters, so it takes this many lines more. */
#define JOINT_LINES_MAX 4

/*
 * Adds the known texts that a mail program or a terminal has split: they begin in a line before,
 * which names its program, and end in this one, which names none. Texts within either line are left
 * out, since each line is also read alone. Returns whether this line continues those before.
 */
static bool parser_add_joint(LogParser *p, const LogInput *input) {
        LogJoint *joint = &p->joint;
        size_t n_before = joint->n_text, n = 0,
               n_added = MIN(input->line->n_text, sizeof(joint->text) - 2 - n_before);
        LogMatch matches[LOG_MATCHES_MAX];
        LogLine line = { .text = joint->text, .number = joint->line };
        LogInput joined = { .line = &line, .tag = joint->tag, .matches = matches };
        LogOpenAttempt *a;
        size_t n_matches, n_blank;
        bool was_gre;

        if (n_before == 0 || n_before + 2 >= sizeof(joint->text) ||
            input->tag.speaker != LOG_SPEAKER_NOBODY || input->tag.time_sec != LOG_NO_TIME ||
            input->line->packet < input->line->n_text ||
            input->line->number != joint->last_line + 1 ||
            joint->last_line - joint->line >= JOINT_LINES_MAX)
                return false;

        /* Some programs wrap behind a hyphen. */
        n_blank = joint->text[n_before - 1] != '-';
        was_gre = log_message_is_gre_in_firewall(joint->text);
        joint->text[n_before] = ' ';
        memcpy(joint->text + n_before + n_blank, input->line->text, n_added);
        line.n_text = line.packet = joint->n_text = n_before + n_blank + n_added;
        joint->text[line.n_text] = '\0';
        joint->last_line = input->line->number;

        n_matches = log_index_find(p->index, line.text, line.n_text, matches);
        for (size_t i = 0; i < n_matches; i++)
                if (matches[i].offset < n_before &&
                    matches[i].offset + matches[i].n_text > n_before + n_blank &&
                    (matches[i].kind == LOG_MATCH_TEXT || matches[i].kind == LOG_MATCH_PHRASE ||
                     matches[i].kind == LOG_MATCH_SUMMARY))
                        matches[n++] = matches[i];

        joined.n_matches = n;
        a = parser_find_attempt(p, &joined);
        if (joint->connects && a->carrier == LOG_CARRIER_UNKNOWN)
                a->carrier = log_carrier_of_device(line.text);
        if (n > 0)
                log_attempt_add_text(p, a, &joined);
        if (!was_gre && log_message_is_gre_in_firewall(line.text))
                log_attempt_add_hit(a, &joined, CATALOGUE_GRE_02);
        return true;
}

/*
 * Finds a message that the end of the paste has cut off. In a line that names no program it has to
 * stand at the beginning.
 */
static size_t find_cut(const LogParser *p, const LogInput *input,
                       LogMatch ret_matches[static LOG_MATCHES_MAX]) {
        size_t n =
                log_index_find_cut(p->index, input->line->text, input->line->n_text, ret_matches);

        return n > 0 && input->tag.speaker == LOG_SPEAKER_NOBODY && ret_matches[0].offset > 0 ? 0 :
                                                                                                n;
}

/* An editor that wraps a line within a word leaves at least this many blanks there. */
#define TORN_BLANKS_MIN 3

/* Adds the known texts that are found only after blanks within a word are taken out. */
static void parser_add_mended(LogParser *p, const LogInput *input) {
        const char *text = input->line->text;
        LogMatch matches[LOG_MATCHES_MAX];
        LogLine line = *input->line;
        LogInput mended = { .line = &line, .tag = input->tag, .matches = matches };
        size_t at = input->tag.message, blanks = 0, n = 0, n_matches;

        if (input->line->packet < input->line->n_text ||
            (input->tag.speaker != LOG_SPEAKER_PPPD && input->tag.speaker != LOG_SPEAKER_PPTP))
                return;

        for (; at < line.n_text; at += blanks + 1) {
                at += strcspn(text + at, " ");
                blanks = strspn(text + at, " ");
                if (blanks >= TORN_BLANKS_MIN && at > 0 && isalpha((unsigned char) text[at - 1]) &&
                    isalpha((unsigned char) text[at + blanks]))
                        break;
        }
        if (at >= line.n_text)
                return;

        memcpy(p->mended, text, at);
        memcpy(p->mended + at, text + at + blanks, line.n_text - at - blanks + 1);
        line.text = p->mended;
        line.n_text = line.packet = line.n_text - blanks;

        n_matches = log_index_find(p->index, line.text, line.n_text, matches);
        for (size_t i = 0; i < n_matches; i++)
                if (matches[i].offset < at && matches[i].offset + matches[i].n_text > at &&
                    (matches[i].kind == LOG_MATCH_TEXT || matches[i].kind == LOG_MATCH_PHRASE))
                        matches[n++] = matches[i];
        mended.n_matches = n;
        if (n > 0)
                log_attempt_add_text(p, parser_find_attempt(p, &mended), &mended);
}

/*
 * Whether a line is of a program of the tunnel. The time that passes until other programs say
 * something is not the time that the attempt took.
 */
static bool is_of_tunnel(const LogInput *input) {
        switch (input->tag.speaker) {
        case LOG_SPEAKER_PPPD:
        case LOG_SPEAKER_PPTP:
        case LOG_SPEAKER_OWN:
        case LOG_SPEAKER_SERVER:
                return true;
        case LOG_SPEAKER_STARTER:
        case LOG_SPEAKER_NOBODY:
                return input->n_matches > 0 || input->line->packet < input->line->n_text ||
                        strcasestr(input->line->text, "vpn");
        case LOG_SPEAKER_KERNEL:
        case LOG_SPEAKER_AUDIT:
        case LOG_SPEAKER_STRANGER:
                break;
        }

        return false;
}

/*
 * Completes the tag of a line of pptp-linux that was wrapped behind its time and process: "anon
 * log[main:pptp.c:353]: " begins the next line then.
 */
static void tag_continue(LogTag *tag, const LogLine *line, const LogJoint *before) {
        if (tag->speaker != LOG_SPEAKER_PPTP || tag->pid > 0 || tag->time_sec != LOG_NO_TIME ||
            before->n_text == 0 || before->tag.speaker != LOG_SPEAKER_PPTP ||
            before->last_line + 1 != line->number)
                return;

        tag->pid = before->tag.pid;
        tag->time_sec = before->tag.time_sec;
}

static void parser_add_line(LogParser *p, const LogLine *line) {
        LogMatch matches[LOG_MATCHES_MAX];
        LogInput input = { .line = line, .matches = matches };
        bool is_packet = line->packet < line->n_text, is_sentence_here, has_neighbour;
        LogCarrier carrier = LOG_CARRIER_UNKNOWN;
        LogOpenAttempt *a;

        /* A packet that begins its line has no tag. */
        if (line->packet > 0)
                log_speaker_parse(line->text, &input.tag);
        else
                input.tag = (LogTag){ .time_sec = LOG_NO_TIME };
        tag_continue(&input.tag, line, &p->joint);
        if (input.tag.speaker != LOG_SPEAKER_STRANGER)
                input.n_matches = log_index_find(p->index, line->text,
                                                 is_packet ? line->packet : line->n_text, matches);
        if (line->is_last && !is_packet && input.n_matches == 0 &&
            input.tag.speaker != LOG_SPEAKER_STRANGER)
                input.n_matches = find_cut(p, &input, matches);
        parser_note_prose(p, &input);
        parser_take_names(p, &input, matches, &carrier);
        parser_add_mended(p, &input);
        if (!parser_add_joint(p, &input))
                parser_keep_joint(p, &input);

        /* "last message repeated" is about the packet in the line before. */
        if (!is_packet && p->current->n_frame > 0 && log_input_has(&input, LOG_PHRASE_REPEATED)) {
                log_attempt_repeat_packet(p->current, log_message_get_repetitions(line->text));
                p->current->n_frame = 0;
                return;
        }
        has_neighbour = p->last_tagged > 0 && line->number == p->last_tagged + 1;
        if (input.tag.speaker != LOG_SPEAKER_NOBODY || is_packet)
                p->last_tagged = line->number;
        if (parser_skips(p, &input))
                return;

        is_sentence_here = is_sentence(&input);
        a = parser_find_attempt(p, &input);
        if (!is_sentence_here && line_begins_attempt(p, a, &input)) {
                if (log_attempt_shows_call(a)) {
                        /*
                         * A process keeps its role as client or server. Lines without a pid keep it
                         * until prose follows.
                         */
                        bool by_server = a->by_server && (input.tag.pid > 0 || !p->after_prose);
                        bool by_client = a->by_client && input.tag.pid > 0;

                        attempt_end(p, a);
                        attempt_begin(p, a, line->number);
                        a->by_server = by_server;
                        a->by_client = by_client;
                        if (input.tag.pid > 0)
                                attempt_adopt_pid(a, &input.tag);
                }
                if (line->text[0] == '#')
                        attempt_note_label(a, line);
        }

        p->current = a;
        a->last_use = line->number;
        a->has_neighbours =
                a->has_neighbours || has_neighbour || input.tag.speaker == LOG_SPEAKER_NOBODY;
        if (input.tag.time_sec != LOG_NO_TIME && is_of_tunnel(&input))
                a->last_sec = input.tag.time_sec;
        a->attempt.last_line = line->number;
        a->n_frame = 0;
        attempt_note_carrier(a, &input, carrier);
        attempt_note_speaker(p, a, &input);
        if (is_packet)
                log_attempt_add_packet(p, a, &input);
        else
                log_attempt_add_text(p, a, &input);

        if (!is_sentence_here && (is_packet || input.n_matches > 0))
                p->after_prose = false;
}

static LogParser *parser_free(LogParser *p) {
        if (!p)
                return NULL;

        for (size_t i = 0; i < LOG_OPEN_MAX; i++)
                diagnosis_free(p->open[i].diagnosis);
        log_index_free(p->index);
        free(p->attempts);
        free(p);
        return NULL;
}

/* Returns NULL when there is no memory. */
static LogParser *parser_new(LogRead read, void *context) {
        LogParser *p = calloc(1, sizeof(*p));
        bool ok;

        if (!p)
                return NULL;

        p->index = log_index_new();
        p->attempts = calloc(LOG_ATTEMPTS_MAX, sizeof(*p->attempts));
        ok = p->index && p->attempts;
        for (size_t i = 0; i < LOG_OPEN_MAX && ok; i++) {
                p->open[i].diagnosis = diagnosis_new();
                ok = p->open[i].diagnosis;
                if (ok)
                        attempt_begin(p, &p->open[i], 1);
        }
        if (!ok)
                return parser_free(p);

        p->current = &p->open[0];
        log_reader_init(&p->reader, read, context);
        return p;
}

int log_diagnosis_read_from(LogRead read, void *context, LogDiagnosis *ret_diagnosis) {
        LogOrder *order = malloc(sizeof(*order));
        LogParser *p = NULL;
        LogLine line;
        int r;

        if (!order)
                return -ENOMEM;

        r = log_order_init(order, read, context);
        if (r < 0)
                goto finish;

        p = parser_new(log_order_read, order);
        if (!p) {
                r = -ENOMEM;
                goto finish;
        }

        while (log_reader_next(&p->reader, &line))
                parser_add_line(p, &line);
        r = p->reader.error;
        if (r < 0)
                goto finish;

        for (size_t i = 0; i < LOG_OPEN_MAX; i++)
                attempt_end(p, &p->open[i]);
        for (size_t i = 0; i < LOG_OPEN_MAX && p->n_attempts == 0; i++)
                attempt_end_untold(p, &p->open[i]);
        log_parser_finish(p, order, ret_diagnosis);

finish:
        parser_free(p);
        log_order_done(order);
        free(order);
        return r;
}

typedef struct Memory {
        const char *text;
        size_t n_text;
} Memory;

static ptrdiff_t memory_read(void *context, char *buffer, size_t n_buffer) {
        Memory *memory = context;
        size_t n = MIN(n_buffer, memory->n_text);

        /* An empty text may have a NULL pointer, to which nothing may be added. */
        if (n == 0)
                return 0;

        memcpy(buffer, memory->text, n);
        memory->text += n;
        memory->n_text -= n;
        return (ptrdiff_t) n;
}

int log_diagnosis_read(const char *text, size_t n_text, LogDiagnosis *ret_diagnosis) {
        Memory memory = { text, n_text };

        return log_diagnosis_read_from(memory_read, &memory, ret_diagnosis);
}

void log_diagnosis_done(LogDiagnosis *d) {
        free(d->attempts);
        *d = (LogDiagnosis){ 0 };
}
