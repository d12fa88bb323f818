/* SPDX-License-Identifier: Apache-2.0 */
/* Limits of ports, as people and programs read them. */
#ifndef OPENRRAS_RASADMIN_LIMIT_H
#define OPENRRAS_RASADMIN_LIMIT_H

#include <jansson.h>
#include <openrras.h>
#include <stdio.h>

void limits_show(FILE *to, const OPENRRAS_PORT_LIMIT_LIST *list); /* a line each */
json_t *limits_json(const OPENRRAS_PORT_LIMIT_LIST *list);        /* an array; NULL without memory */

#endif
