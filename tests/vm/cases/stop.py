# SPDX-License-Identifier: GPL-2.0-or-later
"""systemctl stop works at once in every state, tells the server, and leaves nothing behind. That
nothing is left is what the runner checks after each case."""

import time

# Slow under emulation; what must never happen is the wait of a network time-out.
AT_ONCE_SECONDS = 5


def stop_at_once(tunnel):
    started = time.monotonic()
    tunnel.stop()
    took = time.monotonic() - started
    assert took < AT_ONCE_SECONDS, f"stop took {took:.1f} s"
    assert tunnel.state == "inactive", tunnel.state


def case_up_says_goodbye_on_every_layer(vm):
    "The server sees LCP Terminate, Call-Clear-Request and Stop-Control-Connection-Request."
    peer = vm.peer("good")
    tunnel = vm.tunnel("onenet", server="192.0.2.9")
    tunnel.start()
    capture = vm.capture("host 192.0.2.9")
    stop_at_once(tunnel)
    capture.stop()
    packets = "\n".join(capture.lines("tcp port 1723", "-v"))
    assert "CCRQ" in packets and "StopCCRQ" in packets, packets
    assert "TermReq" in peer.transcript.read_text() or "Terminate-Request" in peer.transcript.read_text()


def case_up_against_pptpd(vm):
    "The same with a real server; its pppd hears the goodbye."
    tunnel = vm.tunnel("onenet")
    tunnel.start()
    stop_at_once(tunnel)
    text = "\n".join(vm.messages("server-2.service"))
    assert "LCP terminated by peer" in text, text


def case_resolving(vm):
    "A name server that never answers holds nobody up."
    vm.write("/etc/resolv.conf", "nameserver 192.0.2.77\noptions timeout:30\n")
    vm.run_in_server("ip", "address", "add", "192.0.2.77/32", "dev", "lo")
    vm.at_end(vm.run_in_server, "ip", "address", "del", "192.0.2.77/32", "dev", "lo")
    vm.run_in_server("nft add table ip hold; nft 'add chain ip hold in { type filter hook input "
                     "priority 0; }'; nft add rule ip hold in ip daddr 192.0.2.77 drop")
    vm.at_end(vm.run_in_server, "nft delete table ip hold")
    tunnel = vm.tunnel("onenet", server="vpn.example")
    tunnel.start_in_background()
    tunnel.wait_for_status("Looking up")
    stop_at_once(tunnel)


def case_connecting(vm):
    "A server that drops every packet."
    vm.run_in_server("nft add table ip hold; nft 'add chain ip hold in { type filter hook input "
                     "priority 0; }'; nft add rule ip hold in tcp dport 1723 drop")
    vm.at_end(vm.run_in_server, "nft delete table ip hold")
    tunnel = vm.tunnel("onenet")
    tunnel.start_in_background()
    tunnel.wait_for_status("Connecting to 192.0.2.2")
    stop_at_once(tunnel)


def case_waiting_for_a_reply(vm):
    "A server that accepts and stays silent."
    vm.peer("silent")
    tunnel = vm.tunnel("onenet", server="192.0.2.9")
    tunnel.start_in_background()
    tunnel.wait_for_status("Waiting for 192.0.2.9")
    stop_at_once(tunnel)


def case_waiting_for_the_call(vm):
    "A server that never accepts the call is told that we do not want it any more."
    vm.peer("call-silent")
    tunnel = vm.tunnel("onenet", server="192.0.2.9")
    tunnel.start_in_background()
    tunnel.wait_for_status("Waiting for the server to accept the call")
    stop_at_once(tunnel)


def case_negotiating_lcp(vm):
    "A server whose GRE does not arrive."
    vm.peer("no-gre")
    tunnel = vm.tunnel("onenet", server="192.0.2.9")
    tunnel.start_in_background()
    tunnel.wait_for_status("Negotiating the link")
    stop_at_once(tunnel)


def case_authenticating(vm):
    "A server that does not answer the password."
    vm.peer("auth-silent")
    tunnel = vm.tunnel("onenet", server="192.0.2.9")
    tunnel.start_in_background()
    tunnel.wait_for_status("Authenticating as")
    stop_at_once(tunnel)


def case_waiting_for_the_next_try(vm):
    "Nobody listens; the tunnel waits to try again."
    tunnel = vm.tunnel("onenet", server="192.0.2.4")
    tunnel.start_in_background()
    tunnel.wait_for_status("next in")
    stop_at_once(tunnel)
