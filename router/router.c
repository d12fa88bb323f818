/* SPDX-License-Identifier: Apache-2.0 */
/* Life of a router, its totals, and what makes events. */
#include "router/job.h"
#include "router/router_private.h"

#include <errno.h>
#include <stdlib.h>

static bool config_ok(const struct router_config *c)
{
    const uint32_t times[] = {c->accept_ms, c->gone_ms, c->hard_ms, c->unknown_ms};
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
        if (times[i] == 0 || times[i] > ROUTER_DEADLINE_MAX_MS)
            return false;
    return c->max_ports > 0 && c->max_ports <= ROUTER_SLOTS_MAX && c->max_jobs <= ROUTER_JOBS_MAX;
}

struct router *router_new(const struct router_config *config, const struct router_ops *ops, void *ctx)
{
    if (!config_ok(config) || !ops->send_disconnect || !ops->event || !ops->random)
        return NULL;
    struct router *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->ops = ops;
    r->ctx = ctx;
    r->config = *config;
    r->lowest_free_slot = 1;
    r->keep_out_due_ms = UINT64_MAX;
    r->ready.end = &r->ready.first;
    r->errands_end = &r->errands;
    return r;
}

void router_free(struct router *r)
{
    if (!r)
        return;
    order_abandon_all(r);
    job_free_all(r);
    keep_out_free_all(r);
    driver_free_all(r);
    connection_free_all(r);
    limit_free_all(r);
    port_free_all(r);
    free(r);
}

int router_reconfigure(struct router *r, const struct router_config *config)
{
    if (!config_ok(config))
        return -EINVAL;
    r->config = *config;
    return 0;
}

void router_get_totals(const struct router *r, struct router_totals *ret)
{
    *ret = (struct router_totals){
        .ports = r->port_count,
        .ports_in_use = r->in_use,
        .connections = r->connection_count,
        .sessions_started = r->sessions_started,
        .sessions_refused = r->sessions_refused,
        .orders = r->orders_given,
        .orders_confirmed = r->orders_confirmed,
        .orders_failed = r->orders_failed,
    };
}

void event_emit(struct router *r, const struct router_event *e)
{
    r->ops->event(r->ctx, e);
}

struct router_event event_of_session(enum router_event_type type, const struct session *s)
{
    const struct router_driver *d = s->port->driver;
    return (struct router_event){
        .type = type,
        .port = port_handle(s->port),
        .connection = s->connection ? s->connection->handle : 0,
        .driver = d->name,
        .instance = d->instance,
        .device_type = d->device_type,
        .id = text_get(s->texts, TEXT_ID),
        .user = text_get(s->texts, TEXT_USER),
        .client_address = text_get(s->texts, TEXT_CLIENT_ADDRESS),
        .tunnel_address4 = text_get(s->texts, TEXT_TUNNEL_ADDRESS4),
        .tunnel_address6 = text_get(s->texts, TEXT_TUNNEL_ADDRESS6),
        .port_name = s->port->name,
        .start = s->start,
        .quarantined = s->quarantined,
    };
}

uint64_t router_next_deadline(const struct router *r)
{
    const uint64_t due[] = {order_next_deadline(r), driver_next_deadline(r), job_next_deadline(r), r->keep_out_due_ms,
                            errand_next_deadline(r)};
    uint64_t first = UINT64_MAX;
    for (size_t i = 0; i < sizeof due / sizeof due[0]; i++)
        if (due[i] < first)
            first = due[i];
    return first;
}

void router_tick(struct router *r, const struct router_time *now)
{
    order_tick(r, now);
    driver_tick(r, now);
    job_tick(r, now);
    keep_out_tick(r, now);
    errand_tick(r, now);
    waiters_call(r);
}
