/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <openrras.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/text.h"
#include "rasadmin/client.h"
#include "rasadmin/commands.h"
#include "rasadmin/errors.h"
#include "rasadmin/json.h"
#include "rasadmin/server.h"
#include "rasadmin/show.h"
#include "rasadmin/watch.h"

#define INTERVAL_DEFAULT_MS 1000u
#define INTERVAL_MIN_MS     50u

enum {
    KEY_INTERVAL = 0x200,
    KEY_COUNT,
};

struct options {
    uint64_t interval_ms;
    uint64_t count; /* 0: without end */
};

static const struct argp_option option_table[] = {
    {"interval", KEY_INTERVAL, "DURATION", 0, "Look this often: 1s (default), 500ms, 1m", 1},
    {"count", KEY_COUNT, "N", 0, "End after N lines", 1},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    char *end;
    switch (key) {
    case KEY_INTERVAL:
        if (text_parse_duration(arg, &o->interval_ms) < 0 || o->interval_ms < INTERVAL_MIN_MS ||
            o->interval_ms > OPENRRAS_LIMIT_MAX_MS)
            argp_error(state, "--interval needs a duration of 50ms or more, such as 1s");
        return 0;
    case KEY_COUNT:
        errno = 0;
        o->count = strtoull(arg, &end, 10);
        if (errno || *end || arg[0] < '1' || arg[0] > '9')
            argp_error(state, "--count needs a number from 1 on");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = option_table,
    .parser = parse,
    .doc = "Print a line whenever somebody connects, changes or leaves, until interrupted.\v"
           "First come those who are there already. A server that goes away is waited for (but not over ssh).",
};

/* ---- what is printed ---- */

struct watcher {
    struct app *app;
    uint64_t left; /* lines until the end; UINT64_MAX: without end */
    int code;      /* EXIT_DONE, or why it ends */
};

static bool goes_on(const struct watcher *w)
{
    return w->left > 0 && w->code == EXIT_DONE;
}

/* A line has been printed. A reader that is gone ends the watching. */
static void line_done(struct watcher *w)
{
    if (fflush(stdout) != 0)
        w->left = 0;
    else if (w->left != UINT64_MAX)
        w->left--;
}

static void print_line(const struct port *p, const char *event)
{
    char now[TEXT_TIME_MAX], user[SHOW_USER_MAX], name[128], address[320];
    const char *a = show_client_address(p->conn);
    show_user(user, p->conn);
    printf("%s  %-8s %-20s %-16s %-15s %s\n", text_time(now, time(NULL)), event, *user ? user : "-",
           text_escape_z(name, sizeof name, p->name), *a ? text_escape_z(address, sizeof address, a) : "-",
           port_state(p));
}

static void print_event(void *ctx, enum watch_event event, const struct port *p)
{
    struct watcher *w = ctx;
    if (!goes_on(w))
        return;
    if (w->app->json) {
        json_t *doc = json_document(w->app, "event");
        json_t *port = json_port(p);
        if (!doc || !port || json_object_set_new(doc, "event", json_string(watch_event_word(event))) < 0 ||
            json_object_set(doc, "port", port) < 0) {
            json_decref(doc);
            doc = NULL;
        }
        json_decref(port);
        w->code = json_print(doc);
    } else {
        print_line(p, watch_event_word(event));
    }
    line_done(w);
}

/* The server went away, or is back. */
static void print_server(struct watcher *w, const char *event)
{
    if (w->app->json) {
        json_t *doc = json_document(w->app, "event");
        if (doc && json_object_set_new(doc, "event", json_string(event)) < 0) {
            json_decref(doc);
            doc = NULL;
        }
        w->code = json_print(doc);
        line_done(w);
    } else {
        app_note(w->app, "%s %s", app_server_title(w->app),
                 strcmp(event, "server-lost") == 0 ? "can't be reached" : "is back");
    }
}

/* ---- looking ---- */

static void pause_ms(uint64_t ms)
{
    struct timespec t = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};
    while (nanosleep(&t, &t) < 0 && errno == EINTR)
        ;
}

/* May this failure pass? The first look must succeed, and an ssh that is gone can't come back. */
static bool may_pass(const struct watcher *w, uint32_t win, bool first)
{
    return !first && server_may_return(w->app->server) && error_find(win)->exit == EXIT_UNREACHABLE;
}

static void watch(struct watcher *w, const struct options *o)
{
    struct listing before = {0};
    bool first = true, lost = false;
    while (goes_on(w)) {
        struct listing now = {0};
        uint32_t win = client_listing(server_handle(w->app->server), &now);
        if (win && !may_pass(w, win, first)) {
            w->code = error_report(w->app, win, "list the ports on");
            break;
        }
        if (!!win != lost) {
            lost = !!win;
            print_server(w, lost ? "server-lost" : "server-back");
        }
        if (!win) {
            if (watch_compare(&before, &now, first, print_event, w) < 0)
                w->code = app_no_memory();
            listing_free(&before);
            before = now;
            first = false;
        }
        if (goes_on(w))
            pause_ms(o->interval_ms);
    }
    listing_free(&before);
}

static int run(struct app *app, const struct command *self, int argc, char **argv)
{
    struct options o = {.interval_ms = INTERVAL_DEFAULT_MS};
    int code = command_parse(app, self, &o, argc, argv);
    if (code)
        return code;
    if (!app_server(app, &code))
        return code;
    struct watcher w = {.app = app, .left = o.count ? o.count : UINT64_MAX};
    watch(&w, &o);
    return w.code;
}

const struct command cmd_watch = {
    .name = "watch",
    .summary = "print who comes and goes",
    .argp = &argp,
    .run = run,
};
