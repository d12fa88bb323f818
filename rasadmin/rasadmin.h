/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rasadmin: the command line of OpenRRAS. What all commands share: the global options, the table of commands and the
 * exit codes.
 *
 * A command prints data to stdout and everything else to stderr. It is done when its function returns; the process then
 * ends.
 */
#ifndef OPENRRAS_RASADMIN_RASADMIN_H
#define OPENRRAS_RASADMIN_RASADMIN_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The contract with scripts: rasadmin(1), EXIT STATUS. Numbers never change. */
enum exit_code {
    EXIT_DONE = 0,
    EXIT_OTHER = 1,       /* anything that has no number of its own */
    EXIT_USAGE = 2,       /* the command line was wrong; nothing was done */
    EXIT_NOT_FOUND = 3,   /* nothing matches, or it is not there any more */
    EXIT_DENIED = 4,      /* the server does not allow it to this caller */
    EXIT_PARTLY = 5,      /* some of it was done */
    EXIT_UNCONFIRMED = 6, /* asked for, but nobody has seen it happen */
    EXIT_UNREACHABLE = 7, /* no server there, or it does not answer */
};

enum color_when {
    COLOR_AUTO, /* on a terminal, unless NO_COLOR is set or TERM is dumb */
    COLOR_ALWAYS,
    COLOR_NEVER,
};

struct server;

/* One run of the program. */
struct app {
    const char *server_name; /* as typed; NULL: this machine */
    bool json;
    bool quiet;    /* no notes, no table of what was done: errors only */
    bool no_input; /* never ask */
    bool stdio;    /* relay instead of a command */
    enum color_when color_when;
    uint64_t timeout_ms;   /* 0: the library's defaults */
    struct server *server; /* opened by app_server() */
};

/* A command: one row of the table, one file cmd_*.c. */
struct command {
    const char *name;
    const char *summary;     /* one line */
    const struct argp *argp; /* its options, arguments and the longer text */
    bool hidden;             /* for the completion script, not for people */
    /* `argv[0]` is the command's name. Parses with command_parse() and returns an exit code. */
    int (*run)(struct app *app, const struct command *self, int argc, char **argv);
};

extern const struct command *const commands[];
extern const size_t n_commands;
/* The command of exactly that name, else the only one that begins with it. NULL: none, or several (*ret_several). */
const struct command *command_find(const char *name, bool *ret_several);

/* The options that every command has too: before its name or after it. Input: struct app. */
extern const struct argp app_argp;

/*
 * Parse a command's own arguments together with the global options. `options` is the input of self->argp's parser. 0,
 * or an exit code; wrong usage and --help end the process, as argp does.
 */
int command_parse(struct app *app, const struct command *self, void *options, int argc, char **argv);
/* Print a command's help to stdout. An exit code. */
int command_help(const struct command *self);
/* Print the help of the whole. */
void main_help(void);

/* The server of this run, opened at the first use. On failure NULL, the sentence has been printed and *ret_exit is set.
 */
struct server *app_server(struct app *app, int *ret_exit);
/* What the server is called in a sentence: "this machine", "ssh://gate". Escaped. Not reentrant. */
const char *app_server_title(const struct app *app);

/* A sentence on stderr; text from outside in it must be escaped. A note is left out with --quiet. */
void app_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void app_note(const struct app *app, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Out of memory: says so, EXIT_OTHER. */
int app_no_memory(void);
/* Has all that was printed arrived? Turns EXIT_DONE into EXIT_OTHER when not. A reader that went away (EPIPE) is no
 * fault. */
int app_finish_output(int code);

#endif
