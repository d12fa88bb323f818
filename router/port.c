/* SPDX-License-Identifier: Apache-2.0 */
/* Ports: slots in chunks that never move, and each driver's queue of free ones. */
#include "router/router_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Shown when there was no memory to keep the real words. Never freed. */
static char error_lost[] = "(the reason was lost: out of memory)";

uint32_t port_handle(const struct port *p)
{
    return p->slot | p->raised % ROUTER_GENERATIONS << GENERATION_SHIFT;
}

/* The place of a slot whose chunk is there. */
static struct port *place(const struct router *r, uint32_t slot)
{
    return &r->chunks[slot / PORT_CHUNK][slot % PORT_CHUNK];
}

struct port *port_by_slot(const struct router *r, uint32_t slot)
{
    if (slot == 0 || slot > r->highest_slot || !r->chunks[slot / PORT_CHUNK])
        return NULL;
    struct port *p = place(r, slot);
    return p->driver ? p : NULL;
}

/* ---- making ports ---- */

/* The lowest slot without a port. Restored slots can leave gaps. */
static uint32_t next_slot(struct router *r)
{
    while (port_by_slot(r, r->lowest_free_slot))
        r->lowest_free_slot++;
    return r->lowest_free_slot;
}

static uint32_t next_index(struct router_driver *d)
{
    while (d->slots_low < d->slots_cap && d->slots[d->slots_low])
        d->slots_low++;
    return d->slots_low + 1u;
}

static int chunk_make(struct router *r, uint32_t slot)
{
    struct port **chunk = &r->chunks[slot / PORT_CHUNK];
    if (!*chunk)
        *chunk = calloc(PORT_CHUNK, sizeof **chunk);
    return *chunk ? 0 : -ENOMEM;
}

static int index_reserve(struct router_driver *d, uint32_t index)
{
    if (index <= d->slots_cap)
        return 0;
    uint32_t cap = d->slots_cap ? d->slots_cap : 8u;
    while (cap < index)
        cap *= 2u;
    uint32_t *slots = realloc(d->slots, cap * sizeof *slots);
    if (!slots)
        return -ENOMEM;
    memset(slots + d->slots_cap, 0, (cap - d->slots_cap) * sizeof *slots);
    d->slots = slots;
    d->slots_cap = cap;
    return 0;
}

/* PREFIX-INDEX. A long prefix is cut, never the number. */
static void name_port(struct port *p, const char *prefix)
{
    char number[16];
    int n = snprintf(number, sizeof number, "-%u", p->index);
    size_t room = ROUTER_PORT_NAME_MAX - (size_t)n, length = strlen(prefix);
    if (length > room) {
        length = room;
        while (length > 0 && ((unsigned char)prefix[length] & 0xc0u) == 0x80u)
            length--; /* not inside a UTF-8 character */
    }
    memcpy(p->name, prefix, length);
    memcpy(p->name + length, number, (size_t)n + 1u);
}

/* Memory for slot and index is there. */
static struct port *port_add(struct router *r, struct router_driver *d, uint32_t slot, uint32_t index)
{
    struct port *p = place(r, slot);
    p->driver = d;
    p->slot = slot;
    p->index = index;
    p->raised = p->skipped = p->raised > r->new_calls ? p->raised : r->new_calls;
    name_port(p, d->prefix);
    d->slots[index - 1u] = slot;
    d->port_count++;
    r->port_count++;
    if (slot > r->highest_slot)
        r->highest_slot = slot;
    return p;
}

int port_make(struct router *r, struct router_driver *d, uint32_t slot, uint32_t index, struct port **ret)
{
    if (slot == 0 && r->port_count >= r->config.max_ports)
        return -ENOSPC; /* one that is restored was there already */
    if (slot == 0)
        slot = next_slot(r);
    if (index == 0)
        index = next_index(d);
    if (slot > ROUTER_SLOTS_MAX || index > PORT_INDEX_MAX)
        return -ENOSPC;
    if (chunk_make(r, slot) != 0 || index_reserve(d, index) != 0)
        return -ENOMEM;
    *ret = port_add(r, d, slot, index);
    return 0;
}

int ports_reserve(struct router *r, struct router_driver *d, uint32_t n)
{
    if (n == 0)
        return 0;
    /* Of the first port_count + n slots at most port_count are taken, so the n lowest free ones are among them. */
    uint32_t last = r->port_count + n;
    for (uint32_t chunk = r->lowest_free_slot / PORT_CHUNK; chunk <= last / PORT_CHUNK; chunk++)
        if (chunk_make(r, chunk * PORT_CHUNK) != 0)
            return -ENOMEM;
    return index_reserve(d, d->port_count + n); /* and so with the indices */
}

