/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/varlink/varlink-message.h"

#include <string.h>

#include "core/varlink/json-reader.h"

/* Keeps an object as it was sent. */
static void take_parameters(JsonReader *r, VarlinkMessage *m) {
        m->parameters = json_reader_take(r, &m->n_parameters);
        if (m->parameters && m->parameters[0] != '{')
                r->failed = true;
}

bool varlink_message_parse(const char *text, size_t n_text, VarlinkMessage *ret_message) {
        JsonReader r = json_reader_make(text, n_text);
        char key[16];
        VarlinkMessage m = { 0 };

        json_reader_open(&r);
        while (json_reader_next(&r, key, sizeof(key)))
                if (strcmp(key, "method") == 0)
                        json_reader_text(&r, m.method, sizeof(m.method));
                else if (strcmp(key, "error") == 0)
                        json_reader_text(&r, m.error, sizeof(m.error));
                else if (strcmp(key, "parameters") == 0)
                        take_parameters(&r, &m);
                else if (strcmp(key, "more") == 0)
                        m.more = json_reader_bool(&r);
                else if (strcmp(key, "oneway") == 0)
                        m.oneway = json_reader_bool(&r);
                else if (strcmp(key, "upgrade") == 0)
                        m.upgrade = json_reader_bool(&r);
                else if (strcmp(key, "continues") == 0)
                        m.continues = json_reader_bool(&r);
                else
                        json_reader_skip(&r);

        if (!json_reader_finish(&r))
                return false;

        *ret_message = m;
        return true;
}

bool varlink_get_text(const VarlinkMessage *message, const char *key, char *buffer,
                      size_t n_buffer) {

        char name[VARLINK_NAME_MAX_BYTES];
        bool found = false;
        JsonReader r;

        if (!message->parameters)
                return false;

        r = json_reader_make(message->parameters, message->n_parameters);
        json_reader_open(&r);
        while (json_reader_next(&r, name, sizeof(name)))
                if (strcmp(name, key) == 0) {
                        json_reader_text(&r, buffer, n_buffer);
                        found = true;
                } else
                        json_reader_skip(&r);

        return found && json_reader_finish(&r);
}

void varlink_add_text(TextBuilder *b, const char *text) {
        text_add(b, "\"");
        for (; *text != '\0'; text++)
                text_addf(b, *text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
        text_add(b, "\"");
}
