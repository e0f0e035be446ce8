/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * pptpctl check: which resolver takes the tunnel's name servers. It is found as pptp-names finds
 * it, so that check tells what a start would.
 */

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "check-parts.h"
#include "core/names/names-keeper.h"
#include "core/names/names-resolvconf.h"
#include "core/names/names-set.h"
#include "io/resolvconf-program.h"
#include "io/resolved-question.h"
#include "io/unit.h"

#define RESOLVED_UNIT "systemd-resolved.service"
/* -b: a file that is there may be somebody's own, and is kept as resolv.conf~. */
#define POINT_AT_STUB "ln -sfb ../run/systemd/resolve/stub-resolv.conf /etc/resolv.conf"

/* By which pptp-names is reached for each of them. */
static const char *const sockets[_NAMES_SERVICE_MAX] = {
        [NAMES_SERVICE_RESOLVED] = "pptp-names.socket",
        [NAMES_SERVICE_RESOLVCONF] = "pptp-resolvconf.socket",
};

/* Whether a file has a line that begins with a word and has another in it. */
static bool file_has(const char *path, const char *first, const char *word) {
        char line[512];
        bool found = false;
        FILE *file;

        file = fopen(path, "re");
        if (!file)
                return false;

        while (!found && fgets(line, sizeof(line), file))
                found = strncmp(line, first, strlen(first)) == 0 && strstr(line, word);
        fclose(file);
        return found;
}

/* By the stub that it has in resolv.conf(5), or by nss-resolve(8). */
static bool programs_ask_resolved(void) {
        return file_has("/etc/resolv.conf", "nameserver", "127.0.0.5") ||
                file_has("/etc/nsswitch.conf", "hosts:", " resolve");
}

/* ---- why systemd-resolved is not there ---- */

typedef struct Absence {
        char why[64];
        char remedy[256];
} Absence;

/* Behind a command that has it run: programs are to ask it as well. */
static const char *and_point_at_stub(void) {
        return programs_ask_resolved() ? "" : " && " POINT_AT_STUB;
}

static void find_absence(const Config *c, Absence *ret_absence) {
        Absence *a = ret_absence;
        HookUnit u = { 0 };

        (void) unit_get_hook_unit(RESOLVED_UNIT, c->name, &u);
        if (strcmp(u.load_state, "not-found") == 0) {
                snprintf(a->why, sizeof(a->why), "systemd-resolved is not installed");
                snprintf(a->remedy, sizeof(a->remedy), "install the package systemd-resolved");
        } else if (strcmp(u.load_state, "masked") == 0) {
                snprintf(a->why, sizeof(a->why), "systemd-resolved is masked");
                snprintf(a->remedy, sizeof(a->remedy),
                         "systemctl unmask %ssystemd-resolved && "
                         "systemctl enable --now systemd-resolved%s",
                         u.is_masked_at_runtime ? "--runtime " : "", and_point_at_stub());
        } else {
                snprintf(a->why, sizeof(a->why), "systemd-resolved does not run");
                snprintf(a->remedy, sizeof(a->remedy), "systemctl enable --now systemd-resolved%s",
                         and_point_at_stub());
        }
}

/* ---- what there is ---- */

/* Returns 1 or 0, or a negative errno if it cannot be known. */
static int service_is_there(NamesService service, const ResolvconfProgram *resolvconf) {
        switch (service) {
        case NAMES_SERVICE_RESOLVED:
                return resolved_is_there();
        case NAMES_SERVICE_RESOLVCONF:
                return resolvconf->path != NULL;
        case _NAMES_SERVICE_MAX:
                break;
        }

        return 0;
}

/* Of what the server gives, which is not known yet, it does not matter here which it is. */
static bool has_no_split(const Config *c, const ResolvconfProgram *resolvconf) {
        const struct in_addr given[2] = { { inet_addr("192.0.2.1") } };
        NamesSet set;

        names_set_make(c, given, &(NamesOffer){ 0 }, true, &set);
        return names_resolvconf_choose(&set, resolvconf->can_split) == NAMES_RESOLVCONF_NO_SPLIT;
}

