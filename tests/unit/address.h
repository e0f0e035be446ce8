/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* IPv4 addresses of tests, as they are written. */

#include <arpa/inet.h>

#include "test.h"

static inline struct in_addr address(const char *text) {
        struct in_addr a;

        assert_int_equal(inet_pton(AF_INET, text, &a), 1);
        return a;
}
