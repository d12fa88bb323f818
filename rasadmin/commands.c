/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of commands: dispatch, help and completion read it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rasadmin/commands.h"
#include "rasadmin/rasadmin.h"

const struct command *const commands[] = {
    &cmd_status, &cmd_ports,   &cmd_port,       &cmd_connections, &cmd_connection, &cmd_disconnect, &cmd_keep_out,
    &cmd_user,   &cmd_message, &cmd_quarantine, &cmd_release,     &cmd_limit,      &cmd_forget,     &cmd_clear_stats,
    &cmd_reset,  &cmd_watch,   &cmd_top,        &cmd_version,     &cmd_help,       &cmd_complete,
};
const size_t n_commands = sizeof commands / sizeof commands[0];

const struct command *command_find(const char *name, bool *ret_several)
{
    const struct command *found = NULL;
    size_t n = 0;
    *ret_several = false;
    for (size_t i = 0; i < n_commands; i++) {
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
        if (!commands[i]->hidden && *name && strncmp(commands[i]->name, name, strlen(name)) == 0) {
            found = commands[i];
            n++;
        }
    }
    *ret_several = n > 1;
    return n == 1 ? found : NULL;
}

/* The parser of the whole: it only hands their inputs to the command's own parser and to that of the global options. */
static error_t parse_root(int key, char *arg, struct argp_state *state)
{
    void **inputs = state->input;
    (void)arg;
    if (key != ARGP_KEY_INIT)
        return ARGP_ERR_UNKNOWN;
    state->child_inputs[0] = inputs[0];
    state->child_inputs[1] = inputs[1];
    return 0;
}

/* "rasadmin ports", as usage lines and complaints call it. */
static char *command_title(const struct command *self)
{
    char *title;
    return asprintf(&title, "rasadmin %s", self->name) < 0 ? NULL : title;
}

int command_parse(struct app *app, const struct command *self, void *options, int argc, char **argv)
{
    const struct argp_child children[] = {{.argp = self->argp}, {.argp = &app_argp}, {0}};
    const struct argp root = {.parser = parse_root, .children = children};
    void *inputs[] = {options, app};
    char *title = command_title(self);
    if (!title)
        return app_no_memory();
    argv[0] = title;
    error_t e = argp_parse(&root, argc, argv, 0, NULL, inputs);
    argv[0] = NULL;
    free(title);
    if (e) {
        app_error("%s", strerror(e));
        return EXIT_OTHER;
    }
    return EXIT_DONE;
}

int command_help(const struct command *self)
{
    const struct argp_child children[] = {{.argp = self->argp}, {.argp = &app_argp}, {0}};
    const struct argp root = {.children = children};
    char *title = command_title(self);
    if (!title)
        return app_no_memory();
    argp_help(&root, stdout, ARGP_HELP_USAGE | ARGP_HELP_LONG | ARGP_HELP_DOC, title);
    free(title);
    return EXIT_DONE;
}
