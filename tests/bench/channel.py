# SPDX-License-Identifier: GPL-2.0-or-later
"""What a tunnel costs beside a channel of the kernel's driver that has no client at all (bare.c).
Belongs on the virtual clock, on which an instruction takes 1 ns: one processor is busy all the
time, with both ends, and so throughput counts the instructions for each packet. At the server's
end the channel is the same for both."""

import statistics
import subprocess
import sys
import time

from clients import (CLIENT, FIRST_CLIENT, INSIDE, MTU, NAMESPACE, SERVER, SETTLE_SEC, WORK, Ours,
                     Server, connect, prepare, run as run_command)
from throughput import blast

# What pppd takes off an interface's MTU with MPPE (MPPE_PAD of its mppe.h).
MPPE_PAD_BYTES = 4


def mtu(mppe):
    return MTU - (MPPE_PAD_BYTES if mppe else 0)


class Bare:
    """The kernel's channel alone, with the addresses of the others."""

    name = "bare"

    def install(self, mppe):
        """Needs nothing."""

    def start(self, mppe):
        self._process = subprocess.Popen(
            [f"{WORK}/bare", CLIENT, SERVER, f"/run/netns/{NAMESPACE}",
             *(["mppe"] if mppe else [])],
            stdout=subprocess.PIPE, text=True)
        links = self._process.stdout.readline().split()
        if len(links) != 2:
            sys.exit("bench: there is no bare channel")
        for link, inside, address, peer in ((links[0], [], FIRST_CLIENT, INSIDE),
                                            (links[1], ["-n", NAMESPACE], INSIDE, FIRST_CLIENT)):
            run_command("ip", *inside, "address", "add", address, "peer", peer, "dev", link)
            run_command("ip", *inside, "link", "set", link, "mtu", str(mtu(mppe)), "up")

    def stop(self):
        self._process.terminate()
        self._process.wait()
        self._process.stdout.close()


def exchange(mppe, seconds):
    """Packets a second that go to and fro as datagrams, each as large as can be."""
    output = run_command(f"{WORK}/datagrams", str(mtu(mppe)), INSIDE, str(seconds),
                         capture_output=True).stdout
    count, duration = output.split()
    return int(count) / float(duration)


def transfer(direction, seconds):
    """Mbit/s of one TCP connection."""
    result = blast(direction, seconds)
    if not result:
        sys.exit("bench: no traffic through the tunnel")
    return result[0]


def measure(server, rounds, seconds):
    """{row: {client: [each figure]}}. The clients take turns, and turns at being first."""
    rows = {}
    for mppe, label in ((False, "plain"), (True, "MPPE-128")):
        server.start(mppe)
        for number in range(rounds):
            print(f"# {label}, round {number + 1}", file=sys.stderr, flush=True)
            for client in (Ours(), Bare()) if number % 2 == 0 else (Bare(), Ours()):
                prepare(client, mppe)
                connect(client, mppe)
                # The tunnel is up, and what followed that is over.
                time.sleep(SETTLE_SEC)
                for row, value in (
                        ("datagrams to and fro (1/s)", exchange(mppe, seconds)),
                        ("TCP there (Mbit/s)", transfer("send", seconds)),
                        ("TCP back (Mbit/s)", transfer("receive", seconds))):
                    rows.setdefault(f"{label}: {row}", {}).setdefault(client.name,
                                                                      []).append(value)
                client.stop()
        server.stop()
    return rows


def print_pairs(rows):
    """Of each row the throughput, and how the two clients of each round compare."""
    print("| row | client | n | min | median | max |")
    print("| --- | --- | ---: | ---: | ---: | ---: |")
    for row, clients in rows.items():
        clients["ours / bare"] = [ours / bare
                                  for ours, bare in zip(clients["ours"], clients["bare"])]
        for client, values in clients.items():
            print(f"| {row} | {client} | {len(values)} | {min(values):.4f} |"
                  f" {statistics.median(values):.4f} | {max(values):.4f} |")


def run(rounds, seconds):
    server = Server()
    server.set_up()
    try:
        print_pairs(measure(server, rounds, seconds))
    finally:
        server.stop()
        server.tear_down()
