/* SPDX-License-Identifier: Apache-2.0 */
/* Asking who is there, and what rrasd is told. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "drivers/vici/memory.h"
#include "drivers/vici/watch_private.h"

void watch_list_begin(struct watch *w)
{
    sessions_begin(w->sessions);
    w->changed = true;
    if (!w->config->state_file[0])
        return;
    int r = memory_load(w->config->state_file, w->run, w->sessions);
    if (r >= 0)
        log_info("%s: %d sessions are remembered", w->config->state_file, r);
    else if (r != -ENOENT)
        log_warning("%s can't be used (%s): sessions that were rekeyed begin anew", w->config->state_file,
                    strerror(-r));
}

/* ---- when ---- */

void watch_look(struct watch *w, uint32_t ms)
{
    uint64_t at = now_ms() + ms;
    w->look_at = at < w->look_at ? at : w->look_at;
}

uint64_t watch_look_due(const struct watch *w)
{
    uint64_t interval = driver_counters_interval_ms(w->driver);
    if (!w->conn || w->listing)
        return WATCH_NEVER;
    if (interval > 0 && interval < w->config->poll_ms)
        interval = w->config->poll_ms;
    uint64_t poll = interval > 0 && w->online ? w->listed_at + interval : WATCH_NEVER;
    return poll < w->look_at ? poll : w->look_at;
}

/* ---- the listing ---- */

void watch_tell_health(struct watch *w)
{
    char why[DRIVER_TEXT_MAX];
    uint64_t left_out = sessions_left_out(w->sessions);
    if (w->late)
        snprintf(why, sizeof(why),
                 "charon answers, but does not finish its list of IKE_SAs: one is in use, by a log-on that waits for "
                 "another "
                 "server perhaps; counters are old");
    else if (left_out > 0)
        snprintf(why, sizeof(why), "%" PRIu64 " IKE_SAs of charon's are not shown: there are more than %u", left_out,
                 SESSIONS_MAX);
    else if (w->rows_refused > 0)
        snprintf(why, sizeof(why),
                 "%" PRIu64 " IKE_SAs of charon's are not shown: it lists them in a way that can't be read",
                 w->rows_refused);
    else
        why[0] = '\0';
    if (why[0] && strcmp(why, w->said) != 0) {
        snprintf(w->said, sizeof(w->said), "%s", why);
        log_warning("%s", why);
    }
    driver_degraded(w->driver, why);
}

/* The driver's table may have sessions of a run before. */
static int drop_foreign(void *ctx, const struct driver_session *s)
{
    struct watch *w = ctx;
    if (!sessions_find(w->sessions, s->id))
        driver_session_gone(w->driver, s->id, s->start, NULL);
    return 0;
}

static void complete(struct watch *w)
{
    w->late = w->silent = false;
    w->retry_ms = WATCH_RETRY_FIRST_MS;
    if (!w->online) {
        w->online = true;
        w->said[0] = '\0';
        driver_sessions_each(w->driver, drop_foreign, w);
        driver_online(w->driver);
        log_info("%s: charon has %zu sessions", w->config->vici, sessions_count(w->sessions));
    }
    watch_tell_health(w);
    if (w->flush) {
        w->flush = false;
        driver_flush_counters(w->driver);
    }
}

static void on_row(void *ctx, struct bytes message)
{
    struct watch *w = ctx;
    if (sessions_row(w->sessions, message) < 0)
        w->rows_refused++;
}

static void on_listed(void *ctx, int result, struct bytes message)
{
    struct watch *w = ctx;
    (void)message;
    w->listing = false;
    if (result < 0) {
        sessions_list_abandon(w->sessions);
        if (result != -ECONNRESET)
            snprintf(w->give_up, sizeof(w->give_up), "charon at %s can't list its IKE_SAs", w->config->vici);
        return;
    }
    sessions_list_end(w->sessions);
    complete(w);
}

void watch_list(struct watch *w)
{
    struct vici_request request = {
        .name = "list-sas", .row_event = "list-sa", .row = on_row, .done = on_listed, .ctx = w};
    w->look_at = WATCH_NEVER;
    w->listed_at = now_ms();
    w->rows_refused = 0;
    if (conn_send(w->conn, &request) < 0) {
        watch_look(w, 1000); /* no memory; a broken connection shows itself */
        return;
    }
    w->listing = true;
    sessions_list_begin(w->sessions);
}

/* ---- the connections ---- */

static void on_conn_row(void *ctx, struct bytes message)
{
    struct watch *w = ctx;
    if (conns_row(w->conns, message) < 0)
        log_debug("a connection of charon's configuration can't be read");
}

static void on_conns(void *ctx, int result, struct bytes message)
{
    struct watch *w = ctx;
    (void)message;
    w->conns_waiting = false;
    if (result < 0)
        return;
    conns_end(w->conns);
    if (w->conns_wanted && !w->listing)
        watch_look(w, 0); /* whose name was not known */
    w->conns_wanted = false;
}

void watch_list_conns(struct watch *w)
{
    struct vici_request request = {
        .name = "list-conns", .row_event = "list-conn", .row = on_conn_row, .done = on_conns, .ctx = w};
    w->conns_at = now_ms();
    if (w->conns_waiting || conn_send(w->conn, &request) < 0)
        return;
    w->conns_waiting = true;
    conns_begin(w->conns);
}

/* ---- remembering ---- */

void watch_save(struct watch *w)
{
    uint64_t began = now_ms();
    if (!w->changed || !w->config->state_file[0] || !w->run[0])
        return;
    int r = memory_save(w->config->state_file, w->run, w->sessions);
    if (r < 0)
        log_warning("%s can't be written: %s", w->config->state_file, strerror(-r));
    w->changed = false;
    /* Many sessions take long to write; no more than a twentieth of the time shall go into that. */
    w->save_at = now_ms() + WATCH_SAVE_MS + 20 * (now_ms() - began);
}
