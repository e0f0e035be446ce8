# SPDX-License-Identifier: GPL-2.0-or-later
"""How the peer behaves: a flat set of settings, and named sets of them.

A scenario is a table of the settings that differ from DEFAULTS, in which the peer is a correct
server. A test names one, and may change single settings on top of it:

    peer.py onenet-2006 password=other ccp_force_naks=2

Values on the command line are JSON where they parse as JSON, and else text. MPPE bits are written
as pppd prints them, "+H -M +S -L -D -C"; what is not mentioned is clear.
"""

import json

DEFAULTS = {
    # The scenario holds for so many control connections; after them the peer is a correct server.
    "sessions": None,

    # ---- control connection (RFC 2637) ----
    "accept": "serve",          # silent, close, reset, http, half (half a reply, then silence)
    "delay": 0,                 # seconds before each reply
    "version": 0x0100,
    "start_result": 1,
    "start_error": 0,
    "call_reply": True,         # False: the Outgoing-Call-Request is never answered
    "call_result": 1,
    "call_error": 0,
    "call_cause": 0,
    "disconnect_after": None,   # seconds from the call's start to Call-Disconnect-Notify
    "disconnect_result": 1,
    "disconnect_error": 0,
    "disconnect_cause": 0,
    "stop_after": None,         # seconds from the call's start to Stop-Control-Connection-Request
    "stop_reason": 1,
    "close_after": None,        # seconds from the call's start to the end of TCP, without a word
    "echo_reply": True,
    "echo_interval": None,      # seconds between Echo-Requests of the peer's own
    "link_info": False,         # Set-Link-Info with ffffffff after the call, as Windows does
    "segments": 1,              # each message in so many TCP segments
    "coalesce": False,          # the reply and an Echo-Request in one segment
    "host_name": "peer",
    "vendor": "scripted",

    # ---- GRE ----
    "gre": "serve",             # silent: nothing is ever sent; loop: frames go back as they came
    "mute_after": None,         # seconds from "up" until the peer neither hears nor speaks GRE
    "deaf_after": None,         # seconds from "up" until it hears nothing, and talks on: a ping
                                # each half second

    # ---- LCP (RFC 1661) ----
    "lcp_start": "answer",      # answer: after the client's first frame; early: with the call reply
    "lcp": "serve",             # silent
    "lcp_mru": 1500,
    "lcp_extra": None,          # hex of options that we insist on in each Configure-Request
    "lcp_echo_reply": True,
    "lcp_echo_replies": None,   # answer so many Echo-Requests, then none
    "lcp_echo_interval": None,
    "lcp_reopen_after": None,   # seconds from "up" to a new LCP Configure-Request, once
    "terminate_at": None,       # "auth", "network" or "up": Terminate-Request there
    "terminate_after": 0,       # seconds from there
    "terminate_text": None,
    "terminate_ras": None,      # a Windows error number, in the form Windows gives it

    # ---- authentication ----
    "auth": "mschapv2",         # mschap, chap, pap, eap, none
    "user": "vpn",              # the user name is not checked if empty
    "password": "secret",
    "auth_silent": None,        # "challenge": none is sent; "result": the response is not answered
    "auth_error": None,         # refuse whatever comes with this E= number
    "auth_refusals": None,      # how many sessions are refused with auth_error; None: all
    "auth_retry": 0,
    "auth_message": "Authentication failure",
    "auth_lose_successes": 0,   # do as if so many CHAP Successes had been lost
    "auth_proof": True,         # False: Success with a wrong authenticator response
    "auth_first": None,         # "eap": try that first, end with RAS 691 if it is taken up

    # ---- CCP and MPPE (RFC 1962, 3078) ----
    "ccp": "serve",             # silent, reject (Configure-Reject), protocol-reject
    "ccp_accept": ["+H +S"],    # what we agree to, and what we adopt when the client Naks it
    "ccp_refusal": "nak",       # or reject (the MPPE option), or terminate (with ccp_required_ras)
    "ccp_nak": "+H +S",         # what we suggest instead; a list: one after the other
    "ccp_force_naks": 0,        # Nak the first so many requests whatever they say
    "ccp_request": "first",     # our Configure-Request: first of ccp_accept, or bits, or None;
                                # follow: what the client has asked for, once we agreed to that
    "ccp_request_plain": None,  # with follow: bits for a client that asks for no encryption
    "ccp_request_repeats": False,   # after a Reject or Nak, request the same again without end
    "ccp_lose_acks": 0,         # do as if so many of the client's Configure-Acks had been lost
    "ccp_double_acks": 0,       # send so many Configure-Acks twice, as a server does that gets a
                                # request and its repetition together
    "ccp_required": True,       # no MPPE, no link: then the LCP Terminate-Request below
    "ccp_required_ras": 742,
    "ccp_terminate_after": None,    # seconds from "up" to a CCP Terminate-Request

    # ---- IPCP (RFC 1332, 1877) ----
    "ipcp": "serve",            # silent, protocol-reject
    "ipcp_early": False,        # our Configure-Request does not wait for CCP; then only each 3 s
    "ipcp_local": "192.168.93.1",   # "server": the address that the client connected to
    "ipcp_remote": "192.168.93.10", # None: we have no address to give
    "ipcp_dns": [],
    "ipcp_lose_acks": 0,        # do as if so many of the client's Configure-Acks had been lost
    "ipcp_reopen_after": None,  # seconds from "up" to a new IPCP Configure-Request, once

    # ---- data ----
    "data": "serve",            # answers pings; drop; protocol-reject (of 0x00fd or 0x0021)
    "clear_pings": None,        # seconds between pings of the peer's own in clear text, while up
}

