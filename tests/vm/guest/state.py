# SPDX-License-Identifier: GPL-2.0-or-later
"""What a tunnel, and a case, must leave as they found it, as text, so that two moments can be
compared."""

import contextlib
import difflib
import glob
import hashlib
import os
import pathlib
import re
import stat
import subprocess
import time

from . import units
from .namespaces import in_namespace

# Starting a process is what costs here: one for all of this.
IP_LINES = "route show table all\nrule\naddress\nlink\n"

# resolved's own notes of what it was told of links, and what it makes of them.
NAME_RESOLUTION = ("/run/systemd/resolve/netif/*", "/run/systemd/resolve/resolv.conf")

# Directories with all that is below them, and single files, by what they hold.
PATHS = ("/run/pptp", "/etc/ppp", "/etc/resolv.conf", "/etc/iproute2")

# What a tunnel has nothing to do with, or is to keep (what it learnt of servers), and a case has to
# put back.
SETTINGS = ("/proc/sys/net/ipv4/ip_forward", "/proc/sys/net/ipv4/conf/*/rp_filter",
            "/proc/sys/net/ipv4/ping_group_range")
CASE_PATHS = ("/etc/pptp", "/var/lib/pptp", "/etc/hosts", "/etc/credstore",
              "/etc/credstore.encrypted", "/etc/systemd/system", "/run/systemd/system",
              "/run/modprobe.d")

# Come and go by themselves.
IGNORED_PROCESSES = re.compile(
    r"^(\(udev-worker\)|\(sd-.*\)|systemd-udevd|systemd-(timedated|hostnamed|localed|userwork.*)"
    r"|\(?agetty\)?|systemd-journald|systemctl|systemd-executor|systemd-sysctl)$")

# The console is ready at some moment after the start of the machine.
IGNORED_MOUNTS = re.compile(r"binfmt_misc|/run/credentials/getty@")


def take(whole=False):
    """Returns a table: the name of an aspect, and its text. whole: with what cases have to put
    back, too, to look at between two of them."""
    aspects = {"routes, addresses and links": _network(), "packet filter": _packet_filter(),
               "name resolution": _contents(NAME_RESOLUTION)}
    if whole:
        aspects["network of the servers"] = _network("-n", "server") \
            + in_namespace("server", _packet_filter)
        aspects["namespaces"] = "".join(f"{name}\n" for name in sorted(os.listdir("/run/netns")))
        aspects["settings of the kernel"] = _contents(SETTINGS)
    paths = PATHS + (CASE_PATHS if whole else ())
    aspects["files"] = "".join(_describe_path(path) for path in paths)
    aspects["pid files"] = "".join(f"{path}\n" for path in sorted(glob.glob("/run/*.pid")))
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
    # As a rule they are what is waited for, and to look at all would cost fifty times as much.
    while _processes() != before["processes"] and time.monotonic() < deadline:
        time.sleep(0.2)
    while True:
        difference = compare(before, take(whole))
        if not difference or time.monotonic() > deadline:
            return difference
        time.sleep(0.2)


def _network(*options):
    text = subprocess.run(["ip", *options, "-d", "-batch", "-"], input=IP_LINES, text=True,
                          check=False, capture_output=True).stdout
    # The kernel adds it with the first VRF of a boot, never again, and cannot unload what did.
    text = re.sub(r".*l3mdev-table.*\n", "", text)
    # Life times and expiries count down, whatever happens.
    text = re.sub(r" expires \d+sec", "", text)
    # The kernel's order of routes means nothing, and can change.
    routes, rest = re.fullmatch(r"((?:[a-z][^\n]*\n)*)(.*)", text, re.DOTALL).groups()
    text = "".join(sorted(routes.splitlines(keepends=True))) + rest
    return re.sub(r"(valid|preferred)_lft \d+sec", r"\1_lft finite", text)


def _packet_filter():
    return subprocess.run(["nft", "list", "ruleset"], text=True, check=False,
                          capture_output=True).stdout


def _contents(patterns):
    """What is in the files whose names match."""
    text = ""
    for pattern in patterns:
        for path in sorted(glob.glob(pattern)):
            with contextlib.suppress(FileNotFoundError), open(path, encoding="utf-8") as file:
                text += file.read()
    return text


def _describe_path(top):
    paths = [top]
    for directory, directories, files in os.walk(top):
        paths += [f"{directory}/{name}" for name in directories + files]
    text = ""
    for path in sorted(paths):
        try:
            status = os.stat(path)
            text += f"{path} {status.st_mode:o} {status.st_uid}:{status.st_gid}"
            if stat.S_ISREG(status.st_mode):
                with open(path, "rb") as file:
                    text += " " + hashlib.sha256(file.read()).hexdigest()[:12]
            text += "\n"
        except FileNotFoundError:
            pass
    return text


def _processes():
    """Command lines of what is no kernel thread and not started by the case itself. systemd has
    another after a daemon-reexec."""
    own = str(os.getpid())
    lines = []
    for pid in filter(str.isdecimal, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
                text = file.read()
            name, rest = text[text.index("(") + 1:].rsplit(")", 1)
            state, parent = rest.split(maxsplit=2)[:2]
            if parent in ("2", own) or pid in ("1", "2", own) or IGNORED_PROCESSES.match(name):
                continue
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                command = file.read().replace(b"\0", b" ").decode().strip()
        except (FileNotFoundError, ProcessLookupError):
            continue
        lines.append(f"{command or name}{' (dead)' if state == 'Z' else ''}\n")
    return "".join(sorted(lines))


def _mounts():
    lines = pathlib.Path("/proc/self/mounts").read_text().splitlines(keepends=True)
    return "".join(sorted(line for line in lines if not IGNORED_MOUNTS.search(line)))
