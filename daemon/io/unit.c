/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-login.h>

#include "core/base/macros.h"

#define SYSTEMD "org.freedesktop.systemd1"
#define MANAGER_PATH "/org/freedesktop/systemd1"
#define MANAGER_INTERFACE SYSTEMD ".Manager"
#define UNIT_INTERFACE SYSTEMD ".Unit"
#define SERVICE_INTERFACE SYSTEMD ".Service"
#define PROPERTIES_INTERFACE "org.freedesktop.DBus.Properties"

#define UNIT_PREFIX "pptp@"
#define UNIT_SUFFIX ".service"

/*
 * systemd answers within milliseconds. If it does not, a person should not have to wait longer than
 * this.
 */
#define CALL_TIMEOUT_USEC (5 * USEC_PER_SEC)

bool unit_has_process(const char *name, uint64_t pid) {
        _cleanup_free_ char *unit = NULL, *wanted = NULL;

        if (pid == 0 || pid > INT32_MAX || sd_pid_get_unit((pid_t) pid, &unit) < 0)
                return false;
        if (asprintf(&wanted, UNIT_PREFIX "%s" UNIT_SUFFIX, name) < 0) {
                wanted = NULL;
                return false;
        }

        return strcmp(unit, wanted) == 0;
}

int unit_get_tunnel_of_peer(int socket_fd, char *buffer, size_t n_buffer) {
        _cleanup_free_ char *unit = NULL;
        size_t n_prefix = strlen(UNIT_PREFIX), n_suffix = strlen(UNIT_SUFFIX), n;
        int r;

        r = sd_peer_get_unit(socket_fd, &unit);
        if (r < 0)
                return r == -ENODATA ? -ENOENT : r;

        n = strlen(unit);
        if (n <= n_prefix + n_suffix || strncmp(unit, UNIT_PREFIX, n_prefix) != 0 ||
            strcmp(unit + n - n_suffix, UNIT_SUFFIX) != 0)
                return -ENOENT;

        n -= n_prefix + n_suffix;
        if (n >= n_buffer)
                return -ENAMETOOLONG;

        memcpy(buffer, unit + n_prefix, n);
        buffer[n] = '\0';
        return 0;
}

/* ---- details ---- */

/* A property, and the member of UnitState that it fills. */
typedef struct Detail {
        const char *interface, *name;
        int (*read)(sd_bus_message *reply, UnitState *s);
} Detail;

static int read_since(sd_bus_message *reply, UnitState *s) {
        return sd_bus_message_read(reply, "v", "t", &s->since_usec);
}

static int read_text(sd_bus_message *reply, UnitState *s) {
        const char *text;
        int r;

        r = sd_bus_message_read(reply, "v", "s", &text);
        if (r >= 0)
                snprintf(s->text, sizeof(s->text), "%s", text);
        return r;
}

static int read_main_pid(sd_bus_message *reply, UnitState *s) {
        uint32_t pid;
        int r;

        r = sd_bus_message_read(reply, "v", "u", &pid);
        if (r >= 0)
                s->main_pid = pid;
        return r;
}

static int read_exit_status(sd_bus_message *reply, UnitState *s) {
        return sd_bus_message_read(reply, "v", "i", &s->exit_status);
}

static const Detail details[] = {
        { UNIT_INTERFACE, "StateChangeTimestamp", read_since },
        { SERVICE_INTERFACE, "StatusText", read_text },
        { SERVICE_INTERFACE, "MainPID", read_main_pid },
        { SERVICE_INTERFACE, "ExecMainStatus", read_exit_status },
};

/* One answer that is waited for. */
typedef struct Question {
        const Detail *detail;
        UnitState *state;
        size_t *n_waiting;
} Question;

static int on_answer(sd_bus_message *reply, void *userdata, _unused_ sd_bus_error *error) {
        Question *q = userdata;

        (*q->n_waiting)--;
        if (!sd_bus_message_is_method_error(reply, NULL))
                (void) q->detail->read(reply, q->state);
        return 0;
}

/* A unit that systemd has loaded, and whose it is. */
typedef struct LoadedUnit {
        UnitState *state;
        char *path;
} LoadedUnit;

