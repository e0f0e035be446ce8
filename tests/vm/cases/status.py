# SPDX-License-Identifier: GPL-2.0-or-later
"""What an administrator is told: systemctl status, pptpctl status, and the journal."""

import collections
import json
import pathlib
import re
import socket
import struct

from guest import case_timeout, each_release


def case_status_when_up(vm):
    "One line: server, interface, addresses, encryption, routes, since when."
    tunnel = vm.tunnel("onenet", routes=["10.0.0.0/8", "172.16.0.0/12"])
    tunnel.start()
    status = tunnel.status
    for text in ("192.0.2.2", "onenet", "192.168.92.1", "MPPE 128-bit stateless", "2 routes",
                 "since"):
        assert text in status, f"no {text!r} in {status!r}"
    shown = vm.run("systemctl", "status", "--no-pager", "--lines=0", tunnel.unit).stdout
    assert status in shown, shown


def case_status_keeps_backslashes(vm):
    "A user of a Windows domain is shown as it is written."
    peer = vm.peer("auth-silent")
    tunnel = vm.tunnel("onenet", server=peer.address, user="CORP\\jane")
    tunnel.start_in_background()
    tunnel.wait_for_status("Authenticating as CORP\\jane")
    shown = vm.run("systemctl", "status", "--no-pager", "--lines=0", tunnel.unit,
                   check=False).stdout
    assert "Authenticating as CORP\\jane" in shown, shown
    shown = pptpctl_status(vm, "onenet", status=3, user="root")
    assert "\\\\" not in shown, shown
    # pppd has the interface by now, and it is no stranger's.
    vm.wait(lambda: pathlib.Path("/sys/class/net/onenet").exists(), what="pppd's interface")
    shown = " ".join(vm.run("pptpctl", "check", "onenet", check=False).stdout.split())
    assert "no other has the name onenet" in shown, shown


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
    # When journald reads a line it looks whose it is: of a process that has ended, nobody's.
    tunnel.wait_for_message("Tunnel is up")
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


@each_release
def case_journal_has_no_password(vm):
    "Neither the journal, nor a command line, nor an environment, nor a file of ours tells it."
    password = "Xq7-unmistakable-pw"
    vm.pptpd("192.0.2.3", users={"vpn": password})
    vm.drop_in("[Service]\nEnvironment=SYSTEMD_LOG_LEVEL=debug\n")
    tunnel = vm.tunnel("onenet", server="192.0.2.3", password=password)
    tunnel.start()
    assert password not in vm.run("journalctl", "-o", "export",
                                  f"--after-cursor={vm.cursor}").stdout
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


def case_dump(vm):
    """pptpctl dump has the packets, the journal between them and the verdict, of a tunnel that is
    up and of one that has failed; and neither the password nor the response to the challenge."""
    password, path = "Xq7-unmistakable-pw", pathlib.Path("/run/onenet.pcapng")
    vm.at_end(path.unlink, True)
    vm.pptpd("192.0.2.3", users={"vpn": password})
    tunnel = vm.tunnel("onenet", server="192.0.2.3", password=password)
    tunnel.start()
    vm.run("pptpctl", "dump", "onenet", f"--output={path}")
    data = path.read_bytes()
    assert _dumped(data).keys() >= {1, 6, 9}, _dumped(data)
    # The journal has earlier tunnels of that name as well.
    assert data.rindex(b"Call accepted") < data.rindex(b"State: linking") \
        < data.rindex(b"\xc2\x23\x01") < data.rindex(b"Tunnel is up"), "not in order"
    for protocol in (b"\xc0\x21\x01", b"\x80\xfd\x01", b"\x80\x21\x01"):
        assert protocol in data, f"no {protocol}"
    # A response of MS-CHAPv2: 49 bytes and the user's name.
    assert b"\x31" + bytes(49) + b"vpn" in data and password.encode() not in data
    result = vm.run("setpriv", "--reuid=nobody", "pptpctl", "dump", "onenet", check=False)
    assert result.returncode == 77 and "only root" in result.stderr, result
    tunnel.stop()
    assert not pathlib.Path("/run/pptp/onenet.recording").exists()

    vm.write("/etc/pptp/onenet.password", "wrong", mode=0o600)
    tunnel.start_and_fail("AUTH-01", status=77)
    vm.run("pptpctl", "dump", "onenet", f"--output={path}")
    data = path.read_bytes()
    assert b"AUTH-01: " in data and b"E=691" in data and _dumped(data)[6] > 8, _dumped(data)


