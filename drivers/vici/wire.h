/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The wire format of vici, charon's control interface, without any I/O.
 *
 * A packet is a length (32 bits, big endian, not counting itself), a type (8 bits), for some types a name (8 bits of
 * length, then bytes), and a message. A message is a sequence of elements: sections, which nest, keys with a value, and
 * lists of values. Names have at most 255 bytes, values at most 65535; values may hold any bytes, for peers choose
 * their identities themselves.
 *
 * Everything that charon sends is read through struct wire_cursor. It never reads outside its message, each step either
 * takes something or fails, and what it has let through is well nested: values of lists come only within a list, and at
 * the end everything is closed.
 */
#ifndef OPENRRAS_DRIVERS_VICI_WIRE_H
#define OPENRRAS_DRIVERS_VICI_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* ---- limits ---- */

/* charon's own limit of a vici message. An IKE_SA with a hundred CHILD_SAs has about 60 kB. */
#define WIRE_PACKET_MAX (512u * 1024u)
/* Sections within sections. charon goes to five (child-rekey). */
#define WIRE_DEPTH_MAX 12u
/* Bytes of a request of ours: the longest is a terminate. */
#define WIRE_REQUEST_MAX 512u

/* Some bytes of a packet; not NUL-terminated, may hold anything. */
struct bytes {
    const char *p;
    size_t n;
};

static inline bool bytes_are(struct bytes b, const char *text)
{
    return b.n == strlen(text) && memcmp(b.p, text, b.n) == 0;
}

/* Decimal digits and nothing else. 0, -EINVAL, -ERANGE (more than 64 bits); *ret untouched on failure. */
int bytes_number(struct bytes b, uint64_t *ret);

/* ---- packets ---- */

enum wire_type {
    WIRE_REQUEST = 0, /* named, message */
    WIRE_RESPONSE = 1,
    WIRE_UNKNOWN_COMMAND = 2,
    WIRE_REGISTER = 3,   /* named, no message */
    WIRE_UNREGISTER = 4, /* named, no message */
    WIRE_CONFIRM = 5,
    WIRE_UNKNOWN_EVENT = 6,
    WIRE_EVENT = 7, /* named, message */
};

struct wire_packet {
    enum wire_type type;
    struct bytes name;    /* of an event; else empty */
    struct bytes message; /* of an event or a response; else empty */
};

/* A packet without its length, as charon sends them. 0 or -EPROTO: not a packet of the kinds that a client gets. */
int wire_packet_parse(struct bytes b, struct wire_packet *ret);

/* Cuts a stream of bytes into packets. All zero is a good beginning. */
struct wire_stream {
    char *buffer;
    size_t n, cap;
};

/*
 * Takes bytes from the socket and calls `each` for every complete packet (the bytes behind the length). 0, -EPROTO (a
 * length of 0, or above WIRE_PACKET_MAX), -ENOMEM, or what `each` has returned below 0. After a failure only
 * wire_stream_free() is of use.
 */
int wire_stream_feed(struct wire_stream *s, const char *p, size_t n, int (*each)(void *ctx, struct bytes packet),
                     void *ctx);
void wire_stream_free(struct wire_stream *s);

/* ---- messages, reading ---- */

enum wire_kind {
    WIRE_SECTION = 1,
    WIRE_SECTION_END = 2,
    WIRE_VALUE = 3,
    WIRE_LIST = 4,
    WIRE_ITEM = 5,
    WIRE_LIST_END = 6,
};

struct wire_element {
    enum wire_kind kind;
    struct bytes name;  /* of a section, a value or a list; an item has its list's */
    struct bytes value; /* of a value or an item */
};

struct wire_cursor {
    struct bytes rest;
    unsigned depth; /* sections that are open */
    bool in_list;
    struct bytes list; /* name of the open list */
};

static inline struct wire_cursor wire_cursor_of(struct bytes message)
{
    return (struct wire_cursor){.rest = message};
}

/* 1: *ret is the next element. 0: the end, and everything was closed. -EPROTO: not a message. */
int wire_next(struct wire_cursor *c, struct wire_element *ret);

/* ---- requests, writing ---- */

struct wire_request {
    size_t n; /* with the length in front */
    bool overflow;
    char p[WIRE_REQUEST_MAX];
};

/* `name` has at most 255 bytes. */
void wire_request_begin(struct wire_request *r, enum wire_type type, const char *name);
void wire_request_put(struct wire_request *r, const char *key, const char *value);
/* Writes the length. 0, or -EMSGSIZE: it is longer than WIRE_REQUEST_MAX. */
int wire_request_end(struct wire_request *r);

#endif
