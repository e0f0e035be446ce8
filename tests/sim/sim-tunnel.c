/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The tunnel's state machine in a simulated world: a clock that jumps from event to event, and a
 * server, kernel and pppd that answer, are late, fail, lie or stay silent at random; answers get
 * lost, come twice, or overtake each other, and the machine is put to sleep. After every step the
 * invariants below must hold.
 *
 *      sim-tunnel [SEQUENCES [SEED]]
 *
 * Without a seed each run has another. A failure prints the seed of its sequence, and `sim-tunnel 1
 * SEED` repeats exactly that one.
 */

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sysexits.h>

#include "core/catalogue.h"
#include "core/macros.h"
#include "core/ppp-packet.h"
#include "core/tunnel.h"

#define SEQUENCES_DEFAULT 1000000
#define STEPS_MAX 400
#define PENDING_MAX 64
/* pppd(8) */
#define PPPD_EXIT_PEER_DEAD 15
/* TimeoutStopSec= of the unit is 15 s: the steps of taking down must fit. */
#define STOP_MAX_USEC (12 * USEC_PER_SEC)
/* After so long a tunnel may be dialled again at once. */
#define STOOD_USEC (60 * USEC_PER_SEC)
/* The longest that the data path is tested before something follows from it. */
#define PROBE_MAX_USEC (4 * USEC_PER_SEC)

typedef struct Pending {
        uint64_t at_usec;
        TunnelEvent event;
        PptpMessage control;
        PluginMessage plugin;
} Pending;

typedef struct World {
        uint64_t seed;
        uint64_t random;
        uint64_t now_usec;
        Tunnel *tunnel;
        unsigned n_steps;
        uint64_t n_connects;            /* what the tunnel remembered when it was last asked */
        uint64_t up_usec;

        Pending pending[PENDING_MAX];
        size_t n_pending;

        /* what the tunnel has standing in this world */
        bool resolving;
        bool control_open;
        bool control_lost;              /* and the tunnel was told */
        uint16_t peer_call_id;          /* 0: the server has not accepted a call */
        bool call_open;
        bool fork_failed;
        bool pppd_running;
        uint32_t pppd_generation;
        bool routes_installed;
        bool probing;
        Traffic counters;
        bool routes_acknowledged;
        bool ready;
        uint32_t generation;            /* of the latest attempt */
        TunnelState state;              /* after the latest step */
        uint64_t up_since_usec;         /* and how long it stood, the last time that it did: */
        uint64_t stood_usec;
        bool uplink_news;               /* since the attempt began */
        bool exited;
        int exit_status;
        uint64_t stop_usec;             /* 0: not asked to stop */
        uint16_t call_id;
        struct in_addr server;          /* that is being called */
        TunnelSettings settings;        /* of the latest pppd */
        bool adapting;                  /* the next attempt has changed settings */
        unsigned n_changes;             /* since the tunnel was up, waited, or called another server */
        Config *config;                 /* the one in effect */
        unsigned cooperation;           /* of 100: how often the world does what it should */
} World;

static const struct in_addr some_address = { .s_addr = 0x020200c0 };

#define check(w, condition) check_that((w), (condition), #condition, __LINE__)

static void check_that(const World *w, bool condition, const char *text, int line) {
        if (condition)
                return;

        fprintf(stderr, "line %d: not true: %s\nstep %u, state %s, now %llu us\nto repeat: sim-tunnel 1 %llu\n",
                line, text, w->n_steps, tunnel_state_name(tunnel_get_state(w->tunnel)),
                (unsigned long long) w->now_usec, (unsigned long long) w->seed);
        abort();
}

static uint64_t roll(World *w, uint64_t n) {
        w->random ^= w->random << 13;
        w->random ^= w->random >> 7;
        w->random ^= w->random << 17;
        return w->random % n;
}

static bool chance(World *w, unsigned percent) {
        return roll(w, 100) < percent;
}

/* A process that does not start says so at once, and nobody misses the end of one. */
static bool is_certain(const TunnelEvent *event) {
        return event->type == TUNNEL_EVENT_PPPD_FAILED || event->type == TUNNEL_EVENT_PPPD_EXITED;
}

static void forget_one(World *w) {
        size_t i = w->n_pending - 1;

        while (is_certain(&w->pending[i].event))
                i--;
        w->pending[i] = w->pending[--w->n_pending];
}

/* Schedules an answer: mostly soon, sometimes late enough to run into any deadline. */
static Pending *schedule(World *w, TunnelEventType type, uint32_t generation) {
        Pending *p;

        if (w->n_pending == PENDING_MAX)
                forget_one(w);

        p = &w->pending[w->n_pending++];
        *p = (Pending){
                .at_usec = w->now_usec + (chance(w, 90) ? roll(w, USEC_PER_SEC / 4) : roll(w, 90 * USEC_PER_SEC)),
                .event = { .type = type, .generation = generation },
        };
        return p;
}

