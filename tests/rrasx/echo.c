/* SPDX-License-Identifier: Apache-2.0 */
#include "echo.h"

#include <stdio.h>

static void assert_user(const struct echo *e, const void *user)
{
    if (e->user)
        assert_ptr_equal(user, e->user);
}

static void note(struct echo *e, uint16_t opnum, const void *args)
{
    assert_non_null(e->op); /* nothing is done before it was asked whether it may be */
    assert_ptr_equal(e->op, rrasx_op(opnum));
    unsigned none = 0, *failing = e->failing ? e->failing : &none, left = *failing;
    *failing = 0;
    e->n_asked++;
    free((void *)(uintptr_t)e->asked.p);
    e->asked = sample_encode(rrasx_form(opnum)->request, args);
    *failing = left;
}

static bool allowed(void *ctx, void *user, const struct dim_op *op)
{
    struct echo *e = ctx;
    assert_user(e, user);
    e->op = op;
    return !e->deny;
}

static uint32_t server_get(void *ctx, void *user, OPENRRAS_SERVER *ret)
{
    struct echo *e = ctx;
    assert_user(e, user);
    note(e, RRASX_SERVER_GET, NULL);
    if (e->code == 0)
        *ret = e->server ? *e->server : *(const OPENRRAS_SERVER *)e->reply;
    return e->code;
}

/* Items `after` + 1 to `total`, as many as a page takes. */
static uint32_t give(struct echo *e, uint32_t after, uint32_t total, struct rrasx_out *out, uint32_t *next,
                     bool (*put)(const struct echo *e, uint32_t i, struct rrasx_out *out))
{
    for (uint32_t i = after; e->code == 0 && i < total; i++) {
        bool room = put(e, i, out);
        if (i + 1 < total && (!room || (e->page && i + 1 - after == e->page))) {
            *next = i + 1;
            break;
        }
    }
    return e->code;
}

static bool put_session(const struct echo *e, uint32_t i, struct rrasx_out *out)
{
    return rrasx_put_session(out, &((const struct rrasx_sessions *)e->reply)->list.pSessions[i]);
}

static uint32_t session_enum(void *ctx, const OPENRRAS_SELECTOR *selector, uint32_t after, struct rrasx_out *out,
                             uint32_t *next)
{
    struct echo *e = ctx;
    const struct rrasx_session_request args = {.has_selector = true, .selector = *selector, .after = after};
    const struct rrasx_sessions *s = e->reply;
    note(e, RRASX_SESSION_ENUM, &args);
    return give(e, after, s ? s->list.dwCount : 0, out, next, put_session);
}

static bool put_keep_out(const struct echo *e, uint32_t i, struct rrasx_out *out)
{
    return rrasx_put_keep_out(out, &((const struct rrasx_keep_outs *)e->reply)->list.pKeepOuts[i]);
}

static uint32_t keep_out_enum(void *ctx, uint32_t after, struct rrasx_out *out, uint32_t *next)
{
    struct echo *e = ctx;
    const struct rrasx_keep_outs *s = e->reply;
    note(e, RRASX_KEEP_OUT_ENUM, &(struct rrasx_page_request){after});
    return give(e, after, s ? s->list.dwCount : 0, out, next, put_keep_out);
}

static bool put_driver(const struct echo *e, uint32_t i, struct rrasx_out *out)
{
    return rrasx_put_driver(out, &((const struct rrasx_drivers *)e->reply)->list.pDrivers[i]);
}

static uint32_t driver_enum(void *ctx, uint32_t after, struct rrasx_out *out, uint32_t *next)
{
    struct echo *e = ctx;
    const struct rrasx_drivers *s = e->reply;
    note(e, RRASX_DRIVER_ENUM, &(struct rrasx_page_request){after});
    return give(e, after, s ? s->list.dwCount : 0, out, next, put_driver);
}

static bool put_limit(const struct echo *e, uint32_t i, struct rrasx_out *out)
{
    return rrasx_put_limit(out, &((const struct rrasx_limits *)e->reply)->list.pLimits[i]);
}

