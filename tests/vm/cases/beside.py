# SPDX-License-Identifier: GPL-2.0-or-later
"""Network managers beside a tunnel: they are told to leave its interface alone; and where somebody
takes routes or the address away all the same, they come back within a second."""

import re
import subprocess

from guest import case_timeout, each_release

REMOVED = "NETC-07"
RULES = "/etc/udev/rules.d/70-pptp-supervisor.rules"
NETWORK = "/run/systemd/network"
SECONDS_MAX = 1


def start(vm, more=""):
    tunnel = vm.tunnel("onenet", routes=("10.0.0.0/8", "192.0.2.0/25"), more=more)
    vm.write("/etc/pptp/conf.d/onenet.conf.d/refused.conf",
             "[Route]\nDestination=10.99.0.0/16\nType=unreachable\n")
    tunnel.start()
    return tunnel


def rules(vm):
    "The policy rules by which everything goes into the tunnel."
    return [line for line in vm.run("ip rule").stdout.splitlines() if "proto pptp" in line]


def unmask(vm, service, *others):
    vm.run(f"systemctl unmask {service}")
    vm.at_end(vm.run, f"systemctl stop {' '.join(others)} {service}; systemctl mask {service}")


def networkd_wants_everything(vm):
    "The uplink as it is, and all interfaces of PPP, by the name that netplan would give that file."
    vm.write(f"{NETWORK}/50-uplink.network", "[Match]\nName=uplink0\n\n[Network]\n"
             "Address=192.0.2.1/24\nGateway=192.0.2.254\nIPv6AcceptRA=no\n")
    vm.write(f"{NETWORK}/10-netplan-all.network", "[Match]\nType=ppp\n\n[Network]\nDHCP=no\n"
             "LinkLocalAddressing=no\nIPv6AcceptRA=no\n")
    vm.at_end(vm.run, f"rm {NETWORK}/50-uplink.network {NETWORK}/10-netplan-all.network;"
              "ip -4 address flush dev uplink0; ip address add 192.0.2.1/24 dev uplink0;"
              "ip route replace default via 192.0.2.254")
    unmask(vm, "systemd-networkd.service", "systemd-networkd.socket")
    vm.run("systemctl start systemd-networkd.service")
    vm.wait(lambda: "configured" in vm.run("networkctl list uplink0", check=False).stdout, 20,
            "networkd has set up the uplink")


def is_settled(vm):
    """What networkd does with the interface, once it has decided."""
    def setup():
        words = vm.run("networkctl list --no-legend onenet", check=False).stdout.split()
        return words[-1] if words and words[-1] in ("configured", "unmanaged") else None
    return vm.wait(setup, 20, "networkd has looked at the interface")


class Absences:
    """How long routes of the tunnel were away, by what the kernel announces."""

    def __init__(self, vm):
        self._process = subprocess.Popen(["ip", "-4", "-ts", "monitor", "route"], text=True,
                                         stdout=subprocess.PIPE)
        vm.at_end(self._process.wait)
        vm.at_end(self._process.kill)

    def longest(self):
        """Seconds; fails if a route is away still."""
        self._process.kill()
        text, _ = self._process.communicate()
        longest, gone = 0, {}
        for line in text.splitlines():
            match = re.match(r"\[[^T]*T(\d+):(\d+):([\d.]+)\] (Deleted )?(.*proto pptp.*)", line)
            if not match:
                continue
            hours, minutes, seconds, deleted, route = match.groups()
            now = int(hours) * 3600 + int(minutes) * 60 + float(seconds)
            if deleted:
                gone[route] = now
            elif route in gone:
                longest = max(longest, now - gone.pop(route))
        assert not gone, gone
        return longest


@each_release
@case_timeout(180)
def case_networkd(vm):
    """With a file for all interfaces of PPP it leaves ours alone. What it takes that has no
    interface is back at once, policy rules among it: when it starts, reloads, sets the uplink up
    anew."""
    networkd_wants_everything(vm)
    tunnel = start(vm, "[Network]\nDefaultRoute=yes\n")
    before, rules_before = sorted(vm.routes()), rules(vm)
    assert len(before) > 3 and len(rules_before) == 2, (before, rules_before)
    assert is_settled(vm) == "unmanaged"
    others = vm.run("udevadm info /sys/class/net/uplink0").stdout
    assert "ID_PPTP_SUPERVISOR" not in others, others

    absences = Absences(vm)
    for command in ("systemctl restart systemd-networkd", "networkctl reload",
                    "networkctl reconfigure uplink0"):
        vm.run(command)
        vm.wait(lambda: "configured" in vm.run("networkctl list uplink0", check=False).stdout, 20,
                "networkd has set up the uplink")
        vm.wait(lambda: rules(vm) == rules_before, SECONDS_MAX, f"the rules after {command}")
        vm.wait(lambda: sorted(vm.routes()) == before, 5, f"all routes after {command}")
    vm.ping("10.1.2.3")
    assert absences.longest() <= SECONDS_MAX, absences.longest()
    assert is_settled(vm) == "unmanaged"
    assert not any("address" in entry["MESSAGE"] for entry in tunnel.journal(PPTP_REASON=REMOVED))


