/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The drivers' health, shown.
 */
#ifndef OPENRRAS_RASADMIN_DRIVERS_H
#define OPENRRAS_RASADMIN_DRIVERS_H

#include <jansson.h>
#include <openrras.h>
#include <stdbool.h>

#include "rasadmin/rasadmin.h"
#include "rasadmin/table.h"

/* "up", "degraded", ...; "unknown". */
const char *driver_state_word(uint32_t state);
enum table_style driver_state_style(uint32_t state);
/* Is it at work, wholly or partly? */
bool driver_is_fine(const OPENRRAS_DRIVER *d);    /* up */
bool driver_is_working(const OPENRRAS_DRIVER *d); /* up, or degraded */

/* A table, and a line for each driver that has something to say. An exit code. */
int drivers_show(const struct app *app, const OPENRRAS_DRIVER_LIST *list);
/* A line for each process that was turned away. */
void drivers_show_refused(const OPENRRAS_SERVER *s);
json_t *refused_drivers_json(const OPENRRAS_SERVER *s); /* an array */
json_t *drivers_json(const OPENRRAS_DRIVER_LIST *list); /* an array */

#endif
