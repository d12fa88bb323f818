/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Orders to disconnect: give them, wait for them, say what became of them.
 *
 * Each order goes to the exact handle of the listing. When the session on a port has changed since, the server refuses
 * it: nobody but those who were listed can be hit.
 */
#ifndef OPENRRAS_RASADMIN_ORDER_H
#define OPENRRAS_RASADMIN_ORDER_H

#include <mprapi.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rasadmin/model.h"

enum order_result {
    ORDER_NOT_GIVEN,   /* dry run, or interrupted before its turn came */
    ORDER_ASKED,       /* the daemon has taken the order */
    ORDER_CONFIRMED,   /* and the session has been seen to be gone */
    ORDER_UNCONFIRMED, /* it was asked, but not seen to be gone; or nobody knows whether it was asked */
    ORDER_FAILED,
};

struct order {
    const struct port *port;
    enum order_result result;
    uint32_t code;   /* of the call: 0, or why it failed or is unconfirmed */
    const char *why; /* the same in the server's words, not escaped; NULL or "": it has none */
    bool still_up;   /* it has been waited for, and is there as before */
    bool ending;     /* the port has been seen to disconnect */
    bool given_up;   /* and then to be connected as before: the server has given the order up */
    bool lost;       /* the server has begun anew and numbers its ports anew: nobody can tell */
};

struct order_sum {
    size_t matched, asked, confirmed, unconfirmed, failed, not_given;
};

/*
 * From now on SIGINT and SIGTERM end giving and waiting as soon as the call that is under way has ended, so that what
 * was done can still be told. A second one ends the process. orders_interrupted(): the signal, 0: none came.
 */
void orders_catch_signals(void);
int orders_interrupted(void);

/* Give all orders, up to eight at a time. When the server goes away those that are left fail with its code and are not
 * tried. */
void orders_give(MPR_SERVER_HANDLE server, struct order *orders, size_t n);

/* Since when the server runs. */
struct server_run {
    bool known;
    uint32_t up_seconds;
    uint64_t at_ms; /* when that was said, on our monotonic clock */
};
struct server_run server_run_now(MPR_SERVER_HANDLE server);

struct order_wait {
    uint64_t ms;              /* so long at most */
    bool may_return;          /* a server that can't be reached may come back */
    struct server_run before; /* the run that was asked */
};
/*
 * Look until each asked session is gone or the time is over. A session is gone when its port is idle, or carries
 * another: that is, has another handle. After a clean restart rrasd gives its sessions the handles that they had; after
 * a crash all handles are new, and say nothing of what became of a session: such an order is never called confirmed.
 * (A crash within the first three seconds of rrasd's life may go unnoticed, for it counts in seconds.)
 */
void orders_wait(MPR_SERVER_HANDLE server, struct order *orders, size_t n, const struct order_wait *w);

struct order_sum orders_sum(const struct order *orders, size_t n);
/* The exit code that says it all: rasadmin(1), EXIT STATUS. */
int orders_exit(const struct order *orders, size_t n);

/* "asked", "confirmed", ...: for JSON. */
const char *order_result_word(enum order_result r);

/* Is the session of `before` gone, now that its port looks like this? */
bool session_is_gone(const struct port *before, const struct port *now);

#endif
