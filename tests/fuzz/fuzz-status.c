/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A state file: whatever is read can be written, and says the same when it is read again. */

#include "core/status/status.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_data) {
        char text[STATUS_MAX_BYTES], again[STATUS_MAX_BYTES];
        Status s, read;
        History history;
        int n;

        if (status_parse((const char *) data, n_data, &s) != 0)
                return 0;

        fuzz_assert(s.state[0] != '\0');
        fuzz_assert(s.history.n_failures <= HISTORY_FAILURES_MAX);

        n = status_write(&s, text, sizeof(text));
        fuzz_assert(n > 0 && strlen(text) == (size_t) n);
        for (const char *p = text; *p != '\0'; p++)
                fuzz_assert(((uint8_t) *p >= 0x20 && *p != 0x7f) || *p == '\n');

        fuzz_assert(status_parse(text, (size_t) n, &read) == 0);
        fuzz_assert(status_write(&read, again, sizeof(again)) == n);
        fuzz_assert(strcmp(text, again) == 0);

        status_inherit(&s, s.since_usec, &history);
        fuzz_assert(history.n_failures <= HISTORY_FAILURES_MAX);
        return 0;
}