#define NO_SPLIT \
        "this host's resolvconf cannot have some names asked in the tunnel and others outside"
#define TAKE_ALL "write DNSDefaultRoute=yes in [Network] to have all names asked in the tunnel"

/* resolved_is_there: and is not reached, of which another finding speaks. */
static void check_no_split(CheckReport *r, const Config *c, bool resolved_is_there,
                           CheckLevel level) {

        char remedy[sizeof(((Absence *) NULL)->remedy) + 128];
        Absence resolved;

        if (resolved_is_there) {
                check_add(r, level, "names", TAKE_ALL, NO_SPLIT);
                return;
        }

        find_absence(c, &resolved);
        snprintf(remedy, sizeof(remedy), TAKE_ALL ", or: %s", resolved.remedy);
        check_add(r, level, "names", remedy, "%s, and " NO_SPLIT, resolved.why);
}

/* What there is to say of the one that is there, and is reached. */
static void check_service(CheckReport *r, NamesService service) {
        if (service == NAMES_SERVICE_RESOLVED && !programs_ask_resolved())
                check_add(r, CHECK_WARNING, "names", POINT_AT_STUB,
                          "systemd-resolved runs, but programs do not ask it");
        else
                check_add(r, CHECK_OK, "names", NULL, "%s takes the tunnel's name servers",
                          names_service_name(service));
}

static void check_nothing(CheckReport *r, const Config *c, CheckLevel level) {
        char remedy[sizeof(((Absence *) NULL)->remedy) + 64];
        Absence resolved;

        find_absence(c, &resolved);
        snprintf(remedy, sizeof(remedy), "%s%s", resolved.remedy,
                 level == CHECK_ERROR ? "" : ", or write UseDNS=no in [Network]");
        check_add(r, level, "names", remedy,
                  "nothing on this host takes the tunnel's name servers: %s", resolved.why);
}

/* In the order in which the supervisor asks (core/names/names-keeper.h). */
void check_resolver(CheckReport *r, const Config *c) {
        CheckLevel level = names_set_is_required(c) ? CHECK_ERROR : CHECK_WARNING;
        const ResolvconfProgram resolvconf = resolvconf_program_find();
        bool masked = false;

        for (NamesService service = 0; service < _NAMES_SERVICE_MAX; service++) {
                bool is_last = service == NAMES_SERVICE_RESOLVCONF || !resolvconf.path;
                int is_there = service_is_there(service, &resolvconf);

                if (is_there < 0) {
                        check_add(r, CHECK_WARNING, "names",
                                  "run pptpctl check where the system bus is, not in a chroot",
                                  "whether systemd-resolved takes the tunnel's name servers cannot "
                                  "be known here: the system bus: %s",
                                  strerror(-is_there));
                        return;
                }
                if (!is_there)
                        continue;
                if (check_is_masked(r, c, is_last ? level : CHECK_WARNING, "names",
                                    sockets[service],
                                    "nobody gives the tunnel's name servers to the resolver")) {
                        masked = true;
                        continue;
                }

                if (service == NAMES_SERVICE_RESOLVCONF && has_no_split(c, &resolvconf))
                        check_no_split(r, c, masked, level);
                else
                        check_service(r, service);
                return;
        }

        if (!masked)
                check_nothing(r, c, level);
}

void check_refusal(CheckReport *r, const Config *c) {
        Absence resolved;

        if (resolved_is_there() != 0)
                return;

        find_absence(c, &resolved);
        check_add(r, CHECK_WARNING, "names", resolved.remedy,
                  "while the tunnel is down, names of Domains= are asked outside: %s, and nobody "
                  "else refuses them",
                  resolved.why);
}
