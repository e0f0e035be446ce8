/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What the supervisor does with a large set of routes, measured in one process: the real reading of
 * the configuration, the real keeper, rtnetlink and monitor on the real kernel. The tunnel itself
 * is left out: an interface that is there already is in its place. routes.py runs it.
 *
 *      bench-routes ROOT INTERFACE WATCH_SECONDS
 *
 * Installs the routes of the tunnel "many" below ROOT, then does what the words on its standard
 * input say, and prints a line for each: "reload" reads the configuration anew, "watch" turns the
 * loop for so many seconds, "remove" takes the routes away. A line has seconds of the wall and of
 * the processor, the longest turn of the loop in milliseconds of the processor, and the most memory
 * so far in KiB; then how many routes are installed, how often they failed and others removed some,
 * and the turns of the loop. With RoutesOnDown=unreachable the routes that this takes are made and
 * changed beside them.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <malloc.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/config/config-diff.h"
#include "io/clock.h"
#include "io/config-files.h"
#include "supervisor/supervisor-internal.h"

#define NAME "many"

static size_t n_installed, n_failed, n_lost, n_turns;
static bool done;

void __wrap_supervisor_feed(Supervisor *s, TunnelEvent *event);
void __wrap_supervisor_feed_fact(Supervisor *s, TunnelEventType type, DiagnosisStage stage,
                                 DiagnosisFactType fact, int64_t number, const char *text);
TunnelState __wrap_tunnel_get_state(const Tunnel *t);
void __wrap_supervisor_answer_reload(Supervisor *s);
void __wrap_supervisor_offer_names(Supervisor *s);

/* What the tunnel would hear. */
void __wrap_supervisor_feed(_unused_ Supervisor *s, TunnelEvent *event) {
        if (event->part != TUNNEL_PART_ROUTES)
                return;

        done = event->type == TUNNEL_EVENT_APPLIED || event->type == TUNNEL_EVENT_REMOVED ||
                event->type == TUNNEL_EVENT_APPLY_FAILED;
        if (event->type == TUNNEL_EVENT_APPLIED)
                n_installed = event->count;
        if (event->type == TUNNEL_EVENT_APPLY_FAILED)
                n_failed++;
}

void __wrap_supervisor_feed_fact(_unused_ Supervisor *s, _unused_ TunnelEventType type,
                                 _unused_ DiagnosisStage stage, DiagnosisFactType fact,
                                 int64_t number, _unused_ const char *text) {

        if (fact == DIAGNOSIS_ROUTE_REMOVED)
                n_lost += (size_t) number;
}

TunnelState __wrap_tunnel_get_state(_unused_ const Tunnel *t) {
        return TUNNEL_STATE_UP;
}

/* Nobody has asked for a reload, and the names of the tunnel are not measured. */
void __wrap_supervisor_answer_reload(_unused_ Supervisor *s) {
}

void __wrap_supervisor_offer_names(_unused_ Supervisor *s) {
}

static double seconds_since(uint64_t usec, clockid_t clock) {
        return (double) (clock_read_usec(clock) - usec) / USEC_PER_SEC;
}

/* Not getrusage(), which counts what the program had that started this one. */
static long read_memory_kib(void) {
        FILE *f = fopen("/proc/self/status", "re");
        char line[256];
        long kib = 0;

        while (f && fgets(line, sizeof(line), f))
                if (sscanf(line, "VmHWM: %ld kB", &kib) == 1)
                        break;
        if (f)
                fclose(f);
        return kib;
}

static Config *read_config(const char *root) {
        ConfigProblems problems;
        Config *config;

        if (config_files_load(root, NAME, &config, &problems) != 0) {
                char text[512] = "";

                if (problems.n_items > 0)
                        config_problem_describe(&problems.items[0], text, sizeof(text));
                fprintf(stderr, "%s\n", text);
                exit(EXIT_FAILURE);
        }

        config_problems_done(&problems);
        return config;
}

static void rest(_unused_ Supervisor *s) {
}

