/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/tunnel/tunnel-queue.h"

static void add_fact(TunnelQueue *q, TunnelEventType type, int64_t number, const char *text) {
        tunnel_queue_add(
                q,
                &(TunnelEvent){
                        .type = type,
                        .fact = { .type = DIAGNOSIS_ERRNO, .number = number, .text = text },
                });
}

static void test_order(void **state) {
        TunnelQueue q = { 0 };

        assert_null(tunnel_queue_take(&q));
        for (uint32_t round = 0; round < 3; round++) {
                for (uint32_t i = 0; i < TUNNEL_QUEUE_MAX; i++)
                        tunnel_queue_add(&q,
                                         &(TunnelEvent){
                                                 .type = TUNNEL_EVENT_RESUMED,
                                                 .count = i,
                                         });
                for (uint32_t i = 0; i < TUNNEL_QUEUE_MAX; i++)
                        assert_int_equal(tunnel_queue_take(&q)->count, i);
                assert_null(tunnel_queue_take(&q));
        }
}

/* The sender's buffer is gone when the event's turn comes; that of the next event lives on. */
static void test_texts_outlive_their_sender(void **state) {
        TunnelQueue q = { 0 };
        char *text = malloc(32);
        const TunnelEvent *event;

        assert_non_null(text);
        for (int64_t i = 0; i < 3; i++) {
                snprintf(text, 32, "text %d", (int) i);
                add_fact(&q, TUNNEL_EVENT_EVIDENCE, i, text);
        }
        memset(text, 'x', 32);
        free(text);
        add_fact(&q, TUNNEL_EVENT_PPPD_EXITED, 3, NULL);

        event = tunnel_queue_take(&q);
        add_fact(&q, TUNNEL_EVENT_EVIDENCE, 4, "later");
        assert_string_equal(event->fact.text, "text 0");
        assert_string_equal(tunnel_queue_take(&q)->fact.text, "text 1");
        assert_string_equal(tunnel_queue_take(&q)->fact.text, "text 2");
        assert_null(tunnel_queue_take(&q)->fact.text);
        assert_string_equal(tunnel_queue_take(&q)->fact.text, "later");
}

static void test_long_text_is_cut(void **state) {
        TunnelQueue q = { 0 };
        char text[DIAGNOSIS_FACT_TEXT_MAX * 2];

        memset(text, 'a', sizeof(text));
        text[sizeof(text) - 1] = '\0';
        add_fact(&q, TUNNEL_EVENT_PREPARE_FAILED, 1, text);
        assert_int_equal(strlen(tunnel_queue_take(&q)->fact.text), DIAGNOSIS_FACT_TEXT_MAX - 1);
}

static void test_addresses_outlive_their_sender(void **state) {
        struct in_addr addresses[TUNNEL_ADDRESSES_MAX + 1];
        TunnelQueue q = { 0 };
        const TunnelEvent *event;

        for (uint32_t i = 0; i < ELEMENTSOF(addresses); i++)
                addresses[i].s_addr = i;
        tunnel_queue_add(&q,
                         &(TunnelEvent){
                                 .type = TUNNEL_EVENT_RESOLVED,
                                 .addresses = { addresses, ELEMENTSOF(addresses) },
                         });
        memset(addresses, 0xff, sizeof(addresses));

        event = tunnel_queue_take(&q);
        assert_int_equal(event->addresses.n_items, TUNNEL_ADDRESSES_MAX);
        for (uint32_t i = 0; i < TUNNEL_ADDRESSES_MAX; i++)
                assert_int_equal(event->addresses.items[i].s_addr, i);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_order),
                cmocka_unit_test(test_texts_outlive_their_sender),
                cmocka_unit_test(test_long_text_is_cut),
                cmocka_unit_test(test_addresses_outlive_their_sender),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
