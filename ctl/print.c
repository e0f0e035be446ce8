/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Text for a terminal. */

#include <stdbool.h>
#include <string.h>

#include "ctl.h"

#define COLUMNS 78
#define LABEL_COLUMNS 14

/* column: where the cursor stands; 0 at the beginning of a line, which is then indented. */
static void print_wrapped(FILE *out, const char *text, size_t n_indent, size_t column) {
        bool first = column > 0;

        while (*text) {
                size_t n = strcspn(text, " \n");

                if (column > 0 && !first && column + 1 + n > COLUMNS) {
                        fputc('\n', out);
                        column = 0;
                }
                if (column == 0)
                        column = (size_t) fprintf(out, "%*s", (int) n_indent, "");
                else if (!first)
                        column += (size_t) fprintf(out, " ");
                column += fwrite(text, 1, n, out);
                first = false;

                text += n;
                if (strncmp(text, "\n\n", 2) == 0) {
                        fputs("\n\n", out);
                        column = 0;
                }
                text += strspn(text, " \n");
        }
        fputc('\n', out);
}

void ctl_print_paragraph(FILE *out, const char *text, size_t n_indent) {
        print_wrapped(out, text, n_indent, 0);
}

void ctl_print_field(FILE *out, const char *label, const char *text) {
        int n = fprintf(out, "%*s: ", LABEL_COLUMNS, label);

        print_wrapped(out, text, (size_t) n, (size_t) n);
}
