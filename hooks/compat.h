/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The plugin interfaces of pppd 2.4.9 and 2.5.x behind one set of names, pppd_*. Every file of the
 * plugin includes this first, and nothing else of pppd's.
 *
 * pppd 2.4.9 defines a `bool` of its own, an unsigned char, and its structs are made of it, while
 * our headers mean C's. So ours come first, then bool is let go of while pppd's headers are read,
 * and comes back after them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/ppp-comp.h>
#include <linux/ppp_defs.h>
#include <netinet/in.h>

#include "core/base/macros.h"
#include "core/ppp/mppe.h"
#include "core/ppp/plugin-message.h"

#if __has_include(<pppd/pppdconf.h>)
#define PPPD_COMPAT_25 1
#else
#define PPPD_COMPAT_25 0
#endif

#if PPPD_COMPAT_25

#include <stdarg.h>
#include <stdio.h>
#include <sys/time.h>
#include <sys/types.h>

#include <pppd/pppdconf.h>
#include <pppd/pppd.h>
#include <pppd/options.h>
#include <pppd/fsm.h>
#include <pppd/lcp.h>
#include <pppd/ipcp.h>
#include <pppd/eui64.h>
#include <pppd/ipv6cp.h>
#include <pppd/ccp.h>
#include <pppd/chap.h>
#include <pppd/mppe.h>

#ifndef PPP_WITH_MPPE
#error "this pppd was built without MPPE"
#endif

typedef struct option PppdOption;

/* In pppd's private headers, yet exported. */
extern char path_ipup[], path_ipdown[], path_ippreup[], path_ipv6up[], path_ipv6down[];
/*
 * Asks the kernel for how long nothing was sent or received on the unit. Returns 1, or 0 if the
 * kernel cannot tell.
 */
int get_idle_time(int unit, struct ppp_idle *ret_idle);
/* Sends a frame on the unit: its address and control fields, the PPP protocol, then the rest. */
void output(int unit, unsigned char *data, int n_data);
/*
 * Gives the kernel a compressor with its parameters, behind MPPE's option the key. Returns 1 if it
 * takes them, 0 if it does not take the parameters, -1 if it does not know the compressor.
 */
int ccp_test(int unit, unsigned char *option, int n_option, int for_transmit);
/* Tells the kernel whether CCP is open, and whether it is up: what it sends is compressed then. */
void ccp_flags_set(int unit, int is_open, int is_up);

#else

#undef bool
#include <pppd/pppd.h>
#include <pppd/fsm.h>
#include <pppd/lcp.h>
#include <pppd/ipcp.h>
#include <pppd/ipv6cp.h>
#include <pppd/ccp.h>
#include <pppd/chap-new.h>
#include <pppd/chap_ms.h>
#define bool _Bool

#define PPPD_VERSION VERSION

typedef option_t PppdOption;

#endif

/*
 * pppd's descriptor of the unit in /dev/ppp. The kernel has looked into every packet that can be
 * read there (ppp_ccp_peek() of ppp_generic.c).
 */
extern int ppp_dev_fd;

static inline int pppd_get_status(void) {
#if PPPD_COMPAT_25
        return ppp_status();
#else
        return status;
#endif
}

static inline void pppd_set_status(int code) {
#if PPPD_COMPAT_25
        ppp_set_status(code);
#else
        status = code;
#endif
}

static inline const char *pppd_get_ifname(void) {
#if PPPD_COMPAT_25
        return ppp_ifname();
#else
        return ifname;
#endif
}

static inline void pppd_set_device_name(const char *name) {
#if PPPD_COMPAT_25
        ppp_set_pppdevnam(name);
#else
        strlcpy(ppp_devnam, name, sizeof(ppp_devnam));
#endif
}

static inline int pppd_get_mtu(int unit) {
#if PPPD_COMPAT_25
        return ppp_get_mtu(unit);
#else
        return netif_get_mtu(unit);
#endif
}

static inline void pppd_set_mtu(int unit, int mtu_bytes) {
#if PPPD_COMPAT_25
        ppp_set_mtu(unit, mtu_bytes);
#else
        netif_set_mtu(unit, mtu_bytes);
#endif
}

