/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-bus.h>

#include "core/base/macros.h"

#define SYSTEMD "org.freedesktop.systemd1"
#define UNIT_INTERFACE SYSTEMD ".Unit"
#define SERVICE_INTERFACE SYSTEMD ".Service"

typedef struct Unit {
        sd_bus *bus;
        char *path;
} Unit;

static void unit_done(Unit *u) {
        sd_bus_unref(u->bus);
        free(u->path);
}

static int unit_get_text(const Unit *u, const char *interface, const char *name, char *buffer,
                         size_t n_buffer) {

        _cleanup_free_ char *text = NULL;
        int r;

        r = sd_bus_get_property_string(u->bus, SYSTEMD, u->path, interface, name, NULL, &text);
        if (r >= 0)
                snprintf(buffer, n_buffer, "%s", text);
        return r;
}

static int unit_get_number(const Unit *u, const char *interface, const char *name, char type,
                           void *number) {

        return sd_bus_get_property_trivial(u->bus, SYSTEMD, u->path, interface, name, NULL, type,
                                           number);
}

int unit_get_state(const char *name, UnitState *ret_state) {
        _cleanup_(unit_done) Unit u = { 0 };
        _cleanup_free_ char *unit = NULL;
        UnitState s = { 0 };
        uint32_t pid = 0;
        int r;

        r = sd_bus_default_system(&u.bus);
        if (r < 0)
                return r;

        if (asprintf(&unit, "pptp@%s.service", name) < 0) {
                unit = NULL;
                return -ENOMEM;
        }

        r = sd_bus_path_encode("/org/freedesktop/systemd1/unit", unit, &u.path);
        if (r >= 0)
                r = unit_get_text(&u, UNIT_INTERFACE, "ActiveState", s.active, sizeof(s.active));
        if (r >= 0)
                r = unit_get_number(&u, UNIT_INTERFACE, "StateChangeTimestamp", 't', &s.since_usec);
        if (r >= 0)
                r = unit_get_text(&u, SERVICE_INTERFACE, "StatusText", s.text, sizeof(s.text));
        if (r >= 0)
                r = unit_get_number(&u, SERVICE_INTERFACE, "MainPID", 'u', &pid);
        if (r >= 0)
                r = unit_get_number(&u, SERVICE_INTERFACE, "ExecMainStatus", 'i', &s.exit_status);
        if (r < 0)
                return r;

        s.main_pid = pid;
        *ret_state = s;
        return 0;
}
