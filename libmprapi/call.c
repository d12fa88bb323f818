/* SPDX-License-Identifier: Apache-2.0 */
#include "libmprapi/call.h"

#include "libmprapi/answer.h"
#include "libmprapi/buffer.h"
#include "libmprapi/deadline.h"
#include "libmprapi/detail.h"

/* One over an association whose server has the interface. */
static uint32_t exchange(struct association *a, const struct call *c, uint64_t deadline, enum exchange_end *end)
{
    uint32_t code = NO_ERROR;

    c->begin(c->answer);
    *end = association_exchange(a,
                                &(struct exchange){.interface = c->interface,
                                                   .opnum = c->opnum,
                                                   .stub = c->stub,
                                                   .stub_len = c->len,
                                                   .sink = c->sink,
                                                   .deadline = deadline,
                                                   .secret = c->secret},
                                &code);
    return code;
}

static uint32_t limit_ms(struct pool *p, const struct call *c)
{
    return pool_get_limits(p).call_ms + c->wait_ms;
}

/* The server does not have the interface, or did not when it was asked: a newer one may have taken its place. */
static uint32_t not_offered(struct pool *p, struct association *a, enum exchange_end *end)
{
    if (association_is_stale(a)) {
        pool_drop(p, a);
        *end = EXCHANGE_LOST_UNSENT;
        return RPC_S_CALL_FAILED_DNE;
    }
    pool_give(p, a);
    *end = EXCHANGE_ANSWERED;
    detail_set("the server does not have this function: it is no OpenRRAS server, or an older one");
    return ERROR_NOT_SUPPORTED;
}

/* One try: the result, and whether the connection was lost, which a second try over a fresh one may mend. */
static uint32_t attempt(struct pool *p, struct association *a, const struct call *c, uint64_t deadline,
                        enum exchange_end *end)
{
    if (!association_offers(a, c->interface))
        return not_offered(p, a, end);
    uint32_t code = exchange(a, c, deadline, end);
    if (*end == EXCHANGE_ANSWERED)
        pool_give(p, a);
    else
        pool_drop(p, a);

    switch (*end) {
    case EXCHANGE_ANSWERED:
        return code == NO_ERROR ? c->end(c->answer) : code;
    case EXCHANGE_REFUSED:
        return code;
    case EXCHANGE_LATE:
    case EXCHANGE_LATE_UNSENT:
        detail_set("no answer within %u ms", limit_ms(p, c));
        break;
    case EXCHANGE_LOST:
    case EXCHANGE_LOST_UNSENT:
        break;
    }
    return *end == EXCHANGE_LOST || *end == EXCHANGE_LATE ? RPC_S_CALL_FAILED : RPC_S_CALL_FAILED_DNE;
}

uint64_t call_deadline(struct pool *p, const struct call *c)
{
    return deadline_in(limit_ms(p, c));
}

/*
 * An association for an order. One that has been idle may be dead, and what is sent on it lost with no way to know: so
 * it is looked at first, and a fresh one made if the server has closed it.
 */
static uint32_t take_for_order(struct pool *p, uint64_t deadline, bool fresh, struct association **ret)
{
    bool reused;
    uint32_t code = pool_take(p, deadline, fresh, ret, &reused);

    if (code != NO_ERROR || !reused || !association_is_stale(*ret))
        return code;
    pool_drop(p, *ret);
    return pool_take(p, deadline, true, ret, &reused);
}

uint32_t call_once(struct pool *p, const struct call *c)
{
    uint64_t deadline = call_deadline(p, c);
    enum exchange_end end = EXCHANGE_LOST_UNSENT;
    uint32_t code = NO_ERROR;

    detail_clear();
    /* Twice only when it is certain that nothing was sent the first time. */
    for (int i = 0; i < 2 && end == EXCHANGE_LOST_UNSENT; i++) {
        struct association *a;
        code = take_for_order(p, deadline, i > 0, &a);
        if (code != NO_ERROR)
            return code;
        code = attempt(p, a, c, deadline, &end);
    }
    return code;
}

static bool is_lost(enum exchange_end end)
{
    return end == EXCHANGE_LOST || end == EXCHANGE_LOST_UNSENT;
}

