# SPDX-License-Identifier: GPL-2.0-or-later
"""Whatever breaks between here and the server, the tunnel notices, says what it was, and comes back by
itself. guest/faults.py has the faults; those of a case happen at the same time, each in a lane of its
own. What was measured is in faults.GROUP.md of the results."""

import pathlib

from guest import case_timeout, faults

RESULTS = pathlib.Path("/run/host/results")


def weather(vm, group):
    outcomes = faults.run(vm, [fault for fault in faults.FAULTS if fault.group == group])
    text = faults.table(outcomes)
    (RESULTS / f"faults.{group}.md").write_text(text)
    print(text)
    complaints = [f"{outcome.fault.name}: {complaint}" for outcome in outcomes
                  for complaint in outcome.complaints]
    assert not complaints, "\n".join(complaints)


@case_timeout(240)
def case_on_the_path(vm):
    "GRE alone, or everything, is dropped or rejected on the way."
    weather(vm, "path")


@case_timeout(240)
def case_at_the_uplink(vm):
    "The uplink goes down, flaps, changes its address, or gives way to another."
    weather(vm, "uplink")


@case_timeout(240)
def case_at_the_server(vm):
    "The server dies, stops, or is full."
    weather(vm, "server")


@case_timeout(240)
def case_a_server_that_misbehaves(vm):
    "It hangs up at once, says nothing, or half of something."
    weather(vm, "peer")


@case_timeout(240)
def case_of_name_resolution(vm):
    "The name server fails, hangs, or has another answer than before."
    weather(vm, "names")


@case_timeout(240)
def case_in_bad_weather(vm):
    "Packets are lost, late, or out of order."
    weather(vm, "quality")
