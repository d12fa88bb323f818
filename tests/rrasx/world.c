/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <winerror.h>

static void note(struct world *w, uint16_t opnum, const void *args)
{
    assert_non_null(w->op); /* nothing is done before it was asked whether it may be */
    assert_ptr_equal(w->op, rrasx_op(opnum));
    unsigned none = 0, *failing = w->failing ? w->failing : &none, left = *failing;
    *failing = 0;
    w->n_asked++;
    free((void *)(uintptr_t)w->asked.p);
    w->asked = sample_encode(rrasx_form(opnum)->request, args);
    *failing = left;
}

static bool allowed(void *ctx, void *user, const struct dim_op *op)
{
    struct world *w = ctx;
    assert_ptr_equal(user, w);
    w->op = op;
    return !w->deny;
}

static uint32_t server_get(void *ctx, void *user, OPENRRAS_SERVER *ret)
{
    struct world *w = ctx;
    assert_ptr_equal(user, w);
    note(w, RRASX_SERVER_GET, NULL);
    if (w->code == 0)
        *ret = *(const OPENRRAS_SERVER *)w->reply;
    return w->code;
}

/* Items `after` + 1 to `total`, as many as a page takes. */
static uint32_t give(struct world *w, uint32_t after, uint32_t total, struct rrasx_out *out, uint32_t *next,
                     bool (*put)(const struct world *w, uint32_t i, struct rrasx_out *out))
{
    for (uint32_t i = after; w->code == 0 && i < total; i++) {
        bool room = put(w, i, out);
        if (i + 1 < total && (!room || (w->page && i + 1 - after == w->page))) {
            *next = i + 1;
            break;
        }
    }
    return w->code;
}

static bool put_session(const struct world *w, uint32_t i, struct rrasx_out *out)
{
    return rrasx_put_session(out, &((const struct rrasx_sessions *)w->reply)->list.pSessions[i]);
}

static uint32_t session_enum(void *ctx, const OPENRRAS_SELECTOR *selector, uint32_t after, struct rrasx_out *out,
                             uint32_t *next)
{
    struct world *w = ctx;
    const struct rrasx_session_request args = {.has_selector = true, .selector = *selector, .after = after};
    const struct rrasx_sessions *s = w->reply;
    note(w, RRASX_SESSION_ENUM, &args);
    return give(w, after, s ? s->list.dwCount : 0, out, next, put_session);
}

static bool put_keep_out(const struct world *w, uint32_t i, struct rrasx_out *out)
{
    return rrasx_put_keep_out(out, &((const struct rrasx_keep_outs *)w->reply)->list.pKeepOuts[i]);
}

static uint32_t keep_out_enum(void *ctx, uint32_t after, struct rrasx_out *out, uint32_t *next)
{
    struct world *w = ctx;
    const struct rrasx_keep_outs *s = w->reply;
    note(w, RRASX_KEEP_OUT_ENUM, &(struct rrasx_page_request){after});
    return give(w, after, s ? s->list.dwCount : 0, out, next, put_keep_out);
}

static bool put_driver(const struct world *w, uint32_t i, struct rrasx_out *out)
{
    return rrasx_put_driver(out, &((const struct rrasx_drivers *)w->reply)->list.pDrivers[i]);
}

static uint32_t driver_enum(void *ctx, uint32_t after, struct rrasx_out *out, uint32_t *next)
{
    struct world *w = ctx;
    const struct rrasx_drivers *s = w->reply;
    note(w, RRASX_DRIVER_ENUM, &(struct rrasx_page_request){after});
    return give(w, after, s ? s->list.dwCount : 0, out, next, put_driver);
}

static void finish_events(struct world *w, struct rrasx_pending *p)
{
    const OPENRRAS_EVENT_LIST *list = w->reply;
    uint32_t count = list && w->code == 0 ? list->dwCount : 0;
    uint8_t *events = malloc((size_t)count * RRASX_EVENT_MAX + 1);
    size_t n = 0;
    assert_non_null(events);
    for (uint32_t i = 0; i < count; i++)
        n += rrasx_encode_event(&list->pEvents[i], events + n);
    rrasx_finish_events(p, w->code, list, n ? events : NULL, n);
    free(events);
}

void world_finish(struct world *w)
{
    struct rrasx_pending *p = w->pending;
    assert_non_null(p);
    w->pending = NULL;
    if (w->op->opnum == RRASX_EVENT_WAIT)
        finish_events(w, p);
    else
        rrasx_finish_job(p, w->code, w->reply);
}

static void later(struct world *w, uint32_t wait_ms, struct rrasx_pending *p)
{
    w->wait_ms = wait_ms;
    assert_null(w->pending);
    w->pending = p;
    if (!w->hold)
        world_finish(w);
}

static void event_wait(void *ctx, void *user, const struct rrasx_event_request *request, struct rrasx_pending *p)
{
    struct world *w = ctx;
    assert_ptr_equal(user, w);
    note(w, RRASX_EVENT_WAIT, request);
    later(w, request->wait_ms, p);
}

static void disconnect(void *ctx, void *user, const OPENRRAS_DISCONNECT *d, uint32_t wait_ms, struct rrasx_pending *p)
{
    struct world *w = ctx;
    const struct rrasx_disconnect_request args = {.disconnect = *d, .wait_ms = wait_ms};
    assert_ptr_equal(user, w);
    note(w, RRASX_DISCONNECT, &args);
    later(w, wait_ms, p);
}

