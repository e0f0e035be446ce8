# SPDX-License-Identifier: GPL-2.0-or-later
"""NetworkNamespace=: only what is in that namespace has the tunnel."""

import json
import os
import pathlib

from guest import case_timeout, each_release, servers

CAP_NET_BIND_SERVICE = 1 << 10
CAP_SYS_ADMIN = 1 << 21

RECONNECTS = 5

# The ways in which a tunnel is cut, in turn: the server says goodbye, its pppd dies, its control
# connection is reset, our own pppd dies.
SERVER_GROUP = f"/system.slice/{servers.unit_name(servers.DEFAULT_ADDRESS)}"
CUTS = (f"pkill -TERM -x pppd --cgroup {SERVER_GROUP}",
        f"pkill -KILL -x pppd --cgroup {SERVER_GROUP}",
        f"pkill -KILL -x pptpctrl --cgroup {SERVER_GROUP}",
        "pkill -KILL -x pppd --parent $(systemctl show --value -p MainPID pptp@onenet)")
ROUNDS_OF_CUTS = 3

# What the last look may have more than the first, of these; the others may have no more at all.
MAY_GROW = {"memory of the supervisor (kB PSS)": 64, "memory of the unit (kB)": 512}


def tunnel_in(vm, name, namespace, routes=("10.0.0.0/8",), reload=True, **options):
    """A tunnel NAME whose interface is in the namespace, and whose unit may enter it."""
    tunnel = vm.tunnel(name, routes=routes, **options)
    drop_in = f"/etc/pptp/conf.d/{name}.conf.d/namespace.conf"
    vm.at_end(vm.run, "systemctl", "daemon-reload")
    vm.write(drop_in, f"[Tunnel]\nNetworkNamespace={namespace}\n")
    if reload:
        vm.run("systemctl", "daemon-reload")
    return tunnel


def ping_from_unit(vm, namespace, address, check=True):
    """Pings from a unit that is in the namespace, as an administrator's service would be."""
    result = vm.run("systemd-run", "--quiet", "--wait", "--collect", "--pipe",
                    f"--property=NetworkNamespacePath=/run/netns/{namespace}",
                    "ping", "-n", "-q", "-i", "0.2", "-w", "3", "-c", "1", address, check=check)
    return result.returncode == 0


def status_of(vm, name):
    """What pptpctl knows of the tunnel, also while that is not up."""
    result = vm.run("pptpctl", "status", "--json", name, check=False)
    return json.loads(result.stdout)["tunnels"][0]


