/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The turns in which the tunnels of this machine dial, so that a server that hundreds of them have
 * lost is not overrun. The file holds, for each server, the time of the first turn that nobody has
 * taken. A supervisor takes that one, or the present if nobody else waits, and moves it on.
 *
 * The file is trusted as little as its writers: a time too far ahead counts as damaged.
 */

#include <stdint.h>

/* tmpfiles.d makes it. Without it everybody dials at once. */
#define TURN_FILE_PATH "/run/pptp-turns"

/*
 * Takes the next turn at a server, by the name that the configuration has for it. Times are
 * microseconds of CLOCK_BOOTTIME, which all processes share; turns are interval_usec apart, and
 * none is further ahead than longest_usec. Never waits. Returns 0 and the turn's time, which is
 * now_usec or later; -EAGAIN if other processes are at it all the time; and another negative errno
 * if there is no such file.
 */
int turn_file_take(const char *path, const char *server, uint64_t now_usec, uint64_t interval_usec,
                   uint64_t longest_usec, uint64_t *ret_turn_usec);
