/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * sd_notify(3) waits while the manager's socket is full, and it is full for as long as the manager
 * reads nothing: while it loads thousands of units, say. Here a message that cannot be sent at once
 * is kept, and the tunnel goes on. That holds for the watchdog's messages as well, for which
 * sd_event_set_watchdog() would call sd_notify().
 */

#include "io/notify.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <systemd/sd-daemon.h>

#include "core/base/macros.h"
#include "io/clock.h"

/* The longest status of the tunnel, every character of it a backslash. */
#define NOTIFY_STATUS_MAX_BYTES 1024
/* That with READY=1 in front and a date behind. */
#define NOTIFY_MESSAGE_MAX_BYTES (NOTIFY_STATUS_MAX_BYTES + 128)

/* Messages that wait. Only the latest of several of one kind is kept, so that few are enough. */
#define NOTIFY_WAITING_MAX 8
#define NOTIFY_RETRY_USEC (1 * USEC_PER_SEC)

/* There is one manager, and one conversation with it. */
static struct {
        char *waiting[NOTIFY_WAITING_MAX];
        size_t n_waiting;
        uint64_t watchdog_usec; /* 0: none is asked for */
        uint64_t fed_usec;      /* when the manager was last told that we live */
        sd_event_source *awake;
        sd_event_source *timer;
} manager;

/* Returns whether there is a manager that listens at such an address. */
static bool get_address(struct sockaddr_un *ret_address, socklen_t *ret_n_address) {
        const char *path = getenv("NOTIFY_SOCKET");
        size_t n = path ? strlen(path) : 0;

        if (n < 2 || n >= sizeof(ret_address->sun_path) || (path[0] != '/' && path[0] != '@'))
                return false;

        *ret_address = (struct sockaddr_un){ .sun_family = AF_UNIX };
        memcpy(ret_address->sun_path, path, n);
        /* unix(7): an abstract address begins with NUL and has none at its end. */
        if (path[0] == '@')
                ret_address->sun_path[0] = '\0';
        *ret_n_address = offsetof(struct sockaddr_un, sun_path) + n + (path[0] == '/');
        return true;
}

/* Returns false if there is no room for it now. */
static bool send_now(const char *text) {
        struct sockaddr_un address;
        socklen_t n_address;
        bool is_full;
        int fd;

        if (!get_address(&address, &n_address))
                return true;

        fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return false;

        is_full = sendto(fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *) &address,
                         n_address) < 0 &&
                (errno == EAGAIN || errno == ENOBUFS);
        close(fd);
        return !is_full;
}

static void drop_oldest(void) {
        free(manager.waiting[0]);
        memmove(&manager.waiting[0], &manager.waiting[1],
                --manager.n_waiting * sizeof(manager.waiting[0]));
}

/* The latest STATUS=, say, takes the place of the one before. */
static bool is_same_kind(const char *a, const char *b) {
        size_t n = strcspn(a, "=");

        return strncmp(a, b, n + 1) == 0;
}

static void let_wait(const char *text) {
        char *copy = strdup(text);

        if (!copy)
                return;

        if (manager.n_waiting > 0 && is_same_kind(manager.waiting[manager.n_waiting - 1], copy))
                free(manager.waiting[--manager.n_waiting]);
        if (manager.n_waiting == NOTIFY_WAITING_MAX)
                drop_oldest();
        manager.waiting[manager.n_waiting++] = copy;
}

static bool send_waiting(void) {
        while (manager.n_waiting > 0) {
                if (!send_now(manager.waiting[0]))
                        return false;
                drop_oldest();
        }

        return true;
}

/*
 * The watchdog is fed after half of its time if the process is awake anyway, and else after three
 * quarters: between these sd-event would feed it, too (arm_watchdog() of its sd-event.c).
 */
