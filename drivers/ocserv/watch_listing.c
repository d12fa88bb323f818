/* SPDX-License-Identifier: Apache-2.0 */
/* Asking ocserv who is there, and hearing who comes and goes. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "drivers/ocserv/watch_private.h"

static void start_listing(struct watch *w);

/* ---- connecting ---- */

static void cannot_connect(struct watch *w, int error)
{
    char why[DRIVER_TEXT_MAX + 1];
    if (error == -EPIPE) {
        watch_fail(w);
        return;
    }
    const char *hint = error == -ENOENT || error == -ECONNREFUSED
                           ? "is ocserv running, with use-occtl = true and this occtl-socket-file?"
                           : "";
    snprintf(why, sizeof(why), "can't connect to ocserv's control socket %s: %s%s%s", w->config->control,
             strerror(-error), hint[0] ? "; " : "", hint);
    watch_away(w, why);
}

/* A connection to the ocserv that is there now. A connected socket, or negative errno, dealt with. */
static int connect_to(struct watch *w)
{
    pid_t pid = 0;
    int fd = door_connect(w->door, &pid);
    if (fd < 0) {
        cannot_connect(w, fd);
        return fd;
    }
    if (pid != w->ocserv || w->dump_fd < 0) {
        if (pid != w->ocserv)
            log_info("%s: ocserv is process %d", w->config->control, (int)pid);
        if (pid != w->ocserv && w->keepout)
            keepout_new_daemon(w->keepout);
        w->ocserv = pid;
        watch_counters_open(w);
    }
    return fd;
}

static void cannot_ask(struct watch *w, int error)
{
    char why[DRIVER_TEXT_MAX + 1];
    snprintf(why, sizeof(why), "can't ask ocserv over its control socket %s: %s", w->config->control, strerror(-error));
    watch_away(w, why);
}

/* What is wrong with a connection that has ended before it should. */
static void ended_badly(struct watch *w, int error)
{
    char why[DRIVER_TEXT_MAX + 1];
    if (error == -ETIMEDOUT)
        snprintf(why, sizeof(why), "ocserv has not answered on %s for %u ms: it hangs, or is busy", w->config->control,
                 w->config->command_ms);
    else if (error == 0)
        snprintf(why, sizeof(why), "ocserv closes its control socket %s without an answer", w->config->control);
    else
        snprintf(why, sizeof(why), "ocserv can't be understood on %s: %s", w->config->control,
                 error == -EMSGSIZE ? "a message is too long" : strerror(-error));
    watch_away(w, why);
}

static void not_understood(struct watch *w, const char *what)
{
    char why[DRIVER_TEXT_MAX + 1];
    snprintf(why, sizeof(why), "what listens on %s does not speak as ocserv does: %s", w->config->control, what);
    watch_away(w, why);
}

/* ---- events ---- */

static void on_event_row(void *ctx, const struct row *row)
{
    void **both = ctx;
    worker_event(both[0], both[1], row);
}

static void on_event(struct watch *w, const uint8_t *body, size_t n)
{
    struct event event;
    void *both[] = {w, &event};
    int r = rows_event(body, n, &event, on_event_row, both);
    if (r < 0) {
        not_understood(w, "an event is no event");
        return;
    }
    if (w->state != EVENTS_PROVEN)
        log_info("%s: ocserv's events come", w->config->control);
    w->state = EVENTS_PROVEN;
    w->coming_ms = 0;
    watch_ask_within(w, WATCH_GAP_MS);
}

/* The first frame is a listing, which we ask for in another way; it says that the events come from now on, if at all.
 */
static void on_events_frame(void *ctx, uint8_t type, const uint8_t *body, size_t n)
{
    struct watch *w = ctx;
    if (w->events_listing == 0 && type == OCCTL_LISTING) {
        w->events_listing = w->started + 1;
        watch_ask(w);
    } else if (w->events_listing > 0 && type == OCCTL_EVENT) {
        on_event(w, body, n);
    } else {
        not_understood(w, "it sends something else than events");
    }
}

static void on_events_ended(void *ctx, int error)
{
    struct watch *w = ctx;
    bool began = w->events_listing > 0;
    w->events = NULL;
    w->state = EVENTS_NONE;
    if (began && error == 0)
        watch_ask(w); /* ocserv ends, most likely: then this fails */
    else
        ended_badly(w, error);
}

static const struct conn_ops events_ops = {.frame = on_events_frame, .ended = on_events_ended};

/* False: watch_away() was called. */
static bool start_events(struct watch *w)
{
    int fd = connect_to(w);
    if (fd < 0)
        return false;
    w->events_listing = 0;
    w->events_ms = watch_now();
    if (w->state == EVENTS_NONE)
        w->state = EVENTS_HOPED;
    int r = conn_new(w->loop, fd, OCCTL_TOP, w->config->command_ms, &events_ops, w, &w->events);
    if (r < 0)
        cannot_ask(w, r);
    return r == 0;
}

