# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the time of a connect goes, read off the wire at this end: from the start to the SYN, to
the Outgoing-Call-Reply, to our first PPP packet, to our first packet of data; and how many round
trips it takes from the SYN to the reply to that. Belongs on a virtual clock
(tests/vm/host/machine.py)."""

import contextlib
import socket
import struct
import sys
import threading
import time

from clients import CLIENT, Ours, Server, Stock, connect, prepare

DELAYS_MS = (0, 100)
UPLINK = "bench-up"

ETHERNET_BYTES = 14
TCP, GRE = 6, 47
PPTP_MAGIC = b"\x1a\x2b\x3c\x4d"
OUTGOING_CALL_REPLY = 8
LCP, ENCRYPTED = 0xC021, 0x00FD
SO_TIMESTAMPNS = 35

# What each stage ends with, in their order: of ours (True) or the server's, and what it is.
STAGES = {
    "start to SYN": (True, "SYN"),
    "SYN to Outgoing-Call-Reply": (False, OUTGOING_CALL_REPLY),
    "Outgoing-Call-Reply to our first LCP packet": (True, LCP),
    "that to our first packet of data": (True, ENCRYPTED),
}


def name_tcp(segment):
    """SYN, or the type of the first PPTP message in it."""
    if segment[13] & 0x12 == 0x02:
        return "SYN"
    message = segment[(segment[12] >> 4) * 4:]
    return struct.unpack("!H", message[8:10])[0] if message[4:8] == PPTP_MAGIC else None


def name_gre(packet):
    """The PPP protocol, or None of an acknowledgement alone (RFC 2637, section 4.1)."""
    flags = struct.unpack("!H", packet[:2])[0]
    frame = packet[8 + (4 if flags & 0x1000 else 0) + (4 if flags & 0x0080 else 0):]
    frame = frame.removeprefix(b"\xff\x03")
    if not frame:
        return None
    return frame[0] if frame[0] & 1 else struct.unpack("!H", frame[:2])[0]


def name(frame):
    """Whether a frame is of ours, and what it is."""
    ip = frame[ETHERNET_BYTES:]
    names = {TCP: name_tcp, GRE: name_gre}
    if frame[12:ETHERNET_BYTES] != b"\x08\x00" or ip[9] not in names:
        return None
    return ip[12:16] == socket.inet_aton(CLIENT), names[ip[9]](ip[(ip[0] & 15) * 4:])


@contextlib.contextmanager
def watch(seen, ours):
    """Notes the time of day of the first packet of each name, in seconds, and of all of ours that
    have one, while in this context."""
    end = threading.Event()

    def read(sock):
        while True:
            try:
                frame, ancillary = sock.recvmsg(2048, 64)[:2]
            except TimeoutError:
                # Not before: what has come already counts.
                if end.is_set():
                    return
                continue
            seconds, nanoseconds = struct.unpack("qq", ancillary[0][2][:16])
            at, what = seconds + nanoseconds / 1e9, name(frame)
            seen.setdefault(what, at)
            if what and what[0] and what[1] is not None:
                ours.append(at)

    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)) as sock:
        sock.bind((UPLINK, 0))
        sock.settimeout(0.1)
        sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        thread = threading.Thread(target=read, args=(sock,))
        thread.start()
        try:
            yield
        finally:
            end.set()
            thread.join()


def count_round_trips(seen, ours, delay_ms):
    """Of our packets up to the first with data, those that have waited for something of the
    server's: a flight of ours for each round trip, the last of which the reply to the data ends."""
    until = [at for at in ours if at <= seen[True, ENCRYPTED]]
    return 1 + sum(after - before > delay_ms / 1000 for before, after in zip(until, until[1:]))


def stages(client, delay_ms):
    """Connects; returns the seconds of each stage, and the round trips where there is a delay to
    tell them by. Packets of ours are seen when the delay at this end has let go of them."""
    seen, ours = {}, []
    prepare(client, True)
    with watch(seen, ours):
        before = time.time()
        connect(client, True)
    client.stop()
    result = {}
    for stage, what in STAGES.items():
        result[stage] = seen[what] - before
        before = seen[what]
    if delay_ms:
        result["round trips"] = count_round_trips(seen, ours, delay_ms)
    return result


def run(rounds):
    rows, server = {}, Server()
    server.set_up()
    try:
        for delay in DELAYS_MS:
            server.delay(delay)
            server.start(mppe=True)
            for number in range(rounds):
                print(f"# {delay} ms, round {number + 1}", file=sys.stderr, flush=True)
                # The first call, to a server of which nothing is known, and another.
                Ours.forget()
                for name_of, client in (("ours, first call", Ours()), ("ours", Ours()),
                                        ("stock", Stock())):
                    for stage, value in stages(client, delay).items():
                        rows.setdefault(f"{stage}, {delay} ms", {}).setdefault(
                            name_of, []).append(value)
            server.stop()
        return rows
    finally:
        server.stop()
        server.tear_down()
