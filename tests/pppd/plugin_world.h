/* SPDX-License-Identifier: Apache-2.0 */
/* The plugin in a pppd that the test plays, and rrasd at its other end; compiled for 2.4.9 and for 2.5. */
#ifndef OPENRRAS_TESTS_PPPD_PLUGIN_WORLD_H
#define OPENRRAS_TESTS_PPPD_PLUGIN_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "drivers/pppd/plugin.h"
#include "tests/pppd/fake.h"
#include "tests/pppd/rrasd_end.h"

/* Of the session that alice_is_up() has made. */
extern char id[64];
extern long long start;

/* A session of alice's, up, with everything said so far read. */
void alice_is_up(void);
/* rrasd orders the session to be ended; `more`: further members, beginning with a comma. */
void order(unsigned number, const char *of, long long began, const char *more);

/* For cmocka: around each test, and around all of a program. */
int set_up(void **state);
int tear_down(void **state);
int load(void **state);
int unload(void **state);

#endif