@each_release
@case_timeout(120)
def case_only_what_is_in_it_has_the_tunnel(vm):
    """The namespace is made with the unit: a unit in it reaches the inner network, the host does
    not, and no packet of it leaves by another way. kill -9 and stop leave nothing behind."""
    seen = vm.capture("net 10.0.0.0/8 or net 172.20.0.0/16")
    tunnel = tunnel_in(vm, "onenet", "blue", routes=("0.0.0.0/0", "192.0.2.2/32"), reload=False,
                       more="\n[Route]\nDestination=172.20.0.0/16\nType=unreachable\n")

    # systemd does not know yet that the unit needs a right for that.
    check = vm.run("pptpctl", "check", "onenet", check=False)
    assert "systemctl daemon-reload" in check.stdout, check.stdout
    tunnel.start_and_fail("SYS-12", "blue", status=71)
    vm.run("systemctl", "daemon-reload")
    check = vm.run("pptpctl", "check", "onenet", check=False)
    assert "blue is made when the unit starts" in check.stdout, check.stdout

    tunnel.start()
    assert ping_from_unit(vm, "blue", "10.1.2.3")
    assert not vm.ip("link", "show", "onenet"), "the interface is in the host's namespace"
    assert vm.routes("table", "all") == []
    assert not vm.ping("10.1.2.3", count=1, check=False)
    inner = vm.run("ip -n blue route show proto pptp").stdout
    assert "default dev onenet" in inner and "192.0.2.2 dev onenet" in inner, inner
    clamped = "ip pptp-onenet"
    assert clamped in vm.run("ip netns exec blue nft list tables").stdout
    assert clamped not in vm.run("nft list tables").stdout
    told = vm.messages(tunnel.unit, PRIORITY="4", SYSLOG_IDENTIFIER="pptp-supervisor")
    assert not told, told

    status = status_of(vm, "onenet")
    assert status["network_namespace"] == "blue" and status["up"], status
    assert status["received_packets"] > 0 and status["sent_packets"] > 0, status
    shown = " ".join(vm.run("pptpctl", "status", "onenet").stdout.split())
    assert "in network namespace blue" in shown, shown
    rights = pathlib.Path(f"/proc/{status['pppd_pid']}/status").read_text()
    for line in rights.splitlines():
        if line.startswith(("CapPrm", "CapEff", "CapInh")):
            assert int(line.split()[1], 16) & (CAP_SYS_ADMIN | CAP_NET_BIND_SERVICE) == 0, line

    made = pathlib.Path("/run/netns/blue").stat().st_ino
    killed = tunnel.show("MainPID")
    tunnel.kill()
    vm.wait(lambda: tunnel.show("MainPID") not in ("0", killed)
            and tunnel.status.startswith("Up: "), 20, "a successor")
    assert ping_from_unit(vm, "blue", "10.1.2.3")
    inner = vm.run("ip -n blue route show proto pptp").stdout
    assert inner.count("unreachable") == 1, inner
    vm.run("systemctl", "restart", tunnel.unit)
    assert pathlib.Path("/run/netns/blue").stat().st_ino == made, "what is in it lost it"

    vm.run("ip netns delete blue")
    vm.wait(lambda: '"systemctl restart pptp@onenet" makes it anew' in tunnel.status, 10, "a hint")
    vm.run("systemctl", "restart", tunnel.unit)
    assert ping_from_unit(vm, "blue", "10.1.2.3")

    tunnel.stop()
    vm.wait(lambda: not pathlib.Path("/run/netns/blue").exists(), 2, "the namespace is gone")

    # Another name in the configuration: the next start removes the one before.
    vm.write("/etc/pptp/conf.d/onenet.conf.d/namespace.conf", "[Tunnel]\nNetworkNamespace=red\n")
    tunnel.start()
    vm.write("/etc/pptp/conf.d/onenet.conf.d/namespace.conf", "[Tunnel]\nNetworkNamespace=blue\n")
    vm.run("systemctl", "restart", tunnel.unit)
    assert not pathlib.Path("/run/netns/red").exists()
    assert ping_from_unit(vm, "blue", "10.1.2.3")
    tunnel.stop()
    vm.wait(lambda: not pathlib.Path("/run/netns/blue").exists(), 2, "the namespace is gone")
    # What the host itself sent to there, and the answer, went where its own routes lead.
    own = seen.lines("host 192.0.2.1 and host 10.1.2.3")
    assert len(seen.lines()) == len(own) > 0, seen.lines()


@case_timeout(120)
def case_the_same_network_twice(vm):
    """Two servers that have the same network behind them, and give the same addresses: two
    namespaces have a tunnel each, at the same time. Reconnects under traffic let nothing out."""
    vm.run("ip netns add server2")
    vm.at_end(vm.run, "ip netns delete server2")
    vm.run("ip link add far0 type veth peer name eth0 netns server2 &&"
           " ip address add 198.18.7.1/24 dev far0 && ip link set far0 up &&"
           " ip -n server2 address add 198.18.7.2/24 dev eth0 && ip -n server2 link set eth0 up &&"
           " ip -n server2 link set lo up && ip netns exec server2 sysctl -q net.ipv4.ip_forward=1")
    for namespace, host in (("server", "192.168.1.5"), ("server2", "192.168.1.6")):
        vm.run(f"ip -n {namespace} link add lan type dummy && ip -n {namespace} link set lan up &&"
               f" ip -n {namespace} address add {host}/24 dev lan")
        if namespace == "server":
            vm.at_end(vm.run, "ip -n server link delete lan")
    vm.at_end(servers.start_pptpd("198.18.7.2", namespace="server2").stop)
    server = vm.pptpd("192.0.2.8")
    seen = [vm.capture("net 192.168.0.0/16", interface) for interface in ("uplink0", "far0")]

    a = tunnel_in(vm, "a", "a", routes=("192.168.1.0/24",), reload=False, server="192.0.2.8")
    b = tunnel_in(vm, "b", "b", routes=("192.168.1.0/24",), server="198.18.7.2")
    vm.run("systemctl", "start", a.unit, b.unit, timeout=60)
    for namespace, there, elsewhere in (("a", "192.168.1.5", "192.168.1.6"),
                                        ("b", "192.168.1.6", "192.168.1.5")):
        assert ping_from_unit(vm, namespace, there)
        assert not ping_from_unit(vm, namespace, elsewhere, check=False)

    vm.run("systemd-run --quiet --collect --unit=steady --property=NetworkNamespacePath=/run/netns/a"
           " ping -n -q -i 0.01 192.168.1.5")
    vm.at_end(lambda: vm.run("systemctl stop steady", check=False))
    # Without a route, as during a reconnect, ping would not even begin.
    vm.wait(lambda: vm.ip("-n", "a", "-s", "link", "show", "a")[0]["stats64"]["tx"]["packets"] > 50,
            10, "traffic")
    for _ in range(RECONNECTS):
        connects = status_of(vm, "a")["connects"]
        server.kill()
        vm.wait(lambda: not a.status.startswith("Up: "), 60, "a loss")
        server.start()
        vm.wait(lambda before=connects: status_of(vm, "a")["connects"] > before, 60, "a reconnect")
    vm.run("systemctl stop steady")
    assert ping_from_unit(vm, "a", "192.168.1.5")
    assert [capture.lines() for capture in seen] == [[], []], [c.lines()[:5] for c in seen]


