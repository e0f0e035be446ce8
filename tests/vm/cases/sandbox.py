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
    lines = [f"{command} >/dev/null 2>&1 && echo out by {name} >>/run/pptp/onenet/ways"
             for name, command in WAYS_OUT.items()]
    script = vm.write("/run/ways-out", "#!/bin/sh\n" + "\n".join(lines)
                      + "\necho all tried >>/run/pptp/onenet/ways\n", mode=0o755)
    vm.write("/run/speak", SPEAK)
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
