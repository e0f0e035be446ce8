# SPDX-License-Identifier: GPL-2.0-or-later
"""The control connection of the peer against a small client on the loopback interface.

The whole peer runs, as a process; where raw sockets are not allowed the tests are skipped.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import unittest

import control
import gre
from scenario import Scenario

HERE = os.path.dirname(os.path.abspath(__file__))


def raw_sockets_allowed():
    try:
        socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_GRE).close()
    except PermissionError:
        return False
    return True


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return sock.getsockname()[1]


class FakeSock:
    """Keeps what each call sends apart."""

    def __init__(self):
        self.sent = []

    def setsockopt(self, *_arguments):
        pass

    def getsockname(self):
        return ("127.0.0.1", 1723)

    def sendall(self, data):
        self.sent.append(data)


class FakePeer:
    """Peer and loop in one; timers run when they are told to."""

    def __init__(self, scenario):
        self.scenario = Scenario(scenario)
        self.loop = self.transcript = self
        self._timers = []

    def watch(self, _sock, _callback):
        pass

    def write(self, *_arguments, **_fields):
        pass

    note = write

    def call_later(self, _delay_sec, callback):
        self._timers.append(callback)

    def run_all(self):
        while self._timers:
            self._timers.pop(0)()


class Client:
    """Just enough of a PPTP client to ask questions."""

    def __init__(self, port):
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.sizes = []
        self._input = b""

    def send(self, kind, **values):
        self.sock.sendall(control.build(kind, **values))

    def receive(self):
        """(type, fields) of the next message, or None at the end of the stream."""
        while len(self._input) < 2 or len(self._input) < int.from_bytes(self._input[:2], "big"):
            data = self.sock.recv(4096)
            if not data:
                return None
            self.sizes.append(len(data))
            self._input += data
        length = int.from_bytes(self._input[:2], "big")
        message, self._input = self._input[:length], self._input[length:]
        return control.parse(message)

    def ask(self, kind, **values):
        self.send(kind, **values)
        return self.receive()


class ControlTest(unittest.TestCase):
    def test_messages_have_the_lengths_of_the_rfc(self):
        lengths = {control.START_REQUEST: 156, control.START_REPLY: 156, control.STOP_REQUEST: 16,
                   control.STOP_REPLY: 16, control.ECHO_REQUEST: 16, control.ECHO_REPLY: 20,
                   control.CALL_REQUEST: 168, control.CALL_REPLY: 32, control.CALL_CLEAR: 16,
                   control.CALL_DISCONNECT: 148, control.WAN_ERROR: 40, control.LINK_INFO: 24}
        for kind, length in lengths.items():
            message = control.build(kind)
            self.assertEqual(len(message), length, control.MESSAGES[kind][0])
            self.assertEqual(int.from_bytes(message[:2], "big"), length)

    def test_gre_frames_survive_the_round_trip(self):
        for frame in ((1, 2, 3, b"abc"), (0xFFFF, 0, None, b""), (7, None, 9, b"")):
            self.assertEqual(gre.parse(gre.build(*frame)), frame)
        self.assertIsNone(gre.parse(b"\x30\x01\x88\x0b\x00"))
        self.assertIsNone(gre.parse(gre.build(1, 2, 3)[:12]))


    def test_one_message_in_five_segments(self):
        # Not over TCP: whether the reader sees each segment alone depends on the machine's load.
        sock = FakeSock()
        session = control.ControlSession(FakePeer("segments"), sock, ("127.0.0.1", 1), 1)
        session.send(control.START_REPLY)
        session.loop.run_all()
        self.assertEqual([len(data) for data in sock.sent], [32, 32, 32, 32, 28])
        self.assertEqual(b"".join(sock.sent), control.build(control.START_REPLY))


@unittest.skipUnless(raw_sockets_allowed(), "raw sockets need CAP_NET_RAW")
class PeerTest(unittest.TestCase):
    def start(self, *arguments):
        """Starts the peer with the scenario and settings; returns a connected client."""
        port = free_port()
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.path = os.path.join(directory.name, "transcript")
        process = subprocess.Popen(
            [sys.executable, os.path.join(HERE, "peer.py"), "--address", "127.0.0.1",
             "--port", str(port), "--transcript", self.path, *arguments],
            stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        self.assertEqual(process.stdout.readline(), "ready\n")
        client = Client(port)
        self.addCleanup(client.sock.close)
        return client

    def transcript(self):
        with open(self.path, encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def start_call(self, client):
        kind, fields = client.ask(control.START_REQUEST, version=0x100)
        self.assertEqual((kind, fields["result"]), (control.START_REPLY, 1))
        kind, fields = client.ask(control.CALL_REQUEST, call_id=77)
        self.assertEqual((kind, fields["result"]), (control.CALL_REPLY, 1))
        self.assertEqual(fields["peer_call_id"], 77)
        return fields["call_id"]

    def test_good(self):
        client = self.start("good")
        self.start_call(client)
        self.assertEqual(client.ask(control.ECHO_REQUEST, identifier=5),
                         (control.ECHO_REPLY, {"identifier": 5, "result": 1, "error": 0}))
        self.assertEqual(client.ask(control.CALL_CLEAR, call_id=77)[1]["result"], 4)
        self.assertEqual(client.ask(control.STOP_REQUEST, reason=1)[0], control.STOP_REPLY)
        self.assertIsNone(client.receive())
        received = [r["what"] for r in self.transcript() if r["dir"] == "recv"]
        self.assertEqual(received, ["Start-Control-Connection-Request", "Outgoing-Call-Request",
                                    "Echo-Request", "Call-Clear-Request",
                                    "Stop-Control-Connection-Request"])

    def test_refusals(self):
        client = self.start("good", "start_result=2", "start_error=4")
        _, fields = client.ask(control.START_REQUEST)
        self.assertEqual((fields["result"], fields["error"]), (2, 4))
        self.assertIsNone(client.receive())
        client = self.start("busy")
        client.ask(control.START_REQUEST)
        self.assertEqual(client.ask(control.CALL_REQUEST, call_id=1)[1]["result"], 4)

    def test_close_and_http(self):
        self.assertIsNone(self.start("close").receive())
        client = self.start("http")
        client.send(control.START_REQUEST)
        self.assertTrue(client.sock.recv(100).startswith(b"HTTP/1.1"))
        with self.assertRaises(ConnectionResetError):
            self.start("reset").receive()

    def test_silences(self):
        for scenario, count in (("silent", 0), ("half", 78)):
            client = self.start(scenario)
            client.send(control.START_REQUEST)
            self.assertEqual(len(client.sock.recv(count, socket.MSG_WAITALL)), count)
            client.sock.settimeout(0.5)
            with self.assertRaises(TimeoutError):
                client.receive()
        client = self.start("call-silent")
        client.ask(control.START_REQUEST)
        client.sock.settimeout(0.5)
        with self.assertRaises(TimeoutError):
            client.ask(control.CALL_REQUEST, call_id=1)

    def test_two_messages_in_one_segment(self):
        client = self.start("coalesce")
        client.ask(control.START_REQUEST)
        self.assertEqual(client.sizes, [156 + 16])
        self.assertEqual(client.receive()[0], control.ECHO_REQUEST)

    def test_endings(self):
        client = self.start("disconnect")
        self.start_call(client)
        kind, fields = client.receive()
        self.assertEqual((kind, fields["result"]), (control.CALL_DISCONNECT, 1))
        client = self.start("good", "stop_after=0.1", "stop_reason=3", "link_info=true")
        self.start_call(client)
        self.assertEqual(client.receive()[1]["send_accm"], 0xFFFFFFFF)
        self.assertEqual(client.receive(), (control.STOP_REQUEST, {"reason": 3}))
        client = self.start("good", "close_after=0.1")
        self.start_call(client)
        self.assertIsNone(client.receive())

    def test_sessions_limits_the_fault(self):
        client = self.start("close", "sessions=1")
        self.assertIsNone(client.receive())
        second = Client(client.sock.getpeername()[1])
        self.addCleanup(second.sock.close)
        self.start_call(second)

    def test_delay(self):
        client = self.start("good", "delay=0.3")
        start = time.monotonic()
        client.ask(control.START_REQUEST)
        self.assertGreaterEqual(time.monotonic() - start, 0.3)


if __name__ == "__main__":
    unittest.main()
