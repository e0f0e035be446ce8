/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The evidence of a whole attempt, in any order and of any content. The input is a row of records,
 * each with a byte of kind, a byte of length, and so many bytes; after each the verdict is asked
 * for.
 */

#include "core/base/bytes.h"
#include "core/diagnosis/diagnosis.h"
#include "core/base/macros.h"
#include "core/base/text.h"
#include "fuzz.h"

enum {
        RECORD_FRAME_RECEIVED,
        RECORD_FRAME_SENT,
        RECORD_CONTROL_RECEIVED, /* a message without its header: type, fields */
        RECORD_CONTROL_SENT,
        RECORD_FACT, /* type, stage, number (16 bit), text */
        RECORD_PHASE,
        RECORD_CONTEXT,
        _RECORD_MAX,
};

static void add_control(Diagnosis *d, bool sent, const uint8_t *data, size_t n_data) {
        uint8_t bytes[PPTP_MESSAGE_MAX_BYTES] = { 0 };
        ByteWriter w = BYTE_WRITER(bytes, sizeof(bytes));
        PptpMessage message;

        if (n_data == 0 || n_data - 1 > sizeof(bytes) - PPTP_HEADER_BYTES)
                return;

        /* As long as the longest: what is missing at the end are zeros. */
        byte_writer_u16(&w, sizeof(bytes));
        byte_writer_u16(&w, PPTP_CONTROL_MESSAGE);
        byte_writer_u32(&w, PPTP_MAGIC);
        byte_writer_u16(&w, data[0]);
        byte_writer_u16(&w, 0);
        byte_writer_bytes(&w, data + 1, n_data - 1);

        if (pptp_message_parse(bytes, sizeof(bytes), &message) == 0)
                diagnosis_add_control(d, sent, &message);
}

static void add_fact(Diagnosis *d, const uint8_t *data, size_t n_data) {
        ByteReader r = BYTE_READER(data, n_data);
        char text[256];
        DiagnosisFact fact = {
                .type = byte_reader_u8(&r) % _DIAGNOSIS_FACT_MAX,
                .stage = byte_reader_u8(&r) % _DIAGNOSIS_STAGE_MAX,
                .number = (int16_t) byte_reader_u16(&r),
        };
        size_t n_text = byte_reader_left(&r);

        /* Facts are our own words; what a peer said in them is escaped before. */
        if (n_text > 0)
                fact.text = text_escape(text, sizeof(text), byte_reader_take(&r, n_text), n_text);

        diagnosis_add_fact(d, &fact);
}

static void set_context(Diagnosis *d, uint8_t flags) {
        const DiagnosisContext context = {
                .mppe.allow_128 = flags & 1,
                .mppe.allow_40 = flags & 2,
                .mppe.allow_stateful = flags & 4,
                .mppe.tolerate_mppc = flags & 8,
                .has_domain = flags & 16,
                .password_source = flags & 32 ? DIAGNOSIS_PASSWORD_FILE : 0,
                .password_not_ascii = flags & 64,
                .has_worked = flags & 128,
        };

        diagnosis_set_context(d, &context);
}

static void add_record(Diagnosis *d, uint8_t kind, const uint8_t *data, size_t n_data) {
        switch (kind % _RECORD_MAX) {
        case RECORD_FRAME_RECEIVED:
        case RECORD_FRAME_SENT:
                diagnosis_add_frame(d, kind % _RECORD_MAX == RECORD_FRAME_SENT, data, n_data);
                break;
        case RECORD_CONTROL_RECEIVED:
        case RECORD_CONTROL_SENT:
                add_control(d, kind % _RECORD_MAX == RECORD_CONTROL_SENT, data, n_data);
                break;
        case RECORD_FACT:
                add_fact(d, data, n_data);
                break;
        case RECORD_PHASE:
                if (n_data > 0)
                        diagnosis_add_phase(d, data[0] % _PLUGIN_PHASE_MAX);
                break;
        case RECORD_CONTEXT:
                if (n_data > 0)
                        set_context(d, data[0]);
                break;
        }
}

static void check_verdict(const Verdict *v) {
        fuzz_assert_printable(v->detail, sizeof(v->detail));
        fuzz_assert(v->row || v->detail[0] == '\0');
        fuzz_assert(!v->row || diagnosis_find_row(v->row->id) == v->row);
}

static void check(const Diagnosis *d) {
        Verdict verdict, notes[DIAGNOSIS_NOTES_MAX];
        size_t n;

        diagnosis_get_verdict(d, &verdict);
        check_verdict(&verdict);

        n = diagnosis_get_notes(d, notes, ELEMENTSOF(notes));
        fuzz_assert(n <= ELEMENTSOF(notes));
        for (size_t i = 0; i < n; ++i) {
                check_verdict(&notes[i]);
                fuzz_assert(notes[i].row);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_data) {
        ByteReader r = BYTE_READER(data, n_data);
        Diagnosis *d;

        d = diagnosis_new();
        fuzz_assert(d);
        check(d);

        while (byte_reader_left(&r) >= 2) {
                uint8_t kind = byte_reader_u8(&r);
                size_t n = MIN((size_t) byte_reader_u8(&r), byte_reader_left(&r));
                uint8_t *copy = malloc(n + 1);

                /* A block of its own, where a sanitizer sees one byte too many. */
                fuzz_assert(copy);
                if (n > 0)
                        memcpy(copy + 1, byte_reader_take(&r, n), n);
                add_record(d, kind, copy + 1, n);
                free(copy);
                check(d);
        }

        diagnosis_free(d);
        return 0;
}
