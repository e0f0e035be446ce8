/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * One call's data path: the AF_PPPOX socket of the kernel's PPTP driver, which pppd inherits, and
 * beside it, until LCP is up, a raw GRE socket that sees what the driver cannot tell us.
 *
 * The driver drops GRE that arrives before call_socket_connect(), and many servers send their
 * first LCP packet with the Outgoing-Call-Reply: the raw socket catches it. It also hears ICMP
 * errors about what the driver sends.
 *
 * Closing the AF_PPPOX socket hangs pppd up; nothing else ends the call for sure.
 */

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "core/base/macros.h"
#include "io/data-path/gre-socket.h"

typedef struct CallSocket CallSocket;

/* A PPP frame, from the protocol field on. */
typedef GreSocketFrame CallSocketFrame;

/*
 * An ICMP error about our GRE. error is -ENOPROTOOPT (protocol unreachable: no GRE there),
 * -EMSGSIZE, -EHOSTUNREACH, …; offender is who said so, see icmp-watch.h. Runs from the event
 * loop; may free the socket. Repetitions are reported each.
 */
typedef void (*CallSocketErrorFunc)(CallSocket *s, int error, struct in_addr offender,
                                    void *userdata);

/*
 * Opens both sockets between two addresses. The kernel chooses a call id that is free in the whole
 * machine. Returns 0, -EAFNOSUPPORT or -EPROTONOSUPPORT (the kernel has no PPTP driver), -EPERM or
 * -EACCES (CAP_NET_RAW, unit too tight), -EADDRINUSE (no call id left), or another negative errno.
 * on_error may be NULL.
 */
int call_socket_new(sd_event *event, struct in_addr local_address, struct in_addr server,
                    CallSocketErrorFunc on_error, void *userdata, CallSocket **ret_socket);
/* Closes both: pppd, if it runs, sees a hangup. */
CallSocket *call_socket_free(CallSocket *s);
DEFINE_FREEP(CallSocket, call_socket_free)

/* Our call id, for the Outgoing-Call-Request. Never 0. */
uint16_t call_socket_get_id(const CallSocket *s);

/*
 * Sends the call's GRE by BindToDevice= (NULL or "": any) and FirewallMark= (0: none). To be called
 * before call_socket_connect(), which looks up the way. Returns 0 or a negative errno.
 */
int call_socket_restrict(CallSocket *s, const char *bind_to_device, uint32_t firewall_mark);

/*
 * Joins the driver to the peer's call id, from the Outgoing-Call-Reply. Returns 0 or a negative
 * errno.
 */
int call_socket_connect(CallSocket *s, uint16_t peer_call_id);

/* The AF_PPPOX descriptor, borrowed, for pppd to inherit. */
int call_socket_get_fd(const CallSocket *s);

/*
 * The frames that came before call_socket_connect(), in order of arrival: to be handed to pppd.
 * Call it right after connecting. A frame that came in the very moment may reach pppd twice, which
 * LCP takes for a repetition. Borrowed until call_socket_stop_watching(). Returns their number.
 */
size_t call_socket_get_early_frames(const CallSocket *s, const CallSocketFrame **ret_frames);

/*
 * Sends one GRE header without payload, which peers ignore, for the sake of the errno: -EPERM says
 * that a local firewall forbids GRE to go out, which the driver does not tell. Returns 0 or a
 * negative errno.
 */
int call_socket_test_output(CallSocket *s);

/*
 * LCP is up, or failed: closes the raw socket and forgets the frames. ICMP errors are still
 * reported, at no cost to the tunnel's packets.
 */
void call_socket_stop_watching(CallSocket *s);
