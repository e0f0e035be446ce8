/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/names/names-cover.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "core/base/text.h"
#include "core/base/tunnel-tag.h"

/* With what mends it, as the other texts of what an administrator can mend. */
#define NO_RESOLVED "systemd-resolved is not there; run \"systemctl enable --now systemd-resolved\""
#define INTERFACE_CHANGED "somebody changes the interface that refuses them"

typedef enum CoverMode {
        COVER_OFF,
        COVER_ASKING,
        COVER_MAKING,
        COVER_PUSHING,
        COVER_STANDING,
        COVER_WAITING,
} CoverMode;

struct NamesCover {
        const Config *config; /* borrowed */
        char ifname[NAMES_COVER_IFNAME_MAX_BYTES];
        bool started;

        CoverMode mode;
        uint64_t deadline_usec;                    /* of the mode; USEC_INFINITY: none */
        char left_out[NAMES_COVER_TEXT_MAX_BYTES]; /* why a domain is not wanted; "": all are */

        bool open;    /* the connection to pptp-names */
        bool present; /* it has said that systemd-resolved is there */

        uint32_t ifindex; /* of the interface; 0: there is none, as far as is known */
        bool is_up;       /* likewise */
        bool doubtful;    /* announcements were lost since it was made */

        uint64_t stood_usec; /* since when it stands, or did last */
        uint64_t pause_usec; /* before the next try */
        uint64_t since_usec; /* when it ceased to stand, or was first wanted */
        uint64_t tell_usec;  /* when to tell what is wrong; USEC_INFINITY: never */
        bool told;
        char trouble[NAMES_COVER_TEXT_MAX_BYTES]; /* "": none */

        NamesMessage request; /* the last one that was sent; its names are what is wanted */
        NamesSet offered;     /* names of the server's last offer */
};

/* ---- actions ---- */

static NamesCoverAction *add_action(NamesCoverActions *actions, NamesCoverActionType type) {
        NamesCoverAction *a;

        assert(actions->n_items < NAMES_COVER_ACTIONS_MAX);
        a = &actions->items[actions->n_items++];
        *a = (NamesCoverAction){ .type = type };
        return a;
}

static void add_log(NamesCoverActions *actions, int priority, bool fault, const char *first,
                    const char *second) {

        NamesCoverAction *a = add_action(actions, NAMES_COVER_ACTION_LOG);

        a->log.priority = priority;
        a->log.fault = fault;
        snprintf(a->log.text, sizeof(a->log.text), "%s%s", first, second);
}

static void set_mode(NamesCover *c, CoverMode mode, uint64_t deadline_usec) {
        c->mode = mode;
        c->deadline_usec = deadline_usec;
}

static void close_channel(NamesCover *c, NamesCoverActions *actions) {
        if (c->open)
                add_action(actions, NAMES_COVER_ACTION_CLOSE);
        c->open = c->present = false;
}

/* ---- outcomes ---- */

/* How long to wait before the next try. The first comes at once, the others ever more rarely. */
static uint64_t take_pause(NamesCover *c) {
        uint64_t pause = c->pause_usec;

        c->pause_usec =
                pause == 0 ? NAMES_COVER_RETRY_USEC : MIN(2 * pause, NAMES_COVER_RETRY_MAX_USEC);
        return pause;
}

static void tell(NamesCover *c, NamesCoverActions *actions) {
        c->tell_usec = USEC_INFINITY;
        if (!c->told)
                add_log(actions, LOG_WARNING, true,
                        "Names are asked elsewhere while the tunnel is down: ", c->trouble);
        c->told = true;
}

/* The names are not refused. at_usec: when to try again. */
static void fail(NamesCover *c, const char *text, uint64_t at_usec) {
        text_escape(c->trouble, sizeof(c->trouble), text, strlen(text));
        set_mode(c, COVER_WAITING, at_usec);
        if (!c->told)
                c->tell_usec = c->since_usec + NAMES_COVER_TELL_USEC;
}

