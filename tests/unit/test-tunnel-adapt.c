/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the next attempt does differently, and what is remembered of it. */

#include "tunnel-fixture.h"

#include <string.h>
#include <sysexits.h>

#define STATELESS_128 0x01, 0x00, 0x00, 0x40
#define STATELESS_40 0x01, 0x00, 0x00, 0x20

/*
 * We ask for encryption, and the server refuses it: with a Configure-Reject, or by naming its own.
 */
static void refuse(Fixture *f, const uint8_t asked[static 4], const uint8_t *named) {
        uint8_t request[] = {
                0x80, 0xfd, 1, 1, 0, 10, 18, 6, asked[0], asked[1], asked[2], asked[3]
        };
        PluginMessage m = { .type = PLUGIN_PACKET,
                            .frame.data = request,
                            .frame.n_data = sizeof(request) };

        if (named) {
                memcpy(request + 8, named, 4);
                step_plugin(f, m);
                memcpy(request + 8, asked, 4);
        }
        m.frame.sent = true;
        step_plugin(f, m);
        m.frame.sent = false;
        request[2] = 4;
        step_plugin(f, m);
        step_phase(f, PLUGIN_PHASE_TERMINATE);
        step_fact(f, TUNNEL_EVENT_PPPD_EXITED, DIAGNOSIS_PPPD_EXITED, 10);
}

static void refuse_128(Fixture *f) {
        refuse(f, (const uint8_t[]){ STATELESS_128 }, NULL);
}

static void refuse_40(Fixture *f) {
        refuse(f, (const uint8_t[]){ STATELESS_40 }, NULL);
}

/* What the latest pppd was told to open with. */
static uint32_t find_opening(const Fixture *f) {
        return mppe_policy_get_opening(&f->settings.mppe);
}

/* From the end of a call to pppd of the next, which calls the same address without a pause. */
static uint32_t go_on_to_linking(Fixture *f) {
        uint32_t opening;

        go_to(f, TUNNEL_STATE_PREPARING);
        advance(f);
        assert_int_equal(find(f, TUNNEL_ACTION_CONNECT)->connect.address.s_addr,
                         addresses[0].s_addr);
        go_to(f, TUNNEL_STATE_LINKING);
        opening = find_opening(f);
        step_phase(f, PLUGIN_PHASE_ESTABLISH);
        step_phase(f, PLUGIN_PHASE_NETWORK);
        return opening;
}

/* The tunnel is up and ends: what the next connection asks for first. */
static uint32_t mppe_bits_asked_next(Fixture *f) {
        step_fact(f, TUNNEL_EVENT_CONTROL_FAILED, DIAGNOSIS_PEER_CLOSED, 0);
        go_to(f, TUNNEL_STATE_WAITING);
        step_timer(f);
        go_to(f, TUNNEL_STATE_LINKING);
        return find_opening(f);
}

/*
 * But it is not asked for first from then on: whoever refused 128 bits in the server's name would
 * have weakened the tunnel for ever.
 */
static void test_refused_strength_is_changed_once(void **state) {
        Fixture *f = *state;

        f->config->mppe = CONFIG_MPPE_ANY;
        negotiate(f);
        refuse_128(f);
        assert_string_equal(find(f, TUNNEL_ACTION_LOG)->log.row->id, "MPPE-09");
        assert_int_equal(find(f, TUNNEL_ACTION_LOG)->log.class, DIAGNOSIS_ADAPT);
        assert_non_null(find_log(f, "Trying once more with MPPE 40-bit stateless"));
        assert_null(find_log(f, "Remedy"));

        assert_int_equal(go_on_to_linking(f), MPPE_BIT_40 | MPPE_BIT_STATELESS);
        ip_up(f, (MppeOutcome){ .bits_40 = true });
        go_to(f, TUNNEL_STATE_UP);
        /* The weaker key is not even stored, where somebody else could come to believe it. */
        assert_int_equal(server_memory_find(tunnel_get_memory(f->tunnel), "vpn.example")->mppe_bits,
                         0);
        assert_int_equal(mppe_bits_asked_next(f), MPPE_BIT_128 | MPPE_BIT_STATELESS);
}

