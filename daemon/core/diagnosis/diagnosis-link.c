/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What LCP shows, and its silence: LCP and GRE rows. */

#include <errno.h>
#include <string.h>

#include "core/diagnosis/diagnosis-evidence.h"
#include "core/ppp/pppd-exit.h"

/*
 * More requests than pppd ever sends (its limit is ten) show a negotiation that goes round in
 * circles.
 */
#define LOOP_REQUESTS 10
/*
 * So many requests and replies of each side, and none of the peer's replies, show that one
 * direction is lost: RFC 1661 repeats every request for which no reply came after 3 s.
 */
#define ONE_WAY_REQUESTS 4
/* So many are enough if this side's patience is over, and a request was acknowledged. */
#define ONE_WAY_REST 2
/* lcp-echo-failure of most set-ups; one echo may always be lost. */
#define DEAD_ECHOES 3
/* A single nonsensical Protocol-Reject may be a flipped bit. */
#define GARBAGE_PACKETS 2
/* "EXIT STATUS" of pppd(8). */

static uint16_t read_u16(const uint8_t *p) {
        return (uint16_t) (p[0] << 8 | p[1]);
}

void terminate_evidence_set(TerminateEvidence *e, const PppPacket *packet) {
        *e = (TerminateEvidence){ .seen = true };
        e->has_ras_error = ppp_packet_get_ras_error(packet, &e->ras_error);
        text_escape(e->text, sizeof(e->text), packet->data, packet->n_data);
}

/* Option 3 of LCP: RFC 1661, section 6.2; the algorithm is CHAP's, RFC 1994, section 3. */
static AuthMethod packet_get_auth(const PppPacket *packet) {
        PppOption option;
        AuthMethod method = { 0 };

        if (!ppp_packet_find_option(packet, PPP_LCP_OPTION_AUTH, &option) || option.n_data < 2)
                return method;

        method.protocol = read_u16(option.data);
        if (method.protocol == PPP_PROTO_CHAP && option.n_data >= 3)
                method.algorithm = option.data[2];
        return method;
}

static uint32_t packet_get_magic(const PppPacket *packet) {
        PppOption option;
        uint32_t magic;

        if (!ppp_packet_find_option(packet, PPP_LCP_OPTION_MAGIC, &option) ||
            !ppp_option_get_number(&option, &magic))
                return 0;

        return magic;
}

/*
 * Whether a number could be the protocol of an honest packet. The list has what peers of this world
 * offer and pppd rejects: AppleTalk, IPX, bridging, NetBIOS, ECP, MPLS, link quality, callback,
 * bandwidth allocation. A number whose low byte is even is none by RFC 1661, section 2.
 */
static bool protocol_is_plausible(uint16_t protocol) {
        static const uint16_t known[] = {
                0x0029, 0x002b, 0x0031, 0x003f, 0x0281, 0x8029, 0x802b, 0x8031,
                0x803f, 0x8053, 0x8281, 0xc025, 0xc029, 0xc02b, 0xc02d, 0xc05b,
        };

        if (ppp_protocol_name(protocol))
                return true;

        for (size_t i = 0; i < ELEMENTSOF(known); i++)
                if (known[i] == protocol)
                        return true;

        return false;
}

static void link_evidence_add_request(LinkEvidence *e, bool sent, const PppPacket *packet) {
        AuthMethod auth = packet_get_auth(packet);
        uint32_t magic = packet_get_magic(packet);

        if (!sent) {
                e->n_requests_received++;
                e->n_asked_anew += e->ack_sent;
                if (auth.protocol == 0 && e->offered.protocol != 0)
                        e->withdrawn = e->offered;
                e->offered = auth;
                e->ack_sent = false;
                if (magic != 0 && magic == e->magic)
                        e->n_loops++;
                else if (magic != 0)
                        /* A peer of its own: what came back before came from the terminal. */
                        e->n_loops = 0;
                return;
        }

        e->n_requests_sent++;
        e->n_since_received++;
        e->magic = magic;
        e->ack_received = false;
        e->demanded_auth = auth.protocol != 0;
        e->request_id = packet->id;
        e->n_request = MIN(packet->n_data, sizeof(e->request));
        memcpy(e->request, packet->data, e->n_request);
}

