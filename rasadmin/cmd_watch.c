/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <openrras.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "rasadmin/client.h"
#include "rasadmin/commands.h"
#include "rasadmin/errors.h"
#include "rasadmin/event.h"
#include "rasadmin/server.h"
#include "rasadmin/show.h"
#include "rasadmin/watcher.h"

#define INTERVAL_DEFAULT_MS 1000u
#define INTERVAL_MIN_MS     50u

enum {
    KEY_INTERVAL = 0x200,
    KEY_COUNT,
    KEY_EVENTS,
    KEY_SINCE,
};

static const struct argp_option option_table[] = {
    {"events", KEY_EVENTS, "LIST", 0, "Only these, separated by commas: up, gone, orders, drivers, keep-outs, all, ...",
     1},
    {"since", KEY_SINCE, "[RUN:]N", 0, "Begin after event N, of the server's run RUN, instead of with who is there", 1},
    {"count", KEY_COUNT, "N", 0, "End after N lines", 1},
    {"interval", KEY_INTERVAL, "DURATION", 0,
     "Where the server tells no events, look this often: 1s (default), 500ms, 1m; and try so often to reach it again",
     1},
    {0},
};

static uint64_t parse_number(struct argp_state *state, const char *option, const char *s, char least)
{
    char *end;
    errno = 0;
    uint64_t n = strtoull(s, &end, 10);
    if (errno || *end || s[0] < least || s[0] > '9')
        argp_error(state, "%s needs a number from %c on", option, least);
    return n;
}

static void parse_since(struct argp_state *state, struct watcher *w, const char *arg)
{
    const char *colon = strchr(arg, ':');
    if (colon && parse_guid(arg, (size_t)(colon - arg), &w->run) < 0)
        argp_error(state, "--since needs the number of an event, perhaps with the run before it, as --json shows both");
    w->has_run = colon;
    w->since = parse_number(state, "--since", colon ? colon + 1 : arg, '0');
    w->has_since = true;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct watcher *w = state->input;
    char known[EVENT_WORDS_MAX];
    switch (key) {
    case KEY_INTERVAL:
        if (text_parse_duration(arg, &w->interval_ms) < 0 || w->interval_ms < INTERVAL_MIN_MS ||
            w->interval_ms > OPENRRAS_LIMIT_MAX_MS)
            argp_error(state, "--interval needs a duration of 50ms or more, such as 1s");
        return 0;
    case KEY_COUNT:
        w->left = parse_number(state, "--count", arg, '1');
        return 0;
    case KEY_EVENTS:
        if (event_mask_parse(arg, &w->mask) < 0)
            argp_error(state, "--events needs some of these, separated by commas: %s", event_words(known));
        return 0;
    case KEY_SINCE:
        parse_since(state, w, arg);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = option_table,
    .parser = parse,
    .doc = "Print a line whenever something happens: somebody connects, changes or leaves, an order to disconnect and "
           "what became of it, a driver's health, users who are kept out; until interrupted.\v"
           "First come those who are there already. A server that goes away is waited for (but not over ssh).",
};

static int run(struct app *app, const struct command *self, int argc, char **argv)
{
    struct watcher w = {.app = app, .interval_ms = INTERVAL_DEFAULT_MS, .mask = EVENT_MASK_USUAL, .left = UINT64_MAX};
    uint32_t features;
    int code = command_parse(app, self, &w, argc, argv);
    if (code)
        return code;
    struct server *s = app_server(app, &code);
    if (!s)
        return code;
    uint32_t win = client_features(server_handle(s), &features);
    if (win)
        return error_report(app, win, "watch");
    if (features & OPENRRAS_FEATURE_EVENTS)
        watch_by_events(&w);
    else
        watch_by_polling(&w);
    return w.code;
}

const struct command cmd_watch = {
    .name = "watch",
    .summary = "print what happens: who comes and goes, orders, drivers",
    .argp = &argp,
    .run = run,
};
