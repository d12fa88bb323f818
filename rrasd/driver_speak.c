/* SPDX-License-Identifier: Apache-2.0 */
/* The conversation with a driver, and what it means to the router. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"
#include "rrasd/driver_peer.h"

#define SHOWN_ID 80u /* of an id in our log */

static void protocol_error(struct driver_peer *p, const char *why)
{
    p->hub->stats.protocol_errors++;
    if (p->status)
        p->status->protocol_errors++;
    driver_peer_end(p, "protocol", why);
}

/* One record was not taken. The connection goes on. */
static void refuse(struct driver_peer *p, const char *id, const char *code, const char *why)
{
    char name[DRIVER_PEER_NAME], shown[SHOWN_ID], note[RATELIMIT_NOTE_MAX], line[LINE_STREAM_LINE_MAX];
    uint64_t missed;
    size_t n;
    p->hub->stats.refused_sessions++;
    if (ratelimit_ok(&p->hub->refused_log, uv_now(p->hub->loop), &missed))
        log_warning("%s: session %s refused: %s: %s%s", driver_peer_name(p, name),
                    text_escape_z(shown, sizeof(shown), id), code, why, ratelimit_note(note, missed));
    if (driver_write_refused(id, code, why, line, &n) == 0)
        driver_peer_send(p, line, n);
}

/* ---- the one session of a session driver's connection ---- */

static char *make_key(const struct driver_peer *p, const char *id)
{
    char *key;
    return asprintf(&key, "%s:%s", p->link->pool, id) < 0 ? NULL : key;
}

static void forget_session(struct driver_peer *p)
{
    if (p->hh.tbl)
        HASH_DEL(p->hub->sessions, p);
    p->hh.tbl = NULL;
    p->gone = true;
}

/* Which connection has this session? */
static struct driver_peer *holder(const struct driver_peer *p, const char *key)
{
    struct driver_peer *other;
    HASH_FIND(hh, p->hub->sessions, key, strlen(key), other);
    return other;
}

/*
 * The session is this connection's from now on. `old`: it has come back over another connection of the same driver,
 * with the same identity, before we knew that the old one is dead; the end of that one must not end the session.
 */
static void claim_session(struct driver_peer *p, struct driver_peer *old, char *key, int64_t start)
{
    if (old) {
        forget_session(old);
        driver_peer_end(old, "busy", "this session has another connection now");
    }
    p->key = key;
    p->id = key + strlen(p->link->pool) + 1;
    p->start = start;
    HASH_ADD_KEYPTR(hh, p->hub->sessions, p->key, strlen(p->key), p); /* without memory: only not found by holder() */
}

/* The first report decides which session this connection is. */
static int report_first(struct driver_peer *p, const struct router_session *s)
{
    struct router_time now = driver_hub_now(p->hub);
    char *key = make_key(p, s->id);
    if (!key)
        return -ENOMEM;
    struct driver_peer *old = holder(p, key);
    int r =
        old && old->start != s->start ? -EEXIST : router_session_report(p->hub->router, p->driver, p->link, s, &now);
    if (r == 0)
        claim_session(p, old, key, s->start);
    else
        free(key);
    return r;
}

/* May this connection speak of that session? A daemon's of any; a session driver's of its own only. */
static bool owns(const struct driver_peer *p, const char *id, int64_t start)
{
    return p->kind == ROUTER_DRIVER_DAEMON || (p->key && !p->gone && p->start == start && strcmp(p->id, id) == 0);
}

/* ---- records ---- */

/* A client who is not on yet can be turned away, if his driver does that. Whom a daemon reports, it has let in. */
static bool is_refusable(const struct driver_peer *p, const struct router_session *s)
{
    return s->state != ROUTER_SESSION_CONNECTED && p->kind == ROUTER_DRIVER_SESSION &&
           (p->capabilities & DRIVER_MESSAGE_CAN_LIMIT) != 0;
}

/* What it can be asked for each of its sessions. */
static uint8_t can(const struct driver_peer *p)
{
    return (uint8_t)((p->capabilities & DRIVER_MESSAGE_CAN_MESSAGE ? ROUTER_CAN_MESSAGE : 0) |
                     (p->capabilities & DRIVER_MESSAGE_CAN_QUARANTINE ? ROUTER_CAN_QUARANTINE : 0));
}

static int report(struct driver_peer *p, const struct router_session *said)
{
    struct router_time now = driver_hub_now(p->hub);
    struct router_session with = *said;
    const struct router_session *s = &with;
    with.refusable = is_refusable(p, said);
    with.can = can(p);
    if (p->kind == ROUTER_DRIVER_SESSION && !p->key)
        return report_first(p, s);
    if (!owns(p, s->id, s->start))
        return -EEXIST;
    return router_session_report(p->hub->router, p->driver, p->link, s, &now);
}

