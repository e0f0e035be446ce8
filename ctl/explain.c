/* SPDX-License-Identifier: GPL-2.0-or-later */

/* pptpctl explain: the catalogue by name, or the diagnosis of a log. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "core/diagnosis/diagnosis.h"
#include "ctl.h"
#include "explain-parts.h"

static const char *describe_class(const DiagnosisRow *row) {
        switch (row->class) {
        case DIAGNOSIS_TRANSIENT:
                return "The supervisor tries again by itself, with growing pauses.";
        case DIAGNOSIS_PERMANENT:
                return "The supervisor does not try again until the cause is mended.";
        case DIAGNOSIS_ADAPT:
                return row->exit_status == EX_TEMPFAIL ?
                        "The supervisor changes what is needed by itself, once, where the "
                        "configuration allows it; after that it tries again with growing pauses." :
                        "The supervisor asks for something else, once, where the configuration "
                        "allows it; after that it does not try again until the cause is mended.";
        case DIAGNOSIS_WARN:
        case DIAGNOSIS_INFORM:
                return "The connection goes on.";
        }

        return "";
}

static int explain_row(const DiagnosisRow *row) {
        printf("%s: %s\n\n", row->id, row->summary);
        ctl_print_paragraph(stdout, row->explanation, 2);
        explain_print_remedies(row, NULL);
        if (!row->message_id) {
                printf("\nThis is found in the logs of other programs: pptpctl explain FILE\n");
                return 0;
        }
        if (row->remedy) {
                putchar('\n');
                ctl_print_paragraph(stdout, describe_class(row), 0);
        }
        printf("\nIn the journal: journalctl MESSAGE_ID=%s\n", row->message_id);
        return 0;
}

/* Returns the exit status. */
static int explain_log(FILE *file, const char *path) {
        LogDiagnosis diagnosis;
        int r;

        r = explain_read_log(file, path, &diagnosis);
        if (r != 0)
                return r;

        r = explain_print_diagnosis(&diagnosis);
        log_diagnosis_done(&diagnosis);
        return r;
}

/* Returns the exit status. */
static int explain_file(const char *path) {
        FILE *file;
        int r;

        if (strcmp(path, "-") == 0) {
                if (isatty(STDIN_FILENO))
                        fprintf(stderr, "Paste the log and end it with Control-D.\n");
                return explain_log(stdin, path);
        }

        file = fopen(path, "re");
        if (!file) {
                fprintf(stderr, "pptpctl: %s is not in pptp-failures(7), and as a file: %s\n", path,
                        strerror(errno));
                return EX_NOINPUT;
        }

        r = explain_log(file, path);
        fclose(file);
        return r;
}

int ctl_explain(int argc, char **argv) {
        const DiagnosisRow *row;

        if (argc != 2) {
                fprintf(stderr, "usage: pptpctl explain ID|FILE|-\n");
                return EX_USAGE;
        }

        row = diagnosis_find_row(argv[1]);
        if (row)
                return explain_row(row);

        return explain_file(argv[1]);
}
