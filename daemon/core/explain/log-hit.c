/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The messages of the catalogue in a log: who may say them, and what they mean there. */

#include <ctype.h>
#include <signal.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/explain/log-message.h"
#include "core/explain/log-parser.h"
#include "core/explain/log-row.h"

/* A message with more words than this before it is quoted in a sentence. */
#define QUOTE_WORDS 2
/* A message inside a sentence is quoted if at least this many words follow it. */
#define QUOTE_WORDS_BEHIND 6

/* Whether the option that pppd does not know is one of those that every pppd with MPPE has. */
static bool names_mppe_option(const char *text) {
        static const char *const options[] = { "require-mppe'",  "require-mppe-40'",
                                               "nomppe'",        "require-mppe-128'",
                                               "mppe-stateful'", "nomppe-stateful'",
                                               "nomppe-40'",     "nomppe-128'" };
        const char *at = strstr(text, "unrecognized option '");

        if (!at)
                return false;

        at += strlen("unrecognized option '");
        for (size_t i = 0; i < ELEMENTSOF(options); i++)
                if (strncmp(at, options[i], strlen(options[i])) == 0)
                        return true;

        return false;
}

/* Whether the kernel refused for lack of a right. */
static bool names_privilege(const char *text) {
        return strstr(text, ": Operation not permitted") || strstr(text, ": Permission denied");
}

CatalogueIndex log_row_of_text(CatalogueIndex row, const char *text) {
        if (row == CATALOGUE_CFG_01 && names_mppe_option(text))
                return CATALOGUE_CFG_10;
        if ((row == CATALOGUE_SYS_10 || row == CATALOGUE_PPPD_06) && strstr(text, "/nm-"))
                return CATALOGUE_NM_01;
        if (row == CATALOGUE_SYS_10 && strstr(text, " nm-"))
                return CATALOGUE_NM_01;
        if (row == CATALOGUE_SYS_10 && !strstr(text, "pptp-supervisor"))
                return CATALOGUE_PPPD_06;
        if (row == CATALOGUE_SYS_01 && strstr(text, "EXEC spawning") && names_privilege(text))
                return CATALOGUE_SYS_07;
        /* Without the capability, the kernel says "Operation not permitted" (inet_create()). */
        if (row == CATALOGUE_SYS_06 && strstr(text, "socket: Permission denied"))
                return CATALOGUE_SYS_07;
        if (row == CATALOGUE_SYS_16 && names_privilege(text))
                return CATALOGUE_SYS_06;
        if (row == CATALOGUE_SYS_16 && strstr(text, ": File exists"))
                return CATALOGUE_SYS_08;

        return row;
}

/* The same for a message that was kept, which modprobe's line explains. */
static void attempt_note_folder(LogOpenAttempt *a, const char *text) {
        for (size_t i = 0; i < a->n_hits; i++)
                if (a->hits[i].row == CATALOGUE_SYS_04 && a->hits[i].detail[0] == '\0')
                        log_hit_note_folder(&a->hits[i], text);
}

/* A text that is shorter is printed by other programs as well. */
#define SHORT_TEXT 24

/* Whether the row has such texts, which say nothing where no program is named. */
static bool has_short_texts(CatalogueIndex row) {
        return row == CATALOGUE_CFG_11 || row == CATALOGUE_CFG_13 || row == CATALOGUE_SYS_14 ||
                row == CATALOGUE_PPPD_01 || row == CATALOGUE_PPPD_07 || row == CATALOGUE_SRV_35;
}

/*
 * Whether pppd tells that pptp-linux crashed or was killed. pppd runs other programs as well, whose
 * end does not end the link; and by other signals pptp-linux ends when the link does.
 */
static bool tells_crash(const char *text) {
        static const unsigned signals[] = { SIGILL,  SIGABRT, SIGBUS, SIGFPE,
                                            SIGKILL, SIGSEGV, SIGSYS };
        unsigned number;

        if (!strstr(text, "terminated with signal "))
                return true;
        if (!log_message_get_helper_signal(text, &number))
                return false;

        for (size_t i = 0; i < ELEMENTSOF(signals); i++)
                if (number == signals[i])
                        return true;

        return false;
}

/*
 * Messages whose other words decide whether they mean the row: a line that has the first text needs
 * the second one, too.
 */