static int ask_details(sd_bus *bus, const LoadedUnit *units, size_t n_units) {
        _cleanup_free_ Question *questions = NULL;
        size_t n_waiting = 0;
        int r;

        questions = calloc(n_units * ELEMENTSOF(details) + 1, sizeof(*questions));
        if (!questions)
                return -ENOMEM;

        for (size_t i = 0; i < n_units; i++)
                for (size_t j = 0; j < ELEMENTSOF(details) && !units[i].state->is_alive; j++) {
                        Question *q = &questions[i * ELEMENTSOF(details) + j];

                        *q = (Question){ &details[j], units[i].state, &n_waiting };
                        r = sd_bus_call_method_async(bus, NULL, SYSTEMD, units[i].path,
                                                     PROPERTIES_INTERFACE, "Get", on_answer, q,
                                                     "ss", details[j].interface, details[j].name);
                        if (r < 0)
                                return r;
                        n_waiting++;
                }

        while (n_waiting > 0) {
                r = sd_bus_process(bus, NULL);
                if (r == 0)
                        r = sd_bus_wait(bus, CALL_TIMEOUT_USEC);
                if (r < 0)
                        return r;
        }

        return 0;
}

/* ---- which are loaded ---- */

static int state_compare(const void *a, const void *b) {
        const UnitState *const *x = a, *const *y = b;

        return strcmp((*x)->name, (*y)->name);
}

/* The state whose unit this is, or NULL. */
static UnitState *state_find(UnitState **sorted, size_t n_sorted, const char *unit) {
        size_t n = strlen(unit), n_prefix = strlen(UNIT_PREFIX), n_suffix = strlen(UNIT_SUFFIX);
        _cleanup_free_ char *name = NULL;
        UnitState key, *wanted = &key, **found;

        if (n <= n_prefix + n_suffix)
                return NULL;

        name = strndup(unit + n_prefix, n - n_prefix - n_suffix);
        if (!name)
                return NULL;

        key.name = name;
        found = bsearch(&wanted, sorted, n_sorted, sizeof(*sorted), state_compare);
        return found ? *found : NULL;
}

static int list_units(sd_bus *bus, sd_bus_message **ret_reply) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        int r;

        r = sd_bus_message_new_method_call(bus, &call, SYSTEMD, MANAGER_PATH, MANAGER_INTERFACE,
                                           "ListUnitsByPatterns");
        if (r >= 0)
                r = sd_bus_message_append(call, "asas", 0, 1, UNIT_PREFIX "*" UNIT_SUFFIX);
        if (r >= 0)
                r = sd_bus_call(bus, call, CALL_TIMEOUT_USEC, NULL, ret_reply);
        return r;
}

/* Fills in ActiveState, and collects what there is to ask about. units has room for all states. */
static int read_units(sd_bus_message *reply, UnitState **sorted, size_t n_sorted, LoadedUnit *units,
                      size_t *ret_n_units) {

        const char *unit, *active, *path;
        size_t n = 0;
        int r;

        r = sd_bus_message_enter_container(reply, 'a', "(ssssssouso)");
        if (r < 0)
                return r;

        while ((r = sd_bus_message_read(reply, "(ssssssouso)", &unit, NULL, NULL, &active, NULL,
                                        NULL, &path, NULL, NULL, NULL)) > 0) {
                UnitState *s = state_find(sorted, n_sorted, unit);

                if (!s || n >= n_sorted)
                        continue;

                snprintf(s->active, sizeof(s->active), "%s", active);
                units[n].path = strdup(path);
                if (!units[n].path)
                        return -ENOMEM;
                units[n].state = s;
                *ret_n_units = ++n;
        }

        return r;
}

int units_get_states(UnitState *states, size_t n_states) {
        _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        _cleanup_free_ UnitState **sorted = NULL;
        _cleanup_free_ LoadedUnit *units = NULL;
        size_t n_units = 0;
        int r;

        sorted = calloc(n_states + 1, sizeof(*sorted));
        units = calloc(n_states + 1, sizeof(*units));
        if (!sorted || !units)
                return -ENOMEM;

        for (size_t i = 0; i < n_states; i++) {
                strcpy(states[i].active, "inactive");
                sorted[i] = &states[i];
        }
        qsort(sorted, n_states, sizeof(*sorted), state_compare);

        r = sd_bus_open_system(&bus);
        if (r >= 0)
                r = list_units(bus, &reply);
        if (r >= 0)
                r = read_units(reply, sorted, n_states, units, &n_units);
        if (r >= 0)
                r = ask_details(bus, units, n_units);

        for (size_t i = 0; i < n_units; i++)
                free(units[i].path);
        return r < 0 ? r : 0;
}
