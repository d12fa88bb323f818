/* SPDX-License-Identifier: Apache-2.0 */
/* One message at a time, parsed from memory of exactly its size. */
#ifndef OPENRRAS_TESTS_DRIVERS_MESSAGE_FIXTURE_H
#define OPENRRAS_TESTS_DRIVERS_MESSAGE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "rrasd/driver_message.h"

#define SESSION(more) "{\"type\":\"session\",\"id\":\"7\",\"start\":1764084000" more "}"

/* What the last parse has made; it is freed by the next one, and by forget() as a teardown. */
extern struct driver_message message;
extern char why[DRIVER_MESSAGE_WHY];

int parse(const char *line);
int parse_n(const char *line, size_t n);
/* `format` with %s replaced by `n` times `fill`. */
int parse_filled(const char *format, const char *fill, size_t n);
int forget(void **state);

#endif