static const struct {
        CatalogueIndex row;
        const char *has;   /* NULL: any line */
        const char *needs; /* NULL: then it does not mean the row */
} conditions[] = {
        /* The status of a shell without that program; pppd runs other scripts as well. */
        { CATALOGUE_SYS_01, "status = 0x", "pptp" },
        { CATALOGUE_SYS_07, "status = 0x", "pptp" },
        /* systemd says it of any program. */
        { CATALOGUE_SYS_01, "status=203/EXEC", "/pppd" },
        { CATALOGUE_SYS_01, "EXEC spawning", "/pppd" },
        { CATALOGUE_SYS_01, "locate executable", "/pppd" },
        /* What people write of the file that pon misses. */
        { CATALOGUE_CFG_09, "he file /etc/ppp/peers/", " does not exist" },
        /* Any program may miss a library. */
        { CATALOGUE_PPPD_06, NULL, "pppd" },
        /* Programs that try out what pppd can do print its whole answer in one line. */
        { CATALOGUE_CFG_01, "Usage:", NULL },
        { CATALOGUE_CFG_01, "usage:", NULL },
        { CATALOGUE_CFG_01, "[test ", NULL },
        /* A file that need not be there, such as ~/.ppprc. */
        { CATALOGUE_CFG_09, "arning: ", NULL },
        /* A program that ends by SIGTERM was told to, and has not crashed. */
        { CATALOGUE_PPPD_02, "signal 15", NULL },
        /* An address that is there already is as good, and IPv4 does without one of IPv6. */
        { CATALOGUE_SYS_16, "Address already exists", NULL },
        { CATALOGUE_SYS_06, "Address already exists", NULL },
        { CATALOGUE_SYS_16, "sif6addr: ", NULL },
        { CATALOGUE_SYS_06, "sif6addr: ", NULL },
        /* Setting back the old route at the end is no failure of this attempt. */
        { CATALOGUE_NETC_29, "restore default route", NULL },
        /* "secret/password for client" and "radius secret for" are others. */
        { CATALOGUE_SRV_35, "assword for ", " has expired" },
        { CATALOGUE_AUTH_16, NULL, " is too long" },
        /* Windows' telnet reached no port at all. */
        { CATALOGUE_CTL_05, "connection to the host, on port", NULL },
        /* A protocol with a name is no garbage: pppd only does not want it. */
        { CATALOGUE_LCP_08, "rotocol '", NULL },
};

/*
 * Whether only the words of a shell stand in front of a program's name: "sh: 1: ", "sh: line 1: ",
 * "sh: 1: exec: ", and the directories of the program. Else the name may be that of a file: "Can't
 * open options file /etc/ppp/peers/pptp: Permission denied".
 */
static bool is_of_shell(const char *text, size_t name) {
        const char *end = text + name, *at = strstr(text, "sh: ");

        if (!at || at + 4 > end)
                return false;

        for (at += 4; at < end;) {
                size_t n = strcspn(at, " "), n_blank = strspn(at + n, " ");
                bool is_number = n > 1 && strspn(at, "0123456789") == n - 1 && at[n - 1] == ':';

                if (at + n >= end)
                        return at[0] == '/' || at[0] == '.' || at[0] == '~';
                if (!is_number && strncmp(at, "line ", 5) != 0 && strncmp(at, "exec: ", 6) != 0)
                        return false;
                at += n + n_blank;
        }

        return true;
}

/* Whether the other words of a message let it mean the row. */
static bool meets_conditions(const LogMatch *match, const char *text, CatalogueIndex row) {
        /* Our own summaries are what they say. */
        if (match->kind != LOG_MATCH_TEXT)
                return true;

        if ((row == CATALOGUE_SYS_07 || row == CATALOGUE_SYS_01) &&
            strncmp(text + match->offset, "pptp: ", 6) == 0)
                return strstr(text, " not found") || is_of_shell(text, match->offset);

        for (size_t i = 0; i < ELEMENTSOF(conditions); i++)
                if (conditions[i].row == row &&
                    (!conditions[i].has || strstr(text, conditions[i].has)) &&
                    (!conditions[i].needs || !strstr(text, conditions[i].needs)))
                        return false;

        return row != CATALOGUE_PPPD_02 || tells_crash(text);
}

/*
 * Whether NetworkManager itself speaks, "NetworkManager[4]: <info>  [1.5] ...", and does not pass
 * on what pppd says. Of its lines those about a VPN count, and those about the interface.
 */
static bool is_managers_own(const LogInput *input) {
        const char *text = input->line->text, *at = text + input->tag.message;

        if (input->tag.speaker != LOG_SPEAKER_STARTER)
                return false;
        /* A line without the program's name has the level as its tag. */
        while (*at != '<' && at > text && isspace((unsigned char) at[-1]))
                at--;

        return *at == '<' || (at > text && at[-1] == '>');
}

/* Whether a line of NetworkManager's own is about something else, and only sounds like pppd's. */
static bool is_of_other_network(const LogInput *input, CatalogueIndex row) {
        const char *text = input->line->text;

        return is_managers_own(input) && row != CATALOGUE_NETC_16 &&
                catalogue_row_group(&catalogue_rows[row]) != CATALOGUE_GROUP_NM &&
                !strcasestr(text, "vpn") && !strstr(text, "ppp") && !strstr(text, "pptp");
}

