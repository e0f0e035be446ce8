# SPDX-License-Identifier: GPL-2.0-or-later
"""systemctl start: a tunnel comes up, and start returns when it can be used."""

import contextlib
import pathlib
import socket

from far import delay
from guest import case_timeout, one_release

# What a tunnel needs most is looked at with either pppd and either systemd.
EACH_RELEASE = True


def case_reaches_the_network_behind_the_server(vm):
    "Interface, address, route and data are there the moment that start returns."
    tunnel = vm.tunnel("onenet")
    tunnel.start()
    link = vm.ip("link", "show", "onenet")[0]
    assert "UP" in link["flags"] and "LOWER_UP" in link["flags"], link
    routes = vm.routes()
    assert any(route.startswith("10.0.0.0/8 dev onenet") for route in routes), routes
    assert vm.ping("10.1.2.3", count=1), "the first ping got no answer"
    assert vm.run("systemctl", "is-active", tunnel.unit).stdout.strip() == "active"


def case_uses_no_files_of_pppd(vm):
    "/etc/ppp/options and scripts in /etc/ppp/ip-up.d have no say."
    vm.write("/etc/ppp/options", "debug\nno-such-option\nmtu 1000\n")
    vm.write("/etc/ppp/ip-up.d/trace", "#!/bin/sh\ntouch /run/ip-up-ran\n", mode=0o755)
    vm.write("/etc/ppp/ip-pre-up", "#!/bin/sh\ntouch /run/ip-up-ran\n", mode=0o755)
    vm.tunnel("onenet").start()
    vm.ping("10.1.2.3")
    assert vm.run("ls /run/ip-up-ran", check=False).returncode != 0


def case_asks_for_no_module_by_the_name_of_its_interface(vm):
    "Each process that the kernel starts for a module that nobody has would take some milliseconds."
    asked = pathlib.Path(vm.write("/run/asked", ""))
    helper = vm.write("/usr/modprobe-that-tells", f"#!/bin/sh\necho \"$*\" >>{asked}\n"
                      "exec /sbin/modprobe \"$@\"\n", mode=0o755)
    setting = pathlib.Path("/proc/sys/kernel/modprobe")
    vm.at_end(setting.write_text, setting.read_text())
    setting.write_text(str(helper))
    with contextlib.suppress(OSError):
        socket.if_nametoindex("nobody")
    assert "netdev-nobody" in asked.read_text(), "nothing would be seen of it"
    # Nobody is there. When an interface comes, udev asks by its name while the kernel makes it.
    tunnel = vm.tunnel("onenet", server="192.0.2.99")
    vm.run("systemctl", "start", "--no-block", tunnel.unit)
    tunnel.wait_for_message("Connecting to")
    assert "onenet" not in asked.read_text(), asked.read_text()


def case_encrypts_with_128_bits(vm):
    "Nothing of a ping is to be seen on the wire, and the journal names the strength."
    capture = vm.capture("proto gre")
    tunnel = vm.tunnel("onenet")
    tunnel.start()
    vm.run("ping", "-n", "-c", "2", "-i", "0.2", "-p", "5ec3e75ec3e7", "10.1.2.3")
    tunnel.wait_for_message("MPPE 128-bit stateless")
    dump = "\n".join(capture.lines("", "-x"))
    assert "compressed" in dump.lower() or "Comp" in dump, dump[-2000:]
    assert "5ec3 e75e" not in dump and "c3e7 5ec3" not in dump, "the ping went in clear text"


def case_sets_an_mtu_that_needs_no_fragments(vm):
    "A packet of the interface's MTU passes, encrypted, without a fragment outside."
    tunnel = vm.tunnel("onenet")
    tunnel.start()
    mtu = vm.ip("link", "show", "onenet")[0]["mtu"]
    assert 1300 <= mtu <= 1460, mtu
    capture = vm.capture("ip[6:2] & 0x3fff != 0")
    vm.run("ping", "-n", "-c", "2", "-i", "0.2", "-M", "do", "-s", str(mtu - 28), "10.1.2.3")
    assert not capture.lines(), "the outer packets are fragmented"


def flights(capture):
    """How many round trips it was from the SYN to the reply to our first data: as many as there are
    flights of ours, packets with no pause of half a round trip between them."""
    ours, at, last = [], 0.0, None
    for line in capture.lines("src host 192.0.2.1 and (proto 47 or tcp[tcpflags] & tcp-syn != 0 "
                              "or greater 100)", "-tt"):
        # -t and -tt together: the time since the packet before.
        pause, _, text = line.partition(" IP ")
        at += float(pause.strip().rpartition(":")[2])
        if "no-payload" in text:
            continue
        if last is None or at - last > 0.1:
            ours.append([])
        ours[-1].append(text)
        last = at
        if "compressed" in text.lower():
            break
    return ours


@case_timeout(200)
def case_saves_round_trips(vm):
    """With a delay of 100 ms each way: what was learnt at the first call (the address) spares the
    second a round trip, also in a new process. That there are no name servers costs none, not even
    the first time; name servers that the administrator has set up since are there all the same, and
    so are those of a first call."""
    delay(vm, "100ms")
    tunnel = vm.tunnel("onenet", server="192.0.2.3")
    server = vm.pptpd("192.0.2.3")

    def connect():
        capture = vm.capture("tcp port 1723 or proto 47")
        tunnel.start()
        vm.ping("10.1.2.3")
        capture.stop()
        dns = vm.run("resolvectl", "dns", "onenet").stdout
        tunnel.stop()
        return flights(capture), dns

    first, _ = connect()
    assert len(first) == 8, first
    memory = tunnel.memory.read_text()
    assert all(word in memory for word in ("address=", "dns=none")), memory
    second, _ = connect()
    assert len(second) == 7, second
    assert sum("CCP" in text for text in second[5]) == 2, second
    assert sum("IPCP" in text for text in second[5]) == 2, second

    server.stop()
    vm.pptpd("192.0.2.3", options="ms-dns 10.0.0.53\n")
    third, dns = connect()
    assert len(third) == 8 and "10.0.0.53" in dns, (third, dns)
    assert "dns=10.0.0.53" in tunnel.memory.read_text()

    tunnel.memory.unlink()
    fourth, dns = connect()
    assert len(fourth) == 8 and "10.0.0.53" in dns, (fourth, dns)


@one_release
def case_takes_a_name_as_the_server(vm):
    "Server= may be a name."
    hosts = open("/etc/hosts").read()
    vm.write("/etc/hosts", hosts + "192.0.2.2 vpn.example.org\n")
    tunnel = vm.tunnel("onenet", server="vpn.example.org")
    tunnel.start()
    assert "vpn.example.org" in tunnel.status, tunnel.status


@one_release
def case_reaches_a_server_behind_the_gateway(vm):
    "The server may be anywhere; its own address does not go into the tunnel."
    vm.pptpd("198.51.100.12")
    tunnel = vm.tunnel("onenet", server="198.51.100.12", routes=["10.0.0.0/8", "198.51.100.0/24"])
    tunnel.start()
    vm.ping("10.1.2.3")
    assert vm.ip("route", "get", "198.51.100.12")[0]["dev"] == "uplink0"
    assert vm.ip("route", "get", "198.51.100.3")[0]["dev"] == "onenet"


def case_is_not_fooled_by_a_dead_link(vm):
    "PPP is up, and the server rejects every data packet: that is not success."
    peer = vm.peer("up-but-dead")
    tunnel = vm.tunnel("onenet", server=peer.address)
    tunnel.start_in_background()
    tunnel.wait_for_reason("MPPE-19")
    assert tunnel.state == "activating", tunnel.state