def case_varlink(vm):
    "Programs look at the tunnel as whoever they are, follow it, and root has it reconnect."
    tunnel = vm.tunnel("onenet")
    tunnel.start()
    path = "/run/pptp/onenet/io.pptp.Tunnel"

    def is_in_the_file():
        state = _call(path, "Describe")["parameters"]["state"]
        return state == {**state_file(), "STATUS": state["STATUS"]}
    # The file may be written anew in between.
    vm.wait(is_in_the_file, 5, "the same as in the state file")
    if pathlib.Path("/usr/bin/varlinkctl").exists():  # since systemd 255
        text = vm.run("runuser", "-u", "nobody", "--", "varlinkctl", "introspect", path,
                      "io.pptp.Tunnel").stdout
        assert "method Describe()" in text, text
        text = vm.run("varlinkctl", "call", path, "io.pptp.Tunnel.Describe", "{}").stdout
        assert '"STATE"' in text, text

    monitor = _connect(path, "Monitor", more=True)
    assert _receive(monitor)["continues"] is True
    code = f"""import socket; s = socket.socket(socket.AF_UNIX); s.connect("{path}")
s.sendall(b'{{"method":"io.pptp.Tunnel.Reconnect"}}\\0'); print(s.recv(1000).decode())"""
    text = vm.run("runuser", "-u", "nobody", "--", "python3", "-c", code).stdout
    assert "PermissionDenied" in text, text
    assert "error" not in _call(path, "Reconnect")
    states = []
    while not states or states[-1] != ("up", "2"):
        state = _receive(monitor)["parameters"]["state"]
        states.append((state["STATE"], state["CONNECTS"]))
    assert any(state != "up" for state, _ in states), states
    tunnel.stop()
    assert not pathlib.Path(path).exists()


def _connect(path, method, **more):
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(30)
    connection.connect(path)
    call = {"method": f"io.pptp.Tunnel.{method}", **more}
    connection.sendall(json.dumps(call).encode() + b"\0")
    return connection


def _receive(connection):
    data = b""
    while not data.endswith(b"\0"):
        byte = connection.recv(1)
        assert byte, f"it hung up: {data}"
        data += byte
    return json.loads(data[:-1])


def _call(path, method):
    return _receive(_connect(path, method))


def _dumped(data):
    "How many blocks of each type a pcapng file has."
    counts = collections.Counter()
    while data:
        kind, length = struct.unpack_from("=II", data)
        counts[kind] += 1
        data = data[length:]
    return counts


def pptpctl_status(vm, *names, status=0, user="nobody"):
    """What pptpctl says to somebody without privileges, in one line; status: how it must end."""
    result = vm.run("runuser", "-u", user, "--", "pptpctl", "status", *names, check=False)
    text = " ".join((result.stdout + result.stderr).split())
    assert result.returncode == status, \
        f"pptpctl ended with {result.returncode}, not {status}: {text}"
    return text


def state_file(name="onenet"):
    """The keys and values of the state file; {} if there is none."""
    try:
        text = pathlib.Path(f"/run/pptp/{name}/state").read_text()
    except FileNotFoundError:
        return {}
    return dict(line.replace('"', "").split("=", 1) for line in text.splitlines() if "=" in line)


