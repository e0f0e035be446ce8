/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/explain/log-client.h"

#include <string.h>

#include "core/base/macros.h"
#include "core/base/number.h"
#include "core/diagnosis/diagnosis-evidence.h"

/* raserror.h; 800 as newer versions of Windows put it. Two errors have the words of 619 and 721. */
const LogClientText log_client_texts[LOG_CLIENT_N_TEXTS] = {
        { "was terminated by the remote computer before it could be completed", 628 },
        { "user name and password combination you provided is not recognized", 691 },
        { "because the remote computer did not respond in a timely manner", 718 },
        { "PPP link control protocol was terminated", 734 },
        { "local computer does not support the required data encryption type", 741 },
        { "remote computer does not support the required data encryption type", 742 },
        { "remote computer requires data encryption", 743 },
        { "not possible to verify the identity of the server", 778 },
        { "because the attempted VPN tunnels failed", 800 },
        /* and RasMan's event 20209 on the server */
        { "is not configured to allow Generic Routing Encapsulation (GRE)", 806 },
        { "Successfully connected to ", LOG_CLIENT_CONNECTED },
};

const LogProgramText log_program_texts[LOG_PROGRAM_N_TEXTS] = {
        { "PPTP connecting to server '", LOG_PROGRAM_MACOS },
        { "PPTP connection established.", LOG_PROGRAM_MACOS },
        { "PPTP connect errno = ", LOG_PROGRAM_MACOS },
        { "PPTP disconnecting...", LOG_PROGRAM_MACOS },
        { " <--> socket[", LOG_PROGRAM_MACOS },
        { "Using protocol pptp", LOG_PROGRAM_ANDROID },
        { "Creating PPPoX socket", LOG_PROGRAM_ANDROID },
        { "Using PPPoX (socket = ", LOG_PROGRAM_ANDROID },
        { "Mtpd is terminated", LOG_PROGRAM_ANDROID },
        { "LegacyVpnRunner", LOG_PROGRAM_ANDROID },
        { "Multi-link PPP daemon for FreeBSD", LOG_PROGRAM_MPD },
        { "] Link: OPEN event", LOG_PROGRAM_MPD },
        { "] Link: DOWN event", LOG_PROGRAM_MPD },
        { "LCP: state change ", LOG_PROGRAM_MPD },
        { "CCP: state change ", LOG_PROGRAM_MPD },
        { "IPCP: state change ", LOG_PROGRAM_MPD },
        { "CP: SendConfigReq #", LOG_PROGRAM_MPD },
        { "] PPTP call ", LOG_PROGRAM_MPD },
        { "pptp,ppp,info ", LOG_PROGRAM_ROUTEROS },
        { "Network::Interface::", LOG_PROGRAM_DEVICE }, /* Keenetic */
};

static bool ends_with(const char *text, const char *end) {
        size_t n_text = strlen(text), n_end = strlen(end);

        return n_text >= n_end && strcmp(text + n_text - n_end, end) == 0;
}

/* "pptp,ppp,info pptp-out1: terminating... - peer is not responding" */
static bool parse_routeros(const char *text, LogClientMessage *message) {
        const char *reason = strstr(text, "terminating... - ");

        if (!strstr(text, "pptp,ppp,"))
                return false;

        if (ends_with(text, ": connecting...") || ends_with(text, ": dialing..."))
                message->event = LOG_CLIENT_BEGINS;
        else if (ends_with(text, ": authenticated"))
                message->event = LOG_CLIENT_AUTHENTICATED;
        else if (ends_with(text, ": connected"))
                message->event = LOG_CLIENT_UP;
        else if (ends_with(text, ": disconnected"))
                message->event = LOG_CLIENT_ENDED;
        else if (reason && strstr(reason, "peer is not responding"))
                message->event = LOG_CLIENT_SILENT;
        else if (reason && strstr(reason, "encryption got out of sync"))
                *message = (LogClientMessage){ LOG_CLIENT_FAILED, CATALOGUE_MPPE_16, 0 };
        else if (reason && (strstr(reason, "encryption") || strstr(reason, "mppe")))
                *message = (LogClientMessage){ LOG_CLIENT_FAILED, CATALOGUE_MPPE_23, 0 };
        else if (reason &&
                 (strstr(reason, " authentication failed") ||
                  strstr(reason, "failed to authenticate ourselves")))
                *message = (LogClientMessage){ LOG_CLIENT_FAILED, CATALOGUE_AUTH_07, 0 };
        else if (strstr(text, "LCP missed all replies"))
                message->event = LOG_CLIENT_NO_LCP;
        else if (reason)
                message->event = LOG_CLIENT_GAVE_UP;
        else
                return false;

        return true;
}

