/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * CCP within the policy.
 *
 * pppd's own rules end the call over a Configure-Nak with any bit in it that was not asked for,
 * stop at the first stateful suggestion, and acknowledge a Configure-Request without MPPE. So two
 * of CCP's callbacks are ours: what to ask for after the peer's Nak (nakci), and what to answer to
 * the peer's request (reqci). Each suggestion is answered with the best that the policy allows
 * (core/ppp/mppe.h); a peer that does not come to terms in a few rounds ends the call.
 *
 * The options require-mppe* are never used: in pppd 2.5.2 and 2.5.3 "40 or 128" means 40 alone.
 */

#include <string.h>

#include "hooks/plugin.h"

/* RFC 1662, and pppd's ccp.h: CCP's option type and the length of MPPE's (RFC 3078, section 2). */
#define OPTION_HEADER_BYTES 2

/* pppd's DEFMAXNAKLOOPS (fsm.h), which it counts and, for MPPE, does not heed. */
#define NAKS_MAX 5

/*
 * Without encryption: how many Configure-Requests are answered with Configure-Reject before the
 * protocol is rejected.
 */
#define REJECTS_MAX 3

/*
 * How many times a request is made again: a server that acknowledges everything twice does not
 * stop.
 */
#define RENEWALS_MAX 5

static MppePolicy policy;

static fsm_callbacks callbacks;
static const fsm_callbacks *pppd_callbacks;
static PacketInput pppd_input;
static void (*pppd_protocol_reject)(int unit);

/* True while pppd handles a packet of the peer's that is for CCP */
static bool handles_packet;

/*
 * pppd would take a repeated request for a new negotiation, for which MPPE is turned off; and that
 * ends the call.
 */
static LostAck lost_ack = { .acknowledge = kernel_ccp_acknowledge };

/* Naks of the peer's, and ours, in this negotiation */
static unsigned n_naks_received, n_naks_sent;
static unsigned n_rejects_sent;
/* Requests made again in this negotiation since the kernel had taken a second Ack */
static unsigned n_renewals;
static bool breached;

static uint8_t bits_to_pppd(uint32_t bits) {
        return (bits & MPPE_BIT_128 ? MPPE_OPT_128 : 0) | (bits & MPPE_BIT_40 ? MPPE_OPT_40 : 0) |
                (bits & MPPE_BIT_STATELESS ? 0 : MPPE_OPT_STATEFUL);
}

static MppeOutcome outcome_of(const ccp_options *options) {
        return (MppeOutcome){
                .bits_128 = options->mppe & MPPE_OPT_128,
                .bits_40 = options->mppe & MPPE_OPT_40,
                .stateful = options->mppe & MPPE_OPT_STATEFUL,
        };
}

MppeOutcome mppe_negotiation_get_transmit(void) {
        return outcome_of(&ccp_hisoptions[0]);
}

MppeOutcome mppe_negotiation_get_receive(void) {
        return outcome_of(&ccp_gotoptions[0]);
}

/* Says why, once, and ends the call. */
static void end_call(int unit, PluginBreach breach, const char *reason) {
        if (breached)
                return;

        breached = true;
        report_breach(breach, mppe_negotiation_get_transmit(), mppe_negotiation_get_receive());
        error("%s", reason);
        pppd_set_status(EXIT_NEGOTIATION_FAILED);
        pppd_close_lcp(unit, reason);
}

static uint32_t read_bits(const uint8_t *data) {
        return (uint32_t) data[0] << 24 | (uint32_t) data[1] << 16 | (uint32_t) data[2] << 8 |
                data[3];
}

static void write_bits(uint8_t *data, uint32_t bits) {
        data[0] = bits >> 24;
        data[1] = bits >> 16 & 0xff;
        data[2] = bits >> 8 & 0xff;
        data[3] = bits & 0xff;
}

/* A new negotiation begins. */
static void mppe_reset(fsm *f) {
        n_naks_received = 0;
        n_renewals = 0;
        pppd_callbacks->resetci(f);
}

/* pppd makes a request of ours, a new one or the same again. */
static void mppe_add(fsm *f, unsigned char *data, int *n_data) {
        kernel_ccp_note_request();
        pppd_callbacks->addci(f, data, n_data);
}

