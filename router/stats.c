/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counters of a session. A daemon's counters are never changed: clearing notes a base line, and what is shown is the
 * difference. There are two base lines, because clearing a port also clears the sum of its connection, but not the
 * other ports of it.
 */
#include "router/router_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void traffic_of(const struct router_counters *c, struct traffic *ret)
{
    ret->v[TRAFFIC_BYTES_OUT] = c->bytes_out;
    ret->v[TRAFFIC_BYTES_IN] = c->bytes_in;
    ret->v[TRAFFIC_FRAMES_OUT] = c->frames_out;
    ret->v[TRAFFIC_FRAMES_IN] = c->frames_in;
}

static void line_errors_of(const struct router_counters *c, uint64_t ret[static LINE_ERRORS])
{
    ret[0] = c->crc_errors;
    ret[1] = c->timeout_errors;
    ret[2] = c->alignment_errors;
    ret[3] = c->hardware_overruns;
    ret[4] = c->framing_errors;
    ret[5] = c->buffer_overruns;
}

/* Add `now` less `base` (NULL: all of it). */
static void add_traffic(struct router_counters *sum, const struct traffic *now, const struct traffic *base)
{
    static const struct traffic zero;
    const struct traffic *b = base ? base : &zero;
    sum->bytes_out += now->v[TRAFFIC_BYTES_OUT] - b->v[TRAFFIC_BYTES_OUT];
    sum->bytes_in += now->v[TRAFFIC_BYTES_IN] - b->v[TRAFFIC_BYTES_IN];
    sum->frames_out += now->v[TRAFFIC_FRAMES_OUT] - b->v[TRAFFIC_FRAMES_OUT];
    sum->frames_in += now->v[TRAFFIC_FRAMES_IN] - b->v[TRAFFIC_FRAMES_IN];
}

static void add_line_errors(struct router_counters *sum, const uint64_t now[static LINE_ERRORS], const uint64_t *base)
{
    static const uint64_t zero[LINE_ERRORS];
    const uint64_t *b = base ? base : zero;
    sum->crc_errors += now[0] - b[0];
    sum->timeout_errors += now[1] - b[1];
    sum->alignment_errors += now[2] - b[2];
    sum->hardware_overruns += now[3] - b[3];
    sum->framing_errors += now[4] - b[4];
    sum->buffer_overruns += now[5] - b[5];
}

void stats_init(struct stats *st)
{
    *st = (struct stats){.ratio_in = 100, .ratio_out = 100};
}

void stats_fini(struct stats *st)
{
    free(st->errors);
    st->errors = NULL;
}

static bool has_line_errors(const struct router_counters *c)
{
    return c->crc_errors || c->timeout_errors || c->alignment_errors || c->hardware_overruns || c->framing_errors ||
           c->buffer_overruns;
}

int stats_prepare(struct stats *st, const struct router_counters *c)
{
    if (!c || st->errors || !has_line_errors(c))
        return 0;
    st->errors = calloc(1, sizeof *st->errors);
    return st->errors ? 0 : -ENOMEM;
}

/* A counter that is below its base line has begun again (or its daemon is confused): so does what we show. */
static void rebase(const uint64_t *now, uint64_t *base, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (now[i] < base[i])
            base[i] = 0;
}

void stats_apply(struct stats *st, const struct router_counters *c)
{
    if (!c)
        return;
    traffic_of(c, &st->now);
    rebase(st->now.v, st->port_base.v, TRAFFIC_COUNT);
    rebase(st->now.v, st->connection_base.v, TRAFFIC_COUNT);
    st->ratio_in = c->ratio_in ? c->ratio_in : 100u;
    st->ratio_out = c->ratio_out ? c->ratio_out : 100u;
    if (stats_prepare(st, c) != 0 || !st->errors)
        return;
    line_errors_of(c, st->errors->now);
    rebase(st->errors->now, st->errors->port_base, LINE_ERRORS);
    rebase(st->errors->now, st->errors->connection_base, LINE_ERRORS);
}

void stats_clear_port(struct stats *st)
{
    st->port_base = st->now;
    if (st->errors)
        memcpy(st->errors->port_base, st->errors->now, sizeof st->errors->now);
}

void stats_clear_connection(struct stats *st)
{
    st->connection_base = st->now;
    if (st->errors)
        memcpy(st->errors->connection_base, st->errors->now, sizeof st->errors->now);
}

void stats_add_raw(const struct stats *st, struct router_counters *sum)
{
    add_traffic(sum, &st->now, NULL);
    if (st->errors)
        add_line_errors(sum, st->errors->now, NULL);
}

void stats_add_connection(const struct stats *st, struct router_counters *sum)
{
    add_traffic(sum, &st->now, &st->connection_base);
    if (st->errors)
        add_line_errors(sum, st->errors->now, st->errors->connection_base);
}

void stats_raw(const struct stats *st, struct router_counters *ret)
{
    *ret = (struct router_counters){.ratio_in = st->ratio_in, .ratio_out = st->ratio_out};
    stats_add_raw(st, ret);
}

void stats_port(const struct stats *st, struct router_counters *ret)
{
    *ret = (struct router_counters){.ratio_in = st->ratio_in, .ratio_out = st->ratio_out};
    add_traffic(ret, &st->now, &st->port_base);
    if (st->errors)
        add_line_errors(ret, st->errors->now, st->errors->port_base);
}
