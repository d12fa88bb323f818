/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hostile administrator's program: any stub for any operation of our own interface, through a real association into
 * the dispatcher and a small backend that looks at what it is handed.
 *
 * Input: calls, each of an operation's number, a control byte, two bytes of length and the rest. Control: 1 the rest is
 * a message (else a whole stub), 2 the caller may do nothing, 4 the backend refuses, 8 it answers when the input is at
 * its end, 16 when the connection has gone.
 */
#include <stdlib.h>
#include <string.h>

#include <winerror.h>

#include "fuzz.h"
#include "rpc/client.h"
#include "rpc/server.h"
#include "rrasx_walk.h"

#define DRIVERS 3u

struct world {
    uint8_t control;
    const struct dim_op *allowed;
    struct rrasx_pending *pending;
    enum rrasx_opnum pending_op;
    struct rpc_client *client;
    struct rpc_server *server;
    uint8_t *answer;
    size_t answer_len;
};

/* ---- the backend ---- */

static bool allowed(void *ctx, void *user, const struct dim_op *op)
{
    struct world *w = ctx;
    FUZZ_CHECK(user == w && op == rrasx_op(op->opnum));
    w->allowed = w->control & 2 ? NULL : op;
    return w->allowed != NULL;
}

/* Nothing is asked that was not allowed, and the arguments are what the table says they may be. */
static uint32_t look(struct world *w, uint16_t opnum, const void *args)
{
    FUZZ_CHECK(w->allowed == rrasx_op(opnum));
    w->allowed = NULL;
    rrasx_walk(rrasx_form(opnum)->request, args);
    return w->control & 4 ? ERROR_NOT_FOUND : 0;
}

static uint32_t server_get(void *ctx, void *user, OPENRRAS_SERVER *ret)
{
    (void)user;
    *ret = (OPENRRAS_SERVER){.pszVersion = "\xffnot UTF-8", .dwPorts = 7};
    return look(ctx, RRASX_SERVER_GET, "");
}

static uint32_t session_enum(void *ctx, const OPENRRAS_SELECTOR *selector, uint32_t after, struct rrasx_out *out,
                             uint32_t *next)
{
    const struct rrasx_session_request args = {true, *selector, after};
    const OPENRRAS_SESSION s = {.dwPort = after + 1, .pszUser = selector->pszUser};
    *next = rrasx_put_session(out, &s) && after < 5 ? after + 1 : 0;
    return look(ctx, RRASX_SESSION_ENUM, &args);
}

static void answer(struct world *w)
{
    const OPENRRAS_EVENT e = {.ullNumber = 1, .dwType = 14, .pszReason = "because"};
    const OPENRRAS_EVENT_LIST list = {.ullLast = 1};
    const OPENRRAS_JOB job = {.dwJob = 3, .pszBy = "uid 0"};
    const OPENRRAS_USER somebody = {.pszUser = "\xff", .fPermitted = TRUE, .dwCallback = 4, .pszNumber = "5550100"};
    uint8_t event[RRASX_EVENT_MAX];
    struct rrasx_pending *p = w->pending;
    uint32_t code = w->control & 4 ? ERROR_NOT_FOUND : 0;
    w->pending = NULL;
    if (w->pending_op == RRASX_EVENT_WAIT)
        rrasx_finish_events(p, code, &list, event, rrasx_encode_event(&e, event));
    else if (w->pending_op == RRASX_USER_GET)
        rrasx_finish_user(p, code, &somebody);
    else if (w->pending_op == RRASX_USER_ENUM)
        rrasx_finish_users(p, code, &somebody, 1, (w->control & 1) != 0);
    else if (w->pending_op == RRASX_USER_SET || w->pending_op == RRASX_USER_REMOVE ||
             w->pending_op == RRASX_QUARANTINE_SET)
        rrasx_finish_code(p, code);
    else if (w->pending_op == RRASX_LIMIT_SET)
        rrasx_finish_limit(p, code, 7);
    else
        rrasx_finish_job(p, code, &job);
}

static void later(struct world *w, enum rrasx_opnum op, uint32_t wait_ms, struct rrasx_pending *p)
{
    FUZZ_CHECK(w->pending == NULL && wait_ms <= OPENRRAS_EVENT_WAIT_MAX_MS);
    w->pending = p;
    w->pending_op = op;
    if (!(w->control & (8 | 16)))
        answer(w);
}

static void event_wait(void *ctx, void *user, const struct rrasx_event_request *request, struct rrasx_pending *p)
{
    (void)user;
    (void)look(ctx, RRASX_EVENT_WAIT, request);
    later(ctx, RRASX_EVENT_WAIT, request->wait_ms, p);
}