/* Whether the program of a line can mean this row by its message. */
static bool speaker_may_name(const LogInput *input, const LogMatch *match, CatalogueIndex row) {
        const char *text = input->line->text;

        if (!meets_conditions(match, text, row) || is_of_other_network(input, row))
                return false;

        if (input->tag.speaker == LOG_SPEAKER_NOBODY && has_short_texts(row) &&
            match->n_text < SHORT_TEXT && match->offset > input->tag.message)
                return false;

        /* pptp-linux has options of its own, and reads none from a file. */
        if (row == CATALOGUE_CFG_01 && input->tag.speaker == LOG_SPEAKER_PPTP &&
            !strstr(text, "In file "))
                return false;

        /* So short a text is printed by others as well. */
        if (row == CATALOGUE_CFG_12 && strstr(text, " cannot be ") &&
            input->tag.speaker != LOG_SPEAKER_PPPD)
                return false;

        /* Of its settings, NetworkManager says the same about networks of every kind. */
        if (row == CATALOGUE_NM_07 && input->tag.speaker != LOG_SPEAKER_PPTP &&
            !strstr(text, "failed to connect: '") && !strstr(text, "'VPNConfigBad'"))
                return false;

        /* It asks for the passwords of wireless networks, too. */
        if (row == CATALOGUE_NM_08 && strstr(text, "connection secrets") &&
            !strcasestr(text, "vpn"))
                return false;

        /* The bus refuses much, and only this is about the tunnel. */
        if (row == CATALOGUE_NM_05 && !strstr(text, "VPN") &&
            input->tag.speaker != LOG_SPEAKER_PPTP && input->tag.speaker != LOG_SPEAKER_PPPD)
                return false;

        switch (input->tag.speaker) {
        case LOG_SPEAKER_KERNEL:
        case LOG_SPEAKER_AUDIT:
                /* Other programs on this host may be refused as well, by the same policy. */
                return row == CATALOGUE_MPPE_16 || row == CATALOGUE_MPPE_27 ||
                        row == CATALOGUE_NETC_05 || row == CATALOGUE_SYS_04 ||
                        row == CATALOGUE_SYS_05 || row == CATALOGUE_SYS_16 ||
                        row == CATALOGUE_GRE_13 || row == CATALOGUE_GRE_14 ||
                        (row == CATALOGUE_SYS_07 && (strstr(text, "ppp") || strstr(text, "pptp")));
        case LOG_SPEAKER_SERVER:
        case LOG_SPEAKER_STRANGER:
                return false;
        case LOG_SPEAKER_NOBODY:
                return row != CATALOGUE_SYS_07 || strstr(text, "ppp") || strstr(text, "pptp");
        case LOG_SPEAKER_PPPD:
        case LOG_SPEAKER_PPTP:
        case LOG_SPEAKER_OWN:
        case LOG_SPEAKER_STARTER:
                break;
        }

        return true;
}

/* Whether a sentence begins before a message and goes on behind it: "See the X, which I think". */
static bool match_is_in_sentence(const LogInput *input, const LogMatch *match) {
        const LogLine *line = input->line;
        size_t end = match->offset + match->n_text;

        return input->tag.speaker == LOG_SPEAKER_NOBODY && input->tag.time_sec == LOG_NO_TIME &&
                match->offset > 0 && isspace((unsigned char) line->text[match->offset - 1]) &&
                log_speaker_count_words(line->text, match->offset) > 0 &&
                log_speaker_count_words(line->text + end, line->n_text - end) >= QUOTE_WORDS_BEHIND;
}

bool log_match_is_quoted(const LogInput *input, const LogMatch *match) {
        size_t begin = input->tag.message;
        const char *passed_on;

        /* A match in front of the message is no message: a host may be called mppe. */
        if (match->offset < input->tag.message)
                return false;
        /* NetworkManager names the connection first, which may be many words. */
        if (input->tag.speaker == LOG_SPEAKER_STARTER && match->kind == LOG_MATCH_TEXT &&
            catalogue_row_group(&catalogue_rows[catalogue_log_texts[match->number].row]) ==
                    CATALOGUE_GROUP_NM)
                return false;

        /* It passes on what another program told it: "failed to connect: 'couldn't look ...'". */
        passed_on = memmem(input->line->text, match->offset, ": '", 3);
        if (input->tag.speaker == LOG_SPEAKER_STARTER && passed_on)
                begin = (size_t) (passed_on + 3 - input->line->text);

        /* "systemctl status" shows the command before it tells how that ended. */
        if (strstr(input->line->text, " ExecStart=/"))
                return false;

        if (match_is_in_sentence(input, match))
                return true;

        return (input->tag.speaker == LOG_SPEAKER_NOBODY ||
                input->tag.speaker == LOG_SPEAKER_STARTER) &&
                log_speaker_count_words(input->line->text + begin, match->offset - begin) >
                QUOTE_WORDS;
}

