/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/hidden-link.h"

#include <limits.h>
#include <unistd.h>

#include "core/config/config.h"

bool hidden_link_check(const char *path) {
        char target[PATH_MAX];
        ssize_t n;

        n = readlink(path, target, sizeof(target) - 1);
        if (n <= 0)
                return false;

        target[n] = '\0';
        return config_path_is_hidden(target);
}
