/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * pppd, as the supervisor starts it, gives it the call and hears of it: a shell script is in
 * pppd's place, a pair of sockets in that of the kernel's driver, and what the tunnel would be told
 * is written down. What pppd_new() itself makes of its options is told in tests/unit/test-pppd.c.
 */

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config-text.h"
#include "core/ppp/mtu.h"
#include "supervisor/supervisor-internal.h"

#define EVENTS_MAX 64
#define CALL_ID 4711

typedef struct Heard {
        TunnelEventType type;
        PluginMessageType plugin;
        DiagnosisStage stage;
        DiagnosisFactType fact;
        int64_t number;
        char text[DIAGNOSIS_FACT_TEXT_MAX];
} Heard;

typedef struct Fixture {
        DataPath path; /* first, for the driver's functions */
        Supervisor supervisor;
        Journal journal;
        char directory[32];
        char script[64];
        int transport[2];
        DataPathFrame early_frames[2];
        size_t n_early_frames;
        int connect_error;
        int output_error;
        uint16_t connected_to;
        bool only_encrypted;
        Heard heard[EVENTS_MAX];
        size_t n_heard;
} Fixture;

static Fixture *fixture;

/* ---- what is replaced ---- */

int __real_pppd_new(sd_event *event, const PppdOptions *options, PppdLineFunc on_line,
                    PppdExitedFunc on_exited, void *userdata, Pppd **ret_pppd);
int __wrap_pppd_new(sd_event *event, const PppdOptions *options, PppdLineFunc on_line,
                    PppdExitedFunc on_exited, void *userdata, Pppd **ret_pppd);
void __wrap_supervisor_feed(Supervisor *s, TunnelEvent *event);
void __wrap_supervisor_feed_fact(Supervisor *s, TunnelEventType type, DiagnosisStage stage,
                                 DiagnosisFactType fact, int64_t number, const char *text);

int __wrap_pppd_new(sd_event *event, const PppdOptions *options, PppdLineFunc on_line,
                    PppdExitedFunc on_exited, void *userdata, Pppd **ret_pppd) {

        PppdOptions ours = *options;

        ours.program = fixture->script;
        return __real_pppd_new(event, &ours, on_line, on_exited, userdata, ret_pppd);
}

static Heard *hear(TunnelEventType type) {
        Heard *h;

        assert_true(fixture->n_heard < EVENTS_MAX);
        h = &fixture->heard[fixture->n_heard++];
        h->type = type;
        return h;
}

void __wrap_supervisor_feed(_unused_ Supervisor *s, TunnelEvent *event) {
        Heard *h = hear(event->type);

        if (event->type == TUNNEL_EVENT_PLUGIN)
                h->plugin = event->plugin->type;
}

void __wrap_supervisor_feed_fact(_unused_ Supervisor *s, TunnelEventType type, DiagnosisStage stage,
                                 DiagnosisFactType fact, int64_t number, const char *text) {

        Heard *h = hear(type);

        h->stage = stage;
        h->fact = fact;
        h->number = number;
        snprintf(h->text, sizeof(h->text), "%s", text ?: "");
}

static int fake_connect(_unused_ DataPath *p, uint16_t peer_call_id, bool only_encrypted) {
        fixture->connected_to = peer_call_id;
        fixture->only_encrypted = only_encrypted;
        return fixture->connect_error;
}

static int fake_get_transport(_unused_ const DataPath *p) {
        return fixture->transport[0];
}

static size_t fake_get_early_frames(_unused_ const DataPath *p, const DataPathFrame **ret_frames) {
        *ret_frames = fixture->early_frames;
        return fixture->n_early_frames;
}

static int fake_count_arrived(_unused_ DataPath *p, _unused_ uint64_t *ret_n_frames) {
        return -ENODATA;
}

static int fake_test_output(_unused_ DataPath *p) {
        return fixture->output_error;
}

static const DataPathDriver fake_driver = {
        .name = "fake",
        .connect = fake_connect,
        .get_transport = fake_get_transport,
        .get_early_frames = fake_get_early_frames,
        .count_arrived = fake_count_arrived,
        .test_output = fake_test_output,
};

/* ---- fixture ---- */