static void schedule_fact(
                World *w, TunnelEventType type, uint32_t generation, DiagnosisFactType fact, int64_t number) {

        Pending *p = schedule(w, type, generation);

        p->event.fact = (DiagnosisFact){ .type = fact, .number = number };
}

static Pending *schedule_control(World *w, uint32_t generation, const PptpMessage *message) {
        Pending *p = schedule(w, TUNNEL_EVENT_CONTROL_MESSAGE, generation);

        p->control = *message;
        return p;
}

static void schedule_plugin(World *w, uint32_t generation, const PluginMessage *message) {
        Pending *p = schedule(w, TUNNEL_EVENT_PLUGIN, generation);

        p->plugin = *message;
}

/* An attempt begins with nothing of the one before, and each has a number of its own. */
static void answer_prepare(World *w, uint32_t generation) {
        check(w, !w->resolving && !w->control_open && !w->call_open && !w->pppd_running && !w->routes_installed);
        check(w, generation == w->generation + 1);
        w->generation = generation;
        w->control_lost = false;
        w->peer_call_id = 0;
        w->uplink_news = false;

        if (chance(w, w->cooperation))
                schedule(w, TUNNEL_EVENT_PREPARED, generation)->event.password_known = true;
        else
                schedule_fact(w, TUNNEL_EVENT_PREPARE_FAILED, generation, DIAGNOSIS_NO_PASSWORD, 0);
}

static void answer_resolve(World *w, uint32_t generation) {
        static const struct in_addr addresses[] = { { 0x020200c0 }, { 0x030200c0 }, { 0x040200c0 } };
        Pending *p;

        check(w, !w->resolving && !w->control_open);
        w->resolving = true;
        if (chance(w, w->cooperation)) {
                p = schedule(w, TUNNEL_EVENT_RESOLVED, generation);
                p->event.addresses.items = addresses;
                p->event.addresses.n_items = 1 + roll(w, ELEMENTSOF(addresses));
        } else if (chance(w, 50))
                schedule_fact(w, TUNNEL_EVENT_RESOLVE_FAILED, generation, DIAGNOSIS_RESOLVE_ERROR, EAI_AGAIN);
}

static void answer_connect(World *w, uint32_t generation) {
        check(w, !w->control_open); /* never two dials at once */
        w->resolving = false;
        w->control_open = true;
        if (chance(w, w->cooperation))
                schedule(w, TUNNEL_EVENT_CONNECTED, generation)->event.address = some_address;
        else if (chance(w, 50))
                schedule_fact(w, TUNNEL_EVENT_CONTROL_FAILED, generation, DIAGNOSIS_ERRNO, ECONNREFUSED);
}

static void answer_message(World *w, uint32_t generation, const PptpMessage *m) {
        PptpMessage reply = { .result_code = chance(w, w->cooperation) ? 1 : roll(w, 9) };

        check(w, w->control_open);
        if (w->control_lost || !chance(w, w->cooperation))
                return;

        switch ((unsigned) m->type) {
        case PPTP_START_CONTROL_CONNECTION_REQUEST:
                reply.type = PPTP_START_CONTROL_CONNECTION_REPLY;
                break;
        case PPTP_OUTGOING_CALL_REQUEST:
                check(w, w->call_open);
                check(w, m->outgoing_call_request.call_id == w->call_id);
                reply.type = PPTP_OUTGOING_CALL_REPLY;
                reply.outgoing_call_reply.call_id = 1 + roll(w, 3);
                reply.outgoing_call_reply.peer_call_id = w->call_id;
                w->peer_call_id = reply.outgoing_call_reply.call_id;
                break;
        case PPTP_CALL_CLEAR_REQUEST:
                check(w, !w->pppd_running);
                reply.type = PPTP_CALL_DISCONNECT_NOTIFY;
                reply.call.call_id = roll(w, 4);
                break;
        case PPTP_STOP_CONTROL_CONNECTION_REQUEST:
                check(w, !w->pppd_running);
                reply.type = PPTP_STOP_CONTROL_CONNECTION_REPLY;
                break;
        case PPTP_ECHO_REQUEST:
                reply.type = PPTP_ECHO_REPLY;
                reply.echo = m->echo;
                break;
        default:
                return;
        }

        schedule_control(w, generation, &reply);
}

