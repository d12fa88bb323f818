/* SPDX-License-Identifier: Apache-2.0 */
/* What rras-vici is told: by an INI file, and by options, which win. */
#ifndef OPENRRAS_DRIVERS_VICI_CONFIG_H
#define OPENRRAS_DRIVERS_VICI_CONFIG_H

#include "drivers/common/settings.h"

#define CONFIG_CONNECTIONS_MAX 1024u
#define CONFIG_FILE_MAX        4096u

struct config {
    struct settings_common common;            /* first */
    char vici[SETTINGS_PATH_MAX];             /* charon's vici socket */
    char connections[CONFIG_CONNECTIONS_MAX]; /* patterns of their names; "": see sessions.h */
    char state_file[CONFIG_FILE_MAX];         /* what is remembered over a restart; "": nothing */
    uint32_t command_ms;                      /* charon must answer within: 5000 */
    uint32_t poll_ms;                         /* counters are not asked for more often: 0 */
};

extern const struct settings config_settings;

/* As settings_parse(), with defaults. */
void config_parse(struct config *c, int argc, char **argv);

#endif
