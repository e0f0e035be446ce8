/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * systemd-resolved over the system's bus: org.freedesktop.resolve1(5).
 */

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "core/base/macros.h"
#include "core/names/names-cover.h"
#include "io/resolved-question.h"
#include "names/backend.h"

#define BUS_NAME "org.freedesktop.DBus"
#define BUS_PATH "/org/freedesktop/DBus"

/* It writes its resolv.conf anew here, by rename(2), whenever any link's name servers change. */
#define RESOLVED_DIRECTORY "/run/systemd/resolve"

/* The calls of a SET or COVER, and one to take back what was. */
#define REQUEST_CALLS_MAX 4

struct Backend {
        sd_bus *bus;
        sd_bus_slot *owner_slot;   /* NameOwnerChanged */
        sd_bus_slot *changed_slot; /* PropertiesChanged */
        sd_bus_slot *look_slot;    /* what it has, under way */
        sd_event_source *directory;
        BackendEvents events;
        bool known;
        bool present;
        bool others;
};

struct BackendRequest {
        Backend *backend;
        BackendOrder order;
        sd_bus_slot *slots[REQUEST_CALLS_MAX];
        size_t n_calls;
        size_t n_answers;
        bool reverting;
        bool covering;
        NamesResult result; /* of the first call that failed */
        char text[NAMES_TEXT_MAX_BYTES];
};

/* ---- what there is ---- */

static void resolved_set_state(Backend *b, bool present, bool others) {
        bool changed = !b->known || b->present != present || b->others != others;

        b->known = true;
        b->present = present;
        b->others = others;
        if (changed)
                b->events.on_changed(b->events.userdata);
}

/* A cover may be of a tunnel whose supervisor was killed, and is not connected. */
static bool is_of_cover(const void *address, size_t n_address) {
        const in_addr_t of_cover = htonl(NAMES_COVER_ADDRESS);

        return n_address == sizeof(of_cover) && memcmp(address, &of_cover, n_address) == 0;
}

/* a(iiay): the link, or 0 for those of all links; the family; the address. */
static int resolved_read_servers(Backend *b, sd_bus_message *answer, bool *ret_others) {
        bool others = false;
        int r;

        r = sd_bus_message_enter_container(answer, 'v', "a(iiay)");
        if (r >= 0)
                r = sd_bus_message_enter_container(answer, 'a', "(iiay)");
        if (r < 0)
                return r;

        while ((r = sd_bus_message_enter_container(answer, 'r', "iiay")) > 0) {
                const void *address;
                size_t n_address;
                int ifindex;
                bool ours;

                r = sd_bus_message_read(answer, "i", &ifindex);
                if (r >= 0)
                        r = sd_bus_message_skip(answer, "i");
                if (r >= 0)
                        r = sd_bus_message_read_array(answer, 'y', &address, &n_address);
                if (r >= 0)
                        r = sd_bus_message_exit_container(answer);
                if (r < 0)
                        return r;

                ours = ifindex > 0 && b->events.on_link((uint32_t) ifindex, b->events.userdata);
                if (!ours && !is_of_cover(address, n_address))
                        others = true;
        }
        if (r < 0)
                return r;

        *ret_others = others;
        return 0;
}

static int on_looked(sd_bus_message *answer, void *userdata, _unused_ sd_bus_error *error) {
        Backend *b = userdata;
        bool others = false;

        b->look_slot = sd_bus_slot_unref(b->look_slot);
        if (sd_bus_message_is_method_error(answer, NULL))
                resolved_set_state(b, false, false);
        else if (resolved_read_servers(b, answer, &others) >= 0) {
                resolved_set_state(b, true, others);
                b->events.on_looked(b->events.userdata);
        }

        return 0;
}

/*
 * Asks what name servers it has, which also tells whether it is there. The latest question counts.
 */
static int resolved_look(Backend *b) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *question = NULL;
        int r;

        b->look_slot = sd_bus_slot_unref(b->look_slot);
        r = resolved_question_new(b->bus, &question);
        if (r >= 0)
                r = sd_bus_call_async(b->bus, &b->look_slot, question, on_looked, b,
                                      RESOLVED_CALL_USEC);

        return r;
}

