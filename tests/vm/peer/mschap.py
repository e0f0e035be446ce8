# SPDX-License-Identifier: GPL-2.0-or-later
"""MS-CHAP's arithmetic: RFC 2433 (version 1) and RFC 2759 (version 2), and the MPPE start keys that
follow from version 2 (RFC 3079)."""

import hashlib

from digest import des_encrypt, md4


def nt_password_hash(password):
    """RFC 2759, section 8.3: the MD4 of the password in UTF-16."""
    return md4(password.encode("utf-16-le"))


def _parity_key(seven_bytes):
    """Spreads 56 bits over the upper seven bits of eight bytes, as DES wants its keys."""
    bits = int.from_bytes(seven_bytes, "big")
    return bytes((bits >> (49 - 7 * index) & 0x7F) << 1 for index in range(8))


def challenge_response(challenge, password_hash):
    """RFC 2759, section 8.5; with the server's challenge as it is, the response of version 1."""
    padded = password_hash + b"\0" * 5
    return b"".join(des_encrypt(_parity_key(padded[start:start + 7]), challenge)
                    for start in (0, 7, 14))


def challenge_hash(peer_challenge, server_challenge, user):
    """RFC 2759, section 8.2. The user's name goes in without the domain."""
    bare_user = user.rpartition("\\")[2]
    return hashlib.sha1(peer_challenge + server_challenge + bare_user.encode()).digest()[:8]


def nt_response(server_challenge, peer_challenge, user, password):
    """RFC 2759, section 8.1."""
    return challenge_response(challenge_hash(peer_challenge, server_challenge, user),
                              nt_password_hash(password))


def authenticator_response(password, response, peer_challenge, server_challenge, user):
    """RFC 2759, section 8.7: "S=" and 40 hexadecimal digits, the server's proof."""
    hash_of_hash = md4(nt_password_hash(password))
    digest = hashlib.sha1(hash_of_hash + response +
                          b"Magic server to client signing constant").digest()
    challenge = challenge_hash(peer_challenge, server_challenge, user)
    proof = hashlib.sha1(digest + challenge + b"Pad to make it do more than one iteration").digest()
    return "S=" + proof.hex().upper()


def _start_key(master_key, sent_by_server, length):
    # RFC 3079, section 3.4: the two sentences that tell the directions apart.
    sentence = (b"On the client side, this is the receive key; "
                b"on the server side, it is the send key." if sent_by_server else
                b"On the client side, this is the send key; "
                b"on the server side, it is the receive key.")
    return hashlib.sha1(master_key + b"\0" * 40 + sentence + b"\xf2" * 40).digest()[:length]


def mppe_start_keys(password, response, length=16):
    """RFC 3079, section 3.3: the server's (send key, receive key), before they are shortened to
    the session's strength. length is 16 bytes for 128 bits, and 8 for 56 and 40."""
    hash_of_hash = md4(nt_password_hash(password))
    master = hashlib.sha1(hash_of_hash + response + b"This is the MPPE Master Key").digest()[:16]
    return _start_key(master, True, length), _start_key(master, False, length)


def mppe_start_key_v1(password, challenge, length=16):
    """RFC 3079, section 2: version 1 with the NT hash, one key for both directions."""
    hash_of_hash = md4(nt_password_hash(password))
    return hashlib.sha1(hash_of_hash + hash_of_hash + challenge).digest()[:length]
