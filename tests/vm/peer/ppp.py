# SPDX-License-Identifier: GPL-2.0-or-later
"""One PPP link, server side: takes frames, leads from LCP over authentication and CCP to IPCP, and
knows where a scenario departs from that road."""

import auth
import ipcp
import packet
from ccp import Ccp
from lcp import Lcp


# Tells the peer's own pings, in clear text and encrypted, from other packets.
_CLEAR_PING, _SECRET_PING = 0xC1EA, 0x5EC2
_PING_SEC = 0.5


class Link:
    """phase is "dead", "establish", "auth", "network", "up", "terminate" or "ended"."""

    def __init__(self, call):
        self.call = call
        self.session = call.session
        self.scenario = call.session.scenario
        self.phase = "dead"
        self.authenticator = None
        self.lcp = Lcp(self)
        self.ccp = Ccp(self)
        self.ipcp = ipcp.Ipcp(self)
        self._timers = []
        self._disconnected = False
        self._was_up = False

    # ---- for the protocols ----

    def later(self, delay_sec, callback):
        timer = self.session.loop.call_later(delay_sec, callback)
        self._timers.append(timer)
        return timer

    def note(self, what, **fields):
        self.session.note(what, **fields)

    def send_packet(self, protocol, code, identifier, data=b""):
        self._record("send", protocol, (code, identifier, data))
        self._send_frame(protocol, packet.build(code, identifier, data))

    def _record(self, direction, protocol, parts):
        self.session.peer.transcript.write(
            self.session.number, direction, packet.code_name(protocol, parts[0]),
            layer=packet.NAMES[protocol], id=parts[1],
            text=packet.describe(protocol, *parts),
            hex=protocol.to_bytes(2, "big").hex() + packet.build(*parts).hex())

    def _send_frame(self, protocol, information):
        self.call.send(b"\xff\x03" + protocol.to_bytes(2, "big") + information)

    # ---- the road ----

    def start(self):
        """The call is connected."""
        self.phase = "establish"
        if self.scenario.lcp_start == "early":
            self._start_lcp()

    def _start_lcp(self):
        if self.scenario.lcp == "serve":
            self.lcp.start()

    def on_lcp_open(self):
        """The link stands: authentication begins, if the scenario has any."""
        if self.phase == "establish":
            self._enter("auth")
            if self.lcp.auth == "none":
                self.on_authenticated("")
            else:
                self.authenticator = auth.METHODS[self.lcp.auth](self)
                self.authenticator.start()

    def on_authenticated(self, user):
        """The client is let in: the network protocols begin."""
        self.note("authenticated", user=user, method=self.lcp.auth)
        if self.phase != "auth":
            return
        self._enter("network")
        if self.scenario.ccp == "serve":
            self.ccp.start()
        if self.scenario.ipcp_early or self.scenario.ccp == "protocol-reject":
            self._start_ipcp()

    def on_ccp_open(self):
        self._start_ipcp()

    def _start_ipcp(self):
        if self.scenario.ipcp == "serve":
            self.ipcp.start()

    def on_ipcp_open(self):
        """Data may pass; what the scenario does to a link that is up begins."""
        self._enter("up")
        if self._was_up:
            return
        self._was_up = True
        s = self.scenario
        for delay_sec, function in ((s.ccp_terminate_after, self.ccp.terminate),
                                    (s.mute_after, self._mute),
                                    (s.deaf_after, self._become_deaf),
                                    (s.lcp_reopen_after, self._reopen_lcp),
                                    (s.ipcp_reopen_after, self.ipcp.reopen),
                                    (s.clear_pings, self._ping_in_clear)):
            if delay_sec is not None:
                self.later(delay_sec, function)

    def _enter(self, phase):
        self.phase = phase
        encrypted = bool(self.ccp.sender and self.ccp.receiver)
        self.note(phase, **({"encrypted": encrypted} if phase == "up" else {}))
        s = self.scenario
        if s.terminate_at == phase:
            self.later(s.terminate_after,
                       lambda: self.lcp.terminate(text=s.terminate_text, ras=s.terminate_ras))

    def _mute(self):
        self.note("mute")
        self.call.muted = True

    def _become_deaf(self):
        self.note("deaf")
        self.call.deaf = True
        self._ping()

    def _ping(self):
        self._send_datagram(self._build_ping(_SECRET_PING))
        self.later(_PING_SEC, self._ping)

    def _ping_in_clear(self):
        self._send_frame(packet.IP, self._build_ping(_CLEAR_PING))
        self.later(self.scenario.clear_pings, self._ping_in_clear)

    def _build_ping(self, identifier):
        return ipcp.build_ping(self.ipcp.local, self.scenario.ipcp_remote, identifier)

    def _reopen_lcp(self):
        """All is negotiated anew, from LCP on."""
        self.note("lcp reopened")
        self.phase = "establish"
        self.authenticator = None
        self.ccp.stop()
        self.ipcp.stop()
        self.ccp, self.ipcp = Ccp(self), ipcp.Ipcp(self)
        self.lcp.reopen()

    def end(self, why):
        """PPP is over; the control connection may go on."""
        if self.phase != "ended":
            self.phase = "ended"
            self.note("ppp ended", why=why)

    def disconnect(self):
        """PPP is over by our will, and so is the call."""
        if not self._disconnected:
            self._disconnected = True
            self.end("terminated by peer")
            self.session.disconnect()

    def close(self):
        for timer in self._timers:
            timer.cancel()
        for protocol in (self.lcp, self.ccp, self.ipcp):
            protocol.stop()

    # ---- what comes in ----

    def on_frame(self, frame):
        """A PPP frame from the client, without address and control field."""
        parts = packet.split_frame(frame)
        if not parts:
            return
        protocol, information = parts
        if protocol in (packet.IP, packet.COMPRESSED):
            self._on_data(protocol, information)
            return
        if protocol not in packet.NAMES or packet.parse(information) is None:
            if self.lcp.open:
                self.lcp.protocol_reject(protocol, information)
            return
        contents = packet.parse(information)
        self._record("recv", protocol, contents)
        self._on_control(protocol, contents, information)

    def _on_control(self, protocol, contents, information):
        if self.phase in ("terminate", "ended") and contents[0] not in (
                packet.TERM_REQ, packet.TERM_ACK):
            return
        if protocol == packet.LCP:
            if self.scenario.lcp == "serve":
                # The client speaks, so it is there to hear us.
                self._start_lcp()
                self.lcp.on_packet(*contents)
        elif self.authenticator and protocol == self.authenticator.protocol:
            self.authenticator.on_packet(*contents)
        elif self.phase in ("network", "up"):
            self._on_network_control(protocol, contents, information)

    def _on_network_control(self, protocol, contents, information):
        s = self.scenario
        if protocol == packet.CCP and s.ccp in ("serve", "reject"):
            self.ccp.start()
            self.ccp.on_packet(*contents)
        elif protocol == packet.IPCP and s.ipcp == "serve":
            if s.ccp_required and not self.ccp.open and not self.ipcp.started:
                # As pppd does: no address before there is encryption.
                self.send_packet(packet.IPCP, packet.TERM_ACK, contents[1])
                self.ccp.on_plain_client()
                return
            self.ipcp.start()
            self.ipcp.on_packet(*contents)
        elif (protocol == packet.CCP and s.ccp == "silent" or
              protocol == packet.IPCP and s.ipcp == "silent"):
            return
        else:
            self.lcp.protocol_reject(protocol, information)

    def _on_data(self, protocol, information):
        if self.scenario.data == "protocol-reject":
            self.note("data rejected", protocol=f"{protocol:#06x}", bytes=len(information))
            self.lcp.protocol_reject(protocol, information)
            return
        if self.phase != "up" or self.scenario.data != "serve":
            self.note("data dropped", protocol=f"{protocol:#06x}", bytes=len(information))
            return
        if protocol == packet.COMPRESSED:
            clear = self.ccp.decrypt(information)
            parts = packet.split_frame(clear) if clear is not None else None
            if not parts or parts[0] != packet.IP:
                return
            self._on_datagram(parts[1], encrypted=True)
        else:
            self._on_datagram(information, encrypted=False)

    def _on_datagram(self, datagram, encrypted):
        if ipcp.is_ping_answer(datagram, _CLEAR_PING):
            self.note("clear ping answered", encrypted=encrypted)
        reply = ipcp.answer_ping(datagram)
        self.note("datagram", encrypted=encrypted, bytes=len(datagram), ping=reply is not None)
        if reply is not None:
            self._send_datagram(reply)

    def _send_datagram(self, datagram):
        sender = self.ccp.sender if self.ccp.open else None
        if sender:
            self._send_frame(packet.COMPRESSED, sender.encrypt(b"\x00\x21" + datagram))
        else:
            self._send_frame(packet.IP, datagram)
