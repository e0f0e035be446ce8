/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Is systemd-resolved to whoever asks the system's bus, for tests/check-resolver. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <signal.h>

#include "core/base/macros.h"
#include "io/resolved-question.h"

static int get_servers(_unused_ sd_bus *bus, _unused_ const char *path,
                       _unused_ const char *interface, _unused_ const char *property,
                       sd_bus_message *reply, _unused_ void *userdata,
                       _unused_ sd_bus_error *error) {

        return sd_bus_message_append(reply, "a(iiay)", 0);
}

static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_PROPERTY("DNS", "a(iiay)", get_servers, 0, 0),
        SD_BUS_VTABLE_END,
};

int main(void) {
        sd_bus *bus = NULL;

        (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (sd_bus_open_system(&bus) < 0 ||
            sd_bus_add_object_vtable(bus, NULL, RESOLVED_PATH, RESOLVED_MANAGER, vtable, NULL) <
                    0 ||
            sd_bus_request_name(bus, RESOLVED_NAME, 0) < 0)
                return EXIT_FAILURE;

        puts("ready");
        fflush(stdout);
        for (;;) {
                while (sd_bus_process(bus, NULL) > 0)
                        ;
                (void) sd_bus_wait(bus, UINT64_MAX);
        }
}
