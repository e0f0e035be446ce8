# SPDX-License-Identifier: GPL-2.0-or-later
"""kill -9: whatever dies, in whatever state, traffic comes back and nothing is left behind. That
the system is as before at the end is checked after each case."""

import os
import pathlib
import signal
import subprocess

from guest import case_timeout, each_release

SUPERVISOR = "/usr/libexec/pptp-supervisor"

# What no supervisor may touch: a route beside the tunnel's, one without interface, and one to a
# host whose metric may be the index of an interface.
FOREIGN = ("10.2.0.0/16 via 192.0.2.254", "unreachable 10.3.0.0/16",
           "192.0.2.6 dev uplink0 metric 7")

# Besides a route into the tunnel: one that swallows the server, which is pinned to the uplink for
# it, with a floor below that, and one without interface. Those three outlive the interface.
ROUTES = ("10.1.0.0/16", "192.0.2.0/28")
UNREACHABLE = "\n[Route]\nDestination=172.20.0.0/16\nType=unreachable\nTable=77\n"
N_ROUTES, N_LEFT = 5, 3


def add_foreign_routes(vm):
    for route in FOREIGN:
        vm.run(f"ip route add {route}")
        vm.at_end(vm.run, f"ip route delete {route}")


def our_routes(vm):
    return vm.routes("table", "all")


def wait_for_successor(vm, tunnel, predecessor):
    return vm.wait(lambda: (tunnel.show("MainPID") not in ("0", predecessor)
                            and tunnel.show("MainPID")),
                   20, "a successor")


@case_timeout(150)
def case_when_up(vm):
    """The supervisor, pppd, both: traffic comes back, and a tunnel to the same server
    does not notice."""
    add_foreign_routes(vm)
    other = vm.tunnel("b", routes=("10.1.2.4/32", "192.0.2.2/31"))
    tunnel = vm.tunnel("a", routes=ROUTES, more=UNREACHABLE)
    other.start()
    of_other = our_routes(vm)
    before = vm.state()
    tunnel.start()
    assert len(our_routes(vm)) == len(of_other) + N_ROUTES, our_routes(vm)

    for whom in ("main", "all", "pppd"):
        print(f"# {whom}")
        predecessor = tunnel.show("MainPID")
        if whom == "pppd":
            os.kill(tunnel.processes("pppd")[0], signal.SIGKILL)
            vm.wait(lambda: not tunnel.status.startswith("Up"), 10, "a loss")
        else:
            tunnel.kill(whom=whom)
            wait_for_successor(vm, tunnel, predecessor)
        tunnel.wait_for_status("Up: ", 40)
        vm.ping("10.1.2.3", count=1)
        vm.ping("10.1.2.4", count=1)
        assert len(tunnel.processes("pppd")) == 1, tunnel.processes("pppd")
        routes = our_routes(vm)
        assert len(routes) == len(of_other) + N_ROUTES, routes
        assert set(of_other) <= set(routes), routes

    assert int(tunnel.show("NRestarts")) == 2, tunnel.show("NRestarts")
    assert int(other.show("NRestarts")) == 0
    tunnel.stop()
    vm.assert_state(before)


# Where a supervisor waits, by the scenario of the server that keeps it there.
STATES = {
    None: "Connecting to 203.0.113.200",
    "silent": "to answer as a PPTP server",
    "call-silent": "to accept the call",
    "ipcp-silent": "Negotiating encryption and addresses",
    "busy": "next in",
}


@each_release
@case_timeout(150)
def case_in_every_state(vm):
    "Supervisors are killed on their way, others come, and a stop leaves nothing."
    tunnels = []
    for number, (scenario, status) in enumerate(STATES.items()):
        server = vm.peer(scenario, f"192.0.2.{4 + number}").address if scenario else "203.0.113.200"
        tunnel = vm.tunnel(f"t{number}", server=server, routes=(f"10.{number}.0.0/16",),
                           more="\n[Reconnect]\nDelaySec=30s\n")
        tunnel.start_in_background()
        tunnel.wait_for_status(status, 30)
        tunnel.kill()
        tunnels.append(tunnel)
    for tunnel in tunnels:
        vm.wait(lambda t=tunnel: int(t.show("NRestarts")) >= 1, 20, "a successor")
        assert len(tunnel.processes("pppd")) <= 1
    vm.run("systemctl", "stop", *(tunnel.unit for tunnel in tunnels), timeout=60)


