/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * pptpctl import --install: writes the configuration, and the password as a credential that only
 * this machine can decrypt or, if it has no key for that, as a file that only root can read.
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "ctl.h"
#include "core/base/macros.h"
#include "core/base/paths.h"
#include "import.h"
#include "io/fd.h"
#include "io/program.h"

#define CREDENTIAL_STORE "/etc/credstore.encrypted"
/* systemd's own, made by "systemd-creds setup" or by the first credential that is encrypted. */
#define HOST_KEY "/var/lib/systemd/credential.secret"

typedef struct Plan {
        const Import *import;
        const ImportOptions *options;
        char configuration[256]; /* the paths, below root */
        char password[256];      /* "": there is none */
        bool is_credential;
        char credential[16384]; /* the password, encrypted: some hundred bytes of Base64 */
        char *text;             /* of the configuration */
} Plan;

/* ---- files ---- */

/*
 * Opens the directory of a path below root, and makes the directories that are missing. Below
 * another root it follows no links, which might lead out of it. Returns a descriptor or a negative
 * errno.
 */
static int open_parent(const char *root, const char *path, mode_t mode) {
        _cleanup_close_ int fd = -EBADF;
        char parent[PATH_MAX], *rest = parent, *name;
        int next;

        snprintf(parent, sizeof(parent), "%.*s", (int) (strrchr(path, '/') - path), path + 1);
        fd = open(root[0] ? root : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;

        while ((name = strsep(&rest, "/"))) {
                if (*name == '\0')
                        continue;
                if (mkdirat(fd, name, mode) < 0 && errno != EEXIST)
                        return -errno;
                next = openat(fd, name,
                              O_PATH | O_DIRECTORY | O_CLOEXEC | (root[0] ? O_NOFOLLOW : 0));
                if (next < 0)
                        return -errno;
                close(fd);
                fd = next;
        }

        return steal_fd(fd);
}

typedef int (*Writer)(const Plan *plan, int fd);

/*
 * Writes a file beside the one that it is to be, and gives it that name once it is whole. Returns 0
 * or a negative errno; -EEXIST unless it may replace one.
 */
static int write_file(const Plan *plan, const char *path, mode_t mode, mode_t directory_mode,
                      Writer writer) {

        _cleanup_close_ int directory_fd = -EBADF, fd = -EBADF;
        const char *name = strrchr(path, '/') + 1;
        char temporary[NAME_MAX + 1];
        int r;

        directory_fd = open_parent(plan->options->root, path, directory_mode);
        if (directory_fd < 0)
                return directory_fd;

        snprintf(temporary, sizeof(temporary), ".%.200s.new", name);
        (void) unlinkat(directory_fd, temporary, 0); /* of a run that was killed */
        fd = openat(directory_fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                    0600);
        if (fd < 0)
                return -errno;

        r = writer(plan, fd);
        if (r == 0 && (fchmod(fd, mode) < 0 || fsync(fd) < 0))
                r = -errno;
        if (r == 0 &&
            renameat2(directory_fd, temporary, directory_fd, name,
                      plan->options->force ? 0 : RENAME_NOREPLACE) < 0)
                r = -errno;
        if (r < 0)
                (void) unlinkat(directory_fd, temporary, 0);
        return r;
}

static int write_configuration(const Plan *plan, int fd) {
        return fd_write_whole(fd, plan->text, strlen(plan->text));
}

static int write_password(const Plan *plan, int fd) {
        return fd_write_whole(fd, plan->import->secret, plan->import->n_secret);
}

static int write_credential(const Plan *plan, int fd) {
        return fd_write_whole(fd, plan->credential, strlen(plan->credential));
}

/* ---- the plan ---- */

/* Returns the key that this machine has, by the name that systemd-creds has for it, or NULL. */
static const char *find_key(void) {
        static const char *const argv[] = { "systemd-creds", "has-tpm2", NULL };
        char output[256];
        bool has_tpm = program_capture(argv, -1, output, sizeof(output)) == 0;

        if (access(HOST_KEY, F_OK) == 0)
                return has_tpm ? "--with-key=host+tpm2" : "--with-key=host";

        return has_tpm ? "--with-key=tpm2" : NULL;
}

/*
 * Encrypts the password, which goes through a pipe so that it is in no argument and no file.
 * Returns false if there is no key, or if it cannot be used.
 */
static bool encrypt(Plan *p) {
        const char *key = find_key();
        const char *const argv[] = {
                "systemd-creds", "encrypt", key, "--name=password", "-", "-", NULL
        };
        _cleanup_close_ int reader = -EBADF, writer = -EBADF;
        int pipe_fds[2];

        if (!key || pipe2(pipe_fds, O_CLOEXEC) < 0)
                return false;
        reader = pipe_fds[0];
        writer = pipe_fds[1];

        /* The password fits into the pipe, which holds 4 KiB at least (PIPE_BUF). */
        if (fd_write_whole(writer, p->import->secret, p->import->n_secret) < 0)
                return false;

        close(steal_fd(writer));
        return program_capture(argv, reader, p->credential, sizeof(p->credential)) == 0 &&
                p->credential[0] != '\0';
}

static int make_plan(Plan *p) {
        const char *name = p->import->name;

        snprintf(p->configuration, sizeof(p->configuration),
                 PATHS_SYSCONF_DIRECTORY "/conf.d/%s.conf", name);
        /* Another root may be another machine's disk, and that machine does not have our key. */
        p->is_credential = p->import->n_secret > 0 && p->options->root[0] == '\0' && encrypt(p);
        if (p->is_credential)
                snprintf(p->password, sizeof(p->password),
                         CREDENTIAL_STORE "/pptp.%s.password.cred", name);
        else if (p->import->n_secret > 0)
                snprintf(p->password, sizeof(p->password), PATHS_SYSCONF_DIRECTORY "/%s.password",
                         name);

        return import_write_configuration(
                p->import, p->password[0] != '\0' && !p->is_credential ? p->password : NULL,
                &p->text);
}

/* The notes are written into the file, for those who read it later. */
static int add_notes(Plan *p) {
        _cleanup_free_ char *notes = NULL;
        char *text;

        if (import_write_notes(p->import, true, &notes) < 0 ||
            asprintf(&text, "%s\n%s%s%s%s", p->text,
                     p->is_credential ? "# The password is in " : "",
                     p->is_credential ? p->password : "", p->is_credential ? ".\n\n" : "",
                     notes) < 0)
                return -ENOMEM;

        free(p->text);
        p->text = text;
        return 0;
}

static bool exists(const Plan *p, const char *path) {
        char full[PATH_MAX];
        struct stat st;

        snprintf(full, sizeof(full), "%.3000s%s", p->options->root, path);
        return lstat(full, &st) == 0;
}

/* Refuses to replace a file that is there already. Returns an exit status. */
static int check_existing(const Plan *p) {
        const char *const paths[] = { p->configuration, p->password };

        for (size_t n = 0; n < ELEMENTSOF(paths); n++)
                if (!p->options->force && paths[n][0] != '\0' && exists(p, paths[n])) {
                        fprintf(stderr, "pptpctl: %s%s is there already; --force replaces it\n",
                                p->options->root, paths[n]);
                        return EX_CANTCREAT;
                }

        return 0;
}

/* Checks the configuration with the supervisor's own parser. Returns an exit status. */
static int check_configuration(const Plan *p) {
        ConfigProblems problems = { 0 };
        Config *config = NULL;
        ConfigParser *parser;
        char text[3 * CONFIG_LINE_MAX_BYTES];
        int r;

        r = config_parser_new(p->import->name, &parser);
        if (r < 0)
                return EX_OSERR;
        r = config_parser_add_file(parser, CONFIG_FILE_TUNNEL, p->configuration, p->text,
                                   strlen(p->text));
        if (r == 0)
                r = config_parser_finish(parser, &config, &problems);
        for (size_t n = 0; n < problems.n_items; n++) {
                config_problem_describe(&problems.items[n], text, sizeof(text));
                fprintf(stderr, "%s\n", text);
        }

        config_free(config);
        config_problems_done(&problems);
        config_parser_free(parser);
        return r == 0 ? 0 : r < 0 ? EX_OSERR : EX_DATAERR;
}

/* ---- asking ---- */

static void show(const Plan *p) {
        printf("%s\nThis will be written:\n  %s%s\n", p->text, p->options->root, p->configuration);
        if (p->is_credential)
                printf("  %s\n    the password of %s, encrypted for this machine alone\n",
                       p->password, p->import->secret_origin);
        else if (p->password[0] != '\0')
                printf("  %s%s\n    the password of %s, for root alone to read\n", p->options->root,
                       p->password, p->import->secret_origin);
        else
                printf("There is no password; the tunnel needs one, see PASSWORDS in "
                       "pptp.conf(5).\n");
}

/* Returns an exit status; 0: go on. */
static int ask(const Plan *p) {
        char answer[16];

        if (p->options->yes)
                return 0;
        if (!isatty(STDIN_FILENO)) {
                fprintf(stderr,
                        "pptpctl: nothing was written: there is no terminal to ask on; "
                        "--yes goes on without\n");
                return EX_USAGE;
        }

        printf("Go on? [y/N] ");
        fflush(stdout);
        if (fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y'))
                return 0;

        printf("Nothing was written.\n");
        return EX_NOUSER;
}

/* ---- writing ---- */

static int fail(const char *path, int error) {
        fprintf(stderr, "pptpctl: %s: %s; nothing was written\n", path, strerror(-error));
        return error == -EEXIST                     ? EX_CANTCREAT :
                error == -EACCES || error == -EPERM ? EX_NOPERM :
                                                      EX_IOERR;
}

/* Writes the password first, since a configuration without its password could be started. */
static int write_all(const Plan *p) {
        int r;

        if (p->password[0] != '\0') {
                r = write_file(p, p->password, 0600, p->is_credential ? 0700 : 0755,
                               p->is_credential ? write_credential : write_password);
                if (r < 0)
                        return fail(p->password, r);
        }

        r = write_file(p, p->configuration, 0644, 0755, write_configuration);
        if (r < 0) {
                char full[PATH_MAX];

                snprintf(full, sizeof(full), "%.3000s%s", p->options->root, p->password);
                if (p->password[0] != '\0' && !p->options->force)
                        (void) unlink(full);
                return fail(p->configuration, r);
        }

        return 0;
}

/* Prints how to stop the old tunnel for good, depending on which program had it. */
static void print_next_steps(const Import *import) {
        printf("\nWritten. ");
        if (strncmp(import->path, "/etc/ppp/", 9) == 0)
                printf("Take the old tunnel down, with poff or systemctl disable --now ppp@%s, "
                       "and then:\n",
                       import->name);
        else if (strncmp(import->path, "/etc/NetworkManager/", 20) == 0)
                printf("Take the old tunnel down, with nmcli connection down, and then:\n");
        else
                printf("What is left to do:\n");
        printf("  systemctl enable --now pptp@%s\n", import->name);
}

int import_install(const Import *import, const ImportOptions *options) {
        Plan p = { .import = import, .options = options };
        int r;

        r = make_plan(&p);
        if (r == 0)
                r = add_notes(&p);
        if (r < 0) {
                free(p.text);
                fprintf(stderr, "pptpctl: %s\n", strerror(-r));
                return EX_OSERR;
        }

        r = check_existing(&p);
        if (r == 0)
                r = check_configuration(&p);
        if (r == 0) {
                show(&p);
                r = ask(&p);
        }
        if (r == 0)
                r = write_all(&p);
        if (r == 0)
                print_next_steps(import);
        free(p.text);
        return r;
}
