/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The control connection. The first byte of the input says in what portions the rest arrives (0: as
 * much as fits). What comes out must not depend on that, and every message that is understood must
 * survive being written and read again.
 */

#include "core/base/macros.h"
#include "core/pptp/pptp-stream.h"
#include "fuzz.h"

static void check_message(const PptpMessage *message) {
        char text[PPTP_DESCRIPTION_MAX_BYTES], again_text[PPTP_DESCRIPTION_MAX_BYTES];
        uint8_t bytes[PPTP_MESSAGE_MAX_BYTES];
        PptpMessage again;
        int n;

        pptp_message_describe(message, text, sizeof(text));
        fuzz_assert_printable(text, sizeof(text));
        fuzz_assert(pptp_message_type_name(message->type));

        n = pptp_message_write(message, bytes, sizeof(bytes));
        fuzz_assert(n > 0);
        fuzz_assert(pptp_message_parse(bytes, n, &again) == 0);

        pptp_message_describe(&again, again_text, sizeof(again_text));
        fuzz_assert(strcmp(text, again_text) == 0);

        fuzz_assert(pptp_message_parse_description(text, &again));
        pptp_message_describe(&again, again_text, sizeof(again_text));
        fuzz_assert(strcmp(text, again_text) == 0);
}

/* Returns how the stream ended, and how many messages of either kind there were. */
static int feed(const uint8_t *data, size_t n_data, size_t portion, size_t *ret_good,
                size_t *ret_bad) {

        size_t n_good = 0, n_bad = 0;
        int r = PPTP_STREAM_E_AGAIN;
        PptpStream s;

        pptp_stream_init(&s);

        while (n_data > 0) {
                PptpMessage message;
                size_t n_space, n;
                uint8_t *space;

                pptp_stream_space(&s, &space, &n_space);
                fuzz_assert(n_space > 0);

                n = MIN(n_data, n_space);
                if (portion > 0)
                        n = MIN(n, portion);

                memcpy(space, data, n);
                pptp_stream_commit(&s, n);
                data += n;
                n_data -= n;

                while ((r = pptp_stream_next(&s, &message)) == 0 || r == PPTP_STREAM_E_MESSAGE) {
                        if (r == PPTP_STREAM_E_MESSAGE) {
                                ++n_bad;
                                continue;
                        }

                        check_message(&message);
                        ++n_good;
                }

                if (r != PPTP_STREAM_E_AGAIN)
                        break;
        }

        *ret_good = n_good;
        *ret_bad = n_bad;
        return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_data) {
        size_t n_good, n_bad, n_whole_good, n_whole_bad;

        if (n_data == 0)
                return 0;

        fuzz_assert(feed(data + 1, n_data - 1, data[0], &n_good, &n_bad) ==
                    feed(data + 1, n_data - 1, 0, &n_whole_good, &n_whole_bad));
        fuzz_assert(n_good == n_whole_good);
        fuzz_assert(n_bad == n_whole_bad);
        return 0;
}