/* What it knew of links is gone, or will be: one that restarts was absent for a moment. */
static int on_owner_changed(sd_bus_message *m, void *userdata, _unused_ sd_bus_error *error) {
        const char *name, *old_owner, *new_owner;
        Backend *b = userdata;

        if (sd_bus_message_read(m, "sss", &name, &old_owner, &new_owner) < 0)
                return 0;

        b->look_slot = sd_bus_slot_unref(b->look_slot);
        resolved_set_state(b, false, false);
        if (new_owner[0] != '\0')
                (void) resolved_look(b);

        return 0;
}

static int on_properties_changed(_unused_ sd_bus_message *m, void *userdata,
                                 _unused_ sd_bus_error *error) {

        Backend *b = userdata;

        if (b->present)
                (void) resolved_look(b);
        return 0;
}

static int on_directory_changed(_unused_ sd_event_source *source,
                                _unused_ const struct inotify_event *event, void *userdata) {

        Backend *b = userdata;

        if (b->present)
                (void) resolved_look(b);
        return 0;
}

/* It announces only some changes over the bus. Where the directory is not there, those must do. */
static void resolved_watch_directory(Backend *b, sd_event *event) {
        int r;

        r = sd_event_add_inotify(event, &b->directory, RESOLVED_DIRECTORY, IN_MOVED_TO | IN_ONLYDIR,
                                 on_directory_changed, b);
        if (r >= 0)
                (void) sd_event_source_set_description(b->directory, "resolve-directory");
}

static bool resolved_get_state(const Backend *b, bool *ret_present, bool *ret_others) {
        *ret_present = b->present;
        *ret_others = b->others;
        return b->known;
}

/* ---- requests ---- */

static NamesResult find_result(const sd_bus_error *error) {
        static const struct {
                const char *name;
                NamesResult result;
        } rows[] = {
                { RESOLVED_NAME ".NoSuchLink", NAMES_RESULT_NO_LINK },
                { RESOLVED_NAME ".LinkBusy", NAMES_RESULT_MANAGED },
                { BUS_NAME ".Error.ServiceUnknown", NAMES_RESULT_ABSENT },
                { BUS_NAME ".Error.NameHasNoOwner", NAMES_RESULT_ABSENT },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                if (sd_bus_error_has_name(error, rows[i].name))
                        return rows[i].result;

        return NAMES_RESULT_REFUSED;
}

static BackendRequest *resolved_cancel(BackendRequest *q) {
        if (!q)
                return NULL;

        for (size_t i = 0; i < q->n_calls; i++)
                sd_bus_slot_unref(q->slots[i]);
        free(q);
        return NULL;
}
static void resolved_cancelp(BackendRequest **q) {
        resolved_cancel(*q);
}

static int resolved_revert(Backend *b, const BackendOrder *order, BackendRequest **ret_request);

static void resolved_finish(BackendRequest *q) {
        /* What is gone or was never there is taken back. */
        if (q->reverting)
                q->result = NAMES_RESULT_DONE;
        else if (q->result != NAMES_RESULT_DONE && !q->covering)
                (void) resolved_revert(q->backend, &(BackendOrder){ .link = q->order.link }, NULL);

        q->order.on_done(q, q->result, q->text, q->order.userdata);
}

static int on_answered(sd_bus_message *answer, void *userdata, _unused_ sd_bus_error *unused) {
        const sd_bus_error *error = sd_bus_message_get_error(answer);
        BackendRequest *q = userdata;

        if (error && q->result == NAMES_RESULT_DONE) {
                q->result = find_result(error);
                snprintf(q->text, sizeof(q->text), "%s", error->message ?: error->name);
        }

        if (++q->n_answers == q->n_calls)
                resolved_finish(q);
        return 0;
}

/* Adds a call about the link, which is sent at once: they are answered in their order. */
static int request_send(BackendRequest *q, sd_bus_message *call) {
        int r;

        assert(q->n_calls < REQUEST_CALLS_MAX);
        r = sd_bus_call_async(q->backend->bus, &q->slots[q->n_calls], call, on_answered, q,
                              RESOLVED_CALL_USEC);
        if (r < 0)
                return r;

        q->n_calls++;
        return 0;
}

static int request_begin_call(BackendRequest *q, const char *method, sd_bus_message **ret_call) {
        int r;

        r = resolved_call_new(q->backend->bus, RESOLVED_MANAGER, method, ret_call);
        if (r < 0)
                return r;

        return sd_bus_message_append(*ret_call, "i", (int) q->order.link.ifindex);
}

static int send_revert(BackendRequest *q) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        int r;

        r = request_begin_call(q, "RevertLink", &call);
        return r < 0 ? r : request_send(q, call);
}