static bool request_has_option(const LinkEvidence *e, uint8_t type) {
        const PppPacket request = {
                .protocol = PPP_PROTO_LCP,
                .code = PPP_CODE_CONFIGURE_REQUEST,
                .data = e->request,
                .n_data = e->n_request,
        };
        PppOption option;

        return ppp_packet_find_option(&request, type, &option);
}

/* Whether an Ack has the options of our request and no other; else pppd throws it away. */
static bool ack_fits(const LinkEvidence *e, const PppPacket *packet) {
        bool is_whole = e->n_request < sizeof(e->request);

        return (is_whole ? packet->n_data == e->n_request : packet->n_data >= e->n_request) &&
                memcmp(packet->data, e->request, e->n_request) == 0;
}

/* The peer's answer to our request, which must fit it: RFC 1661, sections 5.2 to 5.4. */
static void link_evidence_add_reply(LinkEvidence *e, const PppPacket *packet) {
        PppOptionIterator i = ppp_option_iterator(packet);
        PppOption option;

        if (e->n_requests_sent == 0 || packet->id != e->request_id)
                return;

        e->n_replies_received++;
        if (packet->code == PPP_CODE_CONFIGURE_ACK) {
                e->n_refusals = 0;
                e->ack_received = ack_fits(e, packet);
                e->n_acks_received++;
                e->n_bad_replies += !e->ack_received;
                return;
        }

        if (e->n_refusals == 0 || packet->id != e->refusal_id)
                e->n_refusals++;
        e->refusal_id = packet->id;
        e->refused_option = packet->n_data > 0 ? packet->data[0] : 0;
        while (ppp_option_next(&i, &option)) {
                if (option.type == PPP_LCP_OPTION_AUTH)
                        e->peer_refused_auth = true;
                if (packet->code == PPP_CODE_CONFIGURE_REJECT &&
                    !request_has_option(e, option.type))
                        e->n_bad_replies++;
        }
}

/* Our answer to the peer's request. */
static void link_evidence_add_our_reply(LinkEvidence *e, const PppPacket *packet) {
        AuthMethod method;

        e->n_replies_sent++;
        if (packet->code == PPP_CODE_CONFIGURE_ACK) {
                e->ack_sent = true;
                e->agreed = packet_get_auth(packet);
                return;
        }

        /* A Nak names what we would like, a Reject what we will not have: option 3 in both. */
        method = packet_get_auth(packet);
        if (method.protocol != 0)
                e->refused_auth = true;
        if (packet->code == PPP_CODE_CONFIGURE_REJECT)
                e->rejected = method;
        else if (method.protocol != 0)
                e->suggested = method;
}

static void link_evidence_add_protocol_reject(LinkEvidence *e, bool sent, const PppPacket *packet) {
        uint16_t protocol;

        if (!ppp_packet_get_rejected(packet, &protocol))
                return;

        if (!protocol_is_plausible(protocol)) {
                e->n_garbage++;
                e->garbage_protocol = protocol;
        }

        if (sent)
                return;

        e->rejects_compressed = e->rejects_compressed || protocol == PPP_PROTO_COMPRESSED;
        e->rejects_ccp = e->rejects_ccp || protocol == PPP_PROTO_CCP;
        e->rejects_ipcp = e->rejects_ipcp || protocol == PPP_PROTO_IPCP;
}

