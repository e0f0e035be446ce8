# SPDX-License-Identifier: GPL-2.0-or-later
"""What becomes of the scripted peer's encryption scenarios with us and with stock pppd and
pptp-linux: a table in Markdown, on standard output. tests/vm/peer/table runs it."""

import io
import pathlib
import re
import subprocess
import sys
import tempfile
import time

from cases import stock
from guest import machine

PEER, PEER_IN_TUNNEL = "192.0.2.9", "192.168.93.1"
PATIENCE_SECONDS = 60

# Scenario; what it is; lines of [Encryption] to try with us; options to try with stock pppd.
ROWS = [
    ("good", "agrees to 128-bit stateless", [""], ["require-mppe-128"]),
    ("onenet-2006", "Naks +H +S +C unless asked for exactly that", ["", "MPPE=any"],
     ["require-mppe", "require-mppe mppe-stateful", "require-mppe-128"]),
    ("contivity-2003", "40-bit stateful only, +C in each Nak",
     ["MPPE=40 Stateful=yes", "MPPE=any Stateful=yes"],
     ["require-mppe", "require-mppe-40", "require-mppe-40 mppe-stateful"]),
    ("stateful-128", "128-bit stateful only", ["", "Stateful=yes"],
     ["require-mppe-128", "require-mppe-128 mppe-stateful"]),
    ("only-40", "40-bit stateless only", ["", "MPPE=40", "MPPE=any"],
     ["require-mppe-40", "require-mppe"]),
    ("only-56", "56-bit only", ["MPPE=any"], ["require-mppe"]),
    ("mppc-nak-once", "one Nak with bit C", ["", "TolerateMPPC=no"], ["require-mppe-128"]),
    ("obsolete-bit", "one Nak with bit D", [""], ["require-mppe-128"]),
    ("no-strength", "requests MPPE without a strength", [""], ["require-mppe-128"]),
    ("endless-naks", "Naks whatever comes", [""], ["require-mppe-128"]),
    ("flip-flop", "Naks with another wish each time", ["MPPE=any Stateful=yes"],
     ["require-mppe mppe-stateful"]),
    ("no-bits", "requests MPPE with all bits clear, without end", [""], ["require-mppe-128"]),
    ("mppe-rejected", "rejects MPPE", ["", "MPPE=no"], ["require-mppe-128", "nomppe"]),
    ("no-ccp", "does not know CCP", ["", "MPPE=no"], ["require-mppe-128", "nomppe"]),
    ("ccp-silent", "answers nothing in CCP", [""], ["require-mppe-128"]),
    ("ccp-lost-ack", "a lost Configure-Ack", [""], ["require-mppe-128"]),
    ("ccp-ends", "closes CCP after 3 s", [""], ["require-mppe-128"]),
]


def shorten(entry):
    """One packet in few words: the bits that are set, or the reason of an end."""
    text = entry["text"]
    arrow = "\N{RIGHTWARDS ARROW}" if entry["dir"] == "recv" else "\N{LEFTWARDS ARROW}"
    if entry["layer"] == "CCP":
        bits = re.search("<mppe ([^>]*)>", text)
        what = entry["what"].removeprefix("Conf")
        set_bits = " ".join(re.findall(r"\+[A-Z]", bits[1])) or "no bits" if bits else ""
        return f"{arrow} {what} {set_bits}".strip()
    quoted = re.search('"(.*)"', text)
    windows = re.search(r"<\\xcdt\\x00\\x00\\x(..)\\x(..)|<\\xcdt\\x00\\x00\\x(..)(.)", text)
    if windows:
        low = windows[2] or f"{ord(windows[4]):02x}"
        return f"{arrow} LCP TermReq, Windows error {int((windows[1] or windows[3]) + low, 16)}"
    return f"{arrow} LCP {entry['what']}" + (f" \"{quoted[1]}\"" if quoted and quoted[1] else "")


def matters(entry):
    """CCP itself, that it is not known, and an end of the link that nobody was told to make."""
    if entry.get("layer") == "LCP" and entry["what"] == "ProtRej":
        return re.search(r"ProtRej id=\S+ (80|00) fd", entry["text"])
    if entry.get("layer") == "LCP" and entry["what"] == "TermReq":
        return "User request" not in entry["text"]
    return entry.get("layer") == "CCP"


def conversation(peer, session):
    """CCP, and how LCP ended; what is repeated is counted."""
    words = [shorten(entry) for entry in peer.said(session=session) if matters(entry)]
    # An exchange that goes around and around, once.
    parts = []
    for word in words:
        if len(parts) >= 2 and parts[-2][0] == word and parts[-1][0] != word:
            pair = parts[-2]
            pair[1] += 1
            continue
        if parts and parts[-1][0] == word:
            parts[-1][1] += 1
            continue
        parts.append([word, 1])
    texts = [text + (f" (\N{MULTIPLICATION SIGN}{count})" if count > 1 else "")
             for text, count in parts]
    return ", ".join(texts[:14] + (["\N{HORIZONTAL ELLIPSIS}"] if len(texts) > 14 else []))


