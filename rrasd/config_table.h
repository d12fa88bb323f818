/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of rrasd as a table: what they are called, where they live, and what they may be. */
#ifndef OPENRRAS_RRASD_CONFIG_TABLE_H
#define OPENRRAS_RRASD_CONFIG_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rrasd/access.h"

enum setting_kind {
    SETTING_PATH,
    SETTING_SOCKET,        /* a path that fits into a socket address */
    SETTING_OPTIONAL_PATH, /* or nothing */
    SETTING_ADDRESSES,     /* of TCP; there may be none */
    SETTING_COUNT,
    SETTING_DURATION,
    SETTING_CHOICE, /* one of a few words */
    SETTING_TEXT,   /* a line that may not be empty */
    SETTING_LOG_LEVEL,
    SETTING_ROUTER_TYPE,
    SETTING_ROLE,
    SETTING_USER, /* one: its uid */
};

struct setting {
    const char *section, *key;
    enum setting_kind kind;
    size_t offset;            /* in struct config */
    uint32_t min, max;        /* of counts, of durations in milliseconds; max: bytes of a text */
    enum access_role role;    /* of SETTING_ROLE */
    const char *const *words; /* of SETTING_CHOICE: the first is 0, the next 1, ...; NULL at the end */
    const char *initial;      /* what it is when the file does not say; NULL: empty */
    bool fixed;               /* only a start changes it */
};

extern const struct setting config_settings[];
extern const size_t config_n_settings;

/* NULL when there is none. */
const struct setting *config_setting(const char *section, const char *key);
bool config_section_exists(const char *section);

#endif
