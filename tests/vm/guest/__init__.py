# SPDX-License-Identifier: GPL-2.0-or-later
"""The guest's side of the tests. A file in tests/vm/cases needs only what is imported here:

    from guest import each_release

    @each_release
    def case_pings_through_the_tunnel(vm):
        "What a failure means, in a sentence."
        tunnel = vm.tunnel("onenet")
        tunnel.start()
        vm.ping("10.1.2.3")
        tunnel.stop()

vm is a Machine of machine.py, made anew for each case. What a case starts or writes through it is
stopped and put back when the case ends, and then the system must be as it was before (state.py).
"""


def case_timeout(seconds):
    """For a case that needs more than runner.CASE_SECONDS."""
    def decorate(function):
        function.timeout = seconds
        return function
    return decorate


def only(*releases):
    """For a case that makes sense on these Debian releases only: literals, which the host reads."""
    assert releases
    return lambda function: function


def each_release(function):
    """For a case whose outcome depends on what differs between the releases: pppd, for which the
    plugin is built anew, or what systemd does with the unit. The others run on one of them, each
    time the same, unless they are asked for by name (select_for() in ../run). EACH_RELEASE = True
    in a file says so of all its cases."""
    return function


def one_release(function):
    """For a case in a file of EACH_RELEASE whose outcome is the supervisor's own decision, about
    packets and errors that are the same on each, or of which another case there shows the part that
    depends on the release."""
    return function


class Skip(Exception):
    """Raised by a case that cannot run here; its text says why."""
