/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "scripted-server.h"

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/macros.h"
#include "network.h"

#define SERVER_PORT 1723

static void say(ScriptedServer *s, const PptpMessage *m) {
        uint8_t buffer[PPTP_MESSAGE_MAX_BYTES];
        int n = pptp_message_write(m, buffer, sizeof(buffer));

        assert_true(n > 0);
        (void) send(s->connection, buffer, (size_t) n, MSG_NOSIGNAL);
}

static void answer_call(ScriptedServer *s, uint8_t result) {
        if (result != 0)
                say(s,
                    &(PptpMessage){
                            .type = PPTP_OUTGOING_CALL_REPLY,
                            .result_code = result,
                            .outgoing_call_reply = { .call_id = 1, .peer_call_id = s->call_id },
                    });
}

void scripted_server_accept_call(ScriptedServer *s) {
        answer_call(s, 1);
}

void scripted_server_ask_echo(ScriptedServer *s) {
        say(s, &(PptpMessage){ .type = PPTP_ECHO_REQUEST, .echo.identifier = 1 });
}

static void answer(ScriptedServer *s, const PptpMessage *m) {
        PptpMessage reply = { .result_code = 1 };

        switch ((unsigned) m->type) {
        case PPTP_START_CONTROL_CONNECTION_REQUEST:
                reply.type = PPTP_START_CONTROL_CONNECTION_REPLY;
                reply.start.version = 0x0100;
                break;
        case PPTP_OUTGOING_CALL_REQUEST:
                s->call_id = m->outgoing_call_request.call_id;
                answer_call(s, s->call_result);
                return;
        case PPTP_ECHO_REQUEST:
                reply.type = PPTP_ECHO_REPLY;
                reply.echo = m->echo;
                break;
        case PPTP_CALL_CLEAR_REQUEST:
                reply.type = PPTP_CALL_DISCONNECT_NOTIFY;
                reply.call.call_id = 1;
                break;
        case PPTP_STOP_CONTROL_CONNECTION_REQUEST:
                reply.type = PPTP_STOP_CONTROL_CONNECTION_REPLY;
                break;
        default:
                return;
        }

        say(s, &reply);
}

static int on_data(_unused_ sd_event_source *source, int fd, _unused_ uint32_t revents,
                   void *userdata) {

        ScriptedServer *s = userdata;
        PptpMessage m;
        uint8_t *data;
        size_t space;
        ssize_t n;

        pptp_stream_space(&s->stream, &data, &space);
        n = read(fd, data, space);
        if (n <= 0) {
                scripted_server_hang_up(s);
                return 0;
        }

        pptp_stream_commit(&s->stream, (size_t) n);
        while (pptp_stream_next(&s->stream, &m) == 0) {
                s->n_heard[m.type]++;
                answer(s, &m);
        }

        return 0;
}

static int on_connection(_unused_ sd_event_source *source, int fd, _unused_ uint32_t revents,
                         void *userdata) {

        ScriptedServer *s = userdata;

        scripted_server_hang_up(s);
        s->connection = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
        assert_true(s->connection >= 0);
        s->n_connections++;
        pptp_stream_init(&s->stream);
        assert_true(sd_event_add_io(s->event, &s->source, s->connection, EPOLLIN, on_data, s) >= 0);
        return 0;
}

void scripted_server_open(ScriptedServer *s, sd_event *event, struct in_addr address) {
        const struct sockaddr_in in = {
                .sin_family = AF_INET,
                .sin_port = htobe16(SERVER_PORT),
                .sin_addr = address,
        };

        *s = (ScriptedServer){ .event = event, .connection = -EBADF, .call_result = 1 };
        s->listener = network_socket_in_peer(AF_INET, SOCK_STREAM, 0);
        assert_int_equal(
                setsockopt(s->listener, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int)), 0);
        assert_int_equal(bind(s->listener, (const struct sockaddr *) &in, sizeof(in)), 0);
        assert_int_equal(listen(s->listener, 8), 0);
        assert_true(sd_event_add_io(event, &s->listener_source, s->listener, EPOLLIN, on_connection,
                                    s) >= 0);
}

void scripted_server_hang_up(ScriptedServer *s) {
        s->source = sd_event_source_disable_unref(s->source);
        if (s->connection >= 0)
                close(s->connection);
        s->connection = -EBADF;
}

void scripted_server_close(ScriptedServer *s) {
        scripted_server_hang_up(s);
        s->listener_source = sd_event_source_disable_unref(s->listener_source);
        if (s->listener >= 0)
                close(s->listener);
        s->listener = -EBADF;
}
