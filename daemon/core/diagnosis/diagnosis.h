/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Why a connection failed, in one verdict. Fed with what happened (control messages, errnos, PPP
 * packets of both directions, phases, exit reasons, kernel facts), it names the row of the failure
 * catalogue. It decides from packets and facts, not from messages: what pppd logs is not read here,
 * with one exception. Of a pppd that ended before its first packet, its last words tell whether it
 * lacked OpenSSL's legacy provider (PPPD-05); its exit status does not. The other text that counts
 * travels in packets: the reason in a Terminate-Request, which is often a pppd's own. Pure: no
 * descriptor, clock, or logging.
 *
 * A verdict answers "why did it end?", so it is asked for when it ended; while a link is up there
 * is none. What is odd and not the cause is a note.
 */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/ppp/mppe.h"
#include "core/ppp/plugin-message.h"
#include "core/pptp/pptp-message.h"

/* What the tunnel does about a failure. */
typedef enum DiagnosisClass {
        DIAGNOSIS_TRANSIENT, /* retry with back-off */
        DIAGNOSIS_PERMANENT, /* stop: trying again would not help, or would harm */
        DIAGNOSIS_ADAPT,     /* one automatic retry with a named change */
        DIAGNOSIS_WARN,
        DIAGNOSIS_INFORM,
} DiagnosisClass;

/* Returns a class as the catalogue writes it, "transient"; a static text. */
const char *diagnosis_class_name(DiagnosisClass class);

/* One row of the catalogue; the table is generated from daemon/core/diagnosis/catalogue.ini. */
typedef struct DiagnosisRow {
        const char *id;         /* "AUTH-01" */
        const char *message_id; /* journal MESSAGE_ID, 32 hex digits */
        DiagnosisClass class;
        int exit_status;          /* sysexits.h; EX_TEMPFAIL for what is worth another try; of
                                         * DIAGNOSIS_ADAPT: when there is nothing to change */
        unsigned retry_after_sec; /* a retry before is in vain; 0: back off as usual */
        const char *summary;      /* plain words, a sentence without full stop */
        const char *explanation;  /* what is going on; an empty line parts paragraphs */
        const char *remedy;       /* what mends it, as a line of configuration if any */
        const char *pppd_remedy;  /* the same as a pppd option, or NULL */
} DiagnosisRow;

/* The verdict on one attempt. row is NULL when nothing was recognised. */
typedef struct Verdict {
        const DiagnosisRow *row;
        char detail[256]; /* numbers and names of this case, escaped; or empty */
} Verdict;

/* Where the password of an attempt was read. */
typedef enum DiagnosisPasswordSource {
        DIAGNOSIS_PASSWORD_ELSEWHERE, /* not known, as of another program's log */
        DIAGNOSIS_PASSWORD_CREDENTIAL,
        DIAGNOSIS_PASSWORD_FILE,    /* PasswordFile= */
        DIAGNOSIS_PASSWORD_SECRETS, /* pppd looks into chap-secrets */
} DiagnosisPasswordSource;

/* How the attempt was going to go, so that evidence can be read against it. */
typedef struct DiagnosisContext {
        MppePolicy mppe;
        bool has_domain; /* Domain= is set, or User= holds a backslash */
        DiagnosisPasswordSource password_source;
        bool password_not_ascii;
        bool has_worked; /* the tunnel was up before, so its server is of a kind that can */
        bool was_deaf;   /* the link before ended in silence, without one echo answered */
} DiagnosisContext;

typedef enum DiagnosisStage {
        DIAGNOSIS_STAGE_RESOLVE,
        DIAGNOSIS_STAGE_CONNECT, /* TCP */
        DIAGNOSIS_STAGE_CONTROL, /* Start-Control-Connection */
        DIAGNOSIS_STAGE_CALL,    /* Outgoing-Call */
        DIAGNOSIS_STAGE_SOCKET,  /* creating AF_PPPOX and raw GRE */
        DIAGNOSIS_STAGE_PPPD,    /* starting pppd */
        DIAGNOSIS_STAGE_LINK,    /* LCP to IPCP */
        DIAGNOSIS_STAGE_NETWORK, /* routes, probe */
        DIAGNOSIS_STAGE_UP,
        _DIAGNOSIS_STAGE_MAX,
} DiagnosisStage;

