/* SPDX-License-Identifier: Apache-2.0 */
#include "rasadmin/top_feed.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/text.h"
#include "rasadmin/errors.h"
#include "rasadmin/keep_out.h"
#include "rasadmin/show.h"

#define SLICE_MS        200u  /* of waiting for events: so soon the end is seen */
#define GAP_MS          250u  /* between two listings that events ask for */
#define EMPTY_MS        20u   /* a server that answers at once that nothing has happened is not asked without a pause */
#define AWAY_MS         1000u /* between two tries to reach a server that is away */
#define DISCONNECT_MS   30000u /* so long a disconnect is followed */
#define EVENT_LISTS_MAX 64u    /* more than that nobody has taken: a listing says it shorter */
#define EVENT_MASK                                                                                                     \
    (OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_SESSION_UP) | OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_SESSION_GONE) |               \
     OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_DRIVER_UP) | OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_DRIVER_DOWN) |                 \
     OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_DRIVER_HEALTH))

struct feed {
    MPR_SERVER_HANDLE server;
    uint64_t interval_ms;
    int wake;
    pthread_t reader, doer;
    /* The reader's own. */
    bool known; /* these two are: */
    GUID run;
    uint64_t after;

    pthread_mutex_t lock; /* of all below */
    pthread_cond_t changed;
    bool stop, refresh;
    bool doing, doer_started; /* a disconnect is under way; its thread is to be joined */
    struct top_target target;
    uint32_t keep_out_seconds;
    struct feed_news news;
};

static uint64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void free_events(struct feed_news *n)
{
    for (size_t i = 0; i < n->n_events; i++)
        MprAdminBufferFree(n->events[i]);
    free(n->events);
    n->events = NULL;
    n->n_events = 0;
}

void feed_news_free(struct feed_news *n)
{
    if (n->sessions)
        MprAdminBufferFree(n->sessions);
    if (n->server)
        MprAdminBufferFree(n->server);
    if (n->drivers)
        MprAdminBufferFree(n->drivers);
    free_events(n);
    *n = (struct feed_news){0};
}

static void wake(struct feed *f)
{
    const uint64_t one = 1;
    /* A full counter has woken whoever reads it already. */
    ssize_t n = write(f->wake, &one, sizeof one);
    (void)n;
}

/* ---- telling ---- */

static void tell_trouble(struct feed *f, const char *text)
{
    pthread_mutex_lock(&f->lock);
    f->news.has_trouble = true;
    snprintf(f->news.trouble, sizeof f->news.trouble, "%s", text);
    pthread_mutex_unlock(&f->lock);
    wake(f);
}

static void tell_done(struct feed *f, const char *text)
{
    pthread_mutex_lock(&f->lock);
    snprintf(f->news.done, sizeof f->news.done, "%.*s", (int)sizeof f->news.done - 1, text);
    f->doing = false;
    f->refresh = true;
    pthread_cond_broadcast(&f->changed);
    pthread_mutex_unlock(&f->lock);
    wake(f);
}

static char *words_of(char dst[static 256], uint32_t win)
{
    char words[ERROR_WORDS_MAX];
    snprintf(dst, 256, "%.200s (error %u)", error_words(words, error_find(win), win), (unsigned)win);
    return dst;
}

/* ---- reading ---- */

static uint32_t read_all(struct feed *f, struct feed_news *n)
{
    /* First the number of the newest event, then the listing: so nothing falls between the two. */
    uint32_t win = OpenRrasServerGetInfo(f->server, &n->server);
    if (!win)
        win = OpenRrasSessionEnum(f->server, NULL, &n->sessions);
    if (!win && (n->server->dwFeatures & OPENRRAS_FEATURE_DRIVERS))
        win = OpenRrasDriverEnum(f->server, &n->drivers);
    return win;
}

/* A listing; false when the server did not give one. */
static bool look(struct feed *f)
{
    struct feed_news fresh = {0};
    char words[256];
    uint32_t win = read_all(f, &fresh);
    if (win) {
        feed_news_free(&fresh);
        f->known = false;
        tell_trouble(f, words_of(words, win));
        return false;
    }
    f->run = fresh.server->guidRun;
    f->after = fresh.server->ullLastEvent;
    f->known = fresh.server->dwFeatures & OPENRRAS_FEATURE_EVENTS;
    pthread_mutex_lock(&f->lock);
    memcpy(fresh.done, f->news.done, sizeof fresh.done);
    fresh.has_trouble = true; /* over, if there was one */
    struct feed_news old = f->news;
    f->news = fresh;
    pthread_mutex_unlock(&f->lock);
    feed_news_free(&old);
    wake(f);
    return true;
}

