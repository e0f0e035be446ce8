# SPDX-License-Identifier: GPL-2.0-or-later
"""What a tunnel, and a case, must leave as they found it, as text, so that two moments can be
compared."""

import difflib
import hashlib
import os
import pathlib
import re
import subprocess
import time

from . import units

# In few processes: starting one is what costs here.
IP_BATCH = """printf 'route show table all\\nrule\\naddress\\nlink\\n' | ip -d -batch -"""
COMMANDS = {
    "routes, addresses and links": IP_BATCH,
    "packet filter": "nft list ruleset",
    # resolved's own notes of what it was told of links, and what it makes of them.
    "name resolution": "cat /run/systemd/resolve/netif/* /run/systemd/resolve/resolv.conf",
}

# Directories with all that is below them, and single files, by what they hold.
PATHS = ("/run/pptp", "/var/lib/pptp", "/etc/ppp", "/etc/resolv.conf", "/etc/iproute2")

# What a tunnel has nothing to do with, and a case has to put back.
CASE_COMMANDS = {
    "namespaces": "ls /run/netns",
    "network of the servers": f"{IP_BATCH} -n server; ip netns exec server nft list ruleset",
    "settings of the kernel": "cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/conf/*/rp_filter"
                              " /proc/sys/net/ipv4/ping_group_range",
}
CASE_PATHS = ("/etc/pptp", "/etc/hosts", "/etc/credstore", "/etc/credstore.encrypted",
              "/etc/systemd/system", "/run/systemd/system", "/run/modprobe.d")

SEPARATOR = "-- next --"

# Come and go by themselves.
IGNORED_PROCESSES = re.compile(
    r"^(\(udev-worker\)|\(sd-.*\)|systemd-udevd|systemd-(timedated|hostnamed|localed|userwork.*)"
    r"|agetty|systemd-journald|systemctl|systemd-executor|systemd-sysctl)$")


def take(whole=False):
    """Returns a table: the name of an aspect, and its text. whole: with what cases have to put
    back, too, to look at between two of them."""
    commands = {**COMMANDS, **(CASE_COMMANDS if whole else {})}
    script = f"; echo '{SEPARATOR}'; ".join(commands.values())
    aspects = dict(zip(commands, _output(script).split(SEPARATOR + "\n")))
    paths = PATHS + (CASE_PATHS if whole else ())
    aspects["files"] = "".join(_describe_path(pathlib.Path(path)) for path in paths)
    aspects["pid files"] = "".join(f"{path}\n"
                                   for path in sorted(pathlib.Path("/run").glob("*.pid")))
    if whole:
        aspects["failed units"] = units.n_failed() + "\n"
    aspects["processes"] = _processes()
    aspects["mounts"] = _mounts()
    return aspects


def compare(before, after):
    """Returns what differs as a unified diff, or "" if nothing does."""
    parts = []
    for name, text in before.items():
        if text != after[name]:
            parts += difflib.unified_diff(text.splitlines(), after[name].splitlines(),
                                          f"{name} before", f"{name} after", n=0, lineterm="")
    return "\n".join(parts)


def wait_until_equal(before, seconds, whole=False):
    """Gives the system so long to become as it was; returns what still differs then."""
    deadline = time.monotonic() + seconds
    while True:
        difference = compare(before, take(whole))
        if not difference or time.monotonic() > deadline:
            return difference
        time.sleep(0.2)


def _output(command):
    text = subprocess.run(command, shell=True, text=True, capture_output=True).stdout
    # Life times and expiries count down, whatever happens.
    text = re.sub(r" expires \d+sec", "", text)
    return re.sub(r"(valid|preferred)_lft \d+sec", r"\1_lft finite", text)


def _describe_path(top):
    text = ""
    for path in [top, *sorted(top.rglob("*"))]:
        try:
            status = path.stat()
            text += f"{path} {status.st_mode:o} {status.st_uid}:{status.st_gid}"
            if path.is_file():
                text += " " + hashlib.sha256(path.read_bytes()).hexdigest()[:12]
            text += "\n"
        except FileNotFoundError:
            pass
    return text


def _processes():
    """Command lines of what is no kernel thread and not started by the case itself."""
    lines = []
    for directory in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            stat = (directory / "stat").read_text()
            command = (directory / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
        except (FileNotFoundError, ProcessLookupError):
            continue
        name, rest = stat[stat.index("(") + 1:].rsplit(")", 1)
        state, parent = rest.split()[:2]
        if parent == "2" or parent == str(os.getpid()) or directory.name in ("2", str(os.getpid())):
            continue
        if not IGNORED_PROCESSES.match(name):
            lines.append(f"{command or name}{' (dead)' if state == 'Z' else ''}\n")
    return "".join(sorted(lines))


def _mounts():
    lines = pathlib.Path("/proc/self/mounts").read_text().splitlines(keepends=True)
    return "".join(sorted(line for line in lines if "binfmt_misc" not in line))
