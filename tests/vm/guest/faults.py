# SPDX-License-Identifier: GPL-2.0-or-later
"""Faults, each waited out in a lane of its own (lanes.py): what happens, what the journal must call
it, and how long our client, and stock pppd if it runs beside, take to notice and to recover.

Of each fault is measured, for each client: from the fault's beginning to the entry of the journal
that says why; and from the moment that the way is free again to the first reply through the tunnel.
"""

import concurrent.futures
import dataclasses
import socket
import time
import typing

from peer import control

from .lanes import JournalReader, Lane, Ours, Stock, Traffic
from .namespaces import in_namespace

# KeepAliveIntervalSec= times KeepAliveProbes= of lanes.py, and a second.
SILENCE_SECONDS = 5 * 3 + 1
# A link in use that answers nothing, see daemon/core/ppp/peer-watch.h, and the journal's second.
IN_USE_SECONDS = 4
# What an emulated machine with a dozen tunnels may take longer than it should, and more if it is so
# busy that coming up took long.
SLACK_SECONDS = 5
START_SECONDS = 90
# With every fifth packet lost, in each direction, coming up takes 25 s or 50 s, and once in a while
# more than 90.
WEATHER_SECONDS = 300


@dataclasses.dataclass
class Fault:
    """begin(lane) and end(lane) make and mend it; begin may return since when it is there. early:
    it is there before the clients start. It lasts so many seconds, or until all clients have
    noticed if that is None, and lingers for some more. reasons: what the journal may call it; none
    if a client need not notice. noticed, recovered: seconds that ours may take, or None."""
    name: str
    group: str
    text: str
    begin: typing.Callable = lambda lane: None
    end: typing.Callable = lambda lane: None
    reasons: tuple = ()
    noticed: float | None = SILENCE_SECONDS
    recovered: float | None = 2
    lasts: float | None = None
    lingers: float = 0
    early: bool = False
    serve: typing.Callable = Lane.start_pptpd
    server: str | None = None       # what our client dials instead of an address
    names: str | None = None        # what the name server answers at first
    routes_on_down: str = "unreachable"
    moves_to: int | None = None     # which server answers after the fault


@dataclasses.dataclass
class Outcome:
    """Times in seconds. connected: from the client's start to the first reply. noticed: from the
    fault's beginning to what the journal said of it. recovered: from its end to the next reply.
    answered: of all pings from the first reply on, a share. strays: how many of them left outside
    of the tunnel, from the client's first try to its end."""
    fault: Fault
    client: str
    connected: float | None = None
    reason: str = ""
    said: str = ""
    noticed: float | None = None
    recovered: float | None = None
    answered: float = 0
    sent: int = 0
    strays: int = 0
    complaints: list = dataclasses.field(default_factory=list)


def filter_in_use(rule):
    """Returns a function for a fault: the router filters once an echo was answered, which comes a
    second after the link is up."""
    def call(lane):
        time.sleep(2)
        began = time.monotonic()
        lane.filter(rule)
        return began
    return call


def each_server(action):
    """For all servers of a lane but its name server."""
    def call(lane):
        for host, server in lane.running.items():
            if host != 53:
                action(server)
    return call


def flap(lane):
    """The carrier goes and comes five times, a second each."""
    for _ in range(5):
        lane.in_router("link set near0 down")
        time.sleep(1)
        lane.in_router("link set near0 up")
        time.sleep(1)


def change_address(lane):
    """As DHCP would with another lease."""
    n = lane.number
    lane.in_client(f"address delete 198.18.{n}.1/24 dev uplink0",
                   f"address add 198.18.{n}.7/24 dev uplink0",
                   f"route add default via 198.18.{n}.254")


def move_route(lane):
    lane.filter("iifname near0 drop", "oifname near0 drop")
    lane.in_client(f"route replace default via 198.19.{lane.number}.254")


def kill_servers(seconds):
    """Returns a function for a fault: dead for so many seconds."""
    def call(lane):
        each_server(lambda server: server.kill())(lane)
        time.sleep(seconds)
    return call


def fill_server(lane):
    """Somebody else has the only connection of each server, and has begun to talk."""
    def connect(host):
        guest = socket.create_connection((lane.address(host), 1723), timeout=10)
        guest.sendall(control.build(control.START_REQUEST, version=0x0100, framing=3, bearer=3))
        return guest
    lane.guests = [in_namespace(lane.router, lambda host=host: connect(host))
                   for host in lane.running]


def free_server(lane):
    for guest in lane.guests:
        guest.close()


