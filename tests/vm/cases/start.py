# SPDX-License-Identifier: GPL-2.0-or-later
"""systemctl start: a tunnel comes up, and start returns when it can be used."""

from guest import one_release

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


def case_asks_for_what_it_was_given(vm):
    """When it is called again the server has nothing to correct in IPCP: two round trips less. A
    new process asks for name servers once more."""
    capture = vm.capture("proto 47")
    tunnel = vm.tunnel("onenet")

    def replies():
        tunnel.wait_for_status("Up:")
        vm.ping("10.1.2.3")
        lines = [line for line in capture.lines("src host 192.0.2.2") if "IPCP" in line]
        return [sum(word in line for line in lines)
                for word in ("Conf-Ack", "Conf-Nack", "Conf-Reject")]
    tunnel.start()
    first = replies()
    assert first == [1, 1, 1], first
    vm.run("pptpctl", "reconnect", "onenet")
    second = replies()
    assert second == [2, 1, 1], second
    vm.run("systemctl", "restart", tunnel.unit)
    third = replies()
    assert third == [3, 1, 2], third
    assert "address=" in tunnel.memory.read_text()


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