@case_timeout(90)
def case_while_stopping(vm):
    """The server is dead, so that saying goodbye takes its time. Nothing stays behind,
    nobody comes back."""
    peer = vm.peer()
    tunnel = vm.tunnel("onenet", server=peer.address, routes=ROUTES, more=UNREACHABLE)
    before = vm.state()
    tunnel.start()
    peer.freeze()
    vm.at_end(peer.thaw)
    vm.run("systemctl", "stop", "--no-block", tunnel.unit)
    tunnel.wait_for_status("Stopping", 5)
    tunnel.kill()
    vm.wait(lambda: tunnel.state in ("failed", "inactive"), 10, "the end")
    vm.assert_state(before)


def case_without_a_successor(vm):
    "Restart=no: nothing stays behind either."
    vm.drop_in("[Service]\nRestart=no\n")
    add_foreign_routes(vm)
    tunnel = vm.tunnel("onenet", routes=ROUTES, more=UNREACHABLE)
    before = vm.state()
    tunnel.start()
    tunnel.kill()
    tunnel.wait_for_state("failed")
    vm.assert_state(before)


def case_with_the_lock_of_others(vm):
    "A local user who holds whatever there is to hold does not keep the successor from starting."
    tunnel = vm.tunnel("onenet")
    tunnel.start()
    held = [subprocess.Popen(["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups",
                              "flock", "--no-fork", path, "sleep", "60"])
            for path in ("/run/pptp/onenet", "/run/pptp/onenet/state", "/dev/ppp")]
    for process in held:
        vm.at_end(process.wait)
        vm.at_end(process.kill)
    vm.wait(lambda: vm.run("flock", "--nonblock", "/run/pptp/onenet", "true",
                           check=False).returncode != 0, 10, "the lock of a user")
    predecessor = tunnel.show("MainPID")
    tunnel.kill()
    wait_for_successor(vm, tunnel, predecessor)
    tunnel.wait_for_status("Up: ", 40)
    vm.ping("10.1.2.3", count=1)


