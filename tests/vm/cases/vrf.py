# SPDX-License-Identifier: GPL-2.0-or-later
"""VRF=: what is bound to that has the tunnel."""

import json
import pathlib
import subprocess
import sys

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

    path.write_text(text.replace("VRF=blue", "VRF=onenet"))
    check = vm.run("pptpctl", "check", "onenet", check=False)
    assert check.returncode != 0 and "VRF=onenet is the name of the tunnel's own" in check.stdout, \
        check.stdout


@each_release
@case_timeout(60)
def case_two_in_one(vm):
    """Two tunnels to one server in one VRF, whose peer has the same address for both: the routes of
    the second do not lead there, and a ping proves it all the same."""
    first = vm.tunnel("first", more=NETWORK.format("blue"))
    second = vm.tunnel("second", routes=("10.1.2.0/24",), more=NETWORK.format("blue"))
    first.start()
    second.start()
    for tunnel in first, second:
        assert not any("unproven" in text for text in tunnel.messages()), tunnel.messages()
    assert ping(vm)
    first.stop()
    # Its turn to remove the VRF is over before the other ends, and its mark goes all the same.
    first.wait_for_message("The VRF blue stays: it is in use")
    assert ping(vm)
    second.stop()
    vm.wait(lambda: vrfs(vm) == [], 2, "the VRF is gone")


@each_release
@case_timeout(90)
def case_another_one(vm):
    """A reload with another VRF, or none: the former goes once the tunnel has left it, unless
    another tunnel is in it, or somebody's interface, or it was there before."""
    path = pathlib.Path("/etc/pptp/conf.d/onenet.conf")
    tunnel = vm.tunnel("onenet", more=NETWORK.format("blue"))
    text = path.read_text()

    def move(name):
        path.write_text(text.replace("VRF=blue", f"VRF={name}"))
        vm.run("systemctl", "reload", tunnel.unit, timeout=60)
        tunnel.wait_for_status("Up: ")

    tunnel.start()
    move("red")
    vm.wait(lambda: vrfs(vm) == ["red"], 5, "the new one is there, and the former is not")
    tunnel.wait_for_message("Removed the VRF blue, which no tunnel is in")

    other = vm.tunnel("other", routes=("10.1.2.0/24",), more=NETWORK.format("red"))
    other.start()
    move("")
    tunnel.wait_for_message("The VRF red stays: it is in use")
    assert vrfs(vm) == ["red"]
    vm.ping("10.1.2.3")
    other.stop()
    vm.wait(lambda: vrfs(vm) == [], 2, "the other tunnel has removed it")

    move("blue")
    vm.run("ip link add some type veth peer name far && ip link set some master blue")
    vm.at_end(vm.run, "ip link delete some; true")
    move("")
    tunnel.wait_for_message("The VRF blue stays: it is in use")
    vm.run("ip link delete some; ip link delete blue; ip link add blue type vrf table 100;"
           "ip link set blue up")
    vm.at_end(vm.run, "ip link delete blue; true")
    move("blue")
    move("red")
    vm.wait(lambda: sorted(vrfs(vm)) == ["blue", "red"], 2, "one that was there before stays")
    tunnel.stop()
    vm.wait(lambda: vrfs(vm) == ["blue"], 2, "what was made is gone")


@each_release
@case_timeout(60)
def case_set_down(vm):
    """Nothing passes while the VRF is down. One that the tunnel has made is set up again; of one
    that was there before, status, health and journal say what mends it, until it is up."""
    tunnel = vm.tunnel("onenet", more=NETWORK.format("blue"))
    tunnel.start()
    assert ping(vm)
    vm.run("ip link set blue down")
    tunnel.wait_for_message("Somebody set the VRF blue down; setting it up again")
    vm.wait(lambda: ping(vm, check=False), 2, "the VRF is up again")
    assert tunnel.status.startswith("Up: "), tunnel.status
    tunnel.stop()
    vm.wait(lambda: vrfs(vm) == [], 2, "the VRF is gone")

    vm.run("ip link add blue type vrf table 100 && ip link set blue up")
    vm.at_end(vm.run, "ip link delete blue; true")
    tunnel.start()
    assert ping(vm)
    words = 'VRF blue is set down; run "ip link set blue up"'
    vm.run("ip link set blue down")
    tunnel.wait_for_status(f"Up, but {words}")
    assert not ping(vm, check=False)
    assert any(words in text for text in tunnel.messages(PPTP_REASON="NETC-30")), tunnel.messages()
    vm.wait(lambda: words in vm.run("pptpctl health onenet", check=False).stdout, 2,
            "the same in health")
    vm.run("ip link set blue up")
    tunnel.wait_for_status("Up: ")
    tunnel.wait_for_message("The tunnel is complete again")
    assert ping(vm)
    tunnel.stop()

    vm.run("ip link set blue down")
    check = vm.run("pptpctl", "check", "onenet", check=False)
    assert check.returncode != 0 and "blue is there, and set down" in check.stdout, check.stdout
    tunnel.start_in_background()
    tunnel.wait_for_status("NETC-30")
    vm.run("ip link set blue up")
    tunnel.wait_for_status("Up: ")
    tunnel.stop()


