/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What a message of the catalogue says of this one case: the names and reasons that are in it. */

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/base/text.h"
#include "core/explain/log-copy.h"
#include "core/explain/log-parser.h"

/* Keeps what the supervisor says of this case, in parentheses behind the summary. */
static void hit_note_parentheses(LogHit *hit, const char *text, const LogMatch *match) {
        const char *begin = text + match->offset + match->n_text, *end = strrchr(text, ')');

        if (end && strncmp(begin, " (", 2) == 0 && end >= begin + 2)
                text_escape(hit->detail, sizeof(hit->detail), begin + 2,
                            (size_t) (end - begin - 2));
}

/* Keeps the server's reason for a refusal: "CHAP authentication failed: Too many sessions". */
static void hit_note_reason(LogHit *hit, const char *text) {
        static const char head[] = " authentication failed: ";
        const char *at = strstr(text, head);
        char reason[64];

        if (!at || at[strlen(head)] == '\0')
                return;

        at += strlen(head);
        log_evidence_copy(reason, sizeof(reason), at, strlen(at));
        snprintf(hit->detail, sizeof(hit->detail), "\"%s\"", reason);
}

void log_hit_note_folder(LogHit *hit, const char *text) {
        const char *at = strstr(text, "/lib/modules/");

        if (at)
                snprintf(hit->detail, sizeof(hit->detail),
                         "modprobe cannot help as long as the module is not in %.*s: install the "
                         "package with the rest of this kernel's modules; after an update of the "
                         "kernel, reboot first",
                         (int) MIN(strcspn(at, " \t'\""), (size_t) 80), at);
}

/* Says which options of pppd do not go together, or which is missing (setup of pppd's tty.c). */
static void hit_note_options(LogHit *hit, const char *text) {
        static const struct {
                const char *text, *detail;
        } conflicts[] = {
                { "pty option precludes",
                  "\"pty\" names the program to speak through, and the name of a device "
                  "(\"/dev/...\", \"tty...\") was given as well: remove that word, which stands in a "
                  "file of options or behind \"pppd call NAME\" (pon NAME)" },
                { "option precludes",
                  "this option says what the link runs over, and the name of a device "
                  "(\"/dev/...\", \"tty...\") was given as well: remove one of the two" },
                { "incompatible with notty",
                  "\"notty\" takes standard input in place of the other option: remove \"notty\"" },
                { "incompatible with pty",
                  "\"socket\" takes the place of \"pty\" and \"notty\": remove \"socket\"" },
                { "is required for demand",
                  "\"demand\" is set, and neither \"pty\" nor \"connect\" says how to call: the file "
                  "with the line \"pty\" was not read, or has none" },
                { "cannot be overridden",
                  "the file that the message names has the last word on this option: change it "
                  "there, and remove it from the other place" },
        };

        for (size_t i = 0; i < ELEMENTSOF(conflicts); i++)
                if (strcasestr(text, conflicts[i].text)) {
                        snprintf(hit->detail, sizeof(hit->detail), "%s", conflicts[i].detail);
                        return;
                }
}

/* Says what keeps pppd from its option "logfile": "Can't open log file PATH: REASON". */
static void hit_note_log_file(LogHit *hit, const char *text) {
        static const char head[] = "log file ";
        const char *path = strstr(text, head), *end, *slash;
        char name[80];

        if (!path)
                return;

        path += strlen(head);
        end = strstr(path, ": ");
        slash = end ? memrchr(path, '/', (size_t) (end - path)) : NULL;
        if (!slash || slash == path || (size_t) (slash - path) >= sizeof(name))
                return;

        log_evidence_copy(name, sizeof(name), path, (size_t) (slash - path));
        if (strstr(end, "No such file"))
                snprintf(hit->detail, sizeof(hit->detail),
                         "the directory %s does not exist: \"mkdir -p %s\", or name another file "
                         "with \"logfile\"",
                         name, name);
        else if (strstr(end, "Permission denied") || strstr(end, "Read-only"))
                snprintf(hit->detail, sizeof(hit->detail),
                         "pppd may not write in the directory %s: name another file with "
                         "\"logfile\", or none, and pppd writes to the system's log",
                         name);
}

/*
 * Says what a device means that is not there: pppd takes each word that is no option for the name
 * of one, and complains of the word if there is no such file (parse_args() of its options.c).
 */
