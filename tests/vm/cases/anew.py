# SPDX-License-Identifier: GPL-2.0-or-later
"""The link is negotiated anew while the tunnel is up, or somebody takes its interface down and its
addresses away: routes come back, and until then nobody is told that all is well."""

from guest import case_timeout

ROUTES = ("10.0.0.0/8", "172.16.0.0/12")
PEER = "192.0.2.9"
# IPCP Configure-Ack, with and without address and control, behind a GRE header without and with an
# acknowledgement: where in bits it begins, how long it is, what it is.
IPCP_ACKS = [(offset, length, value) for offset in (96, 128)
             for length, value in ((40, "0xff03802102"), (24, "0x802102"))]


def is_routed(vm):
    return sum("dev onenet" in route for route in vm.routes()) == len(ROUTES)


def mtu(vm):
    return vm.ip("link", "show", "onenet")[0]["mtu"]


@case_timeout(120)
def case_one_lost_acknowledgement(vm):
    "Exactly one packet is lost, our IPCP Configure-Ack, and pptpd repeats its request."
    rules = "\n".join(f"ip protocol gre @th,{offset},{length} == {value} jump first"
                      for offset, length, value in IPCP_ACKS)
    vm.run("ip netns exec server nft -f - <<'RULES'\ntable ip lossy {\n"
           "chain first { numgen inc mod 65536 == 0 counter drop; }\n"
           f"chain input {{ type filter hook prerouting priority -300;\n{rules}\n}}\n}}\nRULES")
    vm.at_end(vm.run, "ip netns exec server nft delete table ip lossy")
    tunnel = vm.tunnel("onenet", routes=ROUTES)
    tunnel.start()

    def repeated():
        return sum("sent [IPCP ConfReq" in line
                   for line in vm.messages("server-2.service")) >= 2
    vm.wait(repeated, 20, "pptpd repeats its request")
    dropped = vm.run("ip netns exec server nft list table ip lossy").stdout
    assert dropped.count("counter packets 1 ") == 1, dropped
    vm.wait(lambda: vm.ping("10.1.2.3", count=1, check=False), 20, "data passes")
    vm.wait(lambda: is_routed(vm), 5, "routes")
    tunnel.wait_for_status("Up: ", 10)
    assert "2 routes" in tunnel.status, tunnel.status
    assert mtu(vm) == 1456, mtu(vm)


@case_timeout(150)
def case_server_begins_anew(vm):
    "The server reopens IPCP, and another one LCP: what is up is up again, with routes."
    for scenario in ("ipcp-reopens", "lcp-reopens"):
        peer = vm.peer(scenario, address=PEER)
        tunnel = vm.tunnel("onenet", server=PEER, routes=ROUTES)
        tunnel.start()
        tunnel.wait_for_message("negotiates the link anew", 30)
        tunnel.wait_for_status("Up: ", 30)
        vm.wait(lambda: is_routed(vm), 5, "routes")
        vm.ping("10.1.2.3")
        assert mtu(vm) == 1456, (scenario, mtu(vm))
        assert {entry["session"] for entry in peer.said(layer="LCP")} == {1}, scenario
        tunnel.stop()
        assert vm.routes() == []
        peer.stop()


@case_timeout(90)
def case_interface_set_down(vm):
    "For a moment, which costs nothing; and for longer, which the status says."
    tunnel = vm.tunnel("onenet", routes=ROUTES)
    tunnel.start()
    vm.run("ip link set onenet down; ip link set onenet up")
    vm.wait(lambda: is_routed(vm), 5, "the routes are back")
    vm.ping("10.1.2.3")

    vm.run("ip link set onenet down")
    tunnel.wait_for_status("Up, but interface onenet was set down", 10)
    assert not is_routed(vm)
    vm.run("ip link set onenet up")
    vm.wait(lambda: is_routed(vm), 5, "the routes are back")
    tunnel.wait_for_status("Up: ", 5)
    vm.ping("10.1.2.3")
    assert tunnel.state == "active"
    tunnel.stop()
    assert vm.routes() == []


@case_timeout(90)
def case_address_taken_away(vm):
    "The kernel drops the routes along with it, and says nothing of them: all come back."
    tunnel = vm.tunnel("onenet", routes=ROUTES)
    tunnel.start()
    address = vm.ip("-4", "address", "show", "onenet")[0]["addr_info"][0]
    vm.run("ip -4 address flush dev onenet")
    vm.wait(lambda: is_routed(vm), 5, "the routes are back")
    again = vm.ip("-4", "address", "show", "onenet")[0]["addr_info"][0]
    for what in ("local", "address", "prefixlen", "scope"):
        assert again[what] == address[what], again
    tunnel.wait_for_message(f"Somebody removed the address {address['local']} from onenet")
    tunnel.wait_for_status("Up: ", 10)
    vm.ping("10.1.2.3")


@case_timeout(60)
def case_destination_that_is_the_server(vm):
    "The line has no effect, and that is said; the tunnel does not swallow its own packets."
    tunnel = vm.tunnel("onenet", routes=("10.0.0.0/8", "192.0.2.2/32"))
    tunnel.start()
    tunnel.wait_for_message("Destination=192.0.2.2/32 is the server itself")
    assert not any("192.0.2.2" in route and "onenet" in route for route in vm.routes())
    vm.ping("10.1.2.3")
    vm.ping("192.0.2.2")
