/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What is odd, weak or merely alarming about an attempt and did not end it. */

#include "core/diagnosis/diagnosis-evidence.h"

/* More resets than a moment of packet loss causes. */
#define MANY_RESETS 10

static bool note_fact(const Diagnosis *d, DiagnosisFactType type, CatalogueIndex row,
                      Verdict *note) {
        const FactEvidence *fact = diagnosis_fact(d, type);
        TextBuilder t;

        if (!fact)
                return false;

        t = verdict_begin(note, row);
        text_add(&t, fact->text);
        return true;
}

static bool note_strength(const Diagnosis *d, Verdict *note) {
        char text[24];
        TextBuilder t;

        if (!d->mppe.was_open)
                return false;

        t = verdict_begin(note, CATALOGUE_MPPE_18);
        ppp_mppe_describe(d->mppe.agreed_bits, text, sizeof(text));
        text_add(&t, text);
        return true;
}

static bool note_resets(const Diagnosis *d, Verdict *note) {
        TextBuilder t;

        if (d->mppe.n_resets_sent < MANY_RESETS)
                return false;

        t = verdict_begin(note, CATALOGUE_MPPE_17);
        text_addf(&t, "%u Reset-Requests sent", d->mppe.n_resets_sent);
        return true;
}

size_t diagnosis_get_notes(const Diagnosis *d, Verdict *notes, size_t n_notes) {
        const struct {
                bool seen;
                CatalogueIndex row;
        } plain[] = {
                { d->control.link_info, CATALOGUE_CTL_11 },
                { d->ipcp.term_ack_sent, CATALOGUE_IPCP_04 },
                { d->ipcp.vj_rejected, CATALOGUE_IPCP_05 },
                { diagnosis_was_up(d) && d->ipcp.peer_requested && !d->ipcp.peer_address_known,
                  CATALOGUE_IPCP_02 },
                { !mppe_policy_requires(&d->context.mppe) && d->mppe.n_empty_peer_requests > 1,
                  CATALOGUE_MPPE_14 },
                { d->context.password_not_ascii && d->auth.failed, CATALOGUE_AUTH_15 },
        };
        Verdict note = { 0 };
        size_t n = 0;

        for (size_t i = 0; i < ELEMENTSOF(plain) && n < n_notes; i++)
                if (plain[i].seen && verdict_set(&note, plain[i].row))
                        notes[n++] = note;

        if (n < n_notes && note_strength(d, &note))
                notes[n++] = note;
        if (n < n_notes && note_resets(d, &note))
                notes[n++] = note;
        if (n < n_notes && note_fact(d, DIAGNOSIS_NO_ROUTES, CATALOGUE_NETC_02, &note))
                notes[n++] = note;
        if (n < n_notes && note_fact(d, DIAGNOSIS_NO_IPV6, CATALOGUE_IPCP_09, &note))
                notes[n++] = note;
        if (n < n_notes && note_fact(d, DIAGNOSIS_ROUTE_REMOVED, CATALOGUE_NETC_07, &note))
                notes[n++] = note;
        if (n < n_notes && note_fact(d, DIAGNOSIS_CLAMP_REFUSED, CATALOGUE_NETC_27, &note))
                notes[n++] = note;
        if (n < n_notes && note_fact(d, DIAGNOSIS_ADDRESS_CHANGED, CATALOGUE_NET_08, &note))
                notes[n++] = note;

        return n;
}
