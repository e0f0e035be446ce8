/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * A message is a row of fields at fixed places, so each is described by one table, in the order of
 * the wire. Parsing, writing, describing and reading a description are four walks over that table.
 */

#include "core/pptp/pptp-message.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/base/macros.h"
#include "core/base/number.h"
#include "core/base/text.h"

typedef enum FieldType {
        FIELD_END,
        FIELD_U8,
        FIELD_U16,
        FIELD_U32,
        FIELD_TEXT,        /* a fixed field, padded with NULs or full to the brim */
        FIELD_TEXT_LENGTH, /* 16 bits that repeat the length of a FIELD_TEXT */
        FIELD_RESERVED,    /* or none of our business: read over, written as zeros */
} FieldType;

typedef enum FieldFormat {
        FORMAT_DECIMAL,
        FORMAT_HEX,
        FORMAT_VERSION,
        FORMAT_RESULT,
        FORMAT_ERROR,
} FieldFormat;

typedef struct Field {
        FieldType type;
        FieldFormat format;
        const char *name;
        size_t offset;  /* in PptpMessage */
        size_t n_bytes; /* on the wire: FIELD_TEXT, FIELD_RESERVED */
} Field;

#define NUMBER(t, f, n, member) \
        { .type = (t), .format = (f), .name = (n), .offset = offsetof(PptpMessage, member) }
#define U8(format, name, member) NUMBER(FIELD_U8, format, name, member)
#define U16(name, member) NUMBER(FIELD_U16, FORMAT_DECIMAL, name, member)
#define U32(name, member) NUMBER(FIELD_U32, FORMAT_DECIMAL, name, member)
#define BITS(name, member) NUMBER(FIELD_U32, FORMAT_HEX, name, member)
#define VERSION(name, member) NUMBER(FIELD_U16, FORMAT_VERSION, name, member)
#define RESULT(name) U8(FORMAT_RESULT, name, result_code)
#define ERROR(name) U8(FORMAT_ERROR, name, error_code)
#define TEXT_OF(t, n, member)                                                      \
        {                                                                          \
                .type = (t), .name = (n), .offset = offsetof(PptpMessage, member), \
                .n_bytes = sizeof(((PptpMessage *) NULL)->member) - 1              \
        }
#define TEXT(name, member) TEXT_OF(FIELD_TEXT, name, member)
#define TEXT_LENGTH(member) TEXT_OF(FIELD_TEXT_LENGTH, NULL, member)
#define RESERVED(n) \
        { .type = FIELD_RESERVED, .n_bytes = (n) }
#define FIELDS(...) ((const Field[]){ __VA_ARGS__, { .type = FIELD_END } })

typedef struct Layout {
        const char *name;
        size_t n_bytes; /* with the header, as RFC 2637 states it */
        const Field *fields;
} Layout;