/* Whether pppd prints this only after the other side has answered over PPP. */
static bool row_proves_link(CatalogueIndex row) {
        CatalogueGroup group = catalogue_row_group(&catalogue_rows[row]);

        if (row == CATALOGUE_AUTH_16 || row == CATALOGUE_MPPE_16)
                return false;

        return group == CATALOGUE_GROUP_AUTH || group == CATALOGUE_GROUP_MPPE ||
                group == CATALOGUE_GROUP_IPCP || row == CATALOGUE_LCP_06 || row == CATALOGUE_LCP_09;
}

/* Whether the row proves that the password was asked for. */
static bool row_proves_log_on(CatalogueIndex row) {
        return row == CATALOGUE_AUTH_01 || row == CATALOGUE_AUTH_07 || row == CATALOGUE_AUTH_13 ||
                row == CATALOGUE_AUTH_14 || row == CATALOGUE_SRV_03;
}

/* Whether a message begins within a word: "connect script failed" in "disconnect script failed". */
static bool match_is_within_word(const LogInput *input, const LogMatch *match) {
        const char *at = input->line->text + match->offset;

        return match->kind == LOG_MATCH_TEXT && match->offset > 0 &&
                isalpha((unsigned char) at[0]) && isalpha((unsigned char) at[-1]);
}

void log_attempt_note_messages(LogParser *p, LogOpenAttempt *a, const LogInput *input) {
        bool of_peer =
                log_input_has(input, LOG_PHRASE_CLUE) && log_message_is_of_peer(input->line->text);

        for (size_t i = 0; i < input->n_matches; i++) {
                const LogMatch *match = &input->matches[i];
                CatalogueIndex row;
                LogHit *hit;

                if (match->kind == LOG_MATCH_PHRASE || match->offset < input->tag.message ||
                    match_is_within_word(input, match))
                        continue;

                row = match->kind == LOG_MATCH_TEXT ?
                        log_row_of_text(catalogue_log_texts[match->number].row, input->line->text) :
                        (CatalogueIndex) match->number;
                if (match->kind == LOG_MATCH_SUMMARY && !log_row_is_failure(&catalogue_rows[row]))
                        continue;
                if (!speaker_may_name(input, match, row) || (of_peer && row != CATALOGUE_LCP_04))
                        continue;
                /* Without a tunnel that is up, a packet that cannot be sent went somewhere else. */
                if ((row == CATALOGUE_NETC_24 || row == CATALOGUE_NETC_25) && !a->is_up)
                        continue;
                /*
                 * pppd says so whenever it ends a link: LCP takes down IP, of which pppd counts the
                 * bytes then, before CCP. Where CCP itself went down, nothing stands before this.
                 */
                if (row == CATALOGUE_MPPE_15 && match->kind == LOG_MATCH_TEXT &&
                    !strstr(input->line->text, "MPPE disabled,") && log_attempt_is_ending(a))
                        continue;
                /* pppd's terminal is gone, which log-evidence.c tells. */
                if (log_input_has(input, LOG_PHRASE_TERMINAL))
                        continue;
                /* Before, NetworkManager waits in vain for the link, and not for its plugin. */
                if (row == CATALOGUE_NM_02 && !a->is_up)
                        continue;

                if (row == CATALOGUE_GRE_14) {
                        log_hit_init(&p->helper, input->line, row);
                        continue;
                }
                if (row == CATALOGUE_AUTH_08 && log_parser_proof_is_lost(p, input))
                        row = CATALOGUE_AUTH_21;
                if (row == CATALOGUE_SYS_04)
                        attempt_note_folder(a, input->line->text);
                if (log_match_is_quoted(input, match)) {
                        if (!p->has_quoted && input->tag.speaker == LOG_SPEAKER_NOBODY) {
                                log_hit_init(&p->quoted, input->line, row);
                                p->has_quoted = true;
                        }
                        continue;
                }

                hit = log_attempt_add_hit(a, input, row);
                a->by_server = a->by_server ||
                        (input->tag.speaker != LOG_SPEAKER_STARTER &&
                         catalogue_row_group(&catalogue_rows[row]) == CATALOGUE_GROUP_SRV);
                a->asked_password = a->asked_password || row_proves_log_on(row);
                a->heard = a->heard || a->asked_password || row_proves_link(row);
                if (hit)
                        log_hit_note_case(hit, input, match);
        }
}
