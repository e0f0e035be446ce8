# SPDX-License-Identifier: GPL-2.0-or-later
"""The clients that are compared, and the server that they all connect to, in a network namespace."""

import os
import pathlib
import signal
import socket
import struct
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
WORK = "/var/tmp/pptp-bench"        # /run may be mounted noexec
NAMESPACE = "pptp-bench"
SERVER, CLIENT = "10.98.0.1", "10.98.0.2"
INSIDE = "192.168.98.1"             # the server's address in the tunnel
FIRST_CLIENT = "192.168.98.10"      # what clients get there: this one, and those that follow
USER, PASSWORD = "bench", "secret"
MTU = 1400
CONNECT_TIMEOUT_SEC = 60
# Between two steps, so that what the one sets off (udev, cleaning up, GRE that is still counted) is
# over before the other. On a virtual clock it costs nothing.
SETTLE_SEC = 3

# The units that are enabled.
WANTS = "/etc/systemd/system/multi-user.target.wants"

CFLAGS = ["-O2", "-std=gnu17", "-D_GNU_SOURCE", "-Wall", "-Wextra",
          "-Wno-missing-field-initializers"]


def run(*command, **options):
    return subprocess.run(command, check=True, text=True, **options)


def read(path):
    return pathlib.Path(path).read_text(encoding="utf-8")


def wait_for(condition, what, timeout_sec=CONNECT_TIMEOUT_SEC):
    """Waits until the condition returns something true; ends the benchmark if it does not."""
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


def build():
    """The server, its pppd plugin (for the pppd that is installed), the bare channel and what
    makes the traffic."""
    os.makedirs(WORK, mode=0o755, exist_ok=True)
    for output, source, *flags in (("bench-server", "server/server.c"),
                                   ("bench-server.so", "server/plugin.c", "-shared", "-fPIC"),
                                   ("bare", "bare.c"), ("blast", "blast.c"),
                                   ("datagrams", "datagrams.c")):
        run("cc", *CFLAGS, *flags, "-o", f"{WORK}/{output}", f"{HERE}/{source}")


