# SPDX-License-Identifier: GPL-2.0-or-later
"""A tunnel that is cut a thousand times, in four ways in turn, and is looked at between the cuts:
what grows will one day be too much.

Runs against pptpd in the namespace "server" of tests/vm (guest/network).
"""

import os
import pathlib
import signal
import statistics
import subprocess
import sys
import time

NAME = "soak"
SERVER, INSIDE = "192.0.2.2", "192.168.92.1"
UNIT = f"pptp@{NAME}.service"
SERVER_GROUP = pathlib.Path("/sys/fs/cgroup/system.slice/server-2.service")

# Reconnects before the first look: buffers grow to their size, and modules are loaded.
WARM_UP = 20
PROGRESS = 100
# What the last look may have more than the first, of these; the others may have no more at all.
MAY_GROW = {"memory of the supervisor (kB PSS)": 64, "memory of the unit (kB)": 512,
            "kernel memory that stays (kB)": 4096}

CONFIGURATION = f"""\
[Tunnel]
Server={SERVER}
[Authentication]
User=vpn
PasswordFile=/etc/pptp/{NAME}.password
[Reconnect]
DelaySec=100ms
MaxDelaySec=100ms
[Route]
Destination=10.0.0.0/8 {INSIDE}
[Route]
Destination=192.0.2.0/25
"""


def output(*command, check=True):
    return subprocess.run(command, check=check, text=True, capture_output=True).stdout


def pids(group):
    return [int(pid) for path in group.rglob("cgroup.procs") for pid in path.read_text().split()]


def comm(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


class Soak:
    """The tunnel, and how it is cut."""

    def __init__(self, pinger):
        self._pinger = pinger
        self._group = None

    def start(self):
        path = pathlib.Path(f"/etc/pptp/{NAME}.password")
        path.touch(0o600)
        path.write_text("secret\n")
        pathlib.Path("/etc/pptp/conf.d").mkdir(parents=True, exist_ok=True)
        pathlib.Path(f"/etc/pptp/conf.d/{NAME}.conf").write_text(CONFIGURATION)
        subprocess.run(["systemctl", "start", UNIT], check=True)
        group = output("systemctl", "show", "--value", "-p", "ControlGroup", UNIT).strip()
        self._group = pathlib.Path("/sys/fs/cgroup" + group)
        self._supervisor = int(output("systemctl", "show", "--value", "-p", "MainPID", UNIT))

    def cut(self, number):
        """Ends the tunnel in one of the ways in which tunnels end."""
        name, group, number = (
            ("pppd", SERVER_GROUP, signal.SIGTERM),         # the server says goodbye
            ("pppd", SERVER_GROUP, signal.SIGKILL),         # its pppd dies, its call is cleared
            ("pptpctrl", SERVER_GROUP, signal.SIGKILL),     # the control connection is reset
            ("pppd", self._group, signal.SIGKILL),          # our own pppd dies
        )[number % 4]
        for pid in pids(group):
            if comm(pid) == name:
                os.kill(pid, number)

    def wait_until_up(self, old_link):
        """Until there is another interface than old_link, and data passes through it."""
        deadline = time.monotonic() + 60
        while self.link() in (None, old_link):
            if time.monotonic() > deadline:
                self._give_up("soak: not up again within 60 s")
            time.sleep(0.02)
        try:
            self._pinger.wait()
        except SystemExit as error:
            self._give_up(error)

    @staticmethod
    def _give_up(why):
        sys.exit(f"{why}\n" + output("systemctl", "status", "--lines=0", UNIT, check=False) +
                 output("journalctl", "--lines=80", "--output=short-precise"))

    @staticmethod
    def link():
        try:
            return pathlib.Path(f"/sys/class/net/{NAME}/ifindex").read_text()
        except OSError:
            return None

    def look(self):
        """What there is of everything that could grow, by name."""
        processes = pids(self._group)
        stats = [pathlib.Path(path).read_text().rsplit(")", 1)[1].split()[0]
                 for path in map("/proc/{}/stat".format, filter(str.isdigit, os.listdir("/proc")))
                 if os.path.exists(path)]
        rollup = pathlib.Path(f"/proc/{self._supervisor}/smaps_rollup").read_text()
        meminfo = dict(line.split(":") for line in
                       pathlib.Path("/proc/meminfo").read_text().splitlines())
        pid_files = [path for path in pathlib.Path("/run").rglob("*.pid")
                     if "servers" not in str(path)]
        return {
            "processes of the unit": len(processes),
            "descriptors of the supervisor": len(os.listdir(f"/proc/{self._supervisor}/fd")),
            "memory of the supervisor (kB PSS)":
                next(int(line.split()[1]) for line in rollup.splitlines()
                     if line.startswith("Pss:")),
            "memory of the unit (kB)":
                int((self._group / "memory.current").read_text()) // 1024,
            "kernel memory that stays (kB)": int(meminfo["SUnreclaim"].split()[0]),
            "zombies in the machine": stats.count("Z"),
            "interfaces": len(os.listdir("/sys/class/net")),
            "routes, all tables": len(output("ip", "route", "show", "table", "all").splitlines()),
            "our routes": len(output("ip", "route", "show", "proto", "pptp").splitlines()),
            "pid files": len(pid_files),
            "files in /run/pptp": len(list(pathlib.Path("/run/pptp").rglob("*"))),
            "sockets": sum(len(output("ss", "-Hn" + kind, "-a").splitlines())
                           for kind in ("t", "0", "w", "x")),
        }


def print_looks(looks):
    """Returns the names of what has grown."""
    grown = []
    first, last = list(looks.values())[0], list(looks.values())[-1]
    print(f"{'after so many reconnects':<40}" + "".join(f"{number:>10}" for number in looks))
    for name in first:
        more = last[name] - first[name]
        if more > MAY_GROW.get(name, 0):
            grown.append(name)
        print(f"{name:<40}" + "".join(f"{look[name]:>10}" for look in looks.values())
              + ("  GROWS" if name in grown else ""))
    return grown


def run(pinger, reconnects):
    """Returns the exit status."""
    soak = Soak(pinger)
    soak.start()
    looks, times = {}, []
    reconnects = max(reconnects, 2 * WARM_UP)
    marks = {WARM_UP, *(reconnects * part // 4 for part in (2, 3)), reconnects}
    for number in range(1, reconnects + 1):
        link = soak.link()
        started = time.monotonic()
        soak.cut(number)
        soak.wait_until_up(link)
        times.append(time.monotonic() - started)
        if number in marks:
            # Our last ping is answered before the supervisor has put its own probe away.
            time.sleep(3)
            looks[number] = soak.look()
        if number % PROGRESS == 0:
            # Who waits for the machine takes silence for its death.
            print(f"# {number} reconnects", file=sys.stderr, flush=True)
    subprocess.run(["systemctl", "stop", UNIT], check=True)

    grown = print_looks(looks)
    twentieths = statistics.quantiles(times, n=20)
    print(f"\nfrom the cut to the first reply: median {statistics.median(times):.2f} s, "
          f"19 of 20 within {twentieths[-1]:.2f} s, longest {max(times):.2f} s")
    for text in grown:
        print(f"grows: {text}")
    return 1 if grown else 0
