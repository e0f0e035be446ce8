/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/macros.h"
#include "core/config/config-routes.h"
#include "io/config-files.h"
#include "io/config-near-miss.h"

#define GOOD                                                               \
        "[Tunnel]\nServer=vpn.example.com\n[Authentication]\nUser=alice\n" \
        "[Route]\nDestination=192.0.2.1\n"
#define ETC "/etc/pptp/conf.d/"
#define RUN "/run/pptp/conf.d/"
#define LIB "/usr/lib/pptp/conf.d/"

static char root[64];

/* Makes the file and the folders on the way to it; the path is good until the next call. */
static const char *path_make(const char *name) {
        static char path[256];

        snprintf(path, sizeof(path), "%s%s", root, name);
        for (char *slash = strchr(path + strlen(root) + 1, '/'); slash;
             slash = strchr(slash + 1, '/')) {
                *slash = '\0';
                mkdir(path, 0755);
                *slash = '/';
        }
        return path;
}

static void put(const char *name, const char *text) {
        FILE *f = fopen(path_make(name), "we");

        assert_non_null(f);
        assert_true(fputs(text, f) >= 0);
        assert_int_equal(fclose(f), 0);
}

/* In memory where that is possible: a disk takes seconds to make and remove thousands of files. */
static int setup(void **state) {
        strcpy(root,
               access("/dev/shm", W_OK) == 0 ? "/dev/shm/test-config-files-XXXXXX" :
                                               "/tmp/test-config-files-XXXXXX");
        return mkdtemp(root) ? 0 : -1;
}

static int teardown(void **state) {
        char command[128];

        snprintf(command, sizeof(command), "rm -r %s", root);
        return system(command);
}

/* Loads "onenet"; all problems, without the root, come in one text. */
static int load(const char *instance, Config **ret_config, char *text, size_t n_text) {
        ConfigProblems problems;
        size_t n = 0;
        int r;

        r = config_files_load(root, instance, ret_config, &problems);
        assert_true(r == 0 || r == CONFIG_E_INVALID);
        text[0] = '\0';
        for (size_t i = 0; i < problems.n_items; i++) {
                char line[512];

                config_problem_describe(&problems.items[i], line, sizeof(line));
                n += (size_t) snprintf(
                        text + n, n_text - n, "%s\n",
                        strncmp(line, root, strlen(root)) == 0 ? line + strlen(root) : line);
        }
        config_problems_done(&problems);
        return r;
}

static void expect_problem(const char *instance, const char *wanted) {
        char text[2048];
        Config *config;

        assert_int_equal(load(instance, &config, text, sizeof(text)), CONFIG_E_INVALID);
        if (!strstr(text, wanted))
                fail_msg("%s", text);
}

static Config *expect_good(void) {
        Config *config = NULL;
        char text[2048];

        if (load("onenet", &config, text, sizeof(text)) != 0)
                fail_msg("%s", text);
        assert_string_equal(text, "");
        return config;
}

static void test_missing(void **state) {
        expect_problem("onenet",
                       ETC "onenet.conf: does not exist: there is no tunnel onenet; create it");
        expect_problem("", "cannot hold a tunnel of this name");
        expect_problem("../../x", "cannot hold a tunnel of this name");
        expect_problem("conf.d", "cannot hold a tunnel of this name");
        expect_problem(".x", "cannot hold a tunnel of this name");
}

static void test_not_a_file(void **state) {
        mkdir(path_make(ETC "onenet.conf"), 0755);
        expect_problem("onenet", ETC "onenet.conf: is not a regular file");
        rmdir(path_make(ETC "onenet.conf"));
        assert_int_equal(mkfifo(path_make(ETC "onenet.conf"), 0600), 0);
        expect_problem("onenet", ETC "onenet.conf: is not a regular file");
        unlink(path_make(ETC "onenet.conf"));
        assert_int_equal(symlink("nowhere", path_make(ETC "onenet.conf")), 0);
        expect_problem("onenet", "leads nowhere");
        unlink(path_make(ETC "onenet.conf"));
        assert_int_equal(symlink("onenet.conf", path_make(ETC "onenet.conf")), 0);
        expect_problem("onenet", "cannot be read: Too many levels of symbolic links");
}

