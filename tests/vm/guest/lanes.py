# SPDX-License-Identifier: GPL-2.0-or-later
"""A lane: a small internet of its own, so that many faults can be waited out at the same time and
none disturbs another. Each of the three is a network namespace:

    client-N                    router-N                  server-N
    uplink0 198.18.N.1  ------  near0 198.18.N.254
    uplink1 198.19.N.1  ------  near1 198.19.N.254
                                far   100.64.N.254  ----  eth0 100.64.N.2  the server of our client
                                                                      .3  of stock pppd
                                                                      .4  another for ours
                                                                      .53 a name server

The clients run beside each other in client-N, and meet the same faults, but each has a server of
its own: pptp-linux's processes for one server's address would share a control connection.
"""

import contextlib
import ctypes
import json
import os
import pathlib
import select
import socket
import struct
import subprocess
import threading
import time

from . import servers
from .namespaces import in_namespace
from .tunnel import Tunnel

NAMES = ("client", "router", "server")


class Traffic:
    """Pings through all tunnels of all lanes from one thread, and knows when each was answered."""

    def __init__(self):
        self._watches = []
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def add(self, namespace, address):
        """Returns a watch for last_reply() and the others."""
        sock = in_namespace(namespace, lambda: socket.socket(
            socket.AF_INET, socket.SOCK_RAW | socket.SOCK_NONBLOCK, socket.IPPROTO_ICMP))
        watch = Watch(sock, address)
        self._watches.append(watch)
        return watch

    def stop(self):
        self._end.set()
        self._thread.join()
        for watch in self._watches:
            watch.close()

    def _run(self):
        while not self._end.is_set():
            watches = list(self._watches)
            for watch in watches:
                watch.send()
            deadline = time.monotonic() + Watch.INTERVAL_SECONDS
            while (left := deadline - time.monotonic()) > 0:
                for ready in select.select(watches, [], [], left)[0]:
                    ready.receive()


class Watch:
    """Pings through one tunnel."""

    INTERVAL_SECONDS = 0.2

    def __init__(self, sock, address):
        self._sock = sock
        self._address = address
        self._identifier = os.urandom(2)
        self.sent = 0
        self.replies = []           # times, time.monotonic()
        self._sent_before = 0       # until the first reply

    def fileno(self):
        return self._sock.fileno()

    def close(self):
        self._sock.close()

    def send(self):
        """The next ping."""
        body = self._identifier + struct.pack("!H", self.sent & 0xFFFF)
        total = 0x0800 + sum(struct.unpack("!HH", body))
        total = (total & 0xFFFF) + (total >> 16)
        self.sent += 1
        # Without a route, or with the uplink down.
        with contextlib.suppress(OSError):
            self._sock.sendto(struct.pack("!BBH", 8, 0, ~total & 0xFFFF) + body, (self._address, 0))

    def receive(self):
        """Notes a reply, if what has come is one."""
        with contextlib.suppress(OSError):
            packet, (address, _) = self._sock.recvfrom(1500)
            if address == self._address and packet[20] == 0 and packet[24:26] == self._identifier:
                if not self.replies:
                    self._sent_before = self.sent - 1
                self.replies.append(time.monotonic())

    def share(self):
        """How much of what was sent since the first reply was answered."""
        return min(len(self.replies) / max(self.sent - self._sent_before, 1), 1)

    def first_reply(self, after, seconds):
        """Waits for a reply after that time; returns when it came, or None."""
        deadline = time.monotonic() + seconds
        while True:
            if self.replies and self.replies[-1] > after:
                return next(reply for reply in self.replies if reply > after)
            if time.monotonic() > deadline:
                return None
            time.sleep(0.05)


