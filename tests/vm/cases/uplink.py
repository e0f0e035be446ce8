# SPDX-License-Identifier: GPL-2.0-or-later
"""The way to the server: it goes, comes back, moves, gets another address, or is not there yet.
What the rest of the host does with its interfaces is nobody's business."""

import subprocess
import time

from guest import case_timeout, each_release

REMOVED = "NETC-07"
CHANGED = "9e03e1fb4080440ca6a398040f35daa1"    # MESSAGE_ID of UPLINK-CHANGED
BEHIND_GATEWAY = "198.51.100.12"


def restore(vm):
    "The uplink as guest/network made it."
    vm.run("ip -4 address flush dev uplink0; ip address add 192.0.2.1/24 dev uplink0;"
           "ip link set uplink0 up; ip route replace default via 192.0.2.254")


def second_uplink(vm):
    "Another interface, with another gateway to the same servers."
    vm.run("ip link add second type veth peer name second1 netns server")
    vm.at_end(vm.run, "ip link delete second")
    vm.run("ip address add 198.18.0.1/24 dev second; ip link set second up")
    vm.run_in_server("ip address add 198.18.0.254/24 dev second1; ip link set second1 up")


def seconds_after(entry, moment):
    "How long after that moment of time.time() the journal has the entry."
    return int(entry["__REALTIME_TIMESTAMP"]) / 1e6 - moment


def count(tunnel, text):
    return sum(text in message for message in tunnel.messages())


def case_other_interfaces_do_not_matter(vm):
    "Containers come and go, with bridges, addresses and routes: the tunnel takes no notice."
    tunnel = vm.tunnel("onenet", routes=("10.0.0.0/8", "192.0.2.0/25"))
    tunnel.start()
    for number in range(3):
        vm.run(f"ip link add noise{number} type veth peer name ether{number};"
               f"ip address add 172.17.{number}.1/24 dev noise{number};"
               f"ip link set noise{number} up; ip link set ether{number} up;"
               f"ip route add 172.18.{number}.0/24 dev noise{number};"
               f"ip route add default dev noise{number} metric 5000")
        vm.run(f"ip link delete noise{number}")
    vm.ping("10.1.2.3")
    assert not tunnel.journal(MESSAGE_ID=CHANGED), tunnel.messages()


@case_timeout(90)
def case_pinned_route_follows(vm):
    """The default route moves to another uplink: so do the tunnel's packets,
    and hardly one gets lost."""
    second_uplink(vm)
    vm.at_end(restore, vm)
    vm.pptpd(BEHIND_GATEWAY)
    tunnel = vm.tunnel("onenet", server=BEHIND_GATEWAY, routes=("10.0.0.0/8", "198.51.100.0/24"))
    tunnel.start()
    with subprocess.Popen(["ping", "-n", "-q", "-i", "0.2", "-c", "25", "10.1.2.3"], text=True,
                          stdout=subprocess.PIPE) as ping:
        time.sleep(1)
        vm.run("ip route replace default via 198.18.0.254")
        vm.wait(lambda: any(f"{BEHIND_GATEWAY} via 198.18.0.254 dev second" in route
                            for route in vm.routes()), 5, "the pinned route follows")
        output = ping.communicate()[0]
    received = int(output.split(" received")[0].rsplit(" ", 1)[1])
    assert received >= 22, output
    tunnel.wait_for_message("moved from uplink0 to second")
    tunnel.wait_for_message("still answers")
    assert count(tunnel, "Tunnel is up") == 1, tunnel.messages()

    capture = vm.capture("proto gre", interface="second")
    vm.ping("10.1.2.3", count=1)
    assert capture.wait_for("GRE"), "GRE takes the old way"
    tunnel.stop()
    assert vm.routes() == []


ONLINK = "198.19.0.254"     # no network of the client's has it
LINK_LOCAL = "fe80::254"


