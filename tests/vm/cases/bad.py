# SPDX-License-Identifier: GPL-2.0-or-later
"""Bad input, bad servers: each has its own message."""

BROKEN = """\
[Tunnel]
Server=192.0.2.2
Endpoint=192.0.2.2
Port=none

[Authentication]
User=vpn
Password=secret

[Route]
Destination=10.1.2.3/8

[Rout]
Destination=10.0.0.0/8
"""


def case_broken_file(vm):
    "Every error of the file is reported with its place and a hint; status 78, the unit failed."
    tunnel = vm.tunnel("onenet", text=BROKEN)
    result = tunnel.start(check=False)
    assert result.returncode != 0 and result.seconds < 10, result
    assert tunnel.state == "failed", tunnel.state
    assert tunnel.exit_status == 78, tunnel.exit_status
    text = "\n".join(tunnel.messages())
    for line, word in ((3, "Server"), (4, "Port"), (8, "PasswordFile"), (11, "10.0.0.0/8"),
                       (13, "Route")):
        place = f"/etc/pptp/conf.d/onenet.conf:{line}:"
        said = [message for message in text.splitlines() if place in message]
        assert said, f"nothing about line {line} in:\n{text}"
        assert any(word in message for message in said), f"no {word!r} in: {said}"
    assert "onenet.conf:3:" in tunnel.status, tunnel.status
    assert "secret" not in text, "the password that does not belong there is in the journal"


def case_no_file(vm):
    "A tunnel without a configuration says which file it wants."
    vm.at_end(vm.run, "systemctl", "reset-failed", "pptp@nothing.service")
    assert vm.run("systemctl", "start", "pptp@nothing.service", check=False).returncode != 0
    text = "\n".join(vm.messages("pptp@nothing.service"))
    assert "nothing.conf" in text, text


def case_wrong_password(vm):
    "The start fails within seconds with the server's reason, and is not tried again."
    tunnel = vm.tunnel("onenet", password="wrong")
    result = tunnel.start(check=False)
    assert result.returncode != 0 and result.seconds < 20, result
    assert tunnel.state == "failed", tunnel.state
    assert tunnel.exit_status == 77, tunnel.exit_status
    tunnel.wait_for_reason("AUTH-01", 5)
    assert "E=691" in tunnel.status, tunnel.status
    assert any("E=691" in message for message in tunnel.messages()), tunnel.messages()


def case_password_too_long(vm):
    "pppd has room for 255 bytes. The server is not even asked."
    tunnel = vm.tunnel("onenet", password="x" * 256)
    assert tunnel.start(check=False).returncode != 0
    tunnel.wait_for_reason("AUTH-16", 5)
    assert "255" in tunnel.status, tunnel.status
    assert (tunnel.state, tunnel.exit_status) == ("failed", 78), (tunnel.state, tunnel.exit_status)


def case_route_that_is_taken(vm):
    "The kernel's own reason is told, and which route it is; then, free again, it is installed."
    vm.run("ip route add 10.1.0.0/16 via 192.0.2.254")
    tunnel = vm.tunnel("onenet", routes=["10.0.0.0/8", "10.1.0.0/16"])
    assert tunnel.start(check=False).returncode != 0
    said = tunnel.wait_for_reason("NETC-16", 5)["MESSAGE"]
    assert "10.1.0.0/16" in said and "File exists" in said, said
    assert (tunnel.state, tunnel.exit_status) == ("failed", 78), (tunnel.state, tunnel.exit_status)
    vm.run("ip route del 10.1.0.0/16")
    tunnel.start()
    assert len(vm.routes()) == 2, vm.routes()


def case_interface_that_is_taken(vm):
    "Another interface has the tunnel's name; once that is gone, the tunnel comes up."
    vm.at_end(lambda: vm.run("ip link del onenet", check=False))
    vm.run("ip link add onenet type dummy")
    tunnel = vm.tunnel("onenet")
    tunnel.start_in_background()
    said = tunnel.wait_for_reason("SYS-08", 20)["MESSAGE"]
    assert "onenet" in said, said
    vm.run("ip link del onenet")
    tunnel.wait_for_state("active", 30)


def case_wrong_password_windows_says_why(vm):
    "As a Windows server refuses, with its own words."
    peer = vm.peer("wrong-password")
    tunnel = vm.tunnel("onenet", server=peer.address)
    assert tunnel.start(check=False).returncode != 0
    tunnel.wait_for_reason("AUTH-01", 5)


def fails_with(vm, server, reason, *words):
    """A tunnel to server is tried again and again, for this reason and with these words."""
    tunnel = vm.tunnel("onenet", server=server)
    tunnel.start_in_background()
    entry = tunnel.wait_for_reason(reason)
    status = tunnel.wait_for_status("next in")
    for word in words:
        assert word in entry["MESSAGE"], entry["MESSAGE"]
        assert word in status, status
    assert tunnel.state == "activating", tunnel.state
    return tunnel


def case_refused_port(vm):
    "Nothing listens there."
    fails_with(vm, "192.0.2.8", "NET-03", "nothing listens on the PPTP port")


def case_unreachable_server(vm):
    "A router says that the server cannot be reached."
    fails_with(vm, "203.0.113.7", "NET-05", "router")


def case_swallowed_packets(vm):
    "Nobody answers at all."
    fails_with(vm, "203.0.113.200", "NET-06", "does not answer on the PPTP port")


def case_no_route_to_the_server(vm):
    "This machine has no way there, and it comes up by itself once there is one."
    vm.pptpd("198.51.100.12")
    vm.run("ip", "route", "del", "default")
    restored = []

    def restore():
        if not restored:
            restored.append(vm.run("ip", "route", "add", "default", "via", "192.0.2.254"))
    vm.at_end(restore)
    tunnel = fails_with(vm, "198.51.100.12", "NET-04", "no route")
    restore()
    tunnel.wait_for_state("active", 30)


def case_http_server(vm):
    "Something answers that speaks HTTP."
    tunnel = vm.tunnel("onenet", server=vm.peer("http").address)
    tunnel.start(check=False)
    tunnel.wait_for_reason("CTL-06")
    assert "does not speak PPTP" in tunnel.status, tunnel.status


def case_silent_server(vm):
    "It accepts the connection and stays silent."
    fails_with(vm, vm.peer("silent").address, "CTL-13", "said nothing")


def case_server_closes(vm):
    "It accepts the connection and closes it."
    fails_with(vm, vm.peer("close").address, "CTL-05", "closed it without a word")


def case_unknown_name(vm):
    "The name has no address."
    fails_with(vm, "nowhere.invalid", "NET-01", "cannot be resolved")
