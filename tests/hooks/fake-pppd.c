/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "tests/hooks/fake-pppd.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ppp-ioctl.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/param.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "core/base/macros.h"

#define MTU_BYTES 1460

/* What a test may leave unread. */
#define SENT_MAX 64
/* Address, control, protocol, code, identifier and length. */
#define HEADERS_BYTES 8
#define TIMERS_MAX 16
#define NOTIFIERS_MAX 4
/* How finely time passes. */
#define STEP_MSEC 50U
#define REASON_MAX 64

/* ---- what the plugin takes from pppd ---- */

fsm lcp_fsm[NUM_PPP], ccp_fsm[NUM_PPP], ipcp_fsm[NUM_PPP], ipv6cp_fsm[NUM_PPP];
struct protent lcp_protent, ccp_protent, ipcp_protent, ipv6cp_protent;
ipv6cp_options ipv6cp_gotoptions[NUM_PPP], ipv6cp_hisoptions[NUM_PPP];
lcp_options lcp_wantoptions[NUM_PPP], lcp_gotoptions[NUM_PPP], lcp_allowoptions[NUM_PPP];
ccp_options ccp_wantoptions[NUM_PPP], ccp_gotoptions[NUM_PPP], ccp_allowoptions[NUM_PPP],
        ccp_hisoptions[NUM_PPP];
ipcp_options ipcp_wantoptions[NUM_PPP], ipcp_gotoptions[NUM_PPP], ipcp_allowoptions[NUM_PPP],
        ipcp_hisoptions[NUM_PPP];
struct channel *the_channel;
int (*chap_check_hook)(void);
int (*chap_passwd_hook)(char *user, char *password);
void (*snoop_recv_hook)(unsigned char *data, int n_data);
void (*snoop_send_hook)(unsigned char *data, int n_data);
char path_ipup[MAXPATHLEN], path_ipdown[MAXPATHLEN];

typedef void (*Notifier)(void *context, int argument);

typedef struct Notifiers {
        Notifier items[NOTIFIERS_MAX];
        size_t n_items;
} Notifiers;

typedef struct Timer {
        void (*func)(void *);
        uint64_t at_usec;
} Timer;

static struct {
        void *plugin;
        int supervisor_fd, plugin_fd;
        uint8_t heard[PLUGIN_MESSAGE_MAX_BYTES];
        PluginMessage message;

        Notifiers on_phase, on_exit, on_signal, on_ip_up, on_ip_down, on_ipv6_up, on_ipv6_down;
        int phase, status, mtu_bytes;
        bool closing;
        char reason[REASON_MAX];

        uint64_t now_usec, data_received_usec;
        struct pppstat counters;
        Timer timers[TIMERS_MAX];
        size_t n_timers;
        unsigned n_due; /* timers since fake_pppd_count_timers() */

        SentPacket sent[SENT_MAX];
        size_t n_sent, next_sent; /* counted since the beginning; sent is a ring */

        bool catches_fatal;
        jmp_buf fatal;
} pppd;

static void notify_all(const Notifiers *n, int argument) {
        for (size_t i = 0; i < n->n_items; i++)
                n->items[i](NULL, argument);
}

static void add(Notifiers *n, Notifier func) {
        assert_true(n->n_items < NOTIFIERS_MAX);
        n->items[n->n_items++] = func;
}

#if PPPD_COMPAT_25

int mppe_get_send_key(unsigned char *ret_key, int n_key) {
        memset(ret_key, FAKE_SEND_KEY, n_key);
        return n_key;
}

char path_ippreup[MAXPATHLEN], path_ipv6up[MAXPATHLEN], path_ipv6down[MAXPATHLEN];

ppp_exit_code_t ppp_status(void) {
        return pppd.status;
}

void ppp_set_status(ppp_exit_code_t code) {
        pppd.status = code;
}

const char *ppp_ifname(void) {
        return "onenet";
}

int ppp_set_pppdevnam(const char *name) {
        return 0;
}

void ppp_set_modem(bool on) {
}

int ppp_get_mtu(int unit) {
        return pppd.mtu_bytes;
}

void ppp_set_mtu(int unit, int mtu_bytes) {
        pppd.mtu_bytes = mtu_bytes;
}

int ppp_generic_establish(int fd) {
        return fd;
}

void ppp_generic_disestablish(int fd) {
}

