# SPDX-License-Identifier: GPL-2.0-or-later
"""All faults of tests/vm/guest/faults.py, with stock pppd beside our client in each."""

import io
import sys
import tempfile

sys.path.insert(0, "/run/host/tests")

# pylint: disable=wrong-import-position
from guest import faults, machine

# Together as many as an emulated machine bears.
GROUPS = (("path", "uplink"), ("server", "peer", "long"), ("names", "weather"))


def run():
    """Prints a table, longer after each group, and what ours did not do as it should;
    returns the exit status."""
    outcomes = []
    for groups in GROUPS:
        print(f"# {', '.join(groups)}", file=sys.stderr, flush=True)
        vm = machine.Machine("faults", tempfile.mkdtemp(dir="/run"), io.StringIO())
        try:
            outcomes += faults.run(
                vm, [fault for fault in faults.FAULTS if fault.group in groups], stock=True)
        finally:
            vm.clean_up()
        print(faults.table(outcomes), flush=True)
    complaints = [f"{outcome.fault.name}: {complaint}" for outcome in outcomes
                  for complaint in outcome.complaints if outcome.client == faults.Ours.name]
    print("\n".join(complaints))
    return 1 if complaints else 0