static void disconnect(void *ctx, void *user, const OPENRRAS_DISCONNECT *d, uint32_t wait_ms, struct rrasx_pending *p)
{
    const struct rrasx_disconnect_request args = {*d, wait_ms};
    (void)user;
    (void)look(ctx, RRASX_DISCONNECT, &args);
    later(ctx, RRASX_DISCONNECT, wait_ms, p);
}

static void job_wait(void *ctx, void *user, const struct rrasx_job_request *request, struct rrasx_pending *p)
{
    (void)user;
    (void)look(ctx, RRASX_JOB_WAIT, request);
    later(ctx, RRASX_JOB_WAIT, request->wait_ms, p);
}

static uint32_t job_cancel(void *ctx, void *user, uint32_t job)
{
    (void)user;
    return look(ctx, RRASX_JOB_CANCEL, &(struct rrasx_number){job});
}

static uint32_t keep_out_add(void *ctx, void *user, const char *name, const char *driver, uint32_t seconds,
                             const char *reason, uint32_t *ret)
{
    const struct rrasx_keep_out_request args = {name, driver, reason, seconds};
    (void)user;
    *ret = 9;
    return look(ctx, RRASX_KEEP_OUT_ADD, &args);
}

static uint32_t keep_out_enum(void *ctx, uint32_t after, struct rrasx_out *out, uint32_t *next)
{
    OPENRRAS_KEEP_OUT_DRIVER driver = {.fRefuses = TRUE, .pszDriver = "d"};
    const OPENRRAS_KEEP_OUT k = {.dwKeepOut = after, .dwDrivers = 1, .pDrivers = &driver, .pszUser = "alice"};
    (void)rrasx_put_keep_out(out, &k);
    *next = 0;
    return look(ctx, RRASX_KEEP_OUT_ENUM, &(struct rrasx_page_request){after});
}

static uint32_t keep_out_remove(void *ctx, void *user, uint32_t number)
{
    (void)user;
    return look(ctx, RRASX_KEEP_OUT_REMOVE, &(struct rrasx_number){number});
}

static uint32_t driver_enum(void *ctx, uint32_t after, struct rrasx_out *out, uint32_t *next)
{
    const OPENRRAS_DRIVER d = {.dwState = OPENRRAS_DRIVER_DOWN, .pszText = "the daemon is away"};
    for (uint32_t i = after; i < DRIVERS; i++)
        (void)rrasx_put_driver(out, &d);
    *next = 0;
    return look(ctx, RRASX_DRIVER_ENUM, &(struct rrasx_page_request){after});
}

static uint32_t driver_forget(void *ctx, void *user, const char *driver, const char *instance, uint32_t flags,
                              uint32_t *sessions)
{
    (void)user;
    *sessions = flags;
    return look(ctx, RRASX_DRIVER_FORGET, &(struct rrasx_forget_request){driver, instance, flags});
}

static void user_get(void *ctx, void *user, const char *name, struct rrasx_pending *p)
{
    (void)user;
    (void)look(ctx, RRASX_USER_GET, &(struct rrasx_user_request){name});
    later(ctx, RRASX_USER_GET, 0, p);
}

static void user_set(void *ctx, void *user, const struct rrasx_user_set_request *request, struct rrasx_pending *p)
{
    (void)user;
    (void)look(ctx, RRASX_USER_SET, request);
    later(ctx, RRASX_USER_SET, 0, p);
}

static void user_remove(void *ctx, void *user, const char *name, struct rrasx_pending *p)
{
    (void)user;
    (void)look(ctx, RRASX_USER_REMOVE, &(struct rrasx_user_request){name});
    later(ctx, RRASX_USER_REMOVE, 0, p);
}

static void user_enum(void *ctx, void *user, const char *after, struct rrasx_pending *p)
{
    (void)user;
    (void)look(ctx, RRASX_USER_ENUM, &(struct rrasx_user_page_request){after});
    later(ctx, RRASX_USER_ENUM, 0, p);
}

static void quarantine_set(void *ctx, void *user, uint32_t connection, bool on, struct rrasx_pending *p)
{
    (void)user;
    (void)look(ctx, RRASX_QUARANTINE_SET, &(struct rrasx_quarantine_request){connection, on});
    later(ctx, RRASX_QUARANTINE_SET, 0, p);
}

static uint32_t limit_enum(void *ctx, uint32_t after, struct rrasx_out *out, uint32_t *next)
{
    const OPENRRAS_PORT_LIMIT one = {.dwPorts = 3, .dwUse = 1, .pszDeviceType = "l2tp"};
    (void)rrasx_put_limit(out, &one);
    *next = 0;
    return look(ctx, RRASX_LIMIT_ENUM, &(struct rrasx_page_request){after});
}

