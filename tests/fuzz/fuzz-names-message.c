/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What either end of the socket of pptp-names may be sent: what is understood can be said again. */

#include "core/names/names-message.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_data) {
        static uint8_t bytes[NAMES_MESSAGE_MAX_BYTES], again_bytes[NAMES_MESSAGE_MAX_BYTES];
        static NamesMessage message, again;
        int n;

        if (names_message_parse(data, n_data, &message) != 0)
                return 0;

        n = names_message_write(&message, bytes, sizeof(bytes));
        fuzz_assert(n > 0);
        fuzz_assert(names_message_parse(bytes, (size_t) n, &again) == 0);
        fuzz_assert(again.type == message.type);
        fuzz_assert(names_message_write(&again, again_bytes, sizeof(again_bytes)) == n);
        fuzz_assert(memcmp(bytes, again_bytes, (size_t) n) == 0);
        return 0;
}