/* The peer's Configure-Nak. Returns 1 for "make a new request", 0 for a malformed one. */
static int mppe_nak(fsm *f, unsigned char *data, int n_data, _unused_ int treat_as_reject) {
        uint32_t suggestion;

        if (n_data < CILEN_MPPE || data[0] != CI_MPPE || data[1] != CILEN_MPPE)
                return pppd_callbacks->nakci(f, data, n_data, treat_as_reject);

        suggestion = read_bits(data + OPTION_HEADER_BYTES);
        if (++n_naks_received > NAKS_MAX || !mppe_policy_tolerates(&policy, suggestion)) {
                end_call(f->unit, PLUGIN_BREACH_NAK_LOOP, "MPPE: the peer suggests too little");
                return 1;
        }

        if (f->state != OPENED)
                ccp_gotoptions[f->unit].mppe =
                        bits_to_pppd(mppe_policy_choose(&policy, suggestion));
        return 1;
}

/*
 * Leaves in a Configure-Request what is to be rejected: all but MPPE, as no two compressors can be
 * stacked. Returns the number of bytes left, and the MPPE option, if a well-formed one was there.
 */
static size_t sift_options(unsigned char *data, size_t n_data, bool *ret_has_mppe,
                           uint32_t *ret_bits) {

        size_t n_rejected = 0, pos = 0;

        while (pos < n_data) {
                size_t left = n_data - pos, n = left;

                /* Behind an option with an impossible length no other can be found. */
                if (left >= OPTION_HEADER_BYTES && data[pos + 1] >= OPTION_HEADER_BYTES &&
                    data[pos + 1] <= left)
                        n = data[pos + 1];

                if (data[pos] == CI_MPPE && n == CILEN_MPPE && data[pos + 1] == CILEN_MPPE) {
                        *ret_has_mppe = true;
                        *ret_bits = read_bits(data + pos + OPTION_HEADER_BYTES);
                } else {
                        memmove(data + n_rejected, data + pos, n);
                        n_rejected += n;
                }
                pos += n;
        }

        return n_rejected;
}

/* Writes a Configure-Nak with our suggestion. Ends the call if there were too many. */
static int suggest(fsm *f, unsigned char *data, int *n_data, uint32_t bits) {
        if (++n_naks_sent > NAKS_MAX) {
                end_call(f->unit, PLUGIN_BREACH_NAK_LOOP, "MPPE: the peer requests too little");
                return CONFREJ;
        }

        data[0] = CI_MPPE;
        data[1] = CILEN_MPPE;
        write_bits(data + OPTION_HEADER_BYTES, bits);
        *n_data = CILEN_MPPE;
        return CONFNAK;
}

/*
 * The peer's Configure-Request. Returns CONFACK, CONFNAK or CONFREJ, with the answer's options in
 * place of the request's. There is room for one more option: pppd reads into a buffer of its MRU.
 */
static int mppe_request(fsm *f, unsigned char *data, int *n_data, int dont_nak) {
        unsigned char request[PLUGIN_FRAME_MAX_BYTES];
        bool has_mppe = false;
        uint32_t bits = 0;
        size_t n_rejected;

        if (*n_data < 0 || (size_t) *n_data > sizeof(request))
                return pppd_callbacks->reqci(f, data, n_data, dont_nak);

        memcpy(request, data, *n_data);
        n_rejected = sift_options(request, *n_data, &has_mppe, &bits);
        if (n_rejected > 0) {
                memcpy(data, request, n_rejected);
                *n_data = (int) n_rejected;
                return CONFREJ;
        }

        if (!has_mppe || !mppe_policy_accepts_bits(&policy, bits))
                return suggest(f, data, n_data, mppe_policy_choose(&policy, bits));

        ccp_allowoptions[f->unit].mppe |= bits_to_pppd(bits);
        return pppd_callbacks->reqci(f, data, n_data, dont_nak);
}

/*
 * Answers CCP without MPPE. A server that insists on encryption learns from the Configure-Reject
 * that there is none. A server that keeps asking for nothing at all gets a Protocol-Reject.
 */
static int clear_request(fsm *f, unsigned char *data, int *n_data, int dont_nak) {
        if (++n_rejects_sent >= REJECTS_MAX)
                ccp_protent.enabled_flag = 0;

        return pppd_callbacks->reqci(f, data, n_data, dont_nak);
}

