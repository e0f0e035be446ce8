/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/fd.h"

#include <stdint.h>

ssize_t fd_read_whole(int fd, void *buffer, size_t n_buffer) {
        uint8_t *bytes = buffer;
        size_t n_done = 0;

        while (n_done < n_buffer) {
                ssize_t n = read(fd, bytes + n_done, n_buffer - n_done);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        break;
                n_done += (size_t) n;
        }

        return (ssize_t) n_done;
}

int fd_write_whole(int fd, const void *data, size_t n_data) {
        const uint8_t *bytes = data;

        while (n_data > 0) {
                ssize_t n = write(fd, bytes, n_data);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                bytes += n;
                n_data -= (size_t) n;
        }

        return 0;
}
