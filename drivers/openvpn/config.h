/* SPDX-License-Identifier: Apache-2.0 */
/* What rras-openvpn is told: by an INI file, and by options, which win. */
#ifndef OPENRRAS_DRIVERS_OPENVPN_CONFIG_H
#define OPENRRAS_DRIVERS_OPENVPN_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/common/settings.h"
#include "drivers/openvpn/logon.h"

#define CONFIG_PATH_MAX 4096u /* of an ordinary file */

/* Owns its strings, for they are in it. */
struct config {
    struct settings_common common;
    char management[SETTINGS_PATH_MAX]; /* openvpn's unix socket */
    char password_file[CONFIG_PATH_MAX];
    uint32_t poll_ms;                    /* how often openvpn is asked: 1000 */
    uint32_t busy_poll_ms;               /* and while a disconnect is under way: 100 */
    uint32_t grace_ms;                   /* between HALT and kill: 300 */
    uint32_t command_ms;                 /* openvpn must answer within: 5000 */
    char client_auth[SETTINGS_TEXT_MAX]; /* "off", "certificate" or "password" */
    enum logon_mode logon;               /* the same, by config_parse() */
    char no_answer[SETTINGS_TEXT_MAX];   /* "permit" or "refuse" */
    bool refuse_unanswered;              /* the same */
};

/* Parses the command line, and the file that it names. Prints what is wrong, with file and line, and exits with 2 for
 * usage and 1 for a bad file, as programs do. */
void config_parse(struct config *c, int argc, char **argv);

/* One setting by its name in the file. 0, -ENOENT: no such name, -EINVAL: not a good value, and *ret_why says what is.
 */
int config_set(struct config *c, const char *name, const char *value, const char **ret_why);

/*
 * The first line of the password file, for free(); *ret NULL when none is configured. The file must belong to root or
 * to us, and be closed to everybody else. Negative errno; -EPERM: others may read or write it, -EINVAL: empty or too
 * long.
 */
int config_read_password(const struct config *c, char **ret);

#endif
