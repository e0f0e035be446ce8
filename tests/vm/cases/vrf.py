# SPDX-License-Identifier: GPL-2.0-or-later
"""VRF=: what is bound to that has the tunnel."""

import json
import pathlib

from guest import case_timeout, each_release

NETWORK = "\n[Network]\nVRF={}\n"


def vrfs(vm):
    return [link["ifname"] for link in json.loads(vm.run("ip -j link show type vrf").stdout or "[]")
            if link]


def ping(vm, check=True):
    "Pings from a socket that is bound to the VRF, as \"ip vrf exec\" binds all of a program's."
    return vm.run("ping -n -q -I blue -i 0.2 -w 3 -c 1 10.1.2.3", check=check).returncode == 0


@each_release
@case_timeout(60)
def case_what_is_in_it_has_the_tunnel(vm):
    """The VRF is made with the tunnel, and comes back when others take it away; routes may cover
    the server. After kill -9 a successor has it, and stop leaves nothing behind. One that is there
    is joined, and stays."""
    tunnel = vm.tunnel("onenet", routes=("0.0.0.0/0", "192.0.2.2/32"), more=NETWORK.format("blue"))
    check = vm.run("pptpctl", "check", "onenet", check=False).stdout
    assert "blue is made when the tunnel comes up" in check, check

    tunnel.start()
    assert vrfs(vm) == ["blue"]
    assert ping(vm)
    assert not vm.ping("10.1.2.3", count=1, check=False)
    assert vm.routes() == [], vm.routes()
    inner = vm.run("ip route show vrf blue proto pptp").stdout
    assert "default dev onenet" in inner and "192.0.2.2 dev onenet" in inner, inner
    status = json.loads(vm.run("pptpctl status --json onenet").stdout)["tunnels"][0]
    assert status["vrf"] == "blue", status
    assert "in VRF blue" in " ".join(vm.run("pptpctl status onenet").stdout.split())

    vm.run("ip link set onenet nomaster")
    vm.wait(lambda: ping(vm, check=False), 3, "the interface is in it again")
    vm.run("ip link delete blue")
    vm.wait(lambda: vrfs(vm) == ["blue"] and ping(vm, check=False), 3, "the VRF is back")
    assert any("took onenet out of VRF blue" in text
               for text in tunnel.messages(PPTP_REASON="NETC-07")), tunnel.messages()

    killed = tunnel.show("MainPID")
    tunnel.kill()
    vm.wait(lambda: tunnel.show("MainPID") not in ("0", killed)
            and tunnel.status.startswith("Up: "), 20, "a successor")
    assert ping(vm)
    # Also when the configuration does not speak of it any longer.
    path = pathlib.Path("/etc/pptp/conf.d/onenet.conf")
    text = path.read_text()
    path.write_text(text.replace("VRF=blue", "").replace("0.0.0.0/0", "10.0.0.0/8"))
    vm.run("systemctl", "restart", tunnel.unit, timeout=60)
    path.write_text(text)
    tunnel.stop()
    vm.wait(lambda: vrfs(vm) == [], 2, "the VRF is gone")

    vm.run("ip link add blue type vrf table 100 && ip link set blue up")
    vm.at_end(vm.run, "ip link delete blue; true")
    check = vm.run("pptpctl", "check", "onenet", check=False).stdout
    assert "blue is there, with table 100" in check, check
    tunnel.start()
    assert "default dev onenet" in vm.run("ip route show table 100 proto pptp").stdout
    assert ping(vm)
    tunnel.stop()
    assert vrfs(vm) == ["blue"]

    path.write_text(text.replace("VRF=blue", "VRF=uplink0"))
    check = vm.run("pptpctl", "check", "onenet", check=False).stdout
    assert "uplink0 is an interface of another kind" in check, check
    tunnel.start_and_fail("NETC-26", "uplink0", status=78)
    assert vm.routes("table", "all") == []
