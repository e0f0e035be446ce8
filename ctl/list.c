/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * pptpctl list, and pptpctl alone: a table of all tunnels, one line for each, as wide as the
 * terminal. Needs no privileges.
 */

#include <inttypes.h>
#include <string.h>
#include <sysexits.h>

#include "core/base/macros.h"
#include "core/base/paths.h"
#include "ctl.h"
#include "io/clock.h"
#include "show-views.h"
#include "tunnel-view.h"

#define CELL_MAX_BYTES 768
#define ELLIPSIS "…"

typedef enum Column {
        COLUMN_NAME,
        COLUMN_STATE,
        COLUMN_FOR,
        COLUMN_SERVER,
        COLUMN_ADDRESS,
        COLUMN_ENCRYPTION,
        COLUMN_RECEIVED,
        COLUMN_SENT,
        COLUMN_RECONNECTS,
        COLUMN_LAST,
        _COLUMN_MAX,
} Column;

static const char *const titles[_COLUMN_MAX] = {
        [COLUMN_NAME] = "TUNNEL",       [COLUMN_STATE] = "STATE",
        [COLUMN_FOR] = "FOR",           [COLUMN_SERVER] = "SERVER",
        [COLUMN_ADDRESS] = "ADDRESS",   [COLUMN_ENCRYPTION] = "ENCRYPTION",
        [COLUMN_RECEIVED] = "RECEIVED", [COLUMN_SENT] = "SENT",
        [COLUMN_RECONNECTS] = "RECONN", [COLUMN_LAST] = "LAST FAILURE",
};

/* The columns that are left out on a narrow terminal, in this order. */
static const Column dispensable[] = {
        COLUMN_ENCRYPTION, COLUMN_RECONNECTS, COLUMN_SENT,
        COLUMN_RECEIVED,   COLUMN_SERVER,     COLUMN_FOR,
};

/* Columns are left out while the last one has less room than this. */
#define LAST_MIN_COLUMNS 30
/* Before that, a name keeps so much: what is longer is mostly alike, and shown by --full. */
#define NAME_COLUMNS 24
#define NAME_MIN_COLUMNS 8

static void add_cell(const TunnelView *v, Column column, TextBuilder *b) {
        const Status *s = &v->status;
        Traffic traffic = tunnel_view_traffic(v);
        uint64_t since = tunnel_view_since(v);

        switch (column) {
        case COLUMN_NAME:
                text_add(b, v->name);
                break;
        case COLUMN_STATE:
                text_add(b, tunnel_view_state(v));
                break;
        case COLUMN_FOR:
                if (since > 0)
                        tunnel_view_add_age(b, since, clock_read_usec(CLOCK_REALTIME));
                break;
        case COLUMN_SERVER:
                text_add(b, s->server);
                break;
        case COLUMN_ADDRESS:
                if (v->is_alive && s->address.s_addr != INADDR_ANY)
                        text_add_ipv4(b, s->address);
                break;
        case COLUMN_ENCRYPTION:
                if (v->is_alive)
                        text_add(b, s->encryption_sent);
                break;
        case COLUMN_RECEIVED:
                if (v->has_status)
                        tunnel_view_add_bytes(b, traffic.received_bytes);
                break;
        case COLUMN_SENT:
                if (v->has_status)
                        tunnel_view_add_bytes(b, traffic.sent_bytes);
                break;
        case COLUMN_RECONNECTS:
                if (v->has_status)
                        text_addf(b, "%" PRIu64,
                                  s->history.n_connects - (s->history.n_connects > 0));
                break;
        case COLUMN_LAST:
                if (v->name_fault) {
                        tunnel_view_add_name_fault(b, v);
                } else if (tunnel_view_has_trouble(v)) {
                        text_add(b, "but ");
                        tunnel_view_add_trouble(b, v);
                } else if (s->history.n_failures > 0) {
                        text_addf(b, "%s%s%s", s->history.failures[0].id,
                                  s->history.failures[0].id[0] ? ": " : "",
                                  s->history.failures[0].text);
                }
                break;
        case _COLUMN_MAX:
                break;
        }

        if (b->n_text == 0 && column != COLUMN_LAST)
                text_add(b, "-");
}

/* Characters of UTF-8; those of names and texts here are one column wide. */
static size_t count_columns(const char *text) {
        size_t n = 0;

        for (; *text; text++)
                n += ((unsigned char) *text & 0xc0) != 0x80;
        return n;
}

static void measure(const TunnelViews *views, size_t *widths) {
        for (Column c = 0; c < _COLUMN_MAX; c++)
                widths[c] = count_columns(titles[c]);

        for (size_t i = 0; i < views->n_items; i++)
                for (Column c = 0; c < _COLUMN_MAX; c++) {
                        char cell[CELL_MAX_BYTES];
                        TextBuilder b = text_builder(cell, sizeof(cell));

                        add_cell(&views->items[i], c, &b);
                        widths[c] = MAX(widths[c], count_columns(cell));
                }
}

