/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The few messages of pppd, pptp-linux and their callers that hold as much as the packet or the
 * status that they speak of. What a message merely means is in the catalogue (LogText=).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/diagnosis/diagnosis.h"
#include "core/ppp/mppe.h"
#include "core/pptp/pptp-message.h"

/* An LCP Terminate-Request, from the PPP protocol field on. */
#define LOG_TERMINATION_MAX_BYTES 128

/*
 * Reads what pptp-linux prints about a reply of the server: first a line that names the reply, then
 * "Reply result code is 2 'General Error'. Error code is 4". reply carries what earlier lines said
 * from one call to the next. Returns whether it has its codes now.
 */
bool log_message_get_reply(const char *text, PptpMessage *reply);

/*
 * Makes the Terminate-Request of LCP that pppd's "LCP terminated by peer (User request)" reports.
 * The text between the parentheses is the peer's; Windows puts a number in it,
 * "...^@<M-Mt^@^@^BM-3". Returns the length of the frame in bytes, or 0 if the text is no such
 * message.
 */
size_t log_message_get_termination(const char *text,
                                   uint8_t ret_frame[static LOG_TERMINATION_MAX_BYTES]);
/* Returns whether a message is one of those that log_message_get_termination() reads. */
bool log_message_is_of_peer(const char *text);

/*
 * Reads the exit status from a line such as "pppd exited with error code 19" of a program that
 * started pppd, or of "systemctl status". Returns false if the text is none.
 */
bool log_message_get_exit(const char *text, int *ret_status);

/*
 * Reads what pppd or pptp-linux says and no packet shows, such as that there is no password for
 * this server. Returns false if the text is no such message.
 */
bool log_message_get_fact(const char *text, DiagnosisFactType *ret_type);

/* syslog's "last message repeated 8 times": more than that many tell nothing more. */
#define LOG_REPETITIONS_MAX 100

/*
 * Returns how many times more the line before was logged, by syslog's message about that, at most
 * LOG_REPETITIONS_MAX; or 0 if the text is no such message.
 */
unsigned log_message_get_repetitions(const char *text);

/*
 * Returns how many echo requests had no answer, by pppd's "No response to 4 echo-requests"; or 0 if
 * the text is no such message.
 */
unsigned log_message_get_dead_echoes(const char *text);

/*
 * Returns whether a text is the kernel's log of a GRE packet that came in and met a rule of the
 * firewall, other than one whose prefix says that it let the packet pass.
 */
bool log_message_is_gre_in_firewall(const char *text);

/*
 * Returns whether a text is the kernel's log of a packet that a rule of the firewall drops, as its
 * prefix says: one that opens a connection to TCP port 1723 of this host, or through it.
 */
bool log_message_is_call_dropped(const char *text);
/* The same of a packet that came out of a PPP link, and was to leave by another interface. */
bool log_message_is_tunnel_dropped(const char *text);

/*
 * Reads the numbers of a GRE packet that pptp-linux threw away, "discarding bogus packet 9
 * (expecting 5)". Returns false for what it kept.
 */
bool log_message_get_discarded(const char *text, uint32_t *ret_number, uint32_t *ret_expected);

/*
 * Reads pppd's "Sent 10 bytes, received 20 bytes." at the end of a link. Returns false if the text
 * is no such message.
 */
bool log_message_get_traffic(const char *text, uint64_t *ret_sent, uint64_t *ret_received);

/*
 * Reads how many bytes an interface has sent or received by ifconfig: "RX bytes:10", or of newer
 * ones "RX packets 2  bytes 10". Returns false if the text does not tell it.
 */
bool log_message_get_counter(const char *text, bool sent, uint64_t *ret_bytes);

/*
 * Reads the signal of pppd's "Child process pptp 192.0.2.1 (pid 7) terminated with signal 15". pppd
 * runs other programs as well: returns false if the text does not tell it of pptp-linux.
 */
bool log_message_get_helper_signal(const char *text, unsigned *ret_signal);

/*
 * Reads how long IP was up on a link, in seconds, of pppd's "Connect time 9.9 minutes." at its end.
 * Returns false if the text is no such message.
 */
bool log_message_get_lifetime(const char *text, uint64_t *ret_sec);
