# SPDX-License-Identifier: GPL-2.0-or-later
"""systemctl reload: what can change at once does, without a packet lost; what cannot reconnects; a
bad file changes nothing."""

import re
import signal
import subprocess

from guest import case_timeout, each_release

FILE = "/etc/pptp/conf.d/onenet.conf"


def configuration(server="192.0.2.2", tunnel="", routes="Destination=10.0.0.0/8", more=""):
    return (f"[Tunnel]\nServer={server}\n{tunnel}\n"
            "[Authentication]\nUser=vpn\nPasswordFile=/etc/pptp/onenet.password\n"
            f"[Route]\n{routes}\n{more}\n")


def start(vm, text=None):
    """A tunnel that is up, with the file as configuration() has it."""
    tunnel = vm.tunnel("onenet")
    vm.write(FILE, text or configuration())
    tunnel.start()
    return tunnel


def reload(vm, tunnel, text=None, check=True):
    """Writes the file anew and has it reloaded."""
    if text is not None:
        vm.write(FILE, text)
    return vm.run("systemctl", "reload", tunnel.unit, check=check)


class Pings:
    """A ping every 20 ms, to a host behind the server."""

    def __init__(self, vm):
        self._process = subprocess.Popen(["ping", "-n", "-i", "0.02", "10.1.2.3"], text=True,
                                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        vm.at_end(self._process.wait)
        vm.at_end(self._process.kill)

    def stop(self):
        """Returns how many were answered, and which were not though a later one was."""
        self._process.send_signal(signal.SIGINT)
        text, _ = self._process.communicate()
        answered = {int(number) for number in re.findall(r"icmp_seq=(\d+) ttl", text)}
        return len(answered), sorted(set(range(1, max(answered, default=0))) - answered)


@each_release
@case_timeout(90)
def case_while_the_unit_starts(vm):
    """systemd makes one job of the start that is under way and the reload, which comes to nothing:
    what was changed is in force all the same as soon as the tunnel is up."""
    vm.pptpd("192.0.2.3").stop()
    tunnel = vm.tunnel("onenet")
    vm.write(FILE, configuration("192.0.2.3"))
    tunnel.start_in_background()
    tunnel.wait_for_message("Connecting to 192.0.2.3", 20)
    vm.write(FILE, configuration("192.0.2.3", routes="Destination=10.0.0.0/8 172.16.0.0/12"))
    vm.run("systemctl", "reload", "--no-block", tunnel.unit)
    vm.pptpd("192.0.2.3")
    tunnel.wait_for_status("Up: ", 40)
    vm.wait(lambda: any(route.startswith("172.16.0.0/12") for route in vm.routes()), 5, "the route")
    assert len(tunnel.processes("pppd")) == 1

    # What was not changed is not read again.
    before = len([line for line in tunnel.messages() if "while the unit started" in line])
    tunnel.stop()
    tunnel.start()
    vm.ping("10.1.2.3")
    after = len([line for line in tunnel.messages() if "while the unit started" in line])
    assert (before, after) == (1, 1), (before, after)


@each_release
@case_timeout(90)
def case_live(vm):
    "Routes come, go and change, and the MTU with them, under a ping that loses nothing."
    tunnel = start(vm)
    index = vm.ip("link", "show", "onenet")[0]["ifindex"]
    since = tunnel.status.partition("since ")[2]
    assert since, tunnel.status
    pings = Pings(vm)

    reload(vm, tunnel, configuration(tunnel="MTUBytes=1300",
                                     routes="Destination=10.1.0.0/16\nMTUBytes=1200",
                                     more="[Route]\nDestination=10.7.0.0/16\nType=unreachable\n"
                                          "[Network]\nRouteMetric=50\n"))
    # All of it is there when the command returns.
    assert sorted(vm.routes()) == ["10.1.0.0/16 dev onenet scope link metric 50 mtu 1200",
                                   "unreachable 10.7.0.0/16 metric 50"], vm.routes()
    assert vm.ip("link", "show", "onenet")[0]["mtu"] == 1300
    tunnel.wait_for_message("Reloaded: routes +2 -1; MTUBytes=, RouteMetric= changed")
    assert "2 routes, since " + since in tunnel.status, tunnel.status

    # The same key to the kernel, another MTU: replaced where it stands. The unreachable one goes.
    reload(vm, tunnel, configuration(routes="Destination=10.1.0.0/16\nMetric=50"))
    assert vm.routes() == ["10.1.0.0/16 dev onenet scope link metric 50"], vm.routes()
    assert 1300 < vm.ip("link", "show", "onenet")[0]["mtu"] <= 1460

    # Another metric is another route, so for a moment there are both.
    reload(vm, tunnel, configuration())
    assert vm.routes() == ["10.0.0.0/8 dev onenet scope link"], vm.routes()

    reload(vm, tunnel)
    tunnel.wait_for_message("Reloaded: nothing changed")

    n_answered, lost = pings.stop()
    assert n_answered > 10 and not lost, f"{n_answered} pings answered, lost: {lost}"
    assert vm.ip("link", "show", "onenet")[0]["ifindex"] == index, "it reconnected"
    assert tunnel.state == "active", tunnel.state


@case_timeout(120)
def case_keep_alive(vm):
    "A shorter patience counts for the connection that stands."
    server = vm.pptpd("192.0.2.3")
    tunnel = start(vm, configuration("192.0.2.3", "KeepAliveIntervalSec=2\nKeepAliveProbes=60"))
    reload(vm, tunnel, configuration("192.0.2.3", "KeepAliveIntervalSec=2\nKeepAliveProbes=2"))
    tunnel.wait_for_message("Reloaded: KeepAliveProbes= changed")
    server.freeze()
    # It was two minutes before.
    tunnel.wait_for_message("Lost 192.0.2.3", 30)
    server.thaw()


def case_refused_route(vm):
    "A route that the kernel will not have: the tunnel stays, and the command says so."
    tunnel = start(vm)
    vm.run("ip", "route", "add", "10.9.0.0/16", "via", "192.0.2.254")
    vm.at_end(vm.run, "ip", "route", "del", "10.9.0.0/16", "via", "192.0.2.254")
    text = configuration(routes="Destination=10.0.0.0/8 10.8.0.0/16 10.9.0.0/16")
    assert reload(vm, tunnel, text, check=False).returncode != 0
    tunnel.wait_for_message("refused to add route 10.9.0.0/16")
    assert tunnel.state == "active", tunnel.state
    vm.ping("10.1.2.3")
    vm.ip("route", "show", "10.9.0.0/16")[0]["gateway"]
    reload(vm, tunnel, configuration())


def case_bad_file(vm):
    "Every problem is in the journal, the command fails, and the tunnel runs on as it was."
    tunnel = start(vm)
    routes = vm.routes()
    result = reload(vm, tunnel, configuration(tunnel="Prot=1724\nPort=none",
                                              routes="Destination=10.1.2.3/8"),
                    check=False)
    assert result.returncode != 0, result
    for text in (f"{FILE}:3: [Tunnel] has no key Prot=", f"{FILE}:4: [Tunnel] Port=none",
                 f"{FILE}:9:", "Not reloaded, nothing is changed; a restart would fail: 3 errors"):
        tunnel.wait_for_message(text, 5)
    assert tunnel.state == "active" and tunnel.status.startswith("Up: "), tunnel.status
    assert vm.routes() == routes
    vm.ping("10.1.2.3")

    # A tunnel whose file is gone is no other tunnel either.
    vm.run("mv", FILE, FILE + ".away")
    assert reload(vm, tunnel, check=False).returncode != 0
    vm.run("mv", FILE + ".away", FILE)
    assert tunnel.state == "active", tunnel.state

    # And what was read in vain leaves the next good one what it always was.
    reload(vm, tunnel, configuration(routes="Destination=10.1.0.0/16"))
    tunnel.wait_for_message("Reloaded: routes +1 -1")
    vm.ping("10.1.2.3")


@case_timeout(120)
def case_reconnect(vm):
    "Another server: it reconnects, once, and the unit is active all along."
    vm.pptpd("192.0.2.3")
    tunnel = start(vm)
    process = tunnel.show("MainPID")

    reload(vm, tunnel, configuration(server="192.0.2.3"))
    entry = tunnel.wait_for_message("Reloaded: Server= changed, reconnecting")
    assert entry["MESSAGE_ID"] == "d4b39872d2eb437d91c58f9f8ad9d7b2", entry
    assert tunnel.state == "active", tunnel.state
    tunnel.wait_for_status("Up: 192.0.2.3", 30)
    vm.ping("10.1.2.3")

    # A spare behind it is no reason to leave it. A bare signal does the same, without an answer.
    vm.write(FILE, configuration(server="192.0.2.3 192.0.2.2"))
    tunnel.kill("HUP")
    tunnel.wait_for_message("Reloaded: Server= changed", 10)
    tunnel.wait_for_state("active")
    ups = [message for message in tunnel.messages() if message.startswith("Tunnel is up")]
    assert len(ups) == 2, ups
    assert tunnel.show("MainPID") == process and tunnel.show("NRestarts") == "0"
    vm.ping("10.1.2.3")

    # Without any change, because somebody wants a new connection; only root may.
    result = vm.run("setpriv", "--reuid=nobody", "pptpctl", "reconnect", "onenet", check=False)
    assert result.returncode == 77 and "only root" in result.stderr, result
    result = vm.run("pptpctl", "reconnect", "other", check=False)
    assert result.returncode == 4 and 'there is no tunnel "other"' in result.stderr, result
    vm.run("pptpctl", "reconnect", "onenet")
    tunnel.wait_for_message("Connecting anew, as pptpctl reconnect asks")
    tunnel.wait_for_status("Up: ", 30)
    assert tunnel.show("MainPID") == process and tunnel.state == "active"
    vm.ping("10.1.2.3")


@case_timeout(120)
def case_while_waiting(vm):
    "Who mends the file need not wait for the next try, before the tunnel was up and after."
    tunnel = vm.tunnel("onenet")
    slow = "[Reconnect]\nDelaySec=10min\nMaxDelaySec=10min\n"
    vm.write(FILE, configuration(server="192.0.2.8", more=slow))
    tunnel.start_in_background()
    tunnel.wait_for_status("next in")

    # It was never ready, and a reload does not make it so.
    vm.write(FILE, configuration(server="192.0.2.8", tunnel="Port=1724", more=slow))
    tunnel.kill("HUP")
    tunnel.wait_for_message("Reloaded: Port= changed, trying again now")
    tunnel.wait_for_message("Connecting to 192.0.2.8, TCP port 1724")
    tunnel.wait_for_status("next in")
    assert tunnel.state == "activating", tunnel.state

    server = vm.pptpd("192.0.2.3")
    vm.write(FILE, configuration(server="192.0.2.3", more=slow))
    tunnel.kill("HUP")
    tunnel.wait_for_state("active", 30)

    server.kill()
    tunnel.wait_for_status("next in", 30)
    assert tunnel.state == "active", tunnel.state
    reload(vm, tunnel, configuration(more=slow))
    tunnel.wait_for_status("Up: 192.0.2.2", 30)


def case_failed_unit(vm):
    "After a wrong password nothing runs that could reload: the command says so at once."
    tunnel = vm.tunnel("onenet", password="wrong")
    assert tunnel.start(check=False).returncode != 0
    result = reload(vm, tunnel, check=False)
    assert result.returncode != 0 and result.seconds < 5, result
    assert tunnel.state == "failed", tunnel.state
