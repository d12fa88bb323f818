/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "common/text.h"
#include "rasadmin/commands.h"

struct options {
    const char *command;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    if (key != ARGP_KEY_ARG)
        return ARGP_ERR_UNKNOWN;
    if (o->command)
        argp_error(state, "one command is enough");
    o->command = arg;
    return 0;
}

static const struct argp argp = {
    .parser = parse,
    .args_doc = "[COMMAND]",
    .doc = "Show what the commands are, or all about one.",
};

static int run(struct app *app, const struct command *self, int argc, char **argv)
{
    struct options o = {0};
    bool several;
    char shown[64];
    int code = command_parse(app, self, &o, argc, argv);
    if (code)
        return code;
    if (!o.command) {
        main_help();
        return EXIT_DONE;
    }
    const struct command *c = command_find(o.command, &several);
    if (!c) {
        app_error("%s: there is no such command; 'rasadmin help' lists them",
                  text_escape_z(shown, sizeof shown, o.command));
        return EXIT_USAGE;
    }
    return command_help(c);
}

const struct command cmd_help = {
    .name = "help",
    .summary = "show how commands are used",
    .argp = &argp,
    .run = run,
};
