/* SPDX-License-Identifier: Apache-2.0 */
#include "libmprapi/rrasx_call.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "libmprapi/buffer.h"
#include "libmprapi/call.h"
#include "libmprapi/detail.h"
#include "libmprapi/handle.h"
#include "libmprapi/rrasx_reply.h"

/* ---- calls ---- */

/* A server of ours that is older does not know the operation. */
static uint32_t translate(uint32_t code)
{
    if (code != RPC_S_PROCNUM_OUT_OF_RANGE && code != RPC_S_UNKNOWN_IF)
        return code;
    detail_set("the server does not have this function: it is an older one");
    return ERROR_NOT_SUPPORTED;
}

static struct call make_call(const struct question *q, const uint8_t *stub, size_t len, struct rrasx_reply *r)
{
    return (struct call){
        .interface = ASSOCIATION_RRASX,
        .opnum = q->opnum,
        .stub = stub,
        .len = len,
        .wait_ms = q->wait_ms,
        .sink = rrasx_reply_sink(r),
        .begin = rrasx_reply_begin,
        .end = rrasx_reply_end,
        .answer = r,
    };
}

/* The reply's message is complete when the result is NO_ERROR. */
static uint32_t converse(struct pool *p, const struct question *q, uint64_t deadline, struct rrasx_reply *r)
{
    uint8_t stub[RRASX_REQUEST_MAX];
    size_t len = rrasx_request_stub(rrasx_form(q->opnum)->request, q->args, stub);

    if (len == 0) {
        detail_set("the arguments are too long together");
        return ERROR_INVALID_PARAMETER;
    }
    const struct call c = make_call(q, stub, len, r);
    if (q->order)
        return translate(call_once(p, &c));
    return translate(call_again(p, &c, deadline ? deadline : call_deadline(p, &c)));
}

/* ---- answers as the caller gets them ---- */

static uint32_t senseless(void)
{
    detail_set("the server's answer could not be decoded");
    return RPC_X_BAD_STUB_DATA;
}

/* One buffer: the structure, its arrays, its texts. */
static uint32_t build(const struct rrasx_message *m, const struct rrasx_chunk *chunks, size_t n,
                      const struct rrasx_size *need, void **ret)
{
    const size_t align = alignof(max_align_t);
    size_t head = (m->size + align - 1) / align * align;
    uint8_t *buffer = buffer_new(BUFFER_RECORDS, head + need->items + need->texts);

    if (!buffer)
        return ERROR_NOT_ENOUGH_MEMORY;
    if (!rrasx_fill(m, chunks, n, buffer, buffer + head, need)) {
        buffer_free(BUFFER_RECORDS, buffer);
        return senseless();
    }
    *ret = buffer;
    return NO_ERROR;
}

uint32_t rrasx_ask_server(struct pool *p, const struct question *q, void **ret)
{
    const struct rrasx_message *m = rrasx_form(q->opnum)->reply;
    struct rrasx_reply r = {0};
    struct rrasx_size need = {0};
    uint32_t code = converse(p, q, 0, &r);
    const struct rrasx_chunk chunk = rrasx_reply_chunk(&r);

    if (code == NO_ERROR && !rrasx_measure(m, chunk, &need))
        code = senseless();
    if (code == NO_ERROR && ret)
        code = build(m, &chunk, 1, &need, ret);
    rrasx_reply_clear(&r);
    return code;
}

DWORD rrasx_ask(MPR_SERVER_HANDLE h, const struct question *q, void **ret)
{
    struct pool *p = handle_get(h);

    if (!p) {
        detail_clear();
        return RPC_S_INVALID_BINDING;
    }
    uint32_t code = q->refused != NO_ERROR ? q->refused : rrasx_ask_server(p, q, ret);
    pool_unref(p);
    return code;
}

/* ---- lists ---- */

struct pages {
    const struct rrasx_message *message;
    struct rrasx_chunk *chunks; /* those that have items; the bytes are ours */
    size_t n, cap;
    size_t bytes;
    struct rrasx_size need;
};

static void pages_clear(struct pages *l)
{
    for (size_t i = 0; i < l->n; i++)
        free((void *)(uintptr_t)l->chunks[i].p);
    free(l->chunks);
}

