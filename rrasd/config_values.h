/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of settings, from text. Each complains about what is wrong through `c` and returns false then, with the output
 * untouched.
 */
#ifndef OPENRRAS_RRASD_CONFIG_VALUES_H
#define OPENRRAS_RRASD_CONFIG_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "rrasd/access.h"
#include "rrasd/complaints.h"

/* Where a value stands, for complaints. */
struct value_place {
    const char *file;
    unsigned line;
    const char *key;
    struct complaints *c;
};

/* A whole number, or a duration in milliseconds, from min to max. */
bool value_count(const struct value_place *at, const char *text, uint32_t min, uint32_t max, uint32_t *ret);
bool value_duration(const struct value_place *at, const char *text, uint32_t min, uint32_t max, uint32_t *ret);
/* An absolute path of fewer than `max` bytes; *ret is replaced and belongs to the caller. */
bool value_path(const struct value_place *at, const char *text, size_t max, char **ret);
/* "192.0.2.1:4170" or "[2001:db8::1]:4170"; *ret as of value_path. */
bool value_addresses(const struct value_place *at, const char *text, char **ret);
/* The empty text; *ret as of value_path. */
bool value_nothing(const struct value_place *at, char **ret);
/* One of these words, which end with a NULL: which one it is. */
bool value_choice(const struct value_place *at, const char *text, const char *const *words, uint32_t *ret);
/* UTF-8 of at least one and at most `max` bytes, without control characters; *ret is replaced and belongs to the
 * caller. */
bool value_text(const struct value_place *at, const char *text, size_t max, char **ret);
bool value_log_level(const struct value_place *at, const char *text, uint32_t *ret);
/* Words: ras, lan, wan, ipv6-ras, ipv6-lan, ipv6-wan. */
bool value_router_type(const struct value_place *at, const char *text, uint32_t *ret);
/* Entries for one role: group names, or user:NAME; numbers stand for themselves. Added to *ret. */
bool value_role(const struct value_place *at, const char *text, enum access_role role, struct access_rules *ret);
/* User names or numbers. Added to the array. */
bool value_users(const struct value_place *at, const char *text, uid_t **ret, size_t *n);
/* One user's name or number: the uid. */
bool value_user(const struct value_place *at, const char *text, uint32_t *ret);

#endif
