/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * pppd's exit statuses: "EXIT STATUS" of pppd(8), EXIT_* in its pppd.h, where alone the last two
 * are. The plugin, which has pppd's own header, reports the same numbers.
 */
typedef enum PppdExit {
        PPPD_EXIT_OK = 0,
        PPPD_EXIT_FATAL = 1,
        PPPD_EXIT_OPTIONS = 2,
        PPPD_EXIT_PRIVILEGES = 3,
        PPPD_EXIT_NO_KERNEL_SUPPORT = 4,
        PPPD_EXIT_OUR_SIGNAL = 5,
        PPPD_EXIT_LOCK = 6,
        PPPD_EXIT_OPEN = 7,
        PPPD_EXIT_CONNECT_SCRIPT = 8,
        PPPD_EXIT_PTY_COMMAND = 9,
        PPPD_EXIT_NEGOTIATION = 10,
        PPPD_EXIT_PEER_AUTH = 11, /* the peer refused to authenticate, or failed */
        PPPD_EXIT_IDLE = 12,
        PPPD_EXIT_TIME_LIMIT = 13,
        PPPD_EXIT_CALLBACK = 14,
        PPPD_EXIT_PEER_DEAD = 15, /* LCP echoes went unanswered */
        PPPD_EXIT_HANGUP = 16,
        PPPD_EXIT_LOOPBACK = 17,
        PPPD_EXIT_INIT_SCRIPT = 18,
        PPPD_EXIT_OUR_AUTH = 19, /* the peer did not accept us */
        PPPD_EXIT_TRAFFIC_LIMIT = 20,
        PPPD_EXIT_CALLER_ID = 21,
} PppdExit;