def peer(scenario, **changes):
    return lambda lane, host: lane.start_peer(host, scenario, **changes)


def kill_with_names(lane):
    """The name server no longer answers either, and stays so."""
    lane.answer_names("silence")
    kill_servers(10)(lane)


def move_server(lane):
    lane.start_pptpd(4)
    lane.running[2].kill()
    lane.answer_names(lane.address(4))


FAULTS = [
    Fault("gre-cut", "path", "GRE is dropped, TCP passes", reasons=("LCP-02",),
          noticed=IN_USE_SECONDS, lingers=6,
          begin=filter_in_use("ip protocol gre drop"), end=Lane.filter),
    Fault("all-dropped", "path", "everything is dropped", reasons=("LCP-02",),
          noticed=IN_USE_SECONDS, lingers=6,
          begin=filter_in_use("drop"), end=Lane.filter),
    Fault("rejected", "path", "a router rejects everything with ICMP", reasons=("NETC-19",),
          noticed=6, lingers=6,
          begin=lambda lane: lane.filter("reject with icmp type host-prohibited"), end=Lane.filter),

    Fault("link-down", "uplink", "the uplink is set down, and up", reasons=("NETC-21", "LCP-02"),
          begin=lambda lane: lane.in_client("link set uplink0 down"), lasts=SILENCE_SECONDS + 4,
          end=lambda lane: lane.in_client(
              "link set uplink0 up", f"route add default via 198.18.{lane.number}.254")),
    Fault("carrier-lost", "uplink", "the uplink loses its carrier", reasons=("NETC-21", "LCP-02"),
          begin=lambda lane: lane.in_router("link set near0 down"), lasts=SILENCE_SECONDS + 4,
          end=lambda lane: lane.in_router("link set near0 up")),
    Fault("flapping", "uplink", "the carrier comes and goes each second, 5 times", begin=flap,
          lasts=0, noticed=None),
    Fault("address-changed", "uplink", "the uplink gets another address", begin=change_address,
          lasts=0, reasons=("NETC-20",), noticed=1, recovered=3),
    Fault("route-moved", "uplink", "the uplink dies, and the default route moves to another",
          begin=move_route, lasts=0, reasons=("NETC-19", "NETC-20"), noticed=5,
          recovered=7),

    Fault("server-killed-1", "server", "the server is killed, and there again after 1 s",
          begin=kill_servers(1), lasts=0, end=each_server(lambda server: server.start()),
          reasons=("CTL-16",), noticed=1),
    Fault("server-killed-10", "server", "the same, after 10 s", begin=kill_servers(10), lasts=0,
          end=each_server(lambda server: server.start()), reasons=("CTL-16",), noticed=1),
    Fault("server-killed-60", "long", "the same, after 60 s", begin=kill_servers(60), lasts=0,
          end=each_server(lambda server: server.start()), reasons=("CTL-16",), noticed=1),
    Fault("server-stopped", "server", "the server is stopped, and there again after 3 s", lasts=3,
          begin=each_server(lambda server: server.stop()),
          end=each_server(lambda server: server.start()),
          reasons=("LCP-04", "CTL-09", "CTL-14"), noticed=1),
    Fault("server-full", "server", "all connections of the server are taken", early=True,
          begin=fill_server, end=free_server, reasons=("CTL-13",), noticed=10,
          serve=lambda lane, host: lane.start_pptpd(host, connections=1)),

    Fault("not-covered", "remove", "the server is killed for 10 s, with RoutesOnDown=remove",
          begin=kill_servers(10), lasts=0, end=each_server(lambda server: server.start()),
          reasons=("CTL-16",), noticed=1, routes_on_down="remove"),

    Fault("call-disconnect", "peer", "the server ends each call at once, four times", early=True,
          serve=peer("disconnect", sessions=4), reasons=("CTL-09",), noticed=2, recovered=None),
    Fault("never-speaks", "peer", "the server accepts TCP and never speaks, once", early=True,
          serve=peer("silent", sessions=1), reasons=("CTL-13",), noticed=10),
    Fault("half-a-message", "peer", "the server sends half a message, once", early=True,
          serve=peer("half", sessions=1), reasons=("CTL-13",), noticed=10),

    Fault("names-fail", "names", "the name server fails for 8 s", early=True, lasts=8, names="fail",
          server="vpn.example.org", reasons=("NET-01",), noticed=2,
          end=lambda lane: lane.answer_names(lane.address(2)), recovered=6),
    Fault("names-hang", "names", "the name server is silent for 8 s", early=True, lasts=8,
          names="silence", server="vpn.example.org", noticed=None,
          end=lambda lane: lane.answer_names(lane.address(2)), recovered=4),
    Fault("names-lost", "names", "the server is killed for 10 s, and the name server stays silent",
          lasts=0, server="vpn.example.org", begin=kill_with_names, reasons=("CTL-16",), noticed=1,
          end=each_server(lambda server: server.start())),
    Fault("names-change", "names", "the server moves, and its name follows", lasts=0, moves_to=4,
          server="vpn.example.org", begin=move_server, reasons=("CTL-16",), noticed=2),

    Fault("loss-20", "weather", "20 % of the packets are lost", early=True, lasts=25,
          begin=lambda lane: lane.netem("loss 20%"), noticed=None, recovered=None),
    Fault("delay-200", "weather", "a round trip takes 200 ms", early=True, lasts=25,
          begin=lambda lane: lane.netem("delay 100ms"), noticed=None, recovered=None),
    Fault("reordered", "weather", "packets are out of order, and some come twice", early=True,
          lasts=25, begin=lambda lane: lane.netem("delay 20ms 5ms reorder 25% 50% duplicate 10%"),
          noticed=None, recovered=None),
]


