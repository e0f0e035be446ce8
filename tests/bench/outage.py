# SPDX-License-Identifier: GPL-2.0-or-later
"""How long a client takes to notice that nothing passes any more, and to be back once it does.
Everything on the way is lost, ARP with it, for a while. Belongs on a virtual clock
(tests/vm/host/machine.py).

Runs against pptpd in the namespace "server" of tests/vm (guest/network).
"""

import contextlib
import pathlib
import subprocess
import sys
import threading
import time

from clients import Pinger, run as run_command, wait_for

NAME = "outage"
SERVER, INSIDE = "192.0.2.2", "192.168.92.1"
USER, PASSWORD = "vpn", "secret"
UPLINKS = (("uplink0",), ("uplink1", "server"))

# Seconds that nothing passes for; data goes on meanwhile, or there was none before either.
OUTAGES = ((10, True), (60, True), (240, True), (60, False))
# Of data that asks for answers.
PING_INTERVAL_SEC = 0.1
LOOK_INTERVAL_SEC = 0.01
PATIENCE_SEC = 300
# Both clients' keep-alive: what ours has unless told otherwise.
ECHO_INTERVAL_SEC, ECHO_FAILURES = 10, 3
# A tunnel in its first minute is called again with pauses; these stand for longer.
UP_SEC = 70

IFF_UP = 1

CONFIGURATION = f"""\
[Tunnel]
Server={SERVER}
[Authentication]
User={USER}
PasswordFile=/etc/pptp/{NAME}.password
[Route]
Destination=10.0.0.0/8 {INSIDE}
"""


class Ours:
    """systemctl start pptp@outage, with its defaults"""

    name = "ours"
    link = NAME

    _password = pathlib.Path(f"/etc/pptp/{NAME}.password")
    _configuration = pathlib.Path(f"/etc/pptp/conf.d/{NAME}.conf")

    def start(self):
        self._configuration.parent.mkdir(parents=True, exist_ok=True)
        self._password.touch(0o600)
        self._password.write_text(PASSWORD)
        self._configuration.write_text(CONFIGURATION)
        run_command("systemctl", "start", f"pptp@{NAME}")

    def stop(self):
        """Leaves no tunnel behind that "pptpctl status" would miss."""
        run_command("systemctl", "stop", f"pptp@{NAME}")
        self._configuration.unlink()
        self._password.unlink()


class Stock:
    """pppd with pptp-linux on a pty, as people run them to stay up."""

    name = "stock"
    link = "stock0"

    def start(self):
        self._process = subprocess.Popen(
            ["pppd", "nodetach", "ifname", self.link, "noauth", "nobsdcomp", "nodeflate",
             "require-mppe-128", "user", USER, "password", PASSWORD,
             "persist", "maxfail", "0", "holdoff", "1",
             "lcp-echo-interval", str(ECHO_INTERVAL_SEC), "lcp-echo-failure", str(ECHO_FAILURES),
             "pty", f"pptp {SERVER} --nolaunchpppd --nohostroute"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop(self):
        self._process.terminate()
        self._process.wait()


def is_up(link):
    try:
        flags = pathlib.Path(f"/sys/class/net/{link}/flags").read_text(encoding="ascii")
    except OSError:
        return False
    return bool(int(flags, 16) & IFF_UP)


def lose(everything):
    for link, *namespace in UPLINKS:
        inside = ["ip", "netns", "exec", *namespace] if namespace else []
        run_command(*inside, "tc", "qdisc", *(["add"] if everything else ["delete"]), "dev", link,
                    "root", *(["netem", "loss", "100%"] if everything else []))


@contextlib.contextmanager
def data(is_flowing):
    """Pings through the tunnel all the time, if wanted, while in this context."""
    end = threading.Event()

    def send():
        pinger = Pinger(INSIDE)
        while is_flowing and not end.wait(PING_INTERVAL_SEC):
            pinger.ask()
    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()


def suffer(client, seconds, in_use):
    """Returns the seconds from the outage's begin until the interface was taken down, None if it
    never was, and those from its end to the next reply."""
    pinger, noticed = Pinger(INSIDE), None
    client.start()
    try:
        pinger.wait()
        with data(in_use):
            time.sleep(UP_SEC)
            lose(True)
            began = time.monotonic()
            while (left := began + seconds - time.monotonic()) > 0:
                if noticed is None and not is_up(client.link):
                    noticed = time.monotonic() - began
                time.sleep(LOOK_INTERVAL_SEC if noticed is None else left)
            lose(False)
            ended = time.monotonic()
            back = pinger.wait(PATIENCE_SEC) - ended
    finally:
        client.stop()
    wait_for(lambda: not is_up(client.link), "the end of the interface")
    return noticed, back


def run(rounds):
    """Seconds: {row: {client: [each time]}}. The clients take turns."""
    rows = {}
    for number in range(rounds):
        for seconds, in_use in OUTAGES:
            print(f"# {seconds} s, round {number + 1}", file=sys.stderr, flush=True)
            for client in (Ours(), Stock()):
                noticed, back = suffer(client, seconds, in_use)
                state = "in use" if in_use else "idle"
                if noticed is not None:
                    rows.setdefault(f"link {state}, noticed dead", {}).setdefault(
                        client.name, []).append(noticed)
                rows.setdefault(f"back after {seconds} s, link {state}", {}).setdefault(
                    client.name, []).append(back)
    return rows
