# SPDX-License-Identifier: GPL-2.0-or-later
"""One boot of a virtual machine with qemu.

The disk is a snapshot, so the cached image never changes. Three folders are shared with the guest
over 9p: "tests" (tests/vm of the sources, read-only), "tree" (the installed project, read-only) and
"results", where the guest finds its orders (request.json) and the failure catalogue, and leaves
what it has to say (events.jsonl, see guest/runner.py) and what it wants kept.
"""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

TESTS = pathlib.Path(__file__).resolve().parents[1]
CATALOGUE = TESTS.parents[1] / "daemon/core/diagnosis/catalogue.ini"

# Debian's kernel and systemd need 12 s to the first case under software emulation; with both cores
# taken by something else a minute has been seen.
BOOT_SECONDS = 180


class Machine:
    """Boots image (a directory of image.py) with tree laid over it; use it as a context."""

    _running = set()
    _ending = False

    @classmethod
    def end_all(cls):
        """Powers every machine off, whichever thread waits for it, and lets no other boot."""
        cls._ending = True
        for process in list(cls._running):
            process.kill()

    def __init__(self, image, tree, results, request, interactive=False):
        self.results = pathlib.Path(results)
        self._events = self.results / "events.jsonl"
        self._events.write_text("")
        (self.results / "request.json").write_text(json.dumps(request))
        shutil.copy(CATALOGUE, self.results)
        self._console = self.results / "console.log"
        self._interactive = interactive
        self._command = self._qemu(pathlib.Path(image), tree, request["mode"])
        self._process = None

    def _qemu(self, image, tree, mode):
        shares = []
        for tag, path, options in (("tests", TESTS, ",readonly=on"), ("tree", tree, ",readonly=on"),
                                   ("results", self.results, "")):
            shares += ["-virtfs", f"local,path={path},mount_tag={tag},security_model=none,"
                       f"multidevs=remap{options}"]
        # On a busy host the emulated timer is late, which the kernel takes for a broken IO-APIC and
        # panics: it shall not check. A panic for another reason ends the run at once.
        cmdline = ["root=/dev/vda", "rw", "console=ttyS0", "net.ifnames=0", "quiet",
                   "systemd.show_status=no", "mitigations=off", "no_timer_check", "panic=-1",
                   "systemd.mask=serial-getty@ttyS0.service"]
        serial = ["-serial", "mon:stdio" if mode == "shell" else f"file:{self._console}"]
        return ["qemu-system-x86_64", "-machine", "q35", "-accel", "tcg,thread=multi",
                "-cpu", "max", "-smp", "2", "-m", "1024", "-display", "none", "-no-reboot",
                "-nodefaults", "-nic", "none", "-device", "virtio-rng-pci", *serial,
                "-drive", f"file={image}/disk.img,format=raw,if=virtio,snapshot=on,cache=unsafe",
                "-kernel", f"{image}/vmlinuz", "-initrd", f"{image}/initrd.img",
                "-append", " ".join(cmdline), *shares]

    def __enter__(self):
        if self._ending:
            raise SystemExit("told to end")
        # qemu keeps the snapshot in TMPDIR; give it one that goes away whatever happens.
        self._scratch = tempfile.mkdtemp(prefix="pptp-vm-")
        stdin = None if self._interactive else subprocess.DEVNULL
        with open(self.results / "qemu.log", "w") as log:
            self._process = subprocess.Popen(
                self._command, stdin=stdin, stderr=None if self._interactive else log,
                stdout=None if self._interactive else log,
                env={**os.environ, "TMPDIR": self._scratch})
        self._running.add(self._process)
        return self

    def __exit__(self, *_):
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._running.discard(self._process)
        shutil.rmtree(self._scratch, ignore_errors=True)

    def wait(self):
        """Waits for the machine to power off."""
        self._process.wait()

    def events(self, patience):
        """Yields what the guest says until it is done. Raises TimeoutError if it is silent for
        longer than it should be: BOOT_SECONDS at first, then patience seconds, or what the last
        event asked for."""
        deadline = time.monotonic() + BOOT_SECONDS
        with open(self._events, encoding="utf-8", errors="replace") as file:
            pending = ""
            while True:
                alive = self._process.poll() is None
                pending += file.read()
                *lines, pending = pending.split("\n")
                for line in lines:
                    event = json.loads(line)
                    deadline = time.monotonic() + event.get("patience", patience)
                    yield event
                    if event["event"] == "done":
                        self._power_off()
                        return
                if not lines:
                    if not alive:
                        raise RuntimeError("the machine powered off before it was done")
                    if time.monotonic() > deadline:
                        raise TimeoutError("the machine has not been heard of for too long")
                    time.sleep(0.05)

    def _power_off(self):
        """Everything of worth is in the results by now: no need to wait for systemd's shutdown."""
        self._process.kill()
        self._process.wait()
