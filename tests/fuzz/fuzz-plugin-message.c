/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the other end of the plugin's channel may send: what is understood can be said again. */

#include "core/ppp/plugin-message.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_data) {
        uint8_t bytes[PLUGIN_MESSAGE_MAX_BYTES], again_bytes[PLUGIN_MESSAGE_MAX_BYTES];
        PluginMessage message, again;
        int n;

        if (plugin_message_parse(data, n_data, &message) != 0)
                return 0;

        n = plugin_message_write(&message, bytes, sizeof(bytes));
        fuzz_assert(n > 0);
        fuzz_assert(plugin_message_parse(bytes, n, &again) == 0);
        fuzz_assert(again.type == message.type);
        fuzz_assert(plugin_message_write(&again, again_bytes, sizeof(again_bytes)) == n);
        fuzz_assert(memcmp(bytes, again_bytes, n) == 0);
        return 0;
}
