# SPDX-License-Identifier: GPL-2.0-or-later
"""MPPE is negotiated within [Encryption] and never below it, with servers of all kinds."""

import time

import stock

from guest import one_release

# The plugin works around CCP of either pppd in its own way.
EACH_RELEASE = True

EX_PROTOCOL, EX_CONFIG = 76, 78

PEER = "192.0.2.9"
PEER_IN_TUNNEL = "192.168.93.1"


def prepare(vm, scenario, encryption="", **changes):
    """A tunnel to a scripted peer."""
    peer = vm.peer(scenario, address=PEER, **changes)
    return peer, vm.tunnel("onenet", server=PEER, routes=[PEER_IN_TUNNEL],
                           more=f"\n[Encryption]\n{encryption}" if encryption else "")


def start(vm, scenario, encryption="", **changes):
    """The same, started whether it succeeds or not."""
    peer, tunnel = prepare(vm, scenario, encryption, **changes)
    result = tunnel.start(check=False)
    return peer, tunnel, result.returncode == 0


def expect(vm, scenario, outcome, encryption=""):
    """It comes up with this outcome, and all data passes as the outcome says."""
    peer, tunnel, up = start(vm, scenario, encryption)
    assert up, tunnel.status
    assert outcome in tunnel.status, tunnel.status
    vm.ping(PEER_IN_TUNNEL)
    tunnel.stop()
    datagrams = peer.said("datagram")
    assert datagrams and {e["encrypted"] for e in datagrams} == {"MPPE" in outcome}, datagrams
    return peer


def expect_refusal(vm, scenario, reason, status, encryption="", **changes):
    """It does not come up, for this reason, no address is ever configured,
    and little is said in vain."""
    peer, tunnel = prepare(vm, scenario, encryption, **changes)
    tunnel.start_and_fail(reason, status=status)
    assert not vm.ip("link", "show", "onenet")
    requests = [e for e in peer.said("ConfReq", layer="CCP", dir="recv") if e["session"] == 1]
    assert len(requests) <= 10, f"{len(requests)} requests"
    assert not peer.said("ConfAck", layer="IPCP", dir="recv")
    return tunnel


def case_onenet_2006(vm):
    "The server whose Naks suggest compression, too: asking for one strength, it just agrees."
    expect(vm, "onenet-2006", "MPPE 128-bit stateless")


def case_contivity_2003(vm):
    "Stateful 40-bit, and compression in every Nak: no option of stock pppd connects to it."
    expect(vm, "contivity-2003", "MPPE 40-bit stateful", "MPPE=40\nStateful=yes\n")


@one_release
def case_contivity_2003_with_any(vm):
    "The same, learnt from its Nak within the call."
    expect(vm, "contivity-2003", "MPPE 40-bit stateful", "MPPE=any\nStateful=yes\n")


def case_contivity_2003_defeats_stock_pppd(vm):
    "What the old report says: each documented option fails."
    for options in (["require-mppe"], ["require-mppe-40"], ["require-mppe", "mppe-stateful"],
                    ["require-mppe-40", "mppe-stateful"], ["require-mppe", "nomppe-128"]):
        peer = vm.peer("contivity-2003", address=PEER)
        stock.start_stock(vm, address=PEER, options=options)
        vm.wait(lambda peer=peer: peer.said("TermReq", layer="LCP"), 20, f"pppd {options} gives up")
        vm.run("systemctl", "stop", "stock", check=False)
        peer.stop()


def case_stateful_only(vm):
    "The server of the forum report, allowed to have its way."
    expect(vm, "stateful-128", "MPPE 128-bit stateful", "Stateful=yes\n")


def case_stateful_is_refused_by_default(vm):
    "And not allowed: the reason names the line that would."
    tunnel = expect_refusal(vm, "stateful-128", "MPPE-02", EX_CONFIG)
    assert "Stateful=yes" in "\n".join(tunnel.messages() + [tunnel.status]), tunnel.messages()


def case_40_bit_only(vm):
    "A server of export times."
    expect(vm, "only-40", "MPPE 40-bit stateless", "MPPE=40\n")


@one_release
def case_40_bit_with_any(vm):
    "128 is asked for first, and 40 is what there is."
    expect(vm, "only-40", "MPPE 40-bit stateless", "MPPE=any\n")


