/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What the next attempt does differently because of how the last one failed: the class "adapt" of
 * the catalogue. One named thing is changed, once; the same server is called again at once. What
 * then works is remembered for that server. What fails again is a failure like any other:
 * permanent if its row has an exit status, else tried again from the configuration on.
 *
 *  what the server did               what changes             where
 *  refused the encryption asked for  MPPE's strength or mode  MPPE-09, MPPE-11, MPPE-22
 *  refused what was remembered       back to the strongest    any failure of encryption
 *  never answered an LCP echo        no echoes                LCP-11
 *  does not get large packets        the MTU                  NETC-08; for this path alone, and
 *                                                             remembered by nobody but this process
 *  gave no address                   any address will do      the rows of IPCP, if last time's
 *                                                             was asked for
 *  ended the call when asked for     the question waits       a call that ends before encryption
 *  an address before encryption      for encryption           is agreed on; remembered by nobody
 *                                                             but this process
 *
 * Nothing changes beyond the configuration: another strength needs MPPE=any, another mode
 * Stateful=yes, and "any" never means none. So these rows stay permanent, with the line that would
 * allow it as their remedy, though a change would get past them:
 *
 *  MPPE-01 to 04  Where the configuration allows what the server suggests, the plugin agrees to it
 *                 within the call, and there is no failure. Seeing one means that it does not.
 *  MPPE-11        with MPPE=no: an administrator who wants clear text does not get a key instead.
 *  AUTH-01        With R=1 the server would take another password. There is no other, and the same
 *                 one again counts against the account.
 *  AUTH-10        EAP is refused from the start, so there is nothing left to leave out.
 *  SYS-05         There is no second data path to fall back to.
 *
 * Of two more rows of the class the change is made elsewhere: each attempt takes the MTU from the
 * path as it is then (GRE-05), and the way to the server is pinned outside of the tunnel (GRE-09,
 * NETC-05).
 */

#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "core/base/text.h"
#include "core/diagnosis/catalogue.h"
#include "core/tunnel/tunnel-internal.h"

static TunnelSettings tunnel_get_configured(const Tunnel *t) {
        return (TunnelSettings){
                .mppe = config_get_mppe_policy(t->config),
                .keep_alive = true,
                .mtu_max_bytes = t->past.size_limit_bytes,
        };
}

static bool is_same_strength(uint32_t bits, uint32_t others) {
        return (bits & MPPE_BITS_STRENGTH) == (others & MPPE_BITS_STRENGTH);
}

void tunnel_adapt_begin(Tunnel *t) {
        const ServerMemoryEntry *known = server_memory_find(&t->memory, tunnel_get_server_name(t));

        t->approach.settings = tunnel_get_configured(t);
        t->approach.adapted = t->approach.opening_remembered = false;
        if (!known)
                return;

        if (is_same_strength(known->mppe_bits,
                             mppe_policy_get_opening(&t->approach.settings.mppe)) &&
            mppe_policy_requires(&t->approach.settings.mppe) &&
            known->mppe_bits != mppe_policy_get_opening(&t->approach.settings.mppe) &&
            mppe_policy_accepts_bits(&t->approach.settings.mppe, known->mppe_bits)) {
                mppe_policy_set_opening(&t->approach.settings.mppe, known->mppe_bits);
                t->approach.opening_remembered = true;
        }
        if (known->no_keep_alive)
                t->approach.settings.keep_alive = false;
        t->approach.settings.ip = known->ip;
}

/* What was remembered does not work any more: the strongest has its turn again. */
static bool tunnel_find_strongest(const Tunnel *t, const DiagnosisEncryption *e,
                                  TunnelChange *ret_change) {

        char before[64], next[64];

        if (!t->approach.opening_remembered || t->failure.verdict.row->class == DIAGNOSIS_TRANSIENT)
                return false;

        ret_change->settings.mppe = config_get_mppe_policy(t->config);
        ret_change->forget = true;
        mppe_bits_describe(e->asked_bits, before, sizeof(before));
        mppe_bits_describe(mppe_policy_get_opening(&ret_change->settings.mppe), next, sizeof(next));
        snprintf(ret_change->text, sizeof(ret_change->text),
                 "with %s: the server no longer takes %s, which it wanted before", next, before);
        return true;
}

