/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rasadmin top: the loop between keys, news and signals.
 */
#include <errno.h>
#include <fcntl.h>
#include <openrras.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "common/text.h"
#include "rasadmin/commands.h"
#include "rasadmin/feature.h"
#include "rasadmin/server.h"
#include "rasadmin/term.h"
#include "rasadmin/top.h"
#include "rasadmin/top_feed.h"
#include "rasadmin/top_view.h"

#define INTERVAL_DEFAULT_MS 2000u
#define INTERVAL_MIN_MS     200u
#define CLOCK_MS            1000 /* so often the times are drawn anew when nothing else happens */

enum {
    KEY_INTERVAL = 0x200,
};

struct options {
    uint64_t interval_ms;
};

static const struct argp_option option_table[] = {
    {"interval", KEY_INTERVAL, "DURATION", 0, "Read the counters this often: 2s (default), 500ms, 1m", 1},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    if (key != KEY_INTERVAL)
        return ARGP_ERR_UNKNOWN;
    if (text_parse_duration(arg, &o->interval_ms) < 0 || o->interval_ms < INTERVAL_MIN_MS ||
        o->interval_ms > OPENRRAS_LIMIT_MAX_MS)
        argp_error(state, "--interval needs a duration of 200ms or more, such as 2s");
    return 0;
}

static const struct argp argp = {
    .options = option_table,
    .parser = parse,
    .doc = "Show who is there on the whole screen, with speeds, as it changes.\v"
           "Keys: q quits, h helps, / shows only what has the typed text in it, d disconnects the selected session.",
};

/* ---- signals ---- */

static volatile sig_atomic_t ended; /* the signal that asks for the end */
static volatile sig_atomic_t resized;
static int wake_fd = -1;

static void on_signal(int number)
{
    const uint64_t one = 1;
    const int e = errno;
    if (number == SIGWINCH)
        resized = 1;
    else
        ended = number;
    ssize_t n = write(wake_fd, &one, sizeof one);
    (void)n; /* a full counter wakes all the same */
    errno = e;
}

/* Before ncurses, which leaves those alone that are taken. */
static void catch_signals(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH};
    struct sigaction sa = {.sa_handler = on_signal};
    sigemptyset(&sa.sa_mask);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        sigaction(numbers[i], &sa, NULL);
}

/* ---- the loop ---- */

struct show {
    struct app *app;
    struct top top;
    struct feed *feed;
    struct top_head head;
    OPENRRAS_SERVER *server;
    OPENRRAS_DRIVER_LIST *drivers;
    char trouble[256];
    bool no_memory;
};

static uint64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void replace_head(struct show *s, struct feed_news *n)
{
    if (s->server)
        MprAdminBufferFree(s->server);
    if (s->drivers)
        MprAdminBufferFree(s->drivers);
    s->server = n->server;
    s->drivers = n->drivers;
    n->server = NULL;
    n->drivers = NULL;
}

static void take_news(struct show *s)
{
    struct feed_news n;
    feed_take(s->feed, &n);
    if (n.has_trouble && strcmp(s->trouble, n.trouble) != 0) {
        memcpy(s->trouble, n.trouble, sizeof s->trouble);
        view_redraw(); /* ssh may have said something across the screen */
    }
    if (*n.done)
        snprintf(s->top.message, sizeof s->top.message, "%s", n.done);
    if (n.sessions) {
        replace_head(s, &n);
        s->no_memory |= top_take(&s->top, n.sessions, now_ms()) < 0;
    }
    for (size_t i = 0; i < n.n_events; i++) {
        for (DWORD k = 0; k < n.events[i]->dwCount; k++)
            s->no_memory |= top_event(&s->top, &n.events[i]->pEvents[k], now_ms()) < 0;
    }
    if (n.n_events > 0)
        top_arrange(&s->top);
    feed_news_free(&n);
}

static void begin_disconnect(struct show *s)
{
    int e = feed_disconnect(s->feed, &s->top.target, s->top.keep_out_seconds);
    snprintf(s->top.message, sizeof s->top.message, "%s",
             e == 0        ? "disconnecting ..."
             : e == -EBUSY ? "another one is being disconnected; try again in a moment"
                           : "no thread could be started for that");
}

/* False: the end was asked for. */
static bool take_keys(struct show *s)
{
    uint32_t key;
    while (view_key(&key)) {
        switch (top_press(&s->top, key)) {
        case TOP_QUIT:
            return false;
        case TOP_DISCONNECT:
            begin_disconnect(s);
            break;
        case TOP_REFRESH:
            view_redraw();
            feed_refresh(s->feed);
            break;
        case TOP_NOTHING:
            break;
        }
    }
    return true;
}

static void draw(struct show *s)
{
    s->head.server = s->server;
    s->head.drivers = s->drivers;
    s->head.trouble = s->trouble;
    s->head.now = (int64_t)time(NULL);
    view_draw(&s->top, &s->head, now_ms());
}

/* Until the end is asked for, or the terminal is gone. */
static void loop(struct show *s)
{
    struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = wake_fd, .events = POLLIN}};
    while (!ended && !s->no_memory) {
        uint64_t count;
        if (resized) {
            resized = 0;
            view_resized();
        }
        draw(s);
        int n = poll(fds, 2, CLOCK_MS);
        if (n < 0 && errno != EINTR)
            return;
        if (n > 0 && (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL)))
            return;
        if (n > 0 && (fds[1].revents & POLLIN) && read(wake_fd, &count, sizeof count) > 0)
            take_news(s);
        if (!take_keys(s))
            return;
    }
}

static int show_all(struct app *app, const struct options *o)
{
    char title[300];
    snprintf(title, sizeof title, "%s", app_server_title(app));
    struct show s = {.app = app, .head.title = title};
    wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (wake_fd < 0) {
        app_error("can't make an event descriptor: %s", strerror(errno));
        return EXIT_OTHER;
    }
    top_init(&s.top);
    int e = feed_start(server_handle(app->server), o->interval_ms, wake_fd, &s.feed);
    if (e < 0) {
        app_error("can't start a thread: %s", strerror(-e));
        close(wake_fd);
        return EXIT_OTHER;
    }
    catch_signals();
    bool open = view_open(term_color(app->color_when));
    if (open)
        loop(&s);
    view_close();
    feed_stop(s.feed);
    replace_head(&s, &(struct feed_news){0});
    top_free(&s.top);
    close(wake_fd);
    if (!open) {
        app_error("the terminal can't be taken over");
        return EXIT_OTHER;
    }
    return s.no_memory ? app_no_memory() : EXIT_DONE;
}

static int run(struct app *app, const struct command *self, int argc, char **argv)
{
    struct options o = {.interval_ms = INTERVAL_DEFAULT_MS};
    int code = command_parse(app, self, &o, argc, argv);
    if (code)
        return code;
    const char *trouble =
        app->json ? "it draws on a screen; for programs there are 'watch' and 'ports'" : view_trouble();
    if (trouble) {
        app_error("top can't be shown: %s", trouble);
        return app->json ? EXIT_USAGE : EXIT_OTHER;
    }
    code = feature_need(app, OPENRRAS_FEATURE_SESSIONS, "show all sessions as they change ('rasadmin watch' works)");
    if (code)
        return code;
    code = show_all(app, &o);
    /* Whoever sent the signal sees that it did what it was for. Ctrl-C is just another way to quit. */
    if (ended && ended != SIGINT) {
        signal(ended, SIG_DFL);
        raise(ended);
    }
    return code;
}

const struct command cmd_top = {
    .name = "top",
    .summary = "show on the whole screen who is there",
    .argp = &argp,
    .run = run,
};
