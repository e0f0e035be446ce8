# SPDX-License-Identifier: GPL-2.0-or-later
"""IPCP (RFC 1332) with DNS servers (RFC 1877), and a host that answers pings."""

import socket
import struct

import packet
from negotiation import Negotiation

_ADDRESS, _DNS1, _DNS2 = 3, 129, 131


class Ipcp(Negotiation):
    """One link's. Gives the client the addresses that the scenario has for it."""

    protocol = packet.IPCP

    def __init__(self, link):
        super().__init__(link)
        s = self.scenario
        server = link.session.server
        self.acks_to_lose = s.ipcp_lose_acks
        self.local = server if s.ipcp_local == "server" else s.ipcp_local
        self._assigned = {}
        if s.ipcp_remote:
            self._assigned[_ADDRESS] = socket.inet_aton(s.ipcp_remote)
        for kind, address in zip((_DNS1, _DNS2), s.ipcp_dns):
            self._assigned[kind] = socket.inet_aton(address)

    def own_options(self):
        return [(_ADDRESS, socket.inet_aton(self.local))]

    def judge(self, options):
        unknown = [option for option in options if option[0] not in self._assigned]
        if unknown:
            return packet.CONF_REJ, unknown
        wrong = [(kind, self._assigned[kind]) for kind, value in options
                 if value != self._assigned[kind]]
        return (packet.CONF_NAK, wrong) if wrong else (packet.CONF_ACK, options)

    def on_open(self):
        self.link.on_ipcp_open()


def _checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def build_ping(source, destination, identifier):
    """An ICMP echo request."""
    message = struct.pack("!BBHHH", 8, 0, 0, identifier, 1)
    message = message[:2] + struct.pack("!H", _checksum(message)) + message[4:]
    return _build_datagram(socket.inet_aton(source), socket.inet_aton(destination), message)


def _build_datagram(source, destination, message):
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(message), 0, 0, 64,
                         socket.IPPROTO_ICMP, 0, source, destination)
    return header[:10] + struct.pack("!H", _checksum(header)) + header[12:] + message


def is_ping_answer(datagram, identifier):
    """Whether it is the reply to a ping of build_ping()."""
    return (len(datagram) >= 28 and datagram[0] == 0x45 and datagram[9] == socket.IPPROTO_ICMP
            and datagram[20] == 0 and datagram[24:26] == struct.pack("!H", identifier))


def answer_ping(datagram):
    """The reply to an ICMP echo request to any address, or None for everything else."""
    if len(datagram) < 20 or datagram[0] >> 4 != 4 or datagram[9] != socket.IPPROTO_ICMP:
        return None
    header_bytes = (datagram[0] & 0xF) * 4
    message = datagram[header_bytes:int.from_bytes(datagram[2:4], "big")]
    if len(message) < 8 or message[0] != 8:
        return None
    reply = b"\0\0\0\0" + message[4:]
    reply = reply[:2] + struct.pack("!H", _checksum(reply)) + reply[4:]
    return _build_datagram(datagram[16:20], datagram[12:16], reply)