static void test_too_large(void **state) {
        put(ETC "onenet.conf", GOOD);
        assert_int_equal(truncate(path_make(ETC "onenet.conf"), CONFIG_FILE_MAX_BYTES + 1), 0);
        expect_problem("onenet", "is longer than 1 MiB");
}

static void test_lists(void **state) {
        Config *config;
        FILE *f;

        put(ETC "onenet.conf", GOOD "[Route]\nDestinationFile=/etc/pptp/campus\n");
        expect_problem("onenet",
                       ETC "onenet.conf:8: [Route] DestinationFile=/etc/pptp/campus is not there; "
                           "create it, with one prefix a line, or correct the path");
        mkdir(path_make("/etc/pptp/campus"), 0755);
        expect_problem("onenet",
                       "onenet.conf:8: [Route] DestinationFile=/etc/pptp/campus is not a regular "
                       "file; name a file with one prefix a line");
        rmdir(path_make("/etc/pptp/campus"));
        /* Root sees it, and so does this test; the unit does not. */
        assert_int_equal(symlink("/root/campus", path_make("/etc/pptp/campus")), 0);
        expect_problem("onenet",
                       "onenet.conf:8: [Route] DestinationFile=/etc/pptp/campus is a link to where "
                       "the unit sees no file");
        unlink(path_make("/etc/pptp/campus"));
        put("/etc/pptp/campus", "");
        expect_problem("onenet",
                       "onenet.conf:8: [Route] DestinationFile=/etc/pptp/campus is empty");
        put("/etc/pptp/campus", "10.0.0.0/8\n172.16.0.0/13\n172.16.0.1/12\n");
        expect_problem("onenet",
                       "/etc/pptp/campus:3: this line has host bits set; write one prefix a line");
        put("/etc/pptp/campus", "10.0.0.0/8\n172.16.0.0/12\n");
        config = expect_good();
        assert_int_equal(config->n_routes, 3);
        assert_int_equal(config->n_files, 2);
        /* By its own path, as all files, and not by that in the configuration. */
        assert_string_equal(config->files[1], path_make("/etc/pptp/campus"));
        config_free(config);

        /* Longer than any other file of the configuration may be. */
        f = fopen(path_make("/etc/pptp/campus"), "we");
        assert_non_null(f);
        for (unsigned i = 0; i < 100000; i++)
                fprintf(f, "10.%u.%u.%u/32\n", i >> 16, i >> 8 & 255, i & 255);
        assert_int_equal(fclose(f), 0);
        config = expect_good();
        assert_int_equal(config_count_routes(config), 100001);
        config_free(config);

        assert_int_equal(truncate(path_make("/etc/pptp/campus"), CONFIG_LIST_MAX_BYTES + 1), 0);
        expect_problem(
                "onenet",
                "onenet.conf:8: [Route] DestinationFile=/etc/pptp/campus is longer than 16 MiB; "
                "join neighbouring prefixes to shorter ones");

        unlink(path_make("/etc/pptp/campus"));
        assert_int_equal(symlink("campus", path_make("/etc/pptp/campus")), 0);
        expect_problem(
                "onenet",
                "onenet.conf:8: [Route] DestinationFile=/etc/pptp/campus cannot be read: Too "
                "many levels of symbolic links; correct the symbolic links");
        unlink(path_make("/etc/pptp/campus"));
        assert_int_equal(symlink("/dev/zero", path_make("/etc/pptp/campus")), 0);
        expect_problem("onenet",
                       "onenet.conf:8: [Route] DestinationFile=/etc/pptp/campus is not a regular "
                       "file; name a file with one prefix a line");
}

/* As for the unit, which is root without CAP_DAC_OVERRIDE. */
static void test_no_permission(void **state) {
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct all[_LINUX_CAPABILITY_U32S_3], less[_LINUX_CAPABILITY_U32S_3];

        put(ETC "onenet.conf", GOOD "[Route]\nDestinationFile=/etc/pptp/campus\n");
        put("/etc/pptp/campus", "10.0.0.0/8\n");
        assert_int_equal(chmod(path_make("/etc/pptp/campus"), 0), 0);

        assert_int_equal(syscall(SYS_capget, &header, all), 0);
        memcpy(less, all, sizeof(less));
        for (size_t i = 0; i < ELEMENTSOF(less); i++)
                less[i].effective = 0;
        assert_int_equal(syscall(SYS_capset, &header, less), 0);
        expect_problem("onenet",
                       "onenet.conf:8: [Route] DestinationFile=/etc/pptp/campus cannot be read: "
                       "Permission denied; let root read it: chown root and chmod u+r");
        assert_int_equal(syscall(SYS_capset, &header, all), 0);
}

