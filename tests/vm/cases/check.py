# SPDX-License-Identifier: GPL-2.0-or-later
"""pptpctl check: what is wrong, seen with the eyes of the unit, before anything is started."""

import subprocess

from guest import case_timeout

PASSWORD = "/etc/pptp/onenet.password"


def check(vm, *arguments, status=0):
    """What it prints, in one line; status: how it must end, None if that does not matter."""
    result = vm.run("pptpctl", "check", *arguments, check=False)
    text = " ".join((result.stdout + result.stderr).split())
    assert status in (None, result.returncode), \
        f"pptpctl check {arguments} ended with {result.returncode}, not {status}: {text}"
    return text


def case_all_is_well(vm):
    "A line for everything, and with --probe what the server is and that GRE arrives."
    vm.tunnel("onenet")
    text = check(vm, "onenet")
    for part in ("onenet: configuration good; server 192.0.2.2", f"password from PasswordFile={PASSWORD}",
                 "kernel has all modules", "/dev/ppp can be opened", "with the plugin for it",
                 "192.0.2.2 port 1723 accepts the connection", "old pppd none runs"):
        assert part in text, f"no {part!r} in: {text}"
    assert "error" not in text, text
    text = check(vm, "--probe", "onenet")
    assert "server speaks PPTP: host name" in text, text
    assert "GRE packets of the server arrive" in text, text
    text = check(vm, "/etc/pptp/conf.d/onenet.conf")
    assert " onenet: good" in text and "not good" not in text, text
    # pppd reads this file here, and not in the unit.
    vm.write("/etc/ppp/options", "rubbish\n")
    text = check(vm, "onenet")
    assert "does not say its version, since it refuses /etc/ppp/options" in text, text
    assert text.count("onenet: good, with ") == 1 and "reinstall" not in text, text


def case_password_as_the_unit_sees_it(vm):
    "Each of these fails in the unit, where root has no right that permissions do not give."
    tunnel = vm.tunnel("onenet")
    for command, words in (
            (f"chmod 644 {PASSWORD}", "can be read or written by others"),
            (f"chmod 000 {PASSWORD}", "cannot be read by its owner: chmod 600"),
            (f"chmod 600 {PASSWORD}; chown nobody {PASSWORD}", "does not belong to root: chown root"),
            (f"chown root {PASSWORD}; : > {PASSWORD}", "is empty"),
            (f"rm {PASSWORD}", "does not exist"),
            ("sed -i 's,^PasswordFile=.*,PasswordFile=/root/password,' "
             "/etc/pptp/conf.d/onenet.conf; umask 077; echo secret > /root/password",
             "is not seen by the unit"),
            ("rm /root/password; sed -i /^PasswordFile=/d /etc/pptp/conf.d/onenet.conf",
             "there is none: no credential, no PasswordFile=, and no line for vpn")):
        vm.run("sh", "-c", command)
        text = check(vm, "onenet", status=78)
        assert "onenet: not good: 1 error" in text, text
        assert words in text, f"after {command!r}, no {words!r} in: {text}"
        assert tunnel.start(check=False).returncode != 0, f"{command!r} does not matter"
        assert tunnel.exit_status == 78, tunnel.exit_status
    # The remedy keeps to the file that is in use.
    for line, remedy in (("other * secret *", 'add a line to it: "vpn" "onenet"'),
                         ("vpn elsewhere secret *", "write RemoteName=elsewhere")):
        vm.write("/etc/ppp/chap-secrets", f"{line}\n", mode=0o600)
        text = check(vm, "onenet", status=78)
        assert remedy in text and "write PasswordFile=" not in text, text
    vm.write("/etc/ppp/chap-secrets", '"vpn" * secret *\n', mode=0o600)
    assert "password line for vpn and onenet in /etc/ppp/chap-secrets" in check(vm, "onenet")


def case_configuration_that_the_unit_cannot_read(vm):
    "A file of mode 000 is good for root with all its rights, and not for the supervisor."
    tunnel = vm.tunnel("onenet")
    vm.run("chmod", "000", "/etc/pptp/conf.d/onenet.conf")
    assert "cannot be read: Permission denied" in check(vm, "onenet", status=78)
    assert tunnel.start(check=False).returncode != 0
    assert tunnel.exit_status == 78, tunnel.exit_status


def case_password_file_says_why_everywhere(vm):
    "Not \"there is no password\", but what is wrong with the one that there is."
    tunnel = vm.tunnel("onenet")
    vm.run("chmod", "644", PASSWORD)
    tunnel.start_and_fail("CFG-08", "can be read or written by others: chmod 600", status=78)
    shown = vm.run("pptpctl", "status", "onenet", check=False).stdout
    assert "Last failure: CFG-08: " in shown and "chmod 600" in " ".join(shown.split()), shown


@case_timeout(120)
def case_credential_of_another_name(vm):
    "systemd says no more than status 243: pptpctl says what that is, and check where to look."
    vm.write("/etc/credstore.encrypted/pptp.onenet.password.cred", "", mode=0o600)
    vm.run("printf %s secret | systemd-creds encrypt --with-key=host --name=other - -"
           " >/etc/credstore.encrypted/pptp.onenet.password.cred")
    tunnel = vm.tunnel("onenet", password=None)
    assert tunnel.start(check=False).returncode != 0
    assert tunnel.exit_status == 243, tunnel.exit_status
    shown = " ".join(vm.run("pptpctl", "status", "onenet", check=False).stdout.split())
    assert "systemd could not read a credential" in shown, shown
    assert "cannot be decrypted here" in check(vm, "onenet", status=78)


