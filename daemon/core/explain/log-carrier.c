/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/explain/log-carrier.h"

#include <ctype.h>
#include <string.h>

#include "core/base/macros.h"

const LogCarrierText log_carrier_texts[LOG_CARRIER_N_TEXTS] = {
        { "pptp", LOG_CARRIER_PPTP },
        /* plugins of pppd, and interfaces of OpenWrt */
        { "pppoe", LOG_CARRIER_PPPOE },
        { "pppoatm", LOG_CARRIER_PPPOA },
        { "pppol2tp", LOG_CARRIER_L2TP },
        /* the discovery of PPPoE, RFC 2516, section 5 */
        { " PADI", LOG_CARRIER_PPPOE },
        { " PADO", LOG_CARRIER_PPPOE },
        { " PADS", LOG_CARRIER_PPPOE },
        { " PADT", LOG_CARRIER_PPPOE },
        /* modems: their commands, and who sends them */
        { "WvDial", LOG_CARRIER_MODEM },
        { "kppp", LOG_CARRIER_MODEM },
        { "ATDT", LOG_CARRIER_MODEM },
        { "ATD*99", LOG_CARRIER_MODEM },
        { "Serial connection established", LOG_CARRIER_MODEM },
        { "Serial port initialized", LOG_CARRIER_MODEM },
        { "l2tp", LOG_CARRIER_L2TP },
        /* its messages (RFC 2661, section 3.1), which Android's mtpd names and not the protocol */
        { " SCCRQ", LOG_CARRIER_L2TP },
        { " SCCRP", LOG_CARRIER_L2TP },
        { " SCCCN", LOG_CARRIER_L2TP },
        { "sstp", LOG_CARRIER_SSTP },
        { "fortissl", LOG_CARRIER_FORTINET },
        { "openfortivpn", LOG_CARRIER_FORTINET },
        { "Closed connection to gateway", LOG_CARRIER_FORTINET },
        { "openvpn", LOG_CARRIER_OPENVPN },
        { "Initialization Sequence Completed", LOG_CARRIER_OPENVPN },
        { "TLS key negotiation failed", LOG_CARRIER_OPENVPN },
        { "IKE_SA", LOG_CARRIER_IPSEC },
        { "[IKE] ", LOG_CARRIER_IPSEC },
        { "strongSwan", LOG_CARRIER_IPSEC },
        { "ISAKMP", LOG_CARRIER_IPSEC },
        { "openconnect", LOG_CARRIER_OPENCONNECT },
        { "wireguard", LOG_CARRIER_WIREGUARD },
};

const char *log_carrier_name(LogCarrier carrier) {
        static const char *const names[_LOG_CARRIER_MAX] = {
                [LOG_CARRIER_UNKNOWN] = "",
                [LOG_CARRIER_PPTP] = "PPTP",
                [LOG_CARRIER_MODEM] = "a modem or a serial line",
                [LOG_CARRIER_PPPOE] = "PPPoE",
                [LOG_CARRIER_PPPOA] = "PPP over ATM",
                [LOG_CARRIER_L2TP] = "L2TP",
                [LOG_CARRIER_SSTP] = "SSTP",
                [LOG_CARRIER_FORTINET] = "Fortinet's SSL VPN",
                [LOG_CARRIER_OPENVPN] = "OpenVPN",
                [LOG_CARRIER_IPSEC] = "IPsec",
                [LOG_CARRIER_OPENCONNECT] = "OpenConnect",
                [LOG_CARRIER_WIREGUARD] = "WireGuard",
        };

        return names[carrier];
}

bool log_carrier_has_ppp(LogCarrier carrier) {
        return carrier < LOG_CARRIER_OPENVPN;
}

