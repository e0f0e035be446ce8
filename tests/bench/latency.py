# SPDX-License-Identifier: GPL-2.0-or-later
"""How long a tunnel takes to come up, to change and to go. Belongs on a virtual clock, on which an
instruction takes 1 ns and the host's other work nothing (tests/vm/host/machine.py)."""

import sys
import time

from clients import SETTLE_SEC, Ours, PppUnit, Server, Stock, connect, prepare, timed

DELAYS_MS = (0, 100)


def clients():
    return [Ours(), Stock()] + ([PppUnit()] if PppUnit.is_there() else [])


def measure(server, rounds):
    """Seconds: {row: {client: [each time]}}. The clients take turns."""
    rows = {}

    def note(row, client, seconds):
        rows.setdefault(row, {}).setdefault(client.name, []).append(seconds)
    for delay in DELAYS_MS:
        server.delay(delay)
        server.start(mppe=True)
        for number in range(rounds):
            print(f"# {delay} ms, round {number + 1}", file=sys.stderr, flush=True)
            for client in clients():
                prepare(client, True)
                note(f"start to first reply, {delay} ms", client, connect(client, True))
                if isinstance(client, Ours):
                    note(f"start to the end of systemctl, {delay} ms", client,
                         client.wait_until_started())
                    time.sleep(SETTLE_SEC)
                    note(f"reload with another route, {delay} ms", client,
                         timed(client.reload, True))
                time.sleep(SETTLE_SEC)
                note(f"stop, {delay} ms", client, timed(client.stop))
        server.stop()
    return rows


def run(rounds):
    server = Server()
    server.set_up()
    try:
        return measure(server, rounds)
    finally:
        server.stop()
        server.tear_down()
