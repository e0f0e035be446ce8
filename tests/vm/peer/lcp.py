# SPDX-License-Identifier: GPL-2.0-or-later
"""LCP (RFC 1661), with the endings that Windows servers invented."""

import os
import struct

import packet
from negotiation import REPEAT_SEC, RESTART_SEC, Negotiation

_MRU, _ASYNCMAP, _AUTH, _MAGIC, _PCOMP, _ACCOMP = 1, 2, 3, 5, 7, 8
# The mark between the magic number and the error number in a Windows Terminate-Request.
_RAS_MARK = bytes.fromhex("003ccd74")


class Lcp(Negotiation):
    """One link's."""

    protocol = packet.LCP

    def __init__(self, link):
        super().__init__(link)
        self.magic = os.urandom(4)
        self.auth = self.scenario.auth_first or self.scenario.auth
        self._echoes_answered = 0
        self._terminating = False

    def own_options(self):
        options = [(_MRU, struct.pack("!H", self.scenario.lcp_mru)), (_ASYNCMAP, bytes(4))]
        if self.auth != "none":
            options.append((_AUTH, packet.AUTH_OPTIONS[self.auth]))
        options += [(_MAGIC, self.magic), (_PCOMP, b""), (_ACCOMP, b"")]
        return options + packet.parse_options(bytes.fromhex(self.scenario.lcp_extra or ""))

    def judge(self, options):
        known = (_MRU, _ASYNCMAP, _MAGIC, _PCOMP, _ACCOMP)
        unknown = [option for option in options if option[0] not in known]
        return (packet.CONF_REJ, unknown) if unknown else (packet.CONF_ACK, options)

    def on_nak(self, options):
        if _AUTH not in dict(options):
            return 0
        if self.auth != self.scenario.auth:
            # The first method is refused; whatever is suggested, we go on with our second.
            self.auth = self.scenario.auth
            return 0
        return self.on_reject(options)

    def on_reject(self, options):
        if _AUTH in dict(options):
            self.terminate(text="Unknown authentication type; cannot authenticate")
            return None
        return REPEAT_SEC

    def on_open(self):
        self.link.on_lcp_open()
        if self.scenario.lcp_echo_interval:
            self.link.later(self.scenario.lcp_echo_interval, self._send_echo)

    def _send_echo(self):
        self.send(packet.ECHO_REQ, 0, self.magic)
        self.link.later(self.scenario.lcp_echo_interval, self._send_echo)

    def on_other(self, code, identifier, data):
        if code == packet.ECHO_REQ and self.open:
            self._on_echo(identifier, data)
        elif code == packet.TERM_REQ:
            self.link.end("terminated by client")
        elif code == packet.TERM_ACK and self._terminating:
            self.link.disconnect()

    def _on_echo(self, identifier, data):
        limit = self.scenario.lcp_echo_replies
        if self.scenario.lcp_echo_reply and (limit is None or self._echoes_answered < limit):
            self._echoes_answered += 1
            self.send(packet.ECHO_REP, identifier, self.magic + data[4:])

    def protocol_reject(self, protocol, information):
        self.send(packet.PROT_REJ, 1, struct.pack("!H", protocol) + information[:64])

    def terminate(self, text=None, ras=None):
        """Terminate-Request with a text, or with a Windows error number; the call ends once the
        client has acknowledged, or after the time of one restart."""
        if ras is not None:
            data = self.magic + _RAS_MARK + struct.pack("!I", ras)
        else:
            data = (text or "").encode()
        if self._terminating:
            return
        self._terminating = True
        self.link.phase = "terminate"
        self.send(packet.TERM_REQ, 2, data)
        self.link.later(RESTART_SEC, self.link.disconnect)
