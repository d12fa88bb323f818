/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watching by the server's events: none is missed while the server keeps them, and it says when one was.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "rasadmin/client.h"
#include "rasadmin/errors.h"
#include "rasadmin/event.h"
#include "rasadmin/json.h"
#include "rasadmin/server.h"
#include "rasadmin/watcher.h"

#define EMPTY_PAUSE_MS 20

/* Where watching stands. */
struct follower {
    struct watcher *w;
    bool begun, has_run;
    GUID run;
    uint64_t after; /* the last event that was seen */
    /* Sessions that were printed as present; events up to this one may be about what the listing has shown already. */
    uint64_t listed_until;
    uint32_t *listed; /* their handles, sorted */
    size_t n_listed;
};

static int by_number(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static bool was_listed(const struct follower *f, const OPENRRAS_EVENT *e)
{
    const uint32_t handle = e->dwPort;
    return e->ullNumber <= f->listed_until &&
           (e->dwType == OPENRRAS_EVENT_SESSION_UP || e->dwType == OPENRRAS_EVENT_SESSION_CHANGED) && f->n_listed &&
           bsearch(&handle, f->listed, f->n_listed, sizeof handle, by_number);
}

/* Print who is there, and remember them. */
static int show_present(struct follower *f, const struct listing *l)
{
    uint32_t *handles = reallocarray(NULL, l->n_ports + 1, sizeof *handles);
    if (!handles)
        return app_no_memory();
    free(f->listed);
    f->listed = handles;
    f->n_listed = 0;
    for (size_t i = 0; i < l->n_ports && watcher_goes_on(f->w); i++) {
        if (!port_is_busy(&l->ports[i]))
            continue;
        f->listed[f->n_listed++] = l->ports[i].handle;
        watcher_port(f->w, "present", &l->ports[i]);
    }
    qsort(f->listed, f->n_listed, sizeof *f->listed, by_number);
    return f->w->code;
}

static uint32_t list_present(struct follower *f)
{
    struct listing l = {0};
    OPENRRAS_SERVER *info;
    MPR_SERVER_HANDLE server = server_handle(f->w->app->server);
    uint32_t win = client_listing_full(server, &l);
    if (win == ERROR_DDM_NOT_RUNNING)
        return NO_ERROR; /* no ports, but perhaps events */
    if (!win)
        win = OpenRrasServerGetInfo(server, &info);
    if (!win) {
        f->listed_until = info->ullLastEvent;
        MprAdminBufferFree(info);
        f->w->code = show_present(f, &l);
    }
    listing_free(&l);
    return win;
}

/* From now on, after what is there already. First the number, then the list: so nothing falls between the two. */
static uint32_t begin(struct follower *f)
{
    OPENRRAS_SERVER *info;
    uint32_t win = OpenRrasServerGetInfo(server_handle(f->w->app->server), &info);
    if (win)
        return win;
    const GUID run = info->guidRun;
    const uint64_t last = info->ullLastEvent;
    MprAdminBufferFree(info);
    if (f->w->mask & EVENT_MASK_PRESENT)
        win = list_present(f);
    if (win)
        return win;
    f->run = run;
    f->has_run = true;
    f->after = last;
    f->begun = true;
    return NO_ERROR;
}

static void print_event(struct follower *f, const GUID *run, const OPENRRAS_EVENT *e)
{
    struct watcher *w = f->w;
    if (!watcher_goes_on(w) || was_listed(f, e))
        return;
    if (w->app->json)
        w->code = json_print(event_json(w->app, run, e));
    else
        event_print(stdout, e);
    watcher_line_done(w);
}

static void tell_missed(struct follower *f, uint64_t n)
{
    char sentence[160];
    snprintf(sentence, sizeof sentence,
             "%" PRIu64 " events were missed: the server keeps so many only and had dropped them", n);
    watcher_tell(f->w, "missed", n, sentence);
}

/* The server is another run: what happened in between nobody knows. */
static void tell_restarted(struct follower *f)
{
    f->begun = false;
    watcher_tell(f->w, "server-restarted", 0,
                 "the server was restarted; what happened meanwhile is not known, and this is who is there now");
}

static void take(struct follower *f, const OPENRRAS_EVENT_LIST *list)
{
    if (list->fRestarted) {
        tell_restarted(f);
        return;
    }
    if (list->ullMissed)
        tell_missed(f, list->ullMissed);
    for (DWORD i = 0; i < list->dwCount; i++)
        print_event(f, &list->guidRun, &list->pEvents[i]);
    f->run = list->guidRun;
    f->has_run = true;
    f->after = list->ullLast;
}

static uint32_t step(struct follower *f)
{
    OPENRRAS_EVENT_LIST *list;
    if (!f->begun)
        return begin(f);
    uint32_t win =
        OpenRrasEventWait(server_handle(f->w->app->server), f->has_run ? &f->run : NULL, f->after,
                          f->w->mask & ~EVENT_MASK_PRESENT, f->w->lost ? 0 : OPENRRAS_EVENT_WAIT_MAX_MS, &list);
    if (win)
        return win;
    if (!watcher_answered(f->w, NO_ERROR, true) || !watcher_goes_on(f->w)) {
        MprAdminBufferFree(list);
        return NO_ERROR;
    }
    take(f, list);
    const bool empty = list->dwCount == 0;
    MprAdminBufferFree(list);
    /* Nothing has happened for a minute. A server that says so at once, again and again, is not asked without a pause.
     */
    if (empty)
        nanosleep(&(struct timespec){.tv_nsec = EMPTY_PAUSE_MS * 1000000L}, NULL);
    return NO_ERROR;
}

void watch_by_events(struct watcher *w)
{
    struct follower f = {.w = w, .begun = w->has_since, .has_run = w->has_run, .run = w->run, .after = w->since};
    bool ever = false;
    while (watcher_goes_on(w)) {
        uint32_t win = step(&f);
        if (!watcher_answered(w, win, ever))
            break;
        ever = true;
        if (win && watcher_goes_on(w))
            watcher_pause(w);
    }
    free(f.listed);
}
