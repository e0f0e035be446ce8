# SPDX-License-Identifier: GPL-2.0-or-later
"""Several tunnels at once, to the same server."""


def case_two_tunnels_to_one_server(vm):
    "Each has its own interface and routes; when one stops, the other does not notice."
    first = vm.tunnel("a", routes=["10.1.2.3/32"])
    second = vm.tunnel("b", routes=["10.1.2.4/32"])
    vm.run("systemctl", "start", first.unit, second.unit, timeout=60)
    assert vm.ip("route", "get", "10.1.2.3")[0]["dev"] == "a"
    assert vm.ip("route", "get", "10.1.2.4")[0]["dev"] == "b"
    vm.ping("10.1.2.3")
    vm.ping("10.1.2.4")

    status = second.status
    with_both = vm.ip("route", "show", "dev", "b")
    first.stop()
    assert not vm.ip("link", "show", "a"), "interface a is still there"
    assert vm.ip("route", "show", "dev", "b") == with_both
    vm.ping("10.1.2.4")
    assert second.status == status, f"{second.status!r}, was {status!r}"


def case_one_restarts_beside_the_other(vm):
    "The other's traffic goes on."
    first = vm.tunnel("a", routes=["10.1.2.3/32"])
    second = vm.tunnel("b", routes=["10.1.2.4/32"])
    first.start()
    second.start()
    vm.run("systemctl", "restart", first.unit, timeout=60)
    vm.ping("10.1.2.3")
    vm.ping("10.1.2.4")


def case_target_groups_them(vm):
    "systemctl stop pptp.target stops all tunnels that belong to it."
    first, second = vm.tunnel("a", routes=["10.1.2.3/32"]), vm.tunnel("b", routes=["10.1.2.4/32"])
    first.start()
    second.start()
    vm.run("systemctl", "start", "pptp.target")
    vm.run("systemctl", "stop", "pptp.target", timeout=60)
    first.wait_for_state("inactive", 10)
    second.wait_for_state("inactive", 10)
