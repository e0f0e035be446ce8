/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/explain/log-merge.h"
#include "core/explain/log-order.h"
#include "core/explain/log-time.h"

static void test_times(void **state) {
        static const struct {
                const char *text;
                int day, second;
        } times[] = {
                { "Mar  3 10:00:01 h pppd[1]: x", 2 * 31 + 3, 36001 },
                { "> 12 Mon Oct 23 17:02:34 2017 daemon.notice x", 9 * 31 + 23, 61354 },
                { "186\tAug 1 22:45:15\tPPP\tERROR", 7 * 31 + 1, 81915 },
                { "JUN 10  14:51:39 h x", 5 * 31 + 10, 53499 },
                { "2024-03-03T10:00:01+0100 h x", 2 * 31 + 3, 36001 },
                { "[2024-03-03 10:00:01] x", 2 * 31 + 3, 36001 },
                { "2024/03/03 10:00:01.5 x", 2 * 31 + 3, 36001 },
                /* whether that is March is not known */
                { "03.04.2024 10:00:01 x", LOG_NO_DAY, 36001 },
                { "10:00:01 pppd[1]: x", LOG_NO_DAY, 36001 },
                { "[10:00:01] x", LOG_NO_DAY, 36001 },
                { "[  123.456789] x", LOG_NO_DAY, 123 },
                { "[123.4] x", LOG_NO_DAY, 123 },
        };
        static const char *const none[] = {
                "",           "[",      "[ ",
                "x",          "10:00",  "25:00:00 x",
                "10:00:0x x", "Mar 3",  "12 Mar 3 a b c 10:00:00",
                "2024-03-03", "[12] x", "99999999999999999999 x",
        };
        LogTime time;

        for (size_t i = 0; i < ELEMENTSOF(times); i++) {
                if (!log_time_parse(times[i].text, strlen(times[i].text), &time))
                        fail_msg("no time in \"%s\"", times[i].text);
                assert_int_equal(time.day, times[i].day);
                assert_int_equal(time.second, times[i].second);
        }
        for (size_t i = 0; i < ELEMENTSOF(none); i++)
                assert_false(log_time_parse(none[i], strlen(none[i]), &time));
}