void link_evidence_add(LinkEvidence *e, bool sent, const PppPacket *packet) {
        if (!sent)
                e->n_since_received = 0;

        switch (packet->code) {
        case PPP_CODE_CONFIGURE_REQUEST:
                link_evidence_add_request(e, sent, packet);
                break;
        case PPP_CODE_CONFIGURE_ACK:
        case PPP_CODE_CONFIGURE_NAK:
        case PPP_CODE_CONFIGURE_REJECT:
                if (sent)
                        link_evidence_add_our_reply(e, packet);
                else
                        link_evidence_add_reply(e, packet);
                break;
        case PPP_CODE_TERMINATE_REQUEST:
                terminate_evidence_set(sent ? &e->sent : &e->received, packet);
                break;
        case PPP_CODE_PROTOCOL_REJECT:
                link_evidence_add_protocol_reject(e, sent, packet);
                break;
        case PPP_CODE_ECHO_REQUEST:
                if (sent)
                        e->n_echoes_unanswered++;
                break;
        case PPP_CODE_ECHO_REPLY:
                if (!sent) {
                        e->n_echoes_unanswered = 0;
                        e->n_echoes_answered++;
                }
                break;
        }
}

bool judge_loop(const Diagnosis *d, Verdict *v) {
        TextBuilder t;

        if (d->link.n_loops < 2 && !diagnosis_pppd_exited_with(d, PPPD_EXIT_LOOPBACK))
                return false;
        /* Nobody can log on to himself: a server answered in the end. */
        if (d->auth.succeeded)
                return false;

        t = verdict_begin(v, CATALOGUE_LCP_01);
        if (d->link.n_loops > 0) {
                text_addf(&t, "magic number 0x%x came back ", d->link.magic);
                text_add_count(&t, d->link.n_loops, "time");
        }
        return true;
}

/* Errors that the kernel reports for GRE packets: from sending, or from ICMP messages. */
static bool judge_gre_errno(const Diagnosis *d, Verdict *v) {
        static const DiagnosisStage stages[] = { DIAGNOSIS_STAGE_LINK, DIAGNOSIS_STAGE_NETWORK,
                                                 DIAGNOSIS_STAGE_UP };

        for (size_t i = 0; i < ELEMENTSOF(stages); i++) {
                switch (diagnosis_errno(d, stages[i])) {
                case ENOPROTOOPT:
                        return verdict_set(v, CATALOGUE_GRE_03);
                case EPERM:
                        return verdict_set(v, CATALOGUE_GRE_04);
                case EMSGSIZE:
                        return verdict_set(v, CATALOGUE_GRE_05);
                }
        }

        return false;
}

/*
 * Whether the peer asks again and again although it was answered, and answers none of our requests:
 * it hears nothing of this side. Where the kernel said who refuses the packets, that is the reason.
 * n_requests are the packets of either kind that have to be seen.
 */
static bool judge_direction(const Diagnosis *d, unsigned n_requests, Verdict *v) {
        const LinkEvidence *e = &d->link;
        TextBuilder t;

        if (e->n_replies_received > 0 || e->n_requests_sent < n_requests ||
            e->n_requests_received < n_requests || e->n_replies_sent < n_requests)
                return false;
        if (judge_gre_errno(d, v))
                return true;

        t = verdict_begin(v, CATALOGUE_GRE_12);
        text_addf(&t,
                  "the server asked %u times and was answered %u times; of %u requests of this "
                  "host it answered none",
                  e->n_requests_received, e->n_replies_sent, e->n_requests_sent);
        return true;
}

/* The names of options that pppd prints (lcp_printpkt() of its lcp.c), where they say something. */
static const char *option_name(uint8_t type) {
        switch (type) {
        case PPP_LCP_OPTION_MRU:
                return "the size of packets (mru)";
        case PPP_LCP_OPTION_AUTH:
                return "the log-on (auth)";
        case PPP_LCP_OPTION_MAGIC:
                return "the magic number (magic)";
        default:
                return NULL;
        }
}

/*
 * The server answers, and the link is not agreed on: it refuses each request, or acknowledges ours
 * and comes to no agreement on its own.
 */