@one_release
def case_40_bit_is_refused_by_default(vm):
    "Weak encryption is a decision of the administrator's."
    tunnel = expect_refusal(vm, "only-40", "MPPE-04", EX_PROTOCOL)
    assert "MPPE=40" in "\n".join(tunnel.messages() + [tunnel.status]), tunnel.messages()


@one_release
def case_56_bit_is_refused(vm):
    "Linux has no 56-bit MPPE."
    expect_refusal(vm, "only-56", "MPPE-04", EX_PROTOCOL, "MPPE=any\n")


@one_release
def case_128_bit_of_any(vm):
    "The strongest of what both can."
    expect(vm, "good", "MPPE 128-bit stateless", "MPPE=any\n")


@one_release
def case_obsolete_bit_is_ignored(vm):
    "A D bit in a Nak."
    expect(vm, "obsolete-bit", "MPPE 128-bit stateless")


def case_mppc_bit_is_ignored(vm):
    "A C bit in a Nak, at which stock pppd ends the call."
    expect(vm, "mppc-nak-once", "MPPE 128-bit stateless")


@one_release
def case_mppc_bit_is_refused_on_demand(vm):
    "TolerateMPPC=no"
    expect_refusal(vm, "mppc-nak-once", "MPPE-01", EX_CONFIG, "TolerateMPPC=no\n")


def case_no_strength_is_answered(vm):
    "A server that requests MPPE without a strength is told one."
    expect(vm, "no-strength", "MPPE 128-bit stateless")


def case_endless_naks(vm):
    "The loop ends."
    expect_refusal(vm, "endless-naks", "MPPE-21", EX_PROTOCOL)


@one_release
def case_flip_flop(vm):
    "The loop ends when both of its suggestions are allowed, too."
    expect_refusal(vm, "flip-flop", "MPPE-21", EX_PROTOCOL, "MPPE=any\nStateful=yes\n")


def case_mppe_rejected(vm):
    "A server that rejects MPPE is not talked to in clear."
    expect_refusal(vm, "mppe-rejected", "MPPE-09", EX_PROTOCOL)


def case_no_ccp(vm):
    "Nor one that does not know CCP."
    expect_refusal(vm, "no-ccp", "MPPE-10", EX_PROTOCOL)


def case_encryption_with_everything_off(vm):
    "Nor one that requests MPPE with all bits clear, whatever it is told."
    prepare(vm, "no-bits")[1].start_and_fail("MPPE-14", status=EX_PROTOCOL)


RETRY = "Trying once more with MPPE"


@one_release
def case_refusal_is_answered_with_the_other_strength(vm):
    """Servers that reject 128-bit, or hang up over it, get a second call; each time, since whoever
    refuses the stronger key once must not be believed for ever."""
    for scenario in ("rejects-128", "ends-at-128"):
        peer, tunnel, up = start(vm, scenario, "MPPE=any\n")
        assert up and "MPPE 40-bit stateless" in tunnel.status, tunnel.status
        tunnel.wait_for_message(RETRY)
        assert "mppe=" not in tunnel.memory.read_text()
        vm.ping(PEER_IN_TUNNEL)
        assert {e["session"] for e in peer.said("ConfReq", layer="CCP", dir="recv")} == {1, 2}
        tunnel.stop()

        tunnel.start()
        assert "MPPE 40-bit stateless" in tunnel.status, tunnel.status
        assert {e["session"] for e in peer.said("ConfReq", layer="CCP", dir="recv")} == {1, 2, 3, 4}
        tunnel.stop()
        peer.stop()


@one_release
def case_refused_mode_is_remembered(vm):
    """A server that rejects stateless mode gets a second call, and the next time none: the strength
    is the same. A weaker strength that somebody remembered is not asked for."""
    peer, tunnel, up = start(vm, "rejects-stateless", "Stateful=yes\n")
    assert up and "MPPE 128-bit stateful" in tunnel.status, tunnel.status
    assert "mppe=128-stateful" in tunnel.memory.read_text()
    tunnel.stop()
    tunnel.start()
    assert "MPPE 128-bit stateful" in tunnel.status, tunnel.status
    assert peer.said("ConfReq", layer="CCP", dir="recv")[-1]["session"] == 3
    tunnel.stop()
    peer.stop()

    tunnel.memory.write_text(tunnel.memory.read_text().replace("128-stateful", "40-stateless"))
    peer, tunnel, up = start(vm, "rejects-40", "MPPE=any\n")
    assert up and "MPPE 128-bit stateless" in tunnel.status, tunnel.status
    assert {e["session"] for e in peer.said("ConfReq", layer="CCP", dir="recv")} == {1}