def hosted_uplink(vm):
    """Another interface, as hosting providers give it: the address is not one of a network, the
    gateway is none of its neighbours, and it routes IPv4 by its IPv6 address as well."""
    vm.run("ip link add second type veth peer name second1 netns server")
    vm.at_end(vm.run, "ip link delete second")
    vm.run("ip address add 198.18.0.1/32 dev second; ip link set second up")
    vm.run_in_server(f"ip address add {ONLINK}/32 dev second1; ip link set second1 up;"
                     f"ip address add {LINK_LOCAL}/64 dev second1 nodad;"
                     "ip route add 198.18.0.1/32 dev second1")


def case_gateway_of_a_hosting_provider(vm):
    """The way to the server is a default route with "onlink", and one over an IPv6 address; all
    traffic goes into the tunnel, by policy rules and by RouteMetric=, and stays there when the
    uplink moves from one to the other, and to another interface."""
    hosted_uplink(vm)
    vm.at_end(restore, vm)
    vm.at_end(vm.run, "ip route delete default metric 100; true")
    vm.pptpd(BEHIND_GATEWAY)
    vm.run("ip route delete default")

    for number, metric in enumerate(("", "RouteMetric=50\n"), 1):
        vm.run(f"ip route replace default via {ONLINK} dev second onlink metric 100")
        tunnel = vm.tunnel("onenet", server=BEHIND_GATEWAY, routes=(),
                           more=f"[Network]\nDefaultRoute=yes\n{metric}")
        tunnel.start()
        vm.ping("10.1.2.3")
        for way in (f"via {ONLINK} dev second", f"via inet6 {LINK_LOCAL} dev second",
                    "via 192.0.2.254 dev uplink0"):
            vm.run(f"ip -4 route replace default {way} {'onlink' * (ONLINK in way)} metric 100")
            if metric:      # else the kernel finds the way for each packet
                vm.wait(lambda way=way: any(route.startswith(f"{BEHIND_GATEWAY} {way} ")
                                            for route in vm.routes()), 5, f"a route {way}")
            vm.ping("10.1.2.3")
        assert count(tunnel, "Tunnel is up") == number, tunnel.messages()
        assert "dev onenet" in vm.run("ip", "route", "get", "198.51.100.77").stdout
        tunnel.stop()
        assert vm.routes() == [], vm.routes()


@case_timeout(90)
def case_short_loss_is_survived(vm):
    "The link goes down and comes back, twice, also with a pinned route: the same call goes on."
    vm.at_end(restore, vm)
    tunnel = vm.tunnel("onenet", routes=("10.0.0.0/8", "192.0.2.0/25"))
    tunnel.start()
    for number in (1, 2):
        vm.run("ip link set uplink0 down")
        vm.wait(lambda: count(tunnel, "uplink is gone") == number, 5, "the loss is noticed")
        # The kernel has dropped the pinned route. What is sent now must not go into the tunnel.
        result = vm.run("ip", "route", "get", "192.0.2.2", check=False)
        assert "onenet" not in result.stdout, result.stdout
        vm.run("ip link set uplink0 up; ip route add default via 192.0.2.254")
        vm.wait(lambda: count(tunnel, "uplink is back") == number, 5, "the return is noticed")
        vm.wait(lambda: count(tunnel, "still answers") == number, 5, "the link is tested")
    vm.ping("10.1.2.3")
    assert any("192.0.2.2 dev uplink0" in route for route in vm.routes()), vm.routes()
    assert count(tunnel, "Tunnel is up") == 1, tunnel.messages()


@case_timeout(90)
def case_lost_carrier_is_noticed(vm):
    "The other end of the cable goes dead, and the routes stay: noticed all the same."
    vm.at_end(vm.run_in_server, "ip link set uplink1 up")
    tunnel = vm.tunnel("onenet")
    tunnel.start()
    vm.run_in_server("ip link set uplink1 down")
    tunnel.wait_for_message("uplink is gone")
    vm.run_in_server("ip link set uplink1 up")
    tunnel.wait_for_message("uplink is back")
    tunnel.wait_for_message("still answers")
    vm.ping("10.1.2.3")


