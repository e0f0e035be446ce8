/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "show-views.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

/* Makes room on the terminal for the next picture, and waits a second before each but the first. */
static void begin_picture(bool first) {
        if (!first)
                sleep(1);
        if (isatty(STDOUT_FILENO))
                fputs("\033[H\033[2J", stdout);
        else if (!first)
                putchar('\n');
}

int show_views(const CtlOptions *options, char **names, size_t n_names, ShowViewsFunc *show) {
        for (bool again = false;; again = true) {
                TunnelViews views;
                int r, result;

                if (options->watch)
                        begin_picture(!again);

                r = tunnel_views_init(&views, options->root, names, n_names);
                if (r < 0)
                        fprintf(stderr, "pptpctl: %s\n", strerror(-r));
                result = r < 0 ? EX_OSERR : show(&views, options, n_names > 0);
                tunnel_views_done(&views);

                fflush(stdout);
                if (!options->watch || r < 0 || ferror(stdout))
                        return result;
        }
}
