/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Packets as tcpdump prints them. Of PPTP they tell one thing that matters: whether GRE goes both
 * ways.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The two hosts in the order in which their GRE packets were seen; addresses in host byte order. */
typedef struct LogCapture {
        unsigned n_lines;  /* 0: there is no such line in the log */
        uint32_t hosts[2]; /* 0: not seen yet */
        unsigned n_gre[2]; /* packets that each sent */
        uint32_t client;   /* who opened the control connection, or 0 */
} LogCapture;

/* Takes a line in which tcpdump names GRE or a message of PPTP; passes over any other. */
void log_capture_add(LogCapture *c, const char *text);

/* Whether one host sent GRE again and again, and none came back to it. */
bool log_capture_is_one_way(const LogCapture *c);
