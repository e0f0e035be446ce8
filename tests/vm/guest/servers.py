# SPDX-License-Identifier: GPL-2.0-or-later
"""PPTP servers in the namespace "server": pptpd with its own pppd, and the scripted peers.

Each runs as a transient unit server-N.service, N being the last part of its address, so its log is
in the journal under that name. It sees its own /etc/ppp, never the client's.
"""

import json
import pathlib
import shutil
import socket
import subprocess
import sys
import time

from . import units
from .namespaces import in_namespace

USER, PASSWORD = "vpn", "secret"
DEFAULT_ADDRESS = "192.0.2.2"
PORT = 1723

# As a careful administrator configures pptpd: MS-CHAPv2 and MPPE with 128 bits or nothing.
# require-mppe-128 is safe on this side: it is require-mppe without a width
# that pppd 2.5.2 gets wrong.
PPPD_OPTIONS = """\
name pptpd
require-mschap-v2
require-mppe-128
refuse-pap
refuse-chap
refuse-mschap
nobsdcomp
nodeflate
lock
debug
"""

RUN = pathlib.Path("/run/servers")
TESTS = pathlib.Path("/run/host/tests")


def tunnel_addresses(address):
    """The server's own address in its tunnels and the first that it gives away."""
    network = f"192.168.{90 + int(address.rpartition('.')[2]) % 100}"
    return f"{network}.1", f"{network}.10"


class Server:
    """A server that runs. It is stopped with the case that started it."""

    def __init__(self, address, command, properties=(), notify=False, unit=None,
                 namespace="server"):
        self.address = address
        self.unit = unit or unit_name(address)
        self._is_stopped = True
        self._command = ["systemd-run", "--quiet", "--collect", f"--unit={self.unit}",
                         f"--description=PPTP server on {address}",
                         f"--service-type={'notify' if notify else 'exec'}",
                         f"--property=NetworkNamespacePath=/run/netns/{namespace}",
                         *(f"--property={text}" for text in properties), *map(str, command)]
        self.start()

    def start(self):
        subprocess.run(self._command, check=True, text=True, stderr=subprocess.PIPE)
        self._is_stopped = False

    def stop(self):
        """As an administrator stops it: its pppds get SIGTERM and say goodbye."""
        if self._is_stopped:
            return
        self._is_stopped = True
        subprocess.run(["systemctl", "stop", self.unit], check=False, stderr=subprocess.DEVNULL)

    def kill(self):
        """As the power going: whatever belongs to it is gone without a word."""
        subprocess.run(["systemctl", "kill", "--signal=KILL", self.unit], check=True)
        # Before that systemd refuses another one of the name.
        while units.property_of(self.unit, "ActiveState") not in ("inactive", "failed"):
            time.sleep(0.05)

    def freeze(self):
        """It keeps its sockets and never answers again, until thaw()."""
        subprocess.run(["systemctl", "kill", "--signal=STOP", self.unit], check=True)

    def thaw(self):
        subprocess.run(["systemctl", "kill", "--signal=CONT", self.unit], check=True)


def unit_name(address):
    """server-2.service for 192.0.2.2;
    server-100-3.service for one in another network, 198.51.100.3."""
    parts = address.split(".")
    return "server-" + "-".join(parts[3:] if address.startswith("192.0.2.")
                                else parts[2:]) + ".service"


def start_pptpd(address, users=None, options="", drop=(), connections=60, namespace="server"):
    """Starts pptpd on address. users: {name: password}; options: more lines for its pppds; drop:
    the names of options of PPPD_OPTIONS to leave out; connections: how many clients at once."""
    directory = RUN / unit_name(address).removesuffix(".service")
    shutil.rmtree(directory, ignore_errors=True)
    (directory / "ppp").mkdir(parents=True)
    lines = [line for line in PPPD_OPTIONS.splitlines() if line.split()[0] not in drop]
    (directory / "ppp/options").write_text("")
    (directory / "ppp/options.pptpd").write_text("\n".join(lines) + "\n" + options)
    secrets = directory / "ppp/chap-secrets"
    secrets.write_text("".join(f'"{user}" pptpd "{password}" *\n' for user, password
                               in (users or {USER: PASSWORD}).items()))
    secrets.chmod(0o600)
    local, first_remote = tunnel_addresses(address)
    (directory / "pptpd.conf").write_text(
        f"localip {local}\nremoteip {first_remote}-100\nconnections {connections}\n")

    server = Server(address, ["/usr/sbin/pptpd", "--fg", "--conf", directory / "pptpd.conf",
                              "--option", "/etc/ppp/options.pptpd", "--listen", address,
                              "--pidfile", directory / "pid"],
                    [f"BindReadOnlyPaths={directory}/ppp:/etc/ppp"], namespace=namespace)
    _wait_for_listener(address, namespace)
    return server


class Peer(Server):
    """A scripted peer (tests/vm/peer); transcript is the file with what was said."""

    def __init__(self, address, scenario, changes, transcript, namespace="server"):
        self.transcript = transcript
        words = [f"{key}={json.dumps(value)}" for key, value in changes.items()]
        super().__init__(address, ["/usr/bin/python3", "-SE", TESTS / "peer/peer.py", "--address",
                                   address, "--transcript", transcript, scenario, *words],
                         notify=True, namespace=namespace)

    def said(self, what=None, **fields):
        """The entries of the transcript (peer/transcript.py) whose fields are these:
        said("Configure-Request", layer="LCP", dir="send")."""
        if what:
            fields["what"] = what
        # The last line may be half written yet.
        lines = self.transcript.read_text().split("\n")[:-1]
        entries = [json.loads(line) for line in lines]
        return [entry for entry in entries
                if all(entry.get(name) == value for name, value in fields.items())]


def start_default():
    """The server that is there for every case, so that most need not start one."""
    return start_pptpd(DEFAULT_ADDRESS)


def _wait_for_listener(address, namespace, seconds=10):
    deadline = time.monotonic() + seconds
    # proc(5): in the host's order of bytes; nobody is connected, and state 0A listens.
    number = int.from_bytes(socket.inet_aton(address), sys.byteorder)
    entry = f" {number:08X}:{PORT:04X} 00000000:0000 0A "
    while entry not in in_namespace(namespace,
                                    pathlib.Path("/proc/thread-self/net/tcp").read_text):
        assert time.monotonic() < deadline, f"the server on {address} does not listen"
        time.sleep(0.05)
