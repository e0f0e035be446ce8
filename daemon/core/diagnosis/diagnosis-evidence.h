/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What diagnosis.c and its layers share: the evidence of one attempt, a struct for each layer.
 * Each layer has a function that takes evidence in, and one or more judges that look at all of it
 * and either recognise a failure of their layer or pass. Who is asked first is decided in
 * diagnosis.c.
 */

#include <stdbool.h>
#include <stdint.h>

#include "core/diagnosis/catalogue.h"
#include "core/diagnosis/diagnosis.h"
#include "core/ppp/ppp-packet.h"
#include "core/base/text.h"

/*
 * Three unanswered requests of a protocol, 3 s apart, are no coincidence; pppd sends ten before it
 * gives up (DEFMAXCONFREQS of fsm.h).
 */
#define DIAGNOSIS_SILENT_REQUESTS 3
/*
 * pppd itself takes a fifth Configure-Nak for a Configure-Reject (DEFMAXNAKLOOPS of fsm.h). More
 * refusals in a row come to no end.
 */
#define DIAGNOSIS_REFUSALS_MIN 6
/* Room for a text of the peer, cut where it is longer. */
#define EVIDENCE_TEXT_MAX 96
/* Our Configure-Requests are some 30 bytes long; one that is longer is compared up to here. */
#define EVIDENCE_REQUEST_MAX 64

typedef struct FactEvidence {
        bool known;
        DiagnosisStage stage;
        int64_t number;
        char text[DIAGNOSIS_FACT_TEXT_MAX];
} FactEvidence;

typedef struct HostEvidence {
        FactEvidence facts[_DIAGNOSIS_FACT_MAX];
        FactEvidence errnos[_DIAGNOSIS_STAGE_MAX];
        bool timeouts[_DIAGNOSIS_STAGE_MAX];
        PluginPhase phase;
        bool reached[_PLUGIN_PHASE_MAX];
} HostEvidence;

typedef struct ControlEvidence {
        bool replied;                      /* the server said anything at all */
        bool windows;                      /* vendor "Microsoft" */
        uint8_t start_result, start_error; /* 0: no reply yet */
        uint8_t call_result, call_error;
        uint16_t call_cause;
        bool disconnected;
        uint8_t disconnect_result, disconnect_error;
        uint16_t disconnect_cause;
        bool stopped;
        uint8_t stop_reason;
        bool link_info;
} ControlEvidence;

/* A Terminate-Request of one direction. */
typedef struct TerminateEvidence {
        bool seen;
        bool has_ras_error;
        uint32_t ras_error;
        char text[EVIDENCE_TEXT_MAX]; /* escaped */
} TerminateEvidence;

/* An authentication as option 3 of LCP names it. */
typedef struct AuthMethod {
        uint16_t protocol; /* 0: none */
        uint8_t algorithm; /* of CHAP: 5 MD5, 0x80 MS, 0x81 MS-v2 */
} AuthMethod;

typedef struct LinkEvidence {
        unsigned n_received; /* PPP frames of any protocol */
        unsigned n_requests_sent;
        unsigned n_requests_received;
        uint8_t request[EVIDENCE_REQUEST_MAX]; /* our latest Configure-Request's options */
        size_t n_request;
        uint8_t request_id;
        uint32_t magic;   /* ours */
        unsigned n_loops; /* requests that carried our magic number, and none other since */
        unsigned n_replies_sent, n_replies_received; /* Ack, Nak and Reject, of either side */
        unsigned n_bad_replies;                      /* replies that do not fit our request */
        unsigned n_acks_received;
        unsigned n_refusals; /* Naks and Rejects in a row, each of another request of ours */
        uint8_t refusal_id;
        uint8_t refused_option;    /* the first that the latest one names */
        unsigned n_since_received; /* requests of ours since the latest LCP packet of the peer */
        unsigned n_asked_anew;     /* requests of the peer after we had acknowledged one */
        bool ack_sent, ack_received;
        AuthMethod offered;   /* what the peer last asked for */
        AuthMethod withdrawn; /* what it asked for before it asked for no authentication any more */
        AuthMethod agreed;
        bool refused_auth;    /* we answered the peer's offer with Nak or Reject */
        AuthMethod rejected;  /* what we rejected, with no wish of our own */
        AuthMethod suggested; /* what we did, in place of what the peer offered */
        bool demanded_auth;   /* we asked the peer to authenticate */
        bool peer_refused_auth;
        unsigned n_echoes_unanswered;
        unsigned n_echoes_answered;
        unsigned n_garbage; /* Protocol-Rejects, either way, that make no sense */
        uint16_t garbage_protocol;
        bool rejects_compressed; /* the peer's decryption is not running */
        bool rejects_ccp;
        bool rejects_ipcp;
        TerminateEvidence sent, received;
} LinkEvidence;