/* A CCP packet with our latest request in it: the request itself, or the server's refusal. */
static void schedule_ccp(World *w, uint32_t generation, bool sent, uint8_t code) {
        static const uint32_t openings[] = {
                MPPE_BIT_128 | MPPE_BIT_STATELESS, MPPE_BIT_128, MPPE_BIT_40 | MPPE_BIT_STATELESS, MPPE_BIT_40,
        };
        static uint8_t frames[ELEMENTSOF(openings)][5][12];
        uint32_t opening = mppe_policy_get_opening(&w->settings.mppe);
        size_t i = 0;

        while (openings[i] != opening)
                i++;

        memcpy(frames[i][code], (const uint8_t[]){
                0x80, 0xfd, code, 1, 0, 10, 18, 6, (uint8_t) (opening >> 24), 0, 0, (uint8_t) opening }, 12);
        schedule_plugin(w, generation, &(PluginMessage){
                .type = PLUGIN_PACKET, .frame.sent = sent, .frame.data = frames[i][code], .frame.n_data = 12 });
}

/* The server does not like what we ask for, and hangs up. */
static void refuse_encryption(World *w, uint32_t generation) {
        schedule_ccp(w, generation, true, PPP_CODE_CONFIGURE_REQUEST);
        w->pending[w->n_pending - 1].at_usec = w->now_usec;
        schedule_ccp(w, generation, false, PPP_CODE_CONFIGURE_REJECT);
        w->pending[w->n_pending - 1].at_usec = w->now_usec + 1;
        schedule_fact(w, TUNNEL_EVENT_PPPD_EXITED, generation, DIAGNOSIS_PPPD_EXITED, 10);
        w->pending[w->n_pending - 1].at_usec = w->now_usec + 2;
}

/*
 * Whatever was learnt: nothing is accepted or asked for that the configuration does not allow, and
 * settings change only where that was said.
 */
static void check_settings(World *w, const TunnelSettings *settings) {
        const MppePolicy configured = config_get_mppe_policy(w->config);
        const MppePolicy *mppe = &settings->mppe;

        check(w, mppe->allow_128 == configured.allow_128);
        check(w, mppe->allow_40 == configured.allow_40);
        check(w, mppe->allow_stateful == configured.allow_stateful);
        check(w, mppe->tolerate_mppc == configured.tolerate_mppc);
        check(w, mppe_policy_accepts_bits(&configured, mppe_policy_get_opening(mppe)));
        if (w->adapting)
                check(w, mppe->open_40 != w->settings.mppe.open_40 ||
                      mppe->open_stateful != w->settings.mppe.open_stateful ||
                      settings->keep_alive != w->settings.keep_alive);
        w->adapting = false;
        w->settings = *settings;
}

static void forget_changes(World *w) {
        w->n_changes = 0;
        w->adapting = false;
}

/* One change and one more call; before another there is a pause, another server, or success. */
static void check_log(World *w, const TunnelAction *a) {
        check(w, a->log.text[0] != '\0');
        if (!a->log.message_id || strcmp(a->log.message_id, CATALOGUE_MESSAGE_ADAPTING) != 0)
                return;

        check(w, ++w->n_changes == 1);
        w->adapting = true;
}

static void answer_start_pppd(World *w, uint32_t generation) {
        static const PluginPhase phases[] = {
                PLUGIN_PHASE_ESTABLISH, PLUGIN_PHASE_AUTHENTICATE, PLUGIN_PHASE_NETWORK,
        };

        check(w, !w->pppd_running); /* never two */
        check(w, w->call_open && w->control_open);

        if (!chance(w, w->cooperation)) {
                w->fork_failed = true; /* and says so before anything else happens */
                return;
        }

        w->pppd_running = true;
        w->pppd_generation = generation;
        schedule(w, TUNNEL_EVENT_PPPD_STARTED, generation);
        if (chance(w, (100 - w->cooperation) * 2)) {
                refuse_encryption(w, generation);
                return;
        }

        for (size_t i = 0; i < ELEMENTSOF(phases); i++)
                schedule_plugin(w, generation, &(PluginMessage){
                        .type = PLUGIN_PHASE, .phase.phase = phases[i] });
        schedule_plugin(w, generation, &(PluginMessage){ .type = PLUGIN_PASSWORD_REQUEST });

        if (chance(w, w->cooperation))
                schedule_plugin(w, generation, &(PluginMessage){
                        .type = PLUGIN_IP_UP,
                        .ip_up.ifname = "sim0",
                        .ip_up.local = some_address,
                        .ip_up.peer = some_address,
                        .ip_up.transmit = { .bits_128 = true, .stateful = chance(w, 5) },
                        .ip_up.receive = { .bits_128 = true, .bits_40 = chance(w, 5) },
                });
}

