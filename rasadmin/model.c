/* SPDX-License-Identifier: Apache-2.0 */
#include "rasadmin/model.h"

#include <errno.h>
#include <openrras.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/text.h"

#define CHUNK_SIZE    65536u
#define UTF8_PER_UNIT 3u /* a UTF-16 unit is three bytes of UTF-8 at most */

struct arena_chunk {
    struct arena_chunk *next;
    size_t used, size;
    char data[];
};

/* At least n bytes; what of them is used is told with arena_keep(). */
static char *arena_room(struct arena *a, size_t n)
{
    struct arena_chunk *c = a->chunks;
    if (!c || c->size - c->used < n) {
        size_t size = n > CHUNK_SIZE ? n : CHUNK_SIZE;
        c = malloc(sizeof *c + size);
        if (!c)
            return NULL;
        *c = (struct arena_chunk){.next = a->chunks, .size = size};
        a->chunks = c;
    }
    return c->data + c->used;
}

static void arena_keep(struct arena *a, size_t n)
{
    a->chunks->used += n;
}

const char *arena_utf16(struct arena *a, const char16_t *s, size_t units)
{
    if (units == 0 || s[0] == 0)
        return "";
    char *dst = arena_room(a, units * UTF8_PER_UNIT + 1);
    if (!dst)
        return NULL;
    arena_keep(a, text_from_utf16(dst, units * UTF8_PER_UNIT + 1, s, units) + 1);
    return dst;
}

const char *arena_copy(struct arena *a, const char *s)
{
    size_t n = strlen(s) + 1;
    char *dst = arena_room(a, n);
    if (!dst)
        return NULL;
    memcpy(dst, s, n);
    arena_keep(a, n);
    return dst;
}

void arena_free(struct arena *a)
{
    while (a->chunks) {
        struct arena_chunk *next = a->chunks->next;
        free(a->chunks);
        a->chunks = next;
    }
}

void listing_free(struct listing *l)
{
    arena_free(&l->arena);
    free(l->ports);
    free(l->connections);
    if (l->sessions)
        MprAdminBufferFree(l->sessions);
    *l = (struct listing){0};
}

static int by_handle(const void *a, const void *b)
{
    const struct connection *x = a, *y = b;
    return (x->handle > y->handle) - (x->handle < y->handle);
}

static struct connection *find(const struct listing *l, uint32_t handle)
{
    const struct connection key = {.handle = handle};
    if (handle == 0 || l->n_connections == 0)
        return NULL;
    return bsearch(&key, l->connections, l->n_connections, sizeof key, by_handle);
}

void listing_join(struct listing *l)
{
    if (l->n_connections > 1)
        qsort(l->connections, l->n_connections, sizeof *l->connections, by_handle);
    for (size_t i = 0; i < l->n_ports; i++) {
        struct connection *c = find(l, l->ports[i].connection);
        l->ports[i].conn = c;
        if (!c)
            continue;
        c->links++;
        if (!c->device_type[0])
            c->device_type = port_type(&l->ports[i]);
    }
}

/* ---- sessions ---- */

static int by_port_handle(const void *a, const void *b)
{
    const OPENRRAS_SESSION *const *x = a, *const *y = b;
    return ((*x)->dwPort > (*y)->dwPort) - ((*x)->dwPort < (*y)->dwPort);
}

static void add_traffic(struct connection *c, const OPENRRAS_SESSION *s)
{
    c->traffic.bytes_out += s->ullBytesOut;
    c->traffic.bytes_in += s->ullBytesIn;
    c->traffic.frames_out += s->ullFramesOut;
    c->traffic.frames_in += s->ullFramesIn;
    c->session = s;
}