static void report_session(struct driver_peer *p, const struct router_session *s)
{
    int r = report(p, s);
    p->connected = p->connected || (r == 0 && s->state == ROUTER_SESSION_CONNECTED);
    if (r == 0)
        return;
    if (r == -ENOSPC)
        refuse(p, s->id, "no-port", "no port is free");
    else if (r == -EDQUOT)
        refuse(p, s->id, "limit", "there are as many sessions of this type as the administrator allows");
    else if (r == -ENOMEM)
        refuse(p, s->id, "no-port", "out of memory");
    else if (r == -EEXIST)
        refuse(p, s->id, "invalid", "this connection is not that session's");
    else
        refuse(p, s->id, "invalid", "it can't be listed");
}

/* News of a session that is not there is late news: worth a debugging line, not more. */
static void ignored(const struct driver_peer *p, const char *what, const char *id)
{
    char name[DRIVER_PEER_NAME], shown[SHOWN_ID];
    log_debug("%s: %s of session %s, which is not there", driver_peer_name(p, name), what,
              text_escape_z(shown, sizeof(shown), id));
}

static void report_counters(struct driver_peer *p, const struct router_session *s)
{
    struct router_time now = driver_hub_now(p->hub);
    if (!owns(p, s->id, s->start) ||
        router_session_counters(p->hub->router, p->driver, s->id, s->start, s->counters, &now) < 0)
        ignored(p, "counters", s->id);
}

static void report_gone(struct driver_peer *p, const struct router_gone *gone)
{
    struct router_time now = driver_hub_now(p->hub);
    if (!owns(p, gone->id, gone->start)) {
        ignored(p, "end", gone->id);
        return;
    }
    if (router_session_gone(p->hub->router, p->driver, gone, &now) < 0)
        ignored(p, "end", gone->id);
    if (p->kind == ROUTER_DRIVER_SESSION)
        forget_session(p);
}

static void end_snapshot(struct driver_peer *p)
{
    struct router_time now = driver_hub_now(p->hub);
    char name[DRIVER_PEER_NAME];
    if (p->kind == ROUTER_DRIVER_SESSION || p->snapshot_done) {
        protocol_error(p, p->snapshot_done ? "a second snapshot-end" : "a session driver has no snapshot");
        return;
    }
    p->snapshot_done = true;
    driver_status_look(p->hub, p->status);
    router_driver_snapshot_end(p->hub->router, p->driver, &now);
    log_info("%s: snapshot complete", driver_peer_name(p, name));
}

/* ---- health ---- */

static void go_down(struct driver_peer *p)
{
    struct router_time now = driver_hub_now(p->hub);
    p->down = true;
    router_driver_detach(p->hub->router, p->driver, &now);
}

/* The daemon is back. The driver tells everything anew, as after a welcome. */
static void come_back(struct driver_peer *p)
{
    p->down = p->snapshot_done = false;
    router_driver_back(p->hub->router, p->driver);
}

static void log_health(const struct driver_peer *p, const struct driver_message *m)
{
    static const char *const names[] = {"ok", "degraded", "down"};
    char name[DRIVER_PEER_NAME], shown[ROUTER_TEXT_MAX + 1];
    const char *text = text_escape_z(shown, sizeof(shown), m->text);
    log_write(m->health == DRIVER_MESSAGE_OK ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING, "%s: its daemon is %s%s%s",
              driver_peer_name(p, name), names[m->health], *text ? ": " : "", text);
}

static void take_health(struct driver_peer *p, const struct driver_message *m)
{
    bool down = m->health == DRIVER_MESSAGE_DOWN;
    if (p->kind == ROUTER_DRIVER_SESSION) {
        protocol_error(p, "a session driver has no health");
        return;
    }
    log_health(p, m);
    if (down && !p->down)
        go_down(p);
    else if (!down && p->down)
        come_back(p);
    driver_status_health(p, m);
    router_driver_words(p->hub->router, p->driver, m->text ? m->text : "");
}

/* What can't be while the daemon is away. */
static bool is_news(enum driver_message_type type)
{
    return type == DRIVER_MESSAGE_SESSION || type == DRIVER_MESSAGE_COUNTERS || type == DRIVER_MESSAGE_GONE ||
           type == DRIVER_MESSAGE_SNAPSHOT_END;
}

/* ---- other messages ---- */