/* Somebody took away what stood. */
static void lose(NamesCover *c, const char *text, uint64_t now) {
        c->since_usec = now;
        if (now >= c->stood_usec + NAMES_COVER_RETRY_MAX_USEC)
                c->pause_usec = 0;
        fail(c, text, now + take_pause(c));
}

/* Looks whether the interface still is as it was made. */
static void check(NamesCover *c, NamesCoverActions *actions) {
        c->doubtful = false;
        add_action(actions, NAMES_COVER_ACTION_MAKE_LINK);
}

static void stand(NamesCover *c, uint64_t now, NamesCoverActions *actions) {
        set_mode(c, COVER_STANDING, USEC_INFINITY);
        c->stood_usec = now;
        c->tell_usec = USEC_INFINITY;
        c->trouble[0] = '\0';
        if (c->told)
                add_log(actions, LOG_NOTICE, false,
                        "The tunnel's names are refused now while it is down", "");
        c->told = false;
        add_action(actions, NAMES_COVER_ACTION_STOOD);
        if (c->doubtful)
                check(c, actions);
}

/* ---- what leads there ---- */

/* Makes sure of the interface first: it may be a predecessor's, or somebody may have removed it. */
static void go_on(NamesCover *c, uint64_t now, NamesCoverActions *actions) {
        if (!c->open) {
                c->open = true;
                add_action(actions, NAMES_COVER_ACTION_OPEN);
                set_mode(c, COVER_ASKING, now + NAMES_COVER_ANSWER_USEC);
        } else if (!c->present)
                fail(c, NO_RESOLVED, USEC_INFINITY);
        else {
                add_action(actions, NAMES_COVER_ACTION_MAKE_LINK);
                set_mode(c, COVER_MAKING, USEC_INFINITY);
                c->doubtful = false;
        }
}

/* While pptp-names is asked for systemd-resolved, the answer counts for the new names as well. */
static void begin(NamesCover *c, uint64_t now, NamesCoverActions *actions) {
        if (c->mode == COVER_ASKING)
                return;

        c->since_usec = now;
        c->pause_usec = 0;
        go_on(c, now, actions);
}

static void end(NamesCover *c, NamesCoverActions *actions) {
        close_channel(c, actions);
        add_action(actions, NAMES_COVER_ACTION_REMOVE_LINK);
        set_mode(c, COVER_OFF, USEC_INFINITY);
        c->ifindex = 0;
        c->tell_usec = USEC_INFINITY;
        c->told = false;
        c->trouble[0] = '\0';
}

/* Notes the server whose name is in the way of some domains, or NULL, and tells of it once. */
static void note_left_out(NamesCover *c, const char *server, NamesCoverActions *actions) {
        char text[NAMES_COVER_TEXT_MAX_BYTES] = "";

        if (server)
                snprintf(
                        text, sizeof(text),
                        "the server's own name, %s, is below one of Domains=; write its address into "
                        "Server=",
                        server);

        if (strcmp(text, c->left_out) == 0)
                return;

        memcpy(c->left_out, text, sizeof(c->left_out));
        if (server)
                add_log(actions, LOG_WARNING, true,
                        "Names are asked elsewhere while the tunnel is down: ", c->left_out);
}

/* Compares what is wanted with what was, unless it is the first time (always). */
static void refresh(NamesCover *c, bool always, uint64_t now, NamesCoverActions *actions) {
        NamesSet wanted;

        if (!c->started)
                return;

        note_left_out(c, names_set_make_cover(c->config, &c->offered, &wanted), actions);
        if (!always && names_set_equal(&wanted, &c->request.set.names))
                return;

        names_set_copy(&c->request.set.names, &wanted);
        if (wanted.n_domains > 0)
                begin(c, now, actions);
        else
                end(c, actions);
}

/* ---- events ---- */

/* Whoever took the interface away may do it again: it is put back as after an announcement. */
static void on_link_checked(NamesCover *c, const NamesCoverEvent *event, uint64_t now) {
        bool same = event->made.error >= 0 && event->made.ifindex == c->ifindex &&
                event->made.was_up && event->made.had_address;

        if (!same)
                lose(c, INTERFACE_CHANGED, now);
}

