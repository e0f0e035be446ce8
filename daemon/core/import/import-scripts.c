/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The scripts that pppd runs when a link is up and when it is gone: Debian's /etc/ppp/ip-up with
 * ip-up.local and the scripts in ip-up.d, and the same for ip-down; or those of the option
 * ip-up-script. Routes are carried over; what else they do for this tunnel is named.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/import/import-internal.h"
#include "core/import/import-shell.h"

#define SUBJECT_MAX_BYTES 160

/* Scripts of Debian's packages, and why the tunnel does not need them. */
static const struct {
        const char *name, *reason;
} known_scripts[] = {
        { "0000usepeerdns", "not needed: it writes name servers for pppd's usepeerdns" },
        { "000resolvconf", "not needed: it writes name servers for pppd's usepeerdns" },
};

typedef struct Run {
        Importer *i;
        const char *path;
        bool going_down;
        bool is_pppds_own; /* ip-up itself, which goes on to call the others */
        unsigned n_others; /* commands that are run for every link */
} Run;

static void on_command(void *userdata, const ShellCommand *c) {
        Run *run = userdata;
        ImportPlace place = { run->path, c->line };
        char subject[SUBJECT_MAX_BYTES];

        import_shell_describe(c->words, c->n_words, subject, sizeof(subject));
        if (import_is_route_command(c->words, c->n_words)) {
                if (c->is_known)
                        import_route_command(run->i, c->words, c->n_words, place,
                                             c->reached == SHELL_YES, run->going_down);
                else
                        importer_note(run->i, IMPORT_NOTE_LOST, place, subject,
                                      "it depends on something that only running it would tell");
                return;
        }

        /* The file that is sourced may set routes, too. */
        if (strcmp(c->words[0], ".") == 0 || strcmp(c->words[0], "source") == 0)
                importer_note(run->i, IMPORT_NOTE_LOST, place, subject,
                              "it is not followed; routes in there have to be written down");
        else if (!c->is_specific)
                run->n_others++;
        else if (!run->is_pppds_own)
                importer_note(run->i, IMPORT_NOTE_LOST, place, subject,
                              "no scripts are run; a unit that [Hooks] %s= names can do it",
                              run->going_down ? "Down" : "Up");
}

static void read_script(Run *run, const char *text, size_t n_text, unsigned first_line) {
        Importer *i = run->i;
        const char *ip_param = i->ip_param.text ? i->ip_param.text : "",
                   *link_name = i->link_name.text ? i->link_name.text : "",
                   *dns = i->uses_peer_dns ? "1" : "",
                   *peer = i->remote_name.text; /* NULL: the server says it */
        const ShellVariable variables[] = {
                { "0", run->path, false },
                { "1", SHELL_INTERFACE, false },
                { "4", SHELL_LOCAL_ADDRESS, false },
                { "5", SHELL_REMOTE_ADDRESS, false },
                { "6", ip_param, true },
                { "PPP_IFACE", SHELL_INTERFACE, false },
                { "PPP_LOCAL", SHELL_LOCAL_ADDRESS, false },
                { "PPP_REMOTE", SHELL_REMOTE_ADDRESS, false },
                { "PPP_IPPARAM", ip_param, true },
                { "IFNAME", SHELL_INTERFACE, false },
                { "IPLOCAL", SHELL_LOCAL_ADDRESS, false },
                { "IPREMOTE", SHELL_REMOTE_ADDRESS, false },
                { "LINKNAME", link_name, true },
                { "PEERNAME", peer, true },
                { "CALL_FILE", i->result->name, true },
                { "USEPEERDNS", dns, false },
                { "2", NULL, false },
                { "3", NULL, false },
        };
        const ShellScript script = {
                .text = text,
                .n_text = n_text,
                .first_line = first_line,
                .variables = variables,
                .n_variables = ELEMENTSOF(variables),
                .interface = importer_get(i, CONFIG_SECTION_TUNNEL, "InterfaceName"),
                .on_command = on_command,
                .userdata = run,
        };
        int r;

        r = import_shell_read(&script);
        if (r < 0)
                importer_fail(i, r);
        if (r == SHELL_E_TOO_LONG)
                importer_note(i, IMPORT_NOTE_LOST, (ImportPlace){ run->path, 0 }, run->path,
                              "it is too long or too deep to be followed to its end");
        if (run->n_others > 0 && !run->is_pppds_own)
                importer_note(i, IMPORT_NOTE_LOST, (ImportPlace){ run->path, 0 }, run->path,
                              "no scripts are run; what it does for every link (%u command%s) is "
                              "not done for this one",
                              run->n_others, run->n_others == 1 ? "" : "s");
}