uint32_t call_again(struct pool *p, const struct call *c, uint64_t deadline)
{
    enum exchange_end end = EXCHANGE_LOST;
    uint32_t code = NO_ERROR;

    detail_clear();
    for (int i = 0; i < 2 && is_lost(end); i++) {
        struct association *a;
        bool reused;
        code = pool_take(p, deadline, i > 0, &a, &reused);
        if (code != NO_ERROR)
            return code;
        code = attempt(p, a, c, deadline, &end);
    }
    return code;
}

/* ---- dimsvc ---- */

static void begin(void *answer)
{
    answer_begin(answer);
}

static uint32_t end(void *answer)
{
    return answer_end(answer);
}

static struct call make_call(uint16_t opnum, const uint8_t *stub, size_t len, struct answer *answer)
{
    return (struct call){
        .interface = ASSOCIATION_DIMSVC,
        .opnum = opnum,
        .stub = stub,
        .len = len,
        .sink = answer_sink(answer),
        .begin = begin,
        .end = end,
        .answer = answer,
    };
}

uint32_t call_order_stub(struct pool *p, uint16_t opnum, const uint8_t *stub, size_t len, bool secret)
{
    struct answer answer;

    answer_init(&answer, DIM_ANSWER_CODE, NULL, false);
    struct call c = make_call(opnum, stub, len, &answer);
    c.secret = secret;
    uint32_t code = call_once(p, &c);
    return code == NO_ERROR ? answer.decoder.code : code;
}

uint32_t call_order(struct pool *p, const struct request *q)
{
    return call_order_stub(p, q->opnum, q->stub, q->len, false);
}

/* A call that only reads. The answer is complete when the result is NO_ERROR. */
static uint32_t call_read(struct pool *p, const struct request *q, struct answer *answer)
{
    const struct call c = make_call(q->opnum, q->stub, q->len, answer);
    return call_again(p, &c, call_deadline(p, &c));
}

uint32_t call_get(struct pool *p, const struct request *q, const struct level *level, LPBYTE *ret)
{
    struct answer answer;

    answer_init(&answer, DIM_ANSWER_CONTAINER, level, false);
    uint32_t code = call_read(p, q, &answer);

    if (code == NO_ERROR)
        code = answer.decoder.code;
    if (code == NO_ERROR && answer.count != 1)
        code = RPC_X_BAD_STUB_DATA;
    if (code == NO_ERROR) {
        *ret = answer.buffer;
        answer.buffer = NULL;
    }
    answer_free(&answer);
    return code;
}

uint32_t call_take_page(uint32_t code, const struct list *page, struct list *ret)
{
    LPBYTE buffer = page->buffer;

    if (code != NO_ERROR && code != ERROR_MORE_DATA)
        return code;
    if (!buffer)
        buffer = buffer_new(BUFFER_RECORDS, 0);
    if (!buffer)
        return ERROR_NOT_ENOUGH_MEMORY;
    /* A server that has more but sends nothing would keep its caller asking forever: that is the end then. */
    if (page->read == 0)
        code = NO_ERROR;
    ret->buffer = buffer;
    ret->read = page->read;
    ret->total = page->total < page->read ? page->read : page->total;
    ret->resume = code == ERROR_MORE_DATA ? page->resume : 0;
    return code;
}

static uint32_t take_list(struct answer *answer, struct list *ret)
{
    const struct list page = {answer->buffer, answer->decoder.read, answer->decoder.total, answer->decoder.resume_out};
    uint32_t code = call_take_page(answer->decoder.code, &page, ret);

    if (code == NO_ERROR || code == ERROR_MORE_DATA)
        answer->buffer = NULL;
    return code;
}

static uint32_t read_list(struct pool *p, const struct request *q, struct answer *answer, struct list *ret)
{
    uint32_t code = call_read(p, q, answer);

    if (code == NO_ERROR)
        code = take_list(answer, ret);
    answer_free(answer);
    return code;
}

uint32_t call_list(struct pool *p, const struct request *q, const struct level *level, bool resume, struct list *ret)
{
    struct answer answer;

    answer_init(&answer, DIM_ANSWER_LIST, level, resume);
    return read_list(p, q, &answer, ret);
}

uint32_t call_counted(struct pool *p, const struct request *q, const struct level *level, struct list *ret)
{
    struct answer answer;

    answer_init(&answer, DIM_ANSWER_COUNTED, level, false);
    return read_list(p, q, &answer, ret);
}