static void on_link_made(NamesCover *c, const NamesCoverEvent *event, uint64_t now,
                         NamesCoverActions *actions) {

        char text[NAMES_COVER_TEXT_MAX_BYTES];

        if (c->mode == COVER_STANDING) {
                on_link_checked(c, event, now);
                return;
        }
        if (c->mode != COVER_MAKING)
                return;

        if (event->made.error < 0) {
                if (event->made.error == -EOPNOTSUPP)
                        snprintf(text, sizeof(text),
                                 "the kernel has no module \"dummy\"; the distribution's full one "
                                 "has it");
                else
                        snprintf(text, sizeof(text), "no interface %s can be made: %s", c->ifname,
                                 strerrordesc_np(-event->made.error));
                fail(c, text, now + take_pause(c));
                return;
        }

        c->ifindex = event->made.ifindex;
        c->is_up = event->made.was_up;
        c->request.type = NAMES_COVER;
        c->request.serial++;
        c->request.set.ifindex = c->ifindex;
        memcpy(c->request.set.ifname, c->ifname, sizeof(c->request.set.ifname));
        add_action(actions, NAMES_COVER_ACTION_SEND)->message = &c->request;
        set_mode(c, COVER_PUSHING, now + NAMES_COVER_ANSWER_USEC);
}

/*
 * The announcements of what was made are heard later than the answer; so that it is down counts
 * only after it was up.
 */
static void on_link(NamesCover *c, const NamesCoverEvent *event, uint64_t now) {
        bool gone;

        if (c->ifindex == 0 || event->link.ifindex != c->ifindex)
                return;

        gone = event->link.lost || (c->is_up && !event->link.up);
        c->is_up = event->link.up && !gone;
        if (gone && (c->mode == COVER_PUSHING || c->mode == COVER_STANDING))
                lose(c, INTERFACE_CHANGED, now);
}

/* What was lost may have been about the interface; it is looked at once systemd-resolved has it. */
static void on_resync(NamesCover *c, NamesCoverActions *actions) {
        if (c->mode == COVER_STANDING)
                check(c, actions);
        else if (c->mode == COVER_PUSHING)
                c->doubtful = true;
}

static void on_resolver(NamesCover *c, bool present, uint64_t now, NamesCoverActions *actions) {
        bool appeared = present && !c->present;

        c->present = present;
        switch (c->mode) {
        case COVER_ASKING:
                go_on(c, now, actions);
                return;
        case COVER_WAITING:
                if (appeared)
                        go_on(c, now, actions);
                return;
        case COVER_PUSHING:
        case COVER_STANDING:
                /* What it knows of links goes with it, or not: it is told again when it is back. */
                if (!present) {
                        c->since_usec = now;
                        go_on(c, now, actions);
                }
                return;
        case COVER_OFF:
        case COVER_MAKING:
                return;
        }
}

static void on_pushed(NamesCover *c, const NamesMessage *m, uint64_t now,
                      NamesCoverActions *actions) {

        switch (m->done.result) {
        case NAMES_RESULT_DONE:
                stand(c, now, actions);
                return;
        case NAMES_RESULT_ABSENT:
                c->present = false;
                go_on(c, now, actions);
                return;
        case NAMES_RESULT_NO_LINK:
                if (now < c->since_usec + NAMES_COVER_TELL_USEC)
                        fail(c, "systemd-resolved does not know the interface",
                             now + NAMES_COVER_LINK_USEC);
                else
                        fail(c, "systemd-resolved does not know the interface",
                             now + take_pause(c));
                return;
        case NAMES_RESULT_MANAGED:
                fail(c, "systemd-networkd manages the interface that is to refuse them",
                     now + take_pause(c));
                return;
        case NAMES_RESULT_NO_SPLIT:
        case NAMES_RESULT_REFUSED:
                fail(c, m->done.text[0] ? m->done.text : "systemd-resolved does not take them",
                     now + take_pause(c));
                return;
        case _NAMES_RESULT_MAX:
                return;
        }
}

