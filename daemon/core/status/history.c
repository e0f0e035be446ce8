/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/status/history.h"

#include <stdio.h>
#include <string.h>

#include "core/base/macros.h"

void history_add_failure(History *h, const char *id, const char *text, uint64_t now_usec) {
        HistoryFailure failure = { .at_usec = now_usec, .n_times = 1 };

        snprintf(failure.id, sizeof(failure.id), "%s", id);
        snprintf(failure.text, sizeof(failure.text), "%s", text);

        if (h->n_failures > 0 && strcmp(h->failures[0].id, failure.id) == 0 &&
            strcmp(h->failures[0].text, failure.text) == 0)
                failure.n_times += h->failures[0].n_times;
        else {
                h->n_failures = MIN(h->n_failures + 1, (size_t) HISTORY_FAILURES_MAX);
                memmove(h->failures + 1, h->failures, (h->n_failures - 1) * sizeof(h->failures[0]));
        }

        h->failures[0] = failure;
}

void history_add_traffic(History *h, const Traffic *traffic) {
        h->traffic.received_bytes += traffic->received_bytes;
        h->traffic.received_packets += traffic->received_packets;
        h->traffic.sent_bytes += traffic->sent_bytes;
        h->traffic.sent_packets += traffic->sent_packets;
}
