/* SPDX-License-Identifier: Apache-2.0 */
/* Limits of types of devices. A port_count above the limit means that sessions hold them: idle ones go at once. */
#include "router/limit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "router/router_private.h"

struct type_limit {
    struct type_limit *next;
    uint32_t ports, use;
    char type[];
};

static struct type_limit *limit_of(const struct router *r, const char *type)
{
    struct type_limit *l = r->limits;
    while (l && strcasecmp(l->type, type) != 0)
        l = l->next;
    return l;
}

static uint32_t allowed(const struct type_limit *l)
{
    return l->use & ROUTER_USE_RAS ? l->ports : 0;
}

static bool is_of(const struct router_driver *d, const char *type)
{
    return strcasecmp(d->device_type, type) == 0;
}

static uint32_t idle_of(const struct router_driver *d)
{
    return d->port_count - d->in_use;
}

struct sum {
    uint32_t ports, in_use;
};

static struct sum sum_of(const struct router *r, const char *type)
{
    struct sum sum = {0};
    for (const struct router_driver *d = r->drivers; d; d = d->next) {
        if (!is_of(d, type))
            continue;
        sum.ports += d->port_count;
        sum.in_use += d->in_use;
    }
    return sum;
}

/* ---- what port.c, driver.c and session.c ask ---- */

static uint32_t limit_room(const struct router *r, const struct router_driver *d, const char *type)
{
    const struct type_limit *l = limit_of(r, type);
    if (!l)
        return UINT32_MAX;
    uint32_t ports = d->port_count;
    for (const struct router_driver *other = r->drivers; other; other = other->next)
        if (other != d && is_of(other, type))
            ports += other->port_count;
    return ports < allowed(l) ? allowed(l) - ports : 0;
}

uint32_t limit_lacking(const struct router *r, const struct router_driver *d, uint32_t ports, const char *type)
{
    uint32_t n = ports > d->port_count ? ports - d->port_count : 0;
    uint32_t room = n > 0 ? limit_room(r, d, type) : 0;
    return n < room ? n : room;
}

bool limit_exceeded(const struct router *r, const struct router_driver *d)
{
    const struct type_limit *l = limit_of(r, d->device_type);
    return l && sum_of(r, d->device_type).ports > allowed(l);
}

bool limit_make_room(struct router *r, const struct router_driver *d)
{
    if (limit_room(r, d, d->device_type) > 0)
        return true;
    if (limit_exceeded(r, d))
        return false;
    struct router_driver *other = r->drivers;
    while (other && (!is_of(other, d->device_type) || idle_of(other) == 0))
        other = other->next;
    if (other)
        ports_retire_idle(r, other, 1);
    return other != NULL;
}

/* Idle ports above the limit go: of each driver a share, so that none loses all while another keeps all. */
void limit_trim(struct router *r, const char *type)
{
    const struct type_limit *l = limit_of(r, type);
    if (!l)
        return;
    struct sum sum = sum_of(r, type);
    uint64_t idle = sum.ports - sum.in_use;
    uint32_t surplus = sum.ports > allowed(l) ? sum.ports - allowed(l) : 0,
             left = surplus < idle ? surplus : (uint32_t)idle;
    uint64_t wanted = left;
    for (struct router_driver *d = r->drivers; d && left > 0; d = d->next) {
        if (!is_of(d, type))
            continue;
        uint32_t share = (uint32_t)((wanted * idle_of(d) + idle - 1u) / idle);
        share = share < left ? share : left;
        ports_retire_idle(r, d, share);
        left -= share;
    }
}

/* ---- setting ---- */

/* Those that had to do without ports get them; without memory when they come back. */
static void grow(struct router *r, const char *type)
{
    for (struct router_driver *d = r->drivers; d; d = d->next) {
        uint32_t n = is_of(d, type) ? limit_lacking(r, d, d->fixed, type) : 0;
        uint32_t room = r->config.max_ports > r->port_count ? r->config.max_ports - r->port_count : 0;
        n = n < room ? n : room;
        if (ports_reserve(r, d, n) == 0)
            ports_make(r, d, n);
    }
}

static int limit_make(struct router *r, const char *type, struct type_limit **ret)
{
    size_t n = strlen(type) + 1u;
    if (r->limit_count >= ROUTER_LIMITS_MAX)
        return -ENOSPC;
    struct type_limit *l = calloc(1, sizeof *l + n);
    if (!l)
        return -ENOMEM;
    memcpy(l->type, type, n);
    l->next = r->limits;
    r->limits = l;
    r->limit_count++;
    *ret = l;
    return 0;
}

int router_limit_set(struct router *r, const struct router_limit *limit, uint32_t *above)
{
    const char *type = limit->device_type;
    if (!type || !type[0] || !text_fits(type, ROUTER_TEXT_MAX) || limit->ports == 0 ||
        (limit->use & ~(uint32_t)(ROUTER_USE_RAS | ROUTER_USE_ROUTING)) != 0)
        return -EINVAL;
    struct type_limit *l = limit_of(r, type);
    int rc = l ? 0 : limit_make(r, type, &l);
    if (rc != 0)
        return rc;
    l->ports = limit->ports;
    l->use = limit->use;
    limit_trim(r, type);
    grow(r, type);
    if (above)
        *above = router_limit_above(r, type);
    return 0;
}

bool router_limit_get(const struct router *r, const char *device_type, struct router_limit *ret)
{
    const struct type_limit *l = limit_of(r, device_type);
    if (l)
        *ret = (struct router_limit){.device_type = l->type, .ports = l->ports, .use = l->use};
    return l != NULL;
}

uint32_t router_limit_above(const struct router *r, const char *device_type)
{
    const struct type_limit *l = limit_of(r, device_type);
    if (!l)
        return 0;
    uint32_t in_use = sum_of(r, device_type).in_use;
    return in_use > allowed(l) ? in_use - allowed(l) : 0;
}

int router_limit_remove(struct router *r, const char *device_type)
{
    struct type_limit **at = &r->limits;
    while (*at && strcasecmp((*at)->type, device_type) != 0)
        at = &(*at)->next;
    struct type_limit *l = *at;
    if (!l)
        return -ENOENT;
    *at = l->next;
    r->limit_count--;
    grow(r, l->type);
    free(l);
    return 0;
}

bool router_limit_at(const struct router *r, uint32_t i, struct router_limit *ret)
{
    const struct type_limit *l = r->limits;
    for (; l && i > 0; i--)
        l = l->next;
    if (l)
        *ret = (struct router_limit){.device_type = l->type, .ports = l->ports, .use = l->use};
    return l != NULL;
}

uint32_t router_limit_in_use(const struct router *r, const char *device_type)
{
    return sum_of(r, device_type).in_use;
}

void limit_free_all(struct router *r)
{
    while (r->limits) {
        struct type_limit *l = r->limits;
        r->limits = l->next;
        free(l);
    }
}
