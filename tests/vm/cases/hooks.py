# SPDX-License-Identifier: GPL-2.0-or-later
"""Units that are started when a tunnel has come up, and when it is no longer."""

import pathlib

TOLD = pathlib.Path("/run/told")

UNIT = """[Service]
Type=oneshot
EnvironmentFile=/run/pptp-hooks/%i.{event}
ExecStart=/bin/sh -c 'echo "$EVENT $INTERFACE $ADDRESS $FAILURE_1_REASON" >>{told}'
"""


def case_up_and_down(vm):
    """Up= and Down= are started once for each change, with what happened, and not by a reload. A
    unit that is not there is a warning. The ends: pppd is killed, the supervisor is, a stop."""
    for event in ("up", "down"):
        vm.write(f"/run/systemd/system/told-{event}@.service",
                 UNIT.format(event=event, told=TOLD))
    vm.at_end(lambda: TOLD.unlink(missing_ok=True))
    tunnel = vm.tunnel("onenet", more="[Hooks]\nUp=told-up@%i.service missing.service\n"
                       "Down=told-down@%i.service\n")
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
                            "Unit missing.service not found, ignoring")
    vm.wait(lambda: "Hooks: Up=missing.service" in " ".join(
        vm.run("pptpctl", "status", "onenet").stdout.split()), 5, "pptpctl status tells")
    assert tunnel.state == "active", tunnel.status

    checked = vm.run("pptpctl", "check", "onenet", check=False).stdout
    assert "onenet.conf:11: Up=missing.service will not be started" in checked, checked

    vm.run("systemctl", "reload", tunnel.unit)
    vm.run("pkill", "-KILL", "-x", "pppd", "-P", tunnel.show("MainPID"))
    vm.wait(lambda: TOLD.read_text().count("\n") >= 3, 20, "it is up again")
    down = TOLD.read_text().splitlines()[1]
    reason = down.removeprefix(up.replace("up", "down", 1))
    assert reason, down
    wait_for(down, up + reason)

    tunnel.kill()
    wait_for(up.replace("up", "down", 1), up)
    tunnel.stop()
    wait_for(up.replace("up", "down", 1))
    vm.wait(lambda: "pptp-hooks@" not in vm.run(
        "systemctl", "list-units", "--all", "--plain", "--no-legend", "pptp-hooks@*").stdout, 5,
        "no process is left")
    told_of_it = [entry["MESSAGE"] for entry in tunnel.journal() if "Hooks" in entry["MESSAGE"]]
    assert len(told_of_it) == 3, told_of_it
