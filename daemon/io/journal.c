/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/journal.h"

#include <endian.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#define JOURNAL_MESSAGE_MAX_BYTES 768

/* An entry in one datagram. The longest that we make has a fourth of this. */
#define JOURNAL_ENTRY_MAX_BYTES 4096

/*
 * What sd-journal asks for (SNDBUF_SIZE of journal-send.c). The kernel's default has room for 30
 * small entries, which one reconnect at debug level exceeds.
 */
#define JOURNAL_SEND_BUFFER_BYTES (8 * 1024 * 1024)

typedef struct JournalEntry {
        char data[JOURNAL_ENTRY_MAX_BYTES];
        size_t n_data;
} JournalEntry;

static const char *const level_names[] = {
        "emerg", "alert", "crit", "err", "warning", "notice", "info", "debug",
};

/* As systemd.exec(5) says of $JOURNAL_STREAM: by the numbers of the file, since it is inherited. */
static int find_stream(void) {
        const char *stream = getenv("JOURNAL_STREAM");
        unsigned long long device, inode;
        struct stat st;

        if (!stream || sscanf(stream, "%llu:%llu", &device, &inode) != 2 ||
            fstat(STDERR_FILENO, &st) < 0 || st.st_dev != device || st.st_ino != inode)
                return -EBADF;

        return STDERR_FILENO;
}

void journal_init(Journal *j, const char *tunnel, const char *socket_path) {
        const char *level = getenv("SYSTEMD_LOG_LEVEL");
        const int size = JOURNAL_SEND_BUFFER_BYTES;

        *j = (Journal){
                .tunnel = tunnel,
                .identifier = "pptp-supervisor",
                .socket_path = socket_path,
                .max_priority = LOG_INFO,
                .to_stderr = isatty(STDERR_FILENO),
                .stream_fd = find_stream(),
        };

        for (size_t i = 0; level && i < ELEMENTSOF(level_names); i++)
                if (strcmp(level, level_names[i]) == 0 ||
                    (level[0] == '0' + (int) i && level[1] == '\0'))
                        j->max_priority = (int) i;

        j->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (j->fd >= 0 && setsockopt(j->fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0)
                (void) setsockopt(j->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

void journal_done(Journal *j) {
        if (j->fd >= 0)
                close(j->fd);
        j->fd = -EBADF;
}

/*
 * Adds a field, or leaves it out if there is no room. A value with a line break has its length in
 * front (systemd's "Native Journal Protocol"), so that it cannot become a field of its own.
 */
static void journal_entry_add(JournalEntry *e, const char *name, const char *value) {
        size_t n_name = strlen(name), n_value = value ? strlen(value) : 0;
        const uint64_t n_le = htole64(n_value);
        char *at = e->data + e->n_data;

        if (!value || n_name + n_value + sizeof(n_le) + 2 > sizeof(e->data) - e->n_data)
                return;

        at = mempcpy(at, name, n_name);
        if (strchr(value, '\n')) {
                *at++ = '\n';
                at = mempcpy(at, &n_le, sizeof(n_le));
        } else
                *at++ = '=';
        at = mempcpy(at, value, n_value);
        *at++ = '\n';
        e->n_data = (size_t) (at - e->data);
}

static void journal_entry_fill(JournalEntry *e, const Journal *j, int priority,
                               const JournalFields *fields, const char *text) {

        const char level[] = { (char) ('0' + priority), '\0' };
        char message[JOURNAL_MESSAGE_MAX_BYTES];

        snprintf(message, sizeof(message), "%s", text);
        e->n_data = 0;
        journal_entry_add(e, "MESSAGE", message);
        journal_entry_add(e, "PRIORITY", level);
        journal_entry_add(e, "SYSLOG_IDENTIFIER", j->identifier);
        journal_entry_add(e, "PPTP_TUNNEL", j->tunnel);
        journal_entry_add(e, "OBJECT_SYSTEMD_UNIT", j->unit);
        if (!fields)
                return;

        journal_entry_add(e, "PPTP_STATE", fields->state);
        journal_entry_add(e, "MESSAGE_ID", fields->message_id);
        if (fields->row) {
                journal_entry_add(e, "PPTP_REASON", fields->row->id);
                journal_entry_add(e, "PPTP_CLASS", diagnosis_class_name(fields->class));
        }
}

/*
 * Returns whether journald has it. The path is looked up each time: a new journald, a new socket.
 */
static bool journal_send(const Journal *j, const JournalEntry *e) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        snprintf(address.sun_path, sizeof(address.sun_path), "%s", j->socket_path);
        return sendto(j->fd, e->data, e->n_data, MSG_NOSIGNAL, (const struct sockaddr *) &address,
                      sizeof(address)) >= 0;
}

/* Whether nobody listens where the last entry was sent, so that trying again does not help. */
static bool is_socket_gone(void) {
        return errno == ECONNREFUSED || errno == ENOENT;
}

/* The same by standard error, with the priority as sd-daemon(3) has it. */
static bool journal_send_line(const Journal *j, int priority, const char *text) {
        char line[JOURNAL_MESSAGE_MAX_BYTES + 8];
        int n;

        if (j->stream_fd < 0)
                return false;

        n = snprintf(line, sizeof(line), "<%d>%.*s\n", priority, JOURNAL_MESSAGE_MAX_BYTES - 1,
                     text);
        return send(j->stream_fd, line, (size_t) n, MSG_NOSIGNAL | MSG_DONTWAIT) == n;
}

/* Returns whether there is no loss left to be told. */
static bool journal_tell_loss(Journal *j) {
        JournalEntry entry;
        char text[96];

        if (j->n_lost == 0)
                return true;

        snprintf(text, sizeof(text), "%llu message%s missing here: the journal did not take %s",
                 (unsigned long long) j->n_lost, j->n_lost == 1 ? " is" : "s are",
                 j->n_lost == 1 ? "it" : "them");
        journal_entry_fill(&entry, j, LOG_WARNING, NULL, text);
        if (!journal_send(j, &entry))
                return false;

        j->n_lost = 0;
        return true;
}

void journal_write(Journal *j, int priority, const JournalFields *fields, const char *text) {
        JournalEntry entry;

        if (priority > j->max_priority) {
                if (j->on_dropped)
                        j->on_dropped(j->userdata, text);
                return;
        }

        if (j->to_stderr)
                fprintf(stderr, "%s\n", text);

        journal_entry_fill(&entry, j, priority, fields, text);
        if (journal_tell_loss(j) && journal_send(j, &entry))
                return;
        if (!is_socket_gone() || !journal_send_line(j, priority, text))
                j->n_lost++;
}

void journal_print(Journal *j, int priority, const char *format, ...) {
        char text[JOURNAL_MESSAGE_MAX_BYTES];
        va_list ap;

        if (priority > j->max_priority && !j->on_dropped)
                return;

        va_start(ap, format);
        vsnprintf(text, sizeof(text), format, ap);
        va_end(ap);
        journal_write(j, priority, NULL, text);
}