void ports_make(struct router *r, struct router_driver *d, uint32_t n)
{
    while (n-- > 0)
        port_put(r, port_add(r, d, next_slot(r), next_index(d)));
}

static void know_slot(struct router *r, uint32_t slot, uint32_t raised)
{
    if (slot > r->highest_slot)
        r->highest_slot = slot;
    if (raised > r->most_calls)
        r->most_calls = raised;
}

void port_retire(struct router *r, struct port *p)
{
    struct router_driver *d = p->driver;
    uint32_t slot = p->slot, raised = p->raised + 1u; /* also the handle of the idle port is not good any more */
    d->slots[p->index - 1u] = 0;
    if (p->index - 1u < d->slots_low)
        d->slots_low = p->index - 1u;
    d->port_count--;
    r->port_count--;
    port_set_error(p, NULL);
    *p = (struct port){.slot = slot, .raised = raised};
    know_slot(r, slot, raised);
    if (slot < r->lowest_free_slot)
        r->lowest_free_slot = slot;
}

int port_restore_retired(struct router *r, uint32_t slot, uint32_t raised)
{
    if (chunk_make(r, slot) != 0)
        return -ENOMEM;
    *place(r, slot) = (struct port){.slot = slot, .raised = raised};
    know_slot(r, slot, raised);
    return 0;
}

uint32_t port_retired(const struct router *r, uint32_t slot)
{
    const struct port *p = r->chunks[slot / PORT_CHUNK] ? place(r, slot) : NULL;
    return p && !p->driver ? p->raised : 0;
}

void port_free_all(struct router *r)
{
    for (uint32_t slot = 1; slot <= r->highest_slot; slot++) {
        struct port *p = port_by_slot(r, slot);
        if (p)
            port_set_error(p, NULL);
    }
    for (size_t i = 0; i < PORT_CHUNKS; i++)
        if (r->chunks[i]) /* most are not there */
            free(r->chunks[i]);
}

/* ---- free ports, oldest first ---- */

void port_put(struct router *r, struct port *p)
{
    struct router_driver *d = p->driver;
    p->next_free = 0;
    if (p->index > d->limit)
        return; /* the driver has fewer ports now: this one rests */
    if (d->free_last)
        place(r, d->free_last)->next_free = p->slot;
    else
        d->free_first = p->slot;
    d->free_last = p->slot;
}

static int take(struct router *r, struct router_driver *d, bool beyond, struct port **ret)
{
    if (!d->free_first && next_index(d) > d->limit)
        return -ENOSPC;
    if (!d->free_first && !limit_make_room(r, d) && !beyond)
        return -EDQUOT;
    if (!d->free_first)
        return port_make(r, d, 0, 0, ret);
    struct port *p = place(r, d->free_first);
    d->free_first = p->next_free;
    if (!d->free_first)
        d->free_last = 0;
    p->next_free = 0;
    *ret = p;
    return 0;
}

int port_take(struct router *r, struct router_driver *d, struct port **ret)
{
    return take(r, d, false, ret);
}

int port_take_any(struct router *r, struct router_driver *d, struct port **ret)
{
    return take(r, d, true, ret);
}

/* Put those back of the free ones whose index is not above `last`. */
static void keep_free_up_to(struct router *r, struct router_driver *d, uint32_t last)
{
    uint32_t slot = d->free_first;
    d->free_first = d->free_last = 0;
    while (slot) {
        struct port *p = place(r, slot);
        slot = p->next_free;
        if (p->index <= last)
            port_put(r, p);
    }
}

static bool is_idle(const struct router *r, const struct router_driver *d, uint32_t index)
{
    const struct port *p = port_by_slot(r, d->slots[index - 1u]);
    return p && !p->session;
}

void ports_retire_idle(struct router *r, struct router_driver *d, uint32_t n)
{
    uint32_t last = d->slots_cap; /* the last index that stays */
    while (n > 0 && last > 0)
        n -= is_idle(r, d, last--);
    keep_free_up_to(r, d, last);
    for (uint32_t index = last + 1u; index <= d->slots_cap; index++)
        if (is_idle(r, d, index))
            port_retire(r, port_by_slot(r, d->slots[index - 1u]));
}

void port_free_list_rebuild(struct router *r, struct router_driver *d, uint32_t old_limit)
{
    keep_free_up_to(r, d, PORT_INDEX_MAX);
    for (uint32_t index = old_limit + 1u; index <= d->limit && index <= d->slots_cap; index++) {
        struct port *p = d->slots[index - 1u] ? place(r, d->slots[index - 1u]) : NULL;
        if (p && !p->session)
            port_put(r, p);
    }
}

