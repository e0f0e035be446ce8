# SPDX-License-Identifier: GPL-2.0-or-later
"""Packets of the negotiation are lost on the way to and from a real server: whatever is lost, what
is up then is encrypted in both directions, with keys that both sides have."""

from encryption import clear_text
from guest import case_timeout, each_release

SERVER = "192.0.2.2"

# What is lost: on its way to the server or from there, its PPP protocol and its code.
PACKETS = {
    "success": ("from", 0xc223, 3),
    "our request": ("to", 0x80fd, 1),
    "their ack": ("from", 0x80fd, 2),
    "their request": ("from", 0x80fd, 1),
    "our ack": ("to", 0x80fd, 2),
}


def rules(direction, names):
    """nftables' rules for what comes in: they drop the first of each of these packets, or as many
    as the name is there, behind a GRE header without and with an acknowledgement, with and without
    address and control."""
    lines = []
    for name in sorted(set(names)):
        way, protocol, code = PACKETS[name]
        if way != direction:
            continue
        for offset in (96, 128):
            for length, prefix in ((40, 0xff03), (24, 0)):
                lines.append(f"ip protocol gre @th,{offset},{length} == "
                             f"{prefix << 24 | protocol << 8 | code:#x} limit rate 1/day "
                             f"burst {names.count(name)} packets counter drop")
    return "\n".join(lines)


def lose(vm, *names):
    """Connects while these packets are lost, and looks at what comes of it."""
    run = {"to": vm.run_in_server, "from": vm.run}
    for direction in run:
        run[direction]("nft -f - <<'RULES'\ntable ip lossy {\nchain here {\n"
                       f"type filter hook prerouting priority -300;\n{rules(direction, names)}\n"
                       "}\n}\nRULES")
    capture = vm.capture("proto 47")
    tunnel = vm.tunnel("onenet", routes=("10.0.0.0/8",))
    try:
        tunnel.start()
        vm.ping("10.1.2.3")
    finally:
        dropped = "".join(run[direction]("nft list table ip lossy").stdout for direction in run)
        for direction in run:
            run[direction]("nft delete table ip lossy")
        tunnel.stop()
        capture.stop()
    for name in names:
        assert f"counter packets {names.count(name)} " in dropped, (name, dropped)
    clear = capture.lines(clear_text("ip"))
    assert not clear, f"{names}: {clear}"
    assert len(capture.lines("greater 60")) > 6


@each_release
@case_timeout(120)
def case_one_packet_of_encryption(vm):
    "Each of the packets that turn encryption on."
    for name in PACKETS:
        lose(vm, name)


@each_release
@case_timeout(120)
def case_two_packets_of_encryption(vm):
    """What pptpd has missed delays what comes behind it, so that it takes a request and its
    repetition together, and acknowledges both."""
    lose(vm, "our request", "our request")
    lose(vm, "our request", "our ack")
