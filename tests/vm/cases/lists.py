# SPDX-License-Identifier: GPL-2.0-or-later
"""DestinationFile=: many prefixes from a file, in the sandbox of the unit."""

import time

from guest import case_timeout

FILE = "/etc/pptp/conf.d/onenet.conf"
LIST = "/etc/pptp/onenet.prefixes"
MANY = 20000


def write_list(vm, n_prefixes, more=""):
    lines = [f"10.{n >> 8}.{n & 255}.0/24\n" for n in range(n_prefixes)]
    vm.write(LIST, "# of the registry\n" + "".join(lines) + more)


def count_routes(vm):
    return int(vm.run("ip route show proto pptp | wc -l").stdout)


@case_timeout(120)
def case_many_prefixes(vm):
    "All are there with READY; a reload reads the file again; a bogus line changes nothing."
    tunnel = vm.tunnel("onenet")
    write_list(vm, MANY)
    vm.write(FILE, "[Tunnel]\nServer=192.0.2.2\n"
                   "[Authentication]\nUser=vpn\nPasswordFile=/etc/pptp/onenet.password\n"
                   "[Route]\nDestinationFile=/etc/pptp/%i.prefixes\n")
    tunnel.start()
    assert count_routes(vm) == MANY, count_routes(vm)
    vm.ping("10.1.2.3")

    write_list(vm, MANY, "172.16.0.0/12 # the halls\n")
    vm.run("systemctl", "reload", tunnel.unit)
    assert count_routes(vm) == MANY + 1, count_routes(vm)
    tunnel.wait_for_message("Reloaded: routes +1 -0")

    write_list(vm, MANY - 1, "10.0.0.1/8\n")
    assert vm.run("systemctl", "reload", tunnel.unit, check=False).returncode != 0
    tunnel.wait_for_message(f"{LIST}:{MANY + 1}: this line has host bits set; write one prefix a line")
    assert count_routes(vm) == MANY + 1, count_routes(vm)

    # Nothing waits for the end of a long change.
    write_list(vm, MANY)
    tunnel.stop()
    vm.run("systemctl", "start", "--no-block", tunnel.unit)
    deadline = time.monotonic() + 60
    while count_routes(vm) == 0:
        assert time.monotonic() < deadline
    tunnel.stop()
    assert count_routes(vm) == 0, count_routes(vm)
