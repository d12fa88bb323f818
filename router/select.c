/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions that match: the selector is taken apart once, then those that can match are looked at one by one. */
#include "router/select.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/user_name.h"
#include "router/router_private.h"

/* A selector that is understood. */
struct criteria {
    const struct router_selector *s;
    size_t driver_length; /* of the name in s->driver */
    const char *instance; /* NULL: any */
    int family;           /* AF_INET, AF_INET6; 0: any address or none */
    unsigned bits;
    uint8_t address[sizeof(struct in6_addr)];
};

/* Where to look. */
struct range {
    uint32_t after, last; /* slots above the one, up to the other */
    size_t max;
};

struct found {
    uint32_t *handles;
    size_t n, cap;
    bool cut; /* not all slots were looked at, because of range.last */
};

static const char *given(const char *text)
{
    return text && text[0] ? text : NULL;
}

/* ---- addresses ---- */

/* The part in front of a slash. */
static bool parse_address(const char *text, int family, uint8_t dst[static sizeof(struct in6_addr)])
{
    char alone[INET6_ADDRSTRLEN];
    size_t n = strcspn(text, "/");
    if (n >= sizeof alone)
        return false;
    memcpy(alone, text, n);
    alone[n] = '\0';
    return inet_pton(family, alone, dst) == 1;
}

/* Decimal digits, no zero in front. */
static bool parse_bits(const char *text, unsigned max, unsigned *ret)
{
    unsigned value = 0;
    size_t n = strlen(text);
    if (n == 0 || n > 3 || strspn(text, "0123456789") != n || (n > 1 && text[0] == '0'))
        return false;
    for (; *text; text++)
        value = value * 10u + (unsigned)(*text - '0');
    if (value > max)
        return false;
    *ret = value;
    return true;
}

static bool bit(const uint8_t *bytes, unsigned i)
{
    return (bytes[i / 8u] & 0x80u >> i % 8u) != 0;
}

static bool same_prefix(const uint8_t *a, const uint8_t *b, unsigned bits)
{
    unsigned whole = bits / 8u;
    if (memcmp(a, b, whole) != 0)
        return false;
    for (unsigned i = whole * 8u; i < bits; i++)
        if (bit(a, i) != bit(b, i))
            return false;
    return true;
}

static int understand_address(const char *text, struct criteria *c)
{
    const char *slash = strchr(text, '/');
    c->family = strchr(text, ':') ? AF_INET6 : AF_INET;
    unsigned width = c->family == AF_INET ? 32u : 128u;
    c->bits = width;
    if (!parse_address(text, c->family, c->address) || (slash && !parse_bits(slash + 1, width, &c->bits)))
        return -EINVAL;
    for (unsigned i = c->bits; i < width; i++)
        if (bit(c->address, i))
            return -EINVAL;
    return 0;
}

static int understand(const struct router_selector *s, struct criteria *c)
{
    *c = (struct criteria){.s = s};
    if (!s->all && !s->port && !s->connection && !given(s->user) && !given(s->address) && !given(s->driver) &&
        !given(s->device_type))
        return -EINVAL;
    if (given(s->driver)) {
        c->driver_length = strcspn(s->driver, ":");
        c->instance = s->driver[c->driver_length] ? s->driver + c->driver_length + 1u : NULL;
    }
    return given(s->address) ? understand_address(s->address, c) : 0;
}

/* ---- matching ---- */

static bool is_driver(const struct criteria *c, const struct router_driver *d)
{
    if (c->driver_length == 0)
        return !c->instance; /* ":main" is nobody */
    return strncmp(d->name, c->s->driver, c->driver_length) == 0 && d->name[c->driver_length] == '\0' &&
           (!c->instance || strcmp(d->instance, c->instance) == 0);
}

static bool has_address(const struct criteria *c, const struct session *s)
{
    uint8_t address[sizeof(struct in6_addr)];
    const char *text = text_get(s->texts, c->family == AF_INET ? TEXT_TUNNEL_ADDRESS4 : TEXT_TUNNEL_ADDRESS6);
    return text[0] && parse_address(text, c->family, address) && same_prefix(address, c->address, c->bits);
}

/* `s` is on a port. */
static bool matches(const struct criteria *c, const struct session *s)
{
    const struct router_selector *want = c->s;
    if (want->port && want->port != port_handle(s->port))
        return false;
    if (want->connection && (!s->connection || s->connection->handle != want->connection))
        return false;
    if (given(want->user) && !user_is_meant(text_get(s->texts, TEXT_USER), want->user))
        return false;
    if (given(want->device_type) && strcmp(s->port->driver->device_type, want->device_type) != 0)
        return false;
    return is_driver(c, s->port->driver) && (!c->family || has_address(c, s));
}

