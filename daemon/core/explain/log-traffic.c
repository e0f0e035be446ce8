/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the bytes and echo requests that pppd counted tell of the tunnel. */

#include <stdio.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/diagnosis/diagnosis-evidence.h"
#include "core/explain/log-judge.h"
#include "core/explain/log-message.h"
#include "core/explain/log-parser.h"
#include "core/explain/log-row.h"
#include "core/explain/log-time.h"

/* If this much more was sent than received, the tunnel carries its own packets in a circle. */
#define LOOP_SENT_BYTES (UINT64_C(10) * 1024 * 1024)
#define LOOP_RATIO 1000
/* A negotiation takes fewer bytes than this, so data went through the tunnel. */
#define TRAFFIC_BYTES (UINT64_C(100) * 1024)

/*
 * pppd counts the time from the moment when IP is up (np_up() in its auth.c). When it gives a link
 * up for want of an address, in the same moment, it may count a little as well.
 */
#define LIFE_MIN_SEC 12
/* A year: pppd measures against a clock that may have been set meanwhile. */
#define LIFE_MAX_SEC (UINT64_C(366) * 24 * 3600)

/* A tunnel of which somebody made use for so long has sent more than this many bytes. */
#define USED_MIN_SEC 60
#define LITTLE_BYTES 1024

/* The shortest and the longest time of a link that may have died of echo requests alone. */
#define ECHO_DEATH_MIN_SEC 10
#define ECHO_DEATH_MAX_SEC 600

void log_attempt_note_traffic(LogOpenAttempt *a, const LogInput *input) {
        uint64_t sent, received, lasted;
        LogHit *hit;

        if (log_message_get_lifetime(input->line->text, &lasted)) {
                log_attempt_note_ip_down(a, input);
                if (lasted >= LIFE_MIN_SEC && lasted <= LIFE_MAX_SEC)
                        a->lasted_sec = lasted;
        }
        if (!log_message_get_traffic(input->line->text, &sent, &received))
                return;

        log_attempt_note_ip_down(a, input);
        if (MAX(sent, received) >= TRAFFIC_BYTES && !a->is_up) {
                a->is_up = a->heard = true;
                diagnosis_add_phase(a->diagnosis, PLUGIN_PHASE_RUNNING);
        }
        a->attempt.received_none = received == 0;
        a->sent_none = sent == 0;
        a->sent = sent;
        a->attempt.sent_little = sent < LITTLE_BYTES && a->lasted_sec >= USED_MIN_SEC;
        a->carried_data = MIN(sent, received) >= TRAFFIC_BYTES;
        /* With the default route in the tunnel, a smaller excess tells as much. */
        if (received > sent / LOOP_RATIO ||
            sent < (a->replaced_route ? TRAFFIC_BYTES : LOOP_SENT_BYTES))
                return;

        a->is_loop = true;
        hit = log_attempt_add_hit(a, input, CATALOGUE_NETC_05);
        if (hit)
                snprintf(hit->detail, sizeof(hit->detail),
                         "%llu %s were sent and next to nothing came back%s",
                         (unsigned long long) (sent >= LOOP_SENT_BYTES ? sent / 1000000 :
                                                                         sent / 1000),
                         sent >= LOOP_SENT_BYTES ? "MB" : "kB",
                         a->replaced_route ? "; pppd had put the default route into the tunnel" :
                                             "");
}

void log_parser_note_counters(LogParser *p, const LogLine *line) {
        const char *text = line->text;
        uint64_t sent;

        if (strstr(text, "Link encap:") || strstr(text, ": flags="))
                p->counts_tunnel = strstr(text, "Point-to-Point") || strstr(text, "POINTOPOINT");
        if (!p->counts_tunnel)
                return;

        (void) log_message_get_counter(text, false, &p->n_received);
        if (!log_message_get_counter(text, true, &sent) || sent < LOOP_SENT_BYTES ||
            p->n_received > sent / LOOP_RATIO)
                return;

        log_hit_init(&p->counters, line, CATALOGUE_NETC_05);
        snprintf(p->counters.detail, sizeof(p->counters.detail),
                 "the interface counted %llu MB sent, and next to nothing came back",
                 (unsigned long long) (sent / 1000000));
}

void log_attempt_note_echoes(LogOpenAttempt *a) {
        Verdict *verdict = &a->attempt.verdict;
        int lasted;

        if ((verdict->row != &catalogue_rows[CATALOGUE_LCP_02] &&
             verdict->row != &catalogue_rows[CATALOGUE_SRV_14]) ||
            a->dead_echoes == 0 || a->up_sec == LOG_NO_TIME || a->dead_sec == LOG_NO_TIME ||
            diagnosis_is_echo_answered(a->diagnosis) || a->carried_data)
                return;

        lasted = log_time_between(a->up_sec, a->dead_sec);
        if (lasted < ECHO_DEATH_MIN_SEC || lasted > ECHO_DEATH_MAX_SEC)
                return;

        log_verdict_addf(
                verdict,
                verdict->detail[0] ?
                        "if it ends so each time %u echoes after it came up (%d s), the other side "
                        "answers none: lcp-echo-interval 0" :
                        "%u echo requests had no answer, %d s after the link came up. If it ends so "
                        "each time, the other side never answers them, and lcp-echo-interval 0 "
                        "keeps the link",
                a->dead_echoes, lasted);
}

void log_attempt_note_one_way(LogOpenAttempt *a) {
        Verdict *verdict = &a->attempt.verdict;

        if (!log_row_has(verdict->row, LOG_ROW_PARTS) || !a->attempt.was_up ||
            !a->attempt.received_none || a->sent == 0)
                return;

        snprintf(
                verdict->detail, sizeof(verdict->detail),
                "%snot one byte of data came back: this host's route to the server led into the tunnel "
                "(add a host route to it), or the tunnel's packets (with PPTP: GRE) were lost",
                strstr(a->diagnosis->link.received.text, "MPPE disabled") ?
                        "\"MPPE disabled\" is what pppd says at the end of every encrypted link; " :
                        "");
}
