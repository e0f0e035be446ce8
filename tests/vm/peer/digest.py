# SPDX-License-Identifier: GPL-2.0-or-later
"""MD4 (RFC 1320), DES (FIPS 46-3) and RC4, which MS-CHAP and MPPE are made of and which Python no
longer comes with. For tests only: slow, and broken as ciphers anyway."""

import struct


def _rotate_left(value, count):
    value &= 0xFFFFFFFF
    return (value << count | value >> (32 - count)) & 0xFFFFFFFF


def md4(data):
    """The MD4 digest of the bytes."""
    length = struct.pack("<Q", len(data) * 8)
    data += b"\x80" + b"\0" * ((55 - len(data)) % 64) + length
    state = [0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476]
    # Of each round: its function, its constant, the order of the words, and the shifts.
    rounds = (
        (lambda x, y, z: x & y | ~x & z, 0, range(16), (3, 7, 11, 19)),
        (lambda x, y, z: x & y | x & z | y & z, 0x5A827999,
         (0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15), (3, 5, 9, 13)),
        (lambda x, y, z: x ^ y ^ z, 0x6ED9EBA1,
         (0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15), (3, 9, 11, 15)),
    )
    for offset in range(0, len(data), 64):
        words = struct.unpack_from("<16I", data, offset)
        a, b, c, d = state
        for function, constant, order, shifts in rounds:
            for step, index in enumerate(order):
                total = a + function(b, c, d) + words[index] + constant
                a, b, c, d = d, _rotate_left(total, shifts[step % 4]), b, c
        state = [(old + new) & 0xFFFFFFFF for old, new in zip(state, (a, b, c, d))]
    return struct.pack("<4I", *state)


# The tables of FIPS 46-3, bits counted from 1 at the left.
_IP = [row + 8 * column for row in (58, 60, 62, 64, 57, 59, 61, 63) for column in range(0, -8, -1)]
_FP = [_IP.index(position) + 1 for position in range(1, 65)]
_E = [(4 * row + column - 1) % 32 + 1 for row in range(8) for column in range(6)]
_P = [16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10,
      2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22, 11, 4, 25]
_PC1 = [57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18, 10, 2, 59, 51, 43, 35, 27, 19, 11, 3,
        60, 52, 44, 36, 63, 55, 47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, 14, 6, 61, 53, 45,
        37, 29, 21, 13, 5, 28, 20, 12, 4]
_PC2 = [14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2,
        41, 52, 31, 37, 47, 55, 30, 40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29,
        32]
_SHIFTS = (1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1)
# Each box: four rows of sixteen values, one hexadecimal digit a value.
_S = [[int(digit, 16) for digit in box] for box in (
    "e4d12fb83a6c5907" "0f74e2d1a6cb9538" "41e8d62bfc973a50" "fc8249175b3ea06d",
    "f18e6b34972dc05a" "3d47f28ec01a69b5" "0e7ba4d158c6932f" "d8a13f42b67c05e9",
    "a09e63f51dc7b428" "d709346a285ecbf1" "d6498f30b12c5ae7" "1ad069874fe3b52c",
    "7de3069a1285bc4f" "d8b56f03472c1ae9" "a690cb7df13e5284" "3f06a1d8945bc72e",
    "2c417ab6853fd0e9" "eb2c47d150fa3986" "421bad78f9c5630e" "b8c71e2d6f09a453",
    "c1af92680d34e75b" "af427c9561de0b38" "9ef528c3704a1db6" "432c95fabe17608d",
    "4b2ef08d3c975a61" "d0b7491ae35c2f86" "14bdc37eaf680592" "6bd814a7950fe23c",
    "d2846fb1a93e50c7" "1fd8a374c56b0e92" "7b419ce206adf358" "21e74a8dfc90356b",
)]


def _permute(value, width, table):
    result = 0
    for position in table:
        result = result << 1 | value >> (width - position) & 1
    return result


def _des_round_keys(key):
    halves = _permute(key, 64, _PC1)
    left, right = halves >> 28, halves & 0xFFFFFFF
    for shift in _SHIFTS:
        left = (left << shift | left >> (28 - shift)) & 0xFFFFFFF
        right = (right << shift | right >> (28 - shift)) & 0xFFFFFFF
        yield _permute(left << 28 | right, 56, _PC2)


def des_encrypt(key, block):
    """One 8 byte block under an 8 byte key; the lowest bit of each key byte is not used."""
    value = _permute(int.from_bytes(block, "big"), 64, _IP)
    left, right = value >> 32, value & 0xFFFFFFFF
    for round_key in _des_round_keys(int.from_bytes(key, "big")):
        mixed = _permute(right, 32, _E) ^ round_key
        output = 0
        for index, box in enumerate(_S):
            six = mixed >> (42 - 6 * index) & 0x3F
            # The outer two bits choose the row, the inner four the column.
            output = output << 4 | box[six & 0x20 | (six & 1) << 4 | six >> 1 & 0xF]
        left, right = right, left ^ _permute(output, 32, _P)
    return _permute(right << 32 | left, 64, _FP).to_bytes(8, "big")


class Rc4:
    """The RC4 key stream."""

    def __init__(self, key):
        state = list(range(256))
        j = 0
        for i in range(256):
            j = (j + state[i] + key[i % len(key)]) & 0xFF
            state[i], state[j] = state[j], state[i]
        self._state, self._i, self._j = state, 0, 0

    def crypt(self, data):
        """Encrypts or decrypts the next bytes of the stream."""
        state, i, j = self._state, self._i, self._j
        output = bytearray()
        for byte in data:
            i = (i + 1) & 0xFF
            j = (j + state[i]) & 0xFF
            state[i], state[j] = state[j], state[i]
            output.append(byte ^ state[(state[i] + state[j]) & 0xFF])
        self._i, self._j = i, j
        return bytes(output)
