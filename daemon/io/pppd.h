/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The pppd of one connection: how it is started, what it says on its output, and how it ends. What
 * it negotiates is told by the plugin (io/plugin-channel.h); nobody parses its output.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

/* pppd itself cuts its messages at 1024 bytes. */
#define PPPD_LINE_MAX_BYTES 1024

#define PPPD_PROGRAM "/usr/sbin/pppd"
/* pppd opens it for each link (sys-linux.c), which loads the module ppp_generic. */
#define PPPD_DEVICE "/dev/ppp"

typedef struct Pppd Pppd;

/* What pppd is started with. All texts are borrowed for the time of pppd_new(). */
typedef struct PppdOptions {
        const char *program; /* NULL: PPPD_PROGRAM */
        const char *plugin;  /* path of pptp-supervisor.so */
        int plugin_fd;       /* the plugin's end of the channel; borrowed */

        const char *interface_name;
        const char *user;
        const char *remote_name; /* the second column of chap-secrets */
        const char *ip_param;    /* for scripts of the administrator, if any ever run */
        bool allow_stateful;     /* MppePolicy.allow_stateful */
        const char *ipv6_id;     /* our interface identifier, "::1234:0:5678:9abc"; NULL: no IPv6 */
} PppdOptions;

/* A line of pppd's output, without its end. What the peer put in is not escaped. */
typedef void (*PppdLineFunc)(Pppd *p, const char *line, void *userdata);

/*
 * pppd is gone, and this is the last call; all its output came before. What its plugin said last
 * may still wait: see plugin_channel_read(). code and status are those of waitid(2): CLD_EXITED and
 * the exit status (pppd(8)), or CLD_KILLED/CLD_DUMPED and the signal.
 */
typedef void (*PppdExitedFunc)(Pppd *p, int code, int status, void *userdata);

/*
 * Look whether what pppd needs is here: PPPD_PROGRAM, executable, and PPPD_DEVICE, which is opened
 * and closed again. Each returns 0, -ENOENT, -EACCES, -ENXIO (the kernel has no ppp_generic), or
 * another negative errno.
 */
int pppd_check_program(void);
int pppd_check_device(void);

/*
 * Starts pppd, in a session of its own, with the plugin's descriptor and an environment of nothing
 * but PATH. SIGCHLD must be blocked in the caller. The callbacks run from the event loop and may
 * free the Pppd. Returns 0, -ENOENT or -EACCES (no pppd), or another negative errno.
 */
int pppd_new(sd_event *event, const PppdOptions *options, PppdLineFunc on_line,
             PppdExitedFunc on_exited, void *userdata, Pppd **ret_pppd);
/* Kills pppd if it still runs, and reaps it; no callback comes. Takes NULL; returns NULL. */
Pppd *pppd_free(Pppd *p);

/* Asks for an orderly end: LCP Terminate. Returns 0, or -ESRCH if pppd is gone already. */
int pppd_terminate(Pppd *p);
/* SIGKILL, if even the hangup of its transport did not end it. Returns as pppd_terminate(). */
int pppd_kill(Pppd *p);

/* Returns pppd's process id, or 0 once it is gone. */
pid_t pppd_get_pid(const Pppd *p);
