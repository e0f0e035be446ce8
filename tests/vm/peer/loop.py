# SPDX-License-Identifier: GPL-2.0-or-later
"""A small event loop: readable descriptors and timers, in one thread.

asyncio would do, but importing it alone takes a second on an emulated processor, and a peer that
misbehaves on purpose is easier to read as plain callbacks.
"""

import heapq
import itertools
import selectors
import time


class Timer:
    """A pending call. After cancel() it never happens."""

    def __init__(self, callback):
        self.callback = callback

    def cancel(self):
        self.callback = None


class Loop:
    """One for the whole peer."""

    def __init__(self):
        self._selector = selectors.DefaultSelector()
        self._timers = []
        self._order = itertools.count()
        self._running = False

    def call_later(self, delay_sec, callback):
        """Calls back once, after so many seconds. Returns the Timer."""
        timer = Timer(callback)
        # The counter breaks ties, so that timers of one instant run in the order they were set.
        heapq.heappush(self._timers, (time.monotonic() + delay_sec, next(self._order), timer))
        return timer

    def watch(self, sock, callback):
        """Calls back whenever the socket is readable."""
        self._selector.register(sock, selectors.EVENT_READ, callback)

    def unwatch(self, sock):
        self._selector.unregister(sock)

    def stop(self):
        self._running = False

    def run(self):
        """Until stop() is called, by a callback."""
        self._running = True
        while self._running:
            for key, _ in self._selector.select(self._timeout()):
                # An earlier callback of the same round may have closed this one's socket.
                if self._selector.get_map().get(key.fileobj) is key:
                    key.data()
            self._run_timers()

    def _timeout(self):
        if not self._timers:
            return None
        return max(0, self._timers[0][0] - time.monotonic())

    def _run_timers(self):
        while self._timers and self._timers[0][0] <= time.monotonic():
            _, _, timer = heapq.heappop(self._timers)
            callback, timer.callback = timer.callback, None
            if callback:
                callback()
