/* SPDX-License-Identifier: Apache-2.0 */
/* The users of the fake server, and how it reads what a test tells it. */
#ifndef OPENRRAS_TESTS_RASADMIN_FAKE_USERS_H
#define OPENRRAS_TESTS_RASADMIN_FAKE_USERS_H

#include <jansson.h>
#include <stdint.h>

#include "rrasx/rrasx.h"

static inline uint64_t number(const json_t *o, const char *key)
{
    return (uint64_t)json_integer_value(json_object_get(o, key));
}

static inline const char *text(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

/* "users" of `own` is what it keeps, an array; with "users_code" every answer is that code. What it is told to change
 * is printed. */
void fake_users_begin(json_t *own, struct rrasx_backend *backend);

#endif
