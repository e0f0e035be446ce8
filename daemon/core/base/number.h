/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Numbers in text that others wrote: configuration files, pasted logs, packets, other programs'
 * files. strtoul() and sscanf() also take white space, signs and, in base 0, octal, and wrap or
 * saturate where a number is too large; these functions take digits and nothing else.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Returns the value of a digit in base 2 to 16, in either case, whatever the locale; -1: none. */
int number_digit(char c, unsigned base);

/*
 * Reads the digits at the beginning of a text, up to the first byte that is none; at most n_text
 * bytes, SIZE_MAX where a NUL or anything else ends them. Returns how many digits there are, or 0
 * without touching ret_number if there are none or the number is over maximum.
 */
size_t number_take(const char *text, size_t n_text, unsigned base, uint64_t maximum,
                   uint64_t *ret_number);

/*
 * Reads a string that is a number in base 2 to 16 as a whole. Returns false without touching
 * ret_number if it is none, or over maximum.
 */
bool number_parse(const char *text, unsigned base, uint64_t maximum, uint64_t *ret_number);

/*
 * Reads a string as number_parse() does, in base 10, or in base 16 with 0x or 0X in front. A
 * leading 0 alone does not mean octal. Returns false without touching ret_number if the string is
 * no such number, or over maximum.
 */
bool number_parse_any_base(const char *text, uint64_t maximum, uint64_t *ret_number);
