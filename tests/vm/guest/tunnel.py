# SPDX-License-Identifier: GPL-2.0-or-later
"""A tunnel pptp@NAME.service: its configuration, and what systemd knows of it."""

import pathlib

from . import servers, units

DIRECTORY = "/etc/pptp/conf.d"


class Tunnel:
    """Writes NAME.conf and a password file. With password=None there is no password file, with
    text=... the configuration is that text. more is appended, at the end of the last section:
    [Route]."""

    def __init__(self, vm, name, *, server=servers.DEFAULT_ADDRESS, user=servers.USER,
                 password=servers.PASSWORD, routes=("10.0.0.0/8",), more="", text=None):
        self._vm = vm
        self.name = name
        self.unit = f"pptp@{name}.service"
        if text is None:
            lines = ["[Tunnel]", f"Server={server}", "", "[Authentication]", f"User={user}"]
            if password is not None:
                path = f"/etc/pptp/{name}.password"
                vm.write(path, password + "\n", mode=0o600)
                lines.append(f"PasswordFile={path}")
            for route in routes:
                lines += ["", "[Route]", f"Destination={route}"]
            text = "\n".join(lines) + "\n" + more
        vm.write(f"{DIRECTORY}/{name}.conf", text)
        vm.at_end(self._forget)

    def start(self, check=True, timeout=45):
        """systemctl start: returns when it is up or has failed."""
        return self._vm.run("systemctl", "start", self.unit, check=check, timeout=timeout)

    def start_in_background(self):
        """The same without waiting; see wait_for_status()."""
        self._vm.run("systemctl", "start", "--no-block", self.unit)

    def stop(self, timeout=30):
        return self._vm.run("systemctl", "stop", self.unit, timeout=timeout)

    def kill(self, signal="KILL", whom="main"):
        self._vm.run("systemctl", "kill", f"--signal={signal}", f"--kill-whom={whom}", self.unit)

    def show(self, name):
        """A property of the unit, as text."""
        return units.property_of(self.unit, name)

    def processes(self, name):
        """The pids in the unit's control group that run the program."""
        pids = []
        try:
            group = pathlib.Path("/sys/fs/cgroup" + self.show("ControlGroup"), "cgroup.procs")
            for pid in group.read_text().split():
                if pathlib.Path(f"/proc/{pid}/comm").read_text().strip() == name:
                    pids.append(int(pid))
        except OSError:
            pass
        return pids

    @property
    def state(self):
        """active, activating, deactivating, inactive or failed"""
        return self.show("ActiveState")

    @property
    def status(self):
        """What the supervisor said last with STATUS=."""
        return self.show("StatusText")

    @property
    def exit_status(self):
        return int(self.show("ExecMainStatus"))

    def wait_for_status(self, text, seconds=20):
        """Waits until STATUS= contains text, and returns it whole."""
        last = ""

        def contains():
            nonlocal last
            last = self.status
            return last if text in last else ""
        try:
            return self._vm.wait(contains, seconds)
        except AssertionError:
            raise AssertionError(f"STATUS= has no {text!r} within {seconds} s: {last!r}") from None

    def wait_for_state(self, state, seconds=20):
        self._vm.wait(lambda: self.state == state, seconds, f"{self.unit} is {state}")

    def journal(self, **fields):
        return self._vm.journal(self.unit, **fields)

    def messages(self, **fields):
        return self._vm.messages(self.unit, **fields)

    def wait_for_message(self, text, seconds=20, **fields):
        return self._vm.wait_for_message(self.unit, text, seconds, **fields)

    def wait_for_reason(self, reason, seconds=40):
        """Waits for an entry of the journal with PPTP_REASON=reason, a row of the catalogue of
        failures such as "NET-03", and returns it."""
        def entry():
            return next((entry for entry in self.journal()
                         if entry.get("PPTP_REASON") == reason), None)
        try:
            return self._vm.wait(entry, seconds)
        except AssertionError:
            told = [(entry.get("PPTP_REASON"), entry.get("MESSAGE")) for entry in self.journal()]
            raise AssertionError(f"no {reason} within {seconds} s: {told}") from None

    def start_and_fail(self, reason, *words, status=None, seconds=40):
        """Starts it, and it fails for this reason, with these words in the journal and in STATUS=,
        and with a remedy. With status, of sysexits.h, the unit has failed with it; else it is tried
        again. Returns the journal's entry."""
        self.start_in_background()
        entry = self.wait_for_reason(reason, seconds)
        if status is None:
            told = self.wait_for_status("next in")
            assert self.state == "activating", self.state
        else:
            self.wait_for_state("failed")
            told = self.status
            assert self.exit_status == status, (self.exit_status, told)
        permanent = entry["PPTP_CLASS"] == "permanent"
        assert permanent == (status is not None), entry
        for word in words:
            assert word in entry["MESSAGE"] and word in told, (word, entry["MESSAGE"], told)
        assert any(text.startswith("Remedy: ") for text in self.messages(PPTP_REASON=reason)), \
            self.messages()
        return entry

    @property
    def memory(self):
        """The file in which the supervisor keeps what it learnt about servers."""
        return pathlib.Path(f"/var/lib/pptp/{self.name}.servers")

    def _forget(self):
        "A stop is what must leave nothing behind; that it failed is not for the next case."
        if self.state not in ("inactive", "failed"):
            self._vm.run("systemctl", "stop", self.unit, timeout=60)
        if self.state == "failed":
            self._vm.run("systemctl", "reset-failed", self.unit, check=False)
