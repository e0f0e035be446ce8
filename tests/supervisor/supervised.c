/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "supervised.h"

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "core/base/macros.h"
#include "core/route/route-plan.h"
#include "io/clock.h"
#include "network.h"
#include "stand-ins.h"
#include "supervisor/supervisor.h"

#define CONFIG_PATH "/etc/pptp/conf.d/" SUPERVISED_TUNNEL ".conf"
#define NOTIFY_PATH "/run/notify"
#define JOURNAL_PATH "/run/journal"
#define CREDENTIALS_PATH "/run/credentials"
/* One turn of the loop: so late a test may see what has become true. */
#define TURN_USEC (20 * USEC_PER_MSEC)

/*
 * The supervisor waits for no reader: when a socket's queue is full it drops what it would log. A
 * test reads less often than a service manager does, so its queues are longer (of 10 by default,
 * net/unix/sysctl_net_unix.c; of this namespace alone).
 */
#define QUEUE_LENGTH "1024"

void supervised_enter(void) {
        sigset_t mask;

        network_enter();
        network_write_file("/proc/sys/net/unix/max_dgram_qlen", QUEUE_LENGTH);
        network_add_peer();
        network_hide("/etc");
        network_hide("/run");
        network_hide("/var/lib");
        assert_int_equal(mkdir("/etc/pptp", 0755), 0);
        assert_int_equal(mkdir("/etc/pptp/conf.d", 0755), 0);
        assert_int_equal(mkdir("/var/lib/pptp", 0755), 0);
        assert_int_equal(mkdir("/run/pptp", 0755), 0);
        assert_int_equal(mkdir(CREDENTIALS_PATH, 0700), 0);

        assert_int_equal(setenv("NOTIFY_SOCKET", NOTIFY_PATH, 1), 0);
        assert_int_equal(setenv("CREDENTIALS_DIRECTORY", CREDENTIALS_PATH, 1), 0);
        assert_int_equal(setenv("RUNTIME_DIRECTORY", SUPERVISED_DIRECTORY, 1), 0);
        assert_int_equal(unsetenv("WATCHDOG_USEC"), 0);

        sigemptyset(&mask);
        sigaddset(&mask, SIGTERM);
        sigaddset(&mask, SIGINT);
        sigaddset(&mask, SIGHUP);
        sigaddset(&mask, SIGABRT);
        sigaddset(&mask, SIGCHLD);
        assert_int_equal(sigprocmask(SIG_BLOCK, &mask, NULL), 0);
}

/* ---- what the supervisor tells ---- */

static int listen_at(const char *path) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        (void) unlink(path);
        snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
        assert_int_equal(bind(fd, (const struct sockaddr *) &address, sizeof(address)), 0);
        return fd;
}

static bool is_up(const char *status) {
        return strncmp(status, "Up", 2) == 0;
}

/*
 * Counts, since a test that is slower than the supervisor does not see each status: the tunnel may
 * have gone down and come up again in between.
 */
static void take_status(Supervised *s, const char *status) {
        s->n_ups += is_up(status) && !is_up(s->status);
        snprintf(s->status, sizeof(s->status), "%s", status);
}

static int on_notify(_unused_ sd_event_source *source, int fd, _unused_ uint32_t revents,
                     void *userdata) {

        Supervised *s = userdata;
        char text[2048];
        ssize_t n;

        while ((n = recv(fd, text, sizeof(text) - 1, 0)) > 0) {
                text[n] = '\0';
                for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
                        s->n_ready += strcmp(line, "READY=1") == 0;
                        s->n_reloads += strcmp(line, "RELOADING=1") == 0;
                        if (strncmp(line, "STATUS=", 7) == 0)
                                take_status(s, line + 7);
                }
        }

        return 0;
}

static int on_journal(_unused_ sd_event_source *source, int fd, _unused_ uint32_t revents,
                      void *userdata) {

        Supervised *s = userdata;
        char entry[8192];
        ssize_t n;

        while ((n = recv(fd, entry, sizeof(entry) - 1, 0)) > 0) {
                size_t used = strlen(s->journal);

                entry[n] = '\0';
                if (strncmp(entry, "MESSAGE=", 8) == 0)
                        snprintf(s->journal + used, sizeof(s->journal) - used, "%.*s\n",
                                 (int) strcspn(entry + 8, "\n"), entry + 8);
        }

        return 0;
}

/* ---- the world ---- */

int supervised_set_up(void **state) {
        Supervised *s = calloc(1, sizeof(*s));

        assert_non_null(s);
        *state = s;
        assert_int_equal(mkdir(SUPERVISED_DIRECTORY, 0755), 0);
        network_write_file(CREDENTIALS_PATH "/password", STAND_IN_PASSWORD);
        assert_int_equal(chmod(CREDENTIALS_PATH "/password", 0600), 0);

        assert_true(sd_event_new(&s->event) >= 0);
        s->notify_fd = listen_at(NOTIFY_PATH);
        s->journal_fd = listen_at(JOURNAL_PATH);
        assert_true(sd_event_add_io(s->event, NULL, s->notify_fd, EPOLLIN, on_notify, s) >= 0);
        assert_true(sd_event_add_io(s->event, NULL, s->journal_fd, EPOLLIN, on_journal, s) >= 0);
        scripted_server_open(&s->server, s->event, network_address(NETWORK_PEER));
        return 0;
}

