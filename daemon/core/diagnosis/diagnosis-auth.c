/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What CHAP, PAP and EAP say about the password: AUTH rows; and Windows' error numbers. */

#include <ctype.h>
#include <string.h>

#include "core/diagnosis/diagnosis-evidence.h"

/* EXIT_AUTH_TOPEER_FAILED of pppd.h. */
#define PPPD_EXIT_OUR_AUTH 19
/* A peer that asks so often does not hear us, so that its hanging up is no coincidence. */
#define REPEATED_BEFORE_END 2
/* What RFC 2759, section 5 writes before 40 hexadecimal digits. */
#define AUTHENTICATOR_PREFIX "S="
#define AUTHENTICATOR_DIGITS 40

typedef struct RasError {
        uint32_t number;
        CatalogueIndex row;
        const char *text;
} RasError;

/*
 * Numbers of Microsoft's raserror.h and, from 900 on, MprError.h that servers were seen to send, or
 * that say something to an administrator. The words are ours. 917 to 919 are the server's view of
 * what this side refused.
 */
static const RasError ras_errors[] = {
        { 619, CATALOGUE_LCP_05, "the port was disconnected" },
        { 628, CATALOGUE_LCP_05, "the other side closed the connection" },
        { 629, CATALOGUE_LCP_05, "the other side closed the connection" },
        { 646, CATALOGUE_AUTH_03, "the account may not log on at this hour" },
        { 647, CATALOGUE_AUTH_04, "the account is disabled" },
        { 648, CATALOGUE_AUTH_05, "the password has expired" },
        { 649, CATALOGUE_AUTH_02, "the account has no permission to dial in" },
        { 651, CATALOGUE_LCP_05, "the server's modem or device reported an error" },
        { 691, CATALOGUE_AUTH_01,
          "user name or password refused, or no method of authentication in common" },
        { 709, CATALOGUE_AUTH_06, "the password could not be changed" },
        { 718, CATALOGUE_LCP_05, "PPP timed out while it waited for an answer" },
        { 719, CATALOGUE_LCP_05, "the other side ended PPP" },
        { 720, CATALOGUE_IPCP_01, "no network protocol could be agreed on" },
        { 721, CATALOGUE_LCP_05, "the other side does not respond" },
        { 732, CATALOGUE_IPCP_01, "the two sides did not converge on a protocol" },
        { 733, CATALOGUE_IPCP_01, "the protocol for this network is not available on the server" },
        { 734, CATALOGUE_LCP_05, "the link control protocol was ended" },
        { 735, CATALOGUE_IPCP_01, "the server refused the address that was asked for" },
        { 736, CATALOGUE_LCP_05, "the other side ended the control protocol" },
        { 737, CATALOGUE_LCP_01, "a loop was found" },
        { 738, CATALOGUE_IPCP_06, "the server assigned no address" },
        { 741, CATALOGUE_MPPE_11, "this side does not support the encryption that is wanted" },
        { 742, CATALOGUE_MPPE_11, "the server wants encryption, and it was not agreed on" },
        { 743, CATALOGUE_MPPE_11, "the server requires encryption" },
        { 778, CATALOGUE_AUTH_17, "the identity of the server could not be verified" },
        { 781, CATALOGUE_AUTH_17, "no valid certificate was found" },
        { 812, CATALOGUE_AUTH_17, "a policy of the server forbids it" },
        { 814, CATALOGUE_AUTH_17, "the account's properties forbid it" },
        { 917, CATALOGUE_AUTH_11, "this side rejected the method of authentication" },
        { 918, CATALOGUE_AUTH_11, "no method of authentication is left to try" },
        { 919, CATALOGUE_AUTH_11, "this side refused to authenticate" },
        { 920, CATALOGUE_AUTH_02, "the account has no permission to dial in" },
        { 921, CATALOGUE_AUTH_05, "the password has expired" },
        { 922, CATALOGUE_AUTH_04, "the account is disabled" },
        { 923, CATALOGUE_AUTH_03, "the account may not log on at this hour" },
        { 924, CATALOGUE_AUTH_01, "user name or password refused" },
        { 926, CATALOGUE_LCP_12, "the link was idle for too long" },
        { 930, CATALOGUE_AUTH_13, "the server's authentication server did not answer in time" },
        { 931, CATALOGUE_LCP_05, "the server has no port left for a further link" },
        { 932, CATALOGUE_LCP_12, "the time that a session may last is over" },
        { 940, CATALOGUE_AUTH_03, "the account may not dial in at this hour" },
        { 942, CATALOGUE_AUTH_17, "a policy forbids this method of authentication" },
};