/* pppd ends: by signal, by the loss of its transport, or because it is killed. */
static void end_pppd(World *w, uint32_t generation, int64_t status) {
        if (w->pppd_running)
                schedule_fact(w, TUNNEL_EVENT_PPPD_EXITED, generation, DIAGNOSIS_PPPD_EXITED, status);
}

static void answer_exit(World *w, int exit_status) {
        check(w, !w->resolving);
        check(w, !w->control_open);
        check(w, !w->call_open);
        check(w, !w->pppd_running);
        check(w, !w->routes_installed);
        check(w, !w->exited);
        /* Success means that somebody asked for it. */
        check(w, exit_status == 0 ? w->stop_usec > 0 : exit_status >= EX__BASE && exit_status <= EX__MAX);
        w->exited = true;
        w->exit_status = exit_status;
}

static void carry_out(World *w, const TunnelAction *a) {
        uint32_t generation = a->generation;

        switch (a->type) {
        case TUNNEL_ACTION_PREPARE:
                answer_prepare(w, generation);
                break;
        case TUNNEL_ACTION_RESOLVE:
                forget_changes(w);
                check(w, w->now_usec + a->timeout_usec == tunnel_next_deadline(w->tunnel));
                answer_resolve(w, generation);
                break;
        case TUNNEL_ACTION_CONNECT:
                if (a->connect.address.s_addr != w->server.s_addr)
                        forget_changes(w);
                w->server = a->connect.address;
                answer_connect(w, generation);
                break;
        case TUNNEL_ACTION_SEND:
                answer_message(w, generation, &a->control);
                break;
        case TUNNEL_ACTION_CLOSE_CONTROL:
                check(w, w->resolving || w->control_open);
                w->resolving = w->control_open = false;
                break;
        case TUNNEL_ACTION_OPEN_CALL:
                check(w, !w->call_open && w->control_open);
                w->call_open = true;
                w->call_id = 1 + roll(w, 3);
                if (chance(w, w->cooperation))
                        schedule(w, TUNNEL_EVENT_CALL_OPENED, generation)->event.call_id = w->call_id;
                else
                        schedule_fact(w, TUNNEL_EVENT_CALL_FAILED, generation, DIAGNOSIS_ERRNO, EPERM);
                break;
        case TUNNEL_ACTION_START_PPPD:
                check_settings(w, &a->pppd.settings);
                answer_start_pppd(w, generation);
                break;
        case TUNNEL_ACTION_CLOSE_CALL:
                check(w, w->call_open);
                w->call_open = false;
                if (chance(w, w->cooperation))
                        end_pppd(w, generation, 16);
                break;
        case TUNNEL_ACTION_TERMINATE_PPPD:
                if (chance(w, w->cooperation))
                        end_pppd(w, generation, 5);
                break;
        case TUNNEL_ACTION_KILL_PPPD:
                check(w, w->pppd_running);
                end_pppd(w, generation, -9);
                w->pending[w->n_pending - 1].at_usec = w->now_usec + 1000;
                break;
        case TUNNEL_ACTION_INSTALL_ROUTES:
                check(w, w->pppd_running);
                w->routes_installed = true;
                /* While they stand, others take their place one by one. */
                if (tunnel_get_state(w->tunnel) == TUNNEL_STATE_ROUTING)
                        w->routes_acknowledged = false;
                if (chance(w, w->cooperation))
                        schedule(w, TUNNEL_EVENT_ROUTES_INSTALLED, generation)->event.count = 1;
                else
                        schedule_fact(w, TUNNEL_EVENT_ROUTES_FAILED, generation, DIAGNOSIS_ROUTE_REFUSED, EEXIST);
                break;
        case TUNNEL_ACTION_SET_KEEP_ALIVE:
                check(w, w->pppd_running);
                break;
        case TUNNEL_ACTION_SET_MTU:
                check(w, w->pppd_running && w->routes_installed);
                check(w, a->mtu_max_bytes >= 100);
                break;
        case TUNNEL_ACTION_REMOVE_ROUTES:
                check(w, w->routes_installed);
                w->routes_installed = false;
                if (chance(w, w->cooperation))
                        schedule(w, TUNNEL_EVENT_ROUTES_REMOVED, generation);
                break;
        case TUNNEL_ACTION_PROBE:
                check(w, w->pppd_running && w->routes_installed && !w->probing);
                w->probing = true;
                if (chance(w, w->cooperation))
                        schedule(w, TUNNEL_EVENT_PROBE_REPLY, generation);
                break;
        case TUNNEL_ACTION_EXIT:
                answer_exit(w, a->exit_status);
                break;
        case TUNNEL_ACTION_PROBE_STOP:
                w->probing = false;
                break;
        case TUNNEL_ACTION_COUNT:
                check(w, w->pppd_running && w->routes_installed);
                w->counters.sent_packets += roll(w, 3);
                w->counters.received_packets += chance(w, w->cooperation) ? roll(w, 3) : 0;
                schedule(w, TUNNEL_EVENT_COUNTED, generation)->event.traffic = w->counters;
                break;
        case TUNNEL_ACTION_SEND_PASSWORD:
        case TUNNEL_ACTION_REMEMBER:
                break;
        case TUNNEL_ACTION_LOG:
                check_log(w, a);
                break;
        case TUNNEL_ACTION_READY:
                check(w, !w->ready && w->routes_installed && w->routes_acknowledged);
                w->ready = true;
                check(w, a->status.text[0] != '\0');
                break;
        case TUNNEL_ACTION_STATUS:
                check(w, a->status.text[0] != '\0');
                break;
        case _TUNNEL_ACTION_MAX:
                check(w, false);
        }
}

