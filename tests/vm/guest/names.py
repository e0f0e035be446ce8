#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A name server that answers every question as a file says at that moment: with the IPv4 address in
it, with a failure ("fail"), or not at all ("silence").

    names.py ADDRESS FILE
"""

import pathlib
import socket
import struct
import sys

# RFC 1035, section 4.1.1: RCODE 2 is a server failure.
FLAGS_GOOD, FLAGS_FAILURE = 0x8180, 0x8182
TYPE_A = 1
# The name of the question again (section 4.1.4), type A, class IN, living for 0 s.
ANSWER = struct.pack("!HHHIH", 0xC00C, TYPE_A, 1, 0, 4)


def reply_to(query, answer):
    """Returns the answer's bytes; answer: as in the file."""
    end = query.index(b"\0", 12) + 5            # behind name, type and class
    question = query[12:end]
    if answer == "fail":
        return query[:2] + struct.pack("!HHHHH", FLAGS_FAILURE, 1, 0, 0, 0) + question
    has_answer = struct.unpack_from("!H", query, end - 4)[0] == TYPE_A
    reply = query[:2] + struct.pack("!HHHHH", FLAGS_GOOD, 1, has_answer, 0, 0) + question
    return reply + (ANSWER + socket.inet_aton(answer) if has_answer else b"")


def main():
    address, path = sys.argv[1], pathlib.Path(sys.argv[2])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((address, 53))
        while True:
            query, client = sock.recvfrom(512)
            answer = path.read_text().strip() if path.exists() else "silence"
            if answer != "silence":
                sock.sendto(reply_to(query, answer), client)


if __name__ == "__main__":
    main()
