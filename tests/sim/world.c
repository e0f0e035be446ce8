/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the tunnel gets for what it asks. See world.h. */

#include "world.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "core/diagnosis/catalogue.h"
#include "core/base/macros.h"
#include "core/ppp/ppp-packet.h"

static const struct in_addr some_address = { .s_addr = 0x020200c0 };
static const struct in_addr address_in_tunnel = { .s_addr = 0x07000a0a };
static const struct in_addr nowhere = { .s_addr = INADDR_ANY };
static const struct in_addr peer_address = { .s_addr = 0x01000a0a };

void check_that(const World *w, bool condition, const char *text, const char *file, int line) {
        if (condition)
                return;

        fprintf(stderr, "%s:%d: not true: %s\nstep %u, state %s, now %llu us\n", file, line, text,
                w->n_steps, tunnel_state_name(tunnel_get_state(w->tunnel)),
                (unsigned long long) w->now_usec);
        abort();
}

uint64_t roll(World *w, uint64_t n) {
        w->random ^= w->random << 13;
        w->random ^= w->random >> 7;
        w->random ^= w->random << 17;
        return w->random % n;
}

bool chance(World *w, unsigned percent) {
        return roll(w, 100) < percent;
}

/* A process that does not start says so at once, and nobody misses the end of one. */
bool is_certain(const TunnelEvent *event) {
        return event->type == TUNNEL_EVENT_PPPD_FAILED || event->type == TUNNEL_EVENT_PPPD_EXITED;
}

static Owner owner_of(TunnelEventType type) {
        switch (type) {
        case TUNNEL_EVENT_PREPARED:
        case TUNNEL_EVENT_PREPARE_FAILED:
                return OWNER_PREPARATION;
        case TUNNEL_EVENT_RESOLVED:
        case TUNNEL_EVENT_RESOLVE_FAILED:
                return OWNER_RESOLVER;
        case TUNNEL_EVENT_CONNECTED:
        case TUNNEL_EVENT_CONTROL_MESSAGE:
        case TUNNEL_EVENT_CONTROL_FAILED:
                return OWNER_CONTROL;
        case TUNNEL_EVENT_CALL_OPENED:
        case TUNNEL_EVENT_CALL_FAILED:
        case TUNNEL_EVENT_GRE_REFUSED:
                return OWNER_CALL;
        case TUNNEL_EVENT_PPPD_FAILED:
        case TUNNEL_EVENT_PPPD_EXITED:
        case TUNNEL_EVENT_PLUGIN:
                return OWNER_PPPD;
        case TUNNEL_EVENT_APPLIED:
        case TUNNEL_EVENT_APPLY_FAILED:
        case TUNNEL_EVENT_REMOVED:
                return OWNER_PARTS;
        case TUNNEL_EVENT_PROBE_REPLY:
                return OWNER_PROBE;
        case TUNNEL_EVENT_SIZE_REPLY:
                return OWNER_SIZE_PROBE;
        case TUNNEL_EVENT_MTU_CHANGED:
                return OWNER_MTU;
        case TUNNEL_EVENT_COUNTED:
                return OWNER_COUNTER;
        case TUNNEL_EVENT_START:
        case TUNNEL_EVENT_STOP:
        case TUNNEL_EVENT_TIMER:
        case TUNNEL_EVENT_LINK_SEEN:
        case TUNNEL_EVENT_INTERFACE_GONE:
        case TUNNEL_EVENT_NAMESPACE_GONE:
        case TUNNEL_EVENT_NAMESPACE_BACK:
        case TUNNEL_EVENT_UPLINK:
        case TUNNEL_EVENT_RESUMED:
        case TUNNEL_EVENT_RELOAD:
        case TUNNEL_EVENT_RECONNECT:
        case TUNNEL_EVENT_EVIDENCE:
        case TUNNEL_EVENT_TRAFFIC:
        case TUNNEL_EVENT_TURN:
        case _TUNNEL_EVENT_MAX:
                break;
        }

        return OWNER_WORLD;
}

void drop_answers(World *w, Owner owner) {
        size_t n = 0;

        for (size_t i = 0; i < w->n_pending; i++)
                if (owner_of(w->pending[i].event.type) != owner)
                        w->pending[n++] = w->pending[i];
        w->n_pending = n;
}

