/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Whether packets of the full size get through. The MTU is made from what this host knows of the
 * path; somewhere behind, a router may take less and say nothing, or a firewall may drop fragments.
 * Then small packets work and large ones hang. A server that answers pings shows it: when the
 * tunnel has come up, and at each look at its counters that finds it used, one is sent that is as
 * large as the interface takes. That large packets came since the look before says nothing of the
 * last seconds.
 *
 *  phase      asks with              answered      not answered, so many times
 *  QUIET      -                      -             -
 *  LARGE      the interface's MTU    QUIET         SMALL
 *  SMALL      MTU_MIN_BYTES          SEARCH        QUIET: no ping is evidence now
 *  SEARCH     the middle             larger ones   smaller ones; at the end CONFIRM
 *  CONFIRM    what did not pass      SEARCH        fails: NETC-08
 *
 * An answer may come late and to any of the packets, since servers that put packets in order hold
 * one back behind a gap until another follows (pptpd's pptpgre.c). What came back has passed,
 * whatever was thought of its size: the full size ends the test.
 *
 * What the search finds is the limit of the next connection, which follows at once, so that the
 * server learns it too: by the MRU, and in the MSS of connections. CONFIRM tells a black hole from
 * a link that was silent altogether while the large ones were sent.
 */

#include "core/ppp/mtu.h"
#include "core/tunnel/tunnel-internal.h"

/* Between two tries: longer than a satellite takes, and there and back (RFC 2488: 560 ms). */
#define SIZE_WAIT_USEC (700 * USEC_PER_MSEC)
/* Three losses in a row are no bad luck where one packet in ten is lost; a step of the search that
 * is wrong only costs some bytes. */
#define SIZE_TRIES 3
#define SIZE_SEARCH_TRIES 2
/*
 * The last test comes in quick succession, for it decides: where one packet in five is lost, ten in
 * a row are, along with the three of the first test, once in a billion tests, and a busy tunnel has
 * six thousand of those a day.
 */
#define SIZE_CONFIRM_TRIES 10
#define SIZE_CONFIRM_INTERVAL_USEC (250 * USEC_PER_MSEC)
/* The search ends when it is known so well: six steps from 1500 bytes. */
#define SIZE_STEP_BYTES 16

static unsigned size_get_tries(const Size *size) {
        if (size->phase == SIZE_CONFIRM)
                return SIZE_CONFIRM_TRIES;

        return size->phase == SIZE_SEARCH ? SIZE_SEARCH_TRIES : SIZE_TRIES;
}

/* The last one of the quick succession is waited for as long as any. */
static uint64_t size_get_wait(const Size *size) {
        return size->phase == SIZE_CONFIRM && size->n_tries + 1 < SIZE_CONFIRM_TRIES ?
                SIZE_CONFIRM_INTERVAL_USEC :
                SIZE_WAIT_USEC;
}

static void size_ask(Tunnel *t, uint32_t n_bytes, uint64_t now, TunnelActions *actions) {
        TunnelAction *action;

        t->size.asked_bytes = n_bytes;
        t->size.deadline_usec = now + size_get_wait(&t->size);
        t->size.n_sent++;
        action = tunnel_add_action(actions, TUNNEL_ACTION_PROBE_SIZE);
        action->probe_size.address = t->link.peer;
        action->probe_size.n_bytes = n_bytes;
}

static void size_enter(Tunnel *t, SizePhase phase, uint32_t n_bytes, uint64_t now,
                       TunnelActions *actions) {

        t->size.phase = phase;
        t->size.n_tries = 0;
        size_ask(t, n_bytes, now, actions);
}

void tunnel_size_cancel(Tunnel *t, TunnelActions *actions) {
        if (t->size.phase == SIZE_QUIET)
                return;

        t->size.phase = SIZE_QUIET;
        t->size.deadline_usec = USEC_INFINITY;
        tunnel_add_action(actions, TUNNEL_ACTION_PROBE_SIZE_STOP);
}

void tunnel_size_check(Tunnel *t, uint64_t now, TunnelActions *actions) {
        if (t->state != TUNNEL_STATE_UP || t->ppp.dying || t->uplink_lost ||
            t->size.phase != SIZE_QUIET || !t->verify.ping_answered ||
            t->link.mtu_bytes <= MTU_MIN_BYTES)
                return;

        size_enter(t, SIZE_LARGE, t->link.mtu_bytes, now, actions);
}

void tunnel_size_on_counted(Tunnel *t, const Traffic *before, const Traffic *counters, uint64_t now,
                            TunnelActions *actions) {

        unsigned n_own = t->size.n_sent;

        t->size.n_sent = 0;
        if (counters->sent_packets - before->sent_packets > n_own)
                tunnel_size_check(t, now, actions);
}

/* Asks with the middle between what passed and what did not, until they are near enough. */
static void size_search(Tunnel *t, uint64_t now, TunnelActions *actions) {
        Size *size = &t->size;

        if (size->high_bytes - size->low_bytes > SIZE_STEP_BYTES) {
                size_enter(t, SIZE_SEARCH, (size->low_bytes + size->high_bytes) / 2, now, actions);
                return;
        }

        size_enter(t, SIZE_CONFIRM, size->high_bytes, now, actions);
}

/*
 * The next connection keeps to what is known to pass: with an acknowledgement, which the ping that
 * passed may not have carried, while most packets of an upload do.
 */
static void size_fail(Tunnel *t) {
        uint32_t limit_bytes =
                MAX(t->size.low_bytes - MTU_OVERHEAD_ACK_BYTES, (uint32_t) MTU_MIN_BYTES);

        t->past.size_limit_bytes = limit_bytes;
        tunnel_add_fact(t, DIAGNOSIS_BLACK_HOLE, limit_bytes);
        tunnel_request_fail(t, false);
}

void tunnel_size_forget(Tunnel *t) {
        t->past.size_limit_bytes = 0;
        t->approach.settings.mtu_max_bytes = 0;
}

void tunnel_size_on_reply(Tunnel *t, const TunnelEvent *event, uint64_t now,
                          TunnelActions *actions) {

        Size *size = &t->size;

        if (size->phase == SIZE_QUIET || event->count < size->asked_bytes)
                return;

        if (event->count >= t->link.mtu_bytes) {
                tunnel_size_cancel(t, actions);
                return;
        }

        /* That larger ones do not pass is known of the full size alone, if not of high_bytes. */
        if (size->phase == SIZE_SMALL || event->count >= size->high_bytes)
                size->high_bytes = t->link.mtu_bytes;
        size->low_bytes = (uint32_t) event->count;
        size_search(t, now, actions);
}

void tunnel_size_timer(Tunnel *t, uint64_t now, TunnelActions *actions) {
        if (++t->size.n_tries < size_get_tries(&t->size)) {
                size_ask(t, t->size.asked_bytes, now, actions);
                return;
        }

        switch (t->size.phase) {
        case SIZE_QUIET:
                break;
        case SIZE_LARGE:
                size_enter(t, SIZE_SMALL, MTU_MIN_BYTES, now, actions);
                break;
        case SIZE_SMALL:
                tunnel_size_cancel(t, actions);
                break;
        case SIZE_SEARCH:
                t->size.high_bytes = t->size.asked_bytes;
                size_search(t, now, actions);
                break;
        case SIZE_CONFIRM:
                size_fail(t);
                break;
        }
}