@each_release
@case_timeout(120)
def case_network_manager(vm):
    """It takes no notice of the interface, nor of the policy rules, whether it starts behind the
    tunnel or before it."""
    tunnel = start(vm, "[Network]\nDefaultRoute=yes\n")
    before = rules(vm)
    assert len(before) == 2, before
    # The latter is started by the former.
    unmask(vm, "NetworkManager.service", "systemd-hostnamed.service")
    for command in ("systemctl start NetworkManager", f"systemctl restart {tunnel.unit}"):
        vm.run(command, timeout=60)
        vm.wait(lambda: "onenet:unmanaged" in
                vm.run("nmcli -t -f DEVICE,STATE device", check=False).stdout, 20,
                f"NetworkManager leaves it alone after {command}")
        assert rules(vm) == before, rules(vm)
        vm.ping("10.1.2.3")
    assert not tunnel.journal(PPTP_REASON=REMOVED), tunnel.messages()


@case_timeout(120)
def case_network_manager_told_to_manage_all(vm):
    """A file by which NetworkManager manages every interface beats udev's mark, and that of the
    manual beats such a file, if its name comes later."""
    folder = "/etc/NetworkManager/conf.d"
    tunnel = start(vm, "")
    for name, text in (("50-all", "match-device=*,except:interface-name:uplink0\nmanaged=1"),
                       ("99-pptp", "match-device=interface-name:onenet\nmanaged=0")):
        vm.write(f"{folder}/{name}.conf", f"[device-{name}]\n{text}\n")
        if name == "50-all":
            unmask(vm, "NetworkManager.service", "systemd-hostnamed.service")
        vm.run("systemctl restart NetworkManager", timeout=60)
        vm.wait(lambda: ("onenet:unmanaged" in
                         vm.run("nmcli -t -f DEVICE,STATE device", check=False).stdout) ==
                (name == "99-pptp") and "onenet:" in
                vm.run("nmcli -t -f DEVICE,STATE device", check=False).stdout, 20,
                f"NetworkManager obeys {name}.conf")
        told = vm.run("cat /run/NetworkManager/devices/*; pptpctl check onenet", check=False).stdout
        assert ("NetworkManager manages onenet" in told) == (name == "50-all"), told
    vm.run(f"systemctl restart {tunnel.unit}", timeout=60)
    vm.wait(lambda: "onenet:unmanaged" in
            vm.run("nmcli -t -f DEVICE,STATE device", check=False).stdout, 20,
            "NetworkManager leaves it alone")
    vm.ping("10.1.2.3")


@case_timeout(120)
def case_without_the_rule(vm):
    """Somebody wants networkd to have all interfaces. It takes the address and the routes as the
    tunnel comes up; all of it is there in the end."""
    vm.write(RULES, "")
    vm.at_end(vm.run, f"rm {RULES}; udevadm control --reload")
    vm.run("udevadm control --reload")
    networkd_wants_everything(vm)
    tunnel = start(vm)
    assert is_settled(vm) == "configured"
    vm.wait(lambda: any("10.0.0.0/8 dev onenet" in route for route in vm.routes()), 5, "the route")
    vm.ping("10.1.2.3")

    # As often as somebody asks for it; the journal names whoever it may be.
    before = sorted(vm.routes())
    vm.run("for i in $(seq 12); do ip -4 address flush dev onenet; sleep 0.3; done")
    message = tunnel.wait_for_message("again and again", PPTP_REASON=REMOVED)["MESSAGE"]
    assert "systemd-networkd" in message, message
    vm.wait(lambda: sorted(vm.routes()) == before, 20, "all routes, in the end")
    vm.ping("10.1.2.3")


@case_timeout(60)
def case_flush_and_flap(vm):
    "After an address flush, or down and up, all routes are there within a second."
    tunnel = start(vm)
    before = sorted(vm.routes())
    for command in ("ip -4 address flush dev onenet",
                    "ip link set onenet down; ip link set onenet up",
                    "ip route flush proto pptp",
                    "for i in 1 2 3; do ip link set onenet down; ip link set onenet up; done"):
        vm.run(command)
        vm.wait(lambda: sorted(vm.routes()) == before, SECONDS_MAX, f"all routes after {command}")
    vm.ping("10.1.2.3")
    tunnel.wait_for_message("Somebody removed the address")
    tunnel.wait_for_message("Somebody set the interface onenet down and up again")
