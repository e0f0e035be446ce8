# SPDX-License-Identifier: GPL-2.0-or-later
"""Hundreds of tunnels on one machine to one server: what each start costs with so many up already,
what they cost while nothing happens and while one of them is busy, and how they come back when the
server went away. Belongs on a virtual clock, and in a machine with memory for both ends: 16 MiB for
each tunnel.
"""

import contextlib
import ctypes
import os
import pathlib
import socket
import statistics
import struct
import subprocess
import sys
import threading
import time

from clients import INSIDE, MTU, PASSWORD, SERVER, USER, WORK, Server, read, run as run_command

GROUPS = pathlib.Path("/sys/fs/cgroup")
SERVER_GROUP = GROUPS / "bench-server"
UNITS_GROUP = GROUPS / "system.slice/system-pptp.slice"

# So many are started by one command, which is how a person starts several.
BATCH = 10
IDLE_SEC = 120
BUSY_SEC = 10
# The way back: how long to wait for all of them, and how long the server is away.
BACK_TIMEOUT_SEC = 120
AWAY_SEC = 2
SYN, ACK = 0x02, 0x10
SO_TIMESTAMPNS = 35


def names(count):
    return [f"t{number:03}" for number in range(1, count + 1)]


def unit(name):
    return f"pptp@{name}.service"


# ---- who spends what ----

def usage(group):
    """Seconds of processor of a control group and of all below it; 0 if there is none."""
    try:
        lines = (group / "cpu.stat").read_text().splitlines()
    except OSError:
        return 0.0
    return int(dict(line.split() for line in lines)["usage_usec"]) / 1e6


def busy():
    """Of the whole machine, without this program."""
    fields = [int(field) for field in read("/proc/stat").split("\n", 1)[0].split()[1:]]
    user, nice, system, _idle, _iowait, irq, softirq = fields[:7]
    ticks = user + nice + system + irq + softirq
    return ticks / os.sysconf("SC_CLK_TCK") - time.process_time()


def process_seconds(pid):
    """What a process has run, in seconds."""
    return int(read(f"/proc/{pid}/schedstat").split()[0]) / 1e9


class Tunnel:
    """The processes of a tunnel that is up."""

    def __init__(self, name):
        self.name = name
        self.group = UNITS_GROUP / unit(name)
        pids = [int(pid) for pid in (self.group / "cgroup.procs").read_text().split()]
        by_name = {read(f"/proc/{pid}/comm").strip(): pid for pid in pids}
        self.supervisor = by_name.get("pptp-supervisor")
        self.pppd = by_name.get("pppd")
        if not self.supervisor or not self.pppd or len(pids) != 2:
            sys.exit(f"bench: {name} has the processes {by_name}")


class Spent:
    """What each part of the machine has spent of the processor when this was made."""

    def __init__(self, old):
        self._parts = {
            "the whole machine": busy(),
            "systemd": usage(GROUPS / "init.scope"),
            "udev": usage(GROUPS / "system.slice/systemd-udevd.service"),
            "journald": usage(GROUPS / "system.slice/systemd-journald.service"),
            "the bus": usage(GROUPS / "system.slice/dbus.service"),
            "the server": usage(SERVER_GROUP),
            "all units": usage(UNITS_GROUP),
        }
        self._old = old
        self._by_old = {tunnel.name: usage(tunnel.group) for tunnel in old}

    def since(self, before):
        """{part: seconds} since then, with the tunnels that were up apart from those that start."""
        parts = {name: value - before._parts[name] for name, value in self._parts.items()}
        parts["tunnels that were up"] = sum(
            seconds - before._by_old[name] for name, seconds in self._by_old.items())
        parts["units that start"] = parts.pop("all units") - parts["tunnels that were up"]
        parts["the kernel's threads and what else runs"] = parts["the whole machine"] - sum(
            value for name, value in parts.items() if name != "the whole machine")
        return parts


# ---- the tunnels ----

def configure(all_names):
    os.makedirs("/etc/pptp/conf.d", exist_ok=True)
    with open("/etc/pptp/bench.password", "w", encoding="utf-8") as file:
        os.chmod(file.fileno(), 0o600)
        file.write(PASSWORD)
    for number, name in enumerate(all_names):
        pathlib.Path(f"/etc/pptp/conf.d/{name}.conf").write_text(
            f"[Tunnel]\nServer={SERVER}\nMTUBytes={MTU}\n"
            f"[Authentication]\nUser={USER}\nPasswordFile=/etc/pptp/bench.password\n"
            f"[Route]\nDestination=172.{16 + number // 256}.{number % 256}.0/24\n",
            encoding="utf-8")
    # As at boot, when pptp-generator looks at them.
    started = time.monotonic()
    run_command("systemctl", "daemon-reload")
    print(f"# systemctl daemon-reload took {time.monotonic() - started:.2f} s", flush=True)


