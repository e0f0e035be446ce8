# SPDX-License-Identifier: GPL-2.0-or-later
"""journalctl -x explains a failure: cause and remedy, out of the journal's catalog."""

# journalctl is systemd's.
EACH_RELEASE = True


def words(text):
    """The text without line ends and journalctl's shade."""
    return " ".join(text.replace("\N{LIGHT SHADE}", " ").split())


def paragraphs(text):
    """Of pptpctl explain ID: summary, explanation, remedy."""
    parts = [words(part) for part in text.split("\n\n")]
    remedy = next(part for part in parts if part.startswith("What mends it: "))
    return parts[0].partition(": ")[2], parts[1], remedy.partition(": ")[2]


def case_explains_failures(vm):
    "A password that is refused, a port where nothing listens, and encryption of another mode."
    vm.peer("stateful-128", address="192.0.2.9")
    failures = {
        "AUTH-01": vm.tunnel("one", password="wrong"),
        "NET-03": vm.tunnel("two", server="192.0.2.8"),
        "MPPE-02": vm.tunnel("three", server="192.0.2.9"),
    }
    vm.run("journalctl", "--update-catalog")
    for tunnel in failures.values():
        tunnel.start_in_background()
    for reason, tunnel in failures.items():
        tunnel.wait_for_reason(reason)
        shown = words(vm.run("journalctl", "-x", "-u", tunnel.unit, "--no-pager",
                             f"--after-cursor={vm.cursor}").stdout)
        for text in paragraphs(vm.run("pptpctl", "explain", reason).stdout):
            assert text and text in shown, f"{text!r} is not in: {shown}"