static void job_wait(void *ctx, void *user, const struct rrasx_job_request *request, struct rrasx_pending *p)
{
    struct world *w = ctx;
    assert_ptr_equal(user, w);
    note(w, RRASX_JOB_WAIT, request);
    later(w, request->wait_ms, p);
}

static uint32_t job_cancel(void *ctx, void *user, uint32_t job)
{
    struct world *w = ctx;
    assert_ptr_equal(user, w);
    note(w, RRASX_JOB_CANCEL, &(struct rrasx_number){job});
    return w->code;
}

static uint32_t keep_out_add(void *ctx, void *user, const char *name, const char *driver, uint32_t seconds,
                             const char *reason, uint32_t *ret)
{
    struct world *w = ctx;
    const struct rrasx_keep_out_request args = {.user = name, .driver = driver, .reason = reason, .seconds = seconds};
    assert_ptr_equal(user, w);
    note(w, RRASX_KEEP_OUT_ADD, &args);
    if (w->code == 0)
        *ret = ((const struct rrasx_number *)w->reply)->number;
    return w->code;
}

static uint32_t keep_out_remove(void *ctx, void *user, uint32_t number)
{
    struct world *w = ctx;
    assert_ptr_equal(user, w);
    note(w, RRASX_KEEP_OUT_REMOVE, &(struct rrasx_number){number});
    return w->code;
}

static uint32_t driver_forget(void *ctx, void *user, const char *driver, const char *instance)
{
    struct world *w = ctx;
    assert_ptr_equal(user, w);
    note(w, RRASX_DRIVER_FORGET, &(struct rrasx_driver_name){driver, instance});
    return w->code;
}

/* ---- the association ---- */

void world_run(struct world *w)
{
    for (bool moved = true; moved;) {
        size_t n;
        moved = false;
        const uint8_t *out = rpc_client_output(w->client, &n);
        if (n > 0 && rpc_server_wants_input(w->server)) {
            assert_int_equal(rpc_server_input(w->server, out, n), 0);
            rpc_client_consumed(w->client, n);
            moved = true;
        }
        out = rpc_server_output(w->server, &n);
        if (n > 0) {
            rpc_client_input(w->client, out, n);
            rpc_server_consumed(w->server, n);
            moved = true;
        }
    }
}

void world_open(struct world *w)
{
    *w = (struct world){.backend = {
                            .ctx = w,
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
                        }};
    w->interface = rrasx_interface(&w->backend);
    w->interfaces[0] = &w->interface;
    w->server_config = (struct rpc_server_config){
        .interfaces = w->interfaces, .n_interfaces = 1, .max_frag = RPC_FRAG_MAX_TCP, .sec_addr = ""};
    w->client_config =
        (struct rpc_client_config){.interfaces = &rrasx_syntax, .n_interfaces = 1, .max_frag = RPC_FRAG_MAX_TCP};
    w->server = rpc_server_new(&w->server_config, w);
    w->client = rpc_client_new(&w->client_config);
    assert_non_null(w->server);
    assert_non_null(w->client);
    world_run(w);
    assert_int_equal(rpc_client_state(w->client), RPC_CLIENT_READY);
}

void world_break(struct world *w)
{
    rpc_server_free(w->server);
    w->server = NULL;
}

void world_close(struct world *w)
{
    if (w->pending)
        world_finish(w);
    if (w->server)
        rpc_server_free(w->server);
    rpc_client_free(w->client);
    free((void *)(uintptr_t)w->asked.p);
    free(w->answer);
}

static uint32_t take(void *ctx, const uint8_t *p, size_t n, bool big)
{
    struct world *w = ctx;
    assert_false(big);
    w->answer = realloc(w->answer, w->answer_len + n + 1);
    assert_non_null(w->answer);
    memcpy(w->answer + w->answer_len, p, n);
    w->answer_len += n;
    return 0;
}

void world_call(struct world *w, uint16_t opnum, const void *stub, size_t n)
{
    const struct rpc_sink sink = {take, w};
    w->answer_len = 0;
    w->op = NULL;
    assert_int_equal(rpc_client_call(w->client, 0, opnum, stub, n, &sink), 0);
    world_run(w);
}

uint32_t world_fault(const struct world *w)
{
    bool did_not_execute;
    assert_int_equal(rpc_client_state(w->client), RPC_CLIENT_READY);
    uint32_t status = rpc_client_fault(w->client, &did_not_execute);
    assert_true(status == 0 || did_not_execute);
    return status;
}

uint32_t world_answer(const struct world *w, struct rrasx_chunk *message)
{
    assert_int_equal(world_fault(w), 0);
    struct rpc_rd r = rpc_rd_init(w->answer, w->answer_len, false);
    uint32_t size = rpc_rd_u32(&r);
    bool is_there = rpc_rd_u32(&r) != 0;
    *message = (struct rrasx_chunk){NULL, size};
    if (is_there) {
        assert_int_equal(rpc_rd_u32(&r), size);
        message->p = rpc_rd_bytes(&r, size);
    } else {
        assert_int_equal(size, 0);
    }
    uint32_t code = rpc_rd_u32(&r);
    assert_true(rpc_rd_ok(&r));
    assert_int_equal(rpc_rd_left(&r), 0);
    return code;
}

struct rrasx_chunk world_stub(struct rrasx_chunk message)
{
    uint8_t *p = malloc(8 + message.n);
    assert_non_null(p);
    rpc_put_u32(p, (uint32_t)message.n);
    rpc_put_u32(p + 4, (uint32_t)message.n);
    if (message.n)
        memcpy(p + 8, message.p, message.n);
    return (struct rrasx_chunk){p, 8 + message.n};
}
