/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/explain/log-speaker.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "core/base/macros.h"
#include "core/base/number.h"

/* "Mon Oct 23 17:02:34 2017 daemon.notice name[12]:", and one to spare. */
#define TAG_TOKENS_MAX 9
/* Where pptp-linux's "anon log[main:pptp.c:353]: " begins at the latest in its message. */
#define PPTP_PREFIX_MAX 64

/* The first that matches counts; a name that ends with "*" stands for all that begin so. */
static const struct {
        const char *name;
        LogSpeaker speaker;
        LogClientProgram client; /* PPPD where there is none: the name alone tells nothing then */
} speakers[] = {
        { "pptp-supervisor*", LOG_SPEAKER_OWN },
        { "pptpctl", LOG_SPEAKER_OWN },
        { "pptpd*", LOG_SPEAKER_SERVER },
        { "pptpctrl", LOG_SPEAKER_SERVER },
        { "accel-*", LOG_SPEAKER_SERVER },
        { "pppoe-server", LOG_SPEAKER_SERVER },
        { "npppd", LOG_SPEAKER_SERVER },
        { "radiusd*", LOG_SPEAKER_SERVER },
        { "freeradius*", LOG_SPEAKER_SERVER },
        /* FreeBSD's, which calls and is called */
        { "mpd*", LOG_SPEAKER_STARTER, LOG_PROGRAM_MPD },
        /* These start pppd, and report what it does. */
        { "pptpconfig", LOG_SPEAKER_STARTER },
        { "pptpsetup", LOG_SPEAKER_STARTER },
        { "pptp*", LOG_SPEAKER_PPTP },
        { "nm-pptp*", LOG_SPEAKER_PPTP },
        /* Android's */
        { "mtpd", LOG_SPEAKER_PPTP, LOG_PROGRAM_ANDROID },
        { "pppd*", LOG_SPEAKER_PPPD },
        { "ppp-*", LOG_SPEAKER_PPPD },
        { "ppp", LOG_SPEAKER_PPPD },
        { "NetworkManager*", LOG_SPEAKER_STARTER },
        { "netifd", LOG_SPEAKER_STARTER },
        { "sh", LOG_SPEAKER_STARTER },
        { "bash", LOG_SPEAKER_STARTER },
        { "modprobe", LOG_SPEAKER_STARTER },
        { "insmod", LOG_SPEAKER_STARTER },
        { "kernel", LOG_SPEAKER_KERNEL },
        { "traps", LOG_SPEAKER_KERNEL },
        { "systemd-coredump", LOG_SPEAKER_KERNEL },
        { "mppe_*", LOG_SPEAKER_KERNEL },
        { "xt_CT", LOG_SPEAKER_KERNEL },
        { "audit*", LOG_SPEAKER_AUDIT },
        { "type=AVC", LOG_SPEAKER_AUDIT },
        /* Keenetic's, Synology's and ASUS's, which start pppd */
        { "ndm", LOG_SPEAKER_STRANGER, LOG_PROGRAM_DEVICE },
        { "synovpnclient", LOG_SPEAKER_STRANGER, LOG_PROGRAM_DEVICE },
        { "rc_service", LOG_SPEAKER_STRANGER, LOG_PROGRAM_DEVICE },
};

static LogSpeaker find_speaker(const char *name, size_t n_name, LogClientProgram *ret_client) {
        *ret_client = LOG_PROGRAM_PPPD;
        for (size_t i = 0; i < ELEMENTSOF(speakers); i++) {
                size_t n = strlen(speakers[i].name);
                bool is_prefix = speakers[i].name[n - 1] == '*';

                n -= is_prefix;
                if ((is_prefix ? n_name >= n : n_name == n) &&
                    memcmp(name, speakers[i].name, n) == 0) {
                        *ret_client = speakers[i].client;
                        return speakers[i].speaker;
                }
        }

        return LOG_SPEAKER_STRANGER;
}

/*
 * "name:", "name[12]:", "pppd[12]" or "[name]". True and the length of the name, where it begins,
 * and the pid or 0. No process has the pid 0: mppe_decompress[0] is an interface.
 */
