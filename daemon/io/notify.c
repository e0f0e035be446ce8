/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/notify.h"

#include <stdio.h>
#include <time.h>

#include <systemd/sd-daemon.h>

static void notify_send(const char *prefix, const char *text, bool since) {
        char date[64] = "";
        struct tm tm;
        time_t now;

        if (since) {
                now = time(NULL);
                /* The form that systemctl uses for its own dates. */
                if (localtime_r(&now, &tm))
                        strftime(date, sizeof(date), ", since %a %Y-%m-%d %H:%M:%S %Z", &tm);
        }

        (void) sd_notifyf(/* unset_environment = */ 0, "%sSTATUS=%s%s", prefix, text, date);
}

void notify_status(const char *text, bool since) {
        notify_send("", text, since);
}

void notify_ready(const char *text, bool since) {
        notify_send("READY=1\n", text, since);
}

void notify_stopping(void) {
        (void) sd_notify(/* unset_environment = */ 0, "STOPPING=1");
}
