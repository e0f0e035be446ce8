# SPDX-License-Identifier: GPL-2.0-or-later
"""Every recipe of pptp-recipes(7), run as it is printed there: its files are written, its commands
are typed, and then it does what it promises.

A case follows the recipe whose heading it has as its text. ../../check-recipes holds both lists
together, and the text that is taken out of the page against what a reader sees."""

import dataclasses
import os
import pathlib
import re
import subprocess

from guest import case_timeout, only

MANUAL = pathlib.Path("/usr/share/man/man7/pptp-recipes.7")

# What the page says is to be replaced: here the words are true.
ADDRESS = "203.0.113.2"
NAMES = ("vpn.example.org", "vpn.customer-a.example", "vpn.customer-b.example")
USER, PASSWORD = "username", "password"

# Where recipes write.
DIRECTORIES = ("/etc/pptp", "/etc/ppp", "/etc/sysctl.d", "/etc/systemd/system",
               "/etc/credstore.encrypted", "/etc/NetworkManager/system-connections",
               "/usr/local/sbin", "/var/lib/pptp", "/var/lib/systemd/credential.secret")

# What a command may ask at the terminal, and the answer.
ANSWERS = {"Password:": PASSWORD, "[y/N]": "y"}


@dataclasses.dataclass
class Block:
    """A block of a recipe: a file's text, or, without a path, commands."""
    path: str
    lines: list


def read_recipes(text):
    """Returns {heading: Blocks} of the page's source."""
    recipes = {}
    for section in re.split(r"^\.Ss ", text, flags=re.MULTILINE)[1:]:
        heading, _, body = section.partition("\n")
        found = re.findall(r"^\.Bd -literal.*\n((?:.*\n)*?)\.Ed\n", body, re.MULTILINE)
        recipes[heading] = [_read_block(block.splitlines()) for block in found]
    return recipes


def _read_block(lines):
    """The one place that knows how the page spells a backslash."""
    lines = [line.replace(r"\e", "\\").replace(r"\&", "") for line in lines]
    path = re.fullmatch(r"# (/\S+)", lines[0])
    if path:
        return Block(path[1], lines[1:])
    commands = "\n".join(lines).replace("\\\n", "").splitlines()
    assert all(command.startswith("# ") for command in commands), commands
    return Block(None, [command.removeprefix("# ") for command in commands])


# ---- following one ----

def _files():
    """Everything that is in the directories."""
    return {path for top in map(pathlib.Path, DIRECTORIES) if top.exists()
            for path in (top, *top.rglob("*"))}


def _put_back(before):
    """Removes what was not there before, directories last."""
    for path in sorted(_files() - before, reverse=True):
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        else:
            path.unlink()


def _end_tunnels(vm):
    names = [path.stem for path in pathlib.Path("/etc/pptp/conf.d").glob("*.conf")
             if not path.read_text().startswith("[Match]")]
    units = " ".join(f"pptp@{name}" for name in names)
    vm.run(f"systemctl stop {units}; systemctl reset-failed {units}", check=False)


def prepare(vm):
    """The servers that the page speaks of, and everything back in its place at the end."""
    # Costs less than "systemctl disable" before it, which is the same and more.
    vm.at_end(vm.run, "systemctl", "daemon-reload")
    vm.at_end(_put_back, _files())
    vm.run("ip", "-n", "server", "address", "add", ADDRESS, "dev", "far")
    vm.at_end(vm.run, "ip", "-n", "server", "address", "delete", f"{ADDRESS}/32", "dev", "far")
    vm.pptpd(ADDRESS, users={USER: PASSWORD})
    hosts = pathlib.Path("/etc/hosts").read_text()
    vm.write("/etc/hosts", hosts + "".join(f"{ADDRESS} {name}\n" for name in NAMES))


def type_in(vm, commands):
    """Runs the commands in a shell on a terminal, and answers what they ask. Returns all that is to
    be read there."""
    script = vm.scratch / "commands"
    script.write_text("\n".join(commands) + "\n")
    shown = ""
    with subprocess.Popen(["script", "-qec", f"sh -ex {script}", "/dev/null"],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT) as shell:
        unread = ""
        while chunk := os.read(shell.stdout.fileno(), 4096).decode(errors="replace"):
            shown, unread = shown + chunk, unread + chunk
            for question, answer in ANSWERS.items():
                if question in unread:
                    unread = unread.partition(question)[2]
                    shell.stdin.write(f"{answer}\n".encode())
                    shell.stdin.flush()
    shown = re.sub(r"\x1b\[[0-9;]*m", "", shown)     # colours
    print(shown)
    assert shell.returncode == 0, f"a command failed:\n{shown}"
    return shown


