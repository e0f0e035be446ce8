/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/diagnosis/catalogue.h"
#include "core/status/status.h"
#include "core/base/text.h"

#define SMALLEST "STATE=up\n"

static int parse(const char *text, Status *ret_status) {
        return status_parse(text, strlen(text), ret_status);
}

/* Hostile input first: none of it may leave a trace in the struct. */
static void test_refuses(void **state) {
        static const char *const texts[] = {
                "",
                "\n",
                "STATE=up", /* cut */
                "STATE=\n",
                "STATE=\"\"\n",
                "PID=1\n", /* no STATE= */
                SMALLEST "=x\n",
                SMALLEST "PID\n",
                SMALLEST " PID=1\n",
                SMALLEST "pid=1\n",
                SMALLEST "PID =1\n",
                SMALLEST "PID=\n",
                SMALLEST "PID=-1\n",
                SMALLEST "PID=+1\n",
                SMALLEST "PID= 1\n",
                SMALLEST "PID=1x\n",
                SMALLEST "PID=0x10\n",
                SMALLEST "PID=18446744073709551616\n",
                SMALLEST "ADDRESS=192.0.2\n",
                SMALLEST "ADDRESS=192.0.2.256\n",
                SMALLEST "ADDRESS=vpn.example\n",
                SMALLEST "INTERFACE=sixteen-letters-\n",
                SMALLEST "STATUS=\"open\n",
                SMALLEST "STATUS=\"shut\" more\n",
                SMALLEST "STATUS=\"shut\\\"\n",
                SMALLEST "STATUS=two words\n",
                SMALLEST "STATUS=$(reboot)\n",
                SMALLEST "STATUS='single'\n",
                SMALLEST "STATUS=\"\033[2J\"\n",
                SMALLEST "STATUS=\"\r\"\n",
                SMALLEST "UNKNOWN=two words\n",
                SMALLEST "FAILURE_2_TEXT=gap\n",
                SMALLEST "FAILURE_1_TIMES=many\n",
                SMALLEST "STATE_SINCE_REALTIME=now\n",
        };
        Status s = { .history.retry.n_tries = 77 };

        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                if (parse(texts[i], &s) != STATUS_E_FORMAT)
                        fail_msg("was taken: %s", texts[i]);
                assert_int_equal(s.history.retry.n_tries, 77);
                assert_string_equal(s.state, "");
        }

        assert_int_equal(status_parse("STATE=up\n\0\n", 11, &s), STATUS_E_FORMAT);
}

static void test_refuses_what_is_too_long(void **state) {
        static char text[STATUS_MAX_BYTES + 2];
        Status s;

        memset(text, '\n', sizeof(text));
        memcpy(text, SMALLEST, strlen(SMALLEST));
        assert_int_equal(status_parse(text, STATUS_MAX_BYTES, &s), 0);
        assert_int_equal(status_parse(text, STATUS_MAX_BYTES + 1, &s), STATUS_E_FORMAT);

        memset(text + strlen(SMALLEST), 'X', STATUS_MAX_BYTES / 2);
        assert_int_equal(status_parse(text, STATUS_MAX_BYTES, &s), STATUS_E_FORMAT);
}

/* Later versions write more; an administrator's editor may have added a remark. */
static void test_ignores(void **state) {
        Status s;

        assert_int_equal(parse("# remark\n\n" SMALLEST "NEW_KEY=\"a b\"\nPID=1\nPID=2\n"
                               "FAILURE_9_TEXT=x\nFAILURE_X=x\nFAILURE_1_NEW=x\n",
                               &s),
                         0);
        assert_string_equal(s.state, "up");
        assert_int_equal(s.supervisor_pid, 2);
        assert_int_equal(s.history.n_failures, 1);
}