void ppp_add_notify(ppp_notify_t type, ppp_notify_fn *func, void *context) {
        add(type == NF_PHASE_CHANGE     ? &pppd.on_phase :
                    type == NF_EXIT     ? &pppd.on_exit :
                    type == NF_SIGNALED ? &pppd.on_signal :
                    type == NF_IP_UP    ? &pppd.on_ip_up :
                    type == NF_IP_DOWN  ? &pppd.on_ip_down :
                    type == NF_IPV6_UP  ? &pppd.on_ipv6_up :
                                          &pppd.on_ipv6_down,
            func);
}

#define TIMEOUT_NAME ppp_timeout
#define UNTIMEOUT_NAME ppp_untimeout
#define CONST_TEXT const char

#else

unsigned char mppe_send_key[MPPE_MAX_KEY_LEN];
int mppe_keys_set;
volatile int status;
char ifname[MAXIFNAMELEN], ppp_devnam[MAXPATHLEN];
unsigned char modem;
struct notifier *phasechange, *exitnotify, *sigreceived, *ip_up_notifier, *ip_down_notifier,
        *ipv6_up_notifier, *ipv6_down_notifier;

int netif_get_mtu(int unit) {
        return pppd.mtu_bytes;
}

void netif_set_mtu(int unit, int mtu_bytes) {
        pppd.mtu_bytes = mtu_bytes;
}

int generic_establish_ppp(int fd) {
        return fd;
}

void generic_disestablish_ppp(int fd) {
}

void add_notifier(struct notifier **list, notify_func func, void *context) {
        add(list == &phasechange              ? &pppd.on_phase :
                    list == &exitnotify       ? &pppd.on_exit :
                    list == &sigreceived      ? &pppd.on_signal :
                    list == &ip_up_notifier   ? &pppd.on_ip_up :
                    list == &ip_down_notifier ? &pppd.on_ip_down :
                    list == &ipv6_up_notifier ? &pppd.on_ipv6_up :
                                                &pppd.on_ipv6_down,
            func);
}

#define TIMEOUT_NAME timeout
#define UNTIMEOUT_NAME untimeout
#define CONST_TEXT char

#endif

void fake_pppd_signal(int signal_number) {
        notify_all(&pppd.on_signal, signal_number);
}

size_t strlcpy(char *ret_text, const char *text, size_t n_text) {
        size_t n = strlen(text);

        if (n_text > 0) {
                memcpy(ret_text, text, MIN(n, n_text - 1));
                ret_text[MIN(n, n_text - 1)] = '\0';
        }
        return n;
}

void TIMEOUT_NAME(void (*func)(void *), void *argument, int sec, int usec) {
        assert_true(pppd.n_timers < TIMERS_MAX);
        pppd.timers[pppd.n_timers++] = (Timer){ func, pppd.now_usec + sec * USEC_PER_SEC + usec };
}

void UNTIMEOUT_NAME(void (*func)(void *), void *argument) {
        size_t n = 0;

        for (size_t i = 0; i < pppd.n_timers; i++)
                if (pppd.timers[i].func != func)
                        pppd.timers[n++] = pppd.timers[i];
        pppd.n_timers = n;
}

void error(CONST_TEXT *format, ...) {
}

void fatal(CONST_TEXT *format, ...) {
        if (!pppd.catches_fatal)
                fail_msg("the plugin ended pppd: %s", format);
        longjmp(pppd.fatal, 1);
}

/* As lcp_close() and link_terminated(): the phase is told after the reason is known. */
void lcp_close(int unit, char *reason) {
        if (pppd.closing)
                return;

        pppd.closing = true;
        snprintf(pppd.reason, sizeof(pppd.reason), "%s", reason);
        fake_pppd_set_phase(PHASE_TERMINATE);
}

int get_idle_time(int unit, struct ppp_idle *ret_idle) {
        *ret_idle = (struct ppp_idle){
                .recv_idle = (pppd.now_usec - pppd.data_received_usec) / USEC_PER_SEC,
        };
        return 1;
}

void output(int unit, unsigned char *data, int n_data) {
        SentPacket *p;

        assert_true(n_data > 4 && n_data - 4 <= (int) sizeof(p->data));
        if (snoop_send_hook)
                snoop_send_hook(data, n_data);

        if ((data[2] << 8 | data[3]) == PROTOCOL_CCP)
                fake_kernel_peek(false, data[4]);
        assert_true(pppd.n_sent - pppd.next_sent < SENT_MAX);
        p = &pppd.sent[pppd.n_sent++ % SENT_MAX];
        p->protocol = data[2] << 8 | data[3];
        p->n_data = n_data - 4;
        memcpy(p->data, data + 4, p->n_data);
}

