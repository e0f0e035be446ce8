/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/explain/log-capture.h"

#include <string.h>

#include "core/base/macros.h"
#include "core/base/number.h"
#include "core/diagnosis/diagnosis-evidence.h"
#include "core/explain/log-copy.h"
#include "core/explain/log-time.h"

/* Lines that are farther apart than this, or go back in time, are of another run of tcpdump. */
#define PIECE_GAP_SEC 600

/* Copies a host up to the end of its token, and without a port if it has one. */
static bool take_host(const char *at, bool has_port, char ret_host[static LOG_CAPTURE_HOST_MAX]) {
        size_t n = strcspn(at, " :,");
        const char *port = has_port ? memrchr(at, '.', n) : NULL;

        if (port)
                n = (size_t) (port - at);
        if (n == 0 || n >= LOG_CAPTURE_HOST_MAX)
                return false;

        memcpy(ret_host, at, n);
        ret_host[n] = '\0';
        return true;
}

/* Reads "IP 192.0.2.1.1723 > 192.0.2.2.4000: ". */
static bool take_hosts(const char *text, bool has_port, char ret_from[static LOG_CAPTURE_HOST_MAX],
                       char ret_to[static LOG_CAPTURE_HOST_MAX]) {
        const char *from = strstr(text, "IP "), *to = strstr(text, " > ");

        return from && to && from < to && take_host(from + strlen("IP "), has_port, ret_from) &&
                take_host(to + strlen(" > "), has_port, ret_to);
}

static bool take_number(const char *text, const char *word, unsigned *ret_number) {
        const char *at = strstr(text, word);
        uint64_t number;

        if (!at || number_take(at + strlen(word), 5, 10, UINT16_MAX, &number) == 0)
                return false;

        *ret_number = (unsigned) number;
        return true;
}

static void capture_add_gre(LogCapture *c, const char *text, const char *from, const char *to) {
        size_t i;

        if (!c->hosts[0][0]) {
                strcpy(c->hosts[0], from);
                strcpy(c->hosts[1], to);
        }

        i = strcmp(from, c->hosts[0]) == 0 ? 0 : 1;
        if (strcmp(from, c->hosts[i]) != 0) {
                for (i = 0; i < ELEMENTSOF(c->hosts); i++)
                        if (strcmp(to, c->hosts[i]) == 0) {
                                strcpy(c->stranger, from);
                                c->stranger_target = (unsigned) i;
                        }
                return;
        }
        c->n_gre[i]++;
        c->n_piece[i]++;
        if (strcmp(to, c->hosts[1 - i]) == 0) {
                c->n_direct[i]++;
        } else {
                strcpy(c->astray, to);
                c->astray_sender = (unsigned) i;
        }

        if (c->client[0] && strcmp(from, c->client) != 0)
                c->has_call = take_number(text, "GREv1, call ", &c->call) || c->has_call;
}

void log_capture_end_piece(LogCapture *c) {
        for (size_t i = 0; i < ELEMENTSOF(c->n_piece); i++)
                if (c->n_piece[i] >= DIAGNOSIS_SILENT_REQUESTS && c->n_piece[1 - i] == 0)
                        c->one_way[i] = true;

        memset(c->n_piece, 0, sizeof(c->n_piece));
}

/* Takes the time of a line, which begins another piece if it does not follow on the one before. */
static void capture_note_time(LogCapture *c, const char *text) {
        int sec = log_time_parse_clock(text, strcspn(text, " "));

        if (sec == LOG_NO_TIME)
                return;

        if (c->has_time && log_time_between(c->last_sec, sec) > PIECE_GAP_SEC)
                log_capture_end_piece(c);
        c->has_time = true;
        c->last_sec = sec;
}

/* Takes a message of the control connection, by tcpdump's name for it (its print-pptp.c). */
static void capture_add_control(LogCapture *c, const LogLine *line, const char *from) {
        const char *text = line->text;
        bool asks_start = strstr(text, "CTRL_MSGTYPE=SCCRQ");
        bool asks_call = strstr(text, "CTRL_MSGTYPE=OCRQ");

        if (asks_start) {
                c->gave_up = c->gave_up || (c->start_asked && !c->start_answered);
                c->start_asked = true;
        } else if (strstr(text, "CTRL_MSGTYPE=SCCRP")) {
                c->start_answered = true;
        } else if (asks_call) {
                c->gave_up = c->gave_up || c->call_was_asked;
                c->call_was_asked = true;
                c->has_asked_call = take_number(text, "OCRQ CALL_ID(", &c->asked_call);
        } else if (strstr(text, "CTRL_MSGTYPE=OCRP")) {
                c->call_answered = true;
        } else if (strstr(text, "CTRL_MSGTYPE=CCRQ") || strstr(text, "CTRL_MSGTYPE=StopCCRQ")) {
                c->gave_up = c->gave_up || !c->start_answered ||
                        (c->call_was_asked && !c->call_answered);
        }

        if (asks_start || asks_call) {
                strcpy(c->client, from);
                log_evidence_take(&c->question, line);
        }
}

void log_capture_add(LogCapture *c, const LogLine *line) {
        char from[LOG_CAPTURE_HOST_MAX], to[LOG_CAPTURE_HOST_MAX];
        bool is_gre = strstr(line->text, ": GREv1");

        if (!take_hosts(line->text, !is_gre, from, to))
                return;

        c->n_lines++;
        capture_note_time(c, line->text);
        if (is_gre)
                capture_add_gre(c, line->text, from, to);
        else
                capture_add_control(c, line, from);
}

bool log_capture_is_lost_both_ways(const LogCapture *c) {
        return c->one_way[0] && c->one_way[1];
}

bool log_capture_is_one_way(const LogCapture *c) {
        return c->n_gre[0] >= DIAGNOSIS_SILENT_REQUESTS && c->n_gre[1] == 0;
}

bool log_capture_is_two_way(const LogCapture *c) {
        return c->n_gre[0] > 0 && c->n_gre[1] > 0 && !c->astray[0] &&
                !log_capture_is_lost_both_ways(c);
}

bool log_capture_is_start_unanswered(const LogCapture *c) {
        /* A request for a call follows an answer, even if tcpdump saw one direction only. */
        return c->start_asked && !c->start_answered && !c->call_was_asked && !c->call_answered &&
                c->gave_up;
}

bool log_capture_is_call_unanswered(const LogCapture *c) {
        return c->start_answered && c->call_was_asked && !c->call_answered && c->gave_up;
}

bool log_capture_is_of_other_host(const LogCapture *c, const char **ret_called,
                                  const char **ret_answering) {
        size_t host = c->stranger[0] ? c->stranger_target : c->astray_sender;

        if (c->n_gre[host] == 0 || (c->client[0] && strcmp(c->hosts[host], c->client) != 0))
                return false;

        if (c->stranger[0] && c->n_gre[1 - host] == 0) {
                *ret_called = c->hosts[1 - host];
                *ret_answering = c->stranger;
                return true;
        }
        /* The one that answers was the first to send. */
        if (!c->stranger[0] && c->astray[0] && c->n_direct[host] == 0 &&
            c->n_direct[1 - host] > 0) {
                *ret_called = c->astray;
                *ret_answering = c->hosts[1 - host];
                return true;
        }

        return false;
}

bool log_capture_is_of_other_call(const LogCapture *c) {
        return c->has_asked_call && c->has_call && c->asked_call != c->call;
}
