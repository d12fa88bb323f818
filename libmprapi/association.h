/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection to a server, bound to dimsvc and, where the server has it, to our own interface (rrasx/): an
 * rpc_client and its socket. Blocking, with deadlines; one call at a time, so used by one thread at a time (pool.h sees
 * to it).
 */
#ifndef OPENRRAS_LIBMPRAPI_ASSOCIATION_H
#define OPENRRAS_LIBMPRAPI_ASSOCIATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libmprapi/security.h"
#include "rpc/client.h"

struct association;

/* In the order of the presentation contexts that the bind asks for. */
enum association_interface {
    ASSOCIATION_DIMSVC,
    ASSOCIATION_RRASX, /* servers that are not ours refuse it, which does no harm to the other */
    ASSOCIATION_INTERFACES,
};

/*
 * Bind over a connected socket. NO_ERROR, or a Win32 code: RPC_S_UNKNOWN_IF, RPC_S_SERVER_UNAVAILABLE (closed, or no
 * answer in time), RPC_S_PROTOCOL_ERROR, RPC_S_SEC_PKG_ERROR, ERROR_NOT_ENOUGH_MEMORY, ... fd belongs to the
 * association on success only, `security` (NULL: none) in any case.
 */
uint32_t association_open(int fd, struct security *security, uint64_t deadline, struct association **ret);
/* The same for dimsvc alone, without security: no call of it waits for something to happen. */
uint32_t association_open_dimsvc(int fd, uint64_t deadline, struct association **ret);
void association_close(struct association *a);
/* The same without waiting, for a socket that was connected likewise: the binding is done by association_step(). */
uint32_t association_begin(int fd, struct security *security, struct association **ret);
/* Frees it and leaves its descriptor open. */
void association_abandon(struct association *a);

/* True when it can't be used for another call: the peer has closed it, or has said what nobody asked for. */
bool association_is_stale(const struct association *a);
/* False in a child of the process that made it: both would talk over one connection. */
bool association_is_ours(const struct association *a);
/* Did the server accept this interface? */
bool association_offers(const struct association *a, enum association_interface interface);

struct exchange {
    enum association_interface interface;
    uint16_t opnum;
    const uint8_t *stub;
    size_t stub_len;
    struct rpc_sink sink;
    uint64_t deadline;
    bool secret; /* request or answer hold one: what the association has of them is overwritten afterwards */
};

/* How a call over an association has ended. All but EXCHANGE_ANSWERED leave it unusable. */
enum exchange_end {
    EXCHANGE_ANSWERED,    /* *code is 0 for a response, else what the fault means */
    EXCHANGE_LOST_UNSENT, /* connection lost, and not one byte of the request has left */
    EXCHANGE_LOST,        /* connection lost, fate of the call unknown */
    EXCHANGE_LATE_UNSENT, /* deadline passed, nothing has left */
    EXCHANGE_LATE,        /* deadline passed, fate unknown */
    EXCHANGE_REFUSED,     /* the answer makes no sense or was refused by the sink; *code says how */
};

enum exchange_end association_exchange(struct association *a, const struct exchange *x, uint32_t *code);

/* ---- without waiting, for whoever watches the socket himself ---- */

enum association_state {
    ASSOCIATION_BUSY,   /* binding or calling: step on when the socket has something */
    ASSOCIATION_READY,  /* bound, or the call has got its response: a call may begin */
    ASSOCIATION_FAULT,  /* the call has ended with a fault: a call may begin */
    ASSOCIATION_LOST,   /* the connection is */
    ASSOCIATION_BROKEN, /* what came makes no sense, or was refused by the sink */
};

int association_fd(const struct association *a);
/* Are there bytes that the socket did not take yet? */
bool association_has_output(const struct association *a);
/* Begin a call; nothing is sent yet, and `deadline` is the caller's to watch. 0 or negative errno. */
int association_ask(struct association *a, const struct exchange *x);
/* Send what the socket takes. 0 or negative errno: the connection is lost. */
int association_flush(struct association *a);
/* Flush, and receive what has come, once: a bounded number of bytes, whatever the server does. *code: with
 * ASSOCIATION_FAULT what it means, else NO_ERROR. */
enum association_state association_step(struct association *a, uint32_t *code);

#endif
