# SPDX-License-Identifier: GPL-2.0-or-later
"""The PPTP control connection, server side (RFC 2637, section 2): the messages, and a session that
answers them as the scenario says."""

import socket
import struct

MAGIC = 0x1A2B3C4D

START_REQUEST, START_REPLY, STOP_REQUEST, STOP_REPLY, ECHO_REQUEST, ECHO_REPLY = range(1, 7)
CALL_REQUEST, CALL_REPLY = 7, 8
CALL_CLEAR, CALL_DISCONNECT, WAN_ERROR, LINK_INFO = 12, 13, 14, 15

# For each type: its name, then its fields after the common header as (name, struct format). A name
# of None is reserved space; a field "64s" is text, padded with zero bytes.
_START = [("version", "H"), ("result", "B"), ("error", "B"), ("framing", "I"), ("bearer", "I"),
          ("channels", "H"), ("firmware", "H"), ("host_name", "64s"), ("vendor", "64s")]
_ECHO_REPLY = [("identifier", "I"), ("result", "B"), ("error", "B"), (None, "H")]

MESSAGES = {
    START_REQUEST: ("Start-Control-Connection-Request", _START),
    START_REPLY: ("Start-Control-Connection-Reply", _START),
    STOP_REQUEST: ("Stop-Control-Connection-Request",
                   [("reason", "B"), (None, "B"), (None, "H")]),
    STOP_REPLY: ("Stop-Control-Connection-Reply", [("result", "B"), ("error", "B"), (None, "H")]),
    ECHO_REQUEST: ("Echo-Request", [("identifier", "I")]),
    ECHO_REPLY: ("Echo-Reply", _ECHO_REPLY),
    CALL_REQUEST: ("Outgoing-Call-Request",
                   [("call_id", "H"), ("serial", "H"), ("minimum_bps", "I"), ("maximum_bps", "I"),
                    ("bearer", "I"), ("framing", "I"), ("window", "H"), ("processing_delay", "H"),
                    ("phone_length", "H"), (None, "H"), ("phone", "64s"), ("subaddress", "64s")]),
    CALL_REPLY: ("Outgoing-Call-Reply",
                 [("call_id", "H"), ("peer_call_id", "H"), ("result", "B"), ("error", "B"),
                  ("cause", "H"), ("speed", "I"), ("window", "H"), ("processing_delay", "H"),
                  ("channel", "I")]),
    CALL_CLEAR: ("Call-Clear-Request", [("call_id", "H"), (None, "H")]),
    CALL_DISCONNECT: ("Call-Disconnect-Notify",
                      [("call_id", "H"), ("result", "B"), ("error", "B"), ("cause", "H"),
                       (None, "H"), ("statistics", "128s")]),
    WAN_ERROR: ("WAN-Error-Notify",
                [("peer_call_id", "H"), (None, "H"), ("crc", "I"), ("framing", "I"),
                 ("hardware", "I"), ("buffer", "I"), ("timeout", "I"), ("alignment", "I")]),
    LINK_INFO: ("Set-Link-Info",
                [("peer_call_id", "H"), (None, "H"), ("send_accm", "I"), ("receive_accm", "I")]),
}


def build(kind, **values):
    """One message; a field that is not given is zero."""
    body = b""
    for name, form in MESSAGES[kind][1]:
        value = values.pop(name, None) if name else None
        if form.endswith("s"):
            body += struct.pack("!" + form, (value or "").encode())
        else:
            body += struct.pack("!" + form, value or 0)
    assert not values, values
    return struct.pack("!HHIHH", 12 + len(body), 1, MAGIC, kind, 0) + body


def parse(message):
    """(type, fields) of one whole message. An unknown type, or a length that is not the type's,
    gives the body in hex."""
    kind = struct.unpack_from("!H", message, 8)[0]
    body = message[12:]
    form = "!" + "".join(form for _, form in MESSAGES[kind][1]) if kind in MESSAGES else None
    if form is None or struct.calcsize(form) != len(body):
        return kind, {"body": body.hex()}
    fields = {}
    for (name, _), value in zip(MESSAGES[kind][1], struct.unpack(form, body)):
        if name:
            text = isinstance(value, bytes)
            fields[name] = value.rstrip(b"\0").decode("utf-8", "replace") if text else value
    return kind, fields


