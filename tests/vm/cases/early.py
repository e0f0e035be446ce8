# SPDX-License-Identifier: GPL-2.0-or-later
"""Servers that are quicker than the client's kernel or pppd: their first packets are not lost, or
each start would wait for seconds until they are repeated; and pppd is there before the call."""

import os
import signal

from guest import case_timeout

# The plugin feeds each pppd its packets in its own way.
EACH_RELEASE = True

PEER = "192.0.2.9"
# Without the plugin's help two in three were lost: that none of eight was is no accident.
STARTS = 8


def sessions(peer, **fields):
    """The entries of the transcript that match, by session."""
    found = {}
    for entry in peer.said(**fields):
        found.setdefault(entry["session"], []).append(entry)
    return found


@case_timeout(400)
def case_lcp_with_the_call_reply(vm):
    "LCP's request comes with the Outgoing-Call-Reply: answered in each start, never repeated."
    peer = vm.peer("speaks-first", address=PEER)
    tunnel = vm.tunnel("onenet", server=PEER, routes=[])
    for _ in range(STARTS):
        tunnel.start()
        tunnel.stop()
    requests = sessions(peer, what="ConfReq", layer="LCP", dir="send")
    assert len(requests) == STARTS, len(requests)
    repeated = {session: entries for session, entries in requests.items() if len(entries) > 1}
    assert not repeated, f"{len(repeated)} of {STARTS} lost: {repeated}"


@case_timeout(200)
def case_ipcp_before_ccp_is_done(vm):
    """IPCP's request waits in the plugin; pppd alone refuses it,
    and the server repeats it after 3 s."""
    peer = vm.peer("early-ipcp", address=PEER)
    tunnel = vm.tunnel("onenet", server=PEER, routes=[])
    for _ in range(5):
        tunnel.start()
        tunnel.stop()
    assert not peer.said("TermAck", layer="IPCP", dir="recv")
    requests = sessions(peer, what="ConfReq", layer="IPCP", dir="send")
    assert len(requests) == 5 and all(len(entries) == 1 for entries in requests.values()), requests


def case_pppd_waits_for_the_call(vm):
    """It runs before the server accepts the call. Its end is that of the attempt, and a stop ends
    it at once. A server whose TCP does not answer costs no pppd."""
    tunnel = vm.tunnel("onenet", server="203.0.113.200", routes=[])
    tunnel.start_in_background()
    tunnel.wait_for_status("Connecting to 203.0.113.200")
    assert not tunnel.processes("pppd")
    tunnel.stop()

    tunnel = vm.tunnel("onenet", server=vm.peer("call-silent", address=PEER).address, routes=[],
                       more="\n[Reconnect]\nDelaySec=100ms\n")
    tunnel.start_in_background()
    tunnel.wait_for_status("to accept the call")
    first = vm.wait(lambda: tunnel.processes("pppd"), 5, "a pppd that waits")
    assert len(first) == 1, first
    os.kill(first[0], signal.SIGKILL)
    tunnel.wait_for_reason("PPPD-02")
    tunnel.wait_for_status("to accept the call")
    second = vm.wait(lambda: tunnel.processes("pppd"), 5, "another pppd")
    assert len(second) == 1 and second != first, (first, second)
    seconds = tunnel.stop().seconds
    print(f"# stopped in {seconds:.2f} s")
