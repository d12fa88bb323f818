/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keep-outs on their way to the drivers. After welcome a driver that can turn users away is told all that are meant for
 * it, as fast as it reads, so that ten thousand of them need no more room than a few; then each change as it comes.
 */
#include <errno.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"
#include "router/keep_out.h"
#include "rrasd/driver_peer.h"

#define OUTPUT_HIGH (48u * 1024u) /* do not write more ahead of the socket than this */

/* Is there somebody to be told? Of session drivers only who is still on his way in. */
static bool listens(const struct driver_peer *p)
{
    return p->state == DRIVER_PEER_READY && (p->capabilities & DRIVER_MESSAGE_CAN_KEEP_OUT) != 0 &&
           !(p->kind == ROUTER_DRIVER_SESSION && p->connected);
}

static bool is_for(const struct driver_peer *p, const struct router_keep_out *k)
{
    char pool[DRIVER_POOL_MAX], *colon;
    memcpy(pool, p->link->pool, sizeof(pool));
    colon = strchr(pool, ':');
    *colon = '\0';
    return router_keep_out_is_for(k, pool, colon + 1);
}

void driver_peer_keep_outs_begin(struct driver_peer *p)
{
    p->telling_keep_outs = listens(p);
    p->keep_out_told = 0;
}

int driver_peer_keep_outs_fill(struct driver_peer *p)
{
    char line[LINE_STREAM_LINE_MAX];
    struct router_keep_out k;
    size_t n;
    while (p->telling_keep_outs && p->hub->router && line_stream_waiting(&p->stream) < OUTPUT_HIGH) {
        bool more = listens(p) && router_keep_out_after(p->hub->router, p->keep_out_told, &k);
        if (more)
            p->keep_out_told = k.number;
        else
            p->telling_keep_outs = false;
        if (more && !is_for(p, &k))
            continue;
        int r = more ? driver_write_keep_out(&k, line, &n) : driver_write_keep_out_end(line, &n);
        if (r == 0)
            r = line_stream_queue(&p->stream, line, n);
        if (r < 0)
            return r;
    }
    return 0;
}

/* Write it once, send it to all who are to hear it. Sending may end a connection, which leaves the list only later. */
static void tell_all(struct driver_hub *hub, const struct router_keep_out *k, const char *line, size_t n)
{
    for (struct driver_peer *p = hub->peers; p; p = p->next)
        if (listens(p) && is_for(p, k) && (!p->telling_keep_outs || k->number <= p->keep_out_told))
            driver_peer_send(p, line, n);
}

void driver_hub_keep_out(struct driver_hub *hub, const struct router_keep_out *k)
{
    char line[LINE_STREAM_LINE_MAX];
    size_t n;
    if (driver_write_keep_out(k, line, &n) == 0)
        tell_all(hub, k, line, n);
}

void driver_hub_keep_out_end(struct driver_hub *hub, const struct router_keep_out *k)
{
    char line[LINE_STREAM_LINE_MAX];
    size_t n;
    if (driver_write_keep_out_lift(k->number, line, &n) == 0)
        tell_all(hub, k, line, n);
}

/* ---- what drivers say ---- */

static void late(const struct driver_peer *p, const struct driver_message *m)
{
    char name[DRIVER_PEER_NAME];
    log_debug("%s: news of keep-out %llu, which is not in force", driver_peer_name(p, name), (unsigned long long)m->n);
}

void driver_peer_keep_out_answered(struct driver_peer *p, const struct driver_message *m)
{
    int r = m->n > UINT32_MAX ? -ENOENT
                              : router_keep_out_answer(p->hub->router, p->driver, (uint32_t)m->n, m->taken, m->text);
    if (r == -ENOENT)
        late(p, m);
    else if (r < 0)
        log_warning("a driver's answer to a keep-out is lost: %s", strerror(-r));
}

void driver_peer_kept_out(struct driver_peer *p, const struct driver_message *m)
{
    struct router_time now = driver_hub_now(p->hub);
    if (m->n > UINT32_MAX || router_keep_out_report(p->hub->router, p->driver, (uint32_t)m->n, m->session.user,
                                                    m->session.client_address, &now) < 0)
        late(p, m);
}