static void limit_set(void *ctx, void *user, const char *device_type, uint32_t ports, uint32_t use,
                      struct rrasx_pending *p)
{
    (void)user;
    (void)look(ctx, RRASX_LIMIT_SET, &(struct rrasx_limit_request){device_type, ports, use});
    later(ctx, RRASX_LIMIT_SET, 0, p);
}

/* ---- calls ---- */

static uint32_t take(void *ctx, const uint8_t *p, size_t n, bool big)
{
    struct world *w = ctx;
    FUZZ_CHECK(!big);
    w->answer = realloc(w->answer, w->answer_len + n + 1);
    FUZZ_CHECK(w->answer != NULL);
    memcpy(w->answer + w->answer_len, p, n);
    w->answer_len += n;
    return 0;
}

static void carry(struct world *w)
{
    for (bool moved = true; moved;) {
        size_t n;
        const uint8_t *p = rpc_client_output(w->client, &n);
        moved = n > 0;
        if (n > 0)
            FUZZ_CHECK(rpc_server_input(w->server, p, n) == 0);
        rpc_client_consumed(w->client, n);
        p = rpc_server_output(w->server, &n);
        moved |= n > 0;
        rpc_client_input(w->client, p, n);
        rpc_server_consumed(w->server, n);
    }
}

/* What our server says, our client understands. */
static void check_answer(const struct world *w, uint16_t opnum)
{
    struct rpc_rd r = rpc_rd_init(w->answer, w->answer_len, false);
    size_t n = rpc_rd_u32(&r);
    bool is_there = rpc_rd_u32(&r) != 0;
    FUZZ_CHECK(is_there ? rpc_rd_u32(&r) == n : n == 0);
    const struct rrasx_chunk c = {rpc_rd_bytes(&r, n), n};
    uint32_t code = rpc_rd_u32(&r);
    struct rrasx_size need = {0};
    FUZZ_CHECK(rpc_rd_ok(&r) && rpc_rd_left(&r) == 0);
    FUZZ_CHECK((w->control & 6) ? code != 0 && !is_there : code == 0);
    FUZZ_CHECK(rrasx_measure(rrasx_form(opnum)->reply, c, &need));
}

static void call(struct world *w, uint16_t opnum, const uint8_t *p, size_t n)
{
    const struct rpc_sink sink = {take, w};
    bool message = (w->control & 1) != 0, did_not_execute;
    size_t head = message ? RRASX_REQUEST_HEAD : 0;
    uint8_t *stub = malloc(head + n + 1);
    FUZZ_CHECK(stub != NULL);
    if (message) {
        rpc_put_u32(stub, (uint32_t)n);
        rpc_put_u32(stub + 4, (uint32_t)n);
    }
    memcpy(stub + head, p, n);
    w->answer_len = 0;
    FUZZ_CHECK(rpc_client_call(w->client, 0, opnum, stub, head + n, &sink) == 0);
    free(stub);
    carry(w);
    if (w->pending)
        return;
    FUZZ_CHECK(rpc_client_state(w->client) == RPC_CLIENT_READY);
    if (rpc_client_fault(w->client, &did_not_execute) == 0)
        check_answer(w, opnum);
    else
        FUZZ_CHECK(did_not_execute);
}

static void close_world(struct world *w)
{
    if (w->pending && !(w->control & 16))
        answer(w);
    rpc_server_free(w->server);
    if (w->pending) {
        FUZZ_CHECK(rrasx_is_abandoned(w->pending));
        answer(w);
    }
    rpc_client_free(w->client);
    free(w->answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct world w = {0};
    const struct rrasx_backend backend = {
        .ctx = &w,
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
    };
    const struct rpc_interface interface = rrasx_interface(&backend);
    const struct rpc_interface *const interfaces[] = {&interface};
    const struct rpc_server_config config = {
        .interfaces = interfaces, .n_interfaces = 1, .max_frag = RPC_FRAG_MAX_LOCAL, .sec_addr = ""};
    const struct rpc_client_config client = {
        .interfaces = &rrasx_syntax, .n_interfaces = 1, .max_frag = RPC_FRAG_MAX_LOCAL};
    w.server = rpc_server_new(&config, &w);
    w.client = rpc_client_new(&client);
    FUZZ_CHECK(w.server && w.client);
    carry(&w);
    for (size_t i = 0; i + 4 <= size && !w.pending;) {
        uint16_t opnum = data[i] % (RRASX_OPNUMS + 1);
        size_t n = (size_t)(data[i + 2] | (data[i + 3] & 0x0f) << 8);
        w.control = data[i + 1];
        i += 4;
        n = n < size - i ? n : size - i;
        call(&w, opnum, data + i, n);
        i += n;
    }
    close_world(&w);
    return 0;
}
