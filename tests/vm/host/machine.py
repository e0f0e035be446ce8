# SPDX-License-Identifier: GPL-2.0-or-later
"""One boot of a virtual machine with qemu.

The disk is a snapshot, so the cached image never changes. Three folders are shared with the guest
over 9p: "tests" (tests/vm of the sources, read-only), "tree" (the installed project, read-only) and
"results", where the guest finds its orders (request.json), the failure catalogue and the Debian
package's maintainer scripts, and leaves what it has to say (events.jsonl, see guest/runner.py) and
what it wants kept.
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
PROGRAM_TEXTS = TESTS.parent / "program-texts"
MAINTAINER_SCRIPTS = TESTS.parents[1] / "debian"

# How time passes in the guest.
CLOCKS = {
    # One processor, of which an instruction takes 1 ns. When it is idle its clock jumps to the next
    # timer: waits cost nothing, and no time that the guest measures depends on what the host does.
    "virtual": ["-accel", "tcg,thread=single", "-icount", "shift=0,sleep=off", "-smp", "1",
                "-rtc", "clock=vm"],
    # As it does on the wall, with two processors: for throughput, and for somebody who looks on.
    "real": ["-accel", "tcg,thread=multi", "-smp", "2"],
}

# Without what only costs when it is emulated: a fifth level of page tables; "rep stosb", with which
# the kernel would clear each page byte by byte; other translations of addresses while it copies
# from and to programs; registers to keep for each process; what it would load modules for.
CHEAP_PROCESSOR = "max," + ",".join(f"{feature}=off" for feature in (
    "la57", "erms", "smap", "smep", "umip", "pku", "avx", "avx2", "xsave", "svm", "aes",
    "pclmulqdq"))

# Without random addresses what is in each process is translated but once. The rest is defence in
# depth of the kernel's own, which nothing here is about, but for Landlock, which supervisors use.
CHEAP_KERNEL = ["mitigations=off", "nokaslr", "norandmaps", "init_on_alloc=0",
                "hardened_usercopy=off", "randomize_kstack_offset=off", "lsm=landlock",
                "audit=0", "cgroup.memory=nokmem,nosocket"]

# Enough for the cases, of which the costliest have some twenty tunnels at once.
MEMORY_MIB = 1024

# To the first case Debian's kernel and systemd need some 40 s of a processor under emulation.
BOOT_SECONDS = 180

# A machine on a virtual clock is given up when its time has passed on the processor, since it is
# not to blame for a busy host, or so many times on the wall, in case that it spends nothing.
WALL_PER_PROCESSOR = 10
# What an emulated second that the guest is busy may take of a processor.
PROCESSOR_PER_VIRTUAL = 3


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

    def __init__(self, image, tree, results, request, clock="virtual", interactive=False,
                 memory_mib=MEMORY_MIB):
        self.results = pathlib.Path(results)
        self._events = self.results / "events.jsonl"
        self._events.write_text("")
        (self.results / "request.json").write_text(json.dumps(request))
        shutil.copy(CATALOGUE, self.results)
        shutil.copytree(PROGRAM_TEXTS, self.results / PROGRAM_TEXTS.name, dirs_exist_ok=True)
        for script in MAINTAINER_SCRIPTS.glob("pptp-supervisor.p*"):
            shutil.copy(script, self.results)
        self._console = self.results / "console.log"
        self._interactive = interactive
        self._command = self._qemu(pathlib.Path(image), tree, clock, request["mode"], memory_mib)
        self._is_virtual = clock == "virtual"
        self._process = None
        # What qemu has spent when the last event came.
        self.processor_seconds = 0.0

    def _qemu(self, image, tree, clock, mode, memory_mib):
        shares = []
        for tag, path, options in (("tests", TESTS, ",readonly=on"), ("tree", tree, ",readonly=on"),
                                   ("results", self.results, "")):
            shares += ["-virtfs", f"local,path={path},mount_tag={tag},security_model=none,"
                       f"multidevs=remap{options}"]
        # On a busy host the emulated timer is late, which the kernel takes for a broken IO-APIC and
        # panics: it shall not check. A panic for another reason ends the run at once.
        cmdline = ["root=/dev/vda", "rw", "console=ttyS0", "net.ifnames=0", "quiet",
                   "systemd.show_status=no", "no_timer_check", "panic=-1", *CHEAP_KERNEL]
        if clock == "virtual":
            # While it waits for the host (a disk, a shared folder) it is idle as well: with a tick
            # at least every 4 ms its clock cannot run away for as long as there are no timers.
            cmdline.append("nohz=off")
        serial = ["-serial", "mon:stdio" if mode == "shell" else f"file:{self._console}"]
        return ["qemu-system-x86_64", "-machine", "q35", *CLOCKS[clock],
                "-cpu", CHEAP_PROCESSOR, "-m", str(memory_mib), "-display", "none", "-no-reboot",
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
        self._power_off()
        self._running.discard(self._process)
        shutil.rmtree(self._scratch, ignore_errors=True)

    def wait(self):
        """Waits for the machine to power off."""
        self._process.wait()

    def events(self, patience):
        """Yields what the guest says until it is done. Raises TimeoutError if it is silent for
        longer than it should be: BOOT_SECONDS at first, then patience seconds of the guest's, or
        what the last event asked for."""
        has_expired = self._deadline(BOOT_SECONDS)
        with open(self._events, encoding="utf-8", errors="replace") as file:
            pending = ""
            while True:
                alive = self._process.poll() is None
                pending += file.read()
                *lines, pending = pending.split("\n")
                if lines:
                    self._spend()
                for line in lines:
                    event = json.loads(line)
                    seconds = event.get("patience", patience)
                    has_expired = self._deadline(
                        seconds * (PROCESSOR_PER_VIRTUAL if self._is_virtual else 1))
                    yield event
                    if event["event"] == "done":
                        self._power_off()
                        return
                if not lines:
                    if not alive:
                        raise RuntimeError("the machine powered off before it was done")
                    if has_expired():
                        raise TimeoutError("the machine has not been heard of for too long")
                    time.sleep(0.05)

    def _deadline(self, seconds):
        """Returns a function that says whether so many seconds have passed since."""
        started, spent = time.monotonic(), self._spend()

        def has_expired():
            wall = time.monotonic() - started
            if not self._is_virtual:
                return wall > seconds
            return wall > seconds * WALL_PER_PROCESSOR \
                or self._spend() - spent > seconds
        return has_expired

    def _power_off(self):
        """Everything of worth is in the results by now: no need to wait for systemd's shutdown."""
        self._spend()
        self._process.kill()
        self._process.wait()

    def _spend(self):
        """Returns what qemu has spent of a processor so far, in seconds: of one that has ended,
        what was known last."""
        try:
            stat = pathlib.Path(f"/proc/{self._process.pid}/stat").read_text()
        except FileNotFoundError:
            return self.processor_seconds
        # proc(5): fields 14 and 15, counted behind the name in parentheses, which is the second.
        user, system = map(int, stat.rpartition(")")[2].split()[11:13])
        self.processor_seconds = (user + system) / os.sysconf("SC_CLK_TCK")
        return self.processor_seconds
