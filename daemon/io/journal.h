/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The journal: one sentence for a person, structured fields beside it. On a terminal, the sentence
 * goes to standard error as well.
 */

#include <stdbool.h>

#include "core/diagnosis/diagnosis.h"
#include "core/base/macros.h"

typedef struct Journal {
        const char *tunnel; /* PPTP_TUNNEL=; borrowed */
        int max_priority;   /* messages less urgent than this LOG_* are dropped */
        bool to_stderr;
} Journal;

/* What goes with a message; unset members leave their field out. */
typedef struct JournalFields {
        const char *state;       /* PPTP_STATE= */
        const char *message_id;  /* MESSAGE_ID= */
        const DiagnosisRow *row; /* PPTP_REASON= */
        DiagnosisClass class;    /* PPTP_CLASS=, with a row */
} JournalFields;

/* Takes the level from SYSTEMD_LOG_LEVEL (a name or number of syslog), else LOG_INFO. */
void journal_init(Journal *j, const char *tunnel);

static inline bool journal_is_debug(const Journal *j) {
        return j->max_priority >= 7;
}

/* Writes one message. A journal that does not take it is no reason to stop, and is not reported. */
void journal_write(const Journal *j, int priority, const JournalFields *fields, const char *text);
void journal_print(const Journal *j, int priority, const char *format, ...) _printf_(3, 4);
