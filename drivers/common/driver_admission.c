/* SPDX-License-Identifier: Apache-2.0 */
/* Asking rrasd at log-on whether a user may dial in. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/common/driver_private.h"

/* A question without an answer. */
struct driver_ask {
    struct driver_ask *prev, *next; /* driver.asks, the oldest first */
    uint64_t n, due;                /* uv_now() */
};

static void on_due(uv_timer_t *timer);

static void arm(struct driver *d)
{
    uint64_t now = uv_now(d->loop);
    if (!d->asks || d->closing)
        uv_timer_stop(&d->ask_timer);
    else
        uv_timer_start(&d->ask_timer, on_due, d->asks->due > now ? d->asks->due - now : 0, 0);
}

/* Out of the list, and told. */
static void end(struct driver *d, struct driver_ask *ask, enum driver_verdict verdict, const char *text)
{
    const struct driver_admission a = {.n = ask->n, .verdict = verdict, .text = text};
    DL_DELETE(d->asks, ask);
    d->ask_count--;
    free(ask);
    d->ops->admission(d->ctx, &a);
}

static void on_due(uv_timer_t *timer)
{
    struct driver *d = timer->data;
    uint64_t now = uv_now(d->loop);
    while (d->asks && d->asks->due <= now)
        end(d, d->asks, DRIVER_NO_ANSWER, "");
    arm(d);
}

int driver_ask_admission(struct driver *d, const char *user, const char *client_address, uint64_t *ret_n)
{
    char line[LINE_STREAM_LINE_MAX];
    size_t len;
    if (!d->ops->admission)
        return -EOPNOTSUPP;
    if (!user[0] || driver_text_cut(user, DRIVER_USER_MAX) != strlen(user))
        return -EINVAL; /* half a name is somebody else's */
    if (d->link != DRIVER_LINK_WELCOME || !d->answers_admission)
        return -ENOTCONN;
    if (d->ask_count >= DRIVER_ASKS_MAX)
        return -EBUSY;
    int r = driver_encode_admission_ask(d->last_ask + 1, user, client_address, line, &len);
    if (r < 0)
        return r;
    struct driver_ask *ask = calloc(1, sizeof(*ask));
    if (!ask)
        return -ENOMEM;
    *ask = (struct driver_ask){.n = ++d->last_ask, .due = uv_now(d->loop) + d->config.ask_ms};
    DL_APPEND(d->asks, ask);
    d->ask_count++;
    *ret_n = ask->n;
    driver_send_line(d, line, len); /* when it fails the connection has ended, and so has the question: see below */
    arm(d);
    return 0;
}

void driver_asks_lost(struct driver *d)
{
    struct driver_ask *ask;
    d->answers_admission = false;
    DL_FOREACH(d->asks, ask)
    ask->due = 0; /* told in the loop's next turn: this may be within a call of the driver's */
    arm(d);
}

void driver_asks_free(struct driver *d)
{
    struct driver_ask *ask, *next;
    DL_FOREACH_SAFE(d->asks, ask, next)
    free(ask);
    d->asks = NULL;
}

void driver_admission_said(struct driver *d, uint64_t n, bool permit, const char *text)
{
    struct driver_ask *ask = d->asks;
    while (ask && ask->n != n)
        ask = ask->next;
    if (!ask) /* it comes too late */
        return;
    end(d, ask, permit ? DRIVER_ADMITTED : DRIVER_NOT_ADMITTED, text);
    arm(d);
}