/* Of each fact the latest counts; ERRNO and TIMEOUT are kept for each stage. */
typedef enum DiagnosisFactType {
        DIAGNOSIS_RESOLVE_ERROR,  /* number: EAI_* */
        DIAGNOSIS_ERRNO,          /* number: errno of the stage; text: call or address */
        DIAGNOSIS_TIMEOUT,        /* the stage's deadline passed */
        DIAGNOSIS_PEER_CLOSED,    /* the control connection ended with EOF */
        DIAGNOSIS_NOT_PPTP,       /* text: what came instead, escaped */
        DIAGNOSIS_PPPD_EXITED,    /* number: exit status, negative: signal; text: its last
                                       * words, escaped */
        DIAGNOSIS_BREACH,         /* number: PluginBreach */
        DIAGNOSIS_GRE_FRAMES,     /* number: frames of our call seen on the uplink; text: the
                                       * server's address */
        DIAGNOSIS_FIREWALL_CHAIN, /* text: which keeps packets out, as nft(8) writes it */
        DIAGNOSIS_PPPD_FRAMES,    /* number: PPP frames that pppd received */
        DIAGNOSIS_ECHO_LOST,      /* control connection: no Echo-Reply */
        DIAGNOSIS_MISSING_MODULE, /* text: its name */
        DIAGNOSIS_NO_PASSWORD,
        DIAGNOSIS_PASSWORD_UNUSABLE, /* text: which, and what is wrong with it */
        DIAGNOSIS_PASSWORD_TOO_LONG, /* number: how many bytes there is room for */
        DIAGNOSIS_INTERFACE_TAKEN,   /* text: its name */
        DIAGNOSIS_INTERFACE_GONE,
        DIAGNOSIS_CLAMP_REFUSED,   /* number: errno, text: what is not so, and why */
        DIAGNOSIS_NAMESPACE,       /* number: errno, text: NetworkNamespace=, and what is there */
        DIAGNOSIS_PLUGIN_MISMATCH, /* text: pppd's words, which name the versions */
        DIAGNOSIS_IN_CONTAINER,
        DIAGNOSIS_RECENT_CALL,     /* number: seconds since our last call with it ended */
        DIAGNOSIS_VRF,             /* number: errno, text: VRF=, and what is wrong with it */
        DIAGNOSIS_ROUTE_REFUSED,   /* number: errno, text: route and extended ack */
        DIAGNOSIS_ROUTE_REMOVED,   /* by somebody else; text: the route */
        DIAGNOSIS_NAMES_REFUSED,   /* number: NamesFault, text: what the resolver says */
        DIAGNOSIS_NO_IPV6,         /* IPV6CP came to nothing; text: why */
        DIAGNOSIS_NO_ROUTES,       /* nothing but the peer is routed into the tunnel */
        DIAGNOSIS_PEER_IS_SERVER,  /* the peer's PPP address equals the server's */
        DIAGNOSIS_ADDRESS_CHANGED, /* of the server; text: from what to what */
        DIAGNOSIS_LAST_ADDRESS,    /* without its name it is dialled there; text: the address */
        DIAGNOSIS_NO_TRAFFIC,      /* number: seconds in which we sent and nothing came back */
        DIAGNOSIS_BLACK_HOLE,      /* number: bytes of the largest packet that gets through */
        DIAGNOSIS_LINK_SILENT,     /* number: seconds that a test of it took; text: why tested */
        DIAGNOSIS_UPLINK_GONE,     /* while up: no way to the server, or no carrier */
        DIAGNOSIS_SOURCE_GONE,     /* text: our end's address, which is no longer this host's */
        DIAGNOSIS_UNACKNOWLEDGED,  /* number: bytes of the control connection on their way yet */
        _DIAGNOSIS_FACT_MAX,
} DiagnosisFactType;

/* What is kept of a fact's text, with its NUL. */
#define DIAGNOSIS_FACT_TEXT_MAX 128

typedef struct DiagnosisFact {
        DiagnosisFactType type;
        DiagnosisStage stage;
        int64_t number;
        const char *text; /* borrowed for the call */
} DiagnosisFact;

/* Evidence of one attempt. Fixed size, no pointers to outside. */
typedef struct Diagnosis Diagnosis;

/*
 * Makes a diagnosis without evidence, of an attempt without any policy. Returns NULL if memory is
 * exhausted.
 */
Diagnosis *diagnosis_new(void);
/* Frees a diagnosis. Takes NULL; returns NULL. */
Diagnosis *diagnosis_free(Diagnosis *d);

/* Forgets everything: a new attempt begins. The context is copied. */
void diagnosis_reset(Diagnosis *d, const DiagnosisContext *context);
/* Reads the evidence against another context, as when it only shows in the course of a log. */
void diagnosis_set_context(Diagnosis *d, const DiagnosisContext *context);