def remove(all_names):
    """What follows in this boot is to find no tunnel of these."""
    run_command("systemctl", "stop", *map(unit, all_names))
    for name in all_names:
        pathlib.Path(f"/etc/pptp/conf.d/{name}.conf").unlink()
    pathlib.Path("/etc/pptp/bench.password").unlink()


def start(batch):
    try:
        run_command("systemctl", "start", *map(unit, batch))
    except subprocess.CalledProcessError:
        sys.exit("bench: not all of them started\n" + subprocess.run(
            ["journalctl", "--lines=60", "--output=short-precise"], check=False, text=True,
            capture_output=True).stdout)


def start_all(all_names):
    """Starts them in batches. Returns what each start of a batch has cost, {part: seconds} for each
    batch; and the Tunnels."""
    tunnels, batches = [], []
    for first in range(0, len(all_names), BATCH):
        batch = all_names[first:first + BATCH]
        before, started = Spent(tunnels), time.monotonic()
        start(batch)
        elapsed = time.monotonic() - started
        # What they set off ends later: udev, cleaning up.
        time.sleep(2)
        parts = Spent(tunnels).since(before)
        parts["by the clock, until all of them are up"] = elapsed
        batches.append({part: value / len(batch) for part, value in parts.items()})
        new = [Tunnel(name) for name in batch]
        pppd = sum(process_seconds(tunnel.pppd) for tunnel in new) / len(batch)
        batches[-1]["of these: pppd"] = pppd
        batches[-1]["the sandbox and the supervisor"] = batches[-1]["units that start"] - pppd
        tunnels += new
        print(f"# {len(tunnels)} up, {batches[-1]['the whole machine']:.3f} s of processor each",
              file=sys.stderr, flush=True)
    return batches, tunnels


def print_starts(batches):
    columns = sorted({0, len(batches) // 2, len(batches) - 1})
    print("\n| seconds for each start | " + " | ".join(
        f"{number * BATCH + 1} to {(number + 1) * BATCH}" for number in columns) + " |")
    print("| --- |" + " ---: |" * len(columns))
    for part in batches[0]:
        print(f"| {part} | " + " | ".join(f"{batches[number][part]:.3f}" for number in columns)
              + " |")


def print_row(what, values):
    print(f"| {what} | {len(values)} | {min(values):.3f} | {statistics.median(values):.3f} |"
          f" {max(values):.3f} |", flush=True)


# ---- while nothing happens, and while one is busy ----

def wakeups(pid):
    """How often the threads of a process have waited for something, so far."""
    return sum(int(line.split()[1]) for task in os.listdir(f"/proc/{pid}/task")
               for line in read(f"/proc/{pid}/task/{task}/status").splitlines()
               if line.startswith("voluntary_ctxt_switches"))


def pss_mb(pid):
    return next(int(line.split()[1]) for line in read(f"/proc/{pid}/smaps_rollup").splitlines()
                if line.startswith("Pss:")) / 1024


def measure_idle(tunnels):
    pids = [pid for tunnel in tunnels for pid in (tunnel.supervisor, tunnel.pppd)]
    before = {pid: (wakeups(pid), process_seconds(pid)) for pid in pids}
    started = time.monotonic()
    time.sleep(IDLE_SEC)
    elapsed = time.monotonic() - started
    after = {pid: (wakeups(pid), process_seconds(pid)) for pid in pids}
    rate = {pid: (after[pid][0] - before[pid][0]) / elapsed for pid in pids}
    print_row("wake-ups a second, idle: the supervisor", [rate[t.supervisor] for t in tunnels])
    print_row("the same: pppd", [rate[t.pppd] for t in tunnels])
    print_row("milliseconds of processor a second, idle: both",
              [1000 * sum(after[pid][1] - before[pid][1] for pid in (t.supervisor, t.pppd))
               / elapsed for t in tunnels])


def measure_memory(tunnels):
    supervisor = [pss_mb(t.supervisor) for t in tunnels]
    pppd = [pss_mb(t.pppd) for t in tunnels]
    print_row("PSS in MiB: the supervisor", supervisor)
    print_row("the same: pppd", pppd)
    print_row("the same: both", [sum(pair) for pair in zip(supervisor, pppd)])


def measure_status(count, rounds=5):
    times = []
    for _ in range(rounds):
        started = time.monotonic()
        output = run_command("pptpctl", "status", capture_output=True).stdout
        times.append(time.monotonic() - started)
        if output.count(": up") < count:
            sys.exit(f"bench: pptpctl status knows {output.count(': up')} as up:\n{output[:500]}")
    print_row(f"pptpctl status of {count}, seconds", times)


def measure_busy(tunnels):
    """What the others spend while one transfers, beside the same time without it."""
    def others(seconds, command):
        before = {t: process_seconds(t.supervisor) + process_seconds(t.pppd) for t in tunnels[1:]}
        started = time.monotonic()
        output = command(seconds)
        elapsed = time.monotonic() - started
        return output, [1000 * (process_seconds(t.supervisor) + process_seconds(t.pppd)
                                - before[t]) / elapsed for t in tunnels[1:]]

    def transfer(seconds):
        return run_command(f"{WORK}/blast", "receive", INSIDE, str(seconds),
                           capture_output=True).stdout

    run_command("ip", "route", "replace", INSIDE, "dev", tunnels[0].name)
    output, spent = others(BUSY_SEC, transfer)
    count, duration = output.split()
    print_row(f"milliseconds of processor a second beside a busy one ({int(count) / 1e6:.0f} MB in"
              f" {float(duration):.0f} s)", spent)
    print_row("the same beside none", others(BUSY_SEC, time.sleep)[1])


# ---- the way back ----

@contextlib.contextmanager
def watch_syns(times):
    """Notes the time of day of each SYN for the server, in seconds, while in this context."""
    end = threading.Event()
    # What libpcap makes of "tcp dst port 1723 and tcp[13] & 18 = 2", with packets of IPv4 alone.
    program = [(0x28, 0, 0, 12), (0x15, 0, 8, 0x800), (0x30, 0, 0, 23), (0x15, 0, 6, 6),
               (0xb1, 0, 0, 14), (0x48, 0, 0, 16), (0x15, 0, 3, 1723), (0x50, 0, 0, 27),
               (0x54, 0, 0, SYN | ACK), (0x15, 1, 0, SYN), (0x06, 0, 0, 0), (0x06, 0, 0, 65535)]
    code = b"".join(struct.pack("HBBI", *item) for item in program)

    def listen(sock):
        while not end.is_set():
            with contextlib.suppress(TimeoutError):
                _, ancillary = sock.recvmsg(128, 64)[:2]
                seconds, nanoseconds = struct.unpack("qq", ancillary[0][2][:16])
                times.append(seconds + nanoseconds / 1e9)

    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)) as sock:
        buffer = ctypes.create_string_buffer(code)
        sock.setsockopt(socket.SOL_SOCKET, 26,      # SO_ATTACH_FILTER
                        struct.pack("HL", len(program), ctypes.addressof(buffer)))
        sock.bind(("bench-up", 0))
        sock.settimeout(0.1)
        sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        thread = threading.Thread(target=listen, args=(sock,))
        thread.start()
        try:
            yield
        finally:
            end.set()
            thread.join()


