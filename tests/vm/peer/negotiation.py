# SPDX-License-Identifier: GPL-2.0-or-later
"""The option negotiation that LCP, CCP and IPCP share (RFC 1661, section 4), as far as a server for
tests needs it: both sides request, each acknowledges the other, then the protocol is open."""

import packet

# RFC 1661, section 4.6, and what servers in the field use.
RESTART_SEC = 3
MAX_CONFIGURE = 10
# Between two requests that answer a refusal, so that an endless argument does not eat the machine.
REPEAT_SEC = 0.1


class Negotiation:
    """Subclasses say what they ask for and what they think of what the client asks for."""

    protocol = None

    def __init__(self, link):
        self.link = link
        self.scenario = link.scenario
        self.started = False
        self.open = False
        self.requests_seen = 0
        self.acks_to_lose = 0
        self._requests_sent = 0
        self._identifier = 0
        self._ours_acked = False
        self._theirs_acked = False
        self._timer = None

    # ---- what a protocol defines ----

    def own_options(self):
        """The options of our Configure-Request, or None if we do not request at all."""
        raise NotImplementedError

    def judge(self, options):
        """(code, options) to answer the client's request with, or None for silence."""
        raise NotImplementedError

    def on_nak(self, options):
        """The client suggests something else. Returns the seconds until the next request."""
        return REPEAT_SEC

    def on_reject(self, options):
        """The client refuses some options. Returns as on_nak(), or None: do not ask again."""
        return REPEAT_SEC

    def on_open(self):
        pass

    def on_other(self, code, identifier, data):
        """Any code that is no part of the negotiation."""

    # ---- the machine ----

    def start(self):
        if not self.started:
            self.started = True
            self._request()

    def reopen(self):
        """Asks anew, though all was agreed on."""
        self.open = False
        self._theirs_acked = False
        self._request()

    def stop(self):
        if self._timer:
            self._timer.cancel()
        self.started = self.open = False

    def _request(self):
        options = self.own_options()
        if options is None or not self.started or self._requests_sent >= MAX_CONFIGURE:
            return
        self._requests_sent += 1
        self._identifier = self._identifier % 255 + 1
        self._ours_acked = False
        self._send_request(options)

    def _repeat(self):
        """The same again, identifier included, as most implementations do."""
        if self.started and self._requests_sent < MAX_CONFIGURE:
            self._requests_sent += 1
            self._send_request(self.own_options())

    def _send_request(self, options):
        self.send(packet.CONF_REQ, self._identifier, packet.build_options(options))
        self._call_after(RESTART_SEC, self._repeat)

    def _request_after(self, delay_sec):
        self._call_after(delay_sec, self._request)

    def _call_after(self, delay_sec, function):
        if self._timer:
            self._timer.cancel()
        self._timer = self.link.later(delay_sec, function)

    def send(self, code, identifier, data=b""):
        self.link.send_packet(self.protocol, code, identifier, data)

    def on_packet(self, code, identifier, data):
        if code == packet.CONF_REQ:
            self._on_request(identifier, packet.parse_options(data))
        elif code == packet.CONF_ACK and self.acks_to_lose > 0:
            self.acks_to_lose -= 1
        elif code in (packet.CONF_ACK, packet.CONF_NAK, packet.CONF_REJ):
            if self._timer and identifier == self._identifier:
                self._on_answer(code, packet.parse_options(data))
        elif code == packet.TERM_REQ:
            self.send(packet.TERM_ACK, identifier)
            self.open = False
            self.on_other(code, identifier, data)
        else:
            self.on_other(code, identifier, data)

    def _on_request(self, identifier, options):
        self.requests_seen += 1
        if self.open:
            # A new request reopens the question for both sides.
            self.open = False
            self._request()
        answer = self.judge(options)
        if answer is None:
            return
        code, answered = answer
        self.send(code, identifier, packet.build_options(answered))
        self._theirs_acked = code == packet.CONF_ACK
        self._check_open()

    def _on_answer(self, code, options):
        self._timer.cancel()
        if code == packet.CONF_ACK:
            self._ours_acked = True
            self._requests_sent = 0
            self._check_open()
            return
        on_refusal = self.on_nak if code == packet.CONF_NAK else self.on_reject
        delay_sec = on_refusal(options)
        if delay_sec is not None:
            # An answer shows that the client is there; the limit is for silence.
            self._requests_sent = 0
            self._request_after(delay_sec)

    def _check_open(self):
        if self._ours_acked and self._theirs_acked and not self.open:
            self.open = True
            self.on_open()
