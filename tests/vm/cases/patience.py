# SPDX-License-Identifier: GPL-2.0-or-later
"""How long systemctl start waits: for what makes progress, and not for ever."""

from guest import case_timeout, each_release
from status import state_file


def start_timeout(vm, seconds, more=""):
    vm.drop_in(f"[Service]\nTimeoutStartSec={seconds}s\n{more}")


@each_release
@case_timeout(150)
def case_dead_server_fails_the_start(vm):
    """It tells why, systemd goes on trying, without a limit,
    and the tunnel comes up with the server."""
    start_timeout(vm, 6, "RestartSec=5s\n")
    tunnel = vm.tunnel("onenet", server="192.0.2.8")
    result = tunnel.start(check=False)
    assert result.returncode != 0, "the start succeeded"
    assert result.seconds < 30, f"the start took {result.seconds:.0f} s"
    # It stands there until the next process has something to say, RestartSec= later.
    status = tunnel.status
    assert "the last attempt failed" in status and "refused" in status, status
    tunnel.wait_for_reason("NET-03")
    vm.wait(lambda: int(tunnel.show("NRestarts")) >= 1, 60, "systemd goes on")
    vm.pptpd("192.0.2.8")
    tunnel.wait_for_state("active", 40)
    vm.ping("10.1.2.3")


def tries():
    return int(state_file().get("TRIES", 0))


@case_timeout(300)
def case_tries_are_counted_over_all_starts(vm):
    "More tries than fit into one start: they count on in the next; systemctl restart begins anew."
    start_timeout(vm, 6)
    tunnel = vm.tunnel("onenet", server="192.0.2.8",
                       more="\n[Reconnect]\nDelaySec=2s\nMaxAttempts=6\n")
    tunnel.start_in_background()
    vm.wait(lambda: tries() >= 2, 60, "some tries")
    vm.run("systemctl", "restart", "--no-block", tunnel.unit)
    vm.wait(lambda: state_file() and tries() < 2, 30, "no tries yet")
    before = int(tunnel.show("NRestarts"))

    tunnel.wait_for_state("failed", 150)
    assert tunnel.exit_status == 69, tunnel.exit_status
    tunnel.wait_for_message("Giving up after 6 tries", 5)
    assert int(tunnel.show("NRestarts")) > before, "they all fit into one start"


@case_timeout(90)
def case_slow_server_is_waited_for(vm):
    "Each answer takes seconds, all of them longer than the start may take: it is not cut off."
    start_timeout(vm, 6)
    peer = vm.peer("good", delay=6)
    tunnel = vm.tunnel("onenet", server=peer.address)
    result = tunnel.start()
    assert result.seconds > 8, result.seconds
    assert int(tunnel.show("NRestarts")) == 0
