/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/explain/log-prose.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "core/base/macros.h"

/* RAS errors (raserror.h and MprError.h) have three digits, of which the first is one of these. */
#define FIRST_DIGITS "6789"
#define N_DIGITS 3
/* The longest abbreviation of a unit. */
#define SHORT_WORD_MAX 4
/* Between the word and the number stand at most so many characters, of any script. */
#define NEAR_MAX 12
/* Or so many bytes, if it is plain that the number is that of the error. */
#define FAR_MAX_BYTES 60
/* Or so many if the clause ends with the number: "error de acceso remoto 691." */
#define CLAUSE_MAX 20

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

        while (at > text && number - at < FAR_MAX_BYTES && !isspace((unsigned char) at[-1]))
                if (strchr("./", *--at))
                        return true;

        return false;
}

/*
 * Whether a number of three digits, of which the first is fitting, stands at a place of the text by
 * itself. A full stop behind it ends a sentence, if nothing follows it.
 */
static bool is_number_of_error(const char *text, const char *at) {
        char before = at == text ? '\0' : at[-1];

        return !belongs_to_word(before) && strspn(at, "0123456789") == N_DIGITS &&
                strchr(FIRST_DIGITS, at[0]) &&
                (!belongs_to_word(at[N_DIGITS]) || at[N_DIGITS] == '-' ||
                 (at[N_DIGITS] == '.' && !isalnum((unsigned char) at[N_DIGITS + 1]))) &&
                !is_line_of_file(text, at);
}

/* Whether a word of a list, or its stem, begins at a place of the text. */
static bool begins_with_any(const char *at, const char *const *words, size_t n_words) {
        for (size_t i = 0; i < n_words; i++)
                if (strncasecmp(at, words[i], strlen(words[i])) == 0)
                        return true;

        return false;
}

/* Whether what follows a number tells that things were counted, or measured: "720 megabytes". */
static bool is_amount(const char *behind) {
        static const char *const short_words[] = {
                "kb",   "mb",  "gb",   "kib", "mib", "ms", "sec",
                "secs", "min", "mins", "mal", "mo",  "ko", "days"
        };
        static const char *const stems[] = {
                "times",   "kilo",    "mega",   "giga",   "byte",   "bits",    "second",  "minute",
                "hour",    "request", "packet", "files",  "people", "attempt", "retries", "tries",
                "sekunde", "minut",   "pakete", "datei",  "stunde", "versuch", "fois",    "octet",
                "heure",   "paquet",  "veces",  "segund", "volte",  "pacchet", "vezes",   "pacote",
                "раз",     "секунд",  "минут",  "мегаб",  "килоб",  "гигаб",   "байт",    "пакет",
                "МБ",      "КБ",      "次",     "秒",     "分钟",   "分鐘",    "个",      "個",
                "兆",      "회",      "초",
        };
        const char *word = behind + strspn(behind, " \t-");
        size_t n = 0;

        while (n <= SHORT_WORD_MAX && isalpha((unsigned char) word[n]))
                n++;
        for (size_t i = 0; i < ELEMENTSOF(short_words); i++)
                if (n == strlen(short_words[i]) && strncasecmp(word, short_words[i], n) == 0)
                        return true;

        return begins_with_any(word, stems, ELEMENTSOF(stems));
}

/* Counts the characters of a text in UTF-8. */
static size_t count_characters(const char *text, const char *end) {
        size_t n = 0;

        for (; text < end; text++)
                n += ((unsigned char) *text & 0xc0) != 0x80;

        return n;
}

