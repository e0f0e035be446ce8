/* SPDX-License-Identifier: GPL-2.0-or-later */

/* pptpctl explain: reads a log, or says which program makes a log of it. */

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "core/base/macros.h"
#include "ctl.h"
#include "explain-parts.h"

/* A log file, and whether its first bytes show that it is compressed. */
typedef struct LogFile {
        FILE *file;
        bool has_begun;
        const char *unpack; /* the program that makes a log of it, or NULL */
} LogFile;

/* The program that unpacks what begins with these bytes, or NULL if it is a text. */
static const char *find_unpacker(const char *text, size_t n_text) {
        static const struct {
                const char *magic;
                size_t n_magic;
                const char *program;
        } packers[] = {
                { "\x1f\x8b", 2, "zcat" },
                { "BZh", 3, "bzcat" },
                { "\xfd"
                  "7zXZ",
                  5, "xzcat" },
                { "\x28\xb5\x2f\xfd", 4, "zstdcat" },
                { "\xd4\xc3\xb2\xa1", 4, "tcpdump -nr" },
                { "\xa1\xb2\xc3\xd4", 4, "tcpdump -nr" },
                { "\x0a\x0d\x0d\x0a", 4, "tcpdump -nr" },
        };

        for (size_t i = 0; i < ELEMENTSOF(packers); i++)
                if (n_text >= packers[i].n_magic &&
                    memcmp(text, packers[i].magic, packers[i].n_magic) == 0)
                        return packers[i].program;

        return NULL;
}

/* A LogRead. -ENOTSUP: the file is packed. */
static ptrdiff_t read_file(void *context, char *buffer, size_t n_buffer) {
        LogFile *log = context;
        size_t n = fread(buffer, 1, n_buffer, log->file);

        if (n == 0 && ferror(log->file))
                return -errno;

        if (!log->has_begun)
                log->unpack = find_unpacker(buffer, n);
        log->has_begun = true;
        return log->unpack ? -ENOTSUP : (ptrdiff_t) n;
}

int explain_read_log(FILE *file, const char *path, LogDiagnosis *ret_diagnosis) {
        LogFile log = { .file = file };
        int r;

        r = log_diagnosis_read_from(read_file, &log, ret_diagnosis);
        if (log.unpack) {
                fprintf(stderr, "pptpctl: this is no text; try: %s %s | pptpctl explain -\n",
                        log.unpack, file == stdin ? "-" : "FILE");
                return EX_DATAERR;
        }
        if (r < 0) {
                fprintf(stderr, "pptpctl: %s: %s\n", path, strerror(-r));
                return r == -ENOMEM ? EX_OSERR : EX_NOINPUT;
        }

        return 0;
}
