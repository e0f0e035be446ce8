/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Does the peer still hear us? In place of pppd's own lcp-echo-interval and lcp-echo-failure, which
 * find a dead link up to two intervals late, or (lcp-echo-adaptive) not at all while anything
 * arrives: a path may lose packets in one direction only.
 *
 *  the link is                              what is done
 *  just up                                  an Echo-Request, and up to four more: does this peer
 *                                           answer any?
 *  without an answer for an interval        an Echo-Request, and one each second: a lost one costs
 *                                           nothing
 *  without an answer for less than that     nothing
 *  without an answer for interval × probes  it is dead, and ended, if an echo is outstanding
 *
 * So the end is found in time to the second, and a lossy path survives: one answer in all that time
 * is enough. Of a peer that never answers echoes, any packet counts for an answer.
 */

#include <time.h>

#include "hooks/plugin.h"

#define ECHO_INTERVAL_SEC 1
#define FIRST_ECHOES 5
/*
 * How long a change of the settings may go unnoticed: pppd lets no plugin wait for a descriptor of
 * its own, so that the supervisor is listened to whenever the link is looked at.
 */
#define LISTEN_INTERVAL_SEC 30

#define PROTOCOL_LCP 0xc021
/* Address, control and protocol, in front of LCP's code. */
#define PPP_HEADER_BYTES 4

static unsigned interval_sec, limit_sec;
static time_t up_since_sec, last_control_sec, last_answer_sec;
static bool running, answered;
static unsigned n_first_echoes;
static bool outstanding; /* an echo was sent, and not answered yet */

/* As the kernel counts how long a link is idle: without the time in suspend. */
static time_t now_sec(void) {
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return t.tv_sec;
}

/* Since anything came from the peer. */
static time_t silence_sec(void) {
        struct ppp_idle idle;
        time_t silence = now_sec() - MAX(up_since_sec, last_control_sec);

        if (get_idle_time(0, &idle))
                silence = MIN(silence, (time_t) idle.recv_idle);

        return silence;
}

/* Since the peer last showed that it hears us, as far as it ever does. */
static unsigned unanswered_sec(void) {
        return (unsigned) (answered ? now_sec() - MAX(up_since_sec, last_answer_sec) :
                                      silence_sec());
}

static void send_echo(void) {
        const uint32_t magic =
                htonl(lcp_gotoptions[0].neg_magicnumber ? lcp_gotoptions[0].magicnumber : 0);
        static unsigned char id;

        outstanding = true;
        fsm_sdata(&lcp_fsm[0], ECHOREQ, id++, (unsigned char *) &magic, sizeof(magic));
}

/*
 * A peer that never answered an Echo cannot answer any, and its link is not dead for that (LCP-11).
 * A link that died before its first Echo cannot be told from it while traffic arrives.
 */
static bool is_introduced(void) {
        return answered || n_first_echoes == FIRST_ECHOES;
}

static void listen_to_supervisor(void) {
        uint8_t buffer[PLUGIN_MESSAGE_MAX_BYTES];
        PluginMessage message;

        while (channel_receive(0, buffer, sizeof(buffer), &message))
                if (message.type == PLUGIN_SETUP)
                        keep_alive_set(message.setup.keep_alive_interval_sec,
                                       message.setup.keep_alive_probes);
}

static void keep_alive_check(void *userdata);

static void keep_alive_check_in(unsigned sec) {
        pppd_defer(keep_alive_check, MIN(sec, (unsigned) LISTEN_INTERVAL_SEC));
}

static void keep_alive_check(_unused_ void *userdata) {
        unsigned unanswered, patience_sec;

        listen_to_supervisor();
        if (interval_sec == 0) {
                keep_alive_check_in(LISTEN_INTERVAL_SEC);
                return;
        }

        unanswered = unanswered_sec();
        patience_sec = MIN(interval_sec, (limit_sec + 1) / 2);
        /* Echoes are at least a second apart: so long each of them has had time. */
        if (unanswered >= limit_sec && outstanding) {
                running = false;
                pppd_set_status(EXIT_PEER_DEAD);
                pppd_close_lcp(0, "Peer not responding");
                return;
        }

        if (!is_introduced()) {
                n_first_echoes++;
                send_echo();
                keep_alive_check_in(ECHO_INTERVAL_SEC);
                return;
        }

        if (unanswered < patience_sec) {
                keep_alive_check_in(patience_sec - unanswered);
                return;
        }

        send_echo();
        keep_alive_check_in(ECHO_INTERVAL_SEC);
}

void keep_alive_set_phase(int phase) {
        bool up = phase == PHASE_NETWORK || phase == PHASE_RUNNING;

        if (up == running)
                return;

        running = up;
        if (up) {
                up_since_sec = now_sec();
                outstanding = false;
                keep_alive_check_in(interval_sec > 0 ? ECHO_INTERVAL_SEC : LISTEN_INTERVAL_SEC);
        } else
                pppd_cancel(keep_alive_check);
}

void keep_alive_hear(const unsigned char *data, int n_data) {
        last_control_sec = now_sec();
        if (n_data <= PPP_HEADER_BYTES || (data[2] << 8 | data[3]) != PROTOCOL_LCP ||
            data[PPP_HEADER_BYTES] != ECHOREP)
                return;

        answered = true;
        outstanding = false;
        last_answer_sec = last_control_sec;
}

void keep_alive_set(unsigned new_interval_sec, unsigned n_probes) {
        interval_sec = new_interval_sec;
        limit_sec = new_interval_sec * n_probes;
}
