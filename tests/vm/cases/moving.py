# SPDX-License-Identifier: GPL-2.0-or-later
"""pptpctl import: an old set-up of pppd, pptp-linux and scripts becomes a tunnel of ours, with one
command; and before that it is tried beside the old one."""

import pathlib
import subprocess

from guest import case_timeout

PEER = """\
remotename campus
linkname campus
ipparam campus
pty "pptp 192.0.2.2 --nolaunchpppd --nohostroute "
name vpn
usepeerdns
require-mppe-128
nomppe-40
noauth
file /etc/ppp/options.pptp
"""

SCRIPT = """\
#!/bin/sh
CAMPUS="campus"
if [ "${PPP_IPPARAM}" = "$CAMPUS" ]; then
%s
fi
"""

CREDENTIAL = pathlib.Path("/etc/credstore.encrypted/pptp.campus.password.cred")
PASSWORD_FILE = pathlib.Path("/etc/pptp/campus.password")
CONFIGURATION = pathlib.Path("/etc/pptp/conf.d/campus.conf")
HOST_KEY = pathlib.Path("/var/lib/systemd/credential.secret")


def lay_set_up(vm):
    """What an administrator made years ago: peers, secret, routes."""
    vm.write("/etc/ppp/peers/campus", PEER)
    vm.write("/etc/ppp/chap-secrets", '"vpn" campus "secret"\n', mode=0o600)
    vm.write("/etc/ppp/ip-up.d/campusroute",
             SCRIPT % "ip route add 10.0.0.0/8 dev ${IFNAME}", mode=0o755)
    vm.write("/etc/ppp/ip-down.d/campusroute",
             SCRIPT % "ip route del 10.0.0.0/8 dev ${IFNAME}", mode=0o755)
    # Found by what is imported, and hidden from it: the password has to be where it was put.
    vm.at_end(lambda: [path.unlink(missing_ok=True)
                       for path in (CREDENTIAL, PASSWORD_FILE, CONFIGURATION)])
    vm.at_end(lambda: subprocess.run(["systemctl", "stop", "pptp@campus"], check=False,
                                     stderr=subprocess.DEVNULL))


def use(vm):
    """It works without the files that it was made of, and reaches what is behind the server."""
    vm.write("/etc/ppp/chap-secrets", "", mode=0o600)
    vm.run("systemctl", "start", "pptp@campus", timeout=45)
    assert any(route.startswith("10.0.0.0/8 dev campus") for route in vm.routes()), vm.routes()
    vm.ping("10.1.2.3")
    vm.run("systemctl", "stop", "pptp@campus")


def case_works_after_one_command(vm):
    "Peers file, chap-secrets and route scripts; then import --install, systemctl start, ping."
    lay_set_up(vm)
    hidden = HOST_KEY.with_suffix(".hidden")
    if HOST_KEY.exists():
        HOST_KEY.rename(hidden)
        vm.at_end(lambda: hidden.rename(HOST_KEY))
    text = vm.run("pptpctl", "import", "--install", "--yes", "campus").stdout
    assert "secret\n" not in text and '"secret"' not in text, text
    assert "MPPE=128" in CONFIGURATION.read_text(), CONFIGURATION.read_text()
    assert PASSWORD_FILE.read_text() == "secret" and PASSWORD_FILE.stat().st_mode & 0o777 == 0o600
    vm.run("pptpctl", "check", "campus")
    use(vm)


def case_encrypts_the_password_where_it_can(vm):
    "With a key of the machine the password becomes an encrypted credential, and no other file."
    lay_set_up(vm)
    if not HOST_KEY.exists():
        vm.run("systemd-creds", "setup")
        vm.at_end(lambda: HOST_KEY.unlink(missing_ok=True))
    if not CREDENTIAL.parent.exists():
        vm.at_end(CREDENTIAL.parent.rmdir)
        # What is undone last was registered first.
        vm.at_end(lambda: CREDENTIAL.unlink(missing_ok=True))
    vm.run("pptpctl", "import", "--install", "--yes", "ppp@campus.service")
    assert CREDENTIAL.stat().st_mode & 0o777 == 0o600, oct(CREDENTIAL.stat().st_mode)
    assert not PASSWORD_FILE.exists() and "PasswordFile" not in CONFIGURATION.read_text()
    assert "secret" not in CREDENTIAL.read_text()
    vm.run("pptpctl", "check", "campus")
    use(vm)


