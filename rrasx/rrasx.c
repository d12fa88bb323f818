/* SPDX-License-Identifier: Apache-2.0 */
/* Between rpc and the operations: request stubs, the order of checks, and answers that come later. */
#include "rrasx/rrasx.h"

#include <stdlib.h>

#include <winerror.h>

#include "rrasx/run.h"

const struct rpc_syntax rrasx_syntax = {
    .uuid = {0xd1a4be96, 0x9435, 0x4667, {0xaa, 0x52, 0x52, 0xe5, 0xdf, 0xf4, 0x11, 0xf7}},
    .major = 1,
    .minor = 0,
};

/* ---- answers that come later ---- */

struct rrasx_pending {
    struct rpc_call *call;
};

struct rrasx_pending *rrasx_pending_new(struct rrasx_run *run)
{
    struct rrasx_pending *p = malloc(sizeof *p);
    if (!p)
        return NULL;
    p->call = run->call;
    run->later = true;
    return p;
}

bool rrasx_is_abandoned(const struct rrasx_pending *p)
{
    return rpc_call_is_abandoned(p->call);
}

/* Does no harm if the client has gone: then this frees the call. */
static void finish(struct rrasx_pending *p, struct rrasx_out *out, uint32_t code)
{
    rrasx_out_reply(out, p->call, code);
    free(p);
}

void rrasx_finish_events(struct rrasx_pending *p, uint32_t code, const OPENRRAS_EVENT_LIST *list, const uint8_t *events,
                         size_t n_bytes)
{
    struct rrasx_out out;
    rrasx_out_init(&out);
    if (code == ERROR_SUCCESS && !rrasx_is_abandoned(p)) {
        OPENRRAS_EVENT_LIST head = *list;
        head.dwCount = 0; /* the events are encoded already */
        rrasx_out_message(&out, &rrasx_events, &head);
        rrasx_out_bytes(&out, events, n_bytes);
    }
    finish(p, &out, code);
}

/* The limit is in force: without memory for more the answer has at least that. */
void rrasx_finish_limit(struct rrasx_pending *p, uint32_t code, uint32_t above)
{
    const struct rrasx_limit_set set = {above};
    if (code != ERROR_SUCCESS) {
        rrasx_finish_code(p, code);
        return;
    }
    rrasx_out_reply_small(p->call, &rrasx_limit_set, &set);
    free(p);
}

/* A job has begun, and its owner must learn its number: without memory the answer leaves out the failures. */
static void finish_job_small(struct rrasx_pending *p, const OPENRRAS_JOB *job)
{
    OPENRRAS_JOB small = *job;
    small.dwFailures = 0;
    rrasx_out_reply_small(p->call, &rrasx_job, &small);
    free(p);
}

void rrasx_finish_job(struct rrasx_pending *p, uint32_t code, const OPENRRAS_JOB *job)
{
    struct rrasx_out out;
    rrasx_out_init(&out);
    if (code == ERROR_SUCCESS && !rrasx_is_abandoned(p))
        rrasx_out_message(&out, &rrasx_job, job);
    if (code == ERROR_SUCCESS && out.no_memory)
        finish_job_small(p, job);
    else
        finish(p, &out, code);
}

void rrasx_finish_user(struct rrasx_pending *p, uint32_t code, const OPENRRAS_USER *user)
{
    struct rrasx_out out;
    rrasx_out_init(&out);
    if (code == ERROR_SUCCESS && !rrasx_is_abandoned(p))
        rrasx_out_message(&out, &rrasx_user, user);
    finish(p, &out, code);
}

/* The last one on the page says where the next page begins. */
void rrasx_finish_users(struct rrasx_pending *p, uint32_t code, const OPENRRAS_USER *users, size_t n, bool more)
{
    struct rrasx_out out;
    struct rrasx_users tail = {0};
    size_t put = 0;
    bool room = code == ERROR_SUCCESS && !rrasx_is_abandoned(p);
    rrasx_out_init(&out);
    while (room && put < n)
        room = rrasx_out_item(&out, &rrasx_user, &users[put++]);
    if (put > 0 && (put < n || more)) {
        tail.next = users[put - 1u].pszUser;
        rrasx_out_message(&out, &rrasx_users, &tail);
    }
    finish(p, &out, code);
}

