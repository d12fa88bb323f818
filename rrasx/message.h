/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages of rrasx (docs/rrasx.md, section 3): sequences of attributes, described by tables. The tables drive the
 * encoder, the decoder, the tests and the dictionary of the fuzzers, and the document is checked against them.
 *
 * A message and a C structure say the same: each attribute is a member. What is 0 or "" is not sent, and what does not
 * come is 0 or "". A new attribute is a new row with a new tag; tags are never used again.
 */
#ifndef OPENRRAS_RRASX_MESSAGE_H
#define OPENRRAS_RRASX_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openrras.h"
#include "rpc/cursor.h"
#include "rrasx/rrasx.h"

enum rrasx_type {
    RRASX_BOOL,   /* 1 byte, 0 or 1; BOOL in C */
    RRASX_U32,    /* 4 bytes; DWORD */
    RRASX_U64,    /* 8 bytes; ULONGLONG */
    RRASX_I64,    /* 8 bytes, two's complement; LONGLONG */
    RRASX_GUID,   /* 16 bytes, as DCE/RPC sends a UUID in little-endian; GUID */
    RRASX_TEXT,   /* at most `limit` bytes of UTF-8, without NUL; const char *, never NULL */
    RRASX_RECORD, /* a message in a message; a structure in the structure */
    RRASX_LIST,   /* the same, any number of times up to `limit`: the only one that may come more than once; an array */
};

#define RRASX_NOWHERE UINT16_MAX

struct rrasx_message;

struct rrasx_attr {
    uint16_t tag; /* 1 to 63, rising */
    uint8_t type; /* enum rrasx_type */
    const char *name;
    uint16_t limit;                 /* TEXT: bytes; LIST: items in one message */
    uint16_t at;                    /* offset of the member; of a list, of the pointer to its items */
    uint16_t also;                  /* LIST: offset of the number of items; GUID, RECORD: of a bool that tells
                                     * whether it is there, or RRASX_NOWHERE: it always is */
    const struct rrasx_message *of; /* RECORD, LIST */
};

struct rrasx_message {
    const char *name;
    const struct rrasx_attr *attrs;
    uint16_t n;
    uint16_t size; /* of the structure */
};

#define RRASX_HEADER 4u /* bytes of tag and length */
/* A length that does not fit in 16 bits: it stands behind the header, in 32. */
#define RRASX_LONG 0xffffu

/* In pages of lists, so that they can be written one by one. */
#define RRASX_TAG_ITEM 1u
#define RRASX_TAG_NEXT 2u
/* In answers with events, which are encoded long before. */
#define RRASX_TAG_EVENT 5u

/* Limits of texts, in bytes. */
#define RRASX_NAME_MAX   64u  /* names of ports, drivers, instances, kinds of devices */
#define RRASX_ID_MAX     128u /* a daemon's own id of a session; a driver with its instance */
#define RRASX_USER_MAX   512u
#define RRASX_TEXT_MAX   256u /* addresses, reasons, words of a daemon */
#define RRASX_DEVICE_MAX 512u /* 128 characters */
#define RRASX_NUMBER_MAX 384u /* of a telephone: 128 UTF-16 units, none of which takes more than three */

/* Items of lists in one message. */
#define RRASX_PAGE_ITEMS  16384u /* as many as the shortest ones that fit in a page */
#define RRASX_DRIVERS_MAX 1024u  /* a router remembers no more drivers */
#define RRASX_REFUSED_MAX 256u   /* several times as many as a server remembers */

/* ---- what the messages say in C, where openrras.h has no structure for it ---- */

struct rrasx_page_request { /* lists of keep-outs and drivers */
    uint32_t after;
};

struct rrasx_session_request {
    bool has_selector;
    OPENRRAS_SELECTOR selector;
    uint32_t after;
};

struct rrasx_disconnect_request {
    OPENRRAS_DISCONNECT disconnect;
    uint32_t wait_ms;
};

struct rrasx_number { /* of a job or keep-out */
    uint32_t number;
};

struct rrasx_keep_out_request {
    const char *user, *driver, *reason;
    uint32_t seconds;
};

struct rrasx_forget_request {
    const char *driver, *instance;
    uint32_t flags;
};

struct rrasx_forgotten {
    uint32_t sessions; /* that the driver still had */
};

struct rrasx_user_request {
    const char *user;
};

struct rrasx_user_page_request {
    const char *after; /* "": from the first */
};

struct rrasx_quarantine_request {
    uint32_t connection;
    BOOL on;
};

struct rrasx_limit_request {
    const char *device_type;
    uint32_t ports, use; /* ports 0: no limit any more */
};

struct rrasx_limit_set {
    uint32_t above; /* so many sessions more than that go on until they end by themselves */
};

