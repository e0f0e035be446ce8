/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Programs that crashed, as the kernel or systemd says, or as their silence shows. */

#include <stdio.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/explain/log-judge.h"
#include "core/explain/log-parser.h"

/* The kernel knows a program by so many characters of its name (TASK_COMM_LEN less the NUL). */
#define NAME_MAX_CHARS 15

/* A program that PPTP needs, by the beginning of its name; and what to do about it. */
typedef struct Program {
        const char *name;
        bool is_manager; /* of NetworkManager */
        const char *remedy;
} Program;

static const Program programs[] = {
        { "pppd", false, "a plugin of pppd may be at fault as well: see its \"plugin\" lines" },
        { "pptpconfig", false, "dial with \"pon NAME\" until it is updated" },
        { "pptp", false, NULL },
        { "kvpnc", false, "dial with \"pon NAME\" until it is updated" },
        { "nm-pptp-service", true, "it is a part of the package network-manager-pptp" },
        { "nm-pptp-auth", true,
          "it is the dialog that asks for the password: update network-manager-pptp "
          "(-gnome), or store the password in the connection, so that nothing has to ask" },
        { "nm-ppp-auth", true,
          "it is the dialog that asks for the password: update network-manager-pptp "
          "(-gnome), or store the password in the connection, so that nothing has to ask" },
        { "NetworkManager", true, "dial with \"pon NAME\" until it is updated" },
};

/* Returns the program of PPTP whose name a text begins with, or NULL. */
static const Program *find_program(const char *name) {
        for (size_t i = 0; i < ELEMENTSOF(programs); i++)
                if (strncmp(name, programs[i].name, strlen(programs[i].name)) == 0)
                        return &programs[i];

        return NULL;
}

/*
 * Finds the name of the program: "traps: pppd[12] general protection", "pppd[12]: segfault at", or
 * systemd-coredump's "Process 12 (pppd) of user 0 dumped core." Returns its length, or 0.
 */
static size_t find_name(const char *message, const char **ret_name) {
        static const char traps[] = "traps: ", process[] = "Process ";
        const char *name = message;

        if (strncmp(name, process, strlen(process)) == 0) {
                name = strchr(name, '(');
                if (!name)
                        return 0;
                *ret_name = ++name;
                return strcspn(name, ")");
        }

        /* "[    9.123456] " and the like, where the log has the kernel's own time. */
        if (*name == '[' && strstr(name, "] "))
                name = strstr(name, "] ") + 2;
        if (strncmp(name, traps, strlen(traps)) == 0)
                name += strlen(traps);
        *ret_name = name;
        return strcspn(name, "[ ");
}

/*
 * Whether it is the process of pptp-linux for the control connection, which later versions name so;
 * their process for GRE is "pptpgw".
 */
static bool is_call_manager(const char *name, size_t n) {
        return (n == strlen("pptp") && strncmp(name, "pptp", n) == 0) ||
                strncmp(name, "pptpcm", strlen("pptpcm")) == 0;
}

void log_attempt_judge_vanished(LogOpenAttempt *a) {
        const LogHit *lost = log_attempt_find_hit(a, CATALOGUE_GRE_06);
        LogAttempt *attempt = &a->attempt;

        /* However else pppd ends, it says so; mostly before pptp-linux notices. */
        if (attempt->verdict.row || !lost || !attempt->was_up || !a->has_begun || !a->has_pppd ||
            a->terminated || a->told_to_end || a->ip_down > 0 || a->control.closed)
                return;

        attempt->verdict = (Verdict){ .row = &catalogue_rows[CATALOGUE_PPPD_02] };
        attempt->is_likely = true;
        snprintf(attempt->verdict.detail, sizeof(attempt->verdict.detail),
                 "pppd ended without a last word (\"Connection terminated\"): it was killed "
                 "(kill -9, or for want of memory), or it crashed");
        attempt->n_evidence = 0;
        log_attempt_add_evidence(attempt, lost->line, lost->text);
}

void log_attempt_note_crash(LogOpenAttempt *a, const LogInput *input) {
        const char *name = NULL;
        const Program *program;
        LogHit *hit;
        size_t n;

        if (!log_input_has(input, LOG_PHRASE_CRASH))
                return;

        n = find_name(input->line->text + input->tag.message, &name);
        program = n > 0 ? find_program(name) : NULL;
        if (!program)
                return;

        a->by_network_manager = a->by_network_manager || program->is_manager;
        a->control.crashed = a->control.crashed || is_call_manager(name, n);
        hit = log_attempt_add_hit(a, input, CATALOGUE_PPPD_02);
        if (hit)
                snprintf(hit->detail, sizeof(hit->detail), "the program %.*s crashed%s%s",
                         (int) MIN(n, (size_t) NAME_MAX_CHARS), name, program->remedy ? "; " : "",
                         program->remedy ?: "");
}