static int set_up(void **state) {
        Fixture *f = calloc(1, sizeof(*f));
        sigset_t mask;

        sigemptyset(&mask);
        sigaddset(&mask, SIGCHLD);
        sigprocmask(SIG_BLOCK, &mask, NULL);

        fixture = f;
        strcpy(f->directory, "/tmp/test-supervisor.XXXXXX");
        assert_non_null(mkdtemp(f->directory));
        snprintf(f->script, sizeof(f->script), "%s/pppd", f->directory);
        assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, f->transport), 0);
        journal_init(&f->journal, "onenet", "/nonexistent");

        f->path.driver = &fake_driver;
        f->supervisor.journal = &f->journal;
        f->supervisor.call.path = &f->path;
        f->supervisor.call.path_mtu_bytes = 1400;
        f->supervisor.pppd.has_password = true;
        f->supervisor.config = config_from_text("[Tunnel]\nServer=192.0.2.2\n"
                                                "KeepAliveIntervalSec=7s\n"
                                                "[Authentication]\nUser=joe\nDomain=COMPANY\n");
        f->supervisor.inner.fd = NAMESPACE_OWN;
        assert_int_equal(sd_event_new(&f->supervisor.event), 0);
        *state = f;
        return 0;
}

static int tear_down(void **state) {
        Fixture *f = *state;
        char command[96];

        pppd_free(f->supervisor.pppd.process);
        plugin_channel_free(f->supervisor.pppd.plugin);
        sd_event_unref(f->supervisor.event);
        config_free(f->supervisor.config);
        journal_done(&f->journal);
        close(f->transport[0]);
        close(f->transport[1]);
        snprintf(command, sizeof(command), "rm -r %s", f->directory);
        assert_int_equal(system(command), 0);
        free(f);
        return 0;
}

static void start(Fixture *f, const char *script, const TunnelSettings *settings) {
        int fd = open(f->script, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);

        assert_true(fd >= 0);
        assert_true(dprintf(fd, "#!/bin/sh\ncd %s\n%s\n", f->directory, script) > 0);
        close(fd);
        supervisor_start_pppd(&f->supervisor, settings);
}

/* Returns the last thing heard, which is the end of pppd. */
static const Heard *run_to_end(Fixture *f) {
        for (int i = 0; i < 400 && f->supervisor.pppd.process; i++)
                assert_true(sd_event_run(f->supervisor.event, 50 * USEC_PER_MSEC) >= 0);
        assert_null(f->supervisor.pppd.process);
        assert_null(f->supervisor.pppd.plugin);
        assert_int_equal(f->heard[f->n_heard - 1].type, TUNNEL_EVENT_PPPD_EXITED);
        return &f->heard[f->n_heard - 1];
}

/* What the script has left in a file. */
static size_t read_back(const Fixture *f, const char *name, void *buffer, size_t n_buffer) {
        char path[96];
        ssize_t n;
        int fd;

        snprintf(path, sizeof(path), "%s/%s", f->directory, name);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        assert_true(fd >= 0);
        n = read(fd, buffer, n_buffer - 1);
        assert_true(n >= 0);
        close(fd);
        ((char *) buffer)[n] = '\0';
        return (size_t) n;
}

/* ---- tests ---- */

static void test_arguments(void **state) {
        const TunnelSettings settings = { .mppe.allow_128 = true, .keep_alive = true };
        char text[4096];
        Fixture *f = *state;

        start(f, "printf '<%s>' \"$@\" >arguments", &settings);
        (void) run_to_end(f);
        assert_int_equal(f->connected_to, 0);

        (void) read_back(f, "arguments", text, sizeof(text));
        assert_non_null(strstr(text, "<user><COMPANY\\joe>"));
        assert_non_null(strstr(text, "<ifname><onenet>"));
        assert_non_null(strstr(text, "<plugin><pptp-supervisor.so>"));
}

/*
 * Before pppd reads anything: how to behave. With the call what the server was quick to say, in
 * order, and then the transport.
 */