void tell(World *w, TunnelPart part, const TunnelEvent *event) {
        check(w, w->n_told < ELEMENTSOF(w->told));
        w->told[w->n_told] = *event;
        w->told[w->n_told++].part = part;
}

static void forget_one(World *w) {
        size_t i = w->n_pending - 1;

        while (is_certain(&w->pending[i].event))
                i--;
        w->pending[i] = w->pending[--w->n_pending];
}

/* Schedules an answer: mostly soon, sometimes late enough to run into any deadline. */
Pending *schedule(World *w, TunnelEventType type) {
        Pending *p;

        if (w->n_pending == PENDING_MAX)
                forget_one(w);

        p = &w->pending[w->n_pending++];
        *p = (Pending){
                .at_usec = w->now_usec +
                        (chance(w, 90) ? roll(w, USEC_PER_SEC / 4) : roll(w, 90 * USEC_PER_SEC)),
                .event = { .type = type, .part = TUNNEL_PARTS_ALL },
        };
        return p;
}

void schedule_fact(World *w, TunnelEventType type, DiagnosisFactType fact, int64_t number) {

        Pending *p = schedule(w, type);

        p->event.fact = (DiagnosisFact){ .type = fact, .number = number };
}

Pending *schedule_control(World *w, const PptpMessage *message) {
        Pending *p = schedule(w, TUNNEL_EVENT_CONTROL_MESSAGE);

        p->control = *message;
        return p;
}

void schedule_plugin(World *w, const PluginMessage *message) {
        Pending *p = schedule(w, TUNNEL_EVENT_PLUGIN);

        p->plugin = *message;
}

/* An attempt begins with nothing of the one before. */
static void answer_prepare(World *w) {
        check(w,
              !w->resolving && !w->control_open && !w->call_open && !w->pppd_running &&
                      !w->routes_installed);
        check(w, !w->probing);
        drop_answers(w, OWNER_PREPARATION); /* in truth it answers at once */
        drop_answers(w, OWNER_COUNTER);
        w->control_lost = false;
        w->peer_call_id = 0;
        w->uplink_news = false;

        if (chance(w, w->cooperation))
                schedule(w, TUNNEL_EVENT_PREPARED)->event.password_source = DIAGNOSIS_PASSWORD_FILE;
        else if (chance(w, 5)) /* rarely, since it ends the tunnel for good */
                schedule_fact(w, TUNNEL_EVENT_PREPARE_FAILED, DIAGNOSIS_NO_PASSWORD, 0);
        else
                schedule_fact(w, TUNNEL_EVENT_PREPARE_FAILED, DIAGNOSIS_NAMESPACE, ENOENT);
}

static void answer_resolve(World *w) {
        static const struct in_addr addresses[] = { { 0x020200c0 },
                                                    { 0x030200c0 },
                                                    { 0x040200c0 } };
        Pending *p;

        check(w, !w->resolving && !w->control_open);
        /* The server's own name is never asked in the tunnel that it is needed for. */
        check(w, !names_are_registered(w));
        w->resolving = true;
        if (chance(w, w->cooperation)) {
                p = schedule(w, TUNNEL_EVENT_RESOLVED);
                p->event.addresses.items = addresses;
                p->event.addresses.n_items = 1 + roll(w, ELEMENTSOF(addresses));
        } else if (chance(w, 50))
                schedule_fact(w, TUNNEL_EVENT_RESOLVE_FAILED, DIAGNOSIS_RESOLVE_ERROR, EAI_AGAIN);
}

static void answer_connect(World *w) {
        check(w, !w->control_open); /* never two dials at once; a look-up may go on */
        w->control_open = true;
        if (chance(w, w->cooperation)) {
                TunnelEvent *event = &schedule(w, TUNNEL_EVENT_CONNECTED)->event;

                event->connected.local_address = some_address;
                event->connected.round_trip_usec =
                        roll(w, chance(w, 10) ? SIM_ROUND_TRIP_MAX_USEC : USEC_PER_SEC / 4);
        } else if (chance(w, 50))
                schedule_fact(w, TUNNEL_EVENT_CONTROL_FAILED, DIAGNOSIS_ERRNO, ECONNREFUSED);
}

static void answer_message(World *w, const PptpMessage *m) {
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

        schedule_control(w, &reply);
}

