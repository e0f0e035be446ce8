# SPDX-License-Identifier: GPL-2.0-or-later
"""Bad input, bad servers: each has its own message."""

from guest import each_release

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
    vm.at_end(vm.run, "systemctl reset-failed pptp@nothing.service || true")
    assert vm.run("systemctl", "start", "pptp@nothing.service", check=False).returncode != 0
    text = "\n".join(vm.messages("pptp@nothing.service"))
    assert "nothing.conf" in text, text
    assert "nothing " in vm.run("pptpctl", check=False).stdout
    vm.run("systemctl", "reset-failed", "pptp@nothing.service")
    shown = vm.run("pptpctl", check=False).stdout
    assert "nothing" not in shown, shown


@each_release
def case_name_that_systemd_escapes(vm):
    "What cannot be started on every release fails once, with the reason, with and without a file."
    unit = r"pptp@a\x20b.service"
    vm.at_end(vm.run, "systemctl", "reset-failed", unit)
    for file in ("", r"/etc/pptp/conf.d/a\x20b.conf"):
        if file:
            vm.write(file, "[Tunnel]\nServer=192.0.2.2\nInterfaceName=t\n"
                           "[Authentication]\nUser=vpn\n")
        assert vm.run("systemctl", "start", unit, check=False).returncode != 0
        assert vm.run("systemctl", "is-failed", unit, check=False).stdout == "failed\n"
        shown = vm.run("pptpctl", "status", r"a\x20b", check=False).stdout
        assert "its name has other characters than" in " ".join(shown.split()), shown
        checked = vm.run("pptpctl", "check", r"a\x20b", check=False).stdout
        assert "start pptp@a-b" in checked or not file, checked


def case_name_that_is_too_long(vm):
    "The longest name comes up and leaves nothing; one more letter fails once, with the reason."
    more = "\n[Tunnel]\nInterfaceName=t\n"
    before = vm.state()
    tunnel = vm.tunnel("n" * 186, more=more)
    tunnel.start()
    vm.ping("10.1.2.3", count=1)
    tunnel.stop()
    vm.assert_state(before)

    tunnel = vm.tunnel("n" * 187, more=more)
    assert tunnel.start(check=False).returncode != 0
    assert tunnel.state == "failed" and tunnel.exit_status == 78, tunnel.status
    assert tunnel.show("NRestarts") == "0"
    said = "longer than the 186 characters"
    assert said in tunnel.status and said in "\n".join(tunnel.messages()), tunnel.messages()
    assert said in " ".join(vm.run("pptpctl", "status", "n" * 187, check=False).stdout.split())
    assert said in vm.run("pptpctl", "status", tunnel.name, check=False).stdout


@each_release
def case_wrong_password(vm):
    "The start fails within seconds with the server's reason, and is not tried again."
    tunnel = vm.tunnel("onenet", password="wr\N{LATIN SMALL LETTER O WITH DIAERESIS}ng")
    tunnel.start_and_fail("AUTH-01", "E=691", status=77, seconds=20)
    assert len([text for text in tunnel.messages() if "Connecting to" in text]) == 1
    assert tunnel.journal(PPTP_REASON="AUTH-15"), "nothing is said about what is not ASCII"


def case_password_too_long(vm):
    "pppd has room for 255 bytes. The server is not even asked."
    vm.tunnel("onenet", password="x" * 256).start_and_fail("AUTH-16", "255", status=78)


def case_route_that_is_taken(vm):
    """Whose route is in the way is told, and what mends it; once it is free the tunnel comes up by
    itself."""
    vm.run("ip route add 10.1.0.0/16 via 192.0.2.254 proto static")
    tunnel = vm.tunnel("onenet", routes=["10.0.0.0/8", "10.1.0.0/16"])
    entry = tunnel.start_and_fail("NETC-22", "10.1.0.0/16", "protocol static", "on uplink0")
    assert "via 192.0.2.254" in entry["MESSAGE"], entry
    assert any("poff" in text and "onenet" not in text and "Metric=" in text
               for text in tunnel.messages(PPTP_REASON="NETC-22")), tunnel.messages()
    vm.run("ip route del 10.1.0.0/16")
    tunnel.wait_for_state("active", 60)
    assert len(vm.routes()) == 2, vm.routes()


def case_interface_that_is_taken(vm):
    "Another interface has the tunnel's name; once that is gone, the tunnel comes up."
    vm.at_end(lambda: vm.run("ip link del onenet", check=False))
    vm.run("ip link add onenet type dummy")
    tunnel = vm.tunnel("onenet")
    tunnel.start_and_fail("SYS-08", "onenet")
    vm.run("ip link del onenet")
    tunnel.wait_for_state("active", 30)


@each_release
def case_wrong_password_windows_says_why(vm):
    "As a Windows server refuses, with its own words."
    peer = vm.peer("wrong-password")
    vm.tunnel("onenet", server=peer.address).start_and_fail("AUTH-01", status=77)


def case_refused_port(vm):
    "Nothing listens there."
    vm.tunnel("onenet", server="192.0.2.8").start_and_fail(
        "NET-03", "nothing listens on the PPTP port")


def case_unreachable_server(vm):
    "A router says that the server cannot be reached."
    vm.tunnel("onenet", server="203.0.113.7").start_and_fail("NET-05", "cannot be reached")


def case_swallowed_packets(vm):
    "Nobody answers at all."
    vm.tunnel("onenet", server="203.0.113.200").start_and_fail(
        "NET-06", "does not answer on the PPTP port")


def case_no_route_to_the_server(vm):
    "This machine has no way there, and it comes up by itself once there is one."
    vm.pptpd("198.51.100.12")
    vm.run("ip", "route", "del", "default")
    restored = []

    def restore():
        if not restored:
            restored.append(vm.run("ip", "route", "add", "default", "via", "192.0.2.254"))
    vm.at_end(restore)
    tunnel = vm.tunnel("onenet", server="198.51.100.12")
    tunnel.start_and_fail("NET-04", "no route")
    restore()
    tunnel.wait_for_state("active", 30)


def case_http_server(vm):
    "Something answers that speaks HTTP."
    vm.tunnel("onenet", server=vm.peer("http").address).start_and_fail(
        "CTL-06", "does not speak PPTP", status=76)


def case_silent_server(vm):
    "It accepts the connection and stays silent."
    vm.tunnel("onenet", server=vm.peer("silent").address).start_and_fail("CTL-13", "said nothing")


def case_server_closes(vm):
    "It accepts the connection and closes it."
    vm.tunnel("onenet", server=vm.peer("close").address).start_and_fail(
        "CTL-05", "closed it without a word")


def case_unknown_name(vm):
    "The name has no address."
    vm.tunnel("onenet", server="nowhere.invalid").start_and_fail("NET-01", "cannot be resolved")
