#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Measures what many tunnels on one machine cost, beside find and cat of the same files.

    many.py PPTPCTL [--rounds N]

Needs no virtual machine. "find … | xargs cat" only reads all the files, which is the least that a
check of all of them has to do. Seconds of processor, those of the kernel included; of each the
median of some rounds in turns. Reading one tunnel among many is what its start does with the files;
how much later it is for them is the last line, by the wall's clock.
"""

import argparse
import pathlib
import resource
import statistics
import subprocess
import tempfile
import time


def write_tunnels(root, n_tunnels):
    """Small files as people have them, each with an interface of its own."""
    directory = root / "etc/pptp/conf.d"
    directory.mkdir(parents=True)
    for n in range(n_tunnels):
        (directory / f"many{n}.conf").write_text(
            f"[Tunnel]\nServer=192.0.2.2\nInterfaceName=m{n}\n[Authentication]\nUser=jane\n"
            "PasswordFile=/etc/pptp/password\n[Route]\nDestination=10.0.0.0/8\n", encoding="ascii")


def measure(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
    assert process.returncode in (0, 3), f"{command[0]} ended with {process.returncode}"
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def compare(what, ours, theirs, rounds):
    """One row: both, in turns, so that a busy machine is as busy for the one as for the other."""
    seconds = [(measure(ours), measure(theirs)) for _ in range(rounds)]
    mine, other = (statistics.median(column) for column in zip(*seconds))
    print(f"{what:<36} {mine:>8.3f} s {other:>8.3f} s {mine / other:>6.2f}")


def elapsed(command):
    start = time.monotonic()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return (time.monotonic() - start) * 1000


def compare_starts(pptpctl, rounds):
    """How many milliseconds later a tunnel has its configuration for all the files beside it."""
    with tempfile.TemporaryDirectory() as many, tempfile.TemporaryDirectory() as one:
        write_tunnels(pathlib.Path(many), 10000)
        write_tunnels(pathlib.Path(one), 1)
        commands = [[pptpctl, "cat", f"--root={root}", "many0"] for root in (many, one)]
        later = [elapsed(commands[0]) - elapsed(commands[1]) for _ in range(rounds)]
    print(f"later among 10,000 files, in ms: {min(later):.0f} {statistics.median(later):.0f} "
          f"{max(later):.0f} (least, median, most of {rounds})")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pptpctl")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()

    print(f"{'':<36} {'ours':>10} {'find, cat':>10} {'ratio':>6}")
    for what, n_tunnels, arguments in (
            ("check of 1,000 files", 1000, ["check"]),
            ("check of 10,000 files", 10000, ["check"]),
            ("status of 500 tunnels", 500, ["status"]),
            ("one tunnel among 10,000 files", 10000, ["check", "many5000"])):
        with tempfile.TemporaryDirectory() as directory:
            root = pathlib.Path(directory)
            write_tunnels(root, n_tunnels)
            compare(what, [options.pptpctl, arguments[0], f"--root={root}", *arguments[1:]],
                    ["sh", "-c", f"find '{root}' -type f | xargs cat"], options.rounds)
    compare_starts(options.pptpctl, 3 * options.rounds)


main()
