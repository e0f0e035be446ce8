/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/diagnosis/diagnosis.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/diagnosis/diagnosis-evidence.h"

/*
 * Who is asked first. What a layer says in so many words comes before what has to be concluded from
 * silence, an upper layer before the one below it that merely carried it away, and pppd's exit
 * status at the end: half of the catalogue hides behind each of its numbers.
 */
static const DiagnosisJudge judges[] = {
        judge_host,         judge_loop,        judge_auth,         judge_mppe_session,
        judge_mppe,         judge_negotiation, judge_ipcp,         judge_auth_repeated,
        judge_termination,  judge_network,     judge_dead_link,    judge_gre,
        judge_control,      judge_reach,       judge_auth_silence, judge_pppd,
        judge_peer_address,
};

Diagnosis *diagnosis_new(void) {
        return calloc(1, sizeof(Diagnosis));
}

Diagnosis *diagnosis_free(Diagnosis *d) {
        free(d);
        return NULL;
}

void diagnosis_reset(Diagnosis *d, const DiagnosisContext *context) {
        *d = (Diagnosis){ .context = *context };
}

void diagnosis_set_context(Diagnosis *d, const DiagnosisContext *context) {
        d->context = *context;
}

void diagnosis_add_fact(Diagnosis *d, const DiagnosisFact *fact) {
        host_evidence_add_fact(&d->host, fact);
}

void diagnosis_forget_resolve(Diagnosis *d) {
        d->host.timeouts[DIAGNOSIS_STAGE_RESOLVE] = false;
        d->host.facts[DIAGNOSIS_RESOLVE_ERROR].known = false;
}

void diagnosis_add_phase(Diagnosis *d, PluginPhase phase) {
        host_evidence_add_phase(&d->host, phase);
}

void diagnosis_add_control(Diagnosis *d, bool sent, const PptpMessage *message) {
        control_evidence_add(&d->control, sent, message);
}

void diagnosis_add_frame(Diagnosis *d, bool sent, const uint8_t *frame, size_t n_frame) {
        PppPacket packet;

        if (!sent)
                d->link.n_received++;

        if (ppp_packet_parse(frame, n_frame, &packet) != 0)
                return;

        switch (packet.protocol) {
        case PPP_PROTO_LCP:
                link_evidence_add(&d->link, sent, &packet);
                break;
        case PPP_PROTO_PAP:
        case PPP_PROTO_CHAP:
        case PPP_PROTO_EAP:
                auth_evidence_add(&d->auth, &d->link, sent, &packet);
                break;
        case PPP_PROTO_CCP:
                mppe_evidence_add(&d->mppe, &d->link, sent, &packet);
                break;
        case PPP_PROTO_IPCP:
                ipcp_evidence_add(&d->ipcp, sent, &packet);
                break;
        default:
                break;
        }
}

void diagnosis_get_verdict(const Diagnosis *d, Verdict *ret_verdict) {
        *ret_verdict = (Verdict){ 0 };

        for (size_t i = 0; i < ELEMENTSOF(judges); i++)
                if (judges[i](d, ret_verdict))
                        return;
}

const DiagnosisRow *diagnosis_judge_fact(const DiagnosisFact *fact) {
        Diagnosis *d = diagnosis_new();
        Verdict verdict;

        if (!d)
                return NULL;

        diagnosis_add_fact(d, fact);
        diagnosis_get_verdict(d, &verdict);
        diagnosis_free(d);
        return verdict.row;
}

const char *diagnosis_class_name(DiagnosisClass class) {
        static const char *const names[] = {
                [DIAGNOSIS_TRANSIENT] = "transient", [DIAGNOSIS_PERMANENT] = "permanent",
                [DIAGNOSIS_ADAPT] = "adapt",         [DIAGNOSIS_WARN] = "warn",
                [DIAGNOSIS_INFORM] = "inform",
        };

        return names[class];
}

static bool is_word_character(char c) {
        return isalnum((unsigned char) c) || c == '_';
}

/* The value of the placeholder of n letters at text, or NULL if it is none or not known. */
static const char *placeholder_value(const char *text, size_t n, const DiagnosisNames *names,
                                     const char *address) {

        const struct {
                const char *word, *value;
        } placeholders[] = {
                { "NAME", names->tunnel },
                { "SERVER", names->server },
                { "ADDRESS", address },
        };

        for (size_t i = 0; i < ELEMENTSOF(placeholders); i++)
                if (strlen(placeholders[i].word) == n && memcmp(placeholders[i].word, text, n) == 0)
                        return placeholders[i].value && placeholders[i].value[0] ?
                                placeholders[i].value :
                                NULL;

        return NULL;
}

const char *diagnosis_describe_remedy(const DiagnosisRow *row, const DiagnosisNames *names,
                                      char *buffer, size_t n_buffer) {

        const char *address = names->address.s_addr == INADDR_ANY ? "" : TEXT_IPV4(names->address);
        const char *text = row && row->remedy ? row->remedy : "";
        TextBuilder b = text_builder(buffer, n_buffer);

        while (*text != '\0') {
                const char *value;
                size_t n = 0;

                while (is_word_character(text[n]))
                        n++;
                value = n > 0 ? placeholder_value(text, n, names, address) : NULL;
                n = MAX(n, 1U);
                if (value)
                        text_add(&b, value);
                else
                        text_addf(&b, "%.*s", (int) n, text);
                text += n;
        }

        return buffer;
}

const DiagnosisRow *diagnosis_find_row(const char *id) {
        for (size_t i = 0; i < CATALOGUE_N_ROWS; i++)
                if (strcasecmp(catalogue_rows[i].id, id) == 0)
                        return &catalogue_rows[i];

        return NULL;
}

bool diagnosis_row_has_log_text(const DiagnosisRow *row, const char *line) {
        for (size_t i = 0; i < CATALOGUE_N_LOG_TEXTS; i++)
                if (&catalogue_rows[catalogue_log_texts[i].row] == row &&
                    strstr(line, catalogue_log_texts[i].text))
                        return true;

        return false;
}
