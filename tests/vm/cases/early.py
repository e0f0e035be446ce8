# SPDX-License-Identifier: GPL-2.0-or-later
"""Servers that are quicker than the client's kernel or pppd: their first packets are not lost, or
each start would wait for seconds until they are repeated."""

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
