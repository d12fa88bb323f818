/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages to users, and quarantine: from the caller to the router, and their lines in the audit log. The line is
 * written when the result is there, before the caller hears it; rrasd asks a driver once and for two seconds, so it is
 * never late. The text of a message is in it, for it is what somebody was told in the administrator's name.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <mprerror.h>
#include <stdlib.h>
#include <winerror.h>

#include "common/log.h"
#include "common/text.h"
#include "router/errand.h"
#include "rrasd/backend_private.h"
#include "rrasd/present.h"

#define SHOWN_MAX        256u /* of a name in the log */
#define ESCAPED          4u   /* bytes that text_escape() makes of one, at most: so it is not cut, but refused */
#define SAME_ADDRESS_MAX 64u  /* connections with one address inside the tunnel that are looked at */

/* A call that waits for a driver. */
struct errand_call {
    struct backend *b;
    struct asker asker;
    const struct dim_op *op;
    struct dim_pending *dim; /* who is answered: one of them */
    struct rrasx_pending *x;
    uint32_t connection;
    char *user;    /* of the connection, owned, or NULL */
    char *message; /* owned, escaped */
    bool on;
};

/* ---- results ---- */

/* The codes for a connection that there is not are those of MS-RRASM, and not the same. */
static uint32_t code_of(const struct errand_call *c, int r)
{
    switch (r) {
    case -ENOENT:
    case -ENOTCONN:
        return c->op->opnum == DIM_REMOVE_QUARANTINE && c->dim ? ERROR_INVALID_PARAMETER
                                                               : ERROR_INTERFACE_NOT_CONNECTED;
    case -EOPNOTSUPP:
        return ERROR_NOT_SUPPORTED;
    case -ENODATA:
        return ERROR_NOT_FOUND;
    case -EBUSY:
        return ERROR_BUSY;
    default:
        return present_result(r);
    }
}

static bool is_message(const struct errand_call *c)
{
    return c->op->opnum == DIM_SEND_USER_MESSAGE && c->dim;
}

static void log_result(const struct errand_call *c, uint32_t code)
{
    char user[SHOWN_MAX], text[CALLER_TEXT_MAX];
    const char *by = caller_text(text, &c->asker.caller);
    const char *what = is_message(c) ? "message" : c->on ? "quarantine" : "release from quarantine";
    const char *word = audit_result_word(code);
    text_escape_z(user, sizeof user, c->user);
    if (code == ERROR_SUCCESS)
        log_info("%s: connection %" PRIu32 ", user \"%s\", for %s: done", what, c->connection, user, by);
    else
        log_info("%s: connection %" PRIu32 ", user \"%s\", for %s: %s (%" PRIu32 ")", what, c->connection, user, by,
                 word ? word : "error", code);
}

static void tell(struct errand_call *c, int r)
{
    uint32_t code = code_of(c, r);
    struct audit_who who = backend_asker_who(&c->asker);
    const struct audit_errand line = {.op = c->op->name,
                                      .connection = c->connection,
                                      .user = c->user,
                                      .is_message = is_message(c),
                                      .message = c->message,
                                      .on = c->on,
                                      .result = code};
    audit_write_errand(c->b->env.audit, &who, &line);
    log_result(c, code);
    if (c->dim)
        dim_finish(c->dim, code);
    else
        rrasx_finish_code(c->x, code);
}

/* Returns whom to tell that there is an answer. */
static struct caller *free_call(struct errand_call *c)
{
    struct caller *to = backend_asker_end(c->b, &c->asker);
    free(c->user);
    free(c->message);
    free(c);
    return to;
}

/* router_done: the driver has answered, or has not in time. */
static void answered(void *cookie, int r)
{
    struct errand_call *c = cookie;
    struct backend *b = c->b;
    tell(c, r);
    struct caller *to = free_call(c);
    if (to)
        b->env.answered(b->env.ctx, to);
}

/* ---- asking ---- */

