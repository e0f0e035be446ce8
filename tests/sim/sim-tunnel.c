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
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sysexits.h>
#include <unistd.h>

#include "core/base/macros.h"
#include "core/tunnel/tunnel.h"
#include "world.h"

#define SEQUENCES_DEFAULT 400000
#define STEPS_MAX 400
/* TimeoutStopSec= of the unit is 15 s: the steps of taking down must fit. */
#define STOP_MAX_USEC (12 * USEC_PER_SEC)
/* After so long a tunnel may be dialled again at once. */
#define STOOD_USEC (60 * USEC_PER_SEC)
/* The longest that the data path is tested before something follows from it: two round trips. */
#define PROBE_MAX_USEC (2 * SIM_ROUND_TRIP_MAX_USEC)

/* The longest that a server which had let us in, and refuses us now, is left alone. */
#define REFUSED_MAX_USEC (20 * USEC_PER_MINUTE)

/* The longest pause that what failed last asks for, beside the back-off. */
static uint64_t imposed_usec(const World *w) {
        const DiagnosisRow *row;
        Status s;

        tunnel_get_status(w->tunnel, &s);
        row = s.history.n_failures > 0 ? diagnosis_find_row(s.history.failures[0].id) : NULL;
        if (!row)
                return 0;

        return row->exit_status == EX_NOPERM ? REFUSED_MAX_USEC :
                                               row->retry_after_sec * USEC_PER_SEC;
}