static void test_what_the_plugin_is_told(void **state) {
        const TunnelSettings settings = {
                .mppe.allow_128 = true,
                .keep_alive = true,
                .restart_sec = 3,
        };
        uint8_t buffer[PLUGIN_MESSAGE_MAX_BYTES + 1];
        PluginMessage message;
        Fixture *f = *state;
        char name[2] = "1";
        size_t n;

        f->n_early_frames = 2;
        for (uint8_t i = 0; i < 2; i++)
                f->early_frames[i] = (DataPathFrame){ .n_data = 3, .data = { 0xc0, 0x21, i } };

        start(f, "for n in 1 2 3 4; do dd bs=2000 count=1 of=$n <&3 2>dd.log; done", &settings);
        supervisor_hand_over_call(&f->supervisor, CALL_ID, &settings);
        assert_int_equal(f->connected_to, CALL_ID);
        assert_true(f->only_encrypted);
        (void) run_to_end(f);

        n = read_back(f, name, buffer, sizeof(buffer));
        assert_int_equal(plugin_message_parse(buffer, n, &message), 0);
        assert_int_equal(message.type, PLUGIN_SETUP);
        assert_true(message.setup.ask_password);
        assert_true(message.setup.mppe.allow_128);
        assert_int_equal(message.setup.keep_alive_interval_sec, 7);

        for (uint8_t i = 0; i < 2; i++) {
                name[0]++;
                n = read_back(f, name, buffer, sizeof(buffer));
                assert_int_equal(plugin_message_parse(buffer, n, &message), 0);
                assert_int_equal(message.type, PLUGIN_EARLY_FRAME);
                assert_int_equal(message.frame.n_data, 3);
                assert_int_equal(message.frame.data[2], i);
        }

        n = read_back(f, "4", buffer, sizeof(buffer));
        assert_int_equal(plugin_message_parse(buffer, n, &message), 0);
        assert_int_equal(message.type, PLUGIN_TRANSPORT);
        /* MPPE's four bytes on top */
        assert_int_equal(message.transport.frame_bytes, mtu_for_path(1400, true) + 4);
        assert_int_equal(message.transport.restart_sec, 3);
}

/* Nothing else of what the kernel sends for the call would tell. */
static void test_output_that_a_firewall_drops(void **state) {
        const TunnelSettings settings = { 0 };
        Fixture *f = *state;

        f->output_error = -EPERM;
        start(f, "exec sleep 1", &settings);
        supervisor_hand_over_call(&f->supervisor, CALL_ID, &settings);
        assert_int_equal(f->n_heard, 1);
        assert_int_equal(f->heard[0].stage, DIAGNOSIS_STAGE_LINK);
        assert_int_equal(f->heard[0].fact, DIAGNOSIS_ERRNO);
        assert_int_equal(f->heard[0].number, EPERM);
        (void) run_to_end(f);
}

/* A server that answers no echo is sent none, whatever the configuration says. */
static void test_no_keep_alive(void **state) {
        const TunnelSettings settings = { .keep_alive = false };
        uint8_t buffer[PLUGIN_MESSAGE_MAX_BYTES + 1];
        PluginMessage message;
        Fixture *f = *state;
        size_t n;

        start(f, "dd bs=2000 count=1 of=1 <&3 2>dd.log", &settings);
        (void) run_to_end(f);
        n = read_back(f, "1", buffer, sizeof(buffer));
        assert_int_equal(plugin_message_parse(buffer, n, &message), 0);
        assert_int_equal(message.setup.keep_alive_interval_sec, 0);
}

static void test_exit_status(void **state) {
        Fixture *f = *state;
        const Heard *end;

        start(f, "echo first; printf 'the \\033reason\\n'; exit 19", &(TunnelSettings){ 0 });
        end = run_to_end(f);
        assert_int_equal(end->fact, DIAGNOSIS_PPPD_EXITED);
        assert_int_equal(end->stage, DIAGNOSIS_STAGE_PPPD);
        assert_int_equal(end->number, 19);
        assert_string_equal(end->text, "the \\x1breason");
}

/* By a signal: a negative number, so that no exit status looks like it. */
static void test_killed(void **state) {
        Fixture *f = *state;

        start(f, "kill -KILL $$", &(TunnelSettings){ 0 });
        assert_int_equal(run_to_end(f)->number, -SIGKILL);
}

/* What the plugin says last is heard, and heard before the end that it explains. */
static void test_last_words_come_first(void **state) {
        const PluginMessage exiting = { .type = PLUGIN_EXITING, .exiting.status = 19 };
        uint8_t buffer[PLUGIN_MESSAGE_MAX_BYTES];
        Fixture *f = *state;
        char path[96];
        bool found = false;
        int n, fd;

        n = plugin_message_write(&exiting, buffer, sizeof(buffer));
        assert_true(n > 0);
        snprintf(path, sizeof(path), "%s/words", f->directory);
        fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        assert_int_equal(write(fd, buffer, (size_t) n), n);
        close(fd);

        start(f, "cat words >&3; exit 19", &(TunnelSettings){ 0 });
        assert_int_equal(run_to_end(f)->number, 19);
        for (size_t i = 0; i + 1 < f->n_heard; i++)
                found |= f->heard[i].type == TUNNEL_EVENT_PLUGIN &&
                        f->heard[i].plugin == PLUGIN_EXITING;
        assert_true(found);
}

