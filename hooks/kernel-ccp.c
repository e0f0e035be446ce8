/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What the kernel makes of CCP. It looks into CCP's packets by itself, as they arrive and as they
 * leave (ppp_ccp_peek() of ppp_generic.c), before pppd has read them, and knows no identifiers:
 *
 * - While CCP is not up, each Configure-Ack of the peer's begins decryption, and each of ours
 *   encryption. The first session key is derived from the one that is there (mppe_init() of
 *   ppp_mppe.c), so that a second Ack for the same request leaves a key that the peer does not
 *   have. Two such Acks come from a server that got our request and its repetition together.
 * - Each Configure-Request of the peer's ends encryption, until we acknowledge it. Once CCP is up,
 *   our Ack does not begin it again: what we send then goes out in clear text.
 *
 * So the peer's Acks are counted, and encryption is begun anew by hand. pppd gives the kernel the
 * keys with each request that it sends (decryption) or acknowledges (encryption), and forgets them
 * when CCP is up.
 */

#include <poll.h>
#include <string.h>

#include "hooks/plugin.h"

/* After this time pppd has read all packets that had arrived when CCP came up. */
#define BACKLOG_USEC USEC_PER_SEC

/* How many Configure-Acks of the peer came since our latest request. */
static unsigned n_acks;

/* Whether packets that the kernel had looked into were unread when CCP came up. */
static bool has_backlog;

static uint8_t transmit_key[MPPE_MAX_KEY_LEN];
static bool has_transmit_key;

static void end_backlog(_unused_ void *userdata) {
        has_backlog = false;
}

static void note_backlog(void) {
        struct pollfd p = { .fd = ppp_dev_fd, .events = POLLIN };

        has_backlog = poll(&p, 1, 0) > 0 && p.revents & POLLIN;
        pppd_cancel(end_backlog);
        if (has_backlog)
                pppd_defer(end_backlog, BACKLOG_USEC);
}

void kernel_ccp_note_request(void) {
        n_acks = 0;
}

bool kernel_ccp_note_ack(void) {
        return ++n_acks == 1;
}

bool kernel_ccp_has_backlog(void) {
        return has_backlog;
}

void kernel_ccp_keep_key(void) {
        has_transmit_key = pppd_get_send_key(transmit_key);
}

void kernel_ccp_forget_key(void) {
        explicit_bzero(transmit_key, sizeof(transmit_key));
        has_transmit_key = false;
}

void kernel_ccp_note_up(void) {
        note_backlog();
}

bool kernel_ccp_acknowledge(fsm *f, uint8_t id, unsigned char *options, int n_options) {
        unsigned char keyed[CILEN_MPPE + sizeof(transmit_key)];
        bool is_begun;

        if (!has_transmit_key || n_options != CILEN_MPPE)
                return false;

        memcpy(keyed, options, CILEN_MPPE);
        memcpy(keyed + CILEN_MPPE, transmit_key, sizeof(transmit_key));
        is_begun = ccp_test(f->unit, keyed, sizeof(keyed), 1) > 0;
        explicit_bzero(keyed, sizeof(keyed));
        if (!is_begun)
                return false;

        ccp_flags_set(f->unit, 1, 0);
        fsm_sdata(f, CONFACK, id, options, n_options);
        ccp_flags_set(f->unit, 1, 1);
        note_backlog();
        return true;
}