def conversations(peer):
    """Of the first call, and of the second if that was another."""
    first, second = conversation(peer, 1), conversation(peer, 2)
    if not second or second == first:
        return first
    return f"{first}; next call: {second}"


def with_data(vm, text):
    return text + (", data passes" if vm.ping(PEER_IN_TUNNEL, check=False) else ", NO data passes")


def peer_surprises(peer):
    """How many seconds to wait for what a server does once the link is up."""
    return 5 if "ccp-ends" in peer.transcript.read_text() else 0


def ours(vm, peer, lines):
    section = "".join(line + "\n" for line in lines.split())
    tunnel = vm.tunnel("onenet", server=PEER, routes=[PEER_IN_TUNNEL],
                       more=f"\n[Encryption]\n{section}" if section else "")
    tunnel.start_in_background()
    deadline = time.monotonic() + PATIENCE_SECONDS
    outcome = "neither up nor a reason"
    while time.monotonic() < deadline:
        if tunnel.state == "active":
            outcome = with_data(vm, "up: " + (re.search("MPPE [^,]*|no encryption", tunnel.status)
                                              or ["?"])[0])
            time.sleep(peer_surprises(peer))
        said = [entry for entry in tunnel.journal() if entry.get("PPTP_REASON")]
        failed = [entry for entry in said if entry.get("PRIORITY") in ("3", "4")
                  and entry["PPTP_CLASS"] not in ("warn", "inform")]
        if failed and tunnel.state != "active":
            outcome = f"refused: {failed[0]['PPTP_REASON']} ({failed[0]['PPTP_CLASS']})"
            break
        if outcome.startswith("up"):
            outcome += "".join(f"; then {entry['PPTP_REASON']} ({entry['PPTP_CLASS']}), and again"
                               for entry in failed[:1])
            break
        time.sleep(0.5)
    tunnel.stop()
    return outcome, conversations(peer)


def theirs(vm, peer, options):
    stock.start_stock(vm, address=PEER, options=options.split())
    deadline = time.monotonic() + PATIENCE_SECONDS
    outcome = "neither up nor ended"
    while time.monotonic() < deadline:
        told = "\n".join(vm.messages("stock.service"))
        if "local  IP address" in told:
            enabled = re.search("MPPE [^ ]* [^ ]* compression enabled", told)
            outcome = with_data(vm, "up: " + (enabled[0].removesuffix(" compression enabled")
                                              if enabled else "NO encryption"))
            time.sleep(peer_surprises(peer))
            break
        if subprocess.run(["systemctl", "is-active", "--quiet", "stock"]).returncode != 0 \
                or "Connection terminated" in told:
            reason = re.findall("MPPE[^\n]*(?:failed|available|disabled|support)"
                                "|LCP terminated by peer|[^\n]*timeout sending[^\n]*", told)
            outcome = "fails: " + (reason[-1] if reason else "connection terminated")
            break
        time.sleep(0.5)
    subprocess.run(["systemctl", "stop", "stock"], stderr=subprocess.DEVNULL)
    return outcome, conversations(peer)


def run_row(scenario, function, setting):
    with tempfile.TemporaryDirectory() as scratch:
        vm = machine.Machine("table", scratch, io.StringIO())
        try:
            return function(vm, vm.peer(scenario, address=PEER), setting)
        finally:
            vm.clean_up()


def escape(text):
    return text.replace("|", r"\|").replace("<", "&lt;").replace("*", r"\*")


def main():
    version = subprocess.run(["pppd", "--version"], text=True, capture_output=True)
    version = (version.stdout + version.stderr).strip().removeprefix("pppd version ")
    release = re.search('PRETTY_NAME="([^"]*)"', pathlib.Path("/etc/os-release").read_text())[1]
    print(f"## {release}, pppd {version}\n")
    print("| case | who, and with what | outcome | said |\n| --- | --- | --- | --- |")
    wanted = sys.argv[1:]
    for scenario, meaning, own_settings, stock_settings in ROWS:
        if wanted and scenario not in wanted:
            continue
        title = f"**{scenario}**: {escape(meaning)}"
        for function, name, settings in ((ours, "ours", own_settings),
                                         (theirs, "stock", stock_settings)):
            for setting in settings:
                outcome, said = run_row(scenario, function, setting)
                print(f"| {title} | {name}, `{setting or 'defaults'}` | {escape(outcome)} "
                      f"| {escape(said)} |", flush=True)
                title = ""
    print()


if __name__ == "__main__":
    main()
