/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all commands share: the global options, sentences on stderr, the end of the output.
 */
#include <errno.h>
#include <openrras.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "rasadmin/rasadmin.h"
#include "rasadmin/server.h"

enum {
    KEY_JSON = 0x100,
    KEY_TIMEOUT,
    KEY_NO_INPUT,
    KEY_COLOR,
    KEY_STDIO,
};

static const struct argp_option options[] = {
    {.doc = "Options of every command:", .group = 50},
    {"server", 's', "NAME", 0,
     "The server: host, \\\\host, ssh://user@host or a DCE string binding; default: this machine", 50},
    {"json", KEY_JSON, NULL, 0, "Print JSON", 50},
    {"timeout", KEY_TIMEOUT, "DURATION", 0,
     "Longest wait for one answer: 500ms, 15s, 2m; default: 5s to connect, 30s for a call", 50},
    {"no-input", KEY_NO_INPUT, NULL, 0, "Never ask; what would need an answer is refused", 50},
    {"color", KEY_COLOR, "WHEN", OPTION_ARG_OPTIONAL, "auto (default), always or never; NO_COLOR is heeded", 50},
    {"quiet", 'q', NULL, 0, "Print errors only, and what was asked to be listed", 50},
    {"stdio", KEY_STDIO, NULL, 0, "Connect stdin and stdout to the server; this is what ssh:// runs at the far end",
     50},
    {0},
};

static enum color_when parse_color(const char *arg, struct argp_state *state)
{
    static const char *const words[] = {[COLOR_AUTO] = "auto", [COLOR_ALWAYS] = "always", [COLOR_NEVER] = "never"};
    if (!arg)
        return COLOR_ALWAYS;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(arg, words[i]) == 0)
            return (enum color_when)i;
    }
    argp_error(state, "--color is auto, always or never");
    return COLOR_AUTO;
}

static uint64_t parse_timeout(const char *arg, struct argp_state *state)
{
    uint64_t ms = 0;
    if (text_parse_duration(arg, &ms) < 0 || ms == 0 || ms > OPENRRAS_LIMIT_MAX_MS)
        argp_error(state, "--timeout needs a duration such as 500ms, 15s or 2m");
    return ms;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct app *app = state->input;
    switch (key) {
    case 's':
        app->server_name = arg;
        return 0;
    case 'q':
        app->quiet = true;
        return 0;
    case KEY_JSON:
        app->json = true;
        return 0;
    case KEY_TIMEOUT:
        app->timeout_ms = parse_timeout(arg, state);
        return 0;
    case KEY_NO_INPUT:
        app->no_input = true;
        return 0;
    case KEY_COLOR:
        app->color_when = parse_color(arg, state);
        return 0;
    case KEY_STDIO:
        app->stdio = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp app_argp = {.options = options, .parser = parse};

struct server *app_server(struct app *app, int *ret_exit)
{
    if (!app->server)
        *ret_exit = server_open(app, &app->server);
    return app->server;
}

const char *app_server_title(const struct app *app)
{
    static char title[256];
    if (!app->server_name || !*app->server_name)
        return "this machine";
    return text_escape_z(title, sizeof title, app->server_name);
}

/* One write for a sentence, so that it stays whole beside what ssh says. */
static __attribute__((format(printf, 1, 0))) void say(const char *format, va_list ap)
{
    flockfile(stderr);
    fputs("rasadmin: ", stderr);
    vfprintf(stderr, format, ap);
    putc('\n', stderr);
    funlockfile(stderr);
}

void app_error(const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    say(format, ap);
    va_end(ap);
}

void app_note(const struct app *app, const char *format, ...)
{
    va_list ap;
    if (app->quiet)
        return;
    va_start(ap, format);
    say(format, ap);
    va_end(ap);
}

int app_no_memory(void)
{
    app_error("not enough memory");
    return EXIT_OTHER;
}

int app_finish_output(int code)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    /* A reader that has seen enough ("rasadmin ports | head") is no fault of ours and no news to anybody. */
    if (errno == EPIPE)
        return code;
    app_error("can't write the output: %s", errno ? strerror(errno) : "write error");
    return code == EXIT_DONE ? EXIT_OTHER : code;
}
