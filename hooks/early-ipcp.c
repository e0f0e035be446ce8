/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * IPCP beside CCP. With MPPE required pppd opens IPCP only after CCP, which costs a round trip, and
 * answers the server's Configure-Request until then with a Terminate-Ack, after which the server
 * waits for seconds. Here
 *
 * - our first request goes out right behind our Configure-Ack for CCP. A server whose own IPCP
 *   waits for CCP, as pppd's does, has CCP open when it reads the request, and answers at once;
 * - what the server requests and answers is kept until pppd opens IPCP, that is, until CCP is open
 *   and was verified. So IPCP cannot come up before encryption, in whatever order packets come, and
 *   the server cannot either: it has no acknowledgement of ours.
 *
 * A server that was not ready for the request answers with a Terminate-Ack or a Protocol-Reject, or
 * not at all. So the same request is repeated as soon as CCP is open, unless an answer to it is
 * kept: no later than if it had waited. Where the first has been taken, the second is one packet
 * more and no harm: the server's IPCP is not open yet, since we have acknowledged nothing, and it
 * answers the same once more (RFC 1661, section 4.1: Receive-Configure-Request in Ack-Sent).
 */

#include <string.h>

#include "hooks/plugin.h"

/* An address and two name servers are 18 bytes; VJ compression, which we do not ask for, is 6. */
#define OPTIONS_MAX_BYTES 64

/*
 * After this time without CCP our request is taken back, so that pppd, which repeats it each
 * second, does not come to its limit of ten (DEFMAXCONFREQS of pppd's fsm.h).
 */
#define PATIENCE_USEC (3 * USEC_PER_SEC)

/* A packet of the server's, from the code field on. */
typedef struct KeptPacket {
        uint8_t data[PLUGIN_FRAME_MAX_BYTES];
        int n_data; /* 0: none */
} KeptPacket;

static KeptPacket kept_request, kept_answer;
static bool is_allowed;

/* Our request is out, and pppd has not opened IPCP. */
static bool is_early;

/* Nothing of IPCP has come since: a Protocol-Reject of the early request may be on its way. */
static bool reject_may_be_late;

static PacketInput pppd_input;
static void (*pppd_open)(int unit);
static void (*pppd_protocol_reject)(int unit);

static bool is_closed(int unit) {
        return ipcp_fsm[unit].state == INITIAL || ipcp_fsm[unit].state == CLOSED;
}

/* Has IPCP as it was before our request: pppd opens it when CCP is open. */
static void take_back(_unused_ void *userdata) {
        is_early = false;
        kept_answer.n_data = 0;
        ipcp_protent.lowerdown(0);
        ipcp_protent.close(0, NULL);
        ipcp_protent.lowerup(0);
}

void early_ipcp_set_phase(int phase) {
        if (phase != PHASE_ESTABLISH)
                return;

        is_early = reject_may_be_late = false;
        kept_request.n_data = kept_answer.n_data = 0;
        pppd_cancel(take_back);
}

void early_ipcp_begin(int unit) {
        if (!is_allowed || is_early || ipcp_fsm[unit].state != CLOSED)
                return;

        is_early = true;
        pppd_open(unit);
        pppd_defer(take_back, PATIENCE_USEC);
}

static void keep(KeptPacket *kept, const unsigned char *data, int n_data) {
        memcpy(kept->data, data, n_data);
        kept->n_data = n_data;
}

/* Returns where a packet waits for IPCP to be opened; NULL: it does not. */
static KeptPacket *find_place(int unit, const unsigned char *data, int n_data) {
        if ((!is_early && !is_closed(unit)) || n_data < CONTROL_HEADER_BYTES ||
            n_data > PLUGIN_FRAME_MAX_BYTES)
                return NULL;

        switch (data[0]) {
        case CONFREQ:
                return &kept_request;
        case CONFACK:
        case CONFNAK:
        case CONFREJ:
                return is_early && data[1] == ipcp_fsm[unit].reqid ? &kept_answer : NULL;
        default:
                return NULL;
        }
}

static void early_ipcp_input(int unit, unsigned char *data, int n_data) {
        KeptPacket *place = find_place(unit, data, n_data);

        reject_may_be_late = false;
        if (place)
                keep(place, data, n_data);
        else
                pppd_input(unit, data, n_data);
}

/* The server did not know IPCP yet, when it had the early request. pppd would give it up. */
static void early_ipcp_protocol_reject(int unit) {
        if (!is_early && !reject_may_be_late)
                pppd_protocol_reject(unit);
        reject_may_be_late = false;
}

/* As pppd's timer does, with the same identifier, so that an answer to either of them counts. */
static void repeat_request(fsm *f) {
        unsigned char options[OPTIONS_MAX_BYTES];
        int n_options = f->callbacks->cilen(f);

        if (n_options < 0 || n_options > (int) sizeof(options))
                return;

        f->callbacks->addci(f, options, &n_options);
        fsm_sdata(f, CONFREQ, f->reqid, options, n_options);
}

static void feed(int unit, KeptPacket *kept) {
        int n_data = kept->n_data;

        kept->n_data = 0;
        if (n_data > 0)
                pppd_input(unit, kept->data, n_data);
}

/* pppd opens IPCP: CCP is open, or is not needed. */
static void early_ipcp_open(int unit) {
        bool was_early = is_early;

        is_early = false;
        pppd_cancel(take_back);
        pppd_open(unit); /* does nothing if it is open by our request */
        if (was_early && kept_answer.n_data == 0) {
                reject_may_be_late = kept_request.n_data == 0;
                repeat_request(&ipcp_fsm[unit]);
        }

        feed(unit, &kept_request);
        feed(unit, &kept_answer);
}

void early_ipcp_install(bool allowed) {
        is_allowed = allowed;
        pppd_input = ipcp_protent.input;
        pppd_open = ipcp_protent.open;
        pppd_protocol_reject = ipcp_protent.protrej;
        ipcp_protent.input = early_ipcp_input;
        ipcp_protent.open = early_ipcp_open;
        ipcp_protent.protrej = early_ipcp_protocol_reject;
}
