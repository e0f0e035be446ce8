# SPDX-License-Identifier: GPL-2.0-or-later
"""placeholder"""


class Link:
    def __init__(self, call):
        pass

    def start(self):
        pass

    def on_frame(self, payload):
        pass

    def close(self):
        pass
