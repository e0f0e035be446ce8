/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/explain/log-time.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "core/base/macros.h"
#include "core/base/number.h"

/* "> 12 Mon Oct 23 17:02:34": what may stand before the time, and its parts. */
#define TIME_TOKENS_MAX 6
#define DAYS_PER_MONTH 31
#define DAYS_PER_YEAR (12 * DAYS_PER_MONTH)

static bool is_digits(const char *text, size_t n) {
        for (size_t i = 0; i < n; i++)
                if (!isdigit((unsigned char) text[i]))
                        return false;

        return true;
}

static int two_digits(const char *text) {
        return (text[0] - '0') * 10 + text[1] - '0';
}

int log_time_parse_clock(const char *token, size_t n_token) {
        const char *at = memchr(token, 'T', n_token);
        int hour, minute, second;

        at = at && at - token == 10 ? at + 1 : token;
        if (token + n_token - at < 8 || at[2] != ':' || at[5] != ':' || !is_digits(at, 2) ||
            !is_digits(at + 3, 2) || !is_digits(at + 6, 2))
                return LOG_NO_TIME;

        hour = two_digits(at);
        minute = two_digits(at + 3);
        second = two_digits(at + 6);
        return hour < 24 && minute < 60 && second < 61 ? hour * 3600 + minute * 60 + second :
                                                         LOG_NO_TIME;
}

/* "Mar", of any size of letters; -1 if it is none. */
static int parse_month(const char *token, size_t n_token) {
        static const char names[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

        for (size_t i = 0; i < ELEMENTSOF(names) && n_token == 3; i++)
                if (strncasecmp(token, names[i], 3) == 0)
                        return (int) i;

        return -1;
}

/* The day of "2024-03-03", also with the time behind it. */
static int parse_date(const char *token, size_t n_token) {
        int month, day;

        if (n_token < 10 || !is_digits(token, 4) || !is_digits(token + 5, 2) ||
            !is_digits(token + 8, 2) || (token[4] != '-' && token[4] != '/') ||
            token[7] != token[4])
                return LOG_NO_DAY;

        month = two_digits(token + 5);
        day = two_digits(token + 8);
        return month >= 1 && month <= 12 && day >= 1 && day <= DAYS_PER_MONTH ?
                (month - 1) * DAYS_PER_MONTH + day :
                LOG_NO_DAY;
}

/* The kernel's "[  123.456789]", of which the bracket may be a token of its own. */
static int parse_uptime(const char *text, size_t n_text) {
        uint64_t second;
        size_t n, i = 1;

        if (n_text < 2 || text[0] != '[')
                return LOG_NO_TIME;
        while (i < n_text && text[i] == ' ')
                i++;

        n = number_take(text + i, n_text - i, 10, INT32_MAX, &second);
        return n > 0 && i + n < n_text && text[i + n] == '.' ? (int) second : LOG_NO_TIME;
}

static size_t token_length(const char *text, size_t n_text) {
        size_t n = 0;

        while (n < n_text && !isspace((unsigned char) text[n]))
                n++;
        return n;
}

bool log_time_parse(const char *text, size_t n_text, LogTime *ret_time) {
        LogTime time = { LOG_NO_DAY, LOG_NO_TIME };
        int month = -1;
        size_t i = 0;

        for (unsigned token = 0; token < TIME_TOKENS_MAX && time.second == LOG_NO_TIME; token++) {
                size_t n, bracket;
                uint64_t day;

                while (i < n_text && isspace((unsigned char) text[i]))
                        i++;
                n = token_length(text + i, n_text - i);
                if (n == 0)
                        return false;

                time.second = parse_uptime(text + i, n_text - i);
                if (time.second != LOG_NO_TIME)
                        time.day = LOG_NO_DAY;
                bracket = text[i] == '[';
                if (time.second == LOG_NO_TIME)
                        time.second = log_time_parse_clock(text + i + bracket, n - bracket);

                if (parse_date(text + i + bracket, n - bracket) != LOG_NO_DAY)
                        time.day = parse_date(text + i + bracket, n - bracket);
                else if (month >= 0 && number_take(text + i, n, 10, DAYS_PER_MONTH, &day) == n)
                        time.day = month * DAYS_PER_MONTH + (int) day;
                month = parse_month(text + i, n);
                i += n;
        }

        if (time.second == LOG_NO_TIME)
                return false;

        *ret_time = time;
        return true;
}

int log_time_between(int from_sec, int to_sec) {
        if (from_sec == LOG_NO_TIME || to_sec == LOG_NO_TIME)
                return -1;

        return (to_sec - from_sec + LOG_DAY_SEC) % LOG_DAY_SEC;
}

int log_time_compare(const LogTime *a, const LogTime *b) {
        int days = b->day - a->day, seconds = b->second - a->second;

        if ((a->day == LOG_NO_DAY) != (b->day == LOG_NO_DAY))
                return 0;

        if (days > DAYS_PER_YEAR / 2 || days < -DAYS_PER_YEAR / 2)
                return days > 0 ? -1 : 1;
        if (days != 0)
                return days > 0 ? 1 : -1;
        /* Without dates, a step from late evening to early morning is midnight. */
        if (a->day == LOG_NO_DAY && a->second < LOG_DAY_SEC && b->second < LOG_DAY_SEC &&
            (seconds > LOG_DAY_SEC / 2 || seconds < -LOG_DAY_SEC / 2))
                return seconds > 0 ? -1 : 1;

        return (seconds > 0) - (seconds < 0);
}