static bool verdict_set_no_agreement(Verdict *v, const LinkEvidence *e) {
        TextBuilder t = verdict_begin(v, CATALOGUE_LCP_15);
        const char *name = option_name(e->refused_option);

        if (e->n_refusals > 0) {
                text_add(&t, "the server refused ");
                text_add_count(&t, e->n_refusals, "request");
                text_add(&t, " of this host in a row");
                if (name)
                        text_addf(&t, ", the last over %s", name);
                return true;
        }

        text_addf(&t, "the server answered to the last: of %u requests of this host it %s",
                  e->n_requests_sent,
                  e->ack_received ? "acknowledged the latest" : "answered some");
        if (e->n_requests_received == 0)
                text_add(&t,
                         ". Its own request is not in these lines: those from the "
                         "beginning of the attempt tell more");
        else if (!e->ack_sent)
                text_add(&t, ", and this host did not agree to its own");
        return true;
}

/*
 * Whether this side let the server agree to prove who it is, and ended the link for want of that
 * proof, while its own was accepted: auth_peer_fail() of pppd's auth.c gives this reason alone. The
 * pppd of a server, whose client has a wrong password, proves nothing itself.
 */
static bool judge_unproven(const Diagnosis *d, Verdict *v) {
        TextBuilder t;

        if (!d->link.demanded_auth || !d->auth.succeeded || diagnosis_was_up(d) ||
            strcmp(d->link.sent.text, "Authentication failed") != 0)
                return false;

        t = verdict_begin(v, CATALOGUE_LCP_06);
        text_addf(&t,
                  "the server accepted this host's password, and this host wanted one of the "
                  "server, which %s",
                  d->auth.peer_responded ? "was not the expected one" : "never came");
        return true;
}

bool judge_negotiation(const Diagnosis *d, Verdict *v) {
        const LinkEvidence *e = &d->link;
        TextBuilder t;

        /* pppd minds the refusal once LCP is open, which an Ack that it throws away prevents. */
        if (e->n_bad_replies > 0 && e->n_bad_replies == e->n_acks_received &&
            !diagnosis_lcp_is_open(d))
                return verdict_set(v, CATALOGUE_LCP_09);

        if (e->peer_refused_auth && !diagnosis_was_up(d)) {
                t = verdict_begin(v, CATALOGUE_LCP_06);
                text_add(&t, "the server will not authenticate itself");
                return true;
        }

        if (judge_unproven(d, v))
                return true;
        if (diagnosis_lcp_is_open(d))
                return false;

        if (e->refused_auth && e->offered.protocol != 0 && !e->ack_sent) {
                t = verdict_begin(v, CATALOGUE_AUTH_11);
                text_add(&t, "the server insists on ");
                diagnosis_add_auth_name(&t, &e->offered);
                return true;
        }

        if (judge_direction(d, ONE_WAY_REQUESTS, v))
                return true;

        /* A request that was acknowledged is repeated by a server that does not hear us. */
        if (e->n_requests_received >= LOOP_REQUESTS && !e->ack_sent) {
                t = verdict_begin(v, CATALOGUE_LCP_07);
                text_addf(&t, "%u requests of the server, and no agreement",
                          e->n_requests_received);
                return true;
        }

        if (e->n_bad_replies > 0)
                return verdict_set(v, CATALOGUE_LCP_09);

        return e->n_refusals >= DIAGNOSIS_REFUSALS_MIN && verdict_set_no_agreement(v, e);
}