static const Layout layouts[] = {
        [PPTP_START_CONTROL_CONNECTION_REQUEST] = { "Start-Control-Connection-Request", 156,
                                                    FIELDS(VERSION("version", start.version),
                                                           RESERVED(2),
                                                           BITS("framing",
                                                                start.framing_capabilities),
                                                           BITS("bearer",
                                                                start.bearer_capabilities),
                                                           U16("channels", start.maximum_channels),
                                                           U16("firmware", start.firmware_revision),
                                                           TEXT("host", start.host_name),
                                                           TEXT("vendor", start.vendor_name)) },
        [PPTP_START_CONTROL_CONNECTION_REPLY] = { "Start-Control-Connection-Reply", 156,
                                                  FIELDS(VERSION("version", start.version),
                                                         RESULT("result"), ERROR("error"),
                                                         BITS("framing",
                                                              start.framing_capabilities),
                                                         BITS("bearer", start.bearer_capabilities),
                                                         U16("channels", start.maximum_channels),
                                                         U16("firmware", start.firmware_revision),
                                                         TEXT("host", start.host_name),
                                                         TEXT("vendor", start.vendor_name)) },
        [PPTP_STOP_CONTROL_CONNECTION_REQUEST] = { "Stop-Control-Connection-Request", 16,
                                                   FIELDS(RESULT("reason"), RESERVED(3)) },
        [PPTP_STOP_CONTROL_CONNECTION_REPLY] = { "Stop-Control-Connection-Reply", 16,
                                                 FIELDS(RESULT("result"), ERROR("error"),
                                                        RESERVED(2)) },
        [PPTP_ECHO_REQUEST] = { "Echo-Request", 16, FIELDS(U32("identifier", echo.identifier)) },
        [PPTP_ECHO_REPLY] = { "Echo-Reply", 20,
                              FIELDS(U32("identifier", echo.identifier), RESULT("result"),
                                     ERROR("error"), RESERVED(2)) },
        [PPTP_OUTGOING_CALL_REQUEST] = { "Outgoing-Call-Request", 168,
                                         FIELDS(U16("call-id", outgoing_call_request.call_id),
                                                U16("serial",
                                                    outgoing_call_request.call_serial_number),
                                                U32("minimum-bps",
                                                    outgoing_call_request.minimum_bps),
                                                U32("maximum-bps",
                                                    outgoing_call_request.maximum_bps),
                                                BITS("bearer", outgoing_call_request.bearer_type),
                                                BITS("framing", outgoing_call_request.framing_type),
                                                U16("window",
                                                    outgoing_call_request.receive_window_size),
                                                U16("delay",
                                                    outgoing_call_request.processing_delay),
                                                TEXT_LENGTH(outgoing_call_request.phone_number),
                                                RESERVED(2),
                                                TEXT("phone", outgoing_call_request.phone_number),
                                                TEXT("subaddress",
                                                     outgoing_call_request.subaddress)) },
        [PPTP_OUTGOING_CALL_REPLY] = { "Outgoing-Call-Reply", 32,
                                       FIELDS(U16("call-id", outgoing_call_reply.call_id),
                                              U16("peer-call-id", outgoing_call_reply.peer_call_id),
                                              RESULT("result"), ERROR("error"),
                                              U16("cause", cause_code),
                                              U32("speed-bps",
                                                  outgoing_call_reply.connect_speed_bps),
                                              U16("window",
                                                  outgoing_call_reply.receive_window_size),
                                              U16("delay", outgoing_call_reply.processing_delay),
                                              U32("channel",
                                                  outgoing_call_reply.physical_channel_id)) },
        [PPTP_INCOMING_CALL_REQUEST] = { "Incoming-Call-Request", 220,
                                         FIELDS(U16("call-id", call.call_id), RESERVED(206)) },
        [PPTP_INCOMING_CALL_REPLY] = { "Incoming-Call-Reply", 24,
                                       FIELDS(U16("call-id", incoming_call_reply.call_id),
                                              U16("peer-call-id", incoming_call_reply.peer_call_id),
                                              RESULT("result"), ERROR("error"), RESERVED(6)) },
        [PPTP_INCOMING_CALL_CONNECTED] = { "Incoming-Call-Connected", 28,
                                           FIELDS(U16("call-id", call.call_id), RESERVED(14)) },
        [PPTP_CALL_CLEAR_REQUEST] = { "Call-Clear-Request", 16,
                                      FIELDS(U16("call-id", call.call_id), RESERVED(2)) },
        [PPTP_CALL_DISCONNECT_NOTIFY] = { "Call-Disconnect-Notify", 148,
                                          FIELDS(U16("call-id", call.call_id), RESULT("result"),
                                                 ERROR("error"), U16("cause", cause_code),
                                                 RESERVED(2),
                                                 TEXT("statistics", call.statistics)) },
        [PPTP_WAN_ERROR_NOTIFY] = { "WAN-Error-Notify", 40,
                                    FIELDS(U16("call-id", wan_error.call_id), RESERVED(2),
                                           U32("crc", wan_error.crc_errors),
                                           U32("framing", wan_error.framing_errors),
                                           U32("hardware-overruns", wan_error.hardware_overruns),
                                           U32("buffer-overruns", wan_error.buffer_overruns),
                                           U32("timeouts", wan_error.timeout_errors),
                                           U32("alignment", wan_error.alignment_errors)) },
        [PPTP_SET_LINK_INFO] = { "Set-Link-Info", 24,
                                 FIELDS(U16("call-id", link_info.call_id), RESERVED(2),
                                        BITS("send-accm", link_info.send_accm),
                                        BITS("receive-accm", link_info.receive_accm)) },
};

