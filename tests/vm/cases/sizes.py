# SPDX-License-Identifier: GPL-2.0-or-later
"""Packet sizes: a path that takes less than this host knows of, and hosts behind this one."""

from guest import case_timeout, each_release

PATH_BYTES = 1400
TRANSFER_BYTES = 1000000

# Both ways, whole packets and not fragments of them, in front of everything that would say so.
BLACK_HOLE = f"""
table ip hole {{
        chain in {{
                type filter hook prerouting priority raw;
                ip protocol gre meta length gt {PATH_BYTES} drop
        }}
        chain out {{
                type filter hook postrouting priority raw;
                ip protocol gre meta length gt {PATH_BYTES} drop
        }}
}}
"""


def dig_hole(vm):
    rules = vm.write("/run/hole.nft", BLACK_HOLE)
    vm.run_in_server("nft", "-f", str(rules))
    vm.at_end(vm.run_in_server, "nft", "delete", "table", "ip", "hole")


def large_pings_pass(vm):
    """As large as a TCP segment that was agreed on before the hole was there. In fragments, where
    the interface takes less by now."""
    ping = vm.run("ping -n -q -M dont -s 1400 -i 0.2 -w 2 -c 1 10.1.2.3", check=False)
    return ping.returncode == 0


def transfer(vm):
    """A megabyte each way, at once, on one connection: most packets carry data and acknowledge what
    came, in TCP and in GRE."""
    sink = vm.write("/run/echo.py", """
import socket
listener = socket.create_server(("10.1.2.3", 7001))
while True:
    connection, _ = listener.accept()
    while data := connection.recv(65536):
        connection.sendall(data)
""")
    vm.run("systemd-run --quiet --collect --unit=echo"
           f" --property=NetworkNamespacePath=/run/netns/server python3 {sink}")
    vm.at_end(vm.run, "systemctl stop echo || true")
    vm.wait(lambda: vm.run_in_server("ss -Hltn 'sport = 7001'").stdout)
    vm.run(f"""timeout 30 python3 -c '
import socket, threading
connection = socket.create_connection(("10.1.2.3", 7001), 5)
threading.Thread(target=connection.sendall, args=(bytes({TRANSFER_BYTES}),)).start()
left = {TRANSFER_BYTES}
while left:
    left -= len(connection.recv(65536))'""")


@case_timeout(120)
def case_black_hole(vm):
    "It is named within 30 s, and then traffic flows."
    tunnel = vm.tunnel("onenet")
    tunnel.start()
    before = vm.ip("link", "show", "onenet")[0]["mtu"]
    assert large_pings_pass(vm)
    dig_hole(vm)
    assert not large_pings_pass(vm)
    vm.ping("10.1.2.3", count=1)

    # One is lost between any two of the supervisor's, and pptpd answers behind a gap only when the
    # next packet has come.
    vm.run("systemd-run --quiet --collect --unit=steady ping -n -q -i 0.5 -s 1400 10.1.2.3")
    vm.at_end(lambda: vm.run("systemctl stop steady", check=False))
    tunnel.wait_for_reason("NETC-08", 30)
    vm.wait(lambda: large_pings_pass(vm), 10, "traffic")
    after = vm.ip("link", "show", "onenet")[0]["mtu"]
    # 20 bytes of IP, 16 of GRE, 4 of PPP and 4 of MPPE; the step of the search, and an
    # acknowledgement of GRE, which the test may have been without.
    assert PATH_BYTES - 44 - 16 - 4 <= after <= PATH_BYTES - 44, (before, after)
    transfer(vm)
    told = tunnel.messages(PPTP_REASON="NETC-08")
    assert any("Large packets do not get through" in text for text in told), told


def add_client(vm):
    """A host behind this one, 172.30.0.2, which takes all paths for Ethernet's."""
    vm.at_end(vm.run, "sysctl -q -w net.ipv4.ip_forward=0; ip netns delete client;"
              " nft delete table ip behind || true")
    vm.run("""
        sysctl -q -w net.ipv4.ip_forward=1
        ip netns add client
        ip link add lan0 type veth peer name lan1 netns client
        ip address add 172.30.0.1/24 dev lan0
        ip link set lan0 up
        ip -n client address add 172.30.0.2/24 dev lan1
        ip -n client link set lan1 up
        ip -n client route add default via 172.30.0.1
        nft 'table ip behind {
                chain out { type nat hook postrouting priority 100; oifname onenet masquerade; }
        }'
    """)


def sizes_of_a_connection(vm, lan, onenet, address="10.1.2.3"):
    """The MSS that the two ends were told: in the SYN of the client, as it leaves by the tunnel,
    and in the server's, as it leaves to the client."""
    flags = "ip6[6] == 6 and ip6[53]" if ":" in address else "tcp[tcpflags]"
    def told():
        return [onenet.lines(f"{flags} == tcp-syn"), lan.lines(f"{flags} == tcp-syn | tcp-ack")]
    before = [len(lines) for lines in told()]
    vm.run(f"""ip netns exec client python3 -c '
import socket
socket.create_connection(("{address}", 7000), 5)'""")
    # tcpdump may write them a moment later.
    lines = vm.wait(lambda: [new[n:] for new, n in zip(told(), before)]
                    if all(len(new) > n for new, n in zip(told(), before)) else None,
                    10, "the connection in the captures")
    return [int(new[-1].split("mss ")[1].split(",")[0]) for new in lines]


def serve(vm, address="10.1.2.3"):
    "A server of TCP connections behind the PPTP server, on port 7000."
    vm.run("systemd-run --quiet --collect --unit=inner"
           " --property=NetworkNamespacePath=/run/netns/server python3 -m http.server"
           f" --bind {address} 7000")
    vm.at_end(vm.run, "systemctl stop inner || true")
    vm.wait(lambda: vm.run_in_server("ss -Hltn 'sport = 7000'").stdout)