/* Adds a fact, over the former one of its type. Its text is copied, and cut if it is long. */
void diagnosis_add_fact(Diagnosis *d, const DiagnosisFact *fact);
/* Forgets that a look-up failed or was late: its answer has come, or turned out not to matter. */
void diagnosis_forget_resolve(Diagnosis *d);
/* Adds a message of the control connection; of those that we sent nothing is concluded. */
void diagnosis_add_control(Diagnosis *d, bool sent, const PptpMessage *message);
/* Adds a PPP control frame, from the protocol field on. One that is malformed counts as heard. */
void diagnosis_add_frame(Diagnosis *d, bool sent, const uint8_t *frame, size_t n_frame);
/* Adds a phase that pppd reached. */
void diagnosis_add_phase(Diagnosis *d, PluginPhase phase);

/* Fills in the verdict on the evidence so far; its row is NULL if nothing is recognised. */
void diagnosis_get_verdict(const Diagnosis *d, Verdict *ret_verdict);

/*
 * Returns the reason that a fact of this host gives by itself, as where a tunnel goes on with it;
 * NULL: none, or memory is exhausted.
 */
const DiagnosisRow *diagnosis_judge_fact(const DiagnosisFact *fact);

/* How the negotiation of encryption went, for whoever wants to ask for something else. */
typedef struct DiagnosisEncryption {
        bool failed;         /* it was asked for, and the call ended without it */
        uint32_t asked_bits; /* what we asked for last */
        uint32_t named_bits; /* what the server asked for or suggested; 0: nothing */
} DiagnosisEncryption;

/* Fills in how the negotiation of encryption went; all zeros if there was none. */
void diagnosis_get_encryption(const Diagnosis *d, DiagnosisEncryption *ret_encryption);

/*
 * Returns how many packets one side rejected because their protocol does not exist: what comes out
 * of a decryption with the wrong key.
 */
unsigned diagnosis_count_garbage(const Diagnosis *d);

/* Whether the server has answered any LCP echo. */
bool diagnosis_is_echo_answered(const Diagnosis *d);

/*
 * Whether the server has rejected both questions for name servers in IPCP (RFC 1877, sections 1.1
 * and 1.3). One that rejects the first alone may have a second to give.
 */
bool diagnosis_is_dns_rejected(const Diagnosis *d);

/*
 * Whether the server ended the call after we had asked for an address and before encryption was
 * agreed on, without a word against the encryption: it may have minded the question.
 */
bool diagnosis_is_early_question_minded(const Diagnosis *d);

/* Whether the server has accepted the password; an open link alone does not prove it. */
bool diagnosis_is_authenticated(const Diagnosis *d);

/* Whether pppd has rejected every method of authentication that the server asked for. */
bool diagnosis_is_authentication_rejected(const Diagnosis *d);

/* As many notes as one attempt can have. */
#define DIAGNOSIS_NOTES_MAX 12

/*
 * Collects what is worth a warning or a remark and did not end the connection: harmless lines that
 * alarm readers of logs, weak encryption and the like. Also of use while the link is up. Fills in
 * at most n_notes and returns how many.
 */
size_t diagnosis_get_notes(const Diagnosis *d, Verdict *notes, size_t n_notes);

/* What a remedy calls by placeholders, as far as it is known. */
typedef struct DiagnosisNames {
        const char *tunnel;     /* NULL or "": not known */
        const char *server;     /* as Server= has it; likewise */
        struct in_addr address; /* the server's; INADDR_ANY: not known */
} DiagnosisNames;

/*
 * Writes a row's remedy with the words NAME (of the tunnel), SERVER and ADDRESS replaced where the
 * names are known. Returns the buffer, empty if the row is NULL or has no remedy.
 */
const char *diagnosis_describe_remedy(const DiagnosisRow *row, const DiagnosisNames *names,
                                      char *buffer, size_t n_buffer);

/* Room for any remedy with names of a usual length; what is longer is cut. */
#define DIAGNOSIS_REMEDY_MAX_BYTES 1024

/*
 * Finds one failure, or one event that is worth an entry in the journal, by its id ("MPPE-03",
 * "CONNECTED", any case). Returns its row, which is static, or NULL if there is none.
 * core/diagnosis/catalogue.h, which is generated, has all rows, their indices, and the MESSAGE_IDs
 * of the events.
 */
const DiagnosisRow *diagnosis_find_row(const char *id);

/* Whether a line that a program wrote has one of the texts in it that the catalogue gives a row. */
bool diagnosis_row_has_log_text(const DiagnosisRow *row, const char *line);
