/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists for the enumerations. A list is sent while the world goes on: it fixes which items there are when it begins,
 * and shows each as it is when its turn comes. All ports are a number, or their handles when there are slots without
 * one; connections are kept by references.
 */
#include <stdlib.h>
#include <winerror.h>

#include "rrasd/backend_private.h"
#include "rrasd/present.h"

struct ports {
    struct backend *b;
    uint32_t first;     /* of all ports: the slot of item 0 */
    uint32_t handles[]; /* else: each one's */
};

struct connections {
    struct backend *b;
    size_t n;
    struct router_connection *c[];
};

/* Its driver was forgotten while the list was sent. What is left is a place to resume behind. */
static void unlisted(uint32_t slot, struct dim_port *ret)
{
    *ret = (struct dim_port){.handle = slot, .condition = DIM_PORT_NON_OPERATIONAL};
}

static void port_of_all(void *ctx, size_t i, struct dim_port *ret)
{
    const struct ports *list = ctx;
    struct router_time now = backend_now(list->b);
    struct router_port_view view;
    if (router_port_at(list->b->env.router, list->first + (uint32_t)i, &now, &view))
        present_port(&view, false, ret);
    else
        unlisted(list->first + (uint32_t)i, ret);
}

static uint32_t handle_of_all(void *ctx, size_t i)
{
    const struct ports *list = ctx;
    struct router_time now = backend_now(list->b);
    struct router_port_view view;
    return router_port_at(list->b->env.router, list->first + (uint32_t)i, &now, &view) ? view.handle
                                                                                       : list->first + (uint32_t)i;
}

static void port_of_handle(void *ctx, size_t i, struct dim_port *ret)
{
    const struct ports *list = ctx;
    struct router_time now = backend_now(list->b);
    struct router_port_view view;
    if (router_port_get(list->b->env.router, list->handles[i], &now, &view))
        present_port(&view, false, ret);
    else
        unlisted(router_handle_slot(list->handles[i]), ret);
}

static uint32_t handle_of_handle(void *ctx, size_t i)
{
    const struct ports *list = ctx;
    return list->handles[i];
}

/* All of them, by their handles. */
static uint32_t list_with_gaps(struct backend *b, uint32_t after, size_t ports, struct dim_list *ret)
{
    uint32_t count = router_port_count(b->env.router);
    struct router_time now = backend_now(b);
    struct router_port_view view;
    size_t n = 0;
    struct ports *list = malloc(sizeof *list + ports * sizeof list->handles[0]);
    if (!list)
        return ERROR_NOT_ENOUGH_MEMORY;
    *list = (struct ports){.b = b};
    for (uint32_t slot = after; slot < count && n < ports; slot++)
        if (router_port_at(b->env.router, slot + 1, &now, &view))
            list->handles[n++] = view.handle;
    *ret =
        (struct dim_list){.total = n, .port = port_of_handle, .handle = handle_of_handle, .close = free, .ctx = list};
    return ERROR_SUCCESS;
}

static uint32_t list_all(struct backend *b, uint32_t resume, struct dim_list *ret)
{
    uint32_t after = router_handle_slot(resume), count = router_port_count(b->env.router);
    struct router_totals totals;
    router_get_totals(b->env.router, &totals);
    if (totals.ports < count)
        return list_with_gaps(b, after, totals.ports, ret);
    struct ports *list = malloc(sizeof *list);
    if (!list)
        return ERROR_NOT_ENOUGH_MEMORY;
    *list = (struct ports){.b = b, .first = after + 1};
    *ret = (struct dim_list){
        .total = after < count ? count - after : 0,
        .port = port_of_all,
        .handle = handle_of_all,
        .close = free,
        .ctx = list,
    };
    return ERROR_SUCCESS;
}

/* Drop the ports up to slot `after`; they are in slot order. */
static size_t skip(uint32_t *handles, size_t n, uint32_t after)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (router_handle_slot(handles[i]) > after)
            handles[kept++] = handles[i];
    }
    return kept;
}

static uint32_t list_of(struct backend *b, const struct router_connection *c, uint32_t resume, struct dim_list *ret)
{
    size_t n = router_connection_ports(c, NULL, 0);
    struct ports *list = malloc(sizeof *list + n * sizeof list->handles[0]);
    if (!list)
        return ERROR_NOT_ENOUGH_MEMORY;
    *list = (struct ports){.b = b};
    n = router_connection_ports(c, list->handles, n);
    *ret = (struct dim_list){
        .total = skip(list->handles, n, router_handle_slot(resume)),
        .port = port_of_handle,
        .handle = handle_of_handle,
        .close = free,
        .ctx = list,
    };
    return ERROR_SUCCESS;
}

uint32_t backend_port_list(void *ctx, uint32_t connection, uint32_t resume, struct dim_list *ret)
{
    struct backend *b = ctx;
    if (connection == DIM_ALL_PORTS)
        return list_all(b, resume, ret);
    struct router_connection *c = connection ? router_connection_get(b->env.router, connection) : NULL;
    if (!c)
        return ERROR_INVALID_HANDLE;
    uint32_t result = list_of(b, c, resume, ret);
    router_connection_unref(b->env.router, c);
    return result;
}

static void connection_at(void *ctx, size_t i, struct dim_connection *ret)
{
    const struct connections *list = ctx;
    struct router_time now = backend_now(list->b);
    struct router_connection_view view;
    router_connection_view(list->b->env.router, list->c[i], &now, &view);
    present_connection(&view, ret);
}

static uint32_t connection_handle(void *ctx, size_t i)
{
    struct dim_connection c;
    connection_at(ctx, i, &c);
    return c.handle;
}

static void connections_close(void *ctx)
{
    struct connections *list = ctx;
    for (size_t i = 0; i < list->n; i++)
        router_connection_unref(list->b->env.router, list->c[i]);
    free(list);
}

/* References only to those that will be asked for: with all, paging would cost the square of their number. */
uint32_t backend_connection_list(void *ctx, uint32_t resume, size_t max, struct dim_list *ret)
{
    struct backend *b = ctx;
    size_t total = router_connection_count(b->env.router, resume);
    size_t n = max < total ? max : total;
    struct connections *list = malloc(sizeof *list + n * sizeof list->c[0]);
    if (!list)
        return ERROR_NOT_ENOUGH_MEMORY;
    list->b = b;
    list->n = router_connections(b->env.router, resume, list->c, n);
    *ret = (struct dim_list){
        .total = total,
        .connection = connection_at,
        .handle = connection_handle,
        .close = connections_close,
        .ctx = list,
    };
    return ERROR_SUCCESS;
}
