/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * IPCP: asks for an address and for the server's name servers, sets the MTU, and lets no address be
 * configured before encryption is verified.
 *
 * A server's request for VJ compression tells that it can receive compressed TCP headers (RFC
 * 1332, section 4). It is acknowledged, since to reject it, as pppd's option novj does, costs a
 * round trip; and no header is compressed all the same.
 */

#include "core/base/address.h"
#include "core/ppp/ip-request.h"
#include "hooks/plugin.h"

/* RFC 3078, section 3: a packet grows by this when encrypted; the peer's MRU holds after it. */
#define MPPE_GROWTH_BYTES 4

/* The highest number that a server may give its slots: RFC 1332, section 4, has one octet. */
#define VJ_MAX_SLOT UINT8_MAX

static fsm_callbacks callbacks;
static const fsm_callbacks *pppd_callbacks;
static PacketInput pppd_input;

static LostAck lost_ack;

/* What to ask for. Once the server has agreed on something, that is asked for again. */
static IpRequest request;

/* pppd's own requests ask for name servers; else dns-question.c does. */
static bool asks_for_dns;

/* The MTU without MPPE, which LCP has agreed on. 0: not known yet. */
static int link_mtu_bytes;

/*
 * Asks for name servers, as the option usepeerdns would, which would also write
 * /etc/ppp/resolv.conf. The address goes here and not into pppd's option for it, with which pppd
 * would insist where a server rejects it.
 */
static void ip_configuration_reset(fsm *f) {
        ipcp_options *go = &ipcp_gotoptions[f->unit];

        pppd_callbacks->resetci(f);
        go->ouraddr = request.address.s_addr;
        go->req_dns1 = go->req_dns2 = asks_for_dns;
        go->dnsaddr[0] = request.dns[0].s_addr;
        go->dnsaddr[1] = request.dns[1].s_addr;
}

struct in_addr ip_configuration_get_address(void) {
        return request.address;
}

bool ip_configuration_asks_for_dns(void) {
        return asks_for_dns;
}

bool ip_configuration_has_no_dns(void) {
        return request.no_dns;
}

void ip_configuration_ask_for_dns(fsm *f) {
        asks_for_dns = true;
        ipcp_gotoptions[f->unit].req_dns1 = ipcp_gotoptions[f->unit].req_dns2 = true;
}

/*
 * pppd takes MPPE's growth off the MTU each time that it acknowledges a Configure-Request of CCP's,
 * so that a repeated one counts twice.
 */
static void set_mtu(int unit) {
        MppeOutcome transmit = mppe_negotiation_get_transmit();
        bool encrypted = mppe_outcome_is_encrypted(&transmit);

        if (link_mtu_bytes > 0)
                pppd_set_mtu(unit, link_mtu_bytes - (encrypted ? MPPE_GROWTH_BYTES : 0));
}

/* pppd keeps a name server that we asked for in its options even if the server rejected it. */
static void drop_rejected_dns(ipcp_options *go) {
        if (!go->req_dns1)
                go->dnsaddr[0] = INADDR_ANY;
        if (!go->req_dns2)
                go->dnsaddr[1] = INADDR_ANY;
}

static void accept_vj_offer(int unit) {
        ipcp_options *ao = &ipcp_allowoptions[unit];

        ao->neg_vj = ao->cflag = true;
        ao->maxslotindex = VJ_MAX_SLOT;
}

/* So that pppd does not have the kernel compress: after a lost packet, headers come out wrong. */
static void forget_vj_offer(int unit) {
        ipcp_hisoptions[unit].neg_vj = false;
}

static void ip_configuration_up(fsm *f) {
        ipcp_options *go = &ipcp_gotoptions[f->unit];

        if (!mppe_negotiation_verify())
                return;

        /* Of the two addresses pppd refuses only the peer's, and of ours only 0.0.0.0. */
        if (go->ouraddr != INADDR_ANY &&
            !address_is_host((struct in_addr){ .s_addr = go->ouraddr })) {
                ipcp_protent.close(f->unit, IP_REQUEST_NO_HOST_TEXT);
                return;
        }

        drop_rejected_dns(go);
        request.address.s_addr = go->ouraddr;
        request.dns[0].s_addr = go->dnsaddr[0];
        request.dns[1].s_addr = go->dnsaddr[1];
        set_mtu(f->unit);
        forget_vj_offer(f->unit);
        pppd_callbacks->up(f);
}

/*
 * LCP sets the interface's MTU when it opens, and CCP has not begun then. A link that only goes
 * back to this phase because IPCP is negotiated anew still has MPPE's growth taken off.
 */
void ip_configuration_set_phase(int phase) {
        if (phase == PHASE_ESTABLISH)
                link_mtu_bytes = 0;
        if (phase == PHASE_NETWORK && link_mtu_bytes == 0)
                link_mtu_bytes = pppd_get_mtu(0);
}

/* pppd would take a repeated request for a new negotiation, and the interface lose its routes. */
static void ip_configuration_input(int unit, unsigned char *data, int n_data) {
        lost_ack_input(&lost_ack, &ipcp_fsm[unit], pppd_input, data, n_data);
}

/* Nothing to ask a server for that it could agree to at once: it is called for the first time. */
static bool is_unknown(const IpRequest *ip) {
        return !ip->no_dns && ip->address.s_addr == INADDR_ANY && ip->dns[0].s_addr == INADDR_ANY &&
                ip->dns[1].s_addr == INADDR_ANY;
}

void ip_configuration_install(const IpRequest *ip) {
        request = *ip;
        asks_for_dns = !ip->no_dns && !is_unknown(ip);
        accept_vj_offer(0);
        pppd_callbacks = ipcp_fsm[0].callbacks;
        callbacks = *pppd_callbacks;
        callbacks.resetci = ip_configuration_reset;
        callbacks.up = ip_configuration_up;
        ipcp_fsm[0].callbacks = &callbacks;

        pppd_input = ipcp_protent.input;
        ipcp_protent.input = ip_configuration_input;
}
