/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Looks for a policy rule, and waits for the answer (io/link-request.h). */

#include <stdbool.h>

#include "core/route/route-rule.h"

/*
 * Looks in the network namespace of the process for a rule that is the same (route_rule_is_same()).
 * Returns 0 or a negative errno: -EOPNOTSUPP if the kernel has no rules of that family.
 */
int rule_lookup(const RouteRule *rule, bool *ret_found);