/* There is no modem, whose lines pppd would wait for. */
static inline void pppd_set_no_modem(void) {
#if PPPD_COMPAT_25
        ppp_set_modem(false);
#else
        modem = 0;
#endif
}

static inline void pppd_set_no_scripts(void) {
        path_ipup[0] = path_ipdown[0] = '\0';
#if PPPD_COMPAT_25
        path_ippreup[0] = path_ipv6up[0] = path_ipv6down[0] = '\0';
#endif
}

static inline int pppd_establish(int fd) {
#if PPPD_COMPAT_25
        return ppp_generic_establish(fd);
#else
        return generic_establish_ppp(fd);
#endif
}

static inline void pppd_disestablish(int fd) {
#if PPPD_COMPAT_25
        ppp_generic_disestablish(fd);
#else
        generic_disestablish_ppp(fd);
#endif
}

/*
 * Runs func from pppd's loop, after so many microseconds; 0: as soon as what it is doing now is
 * done.
 */
static inline void pppd_defer(void (*func)(void *), uint64_t usec) {
        int sec = (int) (usec / USEC_PER_SEC), rest_usec = (int) (usec % USEC_PER_SEC);

#if PPPD_COMPAT_25
        ppp_timeout(func, NULL, sec, rest_usec);
#else
        timeout(func, NULL, sec, rest_usec);
#endif
}

static inline void pppd_cancel(void (*func)(void *)) {
#if PPPD_COMPAT_25
        ppp_untimeout(func, NULL);
#else
        untimeout(func, NULL);
#endif
}

static inline void pppd_on_phase(void (*func)(void *, int)) {
#if PPPD_COMPAT_25
        ppp_add_notify(NF_PHASE_CHANGE, func, NULL);
#else
        add_notifier(&phasechange, func, NULL);
#endif
}

/* func runs in the handler of a signal that tells pppd to end: SIGHUP, SIGINT or SIGTERM. */
static inline void pppd_on_signal(void (*func)(void *, int)) {
#if PPPD_COMPAT_25
        ppp_add_notify(NF_SIGNALED, func, NULL);
#else
        add_notifier(&sigreceived, func, NULL);
#endif
}

static inline void pppd_on_exit(void (*func)(void *, int)) {
#if PPPD_COMPAT_25
        ppp_add_notify(NF_EXIT, func, NULL);
#else
        add_notifier(&exitnotify, func, NULL);
#endif
}

static inline void pppd_on_ip_up(void (*func)(void *, int)) {
#if PPPD_COMPAT_25
        ppp_add_notify(NF_IP_UP, func, NULL);
#else
        add_notifier(&ip_up_notifier, func, NULL);
#endif
}

static inline void pppd_on_ip_down(void (*func)(void *, int)) {
#if PPPD_COMPAT_25
        ppp_add_notify(NF_IP_DOWN, func, NULL);
#else
        add_notifier(&ip_down_notifier, func, NULL);
#endif
}

static inline void pppd_on_ipv6_up(void (*func)(void *, int)) {
#if PPPD_COMPAT_25
        ppp_add_notify(NF_IPV6_UP, func, NULL);
#else
        add_notifier(&ipv6_up_notifier, func, NULL);
#endif
}

static inline void pppd_on_ipv6_down(void (*func)(void *, int)) {
#if PPPD_COMPAT_25
        ppp_add_notify(NF_IPV6_DOWN, func, NULL);
#else
        add_notifier(&ipv6_down_notifier, func, NULL);
#endif
}

/* The key that MPPE encrypts with at first. Returns false if there is none. */
static inline bool pppd_get_send_key(uint8_t ret_key[MPPE_MAX_KEY_LEN]) {
#if PPPD_COMPAT_25
        return mppe_get_send_key(ret_key, MPPE_MAX_KEY_LEN) == MPPE_MAX_KEY_LEN;
#else
        if (!mppe_keys_set)
                return false;

        for (size_t i = 0; i < MPPE_MAX_KEY_LEN; i++)
                ret_key[i] = mppe_send_key[i];
        return true;
#endif
}

/* pppd takes its reasons as char *, but only reads them. */
static inline void pppd_close_lcp(int unit, const char *reason) {
        lcp_close(unit, (char *) reason);
}
