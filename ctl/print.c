/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Text for a terminal. */

#include <string.h>

#include "ctl.h"

#define COLUMNS 78

void ctl_print_paragraph(FILE *out, const char *text, size_t n_indent) {
        size_t column = 0;

        while (*text) {
                size_t n = strcspn(text, " \n");

                if (column > 0 && column + 1 + n > COLUMNS) {
                        fputc('\n', out);
                        column = 0;
                }
                if (column == 0)
                        column = (size_t) fprintf(out, "%*s", (int) n_indent, "");
                else
                        column += (size_t) fprintf(out, " ");
                column += fwrite(text, 1, n, out);

                text += n;
                if (strncmp(text, "\n\n", 2) == 0) {
                        fputs("\n\n", out);
                        column = 0;
                }
                text += strspn(text, " \n");
        }
        fputc('\n', out);
}
