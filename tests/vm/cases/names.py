# SPDX-License-Identifier: GPL-2.0-or-later
"""[Network] UseDNS=, DNS=, Domains= and DNSDefaultRoute=: which names are asked where, with the
real systemd-resolved and dnsmasq as name servers on both sides."""

import json
import pathlib

from guest import case_timeout, each_release

# The server, which has a name of the inner domain; and name servers behind it, and outside.
SERVER, SERVER_NAME = "192.0.2.3", "vpn.corp.example"
INNER, OUTER = "10.1.2.3", "192.0.2.254"
INNER_HOST, OUTER_HOST = "10.1.2.4", "198.51.100.12"
NO_NAME = "none.corp.example"   # inside, where there are all others


def start_name_server(vm, address, *options):
    """dnsmasq on an address of the servers, with these answers and no others."""
    unit = f"name-server-{address.replace('.', '-')}"
    vm.run("systemd-run", "--quiet", "--collect", f"--unit={unit}",
           "--property=NetworkNamespacePath=/run/netns/server", "dnsmasq", "--keep-in-foreground",
           "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--bind-interfaces", "--user=root",
           "--pid-file=", f"--listen-address={address}", "--cache-size=0", *options)
    vm.at_end(vm.run, "systemctl", "stop", unit)
    vm.wait(lambda: vm.run_in_server(f"ss -Hlun 'src = {address} and sport = 53'").stdout)


def start_name_servers(vm):
    """One inside that knows corp.example, and one outside, the uplink's, that knows all else: also,
    and wrongly, the names inside. Of the server's name only that outside has the address."""
    start_name_server(vm, INNER, f"--address=/corp.example/{INNER_HOST}", f"--local=/{NO_NAME}/",
                      "--ptr-record=4.2.1.10.in-addr.arpa,host.corp.example")
    start_name_server(vm, OUTER, f"--address=/#/{OUTER_HOST}", f"--address=/{SERVER_NAME}/{SERVER}")
    vm.run("resolvectl", "dns", "uplink0", OUTER)
    vm.at_end(vm.run, "resolvectl", "revert", "uplink0")


def start_tunnel(vm, network="", options=f"ms-dns {INNER}\n", **arguments):
    vm.pptpd(SERVER, options=options)
    arguments = {"server": SERVER, "more": f"\n[Network]\n{network}"} | arguments
    return vm.tunnel("onenet", **arguments)


def address_of(vm, name):
    """What programs of this host get, or "" where the name is not known."""
    words = vm.run("getent", "ahostsv4", name, check=False).stdout.split()
    return words[0] if words else ""


def assert_asked(vm, name, address, inside):
    """The name has this address, and was asked for on one side and not on the other."""
    captures = {interface: vm.capture("udp port 53 or tcp port 53", interface)
                for interface in ("onenet", "uplink0")}
    vm.run("resolvectl", "flush-caches")
    assert address_of(vm, name) == address, (name, address_of(vm, name))
    here, there = ("onenet", "uplink0") if inside else ("uplink0", "onenet")
    captures[here].wait_for(f" {name}.")
    assert not captures[there].lines(), "\n".join(captures[there].lines())
    for capture in captures.values():
        capture.stop()


def assert_split(vm):
    assert_asked(vm, "host.corp.example", INNER_HOST, inside=True)
    assert_asked(vm, "www.example.net", OUTER_HOST, inside=False)


