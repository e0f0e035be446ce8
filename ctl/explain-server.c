/* SPDX-License-Identifier: GPL-2.0-or-later */

/* pptpctl explain: what is said of a server's log, with advice for the program that wrote it. */

#include <stdio.h>
#include <string.h>

#include "core/base/macros.h"
#include "ctl.h"
#include "explain-parts.h"

/* A server program's name, how to make it say more, and what mends a row in its configuration. */
typedef struct ServerWords {
        const char *name, *log_more;
        struct {
                const char *ids, *remedy;
        } remedies[5];
} ServerWords;

/*
 * Sources: accel-ppp.conf(5) and ctrl/pptp/pptp.c of accel-ppp; the manual of mpd 5.9, sections 4.3
 * (link layer), 4.6.1 (MPPC) and 4.13 (address pools); of RouterOS, "PPTP" and "PPP AAA" at
 * help.mikrotik.com/docs.
 */
static const ServerWords server_words[] = {
        [LOG_SERVER_PPTPD] = {
                .log_more = "Add \"debug\" to the options of pppd on this server (pptpd-options), let "
                            "the client call again, and use that log; the client's own log may have "
                            "the reason as well.",
        },
        [LOG_SERVER_ACCEL] = {
                .name = "With accel-ppp:",
                .log_more = "In accel-ppp.conf write \"verbose=1\" under [pptp] and under [ppp], and "
                            "\"level=5\" under [log]; restart it, let the client call again, and use that "
                            "log. If it has nothing of LCP, look whether \"lsmod\" has the modules pptp "
                            "and gre, and whether GRE (IP protocol 47) reaches this server.",
                .remedies = {
                        { "SRV-03", "the name and the password stand in the file that chap-secrets= "
                                    "under [chap-secrets] of accel-ppp.conf names, or with the RADIUS "
                                    "server; [modules] needs auth_mschap_v2, and chap-secrets or radius" },
                        { "SRV-04", "in accel-ppp.conf, under [radius], \"server=ADDRESS,SECRET,auth-port=1812,"
                                    "acct-port=1813\" has to name the RADIUS server with its secret, and "
                                    "\"nas-ip-address=\" this host; that server has to listen, and to know "
                                    "this host as a client" },
                        { "SRV-06", "in accel-ppp.conf, under [ip-pool], write \"gw-ip-address=\" with the "
                                    "server's address and a range of addresses, as 192.168.0.2-255, "
                                    "and \"ippool\" under [modules]" },
                        { "SRV-07 SRV-21", "in accel-ppp.conf write \"mppe=require\" under [ppp], and no "
                                           "other \"mppe=\" under [pptp], which outweighs it; "
                                           "auth_mschap_v2 under [modules] as the only module of its "
                                           "kind (auth_...), since without it MPPE has no key. A RADIUS "
                                           "server may decide otherwise (MS-MPPE-Encryption-Policy). "
                                           "Look whether \"modprobe ppp_mppe\" works" },
                        { "SRV-14", "nothing, if the client lost its network. Under [ppp] of "
                                    "accel-ppp.conf, lcp-echo-interval= with lcp-echo-timeout=, or "
                                    "with lcp-echo-failure= where that is not set, says how long it "
                                    "waits" },
                },
        },
        [LOG_SERVER_MPD] = {
                .name = "With mpd:",
                .log_more = "Write \"log +phys +lcp +auth +ccp +ipcp\" into the section \"startup:\" of "
                            "mpd.conf, let the client call again, and use that log.",
                .remedies = {
                        { "SRV-03", "the name and the password stand in mpd.secret, or with the RADIUS "
                                    "server of \"set auth enable radius-auth\"" },
                        { "SRV-06", "in mpd.conf, \"set ippool add POOL FIRST LAST\" and \"set ipcp ranges "
                                    "ADDRESS/32 ippool POOL\"" },
                        { "SRV-07 SRV-21", "in mpd.conf, \"set bundle enable compression\", \"set ccp yes "
                                           "mppc\", \"set mppc yes e128 stateless\", and for the key \"set "
                                           "link no pap chap eap\" and \"set link enable chap-msv2\"" },
                        { "SRV-14", "nothing, if the client lost its network. \"set link keep-alive 10 "
                                    "60\" in mpd.conf says how long it waits" },
                },
        },
        [LOG_SERVER_ROUTEROS] = {
                .name = "With RouterOS:",
                .log_more = "\"/system logging add topics=pptp,debug\" and the same with \"ppp,debug\": let "
                            "the client call again, and use that log.",
                .remedies = {
                        { "SRV-04", "\"/radius print\" has to show the server with service=ppp, its "
                                    "address and secret; that server has to know this router as a client. "
                                    "\"/radius set 0 timeout=3s\" gives it more time" },
                        { "SRV-03", "look at \"/ppp secret print\" for the name, the service (pptp or "
                                    "any) and whether it is disabled" },
                        { "SRV-06", "look at \"/ip pool print\" and at the remote-address of the "
                                    "profile, \"/ppp profile print\"" },
                        { "SRV-07 SRV-21", "\"/interface pptp-server server set authentication=mschap2 "
                                           "default-profile=default-encryption\"; in that profile, "
                                           "use-encryption=yes offers encryption and "
                                           "use-encryption=required insists on it" },
                        { "SRV-14", "nothing, if the client lost its network. \"/interface pptp-server "
                                    "server set keepalive-timeout=\" says how long it waits" },
                },
        },
};

