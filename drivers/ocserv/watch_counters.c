/* SPDX-License-Identifier: Apache-2.0 */
/* The devices of sessions, and their counters. A session's device is found once, by its name and by the client's
 * address on it, and then known by its index, which is not used again: names are, for the next session. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "drivers/ocserv/watch_private.h"

/* All devices, as they were read. */
struct device {
    struct counters_device d;
    char peer[ROWS_ADDRESS_MAX]; /* the client's address, or "" */
};

struct devices {
    struct device *list;
    size_t n, cap;
    bool failed; /* no memory */
};

static void take_device(void *ctx, const struct counters_device *d)
{
    struct devices *all = ctx;
    if (all->n == all->cap) {
        size_t cap = all->cap ? all->cap * 2 : 64;
        struct device *list = reallocarray(all->list, cap, sizeof(*list));
        if (!list) {
            all->failed = true;
            return;
        }
        all->list = list;
        all->cap = cap;
    }
    all->list[all->n++] = (struct device){.d = *d};
}

static int by_index(const void *a, const void *b)
{
    const struct device *x = a, *y = b;
    return x->d.index < y->d.index ? -1 : x->d.index > y->d.index;
}

static int by_name(const void *a, const void *b)
{
    const struct device *x = a, *y = b;
    return strcmp(x->d.name, y->d.name);
}

static struct device *find(const struct devices *all, const struct device *like,
                           int (*order)(const void *, const void *))
{
    return all->n ? bsearch(like, all->list, all->n, sizeof(*like), order) : NULL;
}

static void take_peer(void *ctx, uint32_t index, const char *peer)
{
    struct devices *all = ctx;
    struct device like = {.d.index = index}, *found = find(all, &like, by_index);
    size_t n = strlen(peer);
    if (found && !found->peer[0] && n < sizeof(found->peer))
        memcpy(found->peer, peer, n + 1);
}

/* ---- sockets ---- */

static void failed(struct watch *w, int error)
{
    if (!w->netlink_said)
        log_warning("%s: ocserv's network devices can't be read: %s", w->config->control, strerror(-error));
    watch_counters_close(w);
    w->netlink_failed = w->netlink_said = true; /* it is tried again, and said again when it has worked meanwhile */
}

static void on_poll_closed(uv_handle_t *handle)
{
    free(handle);
}

void watch_counters_close(struct watch *w)
{
    if (w->hear)
        uv_close((uv_handle_t *)w->hear, on_poll_closed);
    if (w->dump_fd >= 0)
        close(w->dump_fd);
    if (w->hear_fd >= 0)
        close(w->hear_fd);
    w->hear = NULL;
    w->dump_fd = w->hear_fd = -1;
}

static void on_hear(uv_poll_t *poll, int status, int events)
{
    struct watch *w = poll->data;
    (void)events;
    if (status < 0)
        failed(w, status);
    else
        watch_counters_hear(w);
}

static int hear(struct watch *w)
{
    uv_poll_t *poll = malloc(sizeof(*poll));
    int r = poll ? counters_subscribe(w->hear_fd) : -ENOMEM;
    if (r == 0)
        r = uv_poll_init(w->loop, poll, w->hear_fd);
    if (r < 0) {
        free(poll);
        return r;
    }
    poll->data = w;
    w->hear = poll;
    return uv_poll_start(poll, UV_READABLE, on_hear);
}

void watch_counters_open(struct watch *w)
{
    struct worker *k, *next;
    watch_counters_close(w);
    w->netlink_failed = false;
    HASH_ITER(hh, w->workers, k, next)
    k->index = 0; /* of the ocserv before, or to be found again */
    w->dump_fd = door_netlink(w->door);
    w->hear_fd = w->dump_fd < 0 ? w->dump_fd : door_netlink(w->door);
    int r = w->hear_fd < 0 ? w->hear_fd : hear(w);
    if (r < 0)
        failed(w, r);
    else
        w->netlink_said = false;
}

/* ---- reading ---- */

static bool read_all(struct watch *w, struct devices *all)
{
    int r = w->dump_fd < 0 ? -EBADF : counters_read_devices(w->dump_fd, take_device, all);
    if (r == 0 && all->failed)
        r = -ENOMEM;
    if (r < 0 && w->dump_fd >= 0)
        failed(w, r);
    if (r == 0 && all->n > 0)
        qsort(all->list, all->n, sizeof(*all->list), by_index);
    return r == 0;
}

static void set(struct watch *w, struct worker *k, const struct counters_device *d)
{
    k->counters = d->counters;
    driver_session_counters(w->driver, k->id, k->since, &k->counters); /* -ENOENT: it could not be shown */
}

static void bind_one(struct watch *w, struct worker *k, const struct devices *all)
{
    struct device like = {0};
    memcpy(like.d.name, k->device, sizeof(k->device) < sizeof(like.d.name) ? sizeof(k->device) : sizeof(like.d.name));
    like.d.name[sizeof(like.d.name) - 1] = '\0';
    const struct device *found = find(all, &like, by_name);
    /* A device of this name with another client's address is somebody else's by now, or not ready yet. */
    if (!found || (k->client4[0] && strcmp(found->peer, k->client4) != 0))
        return;
    k->index = found->d.index;
    set(w, k, &found->d);
}

void watch_counters_bind(struct watch *w)
{
    struct devices all = {0};
    struct worker *k, *next;
    if (!w->unbound || !read_all(w, &all)) {
        free(all.list);
        return;
    }
    int r = counters_read_peers(w->dump_fd, take_peer, &all);
    if (r < 0)
        failed(w, r);
    else if (all.n > 0)
        qsort(all.list, all.n, sizeof(*all.list), by_name);
    w->unbound = false;
    HASH_ITER(hh, w->workers, k, next)
    {
        if (!k->up || k->index != 0 || !k->device[0])
            continue;
        if (r == 0)
            bind_one(w, k, &all);
        w->unbound |= k->index == 0;
    }
    free(all.list);
}

void watch_counters_read(struct watch *w)
{
    struct devices all = {0};
    struct worker *k, *next;
    if (read_all(w, &all)) {
        HASH_ITER(hh, w->workers, k, next)
        {
            struct device like = {.d.index = k->index};
            const struct device *found = k->index ? find(&all, &like, by_index) : NULL;
            if (found)
                set(w, k, &found->d);
        }
    }
    free(all.list);
}

static void heard(void *ctx, const struct counters_device *d)
{
    struct watch *w = ctx;
    struct worker *k, *next;
    if (!d->removed)
        return;
    HASH_ITER(hh, w->workers, k, next)
    {
        if (k->index == d->index) {
            k->counters_final = true;
            set(w, k, d);
        }
    }
}

void watch_counters_hear(struct watch *w)
{
    int r = w->hear_fd < 0 ? 0 : counters_heard(w->hear_fd, heard, w);
    if (r < 0 && r != -ENOBUFS) /* some last counters are lost: they are called what they are */
        failed(w, r);
}