static void test_comparison(void **state) {
        static const struct {
                LogTime a, b;
                int step;
        } cases[] = {
                { { 65, 10 }, { 65, 10 }, 0 },
                { { 65, 10 }, { 65, 11 }, 1 },
                { { 65, 10 }, { 64, 11 }, -1 },
                /* new year, and midnight where there is no date */
                { { 11 * 31 + 31, 86399 }, { 1, 0 }, 1 },
                { { 1, 0 }, { 11 * 31 + 31, 86399 }, -1 },
                { { LOG_NO_DAY, 86399 }, { LOG_NO_DAY, 0 }, 1 },
                { { LOG_NO_DAY, 0 }, { LOG_NO_DAY, 86399 }, -1 },
                { { LOG_NO_DAY, 20 }, { LOG_NO_DAY, 10 }, -1 },
                { { 65, 10 }, { LOG_NO_DAY, 11 }, 0 },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                assert_int_equal(log_time_compare(&cases[i].a, &cases[i].b), cases[i].step);
}

static void test_recognition(void **state) {
        static const char *const newest_first[] = {
                "10:00:03 x\n10:00:02 x\n10:00:02 x\n10:00:01 x\n",
                "Mar 3 h x\nMar  3 00:00:01 x\nMar  2 23:59:59 x\nno time\nMar  2 12:00:00 x\n",
                "[  30.1] x\n[  20.1] x\n[  10.1] x\n",
                /* all in one second */
                ("10:00:00 h pppd[7]: Exit.\n10:00:00 h pppd[7]: Connection terminated.\n"
                 "10:00:00 h pppd[7]: pppd 2.4.9 started by root, uid 0\n"),
                "pppd[7]: Exit.\npppd[7]: pppd 2.4.9 started by root, uid 0\n",
                /* neither a time that tells nor an end */
                ("10:00:01 h pppd[7]: local  IP address 10.0.0.2\n"
                 "10:00:01 h pppd[7]: CHAP authentication succeeded\n"
                 "10:00:00 h pppd[7]: Connect: ppp0 <--> /dev/pts/0\n"
                 "10:00:00 h pppd[7]: Using interface ppp0\n"),
                ("Modem hangup\nlocal  IP address 10.0.0.2\nCHAP authentication succeeded\n"
                 "Connect: ppp0 <--> /dev/pts/0\nUsing interface ppp0\n"),
                /* an attempt of a few lines: none of them goes on */
                ("Connection terminated.\nModem hangup\nanon fatal[main:pptp.c:360]: any\n"
                 "Connect: ppp0 <--> /dev/pts/0\nUsing interface ppp0\n"),
        };
        static const char *const oldest_first[] = {
                "",
                "x\ny\n",
                "10:00:01 x\n10:00:02 x\n",
                "10:00:02 x\n10:00:01 x\n",
                /* two attempts, of which the later was pasted first */
                "Mar 4 10:00:01 x\nMar 4 10:00:02 x\nMar 3 10:00:01 x\nMar 3 10:00:02 x\n",
                /* two processes that write a little out of order */
                "10:00:01 x\n10:00:00 y\n10:00:02 x\n10:00:01 y\n10:00:03 x\n10:00:02 y\n",
                "Dec 31 23:59:59 x\nJan  1 00:00:01 x\nJan  1 00:00:02 x\n",
                "pppd[7]: Exit.\npppd[8]: pppd 2.4.9 started by root, uid 0\n",
                "Exit.\nUsing interface ppp0\n",
                ("Exit.\nConnect: ppp0 <--> /dev/pts/0\nUsing interface ppp0\n"
                 "Connect: ppp0 <--> /dev/pts/0\n"),
                /* several attempts, of which each is one step back */
                ("Using interface ppp0\nConnect: ppp0 <--> /dev/pts/0\nConnection terminated.\n"
                 "Using interface ppp0\nConnect: ppp0 <--> /dev/pts/0\nConnection terminated.\n"
                 "Using interface ppp0\nConnection terminated.\nUsing interface ppp0\n"),
                /* the clock knows better */
                ("10:00:00 local  IP address 10.0.0.2\n10:00:01 CHAP authentication succeeded\n"
                 "10:00:02 Connect: ppp0 <--> /dev/pts/0\n10:00:03 Using interface ppp0\n"),
                "10:00:00 h pppd[7]: Exit.\n10:00:09 h pppd[7]: pppd 2.4.9 started by root\n",
        };

        for (size_t i = 0; i < ELEMENTSOF(newest_first); i++)
                if (!log_order_is_newest_first(newest_first[i], strlen(newest_first[i])))
                        fail_msg("not recognised: %s", newest_first[i]);
        for (size_t i = 0; i < ELEMENTSOF(oldest_first); i++)
                if (log_order_is_newest_first(oldest_first[i], strlen(oldest_first[i])))
                        fail_msg("taken for newest first: %s", oldest_first[i]);
}

typedef struct Drip {
        const char *text;
        size_t n_text, n_piece;
        int error;
} Drip;

static ptrdiff_t read_drip(void *context, char *buffer, size_t n_buffer) {
        Drip *drip = context;
        size_t n = MIN(drip->n_piece, drip->n_text);

        n = MIN(n, n_buffer);
        if (n == 0)
                return drip->error;

        memcpy(buffer, drip->text, n);
        drip->text += n;
        drip->n_text -= n;
        return (ptrdiff_t) n;
}

/* Reads all of a log in pieces of its own, and returns how it ended. */
static int read_in_order(Drip drip, size_t n_buffer, char *ret_text, size_t n_text) {
        LogOrder *order = malloc(sizeof(*order));
        size_t n_total = 0;
        ptrdiff_t n;

        assert_non_null(order);
        assert_int_equal(log_order_init(order, read_drip, &drip), 0);
        do {
                assert_true(n_total + n_buffer < n_text);
                n = log_order_read(order, ret_text + n_total, n_buffer);
                n_total += n > 0 ? (size_t) n : 0;
        } while (n > 0);
        ret_text[n_total] = '\0';

        log_order_done(order);
        free(order);
        return (int) n;
}

static void test_reading(void **state) {
        static const struct {
                const char *from, *to;
        } cases[] = {
                { "", "" },
                { "b\na", "b\na" },
                { "10:00:01 a\n10:00:02 b", "10:00:01 a\n10:00:02 b" },
                { "\n10:00:03 c\n10:00:02 b\r\n\n10:00:01 a",
                  "10:00:01 a\n\n10:00:02 b\n10:00:03 c\n\n" },
                { "10:00:03 c\n10:00:02 b\n10:00:01 a\n", "10:00:01 a\n10:00:02 b\n10:00:03 c\n" },
        };
        char text[128];

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                for (size_t n_piece = 1; n_piece < 50; n_piece++) {
                        Drip drip = { cases[i].from, strlen(cases[i].from), n_piece, 0 };

                        assert_int_equal(read_in_order(drip, n_piece, text, sizeof(text)), 0);
                        assert_string_equal(text, cases[i].to);
                }

        assert_int_equal(
                read_in_order((Drip){ "10:00:01 a\n", 11, 3, -EIO }, 5, text, sizeof(text)), -EIO);
        assert_string_equal(text, "10:00:01 a\n");
}

/* What does not fit is the oldest, which stands last. */
static void test_too_long(void **state) {
        enum { LINE = 32 };
        size_t n_lines = LOG_ORDER_REVERSED_MAX_BYTES / LINE + 5000;
        LogOrder *order = malloc(sizeof(*order));
        char *log = malloc(n_lines * LINE + 1), line[LINE + 1];
        Drip drip = { log, n_lines * LINE, LOG_PIECE_BYTES, 0 };

        assert_non_null(log);
        assert_non_null(order);
        for (size_t i = 0; i < n_lines; i++)
                snprintf(log + i * LINE, LINE + 1, "[%8zu.0] abcdefghijklmnopqr\n", n_lines - i);

        assert_int_equal(log_order_init(order, read_drip, &drip), 0);
        assert_true(order->newest_first);
        assert_true(order->is_cut);
        assert_true(order->n_lines < n_lines);
        assert_int_equal(order->n_lines_bytes, order->n_lines * LINE);

        /* the oldest that there was room for */
        assert_int_equal(log_order_read(order, line, LINE), LINE);
        assert_memory_equal(line, log + (order->n_lines - 1) * LINE, LINE);
        log_order_done(order);
        free(order);
        free(log);
}

#define PPPD(time, text) "Mar  3 10:00:" time " h pppd[1]: " text "\n"
#define PPTP(time, text) "Mar  3 10:00:" time " h pptp[2]: log[main:pptp.c:1]: " text "\n"

static void check_merge(const char *log, const char *merged) {
        LogMerge m;

        assert_int_equal(log_merge(log, strlen(log), &m), 0);
        if (merged) {
                assert_non_null(m.text);
                assert_int_equal(m.n_text, strlen(merged));
                assert_memory_equal(m.text, merged, m.n_text);
        } else {
                assert_null(m.text);
        }
        log_merge_done(&m);
}

/* Pieces of one time are merged, if they can be of one attempt. */
static void test_merging(void **state) {
        static const unsigned numbers[] = { 1, 5, 2, 6, 3, 4, 7 };
        static const char log[] = "messages:\n" PPPD("01", "a")
                PPPD("09", "b") "daemon.log:\n" PPTP("00", "c") PPTP("05", "d") PPTP("09", "e");
        LogMerge m;

        check_merge("", NULL);
        check_merge(PPPD("01", "a") PPTP("02", "b"), NULL);
        /* each ends before the other begins: two attempts */
        check_merge(PPPD("08", "a") PPPD("09", "b") PPTP("01", "c") PPTP("02", "d"), NULL);
        /* pppd speaks in both */
        check_merge(PPPD("01", "a") PPPD("09", "b") PPTP("00", "c") PPPD("05", "d"), NULL);
        /* another host */
        check_merge(PPPD("01", "a") PPPD("09", "b") "Mar  3 10:00:05 other pptp[2]: c\n", NULL);
        /* a program that is a little late */
        check_merge(PPPD("02", "a") PPTP("01", "b"), NULL);
        check_merge(PPPD("01", "a") PPPD("09", "b") PPTP("05", "c"),
                    PPPD("01", "a") PPTP("05", "c") PPPD("09", "b"));
        /* a clock without a date tells nothing of the order where others have one */
        check_merge(PPPD("01", "a") PPPD("09", "b") "10:00:05 h NetworkManager[3]: c\n", NULL);
        /* no line feed at the end */
        check_merge(PPPD("01", "a") PPPD("09", "b") "Mar  3 10:00:05 h pptp[2]: c",
                    PPPD("01", "a") "Mar  3 10:00:05 h pptp[2]: c\n" PPPD("09", "b"));

        assert_int_equal(log_merge(log, strlen(log), &m), 0);
        assert_int_equal(m.n_lines, ELEMENTSOF(numbers));
        for (size_t i = 0; i < ELEMENTSOF(numbers); i++)
                assert_int_equal(m.numbers[i], numbers[i]);
        log_merge_done(&m);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_times),       cmocka_unit_test(test_comparison),
                cmocka_unit_test(test_recognition), cmocka_unit_test(test_reading),
                cmocka_unit_test(test_too_long),    cmocka_unit_test(test_merging),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
