/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/explain/log-row.h"

#include "core/base/macros.h"

/* The last stage follows from the row's group. */
#define OF_GROUP _LOG_STAGE_MAX

typedef struct RowTraits {
        CatalogueIndex row;
        LogRowWeight weight;
        LogStage last_stage;
        unsigned traits; /* bits of LogRowTrait */
} RowTraits;

/* Rows that are not listed are causes, have no trait, and fail at the stage of their group. */
static const RowTraits rows[] = {
        { CATALOGUE_NET_06, LOG_ROW_WEIGHT_CAUSE, OF_GROUP, LOG_ROW_UNANSWERED },
        { CATALOGUE_NET_09, LOG_ROW_WEIGHT_STAGE, OF_GROUP, 0 },
        { CATALOGUE_CFG_05, LOG_ROW_WEIGHT_CAUSE, LOG_STAGE_ASKED, 0 },
        { CATALOGUE_CFG_12, LOG_ROW_WEIGHT_CAUSE, LOG_STAGE_BEGUN, 0 },
        { CATALOGUE_CFG_15, LOG_ROW_WEIGHT_END, LOG_STAGE_BEGUN, 0 },
        { CATALOGUE_SYS_04, LOG_ROW_WEIGHT_CAUSE, LOG_STAGE_AUTHENTICATED, 0 },
        { CATALOGUE_SYS_06, LOG_ROW_WEIGHT_CAUSE, LOG_STAGE_ENCRYPTED, 0 },
        { CATALOGUE_SYS_14, LOG_ROW_WEIGHT_CAUSE, LOG_STAGE_ENCRYPTED, 0 },
        { CATALOGUE_SYS_16, LOG_ROW_WEIGHT_CAUSE, LOG_STAGE_ENCRYPTED, 0 },
        /* pptp-linux ends a refused connection in the words that it has for another version. */
        { CATALOGUE_CTL_04, LOG_ROW_WEIGHT_STAGE, OF_GROUP, 0 },
        { CATALOGUE_CTL_05, LOG_ROW_WEIGHT_STAGE, OF_GROUP, 0 },
        { CATALOGUE_CTL_08, LOG_ROW_WEIGHT_CAUSE, OF_GROUP, LOG_ROW_UNANSWERED },
        { CATALOGUE_CTL_09, LOG_ROW_WEIGHT_END, LOG_STAGE_UP,
          LOG_ROW_TELLS_END | LOG_ROW_FOLLOWS | LOG_ROW_PARTS },
        { CATALOGUE_CTL_10, LOG_ROW_WEIGHT_CAUSE, LOG_STAGE_UP, 0 },
        { CATALOGUE_CTL_12, LOG_ROW_WEIGHT_CAUSE, LOG_STAGE_UP,
          LOG_ROW_TELLS_END | LOG_ROW_POINTS_BACK },
        { CATALOGUE_CTL_13, LOG_ROW_WEIGHT_CAUSE, OF_GROUP, LOG_ROW_UNANSWERED },
        { CATALOGUE_CTL_14, LOG_ROW_WEIGHT_END, LOG_STAGE_UP, LOG_ROW_TELLS_END | LOG_ROW_PARTS },
        { CATALOGUE_CTL_16, LOG_ROW_WEIGHT_END, LOG_STAGE_UP,
          LOG_ROW_TELLS_END | LOG_ROW_FOLLOWS | LOG_ROW_PARTS },
        { CATALOGUE_CTL_18, LOG_ROW_WEIGHT_STAGE, OF_GROUP, 0 },
        { CATALOGUE_GRE_01, LOG_ROW_WEIGHT_STAGE, LOG_STAGE_CALL, 0 },
        { CATALOGUE_GRE_02, LOG_ROW_WEIGHT_CAUSE, LOG_STAGE_CALL, 0 },
        { CATALOGUE_GRE_06, LOG_ROW_WEIGHT_CAUSE, OF_GROUP,
          LOG_ROW_TELLS_END | LOG_ROW_POINTS_BACK },
        { CATALOGUE_GRE_08, LOG_ROW_WEIGHT_CAUSE, LOG_STAGE_CALL, 0 },
        { CATALOGUE_GRE_10, LOG_ROW_WEIGHT_CAUSE, LOG_STAGE_CALL, 0 },
        { CATALOGUE_GRE_13, LOG_ROW_WEIGHT_STAGE, LOG_STAGE_CALL, 0 },
        { CATALOGUE_LCP_01, LOG_ROW_WEIGHT_CAUSE, LOG_STAGE_ASKED, 0 },
        { CATALOGUE_LCP_02, LOG_ROW_WEIGHT_CAUSE, OF_GROUP, LOG_ROW_PARTS },
        { CATALOGUE_LCP_03, LOG_ROW_WEIGHT_END, OF_GROUP,
          LOG_ROW_TELLS_END | LOG_ROW_POINTS_BACK | LOG_ROW_FOLLOWS },
        { CATALOGUE_LCP_04, LOG_ROW_WEIGHT_END, OF_GROUP, LOG_ROW_TELLS_END | LOG_ROW_PARTS },
        { CATALOGUE_LCP_06, LOG_ROW_WEIGHT_CAUSE, LOG_STAGE_ASKED, 0 },
        { CATALOGUE_LCP_07, LOG_ROW_WEIGHT_CAUSE, LOG_STAGE_ASKED, 0 },
        { CATALOGUE_LCP_08, LOG_ROW_WEIGHT_STAGE, OF_GROUP, 0 },
        { CATALOGUE_LCP_09, LOG_ROW_WEIGHT_CAUSE, LOG_STAGE_ASKED, 0 },
        { CATALOGUE_LCP_10, LOG_ROW_WEIGHT_CAUSE, LOG_STAGE_ASKED, 0 },
        { CATALOGUE_LCP_15, LOG_ROW_WEIGHT_CAUSE, LOG_STAGE_ASKED, 0 },
        { CATALOGUE_LCP_13, LOG_ROW_WEIGHT_CAUSE, OF_GROUP, LOG_ROW_PARTS },
        { CATALOGUE_AUTH_01, LOG_ROW_WEIGHT_CAUSE, OF_GROUP, LOG_ROW_REFUSES },
        { CATALOGUE_AUTH_07, LOG_ROW_WEIGHT_STAGE, OF_GROUP, LOG_ROW_REFUSES },
        { CATALOGUE_AUTH_08, LOG_ROW_WEIGHT_CAUSE, LOG_STAGE_AUTHENTICATED, 0 },
        { CATALOGUE_AUTH_09, LOG_ROW_WEIGHT_CAUSE, LOG_STAGE_AUTHENTICATED, 0 },
        { CATALOGUE_AUTH_13, LOG_ROW_WEIGHT_STAGE, OF_GROUP, LOG_ROW_REFUSES },
        { CATALOGUE_AUTH_14, LOG_ROW_WEIGHT_CAUSE, OF_GROUP, LOG_ROW_REFUSES },
        { CATALOGUE_AUTH_17, LOG_ROW_WEIGHT_CAUSE, OF_GROUP, LOG_ROW_REFUSES },
        { CATALOGUE_AUTH_20, LOG_ROW_WEIGHT_END, OF_GROUP, 0 },
        { CATALOGUE_AUTH_21, LOG_ROW_WEIGHT_CAUSE, LOG_STAGE_AUTHENTICATED, 0 },
        { CATALOGUE_MPPE_07, LOG_ROW_WEIGHT_STAGE, OF_GROUP, 0 },
        { CATALOGUE_MPPE_15, LOG_ROW_WEIGHT_CAUSE, LOG_STAGE_UP, 0 },
        { CATALOGUE_MPPE_16, LOG_ROW_WEIGHT_CAUSE, LOG_STAGE_UP, 0 },
        { CATALOGUE_MPPE_17, LOG_ROW_WEIGHT_CAUSE, LOG_STAGE_UP, 0 },
        { CATALOGUE_MPPE_18, LOG_ROW_WEIGHT_CAUSE, LOG_STAGE_UP, 0 },
        { CATALOGUE_MPPE_19, LOG_ROW_WEIGHT_CAUSE, LOG_STAGE_UP, 0 },
        { CATALOGUE_MPPE_20, LOG_ROW_WEIGHT_CAUSE, LOG_STAGE_UP, 0 },
        { CATALOGUE_MPPE_23, LOG_ROW_WEIGHT_STAGE, OF_GROUP, 0 },
        { CATALOGUE_MPPE_27, LOG_ROW_WEIGHT_CAUSE, LOG_STAGE_UP, 0 },
        { CATALOGUE_MPPE_29, LOG_ROW_WEIGHT_CAUSE, LOG_STAGE_UP, 0 },
        { CATALOGUE_PPPD_06, LOG_ROW_WEIGHT_CAUSE, LOG_STAGE_BEGUN, 0 },
        { CATALOGUE_PPPD_01, LOG_ROW_WEIGHT_END, OF_GROUP, LOG_ROW_TELLS_END | LOG_ROW_FOLLOWS },
        { CATALOGUE_NM_01, LOG_ROW_WEIGHT_CAUSE, LOG_STAGE_BEGUN, 0 },
        { CATALOGUE_NM_03, LOG_ROW_WEIGHT_STAGE, LOG_STAGE_CALL, 0 },
        { CATALOGUE_NM_04, LOG_ROW_WEIGHT_STAGE, LOG_STAGE_CONTROL, 0 },
        { CATALOGUE_NM_05, LOG_ROW_WEIGHT_CAUSE, LOG_STAGE_BEGUN, 0 },
        { CATALOGUE_NM_06, LOG_ROW_WEIGHT_CAUSE, LOG_STAGE_BEGUN, 0 },
        { CATALOGUE_NM_07, LOG_ROW_WEIGHT_CAUSE, LOG_STAGE_BEGUN, 0 },
        { CATALOGUE_NM_08, LOG_ROW_WEIGHT_CAUSE, LOG_STAGE_BEGUN, 0 },
};

