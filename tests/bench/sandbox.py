# SPDX-License-Identifier: GPL-2.0-or-later
"""What each option of the unit's sandbox adds to a start: copies of pptp@.service that run
/bin/true, one with all options, one with none, and for each option one without it. Belongs on a
virtual clock, on which a difference of a millisecond counts."""

import collections
import pathlib
import re
import statistics
import subprocess
import sys
import time

UNIT = pathlib.Path("/usr/lib/systemd/system/pptp@.service")
FOLDER = pathlib.Path("/run/systemd/system")
ALL, NONE = "all options", "no option"

# What is no sandbox, and would not do for a process that ends at once.
OTHER = re.compile(r"(Exec\w+|Type|NotifyAccess|KillMode|Restart\w*|Timeout\w+|WatchdogSec)=")


# Without what it allows, systemd could not open /dev/null for the process.
PART_OF = {"DeviceAllow": "DevicePolicy"}


def options():
    """The lines of the sandbox, by their key: one that is repeated is one option."""
    section, lines = None, collections.defaultdict(list)
    for line in UNIT.read_text().splitlines():
        if line.startswith("["):
            section = line
        elif section == "[Service]" and "=" in line and line[0].isalpha() and not OTHER.match(line):
            key = line.split("=")[0]
            lines[PART_OF.get(key, key)].append(line)
    return lines


def write_units(lines):
    """Returns {what it lacks: unit}."""
    units = {}
    for number, left_out in enumerate([ALL, NONE, *lines]):
        text = "[Unit]\nStartLimitIntervalSec=0\n[Service]\nType=oneshot\nExecStart=/bin/true\n"
        if left_out != NONE:
            text += "\n".join(line for key, of_key in lines.items() if key != left_out
                              for line in of_key)
        units[left_out] = f"price{number}@x.service"
        (FOLDER / f"price{number}@.service").write_text(text + "\n")
    subprocess.run(["systemctl", "daemon-reload"], check=True)
    return units


def start(unit):
    started = time.monotonic()
    subprocess.run(["systemctl", "start", unit], check=True)
    return time.monotonic() - started


def run(rounds):
    units = write_units(options())
    for unit in units.values():
        start(unit)  # the first is dearer: files are read
    seconds = collections.defaultdict(list)
    for number in range(rounds):
        print(f"# round {number + 1}", file=sys.stderr, flush=True)
        for left_out, unit in units.items():
            seconds[left_out].append(start(unit))
    print("| option | n | min | median | max | adds, ms |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    whole = statistics.median(seconds[ALL])
    for left_out in sorted(seconds, key=lambda name: statistics.median(seconds[name])):
        values = seconds[left_out]
        median = statistics.median(values)
        print(f"| {left_out} | {len(values)} | {min(values):.4f} | {median:.4f} |"
              f" {max(values):.4f} | {(whole - median) * 1000:.1f} |")