/* Nobody is called again without a pause, unless the tunnel had stood for a while or moved. */
static void check_back_off(World *w, TunnelState state, uint64_t deadline) {
        if (state == TUNNEL_STATE_UP && w->state != TUNNEL_STATE_UP)
                w->up_since_usec = w->now_usec;
        if (state != TUNNEL_STATE_UP && w->state == TUNNEL_STATE_UP)
                w->stood_usec = w->now_usec - w->up_since_usec;

        if (state == TUNNEL_STATE_WAITING && w->state != TUNNEL_STATE_WAITING) {
                check(w, deadline >= w->now_usec + w->config->delay_usec / 4 * 3 || w->uplink_news ||
                      w->stood_usec >= STOOD_USEC);
                check(w, deadline <= w->now_usec + w->config->max_delay_usec);
                w->stood_usec = 0;
        }

        w->state = state;
}

/*
 * What must be true between two steps. A passed deadline is due at once; that of the state and that
 * of the control connection may be due together, one after the other.
 */
static void check_rest(World *w) {
        TunnelState state = tunnel_get_state(w->tunnel);
        uint64_t deadline = tunnel_next_deadline(w->tunnel);

        check_back_off(w, state, deadline);
        check(w, w->exited == (state == TUNNEL_STATE_ENDED));
        check(w, deadline != USEC_INFINITY || w->exited || state == TUNNEL_STATE_IDLE ||
              state == TUNNEL_STATE_UP);
        /* A test of the link has an end, whatever else happens. */
        check(w, !w->probing || deadline <= w->now_usec + PROBE_MAX_USEC);
        if (state == TUNNEL_STATE_WAITING)
                check(w, !w->resolving && !w->control_open && !w->call_open && !w->pppd_running &&
                      !w->routes_installed);
        if (state == TUNNEL_STATE_UP)
                check(w, w->control_open && w->call_open && w->routes_installed && w->routes_acknowledged);
        if (w->stop_usec > 0)
                check(w, w->exited || w->now_usec - w->stop_usec <= STOP_MAX_USEC);
}

/*
 * What the tunnel tells of itself is true, and what it remembers only grows. It tells much, so it is
 * asked only where something has come to an end.
 */
static void check_status(World *w) {
        Status s;

        tunnel_get_status(w->tunnel, &s);
        check(w, strcmp(s.state, tunnel_state_name(tunnel_get_state(w->tunnel))) == 0);
        check(w, s.since_usec <= w->now_usec);
        check(w, status_is_up(&s) == (s.up_since_usec > 0));
        check(w, !status_is_up(&s) || (s.interface_name[0] != '\0' && s.n_tries == 0));
        check(w, s.history.n_failures <= HISTORY_FAILURES_MAX);
        check(w, s.history.n_connects >= w->n_connects && s.history.up_usec >= w->up_usec);
        check(w, s.history.up_usec <= w->now_usec);
        w->n_connects = s.history.n_connects;
        w->up_usec = s.history.up_usec;
}

/* The world's own view of an event. Returns false if it cannot happen: a process ends once. */
static bool take_note(World *w, const TunnelEvent *event) {
        if (event->type == TUNNEL_EVENT_PPPD_EXITED) {
                if (!w->pppd_running || event->generation != w->pppd_generation)
                        return false;
                w->pppd_running = false;
        }

        if (event->type == TUNNEL_EVENT_UPLINK && event->uplink != UPLINK_SAME && event->uplink != UPLINK_LOST)
                w->uplink_news = true;

        if (event->generation == w->generation) {
                if (event->type == TUNNEL_EVENT_ROUTES_INSTALLED)
                        w->routes_acknowledged = true;
                if (event->type == TUNNEL_EVENT_CONTROL_FAILED)
                        w->control_lost = true;
        }

        return true;
}