void explain_print_server_remedy(const DiagnosisRow *row, LogServerProgram server) {
        const ServerWords *words = &server_words[server];

        for (size_t i = 0; i < ELEMENTSOF(words->remedies) && words->remedies[i].ids; i++)
                if (strstr(words->remedies[i].ids, row->id)) {
                        ctl_print_section(words->name, words->remedies[i].remedy);
                        return;
                }

        ctl_print_section("What mends it:", row->remedy);
}

void explain_print_server_call(const LogAttempt *a) {
        const char *text = NULL;

        switch (a->view) {
        case LOG_SERVER_VIEW_NOTHING:
                text = a->n_packets > 0 ? "The client's own log may have the reason." :
                                          server_words[a->server].log_more;
                printf("This is a server's own log, of a client that called it.\n"
                       "These lines do not say why the call ended.\n");
                ctl_print_paragraph(stdout, text, 0);
                if (!a->was_up)
                        explain_print_stage(a);
                return;
        case LOG_SERVER_VIEW_WAITING:
                printf("This is a server's own log.\n");
                ctl_print_paragraph(
                        stdout,
                        "pptpd started and waits for clients; in these lines none has "
                        "called. That is no failure. If a client fails, let it call and "
                        "use the lines of that minute. If no line \"control connection "
                        "started\" comes then, TCP port 1723 does not reach this server.",
                        0);
                return;
        case LOG_SERVER_VIEW_BEGUN:
                text = "These lines show no failure. They stop before the call ends or comes up: if "
                       "the client fails, use the log of half a minute after this.";
                break;
        case LOG_SERVER_VIEW_CLIENT_LEFT:
                text = a->was_up ?
                        "The call came up, and later the client hung up: an ordinary end. No failure "
                        "shows here." :
                        "The client ended the call before it came up. What it said stands below; if "
                        "nothing does, the client's log has the reason.";
                break;
        case LOG_SERVER_VIEW_ENDED:
                text = "The client ended the call. These lines have only its end; whether it had come up, "
                       "and what the client said, stands in earlier ones.";
                break;
        case LOG_SERVER_VIEW_CLOSED:
                text = "The control connection was closed, and these lines have nothing else of it: they "
                       "neither show a failure nor whether there was a call. A call ends so when its "
                       "client hangs up, and so does the visit of somebody who looks for open ports. "
                       "Earlier lines with the same number, as in pptpd[1234], tell which.";
                break;
        case LOG_SERVER_VIEW_GONE:
                text = "The call came up, and later its control connection (TCP port 1723) was closed, "
                       "without a goodbye in PPP; so this server ended its pppd. Either the client hung "
                       "up, or it lost its network, or a router or firewall on the way forgot the "
                       "connection. The client's own log of that minute tells which.";
                break;
        case LOG_SERVER_VIEW_HUNG_UP:
                text = "The call came up, and then pptpd took pppd's terminal away: the client closed the "
                       "control connection without a goodbye in PPP, or pptpd could not send a packet. "
                       "pptpd's lines of the same second say which: \"journalctl -t pptpd\", or \"grep "
                       "pptpd /var/log/syslog\". If large transfers end it and pings do not, packets are "
                       "too big for the path: write \"mtu 1400\" and \"mru 1400\" into pptpd-options.";
                break;
        case LOG_SERVER_VIEW_UP:
                text = "The call came up, and nothing in the log says that it failed.";
                break;
        }

        printf("This is a server's own log, of a client that called it.\n");
        ctl_print_paragraph(stdout, text, 0);
        if (!a->was_up && a->view != LOG_SERVER_VIEW_UP)
                explain_print_stage(a);
}
