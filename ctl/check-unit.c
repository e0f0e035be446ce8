/* SPDX-License-Identifier: GPL-2.0-or-later */

/* pptpctl check: units of ours without which a part of a tunnel does not work. */

#include <stdio.h>
#include <string.h>

#include "check-parts.h"
#include "io/unit.h"

bool check_is_masked(CheckReport *r, const Config *c, CheckLevel level, const char *subject,
                     const char *unit, const char *consequence) {

        char remedy[2 * UNIT_NAME_MAX_BYTES + 64];
        HookUnit u;

        if (unit_get_hook_unit(unit, c->name, &u) < 0 || strcmp(u.load_state, "masked") != 0)
                return false;

        snprintf(remedy, sizeof(remedy), "systemctl unmask %s%s && systemctl start %s",
                 u.is_masked_at_runtime ? "--runtime " : "", unit, unit);
        check_add(r, level, subject, remedy, "%s is masked: %s", unit, consequence);
        return true;
}
