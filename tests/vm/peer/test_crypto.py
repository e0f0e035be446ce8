# SPDX-License-Identifier: GPL-2.0-or-later
"""The test vectors of the RFCs."""

import unittest

import mppe
import mschap
from digest import Rc4, des_encrypt, md4

# RFC 2759, section 9.2.
USER, PASSWORD = "User", "clientPass"
SERVER_CHALLENGE = bytes.fromhex("5b5d7c7d7b3f2f3e3c2c602132262628")
PEER_CHALLENGE = bytes.fromhex("21402324255e262a28295f2b3a337c7e")
NT_RESPONSE = bytes.fromhex("82309ecd8d708b5ea08faa3981cd83544233114a3d85d6df")


class DigestTest(unittest.TestCase):
    def test_md4(self):
        # RFC 1320, section A.5.
        for text, digest in (("", "31d6cfe0d16ae931b73c59d7e0c089c0"),
                             ("abc", "a448017aaf21d8525fc10ae87aa6729d"),
                             ("1234567890" * 8, "e33b4ddc9c38f2199c3e7b164fcc0536")):
            self.assertEqual(md4(text.encode()).hex(), digest)

    def test_des(self):
        self.assertEqual(des_encrypt(bytes.fromhex("133457799bbcdff1"),
                                     bytes.fromhex("0123456789abcdef")).hex(), "85e813540f0ab405")

    def test_rc4(self):
        # RFC 6229, section 2.
        self.assertEqual(Rc4(bytes.fromhex("0102030405")).crypt(bytes(16)).hex(),
                         "b2396305f03dc027ccc3524a0a1118a8")


class MsChapTest(unittest.TestCase):
    def test_rfc_2759(self):
        self.assertEqual(mschap.challenge_hash(PEER_CHALLENGE, SERVER_CHALLENGE, USER).hex(),
                         "d02e4386bce91226")
        self.assertEqual(mschap.nt_password_hash(PASSWORD).hex(),
                         "44ebba8d5312b8d611474411f56989ae")
        self.assertEqual(
            mschap.nt_response(SERVER_CHALLENGE, PEER_CHALLENGE, USER, PASSWORD), NT_RESPONSE)
        self.assertEqual(
            mschap.authenticator_response(PASSWORD, NT_RESPONSE, PEER_CHALLENGE,
                                          SERVER_CHALLENGE, USER),
            "S=407A5589115FD0D6209F510FE9C04566932CDA56")

    def test_domain_is_not_hashed(self):
        self.assertEqual(mschap.challenge_hash(PEER_CHALLENGE, SERVER_CHALLENGE, "DOMAIN\\User"),
                         mschap.challenge_hash(PEER_CHALLENGE, SERVER_CHALLENGE, USER))


class MppeTest(unittest.TestCase):
    def test_rfc_3079_128_bit(self):
        # RFC 3079, section 3.5.3: the master's send key, and the first session key.
        send, _ = mschap.mppe_start_keys(PASSWORD, NT_RESPONSE)
        self.assertEqual(send.hex(), "8b7cdc149b993a1ba118cb153f56dccb")
        self.assertEqual(mppe.Cipher(send, mppe.BITS_128).session_key.hex(),
                         "405cb2247a7956e6e211007ae27b22d4")

    def test_rfc_3079_short_keys(self):
        # RFC 3079, sections 3.5.1 and 3.5.2.
        send, _ = mschap.mppe_start_keys(PASSWORD, NT_RESPONSE, 8)
        self.assertEqual(mppe.Cipher(send, mppe.BITS_40).session_key.hex(), "d1269ec49fa62e3e")
        self.assertEqual(mppe.Cipher(send, mppe.BITS_56).session_key.hex(), "d15c00c49fa62e3e")

    def pair(self, bits):
        key = bytes(range(16 if bits & mppe.BITS_128 else 8))
        return mppe.Cipher(key, bits), mppe.Cipher(key, bits)

    def test_round_trip(self):
        for text in ("+H +S", "-H +S", "+H +L", "-H +L"):
            sender, receiver = self.pair(mppe.bits_parse(text))
            # In stateless mode each packet costs a key; in the other the count should wrap.
            for number in range(200 if "+H" in text else 5000):
                packet = number.to_bytes(4, "big")
                self.assertEqual(receiver.decrypt(sender.encrypt(packet)), packet)

    def test_stateless_survives_loss(self):
        sender, receiver = self.pair(mppe.STATELESS | mppe.BITS_128)
        for number in range(1000):
            packet = sender.encrypt(b"packet")
            if number % 7 != 0:
                self.assertEqual(receiver.decrypt(packet), b"packet")

    def test_stateful_recovers_by_reset(self):
        sender, receiver = self.pair(mppe.BITS_128)
        for _ in range(300):
            receiver.decrypt(sender.encrypt(b"packet"))
        sender.encrypt(b"lost")
        for _ in range(3):
            with self.assertRaises(mppe.MppeError):
                receiver.decrypt(sender.encrypt(b"packet"))
        sender.reset()
        for _ in range(300):
            self.assertEqual(receiver.decrypt(sender.encrypt(b"packet")), b"packet")

    def test_bits_in_words(self):
        self.assertEqual(mppe.bits_parse("+H -M +S"), 0x01000040)
        self.assertEqual(mppe.bits_describe(0x01000041), "+H -M +S -L -D +C")
        with self.assertRaises(ValueError):
            mppe.bits_parse("+X")


if __name__ == "__main__":
    unittest.main()