@each_release
def case_names_are_split(vm):
    """Names below Domains= and addresses behind the server are asked in the tunnel, all others
    outside; also after systemd-resolved restarts, a reconnect, and a crash; and no longer after a
    stop. The server's own name is asked outside each time, though it is below Domains= as well."""
    start_name_servers(vm)
    tunnel = start_tunnel(vm, "Domains=~corp.example\n", server=SERVER_NAME)
    before = vm.state()
    tunnel.start()
    assert_split(vm)
    assert vm.run("resolvectl", "query", INNER_HOST).stdout.count("host.corp.example") == 1
    assert "~corp.example" in vm.run("resolvectl", "domain", "onenet").stdout
    assert vm.run("resolvectl", "default-route", "onenet").stdout.split()[-1] == "no"

    # What systemd-resolved forgets of links is there again.
    vm.run("systemctl stop systemd-resolved; rm -f /run/systemd/resolve/netif/*; "
           "systemctl start systemd-resolved")
    vm.run("resolvectl", "dns", "uplink0", OUTER)
    # The name servers are what it is told last.
    vm.wait(lambda: INNER in vm.run("resolvectl", "dns", "onenet").stdout)
    assert_split(vm)
    assert tunnel.status.startswith("Up: "), tunnel.status

    index = vm.ip("link", "show", "onenet")[0]["ifindex"]
    vm.run("pkill", "-KILL", "-x", "pppd", "-P", tunnel.show("MainPID"))
    vm.wait(lambda: [link for link in vm.ip("link", "show", "onenet") if link["ifindex"] != index])
    tunnel.wait_for_status("Up: ")
    assert_split(vm)
    assert not [text for text in tunnel.messages() if "took the tunnel's names" in text]

    tunnel.kill()
    vm.wait(lambda: tunnel.show("NRestarts") == "1" and tunnel.state == "active", 20)
    assert_split(vm)

    tunnel.stop()
    # A stop waits for a busy systemd-resolved, but not for long.
    vm.wait(lambda: "corp.example" not in vm.run("resolvectl", "status").stdout, 5)
    assert address_of(vm, "other.corp.example") == OUTER_HOST
    vm.assert_state(before, seconds=5)


@each_release
@case_timeout(60)
def case_names_of_ipv6_addresses_are_split(vm):
    """Those of the IPv6 networks behind the server are asked in the tunnel, all others outside;
    also where the server carries no IPv6."""
    start_name_server(vm, INNER, "--host-record=host.corp.example,fd00:1::3")
    start_name_server(vm, OUTER, "--host-record=other.example,fd00:2::3",
                      "--host-record=wrong.example,fd00:1::3")
    vm.run("resolvectl", "dns", "uplink0", OUTER)
    vm.at_end(vm.run, "resolvectl", "revert", "uplink0")

    for server, ipv6 in (("192.0.2.3", "+ipv6"), ("192.0.2.4", "noipv6")):
        vm.pptpd(server, options=f"ms-dns {INNER}\n{ipv6}\n")
        tunnel = vm.tunnel("onenet", server=server, routes=("10.0.0.0/8", "fd00:1::/32"),
                           more="\n[Network]\nIPv6=negotiate\n")
        tunnel.start()
        assert ", IPv6" in tunnel.status or ipv6 == "noipv6", tunnel.status
        # Without Domains= the tunnel does not wait for it.
        vm.wait(lambda: "1.0.0.0.0.0.d.f.ip6.arpa" in vm.run("resolvectl domain onenet").stdout)
        for address, name, here, there in (
                ("fd00:1::3", "host.corp.example", "onenet", "uplink0"),
                ("fd00:2::3", "other.example", "uplink0", "onenet")):
            captures = {interface: vm.capture("port 53", interface) for interface in (here, there)}
            vm.run("resolvectl", "flush-caches")
            told = vm.run("resolvectl", "query", address).stdout
            assert f"{address}: {name}" in told, told
            captures[here].wait_for(".ip6.arpa.")
            assert not captures[there].lines(), captures[there].lines()
            for capture in captures.values():
                capture.stop()
        tunnel.stop()


def ask_without_end(vm):
    """One name after the other, and a ping to where they lead. Returns a function that ends it and
    tells how many it were."""
    count = vm.scratch / "asked"
    vm.run("systemd-run", "--quiet", "--collect", "--unit=asking", "sh", "-c",
           "n=0; while :; do n=$((n + 1)); timeout 2 resolvectl query x$n.corp.example;"
           f" ping -n -q -c 1 -W 0.1 {INNER_HOST}; echo $n >{count}; sleep 0.1; done")
    vm.at_end(vm.run, "systemctl stop asking; true")

    def end():
        vm.run("systemctl", "stop", "asking")
        return int(count.read_text())
    return end


