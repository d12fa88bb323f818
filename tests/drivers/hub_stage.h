/* SPDX-License-Identifier: Apache-2.0 */
/* What most tests of the hub begin with: a hub that listens, and two drivers that are not connected yet. */
#ifndef OPENRRAS_TESTS_DRIVERS_HUB_STAGE_H
#define OPENRRAS_TESTS_DRIVERS_HUB_STAGE_H

#include "tests/drivers/hub_fixture.h"

extern struct hub_fixture f;
extern struct client a, b;

/* For cmocka. */
int start(void **state);
int stop(void **state);
/* As start(), with the configuration as `change` leaves it. */
int start_with(void (*change)(struct hub_fixture *f));

#endif