/*
 * A file that is shorter when it is read than it was a moment before, as all of sysfs are: the rest
 * is not there yet, or no longer.
 */
static void test_cut_short(void **state) {
        static const char file[] = "/sys/kernel/uevent_seqnum";

        if (access(file, R_OK) < 0)
                skip();

        put(ETC "onenet.conf", GOOD "[Route]\nDestinationFile=/etc/pptp/short\n");
        assert_int_equal(symlink(file, path_make("/etc/pptp/short")), 0);
        expect_problem("onenet",
                       "DestinationFile=/etc/pptp/short changes while it is read; write it under");

        unlink(path_make(ETC "onenet.conf"));
        assert_int_equal(symlink(file, path_make(ETC "onenet.conf")), 0);
        expect_problem("onenet", ETC "onenet.conf: changes while it is read");
}

/* A list is read in pieces, and may have a line that is longer than one. */
static void test_list_with_a_long_line(void **state) {
        FILE *f;

        put(ETC "onenet.conf", GOOD "[Route]\nDestinationFile=/etc/pptp/campus\n");
        for (int n_comment = 65500; n_comment < 200000;
             n_comment += n_comment < 65560 ? 1 : 30000) {
                f = fopen(path_make("/etc/pptp/campus"), "we");
                assert_non_null(f);
                fprintf(f, "10.0.0.0/8\n#%*s\n10.1.0.0/16\n10.2.0.1/16\n", n_comment, "");
                assert_int_equal(fclose(f), 0);
                expect_problem("onenet", "/etc/pptp/campus:4: this line has host bits set");
        }
}

static void test_precedence(void **state) {
        Config *config;

        put(LIB "onenet.conf", GOOD "[Tunnel]\nPort=1\n");
        config = expect_good();
        assert_int_equal(config->port, 1);
        config_free(config);
        put(RUN "onenet.conf", GOOD "[Tunnel]\nPort=2\n");
        config = expect_good();
        assert_int_equal(config->port, 2);
        config_free(config);
        put(ETC "onenet.conf", GOOD "[Tunnel]\nPort=3\n");
        config = expect_good();
        assert_int_equal(config->port, 3);
        config_free(config);
}

static void test_masks(void **state) {
        put(LIB "onenet.conf", GOOD);
        assert_int_equal(symlink("/dev/null", path_make(ETC "onenet.conf")), 0);
        expect_problem("onenet",
                       ETC
                       "onenet.conf: is empty or a link to /dev/null: the tunnel onenet is masked");
        unlink(path_make(ETC "onenet.conf"));
        put(ETC "onenet.conf", "");
        expect_problem("onenet", "is masked");
}

static void test_drop_ins(void **state) {
        Config *config;

        put(ETC "onenet.conf", GOOD);
        put(LIB "onenet.conf.d/10-a.conf", "[Tunnel]\nPort=10\nMTUBytes=1000\n");
        put(RUN "onenet.conf.d/20-b.conf", "[Tunnel]\nPort=20\n");
        put(ETC "onenet.conf.d/15-c.conf", "[Tunnel]\nPort=15\n");
        put(ETC "onenet.conf.d/99-not", "[Tunnel]\nPort=99\n");
        put(ETC "onenet.conf.d/.99-not.conf", "[Tunnel]\nPort=99\n");
        config = expect_good();
        assert_int_equal(config->port, 20);
        assert_int_equal(config->mtu_bytes, 1000);
        config_free(config);

        put(ETC "onenet.conf.d/20-b.conf", "[Tunnel]\nPort=21\n");
        assert_int_equal(symlink("/dev/null", path_make(ETC "onenet.conf.d/10-a.conf")), 0);
        config = expect_good();
        assert_int_equal(config->port, 21);
        assert_int_equal(config->mtu_bytes, 0);
        config_free(config);

        put(ETC "onenet.conf.d/30-d.conf", "[Tunnel]\nPrt=1\n");
        expect_problem("onenet", ETC "onenet.conf.d/30-d.conf:2: [Tunnel] has no key Prt=");
}

