/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "json.h"

#include <string.h>

#include "core/config/config-syntax.h"

#define INDENT 8

static void begin_line(Json *j) {
        if (j->format == JSON_PRETTY && (j->depth > 0 || j->has_member))
                fprintf(j->out, "\n%*s", (int) (j->depth * INDENT), "");
}

static void write_string(FILE *out, const char *text) {
        size_t n = strlen(text);

        fputc('"', out);
        while (n > 0) {
                unsigned char c = (unsigned char) *text;
                size_t length = config_utf8_length(text, n);

                if (c == '"' || c == '\\')
                        fprintf(out, "\\%c", c);
                else if (c < 0x20 || c == 0x7f)
                        fprintf(out, "\\u%04x", c);
                else if (length == 0)
                        fputs("\\ufffd", out);
                else
                        fwrite(text, 1, length, out);

                length = length ? length : 1;
                text += length;
                n -= length;
        }
        fputc('"', out);
}

/* Writes the comma, line break and key in front of a value. */
static void begin_value(Json *j, const char *key) {
        if (j->has_member)
                fputc(',', j->out);
        if (j->depth > 0)
                begin_line(j);
        if (key) {
                write_string(j->out, key);
                fputs(j->format == JSON_PRETTY ? " : " : ":", j->out);
        }
        j->has_member = true;
}

static void open_group(Json *j, const char *key, char bracket) {
        begin_value(j, key);
        fputc(bracket, j->out);
        j->depth++;
        j->has_member = false;
}

static void close_group(Json *j, char bracket) {
        j->depth--;
        if (j->has_member)
                begin_line(j);
        fputc(bracket, j->out);
        j->has_member = true;
}

void json_end(Json *j) {
        fputc('\n', j->out);
        fflush(j->out);
}

void json_open_object(Json *j, const char *key) {
        open_group(j, key, '{');
}

void json_close_object(Json *j) {
        close_group(j, '}');
}

void json_open_array(Json *j, const char *key) {
        open_group(j, key, '[');
}

void json_close_array(Json *j) {
        close_group(j, ']');
}

void json_add_text(Json *j, const char *key, const char *text) {
        begin_value(j, key);
        write_string(j->out, text);
}

void json_add_number(Json *j, const char *key, uint64_t number) {
        begin_value(j, key);
        fprintf(j->out, "%" PRIu64, number);
}

void json_add_bool(Json *j, const char *key, bool value) {
        begin_value(j, key);
        fputs(value ? "true" : "false", j->out);
}

void json_add_text_if(Json *j, const char *key, const char *text) {
        if (text && text[0] != '\0')
                json_add_text(j, key, text);
}

void json_add_number_if(Json *j, const char *key, uint64_t number) {
        if (number > 0)
                json_add_number(j, key, number);
}
