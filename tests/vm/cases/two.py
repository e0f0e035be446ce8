# SPDX-License-Identifier: GPL-2.0-or-later
"""Several tunnels at once, to the same server."""

import time

from guest import case_timeout


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


@case_timeout(240)
def case_many_lose_their_server(vm):
    "They dial it in turn, and all of them are back."
    server = vm.pptpd("192.0.2.3")
    tunnels = [vm.tunnel(f"many{n:02}", server=server.address, routes=[f"10.1.{n}.1/32"])
               for n in range(24)]
    vm.run("systemctl", "start", *(tunnel.unit for tunnel in tunnels), timeout=120)
    # What has stood for a minute is called again without a pause of its own.
    time.sleep(62)
    capture = vm.capture(f"dst host {server.address} and tcp dst port 1723 and "
                         "tcp[tcpflags] & (tcp-syn | tcp-ack) = tcp-syn")
    server.kill()
    time.sleep(0.5)
    server.start()
    vm.wait(lambda: all(tunnel.status.startswith("Up: ") for tunnel in tunnels), 60, "all of them")
    capture.stop()
    lines = vm.run("tcpdump", "-nn", "-tt", "-r", capture.path).stdout.splitlines()
    calls = sorted(float(line.split()[0]) for line in lines)
    assert len(calls) >= len(tunnels), len(calls)
    # Ten a second, and the pace of an emulated machine.
    busiest = max(sum(first <= call < first + 1 for call in calls) for first in calls)
    assert busiest <= 15, [round(call - calls[0], 2) for call in calls]
    vm.run("systemctl", "stop", *(tunnel.unit for tunnel in tunnels), timeout=120)