static void step(World *w, const TunnelEvent *event) {
        TunnelState before = tunnel_get_state(w->tunnel), after;
        TunnelActions actions;

        if (!take_note(w, event))
                return;

        tunnel_step(w->tunnel, event, w->now_usec, &actions);
        w->n_steps++;

        for (size_t i = 0; i < actions.n_items; i++) {
                check(w, !w->exited);
                check(w, actions.items[i].generation <= tunnel_get_generation(w->tunnel));
                carry_out(w, &actions.items[i]);
        }

        if (tunnel_get_state(w->tunnel) == TUNNEL_STATE_UP || tunnel_get_state(w->tunnel) == TUNNEL_STATE_WAITING)
                forget_changes(w);

        check_rest(w);
        after = tunnel_get_state(w->tunnel);
        if (after != before && (after == TUNNEL_STATE_UP || after == TUNNEL_STATE_WAITING || w->exited))
                check_status(w);

        if (w->fork_failed) {
                w->fork_failed = false;
                step(w, &(TunnelEvent){
                        .type = TUNNEL_EVENT_PPPD_FAILED,
                        .generation = tunnel_get_generation(w->tunnel),
                        .fact = { .type = DIAGNOSIS_ERRNO, .number = ENOENT },
                });
        }
}

/* Some control messages, of any kind, in one breath; they name a call of ours, or none, or another's. */
static void be_hostile(World *w, uint32_t generation) {
        uint64_t at_usec = w->now_usec + roll(w, USEC_PER_SEC);

        for (size_t n = 1 + roll(w, 4); n > 0; n--) {
                PptpMessage m = {
                        .type = 1 + roll(w, PPTP_SET_LINK_INFO),
                        .result_code = roll(w, 10),
                        .error_code = roll(w, 8),
                };

                switch (m.type) {
                case PPTP_START_CONTROL_CONNECTION_REQUEST:
                case PPTP_START_CONTROL_CONNECTION_REPLY:
                        m.start.version = roll(w, 3) << 8;
                        memset(m.start.host_name, roll(w, 256), sizeof(m.start.host_name) - 1);
                        memset(m.start.vendor_name, roll(w, 256), sizeof(m.start.vendor_name) - 1);
                        break;
                case PPTP_ECHO_REQUEST:
                case PPTP_ECHO_REPLY:
                        m.echo.identifier = roll(w, 3);
                        break;
                case PPTP_OUTGOING_CALL_REPLY:
                        m.outgoing_call_reply.call_id = roll(w, 4);
                        m.outgoing_call_reply.peer_call_id = roll(w, 4);
                        break;
                case PPTP_OUTGOING_CALL_REQUEST:
                case PPTP_INCOMING_CALL_REQUEST:
                case PPTP_INCOMING_CALL_REPLY:
                case PPTP_INCOMING_CALL_CONNECTED:
                case PPTP_CALL_CLEAR_REQUEST:
                case PPTP_CALL_DISCONNECT_NOTIFY:
                case PPTP_WAN_ERROR_NOTIFY:
                case PPTP_SET_LINK_INFO:
                        m.call.call_id = roll(w, 4);
                        break;
                case PPTP_STOP_CONTROL_CONNECTION_REQUEST:
                case PPTP_STOP_CONTROL_CONNECTION_REPLY:
                        break;
                }

                schedule_control(w, generation, &m)->at_usec = at_usec;
        }
}

/* Everything is late at once, and the first to be told may be any of it. */
static void fall_asleep(World *w) {
        unsigned seconds = roll(w, 3600);

        if (w->stop_usec > 0)
                return;

        w->now_usec += seconds * USEC_PER_SEC;
        schedule(w, TUNNEL_EVENT_RESUMED, 0)->event.count = seconds;
}

/* ---- configurations ---- */

static char *copy_text(const char *text) {
        char *copy = strdup(text);

        if (!copy)
                abort();
        return copy;
}

