#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Measures pptp-supervisor against stock pppd + pptp-linux, in the same boot and in turns.

    bench.py latency [--rounds N]
    bench.py wire [--rounds N]
    bench.py sandbox [--rounds N]
    bench.py throughput [--rounds N] [--seconds N]
    bench.py channel [--rounds N] [--seconds N]
    bench.py faults
    bench.py outage [--rounds N]
    bench.py soak [--reconnects N]
    bench.py hundred [--tunnels N]

Runs as root in a machine that may be thrown away: it writes /etc/pptp/conf.d/bench.conf and makes
a network namespace. The server end (server/) sits in that namespace and uses the kernel's PPTP
channel, so that it is no slower than the fastest client.
"""

import argparse
import os
import shutil
import statistics
import sys

import channel
import clients
import faults
import hundred
import latency
import outage
import sandbox
import soak
import throughput
import wire


def print_table(rows):
    """In Markdown: of each row and client how many, the least, the median, the most; and, of the
    medians, ours as a share of stock's."""
    print("| row | client | n | min | median | max | ours / it |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    for row, by_client in rows.items():
        ours = statistics.median(by_client["ours"])
        for client, values in by_client.items():
            median = statistics.median(values)
            ratio = "" if client == "ours" or not median else f"{ours / median:.2f}"
            print(f"| {row} | {client} | {len(values)} | {min(values):.3f} | {median:.3f} |"
                  f" {max(values):.3f} | {ratio} |")


def main():
    parser = argparse.ArgumentParser(description="pptp-supervisor against stock pptp-linux")
    parser.add_argument("what", choices=("latency", "wire", "sandbox", "throughput", "channel",
                                         "faults", "outage", "soak", "hundred"))
    parser.add_argument("--reconnects", type=int, default=1000, help="of soak")
    parser.add_argument("--tunnels", type=int, default=500, help="of hundred")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5, help="of each transfer")
    options = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("bench: this needs root, and a machine that may be thrown away")
    if options.what == "faults":
        return faults.run()
    if options.what == "soak":
        return soak.run(clients.Pinger(soak.INSIDE), options.reconnects)

    if options.what == "sandbox":
        return sandbox.run(options.rounds)
    if options.what == "outage":
        print_table(outage.run(options.rounds))
        return 0

    clients.build()
    try:
        if options.what == "hundred":
            return hundred.run(options.tunnels)
        if options.what == "throughput":
            print_table(throughput.run(options.rounds, options.seconds))
        elif options.what == "channel":
            channel.run(options.rounds, options.seconds)
        else:
            print_table((wire if options.what == "wire" else latency).run(options.rounds))
    finally:
        for client in (clients.Ours(), clients.PppUnit()):
            client.uninstall()
        shutil.rmtree(clients.WORK, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
