/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Reads the command line of pptp-linux behind pppd's option "pty", which runs it in a shell. */

#include <stdio.h>
#include <string.h>

#include "core/import/import-internal.h"
#include "core/import/import-words.h"

#define WORDS_MAX 64
#define SUBJECT_MAX_BYTES 160

typedef struct PptpWords {
        char words[WORDS_MAX][256];
        size_t n_words;
} PptpWords;

/*
 * Splits a command as a shell does. Returns false if there is anything to expand, or if the command
 * is too long.
 */
static bool split(const char *command, PptpWords *ret_words) {
        ImportWords words = { .text = command, .n_text = strlen(command), .line = 1 };
        ImportWord word;

        ret_words->n_words = 0;
        if (strpbrk(command, "$`;|&<>()*?\n"))
                return false;

        while (import_words_next(&words, &word)) {
                if (ret_words->n_words == WORDS_MAX || word.n_text >= sizeof(ret_words->words[0]) ||
                    word.is_unterminated)
                        return false;
                memcpy(ret_words->words[ret_words->n_words++], word.text, word.n_text + 1);
        }

        return ret_words->n_words > 0;
}

static const char *base_name(const char *path) {
        const char *slash = strrchr(path, '/');

        return slash ? slash + 1 : path;
}

/* "--phone 5" or "--phone=5". Returns the number of words that it took. */
static size_t take_option(Importer *i, const PptpWords *w, size_t n, ImportPlace place) {
        char name[256], subject[SUBJECT_MAX_BYTES], *equals;
        const ConfigForeign *row;
        const char *argument = NULL;
        size_t taken = 1;

        snprintf(name, sizeof(name), "%s", w->words[n] + strspn(w->words[n], "-"));
        equals = strchr(name, '=');
        if (equals) {
                *equals = '\0';
                argument = equals + 1;
        }

        row = config_foreign_find(FOREIGN_PPTP, name);
        if (!row || row->use == FOREIGN_HINT) {
                importer_note(i, IMPORT_NOTE_LOST, place, w->words[n],
                              "no option of pptp-linux that is known here");
                return 1;
        }
        if (row->n_arguments > 0 && !argument) {
                if (n + 1 >= w->n_words) {
                        importer_note(i, IMPORT_NOTE_LOST, place, w->words[n], "it has no value");
                        return 1;
                }
                argument = w->words[n + 1];
                taken = 2;
        }

        snprintf(subject, sizeof(subject), "--%s%s%s", row->name, argument ? " " : "",
                 argument ? argument : "");
        importer_apply(i, row, argument, place, subject);
        return taken;
}

void import_pptp_command(Importer *i, const char *command, ImportPlace place) {
        char origin[IMPORT_ORIGIN_MAX_BYTES];
        bool has_host = false;
        PptpWords w;
        size_t n = 0;

        if (!split(command, &w)) {
                importer_note(i, IMPORT_NOTE_LOST, place, "pty",
                              "its command needs a shell to be understood: %s", command);
                return;
        }

        while (n < w.n_words &&
               (strcmp(w.words[n], "exec") == 0 || strcmp(w.words[n], "sudo") == 0))
                n++;
        if (n == w.n_words || strcmp(base_name(w.words[n]), "pptp") != 0) {
                importer_note(i, IMPORT_NOTE_LOST, place, "pty", "this is not PPTP but: %s",
                              command);
                return;
        }

        for (n++; n < w.n_words && i->error == 0;) {
                if (w.words[n][0] == '-' && w.words[n][1] != '\0') {
                        n += take_option(i, &w, n, place);
                } else if (!has_host) {
                        importer_set(i, CONFIG_SECTION_TUNNEL, "Server", w.words[n],
                                     import_origin(place, origin), w.words[n]);
                        has_host = true;
                        n++;
                } else {
                        /* With --nolaunchpppd pptp-linux starts no pppd to pass the option to. */
                        importer_note(i, IMPORT_NOTE_NEEDLESS, place, w.words[n],
                                      "pptp passes it on to a pppd of its own, which is not run");
                        n++;
                }
        }
}
