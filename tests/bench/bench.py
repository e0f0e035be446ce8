#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Measures pptp-supervisor against stock pppd + pptp-linux, in the same boot, and prints ratios.

    bench.py [--only ours|stock] [--rounds N] [--seconds N] [--json FILE]
    bench.py --only faults
    bench.py --only soak [--reconnects N]

Runs as root in a machine that may be thrown away: it writes /etc/pptp/conf.d/bench.conf and makes
a network namespace. The server end (server/) sits in that namespace and uses the kernel's PPTP
channel, so that it is no slower than the fastest client. Absolute figures of an emulated machine
mean nothing; the last column does.
"""

import argparse
import json
import os
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import sys
import time

import faults
import soak

HERE = os.path.dirname(os.path.abspath(__file__))
WORK = "/var/tmp/pptp-bench"        # /run may be mounted noexec
NAMESPACE = "pptp-bench"
SERVER, CLIENT = "10.98.0.1", "10.98.0.2"
INSIDE = "192.168.98.1"             # the server's address in the tunnel
USER, PASSWORD = "bench", "secret"
MTU = 1400
CONNECT_TIMEOUT_SEC = 60
# Beyond the time it was given: what is in flight has to arrive, at the rate of the slowest client.
BLAST_PATIENCE_SEC = 20

CFLAGS = ["-O2", "-std=gnu17", "-D_GNU_SOURCE", "-Wall", "-Wextra",
          "-Wno-missing-field-initializers"]


def run(*command, **options):
    return subprocess.run(command, check=True, text=True, **options)


def build():
    """The server, its pppd plugin (for the pppd that is installed) and the traffic tool."""
    os.makedirs(WORK, mode=0o755, exist_ok=True)
    for output, source, *flags in (("bench-server", "server/server.c"),
                                   ("bench-server.so", "server/plugin.c", "-shared", "-fPIC"),
                                   ("blast", "blast.c")):
        run("cc", *CFLAGS, *flags, "-o", f"{WORK}/{output}", f"{HERE}/{source}")


class Server:
    """The far end, in a network namespace behind a veth pair."""

    def __init__(self):
        self._processes = []

    def set_up(self):
        for module in ("pptp", "ppp_mppe", "ppp_async"):
            subprocess.run(["modprobe", "-q", module], check=False)
        run("ip", "netns", "add", NAMESPACE)
        run("ip", "link", "add", "bench-up", "type", "veth",
            "peer", "name", "bench-srv", "netns", NAMESPACE)
        run("ip", "address", "add", f"{CLIENT}/24", "dev", "bench-up")
        run("ip", "link", "set", "bench-up", "up")
        run("ip", "-n", NAMESPACE, "address", "add", f"{SERVER}/24", "dev", "bench-srv")
        run("ip", "-n", NAMESPACE, "link", "set", "bench-srv", "up")
        run("ip", "-n", NAMESPACE, "link", "set", "lo", "up")
        # The server's pppd sees these secrets as /etc/ppp, and none of the machine's scripts.
        os.makedirs(f"{WORK}/ppp", exist_ok=True)
        with open(f"{WORK}/ppp/chap-secrets", "w", encoding="utf-8") as file:
            os.chmod(file.fileno(), 0o600)
            file.write(f"{USER} * {PASSWORD} *\n")

    def start(self, mppe):
        options = ["auth", "require-mschap-v2", "name", "bench-server", "novj", "noipv6",
                   "nodeflate", "nobsdcomp", "mtu", str(MTU), "mru", str(MTU),
                   "logfile", f"{WORK}/server.log", f"{INSIDE}:192.168.98.10"]
        options += ["require-mppe-128"] if mppe else ["noccp"]
        # "ip netns exec" gives a mount namespace of its own, in which the bind mount stays.
        inside = ["ip", "netns", "exec", NAMESPACE]
        script = f'mount --bind {WORK}/ppp /etc/ppp && exec "$@"'
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._processes = [
            subprocess.Popen([*inside, "sh", "-c", script, "sh", f"{WORK}/bench-server", SERVER,
                              f"{WORK}/bench-server.so", *options], **quiet),
            subprocess.Popen([*inside, f"{WORK}/blast", "serve"]),
        ]
        wait_for(lambda: can_connect(SERVER, 1723), "the server")

    def stop(self):
        for process in self._processes:
            process.terminate()
            process.wait()
        self._processes = []

    def tear_down(self):
        subprocess.run(["ip", "netns", "delete", NAMESPACE], check=False)
        subprocess.run(["ip", "link", "delete", "bench-up"], check=False,
                       stderr=subprocess.DEVNULL)


class Stock:
    """pppd with pptp-linux on a pty, with the options that people use."""

    name = "stock"

    def start(self, mppe):
        options = ["noauth", "nodetach", "nodefaultroute", "noipdefault", "refuse-eap",
                   "novj", "noipv6", "nodeflate", "nobsdcomp", "mtu", str(MTU), "mru", str(MTU),
                   "user", USER, "password", PASSWORD, "logfile", f"{WORK}/stock.log",
                   "pty", f"pptp {SERVER} --nolaunchpppd"]
        options += ["require-mppe-128"] if mppe else ["noccp"]
        self._process = subprocess.Popen(["pppd", *options], stdout=subprocess.DEVNULL,
                                         stderr=subprocess.DEVNULL)

    def stop(self):
        self._process.send_signal(signal.SIGTERM)
        self._process.wait()
        wait_for(lambda: not self.processes(), "the end of pptp")

    def processes(self):
        """All of them on our side of the namespaces, by name."""
        here = os.stat("/proc/self/ns/net").st_ino
        found = []
        for entry in os.listdir("/proc"):
            try:
                if (entry.isdigit() and os.stat(f"/proc/{entry}/ns/net").st_ino == here and
                        read(f"/proc/{entry}/comm").strip() in ("pppd", "pptp")):
                    found.append(int(entry))
            except OSError:
                pass    # It ended meanwhile.
        return found


class Ours:
    """systemctl start pptp@bench"""

    name = "ours"

    def start(self, mppe):
        os.makedirs("/etc/pptp/conf.d", exist_ok=True)
        with open("/etc/pptp/bench.password", "w", encoding="utf-8") as file:
            os.chmod(file.fileno(), 0o600)
            file.write(PASSWORD)
        with open("/etc/pptp/conf.d/bench.conf", "w", encoding="utf-8") as file:
            file.write(f"[Tunnel]\nServer={SERVER}\nMTUBytes={MTU}\n"
                       f"[Authentication]\nUser={USER}\nPasswordFile=/etc/pptp/bench.password\n"
                       f"[Encryption]\nMPPE={'128' if mppe else 'no'}\n"
                       f"[Route]\nDestination=172.20.0.0/16 {INSIDE}\n")
        self._process = subprocess.Popen(["systemctl", "start", "pptp@bench"])

    def stop(self):
        self._process.wait()
        run("systemctl", "stop", "pptp@bench")

    def processes(self):
        group = run("systemctl", "show", "--value", "-p", "ControlGroup", "pptp@bench",
                    capture_output=True).stdout.strip()
        return [int(pid) for pid in read(f"/sys/fs/cgroup{group}/cgroup.procs").split()]

    def supervisor(self):
        return int(run("systemctl", "show", "--value", "-p", "MainPID", "pptp@bench",
                       capture_output=True).stdout)


# ---- measuring ----

def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def wait_for(condition, what, timeout_sec=CONNECT_TIMEOUT_SEC):
    end = time.monotonic() + timeout_sec
    while not condition():
        if time.monotonic() > end:
            sys.exit(f"bench: waited {timeout_sec} s for {what}")
        time.sleep(0.05)


def can_connect(address, port):
    try:
        socket.create_connection((address, port), timeout=1).close()
    except OSError:
        return False
    return True


class Pinger:
    """Pings until the first answer. A process for each ping would cost more than the tunnel."""

    INTERVAL_SEC = 0.01

    def __init__(self, address=INSIDE):
        self._address = address
        self._identifier = os.urandom(2)
        self._sequence = 0

    def wait(self):
        """Returns the time of the first reply (time.monotonic())."""
        with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as sock:
            sock.settimeout(self.INTERVAL_SEC)
            end = time.monotonic() + CONNECT_TIMEOUT_SEC
            while time.monotonic() < end:
                self._send(sock)
                try:
                    packet = sock.recv(1500)
                except TimeoutError:
                    continue
                if (packet[12:16] == socket.inet_aton(self._address) and packet[20] == 0 and
                        packet[24:26] == self._identifier):
                    return time.monotonic()
        sys.exit("bench: no reply through the tunnel")

    def _send(self, sock):
        self._sequence += 1
        body = self._identifier + struct.pack("!H", self._sequence & 0xFFFF)
        total = 0x0800 + sum(struct.unpack("!HH", body))
        total = (total & 0xFFFF) + (total >> 16)
        total = (total & 0xFFFF) + (total >> 16)
        try:
            sock.sendto(struct.pack("!BBH", 8, 0, ~total & 0xFFFF) + body, (self._address, 0))
        except OSError:
            # No route yet.
            time.sleep(self.INTERVAL_SEC)


def connect(client, mppe):
    """Starts the tunnel; returns the seconds to the first reply."""
    pinger = Pinger()
    start = time.monotonic()
    client.start(mppe)
    return pinger.wait() - start


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
        output = run(f"{WORK}/blast", direction, INSIDE, str(seconds), capture_output=True,
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


def measure(client, server, rounds, seconds):
    """All figures of one client, by name."""
    figures = {}
    for mppe, label in ((False, "plain"), (True, "MPPE-128")):
        print(f"# {client.name}, {label}", file=sys.stderr, flush=True)
        server.start(mppe)
        times = []
        for _ in range(rounds):
            times.append(connect(client, mppe))
            client.stop()
        figures[f"connect, {label} (s)"] = statistics.median(times)

        connect(client, mppe)
        for direction, arrow in (("send", "there"), ("receive", "back")):
            runs = [result for _ in range(rounds) if (result := blast(direction, seconds))]
            if not runs:
                continue
            figures[f"throughput, {label}, {arrow} (Mbit/s)"] = (
                statistics.median(r[0] for r in runs))
            figures[f"CPU, {label}, {arrow} (ms/MB)"] = statistics.median(r[1] for r in runs)
        if mppe:
            figures["memory, all processes (MB PSS)"] = pss_mb(client.processes())
            if isinstance(client, Ours):
                figures["memory, supervisor (MB PSS)"] = pss_mb([client.supervisor()])
        start = time.monotonic()
        client.stop()
        figures[f"stop, {label} (s)"] = time.monotonic() - start
        server.stop()
    return figures


def print_table(results):
    names = sorted({name for figures in results.values() for name in figures})
    print(f"{'':<40}" + "".join(f"{column:>10}" for column in results) + f"{'ours/stock':>12}")
    for name in names:
        values = [figures.get(name) for figures in results.values()]
        row = "".join(f"{'-':>10}" if value is None else f"{value:>10.2f}" for value in values)
        both = [results[column].get(name) for column in ("ours", "stock") if column in results]
        ratio = f"{both[0] / both[1]:>12.2f}" if len(both) == 2 and all(both) else f"{'-':>12}"
        print(f"{name:<40}{row}{ratio}")


def main():
    parser = argparse.ArgumentParser(description="pptp-supervisor against stock pptp-linux")
    parser.add_argument("--only", choices=("ours", "stock", "faults", "soak"))
    parser.add_argument("--reconnects", type=int, default=1000, help="of --only soak")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--json", metavar="FILE", help="write the figures there as well")
    options = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("bench: this needs root, and a machine that may be thrown away")
    if options.only == "faults":
        return faults.run()
    if options.only == "soak":
        return soak.run(Pinger(soak.INSIDE), options.reconnects)

    build()
    server = Server()
    server.set_up()
    try:
        results = {client.name: measure(client, server, options.rounds, options.seconds)
                   for client in (Stock(), Ours()) if options.only in (None, client.name)}
    finally:
        server.stop()
        server.tear_down()
        shutil.rmtree(WORK, ignore_errors=True)
    print_table(results)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=2)
    return 0


if __name__ == "__main__":
    sys.exit(main())
