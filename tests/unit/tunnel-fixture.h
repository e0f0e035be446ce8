/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What the tests of the state machine (test-tunnel*.c) share: a tunnel with a configuration and a
 * clock, events to step it with, ways to a state, and looks at what the last step asked for.
 */

#include "test.h"

#include "config-text.h"
#include "core/base/macros.h"
#include "core/tunnel/tunnel.h"

#define CALL_ID 77
#define PEER_CALL_ID 384

typedef struct Fixture {
        Config *config; /* numbers and switches may be changed before the first step */
        Tunnel *tunnel;
        TunnelActions actions;          /* of the last step */
        TunnelSettings settings;        /* of the latest pppd */
        const struct in_addr *resolved; /* what names lead to */
        size_t n_resolved;              /* 1, unless a test says otherwise */
        uint64_t round_trip_usec;       /* to the server, as its TCP shows it; 0, unless */
        uint64_t now_usec;
        bool is_crowded;         /* other tunnels dial as well; otherwise it is always our turn */
        uint64_t next_turn_usec; /* the first that nobody has taken */
} Fixture;

/* 192.0.2.2 and 192.0.2.3: of the server; the second is ours as well. 10.10.1.1: the peer's. */
extern const struct in_addr addresses[2];
extern const struct in_addr peer_address;

/*
 * For cmocka. The tunnel is that of the smallest configuration: one server, vpn.example, and a
 * user.
 */
int setup(void **state);
int teardown(void **state);
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

/* Exchanges the tunnel for a new one; and that with another configuration. */
void renew(Fixture *f);
void configure(Fixture *f, const char *text);

/* ---- events ---- */

/* An event about a part (TunnelPart) that names none is about the routes. */
void step(Fixture *f, TunnelEvent event);
void step_type(Fixture *f, TunnelEventType type);
void step_fact(Fixture *f, TunnelEventType type, DiagnosisFactType fact, int64_t number);
/* error: positive, as errno. */
void step_errno(Fixture *f, TunnelEventType type, DiagnosisStage stage, int error);
void step_control(Fixture *f, PptpMessage message);
void step_echo_reply(Fixture *f);
void step_plugin(Fixture *f, PluginMessage message);
void step_phase(Fixture *f, PluginPhase phase);
/* A PPP frame from the server. */
void step_packet(Fixture *f, const uint8_t *data, size_t n_data);
/* Lets the next deadline come. */
void step_any_timer(Fixture *f);
/*
 * The same, without the looks at the counters and the test with large packets, of which most tests
 * know nothing.
 */
void step_timer(Fixture *f);

/* ---- ways ---- */

/* Makes the one step that leads on from a state when all goes well. */
void advance(Fixture *f);
void go_to(Fixture *f, TunnelState state);
/* Goes on to all of PPP but IP-up, in LINKING. */
void negotiate(Fixture *f);
void ip_up(Fixture *f, MppeOutcome outcome);
/* Up, against a server that does not answer pings. */
void go_to_up_unproven(Fixture *f);

/* ---- what came of it ---- */

void assert_state(const Fixture *f, TunnelState state);
/* A tunnel that was up is being taken down, and this is why. */
void assert_lost_because(const Fixture *f, const char *id);

/* The first of its kind, not counting entries of the journal at debug level; NULL: none. */
const TunnelAction *find(const Fixture *f, TunnelActionType type);
/* The first entry of the journal that has this in it. */
const TunnelAction *find_log(const Fixture *f, const char *text);
const PptpMessage *find_sent(const Fixture *f, PptpMessageType type);
/* The last one, which is what remains; "": none. */
const char *find_status(const Fixture *f);