/* A CCP packet with our latest request in it: the request itself, or the server's refusal. */
static void schedule_ccp(World *w, bool sent, uint8_t code) {
        static const uint32_t openings[] = {
                MPPE_BIT_128 | MPPE_BIT_STATELESS,
                MPPE_BIT_128,
                MPPE_BIT_40 | MPPE_BIT_STATELESS,
                MPPE_BIT_40,
        };
        static uint8_t frames[ELEMENTSOF(openings)][5][12];
        uint32_t opening = mppe_policy_get_opening(&w->settings.mppe);
        size_t i = 0;

        while (openings[i] != opening)
                i++;

        memcpy(frames[i][code],
               (const uint8_t[]){ 0x80, 0xfd, code, 1, 0, 10, 18, 6, (uint8_t) (opening >> 24), 0,
                                  0, (uint8_t) opening },
               12);
        schedule_plugin(w,
                        &(PluginMessage){ .type = PLUGIN_PACKET,
                                          .frame.sent = sent,
                                          .frame.data = frames[i][code],
                                          .frame.n_data = 12 });
}

/* The server does not like what we ask for, and hangs up. */
static void refuse_encryption(World *w) {
        schedule_ccp(w, true, PPP_CODE_CONFIGURE_REQUEST);
        w->pending[w->n_pending - 1].at_usec = w->now_usec;
        schedule_ccp(w, false, PPP_CODE_CONFIGURE_REJECT);
        w->pending[w->n_pending - 1].at_usec = w->now_usec + 1;
        schedule_fact(w, TUNNEL_EVENT_PPPD_EXITED, DIAGNOSIS_PPPD_EXITED, 10);
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
                check(w,
                      mppe->open_40 != w->settings.mppe.open_40 ||
                              mppe->open_stateful != w->settings.mppe.open_stateful ||
                              settings->keep_alive != w->settings.keep_alive ||
                              settings->mtu_max_bytes != w->settings.mtu_max_bytes ||
                              w->is_other_path);
        w->adapting = w->is_other_path = false;
        w->settings = *settings;
}

