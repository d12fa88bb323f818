/* SPDX-License-Identifier: Apache-2.0 */
#include "rasadmin/select.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openrras.h>
#include <stdlib.h>
#include <string.h>

#include "common/user_name.h"
#include "rasadmin/show.h"

#define ADDRESS_TEXT_MAX 80u

/* ---- addresses ---- */

static int parse_port_number(const char *s, uint16_t *ret)
{
    size_t n = strlen(s);
    if (n == 0 || n > 5 || strspn(s, "0123456789") != n)
        return -EINVAL;
    long v = strtol(s, NULL, 10);
    if (v < 1 || v > 65535)
        return -EINVAL;
    *ret = (uint16_t)v;
    return 0;
}

/* ::ffff:192.0.2.7 is what a dual-stack socket calls 192.0.2.7. */
static void unmap(struct select_address *a)
{
    static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (a->family != AF_INET6 || memcmp(a->bytes, mapped, sizeof mapped) != 0)
        return;
    a->family = AF_INET;
    memmove(a->bytes, a->bytes + 12, 4);
    memset(a->bytes + 4, 0, 12);
    a->bits = a->bits >= 96 ? a->bits - 96 : 0;
}

static unsigned all_bits(int family)
{
    return family == AF_INET6 ? 128 : 32;
}

bool address_is_prefix(const struct select_address *a)
{
    return a->bits < all_bits(a->family);
}

/* Are the bits from `bits` on all zero? */
static bool ends_in_zeros(const struct select_address *a)
{
    for (unsigned bit = a->bits; bit < all_bits(a->family); bit++) {
        if (a->bytes[bit / 8] & (0x80u >> bit % 8))
            return false;
    }
    return true;
}

static int parse_bits(const char *s, unsigned most, unsigned *ret)
{
    size_t n = strlen(s);
    if (n == 0 || n > 3 || strspn(s, "0123456789") != n)
        return -EINVAL;
    unsigned long bits = strtoul(s, NULL, 10);
    if (bits > most)
        return -EINVAL;
    *ret = (unsigned)bits;
    return 0;
}

/* Cut "host:port" and "[host]:port" into two; *ret_port NULL when there is no port. */
static int split(char *text, char **ret_host, char **ret_port)
{
    char *colon = strchr(text, ':');
    *ret_host = text;
    *ret_port = NULL;
    if (text[0] == '[') {
        char *end = strchr(text, ']');
        if (!end || (end[1] != '\0' && end[1] != ':'))
            return -EINVAL;
        *ret_host = text + 1;
        *ret_port = end[1] ? end + 2 : NULL;
        *end = '\0';
    } else if (colon && !strchr(colon + 1, ':')) {
        *colon = '\0';
        *ret_port = colon + 1;
    }
    return 0;
}

int parse_address(const char *text, struct select_address *ret)
{
    char copy[ADDRESS_TEXT_MAX], *host, *port, *slash;
    struct select_address a = {0};
    size_t n = strlen(text);
    if (n >= sizeof copy)
        return -EINVAL;
    memcpy(copy, text, n + 1);
    slash = strchr(copy, '/');
    if (slash)
        *slash++ = '\0';
    if (split(copy, &host, &port) < 0 || (port && (slash || parse_port_number(port, &a.port) < 0)))
        return -EINVAL;
    a.family = strchr(host, ':') ? AF_INET6 : AF_INET;
    a.bits = all_bits(a.family);
    if (inet_pton(a.family, host, a.bytes) != 1 || (slash && parse_bits(slash, a.bits, &a.bits) < 0))
        return -EINVAL;
    unmap(&a);
    if (!ends_in_zeros(&a))
        return -EINVAL;
    *ret = a;
    return 0;
}

static bool same_bits(const unsigned char *a, const unsigned char *b, unsigned bits)
{
    unsigned rest = bits % 8;
    return memcmp(a, b, bits / 8) == 0 && (rest == 0 || (a[bits / 8] ^ b[bits / 8]) >> (8 - rest) == 0);
}

bool address_matches(const struct select_address *want, const char *text)
{
    struct select_address have;
    return parse_address(text, &have) == 0 && have.family == want->family && !address_is_prefix(&have) &&
           same_bits(have.bytes, want->bytes, want->bits) && (want->port == 0 || want->port == have.port);
}

bool port_address_matches(const struct select_address *want, const struct port *p)
{
    const OPENRRAS_SESSION *s = p->session;
    if (want->port)
        return false;
    return (p->conn && (address_matches(want, p->conn->client4) || address_matches(want, p->conn->client6))) ||
           (s && (address_matches(want, s->pszTunnelAddress4) || address_matches(want, s->pszTunnelAddress6)));
}

static bool outer_address_matches(const struct select_address *want, const struct port *p)
{
    return !address_is_prefix(want) && p->conn && address_matches(want, p->conn->remote_endpoint);
}

/* ---- drivers, types ---- */

