# SPDX-License-Identifier: GPL-2.0-or-later
"""CCP (RFC 1962) with MPPE as its one option, argued about as the scenario says."""

import struct

import mppe
import packet
from negotiation import REPEAT_SEC, Negotiation

_MPPE = 18


class Ccp(Negotiation):
    """The client's acknowledged request is what we send with, ours is what we receive with."""

    protocol = packet.CCP

    def __init__(self, link):
        super().__init__(link)
        s = self.scenario
        self._accepted = [mppe.bits_parse(text) for text in s.ccp_accept]
        naks = s.ccp_nak if isinstance(s.ccp_nak, list) else [s.ccp_nak]
        self._naks = [mppe.bits_parse(text) for text in naks]
        if s.ccp_request == "first":
            self._requested = self._accepted[0] if self._accepted else None
        elif s.ccp_request in ("follow", None):
            self._requested = None
        else:
            self._requested = mppe.bits_parse(s.ccp_request)
        self.acks_to_lose = s.ccp_lose_acks
        self._acks_to_double = s.ccp_double_acks
        self._rejected = False
        self._send_bits = 0
        self.sender = None
        self.receiver = None
        self._reset_pending = False

    # ---- negotiation ----

    def send(self, code, identifier, data=b""):
        super().send(code, identifier, data)
        if code == packet.CONF_ACK and self._acks_to_double > 0:
            self._acks_to_double -= 1
            super().send(code, identifier, data)

    def own_options(self):
        if self.scenario.ccp != "serve" or self._requested is None:
            return [] if self.scenario.ccp == "reject" else None
        return [] if self._rejected else [(_MPPE, struct.pack("!I", self._requested))]

    def judge(self, options):
        if self.scenario.ccp == "reject":
            return (packet.CONF_REJ, options) if options else (packet.CONF_ACK, options)
        unknown = [option for option in options if option[0] != _MPPE or len(option[1]) != 4]
        if not any(kind == _MPPE for kind, _ in options):
            self.on_plain_client()
        if unknown:
            return packet.CONF_REJ, unknown
        if not options and not self.scenario.ccp_required:
            self._send_bits = 0
            return packet.CONF_ACK, options
        bits = int.from_bytes(options[0][1], "big") if options else 0
        forced = self.requests_seen <= self.scenario.ccp_force_naks
        if bits not in self._accepted and self.scenario.ccp_refusal != "nak":
            return self.refuse(options)
        if bits not in self._accepted or forced:
            suggestion = self._naks[min(self.requests_seen, len(self._naks)) - 1]
            return packet.CONF_NAK, [(_MPPE, struct.pack("!I", suggestion))]
        self._send_bits = bits
        if self.scenario.ccp_request == "follow" and self._requested is None:
            self._requested = bits
            # After our answer has gone out.
            self.link.later(0, self._request)
        return packet.CONF_ACK, options

    def refuse(self, options):
        """An end to the talk in place of a suggestion."""
        if self.scenario.ccp_refusal == "terminate":
            self.link.lcp.terminate(ras=self.scenario.ccp_required_ras)
            return None
        return packet.CONF_REJ, options

    def on_plain_client(self):
        """The client has shown that it does not think of encryption: we ask for it."""
        if self._requested is None and self.scenario.ccp_request_plain:
            self._requested = mppe.bits_parse(self.scenario.ccp_request_plain)
            self.started = True
            self._request()

    def on_nak(self, options):
        suggestion = int.from_bytes(dict(options).get(_MPPE, b""), "big")
        if suggestion in self._accepted and not self.scenario.ccp_request_repeats:
            self._requested = suggestion
            return 0
        return REPEAT_SEC

    def on_reject(self, options):
        if self.scenario.ccp_request_repeats:
            return REPEAT_SEC
        if self.scenario.ccp_required:
            self.link.lcp.terminate(ras=self.scenario.ccp_required_ras)
            return None
        self._rejected = True
        return 0

    def on_open(self):
        receive_bits = 0 if self._rejected or self.scenario.ccp == "reject" else self._requested
        self.sender = self._cipher(self._send_bits, 0)
        self.receiver = self._cipher(receive_bits, 1)
        self.link.note("ccp open", send=mppe.bits_describe(self._send_bits),
                       receive=mppe.bits_describe(receive_bits))
        self.link.on_ccp_open()

    def _cipher(self, bits, direction):
        if not bits & (mppe.BITS_128 | mppe.BITS_56 | mppe.BITS_40):
            return None
        keys = self.link.authenticator.mppe_keys(16 if bits & mppe.BITS_128 else 8)
        return mppe.Cipher(keys[direction], bits) if keys else None

    # ---- the running cipher ----

    def decrypt(self, data):
        """The packet, or None: not decrypted, and a reset is asked for where that helps."""
        if not self.open or not self.receiver:
            self.link.note("encrypted data without a key")
            return None
        try:
            clear = self.receiver.decrypt(data)
        except mppe.MppeError as error:
            self.link.note("not decrypted", why=str(error))
            if not self._reset_pending and not self._requested & mppe.STATELESS:
                self._reset_pending = True
                self.send(packet.RESET_REQ, 1)
            return None
        self._reset_pending = False
        return clear

    def on_other(self, code, identifier, data):
        if code == packet.RESET_REQ:
            if self.sender:
                self.sender.reset()
            self.send(packet.RESET_ACK, identifier)
        elif code == packet.TERM_REQ:
            self.link.note("ccp terminated by client")

    def terminate(self):
        self.open = False
        self.send(packet.TERM_REQ, 3, b"encryption ends")
