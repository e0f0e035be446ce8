# SPDX-License-Identifier: GPL-2.0-or-later
"""A server that is far away: beyond seas, behind a satellite, or behind a queue that never empties.
A request that is repeated while its answer is under way has the server begin anew."""

from guest import case_timeout, each_release

ENDS = (("", "uplink0"), ("ip netns exec server ", "uplink1"))


def delay(vm, one_way, only_gre=False):
    "Whatever is sent on the uplink, by either end, takes so long: tc-netem(8)."
    for words, link in ENDS:
        parent = "root"
        if only_gre:
            vm.run(f"{words}tc qdisc add dev {link} root handle 1: prio priomap {'0 ' * 16} &&"
                   f" {words}tc filter add dev {link} parent 1: protocol ip u32"
                   " match ip protocol 47 0xff flowid 1:3")
            parent = "parent 1:3"
        vm.run(f"{words}tc qdisc add dev {link} {parent} netem limit 100000 delay {one_way}")
        vm.at_end(vm.run, f"{words}tc qdisc del dev {link} root")


def connect(vm):
    """Connects, and stays up under traffic. Returns how many of our requests of LCP and IPCP went
    out, and the messages."""
    capture = vm.capture("proto 47")
    tunnel = vm.tunnel("onenet", routes=("10.0.0.0/8",))
    tunnel.start()
    vm.run("ping -c 40 -i 0.5 -W 10 10.1.2.3", check=False)
    messages = tunnel.messages()
    tunnel.stop()
    capture.stop()
    assert not [text for text in messages if "Lost" in text], messages
    requests = [line for line in capture.lines("src 192.0.2.1") if "Conf-Request" in line]
    return [sum(f"{protocol}, Conf-Request" in line for line in requests)
            for protocol in ("LCP", "IPCP")] + [messages]


@each_release
@case_timeout(300)
def case_round_trip_of_seconds(vm):
    "What TCP has measured of the way counts: nothing is asked twice."
    delay(vm, "1200ms")
    lcp, ipcp, messages = connect(vm)
    # No name servers, then the server's address, then ours.
    assert lcp == 1 and ipcp <= 4, (lcp, ipcp)
    assert not [text for text in messages if "unproven" in text], messages


@each_release
@case_timeout(300)
def case_gre_takes_longer_than_tcp(vm):
    "TCP could not know. The server begins anew, and then each request is given more time."
    delay(vm, "900ms", only_gre=True)
    lcp, _, _ = connect(vm)
    assert 1 < lcp <= 4, lcp