def look(vm, tunnel, namespace):
    """What there is of everything that a reconnect could leave behind, by name."""
    supervisor = tunnel.show("MainPID")
    group = pathlib.Path("/sys/fs/cgroup" + tunnel.show("ControlGroup"))
    looks = {"descriptors of the supervisor": len(os.listdir(f"/proc/{supervisor}/fd")),
             "processes of the unit": len([pid for path in group.rglob("cgroup.procs")
                                           for pid in path.read_text().split()]),
             "mounts": len(pathlib.Path("/proc/self/mounts").read_text().splitlines()),
             "memory of the unit (kB)": int((group / "memory.current").read_text()) // 1024}
    rollup = pathlib.Path(f"/proc/{supervisor}/smaps_rollup").read_text()
    looks["memory of the supervisor (kB PSS)"] = next(
        int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    for where, enter in (("there", f"ip netns exec {namespace} "), ("here", "")):
        for what in ("ip link", "ip address", "ip route show table all", "ip rule",
                     "nft list ruleset", "ss -Hntuw0 exclude time-wait"):
            looks[f"{what}, {where}"] = len(vm.run(enter + what).stdout.splitlines())
    return looks


@case_timeout(120)
def case_cuts_leave_nothing(vm):
    """A tunnel that is cut in all ways, under traffic: nothing of its network is seen outside, and
    nothing grows in the supervisor, in the unit, in the namespace or in this host's own."""
    seen = vm.capture("net 10.0.0.0/8")
    tunnel = tunnel_in(vm, "onenet", "blue", routes=("0.0.0.0/0",),
                       more="\n[Reconnect]\nDelaySec=100ms\nMaxDelaySec=100ms\n")
    tunnel.start()
    # ping ends where there is no route, as after a cut that comes before its first packet.
    vm.run("systemd-run --quiet --collect --unit=steady"
           " --property=NetworkNamespacePath=/run/netns/blue"
           " sh -c 'while :; do ping -n -q -i 0.05 10.1.2.3; sleep 0.05; done'")
    vm.at_end(lambda: vm.run("systemctl stop steady", check=False))

    def received():
        links = vm.ip("-n", "blue", "-s", "link", "show", "onenet")
        return links[0]["stats64"]["rx"]["packets"] if links else 0

    def grown():
        now = look(vm, tunnel, "blue")
        return {name: (first[name], now[name]) for name in first
                if now[name] > first[name] + MAY_GROW.get(name, 0)}

    first, connects = None, 1
    for _ in range(ROUNDS_OF_CUTS):
        for cut in CUTS:
            # The connect itself leaves packets in the counter of the new link.
            already = received()
            vm.wait(lambda least=already + 10: received() > least, 10, "traffic")
            vm.run(cut)
            connects += 1
            vm.wait(lambda number=connects: status_of(vm, "onenet")["connects"] >= number, 60,
                    f"a reconnect after {cut}")
        first = first or look(vm, tunnel, "blue")
    try:
        vm.wait(lambda: not grown(), 10)
    except AssertionError:
        raise AssertionError(f"grows: {grown()}") from None
    assert not seen.lines(), seen.lines()[:5]


@case_timeout(90)
def case_it_comes_later_and_goes(vm):
    "A path that somebody else makes: the tunnel waits for it, also when it was taken away."
    tunnel = tunnel_in(vm, "onenet", "/run/netns/green")
    tunnel.start_and_fail("SYS-11", "/run/netns/green")
    for _ in range(2):
        vm.run("ip netns add green && ip -n green link set lo up")
        tunnel.wait_for_status("Up: ", 10)
        vm.run("ip netns exec green ping -n -q -w 3 -c 1 10.1.2.3")
        vm.run("ip netns delete green")
        vm.wait(lambda: "was taken away" in tunnel.status, 10, "the loss is told")
    vm.run("ip netns add green")
    tunnel.wait_for_status("Up: ", 10)
    tunnel.stop()
    assert "made by" not in vm.run("ip -n green link show lo").stdout
    vm.run("ip netns delete green")
