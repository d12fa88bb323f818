/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Users that the server keeps, shown.
 */
#ifndef OPENRRAS_RASADMIN_USER_H
#define OPENRRAS_RASADMIN_USER_H

#include <jansson.h>
#include <openrras.h>
#include <stdbool.h>
#include <stdio.h>

/* "none", "caller", or the number to call, from a command line: into u->dwCallback and u->pszNumber, which is a part of
 * `text` or "". False: it is none of these. */
bool user_parse_callback(const char *text, OPENRRAS_USER *u);

/* "permitted", "refused", "by policy: permitted", "by policy: refused". */
const char *user_dial_in(const OPENRRAS_USER *u);
/* "none", "caller", "admin"; of a server that says something else "unknown". */
const char *user_callback(const OPENRRAS_USER *u);

/* A paragraph. */
void user_show(FILE *out, const OPENRRAS_USER *u);
/* A table of all; 0 or -ENOMEM. */
int user_table(FILE *out, const OPENRRAS_USER_LIST *list, size_t width, bool color);
json_t *user_json(const OPENRRAS_USER *u);

#endif