static void test_matches(void **state) {
        Config *config;

        put(ETC "onenet.conf", GOOD);
        put(ETC "other.conf", "[Tunnel]\nthis file is broken and not ours\n");
        put(ETC "b.conf", "[Match]\nIpParam=one*\n[Route]\nDestination=10.2.0.0/16\n");
        put(LIB "b.conf", "[Match]\nIpParam=one*\n[Route]\nDestination=10.3.0.0/16\n");
        put(LIB "a.conf", "[Match]\nIpParam=*\n[Route]\nDestination=10.1.0.0/16\n");
        put(LIB "c.conf", "[Match]\nIpParam=*\n[Route]\nDestination=10.4.0.0/16\n");
        assert_int_equal(symlink("/dev/null", path_make(ETC "c.conf")), 0);
        config = expect_good();
        assert_int_equal(config->n_routes, 3);
        assert_int_equal(ntohl(config->routes[0].destination.s_addr), 0x0a010000);
        assert_int_equal(ntohl(config->routes[1].destination.s_addr), 0x0a020000);
        config_free(config);

        expect_problem("a", "begins with [Match]");
}

static void test_warnings(void **state) {
        char text[1024];
        Config *config;

        put(ETC "onenet.conf", GOOD);
        mkdir(path_make(ETC "folder.conf"), 0755);
        assert_int_equal(load("onenet", &config, text, sizeof(text)), 0);
        assert_string_equal(
                text,
                ETC
                "folder.conf: is not a regular file, ignoring; put a file there, or a link to one\n");
        config_free(config);
}

/*
 * A name with control characters gets to no terminal. In the place of a drop-in it is an error, as
 * the configuration would lack something; elsewhere the file cannot be meant for this tunnel.
 */
static void test_names_that_are_no_text(void **state) {
        char text[1024];
        Config *config;

        put(ETC "onenet.conf", GOOD);
        put(ETC "a\033[31m.conf", GOOD);
        put(ETC "b\xc2\x9b"
                "31m.conf",
            GOOD);
        put(ETC "c\xc3\xa4.conf", GOOD);
        assert_int_equal(load("onenet", &config, text, sizeof(text)), 0);
        assert_non_null(strstr(text,
                               "conf.d: has a file whose name is no text, "
                               "\"a\\x1b[31m.conf\", ignoring; rename it\n"));
        assert_non_null(strstr(text, "\"b\\xc2\\x9b31m.conf\", ignoring; rename it\n"));
        assert_null(strstr(text, "c\xc3"));
        config_free(config);

        put(ETC "onenet.conf.d/\033.conf", "[Tunnel]\nPort=1\n");
        expect_problem("onenet",
                       ETC "onenet.conf.d: has a file whose name is no text, "
                           "\"\\x1b.conf\"; rename it\n");
}