/* ---- what is seen ---- */

void port_set_error(struct port *p, const char *text)
{
    if (p->error != error_lost)
        free(p->error);
    p->error = NULL;
    if (!text)
        return;
    p->error = strndup(text, ROUTER_TEXT_MAX);
    if (!p->error)
        p->error = error_lost;
}

static enum router_port_state idle_state(const struct port *p)
{
    /* A pool of a session driver needs nobody to be free: its driver comes with the session. */
    bool there = p->driver->attached || p->driver->kind == ROUTER_DRIVER_SESSION;
    return there && p->index <= p->driver->limit ? ROUTER_PORT_LISTENING : ROUTER_PORT_AWAY;
}

enum router_port_state port_state(const struct port *p)
{
    static const enum router_port_state shown[] = {
        [ROUTER_SESSION_KEEP] = ROUTER_PORT_AUTHENTICATING, /* no session has it */
        [ROUTER_SESSION_CONNECTING] = ROUTER_PORT_AUTHENTICATING,
        [ROUTER_SESSION_AUTHENTICATING] = ROUTER_PORT_AUTHENTICATING,
        [ROUTER_SESSION_CALLING_BACK] = ROUTER_PORT_CALLING_BACK,
        [ROUTER_SESSION_CONNECTED] = ROUTER_PORT_CONNECTED,
        [ROUTER_SESSION_DISCONNECTING] = ROUTER_PORT_DISCONNECTING,
    };
    const struct session *s = p->session;
    if (!s)
        return idle_state(p);
    if (session_away(s))
        return ROUTER_PORT_AWAY;
    return s->order ? ROUTER_PORT_DISCONNECTING : shown[s->state];
}

static void view(const struct port *p, const struct router_time *now, struct router_port_view *ret)
{
    static const struct texts none = {.refs = 1, .data = ""};
    const struct session *s = p->session;
    const struct texts *t = s ? s->texts : &none;
    const struct router_connection *c = s ? s->connection : NULL;
    *ret = (struct router_port_view){
        .handle = port_handle(p),
        .slot = p->slot,
        .connection = c ? c->handle : 0,
        .state = port_state(p),
        .calls = p->raised - p->skipped,
        .connect_seconds = c ? connection_seconds(c, now) : 0,
        .line_speed = s ? s->line_speed : 0,
        .failed = p->failed,
        .last_error = p->error ? p->error : "",
        .name = p->name,
        .device_type = p->driver->device_type,
        .device_name = p->driver->device_name,
        .driver = p->driver->name,
        .instance = p->driver->instance,
        .id = text_get(t, TEXT_ID),
        .user = text_get(t, TEXT_USER),
        .auth = text_get(t, TEXT_AUTH),
        .caller = text_get(t, TEXT_CALLER),
        .client_address = text_get(t, TEXT_CLIENT_ADDRESS),
        .server_address = text_get(t, TEXT_SERVER_ADDRESS),
        .tunnel_address4 = text_get(t, TEXT_TUNNEL_ADDRESS4),
        .tunnel_address6 = text_get(t, TEXT_TUNNEL_ADDRESS6),
        .tunnel_server4 = text_get(t, TEXT_TUNNEL_SERVER4),
        .interface = text_get(t, TEXT_INTERFACE),
        .bundle = text_get(t, TEXT_BUNDLE),
        .start = s ? s->start : 0,
        .quarantined = s && s->quarantined,
        .can = s ? s->can : 0,
        .order = s && s->order ? s->order->id : 0,
        .counters = {.ratio_in = 100, .ratio_out = 100},
    };
    if (s)
        stats_port(&s->stats, &ret->counters);
}

uint32_t router_port_count(const struct router *r)
{
    return r->highest_slot;
}

bool router_port_at(const struct router *r, uint32_t slot, const struct router_time *now, struct router_port_view *ret)
{
    const struct port *p = port_by_slot(r, slot);
    if (!p)
        return false;
    view(p, now, ret);
    return true;
}

bool router_port_get(const struct router *r, uint32_t handle, const struct router_time *now,
                     struct router_port_view *ret)
{
    return handle <= HANDLE_MAX && router_port_at(r, router_handle_slot(handle), now, ret);
}

bool router_port_clear(struct router *r, uint32_t handle)
{
    struct port *p = handle <= HANDLE_MAX ? port_by_slot(r, router_handle_slot(handle)) : NULL;
    if (!p)
        return false;
    if (!p->session)
        return true;
    stats_clear_port(&p->session->stats);
    if (p->session->connection)
        router_connection_clear(r, p->session->connection->handle);
    return true;
}
