# SPDX-License-Identifier: GPL-2.0-or-later
"""pptpctl explain reads what stock pppd and pptp-linux log when a server does not do what
they want, and what we log ourselves. The servers are the scripted ones; the logs come
straight from the journal."""

import missing

from guest import case_timeout, one_release

# Each pppd has words of its own.
EACH_RELEASE = True

ADDRESS = "192.0.2.9"

# Scenario of the server, options of pppd beyond the usual, the failure that it is.
ENCRYPTION = [
    ("contivity-2003", ["require-mppe-40", "nomppe-128", "mppe-stateful"], "MPPE-03"),
    ("onenet-2006", ["require-mppe-40", "require-mppe-128"], "MPPE-01"),
    ("onenet-2006", ["nomppe"], "MPPE-11"),
    ("stateful-128", ["require-mppe-128"], "MPPE-02"),
    ("no-ccp", ["require-mppe-128"], "MPPE-10"),
]

PASSWORD = [
    ("wrong-password", ["require-mppe-128"], "AUTH-01"),
    ("impostor", ["require-mppe-128"], "AUTH-08"),
    ("chap", ["require-mppe-128"], "AUTH-12"),
]

LINK = [
    ("goodbye", ["require-mppe-128"], "LCP-04"),
    ("ras-718", ["require-mppe-128"], "LCP-05"),
    ("busy", ["require-mppe-128"], "CTL-07"),
]


def stock_log(vm, scenario, options):
    """What the journal has of one attempt of stock pppd."""
    server = vm.peer(scenario, ADDRESS)
    cursor = vm.run("journalctl -n 0 --show-cursor").stdout.split("cursor: ")[-1].strip()
    unit = f"stock-{scenario}"
    vm.run("systemd-run", "--quiet", "--wait", "--collect", f"--unit={unit}",
           "--property=RuntimeMaxSec=20",
           "--property=BindReadOnlyPaths=/run/stock/chap-secrets:/etc/ppp/chap-secrets",
           "/usr/sbin/pppd", "nodetach", "pty", f"pptp {ADDRESS} --nolaunchpppd --nohostroute",
           "user", "vpn", "remotename", "pptpd", "ifname", "stock0", "noauth", "nobsdcomp",
           "nodeflate", "debug", "lcp-max-configure", "4", *options, check=False, timeout=40)
    server.stop()
    vm.run("journalctl", "--sync")
    # Not by unit: journald does not know that of a process that ended before its lines were read.
    return vm.run("journalctl", "-q", "-t", "pppd", "-t", "pptp", "-o", "short",
                  f"--after-cursor={cursor}").stdout


def check(vm, table):
    vm.write("/run/stock/chap-secrets", "vpn * secret *\n", mode=0o600)
    wrong = []
    for number, (scenario, options, expected) in enumerate(table):
        log = vm.scratch / f"{number}-{scenario}.log"
        log.write_text(stock_log(vm, scenario, options))
        text = vm.run("pptpctl", "explain", log, check=False).stdout
        if f"\n{expected}: " not in "\n" + text:
            wrong.append(f"{scenario}, {' '.join(options)}: {expected} expected\n{text}")
    assert not wrong, "\n\n".join(wrong)


@case_timeout(240)
def case_encryption(vm):
    "Why encryption was not agreed on is read from the packets of pppd's debug output."
    check(vm, ENCRYPTION)


@case_timeout(240)
def case_password(vm):
    "Why the password was refused."
    check(vm, PASSWORD)


@case_timeout(240)
def case_link(vm):
    "Why the link did not come up, or ended."
    check(vm, LINK)


@case_timeout(150)
def case_this_host(vm):
    "The kernel lacks the line discipline that stock pppd needs."
    missing.forbid_module(vm, "ppp_async")
    check(vm, [("good", ["require-mppe-128"], "SYS-03")])


@one_release
def case_our_own_debug_log(vm):
    "From our packets in the journal it concludes what the supervisor did, that one's words aside."
    vm.drop_in("[Service]\nEnvironment=SYSTEMD_LOG_LEVEL=debug\n")
    for scenario, expected in (("stateful-128", "MPPE-02"), ("busy", "CTL-07")):
        server = vm.peer(scenario, ADDRESS)
        tunnel = vm.tunnel(scenario, server=ADDRESS)
        tunnel.start_in_background()
        tunnel.wait_for_reason(expected)
        tunnel.stop()
        server.stop()
        log = vm.scratch / f"{scenario}.log"
        log.write_text("".join(f"pptp-supervisor[1]: {entry['MESSAGE']}\n"
                               for entry in tunnel.journal()
                               if not entry.get("PPTP_REASON") and "SYSLOG_IDENTIFIER" in entry
                               and entry["SYSLOG_IDENTIFIER"] == "pptp-supervisor"))
        text = vm.run("pptpctl", "explain", log, check=False).stdout
        assert f"\n{expected}: " in "\n" + text, f"{expected} expected:\n{text}\n{log.read_text()}"
