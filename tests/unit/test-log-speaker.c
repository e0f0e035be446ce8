/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Who speaks in a line, and which known texts are in it. */

#include "test.h"

#include <string.h>

#include "core/base/macros.h"
#include "core/explain/log-index.h"
#include "core/explain/log-speaker.h"

static void test_speakers(void **state) {
        static const struct {
                const char *line;
                LogSpeaker speaker;
                unsigned pid;
                int time_sec;
                const char *message;
        } cases[] = {
                { "Mar  3 10:00:01 h pppd[12]: Exit.", LOG_SPEAKER_PPPD, 12, 36001, "Exit." },
                { "Mon Oct 23 17:02:34 2017 daemon.info pppd[80]: Exit.", LOG_SPEAKER_PPPD, 80,
                  61354, "Exit." },
                { "2024-03-03T10:00:00+0100 h pptp[1]: x", LOG_SPEAKER_PPTP, 1, 36000, "x" },
                { "Mar  3 10:00:00 h pptp[9]: anon log[main:pptp.c:353]: x", LOG_SPEAKER_PPTP, 9,
                  36000, "x" },
                { "anon warn[open_inetsock:pptp_callmgr.c:329]: connect: x", LOG_SPEAKER_PPTP, 0,
                  LOG_NO_TIME, "connect: x" },
                { "[ctrlp_disp: pptp_ctrl.c:772]: x", LOG_SPEAKER_PPTP, 0, LOG_NO_TIME, "x" },
                { "debug: [pppd] anon fatal[open_callmgr:pptp.c:426]: x", LOG_SPEAKER_PPTP, 0,
                  LOG_NO_TIME, "x" },
                { "[pppd] Using interface", LOG_SPEAKER_PPPD, 0, LOG_NO_TIME, "Using interface" },
                { "/usr/sbin/pppd: In file x", LOG_SPEAKER_PPPD, 0, LOG_NO_TIME, "In file x" },
                { "pppd[7]: EAP: x", LOG_SPEAKER_PPPD, 7, LOG_NO_TIME, "EAP: x" },
                { "NetworkManager[5]: <info> x", LOG_SPEAKER_STARTER, 5, LOG_NO_TIME, "<info> x" },
                { "Mar  3 10:00:00 h NetworkManager: x", LOG_SPEAKER_STARTER, 0, 36000, "x" },
                { "Mar  3 10:00:00 h kernel: [1.5] x", LOG_SPEAKER_KERNEL, 0, 36000, "[1.5] x" },
                /* an interface and no process */
                { "mppe_decompress[0]: osize", LOG_SPEAKER_KERNEL, 0, LOG_NO_TIME, "osize" },
                { "Mar  3 10:00:00 h pptpd[5]: x", LOG_SPEAKER_SERVER, 5, 36000, "x" },
                { "accel-pppd[5]: x", LOG_SPEAKER_SERVER, 5, LOG_NO_TIME, "x" },
                { "pptp-supervisor[470]: x", LOG_SPEAKER_OWN, 470, LOG_NO_TIME, "x" },
                { "Mar  3 10:00:00 h sshd[77]: x", LOG_SPEAKER_STRANGER, 77, 36000, "x" },
                { "Mar  3 10:00:00 h dhclient: x", LOG_SPEAKER_STRANGER, 0, 36000, "x" },
                /* Android's logcat, in three forms */
                { "E/pppd    ( 2211): x", LOG_SPEAKER_PPPD, 2211, LOG_NO_TIME, "x" },
                { "05-14 10:00:00.100 D/mtpd(22): x", LOG_SPEAKER_PPTP, 22, 36000, "x" },
                { "05-14 10:00:00.100  2210  2211 E pppd    : x", LOG_SPEAKER_PPPD, 0, 36000, "x" },
                { "05-14 10:00:00.100 I/Vpn     (  812): x", LOG_SPEAKER_NOBODY, 0, 36000,
                  "05-14 10:00:00.100 I/Vpn     (  812): x" },
                { "E/pppd (x): y", LOG_SPEAKER_NOBODY, 0, LOG_NO_TIME, "E/pppd (x): y" },
                /* a table of columns, as pfSense copies it */
                { "Jul 10 10:00:00\tppp\t[B1] LCP: x", LOG_SPEAKER_PPPD, 0, 36000, "[B1] LCP: x" },
                { "Jul 10 10:00:00\tcolumn\tx", LOG_SPEAKER_NOBODY, 0, 36000,
                  "Jul 10 10:00:00\tcolumn\tx" },
                /* these begin messages, with or without a time before them */
                { "LCP: timeout", LOG_SPEAKER_NOBODY, 0, LOG_NO_TIME, "LCP: timeout" },
                { "10:00:00 LCP: timeout", LOG_SPEAKER_NOBODY, 0, 36000, "10:00:00 LCP: timeout" },
                { "10:00:00 connect: x", LOG_SPEAKER_NOBODY, 0, 36000, "10:00:00 connect: x" },
                /* behind the name of a program that passes lines on, if there is a pid */
                { "10:00:00 h agent: pppd[12]: x", LOG_SPEAKER_PPPD, 12, 36000, "x" },
                { "10:00:00 h agent: xl2tpd[12]: x", LOG_SPEAKER_STRANGER, 12, 36000, "x" },
                { "10:00:00 h agent: pppd: x", LOG_SPEAKER_STRANGER, 0, 36000, "pppd: x" },
                { "10:00:00 h agent[3]: pppd[12]: x", LOG_SPEAKER_STRANGER, 3, 36000,
                  "pppd[12]: x" },
                { "I said: no", LOG_SPEAKER_NOBODY, 0, LOG_NO_TIME, "I said: no" },
                { "25:00:00 h dhclient: x", LOG_SPEAKER_NOBODY, 0, LOG_NO_TIME,
                  "25:00:00 h dhclient: x" },
                { "", LOG_SPEAKER_NOBODY, 0, LOG_NO_TIME, "" },
                { "[", LOG_SPEAKER_NOBODY, 0, LOG_NO_TIME, "[" },
                { "a[1", LOG_SPEAKER_NOBODY, 0, LOG_NO_TIME, "a[1" },
                /* what no process has for a number is no name of one */
                { "a[99999999999999999999]: x", LOG_SPEAKER_NOBODY, 0, LOG_NO_TIME,
                  "a[99999999999999999999]: x" },
                { "pppd[-5]: x", LOG_SPEAKER_NOBODY, 0, LOG_NO_TIME, "pppd[-5]: x" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                LogTag tag;

                log_speaker_parse(cases[i].line, &tag);
                if (tag.speaker != cases[i].speaker)
                        fail_msg("%s: speaker %d", cases[i].line, tag.speaker);
                assert_int_equal(tag.pid, cases[i].pid);
                assert_int_equal(tag.time_sec, cases[i].time_sec);
                assert_string_equal(cases[i].line + tag.message, cases[i].message);
        }
}

static void test_words(void **state) {
        static const struct {
                const char *text;
                unsigned n_words;
        } cases[] = {
                { "", 0 },
                { "LCP: ", 0 },
                { "I get the message ", 3 },
                { "<info>  [12.5] ", 0 },
                { "require-mppe-128 nomppe-40", 0 },
                { "it isn't, so.", 3 },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                assert_int_equal(log_speaker_count_words(cases[i].text, strlen(cases[i].text)),
                                 cases[i].n_words);
}

static void test_index_finds_the_longest(void **state) {
        static const char line[] =
                "Couldn't open the /dev/ppp device: Operation not permitted, Modem hangup";
        LogIndex *index = log_index_new();
        LogMatch matches[LOG_MATCHES_MAX];
        size_t n;

        assert_non_null(index);
        n = log_index_find(index, line, strlen(line), matches);
        assert_true(n >= 2);
        assert_int_equal(matches[0].kind, LOG_MATCH_TEXT);
        assert_int_equal(catalogue_log_texts[matches[0].number].row, CATALOGUE_SYS_06);
        assert_int_equal(matches[0].offset, 0);
        for (size_t i = 1; i < n; i++)
                assert_true(matches[i].offset >= matches[i - 1].offset);

        assert_int_equal(log_index_find(index, "", 0, matches), 0);
        assert_int_equal(log_index_find(index, "Mod", 3, matches), 0);
        /* cut off, and never read beyond */
        assert_int_equal(log_index_find(index, line + 60, 11, matches), 0);
        log_index_free(index);
}

/* Each text of the catalogue is found by itself, and names its row. */
static void test_index_finds_the_catalogue(void **state) {
        LogIndex *index = log_index_new();
        LogMatch matches[LOG_MATCHES_MAX];

        assert_non_null(index);
        for (size_t i = 0; i < CATALOGUE_N_LOG_TEXTS; i++) {
                const char *text = catalogue_log_texts[i].text;
                size_t n = log_index_find(index, text, strlen(text), matches);
                bool found = false;

                for (size_t k = 0; k < n; k++)
                        found = found ||
                                (matches[k].kind == LOG_MATCH_TEXT &&
                                 catalogue_log_texts[matches[k].number].row ==
                                         catalogue_log_texts[i].row);
                if (!found)
                        fail_msg("\"%s\" is not found", text);
        }
        log_index_free(index);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_speakers),
                cmocka_unit_test(test_words),
                cmocka_unit_test(test_index_finds_the_longest),
                cmocka_unit_test(test_index_finds_the_catalogue),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
