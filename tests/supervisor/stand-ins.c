/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "stand-ins.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/data-path/data-path.h"
#include "io/pppd.h"

const char *stand_in_pppd;

/* ---- data path ---- */

typedef struct StandInPath {
        DataPath path; /* first: a DataPath is a StandInPath to this file */
        int fds[2];    /* pppd's transport, and its far end, whose closing hangs pppd up */
        bool settled;
} StandInPath;

static uint16_t stand_in_get_call_id(_unused_ const DataPath *p) {
        return STAND_IN_CALL_ID;
}

static int stand_in_connect(_unused_ DataPath *p, uint16_t peer_call_id,
                            _unused_ bool only_encrypted) {

        return peer_call_id == 0 ? -EINVAL : 0;
}

static int stand_in_get_transport(const DataPath *p) {
        return ((const StandInPath *) p)->fds[0];
}

static size_t stand_in_get_early_frames(_unused_ const DataPath *p,
                                        const DataPathFrame **ret_frames) {

        *ret_frames = NULL;
        return 0;
}

static int stand_in_count_arrived(DataPath *p, uint64_t *ret_n_frames) {
        if (((StandInPath *) p)->settled)
                return -ENODATA;

        *ret_n_frames = p->n_received;
        return 0;
}

static int stand_in_test_output(_unused_ DataPath *p) {
        return 0;
}

static void stand_in_settle(DataPath *p) {
        ((StandInPath *) p)->settled = true;
}

static DataPath *stand_in_free(DataPath *p) {
        StandInPath *s = (StandInPath *) p;

        close(s->fds[0]);
        close(s->fds[1]);
        free(s);
        return NULL;
}

static const DataPathDriver stand_in_driver = {
        .name = "stand-in",
        .get_call_id = stand_in_get_call_id,
        .connect = stand_in_connect,
        .get_transport = stand_in_get_transport,
        .get_early_frames = stand_in_get_early_frames,
        .count_arrived = stand_in_count_arrived,
        .test_output = stand_in_test_output,
        .settle = stand_in_settle,
        .free = stand_in_free,
};

/* ---- what the linker puts in place ---- */

int __wrap_data_path_open(const DataPathDriver *driver, sd_event *event,
                          const DataPathOptions *options, DataPath **ret_path);
int __wrap_pppd_check_program(void);
int __wrap_pppd_check_device(void);
int __real_pppd_new(sd_event *event, const PppdOptions *options, PppdLineFunc on_line,
                    PppdExitedFunc on_exited, void *userdata, Pppd **ret_pppd);
int __wrap_pppd_new(sd_event *event, const PppdOptions *options, PppdLineFunc on_line,
                    PppdExitedFunc on_exited, void *userdata, Pppd **ret_pppd);

int __wrap_data_path_open(_unused_ const DataPathDriver *driver, _unused_ sd_event *event,
                          _unused_ const DataPathOptions *options, DataPath **ret_path) {

        StandInPath *s = calloc(1, sizeof(*s));

        if (!s)
                return -ENOMEM;
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, s->fds) < 0) {
                free(s);
                return -errno;
        }

        s->path.driver = &stand_in_driver;
        *ret_path = &s->path;
        return 0;
}

int __wrap_pppd_check_program(void) {
        return 0;
}

int __wrap_pppd_check_device(void) {
        return 0;
}

int __wrap_pppd_new(sd_event *event, const PppdOptions *options, PppdLineFunc on_line,
                    PppdExitedFunc on_exited, void *userdata, Pppd **ret_pppd) {

        PppdOptions ours = *options;

        ours.program = stand_in_pppd;
        return __real_pppd_new(event, &ours, on_line, on_exited, userdata, ret_pppd);
}