static size_t sum_widths(const size_t *widths) {
        size_t sum = 0;

        for (Column c = 0; c < COLUMN_LAST; c++)
                sum += widths[c] > 0 ? widths[c] + 2 : 0;
        return sum;
}

static bool is_too_wide(const size_t *widths, size_t n_columns) {
        return sum_widths(widths) + MIN(widths[COLUMN_LAST], (size_t) LAST_MIN_COLUMNS) > n_columns;
}

/* Makes the table as narrow as the terminal; a width of 0 leaves a column out. */
static void fit(size_t *widths, size_t n_columns) {
        size_t others, n_name;

        if (is_too_wide(widths, n_columns))
                widths[COLUMN_NAME] = MIN(widths[COLUMN_NAME], (size_t) NAME_COLUMNS);
        for (size_t i = 0; i < ELEMENTSOF(dispensable); i++)
                if (is_too_wide(widths, n_columns))
                        widths[dispensable[i]] = 0;

        /* Where all that is left does not fit, the name gives way once more. */
        others = sum_widths(widths) - widths[COLUMN_NAME];
        n_name = n_columns > others ? n_columns - others : 0;
        n_name = MAX(n_name, (size_t) NAME_MIN_COLUMNS);
        widths[COLUMN_NAME] = MIN(widths[COLUMN_NAME], n_name);

        if (sum_widths(widths) + widths[COLUMN_LAST] > n_columns)
                widths[COLUMN_LAST] =
                        n_columns > sum_widths(widths) ? n_columns - sum_widths(widths) : 0;
}

/* Returns where the text goes on behind that many columns. */
static const char *skip_columns(const char *text, size_t n) {
        for (; n > 0 && *text; n--)
                do
                        text++;
                while (((unsigned char) *text & 0xc0) == 0x80);

        return text;
}

/* Names differ at their ends as often as at their beginnings, and are cut in the middle. */
static void print_cell(const char *text, Column column, size_t width) {
        size_t n = count_columns(text), n_end = column == COLUMN_NAME ? (width - 1) / 2 : 0;

        if (n <= width) {
                printf("%s%*s", text, column == COLUMN_LAST ? 0 : (int) (width - n + 2), "");
                return;
        }

        printf("%.*s" ELLIPSIS "%s", (int) (skip_columns(text, width - 1 - n_end) - text), text,
               skip_columns(text, n - n_end));
        if (column != COLUMN_LAST)
                fputs("  ", stdout);
}

static void print_titles(const size_t *widths) {
        fputs(ctl_colour(CTL_BOLD), stdout);
        for (Column c = 0; c < _COLUMN_MAX; c++)
                if (widths[c] > 0)
                        print_cell(titles[c], c, widths[c]);
        printf("%s\n", ctl_colour(CTL_PLAIN));
}

static void print_tunnel(const TunnelView *v, const size_t *widths) {
        for (Column c = 0; c < _COLUMN_MAX; c++) {
                char cell[CELL_MAX_BYTES];
                TextBuilder b = text_builder(cell, sizeof(cell));

                if (widths[c] == 0)
                        continue;
                add_cell(v, c, &b);
                if (c == COLUMN_STATE)
                        fputs(ctl_colour(tunnel_view_colour(v)), stdout);
                print_cell(cell, c, widths[c]);
                if (c == COLUMN_STATE)
                        fputs(ctl_colour(CTL_PLAIN), stdout);
        }
        putchar('\n');
}

static void print_table(const TunnelViews *views, bool full) {
        size_t widths[_COLUMN_MAX], n_columns = full ? 0 : ctl_get_columns();

        if (views->n_items == 0) {
                if (views->n_unknown == 0)
                        ctl_print_no_tunnel(views->files);
                return;
        }

        measure(views, widths);
        if (n_columns > 0)
                fit(widths, n_columns);
        print_titles(widths);
        for (size_t i = 0; i < views->n_items; i++)
                print_tunnel(&views->items[i], widths);
}

static int show(const TunnelViews *views, const CtlOptions *options, _unused_ bool are_named) {
        if (options->json != JSON_OFF)
                tunnel_views_write_json(views, options->json);
        else
                print_table(views, options->full);

        return views->n_unknown > 0 ? CTL_UNKNOWN : 0;
}

int ctl_list(int argc, char **argv) {
        CtlOptions options;
        int first;

        first = ctl_parse_options(argc, argv, CTL_OPTION_JSON | CTL_OPTION_WATCH | CTL_OPTION_FULL,
                                  &options);
        if (first < 0)
                return EX_USAGE;

        return show_views(&options, argv + first, (size_t) (argc - first), show);
}
