/* SPDX-License-Identifier: GPL-2.0-or-later */

/* pptpctl check: finds scripts, processes and interfaces of others that get in the way. */

#include <ctype.h>
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check-parts.h"
#include "core/base/number.h"
#include "core/import/import-callers.h"
#include "import.h"
#include "io/rtnl/link-lookup.h"
#include "io/unit.h"

#define FILE_MAX_BYTES (64 * 1024)
#define PEERS "/etc/ppp/peers"
#define PEER_MAX_BYTES 256

/* Reads the beginning of a file as text; NULs become blanks. Returns false if there is none. */
static bool read_text(const char *path, char *buffer, size_t n_buffer) {
        FILE *file = fopen(path, "re");
        size_t n;

        if (!file)
                return false;

        n = fread(buffer, 1, n_buffer - 1, file);
        fclose(file);
        for (size_t i = 0; i < n; i++)
                if (buffer[i] == '\0')
                        buffer[i] = ' ';
        buffer[n] = '\0';
        return true;
}

/* Whether the text contains the word, other than as a part of a longer one. */
static bool has_word(const char *text, const char *word) {
        size_t n = strlen(word);

        for (const char *p = strstr(text, word); p; p = strstr(p + 1, word))
                if ((p == text || (!isalnum((unsigned char) p[-1]) && !strchr("_-.", p[-1]))) &&
                    !isalnum((unsigned char) p[n]) && !strchr("_-", p[n] ? p[n] : ' '))
                        return true;

        return false;
}

/* ---- scripts ---- */

/* Blanks out what a shell takes for a comment, as far as a line shows it. */
static void remove_comments(char *text) {
        for (char *p = text; (p = strchr(p, '#'));)
                if (p == text || strchr(" \t\n;", p[-1]))
                        for (; *p && *p != '\n'; p++)
                                *p = ' ';
                else
                        p++;
}

/*
 * Finds scripts that set routes of this tunnel. They run for the old set-up's pppd only, and use
 * its interface. run-parts(8) passes over those that are not executable.
 */
static size_t check_scripts_in(CheckReport *r, const Config *c, const char *directory) {
        static char text[FILE_MAX_BYTES];
        const struct dirent *entry;
        DIR *d = opendir(directory);
        size_t n = 0;

        while (d && (entry = readdir(d))) {
                char path[512];

                snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
                if (entry->d_name[0] == '.' || access(path, X_OK) < 0 ||
                    !read_text(path, text, sizeof(text)))
                        continue;
                remove_comments(text);
                if (!has_word(text, c->ip_param) && !has_word(text, c->name))
                        continue;

                check_add(r, CHECK_WARNING, "old script",
                          "if it sets this tunnel's routes, take that out of it once the old "
                          "set-up is gone: [Route] sections do that work",
                          "%s names this tunnel, and runs for an old pppd of the same name", path);
                n++;
        }

        if (d)
                closedir(d);
        return n;
}

typedef struct Callers {
        CheckReport *report;
        const Config *config;
        size_t n;
} Callers;

static void report_caller(void *userdata, const char *path, unsigned line, const char *call) {
        Callers *callers = userdata;
        char remedy[256];

        snprintf(remedy, sizeof(remedy), "take the line away: pptp@%s.service does its work",
                 callers->config->name);
        check_add(callers->report, CHECK_WARNING, "old script", remedy,
                  "%s:%u has \"%s\", which starts or ends an old pppd", path, line, call);
        callers->n++;
}

/* Jobs that start an old pppd again, by "pon NAME". */
static size_t check_callers(CheckReport *r, const Config *c) {
        ImportFiles files = import_files_below("");
        Callers callers = { .report = r, .config = c };

        import_find_callers(&files, c->name, report_caller, &callers);
        if (strcmp(c->ip_param, c->name) != 0)
                import_find_callers(&files, c->ip_param, report_caller, &callers);
        return callers.n;
}

static void check_scripts(CheckReport *r, const Config *c) {
        if (check_scripts_in(r, c, "/etc/ppp/ip-up.d") +
                    check_scripts_in(r, c, "/etc/ppp/ip-down.d") + check_callers(r, c) ==
            0)
                check_add(r, CHECK_OK, "old scripts", NULL,
                          "neither /etc/ppp nor a job of cron names this tunnel");
}

/* ---- processes ---- */

/* Whether a command line of pppd or pptp, or a file of options, is of the same tunnel or server. */
static bool names_tunnel(const Config *c, const char *text) {
        if (has_word(text, c->name) || has_word(text, c->ip_param))
                return true;

        for (size_t i = 0; i < c->n_servers; i++)
                if (has_word(text, c->servers[i]))
                        return true;
        return false;
}

/*
 * Takes PEER of "pppd call PEER", whose options are in a file of that name. pppd allows no ".." in
 * it (callfile() of its options.c). Returns false if the command calls none.
 */