class Strays:
    """Packets for the networks behind the server that come to a lane's router, and so outside of
    the tunnel. The kernel keeps them until they are counted."""

    # A classic filter for linux/filter.h: IPv4 packets to 10.0.0.0/8 or 192.168.0.0/16.
    FILTER = [(0x20, 0, 0, 16), (0x54, 0, 0, 0xFF000000), (0x15, 3, 0, 0x0A000000),
              (0x20, 0, 0, 16), (0x54, 0, 0, 0xFFFF0000), (0x15, 0, 1, 0xC0A80000),
              (0x06, 0, 0, 0xFFFF), (0x06, 0, 0, 0)]
    ETH_P_IP, SO_ATTACH_FILTER, SO_TIMESTAMPNS = 0x0800, 26, 35     # linux/if_ether.h, asm/socket.h

    def __init__(self, router):
        self._times = []
        # All that comes in; nobody sends anything yet.
        self._sock = in_namespace(router, lambda: socket.socket(
            socket.AF_PACKET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK,
            socket.htons(self.ETH_P_IP)))
        code = ctypes.create_string_buffer(
            b"".join(struct.pack("HBBI", *line) for line in self.FILTER))
        self._sock.setsockopt(socket.SOL_SOCKET, self.SO_ATTACH_FILTER,
                              struct.pack("HL", len(self.FILTER), ctypes.addressof(code)))
        self._sock.setsockopt(socket.SOL_SOCKET, self.SO_TIMESTAMPNS, 1)
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)

    def close(self):
        self._sock.close()

    def count(self, since, until=float("inf")):
        """How many left the client between these times, time.time()."""
        with contextlib.suppress(BlockingIOError):
            while True:
                _, ancillary, _, (interface, *_) = self._sock.recvmsg(64, 64)
                seconds, nanoseconds = struct.unpack("ll", ancillary[0][2])
                if interface.startswith("near"):
                    self._times.append(seconds + nanoseconds / 1e9)
        return sum(since < time < until for time in self._times)


class JournalReader:
    """Follows the journal with one process for all lanes."""

    FIELDS = "MESSAGE,MESSAGE_ID,PPTP_REASON,PRIORITY,UNIT,_SYSTEMD_UNIT,_SOURCE_REALTIME_TIMESTAMP"
    STOPPED = "9d1aaa27d60140bd96365438aad20286"    # SD_MESSAGE_UNIT_STOPPED_STR of sd-messages.h

    def __init__(self):
        self._entries = {}
        self._process = subprocess.Popen(
            ["journalctl", "-f", "-n", "0", "-o", "json", f"--output-fields={self.FIELDS}"],
            text=True, errors="replace", stdout=subprocess.PIPE)
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        for line in self._process.stdout:
            entry = json.loads(line)
            entry["time"] = int(entry["__MONOTONIC_TIMESTAMP"]) / 1e6
            self._entries.setdefault(entry.get("_SYSTEMD_UNIT"), []).append(entry)

    def stop(self):
        self._process.terminate()
        self._process.wait()

    def entries(self, unit, after=0):
        return [entry for entry in self._entries.get(unit, []) if entry["time"] > after]

    def wait(self, unit, matches, after, seconds):
        """The first entry of unit that matches, after that time (time.monotonic()), or None."""
        deadline = time.monotonic() + seconds
        while True:
            found = [entry for entry in self.entries(unit, after) if matches(entry)]
            if found or time.monotonic() > deadline:
                return found[0] if found else None
            time.sleep(0.1)

    def wait_until_stopped(self, unit, after, seconds):
        """Returns when systemd said so of the unit, as time.time(); None: it has not said it after
        that time."""
        entry = self.wait("init.scope", lambda entry: (entry.get("MESSAGE_ID") == self.STOPPED
                                                       and entry.get("UNIT") == unit),
                          after, seconds)
        return entry and int(entry["_SOURCE_REALTIME_TIMESTAMP"]) / 1e6