static bool parse_name(const char *token, size_t n_token, const char **ret_name, size_t *ret_n,
                       unsigned *ret_pid) {
        const char *end = token + n_token, *at = token;
        bool bracketed = *at == '[';

        at += bracketed;
        *ret_name = at;
        while (at < end && (isalnum((unsigned char) *at) || strchr("_-./@()", *at)))
                at++;
        *ret_n = (size_t) (at - *ret_name);
        *ret_pid = 0;
        if (*ret_n == 0 || isdigit((unsigned char) **ret_name))
                return false;

        if (bracketed)
                return end - at == 1 && *at == ']';
        if (at < end && *at == '[') {
                uint64_t pid;
                size_t n;

                at++;
                n = number_take(at, (size_t) (end - at), 10, INT32_MAX, &pid);
                if (n == 0 || at + n == end || at[n] != ']')
                        return false;
                *ret_pid = (unsigned) pid;
                at += n + 1;
                /* Keenetic writes no colon. */
                if (at == end && *ret_n == strlen("pppd") && memcmp(*ret_name, "pppd", 4) == 0)
                        return true;
        }
        return end - at == 1 && *at == ':';
}

/* pptp-linux says where in its source a message is from: "anon log[main:pptp.c:353]: ". */
static bool skip_pptp_prefix(const char *message, size_t *ret_n) {
        const char *bracket = strchr(message, '['), *end;

        if (!bracket || bracket - message > PPTP_PREFIX_MAX)
                return false;

        end = strstr(bracket, "]: ");
        if (!end || end - bracket > PPTP_PREFIX_MAX)
                return false;
        if (!memmem(bracket, (size_t) (end - bracket), "pptp", 4) &&
            !(bracket - message >= 4 &&
              (memcmp(bracket - 3, "log", 3) == 0 || memcmp(bracket - 4, "warn", 4) == 0 ||
               (bracket - message >= 5 && memcmp(bracket - 5, "fatal", 5) == 0))))
                return false;

        *ret_n = (size_t) (end + 3 - message);
        return true;
}

/* Whether a name is a word that begins messages, such as "LCP:" and "connect:", and no program. */
static bool begins_message(const char *name, size_t n_name) {
        static const char *const words[] = {
                "connect", "Connect", "socket", "bind",  "debug",   "info",    "notice", "warning",
                "error",   "fatal",   "read",   "write", "unknown", "success", "Message"
        };

        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                if (strlen(words[i]) == n_name && memcmp(words[i], name, n_name) == 0)
                        return true;

        for (size_t i = 0; i < n_name; i++)
                if (islower((unsigned char) name[i]))
                        return false;

        return true;
}

/* Whether a token names who speaks; then the tag has the speaker and its pid. */
static bool token_names_speaker(const char *token, size_t n_token, bool has_time, LogTag *tag) {
        const char *name, *slash;
        LogClientProgram client;
        LogSpeaker speaker;
        size_t n_name;
        unsigned pid;

        /* Most tokens are no names; this returns early for them. */
        if (n_token < 2 || (token[n_token - 1] != ':' && token[n_token - 1] != ']') ||
            !parse_name(token, n_token, &name, &n_name, &pid))
                return false;

        /* The last part of a path, as in "/usr/sbin/pppd:". */
        slash = memrchr(name, '/', n_name);
        if (slash) {
                n_name -= (size_t) (slash + 1 - name);
                name = slash + 1;
        }

        /* A shell that was logged in to: "-bash:". */
        if (*name == '-') {
                name++;
                n_name--;
        }

        speaker = find_speaker(name, n_name, &client);
        if (speaker == LOG_SPEAKER_STRANGER && pid == 0 &&
            (!has_time || begins_message(name, n_name)))
                return false;

        /* Of what systemd says of units, pppd's that it cannot run is of the tunnel. */
        if (speaker == LOG_SPEAKER_STRANGER && n_name == strlen("systemd") &&
            memcmp(name, "systemd", n_name) == 0 && strstr(token + n_token, "/pppd") &&
            (strstr(token + n_token, " step EXEC spawning ") ||
             strstr(token + n_token, " locate executable ")))
                speaker = LOG_SPEAKER_STARTER;

        tag->speaker = speaker;
        tag->client = client;
        tag->server = n_name >= 6 && memcmp(name, "accel-", 6) == 0 ? LOG_SERVER_ACCEL :
                n_name >= 3 && memcmp(name, "mpd", 3) == 0          ? LOG_SERVER_MPD :
                                                                      LOG_SERVER_PPTPD;
        tag->pid = pid;
        if (speaker == LOG_SPEAKER_STRANGER || speaker == LOG_SPEAKER_SERVER)
                tag->carrier = log_carrier_of_program(name, n_name);
        return true;
}