/* See raserror.h. A server that sends the same number may mean something else. */
static const struct {
        uint32_t error;
        CatalogueIndex row;
        const char *text; /* NULL: that of diagnosis_ras_text() */
} windows_rows[] = {
        { 619, CATALOGUE_GRE_01, NULL }, /* the port was disconnected: no PPP came */
        { 628, CATALOGUE_LCP_04,
          "it hung up while the link was negotiated. On the way GRE (protocol 47) may be lost; "
          "else it refuses the account, the method of the log-on, or the encryption" },
        { 629, CATALOGUE_LCP_04,
          "it hung up while the link was negotiated. On the way GRE (protocol 47) may be lost; "
          "else it refuses the account, the method of the log-on, or the encryption" },
        { 678, CATALOGUE_NET_06, NULL }, /* no answer */
        { 721, CATALOGUE_GRE_01, NULL }, /* PPP is not answered */
        { 734, CATALOGUE_MPPE_05,
          "PPP was ended. Mostly encryption is required here, and the log-on gives no key for it, "
          "as PAP and CHAP do not: allow MS-CHAPv2 at both ends, or let encryption be optional" },
        { 742, CATALOGUE_MPPE_09,
          "the server does not have the encryption that this computer requires" },
        { 778, CATALOGUE_SRV_33, NULL }, /* the server's proof of the password was wrong */
        { 800, CATALOGUE_NET_06, NULL }, /* no VPN server could be reached */
        { 806, CATALOGUE_GRE_01, NULL }, /* a device on the path does not pass GRE */
        { 807, CATALOGUE_CTL_16,
          "the connection to the server was interrupted: packets get lost on the way, a firewall or "
          "router breaks off TCP port 1723 or GRE (protocol 47), or the server has no room" },
        { 868, CATALOGUE_NET_01, NULL }, /* the name was not resolved */
};

const char *log_client_windows_text(uint32_t error) {
        for (size_t i = 0; i < ELEMENTSOF(windows_rows); i++)
                if (windows_rows[i].error == error && windows_rows[i].text)
                        return windows_rows[i].text;

        return diagnosis_ras_text(error);
}

bool log_client_find_windows_row(uint32_t error, CatalogueIndex *ret_row) {
        for (size_t i = 0; i < ELEMENTSOF(windows_rows); i++)
                if (windows_rows[i].error == error) {
                        *ret_row = windows_rows[i].row;
                        return true;
                }
        if (!diagnosis_ras_text(error))
                return false;

        *ret_row = diagnosis_ras_row(error);
        return true;
}

/* "The user X dialed a connection named Y which has failed. The error code returned ... is 691." */
static bool parse_ras_client(const char *text, LogClientMessage *message) {
        static const char head[] = "error code returned on failure is ";
        const char *at = strstr(text, head);
        uint64_t error;

        if (!at || number_take(at + strlen(head), 4, 10, UINT32_MAX, &error) == 0 ||
            !log_client_find_windows_row((uint32_t) error, &message->row))
                return false;

        message->event = LOG_CLIENT_FAILED;
        message->error = (uint32_t) error;
        return true;
}

bool log_client_parse(const char *text, LogClientMessage *ret_message) {
        LogClientMessage message = { 0 };

        if (!parse_routeros(text, &message) && !parse_ras_client(text, &message))
                return false;

        *ret_message = message;
        return true;
}
