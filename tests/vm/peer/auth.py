# SPDX-License-Identifier: GPL-2.0-or-later
"""The server's side of authentication: CHAP in three kinds (RFC 1994, 2433, 2759), PAP (RFC 1334),
and as much of EAP (RFC 3748) as it takes to be disappointed by it."""

import hashlib
import hmac
import os

import mschap
import packet
from negotiation import RESTART_SEC

_CHALLENGE, _RESPONSE, _SUCCESS, _FAILURE = 1, 2, 3, 4


class Authenticator:
    """Calls link.on_authenticated() or ends the link. A refusal that the scenario demands comes
    after the response, right or wrong."""

    protocol = None

    def __init__(self, link):
        self.link = link
        self.scenario = link.scenario
        self.user = None
        self._done = False

    def start(self):
        pass

    def on_packet(self, code, identifier, data):
        raise NotImplementedError

    def mppe_keys(self, length):
        """(send key, receive key), or None: this method gives no keys."""
        return None

    def send(self, code, identifier, data=b""):
        self.link.send_packet(self.protocol, code, identifier, data)

    def error(self, correct):
        """0, or the E= number of the refusal."""
        s = self.scenario
        refused = s.auth_refusals is None or self.link.session.number <= s.auth_refusals
        if s.auth_error and refused:
            return s.auth_error
        right_user = not s.user or self.user.rpartition("\\")[2] == s.user
        return 0 if correct and right_user else 691

    def accept(self):
        if not self._done:
            self._done = True
            self.link.on_authenticated(self.user)

    def refuse(self, error):
        """Ends the link, unless the scenario lets the client try again."""
        self._done = True
        self.link.note("authentication refused", user=self.user, error=error)
        if not self.scenario.auth_retry:
            self.link.lcp.terminate(text="Authentication failed")


class Chap(Authenticator):
    """What the three kinds share: challenge, response, verdict."""

    protocol = packet.CHAP
    challenge_bytes = 16

    def __init__(self, link):
        super().__init__(link)
        self.challenge = os.urandom(self.challenge_bytes)
        self.response = b""
        self._n_lost = 0

    def start(self):
        if self._done or self.user is not None or self.scenario.auth_silent == "challenge":
            return
        self.send(_CHALLENGE, 1, bytes((len(self.challenge),)) + self.challenge +
                  self.scenario.host_name.encode())
        self.link.later(RESTART_SEC, self.start)

    def on_packet(self, code, identifier, data):
        if code != _RESPONSE or not data or len(data) < 1 + data[0]:
            return
        self.response = data[1:1 + data[0]]
        self.user = data[1 + data[0]:].decode("utf-8", "replace")
        if self.scenario.auth_silent == "result":
            return
        error = self.error(self.is_correct(identifier))
        if error:
            self.send(_FAILURE, identifier, self.failure_text(error).encode())
            self.refuse(error)
        else:
            if self._n_lost < self.scenario.auth_lose_successes:
                self._n_lost += 1
                self.link.note("Success lost")
            else:
                self.send(_SUCCESS, identifier, self.success_text().encode())
            self.accept()

    def is_correct(self, identifier):
        raise NotImplementedError

    def success_text(self):
        return "Welcome"

    def failure_text(self, error):
        return self.scenario.auth_message


class ChapMd5(Chap):
    """RFC 1994: gives no keys for encryption."""

    def is_correct(self, identifier):
        secret = bytes((identifier,)) + self.scenario.password.encode() + self.challenge
        return hmac.compare_digest(hashlib.md5(secret).digest(), self.response)


class MsChap(Chap):
    """RFC 2433."""

    challenge_bytes = 8

    def is_correct(self, identifier):
        password_hash = mschap.nt_password_hash(self.scenario.password)
        # LM response (24), NT response (24), and which of the two counts.
        return len(self.response) == 49 and self.response[24:48] == mschap.challenge_response(
            self.challenge, password_hash)

    def failure_text(self, error):
        s = self.scenario
        return f"E={error} R={s.auth_retry} C={os.urandom(8).hex().upper()} V=2 M={s.auth_message}"

    def mppe_keys(self, length):
        key = mschap.mppe_start_key_v1(self.scenario.password, self.challenge, length)
        return key, key


class MsChapV2(Chap):
    """RFC 2759."""

    def _fields(self):
        # Peer challenge (16), reserved (8), NT response (24), flags (1).
        return self.response[:16], self.response[24:48]

    def is_correct(self, identifier):
        peer_challenge, response = self._fields()
        return len(self.response) == 49 and response == mschap.nt_response(
            self.challenge, peer_challenge, self.user, self.scenario.password)

    def success_text(self):
        peer_challenge, response = self._fields()
        # Who does not know the password cannot compute the proof.
        password = self.scenario.password if self.scenario.auth_proof else "not the password"
        proof = mschap.authenticator_response(password, response, peer_challenge, self.challenge,
                                              self.user)
        return proof + " M=Access granted"

    def failure_text(self, error):
        s = self.scenario
        return f"E={error} R={s.auth_retry} C={os.urandom(16).hex().upper()} V=3 M={s.auth_message}"

    def mppe_keys(self, length):
        return mschap.mppe_start_keys(self.scenario.password, self._fields()[1], length)


class Pap(Authenticator):
    """The password in clear text."""

    protocol = packet.PAP

    def on_packet(self, code, identifier, data):
        if code != 1 or not data:
            return
        user, rest = data[1:1 + data[0]], data[1 + data[0]:]
        self.user = user.decode("utf-8", "replace")
        if self.scenario.auth_silent:
            return
        error = self.error(rest[1:] == self.scenario.password.encode())
        text = self.scenario.auth_message.encode() if error else b"Welcome"
        self.send(3 if error else 2, identifier, bytes((len(text),)) + text)
        if error:
            self.refuse(error)
        else:
            self.accept()


class Eap(Authenticator):
    """Asks who is there, finds nobody whom EAP would let in, and says so as Windows does."""

    protocol = packet.EAP

    def start(self):
        if self.scenario.auth_silent != "challenge":
            self.send(1, 1, b"\x01")

    def on_packet(self, code, identifier, data):
        if code == 2 and not self._done:
            self._done = True
            self.user = data[1:].decode("utf-8", "replace")
            self.link.note("authentication refused", user=self.user, error=691)
            self.link.lcp.terminate(ras=691)


METHODS = {"mschapv2": MsChapV2, "mschap": MsChap, "chap": ChapMd5, "pap": Pap, "eap": Eap}
