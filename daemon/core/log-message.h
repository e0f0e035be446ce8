/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The few messages of pppd, pptp-linux and their callers that hold as much as the packet or the
 * status that they speak of. What a message merely means is in the catalogue (LogText=).
 */

#include <stdbool.h>
#include <stdint.h>

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
