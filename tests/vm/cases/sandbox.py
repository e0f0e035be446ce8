# SPDX-License-Identifier: GPL-2.0-or-later
"""What a supervisor or pppd that somebody has taken over cannot do, although it runs as root."""

import os
import pathlib
import signal
import socket

from guest import only

PROOF = pathlib.Path("/usr/pwned")

# A supervisor that has been taken over says to pptp-hooks that another tunnel has come up, whose
# unit is to be started, and names a unit itself. The end of the connection is waited for.
SPEAK = """
import socket
with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as hooks:
    hooks.connect("/run/pptp-hooks/socket")
    hooks.send(b"TUNNEL=other\\nSTATE=up\\nUP=proof.service\\n")
    hooks.shutdown(socket.SHUT_WR)
    while hooks.recv(1000):
        pass
raise SystemExit(1)
"""

# Shared memory, semaphores and messages of another program: it makes them, or reaches for one.
SHARE = """
import ctypes
import os
import sys

KEY, NAME, IPC_CREAT = 0x70707470, b"/proof", 0o1000
libc = ctypes.CDLL(None)
reach = {
    "shm": lambda flags: libc.shmget(KEY, 4096, flags),
    "sem": lambda flags: libc.semget(KEY, 1, flags),
    "msg": lambda flags: libc.msgget(KEY, flags),
    "mq": lambda flags: libc.mq_open(NAME, os.O_RDWR | (os.O_CREAT if flags else 0), 0o600, None),
    # Past mq_open(3), by the file.
    "mq-file": lambda flags: flags or libc.mq_send(
        os.open("/dev/mqueue/proof", os.O_RDWR), b"", 0, 0),
}
if sys.argv[1] == "make":
    results = [call(IPC_CREAT | 0o600) for call in reach.values()]
    raise SystemExit(f"{results}" if min(results) < 0 else 0)
raise SystemExit(reach[sys.argv[1]](0) < 0)
"""

# Each is a way out for whoever is root. They run in the unit, with its sandbox.
WAYS_OUT = {
    "D-Bus": f"systemd-run --no-block touch {PROOF}",
    "systemd-s-own-socket": "env -u DBUS_SYSTEM_BUS_ADDRESS systemctl start proof.service",
    "a-unit": "touch /run/systemd/system/proof2.service",
    "a-generator": "touch /run/systemd/generator/proof2.service",
    "a-rule-of-udev": "mkdir -p /run/udev/rules.d && touch /run/udev/rules.d/99-proof.rules",
    "udev-s-socket": "udevadm control --reload",
    "a-rule-of-tmpfiles": "touch /run/tmpfiles.d/proof.conf",
    "a-module": "modprobe dummy",
    "the-kernel-s-program-for-core-dumps": "sh -c 'echo >>/proc/sys/kernel/core_pattern'",
    "the-kernel-s-sysrq": "sh -c 'echo h >/proc/sysrq-trigger'",
    "the-kernel-s-log": "sh -c 'echo proof >/dev/kmsg'",
    "a-parameter-of-a-module": "sh -c 'echo Y >/sys/module/printk/parameters/time'",
    "a-control-group": "mkdir /sys/fs/cgroup/proof",
    "the-control-of-the-journal": "test -e /run/systemd/journal/io.systemd.journal",
    "the-socket-of-notifications": "chmod 0 /run/systemd/notify",
    "the-socket-of-the-journal": "chmod 0 /run/systemd/journal/socket",
    "the-name-server-for-all": "touch /run/systemd/resolve/proof",
    "the-environment-of-units": "touch /run/pptp-hooks/onenet.up",
    "a-configuration-of-tunnels": "touch /run/pptp/conf.d/other.conf",
    "another-runlevel": "test -w /run/initctl",
    "another-tunnel-s-hooks": "python3 /run/speak",
    "a-file-in-usr": f"touch {PROOF}",
    "a-file-in-etc": "touch /etc/proof",
    "a-file-in-tmp": "touch /tmp/proof",
    "a-folder-in-var-tmp": "mkdir /var/tmp/proof",
    "a-file-beside-the-bus": "touch /run/dbus/proof",
    "a-folder-of-udev": "mkdir /run/udev/proof",
    "a-program-for-poweroff": "touch /run/initramfs/shutdown",
    "shared-memory": "python3 /run/share shm",
    "a-semaphore": "python3 /run/share sem",
    "a-message-queue": "python3 /run/share msg",
    "a-message-queue-of-POSIX": "python3 /run/share mq",
    "a-message-queue-s-file": "python3 /run/share mq-file",
    "shared-memory-of-POSIX": "sh -c 'echo >>/dev/shm/proof'",
}


# What pppd must not reach, and what it must, by the kernel of Debian 13.
REACH = """#!/bin/sh
who=$1 supervisor=$2
try() {{
    name=$1; shift
    "$@" 2>/dev/null && echo $who reaches $name >>{ways}
}}
try PID-1 kill -0 1
try another-service kill -0 {pid}
try the-supervisor kill -0 $supervisor
try an-abstract-socket python3 -c \
    'import socket; socket.socket(socket.AF_UNIX).connect("\\0proof")'
echo $who is done >>{ways}
"""


