/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/vici/config.h"

#include <stdio.h>

/* Where strongSwan's charon has it when nothing else is configured. */
#define VICI_SOCKET "/var/run/charon.vici"

static const struct setting list[] = {
    {"vici", 'm', SETTING_PATH, offsetof(struct config, vici), 1, SETTINGS_PATH_MAX - 1, "PATH",
     "charon's vici socket (default: " VICI_SOCKET ")"},
    {"connections", 'C', SETTING_TEXT, offsetof(struct config, connections), 1, CONFIG_CONNECTIONS_MAX - 1, "NAMES",
     "Names of the connections of remote access, with * and ?, separated by commas (default: those whose peers get a "
     "virtual address, or log on by EAP or XAuth)"},
    {"state-file", 'f', SETTING_PATH, offsetof(struct config, state_file), 1, CONFIG_FILE_MAX - 1, "PATH",
     "Where to remember sessions, for the next start of this program (default: nowhere)"},
    {"command-timeout", 't', SETTING_DURATION, offsetof(struct config, command_ms), 500, 60000, "TIME",
     "How soon charon must answer (default: 5s)"},
    {"poll", 'p', SETTING_DURATION, offsetof(struct config, poll_ms), 0, 600000, "TIME",
     "Ask charon for counters not more often than that (default: as often as rrasd wants them)"},
};

const struct settings config_settings = {
    .section = "rras-vici",
    .doc =
        "Shows the remote access users of strongSwan's charon to rrasd, and disconnects them when rrasd asks for it.",
    .list = list,
    .count = sizeof(list) / sizeof(list[0]),
};

void config_parse(struct config *c, int argc, char **argv)
{
    *c = (struct config){.command_ms = 5000};
    snprintf(c->vici, sizeof(c->vici), VICI_SOCKET);
    settings_parse(&config_settings, c, argc, argv);
}
