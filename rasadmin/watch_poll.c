/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watching a server that tells no events: look at its lists again and again, and say what differs.
 */
#include "rasadmin/client.h"
#include "rasadmin/event.h"
#include "rasadmin/server.h"
#include "rasadmin/watch.h"
#include "rasadmin/watcher.h"

static uint32_t mask_of(enum watch_event event)
{
    switch (event) {
    case WATCH_PRESENT:
        return EVENT_MASK_PRESENT;
    case WATCH_UP:
        return OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_SESSION_UP);
    case WATCH_CHANGED:
        return OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_SESSION_CHANGED);
    case WATCH_GONE:
        return OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_SESSION_GONE);
    }
    return 0;
}

static void print_event(void *ctx, enum watch_event event, const struct port *p)
{
    struct watcher *w = ctx;
    if (w->mask & mask_of(event))
        watcher_port(w, watch_event_word(event), p);
}

/* Can what was asked for be seen this way at all? */
static bool can_poll(struct watcher *w)
{
    if (w->has_since)
        app_error("%s keeps no events, so --since can't be used there", app_server_title(w->app));
    else if (!(w->mask & EVENT_MASK_SESSIONS))
        app_error("%s tells no events, and of those in --events none can be seen by looking at its ports",
                  app_server_title(w->app));
    else
        return true;
    w->code = EXIT_OTHER;
    return false;
}

void watch_by_polling(struct watcher *w)
{
    struct listing before = {0};
    bool first = true;
    if (!can_poll(w))
        return;
    while (watcher_goes_on(w)) {
        struct listing now = {0};
        uint32_t win = client_listing(server_handle(w->app->server), &now);
        if (!watcher_answered(w, win, !first))
            break;
        if (!win) {
            if (first)
                app_note(w->app, "%s tells no events; looking at its ports every %.6g s instead",
                         app_server_title(w->app), (double)w->interval_ms / 1000);
            if (watch_compare(&before, &now, first, print_event, w) < 0)
                w->code = app_no_memory();
            listing_free(&before);
            before = now;
            first = false;
        }
        if (watcher_goes_on(w))
            watcher_pause(w);
    }
    listing_free(&before);
}
