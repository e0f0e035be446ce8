# SPDX-License-Identifier: GPL-2.0-or-later
"""Asks systemd for properties of units, over its own socket and in D-Bus's words, as systemctl
does.

A case that waits asks again and again, and a systemctl for each question would be most of what an
emulated processor does. This knows one method call and the simple types, no more.
"""

import functools
import itertools
import socket
import struct
import subprocess
import threading

SOCKET = "/run/systemd/private"

# D-Bus Specification, "Message Protocol".
METHOD_CALL, METHOD_RETURN, ERROR = 1, 2, 3
PATH, INTERFACE, MEMBER, REPLY_SERIAL, SIGNATURE = 1, 2, 3, 5, 8

# Of org.freedesktop.systemd1.Unit; all others that are asked for are the service's.
UNIT_PROPERTIES = ("ActiveState", "SubState", "LoadState")

INTEGERS = {"y": "B", "b": "I", "n": "h", "q": "H", "i": "i", "u": "I", "x": "q", "t": "Q"}


class Refused(Exception):
    """There is no such property, or none of a simple type."""


class Systemd:
    """A connection, which several threads may use."""

    def __init__(self):
        self._serials = itertools.count(1)
        self._lock = threading.Lock()
        self._connect()

    def _connect(self):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(30)
        self._socket.connect(SOCKET)
        self._stream = self._socket.makefile("rb")
        # Root's uid as hexadecimal digits of its decimal ones.
        self._socket.sendall(b"\0AUTH EXTERNAL 30\r\nBEGIN\r\n")
        answer = self._stream.readline()
        assert answer.startswith(b"OK "), answer

    def property(self, path, interface, name):
        """Returns a property of an object below systemd's as text."""
        with self._lock:
            try:
                return self._get(path, interface, name)
            except OSError:
                # systemd was executed anew, say.
                self._connect()
                return self._get(path, interface, name)

    def _get(self, path, interface, name):
        serial = next(self._serials)
        body = _string(f"org.freedesktop.systemd1.{interface}")
        body += _string(name, len(body))
        fields = b""
        for code, kind, value in ((PATH, "o", f"/org/freedesktop/systemd1{path}"),
                                  (INTERFACE, "s", "org.freedesktop.DBus.Properties"),
                                  (MEMBER, "s", "Get"), (SIGNATURE, "g", "ss")):
            fields += _padding(len(fields), 8) + bytes([code]) + _signature(kind)
            fields += _signature(value) if kind == "g" else _string(value, len(fields))
        header = struct.pack("<cBBBIII", b"l", METHOD_CALL, 0, 1, len(body), serial, len(fields))
        self._socket.sendall(header + fields + _padding(len(header) + len(fields), 8) + body)
        return self._reply(serial, f"{path}, {name}")

    def _reply(self, serial, what):
        while True:
            header = self._stream.read(16)
            if len(header) < 16:
                raise ConnectionResetError("systemd has closed the connection")
            _, kind, _, _, n_body, _, n_fields = struct.unpack("<cBBBIII", header)
            fields = self._stream.read(n_fields + len(_padding(16 + n_fields, 8)))
            body = self._stream.read(n_body)
            # Signals come as well.
            if kind in (METHOD_RETURN, ERROR) and _reply_serial(fields[:n_fields]) == serial:
                break
        if kind == ERROR:
            raise Refused(f"{what}: {body!r}")
        return _variant(body)


@functools.cache
def _systemd():
    return Systemd()


def property_of(unit, name):
    """As "systemctl show --value -p NAME UNIT" prints it."""
    interface = "Unit" if name in UNIT_PROPERTIES else "Service"
    try:
        return _systemd().property(f"/unit/{_escape(unit)}", interface, name)
    except Refused:
        return subprocess.run(["systemctl", "show", "--value", "-p", name, unit], check=True,
                              text=True, capture_output=True).stdout.strip()


def n_failed():
    """How many units have failed."""
    return _systemd().property("", "Manager", "NFailedUnits")


def _escape(unit):
    """A unit's name in its object path: sd_bus_path_encode(3)."""
    return "".join(chr(byte) if chr(byte).isalnum() and byte < 128 else f"_{byte:02x}"
                   for byte in unit.encode())


def _padding(length, alignment):
    return bytes(-length % alignment)


def _string(text, offset=0):
    """A string that begins offset bytes behind a boundary of 8."""
    data = text.encode()
    return _padding(offset, 4) + struct.pack("<I", len(data)) + data + b"\0"


def _signature(text):
    return bytes([len(text)]) + text.encode() + b"\0"


def _reply_serial(fields):
    """Of header fields, each at a boundary of 8: the one that is a number of this kind."""
    position = 0
    while position < len(fields):
        position += -position % 8
        code, kind = fields[position], chr(fields[position + 2])
        position += 4
        if kind == "u":
            position += -position % 4
            if code == REPLY_SERIAL:
                return struct.unpack_from("<I", fields, position)[0]
            position += 4
        elif kind in "so":
            position += -position % 4
            position += 4 + struct.unpack_from("<I", fields, position)[0] + 1
        else:
            position += 1 + fields[position] + 1
    return None


def _variant(body):
    kind = body[1:1 + body[0]].decode()
    position = 1 + body[0] + 1
    if kind in INTEGERS:
        form = INTEGERS[kind]
        position += -position % struct.calcsize(form)
        value = struct.unpack_from("<" + form, body, position)[0]
        return ("no", "yes")[value] if kind == "b" else str(value)
    if kind not in ("s", "o"):
        raise Refused(f"a property of type {kind}")
    position += -position % 4
    length = struct.unpack_from("<I", body, position)[0]
    return body[position + 4:position + 4 + length].decode(errors="replace")
