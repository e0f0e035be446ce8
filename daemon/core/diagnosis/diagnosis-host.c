/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Facts about this host and what its system calls said: CFG, SYS, NET and NETC rows, and pppd's
 * exit status.
 */

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "core/diagnosis/diagnosis-evidence.h"
#include "core/names/names-keeper.h"
#include "core/ppp/pppd-exit.h"

static void fact_evidence_set(FactEvidence *e, const DiagnosisFact *fact) {
        *e = (FactEvidence){ .known = true, .stage = fact->stage, .number = fact->number };
        if (fact->text)
                snprintf(e->text, sizeof(e->text), "%s", fact->text);
}

void host_evidence_add_fact(HostEvidence *e, const DiagnosisFact *fact) {
        if ((unsigned) fact->type >= _DIAGNOSIS_FACT_MAX ||
            (unsigned) fact->stage >= _DIAGNOSIS_STAGE_MAX)
                return;

        fact_evidence_set(&e->facts[fact->type], fact);
        if (fact->type == DIAGNOSIS_ERRNO)
                fact_evidence_set(&e->errnos[fact->stage], fact);
        if (fact->type == DIAGNOSIS_TIMEOUT)
                e->timeouts[fact->stage] = true;
}

void host_evidence_add_phase(HostEvidence *e, PluginPhase phase) {
        if ((unsigned) phase >= _PLUGIN_PHASE_MAX)
                return;

        e->phase = phase;
        e->reached[phase] = true;
}

/* "connect: Connection refused", with the text of the fact in front where there is one. */
static bool verdict_set_errno(Verdict *v, CatalogueIndex row, const FactEvidence *e) {
        TextBuilder t = verdict_begin(v, row);

        if (e->text[0])
                text_addf(&t, "%s: ", e->text);
        text_add(&t, strerrordesc_np((int) e->number) ?: "unknown error");
        return true;
}

static bool verdict_set_text(Verdict *v, CatalogueIndex row, const FactEvidence *e) {
        TextBuilder t = verdict_begin(v, row);

        text_add(&t, e->text);
        return true;
}

static bool judge_module(const Diagnosis *d, Verdict *v) {
        static const struct {
                const char *module;
                CatalogueIndex row;
        } rows[] = {
                { "ppp_generic", CATALOGUE_SYS_02 }, { "ppp_async", CATALOGUE_SYS_03 },
                { "ppp_synctty", CATALOGUE_SYS_03 }, { "pptp", CATALOGUE_SYS_05 },
                { "pppox", CATALOGUE_SYS_05 },       { "gre", CATALOGUE_SYS_05 },
        };
        const FactEvidence *missing = diagnosis_fact(d, DIAGNOSIS_MISSING_MODULE);
        TextBuilder t;

        if (!missing)
                return false;

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                if (strcmp(rows[i].module, missing->text) != 0)
                        continue;

                t = verdict_begin(v, rows[i].row);
                text_addf(&t, "module %s", missing->text);
                return true;
        }

        return false;
}

/*
 * Encryption is first needed, and its module loaded, when CCP begins: a kernel that cannot do it
 * shows in pppd ending the link there with these words. Before that its want explains nothing.
 */
static bool judge_kernel_mppe(const Diagnosis *d, Verdict *v) {
        const FactEvidence *missing = diagnosis_fact(d, DIAGNOSIS_MISSING_MODULE);
        TextBuilder t;

        if (!d->auth.succeeded || d->mppe.n_requests_sent > 0 || !strstr(d->link.sent.text, "MPPE"))
                return false;

        if (!missing || strcmp(missing->text, "ppp_mppe") != 0)
                return false;

        t = verdict_begin(v, CATALOGUE_SYS_04);
        text_add(&t, "module ppp_mppe cannot be loaded");
        return true;
}

/* Errors of opening sockets and of starting pppd, which are about rights and the kernel. */
static bool judge_privilege(const Diagnosis *d, Verdict *v) {
        const FactEvidence *opening = &d->host.errnos[DIAGNOSIS_STAGE_SOCKET];
        const FactEvidence *starting = &d->host.errnos[DIAGNOSIS_STAGE_PPPD];

        switch (diagnosis_errno(d, DIAGNOSIS_STAGE_SOCKET)) {
        case EAFNOSUPPORT:
        case EPROTONOSUPPORT:
        case ESOCKTNOSUPPORT:
                return verdict_set_errno(v, CATALOGUE_SYS_05, opening);
        case EPERM:
                return verdict_set_errno(v, CATALOGUE_SYS_06, opening);
        case EACCES:
                return verdict_set_errno(v, CATALOGUE_SYS_07, opening);
        case ENOENT:
        case ENODEV:
        case ENXIO:
                return verdict_set_errno(v, CATALOGUE_SYS_02, opening);
        }

        switch (diagnosis_errno(d, DIAGNOSIS_STAGE_PPPD)) {
        case ENOENT:
                return verdict_set_errno(v,
                                         strcmp(starting->text, "/dev/ppp") == 0 ?
                                                 CATALOGUE_SYS_02 :
                                                 CATALOGUE_SYS_01,
                                         starting);
        case ENODEV:
        case ENXIO:
                return verdict_set_errno(v, CATALOGUE_SYS_02, starting);
        case EPERM:
                return verdict_set_errno(v, CATALOGUE_SYS_06, starting);
        case EACCES:
                return verdict_set_errno(v, CATALOGUE_SYS_07, starting);
        case EEXIST:
                return verdict_set_errno(v, CATALOGUE_SYS_08, starting);
        case ENAMETOOLONG:
                return verdict_set_errno(v, CATALOGUE_SYS_09, starting);
        }

        return false;
}

