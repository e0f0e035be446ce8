/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The password, on its way from the supervisor to MS-CHAP. */

#include "tests/hooks/fake-pppd.h"

#include <string.h>

static char password[MAXWORDLEN];

static void ask(void) {
        char user[] = "joe";

        assert_int_equal(chap_passwd_hook(user, password), 0);
}

static void start(bool ask_password) {
        PluginMessage setup = fake_pppd_make_setup();

        setup.setup.ask_password = ask_password;
        fake_pppd_start(&setup);
        memset(password, 'x', sizeof(password));
}

static void tell_password(const char *secret, bool found) {
        PluginMessage m = {
                .type = PLUGIN_PASSWORD,
                .password = { .found = found, .n_secret = strlen(secret) },
        };

        memcpy(m.password.secret, secret, strlen(secret));
        fake_pppd_tell(&m);
}

static void test_answer(void **state) {
        start(true);
        assert_int_equal(chap_check_hook(), 1);
        tell_password("correct horse", true);
        ask();
        assert_string_equal(password, "correct horse");
        assert_int_equal(fake_pppd_hear()->type, PLUGIN_PASSWORD_REQUEST);
}

/* An empty password is one, and the longest fits. */
static void test_lengths(void **state) {
        char longest[PLUGIN_SECRET_MAX_BYTES + 1] = { 0 };

        start(true);
        tell_password("", true);
        ask();
        assert_string_equal(password, "");

        memset(longest, 'p', sizeof(longest) - 1);
        tell_password(longest, true);
        ask();
        assert_string_equal(password, longest);
}

/* Other settings may be under way. */
static void test_setup_in_between(void **state) {
        PluginMessage setup = fake_pppd_make_setup();

        start(true);
        setup.setup.keep_alive_interval_sec = 1;
        setup.setup.keep_alive_probes = 2;
        fake_pppd_tell(&setup);
        tell_password("secret", true);
        ask();
        assert_string_equal(password, "secret");

        /* They hold. */
        fake_pppd_enter_network(1500);
        fake_pppd_advance(1);
        assert_non_null(fake_pppd_sent_of(PROTOCOL_LCP));
}

/* None, or no supervisor: the call ends, since an empty password would cost a try. */
static void test_none(void **state) {
        start(true);
        tell_password("", false);
        assert_true(fake_pppd_is_fatal(ask));
}

static void test_nobody(void **state) {
        start(true);
        fake_pppd_close_channel();
        fake_pppd_expect_end();
        assert_true(fake_pppd_is_fatal(ask));
}

/* pppd's own files have it: its lookup is left alone. */
static void test_not_asked(void **state) {
        start(false);
        assert_null(chap_check_hook);
        assert_null(chap_passwd_hook);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_pppd_set_up, fake_pppd_tear_down)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_answer), TEST(test_lengths), TEST(test_setup_in_between),
                TEST(test_none),   TEST(test_nobody),  TEST(test_not_asked),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