def follow(vm, heading):
    """Does what the recipe says. Returns what its commands printed."""
    blocks = read_recipes(MANUAL.read_text())[heading]
    files = [block for block in blocks if block.path]
    for file in files:
        path = pathlib.Path(file.path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(file.lines) + "\n")
    vm.at_end(_end_tunnels, vm)
    return "".join(type_in(vm, block.lines) for block in blocks if not block.path)


def write_program(path, text):
    """One that a recipe says is the reader's own."""
    pathlib.Path(path).write_text(f"#!/bin/sh\n{text}\n")
    pathlib.Path(path).chmod(0o755)


# ---- the recipes ----

def case_network(vm):
    "A network behind the server"
    prepare(vm)
    shown = follow(vm, "A network behind the server")
    assert "0% packet loss" in shown, shown
    assert vm.run("systemctl is-enabled pptp@onenet").stdout == "enabled\n"
    assert os.stat("/etc/pptp/onenet.password").st_mode & 0o777 == 0o600


def case_everything(vm):
    "Everything through the tunnel"
    prepare(vm)
    vm.at_end(vm.run, "nft delete table inet office || true")
    assert "dev office" in follow(vm, "Everything through the tunnel")
    vm.ping("198.51.100.12", count=1)

    # What is bound to the uplink is held back by the table alone: a gateway may answer for anybody.
    bound = "ping -n -c 2 -i 0.2 -W 1 -I uplink0 198.51.100.12"
    vm.run("ip neigh replace 198.51.100.12 lladdr 02:00:00:00:00:01 dev uplink0")
    vm.at_end(vm.run, "ip neigh delete 198.51.100.12 dev uplink0")
    beside = vm.capture("icmp and host 198.51.100.12", "uplink0")
    vm.run(bound, check=False)
    assert not beside.lines(), beside.lines()
    vm.run("nft delete table inet office")
    vm.run(bound, check=False)
    beside.wait_for("198.51.100.12: ICMP echo request")


def case_one_service(vm):
    "One service, and nothing else"
    prepare(vm)
    write_program("/usr/local/sbin/collect", f"ping -c 1 10.1.2.3 && touch {vm.scratch}/collected")
    follow(vm, "One service, and nothing else")
    vm.wait((vm.scratch / "collected").exists, 10, "the service")
    assert not vm.ping("10.1.2.3", count=1, check=False)


def case_same_network(vm):
    "Several customers with the same network"
    prepare(vm)
    vm.run("ip -n server address add 192.168.1.10/32 dev behind")
    vm.at_end(vm.run, "ip -n server address delete 192.168.1.10/32 dev behind")
    assert follow(vm, "Several customers with the same network").count("0% packet loss") == 2
    assert not vm.ping("192.168.1.10", count=1, check=False)


def case_vrf(vm):
    "A VRF"
    prepare(vm)
    assert "0% packet loss" in follow(vm, "A VRF")
    assert not vm.ping("10.1.2.3", count=1, check=False)


def case_lan(vm):
    "LAN to LAN"
    forward = vm.run("sysctl -n net.ipv4.ip_forward").stdout.strip()
    vm.at_end(vm.run, f"sysctl -q net.ipv4.ip_forward={forward}")
    vm.run("ip netns add lan && ip link add lan0 type veth peer name eth0 netns lan &&"
           " ip address add 192.168.7.1/24 dev lan0 && ip link set lan0 up &&"
           " ip -n lan address add 192.168.7.2/24 dev eth0 && ip -n lan link set eth0 up &&"
           " ip -n lan route add default via 192.168.7.1")
    vm.at_end(vm.run, "ip netns delete lan")
    prepare(vm)
    vm.at_end(vm.run, "nft delete table ip branch")
    follow(vm, "LAN to LAN")
    vm.run("ip netns exec lan ping -n -q -w 3 -c 1 10.1.2.3")
    status = " ".join(vm.run("pptpctl", "status", "branch").stdout.split())
    assert "forwarded TCP segments of at most" in status, status