bool judge_host(const Diagnosis *d, Verdict *v) {
        const FactEvidence *fact;

        if (judge_module(d, v) || judge_kernel_mppe(d, v) || judge_privilege(d, v))
                return true;

        if ((fact = diagnosis_fact(d, DIAGNOSIS_PLUGIN_MISMATCH)))
                return verdict_set_text(v, CATALOGUE_SYS_10, fact);
        if ((fact = diagnosis_fact(d, DIAGNOSIS_INTERFACE_TAKEN)))
                return verdict_set_text(v, CATALOGUE_SYS_08, fact);
        if ((fact = diagnosis_fact(d, DIAGNOSIS_NAMESPACE)))
                return verdict_set_text(
                        v, fact->number == EPERM ? CATALOGUE_SYS_12 : CATALOGUE_SYS_11, fact);
        if ((fact = diagnosis_fact(d, DIAGNOSIS_PASSWORD_UNUSABLE)))
                return verdict_set_text(v, CATALOGUE_CFG_08, fact);
        if (diagnosis_fact(d, DIAGNOSIS_NO_PASSWORD) && !d->auth.succeeded)
                return verdict_set(v, CATALOGUE_CFG_05);

        if ((fact = diagnosis_fact(d, DIAGNOSIS_PASSWORD_TOO_LONG))) {
                TextBuilder t = verdict_begin(v, CATALOGUE_AUTH_16);

                text_addf(&t, "more than %lld bytes", (long long) fact->number);
                return true;
        }

        return false;
}

/* The name failed, and so did the address that was dialled for want of it. */
static void add_last_address(const Diagnosis *d, TextBuilder *t) {
        const FactEvidence *last = diagnosis_fact(d, DIAGNOSIS_LAST_ADDRESS);

        if (last && d->host.timeouts[DIAGNOSIS_STAGE_CONNECT])
                text_addf(t, "; %s, where the tunnel was up, does not answer either", last->text);
}

static bool judge_resolve(const Diagnosis *d, Verdict *v) {
        const FactEvidence *error = diagnosis_fact(d, DIAGNOSIS_RESOLVE_ERROR);
        bool no_ipv4;
        TextBuilder t;

        if (!error) {
                if (!d->host.timeouts[DIAGNOSIS_STAGE_RESOLVE])
                        return false;

                t = verdict_begin(v, CATALOGUE_NET_01);
                text_add(&t, "no name server answered in time");
                add_last_address(d, &t);
                return true;
        }

        no_ipv4 = error->number == EAI_ADDRFAMILY;
        t = verdict_begin(v, no_ipv4 ? CATALOGUE_NET_02 : CATALOGUE_NET_01);
        if (error->text[0])
                text_addf(&t, "%s: ", error->text);
        text_add(&t, gai_strerror((int) error->number));
        add_last_address(d, &t);
        return true;
}

bool judge_reach(const Diagnosis *d, Verdict *v) {
        const FactEvidence *connecting = &d->host.errnos[DIAGNOSIS_STAGE_CONNECT];

        /*
         * One address of several may have failed before another one answered: that is no failure.
         */
        if (d->control.replied)
                return false;

        switch (diagnosis_errno(d, DIAGNOSIS_STAGE_CONNECT)) {
        case 0:
                break;
        case ECONNREFUSED:
                return verdict_set_errno(v, CATALOGUE_NET_03, connecting);
        case ENETUNREACH:
        case ENETDOWN:
        case EADDRNOTAVAIL:
        case ENODEV:
        case EACCES: /* a route of type prohibit, */
        case EINVAL: /* and one of type blackhole: what remains when the uplink's is gone */
                return verdict_set_errno(v, CATALOGUE_NET_04, connecting);
        case EHOSTUNREACH:
        case EHOSTDOWN:
                return verdict_set_errno(v, CATALOGUE_NET_05, connecting);
        case EPERM:
                return verdict_set_errno(v, CATALOGUE_SYS_06, connecting);
        default:
                return verdict_set_errno(v, CATALOGUE_NET_06, connecting);
        }

        /* What does not answer at its last address either may have moved. */
        if (judge_resolve(d, v))
                return true;

        return d->host.timeouts[DIAGNOSIS_STAGE_CONNECT] && verdict_set(v, CATALOGUE_NET_06);
}

