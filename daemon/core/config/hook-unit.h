/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What keeps a unit of [Hooks] from being started, out of what systemd knows of it, and what mends
 * that. pptpctl check asks beforehand, and pptp-hooks once systemd has refused the unit.
 */

#include <stdbool.h>
#include <stddef.h>

/* UNIT_NAME_MAX of systemd's src/basic/unit-def.h, with the NUL. */
#define UNIT_NAME_MAX_BYTES 256

/*
 * What the unit's file has of the tunnel's own unit, pptp@NAME.service; see systemd.unit(5). The
 * names are those of the properties as well as those of the keys in the file.
 */
typedef enum HookRelation {
        HOOK_REQUIRES,
        HOOK_REQUISITE,
        HOOK_BINDS_TO,
        HOOK_PART_OF,
        HOOK_WANTS,
        HOOK_UPHOLDS,
        HOOK_CONFLICTS,
        _HOOK_RELATION_MAX,
} HookRelation;

typedef struct HookUnit {
        char load_state[32];                /* LoadState=: "loaded", "not-found", "masked", ... */
        bool is_masked_at_runtime;          /* below /run, until the next boot */
        bool relations[_HOOK_RELATION_MAX]; /* which of them it has */
} HookUnit;

/* Returns the name of a relation, such as "BindsTo"; a static text. */
const char *hook_relation_name(HookRelation relation);

/* Room for either text of hook_unit_find_fault(), of which a unit's name is a part. */
#define HOOK_TEXT_MAX_BYTES 512

/*
 * Finds what is wrong with a unit of Up=, or with `down` of Down=, of a tunnel: systemd has no such
 * unit, or starting it would start or stop the tunnel, or the tunnel's stop would stop it. Returns
 * false if nothing is. ret_text gets what is wrong, to stand behind "Up=x.service ", and ret_remedy
 * what mends it.
 */
bool hook_unit_find_fault(const HookUnit *u, const char *unit, bool down, const char *tunnel,
                          char ret_text[static HOOK_TEXT_MAX_BYTES],
                          char ret_remedy[static HOOK_TEXT_MAX_BYTES]);
