# SPDX-License-Identifier: GPL-2.0-or-later
"""What was said, one JSON object per line, for tests to assert on.

    {"t": 0.012, "session": 1, "dir": "recv", "layer": "control",
     "what": "Outgoing-Call-Request", "call_id": 384, ...}
    {"t": 0.087, "session": 1, "dir": "send", "layer": "CCP", "what": "ConfNak", "id": 1,
     "text": "[CCP ConfNak id=0x1 <mppe +H -M +S -L -D +C>]", "hex": "80fd0301000a120601000041"}
    {"t": 0.090, "session": 1, "dir": "note", "what": "up"}

"dir" is "recv" or "send" as seen by the peer, or "note" for an event. "t" counts seconds from the
peer's start, on the monotonic clock. Every line is written out at once, so that a test may read
the file while the peer runs.
"""

import json
import sys
import time


class Transcript:
    """Writes to a file, or to standard output."""

    def __init__(self, path=None):
        self._file = open(path, "w", buffering=1, encoding="utf-8") if path else sys.stdout
        self._start = time.monotonic()

    def write(self, session, direction, what, **fields):
        """An entry of this moment; session: the number of the client's connection."""
        record = {"t": round(time.monotonic() - self._start, 4), "session": session,
                  "dir": direction, **({"layer": fields.pop("layer")} if "layer" in fields else {}),
                  "what": what, **fields}
        self._file.write(json.dumps(record) + "\n")
        self._file.flush()

    def note(self, session, what, **fields):
        self.write(session, "note", what, **fields)
