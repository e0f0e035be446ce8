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
 *
 * That is for a link that is idle, or dead in one direction. While the link is in use and answers
 * echoes, peer-watch.h finds its end sooner.
 */

#include <errno.h>
#include <linux/ppp-ioctl.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

#include "core/ppp/peer-watch.h"
#include "hooks/plugin.h"

#define ECHO_INTERVAL_USEC USEC_PER_SEC
#define FIRST_ECHOES 5
/* The traffic is watched only if the keep-alive alone would take at least so long. */
#define WATCHED_MIN_SEC 4
/*
 * How long a change of the settings may go unnoticed: pppd lets no plugin wait for a descriptor of
 * its own, so that the supervisor is listened to whenever the link is looked at.
 */
#define LISTEN_INTERVAL_USEC (30 * USEC_PER_SEC)

#define PROTOCOL_LCP 0xc021
/* Address, control and protocol, in front of LCP's code and identifier. */
#define PPP_HEADER_BYTES 4

static unsigned interval_sec, limit_sec;
static uint64_t up_since_usec, last_control_usec, last_answer_usec, last_echo_usec;
static bool running, answered;
static unsigned n_first_echoes;
static bool outstanding;    /* an echo was sent, and not answered yet */
static bool expects_answer; /* while one is sent whose like were answered so far */
static bool in_use;         /* at the last look, data passed or waited for an answer */
static PeerWatch watch;

/* By the clock that the kernel uses for the idle time of a link: it stands still in suspend. */
static uint64_t now_usec(void) {
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (uint64_t) t.tv_sec * USEC_PER_SEC + (uint64_t) t.tv_nsec / 1000;
}

static unsigned seconds_since(uint64_t usec) {
        return (unsigned) ((now_usec() - MAX(up_since_usec, usec)) / USEC_PER_SEC);
}

/* Returns for how many seconds nothing has come from the peer. */
static unsigned silence_sec(void) {
        unsigned silence = seconds_since(last_control_usec);
        struct ppp_idle idle;

        if (get_idle_time(0, &idle))
                silence = MIN(silence, (unsigned) idle.recv_idle);

        return silence;
}

/*
 * Returns for how many seconds the peer has not shown that it hears us. Where it has never answered
 * an echo, any packet of its counts for an answer.
 */
static unsigned unanswered_sec(void) {
        return answered ? seconds_since(last_answer_usec) : silence_sec();
}

static void send_echo(void) {
        const uint32_t magic =
                htonl(lcp_gotoptions[0].neg_magicnumber ? lcp_gotoptions[0].magicnumber : 0);
        static unsigned char id;

        expects_answer = answered && !outstanding;
        outstanding = true;
        last_echo_usec = now_usec();
        peer_watch_note_echo(&watch, id, last_echo_usec);
        fsm_sdata(&lcp_fsm[0], ECHOREQ, id++, (unsigned char *) &magic, sizeof(magic));
        expects_answer = false;
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
                keep_alive_take_setup(&message);
}

static void give_up(void) {
        running = false;
        pppd_set_status(EXIT_PEER_DEAD);
        pppd_close_lcp(0, "Peer not responding");
}

/*
 * Asks the kernel how many packets the interface has sent and received; SIOCGPPPSTATS works on any
 * socket. Returns false if the kernel does not tell.
 */
static bool get_traffic(PeerWatchTraffic *ret_traffic) {
        static int fd = -EBADF;
        struct ppp_stats stats = { 0 };
        struct ifreq request = { .ifr_data = (void *) &stats };

        if (fd < 0)
                fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        strlcpy(request.ifr_name, pppd_get_ifname(), sizeof(request.ifr_name));
        if (fd < 0 || ioctl(fd, SIOCGPPPSTATS, &request) < 0)
                return false;

        *ret_traffic = (PeerWatchTraffic){
                .sent_packets = stats.p.ppp_opackets,
                .received_packets = stats.p.ppp_ipackets,
        };
        return true;
}

