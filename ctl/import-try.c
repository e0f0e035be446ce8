/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * pptpctl import --try: brings up the imported tunnel once, beside the one of the old set-up. Its
 * routes go into a table that no rule uses, so that the old ones stay in use.
 */

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <limits.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "core/base/macros.h"
#include "core/base/paths.h"
#include "ctl.h"
#include "import.h"
#include "io/fd.h"
#include "io/program.h"
#include "io/recording-file.h"
#include "io/rtnl/link-lookup.h"

/* The number of PPTP's port, which no distribution uses for a table. */
#define TABLE "1723"
#define DIRECTORY PATHS_RUNTIME_DIRECTORY "/conf.d"
#define OUTPUT_MAX_BYTES 65536
#define ROUTES_MAX 1024

typedef struct Trial {
        const Import *import;
        char name[80];         /* of the tunnel */
        char interface[16];    /* of ours */
        char old[IF_NAMESIZE]; /* "": none was found */
        char configuration[256], drop_in[256], drop_in_directory[256], password[256];
} Trial;

/* ---- files ---- */

static int write_file(const char *path, const void *data, size_t n_data, mode_t mode) {
        _cleanup_close_ int fd = -EBADF;
        int r;

        fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;

        r = fd_write_whole(fd, data, n_data);
        return r == 0 && fchmod(fd, mode) < 0 ? -errno : r;
}

static void remove_files(const Trial *t) {
        char path[PATH_MAX];

        /* The reason of a failure is printed at once, so the files that keep it go, too. */
        recording_file_path("", t->name, RECORDING_LAST, path, sizeof(path));
        (void) unlink(path);
        snprintf(path, sizeof(path), PATHS_RUNTIME_DIRECTORY "/%s.last", t->name);
        (void) unlink(path);
        /* What was learnt of the servers belongs to a name that nobody uses again. */
        snprintf(path, sizeof(path), PATHS_MEMORY_DIRECTORY "/%s.servers", t->name);
        (void) unlink(path);
        (void) unlink(t->drop_in);
        (void) rmdir(t->drop_in_directory);
        (void) unlink(t->configuration);
        (void) unlink(t->password);
}

/* Writes the configuration, and a drop-in with what is different for the trial. */
static int write_files(const Trial *t) {
        _cleanup_free_ char *text = NULL, *drop_in = NULL;
        bool has_password = t->import->n_secret > 0;
        int r;

        r = import_write_configuration(t->import, has_password ? t->password : NULL, &text);
        if (r < 0)
                return r;
        if (asprintf(&drop_in, "[Tunnel]\nInterfaceName=%s\n[Network]\nRouteTable=" TABLE "\n",
                     t->interface) < 0)
                return -ENOMEM;

        if ((mkdir(PATHS_RUNTIME_DIRECTORY, 0755) < 0 && errno != EEXIST) ||
            (mkdir(DIRECTORY, 0755) < 0 && errno != EEXIST) ||
            (mkdir(t->drop_in_directory, 0755) < 0 && errno != EEXIST))
                return -errno;

        r = has_password ? write_file(t->password, t->import->secret, t->import->n_secret, 0600) :
                           0;
        if (r == 0)
                r = write_file(t->configuration, text, strlen(text), 0644);
        if (r == 0)
                r = write_file(t->drop_in, drop_in, strlen(drop_in), 0644);
        return r;
}

/* ---- the old interface ---- */

/* The second line of pppd's pid file. */
static void read_link_file(const char *link_name, char interface[static IF_NAMESIZE]) {
        _cleanup_close_ int fd = -EBADF;
        char path[320], text[128];
        char *newline;
        ssize_t n;

        snprintf(path, sizeof(path), "/run/ppp-%.200s.pid", link_name);
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (fd < 0)
                return;

        n = fd_read_whole(fd, text, sizeof(text) - 1);
        text[n > 0 ? n : 0] = '\0';
        newline = strchr(text, '\n');
        if (newline)
                snprintf(interface, IF_NAMESIZE, "%.*s",
                         (int) MIN(strcspn(newline + 1, "\n"), (size_t) IF_NAMESIZE - 1),
                         newline + 1);
}

/* Finds the old tunnel's interface: by linkname, by its name, or as the only one of its kind. */
static void find_old_interface(Trial *t) {
        struct ifaddrs *addresses = NULL;
        unsigned n_found = 0;

        if (t->import->link_name)
                read_link_file(t->import->link_name, t->old);
        for (size_t n = 0; n < t->import->n_lines && t->old[0] == '\0'; n++)
                if (strcmp(t->import->lines[n].key, "InterfaceName") == 0)
                        snprintf(t->old, sizeof(t->old), "%.15s", t->import->lines[n].value);
        if (t->old[0] != '\0' && link_find_index(t->old) > 0)
                return;

        t->old[0] = '\0';
        if (getifaddrs(&addresses) < 0)
                return;
        for (struct ifaddrs *a = addresses; a; a = a->ifa_next)
                if (a->ifa_addr && a->ifa_addr->sa_family == AF_INET &&
                    a->ifa_flags & IFF_POINTOPOINT && strncmp(a->ifa_name, "ppp", 3) == 0) {
                        snprintf(t->old, sizeof(t->old), "%s", a->ifa_name);
                        n_found++;
                }
        freeifaddrs(addresses);
        if (n_found != 1)
                t->old[0] = '\0';
}

