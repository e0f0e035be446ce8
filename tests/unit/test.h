/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* cmocka, which wants these headers before its own. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* cmocka hands every test a state that few need. */
#pragma GCC diagnostic ignored "-Wunused-parameter"
