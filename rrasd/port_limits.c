/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/port_limits.h"

#include <stdlib.h>
#include <string.h>

#include "common/log.h"

struct limits {
    struct store *store;
    struct work_line line;
};

static int write_change(void *ctx, struct work_item *item)
{
    const struct limits *l = ctx;
    const struct limits_change *c = (const struct limits_change *)item;
    return store_save_limits(l->store, c->limits, c->n);
}

static void after_write(void *ctx, struct work_item *item, int result)
{
    struct limits_change *c = (struct limits_change *)item;
    (void)ctx;
    if (result < 0)
        log_error("store: can't write limits of ports: %s", strerror(-result));
    c->done(c, result);
}

struct limits *limits_new(uv_loop_t *loop, struct store *store)
{
    struct limits *l = calloc(1, sizeof *l);
    if (!l)
        return NULL;
    l->store = store;
    l->line = (struct work_line){
        .loop = loop, .max = LIMITS_WAITING_MAX, .work = write_change, .done = after_write, .ctx = l};
    work_line_init(&l->line);
    return l;
}

int limits_store(struct limits *l, struct limits_change *change)
{
    return work_line_put(&l->line, &change->item);
}

void limits_free(struct limits *l)
{
    free(l);
}
