# SPDX-License-Identifier: GPL-2.0-or-later
"""systemctl stop: at once in every state, the server is told, and nothing is left behind. That
nothing is left is checked after each case anyway; these check it right after stop returns."""

import pathlib

from guest import each_release

# A stop takes 0.3 s on an idle machine, seconds on a busy one; systemd would kill after 15 s.
STOP_SECONDS = 10


def stop_cleanly(vm, tunnel, before):
    """It stops in time, all is as before, and nothing was waited for in vain."""
    result = tunnel.stop()
    assert result.seconds < STOP_SECONDS, f"stop took {result.seconds:.1f} s"
    assert tunnel.state == "inactive", tunnel.state
    vm.assert_state(before, seconds=3)
    last = "\n".join(tunnel.messages()[-8:])
    assert "timed out" not in last, last


@each_release
def case_stop_when_up(vm):
    "The server sees LCP Terminate, Call-Clear-Request, Stop-Control-Connection-Request, in order."
    capture = vm.capture("src 192.0.2.1")
    tunnel = vm.tunnel("onenet")
    tunnel.start()
    tunnel.stop()
    # tcpdump's names of the messages; of those that came twice the last counts. It may write the
    # last ones a moment later.
    vm.wait(lambda: any("StopCCRQ" in line for line in capture.lines("", "-v")), 5,
            "the last message in the capture")
    text = "\n".join(capture.lines("", "-v"))
    places = [text.rfind(name) for name in ("Term-Request", "CTRL_MSGTYPE=CCRQ",
                                            "CTRL_MSGTYPE=StopCCRQ")]
    assert -1 not in places and places == sorted(places), f"{places} in:\n{text[-4000:]}"


@each_release
def case_stop_leaves_nothing_when_up(vm):
    "Routes, addresses, links, files and processes are as before the moment that stop returns."
    tunnel = vm.tunnel("onenet")
    before = vm.state()
    tunnel.start()
    vm.ping("10.1.2.3", count=1)
    stop_cleanly(vm, tunnel, before)


CLEAN_UP, RUNNING = "pptp-clean-up@onenet.service", "pptp-running@onenet.target"


@each_release
def case_stop_starts_a_process_only_for_leftovers(vm):
    """An orderly stop or restart starts none and has no lines in the journal for it; a stop between
    two supervisors does, and nothing is left behind then either."""
    seen = pathlib.Path("/run/cleaned-up")
    vm.at_end(lambda: seen.unlink(missing_ok=True))
    vm.drop_in(f"[Service]\nExecStartPre=touch {seen}\n", "pptp-clean-up@.service")
    vm.drop_in("[Service]\nRestartSec=30s\n")  # time for a stop between two supervisors
    tunnel = vm.tunnel("onenet", routes=("10.1.0.0/16", "192.0.2.0/28"))
    before = vm.state()
    tunnel.start()
    vm.run("systemctl", "restart", tunnel.unit, timeout=60)
    stop_cleanly(vm, tunnel, before)
    assert vm.run(f"systemctl is-active {RUNNING}", check=False).stdout.strip() == "inactive"
    assert not seen.exists(), "a process for nothing"
    assert not vm.messages(CLEAN_UP), vm.messages(CLEAN_UP)

    tunnel.start()
    tunnel.kill()
    vm.wait(lambda: tunnel.show("SubState") == "auto-restart", 5, "it waits to be restarted")
    tunnel.stop()
    vm.wait(seen.exists, 5, "the process that cleans up")
    tunnel.wait_for_message("that a predecessor left behind", 5)
    vm.assert_state(before)


def case_stop_while_resolving(vm):
    "The name server is silent."
    vm.run("resolvectl", "dns", "uplink0", "203.0.113.200")
    vm.run("resolvectl", "domain", "uplink0", "~.")
    vm.at_end(vm.run, "resolvectl", "revert", "uplink0")
    stop_while(vm, "vpn.example.org", "Looking up vpn.example.org")


def case_stop_while_connecting(vm):
    "The server's address swallows the SYN."
    stop_while(vm, "203.0.113.200", "Connecting to 203.0.113.200")


def case_stop_while_waiting_for_the_server(vm):
    "The server accepts and says nothing."
    stop_while(vm, vm.peer("silent").address, "to answer as a PPTP server")


def case_stop_while_calling(vm):
    "The server does not answer the call request."
    stop_while(vm, vm.peer("call-silent").address, "to accept the call")


def case_stop_while_negotiating_lcp(vm):
    "No GRE comes from the server."
    stop_while(vm, vm.peer("no-gre").address, "Negotiating the link")