void fsm_sdata(fsm *f, int code, int id, unsigned char *data, int n_data) {
        unsigned char packet[PLUGIN_FRAME_MAX_BYTES + HEADERS_BYTES] = {
                0xff, 0x03, f->protocol >> 8,  f->protocol & 0xff,
                code, id,   (n_data + 4) >> 8, (n_data + 4) & 0xff,
        };

        assert_true(n_data >= 0 && n_data + 8 <= (int) sizeof(packet));
        if (n_data > 0)
                memcpy(packet + 8, data, n_data);
        output(0, packet, n_data + 8);
}

/* The plugin asks for nothing else with this. */
int ioctl(int fd, unsigned long request, ...) {
        struct ppp_stats *stats;
        struct ifreq *question;
        void *argument;
        va_list ap;

        va_start(ap, request);
        argument = va_arg(ap, void *);
        va_end(ap);

        if (request == PPPIOCSPASS) {
                assert_int_equal(fd, ppp_dev_fd);
                return fake_kernel_set_filter(argument);
        }

        question = argument;
        assert_int_equal(request, SIOCGPPPSTATS);
        assert_string_equal(question->ifr_name, pppd_get_ifname());
        stats = (void *) question->ifr_data;
        stats->p = pppd.counters;
        return 0;
}

/* The plugin opens one of rtnetlink alone. */
int socket(int domain, int type, int protocol) {
        if (domain == AF_NETLINK)
                return fake_kernel_open_rtnetlink();

        return (int) syscall(SYS_socket, domain, type, protocol);
}

/* The plugin's clock, in place of the C library's. */
int clock_gettime(clockid_t clock, struct timespec *ret_time) {
        if (clock != CLOCK_MONOTONIC || !pppd.plugin)
                return (int) syscall(SYS_clock_gettime, clock, ret_time);

        *ret_time = (struct timespec){
                .tv_sec = pppd.now_usec / USEC_PER_SEC,
                .tv_nsec = pppd.now_usec % USEC_PER_SEC * 1000,
        };
        return 0;
}

static void lcp_input(int unit, unsigned char *data, int n_data) {
        if (data[0] == CONFREQ)
                fsm_sdata(&lcp_fsm[0], CONFACK, data[1], data + 4, n_data - 4);
}

/* ---- fixture ---- */

void fake_pppd_set_option(const char *name, int value) {
        for (PppdOption *o = the_channel->options; o->name; o++)
                if (strcmp(o->name, name) == 0) {
                        *(int *) o->addr = value;
                        return;
                }

        fail_msg("no option %s", name);
}

int fake_pppd_set_up(void **state) {
        void (*init)(void);
        int pair[2];

        memset(&pppd, 0, sizeof(pppd));
        pppd.now_usec = pppd.data_received_usec = 1000 * USEC_PER_SEC;
        pppd.mtu_bytes = MTU_BYTES;
        fake_fsm_reset();
        fake_kernel_reset();
        lcp_fsm[0] = (fsm){ .protocol = PROTOCOL_LCP };
        lcp_protent.input = lcp_input;
        lcp_gotoptions[0].neg_magicnumber = 1;
        lcp_gotoptions[0].magicnumber = 0x01020304;
        chap_check_hook = NULL;
        chap_passwd_hook = NULL;
        snoop_recv_hook = snoop_send_hook = NULL;
        strcpy(path_ipup, "/etc/ppp/ip-up");
#if !PPPD_COMPAT_25
        memset(mppe_send_key, FAKE_SEND_KEY, sizeof(mppe_send_key));
        mppe_keys_set = 1;
        status = 0;
        strcpy(ifname, "onenet");
#endif

        assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
        pppd.supervisor_fd = pair[0];
        pppd.plugin_fd = pair[1];

        pppd.plugin = dlopen(PLUGIN, RTLD_NOW | RTLD_LOCAL);
        if (!pppd.plugin)
                fail_msg("%s", dlerror());
        *(void **) &init = dlsym(pppd.plugin, "plugin_init");
        assert_non_null(init);
        init();
        fake_pppd_set_option("pptp-supervisor-socket", pppd.plugin_fd);
        return 0;
}