/* Pages of lists. What the caller of the library gets stands first. */
struct rrasx_sessions {
    OPENRRAS_SESSION_LIST list;
    uint32_t next; /* 0: that was the last page */
};

struct rrasx_keep_outs {
    OPENRRAS_KEEP_OUT_LIST list;
    uint32_t next;
};

struct rrasx_drivers {
    OPENRRAS_DRIVER_LIST list;
    uint32_t next;
};

struct rrasx_users {
    OPENRRAS_USER_LIST list;
    const char *next; /* "": that was the last page */
};

struct rrasx_limits {
    OPENRRAS_PORT_LIMIT_LIST list;
    uint32_t next;
};

/* ---- the tables ---- */

extern const struct rrasx_message rrasx_nothing; /* without any attribute */
extern const struct rrasx_message rrasx_selector, rrasx_server, rrasx_session, rrasx_event, rrasx_failure, rrasx_job,
    rrasx_keep_out, rrasx_keep_out_driver, rrasx_driver, rrasx_refused_driver, rrasx_user;
extern const struct rrasx_message rrasx_page_request, rrasx_session_request, rrasx_event_request,
    rrasx_disconnect_request, rrasx_job_seen, rrasx_job_request, rrasx_number, rrasx_keep_out_request,
    rrasx_forget_request, rrasx_forgotten, rrasx_user_request, rrasx_user_page_request, rrasx_user_set_request;
extern const struct rrasx_message rrasx_sessions, rrasx_events, rrasx_keep_outs, rrasx_drivers, rrasx_users;
extern const struct rrasx_message rrasx_limit, rrasx_limits, rrasx_limit_request, rrasx_limit_set,
    rrasx_quarantine_request;

/* What each operation takes and gives. NULL from RRASX_OPNUMS on. */
struct rrasx_form {
    const struct rrasx_message *request, *reply;
};
const struct rrasx_form *rrasx_form(uint16_t opnum);

/* ---- encoding (encode.c) ---- */

/* The most bytes that encoding `src` takes. */
size_t rrasx_bound(const struct rrasx_message *m, const void *src);
/* Texts may be NULL, and are cut to their limits on a whole character; bytes that are not UTF-8 become \xNN. Of a list
 * the first `limit` items are taken. */
void rrasx_encode(const struct rrasx_message *m, const void *src, struct rpc_wr *w);
/* As one attribute: with this tag in front. */
void rrasx_encode_attr(uint16_t tag, const struct rrasx_message *m, const void *src, struct rpc_wr *w);

/* ---- decoding (decode.c) ---- */

/* Memory that the members of a structure need besides itself. */
struct rrasx_size {
    size_t items; /* bytes of all arrays */
    size_t texts; /* with their NULs */
};

/* Some bytes: a message, or a page of a longer one. */
struct rrasx_chunk {
    const uint8_t *p;
    size_t n;
};

/* Is this a message of that kind? What it needs is added to *need (untouched if not). Attributes that are not known are
 * passed over. */
bool rrasx_measure(const struct rrasx_message *m, struct rrasx_chunk c, struct rrasx_size *need);

/*
 * Fill *dst from `n` messages, whose lists are put together; of other attributes that are in several of them the last
 * counts. `memory` has `need->items + need->texts` bytes, aligned for any type: what rrasx_measure() has said for all
 * of them. False, and *dst is worth nothing, if it was called for other messages.
 */
bool rrasx_fill(const struct rrasx_message *m, const struct rrasx_chunk *chunks, size_t n, void *dst, void *memory,
                const struct rrasx_size *need);

/* The first attribute with this tag, which must be an RRASX_U32, of a message that was measured; 0: there is none. */
uint32_t rrasx_get_u32(const struct rrasx_message *m, struct rrasx_chunk c, uint16_t tag);
/* The same of an RRASX_TEXT: its bytes in the message, without a NUL, and their number; 0: there is none. */
size_t rrasx_get_text(const struct rrasx_message *m, struct rrasx_chunk c, uint16_t tag, const char **ret);

/* ---- stubs ---- */

/* What comes before a message in a request: its size, twice. */
#define RRASX_REQUEST_HEAD 8u
/* The longest request that the library sends: all its texts at their limits. */
#define RRASX_REQUEST_MAX 2048u
/* Before the message in a reply: size, pointer, size; and behind it up to 3 bytes of gap and the code. */
#define RRASX_REPLY_HEAD 12u
#define RRASX_REPLY_TAIL 7u
/* The longest reply that a client takes: 1,024 events, or 1,000 failures with all texts at their limits. */
#define RRASX_REPLY_MAX (8u * 1024 * 1024)

/* A request's stub; its length, 0: more than RRASX_REQUEST_MAX. */
size_t rrasx_request_stub(const struct rrasx_message *m, const void *src, uint8_t dst[static RRASX_REQUEST_MAX]);

#endif
