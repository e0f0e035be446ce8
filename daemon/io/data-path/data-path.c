/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/data-path/data-path.h"

int data_path_open(const DataPathDriver *driver, sd_event *event, const DataPathOptions *options,
                   DataPath **ret_path) {

        return driver->open(event, options, ret_path);
}

DataPath *data_path_free(DataPath *p) {
        return p ? p->driver->free(p) : NULL;
}

uint16_t data_path_get_call_id(const DataPath *p) {
        return p->driver->get_call_id(p);
}

int data_path_connect(DataPath *p, uint16_t peer_call_id, bool only_encrypted) {
        return p->driver->connect(p, peer_call_id, only_encrypted);
}

int data_path_get_transport(const DataPath *p) {
        return p->driver->get_transport(p);
}

size_t data_path_get_early_frames(const DataPath *p, const DataPathFrame **ret_frames) {
        return p->driver->get_early_frames(p, ret_frames);
}

void data_path_count(DataPath *p) {
        p->n_received++;
}

int data_path_get_counters(DataPath *p, DataPathCounters *ret_counters) {
        uint64_t n_arrived;
        int r;

        r = p->driver->count_arrived(p, &n_arrived);
        if (r < 0)
                return r;

        *ret_counters = (DataPathCounters){ .n_arrived = n_arrived, .n_received = p->n_received };
        return 0;
}

int data_path_test_output(DataPath *p) {
        return p->driver->test_output(p);
}

void data_path_settle(DataPath *p) {
        p->driver->settle(p);
}
