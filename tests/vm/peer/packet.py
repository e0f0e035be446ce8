# SPDX-License-Identifier: GPL-2.0-or-later
"""PPP frames and control packets (RFC 1661), as bytes and in pppd's words."""

import socket
import struct

import mppe

IP, COMPRESSED, IPCP, CCP, LCP, PAP, CHAP, EAP = (
    0x0021, 0x00FD, 0x8021, 0x80FD, 0xC021, 0xC023, 0xC223, 0xC227)

NAMES = {IP: "IP", COMPRESSED: "compressed", IPCP: "IPCP", CCP: "CCP", LCP: "LCP", PAP: "PAP",
         CHAP: "CHAP", EAP: "EAP", 0x8057: "IPV6CP"}

(CONF_REQ, CONF_ACK, CONF_NAK, CONF_REJ, TERM_REQ, TERM_ACK, CODE_REJ, PROT_REJ, ECHO_REQ,
 ECHO_REP, DISCARD_REQ) = range(1, 12)
RESET_REQ, RESET_ACK = 14, 15

_CODES = {1: "ConfReq", 2: "ConfAck", 3: "ConfNak", 4: "ConfRej", 5: "TermReq", 6: "TermAck",
          7: "CodeRej", 8: "ProtRej", 9: "EchoReq", 10: "EchoRep", 11: "DiscReq",
          14: "ResetReq", 15: "ResetAck"}
_CODES_OF = {
    CHAP: {1: "Challenge", 2: "Response", 3: "Success", 4: "Failure"},
    PAP: {1: "AuthReq", 2: "AuthAck", 3: "AuthNak"},
    EAP: {1: "Request", 2: "Response", 3: "Success", 4: "Failure"},
}

AUTH_OPTIONS = {"pap": b"\xc0\x23", "chap": b"\xc2\x23\x05", "mschap": b"\xc2\x23\x80",
                "mschapv2": b"\xc2\x23\x81", "eap": b"\xc2\x27"}
_AUTH_NAMES = {AUTH_OPTIONS["pap"]: "pap", AUTH_OPTIONS["chap"]: "chap MD5",
               AUTH_OPTIONS["mschap"]: "chap MS", AUTH_OPTIONS["mschapv2"]: "chap MS-v2",
               AUTH_OPTIONS["eap"]: "eap"}


def split_frame(frame):
    """(protocol, information) of a frame with or without the address and control bytes, and with
    the protocol field of one byte or two; None if it is cut off."""
    if frame[:2] == b"\xff\x03":
        frame = frame[2:]
    if frame[:1] and frame[0] & 1:
        return frame[0], frame[1:]
    if len(frame) < 2:
        return None
    return int.from_bytes(frame[:2], "big"), frame[2:]


def build(code, identifier, data=b""):
    return struct.pack("!BBH", code, identifier, 4 + len(data)) + data


def parse(information):
    """(code, id, data) of a control packet, or None if its length is wrong."""
    if len(information) < 4:
        return None
    code, identifier, length = struct.unpack_from("!BBH", information)
    if not 4 <= length <= len(information):
        return None
    return code, identifier, information[4:length]


def build_options(options):
    return b"".join(bytes((kind, 2 + len(value))) + value for kind, value in options)


def parse_options(data):
    """[(type, value)]; stops at the first option that is malformed."""
    options = []
    while len(data) >= 2 and 2 <= data[1] <= len(data):
        options.append((data[0], data[2:data[1]]))
        data = data[data[1]:]
    return options


def code_name(protocol, code):
    return _CODES_OF.get(protocol, _CODES).get(code, f"code={code:#x}")


def _describe_option(protocol, kind, value):
    number = int.from_bytes(value, "big")
    if protocol == LCP:
        known = {1: f"mru {number}", 2: f"asyncmap {number:#x}",
                 3: "auth " + _AUTH_NAMES.get(value, value.hex()), 5: f"magic {number:#x}",
                 7: "pcomp", 8: "accomp"}
    elif protocol == CCP:
        known = {18: "mppe " + mppe.bits_describe(number)}
    elif protocol == IPCP and len(value) == 4:
        address = socket.inet_ntoa(value)
        known = {3: "addr " + address, 129: "ms-dns1 " + address, 131: "ms-dns2 " + address}
    else:
        known = {}
    return "<" + known.get(kind, f"{kind:02x} {value.hex(' ')}".strip()) + ">"


def describe(protocol, code, identifier, data):
    """The packet as pppd's debug output has it, for readers of the transcript."""
    words = [NAMES.get(protocol, f"{protocol:#06x}"), code_name(protocol, code),
             f"id={identifier:#x}"]
    if protocol in (LCP, CCP, IPCP) and code in (CONF_REQ, CONF_ACK, CONF_NAK, CONF_REJ):
        words += [_describe_option(protocol, *option) for option in parse_options(data)]
    elif protocol == CHAP and code in (3, 4) or protocol == LCP and code == TERM_REQ:
        text = "".join(chr(b) if 32 <= b < 127 else f"\\x{b:02x}" for b in data)
        words.append(f'"{text}"')
    elif data:
        words.append(data[:32].hex(" "))
    return "[" + " ".join(words) + "]"
