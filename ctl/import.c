/* SPDX-License-Identifier: GPL-2.0-or-later */

/* pptpctl import: converts the set-up of another program into a configuration of ours. */

#include "import.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "ctl.h"
#include "io/config-files.h"

static void print_notes(FILE *out, const Import *import, bool as_comments) {
        _cleanup_free_ char *text = NULL;

        if (import_write_notes(import, as_comments, &text) == 0)
                fputs(text, out);
}

static int explain_failure(const Import *import, const char *argument, int r) {
        switch (r) {
        case IMPORT_E_MISSING:
                if (strchr(argument, '/'))
                        fprintf(stderr, "pptpctl: there is no file %s\n", argument);
                else
                        fprintf(stderr,
                                "pptpctl: nothing that is known here is called \"%s\"; "
                                "\"pptpctl import\" lists what is\n",
                                argument);
                return EX_NOINPUT;
        case IMPORT_E_AMBIGUOUS:
                fprintf(stderr, "pptpctl: \"%s\" is more than one:\n", argument);
                break;
        case IMPORT_E_NOT_PPTP:
                fprintf(stderr, "pptpctl: \"%s\" makes no PPTP tunnel: no server%s\n", argument,
                        " or no user was found.");
                break;
        case IMPORT_E_UNREADABLE:
                /* The notes are about other files, which do not matter then. */
                fprintf(stderr, "pptpctl: \"%s\" cannot be read%s\n", argument,
                        geteuid() == 0 ? "" : ": run this as root");
                return EX_NOINPUT;
        default:
                fprintf(stderr, "pptpctl: \"%s\" cannot be read\n", argument);
                break;
        }

        print_notes(stderr, import, false);
        return EX_DATAERR;
}

static int print_import(const Import *import) {
        _cleanup_free_ char *text = NULL;

        if (import_write_configuration(import, NULL, &text) < 0) {
                fprintf(stderr, "pptpctl: out of memory\n");
                return EX_OSERR;
        }

        fputs(text, stdout);
        putchar('\n');
        if (import->n_secret > 0)
                printf("# The password is in %s%s.\n\n", import->secret_origin,
                       import->secret_is_shared ? ", where the tunnel finds it as well" :
                                                  "; --install puts it where the tunnel finds it");
        print_notes(stdout, import, true);
        return 0;
}

/*
 * "/mnt/old/etc/ppp/peers/office" is read with all the other files of /mnt/old. Returns the path
 * below that root, and takes the root unless one was given.
 */
static const char *split_path(const char *argument, char root[static PATH_MAX],
                              const char **ret_root) {

        static const char *const places[] = { "/etc/ppp/", "/etc/NetworkManager/", "/etc/config/" };

        if ((*ret_root)[0] != '\0')
                return argument;

        for (size_t n = 0; n < ELEMENTSOF(places); n++) {
                const char *found = strstr(argument, places[n]);

                if (found && found > argument && found - argument < PATH_MAX) {
                        memcpy(root, argument, (size_t) (found - argument));
                        root[found - argument] = '\0';
                        *ret_root = root;
                        return found;
                }
        }

        return argument;
}

static int import_one(const char *argument, const ImportOptions *options) {
        _cleanup_(import_freep) Import *import = NULL;
        ImportOptions own = *options;
        char root[PATH_MAX], path[PATH_MAX];
        ImportFiles files;
        int r;

        /* Paths are absolute from here on. */
        if (strchr(argument, '/') && argument[0] != '/' && realpath(argument, path))
                argument = path;
        argument = split_path(argument, root, &own.root);
        files = import_files_below(own.root);

        r = import_read(argument, &files, &import);
        if (r < 0) {
                fprintf(stderr, "pptpctl: %s: %s\n", argument, strerror(-r));
                return EX_OSERR;
        }
        if (r > 0)
                return explain_failure(import, argument, r);

        /*
         * A set-up that was read from another root is installed in this one, unless --root was
         * given.
         */
        own.root = options->root;
        if (own.try)
                return import_try(import);
        if (own.install)
                return import_install(import, &own);
        return print_import(import);
}

/* ---- what there is ---- */

static const char *get_value(const Import *import, const char *key) {
        for (size_t n = 0; n < import->n_lines; n++)
                if (strcmp(import->lines[n].key, key) == 0)
                        return import->lines[n].value;

        return "";
}

/* Prints a line for a file if it makes a tunnel. Returns the number of lines. */
static unsigned list_file(const ImportFiles *files, const char *path) {
        _cleanup_(import_freep) Import *import = NULL;

        if (import_read(path, files, &import) != 0)
                return 0;

        printf("%-16s server %s, user %s, from ", import->name, get_value(import, "Server"),
               get_value(import, "User"));
        ctl_print_text(stdout, path);
        putchar('\n');
        return 1;
}

static unsigned list_directory(const ImportFiles *files, const char *directory) {
        char **names = NULL, path[PATH_MAX];
        unsigned n_found = 0;

        if (files->list(files->userdata, directory, &names) < 0)
                return 0;

        for (char **name = names; name && *name; name++) {
                snprintf(path, sizeof(path), "%s/%s", directory, *name);
                n_found += list_file(files, path);
                free(*name);
        }
        free(names);
        return n_found;
}

static int list_all(const char *root) {
        ImportFiles files = import_files_below(root);
        unsigned n_found = 0;

        n_found += list_directory(&files, "/etc/ppp/peers");
        n_found += list_directory(&files, "/etc/NetworkManager/system-connections");
        n_found += list_file(&files, "/etc/config/network");
        if (n_found == 0)
                printf("There is no PPTP tunnel in /etc/ppp/peers, among NetworkManager's "
                       "connections or in\n/etc/config/network%s.\n",
                       geteuid() == 0 ? "" : " that you may read");
        else
                printf("\n\"pptpctl import NAME\" shows what becomes of one.\n");
        return 0;
}

static void print_usage(void) {
        fprintf(stderr,
                "usage: pptpctl import [--install [--force] [--yes] | --try] "
                "[--root=DIRECTORY] [NAME|PATH...]\n");
}

int ctl_import(int argc, char **argv) {
        static const struct option long_options[] = {
                { "install", no_argument, NULL, 'i' },    { "force", no_argument, NULL, 'f' },
                { "yes", no_argument, NULL, 'y' },        { "try", no_argument, NULL, 't' },
                { "root", required_argument, NULL, 'r' }, { 0 },
        };
        ImportOptions options = { .root = "" };
        int c, result = 0;

        while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1)
                switch (c) {
                case 'i':
                        options.install = true;
                        break;
                case 'f':
                        options.force = true;
                        break;
                case 'y':
                        options.yes = true;
                        break;
                case 't':
                        options.try = true;
                        break;
                case 'r':
                        options.root = optarg;
                        break;
                default:
                        print_usage();
                        return EX_USAGE;
                }
        if ((options.install && options.try) || (options.force && !options.install) ||
            (optind == argc && (options.install || options.try))) {
                print_usage();
                return EX_USAGE;
        }
        if (optind == argc)
                return list_all(options.root);

        for (int n = optind; n < argc; n++) {
                int r = import_one(argv[n], &options);

                if (n + 1 < argc && !options.install && !options.try)
                        putchar('\n');
                result = MAX(result, r);
        }

        return result;
}
