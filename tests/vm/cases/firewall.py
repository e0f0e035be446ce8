# SPDX-License-Identifier: GPL-2.0-or-later
"""GRE is lost: here, where the journal has the rule that mends it, or anywhere on the path."""

import re

from guest import case_timeout

# A firewall as they are: replies may come in. That covers TCP, and not the server's GRE.
FIREWALL = """
table inet guard {
        chain from_outside {
                type filter hook input priority filter; policy drop
                iif "lo" accept
                ct state established,related accept
                ip protocol icmp accept
        }
}
"""


def add_rules(vm, text, run):
    """Loads rules, of one table, with a function that runs commands; they go with the case."""
    family, name = text.split()[1:3]
    vm.at_end(run, f"nft delete table {family} {name} 2>/dev/null || true")
    run(f"nft -f - <<'RULES'\n{text}\nRULES")


@case_timeout(150)
def case_dropped_by_the_local_firewall(vm):
    "GRE-02: frames arrive at the uplink and pppd sees none; the rule in the journal mends it."
    add_rules(vm, FIREWALL, vm.run)
    tunnel = vm.tunnel("onenet")
    said = tunnel.start_and_fail("GRE-02", "own firewall", seconds=60)["MESSAGE"]
    rule = re.search("mend it with: (nft [^)]*)", said)
    assert rule and "192.0.2.2" in rule[1], said
    vm.run(rule[1])
    tunnel.wait_for_state("active", 40)
    vm.ping("10.1.2.3")


@case_timeout(150)
def case_dropped_on_the_path(vm):
    "GRE-01: nothing arrives at all; and once the path lets GRE through, the tunnel comes up."
    add_rules(vm, """table netdev path {
        chain ingress {
                type filter hook ingress device "uplink1" priority 0
                ip protocol gre drop
        }
        chain egress {
                type filter hook egress device "uplink1" priority 0
                ip protocol gre drop
        }
}""", vm.run_in_server)
    tunnel = vm.tunnel("onenet")
    said = tunnel.start_and_fail("GRE-01", "none came back", seconds=60)["MESSAGE"]
    assert "nft" not in said, said
    vm.run_in_server("nft delete table netdev path")
    tunnel.wait_for_state("active", 40)


@case_timeout(150)
def case_refused_by_the_server_s_router(vm):
    "GRE-03: an ICMP message says that the host which answered does not take GRE."
    add_rules(vm, """table ip path {
        chain input {
                type filter hook input priority 0
                ip protocol gre reject with icmp type prot-unreachable
        }
}""", vm.run_in_server)
    vm.tunnel("onenet").start_and_fail("GRE-03", "does not take GRE", seconds=60)


@case_timeout(150)
def case_may_not_be_sent(vm):
    "GRE-04: a rule in the output chain. No number of tries changes that."
    add_rules(vm, """table inet filter {
        chain output {
                type filter hook output priority filter
                ip protocol gre drop
        }
}""", vm.run)
    vm.tunnel("onenet").start_and_fail("GRE-04", "forbids sending GRE", status=71, seconds=60)