# What udev tells systemd of a device: it is to start a unit with it (sd-device's monitor).
SPEAK_FOR_UDEV = """
import socket
import struct
import sys

properties = b"".join(text.encode() + b"\\0" for text in (
    "ACTION=add", "DEVPATH=/devices/virtual/net/none", "SUBSYSTEM=net", "SEQNUM=99999",
    "USEC_INITIALIZED=12345", "TAGS=:systemd:", "CURRENT_TAGS=:systemd:", "UDEV_DATABASE_VERSION=1",
    f"SYSTEMD_WANTS=proof@{sys.argv[1]}.service"))
header = struct.pack(">8sI", b"libudev", 0xfeedcafe) + struct.pack("=III", 40, 40, len(properties))
header += struct.pack(">IIII", 0, 0, 0xffffffff, 0xffffffff)
NETLINK_KOBJECT_UEVENT = 15
with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_KOBJECT_UEVENT) as udev:
    udev.sendto(header + properties, (0, 2))
"""


def run_in_front_of_pppd(vm, script):
    """Returns the path of a pppd that runs a script first, as the supervisor's own child. Nothing
    runs from /run."""
    real = pathlib.Path("/usr/pppd-as-it-is")
    vm.run("cp", "/usr/sbin/pppd", real)
    vm.at_end(real.unlink)
    return vm.write("/usr/pppd-that-looks",
                    f"#!/bin/sh\n/bin/sh {script} pppd $PPID\nexec {real} \"$@\"\n", mode=0o755)


def case_no_way_out(vm):
    "No unit can be started and no rule left for others from inside of the unit."
    vm.write("/run/systemd/system/proof.service",
             f"[Service]\nType=oneshot\nExecStart=touch {PROOF}\n")
    vm.at_end(lambda: PROOF.unlink(missing_ok=True))
    master, terminal = os.openpty()
    vm.at_end(os.close, master)
    vm.at_end(os.close, terminal)
    ways_out = {**WAYS_OUT, "a-terminal": f"sh -c 'exec 3<{os.ttyname(terminal)}'"}
    lines = [f"{command} >/dev/null 2>&1 && echo out by {name} >>/run/pptp/onenet/ways"
             for name, command in ways_out.items()]
    script = vm.write("/run/ways-out", "#!/bin/sh\n" + "\n".join(lines)
                      + "\necho all tried >>/run/pptp/onenet/ways\n", mode=0o755)
    vm.write("/run/speak", SPEAK)
    vm.write("/dev/shm/proof", "")
    vm.write("/run/share", SHARE)
    vm.run("python3", "/run/share", "make")
    vm.at_end(vm.run, "ipcrm", "-M", "0x70707470", "-S", "0x70707470", "-Q", "0x70707470")
    vm.at_end(pathlib.Path("/dev/mqueue/proof").unlink)
    pathlib.Path("/run/initramfs").mkdir(exist_ok=True)
    vm.tunnel("other", more="[Hooks]\nUp=proof.service\nDown=proof.service\n")
    vm.drop_in(f"[Service]\nExecStartPost=-/bin/sh {script}\n")
    # Outside the folder is there: who gets out can write to it.
    vm.write("/run/systemd/generator/proof.txt", "")
    tunnel = vm.tunnel("onenet")
    tunnel.start()
    ways = pathlib.Path("/run/pptp/onenet/ways").read_text()
    assert ways == "all tried\n", ways
    # It was heard, but as the tunnel that it is.
    heard = pathlib.Path("/run/pptp-hooks/onenet.up")
    vm.wait(lambda: heard.exists() and "EVENT=up\n" in heard.read_text(), 10, "it is heard")
    vm.wait(lambda: "pptp-hooks@" not in vm.run(
        "systemctl", "list-units", "--all", "--plain", "--no-legend", "pptp-hooks@*").stdout, 10,
        "what it said is dealt with")
    assert not pathlib.Path("/run/pptp-hooks/other.up").exists()
    assert not PROOF.exists()


def case_no_way_by_other_processes(vm):
    """/proc/PID/root of a process outside shows what the unit hides, to any root that has at least
    its capabilities: not to what the supervisor starts. Only a tunnel in a namespace has a /proc."""
    vm.at_end(vm.run, "systemctl", "daemon-reload")
    vm.run("systemd-run", "--quiet", "--unit=target", "--property=CapabilityBoundingSet=",
           "sleep", "infinity")
    vm.at_end(vm.run, "systemctl", "stop", "target")
    pid = vm.run("systemctl", "show", "--value", "--property=MainPID", "target").stdout.strip()
    ways = pathlib.Path("/run/pptp/onenet/ways")
    look = vm.write("/run/look", "#!/bin/sh\n"
                    "for hidden in root/run/dbus/system_bus_socket cwd/run/udev ns/mnt fd/0; do\n"
                    f"    test -e /proc/{pid}/$hidden && echo $1 reaches $hidden >>{ways}\n"
                    "done\n"
                    f"test -e /proc/self/root/run && test -d /proc/{pid} || exit\n"
                    f"echo $1 is done >>{ways}\n", mode=0o755)
    pppd = run_in_front_of_pppd(vm, look)
    vm.drop_in(f"[Service]\nBindReadOnlyPaths={pppd}:/usr/sbin/pppd\n"
               f"ExecStartPost=-/bin/sh {look} unit\n")
    tunnel = vm.tunnel("onenet", more="[Tunnel]\nNetworkNamespace=blue\n")
    vm.run("systemctl", "daemon-reload")
    tunnel.start()
    lines = ways.read_text().splitlines()
    assert [line for line in lines if line.startswith("pppd ")] == ["pppd is done"], lines
    # What the unit's sandbox alone leaves open, without which this would prove nothing.
    assert "unit reaches root/run/dbus/system_bus_socket" in lines, lines
    assert "unit is done" in lines, lines