/*
 * Looks for another opening, since the server refused ours and the configuration allows more than
 * one.
 */
static bool tunnel_find_opening(const Tunnel *t, const DiagnosisEncryption *e,
                                TunnelChange *ret_change) {

        uint32_t bits = mppe_policy_get_alternative(&t->approach.settings.mppe, e->asked_bits,
                                                    e->named_bits);
        char before[64], next[64];

        /*
         * Suggestions within the call may have led back to what we began with, which was refused.
         */
        if (t->failure.verdict.row->class != DIAGNOSIS_ADAPT || bits == 0 ||
            bits == mppe_policy_get_opening(&t->approach.settings.mppe))
                return false;

        mppe_policy_set_opening(&ret_change->settings.mppe, bits);
        mppe_bits_describe(e->asked_bits, before, sizeof(before));
        mppe_bits_describe(bits, next, sizeof(next));
        snprintf(ret_change->text, sizeof(ret_change->text),
                 "with %s, as the configuration allows it: the server refused %s", next, before);
        return true;
}

/* Turns the keep-alive off, since this server answers no LCP echo. */
static bool tunnel_find_keep_alive(const Tunnel *t, TunnelChange *ret_change) {
        if (t->failure.verdict.row != &catalogue_rows[CATALOGUE_LCP_11] ||
            !t->approach.settings.keep_alive)
                return false;

        ret_change->settings.keep_alive = false;
        snprintf(
                ret_change->text, sizeof(ret_change->text),
                "without keep-alive, which the server never answers; its control connection will show "
                "when it is gone");
        return true;
}

/* Somewhere on the path large packets are dropped. */
static bool tunnel_find_size(const Tunnel *t, TunnelChange *ret_change) {
        if (t->failure.verdict.row != &catalogue_rows[CATALOGUE_NETC_08] ||
            t->past.size_limit_bytes == t->approach.settings.mtu_max_bytes)
                return false;

        ret_change->settings.mtu_max_bytes = t->past.size_limit_bytes;
        snprintf(ret_change->text, sizeof(ret_change->text), "with packets of at most %u bytes",
                 t->past.size_limit_bytes);
        return true;
}

/* A server may refuse an address that it has given to somebody else meanwhile. */
static bool tunnel_find_address(const Tunnel *t, TunnelChange *ret_change) {
        IpRequest *ip = &ret_change->settings.ip;

        if (t->state == TUNNEL_STATE_UP || ip->address.s_addr == INADDR_ANY ||
            catalogue_row_group(t->failure.verdict.row) != CATALOGUE_GROUP_IPCP)
                return false;

        snprintf(ret_change->text, sizeof(ret_change->text),
                 "without asking for the address of last time, %s", TEXT_IPV4(ip->address));
        *ip = (IpRequest){ .no_dns = ip->no_dns, .late = ip->late };
        ret_change->forget = true;
        return true;
}

/* Asks for an address when encryption is agreed on, a round trip later. */
static bool tunnel_find_late_question(const Tunnel *t, TunnelChange *ret_change) {
        if (t->approach.settings.ip.late || !diagnosis_is_early_question_minded(t->diagnosis))
                return false;

        ret_change->settings.ip.late = true;
        snprintf(ret_change->text, sizeof(ret_change->text),
                 "without asking for an address before encryption is agreed on");
        return true;
}

bool tunnel_adapt_find(const Tunnel *t, TunnelChange *ret_change) {
        DiagnosisEncryption encryption;

        *ret_change = (TunnelChange){ .settings = t->approach.settings };
        if (t->approach.adapted || !t->failure.verdict.row)
                return false;

        if (tunnel_find_late_question(t, ret_change))
                return true;

        diagnosis_get_encryption(t->diagnosis, &encryption);
        if (encryption.failed)
                return tunnel_find_strongest(t, &encryption, ret_change) ||
                        tunnel_find_opening(t, &encryption, ret_change);

        return tunnel_find_keep_alive(t, ret_change) || tunnel_find_size(t, ret_change) ||
                tunnel_find_address(t, ret_change);
}