@case_timeout(120)
def case_flapping_ends_well(vm):
    "The link goes down and up each second for a while; a moment after that all is well."
    vm.at_end(restore, vm)
    tunnel = vm.tunnel("onenet")
    tunnel.start()
    for _ in range(5):
        vm.run("ip link set uplink0 down")
        time.sleep(0.5)
        vm.run("ip link set uplink0 up; ip route add default via 192.0.2.254")
        time.sleep(0.5)
    vm.wait(lambda: vm.ping("10.1.2.3", count=1, check=False), 20, "traffic after the flapping")
    assert tunnel.state == "active", tunnel.state


@case_timeout(120)
def case_another_address(vm):
    "The uplink gets another address: connected anew from there at once, with the reason in words."
    vm.at_end(restore, vm)
    tunnel = vm.tunnel("onenet")
    tunnel.start()
    changed = time.time()
    vm.run("ip -4 address flush dev uplink0; ip address add 192.0.2.77/24 dev uplink0;"
           "ip route add default via 192.0.2.254")
    entry = tunnel.wait_for_reason("NETC-20")
    assert "192.0.2.1" in entry["MESSAGE"], entry["MESSAGE"]
    assert seconds_after(entry, changed) < 3, "noticed late"
    vm.wait(lambda: count(tunnel, "Tunnel is up") == 2, 20, "the tunnel is up again")
    vm.ping("10.1.2.3")


@case_timeout(180)
def case_starts_before_the_network(vm):
    "No address, no route, no name service at the start: up as soon as they are there."
    vm.at_end(restore, vm)
    vm.run("ip -4 address flush dev uplink0")
    tunnel = vm.tunnel("onenet", server="vpn.example.org")
    tunnel.start_in_background()
    tunnel.wait_for_status("next in", 30)
    # Long enough for the back-off to have grown past what is asserted below.
    time.sleep(5)
    vm.write("/etc/hosts", open("/etc/hosts").read() + "192.0.2.2 vpn.example.org\n")
    appeared = time.time()
    vm.run("ip address add 192.0.2.1/24 dev uplink0; ip route add default via 192.0.2.254")
    entry = tunnel.wait_for_message("Connecting to vpn.example.org")
    assert seconds_after(entry, appeared) < 3, "dialled late"
    tunnel.wait_for_state("active", 30)
    vm.ping("10.1.2.3")


@case_timeout(120)
def case_reconnects_when_the_way_is_back(vm):
    """Lost for longer than the link lives, and back: dialled at once,
    not at the end of the back-off."""
    vm.at_end(restore, vm)
    tunnel = vm.tunnel("onenet")
    tunnel.start()
    vm.run("ip link set uplink0 down")
    tunnel.wait_for_message("uplink is gone")
    vm.run("pkill", "-KILL", "-P", tunnel.show("MainPID"))
    tunnel.wait_for_status("Reconnecting", 30)
    vm.run("ip link set uplink0 up; ip route add default via 192.0.2.254")
    back = time.time()
    entry = tunnel.wait_for_message("connecting at once")
    assert seconds_after(entry, back) < 3, "dialled late"
    vm.wait(lambda: count(tunnel, "Tunnel is up") == 2, 30, "the tunnel is up again")
    vm.ping("10.1.2.3")


