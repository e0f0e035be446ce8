/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What is wrong with units of [Hooks], and what mends it. */

#include "test.h"

#include "core/base/macros.h"
#include "core/config/hook-unit.h"

static void expect_fault(const HookUnit *u, bool down, const char *text, const char *remedy) {
        char got_text[HOOK_TEXT_MAX_BYTES], got_remedy[HOOK_TEXT_MAX_BYTES];

        assert_true(hook_unit_find_fault(u, "x.service", down, "onenet", got_text, got_remedy));
        assert_string_equal(got_text, text);
        assert_string_equal(got_remedy, remedy);
}

static void test_not_loaded(void **state) {
        for (int down = 0; down < 2; down++) {
                expect_fault(&(HookUnit){ .load_state = "masked" }, down,
                             "will not be started: for systemd it is masked",
                             "systemctl unmask x.service");
                expect_fault(&(HookUnit){ .load_state = "masked", .is_masked_at_runtime = true },
                             down, "will not be started: for systemd it is masked",
                             "systemctl unmask --runtime x.service");
                expect_fault(&(HookUnit){ .load_state = "not-found" }, down,
                             "will not be started: for systemd it is not-found",
                             "write the unit, or its right name, then systemctl daemon-reload");
                expect_fault(&(HookUnit){ .load_state = "bad-setting" }, down,
                             "will not be started: for systemd it is bad-setting",
                             "correct what systemctl status x.service shows, then systemctl "
                             "daemon-reload");
        }
}

/* A unit of Up= may end with the tunnel. One of Down= begins when the tunnel's unit may end. */
static void test_relations(void **state) {
        static const bool is_wrong[_HOOK_RELATION_MAX][2] = {
                [HOOK_REQUIRES] = { false, true }, [HOOK_REQUISITE] = { false, true },
                [HOOK_BINDS_TO] = { false, true }, [HOOK_PART_OF] = { false, true },
                [HOOK_WANTS] = { false, true },    [HOOK_UPHOLDS] = { false, true },
                [HOOK_CONFLICTS] = { true, true },
        };
        char text[HOOK_TEXT_MAX_BYTES], remedy[HOOK_TEXT_MAX_BYTES];

        for (size_t i = 0; i < _HOOK_RELATION_MAX; i++)
                for (int down = 0; down < 2; down++) {
                        HookUnit u = { .load_state = "loaded" };

                        assert_false(
                                hook_unit_find_fault(&u, "x.service", down, "a", text, remedy));
                        u.relations[i] = true;
                        assert_int_equal(
                                hook_unit_find_fault(&u, "x.service", down, "a", text, remedy),
                                is_wrong[i][down]);
                }

        expect_fault(
                &(HookUnit){ .load_state = "loaded", .relations = { [HOOK_BINDS_TO] = true } },
                true,
                "has BindsTo=pptp@onenet.service, so when the tunnel is stopped systemd refuses "
                "to start it, or starts the tunnel again",
                "take BindsTo= out of it: systemctl edit --full x.service");
        expect_fault(
                &(HookUnit){ .load_state = "loaded", .relations = { [HOOK_CONFLICTS] = true } },
                false, "has Conflicts=pptp@onenet.service, so its start stops the tunnel",
                "take Conflicts= out of it: systemctl edit --full x.service");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_not_loaded),
                cmocka_unit_test(test_relations),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
