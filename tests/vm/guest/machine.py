# SPDX-License-Identifier: GPL-2.0-or-later
"""What a case works with: its parameter vm. All that is started or written here is put back when
the case ends, in reverse order."""

import json
import pathlib
import shlex
import subprocess
import time

from . import journal, servers, state
from .capture import Capture
from .tunnel import Tunnel

# Looks cost an emulated processor more than waits do: rarely at what takes long.
POLL_MIN_SECONDS, POLL_MAX_SECONDS, POLL_SHARE = 0.2, 1, 0.1


def pause(started):
    """Sleeps between two looks at something that is waited for since started (time.monotonic())."""
    waited = time.monotonic() - started
    time.sleep(min(max(waited * POLL_SHARE, POLL_MIN_SECONDS), POLL_MAX_SECONDS))


class Machine:
    """What a case gets as vm."""

    def __init__(self, name, scratch, log):
        self.name = name
        self.scratch = pathlib.Path(scratch)
        self._log = log
        self._undo = []
        self._position, self.cursor = journal.of_this_boot().mark()

    def clean_up(self):
        """Called by the runner. All is tried, whatever fails; the first failure is raised."""
        failure = None
        while self._undo:
            try:
                self._undo.pop()()
            except Exception as error:  # pylint: disable=broad-except
                failure = failure or error
        # Kept until the next start for who asks why a tunnel failed, and what was learnt of servers
        # for ever: neither is left behind.
        for kept in (*pathlib.Path("/run/pptp").glob("*.last"),
                     *pathlib.Path("/run/pptp").glob("*.recording"),
                     *pathlib.Path("/var/lib/pptp").glob("*.servers")):
            kept.unlink()
        # What pptp-generator made of the units of tunnels that are gone by now.
        if any(pathlib.Path("/run/systemd/generator").glob("pptp@*")):
            subprocess.run(["systemctl", "daemon-reload"], check=True)
        if failure:
            raise failure

    def at_end(self, function, *arguments):
        """Calls function(*arguments) when the case is over, the last one first."""
        self._undo.append(lambda: function(*arguments))

    # ---- commands and files ----

    def run(self, *command, check=True, timeout=30, **options):
        """Runs a command, given as words or as one string for the shell, and returns its
        CompletedProcess with text in stdout and stderr. Fails the case if it fails, unless
        check=False."""
        words = ["sh", "-c", command[0]] if len(command) == 1 else [str(word) for word in command]
        started = time.monotonic()
        result = subprocess.run(words, text=True, errors="replace", stdin=subprocess.DEVNULL,
                                capture_output=True, timeout=timeout, **options)
        result.seconds = time.monotonic() - started
        text = shlex.join(words) if len(command) > 1 else command[0]
        self._log.write(f"$ {text}\n{result.stdout}{result.stderr}"
                        f"# status {result.returncode}, {result.seconds:.2f} s\n")
        assert not check or result.returncode == 0, \
            f"{text}: status {result.returncode}\n{result.stdout}{result.stderr}"
        return result

    def run_in_server(self, *command, **options):
        """The same in the server's network namespace."""
        words = ["sh", "-c", command[0]] if len(command) == 1 else command
        return self.run("ip", "netns", "exec", "server", *words, **options)

    def write(self, path, text, mode=0o644):
        """Writes a file, with the directories that it needs, until the end of the case."""
        path = pathlib.Path(path)
        missing = [parent for parent in path.parents if not parent.exists()]
        path.parent.mkdir(parents=True, exist_ok=True)
        for parent in reversed(missing):
            self.at_end(parent.rmdir)
        if path.exists():
            old, old_mode = path.read_bytes(), path.stat().st_mode & 0o7777
            self.at_end(lambda: (path.write_bytes(old), path.chmod(old_mode)))
        else:
            self.at_end(lambda: path.unlink(missing_ok=True))
        path.touch(mode)
        path.chmod(mode)
        path.write_text(text)
        self._log.write(f"# {path} ({mode:o}):\n{text.rstrip()}\n")
        return path

    # ---- waiting and comparing ----

    def wait(self, condition, seconds=10, what="the condition"):
        """Calls condition until it returns something true, and returns that."""
        started = time.monotonic()
        while True:
            value = condition()
            if value:
                return value
            assert time.monotonic() < started + seconds, f"{what}: not within {seconds} s"
            pause(started)

    def state(self):
        """The routes, links, files, processes and so on, to compare with what is later."""
        return state.take()

    def assert_state(self, before, seconds=2):
        """The system is as it was at before, at the latest in so many seconds."""
        difference = state.wait_until_equal(before, seconds)
        assert not difference, "something is left behind:\n" + difference

    # ---- the network ----

    def ip(self, *words):
        """The parsed output of "ip -j WORDS"; [] if there is nothing, or no such thing."""
        text = self.run("ip", "-j", "-d", *words, check=False).stdout
        return json.loads(text) if text.strip() else []

    def routes(self, *words):
        """Our own routes as "ip route show proto pptp WORDS" prints them, one a line."""
        text = self.run("ip", "route", "show", "proto", "pptp", *words).stdout
        return [line.strip() for line in text.splitlines()]

    def ping(self, address, count=3, check=True):
        """True if all of the pings are answered."""
        result = self.run("ping", "-n", "-q", "-i", "0.2", "-w", "5", "-c", str(count), address,
                          check=False)
        assert result.returncode == 0 or not check, f"no answer from {address}\n{result.stdout}"
        return result.returncode == 0

    def capture(self, expression="", interface="uplink0"):
        """Starts a capture of what goes over an interface; see capture.py."""
        number = len(list(self.scratch.glob("*.pcap")))
        capture = Capture(self.scratch / f"{interface}-{number}.pcap", interface, expression)
        self.at_end(capture.stop)
        return capture

    # ---- servers and tunnels ----

    def pptpd(self, address="192.0.2.3", **options):
        """Starts another pptpd; for options see servers.start_pptpd()."""
        server = servers.start_pptpd(address, **options)
        self.at_end(server.stop)
        return server

    def peer(self, scenario="good", address="192.0.2.9", **changes):
        """Starts a scripted peer; see tests/vm/peer/scenario.py for the scenarios and settings."""
        server = servers.Peer(address, scenario, changes, self.scratch / f"peer-{address}.txt")
        self.at_end(server.stop)
        return server

    def tunnel(self, name="onenet", **options):
        """Writes the configuration of a tunnel; see tunnel.py. Stopped at the end of the case."""
        return Tunnel(self, name, **options)

    def drop_in(self, text, unit="pptp@.service"):
        """Adds text to a unit, of all tunnels unless another is named, until the case ends."""
        self.at_end(self.run, "systemctl", "daemon-reload")
        self.write(f"/run/systemd/system/{unit}.d/test.conf", text)
        self.run("systemctl", "daemon-reload")

    # ---- the journal ----

    def journal(self, unit=None, **fields):
        """Entries since the case began, as tables of fields, that match: the unit, and each field
        given, PPTP_STATE="up"."""
        return [entry for entry in journal.of_this_boot().entries(self._position, unit)
                if all(entry.get(name) == value for name, value in fields.items())]

    def messages(self, unit=None, **fields):
        """The texts of those entries."""
        return [str(entry.get("MESSAGE")) for entry in self.journal(unit, **fields)]

    def wait_for_message(self, unit, text, seconds=20, **fields):
        """Waits for an entry whose message contains text in any case, and returns the entry."""
        started = time.monotonic()
        while True:
            entries = self.journal(unit, **fields)
            for entry in entries:
                if text.lower() in str(entry.get("MESSAGE")).lower():
                    return entry
            assert time.monotonic() < started + seconds, \
                f"{unit} does not say {text!r} within {seconds} s, but:\n" \
                + "\n".join(str(entry.get("MESSAGE")) for entry in entries)
            pause(started)
