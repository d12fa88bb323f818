/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/ocserv/config.h"

#include <stdio.h>
#include <string.h>

static const struct setting list[] = {
    {"control", 'm', SETTING_PATH, offsetof(struct config, control), 1, SETTINGS_PATH_MAX - 1, "PATH",
     "ocserv's control socket, its occtl-socket-file (default: /var/run/occtl.socket)"},
    {"user", 'u', SETTING_WORD, offsetof(struct config, user), 1, 32, "NAME",
     "User that the driver becomes after it was started by root (default: rras-ocserv)"},
    {"ask", 'a', SETTING_PATH, offsetof(struct config, ask), 1, SETTINGS_PATH_MAX - 1, "PATH",
     "Socket on which rras-ocserv-connect, ocserv's connect-script, asks whether a user is kept out or may not dial "
     "in"},
    {"no-answer", 'A', SETTING_WORD, offsetof(struct config, no_answer), 1, 16, "HOW",
     "With --ask, what becomes of a user while rrasd does not say whether he may dial in: permit (default) or refuse"},
    {"poll", 'p', SETTING_DURATION, offsetof(struct config, poll_ms), 100, 60000, "TIME",
     "How often ocserv is asked who is there while it sends no events (default: 1s)"},
    {"quiet-poll", 'q', SETTING_DURATION, offsetof(struct config, quiet_poll_ms), 100, 600000, "TIME",
     "The same while it sends events (default: 5s)"},
    {"command-timeout", 't', SETTING_DURATION, offsetof(struct config, command_ms), 100, 60000, "TIME",
     "How soon ocserv must answer (default: 5s)"},
};

static const char *check(void *values)
{
    struct config *c = values;
    c->refuse_unanswered = strcmp(c->no_answer, "refuse") == 0;
    if (c->refuse_unanswered || strcmp(c->no_answer, "permit") == 0)
        return NULL;
    return "no-answer must be permit or refuse";
}

const struct settings config_settings = {
    .section = "rras-ocserv",
    .doc =
        "Shows the users of an ocserv (AnyConnect, OpenConnect) to rrasd, and disconnects them when rrasd asks for it.",
    .list = list,
    .count = sizeof(list) / sizeof(list[0]),
    .check = check,
};

void config_parse(struct config *c, int argc, char **argv)
{
    *c = (struct config){.poll_ms = 1000, .quiet_poll_ms = 5000, .command_ms = 5000};
    snprintf(c->control, sizeof(c->control), "/var/run/occtl.socket");
    snprintf(c->user, sizeof(c->user), "rras-ocserv");
    snprintf(c->no_answer, sizeof(c->no_answer), "permit");
    settings_parse(&config_settings, c, argc, argv);
}