CatalogueIndex diagnosis_goodbye_row(const char *text) {
        static const struct {
                const char *text;
                CatalogueIndex row;
        } rows[] = {
                { "Authentication failed", CATALOGUE_AUTH_07 },
                { "login failed", CATALOGUE_AUTH_07 },
                { "peer refused to authenticate", CATALOGUE_AUTH_11 },
                { "couldn't negotiate eap", CATALOGUE_AUTH_11 },
                { "MPPE required but not available", CATALOGUE_MPPE_24 },
                { "Too many MPPE errors", CATALOGUE_MPPE_16 },
                { "Lost compression sync", CATALOGUE_MPPE_16 },
                { "Loopback detected", CATALOGUE_LCP_01 },
                { "Peer not responding", CATALOGUE_LCP_13 },
                { "Link inactive", CATALOGUE_LCP_12 },
                { "Connect time expired", CATALOGUE_LCP_12 },
                { "Traffic limit", CATALOGUE_LCP_12 },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                if (strncmp(text, rows[i].text, strlen(rows[i].text)) == 0)
                        return rows[i].row;

        return CATALOGUE_LCP_04;
}

/*
 * A wrong password makes Windows answer the Response with a CHAP Failure. Without one the same
 * number means that EAP led nowhere, or that a policy has no use for what this side offers.
 */
static CatalogueIndex refusal_row(const Diagnosis *d, CatalogueIndex row) {
        if (row != CATALOGUE_AUTH_01 || d->auth.failed)
                return row;

        return d->auth.eap_seen && !d->auth.responded ? CATALOGUE_AUTH_10 : CATALOGUE_AUTH_17;
}

bool judge_termination(const Diagnosis *d, Verdict *v) {
        const TerminateEvidence *e = &d->link.received;
        CatalogueIndex row;
        const char *text;
        TextBuilder t;

        if (!e->seen)
                return false;

        if (!e->has_ras_error) {
                t = verdict_begin(v, diagnosis_goodbye_row(e->text));
                if (e->text[0])
                        text_addf(&t, "the server ended with \"%s\"", e->text);
                return true;
        }

        /* Windows has no reason to give. */
        if (e->ras_error == 0)
                return verdict_set(v, CATALOGUE_LCP_04);

        text = diagnosis_ras_text(e->ras_error);
        row = diagnosis_ras_row(e->ras_error);
        t = verdict_begin(v, refusal_row(d, row));
        text_addf(&t, "Windows error %u", e->ras_error);
        if (refusal_row(d, row) != row)
                text_add(
                        &t,
                        ", and no CHAP Failure: this hints at a rule of the server, not at the password");
        else if (text)
                text_addf(&t, ": %s", text);
        return true;
}

static bool verdict_set_echoes(Verdict *v, CatalogueIndex row, const LinkEvidence *e) {
        TextBuilder t = verdict_begin(v, row);

        if (e->n_echoes_unanswered == 0)
                return true;

        text_add_count(&t, e->n_echoes_unanswered, "echo request");
        text_add(&t, " without an answer");
        if (e->n_echoes_answered == 0)
                text_add(&t, ", and none was ever answered");
        return true;
}

unsigned diagnosis_count_garbage(const Diagnosis *d) {
        return d->link.n_garbage;
}

bool diagnosis_is_echo_answered(const Diagnosis *d) {
        return d->link.n_echoes_answered > 0;
}

bool judge_dead_link(const Diagnosis *d, Verdict *v) {
        const LinkEvidence *e = &d->link;
        TextBuilder t;

        if (e->n_garbage >= GARBAGE_PACKETS) {
                t = verdict_begin(v, CATALOGUE_LCP_08);
                text_addf(&t, "%u packets, the last of protocol 0x%04x", e->n_garbage,
                          e->garbage_protocol);
                return true;
        }

        if (d->context.was_deaf && diagnosis_was_up(d) && e->n_echoes_unanswered > 0 &&
            e->n_echoes_answered == 0)
                return verdict_set_echoes(v, CATALOGUE_LCP_11, e);

        if (e->n_echoes_unanswered < DEAD_ECHOES &&
            !diagnosis_pppd_exited_with(d, PPPD_EXIT_PEER_DEAD))
                return false;

        return verdict_set_echoes(v, CATALOGUE_LCP_02, e);
}

/* Judges who dropped the peer's packets, since none has reached pppd. */
static bool judge_silence(const Diagnosis *d, Verdict *v) {
        const FactEvidence *frames = diagnosis_fact(d, DIAGNOSIS_GRE_FRAMES);
        const FactEvidence *chain = diagnosis_fact(d, DIAGNOSIS_FIREWALL_CHAIN);
        const FactEvidence *recent = diagnosis_fact(d, DIAGNOSIS_RECENT_CALL);
        int error = diagnosis_errno(d, DIAGNOSIS_STAGE_LINK);
        TextBuilder t;

        /* The uplink went in the meantime. */
        if (error == ENETUNREACH || error == ENETDOWN)
                return verdict_set(v, CATALOGUE_NET_04);
        if (error == EHOSTUNREACH)
                return verdict_set(v, CATALOGUE_NET_05);

        if (frames && frames->number > 0) {
                t = verdict_begin(v, CATALOGUE_GRE_02);
                text_addf(
                        &t,
                        "%lld GRE packets came in, none got to pppd; mend it with: nft insert rule "
                        "%s ip saddr %s ip protocol gre accept",
                        (long long) frames->number, chain ? chain->text : "inet filter input",
                        frames->text[0] ? frames->text : "ADDRESS");
                return true;
        }

        if (recent) {
                t = verdict_begin(v, CATALOGUE_GRE_08);
                text_addf(&t, "the last call ended %lld s before", (long long) recent->number);
                return true;
        }

        t = verdict_begin(
                v, diagnosis_fact(d, DIAGNOSIS_IN_CONTAINER) ? CATALOGUE_GRE_10 : CATALOGUE_GRE_01);
        if (d->link.n_requests_sent > 0)
                text_addf(&t, "%u LCP Configure-Requests sent, nothing received",
                          d->link.n_requests_sent);
        return true;
}

/*
 * Whether the two sides came to no agreement on the link, though the peer answered. Before this
 * side gives up, they may just not have come so far.
 */
static bool has_ended_apart(const Diagnosis *d) {
        return d->host.timeouts[DIAGNOSIS_STAGE_LINK] || d->link.sent.seen ||
                d->link.n_acks_received >= DIAGNOSIS_SILENT_REQUESTS;
}

bool judge_gre(const Diagnosis *d, Verdict *v) {
        const FactEvidence *pppd_frames = diagnosis_fact(d, DIAGNOSIS_PPPD_FRAMES);
        bool received = d->link.n_received > 0 || (pppd_frames && pppd_frames->number > 0);
        bool waited = d->host.timeouts[DIAGNOSIS_STAGE_LINK] ||
                d->link.n_requests_sent >= DIAGNOSIS_SILENT_REQUESTS;
        TextBuilder t;

        if (judge_gre_errno(d, v))
                return true;
        if (!waited || diagnosis_lcp_is_open(d))
                return false;
        /* Without a call no data can come, so its absence proves nothing. */
        if (!received &&
            (d->host.timeouts[DIAGNOSIS_STAGE_CONNECT] ||
             d->host.timeouts[DIAGNOSIS_STAGE_CONTROL] || d->host.timeouts[DIAGNOSIS_STAGE_CALL]))
                return false;
        if (!received)
                return judge_silence(d, v);
        /* The rest of a log may show few packets; the server heard no answer all the same. */
        if (d->link.n_asked_anew > 0 && judge_direction(d, ONE_WAY_REST, v))
                return true;
        if (d->link.n_replies_received > 0 && d->link.n_since_received < DIAGNOSIS_SILENT_REQUESTS)
                return has_ended_apart(d) && verdict_set_no_agreement(v, &d->link);

        t = verdict_begin(v, CATALOGUE_LCP_10);
        text_add_count(&t, d->link.n_received, "packet");
        text_add(&t, " received");
        return true;
}
