/* SPDX-License-Identifier: GPL-2.0-or-later */

/* pptpctl check: reads the password from the same sources as the supervisor, and checks it. */

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check-parts.h"
#include "core/base/text.h"
#include "io/credentials.h"
#include "io/program.h"
#include "io/unit-credentials.h"
#include "override.h"

#define CHAP_SECRETS "/etc/ppp/chap-secrets"
#define WORD_MAX_BYTES 512

/* ---- credentials ---- */

/* Writes which credential it is, "credential /run/secrets/vpn (LoadCredential=password)". */
static void describe_choice(const UnitCredentialChoice *choice, const char *id, TextBuilder *t) {

        const UnitCredential *s = choice->setting;

        text_addf(t, "%scredential %s%s(%s=%s)", choice->is_encrypted ? "encrypted " : "",
                  choice->path, choice->path[0] != '\0' ? " " : "",
                  unit_credential_key_name(s->key), s->key == UNIT_CREDENTIAL_IMPORT ? s->id : id);
}

/* For a bad one systemd itself would only report exit status 243. */
static int decrypt(const char *path, const char *id, Secret *ret_secret) {
        char output[SECRET_MAX_BYTES + 8], name[64];
        const char *const argv[] = { "systemd-creds", name, "decrypt", path, "-", NULL };
        int r;

        snprintf(name, sizeof(name), "--name=%s", id);
        r = program_capture(argv, -1, output, sizeof(output));
        if (r == 0)
                r = secret_parse((const uint8_t *) output, strlen(output), ret_secret);
        else
                r = CREDENTIALS_E_UNREADABLE;
        explicit_bzero(output, sizeof(output));
        return r;
}

static int read_choice(const UnitCredentialChoice *choice, const char *id, Secret *ret_secret) {
        const UnitCredential *s = choice->setting;
        struct stat st;

        if (choice->is_missing)
                return CREDENTIALS_E_MISSING;
        if (choice->path[0] == '\0')
                return secret_parse(s->data, s->n_data, ret_secret);
        /* systemd asks who listens there, which a look should not. */
        if (stat(choice->path, &st) == 0 && S_ISSOCK(st.st_mode))
                return 0;
        if (choice->is_encrypted)
                return decrypt(choice->path, id, ret_secret);

        return credentials_read_trusted(choice->path, ret_secret);
}

static void describe_unreadable(const char *path, char *buffer, size_t n_buffer) {
        snprintf(buffer, n_buffer,
                 "\"journalctl -k\" may name AppArmor or SELinux, and \"cat %s\" the reason", path);
}

static void describe_choice_remedy(const UnitCredentialChoice *choice, const char *id, int outcome,
                                   const char *tunnel, char *buffer, size_t n_buffer) {

        if (outcome == CREDENTIALS_E_UNREADABLE && !choice->is_encrypted)
                describe_unreadable(choice->path, buffer, n_buffer);
        else if (outcome == CREDENTIALS_E_UNREADABLE)
                snprintf(buffer, n_buffer,
                         "\"systemd-creds --name=%s decrypt %s -\" says why; encrypt it anew on "
                         "this machine, with --name=%s",
                         id, choice->path, id);
        else if (outcome == CREDENTIALS_E_MISSING)
                snprintf(
                        buffer, n_buffer,
                        "write the password into that file, or correct the drop-in that \"systemctl "
                        "cat pptp@%s\" shows",
                        tunnel);
        else
                snprintf(buffer, n_buffer, "write the password, and nothing else, in there");
}

static void check_choice(CheckReport *r, const Config *c, const UnitCredentialChoice *choice,
                         const char *id) {

        _cleanup_(secret_wipe) Secret secret = { 0 };
        char text[PATH_MAX + 128], remedy[2 * PATH_MAX + 256];
        TextBuilder t = text_builder(text, sizeof(text));
        int e;

        describe_choice(choice, id, &t);
        /* Of an encrypted text in the unit only the start shows whether it can be decrypted. */
        e = choice->is_encrypted && choice->path[0] == '\0' ? 0 : read_choice(choice, id, &secret);
        if (e == 0) {
                check_add(r, CHECK_OK, "password", NULL, "%s%s", text,
                          c->password_file ? ", in the place of PasswordFile=" : "");
                return;
        }
        if (geteuid() != 0 && e != CREDENTIALS_E_MISSING) {
                check_add(r, CHECK_WARNING, "password", "run this as root",
                          "%s can only be read by root", text);
                return;
        }

        describe_choice_remedy(choice, id, e, c->name, remedy, sizeof(remedy));
        check_add(r, CHECK_ERROR, "password", remedy, "%s %s", text,
                  choice->is_encrypted && e == CREDENTIALS_E_UNREADABLE ?
                          "cannot be decrypted here" :
                          credentials_outcome_text(e));
}