static const Layout *layout_find(unsigned type) {
        return type < ELEMENTSOF(layouts) && layouts[type].name ? &layouts[type] : NULL;
}

/* The members have the width of their field, which offsetof() cannot tell the compiler. */
static void *field_member(const Field *field, PptpMessage *message) {
        return (uint8_t *) message + field->offset;
}

static const void *field_value(const Field *field, const PptpMessage *message) {
        return (const uint8_t *) message + field->offset;
}

static void field_read(const Field *field, ByteReader *r, PptpMessage *message) {
        switch (field->type) {
        case FIELD_U8:
                *(uint8_t *) field_member(field, message) = byte_reader_u8(r);
                break;
        case FIELD_U16:
                *(uint16_t *) field_member(field, message) = byte_reader_u16(r);
                break;
        case FIELD_U32:
                *(uint32_t *) field_member(field, message) = byte_reader_u32(r);
                break;
        case FIELD_TEXT: {
                const uint8_t *text = byte_reader_take(r, field->n_bytes);

                /*
                 * The destination is one byte longer than the field and all zeros, so that the text
                 * is always terminated.
                 */
                if (text)
                        memcpy(field_member(field, message), text,
                               strnlen((const char *) text, field->n_bytes));
                break;
        }
        case FIELD_TEXT_LENGTH:
                (void) byte_reader_u16(r);
                break;
        case FIELD_RESERVED:
                (void) byte_reader_take(r, field->n_bytes);
                break;
        case FIELD_END:
                break;
        }
}

static void field_write(const Field *field, ByteWriter *w, const PptpMessage *message) {
        const void *value = field_value(field, message);

        switch (field->type) {
        case FIELD_U8:
                byte_writer_u8(w, *(const uint8_t *) value);
                break;
        case FIELD_U16:
                byte_writer_u16(w, *(const uint16_t *) value);
                break;
        case FIELD_U32:
                byte_writer_u32(w, *(const uint32_t *) value);
                break;
        case FIELD_TEXT: {
                uint8_t *text = byte_writer_take(w, field->n_bytes);

                if (text) {
                        memset(text, 0, field->n_bytes);
                        memcpy(text, value, strnlen(value, field->n_bytes));
                }
                break;
        }
        case FIELD_TEXT_LENGTH:
                byte_writer_u16(w, strnlen(value, field->n_bytes));
                break;
        case FIELD_RESERVED: {
                uint8_t *reserved = byte_writer_take(w, field->n_bytes);

                if (reserved)
                        memset(reserved, 0, field->n_bytes);
                break;
        }
        case FIELD_END:
                break;
        }
}

static void number_describe(const Field *field, uint32_t number, PptpMessageType type,
                            TextBuilder *t) {

        switch (field->format) {
        case FORMAT_DECIMAL:
                text_addf(t, "%u", number);
                break;
        case FORMAT_HEX:
                text_addf(t, "0x%x", number);
                break;
        case FORMAT_VERSION:
                text_addf(t, "%u.%u", number >> 8, number & 0xff);
                break;
        case FORMAT_RESULT:
                text_addf(t, "%u (%s)", number, pptp_result_text(type, number));
                break;
        case FORMAT_ERROR:
                text_addf(t, "%u (%s)", number, pptp_error_text(number));
                break;
        }
}

static void field_describe(const Field *field, const PptpMessage *message, TextBuilder *t) {
        const void *value = field_value(field, message);

        if (field->name)
                text_addf(t, " %s=", field->name);

        switch (field->type) {
        case FIELD_U8:
                number_describe(field, *(const uint8_t *) value, message->type, t);
                break;
        case FIELD_U16:
                number_describe(field, *(const uint16_t *) value, message->type, t);
                break;
        case FIELD_U32:
                number_describe(field, *(const uint32_t *) value, message->type, t);
                break;
        case FIELD_TEXT:
                text_add_quoted(t, value, strnlen(value, field->n_bytes));
                break;
        case FIELD_TEXT_LENGTH:
        case FIELD_RESERVED:
        case FIELD_END:
                break;
        }
}

