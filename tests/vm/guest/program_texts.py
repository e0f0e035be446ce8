# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads the tables of tests/program-texts, and knows which strings of a program belong into them.
Imports nothing of the guest: tests/check-program-texts uses it too."""

import dataclasses
import pathlib
import re


# Bytes of another kind that strings() may take for the beginning of a text.
STRAY_MAX = 3


@dataclasses.dataclass
class Text:
    """A line of a table."""
    place: str      # file and line
    section: str    # stage of the attempt, "harmless" or "other"
    rows: list      # the failure of the line alone, and of the attempt; empty: none
    form: str       # as the program has it, for printf
    values: list    # of its conversions, as far as they matter

    @property
    def message(self):
        """What the program prints, with the values, and others where none is given."""
        values = iter(self.values)
        return "".join(part if isinstance(part, str) else next(values, part.sample)
                       for part in parts(self.form))

    def covers(self, string):
        """Whether the table knows a string of the program by this line."""
        if "*" in self.form:
            pattern = ".*".join(map(re.escape, self.form.split("*")))
            return re.fullmatch(pattern, string) is not None
        # A byte of machine code before it may look like a letter.
        return string.endswith(self.form) and len(string) <= len(self.form) + STRAY_MAX


@dataclasses.dataclass
class Conversion:
    """Of printf, or of pppd's own, as "%m" and "%I"."""
    name: str

    SAMPLES = {"m": "Invalid argument", "I": "192.0.2.1", "c": "c", "f": "7.0", "P": "[LCP ConfReq id=0x1]",
               "d": "7", "u": "7", "x": "7", "X": "7", "i": "7"}

    @property
    def sample(self):
        return self.SAMPLES.get(self.name[-1], "anything")


def parts(form):
    """The literal parts and the conversions of a format string."""
    found = []
    for part in re.split(r"(%(?:%|[-+#0-9.*]*(?:ll|z|l|h)?[a-zA-Z]))", form):
        if part == "%%":
            found.append("%")
        elif part.startswith("%") and len(part) > 1:
            found.append(Conversion(part))
        elif part:
            found.append(part)
    return found


def read_table(path):
    """The lines of a table."""
    section, texts = None, []
    for number, line in enumerate(pathlib.Path(path).read_text(encoding="utf-8").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        place = f"{pathlib.Path(path).name}:{number}"
        heading = re.fullmatch(r"\[(harmless|other): .+\]|\[([a-z-]+)\]", line)
        if heading:
            section = heading[1] or heading[2]
            continue
        form, *values = line.split(" | ")
        rows = []
        if section not in ("harmless", "other"):
            match = re.fullmatch(r"([A-Z]+-\d+)(?:/([A-Z]+-\d+))? +(.+)", form)
            assert match, f"{place}: no failure is named"
            rows, form = [match[1], match[2] or match[1]], match[3]
        texts.append(Text(place, section, rows, form, values))
    return texts


# What errors have, and descriptions of options have seldom.
ERROR = re.compile(
    r"(?i)\b(?:can't|cannot|can not|could not|couldn't|did not|didn't|doesn't|not|no|fail\w*|"
    r"error\w*|invalid|bad|unable|denied|refus\w*|reject\w*|lost|too|unknown|unrecogni\w+|"
    r"unsupported|unexpected|unauthorized|illegal|missing|required?|requires|time-?out|timed out|"
    r"terminat\w*|discard\w*|sorry|warning|must|bogus|exhausted|disabl\w+|lacks|out of|shortage|"
    r"already|ignor\w+|incompatible|precludes|malformed|mismatch|expired|limit|wrong|never|dead|"
    r"closed|killed|hangup|disconnect\w*|locked|without)\b|: %[ms]$")


def is_error(string):
    """Whether a string of a program may be an error message."""
    return len(re.findall(r"[A-Za-z]{2,}", string)) >= 3 and ERROR.search(string) is not None


def strings(path):
    """The texts in a program: runs of four printable characters and more, as strings(1) finds."""
    data = pathlib.Path(path).read_bytes()
    return {run.decode() for run in re.findall(rb"[\x09\x20-\x7e]{4,}", data)}


def find_unknown(program, table):
    """The error messages of a program that its table does not have."""
    texts = read_table(table)
    return sorted(string.strip() for string in strings(program)
                  if is_error(string.strip())
                  and not any(text.covers(string.strip()) for text in texts))
