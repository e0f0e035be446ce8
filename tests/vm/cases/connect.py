# SPDX-License-Identifier: GPL-2.0-or-later
"""A tunnel comes up for real, against Debian's pptpd and its pppd."""

from guest import case_timeout

STEADY_LINES_MAX = 12


def assert_usable(vm, tunnel, destination="10.1.2.3"):
    assert tunnel.state == "active", tunnel.state
    assert vm.routes() == [f"10.0.0.0/8 dev {tunnel.name} scope link"], vm.routes()
    vm.ping(destination)


def case_start_returns_when_the_tunnel_is_usable(vm):
    "After systemctl start there are the interface, the route, encryption, and an answer from behind."
    tunnel = vm.tunnel("onenet")
    tunnel.start()
    assert vm.ping("10.1.2.3", count=1)
    assert_usable(vm, tunnel)
    text = "\n".join(vm.messages("server-2.service"))
    assert "MPPE 128-bit stateless compression enabled" in text, text
    tunnel.stop()
    assert vm.routes() == []


def case_status_is_for_people(vm):
    "STATUS= names server, interface, addresses, encryption, routes and since when."
    tunnel = vm.tunnel("onenet")
    tunnel.start()
    status = tunnel.status
    for text in ("192.0.2.2", "onenet", "192.168.92.", "MPPE 128-bit stateless", "1 route", "since "):
        assert text in status, status


def case_journal_tells_the_story_in_ten_lines(vm):
    "One line for each step, none of pppd's own, with fields for machines."
    tunnel = vm.tunnel("onenet")
    tunnel.start()
    entries = [e for e in tunnel.journal() if e.get("SYSLOG_IDENTIFIER") == "pptp-supervisor"]
    assert 5 <= len(entries) <= STEADY_LINES_MAX, [e["MESSAGE"] for e in entries]
    assert all(e["PPTP_TUNNEL"] == "onenet" for e in entries if "PPTP_TUNNEL" in e)
    assert not [e for e in tunnel.journal() if e.get("SYSLOG_IDENTIFIER") == "pppd"]
    connected = tunnel.journal(MESSAGE_ID="2ad5381e0ffe40ba9a8f6c3d5774fb5a")
    assert len(connected) == 1 and connected[0]["PPTP_STATE"] == "up", connected


def case_debug_shows_every_packet(vm):
    "With SYSTEMD_LOG_LEVEL=debug control messages and PPP packets are decoded, the password is not."
    vm.write("/etc/systemd/system/pptp@onenet.service.d/debug.conf",
             "[Service]\nEnvironment=SYSTEMD_LOG_LEVEL=debug\n")
    vm.run("systemctl", "daemon-reload")
    vm.at_end(vm.run, "systemctl", "daemon-reload")
    tunnel = vm.tunnel("onenet")
    tunnel.start()
    text = "\n".join(tunnel.messages())
    for part in ("sent [PPTP Start-Control-Connection-Request", "rcvd [PPTP Outgoing-Call-Reply",
                 "sent [LCP ConfReq", "rcvd [CHAP Success", "[CCP ConfAck", "<mppe +H -M +S -L -D -C>",
                 "rcvd [IPCP ConfAck"):
        assert part in text, part
    assert "secret" not in text
    tunnel.stop()


def case_password_from_a_credential(vm):
    "A file in /etc/credstore is the password, and wins over PasswordFile=."
    vm.write("/etc/credstore/pptp.onenet.password", "secret\n", mode=0o600)
    tunnel = vm.tunnel("onenet", password="wrong")
    tunnel.start()
    assert_usable(vm, tunnel)


def case_password_from_chap_secrets(vm):
    "An old set-up keeps working: pppd's own look-up, by user and RemoteName=."
    vm.write("/etc/ppp/chap-secrets", '"vpn" onenet "secret"\n', mode=0o600)
    tunnel = vm.tunnel("onenet", password=None)
    tunnel.start()
    assert_usable(vm, tunnel)


def case_options_of_the_host_do_not_matter(vm):
    "Whatever /etc/ppp/options and the scripts there say, our pppd does not see them."
    vm.write("/etc/ppp/options", "require-eap\nproxyarp\nno-such-option\n")
    vm.write("/etc/ppp/ip-up.d/zz-test", "#!/bin/sh\ntouch /run/script-ran\n", mode=0o755)
    tunnel = vm.tunnel("onenet")
    tunnel.start()
    assert_usable(vm, tunnel)
    vm.run("test ! -e /run/script-ran")


def case_outer_packets_do_not_fragment(vm):
    "The MTU is what the way to the server takes, less every header."
    tunnel = vm.tunnel("onenet")
    tunnel.start()
    assert vm.ip("link", "show", "onenet")[0]["mtu"] == 1456
    capture = vm.capture("ip proto 47 or (ip[6:2] & 0x3fff != 0)")
    vm.run("ping", "-n", "-q", "-c", "2", "-w", "5", "-M", "do", "-s", str(1456 - 28), "10.1.2.3")
    capture.wait_for("GREv1", 5)
    capture.stop()
    assert capture.lines("proto 47")
    assert not capture.lines("ip[6:2] & 0x3fff != 0"), capture.lines()


def case_several_addresses_of_a_name_are_tried(vm):
    "The first address refuses, the second answers; the journal names both."
    vm.write("/etc/hosts", "127.0.0.1 localhost\n192.0.2.4 vpn.example\n192.0.2.2 vpn.example\n")
    tunnel = vm.tunnel("onenet", server="vpn.example")
    tunnel.start()
    assert_usable(vm, tunnel)
    assert "vpn.example (192.0.2.2)" in tunnel.status, tunnel.status


def case_the_server_in_the_routed_network_stays_reachable(vm):
    "A route that covers the server itself must not swallow the tunnel's own packets."
    tunnel = vm.tunnel("onenet", routes=("10.0.0.0/8", "192.0.2.0/25"))
    tunnel.start()
    assert any(route.startswith("192.0.2.2 dev uplink0") for route in vm.routes()), vm.routes()
    vm.ping("10.1.2.3")
    tunnel.stop()
    assert vm.routes() == []


@case_timeout(180)
def case_a_server_that_speaks_first_costs_no_wait(vm):
    "Its first Configure-Request is caught before the kernel listens: never repeated in 20 starts."
    vm.peer("speaks-first")
    tunnel = vm.tunnel("onenet", server="192.0.2.9")
    repeated = 0
    for _ in range(20):
        tunnel.start()
        tunnel.stop()
    texts = tunnel.messages()
    assert sum("Tunnel is up" in text for text in texts) == 20, texts
    assert repeated == 0


def case_a_server_with_early_ipcp_costs_no_wait(vm):
    "Its IPCP request from before CCP is answered once IPCP starts, not refused."
    peer = vm.peer("early-ipcp")
    tunnel = vm.tunnel("onenet", server="192.0.2.9")
    tunnel.start()
    text = peer.transcript.read_text()
    assert "TermAck" not in text.split("Terminate")[0], text
    tunnel.stop()


def case_two_tunnels_to_one_server(vm):
    "Each has its own interface and routes; stopping one leaves the other alone."
    a = vm.tunnel("a", routes=("10.0.0.0/9",))
    b = vm.tunnel("b", routes=("10.128.0.0/9",))
    a.start()
    b.start()
    assert sorted(vm.routes()) == ["10.0.0.0/9 dev a scope link", "10.128.0.0/9 dev b scope link"]
    vm.ping("10.1.2.3")
    b.stop()
    assert vm.routes() == ["10.0.0.0/9 dev a scope link"]
    assert a.state == "active"
    vm.ping("10.1.2.3")