int pptp_message_parse(const uint8_t *data, size_t n_data, PptpMessage *ret_message) {
        ByteReader r = BYTE_READER(data, n_data);
        PptpMessage message;
        const Layout *layout;
        uint16_t n_bytes, pptp_type, type;
        uint32_t magic;

        n_bytes = byte_reader_u16(&r);
        pptp_type = byte_reader_u16(&r);
        magic = byte_reader_u32(&r);
        type = byte_reader_u16(&r);
        (void) byte_reader_u16(&r);

        if (r.failed || n_bytes != n_data || pptp_type != PPTP_CONTROL_MESSAGE ||
            magic != PPTP_MAGIC)
                return PPTP_MESSAGE_E_FORMAT;

        layout = layout_find(type);
        if (!layout)
                return PPTP_MESSAGE_E_TYPE;

        /* Not { 0 }: of a union, that need not clear more than the first member. */
        memset(&message, 0, sizeof(message));
        message.type = type;

        for (const Field *field = layout->fields; field->type != FIELD_END; ++field)
                field_read(field, &r, &message);

        if (r.failed)
                return PPTP_MESSAGE_E_FORMAT;

        *ret_message = message;
        return 0;
}

int pptp_message_write(const PptpMessage *message, uint8_t *buffer, size_t n_buffer) {
        ByteWriter w = BYTE_WRITER(buffer, n_buffer);
        const Layout *layout;

        layout = layout_find(message->type);
        if (!layout)
                return -EINVAL;

        byte_writer_u16(&w, layout->n_bytes);
        byte_writer_u16(&w, PPTP_CONTROL_MESSAGE);
        byte_writer_u32(&w, PPTP_MAGIC);
        byte_writer_u16(&w, message->type);
        byte_writer_u16(&w, 0);

        for (const Field *field = layout->fields; field->type != FIELD_END; ++field)
                field_write(field, &w, message);

        if (w.failed)
                return -ENOBUFS;

        assert(w.pos == layout->n_bytes);
        return (int) w.pos;
}

const char *pptp_message_type_name(PptpMessageType type) {
        const Layout *layout = layout_find(type);

        return layout ? layout->name : NULL;
}

void pptp_message_describe(const PptpMessage *message, char *buffer, size_t n_buffer) {
        TextBuilder t = text_builder(buffer, n_buffer);
        const Layout *layout;

        layout = layout_find(message->type);
        if (!layout) {
                text_addf(&t, "control message of type %u", (unsigned) message->type);
                return;
        }

        text_add(&t, layout->name);
        for (const Field *field = layout->fields; field->type != FIELD_END; ++field)
                field_describe(field, message, &t);
}

/* Copies the text between quotation marks, cut to n_text bytes. Returns what follows it. */
static const char *text_parse_quoted(const char *at, char *ret_text, size_t n_text) {
        size_t n = 0;

        if (*at != '"')
                return at;

        for (at++; *at != '\0' && *at != '"';) {
                char c = *at++;

                if (c == '\\' && *at != '\0')
                        at += text_take_escape(at, strlen(at), &c);
                if (n < n_text)
                        ret_text[n++] = c;
        }

        return at;
}

static const char *field_parse_description(const Field *field, const char *text,
                                           PptpMessage *message) {

        uint64_t number = 0, minor;
        const char *at;
        char key[32];
        size_t n;

        snprintf(key, sizeof(key), " %s=", field->name);
        at = strstr(text, key);
        if (!at)
                return text;

        at += strlen(key);
        if (field->type == FIELD_TEXT)
                return text_parse_quoted(at, field_member(field, message), field->n_bytes);

        if (strncmp(at, "0x", 2) == 0)
                at += 2 + number_take(at + 2, SIZE_MAX, 16, UINT32_MAX, &number);
        else
                at += number_take(at, SIZE_MAX, 10, UINT32_MAX, &number);

        if (field->format == FORMAT_VERSION && *at == '.') {
                n = number_take(at + 1, SIZE_MAX, 10, UINT8_MAX, &minor);
                number = number << 8 | (n > 0 ? minor : 0);
                at += 1 + n;
        }

        if (field->type == FIELD_U8)
                *(uint8_t *) field_member(field, message) = (uint8_t) number;
        else if (field->type == FIELD_U16)
                *(uint16_t *) field_member(field, message) = (uint16_t) number;
        else
                *(uint32_t *) field_member(field, message) = (uint32_t) number;
        return at;
}