@case_timeout(90)
@each_release
def case_names_are_refused_while_down(vm):
    """With RoutesOnDown=unreachable no question for a name below Domains=, and no packet to where
    such a name leads, leaves by the uplink from the unit's start to its stop: before the first
    connection, while the server or the uplink is away, after kill -9, during restarts of it and of
    systemd-resolved. While the tunnel is up its name servers' answers count, also that there is no
    such name."""
    start_name_servers(vm)
    tunnel = vm.tunnel("onenet", server=SERVER,
                       more="\n[Network]\nDomains=~corp.example\nRoutesOnDown=unreachable\n"
                            "[Reconnect]\nDelaySec=100ms\nMaxDelaySec=1s\n")
    outside = vm.capture("port 53 or net 10.0.0.0/8", "uplink0")
    tunnel.start_in_background()    # nobody listens there yet
    vm.wait(lambda: "corp.example" in vm.run("pptpctl", "status", "--lines=0", "onenet",
                                             check=False).stdout, 10, "they are refused")
    end = ask_without_end(vm)
    tunnel.wait_for_status("next in")
    assert address_of(vm, "host.corp.example") == ""
    assert address_of(vm, "www.example.net") == OUTER_HOST
    told = vm.run("pptpctl", "--json=short", "status", "onenet", check=False).stdout
    link = json.loads(told)["tunnels"][0]
    assert link["dns_covered"] == ["corp.example"], link
    assert "ID_NET_MANAGED_BY=pptp-supervisor" in vm.run(
        "udevadm", "info", f"/sys/class/net/{link['dns_cover_interface']}").stdout

    def is_known():
        return address_of(vm, "host.corp.example") == INNER_HOST

    def is_known_not_to_exist():
        answer = vm.run("resolvectl", "query", NO_NAME, check=False)
        return f"{NO_NAME}' not found" in answer.stdout + answer.stderr

    server = vm.pptpd(SERVER, options=f"ms-dns {INNER}\n")
    vm.at_end(vm.run, "ip link set uplink0 up; ip route replace default via 192.0.2.254")
    for fault in ("true", f"systemctl restart {server.unit}",
                  "ip link set uplink0 down; sleep 0.5; ip link set uplink0 up;"
                  " ip route add default via 192.0.2.254",
                  "systemctl restart pptp@onenet",
                  "pkill -KILL -x pppd -P $(systemctl show --value -p MainPID pptp@onenet)",
                  "systemctl kill --signal=KILL pptp@onenet",
                  "systemctl restart systemd-resolved",
                  f"ip link delete {link['dns_cover_interface']}"):
        vm.run(fault)
        vm.wait(is_known, 30, f"the name is known after {fault}")
        vm.wait(is_known_not_to_exist, 10, f"another is known not to exist after {fault}")
    assert end() > 10
    tunnel.stop()
    vm.wait(lambda: not vm.ip("link", "show", link["dns_cover_interface"]), 5, "nothing is left")
    assert not pathlib.Path("/run/pptp/.interfaces").exists()
    leaked = [line for line in outside.lines() if "corp.example" in line or " > 10." in line]
    assert not leaked, leaked[:5]
    assert outside.lines()


def case_no_names_go_there_by_themselves(vm):
    """Name servers that the server gives are registered and shown, with the line that has names
    asked there; a reload with that line needs no reconnect."""
    start_name_servers(vm)
    tunnel = start_tunnel(vm)
    tunnel.start()
    vm.wait(lambda: INNER in vm.run("resolvectl", "dns", "onenet").stdout)
    assert_asked(vm, "host.corp.example", OUTER_HOST, inside=False)
    told = vm.run("pptpctl", "status", "--lines=0", "onenet").stdout
    assert "Domains=~corp.example" in told and INNER in told, told
    assert "Domains=~corp.example" in vm.run("pptpctl", "check", "onenet", check=False).stdout

    index = vm.ip("link", "show", "onenet")[0]["ifindex"]
    vm.write("/etc/pptp/conf.d/onenet.conf.d/names.conf", "[Network]\nDomains=~corp.example\n")
    vm.run("systemctl", "reload", "pptp@onenet")
    assert_split(vm)
    assert vm.ip("link", "show", "onenet")[0]["ifindex"] == index


