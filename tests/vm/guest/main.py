# SPDX-License-Identifier: GPL-2.0-or-later
"""Does in the guest what the host's request.json asks for, and reports it as events, one JSON
object a line in events.jsonl:

    booted   ready for cases, or for a command
    start    name, patience: the case begins and may take so many seconds
    over     name: of the case; what it changed is put back next
    result   name, ok, seconds, text: how it ended; text says why it failed
    skip     name, text
    output   text: of a command
    done     status: the last one
"""

import glob
import itertools
import json
import os
import pathlib
import subprocess
import sys

HOST = pathlib.Path("/run/host")
RESULTS = HOST / "results"

# None that is larger belongs to what runs here; nor does what is in folders of these names, but for
# the drivers of networks.
LIBRARY_MAX_BYTES = 8 << 20
UNUSED = {"gcc", "gconv", "perl", "perl-base", "dist-packages", "drivers"}
TOPS = ("/usr/bin", "/usr/sbin", "/usr/lib", "/usr/lib/modules/*/kernel/drivers/net")


class Events:
    """Reports to the host: each call is an event."""

    def __init__(self, path):
        self._file = open(path, "a", encoding="utf-8")

    def __call__(self, event, **fields):
        self._file.write(json.dumps({"event": event, **fields}) + "\n")
        self._file.flush()


def read_ahead():
    """Has the programs of the machine read into its memory. Who waits for the disk is idle, and
    then a virtual clock jumps to the next timer: the first start of a program would take seconds.
    """
    for top in itertools.chain.from_iterable(map(glob.glob, TOPS)):
        for directory, directories, files in os.walk(top):
            directories[:] = [name for name in directories if name not in UNUSED]
            for name in files:
                try:
                    fd = os.open(f"{directory}/{name}", os.O_RDONLY | os.O_NOFOLLOW)
                except OSError:     # a link
                    continue
                if os.fstat(fd).st_size < LIBRARY_MAX_BYTES:
                    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_WILLNEED)
                os.close(fd)


def run_command(command, events):
    """Runs a shell command with tests/vm as its working directory, and passes on what it prints."""
    with subprocess.Popen(["sh", "-c", command], cwd=HOST / "tests", stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        while chunk := process.stdout.read1(65536):
            events("output", text=chunk.decode(errors="replace"))
    return process.returncode


def start_shell(request):
    """On the console, in tests/vm, now that there is something to look at.
    The machine ends with it."""
    size = f"rows {request['rows']} columns {request['columns']}"
    subprocess.run(["systemd-run", "--quiet", "--unit=shell", "--service-type=exec",
                    f"--working-directory={HOST / 'tests'}", "--setenv=HOME=/root",
                    f"--setenv=TERM={request['term']}", "--setenv=PYTHONDONTWRITEBYTECODE=1",
                    "--property=TTYPath=/dev/ttyS0", "--property=StandardInput=tty-force",
                    "--property=StandardOutput=tty", "--property=StandardError=tty",
                    "sh", "-c", f"stty {size}; bash -l; systemctl poweroff --force --force"],
                   check=True)


def main():
    events = Events(RESULTS / "events.jsonl")
    request = json.loads((RESULTS / "request.json").read_text())
    sys.path[:0] = [str(HOST / "tests"), str(HOST / "tests/cases")]

    read_ahead()
    from guest import runner, servers
    servers.start_default()
    events("booted")
    status = 0
    if request["mode"] == "command":
        status = run_command(request["command"], events)
    elif request["mode"] == "cases":
        runner.run_cases(request["cases"], RESULTS, events)
    if request["mode"] == "shell":
        start_shell(request)
    else:
        events("done", status=status)


if __name__ == "__main__":
    main()
