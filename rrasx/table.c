/* SPDX-License-Identifier: Apache-2.0 */
/* The table of operations, and what each asks of the backend. */
#include <winerror.h>

#include "dimsvc/dimsvc.h"
#include "rrasx/run.h"

static uint32_t server_get(struct rrasx_run *run)
{
    OPENRRAS_SERVER server = {0};
    uint32_t code = run->backend->server_get(run->backend->ctx, run->user, &server);
    if (code == ERROR_SUCCESS)
        rrasx_out_message(&run->out, &rrasx_server, &server);
    return code;
}

/* ---- pages ---- */

static uint32_t end_page(struct rrasx_run *run, uint32_t code, uint32_t next)
{
    const struct rrasx_drivers tail = {.next = next}; /* any of the three: they have the same tags */
    if (code == ERROR_SUCCESS && next != 0)
        rrasx_out_message(&run->out, &rrasx_drivers, &tail);
    return code;
}

static uint32_t session_enum(struct rrasx_run *run)
{
    struct rrasx_session_request *a = &run->args.sessions;
    uint32_t next = 0;
    if (!a->has_selector)
        a->selector.fAll = TRUE;
    uint32_t code = run->backend->session_enum(run->backend->ctx, &a->selector, a->after, &run->out, &next);
    return end_page(run, code, next);
}

static uint32_t keep_out_enum(struct rrasx_run *run)
{
    uint32_t next = 0;
    uint32_t code = run->backend->keep_out_enum(run->backend->ctx, run->args.page.after, &run->out, &next);
    return end_page(run, code, next);
}

static uint32_t driver_enum(struct rrasx_run *run)
{
    uint32_t next = 0;
    uint32_t code = run->backend->driver_enum(run->backend->ctx, run->args.page.after, &run->out, &next);
    return end_page(run, code, next);
}

/* ---- answers that come later: without memory for them nothing is begun ---- */

static uint32_t at_most(uint32_t wait_ms)
{
    return wait_ms < OPENRRAS_EVENT_WAIT_MAX_MS ? wait_ms : OPENRRAS_EVENT_WAIT_MAX_MS;
}

/* Nobody is kept longer than he wants to wait. */
static void bound_times(struct rrasx_event_request *a)
{
    a->wait_ms = at_most(a->wait_ms);
    if (a->gather_ms > RRASX_GATHER_MAX_MS)
        a->gather_ms = RRASX_GATHER_MAX_MS;
    if (a->gather_ms > a->wait_ms)
        a->gather_ms = a->wait_ms;
}

static uint32_t event_wait(struct rrasx_run *run)
{
    struct rrasx_pending *p = rrasx_pending_new(run);
    if (!p)
        return ERROR_NOT_ENOUGH_MEMORY;
    bound_times(&run->args.events);
    run->backend->event_wait(run->backend->ctx, run->user, &run->args.events, p);
    return ERROR_SUCCESS;
}

static uint32_t disconnect(struct rrasx_run *run)
{
    const struct rrasx_disconnect_request *a = &run->args.disconnect;
    struct rrasx_pending *p = rrasx_pending_new(run);
    if (!p)
        return ERROR_NOT_ENOUGH_MEMORY;
    run->backend->disconnect(run->backend->ctx, run->user, &a->disconnect, at_most(a->wait_ms), p);
    return ERROR_SUCCESS;
}

static uint32_t job_wait(struct rrasx_run *run)
{
    struct rrasx_pending *p = rrasx_pending_new(run);
    if (!p)
        return ERROR_NOT_ENOUGH_MEMORY;
    run->args.job.wait_ms = at_most(run->args.job.wait_ms);
    run->backend->job_wait(run->backend->ctx, run->user, &run->args.job, p);
    return ERROR_SUCCESS;
}

/* ---- orders ---- */

static uint32_t job_cancel(struct rrasx_run *run)
{
    return run->backend->job_cancel(run->backend->ctx, run->user, run->args.number.number);
}

static uint32_t keep_out_add(struct rrasx_run *run)
{
    const struct rrasx_keep_out_request *a = &run->args.keep_out;
    struct rrasx_number number = {0};
    if (!rrasx_out_reserve(&run->out, rrasx_bound(&rrasx_number, &number)))
        return ERROR_NOT_ENOUGH_MEMORY;
    uint32_t code = run->backend->keep_out_add(run->backend->ctx, run->user, a->user, a->driver, a->seconds, a->reason,
                                               &number.number);
    if (code == ERROR_SUCCESS)
        rrasx_out_message(&run->out, &rrasx_number, &number);
    return code;
}

static uint32_t keep_out_remove(struct rrasx_run *run)
{
    return run->backend->keep_out_remove(run->backend->ctx, run->user, run->args.number.number);
}

static uint32_t driver_forget(struct rrasx_run *run)
{
    const struct rrasx_forget_request *a = &run->args.forget;
    struct rrasx_forgotten forgotten = {0};
    if (!rrasx_out_reserve(&run->out, rrasx_bound(&rrasx_forgotten, &forgotten)))
        return ERROR_NOT_ENOUGH_MEMORY;
    uint32_t code = run->backend->driver_forget(run->backend->ctx, run->user, a->driver, a->instance, a->flags,
                                                &forgotten.sessions);
    if (code == ERROR_SUCCESS)
        rrasx_out_message(&run->out, &rrasx_forgotten, &forgotten);
    return code;
}

