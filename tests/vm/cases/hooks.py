# SPDX-License-Identifier: GPL-2.0-or-later
"""Units that are started when a tunnel has come up, and when it is no longer."""

import pathlib

TOLD = pathlib.Path("/run/told")

UNIT = """[Service]
Type=oneshot
EnvironmentFile=/run/pptp-hooks/%i.{event}
ExecStart=/bin/sh -c 'echo "$EVENT $INTERFACE $ADDRESS $FAILURE_1_REASON" >>{told}'
"""


def is_told_of(vm, name):
    """Whether a process of pptp-hooks says of that tunnel that it is up."""
    shown = vm.run("systemctl", "show", "--property=StatusText", "pptp-hooks@*").stdout
    return f"StatusText=The tunnel {name} is up" in shown.splitlines()


def case_up_and_down(vm):
    """Up= and Down= are started once for each change, with what happened, and not by a reload. A
    unit that is not there, or masked, is a warning. The ends: pppd is killed, the supervisor is, a
    stop."""
    for event in ("up", "down"):
        vm.write(f"/run/systemd/system/told-{event}@.service",
                 UNIT.format(event=event, told=TOLD))
    vm.at_end(lambda: TOLD.unlink(missing_ok=True))
    vm.run("ln", "-sf", "/dev/null", "/etc/systemd/system/masked.service")
    vm.at_end(vm.run, "rm", "/etc/systemd/system/masked.service")
    tunnel = vm.tunnel("onenet", more="[Hooks]\nUp=told-up@%i.service missing.service "
                       "masked.service\nDown=told-down@%i.service\n")
    told = []

    def wait_for(*lines):
        told.extend(lines)
        vm.wait(lambda: TOLD.exists() and TOLD.read_text().splitlines() == told, 20,
                f"{TOLD} has {told}")

    tunnel.start()
    up = f"up onenet {vm.run('sh', '-c', '. /run/pptp/onenet/state && echo $ADDRESS').stdout}"
    up = up.strip() + " "
    wait_for(up)
    tunnel.wait_for_message("[Hooks] Up=missing.service is not started: "
                            "Unit missing.service not found (write the unit")
    refused = "Up=masked.service is not started: Unit masked.service is masked " \
        "(systemctl unmask masked.service)"
    vm.wait(lambda: "Hooks: Up=missing.service" in " ".join(
        vm.run("pptpctl", "status", "onenet").stdout.split()), 5, "pptpctl status tells")
    assert tunnel.state == "active", tunnel.status
    health = vm.run("pptpctl", "health", "onenet", check=False)
    assert health.returncode == 1 and refused in health.stdout, health.stdout
    assert is_told_of(vm, "onenet"), vm.run("systemctl", "status", "pptp-hooks@*").stdout

    checked = vm.run("pptpctl", "check", "onenet", check=False).stdout
    assert "onenet.conf:11: Up=missing.service will not be started" in checked, checked
    assert "systemctl unmask masked.service\n" in checked, checked

    vm.run("systemctl", "reload", tunnel.unit)
    vm.run("pkill", "-KILL", "-x", "pppd", "-P", tunnel.show("MainPID"))
    vm.wait(lambda: TOLD.read_text().count("\n") >= 3, 20, "it is up again")
    down = TOLD.read_text().splitlines()[1]
    reason = down.removeprefix(up.replace("up", "down", 1))
    assert reason, down
    wait_for(down, up + reason)

    def wait_for_warnings(number):
        vm.wait(lambda: sum("[Hooks] Up=missing" in text for text in tunnel.messages()) == number,
                20, f"{number} warnings of units that are not started")

    wait_for_warnings(2)
    tunnel.kill()
    wait_for(up.replace("up", "down", 1), up)
    wait_for_warnings(3)
    tunnel.stop()
    wait_for(up.replace("up", "down", 1))
    vm.wait(lambda: "pptp-hooks@" not in vm.run(
        "systemctl", "list-units", "--all", "--plain", "--no-legend", "pptp-hooks@*").stdout, 5,
        "no process is left")


