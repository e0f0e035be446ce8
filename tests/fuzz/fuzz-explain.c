/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A log of anything: it is read to its end, and what is said about it is fit to be printed. */

#include <string.h>

#include "core/explain/log-diagnosis.h"
#include "core/explain/log-packet.h"
#include "core/ppp/ppp-packet.h"
#include "fuzz.h"

/* As it stands in the log: letters of all languages, and no character that steers a terminal. */
static void assert_text(const char *text, size_t size) {
        size_t n = strnlen(text, size);

        fuzz_assert(n < size);
        for (size_t i = 0; i < n; i++) {
                unsigned char c = (unsigned char) text[i], next = (unsigned char) text[i + 1];

                fuzz_assert(c >= 0x20 && c != 0x7f);
                /* The controls of C1, and what turns the direction of writing. */
                fuzz_assert(c != 0xc2 || next >= 0xa0);
                fuzz_assert(c != 0xe2 || next != 0x80 || (unsigned char) text[i + 2] < 0xa8 ||
                            (unsigned char) text[i + 2] > 0xae);
                /* No byte without its letter. */
                fuzz_assert(c < 0xc0 || (next & 0xc0) == 0x80);
                fuzz_assert((c & 0xc0) != 0x80 || (i > 0 && (unsigned char) text[i - 1] >= 0x80));
        }
}

static void check_verdict(const Verdict *verdict) {
        size_t n = strnlen(verdict->detail, sizeof(verdict->detail));

        fuzz_assert(n < sizeof(verdict->detail));
        fuzz_assert(!verdict->row || diagnosis_find_row(verdict->row->id) == verdict->row);
        assert_text(verdict->detail, sizeof(verdict->detail));
}

static void check_attempt(const LogAttempt *a, unsigned n_lines) {
        check_verdict(&a->verdict);
        fuzz_assert(a->first_line <= a->last_line && a->last_line <= n_lines);
        assert_text(a->label, sizeof(a->label));

        fuzz_assert(a->n_evidence <= LOG_EVIDENCE_MAX);
        for (size_t i = 0; i < a->n_evidence; i++) {
                fuzz_assert(a->evidence[i].line > 0 && a->evidence[i].line <= n_lines);
                assert_text(a->evidence[i].text, sizeof(a->evidence[i].text));
        }

        fuzz_assert(a->n_notes <= DIAGNOSIS_NOTES_MAX);
        for (size_t i = 0; i < a->n_notes; i++) {
                fuzz_assert(a->notes[i].row);
                check_verdict(&a->notes[i]);
        }
}

/* The first packet of the text, as bytes: no longer than a packet may be. */
static void check_packet(const char *text, size_t n_text) {
        uint8_t frame[LOG_FRAME_MAX_BYTES];
        char description[PPP_DESCRIPTION_MAX_BYTES];
        size_t offset = log_packet_find(text, n_text), n_frame;
        bool sent;

        fuzz_assert(offset <= n_text);
        if (offset == n_text)
                return;

        fuzz_assert(log_packet_length(text + offset, n_text - offset) <= n_text - offset);
        if (!log_packet_parse(text + offset, n_text - offset, &sent, frame, &n_frame))
                return;

        fuzz_assert(n_frame <= sizeof(frame));
        ppp_packet_describe(sent, frame, n_frame, description, sizeof(description));
        fuzz_assert_printable(description, sizeof(description));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_data) {
        LogDiagnosis d;

        if (n_data > 0)
                check_packet((const char *) data, n_data);

        if (log_diagnosis_read((const char *) data, n_data, &d) < 0)
                return 0;

        fuzz_assert(d.n_attempts <= LOG_ATTEMPTS_MAX);
        for (size_t i = 0; i < d.n_attempts; i++)
                check_attempt(&d.attempts[i], d.n_lines);

        log_diagnosis_done(&d);
        return 0;
}