/* ---- users: their source is asked, and answers later ---- */

static uint32_t user_get(struct rrasx_run *run)
{
    struct rrasx_pending *p = rrasx_pending_new(run);
    if (!p)
        return ERROR_NOT_ENOUGH_MEMORY;
    run->backend->user_get(run->backend->ctx, run->user, run->args.user.user, p);
    return ERROR_SUCCESS;
}

static uint32_t user_set(struct rrasx_run *run)
{
    struct rrasx_pending *p = rrasx_pending_new(run);
    if (!p)
        return ERROR_NOT_ENOUGH_MEMORY;
    run->backend->user_set(run->backend->ctx, run->user, &run->args.user_set, p);
    return ERROR_SUCCESS;
}

static uint32_t user_remove(struct rrasx_run *run)
{
    struct rrasx_pending *p = rrasx_pending_new(run);
    if (!p)
        return ERROR_NOT_ENOUGH_MEMORY;
    run->backend->user_remove(run->backend->ctx, run->user, run->args.user.user, p);
    return ERROR_SUCCESS;
}

static uint32_t user_enum(struct rrasx_run *run)
{
    struct rrasx_pending *p = rrasx_pending_new(run);
    if (!p)
        return ERROR_NOT_ENOUGH_MEMORY;
    run->backend->user_enum(run->backend->ctx, run->user, run->args.user_page.after, p);
    return ERROR_SUCCESS;
}

static uint32_t quarantine_set(struct rrasx_run *run)
{
    const struct rrasx_quarantine_request *a = &run->args.quarantine;
    struct rrasx_pending *p = rrasx_pending_new(run);
    if (!p)
        return ERROR_NOT_ENOUGH_MEMORY;
    run->backend->quarantine_set(run->backend->ctx, run->user, a->connection, a->on != 0, p);
    return ERROR_SUCCESS;
}

static uint32_t limit_enum(struct rrasx_run *run)
{
    uint32_t next = 0;
    uint32_t code = run->backend->limit_enum(run->backend->ctx, run->args.page.after, &run->out, &next);
    return end_page(run, code, next);
}

static uint32_t limit_set(struct rrasx_run *run)
{
    const struct rrasx_limit_request *a = &run->args.limit;
    struct rrasx_pending *p = rrasx_pending_new(run);
    if (!p)
        return ERROR_NOT_ENOUGH_MEMORY;
    run->backend->limit_set(run->backend->ctx, run->user, a->device_type, a->ports, a->use, p);
    return ERROR_SUCCESS;
}

/* ---- the table ---- */

#define OP(opnum, name, right, handler) [opnum] = {{opnum, "Rrasx" #name, DIM_RIGHT_##right, false, NULL}, handler}

/* clang-format off */
static const struct rrasx_row rows[RRASX_OPNUMS] = {
    OP(RRASX_SERVER_GET,      ServerGet,     VIEW,       server_get),
    OP(RRASX_SESSION_ENUM,    SessionEnum,   VIEW,       session_enum),
    OP(RRASX_EVENT_WAIT,      EventWait,     VIEW,       event_wait),
    OP(RRASX_DISCONNECT,      Disconnect,    DISCONNECT, disconnect),
    OP(RRASX_JOB_WAIT,        JobWait,       VIEW,       job_wait),
    OP(RRASX_JOB_CANCEL,      JobCancel,     DISCONNECT, job_cancel),
    OP(RRASX_KEEP_OUT_ADD,    KeepOutAdd,    DISCONNECT, keep_out_add),
    OP(RRASX_KEEP_OUT_ENUM,   KeepOutEnum,   VIEW,       keep_out_enum),
    OP(RRASX_KEEP_OUT_REMOVE, KeepOutRemove, DISCONNECT, keep_out_remove),
    OP(RRASX_DRIVER_ENUM,     DriverEnum,    VIEW,       driver_enum),
    OP(RRASX_DRIVER_FORGET,   DriverForget,  ADMIN,      driver_forget),
    OP(RRASX_USER_GET,        UserGet,       VIEW,       user_get),
    OP(RRASX_USER_SET,        UserSet,       ADMIN,      user_set),
    OP(RRASX_USER_REMOVE,     UserRemove,    ADMIN,      user_remove),
    OP(RRASX_USER_ENUM,       UserEnum,      VIEW,       user_enum),
    OP(RRASX_QUARANTINE_SET,  QuarantineSet, ADMIN,      quarantine_set),
    OP(RRASX_LIMIT_ENUM,      LimitEnum,     VIEW,       limit_enum),
    OP(RRASX_LIMIT_SET,       LimitSet,      ADMIN,      limit_set),
};
/* clang-format on */

const struct rrasx_row *rrasx_row(uint16_t opnum)
{
    return opnum < RRASX_OPNUMS ? &rows[opnum] : NULL;
}

const struct dim_op *rrasx_op(uint16_t opnum)
{
    return opnum < RRASX_OPNUMS ? &rows[opnum].op : NULL;
}

const struct dim_op *rrasx_every_op(size_t i)
{
    if (i < DIM_OPNUMS)
        return dim_op((uint16_t)i);
    return i < DIM_OPNUMS + RRASX_OPNUMS ? rrasx_op((uint16_t)(i - DIM_OPNUMS)) : NULL;
}
