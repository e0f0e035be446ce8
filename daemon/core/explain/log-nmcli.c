/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What nmcli prints on the terminal when a connection did not come up, in the language of its user:
 * the words are those of NetworkManager's translations (its po/), of which log-index.c has the
 * first part. The reason may be the only line that people paste.
 */

#include <stdio.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/explain/log-copy.h"
#include "core/explain/log-parser.h"

static const struct {
        const char *text;
        CatalogueIndex row;
} reasons[] = {
        /* NM_ACTIVE_CONNECTION_STATE_REASON_LOGIN_FAILED: pppd ended with its status 19 */
        { "Invalid secrets", CATALOGUE_AUTH_07 },
        { "Ungültige Passwörter", CATALOGUE_AUTH_07 },
        { "Secrets non valides", CATALOGUE_AUTH_07 },
        { "Secretos no válidos", CATALOGUE_AUTH_07 },
        { "Segreti non validi", CATALOGUE_AUTH_07 },
        { "Segredos inválidos", CATALOGUE_AUTH_07 },
        { "Недействительные секреты", CATALOGUE_AUTH_07 },
        { "Некоректні реєстраційні дані", CATALOGUE_AUTH_07 },
        { "Nieprawidłowe hasła", CATALOGUE_AUTH_07 },
        { "Ongeldige geheimen", CATALOGUE_AUTH_07 },
        { "Ogiltiga hemligheter", CATALOGUE_AUTH_07 },
        { "Érvénytelen titkok", CATALOGUE_AUTH_07 },
        { "无效的密钥", CATALOGUE_AUTH_07 },
        { "無効なシークレット", CATALOGUE_AUTH_07 },
        /* the same in the words of older versions, and of desktops */
        { "invalid VPN secrets", CATALOGUE_AUTH_07 },
        { "login failed", CATALOGUE_AUTH_07 },
        { "Anmeldung fehlgeschlagen", CATALOGUE_AUTH_07 },
        /* NM_ACTIVE_CONNECTION_STATE_REASON_NO_SECRETS */
        { "No valid secrets", CATALOGUE_NM_08 },
        { "no valid VPN secrets", CATALOGUE_NM_08 },
        { "Keine gültigen Passwörter", CATALOGUE_NM_08 },
        { "Aucun secret valide", CATALOGUE_NM_08 },
        { "No hay secretos válidos", CATALOGUE_NM_08 },
        { "Nessun segreto valido", CATALOGUE_NM_08 },
        { "Sem segredos válidos", CATALOGUE_NM_08 },
        { "Действительные секреты отсутствуют", CATALOGUE_NM_08 },
        { "Немає коректних реєстраційних даних", CATALOGUE_NM_08 },
        { "Brak prawidłowych haseł", CATALOGUE_NM_08 },
        { "Geen geldige geheimen", CATALOGUE_NM_08 },
        { "Inga giltiga hemligheter", CATALOGUE_NM_08 },
        { "Nincsenek érvényes titkok", CATALOGUE_NM_08 },
        { "没有有效的密钥", CATALOGUE_NM_08 },
        { "有効なシークレットはありません", CATALOGUE_NM_08 },
};

/* Returns what stands behind nmcli's words, or NULL if the line does not begin with them. */
static const char *find_reason(const LogInput *input) {
        for (size_t i = 0; i < input->n_matches; i++) {
                const LogMatch *match = &input->matches[i];

                if (match->kind == LOG_MATCH_PHRASE && match->number == LOG_PHRASE_NMCLI &&
                    match->offset == 0)
                        return input->line->text + match->n_text;
        }

        return NULL;
}

void log_attempt_note_nmcli(LogOpenAttempt *a, const LogInput *input) {
        const char *reason = find_reason(input);
        LogHit *hit;

        if (!reason)
                return;

        a->by_network_manager = true;
        for (size_t i = 0; i < ELEMENTSOF(reasons); i++) {
                if (!strstr(reason, reasons[i].text))
                        continue;

                hit = log_attempt_add_hit(a, input, reasons[i].row);
                if (!hit)
                        return;
                log_evidence_take(&a->nmcli, input->line);
                if (hit->row == CATALOGUE_AUTH_07)
                        snprintf(hit->detail, sizeof(hit->detail),
                                 "nmcli says so of every refused log-on; the journal of "
                                 "NetworkManager has what the server itself said");
                return;
        }
}