int fake_pppd_tear_down(void **state) {
        dlclose(pppd.plugin);
        pppd.plugin = NULL;
        fake_pppd_close_channel();
        close(pppd.plugin_fd);
        return 0;
}

/* ---- the supervisor's end ---- */

PluginMessage fake_pppd_make_setup(void) {
        return (PluginMessage){
                .type = PLUGIN_SETUP,
                .setup.mppe = { .allow_128 = true },
                .setup.ask_password = true,
        };
}

void fake_pppd_tell(const PluginMessage *message) {
        uint8_t buffer[PLUGIN_MESSAGE_MAX_BYTES];
        int n = plugin_message_write(message, buffer, sizeof(buffer));

        assert_true(n > 0);
        assert_int_equal(send(pppd.supervisor_fd, buffer, n, MSG_DONTWAIT | MSG_NOSIGNAL), n);
}

int fake_pppd_connect(uint16_t frame_bytes) {
        const PluginMessage message = {
                .type = PLUGIN_TRANSPORT,
                .transport = { .frame_bytes = frame_bytes, .restart_sec = FAKE_PPPD_RESTART_SEC },
        };
        union {
                struct cmsghdr header;
                uint8_t bytes[CMSG_SPACE(sizeof(int))];
        } control = {
                .header = { .cmsg_level = SOL_SOCKET,
                            .cmsg_type = SCM_RIGHTS,
                            .cmsg_len = CMSG_LEN(sizeof(int)) },
        };
        uint8_t buffer[PLUGIN_MESSAGE_MAX_BYTES];
        struct iovec vector = { .iov_base = buffer };
        const struct msghdr packet = {
                .msg_iov = &vector,
                .msg_iovlen = 1,
                .msg_control = control.bytes,
                .msg_controllen = sizeof(control.bytes),
        };
        int pair[2], n = plugin_message_write(&message, buffer, sizeof(buffer));

        assert_true(n > 0);
        vector.iov_len = (size_t) n;
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
        memcpy(CMSG_DATA(&control.header), pair, sizeof(int));
        assert_int_equal(sendmsg(pppd.supervisor_fd, &packet, MSG_DONTWAIT | MSG_NOSIGNAL), n);
        close(pair[0]);
        close(pair[1]);
        return the_channel->connect();
}

static const PluginMessage *hear(void) {
        ssize_t n = recv(pppd.supervisor_fd, pppd.heard, sizeof(pppd.heard), MSG_DONTWAIT);

        if (n <= 0)
                return NULL;

        assert_int_equal(plugin_message_parse(pppd.heard, n, &pppd.message), 0);
        return &pppd.message;
}

const PluginMessage *fake_pppd_hear(void) {
        const PluginMessage *m = hear();

        assert_non_null(m);
        return m;
}

const PluginMessage *fake_pppd_hear_type(PluginMessageType type) {
        const PluginMessage *m;

        do
                m = fake_pppd_hear();
        while (m->type != type);

        return m;
}

bool fake_pppd_has_message(void) {
        struct pollfd p = { .fd = pppd.supervisor_fd, .events = POLLIN };

        return poll(&p, 1, 0) > 0;
}

bool fake_pppd_heard_type(PluginMessageType type) {
        const PluginMessage *m;
        bool heard = false;

        while ((m = hear()))
                heard |= m->type == type;

        return heard;
}

void fake_pppd_close_channel(void) {
        if (pppd.supervisor_fd >= 0)
                close(pppd.supervisor_fd);
        pppd.supervisor_fd = -EBADF;
}

/* ---- pppd ---- */

bool fake_pppd_is_fatal(void (*func)(void)) {
        if (setjmp(pppd.fatal) != 0) {
                pppd.catches_fatal = false;
                return true;
        }

        pppd.catches_fatal = true;
        func();
        pppd.catches_fatal = false;
        return false;
}

bool fake_pppd_check_options(void) {
        return !fake_pppd_is_fatal(the_channel->check_options);
}

void fake_pppd_start(const PluginMessage *setup) {
        fake_pppd_tell(setup);
        assert_true(fake_pppd_check_options());
        assert_int_equal(fake_pppd_hear()->type, PLUGIN_HELLO);
}