static Status make_status(void) {
        return (Status){
                .tunnel = "onenet",
                .state = "up",
                .since_usec = 5 * USEC_PER_MINUTE,
                .text = "Up: \"$HOME\" \\ `reboot` caf\xc3\xa9",
                .supervisor_pid = 400,
                .pppd_pid = 401,
                .server = "vpn.example",
                .server_address = { 0x020200c0 },
                .trouble = "10.0.0.0/8: in its place is another",
                .trouble_reason = "NETC-22",
                .interface_name = "onenet",
                .network_namespace = "blue",
                .vrf = "red",
                .address = { 0x0200000a },
                .peer_address = { 0x0100000a },
                .ipv6_address = "fe80::2",
                .ipv6_peer_address = "fe80::1",
                .mtu_bytes = 1456,
                .segment_bytes = 1416,
                .encryption_sent = "MPPE 128-bit stateless",
                .encryption_received = "no encryption",
                .n_routes = 3,
                .default_route_table = 1327820680,
                .overlaps = "10.1.2.0/24 on eth0 lies inside 10.0.0.0/8: it stays local",
                .name_servers = "10.0.0.53 10.0.0.54",
                .domains = "corp.example ~lab.example",
                .names_service = "systemd-resolved",
                .names_trouble = "Access denied",
                .names_covered = "corp.example",
                .names_cover_interface = "pptp-0123456",
                .names_cover_trouble = "systemd-resolved is not there",
                .names_take_all = 1,
                .up_since_usec = 5 * USEC_PER_MINUTE,
                .hooks_trouble = "Up=x.service is not started: it is masked",
                .history = {
                        .has_worked = 1,
                        .worked_as = UINT64_MAX,
                        .n_connects = 4,
                        .n_restarts = 1,
                        .up_usec = 3 * USEC_PER_MINUTE,
                        .down_since_usec = 2 * USEC_PER_MINUTE,
                        .traffic = { 1000, 10, 2000, 20 },
                        .failures = {
                                { "LCP-01", "the server fell silent", 4 * USEC_PER_MINUTE, 1 },
                                { "", "nobody knows", USEC_PER_MINUTE, 3 },
                        },
                        .n_failures = 2,
                        .retry = { 5, 8 * USEC_PER_SEC, 4 * USEC_PER_MINUTE, 6 * USEC_PER_MINUTE },
                },
                .realtime_offset_usec = INT64_C(1700000000000000),
        };
}

static void test_writes(void **state) {
        const Status s = make_status();
        char text[STATUS_MAX_BYTES];
        int n;

        n = status_write(&s, text, sizeof(text));
        assert_int_equal(n, strlen(text));
        for (const char *const *line =
                     (const char *const[]){
                             "STATE=up\n", "STATE_SINCE_BOOTTIME=300000000\n",
                             "STATE_SINCE_REALTIME=1700000300000000\n",
                             "STATUS=\"Up: \\\"\\$HOME\\\" \\\\ \\`reboot\\` caf\xc3\xa9\"\n",
                             "SERVER_ADDRESS=192.0.2.2\n",
                             "ENCRYPTION_SENT=\"MPPE 128-bit stateless\"\n", "RECONNECTS=3\n",
                             "TRIES=5\n", "BACK_OFF_USEC=8000000\n",
                             "UNREACHABLE_SINCE_BOOTTIME=240000000\n",
                             "NOT_BEFORE_REALTIME=1700000360000000\n",
                             "FAILURE_1_AT_REALTIME=1700000240000000\n",
                             "FAILURE_1_REASON=LCP-01\n", "FAILURE_1_CLASS=permanent\n",
                             "FAILURE_2_TIMES=3\n", NULL };
             *line; line++)
                if (!strstr(text, *line))
                        fail_msg("no %s in:\n%s", *line, text);

        /* What is not there has no line. */
        assert_null(strstr(text, "NEXT_TRY"));
        assert_null(strstr(text, "FAILURE_2_REASON"));
        assert_null(strstr(text, "FAILURE_2_CLASS"));
        assert_null(strstr(text, "FAILURE_3"));
}

static void test_what_is_written_is_read(void **state) {
        const Status s = make_status();
        char text[STATUS_MAX_BYTES], again[STATUS_MAX_BYTES];
        Status read;

        assert_true(status_write(&s, text, sizeof(text)) > 0);
        assert_int_equal(parse(text, &read), 0);
        assert_string_equal(read.text, s.text);
        assert_int_equal(read.realtime_offset_usec, s.realtime_offset_usec);
        assert_int_equal(read.peer_address.s_addr, s.peer_address.s_addr);
        assert_int_equal(read.history.n_failures, 2);
        assert_memory_equal(&read.history.retry, &s.history.retry, sizeof(s.history.retry));
        assert_string_equal(read.history.failures[1].text, "nobody knows");
        assert_true(status_write(&read, again, sizeof(again)) > 0);
        assert_string_equal(again, text);
}

/* Cut at every byte, it is refused or has lost whole lines from its end. */
static void test_cut(void **state) {
        const Status s = make_status();
        char text[STATUS_MAX_BYTES];
        Status read;
        int n;

        n = status_write(&s, text, sizeof(text));
        for (int i = 0; i < n; i++)
                if (i == 0 || text[i - 1] != '\n')
                        assert_int_equal(status_parse(text, (size_t) i, &read), STATUS_E_FORMAT);
        for (int i = 0; i < n; i++)
                assert_int_equal(status_write(&s, text, (size_t) i + 1), -ENOBUFS);
}

/*
 * The worst that the members can hold fits, and control characters cannot make a line of their own.
 */