/*
 * Judges a route that the kernel refused. Only some of the kernel's reasons are about the route as
 * the configuration has it.
 */
static bool judge_route(const Diagnosis *d, Verdict *v) {
        const FactEvidence *refused = diagnosis_fact(d, DIAGNOSIS_ROUTE_REFUSED);

        if (!refused)
                return false;

        switch (refused->number) {
        case EEXIST:
                return verdict_set_text(v, CATALOGUE_NETC_22, refused);
        case EADDRINUSE:
                return verdict_set_text(v, CATALOGUE_NETC_23, refused);
        case EADDRNOTAVAIL:
                /* Not the interface's own address: see route_keeper_lacks_source(). */
                if (strstr(refused->text, "PreferredSource="))
                        return verdict_set_text(v, CATALOGUE_NETC_28, refused);
                return verdict_set_errno(v, CATALOGUE_NETC_16, refused);
        case ENODEV:
        case ENXIO:
        case ENETDOWN:
                return verdict_set(v, CATALOGUE_NETC_17);
        case ENETUNREACH:
        case EHOSTUNREACH:
                /* Only what pins the server has a gateway, and that is gone. */
                return verdict_set_errno(v, CATALOGUE_NET_04, refused);
        case ENOBUFS:
        case ENOMEM:
                return verdict_set_errno(v, CATALOGUE_NETC_18, refused);
        default:
                return verdict_set_errno(v, CATALOGUE_NETC_16, refused);
        }
}

/* Names that were asked for, and are not in force. */
static bool judge_names(const Diagnosis *d, Verdict *v) {
        static const CatalogueIndex rows[_NAMES_FAULT_MAX] = {
                [NAMES_FAULT_NONE] = CATALOGUE_NAME_05,
                [NAMES_FAULT_NO_RESOLVER] = CATALOGUE_NAME_01,
                [NAMES_FAULT_NO_SERVER] = CATALOGUE_NAME_02,
                [NAMES_FAULT_MANAGED] = CATALOGUE_NAME_03,
                [NAMES_FAULT_NO_SPLIT] = CATALOGUE_NAME_04,
                [NAMES_FAULT_REFUSED] = CATALOGUE_NAME_05,
        };
        const FactEvidence *refused = diagnosis_fact(d, DIAGNOSIS_NAMES_REFUSED);

        if (!refused || refused->number < 0 || refused->number >= _NAMES_FAULT_MAX)
                return false;

        /* The other rows say it all. */
        return refused->number == NAMES_FAULT_REFUSED ?
                verdict_set_text(v, CATALOGUE_NAME_05, refused) :
                verdict_set(v, rows[refused->number]);
}

bool judge_network(const Diagnosis *d, Verdict *v) {
        const FactEvidence *fact;
        TextBuilder t;

        if ((fact = diagnosis_fact(d, DIAGNOSIS_VRF)))
                return verdict_set_text(
                        v, fact->number == ENETDOWN ? CATALOGUE_NETC_30 : CATALOGUE_NETC_26, fact);
        if (judge_route(d, v) || judge_names(d, v))
                return true;
        /*
         * A pppd that a signal ends takes the interface along. If only the interface is removed,
         * pppd exits by itself.
         */
        fact = diagnosis_fact(d, DIAGNOSIS_PPPD_EXITED);
        if (diagnosis_fact(d, DIAGNOSIS_INTERFACE_GONE) &&
            (!fact || (fact->number >= 0 && fact->number != PPPD_EXIT_OUR_SIGNAL)))
                return verdict_set(v, CATALOGUE_NETC_17);

        if ((fact = diagnosis_fact(d, DIAGNOSIS_BLACK_HOLE))) {
                t = verdict_begin(v, CATALOGUE_NETC_08);
                text_addf(&t, "of more than %lld bytes", (long long) fact->number);
                return true;
        }

        if ((fact = diagnosis_fact(d, DIAGNOSIS_NO_TRAFFIC))) {
                t = verdict_begin(v, CATALOGUE_NETC_13);
                text_addf(&t, "nothing received for %lld s", (long long) fact->number);
                return true;
        }

        if (diagnosis_fact(d, DIAGNOSIS_UPLINK_GONE))
                return verdict_set(v, CATALOGUE_NETC_21);
        if ((fact = diagnosis_fact(d, DIAGNOSIS_SOURCE_GONE)))
                return verdict_set_text(v, CATALOGUE_NETC_20, fact);

        if ((fact = diagnosis_fact(d, DIAGNOSIS_LINK_SILENT))) {
                t = verdict_begin(v, CATALOGUE_NETC_19);
                text_addf(&t, "no answer within %lld s %s", (long long) fact->number, fact->text);
                return true;
        }

        if (d->host.timeouts[DIAGNOSIS_STAGE_NETWORK])
                return verdict_set(v, CATALOGUE_NETC_18);

        return false;
}

