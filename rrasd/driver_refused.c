/* SPDX-License-Identifier: Apache-2.0 */
/* Who was turned away before he became a driver: anybody may connect, so what is remembered of them is bounded. */
#include <stdio.h>
#include <string.h>

#include "common/text.h"
#include "rrasd/driver_peer.h"

/* Where it is, or refused_count. */
static size_t find(const struct driver_hub *hub, uid_t uid, const char *pool, const char *code)
{
    size_t i = 0;
    for (; i < hub->refused_count; i++) {
        const struct driver_hub_refused *r = &hub->refused[i];
        if (r->uid == uid && strcmp(r->pool, pool) == 0 && strcmp(r->code, code) == 0)
            break;
    }
    return i;
}

/* Where a new one goes: the oldest of this uid makes room if it has its share, else the oldest of all. */
static size_t place_for(const struct driver_hub *hub, uid_t uid)
{
    size_t own = 0, oldest = 0;
    for (size_t i = 0; i < hub->refused_count; i++) {
        if (hub->refused[i].uid != uid)
            continue;
        own++;
        oldest = i;
    }
    if (own >= DRIVER_HUB_REFUSED_OF_UID)
        return oldest;
    return hub->refused_count < DRIVER_HUB_REFUSED_MAX ? hub->refused_count : DRIVER_HUB_REFUSED_MAX - 1u;
}

static void to_front(struct driver_hub *hub, size_t i)
{
    const struct driver_hub_refused r = hub->refused[i];
    memmove(&hub->refused[1], &hub->refused[0], i * sizeof(r));
    hub->refused[0] = r;
}

void driver_refused_note(struct driver_hub *hub, uid_t uid, pid_t pid, const char *pool, const char *code,
                         const char *why)
{
    int64_t now = driver_hub_now(hub).wall_s;
    size_t i = find(hub, uid, pool, code);
    if (i == hub->refused_count) {
        i = place_for(hub, uid);
        hub->refused_count += i == hub->refused_count;
        hub->refused[i] = (struct driver_hub_refused){.code = code, .uid = uid, .first = now};
        snprintf(hub->refused[i].pool, sizeof(hub->refused[i].pool), "%s", pool);
    }
    struct driver_hub_refused *r = &hub->refused[i];
    r->pid = pid;
    r->last = now;
    r->count++;
    text_escape_z(r->reason, sizeof(r->reason), why);
    to_front(hub, i);
}

void driver_refused_forget(struct driver_hub *hub, uid_t uid, const char *pool)
{
    size_t left = 0;
    for (size_t i = 0; i < hub->refused_count; i++) {
        const struct driver_hub_refused *r = &hub->refused[i];
        if (r->uid != uid || strcmp(r->pool, pool) != 0)
            hub->refused[left++] = *r;
    }
    hub->refused_count = left;
}

const struct driver_hub_refused *driver_hub_refused(const struct driver_hub *hub, size_t *n)
{
    *n = hub->refused_count;
    return hub->refused;
}
