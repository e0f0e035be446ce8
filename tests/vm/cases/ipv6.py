# SPDX-License-Identifier: GPL-2.0-or-later
"""IPv6=negotiate: IPv6 in the tunnel, from servers that do it and from one that does not."""

import json
import os
import pathlib
import re
import signal
import time

from guest import case_timeout, each_release

NO_IPV6 = "IPCP-09"
BEHIND = "fd00:1::3"
NETWORK = "[Network]\nIPv6=negotiate\nRoutesOnDown=unreachable\n"


def ping6(vm, address):
    result = vm.run("ping", "-6", "-n", "-q", "-i", "0.2", "-w", "5", "-c", "2", address,
                    check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def is_refused(vm, address):
    result = vm.run("ping", "-6", "-n", "-c", "1", "-w", "1", address, check=False)
    assert result.returncode != 0, result.stdout
    # EHOSTUNREACH of a route, ENETUNREACH of a rule
    told = result.stdout + result.stderr
    return "No route to host" in told or "unreachable" in told


def give_ipv6(vm):
    "An uplink with IPv6, and an address behind the server."
    vm.run("ip -6 address add 2001:db8::1/64 dev uplink0;"
           "ip -6 route add default via 2001:db8::254 dev uplink0")
    vm.at_end(vm.run, "ip -6 route delete default dev uplink0;"
                      "ip -6 address delete 2001:db8::1/64 dev uplink0; true")
    vm.run_in_server(f"ip -6 address add {BEHIND}/128 dev behind;"
                     "sysctl -q -w net.ipv6.conf.all.forwarding=1")
    vm.at_end(vm.run_in_server, f"ip -6 address delete {BEHIND}/128 dev behind;"
                                "sysctl -q -w net.ipv6.conf.all.forwarding=0")


def status(vm):
    "What the state file has, once it is that of a tunnel that is up: it is written after STATUS=."
    def told():
        result = vm.run("pptpctl status --json onenet", check=False)
        tunnel = json.loads(result.stdout)["tunnels"][0]
        return tunnel if tunnel["up"] else None
    return vm.wait(told, 5, "pptpctl status says that it is up")


def everything(vm):
    return vm.run("ip -6 route show table all; ip -6 rule").stdout


@case_timeout(60)
@each_release
def case_goes_into_the_tunnel(vm):
    """An IPv6 prefix is routed into the tunnel, with an address that stays the same; the script of
    pppd does not run; while the link is down no packet for the prefix leaves; all goes in the
    end."""
    give_ipv6(vm)
    vm.pptpd(options="+ipv6\n")
    vm.write("/etc/ppp/ipv6-up", "#!/bin/sh\ntouch /run/ipv6-up-ran\n", mode=0o755)
    vm.at_end(pathlib.Path("/run/ipv6-up-ran").unlink, True)
    before = everything(vm)
    tunnel = vm.tunnel("onenet", server="192.0.2.3", routes=("10.0.0.0/8", "fd00:1::/32"),
                       more=NETWORK)
    assert vm.run("pptpctl", "check", "onenet", check=False).returncode == 0
    capture = vm.capture("net fd00:1::/32", interface="uplink0")
    tunnel.start()
    assert ", IPv6" in tunnel.status, tunnel.status
    # A server that does not know where our source address is would send its answers elsewhere.
    told = status(vm)
    vm.run_in_server("ip -6 route add 2001:db8::1/128 dev ppp0")
    vm.ping("10.1.2.3")
    ping6(vm, BEHIND)
    ping6(vm, told["ipv6_peer_address"] + "%onenet")
    assert told["ipv6_address"] in vm.run("ip -6 address show dev onenet").stdout, told

    os.kill(int(pathlib.Path("/run/onenet.pid").read_text()), signal.SIGKILL)
    vm.wait(lambda: "dev onenet" not in everything(vm), 5, "the link is gone")
    assert is_refused(vm, BEHIND)
    tunnel.wait_for_status("next in")   # or what it said before the kill would be taken for news
    tunnel.wait_for_status("Up:")
    assert status(vm)["ipv6_address"] == told["ipv6_address"]
    vm.run("ip -6 route delete fd00:1::/32 dev onenet")
    vm.wait(lambda: "fd00:1::/32 dev onenet" in everything(vm), 2, "the route is back")

    tunnel.stop()
    vm.wait(lambda: everything(vm) == before, 5, "everything is gone")
    assert not capture.lines(), capture.lines()
    assert not pathlib.Path("/run/ipv6-up-ran").exists()


@case_timeout(90)
@each_release
def case_address_is_put_back(vm):
    """The link-local address comes back as pppd gave it, after the interface was set down and up or
    lost its addresses, and so do the routes; also where IPv6 was off meanwhile."""
    vm.pptpd(options="+ipv6\n")
    tunnel = vm.tunnel("onenet", server="192.0.2.3", routes=("10.0.0.0/8", "fd00:1::/32"),
                       more="[Network]\nIPv6=negotiate\n")
    tunnel.start()
    told = status(vm)
    for command in ("ip link set onenet down; ip link set onenet up",
                    "ip -6 address flush dev onenet", "ip address flush dev onenet"):
        vm.run(command)
        vm.wait(lambda: told["ipv6_address"] in vm.run("ip -6 address show dev onenet").stdout, 5,
                f"the address is back after {command}")
        vm.wait(lambda: "fd00:1::/32 dev onenet" in everything(vm), 5,
                f"the route is back after {command}")
        ping6(vm, told["ipv6_peer_address"] + "%onenet")
        vm.wait(lambda: "10.0.0.0/8" in vm.run("ip route show dev onenet").stdout, 5,
                f"the IPv4 route is back after {command}")
        vm.ping("10.1.2.3")
    tunnel.wait_for_message(f"Somebody removed the address {told['ipv6_address']} from onenet")
    assert status(vm)["ipv6_address"] == told["ipv6_address"]
    assert not tunnel.journal(PRIORITY="4"), tunnel.journal(PRIORITY="4")

    # Switched off and on again: said once, with what mends it.
    vm.run("sysctl -q -w net.ipv6.conf.onenet.disable_ipv6=1")
    line = '"sysctl net.ipv6.conf.onenet.disable_ipv6=0", then "systemctl reload pptp@onenet"'
    tunnel.wait_for_message(line)
    vm.ping("10.1.2.3")
    vm.run("sysctl -q -w net.ipv6.conf.onenet.disable_ipv6=0")
    vm.run("systemctl", "reload", tunnel.unit)
    vm.wait(lambda: told["ipv6_address"] in vm.run("ip -6 address show dev onenet").stdout, 5,
            "the address is back after a reload")
    vm.wait(lambda: "fd00:1::/32 dev onenet" in everything(vm), 5, "and so is the route")
    assert len([text for text in tunnel.messages() if line in text]) == 1, tunnel.messages()
    tunnel.stop()


@case_timeout(90)
@each_release
def case_source_goes_and_comes(vm):
    """Addresses that routes send from are removed from the host: that is told, with the line of the
    configuration and what mends it, and the routes are as before once the addresses are back."""
    addresses = {"172.30.9.1": "10.6.0.0/16", "2001:db8:20::7": "fd00:1::/32"}
    vm.pptpd(options="+ipv6\n")
    vm.run("sysctl -q -w net.ipv6.conf.lo.disable_ipv6=0", check=False)
    more = "[Network]\nIPv6=negotiate\n"
    for address, prefix in addresses.items():
        vm.run(f"ip address add {address} dev lo")
        vm.at_end(vm.run, f"ip address delete {address} dev lo 2>/dev/null; true")
        more += f"[Route]\nDestination={prefix}\nPreferredSource={address}\n"
    tunnel = vm.tunnel("onenet", server="192.0.2.3", more=more)
    tunnel.start()
    configuration = pathlib.Path("/etc/pptp/conf.d/onenet.conf").read_text().splitlines()

    def has_route(address):
        routes = vm.run("ip route show dev onenet; ip -6 route show dev onenet").stdout
        return any(line.startswith(addresses[address]) and f"src {address}" in line
                   for line in routes.splitlines())

    for number, address in enumerate(addresses):
        assert has_route(address), everything(vm)
        vm.run(f"ip address delete {address} dev lo")
        line = 1 + configuration.index(f"Destination={addresses[address]}")
        words = (f"this host does not have the address {address}; add it, or change "
                 f"PreferredSource= in /etc/pptp/conf.d/onenet.conf:{line}")
        tunnel.wait_for_status(f"Up, but {words}")
        assert any(words in text for text in tunnel.messages(PPTP_REASON="NETC-28")), \
            tunnel.messages()
        vm.wait(lambda words=words: words in vm.run("pptpctl health onenet", check=False).stdout, 2,
                "the same in health")
        if ":" not in address:      # the kernel of Debian 12 leaves such a route as it is
            assert not has_route(address), vm.routes()

        time.sleep(4)   # until then it is tried again more rarely
        vm.run(f"ip address add {address} dev lo")
        vm.wait(lambda address=address: has_route(address), 1, f"the route from {address}")
        tunnel.wait_for_status("Up:")
        assert len([text for text in tunnel.messages() if text == "The tunnel is complete again"]) \
            == number + 1, tunnel.messages()
    assert not any("Somebody removed" in text for text in tunnel.messages()), tunnel.messages()
    tunnel.stop()


@case_timeout(90)
@each_release
def case_this_host_has_none(vm):
    """Where new interfaces get no IPv6, the server is not asked for it and not waited for; status,
    health and journal name this host and what mends it, also in a network namespace."""
    def switch(value, where=""):
        vm.run(f"{where} sysctl -q -w net.ipv6.conf.default.disable_ipv6={value}")

    line = '"sysctl net.ipv6.conf.default.disable_ipv6=0"'
    vm.pptpd(options="+ipv6\n")
    switch(1)
    vm.at_end(switch, 0)
    tunnel = vm.tunnel("onenet", server="192.0.2.3", routes=("10.0.0.0/8", "fd00:1::/32"),
                       more="[Network]\nIPv6=negotiate\n")
    tunnel.start()
    assert f"IPv6 (off in this host: run {line}, then reconnect)" in tunnel.status, tunnel.status
    assert line in vm.run("pptpctl", "health", "onenet", check=False).stdout
    tunnel.wait_for_message(line)
    assert not any("IPV6CP" in text for text in tunnel.messages()), tunnel.messages()
    vm.ping("10.1.2.3")
    switch(0)
    vm.run("pptpctl", "reconnect", "onenet")
    vm.wait(lambda: "fd00:1::/32 dev onenet" in everything(vm), 10, "IPv6 is there")
    tunnel.stop()

    vm.run("ip netns add inner")
    vm.at_end(vm.run, "ip netns delete inner; true")
    switch(1, "ip netns exec inner")
    tunnel = vm.tunnel("inner", server="192.0.2.3", routes=("10.0.0.0/8", "fd00:1::/32"),
                       more="[Network]\nIPv6=negotiate\n[Tunnel]\nNetworkNamespace=inner\n")
    vm.at_end(vm.run, "systemctl", "daemon-reload")
    vm.run("systemctl", "daemon-reload")
    tunnel.start()
    assert f"(off in its network namespace: run {line} there, " in tunnel.status, tunnel.status
    tunnel.stop()


@case_timeout(60)
@each_release
def case_interface_is_changed_by_others(vm):
    "Another name and another MTU: journal, status and health say what is there now, and why."
    vm.pptpd(options="+ipv6\n")
    tunnel = vm.tunnel("onenet", server="192.0.2.3", routes=("10.0.0.0/8", "fd00:1::/32"),
                       more="[Network]\nIPv6=negotiate\n")
    tunnel.start()
    vm.run("ip link set onenet down; ip link set onenet name foo; ip link set foo up")
    tunnel.wait_for_message("Somebody renamed the interface onenet to foo")
    tunnel.wait_for_status(" on foo, ")
    vm.wait(lambda: "10.0.0.0/8" in vm.run("ip route show dev foo").stdout, 5, "the route is back")
    vm.ping("10.1.2.3")
    vm.wait(lambda: re.findall(r"table \w+ (pptp-\S+)", vm.run("nft list tables").stdout)
            == ["pptp-foo"], 5, "the rules for forwarded connections follow")
    vm.run("ip -4 address flush dev foo")
    tunnel.wait_for_message(" from foo; putting it back")
    vm.run("ip link set foo mtu 1000")
    tunnel.wait_for_message("Somebody changed the MTU of foo from 1456 to 1000")
    tunnel.wait_for_status("the MTU of 1000 bytes is below the 1280")
    vm.wait(lambda: "MTU 1000" in vm.run("pptpctl", "status", "onenet", check=False).stdout, 5,
            "pptpctl status has the MTU")
    vm.run("pptpctl", "reconnect", "onenet")
    vm.wait(lambda: "fd00:1::/32 dev onenet" in everything(vm), 10, "all is as before")
    tunnel.stop()
    told = [text for text in tunnel.messages() if text.startswith("Somebody changed")]
    assert len(told) == 1, told


@case_timeout(90)
@each_release
def case_networks_on_both_sides(vm):
    """A network of this host inside an IPv6 prefix of the tunnel stays local and is named, also
    when it comes while the tunnel is up, and when a program took it from a router advertisement;
    OverlapPolicy=force sends it into the tunnel, and skip leaves out what would cut it off."""
    def status_words():
        return " ".join(vm.run("pptpctl status onenet", check=False).stdout.split())

    def bridge(name, commands):
        vm.run(f"ip link add {name} type dummy; ip link set {name} up; {commands}")
        vm.at_end(vm.run, f"ip link delete {name}; true")

    def reload(old, new):
        path.write_text(path.read_text().replace(old, new))
        vm.run("systemctl", "reload", tunnel.unit)

    path = pathlib.Path("/etc/pptp/conf.d/onenet.conf")
    vm.pptpd(options="+ipv6\n")
    bridge("early", "ip -6 route add fd00:1:5::/64 dev early proto ra")
    tunnel = vm.tunnel("onenet", server="192.0.2.3", routes=("10.0.0.0/8", "fd00:1::/32"),
                       more="[Network]\nIPv6=negotiate\nOverlapPolicy=warn\n")
    tunnel.start()
    early = "fd00:1:5::/64 on early lies inside fd00:1::/32: it stays local"
    vm.wait(lambda: early in status_words(), 5, "the overlap is named")
    bridge("late", "ip -6 address add fd00:1:6::1/64 dev late nodad")
    late = "fd00:1:6::/64 on late lies inside fd00:1::/32: it stays local"
    vm.wait(lambda: late in status_words(), 5, "the overlap is named")
    assert tunnel.messages(PPTP_REASON="NETC-06") == [early, late], tunnel.messages()
    checked = vm.run("pptpctl check onenet", check=False).stdout
    assert early in checked and late in checked and "fe80::" not in checked, checked
    assert "dev late" in vm.run("ip -6 route get fd00:1:6::9").stdout

    reload("warn", "force")
    assert "dev onenet" in vm.run("ip -6 route get fd00:1:6::9").stdout
    assert "dev onenet" in vm.run("ip -6 route get fd00:1:6:0:8000::9").stdout
    vm.run("ip link delete late")
    vm.wait(lambda: "fd00:1:6:" not in everything(vm), 5, "its halves are gone")
    assert "fd00:1:5::/65" in everything(vm), everything(vm)

    reload("force", "skip")
    reload("fd00:1::/32", "fd00:1::/32 fd00:1:5:0:1::/80")
    assert "it is left out" in status_words(), status_words()
    assert "dev early" in vm.run("ip -6 route get fd00:1:5:0:1::9").stdout
    tunnel.stop()


# A router advertisement: lifetime 1800 s, preference high, a prefix to take an address of.
ADVERTISEMENT = """
import socket, struct
prefix = struct.pack("!BBBBIII", 3, 4, 64, 0xc0, 3600, 3600, 0)
packet = struct.pack("!BBHBBHII", 134, 0, 0, 64, 0x08, 1800, 0, 0) + prefix \\
    + socket.inet_pton(socket.AF_INET6, "2001:db8:5::")
link = socket.if_nametoindex("ppp0")
sock = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, link)
sock.sendto(packet, ("ff02::1", 0, 0, link))
"""


@case_timeout(60)
@each_release
def case_server_gives_no_routes(vm):
    """A router advertisement of the server makes no route and no address of this host's, unless all
    of IPv6 goes into the tunnel anyway."""
    give_ipv6(vm)
    vm.pptpd(options="+ipv6\n")

    def advertise():
        ping6(vm, status(vm)["ipv6_peer_address"] + "%onenet")
        before = everything(vm)
        vm.run_in_server("python3", "-c", ADVERTISEMENT)
        # An answer behind it shows that it has come, or was dropped.
        ping6(vm, status(vm)["ipv6_peer_address"] + "%onenet")
        return before

    tunnel = vm.tunnel("onenet", server="192.0.2.3", routes=("10.0.0.0/8", "fd00:1::/32"),
                       more="[Network]\nIPv6=negotiate\n")
    tunnel.start()
    before = advertise()
    assert everything(vm) == before
    assert "2001:db8:5:" not in vm.run("ip -6 address show dev onenet").stdout
    tunnel.stop()

    tunnel = vm.tunnel("onenet", server="192.0.2.3", routes=("10.0.0.0/8", "::/0"),
                       more="[Network]\nIPv6=negotiate\n")
    tunnel.start()
    advertise()
    vm.wait(lambda: "2001:db8:5:" in vm.run("ip -6 address show dev onenet").stdout, 5,
            "an address of the server's prefix")
    tunnel.stop()


@case_timeout(90)
@each_release
def case_reload_takes_all_of_ipv6_away(vm):
    """A reload that takes ::/0 away, or brings it: the tunnel connects anew, as what the server
    advertised goes with the link, and whether its advertisements count is decided with it."""
    file = pathlib.Path("/etc/pptp/conf.d/onenet.conf")
    give_ipv6(vm)
    vm.pptpd(options="+ipv6\n")
    tunnel = vm.tunnel("onenet", server="192.0.2.3", routes=("10.0.0.0/8", "::/0"),
                       more="[Network]\nIPv6=negotiate\n")
    tunnel.start()

    def link():
        "Its index: each connection has another one."
        return vm.run("ip -o link show dev onenet", check=False).stdout.split(":")[0]

    def advertise():
        peer = status(vm)["ipv6_peer_address"] + "%onenet"
        ping6(vm, peer)
        vm.run_in_server("python3", "-c", ADVERTISEMENT)
        ping6(vm, peer)

    def reload(old, new):
        before = link()
        vm.write(file, file.read_text().replace(f"Destination={old}\n", f"Destination={new}\n"))
        vm.run("systemctl", "reload", tunnel.unit)
        vm.wait(lambda: link() not in ("", before), 20, "another link")
        tunnel.wait_for_status("Up:")

    def learnt():
        "What this host has learnt from the server: routes, and addresses in its prefix."
        shown = vm.run("ip -6 route show proto ra dev onenet; ip -6 address show dev onenet").stdout
        return [line for line in shown.splitlines() if "proto ra" in line or "2001:db8:5:" in line
                or line.startswith("default")]

    advertise()
    vm.wait(learnt, 5, "what the server advertised")

    reload("::/0", "fd00:1::/32")
    assert "fd00:1::/32 dev onenet" in everything(vm)
    advertise()
    assert not learnt(), learnt()
    assert "default dev onenet" not in everything(vm)
    assert "dev uplink0" in vm.run("ip -6 route get 2001:db9::1").stdout

    reload("fd00:1::/32", "::/0")
    advertise()
    vm.wait(learnt, 5, "what the server advertised")
    tunnel.stop()


@case_timeout(60)
def case_in_a_namespace(vm):
    "With NetworkNamespace= all of it is in there: the address, and the routes, ::/0 among them."
    give_ipv6(vm)
    vm.pptpd(options="+ipv6\n")
    tunnel = vm.tunnel("onenet", server="192.0.2.3", routes=("10.0.0.0/8", "::/0"),
                       more="[Network]\nIPv6=negotiate\n[Tunnel]\nNetworkNamespace=blue\n")
    vm.at_end(vm.run, "systemctl", "daemon-reload")
    vm.run("systemctl", "daemon-reload")
    tunnel.start()
    told = status(vm)
    inner = vm.run("ip -n blue -6 address show dev onenet;"
                   "ip -n blue -6 route show proto pptp").stdout
    assert told["ipv6_address"] in inner and "default dev onenet" in inner, inner
    vm.run(f"ip netns exec blue ping -6 -n -q -w 5 -c 1 {told['ipv6_peer_address']}%onenet")
    assert "onenet" not in vm.run("ip -6 route show table all").stdout

    vm.run("ip -n blue address flush dev onenet")
    def has_addresses():
        shown = vm.run("ip -n blue address show dev onenet").stdout
        return "inet " in shown and told["ipv6_address"] in shown
    vm.wait(has_addresses, 5, "the addresses are back")
    vm.wait(lambda: "10.0.0.0/8" in vm.run("ip -n blue route").stdout, 5, "the route is back")
    tunnel.stop()


@case_timeout(60)
def case_server_without_it(vm):
    """A server rejects IPV6CP: the tunnel is up for IPv4 at once, and says what it lacks. Its IPv6
    prefixes, all of IPv6 here, are refused and do not leave beside it."""
    give_ipv6(vm)
    vm.pptpd(options="noipv6\n")
    before = everything(vm)
    tunnel = vm.tunnel("onenet", server="192.0.2.3", routes=(),
                       more=NETWORK + "DefaultRoute=yes\n")
    capture = vm.capture("ip6 and not icmp6 and not ip6 multicast or host 2001:db9::1",
                         interface="uplink0")
    tunnel.start()
    assert "without IPv6" in tunnel.status, tunnel.status
    assert tunnel.journal(PPTP_REASON=NO_IPV6)
    vm.ping("10.1.2.3")
    assert is_refused(vm, "2001:db9::1")
    assert "dev uplink0" in vm.run("ip -6 route get 2001:db8::7").stdout
    tunnel.stop()
    vm.wait(lambda: everything(vm) == before, 5, "everything is gone")
    assert not capture.lines(), capture.lines()
