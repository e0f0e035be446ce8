/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The steps of judging an attempt, for log-verdict.c, which gives their order. Each knows one thing
 * about logs, and changes the verdict that attempt.verdict holds so far, or adds what is special
 * about this case to its detail.
 */

#include <stdbool.h>
#include <stddef.h>

#include "core/explain/log-parser.h"

/* Adds the failure that the course of the control connection proves, though no message names it. */
void log_attempt_conclude_control(LogOpenAttempt *a);
/* Whether somebody stopped pptp-linux after so few requests that no answer may have had time. */
bool log_attempt_was_stopped_early(const LogOpenAttempt *a);
/*
 * Concludes an attempt that somebody on this host ended: it has no failure of its own, other than
 * the answer that it was waiting for.
 */
void log_attempt_conclude_end(LogOpenAttempt *a);
/* Says what silence may mean after which a client gave up without a word of the server. */
void log_attempt_note_gave_up(LogOpenAttempt *a);
/* Says that nothing can be told of an attempt from which somebody picked single lines. */
void log_attempt_note_picked(LogOpenAttempt *a);
/* Says what a verdict on silence rests on if no line of pppd is in the log. */
void log_attempt_note_silence(LogOpenAttempt *a);
/* Adds that only the tunnel's packets got lost, where the control connection still answered. */
void log_attempt_note_alive(LogOpenAttempt *a);
/*
 * Names the route to the server as the first suspect, where the control connection has been silent
 * since the tunnel came up.
 */
void log_attempt_note_lost_way(LogOpenAttempt *a);
/* Adds that a crash of pptp-linux followed from what the verdict says of the control connection. */
void log_attempt_note_crashed(LogOpenAttempt *a);
/* Tells a server that closed the control connection after its answers from one that never spoke. */
void log_attempt_judge_closed(LogOpenAttempt *a);

/*
 * Judges that pptp-linux drops every packet of the server, because the sequence numbers are those
 * of another call.
 */
void log_attempt_judge_gre(LogOpenAttempt *a);
/* Judges that pptp-linux may not send its first GRE packet, of which it ends without a word. */
void log_attempt_judge_unsent(LogOpenAttempt *a);
/* Judges that pppd is gone from a tunnel that was up without a word of its own. */
void log_attempt_judge_vanished(LogOpenAttempt *a);

/*
 * Names the option of pppd that forbids what the server insists on, where the log shows it: then
 * no secret is missing.
 */
void log_attempt_judge_options(LogOpenAttempt *a);
/* Adds the server's own words, which count more than that it refused the log-on. */
void log_attempt_judge_refusal(LogOpenAttempt *a);
/*
 * Says where the writer has taken out the server's reason, or pppd or the paste has cut off the
 * number with which Windows gives it.
 */
void log_attempt_note_unreadable(LogOpenAttempt *a);

/*
 * Says what the server's word or silence is worth if not one byte of data came back: the end is a
 * consequence then, whatever the peer calls it.
 */
void log_attempt_note_one_way(LogOpenAttempt *a);
/*
 * Adds to the verdict that a link without a single answered echo request may have died of the
 * requests alone.
 */
void log_attempt_note_echoes(LogOpenAttempt *a);

/* Says that an address needs no name server, so that this host had no network at all. */
void log_attempt_note_unresolved(LogOpenAttempt *a);
/* Says that the server's name stands for this host itself, which then refuses the connection. */
void log_attempt_note_own_address(LogOpenAttempt *a);
/*
 * Judges a tunnel that came up by its addresses and this host's networks, unless it carried data
 * both ways and so was of use.
 */
void log_attempt_judge_addresses(LogOpenAttempt *a, const LogNetworks *networks);

/* Explains raw bytes of PPP on a terminal: GRE works, and no pppd was there to answer. */
void log_attempt_note_raw(LogOpenAttempt *a);

/* Collects the lines that the verdict in attempt rests on. */
void log_attempt_collect_evidence(LogOpenAttempt *a);
/* Shows the last packets as evidence where there is no verdict. */
void log_attempt_show_last_packets(LogOpenAttempt *a);
/* Collects what else is remarkable, and not the cause. */
void log_attempt_collect_notes(LogOpenAttempt *a);
