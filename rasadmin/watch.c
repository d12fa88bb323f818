/* SPDX-License-Identifier: Apache-2.0 */
#include "rasadmin/watch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rasadmin/show.h"

/* The busy ports of a listing, by handle. */
struct sessions {
    const struct port **ports;
    size_t n;
};

static int by_handle(const void *a, const void *b)
{
    const struct port *const *x = a, *const *y = b;
    return ((*x)->handle > (*y)->handle) - ((*x)->handle < (*y)->handle);
}

static int find_sessions(const struct listing *l, struct sessions *ret)
{
    *ret = (struct sessions){.ports = reallocarray(NULL, l->n_ports + 1, sizeof *ret->ports)};
    if (!ret->ports)
        return -ENOMEM;
    for (size_t i = 0; i < l->n_ports; i++) {
        if (port_is_busy(&l->ports[i]))
            ret->ports[ret->n++] = &l->ports[i];
    }
    qsort(ret->ports, ret->n, sizeof *ret->ports, by_handle);
    return 0;
}

/* The same session in the other listing, or NULL. One that had no connection yet may have got one. */
static const struct port *find_same(const struct sessions *s, const struct port *p)
{
    const struct port *const *found = bsearch(&p, s->ports, s->n, sizeof *s->ports, by_handle);
    if (!found)
        return NULL;
    uint32_t a = (*found)->connection, b = p->connection;
    return a == b || a == 0 || b == 0 ? *found : NULL;
}

static bool same_look(const struct port *a, const struct port *b)
{
    char x[SHOW_USER_MAX], y[SHOW_USER_MAX];
    return a->condition == b->condition && a->connection == b->connection && strcmp(a->name, b->name) == 0 &&
           strcmp(show_client_address(a->conn), show_client_address(b->conn)) == 0 &&
           strcmp(a->conn ? a->conn->remote_endpoint : "", b->conn ? b->conn->remote_endpoint : "") == 0 &&
           strcmp(show_user(x, a->conn), show_user(y, b->conn)) == 0;
}

static void compare(const struct sessions *was, const struct sessions *is, bool first, watch_print *print, void *ctx)
{
    for (size_t i = 0; i < was->n; i++) {
        if (!find_same(is, was->ports[i]))
            print(ctx, WATCH_GONE, was->ports[i]);
    }
    for (size_t i = 0; i < is->n; i++) {
        const struct port *p = find_same(was, is->ports[i]);
        if (!p)
            print(ctx, first ? WATCH_PRESENT : WATCH_UP, is->ports[i]);
        else if (!same_look(p, is->ports[i]))
            print(ctx, WATCH_CHANGED, is->ports[i]);
    }
}

int watch_compare(const struct listing *before, const struct listing *now, bool first, watch_print *print, void *ctx)
{
    struct sessions was, is;
    if (find_sessions(before, &was) < 0)
        return -ENOMEM;
    if (find_sessions(now, &is) < 0) {
        free(was.ports);
        return -ENOMEM;
    }
    compare(&was, &is, first, print, ctx);
    free(was.ports);
    free(is.ports);
    return 0;
}

const char *watch_event_word(enum watch_event event)
{
    switch (event) {
    case WATCH_PRESENT:
        return "present";
    case WATCH_UP:
        return "up";
    case WATCH_CHANGED:
        return "changed";
    case WATCH_GONE:
        return "gone";
    }
    return "unknown";
}
