/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Memory that was needed once, and is only kept. */

/*
 * Gives the kernel back what the heap has free, and the pages below the stack's top that deeper
 * calls have used; each is there again, empty, when it is needed next. Takes some microseconds. For
 * the main thread, and not from a signal handler.
 */
void spare_memory_release(void);