static void mppe_up(fsm *f) {
        n_naks_sent = 0;
        if (!mppe_negotiation_verify())
                return;

        kernel_ccp_keep_key();
        pppd_callbacks->up(f);
        kernel_ccp_note_up();
}

/*
 * CCP went down. Ends the call if a packet of the peer's for CCP caused that, since data would go
 * unencrypted from now on. If LCP went down, the link is over anyway.
 */
static void mppe_down(fsm *f) {
        if (handles_packet)
                end_call(f->unit, PLUGIN_BREACH_ENCRYPTION_OFF, "MPPE: turned off by the peer");

        kernel_ccp_forget_key();

        /* With MPPE set pppd would close LCP, and give the peer that as the reason. */
        ccp_gotoptions[f->unit].mppe = 0;
        pppd_callbacks->down(f);
}

static void handle_packet(int unit, unsigned char *data, int n_data) {
        handles_packet = true;
        pppd_input(unit, data, n_data);
        handles_packet = false;
}

/*
 * A second Ack for our request: the kernel decrypts with another key than the peer encrypts with.
 * Another request gives it a fresh one. pppd makes it by itself in Ack-Rcvd (RFC 1661, section
 * 4.1), but only if it has not seen an Ack for this request before.
 */
static void ask_again(fsm *f, unsigned char *data, int n_data) {
        bool is_peer_acknowledged = f->state == ACKSENT;

        if (++n_renewals > RENEWALS_MAX) {
                end_call(f->unit, PLUGIN_BREACH_KEYS, "MPPE: the peer acknowledges all twice");
                return;
        }

        data[1] = f->reqid;
        f->state = ACKRCVD;
        f->seen_ack = 0;
        handle_packet(f->unit, data, n_data);
        if (is_peer_acknowledged && f->state == REQSENT)
                f->state = ACKSENT;
}

/* Returns whether there is nothing left for pppd to do about the peer's Ack. */
static bool take_ack(fsm *f, unsigned char *data, int n_data) {
        if (kernel_ccp_note_ack())
                return false;

        if (f->state == REQSENT || f->state == ACKRCVD || f->state == ACKSENT)
                ask_again(f, data, n_data);
        else if (f->state == OPENED && kernel_ccp_has_backlog())
                end_call(f->unit, PLUGIN_BREACH_KEYS, "MPPE: the peer acknowledged twice");
        return true;
}

static void mppe_input(int unit, unsigned char *data, int n_data) {
        fsm *f = &ccp_fsm[unit];

        if (n_data >= CONTROL_HEADER_BYTES && data[0] == CONFACK && take_ack(f, data, n_data))
                return;

        lost_ack_input(&lost_ack, f, handle_packet, data, n_data);
        if (f->state == ACKSENT)
                early_ipcp_begin(unit);
}

static void mppe_protocol_reject(int unit) {
        handles_packet = true;
        pppd_protocol_reject(unit);
        handles_packet = false;
}

bool mppe_negotiation_verify(void) {
        MppeOutcome transmit = mppe_negotiation_get_transmit();
        MppeOutcome receive = mppe_negotiation_get_receive();

        if (mppe_policy_accepts(&policy, &transmit) && mppe_policy_accepts(&policy, &receive))
                return true;

        end_call(0, PLUGIN_BREACH_OUTCOME, "MPPE: what was negotiated is not allowed");
        return false;
}

static void install_clear(void) {
        callbacks.reqci = clear_request;
}

static void install_encrypted(void) {
        ccp_wantoptions[0].mppe = bits_to_pppd(mppe_policy_get_opening(&policy));
        callbacks.resetci = mppe_reset;
        callbacks.addci = mppe_add;
        callbacks.nakci = mppe_nak;
        callbacks.reqci = mppe_request;
        callbacks.up = mppe_up;
        callbacks.down = mppe_down;

        pppd_input = ccp_protent.input;
        pppd_protocol_reject = ccp_protent.protrej;
        ccp_protent.input = mppe_input;
        ccp_protent.protrej = mppe_protocol_reject;
}

void mppe_negotiation_install(const MppePolicy *p) {
        policy = *p;

        pppd_callbacks = ccp_fsm[0].callbacks;
        callbacks = *pppd_callbacks;
        if (mppe_policy_requires(&policy))
                install_encrypted();
        else
                install_clear();

        ccp_protent.enabled_flag = 1;
        ccp_fsm[0].callbacks = &callbacks;
}
