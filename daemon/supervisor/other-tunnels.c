/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "supervisor/other-tunnels.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "core/base/paths.h"
#include "io/names.h"
#include "io/state-file.h"
#include "io/unit.h"

bool other_tunnels_read(const char *tunnel, Status *ret_status) {
        char directory[PATH_MAX];

        snprintf(directory, sizeof(directory), PATHS_RUNTIME_DIRECTORY "/%s", tunnel);
        return state_file_read(directory, ret_status) == 0 &&
                unit_has_process(tunnel, ret_status->supervisor_pid);
}

int other_tunnels_find(const char *name, OtherTunnelsFunc func, const void *userdata,
                       bool *ret_found) {

        char **tunnels;
        Status status;
        int r;

        r = state_file_list("", &tunnels);
        if (r < 0)
                return r;

        *ret_found = false;
        for (char **tunnel = tunnels; *tunnel && !*ret_found; tunnel++)
                *ret_found = strcmp(*tunnel, name) != 0 && other_tunnels_read(*tunnel, &status) &&
                        func(&status, userdata);

        names_free(tunnels);
        return 0;
}
