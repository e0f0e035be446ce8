/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Messages of Varlink (https://varlink.org/Method-Call): calls of methods and their replies, JSON
 * objects that a NUL ends. Pure: io/varlink-server.h and io/varlink-client.h carry them.
 */

#include <stdbool.h>
#include <stddef.h>

#include "core/base/text.h"

/* A call that is longer is refused: none of ours has as much as a tenth of it. */
#define VARLINK_CALL_MAX_BYTES 4096
#define VARLINK_NAME_MAX_BYTES 128

/* Errors of the protocol, and those of systemd for what it does not have. */
#define VARLINK_ERROR_INTERFACE "org.varlink.service.InterfaceNotFound"
#define VARLINK_ERROR_METHOD "org.varlink.service.MethodNotFound"
#define VARLINK_ERROR_PARAMETER "org.varlink.service.InvalidParameter"
#define VARLINK_ERROR_PERMISSION "org.varlink.service.PermissionDenied"
#define VARLINK_ERROR_MORE "org.varlink.service.ExpectedMore"

/* A call or a reply; what it does not have is empty, false or NULL. */
typedef struct VarlinkMessage {
        char method[VARLINK_NAME_MAX_BYTES]; /* of a call */
        char error[VARLINK_NAME_MAX_BYTES];  /* of a reply */
        bool more, oneway, upgrade;          /* of a call */
        bool continues;                      /* of a reply: another will follow */
        const char *parameters;              /* an object as it was sent; borrowed */
        size_t n_parameters;
} VarlinkMessage;

/*
 * Parses a message without its NUL. Members that nobody knows are passed over. Returns whether it
 * is a JSON object, and its known members have the types that they must have.
 */
bool varlink_message_parse(const char *text, size_t n_text, VarlinkMessage *ret_message);

/*
 * Finds a text among the parameters. Returns false if it is not there, is no text, or does not fit
 * with its NUL.
 */
bool varlink_get_text(const VarlinkMessage *message, const char *key, char *buffer,
                      size_t n_buffer);

/*
 * Adds a text as JSON has it, in quotes. What is no UTF-8, and control characters, are the business
 * of the caller.
 */
void varlink_add_text(TextBuilder *b, const char *text);