/* Whether a word for "code" or "number", or a sign for it, stands right before a number. */
static bool is_behind_code(const char *begin, const char *number) {
        static const char *const words[] = {
                "code",   "kod",    "código", "codigo", "codice", "код",  "koodi", "κωδικ",
                "number", "nummer", "número", "numero", "numéro", "ном",  "numer", "číslo",
                "numara", " nr",    "no.",    "n°",     "nº",     "№",    "#",     ":",
                "：",     "代码",   "代碼",   "コード", "番号",   "코드", "번호",  "mã",
        };
        const char *at = number - MIN((size_t) (number - begin), (size_t) (2 * NEAR_MAX));

        for (; at < number; at++)
                if (begins_with_any(at, words, ELEMENTSOF(words)) &&
                    count_characters(at, number) <= NEAR_MAX)
                        return true;

        return false;
}

static bool is_in_parentheses(const char *text, const char *number) {
        return number > text && number[-1] == '(' && number[N_DIGITS] == ')';
}

/* Whether a clause ends at a place of the text, or what it is about is explained from there. */
static bool is_end_of_clause(const char *text) {
        static const char *const marks[] = { "—", "–", "。", "，", "：", "）", "」", "»", "”" };
        const char *at = text + strspn(text, " \t");

        return strchr(".,;:!?-)'\"\r\n", *at) || begins_with_any(at, marks, ELEMENTSOF(marks));
}

/*
 * Whether a number is that of the error whose word ends at a place before it. What is farther away
 * has to say so, since a sentence may count something else: "an error after about 720 files".
 */
static bool belongs_to_error_before(const char *text, const char *end, const char *number) {
        size_t n_gap = count_characters(end, number), n_bytes = (size_t) (number - end);
        const char *behind = number + N_DIGITS;

        if (is_amount(behind))
                return false;
        if (n_gap <= NEAR_MAX)
                return true;
        /* Another number comes first, or another sentence begins; "Nr. 800" begins none. */
        if (strcspn(end, "0123456789") < n_bytes || memmem(end, n_bytes - strlen(". "), ". ", 2))
                return false;

        return is_in_parentheses(text, number) || is_behind_code(end, number) ||
                (n_gap <= CLAUSE_MAX && is_end_of_clause(behind));
}

/* Whether a number is that of the error whose word begins at a place behind it: "691 오류". */
static bool belongs_to_error_behind(const char *number, const char *word) {
        const char *behind = number + N_DIGITS;

        if (count_characters(behind, word) > NEAR_MAX || is_amount(behind))
                return false;

        for (const char *at = behind; at < word; at++)
                if (strchr(".,;", *at))
                        return false;

        return true;
}

/* Finds the first number around a word for "error" that is the number of that error, or NULL. */
static const char *find_number_around(const char *text, const char *word, size_t n_word) {
        const char *at = word - MIN((size_t) (word - text), (size_t) FAR_MAX_BYTES);
        const char *end = word + n_word + strnlen(word + n_word, FAR_MAX_BYTES);

        for (; at < end; at++)
                if (isdigit((unsigned char) *at) && is_number_of_error(text, at) &&
                    (at < word ? belongs_to_error_behind(at, word) :
                                 belongs_to_error_before(text, word + n_word, at)))
                        return at;

        return NULL;
}

/* Whether a line has a number at all, which most have not. */
static bool has_number(const char *text) {
        for (const char *at = text; (at = strpbrk(at, "0123456789"));
             at += strspn(at, "0123456789"))
                if (is_number_of_error(text, at))
                        return true;

        return false;
}

bool log_prose_find_error(const char *text, uint32_t *ret_error) {
        const char *first = NULL;

        if (!has_number(text))
                return false;

        /* From the words to the numbers: the other way would search the line for each number. */
        for (size_t i = 0; i < ELEMENTSOF(errors); i++)
                for (const char *word = text; (word = strcasestr(word, errors[i]));) {
                        const char *at = find_number_around(text, word, strlen(errors[i]));

                        if (at && (!first || at < first))
                                first = at;
                        word += strlen(errors[i]);
                }
        if (!first)
                return false;

        *ret_error = (uint32_t) ((first[0] - '0') * 100 + (first[1] - '0') * 10 + first[2] - '0');
        return true;
}