def case_stop_while_authenticating(vm):
    "The server does not answer the response to its challenge."
    stop_while(vm, vm.peer("auth-silent").address, "Authenticating as vpn")


def case_stop_while_negotiating_addresses(vm):
    "The server is silent about IPCP."
    stop_while(vm, vm.peer("ipcp-silent").address, "Negotiating encryption and addresses")


def case_stop_while_waiting_to_try_again(vm):
    "The port is refused, and the next try is some time away."
    stop_while(vm, "192.0.2.8", "next in")


def stop_while(vm, server, status):
    """Starts a tunnel to server, waits until STATUS= contains status, and stops."""
    tunnel = vm.tunnel("onenet", server=server)
    before = vm.state()
    tunnel.start_in_background()
    tunnel.wait_for_status(status)
    stop_cleanly(vm, tunnel, before)


def case_stop_while_reconnecting(vm):
    "The server went away under a tunnel that was up, and everything of it is being tried again."
    before = vm.state()
    peer = vm.peer()
    tunnel = vm.tunnel("onenet", server=peer.address)
    tunnel.start()
    peer.stop()
    tunnel.wait_for_status("Reconnecting")
    stop_cleanly(vm, tunnel, before)


def case_stop_when_the_server_is_dead(vm):
    "Nobody answers to LCP Terminate, Call-Clear-Request or Stop-Control-Connection-Request."
    peer = vm.peer()
    tunnel = vm.tunnel("onenet", server=peer.address)
    before = vm.state()
    tunnel.start()
    peer.freeze()
    vm.at_end(peer.thaw)
    # 3 s for LCP, 1 s each for the other two.
    assert tunnel.stop(timeout=60).seconds < 12
    vm.assert_state(before)


def case_stop_while_clearing_up(vm):
    "A predecessor's interface seems to be on its way out, for which a supervisor waits."
    tunnel = vm.tunnel("onenet")
    vm.run("ip", "link", "add", "onenet", "type", "dummy")
    vm.at_end(vm.run, "ip", "link", "delete", "onenet")
    vm.run("udevadm settle")    # udev gives it another MAC address
    before = vm.state()
    vm.write("/run/onenet.pid", "4194303\n")
    tunnel.start_in_background()
    tunnel.wait_for_status("Clearing up")
    # A stop waits for it: nobody clears up after a supervisor that ended in good order.
    assert tunnel.stop().seconds < STOP_SECONDS
    vm.assert_state(before)


# A socket's own buffer is full before journald's queue is: more than one of them.
FILL_JOURNAL = """
import socket
sockets, n_sent, is_full = [], 0, False
while not is_full:
    sockets.append(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
    sockets[-1].setblocking(False)
    is_full = True
    try:
        while True:
            sockets[-1].sendto(b"MESSAGE=filling\\n", "/run/systemd/journal/socket")
            n_sent += 1
            is_full = False
    except BlockingIOError:
        pass
print(n_sent)
"""


def case_stop_while_the_journal_is_stuck(vm):
    "journald does not read: nobody waits for it, and later it says that something is missing."
    tunnel = vm.tunnel("onenet")
    before = vm.state()
    tunnel.start()
    vm.at_end(vm.run, "systemctl kill --signal=CONT systemd-journald")
    vm.run("systemctl kill --signal=STOP systemd-journald")
    vm.run("python3", "-c", FILL_JOURNAL)
    pid = tunnel.show("MainPID")
    vm.run("kill", "-HUP", pid)  # it has something to say
    result = tunnel.stop()
    vm.run("systemctl kill --signal=CONT systemd-journald")
    assert result.seconds < STOP_SECONDS, f"stop took {result.seconds:.1f} s"
    assert tunnel.state == "inactive", tunnel.state
    vm.assert_state(before, seconds=3)


def case_restart_in_any_state(vm):
    "systemctl restart, while up, and while connecting to where nobody is."
    tunnel = vm.tunnel("onenet")
    tunnel.start()
    vm.run("systemctl", "restart", tunnel.unit, timeout=60)
    vm.ping("10.1.2.3", count=1)
    tunnel.stop()
    tunnel = vm.tunnel("onenet", server="203.0.113.200")
    tunnel.start_in_background()
    tunnel.wait_for_status("Connecting to 203.0.113.200")
    predecessor = tunnel.show("MainPID")
    vm.run("systemctl", "restart", "--no-block", tunnel.unit)
    vm.wait(lambda: tunnel.show("MainPID") not in ("0", predecessor), 10, "a successor")
    tunnel.wait_for_status("Connecting to 203.0.113.200")
