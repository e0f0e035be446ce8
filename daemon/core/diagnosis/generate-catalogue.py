#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Turns catalogue.ini into C, a journal catalog or a manual page.

usage: generate-catalogue.py header|source|journal|manual CATALOGUE.INI OUTPUT

The catalogue is checked first; what is wrong with it ends the build with its section's name.
"""

import configparser
import re
import sys
import textwrap

CLASSES = {
    "transient": "DIAGNOSIS_TRANSIENT",
    "permanent": "DIAGNOSIS_PERMANENT",
    "adapt": "DIAGNOSIS_ADAPT",
    "warn": "DIAGNOSIS_WARN",
    "inform": "DIAGNOSIS_INFORM",
    "event": "DIAGNOSIS_INFORM",
    # Of another program, and found only in its log: no tunnel of ours ends with it.
    "elsewhere": "DIAGNOSIS_TRANSIENT",
    "harmless": "DIAGNOSIS_INFORM",
}

# Classes of rows that the supervisor never logs, and that have no MESSAGE_ID therefore.
FOREIGN_CLASSES = ("elsewhere", "harmless")

REACTIONS = {
    "transient": "It is tried again by itself, with growing pauses.",
    "permanent": "It is not tried again: the unit fails until the cause is mended.",
    "adapt": "The supervisor changes what is needed by itself, once, where the configuration "
             "allows it; after that it is tried again with growing pauses.",
    "warn": "The connection goes on.",
    "inform": "The connection goes on.",
}

EXIT_STATUS = {
    "EX_UNAVAILABLE": 69,
    "EX_OSERR": 71,
    "EX_TEMPFAIL": 75,
    "EX_PROTOCOL": 76,
    "EX_NOPERM": 77,
    "EX_CONFIG": 78,
}

GROUPS = {
    "CFG": "CONFIGURATION",
    "SYS": "THIS HOST",
    "NET": "REACHING THE SERVER",
    "CTL": "CONTROL CONNECTION",
    "GRE": "GRE",
    "LCP": "LINK",
    "AUTH": "AUTHENTICATION",
    "MPPE": "ENCRYPTION",
    "IPCP": "ADDRESSES",
    "PPPD": "PPPD",
    "NETC": "AFTER CONNECTING",
    "NAME": "NAMES",
    "NM": "NETWORKMANAGER",
    "SRV": "ON A SERVER",
}

KEYS = {
    "MessageID", "Class", "ExitStatus", "RetryAfterSec", "Summary", "Explanation", "Remedy",
    "PppdRemedy", "LogText", "OtherText",
}


class Row:
    """One section of the catalogue."""

    def __init__(self, id, section):
        unknown = set(section) - KEYS
        if unknown:
            fail(id, f"unknown key {sorted(unknown)[0]}")

        self.id = id
        self.kind = section.get("Class", "")
        self.message_id = section.get("MessageID", "")
        self.exit_name = section.get("ExitStatus")
        self.retry_after_sec = int(section.get("RetryAfterSec", "0"))
        self.summary = unfold(section.get("Summary", ""))
        self.paragraphs = paragraphs(section.get("Explanation", ""))
        self.remedy = unfold(section.get("Remedy", ""))
        self.pppd_remedy = unfold(section.get("PppdRemedy", ""))
        self.log_texts = section.get("LogText", "").splitlines()
        for line in section.get("OtherText", "").splitlines():
            program, colon, text = line.partition(": ")
            if not program or not colon or not text:
                fail(id, f"OtherText={line} is not PROGRAM: TEXT")
            self.log_texts.append(text)
        self.check()

    def check(self):
        if self.kind not in CLASSES:
            fail(self.id, f"Class={self.kind} is none")
        if self.is_foreign and self.message_id:
            fail(self.id, "MessageID= belongs to what the supervisor logs")
        if not self.is_foreign and not re.fullmatch("[0-9a-f]{32}", self.message_id):
            fail(self.id, "MessageID= is not 32 hexadecimal digits")
        if self.kind == "permanent" and self.exit_name is None:
            fail(self.id, "ExitStatus= is missing")
        if self.kind not in ("permanent", "adapt") and self.exit_name is not None:
            fail(self.id, "ExitStatus= belongs to failures that can be permanent")
        if self.exit_name is not None and self.exit_name not in EXIT_STATUS:
            fail(self.id, f"ExitStatus={self.exit_name} is none")
        if self.retry_after_sec > 0 and self.kind != "transient":
            fail(self.id, "RetryAfterSec= belongs to transient failures")
        if not self.summary or self.summary.endswith("."):
            fail(self.id, "Summary= is a clause without a full stop")
        if not self.paragraphs:
            fail(self.id, "Explanation= is missing")
        if not self.is_event and not self.remedy:
            fail(self.id, "Remedy= is missing")
        if not self.is_event and self.group not in GROUPS:
            fail(self.id, "its group has no title")

    @property
    def is_event(self):
        return self.kind == "event"

    @property
    def is_foreign(self):
        return self.kind in FOREIGN_CLASSES

    @property
    def group(self):
        return self.id.split("-")[0]

    @property
    def symbol(self):
        return "CATALOGUE_" + self.id.replace("-", "_")

    @property
    def reaction(self):
        if self.kind == "adapt" and self.exit_name is not None:
            return ("The supervisor asks for something else, once, where the configuration "
                    "allows it; after that it is not tried again: the unit fails until the cause "
                    "is mended.")
        return REACTIONS[self.kind]

    @property
    def exit_status(self):
        if self.exit_name is not None:
            return EXIT_STATUS[self.exit_name]
        return EXIT_STATUS["EX_TEMPFAIL"] if self.kind in ("transient", "adapt") else 0


def fail(id, message):
    sys.exit(f"catalogue: [{id}] {message}")


def unfold(text):
    return " ".join(text.split())


def paragraphs(text):
    return [unfold(p) for p in re.split(r"\n\s*\n", text) if p.strip()]


def read_rows(path):
    parser = configparser.ConfigParser(
        interpolation=None, delimiters=("=",), comment_prefixes=("#",), default_section="")
    parser.optionxform = str
    with open(path, encoding="utf-8") as file:
        parser.read_file(file)

    rows = [Row(id, parser[id]) for id in parser.sections()]
    seen = {}
    for row in rows:
        if row.message_id and row.message_id in seen:
            fail(row.id, f"has the MessageID= of [{seen[row.message_id]}]")
        seen[row.message_id] = row.id

    # The table has the failures first: their index is the enum's value.
    return sorted(rows, key=lambda row: row.is_event)


def c_string(text):
    if not text:
        return "NULL"
    text = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{text}"'


def write_header(rows):
    yield "/* Generated from catalogue.ini. */"
    yield "#pragma once"
    yield ""
    yield '#include "core/diagnosis/diagnosis.h"'
    yield ""
    yield "/* Indices of the failures in catalogue_rows[]. */"
    yield "typedef enum CatalogueIndex {"
    for row in rows:
        if not row.is_event:
            yield f"        {row.symbol},"
    yield "        CATALOGUE_N_FAILURES,"
    yield "} CatalogueIndex;"
    yield ""
    yield "/* What a row's name begins with. */"
    yield "typedef enum CatalogueGroup {"
    for group in GROUPS:
        yield f"        CATALOGUE_GROUP_{group},"
    yield "        CATALOGUE_GROUP_EVENT,"
    yield "} CatalogueGroup;"
    yield ""
    yield "/* MESSAGE_ID of what is worth an entry in the journal and is no failure. */"
    for row in rows:
        if row.is_event:
            yield f'#define CATALOGUE_MESSAGE_{row.id.replace("-", "_")} "{row.message_id}"'
    yield ""
    yield "/* The failures, then the events. */"
    yield f"#define CATALOGUE_N_ROWS {len(rows)}"
    yield "extern const DiagnosisRow catalogue_rows[CATALOGUE_N_ROWS];"
    yield "extern const CatalogueGroup catalogue_groups[CATALOGUE_N_ROWS];"
    yield ""
    yield "/* The group of a row, which must be one of catalogue_rows[]. */"
    yield "static inline CatalogueGroup catalogue_row_group(const DiagnosisRow *row) {"
    yield "        return catalogue_groups[row - catalogue_rows];"
    yield "}"
    yield ""
    yield "/* What other software prints in such a case. */"
    yield "typedef struct CatalogueLogText {"
    yield "        const char *text;"
    yield "        CatalogueIndex row;"
    yield "} CatalogueLogText;"
    yield ""
    yield f"#define CATALOGUE_N_LOG_TEXTS {sum(len(row.log_texts) for row in rows)}"
    yield "extern const CatalogueLogText catalogue_log_texts[CATALOGUE_N_LOG_TEXTS];"


def write_source(rows):
    yield "/* Generated from catalogue.ini. */"
    yield ""
    yield '#include "core/diagnosis/catalogue.h"'
    yield ""
    yield "const DiagnosisRow catalogue_rows[CATALOGUE_N_ROWS] = {"
    for row in rows:
        yield "        {"
        yield f"                .id = {c_string(row.id)},"
        yield f"                .message_id = {c_string(row.message_id)},"
        yield f"                .class = {CLASSES[row.kind]},"
        yield f"                .exit_status = {row.exit_status},"
        yield f"                .retry_after_sec = {row.retry_after_sec},"
        yield f"                .summary = {c_string(row.summary)},"
        explanation = "\n\n".join(row.paragraphs)
        yield f"                .explanation = {c_string(explanation)},"
        yield f"                .remedy = {c_string(row.remedy)},"
        yield f"                .pppd_remedy = {c_string(row.pppd_remedy)},"
        yield "        },"
    yield "};"
    yield ""
    yield "const CatalogueGroup catalogue_groups[CATALOGUE_N_ROWS] = {"
    for row in rows:
        group = "EVENT" if row.is_event else row.group
        yield f"        CATALOGUE_GROUP_{group},"
    yield "};"
    yield ""
    yield "const CatalogueLogText catalogue_log_texts[CATALOGUE_N_LOG_TEXTS] = {"
    for row in rows:
        for text in row.log_texts:
            yield f"        {{ {c_string(text)}, {row.symbol} }},"
    yield "};"


def write_journal(rows):
    for row in (row for row in rows if not row.is_foreign):
        yield f"-- {row.message_id}"
        yield f"Subject: {row.summary}" + ("" if row.is_event else f" ({row.id})")
        yield "Defined-By: pptp-supervisor"
        yield "Documentation: man:pptp-failures(7)"
        yield ""
        for paragraph in row.paragraphs:
            yield from textwrap.wrap(paragraph, 78, break_on_hyphens=False)
            yield ""
        if row.is_event:
            continue
        yield from textwrap.wrap("Remedy: " + row.remedy, 78, break_on_hyphens=False)
        yield ""
        yield from textwrap.wrap(row.reaction, 78)
        yield ""


# mdoc(7)'s macros that are also words: one of these begins a line or follows a macro, and is taken
# for it.
MDOC_WORDS = re.compile(r"(?<![^ ])(An|Ap|Ar|At|Bx|Do|Eo|Er|Es|Ft|In|It|No|Nm|Of|On|Op|Pa|So|To|Ux|"
                        r"Up|Us|We)(?![^ .,;:)])")


def roff(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text[:1] in (".", "'") else text


def roff_heading(text):
    """Text behind a macro, in which the names of further macros count."""
    return MDOC_WORDS.sub(r"\&\1", roff(text))


def roff_sentences(text):
    """A new line for each sentence, as roff wants it."""
    lines = []
    for sentence in re.split(r"(?<=[.;:]) (?=[A-Z])", text):
        lines += [roff(line) for line in textwrap.wrap(sentence, 72, break_on_hyphens=False)]
    return lines


MANUAL_HEAD = """\
.\\" SPDX-License-Identifier: GPL-2.0-or-later
.\\" Generated from catalogue.ini.
.Dd November 21, 2026
.Dt PPTP-FAILURES 7
.Os
.Sh NAME
.Nm pptp-failures
.Nd what goes wrong with PPTP connections, and what mends it
.Sh DESCRIPTION
When a tunnel fails, its supervisor says so in the journal, and names one of
the failures below.
.Ql journalctl -x
shows the explanation along with the entry, and
.Xr pptpctl 8
.Cm explain
shows it for a name, or finds the name in a log that another program wrote.
.Pp
Each failure is of one of five classes.
.Bl -tag -width transient
.It transient
The connection is tried again by itself, with growing pauses.
.It permanent
Trying again would not help, or would do harm.
The unit fails with the exit status that is given below.
.It adapt
The same server is called once more at once, with one change that the journal
names, if the configuration allows one.
Otherwise, or if that fails too, it is permanent where an exit status is given
below, and else transient.
.It warn
The connection works, but not as it should.
.It inform
Nothing is wrong.
.El
.Pp
Failures of NetworkManager and of servers are found by
.Xr pptpctl 8
.Cm explain
in the logs of those programs, and have no class."""


def write_manual(rows):
    yield MANUAL_HEAD
    failures = [row for row in rows if not row.is_event]
    for group, title in GROUPS.items():
        yield f".Sh {title}"
        for row in (row for row in failures if row.group == group):
            yield f".Ss {row.id}: {roff_heading(row.summary)}"
            for paragraph in row.paragraphs:
                yield from roff_sentences(paragraph)
                yield ".Pp"
            yield from roff_sentences("Remedy: " + row.remedy)
            if row.is_foreign:
                continue
            yield ".Pp"
            if row.pppd_remedy:
                yield from roff_sentences(f"With pppd alone: {row.pppd_remedy}.")
                yield ".Pp"
            status = f", exit status {row.exit_status}" if row.exit_name else ""
            yield f"Class: {row.kind}{status}."
            yield "Journal:"
            yield f".Dv MESSAGE_ID={row.message_id}"
    yield ".Sh EVENTS"
    yield "These are no failures, and have a journal entry of their own."
    for row in (row for row in rows if row.is_event):
        yield f".Ss {row.id}: {roff_heading(row.summary)}"
        for paragraph in row.paragraphs:
            yield from roff_sentences(paragraph)
            yield ".Pp"
        yield "Journal:"
        yield f".Dv MESSAGE_ID={row.message_id}"
    yield ".Sh SEE ALSO"
    yield ".Xr journalctl 1 ,"
    yield ".Xr pptp.conf 5 ,"
    yield ".Xr pppd 8 ,"
    yield ".Xr pptpctl 8"


WRITERS = {
    "header": write_header,
    "source": write_source,
    "journal": write_journal,
    "manual": write_manual,
}


def main():
    if len(sys.argv) != 4 or sys.argv[1] not in WRITERS:
        sys.exit(__doc__)

    rows = read_rows(sys.argv[2])
    text = "\n".join(WRITERS[sys.argv[1]](rows)) + "\n"
    with open(sys.argv[3], "w", encoding="utf-8") as file:
        file.write(text)


main()
