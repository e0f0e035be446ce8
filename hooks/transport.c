/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * pppd's channel: the AF_PPPOX socket that the supervisor has opened, bound and connected. There
 * is nothing to dial, and no line to configure, but something to wait for: pppd is started while
 * the supervisor still calls the server, and connect() returns when it has the socket.
 */

#include <errno.h>
#include <syslog.h>
#include <unistd.h>

#include "hooks/plugin.h"

static int transport_fd = -EBADF;
static volatile sig_atomic_t told_to_end;

void transport_note_signal(void) {
        told_to_end = true;
}

/* As the options mtu and mru of pppd. LCP looks at both when it begins, which it has not. */
static void set_frame_size(unsigned frame_bytes) {
        lcp_allowoptions[0].mru = (int) frame_bytes;
        lcp_wantoptions[0].mru = (int) frame_bytes;
        lcp_wantoptions[0].neg_mru = true;
}

/*
 * Takes one message. Returns the transport's descriptor; or -EAGAIN if more has to come first; or
 * -EBADF if the supervisor is gone, or makes no sense.
 */
static int take_message(void) {
        uint8_t buffer[PLUGIN_MESSAGE_MAX_BYTES];
        PluginMessage message;
        int fd = -EBADF;

        if (!channel_receive_fd(buffer, sizeof(buffer), &message, &fd))
                return -EBADF;

        if (message.type == PLUGIN_TRANSPORT) {
                set_frame_size(message.transport.frame_bytes);
                restart_timers_set(message.transport.restart_sec);
                return fd;
        }

        if (fd >= 0)
                close(fd);
        if (message.type == PLUGIN_EARLY_FRAME)
                early_frames_add(message.frame.data, message.frame.n_data);
        keep_alive_take_setup(&message);
        return -EAGAIN;
}

/*
 * pppd's loop, which looks at signals, does not run yet. They are blocked except during ppoll(), so
 * that none arrives between the look at told_to_end and the wait.
 */
static int receive_transport(void) {
        sigset_t all, before;
        int fd = -EAGAIN;

        sigfillset(&all);
        (void) sigprocmask(SIG_BLOCK, &all, &before);
        while (fd == -EAGAIN && !told_to_end)
                if (channel_await(&before))
                        fd = take_message();
        (void) sigprocmask(SIG_SETMASK, &before, NULL);

        if (!told_to_end)
                return fd;

        if (fd >= 0)
                close(fd);
        pppd_set_status(EXIT_USER_REQUEST);
        return -EINTR;
}

/* pppd ends when this returns a negative number (start_link() of auth.c). */
static int transport_connect(void) {
        /* With its option `debug` pppd opens the log again after the options were checked. */
        setlogmask(LOG_MASK(LOG_EMERG));

        transport_fd = receive_transport();
        return transport_fd;
}

/*
 * The kernel joins the socket's channel to a PPP unit, after which pppd reads and writes through
 * /dev/ppp. Our copy of the socket is closed then: the supervisor's is the last, and closing that
 * hangs pppd up.
 */
static int transport_establish(int fd) {
        int ppp_fd = pppd_establish(fd);

        if (ppp_fd >= 0 && transport_fd >= 0) {
                close(transport_fd);
                transport_fd = -EBADF;
        }

        return ppp_fd;
}

static struct channel transport = {
        .connect = transport_connect,
        .establish_ppp = transport_establish,
        .disestablish_ppp = pppd_disestablish,
};

void transport_install(PppdOption *options, void (*check_options)(void)) {
        transport.options = options;
        transport.check_options = check_options;
        the_channel = &transport;

        pppd_set_no_modem();
        pppd_set_device_name("pptp");
}
