/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/config/hook-unit.h"

#include <assert.h>
#include <string.h>

#include "core/base/text.h"

/*
 * What each relation to the tunnel's unit leads to. A unit of Up= is started while the tunnel's
 * unit runs, and may well end with it: few do harm there. One of Down= is started while the
 * tunnel's unit is being stopped, or between two connections.
 */
static const struct {
        const char *name, *effect;
        bool harms_up;
} relations[_HOOK_RELATION_MAX] = {
        [HOOK_REQUIRES] = { "Requires",
                            "so when the tunnel is stopped systemd refuses to start it, or starts "
                            "the tunnel again" },
        [HOOK_REQUISITE] = { "Requisite",
                             "so when the tunnel is stopped systemd refuses to start it" },
        [HOOK_BINDS_TO] = { "BindsTo",
                            "so when the tunnel is stopped systemd refuses to start it, or starts "
                            "the tunnel again" },
        [HOOK_PART_OF] = { "PartOf",
                           "so it is ended when the tunnel is stopped, if it still runs" },
        [HOOK_WANTS] = { "Wants", "so it may start the tunnel again when that is stopped" },
        [HOOK_UPHOLDS] = { "Upholds", "so it may start the tunnel again when that is stopped" },
        [HOOK_CONFLICTS] = { "Conflicts", "so its start stops the tunnel", .harms_up = true },
};

const char *hook_relation_name(HookRelation relation) {
        assert(relation < _HOOK_RELATION_MAX);
        return relations[relation].name;
}

static void describe_not_loaded(const HookUnit *u, const char *unit, TextBuilder *text,
                                TextBuilder *remedy) {

        text_addf(text, "will not be started: for systemd it is %s", u->load_state);
        if (strcmp(u->load_state, "masked") == 0)
                text_addf(remedy, "systemctl unmask %s%s",
                          u->is_masked_at_runtime ? "--runtime " : "", unit);
        else if (strcmp(u->load_state, "not-found") == 0)
                text_add(remedy, "write the unit, or its right name, then systemctl daemon-reload");
        else
                text_addf(remedy,
                          "correct what systemctl status %s shows, then systemctl daemon-reload",
                          unit);
}

bool hook_unit_find_fault(const HookUnit *u, const char *unit, bool down, const char *tunnel,
                          char ret_text[static HOOK_TEXT_MAX_BYTES],
                          char ret_remedy[static HOOK_TEXT_MAX_BYTES]) {

        TextBuilder text = text_builder(ret_text, HOOK_TEXT_MAX_BYTES);
        TextBuilder remedy = text_builder(ret_remedy, HOOK_TEXT_MAX_BYTES);

        if (strcmp(u->load_state, "loaded") != 0) {
                describe_not_loaded(u, unit, &text, &remedy);
                return true;
        }

        for (size_t i = 0; i < _HOOK_RELATION_MAX; i++) {
                if (!u->relations[i] || (!down && !relations[i].harms_up))
                        continue;

                text_addf(&text, "has %s=pptp@%s.service, %s", relations[i].name, tunnel,
                          relations[i].effect);
                text_addf(&remedy, "take %s= out of it: systemctl edit --full %s",
                          relations[i].name, unit);
                return true;
        }

        return false;
}