/* Whoever writes there chooses routes, and units that systemd starts as root. */
static void test_writable_by_others(void **state) {
        char text[1024];
        Config *config;

        put(ETC "onenet.conf", GOOD);
        assert_int_equal(chmod(path_make(ETC "onenet.conf"), 0646), 0);
        expect_problem("onenet",
                       ETC "onenet.conf: can be written by everyone; take the right away: chmod "
                           "o-w");
        assert_int_equal(chmod(path_make(ETC "onenet.conf"), 0664), 0);
        config_free(expect_good());

        put(ETC "onenet.conf.d/a.conf", "[Route]\nDestination=10.0.0.0/8\n");
        assert_int_equal(chmod(path_make(ETC "onenet.conf.d/a.conf"), 0666), 0);
        expect_problem("onenet", ETC "onenet.conf.d/a.conf: can be written by everyone");
        assert_int_equal(chmod(path_make(ETC "onenet.conf.d/a.conf"), 0644), 0);

        /* Whoever can write a directory can add files, and replace those of others. */
        assert_int_equal(chmod(path_make(ETC "onenet.conf.d"), 0777), 0);
        expect_problem("onenet", ETC "onenet.conf.d: can be written by everyone");
        assert_int_equal(chmod(path_make(ETC "onenet.conf.d"), 0755), 0);
        assert_int_equal(chmod(path_make("/etc/pptp/conf.d"), 01777), 0);
        expect_problem("onenet", "/etc/pptp/conf.d: can be written by everyone");
        /* That there is no such tunnel would be said of what nobody has looked at. */
        assert_int_equal(load("elsewhere", &config, text, sizeof(text)), CONFIG_E_INVALID);
        assert_non_null(strstr(text, "/etc/pptp/conf.d: can be written by everyone"));
        assert_null(strstr(text, "does not exist"));
        assert_int_equal(chmod(path_make("/etc/pptp/conf.d"), 0755), 0);
        assert_int_equal(load("elsewhere", &config, text, sizeof(text)), CONFIG_E_INVALID);
        assert_non_null(strstr(text, "does not exist"));

        /* One for many tunnels stops none of them. */
        put(ETC "shared.conf", "[Match]\nIpParam=*\n[Route]\nDestination=10.1.0.0/16\n");
        assert_int_equal(chmod(path_make(ETC "shared.conf"), 0666), 0);
        assert_int_equal(load("onenet", &config, text, sizeof(text)), 0);
        assert_string_equal(text,
                            ETC "shared.conf: can be written by everyone, ignoring; take the right "
                                "away: chmod o-w\n");
        assert_int_equal(config->n_routes, 2);
        config_free(config);
        assert_int_equal(unlink(path_make(ETC "shared.conf")), 0);

        if (geteuid() != 0)
                return;
        assert_int_equal(chown(path_make(ETC "onenet.conf"), 0, 1000), 0);
        expect_problem("onenet",
                       ETC "onenet.conf: can be written by the group 1000; take the right away: "
                           "chmod g-w");
        assert_int_equal(chmod(path_make(ETC "onenet.conf"), 0640), 0);
        config_free(expect_good());
        assert_int_equal(chown(path_make(ETC "onenet.conf"), 1000, 0), 0);
        expect_problem("onenet",
                       ETC "onenet.conf: belongs to the user 1000 and not to root; chown root");

        /* A program without root's rights may write a list, which sets destinations alone. */
        assert_int_equal(chown(path_make(ETC "onenet.conf"), 0, 0), 0);
        put(ETC "onenet.conf", GOOD "[Route]\nDestinationFile=/etc/pptp/list\n");
        put("/etc/pptp/list", "10.2.0.0/16\n");
        assert_int_equal(chown(path_make("/etc/pptp/list"), 1000, 1000), 0);
        config_free(expect_good());
        assert_int_equal(chmod(path_make("/etc/pptp/list"), 0666), 0);
        expect_problem("onenet", "/etc/pptp/list: can be written by everyone");
}

static void expect_names(const char *const *expected, size_t n_expected) {
        ConfigFiles *files;
        char **names;
        size_t n;

        assert_int_equal(config_files_new(root, &files), 0);
        names = config_files_get_names(files, &n);
        assert_int_equal(n, n_expected);
        for (size_t i = 0; i < n; i++)
                assert_string_equal(names[i], expected[i]);
        assert_null(names[n]);
        config_files_free(files);
}

static void test_list(void **state) {
        static const char *const expected[] = { "a", "b", "empty-in-run" };

        expect_names(NULL, 0);
        put(LIB "b.conf", GOOD);
        put(ETC "a.conf", "nonsense");
        put(ETC "shared.conf", "[Match]\nIpParam=*\n");
        put(LIB "masked.conf", GOOD);
        put(ETC "masked.conf", "");
        put(ETC "empty-in-run.conf", GOOD);
        put(RUN "empty-in-run.conf", "");
        put(ETC "readme.txt", GOOD);
        expect_names(expected, ELEMENTSOF(expected));
}

/* What tells a [Match] file is found wherever it stands. */
static void test_match_behind_a_long_comment(void **state) {
        static char text[20000];
        Config *config;

        memset(text, '#', 10000);
        for (size_t i = 80; i < 10000; i += 80)
                text[i] = '\n';
        strcpy(text + 10000, "\n[Match]\nIpParam=*\n[Route]\nDestination=10.2.0.0/16\n");
        put(ETC "onenet.conf", GOOD);
        put(ETC "shared.conf", text);
        config = expect_good();
        assert_int_equal(config->n_routes, 2);
        config_free(config);
}