/* Takes the reply's bytes. */
static uint32_t keep_page(struct pages *l, struct rrasx_reply *r)
{
    if (l->n == l->cap) {
        size_t cap = l->cap ? l->cap * 2 : 4;
        struct rrasx_chunk *chunks = realloc(l->chunks, cap * sizeof *chunks);
        if (!chunks)
            return ERROR_NOT_ENOUGH_MEMORY;
        l->chunks = chunks;
        l->cap = cap;
    }
    l->chunks[l->n++] = rrasx_reply_chunk(r);
    r->bytes = NULL;
    r->len = 0;
    return NO_ERROR;
}

static uint32_t add_page(struct pages *l, struct rrasx_reply *r)
{
    const size_t item_size = l->message->attrs[0].of->size;
    size_t before = l->need.items;

    l->bytes += r->len;
    if (!rrasx_measure(l->message, rrasx_reply_chunk(r), &l->need))
        return senseless();
    if (l->need.items > (size_t)RRASX_LIST_ITEMS_MAX * item_size || l->bytes > RRASX_LIST_BYTES_MAX) {
        detail_set("the server's list does not come to an end");
        return RPC_X_BAD_STUB_DATA;
    }
    return l->need.items > before ? keep_page(l, r) : NO_ERROR;
}

/* Where the next page begins: behind a number, or a name. */
struct place {
    uint32_t *number; /* one of these, in the question's arguments */
    char *name;
};

/* Does it rise, or is there no other page (*more)? A server that sends its caller in circles would keep him for ever.
 */
static bool step_number(struct rrasx_chunk page, const struct rrasx_message *m, uint32_t *at, bool *more)
{
    uint32_t next = rrasx_get_u32(m, page, RRASX_TAG_NEXT);
    bool rises = next == 0 || next > *at;

    *more = next != 0;
    *at = next;
    return rises;
}

static bool step_name(struct rrasx_chunk page, const struct rrasx_message *m, char at[static RRASX_USER_MAX + 1],
                      bool *more)
{
    char next[RRASX_USER_MAX + 1];
    const char *text = NULL;
    size_t n = rrasx_get_text(m, page, RRASX_TAG_NEXT, &text); /* measured: within its limit, and without NUL */

    *more = n > 0;
    if (n == 0)
        return true;
    memcpy(next, text, n);
    next[n] = '\0';
    bool rises = strcmp(next, at) > 0;
    memcpy(at, next, n + 1);
    return rises;
}

/* One page. *more: there is another one. */
static uint32_t next_page(struct pool *p, const struct question *q, uint64_t deadline, struct pages *l,
                          const struct place *after, bool *more)
{
    struct rrasx_reply r = {0};
    uint32_t code = converse(p, q, deadline, &r);
    bool rises = true;

    *more = false;
    if (code == NO_ERROR) {
        const struct rrasx_chunk page = rrasx_reply_chunk(&r);
        code = add_page(l, &r);
        if (code == NO_ERROR)
            rises = after->number ? step_number(page, l->message, after->number, more)
                                  : step_name(page, l->message, after->name, more);
    }
    rrasx_reply_clear(&r);
    if (rises)
        return code;
    detail_set("the server's list goes back to where it was");
    return RPC_X_BAD_STUB_DATA;
}

static uint32_t list(struct pool *p, const struct question *q, const struct place *after, void **ret)
{
    struct pages l = {.message = rrasx_form(q->opnum)->reply};
    uint64_t deadline = call_deadline(p, &(struct call){0});
    uint32_t code;
    bool more;

    do
        code = next_page(p, q, deadline, &l, after, &more);
    while (code == NO_ERROR && more);
    if (code == NO_ERROR)
        code = build(l.message, l.chunks, l.n, &l.need, ret);
    pages_clear(&l);
    return code;
}

static DWORD list_of(MPR_SERVER_HANDLE h, const struct question *q, const struct place *after, void **ret)
{
    struct pool *p = handle_get(h);

    if (!p) {
        detail_clear();
        return RPC_S_INVALID_BINDING;
    }
    uint32_t code = q->refused != NO_ERROR ? q->refused : list(p, q, after, ret);
    pool_unref(p);
    return code;
}

DWORD rrasx_list(MPR_SERVER_HANDLE h, const struct question *q, uint32_t *after, void **ret)
{
    return list_of(h, q, &(const struct place){.number = after}, ret);
}

DWORD rrasx_list_by_name(MPR_SERVER_HANDLE h, const struct question *q, char after[static RRASX_USER_MAX + 1],
                         void **ret)
{
    return list_of(h, q, &(const struct place){.name = after}, ret);
}
