# SPDX-License-Identifier: GPL-2.0-or-later
"""Packets seen on an interface while a case runs, for the case to look at in tcpdump's words."""

import os
import signal
import subprocess
import time

PCAP_HEADER_BYTES = 24


class Capture:
    """Captures until stop(). The file is kept with the results if the case fails."""

    def __init__(self, path, interface, expression):
        self.path = path
        words = ["tcpdump", "-i", interface, "-w", str(path), "-U", "--immediate-mode",
                 "-Z", "root"]
        self._process = subprocess.Popen(words + ([expression] if expression else []),
                                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                         stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 10
        # The socket is open once the file has its header.
        while not path.exists() or os.path.getsize(path) < PCAP_HEADER_BYTES:
            assert self._process.poll() is None, self._process.stderr.read()
            assert time.monotonic() < deadline, "tcpdump does not start"
            time.sleep(0.02)

    def stop(self):
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait()

    def lines(self, expression="", *options):
        """What was seen so far, a packet a line, as tcpdump -nn -t prints it."""
        text = subprocess.run(["tcpdump", "-nn", "-t", "-r", str(self.path), *options]
                              + ([expression] if expression else []),
                              check=False, text=True, capture_output=True).stdout
        return text.splitlines()

    def wait_for(self, text, seconds=5, expression=""):
        """Waits for a packet with text in its line, and returns the line."""
        deadline = time.monotonic() + seconds
        while True:
            lines = self.lines(expression)
            found = [line for line in lines if text in line]
            if found:
                return found[0]
            assert time.monotonic() < deadline, \
                f"no packet with {text!r} within {seconds} s, but:\n" + "\n".join(lines)
            time.sleep(0.1)