static void answer_order(struct driver_peer *p, const struct driver_message *m)
{
    struct router_time now = driver_hub_now(p->hub);
    char name[DRIVER_PEER_NAME];
    if (router_errand_reply(p->hub->router, p->link, m->order, m->result) == 0)
        return;
    /* Connections of one pool are one driver to the router, so it is here that one can't answer for another's session.
     */
    bool asked = p->kind == ROUTER_DRIVER_DAEMON || p->last_order == m->order;
    if (!asked || router_order_reply(p->hub->router, p->driver, m->order, m->result, m->text, &now) < 0)
        log_debug("%s: an answer to order %llu, which does not stand", driver_peer_name(p, name),
                  (unsigned long long)m->order);
}

static void speak(struct driver_peer *p, const struct driver_message *m)
{
    if (p->down && is_news(m->type)) {
        protocol_error(p, "news of sessions while its daemon is down");
        return;
    }
    switch (m->type) {
    case DRIVER_MESSAGE_SESSION:
        report_session(p, &m->session);
        break;
    case DRIVER_MESSAGE_COUNTERS:
        report_counters(p, &m->session);
        break;
    case DRIVER_MESSAGE_GONE:
        report_gone(p, &m->gone);
        break;
    case DRIVER_MESSAGE_SNAPSHOT_END:
        end_snapshot(p);
        break;
    case DRIVER_MESSAGE_REPLY:
        answer_order(p, m);
        break;
    case DRIVER_MESSAGE_HEALTH:
        take_health(p, m);
        break;
    case DRIVER_MESSAGE_KEEP_OUT_REPLY:
        driver_peer_keep_out_answered(p, m);
        break;
    case DRIVER_MESSAGE_KEPT_OUT:
        driver_peer_kept_out(p, m);
        break;
    case DRIVER_MESSAGE_ADMISSION_ASK:
        driver_peer_asks(p, m);
        break;
    case DRIVER_MESSAGE_HELLO:
        protocol_error(p, "a second hello");
        break;
    case DRIVER_MESSAGE_PONG: /* that something was heard is all that counts */
    case DRIVER_MESSAGE_UNKNOWN:
        break;
    }
}

/* ---- hello ---- */

/* The link of a daemon driver, made when it comes for the first time. NULL without memory. */
static struct driver_link *daemon_link(struct driver_hub *hub, const char *pool)
{
    struct driver_link *link;
    HASH_FIND_STR(hub->links, pool, link);
    if (link)
        return link;
    link = calloc(1, sizeof(*link));
    if (!link)
        return NULL;
    snprintf(link->pool, sizeof(link->pool), "%s", pool);
    HASH_ADD_STR(hub->links, pool, link);
    if (link->hh.tbl)
        return link;
    free(link);
    return NULL;
}

/* Who may be many drivers, and is refused for each, must not fill our memory with their names. */
static void drop_unused(struct driver_peer *p, struct driver_link *link, struct driver_status *status)
{
    driver_status_drop_unused(p->hub, status);
    if (link == &p->own || link->used)
        return;
    HASH_DEL(p->hub->links, link);
    free(link);
}

static int introduce(struct driver_peer *p, const struct driver_message *m)
{
    struct router_time now = driver_hub_now(p->hub);
    p->down = m->health == DRIVER_MESSAGE_DOWN;
    return p->down ? router_driver_introduce(p->hub->router, &m->info, &p->driver)
                   : router_driver_attach(p->hub->router, &m->info, &now, &p->driver);
}

static int attach(struct driver_peer *p, const struct driver_message *m)
{
    const struct router_driver_info *info = &m->info;
    struct driver_link *link = &p->own;
    char pool[DRIVER_POOL_MAX];
    snprintf(pool, sizeof(pool), "%s:%s", info->name, info->instance);
    if (info->kind == ROUTER_DRIVER_DAEMON)
        link = daemon_link(p->hub, pool);
    else
        snprintf(link->pool, sizeof(link->pool), "%s", pool);
    if (!link)
        return -ENOMEM;
    if (link->peer)
        return -EBUSY;
    struct driver_status *status = driver_status_get(p->hub, pool);
    int r = status ? introduce(p, m) : -ENOMEM;
    if (r < 0) {
        drop_unused(p, link, status);
        return r;
    }
    link->used = true;
    link->peer = p;
    p->link = link;
    p->kind = info->kind;
    p->capabilities = m->capabilities;
    p->status = status;
    driver_status_arrived(p, m);
    return 0;
}

