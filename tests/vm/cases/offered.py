# SPDX-License-Identifier: GPL-2.0-or-later
"""UseRoutes=yes: routes that the server offers by DHCP over the tunnel, as Windows' server does."""

import re
import time

from guest import case_timeout, each_release

FILE = "/etc/pptp/conf.d/onenet.conf"
SERVER = "/run/dhcp-server.py"
ASKED = "/run/dhcp-asked"

# Answers DHCPINFORM: 10.50/16 and 172.16/12, all, the server's own network, name server, domain.
PROGRAM = f"""
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
s.bind(("", 67))
while True:
    data, (host, port) = s.recvfrom(1500)
    assert port == 68 and data[0] == 1 and data[12:16] == socket.inet_aton(host), (host, port)
    assert b"\\x35\\x01\\x08" in data and b"MSFT 5.0" in data
    open("{ASKED}", "a").write(host + "\\n")
    routes = bytes([16, 10, 50, 10, 0, 0, 1, 12, 172, 16, 10, 0, 0, 1, 0, 10, 0, 0, 1,
                    24, 192, 0, 2, 10, 0, 0, 1])
    options = bytes([53, 1, 5, 121, len(routes)]) + routes + bytes([6, 4, 10, 0, 0, 53])
    options += bytes([15, 12]) + b"corp.example" + bytes([255])
    wrong = bytes([2, 8, 0, 0]) + b"\\0" * 4
    s.sendto(wrong + data[8:236] + b"\\x63\\x82\\x53\\x63" + options, (host, 68))
    s.sendto(b"\\x02", (host, 68))
    s.sendto(bytes([2, 8, 0, 0]) + data[4:236] + b"\\x63\\x82\\x53\\x63" + options, (host, 68))
"""


def configuration(more=""):
    return ("[Tunnel]\nServer=192.0.2.2\n"
            "[Authentication]\nUser=vpn\nPasswordFile=/etc/pptp/onenet.password\n"
            f"[Network]\nUseRoutes=yes\n{more}\n[Route]\nDestination=10.0.0.0/24\n")


def dhcp_server(vm):
    vm.write(SERVER, PROGRAM)
    vm.write(ASKED, "")
    vm.run("systemd-run --unit=dhcp-server --property=NetworkNamespacePath=/run/netns/server "
           f"python3 {SERVER}")
    vm.at_end(vm.run, "systemctl stop dhcp-server; systemctl reset-failed dhcp-server || true")


def times_asked(vm):
    return len(vm.run("cat", ASKED).stdout.split())


@each_release
@case_timeout(120)
def case_offered_routes(vm):
    """Those that can do no harm are there with READY, behind bad answers; AllowedRoutes= chooses;
    each connection asks anew; silence costs three seconds, and not the tunnel."""
    dhcp_server(vm)
    tunnel = vm.tunnel("onenet")
    vm.write(FILE, configuration())
    tunnel.start()
    assert sorted(vm.routes()) == ["10.0.0.0/24 dev onenet scope link",
                                   "10.50.0.0/16 dev onenet scope link metric 2048",
                                   "172.16.0.0/12 dev onenet scope link metric 2048"], vm.routes()
    tunnel.wait_for_message("An answer to the question for routes is for another question")
    tunnel.wait_for_message("2 are not taken: 0.0.0.0/0 covers the server itself")
    assert "3 routes" in tunnel.status, tunnel.status
    assert times_asked(vm) == 1
    vm.wait(lambda: "10.0.0.53" in vm.run("resolvectl", "dns", "onenet").stdout)
    assert "corp.example" in vm.run("resolvectl", "domain", "onenet").stdout

    vm.write(FILE, configuration("AllowedRoutes=10.48.0.0/12 192.0.2.0/24"))
    vm.run("systemctl", "reload", tunnel.unit)
    routes = vm.routes()
    assert "10.50.0.0/16 dev onenet scope link metric 2048" in routes, routes
    assert not any(route.startswith("172.16") for route in routes), routes
    # The server's network is allowed now, and its packets still do not go into the tunnel.
    assert any(route.startswith("192.0.2.2 dev uplink0") for route in routes), routes
    vm.ping("192.0.2.2")
    assert times_asked(vm) == 1

    vm.run("pkill", "-KILL", "-P", tunnel.show("MainPID"))
    vm.wait(lambda: times_asked(vm) == 2, 30, "the next connection asks anew")
    tunnel.wait_for_status("Up: ", 20)
    # The pinned ones tell the interface, which is another now.
    assert [route.split(" metric ")[0] for route in sorted(vm.routes())] == \
        [route.split(" metric ")[0] for route in sorted(routes)], vm.routes()
    tunnel.stop()
    assert vm.routes() == []

    # Once offered, nothing for there leaves by another way.
    vm.write(FILE, configuration("AllowedRoutes=10.48.0.0/12\nRoutesOnDown=unreachable"))
    tunnel.start()
    vm.wait(lambda: any(route.startswith("unreachable 10.50.0.0/16") for route in vm.routes()),
            5, "the offered route is covered")
    cover = vm.wait(lambda: re.search(r"\((pptp-[0-9a-f]{7})\): (?:.* )?~corp\.example",
                                      vm.run("resolvectl", "domain").stdout), 5,
                    "the offered domain is refused while the tunnel is down").group(1)
    capture = vm.capture("net 10.50.0.0/16", "uplink0")
    vm.run("pkill", "-KILL", "-P", tunnel.show("MainPID"))
    vm.run("for i in $(seq 50); do ping -n -q -c 1 -W 0.01 10.50.0.1; done", check=False)
    assert "~corp.example" in vm.run("resolvectl", "domain", cover).stdout
    tunnel.wait_for_status("Up: ", 20)
    assert not capture.lines(), capture.lines()
    tunnel.stop()
    vm.wait(lambda: vm.routes() == [], 5, "the unreachable routes are gone")
    vm.wait(lambda: not vm.ip("link", "show", cover), 5, "the interface of the names is gone")
    vm.write(FILE, configuration())

    vm.run("systemctl stop dhcp-server")
    began = time.monotonic()
    tunnel.start()
    assert time.monotonic() - began < 20
    tunnel.wait_for_message("UseRoutes=yes, but the server offers none")
    assert vm.routes() == ["10.0.0.0/24 dev onenet scope link"], vm.routes()