@one_release
def case_refusal_is_final_by_default(vm):
    "With one strength there is nothing else to ask for; with both refused there is no third call."
    for encryption, scenario, sessions in (("", "rejects-128", {1}),
                                           ("MPPE=any\n", "mppe-rejected", {1, 2})):
        peer, tunnel, up = start(vm, scenario, encryption)
        assert not up and tunnel.exit_status == EX_PROTOCOL, tunnel.status
        assert tunnel.journal(PPTP_REASON="MPPE-09", PPTP_CLASS="permanent")
        assert {e["session"] for e in peer.said("ConfReq", layer="CCP", dir="recv")} == sessions
        peer.stop()


@one_release
def case_nothing_can_be_remembered(vm):
    "A directory that cannot be written to costs a warning, and the second call each time."
    vm.drop_in("[Service]\nReadWritePaths=\n")
    peer, tunnel, up = start(vm, "rejects-stateless", "Stateful=yes\n")
    assert up, tunnel.status
    tunnel.wait_for_message(", ignoring", 5)
    tunnel.stop()
    tunnel.start()
    assert {e["session"] for e in peer.said("ConfReq", layer="CCP", dir="recv")} == {1, 2, 3, 4}


def case_no_encryption_on_demand(vm):
    "MPPE=no, with a server that has none."
    expect(vm, "mppe-rejected", "no encryption", "MPPE=no\n")


def case_lost_acknowledgement(vm):
    "One lost Configure-Ack, and the request that the server repeats, do not end the call."
    peer = expect(vm, "ccp-lost-ack", "MPPE 128-bit stateless")
    assert len(peer.said("ConfReq", layer="CCP", dir="send")) == 2
    assert {e["session"] for e in peer.said(layer="CCP")} == {1}


def case_acknowledged_twice(vm):
    """The kernel spoils the key at the second Configure-Ack for a request: another request mends
    that, or another call if it is too late for one."""
    peer = expect(vm, "ccp-acks-twice-first", "MPPE 128-bit stateless")
    assert {e["session"] for e in peer.said(layer="CCP")} == {1}
    assert len(peer.said("ConfReq", layer="CCP", dir="recv")) == 2
    peer.stop()

    peer = expect(vm, "ccp-acks-twice", "MPPE 128-bit stateless")
    assert {e["session"] for e in peer.said(layer="CCP")} <= {1, 2}


def case_lost_acknowledgement_of_addresses(vm):
    "The same in IPCP: the interface is not taken down and up, and its routes stay."
    peer = vm.peer("ipcp-lost-ack", address=PEER)
    tunnel = vm.tunnel("onenet", server=PEER, routes=["10.1.0.0/16"])
    tunnel.start()
    # The peer repeats its request after three seconds.
    vm.wait(lambda: len(peer.said("ConfReq", layer="IPCP", dir="send")) == 2, 15, "the repetition")
    vm.wait(lambda: peer.said("up"), 10, "IPCP to be open for the peer as well")
    time.sleep(1)
    assert vm.ip("route", "show", "10.1.0.0/16"), vm.ip("route")
    # With Reject and Nak three; one that is repeated beside CCP keeps its identifier.
    assert len({e["id"] for e in peer.said("ConfReq", layer="IPCP", dir="recv")}) <= 3
    assert vm.ip("link", "show", "onenet")[0]["mtu"] == 1456
    vm.ping("10.1.2.3")
    assert {e["session"] for e in peer.said(layer="IPCP")} == {1}


def case_encryption_ends_with_the_call(vm):
    "A server that closes CCP gets no more data: the link goes, and the reason is said."
    _, tunnel, up = start(vm, "ccp-ends")
    assert up, tunnel.status
    tunnel.wait_for_message("encryption", 20)
    tunnel.wait_for_reason("MPPE-15", 20)


def clear_text(direction):
    """tcpdump's expression for GRE of PPP data that is not encrypted, as the kernel's driver reads
    it: the payload is at 12 or 16 bytes from the GRE header, address and control may stand in front
    of the protocol, and the protocol may be one byte."""
    def is_data(at):
        return (f"((ip[{at}] & 1 = 1 and ip[{at}] != 0xfd) or "
                f"(ip[{at}] & 1 = 0 and ip[{at}:2] < 0x8000 and ip[{at}:2] != 0xfd))")

    def is_clear(at):
        return (f"((ip[{at}:2] = 0xff03 and {is_data(at + 2)}) or "
                f"(ip[{at}:2] != 0xff03 and {is_data(at)}))")
    return (f"{direction} and ip proto 47 and ip[20] & 0x10 != 0 and "
            f"((ip[21] & 0x80 = 0 and {is_clear(32)}) or (ip[21] & 0x80 != 0 and {is_clear(36)}))")


