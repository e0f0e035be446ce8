# SPDX-License-Identifier: GPL-2.0-or-later
"""What a server may have against us, as its packets tell it: the scripted peer refuses in
each of these ways, and the tunnel names the reason for it. Several at a time, each with a
server of its own."""

import concurrent.futures

from guest import case_timeout

ADDRESSES = [f"192.0.2.{last}" for last in range(4, 10)]

# Scenario of the peer, settings on top of it, the reason.
CONTROL = [
    ("start-general-error", {}, "CTL-01"),
    ("channel-exists", {}, "CTL-02"),
    ("not-authorised", {}, "CTL-03"),
    ("version", {}, "CTL-04"),
    ("refused", {}, "CTL-15"),
]

LINK = [
    ("no-dialin", {}, "AUTH-02"),
    ("logon-hours", {}, "AUTH-03"),
    ("disabled", {}, "AUTH-04"),
    ("expired", {}, "AUTH-05"),
    ("wrong-password", {"auth_error": 709}, "AUTH-06"),
    ("wrong-password", {"auth_error": 123}, "AUTH-07"),
    ("eap", {}, "AUTH-11"),
    ("ras-691", {"terminate_ras": 812}, "AUTH-17"),
    ("looped", {}, "LCP-01"),
    ("no-ipcp", {}, "IPCP-01"),
    ("no-address", {"ipcp_remote": "0.0.0.0"}, "IPCP-06"),
    ("good", {"ipcp_local": "127.0.0.1"}, "IPCP-03"),
    ("good", {"ipcp_local": "224.0.0.5"}, "IPCP-03"),
    ("good", {"ipcp_local": "255.255.255.255"}, "IPCP-03"),
    ("good", {"ipcp_remote": "224.0.0.5"}, "IPCP-08"),
    ("good", {"ipcp_remote": "127.0.0.1"}, "IPCP-08"),
    ("asks-40", {}, "MPPE-04"),
    ("ras-691", {"terminate_ras": 742}, "MPPE-11"),
]


def refused(vm, lane):
    """The reasons of these scenarios, one after the other, that are not as expected."""
    address, scenarios = lane
    wrong = []
    for scenario, changes, expected in scenarios:
        server = vm.peer(scenario, address, **changes)
        tunnel = vm.tunnel(f"to{address.rpartition('.')[2]}", server=address)
        tunnel.start_in_background()
        try:
            tunnel.wait_for_reason(expected, 60)
        except AssertionError as error:
            wrong.append(f"{scenario} {changes}: {error}")
        tunnel.stop()
        vm.run("systemctl", "reset-failed", tunnel.unit, check=False)
        server.stop()
    return wrong


def check(vm, table):
    """Each row of the table has its reason; as many at a time as there are servers."""
    lanes = [(address, table[number::len(ADDRESSES)]) for number, address in enumerate(ADDRESSES)]
    with concurrent.futures.ThreadPoolExecutor(len(lanes)) as executor:
        wrong = sum(executor.map(lambda lane: refused(vm, lane), lanes), [])
    assert not wrong, "\n".join(wrong)


@case_timeout(240)
def case_control_connection(vm):
    "It refuses the connection or the call."
    check(vm, CONTROL)


@case_timeout(300)
def case_link(vm):
    """It has something against the account or the method, has no address,
    or ends the link with a number."""
    check(vm, LINK)
