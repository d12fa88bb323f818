/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/work_line.h"

#include <errno.h>

static void begin(struct work_line *l);

static void on_worker(uv_work_t *request)
{
    struct work_line *l = request->data;
    l->result = l->work(l->ctx, l->first);
}

static void after(uv_work_t *request, int status)
{
    struct work_line *l = request->data;
    struct work_item *item = l->first;
    int result = status < 0 ? status : l->result;
    l->busy = false;
    l->waiting--;
    l->first = item->next;
    if (!l->first)
        l->end = &l->first;
    l->done(l->ctx, item, result);
    begin(l);
}

static void begin(struct work_line *l)
{
    if (l->busy || !l->first)
        return;
    l->busy = true;
    /* Fails only without a function to call. */
    (void)uv_queue_work(l->loop, &l->request, on_worker, after);
}

void work_line_init(struct work_line *l)
{
    l->end = &l->first;
    l->request.data = l;
}

int work_line_put(struct work_line *l, struct work_item *item)
{
    if (l->waiting >= l->max)
        return -EBUSY;
    item->next = NULL;
    *l->end = item;
    l->end = &item->next;
    l->waiting++;
    begin(l);
    return 0;
}