/* "<info>", with which NetworkManager's lines begin where its name was left out. */
static bool token_is_level(const char *token, size_t n_token) {
        static const char *const levels[] = { "<debug>", "<info>", "<warn>", "<error>" };

        for (size_t i = 0; i < ELEMENTSOF(levels); i++)
                if (strlen(levels[i]) == n_token && strncasecmp(levels[i], token, n_token) == 0)
                        return true;

        return false;
}

/*
 * "10:00:00]:" and "info:", with which the lines of accel-ppp's own file begin:
 * "[2023-05-11 10:00:00]:  info: ppp0: recv [LCP ...". An interface or nothing stands behind.
 */
static bool token_is_accel(const char *at, size_t n_token, LogTag *tag) {
        static const char *const levels[] = { "info:", "msg:", "warn:", "error:", "debug:" };
        const char *next = at + n_token + strspn(at + n_token, " \t");

        if (n_token != strlen("00:00:00]:") || memcmp(at + 8, "]:", 2) != 0)
                return false;

        for (size_t i = 0; i < ELEMENTSOF(levels); i++)
                if (strncmp(next, levels[i], strlen(levels[i])) == 0) {
                        tag->speaker = LOG_SPEAKER_SERVER;
                        tag->server = LOG_SERVER_ACCEL;
                        return true;
                }

        return false;
}

/*
 * RouterOS: "pptp,ppp,info pptp-out1: ..." of a client; "<pptp-anna>: ..." and "<2>: ..." of one
 * that called it; and "   <mru 1450>", an option of the packet in the line before.
 */
static LogSpeaker find_routeros_speaker(const char *message) {
        const char *end;

        message += strspn(message, " \t");
        if (strstr(message, "TCP connection established from") || strstr(message, " logged in, ") ||
            strstr(message, " logged out, "))
                return LOG_SPEAKER_SERVER;
        if (*message != '<')
                return LOG_SPEAKER_PPTP;

        end = strchr(message, '>');
        return end && end[1] == ':' ? LOG_SPEAKER_SERVER : LOG_SPEAKER_STRANGER;
}

/*
 * Android's logcat: "05-14 10:00:00.100 E/pppd    ( 2211): CHAP ..." in its form "time", "E/pppd(
 * 2211): " in "brief", and "05-14 10:00:00.100  2210  2211 E pppd    : " in "threadtime". And
 * tables whose columns are a time, a name and a message: "Jul 10 08:31:12\tppp\t[B1] LCP: ...".
 * Only programs of the tunnel count. Returns the length of the tag up to the message, or 0.
 */
static size_t skip_column(const char *at, size_t n_token, bool has_time, bool behind_tab,
                          LogTag *tag) {
        const char *name = at, *end;
        LogClientProgram client;
        LogSpeaker speaker;
        uint64_t pid = 0;
        size_t n_name;

        if (n_token == 0 || (!strchr("VDIWEF", at[0]) && !behind_tab))
                return 0;
        if (n_token > 2 && at[1] == '/')
                name += 2;
        else if (n_token == 1 && has_time)
                name += 1 + strspn(at + 1, " ");
        else if (!behind_tab)
                return 0;

        n_name = strcspn(name, " \t(:[");
        end = name + n_name;
        end += strspn(end, " ");
        if (name == at) {
                if (*end != '\t')
                        return 0;
        } else {
                if (name == at + 2 && *end == '(') {
                        size_t n;

                        end += 1 + strspn(end + 1, " ");
                        n = number_take(end, 10, 10, INT32_MAX, &pid);
                        if (n == 0 || end[n] != ')')
                                return 0;
                        end += n + 1;
                }
                if (*end != ':')
                        return 0;
                end++;
        }

        speaker = find_speaker(name, n_name, &client);
        if (n_name == 0 || speaker == LOG_SPEAKER_STRANGER)
                return 0;
        tag->speaker = speaker;
        tag->client = client;
        tag->pid = (unsigned) pid;
        return (size_t) (end - at);
}

