# SPDX-License-Identifier: GPL-2.0-or-later
"""A whole network behind the tunnel: everything goes in, nothing leaves beside it."""

import contextlib
import os
import pathlib
import re
import signal
import socket
import threading

from guest import case_timeout, each_release

REMOVED = "NETC-07"
# Of the tests' own network; there is nobody.
OUTSIDE = "198.51.100.77"
RESTARTS = 3
SEND_INTERVAL_SECONDS = 0.01
DISCARD_PORT = 9


def output(vm, command):
    return vm.run(command).stdout


def rules(vm, family="-4"):
    return [line for line in output(vm, f"ip {family} rule").splitlines() if "proto pptp" in line]


def own_table(vm):
    return next(match.group(1) for match in (re.search(r"lookup (\d{6,})", rule)
                                             for rule in rules(vm)) if match)


def is_routed(vm, address, device):
    result = vm.run("ip", "route", "get", address, check=False)
    return f"dev {device}" in result.stdout


def send_outside(vm, *addresses):
    """Tries to get there every 10 ms, until the case ends. Each packet finds its route anew, and
    there is no process for it, which an emulated processor starts no quicker than that."""
    sockets = {family: socket.socket(family, socket.SOCK_DGRAM)
               for family in (socket.AF_INET, socket.AF_INET6)}
    is_over = threading.Event()

    def send():
        while not is_over.wait(SEND_INTERVAL_SECONDS):
            for address in addresses:
                # There is no route, say.
                with contextlib.suppress(OSError):
                    sockets[socket.AF_INET6 if ":" in address else socket.AF_INET].sendto(
                        b"", (address, DISCARD_PORT))

    thread = threading.Thread(target=send)
    thread.start()

    def end():
        is_over.set()
        thread.join()
        for one in sockets.values():
            one.close()
    vm.at_end(end)


def strict(vm):
    "Reverse path filtering at its strictest, also for what comes later."
    for name in "all", "default", "uplink0":
        before = output(vm, f"sysctl -n net.ipv4.conf.{name}.rp_filter").strip()
        vm.at_end(vm.run, f"sysctl -q -w net.ipv4.conf.{name}.rp_filter={before}")
        vm.run(f"sysctl -q -w net.ipv4.conf.{name}.rp_filter=1")


def give_ipv6(vm):
    vm.run("ip -6 address add 2001:db8::1/64 dev uplink0;"
           "ip -6 route add default via 2001:db8::254 dev uplink0")
    vm.at_end(vm.run, "ip -6 route delete default dev uplink0;"
                      "ip -6 address delete 2001:db8::1/64 dev uplink0; true")


@case_timeout(90)
@each_release
def case_default_route(vm):
    """Everything goes into the tunnel but the server's packets and this host's own networks, with
    the strictest reverse path filter; no IPv6 leaves; the old default route is never touched."""
    strict(vm)
    give_ipv6(vm)
    vm.run("ip rule add from 192.0.2.99 lookup main priority 30000")
    vm.at_end(vm.run, "ip rule delete priority 30000; true")
    before = output(vm, "ip route show table main; ip rule; ip -6 rule; ip -6 route")
    tunnel = vm.tunnel("onenet", routes=(), more="[Network]\nDefaultRoute=yes\nIPv6=block\n")
    tunnel.start()
    vm.ping("10.1.2.3")
    assert is_routed(vm, OUTSIDE, "onenet")
    assert is_routed(vm, "192.0.2.77", "uplink0")
    assert is_routed(vm, "192.0.2.2", "uplink0")
    assert f"table {own_table(vm)}" in output(vm, "pptpctl status onenet")
    assert "default via 192.0.2.254 dev uplink0" in output(vm, "ip route show table main")

    capture = vm.capture("ip6 and not icmp6 and not ip6 multicast", interface="uplink0")
    result = vm.run("ping", "-c", "1", "-W", "1", "2001:db9::1", check=False)
    assert "unreachable" in result.stdout + result.stderr, result
    assert "dev uplink0" in output(vm, "ip -6 route get 2001:db8::7")
    assert not capture.lines(), capture.lines()

    # Somebody removes a rule, then all of them; a foreign one is not ours to bring back.
    vm.run("ip rule delete priority 32700")
    vm.wait(lambda: len(rules(vm)) == 2, 1, "the rule is back")
    vm.run("ip rule flush; ip rule add lookup main priority 32766 proto kernel;"
           "ip rule add lookup default priority 32767 proto kernel; ip -6 rule flush;"
           "ip -6 rule add lookup main priority 32766 proto kernel")
    vm.wait(lambda: len(rules(vm)) == 2 and len(rules(vm, "-6")) == 2, 1, "the rules are back")
    assert "30000" not in output(vm, "ip rule")
    assert tunnel.journal(PPTP_REASON=REMOVED)
    vm.run("ip rule add from 192.0.2.99 lookup main priority 30000")
    vm.ping("10.1.2.3")

    tunnel.stop()
    after = output(vm, "ip route show table main; ip rule; ip -6 rule; ip -6 route")
    assert after == before, (before, after)


