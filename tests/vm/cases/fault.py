# SPDX-License-Identifier: GPL-2.0-or-later
"""Whatever breaks between here and the server, the tunnel notices, says what it was, and comes back
by itself. guest/faults.py has the faults; those of a case happen at the same time, each in a lane
of its own. What was measured is in faults.*.md of the results. tests/bench/run --only faults
compares it with stock pppd.

All the while, each lane sends into the networks behind its server. With RoutesOnDown=unreachable
not one of these packets leaves by another way, from the first try to the unit's stop."""

import pathlib
import time

from guest import case_timeout, faults

RESULTS = pathlib.Path("/run/host/results")


def endure(vm, *groups):
    """All faults of these groups happen at once, each in a lane, and ours does as it should."""
    outcomes = faults.run(vm, [fault for fault in faults.FAULTS if fault.group in groups])
    text = faults.table(outcomes)
    (RESULTS / f"faults.{groups[0]}.md").write_text(text)
    print(text)
    complaints = [f"{outcome.fault.name}: {complaint}" for outcome in outcomes
                  for complaint in outcome.complaints]
    assert not complaints, "\n".join(complaints)


@case_timeout(240)
def case_on_the_way(vm):
    """Packets are dropped or rejected; the uplink goes down, flaps,
    changes its address or gives way."""
    endure(vm, "path", "uplink")


@case_timeout(240)
def case_at_the_server(vm):
    """It dies, stops, is full, hangs up at once, says nothing, or half of something. With
    RoutesOnDown=remove what is sent meanwhile leaves outside of the tunnel, and is seen there."""
    endure(vm, "server", "peer", "remove")


@case_timeout(480)
def case_of_names_and_in_bad_weather(vm):
    "The name server fails, hangs, or has a new answer; packets are lost, late, or out of order."
    endure(vm, "names", "weather")


def case_echoes_while_traffic_arrives(vm):
    "One each interval, as without traffic: only an answer shows that the server hears us."
    peer = vm.peer("good")
    tunnel = vm.tunnel("onenet", server=peer.address, routes=["192.168.93.1"],
                       more="\n[Tunnel]\nKeepAliveIntervalSec=2s\n")
    tunnel.start()

    def echoes():
        return len(peer.said("EchoReq", layer="LCP", dir="recv"))
    before = echoes()
    vm.run("ping", "-n", "-q", "-i", "0.5", "-c", "13", "192.168.93.1")
    assert 2 <= echoes() - before <= 4, f"{echoes() - before} echo requests in 6 s of traffic"
    assert tunnel.state == "active", tunnel.status


def case_server_that_no_longer_hears_us(vm):
    "What we send is lost while the server talks on: found in the time that is configured."
    peer = vm.peer("goes-deaf", sessions=1)
    tunnel = vm.tunnel("onenet", server=peer.address, routes=[],
                       more="\n[Tunnel]\nKeepAliveIntervalSec=2\nKeepAliveProbes=3\n")
    tunnel.start()
    vm.wait(lambda: peer.said("deaf"), 20, "the server to become deaf")
    began = time.monotonic()
    tunnel.wait_for_reason("LCP-02", 30)
    took = time.monotonic() - began
    # Six seconds of the link, and one of the journal and of a busy machine.
    assert took < 10, f"{took:.1f} s"
    vm.wait(lambda: tunnel.status.startswith("Up:"), 30, "the next connection")


def case_shortest_keep_alive(vm):
    "One probe after one second: the link stands as long as each echo is answered."
    peer = vm.peer("good")
    tunnel = vm.tunnel("onenet", server=peer.address, routes=[],
                       more="\n[Tunnel]\nKeepAliveIntervalSec=1\nKeepAliveProbes=1\n")
    tunnel.start()
    time.sleep(8)
    assert tunnel.state == "active", tunnel.status
    assert {entry["session"] for entry in peer.said(layer="LCP")} == {1}


def case_server_that_answers_no_echo(vm):
    "It is given up twice, then recognised, called without keep-alive, and left alone from then on."
    peer = vm.peer("no-lcp-echo", address="192.0.2.9")
    tunnel = vm.tunnel("onenet", server="192.0.2.9", routes=[],
                       more="\n[Tunnel]\nKeepAliveIntervalSec=1\nKeepAliveProbes=2\n")
    tunnel.start()
    tunnel.wait_for_reason("LCP-11", 40)
    tunnel.wait_for_message("Trying once more without keep-alive")
    tunnel.wait_for_status("no keep-alive")
    assert "keep-alive=no" in tunnel.memory.read_text()
    sessions = {entry["session"] for entry in peer.said("EchoReq", layer="LCP", dir="recv")}
    assert sessions == {1, 2}, sessions

    # The next supervisor knows; twice the time after which it would have been given up.
    tunnel.stop()
    tunnel.start()
    assert "no keep-alive" in tunnel.status, tunnel.status
    time.sleep(4)
    assert "no keep-alive" in tunnel.status, tunnel.status
    assert {entry["session"] for entry in peer.said("EchoReq", layer="LCP", dir="recv")} == sessions


def case_lost_success(vm):
    "The server has let us in, and its word for that got lost: the same call comes up nevertheless."
    peer = vm.peer("lost-success")
    tunnel = vm.tunnel("onenet", server=peer.address)
    tunnel.start()
    assert peer.said("Success lost")
    assert {entry["session"] for entry in peer.said(layer="CHAP")} == {1}


def filter_control(vm, rule):
    """What becomes of the client's control messages at the server, and of its own if they are
    dropped; "": they pass."""
    vm.run_in_server("nft delete table ip control", check=False)
    if rule:
        out = f"tcp sport 1723 {rule}" if rule == "drop" else ""
        vm.run_in_server("nft -f - <<'RULES'\ntable ip control {\nchain in {\n"
                         f"type filter hook input priority 0;\ntcp dport 1723 {rule}\n}}\n"
                         f"chain out {{\ntype filter hook output priority 0;\n{out}\n}}\n}}\nRULES")


@case_timeout(360)
def case_control_connection_cut(vm):
    """For 75 s nothing of TCP passes, while data does: the tunnel stands, then and afterwards. Its
    reset is an end."""
    tunnel = vm.tunnel("onenet")
    tunnel.start()

    def connects():
        return sum("Tunnel is up: " in text for text in tunnel.messages())
    assert connects() == 1
    vm.at_end(filter_control, vm, "")
    # Until the server does not answer our Echo-Request, a minute after the last message.
    filter_control(vm, "drop")
    data = vm.run("ping", "-n", "-q", "-i", "1", "-c", "75", "10.1.2.3", timeout=90).stdout
    assert " 0% packet loss" in data, data
    filter_control(vm, "")
    # And until what lasted too long would have been noticed.
    data = vm.run("ping", "-n", "-q", "-i", "1", "-c", "60", "10.1.2.3", timeout=90).stdout
    assert " 0% packet loss" in data, data
    assert connects() == 1 and not [text for text in tunnel.messages() if "Lost" in text]
    assert tunnel.status.startswith("Up:"), tunnel.status

    filter_control(vm, "reject with tcp reset")
    tunnel.wait_for_message("Lost 192.0.2.2", 90)
    filter_control(vm, "")
    vm.wait(lambda: tunnel.status.startswith("Up:"), 60, "the next connection")
    assert connects() == 2, tunnel.messages()
    # The server learns of the reset when it next sends something: its Echo-Request, a minute later.
    vm.wait(lambda: vm.run_in_server("ip -br link show type ppp").stdout.count("\n") == 1, 120,
            "the end of the first call at the server")
