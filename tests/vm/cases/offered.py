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


# Answers from another port, for other hardware, and then with what is never routed and 150 networks
# in a datagram of two fragments: twice, and once more when nobody waits for it any more.
LONG_PROGRAM = f"""
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", 67))
t = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
t.bind(("", 1067))
routes = bytes([4, 224, 10, 0, 0, 1, 32, 169, 254, 169, 254, 10, 0, 0, 1])
routes += b"".join(bytes([24, 10, 50, i, 10, 0, 0, 1]) for i in range(150))
options = bytes([53, 1, 5])
for i in range(0, len(routes), 255):
    options += bytes([121, len(routes[i:i + 255])]) + routes[i:i + 255]
wrong = bytes([53, 1, 5, 121, 7, 16, 10, 60, 10, 0, 0, 1, 255])
while True:
    data, (host, port) = s.recvfrom(1500)
    begin, cookie = bytes([2, 8, 0, 0]) + data[4:28], b"\\x63\\x82\\x53\\x63"
    t.sendto(begin + data[28:236] + cookie + wrong, (host, 68))
    s.sendto(begin + b"x" * 16 + data[44:236] + cookie + wrong, (host, 68))
    for wait in 0, 0, 2:
        time.sleep(wait)
        s.sendto(begin + data[28:236] + cookie + options + bytes([255]), (host, 68))
    open("{ASKED}", "a").write(host + "\\n")
"""

# Another DHCP client of this host, as dhclient has its port.
CLIENT = """
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("", 68))
time.sleep(600)
"""


def configuration(more="", destination="10.0.0.0/24"):
    return ("[Tunnel]\nServer=192.0.2.2\n"
            "[Authentication]\nUser=vpn\nPasswordFile=/etc/pptp/onenet.password\n"
            f"[Network]\nUseRoutes=yes\n{more}\n[Route]\nDestination={destination}\n")


def dhcp_server(vm, program=PROGRAM):
    vm.write(SERVER, program)
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


def capture_of_answers(vm, tunnel):
    """Starts the tunnel, stops it after the last answer, and returns what left beside it."""
    vm.write(ASKED, "")
    capture = vm.capture("net 192.168.92.0/24", "uplink0")
    tunnel.start()
    vm.wait(lambda: times_asked(vm) == 1, 10, "the late answer")
    time.sleep(0.5)
    taken = [route for route in vm.routes("table", "all") if route.startswith("10.50.")]
    assert len(taken) == 64, taken
    assert not any(route.startswith("10.60.") for route in vm.routes("table", "all"))
    tunnel.stop()
    capture.stop()
    return capture.lines()


@each_release
@case_timeout(180)
def case_answers_stay_inside(vm):
    """No ICMP error leaves beside the tunnel, into which no route to the server's address leads:
    also not for late answers, with a DHCP client on this host, in a VRF. A long answer is taken
    whole, multicast and link-local in no case, and what is not taken is named. Without the right
    to the port the routes are there all the same."""
    dhcp_server(vm, LONG_PROGRAM)
    tunnel = vm.tunnel("onenet")
    vm.write(FILE, configuration("AllowedRoutes=0.0.0.0/0", "10.77.0.0/24"))
    lines = capture_of_answers(vm, tunnel)
    assert not lines, lines
    tunnel.wait_for_message("An answer to the question for routes is for another question or host")
    tunnel.wait_for_message("Of the routes that the server offers 88 are not taken: 224.0.0.0/4 is "
                            "multicast, 169.254.169.254/32 is link-local, 10.50.64.0/24 is beyond "
                            "the 64 that are taken, ")
    tunnel.wait_for_message(', and 80 more; "pptpctl routes onenet" prints those that are taken')

    vm.write("/run/dhcp-client.py", CLIENT)
    vm.run("systemd-run --unit=dhcp-client python3 /run/dhcp-client.py")
    vm.at_end(vm.run, "systemctl stop dhcp-client; systemctl reset-failed dhcp-client || true")
    vm.wait(lambda: "0.0.0.0:68" in vm.run("ss -Hlnu").stdout, 10, "the client has the port")
    lines = capture_of_answers(vm, tunnel)
    assert not lines, lines
    vm.run("systemctl stop dhcp-client")

    vm.write(FILE, configuration("AllowedRoutes=0.0.0.0/0\nVRF=blue", "10.77.0.0/24"))
    lines = capture_of_answers(vm, tunnel)
    assert not lines, lines
    assert not any("Cannot hold the port" in text for text in tunnel.messages()), tunnel.messages()
    assert ":68 " not in vm.run("ss -Hlnu").stdout, "the port is given back"

    vm.write(FILE, configuration("AllowedRoutes=0.0.0.0/0", "10.77.0.0/24"))
    vm.drop_in("[Service]\nCapabilityBoundingSet=\n"
               "CapabilityBoundingSet=CAP_NET_ADMIN CAP_NET_RAW\n")
    lines = capture_of_answers(vm, tunnel)
    tunnel.wait_for_message("Cannot hold the port of DHCP clients: Permission denied")
    assert any("udp port 68 unreachable" in line for line in lines), lines
