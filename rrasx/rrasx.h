/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rrasx, our own interface beside dimsvc (docs/rrasx.md): what MS-RRASM has no words for. Server side: one table of
 * operations, from request stubs to calls of a backend and back. No I/O and no state of its own.
 *
 * The structures are those of openrras.h: the backend fills them, the library hands them out.
 */
#ifndef OPENRRAS_RRASX_RRASX_H
#define OPENRRAS_RRASX_RRASX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dimsvc/op.h"
#include "openrras.h"
#include "rpc/server.h"

extern const struct rpc_syntax rrasx_syntax; /* its UUID, version 1.0 */

enum rrasx_opnum {
    RRASX_SERVER_GET = 0,
    RRASX_SESSION_ENUM = 1,
    RRASX_EVENT_WAIT = 2,
    RRASX_DISCONNECT = 3,
    RRASX_JOB_WAIT = 4,
    RRASX_JOB_CANCEL = 5,
    RRASX_KEEP_OUT_ADD = 6,
    RRASX_KEEP_OUT_ENUM = 7,
    RRASX_KEEP_OUT_REMOVE = 8,
    RRASX_DRIVER_ENUM = 9,
    RRASX_DRIVER_FORGET = 10,
    RRASX_USER_GET = 11,
    RRASX_USER_SET = 12,
    RRASX_USER_REMOVE = 13,
    RRASX_USER_ENUM = 14,
    RRASX_QUARANTINE_SET = 15,
    RRASX_LIMIT_ENUM = 16,
    RRASX_LIMIT_SET = 17,
    RRASX_OPNUMS,
};

/* The table: the same kind of rows as dimsvc's, with the right that each operation needs. NULL from RRASX_OPNUMS on. */
const struct dim_op *rrasx_op(uint16_t opnum);
/* The operations of both interfaces in one list, for docs and tests; NULL behind the last. */
const struct dim_op *rrasx_every_op(size_t i);

#define RRASX_PAGE_BYTES 65536u /* a page of a list is closed once it has so many bytes */
#define RRASX_EVENT_MAX  4096u  /* bytes of one encoded event, at most: all its texts at their limits */

/* A record that is put into the answer at once, so that nothing has to be kept: an encoder for each structure. */
struct rrasx_out;
/* False: the page is full (the record was taken all the same), or there is no memory (the answer becomes 8). */
bool rrasx_put_session(struct rrasx_out *out, const OPENRRAS_SESSION *s);
bool rrasx_put_keep_out(struct rrasx_out *out, const OPENRRAS_KEEP_OUT *k);
bool rrasx_put_driver(struct rrasx_out *out, const OPENRRAS_DRIVER *d);
bool rrasx_put_limit(struct rrasx_out *out, const OPENRRAS_PORT_LIMIT *l);

/* Encode an event once, for all who watch: its length, at most RRASX_EVENT_MAX (texts are cut to their limits). */
size_t rrasx_encode_event(const OPENRRAS_EVENT *e, uint8_t dst[static RRASX_EVENT_MAX]);

/* Answers that come later: each exactly once, from the backend's thread, also from within the call that asks. */
struct rrasx_pending;
/* With what is in `events` (n_bytes of records as rrasx_encode_event() has made them, one behind the other; NULL:
 * none); list->dwCount and pEvents are not looked at. */
void rrasx_finish_events(struct rrasx_pending *p, uint32_t code, const OPENRRAS_EVENT_LIST *list, const uint8_t *events,
                         size_t n_bytes);
/* With how many sessions there are above the limit that was set. */
void rrasx_finish_limit(struct rrasx_pending *p, uint32_t code, uint32_t above);
/* With the job, or NULL after a failure. */
void rrasx_finish_job(struct rrasx_pending *p, uint32_t code, const OPENRRAS_JOB *job);
/* With the user, or NULL after a failure. */
void rrasx_finish_user(struct rrasx_pending *p, uint32_t code, const OPENRRAS_USER *user);
/* With as many of these as a page takes; `more`: there are others after them. */
void rrasx_finish_users(struct rrasx_pending *p, uint32_t code, const OPENRRAS_USER *users, size_t n, bool more);
/* Of an operation whose answer is its code. Needs no memory. */
void rrasx_finish_code(struct rrasx_pending *p, uint32_t code);
/* True once nobody waits for the answer any more (connection gone). It must be given all the same, and may be at once.
 */
