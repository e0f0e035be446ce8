# SPDX-License-Identifier: GPL-2.0-or-later
"""The Debian package's maintainer scripts, run by dpkg for a package that has nothing else: what it
would install is there already, and stays. Without what debhelper adds to them, which is about
tmpfiles and the timer."""

import pathlib
import re
import shutil

from guest import case_timeout

SCRIPTS = pathlib.Path("/run/host/results")
CONTROL = """\
Package: pptp-supervisor
Version: 1
Architecture: all
Maintainer: nobody <nobody@example.org>
Description: its maintainer scripts
"""
# It waits for the disk, which a busy host shares with others.
DPKG_SECONDS = 120
INSTALLED = pathlib.Path("/var/lib/dpkg/info/pptp-supervisor.postrm")


def links():
    """What makes units start with others."""
    return list(pathlib.Path("/etc/systemd/system").glob("*.wants/pptp[@.]*"))


def build(vm):
    """Returns the path of the package."""
    folder = pathlib.Path("/run/package")
    vm.at_end(shutil.rmtree, folder)
    (folder / "DEBIAN").mkdir(parents=True)
    (folder / "DEBIAN/control").write_text(CONTROL)
    for name in ("postinst", "prerm", "postrm"):
        script = folder / "DEBIAN" / name
        script.write_text((SCRIPTS / f"pptp-supervisor.{name}").read_text())
        script.chmod(0o755)
    vm.run("dpkg-deb", "-Znone", "--build", folder, folder / "package.deb")
    return folder / "package.deb"


def said(vm, *words):
    """Runs dpkg, and returns what it printed beside its own lines."""
    result = vm.run("dpkg", *words, timeout=DPKG_SECONDS)
    own = r"^(\(Reading database|(Preparing|Unpacking|Setting up|Removing|Purging) ).*\n"
    return re.sub(own, "", result.stdout + result.stderr, flags=re.MULTILINE)


def purge(vm):
    if INSTALLED.exists():
        vm.run("dpkg", "--purge", "pptp-supervisor", timeout=DPKG_SECONDS)


@case_timeout(300)
def case_upgrade_and_purge(vm):
    """A tunnel that runs is restarted with what was installed, another stays stopped. Purge stops
    what runs and leaves nothing but what is the administrator's, and names that."""
    vm.at_end(purge, vm)
    tunnel = vm.tunnel("onenet", more="[Network]\nRoutesOnDown=unreachable\n")
    stopped = vm.tunnel("stopped")
    before = vm.state()
    package = build(vm)
    vm.run("dpkg", "--install", package, timeout=DPKG_SECONDS)
    vm.at_end(lambda: [link.unlink(missing_ok=True) for link in links()])
    vm.run("systemctl", "enable", tunnel.unit, stopped.unit)
    tunnel.start()
    old = tunnel.show("MainPID")

    # To its scripts it makes no difference that it is of the same version.
    assert not said(vm, "--install", package)
    vm.wait(lambda: tunnel.show("MainPID") not in ("0", old), 20, "the supervisor's successor")
    tunnel.wait_for_status("Up:", 40)
    assert any(route.startswith("10.0.0.0/8 dev onenet") for route in vm.routes()), vm.routes()
    assert stopped.state == "inactive", stopped.state

    told = said(vm, "--purge", "pptp-supervisor").splitlines()
    assert "are yours and stay" in told[0] and "/etc/pptp/onenet.password" in told, told
    assert all(line.startswith("/etc/pptp/") for line in told[1:]), told
    assert tunnel.state == "inactive" and not vm.routes(), tunnel.state
    left = vm.run("systemctl list-units --plain --no-legend 'pptp*'").stdout
    assert not left, left
    assert not links(), links()
    for path in ("/run/pptp", "/run/pptp-names", "/run/pptp-turns", "/var/lib/pptp"):
        assert not pathlib.Path(path).exists(), path
    vm.run("systemd-tmpfiles", "--create", "pptp-supervisor.conf")
    vm.assert_state(before)
