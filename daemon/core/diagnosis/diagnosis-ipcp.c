/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The exchange of addresses: IPCP rows. */

#include <string.h>

#include "core/base/address.h"
#include "core/base/hash.h"
#include "core/diagnosis/diagnosis-evidence.h"
#include "core/ppp/ip-request.h"

/* The address of option 3 (RFC 1332, section 3.3), in host byte order. */
static bool packet_get_address(const PppPacket *packet, uint32_t *ret_address) {
        PppOption option;

        return ppp_packet_find_option(packet, PPP_IPCP_OPTION_ADDRESS, &option) &&
                option.n_data == 4 && ppp_option_get_number(&option, ret_address);
}

static void ipcp_evidence_add_request(IpcpEvidence *e, bool sent, const PppPacket *packet) {
        if (sent) {
                e->n_requests_sent++;
                e->ack_received = false;
                e->our_address = 0;
                e->asks_address = packet_get_address(packet, &e->our_address);
                return;
        }

        e->peer_requested = true;
        e->ack_sent = false;
        e->peer_address_known =
                packet_get_address(packet, &e->peer_address) && e->peer_address != 0;
}

/* So many times the same in answer to requests that followed it: the two never agree. */
#define SAME_NAKS_MAX 3

/* Counts suggestions that come again although a request followed; a packet may come twice. */
static void ipcp_evidence_add_nak(IpcpEvidence *e, const PppPacket *packet) {
        uint64_t hash = hash_bytes(packet->data, packet->n_data);

        if (e->n_same_naks > 0 && hash == e->nak_hash && packet->id == e->nak_id)
                return;

        e->nak_address = 0;
        (void) packet_get_address(packet, &e->nak_address);
        e->n_naks++;
        e->n_same_naks = e->n_same_naks > 0 && hash == e->nak_hash ? e->n_same_naks + 1 : 1;
        e->nak_hash = hash;
        e->nak_id = packet->id;
}

static void ipcp_evidence_add_reply(IpcpEvidence *e, bool sent, const PppPacket *packet) {
        bool rejects = packet->code == PPP_CODE_CONFIGURE_REJECT;
        PppOption option;
        uint32_t address;

        if (rejects && ppp_packet_find_option(packet, PPP_IPCP_OPTION_VJ, &option))
                e->vj_rejected = true;

        if (sent) {
                e->ack_sent = packet->code == PPP_CODE_CONFIGURE_ACK;
                e->n_refusals = !e->ack_sent && packet_get_address(packet, &address) ?
                        e->n_refusals + 1 :
                        0;
                return;
        }

        if (rejects && ppp_packet_find_option(packet, PPP_IPCP_OPTION_DNS1, &option))
                e->dns1_rejected = true;
        if (rejects && ppp_packet_find_option(packet, PPP_IPCP_OPTION_DNS2, &option))
                e->dns2_rejected = true;
        if (packet->code == PPP_CODE_CONFIGURE_NAK)
                ipcp_evidence_add_nak(e, packet);
        else
                e->n_same_naks = e->n_naks = 0;
        e->n_answers++;
        e->ack_received = packet->code == PPP_CODE_CONFIGURE_ACK;
        if (!packet_get_address(packet, &address))
                return;

        e->address_rejected = rejects;
        e->given_none = packet->code == PPP_CODE_CONFIGURE_NAK && address == 0;
}

void ipcp_evidence_add(IpcpEvidence *e, bool sent, const PppPacket *packet) {
        switch (packet->code) {
        case PPP_CODE_CONFIGURE_REQUEST:
                ipcp_evidence_add_request(e, sent, packet);
                break;
        case PPP_CODE_CONFIGURE_ACK:
        case PPP_CODE_CONFIGURE_NAK:
        case PPP_CODE_CONFIGURE_REJECT:
                ipcp_evidence_add_reply(e, sent, packet);
                break;
        case PPP_CODE_TERMINATE_REQUEST:
                terminate_evidence_set(sent ? &e->sent : &e->received, packet);
                break;
        case PPP_CODE_TERMINATE_ACK:
                e->term_ack_sent = e->term_ack_sent || sent;
                break;
        }
}

/* pppd's words for both: a line in chap-secrets, and an address that no host may have. */
static bool verdict_set_peer_address(Verdict *v, const IpcpEvidence *e) {
        TextBuilder t = verdict_begin(v, CATALOGUE_IPCP_03);

        if (!e->peer_address_known)
                return true;

        text_addf(&t, "its address is %s", TEXT_IPV4((struct in_addr){ htobe32(e->peer_address) }));
        if (!address_is_host((struct in_addr){ htobe32(e->peer_address) }))
                text_add(&t, ", which no host may have");
        return true;
}

