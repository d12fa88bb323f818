/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What fills rasadmin top: a thread that talks to the server, so that the screen never waits for it.
 */
#ifndef OPENRRAS_RASADMIN_TOP_FEED_H
#define OPENRRAS_RASADMIN_TOP_FEED_H

#include <openrras.h>
#include <stdbool.h>
#include <stdint.h>

#include "rasadmin/top.h"

struct feed;

/* What has come since it was asked last; the library's buffers, the caller's to free. */
struct feed_news {
    OPENRRAS_SESSION_LIST *sessions; /* or NULL: no new listing */
    OPENRRAS_SERVER *server;         /* with it */
    OPENRRAS_DRIVER_LIST *drivers;   /* with it; NULL: not told */
    OPENRRAS_EVENT_LIST **events;    /* after it */
    size_t n_events;
    bool has_trouble;  /* it has changed: */
    char trouble[256]; /* escaped; "": the server is there */
    char done[256];    /* what became of a disconnect, escaped; "": nothing new */
};
void feed_news_free(struct feed_news *news);

/* Begin. `wake` (a descriptor of eventfd(2)) is written to when there is news. 0 or negative errno. */
int feed_start(MPR_SERVER_HANDLE server, uint64_t interval_ms, int wake, struct feed **ret);
/* End, and free. What has been ordered stands. */
void feed_stop(struct feed *f);
/* Look now. */
void feed_refresh(struct feed *f);
void feed_take(struct feed *f, struct feed_news *ret);
/* Disconnect exactly this session; feed_news.done tells what became of it. -EBUSY: one is under way. */
int feed_disconnect(struct feed *f, const struct top_target *target, uint32_t keep_out_seconds);

#endif