static char *user_of(struct backend *b, uint32_t connection)
{
    struct router_connection *c = router_connection_get(b->env.router, connection);
    struct router_time now = backend_now(b);
    struct router_connection_view v;
    if (!c)
        return NULL;
    router_connection_view(b->env.router, c, &now, &v);
    char *user = strdup(v.user); /* without memory the line is without it */
    router_connection_unref(b->env.router, c);
    return user;
}

/* `dim` or `x` is to be answered; without memory it is at once. */
static struct errand_call *new_call(struct backend *b, struct caller *caller, const struct dim_op *op,
                                    uint32_t connection, struct dim_pending *dim, struct rrasx_pending *x)
{
    struct errand_call *c = calloc(1, sizeof *c);
    if (!c) {
        if (dim)
            dim_finish(dim, ERROR_NOT_ENOUGH_MEMORY);
        else
            rrasx_finish_code(x, ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    *c = (struct errand_call){.b = b, .op = op, .connection = connection, .dim = dim, .x = x};
    backend_asker_begin(b, &c->asker, caller);
    c->user = user_of(b, connection);
    return c;
}

/* What the router said when it was asked. */
static void asked(struct errand_call *c, int r)
{
    if (r == -EINPROGRESS)
        return;
    tell(c, r);
    (void)free_call(c);
}

void backend_message(void *ctx, void *user, uint32_t connection, const char *text, struct dim_pending *p)
{
    struct backend *b = ctx;
    struct router_time now = backend_now(b);
    struct errand_call *c = new_call(b, user, dim_op(DIM_SEND_USER_MESSAGE), connection, p, NULL);
    if (!c)
        return;
    size_t cap = ESCAPED * strlen(text) + 1u;
    c->message = malloc(cap);
    asked(c, c->message
                 ? router_message(b->env.router, connection, text_escape_z(c->message, cap, text), &now, answered, c)
                 : -ENOMEM);
}

static void quarantine(struct errand_call *c, bool on)
{
    struct backend *b = c->b;
    struct router_time now = backend_now(b);
    char by[BACKEND_BY_MAX];
    c->on = on;
    asked(c, router_quarantine(b->env.router, c->connection, on, backend_x_by(b, &c->asker.caller, by), &now, answered,
                               c));
}

/* Of several connections with this address the first that is in quarantine; if none is, the first. 0: there is none. */
static uint32_t find_client(struct backend *b, uint32_t address)
{
    char text[INET_ADDRSTRLEN];
    struct in_addr in = {.s_addr = address};
    struct router_time now = backend_now(b);
    uint32_t handles[SAME_ADDRESS_MAX] = {0};
    size_t n = inet_ntop(AF_INET, &in, text, sizeof text)
                   ? router_find_address(b->env.router, text, handles, SAME_ADDRESS_MAX)
                   : 0;
    for (size_t i = 0; i < n && i < SAME_ADDRESS_MAX; i++) {
        struct router_connection *c = router_connection_get(b->env.router, handles[i]);
        struct router_connection_view v = {0};
        if (!c)
            continue;
        router_connection_view(b->env.router, c, &now, &v);
        router_connection_unref(b->env.router, c);
        if (v.quarantined)
            return handles[i];
    }
    return handles[0];
}

void backend_release(void *ctx, void *user, uint32_t client, bool is_address, struct dim_pending *p)
{
    struct backend *b = ctx;
    uint32_t connection = is_address ? find_client(b, client) : client;
    struct errand_call *c = new_call(b, user, dim_op(DIM_REMOVE_QUARANTINE), connection, p, NULL);
    if (c)
        quarantine(c, false);
}

void backend_x_quarantine_set(void *ctx, void *user, uint32_t connection, bool on, struct rrasx_pending *p)
{
    struct errand_call *c = new_call(ctx, user, rrasx_op(RRASX_QUARANTINE_SET), connection, NULL, p);
    if (c)
        quarantine(c, on);
}
