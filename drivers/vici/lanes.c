/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/vici/lanes.h"

#include <errno.h>
#include <stdlib.h>

#include "common/log.h"

struct lane {
    struct lanes *owner;
    struct conn *conn; /* NULL: not made */
};

struct lanes {
    uv_loop_t *loop;
    const char *path;
    bool running;
    struct conn_peer peer;
    struct lane lanes[LANES_MAX];
};

struct lanes *lanes_new(uv_loop_t *loop, const char *path)
{
    struct lanes *l = calloc(1, sizeof(*l));
    if (!l)
        return NULL;
    l->loop = loop;
    l->path = path;
    for (size_t i = 0; i < LANES_MAX; i++)
        l->lanes[i].owner = l;
    return l;
}

static void close_lane(struct lane *lane)
{
    struct conn *c = lane->conn;
    lane->conn = NULL;
    conn_close(c);
}

void lanes_end(struct lanes *l)
{
    l->running = false;
    for (size_t i = 0; i < LANES_MAX; i++)
        close_lane(&l->lanes[i]);
}

void lanes_free(struct lanes *l)
{
    if (!l)
        return;
    lanes_end(l);
    free(l);
}

void lanes_begin(struct lanes *l, struct conn_peer peer)
{
    lanes_end(l);
    l->peer = peer;
    l->running = true;
}

static void on_event(void *ctx, struct bytes name, struct bytes message)
{
    (void)ctx; /* none is registered but the rows of list-sas, and those without a request are nobody's */
    (void)name;
    (void)message;
}

static void on_lost(void *ctx, const char *why)
{
    struct lane *lane = ctx;
    log_info("a connection for commands is lost: %s", why);
    close_lane(lane);
}

static const struct conn_ops conn_ops = {.event = on_event, .lost = on_lost};

static bool same_peer(struct conn_peer a, struct conn_peer b)
{
    return a.pid == b.pid && a.born_s == b.born_s && a.born_ns == b.born_ns;
}

static int open_lane(struct lane *lane)
{
    struct lanes *l = lane->owner;
    struct conn *c;
    int r = conn_open(l->loop, l->path, &conn_ops, lane, &c);
    if (r < 0)
        return r;
    if (!same_peer(conn_peer(c), l->peer))
        r = -ESTALE; /* the end of the one that we know is about to be told */
    else
        r = conn_register(c, "list-sa", NULL, NULL);
    if (r < 0) {
        conn_close(c);
        return r;
    }
    lane->conn = c;
    return 0;
}

static bool is_stuck(const struct lane *lane)
{
    return conn_silence(lane->conn) >= LANES_STUCK_MS;
}

/* The first that works; requests of one lane are served in order, which is as fast as charon is. */
static int pick(struct lanes *l, struct lane **ret)
{
    struct lane *fresh = NULL;
    for (size_t i = 0; i < LANES_MAX; i++) {
        struct lane *lane = &l->lanes[i];
        if (lane->conn && !is_stuck(lane)) {
            *ret = lane;
            return 0;
        }
        if (!lane->conn && !fresh)
            fresh = lane;
    }
    if (!fresh)
        return -EAGAIN;
    int r = open_lane(fresh);
    if (r == 0)
        *ret = fresh;
    return r;
}

int lanes_send(struct lanes *l, const struct vici_request *request)
{
    struct lane *lane;
    int r = l->running ? pick(l, &lane) : -ENOTCONN;
    return r < 0 ? r : conn_send(lane->conn, request);
}

bool lanes_busy(const struct lanes *l)
{
    for (size_t i = 0; i < LANES_MAX; i++)
        if (l->lanes[i].conn && conn_waiting(l->lanes[i].conn) > 0)
            return true;
    return false;
}

void lanes_tick(struct lanes *l)
{
    for (size_t i = 0; i < LANES_MAX; i++) {
        if (l->lanes[i].conn && conn_silence(l->lanes[i].conn) >= LANES_LOST_MS) {
            log_warning("charon has not answered a command for %u s; it is given up", LANES_LOST_MS / 1000);
            close_lane(&l->lanes[i]);
        }
    }
}
