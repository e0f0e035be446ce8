/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What log-diagnosis.c does with each line of a log, in three files: see the heads of those. */

#include <stdbool.h>
#include <stddef.h>

#include "core/explain/log-parser.h"

/* log-open.c */

/* Begins an attempt in a place that is free, or whose attempt was filed. */
void log_attempt_begin(LogParser *p, LogOpenAttempt *a, unsigned line);
/* Judges an attempt and files it. Overwrites the oldest one when LOG_ATTEMPTS_MAX are filed. */
void log_attempt_end(LogParser *p, LogOpenAttempt *a);
/*
 * Files an attempt of which the log only has the beginning, with or without the end, or the end as
 * pptp-linux tells it.
 */
void log_attempt_end_untold(LogParser *p, LogOpenAttempt *a);
/*
 * Returns the attempt that a line belongs to: that of its process, or else the current one. A pppd
 * that was not seen before is another attempt, unless the current one waits for its pppd.
 */
LogOpenAttempt *log_parser_find_attempt(LogParser *p, const LogInput *input);
/*
 * Files the attempt of a line if the line begins another one of the same process, and begins that
 * in its place.
 */
void log_parser_begin_attempt(LogParser *p, LogOpenAttempt *a, const LogInput *input);
/*
 * Notes that a server program speaks. Its line says nothing about a pppd that runs already, unless
 * it names that one, but the pppd that it starts next is a server's.
 */
void log_parser_note_server(LogParser *p, const LogInput *input);

/* log-packed.c */

/* Takes one message after the other of a line; each is NUL-terminated until the call returns. */
typedef void (*LogTake)(LogParser *p, const LogLine *line);

/*
 * Passes on the messages of a line that may have several, one by one, each from where a known text
 * begins it.
 */
void log_parser_unpack(LogParser *p, const LogLine *line, LogTake take);

/* log-mention.c */

/* Whether a line is prose: a sentence or a heading of a letter or of a web page. */
bool log_input_is_sentence(const LogInput *input);
/* Notes what people tell in their own words. */
void log_parser_note_prose(LogParser *p, const LogInput *input);
/*
 * Takes the names of carriers and the addresses out of the matches, since they are no messages. A
 * sentence that mentions L2TP does not make the log one of L2TP. *ret_carrier is the carrier that
 * the line names, if it names one.
 */
void log_parser_take_names(LogParser *p, LogInput *input, LogMatch *matches,
                           LogCarrier *ret_carrier);
/* Notes what carries the attempt's link. Once pppd itself has named PPTP, nothing changes that. */
void log_attempt_note_carrier(LogOpenAttempt *a, const LogInput *input, LogCarrier carrier);

/* log-torn.c */

/* Keeps the length of the longest lines, at which a terminal may have broken them. */
void log_width_note(LogWidth *width, const LogLine *line);
/*
 * Completes the tag of a line of pptp-linux that was wrapped behind its time and process: "anon
 * log[main:pptp.c:353]: " begins the next line then. A line that goes on in the middle of a word
 * gets the tag of the one before.
 */
void log_tag_continue(LogTag *tag, const LogLine *line, const LogJoint *before,
                      const LogWidth *width);
/*
 * Finds a message that the end of the paste has cut off. In a line that names no program it has to
 * stand at the beginning. Returns how many matches it wrote to ret_matches.
 */
size_t log_parser_find_cut(const LogParser *p, const LogInput *input,
                           LogMatch ret_matches[static LOG_MATCHES_MAX]);
/* Adds the known texts that are found only after blanks within a word are taken out. */
void log_parser_add_mended(LogParser *p, const LogInput *input);
/*
 * Adds the known texts that a mail program or a terminal has split: they begin in a line before,
 * which names its program, and end in this one, which names none. Texts within either line are left
 * out, since each line is also read alone. Returns whether this line continues those before.
 */
bool log_parser_add_joint(LogParser *p, const LogInput *input);
/* Remembers a line that the next one may continue. */
void log_parser_keep_joint(LogParser *p, const LogInput *input);