class Ours:
    """pptp@laneN.service in the lane's client, to the server .2."""

    name = "pptp-supervisor"
    host = 2
    BEGIN = ("Connecting to ",)
    END = ("Lost ", "No tunnel to ")

    def __init__(self, vm, lane, journal, server=None, routes_on_down="unreachable"):
        self._vm, self._journal = vm, journal
        name = f"lane{lane.number}"
        # The unit that cleans up removes unreachable routes, and has to see them.
        for unit in ("pptp", "pptp-clean-up"):
            vm.write(f"/run/systemd/system/{unit}@{name}.service.d/lane.conf",
                     f"[Service]\nNetworkNamespacePath=/run/netns/{lane.client}\n"
                     f"BindReadOnlyPaths={lane.directory}/resolv.conf:/etc/resolv.conf\n")
        self.tunnel = Tunnel(
            vm, name, server=server or lane.address(self.host),
            routes=["10.0.0.0/8", "192.168.0.0/16"],
            more="\n[Tunnel]\nKeepAliveIntervalSec=5s\nKeepAliveProbes=3\n"
                 f"[Network]\nRoutesOnDown={routes_on_down}\n")
        self.unit = self.tunnel.unit

    def start(self):
        self.tunnel.start_in_background()

    def wait_for_process(self):
        """Returns when our process was there, which a busy systemd takes its time for."""
        return self._vm.wait(lambda: int(self.tunnel.show("ExecMainStartTimestampMonotonic")) / 1e6,
                             60, f"a process of {self.unit}")

    def wait_until_up(self, seconds):
        """Until it says so itself, which is a moment after the first reply."""
        return self._journal.wait(
            self.unit, lambda entry: entry["MESSAGE"].startswith("Tunnel is up"), 0, seconds)

    def began(self):
        """When it first tried to connect, or had failed to, as time.time()."""
        entry = self._journal.wait(
            self.unit, lambda entry: entry["MESSAGE"].startswith(self.BEGIN + self.END), 0, 10)
        return entry and int(entry["__REALTIME_TIMESTAMP"]) / 1e6

    def noticed(self, after, seconds):
        """The first entry of the journal that says why there is no tunnel, or None. Remarks on a
        tunnel that is up have a reason, too."""
        return self._journal.wait(
            self.unit, lambda entry: ("PPTP_REASON" in entry
                                      and entry["MESSAGE"].startswith(self.END)),
            after, seconds)


class Stock:
    """pppd and pptp-linux as people run them to stay up, to the server .3."""

    name = "stock pppd"
    host = 3
    END = ("No response to", "Modem hangup", "LCP terminated", "Connect script failed",
           "LCP: timeout", "Connection terminated")

    def __init__(self, vm, lane, journal, server=None):
        self._vm, self._lane, self._journal = vm, lane, journal
        self._server = server or lane.address(self.host)
        self.unit = f"stock-{lane.number}.service"
        vm.write(f"{lane.directory}/ppp/chap-secrets", "vpn * secret *\n", mode=0o600)
        vm.write(f"{lane.directory}/ppp/options", "")
        vm.at_end(vm.run, f"systemctl stop {self.unit} 2>&1 || true")

    def start(self):
        self._vm.run(
            "systemd-run", "--quiet", "--collect", f"--unit={self.unit}",
            "--property=TimeoutStopSec=5s", "--property=KillMode=mixed",
            f"--property=NetworkNamespacePath=/run/netns/{self._lane.client}",
            f"--property=BindReadOnlyPaths={self._lane.directory}/ppp:/etc/ppp",
            f"--property=BindReadOnlyPaths={self._lane.directory}/resolv.conf:/etc/resolv.conf",
            "/usr/sbin/pppd", "nodetach",
            "pty", f"pptp {self._server} --nolaunchpppd --nohostroute",
            "user", "vpn", "remotename", "pptpd", "ifname", "stock0", "noauth", "nobsdcomp",
            "nodeflate", "require-mppe-128", "persist", "maxfail", "0", "holdoff", "1",
            "lcp-echo-interval", "5", "lcp-echo-failure", "3")

    def wait_until_up(self, seconds):
        """The first reply says it already."""
        return True

    def noticed(self, after, seconds):
        return self._journal.wait(
            self.unit, lambda entry: any(text in entry["MESSAGE"] for text in self.END),
            after, seconds)


