# SPDX-License-Identifier: GPL-2.0-or-later
"""MPPE (RFC 3078): the option's bits, and one direction's cipher."""

import hashlib
import struct

from digest import Rc4

STATELESS, BITS_56, BITS_128, BITS_40, OBSOLETE, MPPC = (
    0x01000000, 0x80, 0x40, 0x20, 0x10, 0x01)
_LETTERS = {"H": STATELESS, "M": BITS_56, "S": BITS_128, "L": BITS_40, "D": OBSOLETE, "C": MPPC}

# The two bytes before the encrypted data (RFC 3078, section 3): flags and a count of 12 bits.
_FLUSHED, _ENCRYPTED, _COUNT_MASK = 0x8000, 0x1000, 0x0FFF


def bits_parse(text):
    """"+H -M +S" as the number in the option; what is not mentioned is clear."""
    bits = 0
    for word in text.split():
        if word[0] not in "+-" or word[1:] not in _LETTERS:
            raise ValueError(f"{word}: not an MPPE bit")
        if word[0] == "+":
            bits |= _LETTERS[word[1:]]
    return bits


def bits_describe(bits):
    """The option's number as pppd prints it."""
    return " ".join(("+" if bits & bit else "-") + letter for letter, bit in _LETTERS.items())


class MppeError(Exception):
    """A packet that this direction's cipher cannot take; the receiver asks for a reset."""


class Cipher:
    """One direction. The start key is as long as the session key: 16 bytes, or 8.

    Each flushed packet starts with a key change. In stateless mode that is every packet, in
    stateful mode every 256th ("flag") packet and the first one after a Reset-Request.
    """

    def __init__(self, start_key, bits):
        self._start_key = start_key
        self._stateless = bool(bits & STATELESS)
        self._salt = {BITS_40: b"\xd1\x26\x9e", BITS_56: b"\xd1"}.get(
            bits & (BITS_40 | BITS_56 | BITS_128), b"")
        self._count = -1            # of the latest packet; the first one has 0
        self._flush_next = False
        self._discarding = False    # stateful, and a packet was lost
        self.session_key = start_key
        self._rc4 = None
        self._change_key(first=True)

    def _change_key(self, first=False):
        """RFC 3078, section 7.3: the first session key is the hash itself (RFC 3079, section 2.4),
        each later one is also encrypted with itself."""
        padded = self._start_key + b"\0" * 40 + self.session_key + b"\xf2" * 40
        key = hashlib.sha1(padded).digest()[:len(self._start_key)]
        if not first:
            key = Rc4(key).crypt(key)
        self.session_key = self._salt + key[len(self._salt):]
        self._rc4 = Rc4(self.session_key)

    def reset(self):
        """The receiver lost track: the next packet starts afresh."""
        self._flush_next = True

    def encrypt(self, packet):
        """The packet (from its protocol field on) as the information field of protocol 0x00fd."""
        self._count = self._count + 1 & _COUNT_MASK
        flags = _ENCRYPTED
        if self._stateless or self._count & 0xFF == 0xFF or self._flush_next:
            self._change_key()
            self._flush_next = False
            flags |= _FLUSHED
        return struct.pack("!H", flags | self._count) + self._rc4.crypt(packet)

    def decrypt(self, data):
        """The reverse of encrypt(). Raises MppeError for what cannot be decrypted."""
        if len(data) < 3:
            raise MppeError("too short")
        header = struct.unpack_from("!H", data)[0]
        if not header & _ENCRYPTED:
            raise MppeError("not encrypted")
        self._follow(header & _COUNT_MASK, bool(header & _FLUSHED))
        return self._rc4.crypt(data[2:])

    def _follow(self, count, flushed):
        """Brings the key to where the sender's was at this packet (RFC 3078, section 8)."""
        if self._stateless:
            if count - self._count & _COUNT_MASK > _COUNT_MASK // 2:
                raise MppeError("late packet")
            while self._count & _COUNT_MASK != count:
                self._change_key()
                self._count += 1
            return
        expected = self._count + 1 & _COUNT_MASK
        if not self._discarding and count != expected:
            self._discarding = True
        if self._discarding:
            if not flushed:
                raise MppeError("packet lost")
            # A change for every flag packet between, and then the flushed one's own.
            while self._count & ~0xFF & _COUNT_MASK != count & ~0xFF:
                self._change_key()
                self._count = self._count + 256 & _COUNT_MASK
            self._discarding = False
        self._count = count
        if flushed:
            self._change_key()