static const RasError *ras_error_find(uint32_t number) {
        for (size_t i = 0; i < ELEMENTSOF(ras_errors); i++)
                if (ras_errors[i].number == number)
                        return &ras_errors[i];

        return NULL;
}

CatalogueIndex diagnosis_ras_row(uint32_t error) {
        const RasError *e = ras_error_find(error);

        return e ? e->row : CATALOGUE_LCP_05;
}

const char *diagnosis_ras_text(uint32_t error) {
        const RasError *e = ras_error_find(error);

        return e ? e->text : NULL;
}

/*
 * RFC 2759, section 5: "S=" and 40 hexadecimal digits, perhaps followed by " M=" and a message.
 * What else follows is refused by pppd (chapms2_check_success() of chap_ms.c), although the proof
 * matched.
 */
static bool success_is_well_formed(const PppPacket *packet) {
        size_t prefix = strlen(AUTHENTICATOR_PREFIX);
        size_t message = prefix + AUTHENTICATOR_DIGITS;

        if (packet->n_data < message || memcmp(packet->data, AUTHENTICATOR_PREFIX, prefix) != 0)
                return false;

        for (size_t i = prefix; i < message; i++)
                if (!isxdigit(packet->data[i]))
                        return false;

        return packet->n_data == message ||
                (packet->n_data >= message + 3 && memcmp(packet->data + message, " M=", 3) == 0);
}

static void auth_evidence_add_chap(AuthEvidence *e, const LinkEvidence *link, bool sent,
                                   const PppPacket *packet) {
        if (sent) {
                e->responded = e->responded || packet->code == PPP_CHAP_RESPONSE;
                e->n_responses += packet->code == PPP_CHAP_RESPONSE;
                return;
        }

        switch (packet->code) {
        case PPP_CHAP_CHALLENGE:
                e->challenged = true;
                break;
        case PPP_CHAP_RESPONSE:
                e->peer_responded = true;
                break;
        case PPP_CHAP_SUCCESS:
                e->succeeded = true;
                e->failed = false;
                e->success_malformed =
                        link->agreed.algorithm == PPP_CHAP_MS_V2 && !success_is_well_formed(packet);
                break;
        case PPP_CHAP_FAILURE:
                e->failed = true;
                e->succeeded = false;
                e->has_error = ppp_packet_get_chap_failure(packet, &e->error, &e->retry, e->message,
                                                           sizeof(e->message));
                if (!e->has_error)
                        text_escape(e->message, sizeof(e->message), packet->data, packet->n_data);
                break;
        }
}

/* An Authenticate-Nak: a length, then a message of so many bytes (RFC 1334, section 2.2.2). */
static void auth_evidence_add_pap_refusal(AuthEvidence *e, const PppPacket *packet) {
        e->pap_refused = true;
        if (packet->n_data > 1)
                text_escape(e->message, sizeof(e->message), packet->data + 1,
                            MIN((size_t) packet->data[0], packet->n_data - 1));
}

void auth_evidence_add(AuthEvidence *e, const LinkEvidence *link, bool sent,
                       const PppPacket *packet) {
        switch (packet->protocol) {
        case PPP_PROTO_CHAP:
                auth_evidence_add_chap(e, link, sent, packet);
                break;
        case PPP_PROTO_PAP:
                if (sent)
                        e->n_pap_requests += packet->code == PPP_PAP_AUTHENTICATE_REQUEST;
                else if (packet->code == PPP_PAP_AUTHENTICATE_NAK)
                        auth_evidence_add_pap_refusal(e, packet);
                else if (packet->code == PPP_PAP_AUTHENTICATE_ACK)
                        e->succeeded = true;
                else if (packet->code == PPP_PAP_AUTHENTICATE_REQUEST)
                        e->peer_responded = true;
                break;
        case PPP_PROTO_EAP:
                e->eap_seen = true;
                if (!sent && packet->code == PPP_EAP_FAILURE)
                        e->eap_failed = true;
                if (!sent && packet->code == PPP_EAP_REQUEST && packet->n_data > 0 &&
                    (packet->data[0] == PPP_EAP_TYPE_MD5 ||
                     packet->data[0] == PPP_EAP_TYPE_MSCHAPV2))
                        e->eap_challenged = true;
                break;
        }
}