def case_started_too_often(vm):
    """systemd takes the job, and refuses the unit a moment later: StartLimitBurst=. It is told."""
    vm.write("/run/systemd/system/often.service",
             "[Unit]\nStartLimitBurst=1\nStartLimitIntervalSec=1h\n"
             "[Service]\nType=oneshot\nExecStart=/bin/false\n")
    vm.at_end(vm.run, "systemctl reset-failed often.service")
    tunnel = vm.tunnel("onenet", more="[Hooks]\nUp=often.service\n")
    tunnel.start()
    vm.wait(lambda: vm.run("systemctl is-failed often.service", check=False).returncode == 0, 10,
            "the unit has run")
    assert not any("[Hooks]" in text for text in tunnel.messages()), tunnel.messages()
    vm.run("pptpctl reconnect onenet")
    tunnel.wait_for_message("[Hooks] Up=often.service is not started: it was started too often for "
                            "its StartLimitBurst=")
    # The state file is written a moment after each change.
    vm.wait(lambda: "journalctl -u often.service" in vm.run("pptpctl", "health", "onenet",
                                                            check=False).stdout, 5, "health warns")
    assert vm.run("pptpctl", "health", "onenet", check=False).returncode == 1


def case_process_that_is_stopped(vm):
    """A pptp-hooks that was stopped by a signal starts nothing any more: the watchdog ends it, and
    the tunnel says so."""
    tunnel = vm.tunnel("onenet", more="[Hooks]\nUp=true.service\n")
    vm.write("/run/systemd/system/true.service", "[Service]\nType=oneshot\nExecStart=/bin/true\n")
    tunnel.start()
    vm.wait(lambda: is_told_of(vm, "onenet"), 5, "pptp-hooks knows of the tunnel")
    assert vm.run("pptpctl", "health", "onenet", check=False).returncode == 0
    vm.run("sh", "-c", "kill -STOP $(pidof pptp-hooks)")
    vm.wait(lambda: vm.run("pptpctl", "health", "onenet", check=False).returncode == 1, 45,
            "health warns")
    tunnel.wait_for_message("pptp-hooks has ended")


def case_socket_that_is_masked(vm):
    "What mends it is to unmask the socket: systemd does not start it before."
    vm.at_end(vm.run, "systemctl start pptp-hooks.socket")
    vm.at_end(vm.run, "systemctl unmask pptp-hooks.socket")
    vm.run("systemctl mask --now pptp-hooks.socket")
    tunnel = vm.tunnel("onenet", more="[Hooks]\nUp=true.service\n")
    remedy = "systemctl unmask pptp-hooks.socket && systemctl start pptp-hooks.socket"
    checked = vm.run("pptpctl", "check", "onenet", check=False).stdout
    assert remedy in checked, checked
    tunnel.start()
    tunnel.wait_for_message(f"({remedy})")
    vm.run("sh", "-c", remedy)
    vm.run("pptpctl reconnect onenet")
    vm.wait(lambda: is_told_of(vm, "onenet"), 20, "pptp-hooks is told")


def case_units_that_go_with_the_tunnel(vm):
    """systemd refuses a unit of Down= that requires the tunnel while that is being stopped, or has
    it start the tunnel again a moment later. check warns of it and of its like, and has nothing
    against them in Up=."""
    relations = ("Requires", "Requisite", "BindsTo", "PartOf")
    for relation in relations:
        vm.write(f"/run/systemd/system/told-{relation}@.service",
                 f"[Unit]\n{relation}=pptp@%i.service\n[Service]\nExecStart=/bin/true\n")
    units = " ".join(f"told-{relation}@%i.service" for relation in relations)
    vm.tunnel("other", more=f"[Hooks]\nUp={units}\n")
    checked = vm.run("pptpctl", "check", "other", check=False).stdout
    assert "systemd can start all units" in checked, checked
    vm.tunnel("onenet", more=f"[Hooks]\nDown={units}\n")
    checked = " ".join(vm.run("pptpctl", "check", "onenet", check=False).stdout.split())
    for relation in relations:
        unit = f"told-{relation}@onenet.service"
        warning = f"onenet.conf:11: Down={unit} has {relation}=pptp@onenet.service, so "
        assert warning in checked, checked
        assert f"take {relation}= out of it: systemctl edit --full {unit}" in checked, checked