@case_timeout(180)
def case_routes_that_others_remove_come_back(vm):
    "One, all of them, all of them many times: each time they are back, and the journal says so."
    tunnel = vm.tunnel("onenet", routes=("10.0.0.0/8", "192.0.2.0/25"))
    tunnel.start()
    before = sorted(vm.routes())

    def back():
        return sorted(vm.routes()) == before

    vm.run("ip route del 10.0.0.0/8 dev onenet")
    vm.wait(back, 5, "the route is back")
    assert "10.0.0.0/8" in tunnel.wait_for_reason(REMOVED)["MESSAGE"]
    vm.ping("10.1.2.3")

    vm.run("ip route flush proto pptp")
    vm.wait(back, 5, "all routes are back")
    vm.ping("10.1.2.3")

    # A route of somebody else's stays until they take it away.
    vm.run("ip route replace 10.0.0.0/8 via 192.0.2.254")
    tunnel.wait_for_message("in the place of 10.0.0.0/8: 10.0.0.0/8 via 192.0.2.254",
                            PPTP_REASON=REMOVED)
    vm.run("ip route delete 10.0.0.0/8 via 192.0.2.254")
    vm.wait(back, 10, "the route is back")
    vm.ping("10.1.2.3")

    # While it is there, a tunnel that has to connect anew waits for that;
    # it worked before, after all.
    vm.run("ip route replace 10.0.0.0/8 via 192.0.2.254")
    vm.run("pkill", "-KILL", "-P", tunnel.show("MainPID"))
    tunnel.wait_for_reason("NETC-22")
    assert tunnel.state == "active", tunnel.state
    vm.run("ip route delete 10.0.0.0/8 via 192.0.2.254")
    tunnel.wait_for_status("Up: ", 40)
    vm.ping("10.1.2.3")
    # On another interface, whose index the pinned route tells.
    assert len(vm.routes()) == len(before), vm.routes()
    before = sorted(vm.routes())
    assert not vm.run("pgrep -x systemd-networkd", check=False).stdout
    notices = len(tunnel.journal(PPTP_REASON=REMOVED))
    vm.run("for i in $(seq 15); do ip route del 10.0.0.0/8 dev onenet; sleep 0.3; done",
           check=False)
    tunnel.wait_for_message("again and again", PPTP_REASON=REMOVED)
    vm.wait(back, 20, "the route is back in the end")
    notices = len(tunnel.journal(PPTP_REASON=REMOVED)) - notices
    assert notices < 15, f"{notices} notices of 15 removals"
    tunnel.stop()
    assert vm.routes() == []


@each_release
@case_timeout(120)
def case_networkd_manages_the_uplink(vm):
    """Set up or restarted, it removes what it does not know from the uplink:
    the pinned route comes back."""
    vm.at_end(restore, vm)
    vm.write("/run/systemd/network/50-uplink.network", "[Match]\nName=uplink0\n\n[Network]\n"
             "Address=192.0.2.1/24\nGateway=192.0.2.254\nIPv6AcceptRA=no\n")
    tunnel = vm.tunnel("onenet", routes=("10.0.0.0/8", "192.0.2.0/25"))
    tunnel.start()
    vm.run("systemctl unmask systemd-networkd.service")
    vm.at_end(vm.run, "systemctl stop systemd-networkd.socket systemd-networkd.service;"
              "systemctl mask systemd-networkd.service")

    def is_well():
        return any("192.0.2.2 dev uplink0" in route for route in vm.routes()) \
            and vm.ping("10.1.2.3", count=1, check=False)

    for command in ("systemctl start", "systemctl restart"):
        vm.run(f"{command} systemd-networkd.service")
        vm.wait(lambda: "configured" in vm.run("networkctl list uplink0", check=False).stdout, 20,
                "networkd has set up the uplink")
        vm.wait(is_well, 20, "the pinned route and traffic")
    vm.run("networkctl reconfigure uplink0")
    vm.wait(is_well, 20, "the pinned route and traffic")
    assert tunnel.state == "active"


@case_timeout(90)
def case_wakes_up(vm):
    """Stopped for a while, it tests the link as soon as it runs again;
    a clock that is set is no news."""
    tunnel = vm.tunnel("onenet")
    tunnel.start()
    vm.run("date -s @$(($(date +%s) + 2)); date -s @$(($(date +%s) - 2))")
    # A suspend is no option, since the guest's shared folders do not survive it. What counts is
    # that a deadline passes meanwhile; each 15 s there is one.
    tunnel.kill("STOP")
    time.sleep(22)
    tunnel.kill("CONT")
    entry = tunnel.wait_for_message("Awake again")
    assert entry["MESSAGE"].count("Awake again") == count(tunnel, "Awake again") == 1
    tunnel.wait_for_message("still answers")
    vm.ping("10.1.2.3")
    pid = tunnel.show("MainPID")
    ticks = sum(map(int, open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[11:13]))
    assert ticks < 500, f"the clock that was set keeps it busy: {ticks} ticks"
