/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/route/predecessor-wait.h"

uint64_t predecessor_wait_look(PredecessorWait *w, bool has_pid_file, bool has_interface,
                               uint64_t now_usec) {

        if (w->give_up_usec == 0)
                w->give_up_usec = now_usec + PREDECESSOR_WAIT_USEC;

        /* An interface without a pid file is not a killed pppd's, and will not vanish by itself. */
        if (!has_pid_file || !has_interface || now_usec >= w->give_up_usec)
                return 0;

        return MIN(now_usec + PREDECESSOR_POLL_USEC, w->give_up_usec);
}
