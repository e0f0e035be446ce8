/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The parts of "pptpctl explain": a log is read (explain-input.c), core/explain/ judges it, and the
 * diagnosis is printed, attempt by attempt, with what mends it.
 */

#include <stdbool.h>
#include <stdio.h>

#include "core/diagnosis/diagnosis.h"
#include "core/explain/log-diagnosis.h"

/* ---- explain-input.c ---- */

/*
 * Reads a log to its end, or prints what is wrong with the file, which path names. Returns 0, or an
 * exit status of sysexits.h. The caller releases the result with log_diagnosis_done().
 */
int explain_read_log(FILE *file, const char *path, LogDiagnosis *ret_diagnosis);

/* ---- explain-diagnosis.c ---- */

/* Prints a diagnosis. Returns the exit status: 0, or CTL_NOT_FOUND if no attempt has a verdict. */
int explain_print_diagnosis(const LogDiagnosis *d);

/* ---- explain-attempt.c ---- */

/*
 * Prints an attempt. Leaves out what was explained for an earlier one (is_known). newest_first: the
 * newest lines of the log stand first.
 */
void explain_print_attempt(const LogAttempt *a, bool is_known, bool newest_first);

/* Prints how far the attempt got, where there is no better verdict; nothing if it only began. */
void explain_print_stage(const LogAttempt *a);

/* Whether the log is of another protocol than PPTP, for which our keys mean nothing. */
bool explain_is_foreign(LogCarrier carrier);

/* ---- explain-nothing.c ---- */

/* Prints that nothing in a log is known, and what to do for a log that tells more. */
void explain_print_nothing(const LogDiagnosis *d);

/* Prints how to get the lines that tell more, for the program of an attempt; NULL: of any. */
void explain_print_how_to_log(const LogAttempt *a);

/* ---- explain-client.c ---- */

/* What the settings of a program that dials are called; NULL where nothing is known of it. */
typedef struct ExplainClient {
        const char *title; /* of its remedies; NULL for pppd */
        const char *server, *account;
        const char *methods;    /* of the log-on: what to do there for MS-CHAPv2 */
        const char *encryption; /* where it is switched on and off */
        const char *routes;     /* what makes one into the tunnel; NULL: as with pppd */
        const char *log_more;   /* how packets get into its log, a sentence; NULL: in no way */
} ExplainClient;

/* Returns what is known of a program; static. */
const ExplainClient *explain_get_client(LogClientProgram program);
/*
 * Returns what mends a row in the settings of the program of an attempt; NULL: nothing that is
 * known or, of pppd, what the row itself has. Static, until the next call.
 */
const char *explain_find_client_remedy(const LogAttempt *a, const DiagnosisRow *row);
/* Whether who reads the log of this attempt has options of pppd that can mend the row. */
bool explain_has_pppd_options(const LogAttempt *a, const DiagnosisRow *row);

/* ---- explain-remedy.c ---- */

/*
 * Returns what mends this one case with pppd and pptp-linux, where the usual remedy of its row does
 * not; or NULL, as for an attempt that is NULL.
 */
const char *explain_find_case_remedy(const LogAttempt *a);
/*
 * Prints what to do about a row. For an attempt (a, or NULL), the remedy for the program that made
 * it comes first.
 */
void explain_print_remedies(const DiagnosisRow *row, const LogAttempt *a);

/*
 * Prints what this attempt's own log says about what to do: the words of the server, or another
 * attempt. Returns whether that takes the place of the general remedy.
 */
bool explain_print_case(const LogAttempt *a);

/*
 * Returns a remedy without a first sentence such as "No action is needed if the next call works":
 * a person who reads a log has a connection that fails. Borrowed from the remedy, or static.
 */
const char *explain_skip_hope(const char *remedy);

/* ---- explain-server.c ---- */

/* Prints what to do about a row that is found in a server's log. */
void explain_print_server_remedy(const DiagnosisRow *row, LogServerProgram server);

/* Prints what a server's log tells of a call in which nothing failed. */
void explain_print_server_call(const LogAttempt *a);
