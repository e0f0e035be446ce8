/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Other programs, run to their end. Nothing secret goes into their arguments. */

#include <stddef.h>
#include <stdint.h>

/*
 * Runs a program that is looked for in PATH. Its standard input is input_fd, or nothing with -1;
 * its standard output output_fd, or ours with -1. It has the default signals, whatever ours are.
 * Returns its exit status, 128 and the number of the signal that ended it, or a negative errno.
 */
int program_run(const char *const *argv, int input_fd, int output_fd);

/*
 * The same with what it prints, cut at the size of the buffer and with a NUL behind; what it says
 * on standard error is dropped. Returns as program_run() does.
 */
int program_capture(const char *const *argv, int input_fd, char *buffer, size_t n_buffer);

/*
 * The same with what it says on standard error among what it prints, and without an input. It is
 * killed if it has not ended after timeout_usec microseconds. Returns as program_run() does, or
 * -ETIMEDOUT.
 */
int program_capture_all(const char *const *argv, uint64_t timeout_usec, char *buffer,
                        size_t n_buffer);