/* Another mode of the same strength is what the server wants, and is asked for first next time. */
static void test_changed_mode_is_remembered(void **state) {
        Fixture *f = *state;

        f->config->stateful = true;
        negotiate(f);
        refuse_128(f);
        assert_int_equal(go_on_to_linking(f), MPPE_BIT_128);
        ip_up(f, (MppeOutcome){ .bits_128 = true, .stateful = true });
        go_to(f, TUNNEL_STATE_UP);
        assert_non_null(find(f, TUNNEL_ACTION_REMEMBER));
        assert_int_equal(mppe_bits_asked_next(f), MPPE_BIT_128);
}

static void test_refused_again_is_permanent(void **state) {
        Fixture *f = *state;

        f->config->mppe = CONFIG_MPPE_ANY;
        negotiate(f);
        refuse_128(f);
        go_on_to_linking(f);
        refuse_40(f);
        assert_int_equal(find(f, TUNNEL_ACTION_LOG)->log.class, DIAGNOSIS_PERMANENT);
        assert_null(find_log(f, "Trying once more"));
        step_timer(f);
        assert_int_equal(find(f, TUNNEL_ACTION_EXIT)->exit_status, EX_PROTOCOL);
}

/*
 * The server talked us into 40 bits within the call, and then refused them: it has seen all there
 * is.
 */
static void test_nothing_is_tried_twice(void **state) {
        Fixture *f = *state;

        f->config->mppe = CONFIG_MPPE_ANY;
        negotiate(f);
        refuse_40(f);
        assert_null(find_log(f, "Trying once more"));
        step_timer(f);
        assert_int_equal(find(f, TUNNEL_ACTION_EXIT)->exit_status, EX_PROTOCOL);
}

/* With one strength and one mode there is nothing to change to, whatever the server would like. */
static void test_nothing_changes_beyond_the_configuration(void **state) {
        static const uint8_t asked[] = { STATELESS_128 }, stateful_40[] = { 0, 0, 0, 0x20 };
        Fixture *f = *state;

        negotiate(f);
        refuse(f, asked, stateful_40);
        assert_null(find_log(f, "Trying once more"));
        assert_non_null(find_log(f, "Remedy"));
        step_timer(f);
        assert_int_equal(find(f, TUNNEL_ACTION_EXIT)->exit_status, EX_PROTOCOL);
}

static void test_what_is_remembered_comes_first(void **state) {
        ServerMemoryEntry entry = { .server = "vpn.example", .mppe_bits = MPPE_BIT_128 };
        static const uint8_t stateful_128[] = { 0, 0, 0, 0x40 };
        Fixture *f = *state;

        f->config->stateful = true;
        server_memory_set(tunnel_get_memory(f->tunnel), &entry);
        go_to(f, TUNNEL_STATE_LINKING);
        assert_int_equal(find_opening(f), MPPE_BIT_128);

        /*
         * It no longer works: forgotten, and the strongest has its turn; after that there is
         * nothing.
         */
        refuse(f, stateful_128, NULL);
        assert_non_null(find(f, TUNNEL_ACTION_REMEMBER));
        assert_null(server_memory_find(tunnel_get_memory(f->tunnel), "vpn.example"));
        assert_non_null(find_log(f, "Trying once more with MPPE 128-bit stateless"));
        assert_int_equal(go_on_to_linking(f), MPPE_BIT_128 | MPPE_BIT_STATELESS);
        refuse_128(f);
        assert_null(find_log(f, "Trying once more"));
}