class Server:
    """The far end, in a network namespace behind a veth pair. What prepare does, it does in each of
    the processes before it becomes the server."""

    def __init__(self, prepare=None):
        self._prepare = prepare
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

    def delay(self, milliseconds):
        """Each packet takes so long, in either direction."""
        for words in (["tc", "qdisc", "replace", "dev", "bench-up"],
                      ["ip", "netns", "exec", NAMESPACE, "tc", "qdisc", "replace", "dev",
                       "bench-srv"]):
            run(*words, "root", "netem", "delay", f"{milliseconds}ms")

    def start(self, mppe):
        options = ["auth", "require-mschap-v2", "name", "bench-server", "novj", "noipv6",
                   "nodeflate", "nobsdcomp", "mtu", str(MTU), "mru", str(MTU),
                   "logfile", f"{WORK}/server.log"]
        options += ["require-mppe-128"] if mppe else ["noccp"]
        # "ip netns exec" gives a mount namespace of its own, in which the bind mount stays.
        inside = ["ip", "netns", "exec", NAMESPACE]
        script = f'mount --bind {WORK}/ppp /etc/ppp && exec "$@"'
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._processes = [
            subprocess.Popen([*inside, "sh", "-c", script, "sh", f"{WORK}/bench-server", SERVER,
                              f"{WORK}/bench-server.so", INSIDE, FIRST_CLIENT, *options],
                             preexec_fn=self._prepare, **quiet),
            subprocess.Popen([*inside, f"{WORK}/blast", "serve"], preexec_fn=self._prepare),
            subprocess.Popen([*inside, f"{WORK}/datagrams", "serve"], preexec_fn=self._prepare),
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


def pppd_options(mppe):
    """As people use them."""
    return ["noauth", "nodefaultroute", "noipdefault", "refuse-eap", "novj", "noipv6", "nodeflate",
            "nobsdcomp", "mtu", str(MTU), "mru", str(MTU), "user", USER, "password", PASSWORD,
            "pty", f"pptp {SERVER} --nolaunchpppd", *(["require-mppe-128"] if mppe else ["noccp"])]


def pppd_processes():
    """All of pppd's and pptp's on our side of the namespaces."""
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


def enable(unit):
    """As a person does before the first start: systemd reads its units anew, keeps this one loaded,
    and takes in what generators have to add to it."""
    if not os.path.exists(f"{WANTS}/{unit}"):
        run("systemctl", "--quiet", "enable", unit)


def disable(unit):
    if os.path.exists(f"{WANTS}/{unit}"):
        run("systemctl", "--quiet", "disable", unit)


class Stock:
    """pppd with pptp-linux on a pty."""

    name = "stock"

    def install(self, mppe):
        """Its options are words of the command."""

    def start(self, mppe):
        self._process = subprocess.Popen(
            ["pppd", "nodetach", "logfile", f"{WORK}/stock.log", *pppd_options(mppe)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop(self):
        self._process.send_signal(signal.SIGTERM)
        self._process.wait()
        wait_for(lambda: not pppd_processes(), "the end of pptp")

    def processes(self):
        return pppd_processes()


class PppUnit:
    """The same as a unit of Debian 13's: systemctl start ppp@bench."""

    name = "ppp@.service"

    @staticmethod
    def is_there():
        return any(os.path.exists(f"{directory}/systemd/system/ppp@.service")
                   for directory in ("/lib", "/usr/lib"))

    def install(self, mppe):
        options = pppd_options(mppe)
        lines = [f'{word} "{value}"' if word in ("pty", "user", "password") else f"{word} {value}"
                 for word, value in _pairs(options)]
        pathlib.Path("/etc/ppp/peers/bench").write_text("\n".join(lines) + "\n", encoding="utf-8")
        enable("ppp@bench.service")

    @staticmethod
    def uninstall():
        disable("ppp@bench.service")
        pathlib.Path("/etc/ppp/peers/bench").unlink(missing_ok=True)

    def start(self, _mppe):
        self._process = subprocess.Popen(["systemctl", "start", "ppp@bench"])

    def stop(self):
        self._process.wait()
        run("systemctl", "stop", "ppp@bench")
        wait_for(lambda: not pppd_processes(), "the end of pptp")

    def processes(self):
        return pppd_processes()


def _pairs(options):
    """Options of pppd with their values; "" for those without one."""
    with_value = ("mtu", "mru", "user", "password", "pty")
    words = iter(options)
    return [(word, next(words) if word in with_value else "") for word in words]


class Ours:
    """systemctl start pptp@bench"""

    name = "ours"
    CONFIGURATION = "/etc/pptp/conf.d/bench.conf"
    PASSWORD_FILE = "/etc/pptp/bench.password"

    def install(self, mppe):
        """As README.md has it, but for the start. pptp-generator adds what there is to add for a
        tunnel without a stored credential."""
        os.makedirs("/etc/pptp/conf.d", exist_ok=True)
        with open(self.PASSWORD_FILE, "w", encoding="utf-8") as file:
            os.chmod(file.fileno(), 0o600)
            file.write(PASSWORD)
        self._configure(mppe, "172.20.0.0/16")
        enable("pptp@bench.service")

    def uninstall(self):
        """Leaves no tunnel behind that would be one of those that "pptpctl status" is asked for."""
        disable("pptp@bench.service")
        for path in (self.CONFIGURATION, self.PASSWORD_FILE):
            pathlib.Path(path).unlink(missing_ok=True)

    def start(self, _mppe):
        self._started = time.monotonic()
        self._process = subprocess.Popen(["systemctl", "start", "pptp@bench"])

    def wait_until_started(self):
        """Waits until "systemctl start" has returned; returns how many seconds that took, if it is
        called before."""
        self._process.wait()
        return time.monotonic() - self._started

    def _configure(self, mppe, route):
        pathlib.Path(self.CONFIGURATION).write_text(
            f"[Tunnel]\nServer={SERVER}\nMTUBytes={MTU}\n"
            f"[Authentication]\nUser={USER}\nPasswordFile={self.PASSWORD_FILE}\n"
            f"[Encryption]\nMPPE={'128' if mppe else 'no'}\n[Route]\nDestination={route} {INSIDE}\n",
            encoding="utf-8")

    def reload(self, mppe):
        """Another route for the one that there is."""
        self._configure(mppe, "172.21.0.0/16")
        run("systemctl", "reload", "pptp@bench")

    def stop(self):
        self._process.wait()
        run("systemctl", "stop", "pptp@bench")

    def processes(self):
        group = run("systemctl", "show", "--value", "-p", "ControlGroup", "pptp@bench",
                    capture_output=True).stdout.strip()
        return [int(pid) for pid in read(f"/sys/fs/cgroup{group}/cgroup.procs").split()]

    @staticmethod
    def forget():
        """What was learnt of the server."""
        pathlib.Path("/var/lib/pptp/bench.servers").unlink(missing_ok=True)

    def supervisor(self):
        return int(run("systemctl", "show", "--value", "-p", "MainPID", "pptp@bench",
                       capture_output=True).stdout)


class Pinger:
    """Pings until the first answer. A process for each ping would cost more than the tunnel."""

    INTERVAL_SEC = 0.005

    def __init__(self, address=INSIDE):
        self._address = address
        self._identifier = os.urandom(2)
        self._sequence = 0

    def wait(self, timeout_sec=CONNECT_TIMEOUT_SEC):
        """Returns the time of the first reply (time.monotonic())."""
        with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as sock:
            sock.settimeout(self.INTERVAL_SEC)
            end = time.monotonic() + timeout_sec
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

    def ask(self):
        """One ping, whatever becomes of it."""
        with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as sock:
            self._send(sock)

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


def prepare(client, mppe):
    """What a person does before a start, and then waits until all that is over."""
    client.install(mppe)
    time.sleep(SETTLE_SEC)


def connect(client, mppe):
    """Starts the tunnel, which was prepared; returns the seconds to the first reply."""
    pinger = Pinger()
    start = time.monotonic()
    client.start(mppe)
    return pinger.wait() - start


def timed(function, *arguments):
    start = time.monotonic()
    function(*arguments)
    return time.monotonic() - start
