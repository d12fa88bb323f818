/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a driver is told: by an INI file with one section, and by options, which win. A table names each setting once:
 * it is a key of the file, a long option, and a place in the driver's own struct.
 */
#ifndef OPENRRAS_DRIVERS_COMMON_SETTINGS_H
#define OPENRRAS_DRIVERS_COMMON_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/common/driver.h"
#include "drivers/common/driver_main.h"

#define SETTINGS_MAX       32u /* in one table */
#define SETTINGS_PORTS_MAX 1000000u
#define SETTINGS_TEXT_MAX  128u /* bytes with a NUL of a word or a text */
#define SETTINGS_PATH_MAX  108u /* and of a socket's path, as sun_path has it */

enum setting_type {
    SETTING_PATH,     /* char[], absolute */
    SETTING_WORD,     /* char[]: letters, digits, - and _ */
    SETTING_TEXT,     /* char[]: UTF-8 */
    SETTING_COUNT,    /* uint32_t */
    SETTING_DURATION, /* uint32_t, milliseconds */
};

struct setting {
    const char *name; /* in the file, and of the option */
    int key;          /* of the option */
    enum setting_type type;
    size_t offset;     /* in the driver's struct */
    uint32_t min, max; /* of a count, of milliseconds, or of a text's bytes; the field has room for max and a NUL */
    const char *argument, *help;
};

/* What every driver has; the driver's struct begins with it. Owns its texts. */
struct settings_common {
    struct driver_options options; /* socket and instance point to the fields below */
    char socket[SETTINGS_PATH_MAX];
    char instance[SETTINGS_TEXT_MAX];    /* "main" */
    char device_name[SETTINGS_TEXT_MAX]; /* for people; "": rrasd makes one */
    char port_prefix[SETTINGS_TEXT_MAX]; /* "": the device type */
    uint32_t ports, max_ports;           /* as in the hello */
};

struct settings {
    const char *section; /* of the file: the program's name */
    const char *doc;     /* one sentence for --help */
    const struct setting *list;
    size_t count;
    /* After everything was read: what is missing or does not go together, or NULL. May be NULL. */
    const char *(*check)(void *values);
};

/* Fills `values`, whose defaults stand there already but for settings_common. Prints what is wrong, with file and line,
 * and exits with 2 for usage and 1 for a bad file, as programs do. */
void settings_parse(const struct settings *s, void *values, int argc, char **argv);

/* One setting by its name in the file. 0, -ENOENT: no such name, -EINVAL: not a good value; *ret_why says what is
 * wrong, and `values` is untouched. */
int settings_set(const struct settings *s, void *values, const char *name, const char *value, const char **ret_why);

/* What driver_new() is told of them: a DRIVER_DAEMON, whose name, device type and capabilities are still to be said.
 * Points into `c`. */
struct driver_config settings_driver_config(const struct settings_common *c);

#endif