void rrasx_finish_code(struct rrasx_pending *p, uint32_t code)
{
    struct rrasx_out out;
    rrasx_out_init(&out);
    finish(p, &out, code);
}

/* ---- records that the backend gives one by one ---- */

bool rrasx_put_session(struct rrasx_out *out, const OPENRRAS_SESSION *s)
{
    return rrasx_out_item(out, &rrasx_session, s);
}

bool rrasx_put_keep_out(struct rrasx_out *out, const OPENRRAS_KEEP_OUT *k)
{
    return rrasx_out_item(out, &rrasx_keep_out, k);
}

bool rrasx_put_driver(struct rrasx_out *out, const OPENRRAS_DRIVER *d)
{
    return rrasx_out_item(out, &rrasx_driver, d);
}

bool rrasx_put_limit(struct rrasx_out *out, const OPENRRAS_PORT_LIMIT *l)
{
    return rrasx_out_item(out, &rrasx_limit, l);
}

size_t rrasx_encode_event(const OPENRRAS_EVENT *e, uint8_t dst[static RRASX_EVENT_MAX])
{
    struct rpc_wr w = rpc_wr_init(dst, RRASX_EVENT_MAX);
    rrasx_encode_attr(RRASX_TAG_EVENT, &rrasx_event, e, &w);
    return w.pos;
}

/* ---- requests ---- */

/* The bytes of the message: a conformant array, and its size before it. */
static bool rd_message(struct rpc_rd *rd, struct rrasx_chunk *ret)
{
    uint32_t size = rpc_rd_u32(rd);
    uint32_t max_count = rpc_rd_u32(rd);
    if (size != max_count)
        rpc_rd_fail(rd);
    ret->n = size;
    ret->p = rpc_rd_bytes(rd, size);
    return ret->p != NULL;
}

/* `texts` is the memory for the texts; requests have no lists. */
static bool decode(const struct rrasx_message *m, struct rrasx_chunk c, union rrasx_args *args,
                   char texts[static RRASX_REQUEST_TEXTS])
{
    struct rrasx_size need = {0};
    return rrasx_measure(m, c, &need) && need.items == 0 && need.texts <= RRASX_REQUEST_TEXTS &&
           rrasx_fill(m, &c, 1, args, texts, &need);
}

static void carry_out(struct rrasx_run *run, const struct rrasx_row *row)
{
    const struct rrasx_backend *b = run->backend;
    uint32_t code = ERROR_ACCESS_DENIED;
    rrasx_out_init(&run->out);
    if (b->allowed(b->ctx, run->user, &row->op))
        code = row->handler(run);
    if (!run->later)
        rrasx_out_reply(&run->out, run->call, code);
}

static void dispatch(void *ctx, void *user, struct rpc_call *call)
{
    struct rrasx_run run = {.backend = ctx, .user = user, .call = call};
    char texts[RRASX_REQUEST_TEXTS];
    struct rpc_rd rd = rpc_call_stub(call);
    struct rrasx_chunk message;
    uint16_t opnum = rpc_call_opnum(call);
    if (!rd_message(&rd, &message) || !decode(rrasx_form(opnum)->request, message, &run.args, texts)) {
        rpc_call_fault(call, RPC_FAULT_BAD_STUB, true);
        return;
    }
    if (!rpc_call_check_trailer(call, rd.pos)) {
        rpc_call_fault(call, RPC_FAULT_ACCESS_DENIED, true);
        return;
    }
    carry_out(&run, rrasx_row(opnum));
}

struct rpc_interface rrasx_interface(const struct rrasx_backend *backend)
{
    return (struct rpc_interface){
        .id = rrasx_syntax,
        .name = "rrasx",
        .opnums = RRASX_OPNUMS,
        .dispatch = dispatch,
        .ctx = (void *)(uintptr_t)backend, /* comes back as the const pointer that it is */
    };
}