def run_by_hand(vm, name):
    """Without systemd, which would end pppd and clean up. Returns the process,
    once the tunnel is up."""
    process = subprocess.Popen([SUPERVISOR, name], stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    vm.at_end(process.wait)
    vm.at_end(process.kill)
    vm.wait(lambda: vm.ping("10.1.2.3", count=1, check=False), 30, "a tunnel by hand")
    return process


@each_release
@case_timeout(120)
def case_run_by_hand(vm):
    "Without systemd: pppd ends with its supervisor, stuck or not, and the next one clears up."
    add_foreign_routes(vm)
    tunnel = vm.tunnel("onenet", routes=ROUTES, more=UNREACHABLE)
    before = vm.state()
    process = run_by_hand(vm, "onenet")
    assert tunnel.start(check=False).returncode != 0 and tunnel.exit_status == 69, "two at once"
    tunnel.wait_for_message("Another process runs this tunnel already")
    # Nor does what cleans up after the unit touch it.
    vm.wait(lambda: vm.run("systemctl is-active pptp-running@onenet.target pptp-clean-up@onenet",
                           check=False).stdout.split() == ["inactive"] * 2, 5, "the unit's end")
    vm.ping("10.1.2.3", count=1)
    pppd = int(pathlib.Path("/run/onenet.pid").read_text())
    os.kill(pppd, signal.SIGSTOP)
    process.kill()
    process.wait()
    vm.wait(lambda: not pathlib.Path(f"/proc/{pppd}").exists(), 5, "the end of pppd")
    vm.wait(lambda: not vm.ip("link", "show", "onenet"), 5, "the end of the interface")
    left = our_routes(vm)
    assert len(left) == N_LEFT and pathlib.Path("/run/onenet.pid").exists(), left

    tunnel.start()
    tunnel.wait_for_message(f"Removed {N_LEFT} routes that a predecessor left behind")
    vm.ping("10.1.2.3", count=1)
    assert len(our_routes(vm)) == N_ROUTES, our_routes(vm)
    tunnel.stop()
    vm.assert_state(before)

    # What --clean-up does by itself.
    run_by_hand(vm, "onenet").kill()
    vm.wait(lambda: not vm.ip("link", "show", "onenet"), 5, "the end of the interface")
    vm.run(SUPERVISOR, "--clean-up", "onenet")
    vm.assert_state(before)


@case_timeout(120)
def case_stuck_supervisor(vm):
    "A supervisor that does not turn its loop is ended by the watchdog, and a stop then is a stop."
    vm.drop_in("[Service]\nWatchdogSec=4\n")
    tunnel = vm.tunnel("onenet", routes=ROUTES, more=UNREACHABLE)
    before = vm.state()
    tunnel.start()
    predecessor = tunnel.show("MainPID")
    tunnel.kill("STOP")
    wait_for_successor(vm, tunnel, predecessor)
    tunnel.wait_for_status("Up: ", 40)
    tunnel.wait_for_message("watchdog timeout", 5)
    vm.ping("10.1.2.3", count=1)
    assert len(our_routes(vm)) == N_ROUTES, our_routes(vm)
    tunnel.stop()
    vm.assert_state(before)


def measure(tunnel):
    """Descriptors and memory (KiB) of the supervisor, and its children."""
    pid = tunnel.show("MainPID")
    fields = dict(line.split(":", 1) for line in
                  pathlib.Path(f"/proc/{pid}/status").read_text().splitlines())
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return (len(os.listdir(f"/proc/{pid}/fd")), int(fields["VmRSS"].split()[0]), len(children))


@case_timeout(180)
def case_does_not_leak(vm):
    """20 attempts, every other of which succeeds: descriptors and children are as before,
    memory nearly."""
    peer = vm.peer("busy")
    tunnel = vm.tunnel("onenet", server=f"{peer.address} 192.0.2.2",
                       more="\n[Reconnect]\nDelaySec=100ms\nMaxDelaySec=100ms\n")
    tunnel.start()
    tries = (2, 10)
    measured = []
    for number in range(1, sum(tries) + 1):
        os.kill(tunnel.processes("pppd")[0], signal.SIGKILL)
        vm.wait(lambda n=number: len(peer.said("Outgoing-Call-Request", dir="recv")) > n,
                20, "a try")
        tunnel.wait_for_status("Up: ", 30)
        if number in (tries[0], sum(tries)):
            measured.append(measure(tunnel))
    print(f"descriptors, KiB, children: {measured}")
    before, after = measured
    assert after[0] == before[0] and after[2] == before[2] == 1, measured
    assert after[1] <= before[1] + 256, measured


@case_timeout(120)
def case_lost_announcements(vm):
    """More happens than the kernel can announce to a supervisor that is busy:
    what it missed is put right."""
    vm.drop_in("[Service]\nEnvironment=SYSTEMD_LOG_LEVEL=debug\n")
    tunnel = vm.tunnel("onenet", more="[Network]\nDNS=10.1.2.3\nDomains=~corp.example\n"
                                      "RoutesOnDown=unreachable\n")
    tunnel.start()

    def covers():
        return [link["ifname"] for link in vm.ip("link") if link["ifname"].startswith("pptp-")]
    cover, = vm.wait(covers, 5, "names are refused while the tunnel is down")
    before = our_routes(vm)
    vm.run("ip link add flood type dummy; ip link set flood up")
    vm.at_end(vm.run, "ip link delete flood")

    tunnel.kill("STOP")
    # To the server: of other routes the supervisor lets the kernel announce nothing.
    batch = vm.write("/run/flood", "".join(
        f"route add 192.0.2.2 dev flood table {7000 + number // 100} metric {number % 100}\n"
        for number in range(6000)))
    vm.run("ip", "-batch", batch, timeout=60)
    vm.run(f"ip route delete 10.0.0.0/8 dev onenet; ip link delete {cover}")
    assert len(our_routes(vm)) == len(before) - 1, our_routes(vm)
    tunnel.kill("CONT")
    tunnel.wait_for_message("announcements came too fast")
    vm.wait(lambda: our_routes(vm) == before, 20, "the route")
    vm.wait(lambda: covers() == [cover], 5, "names are refused")
    vm.ping("10.1.2.3", count=1)