/* Nobody is called again without a pause, unless the tunnel had stood for a while or moved. */
static void check_back_off(World *w, TunnelState state, uint64_t deadline) {
        if (state == TUNNEL_STATE_UP && w->state != TUNNEL_STATE_UP)
                w->up_since_usec = w->now_usec;
        if (state != TUNNEL_STATE_UP && w->state == TUNNEL_STATE_UP)
                w->stood_usec = w->now_usec - w->up_since_usec;

        if (state == TUNNEL_STATE_WAITING && w->state != TUNNEL_STATE_WAITING) {
                check(w,
                      deadline >= w->now_usec + w->config->delay_usec / 4 * 3 || w->uplink_news ||
                              w->stood_usec >= STOOD_USEC);
                check(w, deadline <= w->now_usec + w->config->max_delay_usec + imposed_usec(w));
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
        check(w,
              deadline != USEC_INFINITY || w->exited || state == TUNNEL_STATE_IDLE ||
                      state == TUNNEL_STATE_UP);
        /* A test of the link has an end, whatever else happens, once all parts are applied. */
        check(w,
              !w->probing || state == TUNNEL_STATE_APPLYING ||
                      deadline <= w->now_usec + PROBE_MAX_USEC);
        if (state == TUNNEL_STATE_WAITING)
                check(w,
                      !w->resolving && !w->control_open && !w->call_open && !w->pppd_running &&
                              !w->routes_installed);
        if (state == TUNNEL_STATE_UP)
                check(w,
                      w->control_open && w->call_open && w->routes_installed &&
                              w->routes_acknowledged);
        if (w->stop_usec > 0)
                check(w, w->exited || w->now_usec - w->stop_usec <= STOP_MAX_USEC);
}

/*
 * What the tunnel tells of itself is true, and what it remembers only grows. It tells much, so it
 * is asked only where something has come to an end.
 */
static void check_status(World *w) {
        Status s;

        tunnel_get_status(w->tunnel, &s);
        check(w, strcmp(s.state, tunnel_state_name(tunnel_get_state(w->tunnel))) == 0);
        check(w, s.since_usec <= w->now_usec);
        check(w, status_is_up(&s) == (s.up_since_usec > 0));
        check(w, !status_is_up(&s) || s.history.down_since_usec == 0);
        check(w, s.history.down_since_usec <= s.since_usec);
        check(w,
              !status_is_up(&s) || (s.interface_name[0] != '\0' && s.history.retry.n_tries == 0));
        check(w, s.history.n_failures <= HISTORY_FAILURES_MAX);
        check(w, s.history.n_connects >= w->n_connects && s.history.up_usec >= w->up_usec);
        check(w, s.history.up_usec <= w->now_usec);
        w->n_connects = s.history.n_connects;
        w->up_usec = s.history.up_usec;
}

/* The world's own view of an event. Returns false if it cannot happen: a process ends once. */
static bool take_note(World *w, const TunnelEvent *event) {
        if (event->type == TUNNEL_EVENT_PPPD_EXITED) {
                if (!w->pppd_running)
                        return false;
                w->pppd_running = w->ip_is_up = w->ipv6_is_up = false;
                drop_answers(w, OWNER_PPPD);
                kernel_delete_interface(&w->kernel);
        }

        if (event->type == TUNNEL_EVENT_PLUGIN && event->plugin->type == PLUGIN_IP_UP)
                ip_goes_up(w, event->plugin);
        if (event->type == TUNNEL_EVENT_PLUGIN && event->plugin->type == PLUGIN_IP_DOWN)
                ip_goes_down(w);
        if (event->type == TUNNEL_EVENT_PLUGIN && event->plugin->type == PLUGIN_IPV6_UP)
                ipv6_goes_up(w, event->plugin);
        if (event->type == TUNNEL_EVENT_PLUGIN && event->plugin->type == PLUGIN_IPV6_DOWN)
                ipv6_goes_down(w);

        if (event->type == TUNNEL_EVENT_RESUMED)
                uplink_slept(w);
        if (event->type == TUNNEL_EVENT_RECONNECT)
                w->uplink.may_dial = true;
        if (event->type == TUNNEL_EVENT_CONNECTED) {
                w->resolving = false;
                drop_answers(w, OWNER_RESOLVER);
                bind_to_uplink(w, true);
        }
        if (event->type == TUNNEL_EVENT_CALL_OPENED)
                w->call_uplink = uplink_get_route(w);
        if (event->type == TUNNEL_EVENT_UPLINK && event->uplink != UPLINK_SAME &&
            event->uplink != UPLINK_LOST)
                w->uplink_news = true;
        if (event->type == TUNNEL_EVENT_UPLINK &&
            (event->uplink == UPLINK_MOVED || event->uplink == UPLINK_READDRESSED))
                w->is_other_path = true;
        if (event->type == TUNNEL_EVENT_NAMESPACE_BACK)
                w->uplink_news = true; /* likewise */

        if (event->type == TUNNEL_EVENT_APPLIED && event->part == TUNNEL_PART_ROUTES)
                w->routes_acknowledged = true;
        if (event->type == TUNNEL_EVENT_CONTROL_FAILED) {
                w->control_lost = true;
                drop_answers(w, OWNER_CONTROL);
        }

        return true;
}

static void one_step(World *w, const TunnelEvent *event) {
        TunnelState before = tunnel_get_state(w->tunnel), after;
        TunnelActions actions;

        if (!take_note(w, event))
                return;

        tunnel_step(w->tunnel, event, w->now_usec, &actions);
        w->n_steps++;

        for (size_t i = 0; i < actions.n_items; i++) {
                check(w, !w->exited);
                carry_out(w, &actions.items[i]);
        }

        if (tunnel_get_state(w->tunnel) == TUNNEL_STATE_UP ||
            tunnel_get_state(w->tunnel) == TUNNEL_STATE_WAITING)
                forget_changes(w);

        check_rest(w);
        after = tunnel_get_state(w->tunnel);
        if (after != before &&
            (after == TUNNEL_STATE_UP || after == TUNNEL_STATE_WAITING || w->exited))
                check_status(w);

        if (w->fork_failed) {
                w->fork_failed = false;
                step(w,
                     &(TunnelEvent){
                             .type = TUNNEL_EVENT_PPPD_FAILED,
                             .fact = { .type = DIAGNOSIS_ERRNO, .number = ENOENT },
                     });
        }
}

void step(World *w, const TunnelEvent *event) {
        one_step(w, event);

        for (size_t i = 0; i < w->n_told; i++)
                one_step(w, &w->told[i]);
        w->n_told = 0;
        check_truth(w);
        check_uplink(w);
        check_covers(w);
        check_names(w);
}

/* What happens between a keeper and what it talks to; the tunnel may hear of it. */
static void step_keeper(World *w, void (*run)(World *w)) {
        run(w);
        for (size_t i = 0; i < w->n_told; i++)
                one_step(w, &w->told[i]);
        w->n_told = 0;
        check_truth(w);
        check_covers(w);
        check_names(w);
}

/* Moves the clock to whatever is next and lets it happen. Returns false when nothing ever will. */
static bool advance(World *w) {
        uint64_t deadline = tunnel_next_deadline(w->tunnel), routes = next_of_routes(w);
        uint64_t uplink = next_of_uplink(w);
        uint64_t names = next_of_names(w), keepers = MIN(routes, names);
        Pending next;
        size_t first = 0;

        for (size_t i = 1; i < w->n_pending; i++)
                if (w->pending[i].at_usec < w->pending[first].at_usec)
                        first = i;
        if (w->n_pending > 0 && chance(w, 5)) {
                first = roll(w, w->n_pending); /* overtakes the others */
                w->pending[first].at_usec = MIN(w->pending[first].at_usec, w->now_usec);
        }

        if (uplink <= deadline && uplink <= keepers && uplink != USEC_INFINITY &&
            (w->n_pending == 0 || uplink <= w->pending[first].at_usec)) {
                w->now_usec = MAX(w->now_usec, uplink);
                run_uplink(w);
                return true;
        }

        if (keepers <= deadline && keepers != USEC_INFINITY &&
            (w->n_pending == 0 || keepers <= w->pending[first].at_usec)) {
                w->now_usec = MAX(w->now_usec, keepers);
                step_keeper(w, routes <= names ? run_routes : run_names);
                return true;
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

/* What a predecessor may have left, who was turned away for a minute, a while ago or just now. */
static void inherit(World *w) {
        History history = {
                .failures = { { .id = "CTL-02", .text = "somebody else is there", .n_times = 1 } },
                .n_failures = 1,
                .retry = {
                        .n_tries = roll(w, 3),
                        .delay_usec = roll(w, 2 * w->config->max_delay_usec),
                        .unreachable_since_usec = roll(w, w->now_usec),
                        .not_before_usec = roll(w, w->now_usec + USEC_PER_MINUTE),
                },
        };

        tunnel_set_history(w->tunnel, &history);
        w->uplink_news = true; /* that wait may end at any time */
}

static uint64_t seed_now;

/* An assertion of the core failed, which knows nothing of seeds. */
static void on_abort(_unused_ int signal_number) {
        char text[64];
        int n = snprintf(text, sizeof(text), "to repeat: sim-tunnel 1 %llu\n",
                         (unsigned long long) seed_now);

        if (write(STDERR_FILENO, text, (size_t) n) < 0)
                _exit(EXIT_FAILURE);
}

/* Returns whether the tunnel was ever up. */
static bool run_sequence(uint64_t seed) {
        World w = {
                .random = seed * UINT64_C(0x9e3779b97f4a7c15) | 1,
                .now_usec = USEC_PER_SEC,
        };
        unsigned stop_at;

        seed_now = seed;
        roll(&w, 2);
        /* Half of all worlds do what they should in nine of ten cases, and a few in five of ten. */
        w.cooperation = 100 - roll(&w, 51) * roll(&w, 101) / 100;
        w.path_bytes = chance(&w, 90) ? 1500 : 400 + roll(&w, 1100);
        w.has_vrf = chance(&w, 25);
        w.config = make_config(&w);
        w.tunnel = tunnel_new(w.config, seed);
        check(&w, w.tunnel);
        begin_routes(&w);
        begin_uplink(&w);
        begin_names(&w);
        stop_at = roll(&w, STEPS_MAX);
        if (chance(&w, 10))
                inherit(&w);

        /* A stop may come before the start: leftovers are cleared up first. */
        if (chance(&w, 99))
                step(&w, &(TunnelEvent){ .type = TUNNEL_EVENT_START });
        for (unsigned i = 0; i < STEPS_MAX && !w.exited; i++) {
                if (i == stop_at || tunnel_get_state(w.tunnel) == TUNNEL_STATE_IDLE) {
                        w.stop_usec = w.now_usec;
                        step(&w, &(TunnelEvent){ .type = TUNNEL_EVENT_STOP });
                } else if (w.stop_usec > 0 && chance(&w, 5))
                        step(&w, &(TunnelEvent){ .type = TUNNEL_EVENT_STOP });
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
        end_names(&w);
        end_routes(&w);
        config_free(w.config);
        return w.ready;
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
        unsigned long long n_ready = 0;

        (void) signal(SIGABRT, on_abort);
        printf("%llu sequences from seed %llu\n", n_sequences, seed);
        for (unsigned long long i = seed; i - seed < n_sequences; i++)
                n_ready += run_sequence(i);

        /* A tunnel that never comes up keeps all invariants. A quarter does: see cooperation. */
        if (n_sequences >= 1000 && n_ready < n_sequences / 6) {
                fprintf(stderr, "only %llu tunnels ever came up\n", n_ready);
                return EXIT_FAILURE;
        }

        printf("all invariants held; %llu tunnels came up\n", n_ready);
        return EXIT_SUCCESS;
}