/* ---- finding ---- */

static int keep(struct found *f, const struct session *s)
{
    if (f->n == f->cap) {
        size_t cap = f->cap ? f->cap * 2u : 16u;
        uint32_t *grown = realloc(f->handles, cap * sizeof *grown);
        if (!grown)
            return -ENOMEM;
        f->handles = grown;
        f->cap = cap;
    }
    f->handles[f->n++] = port_handle(s->port);
    return 0;
}

static int look(const struct criteria *c, const struct session *s, uint32_t after, struct found *f)
{
    return s->port && s->port->slot > after && matches(c, s) ? keep(f, s) : 0;
}

static int look_at_port(const struct router *r, const struct criteria *c, uint32_t after, struct found *f)
{
    const struct port *p = port_by_slot(r, router_handle_slot(c->s->port));
    return p && p->session ? look(c, p->session, after, f) : 0;
}

static int look_at_links(const struct router *r, const struct criteria *c, uint32_t after, struct found *f)
{
    const struct router_connection *connection =
        c->s->connection <= HANDLE_MAX ? handles_get(r->connections, c->s->connection) : NULL;
    int rc = 0;
    for (const struct session *s = connection ? connection->links : NULL; s && rc == 0; s = s->next)
        rc = look(c, s, after, f);
    return rc;
}

static int by_slot(const void *a, const void *b)
{
    uint32_t x = router_handle_slot(*(const uint32_t *)a), y = router_handle_slot(*(const uint32_t *)b);
    return (x > y) - (x < y);
}

static int look_at_user(const struct user *u, const struct criteria *c, uint32_t after, struct found *f)
{
    const struct session *s = u->first;
    int rc = 0;
    do {
        rc = look(c, s, after, f);
        s = s->user_next;
    } while (rc == 0 && s != u->first);
    if (rc == 0 && f->n > 1)
        qsort(f->handles, f->n, sizeof *f->handles, by_slot);
    return rc;
}

static int look_at_all(const struct router *r, const struct criteria *c, const struct range *range, struct found *f)
{
    uint32_t last = range->last < r->highest_slot ? range->last : r->highest_slot;
    int rc = 0;
    f->cut = last < r->highest_slot;
    for (uint32_t slot = range->after; slot < last && rc == 0 && f->n < range->max; slot++) {
        const struct port *p = port_by_slot(r, slot + 1u);
        if (p && p->session && matches(c, p->session))
            rc = keep(f, p->session);
    }
    return rc;
}

/* Sorting somebody's sessions anew for each page of a list must not cost more than to walk over all ports. */
static bool has_few(const struct router *r, const struct user *u)
{
    return u->count <= 64u || u->count <= r->highest_slot / 16u;
}

static int find(const struct router *r, const struct criteria *c, const struct range *range, struct found *f)
{
    if (c->s->port)
        return look_at_port(r, c, range->after, f);
    if (c->s->connection)
        return look_at_links(r, c, range->after, f);
    if (given(c->s->user)) {
        const struct user *u = user_find(r, c->s->user);
        if (!u || has_few(r, u))
            return u ? look_at_user(u, c, range->after, f) : 0;
    }
    return look_at_all(r, c, range, f);
}

static int select_range(const struct router *r, const struct router_selector *s, const struct range *range,
                        struct found *f)
{
    struct criteria c;
    int rc = understand(s, &c);
    if (rc == 0)
        rc = find(r, &c, range, f);
    if (rc != 0 || f->n == 0) {
        free(f->handles);
        f->handles = NULL;
        f->n = 0;
    }
    return rc;
}

int router_select(const struct router *r, const struct router_selector *s, uint32_t after, size_t max, uint32_t **ret,
                  size_t *n)
{
    struct found f = {0};
    int rc = select_range(r, s, &(struct range){.after = after, .last = UINT32_MAX, .max = max}, &f);
    if (rc == 0) {
        *ret = f.handles;
        *n = f.n < max ? f.n : max;
    }
    return rc;
}

int router_select_page(const struct router *r, const struct router_selector *s, uint32_t after, size_t max,
                       struct router_page *ret)
{
    uint32_t last = after < UINT32_MAX - ROUTER_SELECT_LOOKS ? after + ROUTER_SELECT_LOOKS : UINT32_MAX;
    struct found f = {0};
    int rc = select_range(r, s, &(struct range){.after = after, .last = last, .max = max}, &f);
    if (rc != 0)
        return rc;
    *ret = (struct router_page){.handles = f.handles, .n = f.n < max ? f.n : max};
    if (f.n >= max)
        ret->next = router_handle_slot(f.handles[max - 1u]);
    else if (f.cut)
        ret->next = last;
    return 0;
}