/* Looks at the traffic of a link whose peer is known to answer echoes. */
static PeerWatchVerdict watch_traffic(uint64_t *ret_wait_usec) {
        PeerWatchTraffic traffic;

        if (!answered || limit_sec < WATCHED_MIN_SEC || !get_traffic(&traffic))
                return PEER_WATCH_QUIET;

        return peer_watch_check(&watch, traffic, now_usec(), ret_wait_usec);
}

static void keep_alive_check(void *userdata);

static void keep_alive_check_in(uint64_t usec) {
        pppd_defer(keep_alive_check, MIN(usec, LISTEN_INTERVAL_USEC));
}

/* Returns after how many seconds without an answer an echo is due. */
static unsigned get_patience_sec(void) {
        return MIN(interval_sec, (limit_sec + 1) / 2);
}

/*
 * Puts off the look that was planned in case that the echo is not answered: an idle link wakes pppd
 * twice for each echo, and hundreds of them do not keep a machine from sleeping.
 */
static void sleep_for_an_interval(void) {
        pppd_cancel(keep_alive_check);
        keep_alive_check_in(get_patience_sec() * USEC_PER_SEC);
}

static void keep_alive_check(_unused_ void *userdata) {
        uint64_t wait_usec, traffic_wait_usec;
        unsigned unanswered, patience_sec;
        PeerWatchVerdict verdict;
        bool due;

        channel_send_held();
        listen_to_supervisor();
        if (interval_sec == 0) {
                keep_alive_check_in(LISTEN_INTERVAL_USEC);
                return;
        }

        unanswered = unanswered_sec();
        patience_sec = get_patience_sec();
        verdict = watch_traffic(&traffic_wait_usec);
        in_use = verdict != PEER_WATCH_QUIET;
        /* The last echo has had a second for its answer: that far apart are two of them. */
        if (verdict == PEER_WATCH_DEAD || (unanswered >= limit_sec && outstanding)) {
                give_up();
                return;
        }

        if (!is_introduced()) {
                n_first_echoes++;
                send_echo();
                keep_alive_check_in(ECHO_INTERVAL_USEC);
                return;
        }

        due = unanswered >= patience_sec && now_usec() - last_echo_usec >= ECHO_INTERVAL_USEC;
        wait_usec = unanswered < patience_sec ? (patience_sec - unanswered) * USEC_PER_SEC :
                                                ECHO_INTERVAL_USEC;
        if (due || verdict == PEER_WATCH_ASK)
                send_echo();
        if (in_use)
                wait_usec = MIN(wait_usec, traffic_wait_usec);
        keep_alive_check_in(wait_usec);
}

void keep_alive_set_phase(int phase) {
        bool up = phase == PHASE_NETWORK || phase == PHASE_RUNNING;

        if (up == running)
                return;

        running = up;
        if (up) {
                up_since_usec = now_usec();
                outstanding = false;
                peer_watch_reset(&watch);
                keep_alive_check_in(interval_sec > 0 ? ECHO_INTERVAL_USEC : LISTEN_INTERVAL_USEC);
        } else
                pppd_cancel(keep_alive_check);
}

void keep_alive_hear(const unsigned char *data, int n_data) {
        last_control_usec = now_usec();
        if (n_data <= PPP_HEADER_BYTES + 1 || (data[2] << 8 | data[3]) != PROTOCOL_LCP ||
            data[PPP_HEADER_BYTES] != ECHOREP) {
                peer_watch_note_packet(&watch);
                return;
        }

        answered = true;
        outstanding = false;
        last_answer_usec = last_control_usec;
        peer_watch_note_answer(&watch, data[PPP_HEADER_BYTES + 1], last_control_usec);
        if (running && interval_sec > 0 && !in_use)
                sleep_for_an_interval();
}

bool keep_alive_expects_answer(void) {
        return expects_answer;
}

void keep_alive_take_setup(const PluginMessage *message) {
        if (message->type != PLUGIN_SETUP)
                return;

        interval_sec = message->setup.keep_alive_interval_sec;
        limit_sec = interval_sec * message->setup.keep_alive_probes;
}