def talk_in_clear(vm, encryption):
    """A peer that sends pings in clear text all the time, and traffic of ours from the very moment
    that there is a route. Returns the tunnel, which is up, the peer, and the capture."""
    peer = vm.peer("clear-text", address=PEER, ccp_required=not encryption)
    tunnel = vm.tunnel("onenet", server=PEER,
                       routes=["10.1.0.0/16", f"{PEER_IN_TUNNEL}/32"],
                       more=f"\n[Encryption]\n{encryption}" if encryption else "")
    capture = vm.capture("proto 47")
    vm.run("systemd-run", "--unit", "talk", "--collect",
           "ping", "-n", "-q", "-i", "0.01", "10.1.2.3")
    vm.at_end(vm.run, "systemctl", "stop", "talk")
    tunnel.start()
    vm.ping(PEER_IN_TUNNEL)
    return tunnel, peer, capture


def case_clear_text_is_dropped(vm):
    """With MPPE on, a ping that comes in clear text is not answered, and the journal names it;
    what we send is encrypted from the first packet on."""
    tunnel, peer, capture = talk_in_clear(vm, "")
    tunnel.wait_for_message("Unencrypted data came in the server's name", 45)
    time.sleep(1)
    capture.stop()
    came = len(capture.lines(clear_text(f"src host {PEER}")))
    assert came > 5, came
    assert not peer.said("clear ping answered")
    sent = capture.lines(clear_text(f"dst host {PEER}"))
    assert not sent, sent
    assert len(capture.lines(f"dst host {PEER} and greater 60")) > 50
    told = [text for text in tunnel.messages() if "Unencrypted data came" in text]
    assert len(told) == 1, told


@one_release
def case_clear_text_without_encryption(vm):
    "The same with MPPE=no: it passes, in both directions, and the capture can tell."
    _, peer, capture = talk_in_clear(vm, "MPPE=no\n")
    vm.wait(lambda: peer.said("clear ping answered"), 20, "an answer to a ping in clear text")
    vm.wait(lambda: capture.lines(clear_text(f"dst host {PEER}")), 5, "the answer in the capture")


def real_pppd(vm, outcome, server_options, encryption):
    """With pptpd's pppd as the server it comes up with this outcome, and data passes."""
    vm.pptpd("192.0.2.3", drop=("require-mppe-128",), options=server_options)
    tunnel = vm.tunnel("onenet", server="192.0.2.3", more=f"\n[Encryption]\n{encryption}")
    tunnel.start()
    assert outcome in tunnel.status, tunnel.status
    vm.ping("10.1.2.3")
    tunnel.stop()


@one_release
def case_real_pppd_that_insists_on_40(vm):
    "It rejects 128 bits rather than suggesting another strength, but it asks for what it wants."
    vm.pptpd("192.0.2.3", drop=("require-mppe-128",), options="require-mppe-40\nnomppe-128\n")
    tunnel = vm.tunnel("onenet", server="192.0.2.3")
    tunnel.start_and_fail("MPPE-04", "acceptable with MPPE=40", status=EX_PROTOCOL)


@one_release
def case_refused_encryption_is_named(vm):
    "MPPE=no, with a server that would have encrypted and goes on without."
    _, tunnel, up = start(vm, "good", "MPPE=no\n", ccp_required=False)
    assert up, tunnel.status
    tunnel.wait_for_message("the server asked for MPPE 128-bit stateless, which MPPE=no refused")


def case_real_pppd_stateless_40(vm):
    "Data passes, so both ends have the same keys."
    real_pppd(vm, "MPPE 40-bit stateless", "require-mppe-40\nnomppe-128\n", "MPPE=40\n")


def case_real_pppd_stateful_40(vm):
    "pppd as a server agrees to stateful mode, and asks for stateless itself."
    real_pppd(vm, "MPPE 40-bit", "require-mppe-40\nnomppe-128\nmppe-stateful\n",
              "MPPE=40\nStateful=yes\n")
