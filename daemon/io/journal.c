/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/journal.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <syslog.h>
#include <unistd.h>

/* We name our own fields; the file and line of the caller are of no use to an administrator. */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#define JOURNAL_FIELDS_MAX 8
#define JOURNAL_FIELD_MAX_BYTES 768

typedef struct JournalEntry {
        char text[JOURNAL_FIELDS_MAX][JOURNAL_FIELD_MAX_BYTES];
        struct iovec iov[JOURNAL_FIELDS_MAX];
        int n_iov;
} JournalEntry;

static const char *const level_names[] = {
        "emerg", "alert", "crit", "err", "warning", "notice", "info", "debug",
};

void journal_init(Journal *j, const char *tunnel) {
        const char *level = getenv("SYSTEMD_LOG_LEVEL");

        *j = (Journal){
                .tunnel = tunnel,
                .max_priority = LOG_INFO,
                .to_stderr = isatty(STDERR_FILENO),
        };

        for (size_t i = 0; level && i < ELEMENTSOF(level_names); i++)
                if (strcmp(level, level_names[i]) == 0 ||
                    (level[0] == '0' + (int) i && level[1] == '\0'))
                        j->max_priority = (int) i;
}

static void journal_entry_add(JournalEntry *e, const char *name, const char *value) {
        char *text = e->text[e->n_iov];

        if (!value)
                return;

        snprintf(text, JOURNAL_FIELD_MAX_BYTES, "%s=%s", name, value);
        e->iov[e->n_iov++] = (struct iovec){ .iov_base = text, .iov_len = strlen(text) };
}

void journal_write(const Journal *j, int priority, const JournalFields *fields, const char *text) {
        const char level[] = { (char) ('0' + priority), '\0' };
        JournalEntry entry;

        if (priority > j->max_priority)
                return;

        if (j->to_stderr)
                fprintf(stderr, "%s\n", text);

        entry.n_iov = 0;
        journal_entry_add(&entry, "MESSAGE", text);
        journal_entry_add(&entry, "PRIORITY", level);
        journal_entry_add(&entry, "SYSLOG_IDENTIFIER", "pptp-supervisor");
        journal_entry_add(&entry, "PPTP_TUNNEL", j->tunnel);
        if (fields) {
                journal_entry_add(&entry, "PPTP_STATE", fields->state);
                journal_entry_add(&entry, "MESSAGE_ID", fields->message_id);
                if (fields->row) {
                        journal_entry_add(&entry, "PPTP_REASON", fields->row->id);
                        journal_entry_add(&entry, "PPTP_CLASS",
                                          diagnosis_class_name(fields->class));
                }
        }

        (void) sd_journal_sendv(entry.iov, entry.n_iov);
}

void journal_print(const Journal *j, int priority, const char *format, ...) {
        char text[JOURNAL_FIELD_MAX_BYTES - sizeof("MESSAGE=")];
        va_list ap;

        if (priority > j->max_priority)
                return;

        va_start(ap, format);
        vsnprintf(text, sizeof(text), format, ap);
        va_end(ap);
        journal_write(j, priority, NULL, text);
}
