/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/notify.h"

#include <stdio.h>
#include <time.h>

#include <systemd/sd-daemon.h>

#include "core/base/macros.h"
#include "io/clock.h"

/* The longest status of the tunnel, every character of it a backslash. */
#define NOTIFY_STATUS_MAX_BYTES 1024

/*
 * systemd splits a message into lines as if it were shell (strv_split_newlines() of basic/strv.c):
 * a backslash is lost, unless there are two.
 */
static void notify_escape(char *buffer, size_t n_buffer, const char *text) {
        size_t n = 0;

        for (; *text && n + 3 <= n_buffer; text++) {
                if (*text == '\\')
                        buffer[n++] = '\\';
                buffer[n++] = *text;
        }
        buffer[n] = '\0';
}

static void notify_send(const char *prefix, const char *text, uint64_t since_usec) {
        char date[64] = "", escaped[NOTIFY_STATUS_MAX_BYTES];
        struct tm tm;
        time_t since;

        if (since_usec > 0) {
                uint64_t ago_usec = clock_read_usec(CLOCK_BOOTTIME) - since_usec;

                since = (time_t) ((clock_read_usec(CLOCK_REALTIME) - ago_usec) / USEC_PER_SEC);
                /* The form that systemctl uses for its own dates. */
                if (localtime_r(&since, &tm))
                        strftime(date, sizeof(date), ", since %a %Y-%m-%d %H:%M:%S %Z", &tm);
        }

        notify_escape(escaped, sizeof(escaped), text);
        (void) sd_notifyf(/* unset_environment = */ 0, "%sSTATUS=%s%s", prefix, escaped, date);
}

void notify_status(const char *text, uint64_t since_usec) {
        notify_send("", text, since_usec);
}

void notify_ready(const char *text, uint64_t since_usec) {
        notify_send("READY=1\n", text, since_usec);
}

void notify_reloading(void) {
        /* The time is for systemd 253 and later, which tells by it one reload from the next. */
        (void) sd_notifyf(/* unset_environment = */ 0, "RELOADING=1\nMONOTONIC_USEC=%llu",
                          (unsigned long long) clock_read_usec(CLOCK_MONOTONIC));
}

void notify_reloaded(void) {
        (void) sd_notify(/* unset_environment = */ 0, "READY=1");
}

void notify_extend_timeout(uint64_t usec) {
        (void) sd_notifyf(/* unset_environment = */ 0, "EXTEND_TIMEOUT_USEC=%llu",
                          (unsigned long long) usec);
}

void notify_stopping(void) {
        (void) sd_notify(/* unset_environment = */ 0, "STOPPING=1");
}