static int send_default_route(BackendRequest *q, const NamesSet *names) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        int r;

        r = request_begin_call(q, "SetLinkDefaultRoute", &call);
        if (r >= 0)
                r = sd_bus_message_append(call, "b", names->default_route);

        return r < 0 ? r : request_send(q, call);
}

static int send_domains(BackendRequest *q, const NamesSet *names) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        int r;

        r = request_begin_call(q, "SetLinkDomains", &call);
        if (r >= 0)
                r = sd_bus_message_open_container(call, 'a', "(sb)");
        for (size_t i = 0; i < names->n_domains && r >= 0; i++)
                r = sd_bus_message_append(call, "(sb)", names->domains[i].name,
                                          names->domains[i].route_only);
        if (r >= 0)
                r = sd_bus_message_close_container(call);

        return r < 0 ? r : request_send(q, call);
}

static int append_server(sd_bus_message *call, struct in_addr server) {
        int r;

        r = sd_bus_message_open_container(call, 'r', "iay");
        if (r >= 0)
                r = sd_bus_message_append(call, "i", AF_INET);
        if (r >= 0)
                r = sd_bus_message_append_array(call, 'y', &server.s_addr, sizeof(server.s_addr));
        if (r >= 0)
                r = sd_bus_message_close_container(call);

        return r;
}

static int send_servers(BackendRequest *q, const NamesSet *names) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        int r;

        r = request_begin_call(q, "SetLinkDNS", &call);
        if (r >= 0)
                r = sd_bus_message_open_container(call, 'a', "(iay)");
        for (size_t i = 0; i < names->n_servers && r >= 0; i++)
                r = append_server(call, names->servers[i]);
        if (r >= 0)
                r = sd_bus_message_close_container(call);

        return r < 0 ? r : request_send(q, call);
}

/* The name server on which nobody listens, with the port, which SetLinkDNS does not take. */
static int send_dead_server(BackendRequest *q) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        const in_addr_t address = htonl(NAMES_COVER_ADDRESS);
        int r;

        r = request_begin_call(q, "SetLinkDNSEx", &call);
        if (r >= 0)
                r = sd_bus_message_open_container(call, 'a', "(iayqs)");
        if (r >= 0)
                r = sd_bus_message_open_container(call, 'r', "iayqs");
        if (r >= 0)
                r = sd_bus_message_append(call, "i", AF_INET);
        if (r >= 0)
                r = sd_bus_message_append_array(call, 'y', &address, sizeof(address));
        if (r >= 0)
                r = sd_bus_message_append(call, "qs", NAMES_COVER_PORT, "");
        if (r >= 0)
                r = sd_bus_message_close_container(call);
        if (r >= 0)
                r = sd_bus_message_close_container(call);

        return r < 0 ? r : request_send(q, call);
}

static BackendRequest *request_new(Backend *b, const BackendOrder *order) {
        BackendRequest *q = malloc(sizeof(*q));

        if (q)
                *q = (BackendRequest){ .backend = b, .order = *order };
        return q;
}

/*
 * The name servers last: a link that has some and no domains yet would be asked all names, until
 * the other calls are through.
 */