bool rrasx_is_abandoned(const struct rrasx_pending *p);

#define RRASX_GATHER_MAX_MS 1000u

struct rrasx_event_request {
    bool has_run;
    GUID run;
    uint64_t after;
    uint32_t mask, wait_ms;
    BOOL newest; /* of the events that would be told, the newest is enough. Older servers tell all */
    /* An answer with events is held until the question is so old, so that others gather meanwhile. What ends the
     * waiting without an event is told at once. Older servers don't hold it. At most RRASX_GATHER_MAX_MS. */
    uint32_t gather_ms;
};

struct rrasx_job_request {
    uint32_t job, wait_ms;
    bool has_seen;
    uint32_t seen_asked, seen_ended; /* ended: confirmed and failed */
};

struct rrasx_user_set_request {
    const char *user, *number;
    BOOL permitted, by_policy;
    uint32_t callback, flags;
};

/*
 * What rrasx asks. `ctx` is the backend's, `user` the association's user pointer, so the caller. uint32_t results are
 * Win32 codes. Texts that are handed in are checked to be UTF-8 without NUL and within their limits, and good during
 * the call only; they are never NULL. Selectors are not: whether an address makes sense is the backend's to say (87).
 */
struct rrasx_backend {
    void *ctx;
    bool (*allowed)(void *ctx, void *user, const struct dim_op *op);
    uint32_t (*server_get)(void *ctx, void *user, OPENRRAS_SERVER *ret);
    /* Put those after slot `after` in slot order until the page is full; *next: where to go on, 0: that was all. A
     * request without a selector comes as one with fAll. */
    uint32_t (*session_enum)(void *ctx, const OPENRRAS_SELECTOR *selector, uint32_t after, struct rrasx_out *out,
                             uint32_t *next);
    void (*event_wait)(void *ctx, void *user, const struct rrasx_event_request *request, struct rrasx_pending *p);
    void (*disconnect)(void *ctx, void *user, const OPENRRAS_DISCONNECT *d, uint32_t wait_ms, struct rrasx_pending *p);
    void (*job_wait)(void *ctx, void *user, const struct rrasx_job_request *request, struct rrasx_pending *p);
    uint32_t (*job_cancel)(void *ctx, void *user, uint32_t job);
    uint32_t (*keep_out_add)(void *ctx, void *user, const char *name, const char *driver, uint32_t seconds,
                             const char *reason, uint32_t *ret);
    /* As session_enum, by number. */
    uint32_t (*keep_out_enum)(void *ctx, uint32_t after, struct rrasx_out *out, uint32_t *next);
    uint32_t (*keep_out_remove)(void *ctx, void *user, uint32_t number);
    uint32_t (*driver_enum)(void *ctx, uint32_t after, struct rrasx_out *out, uint32_t *next);
    /* *sessions is 0, and stays so unless some were given up. */
    uint32_t (*driver_forget)(void *ctx, void *user, const char *driver, const char *instance, uint32_t flags,
                              uint32_t *sessions);
    void (*user_get)(void *ctx, void *user, const char *name, struct rrasx_pending *p);
    void (*user_set)(void *ctx, void *user, const struct rrasx_user_set_request *request, struct rrasx_pending *p);
    void (*user_remove)(void *ctx, void *user, const char *name, struct rrasx_pending *p);
    void (*user_enum)(void *ctx, void *user, const char *after, struct rrasx_pending *p);
    /* Into quarantine, or out of it. 906: no such connection; 1168: to be released, and not in it; 50: its driver
     * can't. */
    void (*quarantine_set)(void *ctx, void *user, uint32_t connection, bool on, struct rrasx_pending *p);
    /* As session_enum; `after` counts from 1. */
    uint32_t (*limit_enum)(void *ctx, uint32_t after, struct rrasx_out *out, uint32_t *next);
    /* `ports` 0: the type has no limit any more (1168: it had none). */
    void (*limit_set)(void *ctx, void *user, const char *device_type, uint32_t ports, uint32_t use,
                      struct rrasx_pending *p);
};

/* The interface for rpc_server_config, bound to a backend that must outlive it. */
struct rpc_interface rrasx_interface(const struct rrasx_backend *backend);

#endif
