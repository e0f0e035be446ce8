/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A PPTP server that answers control messages as its test tells it to, in the test's event loop:
 * the Start-Control-Connection-, Outgoing-Call-, Echo- and Stop-Control-Connection-Request. It
 * carries no data.
 */

#include <netinet/in.h>
#include <stdbool.h>
#include <systemd/sd-event.h>

#include "core/pptp/pptp-stream.h"

typedef struct ScriptedServer {
        sd_event *event;
        int listener;
        sd_event_source *listener_source;
        int connection; /* the latest; -EBADF: none */
        sd_event_source *source;
        PptpStream stream;

        /* what to answer an Outgoing-Call-Request with: 1 connected (RFC 2637, 2.8); 0: nothing */
        uint8_t call_result;

        /* what came so far */
        unsigned n_connections;
        unsigned n_heard[PPTP_SET_LINK_INFO + 1]; /* messages of each type */
        uint16_t call_id;                         /* of the latest Outgoing-Call-Request */
} ScriptedServer;

/*
 * Listens at the address, at port 1723, in the peer's namespace (tests/io/network.h). The event
 * loop is borrowed. Fails the test if that is not possible.
 */
void scripted_server_open(ScriptedServer *s, sd_event *event, struct in_addr address);
/* Accepts the latest call, which was not answered. */
void scripted_server_accept_call(ScriptedServer *s);
/* Sends an Echo-Request; the reply is counted with what is heard. */
void scripted_server_ask_echo(ScriptedServer *s);
/* Closes listener and connection, so that whoever connects is refused. May be called again. */
void scripted_server_close(ScriptedServer *s);
/* Closes the connection alone, without a word before. */
void scripted_server_hang_up(ScriptedServer *s);