void fake_pppd_set_phase(int phase) {
        if (pppd.phase == phase)
                return;

        pppd.phase = phase;
        notify_all(&pppd.on_phase, phase);
}

/* As lcp_up() and link_established(). */
void fake_pppd_enter_network(int mru_bytes) {
        fake_pppd_set_phase(PHASE_ESTABLISH);
        fake_pppd_advance(0);
        pppd.mtu_bytes = MIN(MTU_BYTES, mru_bytes);
        fake_fsm_lower_up(&ccp_fsm[0]);
        fake_fsm_lower_up(&ipcp_fsm[0]);
        fake_pppd_set_phase(PHASE_AUTHENTICATE);
        fake_pppd_set_phase(PHASE_NETWORK);
        if (ccp_protent.enabled_flag)
                ccp_protent.open(0);
        if (!ccp_gotoptions[0].mppe)
                ipcp_protent.open(0);
}

/* As lcp_down() and upper_layers_down(). */
void fake_pppd_reopen_lcp(int mru_bytes) {
        fake_fsm_lower_down(&ccp_fsm[0]);
        fake_fsm_close(&ccp_fsm[0]);
        fake_fsm_lower_down(&ipcp_fsm[0]);
        fake_fsm_close(&ipcp_fsm[0]);
        fake_pppd_enter_network(mru_bytes);
}

static void run_timers(void) {
        for (size_t i = 0; i < pppd.n_timers;) {
                Timer timer = pppd.timers[i];

                if (timer.at_usec > pppd.now_usec) {
                        i++;
                        continue;
                }

                memmove(&pppd.timers[i], &pppd.timers[i + 1],
                        (--pppd.n_timers - i) * sizeof(timer));
                pppd.n_due++;
                timer.func(NULL);
                i = 0;
        }
}

void fake_pppd_advance(unsigned sec) {
        fake_pppd_advance_msec(sec * 1000);
}

void fake_pppd_advance_msec(unsigned msec) {
        run_timers();
        while (msec > 0) {
                unsigned step_msec = MIN(msec, STEP_MSEC);

                msec -= step_msec;
                pppd.now_usec += step_msec * USEC_PER_MSEC;
                run_timers();
        }
}

unsigned fake_pppd_count_timers(void) {
        unsigned n = pppd.n_due;

        pppd.n_due = 0;
        return n;
}

void fake_pppd_receive_data(void) {
        pppd.data_received_usec = pppd.now_usec;
        pppd.counters.ppp_ipackets++;
}

void fake_pppd_send_data(void) {
        pppd.counters.ppp_opackets++;
}

static volatile sig_atomic_t ended;

static void on_terminate(int signal_number) {
        ended = 1;
}

void fake_pppd_expect_end(void) {
        ended = 0;
        signal(SIGTERM, on_terminate);
}

bool fake_pppd_was_ended(void) {
        return ended;
}

bool fake_pppd_is_closing(void) {
        return pppd.closing;
}

const char *fake_pppd_get_reason(void) {
        return pppd.reason;
}

void fake_notify_ip(bool up) {
        notify_all(up ? &pppd.on_ip_up : &pppd.on_ip_down, 0);
}

void fake_notify_ipv6(bool up) {
        notify_all(up ? &pppd.on_ipv6_up : &pppd.on_ipv6_down, 0);
}

void fake_pppd_exit(int code) {
        notify_all(&pppd.on_exit, code);
}

/* ---- the peer ---- */

/* pppd reads a packet that arrived. */
static void take_packet(unsigned protocol, uint8_t code, uint8_t id, const void *options,
                        size_t n_options) {

        /* pppd's buffer has room for more than the packet. */
        unsigned char packet[PLUGIN_FRAME_MAX_BYTES + HEADERS_BYTES] = {
                0xff, 0x03, protocol >> 8,        protocol & 0xff,
                code, id,   (n_options + 4) >> 8, (n_options + 4) & 0xff,
        };
        int n_data = (int) n_options + 4;

        assert_true(n_options + 8 <= sizeof(packet));
        if (n_options > 0)
                memcpy(packet + 8, options, n_options);
        if (snoop_recv_hook)
                snoop_recv_hook(packet, n_data + 4);

        if (protocol == PROTOCOL_CCP)
                ccp_protent.input(0, packet + 4, n_data);
        else if (protocol == PROTOCOL_IPCP)
                ipcp_protent.input(0, packet + 4, n_data);
        else if (protocol == PROTOCOL_IPV6CP)
                ipv6cp_protent.input(0, packet + 4, n_data);
}

