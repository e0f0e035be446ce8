/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/unit-credentials.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "core/base/array.h"
#include "core/base/macros.h"
#include "io/credentials.h"

#define SYSTEMD "org.freedesktop.systemd1"
#define MANAGER_PATH "/org/freedesktop/systemd1"

/* As in unit.c: a person should not have to wait longer for systemd. */
#define CALL_TIMEOUT_USEC (5 * USEC_PER_SEC)

/* ---- the settings ---- */

static const struct {
        const char *name, *type;
} keys[] = {
        [UNIT_CREDENTIAL_LOAD] = { "LoadCredential", "a(ss)" },
        [UNIT_CREDENTIAL_LOAD_ENCRYPTED] = { "LoadCredentialEncrypted", "a(ss)" },
        [UNIT_CREDENTIAL_SET] = { "SetCredential", "a(say)" },
        [UNIT_CREDENTIAL_SET_ENCRYPTED] = { "SetCredentialEncrypted", "a(say)" },
        [UNIT_CREDENTIAL_IMPORT] = { "ImportCredential", "as" }, /* systemd 254 */
};

const char *unit_credential_key_name(UnitCredentialKey key) {
        return keys[key].name;
}

static void unit_credential_done(UnitCredential *c) {
        if (c->data)
                explicit_bzero(c->data, c->n_data);
        free(c->data);
        free(c->path);
        free(c->id);
}

void unit_credentials_done(UnitCredentials *c) {
        for (size_t i = 0; i < c->n_items; i++)
                unit_credential_done(&c->items[i]);
        free(c->items);
        *c = (UnitCredentials){ 0 };
}

int unit_credentials_add(UnitCredentials *c, UnitCredentialKey key, const char *id,
                         const char *path, const void *data, size_t n_data) {

        UnitCredential item = { .key = key, .n_data = n_data };

        item.id = strdup(id);
        item.path = path ? strdup(path) : NULL;
        item.data = data ? malloc(n_data + 1) : NULL;
        if (!item.id || (path && !item.path) || (data && !item.data) ||
            !ARRAY_MAKE_ROOM(c->items, c->n_items)) {
                item.n_data = 0;
                unit_credential_done(&item);
                return -ENOMEM;
        }

        if (data)
                memcpy(item.data, data, n_data);
        c->items[c->n_items++] = item;
        return 0;
}

int unit_credentials_get_installed(const char *tunnel, UnitCredentials *ret_credentials) {
        char plain[CREDENTIALS_STORED_NAME_MAX_BYTES], encrypted[CREDENTIALS_STORED_NAME_MAX_BYTES];
        int r;

        *ret_credentials = (UnitCredentials){ 0 };
        credentials_name_stored(tunnel, false, plain);
        credentials_name_stored(tunnel, true, encrypted);
        r = unit_credentials_add(ret_credentials, UNIT_CREDENTIAL_LOAD_ENCRYPTED,
                                 credentials_names[0], encrypted, NULL, 0);
        if (r == 0)
                r = unit_credentials_add(ret_credentials, UNIT_CREDENTIAL_LOAD,
                                         credentials_names[1], plain, NULL, 0);
        return r;
}

/* ---- systemd ---- */

static int read_setting(sd_bus_message *m, UnitCredentialKey key, UnitCredentials *c) {
        const char *id, *path = NULL;
        const void *data = NULL;
        size_t n_data = 0;
        int r;

        if (key == UNIT_CREDENTIAL_IMPORT) {
                r = sd_bus_message_read(m, "s", &id);
                return r > 0 ? unit_credentials_add(c, key, id, NULL, NULL, 0) ?: 1 : r;
        }

        r = sd_bus_message_enter_container(m, 'r', strchr(keys[key].type, 'y') ? "say" : "ss");
        if (r <= 0)
                return r;

        r = sd_bus_message_read(m, "s", &id);
        if (r >= 0 && strchr(keys[key].type, 'y'))
                r = sd_bus_message_read_array(m, 'y', &data, &n_data);
        else if (r >= 0)
                r = sd_bus_message_read(m, "s", &path);
        if (r >= 0)
                r = unit_credentials_add(c, key, id, path, data, n_data);
        if (r >= 0)
                r = sd_bus_message_exit_container(m);
        return r < 0 ? r : 1;
}

static int get_settings(sd_bus *bus, const char *object, UnitCredentialKey key,
                        UnitCredentials *c) {

        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        sd_bus_error error = SD_BUS_ERROR_NULL;
        int r;

        r = sd_bus_get_property(bus, SYSTEMD, object, SYSTEMD ".Service", keys[key].name, &error,
                                &reply, keys[key].type);
        if (r < 0) {
                /* This systemd has no such key. */
                bool is_unknown = sd_bus_error_has_name(&error, SD_BUS_ERROR_UNKNOWN_PROPERTY);

                sd_bus_error_free(&error);
                return is_unknown ? 0 : r;
        }

        r = sd_bus_message_enter_container(reply, 'a', keys[key].type + 1);
        while (r > 0)
                r = read_setting(reply, key, c);
        return r;
}

