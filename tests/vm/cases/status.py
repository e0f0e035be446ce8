# SPDX-License-Identifier: GPL-2.0-or-later
"""What an administrator is told: systemctl status, and the journal."""

import pathlib
import re


def case_status_when_up(vm):
    "One line: server, interface, addresses, encryption, routes, since when."
    tunnel = vm.tunnel("onenet", routes=["10.0.0.0/8", "172.16.0.0/12"])
    tunnel.start()
    status = tunnel.status
    for text in ("192.0.2.2", "onenet", "192.168.92.1", "MPPE 128-bit stateless", "2 routes", "since"):
        assert text in status, f"no {text!r} in {status!r}"
    shown = vm.run("systemctl", "status", "--no-pager", "--lines=0", tunnel.unit).stdout
    assert status in shown, shown


def case_status_while_connecting(vm):
    "The phase, while a server takes its time."
    peer = vm.peer("call-silent")
    tunnel = vm.tunnel("onenet", server=peer.address)
    tunnel.start_in_background()
    tunnel.wait_for_status("Waiting for the server to accept the call")
    assert tunnel.state == "activating"


def case_journal_of_a_good_connect(vm):
    "Some ten lines that tell the story in order, all with PPTP_TUNNEL=, one with a MESSAGE_ID=."
    tunnel = vm.tunnel("onenet")
    tunnel.start()
    tunnel.stop()
    entries = [entry for entry in tunnel.journal() if entry.get("_COMM") == "pptp-supervisor"]
    texts = [entry["MESSAGE"] for entry in entries]
    story = ["Connecting to 192.0.2.2", "Control connection established", "Call accepted",
             "Authenticated as", "MPPE 128-bit stateless", "Interface onenet", "Tunnel is up"]
    position = 0
    for text in texts:
        if position < len(story) and story[position] in text:
            position += 1
    assert position == len(story), f"{story[position]!r} is not told, or not in order:\n" \
        + "\n".join(texts)
    assert len(texts) <= 14, "too many lines:\n" + "\n".join(texts)
    assert all(entry.get("PPTP_TUNNEL") == "onenet" for entry in entries), entries
    up = next(entry for entry in entries if "Tunnel is up" in entry["MESSAGE"])
    assert re.fullmatch("[0-9a-f]{32}", up.get("MESSAGE_ID", "")), up


def case_journal_has_no_password(vm):
    "Neither the journal, nor a command line, nor an environment, nor a file of ours tells it."
    password = "Xq7-unmistakable-pw"
    vm.pptpd("192.0.2.3", users={"vpn": password})
    vm.drop_in("[Service]\nEnvironment=SYSTEMD_LOG_LEVEL=debug\n")
    tunnel = vm.tunnel("onenet", server="192.0.2.3", password=password)
    tunnel.start()
    assert password not in vm.run("journalctl", "-o", "export", f"--after-cursor={vm.cursor}").stdout
    for pattern in ("proc/[0-9]*/cmdline", "proc/[0-9]*/environ", "run/pptp/**/*"):
        for path in pathlib.Path("/").glob(pattern):
            assert password.encode() not in _read(path), f"{path} has the password"


def _read(path):
    try:
        return path.read_bytes()
    except OSError:  # a directory, or a process that is gone
        return b""


def case_debug_level_decodes_packets(vm):
    "With debug, every control message and PPP control packet is there in words."
    vm.drop_in("[Service]\nEnvironment=SYSTEMD_LOG_LEVEL=debug\n")
    tunnel = vm.tunnel("onenet")
    tunnel.start()
    text = "\n".join(tunnel.messages())
    for word in ("Start-Control-Connection-Request", "Start-Control-Connection-Reply",
                 "Outgoing-Call-Request", "Outgoing-Call-Reply", "LCP ConfReq", "LCP ConfAck",
                 "CHAP Challenge", "CHAP Response", "CHAP Success", "CCP ConfReq", "IPCP ConfAck"):
        assert word in text, f"no {word!r} in:\n{text}"