static int resolved_register(Backend *b, const BackendOrder *order, const NamesSet *names,
                             bool covering, BackendRequest **ret_request) {

        _cleanup_(resolved_cancelp) BackendRequest *q = NULL;
        int r;

        q = request_new(b, order);
        if (!q)
                return -ENOMEM;

        q->covering = covering;
        r = order->anew ? send_revert(q) : 0;
        if (r >= 0)
                r = send_default_route(q, names);
        if (r >= 0)
                r = send_domains(q, names);
        if (r >= 0)
                r = covering ? send_dead_server(q) : send_servers(q, names);
        if (r < 0)
                return r;

        *ret_request = steal_pointer(q);
        return 0;
}

static int resolved_set(Backend *b, const BackendOrder *order, const NamesSet *names,
                        BackendRequest **ret_request) {

        return resolved_register(b, order, names, false, ret_request);
}

static int resolved_cover(Backend *b, const BackendOrder *order, const NamesSet *names,
                          BackendRequest **ret_request) {

        return resolved_register(b, order, names, true, ret_request);
}

static int resolved_revert(Backend *b, const BackendOrder *order, BackendRequest **ret_request) {

        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        _cleanup_(resolved_cancelp) BackendRequest *q = NULL;
        int r;

        q = request_new(b, order);
        if (!q)
                return -ENOMEM;

        q->reverting = true;
        r = request_begin_call(q, "RevertLink", &call);
        if (r < 0)
                return r;
        if (!order->on_done)
                return sd_bus_send(b->bus, call, NULL);

        r = request_send(q, call);
        if (r < 0)
                return r;

        *ret_request = steal_pointer(q);
        return 0;
}

/* ---- its life ---- */

static Backend *resolved_destroy(Backend *b) {
        if (!b)
                return NULL;

        sd_bus_slot_unref(b->look_slot);
        sd_bus_slot_unref(b->changed_slot);
        sd_bus_slot_unref(b->owner_slot);
        sd_event_source_disable_unref(b->directory);
        sd_bus_flush_close_unref(b->bus);
        free(b);
        return NULL;
}
static void resolved_destroyp(Backend **b) {
        resolved_destroy(*b);
}

static int resolved_subscribe(Backend *b) {
        int r;

        r = sd_bus_add_match_async(b->bus, &b->owner_slot,
                                   "type='signal',sender='" BUS_NAME "',path='" BUS_PATH
                                   "',interface='" BUS_NAME
                                   "',member='NameOwnerChanged',arg0='" RESOLVED_NAME "'",
                                   on_owner_changed, NULL, b);
        if (r < 0)
                return r;

        return sd_bus_match_signal_async(b->bus, &b->changed_slot, RESOLVED_NAME, RESOLVED_PATH,
                                         "org.freedesktop.DBus.Properties", "PropertiesChanged",
                                         on_properties_changed, NULL, b);
}

static int resolved_create(sd_event *event, const BackendEvents *events, Backend **ret_backend) {
        _cleanup_(resolved_destroyp) Backend *b = NULL;
        int r;

        b = malloc(sizeof(*b));
        if (!b)
                return -ENOMEM;
        *b = (Backend){ .events = *events };

        r = sd_bus_open_system(&b->bus);
        if (r < 0)
                return r;

        r = sd_bus_attach_event(b->bus, event, SD_EVENT_PRIORITY_NORMAL);
        if (r >= 0)
                r = sd_bus_set_exit_on_disconnect(b->bus, true);
        if (r >= 0)
                r = resolved_subscribe(b);
        if (r >= 0)
                r = resolved_look(b);
        if (r < 0)
                return r;

        resolved_watch_directory(b, event);
        *ret_backend = steal_pointer(b);
        return 0;
}

const BackendType backend_resolved = {
        .create = resolved_create,
        .destroy = resolved_destroy,
        .get_state = resolved_get_state,
        .set = resolved_set,
        .cover = resolved_cover,
        .revert = resolved_revert,
        .cancel = resolved_cancel,
};