/* ---- comparing ---- */

static void print_difference(const char *what, const char *old, const char *new) {
        const char *result = strcmp(old, new) == 0 ? "same" : *old ? "different" : "new";

        printf("%-14s %-32s %-32s %s\n", what, *old ? old : "-", *new ? new : "-", result);
}

static void get_addresses(const char *interface, char *local, char *peer) {
        struct ifaddrs *addresses = NULL;

        local[0] = peer[0] = '\0';
        if (getifaddrs(&addresses) < 0)
                return;

        for (struct ifaddrs *a = addresses; a; a = a->ifa_next) {
                const struct sockaddr_in *mine = (const void *) a->ifa_addr,
                                         *other = (const void *) a->ifa_dstaddr;

                if (strcmp(a->ifa_name, interface) != 0 || !mine || mine->sin_family != AF_INET)
                        continue;
                inet_ntop(AF_INET, &mine->sin_addr, local, INET_ADDRSTRLEN);
                if (other)
                        inet_ntop(AF_INET, &other->sin_addr, peer, INET_ADDRSTRLEN);
        }
        freeifaddrs(addresses);
}

/*
 * Removes from a line of "ip route" what differs between the two tunnels anyway: the interface, the
 * protocol, the source, and the trial's table. Works in place; one blank stays between the parts.
 */
static void simplify_route(char *line) {
        static const char *const pairs[] = { "dev", "proto", "scope", "src", "table", "via" };
        char copy[256], *rest = copy, *word;
        size_t n_line = 0;

        snprintf(copy, sizeof(copy), "%s", line);
        line[0] = '\0';
        while ((word = strsep(&rest, " "))) {
                bool is_pair = *word == '\0';

                for (size_t n = 0; n < ELEMENTSOF(pairs); n++)
                        if (strcmp(word, pairs[n]) == 0) {
                                (void) strsep(&rest, " ");
                                is_pair = true;
                        }
                if (!is_pair && strcmp(word, "linkdown") != 0)
                        n_line += (size_t) sprintf(line + n_line, "%s%s", n_line > 0 ? " " : "",
                                                   word);
        }
}

static int compare_texts(const void *a, const void *b) {
        return strcmp(*(char *const *) a, *(char *const *) b);
}

/* The routes of an interface as sorted lines in the buffer. Returns how many. */
static size_t get_routes(const char *interface, char *buffer, char **lines) {
        const char *const argv[] = { "ip",    "-o",  "-4",  "route",   "show",
                                     "table", "all", "dev", interface, NULL };
        char *rest = buffer, *line;
        size_t n_lines = 0;

        if (program_capture(argv, -1, buffer, OUTPUT_MAX_BYTES) != 0)
                return 0;

        while ((line = strsep(&rest, "\n")) && n_lines < ROUTES_MAX) {
                /* The kernel's own routes belong to the addresses. */
                if (*line == '\0' || strstr(line, "proto kernel") || strlen(line) > 250)
                        continue;
                simplify_route(line);
                lines[n_lines++] = line;
        }

        qsort(lines, n_lines, sizeof(*lines), compare_texts);
        return n_lines;
}

/* Prints both sorted lists side by side. Returns in how many lines they differ. */
static size_t print_routes(const Trial *t) {
        char *buffers[2] = { malloc(OUTPUT_MAX_BYTES), malloc(OUTPUT_MAX_BYTES) };
        static char *old[ROUTES_MAX], *new[ROUTES_MAX];
        size_t n_old = 0, n_new = 0, n_differences = 0;

        if (buffers[0] && buffers[1]) {
                n_old = t->old[0] ? get_routes(t->old, buffers[0], old) : 0;
                n_new = get_routes(t->interface, buffers[1], new);
        }

        for (size_t a = 0, b = 0; a < n_old || b < n_new;) {
                int order = a == n_old ? 1 : b == n_new ? -1 : strcmp(old[a], new[b]);

                print_difference(a + b == 0 ? "route" : "", order <= 0 ? old[a] : "",
                                 order >= 0 ? new[b] : "");
                n_differences += order != 0;
                a += order <= 0;
                b += order >= 0;
        }

        free(buffers[0]);
        free(buffers[1]);
        return n_differences;
}