bool diagnosis_is_authenticated(const Diagnosis *d) {
        return d->auth.succeeded;
}

/* Where to look for a password that the server refuses. Not known of the log of another program. */
static void add_password_source(const Diagnosis *d, TextBuilder *t) {
        static const char *const sources[] = {
                [DIAGNOSIS_PASSWORD_CREDENTIAL] = "the systemd credential",
                [DIAGNOSIS_PASSWORD_FILE] = "PasswordFile=",
                [DIAGNOSIS_PASSWORD_SECRETS] = "/etc/ppp/chap-secrets",
        };

        if (d->context.password_source != DIAGNOSIS_PASSWORD_ELSEWHERE)
                text_addf(t, "%sthe password is from %s", t->n_text > 0 ? "; " : "",
                          sources[d->context.password_source]);
}

static bool judge_chap_failure(const Diagnosis *d, Verdict *v) {
        const AuthEvidence *e = &d->auth;
        CatalogueIndex row = CATALOGUE_AUTH_07;
        const RasError *ras;
        TextBuilder t;

        if (!e->failed)
                return false;

        ras = e->has_error ? ras_error_find(e->error) : NULL;
        if (ras && ras->row != CATALOGUE_LCP_05)
                row = ras->row;
        /* The password was accepted before, so a wrong one is the least likely cause. */
        if (row == CATALOGUE_AUTH_01 && d->context.has_worked)
                row = CATALOGUE_AUTH_18;

        t = verdict_begin(v, row);
        if (e->has_error)
                text_addf(&t, "E=%u R=%d", e->error, e->retry);
        if (e->message[0])
                text_addf(&t, "%s\"%s\"", e->has_error ? " " : "", e->message);
        if (row == CATALOGUE_AUTH_01 && !d->context.has_domain)
                text_add(&t, "; Domain= is not set, which a Windows server may want");
        if (row == CATALOGUE_AUTH_01 || row == CATALOGUE_AUTH_07 || row == CATALOGUE_AUTH_18)
                add_password_source(d, &t);
        return true;
}

/* We ended it because the server's proof was wrong: then our own Terminate-Request says so. */
static bool judge_mutual(const Diagnosis *d, Verdict *v) {
        bool gave_up = diagnosis_pppd_exited_with(d, PPPD_EXIT_OUR_AUTH) ||
                strstr(d->link.sent.text, "authenticate");

        if (!d->auth.succeeded || !gave_up || diagnosis_was_up(d))
                return false;

        return verdict_set(v, d->auth.success_malformed ? CATALOGUE_AUTH_09 : CATALOGUE_AUTH_08);
}

/*
 * pppd suggests another method where it has one, and rejects the server's only where it has none at
 * all (lcp_reqci() of lcp.c, "No auth is possible"): it found no secret for any. The server may
 * then go on without a password, and fail later over something else.
 */
bool diagnosis_is_authentication_rejected(const Diagnosis *d) {
        return d->link.rejected.protocol != 0 && d->link.agreed.protocol == 0;
}

/*
 * pppd suggests CHAP, in the best form that it may use, only where it has a password for it, so
 * none is missing. It rejects the server's after five suggestions in vain (fsm_rconfreq() of its
 * fsm.c).
 */
bool diagnosis_keeps_method(const Diagnosis *d) {
        const AuthMethod *rejected = &d->link.rejected, *suggested = &d->link.suggested;

        return rejected->protocol != 0 && suggested->protocol == PPP_PROTO_CHAP &&
                (rejected->protocol != suggested->protocol ||
                 rejected->algorithm != suggested->algorithm);
}

void diagnosis_add_auth_name(TextBuilder *t, const AuthMethod *method) {
        const char *name = ppp_protocol_name(method->protocol);

        if (method->protocol != PPP_PROTO_CHAP) {
                if (name)
                        text_add(t, name);
                else
                        text_addf(t, "protocol 0x%04x", method->protocol);
                return;
        }

        switch (method->algorithm) {
        case PPP_CHAP_MD5:
                text_add(t, "CHAP with MD5");
                break;
        case PPP_CHAP_MS:
                text_add(t, "MS-CHAP");
                break;
        case PPP_CHAP_MS_V2:
                text_add(t, "MS-CHAPv2");
                break;
        default:
                text_addf(t, "CHAP with algorithm 0x%02x", method->algorithm);
        }
}