@each_release
def case_reverse_zone_is_asked_for(vm):
    """Domains= with a reverse zone alone: its names are asked in the tunnel, and status, check and
    journal have it as any other domain."""
    zone = "1.0.0.0.0.0.d.f.ip6.arpa"
    start_name_server(vm, INNER, "--host-record=host.corp.example,fd00:1::3")
    start_name_server(vm, OUTER, "--host-record=wrong.example,fd00:1::3")
    vm.run("resolvectl", "dns", "uplink0", OUTER)
    vm.at_end(vm.run, "resolvectl", "revert", "uplink0")
    tunnel = start_tunnel(vm, f"Domains=~{zone}\n")
    tunnel.start()
    tunnel.wait_for_message(f"~{zone} and 1 reverse zone: asked at {INNER}")
    told = " ".join(vm.run("pptpctl", "status", "--lines=0", "onenet").stdout.split())
    assert f"Names: ~{zone}" in told and "none: write" not in told, told
    told = vm.run("pptpctl", "check", "onenet", check=False).stdout
    assert "no names are asked" not in told, told
    outside = vm.capture("port 53", "uplink0")
    assert "host.corp.example" in vm.run("resolvectl", "query", "fd00:1::3").stdout
    assert not outside.lines(), outside.lines()


@each_release
@case_timeout(60)
def case_crash_while_no_name_server_answers(vm):
    """kill -9 while the name servers are away: the tunnel is up again at the address that it had,
    and a stop and a start later it is not dialled there."""
    start_name_server(vm, OUTER, f"--address=/{SERVER_NAME}/{SERVER}")
    vm.run("resolvectl", "dns", "uplink0", OUTER)
    vm.at_end(vm.run, "resolvectl", "revert", "uplink0")
    tunnel = start_tunnel(vm, "UseDNS=no\n", server=SERVER_NAME)
    tunnel.start()
    vm.run_in_server("nft add table ip mute;"
                     "nft 'add chain ip mute input { type filter hook input priority -1; }';"
                     "nft add rule ip mute input udp dport 53 drop")
    vm.at_end(vm.run_in_server, "nft delete table ip mute")
    vm.run("resolvectl", "flush-caches")
    tunnel.kill()
    vm.wait(lambda: tunnel.show("NRestarts") == "1" and tunnel.state == "active", 10,
            "it is up again")
    tunnel.wait_for_message(f"trying {SERVER}, where the tunnel was up")

    tunnel.stop()
    tunnel.start_in_background()
    tunnel.wait_for_reason("NET-01")
    told = [text for text in tunnel.messages() if "where the tunnel was up" in text]
    assert len(told) == 1, told
    tunnel.stop()


def stop_resolved(vm):
    vm.run("systemctl", "stop", "systemd-resolved")
    vm.at_end(vm.run, "systemctl", "start", "systemd-resolved")


def case_without_a_resolver(vm):
    """systemd-resolved is stopped: a tunnel that merely brings name servers is up, with one
    warning. When it is there again, names are in force."""
    tunnel = start_tunnel(vm)
    stop_resolved(vm)
    tunnel.start()
    tunnel.wait_for_reason("NAME-01")
    assert tunnel.wait_for_status("Up, but ").count("systemd-resolved"), tunnel.status
    vm.run("sleep 10")
    assert len([e for e in tunnel.journal() if e.get("PPTP_REASON") == "NAME-01"
                and not e["MESSAGE"].startswith("Remedy")]) == 1, tunnel.messages()
    vm.run("systemctl", "start", "systemd-resolved")
    tunnel.wait_for_status("Up: ")
    assert INNER in vm.run("resolvectl", "dns", "onenet").stdout