/* A configuration of its own in memory, so that the sanitizers see who looks at one that is gone. */
static Config *make_config(World *w) {
        static const char *const names[] = { "vpn.example", "192.0.2.2", "standby.example" };
        Config *c = calloc(1, sizeof(*c));

        check(w, c);
        c->name = copy_text("sim");
        c->user = copy_text("username");
        c->n_servers = 1 + roll(w, ELEMENTSOF(names));
        c->servers = calloc(c->n_servers, sizeof(*c->servers));
        check(w, c->servers);
        for (size_t i = 0, first = roll(w, ELEMENTSOF(names)); i < c->n_servers; i++)
                c->servers[i] = copy_text(names[(first + i) % ELEMENTSOF(names)]);

        c->n_routes = roll(w, 3);
        c->routes = calloc(c->n_routes + 1, sizeof(*c->routes));
        check(w, c->routes);
        for (size_t i = 0; i < c->n_routes; i++)
                c->routes[i] = (ConfigRoute){ .prefix_length = 8 + roll(w, 2), .table = 254 };

        c->port = PPTP_PORT;
        c->mppe = chance(w, 80) ? CONFIG_MPPE_128 : chance(w, 80) ? CONFIG_MPPE_ANY : CONFIG_MPPE_40;
        c->stateful = chance(w, 10);
        c->keep_alive_interval_usec = chance(w, 80) ? 10 * USEC_PER_SEC : 0;
        c->mtu_bytes = chance(w, 80) ? 0 : 1400;
        c->keep_alive_probes = 1 + roll(w, 3);
        c->delay_usec = USEC_PER_SEC;
        c->max_delay_usec = 5 * USEC_PER_MINUTE;
        c->max_attempts = chance(w, 15) ? 3 : 0;
        c->retry_auth_failure = chance(w, 20);
        return c;
}

static void reload(World *w) {
        Config *old = w->config;
        ConfigDiff diff;

        w->config = make_config(w);
        check(w, config_diff_make(old, w->config, &diff) == 0);
        step(w, &(TunnelEvent){
                .type = TUNNEL_EVENT_RELOAD,
                .reload = { .config = w->config, .diff = &diff },
        });
        config_free(old);
}

/* Something nobody asked for: a message, an exit, a packet, an answer to a question of long ago. */
static void surprise(World *w) {
        static const uint8_t echo_request[] = { 0xc0, 0x21, 9, 1, 0, 8, 0, 0, 0, 0 };
        static const uint8_t reject_compressed[] = { 0xc0, 0x21, 8, 1, 0, 8, 0x00, 0xfd, 0, 0 };
        uint32_t generation = tunnel_get_generation(w->tunnel) - roll(w, 2);

        switch (roll(w, 13)) {
        case 0:
                if (w->control_open)
                        schedule_fact(w, TUNNEL_EVENT_CONTROL_FAILED, generation, DIAGNOSIS_PEER_CLOSED, 0);
                break;
        case 1:
        case 10:
                if (w->control_open)
                        be_hostile(w, generation);
                break;
        case 2:
                end_pppd(w, tunnel_get_generation(w->tunnel), roll(w, 22));
                break;
        case 3:
                if (w->pppd_running)
                        schedule_plugin(w, generation, &(PluginMessage){
                                .type = PLUGIN_PHASE, .phase.phase = roll(w, _PLUGIN_PHASE_MAX) });
                break;
        case 4:
                if (w->pppd_running)
                        schedule_plugin(w, generation, &(PluginMessage){
                                .type = PLUGIN_PACKET,
                                .frame.data = reject_compressed,
                                .frame.n_data = sizeof(reject_compressed) });
                break;
        case 5:
                if (w->pppd_running)
                        schedule_plugin(w, generation, &(PluginMessage){
                                .type = PLUGIN_POLICY_BREACH,
                                .breach.breach = 1 + roll(w, _PLUGIN_BREACH_MAX - 1) });
                break;
        case 6:
                if (!w->pppd_running)
                        break;
                schedule_plugin(w, generation, &(PluginMessage){
                        .type = PLUGIN_EXITING, .exiting.status = roll(w, 22) });
                if (w->pending[w->n_pending - 1].plugin.exiting.status % 2 == 0)
                        break;
                /* Half of them after an echo that nobody answered, and because of it. */
                schedule_plugin(w, generation, &(PluginMessage){
                        .type = PLUGIN_PHASE, .phase.phase = PLUGIN_PHASE_RUNNING });
                w->pending[w->n_pending - 1].at_usec = w->now_usec;
                schedule_plugin(w, generation, &(PluginMessage){
                        .type = PLUGIN_PACKET,
                        .frame = { .sent = true, .data = echo_request, .n_data = sizeof(echo_request) } });
                w->pending[w->n_pending - 1].at_usec = w->now_usec + 1;
                schedule_plugin(w, generation, &(PluginMessage){
                        .type = PLUGIN_EXITING, .exiting.status = PPPD_EXIT_PEER_DEAD });
                w->pending[w->n_pending - 1].at_usec = w->now_usec + 2;
                break;
        case 7:
                schedule(w, TUNNEL_EVENT_UPLINK, generation)->event.uplink = roll(w, UPLINK_READDRESSED + 1);
                break;
        case 8:
                schedule_fact(w, TUNNEL_EVENT_INTERFACE_GONE, generation, DIAGNOSIS_INTERFACE_GONE, 0);
                break;
        case 9:
                fall_asleep(w);
                break;
        case 12:
                if (w->pppd_running)
                        schedule_plugin(w, generation, &(PluginMessage){
                                .type = PLUGIN_IP_UP + roll(w, 2), .ip_up.ifname = "sim1" });
                break;
        case 11:
                schedule(w, TUNNEL_EVENT_RESUMED, generation)->event.count = roll(w, 3600);
                break;
        }
}

