# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs cases one after the other in this boot, each from a state that is known to be clean."""

import contextlib
import importlib
import io
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import traceback

from . import Skip, journal, machine, state

CASE_SECONDS = 60

# For putting back what a case changed, and again for looking whether all is as before.
CLEAN_SECONDS = 60

# How long a stopped tunnel's last traces may take to go: the server's end of it, mostly.
SETTLE_SECONDS = 5

JOURNAL_LINES = 60


class CaseTimeout(Exception):
    """A case took longer than it may."""


def find_case(name):
    """Returns the function of case "file/some-name": case_some_name in cases/file.py."""
    file, _, function = name.partition("/")
    return getattr(importlib.import_module(file), "case_" + function.replace("-", "_"))


def run_cases(names, results, events):
    """Runs these cases until all are done or one has left something behind, for which the next one
    is not to answer: the host boots another machine for the rest."""
    before = state.take(whole=True)
    for name in names:
        function = find_case(name)
        seconds = getattr(function, "timeout", CASE_SECONDS)
        events("start", name=name, patience=seconds + 2 * CLEAN_SECONDS)
        if not run_case(name, function, seconds, before, results, events):
            return


def run_case(name, function, seconds, before, results, events):
    """Runs one case and reports it. Returns whether all is as it was before."""
    started = time.monotonic()
    output = io.StringIO()
    failures, leavings = [], []
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="case-", dir="/run"))
    vm = machine.Machine(name, scratch, output)
    try:
        with contextlib.redirect_stdout(output):
            _guarded(failures, seconds, function, vm)
            events("over", name=name)
            _guarded(leavings, CLEAN_SECONDS, vm.clean_up)
            _guarded(leavings, CLEAN_SECONDS, lambda: _check_clean(before))
            failures += leavings
    except Skip as skip:
        events("over", name=name)
        _guarded(leavings, CLEAN_SECONDS, vm.clean_up)
        events("skip", name=name, text=str(skip))
        return not leavings

    took = time.monotonic() - started
    text = ""
    if failures:
        text = _keep_evidence(name, vm, failures, output.getvalue(), results)
    shutil.rmtree(scratch, ignore_errors=True)
    events("result", name=name, ok=not failures, seconds=took, text=text)
    return not leavings


def _guarded(failures, seconds, function, *arguments):
    """Calls function; an exception or the end of its time becomes a text in failures."""
    def expire(*_):
        raise CaseTimeout(f"not done after {seconds} s")

    signal.signal(signal.SIGALRM, expire)
    signal.alarm(seconds)
    try:
        function(*arguments)
    except Skip:
        raise
    except Exception as error:  # pylint: disable=broad-except
        failures.append(_describe(error))
    finally:
        signal.alarm(0)


def _describe(error):
    """The exception with the lines of the case that led to it, without those of this library."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__)
              if not frame.filename.endswith("guest/runner.py")]
    places = [f"{pathlib.Path(frame.filename).name}:{frame.lineno}: {frame.line}"
              for frame in frames]
    kind = "" if isinstance(error, (AssertionError, CaseTimeout)) else f"{type(error).__name__}: "
    return "\n".join([f"{kind}{error}"] + ["  at " + place for place in places])


def _check_clean(before):
    difference = state.wait_until_equal(before, SETTLE_SECONDS, whole=True)
    assert not difference, "something is left behind:\n" + difference


def _keep_evidence(name, vm, failures, output, results):
    """Writes all that may explain the failure to the results, and returns the gist of it."""
    directory = results / name.replace("/", ".")
    directory.mkdir(parents=True, exist_ok=True)
    text = subprocess.run(
        ["journalctl", "-o", "short-precise", "--no-pager", f"--after-cursor={vm.cursor}"],
        text=True, errors="replace", capture_output=True).stdout
    (directory / "journal.txt").write_text(text)
    (directory / "output.txt").write_text(output)
    for file in (*vm.scratch.glob("*.pcap"), *vm.scratch.glob("peer-*.txt")):
        shutil.copy(file, directory)

    lines = [line for line in text.splitlines()
             if not any(f" {name}" in line
                        for name in ("kernel: ", "dbus-daemon[", journal.OWN_IDENTIFIER))]
    text = "\n".join(failures)
    text += f"\nthe last of the journal, of {len(lines)} lines:\n"
    text += "\n".join(lines[-JOURNAL_LINES:])
    (directory / "failure.txt").write_text(text + "\n")
    return text