def case_backup(vm):
    "A backup job"
    prepare(vm)
    write_program("/usr/local/sbin/backup", f"ping -c 1 10.1.2.3 >{vm.scratch}/saved")
    vm.at_end(vm.run, "systemctl stop backup.timer")
    follow(vm, "A backup job")
    assert "0% packet loss" in (vm.scratch / "saved").read_text()
    vm.wait(lambda: not vm.ip("link", "show", "onenet"), 10, "the tunnel ends with the job")


def case_job(vm):
    "A job at each connection"
    prepare(vm)
    saved = vm.scratch / "saved"
    write_program("/usr/local/sbin/backup",
                  f'echo "$EVENT $INTERFACE" >{saved}.new && mv {saved}.new {saved}')
    follow(vm, "A job at each connection")
    vm.wait(saved.exists, 10, "the job")
    assert saved.read_text() == "up onenet\n", saved.read_text()


@only("trixie")
def case_encrypted(vm):
    "An encrypted password"
    prepare(vm)
    follow(vm, "An encrypted password")
    vm.ping("10.1.2.3", count=1)


@only("bookworm")
def case_encrypted_in_unit(vm):
    "An encrypted password in the unit"
    prepare(vm)
    follow(vm, "An encrypted password in the unit")
    vm.ping("10.1.2.3", count=1)


OLD_PEER = f"""\
pty "pptp {NAMES[0]} --nolaunchpppd"
name {USER}
remotename onenet
linkname onenet
ipparam onenet
require-mppe-128
noauth
"""

OLD_SCRIPT = """\
#!/bin/sh
if [ "${PPP_IPPARAM}" = onenet ]; then
        ip route add 10.0.0.0/8 dev ${IFNAME}
fi
"""


def lay_old_set_up(vm):
    "Before prepare(): chap-secrets is of the system, and not new."
    vm.write("/etc/ppp/peers/onenet", OLD_PEER)
    vm.write("/etc/ppp/chap-secrets", f'"{USER}" onenet "{PASSWORD}"\n', mode=0o600)
    vm.write("/etc/ppp/ip-up.d/onenet", OLD_SCRIPT, mode=0o755)


def assert_moved(vm):
    "The new tunnel is up, the old one is not."
    vm.ping("10.1.2.3", count=1)
    assert any(route.startswith("10.0.0.0/8 dev onenet") for route in vm.routes()), vm.routes()
    vm.wait(lambda: not vm.ip("link", "show", "ppp0"), 10, "the old tunnel has ended")


def case_from_pon(vm):
    "From pon"
    lay_old_set_up(vm)
    prepare(vm)
    # pptp-linux leaves it.
    vm.at_end(vm.run, f"ip route delete {ADDRESS}")
    # It would hold on to the pipes.
    vm.run("pon onenet >/dev/null 2>&1")
    vm.wait(lambda: vm.ping("10.1.2.3", count=1, check=False), 30, "the old tunnel is up")
    follow(vm, "From pon")
    assert_moved(vm)


@only("trixie")
def case_from_ppp_service(vm):
    "From ppp@.service"
    lay_old_set_up(vm)
    prepare(vm)
    vm.at_end(vm.run, f"ip route delete {ADDRESS}")
    # pppd's status when it is told to end is none that its unit takes for success.
    vm.at_end(vm.run, "systemctl reset-failed ppp@onenet || true")
    vm.run("systemctl start ppp@onenet")
    follow(vm, "From ppp@.service")
    assert_moved(vm)


@case_timeout(150)
def case_from_network_manager(vm):
    "From NetworkManager"
    keyfile = pathlib.Path("/etc/NetworkManager/system-connections/office.nmconnection")
    prepare(vm)
    keyfile.write_text(
        "[connection]\nid=office\nuuid=11111111-2222-4333-8444-555555555555\ntype=vpn\n\n[vpn]\n"
        f"service-type=org.freedesktop.NetworkManager.pptp\ngateway={NAMES[0]}\nuser={USER}\n"
        "require-mppe=yes\nrequire-mppe-128=yes\npassword-flags=0\n\n"
        f"[vpn-secrets]\npassword={PASSWORD}\n\n"
        "[ipv4]\nmethod=auto\nnever-default=true\nroute1=10.0.0.0/8\n")
    keyfile.chmod(0o600)
    vm.at_end(vm.run, "systemctl stop systemd-hostnamed NetworkManager;"
              " systemctl mask NetworkManager")
    vm.run("systemctl unmask NetworkManager && systemctl start NetworkManager", timeout=90)
    follow(vm, "From NetworkManager")
    vm.ping("10.1.2.3", count=1)
    assert "autoconnect=false" in keyfile.read_text()