static bool judge_no_secret(const Diagnosis *d, Verdict *v) {
        const AuthMethod *rejected = &d->link.rejected;
        TextBuilder t;

        if (!diagnosis_is_authentication_rejected(d))
                return false;

        if (diagnosis_keeps_method(d)) {
                t = verdict_begin(v, CATALOGUE_AUTH_11);
                text_add(&t, "the server offers only ");
                diagnosis_add_auth_name(&t, rejected);
                text_add(&t, ". This host suggested ");
                diagnosis_add_auth_name(&t, &d->link.suggested);
                text_add(&t, " in its place, and the server kept to its own");
                return true;
        }

        t = verdict_begin(v, CATALOGUE_CFG_05);
        text_add(&t, "pppd rejected ");
        diagnosis_add_auth_name(&t, rejected);
        if (rejected->protocol == PPP_PROTO_PAP)
                text_add(&t, ": it found no secret in /etc/ppp/pap-secrets, or refuse-pap is set");
        else if (rejected->protocol == PPP_PROTO_EAP)
                text_add(&t, ": it found no secret for any method that it does not refuse");
        else
                text_add(&t, ": it found no secret, or a refuse-... option forbids the method");
        return true;
}

/* EAP ended in a Failure: over the password, or before there was any way to ask for it. */
static bool judge_eap_failure(const Diagnosis *d, Verdict *v) {
        TextBuilder t;

        if (!d->auth.eap_failed || d->auth.succeeded)
                return false;

        t = verdict_begin(v, d->auth.eap_challenged ? CATALOGUE_AUTH_07 : CATALOGUE_AUTH_10);
        text_add(&t, "EAP ended with a Failure");
        return true;
}

bool judge_auth(const Diagnosis *d, Verdict *v) {
        TextBuilder t;

        if (judge_no_secret(d, v))
                return true;
        if (judge_chap_failure(d, v) || judge_mutual(d, v) || judge_eap_failure(d, v))
                return true;

        if (!d->auth.pap_refused)
                return false;

        t = verdict_begin(v, CATALOGUE_AUTH_14);
        if (d->auth.message[0])
                text_addf(&t, "\"%s\"", d->auth.message);
        return true;
}

/*
 * The password was sent again and again, and neither yes nor no came back. A server that hangs up
 * over that and says why has the last word.
 */
bool judge_auth_repeated(const Diagnosis *d, Verdict *v) {
        const TerminateEvidence *end = &d->link.received;
        unsigned n = MAX(d->auth.n_responses, d->auth.n_pap_requests);
        TextBuilder t;

        if (n < (end->seen ? REPEATED_BEFORE_END : DIAGNOSIS_SILENT_REQUESTS) ||
            d->auth.succeeded || d->auth.failed || d->auth.pap_refused || diagnosis_was_up(d))
                return false;
        if (end->seen && (end->text[0] || end->has_ras_error))
                return false;

        t = verdict_begin(v, CATALOGUE_AUTH_13);
        text_addf(&t, "the password was sent %u times", n);
        return true;
}

/*
 * Whether the server went on after our response: it asks for encryption only whom it has let in
 * (RFC 1661, section 3.5). One such request may have overtaken its answer, and more have not. The
 * answer of CHAP is sent once, unless the response is repeated.
 */
static bool is_answer_lost(const Diagnosis *d) {
        return d->auth.responded && d->mppe.peer_asked && d->mppe.n_received > 1 &&
                !diagnosis_was_up(d);
}

/* The password was sent, and neither yes nor no came back. */
bool judge_auth_silence(const Diagnosis *d, Verdict *v) {
        const AuthEvidence *e = &d->auth;
        bool asked = e->responded || e->n_pap_requests > 0 || (e->eap_seen && !e->challenged);
        const FactEvidence *exited = diagnosis_fact(d, DIAGNOSIS_PPPD_EXITED);
        /* Not if somebody killed pppd: that is no end of patience. */
        bool waited = d->host.timeouts[DIAGNOSIS_STAGE_LINK] || (exited && exited->number >= 0) ||
                d->link.sent.seen;

        if (!asked || e->succeeded || e->failed)
                return false;
        if (is_answer_lost(d)) {
                TextBuilder t = verdict_begin(v, CATALOGUE_AUTH_13);

                text_add(&t,
                         "the server went on to encryption (CCP), so it had accepted the password, "
                         "and its answer got lost on the way");
                return true;
        }

        return waited && verdict_set(v, CATALOGUE_AUTH_13);
}
