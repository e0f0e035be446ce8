/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/explain/log-capture.h"

#include <string.h>

#include "core/diagnosis/diagnosis-evidence.h"
#include "core/explain/log-network.h"

/* Reads "IP 192.0.2.1.1723 > 192.0.2.2.4000: ". */
static bool take_hosts(const char *text, uint32_t *ret_from, uint32_t *ret_to) {
        const char *from = strstr(text, "IP "), *to = strstr(text, " > ");

        return from && to && from < to && log_address_take(from + strlen("IP "), ret_from) &&
                log_address_take(to + strlen(" > "), ret_to);
}

void log_capture_add(LogCapture *c, const char *text) {
        uint32_t from, to;
        size_t i;

        if (!take_hosts(text, &from, &to))
                return;

        c->n_lines++;
        if (strstr(text, "CTRL_MSGTYPE=SCCRQ") || strstr(text, "CTRL_MSGTYPE=OCRQ"))
                c->client = from;
        if (!strstr(text, ": GREv1"))
                return;

        if (c->hosts[0] == 0) {
                c->hosts[0] = from;
                c->hosts[1] = to;
        }
        i = from == c->hosts[0] ? 0 : 1;
        c->n_gre[i] += from == c->hosts[i];
}

bool log_capture_is_one_way(const LogCapture *c) {
        return c->n_gre[0] >= DIAGNOSIS_SILENT_REQUESTS && c->n_gre[1] == 0;
}
