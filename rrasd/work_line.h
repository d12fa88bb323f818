/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line of what has to be stored: libuv's workers do one item after the other, in the order in which they came, and
 * the loop does not run out before the last one is done. On the loop's thread unless it says otherwise.
 */
#ifndef OPENRRAS_RRASD_WORK_LINE_H
#define OPENRRAS_RRASD_WORK_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

/* The first member of what is put in line, which stays as it is until done(). */
struct work_item {
    struct work_item *next; /* for work_line.c */
};

struct work_line {
    uv_loop_t *loop;
    size_t max; /* that wait or are being done */
    /* On a worker: 0 or negative errno. */
    int (*work)(void *ctx, struct work_item *item);
    /* Once for each, never from inside work_line_put(). The item is its maker's again. */
    void (*done)(void *ctx, struct work_item *item, int result);
    void *ctx;
    /* for work_line.c */
    struct work_item *first, **end; /* the first is the worker's while `busy` */
    size_t waiting;
    bool busy;
    int result;
    uv_work_t request;
};

/* The five members above are set, the others are zero. It must stay where it is from then on. */
void work_line_init(struct work_line *l);
/* 0, or -EBUSY: `max` are there. */
int work_line_put(struct work_line *l, struct work_item *item);

#endif
