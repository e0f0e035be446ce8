/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Copies a text of a log so that it is fit to print. */

#include <string.h>

#include "core/base/macros.h"
#include "core/explain/log-copy.h"

/*
 * The length of a character of more than one byte (RFC 3629, section 4), or 0 if there is none, or
 * none to print: the controls of C1, those of the direction of writing, and what has no width.
 */
static size_t utf8_letter_length(const char *text, size_t n_text) {
        static const struct {
                uint32_t first, last;
        } hidden[] = { { 0x80, 0x9f },     { 0xad, 0xad },     { 0x61c, 0x61c },
                       { 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f },
                       { 0xd800, 0xf8ff }, { 0xfeff, 0xfeff }, { 0xfff0, 0xffff } };
        static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
        unsigned char c = (unsigned char) text[0];
        size_t n = c >= 0xf0 && c < 0xf8 ? 4 :
                c >= 0xe0 && c < 0xf0    ? 3 :
                c >= 0xc0 && c < 0xe0    ? 2 :
                                           0;
        uint32_t letter;

        if (n == 0 || n > n_text)
                return 0;

        letter = c & (0x7fU >> n);
        for (size_t i = 1; i < n; i++) {
                if (((unsigned char) text[i] & 0xc0) != 0x80)
                        return 0;
                letter = letter << 6 | ((unsigned char) text[i] & 0x3f);
        }
        /* From U+E0000 on there are tags, which are invisible. */
        if (letter < least[n] || letter >= 0xe0000)
                return 0;
        for (size_t i = 0; i < ELEMENTSOF(hidden); i++)
                if (letter >= hidden[i].first && letter <= hidden[i].last)
                        return 0;

        return n;
}

void log_evidence_copy(char *ret_text, size_t n_ret, const char *text, size_t n_text) {
        static const char dots[] = "...", digits[] = "0123456789abcdef";
        size_t n = 0, n_letter;
        /* With room for an escape or a letter, and the dots. */
        size_t room = n_ret - 4 - sizeof(dots);

        for (size_t i = 0; i < n_text; i++) {
                unsigned char c = (unsigned char) text[i];

                if (n > room) {
                        memcpy(ret_text + n, dots, sizeof(dots) - 1);
                        n += sizeof(dots) - 1;
                        break;
                }
                if (c >= 0x20 && c < 0x7f) {
                        ret_text[n++] = (char) c;
                        continue;
                }
                n_letter = utf8_letter_length(text + i, n_text - i);
                if (n_letter > 0) {
                        memcpy(ret_text + n, text + i, n_letter);
                        n += n_letter;
                        i += n_letter - 1;
                        continue;
                }
                ret_text[n++] = '\\';
                ret_text[n++] = 'x';
                ret_text[n++] = digits[c >> 4];
                ret_text[n++] = digits[c & 0xf];
        }

        ret_text[n] = '\0';
}

void log_evidence_take(LogEvidence *ret_evidence, const LogLine *line) {
        ret_evidence->line = line->number;
        log_evidence_copy(ret_evidence->text, sizeof(ret_evidence->text), line->text, line->n_text);
}
