/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A service of Varlink at a socket that everybody on this machine may connect to. It carries calls
 * and replies, and answers those of org.varlink.service itself; what the others mean is the
 * caller's business.
 *
 * Nobody who connects can cost the process more than a little: a call has VARLINK_CALL_MAX_BYTES, a
 * connection has one reply under way, and no further call is read from it until that is taken;
 * connections are few for each user, end when they are idle, and are served after everything else.
 */

#include <stdbool.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#include "core/base/macros.h"
#include "core/varlink/varlink-message.h"

/* Of one user, and of all that are not root, for whom there is always room. */
#define VARLINK_USER_CONNECTIONS_MAX 8
#define VARLINK_OTHERS_CONNECTIONS_MAX 32
#define VARLINK_CONNECTIONS_MAX 64
/* A connection without a call under way ends after this. */
#define VARLINK_IDLE_USEC (30 * USEC_PER_SEC)

typedef struct VarlinkServer VarlinkServer;
typedef struct VarlinkConnection VarlinkConnection;

/* What a service is; all is borrowed, and static. */
typedef struct VarlinkService {
        const char *vendor, *product, *version, *url;
        const char *interface;   /* its name */
        const char *description; /* of the interface, as varlink.org has it */
        /* A call of one of its methods, "Describe". To be answered before it returns. */
        void (*on_call)(VarlinkConnection *c, const char *method, const VarlinkMessage *call,
                        void *userdata);
        /* Sends a follower of varlink_follow() what there is now. */
        void (*on_follow)(VarlinkConnection *c, void *userdata);
} VarlinkService;

/*
 * Listens at the path, in the place of what a predecessor may have left there. Returns 0, -ENOENT
 * if there is no such folder, or another negative errno.
 */
int varlink_server_new(sd_event *event, const char *path, const VarlinkService *service,
                       void *userdata, VarlinkServer **ret_server);
/* Hangs up, stops listening and removes the socket's path. Takes NULL; returns NULL. */
VarlinkServer *varlink_server_free(VarlinkServer *s);
DEFINE_FREEP(VarlinkServer, varlink_server_free)

/* Whether the process at the other end was root when it connected. */
bool varlink_connection_is_root(const VarlinkConnection *c);

/*
 * Answers a call: parameters is a JSON object, or NULL for an empty one. An answer that continues
 * is followed by others.
 */
void varlink_reply(VarlinkConnection *c, const char *parameters, bool continues);
/* Answers with an error, VARLINK_ERROR_*; the parameter and its text, or NULL for none. */
void varlink_fail(VarlinkConnection *c, const char *error, const char *parameter, const char *text);

/*
 * Makes the connection one that follows: on_follow() is called now, and after each
 * varlink_server_publish(). One that does not read gets the latest, when it reads again.
 */
void varlink_follow(VarlinkConnection *c);
/* Has on_follow() called for each connection that follows, at once or when it reads again. */
void varlink_server_publish(VarlinkServer *s);