/* A plugin that pppd cannot load shows only in what it prints. */
static void test_plugin_that_does_not_load(void **state) {
        Fixture *f = *state;
        bool found = false;

        start(f, "echo pptp-supervisor.so: no such file; echo last; exit 2",
              &(TunnelSettings){ 0 });
        assert_string_equal(run_to_end(f)->text, "last");
        for (size_t i = 0; i < f->n_heard; i++)
                found |= f->heard[i].fact == DIAGNOSIS_PLUGIN_MISMATCH &&
                        strcmp(f->heard[i].text, "pptp-supervisor.so: no such file") == 0;
        assert_true(found);
}

static const char *find_mismatch(const Fixture *f) {
        for (size_t i = 0; i < f->n_heard; i++)
                if (f->heard[i].fact == DIAGNOSIS_PLUGIN_MISMATCH)
                        return f->heard[i].text;

        return "";
}

/* That pppd has loaded it is no reason of its end; what an older one says then is. */
static void test_plugin_of_another_build(void **state) {
        Fixture *f = *state;

        start(f,
              "echo Plugin pptp-supervisor.so loaded.; "
              "echo pptp-supervisor-transport names no socket; exit 1",
              &(TunnelSettings){ 0 });
        (void) run_to_end(f);
        assert_string_equal(find_mismatch(f), "pptp-supervisor-transport names no socket");

        f->n_heard = 0;
        start(f, "echo Plugin pptp-supervisor.so loaded.; kill -KILL $$", &(TunnelSettings){ 0 });
        (void) run_to_end(f);
        assert_string_equal(find_mismatch(f), "");
}

static bool hears_missing_module(const Fixture *f) {
        for (size_t i = 0; i < f->n_heard; i++)
                if (f->heard[i].fact == DIAGNOSIS_MISSING_MODULE)
                        return strcmp(f->heard[i].text, "ppp_mppe") == 0;

        return false;
}

/* The unit sees neither /sys/module nor /proc/modules; pppd asks the kernel. */
static void test_kernel_without_mppe(void **state) {
        Fixture *f = *state;

        start(f,
              "echo MPPE required, but kernel has no support.; echo Connection terminated.; exit 10",
              &(TunnelSettings){ 0 });
        (void) run_to_end(f);
        assert_true(hears_missing_module(f));

        f->n_heard = 0;
        start(f, "echo Connection terminated.; exit 10", &(TunnelSettings){ 0 });
        (void) run_to_end(f);
        assert_false(hears_missing_module(f));
}

static void test_no_data_path(void **state) {
        Fixture *f = *state;

        f->connect_error = -EPROTONOSUPPORT;
        start(f, "exit 0", &(TunnelSettings){ 0 });
        supervisor_hand_over_call(&f->supervisor, CALL_ID, &(TunnelSettings){ 0 });
        assert_int_equal(f->n_heard, 1);
        assert_int_equal(f->heard[0].type, TUNNEL_EVENT_CALL_FAILED);
        assert_int_equal(f->heard[0].stage, DIAGNOSIS_STAGE_SOCKET);
        assert_int_equal(f->heard[0].number, EPROTONOSUPPORT);
}

/* Its exit, and not that it could not be given the call, is what the tunnel is told. */
static void test_ends_before_the_call(void **state) {
        Fixture *f = *state;
        siginfo_t info;

        start(f, "exit 3", &(TunnelSettings){ 0 });
        assert_int_equal(waitid(P_PID, (id_t) pppd_get_pid(f->supervisor.pppd.process), &info,
                                WEXITED | WNOWAIT),
                         0);
        supervisor_hand_over_call(&f->supervisor, CALL_ID, &(TunnelSettings){ 0 });
        assert_int_equal(f->n_heard, 0);
        assert_int_equal(run_to_end(f)->number, 3);
}

static void test_no_program(void **state) {
        Fixture *f = *state;

        strcpy(f->script, "/nonexistent/pppd");
        supervisor_start_pppd(&f->supervisor, &(TunnelSettings){ 0 });
        assert_null(f->supervisor.pppd.plugin);
        assert_int_equal(f->n_heard, 1);
        assert_int_equal(f->heard[0].type, TUNNEL_EVENT_PPPD_FAILED);
        assert_int_equal(f->heard[0].stage, DIAGNOSIS_STAGE_PPPD);
        assert_int_equal(f->heard[0].number, ENOENT);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_arguments),
                TEST(test_what_the_plugin_is_told),
                TEST(test_output_that_a_firewall_drops),
                TEST(test_no_keep_alive),
                TEST(test_exit_status),
                TEST(test_killed),
                TEST(test_last_words_come_first),
                TEST(test_plugin_that_does_not_load),
                TEST(test_plugin_of_another_build),
                TEST(test_kernel_without_mppe),
                TEST(test_no_data_path),
                TEST(test_ends_before_the_call),
                TEST(test_no_program),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