static bool has_timed_out(const Diagnosis *d) {
        for (size_t i = 0; i < ELEMENTSOF(d->host.timeouts); i++)
                if (d->host.timeouts[i])
                        return true;

        return false;
}

/*
 * pppd 2.5 built with OpenSSL ends before it reads its options, and says why in these words alone
 * (PPP_crypto_init() in its crypto.c).
 */
#define NO_LEGACY_PROVIDER "Could not load legacy provider"

bool judge_pppd(const Diagnosis *d, Verdict *v) {
        const FactEvidence *exited = diagnosis_fact(d, DIAGNOSIS_PPPD_EXITED);
        CatalogueIndex row;
        TextBuilder t;

        if (!exited) {
                if (!d->host.timeouts[DIAGNOSIS_STAGE_PPPD])
                        return false;
                return verdict_set(v, CATALOGUE_PPPD_04);
        }

        if (exited->number < 0) {
                t = verdict_begin(v, CATALOGUE_PPPD_02);
                text_addf(&t, "pppd, signal %lld", (long long) -exited->number);
                return true;
        }

        switch (exited->number) {
        case PPPD_EXIT_OK:
                return false;
        case PPPD_EXIT_OUR_SIGNAL:
                /* Ours, if time was up; whoever else ends it tells nobody. */
                if (has_timed_out(d) && !diagnosis_fact(d, DIAGNOSIS_INTERFACE_GONE))
                        return false;
                t = verdict_begin(v, CATALOGUE_PPPD_02);
                text_add(&t, "somebody told pppd to end, by a signal");
                return true;
        case PPPD_EXIT_FATAL:
                row = strstr(exited->text, NO_LEGACY_PROVIDER) ? CATALOGUE_PPPD_05 :
                                                                 CATALOGUE_PPPD_01;
                break;
        case PPPD_EXIT_OPTIONS:
                row = CATALOGUE_CFG_01;
                break;
        case PPPD_EXIT_PRIVILEGES:
                row = CATALOGUE_SYS_06;
                break;
        case PPPD_EXIT_NO_KERNEL_SUPPORT:
                row = CATALOGUE_SYS_02;
                break;
        case PPPD_EXIT_PTY_COMMAND:
                row = CATALOGUE_SYS_01;
                break;
        case PPPD_EXIT_PEER_AUTH:
                row = CATALOGUE_LCP_06;
                break;
        case PPPD_EXIT_PEER_DEAD:
                row = CATALOGUE_LCP_02;
                break;
        case PPPD_EXIT_HANGUP:
                row = CATALOGUE_LCP_03;
                break;
        case PPPD_EXIT_LOOPBACK:
                row = CATALOGUE_LCP_01;
                break;
        case PPPD_EXIT_OUR_AUTH:
                row = CATALOGUE_AUTH_07;
                break;
        case PPPD_EXIT_IDLE:
        case PPPD_EXIT_TIME_LIMIT:
        case PPPD_EXIT_TRAFFIC_LIMIT:
                row = CATALOGUE_NETC_14;
                break;
        case PPPD_EXIT_LOCK:
        case PPPD_EXIT_OPEN:
        case PPPD_EXIT_CONNECT_SCRIPT:
        case PPPD_EXIT_CALLBACK:
        case PPPD_EXIT_INIT_SCRIPT:
        case PPPD_EXIT_CALLER_ID:
                row = CATALOGUE_PPPD_03;
                break;
        default:
                row = CATALOGUE_PPPD_01;
                break;
        }

        t = verdict_begin(v, row);
        text_addf(&t, "pppd's exit status is %lld", (long long) exited->number);
        /* pppd's last line, which is often the only place that has the cause. */
        if ((row == CATALOGUE_CFG_01 || row == CATALOGUE_PPPD_01 || row == CATALOGUE_PPPD_05) &&
            exited->text[0])
                text_addf(&t, ": %s", exited->text);
        return true;
}

/* A likely cause where nobody keeps the way to the server outside; the supervisor does. */
bool judge_peer_address(const Diagnosis *d, Verdict *v) {
        return diagnosis_fact(d, DIAGNOSIS_PEER_IS_SERVER) && verdict_set(v, CATALOGUE_GRE_09);
}
