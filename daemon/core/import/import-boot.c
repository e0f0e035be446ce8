/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Reads what starts pppd for a peer at boot: "iface ... inet ppp" in /etc/network/interfaces, whose
 * "up" commands may set routes, too, drop-ins of Debian's ppp@.service, and jobs of cron.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/import/import-callers.h"
#include "core/import/import-internal.h"

#define INTERFACES "/etc/network/interfaces"
#define SUBJECT_MAX_BYTES 160

/* The first word of a line, and what follows it. */
static char *split_line(char *line, char **ret_rest) {
        char *word;

        line += strspn(line, " \t");
        word = line;
        line += strcspn(line, " \t");
        if (*line)
                *line++ = '\0';
        line += strspn(line, " \t");
        *ret_rest = line;
        return word;
}

static bool is_word_of(const char *word, const char *list) {
        size_t n = strlen(word);

        for (const char *p = strstr(list, word); p && n > 0; p = strstr(p + 1, word))
                if ((p == list || p[-1] == ' ') && (p[n] == ' ' || p[n] == '\0'))
                        return true;

        return false;
}

typedef struct Stanza {
        char name[64];
        bool is_ppp;
        bool is_ours; /* its provider is the peer, so that its later lines count */
        unsigned line;
} Stanza;

static void take_stanza_line(Importer *i, const Stanza *s, const char *word, const char *rest,
                             unsigned line) {

        char subject[SUBJECT_MAX_BYTES];
        ImportPlace place = { INTERFACES, line };

        if (is_word_of(word, "up post-up")) {
                import_script_text(i, rest, strlen(rest), INTERFACES, line, false);
        } else if (is_word_of(word, "down pre-down post-down")) {
                import_script_text(i, rest, strlen(rest), INTERFACES, line, true);
        } else {
                snprintf(subject, sizeof(subject), "%s %s", word, rest);
                importer_note(i, IMPORT_NOTE_LOST, place, subject,
                              "ifupdown does it for %s; no scripts are run", s->name);
        }
}

/* Goes over the file twice, since "provider" may stand behind the commands. */
static void read_interfaces(Importer *i, const char *text, size_t n_text, const char *peer,
                            bool is_second, Stanza *ours) {

        char *copy = strndup(text, n_text), *rest = copy, *line;
        Stanza s = { .name = "" };
        unsigned number = 0;

        if (!copy)
                importer_fail(i, -ENOMEM);
        while (copy && i->error == 0 && (line = strsep(&rest, "\n"))) {
                char *value, *word;

                number++;
                line[strcspn(line, "\r")] = '\0';
                word = split_line(line, &value);
                if (*word == '#' || *word == '\0')
                        continue;

                if (strcmp(word, "iface") == 0) {
                        s = (Stanza){ .line = number, .is_ppp = strstr(value, " inet ppp") };
                        snprintf(s.name, sizeof(s.name), "%.*s",
                                 (int) MIN(strcspn(value, " \t"), sizeof(s.name) - 1), value);
                        s.is_ours = is_second && s.line == ours->line;
                } else if (is_word_of(word,
                                      "auto allow-hotplug mapping source "
                                      "source-directory no-auto-down")) {
                        if (is_second && ours->name[0] && is_word_of(ours->name, value))
                                importer_note(i, IMPORT_NOTE_NEEDLESS,
                                              (ImportPlace){ INTERFACES, number }, word,
                                              "here it is: systemctl enable pptp@%s", peer);
                        s.is_ours = false;
                } else if (s.is_ppp && strcmp(word, "provider") == 0 && strcmp(value, peer) == 0) {
                        if (is_second)
                                importer_note(i, IMPORT_NOTE_NEEDLESS,
                                              (ImportPlace){ INTERFACES, number }, "provider",
                                              "not needed: take the stanza of %s away", s.name);
                        else
                                *ours = s;
                } else if (s.is_ours) {
                        take_stanza_line(i, &s, word, value, number);
                }
        }

        free(copy);
}

/* ---- drop-ins of ppp@.service ---- */

static void read_drop_in(Importer *i, const char *path) {
        char *text = NULL, *rest, *line;
        unsigned number = 0;
        size_t n_text;

        if (importer_read_file(i, path, (ImportPlace){ 0 }, true, &text, &n_text) != 0)
                return;

        rest = realloc(text, n_text + 1);
        if (!rest) {
                free(text);
                importer_fail(i, -ENOMEM);
                return;
        }
        text = rest;
        text[n_text] = '\0';
        while (i->error == 0 && (line = strsep(&rest, "\n"))) {
                number++;
                line += strspn(line, " \t");
                if (*line && !strchr("#;[\r", *line))
                        importer_note(i, IMPORT_NOTE_LOST, (ImportPlace){ path, number }, line,
                                      "it is for ppp@.service; what is still needed goes into a "
                                      "drop-in of pptp@%s.service",
                                      i->result->name);
        }
        free(text);
}

static void read_drop_ins(Importer *i, const char *unit) {
        char directory[320], path[640], **names = NULL;
        int r;

        snprintf(directory, sizeof(directory), "/etc/systemd/system/ppp@%s.service.d", unit);
        r = i->files->list(i->files->userdata, directory, &names);
        if (r < 0) {
                importer_fail(i, r);
                return;
        }

        for (char **name = names; name && *name; name++) {
                size_t n = strlen(*name);

                snprintf(path, sizeof(path), "%s/%s", directory, *name);
                if (n > 5 && strcmp(*name + n - 5, ".conf") == 0)
                        read_drop_in(i, path);
                free(*name);
        }
        free(names);
}

static void take_caller(void *userdata, const char *path, unsigned line, const char *call) {
        Importer *i = userdata;

        importer_note(i, IMPORT_NOTE_LOST, (ImportPlace){ path, line }, call,
                      "take it away, or it starts or ends the old tunnel; here it is: systemctl "
                      "start or stop pptp@%s",
                      i->result->name);
}

void import_boot(Importer *i, const char *peer) {
        _cleanup_free_ char *text = NULL;
        Stanza ours = { .name = "" };
        size_t n_text;

        if (importer_read_file(i, INTERFACES, (ImportPlace){ 0 }, true, &text, &n_text) == 0) {
                read_interfaces(i, text, n_text, peer, false, &ours);
                if (ours.line > 0)
                        read_interfaces(i, text, n_text, peer, true, &ours);
        }

        read_drop_ins(i, "");
        read_drop_ins(i, peer);
        import_find_callers(i->files, peer, take_caller, i);
}
