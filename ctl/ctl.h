/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * pptpctl, a command with subcommands. Each takes its own arguments, from its name on, and returns
 * the exit status.
 */

#include <stddef.h>
#include <stdio.h>

/* What "explain" and the like did not find; sysexits.h has the others. */
#define CTL_NOT_FOUND 1

int ctl_check(int argc, char **argv);
int ctl_explain(int argc, char **argv);
int ctl_import(int argc, char **argv);
int ctl_status(int argc, char **argv);

/*
 * Prints a paragraph, broken at blanks so that no line is longer than 78 columns. Each line is
 * indented.
 */
void ctl_print_paragraph(FILE *out, const char *text, size_t n_indent);

/* Prints "Label: text", the labels of several aligned at their colons, the text broken as above. */
void ctl_print_field(FILE *out, const char *label, const char *text);
