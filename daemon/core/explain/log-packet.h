/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * PPP packets back from the words that pppd's debug option (and our own debug log) has for them:
 * `sent [CCP ConfReq id=0x1 <mppe +H -M +S +L -D -C>]` becomes the bytes that went over the wire.
 * What a person blanked out before posting it, or the program cut off, becomes zeros or is missing.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A PPP control packet of the default MRU (RFC 1661, section 6.1), from its protocol field on. */
#define LOG_FRAME_MAX_BYTES 1502

/*
 * Finds where a packet begins in a line that may have any prefix. Returns its offset ("sent [" or
 * "rcvd ["), or n_text if there is none.
 */
size_t log_packet_find(const char *text, size_t n_text);

/*
 * Returns the length in bytes of the packet that begins at text, up to the bracket that closes it;
 * brackets in quotes do not count. Returns 0 if it is not closed: then it goes on in the next line.
 */
size_t log_packet_length(const char *text, size_t n_text);

/*
 * Whether the options of the packet that begins at text got lost, as "<mru 1500>" does on a web
 * page that takes it for markup: a blank is left before the bracket that pppd does not write.
 */
bool log_packet_is_bare(const char *text, size_t n_text);

/*
 * Rebuilds the packet that begins at text. Returns true, the direction and the frame in a buffer of
 * LOG_FRAME_MAX_BYTES; or false if it is of a protocol or a code that is not known here.
 */
bool log_packet_parse(const char *text, size_t n_text, bool *ret_sent, uint8_t *frame,
                      size_t *ret_n_frame);