static void test_hostile_members(void **state) {
        Status s = make_status(), read;
        char text[STATUS_MAX_BYTES];

        memset(s.text, '"', sizeof(s.text) - 1);
        s.history.n_failures = HISTORY_FAILURES_MAX;
        for (size_t i = 0; i < HISTORY_FAILURES_MAX; i++) {
                HistoryFailure *f = &s.history.failures[i];

                *f = (HistoryFailure){ .id = "MPPE-03",
                                       .at_usec = UINT64_MAX,
                                       .n_times = UINT64_MAX };
                memset(f->text, '$', sizeof(f->text) - 1);
        }
        strcpy(s.server, "a\nPID=1\n\033[2J\x7f");

        assert_true(status_write(&s, text, sizeof(text)) > 0);
        assert_int_equal(parse(text, &read), 0);
        assert_int_equal(read.supervisor_pid, s.supervisor_pid);
        assert_string_equal(read.server, "a PID=1  [2J ");
        assert_string_equal(read.history.failures[7].text, s.history.failures[7].text);
}

static void test_successor_of_a_crash(void **state) {
        Status left = make_status();
        History h;

        status_inherit(&left, 7 * USEC_PER_MINUTE, &h);
        assert_int_equal(h.n_connects, 4);
        assert_int_equal(h.n_restarts, 2);
        assert_int_equal(h.up_usec, 5 * USEC_PER_MINUTE);
        assert_int_equal(h.traffic.sent_bytes, 2000);
        assert_int_equal(h.n_failures, 3);
        assert_non_null(strstr(h.failures[0].text, "supervisor was killed"));
        assert_string_equal(h.failures[1].id, "LCP-01");

        /* It said itself why it ended. The series of tries goes on. */
        strcpy(left.state, "ended");
        left.up_since_usec = 0;
        status_inherit(&left, 7 * USEC_PER_MINUTE, &h);
        assert_int_equal(h.n_restarts, 1);
        assert_memory_equal(&h.retry, &left.history.retry, sizeof(h.retry));
        assert_int_equal(h.up_usec, 3 * USEC_PER_MINUTE);
        assert_int_equal(h.n_failures, 2);

        /* Nonsense in the file does not become nonsense of ours. */
        left.up_since_usec = left.history.retry.unreachable_since_usec = 8 * USEC_PER_MINUTE;
        left.history.down_since_usec = 8 * USEC_PER_MINUTE;
        status_inherit(&left, 7 * USEC_PER_MINUTE, &h);
        assert_int_equal(h.up_usec, 3 * USEC_PER_MINUTE);
        assert_int_equal(h.retry.unreachable_since_usec, 7 * USEC_PER_MINUTE);
        assert_int_equal(h.down_since_usec, 7 * USEC_PER_MINUTE);
}

/* What units of [Hooks] have as their environment. */
static void test_events(void **state) {
        const Status up = make_status();
        char text[STATUS_MAX_BYTES];
        Status last = make_status();
        int n;

        n = status_write_event(&up, false, NULL, text, sizeof(text));
        assert_int_equal(n, strlen(text));
        assert_int_equal(strncmp(text, "EVENT=up\n", 9), 0);
        for (const char *const *line =
                     (const char *const[]){ "\nINTERFACE=onenet\n", "\nADDRESS=10.0.0.2\n",
                                            "\nUP_SINCE_BOOTTIME=300000000\n",
                                            "\nFAILURE_1_REASON=LCP-01\n", NULL };
             *line; line++)
                assert_non_null(strstr(text, *line));
        for (const char *const *key =
                     (const char *const[]){ "\nSTATE", "\nSTATUS", "\nPID", "\nPPPD_PID",
                                            "\nTROUBLE", "\nHOOKS_TROUBLE", NULL };
             *key; key++)
                assert_null(strstr(text, *key));

        /* An end that was no failure, or whose reason nobody could tell any more. */
        assert_true(status_write_event(&up, true, &last, text, sizeof(text)) > 0);
        assert_int_equal(strncmp(text, "EVENT=down\n", 11), 0);
        assert_non_null(strstr(text, "\nADDRESS=10.0.0.2\n"));
        assert_null(strstr(text, "FAILURE_1"));
        assert_true(status_write_event(&up, true, NULL, text, sizeof(text)) > 0);
        assert_null(strstr(text, "FAILURE_1"));

        /* One that was. The link is not in that status any more, but in the one before. */
        strcpy(last.state, "closing-link");
        last.address.s_addr = INADDR_ANY;
        last.history.failures[0].at_usec = up.up_since_usec + 1;
        assert_true(status_write_event(&up, true, &last, text, sizeof(text)) > 0);
        assert_non_null(strstr(text, "\nADDRESS=10.0.0.2\n"));
        assert_non_null(strstr(text, "\nFAILURE_1_REASON=LCP-01\n"));
        assert_null(strstr(text, "FAILURE_2"));

        for (size_t i = 1; i < 20; i++)
                assert_int_equal(status_write_event(&up, false, NULL, text, i), -ENOBUFS);
}