/* Written, renamed, or new: whatever a reload would take up. */
static void test_changes_since(void **state) {
        ConfigProblems problems = { 0 };
        Config *config;

        put(ETC "onenet.conf", GOOD);
        put(ETC "onenet.conf.d/more.conf", "[Tunnel]\nPort=1724\n");
        for (unsigned i = 0; i < 4; i++) {
                assert_int_equal(config_files_load(root, "onenet", &config, &problems), 0);
                config_problems_done(&problems);
                usleep(20000); /* longer than a tick, which the times of files are counted in */
                assert_false(config_files_have_changed(root, config));
                switch (i) {
                case 0:
                        put(ETC "onenet.conf", GOOD);
                        break;
                case 1:
                        put(ETC "onenet.conf.d/more.conf", "[Tunnel]\nPort=1725\n");
                        break;
                case 2:
                        put(ETC "onenet.conf.d/other.conf", "");
                        break;
                case 3:
                        put("/run/pptp/conf.d/new.conf", "[Match]\nIpParam=*\n");
                        break;
                }
                assert_true(config_files_have_changed(root, config));
                config_free(config);
        }
        (void) state;
}

/* A slip in the name is worth more than "does not exist". */
static void test_near_misses(void **state) {
        put(ETC "onenet.conf", GOOD);
        put(ETC "a b.conf", GOOD);
        put(ETC "a-b.conf", GOOD);
        put(ETC "office.cfg", GOOD);
        put(RUN "home", GOOD);
        expect_problem("onenet.conf", "the tunnel is called onenet: write pptp@onenet");
        expect_problem("pptp@onenet.service", "the tunnel is called onenet");
        expect_problem("a\\x20b",
                       "there is a b.conf, but systemd writes that name as a\\x20b: rename "
                       "the file to a-b.conf, and start pptp@a-b");
        expect_problem("a\\x2db",
                       "the tunnel is called a-b: write pptp@a-b as it is, without systemd-escape");
        expect_problem("office", ETC "office.cfg: rename it to office.conf");
        expect_problem("home", RUN "home: rename it to home.conf");
        expect_problem("onent", "did you mean onenet?");
        expect_problem("something", "create it, with Server=");
}

static void test_strip(void **state) {
        static const char *const meant[] = {
                "onenet",
                "pptp@onenet",
                "pptp@onenet.service",
                "onenet.conf",
                "/etc/pptp/conf.d/onenet.conf",
                "conf.d/onenet.conf",
        };

        for (size_t i = 0; i < ELEMENTSOF(meant); i++) {
                char *name = config_near_miss_strip(meant[i]);

                assert_string_equal(name, "onenet");
                free(name);
        }
}

/* ---- thousands of tunnels ---- */

#define MANY 4200

/* More than one thread looks at the files. */
static _Atomic size_t n_opened;

/* The linker sends all calls of open() and openat() here, by their names with large files. */
int __real_open64(const char *path, int flags, ...);
int __real_openat64(int fd, const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);
int __wrap_openat64(int fd, const char *path, int flags, ...);

int __wrap_open64(const char *path, int flags, ...) {
        n_opened++;
        return __real_open64(path, flags);
}

int __wrap_openat64(int fd, const char *path, int flags, ...) {
        n_opened++;
        return __real_openat64(fd, path, flags);
}

/*
 * One look at each file finds out what it is, and a tunnel needs its own: to check all of them
 * takes two for each, not their square. There is no number beyond which nothing works. The [Match]
 * files stand where each of several threads finds one.
 */