typedef struct AuthEvidence {
        bool challenged, responded;
        bool peer_responded;  /* the peer tried to prove who it is, as this side asked */
        unsigned n_responses; /* to CHAP */
        bool succeeded;
        bool success_malformed;
        bool failed, has_error, retry;
        unsigned error;                  /* E= */
        char message[EVIDENCE_TEXT_MAX]; /* M=, or the whole text; escaped */
        bool eap_seen, eap_challenged, eap_failed;
        unsigned n_pap_requests;
        bool pap_refused;
} AuthEvidence;

typedef struct MppeEvidence {
        unsigned n_requests_sent;
        unsigned n_frames_before;    /* what the link had received when the first was sent */
        unsigned n_received;         /* CCP packets of the peer */
        bool asked, naked, rejected; /* our request, and what the peer made of it */
        uint32_t asked_bits, nak_bits;
        unsigned n_naks;
        bool agreed; /* the peer acknowledged our latest request */
        uint32_t agreed_bits;
        bool peer_asked, peer_rejected, peer_agreed;
        uint32_t peer_bits, peer_agreed_bits;
        uint32_t counter_bits; /* what we suggested instead of peer_bits; 0: nothing */
        unsigned n_empty_peer_requests;
        bool was_open;
        bool peer_closed; /* Terminate-Request after it was open */
        bool lost_sync;   /* we gave up decrypting */
        unsigned n_resets_sent;
} MppeEvidence;

typedef struct IpcpEvidence {
        unsigned n_requests_sent;
        unsigned n_answers;
        bool ack_sent, ack_received;
        bool term_ack_sent;
        bool vj_rejected;
        bool address_rejected;
        bool dns1_rejected, dns2_rejected; /* the questions for name servers */
        bool given_none;                   /* the peer suggested 0.0.0.0 */
        uint64_t nak_hash;                 /* of what the peer suggested last */
        uint8_t nak_id;
        unsigned n_same_naks; /* how often in a row it suggested the same */
        unsigned n_naks;      /* in a row, whatever they suggest */
        uint32_t nak_address; /* the latest of those, in host byte order; or 0 */
        unsigned n_refusals;  /* of ours, of the peer's address, in a row */
        bool asks_address;    /* our latest request does */
        bool peer_address_known;
        uint32_t peer_address, our_address; /* in host byte order; ours as last asked for */
        bool peer_requested;
        TerminateEvidence sent, received;
} IpcpEvidence;

struct Diagnosis {
        DiagnosisContext context;
        HostEvidence host;
        ControlEvidence control;
        LinkEvidence link;
        AuthEvidence auth;
        MppeEvidence mppe;
        IpcpEvidence ipcp;
};

/* Evidence in. Packets have a parsed envelope and belong to the layer; nothing is kept of them. */

/* Keeps a fact by its type, and errnos and time-outs by their stage; passes over unknown ones. */
void host_evidence_add_fact(HostEvidence *e, const DiagnosisFact *fact);
/* Notes that pppd reached a phase; passes over unknown ones. */
void host_evidence_add_phase(HostEvidence *e, PluginPhase phase);
/* Notes what the server says on the control connection; what we sent proves nothing. */
void control_evidence_add(ControlEvidence *e, bool sent, const PptpMessage *message);
/* Notes an LCP packet. */
void link_evidence_add(LinkEvidence *e, bool sent, const PppPacket *packet);
/* Notes a packet of CHAP, PAP or EAP, which is read in the light of what LCP agreed on. */
void auth_evidence_add(AuthEvidence *e, const LinkEvidence *link, bool sent,
                       const PppPacket *packet);
/* Notes a CCP packet, and how much the link had heard when encryption was first asked for. */
void mppe_evidence_add(MppeEvidence *e, const LinkEvidence *link, bool sent,
                       const PppPacket *packet);
/* Notes an IPCP packet. */
void ipcp_evidence_add(IpcpEvidence *e, bool sent, const PppPacket *packet);
/* Reads a Terminate-Request of any protocol, over what was read of an earlier one. */
void terminate_evidence_set(TerminateEvidence *e, const PppPacket *packet);

/*
 * A judge of one kind of failure: returns true and the verdict if the evidence shows such a
 * failure, or false with the verdict untouched.
 */
typedef bool (*DiagnosisJudge)(const Diagnosis *d, Verdict *ret_verdict);

