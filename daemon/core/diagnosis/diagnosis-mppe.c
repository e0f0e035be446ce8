/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Why encryption was not agreed on: MPPE rows. One message of pppd ("MPPE required but peer
 * negotiation failed") has half a dozen causes; which one it is shows in the bits that both sides
 * asked for and suggested, read against what the configuration allows.
 */

#include <string.h>

#include "core/diagnosis/diagnosis-evidence.h"

/* A server that Naks the same request this often will not stop; the plugin ends it then. */
#define LOOP_NAKS 5
/* A single empty request is how some servers begin. */
#define EMPTY_REQUESTS 3
/* How pppd's Terminate-Request begins when the other side rejects MPPE, or agrees to nothing. */
#define REQUIRED_BY_PPPD "MPPE required but peer"

static void mppe_evidence_add_request(MppeEvidence *e, const LinkEvidence *link, bool sent,
                                      const PppPacket *packet) {

        uint32_t bits = 0;
        bool has_mppe = ppp_packet_get_mppe(packet, &bits);

        if (sent) {
                if (e->n_requests_sent++ == 0)
                        e->n_frames_before = link->n_received;
                e->agreed = false;
                if (has_mppe) {
                        e->asked = true;
                        e->asked_bits = bits;
                }
                return;
        }

        e->peer_agreed = false;
        if (!has_mppe)
                return;

        e->peer_asked = true;
        e->peer_bits = bits;
        if (bits == 0)
                e->n_empty_peer_requests++;
}

static void mppe_evidence_add_reply(MppeEvidence *e, bool sent, const PppPacket *packet) {
        uint32_t bits = 0;
        bool has_mppe = ppp_packet_get_mppe(packet, &bits);

        switch (packet->code) {
        case PPP_CODE_CONFIGURE_ACK:
                if (sent) {
                        e->peer_agreed = true;
                        e->peer_agreed_bits = bits;
                } else {
                        e->agreed = true;
                        e->agreed_bits = bits;
                }
                break;
        case PPP_CODE_CONFIGURE_NAK:
                if (!sent && has_mppe) {
                        e->naked = true;
                        e->n_naks++;
                        e->nak_bits = bits;
                } else if (sent && has_mppe) {
                        e->counter_bits = bits;
                }
                break;
        case PPP_CODE_CONFIGURE_REJECT:
                if (sent)
                        e->peer_rejected = e->peer_rejected || has_mppe;
                else
                        e->rejected = e->rejected || has_mppe;
                break;
        }

        e->was_open = e->was_open || (e->agreed && e->peer_agreed && e->agreed_bits != 0);
}

void mppe_evidence_add(MppeEvidence *e, const LinkEvidence *link, bool sent,
                       const PppPacket *packet) {

        if (!sent)
                e->n_received++;

        switch (packet->code) {
        case PPP_CODE_CONFIGURE_REQUEST:
                mppe_evidence_add_request(e, link, sent, packet);
                break;
        case PPP_CODE_CONFIGURE_ACK:
        case PPP_CODE_CONFIGURE_NAK:
        case PPP_CODE_CONFIGURE_REJECT:
                mppe_evidence_add_reply(e, sent, packet);
                break;
        case PPP_CODE_TERMINATE_REQUEST:
                if (!sent)
                        e->peer_closed = e->was_open;
                else if (memmem(packet->data, packet->n_data, "compression sync", 16))
                        e->lost_sync = true;
                break;
        case PPP_CODE_RESET_REQUEST:
                e->n_resets_sent += sent;
                break;
        }
}

/*
 * The settings that would accept these bits, as lines of [Encryption]. A request is less than a
 * suggestion: bit C in it is refused without consequence.
 */
static void add_settings(TextBuilder *t, const MppePolicy *policy, uint32_t bits, bool is_nak) {
        bool has_128 = bits & MPPE_BIT_128, has_40 = bits & MPPE_BIT_40;

        if (!has_128 && !has_40) {
                text_add(t, "no setting accepts that");
                return;
        }

        text_addf(t, "acceptable with MPPE=%s", has_128 ? "128" : "40");
        if (!(bits & MPPE_BIT_STATELESS))
                text_add(t, ", Stateful=yes");
        if (is_nak && (bits & MPPE_BIT_MPPC) && !policy->tolerate_mppc)
                text_add(t, ", TolerateMPPC=yes");
}

static bool verdict_set_bits(Verdict *v, CatalogueIndex row, const Diagnosis *d, uint32_t bits,
                             bool is_nak) {
        TextBuilder t = verdict_begin(v, row);
        char text[24];

        ppp_mppe_describe(bits, text, sizeof(text));
        text_addf(&t, "the server wants %s", text);
        if (d->mppe.asked) {
                ppp_mppe_describe(d->mppe.asked_bits, text, sizeof(text));
                text_addf(&t, ", we asked for %s", text);
        }
        text_add(&t, "; ");
        add_settings(&t, &d->context.mppe, bits, is_nak);
        return true;
}

/*
 * What is wrong with the bits that the server suggests (or asks for), read against the policy. The
 * strength comes first, since nothing mends it silently; C and stateful together have a row of
 * their own, because pppd alone cannot get past both.
 */
static bool judge_bits(const Diagnosis *d, uint32_t bits, bool is_nak, Verdict *v) {
        const MppePolicy *policy = &d->context.mppe;
        uint32_t strength = bits & MPPE_BITS_STRENGTH;
        uint32_t usable =
                (policy->allow_128 ? MPPE_BIT_128 : 0) | (policy->allow_40 ? MPPE_BIT_40 : 0);
        bool stateful = !(bits & MPPE_BIT_STATELESS);
        bool mppc = is_nak && (bits & MPPE_BIT_MPPC);

        if (strength == 0)
                return false;
        if (!(strength & usable))
                return verdict_set_bits(
                        v, strength & MPPE_BIT_128 ? CATALOGUE_MPPE_26 : CATALOGUE_MPPE_04, d, bits,
                        is_nak);
        if (stateful && mppc && !(policy->allow_stateful && policy->tolerate_mppc))
                return verdict_set_bits(v, CATALOGUE_MPPE_03, d, bits, is_nak);
        if (stateful && !policy->allow_stateful)
                return verdict_set_bits(v, CATALOGUE_MPPE_02, d, bits, is_nak);
        if (mppc && !policy->tolerate_mppc)
                return verdict_set_bits(v, CATALOGUE_MPPE_01, d, bits, is_nak);

        return false;
}

/*
 * We do not want encryption: does the server? Its request tells which strength. The mode is open:
 * nothing was asked for yet, and it may well settle for stateless.
 */
static bool judge_unwanted(const Diagnosis *d, Verdict *v) {
        const MppeEvidence *e = &d->mppe;
        const TerminateEvidence *terminate = &d->link.received;
        char text[24];
        TextBuilder t;

        if (diagnosis_was_up(d))
                return false;

        /* It answers each request without encryption by a suggestion of it. */
        if (!e->asked && e->n_naks >= LOOP_NAKS && !e->agreed &&
            (e->nak_bits & MPPE_BITS_STRENGTH)) {
                t = verdict_begin(v, CATALOGUE_MPPE_11);
                ppp_mppe_describe(e->nak_bits, text, sizeof(text));
                text_addf(&t, "the server suggested %s %u times, and this side never took it up; ",
                          text, e->n_naks);
                add_settings(&t, &d->context.mppe, e->nak_bits, true);
                return true;
        }

        if (!e->peer_asked || !e->peer_rejected || e->peer_bits == 0) {
                /* The reason of a pppd at the other end says so. */
                if (strncmp(terminate->text, REQUIRED_BY_PPPD, strlen(REQUIRED_BY_PPPD)) != 0)
                        return false;

                t = verdict_begin(v, CATALOGUE_MPPE_11);
                text_addf(&t, "the server ended with \"%s\"", terminate->text);
                return true;
        }

        t = verdict_begin(v, CATALOGUE_MPPE_11);
        ppp_mppe_describe(e->peer_bits, text, sizeof(text));
        text_addf(&t, "the server asks for %s, which was rejected; ", text);
        add_settings(&t, &d->context.mppe, e->peer_bits | MPPE_BIT_STATELESS, false);
        return true;
}

/* There is no key. Our own Terminate-Request tells that pppd noticed, before it asked the peer. */
static bool judge_keys(const Diagnosis *d, Verdict *v) {
        const LinkEvidence *link = &d->link;
        const AuthMethod *auth = &link->agreed;
        bool gave_up =
                (strstr(link->sent.text, "MPPE") && !strstr(link->sent.text, REQUIRED_BY_PPPD)) ||
                diagnosis_fact(d, DIAGNOSIS_BREACH);
        bool ms_chap = auth->protocol == PPP_PROTO_CHAP && auth->algorithm != PPP_CHAP_MD5;
        TextBuilder t;

        if (!diagnosis_lcp_is_open(d) || !gave_up || d->mppe.n_requests_sent > 0)
                return false;

        if (link->ack_sent && auth->protocol == 0 && link->withdrawn.protocol != 0 &&
            link->suggested.algorithm == PPP_CHAP_MS_V2) {
                t = verdict_begin(v, CATALOGUE_MPPE_05);
                text_add(&t, "the server asked for ");
                diagnosis_add_auth_name(&t, &link->withdrawn);
                text_add(&t,
                         ", and when this host suggested MS-CHAPv2 in its place, for no log-on at "
                         "all: it does not do MS-CHAPv2. Have that enabled there; nothing on this "
                         "side gives a key");
                return true;
        }
        if (link->ack_sent && auth->protocol == 0)
                return verdict_set(v, CATALOGUE_MPPE_05);

        if (auth->protocol != 0 && !ms_chap) {
                t = verdict_begin(v, CATALOGUE_AUTH_12);
                text_addf(&t, "the server chose %s",
                          auth->protocol == PPP_PROTO_CHAP        ? "CHAP with MD5" :
                                  auth->protocol == PPP_PROTO_PAP ? "PAP" :
                                                                    "a method without keys");
                return true;
        }

        if (link->demanded_auth)
                return verdict_set(v, CATALOGUE_MPPE_06);
        if (auth->algorithm == PPP_CHAP_MS && !d->context.mppe.allow_128)
                return verdict_set(v, CATALOGUE_MPPE_08);

        return d->auth.succeeded && verdict_set(v, CATALOGUE_MPPE_07);
}

/* The server ended the call over our request, and has no number for the reason as Windows does. */
static bool judge_hung_up(const Diagnosis *d, Verdict *v) {
        const TerminateEvidence *terminate = &d->link.received;
        char text[24];
        TextBuilder t;

        if (!d->mppe.asked || d->mppe.agreed || terminate->has_ras_error ||
            !(terminate->seen || d->control.disconnected))
                return false;
        /* The server gave another reason. */
        if (terminate->seen && diagnosis_goodbye_row(terminate->text) != CATALOGUE_LCP_04)
                return false;

        t = verdict_begin(v, CATALOGUE_MPPE_22);
        ppp_mppe_describe(d->mppe.asked_bits, text, sizeof(text));
        text_addf(&t, "we asked for %s", text);
        if (terminate->text[0])
                text_addf(&t, ", it ended with \"%s\"", terminate->text);
        return true;
}

/*
 * A server that sends nothing at all may be gone. One that sends, but no CCP, does not know
 * encryption.
 */
static bool judge_unanswered(const Diagnosis *d, Verdict *v) {
        const MppeEvidence *e = &d->mppe;
        bool waited = e->n_requests_sent >= DIAGNOSIS_SILENT_REQUESTS ||
                d->host.timeouts[DIAGNOSIS_STAGE_LINK];
        bool talks_on = d->link.n_received > e->n_frames_before;
        TextBuilder t;

        if (e->n_requests_sent == 0 || e->n_received > 0 || !waited)
                return false;

        t = verdict_begin(v, talks_on ? CATALOGUE_MPPE_13 : CATALOGUE_LCP_10);
        text_add_count(&t, e->n_requests_sent, "request");
        text_add(&t, " for encryption, no answer");
        return true;
}

/*
 * The server asked for something, and we for something else in its stead. The bits in which the two
 * differ tell what they could not agree on.
 */
static bool judge_counter(const Diagnosis *d, Verdict *v) {
        const MppeEvidence *e = &d->mppe;
        uint32_t differing = e->peer_bits ^ e->counter_bits;
        char text[24];
        TextBuilder t;

        if (e->counter_bits == 0 || !e->peer_asked || e->peer_agreed || differing == 0)
                return false;

        t = verdict_begin(v, CATALOGUE_MPPE_23);
        ppp_mppe_describe(e->peer_bits, text, sizeof(text));
        text_addf(&t, "the server asks for %s, and this side suggested ", text);
        ppp_mppe_describe(e->counter_bits, text, sizeof(text));
        text_add(&t, text);
        if (differing & MPPE_BIT_STATELESS)
                text_addf(&t, ": one of the two has to change to %s mode",
                          e->peer_bits & MPPE_BIT_STATELESS ? "stateless" : "stateful");
        else if (differing & MPPE_BITS_STRENGTH)
                text_add(&t, ": they differ in the strength");
        return true;
}

static bool judge_requests(const Diagnosis *d, Verdict *v) {
        const MppeEvidence *e = &d->mppe;
        TextBuilder t;

        if (d->link.rejects_ccp)
                return verdict_set(v, CATALOGUE_MPPE_10);

        if (e->rejected && !e->agreed) {
                char text[24];

                /* pppd as a server never suggests, but it asks for what it wants. */
                if (e->peer_asked && judge_bits(d, e->peer_bits, false, v))
                        return true;

                t = verdict_begin(v, CATALOGUE_MPPE_09);
                ppp_mppe_describe(e->asked_bits, text, sizeof(text));
                text_addf(&t, "it rejected %s", text);
                return true;
        }

        if (e->naked && !e->agreed && judge_bits(d, e->nak_bits, true, v))
                return true;
        if (e->peer_asked && !e->peer_agreed && judge_bits(d, e->peer_bits, false, v))
                return true;

        if (e->n_empty_peer_requests >= EMPTY_REQUESTS && !e->peer_agreed) {
                t = verdict_begin(v, CATALOGUE_MPPE_14);
                text_addf(&t, "%u times", e->n_empty_peer_requests);
                return true;
        }

        if (e->n_empty_peer_requests > 0 && !e->peer_agreed)
                return verdict_set(v, CATALOGUE_MPPE_12);
        if (e->naked && !e->agreed && (e->nak_bits & MPPE_BITS_STRENGTH) == 0)
                return verdict_set_bits(v, CATALOGUE_MPPE_09, d, e->nak_bits, true);
        if (e->n_naks >= LOOP_NAKS && !e->agreed)
                return verdict_set_bits(v, CATALOGUE_MPPE_21, d, e->nak_bits, true);

        return judge_hung_up(d, v) || judge_unanswered(d, v) || judge_counter(d, v);
}

/* What both sides agreed on, as far as they did: our request is what the peer will send with. */
static void add_outcomes(TextBuilder *t, const MppeEvidence *e) {
        uint32_t sent = e->peer_agreed ? e->peer_agreed_bits : 0,
                 received = e->agreed ? e->agreed_bits : 0;
        char text[64];

        mppe_bits_describe(sent, text, sizeof(text));
        text_addf(t, "we would send with %s", text);

        mppe_bits_describe(received, text, sizeof(text));
        text_addf(t, " and receive with %s", text);
}

bool judge_mppe(const Diagnosis *d, Verdict *v) {
        const FactEvidence *breach = diagnosis_fact(d, DIAGNOSIS_BREACH);
        TextBuilder t;

        if (!mppe_policy_requires(&d->context.mppe))
                return judge_unwanted(d, v);

        if (!d->mppe.was_open && !diagnosis_was_up(d) && (judge_requests(d, v) || judge_keys(d, v)))
                return true;

        if (!breach)
                return !d->mppe.was_open && !diagnosis_was_up(d) &&
                        strstr(d->link.sent.text, REQUIRED_BY_PPPD) &&
                        verdict_set(v, CATALOGUE_MPPE_23);
        if (breach->number == PLUGIN_BREACH_NAK_LOOP)
                return verdict_set_bits(v, CATALOGUE_MPPE_21, d, d->mppe.nak_bits, true);
        if (breach->number == PLUGIN_BREACH_KEYS)
                return verdict_set(v, CATALOGUE_LCP_08);
        if (breach->number != PLUGIN_BREACH_OUTCOME)
                return false;

        t = verdict_begin(v, CATALOGUE_MPPE_20);
        if (breach->text[0])
                text_add(&t, breach->text);
        else
                add_outcomes(&t, &d->mppe);
        return true;
}

/* What goes wrong once encryption is on. */
bool judge_mppe_session(const Diagnosis *d, Verdict *v) {
        const FactEvidence *breach = diagnosis_fact(d, DIAGNOSIS_BREACH);
        const MppeEvidence *e = &d->mppe;
        bool required = mppe_policy_requires(&d->context.mppe);

        if ((breach && breach->number == PLUGIN_BREACH_ENCRYPTION_OFF) ||
            (required && e->peer_closed))
                return verdict_set(v, CATALOGUE_MPPE_15);
        if (d->link.rejects_compressed)
                return verdict_set(v, CATALOGUE_MPPE_19);
        if (e->lost_sync)
                return verdict_set(v, CATALOGUE_MPPE_16);

        return false;
}

void diagnosis_get_encryption(const Diagnosis *d, DiagnosisEncryption *ret_encryption) {
        const MppeEvidence *e = &d->mppe;

        *ret_encryption = (DiagnosisEncryption){
                .failed = e->asked && !e->was_open && !diagnosis_was_up(d),
                .asked_bits = e->asked_bits,
                .named_bits = e->peer_asked && e->peer_bits ? e->peer_bits : e->nak_bits,
        };
}
