/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Adds notes: their texts, and the hints of the foreign words. */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/base/array.h"
#include "core/base/text.h"
#include "core/import/import-internal.h"

#define SUBJECT_MAX_BYTES 160
#define REASON_MAX_BYTES 512

void importer_fail(Importer *i, int error) {
        if (i->error == 0)
                i->error = error;
}

const char *import_origin(ImportPlace place, char buffer[static IMPORT_ORIGIN_MAX_BYTES]) {
        TextBuilder t = text_builder(buffer, IMPORT_ORIGIN_MAX_BYTES);

        text_add_escaped(&t, place.path ? place.path : "", place.path ? strlen(place.path) : 0);
        if (place.line > 0)
                text_addf(&t, ":%u", place.line);
        return buffer;
}

/* Puts the tunnel's name into a reason of ours that has pptp@NAME in it. */
static void name_tunnel(const Importer *i, const char *reason, char *buffer, size_t n_buffer) {
        const char *found = strstr(reason, "pptp@NAME");
        TextBuilder t = text_builder(buffer, n_buffer);

        if (found && i->result->name) {
                text_add_escaped(&t, reason, (size_t) (found - reason));
                text_addf(&t, "pptp@%s", i->result->name);
                reason = found + strlen("pptp@NAME");
        }
        text_add_escaped(&t, reason, strlen(reason));
}

static void add_note(Importer *i, ImportNoteType type, const char *origin, const char *subject,
                     const char *reason) {

        char escaped_subject[SUBJECT_MAX_BYTES], escaped_reason[REASON_MAX_BYTES];
        ImportNote note = { .type = type };

        if (i->error < 0)
                return;
        if (i->result->n_notes >= IMPORT_NOTES_MAX) {
                i->result->n_dropped++;
                return;
        }

        text_escape(escaped_subject, sizeof(escaped_subject), subject, strlen(subject));
        name_tunnel(i, reason, escaped_reason, sizeof(escaped_reason));
        if (!ARRAY_MAKE_ROOM(i->result->notes, i->result->n_notes)) {
                importer_fail(i, -ENOMEM);
                return;
        }

        note.origin = strdup(origin);
        note.subject = strdup(escaped_subject);
        note.reason = strdup(escaped_reason);
        i->result->notes[i->result->n_notes++] = note;
        if (!note.origin || !note.subject || !note.reason)
                importer_fail(i, -ENOMEM);
}

void importer_note_origin(Importer *i, ImportNoteType type, const char *origin, const char *subject,
                          const char *format, ...) {

        char reason[REASON_MAX_BYTES];
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(reason, sizeof(reason), format, arguments);
        va_end(arguments);
        add_note(i, type, origin, subject, reason);
}

void importer_note(Importer *i, ImportNoteType type, ImportPlace place, const char *subject,
                   const char *format, ...) {

        char reason[REASON_MAX_BYTES], origin[IMPORT_ORIGIN_MAX_BYTES];
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(reason, sizeof(reason), format, arguments);
        va_end(arguments);
        add_note(i, type, import_origin(place, origin), subject, reason);
}
