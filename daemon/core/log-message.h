/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The few messages of pppd, pptp-linux and their callers that hold as much as the packet or the
 * status that they speak of. What a message merely means is in the catalogue (LogText=).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/mppe.h"
#include "core/pptp-message.h"

/* An LCP Terminate-Request with Windows' error number, from the PPP protocol field on. */
#define LOG_TERMINATION_BYTES 18

/*
 * pptp-linux about a reply of the server: first a line that names the reply, then "Reply result
 * code is 2 'General Error'. Error code is 4". reply is what the lines so far were about, and
 * remembers it from one to the next. True when it has its codes.
 */
bool log_message_get_reply(const char *text, PptpMessage *reply);

/*
 * pppd's "LCP terminated by peer (...^@<M-Mt^@^@^BM-3)": the number that Windows hides in there, as
 * the frame that it came in.
 */
bool log_message_get_termination(
                const char *text, uint8_t ret_frame[static LOG_TERMINATION_BYTES]);

/* "pppd exited with error code 19", as those who started it put it. */
bool log_message_get_exit(const char *text, int *ret_status);

/*
 * Our own line about the encryption that is acceptable, which no packet shows: "Acceptable
 * encryption: MPPE=128 Stateful=no TolerateMPPC=yes"; and back. The latter returns whether the text
 * has such a line.
 */
void log_message_describe_policy(const MppePolicy *policy, char *buffer, size_t n_buffer);
bool log_message_get_policy(const char *text, MppePolicy *ret_policy);
