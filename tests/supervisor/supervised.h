/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A whole supervisor in a process of its own, beside a test that plays the rest of the world: the
 * administrator who writes the configuration, the service manager that hears READY=1, the journal,
 * and the server. All of them are in a namespace of the test's (tests/io/network.h), with /etc,
 * /run and /var/lib of its own; of what the kernel may lack see stand-ins.h.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#include "scripted-server.h"

#define SUPERVISED_TUNNEL "onenet"
#define SUPERVISED_DIRECTORY "/run/pptp/" SUPERVISED_TUNNEL
/* That there may be something to clean up after the supervisor. */
#define SUPERVISED_MARK "/run/pptp/.leftovers/" SUPERVISED_TUNNEL
#define SUPERVISED_TEXT_MAX 65536

/* So long may anything take that a test waits for: far above the second or two that it needs. */
#define SUPERVISED_WAIT_USEC (30 * USEC_PER_SEC)

typedef struct Supervised {
        sd_event *event;
        ScriptedServer server;
        pid_t pid;       /* of the supervisor; 0: it does not run */
        int exit_status; /* once it has ended; negative: the signal that it died of */

        int notify_fd;
        unsigned n_ready;   /* READY=1 that were heard, */
        unsigned n_reloads; /* RELOADING=1 */
        char status[1024];  /* the last STATUS=, */
        unsigned n_ups;     /* and how often it came to say that the tunnel is up */

        bool is_quiet; /* the journal has the level that it has in the unit; else all */
        int journal_fd;
        char journal[SUPERVISED_TEXT_MAX]; /* the messages, each with a line break behind */
} Supervised;

/* Enters the namespaces, with the peer. Ends the process with 77 where that is not allowed. */
void supervised_enter(void);

/* For cmocka: an empty world with a server at NETWORK_PEER; and the end of what is left of it. */
int supervised_set_up(void **state);
int supervised_tear_down(void **state);

/* Writes the tunnel's configuration: Server= and User= are there already, text goes behind. */
void supervised_configure(const char *text);
/* Starts the supervisor with that, as the unit does. It must not run. */
void supervised_start(Supervised *s);
/* Asks for a reload and waits for its answer, an exit status. */
int supervised_reload(const char *text);
/* Sends a signal to the supervisor. */
void supervised_kill(const Supervised *s, int signal_number);

/* Turns the loop for a moment, and takes note if the supervisor has ended. */
void supervised_turn(Supervised *s);
/* Fails the test, with what the journal has of the reason. */
void supervised_fail(const Supervised *s, const char *what);
/* Waits until a condition is true; fails the test if that takes SUPERVISED_WAIT_USEC. */
#define supervised_wait(s, condition)                                                       \
        do {                                                                                \
                uint64_t end_usec = clock_read_usec(CLOCK_BOOTTIME) + SUPERVISED_WAIT_USEC; \
                                                                                            \
                while (!(condition)) {                                                      \
                        if (clock_read_usec(CLOCK_BOOTTIME) > end_usec)                     \
                                supervised_fail(s, #condition);                             \
                        supervised_turn(s);                                                 \
                }                                                                           \
        } while (false)

/* Stops the supervisor and waits for its end. Returns its exit status. */
int supervised_stop(Supervised *s);

/* Whether the journal has a message with this text in it. */
bool supervised_logged(const Supervised *s, const char *text);
/* Whether the kernel has a route of our protocol, in the words of "ip route": "10.1.0.0/16 dev" */
bool supervised_has_route(const char *text);
/* Whether the interface's line of "ip -oneline link" has this text in it. */
bool supervised_link_has(const char *text);
/* Whether a file has this text in it. */
bool supervised_file_has(const char *path, const char *text);
/* The pppd of the state file; 0: none. */
pid_t supervised_get_pppd(void);
