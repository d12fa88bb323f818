/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/port_limits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"

struct limits {
    uv_loop_t *loop;
    struct store *store;
    struct limits_change *first, **end; /* the first is the worker's while `busy` */
    size_t waiting;
    bool busy;
    int result;
    uv_work_t work;
};

struct limits *limits_new(uv_loop_t *loop, struct store *store)
{
    struct limits *l = calloc(1, sizeof *l);
    if (!l)
        return NULL;
    *l = (struct limits){.loop = loop, .store = store};
    l->end = &l->first;
    l->work.data = l;
    return l;
}

static void begin_write(struct limits *l);

static void write_in_worker(uv_work_t *work)
{
    struct limits *l = work->data;
    l->result = store_save_limits(l->store, l->first->limits, l->first->n);
}

static void after_write(uv_work_t *work, int status)
{
    struct limits *l = work->data;
    struct limits_change *c = l->first;
    int result = status < 0 ? status : l->result;
    l->busy = false;
    l->waiting--;
    l->first = c->next;
    if (!l->first)
        l->end = &l->first;
    if (result < 0)
        log_error("store: can't write limits of ports: %s", strerror(-result));
    c->done(c, result);
    begin_write(l);
}

static void begin_write(struct limits *l)
{
    if (l->busy || !l->first)
        return;
    l->busy = true;
    /* Fails only without a function to call. */
    (void)uv_queue_work(l->loop, &l->work, write_in_worker, after_write);
}

int limits_store(struct limits *l, struct limits_change *change)
{
    if (l->waiting >= LIMITS_WAITING_MAX)
        return -EBUSY;
    change->next = NULL;
    *l->end = change;
    l->end = &change->next;
    l->waiting++;
    begin_write(l);
    return 0;
}

void limits_free(struct limits *l)
{
    free(l);
}
