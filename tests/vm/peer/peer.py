#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A PPTP server that does what a scenario says, right or wrong, and writes down what was said.

    peer.py [--address A] [--port N] [--transcript FILE] SCENARIO [key=value ...]
    peer.py --list

It needs nothing but Python's standard library and CAP_NET_RAW, listens on TCP 1723 and GRE, and
carries any number of clients, one call each, until SIGTERM. Under systemd (Type=notify) it says
READY=1 once it listens; on a terminal it prints "ready". transcript.py has the transcript's
format, scenario.py the settings and the names.
"""

import argparse
import itertools
import os
import signal
import socket
import sys

import gre
import ppp
from control import ControlSession
from loop import Loop
from scenario import DEFAULTS, SCENARIOS, Scenario, parse_changes
from transcript import Transcript


class Peer:
    """What all sessions share: the loop, the sockets, the transcript, and the numbering."""

    def __init__(self, loop, scenario, transcript, address, port):
        self.loop = loop
        self.scenario = scenario
        self.transcript = transcript
        self._sessions = set()
        self._session_numbers = itertools.count(1)
        # Call ids are looked up by number and address in one table of the kernel, whatever the
        # network namespace. Start high, far from where the kernel's own choice starts.
        self._call_ids = itertools.cycle(range(0xC000, 0x10000))
        self._gre = gre.GreSocket(loop, address)
        self._listener = socket.create_server((address, port), backlog=16)
        loop.watch(self._listener, self._on_connection)

    def _on_connection(self):
        sock, address = self._listener.accept()
        self._sessions.add(ControlSession(self, sock, address, next(self._session_numbers)))

    def forget(self, session):
        self._sessions.discard(session)

    def open_call(self, session, peer_call_id):
        return gre.Call(self._gre, session, next(self._call_ids), peer_call_id, ppp.Link)


def notify_ready():
    """Tells systemd, if it asked, that clients may come (sd_notify(3))."""
    path = os.environ.get("NOTIFY_SOCKET")
    if path:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.sendto(b"READY=1", "\0" + path[1:] if path[0] == "@" else path)


def list_scenarios():
    """Prints their names, with what each is about."""
    for name, settings in SCENARIOS.items():
        print(f"{name:<20}", ", ".join(f"{key}={value}" for key, value in settings.items()))
    print("\nsettings and their defaults:")
    for key, value in DEFAULTS.items():
        print(f"  {key}={value}")


def main():
    parser = argparse.ArgumentParser(description="a scripted PPTP server")
    parser.add_argument("--address", default="0.0.0.0", help="listen on this address only")
    parser.add_argument("--port", type=int, default=1723)
    parser.add_argument("--transcript", metavar="FILE", help="instead of the standard output")
    parser.add_argument("--list", action="store_true", help="list scenarios and settings")
    parser.add_argument("scenario", nargs="?", default="good", choices=SCENARIOS,
                        metavar="SCENARIO")
    parser.add_argument("change", nargs="*", metavar="key=value")
    options = parser.parse_args()
    if options.list:
        list_scenarios()
        return

    try:
        scenario = Scenario(options.scenario, parse_changes(options.change))
    except (KeyError, ValueError) as error:
        parser.error(error.args[0])

    loop = Loop()
    transcript = Transcript(options.transcript)
    Peer(loop, scenario, transcript, options.address, options.port)
    # A handler that raises ends even a sleeping select().
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    transcript.note(0, "listening", scenario=scenario.name, address=options.address)
    notify_ready()
    if options.transcript:
        print("ready", flush=True)
    loop.run()


if __name__ == "__main__":
    main()