static const RowTraits *find_traits(const DiagnosisRow *row) {
        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                if (row == &catalogue_rows[rows[i].row])
                        return &rows[i];

        return NULL;
}

LogRowWeight log_row_get_weight(const DiagnosisRow *row) {
        const RowTraits *traits = find_traits(row);

        return traits ? traits->weight : LOG_ROW_WEIGHT_CAUSE;
}

bool log_row_has(const DiagnosisRow *row, LogRowTrait trait) {
        const RowTraits *traits = find_traits(row);

        return traits && (traits->traits & trait);
}

LogStage log_row_get_last_stage(const DiagnosisRow *row) {
        const RowTraits *traits = find_traits(row);

        if (traits && traits->last_stage != OF_GROUP)
                return traits->last_stage;

        switch (catalogue_row_group(row)) {
        case CATALOGUE_GROUP_NET:
                return LOG_STAGE_BEGUN;
        case CATALOGUE_GROUP_CFG:
        case CATALOGUE_GROUP_SYS:
        case CATALOGUE_GROUP_CTL:
                return LOG_STAGE_CALL;
        case CATALOGUE_GROUP_AUTH:
                return LOG_STAGE_ASKED;
        case CATALOGUE_GROUP_MPPE:
                return LOG_STAGE_AUTHENTICATED;
        case CATALOGUE_GROUP_IPCP:
                return LOG_STAGE_ENCRYPTED;
        case CATALOGUE_GROUP_GRE:
        case CATALOGUE_GROUP_LCP:
        case CATALOGUE_GROUP_PPPD:
        case CATALOGUE_GROUP_NETC:
        case CATALOGUE_GROUP_NAME:
        case CATALOGUE_GROUP_NM:
        case CATALOGUE_GROUP_SRV:
        case CATALOGUE_GROUP_EVENT:
                break;
        }

        return LOG_STAGE_UP;
}

bool log_row_is_failure(const DiagnosisRow *row) {
        return row->class != DIAGNOSIS_WARN && row->class != DIAGNOSIS_INFORM;
}