/* This host: kernel modules, privileges, password, pppd and its plugin. */
bool judge_host(const Diagnosis *d, Verdict *ret_verdict);
/* The server cannot be reached: its name, or TCP. */
bool judge_reach(const Diagnosis *d, Verdict *ret_verdict);
/* The control connection: refusing replies, Call-Disconnect-Notify, its end. */
bool judge_control(const Diagnosis *d, Verdict *ret_verdict);
/* The data path: errors of GRE, or silence. */
bool judge_gre(const Diagnosis *d, Verdict *ret_verdict);
/* Our own packets come back to us. */
bool judge_loop(const Diagnosis *d, Verdict *ret_verdict);
/* LCP was never open. */
bool judge_negotiation(const Diagnosis *d, Verdict *ret_verdict);
/* The peer's Terminate-Request of LCP, by its reason. */
bool judge_termination(const Diagnosis *d, Verdict *ret_verdict);
/* The link died: LCP echoes went unanswered, or garbage came out of the decryption. */
bool judge_dead_link(const Diagnosis *d, Verdict *ret_verdict);
/* The server answered the password. */
bool judge_auth(const Diagnosis *d, Verdict *ret_verdict);
/* The server did not answer the password, which was sent again and again. */
bool judge_auth_repeated(const Diagnosis *d, Verdict *ret_verdict);
/* The server did not answer the password, and the attempt is over. */
bool judge_auth_silence(const Diagnosis *d, Verdict *ret_verdict);
/* Encryption failed after it had been negotiated. */
bool judge_mppe_session(const Diagnosis *d, Verdict *ret_verdict);
/* Encryption could not be negotiated. */
bool judge_mppe(const Diagnosis *d, Verdict *ret_verdict);
/* Addresses could not be negotiated. */
bool judge_ipcp(const Diagnosis *d, Verdict *ret_verdict);
/* Routes were refused, the interface vanished, or no data passed. */
bool judge_network(const Diagnosis *d, Verdict *ret_verdict);
/* pppd's exit status, when nothing else tells more. */
bool judge_pppd(const Diagnosis *d, Verdict *ret_verdict);
/* The peer's address on the link is the server's own. */
bool judge_peer_address(const Diagnosis *d, Verdict *ret_verdict);

/*
 * Returns the catalogue's row for a number of Windows' raserror.h or MprError.h, or LCP-05 for a
 * number that has none of its own.
 */
CatalogueIndex diagnosis_ras_row(uint32_t error);
/*
 * Returns what raserror.h or MprError.h calls such a number, a static text, or NULL if the number
 * is not known.
 */
const char *diagnosis_ras_text(uint32_t error);
/*
 * Returns the row for the text of the peer's Terminate-Request, which a pppd fills with its reason:
 * the second argument of lcp_close() throughout pppd. Any other text is LCP-04, an ordinary
 * goodbye.
 */
CatalogueIndex diagnosis_goodbye_row(const char *text);
/*
 * Whether the server kept to a method which we rejected in the end, though we have a password and
 * suggested another one, of CHAP: link.rejected and link.suggested.
 */
bool diagnosis_keeps_method(const Diagnosis *d);
/* Adds the name of a method of authentication, as "MS-CHAPv2". */
void diagnosis_add_auth_name(TextBuilder *t, const AuthMethod *method);

/* Returns a fact, borrowed from the diagnosis, or NULL if it is not known. */
static inline const FactEvidence *diagnosis_fact(const Diagnosis *d, DiagnosisFactType type) {
        return d->host.facts[type].known ? &d->host.facts[type] : NULL;
}

/* Returns the errno of a stage, positive, or 0 if it has none. */
static inline int diagnosis_errno(const Diagnosis *d, DiagnosisStage stage) {
        return d->host.errnos[stage].known ? (int) d->host.errnos[stage].number : 0;
}

/* Whether pppd ended with this exit status (EXIT_* of pppd(8)). */
static inline bool diagnosis_pppd_exited_with(const Diagnosis *d, int status) {
        const FactEvidence *exited = diagnosis_fact(d, DIAGNOSIS_PPPD_EXITED);

        return exited && exited->number == status;
}

/* Whether LCP was ever open: both sides acknowledged, or pppd got beyond it. */
static inline bool diagnosis_lcp_is_open(const Diagnosis *d) {
        return (d->link.ack_sent && d->link.ack_received) ||
                d->host.reached[PLUGIN_PHASE_AUTHENTICATE] ||
                d->host.reached[PLUGIN_PHASE_NETWORK] || d->host.reached[PLUGIN_PHASE_RUNNING];
}

/* Whether the link once carried IP. */
static inline bool diagnosis_was_up(const Diagnosis *d) {
        return (d->ipcp.ack_sent && d->ipcp.ack_received) || d->host.reached[PLUGIN_PHASE_RUNNING];
}

/* Starts a verdict. Returns a builder for its detail. */
static inline TextBuilder verdict_begin(Verdict *v, CatalogueIndex row) {
        v->row = &catalogue_rows[row];
        return text_builder(v->detail, sizeof(v->detail));
}

/* Makes a verdict that has nothing to add to its row. Returns true, for a judge to return. */
static inline bool verdict_set(Verdict *v, CatalogueIndex row) {
        (void) verdict_begin(v, row);
        return true;
}