bool pptp_message_parse_description(const char *text, PptpMessage *ret_message) {
        for (unsigned type = 0; type < ELEMENTSOF(layouts); type++) {
                const Layout *layout = layout_find(type);
                size_t n = layout ? strlen(layout->name) : 0;

                if (!layout || strncmp(text, layout->name, n) != 0 ||
                    (text[n] != ' ' && text[n] != '\0'))
                        continue;

                memset(ret_message, 0, sizeof(*ret_message));
                ret_message->type = type;
                text += n;
                for (const Field *field = layout->fields; field->type != FIELD_END; ++field)
                        if (field->name)
                                text = field_parse_description(field, text, ret_message);
                return true;
        }

        return false;
}

#define RESULT_GENERAL_ERROR 2

/* RFC 2637 numbers from 1; Windows sends 0 when it ends a call. */
static const struct {
        PptpMessageType type;
        uint8_t code;
        const char *text;
} result_texts[] = {
        { PPTP_START_CONTROL_CONNECTION_REPLY, 1, "successful" },
        { PPTP_START_CONTROL_CONNECTION_REPLY, 3, "control connection already exists" },
        { PPTP_START_CONTROL_CONNECTION_REPLY, 4, "requester not authorised" },
        { PPTP_START_CONTROL_CONNECTION_REPLY, 5, "protocol version not supported" },
        { PPTP_STOP_CONTROL_CONNECTION_REQUEST, 1, "no particular reason" },
        { PPTP_STOP_CONTROL_CONNECTION_REQUEST, 2, "protocol version not supported" },
        { PPTP_STOP_CONTROL_CONNECTION_REQUEST, 3, "shutting down" },
        { PPTP_STOP_CONTROL_CONNECTION_REPLY, 1, "closed" },
        { PPTP_ECHO_REPLY, 1, "alive" },
        { PPTP_OUTGOING_CALL_REPLY, 1, "connected" },
        { PPTP_OUTGOING_CALL_REPLY, 3, "no carrier" },
        { PPTP_OUTGOING_CALL_REPLY, 4, "busy" },
        { PPTP_OUTGOING_CALL_REPLY, 5, "no dial tone" },
        { PPTP_OUTGOING_CALL_REPLY, 6, "time-out" },
        { PPTP_OUTGOING_CALL_REPLY, 7, "call not accepted" },
        { PPTP_INCOMING_CALL_REPLY, 1, "accepted" },
        { PPTP_INCOMING_CALL_REPLY, 3, "call not accepted" },
        { PPTP_CALL_DISCONNECT_NOTIFY, 0, "no reason given" },
        { PPTP_CALL_DISCONNECT_NOTIFY, 1, "lost carrier" },
        { PPTP_CALL_DISCONNECT_NOTIFY, 3, "administrative shutdown" },
        { PPTP_CALL_DISCONNECT_NOTIFY, 4, "requested" },
};

const char *pptp_result_text(PptpMessageType type, uint8_t result_code) {
        for (size_t i = 0; i < ELEMENTSOF(result_texts); i++)
                if (result_texts[i].type == type && result_texts[i].code == result_code)
                        return result_texts[i].text;

        /* This code means the same in every message that does not give it another meaning. */
        return result_code == RESULT_GENERAL_ERROR ? "general error" : "unknown code";
}

const char *pptp_error_text(uint8_t error_code) {
        static const char *const texts[] = {
                "none",         "no control connection", "bad length or magic", "bad value",
                "no resources", "bad call id",           "device error",
        };

        return error_code < ELEMENTSOF(texts) ? texts[error_code] : "unknown code";
}
