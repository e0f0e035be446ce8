# SPDX-License-Identifier: GPL-2.0-or-later
"""The test network itself: Debian's own pppd and pptp-linux reach the server. If these fail, no
other case has a meaning."""

import subprocess

from guest import one_release

# The network is to be trusted on either release.
EACH_RELEASE = True


def start_stock(vm, address="192.0.2.2", password="secret", options=()):
    """pon, more or less: pppd with pptp-linux as its pty, as a unit."""
    vm.write("/run/stock/chap-secrets", f"vpn * {password} *\n", mode=0o600)
    vm.run("systemd-run", "--quiet", "--unit=stock", "--collect",
           "--property=BindReadOnlyPaths=/run/stock/chap-secrets:/etc/ppp/chap-secrets",
           "/usr/sbin/pppd", "nodetach", "pty", f"pptp {address} --nolaunchpppd --nohostroute",
           "user", "vpn", "remotename", "pptpd", "ifname", "stock0", "noauth", "lock",
           "nobsdcomp", "nodeflate", "debug",
           *(options or ["require-mppe-128"]))
    vm.at_end(lambda: subprocess.run(["systemctl", "stop", "stock"], check=False,
                                     stderr=subprocess.DEVNULL))


def is_up(vm):
    return any(link["flags"] and "UP" in link["flags"] for link in vm.ip("link", "show", "stock0"))


def case_outer_network(vm):
    "The server answers, and what is behind it is closed to those who come without a tunnel."
    vm.ping("192.0.2.2")
    vm.ping("198.51.100.12")
    assert not vm.ping("10.1.2.3", count=1, check=False)


def case_connects_with_mppe_128(vm):
    "pppd and pptp-linux connect to pptpd, which insists on MS-CHAPv2 and MPPE-128."
    start_stock(vm)
    vm.wait(lambda: is_up(vm), 20, "stock0 is up")
    vm.run("ip", "route", "add", "10.0.0.0/8", "dev", "stock0")
    vm.ping("10.1.2.3")
    vm.wait_for_message("server-2.service", "MPPE 128-bit stateless compression enabled", 5)


def case_server_refuses_wrong_password(vm):
    "The server's users are its own: a wrong password does not come in."
    start_stock(vm, password="wrong")
    vm.wait_for_message("stock.service", "authentication failed")


def case_server_refuses_clear_text(vm):
    "The server ends a call without MPPE."
    start_stock(vm, options=["nomppe"])
    vm.wait_for_message("server-2.service", "MPPE required")


@one_release
def case_several_servers(vm):
    "Another pptpd runs beside the first, on its own address and with its own users."
    vm.pptpd("192.0.2.3", users={"vpn": "other"})
    start_stock(vm, address="192.0.2.3", password="other")
    vm.wait(lambda: is_up(vm), 20, "stock0 is up")