/* FreeRADIUS's own file: "Tue Mar  3 10:00:00 2026 : Auth: (7) Login incorrect". */
static bool token_is_radius(const char *at, size_t n_token, LogTag *tag) {
        static const char *const kinds[] = { " Auth: ", " Error: ", " Info: ", " Proxy: " };

        if (n_token != 1 || *at != ':')
                return false;

        for (size_t i = 0; i < ELEMENTSOF(kinds); i++)
                if (strncmp(at + 1, kinds[i], strlen(kinds[i])) == 0) {
                        tag->speaker = LOG_SPEAKER_SERVER;
                        return true;
                }

        return false;
}

/*
 * Takes the program behind the first tag: NetworkManager passes on "xl2tpd[4511]: control_finish:
 * ...". The pid tells its tag from a message.
 */
static bool take_second_tag(const char *text, LogTag *tag) {
        const char *at = text + tag->message;
        size_t n_name = strcspn(at, " \t");
        LogTag second = { .time_sec = tag->time_sec, .message = tag->message };

        if (!token_names_speaker(at, n_name, true, &second) || second.pid == 0)
                return false;

        *tag = second;
        tag->message += n_name + strspn(at + n_name, " \t");
        return true;
}

/*
 * Programs that start pppd pass on its messages, as netifd does in "vpn (4410): /usr/sbin/pppd: In
 * file x: ...". If the message names the child, the child is the speaker.
 */
static void parse_child(const char *text, LogTag *tag) {
        const char *at = text + tag->message;
        size_t n_name = strcspn(at, " \t"), n;
        uint64_t pid;

        if (take_second_tag(text, tag))
                return;

        at += n_name;
        if (n_name == 0 || strncmp(at, " (", 2) != 0)
                return;
        n = number_take(at + 2, SIZE_MAX, 10, INT32_MAX, &pid);
        if (n == 0 || strncmp(at + 2 + n, "): ", 3) != 0)
                return;

        at += 2 + n + 3;
        tag->message = (size_t) (at - text);
        n = strcspn(at, " \t");
        if (!token_names_speaker(at, n, true, tag))
                return;

        tag->pid = (unsigned) pid;
        at += n;
        tag->message = (size_t) (at + strspn(at, " \t") - text);
}

/*
 * Skips the time that pppd of macOS writes before its messages: "Tue Mar  3 10:00:00 2026 : ".
 * Returns the length of it, or 0.
 */
static size_t skip_macos_time(const char *text) {
        static const char form[] = "Aaa Aaa nn nn:nn:nn nnnn : ";

        for (size_t i = 0; form[i]; i++) {
                unsigned char c = (unsigned char) text[i];

                if (form[i] == 'A'         ? !isupper(c) :
                            form[i] == 'a' ? !islower(c) :
                            form[i] == 'n' ? !isdigit(c) && c != ' ' :
                                             c != (unsigned char) form[i])
                        return 0;
        }

        return sizeof(form) - 1;
}

/* What nmcli prints on the terminal, without its name. */
#define NMCLI_ERROR "Error: Connection activation failed: "