def tables(vm):
    return vm.run("nft list tables").stdout


@each_release
@case_timeout(120)
def case_forwarded_connections_get_segments_that_fit(vm):
    """Both ends of a connection through this host, at once with the MTU and with a reload of
    ClampMSS=. Neither kill -9 nor stop leaves the rules behind."""
    add_client(vm)
    serve(vm)

    # Whose table that is cannot be known: it stays, and the tunnel comes up all the same.
    vm.run("nft add table ip pptp-onenet")
    tunnel = vm.tunnel("onenet")
    tunnel.start()
    assert "Up, but forwarded TCP segments may be too large" in tunnel.status, tunnel.status
    told = tunnel.messages(PPTP_REASON="NETC-27")
    assert any("ClampMSS= has no effect" in text for text in told), told
    vm.run("nft delete table ip pptp-onenet")
    vm.run("systemctl restart pptp@onenet")
    assert tunnel.status.startswith("Up: "), tunnel.status

    lan, onenet = vm.capture("tcp", "lan0"), vm.capture("tcp", "onenet")
    mtu = vm.ip("link", "show", "onenet")[0]["mtu"]
    vm.wait(lambda: sizes_of_a_connection(vm, lan, onenet)[0] == mtu - 40, 10, "a fitting size")
    vm.write("/etc/pptp/conf.d/onenet.conf.d/mtu.conf", "[Tunnel]\nMTUBytes=1300\n")
    vm.run("systemctl reload pptp@onenet")
    assert sizes_of_a_connection(vm, lan, onenet) == [1260, 1260]
    shown = " ".join(vm.run("pptpctl status onenet").stdout.split())
    assert "MTU 1300, forwarded TCP segments of at most 1260 bytes" in shown, shown

    vm.write("/etc/pptp/conf.d/onenet.conf.d/clamp.conf", "[Network]\nClampMSS=no\n")
    vm.run("systemctl reload pptp@onenet")
    assert sizes_of_a_connection(vm, lan, onenet)[0] == 1460
    assert "pptp-" not in tables(vm)
    vm.write("/etc/pptp/conf.d/onenet.conf.d/clamp.conf", "[Network]\nClampMSS=yes\n")
    vm.run("systemctl reload pptp@onenet")
    assert "pptp-onenet" in tables(vm)

    vm.drop_in("[Service]\nRestart=no\n")  # no successor that would make them anew
    tunnel.kill()
    vm.wait(lambda: "pptp-" not in tables(vm), 5, "the rules are gone")
    tunnel.stop()


@each_release
@case_timeout(90)
def case_forwarded_ipv6_connections_get_segments_that_fit(vm):
    "Both ends of an IPv6 connection, whose headers are larger; and those of IPv4 beside it."
    inner = "fd00:1::3"
    add_client(vm)
    vm.at_end(vm.run, "sysctl -q -w net.ipv6.conf.all.forwarding=0")
    vm.run("""
        sysctl -q -w net.ipv6.conf.all.forwarding=1
        ip -6 address add fd00:30::1/64 dev lan0 nodad
        ip -n client -6 address add fd00:30::2/64 dev lan1 nodad
        ip -n client -6 route add default via fd00:30::1
    """)
    vm.run_in_server(f"ip -6 address add {inner}/128 dev behind nodad;"
                     "sysctl -q -w net.ipv6.conf.all.forwarding=1")
    vm.at_end(vm.run_in_server, f"ip -6 address delete {inner}/128 dev behind;"
                                "sysctl -q -w net.ipv6.conf.all.forwarding=0")
    serve(vm, inner)
    vm.pptpd("192.0.2.3", options="+ipv6\n")
    tunnel = vm.tunnel("onenet", server="192.0.2.3", routes=("10.0.0.0/8", "fd00:1::/32"),
                       more="[Network]\nIPv6=negotiate\n[Tunnel]\nMTUBytes=1300\n")
    tunnel.start()
    vm.run_in_server("ip -6 route add fd00:30::/64 dev ppp0")
    assert "table inet pptp-onenet" in tables(vm), tables(vm)
    shown = " ".join(vm.run("pptpctl status onenet").stdout.split())
    assert "forwarded TCP segments of at most 1260 bytes (1240 with IPv6)" in shown, shown

    lan, onenet = vm.capture("tcp or ip6", "lan0"), vm.capture("tcp or ip6", "onenet")
    assert sizes_of_a_connection(vm, lan, onenet, inner) == [1240, 1240]
    vm.run("systemctl stop inner")
    serve(vm)
    assert sizes_of_a_connection(vm, lan, onenet) == [1260, 1260]
    tunnel.stop()
    assert "pptp-" not in tables(vm)


@case_timeout(60)
def case_segments_fit_in_a_vrf(vm):
    "There the kernel names the VRF, not the tunnel, where packets of the tunnel come in."
    add_client(vm)
    serve(vm)
    tunnel = vm.tunnel("onenet", more="\n[Network]\nVRF=blue\n")
    tunnel.start()
    vm.run("ip link set lan0 master blue")
    vm.write("/etc/pptp/conf.d/onenet.conf.d/mtu.conf", "[Tunnel]\nMTUBytes=1300\n")
    vm.run("systemctl reload pptp@onenet")

    lan, onenet = vm.capture("tcp", "lan0"), vm.capture("tcp", "onenet")
    assert sizes_of_a_connection(vm, lan, onenet) == [1260, 1260]
    vm.run("ip link set lan0 nomaster")  # a VRF that others are in stays
    tunnel.stop()