@case_timeout(90)
def case_default_route_by_metric(vm):
    "With a metric there are no rules: the default route stands in main, before the old one."
    tunnel = vm.tunnel("onenet", routes=(),
                       more="[Network]\nDefaultRoute=yes\nRouteMetric=50\n")
    vm.at_end(vm.run, "ip route replace default via 192.0.2.254;"
                      "ip route delete default via 192.0.2.254 metric 100")
    vm.run("ip route add default via 192.0.2.254 metric 100; ip route delete default metric 0")
    tunnel.start()
    vm.ping("10.1.2.3")
    assert rules(vm) == []
    assert is_routed(vm, OUTSIDE, "onenet")
    routes = output(vm, "pptpctl routes onenet")
    assert re.search(r"^0\.0\.0\.0/0 metric 50 +installed$", routes, re.MULTILINE), routes
    assert re.search(r"^192\.0\.2\.2/32 .*also there: keeps", routes, re.MULTILINE), routes
    assert "onenet: 1 of 1 routes installed" in routes, routes
    tunnel.stop()
    routes = vm.run("pptpctl routes onenet", check=False)
    assert routes.returncode == 3 and "no interface now" in routes.stdout, routes.stdout
    assert is_routed(vm, OUTSIDE, "uplink0")


@case_timeout(120)
@each_release
def case_nothing_leaves_beside_it(vm):
    """From the unit's start to its stop not one packet for the prefixes takes the uplink: before
    the first connection, while it reconnects, after kill -9, during restarts; then all is as it
    was."""
    give_ipv6(vm)
    before = output(vm, "ip route show table main; ip rule; ip -6 rule")
    tunnel = vm.tunnel("onenet", server="192.0.2.9",
                       more="[Network]\nDefaultRoute=yes\nIPv6=block\nRoutesOnDown=unreachable\n"
                            "[Reconnect]\nDelaySec=100ms\nMaxDelaySec=1s\n")
    capture = vm.capture(f"net 10.0.0.0/8 or host {OUTSIDE} or host 2001:db9::1",
                         interface="uplink0")
    tunnel.start_in_background()     # nobody listens there yet
    vm.wait(lambda: len(rules(vm)) == 3, 5, "the rules are there")
    send_outside(vm, "10.1.2.3", OUTSIDE, "2001:db9::1")
    tunnel.wait_for_status("next in")
    vm.pptpd("192.0.2.9")
    tunnel.wait_for_status("Up:")
    vm.ping("10.1.2.3")

    os.kill(int(pathlib.Path("/run/onenet.pid").read_text()), signal.SIGKILL)
    vm.wait(lambda: not is_routed(vm, "10.1.2.3", "onenet"), 5, "the link is gone")
    tunnel.wait_for_status("next in")
    tunnel.wait_for_status("Up:")
    tunnel.kill()
    vm.wait(lambda: not is_routed(vm, "10.1.2.3", "onenet"), 5, "the supervisor is gone")
    tunnel.wait_for_status("Up:")
    for _ in range(RESTARTS):
        vm.run("systemctl", "restart", tunnel.unit)
    vm.ping("10.1.2.3")
    vm.run("ip link set uplink0 down; sleep 0.5; ip link set uplink0 up;"
           "ip route add default via 192.0.2.254")
    tunnel.wait_for_status("Up:")

    assert not capture.lines(), capture.lines()
    tunnel.stop()
    vm.wait(lambda: output(vm, "ip route show table main; ip rule; ip -6 rule") == before, 5,
            "everything is gone")


def route_get(vm, address):
    "How a packet to there is sent, or the error of the program that sends it."
    result = vm.run("ip", "route", "get", address, check=False)
    return " ".join((result.stdout + result.stderr).split())