static void hit_note_device(LogHit *hit, const char *text) {
        if (!strstr(text, "unrecognized option '/dev/"))
                return;

        if (strstr(text, "/peers/provider"))
                snprintf(
                        hit->detail, sizeof(hit->detail),
                        "\"pon\" without a name calls \"provider\", which is Debian's template for "
                        "a modem, and this host has no such device. Write the name of the tunnel: "
                        "\"pon NAME\", see \"ls /etc/ppp/peers\"");
        else
                snprintf(hit->detail, sizeof(hit->detail),
                         "this is the device of a modem, and it is not there. A PPTP tunnel has "
                         "none: leave that line out, or call the file of the tunnel (\"pon NAME\", "
                         "see \"ls /etc/ppp/peers\")");
}

/* Finds the word between quotation marks, plain or typographic. Returns its length, or 0. */
static size_t find_quoted_word(const char *text, const char **ret_word) {
        for (const char *at = text; (at = strpbrk(at, "'\"\xe2")); at++) {
                const char *word = at + (strncmp(at, "\xe2\x80\x9c", 3) == 0 ? 3 : 1);
                size_t n = 0;

                while (isalnum((unsigned char) word[n]) || word[n] == '-')
                        n++;
                if (n > 0 && ((word[n] && strchr("'\"", word[n])) || word[n] == '\xe2')) {
                        *ret_word = word;
                        return n;
                }
        }

        return 0;
}

/*
 * Says which setting NetworkManager's plugin refuses. Of the gateway it accepts letters, digits,
 * hyphens and points (validate_gateway() in its nm-pptp-service.c), and names the key only.
 */
static void hit_note_setting(LogHit *hit, const char *text) {
        const char *word = NULL;
        size_t n;

        if (strcasestr(text, "gateway")) {
                snprintf(hit->detail, sizeof(hit->detail),
                         "the gateway has to be a bare name or IPv4 address: letters, digits, "
                         "\"-\" and \".\" only. No \"http://\", slash, blank, \"_\" or port: nmcli "
                         "connection modify NAME +vpn.data gateway=SERVER");
                return;
        }

        n = find_quoted_word(text, &word);
        if (n > 0)
                snprintf(hit->detail, sizeof(hit->detail),
                         "the setting is \"%.*s\"; without it: nmcli connection modify NAME "
                         "-vpn.data %.*s",
                         (int) MIN(n, (size_t) 40), word, (int) MIN(n, (size_t) 40), word);
}

/*
 * Says what a shell found wrong with the program of the option "pty". Shells say "not found" and
 * "No such file" also where only the interpreter of a script, or a program's loader, is missing.
 */
static void hit_note_program(LogHit *hit, const char *text, const LogMatch *match) {
        const char *end = text + match->offset + strlen("pptp"), *path = text + match->offset;
        char name[64];

        while (path > text && !isspace((unsigned char) path[-1]))
                path--;
        log_evidence_copy(name, sizeof(name), path, (size_t) (end - path));

        if (strstr(end, "Exec format error"))
                snprintf(hit->detail, sizeof(hit->detail),
                         "%s is there, and it is no program for this machine: it was built for "
                         "another processor, or the file is damaged. Install the package anew",
                         name);
        else if (strstr(end, "required file not found"))
                snprintf(hit->detail, sizeof(hit->detail),
                         "%s is there, and what it needs to run is not: the loader of programs "
                         "that were built elsewhere, or the interpreter in its line \"#!\"",
                         name);
        else if (strstr(end, "Is a directory"))
                snprintf(hit->detail, sizeof(hit->detail),
                         "%s is a directory: write the program itself behind \"pty\"", name);
        else if (hit->row == CATALOGUE_SYS_07)
                snprintf(hit->detail, sizeof(hit->detail),
                         "%s may not be run: \"chmod +x %s\". If it has its \"x\", it is a "
                         "directory, or its file system is mounted with \"noexec\"",
                         name, name);
        else if (strchr(name, '/'))
                snprintf(hit->detail, sizeof(hit->detail),
                         "the option \"pty\" names %s, which is not there: \"command -v pptp\", as "
                         "root, shows where pptp is. If it is there, its loader or interpreter is "
                         "missing",
                         name);
}

/* Whether a shell may not run pppd or pon, as "bash: /usr/bin/pon: Permission denied" says. */
static bool names_shell_refusal(const char *text) {
        static const char *const texts[] = { "pon: ", "poff: ", "pppd: ", "permission denied: p",
                                             "permission denied: /" };

        for (size_t i = 0; i < ELEMENTSOF(texts); i++)
                if (strncasecmp(text, texts[i], strlen(texts[i])) == 0)
                        return true;

        return false;
}

