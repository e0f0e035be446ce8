/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What anybody on this machine may send to a supervisor: it is a message, or none. */

#include "core/varlink/varlink-message.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_data) {
        VarlinkMessage m, parameters;
        char text[VARLINK_NAME_MAX_BYTES], json[2 * VARLINK_NAME_MAX_BYTES + 3];
        TextBuilder b = text_builder(json, sizeof(json));

        if (!varlink_message_parse((const char *) data, n_data, &m))
                return 0;

        fuzz_assert(strnlen(m.method, sizeof(m.method)) < sizeof(m.method));
        fuzz_assert(strnlen(m.error, sizeof(m.error)) < sizeof(m.error));
        if (m.parameters) {
                fuzz_assert(m.parameters >= (const char *) data);
                fuzz_assert(m.parameters + m.n_parameters <= (const char *) data + n_data);
                /* They are an object by themselves. */
                fuzz_assert(m.parameters[0] == '{');
                (void) varlink_message_parse(m.parameters, m.n_parameters, &parameters);
        }

        if (varlink_get_text(&m, "interface", text, sizeof(text))) {
                fuzz_assert(strnlen(text, sizeof(text)) < sizeof(text));
                varlink_add_text(&b, text);
                fuzz_assert(!b.truncated);
        }
        return 0;
}
