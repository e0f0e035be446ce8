# SPDX-License-Identifier: GPL-2.0-or-later
"""Enhanced GRE (RFC 2637, section 4): the frames, and the raw socket that carries them."""

import socket
import struct

PROTOCOL_PPP = 0x880B

_KEY, _SEQUENCE, _ACKNOWLEDGEMENT, _VERSION = 0x2000, 0x1000, 0x0080, 0x0001


def build(call_id, sequence=None, acknowledgement=None, payload=b""):
    """One frame to the given call. Without a sequence number it is a bare acknowledgement."""
    flags = _KEY | _VERSION
    tail = b""
    if sequence is not None:
        flags |= _SEQUENCE
        tail += struct.pack("!I", sequence)
    if acknowledgement is not None:
        flags |= _ACKNOWLEDGEMENT
        tail += struct.pack("!I", acknowledgement)
    return struct.pack("!HHHH", flags, PROTOCOL_PPP, len(payload), call_id) + tail + payload


def parse(frame):
    """(call id, sequence or None, acknowledgement or None, payload), or None if it is no such
    frame."""
    if len(frame) < 8:
        return None
    flags, protocol, length, call_id = struct.unpack_from("!HHHH", frame)
    if protocol != PROTOCOL_PPP or flags & 0x7 != 1 or not flags & _KEY:
        return None
    numbers = bool(flags & _SEQUENCE) + bool(flags & _ACKNOWLEDGEMENT)
    if len(frame) < 8 + 4 * numbers:
        return None
    offset, sequence, acknowledgement = 8, None, None
    if flags & _SEQUENCE:
        sequence = struct.unpack_from("!I", frame, offset)[0]
        offset += 4
    if flags & _ACKNOWLEDGEMENT:
        acknowledgement = struct.unpack_from("!I", frame, offset)[0]
        offset += 4
    return call_id, sequence, acknowledgement, frame[offset:offset + length]


class GreSocket:
    """All GRE of one address. The kernel gives a raw socket a copy of every frame, so frames of
    calls that are not ours are passed over."""

    def __init__(self, loop, address):
        self._calls = {}
        self._sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_GRE)
        self._sock.bind((address, 0))
        self._sock.setblocking(False)
        loop.watch(self._sock, self._on_readable)

    def register(self, call):
        self._calls[call.call_id] = call

    def unregister(self, call):
        self._calls.pop(call.call_id, None)

    def send(self, address, frame):
        try:
            self._sock.sendto(frame, (address, 0))
        except OSError:
            pass    # No route or a full queue: GRE promises nothing.

    def _on_readable(self):
        while True:
            try:
                packet, address = self._sock.recvfrom(65536)
            except BlockingIOError:
                return
            except OSError:
                continue    # An ICMP error for something that we sent.
            parsed = parse(packet[(packet[0] & 0xF) * 4:])
            call = self._calls.get(parsed[0]) if parsed else None
            if call and call.client == address[0]:
                call.on_frame(*parsed[1:])


class Call:
    """One call: numbers what it sends, acknowledges what it gets, and hands PPP frames to its
    link in the order they come (the link sees reordering and loss as PPP would)."""

    def __init__(self, gre, session, call_id, peer_call_id, make_link):
        self.session = session
        self.call_id = call_id
        self.peer_call_id = peer_call_id
        self.client = session.client
        self.muted = session.scenario.gre == "silent"   # neither hears nor speaks
        self.deaf = False                               # speaks on
        self._gre = gre
        self._sequence = 0
        self._to_acknowledge = None
        self._link = make_link(self)
        gre.register(self)

    def start(self):
        """The Outgoing-Call-Reply is on its way."""
        if self.session.scenario.gre == "serve":
            self._link.start()

    def send(self, payload):
        if self.muted:
            return
        acknowledgement, self._to_acknowledge = self._to_acknowledge, None
        frame = build(self.peer_call_id, self._sequence, acknowledgement, payload)
        self._sequence += 1
        self._gre.send(self.client, frame)

    def on_frame(self, sequence, acknowledgement, payload):
        if sequence is None:
            return
        if self.muted or self.deaf:
            self.session.peer.transcript.write(self.session.number, "recv", "GRE", layer="gre",
                                               sequence=sequence, bytes=len(payload))
            return
        self._to_acknowledge = sequence
        if self.session.scenario.gre == "loop":
            self.send(payload)
            return
        self._link.on_frame(payload)
        if self._to_acknowledge is not None:
            self._gre.send(self.client, build(self.peer_call_id, None, self._to_acknowledge))
            self._to_acknowledge = None

    def close(self):
        self._gre.unregister(self)
        self._link.close()