@case_timeout(60)
def case_types_and_sources(vm):
    """PreferredSource= is where packets come from. A packet for a Type= that leads nowhere fails at
    once in the manner of that type; the type changes by a reload, and all is gone with a stop."""
    vm.run("ip address add 172.30.9.1/32 dev lo")
    vm.at_end(vm.run, "ip address delete 172.30.9.1/32 dev lo")
    section = "[Route]\nDestination=10.{}.0.0/16\nType={}\n"
    tunnel = vm.tunnel("onenet", more=section.format(2, "blackhole") + section.format(3, "prohibit")
                       + section.format(4, "throw") + section.format(5, "unreachable")
                       + "[Route]\nDestination=10.6.0.0/16\nPreferredSource=172.30.9.1\n")
    tunnel.start()
    capture = vm.capture("icmp", "onenet")
    vm.run("ping", "-n", "-c", "1", "-W", "1", "10.6.0.1", check=False)
    capture.wait_for("172.30.9.1 > 10.6.0.1")
    assert "dev onenet" in route_get(vm, "10.1.2.3")
    for address, error in (("10.2.0.1", "Invalid argument"), ("10.3.0.1", "Permission denied"),
                           ("10.5.0.1", "No route to host")):
        assert error in route_get(vm, address), route_get(vm, address)
    # The lookup goes on with the next table, whatever main has beside it.
    assert "dev onenet" not in route_get(vm, "10.4.0.1"), route_get(vm, "10.4.0.1")
    assert "onenet: 6 of 6 routes installed" in output(vm, "pptpctl routes onenet")

    path = pathlib.Path("/etc/pptp/conf.d/onenet.conf")
    path.write_text(path.read_text().replace("blackhole", "prohibit"))
    vm.run("systemctl", "reload", tunnel.unit)
    assert "Permission denied" in route_get(vm, "10.2.0.1"), route_get(vm, "10.2.0.1")
    tunnel.stop()
    assert vm.routes() == [], vm.routes()


@case_timeout(60)
def case_unit_that_fails_lets_go(vm):
    "A unit that fails for good, or is stopped while it waits for a restart, leaves nothing behind."
    more = "[Network]\nRoutesOnDown=unreachable\n"
    tunnel = vm.tunnel("onenet", password="wrong", more=more)
    tunnel.start_in_background()
    tunnel.wait_for_state("failed")
    vm.wait(lambda: vm.routes() == [], 5, "the unreachable route is gone")

    vm.drop_in("[Service]\nRestartSec=30s\n")  # time to look at it, and for a stop
    tunnel = vm.tunnel("onenet", more=more)
    tunnel.start()
    tunnel.kill()
    vm.wait(lambda: tunnel.show("SubState") == "auto-restart", 5, "it waits to be restarted")
    assert any("unreachable 10.0.0.0/8" in route for route in vm.routes()), vm.routes()
    tunnel.stop()
    vm.wait(lambda: vm.routes() == [], 5, "the unreachable route is gone")

    # Once it has been up a restart does not end it, nor let go, though the server says no.
    tunnel.start()
    vm.write("/etc/pptp/onenet.password", "wrong", mode=0o600)
    vm.run("systemctl", "restart", "--no-block", tunnel.unit)
    tunnel.wait_for_status("AUTH-18")
    assert any("unreachable 10.0.0.0/8" in route for route in vm.routes()), vm.routes()
    assert tunnel.show("ActiveState") == "activating"
    tunnel.stop()
    vm.wait(lambda: vm.routes() == [], 5, "the unreachable route is gone")


@case_timeout(60)
def case_networks_on_both_sides(vm):
    """A container's bridge inside the tunnel's prefix stays local and is named, also when it comes
    while the tunnel is up; OverlapPolicy=force sends it into the tunnel, and skip leaves out what
    would cut off this host's own network. Tables have names."""
    def bridge(address):
        vm.run(f"ip link add bridge9 type dummy; ip address add {address} dev bridge9;"
               "ip link set bridge9 up")

    def status():
        return " ".join(output(vm, "pptpctl status onenet").split())

    vm.at_end(vm.run, "ip link delete bridge9; true")
    vm.write("/etc/iproute2/rt_tables.d/lab.conf", "4711 lab\n")
    config = ("[Route]\nDestination=172.16.0.0/12\nTable=lab\n"
              "[Network]\nOverlapPolicy={}\n")
    tunnel = vm.tunnel("onenet", more=config.format("warn"))
    tunnel.start()
    assert "table lab" in output(vm, "ip route show table all 172.16.0.0/12")
    bridge("10.1.2.1/24")
    words = "10.1.2.0/24 on bridge9 lies inside 10.0.0.0/8: it stays local"
    vm.wait(lambda: words in status(), 5, "the overlap is named")
    assert tunnel.messages(PPTP_REASON="NETC-06") == [words], tunnel.messages()
    assert words in vm.run("pptpctl check onenet", check=False).stdout
    assert is_routed(vm, "10.1.2.3", "bridge9")

    path = pathlib.Path("/etc/pptp/conf.d/onenet.conf")
    path.write_text(path.read_text().replace("warn", "force"))
    vm.run("systemctl", "reload", tunnel.unit)
    vm.ping("10.1.2.3")
    vm.run("ip link delete bridge9")
    vm.wait(lambda: "Overlaps" not in status(), 5, "it is gone")
    vm.wait(lambda: not any("/25" in route for route in vm.routes()), 5, "its halves are gone")

    path.write_text(path.read_text().replace("force", "skip")
                    .replace("10.0.0.0/8", "10.0.0.0/8 192.0.2.128/25"))
    vm.run("systemctl", "reload", tunnel.unit)
    assert is_routed(vm, "192.0.2.200", "uplink0")
    assert "it is left out" in status(), status()
    vm.ping("10.1.2.3")