/* Keep events for the screen. False: a listing is due instead. */
static bool keep(struct feed *f, OPENRRAS_EVENT_LIST *list)
{
    bool drivers = false, room;
    for (DWORD i = 0; i < list->dwCount; i++)
        drivers |= list->pEvents[i].dwType >= OPENRRAS_EVENT_DRIVER_UP;
    pthread_mutex_lock(&f->lock);
    OPENRRAS_EVENT_LIST **p = f->news.n_events < EVENT_LISTS_MAX
                                  ? reallocarray(f->news.events, f->news.n_events + 1, sizeof(OPENRRAS_EVENT_LIST *))
                                  : NULL;
    room = p;
    if (room) {
        f->news.events = p;
        f->news.events[f->news.n_events++] = list;
    }
    pthread_mutex_unlock(&f->lock);
    if (room)
        wake(f);
    else
        MprAdminBufferFree(list);
    return room && !drivers;
}

/* Sleep; refresh and the end wake it. */
static void pause_ms(struct feed *f, uint64_t ms)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_nsec += (long)(ms % 1000) * 1000000;
    t.tv_sec += (time_t)(ms / 1000) + t.tv_nsec / 1000000000;
    t.tv_nsec %= 1000000000;
    pthread_mutex_lock(&f->lock);
    while (!f->stop && !f->refresh && pthread_cond_timedwait(&f->changed, &f->lock, &t) == 0)
        ;
    pthread_mutex_unlock(&f->lock);
}

/* Wait a little for events. False: look anew. */
static bool wait_events(struct feed *f, uint64_t ms)
{
    OPENRRAS_EVENT_LIST *list;
    uint32_t win = OpenRrasEventWait(f->server, &f->run, f->after, EVENT_MASK, (DWORD)ms, &list);
    if (win)
        return false;
    bool lost = list->fRestarted || list->ullMissed;
    f->after = list->ullLast;
    if (lost || list->dwCount == 0) {
        MprAdminBufferFree(list);
        if (!lost)
            pause_ms(f, EMPTY_MS);
        return !lost;
    }
    return keep(f, list);
}

/* Is it over (1), or is a listing wanted at once (2)? */
static int wanted(struct feed *f, bool forget)
{
    pthread_mutex_lock(&f->lock);
    int what = f->stop ? 1 : f->refresh ? 2 : 0;
    if (forget)
        f->refresh = false;
    pthread_mutex_unlock(&f->lock);
    return what;
}

static void *reader(void *arg)
{
    struct feed *f = arg;
    while (wanted(f, true) != 1) {
        uint64_t next = now_ms() + f->interval_ms;
        bool there = look(f);
        for (uint64_t now = now_ms(); now < next && wanted(f, false) == 0; now = now_ms()) {
            uint64_t left = next - now;
            if (!there) {
                pause_ms(f, AWAY_MS);
                break;
            }
            if (!f->known) {
                pause_ms(f, left);
            } else if (!wait_events(f, left < SLICE_MS ? left : SLICE_MS)) {
                pause_ms(f, GAP_MS);
                break;
            }
        }
    }
    return NULL;
}

/* ---- disconnecting ---- */

static bool stopping(struct feed *f)
{
    return wanted(f, false) == 1;
}

/* The job as it has ended, or as it is when nobody waits any more. The code of what failed. */
static uint32_t run_job(struct feed *f, OPENRRAS_JOB **ret)
{
    const OPENRRAS_DISCONNECT d = {.Selector = {.dwPort = f->target.port}, .dwKeepOutSeconds = f->keep_out_seconds};
    const uint64_t end = now_ms() + DISCONNECT_MS;
    OPENRRAS_JOB *job, *next;
    uint32_t win = OpenRrasDisconnect(f->server, &d, SLICE_MS, &job);
    if (win)
        return win;
    while (job->dwState == OPENRRAS_JOB_RUNNING && now_ms() < end && !stopping(f)) {
        win = OpenRrasJobWait(f->server, job->dwJob, job, SLICE_MS, &next);
        MprAdminBufferFree(job);
        if (win)
            return win;
        job = next;
    }
    *ret = job;
    return NO_ERROR;
}