static void say_why_not(struct driver_peer *p, const struct router_driver_info *info, int r)
{
    char why[160];
    const char *code = r == -EBUSY ? "busy" : r == -EINVAL ? "protocol" : "limit";
    const char *text = r == -EBUSY    ? "another connection is this driver"
                       : r == -EINVAL ? "it says of itself what does not fit what is known of it"
                       : r == -ENOSPC ? "there is no room for its ports"
                                      : strerror(-r);
    snprintf(why, sizeof(why), "%s:%s: %s", info->name, info->instance, text);
    if (r == -EBUSY)
        p->hub->stats.denied++;
    driver_peer_end(p, code, why);
}

static void welcome(struct driver_peer *p, const struct driver_message *m)
{
    char name[DRIVER_PEER_NAME], line[LINE_STREAM_LINE_MAX];
    size_t n;
    driver_peer_ready(p);
    driver_refused_forget(p->hub, p->uid, p->claimed);
    p->hub->stats.accepted++;
    log_info("%s: connected", driver_peer_name(p, name));
    if (m->has_health) {
        log_health(p, m);
        router_driver_words(p->hub->router, p->driver, m->text ? m->text : "");
    }
    int r = driver_write_welcome(p->hub->config.counters_interval_ms, p->hub->admission != NULL, line, &n);
    if (r == 0)
        driver_peer_send(p, line, n);
    driver_peer_keep_outs_begin(p);
}

/* The names are good, but it may say so of itself without being it. */
static void claim(struct driver_peer *p, const struct driver_message *m)
{
    if (m->type == DRIVER_MESSAGE_HELLO && m->version == 1) /* of another version nothing is read */
        snprintf(p->claimed, sizeof(p->claimed), "%s:%s", m->info.name, m->info.instance);
}

static void hello(struct driver_peer *p, const struct driver_message *m)
{
    const struct router_driver_info *info = &m->info;
    char why[256];
    claim(p, m);
    if (m->type != DRIVER_MESSAGE_HELLO) {
        protocol_error(p, "a message before hello");
    } else if (m->version != 1) {
        driver_peer_end(p, "version", "this rrasd speaks version 1");
    } else if (!p->hub->may(p->hub->ctx, p->uid, info->name, info->instance)) {
        p->hub->stats.denied++;
        snprintf(why, sizeof(why), "uid %u may not be driver %s:%s: rrasd.conf has to name its user in [driver %s]",
                 (unsigned)p->uid, info->name, info->instance, info->name);
        driver_peer_end(p, "denied", why);
    } else {
        int r = attach(p, m);
        if (r == 0)
            welcome(p, m);
        else
            say_why_not(p, info, r);
    }
}

/* ---- lines ---- */

int driver_peer_line(void *ctx, const char *line, size_t n)
{
    struct driver_peer *p = ctx;
    struct driver_message m;
    char why[DRIVER_MESSAGE_WHY];
    int r = driver_message_parse(line, n, &m, why);
    if (r == -EPROTO)
        protocol_error(p, why);
    else if (p->state == DRIVER_PEER_HELLO)
        hello(p, &m);
    else if (r < 0)
        refuse(p, m.session.id ? m.session.id : "", "invalid", why);
    else
        speak(p, &m);
    driver_message_free(&m);
    return p->state == DRIVER_PEER_ENDING ? -ECANCELED : 0;
}

/*
 * A session driver's connection has ended, and its session with it. But not when it is we who end it: then its process
 * may well go on, and nothing would be less true than a confirmed order and a free port.
 */
static void leave_session(struct driver_peer *p, const struct router_time *now)
{
    struct router_gone gone = {.id = p->id, .start = p->start, .reason = "the session's process has ended"};
    int r = p->cut ? router_session_lost(p->hub->router, p->driver, p->id, p->start, now)
                   : router_session_gone(p->hub->router, p->driver, &gone, now);
    if (r < 0)
        ignored(p, "end", p->id);
}

/* The connection has ended: a daemon driver is away; a session driver's session has its own fate. */
void driver_peer_leave(struct driver_peer *p)
{
    struct router *router = p->hub->router;
    bool session = p->key && !p->gone, down = p->down;
    driver_peer_asks_forget(p);
    if (!p->driver)
        return;
    p->link->peer = NULL;
    driver_status_left(p, p->why);
    forget_session(p);
    if (!router)
        return; /* it is rrasd that goes: the sessions stay */
    struct router_time now = driver_hub_now(p->hub);
    if (session)
        leave_session(p, &now);
    if (!down) /* it has been detached already */
        router_driver_detach(router, p->driver, &now);
    p->driver = NULL;
}
