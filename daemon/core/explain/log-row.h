/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What a failure of the catalogue is worth as an explanation of a log: which of two explains more,
 * and how far an attempt can have come that ended by it.
 */

#include <stdbool.h>

#include "core/diagnosis/catalogue.h"
#include "core/explain/log-diagnosis.h"

/* How much a verdict explains. One that explains more outweighs one that explains less. */
typedef enum LogRowWeight {
        LOG_ROW_WEIGHT_END,   /* that something is gone, which follows from any failure */
        LOG_ROW_WEIGHT_STAGE, /* which stage failed, and not why */
        LOG_ROW_WEIGHT_CAUSE,
} LogRowWeight;

/* What else a verdict says. */
typedef enum LogRowTrait {
        LOG_ROW_TELLS_END = 1 << 0,   /* that something is gone, which may be no failure */
        LOG_ROW_POINTS_BACK = 1 << 1, /* that the cause is in an earlier line */
        LOG_ROW_UNANSWERED = 1 << 2,  /* that a question on the control connection had no answer */
        LOG_ROW_FOLLOWS = 1 << 3,     /* what happens when somebody here ends an attempt */
        LOG_ROW_REFUSES = 1 << 4, /* that the server refused the log-on; its words may say why */
        LOG_ROW_PARTS = 1 << 5,   /* how two sides part that do not hear each other */
} LogRowTrait;

/* Returns how much a verdict explains. */
LogRowWeight log_row_get_weight(const DiagnosisRow *row);
/* Returns whether a verdict has a trait; false for NULL, which is no verdict. */
bool log_row_has(const DiagnosisRow *row, LogRowTrait trait);
/* Returns the last stage at which a failure of this row can end an attempt. */
LogStage log_row_get_last_stage(const DiagnosisRow *row);
/* Returns whether a row is a failure, and neither a warning nor a remark. */
bool log_row_is_failure(const DiagnosisRow *row);