/* Turns the loop until the tunnel has heard, or until the time. Returns the longest turn in ms. */
static double turn(Supervisor *s, uint64_t until_usec) {
        double longest = 0;

        while (!done || supervisor_frame_is_busy(s)) {
                uint64_t now = clock_read_usec(CLOCK_MONOTONIC), begin;

                if (now >= until_usec)
                        break;

                if (sd_event_prepare(s->event) == 0)
                        (void) sd_event_wait(s->event, until_usec - now);
                begin = clock_read_usec(CLOCK_THREAD_CPUTIME_ID);
                (void) sd_event_dispatch(s->event);
                n_turns++;
                longest = MAX(longest, 1000 * seconds_since(begin, CLOCK_THREAD_CPUTIME_ID));
        }

        return longest;
}

/* What is there before the tunnel is up: the covers. */
static void begin_frame(Supervisor *s, uint64_t until_usec) {
        supervisor_frame_step(s, ROUTE_FRAME_START);
        done = true;
        (void) turn(s, until_usec);
        done = false;
}

static void measure(Supervisor *s, const char *root, const TunnelLink *link, const char *what,
                    uint64_t watch_usec) {

        uint64_t wall = clock_read_usec(CLOCK_MONOTONIC);
        uint64_t processor = clock_read_usec(CLOCK_PROCESS_CPUTIME_ID);
        uint64_t until = wall + 600 * USEC_PER_SEC;
        double first_turn = 0;

        n_lost = n_turns = 0;
        done = false;
        if (strcmp(what, "remove") == 0)
                supervisor_remove_routes(s);
        else if (strcmp(what, "watch") == 0)
                until = wall + watch_usec;
        else {
                Config *config = read_config(root), *old = s->config;
                ConfigDiff diff;

                if (strcmp(what, "install") == 0)
                        begin_frame(s, until);
                config_diff_make(old, config, &diff);
                s->config = config;
                supervisor_configure_routes(s);
                supervisor_install_routes(s, link);
                config_free(old);
                first_turn = 1000 * seconds_since(processor, CLOCK_PROCESS_CPUTIME_ID);
        }

        first_turn = MAX(first_turn, turn(s, until));
        printf("%s %.4f %.4f %.1f %ld %zu %zu %zu %zu\n", what,
               seconds_since(wall, CLOCK_MONOTONIC),
               seconds_since(processor, CLOCK_PROCESS_CPUTIME_ID), first_turn, read_memory_kib(),
               n_installed, n_failed, n_lost, n_turns);
        fflush(stdout);
}

int main(int argc, char **argv) {
        const uint64_t watch_usec = argc > 3 ? (uint64_t) atoi(argv[3]) * USEC_PER_SEC : 0;
        Supervisor s = { .inner.fd = NAMESPACE_OWN, .rest = rest };
        TunnelLink link = { 0 };
        Journal journal;
        char word[16];

        if (argc < 4) {
                fprintf(stderr, "usage: bench-routes ROOT INTERFACE WATCH_SECONDS\n");
                return EXIT_FAILURE;
        }

        (void) mallopt(M_MMAP_THRESHOLD, 128 * 1024); /* as main.c has it */
        journal_init(&journal, NAME, "/nonexistent");
        s.journal = &journal;
        snprintf(link.ifname, sizeof(link.ifname), "%s", argv[2]);
        inet_pton(AF_INET, "192.0.2.10", &link.local);
        inet_pton(AF_INET, "192.0.2.11", &link.peer);

        s.config = read_config(argv[1]);
        if (sd_event_new(&s.event) < 0 || supervisor_cover_init(&s) < 0 ||
            supervisor_routes_init(&s) < 0)
                return EXIT_FAILURE;

        measure(&s, argv[1], &link, "install", 0);
        while (scanf("%15s", word) == 1)
                measure(&s, argv[1], &link, word, watch_usec);

        supervisor_frame_step(&s, ROUTE_FRAME_RELEASE);
        done = true;
        (void) turn(&s, UINT64_MAX);
        supervisor_routes_done(&s);
        supervisor_cover_done(&s);
        sd_event_unref(s.event);
        config_free(s.config);
        journal_done(&journal);
        return EXIT_SUCCESS;
}
