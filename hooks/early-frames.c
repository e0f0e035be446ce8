/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * LCP's packets that come before pppd listens. Many servers send their Configure-Request with the
 * Outgoing-Call-Reply, when the kernel's driver does not know the call yet; left alone, it costs
 * the seconds until the server repeats it. The supervisor catches such frames and sends them ahead
 * of the call; they are fed to LCP as soon as it listens.
 */

#include <string.h>

#include "hooks/plugin.h"

/* The supervisor keeps four. What is over this number is dropped, and the server repeats it. */
#define EARLY_FRAMES_MAX 8

#define PROTOCOL_LCP 0xc021

/* Sizes of headers: PPP address and control, PPP protocol, LCP code, id and length. */
#define ADDRESS_CONTROL_BYTES 2
#define PROTOCOL_BYTES 2
#define CONTROL_HEADER_BYTES 4

typedef struct Frame {
        uint8_t data[PLUGIN_FRAME_MAX_BYTES];
        size_t n_data;
} Frame;

static Frame early_frames[EARLY_FRAMES_MAX];
static size_t n_early_frames;

void early_frames_add(const uint8_t *frame, size_t n_frame) {
        Frame *f;

        if (n_early_frames == EARLY_FRAMES_MAX)
                return;

        if (n_frame >= ADDRESS_CONTROL_BYTES && frame[0] == 0xff && frame[1] == 0x03) {
                frame += ADDRESS_CONTROL_BYTES;
                n_frame -= ADDRESS_CONTROL_BYTES;
        }
        if (n_frame < PROTOCOL_BYTES + CONTROL_HEADER_BYTES || n_frame > PLUGIN_FRAME_MAX_BYTES)
                return;

        /* Before LCP is open, every other protocol is dropped (RFC 1661, section 3.4). */
        if ((frame[0] << 8 | frame[1]) != PROTOCOL_LCP)
                return;

        f = &early_frames[n_early_frames++];
        memcpy(f->data, frame, n_frame);
        f->n_data = n_frame;
}

static void replay_lcp(_unused_ void *userdata) {
        for (size_t i = 0; i < n_early_frames; i++) {
                Frame *f = &early_frames[i];

                report_packet(false, f->data, f->n_data);
                lcp_protent.input(0, f->data + PROTOCOL_BYTES, (int) (f->n_data - PROTOCOL_BYTES));
        }

        n_early_frames = 0;
}

/*
 * pppd announces the phase just before it opens LCP, so a timer of 0 s feeds the frames right
 * after.
 */
void early_frames_set_phase(int phase) {
        if (phase == PHASE_ESTABLISH && n_early_frames > 0)
                pppd_defer(replay_lcp, 0);
}
