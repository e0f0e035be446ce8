/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Prints text for a terminal. */

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/base/paths.h"
#include "core/config/config-syntax.h"
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

void ctl_print_no_tunnel(const ConfigFiles *files) {
        const ConfigProblem *refused = config_files_get_refused(files);
        char text[3 * CONFIG_LINE_MAX_BYTES];

        if (refused) {
                config_problem_describe(refused, text, sizeof(text));
                printf("Whether there is a tunnel cannot be told: %s\n", text);
        } else
                printf("There is no tunnel; " PATHS_SYSCONF_DIRECTORY
                       "/conf.d/NAME.conf defines one.\nSee pptp.conf(5).\n");
}

void ctl_print_paragraph(FILE *out, const char *text, size_t n_indent) {
        print_wrapped(out, text, n_indent, 0);
}

void ctl_print_section(const char *title, const char *text) {
        printf("\n%s\n", title);
        ctl_print_paragraph(stdout, text, 2);
}

void ctl_print_text(FILE *out, const char *text) {
        for (size_t n = strlen(text); n > 0;) {
                size_t length = config_utf8_length(text, n);

                if (length > 0) {
                        fwrite(text, 1, length, out);
                } else {
                        length = 1;
                        fprintf(out, "\\x%02x", (unsigned char) *text);
                }

                text += length;
                n -= length;
        }
}

void ctl_print_field(FILE *out, const char *label, const char *text) {
        int n = fprintf(out, "%*s: ", LABEL_COLUMNS, label);

        print_wrapped(out, text, (size_t) n, (size_t) n);
}

const char *ctl_colour(CtlColour colour) {
        static const char *const sequences[] = {
                [CTL_PLAIN] = "\033[0m", [CTL_GREEN] = "\033[32m", [CTL_YELLOW] = "\033[33m",
                [CTL_RED] = "\033[31m",  [CTL_GREY] = "\033[90m",  [CTL_BOLD] = "\033[1m",
        };
        static int wanted = -1;

        /* See https://no-color.org. */
        if (wanted < 0) {
                const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");

                wanted = isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0 &&
                        (!no_color || no_color[0] == '\0');
        }

        return wanted ? sequences[colour] : "";
}

size_t ctl_get_columns(void) {
        struct winsize size;

        if (!isatty(STDOUT_FILENO))
                return 0;

        return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}