static bool get_peer(const char *command, char peer[static PEER_MAX_BYTES]) {
        const char *call = strstr(command, " call ");
        size_t n;

        if (!call)
                return false;

        call += strlen(" call ");
        n = strcspn(call, " ");
        if (n == 0 || n >= PEER_MAX_BYTES)
                return false;

        memcpy(peer, call, n);
        peer[n] = '\0';
        return !strstr(peer, "..");
}

/* Whether the options that pppd took from a file are of the same tunnel or server. */
static bool peer_names_tunnel(const Config *c, const char *peer) {
        static char options[FILE_MAX_BYTES];
        char path[sizeof(PEERS) + 1 + PEER_MAX_BYTES];

        snprintf(path, sizeof(path), PEERS "/%s", peer);
        if (!read_text(path, options, sizeof(options)))
                return false;

        remove_comments(options);
        return names_tunnel(c, options);
}

/* Looks at a process that runs pppd or pptp. Returns whether it is one that was looked for. */
typedef bool (*ProcessFunc)(CheckReport *r, const Config *c, uint64_t pid);

/* Looks at all of them. Returns whether any was looked for. */
static bool any_process(CheckReport *r, const Config *c, ProcessFunc func) {
        const struct dirent *entry;
        DIR *d = opendir("/proc");
        bool found = false;

        while (d && (entry = readdir(d))) {
                uint64_t pid = 0;
                char path[64], name[64] = "";

                if (!number_parse(entry->d_name, 10, INT32_MAX, &pid))
                        continue;
                snprintf(path, sizeof(path), "/proc/%" PRIu64 "/comm", pid);
                (void) read_text(path, name, sizeof(name));
                if (strcmp(name, "pppd\n") == 0 || strcmp(name, "pptp\n") == 0)
                        found = func(r, c, pid) || found;
        }

        if (d)
                closedir(d);
        return found;
}

/* Reports a process that runs pppd or pptp for the tunnel. Returns whether this one does. */
static bool check_process(CheckReport *r, const Config *c, uint64_t pid) {
        char path[64], command[4096], peer[PEER_MAX_BYTES] = "", remedy[PEER_MAX_BYTES + 128];
        bool calls;

        snprintf(path, sizeof(path), "/proc/%" PRIu64 "/cmdline", pid);
        if (!read_text(path, command, sizeof(command)) || unit_has_process(c->name, pid))
                return false;

        calls = get_peer(command, peer);
        if (!names_tunnel(c, command) && !(calls && peer_names_tunnel(c, peer)))
                return false;

        snprintf(remedy, sizeof(remedy),
                 "if it is an old set-up of this tunnel, end it: %s%s%skill %" PRIu64,
                 calls ? "poff " : "", peer, calls ? ", or " : "", pid);
        check_add(r, CHECK_ERROR, "old pppd", remedy, "process %" PRIu64 " runs already: %s", pid,
                  command);
        return true;
}

static void check_processes(CheckReport *r, const Config *c) {
        if (!any_process(r, c, check_process))
                check_add(r, CHECK_OK, "old pppd", NULL, "none runs for this tunnel");
}

/* ---- the interface ---- */

/* Whether the tunnel's own pppd runs: its interface has the name before the tunnel is up. */
static bool is_own_pppd(_unused_ CheckReport *r, const Config *c, uint64_t pid) {
        return unit_has_process(c->name, pid);
}

/* In another network namespace there is nobody to take the name away. */
static void check_interface(CheckReport *r, const Config *c) {
        char remedy[256];

        if (c->network_namespace)
                return;
        if (link_find_index(c->interface_name) == 0 || any_process(r, c, is_own_pppd)) {
                check_add(r, CHECK_OK, "interface", NULL, "no other has the name %s",
                          c->interface_name);
                return;
        }

        snprintf(
                remedy, sizeof(remedy),
                "write another InterfaceName= in [Tunnel]; only if an old set-up of this tunnel has "
                "it, end that (\"ip link show %s\")",
                c->interface_name);
        check_add(r, CHECK_ERROR, "interface", remedy, "there is another one of the name %s",
                  c->interface_name);
}

/*
 * Whether NetworkManager manages the interface, as its own file about it says, by the interface's
 * index. Where one of its files has managed=1, it does not obey udev.
 */
static void check_network_manager(CheckReport *r, const Config *c) {
        char path[64], text[1024];
        uint32_t ifindex = c->network_namespace ? 0 : link_find_index(c->interface_name);

        if (ifindex == 0)
                return;

        snprintf(path, sizeof(path), "/run/NetworkManager/devices/%" PRIu32, ifindex);
        if (read_text(path, text, sizeof(text)) && strstr(text, "\nmanaged=true\n"))
                check_add(
                        r, CHECK_WARNING, "interface",
                        "write a [device] section with managed=0 for it, as pptp@.service(8) says",
                        "NetworkManager manages %s, and takes its address away", c->interface_name);
}

void check_rivals(CheckReport *r, const Config *c) {
        check_interface(r, c);
        check_network_manager(r, c);
        check_scripts(r, c);
        check_processes(r, c);
}