/* Nor does it weaken what is asked for, whoever wrote it. */
static void test_remembered_weakness_is_ignored(void **state) {
        ServerMemoryEntry entry = { .server = "vpn.example",
                                    .mppe_bits = MPPE_BIT_40 | MPPE_BIT_STATELESS };
        Fixture *f = *state;

        f->config->mppe = CONFIG_MPPE_ANY;
        server_memory_set(tunnel_get_memory(f->tunnel), &entry);
        go_to(f, TUNNEL_STATE_LINKING);
        assert_int_equal(find_opening(f), MPPE_BIT_128 | MPPE_BIT_STATELESS);
}

static void test_memory_is_no_authority(void **state) {
        ServerMemoryEntry entry = { .server = "vpn.example", .mppe_bits = MPPE_BIT_40 };
        Fixture *f = *state;

        server_memory_set(tunnel_get_memory(f->tunnel), &entry);
        go_to(f, TUNNEL_STATE_LINKING);
        assert_int_equal(find_opening(f), MPPE_BIT_128 | MPPE_BIT_STATELESS);
        assert_false(f->settings.mppe.allow_40);
}

/* The link comes up, and pppd gives it up because no echo was answered; or one of them is. */
static void fall_silent(Fixture *f, bool answered) {
        static const uint8_t request[] = { 0xc0, 0x21, 9, 1, 0, 8, 1, 2, 3, 4 };
        static const uint8_t reply[] = { 0xc0, 0x21, 10, 1, 0, 8, 5, 6, 7, 8 };

        step_phase(f, PLUGIN_PHASE_RUNNING);
        if (answered)
                step_packet(f, reply, sizeof(reply));
        for (unsigned i = 0; i < 3; i++)
                step_plugin(f,
                            (PluginMessage){ .type = PLUGIN_PACKET,
                                             .frame = { .sent = true,
                                                        .data = request,
                                                        .n_data = sizeof(request) } });
        f->now_usec += 30 * USEC_PER_SEC;
        step_plugin(f, (PluginMessage){ .type = PLUGIN_EXITING, .exiting.status = 15 });
}

/* Everything is taken down, and pppd of the next call starts. */
static void come_back(Fixture *f, bool waits) {
        if (waits) {
                go_to(f, TUNNEL_STATE_WAITING);
                step_timer(f);
        }
        go_to(f, TUNNEL_STATE_LINKING);
}

static void test_server_that_answers_no_echo(void **state) {
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_UP);
        fall_silent(f, false);
        assert_string_equal(find(f, TUNNEL_ACTION_LOG)->log.row->id, "LCP-02");
        assert_null(find_log(f, "Trying once more"));

        come_back(f, true);
        assert_true(f->settings.keep_alive);
        go_to(f, TUNNEL_STATE_UP);
        fall_silent(f, false);
        assert_string_equal(find(f, TUNNEL_ACTION_LOG)->log.row->id, "LCP-11");
        assert_non_null(find_log(f, "Trying once more without keep-alive"));

        come_back(f, false);
        assert_false(f->settings.keep_alive);
        go_to(f, TUNNEL_STATE_UP);
        assert_non_null(strstr(find(f, TUNNEL_ACTION_STATUS)->status.text, "no keep-alive"));
        assert_true(server_memory_find(tunnel_get_memory(f->tunnel), "vpn.example")->no_keep_alive);
        assert_int_equal(server_memory_find(tunnel_get_memory(f->tunnel), "vpn.example")->mppe_bits,
                         0);
}

/* A path that breaks again and again is none of the server's doing, once it has answered. */
static void test_one_answered_echo_is_enough(void **state) {
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_UP);
        for (unsigned i = 0; i < 4; i++) {
                fall_silent(f, i % 2 == 1);
                assert_string_equal(find(f, TUNNEL_ACTION_LOG)->log.row->id, "LCP-02");
                come_back(f, true);
                assert_true(f->settings.keep_alive);
                go_to(f, TUNNEL_STATE_UP);
        }
}

/* What IPCP of the latest pppd asks for. */
static const IpRequest *find_ip_request(const Fixture *f) {
        return &f->settings.ip;
}