SCENARIOS = {
    "good": {},

    # Control connection
    "silent": {"accept": "silent"},
    "close": {"accept": "close"},
    "reset": {"accept": "reset"},
    "http": {"accept": "http"},
    "half": {"accept": "half"},
    "start-general-error": {"start_result": 2, "start_error": 4},
    "channel-exists": {"start_result": 3},
    "not-authorised": {"start_result": 4},
    "version": {"start_result": 5, "version": 0x0200},
    "call-silent": {"call_reply": False},
    "no-carrier": {"call_result": 3},
    "busy": {"call_result": 4},
    "refused": {"call_result": 7},
    "no-resource": {"call_result": 2, "call_error": 4},
    "disconnect": {"disconnect_after": 0},
    "disconnect-later": {"disconnect_after": 5, "disconnect_result": 3},
    "stop-later": {"stop_after": 5, "stop_reason": 3},
    "close-later": {"close_after": 5},
    "no-control-echo": {"echo_reply": False},
    "segments": {"segments": 5},
    "coalesce": {"coalesce": True},
    "windows": {"vendor": "Microsoft", "host_name": "", "link_info": True, "disconnect_result": 0},

    # GRE and LCP
    "no-gre": {"gre": "silent"},
    "looped": {"gre": "loop"},
    "speaks-first": {"lcp_start": "early"},
    "no-lcp-echo": {"lcp_echo_reply": False},
    "dies": {"mute_after": 5},
    "goes-deaf": {"deaf_after": 5},
    "lcp-reopens": {"lcp_reopen_after": 5},
    "callback": {"lcp_extra": "0d0306"},
    "goodbye": {"terminate_at": "up", "terminate_after": 5, "terminate_text": "User request"},
    "ras-718": {"terminate_at": "up", "terminate_after": 3, "terminate_ras": 718},

    # Authentication
    "pap": {"auth": "pap", "ccp": "protocol-reject", "ccp_required": False},
    "chap": {"auth": "chap", "ccp": "protocol-reject", "ccp_required": False},
    "mschap": {"auth": "mschap"},
    "eap": {"auth": "eap"},
    "eap-first": {"auth_first": "eap"},
    "wrong-password": {"auth_error": 691},
    "no-dialin": {"auth_error": 649},
    "disabled": {"auth_error": 647},
    "expired": {"auth_error": 648},
    "logon-hours": {"auth_error": 646},
    "lost-success": {"auth_lose_successes": 1},
    "auth-silent": {"auth_silent": "result"},
    "no-challenge": {"auth_silent": "challenge"},
    "impostor": {"auth_proof": False},
    "ras-691": {"terminate_at": "auth", "terminate_ras": 691},

    # CCP. The first two replay the servers of two old reports: each agrees outright to the one
    # thing that it wants, and suggests it, with the MPPC bit, to a client that asks for another.
    "contivity-2003": {"ccp_accept": ["-H +L"], "ccp_nak": "-H +L +C", "ccp_request": "follow",
                       "ipcp_early": True},
    "onenet-2006": {"ccp_accept": ["+H +S"], "ccp_nak": "+H +S +C", "ccp_request": "follow",
                    "ccp_request_plain": "-H +S +C"},
    "stateful-128": {"ccp_accept": ["-H +S"], "ccp_nak": "-H +S"},
    "only-40": {"ccp_accept": ["+H +L"], "ccp_nak": "+H +L"},
    "rejects-128": {"ccp_accept": ["+H +L"], "ccp_refusal": "reject", "ccp_request": "follow"},
    # pptpd's pppd with require-mppe-40: it never suggests anything, but it asks.
    "asks-40": {"ccp_accept": ["+H +L"], "ccp_refusal": "reject"},
    "ends-at-128": {"ccp_accept": ["+H +L"], "ccp_refusal": "terminate", "ccp_request": "follow"},
    "rejects-stateless": {"ccp_accept": ["-H +S"], "ccp_refusal": "reject",
                          "ccp_request": "follow"},
    "rejects-40": {"ccp_refusal": "reject", "ccp_request": "follow"},
    "only-56": {"ccp_accept": ["+H +M"], "ccp_nak": "+H +M"},
    "obsolete-bit": {"ccp_accept": ["+H +S"], "ccp_nak": "+H +S +D", "ccp_force_naks": 1},
    "mppc-nak-once": {"ccp_nak": "+H +S +C", "ccp_force_naks": 1},
    "endless-naks": {"ccp_accept": [], "ccp_nak": "+H +S +C", "ccp_request": "+H +S"},
    "flip-flop": {"ccp_accept": [], "ccp_nak": ["-H +S", "+H +L"] * 20, "ccp_request": "+H +S"},
    "mppe-rejected": {"ccp": "reject", "ccp_required": False},
    "no-ccp": {"ccp": "protocol-reject", "ccp_required": False},
    "ccp-silent": {"ccp": "silent", "ccp_required": False, "ipcp_early": True},
    "no-bits": {"ccp_request": "-H", "ccp_request_repeats": True, "ccp_required": False},
    "no-strength": {"ccp_request": "+H"},
    "ccp-lost-ack": {"ccp_lose_acks": 1},
    "ccp-acks-twice": {"ccp_double_acks": 1, "sessions": 1},
    "ccp-acks-twice-first": {"ccp_double_acks": 1, "ccp_request": "follow", "sessions": 1},
    "ccp-ends": {"ccp_terminate_after": 3},
    "requires-mppe": {"ccp_required": True},

    # IPCP and data
    "early-ipcp": {"ipcp_early": True},
    "ipcp-lost-ack": {"ipcp_lose_acks": 1},
    "ipcp-reopens": {"ipcp_reopen_after": 5},
    "ipcp-silent": {"ipcp": "silent"},
    "no-ipcp": {"ipcp": "protocol-reject"},
    "no-address": {"ipcp_remote": None},
    "own-address": {"ipcp_local": "server"},
    "dns": {"ipcp_dns": ["192.168.93.53", "192.168.93.54"]},
    "up-but-dead": {"data": "protocol-reject"},
    "no-data": {"data": "drop"},
    "clear-text": {"clear_pings": 0.2},
}


class Scenario:
    """The settings as attributes; a name that is not in DEFAULTS is an error."""

    def __init__(self, name="good", changes=None):
        self.name = name
        self._values = {**DEFAULTS, **SCENARIOS[name], **(changes or {})}
        unknown = set(self._values) - set(DEFAULTS)
        if unknown:
            raise KeyError("no such setting: " + ", ".join(sorted(unknown)))

    def __getattr__(self, key):
        try:
            return self._values[key]
        except KeyError:
            raise AttributeError(key) from None

    def for_session(self, number):
        """The scenario of the number-th control connection, counted from 1."""
        if self.sessions is None or number <= self.sessions:
            return self
        # What makes the peer who it is outlives the fault.
        keep = {key: self._values[key] for key in
                ("user", "password", "ipcp_local", "ipcp_remote", "ipcp_dns")}
        return Scenario("good", keep)


def parse_changes(words):
    """Turns ["key=value", ...] into a table; values are JSON if they can be."""
    changes = {}
    for word in words:
        key, separator, value = word.partition("=")
        if not separator:
            raise ValueError(f"{word}: key=value expected")
        try:
            changes[key] = json.loads(value)
        except json.JSONDecodeError:
            changes[key] = value
    return changes