int listing_join_sessions(struct listing *l, OPENRRAS_SESSION_LIST *sessions)
{
    size_t n = sessions->dwCount;
    const OPENRRAS_SESSION **sorted = reallocarray(NULL, n + 1, sizeof *sorted);
    if (!sorted)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++)
        sorted[i] = &sessions->pSessions[i];
    qsort(sorted, n, sizeof *sorted, by_port_handle);
    for (size_t i = 0; i < l->n_connections; i++)
        l->connections[i].has_traffic = l->connections[i].links > 0;
    for (size_t i = 0; i < l->n_ports; i++) {
        struct port *p = &l->ports[i];
        struct connection *c = find(l, p->connection);
        const OPENRRAS_SESSION key = {.dwPort = p->handle}, *k = &key;
        const OPENRRAS_SESSION *const *found = bsearch(&k, sorted, n, sizeof *sorted, by_port_handle);
        p->session = found ? *found : NULL;
        if (c && found)
            add_traffic(c, *found);
        else if (c)
            c->has_traffic = false;
    }
    free(sorted);
    l->sessions = sessions;
    return 0;
}

/* More than any line carries between the two readings of one listing, and seldom met by chance. */
#define BYTES_BETWEEN_READINGS (UINT32_C(1) << 26)

static uint64_t widen(uint32_t low, bool known, uint64_t sum)
{
    return known && (uint32_t)sum - low < BYTES_BETWEEN_READINGS ? sum - ((uint32_t)sum - low) : low;
}

uint64_t connection_bytes_in(const struct connection *c)
{
    return widen(c->counters.bytes_in, c->has_traffic, c->traffic.bytes_in);
}

uint64_t connection_bytes_out(const struct connection *c)
{
    return widen(c->counters.bytes_out, c->has_traffic, c->traffic.bytes_out);
}

const struct connection *listing_connection(const struct listing *l, uint32_t handle)
{
    return find(l, handle);
}

const struct port *listing_port_named(const struct listing *l, const char *name)
{
    for (size_t i = 0; i < l->n_ports; i++) {
        if (strcmp(l->ports[i].name, name) == 0)
            return &l->ports[i];
    }
    return NULL;
}

const struct port *listing_port(const struct listing *l, uint32_t handle)
{
    for (size_t i = 0; i < l->n_ports; i++) {
        if (l->ports[i].handle == handle)
            return &l->ports[i];
    }
    return NULL;
}

bool port_is_busy(const struct port *p)
{
    return p->connection != 0 || p->condition == CONDITION_CALLING_BACK || p->condition == CONDITION_AUTHENTICATING ||
           p->condition == CONDITION_AUTHENTICATED;
}

const char *port_state(const struct port *p)
{
    switch (p->condition) {
    case CONDITION_NON_OPERATIONAL:
        return "not operational";
    case CONDITION_DISCONNECTED:
        return p->connection ? "disconnecting" : "disconnected";
    case CONDITION_CALLING_BACK:
        return "calling back";
    case CONDITION_LISTENING:
        return "listening";
    case CONDITION_AUTHENTICATING:
        return "authenticating";
    case CONDITION_AUTHENTICATED:
        return "connected";
    case CONDITION_INITIALIZING:
        return "initializing";
    default:
        return "unknown";
    }
}

const char *port_type(const struct port *p)
{
    /* Every tunnel's device is "Vpn". rrasd says which in the medium; Windows says "rastapi" there, and tells it of a
     * connection. */
    if (strcasecmp(p->device_type, "vpn") != 0)
        return p->device_type;
    if (p->media[0] && strcasecmp(p->media, "rastapi") != 0)
        return p->media;
    return p->conn && p->conn->device_type[0] ? p->conn->device_type : p->device_type;
}

bool parse_handle(const char *s, uint32_t *ret)
{
    bool hex = s[0] == '0' && (s[1] == 'x' || s[1] == 'X');
    const char *digits = hex ? s + 2 : s;
    if (!*digits || digits[strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789")])
        return false;
    errno = 0;
    unsigned long long v = strtoull(digits, NULL, hex ? 16 : 10);
    if (errno || v == 0 || v >= UINT32_MAX)
        return false;
    *ret = (uint32_t)v;
    return true;
}
