/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

/*
 * In the unit, root has neither CAP_DAC_OVERRIDE nor CAP_DAC_READ_SEARCH: permissions are for it as
 * for everybody. Takes both from this process, or gives back what it may have of them. A program
 * that root starts begins anew with all rights.
 */
void override_set(bool effective);
