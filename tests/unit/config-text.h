/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/config/config.h"

/* The configuration of the tunnel onenet, from the text of its file, which must be good. */
Config *config_from_text(const char *text);