def case_domains_without_a_resolver(vm):
    """A tunnel that names are asked for fails, with the remedy."""
    tunnel = start_tunnel(vm, "Domains=~corp.example\n")
    stop_resolved(vm)
    tunnel.start_and_fail("NAME-01", status=78)


def names_finding(vm):
    """What pptpctl check says of names: an object with level, text and remedy. The same for
    everybody who asks."""
    def ask(*user):
        told = vm.run(*user, "pptpctl", "--json=short", "check", "onenet", check=False).stdout
        found = [f for f in json.loads(told)["findings"] if f.get("subject") == "names"]
        assert len(found) == 1, found
        return found[0]
    found = ask()
    assert ask("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups") == found
    return found


def assert_check_tells(vm, tunnel, words, reason=None):
    """check says these words, and what it says is so: a start succeeds, or fails for this reason.
    Returns the remedy."""
    found = names_finding(vm)
    assert words in found["text"], (words, found)
    assert (found["level"] == "error") == bool(reason), found
    vm.run("systemctl", "reset-failed", tunnel.unit, check=False)
    result = tunnel.start(check=False)
    told = [entry for entry in tunnel.journal() if entry.get("PPTP_REASON", "").startswith("NAME")]
    assert (result.returncode != 0) == bool(reason), (found, tunnel.messages())
    if reason:
        assert tunnel.exit_status == 78 and told[-1]["PPTP_REASON"] == reason, told
    else:
        tunnel.stop()
    return found.get("remedy")


RESOLVED_FILES = ("/usr/lib/systemd/systemd-resolved",
                  "/usr/lib/systemd/system/systemd-resolved.service",
                  "/usr/share/dbus-1/system-services/org.freedesktop.resolve1.service",
                  "/etc/systemd/system/dbus-org.freedesktop.resolve1.service",
                  "/etc/systemd/system/sysinit.target.wants/systemd-resolved.service",
                  "/etc/systemd/system/multi-user.target.wants/systemd-resolved.service")


def remove_resolved(vm):
    """As if its package were not there. Returns a function that brings it back."""
    there = [path for path in RESOLVED_FILES if pathlib.Path(path).is_symlink()
             or pathlib.Path(path).exists()]
    vm.run("systemctl", "stop", "systemd-resolved")
    for path in there:
        vm.run("mv", path, path + ".away")
    reload = ("systemctl", "daemon-reload")
    vm.run(*reload)

    def bring_back():
        for path in there:
            if not pathlib.Path(path).is_symlink() and not pathlib.Path(path).exists():
                vm.run("mv", path + ".away", path)
        vm.run(*reload)
        vm.run("systemctl", "start", "systemd-resolved")
    vm.at_end(bring_back)
    return bring_back


@each_release
@case_timeout(150)
def case_check_finds_what_a_start_finds(vm):
    """systemd-resolved runs, was stopped, is masked, is not installed: check and start say the
    same, and the remedy of check mends it."""
    tunnel = start_tunnel(vm, "Domains=~corp.example\n")
    takes = "systemd-resolved takes the tunnel's name servers"
    assert_check_tells(vm, tunnel, takes)

    vm.at_end(vm.run, "systemctl unmask systemd-resolved; systemctl unmask --runtime"
                      " systemd-resolved; systemctl start systemd-resolved")
    for command, words in (("true", "systemd-resolved does not run"),
                           ("systemctl disable systemd-resolved", "systemd-resolved does not run"),
                           ("systemctl mask systemd-resolved", "systemd-resolved is masked"),
                           ("systemctl mask --runtime systemd-resolved",
                            "systemd-resolved is masked")):
        vm.run("systemctl stop systemd-resolved")
        vm.run(command)
        remedy = assert_check_tells(vm, tunnel, words, "NAME-01")
        assert vm.run("systemctl is-active systemd-resolved", check=False).stdout != "active\n"
        vm.run(remedy)
        assert_check_tells(vm, tunnel, takes)

    bring_back = remove_resolved(vm)
    remedy = assert_check_tells(vm, tunnel, "systemd-resolved is not installed", "NAME-01")
    assert remedy == "install the package systemd-resolved", remedy
    bring_back()
    assert_check_tells(vm, tunnel, takes)