void import_script_text(Importer *i, const char *text, size_t n_text, const char *path,
                        unsigned first_line, bool going_down) {

        Run run = { .i = i, .path = path, .going_down = going_down };

        read_script(&run, text, n_text, first_line);
}

static void read_file(Importer *i, const char *path, bool going_down, bool is_pppds_own,
                      ImportPlace from) {

        Run run = { .i = i, .path = path, .going_down = going_down, .is_pppds_own = is_pppds_own };
        _cleanup_free_ char *text = NULL;
        size_t n_text;

        if (importer_read_file(i, path, from, !from.path, &text, &n_text) == 0)
                read_script(&run, text, n_text, 1);
}

/* Whether run-parts(8) runs a file of this name. */
static bool is_run_parts_name(const char *name) {
        for (; *name; name++)
                if (!((*name | 0x20) >= 'a' && (*name | 0x20) <= 'z') &&
                    !(*name >= '0' && *name <= '9') && *name != '_' && *name != '-')
                        return false;

        return true;
}

static void read_part(Importer *i, const char *directory, const char *name, bool going_down) {
        char path[512];

        if ((size_t) snprintf(path, sizeof(path), "%s/%s", directory, name) >= sizeof(path))
                return;

        if (!is_run_parts_name(name)) {
                importer_note(i, IMPORT_NOTE_NEEDLESS, (ImportPlace){ path, 0 }, path,
                              "run-parts passes over a name with such characters, so it was never "
                              "run");
                return;
        }
        for (size_t n = 0; n < ELEMENTSOF(known_scripts); n++)
                if (strcmp(known_scripts[n].name, name) == 0) {
                        importer_note(i, IMPORT_NOTE_NEEDLESS, (ImportPlace){ path, 0 }, path, "%s",
                                      known_scripts[n].reason);
                        return;
                }

        if (!i->files->is_program(i->files->userdata, path)) {
                importer_note(i, IMPORT_NOTE_NEEDLESS, (ImportPlace){ path, 0 }, path,
                              "run-parts passes over a file that is not executable, so it was "
                              "never run");
                return;
        }

        read_file(i, path, going_down, false, (ImportPlace){ 0 });
}

static void read_directory(Importer *i, const char *directory, bool going_down) {
        char **names = NULL;
        int r;

        r = i->files->list(i->files->userdata, directory, &names);
        if (r < 0) {
                importer_fail(i, r);
                return;
        }

        for (char **name = names; name && *name; name++) {
                if (i->error == 0)
                        read_part(i, directory, *name, going_down);
                free(*name);
        }
        free(names);
}

void import_scripts(Importer *i) {
        static const struct {
                const char *own, *local, *directory;
                bool going_down;
                size_t option;
        } events[] = {
                { "/etc/ppp/ip-up", "/etc/ppp/ip-up.local", "/etc/ppp/ip-up.d", false,
                  offsetof(Importer, up_script) },
                { "/etc/ppp/ip-down", "/etc/ppp/ip-down.local", "/etc/ppp/ip-down.d", true,
                  offsetof(Importer, down_script) },
        };

        for (size_t n = 0; n < ELEMENTSOF(events); n++) {
                const ImportValue *option =
                        (const ImportValue *) (const void *) ((char *) i + events[n].option);

                if (option->text) {
                        importer_note_origin(i, IMPORT_NOTE_NEEDLESS, option->origin, option->text,
                                             "its routes are carried over, and it is not run");
                        read_file(i, option->text, events[n].going_down, false,
                                  (ImportPlace){ option->text, 0 });
                        continue;
                }
                read_file(i, events[n].own, events[n].going_down, true, (ImportPlace){ 0 });
                read_file(i, events[n].local, events[n].going_down, false, (ImportPlace){ 0 });
                read_directory(i, events[n].directory, events[n].going_down);
        }
}
