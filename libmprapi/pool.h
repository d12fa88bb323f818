/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server, as a handle names it: where it is, and up to POOL_MAX associations to it, one for each call that is under
 * way. Associations are made when they are needed and kept. Any thread may call any of these.
 */
#ifndef OPENRRAS_LIBMPRAPI_POOL_H
#define OPENRRAS_LIBMPRAPI_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "libmprapi/association.h"
#include "libmprapi/binding.h"

/* Calls of one handle at once. More would only wait in the server, which has one loop. */
#define POOL_MAX 8u

struct pool;

struct pool_limits {
    uint32_t connect_ms, call_ms;
};

/* One reference for the caller. NULL without memory. */
struct pool *pool_new(const struct binding *binding, const struct pool_limits *limits);
struct pool *pool_ref(struct pool *p);
void pool_unref(struct pool *p);

struct pool_limits pool_get_limits(struct pool *p);
void pool_set_limits(struct pool *p, const struct pool_limits *limits);

/*
 * An association for one call, to be given back with pool_give() or pool_drop(). `fresh`: a new connection, none that
 * was idle. *reused tells which it is. NO_ERROR, or a Win32 code; RPC_S_CALL_FAILED_DNE when none became free in time.
 */
uint32_t pool_take(struct pool *p, uint64_t deadline, bool fresh, struct association **ret, bool *reused);
void pool_give(struct pool *p, struct association *a); /* it can be used again */
void pool_drop(struct pool *p, struct association *a); /* it can not */

/*
 * An association for watching, which is kept for long. It is one more than the POOL_MAX, or, where there is only the
 * given one, that: every other pool_take() is ERROR_BUSY until pool_end_watch(), and the given one is lost with it.
 */
uint32_t pool_take_watch(struct pool *p, uint64_t deadline, struct association **ret);
/* Another one in its place, without waiting (but for a KDC, should a ticket have expired meanwhile). Its binding has
 * just begun. NULL: not now, or never (given ones). */
struct association *pool_renew_watch(struct pool *p);
void pool_end_watch(struct pool *p, struct association *a);
/* False: there is the given connection and no other. */
bool pool_can_connect(const struct pool *p);

/* Its handle is closed: from now on nobody may register for its events. */
void pool_close(struct pool *p);
bool pool_is_closed(const struct pool *p);

/* Put a connected one in from outside (TRANSPORT_GIVEN). */
void pool_adopt(struct pool *p, struct association *a);

#endif