def check_finds_resolvconf(vm, package):
    path = pathlib.Path("/etc/pptp/conf.d/onenet.conf")
    tunnel = start_tunnel(vm, "Domains=~corp.example\n")
    # In the end it is to read the resolv.conf that was there before.
    vm.at_end(vm.run, "systemctl", "restart", "systemd-resolved")
    unpack_resolvconf(vm, package)
    # systemd-resolved is asked first, also where programs ask another.
    assert_check_tells(vm, tunnel, "programs do not ask it")
    remove_resolved(vm)
    remedy = assert_check_tells(vm, tunnel, "resolvconf cannot have some names asked", "NAME-04")
    assert remedy.startswith("write DNSDefaultRoute=yes in [Network]"), remedy
    path.write_text(path.read_text() + "DNSDefaultRoute=yes\n")
    assert_check_tells(vm, tunnel, "resolvconf takes the tunnel's name servers")


@each_release
@case_timeout(90)
def case_check_finds_debian_resolvconf(vm):
    "Without systemd-resolved, check knows what resolvconf of Debian cannot do, as a start does."
    check_finds_resolvconf(vm, "resolvconf")


@each_release
@case_timeout(90)
def case_check_finds_openresolv(vm):
    "The same with openresolv."
    check_finds_resolvconf(vm, "openresolv")


def unpack_resolvconf(vm, package):
    """Puts resolvconf(8) of a package in the place of systemd-resolved's, and has it write
    /etc/resolv.conf."""
    saved = vm.scratch / "saved"
    vm.at_end(vm.run, "rm -rf /run/resolvconf /etc/resolvconf* /usr/lib/resolvconf"
              " /etc/resolv.conf /usr/sbin/resolvconf &&"
              f" mv {saved}/resolv.conf /etc && mv {saved}/resolvconf /usr/sbin")
    vm.run(f"mkdir {saved} && mv /etc/resolv.conf /usr/sbin/resolvconf {saved} &&"
           f" dpkg-deb --fsys-tarfile /usr/local/share/packages/{package}_*.deb | tar -x -C /"
           " --keep-directory-symlink --wildcards '*sbin/resolvconf' '*/lib/resolvconf/*'"
           " './etc/resolvconf*'")
    if package == "resolvconf":
        vm.run("ln -s /run/resolvconf/resolv.conf /etc && mkdir -p /run/resolvconf/interface &&"
               " resolvconf --enable-updates")
    vm.run(f"echo nameserver {OUTER} | resolvconf -a uplink0.inet")


def check_resolvconf(vm, package):
    "All names are asked in the tunnel, from its start to its stop or kill -9."
    start_name_servers(vm)
    tunnel = start_tunnel(vm, "DNSDefaultRoute=yes\n")
    vm.drop_in("[Service]\nRestart=no\n")
    stop_resolved(vm)
    unpack_resolvconf(vm, package)
    written = pathlib.Path("/etc/resolv.conf")
    before = written.read_text()
    assert OUTER in before, before
    for end in (tunnel.stop, tunnel.kill):
        tunnel.start()
        tunnel.wait_for_status("Up: ")
        assert address_of(vm, "host.corp.example") == INNER_HOST, written.read_text()
        end()
        vm.wait(lambda: written.read_text() == before, 10, "the name servers as before")
        assert address_of(vm, "host.corp.example") == OUTER_HOST


def case_debian_resolvconf(vm):
    "Without systemd-resolved, resolvconf of Debian has the name servers while the tunnel is up."
    check_resolvconf(vm, "resolvconf")


def case_openresolv(vm):
    "The same with openresolv."
    check_resolvconf(vm, "openresolv")