static void take_note_of_end(Supervised *s, int flags) {
        int status;

        if (s->pid == 0 || waitpid(s->pid, &status, flags) != s->pid)
                return;

        s->pid = 0;
        s->exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

int supervised_tear_down(void **state) {
        Supervised *s = *state;

        if (s->pid > 0) {
                supervised_kill(s, SIGKILL);
                take_note_of_end(s, 0);
        }
        scripted_server_close(&s->server);
        sd_event_unref(s->event);
        close(s->notify_fd);
        close(s->journal_fd);
        free(s);
        network_run("rm -rf " SUPERVISED_DIRECTORY " " SUPERVISED_DIRECTORY
                    ".last " SUPERVISED_DIRECTORY ".recording " SUPERVISED_MARK " /var/lib/pptp/* "
                    "/run/*.pid");
        return 0;
}

void supervised_configure(const char *text) {
        char whole[2048];

        snprintf(whole, sizeof(whole),
                 "[Authentication]\nUser=username\n[Tunnel]\nServer=" NETWORK_PEER "\n%s\n", text);
        network_write_file(CONFIG_PATH, whole);
}

/* Never returns. What the parent has open is closed, so that it can close a connection alone. */
static _Noreturn void supervise(Supervised *s) {
        Config *config = NULL;
        Journal journal;
        char error[600];
        int r;

        if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
                exit(EXIT_FAILURE);
        close(s->server.listener);
        close(s->notify_fd);
        close(s->journal_fd);

        journal_init(&journal, SUPERVISED_TUNNEL, JOURNAL_PATH);
        if (!s->is_quiet)
                journal.max_priority = LOG_DEBUG;
        r = supervisor_read_config(&journal, SUPERVISED_TUNNEL, &config, error, sizeof(error));
        if (r == 0)
                r = supervisor_run(config, &journal);
        journal_done(&journal);
        exit(r < 0 ? 255 : r);
}

void supervised_start(Supervised *s) {
        assert_int_equal(s->pid, 0);
        fflush(NULL);
        s->pid = fork();
        assert_true(s->pid >= 0);
        if (s->pid == 0)
                supervise(s);
}

int supervised_reload(const char *text) {
        supervised_configure(text);
        return supervisor_ask_reload(SUPERVISED_TUNNEL);
}

void supervised_kill(const Supervised *s, int signal_number) {
        assert_true(s->pid > 0);
        assert_int_equal(kill(s->pid, signal_number), 0);
}

void supervised_turn(Supervised *s) {
        assert_true(sd_event_run(s->event, TURN_USEC) >= 0);
        take_note_of_end(s, WNOHANG);
}

void supervised_fail(const Supervised *s, const char *what) {
        fprintf(stderr, "%s", s->journal);
        fail_msg("waited in vain for %s; the status is \"%s\"", what, s->status);
}

int supervised_stop(Supervised *s) {
        supervised_kill(s, SIGTERM);
        supervised_wait(s, s->pid == 0);
        return s->exit_status;
}

/* ---- questions ---- */

bool supervised_logged(const Supervised *s, const char *text) {
        return strstr(s->journal, text);
}

static bool command_says(const char *command, const char *text) {
        char output[SUPERVISED_TEXT_MAX];
        FILE *file = popen(command, "re");
        size_t n;

        assert_non_null(file);
        n = fread(output, 1, sizeof(output) - 1, file);
        output[n] = '\0';
        pclose(file);
        return strstr(output, text);
}

bool supervised_has_route(const char *text) {
        char command[192];

        snprintf(command, sizeof(command),
                 "for f in -4 -6; do ip $f route show table all proto %d 2>/dev/null; done",
                 ROUTE_PROTOCOL_PPTP);
        return command_says(command, text);
}

bool supervised_link_has(const char *text) {
        return command_says("ip -oneline link show " SUPERVISED_TUNNEL " 2>/dev/null", text);
}

bool supervised_file_has(const char *path, const char *text) {
        char content[SUPERVISED_TEXT_MAX];
        FILE *file = fopen(path, "re");
        size_t n;

        if (!file)
                return false;

        n = fread(content, 1, sizeof(content), file);
        fclose(file);
        return memmem(content, n, text, strlen(text));
}

pid_t supervised_get_pppd(void) {
        FILE *file = fopen(SUPERVISED_DIRECTORY "/state", "re");
        char line[1024];
        int pid = 0;

        while (file && fgets(line, sizeof(line), file))
                if (sscanf(line, "PPPD_PID=%d", &pid) == 1)
                        break;
        if (file)
                fclose(file);
        return pid;
}