static void test_address_of_last_time_is_asked_for(void **state) {
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_LINKING);
        assert_int_equal(find_ip_request(f)->address.s_addr, INADDR_ANY);
        go_to(f, TUNNEL_STATE_UP);
        assert_non_null(find(f, TUNNEL_ACTION_REMEMBER));

        mppe_bits_asked_next(f);
        assert_int_equal(find_ip_request(f)->address.s_addr, addresses[1].s_addr);
        assert_false(find_ip_request(f)->no_dns);
        go_to(f, TUNNEL_STATE_UP);
        assert_null(find(f, TUNNEL_ACTION_REMEMBER));
}

/* It may be somebody else's by now: then any address will do, at once. */
static void test_refused_address_is_not_asked_for_again(void **state) {
        static const uint8_t request[] = { 0x80, 0x21, 1, 1, 0, 10, 3, 6, 10, 0, 0, 9 };
        uint8_t rejected[sizeof(request)];
        ServerMemoryEntry entry = { .server = "vpn.example", .ip.address = addresses[1] };
        Fixture *f = *state;

        server_memory_set(tunnel_get_memory(f->tunnel), &entry);
        negotiate(f);
        memcpy(rejected, request, sizeof(request));
        rejected[2] = 4;
        step_plugin(f,
                    (PluginMessage){
                            .type = PLUGIN_PACKET,
                            .frame = { .sent = true, .data = request, .n_data = sizeof(request) },
                    });
        step_packet(f, rejected, sizeof(rejected));
        step_phase(f, PLUGIN_PHASE_TERMINATE);
        step_fact(f, TUNNEL_EVENT_PPPD_EXITED, DIAGNOSIS_PPPD_EXITED, 10);
        assert_string_equal(find(f, TUNNEL_ACTION_LOG)->log.row->id, "IPCP-01");
        assert_non_null(
                find_log(f, "Trying once more without asking for the address of last time"));
        assert_null(server_memory_find(tunnel_get_memory(f->tunnel), "vpn.example"));

        come_back(f, false);
        assert_int_equal(find_ip_request(f)->address.s_addr, INADDR_ANY);
}

/* As pppd does once it has agreed to the server's encryption. */
static void ask_early(Fixture *f) {
        static const uint8_t packets[][12] = {
                { 0x80, 0xfd, 1, 1, 0, 10, 18, 6, STATELESS_128 },
                { 0x80, 0xfd, 2, 1, 0, 10, 18, 6, STATELESS_128 },
                { 0x80, 0x21, 1, 1, 0, 10, 3, 6, 0, 0, 0, 0 },
        };

        for (size_t i = 0; i < ELEMENTSOF(packets); i++)
                step_plugin(f,
                            (PluginMessage){
                                    .type = PLUGIN_PACKET,
                                    .frame = { .sent = true,
                                               .data = packets[i],
                                               .n_data = sizeof(packets[i]) },
                            });
}

static void end_by_server(Fixture *f) {
        static const uint8_t terminate[] = { 0xc0, 0x21, 5, 1, 0, 4 };

        step_packet(f, terminate, sizeof(terminate));
        step_phase(f, PLUGIN_PHASE_TERMINATE);
        step_fact(f, TUNNEL_EVENT_PPPD_EXITED, DIAGNOSIS_PPPD_EXITED, 16);
}

/* It may have been our haste: the next call asks when CCP is open, and so do all after it. */
static void test_early_question_ends_the_call_once(void **state) {
        Fixture *f = *state;

        negotiate(f);
        assert_false(find_ip_request(f)->late);
        ask_early(f);
        end_by_server(f);
        assert_int_equal(find(f, TUNNEL_ACTION_LOG)->log.class, DIAGNOSIS_ADAPT);
        assert_non_null(find_log(f, "Trying once more without asking for an address before"));

        come_back(f, false);
        assert_true(find_ip_request(f)->late);
        go_to(f, TUNNEL_STATE_UP);
        mppe_bits_asked_next(f);
        assert_true(find_ip_request(f)->late);
}