/* "2 of 3 drivers refuse him": what a keep-out can do. */
static void tell_keep_out(struct feed *f, uint32_t number, char *dst, size_t cap)
{
    OPENRRAS_KEEP_OUT_LIST *list;
    char until[TEXT_TIME_MAX];
    if (number == 0 || OpenRrasKeepOutEnum(f->server, &list) != NO_ERROR)
        return;
    const OPENRRAS_KEEP_OUT *k = keep_out_find(list, number);
    size_t refuse = 0;
    for (DWORD i = 0; k && i < k->dwDrivers; i++)
        refuse += k->pDrivers[i].fRefuses != 0;
    if (k)
        snprintf(dst, cap, "; kept out until %s, by %zu of %u drivers at log-on, else ended on arrival",
                 text_time(until, k->llUntil), refuse, (unsigned)k->dwDrivers);
    MprAdminBufferFree(list);
}

static void *doer(void *arg)
{
    struct feed *f = arg;
    OPENRRAS_JOB *job;
    char user[160], name[160], words[256], more[200] = "", text[1024];
    show_user_name(user, sizeof user, *f->target.user ? f->target.user : "(no name)");
    text_escape_z(name, sizeof name, f->target.name);
    uint32_t win = run_job(f, &job);
    if (win) {
        snprintf(text, sizeof text, "%s on %s: %s", user, name, words_of(words, win));
        tell_done(f, text);
        return NULL;
    }
    tell_keep_out(f, job->dwKeepOut, more, sizeof more);
    if (job->dwMatched == 0)
        snprintf(text, sizeof text, "%s on %s is gone already; nobody else was touched%s", user, name, more);
    else if (job->dwFailures > 0)
        snprintf(text, sizeof text, "%s on %s is not disconnected: %s%s", user, name,
                 *job->pFailures[0].pszReason ? text_escape_z(words, sizeof words, job->pFailures[0].pszReason)
                                              : words_of(words, job->pFailures[0].dwCode),
                 more);
    else if (job->dwConfirmed > 0)
        snprintf(text, sizeof text, "%s on %s is disconnected%s", user, name, more);
    else
        snprintf(text, sizeof text, "%s on %s: asked, not confirmed yet%s", user, name, more);
    MprAdminBufferFree(job);
    tell_done(f, text);
    return NULL;
}

/* ---- threads ---- */

/* Signals are for the screen's thread. */
static int start_thread(pthread_t *thread, void *(*body)(void *), struct feed *f)
{
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int e = pthread_create(thread, NULL, body, f);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return -e;
}

int feed_disconnect(struct feed *f, const struct top_target *target, uint32_t keep_out_seconds)
{
    pthread_mutex_lock(&f->lock);
    bool busy = f->doing;
    f->doing = true;
    pthread_mutex_unlock(&f->lock);
    if (busy)
        return -EBUSY;
    if (f->doer_started)
        pthread_join(f->doer, NULL);
    f->target = *target;
    f->keep_out_seconds = keep_out_seconds;
    int e = start_thread(&f->doer, doer, f);
    f->doer_started = e == 0;
    if (e < 0) {
        pthread_mutex_lock(&f->lock);
        f->doing = false;
        pthread_mutex_unlock(&f->lock);
    }
    return e;
}

void feed_refresh(struct feed *f)
{
    pthread_mutex_lock(&f->lock);
    f->refresh = true;
    pthread_cond_broadcast(&f->changed);
    pthread_mutex_unlock(&f->lock);
}

void feed_take(struct feed *f, struct feed_news *ret)
{
    pthread_mutex_lock(&f->lock);
    *ret = f->news;
    f->news = (struct feed_news){0};
    pthread_mutex_unlock(&f->lock);
}

int feed_start(MPR_SERVER_HANDLE server, uint64_t interval_ms, int wake_fd, struct feed **ret)
{
    pthread_condattr_t attributes;
    struct feed *f = calloc(1, sizeof *f);
    if (!f)
        return -ENOMEM;
    f->server = server;
    f->interval_ms = interval_ms;
    f->wake = wake_fd;
    pthread_mutex_init(&f->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&f->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    int e = start_thread(&f->reader, reader, f);
    if (e < 0) {
        free(f);
        return e;
    }
    *ret = f;
    return 0;
}

void feed_stop(struct feed *f)
{
    pthread_mutex_lock(&f->lock);
    f->stop = true;
    pthread_cond_broadcast(&f->changed);
    pthread_mutex_unlock(&f->lock);
    pthread_join(f->reader, NULL);
    if (f->doer_started)
        pthread_join(f->doer, NULL);
    feed_news_free(&f->news);
    pthread_cond_destroy(&f->changed);
    pthread_mutex_destroy(&f->lock);
    free(f);
}
