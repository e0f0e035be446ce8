#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Measures what a large set of routes costs, beside ip -batch with the same routes.

    routes.py BENCH_ROUTES [--routes N] [--rounds N] [--watch SECONDS] [--shuffle] [--covers]

Needs no virtual machine: a network namespace and a TUN interface are enough. BENCH_ROUTES is
tests/bench-routes of the build. In turns: all routes with "ip -batch", all of them with ours, read
from a file of prefixes; then one prefix more by a reload; then somebody else changes 10,000 routes
a second beside it, of IPv4 and of IPv6; then all are removed. Of the times the median of some
rounds. With --shuffle the prefixes are in no order, the same in each round; with --covers the
tunnel has RoutesOnDown=unreachable, so that each route has a second one, which is there before.
"""

import argparse
import os
import pathlib
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time

INTERFACE = "many0"
FLAPS_A_SECOND = 10000
FLAPS = [(verb, family) for verb in ("add", "replace") for family in (4, 6)]


def sh(command, **arguments):
    return subprocess.run(["sh", "-e", "-c", command], check=True, **arguments)


def prefixes(n_routes):
    """/24 prefixes, in the order in which routing registries list them."""
    return [f"{20 + (n >> 16)}.{n >> 8 & 255}.{n & 255}.0/24" for n in range(n_routes)]


def make_namespace():
    """Runs this program again in a namespace of its own, with a TUN interface in it."""
    if os.environ.get("BENCH_ROUTES_INSIDE"):
        sh(f"ip link set lo up; ip tuntap add dev {INTERFACE} mode tun;"
           f"ip address add 192.0.2.10 peer 192.0.2.11 dev {INTERFACE}; ip link set {INTERFACE} up;"
           "ip tuntap add dev beside mode tun; ip address add 198.51.100.1/24 dev beside;"
           "ip -6 address add 2001:db8:ffff::1/64 dev beside nodad; ip link set beside up")
        return
    os.environ["BENCH_ROUTES_INSIDE"] = "1"
    os.execvp("unshare", ["unshare", "-n", sys.executable, *sys.argv])


def write_configuration(root, lines, covers):
    directory = root / "etc/pptp/conf.d"
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "many.conf").write_text(
        "[Tunnel]\nServer=203.0.113.1\n[Authentication]\nUser=jane\n"
        + ("[Network]\nRoutesOnDown=unreachable\n" if covers else "")
        + "[Route]\nDestinationFile=/etc/pptp/many.prefixes\n", encoding="ascii")
    (root / "etc/pptp/many.prefixes").write_text("\n".join(lines) + "\n", encoding="ascii")


def time_ip_batch(directory, lines):
    batch = directory / "batch"
    batch.write_text("".join(f"route add {line} dev {INTERFACE} proto static\n" for line in lines),
                     encoding="ascii")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.monotonic()
    subprocess.run(["ip", "-batch", str(batch)], check=True)
    seconds = time.monotonic() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    sh(f"ip route flush dev {INTERFACE} proto static")
    return {"wall": seconds, "cpu": cpu}


class Ours:
    """The process that has the routes."""

    def __init__(self, program, root, watch_seconds):
        self._process = subprocess.Popen(
            [program, str(root), INTERFACE, str(watch_seconds)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        self.install = self._read()

    def _read(self):
        words = self._process.stdout.readline().split()
        names = ("what", "wall", "cpu", "turn", "memory", "installed", "failed", "lost",
                 "turns")
        return dict(zip(names, [words[0], *map(float, words[1:])]))

    def do(self, word, meanwhile=None):
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()
        if meanwhile:
            meanwhile()
        return self._read()

    def end(self):
        self._process.stdin.close()
        assert self._process.wait() == 0


def describe_flap(n, verb, family, turn):
    """A route of others: in turns added and deleted, or replaced by one over another router."""
    router = 2 + (turn if verb == "replace" else 0)
    if family == 6:
        return f"2001:db8:{n:x}::/48 via 2001:db8:ffff::{router} dev beside proto bgp"
    return f"100.{64 + (n >> 8)}.{n & 255}.0/24 via 198.51.100.{router} dev beside proto bgp"


def flap(seconds, command, family, directory):
    """Changes so many routes a second, evenly enough: a batch each tenth."""
    step = FLAPS_A_SECOND // 10
    batches = []
    for turn in range(2):
        batch = directory / f"flap{turn}"
        verb = command if command == "replace" else ("add", "delete")[turn]
        batch.write_text("".join(
            f"route {verb} {describe_flap(n, verb, family, turn)}\n" for n in range(step)),
            encoding="ascii")
        batches.append(str(batch))
    n_done, begin = 0, time.monotonic()
    while time.monotonic() < begin + seconds:
        subprocess.run(["ip", f"-{family}", "-batch", batches[n_done % 2]], check=True)
        n_done += 1
        time.sleep(max(0, begin + n_done / 10 - time.monotonic()))
    sh(f"ip -{family} route flush proto bgp dev beside")
    return n_done * step / seconds


def run_round(options, directory):
    lines = prefixes(options.routes)
    if options.shuffle:
        random.Random(1).shuffle(lines)
    row = {"ip": time_ip_batch(directory, lines)}

    write_configuration(directory, lines, options.covers)
    ours = Ours(options.program, directory, options.watch)
    row["install"] = ours.install
    assert ours.install["installed"] == options.routes and not ours.install["failed"], ours.install
    middle = options.routes // 2
    write_configuration(directory, lines[:middle] + ["10.0.0.0/8"] + lines[middle:],
                        options.covers)
    row["reload"] = ours.do("reload")
    assert row["reload"]["installed"] == options.routes + 1, row
    row["idle"] = ours.do("watch")
    for what in FLAPS:
        row[what] = ours.do("watch", lambda what=what: row.__setitem__(
            ("rate", *what), flap(options.watch, *what, directory)))
    row["remove"] = ours.do("remove")
    ours.end()
    rest = sh(f"ip route show dev {INTERFACE} proto 172 | wc -l", stdout=subprocess.PIPE, text=True)
    assert int(rest.stdout) == 0, rest.stdout
    return row


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("--routes", type=int, default=100000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--watch", type=int, default=5)
    parser.add_argument("--shuffle", action="store_true")
    parser.add_argument("--covers", action="store_true")
    options = parser.parse_args()
    make_namespace()

    rows = []
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory() as directory:
            rows.append(run_round(options, pathlib.Path(directory)))

    def print_row(what, values, unit="s"):
        print(f"{what:<44} {min(values):>9.4f} {statistics.median(values):>9.4f} "
              f"{max(values):>9.4f} {unit}")

    print(f"{options.routes} routes, {options.rounds} rounds: least, median, most")
    print_row("ip -batch", [row["ip"]["wall"] for row in rows])
    print_row("ip -batch, processor", [row["ip"]["cpu"] for row in rows])
    for what in ("install", "reload", "remove"):
        print_row(what, [row[what]["wall"] for row in rows])
        print_row(f"{what}, processor", [row[what]["cpu"] for row in rows])
        print_row(f"{what}, longest turn of the loop", [row[what]["turn"] for row in rows], "ms")
    for kind in ("wall", "cpu"):
        print_row(f"install / ip -batch, {kind}",
                  [row["install"][kind] / row["ip"][kind] for row in rows], "")
        print_row(f"reload of one prefix / install, {kind}",
                  [row["reload"][kind] / row["install"][kind] for row in rows], "")
    for what in ("idle", *FLAPS):
        name = what if what == "idle" else f"{what[0]}, IPv{what[1]}"
        print_row(f"beside: {name}, share of a processor",
                  [row[what]["cpu"] / row[what]["wall"] for row in rows], "")
        print_row(f"beside: {name}, wake-ups a second",
                  [row[what]["turns"] / row[what]["wall"] for row in rows], "")
        if what != "idle":
            print_row(f"beside: {name}, routes a second", [row["rate", *what] for row in rows], "")
    print_row("most memory", [row["remove"]["memory"] / 1024 for row in rows], "MiB")


main()