/* The addresses behind each of pppd's "nameserver"; resolved's where there is no such file. */
static void get_name_servers(const char *interface, bool is_old, char *text, size_t n_text) {
        const char *const argv[] = { "resolvectl", "dns", interface, NULL };
        _cleanup_close_ int fd = -EBADF;
        char buffer[1024], *rest = buffer, *line;
        size_t n = 0;
        ssize_t r;

        text[0] = '\0';
        fd = is_old ? open("/etc/ppp/resolv.conf", O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
        if (fd >= 0) {
                r = fd_read_whole(fd, buffer, sizeof(buffer) - 1);
                buffer[r > 0 ? r : 0] = '\0';
                while ((line = strsep(&rest, "\n")) && n + 2 < n_text)
                        if (strncmp(line, "nameserver ", 11) == 0)
                                n += (size_t) snprintf(text + n, n_text - n, "%s%.40s",
                                                       n > 0 ? " " : "", line + 11);
                return;
        }

        /* "Link 5 (ppp0): 10.0.0.53" */
        if (program_capture(argv, -1, buffer, sizeof(buffer)) == 0 && (line = strchr(buffer, ':')))
                snprintf(text, n_text, "%.*s",
                         (int) strcspn(line + 1 + strspn(line + 1, " "), "\n"),
                         line + 1 + strspn(line + 1, " "));
}

static void compare(const Trial *t) {
        char old[2][INET_ADDRSTRLEN] = { "", "" }, new[2][INET_ADDRSTRLEN];
        char old_names[128] = "", new_names[128];

        get_addresses(t->interface, new[0], new[1]);
        if (t->old[0])
                get_addresses(t->old, old[0], old[1]);

        printf("\n%-14s %-32s %-32s\n", "", t->old[0] ? t->old : "(no old one is up)",
               t->interface);
        print_difference("address", old[0], new[0]);
        print_difference("peer", old[1], new[1]);
        (void) print_routes(t);
        if (t->old[0])
                get_name_servers(t->old, true, old_names, sizeof(old_names));
        get_name_servers(t->interface, false, new_names, sizeof(new_names));
        print_difference("name servers", old_names, new_names);
        printf("\nMany servers give each connection another address. The routes of %s were in "
               "table " TABLE ",\nwhich nothing uses.\n",
               t->interface);
}

/* ---- up and down ---- */

static int run_trial(const Trial *t) {
        char unit[128];
        const char *const start[] = { "systemctl", "start", unit, NULL };
        const char *const stop[] = { "systemctl", "stop", unit, NULL };
        const char *const reset[] = { "systemctl", "reset-failed", unit, NULL };
        char *status[] = { (char *) "status", (char *) t->name, NULL }, ignored[256];
        int r;

        snprintf(unit, sizeof(unit), "pptp@%s.service", t->name);
        printf("Bringing up %s as %s ...\n", unit, t->interface);
        fflush(stdout);
        r = program_run(start, -1, -1);
        if (r == 0)
                compare(t);
        else
                (void) ctl_status(2, status);

        fflush(stdout);
        (void) program_run(stop, -1, -1);
        (void) program_capture(reset, -1, ignored, sizeof(ignored));
        printf("Taken down again.\n");
        return r == 0 ? 0 : EX_UNAVAILABLE;
}

/* Moves all routes of the import into the trial's table. */
static int move_routes(Import *import) {
        for (size_t n = 0; n < import->n_lines; n++) {
                ImportLine *line = &import->lines[n];

                if (strcmp(line->key, "Table") != 0 && strcmp(line->key, "RouteTable") != 0)
                        continue;
                free(line->value);
                line->value = strdup(TABLE);
                if (!line->value)
                        return -ENOMEM;
        }

        return 0;
}

int import_try(Import *import) {
        Trial t = { .import = import };
        int r;

        snprintf(t.name, sizeof(t.name), "%.60s-try", import->name);
        snprintf(t.interface, sizeof(t.interface), "try-%.11s", import->name);
        snprintf(t.configuration, sizeof(t.configuration), DIRECTORY "/%s.conf", t.name);
        snprintf(t.drop_in_directory, sizeof(t.drop_in_directory), DIRECTORY "/%s.conf.d", t.name);
        snprintf(t.drop_in, sizeof(t.drop_in), DIRECTORY "/%s.conf.d/try.conf", t.name);
        snprintf(t.password, sizeof(t.password), PATHS_RUNTIME_DIRECTORY "/%s.password", t.name);

        /* Control-C ends only systemctl, so that the trial is always taken down. */
        signal(SIGINT, SIG_IGN);
        signal(SIGTERM, SIG_IGN);

        find_old_interface(&t);
        remove_files(&t); /* left by a trial that was killed */
        r = move_routes(import);
        if (r == 0)
                r = write_files(&t);
        if (r < 0) {
                fprintf(stderr, "pptpctl: " DIRECTORY ": %s\n", strerror(-r));
                remove_files(&t);
                return r == -EACCES || r == -EPERM ? EX_NOPERM : EX_IOERR;
        }

        r = run_trial(&t);
        remove_files(&t);
        return r;
}