static bool driver_matches(const struct port *p, const char *want)
{
    const OPENRRAS_SESSION *s = p->session;
    if (!s)
        return false;
    size_t n = strlen(s->pszDriver);
    return n && strncmp(want, s->pszDriver, n) == 0 &&
           (want[n] == '\0' || (want[n] == ':' && strcmp(want + n + 1, s->pszInstance) == 0));
}

static bool type_matches(const struct port *p, const char *want)
{
    return port_is_busy(p) && strcmp(p->session ? p->session->pszDeviceType : port_type(p), want) == 0;
}

/* ---- users ---- */

bool user_matches(const struct connection *c, const char *want)
{
    if (!c->user[0])
        return false;
    if (strcmp(c->user, want) == 0)
        return true;
    size_t n = strlen(c->domain);
    return n && strncmp(want, c->domain, n) == 0 && want[n] == '\\' && strcmp(want + n + 1, c->user) == 0;
}

/* ---- selections ---- */

int selection_add(struct selection *s, enum select_kind kind, const char *text)
{
    struct select_item item = {.kind = kind, .text = text};
    if (!*text)
        return -EINVAL;
    if (kind == SELECT_ADDRESS && parse_address(text, &item.address) < 0)
        return -EINVAL;
    bool number = parse_handle(text, &item.handle);
    if (kind == SELECT_CONNECTION && !number)
        return -EINVAL;
    struct select_item *p = reallocarray(s->items, s->n + 1, sizeof *p);
    if (!p)
        return -ENOMEM;
    s->items = p;
    s->items[s->n++] = item;
    return 0;
}

void selection_free(struct selection *s)
{
    free(s->items);
    *s = (struct selection){0};
}

bool selection_is_empty(const struct selection *s)
{
    return s->n == 0 && !s->all;
}

/* `named`: some port has this text as its name. Then it is a name, even if it could be a handle. */
static bool item_matches(const struct select_item *item, bool named, const struct port *p)
{
    switch (item->kind) {
    case SELECT_PORT:
        return named ? strcmp(p->name, item->text) == 0 : item->handle && p->handle == item->handle;
    case SELECT_CONNECTION:
        return p->connection == item->handle;
    case SELECT_USER:
        return (p->conn && user_matches(p->conn, item->text)) ||
               (p->session && *p->session->pszUser && user_is_meant(p->session->pszUser, item->text));
    case SELECT_ADDRESS:
        return port_address_matches(&item->address, p) || outer_address_matches(&item->address, p);
    case SELECT_DRIVER:
        return driver_matches(p, item->text);
    case SELECT_TYPE:
        return type_matches(p, item->text);
    case SELECT_KINDS:
        break;
    }
    return false;
}

/* Count in `right` how many kinds are right for each port; a kind counts once. */
static void match_kind(struct selection *s, enum select_kind kind, const struct listing *l, unsigned char *right)
{
    for (size_t i = 0; i < s->n; i++) {
        struct select_item *item = &s->items[i];
        if (item->kind != kind)
            continue;
        bool named = kind == SELECT_PORT && listing_port_named(l, item->text);
        item->hits = 0;
        for (size_t k = 0; k < l->n_ports; k++) {
            if (!item_matches(item, named, &l->ports[k]))
                continue;
            item->hits++;
            right[k] |= (unsigned char)(1u << kind);
        }
    }
}

int selection_match(struct selection *s, const struct listing *l, const struct port **ret, size_t *ret_n)
{
    unsigned char wanted = 0;
    size_t n = 0;
    unsigned char *right = calloc(l->n_ports ? l->n_ports : 1, 1);
    if (!right)
        return -ENOMEM;
    for (size_t i = 0; i < s->n; i++)
        wanted |= (unsigned char)(1u << s->items[i].kind);
    for (int kind = 0; kind < SELECT_KINDS; kind++)
        match_kind(s, (enum select_kind)kind, l, right);
    for (size_t k = 0; k < l->n_ports && !selection_is_empty(s); k++) {
        if (right[k] == wanted && (!s->all || port_is_busy(&l->ports[k])))
            ret[n++] = &l->ports[k];
    }
    free(right);
    *ret_n = n;
    return 0;
}

static int by_connection(const void *a, const void *b)
{
    const struct port *const *x = a, *const *y = b;
    return ((*x)->connection > (*y)->connection) - ((*x)->connection < (*y)->connection);
}

size_t count_sessions(const struct port *const *ports, size_t n)
{
    size_t sessions = 0;
    const struct port **sorted = reallocarray(NULL, n ? n : 1, sizeof *sorted);
    if (!sorted)
        return n; /* too many rather than too few: the number decides whether somebody is asked */
    memcpy(sorted, ports, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_connection);
    for (size_t i = 0; i < n; i++)
        sessions += sorted[i]->connection == 0 || i == 0 || sorted[i]->connection != sorted[i - 1]->connection;
    free(sorted);
    return sessions;
}

const char *select_option(enum select_kind kind)
{
    static const char *const options[SELECT_KINDS] = {"--port",    "--connection", "--user",
                                                      "--address", "--driver",     "--type"};
    return kind < SELECT_KINDS ? options[kind] : "";
}