def links():
    """The index of each interface, by name."""
    found = {}
    for name in os.listdir("/sys/class/net"):
        with contextlib.suppress(OSError):
            found[name] = read(f"/sys/class/net/{name}/ifindex")
    return found


def is_up(name):
    """Whether its state file says so: what pptpctl reads."""
    try:
        return "\nSTATE=up\n" in "\n" + read(f"/run/pptp/{name}/state")
    except OSError:
        return False


def measure_way_back(server, tunnels):
    old = links()
    syns, back = [], {}
    waiting = {t.name for t in tunnels}
    before = Spent(tunnels)
    with watch_syns(syns):
        (SERVER_GROUP / "cgroup.kill").write_text("1")
        time.sleep(AWAY_SEC)
        server.stop()
        server.start(mppe=True)
        started, ready = time.monotonic(), time.time()
        while waiting and time.monotonic() - started < BACK_TIMEOUT_SEC:
            now = links()
            for name in [n for n in waiting if now.get(n) not in (None, old[n]) and is_up(n)]:
                waiting.remove(name)
                back[name] = time.monotonic() - started
            time.sleep(0.1)
    if waiting:
        sys.exit(f"bench: {len(waiting)} of them are not back after {BACK_TIMEOUT_SEC} s")
    print_row("seconds from the server's return until each is back", list(back.values()))

    per_second = [sum(at <= other < at + 1 for other in syns) for at in syns if at >= syns[0] + 1]
    print_row("SYNs in the second that begins with a SYN, after the first second", per_second)
    print_row("the same since the server is back",
              [sum(at <= other < at + 1 for other in syns) for at in syns if at >= ready])
    print(f"SYNs in all: {len(syns)}")
    for part, seconds in Spent(tunnels).since(before).items():
        print(f"{part}: {seconds / len(tunnels):.3f} s of processor for each that came back")


def put_into_group(pid):
    SERVER_GROUP.mkdir(exist_ok=True)
    (SERVER_GROUP / "cgroup.procs").write_text(str(pid))


def run(count):
    """Returns the exit status."""
    server = Server(prepare=lambda: put_into_group(os.getpid()))
    server.set_up()
    all_names = names(count)
    configure(all_names)
    server.start(mppe=True)
    try:
        batches, tunnels = start_all(all_names)
        print_starts(batches)
        print("\n| row | n | min | median | max |\n| --- | ---: | ---: | ---: | ---: |")
        measure_status(count)
        measure_idle(tunnels)
        # Then what only a start needs has gone back to the kernel.
        measure_memory(tunnels)
        measure_busy(tunnels)
        measure_way_back(server, tunnels)
    finally:
        remove(all_names)
        server.stop()
        server.tear_down()
    return 0
