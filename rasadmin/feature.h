/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Servers that have more than the published protocol.
 */
#ifndef OPENRRAS_RASADMIN_FEATURE_H
#define OPENRRAS_RASADMIN_FEATURE_H

#include <stdint.h>

#include "rasadmin/rasadmin.h"

/* Does this run's server have all of these (OPENRRAS_FEATURE_*)? EXIT_DONE; else the code after a sentence, "... can't
 * `what`". Opens the server. */
int feature_need(struct app *app, uint32_t features, const char *what);

#endif