/* Names one a line, of the keys that the file may have. */
static void list_written_keys(char *buffer, size_t n_buffer) {
        TextBuilder keys = text_builder(buffer, n_buffer);
        char text[STATUS_MAX_BYTES], *rest = NULL;
        Status s = make_status();

        s.next_try_usec = 9 * USEC_PER_MINUTE;
        s.history.n_failures = 1;
        assert_true(status_write(&s, text, sizeof(text)) > 0);

        text_add(&keys, "\n");
        for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
                if (line[0] != '#')
                        text_addf(&keys, "%.*s\n", (int) strcspn(line, "="), line);
        assert_false(keys.truncated);
}

/* The same of pptp-state(5): what its items are called. */
static void list_explained_keys(char *buffer, size_t n_buffer) {
        TextBuilder keys = text_builder(buffer, n_buffer);
        FILE *f = fopen(MANUAL, "re");
        char line[512];

        assert_non_null(f);
        text_add(&keys, "\n");
        while (fgets(line, sizeof(line), f)) {
                char *rest = NULL, *word;

                if (strncmp(line, ".It Dv ", 7) != 0)
                        continue;
                for (word = strtok_r(line + 7, " ,\n", &rest); word;
                     word = strtok_r(NULL, " ,\n", &rest))
                        text_addf(&keys, "%s\n", word);
        }
        fclose(f);
        assert_false(keys.truncated);
}

static void assert_each_is_among(const char *keys, const char *others) {
        for (const char *key = keys + 1; *key != '\0'; key = strchr(key, '\n') + 1) {
                char wanted[80];

                snprintf(wanted, sizeof(wanted), "\n%.*s\n", (int) strcspn(key, "\n"), key);
                if (!strstr(others, wanted))
                        fail_msg("pptp-state(5) and the file disagree about %s", wanted);
        }
}

static void test_manual(void **state) {
        char written[4096], explained[4096];

        list_written_keys(written, sizeof(written));
        list_explained_keys(explained, sizeof(explained));
        assert_each_is_among(written, explained);
        assert_each_is_among(explained, written);
}

/* The classes that FAILURE_1_CLASS can have are those that its item explains, and no others. */
static void test_manual_of_classes(void **state) {
        char text[64 * 1024], *item, *end, wanted[64];
        size_t n, n_explained = 0, n_classes = 0;
        FILE *f = fopen(MANUAL, "re");

        assert_non_null(f);
        n = fread(text, 1, sizeof(text) - 1, f);
        fclose(f);
        text[n] = '\0';
        item = strstr(text, ".It Dv FAILURE_1_CLASS\n");
        assert_non_null(item);
        item = strchr(item, '\n');
        end = strstr(item, "\n.It ");
        assert_non_null(end);
        *end = '\0';

        for (const char *p = item; (p = strstr(p, "\n.Dv ")); p++)
                n_explained++;
        for (DiagnosisClass c = 0; c <= DIAGNOSIS_INFORM; c++) {
                bool is_used = false;

                for (size_t i = 0; i < CATALOGUE_N_ROWS; i++)
                        is_used = is_used || catalogue_rows[i].class == c;
                n_classes += is_used;
                snprintf(wanted, sizeof(wanted), "\n.Dv %s ", diagnosis_class_name(c));
                if (is_used && !strstr(item, wanted))
                        fail_msg("pptp-state(5) does not explain the class %s", wanted);
        }
        assert_int_equal(n_explained, n_classes);
}

/* Who reads the file is not to fill in anything. */
static void test_remedy_has_the_names(void **state) {
        Status s = make_status();
        char text[STATUS_MAX_BYTES];

        s.network_namespace[0] = '\0'; /* its key has "NAME" in it, too */
        strcpy(s.history.failures[0].id, "CFG-05");
        strcpy(s.history.failures[1].id, "NET-04");
        assert_true(status_write(&s, text, sizeof(text)) > 0);
        assert_non_null(strstr(text, "PasswordFile=/etc/pptp/onenet.password"));
        assert_non_null(strstr(text, "ip route get 192.0.2.2"));
        assert_null(strstr(text, "NAME"));
        assert_null(strstr(text, "ADDRESS\\"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_refuses),
                cmocka_unit_test(test_refuses_what_is_too_long),
                cmocka_unit_test(test_ignores),
                cmocka_unit_test(test_writes),
                cmocka_unit_test(test_what_is_written_is_read),
                cmocka_unit_test(test_events),
                cmocka_unit_test(test_cut),
                cmocka_unit_test(test_hostile_members),
                cmocka_unit_test(test_successor_of_a_crash),
                cmocka_unit_test(test_remedy_has_the_names),
                cmocka_unit_test(test_manual),
                cmocka_unit_test(test_manual_of_classes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