/*
 * Says what a security policy refused: "avc:  denied  { create } for  pid=7 comm="pptp" ...
 * tclass=rawip_socket", or "apparmor="DENIED" operation="create" profile="/usr/sbin/pppd" ...".
 */
static void hit_note_policy(LogHit *hit, const char *text) {
        const char *what = strstr(text, "denied"), *class = strstr(text, "tclass="),
                   *profile = strstr(text, "profile=\"");

        if (strstr(text, "avc:") && what && class && strchr(what, '{') && strchr(what, '}')) {
                what = strchr(what, '{');
                class += strlen("tclass=");
                snprintf(
                        hit->detail, sizeof(hit->detail),
                        "SELinux forbids \"%.*s\" on a %.*s. To try without: \"setenforce 0\". For "
                        "good: \"ausearch -m avc -ts recent | audit2allow -M mypptp\", then "
                        "\"semodule -i mypptp.pp\"",
                        (int) MIN(strcspn(what, "}") + 1, (size_t) 40), what,
                        (int) MIN(strcspn(class, " \t'\""), (size_t) 40), class);
        } else if (strstr(text, "apparmor=") && profile) {
                profile += strlen("profile=\"");
                snprintf(hit->detail, sizeof(hit->detail),
                         "AppArmor's profile \"%.*s\" forbids it. To try without: \"aa-complain "
                         "PROFILE\"; for good, allow it in the file of the profile in "
                         "/etc/apparmor.d",
                         (int) MIN(strcspn(profile, "\""), (size_t) 60), profile);
        }
}

void log_hit_note_case(LogHit *hit, const LogInput *input, const LogMatch *match) {
        const char *text = input->line->text;

        if (hit->row == CATALOGUE_NM_03 && strcasestr(text, "VPN service failed to start"))
                snprintf(hit->detail, sizeof(hit->detail),
                         "NetworkManager says the same of all that fails before pppd runs: a name "
                         "that is not known, a program that is not installed. \"journalctl -b -u "
                         "NetworkManager\" has the reason in a line with \"failed to connect:\"");
        if (hit->row == CATALOGUE_SYS_04)
                log_hit_note_folder(hit, text);
        if (hit->row == CATALOGUE_CFG_11)
                hit_note_log_file(hit, text + match->offset);
        if (hit->row == CATALOGUE_CFG_01)
                hit_note_device(hit, text);
        if (hit->row == CATALOGUE_MPPE_09)
                snprintf(hit->detail, sizeof(hit->detail),
                         "a server says the same to a strength that it does not have, and without "
                         "packets the log does not show which was asked for. If that is 128 bits "
                         "alone (require-mppe-128), try require-mppe first");
        if (hit->row == CATALOGUE_SYS_06 && names_shell_refusal(text + match->offset))
                snprintf(
                        hit->detail, sizeof(hit->detail),
                        "this user may not run pppd. Debian allows it to the group \"dip\", which "
                        "also sees the files in /etc/ppp/peers: \"sudo adduser USER dip\", and log "
                        "in anew; or \"sudo pon NAME\"");
        if (hit->row == CATALOGUE_SYS_01 && strstr(text, "/pppd") && strstr(text, "xec"))
                snprintf(hit->detail, sizeof(hit->detail),
                         "systemd finds no pppd under the path that ExecStart= of the unit names. "
                         "\"command -v pppd\" as root shows the right one, mostly /usr/sbin/pppd");
        if (hit->row == CATALOGUE_CFG_12)
                hit_note_options(hit, text + match->offset - MIN(match->offset, (size_t) 4));
        if ((hit->row == CATALOGUE_SYS_01 || hit->row == CATALOGUE_SYS_07) &&
            strncmp(text + match->offset, "pptp: ", 6) == 0)
                hit_note_program(hit, text, match);
        if (hit->row == CATALOGUE_SYS_07)
                hit_note_policy(hit, text);
        if (hit->row == CATALOGUE_NM_07)
                hit_note_setting(hit, text + match->offset);
        if (catalogue_row_group(&catalogue_rows[hit->row]) == CATALOGUE_GROUP_AUTH)
                hit_note_reason(hit, text);
        if (match->kind == LOG_MATCH_SUMMARY) {
                hit->is_verdict = true;
                hit_note_parentheses(hit, text, match);
        }
}
