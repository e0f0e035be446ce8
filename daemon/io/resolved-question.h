/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Whether systemd-resolved is there, by org.freedesktop.resolve1(5): by a question to which it
 * alone answers, and that does not start it, since whoever stopped it meant it. pptp-names goes by
 * the answer, and so does "pptpctl check", which tells beforehand what that will be.
 */

#include <systemd/sd-bus.h>

#define RESOLVED_NAME "org.freedesktop.resolve1"
#define RESOLVED_PATH "/org/freedesktop/resolve1"
#define RESOLVED_MANAGER RESOLVED_NAME ".Manager"

/* How long it may take: below NAMES_KEEPER_ANSWER_USEC, so that its reason is heard. */
#define RESOLVED_CALL_USEC (4 * USEC_PER_SEC)

/* Begins a call of a method. Returns 0 or a negative errno. */
int resolved_call_new(sd_bus *bus, const char *interface, const char *method,
                      sd_bus_message **ret_call);

/*
 * Makes the question, which is for the name servers that it has: a variant of a(iiay). Whatever
 * error is the answer, it is not there. Returns 0 or a negative errno.
 */
int resolved_question_new(sd_bus *bus, sd_bus_message **ret_question);

/*
 * Asks, and waits for the answer. Returns 1 or 0; or a negative errno if that cannot be known:
 * there is no system bus here, or it does not let us ask.
 */
int resolved_is_there(void);
