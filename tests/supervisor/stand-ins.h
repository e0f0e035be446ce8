/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What takes the place of the kernel's PPP, where that is missing: stand-in-pppd.c for pppd, and
 * stand-ins.c for the data path. The linker puts it in (--wrap, see meson.build).
 */

/* The link's addresses, the route that the server offers, and the password that it accepts. */
#define STAND_IN_LOCAL "10.7.0.2"
#define STAND_IN_PEER "10.7.0.1"
#define STAND_IN_OFFER "10.50.0.0/16"
#define STAND_IN_PASSWORD "secret"
/* What it takes for a response to a challenge, with its length in front. */
#define STAND_IN_RESPONSE "\x08SQUEAMIS"

/* Our call id in the Outgoing-Call-Request. */
#define STAND_IN_CALL_ID 4711

/* The path of the program stand-in-pppd. To be set before a supervisor runs. */
extern const char *stand_in_pppd;
