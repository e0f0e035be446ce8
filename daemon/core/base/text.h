/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Text for people, built in buffers of fixed size: the describe functions, status lines and journal
 * messages. A builder never fails and never overruns; what does not fit is cut, and the cut shows
 * as three dots at the end. Everything that a peer sent goes through text_add_escaped().
 */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/macros.h"

/* The buffer is NUL-terminated after every call. Once something was cut, additions are ignored. */
typedef struct TextBuilder {
        char *buffer;
        size_t n_buffer;
        size_t n_text;  /* without the NUL */
        size_t n_whole; /* where to cut: the last boundary that leaves room for dots */
        bool truncated;
} TextBuilder;

/*
 * Returns a builder over a buffer of at least one byte, which it borrows and makes an empty string.
 */
TextBuilder text_builder(char *buffer, size_t n_buffer);

/* Adds a text that is not a peer's; cut, with dots, where it does not fit. */
void text_add(TextBuilder *t, const char *text);

/* The same with a format of printf(). */
void text_addf(TextBuilder *t, const char *format, ...) _printf_(2, 3);

/*
 * Adds bytes of unknown origin: printable ASCII as it is, the backslash doubled, anything else as
 * \xNN, so that no control character, escape sequence or broken UTF-8 gets to a terminal. An
 * escape is never cut in the middle.
 */
void text_add_escaped(TextBuilder *t, const void *data, size_t n_data);

/* The same between quotation marks, those in the data escaped: no value can end its own quotes. */
void text_add_quoted(TextBuilder *t, const void *data, size_t n_data);

/*
 * Adds as many whole sentences of the text as there is room for, from the first on. Where there is
 * no room for the first one, adds nothing.
 */
void text_add_sentences(TextBuilder *t, const char *text);
/*
 * Reads what is behind a backslash, by text_add_escaped() or pppd: x and up to two hex digits, up
 * to three octal digits, one of C's letters (and s, pppd's blank), or a character that stands for
 * itself. text has at least one byte. Returns how many bytes that takes.
 */
size_t text_take_escape(const char *text, size_t n_text, char *ret_c);

/* Adds the bytes as hex digits, with the separator between two of them. */
void text_add_hex(TextBuilder *t, const void *data, size_t n_data, const char *separator);

/* Adds so many of something: "1 route", "3 routes", "2 tries". The plural must be a regular one. */
void text_add_count(TextBuilder *t, uint64_t n, const char *what);

/*
 * Adds a length of time in the two largest units that say something: "250 us", "40 ms", "3.2 s",
 * "5 min", "2 h 5 min", "3 d 4 h", "for ever" for USEC_INFINITY. Rounded down.
 */
void text_add_duration(TextBuilder *t, uint64_t usec);

/* Adds an IPv4 address as four decimal numbers with dots. */
void text_add_ipv4(TextBuilder *t, struct in_addr address);
/* Adds an IPv6 address in the form of RFC 5952, "fe80::1". */
void text_add_ipv6(TextBuilder *t, const struct in6_addr *address);

/* Writes bytes of a peer's into a buffer as text_add_escaped() does. Returns the buffer. */
const char *text_escape(char *buffer, size_t n_buffer, const void *data, size_t n_data);

/*
 * Puts "?" in the place of each byte that is not printable ASCII, where a name has to keep its
 * length: the kernel lets the name of an interface have any character but blanks, "/" and ":".
 */
void text_hide_controls(char *text);

/*
 * Writes a length of time as configuration files and systemd do, exactly: "10s", "1min 30s",
 * "1s 500ms", "0", "infinity". Returns the buffer.
 */
const char *text_format_time_span(char *buffer, size_t n_buffer, uint64_t usec);

/* Writes an IPv4 address as text_add_ipv4() does. Returns the buffer. */
const char *text_format_ipv4(char *buffer, size_t n_buffer, struct in_addr address);
/* The same for an IPv6 address, as text_add_ipv6() does. */
const char *text_format_ipv6(char *buffer, size_t n_buffer, const struct in6_addr *address);

/*
 * Returns how many letters to insert, remove, replace or swap with a neighbour to turn one text
 * into the other; upper and lower case are the same. Returns UINT_MAX if either text is longer than
 * 40 bytes.
 */
unsigned text_edit_distance(const char *a, const char *b);

/* For arguments of printf() and of log functions: valid until the end of the enclosing block. */
#define TEXT_TIME_SPAN(usec) text_format_time_span((char[64]){ 0 }, 64, (usec))
#define TEXT_IPV4(address) \
        text_format_ipv4((char[INET_ADDRSTRLEN]){ 0 }, INET_ADDRSTRLEN, (address))
#define TEXT_IPV6(address) \
        text_format_ipv6((char[INET6_ADDRSTRLEN]){ 0 }, INET6_ADDRSTRLEN, &(address))