void forget_changes(World *w) {
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

/* It waits for the call, or for its end. */
static void answer_start_pppd(World *w) {
        check(w, !w->pppd_running); /* never two */
        check(w, w->control_open && !w->call_open);

        if (!chance(w, w->cooperation)) {
                w->fork_failed = true; /* and says so before anything else happens */
                return;
        }

        w->pppd_running = true;
        w->has_call = false;
        schedule_plugin(
                w,
                &(PluginMessage){ .type = PLUGIN_PHASE, .phase.phase = PLUGIN_PHASE_INITIALIZE });
        if (!chance(w, w->cooperation))
                end_pppd(w, 1);
}

static void answer_call(World *w) {
        static const PluginPhase phases[] = {
                PLUGIN_PHASE_ESTABLISH,
                PLUGIN_PHASE_AUTHENTICATE,
                PLUGIN_PHASE_NETWORK,
        };

        check(w, w->pppd_running && !w->has_call);
        check(w, w->call_open && w->control_open);
        w->has_call = true;
        if (chance(w, (100 - w->cooperation) / 4)) {
                schedule_fact(w, TUNNEL_EVENT_CALL_FAILED, DIAGNOSIS_ERRNO, EPERM);
                return;
        }

        if (chance(w, (100 - w->cooperation) * 2)) {
                refuse_encryption(w);
                return;
        }

        for (size_t i = 0; i < ELEMENTSOF(phases); i++)
                schedule_plugin(w,
                                &(PluginMessage){ .type = PLUGIN_PHASE, .phase.phase = phases[i] });
        schedule_plugin(w, &(PluginMessage){ .type = PLUGIN_PASSWORD_REQUEST });

        if (chance(w, w->cooperation))
                schedule_plugin(
                        w,
                        &(PluginMessage){
                                .type = PLUGIN_IP_UP,
                                .ip_up.ifname = "sim0",
                                /* Sometimes one that cannot be: it is the server's. */
                                .ip_up.mtu_bytes = w->settings.mtu_max_bytes ?: SIM_MTU_BYTES,
                                .ip_up.local = chance(w, 95) ? address_in_tunnel : some_address,
                                .ip_up.peer = chance(w, 80) ? peer_address : some_address,
                                .ip_up.dns = { chance(w, 80) ? peer_address : nowhere },
                                .ip_up.transmit = { .bits_128 = true, .stateful = chance(w, 5) },
                                .ip_up.receive = { .bits_128 = true, .bits_40 = chance(w, 5) },
                        });
        if (w->config->ipv6 == CONFIG_IPV6_NEGOTIATE)
                ipv6_happens(w);
}

/* pppd ends: by signal, by the loss of its transport, or because it is killed. */
void end_pppd(World *w, int64_t status) {
        if (w->pppd_running)
                schedule_fact(w, TUNNEL_EVENT_PPPD_EXITED, DIAGNOSIS_PPPD_EXITED, status);
}

static void answer_exit(World *w, int exit_status) {
        check(w, !w->resolving);
        check(w, !w->control_open);
        check(w, !w->call_open);
        check(w, !w->pppd_running);
        check(w, !w->routes_installed);
        check(w, !w->clamped);
        check(w, !w->exited);
        /* Success means that somebody asked for it. */
        check(w,
              exit_status == 0 ? w->stop_usec > 0 :
                                 exit_status >= EX__BASE && exit_status <= EX__MAX);
        w->exited = true;
        w->exit_status = exit_status;
}

static void note_status(World *w, const char *text) {
        check(w, text[0] != '\0');
        w->says_up = strncmp(text, "Up: ", 4) == 0;
}

/* The kernel answers within the call. */
static void apply_sizes(World *w, const TunnelLink *link) {
        TunnelEvent event = { .type = TUNNEL_EVENT_APPLIED };

        check(w, link->mtu_bytes >= 100);
        w->clamped = chance(w, 95);
        if (!w->clamped) {
                event.type = TUNNEL_EVENT_APPLY_FAILED;
                event.optional = true;
                event.fact.type = DIAGNOSIS_CLAMP_REFUSED;
                event.fact.number = EOPNOTSUPP;
        } else
                event.count = link->mtu_bytes - 40;
        tell(w, TUNNEL_PART_SIZES, &event);
}

static void remove_sizes(World *w) {
        w->clamped = false;
        tell(w, TUNNEL_PART_SIZES, &(TunnelEvent){ .type = TUNNEL_EVENT_REMOVED });
}

void carry_out(World *w, const TunnelAction *a) {
        switch (a->type) {
        case TUNNEL_ACTION_PREPARE:
                check_dial(w);
                answer_prepare(w);
                break;
        case TUNNEL_ACTION_RESOLVE:
                forget_changes(w);
                check(w, w->now_usec + a->timeout_usec >= tunnel_next_deadline(w->tunnel));
                watch_uplink(w, (struct in_addr){ INADDR_ANY });
                answer_resolve(w);
                break;
        case TUNNEL_ACTION_CONNECT:
                if (a->connect.address.s_addr != w->server.s_addr)
                        forget_changes(w);
                w->server = a->connect.address;
                watch_uplink(w, w->server);
                reach_server(w);
                answer_connect(w);
                break;
        case TUNNEL_ACTION_SEND:
                answer_message(w, &a->control);
                break;
        case TUNNEL_ACTION_CLOSE_CONTROL:
                check(w, w->resolving || w->control_open);
                w->resolving = w->control_open = false;
                bind_to_uplink(w, false);
                drop_answers(w, OWNER_RESOLVER);
                drop_answers(w, OWNER_CONTROL);
                break;
        case TUNNEL_ACTION_OPEN_CALL:
                check(w, !w->call_open && w->control_open);
                w->call_open = true;
                w->call_id = 1 + roll(w, 3);
                if (chance(w, w->cooperation))
                        schedule(w, TUNNEL_EVENT_CALL_OPENED)->event.call_id = w->call_id;
                else
                        schedule_fact(w, TUNNEL_EVENT_CALL_FAILED, DIAGNOSIS_ERRNO, EPERM);
                break;
        case TUNNEL_ACTION_START_PPPD:
                check_settings(w, &a->pppd.settings);
                answer_start_pppd(w);
                break;
        case TUNNEL_ACTION_HAND_OVER_CALL:
                check(w,
                      memcmp(&a->pppd.settings.mppe, &w->settings.mppe, sizeof(w->settings.mppe)) ==
                              0);
                answer_call(w);
                break;
        case TUNNEL_ACTION_CLOSE_CALL:
                check(w, w->call_open);
                w->call_open = false;
                drop_answers(w, OWNER_CALL);
                if (chance(w, w->cooperation))
                        end_pppd(w, 16);
                break;
        case TUNNEL_ACTION_TERMINATE_PPPD:
                if (chance(w, w->cooperation))
                        end_pppd(w, 5);
                break;
        case TUNNEL_ACTION_KILL_PPPD:
                check(w, w->pppd_running);
                end_pppd(w, -9);
                w->pending[w->n_pending - 1].at_usec = w->now_usec + 1000;
                break;
        case TUNNEL_ACTION_APPLY:
                check(w, w->pppd_running && !w->resolving);
                w->routes_installed = true;
                /* While they stand, others take their place one by one. */
                if (tunnel_get_state(w->tunnel) == TUNNEL_STATE_APPLYING &&
                    (a->apply.parts & TUNNEL_PART_ROUTES))
                        w->routes_acknowledged = false;
                check(w, (a->apply.parts & ~(unsigned) TUNNEL_PARTS_ALL) == 0);
                if (a->apply.parts & TUNNEL_PART_ROUTES)
                        apply_routes(w, &a->apply.link);
                if (a->apply.parts & TUNNEL_PART_RULES)
                        apply_rules(w);
                if (a->apply.parts & TUNNEL_PART_NAMES)
                        apply_names(w, &a->apply.link);
                if (a->apply.parts & TUNNEL_PART_SIZES)
                        apply_sizes(w, &a->apply.link);
                break;
        case TUNNEL_ACTION_SET_KEEP_ALIVE:
                check(w, w->pppd_running);
                break;
        case TUNNEL_ACTION_SET_MTU:
                check(w, w->pppd_running && w->routes_installed);
                check(w, a->mtu_max_bytes >= 100);
                drop_answers(w, OWNER_MTU);
                schedule(w, TUNNEL_EVENT_MTU_CHANGED)->event.count = a->mtu_max_bytes;
                break;
        case TUNNEL_ACTION_REMOVE:
                check(w, w->routes_installed);
                w->routes_installed = false;
                remove_names(w);
                remove_routes(w);
                remove_rules(w);
                remove_sizes(w);
                drop_answers(w, OWNER_MTU);
                break;
        case TUNNEL_ACTION_PROBE:
                check(w, w->pppd_running && w->routes_installed && !w->probing);
                w->probing = true;
                if (chance(w, w->cooperation))
                        schedule(w, TUNNEL_EVENT_PROBE_REPLY);
                break;
        case TUNNEL_ACTION_EXIT:
                answer_exit(w, a->exit_status);
                break;
        case TUNNEL_ACTION_PROBE_STOP:
                w->probing = false;
                drop_answers(w, OWNER_PROBE);
                break;
        case TUNNEL_ACTION_PROBE_SIZE:
                check(w, w->pppd_running && w->routes_installed);
                check(w, a->probe_size.n_bytes >= 576 && a->probe_size.n_bytes <= 1500);
                if (chance(w, w->cooperation) && a->probe_size.n_bytes <= w->path_bytes)
                        schedule(w, TUNNEL_EVENT_SIZE_REPLY)->event.count = a->probe_size.n_bytes;
                break;
        case TUNNEL_ACTION_PROBE_SIZE_STOP:
                drop_answers(w, OWNER_SIZE_PROBE);
                break;
        case TUNNEL_ACTION_TAKE_TURN:
                /* In truth it is answered at once. */
                if (roll(w, 20) > 0)
                        schedule(w, TUNNEL_EVENT_TURN)->event.turn_usec =
                                w->now_usec + (roll(w, 4) > 0 ? 0 : roll(w, 20 * USEC_PER_SEC));
                break;
        case TUNNEL_ACTION_COUNT:
                check(w, w->pppd_running && w->routes_installed);
                drop_answers(w, OWNER_COUNTER);
                w->counters.sent_packets += roll(w, 3);
                w->counters.received_packets += chance(w, w->cooperation) ? roll(w, 3) : 0;
                schedule(w, TUNNEL_EVENT_COUNTED)->event.traffic = w->counters;
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
                note_status(w, a->status.text);
                break;
        case TUNNEL_ACTION_STATUS:
                note_status(w, a->status.text);
                break;
        case _TUNNEL_ACTION_MAX:
                check(w, false);
        }
}
