/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The journal: one sentence for a person, structured fields beside it. On a terminal, the sentence
 * goes to standard error as well.
 *
 * Entries go to journald's socket in its native protocol. sd_journal_send(3) would do the same, but
 * waits where journald does not read: a supervisor that waits there neither stops nor reconnects.
 * An entry for which there is no room is counted, and the next one that gets through says how many
 * are missing.
 *
 * In the unit the socket is a mount of one file, which stays the old one when systemd makes another
 * ("systemctl restart systemd-journald.socket"). What goes to it then goes to standard error, which
 * systemd has connected to the journal and keeps: without the fields, but not unheard.
 */

#include <stdbool.h>
#include <stdint.h>

#include "core/diagnosis/diagnosis.h"
#include "core/base/macros.h"

/* Of systemd's Native Journal Protocol. */
#define JOURNAL_SOCKET "/run/systemd/journal/socket"

typedef struct Journal {
        const char *tunnel;      /* PPTP_TUNNEL=; borrowed */
        const char *identifier;  /* SYSLOG_IDENTIFIER=; "pptp-supervisor" after journal_init() */
        const char *unit;        /* OBJECT_SYSTEMD_UNIT=; borrowed; NULL: the process's own unit */
        const char *socket_path; /* borrowed */
        int fd;                  /* to send from; -EBADF: there is none */
        int max_priority;        /* messages less urgent than this LOG_* are dropped */
        bool to_stderr;
        int stream_fd; /* standard error if it leads to the journal, borrowed; else -EBADF */
        void (*on_dropped)(void *userdata, const char *text); /* hears those; NULL: nobody does */
        void *userdata;
        uint64_t n_lost; /* entries that journald did not take, and that nobody was told of */
} Journal;

/* What goes with a message; unset members leave their field out. */
typedef struct JournalFields {
        const char *state;       /* PPTP_STATE= */
        const char *message_id;  /* MESSAGE_ID= */
        const DiagnosisRow *row; /* PPTP_REASON= */
        DiagnosisClass class;    /* PPTP_CLASS=, with a row */
} JournalFields;

/*
 * Prepares for entries about a tunnel to journald at socket_path (JOURNAL_SOCKET, but in tests);
 * both are borrowed. Takes the level from SYSTEMD_LOG_LEVEL (a name or number of syslog), else
 * LOG_INFO, and from JOURNAL_STREAM whether standard error leads to the journal. Cannot fail:
 * without a socket all entries are lost.
 */
void journal_init(Journal *j, const char *tunnel, const char *socket_path);
/* Closes the socket. */
void journal_done(Journal *j);

/* Whether messages of LOG_DEBUG are written, so that those that take work are worth making. */
static inline bool journal_is_debug(const Journal *j) {
        return j->max_priority >= 7;
}

/*
 * Writes one message of priority LOG_*; fields may be NULL. Never waits. A message of more than
 * some 700 bytes is cut.
 */
void journal_write(Journal *j, int priority, const JournalFields *fields, const char *text);
/* The same with a format, and without fields. */
void journal_print(Journal *j, int priority, const char *format, ...) _printf_(3, 4);
