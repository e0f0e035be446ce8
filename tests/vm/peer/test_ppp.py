# SPDX-License-Identifier: GPL-2.0-or-later
"""The PPP side of the peer, frame by frame, without a socket: what a client sees of a scenario."""

import unittest

import mppe
import mschap
import packet
import ppp
from scenario import DEFAULTS, SCENARIOS, Scenario, parse_changes

LCP_OPTIONS = [(5, b"abcd")]


class FakeLoop:
    """Timers that a test fires by hand."""

    def __init__(self):
        self.timers = []

    def call_later(self, delay_sec, callback):
        self.timers.append((delay_sec, callback))
        return self

    def cancel(self):
        pass


class FakeTranscript:
    def write(self, *_arguments, **_fields):
        pass


class Bench:
    """Plays call, session and peer for one link, and the client's part of the conversation."""

    def __init__(self, name, **changes):
        self.scenario = Scenario(name, changes)
        self.session = self.peer = self
        self.loop = FakeLoop()
        self.transcript = FakeTranscript()
        self.number = 1
        self.server = "10.99.0.1"
        self.notes = []
        self.sent = []
        self.muted = False
        self.disconnected = False
        self.link = ppp.Link(self)
        self.link.start()

    def note(self, what, **fields):
        self.notes.append((what, fields))

    def send(self, frame):
        self.sent.append(packet.split_frame(frame))

    def disconnect(self):
        self.disconnected = True

    def say(self, protocol, code, identifier=1, options=(), data=b""):
        """A control packet of the client's; returns what the peer sends upon it."""
        self.sent.clear()
        data = data or packet.build_options(options)
        self.link.on_frame(b"\xff\x03" + protocol.to_bytes(2, "big") +
                           packet.build(code, identifier, data))
        return [(p, *packet.parse(i)) for p, i in self.sent]

    def mppe(self, text, code=packet.CONF_REQ, identifier=1):
        """A CCP packet with MPPE bits; returns [(code, bits in words)] of CCP's answers."""
        bits = mppe.bits_parse(text).to_bytes(4, "big")
        answers = self.say(packet.CCP, code, identifier, [(18, bits)])
        return [(a[1], mppe.bits_describe(int.from_bytes(a[3][2:], "big")))
                for a in answers if a[0] == packet.CCP]

    def fire(self):
        """Runs the timers that are due at once."""
        due, self.loop.timers = self.loop.timers, []
        self.sent.clear()
        for delay_sec, callback in due:
            if delay_sec == 0:
                callback()
        return [(p, *packet.parse(i)) for p, i in self.sent]

    def establish(self):
        """LCP; returns the authentication option and what comes with its opening."""
        answers = self.say(packet.LCP, packet.CONF_REQ, 1, LCP_OPTIONS)
        request = next(a for a in answers if a[1] == packet.CONF_REQ)
        opened = self.say(packet.LCP, packet.CONF_ACK, request[2],
                          packet.parse_options(request[3]))
        return dict(packet.parse_options(request[3])).get(3), opened

    def authenticate(self, password="secret"):
        """LCP and MS-CHAPv2; returns what comes upon the response."""
        _, opened = self.establish()
        challenge = opened[0][3][1:17]
        response = mschap.nt_response(challenge, b"p" * 16, "vpn", password)
        self.keys = mschap.mppe_start_keys(password, response)
        data = bytes((49,)) + b"p" * 16 + bytes(8) + response + b"\0" + b"DOMAIN\\vpn"
        return self.say(packet.CHAP, 2, opened[0][2], data=data)


