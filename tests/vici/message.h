/* SPDX-License-Identifier: Apache-2.0 */
/* vici messages as charon writes them, put together piece by piece:
 *
 *     struct message m = {0};
 *     section(&m, "psk"); value(&m, "uniqueid", "1"); end(&m);
 */
#ifndef OPENRRAS_TESTS_VICI_MESSAGE_H
#define OPENRRAS_TESTS_VICI_MESSAGE_H

#include <inttypes.h>
#include <stdio.h>

#include "drivers/vici/wire.h"

struct message {
    size_t n;
    char p[65536];
};

static inline void message_put(struct message *m, const void *p, size_t n)
{
    if (n > sizeof(m->p) - m->n) {
        fprintf(stderr, "a test's message is too long\n");
        __builtin_trap();
    }
    memcpy(m->p + m->n, p, n);
    m->n += n;
}

static inline void message_byte(struct message *m, size_t b)
{
    char c = (char)b;
    message_put(m, &c, 1);
}

static inline void message_named(struct message *m, enum wire_kind kind, const char *name)
{
    message_byte(m, kind);
    message_byte(m, strlen(name));
    message_put(m, name, strlen(name));
}

static inline void message_bytes(struct message *m, const void *p, size_t n)
{
    message_byte(m, n >> 8);
    message_byte(m, n & 0xff);
    message_put(m, p, n);
}

static inline void section(struct message *m, const char *name)
{
    message_named(m, WIRE_SECTION, name);
}

static inline void end(struct message *m)
{
    message_byte(m, WIRE_SECTION_END);
}

static inline void value(struct message *m, const char *name, const char *text)
{
    message_named(m, WIRE_VALUE, name);
    message_bytes(m, text, strlen(text));
}

static inline void number(struct message *m, const char *name, uint64_t v)
{
    char text[24];
    snprintf(text, sizeof(text), "%" PRIu64, v);
    value(m, name, text);
}

/* A list; up to two items, the second may be NULL. */
static inline void list(struct message *m, const char *name, const char *a, const char *b)
{
    message_named(m, WIRE_LIST, name);
    message_byte(m, WIRE_ITEM);
    message_bytes(m, a, strlen(a));
    if (b) {
        message_byte(m, WIRE_ITEM);
        message_bytes(m, b, strlen(b));
    }
    message_byte(m, WIRE_LIST_END);
}

static inline struct bytes bytes_of(const struct message *m)
{
    return (struct bytes){m->p, m->n};
}

/* ---- IKE_SAs ---- */

/* One to be listed; what is 0 or NULL is left out. */
struct fake_child {
    uint64_t id, in, out;
};

struct fake_sa {
    const char *connection, *user, *eap, *xauth, *host, *vip, *state;
    uint64_t id, established;
    unsigned version; /* 0: 2 */
    uint64_t spi;     /* 0: from the id */
    const char *task; /* of tasks-active */
    struct fake_child children[4];
};

static inline void optional(struct message *m, const char *name, const char *text)
{
    if (text)
        value(m, name, text);
}

static inline void put_child(struct message *m, const struct fake_child *c)
{
    number(m, "uniqueid", c->id);
    value(m, "state", "INSTALLED");
    number(m, "bytes-in", c->in);
    number(m, "packets-in", c->in / 100);
    number(m, "bytes-out", c->out);
    number(m, "packets-out", c->out / 100);
}

static inline void put_sa_values(struct message *m, const struct fake_sa *sa)
{
    char spi[20];
    number(m, "uniqueid", sa->id);
    number(m, "version", sa->version ? sa->version : 2);
    value(m, "state", sa->state ? sa->state : "ESTABLISHED");
    value(m, "local-host", "192.0.2.1");
    value(m, "local-port", "4500");
    value(m, "local-id", "vpn.example.test");
    value(m, "remote-host", sa->host ? sa->host : "198.51.100.7");
    value(m, "remote-port", "4500");
    value(m, "remote-id", sa->user ? sa->user : "alice");
    optional(m, "remote-eap-id", sa->eap);
    optional(m, "remote-xauth-id", sa->xauth);
    snprintf(spi, sizeof(spi), "%016" PRIx64, sa->spi ? sa->spi : 0xa000 + sa->id);
    value(m, "initiator-spi", spi);
    value(m, "responder-spi", spi);
    number(m, "established", sa->established);
    if (sa->vip)
        list(m, "remote-vips", sa->vip, NULL);
    if (sa->task)
        list(m, "tasks-active", sa->task, NULL);
}

static inline void put_children(struct message *m, const struct fake_sa *sa)
{
    section(m, "child-sas");
    for (size_t i = 0; i < 4 && sa->children[i].id; i++) {
        char label[32];
        snprintf(label, sizeof(label), "net-%" PRIu64, sa->children[i].id);
        section(m, label);
        put_child(m, &sa->children[i]);
        end(m);
    }
    end(m);
}

/* A row of list-sas, or the body of an event. */
static inline void put_sa(struct message *m, const struct fake_sa *sa)
{
    section(m, sa->connection ? sa->connection : "ra");
    put_sa_values(m, sa);
    put_children(m, sa);
    end(m);
}

#endif
