/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What log-diagnosis.c and log-verdict.c share: the one reads lines and gathers what they show of
 * an attempt, the other makes a verdict of it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/diagnosis/catalogue.h"
#include "core/explain/log-diagnosis.h"
#include "core/explain/log-packet.h"
#include "core/ppp/mppe.h"
#include "core/pptp/pptp-message.h"

#define LOG_PACKETS_MAX 64
#define LOG_HITS_MAX 24
/* How far a line and its twin are apart where pppd logs to two places at once. */
#define LOG_TWINS_MAX 8

/*
 * A packet of the attempt, to be shown if the verdict rests on it; or, with no protocol, a message
 * that holds as much as a packet.
 */
typedef struct LogPacketLine {
        unsigned line;
        uint16_t protocol;
        uint8_t code;
        bool sent;
        char text[LOG_EVIDENCE_TEXT_MAX];
} LogPacketLine;

/* A message that the catalogue knows. */
typedef struct LogHit {
        unsigned line;
        CatalogueIndex row;
        bool is_verdict; /* of the supervisor, which knew more than a log shows */
        char text[LOG_EVIDENCE_TEXT_MAX];
        char detail[sizeof(((Verdict *) NULL)->detail)]; /* of such a verdict */
} LogHit;

/* The options that pppd was given, as far as the log shows them. */
typedef struct LogOptions {
        bool stateful;
        bool requires_mppe;
} LogOptions;

typedef struct LogParser {
        LogDiagnosis *result;
        Diagnosis *diagnosis;
        LogAttempt attempt;
        LogOptions log_options; /* of the whole log: what stands before the first attempt */
        LogOptions options;
        MppePolicy asked;  /* what our requests show of the policy */
        MppePolicy policy; /* what the supervisor said that it is */
        bool has_policy;
        PptpMessage reply; /* the one that a "result code" belongs to */
        bool terminated;
        bool told_to_end; /* by a signal: the end needs no explanation */
        bool heard;       /* the server, over PPP */
        LogPacketLine packets[LOG_PACKETS_MAX];
        size_t n_packets;
        uint8_t frame[LOG_FRAME_MAX_BYTES]; /* of the line before this one */
        size_t n_frame;                     /* 0: that line was none */
        bool frame_sent;
        uint64_t twins[LOG_TWINS_MAX]; /* hashes of the latest lines with packets, in a ring */
        size_t n_twins;
        LogHit hits[LOG_HITS_MAX];
        size_t n_hits;
} LogParser;

/* Whether the lines so far show anything of an attempt. */
bool log_parser_has_evidence(const LogParser *p);

/* Judges the attempt so far and files it away, if there is anything to it. Returns 0 or -ENOMEM. */
int log_parser_finish(LogParser *p);

/* A failure, and neither a warning nor a remark. */
bool log_row_is_failure(const DiagnosisRow *row);