/* If it was not, the second end is a failure like any other. */
static void test_late_question_ends_the_call_as_well(void **state) {
        Fixture *f = *state;

        negotiate(f);
        ask_early(f);
        end_by_server(f);
        come_back(f, false);
        step_phase(f, PLUGIN_PHASE_ESTABLISH);
        step_phase(f, PLUGIN_PHASE_NETWORK);
        ask_early(f);
        end_by_server(f);
        assert_int_not_equal(find(f, TUNNEL_ACTION_LOG)->log.class, DIAGNOSIS_ADAPT);
        assert_null(find_log(f, "Trying once more"));
}

/* A server that says what it minds about the encryption is believed. */
static void test_refused_encryption_is_not_our_haste(void **state) {
        static const uint8_t rejected[] = { 0x80, 0xfd, 4, 1, 0, 10, 18, 6, STATELESS_128 };
        Fixture *f = *state;

        negotiate(f);
        ask_early(f);
        step_packet(f, rejected, sizeof(rejected));
        end_by_server(f);
        assert_null(find_log(f, "Trying once more"));
}

/*
 * A rejected question costs a round trip, so the next call asks beside its request. That asks in
 * earnest again once the server has not rejected it.
 */
static void test_rejected_question_is_not_asked_again(void **state) {
        static const uint8_t rejected[] = { 0x80, 0x21, 4, 1,   0, 16, 129, 6, 0,
                                            0,    0,    0, 131, 6, 0,  0,   0, 0 };
        Fixture *f = *state;

        negotiate(f);
        for (int i = 0; i < 2; i++) {
                step_packet(f, rejected, sizeof(rejected));
                go_to(f, TUNNEL_STATE_UP);
                mppe_bits_asked_next(f);
                assert_true(find_ip_request(f)->no_dns);
        }

        go_to(f, TUNNEL_STATE_UP);
        mppe_bits_asked_next(f);
        assert_false(find_ip_request(f)->no_dns);
}

/* A server that has only a second one to name is asked for it in the next call, too. */
static void test_one_rejected_name_server_is_not_both(void **state) {
        static const uint8_t rejected[] = { 0x80, 0x21, 4, 1, 0, 10, 129, 6, 0, 0, 0, 0 };
        static const uint8_t then[] = { 0x80, 0x21, 4, 2, 0, 10, 131, 6, 0, 0, 0, 0 };
        Fixture *f = *state;

        negotiate(f);
        step_packet(f, rejected, sizeof(rejected));
        go_to(f, TUNNEL_STATE_UP);
        mppe_bits_asked_next(f);
        assert_false(find_ip_request(f)->no_dns);

        /* Both, one after the other. */
        step_packet(f, rejected, sizeof(rejected));
        step_packet(f, then, sizeof(then));
        go_to(f, TUNNEL_STATE_UP);
        mppe_bits_asked_next(f);
        assert_true(find_ip_request(f)->no_dns);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_refused_strength_is_changed_once),
                TEST(test_refused_again_is_permanent),
                TEST(test_nothing_is_tried_twice),
                TEST(test_nothing_changes_beyond_the_configuration),
                TEST(test_what_is_remembered_comes_first),
                TEST(test_changed_mode_is_remembered),
                TEST(test_remembered_weakness_is_ignored),
                TEST(test_memory_is_no_authority),
                TEST(test_server_that_answers_no_echo),
                TEST(test_one_answered_echo_is_enough),
                TEST(test_early_question_ends_the_call_once),
                TEST(test_late_question_ends_the_call_as_well),
                TEST(test_refused_encryption_is_not_our_haste),
                TEST(test_address_of_last_time_is_asked_for),
                TEST(test_refused_address_is_not_asked_for_again),
                TEST(test_rejected_question_is_not_asked_again),
                TEST(test_one_rejected_name_server_is_not_both),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
