/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keep-outs, shown.
 */
#ifndef OPENRRAS_RASADMIN_KEEP_OUT_H
#define OPENRRAS_RASADMIN_KEEP_OUT_H

#include <jansson.h>
#include <openrras.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* How long it may be, from a command line: "1h". 0; -EINVAL: no duration, less than a second, or too long. */
int keep_out_parse_duration(const char *text, uint32_t *ret_seconds);
/* May this be a reason? UTF-8, not too long. */
bool keep_out_reason_is_good(const char *text);

/* The one with that number, or NULL. */
const OPENRRAS_KEEP_OUT *keep_out_find(const OPENRRAS_KEEP_OUT_LIST *list, uint32_t number);

/* A paragraph: who, until when, and for each driver whether it refuses at log-on or the session is ended on arrival. */
void keep_out_show(FILE *out, const OPENRRAS_KEEP_OUT *k);
json_t *keep_out_json(const OPENRRAS_KEEP_OUT *k);

#endif