static int load_unit(sd_bus *bus, const char *tunnel, sd_bus_message **ret_reply,
                     const char **ret_object) {

        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        _cleanup_free_ char *unit = NULL;
        int r;

        if (asprintf(&unit, "pptp@%s.service", tunnel) < 0) {
                unit = NULL;
                return -ENOMEM;
        }

        r = sd_bus_message_new_method_call(bus, &call, SYSTEMD, MANAGER_PATH, SYSTEMD ".Manager",
                                           "LoadUnit");
        if (r >= 0)
                r = sd_bus_message_append(call, "s", unit);
        if (r >= 0)
                r = sd_bus_call(bus, call, CALL_TIMEOUT_USEC, NULL, ret_reply);
        if (r >= 0)
                r = sd_bus_message_read(*ret_reply, "o", ret_object);
        return r;
}

int unit_credentials_get(const char *tunnel, UnitCredentials *ret_credentials) {
        _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const char *object;
        int outdated = 0, r;

        *ret_credentials = (UnitCredentials){ 0 };
        r = sd_bus_open_system(&bus);
        if (r >= 0)
                r = sd_bus_set_method_call_timeout(bus, CALL_TIMEOUT_USEC);
        if (r >= 0)
                r = load_unit(bus, tunnel, &reply, &object);
        if (r >= 0)
                r = sd_bus_get_property_trivial(bus, SYSTEMD, object, SYSTEMD ".Unit",
                                                "NeedDaemonReload", NULL, 'b', &outdated);
        for (size_t i = 0; i < ELEMENTSOF(keys) && r >= 0; i++)
                r = get_settings(bus, object, (UnitCredentialKey) i, ret_credentials);

        ret_credentials->is_outdated = outdated;
        return r < 0 ? r : 0;
}

/* ---- which of them counts ---- */

static const UnitCredential *find_setting(const UnitCredentials *c, UnitCredentialKey key,
                                          UnitCredentialKey encrypted_key, const char *id) {

        for (size_t i = 0; i < c->n_items; i++)
                if ((c->items[i].key == key || c->items[i].key == encrypted_key) &&
                    strcmp(c->items[i].id, id) == 0)
                        return &c->items[i];

        return NULL;
}

/* A file of a setting that names one. Returns whether it is there, as far as we may see. */
static bool choose_file(const UnitCredential *setting, UnitCredentialChoice *choice) {
        bool is_encrypted = setting->key == UNIT_CREDENTIAL_LOAD_ENCRYPTED;

        *choice = (UnitCredentialChoice){ .setting = setting, .is_encrypted = is_encrypted };
        if (setting->path[0] != '/')
                return credentials_find_in_stores(setting->path, is_encrypted, choice->path,
                                                  sizeof(choice->path));

        snprintf(choice->path, sizeof(choice->path), "%s", setting->path);
        return access(choice->path, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

static bool choose_import(const UnitCredentials *c, const char *id, UnitCredentialChoice *choice) {
        for (size_t i = 0; i < c->n_items; i++) {
                if (c->items[i].key != UNIT_CREDENTIAL_IMPORT ||
                    fnmatch(c->items[i].id, id, FNM_NOESCAPE) != 0)
                        continue;

                for (int encrypted = 0; encrypted < 2; encrypted++) {
                        *choice = (UnitCredentialChoice){ .setting = &c->items[i],
                                                          .is_encrypted = encrypted };
                        if (credentials_find_in_stores(id, encrypted, choice->path,
                                                       sizeof(choice->path)))
                                return true;
                }
        }

        return false;
}

bool unit_credentials_choose(const UnitCredentials *c, const char *id,
                             UnitCredentialChoice *ret_choice) {

        const UnitCredential *load =
                find_setting(c, UNIT_CREDENTIAL_LOAD, UNIT_CREDENTIAL_LOAD_ENCRYPTED, id);
        const UnitCredential *set =
                find_setting(c, UNIT_CREDENTIAL_SET, UNIT_CREDENTIAL_SET_ENCRYPTED, id);

        if (load && choose_file(load, ret_choice))
                return true;
        if (choose_import(c, id, ret_choice))
                return true;

        if (set) {
                *ret_choice = (UnitCredentialChoice){
                        .setting = set,
                        .is_encrypted = set->key == UNIT_CREDENTIAL_SET_ENCRYPTED,
                };
                return true;
        }

        /* A name that is in no store is no error. */
        if (!load || load->path[0] != '/')
                return false;
        (void) choose_file(load, ret_choice);
        ret_choice->is_missing = true;
        return true;
}
