/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * A lost Configure-Ack of ours. The peer repeats its request when for us the protocol is open
 * already, and RFC 1661, section 4.3, has us negotiate anew: IPCP takes the interface down, and
 * with it the routes; CCP ends the call. One lost packet would do that. So a request that is the
 * same to the byte, its identifier included, is acknowledged again, and nothing else happens.
 *
 * A peer that really begins anew, and counts its identifiers from the start, sends the same bytes.
 * It waits for a request of ours, which does not come, so it repeats itself: after a few times it
 * is believed.
 */

#include <string.h>

#include "hooks/plugin.h"

/* After so many repetitions the peer has more likely begun anew than lost every acknowledgement. */
#define REPEATED_MAX 3

static bool is_repeated(const LostAck *l, const fsm *f, const unsigned char *data, int n_data) {
        return f->state == OPENED && n_data >= CONTROL_HEADER_BYTES &&
                (size_t) n_data == l->n_request && memcmp(data, l->request, n_data) == 0 &&
                l->n_repeated < REPEATED_MAX;
}

static bool acknowledge_again(LostAck *l, fsm *f, unsigned char *data, int n_data) {
        unsigned char *options = data + CONTROL_HEADER_BYTES;
        int n_options = n_data - CONTROL_HEADER_BYTES;

        l->n_repeated++;
        if (l->acknowledge)
                return l->acknowledge(f, data[1], options, n_options);

        fsm_sdata(f, CONFACK, data[1], options, n_options);
        return true;
}

void lost_ack_input(LostAck *l, fsm *f, PacketInput input, unsigned char *data, int n_data) {
        bool remember = n_data >= CONTROL_HEADER_BYTES && n_data <= (int) sizeof(l->request) &&
                data[0] == CONFREQ;
        int state_before = f->state;
        LostAck next = { .acknowledge = l->acknowledge };

        if (is_repeated(l, f, data, n_data) && acknowledge_again(l, f, data, n_data))
                return;

        /* pppd writes its answer over the request. */
        if (remember) {
                memcpy(next.request, data, n_data);
                next.n_request = n_data;
        }

        input(f->unit, data, n_data);

        /*
         * Only a request that was agreed to leads to these states. A malformed one is ignored, and
         * the state stays as it was.
         */
        if (remember && (f->state == ACKSENT || (f->state == OPENED && state_before != OPENED)))
                *l = next;
}
