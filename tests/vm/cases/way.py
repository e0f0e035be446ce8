# SPDX-License-Identifier: GPL-2.0-or-later
"""The way to the server: which address is dialled, and that the tunnel does not swallow it."""


def case_every_address_of_a_name_is_tried(vm):
    "The first address refuses, the second answers."
    vm.write("/etc/hosts", "127.0.0.1 localhost\n192.0.2.4 vpn.example\n192.0.2.2 vpn.example\n")
    tunnel = vm.tunnel("onenet", server="vpn.example")
    tunnel.start()
    assert "vpn.example (192.0.2.2)" in tunnel.status, tunnel.status


def case_every_server_is_tried(vm):
    "Server= is a list, tried in order."
    tunnel = vm.tunnel("onenet", server="192.0.2.4 192.0.2.2")
    tunnel.start()
    assert "192.0.2.2" in tunnel.status, tunnel.status


def case_routes_do_not_swallow_the_server(vm):
    "A route that covers the server itself: a host route keeps it outside of the tunnel."
    tunnel = vm.tunnel("onenet", routes=("10.0.0.0/8", "192.0.2.0/25"))
    tunnel.start()
    assert any(route.startswith("192.0.2.2 dev uplink0") for route in vm.routes()), vm.routes()
    told = tunnel.messages(PPTP_REASON="NETC-06")
    assert len(told) == 1 and "192.0.2.0/25 lies inside 192.0.2.0/24 on uplink0" in told[0], told
    vm.ping("10.1.2.3")
    tunnel.stop()
    assert vm.routes() == []


def case_a_server_that_is_its_own_peer(vm):
    "GRE-09: the address inside is the one outside, and must not be routed into the tunnel."
    vm.peer("own-address")
    tunnel = vm.tunnel("onenet", server="192.0.2.9")
    tunnel.start()
    assert vm.ip("route", "get", "192.0.2.9")[0]["dev"] == "uplink0"
    assert tunnel.journal(PPTP_REASON="GRE-09"), tunnel.messages()
    vm.ping("10.1.2.3")
    tunnel.stop()
    assert vm.routes() == []
