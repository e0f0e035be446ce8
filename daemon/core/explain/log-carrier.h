/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What carries the PPP link of a log, if not PPTP. pppd's words are the same over a modem, PPPoE or
 * L2TP, but a silent modem says nothing about GRE.
 */

#include <stdbool.h>
#include <stddef.h>

typedef enum LogCarrier {
        LOG_CARRIER_UNKNOWN,
        LOG_CARRIER_PPTP,
        LOG_CARRIER_MODEM, /* or a serial line */
        LOG_CARRIER_PPPOE,
        LOG_CARRIER_PPPOA,
        LOG_CARRIER_L2TP,
        LOG_CARRIER_SSTP,
        LOG_CARRIER_FORTINET,
        /* these do without PPP */
        LOG_CARRIER_OPENVPN,
        LOG_CARRIER_IPSEC,
        LOG_CARRIER_OPENCONNECT,
        LOG_CARRIER_WIREGUARD,
        _LOG_CARRIER_MAX,
} LogCarrier;

/* Returns a carrier's name in a sentence, "L2TP", or "" if it is not known; static. */
const char *log_carrier_name(LogCarrier carrier);

/* Whether PPP may run over this carrier, so that pppd's messages can be about it. */
bool log_carrier_has_ppp(LogCarrier carrier);

/*
 * Returns what a program carries that has nothing to do with PPTP, by its name in a log;
 * LOG_CARRIER_UNKNOWN for any other program.
 */
LogCarrier log_carrier_of_program(const char *name, size_t n_name);

/*
 * Returns what the VPN service carries that NetworkManager names in a line, as it does when it
 * starts one: "org.freedesktop.NetworkManager.openvpn"; LOG_CARRIER_UNKNOWN if it names none.
 */
LogCarrier log_carrier_of_service(const char *text);

/*
 * Returns what pppd says that it runs over, by the device in "Connect: ppp0 <--> /dev/ttyUSB0";
 * LOG_CARRIER_UNKNOWN for a pseudo terminal, which may lead anywhere.
 */
LogCarrier log_carrier_of_device(const char *text);

/* A text that names a carrier wherever it stands, and in letters of either size. */
typedef struct LogCarrierText {
        const char *text;
        LogCarrier carrier;
} LogCarrierText;

#define LOG_CARRIER_N_TEXTS 31
extern const LogCarrierText log_carrier_texts[LOG_CARRIER_N_TEXTS];