def case_old_setup_in_the_way(vm):
    "A script, a route and a pppd of the old set-up, and a server that nobody is."
    vm.run("ip route add 10.0.0.0/8 via 192.0.2.254")
    vm.at_end(lambda: vm.run("ip route del 10.0.0.0/8 via 192.0.2.254", check=False))
    vm.write("/etc/ppp/ip-up.d/onenet-routes", "#!/bin/sh\n[ $PPP_IPPARAM = onenet ] && true\n",
             mode=0o755)
    # Whom it calls is in its file alone; the program has the name, and sleeps.
    vm.write("/etc/ppp/peers/other", "# 192.0.2.9\nplugin pptp.so\npptp_server 192.0.2.8\n")
    vm.run("mkdir /var/tmp/old && cp $(readlink -f /usr/bin/python3) /var/tmp/old/pppd")
    vm.at_end(vm.run, "rm -r /var/tmp/old")
    pppd = subprocess.Popen(["/var/tmp/old/pppd", "-c", "import time; time.sleep(60)", "call", "other"])
    vm.at_end(pppd.wait)
    vm.at_end(pppd.kill)
    vm.tunnel("elsewhere", server="192.0.2.9")
    vm.tunnel("onenet", server="192.0.2.8")
    assert "old pppd none runs" in check(vm, "elsewhere", status=None)
    text = check(vm, "onenet", status=78)
    for part in ("/etc/ppp/ip-up.d/onenet-routes names this tunnel",
                 "10.0.0.0/8 via 192.0.2.254 on ",
                 "protocol boot, is in the place of the tunnel's 10.0.0.0/8",
                 f"process {pppd.pid} runs already",
                 "if it is an old set-up of this tunnel, end it: poff other",
                 "192.0.2.8 port 1723 cannot be reached"):
        assert part in text, f"no {part!r} in: {text}"


@case_timeout(120)
def case_five_hundred_tunnels(vm):
    "status and check take their time once, and not for each of them; one among them starts."
    for number in range(500):
        vm.write(f"/etc/pptp/conf.d/many{number}.conf",
                 f"[Tunnel]\nServer=192.0.2.2\nInterfaceName=m{number}\n[Authentication]\nUser=u\n"
                 "[Route]\nDestination=10.0.0.0/8\n")
    result = vm.run("pptpctl", "status", check=False)
    assert result.stdout.count(": inactive") == 500, result.stdout[:500]
    assert result.seconds < 1, f"status took {result.seconds} s"
    result = vm.run("pptpctl", "check")
    assert result.stdout.count(": good") == 500 and result.seconds < 1, result.seconds
    # In the sandbox, too, more than one thread may look at the files.
    vm.tunnel("onenet").start()


@case_timeout(120)
def case_running_tunnel_in_trouble(vm):
    "What the supervisor has found out about the tunnel that runs, health and check say alike."
    tunnel = vm.tunnel("onenet", more="\n[Tunnel]\nNetworkNamespace=/run/netns/green\n")
    vm.run("systemctl daemon-reload; ip netns add green && ip -n green link set lo up")
    vm.at_end(lambda: vm.run("ip netns delete green", check=False))
    tunnel.start()
    assert "ok tunnel is up, onenet to 192.0.2.2, MPPE" in check(vm, "onenet")
    vm.run("ip netns delete green")
    vm.wait(lambda: "was taken away" in tunnel.status, 10, "the loss is told")
    assert vm.run("pptpctl", "health", "onenet", check=False).returncode == 1
    text = check(vm, "onenet")
    assert "warning tunnel is " in text and "SYS-11: " in text and "good, with " in text, text
    assert "If the message says how to make it anew, do that." in text, text


@case_timeout(120)
def case_uplink_down(vm):
    "Nothing was sent, as check says, and the unreachable routes, which stand, are no failure."
    vm.at_end(lambda: vm.run("ip link set uplink0 up; ip route replace default via 192.0.2.254"))
    tunnel = vm.tunnel("onenet", more="\n[Network]\nRoutesOnDown=unreachable\nDefaultRoute=yes\n")
    tunnel.start()
    vm.run("ip link set uplink0 down")
    tunnel.wait_for_message("uplink is gone")
    text = check(vm, "onenet", status=78)
    assert "this host has no route to 192.0.2.2: " in text and "(down: uplink0" in text, text
    assert "firewall" not in text, text
    tunnel.wait_for_status("Reconnecting", 60)
    vm.run("pptpctl", "reconnect", "onenet", check=False)
    told = tunnel.messages()
    assert not [line for line in told if "unreachable routes" in line], told
    assert [route for route in vm.routes() if "unreachable" in route], vm.routes()
    vm.run("ip link set uplink0 up; ip route add default via 192.0.2.254")
    tunnel.wait_for_status("Up: ", 60)
    vm.ping("10.1.2.3")


@case_timeout(90)
def case_route_larger_than_the_interface(vm):
    "For the kernel the route's MTU counts, and what is in between is lost: check tells before."
    tunnel = vm.tunnel("onenet", more="\n[Route]\nDestination=10.1.2.0/24\nMTUBytes=1500\n")
    words = "MTUBytes=1500 of [Route] is more than the 1456 of the interface"
    assert words in check(vm, "onenet")
    tunnel.start()
    assert words in check(vm, "onenet")
    size = ("ping", "-n", "-q", "-M", "do", "-c", "2", "-w", "2", "-s")
    vm.run(*size, str(1456 - 28), "10.1.2.3")
    assert vm.run(*size, "1440", "10.1.2.3", check=False).returncode == 1
