/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The words of other programs for what the configuration has, one row for each: what the word is
 * called here, and how its value gets here. config-hints.h makes hints of these rows, and
 * core/import/ carries whole configurations over by them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/config/config-keys.h"

/* Whose word it is. */
typedef enum ForeignProgram {
        FOREIGN_ANY,             /* a word that people try */
        FOREIGN_WIREGUARD,       /* wg-quick(8) */
        FOREIGN_OPENVPN,         /* openvpn(8) */
        FOREIGN_PPPD,            /* pppd(8), and its plugin pptp.so */
        FOREIGN_PPTP,            /* the command pptp(8) of pptp-linux, and pptpconfig */
        FOREIGN_NETWORK_MANAGER, /* keyfiles of NetworkManager with its PPTP plugin */
        FOREIGN_OPENWRT,         /* /etc/config/network of OpenWrt */
} ForeignProgram;

/* What becomes of the word when a configuration is carried over. */
typedef enum ForeignUse {
        FOREIGN_HINT,     /* no file with it is ever imported */
        FOREIGN_COPY,     /* its value becomes that of the key */
        FOREIGN_SET,      /* that it is there gives the key the row's value */
        FOREIGN_NEEDLESS, /* nothing is lost without it */
        FOREIGN_LOST,     /* nothing here does the same */
        FOREIGN_SPECIAL,  /* the importer has code of its own for it */
} ForeignUse;

typedef struct ConfigForeign {
        ForeignProgram program;
        const char *name;    /* compared without case, - and _ count the same */
        uint8_t n_arguments; /* pppd: how many words follow the option */
        ForeignUse use;
        ConfigSection section; /* of the key */
        const char *key;       /* ours, or NULL */
        const char *value;     /* FOREIGN_SET: what the key gets */
        const char *hint; /* what to write, or why nothing is needed; NULL: made from the key */
} ConfigForeign;

/* The whole table, for the importer and for tests. */
extern const ConfigForeign config_foreign_keys[];
extern const size_t n_config_foreign_keys;

/* Sections of other programs' files; only name and hint are filled. */
extern const ConfigForeign config_foreign_sections[];
extern const size_t n_config_foreign_sections;

/*
 * Finds the row for a word of one program; FOREIGN_ANY takes the first row of any. Returns NULL if
 * there is none. The row is static.
 */
const ConfigForeign *config_foreign_find(ForeignProgram program, const char *name);

/*
 * Finds the row of another program's section by its name. Returns NULL if there is none; the row is
 * static.
 */
const ConfigForeign *config_foreign_find_section(const char *name);

/*
 * Returns the key that the row leads to, which is static, or NULL if this version does not have
 * that key.
 */
const ConfigKey *config_foreign_get_key(const ConfigForeign *foreign);