void fake_pppd_receive(unsigned protocol, uint8_t code, uint8_t id, const void *options,
                       size_t n_options) {

        if (protocol == PROTOCOL_CCP)
                fake_kernel_peek(true, code);
        take_packet(protocol, code, id, options, n_options);
}

const SentPacket *fake_pppd_sent(void) {
        assert_true(pppd.next_sent < pppd.n_sent);
        return &pppd.sent[pppd.next_sent++ % SENT_MAX];
}

const SentPacket *fake_pppd_sent_of(unsigned protocol) {
        while (pppd.next_sent < pppd.n_sent) {
                const SentPacket *p = &pppd.sent[pppd.next_sent++ % SENT_MAX];

                if (p->protocol == protocol)
                        return p;
        }

        return NULL;
}

static void write_mppe(uint8_t option[CILEN_MPPE], uint32_t bits) {
        option[0] = CI_MPPE;
        option[1] = CILEN_MPPE;
        for (int i = 0; i < 4; i++)
                option[2 + i] = bits >> (24 - 8 * i) & 0xff;
}

void fake_pppd_receive_mppe(uint8_t code, uint8_t id, uint32_t bits) {
        uint8_t option[CILEN_MPPE];

        write_mppe(option, bits);
        fake_pppd_receive(PROTOCOL_CCP, code, id, option, sizeof(option));
}

uint32_t fake_pppd_get_mppe(const SentPacket *p, uint8_t code) {
        assert_non_null(p);
        assert_int_equal(p->protocol, PROTOCOL_CCP);
        assert_int_equal(p->data[0], code);
        assert_int_equal(p->n_data, 4 + CILEN_MPPE);
        return (uint32_t) p->data[6] << 24 | (uint32_t) p->data[7] << 16 |
                (uint32_t) p->data[8] << 8 | p->data[9];
}

static const SentPacket *get_request(unsigned protocol) {
        for (size_t i = 1; i <= MIN(pppd.n_sent, (size_t) SENT_MAX); i++) {
                const SentPacket *sent = &pppd.sent[(pppd.n_sent - i) % SENT_MAX];

                if (sent->protocol == protocol && sent->data[0] == CONFREQ)
                        return sent;
        }

        fail_msg("pppd has made no request");
        return NULL;
}

void fake_pppd_acknowledge(unsigned protocol) {
        const SentPacket *p = get_request(protocol);

        fake_pppd_receive(protocol, CONFACK, p->data[1], p->data + 4, p->n_data - 4);
}

void fake_pppd_acknowledge_twice(uint32_t mppe_bits) {
        SentPacket p = *get_request(PROTOCOL_CCP);

        fake_kernel_peek(true, CONFACK);
        fake_kernel_peek(true, CONFACK);
        fake_kernel_set_readable(true);
        take_packet(PROTOCOL_CCP, CONFACK, p.data[1], p.data + 4, p.n_data - 4);
        if (mppe_bits)
                fake_pppd_receive_mppe(CONFREQ, 1, mppe_bits);
        fake_kernel_set_readable(false);
        take_packet(PROTOCOL_CCP, CONFACK, p.data[1], p.data + 4, p.n_data - 4);
}

void fake_pppd_repeat_request(void) {
        fake_fsm_repeat(&ccp_fsm[0]);
}

void fake_pppd_come_up(uint32_t mppe_bits) {
        const uint8_t address[] = { 3, 6, 10, 0, 0, 1 };
        const uint8_t ours[] = { 3, 6, 10, 0, 0, 2 };

        if (mppe_bits) {
                fake_pppd_receive_mppe(CONFREQ, 1, mppe_bits);
                fake_pppd_acknowledge(PROTOCOL_CCP);
        }
        fake_pppd_receive(PROTOCOL_IPCP, CONFREQ, 1, address, sizeof(address));
        fake_pppd_receive(PROTOCOL_IPCP, CONFNAK, ipcp_fsm[0].reqid, ours, sizeof(ours));
        fake_pppd_acknowledge(PROTOCOL_IPCP);
        assert_int_equal(ipcp_fsm[0].state, OPENED);
        (void) fake_pppd_heard_type(PLUGIN_IP_UP);
        pppd.next_sent = pppd.n_sent;
}