def case_no_word_for_udev(vm):
    """Whoever has CAP_NET_ADMIN may speak for udev, and systemd then starts what a device wants:
    not from the supervisor, nor what it starts."""
    vm.write("/run/systemd/system/proof@.service",
             "[Service]\nType=oneshot\nExecStart=touch /run/proof-%i\n")
    vm.at_end(lambda: [path.unlink() for path in pathlib.Path("/run").glob("proof-*")])
    ways = pathlib.Path("/run/pptp/onenet/ways")
    speak = vm.write("/run/speak-for-udev", SPEAK_FOR_UDEV)
    script = vm.write("/run/speak-out", "#!/bin/sh\n"
                      f"python3 {speak} $1 2>/dev/null && echo $1 speaks >>{ways}\n"
                      f"chmod 1777 /run 2>/dev/null && echo $1 opens /run >>{ways}\n"
                      f"chmod 755 /run 2>/dev/null\n"
                      f"touch /dev/proof 2>/dev/null && echo $1 names a device >>{ways}\n"
                      f"rm -f /dev/proof\n"
                      f"echo $1 is done >>{ways}\n", mode=0o755)
    pppd = run_in_front_of_pppd(vm, script)
    vm.drop_in(f"[Service]\nBindReadOnlyPaths={pppd}:/usr/sbin/pppd\n"
               f"ExecStartPost=-/bin/sh {script} unit\n")
    tunnel = vm.tunnel("onenet")
    tunnel.start()
    # What the unit's sandbox alone leaves open, without which this would prove nothing.
    vm.wait(pathlib.Path("/run/proof-unit").exists, 10, "systemd believes it")
    lines = ways.read_text().splitlines()
    assert lines == ["pppd is done", "unit speaks", "unit opens /run", "unit names a device",
                     "unit is done"], lines
    assert not pathlib.Path("/run/proof-pppd").exists()


@only("trixie")
def case_no_signals_to_others(vm):
    """Neither signals nor abstract sockets lead out of the supervisor's domain, and the tunnel's
    own processes signal each other as before. Kernels before 6.12 cannot keep them inside."""
    vm.run("systemd-run", "--quiet", "--unit=target", "sleep", "infinity")
    vm.at_end(vm.run, "systemctl", "stop", "target")
    pid = vm.run("systemctl", "show", "--value", "--property=MainPID", "target").stdout.strip()
    ways = pathlib.Path("/run/pptp/onenet/ways")
    reach = vm.write("/run/reach", REACH.format(pid=pid, ways=ways), mode=0o755)
    pppd = run_in_front_of_pppd(vm, reach)
    vm.drop_in(f"[Service]\nBindReadOnlyPaths={pppd}:/usr/sbin/pppd\n"
               f"ExecStartPost=-/bin/sh {reach} unit $MAINPID\n")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("\0proof")
        listener.listen()
        tunnel = vm.tunnel("onenet")
        tunnel.start()
    lines = ways.read_text().splitlines()
    assert [line for line in lines if line.startswith("pppd ")] == [
        "pppd reaches the-supervisor", "pppd is done"], lines
    # What the unit's sandbox alone leaves open, without which this would prove nothing.
    assert [line for line in lines if line.startswith("unit ")] == [
        "unit reaches PID-1", "unit reaches another-service", "unit reaches the-supervisor",
        "unit reaches an-abstract-socket", "unit is done"], lines
    # The supervisor ends pppd by a signal.
    began = len(tunnel.messages())
    tunnel.stop()
    assert tunnel.show("Result") == "success", tunnel.messages()[began:]


def case_systemd_and_journald_start_anew(vm):
    "The unit sees their sockets alone, and they hear of it after a daemon-reexec and a restart too."
    tunnel = vm.tunnel("onenet", more="[Reconnect]\nDelaySec=3s\n")
    tunnel.start()
    pid = tunnel.show("MainPID")
    vm.run("systemctl daemon-reexec")
    vm.run("systemctl restart systemd-journald")
    n_before = len(tunnel.messages())
    os.kill(int(pathlib.Path("/run/onenet.pid").read_text()), signal.SIGKILL)
    tunnel.wait_for_status("next in")
    vm.wait(lambda: len(tunnel.messages()) > n_before, 5, "the journal has more of it")
    tunnel.wait_for_status("Up:")
    assert tunnel.show("MainPID") == pid
    tunnel.stop()