/* Whether the unit has what it was told, or systemd has to read its files again. */
static void check_unit(CheckReport *r, const Config *c, const UnitCredentials *unit,
                       bool is_known) {
        char remedy[512];
        bool asks = false;

        for (size_t i = 0; i < unit->n_items; i++)
                for (size_t k = 0; k < CREDENTIALS_N_NAMES; k++)
                        asks = asks || strcmp(unit->items[i].id, credentials_names[k]) == 0;

        snprintf(remedy, sizeof(remedy),
                 "run \"systemctl daemon-reload\", then \"systemctl restart pptp@%s\"", c->name);
        if (is_known && !asks && credentials_find_stored(c->name))
                check_add(r, CHECK_ERROR, "credential", remedy,
                          "systemd has not read its units since the credential was added");
        else if (unit->is_outdated)
                check_add(r, CHECK_WARNING, "credential", remedy,
                          "files of the unit have changed since systemd has read them");
}

/*
 * Looks for the credential as the next start would, and returns whether there is one. The first
 * name counts; but the unit does not start for a bad one of either name. systemd reads them with
 * all rights of root, whoever owns them.
 */
static bool check_credentials(CheckReport *r, const Config *c) {
        UnitCredentials unit;
        bool is_known, found = false;

        override_set(true);
        is_known = unit_credentials_get(c->name, &unit) >= 0;
        if (!is_known) {
                unit_credentials_done(&unit);
                (void) unit_credentials_get_installed(c->name, &unit);
        }

        check_unit(r, c, &unit, is_known);
        for (size_t i = 0; i < CREDENTIALS_N_NAMES; i++) {
                UnitCredentialChoice choice;

                if (!unit_credentials_choose(&unit, credentials_names[i], &choice))
                        continue;
                if (!found || choice.is_missing)
                        check_choice(r, c, &choice, credentials_names[i]);
                found = true;
        }

        unit_credentials_done(&unit);
        override_set(false);
        return found;
}

/* ---- chap-secrets ---- */

/*
 * Takes the next word of a line as pppd's getword() does: quotes, and a backslash in front. Returns
 * whether there is one: "" is a word.
 */
static bool next_word(const char **rest, char *word) {
        const char *p = *rest + strspn(*rest, " \t");
        size_t n = 0;
        char quote = '\0';

        if (*p == '\0' || strchr("\n#", *p))
                return false;

        for (; *p && *p != '\n' && (quote || !strchr(" \t#", *p)); p++) {
                if (*p == quote) {
                        quote = '\0';
                        continue;
                }
                if (!quote && (*p == '"' || *p == '\'')) {
                        quote = *p;
                        continue;
                }
                if (*p == '\\' && p[1] && p[1] != '\n')
                        p++;
                if (n + 1 < WORD_MAX_BYTES)
                        word[n++] = *p;
        }
        word[n] = '\0';
        *rest = p;
        return true;
}

static bool is_wild(const char *word) {
        return strcmp(word, "*") == 0;
}

static bool is_matching(const char *word, const char *wanted) {
        return is_wild(word) || strcmp(word, wanted) == 0;
}

/*
 * How well a line fits, as scan_authfile() of pppd's auth.c counts it: names count more than *, and
 * the user's more than the server's. Of equals the first line is taken.
 */
static int rate_line(const char *user, const char *server) {
        return 1 + (is_wild(user) ? 0 : 2) + (is_wild(server) ? 0 : 1);
}

/* What the lines of the file have to do with the tunnel. */
typedef struct Secrets {
        int rating;                  /* of the line that pppd takes; 0: it takes none */
        bool is_empty;               /* that line's password is "" */
        bool used;                   /* there are lines, of whomever */
        char server[WORD_MAX_BYTES]; /* one has its user for this server, escaped; or "" */
} Secrets;

static void read_secret_line(Secrets *s, const char *line, const char *user, const char *server) {
        char word[3][WORD_MAX_BYTES];
        size_t n = 0;

        while (n < ELEMENTSOF(word) && next_word(&line, word[n]))
                n++;
        if (n == ELEMENTSOF(word)) {
                s->used = true;
                if (is_matching(word[0], user)) {
                        text_escape(s->server, sizeof(s->server), word[1], strlen(word[1]));
                        if (is_matching(word[1], server) &&
                            rate_line(word[0], word[1]) > s->rating) {
                                s->rating = rate_line(word[0], word[1]);
                                s->is_empty = word[2][0] == '\0';
                        }
                }
        }
        explicit_bzero(word, sizeof(word));
}

static Secrets read_secrets(FILE *file, const char *user, const char *server) {
        char line[2048];
        Secrets s = { 0 };

        while (fgets(line, sizeof(line), file))
                read_secret_line(&s, line, user, server);

        explicit_bzero(line, sizeof(line));
        return s;
}

