/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * A server that is away is dialled every second at first, so that the tunnel is back soon after it
 * is. The journal has the failure once, and then once a minute with the number of tries, rather
 * than three lines each second. Each server, and each address of one, may fail in its own way.
 */

#include <string.h>
#include <syslog.h>

#include "core/base/hash.h"
#include "core/tunnel/tunnel-internal.h"

/* Returns what is known of the failure; or where it is to be noted, in the place of the oldest. */
static Repeat *repeat_find(Repeats *repeats, uint64_t hash) {
        Repeat *oldest = &repeats->items[0];

        for (size_t i = 0; i < ELEMENTSOF(repeats->items); i++) {
                Repeat *item = &repeats->items[i];

                if (item->hash == hash)
                        return item;
                if (item->logged_usec < oldest->logged_usec)
                        oldest = item;
        }

        *oldest = (Repeat){ .hash = hash };
        return oldest;
}

const Repeat *tunnel_repeat_count(Tunnel *t, const char *server, const char *reason, uint64_t now) {
        uint64_t hash = hash_bytes(server, strlen(server)) ^ hash_bytes(reason, strlen(reason));
        Repeat *item = repeat_find(&t->repeats, hash | 1);

        item->n_tries++;
        t->repeats.quiet = item->n_tries > 1 && now - item->logged_usec < TUNNEL_REPEAT_USEC;
        if (t->repeats.quiet)
                return NULL;

        if (item->n_tries == 1)
                item->first_usec = now;
        item->logged_usec = now;
        return item;
}

void tunnel_repeat_forget(Tunnel *t) {
        t->repeats = (Repeats){ 0 };
}

int tunnel_repeat_get_priority(const Tunnel *t) {
        return t->repeats.quiet ? LOG_DEBUG : LOG_INFO;
}
