/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/turn-file.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "core/base/hash.h"
#include "io/fd.h"

/* Servers whose names have the same place share their turns, which does no harm. */
#define PLACES 256

/* Other holders need microseconds of the processor. One that is stopped must not stop us. */
#define LOCK_TRIES 1000

static off_t get_place(const char *server) {
        return (off_t) (hash_bytes(server, strlen(server)) % PLACES * sizeof(uint64_t));
}

static int lock(int fd, off_t place) {
        struct flock range = {
                .l_type = F_WRLCK,
                .l_whence = SEEK_SET,
                .l_start = place,
                .l_len = sizeof(uint64_t),
        };

        for (unsigned i = 0; i < LOCK_TRIES; i++) {
                if (fcntl(fd, F_OFD_SETLK, &range) == 0)
                        return 0;
                if (errno != EAGAIN && errno != EACCES)
                        return -errno;
                (void) sched_yield();
        }

        return -EAGAIN;
}

int turn_file_take(const char *path, const char *server, uint64_t now_usec, uint64_t interval_usec,
                   uint64_t longest_usec, uint64_t *ret_turn_usec) {

        _cleanup_close_ int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        off_t place = get_place(server);
        uint64_t turn_usec, next_usec;
        int r;

        if (fd < 0)
                return -errno;

        r = lock(fd, place); /* until it is closed */
        if (r < 0)
                return r;

        /* The file is empty at first, and has holes later, which are 0. */
        if (pread(fd, &turn_usec, sizeof(turn_usec), place) != sizeof(turn_usec) ||
            turn_usec < now_usec || turn_usec - now_usec > longest_usec)
                turn_usec = now_usec;

        next_usec = turn_usec + interval_usec;
        if (pwrite(fd, &next_usec, sizeof(next_usec), place) != sizeof(next_usec))
                return -EIO;

        *ret_turn_usec = turn_usec;
        return 0;
}