LogCarrier log_carrier_of_program(const char *name, size_t n_name) {
        static const struct {
                const char *prefix;
                LogCarrier carrier;
        } programs[] = {
                { "xl2tpd", LOG_CARRIER_L2TP },
                { "l2tp", LOG_CARRIER_L2TP },
                { "nm-l2tp", LOG_CARRIER_L2TP },
                { "accel-sstp", LOG_CARRIER_SSTP },
                { "accel-pppoe", LOG_CARRIER_PPPOE },
                { "accel-l2tp", LOG_CARRIER_L2TP },
                { "pppoe", LOG_CARRIER_PPPOE },
                { "sstp", LOG_CARRIER_SSTP },
                { "nm-sstp", LOG_CARRIER_SSTP },
                { "openfortivpn", LOG_CARRIER_FORTINET },
                { "openvpn", LOG_CARRIER_OPENVPN },
                { "ovpn", LOG_CARRIER_OPENVPN },
                { "nm-openvpn", LOG_CARRIER_OPENVPN },
                { "charon", LOG_CARRIER_IPSEC },
                { "pluto", LOG_CARRIER_IPSEC },
                { "racoon", LOG_CARRIER_IPSEC },
                { "ipsec", LOG_CARRIER_IPSEC },
                { "vpnc", LOG_CARRIER_IPSEC },
                { "openconnect", LOG_CARRIER_OPENCONNECT },
                { "wg-quick", LOG_CARRIER_WIREGUARD },
                { "chat", LOG_CARRIER_MODEM },
                { "wvdial", LOG_CARRIER_MODEM },
                { "kppp", LOG_CARRIER_MODEM },
                { "mgetty", LOG_CARRIER_MODEM },
        };

        for (size_t i = 0; i < ELEMENTSOF(programs); i++) {
                size_t n = strlen(programs[i].prefix);

                if (n_name >= n && memcmp(name, programs[i].prefix, n) == 0)
                        return programs[i].carrier;
        }

        return LOG_CARRIER_UNKNOWN;
}

LogCarrier log_carrier_of_service(const char *text) {
        static const char bus[] = "org.freedesktop.NetworkManager.", starting[] = "]: starting ";
        const char *name = strstr(text, bus);

        /* From 1.42 on: 'vpn[0x5,a-b,"work"]: starting openvpn'. */
        if (!name && strstr(text, " vpn["))
                name = strstr(text, starting);
        /* A service that has ended may go while another one runs. */
        if (!name || strstr(name, "disappeared") || strstr(name, "exited"))
                return LOG_CARRIER_UNKNOWN;

        name += strncmp(name, bus, strlen(bus)) == 0 ? strlen(bus) : strlen(starting);
        if (strncmp(name, "pptp", 4) == 0)
                return LOG_CARRIER_PPTP;
        if (strncmp(name, "strongswan", 10) == 0 || strncmp(name, "libreswan", 9) == 0)
                return LOG_CARRIER_IPSEC;
        return log_carrier_of_program(name, strcspn(name, "' )\""));
}

/* "0.100", the path and the channel of ATM. */
static bool is_atm(const char *device) {
        size_t n = strspn(device, "0123456789"), n_channel;

        if (n == 0 || device[n] != '.')
                return false;

        n_channel = strspn(device + n + 1, "0123456789");
        return n_channel > 0 && device[n + 1 + n_channel] == '\0';
}

LogCarrier log_carrier_of_device(const char *text) {
        static const char *const terminals[] = { "/dev/ttymxc", "/dev/modem", "/dev/rfcomm",
                                                 "/dev/ircomm", "/dev/cu.",   "/dev/noz",
                                                 "/dev/cdc",    "/dev/gsm",   "/dev/serial" };
        static const char *const cards[] = { "eth", "en",  "wlan", "wl",  "br",  "nas", "vlan",
                                             "lan", "wan", "bond", "ptm", "usb", "dsl" };
        const char *device = strstr(text, "Connect: ");

        if (!device)
                return LOG_CARRIER_UNKNOWN;

        /* Skip the interface and the arrow, of which a web page may have left only a part. */
        device += strlen("Connect: ");
        device += strcspn(device, " \t");
        device += strspn(device, " \t<->");
        if (strncmp(device, "pptp", 4) == 0)
                return LOG_CARRIER_PPTP;
        if (is_atm(device))
                return LOG_CARRIER_PPPOA;

        /* "/dev/ttyUSB0" is a modem; "/dev/ttyp0", without a capital, an old pseudo terminal. */
        if (strncmp(device, "/dev/tty", 8) == 0 && isupper((unsigned char) device[8]))
                return LOG_CARRIER_MODEM;
        for (size_t i = 0; i < ELEMENTSOF(terminals); i++)
                if (strncmp(device, terminals[i], strlen(terminals[i])) == 0)
                        return LOG_CARRIER_MODEM;
        for (size_t i = 0; i < ELEMENTSOF(cards); i++)
                if (strncmp(device, cards[i], strlen(cards[i])) == 0 &&
                    strpbrk(device, "0123456789"))
                        return LOG_CARRIER_PPPOE;

        return LOG_CARRIER_UNKNOWN;
}