static uint32_t limit_enum(void *ctx, uint32_t after, struct rrasx_out *out, uint32_t *next)
{
    struct echo *e = ctx;
    const struct rrasx_limits *s = e->reply;
    note(e, RRASX_LIMIT_ENUM, &(struct rrasx_page_request){after});
    return give(e, after, s ? s->list.dwCount : 0, out, next, put_limit);
}

static void finish_events(struct echo *e, struct rrasx_pending *p)
{
    const OPENRRAS_EVENT_LIST *list = e->reply;
    uint32_t count = list && e->code == 0 ? list->dwCount : 0;
    uint8_t *events = malloc((size_t)count * RRASX_EVENT_MAX + 1);
    size_t n = 0;
    assert_non_null(events);
    for (uint32_t i = 0; i < count; i++)
        n += rrasx_encode_event(&list->pEvents[i], events + n);
    rrasx_finish_events(p, e->code, list, n ? events : NULL, n);
    free(events);
}

/* Those after the one that was asked for. */
static void finish_users(struct echo *e, struct rrasx_pending *p)
{
    const struct rrasx_users *s = e->reply;
    uint32_t total = s && e->code == 0 ? s->list.dwCount : 0, first = 0;
    for (uint32_t i = 0; e->after[0] && i < total; i++)
        if (strcmp(s->list.pUsers[i].pszUser, e->after) == 0)
            first = i + 1;
    uint32_t n = e->page && total - first > e->page ? (uint32_t)e->page : total - first;
    rrasx_finish_users(p, e->code, n ? s->list.pUsers + first : NULL, n, first + n < total);
}

void echo_finish(struct echo *e)
{
    struct rrasx_pending *p = e->pending;
    assert_non_null(p);
    e->pending = NULL;
    if (e->op->opnum == RRASX_EVENT_WAIT)
        finish_events(e, p);
    else if (e->op->opnum == RRASX_USER_GET)
        rrasx_finish_user(p, e->code, e->reply);
    else if (e->op->opnum == RRASX_USER_ENUM)
        finish_users(e, p);
    else if (e->op->opnum == RRASX_USER_SET || e->op->opnum == RRASX_USER_REMOVE ||
             e->op->opnum == RRASX_QUARANTINE_SET)
        rrasx_finish_code(p, e->code);
    else if (e->op->opnum == RRASX_LIMIT_SET)
        rrasx_finish_limit(p, e->code, e->reply ? ((const struct rrasx_limit_set *)e->reply)->above : 0);
    else
        rrasx_finish_job(p, e->code, e->reply);
}

static void later(struct echo *e, uint32_t wait_ms, struct rrasx_pending *p)
{
    e->wait_ms = wait_ms;
    assert_null(e->pending);
    e->pending = p;
    if (!e->hold)
        echo_finish(e);
}

static void event_wait(void *ctx, void *user, const struct rrasx_event_request *request, struct rrasx_pending *p)
{
    struct echo *e = ctx;
    assert_user(e, user);
    note(e, RRASX_EVENT_WAIT, request);
    later(e, request->wait_ms, p);
}

static void disconnect(void *ctx, void *user, const OPENRRAS_DISCONNECT *d, uint32_t wait_ms, struct rrasx_pending *p)
{
    struct echo *e = ctx;
    const struct rrasx_disconnect_request args = {.disconnect = *d, .wait_ms = wait_ms};
    assert_user(e, user);
    note(e, RRASX_DISCONNECT, &args);
    later(e, wait_ms, p);
}

static void job_wait(void *ctx, void *user, const struct rrasx_job_request *request, struct rrasx_pending *p)
{
    struct echo *e = ctx;
    assert_user(e, user);
    note(e, RRASX_JOB_WAIT, request);
    later(e, request->wait_ms, p);
}

static uint32_t job_cancel(void *ctx, void *user, uint32_t job)
{
    struct echo *e = ctx;
    assert_user(e, user);
    note(e, RRASX_JOB_CANCEL, &(struct rrasx_number){job});
    return e->code;
}

static uint32_t keep_out_add(void *ctx, void *user, const char *name, const char *driver, uint32_t seconds,
                             const char *reason, uint32_t *ret)
{
    struct echo *e = ctx;
    const struct rrasx_keep_out_request args = {.user = name, .driver = driver, .reason = reason, .seconds = seconds};
    assert_user(e, user);
    note(e, RRASX_KEEP_OUT_ADD, &args);
    if (e->code == 0)
        *ret = ((const struct rrasx_number *)e->reply)->number;
    return e->code;
}

