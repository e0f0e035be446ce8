/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/explain/log-prose.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "core/base/macros.h"

/* RAS errors (raserror.h and MprError.h) have three digits, of which the first is one of these. */
#define FIRST_DIGITS "6789"
/* Between the word and the number, or behind the number, stand at most so many bytes. */
#define DISTANCE_MAX 60

static bool has_any(const char *text, const char *const *words, size_t n_words) {
        for (size_t i = 0; i < n_words; i++)
                if (strcasestr(text, words[i]))
                        return true;

        return false;
}

/* Whether a word stands in a text by itself, and not within another one. */
static bool has_word(const char *text, const char *word) {
        for (const char *at = text; (at = strcasestr(at, word)); at++)
                if ((at == text || !isalnum((unsigned char) at[-1])) &&
                    !isalnum((unsigned char) at[strlen(word)]))
                        return true;

        return false;
}

void log_prose_note(LogProse *prose, const char *text) {
        static const char *const tunnel[] = { "vpn",       "pptp",          "l2tp",   "rasdial",
                                              "rasclient", "remote access", "dial-up" };
        static const char *const proxies[] = {
                "OpenClash", "Clash for", "mihomo", "PassWall",   "SSR Plus",    "ssr-plus",
                "sing-box",  "V2Ray",     "Xray",   "ShellClash", "Shadowsocks", "redsocks"
        };

        if (prose->n_lines == LOG_PROSE_LINES_MAX)
                return;

        prose->n_lines++;
        prose->names_tunnel = prose->names_tunnel || has_any(text, tunnel, ELEMENTSOF(tunnel)) ||
                has_word(text, "ras");
        prose->names_gre = prose->names_gre || has_word(text, "gre") ||
                has_word(text, "proto 47") || has_word(text, "protocol 47") ||
                has_word(text, "proc 47");
        prose->names_nat = prose->names_nat || has_word(text, "nat");
        prose->names_reset = prose->names_reset || strcasestr(text, "reset-request") ||
                strcasestr(text, "ResetReq");
        prose->names_dns =
                prose->names_dns || (has_word(text, "dns") && !strstr(text, "DNS address"));
        for (size_t i = 0; i < ELEMENTSOF(proxies) && !prose->proxy; i++)
                if (strcasestr(text, proxies[i]))
                        prose->proxy = proxies[i];
}

/*
 * Words for "error", or their stems: the endings differ from case to case. Letters beyond ASCII do
 * not match those of the other size, so both are listed.
 */
static const char *const errors[] = {
        "error",                          /* English, Spanish */
        "fehler",                         /* German */
        "erreur",                         /* French */
        "erro ",                          /* Portuguese */
        "erro:",    "errore",             /* Italian */
        "eroare",                         /* Romanian */
        "ошибк",    "Ошибк",     "ОШИБК", /* Russian */
        "помилк",   "Помилк",             /* Ukrainian */
        "грешк",    "Грешк",              /* Bulgarian, Serbian */
        "błąd",     "Błąd",      "błęd",  /* Polish */
        "chyb",                           /* Czech, Slovak */
        "napak",                          /* Slovenian */
        "greška",   "greska",             /* Croatian */
        "hiba",                           /* Hungarian */
        "virhe",                          /* Finnish */
        " fel ",    "felkod",             /* Swedish */
        "fejl",                           /* Danish */
        "feil",                           /* Norwegian */
        "fout",                           /* Dutch */
        "hata",                           /* Turkish */
        "xəta",                           /* Azerbaijani */
        "lỗi",      "Lỗi",                /* Vietnamese */
        "galat",    "kesalahan",          /* Indonesian */
        "ralat",                          /* Malay */
        "σφάλμα",   "Σφάλμα",             /* Greek */
        "שגיא",                           /* Hebrew */
        "خطأ",                            /* Arabic */
        "خطا",                            /* Persian */
        "ข้อผิดพลาด",                       /* Thai */
        "오류",     "에러",               /* Korean */
        "エラー",                         /* Japanese */
        "错误",     "报错",               /* Chinese, simplified */
        "錯誤",     "報錯",               /* and traditional */
};

/* Whether a word for "error" stands in the line, not far before the number or behind it. */
static bool is_near_error(const char *text, const char *number) {
        const char *end = number + DISTANCE_MAX;

        for (size_t i = 0; i < ELEMENTSOF(errors); i++)
                for (const char *at = text; (at = strcasestr(at, errors[i])) && at < end; at++)
                        if (at > number || number - at <= DISTANCE_MAX)
                                return true;

        return false;
}

/*
 * Whether the character before the number, or behind it, makes it part of something else: of a
 * longer number, an address, a time, a path or an identifier.
 */
static bool belongs_to_word(char c) {
        return isalnum((unsigned char) c) || (c && strchr("./-_=@$%#", c));
}

/* Whether the number at a place of the text is that of a line of a file: "lcp.c:720". */
static bool is_line_of_file(const char *text, const char *number) {
        const char *at = number;

        if (at == text || at[-1] != ':')
                return false;

        while (at > text && !isspace((unsigned char) at[-1]))
                if (strchr("./", *--at))
                        return true;

        return false;
}

bool log_prose_find_error(const char *text, uint32_t *ret_error) {
        for (const char *at = text; (at = strpbrk(at, "0123456789"));) {
                size_t n = strspn(at, "0123456789");
                /* A full stop ends a sentence, if no further digit follows. */
                bool ends = !belongs_to_word(at[n]) ||
                        (at[n] == '.' && !isalnum((unsigned char) at[n + 1])) || at[n] == '-';

                if (n == 3 && strchr(FIRST_DIGITS, at[0]) && ends &&
                    (at == text || !belongs_to_word(at[-1])) && !is_line_of_file(text, at) &&
                    is_near_error(text, at)) {
                        *ret_error = (uint32_t) ((at[0] - '0') * 100 + (at[1] - '0') * 10 +
                                                 (at[2] - '0'));
                        return true;
                }
                at += n;
        }

        return false;
}
