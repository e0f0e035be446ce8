/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Finds the user's name, and the user's line in /etc/ppp/chap-secrets as get_secret() and
 * scan_authfile() of pppd/auth.c find it: a name counts more than a "*", and the client's name more
 * than the server's.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/import/import-internal.h"
#include "core/import/import-words.h"

#define CHAP_SECRETS "/etc/ppp/chap-secrets"

/* pppd's NONWILD_CLIENT and NONWILD_SERVER; EITHER_SERVER is for a server whose name is unknown. */
enum { NAMED_SERVER = 1, NAMED_CLIENT = 2 };

typedef struct SecretLine {
        ImportWord secret;
        char server[IMPORT_WORD_MAX_BYTES];
        unsigned line;
        int rank;          /* -1: none was found */
        unsigned n_others; /* lines that name other servers, where ours is unknown */
} SecretLine;

/*
 * Whether a word is the user's name. That is kept with the backslash of DOMAIN\user, which pppd
 * drops.
 */
static bool is_client(const ImportWord *word, const char *user) {
        return strcmp(word->literal[0] != '\0' ? word->literal : word->text, user) == 0;
}

/* How well a line fits; -1: not at all. */
static int rank_line(const ImportWord *client, const ImportWord *server, const char *user,
                     const char *remote_name) {

        int rank = 0;

        if (is_client(client, user))
                rank |= NAMED_CLIENT;
        else if (strcmp(client->text, "*") != 0)
                return -1;

        if (strcmp(server->text, "*") == 0)
                return rank;
        if (remote_name && strcmp(server->text, remote_name) != 0)
                return -1;

        return rank | NAMED_SERVER;
}

static void find_line(ImportWords *w, const char *user, const char *remote_name,
                      SecretLine *ret_line) {

        ImportWord client, server, secret;
        bool has_client = import_words_next(w, &client);

        while (has_client) {
                unsigned line = client.line;
                int rank;

                /*
                 * A line of one or two words has no secret; the word that was read begins the next
                 * line.
                 */
                if (!import_words_next(w, &server))
                        break;
                if (server.is_first) {
                        client = server;
                        continue;
                }
                if (!import_words_next(w, &secret))
                        break;
                if (secret.is_first) {
                        client = secret;
                        continue;
                }

                rank = rank_line(&client, &server, user, remote_name);
                if (rank >= 0 && rank == ret_line->rank && !remote_name)
                        ret_line->n_others++;
                if (rank > ret_line->rank) {
                        ret_line->rank = rank;
                        ret_line->line = line;
                        ret_line->secret = secret;
                        snprintf(ret_line->server, sizeof(ret_line->server), "%s", server.text);
                }

                /* What follows on the line are addresses that the server may have. */
                while ((has_client = import_words_next(w, &client)) && !client.is_first)
                        ;
        }

        explicit_bzero(&secret, sizeof(secret));
}

/* "@/path": the secret is the first word of that file. */
static void take_indirect(Importer *i, const char *path, ImportPlace place) {
        ImportWords words = { .line = 1 };
        ImportWord word;
        char *text = NULL;

        if (importer_read_file(i, path, place, false, &text, &words.n_text) != 0)
                return;

        words.text = text;
        if (import_words_next(&words, &word))
                importer_take_secret(i, word.text, word.n_text, (ImportPlace){ path, word.line },
                                     false);
        else
                importer_note(i, IMPORT_NOTE_LOST, place, "password", "%s is empty", path);
        explicit_bzero(&word, sizeof(word));
        explicit_bzero(text, words.n_text);
        free(text);
}

static void take_line(Importer *i, const SecretLine *line) {
        ImportPlace place = { CHAP_SECRETS, line->line };
        char origin[IMPORT_ORIGIN_MAX_BYTES];
        const char *text = line->secret.text;

        if (text[0] == '@' && text[1] == '/')
                take_indirect(i, text + 1, place);
        else
                importer_take_secret(i, text, line->secret.n_text, place, true);
        if (line->n_others > 0)
                importer_note(i, IMPORT_NOTE_CHANGED, place, "password",
                              "the first of %u lines that fit: nothing says which server it is",
                              line->n_others + 1);

        /* Where the supervisor looks the password up itself, it looks for this name. */
        if (!i->remote_name.text && strcmp(line->server, "*") != 0 &&
            strcmp(line->server, i->result->name) != 0)
                importer_set(i, CONFIG_SECTION_AUTHENTICATION, "RemoteName", line->server,
                             import_origin(place, origin), line->server);
}