class PppTest(unittest.TestCase):
    def test_good_until_ping(self):
        bench = Bench("good")
        answers = bench.authenticate()
        self.assertEqual(answers[0][:2], (packet.CHAP, 3))
        self.assertEqual(answers[1][:2], (packet.CCP, packet.CONF_REQ))
        self.assertEqual(bench.mppe("+H +S"), [(packet.CONF_ACK, "+H -M +S -L -D -C")])
        bench.mppe("+H +S", packet.CONF_ACK)
        bench.say(packet.IPCP, packet.CONF_ACK)
        nak = bench.say(packet.IPCP, packet.CONF_REQ, 1, [(3, bytes(4))])[0]
        self.assertEqual(nak[1], packet.CONF_NAK)
        bench.say(packet.IPCP, packet.CONF_REQ, 2, packet.parse_options(nak[3]))
        self.assertIn(("up", {"encrypted": True}), bench.notes)

        ping = bytes.fromhex("4500001c000000004001000001020304050607080800f7fe00010000")
        client_sends = mppe.Cipher(bench.keys[1], mppe.STATELESS | mppe.BITS_128)
        client_hears = mppe.Cipher(bench.keys[0], mppe.STATELESS | mppe.BITS_128)
        bench.sent.clear()
        # The protocol field may be compressed outside and inside.
        bench.link.on_frame(b"\xfd" + client_sends.encrypt(b"\x21" + ping))
        protocol, information = bench.sent[0]
        self.assertEqual(protocol, packet.COMPRESSED)
        reply = client_hears.decrypt(information)
        self.assertEqual(reply[:2] + reply[14:22], b"\0\x21\x05\x06\x07\x08\x01\x02\x03\x04")
        self.assertEqual(reply[22:24], b"\0\0")

    def test_wrong_password(self):
        answers = Bench("good").authenticate("wrong")
        self.assertTrue(answers[0][3].startswith(b"E=691 R=0 C="))
        self.assertEqual(answers[1][:2], (packet.LCP, packet.TERM_REQ))

    def test_wrong_proof(self):
        right = Bench("good").authenticate()[0]
        wrong = Bench("impostor").authenticate()[0]
        self.assertEqual((right[1], wrong[1]), (3, 3))

    def test_refusals_by_number(self):
        for error in (646, 647, 648, 649, 691):
            text = Bench("good", auth_error=error).authenticate()[0][3].decode()
            self.assertRegex(text, f"^E={error} R=0 C=[0-9A-F]{{32}} V=3 M=")

    def test_auth_options(self):
        for method, option in packet.AUTH_OPTIONS.items():
            self.assertEqual(Bench("good", auth=method).establish()[0], option)
        self.assertIsNone(Bench("good", auth="none").establish()[0])

    def test_ras_error_in_terminate_request(self):
        bench = Bench("ras-691", terminate_after=0)
        bench.establish()
        terminate = bench.fire()[-1]
        self.assertEqual(terminate[3][4:], bytes.fromhex("003ccd74000002b3"))
        bench.say(packet.LCP, packet.TERM_ACK, terminate[2])
        self.assertTrue(bench.disconnected)

    def test_speaks_first(self):
        self.assertEqual(len(Bench("speaks-first").sent), 1)
        self.assertEqual(len(Bench("good").sent), 0)

    def test_contivity(self):
        bench = Bench("contivity-2003")
        answers = bench.authenticate()
        self.assertEqual([a[0] for a in answers], [packet.CHAP, packet.IPCP])
        nak = [(packet.CONF_NAK, "-H -M -S +L -D +C")]
        for request in ("+H +L", "+H +S", "+H +S +L"):
            self.assertEqual(bench.mppe(request), nak)
        self.assertEqual(bench.mppe("-H +L"), [(packet.CONF_ACK, "-H -M -S +L -D -C")])
        self.assertEqual(bench.fire()[0][:2], (packet.CCP, packet.CONF_REQ))

    def test_onenet(self):
        bench = Bench("onenet-2006")
        bench.authenticate()
        self.assertEqual(bench.mppe("+H +S +L"), [(packet.CONF_NAK, "+H -M +S -L -D +C")])
        self.assertEqual(bench.mppe("+H +S"), [(packet.CONF_ACK, "+H -M +S -L -D -C")])

        plain = Bench("onenet-2006")
        plain.authenticate()
        request = [a for a in plain.say(packet.CCP, packet.CONF_REQ, 1, [(26, b"\x78\0")])
                   if a[1] == packet.CONF_REQ]
        self.assertEqual(request[0][3].hex(), "120600000041")
        terminate = plain.mppe("-H +S +C", packet.CONF_REJ)
        self.assertEqual(terminate, [])
        self.assertEqual(plain.sent[0][1][-4:].hex(), "000002e6")

    def test_endless_naks(self):
        bench = Bench("endless-naks")
        bench.authenticate()
        for identifier in range(1, 100):
            self.assertEqual(bench.mppe("+H +S", identifier=identifier),
                             [(packet.CONF_NAK, "+H -M +S -L -D +C")])

    def test_ccp_refused_or_absent(self):
        bench = Bench("mppe-rejected")
        bench.authenticate()
        self.assertEqual(bench.mppe("+H +S")[-1][0], packet.CONF_REJ)
        bench = Bench("rejects-128")
        bench.authenticate()
        self.assertEqual(bench.mppe("+H +S")[-1][0], packet.CONF_REJ)
        self.assertEqual(bench.mppe("+H +L")[0][0], packet.CONF_ACK)
        bench = Bench("no-ccp")
        bench.authenticate()
        bench.mppe("+H +S")
        self.assertEqual(bench.sent[0][1][:1] + bench.sent[0][1][4:6], b"\x08\x80\xfd")
        bench = Bench("ccp-silent")
        bench.authenticate()
        self.assertEqual(bench.mppe("+H +S"), [])

    def test_up_but_dead(self):
        bench = Bench("up-but-dead")
        bench.authenticate()
        bench.sent.clear()
        bench.link.on_frame(b"\x00\xfd\x90\x00xyz")
        self.assertEqual(bench.sent[0][1][4:6], b"\x00\xfd")

    def test_garbage_is_survived(self):
        for name in SCENARIOS:
            for stage in (lambda b: None, Bench.establish, Bench.authenticate):
                bench = Bench(name)
                try:
                    stage(bench)
                except (StopIteration, IndexError):
                    pass    # A scenario that never gets so far.
                for protocol in (*packet.NAMES, 0x1234):
                    for code in range(17):
                        for tail in (b"", b"\x12\x06\x01\x02"):
                            bench.link.on_frame(protocol.to_bytes(2, "big") +
                                                packet.build(code, 1, tail))
                for frame in (b"", b"\xff", b"\xff\x03", b"\xff\x03\xc0", b"\xc0\x21\x01\x01\x00"):
                    bench.link.on_frame(frame)


class ScenarioTest(unittest.TestCase):
    def test_every_scenario_is_made_of_settings(self):
        for name in SCENARIOS:
            Scenario(name)
        with self.assertRaises(KeyError):
            Scenario("good", {"typo": 1})

    def test_changes(self):
        self.assertEqual(parse_changes(["a=1", "b=true", "c=text", "d=+H +S"]),
                         {"a": 1, "b": True, "c": "text", "d": "+H +S"})
        self.assertIn("password", DEFAULTS)


if __name__ == "__main__":
    unittest.main()