void log_speaker_parse(const char *text, LogTag *ret_tag) {
        LogTag tag = { .time_sec = LOG_NO_TIME };
        bool has_time = false, found = false;
        const char *at = text;
        size_t n_prefix, n_column, name = 0;

        if (strncmp(text, NMCLI_ERROR, strlen(NMCLI_ERROR)) == 0) {
                tag.speaker = LOG_SPEAKER_STARTER;
                tag.message = strlen("Error: ");
                *ret_tag = tag;
                return;
        }

        for (unsigned i = 0; i < TAG_TOKENS_MAX && *at && !found; i++) {
                size_t n_token = strcspn(at, " \t");

                if (tag.time_sec == LOG_NO_TIME)
                        tag.time_sec = log_time_parse_clock(at, n_token);
                has_time = has_time || tag.time_sec != LOG_NO_TIME ||
                        (at[0] == '[' && isdigit((unsigned char) at[1]));

                /* No program's name stands behind it; "failed: " begins no message. */
                if (n_token == 1 && *at == ':' &&
                    skip_macos_time(text) == (size_t) (at - text) + 2 &&
                    !token_is_radius(at, n_token, &tag)) {
                        tag.message = (size_t) (at - text) + 2;
                        break;
                }

                /* tcpdump: "10:00:00.1 IP client.example > server.example: GREv1, call 1" */
                if (has_time && n_token == 2 && memcmp(at, "IP", 2) == 0)
                        break;

                name = (size_t) (at - text);
                n_column = skip_column(at, n_token, has_time, at > text && at[-1] == '\t', &tag);
                n_token = MAX(n_token, n_column);
                found = n_column > 0 || token_names_speaker(at, n_token, has_time, &tag) ||
                        token_is_accel(at, n_token, &tag) ||
                        (has_time && token_is_radius(at, n_token, &tag));
                if (!found && n_token > 5 && memcmp(at, "pptp,", 5) == 0) {
                        tag.speaker = find_routeros_speaker(at + n_token);
                        tag.server = LOG_SERVER_ROUTEROS;
                        if (tag.speaker == LOG_SPEAKER_PPTP)
                                tag.client = LOG_PROGRAM_ROUTEROS;
                        found = true;
                }
                if (!found && token_is_level(at, n_token)) {
                        tag.speaker = LOG_SPEAKER_STARTER;
                        found = true;
                }
                at += n_token;
                at += strspn(at, " \t");
                if (found)
                        tag.message = (size_t) (at - text);
        }

        /* dmesg leaves out that the kernel speaks, and the program that crashed comes first. */
        if (found && strncmp(text + tag.message, "segfault at ", strlen("segfault at ")) == 0)
                tag = (LogTag){ .speaker = LOG_SPEAKER_KERNEL,
                                .time_sec = tag.time_sec,
                                .message = name };

        if (tag.speaker == LOG_SPEAKER_STARTER)
                parse_child(text, &tag);
        /* Some collectors of logs put a name of their own first: "h collector: pppd[12]: ". */
        if (tag.speaker == LOG_SPEAKER_STRANGER && tag.pid == 0)
                (void) take_second_tag(text, &tag);
        if ((tag.speaker == LOG_SPEAKER_NOBODY || tag.speaker == LOG_SPEAKER_PPTP ||
             tag.speaker == LOG_SPEAKER_PPPD || tag.speaker == LOG_SPEAKER_STARTER) &&
            skip_pptp_prefix(text + tag.message, &n_prefix)) {
                tag.speaker = LOG_SPEAKER_PPTP;
                tag.message += n_prefix;
        }

        *ret_tag = tag;
}

unsigned log_speaker_count_words(const char *text, size_t n_text) {
        unsigned n_words = 0;

        for (size_t i = 0; i < n_text;) {
                size_t begin = i;
                bool has_lower = false;

                while (i < n_text && (isalpha((unsigned char) text[i]) || text[i] == '\''))
                        has_lower = islower((unsigned char) text[i++]) || has_lower;
                n_words += has_lower &&
                        (i == n_text || isspace((unsigned char) text[i]) || text[i] == ',' ||
                         text[i] == '.');

                while (i < n_text && !isspace((unsigned char) text[i]))
                        i++;
                while (i < n_text && isspace((unsigned char) text[i]))
                        i++;
                if (i == begin)
                        break;
        }

        return n_words;
}