class Experiment:
    """One fault in one lane."""

    def __init__(self, vm, fault, number, journal, traffic, stock):
        self.fault = fault
        self.lane = Lane(vm, number)
        self._journal = journal
        for client in [Ours, Stock] if stock else [Ours]:
            fault.serve(self.lane, client.host)
        if fault.server:
            self.lane.start_names(fault.names or self.lane.address(Ours.host))
        self.clients = [Ours(vm, self.lane, journal, fault.server, fault.routes_on_down)]
        if stock and not fault.server:      # one name, one server
            self.clients.append(Stock(vm, self.lane, journal))
        self._watches = [traffic.add(self.lane.client, self.lane.inside(client.host))
                         for client in self.clients]
        self._moved = fault.moves_to and traffic.add(self.lane.client,
                                                     self.lane.inside(fault.moves_to))

    def run(self):
        """Returns the outcomes, one for each client. Runs in a thread of its own."""
        outcomes = [Outcome(self.fault, client.name) for client in self.clients]
        began = self._begin(outcomes)
        self._last(began)
        self.fault.end(self.lane)
        ended = time.monotonic()
        for outcome, client, watch in zip(outcomes, self.clients, self._watches):
            # A reply from before the tunnel's end may still be under way.
            entry = client.noticed(began, START_SECONDS if self.fault.reasons else 0)
            since = max(ended, entry["time"]) if entry else ended
            patience = WEATHER_SECONDS if self.fault.group == "weather" else START_SECONDS
            reply = (self._moved or watch).first_reply(since, patience)
            outcome.recovered = None if reply is None else reply - ended
            self._look(outcome, client, watch, began)
        self._judge(outcomes[0])
        return outcomes

    def _begin(self, outcomes):
        """Starts the clients and the fault, in the right order; returns when the fault began."""
        if self.fault.early:
            self.fault.begin(self.lane)
        self._started = time.monotonic()
        self._sent_before = self._watches[0].sent
        for client in self.clients:
            client.start()
        if self.fault.early:
            return self.clients[0].wait_for_process()
        for outcome, client, watch in zip(outcomes, self.clients, self._watches):
            if (watch.first_reply(self._started, START_SECONDS) is None or
                    not client.wait_until_up(START_SECONDS)):
                outcome.complaints.append("does not come up in the first place")
        began = time.monotonic()
        return self.fault.begin(self.lane) or began

    def _last(self, began):
        """Waits while the fault lasts."""
        if self.fault.lasts is not None:
            time.sleep(self.fault.lasts)
        else:
            for client in self.clients:
                client.noticed(began, START_SECONDS)
        time.sleep(self.fault.lingers)

    def _look(self, outcome, client, watch, began):
        entry = client.noticed(began, 0)
        if entry:
            outcome.reason = entry.get("PPTP_REASON", "")
            outcome.said = entry["MESSAGE"]
            outcome.noticed = entry["time"] - began
        if watch.replies:
            outcome.connected = watch.replies[0] - self._started
            outcome.answered = watch.share()

    def _judge(self, outcome):
        """What is expected of ours."""
        fault, complain = self.fault, outcome.complaints.append
        slack = SLACK_SECONDS + (outcome.connected or 0)
        if fault.reasons and outcome.reason not in fault.reasons:
            complain(f"called {outcome.reason or 'nothing'} "
                     f"instead of {' or '.join(fault.reasons)}")
        if fault.noticed is not None and (
                outcome.noticed is None or outcome.noticed > fault.noticed + slack):
            complain(f"noticed after {outcome.noticed} s, not within {fault.noticed} s")
        if outcome.recovered is None:
            complain("never recovers")
        elif fault.recovered is not None and outcome.recovered > fault.recovered + slack:
            complain(f"recovered after {outcome.recovered:.1f} s, not within {fault.recovered} s")

    def check(self, outcome, stopping):
        """That a tunnel of ours has left nothing behind, and has let nothing out while it ran. Its
        stop began at that time of time.monotonic()."""
        deadline = time.monotonic() + 10
        while (left := self.lane.leftovers()) and time.monotonic() < deadline:
            time.sleep(0.1)
        if left:
            outcome.complaints.append("leaves behind:\n" + left)

        client, strays = self.clients[0], self.lane.strays
        began = client.began()
        stopped = self._journal.wait_until_stopped(client.unit, stopping, 10)
        outcome.sent = self._watches[0].sent - self._sent_before
        outcome.strays = strays.count(began, stopped)
        if not strays.count(0, began):
            outcome.complaints.append("the capture has nothing of what was sent before the start")
        if (outcome.strays == 0) != (self.fault.routes_on_down == "unreachable"):
            outcome.complaints.append(f"{outcome.strays} of {outcome.sent} packets left outside of "
                                      f"the tunnel, RoutesOnDown={self.fault.routes_on_down}")