/* Moves the clock to whatever is next and lets it happen. Returns false when nothing ever will. */
static bool advance(World *w) {
        uint64_t deadline = tunnel_next_deadline(w->tunnel);
        Pending next;
        size_t first = 0;

        for (size_t i = 1; i < w->n_pending; i++)
                if (w->pending[i].at_usec < w->pending[first].at_usec)
                        first = i;
        if (w->n_pending > 0 && chance(w, 5)) {
                first = roll(w, w->n_pending); /* overtakes the others */
                w->pending[first].at_usec = MIN(w->pending[first].at_usec, w->now_usec);
        }

        if (w->n_pending == 0 || deadline < w->pending[first].at_usec) {
                if (deadline == USEC_INFINITY)
                        return false;

                w->now_usec = MAX(w->now_usec, deadline);
                step(w, &(TunnelEvent){ .type = TUNNEL_EVENT_TIMER });
                return true;
        }

        next = w->pending[first];
        if (chance(w, 3)) /* comes again, at some other time */
                w->pending[first].at_usec = w->now_usec + roll(w, 60 * USEC_PER_SEC);
        else
                w->pending[first] = w->pending[--w->n_pending];

        w->now_usec = MAX(w->now_usec, next.at_usec);
        if (!is_certain(&next.event) && chance(w, 2))
                return true; /* lost */
        if (next.event.type == TUNNEL_EVENT_CONTROL_MESSAGE)
                next.event.control = &next.control;
        if (next.event.type == TUNNEL_EVENT_PLUGIN)
                next.event.plugin = &next.plugin;
        step(w, &next.event);
        return true;
}

static void run_sequence(uint64_t seed) {
        World w = {
                .seed = seed,
                .random = seed * UINT64_C(0x9e3779b97f4a7c15) | 1,
                .now_usec = USEC_PER_SEC,
        };
        unsigned stop_at;

        roll(&w, 2);
        w.cooperation = 50 + roll(&w, 51);
        w.config = make_config(&w);
        w.tunnel = tunnel_new(w.config, seed);
        check(&w, w.tunnel);
        stop_at = roll(&w, STEPS_MAX);

        /* A stop may come before the start: leftovers are cleared up first. */
        if (chance(&w, 99))
                step(&w, &(TunnelEvent){ .type = TUNNEL_EVENT_START });
        for (unsigned i = 0; i < STEPS_MAX && !w.exited; i++) {
                if (i == stop_at || tunnel_get_state(w.tunnel) == TUNNEL_STATE_IDLE) {
                        w.stop_usec = w.now_usec;
                        step(&w, &(TunnelEvent){ .type = TUNNEL_EVENT_STOP });
                } else if (w.stop_usec > 0 && chance(&w, 5))
                        step(&w, &(TunnelEvent){ .type = TUNNEL_EVENT_STOP }); /* nobody is patient */
                else if (chance(&w, 2))
                        reload(&w);
                else if (chance(&w, 8))
                        surprise(&w);
                else if (!advance(&w))
                        surprise(&w);
        }

        /* Whatever happened before: a stop ends it, in bounded time. */
        if (!w.exited && w.stop_usec == 0) {
                w.stop_usec = w.now_usec;
                step(&w, &(TunnelEvent){ .type = TUNNEL_EVENT_STOP });
        }
        while (!w.exited)
                check(&w, advance(&w));

        tunnel_free(w.tunnel);
        config_free(w.config);
}

/* Short, since somebody may have to type it. */
static unsigned long long make_seed(void) {
        uint32_t seed;

        if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
                abort();
        return seed;
}

int main(int argc, char *argv[]) {
        unsigned long long n_sequences = argc > 1 ? strtoull(argv[1], NULL, 10) : SEQUENCES_DEFAULT;
        unsigned long long seed = argc > 2 ? strtoull(argv[2], NULL, 10) : make_seed();

        printf("%llu sequences from seed %llu\n", n_sequences, seed);
        for (unsigned long long i = seed; i - seed < n_sequences; i++)
                run_sequence(i);

        puts("all invariants held");
        return EXIT_SUCCESS;
}
