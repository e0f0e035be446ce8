# SPDX-License-Identifier: GPL-2.0-or-later
"""Packet sizes: a path that takes less than this host knows of, and says nothing."""

from guest import case_timeout

PATH_BYTES = 1400

# Both ways, whole packets and not fragments of them, in front of everything that would say so.
BLACK_HOLE = f"""
table ip hole {{
        chain in {{
                type filter hook prerouting priority raw;
                ip protocol gre meta length gt {PATH_BYTES} drop
        }}
        chain out {{
                type filter hook postrouting priority raw;
                ip protocol gre meta length gt {PATH_BYTES} drop
        }}
}}
"""


def dig_hole(vm):
    rules = vm.write("/run/hole.nft", BLACK_HOLE)
    vm.run_in_server("nft", "-f", str(rules))
    vm.at_end(vm.run_in_server, "nft", "delete", "table", "ip", "hole")


def large_pings_pass(vm):
    """As large as a TCP segment that was agreed on before the hole was there. In fragments, where
    the interface takes less by now."""
    ping = vm.run("ping -n -q -M dont -s 1400 -i 0.2 -w 2 -c 1 10.1.2.3", check=False)
    return ping.returncode == 0


@case_timeout(120)
def case_black_hole(vm):
    "It is named within 30 s, and then traffic flows."
    tunnel = vm.tunnel("onenet")
    tunnel.start()
    before = vm.ip("link", "show", "onenet")[0]["mtu"]
    assert large_pings_pass(vm)
    dig_hole(vm)
    assert not large_pings_pass(vm)
    vm.ping("10.1.2.3", count=1)

    vm.run("systemd-run --quiet --collect --unit=steady ping -n -q -i 1 -s 1400 10.1.2.3")
    vm.at_end(lambda: vm.run("systemctl stop steady", check=False))
    tunnel.wait_for_reason("NETC-08", 30)
    vm.wait(lambda: large_pings_pass(vm), 10, "traffic")
    after = vm.ip("link", "show", "onenet")[0]["mtu"]
    # 20 bytes of IP, 12 or 16 of GRE, 4 of PPP and 4 of MPPE, and the step of the search.
    assert PATH_BYTES - 44 - 16 <= after <= PATH_BYTES - 40, (before, after)
    told = tunnel.messages(PPTP_REASON="NETC-08")
    assert any("Large packets do not get through" in text for text in told), told
