# SPDX-License-Identifier: GPL-2.0-or-later
"""Work inside of a network namespace, without the mounts and the process of "ip netns exec"."""

import ctypes
import os
import threading

CLONE_NEWNET = 0x40000000


def in_namespace(name, function):
    """Returns what function returns, called in a thread that is in the network namespace, as are
    the sockets and processes that it makes."""
    result = []

    def call():
        libc = ctypes.CDLL(None, use_errno=True)
        with open(f"/run/netns/{name}", encoding="ascii") as file:
            assert libc.setns(file.fileno(), CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
        result.append(function())
    thread = threading.Thread(target=call)
    thread.start()
    thread.join()
    return result[0]
