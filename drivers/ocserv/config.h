/* SPDX-License-Identifier: Apache-2.0 */
/* What rras-ocserv is told: by an INI file, and by options, which win. */
#ifndef OPENRRAS_DRIVERS_OCSERV_CONFIG_H
#define OPENRRAS_DRIVERS_OCSERV_CONFIG_H

#include "drivers/common/settings.h"

struct config {
    struct settings_common common;
    char control[SETTINGS_PATH_MAX];   /* occtl-socket-file of ocserv */
    char user[SETTINGS_TEXT_MAX];      /* whom the driver becomes */
    char ask[SETTINGS_PATH_MAX];       /* where rras-ocserv-connect asks; "": nobody can be turned away */
    char no_answer[SETTINGS_TEXT_MAX]; /* "permit" or "refuse" */
    bool refuse_unanswered;            /* the same */
    uint32_t poll_ms;                  /* how often ocserv is asked while its events can't be relied on: 1000 */
    uint32_t quiet_poll_ms;            /* and while they can: 5000 */
    uint32_t command_ms;               /* ocserv must answer within: 5000 */
};

extern const struct settings config_settings;

/* As settings_parse(). */
void config_parse(struct config *c, int argc, char **argv);

#endif