static void on_message(NamesCover *c, const NamesMessage *m, uint64_t now,
                       NamesCoverActions *actions) {

        if (m->type == NAMES_RESOLVER)
                on_resolver(c, m->resolver.present, now, actions);
        else if (m->type == NAMES_LOST && c->mode == COVER_STANDING)
                lose(c, "somebody takes them out of systemd-resolved", now);
        else if (m->type == NAMES_DONE && c->mode == COVER_PUSHING &&
                 m->serial == c->request.serial)
                on_pushed(c, m, now, actions);
}

/* What systemd-resolved was told stays with it; so the names may be refused all the same. */
static void on_closed(NamesCover *c, uint64_t now) {
        bool was_present = c->present;

        c->open = c->present = false;
        if (c->mode == COVER_OFF)
                return;

        if (c->mode == COVER_STANDING)
                c->since_usec = now;
        fail(c, was_present ? "pptp-names has ended" : NO_RESOLVED, now + take_pause(c));
}

static void on_timer(NamesCover *c, uint64_t now, NamesCoverActions *actions) {
        if (now >= c->tell_usec)
                tell(c, actions);
        if (now < c->deadline_usec)
                return;

        if (c->mode == COVER_WAITING) {
                go_on(c, now, actions);
                return;
        }

        close_channel(c, actions);
        fail(c, "systemd-resolved does not answer", now + take_pause(c));
}

void names_cover_step(NamesCover *c, const NamesCoverEvent *event, uint64_t now_usec,
                      NamesCoverActions *ret_actions) {

        ret_actions->n_items = 0;

        switch (event->type) {
        case NAMES_COVER_CONFIGURE:
                c->config = event->config;
                refresh(c, false, now_usec, ret_actions);
                return;
        case NAMES_COVER_START:
                c->started = true;
                refresh(c, true, now_usec, ret_actions);
                return;
        case NAMES_COVER_OFFER:
                names_set_make_offered(event->offer, &c->offered);
                refresh(c, false, now_usec, ret_actions);
                return;
        case NAMES_COVER_LINK_MADE:
                on_link_made(c, event, now_usec, ret_actions);
                return;
        case NAMES_COVER_LINK:
                on_link(c, event, now_usec);
                return;
        case NAMES_COVER_RESYNC:
                on_resync(c, ret_actions);
                return;
        case NAMES_COVER_MESSAGE:
                on_message(c, event->message, now_usec, ret_actions);
                return;
        case NAMES_COVER_CLOSED:
                on_closed(c, now_usec);
                return;
        case NAMES_COVER_TIMER:
                on_timer(c, now_usec, ret_actions);
                return;
        }
}

/* ---- what others may ask ---- */

uint64_t names_cover_next_deadline(const NamesCover *c) {
        return MIN(c->deadline_usec, c->tell_usec);
}

void names_cover_get_state(const NamesCover *c, NamesCoverState *ret_state) {
        *ret_state = (NamesCoverState){
                .names = &c->request.set.names,
                .standing = c->mode == COVER_STANDING,
                .ifname = c->ifname,
                .ifindex = c->ifindex,
                .trouble = c->told ? c->trouble : c->left_out,
        };
}

const char *names_cover_get_ifname(const char *tunnel, char buffer[NAMES_COVER_IFNAME_MAX_BYTES]) {
        snprintf(buffer, NAMES_COVER_IFNAME_MAX_BYTES, NAMES_COVER_IFNAME_PREFIX "%07x",
                 (unsigned) tunnel_tag_make(tunnel));
        return buffer;
}

NamesCover *names_cover_new(const char *tunnel) {
        NamesCover *c;

        c = malloc(sizeof(*c));
        if (!c)
                return NULL;

        /* All but the names, most of which stay unused. */
        memset(c, 0, offsetof(NamesCover, request.set.names));
        names_set_clear(&c->request.set.names);
        names_set_clear(&c->offered);
        c->deadline_usec = c->tell_usec = USEC_INFINITY;
        (void) names_cover_get_ifname(tunnel, c->ifname);
        return c;
}

NamesCover *names_cover_free(NamesCover *c) {
        free(c);
        return NULL;
}
