# SPDX-License-Identifier: GPL-2.0-or-later
"""What the catalogue says that pppd and pptp-linux print, held against the programs."""

import configparser
import functools
import pathlib

from guest.program_texts import find_unknown, parts, strings

# The host puts them there, see host/machine.py.
CATALOGUE = pathlib.Path("/run/host/results/catalogue.ini")
PROGRAM_TEXTS = pathlib.Path("/run/host/results/program-texts")

# Each program, and the table of what it prints.
PROGRAMS = {"/usr/sbin/pppd": "pppd", "/usr/sbin/pptp": "pptp-linux"}

# Each release has a pppd of its own, and so may have words of its own.
EACH_RELEASE = True

# So many characters of a text must be the program's own: "%s: %m" would stand for anything.
OWN_CHARACTERS = 6


def prints(text, message):
    """Whether a format string prints something that holds the message."""
    form = [element for part in parts(text)
            for element in (part if isinstance(part, str) else [None])]

    @functools.cache
    def match(i, k, own):
        """From the form's part i and the message's character k on, so many having been literal."""
        if k == len(message):
            return own >= min(OWN_CHARACTERS, len(message))
        if i == len(form):
            return False
        if form[i] is None:
            return match(i + 1, k, own) or match(i, k + 1, own)
        return form[i] == message[k] and match(i + 1, k + 1, own + 1)

    return any(match(i, 0, 0) for i in range(len(form)))


def read_texts():
    """(name of the row, text) of each LogText= line."""
    catalogue = configparser.ConfigParser(interpolation=None, delimiters=("=",),
                                          comment_prefixes=("#",), default_section="")
    catalogue.optionxform = str
    catalogue.read_string(CATALOGUE.read_text(encoding="utf-8"))
    return [(row, text) for row in catalogue.sections()
            for text in catalogue[row].get("LogText", "").splitlines()]


def case_log_texts(vm):
    "Each LogText= of the catalogue is printed by the packaged pppd or pptp-linux."
    known = set().union(*(strings(program) for program in PROGRAMS))
    assert len(known) > 500, "the programs hold hardly any text"
    assert prints("connect: %s", "connect: Connection refused")
    assert not prints("connect: %s", "Connection refused"), "anything would do"

    texts = read_texts()
    assert len(texts) > 60, f"only {len(texts)} texts"
    missing = [f"[{row}] {text}" for row, text in texts
               if not any(text in string for string in known)
               and not any("%" in string and prints(string, text) for string in known)]
    assert not missing, "printed by neither (OtherText= is for those of other programs):\n" + \
        "\n".join(missing)


def case_program_errors(vm):
    "Each error message of the packaged pppd and pptp-linux is in the table of its program."
    unknown = [f"{program}: {string}" for program, table in PROGRAMS.items()
               for string in find_unknown(program, PROGRAM_TEXTS / table)]
    assert not unknown, "not in tests/program-texts, whose README.md says what to do:\n" + \
        "\n".join(unknown)