@case_timeout(180)
def case_pptpctl_status_over_the_years(vm):
    "Addresses, traffic, and after a lost server and a killed supervisor what was before."
    server = vm.pptpd("192.0.2.3")
    tunnel = vm.tunnel("onenet", server="192.0.2.3")
    vm.drop_in("[Service]\nRestartSec=15s\n")  # time to look at what a dead supervisor left
    assert "onenet: inactive" in pptpctl_status(vm, status=3)
    assert "no tunnel" in pptpctl_status(vm, "nowhere", status=4)
    tunnel.start()
    text = pptpctl_status(vm)
    for part in ("onenet: up since", "Server: 192.0.2.3", "onenet, 192.168.93.10 to 192.168.93.1",
                 "Encryption: MPPE 128-bit stateless Routes: 1", "connected 1 time,"):
        assert part in text, f"no {part!r} in {text}"

    vm.run("ping", "-n", "-c", "5", "-i", "0.2", "-s", "1000", "10.1.2.3")
    text = pptpctl_status(vm)
    received = re.search(r"Received: ([\d.]+) KiB in (\d+) packets", text)
    assert received and float(received[1]) >= 5 and int(received[2]) >= 5, text

    # The kernel's last figures are kept, and the unit stays active while the tunnel does not.
    server.kill()
    waiting = tunnel.wait_for_status(", next in ")
    assert tunnel.state == "active", tunnel.state
    assert re.fullmatch(r"Reconnecting \(\S.*; try \d+, next in .*\)", waiting), waiting
    assert "hangup" not in waiting, waiting
    vm.wait(lambda: state_file().get("STATE") == "waiting", 10, "the loss in the state file")
    assert "Reconnecting (" in pptpctl_status(vm, status=3)
    server.start()
    vm.wait(lambda: state_file().get("RECONNECTS") == "1", 60, "a reconnect in the state file")
    state = state_file()
    assert int(state["EARLIER_RECEIVED_BYTES"]) >= 5000, state
    assert int(state["EARLIER_SENT_PACKETS"]) >= 5, state
    # The pings alone.
    assert int(state["EARLIER_UP_USEC"]) > 4 * 200000, state
    assert state["FAILURE_1_CLASS"] == "transient", state
    text = pptpctl_status(vm)
    assert ("connected 2 times" in text
            and f"Last failure: {state['FAILURE_1_REASON']}: " in text), text

    # Whoever finds the file of a dead supervisor is told so; its successor goes on with it.
    tunnel.kill("KILL")
    tunnel.wait_for_state("activating", 30)
    text = pptpctl_status(vm, status=3)
    assert f"Stale: its supervisor, process {state['PID']}, is gone" in text, text
    vm.wait(lambda: state_file().get("CONNECTS") == "3", 60, "the successor's connection")
    successor = state_file()
    assert successor["RESTARTS"] == "1", successor
    assert successor["EARLIER_RECEIVED_BYTES"] == state["EARLIER_RECEIVED_BYTES"], successor
    assert "supervisor was killed" in successor["FAILURE_1_TEXT"], successor
    assert any(value == state["FAILURE_1_TEXT"] for key, value in successor.items()
               if key.startswith("FAILURE_2")), successor
    assert "connected 3 times" in pptpctl_status(vm, "onenet")
    tunnel.stop()
    assert state_file() == {}


def case_pptpctl_status_of_a_failure(vm):
    "A permanent failure: reason, remedy and exit status, for systemctl and for pptpctl."
    tunnel = vm.tunnel("onenet", password="wrong")
    assert tunnel.start(check=False).returncode != 0
    assert tunnel.state == "failed" and tunnel.exit_status == 77
    for text in tunnel.status, pptpctl_status(vm, "onenet", status=3):
        assert "does not accept" in text and "691" in text and "Remedy: Check User=" in text, text
    assert "onenet: failed since" in text and "Exit status: 77" in text, text

    # Its name is wherever somebody may look, and stays until the next start.
    assert "Last failure: AUTH-01: " in text, text
    shown = vm.run("systemctl", "status", "--no-pager", tunnel.unit, check=False).stdout
    assert "[AUTH-01]" in shown, shown
    assert any("[AUTH-01]" in message for message in tunnel.messages()), tunnel.messages()
    vm.run("systemctl", "reset-failed", tunnel.unit)
    assert "Last failure: AUTH-01: " in pptpctl_status(vm, "onenet", status=3)
    vm.write("/etc/pptp/onenet.password", "secret\n", mode=0o600)
    tunnel.start()
    assert "AUTH-01" not in pptpctl_status(vm, "onenet")


def case_state_file_that_cannot_be_written(vm):
    "That costs one warning, and nothing else."
    vm.drop_in("[Service]\nTemporaryFileSystem=/run/pptp/onenet:ro\n")
    tunnel = vm.tunnel("onenet")
    tunnel.start()
    vm.ping("10.1.2.3")
    warnings = [text for text in tunnel.messages() if "/run/pptp/onenet/state" in text]
    assert len(warnings) == 1 and warnings[0].endswith(", ignoring"), warnings


@each_release
def case_another_socket_of_the_journal(vm):
    "The sandbox keeps the old one, to which nobody listens: what is said is heard all the same."
    tunnel = vm.tunnel("onenet")
    tunnel.start()

    def count():
        shown = vm.run("journalctl", "-b", "--output=cat", f"--unit={tunnel.unit}").stdout
        return shown.count("Tunnel is up")

    before = count()
    vm.run("systemctl restart systemd-journald.socket")
    vm.run("pptpctl reconnect onenet")
    vm.wait(lambda: count() == before + 1, 20, "the journal has the second connection")