class Lane:
    """The three namespaces of a number, and the servers in the last."""

    def __init__(self, vm, number):
        self._vm = vm
        self.number = number
        self.client, self.router, self.server = (f"{name}-{number}" for name in NAMES)
        self.directory = pathlib.Path(f"/run/lanes/{number}")
        self.running = {}           # servers by the last number of their address
        vm.write(self.directory / "resolv.conf", f"nameserver {self.address(53)}\n")
        self._build()
        self.strays = Strays(self.router)
        vm.at_end(self.strays.close)

    def _build(self):
        n = self.number
        self._vm.at_end(self._destroy)
        self._batch(None, *(f"netns add {name}"
                            for name in (self.client, self.router, self.server)))
        self._batch(self.router, *(f"link add {near} type veth peer name {link} netns {end}"
                                   for near, link, end in (("near0", "uplink0", self.client),
                                                           ("near1", "uplink1", self.client),
                                                           ("far", "eth0", self.server))))
        for name, links in ((self.client, {"lo": (), "uplink0": [f"198.18.{n}.1/24"],
                                           "uplink1": [f"198.19.{n}.1/24"]}),
                            (self.router, {"lo": (), "near0": [f"198.18.{n}.254/24"],
                                           "near1": [f"198.19.{n}.254/24"],
                                           "far": [f"100.64.{n}.254/24"]}),
                            (self.server, {"lo": (), "eth0": [self.address(host) + "/24"
                                                              for host in (2, 3, 4, 53)]})):
            self._batch(name, *(f"address add {address} dev {link}"
                                for link, addresses in links.items() for address in addresses),
                        *(f"link set {link} up" for link in links))
        self._vm.run("ip", "netns", "exec", self.router,
                     "sysctl", "-q", "-w", "net.ipv4.ip_forward=1")
        self._batch(self.client, f"route add default via 198.18.{n}.254")
        self._batch(self.server, f"route add default via 100.64.{n}.254")

    def _destroy(self):
        for name in (self.client, self.router, self.server):
            self._vm.run("ip", "netns", "delete", name, check=False)

    def _batch(self, namespace, *lines):
        words = ["-n", namespace] if namespace else []
        subprocess.run(["ip", *words, "-batch", "-"], input="\n".join(lines) + "\n", text=True,
                       check=True)

    def address(self, host):
        return f"100.64.{self.number}.{host}"

    def in_client(self, *lines):
        """Runs lines of ip(8) in the client."""
        self._batch(self.client, *lines)

    def in_router(self, *lines):
        self._batch(self.router, *lines)

    # ---- servers ----

    def start_pptpd(self, host, **options):
        """On the lane's address that ends in host; options: servers.start_pptpd()."""
        address = self.address(host)
        self.running[host] = servers.start_pptpd(address, namespace=self.server, drop=("debug",),
                                                 **options)
        self._vm.at_end(self.running[host].stop)

    def start_peer(self, host, scenario, **changes):
        """The same with a scripted peer."""
        address = self.address(host)
        path = self._vm.scratch / f"peer-{address}.txt"
        self.running[host] = servers.Peer(address, scenario, changes, path, namespace=self.server)
        self._vm.at_end(self.running[host].stop)

    def inside(self, host):
        """What is to be pinged through the tunnel."""
        if isinstance(self.running.get(host), servers.Peer):
            return "192.168.93.1"
        return servers.tunnel_addresses(self.address(host))[0]

    def start_names(self, answer):
        """A name server on .53, which answers so at first; see answer_names()."""
        self.running[53] = servers.Server(
            self.address(53), ["/usr/bin/python3", "-B", servers.TESTS / "guest/names.py",
                               self.address(53), self.directory / "answer"], namespace=self.server)
        self.answer_names(answer)
        self._vm.at_end(self.running[53].stop)

    def answer_names(self, answer):
        """Every name has this address from now on; or "fail", or "silence"."""
        self._vm.write(self.directory / "answer", answer)

    # ---- the path ----

    def filter(self, *rules):
        """Rules of nftables for what the router forwards, instead of those before. Returns when
        they came into force."""
        text = "table ip path\ndelete table ip path\n"
        if rules:
            text += ("table ip path { chain forward { type filter hook forward priority 0;\n"
                     + "\n".join(rules) + "\n}; }\n")
        self._vm.run(f"ip netns exec {self.router} nft -f - <<'RULES'\n{text}RULES")
        return time.monotonic()

    def netem(self, text):
        """Applies to both directions: tc-netem(8)."""
        for link in ("near0", "far"):
            self._vm.run("ip", "netns", "exec", self.router,
                         "tc", "qdisc", "add", "dev", link, "root", "netem", *text.split())

    def leftovers(self):
        """What a stopped tunnel of ours has left in the client, as text."""
        links = self._vm.run("ip", "-n", self.client, "-o", "link").stdout.splitlines()
        left = [line for line in links if f": lane{self.number}" in line]
        return "\n".join(left) + self._vm.run(
            "ip", "-n", self.client, "route", "show", "table", "all", "proto", "pptp").stdout
