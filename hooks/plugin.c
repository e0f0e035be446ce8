/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The plugin's beginning: what pppd loads, the option by which the supervisor names the inherited
 * descriptor, and the SETUP that says the rest. All of pppd's notifiers and snoop hooks end up
 * here, and are passed on from here to whichever file they concern: no file calls this one.
 *
 * The plugin decides nothing: it carries out a policy, answers questions with the supervisor's
 * answers, and reports.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <syslog.h>
#include <unistd.h>

#include "hooks/plugin.h"

#define _public_ __attribute__((visibility("default")))

/* Address and control, which pppd's snoop hooks show in front of each packet. */
#define ADDRESS_CONTROL_BYTES 2

/* SETUP was sent before pppd was started. */
#define SETUP_TIMEOUT_MSEC 1000

_public_ char pppd_version[] = PPPD_VERSION;

_public_ void plugin_init(void);

static int socket_fd = -EBADF;

static PppdOption plugin_options[] = {
        {
                .name = "pptp-supervisor-socket",
                .type = o_int,
                .addr = &socket_fd,
                .description = "descriptor of the supervisor's private socket",
                .flags = OPT_PRIV,
        },
        { 0 },
};

/*
 * Marks the socket close-on-exec. Fails if it is none: then pppd was not started by a supervisor.
 */
static void check_socket(void) {
        struct stat st;

        if (socket_fd < 0 || fstat(socket_fd, &st) < 0 || !S_ISSOCK(st.st_mode))
                fatal("pptp-supervisor-socket names no socket: only pptp-supervisor can use this "
                      "plugin");

        if (fcntl(socket_fd, F_SETFD, FD_CLOEXEC) < 0)
                fatal("cannot set close-on-exec on descriptor %d: %m", socket_fd);
}

/* Reads SETUP, which is the first message. What follows is for transport.c. */
static bool receive_setup(PluginMessage *ret_setup) {
        uint8_t buffer[PLUGIN_MESSAGE_MAX_BYTES];

        return channel_receive(SETUP_TIMEOUT_MSEC, buffer, sizeof(buffer), ret_setup) &&
                ret_setup->type == PLUGIN_SETUP;
}

/*
 * Has the kernel kill pppd when the supervisor dies, so that the next supervisor finds no pppd that
 * still has the interface. The end of the channel or of the transport ends pppd as well, unless it
 * is stuck.
 */
static void die_with_supervisor(void) {
        struct pollfd p = { .fd = socket_fd, .events = POLLIN };

        if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
                fatal("cannot ask to be ended with the supervisor: %m");

        /* The supervisor may have died before that. */
        if (poll(&p, 1, 0) > 0 && p.revents & POLLHUP)
                fatal("pptp-supervisor is gone");
}

/*
 * Drops what the supervisor alone needs: CAP_SYS_ADMIN, with which it enters NetworkNamespace=, and
 * CAP_NET_BIND_SERVICE, with which it holds a port for UseRoutes=. pppd was started inside and
 * needs no way out. The unit sets no_new_privs, so that no program that pppd runs gets them back;
 * under a supervisor that was started by hand it does.
 */
static void drop_rights(void) {
        static const unsigned capabilities[] = { CAP_SYS_ADMIN, CAP_NET_BIND_SERVICE };
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

        if (syscall(SYS_capget, &header, data) < 0)
                fatal("cannot look at the rights of this process: %m");

        for (size_t i = 0; i < sizeof(capabilities) / sizeof(capabilities[0]); i++) {
                struct __user_cap_data_struct *d = &data[CAP_TO_INDEX(capabilities[i])];

                d->effective &= ~CAP_TO_MASK(capabilities[i]);
                d->permitted &= ~CAP_TO_MASK(capabilities[i]);
                d->inheritable &= ~CAP_TO_MASK(capabilities[i]);
        }
        if (syscall(SYS_capset, &header, data) < 0)
                fatal("cannot give up what pppd does not need: %m");
}

static void say_hello(void) {
        PluginMessage hello = { .type = PLUGIN_HELLO };

        strlcpy(hello.hello.pppd_version, pppd_version, sizeof(hello.hello.pppd_version));
        channel_send(&hello, true);
}

static void on_phase(_unused_ void *userdata, int phase) {
        ip_configuration_set_phase(phase);
        keep_alive_set_phase(phase);
        chap_success_set_phase(phase);
        report_phase(phase);
        ipv6_configuration_set_phase(phase);
        restart_timers_set_phase(phase);
        early_frames_set_phase(phase);
        early_ipcp_set_phase(phase);
}

static void on_signal(_unused_ void *userdata, _unused_ int signal_number) {
        transport_note_signal();
}

static void on_exit_status(_unused_ void *userdata, int status) {
        report_exit(status);
}

static void on_ip_up(_unused_ void *userdata, _unused_ int code) {
        /* Once data flows, a repeated request of CCP ends the call: see kernel-ccp.c. */
        kernel_ccp_forget_key();
        report_ip_up(mppe_negotiation_get_transmit(), mppe_negotiation_get_receive());
}

static void on_ip_down(_unused_ void *userdata, _unused_ int code) {
        report_ip_down();
}

static void on_ipv6_up(_unused_ void *userdata, _unused_ int code) {
        report_ipv6_up();
}

static void on_ipv6_down(_unused_ void *userdata, _unused_ int code) {
        report_ipv6_down();
}

static void on_snooped(bool sent, const unsigned char *data, int n_data) {
        if (n_data > ADDRESS_CONTROL_BYTES)
                report_packet(sent, data + ADDRESS_CONTROL_BYTES, n_data - ADDRESS_CONTROL_BYTES);
}

static void on_received(unsigned char *data, int n_data) {
        keep_alive_hear(data, n_data);
        on_snooped(false, data, n_data);
        chap_success_see_received(data, n_data);
}

static void on_sent(unsigned char *data, int n_data) {
        on_snooped(true, data, n_data);
        chap_success_see_sent(data, n_data);
}

static void install_notifiers(void) {
        snoop_recv_hook = on_received;
        snoop_send_hook = on_sent;
        pppd_on_phase(on_phase);
        pppd_on_ip_up(on_ip_up);
        pppd_on_ip_down(on_ip_down);
        pppd_on_ipv6_up(on_ipv6_up);
        pppd_on_ipv6_down(on_ipv6_down);
        pppd_on_exit(on_exit_status);
        pppd_on_signal(on_signal);
}

/* Called by pppd once all options are read. */
static void plugin_check_options(void) {
        PluginMessage setup;

        /* What pppd says goes to the supervisor, by its standard output, and from there to the
         * journal: once is enough. */
        setlogmask(LOG_MASK(LOG_EMERG));

        check_socket();
        channel_set_fd(socket_fd);
        die_with_supervisor();
        if (!receive_setup(&setup))
                fatal("pptp-supervisor said nothing, or is of another build than this plugin");

        install_notifiers();
        keep_alive_take_setup(&setup);
        mppe_negotiation_install(&setup.setup.mppe);
        ip_configuration_install(&setup.setup.ip);
        router_advertisements_install(!setup.setup.accept_router);
        ipv6_configuration_install();
        dns_question_install();
        early_ipcp_install(!setup.setup.ip.late);
        if (setup.setup.ask_password)
                password_install();

        pppd_set_no_scripts();
        say_hello();
}

void plugin_init(void) {
        drop_rights();
        transport_install(plugin_options, plugin_check_options);
}