static void test_many(void **state) {
        ConfigProblems problems;
        ConfigFiles *files;
        Config *config;
        char **names;
        size_t n;

        for (int i = 0; i < MANY; i++) {
                char name[64];

                snprintf(name, sizeof(name), ETC "t%d.conf", i);
                put(name, GOOD);
        }
        put(ETC "a.conf", "[Match]\nIpParam=t*\n[Route]\nDestination=10.2.0.0/16\n");
        put(ETC "t2000-.conf", "[Match]\nIpParam=t*\n[Route]\nDestination=10.3.0.0/16\n");
        put(ETC "t3000-.conf", "[Match]\nIpParam=t*\n[Route]\nDestination=10.4.0.0/16\n");
        put(ETC "z.conf", "[Match]\nIpParam=t*\n[Route]\nDestination=10.5.0.0/16\n");
        put(ETC "t2000-masked.conf", "");

        n_opened = 0;
        assert_int_equal(config_files_new(root, &files), 0);
        names = config_files_get_names(files, &n);
        assert_int_equal(n, MANY);
        for (size_t i = 0; i < n; i++) {
                assert_int_equal(config_files_load_from(files, names[i], &config, &problems), 0);
                assert_int_equal(config->n_routes, 5);
                config_problems_done(&problems);
                config_free(config);
        }
        config_files_free(files);
        assert_true(n_opened >= MANY && n_opened <= 2 * MANY + 20);
}

/* Both places of iproute2, of which /etc counts, and hostile lines in them. */
static void test_names_of_tables(void **state) {
        static const struct {
                const char *name;
                uint32_t number;
        } tables[] = {
                { "main", 254 }, { "office", 0x7b }, { "lab", 300 }, { "home", 301 }, { "zoo", 9 },
        };
        Config *config = NULL;
        char text[1024];

        put("/usr/share/iproute2/rt_tables", "255\tlocal\n254 main\n100 office\n9 zoo # remark\n");
        put("/etc/iproute2/rt_tables", "# none\n0x7b office\n");
        put("/etc/iproute2/rt_tables.d/10-lab.conf",
            "300 lab\r\n301  home\n0 nothing\n4294967296 large\n-1 less\nx y\n7\n\n9z zoo");
        put("/etc/iproute2/rt_tables.d/README", "302 readme\n");

        for (size_t i = 0; i < ELEMENTSOF(tables); i++) {
                snprintf(text, sizeof(text), GOOD "Table=%s\n", tables[i].name);
                put(ETC "onenet.conf", text);
                assert_int_equal(load("onenet", &config, text, sizeof(text)), 0);
                assert_int_equal(config->routes[0].table, tables[i].number);
                config_free(steal_pointer(config));
        }

        put(ETC "onenet.conf", GOOD "Table=readme\n[Network]\nRouteTable=offices\n");
        assert_int_equal(load("onenet", &config, text, sizeof(text)), CONFIG_E_INVALID);
        assert_string_equal(text,
                            ETC
                            "onenet.conf:7: [Route] Table=readme is not known here; write the "
                            "table's number, or a name of /etc/iproute2/rt_tables.d\n" ETC
                            "onenet.conf:9: [Network] RouteTable=offices is not known here; did "
                            "you mean RouteTable=office?\n");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_missing, setup, teardown),
                cmocka_unit_test_setup_teardown(test_not_a_file, setup, teardown),
                cmocka_unit_test_setup_teardown(test_too_large, setup, teardown),
                cmocka_unit_test_setup_teardown(test_lists, setup, teardown),
                cmocka_unit_test_setup_teardown(test_no_permission, setup, teardown),
                cmocka_unit_test_setup_teardown(test_cut_short, setup, teardown),
                cmocka_unit_test_setup_teardown(test_list_with_a_long_line, setup, teardown),
                cmocka_unit_test_setup_teardown(test_precedence, setup, teardown),
                cmocka_unit_test_setup_teardown(test_masks, setup, teardown),
                cmocka_unit_test_setup_teardown(test_drop_ins, setup, teardown),
                cmocka_unit_test_setup_teardown(test_matches, setup, teardown),
                cmocka_unit_test_setup_teardown(test_names_that_are_no_text, setup, teardown),
                cmocka_unit_test_setup_teardown(test_warnings, setup, teardown),
                cmocka_unit_test_setup_teardown(test_writable_by_others, setup, teardown),
                cmocka_unit_test_setup_teardown(test_list, setup, teardown),
                cmocka_unit_test_setup_teardown(test_match_behind_a_long_comment, setup, teardown),
                cmocka_unit_test_setup_teardown(test_changes_since, setup, teardown),
                cmocka_unit_test_setup_teardown(test_near_misses, setup, teardown),
                cmocka_unit_test(test_strip),
                cmocka_unit_test_setup_teardown(test_many, setup, teardown),
                cmocka_unit_test_setup_teardown(test_names_of_tables, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
