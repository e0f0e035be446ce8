# SPDX-License-Identifier: GPL-2.0-or-later
"""How much passes through a tunnel, what that costs, and how much memory it takes. Belongs on the
clock of the wall, and there only the ratios of clients mean anything."""

import os
import subprocess
import sys

from clients import INSIDE, WORK, Ours, Server, Stock, connect, prepare, read, run as run_command

# Beyond the time it was given: what is in flight has to arrive, at the rate of the slowest client.
BLAST_PATIENCE_SEC = 20


def busy_sec():
    """CPU time that the whole machine has spent so far. Both ends count: what a client leaves to
    the kernel must show as well."""
    fields = [int(field) for field in read("/proc/stat").split("\n", 1)[0].split()[1:]]
    user, nice, system, _idle, _iowait, irq, softirq = fields[:7]
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def blast(direction, seconds):
    """(Mbit/s, CPU ms per MB) of one run of TCP through the tunnel, or None if it got stuck."""
    before = busy_sec()
    try:
        output = run_command(f"{WORK}/blast", direction, INSIDE, str(seconds), capture_output=True,
                             timeout=seconds + BLAST_PATIENCE_SEC).stdout
    except (subprocess.SubprocessError, OSError) as error:
        print(f"bench: {error}, ignoring", file=sys.stderr)
        return None
    spent = busy_sec() - before
    count, duration = output.split()
    megabytes, duration = int(count) / 1e6, float(duration)
    if megabytes == 0 or duration <= 0:
        return None
    # The first part of the run is not counted in bytes, but it is in CPU time: scale that.
    return megabytes * 8 / duration, spent * 1000 * duration / seconds / megabytes


def pss_mb(pids):
    """Proportional set size: shared pages count in parts, so that the sum is what is used."""
    total_kb = 0
    for pid in pids:
        for line in read(f"/proc/{pid}/smaps_rollup").splitlines():
            if line.startswith("Pss:"):
                total_kb += int(line.split()[1])
    return total_kb / 1024


def measure(server, rounds, seconds):
    """{row: {client: [each figure]}}. The clients take turns."""
    rows = {}

    def note(row, client, value):
        rows.setdefault(row, {}).setdefault(client.name, []).append(value)
    for mppe, label in ((False, "plain"), (True, "MPPE-128")):
        server.start(mppe)
        for number in range(rounds):
            print(f"# {label}, round {number + 1}", file=sys.stderr, flush=True)
            for client in (Ours(), Stock()):
                prepare(client, mppe)
                connect(client, mppe)
                for direction, arrow in (("send", "there"), ("receive", "back")):
                    result = blast(direction, seconds)
                    if result:
                        note(f"throughput, {label}, {arrow} (Mbit/s)", client, result[0])
                        note(f"CPU, {label}, {arrow} (ms/MB)", client, result[1])
                if mppe:
                    note("memory, all processes (MB PSS)", client, pss_mb(client.processes()))
                    if isinstance(client, Ours):
                        note("memory, supervisor (MB PSS)", client, pss_mb([client.supervisor()]))
                client.stop()
        server.stop()
    return rows


def run(rounds, seconds):
    server = Server()
    server.set_up()
    try:
        return measure(server, rounds, seconds)
    finally:
        server.stop()
        server.tear_down()
