/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/resolved-question.h"

#include <errno.h>
#include <stdbool.h>
#include <time.h>

#include "core/base/macros.h"

int resolved_call_new(sd_bus *bus, const char *interface, const char *method,
                      sd_bus_message **ret_call) {

        int r;

        r = sd_bus_message_new_method_call(bus, ret_call, RESOLVED_NAME, RESOLVED_PATH, interface,
                                           method);
        return r < 0 ? r : sd_bus_message_set_auto_start(*ret_call, false);
}

int resolved_question_new(sd_bus *bus, sd_bus_message **ret_question) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *question = NULL;
        int r;

        r = resolved_call_new(bus, "org.freedesktop.DBus.Properties", "Get", &question);
        if (r >= 0)
                r = sd_bus_message_append(question, "ss", RESOLVED_MANAGER, "DNS");
        if (r < 0)
                return r;

        *ret_question = steal_pointer(question);
        return 0;
}

int resolved_is_there(void) {
        _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *question = NULL;
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        int r;

        r = sd_bus_open_system(&bus);
        if (r >= 0)
                r = resolved_question_new(bus, &question);
        if (r < 0)
                return r;

        r = sd_bus_call(bus, question, RESOLVED_CALL_USEC, &error, NULL);
        if (r >= 0)
                return 1;
        /* The bus says so, or an answer did not come in time. */
        if (sd_bus_error_has_name(&error, SD_BUS_ERROR_ACCESS_DENIED))
                return -EACCES;

        return sd_bus_error_is_set(&error) ? 0 : r;
}