class ControlSession:
    """One control connection, from accept() to its end, with at most one call."""

    def __init__(self, peer, sock, address, number):
        self.peer = peer
        self.loop = peer.loop
        self.sock = sock
        self.number = number
        self.client = address[0]
        self.server = sock.getsockname()[0]
        self.scenario = peer.scenario.for_session(number)
        self.call = None
        self._input = b""
        self._output = []
        self._timers = []

        self.note("accepted", client=self.client, scenario=self.scenario.name)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.loop.watch(sock, self._on_readable)
        self._on_accept()

    def note(self, what, **fields):
        self.peer.transcript.note(self.number, what, **fields)

    def _on_accept(self):
        behaviour = self.scenario.accept
        if behaviour == "close":
            self.close("closed at once")
        elif behaviour == "reset":
            # A linger time of zero turns close() into a reset.
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close("reset at once")

    # ---- sending ----

    def send(self, kind, **values):
        message = build(kind, **values)
        what, fields = MESSAGES[kind][0], parse(message)[1]
        self.peer.transcript.write(self.number, "send", what, layer="control", **fields)
        self._send_bytes(message)

    def _send_bytes(self, data):
        """Writes the bytes in as many segments as the scenario asks for, apart enough that TCP
        does not join them and the client sees each alone."""
        size = -(-len(data) // self.scenario.segments)
        idle = not self._output
        self._output += [data[start:start + size] for start in range(0, len(data), size)]
        if idle:
            self._drain()

    def _drain(self):
        self._write(self._output.pop(0))
        if self._output:
            self._later(0.02, self._drain)

    def _write(self, data):
        try:
            self.sock.sendall(data)
        except OSError as error:
            self.close(f"write failed: {error.strerror}")

    def _later(self, delay_sec, callback):
        self._timers.append(self.loop.call_later(delay_sec, lambda: self.sock and callback()))

    # ---- receiving ----

    def _on_readable(self):
        try:
            data = self.sock.recv(65536)
        except OSError as error:
            self.close(f"read failed: {error.strerror}")
            return
        if not data:
            self.close("closed by client")
            return
        if self.scenario.accept == "http":
            self.note("answered with HTTP", received=len(data))
            self._write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
            self.close("closed after HTTP")
            return
        self._input += data
        self._cut_messages()

    def _cut_messages(self):
        while self.sock and len(self._input) >= 12:
            length, _, magic = struct.unpack_from("!HHI", self._input)
            if magic != MAGIC or length < 12:
                self.close("client out of step")
                return
            if len(self._input) < length:
                return
            message, self._input = self._input[:length], self._input[length:]
            kind, fields = parse(message)
            what = MESSAGES[kind][0] if kind in MESSAGES else f"type {kind}"
            self.peer.transcript.write(self.number, "recv", what, layer="control", **fields)
            if self.scenario.accept != "silent":
                if self.scenario.delay:
                    self._later(self.scenario.delay,
                                lambda kind=kind, fields=fields: self._dispatch(kind, fields))
                else:
                    self._dispatch(kind, fields)

    def _dispatch(self, kind, fields):
        handler = {
            START_REQUEST: self._on_start,
            STOP_REQUEST: self._on_stop,
            ECHO_REQUEST: self._on_echo,
            CALL_REQUEST: self._on_call,
            CALL_CLEAR: self._on_clear,
        }.get(kind)
        if handler:
            handler(fields)

    def _on_start(self, _fields):
        s = self.scenario
        reply = {"version": s.version, "result": s.start_result, "error": s.start_error,
                 "framing": 3, "bearer": 3, "channels": 1, "firmware": 1,
                 "host_name": s.host_name, "vendor": s.vendor}
        if s.accept == "half":
            self.note("half a message sent")
            self._write(build(START_REPLY, **reply)[:78])
        elif s.coalesce:
            self.note("two messages in one segment")
            self._write(build(START_REPLY, **reply) + build(ECHO_REQUEST, identifier=0x1234))
        else:
            self.send(START_REPLY, **reply)
        if s.start_result != 1:
            self.close("closed after refusal")

    def _on_stop(self, _fields):
        self.send(STOP_REPLY, result=1)
        self.close("stopped by client")

    def _on_echo(self, fields):
        if self.scenario.echo_reply:
            self.send(ECHO_REPLY, identifier=fields.get("identifier"), result=1)

    def _on_call(self, fields):
        s = self.scenario
        if not s.call_reply:
            return
        if s.call_result != 1:
            self.send(CALL_REPLY, peer_call_id=fields.get("call_id"), result=s.call_result,
                      error=s.call_error, cause=s.call_cause)
            return
        if self.call:
            self.call.close()
        self.call = self.peer.open_call(self, fields.get("call_id"))
        self.send(CALL_REPLY, call_id=self.call.call_id, peer_call_id=self.call.peer_call_id,
                  result=1, speed=100_000_000, window=64)
        self.call.start()
        self._after_call()

    def _after_call(self):
        s = self.scenario
        if s.link_info:
            self.send(LINK_INFO, peer_call_id=self.call.peer_call_id,
                      send_accm=0xFFFFFFFF, receive_accm=0xFFFFFFFF)
        if s.disconnect_after is not None:
            self._later(s.disconnect_after, self.disconnect)
        if s.stop_after is not None:
            self._later(s.stop_after, lambda: self.send(STOP_REQUEST, reason=s.stop_reason))
        if s.close_after is not None:
            self._later(s.close_after, lambda: self.close("closed without a word"))
        if s.echo_interval:
            self._later(s.echo_interval, self._send_echo)

    def _send_echo(self):
        self.send(ECHO_REQUEST, identifier=0x5678)
        self._later(self.scenario.echo_interval, self._send_echo)

    def _on_clear(self, _fields):
        if self.call:
            self.disconnect(result=4)

    def disconnect(self, result=None):
        """Ends the call with Call-Disconnect-Notify. The connection stays: the client ends it."""
        if not self.call:
            return
        s = self.scenario
        self.send(CALL_DISCONNECT, call_id=self.call.call_id,
                  result=s.disconnect_result if result is None else result,
                  error=s.disconnect_error, cause=s.disconnect_cause)
        self.call.close()
        self.call = None

    def close(self, why):
        if not self.sock:
            return
        sock, self.sock = self.sock, None
        self.note("control connection ended", why=why)
        for timer in self._timers:
            timer.cancel()
        self.loop.unwatch(sock)
        try:
            sock.sendall(b"".join(self._output))
        except OSError:
            pass
        sock.close()
        if self.call:
            self.call.close()
            self.call = None
        self.peer.forget(self)
