#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Measures "pptpctl explain" on long logs of five kinds, beside grep in the same run.

    explain.py PPTPCTL [--megabytes N]

Needs no virtual machine. grep counts the lines that hold any of the catalogue's texts, which is the
least that explain has to find out. The last column is what explain takes of grep's processor time.
"""

import argparse
import configparser
import itertools
import os
import pathlib
import subprocess
import tempfile
import time

CATALOGUE = pathlib.Path(__file__).resolve().parents[2] / "daemon/core/diagnosis/catalogue.ini"

SYSLOG = [
    "host systemd[1]: Started Session {n} of User root.",
    "host kernel: [{n}.123456] usb 1-1: new high-speed USB device number 5 using xhci_hcd",
    "host sshd[{n}]: Accepted publickey for root from 192.0.2.7 port 50022 ssh2: RSA SHA256:abcd",
    "host CRON[{n}]: pam_unix(cron:session): session opened for user root by (uid=0)",
    "host NetworkManager[700]: <info>  [{n}.9195] dhcp4 (eth0): state changed bound -> bound",
]

DEBUG = [f"host pppd[{{attempt}}]: {line}" for line in (
    "pppd 2.4.9 started by root, uid 0",
    "Using interface ppp0",
    "Connect: ppp0 <--> /dev/pts/0",
    "sent [LCP ConfReq id=0x1 <asyncmap 0x0> <magic 0x68699bb0> <pcomp> <accomp>]",
    "rcvd [LCP ConfReq id=0x0 <mru 1400> <auth chap MS-v2> <magic 0xf7e591a>]",
    "sent [LCP ConfAck id=0x0 <mru 1400> <auth chap MS-v2> <magic 0xf7e591a>]",
    "rcvd [LCP ConfAck id=0x1 <asyncmap 0x0> <magic 0x68699bb0> <pcomp> <accomp>]",
    'rcvd [CHAP Challenge id=0x0 <752efeec9ce211983acacf9d3d9044b2>, name = "vpn"]',
    'sent [CHAP Response id=0x0 <752efeec9ce211983acacf9d3d9044b200>, name = "user"]',
    'rcvd [CHAP Failure id=0x0 "E=691 R=0 C=00 V=3"]',
    "MS-CHAP authentication failed: E=691 Authentication failure",
    "CHAP authentication failed",
    'sent [LCP TermReq id=0x2 "Failed to authenticate ourselves to peer"]',
    "rcvd [LCP TermAck id=0x2]",
    "Connection terminated.",
)]

OWN = [f"host pptp-supervisor[470]: {line}" for line in (
    "Connecting to 192.0.2.2, TCP port 1723",
    "Acceptable encryption: MPPE=128 Stateful=no TolerateMPPC=yes",
    "rcvd [PPTP Start-Control-Connection-Reply result 1]",
    "sent [LCP ConfReq id=0x1 <magic 0x68699bb0>]",
    "rcvd [LCP ConfReq id=0x0 <auth chap MS-v2> <magic 0xf7e591a>]",
    "sent [LCP ConfAck id=0x0 <auth chap MS-v2> <magic 0xf7e591a>]",
    "No tunnel to 192.0.2.2: The server does not accept the user name or the password (E=691)",
)]


# Whatever the length of a log.
MEMORY_MAX_MB = 50


def dated(lines):
    """The lines over and over, each with a time and numbers of its own."""
    for n, line in zip(itertools.count(), itertools.cycle(lines)):
        yield (f"Nov 26 10:{n // 60 % 60:02}:{n % 60:02} "
               + line.format(n=1000 + n % 30000, attempt=1000 + n // len(lines) % 30000) + "\n")


def one_line():
    """All of a log in one line, as a web page may leave it."""
    for n in itertools.count():
        direction, name = ("rcvd", "Rep") if n % 2 else ("sent", "Req")
        yield f" {direction} [LCP Echo{name} id=0x{n // 2 % 256:x} magic=0x68699bb0]"


def newest_first():
    """The last of pppd's lines on top, as the web pages of routers have them."""
    for second, line in zip(itertools.count(2000000, -1), itertools.cycle(reversed(DEBUG))):
        yield (f"Nov {1 + second // 86400:2} {second // 3600 % 24:02}:{second // 60 % 60:02}:"
               f"{second % 60:02} "
               + line.format(attempt=1000 + second // len(DEBUG) % 30000) + "\n")


KINDS = {
    "ordinary syslog": lambda: dated(SYSLOG),
    "pppd's debug output": lambda: dated(DEBUG),
    "one line": one_line,
    "our own journal": lambda: dated(OWN),
    "newest lines first": newest_first,
}


def write_log(path, texts, n_bytes):
    written = 0
    with open(path, "w", encoding="ascii") as file:
        while written < n_bytes:
            written += file.write("".join(itertools.islice(texts, 1000)))


def log_texts():
    catalogue = configparser.ConfigParser(interpolation=None, delimiters=("=",),
                                          comment_prefixes=("#",), default_section="")
    catalogue.optionxform = str
    catalogue.read(CATALOGUE, encoding="utf-8")
    return [text for row in catalogue.sections()
            for text in catalogue[row].get("LogText", "").splitlines()]


def peak_mb(pid):
    """The most memory that a process has had, or 0 if it is gone."""
    try:
        for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0


def measure(*command):
    """Seconds of processor and megabytes of memory that a command takes."""
    # To a file: to /dev/null grep would stop at the first match.
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, stdout=output, env={**os.environ, "LC_ALL": "C"})
        memory, pid = 0, 0
        while pid == 0:
            time.sleep(0.01)
            memory = max(memory, peak_mb(process.pid))
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode in (0, 1), f"{command[0]} ended with {process.returncode}"
    return usage.ru_utime + usage.ru_stime, memory


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pptpctl")
    parser.add_argument("--megabytes", type=int, default=50)
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as directory:
        texts, log = pathlib.Path(directory, "texts"), pathlib.Path(directory, "log")
        texts.write_text("\n".join(log_texts()) + "\n", encoding="utf-8")
        print(f"{options.megabytes} MB of{'':<14} {'explain':>10} {'memory':>10} {'grep':>10} ratio")
        for kind, make in KINDS.items():
            write_log(log, make(), options.megabytes * 1000000)
            explain, memory = measure(options.pptpctl, "explain", log)
            grep, _ = measure("grep", "-c", "-F", "-f", texts, log)
            print(f"{kind:<20} {explain:>8.2f} s {memory:>7.1f} MB {grep:>8.2f} s "
                  f"{explain / grep:>5.1f}")
            assert memory <= MEMORY_MAX_MB, f"more than {MEMORY_MAX_MB} MB of memory"


main()