/* Somebody else had them: perhaps he has gone. There is no other way to find out than to ask again. */
static bool try_events(struct watch *w)
{
    if (w->state == EVENTS_HELD && watch_now() - w->events_ms >= WATCH_HELD_MS) {
        conn_close(w->events);
        w->events = NULL;
    }
    return w->events || start_events(w);
}

/* ---- listings ---- */

static void on_row(void *ctx, const struct row *row)
{
    worker_row(ctx, row);
}

static void count_refused(struct watch *w, uint32_t refused)
{
    if (refused > 0 && refused != w->refused_before)
        log_warning("%s: %u rows of ocserv's listing can't be used; their users are not shown", w->config->control,
                    refused);
    w->refused_before = refused;
}

/* When the next one is due. */
static void plan_next(struct watch *w)
{
    uint64_t quiet = w->config->quiet_poll_ms > w->config->poll_ms ? w->config->quiet_poll_ms : w->config->poll_ms;
    if (w->state == EVENTS_PROVEN)
        w->pause_ms = quiet;
    else if (w->state == EVENTS_HELD || w->pause_ms < w->config->poll_ms)
        w->pause_ms = w->config->poll_ms;
    else
        w->pause_ms = w->pause_ms * 2 < quiet ? w->pause_ms * 2 : quiet; /* nobody has come: less and less often */
    uint64_t pause = w->pause_ms;
    w->coming_ms = w->coming && w->coming_ms > 0 ? w->coming_ms * 2 : WATCH_COMING_MS;
    if (w->coming_ms > w->config->poll_ms)
        w->coming_ms = w->config->poll_ms;
    if (w->ended_listed)
        pause = WATCH_ENDED_MS;
    else if (w->coming)
        pause = w->coming_ms;
    else if (w->unbound && w->bind_tries++ < WATCH_BIND_TRIES)
        pause = WATCH_BIND_MS;
    watch_ask_within(w, pause); /* sooner when an event has come meanwhile: this listing may have been made before it */
}

static void complete(struct watch *w)
{
    w->done = w->started;
    conn_close(w->listing);
    w->listing = NULL;
    watch_counters_hear(w);
    worker_sweep(w);
    watch_counters_bind(w);
    plan_next(w);
    watch_there(w);
    orders_act(w->orders, w->done);
    if (w->again && !w->listing)
        start_listing(w);
    watch_rearm(w);
}

static void on_listing_frame(void *ctx, uint8_t type, const uint8_t *body, size_t n)
{
    struct watch *w = ctx;
    uint32_t refused = 0;
    if (type != OCCTL_LISTING) {
        not_understood(w, "its answer is no listing");
        return;
    }
    if (w->events)
        conn_drain(w->events); /* who has come, and why others have gone */
    if (!w->listing)           /* that was the end of ocserv */
        return;
    w->ended_listed = w->foreign = w->unbound = w->coming = false;
    int r = rows_listing(body, n, on_row, w, &refused);
    if (r < 0) {
        not_understood(w, r == -ENOMEM ? "its listing is too large" : "its listing is broken");
        return;
    }
    count_refused(w, refused);
    complete(w);
}

static void on_listing_ended(void *ctx, int error)
{
    struct watch *w = ctx;
    w->listing = NULL;
    ended_badly(w, error);
}

static const struct conn_ops listing_ops = {.frame = on_listing_frame, .ended = on_listing_ended};

static void start_listing(struct watch *w)
{
    w->again = false;
    w->next_ms = UINT64_MAX;
    if (!try_events(w))
        return;
    int fd = connect_to(w);
    if (fd < 0)
        return;
    w->started++;
    int r = conn_new(w->loop, fd, OCCTL_LIST, w->config->command_ms, &listing_ops, w, &w->listing);
    if (r < 0)
        cannot_ask(w, r);
}

uint64_t watch_ask(struct watch *w)
{
    uint64_t number = w->started + 1;
    if (w->listing)
        w->again = true;
    else if (!w->closing)
        w->next_ms = watch_now(); /* by the timer: a failure must not come from within the call */
    watch_rearm(w);
    return number;
}

void watch_ask_within(struct watch *w, uint64_t ms)
{
    uint64_t then = watch_now() + ms;
    if (then < w->next_ms)
        w->next_ms = then;
    watch_rearm(w);
}

/* The timer has run out. */
void watch_listing_start(struct watch *w)
{
    if (!w->listing)
        start_listing(w);
}

void watch_listing_stop(struct watch *w)
{
    conn_close(w->listing);
    conn_close(w->events);
    w->listing = w->events = NULL;
    w->state = EVENTS_NONE;
    w->again = false;
}
