/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "rasadmin/rasadmin.h"
#include "rasadmin/server.h"
#include "rasadmin/relay.h"
#include "rasadmin/term.h"

/* Where the command begins in argv. */
struct main_input {
    struct app *app;
    int command; /* index; 0: none was given */
};

static error_t parse_main(int key, char *arg, struct argp_state *state)
{
    struct main_input *in = state->input;
    (void)arg;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = in->app;
        return 0;
    case ARGP_KEY_ARG:
        /* The rest is the command's. */
        in->command = state->next - 1;
        state->next = state->argc;
        return 0;
    case ARGP_KEY_NO_ARGS:
        if (!in->app->stdio)
            argp_error(state, "a command is needed; 'rasadmin help' lists them");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* The list of commands at the end of the help, from the table. */
static char *list_commands(int key, const char *text, void *input)
{
    char *list = NULL;
    size_t size = 0;
    (void)input;
    if (key != ARGP_KEY_HELP_POST_DOC)
        return (char *)(uintptr_t)text;
    FILE *f = open_memstream(&list, &size);
    if (!f)
        return NULL;
    fputs("Commands ('rasadmin help COMMAND' tells more):\n", f);
    for (size_t i = 0; i < n_commands; i++) {
        if (!commands[i]->hidden)
            fprintf(f, "  %-12s %s\n", commands[i]->name, commands[i]->summary);
    }
    return fclose(f) == 0 ? list : NULL;
}

static const struct argp_child main_children[] = {{.argp = &app_argp}, {0}};
static const struct argp main_argp = {
    .parser = parse_main,
    .args_doc = "COMMAND [ARGUMENT...]",
    .doc = "List, watch and disconnect the users of a remote access server.\v",
    .children = main_children,
    .help_filter = list_commands,
};

void main_help(void)
{
    argp_help(&main_argp, stdout, ARGP_HELP_USAGE | ARGP_HELP_LONG | ARGP_HELP_DOC, (char[]){"rasadmin"});
}

/* "connections, connection": those that begin like this. */
static void list_candidates(const char *begin, char *dst, size_t cap)
{
    size_t at = 0;
    dst[0] = '\0';
    for (size_t i = 0; i < n_commands && at < cap; i++) {
        if (!commands[i]->hidden && strncmp(commands[i]->name, begin, strlen(begin)) == 0)
            at += (size_t)snprintf(dst + at, cap - at, "%s%s", at ? ", " : "", commands[i]->name);
    }
}

static int run_command(struct app *app, int argc, char **argv)
{
    bool several;
    char shown[64], list[256];
    const struct command *c = command_find(argv[0], &several);
    if (c)
        return c->run(app, c, argc, argv);
    text_escape_z(shown, sizeof shown, argv[0]);
    list_candidates(argv[0], list, sizeof list);
    if (several)
        app_error("%s: several commands begin like this: %s", shown, list);
    else
        app_error("%s: there is no such command; 'rasadmin help' lists the commands", shown);
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    struct app app = {0};
    struct main_input in = {.app = &app};
    term_init();
    argp_err_exit_status = EXIT_USAGE;
    argp_program_version = "rasadmin " RASADMIN_VERSION " (OpenRRAS)";
    /* A reader that goes away is seen as EPIPE, so that ssh gets reaped and the exit code is ours. */
    signal(SIGPIPE, SIG_IGN);
    error_t e = argp_parse(&main_argp, argc, argv, ARGP_IN_ORDER, NULL, &in);
    if (e) {
        app_error("%s", strerror(e));
        return EXIT_OTHER;
    }
    if (app.stdio && in.command) {
        app_error("--stdio takes no command");
        return EXIT_USAGE;
    }
    int code = app.stdio ? stdio_relay(&app) : run_command(&app, argc - in.command, argv + in.command);
    server_close(app.server);
    return app_finish_output(code);
}