/* The kernel does not set them on the interface. */
static bool verdict_set_addresses(Verdict *v, const IpcpEvidence *e) {
        TextBuilder t = verdict_begin(v, CATALOGUE_IPCP_01);

        text_addf(&t, "the kernel does not take the address %s",
                  TEXT_IPV4((struct in_addr){ htobe32(e->our_address) }));
        if (e->peer_address_known)
                text_addf(&t, " with the server's %s",
                          TEXT_IPV4((struct in_addr){ htobe32(e->peer_address) }));
        return true;
}

bool diagnosis_is_dns_rejected(const Diagnosis *d) {
        return d->ipcp.dns1_rejected && d->ipcp.dns2_rejected;
}

bool diagnosis_is_early_question_minded(const Diagnosis *d) {
        const MppeEvidence *mppe = &d->mppe;
        bool ended = d->link.received.seen || d->control.disconnected || d->control.stopped;

        return ended && d->ipcp.n_requests_sent > 0 && mppe->asked && !mppe->was_open &&
                !mppe->naked && !mppe->rejected;
}

bool judge_ipcp(const Diagnosis *d, Verdict *v) {
        const IpcpEvidence *e = &d->ipcp;
        TextBuilder t;

        /* Both sides agreed, and pppd cannot use what they agreed on. */
        if (e->sent.seen && strstr(e->sent.text, "Unauthorized"))
                return verdict_set_peer_address(v, e);
        if (e->sent.seen && strstr(e->sent.text, "Interface configuration failed"))
                return verdict_set_addresses(v, e);

        if (e->sent.seen && strcmp(e->sent.text, IP_REQUEST_NO_HOST_TEXT) == 0) {
                t = verdict_begin(v, CATALOGUE_IPCP_08);
                text_addf(&t, "it gave %s", TEXT_IPV4((struct in_addr){ htobe32(e->our_address) }));
                return true;
        }

        /* Both agreed on 0.0.0.0, which pppd does not take. */
        if (diagnosis_was_up(d) && e->sent.seen && strstr(e->sent.text, "local IP address")) {
                if (!e->asks_address && e->address_rejected) {
                        t = verdict_begin(v, CATALOGUE_IPCP_01);
                        text_add(&t,
                                 "the server rejected the question for an address (ConfRej): it "
                                 "gives none, and one has to be set on this side");
                        return true;
                }
                t = verdict_begin(v, CATALOGUE_IPCP_06);
                text_add(&t, "it agreed to 0.0.0.0");
                return true;
        }

        if (diagnosis_was_up(d))
                return false;

        /* One that was asked too early may reject the protocol, and speak it when CCP is open. */
        if (d->link.rejects_ipcp && e->n_answers == 0 && !e->peer_requested) {
                t = verdict_begin(v, CATALOGUE_IPCP_01);
                text_add(&t, "the server does not speak IPCP");
                return true;
        }

        if (e->given_none)
                return verdict_set(v, CATALOGUE_IPCP_06);

        if (e->address_rejected || (e->sent.seen && strstr(e->sent.text, "local IP address"))) {
                t = verdict_begin(v, CATALOGUE_IPCP_01);
                text_add(&t, "the server gave no address");
                return true;
        }

        if (e->received.seen) {
                t = verdict_begin(v, CATALOGUE_IPCP_01);
                text_add(&t, "the server closed IPCP");
                if (e->received.text[0])
                        text_addf(&t, ": \"%s\"", e->received.text);
                return true;
        }

        /* pppd's words at the other end, when it got nowhere with what we answered. */
        if (strstr(d->link.received.text, "No network protocols running")) {
                t = verdict_begin(v, CATALOGUE_IPCP_01);
                text_addf(&t, "the server ended with \"%s\"", d->link.received.text);
                return true;
        }

        if (e->n_same_naks >= SAME_NAKS_MAX) {
                t = verdict_begin(v, CATALOGUE_IPCP_07);
                text_addf(&t, "the server answered %u requests in a row with the same suggestions",
                          e->n_same_naks);
                return true;
        }

        if (e->n_naks >= DIAGNOSIS_REFUSALS_MIN) {
                t = verdict_begin(v, CATALOGUE_IPCP_07);
                text_addf(&t,
                          "the server refused %u requests in a row (ConfNak), each with "
                          "another suggestion",
                          e->n_naks);
                if (e->nak_address != 0)
                        text_addf(&t, ", the last of the address %s",
                                  TEXT_IPV4((struct in_addr){ htobe32(e->nak_address) }));
                return true;
        }
        if (e->n_refusals >= DIAGNOSIS_REFUSALS_MIN) {
                t = verdict_begin(v, CATALOGUE_IPCP_01);
                text_addf(&t, "this host refused the server's own address %u times in a row",
                          e->n_refusals);
                return true;
        }

        if (e->n_requests_sent >= DIAGNOSIS_SILENT_REQUESTS && e->n_answers == 0)
                return verdict_set(v, CATALOGUE_IPCP_07);
        if (d->host.timeouts[DIAGNOSIS_STAGE_LINK] && (e->n_requests_sent > 0 || e->peer_requested))
                return verdict_set(v, CATALOGUE_IPCP_07);

        return false;
}
