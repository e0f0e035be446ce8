/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * PPTP control messages (RFC 2637, section 2) as structs, as bytes and in words. This file knows
 * the format of one message. It does not know where one ends in a stream (pptp-stream.h), nor when
 * which is sent (core/tunnel/tunnel.h).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The magic cookie of every control message (RFC 2637, section 1.4): tells that a stream is PPTP.
 */
#define PPTP_MAGIC UINT32_C(0x1a2b3c4d)
/* RFC 2637, section 2.1: version 1, revision 0. */
#define PPTP_VERSION UINT16_C(0x0100)
#define PPTP_PORT 1723
/* Length, PPTP message type, magic, control message type, reserved: section 1.4. */
#define PPTP_HEADER_BYTES 12
/* The longest message of RFC 2637 is the Incoming-Call-Request. */
#define PPTP_MESSAGE_MAX_BYTES 220
/* The PPTP message type of every control message; management messages (2) were never defined. */
#define PPTP_CONTROL_MESSAGE 1

/* Room for pptp_message_describe() of any message, with every byte of its texts escaped. */
#define PPTP_DESCRIPTION_MAX_BYTES 1024

typedef enum PptpMessageType {
        PPTP_START_CONTROL_CONNECTION_REQUEST = 1,
        PPTP_START_CONTROL_CONNECTION_REPLY = 2,
        PPTP_STOP_CONTROL_CONNECTION_REQUEST = 3,
        PPTP_STOP_CONTROL_CONNECTION_REPLY = 4,
        PPTP_ECHO_REQUEST = 5,
        PPTP_ECHO_REPLY = 6,
        PPTP_OUTGOING_CALL_REQUEST = 7,
        PPTP_OUTGOING_CALL_REPLY = 8,
        PPTP_INCOMING_CALL_REQUEST = 9,
        PPTP_INCOMING_CALL_REPLY = 10,
        PPTP_INCOMING_CALL_CONNECTED = 11,
        PPTP_CALL_CLEAR_REQUEST = 12,
        PPTP_CALL_DISCONNECT_NOTIFY = 13,
        PPTP_WAN_ERROR_NOTIFY = 14,
        PPTP_SET_LINK_INFO = 15,
} PptpMessageType;

/*
 * One control message. Only the members of its type have a meaning. Host byte order; texts are
 * NUL-terminated copies of the fixed fields, unescaped.
 */
typedef struct PptpMessage {
        PptpMessageType type;
        uint8_t result_code; /* every reply, Call-Disconnect-Notify; Stop's reason */
        uint8_t error_code;  /* general error code, section 2.16 */
        uint16_t cause_code; /* Q.931 cause: Outgoing-Call-Reply, Call-Disconnect-Notify */
        union {
                struct { /* Start-Control-Connection-Request and -Reply */
                        uint16_t version;
                        uint32_t framing_capabilities;
                        uint32_t bearer_capabilities;
                        uint16_t maximum_channels;
                        uint16_t firmware_revision;
                        char host_name[64 + 1];
                        char vendor_name[64 + 1];
                } start;
                struct { /* Echo-Request and -Reply */
                        uint32_t identifier;
                } echo;
                struct { /* Outgoing-Call-Request */
                        uint16_t call_id;
                        uint16_t call_serial_number;
                        uint32_t minimum_bps;
                        uint32_t maximum_bps;
                        uint32_t bearer_type;
                        uint32_t framing_type;
                        uint16_t receive_window_size;
                        uint16_t processing_delay; /* in tenths of a second */
                        char phone_number[64 + 1];
                        char subaddress[64 + 1];
                } outgoing_call_request;
                struct {                       /* Outgoing-Call-Reply */
                        uint16_t call_id;      /* the peer's */
                        uint16_t peer_call_id; /* ours */
                        uint32_t connect_speed_bps;
                        uint16_t receive_window_size;
                        uint16_t processing_delay;
                        uint32_t physical_channel_id;
                } outgoing_call_reply;
                struct { /* Call-Clear-Request, Call-Disconnect-Notify, Incoming-Call-* */
                        uint16_t call_id;         /* the sender's; -Connected: the receiver's */
                        char statistics[128 + 1]; /* Call-Disconnect-Notify */
                } call;
                struct { /* Incoming-Call-Reply (ours: always a refusal) */
                        uint16_t call_id;
                        uint16_t peer_call_id;
                } incoming_call_reply;
                struct {                  /* WAN-Error-Notify */
                        uint16_t call_id; /* ours */
                        uint32_t crc_errors;
                        uint32_t framing_errors;
                        uint32_t hardware_overruns;
                        uint32_t buffer_overruns;
                        uint32_t timeout_errors;
                        uint32_t alignment_errors;
                } wan_error;
                struct {                  /* Set-Link-Info */
                        uint16_t call_id; /* the peer's, when we send */
                        uint32_t send_accm;
                        uint32_t receive_accm;
                } link_info;
        };
} PptpMessage;

/* What is wrong with a message; pptp_message_parse() says which. */
enum {
        PPTP_MESSAGE_E_FORMAT = 1, /* bad header, or too short for its type */
        PPTP_MESSAGE_E_TYPE,       /* a type that RFC 2637 does not know */
};

/*
 * Parses one whole message as pptp_stream_next() cut it (length and magic are checked there, and
 * once more here). What follows the last field that RFC 2637 gives the type is ignored, so that a
 * padded or extended message still counts. Returns 0, or PPTP_MESSAGE_E_*; ret_message stays
 * untouched on failure.
 */
int pptp_message_parse(const uint8_t *data, size_t n_data, PptpMessage *ret_message);

/*
 * Writes a message to the buffer, reserved fields as zeros. Returns its length in bytes (at most
 * PPTP_MESSAGE_MAX_BYTES), or -ENOBUFS if the buffer is too small, or -EINVAL for an unknown type.
 */
int pptp_message_write(const PptpMessage *message, uint8_t *buffer, size_t n_buffer);

/* Returns the name in RFC 2637, "Outgoing-Call-Reply", or NULL if the type is none of its types. */
const char *pptp_message_type_name(PptpMessageType type);

/*
 * Writes a line for the debug log: all fields by name, in the order of the wire, texts of the peer
 * escaped. PPTP_DESCRIPTION_MAX_BYTES suffice; less cuts it. Always NUL-terminated:
 * "Outgoing-Call-Reply call-id=1 peer-call-id=384 result=1 (connected) error=0 (none) …".
 */
void pptp_message_describe(const PptpMessage *message, char *buffer, size_t n_buffer);

/*
 * Parses such a description, out of a log that somebody pasted; what follows it is ignored, and a
 * field that it does not have is zero. Returns whether the text begins with a message's name; if
 * not, ret_message stays untouched.
 */
bool pptp_message_parse_description(const char *text, PptpMessage *ret_message);

/*
 * Return result and error codes in words, for people ("no carrier"), by RFC 2637, sections 2.2 to
 * 2.4, 2.6, 2.8, 2.10, 2.13 and 2.16. Never NULL; "unknown code" for what they do not have.
 */
const char *pptp_result_text(PptpMessageType type, uint8_t result_code);
const char *pptp_error_text(uint8_t error_code);