static void arm_timer(bool is_refused) {
        uint64_t wait_usec = is_refused || manager.n_waiting > 0 ? NOTIFY_RETRY_USEC :
                                                                   manager.watchdog_usec / 4 * 3;

        if (!manager.timer)
                return;

        (void) sd_event_source_set_time_relative(manager.timer, wait_usec);
        (void) sd_event_source_set_enabled(manager.timer,
                                           wait_usec > 0 ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
}

static int on_timer(_unused_ sd_event_source *source, _unused_ uint64_t usec,
                    _unused_ void *userdata) {

        bool is_fed = send_waiting() && manager.watchdog_usec > 0 && send_now("WATCHDOG=1");

        /* One that is refused is not kept, since a late one is worth nothing: another follows. */
        if (is_fed)
                manager.fed_usec = clock_read_usec(CLOCK_MONOTONIC);
        arm_timer(manager.watchdog_usec > 0 && !is_fed);
        return 0;
}

/* Something else has woken us. */
static int on_awake(_unused_ sd_event_source *source, _unused_ void *userdata) {
        uint64_t now = clock_read_usec(CLOCK_MONOTONIC);

        if (manager.n_waiting > 0 || now < manager.fed_usec + manager.watchdog_usec / 2)
                return 0;

        return on_timer(manager.timer, now, NULL);
}

static void send_text(const char *text) {
        bool waited = manager.n_waiting > 0;

        if (!send_waiting() || !send_now(text))
                let_wait(text);
        if (waited != (manager.n_waiting > 0))
                arm_timer(false);
}

int notify_init(sd_event *event) {
        int r;

        r = sd_watchdog_enabled(/* unset_environment = */ 0, &manager.watchdog_usec);
        if (r < 0)
                return r;
        if (r == 0)
                manager.watchdog_usec = 0;

        r = sd_event_add_time_relative(event, &manager.timer, CLOCK_MONOTONIC, 0, 0, on_timer,
                                       NULL);
        if (r < 0)
                return r;

        (void) sd_event_source_set_description(manager.timer, "notify");
        if (manager.watchdog_usec == 0)
                return 0;

        r = sd_event_add_post(event, &manager.awake, on_awake, NULL);
        if (r < 0)
                return r;

        (void) sd_event_source_set_description(manager.awake, "watchdog");
        return 0;
}

void notify_done(void) {
        (void) send_waiting();
        while (manager.n_waiting > 0)
                drop_oldest();
        manager.timer = sd_event_source_disable_unref(manager.timer);
        manager.awake = sd_event_source_disable_unref(manager.awake);
}

/*
 * systemd splits a message into lines as if it were shell (strv_split_newlines() of basic/strv.c):
 * a backslash is lost, unless there are two.
 */
static void notify_escape(char *buffer, size_t n_buffer, const char *text) {
        size_t n = 0;

        for (; *text && n + 3 <= n_buffer; text++) {
                if (*text == '\\')
                        buffer[n++] = '\\';
                buffer[n++] = *text;
        }
        buffer[n] = '\0';
}

static void notify_send(const char *prefix, const char *text, uint64_t since_usec) {
        char date[64] = "", escaped[NOTIFY_STATUS_MAX_BYTES], message[NOTIFY_MESSAGE_MAX_BYTES];
        struct tm tm;
        time_t since;

        if (since_usec > 0) {
                uint64_t ago_usec = clock_read_usec(CLOCK_BOOTTIME) - since_usec;

                since = (time_t) ((clock_read_usec(CLOCK_REALTIME) - ago_usec) / USEC_PER_SEC);
                /* The form that systemctl uses for its own dates. */
                if (localtime_r(&since, &tm))
                        strftime(date, sizeof(date), ", since %a %Y-%m-%d %H:%M:%S %Z", &tm);
        }

        notify_escape(escaped, sizeof(escaped), text);
        snprintf(message, sizeof(message), "%sSTATUS=%s%s", prefix, escaped, date);
        send_text(message);
}

void notify_status(const char *text, uint64_t since_usec) {
        notify_send("", text, since_usec);
}

void notify_ready(const char *text, uint64_t since_usec) {
        notify_send("READY=1\n", text, since_usec);
}

static void notify_number(const char *prefix, uint64_t number) {
        char message[64];

        snprintf(message, sizeof(message), "%s%llu", prefix, (unsigned long long) number);
        send_text(message);
}

void notify_reloading(void) {
        /* The time is for systemd 253 and later, which tells by it one reload from the next. */
        notify_number("RELOADING=1\nMONOTONIC_USEC=", clock_read_usec(CLOCK_MONOTONIC));
}

void notify_reloaded(void) {
        send_text("READY=1");
}

void notify_extend_timeout(uint64_t usec) {
        notify_number("EXTEND_TIMEOUT_USEC=", usec);
}

void notify_stopping(void) {
        send_text("STOPPING=1");
}
