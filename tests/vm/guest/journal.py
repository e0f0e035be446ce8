# SPDX-License-Identifier: GPL-2.0-or-later
"""The journal, read with libsystemd: sd-journal(3). A journalctl for each look at it would be most
of what an emulated processor does while a case waits."""

import ctypes
import functools
import itertools
import socket
import threading
import time

SOCKET = "/run/systemd/journal/socket"
OWN_IDENTIFIER = "test-marker"
LOCAL_ONLY = 1
MARKER_SECONDS = 30


@functools.cache
def _library():
    library = ctypes.CDLL("libsystemd.so.0")
    pointer = ctypes.c_void_p
    for name, *types in (("open", pointer, ctypes.c_int), ("seek_tail", pointer),
                         ("previous", pointer), ("get_fd", pointer), ("process", pointer),
                         ("next", pointer), ("restart_data", pointer),
                         ("enumerate_available_data", pointer, pointer, pointer),
                         ("get_cursor", pointer, pointer),
                         ("get_realtime_usec", pointer, pointer)):
        getattr(library, f"sd_journal_{name}").argtypes = types
    library.sd_journal_restart_data.restype = None
    library.free.argtypes = [pointer]
    return library


def _call(name, *arguments):
    result = getattr(_library(), f"sd_journal_{name}")(*arguments)
    assert result >= 0, f"sd_journal_{name}(): error {-result}"
    return result


class Journal:
    """Entries as tables of fields, from when it was made. For several threads."""

    def __init__(self):
        self._entries = []
        self._forgotten = 0         # entries that were in front of these
        self._lock = threading.Lock()
        self._markers = (f"seen up to {number}" for number in itertools.count(1))
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._handle = ctypes.c_void_p()
        _call("open", ctypes.byref(self._handle), LOCAL_ONLY)
        # With the descriptor it watches for new files.
        _call("get_fd", self._handle)
        _call("seek_tail", self._handle)
        _call("previous", self._handle)

    def mark(self):
        """Returns where the journal ends: a position for entries(), and journalctl's cursor. Nobody
        asks again for what came before."""
        with self._lock:
            self._catch_up()
            cursor = self._cursor()
            self._forgotten += len(self._entries)
            self._entries.clear()
            return self._forgotten, cursor

    def entries(self, position, unit=None):
        """What was written since, until now: all, or of one unit."""
        with self._lock:
            self._catch_up()
            return [entry for entry in self._entries[position - self._forgotten:]
                    if entry.get("SYSLOG_IDENTIFIER") != OWN_IDENTIFIER
                    and (unit is None or _is_of(entry, unit))]

    def _catch_up(self):
        """Reads all that was written so far: writes an entry, and reads until that comes."""
        # systemd.journal-fields(7): to one socket, in order, as our own messages go.
        marker = next(self._markers)
        self._socket.sendto(f"SYSLOG_IDENTIFIER={OWN_IDENTIFIER}\nMESSAGE={marker}\n".encode(),
                            SOCKET)
        deadline = time.monotonic() + MARKER_SECONDS
        while True:
            _call("process", self._handle)
            while _call("next", self._handle) > 0:
                entry = self._entry()
                self._entries.append(entry)
                if entry.get("MESSAGE") == marker:
                    return
            assert time.monotonic() < deadline, "the journal does not move"
            time.sleep(0.005)

    def _entry(self):
        entry = {"__REALTIME_TIMESTAMP": str(self._number("get_realtime_usec"))}
        data, length = ctypes.c_void_p(), ctypes.c_size_t()
        _library().sd_journal_restart_data(self._handle)
        while _call("enumerate_available_data", self._handle, ctypes.byref(data),
                    ctypes.byref(length)) > 0:
            field = ctypes.string_at(data, length.value).decode(errors="replace")
            name, _, value = field.partition("=")
            entry[name] = value
        return entry

    def _number(self, name):
        number = ctypes.c_uint64()
        _call(name, self._handle, ctypes.byref(number))
        return number.value

    def _cursor(self):
        text = ctypes.c_void_p()
        _call("get_cursor", self._handle, ctypes.byref(text))
        try:
            return ctypes.string_at(text).decode()
        finally:
            _library().free(text)


def _is_of(entry, unit):
    """As journalctl --unit decides: written by it, or about it by systemd."""
    return (entry.get("_SYSTEMD_UNIT") == unit
            or entry.get("UNIT") == unit and entry.get("_PID") == "1"
            or entry.get("OBJECT_SYSTEMD_UNIT") == unit and entry.get("_UID") == "0")


@functools.cache
def of_this_boot():
    return Journal()
