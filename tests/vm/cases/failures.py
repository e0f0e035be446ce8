# SPDX-License-Identifier: GPL-2.0-or-later
"""What goes wrong is said in a sentence of its own, in STATUS= and in the journal."""

import time

EX_NOPERM = 77
EX_CONFIG = 78


def case_broken_configuration_is_reported_whole(vm):
    "Every error of the file with its line and a hint; exit status 78, and no restart."
    tunnel = vm.tunnel("onenet", text="""\
[Tunnel]
Endpoint=192.0.2.2
MTUBytes=many

[Authentication]
Password=secret

[Route]
Destination=10.0.0.1/8
""")
    assert tunnel.start(check=False).returncode != 0
    assert tunnel.state == "failed" and tunnel.exit_status == EX_CONFIG, tunnel.exit_status
    text = "\n".join(tunnel.messages())
    for line, hint in ((2, "Server="), (3, "MTUBytes="), (6, "PasswordFile="), (9, "10.0.0.0/8")):
        found = [m for m in text.splitlines() if f"onenet.conf:{line}:" in m]
        assert found and hint in found[0], (line, hint, text)
    assert "errors" in tunnel.status, tunnel.status


def case_missing_configuration(vm):
    "The path to create is named."
    vm.run("systemctl", "start", "pptp@nowhere.service", check=False)
    vm.at_end(vm.run, "systemctl", "reset-failed", "pptp@nowhere.service")
    text = "\n".join(vm.messages("pptp@nowhere.service"))
    assert "/etc/pptp/conf.d/nowhere.conf" in text, text


def case_wrong_password_fails_at_once(vm):
    "Within seconds, with the server's own reason, and tried exactly once."
    tunnel = vm.tunnel("onenet", password="wrong")
    started = time.monotonic()
    assert tunnel.start(check=False).returncode != 0
    assert time.monotonic() - started < 15
    assert tunnel.state == "failed" and tunnel.exit_status == EX_NOPERM, tunnel.exit_status
    assert "E=691" in tunnel.status, tunnel.status
    assert tunnel.journal(PPTP_REASON="AUTH-01", PPTP_CLASS="permanent"), tunnel.messages()
    assert sum("Connecting to" in text for text in tunnel.messages()) == 1


def case_no_password_at_all(vm):
    "Nobody is bothered: the server sees no connection."
    capture = vm.capture("tcp port 1723")
    tunnel = vm.tunnel("onenet", password=None)
    assert tunnel.start(check=False).returncode != 0
    assert tunnel.state == "failed", tunnel.state
    assert "password" in tunnel.status.lower(), tunnel.status
    capture.stop()
    assert not capture.lines(), capture.lines()


def fails_with(vm, tunnel, reason, seconds=40):
    """The tunnel keeps trying, or has given up, and the journal has said this."""
    tunnel.start_in_background()
    entry = tunnel.journal(seconds, PPTP_REASON=reason)
    assert entry, tunnel.messages()
    return entry[0]["MESSAGE"]


def case_refused_port(vm):
    "The host is there, but no PPTP server."
    assert "192.0.2.4" in fails_with(vm, vm.tunnel("onenet", server="192.0.2.4"), "NET-03")


def case_unreachable_network(vm):
    "There is no way to the server from here."
    vm.run("ip", "route", "add", "unreachable", "203.0.113.9/32")
    vm.at_end(vm.run, "ip", "route", "del", "unreachable", "203.0.113.9/32")
    text = fails_with(vm, vm.tunnel("onenet", server="203.0.113.9"), "NET-05")
    assert "203.0.113.9" in text, text


def case_silently_dropped(vm):
    "Port 1723 is dropped on the way."
    vm.run_in_server("nft add table ip hold; nft 'add chain ip hold in { type filter hook input "
                     "priority 0; }'; nft add rule ip hold in tcp dport 1723 drop")
    vm.at_end(vm.run_in_server, "nft delete table ip hold")
    fails_with(vm, vm.tunnel("onenet"), "NET-06")


def case_unknown_name(vm):
    "The name does not resolve: that may pass, so it is tried again."
    tunnel = vm.tunnel("onenet", server="no-such-host.invalid")
    fails_with(vm, tunnel, "NET-01")
    assert tunnel.state == "activating", tunnel.state


def case_not_a_pptp_server(vm):
    "Something else listens on the port, and the journal shows what it said."
    vm.peer("http")
    assert "HTTP" in fails_with(vm, vm.tunnel("onenet", server="192.0.2.9"), "CTL-06")


def case_accepts_and_stays_silent(vm):
    "TCP answers, PPTP does not."
    vm.peer("silent")
    tunnel = vm.tunnel("onenet", server="192.0.2.9")
    tunnel.start_in_background()
    vm.wait(lambda: any("No tunnel to 192.0.2.9" in text for text in tunnel.messages()), 30,
            "a message about the silent server")


def case_up_but_dead_is_not_up(vm):
    "The server rejects every data packet although LCP is happy: never READY."
    vm.peer("up-but-dead")
    tunnel = vm.tunnel("onenet", server="192.0.2.9")
    tunnel.start_in_background()
    vm.wait(lambda: sum("No tunnel to" in text for text in tunnel.messages()) >= 2, 40,
            "two attempts that failed")
    assert tunnel.state == "activating", tunnel.state