/* User= and Domain= of a name that may have both. Returns the name, or NULL: there is none. */
static const char *set_user(Importer *i) {
        const ImportValue *value = i->user.text ? &i->user : &i->local_name;
        const char *backslash;
        char domain[IMPORT_WORD_MAX_BYTES + 1];

        if (!value->text)
                return NULL;
        if (i->user.text && i->local_name.text)
                importer_note_origin(i, IMPORT_NOTE_NEEDLESS, i->local_name.origin, "name",
                                     "%s has \"user\", which counts", i->user.origin);

        backslash = strchr(value->text, '\\');
        if (!backslash || backslash == value->text) {
                importer_set(i, CONFIG_SECTION_AUTHENTICATION, "User",
                             value->text + (backslash ? 1 : 0), value->origin, value->text);
                return value->text;
        }

        snprintf(domain, sizeof(domain), "%.*s", (int) (backslash - value->text), value->text);
        importer_set(i, CONFIG_SECTION_AUTHENTICATION, "User", backslash + 1, value->origin,
                     value->text);
        importer_set(i, CONFIG_SECTION_AUTHENTICATION, "Domain", domain, value->origin,
                     value->text);
        return value->text;
}

static void set_name(Importer *i, ConfigSection section, const char *key, const char *word,
                     const ImportValue *value) {

        char subject[160];

        snprintf(subject, sizeof(subject), "%s %.140s", word, value->text);
        importer_set(i, section, key, value->text, value->origin, subject);
}

static void set_names(Importer *i) {
        const struct {
                const ImportValue *value;
                ConfigSection section;
                const char *key, *word;
        } names[] = {
                { &i->remote_name, CONFIG_SECTION_AUTHENTICATION, "RemoteName", "remotename" },
                { &i->ip_param, CONFIG_SECTION_TUNNEL, "IpParam", "ipparam" },
        };

        for (size_t n = 0; n < ELEMENTSOF(names); n++) {
                const ImportValue *value = names[n].value;

                if (!value->text)
                        continue;
                if (strcmp(value->text, i->result->name) == 0)
                        importer_note_origin(i, IMPORT_NOTE_NEEDLESS, value->origin, names[n].word,
                                             "not needed: %s= is the name of the tunnel already",
                                             names[n].key);
                else
                        set_name(i, names[n].section, names[n].key, names[n].word, value);
        }
}

void import_find_secret(Importer *i, bool is_in_chap_secrets) {
        ImportWords words = { .line = 1 };
        SecretLine line = { .rank = -1 };
        const char *user;
        char *text = NULL;

        user = set_user(i);
        set_names(i);
        if (!user || i->error < 0)
                return;

        /* A password in the options counts more. */
        if (is_in_chap_secrets && i->result->n_secret == 0 &&
            importer_read_file(i, CHAP_SECRETS, (ImportPlace){ 0 }, true, &text, &words.n_text) ==
                    0) {
                words.text = text;
                find_line(&words, user, i->remote_name.text, &line);
                explicit_bzero(text, words.n_text);
                free(text);
        }

        if (line.rank >= 0)
                take_line(i, &line);
        if (line.rank >= 0 && line.secret.n_text == 0)
                importer_note(i, IMPORT_NOTE_LOST, (ImportPlace){ CHAP_SECRETS, line.line },
                              "password",
                              "the line has an empty password, which pppd would send; see "
                              "PASSWORDS in pptp.conf(5) for where to put the right one");
        else if (i->result->n_secret == 0)
                importer_note_origin(i, IMPORT_NOTE_LOST, i->result->path, "password",
                                     "none was found for this user; see PASSWORDS in pptp.conf(5) "
                                     "for where to put it");
        explicit_bzero(&line, sizeof(line));
}