/* The remedy keeps to that file where it is in use. */
static void describe_missing_secret(const Config *c, const Secrets *s, const char *user,
                                    char *buffer, size_t n_buffer) {

        if (s->server[0] != '\0')
                snprintf(buffer, n_buffer,
                         "its line for %s is for the server %s: write RemoteName=%s in "
                         "[Authentication], or * in the place of that in the line",
                         user, s->server, s->server);
        else if (s->used)
                snprintf(buffer, n_buffer,
                         "add a line to it: \"%s\" \"%s\" \"the password\" *; or correct User= and "
                         "RemoteName= in [Authentication]",
                         user, c->remote_name);
        else
                snprintf(buffer, n_buffer,
                         "write PasswordFile=/etc/pptp/%s.password in [Authentication], and the "
                         "password into that file",
                         c->name);
}

static void check_chap_secrets(CheckReport *r, const Config *c) {
        char user[2 * CONFIG_NAME_MAX_BYTES + 2], remedy[4 * WORD_MAX_BYTES + 256];
        FILE *file = fopen(CHAP_SECRETS, "re");
        Secrets secrets = { 0 };
        struct stat st;

        snprintf(user, sizeof(user), "%s%s%s", c->domain ?: "", c->domain ? "\\" : "", c->user);

        if (!file && geteuid() != 0) {
                check_add(r, CHECK_WARNING, "password", "run this as root",
                          "neither a credential nor PasswordFile=; only root can look into %s",
                          CHAP_SECRETS);
                return;
        }

        if (file)
                secrets = read_secrets(file, user, c->remote_name);
        if (file && fstat(fileno(file), &st) == 0 && st.st_mode & 077)
                check_add(r, CHECK_WARNING, "password", "chmod 600 " CHAP_SECRETS,
                          "%s can be read or written by others", CHAP_SECRETS);
        if (file)
                fclose(file);
        if (secrets.rating > 0 && secrets.is_empty) {
                check_add(r, CHECK_WARNING, "password",
                          "write the password between the quotation marks",
                          "the line for %s and %s in %s has an empty password, which pppd sends",
                          user, c->remote_name, CHAP_SECRETS);
                return;
        }
        if (secrets.rating > 0) {
                check_add(r, CHECK_OK, "password", NULL, "line for %s and %s in %s", user,
                          c->remote_name, CHAP_SECRETS);
                return;
        }

        describe_missing_secret(c, &secrets, user, remedy, sizeof(remedy));
        check_add(r, CHECK_ERROR, "password", remedy,
                  "there is none: no credential, no PasswordFile=, and no line for %s and %s in %s",
                  user, c->remote_name, CHAP_SECRETS);
}

/* ---- PasswordFile= ---- */

/* What a typing error in PasswordFile= has as its mode is right, and must stay. */
#define IF_IT_IS_OURS ", if it is for this password alone; else write another PasswordFile="

static void describe_file_remedy(const Config *c, int outcome, char *buffer, size_t n_buffer) {
        const char *path = c->password_file;
        char usual[512];

        switch (outcome) {
        case CREDENTIALS_E_CLOSED:
        case CREDENTIALS_E_MODE:
                snprintf(buffer, n_buffer, "chmod 600 %s" IF_IT_IS_OURS, path);
                return;
        case CREDENTIALS_E_OWNER:
                snprintf(buffer, n_buffer, "chown root %s && chmod 600 %s" IF_IT_IS_OURS, path,
                         path);
                return;
        case CREDENTIALS_E_UNREADABLE:
                describe_unreadable(path, buffer, n_buffer);
                return;
        }

        snprintf(usual, sizeof(usual), "/etc/pptp/%s.password", c->name);
        if (outcome == CREDENTIALS_E_MISSING && access(usual, F_OK) == 0)
                snprintf(buffer, n_buffer, "write PasswordFile=%s, which is there", usual);
        else
                snprintf(buffer, n_buffer,
                         "(umask 077; systemd-ask-password -n \"Password:\" > %s), and "
                         "PasswordFile= with that name",
                         usual);
}

static void check_file(CheckReport *r, const Config *c) {
        _cleanup_(secret_wipe) Secret secret = { 0 };
        char text[1024], remedy[1280];
        CredentialsSource source;
        int e;

        e = credentials_get_password(NULL, c->password_file, &source, &secret);
        if (e == 0 && credentials_is_hidden(c->password_file))
                e = CREDENTIALS_E_HIDDEN;
        credentials_describe(source, c->password_file, e, text, sizeof(text));

        describe_file_remedy(c, e, remedy, sizeof(remedy));
        if ((e == CREDENTIALS_E_UNREADABLE || e == CREDENTIALS_E_DIRECTORY) && geteuid() != 0)
                check_add(r, CHECK_WARNING, "password", "run this as root",
                          "PasswordFile=%s can only be read by root", c->password_file);
        else if (e == 0)
                check_add(r, secret_is_ascii(&secret) ? CHECK_OK : CHECK_WARNING, "password",
                          secret_is_ascii(&secret) ?
                                  NULL :
                                  "servers differ in what they make of other characters than ASCII",
                          "%s", text);
        else
                check_add(r, CHECK_ERROR, "password", remedy, "%s", text);
}

void check_password(CheckReport *r, const Config *c) {
        if (check_credentials(r, c))
                return;
        if (c->password_file)
                check_file(r, c);
        else
                check_chap_secrets(r, c);
}