@case_timeout(150)
@each_release
def case_forced_networks(vm):
    """With OverlapPolicy=force and RoutesOnDown=unreachable a network of this host that is behind
    the server, too, goes into the tunnel or nowhere: before the first connection, when it appears
    while the tunnel is down, after a kill; be it a part of the tunnel's prefix or the same. The
    server stays in reach, though its own network is forced. With warn the same network stays local,
    whichever was there first, and is named."""
    everywhere = ("10.5.0.9", "10.5.0.200", "10.7.0.9", "10.7.0.200", "fd00:1:5::9")

    def is_refused(*addresses):
        return all(vm.run("ip", "route", "get", address, check=False).returncode != 0
                   for address in addresses)

    def goes_in(*addresses):
        return all(is_routed(vm, address, "onenet") for address in addresses)

    def ours():
        return output(vm, "ip route show proto pptp; ip -6 route show proto pptp")

    def bridge(name, *addresses):
        vm.run(f"ip link add {name} type dummy; ip link set {name} up")
        vm.at_end(vm.run, f"ip link delete {name}; true")
        for address in addresses:
            vm.run(f"ip address add {address} dev {name} {'nodad' if ':' in address else ''}")

    def edit(old, new):
        text = path.read_text()
        assert old in text, text
        path.write_text(text.replace(old, new))

    def status():
        return " ".join(output(vm, "pptpctl status onenet").split())

    vm.pptpd(options="+ipv6\n")
    vm.drop_in("[Service]\nRestartSec=30s\n")
    bridge("bridge8", "10.5.0.1/24", "10.7.0.1/24", "fd00:1:5::1/64", "fd00:1:8::1/128")
    path = pathlib.Path("/etc/pptp/conf.d/onenet.conf")
    tunnel = vm.tunnel("onenet", server="192.0.2.250",   # nobody, for now
                       routes=("10.0.0.0/8", "10.7.0.0/24", "fd00:1::/32"),
                       more="[Network]\nIPv6=negotiate\nOverlapPolicy=force\n"
                            "RoutesOnDown=unreachable\n")
    tunnel.start_in_background()
    vm.wait(lambda: is_refused(*everywhere), 5, "all of it is refused")
    bridge("bridge9", "10.6.0.1/24")
    vm.wait(lambda: is_refused("10.6.0.9", "10.6.0.200"), 2, "the new network is refused")
    vm.run("ip link delete bridge9")
    vm.wait(lambda: "10.6.0" not in ours(), 2, "and no longer when it has gone")
    tunnel.stop()
    vm.wait(lambda: ours() == "", 5, "everything is gone")

    edit("192.0.2.250", "192.0.2.3")
    tunnel.start()
    assert goes_in(*everywhere), ours()
    edit("fd00:1::/32", "fd00:1::/32 192.0.2.0/24")
    vm.run("systemctl", "reload", tunnel.unit)
    assert goes_in("192.0.2.77"), ours()
    vm.ping("10.1.2.3")
    vm.run("pptpctl", "reconnect", "onenet")
    tunnel.wait_for_status("Up:")
    vm.ping("10.1.2.3")
    tunnel.kill()
    vm.wait(lambda: tunnel.show("SubState") == "auto-restart", 5, "it waits to be restarted")
    assert is_refused(*everywhere, "192.0.2.77"), ours()
    vm.run("systemctl", "restart", tunnel.unit)
    assert goes_in(*everywhere, "192.0.2.77"), ours()

    edit("fd00:1::/32 192.0.2.0/24", "fd00:1::/32")
    edit("force", "warn")
    same = "10.7.0.0/24 on bridge8 is the same network: it stays local"
    for command in ("reload", "restart"):
        vm.run("systemctl", command, tunnel.unit)
        vm.wait(lambda: same in status(), 5, "the same network is named")
        assert is_routed(vm, "10.7.0.9", "bridge8") and goes_in("10.1.2.3"), ours()
    assert same in tunnel.messages(PPTP_REASON="NETC-06"), tunnel.messages()
    checked = vm.run("pptpctl check onenet", check=False).stdout
    assert f"warning routes         {same}" in checked, checked

    # Of a router's network this host has an address of its own alone.
    vm.run("ip -6 route add fd00:1:8::/64 dev bridge8 proto ra")
    words = "fd00:1:8::/64 on bridge8 lies inside fd00:1::/32: it stays local"
    vm.wait(lambda: words in status(), 5, "the router's network is named")
    tunnel.stop()
    vm.wait(lambda: ours() == "", 5, "everything is gone")
