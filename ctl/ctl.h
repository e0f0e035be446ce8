/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * pptpctl, a command with subcommands. Each takes its own arguments, from its name on, and returns
 * the exit status.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "io/config-files.h"
#include "json.h"

/* What "explain" and the like did not find; sysexits.h has the others. */
#define CTL_NOT_FOUND 1

/* The exit statuses of systemctl status; that of several tunnels is the highest. */
#define CTL_NOT_UP 3
#define CTL_UNKNOWN 4

/* pptpctl cat: the configuration in force. */
int ctl_cat(int argc, char **argv);
/* pptpctl check: looks for what keeps a tunnel from coming up. */
int ctl_check(int argc, char **argv);
/* pptpctl dump: what went over the wire last, with the journal, in a file for a question. */
int ctl_dump(int argc, char **argv);
/* pptpctl explain: a reason by its id, or what a pasted log shows. */
int ctl_explain(int argc, char **argv);
/* pptpctl import: carries over another program's configuration. */
int ctl_import(int argc, char **argv);
/* pptpctl health: an exit status for monitoring systems. */
int ctl_health(int argc, char **argv);
/* pptpctl list: a line for each tunnel. */
int ctl_list(int argc, char **argv);
/* pptpctl metrics: the tunnels' counters for Prometheus. */
int ctl_metrics(int argc, char **argv);
/* pptpctl monitor: changes of the tunnels as they happen. */
int ctl_monitor(int argc, char **argv);
/* pptpctl reconnect: has running tunnels close their connections and dial again. */
int ctl_reconnect(int argc, char **argv);
/* pptpctl routes: those that a tunnel wants beside those that the kernel has. */
int ctl_routes(int argc, char **argv);
/* pptpctl status: all that is known of tunnels. */
int ctl_status(int argc, char **argv);

/*
 * Calls a method of a tunnel's supervisor (io/tunnel-socket.h), and waits until it is done. Returns
 * 0; -ENOENT or -ECONNREFUSED if none runs, -EACCES if only root may, or another negative errno.
 */
int ctl_call_tunnel(const char *name, const char *method);

/*
 * Prints a text. Names of interfaces and files, and the arguments of other people's processes, may
 * have control characters: what is none of text is printed as \xNN.
 */
void ctl_print_text(FILE *out, const char *text);

/* ---- options ---- */

typedef struct CtlOptions {
        const char *root; /* in front of all paths; "" for the running system */
        JsonFormat json;
        bool watch;
        bool full; /* nothing is cut to the width of the terminal */
        bool probe;
        int n_lines; /* of the journal; -1: as many as usual */
        const char *output;
} CtlOptions;

/* What a command takes beside --root=. */
enum {
        CTL_OPTION_JSON = 1 << 0,
        CTL_OPTION_WATCH = 1 << 1,
        CTL_OPTION_PROBE = 1 << 2,
        CTL_OPTION_LINES = 1 << 3,
        CTL_OPTION_OUTPUT = 1 << 4,
        CTL_OPTION_FULL = 1 << 5,
};

/*
 * Reads the options of a command, wherever they stand among its names, which come to the end of
 * argv. Returns the index of the first name, or -1 after the usage was printed.
 */
int ctl_parse_options(int argc, char **argv, unsigned allowed, CtlOptions *ret_options);

/* ---- text for a terminal ---- */

/*
 * Prints on standard output that no tunnel is configured, and where one would be; or what keeps us
 * from looking there.
 */
void ctl_print_no_tunnel(const ConfigFiles *files);

/*
 * Prints a paragraph, broken at blanks so that no line is longer than 78 columns. Each line is
 * indented.
 */
void ctl_print_paragraph(FILE *out, const char *text, size_t n_indent);

/* Prints, after an empty line, a title and an indented paragraph to standard output. */
void ctl_print_section(const char *title, const char *text);

/* Prints "Label: text", the labels of several aligned at their colons, the text broken as above. */
void ctl_print_field(FILE *out, const char *label, const char *text);

typedef enum CtlColour {
        CTL_PLAIN,
        CTL_GREEN,
        CTL_YELLOW,
        CTL_RED,
        CTL_GREY,
        CTL_BOLD,
} CtlColour;

/*
 * Returns the escape sequence that begins a colour; that of CTL_PLAIN ends it. Returns "" if
 * standard output is no terminal, or NO_COLOR is set. Static.
 */
const char *ctl_colour(CtlColour colour);

/*
 * Returns how many columns the terminal at standard output has, or 0 if it is no terminal, where
 * lines may have any length.
 */
size_t ctl_get_columns(void);
