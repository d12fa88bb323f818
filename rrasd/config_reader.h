/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of an INI file, read by inih, with what inih does not give: the number of each line, complaints about every
 * line that is wrong rather than the first, and sections that are empty.
 */
#ifndef OPENRRAS_RRASD_CONFIG_READER_H
#define OPENRRAS_RRASD_CONFIG_READER_H

#include <stdio.h>

#include "rrasd/complaints.h"

struct config_events {
    void (*section)(void *ctx, unsigned line, const char *name);
    void (*pair)(void *ctx, unsigned line, const char *key, const char *value);
    void *ctx;
};

/* Reads to the end. 0, or negative errno when reading failed; what is wrong with the content is in the complaints. */
int config_read(FILE *file, const char *name, const struct config_events *events, struct complaints *c);

#endif