def seconds(value):
    return "-" if value is None else f"{value:.1f}"


def table(outcomes):
    """The outcomes in Markdown, a line for each fault; of bad weather, which never ends, the share
    of the pings that were answered."""
    clients = list(dict.fromkeys(outcome.client for outcome in outcomes))
    lines = ["| fault |" + "".join(f" {client}: up after (s) | noticed after (s) |"
                                   " traffic back after (s) |"
                                   for client in clients) + " what the journal of ours says |",
             "| --- |" + " ---: | ---: | ---: |" * len(clients) + " --- |"]
    for fault in dict.fromkeys(outcome.fault.name for outcome in outcomes):
        row = {outcome.client: outcome for outcome in outcomes if outcome.fault.name == fault}
        ours = row[Ours.name]
        line = f"| {ours.fault.text} |"
        for client in clients:
            one = row.get(client)
            if not one:
                line += " | | |"
            elif ours.fault.group == "weather":
                line += (f" {seconds(one.connected)} | {seconds(one.noticed)} |"
                         f" {one.answered * 100:.0f} % |")
            else:
                line += (f" {seconds(one.connected)} | {seconds(one.noticed)} |"
                         f" {seconds(one.recovered)} |")
        lines.append(line + f" {ours.reason + ': ' if ours.reason else ''}{ours.said} |")
    return "\n".join(lines) + "\n\n" + strays(outcomes) + "\n"


def strays(outcomes):
    """What left outside of the tunnels of ours, with each RoutesOnDown= that there was."""
    counts = {}
    for outcome in outcomes:
        if outcome.client == Ours.name:
            count = counts.setdefault(outcome.fault.routes_on_down, [0, 0, 0])
            count[0] += outcome.strays
            count[1] += outcome.sent
            count[2] += 1
    return "\n".join(f"With RoutesOnDown={setting}, {left} of {sent} packets left outside of the "
                     f"tunnel, in {n} lanes." for setting, (left, sent, n) in counts.items())


def run(vm, faults, stock=False):
    """Lets the faults happen, all at the same time. Returns the outcomes."""
    journal, traffic = JournalReader(), Traffic()
    vm.at_end(journal.stop)
    vm.at_end(traffic.stop)
    vm.at_end(vm.run, "systemctl", "daemon-reload")
    experiments = [Experiment(vm, fault, number, journal, traffic, stock)
                   for number, fault in enumerate(faults, 1)]
    vm.run("systemctl", "daemon-reload")
    with concurrent.futures.ThreadPoolExecutor(len(experiments)) as pool:
        outcomes = list(pool.map(Experiment.run, experiments))
    # In one go, which is quicker, and with patience, for an emulated machine.
    stopping = time.monotonic()
    vm.run("systemctl", "stop", *(client.unit for experiment in experiments
                                  for client in experiment.clients), check=False, timeout=90)
    for experiment, group in zip(experiments, outcomes):
        experiment.check(group[0], stopping)
    return [outcome for group in outcomes for outcome in group]