def case_asks_and_replaces_nothing(vm):
    "Without a terminal it needs --yes, and what is there stays as it is."
    lay_set_up(vm)
    result = vm.run("pptpctl", "import", "--install", "campus", check=False)
    assert result.returncode == 64 and "--yes" in result.stderr, result
    assert not CONFIGURATION.exists() and not PASSWORD_FILE.exists()
    refused = vm.run("script -qec 'pptpctl import --install campus' /dev/null < /dev/null",
                     check=False)
    assert not CONFIGURATION.exists(), refused.stdout
    vm.write(CONFIGURATION, "# mine\n")
    result = vm.run("pptpctl", "import", "--install", "--yes", "campus", check=False)
    assert result.returncode == 73 and CONFIGURATION.read_text() == "# mine\n", result
    assert not PASSWORD_FILE.exists() and not CREDENTIAL.exists(), "a password was left"


@case_timeout(150)
def case_tries_it_beside_the_old_one(vm):
    "pon, then import --try: both are up, they are compared, and only the old one is left."
    lay_set_up(vm)
    # Else pppd refuses itself: this machine has a default route.
    vm.run("systemd-run", "--quiet", "--unit=stock", "--collect", "/usr/sbin/pppd", "nodetach",
           "call", "campus")
    vm.at_end(lambda: subprocess.run(["systemctl", "stop", "stock"], check=False,
                                     stderr=subprocess.DEVNULL))
    vm.wait(lambda: vm.ping("10.1.2.3", count=1, check=False), 30, "the old tunnel is up")

    text = vm.run("pptpctl", "import", "--try", "campus", timeout=60).stdout
    lines = [line.split() for line in text.splitlines()]
    assert ["ppp0", "try-campus"] in lines, text
    assert ["route", "10.0.0.0/8", "10.0.0.0/8", "same"] in lines, text
    peers = [words for words in lines if words[:1] == ["peer"]]
    assert peers and peers[0][3] == "same", text
    assert vm.ping("10.1.2.3", count=1), "the old tunnel is gone"
    assert not vm.ip("link", "show", "try-campus"), "the new one is still there"
    assert not list(pathlib.Path("/run/pptp").glob("**/*campus-try*")), "files are left"
    assert not list(pathlib.Path("/var/lib/pptp").iterdir()), "it is remembered"
    assert not CONFIGURATION.exists()


@case_timeout(120)
def case_trial_that_fails(vm):
    "A wrong password: the trial says so, and leaves nothing."
    lay_set_up(vm)
    vm.write("/etc/ppp/chap-secrets", '"vpn" campus "wrong"\n', mode=0o600)
    result = vm.run("pptpctl", "import", "--try", "campus", check=False, timeout=60)
    assert result.returncode == 69 and "AUTH-01" in result.stdout, result
    assert not list(pathlib.Path("/run/pptp").glob("**/*campus-try*")), "files are left"
    state = vm.run("systemctl", "is-failed", "pptp@campus-try", check=False).stdout.strip()
    assert state == "inactive", state


def case_network_manager_and_openwrt(vm):
    "A keyfile and OpenWrt's network, each with the password in it."
    vm.at_end(lambda: [path.unlink(missing_ok=True)
                       for path in (CREDENTIAL, PASSWORD_FILE, CONFIGURATION)])
    vm.at_end(lambda: subprocess.run(["systemctl", "stop", "pptp@campus"], check=False,
                                     stderr=subprocess.DEVNULL))
    vm.write("/etc/ppp/chap-secrets", "", mode=0o600)
    vm.write("/etc/NetworkManager/system-connections/campus.nmconnection",
             "[connection]\nid=campus\ntype=vpn\n\n[vpn]\n"
             "service-type=org.freedesktop.NetworkManager.pptp\ngateway=192.0.2.2\nuser=vpn\n"
             "require-mppe=yes\nrequire-mppe-128=yes\npassword-flags=0\n\n"
             "[vpn-secrets]\npassword=secret\n\n"
             "[ipv4]\nmethod=auto\nnever-default=true\nroute1=10.0.0.0/8\n", mode=0o600)
    vm.run("pptpctl", "import", "--install", "--yes", "campus")
    use(vm)

    vm.write("/etc/config/network",
             "config interface 'campus'\n\toption proto 'pptp'\n\toption server '192.0.2.2'\n"
             "\toption username 'vpn'\n\toption password 'secret'\n\toption defaultroute '0'\n"
             "\toption pppd_options 'require-mppe-128'\n\n"
             "config route\n\toption interface 'campus'\n\toption target '10.0.0.0'\n"
             "\toption netmask '255.0.0.0'\n", mode=0o600)
    vm.run("pptpctl", "import", "--install", "--yes", "--force", "/etc/config/network")
    use(vm)
