# SPDX-License-Identifier: GPL-2.0-or-later
"""Something is missing on this host. Where trying again would not help, the tunnel stops at once,
says in plain words what it is and what mends it, and leaves nothing behind."""

import pathlib

from guest import one_release, only

# Each pppd, kernel and systemd has its own words for what it lacks.
EACH_RELEASE = True

EX_OSERR = 71

# What the scripted peer serves with, pppd and kernel modules, it brings along itself.
PEER = "192.0.2.9"


def fails_for_good(vm, reason, *words):
    """The unit fails soon with this reason, and says these words and a remedy. Then, what was
    missing being there again at the end of the case, nothing is left."""
    peer = vm.peer("good", address=PEER)
    vm.tunnel("onenet", server=PEER).start_and_fail(reason, *words, status=EX_OSERR)
    assert not vm.ip("link", "show", "onenet")
    return peer


def hide(vm, path):
    """Moves a file out of the way until the end of the case."""
    path = pathlib.Path(path)
    hidden = path.with_name(path.name + ".hidden")
    vm.at_end(hidden.rename, path)
    path.rename(hidden)
    return hidden


def plugin_path():
    return next(pathlib.Path("/usr/lib/pppd").glob("*/pptp-supervisor.so"))


def forbid_module(vm, name):
    """Unloads a module that will not come back before the end of the case."""
    vm.at_end(vm.run, "modprobe", name)
    vm.write(f"/run/modprobe.d/{name}.conf", f"install {name} /bin/false\n")
    vm.run("modprobe", "--remove", "--ignore-install", name)


@one_release
def case_no_pppd(vm):
    "SYS-01: and the server is not even asked."
    hide(vm, "/usr/sbin/pppd")
    peer = fails_for_good(vm, "SYS-01", "not installed", "/usr/sbin/pppd")
    assert not peer.said("Start-Control-Connection-Request"), peer.said()


def case_no_plugin(vm):
    "SYS-10: pppd was updated, and looks for the plugin in a folder of the new version's."
    hide(vm, plugin_path())
    fails_for_good(vm, "SYS-10", "cannot load the plugin")


def case_plugin_for_another_pppd(vm):
    "SYS-10: pppd refuses a plugin that is not of its version, and both versions are named."
    path = plugin_path()
    version = path.parent.name
    hidden = hide(vm, path)
    # Where else would a plugin for another version come from?
    other = hidden.read_bytes().replace(version.encode() + b"\0", b"2.3.1\0")
    vm.at_end(path.unlink)
    path.write_bytes(other)
    fails_for_good(vm, "SYS-10", "2.3.1", version)


@only("trixie")
def case_no_legacy_provider(vm):
    "OpenSSL 3 without MD4 and RC4: pppd 2.5 ends at once, and says so in words alone."
    hide(vm, next(pathlib.Path("/usr/lib").glob("*/ossl-modules/legacy.so")))
    fails_for_good(vm, "PPPD-05", "legacy provider")


@one_release
def case_no_device(vm):
    "SYS-02: /dev/ppp is missing, as in a container."
    hide(vm, "/dev/ppp")
    peer = fails_for_good(vm, "SYS-02", "no support for PPP", "/dev/ppp")
    assert not peer.said("Start-Control-Connection-Request"), peer.said()


def case_no_mppe(vm):
    "SYS-04: the kernel has no ppp_mppe."
    forbid_module(vm, "ppp_mppe")
    fails_for_good(vm, "SYS-04", "cannot encrypt", "ppp_mppe")


@one_release
def case_no_pptp_driver(vm):
    "SYS-05: the kernel has no pptp."
    forbid_module(vm, "pptp")
    fails_for_good(vm, "SYS-05", "no PPTP driver")


def case_no_privilege(vm):
    "SYS-06: a drop-in took away what the raw socket needs."
    vm.drop_in("[Service]\nCapabilityBoundingSet=\nCapabilityBoundingSet=CAP_NET_ADMIN\n")
    fails_for_good(vm, "SYS-06", "lack of privilege")


def case_no_access_to_the_device(vm):
    "SYS-06: a drop-in took away /dev/ppp."
    vm.drop_in("[Service]\nDeviceAllow=\nDeviceAllow=/dev/null rw\n")
    fails_for_good(vm, "SYS-06", "lack of privilege", "/dev/ppp")


@one_release
def case_no_space(vm):
    "Not one file can be written where a tunnel keeps its state: it works all the same."
    # An inode for the folder itself, and one for the tunnel's.
    vm.run("mount -t tmpfs -o size=4k,nr_inodes=2 none /run/pptp")
    vm.at_end(vm.run, "umount /run/pptp")
    tunnel = vm.tunnel("onenet")
    tunnel.start()
    assert vm.run("touch /run/pptp/onenet/full", check=False).returncode != 0
    vm.ping("10.1.2.3")
    # Nor can another user make use of that.
    vm.run("systemd-run", "--unit", "holder", "--uid=nobody",
           "flock", "--no-fork", "/run/pptp/onenet", "sleep", "60")
    vm.at_end(vm.run, "systemctl", "stop", "holder")
    vm.wait(lambda: vm.run("flock", "--nonblock", "/run/pptp/onenet", "true",
                           check=False).returncode != 0, 10, "the lock of a user")
    predecessor = tunnel.show("MainPID")
    tunnel.kill()
    vm.wait(lambda: tunnel.show("MainPID") not in ("0", predecessor), 40, "a successor")
    tunnel.wait_for_status("Up: ", 40)
    vm.ping("10.1.2.3")
    tunnel.stop()


def case_no_memory(vm):
    "The unit's MemoryMax= is hit: the journal says so, and with more of it the tunnel comes back."
    tunnel = vm.tunnel("onenet")
    vm.at_end(vm.run, "systemctl", "revert", tunnel.unit)
    tunnel.start()
    vm.run("systemctl", "set-property", "--runtime", tunnel.unit, "MemoryMax=64K")
    tunnel.wait_for_message("oom", 30)
    assert vm.wait(lambda: not vm.ip("link", "show", "onenet"), 20, "the interface is gone")
    vm.run("systemctl", "set-property", "--runtime", tunnel.unit, "MemoryMax=infinity")
    tunnel.wait_for_state("active", 40)
    vm.ping("10.1.2.3")