# Sends a packet each millisecond until it is told to end, and prints how many went out.
SEND = """
import select, socket, sys
sent, to = 0, socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
while not select.select([sys.stdin], [], [], 0.001)[0]:
    try:
        to.sendto(b"", ("10.1.2.3", 9))
        sent += 1
    except OSError:
        pass
print(sent)
"""
# What comes with a namespace, and the kernel makes no second time.
FLUSH = """
ip rule flush
ip rule add pref 32766 lookup main protocol kernel
ip rule add pref 32767 lookup default protocol kernel
ip -6 rule flush
ip -6 rule add pref 32766 lookup main protocol kernel
"""


@each_release
@case_timeout(90)
def case_rules_flushed(vm):
    """The kernel's rule for VRFs comes back at once, in the tunnel's life and at its start, with
    few packets beside the tunnel meanwhile; check says that it is gone, and stop leaves it."""
    def has_rules():
        return all("1000:\tfrom all lookup [l3mdev-table]" in vm.run(f"ip {family} rule").stdout
                   for family in ("-4", "-6"))

    def send(*during):
        "Returns how many packets were sent from the VRF meanwhile, and the lines of those outside."
        capture = vm.capture("host 10.1.2.3")
        sender = subprocess.Popen(["ip", "vrf", "exec", "blue", sys.executable, "-c", SEND],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for command in during:
            vm.run("sleep 0.3")
            vm.run(command)
        vm.run("sleep 0.3")
        sent = int(sender.communicate("\n", timeout=10)[0])
        vm.run("sleep 0.2")
        capture.stop()
        outside = capture.lines()
        vm.run(f"echo sent {sent}, outside {len(outside)}")
        return sent, outside

    tunnel = vm.tunnel("onenet", routes=("0.0.0.0/0",), more=NETWORK.format("blue"))
    tunnel.start()
    assert has_rules()
    sent, outside = send(FLUSH, "ip rule delete pref 1000", "ip -6 rule delete pref 1000",
                         "ip rule delete pref 1000")
    assert has_rules() and sent > 100 and len(outside) < sent / 10, (sent, len(outside))
    assert ping(vm)
    assert any("Somebody removed the policy rule from all lookup [l3mdev-table]; putting back what "
               "is missing" in text for text in tunnel.messages(PPTP_REASON="NETC-07")), \
        tunnel.messages()

    # One at another preference serves as well; one with a condition does not.
    vm.run("ip rule add pref 99 l3mdev; ip rule delete pref 1000")
    vm.run("sleep 0.3")
    assert "1000:" not in vm.run("ip rule").stdout
    vm.run("ip rule add pref 98 from 10.0.0.0/8 l3mdev; ip rule delete pref 99")
    vm.wait(has_rules, 2, "the rule is back")
    vm.run("ip rule delete pref 98")
    tunnel.stop()
    vm.wait(lambda: vrfs(vm) == [], 2, "the VRF is gone")
    assert has_rules()

    vm.run("ip link add blue type vrf table 100 && ip link set blue up")
    vm.at_end(vm.run, "ip link delete blue; true")
    vm.run(FLUSH)
    assert not has_rules()
    check = vm.run("pptpctl", "check", "onenet", check=False).stdout
    assert "the policy rule for VRFs is gone: IPv4" in check, check
    assert "the policy rule for VRFs is gone: IPv6" in check, check
    tunnel.start()
    assert has_rules()
    assert "policy rule" not in vm.run("pptpctl", "check", "onenet", check=False).stdout
    sent, outside = send()
    assert sent > 100 and not outside, (sent, outside)


@each_release
@case_timeout(90)
def case_ipv6_in_it(vm):
    """IPv6=negotiate in a VRF: the kernel takes all of IPv6 away from what joins it or leaves it,
    and the address and the routes are there all the same; ::/0 is about the VRF alone."""
    behind, own = "fd00:1::3", "2001:db8:20::7"
    vm.run("ip -6 address add 2001:db8::1/64 dev uplink0;"
           "ip -6 route add default via 2001:db8::254 dev uplink0")
    vm.at_end(vm.run, "ip -6 route delete default dev uplink0;"
                      "ip -6 address delete 2001:db8::1/64 dev uplink0; true")
    vm.run_in_server(f"ip -6 address add {behind}/128 dev behind;"
                     "sysctl -q -w net.ipv6.conf.all.forwarding=1")
    vm.at_end(vm.run_in_server, f"ip -6 address delete {behind}/128 dev behind;"
                                "sysctl -q -w net.ipv6.conf.all.forwarding=0")
    vm.pptpd(options="+ipv6\n")
    before = sorted(vm.run("ip -6 route show table all").stdout.splitlines())

    tunnel = vm.tunnel("onenet", server="192.0.2.3", routes=("0.0.0.0/0", "::/0"),
                       more=NETWORK.format("blue") + "IPv6=negotiate\n")
    check = vm.run("pptpctl", "check", "onenet", check=False)
    assert check.returncode == 0, check.stdout
    tunnel.start()
    assert ", IPv6" in tunnel.status, tunnel.status

    def status():
        told = vm.run("pptpctl status --json onenet", check=False).stdout
        return json.loads(told)["tunnels"][0]

    told = vm.wait(lambda: status().get("ipv6_address") and status(), 5, "its IPv6 address")

    def ping6(address, interface):
        return vm.run("ping", "-6", "-n", "-q", "-I", interface, "-i", "0.2", "-w", "2", "-c", "1",
                      address, check=False).returncode == 0

    def is_complete():
        "The addresses and routes, and that packets get there and back."
        return (told["ipv6_address"] in vm.run("ip -6 address show dev onenet").stdout
                and "default dev onenet" in vm.run("ip -6 route show vrf blue", check=False).stdout
                and ping6(told["ipv6_peer_address"], "onenet") and ping(vm, check=False))

    def is_reached():
        """The server answers to an address of the VRF's, once it knows where that is. One that is
        there is not replaced: the kernel loses its local route in the table of a VRF by that."""
        if own not in vm.run("ip -6 address show dev blue").stdout:
            vm.run(f"ip -6 address add {own}/128 dev blue nodad")
        return ping6(behind, "blue")

    vm.wait(is_complete, 5, "IPv4 and IPv6 in the VRF")
    vm.run_in_server(f"ip -6 route add {own}/128 dev ppp0")
    vm.wait(is_reached, 5, "what is behind the server, by IPv6")

    # The host itself has its own way.
    assert "dev uplink0" in vm.run(f"ip -6 route get {behind}").stdout
    assert vm.run(f"ping -6 -n -q -w 1 -c 1 {behind}", check=False).returncode != 0
    assert "onenet" not in vm.run("ip -6 route show").stdout

    # As the manual has it of PreferredSource=.
    vm.run("ip -6 address add 2001:db8:21::7/128 dev lo")
    vm.at_end(vm.run, "ip -6 address delete 2001:db8:21::7/128 dev lo 2>/dev/null; true")
    route = "fd00:9::/32 dev onenet vrf blue src"
    vm.run(f"ip -6 route add {route} {own} && ip -6 route delete {route} {own}")
    assert vm.run(f"ip -6 route add {route} 2001:db8:21::7", check=False).returncode != 0

    for command in ("ip link set onenet nomaster", "ip link delete blue",
                    "ip link set onenet down; ip link set onenet up",
                    "ip -6 address flush dev onenet"):
        vm.run(command)
        vm.wait(is_complete, 10, f"IPv4 and IPv6 after {command}")
        vm.wait(is_reached, 5, f"what is behind the server after {command}")
    assert not tunnel.journal(PRIORITY="4"), tunnel.messages()

    tunnel.stop()
    vm.wait(lambda: vrfs(vm) == [], 2, "the VRF is gone")
    vm.run("ip -6 address delete 2001:db8:21::7/128 dev lo")
    vm.wait(lambda: sorted(vm.run("ip -6 route show table all").stdout.splitlines()) == before, 5,
            "no route is left")
