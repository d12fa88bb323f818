/* SPDX-License-Identifier: Apache-2.0 */
/* How the daemon is: whether the table is what it says, and if not, why. */
#include <string.h>

#include "drivers/common/driver_private.h"

static bool has_health(const struct driver *d)
{
    return d->config.kind == DRIVER_DAEMON;
}

static bool same_health(const struct driver_health *a, const struct driver_health *b)
{
    return a->state == b->state && strcmp(a->text, b->text) == 0;
}

void driver_health_tell(struct driver *d)
{
    char line[LINE_STREAM_LINE_MAX];
    size_t n;
    if (d->link != DRIVER_LINK_WELCOME || same_health(&d->health, &d->told))
        return;
    d->told = d->health;
    int r = driver_encode_health(&d->health, line, &n);
    if (r == 0)
        driver_send_line(d, line, n); /* when it fails the connection has ended, and the next hello says it */
    else
        driver_link_lost(d, "the health can't be written");
}

/* Work out how it is now. A session driver's daemon has none: its connection is the session. */
static void update(struct driver *d)
{
    const char *text = d->online ? d->degraded : d->why;
    if (!has_health(d))
        return;
    d->health.state = !d->online ? DRIVER_HEALTH_DOWN : *text ? DRIVER_HEALTH_DEGRADED : DRIVER_HEALTH_OK;
    memcpy(d->health.text, text, sizeof(d->health.text));
    driver_health_tell(d);
}

void driver_online(struct driver *d)
{
    if (d->closing || d->online)
        return;
    d->online = true;
    update(d);
    if (driver_tells_sessions(d)) {
        driver_table_begin_snapshot(d);
        driver_pump(d);
    }
    driver_want(d);
}

void driver_offline(struct driver *d, const char *why)
{
    if (d->closing)
        return;
    driver_words(d->why, why);
    d->online = false;
    if (!has_health(d)) {
        driver_leave(d);
        return;
    }
    driver_table_forget_pending(d);
    update(d);
    driver_want(d);
}

void driver_degraded(struct driver *d, const char *why)
{
    driver_words(d->degraded, why);
    update(d);
}