static uint32_t keep_out_remove(void *ctx, void *user, uint32_t number)
{
    struct echo *e = ctx;
    assert_user(e, user);
    note(e, RRASX_KEEP_OUT_REMOVE, &(struct rrasx_number){number});
    return e->code;
}

static uint32_t driver_forget(void *ctx, void *user, const char *driver, const char *instance, uint32_t flags,
                              uint32_t *sessions)
{
    struct echo *e = ctx;
    assert_user(e, user);
    assert_int_equal(*sessions, 0);
    note(e, RRASX_DRIVER_FORGET, &(struct rrasx_forget_request){driver, instance, flags});
    if (e->code == 0 && e->reply)
        *sessions = ((const struct rrasx_forgotten *)e->reply)->sessions;
    return e->code;
}

static void user_get(void *ctx, void *user, const char *name, struct rrasx_pending *p)
{
    struct echo *e = ctx;
    assert_user(e, user);
    note(e, RRASX_USER_GET, &(struct rrasx_user_request){name});
    later(e, 0, p);
}

static void user_set(void *ctx, void *user, const struct rrasx_user_set_request *request, struct rrasx_pending *p)
{
    struct echo *e = ctx;
    assert_user(e, user);
    note(e, RRASX_USER_SET, request);
    later(e, 0, p);
}

static void user_remove(void *ctx, void *user, const char *name, struct rrasx_pending *p)
{
    struct echo *e = ctx;
    assert_user(e, user);
    note(e, RRASX_USER_REMOVE, &(struct rrasx_user_request){name});
    later(e, 0, p);
}

static void user_enum(void *ctx, void *user, const char *after, struct rrasx_pending *p)
{
    struct echo *e = ctx;
    assert_user(e, user);
    note(e, RRASX_USER_ENUM, &(struct rrasx_user_page_request){after});
    snprintf(e->after, sizeof e->after, "%s", after);
    later(e, 0, p);
}

static void quarantine_set(void *ctx, void *user, uint32_t connection, bool on, struct rrasx_pending *p)
{
    struct echo *e = ctx;
    assert_user(e, user);
    note(e, RRASX_QUARANTINE_SET, &(struct rrasx_quarantine_request){connection, on});
    later(e, 0, p);
}

static void limit_set(void *ctx, void *user, const char *device_type, uint32_t ports, uint32_t use,
                      struct rrasx_pending *p)
{
    struct echo *e = ctx;
    assert_user(e, user);
    note(e, RRASX_LIMIT_SET, &(struct rrasx_limit_request){device_type, ports, use});
    later(e, 0, p);
}

void echo_init(struct echo *e)
{
    *e = (struct echo){.backend = {
                           .ctx = e,
                           .allowed = allowed,
                           .server_get = server_get,
                           .session_enum = session_enum,
                           .event_wait = event_wait,
                           .disconnect = disconnect,
                           .job_wait = job_wait,
                           .job_cancel = job_cancel,
                           .keep_out_add = keep_out_add,
                           .keep_out_enum = keep_out_enum,
                           .keep_out_remove = keep_out_remove,
                           .driver_enum = driver_enum,
                           .driver_forget = driver_forget,
                           .user_get = user_get,
                           .user_set = user_set,
                           .user_remove = user_remove,
                           .user_enum = user_enum,
                           .quarantine_set = quarantine_set,
                           .limit_enum = limit_enum,
                           .limit_set = limit_set,
                       }};
}

void echo_clear(struct echo *e)
{
    if (e->pending)
        echo_finish(e);
    free((void *)(uintptr_t)e->asked.p);
}

void echo_assert_asked(const struct echo *e, uint16_t opnum, const void *args)
{
    struct rrasx_chunk want = sample_encode(rrasx_form(opnum)->request, args);
    assert_ptr_equal(e->op, rrasx_op(opnum));
    assert_int_equal(e->asked.n, want.n);
    assert_memory_equal(e->asked.p, want.p, want.n);
    free((void *)(uintptr_t)want.p);
}