/*
 * After each failure: was this a link on which no echo was answered until it was given up? One may
 * have been cut before there was an answer. But a path that is cut does not come back at the first
 * try, so the second in a row shows a server that never answers.
 */
void tunnel_adapt_listen(Tunnel *t) {
        t->approach.was_deaf = t->failure.verdict.row == &catalogue_rows[CATALOGUE_LCP_02] &&
                t->up_since_usec > 0 && !diagnosis_is_echo_answered(t->diagnosis);
}

/* An address that stands in the configuration needs no other memory. */
static struct in_addr tunnel_get_address_of_name(const Tunnel *t) {
        struct in_addr address = tunnel_get_server(t);

        if (strcmp(TEXT_IPV4(address), tunnel_get_server_name(t)) == 0)
                address.s_addr = INADDR_ANY;
        return address;
}

/* Returns what is known of the server: nothing, if there is nothing. */
static ServerMemoryEntry tunnel_get_known(const Tunnel *t) {
        const ServerMemoryEntry *known = server_memory_find(&t->memory, tunnel_get_server_name(t));
        ServerMemoryEntry entry = { 0 };

        if (known)
                return *known;

        snprintf(entry.server, sizeof(entry.server), "%s", tunnel_get_server_name(t));
        return entry;
}

static void tunnel_set_known(Tunnel *t, const ServerMemoryEntry *entry, TunnelActions *actions) {
        if (server_memory_set(&t->memory, entry))
                tunnel_add_action(actions, TUNNEL_ACTION_REMEMBER);
}

/*
 * Notes in what the settings differ from the configuration, but never a weaker key: whoever stands
 * between us and the server can refuse the stronger one in its name, once, and must not win by that
 * for ever. A server that does no better costs one call more each time.
 */
static void tunnel_note_settings(const Tunnel *t, ServerMemoryEntry *entry) {
        const TunnelSettings configured = tunnel_get_configured(t);
        uint32_t bits = mppe_policy_get_opening(&t->approach.settings.mppe);
        uint32_t opening = mppe_policy_get_opening(&configured.mppe);

        entry->mppe_bits = bits != opening && is_same_strength(bits, opening) ? bits : 0;
        entry->no_keep_alive = !t->approach.settings.keep_alive;
}

void tunnel_adapt(Tunnel *t, const TunnelChange *change, TunnelActions *actions) {
        t->approach.settings = change->settings;
        t->approach.adapted = true;
        t->approach.opening_remembered = false;
        if (change->forget) {
                ServerMemoryEntry entry = tunnel_get_known(t);

                tunnel_note_settings(t, &entry);
                entry.ip = change->settings.ip;
                tunnel_set_known(t, &entry, actions);
        }

        tunnel_log(actions, LOG_NOTICE, CATALOGUE_MESSAGE_ADAPTING, t->failure.verdict.row,
                   "Trying once more %s", change->text);
        tunnel_status(actions, "Trying once more %s", change->text);
}

/*
 * The tunnel is up, and so the settings were right. What of them differs from the configuration is
 * kept; what the server talked us into within the call is not, since it costs nothing to hear it
 * again, and the stronger request has its chance each time. Addresses are kept in any case: those
 * of the link, and the server's own, for a time in which no name server answers.
 */
void tunnel_adapt_succeeded(Tunnel *t, TunnelActions *actions) {
        ServerMemoryEntry entry = tunnel_get_known(t);

        if (t->approach.adapted)
                tunnel_note_settings(t, &entry);
        entry.up_address = tunnel_get_address_of_name(t);
        entry.ip = (IpRequest){
                .address = t->link.local,
                .dns = { t->link.dns[0], t->link.dns[1] },
                .no_dns = diagnosis_is_dns_rejected(t->diagnosis),
                .late = t->approach.settings.ip.late,
        };
        tunnel_set_known(t, &entry, actions);
        t->approach.adapted = false;
}
