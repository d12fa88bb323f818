/* SPDX-License-Identifier: Apache-2.0 */
/* Connections as readers see them. */
#include "router/router_private.h"

#include <stdlib.h>

static struct router_connection *with_ref(struct router_connection *c)
{
    if (c)
        c->refs++;
    return c;
}

struct router_connection *router_connection_get(struct router *r, uint32_t handle)
{
    return handle <= HANDLE_MAX ? with_ref(handles_get(r->connections, handle)) : NULL;
}

static struct router_connection *after(const struct router *r, uint32_t handle)
{
    return handle < HANDLE_MAX ? handles_from(r->connections, handle + 1u) : NULL;
}

struct router_connection *router_connection_after(struct router *r, uint32_t handle)
{
    return with_ref(after(r, handle));
}

size_t router_connections(struct router *r, uint32_t handle, struct router_connection **ret, size_t max)
{
    size_t n = 0;
    for (struct router_connection *c = NULL; n < max && (c = after(r, handle)); handle = c->handle)
        ret[n++] = with_ref(c);
    return n;
}

uint32_t router_connection_count(const struct router *r, uint32_t handle)
{
    return handle < HANDLE_MAX ? handles_count(r->connections, handle + 1u) : 0;
}

void router_connection_unref(struct router *r, struct router_connection *c)
{
    (void)r;
    if (c && --c->refs == 0)
        connection_free(c);
}

uint32_t connection_seconds(const struct router_connection *c, const struct router_time *now)
{
    int64_t ms = c->ended ? c->since_ms : (int64_t)now->mono_ms - c->since_ms;
    if (ms < 0)
        return 0;
    return ms / 1000 > UINT32_MAX ? UINT32_MAX : (uint32_t)(ms / 1000);
}

static void counters_shown(const struct router_connection *c, struct router_counters *ret)
{
    *ret = c->multi ? c->multi->ended : (struct router_counters){0};
    ret->ratio_in = c->links->stats.ratio_in;
    ret->ratio_out = c->links->stats.ratio_out;
    for (const struct session *s = c->links; s; s = s->next)
        stats_add_connection(&s->stats, ret);
}

void router_connection_view(const struct router *r, const struct router_connection *c, const struct router_time *now,
                            struct router_connection_view *ret)
{
    (void)r;
    /* User and addresses in the tunnel are the connection's; the outer ones are those of a link that is still there. */
    const struct texts *link = c->lead ? c->texts : c->links->texts;
    const struct router_driver *d = c->links->port->driver; /* NULL: it has ended, and its driver was forgotten */
    *ret = (struct router_connection_view){
        .handle = c->handle,
        .links = c->link_count,
        .first_port = c->ended ? 0 : port_handle(c->links->port),
        .connect_seconds = connection_seconds(c, now),
        .start = c->start,
        .user = text_get(c->texts, TEXT_USER),
        .device_type = d ? d->device_type : "",
        .caller = text_get(link, TEXT_CALLER),
        .client_address = text_get(link, TEXT_CLIENT_ADDRESS),
        .server_address = text_get(link, TEXT_SERVER_ADDRESS),
        .tunnel_address4 = text_get(c->texts, TEXT_TUNNEL_ADDRESS4),
        .tunnel_address6 = text_get(c->texts, TEXT_TUNNEL_ADDRESS6),
        .tunnel_server4 = text_get(c->texts, TEXT_TUNNEL_SERVER4),
        .interface = text_get(link, TEXT_INTERFACE),
    };
    for (const struct session *s = c->links; s; s = s->next) {
        ret->quarantined = ret->quarantined || s->quarantined;
        ret->can |= s->can;
    }
    memcpy(ret->guid, c->guid, sizeof ret->guid);
    counters_shown(c, &ret->counters);
}

size_t router_connection_ports(const struct router_connection *c, uint32_t *ret, size_t max)
{
    size_t n = 0;
    if (c->ended)
        return 0;
    for (const struct session *s = c->links; s; s = s->next, n++)
        if (n < max)
            ret[n] = port_handle(s->port);
    return n;
}

bool router_connection_clear(struct router *r, uint32_t handle)
{
    struct router_connection *c = handle <= HANDLE_MAX ? handles_get(r->connections, handle) : NULL;
    if (!c)
        return false;
    for (struct session *s = c->links; s; s = s->next)
        stats_clear_connection(&s->stats);
    if (c->multi)
        c->multi->ended = (struct router_counters){0};
    return true;
}
