/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What clients other than pppd say in their own words: RouterOS, and Windows' event log. Of each
 * the commonest messages are known. And by which words each client is known, whose settings are not
 * those of pppd.
 */

#include <stdbool.h>
#include <stdint.h>

#include "core/diagnosis/catalogue.h"
#include "core/explain/log-speaker.h"

typedef enum LogClientEvent {
        LOG_CLIENT_BEGINS, /* it connects to the server */
        LOG_CLIENT_AUTHENTICATED,
        LOG_CLIENT_UP,
        LOG_CLIENT_ENDED,   /* and why was said before, if at all */
        LOG_CLIENT_SILENT,  /* the server no longer answers, or never did */
        LOG_CLIENT_NO_LCP,  /* the server answers nothing over PPP */
        LOG_CLIENT_GAVE_UP, /* for a reason that is not known here */
        LOG_CLIENT_FAILED,  /* for the reason of a row */
} LogClientEvent;

typedef struct LogClientMessage {
        LogClientEvent event;
        CatalogueIndex row; /* of LOG_CLIENT_FAILED */
        uint32_t error;     /* Windows' number, or 0 */
} LogClientMessage;

/* Reads a line. Returns false if it is none of such a client, or says nothing that is known. */
bool log_client_parse(const char *text, LogClientMessage *ret_message);

/* Words of Windows about an error, as its windows and its event log have them in English. */
typedef struct LogClientText {
        const char *text;
        uint32_t error;
} LogClientText;

/* As the number of an error: what rasdial prints when it has connected. */
#define LOG_CLIENT_CONNECTED 0

#define LOG_CLIENT_N_TEXTS 11
extern const LogClientText log_client_texts[LOG_CLIENT_N_TEXTS];

/* What a client says that no other says, and by which its lines are known without its name. */
typedef struct LogProgramText {
        const char *text;
        LogClientProgram program;
} LogProgramText;

#define LOG_PROGRAM_N_TEXTS 20
extern const LogProgramText log_program_texts[LOG_PROGRAM_N_TEXTS];

/*
 * Finds the row of an error that Windows on this host found. Returns false if the number is no
 * error of a connection.
 */
bool log_client_find_windows_row(uint32_t error, CatalogueIndex *ret_row);
/* Returns what such an error means at this side, or NULL if it is not known. */
const char *log_client_windows_text(uint32_t error);
